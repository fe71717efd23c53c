//! The page of an app that has `<flinks-reconnect>`, and the app's server: the test says what it answers. Beside it a widget on
//! an origin of its own, that does what the test says.

use axum::{
    Router,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use core::net::Ipv4Addr;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// As a user of the package has it.
const ELEMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../reconnect-js/src/element.js");

/// Writes down what the element tells the page, what is logged and who listens. With `data-timers="held"` no timer runs: the
/// test fires them.
const SCRIPT: &str = r#"
window.told = [];
for (const name of ["show", "step", "left", "expiring", "expired", "redirect", "state", "done", "failed", "error"]) {
  document.addEventListener(`reconnect-${name}`, ({ type, detail }) => told.push({ type, detail }));
}
window.logged = [];
for (const level of ["debug", "error", "info", "log", "trace", "warn"]) {
  console[level] = (...all) => logged.push(all.map((one) => JSON.stringify(one) ?? String(one)).join(" "));
}
for (const type of ["error", "unhandledrejection", "securitypolicyviolation"]) {
  addEventListener(type, (event) => logged.push(`${type}: ${event.message ?? event.reason ?? event.blockedURI}`));
}
window.listeners = new Map();
for (const [verb, change] of [["add", 1], ["remove", -1]]) {
  const real = window[`${verb}EventListener`];
  window[`${verb}EventListener`] = (type, ...rest) => {
    if (type === "message") listeners.set(rest[0], verb === "add" ? 1 : 0);
    return real.call(window, type, ...rest);
  };
}
window.held = [];
if (document.documentElement.dataset.timers === "held") {
  window.setTimeout = (work, ms) => held.push({ work, ms });
  window.clearTimeout = (number) => delete held[number - 1];
}
"#;

/// Both schemes, and nothing of the element.
const STYLE: &str = ":root{color-scheme:light dark}body{margin:0;font:1rem/1.5 system-ui,sans-serif}\
    main{max-width:48rem;margin:0 auto;padding:1rem}";

/// A question. It says what its path names as soon as it is there: an event, or `nothing`.
const WIDGET: &str = r#"<!DOCTYPE html>
<html lang="en"><title>Widget</title><link rel="icon" href="data:,"><h1>Question</h1>
<label>Answer <input name="answer"></label>
<script>
const step = location.pathname.slice(1);
if (step !== "nothing") parent.postMessage({ step }, "*");
</script>
</html>"#;

/// Serves until it is dropped.
struct Serving {
    port: u16,
    task: JoinHandle<()>,
}

impl Serving {
    async fn of(router: Router) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { port, task: tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }) }
    }

    fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the server answers, and what it was asked.
#[derive(Default)]
pub(crate) struct Desk {
    /// The opening tag of the page and what is in its `main`.
    page: (String, String),
    /// The origins that the page may frame.
    pub(crate) frames: String,
    /// The answers to the next requests for a URL, by session. Then there is none.
    pub(crate) answers: BTreeMap<String, VecDeque<Value>>,
    /// The state of each session: `{"state": "working"}` at first.
    pub(crate) states: BTreeMap<String, Value>,
    /// A status in the place of each answer.
    pub(crate) refuses: Option<StatusCode>,
    /// The session whose messages get a 503.
    pub(crate) broken: Option<String>,
    /// The requests in their order: `POST one/widget`.
    pub(crate) asked: Vec<String>,
    /// Each message with its session.
    pub(crate) messages: Vec<(String, Value)>,
    /// What the requests said of where they are from.
    pub(crate) headers: Vec<HeaderMap>,
}

impl Desk {
    pub(crate) fn count(&self, request: &str) -> usize {
        self.asked.iter().filter(|asked| *asked == request).count()
    }
}

type Shared = Arc<Mutex<Desk>>;

pub(crate) struct App {
    serving: Serving,
    desk: Shared,
}

impl App {
    /// The page may frame pages of this origin, and no other.
    pub(crate) async fn start(frames: &str) -> Self {
        let desk = Shared::default();
        frames.clone_into(&mut desk.lock().unwrap().frames);
        let script = |text: &'static str| async move { ([(header::CONTENT_TYPE, "text/javascript")], text) };
        let router = Router::new()
            .route("/", get(page))
            .route("/away", get(async || Html("<!DOCTYPE html><html lang=en><title>Away</title><h1>Away</h1>")))
            .route(
                "/element.js",
                get(async || ([(header::CONTENT_TYPE, "text/javascript")], fs::read(ELEMENT).unwrap())),
            )
            .route("/page.js", get(move || script(SCRIPT)))
            .route("/page.css", get(async || ([(header::CONTENT_TYPE, "text/css")], STYLE)))
            .route("/sessions/{key}/widget", post(widget))
            .route("/sessions/{key}/message", post(message))
            .route("/sessions/{key}", get(state))
            .with_state(desk.clone());
        Self { serving: Serving::of(router).await, desk }
    }

