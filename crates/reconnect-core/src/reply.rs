//! What the service said: the one place that reads a status and a `FlinksCode`.
//!
//! The body's code decides first, then the body's own status, then HTTP's (decision 13); challenges make a 203 of any
//! success; what is empty or not JSON is garbled and never success.

mod body;
pub mod opened;

pub use crate::retry_after::RetryAfter;

use crate::{
    account::date::last_refresh,
    challenge::Challenge,
    code::FlinksCode,
    ids::{LoginId, RequestId},
    policy::MAX_BODY,
    reply::body::{Body, CHALLENGES, NoAccounts, NoBody},
    secret::Secret,
    selection::{Report, Selection},
    time::Timestamp,
};
use alloc::{borrow::Cow, boxed::Box, string::String, vec::Vec};
use core::fmt;
use reconnect_json::text::text_of;

/// An HTTP reply, whole.
#[derive(Clone, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_structs, reason = "a reply is what an HTTP client makes, and it has no other parts")]
pub struct Reply {
    /// The status, such as 203. It is data, never an error of the transport.
    pub status: u16,
    /// Header names in any letter case, and their values. Only `Retry-After` is ever read.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed, at most [`MAX_BODY`] bytes.
    pub body: Vec<u8>,
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({}, {} bytes)", self.status, self.body.len())
    }
}

/// What a reply says of the session it belongs to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Facts {
    /// Its `requestId`.
    pub request: Option<RequestId>,
    /// The second one, if a 203 names two that differ: both are ours, and the first is used.
    pub other_request: Option<RequestId>,
    /// Its `loginId`. Absent on a 203.
    pub login: Option<LoginId>,
    /// The `Tag` that the call was sent with, if there was one.
    pub tag: Option<Box<str>>,
    /// The institution's name.
    pub institution: Option<Box<str>>,
    /// When the data was last fetched from the bank; `None` also for never.
    pub last_refresh: Option<Timestamp>,
}

impl Facts {
    fn of(body: &Body<'_>) -> Self {
        Self {
            request: body.requests.one(),
            other_request: None,
            institution: body.institution.clone(),
            last_refresh: body.last_refresh.as_deref().and_then(last_refresh),
            login: body.logins.one(),
            tag: body.tag.clone(),
        }
    }
}

/// The service's answer to a call that authorizes.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a caller decides for each of them")]
pub enum AuthorizeReply {
    /// The session is authorized.
    Authorized(Facts),
    /// The bank asks for MFA.
    Asks(Asks),
    /// The work goes on in the background.
    Pending(Facts, Option<RetryAfter>),
}

impl AuthorizeReply {
    /// What it says of the session it belongs to.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        match self {
            Self::Authorized(facts) | Self::Pending(facts, _) | Self::Asks(Asks { facts, .. }) => facts,
        }
    }
}

/// The service's answer to a call for accounts.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a caller decides for each of them")]
pub enum DataReply {
    /// The accounts are there: those that were asked for, and what became of the others.
    Data(Facts, Report),
    /// The bank asks for MFA.
    Asks(Asks),
    /// The accounts are not there yet.
    Pending(Facts, Option<RetryAfter>),
}

impl DataReply {
    /// What it says of the session it belongs to.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        match self {
            Self::Data(facts, _) | Self::Pending(facts, _) | Self::Asks(Asks { facts, .. }) => facts,
        }
    }
}

/// The bank asks for MFA.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Asks {
    /// Of which session.
    pub facts: Facts,
    /// What it asks; empty where only the widget knows.
    pub challenges: Vec<Challenge>,
    /// Whether an answer was wrong and may be given again.
    pub wrong: bool,
}

