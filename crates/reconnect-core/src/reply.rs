//! What the service said: the one place that reads a status and a `FlinksCode`.
//!
//! The body's code decides first, then the body's own status, then HTTP's (decision 13); challenges make a 203 of any
//! success; what is empty or not JSON is garbled and never success.

pub(crate) mod opened;
pub(crate) mod place;

pub use crate::retry_after::RetryAfter;

use crate::{
    account::{date::last_refresh, parse},
    challenge::Challenge,
    code::FlinksCode,
    ids::{LoginId, RequestId},
    policy::MAX_BODY,
    reader::{self, Reader, Wrong, fields::Fields, text::text_of},
    secret::Secret,
    selection::{Report, Selection},
    time::Timestamp,
};
use alloc::{borrow::Cow, boxed::Box, string::String, vec::Vec};
use core::fmt;

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

    /// The same for a 203, in which two different ids of a session are both its ids.
    fn of_asks(self, body: &Body<'_>) -> Self {
        Self { request: body.requests.first.clone(), other_request: body.requests.other.clone(), ..self }
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
    /// A gateway's page, or nothing: the body is not a JSON object, or is an object without any documented field. It
    /// never counts as the service's answer. See [`advice_by_page`](crate::advice_by_page).
    Page {
        /// The HTTP status.
        status: u16,
        /// When to ask again, as the sender of the page says.
        retry_after: Option<RetryAfter>,
    },
    /// The body, or the number of its accounts or transactions, is over the limits.
    TooLarge {
        /// The HTTP status.
        status: u16,
    },
    /// The service's JSON, without the fields that were asked for.
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

impl Refusal {
    /// Whether it is a redirect, by the HTTP status or by the body's own: it is not followed, and it says nothing about
    /// a session (decisions 25, 61).
    pub(crate) fn is_redirect(&self) -> bool {
        self.code.is_none() && (300..400).contains(&self.status)
    }
}

/// What every body of the service may hold. Each field is optional, in errors and in success.
#[derive(Default)]
struct Body<'a> {
    status: Option<u16>,
    code: Option<FlinksCode>,
    message: Option<Cow<'a, str>>,
    /// Its session's ids and its login's ids.
    requests: Named<RequestId>,
    logins: Named<LoginId>,
    last_refresh: Option<Cow<'a, str>>,
    institution: Option<Box<str>>,
    tag: Option<Box<str>>,
    challenges: Option<Vec<Challenge>>,
    token: Option<Secret>,
    accounts: Option<Result<Report, NoAccounts>>,
    response_type: Option<Box<str>>,
    /// The fields that cannot be read.
    fields: Fields,
    /// Whether it has a documented field.
    documented: bool,
}

/// Why there are no accounts. It matters to the verdict on data only.
#[derive(Clone, Copy)]
enum NoAccounts {
    /// The offset in the body at which they could no longer be read.
    At(usize),
    TooMany,
}

/// The first id of a name, and another one that differs from it.
struct Named<T> {
    first: Option<T>,
    other: Option<T>,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self { first: None, other: None }
    }
}

impl<T: PartialEq + Clone> Named<T> {
    fn add(&mut self, id: Option<T>) {
        let Some(id) = id else { return };
        match &self.first {
            None => self.first = Some(id),
            Some(first) if *first != id => self.other = Some(id),
            Some(_) => {}
        }
    }

    /// The id, if there is exactly one.
    fn one(&self) -> Option<T> {
        self.first.clone().filter(|_| self.other.is_none())
    }
}

impl<'a> Body<'a> {
    /// Reads a body. Accounts are read in the same pass, so the selection has to be known before; with `None` they are
    /// passed over.
    fn whole(text: &'a str, keep: Option<&Selection>) -> Result<Self, NoBody> {
        let mut from = Reader::tolerant(text);
        if from.peek() != Some(b'{') {
            return Err(NoBody { at: "not a JSON object".into(), is_object: false });
        }
        let mut body = Self::default();
        match body.read(&mut from, keep).and_then(|()| from.end()) {
            Ok(()) => {
                if let Some(Ok(report)) = &mut body.accounts {
                    report.unread = from.unread();
                }
                Ok(body)
            }
            Err(Wrong) => Err(NoBody { at: place::path(text, from.at()), is_object: body.documented }),
        }
    }

