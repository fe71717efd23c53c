//! What the service said: the one place that reads a status and a `FlinksCode`.
//!
//! The body's code decides first, then the body's own status, then HTTP's (decision 13); challenges make a 203 of any
//! success; what is empty or not JSON is garbled and never success.

pub(crate) mod place;

use crate::{
    CallError, FlinksCode, LoginId, RequestId, Secret, Selection, Timestamp,
    account::{self, last_refresh},
    challenge::Challenge,
    policy::MAX_BODY,
    reader::{self, Reader, Wrong, once},
    selection::Report,
    time,
};
use alloc::{borrow::Cow, boxed::Box, string::String, vec::Vec};
use core::{fmt, time::Duration};
use serde::Deserialize;

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

/// A request that brought no reply.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_structs, reason = "every transport makes these")]
pub struct Fault {
    /// What happened.
    pub kind: FaultKind,
    /// Whether the request may have reached the service. What a transport cannot tell is `Maybe`.
    pub reached: Reached,
}

impl Fault {
    //= docs/spec/errors.md#trying-again
    //# **ERR-41** A client MUST take a request as not sent only where no connection was made
    /// No connection was made, so the request surely did not get there.
    ///
    /// ```
    /// use reconnect_core::{Fault, Reached};
    /// assert_eq!(Fault::NOT_SENT.reached, Reached::No);
    /// ```
    pub const NOT_SENT: Self = Self { kind: FaultKind::Connect, reached: Reached::No };

    /// The request went out, and what became of it is not known.
    ///
    /// ```
    /// use reconnect_core::{Fault, FaultKind};
    /// assert_eq!(Fault::maybe(FaultKind::Timeout).kind, FaultKind::Timeout);
    /// ```
    #[must_use]
    pub const fn maybe(kind: FaultKind) -> Self {
        Self { kind, reached: Reached::Maybe }
    }
}

/// What happened to a request.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum FaultKind {
    /// It took longer than its limit.
    Timeout,
    /// The connection could not be made, or broke.
    Connect,
    /// The reply is larger than the limit.
    TooLarge,
    /// The reply is not HTTP, or not what was asked for.
    Garbled,
    /// Who sent it is gone, and with it the reply.
    Lost,
}

/// Whether a request may have reached the service.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "what cannot be told is Maybe, so there is no third")]
pub enum Reached {
    /// Surely not.
    No,
    /// It may have.
    Maybe,
}

/// Which kind of answer a call hopes for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Asked<'a> {
    /// An authorize token.
    Token,
    /// An authorization: 200, 203, or a refusal.
    Authorization,
    /// Accounts, of which these are kept: 200, 202, or a refusal.
    Accounts(&'a Selection),
    /// The same, to see whether it is a 200: its accounts are passed over, and the report on them is empty.
    Look,
}

//= docs/spec/authorize.md#200-authorized
//# **AUTH-19** A client MUST take from a 200 the `RequestId` (the session) and `Login.Id`
//= docs/spec/authorize.md#202-and-203
//# **AUTH-30** A client MUST NOT expect `Login` in a 203.
/// What a reply says of the session it belongs to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Facts {
    /// Its `requestId`.
    pub request: Option<RequestId>,
    /// Its `loginId`. Absent on a 203.
    pub login: Option<LoginId>,
    /// The institution's name.
    pub institution: Option<Box<str>>,
    /// When the data was last fetched from the bank; `None` also for never.
    pub last_refresh: Option<Timestamp>,
}

impl Facts {
    fn of(body: &Body<'_>) -> Self {
        let login = body.login.as_ref();
        Self {
            request: body.request.clone(),
            institution: body.institution.clone(),
            last_refresh: login.and_then(|login| last_refresh(login.last_refresh.as_deref()?)),
            login: login.and_then(|login| login.id.clone()),
        }
    }
}

