//! A line that comes in: its fields, in any order, each read once it is asked for.

use alloc::{
    borrow::Cow,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;
use reconnect_core::{
    ExchangeId, Fault, FaultKind, Instance, InvalidInstance, Known, LoginId, Misuse, Policy, Reached, RenderError,
    Reply, RequestId, RestoreError, Selection, Session, Snapshot, Timestamp,
    connect::{NotAWatch, Watch},
    policy::{InvalidPolicy, TokenUse},
};
use reconnect_json::{Reader, Result, Value, Wrong};

/// The fields of a line.
pub(crate) struct Line<'a>(Vec<(Cow<'a, str>, &'a str)>);

/// The reason why a line, or a call of a [`Machine`](crate::Machine), changes nothing.
///
/// ```
/// use reconnect_embed::Machine;
///
/// let wrong = Machine::begin(0, r#"{"op":"refresh","loginId":""}"#, Default::default()).unwrap_err();
/// assert_eq!((wrong.code, wrong.field), ("invalidField", Some("loginId")));
/// assert_eq!(wrong.to_string(), "the field \"loginId\" is missing, or not what it should be");
/// ```
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct Error {
    /// The reason as one word, for a program: one of the codes that
    /// [the reference](https://github.com/flinks-reconnect/reconnect/blob/main/docs/reference/cli.md#misuse) lists.
    pub code: &'static str,
    /// The field that is wrong, if one is.
    pub field: Option<&'static str>,
    /// The reason for people. It holds nothing of what was given.
    pub message: String,
}

impl Error {
    pub(crate) fn new(code: &'static str, message: &str) -> Self {
        Self { code, field: None, message: message.into() }
    }

    /// A field is missing or wrong. A parser's own words might hold a piece of the line.
    pub(crate) fn field(name: &'static str) -> Self {
        let message = format!("the field \"{name}\" is missing, or not what it should be");
        Self { code: "invalidField", field: Some(name), message }
    }

    pub(crate) fn op() -> Self {
        Self::new("unknownOp", "the op is not known: docs/reference/cli.md lists them")
    }

    pub(crate) fn no_session() -> Self {
        Self::new("noSession", "there is no session: begin with refresh, resume, resumeClaimed or restore")
    }
}

/// A line's own result.
pub(crate) type Fit<T> = core::result::Result<T, Error>;

/// The session that a line begins.
pub(crate) enum Begun {
    New(Session),
    /// It is stored already.
    Row(Snapshot),
}

impl<'a> Line<'a> {
    pub(crate) fn read(from: &mut Reader<'a>) -> Result<Self> {
        from.fields().map(Self)
    }

    /// A field that has to be there.
    pub(crate) fn need<T>(&self, name: &'static str, read: impl FnOnce(&mut Reader<'a>) -> Result<T>) -> Fit<T> {
        self.maybe(name, read)?.ok_or_else(|| Error::field(name))
    }

    /// A field that may be missing or null. The last one of a name counts.
    pub(crate) fn maybe<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T>,
    ) -> Fit<Option<T>> {
        let raw = self.0.iter().rev().find(|(key, _)| key == name).map(|(_, raw)| *raw);
        raw.map_or(Ok(None), |raw| Reader::whole(raw, |from| from.maybe(read))).map_err(|Wrong| Error::field(name))
    }

    pub(crate) fn now(&self) -> Fit<Timestamp> {
        self.need("now", Timestamp::read)
    }

    fn policy(&self) -> Fit<Policy> {
        match self.maybe("policy", Reader::raw)? {
            Some(raw) => Ok(Policy::from_json(raw)?),
            None => Ok(Policy::DEFAULT),
        }
    }

    /// The session that this line begins, and its instance; `None` if its op begins none. Without `mints` it asks for no
    /// token.
    pub(crate) fn begin(&self, op: &str, now: Fit<Timestamp>, mints: bool) -> Fit<Option<(Begun, Instance)>> {
        if !["refresh", "resume", "resumeClaimed", "restore"].contains(&op) {
            return Ok(None);
        }
        let now = now?;
        if op == "restore" {
            let instance = self.instance()?;
            let snapshot = Snapshot::from_json(self.need("snapshot", Reader::raw)?)?;
            if snapshot.instance().is_some() {
                snapshot.belongs_to(&instance)?;
            }
            return Ok(Some((Begun::Row(snapshot), instance)));
        }
        let keep = || self.maybe("keep", Selection::read).map(Option::unwrap_or_default);
        let parts = || {
            let (mut known, instance) = (self.maybe("known", known)?.unwrap_or_default(), self.instance()?);
            known.instance = Known::at(&instance).instance;
            let mut policy = self.policy()?;
            if !mints {
                policy.token = TokenUse::Without;
            }
            Fit::Ok((known, policy, instance))
        };
        let (session, instance) = match op {
            "refresh" => {
                let login = self.need("loginId", LoginId::read)?;
                let (known, policy, instance) = parts()?;
                (Session::refresh(login, known, keep()?, policy, now), instance)
            }
            "resume" => {
                let request = self.need("requestId", RequestId::read)?;
                let (known, policy, instance) = parts()?;
                (Session::resume(request, known, keep()?, policy, now), instance)
            }
            _ => {
                let watch = Watch::from_json(self.need("watch", Reader::raw)?)?;
                let (known, policy, instance) = parts()?;
                let nothing =
                    || Error::new("nothingToResume", "the watch heard of no requestId: there is nothing to resume");
                let session = Session::resume_claimed(&watch, known, keep()?, policy, now).ok_or_else(nothing)?;
                (session, instance)
            }
        };
        Ok(Some((Begun::New(session), instance)))
    }

    /// Where the service is: addresses, or the name of an instance.
    pub(crate) fn instance(&self) -> Fit<Instance> {
        let place = self.need("instance", Self::read)?;
        let customer = place.need("customerId", Reader::string)?;
        let address = |name| place.maybe(name, Reader::string).map(Option::unwrap_or_default);
        let instance = match place.maybe("name", Reader::string)? {
            Some(name) => Instance::named(&name, &customer)?,
            None => Instance::at(&address("apiUrl")?, &address("widgetUrl")?, &customer)?,
        };
        match place.maybe("agent", Reader::string)? {
            Some(agent) => Ok(instance.called_by(&agent)?),
            None => Ok(instance),
        }
    }

    pub(crate) fn id(&self) -> Fit<ExchangeId> {
        self.need("id", Reader::number).map(ExchangeId::from_number)
    }

    /// What came back, or what came instead.
    pub(crate) fn reply(&self) -> Fit<core::result::Result<Reply, Fault>> {
        let status = self.maybe("status", Reader::small)?.unwrap_or_default();
        let headers = self.maybe("headers", |from| from.each(header))?.unwrap_or_default();
        let body = self.maybe("body", Reader::string)?.unwrap_or_default();
        let reached = match self.maybe("reached", Reader::string)?.as_deref() {
            Some("no") => Reached::No,
            // What cannot be told is Maybe.
            None | Some("maybe") => Reached::Maybe,
            Some(_) => return Err(Error::field("reached")),
        };
        let kind = match self.maybe("fault", Reader::string)?.as_deref() {
            None if status == 0 => return Err(Error::field("status")),
            None => return Ok(Ok(Reply { status, headers, body: body.into_owned().into_bytes() })),
            // A lost sender is reported by the op `lost`.
            Some(word) => FaultKind::from_word(word)
                .filter(|kind| *kind != FaultKind::Lost)
                .ok_or_else(|| Error::field("fault"))?,
        };
        Ok(Err(Fault { kind, reached }))
    }
}

