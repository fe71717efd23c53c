//! What the tests stand on: a database that is empty, a sandbox, and an end user.

use reconnect_async::{Client, Clock, Event, Instance, Keys, LoginId, Timestamp, async_trait, connect::ConnectNews};
use reconnect_sandbox::{Server, Settings, WidgetOutcome};
use reconnect_store::{Driver, Key, Options, Progress, Sessions};
use sqlx::Connection;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

pub(crate) type Result<T = ()> = core::result::Result<T, Box<dyn core::error::Error + Send + Sync>>;

/// An empty database of its own.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) url: String,
    folder: Option<TempDir>,
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { url: format!("sqlite:{}", folder.path().join("reconnect.db").display()), folder: Some(folder) }
    }

    pub(crate) async fn postgres() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let server = std::env::var("RECONNECT_POSTGRES")
            .expect("RECONNECT_POSTGRES is the URL of a PostgreSQL; `cargo xtask ci store` starts one");
        let name = format!("store_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
        let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
        let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(create).execute(&mut connection).await.unwrap();
        let (server, _) = server.rsplit_once('/').expect("a URL with a database");
        Self { url: format!("{server}/{name}"), folder: None }
    }

    /// The database of the server that tests make theirs from.
    pub(crate) fn server() -> Self {
        Self { url: std::env::var("RECONNECT_POSTGRES").unwrap(), folder: None }
    }

    /// The files of SQLite.
    pub(crate) fn files(&self) -> Result<Vec<std::path::PathBuf>> {
        let Some(folder) = &self.folder else { return Ok(Vec::new()) };
        std::fs::read_dir(folder.path())?.map(|file| Ok(file?.path())).collect()
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres")
    }

    pub(crate) fn options(&self) -> Options {
        Sessions::options(&self.url)
    }

    /// Does something to the tables behind the store's back.
    pub(crate) async fn execute(&self, sql: &str) -> Result<u64> {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        Ok(if self.is_postgres() {
            let mut connection = sqlx::PgConnection::connect(&self.url).await?;
            sqlx::query(sql).execute(&mut connection).await?.rows_affected()
        } else {
            let connect = self.url.parse::<sqlx::sqlite::SqliteConnectOptions>()?.create_if_missing(true);
            let mut connection = sqlx::SqliteConnection::connect_with(&connect).await?;
            sqlx::query(sql).execute(&mut connection).await?.rows_affected()
        })
    }

    /// Several statements, in PostgreSQL, each by itself.
    pub(crate) async fn execute_all(&self, sql: &str) -> Result {
        let mut connection = sqlx::PgConnection::connect(&self.url).await?;
        for sql in sql.split(';') {
            sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection).await?;
        }
        Ok(())
    }

    /// A number from the tables.
    pub(crate) async fn number(&self, sql: &str) -> Result<i64> {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        Ok(if self.is_postgres() {
            sqlx::query_scalar(sql).fetch_one(&mut sqlx::PgConnection::connect(&self.url).await?).await?
        } else {
            sqlx::query_scalar(sql).fetch_one(&mut sqlx::SqliteConnection::connect(&self.url).await?).await?
        })
    }
}

/// One test for each database.
macro_rules! on_both {
    ($($(#[$about:meta])* async fn $name:ident($database:ident: Database) -> Result $body:block)*) => {$(
        mod $name {
            use super::*;
            async fn test($database: Database) -> Result $body
            $(#[$about])*
            async fn on_sqlite() -> Result {
                test(Database::sqlite()).await
            }
            $(#[$about])*
            async fn on_postgres() -> Result {
                test(Database::postgres().await).await
            }
        }
    )*};
}
pub(crate) use on_both;

/// The sandbox's clock, for clients and stores.
#[derive(Clone)]
pub(crate) struct SandboxClock(pub(crate) reconnect_sandbox::Clock);

#[async_trait]
impl Clock for SandboxClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now())
    }
}

/// A sandbox in this process.
pub(crate) struct Bank {
    pub(crate) server: Server,
    pub(crate) customer: String,
}