/// What the service said.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// An authorize token.
    Minted(Secret),
    /// The session is authorized.
    Authorized(Facts),
    /// The bank asks for MFA.
    Asks {
        /// Of which session.
        facts: Facts,
        /// What it asks; empty where only the widget knows.
        challenges: Vec<Challenge>,
        /// Whether an answer was wrong and may be given again.
        wrong: bool,
    },
    /// The work goes on in the background.
    Pending(Facts, Option<RetryAfter>),
    /// The accounts are there: those that were asked for, and what became of the others.
    Data(Facts, Report),
    /// A refusal.
    Refused(Refusal),
    /// Nothing that can be understood.
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
    //= docs/spec/credentials.md#use
    //# **CRED-27** A client MUST recognise a refused token by `UNAUTHORIZED` together
    /// Whether the authorize token is what was refused.
    pub for_token: bool,
    //= docs/spec/authorize.md#refusals
    //# **AUTH-35** A client MUST use the `RequestId` of a refusal where the documentation says
    /// What else it says: a `QUESTION_NOT_FOUND` has a usable `requestId`.
    pub facts: Facts,
}

//= docs/spec/errors.md#trying-again
//# **ERR-37** A client MUST honour `Retry-After`, in seconds or as a date
/// A `Retry-After` header: seconds, or a date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "RFC 9110 §10.2.3 has these two forms")]
pub enum RetryAfter {
    /// So long from when the reply came.
    In(Duration),
    /// At that moment.
    At(Timestamp),
}

impl RetryAfter {
    /// The moment it means, for a reply that came at `now`.
    ///
    /// ```
    /// use core::time::Duration;
    /// use reconnect_core::{Timestamp, reply::RetryAfter};
    /// let now = Timestamp::from_millis(1_000);
    /// assert_eq!(RetryAfter::In(Duration::from_secs(2)).moment(now).as_millis(), 3_000);
    /// ```
    #[must_use]
    pub fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Self::In(span) => now + span,
            Self::At(moment) => moment.max(now),
        }
    }
}

/// The one header of a reply that says anything to a session.
pub(crate) const RETRY_AFTER: &str = "retry-after";

//= docs/spec/authorize.md#200-authorized
//# **AUTH-21** A client MUST accept bodies without `InstitutionName` and `InstitutionId`
//= docs/spec/authorize.md#200-authorized
//# **AUTH-22** A client MUST NOT follow or require `Links` (`rel`, `href`, `example`)
//= docs/spec/authorize.md#200-authorized
//# **AUTH-23** A client MUST NOT log `Login.Username`.
//= docs/spec/authorize.md#200-authorized
//# **AUTH-24** A client MUST NOT refuse an unknown `Login.Type`
//= docs/spec/authorize.md#refusals
//# **AUTH-32** A client MUST read both shapes of a refusal
//= docs/spec/authorize.md#refusals
//# **AUTH-33** A client MUST NOT fail on `ValidationDetails` (field name to list of messages)
//= docs/spec/data.md#the-reply
//# **DATA-15** A client MUST treat `HttpStatusCode`, `InstitutionName`, `Login`, `InstitutionId`
//= docs/spec/errors.md#reading
//# **ERR-2** A client MUST read the code from `FlinksCode`
//= docs/spec/errors.md#reading
//# **ERR-3** A client SHOULD accept `StatusCode` where `HttpStatusCode` is missing.
//= docs/spec/errors.md#codes-of-refusal
//# **ERR-27** A client MUST NOT depend on the text of `Message` but for a refused token (CRED-27)
/// What every body of the service may hold. Each field is optional, in errors and in success.
#[derive(Default)]
struct Body<'a> {
    status: Option<u16>,
    code: Option<Cow<'a, str>>,
    message: Option<Cow<'a, str>>,
    request: Option<RequestId>,
    login: Option<Login<'a>>,
    institution: Option<Box<str>>,
    challenges: Option<Vec<Challenge>>,
    token: Option<Secret>,
    /// Where they are no accounts, how far into the body they are: it matters to no verdict but data.
    accounts: Option<Result<Report, usize>>,
}

struct Login<'a> {
    id: Option<LoginId>,
    last_refresh: Option<Cow<'a, str>>,
}

impl<'a> Body<'a> {
    /// A body that is an object, or where it is none. Accounts are read as they are met, without a scan of their own, so
    /// it has to be known before which are kept; with `None` they are passed over.
    fn whole(text: &'a str, keep: Option<&Selection>) -> Result<Self, Box<str>> {
        let mut from = Reader::new(text);
        let read = Self::read(&mut from, keep).and_then(|body| from.end().map(|()| body));
        read.map_err(|Wrong| place::path(text, from.at()))
    }

