//! The pages of a link: the button, and how far its session is.

use crate::front::Front;
use crate::language::Language;
use crate::limits::Kind;
use crate::pages::{self, Page, Shown};
use crate::problem::Problem;
use crate::refused::Refused;
use crate::session::{newest, of_link, soon};
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use reconnect_async::connect::ConnectNews;
use reconnect_async::{Event, Known, Timestamp};
use reconnect_store::{Error, Key, Link, LinkToken, Progress};
use serde::Deserialize;

/// What may stand behind the address of a page.
#[derive(Deserialize)]
pub(crate) struct Chosen {
    lang: Option<String>,
}

/// The hidden field of the button.
#[derive(Deserialize)]
pub(crate) struct Pressed {
    /// The newest session of the login when the page was shown; empty if there was none.
    #[serde(default)]
    after: String,
}

/// Which session a message of the widget is for.
#[derive(Deserialize)]
pub(crate) struct For {
    session: Option<Key>,
}

/// A link that was opened, and the language of its pages.
struct Opened {
    link: Link,
    token: LinkToken,
    language: Language,
}

/// The link of an address, if it is not over and not asked for too often. `is_enough` says of a link that it may be used:
/// a session that was begun goes on after its link has expired, but not after it was revoked.
async fn open(
    front: &Front,
    token: &str,
    headers: &HeaderMap,
    chosen: Option<&str>,
    kind: Kind,
    is_enough: fn(&Link, Timestamp) -> bool,
) -> Result<Opened, Refused> {
    let language = Language::of(None, chosen, headers);
    let refused = |problem: Problem| Refused { language, problem };
    let token = LinkToken::read(token).ok_or_else(|| refused(Problem::unknown("this is no link")))?;
    let found = front.driver().sessions().link(&token).await.map_err(|error| refused(error.into()))?;
    let link = found.ok_or_else(|| refused(Problem::unknown("there is no such link")))?;
    let language = Language::of(link.what.language.as_deref(), chosen, headers);
    let refused = |problem: Problem| Refused { language, problem };
    if !is_enough(&link, front.driver().client().now()) {
        return Err(refused(Problem::over("the link has expired, or was revoked")));
    }
    if !front.inner().limits.pass(kind, &link.id) {
        return Err(refused(Problem::too_many("wait for a minute")));
    }
    Ok(Opened { link, token, language })
}

fn is_usable(link: &Link, now: Timestamp) -> bool {
    !link.is_over(now)
}

fn is_not_revoked(link: &Link, _: Timestamp) -> bool {
    link.revoked_at.is_none()
}

/// One button. It has no effect, and stores nothing: programs that scan mail open links too.
pub(crate) async fn start(
    State(front): State<Front>,
    Path(token): Path<String>,
    Query(chosen): Query<Chosen>,
    headers: HeaderMap,
) -> Response {
    match opened_start(&front, &token, chosen.lang.as_deref(), &headers).await {
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
    Ok(page.start(newest.as_ref(), link.expires_at).into_response())
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
    match pressed(&front, &token, chosen.lang.as_deref(), &headers, form).await {
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
    let Form(Pressed { after }) = form.map_err(|error| refused(Problem::invalid(error.body_text())))?;
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
    headers: HeaderMap,
) -> Response {
    match shown(&front, &token, &session, chosen.lang.as_deref(), &headers).await {
        Ok(response) => response,
        Err(refused) => refused.page(&front, "../"),
    }
}

async fn shown(
    front: &Front,
    token: &str,
    session: &str,
    chosen: Option<&str>,
    headers: &HeaderMap,
) -> Result<Response, Refused> {
    let Opened { link, language, .. } = open(front, token, headers, chosen, Kind::Read, is_not_revoked).await?;
    let refused = |error: Error| Refused { language, problem: error.into() };
    let key = session.parse::<Key>().map_err(|_| refused(Error::Unknown))?;
    let found = of_link(front, &link, &key).await.map_err(refused)?;
    let progress = match front.driver().progress(&key).await {
        // Only what to show is wanted; a showing that comes too soon is told when it may.
        Ok(Progress::Asking(_)) => front.driver().tell(&key, Event::Opened).await,
        progress => progress,
    };
    let (client, public) = (front.driver().client(), &front.inner().public);
    let now = client.now();
    let progress = match progress {
        Ok(progress) => Some(progress),
        // Its snapshot was deleted. Its row says how it ended.
        Err(Error::Forgotten) => None,
        Err(error) => return Err(refused(error)),
    };
    let view = progress.as_ref().map_or_else(|| "over".to_owned(), view);
    let shown = match &progress {
        Some(Progress::Asking(prompt)) => match prompt.opens_again {
            Some(again) => Shown::Soon { pause: now.until(again) },
            None => {
                let back = format!("{}/redirect?session={key}&lang={}", public.whole, language.code());
                let url = prompt.connect_url(client.instance()).with("origin", &public.origin);
                // In the frame, so that the page around it stays, and says how it ends.
                let url = url.with("redirectUrl", &back).with("innerRedirect", "true");
                Shown::Widget { url: url.expose().to_owned(), left: now.until(prompt.deadline.at) }
            }
        },
        Some(Progress::Working { until }) => {
            let since = found.live_at.filter(|_| found.stage == "authorizing");
            Shown::Working { since: since.map(|since| since.until(now)), left: until.map(|until| now.until(until)) }
        }
        Some(Progress::Refreshed(refreshed)) => {
            Shown::Done { accounts: refreshed.kept.len(), again: refreshed.reselect }
        }
        Some(Progress::Failed(failure)) => pages::failed(failure, &found, now),
        None => pages::ended(&found),
    };
    front.inner().counts.page(shown.name());
    let page = Page { front, language, bank: link.what.institution.as_deref(), assets: "../" };
    Ok(page.session(token, &key, &view, &shown).into_response())
}

/// What a page shows, in one word: if it changes, the page shows something else.
fn view(progress: &Progress) -> String {
    match progress {
        Progress::Working { .. } => "working".to_owned(),
        Progress::Asking(prompt) => format!("asking-{}", prompt.number),
        Progress::Refreshed(_) | Progress::Failed(_) => "over".to_owned(),
    }
}

/// For the page's script: whether there is something else to show. It tells nothing of a session.
pub(crate) async fn state(
    State(front): State<Front>,
    Path((token, session)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<String, Problem> {
    let opened = open(&front, &token, &headers, None, Kind::Read, is_not_revoked).await;
    let Opened { link, .. } = opened.map_err(|refused| refused.problem)?;
    let key = session.parse::<Key>().map_err(|_| Error::Unknown)?;
    of_link(&front, &link, &key).await?;
    match front.driver().progress(&key).await {
        Ok(progress) => Ok(view(&progress)),
        Err(Error::Forgotten) => Ok("over".to_owned()),
        Err(error) => Err(error.into()),
    }
}

/// What the widget posted to the page. It is a hint: the service confirms it, or nothing changes.
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
    let news = ConnectNews::read(&text).map_err(|error| Problem::invalid(error.to_string()))?;
    front.driver().tell(&key, Event::Returned(news)).stored().await?;
    Ok(StatusCode::NO_CONTENT)
}