    fn read(&mut self, from: &mut Reader<'a>, keep: Option<&Selection>) -> reader::Result<()> {
        from.object()?;
        while let Some(key) = from.key()? {
            // A field counts as soon as its name is read, even if the body ends within its value.
            let (fields, documented) = (&mut self.fields, core::mem::replace(&mut self.documented, true));
            match &*key {
                "HttpStatusCode" | "StatusCode" => fields.take(from, STATUS, &mut self.status, status)?,
                "FlinksCode" | "flinksCode" | "Code" => fields.take(from, CODE, &mut self.code, code)?,
                "Message" => fields.take(from, "Message", &mut self.message, Reader::text)?,
                "RequestId" => self.requests.add(from.attempt(|from| from.maybe(RequestId::read))?),
                "Login" => fields.take(from, "Login", &mut None, |from| {
                    from.maybe(|from| login(from, &mut self.logins, &mut self.last_refresh)).map(|_| None::<()>)
                })?,
                "Institution" => fields.take(from, "Institution", &mut self.institution, words)?,
                "SecurityChallenges" => {
                    fields.take(from, CHALLENGES, &mut self.challenges, |from| from.maybe(Challenge::each))?;
                }
                "Token" => token(from, &mut self.token)?,
                "Accounts" if self.accounts.is_some() => {
                    // If there are two lists, neither is taken, even if they are equal: the second one is not built to
                    // compare them.
                    let at = from.at();
                    if from.maybe(Reader::skip)?.is_some() {
                        self.accounts = Some(Err(NoAccounts::At(at)));
                    }
                }
                "Accounts" => self.accounts = from.maybe(|from| accounts(from, keep))?,
                "Tag" => fields.take(from, "Tag", &mut self.tag, words)?,
                "ResponseType" => fields.take(from, "ResponseType", &mut self.response_type, words)?,
                "InstitutionName" | "InstitutionId" | "Links" | "ValidationDetails" => from.skip()?,
                _ => {
                    self.documented = documented;
                    from.skip()?;
                }
            }
        }
        if self.fields.is_unread(CODE) {
            self.code = Some(FlinksCode::unreadable());
        }
        Ok(())
    }

    /// A field that is there twice with different values. Data with such a field is not taken (decision 64).
    fn ambiguous(&self) -> Option<&'static str> {
        if self.requests.other.is_some() {
            return Some("RequestId");
        }
        if self.logins.other.is_some() {
            return Some("Login.Id");
        }
        (self.fields.differs(STATUS)).then_some(STATUS)
    }
}

/// Why a body cannot be read.
struct NoBody {
    /// The place at which it could no longer be read, as a JSON path.
    at: Box<str>,
    /// Whether it begins like an object of the service.
    is_object: bool,
}

const STATUS: &str = "HttpStatusCode";
const CODE: &str = "FlinksCode";
const CHALLENGES: &str = "SecurityChallenges";

/// A status, also as text. A number that cannot be an HTTP status is an error.
fn status(from: &mut Reader<'_>) -> reader::Result<Option<u16>> {
    let text = match from.peek() {
        Some(b'"') => from.exact()?,
        _ => from.token()?.into(),
    };
    let whole =
        text.split_once('.').map_or(&*text, |(whole, zeros)| if zeros.bytes().all(|b| b == b'0') { whole } else { "" });
    match (&*text, whole.parse()) {
        ("null", _) => Ok(None),
        (_, Ok(status @ 100_u64..=599)) => Ok(u16::try_from(status).ok()),
        _ => Err(Wrong),
    }
}