    //= docs/spec/async-polling.md#202
    //# **POLL-2** A client MUST take `OPERATION_PENDING` and `OPERATION_DISPATCHED` as pending
    //= docs/spec/async-polling.md#202
    //# **POLL-3** A client MUST NOT take `Accounts` in a 202 as the result
    //= docs/spec/authorize.md#200-authorized
    //# **AUTH-20** A client MUST take a 200 or 203 of `/Authorize` without a `RequestId` as no
    //= docs/spec/authorize.md#202-and-203
    //# **AUTH-28** A client MUST decide by the status, and MUST NOT take every 2xx as done
    //= docs/spec/authorize.md#202-and-203
    //# **AUTH-29** A client MUST take any success that carries `SecurityChallenges` as a 203.
    //= docs/spec/authorize.md#refusals
    //# **AUTH-34** A client MUST take an empty body, or one that is not JSON
    //= docs/spec/credentials.md#minting
    //# **CRED-16** A client MUST take the token from `Token` in a 200
    //= docs/spec/data.md#the-reply
    //# **DATA-14** A client MUST take the accounts from `Accounts` of a 200
    //= docs/spec/errors.md#reading
    //# **ERR-1** A client MUST judge a reply by its `FlinksCode` first
    //= docs/spec/errors.md#reading
    //# **ERR-5** A client MUST take 203, a body status of 203 and a non-empty
    //= docs/spec/errors.md#codes-of-refusal
    //# **ERR-15** A client MUST treat `INVALID_SECURITY_RESPONSE` (401) as retryable only
    //= docs/spec/errors.md#codes-of-refusal
    //# **ERR-16** A client MUST treat `INVALID_SECURITY_RESPONSE_NO_RETRY`
    //= docs/spec/mfa.md#answers
    //# **MFA-20** A client MUST take `ALREADY_AUTHORIZED` as success and fetch the data.
    fn read(from: &mut Reader<'a>, keep: Option<&Selection>) -> reader::Result<Self> {
        let mut body = Self::default();
        from.object()?;
        while let Some(key) = from.key()? {
            match &*key {
                "HttpStatusCode" | "StatusCode" => once(&mut body.status, from.maybe(Reader::small)?)?,
                "FlinksCode" | "flinksCode" | "Code" => once(&mut body.code, from.lenient()?)?,
                "Message" => once(&mut body.message, from.text()?)?,
                "RequestId" => once(&mut body.request, from.maybe(RequestId::read)?)?,
                "Login" => once(&mut body.login, from.maybe(Login::read)?)?,
                "Institution" => once(&mut body.institution, from.text()?.map(Into::into))?,
                "SecurityChallenges" => {
                    once(&mut body.challenges, from.maybe(|from| from.each(Challenge::read))?)?;
                }
                "Token" => {
                    let token = from.maybe(Reader::string)?.filter(|token| !token.is_empty());
                    once(&mut body.token, token.map(Secret::from))?;
                }
                "Accounts" => once(&mut body.accounts, from.maybe(|from| accounts(from, keep))?)?,
                _ => from.skip()?,
            }
        }
        Ok(body)
    }
}

/// The report on the accounts, or how far they are accounts. They are JSON in either case.
fn accounts(from: &mut Reader<'_>, keep: Option<&Selection>) -> reader::Result<Result<Report, usize>> {
    let Some(keep) = keep else {
        return from.skip().map(|()| Ok(Report::default()));
    };
    let start = from.clone();
    account::report(from, keep).map(Ok).or_else(|Wrong| {
        let at = from.at();
        *from = start;
        from.skip().map(|()| Err(at))
    })
}

impl<'a> Login<'a> {
    fn read(from: &mut Reader<'a>) -> reader::Result<Self> {
        let (mut id, mut last_refresh) = (None, None);
        from.object()?;
        while let Some(key) = from.key()? {
            match &*key {
                "Id" => once(&mut id, from.maybe(LoginId::read)?)?,
                "LastRefresh" => once(&mut last_refresh, from.lenient()?)?,
                _ => from.skip()?,
            }
        }
        Ok(Self { id, last_refresh })
    }
}

