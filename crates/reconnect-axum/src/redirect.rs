//! `/redirect`: where the widget leads to, in the frame of our page or in the whole window.

use crate::front::Front;
use crate::language::Language;
use crate::limits::Kind;
use crate::pages::Page;
use crate::problem::Problem;
use crate::refused::Refused;
use crate::session::settled;
use axum::extract::{Query, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use core::time::Duration;
use reconnect_async::Event;
use reconnect_async::connect::ConnectNews;
use reconnect_store::{Error, Key};
use serde::Deserialize;

/// How long a redirect waits for what comes of it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Our own name for the session. A `requestId` alone finds none: a browser can be made to say any.
#[derive(Deserialize)]
pub(crate) struct Back {
    session: Option<String>,
    lang: Option<String>,
}

/// Tells the session what the address says, and leaves the address at once, since it holds ids. What it says is a hint.
pub(crate) async fn arrived(
    State(front): State<Front>,
    Query(back): Query<Back>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let language = Language::of(None, back.lang.as_deref(), &headers);
    match told(&front, &back, query.as_deref().unwrap_or_default(), language).await {
        Ok(response) => response,
        Err(problem) => Refused { language, problem }.page(&front, "connect/"),
    }
}

async fn told(front: &Front, back: &Back, query: &str, language: Language) -> Result<Response, Problem> {
    let key = back.session.as_deref().and_then(|key| key.parse::<Key>().ok()).ok_or(Error::Unknown)?;
    let driver = front.driver();
    let found = driver.sessions().find(&key).await?.ok_or(Error::Unknown)?;
    if !front.inner().limits.pass(Kind::Read, &key) {
        return Err(Problem::too_many("wait for a minute"));
    }
    let whole = format!("{}/redirect?{query}", front.inner().public.whole);
    if let Ok(news) = ConnectNews::read(&whole) {
        driver.tell(&key, Event::Returned(news)).stored().await?;
        let _ = settled(front, &key, PATIENCE).await;
        let to = format!("redirect?session={key}&lang={}", language.code());
        return Ok((StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response());
    }
    let progress = match driver.progress(&key).await {
        Ok(progress) => Some(progress),
        Err(Error::Forgotten) => None,
        Err(error) => return Err(error.into()),
    };
    front.inner().counts.page("back");
    let page = Page { front, language, bank: None, assets: "connect/" };
    Ok(page.back(progress.as_ref(), &found).into_response())
}