/// Why a reply is not what was asked for.
///
/// ```
/// use reconnect_core::{Reply, reply};
///
/// let page = Reply { status: 502, headers: vec![], body: b"<html>".to_vec() };
/// let error = reply::token(&page).expect_err("it is a gateway's page");
/// assert_eq!(error.to_string(), "status 502, and a body that is not the service's");
/// ```
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "a caller judges each of them")]
pub enum ReplyError {
    /// The service refused.
    #[error("refused: {}, status {}", .0.code.as_ref().map_or("no code", FlinksCode::as_str), .0.status)]
    Refused(Box<Refusal>),
    /// A gateway's page, or nothing: the body is not a JSON object, or is an object without any documented field. It
    /// never counts as the service's answer. See [`advice_by_page`](crate::advice_by_page).
    #[error("status {status}, and a body that is not the service's")]
    Page {
        /// The HTTP status.
        status: u16,
        /// When to ask again, as the sender of the page says.
        retry_after: Option<RetryAfter>,
    },
    /// The body, or the number of its accounts or transactions, is over the limits.
    #[error("status {status}, and more than is ever read")]
    TooLarge {
        /// The HTTP status.
        status: u16,
    },
    /// The service's JSON, without the fields that were asked for.
    #[error("status {status}, and not what the service documents, at {at}")]
    Garbled {
        /// The HTTP status.
        status: u16,
        /// Where in the body, as a JSON path; never what stands there.
        at: Box<str>,
    },
}

/// A refusal, with what it says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Refusal {
    /// The service's code, where the body has one.
    pub code: Option<FlinksCode>,
    /// The body's own status, else HTTP's.
    pub status: u16,
    /// When the service wants to be asked again.
    pub retry_after: Option<RetryAfter>,
    /// Whether the authorize token is what was refused.
    pub for_token: bool,
    /// What else it says: a `QUESTION_NOT_FOUND` has a usable `requestId`.
    pub facts: Facts,
}

impl From<Refusal> for ReplyError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl Refusal {
    /// One that says nothing else.
    ///
    /// ```
    /// assert_eq!(reconnect_core::reply::Refusal::new(None, 503).status, 503);
    /// ```
    #[must_use]
    pub fn new(code: Option<FlinksCode>, status: u16) -> Self {
        Self { code, status, retry_after: None, for_token: false, facts: Facts::default() }
    }

    /// Whether it is a redirect, by the HTTP status or by the body's own: it is not followed, and it says nothing about
    /// a session (decisions 25, 61).
    pub(crate) fn is_redirect(&self) -> bool {
        self.code.is_none() && (300..400).contains(&self.status)
    }
}

/// Reads the reply to a call for an authorize token.
///
/// ```
/// use reconnect_core::{Reply, reply};
///
/// let body = br#"{"HttpStatusCode":200,"Token":"t-1"}"#;
/// let token = reply::token(&Reply { status: 200, headers: vec![], body: body.to_vec() });
/// assert_eq!(token.expect("a token").expose(), "t-1");
/// ```
///
/// # Errors
/// If there is no token: the reason.
pub fn token(reply: &Reply) -> Result<Secret, ReplyError> {
    let text = text(reply)?;
    let token = Answer::of(reply, &text, None).and_then(Answer::token);
    if let Cow::Owned(copy) = text {
        // A token may be in the copy, so it is wiped.
        drop(Secret::from(copy));
    }
    token
}

/// Reads the reply to a call that authorizes: `/Authorize` or `/AuthorizeAsync`.
///
/// ```
/// use reconnect_core::{FlinksCode, Reply, reply::{self, AuthorizeReply, ReplyError}};
///
/// let read = |body: &str| reply::authorize(&Reply { status: 200, headers: vec![], body: body.into() });
/// assert!(matches!(read(r#"{"HttpStatusCode":200,"RequestId":"r-1"}"#), Ok(AuthorizeReply::Authorized(_))));
///
/// let gone = read(r#"{"HttpStatusCode":400,"FlinksCode":"SESSION_EXPIRED"}"#);
/// let Err(ReplyError::Refused(refusal)) = gone else { panic!("it is a refusal") };
/// assert_eq!((refusal.code, refusal.status), (Some(FlinksCode::SessionExpired), 400));
/// ```
///
/// # Errors
/// If the service refused, or did not answer.
pub fn authorize(reply: &Reply) -> Result<AuthorizeReply, ReplyError> {
    Answer::of(reply, &text(reply)?, None)?.authorize()
}