/// Reads a reply to a call that hoped for `asked`.
///
/// ```
/// use reconnect_core::{AccountId, FlinksCode, Reply, Selection, reply::{self, Asked, Verdict}};
///
/// let body = br#"{"HttpStatusCode":400,"FlinksCode":"SESSION_EXPIRED"}"#;
/// let reply = Reply { status: 200, headers: vec![], body: body.to_vec() };
/// let Verdict::Refused(refusal) = reply::read(Asked::Look, &reply) else { panic!() };
/// assert_eq!(refusal.code, Some(FlinksCode::SessionExpired));
/// assert_eq!(refusal.status, 400);
///
/// let body = br#"{"HttpStatusCode":200,"Accounts":[{"Title":"Chequing","Id":"a"},{"Title":"Visa","Id":"b"}]}"#;
/// let reply = Reply { status: 200, headers: vec![], body: body.to_vec() };
/// let keep = Selection::only([AccountId::new("b")?])?;
/// let Verdict::Data(_, report) = reply::read(Asked::Accounts(&keep), &reply) else { panic!() };
/// assert_eq!(report.kept[0].title.as_deref(), Some("Visa"));
/// assert_eq!(report.left_out, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn read(asked: Asked<'_>, reply: &Reply) -> Verdict {
    let retry_after = retry_after(&reply.headers);
    let refused =
        |code, status, for_token, facts| Verdict::Refused(Refusal { code, status, retry_after, for_token, facts });
    if (300..400).contains(&reply.status) {
        // Neither driver follows a redirect: the request would go on, keys and all, to whoever it names (decision 25).
        return refused(None, reply.status, false, Facts::default());
    }
    let garbled = |at: Box<str>| Verdict::Garbled { status: reply.status, at };
    let body = match json(reply) {
        Ok(body) => body,
        Err(at) => return garbled(at.into()),
    };
    let keep = if let Asked::Accounts(keep) = asked { Some(keep) } else { None };
    let read = match Body::whole(body, keep) {
        Ok(read) => read,
        Err(at) => return garbled(at),
    };
    let facts = Facts::of(&read);
    let status = read.status.unwrap_or(reply.status);
    let code = read.code.as_deref().map(FlinksCode::read);
    let challenges = read.challenges.unwrap_or_default();
    let wrong = !(200..300).contains(&status) || code.as_ref().is_some_and(|code| code.advice().is_some());
    if asked == Asked::Authorization
        && !challenges.is_empty()
        && code != Some(FlinksCode::InvalidSecurityResponseNoRetry)
    {
        return Verdict::Asks { facts, challenges, wrong };
    }
    if wrong && code != Some(FlinksCode::AlreadyAuthorized) {
        let for_token = code == Some(FlinksCode::Unauthorized)
            && read.message.is_some_and(|message| message.to_ascii_lowercase().contains("authorize token"));
        return refused(code, status, for_token, facts);
    }
    let pending = matches!(code, Some(FlinksCode::OperationPending | FlinksCode::OperationDispatched)) || status == 202;
    match asked {
        Asked::Token => match read.token {
            Some(token) => Verdict::Minted(token),
            None => garbled("Token".into()),
        },
        Asked::Authorization if code == Some(FlinksCode::AlreadyAuthorized) => Verdict::Authorized(facts),
        Asked::Authorization if facts.request.is_none() => garbled("RequestId".into()),
        Asked::Authorization if status == 203 => Verdict::Asks { facts, challenges, wrong: false },
        Asked::Authorization if pending => Verdict::Pending(facts, retry_after),
        Asked::Authorization => Verdict::Authorized(facts),
        // Accounts in a 202 are a partial result, never final (decision 12).
        Asked::Accounts(_) | Asked::Look if pending => Verdict::Pending(facts, retry_after),
        Asked::Accounts(_) | Asked::Look => match read.accounts {
            Some(Ok(report)) => Verdict::Data(facts, report),
            Some(Err(at)) => garbled(place::path(body, at)),
            None => garbled("Accounts".into()),
        },
    }
}

/// The ids of a body, whatever else it is; `None` where it is no JSON object.
#[cfg(feature = "webhook")]
pub(crate) fn facts(reply: &Reply) -> Option<Facts> {
    Body::whole(json(reply).ok()?, None).ok().map(|body| Facts::of(&body))
}

/// The body as text, or why it is none.
fn json(reply: &Reply) -> Result<&str, &'static str> {
    if reply.body.len() > MAX_BODY {
        return Err("a body over the limit");
    }
    let body = core::str::from_utf8(&reply.body).map_err(|_| "not UTF-8")?;
    Ok(body.strip_prefix('\u{feff}').unwrap_or(body))
}