fn code(from: &mut Reader<'_>) -> reader::Result<Option<FlinksCode>> {
    Ok(from.lenient()?.filter(|code| !code.is_empty()).map(|code| FlinksCode::read(&code)))
}

/// A token, in which nothing may be replaced. If there are two that differ, neither is taken.
fn token(from: &mut Reader<'_>, token: &mut Option<Secret>) -> reader::Result<()> {
    let at = from.at();
    let next = from.attempt(|from| from.maybe(Reader::exact))?.filter(|next| !next.is_empty()).map(Secret::from);
    match (&*token, next) {
        (Some(known), Some(next)) if *known.expose() == *next.expose() => {}
        (Some(_), Some(_)) => {
            from.mark(at);
            *token = Some(Secret::from(""));
        }
        (None, next) => *token = next,
        (Some(_), None) => {}
    }
    Ok(())
}

/// Text that is only shown.
fn words(from: &mut Reader<'_>) -> reader::Result<Option<Box<str>>> {
    from.maybe(Reader::boxed)
}

/// The report on the accounts, or why there is none. The reader passes over the accounts in either case.
fn accounts(from: &mut Reader<'_>, keep: Option<&Selection>) -> reader::Result<Result<Report, NoAccounts>> {
    let (is_list, start) = (from.peek() == Some(b'['), from.at());
    let Some(keep) = keep.filter(|_| is_list) else {
        from.skip()?;
        return Ok(if is_list { Ok(Report::default()) } else { Err(NoAccounts::At(start)) });
    };
    parse::report(from, keep).map(Ok).or_else(|Wrong| {
        let why = if from.gives_up() { NoAccounts::TooMany } else { NoAccounts::At(from.at()) };
        from.back(start);
        from.skip().map(|()| Err(why))
    })
}

fn login<'a>(
    from: &mut Reader<'a>,
    ids: &mut Named<LoginId>,
    last_refresh: &mut Option<Cow<'a, str>>,
) -> reader::Result<()> {
    let mut fields = Fields::default();
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "Id" => ids.add(from.attempt(|from| from.maybe(LoginId::read))?),
            "LastRefresh" => fields.take(from, "LastRefresh", last_refresh, Reader::lenient)?,
            _ => from.skip()?,
        }
    }
    Ok(())
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
    let retry_after = RetryAfter::of(&reply.headers);
    if (300..400).contains(&reply.status) {
        // Neither driver follows a redirect: the request would go on, keys and all, to whoever it names (decision 25).
        let (status, facts) = (reply.status, Facts::default());
        return Verdict::Refused(Refusal { code: None, status, retry_after, for_token: false, facts });
    }
    if reply.body.len() > MAX_BODY {
        return Verdict::TooLarge { status: reply.status };
    }
    let text = text_of(&reply.body);
    let verdict = judge(asked, reply.status, &text, retry_after);
    if let (Asked::Token, Cow::Owned(copy)) = (asked, text) {
        // A token may be in the copy, so it is wiped.
        drop(Secret::from(copy));
    }
    verdict
}

