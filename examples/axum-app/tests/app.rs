//! The app against a sandbox in this process: its clock runs twenty times as fast, and so does the app's.

use axum_app::{App, Table, job, routes};
use core::time::Duration;
use reconnect_async::{Client, Clock, Instance, Keys, LoginId, Timestamp, async_trait};
use reconnect_sandbox::{Server, Settings, WidgetOutcome};
use serde_json::Value;

type Result<T = ()> = core::result::Result<T, Box<dyn core::error::Error>>;

struct SandboxClock(reconnect_sandbox::Clock);

#[async_trait]
impl Clock for SandboxClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now())
    }
}

/// A sandbox, the app, and a page of it.
struct Stage {
    sandbox: Server,
    login: String,
    page: reqwest::Client,
    address: String,
}

impl Stage {
    async fn new() -> Result<Self> {
        let settings = Settings { strict: true, ..Settings::default() };
        let customer = settings.customer_id.clone();
        let sandbox = Server::start(settings, "127.0.0.1:0".parse()?, reconnect_sandbox::Clock::accelerated(20))?;
        let login = sandbox.bank(|bank| bank.connect(0, "Greatday", "en"));
        let instance = Instance::at(&sandbox.url(), &sandbox.url(), &customer)?;
        let keys = Keys { secret: Some("sandbox-secret".into()), api: Some("sandbox-api-key".into()) };
        let client = Client::new(instance, keys)?.with_clock(SandboxClock(sandbox.clock()));
        let app = App { client, table: Table::default(), login: LoginId::new(&login)? };
        tokio::spawn(job(app.clone()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        tokio::spawn(async move { axum::serve(listener, routes(app)).await });
        Ok(Self { sandbox, login, page: reqwest::Client::new(), address })
    }

    async fn post(&self, path: &str, body: String) -> Result<Value> {
        let reply = self.page.post(format!("{}{path}", self.address)).body(body).send().await?;
        Ok(serde_json::from_str(&reply.error_for_status()?.text().await?)?)
    }

    /// Asks for the state until it is this one.
    async fn state(&self, wanted: &str) -> Result<Value> {
        for _ in 0..2_000 {
            let reply = self.page.get(format!("{}/sessions/1", self.address)).send().await?;
            let shown: Value = serde_json::from_str(&reply.text().await?)?;
            if shown["state"] == wanted {
                return Ok(shown);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err(format!("it never came to {wanted}").into())
    }

    /// The end user answers in the widget at this URL. Returns its last message.
    fn answer(&self, url: &str) -> String {
        let request = url.split(['?', '&']).find_map(|pair| pair.strip_prefix("requestId=")).expect("a session");
        let known = [("city", "Montreal"), ("country", "Canada"), ("shape", "Triangle")];
        self.sandbox.bank(|bank| {
            loop {
                let prompt = bank.pending_prompts(request).remove(0);
                let answer = known.iter().find(|(word, _)| prompt.contains(word)).expect("a known question").1;
                let now = self.sandbox.clock().now();
                let outcome = bank.answer_in_widget(now, request, &[(prompt, answer.to_owned())]);
                if let WidgetOutcome::Complete { event, .. } = outcome {
                    return event;
                }
            }
        })
    }

    fn texts(&self) -> usize {
        self.sandbox.bank(|bank| bank.challenges_sent(&self.login))
    }
}

#[tokio::test]
async fn a_refresh_from_the_button_to_the_accounts() -> Result {
    let stage = Stage::new().await?;
    assert_eq!(stage.post("/sessions", String::new()).await?["session"], 1);
    stage.state("ask").await?;
    let widget = stage.post("/sessions/1/widget", String::new()).await?;
    let message = stage.answer(widget["url"].as_str().expect("a URL for one showing"));
    stage.post("/sessions/1/message", message).await?;
    // The data is pending first. The job asks for it again.
    let shown = stage.state("done").await?;
    assert!(!shown["accounts"].as_array().expect("titles").is_empty());
    assert_eq!(stage.texts(), 1);
    assert_eq!(stage.sandbox.bank(|bank| bank.findings().len()), 0);
    Ok(())
}

#[tokio::test]
async fn two_clicks_are_one_session() -> Result {
    let stage = Stage::new().await?;
    let click = || stage.post("/sessions", String::new());
    let (first, second) = tokio::join!(click(), click());
    assert_eq!((&first?["session"], &second?["session"]), (&1.into(), &1.into()));
    stage.state("ask").await?;
    assert_eq!(stage.texts(), 1);
    Ok(())
}

/// A live call may take minutes, and axum drops a handler if its browser hangs up. So the call is not made in the handler.
#[tokio::test]
async fn nobody_has_to_wait_for_the_live_call() -> Result {
    let stage = Stage::new().await?;
    let slow = r#"[{"endpoint":"Authorize","effect":{"kind":"late","delayMs":60000}}]"#;
    stage.page.post(format!("{}/_sandbox/faults", stage.sandbox.url())).body(slow).send().await?;
    let click = stage.page.post(format!("{}/sessions", stage.address)).timeout(Duration::from_secs(2));
    assert!(click.send().await?.text().await?.contains("working"));
    stage.state("ask").await?;
    assert_eq!(stage.texts(), 1);
    Ok(())
}

#[tokio::test]
async fn a_message_that_is_not_the_widgets_changes_nothing() -> Result {
    let stage = Stage::new().await?;
    stage.post("/sessions", String::new()).await?;
    stage.state("ask").await?;
    assert!(stage.post("/sessions/1/message", r#"{"type":"webpackOk"}"#.to_owned()).await.is_err());
    stage.state("ask").await?;
    Ok(())
}