/// A reply to a call that is no step of a session, opened: whether the service did it, and the body. See [`open`].
pub(crate) struct Opened<'a> {
    /// The service refused. A body may all the same hold what was asked for.
    pub(crate) refusal: Option<Refusal>,
    /// The work goes on in the background.
    pub(crate) pending: Option<Option<RetryAfter>>,
    /// What it says of a session and a login.
    pub(crate) facts: Facts,
    text: &'a str,
    status: u16,
}

/// Opens a reply to a call that is no step of a session, in the same order as [`read`]: the code, the body's status,
/// HTTP's. Some of these calls are answered with bare text, which has neither code nor status of its own.
pub(crate) fn open(reply: &Reply) -> Result<Opened<'_>, CallError> {
    let retry_after = retry_after(&reply.headers);
    let refused = |code, status, facts| Refusal { code, status, retry_after, for_token: false, facts };
    if (300..400).contains(&reply.status) {
        return Err(CallError::Refused(refused(None, reply.status, Facts::default())));
    }
    let garbled = |at: Box<str>| CallError::Garbled { status: reply.status, at };
    let text = json(reply).map_err(|at| garbled(at.into()))?.trim();
    let bare = Reader::whole(text, Reader::string).is_ok();
    let body = if bare { Body::default() } else { Body::whole(text, None).map_err(garbled)? };
    let facts = Facts::of(&body);
    let status = body.status.unwrap_or(reply.status);
    let code = body.code.as_deref().map(FlinksCode::read);
    let pending = matches!(code, Some(FlinksCode::OperationPending | FlinksCode::OperationDispatched)) || status == 202;
    let wrong = !(200..300).contains(&status) || code.as_ref().is_some_and(|code| code.advice().is_some());
    let refusal = wrong.then(|| refused(code, status, facts.clone()));
    Ok(Opened { pending: (pending && !wrong).then_some(retry_after), refusal, facts, text, status: reply.status })
}

impl<'a> Opened<'a> {
    /// What was asked for, from a reply that is no refusal.
    pub(crate) fn answer<T: Deserialize<'a>>(&mut self) -> Result<T, CallError> {
        match self.refusal.take() {
            Some(refusal) => Err(CallError::Refused(refusal)),
            None => self.anyway(),
        }
    }

    /// What was asked for, whatever else the reply says.
    pub(crate) fn anyway<T: Deserialize<'a>>(&self) -> Result<T, CallError> {
        serde_json::from_str(self.text)
            .map_err(|error| self.garbled(&place::path(self.text, place::stopped(self.text, &error))))
    }

    /// The text of a reply that is bare text.
    pub(crate) fn bare(&self) -> Option<String> {
        serde_json::from_str(self.text).ok()
    }

    /// The reply is not what was asked for, and this is what it lacks.
    pub(crate) fn garbled(&self, at: &str) -> CallError {
        CallError::Garbled { status: self.status, at: at.into() }
    }
}

