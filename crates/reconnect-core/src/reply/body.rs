//! The body of a reply, read: each field that a session knows, whatever the reply is to.

use crate::{
    account::parse,
    challenge::Challenge,
    code::FlinksCode,
    ids::{LoginId, RequestId},
    secret::Secret,
    selection::{Report, Selection},
    unread::Unread,
};
use alloc::{borrow::Cow, boxed::Box, vec::Vec};
use reconnect_json::{Fields, Reader, Value, Wrong, place};

/// What every body of the service may hold. Each field is optional, in errors and in success.
#[derive(Default)]
pub(super) struct Body<'a> {
    pub(super) status: Option<u16>,
    pub(super) code: Option<FlinksCode>,
    pub(super) message: Option<Cow<'a, str>>,
    /// Its session's ids and its login's ids.
    pub(super) requests: Named<RequestId>,
    pub(super) logins: Named<LoginId>,
    pub(super) last_refresh: Option<Cow<'a, str>>,
    pub(super) institution: Option<Box<str>>,
    pub(super) tag: Option<Box<str>>,
    pub(super) challenges: Option<Vec<Challenge>>,
    pub(super) token: Option<Secret>,
    pub(super) accounts: Option<Result<Report, NoAccounts>>,
    pub(super) response_type: Option<Box<str>>,
    /// The fields that cannot be read.
    pub(super) fields: Fields,
    /// Whether it has a documented field.
    pub(super) documented: bool,
}

/// Why there are no accounts. It matters to the verdict on data only.
#[derive(Clone, Copy)]
pub(super) enum NoAccounts {
    /// The offset in the body at which they could no longer be read.
    At(usize),
    TooMany,
}

/// The first id of a name, and another one that differs from it.
pub(super) struct Named<T> {
    pub(super) first: Option<T>,
    pub(super) other: Option<T>,
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
    pub(super) fn one(&self) -> Option<T> {
        self.first.clone().filter(|_| self.other.is_none())
    }
}

impl<'a> Body<'a> {
    /// Reads a body. Accounts are read in the same pass, so the selection has to be known before; with `None` they are
    /// passed over.
    pub(super) fn whole(text: &'a str, keep: Option<&Selection>) -> Result<Self, NoBody> {
        let mut from = Reader::tolerant(text);
        if from.peek() != Some(b'{') {
            return Err(NoBody { at: "not a JSON object".into(), is_object: false });
        }
        let mut body = Self::default();
        match body.read(&mut from, keep).and_then(|()| from.end()) {
            Ok(()) => {
                if let Some(Ok(report)) = &mut body.accounts {
                    report.unread = Unread::of_reader(&from);
                }
                Ok(body)
            }
            Err(Wrong) => Err(NoBody { at: place::path(text, from.at()), is_object: body.documented }),
        }
    }

    fn read(&mut self, from: &mut Reader<'a>, keep: Option<&Selection>) -> reconnect_json::Result<()> {
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
    pub(super) fn ambiguous(&self) -> Option<&'static str> {
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
pub(super) struct NoBody {
    /// The place at which it could no longer be read, as a JSON path.
    pub(super) at: Box<str>,
    /// Whether it begins like an object of the service.
    pub(super) is_object: bool,
}

const STATUS: &str = "HttpStatusCode";
const CODE: &str = "FlinksCode";
pub(super) const CHALLENGES: &str = "SecurityChallenges";

/// A status, also as text. A number that cannot be an HTTP status is an error.
fn status(from: &mut Reader<'_>) -> reconnect_json::Result<Option<u16>> {
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

fn code(from: &mut Reader<'_>) -> reconnect_json::Result<Option<FlinksCode>> {
    Ok(from.lenient()?.filter(|code| !code.is_empty()).map(|code| FlinksCode::read(&code)))
}

/// A token, in which nothing may be replaced. If there are two that differ, neither is taken.
fn token(from: &mut Reader<'_>, token: &mut Option<Secret>) -> reconnect_json::Result<()> {
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
fn words(from: &mut Reader<'_>) -> reconnect_json::Result<Option<Box<str>>> {
    from.maybe(Reader::boxed)
}

/// The report on the accounts, or why there is none. The reader passes over the accounts in either case.
fn accounts(from: &mut Reader<'_>, keep: Option<&Selection>) -> reconnect_json::Result<Result<Report, NoAccounts>> {
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
) -> reconnect_json::Result<()> {
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