    pub(crate) fn origin(&self) -> String {
        self.serving.origin()
    }

    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap()
    }

    /// What the page has in its `main`, and in its `<html …>`.
    pub(crate) fn has(&self, html: &str, main: &str) {
        self.desk().page = (html.to_owned(), main.to_owned());
    }

    /// The next answer to a request for the session's URL.
    pub(crate) fn answers(&self, key: &str, answer: Value) {
        self.desk().answers.entry(key.to_owned()).or_default().push_back(answer);
    }

    /// Another URL for a showing.
    pub(crate) fn gives(&self, key: &str, url: &str) {
        self.answers(key, json!({ "url": url }));
    }

    pub(crate) fn is(&self, key: &str, state: &str) {
        self.desk().states.insert(key.to_owned(), json!({ "state": state }));
    }

    /// The messages of a session.
    pub(crate) fn messages(&self, key: &str) -> Vec<Value> {
        let desk = self.desk();
        desk.messages.iter().filter(|(whose, _)| whose == key).map(|(_, message)| message.clone()).collect()
    }

    /// Their steps.
    pub(crate) fn steps(&self, key: &str) -> Vec<String> {
        self.messages(key).iter().map(|message| message["step"].as_str().unwrap_or("?").to_owned()).collect()
    }
}

async fn page(State(desk): State<Shared>) -> Response {
    let desk = desk.lock().unwrap();
    let (html, main) = &desk.page;
    let page = format!(
        "<!DOCTYPE html>\n<html {html}>\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>App</title>\
         <link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"/page.css\"><script src=\"/page.js\"></script>\
         <script type=\"module\" src=\"/element.js\"></script></head>\n<body><main><h1>Accounts</h1>\n{main}</main></body></html>"
    );
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; frame-src {}",
        desk.frames
    );
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response()
}

async fn widget(State(desk): State<Shared>, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let mut desk = desk.lock().unwrap();
    desk.asked.push(format!("POST {key}/widget"));
    desk.headers.push(headers);
    if let Some(status) = desk.refuses {
        return status.into_response();
    }
    let answer = desk.answers.get_mut(&key).and_then(VecDeque::pop_front);
    answer.unwrap_or_else(|| json!({"url": null})).to_string().into_response()
}

async fn message(State(desk): State<Shared>, Path(key): Path<String>, headers: HeaderMap, body: String) -> StatusCode {
    let mut desk = desk.lock().unwrap();
    desk.asked.push(format!("POST {key}/message"));
    desk.headers.push(headers);
    if let Some(status) = desk.refuses {
        return status;
    }
    if desk.broken.as_ref() == Some(&key) {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    desk.messages.push((key, serde_json::from_str(&body).unwrap()));
    StatusCode::NO_CONTENT
}

async fn state(State(desk): State<Shared>, Path(key): Path<String>) -> Response {
    let mut desk = desk.lock().unwrap();
    desk.asked.push(format!("GET {key}"));
    if let Some(status) = desk.refuses {
        return status.into_response();
    }
    desk.states.get(&key).cloned().unwrap_or_else(|| json!({"state": "working"})).to_string().into_response()
}

/// A widget on an origin of its own.
pub(crate) struct Widget {
    serving: Serving,
    visits: Arc<Mutex<Vec<Visit>>>,
}

/// One request for its page.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) target: String,
    pub(crate) has_referer: bool,
}

impl Widget {
    pub(crate) async fn start() -> Self {
        let visits = Arc::<Mutex<Vec<Visit>>>::default();
        let answer = async |State(visits): State<Arc<Mutex<Vec<Visit>>>>, request: Request| {
            let has_referer = request.headers().contains_key(header::REFERER);
            visits.lock().unwrap().push(Visit { target: request.uri().to_string(), has_referer });
            Html(WIDGET)
        };
        Self { serving: Serving::of(Router::new().fallback(answer).with_state(visits.clone())).await, visits }
    }

    pub(crate) fn origin(&self) -> String {
        self.serving.origin()
    }

    /// The address of a showing, at which the widget posts this event. The number tells it from the others.
    pub(crate) fn url(&self, step: &str, number: u32) -> String {
        format!("{}/{step}?number={number}", self.origin())
    }

    /// Every page that was loaded.
    pub(crate) fn visits(&self) -> Vec<Visit> {
        self.visits.lock().unwrap().clone()
    }

    /// The numbers of the pages that were loaded.
    pub(crate) fn loaded(&self) -> Vec<u32> {
        let number = |visit: Visit| visit.target.split_once("number=")?.1.parse().ok();
        self.visits().into_iter().filter_map(number).collect()
    }
}