/// Reads the reply to a call for accounts. With `None` it only sees whether they are there: they are passed over, and
/// the report on them is empty.
///
/// ```
/// use reconnect_core::{AccountId, Reply, Selection, reply::{self, DataReply}};
///
/// let body = br#"{"HttpStatusCode":200,"Accounts":[{"Title":"Chequing","Id":"a"},{"Title":"Visa","Id":"b"}]}"#;
/// let reply = Reply { status: 200, headers: vec![], body: body.to_vec() };
/// let keep = Selection::only([AccountId::new("b")?])?;
/// let Ok(DataReply::Data(_, report)) = reply::data(&reply, Some(&keep)) else { panic!("the accounts are there") };
/// assert_eq!(report.kept[0].title.as_deref(), Some("Visa"));
/// assert_eq!(report.left_out, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the service refused, or did not answer.
pub fn data(reply: &Reply, keep: Option<&Selection>) -> Result<DataReply, ReplyError> {
    let text = text(reply)?;
    Answer::of(reply, &text, keep)?.data(&text)
}

/// The body as text, unless it is not to be read at all.
fn text(reply: &Reply) -> Result<Cow<'_, str>, ReplyError> {
    let status = reply.status;
    if (300..400).contains(&status) {
        // Neither driver follows a redirect: the request would go on, keys and all, to whoever it names (decision 25).
        let (retry_after, facts) = (RetryAfter::of(&reply.headers), Facts::default());
        return Err(Refusal { code: None, status, retry_after, for_token: false, facts }.into());
    }
    if reply.body.len() > MAX_BODY {
        return Err(ReplyError::TooLarge { status });
    }
    Ok(text_of(&reply.body))
}

/// What the service answered, by the rules that are the same for each call.
struct Answer<'a> {
    body: Body<'a>,
    facts: Facts,
    http: u16,
    /// The body's own status, else HTTP's.
    status: u16,
    retry_after: Option<RetryAfter>,
    /// Whether the code or the status says that the call did not succeed.
    wrong: bool,
}

impl<'a> Answer<'a> {
    fn of(reply: &Reply, text: &'a str, keep: Option<&Selection>) -> Result<Self, ReplyError> {
        let (http, retry_after) = (reply.status, RetryAfter::of(&reply.headers));
        let page = ReplyError::Page { status: http, retry_after };
        let body = match Body::whole(text, keep) {
            // The documentation describes a 203 by its status alone, so it needs no documented field.
            Ok(body) if !body.documented && http != 203 => return Err(page),
            Ok(body) => body,
            Err(NoBody { at, is_object: true }) if is_body_of(http) => {
                return Err(ReplyError::Garbled { status: http, at });
            }
            Err(NoBody { .. }) => return Err(page),
        };
        //= docs/spec/errors.md#reading
        //# **ERR-1** A client MUST judge a reply by its `FlinksCode` first, then by the body's `HttpStatusCode`, then by
        //# the HTTP status.
        let status = body.status.unwrap_or(http);
        let wrong = !(200..300).contains(&status) || body.code.as_ref().is_some_and(|code| code.advice().is_some());
        Ok(Self { facts: Facts::of(&body), body, http, status, retry_after, wrong })
    }

    fn token(self) -> Result<Secret, ReplyError> {
        let mut answer = self.accepted()?;
        let token = answer.body.token.take().filter(|token| !token.expose().is_empty());
        token.ok_or_else(|| answer.garbled("Token"))
    }

    fn authorize(self) -> Result<AuthorizeReply, ReplyError> {
        if self.asks() {
            return Ok(AuthorizeReply::Asks(self.into_asks()));
        }
        let answer = self.accepted()?;
        if answer.is(&FlinksCode::AlreadyAuthorized) {
            return Ok(AuthorizeReply::Authorized(answer.facts));
        }
        if answer.status == 203 {
            return Ok(AuthorizeReply::Asks(answer.into_asks()));
        }
        if answer.facts.request.is_none() {
            return Err(answer.garbled("RequestId"));
        }
        Ok(if answer.is_pending() {
            AuthorizeReply::Pending(answer.facts, answer.retry_after)
        } else {
            AuthorizeReply::Authorized(answer.facts)
        })
    }

