//! What the page's component asks while a session goes on, and what it passes on.

use crate::front::Front;
use crate::limits::Kind;
use crate::opened::{Opened, is_not_revoked, open};
use crate::problem::Problem;
use crate::session::{newest, of_link, opens_in, shown, widget_url};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use core::time::Duration;
use reconnect_async::Event;
use reconnect_async::connect::ConnectNews;
use reconnect_store::{Error, Found, Key, Progress};
use serde::{Deserialize, Serialize};

/// How far a session is. It names nobody.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Live {
    state: &'static str,
    left_ms: Option<u128>,
}

/// A showing of the widget, or when there may be one.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Showing {
    url: Option<String>,
    left_ms: Option<u128>,
    again_ms: Option<u128>,
}

/// Which session a message of the widget is for.
#[derive(Deserialize)]
pub(crate) struct For {
    session: Option<Key>,
}

/// Opens a link, and the session if it is one of the link's.
async fn opened(
    front: &Front,
    token: &str,
    session: &str,
    headers: &HeaderMap,
    kind: Kind,
) -> Result<(Opened, Found), Problem> {
    let opened = open(front, token, headers, None, kind, is_not_revoked).await.map_err(|refused| refused.problem)?;
    let key = session.parse::<Key>().map_err(|_| Error::Unknown)?;
    let found = of_link(front, &opened.link, &key).await?;
    Ok((opened, found))
}

pub(crate) async fn state(
    State(front): State<Front>,
    Path((token, session)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Live>, Problem> {
    let (_, found) = opened(&front, &token, &session, &headers, Kind::Read).await?;
    let (state, left) = match front.driver().progress(&found.key).await {
        Ok(Progress::Working { .. }) => ("working", None),
        Ok(Progress::Asking(prompt)) => ("ask", Some(front.driver().client().now().until(prompt.deadline.at))),
        Ok(Progress::Refreshed(_)) => ("done", None),
        Ok(Progress::Failed(_)) => ("failed", None),
        // Its snapshot was deleted. Its row says how it ended.
        Err(Error::Forgotten) if found.kept.is_some() => ("done", None),
        Err(Error::Forgotten) => ("failed", None),
        Err(error) => return Err(error.into()),
    };
    Ok(Json(Live { state, left_ms: left.as_ref().map(Duration::as_millis) }))
}

pub(crate) async fn widget(
    State(front): State<Front>,
    Path((token, session)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Showing>, Problem> {
    let (Opened { language, .. }, Found { key, .. }) = opened(&front, &token, &session, &headers, Kind::Read).await?;
    let Progress::Asking(prompt) = shown(&front, &key).await? else { return Ok(Json(Showing::default())) };
    let now = front.driver().client().now();
    if !prompt.is_ready() {
        return Ok(Json(Showing { again_ms: Some(opens_in(&prompt, now).as_millis()), ..Showing::default() }));
    }
    Ok(Json(Showing {
        url: Some(widget_url(&front, &key, language, &prompt).expose().to_owned()),
        left_ms: Some(now.until(prompt.deadline.at).as_millis()),
        again_ms: None,
    }))
}

/// What the widget posted to the page. It is a hint: the service confirms it, or nothing changes.
pub(crate) async fn message(
    State(front): State<Front>,
    Path((token, session)): Path<(String, String)>,
    headers: HeaderMap,
    text: String,
) -> Result<StatusCode, Problem> {
    let (_, found) = opened(&front, &token, &session, &headers, Kind::News).await?;
    told(&front, &found.key, &text).await
}

/// The same by the link alone. Without a session, for its newest one.
pub(crate) async fn news(
    State(front): State<Front>,
    Path(token): Path<String>,
    Query(of): Query<For>,
    headers: HeaderMap,
    text: String,
) -> Result<StatusCode, Problem> {
    let opened = open(&front, &token, &headers, None, Kind::News, is_not_revoked).await;
    let Opened { link, .. } = opened.map_err(|refused| refused.problem)?;
    let key = match of.session {
        Some(key) => of_link(&front, &link, &key).await?.key,
        None => newest(&front, &link).await?.ok_or(Error::Unknown)?.key,
    };
    told(&front, &key, &text).await
}

async fn told(front: &Front, key: &Key, text: &str) -> Result<StatusCode, Problem> {
    let news = ConnectNews::read(text).map_err(|error| Problem::invalid(error.to_string()))?;
    front.driver().tell(key, Event::Returned(news)).stored().await?;
    Ok(StatusCode::NO_CONTENT)
}
