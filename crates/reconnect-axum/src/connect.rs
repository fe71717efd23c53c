//! The pages of a link: the button, and how far its session is.

use crate::front::Front;
use crate::limits::Kind;
use crate::opened::{Opened, is_not_revoked, is_usable, open};
use crate::pages::Page;
use crate::problem::Problem;
use crate::refused::Refused;
use crate::session::{self, newest, of_link, soon, widget_url};
use crate::session_page::{self, Shown};
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use reconnect_async::Known;
use reconnect_store::{Error, Key, Progress};
use serde::Deserialize;

/// The query of a page's address. Anybody can write names and values into it.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Chosen(Vec<(String, String)>);

impl Chosen {
    fn language(&self) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == "lang").map(|(_, value)| &**value)
    }
}

/// The hidden field of the button.
#[derive(Deserialize)]
pub(crate) struct Pressed {
    /// The newest session of the login when the page was shown; empty if there was none.
    #[serde(default)]
    after: String,
}

/// One button. It has no effect, and stores nothing: programs that scan mail open links too.
pub(crate) async fn start(
    State(front): State<Front>,
    Path(token): Path<String>,
    Query(chosen): Query<Chosen>,
    headers: HeaderMap,
) -> Response {
    match opened_start(&front, &token, chosen.language(), &headers).await {
        Ok(response) => response,
        Err(refused) => refused.page(&front, ""),
    }
}

async fn opened_start(
    front: &Front,
    token: &str,
    chosen: Option<&str>,
    headers: &HeaderMap,
) -> Result<Response, Refused> {
    let Opened { link, language, .. } = open(front, token, headers, chosen, Kind::Read, is_usable).await?;
    let newest = newest(front, &link).await.map_err(|error| Refused { language, problem: error.into() })?;
    let page = Page { front, language, bank: link.what.institution.as_deref(), assets: "" };
    front.inner().counts.page("start");
    Ok(page.start(newest.as_ref(), &link).into_response())
}

/// The user pressed the button. It begins a session, or finds the one that the same press has begun before, or the open
/// one; waits a little for the bank; and leads to the session's page.
pub(crate) async fn begin(
    State(front): State<Front>,
    Path(token): Path<String>,
    Query(chosen): Query<Chosen>,
    headers: HeaderMap,
    form: Result<Form<Pressed>, FormRejection>,
) -> Response {
    match pressed(&front, &token, chosen.language(), &headers, form).await {
        Ok(response) => response,
        Err(refused) => refused.page(&front, ""),
    }
}

async fn pressed(
    front: &Front,
    token: &str,
    chosen: Option<&str>,
    headers: &HeaderMap,
    form: Result<Form<Pressed>, FormRejection>,
) -> Result<Response, Refused> {
    let Opened { link, token, language } = open(front, token, headers, chosen, Kind::Press, is_usable).await?;
    let refused = |problem: Problem| Refused { language, problem };
    let Form(Pressed { after }) = form.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => refused(Problem::too_large("send less")),
        _ => refused(Problem::invalid(error.body_text())),
    })?;
    let after = match &*after {
        "" => None,
        text => Some(text.parse::<Key>().map_err(|_| refused(Problem::invalid("the field `after` is no session")))?),
    };
    let mut known = Known::default();
    known.language = link.what.language.as_deref().map(Into::into);
    known.institution = link.what.institution.as_deref().map(Into::into);
    let begin = front.driver().refresh(link.what.login.clone()).keep(link.what.keep.clone()).known(known);
    let begin = begin.policy(front.inner().policy.clone()).key(token.session_after(after.as_ref()));
    let begin = if let Some(owner) = &link.what.owner { begin.owner(owner) } else { begin };
    let begun = match begin.begin().await {
        Ok(begun) => begun,
        Err(Error::Busy { until }) => {
            front.inner().counts.refused("busy");
            let page = Page { front, language, bank: link.what.institution.as_deref(), assets: "" };
            let left = until.map(|until| front.driver().client().now().until(until));
            return Ok((StatusCode::CONFLICT, page.busy(left)).into_response());
        }
        Err(error) => return Err(refused(error.into())),
    };
    front.inner().counts.press(begun.is_new);
    // The task goes on by itself.
    drop(begun.going);
    // What it came to, the page says.
    let _ = soon(front, &begun.key).await;
    let lang = chosen.map(|_| format!("?lang={}", language.code())).unwrap_or_default();
    let to = format!("{}/{}{lang}", token.expose(), begun.key);
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response())
}

/// How far the session is. If the bank asks, this is a showing of the widget.
pub(crate) async fn progress(
    State(front): State<Front>,
    Path((token, session)): Path<(String, String)>,
    Query(chosen): Query<Chosen>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    match shown(&front, &token, &session, chosen.language(), &method, &headers).await {
        Ok(response) => response,
        Err(refused) => refused.page(&front, "../"),
    }
}

async fn shown(
    front: &Front,
    token: &str,
    session: &str,
    chosen: Option<&str>,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Refused> {
    let Opened { link, language, .. } = open(front, token, headers, chosen, Kind::Read, is_not_revoked).await?;
    let refused = |error: Error| Refused { language, problem: error.into() };
    let key = session.parse::<Key>().map_err(|_| refused(Error::Unknown))?;
    let found = of_link(front, &link, &key).await.map_err(refused)?;
    // A request for the head alone is no showing.
    let is_showing = method != Method::HEAD;
    let progress = if is_showing { session::shown(front, &key).await } else { front.driver().progress(&key).await };
    let progress = match progress {
        Ok(progress) => Some(progress),
        // Its snapshot was deleted. Its row says how it ended.
        Err(Error::Forgotten) => None,
        Err(error) => return Err(refused(error)),
    };
    let now = front.driver().client().now();
    let shown = match &progress {
        Some(Progress::Asking(prompt)) if prompt.is_ready() => {
            let url = widget_url(front, &key, language, prompt).expose().to_owned();
            Shown::Widget { url, left: now.until(prompt.deadline.at) }
        }
        Some(Progress::Asking(prompt)) => Shown::Soon { pause: session::opens_in(prompt, now) },
        Some(Progress::Working { .. }) => {
            // A live call without an answer bars its login for so long (decision 74).
            let asked = found.live_at.filter(|_| found.stage == "authorizing");
            Shown::Working { again: asked.map(|asked| now.until(asked + front.inner().policy.request_life)) }
        }
        Some(Progress::Refreshed(refreshed)) => {
            Shown::Done { accounts: refreshed.kept.len(), again: refreshed.reselect }
        }
        Some(Progress::Failed(failure)) => session_page::failed(failure, &found, now),
        None => session_page::ended(&found),
    };
    front.inner().counts.page(shown.name());
    let page = Page { front, language, bank: link.what.institution.as_deref(), assets: "../" };
    Ok(page.session(Some(token).filter(|_| !link.is_over(now)), &key, &shown).into_response())
}
