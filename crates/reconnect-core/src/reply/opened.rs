//! Replies to the endpoints that are used outside a session, judged by the same rules as those of a session.

use crate::{
    code::FlinksCode,
    policy::MAX_BODY,
    reply::{
        Facts, Refusal, Reply, ReplyError,
        body::{Body, NoBody},
        is_body_of,
    },
    retry_after::RetryAfter,
};
use alloc::borrow::Cow;
use core::fmt;
use reconnect_json::{Reader, text::text_of};

/// A reply to a call that is no step of a session: whether the service did it, and the body. See [`open`].
#[non_exhaustive]
pub struct Opened<'a> {
    /// The service refused. A body may all the same hold what was asked for.
    pub refusal: Option<Refusal>,
    /// The work goes on in the background; when to ask again, if the service says so.
    pub pending: Option<Option<RetryAfter>>,
    /// What it says of a session and a login.
    pub facts: Facts,
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub text: Cow<'a, str>,
}

/// It never shows the body.
impl fmt::Debug for Opened<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({}, {} bytes)", self.status, self.text.len())
    }
}

/// Opens a reply to a call that is no step of a session, by the same rules as the replies of a session: if the body is
/// not the service's, the HTTP status and `Retry-After` count; if it is, the code, then the body's status, then the HTTP
/// status. Some of these calls are answered with bare text, which has no code and no status of its own.
///
/// `reconnect-calls` reads its endpoints with it.
///
/// ```
/// use reconnect_core::{FlinksCode, Reply, reply::{self, opened::open}};
///
/// let body = br#"{"HttpStatusCode":400,"FlinksCode":"CARD_IN_USE"}"#;
/// let reply = Reply { status: 400, headers: vec![], body: body.to_vec() };
/// let refusal = open(&reply)?.refusal.expect("it is a refusal");
/// assert_eq!((refusal.code, refusal.status), (Some(FlinksCode::CardInUse), 400));
/// # Ok::<(), reply::ReplyError>(())
/// ```
///
/// # Errors
/// If it is not the service's answer.
pub fn open(reply: &Reply) -> Result<Opened<'_>, ReplyError> {
    let retry_after = RetryAfter::of(&reply.headers);
    let refused = |code, status, facts| Refusal { code, status, retry_after, for_token: false, facts };
    // A redirect of the API's host is not followed: it is a fault, and not the service's answer (decisions 25, 61).
    let redirect = |status: u16| (300..400).contains(&status).then_some(ReplyError::Page { status, retry_after });
    if let Some(redirect) = redirect(reply.status) {
        return Err(redirect);
    }
    if reply.body.len() > MAX_BODY {
        return Err(ReplyError::TooLarge { status: reply.status });
    }
    let success = (200..300).contains(&reply.status);
    let page = ReplyError::Page { status: reply.status, retry_after };
    let text = text_of(&reply.body);
    let bare = Reader::tolerant(&text).only_string();
    let body = match Body::whole(&text, None) {
        Err(_) if bare => Body::default(),
        // Every call has fields of its own, so a success without a field that is documented for sessions may be the
        // service's.
        Ok(body) if !body.documented && !success => return Err(page),
        Ok(body) => body,
        Err(NoBody { at, .. }) if is_body_of(reply.status) && Reader::new(&text).peek() == Some(b'{') => {
            return Err(ReplyError::Garbled { status: reply.status, at });
        }
        Err(_) => return Err(page),
    };
    let facts = Facts::of(&body);
    let status = body.status.unwrap_or(reply.status);
    let code = body.code.clone();
    let pending = matches!(code, Some(FlinksCode::OperationPending | FlinksCode::OperationDispatched)) || status == 202;
    let wrong = !(200..300).contains(&status) || code.as_ref().is_some_and(|code| code.advice().is_some());
    if let Some(redirect) = redirect(status).filter(|_| code.is_none()) {
        return Err(redirect);
    }
    let refusal = wrong.then(|| refused(code, status, facts.clone()));
    drop(body);
    let pending = (pending && !wrong).then_some(retry_after);
    Ok(Opened { pending, refusal, facts, text, status: reply.status })
}