/// The verdict on a reply that is not a redirect.
fn judge(asked: Asked<'_>, http: u16, text: &str, retry_after: Option<RetryAfter>) -> Verdict {
    let refused =
        |code, status, for_token, facts| Verdict::Refused(Refusal { code, status, retry_after, for_token, facts });
    let garbled = |at: Box<str>| Verdict::Garbled { status: http, at };
    let page = Verdict::Page { status: http, retry_after };
    let keep = if let Asked::Accounts(keep) = asked { Some(keep) } else { None };
    let read = match Body::whole(text, keep) {
        // The documentation describes a 203 by its status alone, so it needs no documented field.
        Ok(read) if !read.documented && http != 203 => return page,
        Ok(read) => read,
        Err(NoBody { at, is_object: true }) if is_body_of(http) => return garbled(at),
        Err(NoBody { .. }) => return page,
    };
    let (facts, ambiguous) = (Facts::of(&read), read.ambiguous());
    //= docs/spec/errors.md#reading
    //# **ERR-1** A client MUST judge a reply by its `FlinksCode` first, then by the body's `HttpStatusCode`, then by
    //# the HTTP status.
    let status = read.status.unwrap_or(http);
    let code = read.code.clone();
    let wrong = !(200..300).contains(&status) || code.as_ref().is_some_and(|code| code.advice().is_some());
    let for_data = matches!(asked, Asked::Accounts(_) | Asked::Look);
    let is_data = for_data && matches!(read.accounts, Some(Ok(_) | Err(NoAccounts::TooMany)));
    let challenges =
        || read.challenges.as_ref().is_some_and(|all| !all.is_empty()) || read.fields.is_unread(CHALLENGES);
    // Data counts as a 203 only by the body's own status: challenges beside data are leftovers.
    let asks = read.status == Some(203) && !wrong || !is_data && challenges();
    //= docs/spec/errors.md#codes-of-refusal
    //# **ERR-16** A client MUST treat `INVALID_SECURITY_RESPONSE_NO_RETRY` (401, older table) as final, even with
    //# challenges.
    if asked != Asked::Token && asks && code != Some(FlinksCode::InvalidSecurityResponseNoRetry) {
        return match ambiguous.filter(|_| for_data) {
            Some(at) => garbled(at.into()),
            None => {
                let facts = facts.of_asks(&read);
                Verdict::Asks { facts, challenges: read.challenges.unwrap_or_default(), wrong }
            }
        };
    }
    //= docs/spec/mfa.md#answers
    //# **MFA-20** A client MUST take `ALREADY_AUTHORIZED` as success and fetch the data.
    if wrong && code != Some(FlinksCode::AlreadyAuthorized) {
        //= docs/spec/credentials.md#use
        //# **CRED-27** A client MUST recognise a refused token by `UNAUTHORIZED` together with a message that speaks of
        //# the authorize token ("You must provide a valid authorize token").
        let for_token = code == Some(FlinksCode::Unauthorized)
            && read.message.is_some_and(|message| has(message.as_bytes(), b"authorize token"));
        return refused(code, status, for_token, facts);
    }
    if let Some(at) = ambiguous.filter(|_| for_data) {
        return garbled(at.into());
    }
    let pending = matches!(code, Some(FlinksCode::OperationPending | FlinksCode::OperationDispatched)) || status == 202;
    match asked {
        Asked::Token => match read.token.filter(|token| !token.expose().is_empty()) {
            Some(token) => Verdict::Minted(token),
            None => garbled("Token".into()),
        },
        Asked::Authorization if code == Some(FlinksCode::AlreadyAuthorized) => Verdict::Authorized(facts),
        Asked::Authorization if status == 203 => {
            Verdict::Asks { facts: facts.of_asks(&read), challenges: Vec::new(), wrong: false }
        }
        Asked::Authorization if facts.request.is_none() => garbled("RequestId".into()),
        Asked::Authorization if pending => Verdict::Pending(facts, retry_after),
        Asked::Authorization => Verdict::Authorized(facts),
        //= docs/spec/async-polling.md#202
        //# **POLL-3** A client MUST NOT take `Accounts` in a 202 as the result.
        Asked::Accounts(_) | Asked::Look if pending => Verdict::Pending(facts, retry_after),
        Asked::Accounts(_) | Asked::Look => match read.accounts {
            Some(Ok(report)) => Verdict::Data(facts, report),
            Some(Err(NoAccounts::TooMany)) => Verdict::TooLarge { status: http },
            Some(Err(NoAccounts::At(at))) => garbled(place::path(text, at)),
            None if status == 203 => Verdict::Asks { facts, challenges: Vec::new(), wrong: false },
            None => garbled("Accounts".into()),
        },
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

    fn of(asked: Asked<'_>, status: u16, body: &str) -> Verdict {
        read(asked, &Reply { status, headers: Vec::new(), body: body.into() })
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
            let seen = if let Verdict::Refused(refusal) = of(Asked::Look, status, body) {
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
        assert!(matches!(of(Asked::Authorization, 200, asks), Verdict::Asks { wrong: false, .. }));
        let wrong = r#"{"FlinksCode":"INVALID_SECURITY_RESPONSE","SecurityChallenges":[{"Type":"X","Prompt":"p"}]}"#;
        //= docs/spec/errors.md#codes-of-refusal
        //= type=test
        //# **ERR-15** A client MUST treat `INVALID_SECURITY_RESPONSE` (401) as retryable only with challenges in the
        //# reply.
        //= docs/spec/mfa.md#answers
        //= type=test
        //# **MFA-21** A client MUST ask again, with the challenges and the `RequestId` of the reply, if a wrong answer
        //# is refused with a non-empty `SecurityChallenges` and its code is not `INVALID_SECURITY_RESPONSE_NO_RETRY`.
        assert!(matches!(of(Asked::Authorization, 401, wrong), Verdict::Asks { wrong: true, .. }));
        let last =
            r#"{"FlinksCode":"INVALID_SECURITY_RESPONSE_NO_RETRY","SecurityChallenges":[{"Type":"X","Prompt":"p"}]}"#;
        //= docs/spec/errors.md#codes-of-refusal
        //= type=test
        //# **ERR-16** A client MUST treat `INVALID_SECURITY_RESPONSE_NO_RETRY` (401, older table) as final, even with
        //# challenges.
        //= docs/spec/mfa.md#answers
        //= type=test
        //# **MFA-22** A client MUST take every other refusal of an answer as final for the session.
        assert!(matches!(of(Asked::Authorization, 401, last), Verdict::Refused(_)));
        //= docs/spec/async-polling.md#202
        //= type=test
        //# **POLL-2** A client MUST take `OPERATION_PENDING` and `OPERATION_DISPATCHED` as pending at any status.
        //= docs/spec/async-polling.md#202
        //= type=test
        //# **POLL-3** A client MUST NOT take `Accounts` in a 202 as the result.
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
                match (of(Asked::Accounts(keep), 200, &body), expected) {
                    (Verdict::Garbled { at, .. }, Err(place)) => assert_eq!(&*at, place, "{body}"),
                    (Verdict::Data(facts, report), Ok((count, unread))) => {
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
            for asked in [Asked::Look, Asked::Token, Asked::Authorization] {
                let verdict = of(asked, 200, body);
                let is_page = !body.contains("Accounts");
                assert_eq!(matches!(verdict, Verdict::Page { status: 200, .. }), is_page, "{body}");
                assert_eq!(matches!(verdict, Verdict::Garbled { .. }), !is_page, "{body}");
            }
        }
        assert!(matches!(of(Asked::Look, 302, "{}"), Verdict::Refused(_)));
    }

    //= docs/spec/errors.md#reading
    //= type=test
    //# **ERR-7** A client MUST NOT put a body, a message of the service, a prompt or a whole id into the text of an
    //# error.
    #[test]
    fn an_error_names_the_place_and_not_the_value() {
        let body = "{\"HttpStatusCode\":200,\n\"Login\":{\"Id\":\"\"},\"Accounts\":[]}";
        let Verdict::Data(facts, report) = of(Asked::Accounts(&Selection::all()), 200, body) else { panic!() };
        assert_eq!((facts.login, report.unread.places()), (None, &["Login.Id".into()][..]));
        let body = r#"{"SecurityChallenges":[{},{"Prompt":"secret","Type":{"a b":7"#;
        let Verdict::Garbled { at, .. } = of(Asked::Authorization, 200, body) else { panic!() };
        // The key is not shown either: it does not look like a field's name.
        assert_eq!(&*at, "SecurityChallenges[1].Type.?");
        let body = r#"{"Login":{"John Doe":{"Id":}}}"#;
        let Verdict::Garbled { at, .. } = of(Asked::Authorization, 200, body) else { panic!() };
        assert_eq!(&*at, "Login.?.Id");
    }
}
