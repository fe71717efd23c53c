//! Webhooks to the app: one for each end, signed, sent until they are taken.

use crate::site::{Site, redirect, request_of};
use crate::stage::{Bank, Database, Result, on_both};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr";

/// The app's endpoint, and all else at its address. It answers with these statuses, the last one again and again.
#[derive(Clone, Default)]
struct App {
    answers: Arc<Mutex<Vec<u16>>>,
    got: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
}

impl App {
    async fn start(answers: &[u16]) -> Result<(Self, String)> {
        let app = Self { answers: Arc::new(Mutex::new(answers.to_vec())), got: Arc::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/hook?key=canary", listener.local_addr()?);
        let routes = Router::new().route("/hook", post(heard)).fallback(heard).with_state(app.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok((app, url))
    }

    /// Each webhook, verified as the app does it, with its id.
    fn verified(&self) -> Vec<(String, Value)> {
        let got = self.got.lock().unwrap();
        let read = |(headers, body): &(HeaderMap, Bytes)| {
            Webhook::new(SECRET).unwrap().verify(body, headers).expect("it is signed");
            (headers["webhook-id"].to_str().unwrap().to_owned(), serde_json::from_slice(body).unwrap())
        };
        got.iter().map(read).collect()
    }

    async fn until(&self, count: usize) -> Result<Vec<(String, Value)>> {
        for _ in 0..2_000 {
            if self.got.lock().unwrap().len() >= count {
                return Ok(self.verified());
            }
            tokio::time::sleep(core::time::Duration::from_millis(10)).await;
        }
        Err(format!("{} of {count} webhooks came", self.got.lock().unwrap().len()).into())
    }
}

/// Until the servers have stored so many tries that ended in this way.
async fn counted(servers: &[&Site], what: &str, wanted: u32) -> Result {
    let name = format!("reconnect_notices_total{{what=\"{what}\"}} ");
    let mut stored = 0;
    for _ in 0..2_000 {
        stored = 0;
        for server in servers {
            let count = server.get("/metrics").await?.between(&name, "\n");
            stored += count.map_or(Ok(0), |count| count.parse::<u32>())?;
        }
        if stored >= wanted {
            return Ok(());
        }
        tokio::time::sleep(core::time::Duration::from_millis(10)).await;
    }
    Err(format!("{stored} of {wanted} tries ended as: {what}").into())
}

async fn heard(
    State(app): State<App>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(&'static str, &'static str); 1]) {
    app.got.lock().unwrap().push((headers, body));
    let mut answers = app.answers.lock().unwrap();
    let status = if answers.len() > 1 { answers.remove(0) } else { answers[0] };
    (StatusCode::from_u16(status).unwrap(), [("location", "/elsewhere")])
}

on_both! {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_end_of_a_session_is_told_until_the_app_takes_it(database: Database) -> Result {
        let bank = Bank::start(1)?;
        // A redirect is no answer, and it is not followed.
        let (app, url) = App::start(&[500, 302, 204]).await?;
        let notify = Some((&*url, SECRET));
        // Two servers send, and each webhook is one's.
        let site = Site::with(&database, &bank, |front| front, notify).await?;
        let other = Site::with(&database, &bank, |front| front, notify).await?;
        let login = bank.login("Greatday");
        let link = site.link_for(json!({"loginId": login.as_str(), "ownerRef": "user-7"})).await?;
        let page = site.press(&link).await?;
        let widget = page.widget().unwrap();
        let message = bank.answered(&request_of(&widget));
        site.get(&redirect(&widget, &message)).await?;
        let session = site.until(&login, |session| session["result"] == "done").await?;

        // The clock moves once a server has stored how a try ended: the pause begins there.
        let servers = [&site, &other];
        counted(&servers, "again", 1).await?;
        let first = app.verified().remove(0);
        bank.server.clock().advance(5_100);
        counted(&servers, "again", 2).await?;
        bank.server.clock().advance(300_100);
        counted(&servers, "sent", 1).await?;
        bank.server.clock().advance(10_000_000);
        tokio::time::sleep(core::time::Duration::from_millis(1_500)).await;
        let all = app.verified();
        assert_eq!(all.len(), 3, "it is sent no more once it was taken");
        assert!(all.iter().all(|sent| *sent == first), "each try has the same id and the same text: {all:?}");
        let told = &first.1;
        assert_eq!(told["type"], "session.done");
        assert_eq!(told["data"]["sessionId"], session["sessionId"]);
        assert_eq!((&told["data"]["ownerRef"], &told["data"]["kept"]), (&json!("user-7"), &session["kept"]));
        assert!(told["timestamp"].as_str().unwrap().ends_with('Z'));
        let counts = site.get("/metrics").await?.text;
        assert!(!counts.contains("canary"));
        Ok(())
    }
}

#[tokio::test]
async fn a_session_that_fails_is_told_too() -> Result {
    let (database, bank) = (Database::sqlite(), Bank::start(1)?);
    let (app, url) = App::start(&[200]).await?;
    let site = Site::with(&database, &bank, |front| front, Some((&url, SECRET))).await?;
    let login = bank.login("Greatday");
    site.press(&site.link(&login).await?).await?;
    // Nobody answers the bank.
    bank.server.clock().advance(600_000);
    site.until(&login, |session| session["stage"] == "done").await?;
    let told = app.until(1).await?.remove(0).1;
    assert_eq!(told["type"], "session.failed", "{told}");
    assert_eq!(told["data"]["result"], site.session(&login).await?["result"]);
    assert_eq!(told["data"]["kept"], Value::Null);
    Ok(())
}

#[tokio::test]
async fn a_weak_key_or_an_open_address_is_refused() -> Result {
    let (database, bank) = (Database::sqlite(), Bank::start(1)?);
    let site = Site::start(&database, &bank).await?;
    let new = |url: &str, key: &str| reconnect_axum::notify::Notifier::new(&site.front, url, key.into()).is_ok();
    assert!(new("https://app.example/hook", SECRET) && new("http://[::1]:80/", SECRET));
    for url in ["http://app.example/hook", "ftp://app.example", "app.example", ""] {
        assert!(!new(url, SECRET), "{url}");
    }
    for key in ["", "whsec_", "whsec_c2hvcnQ=", &SECRET[6..], "whsec_!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!"] {
        assert!(!new("https://app.example/hook", key), "{key}");
    }
    Ok(())
}
