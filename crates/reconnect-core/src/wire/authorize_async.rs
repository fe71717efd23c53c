//! `POST /AuthorizeAsync` <https://help.flinks.com/support/solutions/articles/43000735707-authorizeasync>
//!
//! Flinks has to activate it. Its bodies are those of `/Authorize` and one more, which asks how far a start or an answer
//! got: 202 while the work goes on, 203 where the bank asks, 200 when it is through. The first reply to a start or to
//! answers is a 202 with the `RequestId`. The method is not documented; it is POST, as the body has fields (decision 41).

use super::authorize::Authorize;
use crate::{Answers, LoginId, RequestId};

/// Starts a live refresh of a stored connection.
///
/// ```
/// use reconnect_core::{LoginId, wire::authorize_async};
/// let body = serde_json::to_string(&authorize_async::start(LoginId::new("5e115eac")?))?;
/// assert_eq!(body, r#"{"LoginId":"5e115eac","MostRecentCached":false,"Save":true}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn start(login: LoginId) -> Authorize {
    Authorize::live(login)
}

/// Asks how far a session got.
///
/// ```
/// use reconnect_core::{RequestId, wire::authorize_async};
/// let body = serde_json::to_string(&authorize_async::status(RequestId::new("9022abc2")?))?;
/// assert_eq!(body, r#"{"RequestId":"9022abc2"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn status(request: RequestId) -> Authorize {
    Authorize::status(request)
}

/// Answers the prompts of a session; [`status`] then tells what came of it.
#[must_use]
pub fn answer(answers: Answers) -> Authorize {
    Authorize::answer(answers)
}
