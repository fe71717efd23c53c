//! A session as its pages see it.

use crate::front::Front;
use crate::language::Language;
use core::time::Duration;
use reconnect_async::connect::WidgetUrl;
use reconnect_async::{Event, Prompt, Timestamp};
use reconnect_store::{Error, Found, Key, Link, Progress};
use std::time::Instant;

/// How long a `POST` waits for the bank. After that the page asks again by itself.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a mint takes.
const MOMENT: Duration = Duration::from_secs(1);
/// How long between two looks meanwhile.
const EVERY: Duration = Duration::from_millis(100);

/// The newest session of the link's login and user.
pub(crate) async fn newest(front: &Front, link: &Link) -> Result<Option<Found>, Error> {
    let all = front.driver().sessions().by_login(&link.what.login).await?;
    Ok(all.into_iter().find(|found| found.owner == link.what.owner))
}

/// The session with this key, if it is one of the link's login and user.
pub(crate) async fn of_link(front: &Front, link: &Link, key: &Key) -> Result<Found, Error> {
    let found = front.driver().sessions().find(key).await?;
    let is_its = |found: &Found| found.owner == link.what.owner && found.login.as_ref() == Some(&link.what.login);
    found.filter(is_its).ok_or(Error::Unknown)
}

/// How far the session is. If the bank asks, this is a showing of the widget: a token is minted for it. If another page
/// got one a moment ago, the prompt is not ready.
pub(crate) async fn shown(front: &Front, key: &Key) -> Result<Progress, Error> {
    let progress = front.driver().progress(key).await?;
    if matches!(progress, Progress::Asking(_)) { front.driver().tell(key, Event::Opened).await } else { Ok(progress) }
}

/// When to ask for a showing again, if the prompt is not ready. While another page's token is minted, nobody knows.
pub(crate) fn opens_in(prompt: &Prompt, now: Timestamp) -> Duration {
    prompt.opens_again.map_or(MOMENT, |again| now.until(again))
}

/// How far the session is, as soon as there is something to show.
pub(crate) async fn settled(front: &Front, key: &Key, patience: Duration) -> Result<Progress, Error> {
    let begin = Instant::now();
    loop {
        let progress = front.driver().progress(key).await?;
        if !matches!(progress, Progress::Working { .. }) || begin.elapsed() >= patience {
            return Ok(progress);
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// As [`settled`], for as long as a person likes to wait for a page.
pub(crate) async fn soon(front: &Front, key: &Key) -> Result<Progress, Error> {
    settled(front, key, PATIENCE).await
}

/// The URL for one showing of the widget. It leads back to us by our own key, in the frame, so that the page around it
/// stays.
pub(crate) fn widget_url(front: &Front, key: &Key, language: Language, prompt: &Prompt) -> WidgetUrl {
    let public = &front.inner().public;
    let back = format!("{}/redirect?session={key}&lang={}", public.whole, language.code());
    let url = prompt.connect_url(front.driver().client().instance()).with("origin", &public.origin);
    url.with("redirectUrl", &back).with("innerRedirect", "true")
}
