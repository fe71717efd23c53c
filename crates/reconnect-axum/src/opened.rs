//! `Opened`: a link that may be used, as each of its routes opens it.

use crate::front::Front;
use crate::language::Language;
use crate::limits::Kind;
use crate::problem::Problem;
use crate::refused::Refused;
use axum::http::HeaderMap;
use reconnect_async::Timestamp;
use reconnect_store::{Link, LinkToken};

/// A link that was opened, and the language of its pages.
pub(crate) struct Opened {
    pub(crate) link: Link,
    pub(crate) token: LinkToken,
    pub(crate) language: Language,
}

/// The link of an address, if it is not over and not asked for too often. `is_enough` says of a link that it may be used:
/// a session that was begun goes on after its link has expired, but not after it was revoked.
pub(crate) async fn open(
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

pub(crate) fn is_usable(link: &Link, now: Timestamp) -> bool {
    !link.is_over(now)
}

pub(crate) fn is_not_revoked(link: &Link, _: Timestamp) -> bool {
    link.revoked_at.is_none()
}