fn retry_after(headers: &[(String, String)]) -> Option<RetryAfter> {
    let (_, value) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(RETRY_AFTER))?;
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(RetryAfter::In(Duration::from_secs(seconds)));
    }
    // IMF-fixdate, the one form that RFC 9110 §5.6.7 lets a sender write: `Sun, 06 Nov 1994 08:49:37 GMT`.
    let mut words = value.split_once(", ")?.1.split([' ', ':']);
    let mut number = || words.next()?.parse::<u32>().ok();
    let day = number()?;
    let month =
        "JanFebMarAprMayJunJulAugSepOctNovDec".find(words.next().filter(|month| month.len() == 3)?)? as u32 / 3 + 1;
    let mut number = || words.next()?.parse::<u32>().ok();
    let (year, hour, minute, second) = (number()?, number()?, number()?, number()?);
    time::at(year.into(), month, day, hour, minute, second, 0).map(RetryAfter::At)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn of(asked: Asked<'_>, status: u16, body: &str) -> Verdict {
        read(asked, &Reply { status, headers: Vec::new(), body: body.into() })
    }

    //= docs/spec/errors.md#reading
    //= type=test
    //# **ERR-1** A client MUST judge a reply by its `FlinksCode` first
    #[test]
    fn the_code_decides_then_the_bodys_status_then_https() {
        let table = [
            (200, r#"{"HttpStatusCode":401,"FlinksCode":"INVALID_LOGIN"}"#, Some(("INVALID_LOGIN", 401))),
            (400, r#"{"FlinksCode":"INVALID_LOGIN"}"#, Some(("INVALID_LOGIN", 400))),
            (500, r#"{"HttpStatusCode":200,"Accounts":[]}"#, None),
            (200, r#"{"HttpStatusCode":200,"FlinksCode":"RETRY_LATER","Accounts":[]}"#, Some(("RETRY_LATER", 200))),
        ];
        for (status, body, refused) in table {
            let seen = if let Verdict::Refused(refusal) = of(Asked::Look, status, body) {
                Some((refusal.code.expect("a code"), refusal.status))
            } else {
                None
            };
            assert_eq!(seen, refused.map(|(code, status)| (FlinksCode::read(code), status)), "{body}");
        }
    }

    //= docs/spec/async-polling.md#202
    //= type=test
    //# **POLL-2** A client MUST take `OPERATION_PENDING` and `OPERATION_DISPATCHED` as pending
    //= docs/spec/async-polling.md#202
    //= type=test
    //# **POLL-3** A client MUST NOT take `Accounts` in a 202 as the result
    //= docs/spec/authorize.md#202-and-203
    //= type=test
    //# **AUTH-29** A client MUST take any success that carries `SecurityChallenges` as a 203.
    //= docs/spec/errors.md#reading
    //= type=test
    //# **ERR-5** A client MUST take 203, a body status of 203 and a non-empty
    //= docs/spec/errors.md#codes-of-refusal
    //= type=test
    //# **ERR-15** A client MUST treat `INVALID_SECURITY_RESPONSE` (401) as retryable only
    //= docs/spec/errors.md#codes-of-refusal
    //= type=test
    //# **ERR-16** A client MUST treat `INVALID_SECURITY_RESPONSE_NO_RETRY`
    //= docs/spec/mfa.md#answers
    //= type=test
    //# **MFA-21** A client MUST ask again, with the challenges and the `RequestId` of the reply
    //= docs/spec/mfa.md#answers
    //= type=test
    //# **MFA-22** A client MUST take every other refusal of an answer as final for the session.
    #[test]
    fn challenges_make_a_203_and_pending_is_never_data() {
        let asks = r#"{"HttpStatusCode":200,"RequestId":"r","SecurityChallenges":[{"Type":"X","Prompt":"p"}]}"#;
        assert!(matches!(of(Asked::Authorization, 200, asks), Verdict::Asks { wrong: false, .. }));
        let wrong = r#"{"FlinksCode":"INVALID_SECURITY_RESPONSE","SecurityChallenges":[{"Type":"X","Prompt":"p"}]}"#;
        assert!(matches!(of(Asked::Authorization, 401, wrong), Verdict::Asks { wrong: true, .. }));
        let last =
            r#"{"FlinksCode":"INVALID_SECURITY_RESPONSE_NO_RETRY","SecurityChallenges":[{"Type":"X","Prompt":"p"}]}"#;
        assert!(matches!(of(Asked::Authorization, 401, last), Verdict::Refused(_)));
        let partial = r#"{"FlinksCode":"OPERATION_DISPATCHED","Accounts":[{"Id":"a"}]}"#;
        assert!(matches!(of(Asked::Look, 200, partial), Verdict::Pending(..)));
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
                    let verdict = of(Asked::Accounts(&everything), 200, &body);
                    assert_eq!(matches!(verdict, Verdict::Pending(..)), pending, "{body}");
                    assert_eq!(matches!(verdict, Verdict::Refused(_)), !pending, "{body}");
                }
            }
        }
    }

    #[test]
    fn accounts_that_are_not_kept_have_to_be_json_and_no_more() {
        let (everything, keep) =
            (Selection::all(), Selection::only([crate::AccountId::new("a").expect("an id")]).expect("one"));
        // The second is what reading every account comes to.
        let table = [
            (r#"[{"Title":"x","Id":"b"},{"Id":"A"}]"#, None, None),
            (r#"[{"Balance":{"Current":"much"},"Id":"b"},{"Id":"A"}]"#, None, Some("Accounts[0].Balance.Current")),
            (r#"[{"Id":"b","New":[1,]},{"Id":"A"}]"#, Some("Accounts[0].New[1]"), Some("Accounts[0].New[1]")),
            (r#"[{"New":{"x":01},"Id":"b"},{"Id":"A"}]"#, Some("Accounts[0].New.x"), Some("Accounts[0].New.x")),
            (r#"[{"Title":"x"},{"Id":"A"}]"#, Some("Accounts[0]"), Some("Accounts[0]")),
            (r#"[{"Id":"A"},7]"#, Some("Accounts[1]"), Some("Accounts[1]")),
            ("7", Some("Accounts"), Some("Accounts")),
        ];
        for (accounts, some, all) in table {
            let body = format!(r#"{{"HttpStatusCode":200,"Accounts":{accounts},"RequestId":"r"}}"#);
            for (keep, garbled) in [(&keep, some), (&everything, all)] {
                let (at, read) = match of(Asked::Accounts(keep), 200, &body) {
                    Verdict::Garbled { at, .. } => (Some(at), 0),
                    Verdict::Data(_, report) => (None, report.kept.len() + report.left_out),
                    Verdict::Minted(_)
                    | Verdict::Authorized(_)
                    | Verdict::Asks { .. }
                    | Verdict::Pending(..)
                    | Verdict::Refused(_) => panic!("{body}"),
                };
                assert_eq!((at.as_deref(), read), (garbled, if garbled.is_none() { 2 } else { 0 }), "{body}");
            }
        }
    }

    //= docs/spec/authorize.md#200-authorized
    //= type=test
    //# **AUTH-20** A client MUST take a 200 or 203 of `/Authorize` without a `RequestId` as no
    //= docs/spec/authorize.md#refusals
    //= type=test
    //# **AUTH-34** A client MUST take an empty body, or one that is not JSON
    //= docs/spec/credentials.md#minting
    //= type=test
    //# **CRED-16** A client MUST take the token from `Token` in a 200
    //= docs/spec/data.md#the-reply
    //= type=test
    //# **DATA-14** A client MUST take the accounts from `Accounts` of a 200
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
            assert!(matches!(of(Asked::Look, 200, body), Verdict::Garbled { .. }), "{body}");
            assert!(matches!(of(Asked::Token, 200, body), Verdict::Garbled { .. }), "{body}");
            assert!(matches!(of(Asked::Authorization, 200, body), Verdict::Garbled { .. }), "{body}");
        }
        assert!(matches!(of(Asked::Look, 302, "{}"), Verdict::Refused(_)));
    }

    //= docs/spec/errors.md#trying-again
    //= type=test
    //# **ERR-37** A client MUST honour `Retry-After`, in seconds or as a date
    #[test]
    fn retry_after_in_both_forms() {
        let of = |value: &str| retry_after(&[("Retry-After".into(), value.into())]);
        assert_eq!(of("120"), Some(RetryAfter::In(Duration::from_secs(120))));
        assert_eq!(of("Sun, 06 Nov 1994 08:49:37 GMT"), Some(RetryAfter::At(Timestamp::from_millis(784_111_777_000))));
        for not in ["", "-1", "soon", "Sun, 06 Nof 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT"] {
            assert_eq!(of(not), None, "{not}");
        }
    }

    //= docs/spec/errors.md#reading
    //= type=test
    //# **ERR-7** A client MUST NOT put a body, a message of the service
    #[test]
    fn an_error_names_the_place_and_not_the_value() {
        let body = "{\"HttpStatusCode\":200,\n\"Login\":{\"Id\":\"\"}}";
        let Verdict::Garbled { at, .. } = of(Asked::Look, 200, body) else { panic!() };
        assert_eq!(&*at, "Login.Id");
        let body = r#"{"SecurityChallenges":[{},{"Prompt":"secret","Type":{"a b":7"#;
        let Verdict::Garbled { at, .. } = of(Asked::Authorization, 200, body) else { panic!() };
        assert_eq!(&*at, "SecurityChallenges[1].Type");
        let body = r#"{"Login":{"John Doe":{"Id":}}}"#;
        let Verdict::Garbled { at, .. } = of(Asked::Authorization, 200, body) else { panic!() };
        assert_eq!(&*at, "Login.?.Id");
    }
}
