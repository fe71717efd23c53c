//! The app on the PostgreSQL that `RECONNECT_POSTGRES` names, against a sandbox in this process. The sandbox's clock
//! runs twenty times as fast, and so does the app's.
#![allow(clippy::unwrap_used, reason = "a test ends at what it did not expect")]

use axum_postgres::{Balances, routes};
use core::time::Duration;
use reconnect_async::{Client, Clock, Instance, Keys, LoginId, Timestamp, async_trait, webhook};
use reconnect_sandbox::{Server, Settings, WidgetOutcome};
use reconnect_store::{Driver, Key, Sessions};
use serde_json::{Value, json};
use sqlx::PgPool;
use std::process::Stdio;
use std::time::Instant;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

type Result<T = ()> = core::result::Result<T, Box<dyn core::error::Error + Send + Sync>>;

/// The reply of this endpoint comes late, by the sandbox's clock.
fn late(endpoint: &str, by: Duration) -> String {
    format!(r#"[{{"endpoint":"{endpoint}","effect":{{"kind":"late","delayMs":{}}}}}]"#, by.as_millis())
}

/// 5 s of ours.
const SLOW: Duration = Duration::from_secs(100);

struct SandboxClock(reconnect_sandbox::Clock);

#[async_trait]
impl Clock for SandboxClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now())
    }
}

/// A sandbox, an empty database, a page and its user.
struct Stage {
    sandbox: Server,
    customer: String,
    login: LoginId,
    url: String,
    database: PgPool,
    page: reqwest::Client,
}

/// The app in one process. Another one may follow on the same database.
struct App {
    address: String,
    driver: Driver,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
    job: JoinHandle<()>,
}

impl Stage {
    async fn new() -> Result<Self> {
        Self::at_the_speed(20).await
    }

    async fn at_the_speed(times: u64) -> Result<Self> {
        let server = std::env::var("RECONNECT_POSTGRES")
            .expect("RECONNECT_POSTGRES is the URL of a PostgreSQL; `cargo xtask ci store` starts one");
        let name = format!("app_{}", Key::random());
        let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(create).execute(&PgPool::connect(&server).await?).await?;
        let url = format!("{}/{name}", server.rsplit_once('/').expect("a URL with a database").0);
        let database = PgPool::connect(&url).await?;
        sqlx::raw_sql(include_str!("../src/table.sql")).execute(&database).await?;

        let settings = Settings { strict: true, ..Settings::default() };
        let customer = settings.customer_id.clone();
        let sandbox = Server::start(settings, "127.0.0.1:0".parse()?, reconnect_sandbox::Clock::accelerated(times))?;
        let login = LoginId::new(&sandbox.bank(|bank| bank.connect(0, "Greatday", "en")))?;
        Ok(Self { sandbox, customer, login, url, database, page: reqwest::Client::new() })
    }

    /// As `main` does it.
    async fn app(&self) -> Result<App> {
        let instance = Instance::at(&self.sandbox.url(), &self.sandbox.url(), &self.customer)?;
        let keys = Keys { secret: Some("sandbox-secret".into()), api: Some("sandbox-api-key".into()) };
        let client = Client::new(instance, keys)?.with_clock(SandboxClock(self.sandbox.clock()));
        let driver = Driver::new(client, Sessions::options(&self.url).sink(Balances).open().await?);
        let job = tokio::spawn(driver.clone().run());
        let (stop, stopped) = oneshot::channel::<()>();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let serve = axum::serve(listener, routes(driver.clone(), self.login.clone()));
        let stopped = async { drop(stopped.await) };
        let server = tokio::spawn(async { serve.with_graceful_shutdown(stopped).await });
        Ok(App { address, driver, stop, server, job })
    }

    fn faults(&self, json: &str) {
        let faults = serde_json::from_str(json).unwrap();
        self.sandbox.bank(|bank| bank.set_faults(faults));
    }

    async fn post(&self, app: &str, path: &str, body: impl Into<reqwest::Body>) -> Result<reqwest::Response> {
        Ok(self.page.post(format!("{}{path}", app)).body(body).send().await?)
    }

    /// Presses the button. Returns the session's key.
    async fn click(&self, app: &str) -> Result<String> {
        let begun = json(self.post(app, "/sessions", "").await?).await?;
        Ok(begun["session"].as_str().expect("a key").to_owned())
    }