    /// `text` is the body, to name a place in it.
    fn data(self, text: &str) -> Result<DataReply, ReplyError> {
        // Data counts as a 203 only by the body's own status: challenges beside data are leftovers.
        let is_data = matches!(self.body.accounts, Some(Ok(_) | Err(NoAccounts::TooMany)));
        let asks = if is_data { self.says_203() && self.may_ask() } else { self.asks() };
        let answer = if asks { self } else { self.accepted()? };
        if let Some(at) = answer.body.ambiguous() {
            return Err(answer.garbled(at));
        }
        if asks {
            return Ok(DataReply::Asks(answer.into_asks()));
        }
        //= docs/spec/async-polling.md#202
        //# **POLL-3** A client MUST NOT take `Accounts` in a 202 as the result.
        if answer.is_pending() {
            return Ok(DataReply::Pending(answer.facts, answer.retry_after));
        }
        match answer.body.accounts {
            Some(Ok(report)) => Ok(DataReply::Data(answer.facts, report)),
            Some(Err(NoAccounts::TooMany)) => Err(ReplyError::TooLarge { status: answer.http }),
            Some(Err(NoAccounts::At(at))) => {
                Err(ReplyError::Garbled { status: answer.http, at: reconnect_json::place::path(text, at) })
            }
            None if answer.status == 203 => Ok(DataReply::Asks(answer.into_asks())),
            None => Err(answer.garbled("Accounts")),
        }
    }

    fn is(&self, code: &FlinksCode) -> bool {
        self.body.code.as_ref() == Some(code)
    }

    fn is_pending(&self) -> bool {
        self.status == 202 || self.is(&FlinksCode::OperationPending) || self.is(&FlinksCode::OperationDispatched)
    }

    /// Whether the bank asks the end user, by the body's own status or by its challenges.
    fn asks(&self) -> bool {
        let challenges = self.body.challenges.as_ref().is_some_and(|all| !all.is_empty());
        (self.says_203() || challenges || self.body.fields.is_unread(CHALLENGES)) && self.may_ask()
    }

    fn says_203(&self) -> bool {
        self.body.status == Some(203) && !self.wrong
    }

    fn may_ask(&self) -> bool {
        //= docs/spec/errors.md#codes-of-refusal
        //# **ERR-16** A client MUST treat `INVALID_SECURITY_RESPONSE_NO_RETRY` (401, older table) as final, even with
        //# challenges.
        !self.is(&FlinksCode::InvalidSecurityResponseNoRetry)
    }

    /// In a 203, two different ids of a session are both its ids.
    fn into_asks(self) -> Asks {
        let Self { body, facts, wrong, .. } = self;
        let facts = Facts { request: body.requests.first, other_request: body.requests.other, ..facts };
        Asks { facts, challenges: body.challenges.unwrap_or_default(), wrong }
    }

    /// Fails if it is a refusal.
    fn accepted(self) -> Result<Self, ReplyError> {
        //= docs/spec/mfa.md#answers
        //# **MFA-20** A client MUST take `ALREADY_AUTHORIZED` as success and fetch the data.
        if !self.wrong || self.is(&FlinksCode::AlreadyAuthorized) {
            return Ok(self);
        }
        //= docs/spec/credentials.md#use
        //# **CRED-27** A client MUST recognise a refused token by `UNAUTHORIZED` together with a message that speaks of
        //# the authorize token ("You must provide a valid authorize token").
        let for_token = self.is(&FlinksCode::Unauthorized)
            && self.body.message.as_ref().is_some_and(|message| has(message.as_bytes(), b"authorize token"));
        let Self { status, retry_after, facts, .. } = self;
        Err(Refusal { code: self.body.code, status, retry_after, for_token, facts }.into())
    }

    fn garbled(&self, at: &str) -> ReplyError {
        ReplyError::Garbled { status: self.http, at: at.into() }
    }
}

/// Whether a text has these words, in any letter case. The text may be long, so it is not copied.
fn has(text: &[u8], words: &[u8]) -> bool {
    text.windows(words.len()).any(|part| part.eq_ignore_ascii_case(words))
}

