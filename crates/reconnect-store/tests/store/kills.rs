//! A process that is killed at each point of a walk: before and after each swap, and before and after each request.
//!
//! The child process is this test binary: it does one `step` of the session, says what came of it, and ends. The parent
//! is the bank, the end user, and the service manager that starts it again.

use crate::stage::{Bank, Database, Result, on_both};
use core::sync::atomic::{AtomicU64, Ordering};
use reconnect_async::policy::Entry;
use reconnect_async::{
    Account, Client, Clock, Event, Fault, Http, Instance, Keys, Known, LoginId, Outcome, Pause, Policy, Rendered,
    Reply, SessionRow, Snapshot, Stepped, StoreError, Timestamp, Transport, async_trait, connect::ConnectNews,
};
use reconnect_sandbox::Settings;
use reconnect_store::{Key, Sessions};
use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

/// How many points are left before the process dies; 0 means that it lives.
static LEFT: AtomicU64 = AtomicU64::new(0);
static PASSED: AtomicU64 = AtomicU64::new(0);

/// The process may die here.
fn point(label: &str) {
    PASSED.fetch_add(1, Ordering::SeqCst);
    if LEFT.load(Ordering::SeqCst) == PASSED.load(Ordering::SeqCst) {
        println!("\ndied {label}");
        std::process::abort();
    }
}

struct Mortal<T>(T);

#[async_trait]
impl SessionRow for Mortal<reconnect_store::Row> {
    async fn load(&self) -> core::result::Result<Option<Snapshot>, StoreError> {
        self.0.load().await
    }
    async fn swap(&self, loaded: Option<u64>, snapshot: &Snapshot) -> core::result::Result<(), StoreError> {
        point("before a swap");
        self.0.swap(loaded, snapshot).await?;
        point("after a swap");
        Ok(())
    }
    async fn finish(
        &self,
        loaded: Option<u64>,
        snapshot: &Snapshot,
        accounts: &[Account],
    ) -> core::result::Result<(), StoreError> {
        point("before the end");
        self.0.finish(loaded, snapshot, accounts).await?;
        point("after the end");
        Ok(())
    }
}

#[async_trait]
impl Transport for Mortal<Http> {
    async fn exchange(&self, request: &Rendered) -> core::result::Result<Reply, Fault> {
        let what = if request.once { "live" } else { "other" };
        point(&format!("before a request: {what}"));
        let reply = self.0.exchange(request).await;
        point(&format!("after a request: {what}"));
        reply
    }
}

struct Shifted(u64);

#[async_trait]
impl Clock for Shifted {
    fn now(&self) -> Timestamp {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::default() + now + core::time::Duration::from_millis(self.0)
    }
}

const CHILD: &str = "STORE_CHILD";

/// The child of the tests below. Without its order it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() -> Result {
    let Ok(order) = std::env::var(CHILD) else { return Ok(()) };
    let order: BTreeMap<String, String> = serde_json::from_str(&order)?;
    LEFT.store(order["left"].parse()?, Ordering::SeqCst);
    let shift = order["shift"].parse()?;
    let keys = Keys { secret: Some("sandbox-secret".into()), api: Some("sandbox-api-key".into()) };
    let instance = Instance::at(&order["bank"], &order["bank"], &order["customer"])?;
    let client = Client::with_transport(instance, keys, Mortal(Http::new()?)).with_clock(Shifted(shift));
    let sessions = Sessions::options(&order["url"]).clock(Shifted(shift)).connections(2).open().await?;
    let row = Mortal(sessions.row(&order["key"].parse::<Key>()?));
    let mut session = match client.load(&row).await? {
        Some(session) => session,
        None => {
            let mut policy = Policy::default();
            policy.entry = if order["entry"] == "async" { Entry::AuthorizeAsync } else { Entry::Authorize };
            let mut known = Known::default();
            known.key = Some(order["key"].as_str().into());
            client.refresh(LoginId::new(&order["login"])?).policy(policy).known(known).session()
        }
    };
    if let Some(event) = order.get("event") {
        session.tell(client.now(), Event::Returned(ConnectNews::read(event)?))?;
    }
    let came = match client.step(&mut session, &row).await? {
        Stepped::Wait { until } => format!("wait {}", until.as_millis()),
        Stepped::Pause(Pause::Ask(prompt)) => format!("ask {}", prompt.request.as_str()),
        Stepped::Pause(Pause::Done) => match session.outcome() {
            Some(Outcome::Refreshed(refreshed)) => format!("refreshed {}", refreshed.kept.len()),
            Some(Outcome::Failed(failure)) => format!("failed {}", serde_json::to_string(&failure.reason())?),
            None => "nothing at all".to_owned(),
        },
    };
    println!("\npassed {}\n{came}", PASSED.load(Ordering::SeqCst));
    Ok(())
}

