//! Refreshes a bank connection from a web page. The sessions and the balances are in PostgreSQL.

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header::REFERRER_POLICY};
use axum::{Json, Router, body::Bytes, response::Html, routing::get, routing::post};
use reconnect_async::{Event, LoginId, connect::ConnectNews, policy::MAX_BODY, webhook};
use reconnect_store::{BoxError, Driver, Ended, Error, Key, Progress, Sink, Transaction, async_trait};
use serde_json::{Value, json};

/// Your own name for your user. In production it comes from the web session.
const USER: &str = "user-7";

/// Writes each balance into the app's own table, in the transaction that stores the end of the session.
pub struct Balances;

#[async_trait]
impl Sink for Balances {
    async fn store(&self, transaction: &mut Transaction<'_>, ended: &Ended) -> Result<(), BoxError> {
        for account in &ended.accounts {
            let row = sqlx::query(include_str!("upsert.sql")).bind(ended.owner.as_deref()).bind(account.id.as_str());
            row.bind(account.title.as_deref()).bind(account.balance.current).execute(transaction.postgres()?).await?;
        }
        Ok(())
    }
}

/// The routes. In production look the login up: the user is logged in.
pub fn routes(driver: Driver, login: LoginId) -> Router {
    Router::new()
        .route("/", get(async || ([(REFERRER_POLICY, "no-referrer")], Html(include_str!("page.html")))))
        .route("/sessions", post(move |State(driver): State<Driver>| begin(driver, login)))
        .route("/sessions/{key}", get(state))
        .route("/sessions/{key}/widget", post(widget))
        .route("/sessions/{key}/message", post(message))
        .route("/webhook", post(delivered).layer(DefaultBodyLimit::max(MAX_BODY)))
        .with_state(driver)
}

/// The user pressed the button. A second click finds the same session. The live call may take minutes: this returns
/// once the session is stored.
async fn begin(driver: Driver, login: LoginId) -> Result<Json<Value>, StatusCode> {
    let begun = driver.refresh(login).owner(USER).begin().await.map_err(refused)?;
    Ok(Json(json!({ "session": begun.key })))
}

/// The page asks how far it is.
async fn state(State(driver): State<Driver>, Path(key): Path<Key>) -> Result<Json<Value>, StatusCode> {
    driver.sessions().owned(&key, USER).await.map_err(refused)?;
    Ok(Json(match driver.progress(&key).await.map_err(refused)? {
        Progress::Working { .. } => json!({ "state": "working" }),
        Progress::Asking(_) => json!({ "state": "ask" }),
        Progress::Refreshed(refreshed) => json!({ "state": "done", "accounts": refreshed.kept.len() }),
        Progress::Failed(failure) => json!({ "state": "failed", "recovery": failure.recovery().advice().as_str() }),
    }))
}

/// The page wants to show the widget. Each showing needs a URL of its own. Without one there is nothing to show now.
async fn widget(State(driver): State<Driver>, Path(key): Path<Key>) -> Result<Json<Value>, StatusCode> {
    driver.sessions().owned(&key, USER).await.map_err(refused)?;
    let url = driver.show(&key).await.map_err(refused)?;
    Ok(Json(json!({ "url": url.as_ref().map(|url| url.expose()) })))
}

/// The page passes on what the widget posted.
async fn message(State(driver): State<Driver>, Path(key): Path<Key>, text: String) -> Result<(), StatusCode> {
    let news = ConnectNews::read(&text).map_err(|_| StatusCode::BAD_REQUEST)?;
    driver.sessions().owned(&key, USER).await.map_err(refused)?;
    driver.tell(&key, Event::Returned(news)).stored().await.map_err(refused)
}

/// Flinks sends data by itself. Answer 200 once it is stored, so that Flinks does not send it again.
async fn delivered(State(driver): State<Driver>, headers: HeaderMap, body: Bytes) -> Result<(), StatusCode> {
    let headers = headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let delivery = webhook::verify(headers, &body, &["sandbox-webhook-key".into()]);
    let going = driver.delivered(delivery.map_err(|_| StatusCode::UNAUTHORIZED)?).await.map_err(refused)?;
    if let Some(mut going) = going { going.stored().await.map_err(refused) } else { Ok(()) }
}

/// The status of a reply if something went wrong.
fn refused(error: Error) -> StatusCode {
    eprintln!("{error}");
    StatusCode::from_u16(error.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
}
