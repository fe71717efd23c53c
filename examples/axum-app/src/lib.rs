//! Refreshes a bank connection from a web page: four routes, a job, and a table of sessions.

mod table;

pub use table::{Key, Row, Table};

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, body::Bytes};
use core::time::Duration;
use reconnect_async::connect::ConnectNews;
use reconnect_async::{Client, DriveError, Event, LoginId, Pause, Prompt, Session, Stepped, Stopped};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// What every route needs. It is cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// Sends the requests to Flinks.
    pub client: Client,
    /// The sessions.
    pub table: Table,
    /// The stored connection of your user. In production look it up: the user is logged in.
    pub login: LoginId,
}

/// The routes.
pub fn routes(app: App) -> Router {
    Router::new()
        .route("/", get(|| async { ([(header::REFERRER_POLICY, "no-referrer")], Html(include_str!("page.html"))) }))
        .route("/sessions", post(begin))
        .route("/sessions/{key}", get(state))
        .route("/sessions/{key}/widget", post(widget))
        .route("/sessions/{key}/message", post(message))
        .with_state(app)
}

/// The user pressed the button. The live call may take minutes, so the page does not wait for it.
async fn begin(State(app): State<App>) -> Response {
    let (key, is_new) = app.table.open_or_new(&app.login, app.client.now());
    if is_new {
        detach(&app, key, None);
    }
    app.shown(key)
}

/// The page asks how far it is.
async fn state(State(app): State<App>, Path(key): Path<Key>) -> Response {
    app.shown(key)
}

/// The page wants to show the widget. Each showing needs a URL of its own.
async fn widget(State(app): State<App>, Path(key): Path<Key>) -> Response {
    match detach(&app, key, Some(Event::Opened)).await {
        Ok(Some(prompt)) => {
            let url = prompt.connect_url(app.client.instance());
            reply(&json!({ "session": key, "state": "widget", "url": url.expose() }))
        }
        Ok(None) | Err(_) => app.shown(key),
    }
}

/// The page passes on what the widget posted.
async fn message(State(app): State<App>, Path(key): Path<Key>, text: Bytes) -> Response {
    let Ok(news) = ConnectNews::read(&String::from_utf8_lossy(&text)) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    detach(&app, key, Some(Event::Returned(news)));
    app.shown(key)
}

/// Goes on with a session in a task of its own. If the browser hangs up, axum drops the handler, and the task goes on: the
/// reply of Flinks is stored. Returns the prompt if the bank asks something.
fn detach(app: &App, key: Key, event: Option<Event>) -> JoinHandle<Option<Prompt>> {
    let app = app.clone();
    tokio::spawn(async move {
        match app.go_on(key, event).await {
            Ok(prompt) => prompt,
            Err(Stopped::Drive(DriveError::Conflict)) => None, // another request was faster
            Err(error) => {
                eprintln!("session {key}: {error}");
                app.table.set_result(key, json!({ "state": "failed", "recovery": "FixTheSetup" }));
                None
            }
        }
    })
}

/// Goes on with each session whose time has come: its data is ready, or nobody answered.
pub async fn job(app: App) {
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        for key in app.table.due(app.client.now()) {
            detach(&app, key, None);
        }
    }
}

impl App {
    /// Loads the session, tells it the event, and takes it as far as it goes without waiting. Returns the prompt if the
    /// bank asks something.
    async fn go_on(&self, key: Key, event: Option<Event>) -> Result<Option<Prompt>, Stopped> {
        let row = self.table.row(key);
        let Some(login) = self.table.login(key) else { return Ok(None) };
        let loaded = self.client.load(&row).await?;
        let mut session = loaded.unwrap_or_else(|| self.client.refresh(login).session());
        if let Some(event) = event {
            session.tell(self.client.now(), event)?;
        }
        match self.client.step(&mut session, &row).await? {
            Stepped::Wait { .. } => return Ok(None),
            Stepped::Pause(Pause::Ask(_)) if session.opens_again().is_some() => return Ok(None),
            Stepped::Pause(Pause::Ask(prompt)) => return Ok(Some(prompt)),
            Stepped::Pause(Pause::Done) => {}
        }
        match session.done() {
            Ok(done) => {
                // In production, store the accounts in your own tables here.
                let titles: Vec<_> = done.accounts.iter().map(|account| &account.title).collect();
                self.table.set_result(key, json!({ "state": "done", "accounts": titles }));
            }
            Err(Stopped::Failed(failure)) => {
                let recovery = format!("{:?}", failure.recovery());
                self.table.set_result(key, json!({ "state": "failed", "recovery": recovery }));
            }
            Err(Stopped::HandedOver(_)) => {} // the result is stored already
            Err(other) => return Err(other),
        }
        Ok(None)
    }

    /// What the page has to know of the session.
    fn shown(&self, key: Key) -> Response {
        let state = |session: Session| if session.prompt(self.client.now()).is_some() { "ask" } else { "working" };
        let going_on = || json!({ "state": self.table.session(key).map_or("working", state) });
        let mut shown = self.table.result(key).unwrap_or_else(going_on);
        shown["session"] = key.into();
        reply(&shown)
    }
}

fn reply(json: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], json.to_string()).into_response()
}