/// How a walk ended, and where its process died on the way.
#[derive(Debug)]
struct Walked {
    died: Option<String>,
    end: String,
}

async fn walk(bank: &Bank, database: &Database, entry: &str, user: &str, at: u64) -> Result<Walked> {
    let (key, login) = (Key::random(), bank.login(user));
    let (mut left, mut died, mut event, mut told) = (at, None, None, None);
    for _ in 0..60 {
        let mut order = BTreeMap::from([
            ("bank", bank.server.url()),
            ("customer", bank.customer.clone()),
            ("url", database.url.clone()),
            ("key", key.to_string()),
            ("login", login.as_str().to_owned()),
            ("entry", entry.to_owned()),
            ("left", left.to_string()),
            ("shift", bank.shift().to_string()),
        ]);
        order.extend(event.take().map(|event| ("event", event)));
        let order = serde_json::to_string(&order)?;
        let said = tokio::task::spawn_blocking(move || {
            let mut child = Command::new(std::env::current_exe()?);
            child.args(["kills::child", "--exact", "--nocapture"]).env(CHILD, order).stderr(Stdio::inherit());
            child.output()
        })
        .await??;
        let said = String::from_utf8(said.stdout)?;
        let line = |begin| said.lines().find_map(|line| line.strip_prefix(begin)).map(str::to_owned);
        if let Some(label) = line("died ") {
            (died, left) = (Some(label), 0);
            continue;
        }
        let passed: u64 = line("passed ").ok_or_else(|| format!("the child said: {said}"))?.parse()?;
        left = left.saturating_sub(passed);
        if let Some(request) = line("ask ") {
            // If the process died with the message of the widget, the page sends it again.
            let said = told.take().unwrap_or_else(|| bank.answered(&request));
            (event, told) = (Some(said.clone()), Some(said));
        } else if let Some(until) = line("wait ") {
            let until: u64 = until.parse()?;
            bank.server.clock().advance(until.saturating_sub(bank.server.clock().now()) + 1);
        } else {
            let end = line("refreshed ").map(|kept| format!("refreshed {kept}")).or(line("failed "));
            let end = end.ok_or("it came to nothing")?;
            // What was stored of it: the accounts are there exactly once, or not at all.
            let sql = format!("SELECT count(*) FROM reconnect_account WHERE key = '{key}'");
            let accounts = database.number(&sql).await?;
            assert_eq!(accounts, if end == "refreshed 4" { 4 } else { 0 }, "{end}");
            return Ok(Walked { died, end });
        }
    }
    Err("it never ended".into())
}

async fn at_each_point(database: Database, entry: &str, user: &str) -> Result {
    let bank = Bank::by(Settings::default(), 1)?;
    let (mut unknown, mut points) = (Vec::new(), 0);
    for at in 1.. {
        // A login whose live call has no known outcome is barred for 8 minutes.
        bank.server.clock().advance(1_200_000);
        let before = bank.live_calls();
        let walked = walk(&bank, &database, entry, user, at).await?;
        let live = bank.live_calls() - before;
        assert!(live <= 1, "{live} live calls, dead at {at}: {walked:?}");
        let Some(died) = walked.died else {
            assert_eq!((walked.end.as_str(), live), ("refreshed 4", 1));
            break;
        };
        points += 1;
        match walked.end.as_str() {
            "refreshed 4" => assert_eq!(live, 1),
            "\"outcomeUnknown\"" => unknown.push(died),
            other => panic!("{other}, dead {died} at {at}"),
        }
    }
    println!("{entry} {user}: {points} points, unknown: {unknown:?}");
    // From the live call's swap to its reply's.
    let expected = ["after a swap", "before a request: live", "after a request: live", "before a swap"];
    assert_eq!(unknown, expected);
    assert!(points >= 14, "{points}");
    Ok(())
}

on_both! {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_walk_with_a_question_survives_a_kill_at_each_point(database: Database) -> Result {
        at_each_point(database, "sync", "Greatday").await
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn an_asynchronous_walk_survives_a_kill_at_each_point(database: Database) -> Result {
        at_each_point(database, "async", "greatday_nomfa").await
    }
}