/// Whether a broken JSON body with this status counts as a garbled answer of the service. With a 202 or a 203 it does
/// not, since the status says enough, nor with a failure, since its status and its `Retry-After` do.
fn is_body_of(status: u16) -> bool {
    (200..300).contains(&status) && !matches!(status, 202 | 203)
}

/// The kind of a webhook, and its ids; `None` if it is not a JSON object with a kind, or names two different ids of one
/// thing.
#[cfg(feature = "webhook")]
pub(crate) fn webhook(reply: &Reply) -> Option<(Box<str>, Facts)> {
    if reply.body.len() > MAX_BODY {
        return None;
    }
    let text = text_of(&reply.body);
    let body = Body::whole(&text, None).ok().filter(|body| body.ambiguous().is_none())?;
    let facts = Facts::of(&body);
    Some((body.response_type?, facts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn reply(status: u16, body: &str) -> Reply {
        Reply { status, headers: Vec::new(), body: body.into() }
    }

    fn authorize_reply(status: u16, body: &str) -> Result<AuthorizeReply, ReplyError> {
        authorize(&reply(status, body))
    }

    fn data_reply(keep: Option<&Selection>, status: u16, body: &str) -> Result<DataReply, ReplyError> {
        data(&reply(status, body), keep)
    }

    //= docs/spec/errors.md#reading
    //= type=test
    //# **ERR-1** A client MUST judge a reply by its `FlinksCode` first, then by the body's `HttpStatusCode`, then by
    //# the HTTP status.
    #[test]
    fn the_code_decides_then_the_bodys_status_then_https() {
        let table = [
            (200, r#"{"HttpStatusCode":401,"FlinksCode":"INVALID_LOGIN"}"#, Some(("INVALID_LOGIN", 401))),
            (400, r#"{"FlinksCode":"INVALID_LOGIN"}"#, Some(("INVALID_LOGIN", 400))),
            (500, r#"{"HttpStatusCode":200,"Accounts":[]}"#, None),
            (200, r#"{"HttpStatusCode":200,"FlinksCode":"RETRY_LATER","Accounts":[]}"#, Some(("RETRY_LATER", 200))),
        ];
        for (status, body, refused) in table {
            let seen = if let Err(ReplyError::Refused(refusal)) = data_reply(None, status, body) {
                Some((refusal.code.expect("a code"), refusal.status))
            } else {
                None
            };
            assert_eq!(seen, refused.map(|(code, status)| (FlinksCode::read(code), status)), "{body}");
        }
    }

    #[test]
    fn challenges_make_a_203_and_pending_is_never_data() {
        let asks = r#"{"HttpStatusCode":200,"RequestId":"r","SecurityChallenges":[{"Type":"X","Prompt":"p"}]}"#;
        //= docs/spec/authorize.md#202-and-203
        //= type=test
        //# **AUTH-29** A client MUST take any success that carries `SecurityChallenges` as a 203.
        //= docs/spec/errors.md#reading
        //= type=test
        //# **ERR-5** A client MUST take 203, a body status of 203 and a non-empty `SecurityChallenges` alike as "MFA is
        //# asked".
        assert!(matches!(authorize_reply(200, asks), Ok(AuthorizeReply::Asks(Asks { wrong: false, .. }))));
        let wrong = r#"{"FlinksCode":"INVALID_SECURITY_RESPONSE","SecurityChallenges":[{"Type":"X","Prompt":"p"}]}"#;
        //= docs/spec/errors.md#codes-of-refusal
        //= type=test
        //# **ERR-15** A client MUST treat `INVALID_SECURITY_RESPONSE` (401) as retryable only with challenges in the
        //# reply.
        //= docs/spec/mfa.md#answers
        //= type=test
        //# **MFA-21** A client MUST ask again, with the challenges and the `RequestId` of the reply, if a wrong answer
        //# is refused with a non-empty `SecurityChallenges` and its code is not `INVALID_SECURITY_RESPONSE_NO_RETRY`.
        assert!(matches!(authorize_reply(401, wrong), Ok(AuthorizeReply::Asks(Asks { wrong: true, .. }))));
        let last =
            r#"{"FlinksCode":"INVALID_SECURITY_RESPONSE_NO_RETRY","SecurityChallenges":[{"Type":"X","Prompt":"p"}]}"#;
        //= docs/spec/errors.md#codes-of-refusal
        //= type=test
        //# **ERR-16** A client MUST treat `INVALID_SECURITY_RESPONSE_NO_RETRY` (401, older table) as final, even with
        //# challenges.
        //= docs/spec/mfa.md#answers
        //= type=test
        //# **MFA-22** A client MUST take every other refusal of an answer as final for the session.
        assert!(matches!(authorize_reply(401, last), Err(ReplyError::Refused(_))));
        //= docs/spec/async-polling.md#202
        //= type=test
        //# **POLL-2** A client MUST take `OPERATION_PENDING` and `OPERATION_DISPATCHED` as pending at any status.
        //= docs/spec/async-polling.md#202
        //= type=test
        //# **POLL-3** A client MUST NOT take `Accounts` in a 202 as the result.
        let partial = r#"{"FlinksCode":"OPERATION_DISPATCHED","Accounts":[{"Id":"a"}]}"#;
        assert!(matches!(data_reply(None, 200, partial), Ok(DataReply::Pending(..))));
    }

    #[test]
    fn what_the_accounts_are_matters_to_no_verdict_but_data() {
        let everything = Selection::all();
        for (rest, pending) in [(r#""FlinksCode":"OPERATION_PENDING""#, true), (r#""FlinksCode":"RETRY_LATER""#, false)]
        {
            for accounts in [r#"[{"Id":"a"}]"#, r#"[{"Id":7}]"#, "{}", "7", "null"] {
                for body in
                    [format!(r#"{{"Accounts":{accounts},{rest}}}"#), format!(r#"{{{rest},"Accounts":{accounts}}}"#)]
                {
                    let verdict = data_reply(Some(&everything), 200, &body);
                    assert_eq!(matches!(verdict, Ok(DataReply::Pending(..))), pending, "{body}");
                    assert_eq!(matches!(verdict, Err(ReplyError::Refused(_))), !pending, "{body}");
                }
            }
        }
    }

    #[test]
    fn accounts_that_are_not_kept_have_to_be_json_and_no_more() {
        let (everything, keep) =
            (Selection::all(), Selection::only([crate::AccountId::new("a").expect("an id")]).expect("one"));
        // How many accounts were read, and the places that were not; or the place at which reading ended. First with a
        // selection, then with all accounts kept.
        type Read<'a> = Result<(usize, &'a [&'a str]), &'a str>;
        let table: [(&str, Read<'_>, Read<'_>); 12] = [
            (r#"[{"Title":"x","Id":"b"},{"Id":"A"}]"#, Ok((2, &[])), Ok((2, &[]))),
            (
                r#"[{"Balance":{"Current":"much"},"Id":"b"},{"Id":"A"}]"#,
                Ok((2, &[])),
                Ok((2, &["Accounts[0].Balance.Current"])),
            ),
            (r#"[{"Id":"b","New":[1,]},{"Id":"A"}]"#, Err("Accounts[0].New[1]"), Err("Accounts[0].New[1]")),
            (r#"[{"New":{"x":01},"Id":"b"},{"Id":"A"}]"#, Err("Accounts[0].New.x"), Err("Accounts[0].New.x")),
            (r#"[{"Title":"x"},{"Id":"A"}]"#, Ok((1, &["Accounts[0]"])), Ok((1, &["Accounts[0]"]))),
            (r#"[{"Id":{}},{"Id":"A"}]"#, Ok((1, &["Accounts[0].Id"])), Ok((1, &["Accounts[0].Id"]))),
            (r#"[{"Id":"b","Id":"c"},{"Id":"A"}]"#, Ok((1, &["Accounts[0].Id"])), Ok((1, &["Accounts[0].Id"]))),
            (r#"[{"Id":"b","Id":"a"},{"Id":"A"}]"#, Ok((1, &["Accounts[0].Id"])), Ok((1, &["Accounts[0].Id"]))),
            (r#"[{"Id":"A","Id":"a"},{"Id":7}]"#, Ok((2, &[])), Ok((2, &[]))),
            (r#"[{"Id":"A"},7]"#, Ok((1, &["Accounts[1]"])), Ok((1, &["Accounts[1]"]))),
            (r#"[null,{"Id":7.5}]"#, Err("Accounts[0]"), Err("Accounts[0]")),
            ("7", Err("Accounts"), Err("Accounts")),
        ];
        for (accounts, some, all) in table {
            let body = format!(r#"{{"HttpStatusCode":200,"Accounts":{accounts},"RequestId":"r"}}"#);
            for (keep, expected) in [(&keep, some), (&everything, all)] {
                match (data_reply(Some(keep), 200, &body), expected) {
                    (Err(ReplyError::Garbled { at, .. }), Err(place)) => assert_eq!(&*at, place, "{body}"),
                    (Ok(DataReply::Data(facts, report)), Ok((count, unread))) => {
                        assert_eq!(report.kept.len() + report.left_out, count, "{body}");
                        assert_eq!(report.unread.places().iter().map(|at| &**at).collect::<Vec<_>>(), unread, "{body}");
                        assert_eq!((report.unread.count(), report.is_complete()), (unread.len(), unread.is_empty()));
                        assert!(facts.request.is_some());
                    }
                    (verdict, _) => panic!("{body}: {verdict:?}"),
                }
            }
        }
    }

    //= docs/spec/authorize.md#refusals
    //= type=test
    //# **AUTH-34** A client MUST take an empty body, or one that is not JSON, as a fault and never as success.
    #[test]
    fn what_is_empty_or_no_json_is_never_success() {
        for body in [
            "",
            " ",
            "<html>",
            "[]",
            "[200,null,null,\"r\"]",
            "null",
            "{}",
            "\"x\"",
            "{\"Accounts\":null}",
            "{\"Accounts\":",
        ] {
            //= docs/spec/credentials.md#minting
            //= type=test
            //# **CRED-16** A client MUST take the token from `Token` in a 200, and MUST take a 200 without it as no
            //# answer at all.
            //= docs/spec/data.md#the-reply
            //= type=test
            //# **DATA-14** A client MUST take the accounts from `Accounts` of a 200, and MUST take a 200 without it as
            //# no answer at all.
            let reply = reply(200, body);
            for error in [data(&reply, None).err(), token(&reply).err(), authorize(&reply).err()] {
                let is_page = !body.contains("Accounts");
                assert_eq!(matches!(error, Some(ReplyError::Page { status: 200, .. })), is_page, "{body}");
                assert_eq!(matches!(error, Some(ReplyError::Garbled { .. })), !is_page, "{body}");
            }
        }
        assert!(matches!(data_reply(None, 302, "{}"), Err(ReplyError::Refused(_))));
    }

    //= docs/spec/errors.md#reading
    //= type=test
    //# **ERR-7** A client MUST NOT put a body, a message of the service, a prompt or a whole id into the text of an
    //# error.
    #[test]
    fn an_error_names_the_place_and_not_the_value() {
        let body = "{\"HttpStatusCode\":200,\n\"Login\":{\"Id\":\"\"},\"Accounts\":[]}";
        let Ok(DataReply::Data(facts, report)) = data_reply(Some(&Selection::all()), 200, body) else { panic!() };
        assert_eq!((facts.login, report.unread.places()), (None, &["Login.Id".into()][..]));
        let body = r#"{"SecurityChallenges":[{},{"Prompt":"secret","Type":{"a b":7"#;
        let Err(ReplyError::Garbled { at, .. }) = authorize_reply(200, body) else { panic!() };
        // The key is not shown either: it does not look like a field's name.
        assert_eq!(&*at, "SecurityChallenges[1].Type.?");
        let body = r#"{"Login":{"John Doe":{"Id":}}}"#;
        let Err(ReplyError::Garbled { at, .. }) = authorize_reply(200, body) else { panic!() };
        assert_eq!(&*at, "Login.?.Id");
    }
}