    /// Asks for the state until it is this one.
    async fn state(&self, app: &str, session: &str, wanted: &str) -> Result<Value> {
        let mut shown = Value::Null;
        for _ in 0..2_000 {
            shown = json(self.page.get(format!("{}/sessions/{session}", app)).send().await?).await?;
            if shown["state"] == wanted {
                return Ok(shown);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err(format!("it never came to {wanted}: {shown}").into())
    }

    /// A URL for one showing. If the widget was shown a moment ago, there is none yet.
    async fn widget(&self, app: &str, session: &str) -> Result<String> {
        for _ in 0..500 {
            let widget = json(self.post(app, &format!("/sessions/{session}/widget"), "").await?).await?;
            if let Some(url) = widget["url"].as_str() {
                return Ok(url.to_owned());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err("there is nothing to show".into())
    }

    /// Shows the widget. The end user answers in it. Returns the session's `requestId`, and the last message.
    async fn answer(&self, app: &str, session: &str) -> Result<(String, String)> {
        let url = self.widget(app, session).await?;
        let request = url.split(['?', '&']).find_map(|pair| pair.strip_prefix("requestId=")).expect("a session");
        let known = [("city", "Montreal"), ("country", "Canada"), ("shape", "Triangle")];
        let message = self.sandbox.bank(|bank| {
            loop {
                let prompt = bank.pending_prompts(request).remove(0);
                let answer = known.iter().find(|(word, _)| prompt.contains(word)).expect("a known question").1;
                let now = self.sandbox.clock().now();
                let outcome = bank.answer_in_widget(now, request, &[(prompt, answer.to_owned())]);
                if let WidgetOutcome::Complete { event, .. } = outcome {
                    return event;
                }
            }
        });
        Ok((request.to_owned(), message))
    }

    /// The sandbox sends a webhook, signed with this key. Returns the status of the app's answer.
    async fn webhook(&self, app: &App, request: &str, key: &str) -> Result<Option<u16>> {
        let (now, url) = (self.sandbox.clock().now(), format!("{}/webhook", app.address));
        let number = self.sandbox.bank(|bank| bank.webhook(now, &url, request, Some(key)))?;
        for _ in 0..2_000 {
            let sent = self.sandbox.bank(|bank| {
                let sent = bank.webhooks().iter().find(|webhook| webhook.number == number);
                sent.and_then(|webhook| webhook.attempts.first().copied())
            });
            if let Some(attempt) = sent {
                return Ok(attempt.status);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err("it was not sent".into())
    }

    /// The balances in the app's own table.
    async fn balances(&self) -> Result<i64> {
        let sql = "SELECT count(*) FROM balance WHERE owner = 'user-7' AND title <> '' AND current IS NOT NULL";
        Ok(sqlx::query_scalar(sql).fetch_one(&self.database).await?)
    }

    fn texts(&self) -> usize {
        self.sandbox.bank(|bank| bank.challenges_sent(self.login.as_str()))
    }

    /// How many requests of this endpoint the sandbox got.
    fn requests(&self, endpoint: &str) -> usize {
        self.sandbox.bank(|bank| bank.requests().iter().filter(|request| request.path.contains(endpoint)).count())
    }
}

impl App {
    /// As `main` ends.
    async fn end(self) -> Result {
        self.stop.send(()).expect("it serves");
        self.server.await??;
        self.driver.close().await;
        self.job.await?;
        self.driver.sessions().close().await;
        Ok(())
    }

    /// Posts to a path, and hangs up after so long.
    async fn hang_up(&self, path: &str, after: Duration) -> Result {
        let address = self.address.strip_prefix("http://").expect("an address");
        let mut browser = TcpStream::connect(address).await?;
        let request = format!("POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: 0\r\n\r\n");
        browser.write_all(request.as_bytes()).await?;
        tokio::time::sleep(after).await;
        Ok(())
    }
}

/// The reply, if its status is a success.
async fn json(reply: reqwest::Response) -> Result<Value> {
    Ok(serde_json::from_str(&reply.error_for_status()?.text().await?)?)
}

#[tokio::test]
async fn from_the_button_to_the_balances() -> Result {
    let stage = Stage::new().await?;
    let app = stage.app().await?;
    // The second time, each balance has its row already.
    for texts in 1..=2 {
        let session = stage.click(&app.address).await?;
        stage.state(&app.address, &session, "ask").await?;
        let (_, message) = stage.answer(&app.address, &session).await?;
        stage.post(&app.address, &format!("/sessions/{session}/message"), message).await?.error_for_status()?;
        // The data is pending first. The job asks for it again.
        assert_eq!(stage.state(&app.address, &session, "done").await?, json!({ "state": "done", "accounts": 4 }));
        assert_eq!((stage.balances().await?, stage.texts()), (4, texts));
    }
    assert_eq!(stage.sandbox.bank(|bank| bank.findings().len()), 0);
    app.end().await
}

#[tokio::test]
async fn two_clicks_at_once_are_one_session() -> Result {
    let stage = Stage::new().await?;
    // On two servers.
    let (app, other) = (stage.app().await?, stage.app().await?);
    let (first, second) = tokio::join!(stage.click(&app.address), stage.click(&other.address));
    let session = first?;
    assert_eq!(session, second?);
    stage.state(&app.address, &session, "ask").await?;
    assert_eq!((stage.click(&other.address).await?, stage.texts(), stage.requests("/Authorize")), (session, 1, 1));
    app.end().await?;
    other.end().await
}

/// axum drops the handler of a client that hangs up.
#[tokio::test]
async fn a_client_that_hangs_up_loses_nothing() -> Result {
    let stage = Stage::new().await?;
    let app = stage.app().await?;
    stage.faults(&late("Authorize", SLOW));
    app.hang_up("/sessions", Duration::from_secs(2)).await?;
    // The call is under way. Another click finds its session.
    let session = stage.click(&app.address).await?;
    stage.state(&app.address, &session, "working").await?;
    stage.state(&app.address, &session, "ask").await?;
    assert_eq!((stage.texts(), stage.requests("/Authorize")), (1, 1));

    // This handler waits for Flinks.
    stage.faults(&late("GenerateAuthorizeToken", Duration::from_secs(20)));
    app.hang_up(&format!("/sessions/{session}/widget"), Duration::from_millis(500)).await?;
    stage.faults("[]");
    let (_, message) = stage.answer(&app.address, &session).await?;
    stage.post(&app.address, &format!("/sessions/{session}/message"), message).await?.error_for_status()?;
    stage.state(&app.address, &session, "done").await?;
    assert_eq!((stage.balances().await?, stage.texts(), stage.requests("/Authorize")), (4, 1, 1));
    app.end().await
}

#[tokio::test]
async fn a_session_goes_on_after_a_restart() -> Result {
    let stage = Stage::new().await?;
    let app = stage.app().await?;
    stage.faults(&late("Authorize", SLOW));
    let (clicked, session) = (Instant::now(), stage.click(&app.address).await?);
    assert!(clicked.elapsed() < Duration::from_secs(2), "the click does not wait for the live call");
    app.end().await?;
    assert_eq!((stage.texts(), stage.requests("/Authorize")), (1, 1), "the end waited for the live call");

    let app = stage.app().await?;
    stage.state(&app.address, &session, "ask").await?;
    assert_eq!(stage.click(&app.address).await?, session);
    let (_, message) = stage.answer(&app.address, &session).await?;
    stage.post(&app.address, &format!("/sessions/{session}/message"), message).await?.error_for_status()?;
    app.end().await?;

    let app = stage.app().await?;
    stage.state(&app.address, &session, "done").await?;
    assert_eq!((stage.balances().await?, stage.texts(), stage.requests("/Authorize")), (4, 1, 1));
    app.end().await
}

/// The browser was closed after the answer: its message never comes.
#[tokio::test]
async fn a_signed_webhook_ends_a_session() -> Result {
    let stage = Stage::new().await?;
    let app = stage.app().await?;
    let session = stage.click(&app.address).await?;
    stage.state(&app.address, &session, "ask").await?;
    let (request, _) = stage.answer(&app.address, &session).await?;
    let unsigned = format!(r#"{{"ResponseType":"GetAccountsDetail","RequestId":"{request}"}}"#);
    assert_eq!(stage.post(&app.address, "/webhook", unsigned).await?.status(), 401);
    assert_eq!(stage.webhook(&app, &request, "another-key").await?, Some(401));
    stage.state(&app.address, &session, "ask").await?;
    assert_eq!(stage.balances().await?, 0);

    assert_eq!(stage.webhook(&app, &request, "sandbox-webhook-key").await?, Some(200));
    stage.state(&app.address, &session, "done").await?;
    assert_eq!((stage.balances().await?, stage.texts(), stage.requests("/GetAccountsDetail")), (4, 1, 0));
    app.end().await
}

/// axum refuses more than 2 MB if it is not told otherwise.
#[tokio::test]
async fn a_webhook_may_be_long_and_of_no_session() -> Result {
    let stage = Stage::new().await?;
    let app = stage.app().await?;
    let body = format!(r#"{{"ResponseType":"KYC","RequestId":"r-1","Padding":"{}"}}"#, "x".repeat(5 << 20));
    let signature = webhook::sign(body.as_bytes(), &"sandbox-webhook-key".into());
    let long = stage.page.post(format!("{}/webhook", app.address)).header("X-Flinks-Signature", signature).body(body);
    assert_eq!(long.send().await?.status(), 200);
    app.end().await
}

#[tokio::test]
async fn what_a_page_may_not_do() -> Result {
    let stage = Stage::new().await?;
    let app = stage.app().await?;
    let other = app.driver.refresh(stage.login.clone()).owner("user-8").begin().await?;
    other.going.await?;
    // The login has another user's session.
    assert_eq!(stage.post(&app.address, "/sessions", "").await?.status(), 409);
    // A session of somebody else is not there for this user. What is no key is refused before.
    for (key, status) in [(other.key.as_str(), 404), (Key::random().as_str(), 404), ("1", 400), ("undefined", 400)] {
        let state = stage.page.get(format!("{}/sessions/{key}", app.address)).send().await?;
        let widget = stage.post(&app.address, &format!("/sessions/{key}/widget"), "").await?;
        let news = r#"{"step":"REDIRECT","url":"https://app.example/?requestId=r-1"}"#;
        let message = stage.post(&app.address, &format!("/sessions/{key}/message"), news).await?;
        assert_eq!([state.status(), widget.status(), message.status()], [status; 3], "{key}");
    }
    let noise =
        stage.post(&app.address, &format!("/sessions/{}/message", other.key), r#"{"type":"webpackOk"}"#).await?;
    assert_eq!(noise.status(), 400);
    assert_eq!(stage.texts(), 1);
    app.end().await
}

/// The program itself, as a process.
struct Process {
    address: String,
    child: std::process::Child,
}

impl Process {
    async fn start(stage: &Stage) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.to_string();
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_axum-postgres"));
        program.env("ADDRESS", stage.sandbox.url()).env("LOGIN_ID", stage.login.as_str());
        let child = program.env("DATABASE_URL", &stage.url).env("LISTEN", &address).stdout(Stdio::null()).spawn()?;
        let address = format!("http://{address}");
        for _ in 0..500 {
            if stage.page.get(&address).send().await.is_ok() {
                return Ok(Self { address, child });
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err("the program does not start".into())
    }

    /// As kill -9.
    fn kill(self) {}
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A live call is under way, 2 s of 6; later the bank asks. The user is texted once, and the session goes on.
#[tokio::test]
async fn a_process_that_is_killed_texts_nobody_twice() -> Result {
    let stage = Stage::at_the_speed(1).await?;
    stage.faults(&late("Authorize", Duration::from_secs(6)));
    let first = Process::start(&stage).await?;
    let session = stage.click(&first.address).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    first.kill();
    // The call is under way: it goes out no second time, whoever presses the button.
    let second = Process::start(&stage).await?;
    assert_eq!(stage.click(&second.address).await?, session);
    stage.state(&second.address, &session, "working").await?;
    assert_eq!(stage.requests("/Authorize"), 1);
    second.kill();

    // Another login, whose bank asks before the process is killed.
    let stage = Stage::at_the_speed(1).await?;
    let first = Process::start(&stage).await?;
    let session = stage.click(&first.address).await?;
    stage.state(&first.address, &session, "ask").await?;
    first.kill();
    let second = Process::start(&stage).await?;
    let (_, message) = stage.answer(&second.address, &session).await?;
    stage.post(&second.address, &format!("/sessions/{session}/message"), message).await?;
    stage.state(&second.address, &session, "done").await?;
    assert_eq!((stage.balances().await?, stage.texts(), stage.requests("/Authorize")), (4, 1, 1));
    second.kill();
    Ok(())
}
