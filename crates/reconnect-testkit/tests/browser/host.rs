//! The page of an integrator, as small as can be: an iframe, and a listener that writes down all that is posted to it.

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{Method, header},
    response::Html,
};
use core::net::Ipv4Addr;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tokio::{net::TcpListener, task::JoinHandle};

/// It tells at once and waits until it is heard: the page may be gone the next moment.
const PAGE: &str = r#"<!DOCTYPE html>
<html lang="en"><title>Host</title><link rel="icon" href="data:,"><h1>Host</h1>
<iframe title="Widget" style="width: 100%; height: 760px"></iframe>
<script>
addEventListener("message", event => {
  const ours = event.source === document.querySelector("iframe").contentWindow;
  const heard = new XMLHttpRequest();
  heard.open("POST", "/heard", false);
  heard.send(JSON.stringify({origin: event.origin, ours, data: event.data}));
});
</script>
</html>"#;

/// Where the widget leads back to.
const BACK: &str = r#"<!DOCTYPE html>
<html lang="en"><title>Back</title><link rel="icon" href="data:,"><h1>Welcome back</h1></html>"#;

const LARGEST: usize = 1 << 20;

/// Serves until it is dropped.
pub(crate) struct Host {
    port: u16,
    notes: Arc<Mutex<Notes>>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct Notes {
    visits: Vec<Visit>,
    heard: Vec<Value>,
}

/// One request for a page.
#[derive(Clone)]
pub(crate) struct Visit {
    /// Path and query.
    pub(crate) target: String,
    pub(crate) referer: Option<String>,
}

impl Host {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let notes = Arc::<Mutex<Notes>>::default();
        let app = Router::new().fallback(answer).with_state(notes.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { port, notes, serving }
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Every message so far, in order: `{"origin", "ours", "data"}`.
    pub(crate) fn heard(&self) -> Vec<Value> {
        self.notes.lock().unwrap().heard.clone()
    }

    pub(crate) fn visits(&self) -> Vec<Visit> {
        self.notes.lock().unwrap().visits.clone()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(State(notes): State<Arc<Mutex<Notes>>>, request: Request) -> Html<&'static str> {
    let (parts, body) = request.into_parts();
    if parts.method == Method::POST {
        let body = to_bytes(body, LARGEST).await.unwrap();
        notes.lock().unwrap().heard.push(serde_json::from_slice(&body).unwrap());
        return Html("");
    }
    let referer =
        parts.headers.get(header::REFERER).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    notes.lock().unwrap().visits.push(Visit { target: parts.uri.to_string(), referer });
    Html(if parts.uri.path() == "/" { PAGE } else { BACK })
}