impl Bank {
    /// Its time passes so many times as fast as ours.
    pub(crate) fn start(times: u32) -> Result<Self> {
        Self::by(Settings::default(), times)
    }

    pub(crate) fn by(settings: Settings, times: u32) -> Result<Self> {
        let settings = Settings { strict: true, ..settings };
        let customer = settings.customer_id.clone();
        let clock = reconnect_sandbox::Clock::accelerated(times.into());
        Ok(Self { server: Server::start(settings, "127.0.0.1:0".parse()?, clock)?, customer })
    }

    pub(crate) fn clock(&self) -> SandboxClock {
        SandboxClock(self.server.clock())
    }

    pub(crate) fn login(&self, user: &str) -> LoginId {
        let now = self.server.clock().now();
        LoginId::new(&self.server.bank(|bank| bank.connect(now, user, "en"))).unwrap()
    }

    pub(crate) fn client(&self) -> Client {
        let keys = Keys { secret: Some("sandbox-secret".into()), api: Some("sandbox-api-key".into()) };
        let instance = Instance::at(&self.server.url(), &self.server.url(), &self.customer).unwrap();
        Client::new(instance, keys).unwrap().with_clock(self.clock())
    }

    pub(crate) async fn node(&self, database: &Database) -> Result<Driver> {
        let sessions = database.options().clock(self.clock()).open().await?;
        Ok(Driver::new(self.client(), sessions))
    }

    /// Faults, as the sandbox's page has them.
    pub(crate) fn faults(&self, json: &str) {
        let faults = serde_json::from_str(json).unwrap();
        self.server.bank(|bank| bank.set_faults(faults));
    }

    pub(crate) fn texts(&self, login: &LoginId) -> usize {
        self.server.bank(|bank| bank.challenges_sent(login.as_str()))
    }

    /// How many live calls came. No test here recalls, so each `/Authorize` is one. A status call of `/AuthorizeAsync`
    /// names its own session, and the live calls of one login have the same body: that of the first.
    pub(crate) fn live_calls(&self) -> usize {
        self.server.bank(|bank| {
            let of = |end| bank.requests().iter().filter(move |logged| logged.path.ends_with(end));
            let first = of("/AuthorizeAsync").next().map(|logged| logged.body_sha256.clone());
            let live = of("/AuthorizeAsync").filter(|logged| Some(&logged.body_sha256) == first.as_ref());
            of("/Authorize").count() + live.count()
        })
    }

    /// How many milliseconds the bank's clock is ahead of ours.
    pub(crate) fn shift(&self) -> u64 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        self.server.clock().now().saturating_sub(u64::try_from(now.as_millis()).unwrap())
    }

    pub(crate) fn answer(&self, request: &str) -> Event {
        Event::Returned(ConnectNews::read(&self.answered(request)).unwrap())
    }

    /// The end user answers every question of the widget at this session. Returns its last message.
    pub(crate) fn answered(&self, request: &str) -> String {
        let known = [("city", "Montreal"), ("country", "Canada"), ("shape", "Triangle")];
        self.server.bank(|bank| {
            loop {
                let prompt = bank.pending_prompts(request).remove(0);
                let answer = known.iter().find(|(word, _)| prompt.contains(word)).expect("a known question").1;
                let now = self.server.clock().now();
                let outcome = bank.answer_in_widget(now, request, &[(prompt, answer.to_owned())]);
                if let WidgetOutcome::Complete { event, .. } = outcome {
                    return event;
                }
            }
        })
    }
}

/// Asks for the progress until it is as wanted.
pub(crate) async fn until(driver: &Driver, key: &Key, wanted: impl Fn(&Progress) -> bool) -> Result<Progress> {
    for _ in 0..3_000 {
        let progress = driver.progress(key).await?;
        if wanted(&progress) {
            return Ok(progress);
        }
        tokio::time::sleep(core::time::Duration::from_millis(10)).await;
    }
    Err(format!("it never came to that: {:?}", driver.progress(key).await?).into())
}