/// The caller's knowledge of a session, without the instance.
fn known(from: &mut Reader<'_>) -> Result<Known> {
    let mut known = Known::default();
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "loginId" => known.login = from.maybe(LoginId::read)?,
            "lastSent" => known.last_sent = from.maybe(Value::read)?,
            "institution" => known.institution = from.maybe(Reader::shared)?,
            "language" => known.language = from.maybe(Reader::shared)?,
            "tag" => known.tag = from.maybe(Reader::shared)?,
            "key" => known.key = from.maybe(Reader::shared)?,
            _ => from.skip()?,
        }
    }
    Ok(known)
}

/// Answers: prompts, and what is said to each.
pub(crate) fn pairs(from: &mut Reader<'_>) -> Result<Vec<(String, Vec<String>)>> {
    let mut pairs = Vec::new();
    from.object()?;
    while let Some(prompt) = from.key()? {
        pairs.push((prompt.into_owned(), texts(from)?));
    }
    Ok(pairs)
}

fn header(from: &mut Reader<'_>) -> Result<(String, String)> {
    let [name, value] = texts(from)?.try_into().map_err(|_| Wrong)?;
    Ok((name, value))
}

fn texts(from: &mut Reader<'_>) -> Result<Vec<String>> {
    from.each(|from| from.string().map(Cow::into_owned))
}

/// The core's own errors: their codes, the field of the line that each is about, and their words.
macro_rules! because {
    ($($error:ty: $code:expr, $field:expr;)*) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                let (code, field): (fn(&$error) -> &'static str, fn(&$error) -> Option<&'static str>) = ($code, $field);
                // As a trait object, so that the code that makes the text exists once.
                let words: &dyn fmt::Display = &error;
                Self { code: code(&error), field: field(&error), message: words.to_string() }
            }
        }
    )*};
}

because! {
    InvalidInstance: |_| "invalidInstance", |_| Some("instance");
    InvalidPolicy: |_| "invalidPolicy", |wrong| Some(wrong.field());
    Misuse: |wrong| wrong.code(), |_| None;
    NotAWatch: |_| "invalidField", |_| Some("watch");
    RenderError: |wrong| wrong.code(), |_| None;
    RestoreError: |wrong| wrong.code(), |_| Some("snapshot");
}
