//! A line that comes in: its fields, in any order, each read once it is asked for.

use alloc::{
    borrow::Cow,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;
use reconnect_core::{
    ExchangeId, Fault, FaultKind, Instance, InvalidInstance, Known, LoginId, Mfa, Misuse, Policy, Reached, RenderError,
    Reply, RestoreError, Selection,
    connect::{NotAWatch, Watch},
    policy::InvalidPolicy,
};
use reconnect_json::{Reader, Result, Value, Wrong};

/// The fields of a line.
pub(crate) struct Line<'a>(Vec<(Cow<'a, str>, &'a str)>);

/// Why a line changes nothing.
pub(crate) enum Unfit {
    Line,
    NoSession,
    Because(String),
}

/// The parts that a session begins with.
pub(crate) struct Begin {
    pub known: Known,
    pub keep: Selection,
    pub policy: Policy,
    pub instance: Instance,
}

impl<'a> Line<'a> {
    pub(crate) fn read(from: &mut Reader<'a>) -> Result<Self> {
        from.fields().map(Self)
    }

    /// A field that has to be there.
    pub(crate) fn need<T>(&self, name: &str, read: impl FnOnce(&mut Reader<'a>) -> Result<T>) -> Result<T> {
        self.maybe(name, read)?.ok_or(Wrong)
    }

    /// A field that may be missing or null. The last one of a name counts.
    fn maybe<T>(&self, name: &str, read: impl FnOnce(&mut Reader<'a>) -> Result<T>) -> Result<Option<T>> {
        self.raw(name).map_or(Ok(None), |raw| Reader::whole(raw, |from| from.maybe(read)))
    }

    /// The JSON of a field, as it stands.
    fn raw(&self, name: &str) -> Option<&'a str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, raw)| *raw)
    }

    fn keep(&self) -> Result<Selection> {
        Ok(self.maybe("keep", Selection::read)?.unwrap_or_default())
    }

    /// Lines have an op for answers, so by default they may be given.
    fn policy(&self) -> core::result::Result<Policy, Unfit> {
        let mut policy = Policy::DEFAULT;
        policy.mfa = Mfa::WidgetOrApi;
        match self.maybe("policy", Reader::raw)? {
            Some(raw) => Ok(policy.with_json(raw)?),
            None => Ok(policy),
        }
    }

    /// The parts that every session begins with, and its instance.
    pub(crate) fn begin(&self) -> core::result::Result<Begin, Unfit> {
        let mut known = self.maybe("known", known)?.unwrap_or_default();
        let (keep, policy, instance) = (self.keep()?, self.policy()?, self.instance()?);
        known.instance = Known::at(&instance).instance;
        Ok(Begin { known, keep, policy, instance })
    }

    /// Where the service is: addresses, or the name of an instance.
    pub(crate) fn instance(&self) -> core::result::Result<Instance, Unfit> {
        let place = self.need("instance", Self::read)?;
        let customer = place.need("customerId", Reader::string)?;
        let name = place.maybe("name", Reader::string)?;
        let address = |name| place.maybe(name, Reader::string).map(Option::unwrap_or_default);
        Ok(match name {
            Some(name) => Instance::named(&name, &customer)?,
            None => Instance::at(&address("apiUrl")?, &address("widgetUrl")?, &customer)?,
        })
    }

    /// A page's record of a first connection.
    pub(crate) fn watch(&self) -> core::result::Result<Watch, Unfit> {
        Ok(Watch::from_json(self.need("watch", Reader::raw)?)?)
    }

    /// The number of the prompt that answers are for, if the line has one.
    pub(crate) fn number(&self) -> Result<Option<u32>> {
        self.maybe("number", Reader::small)
    }

    pub(crate) fn id(&self) -> Result<ExchangeId> {
        self.need("id", Reader::number).map(ExchangeId::from_number)
    }

    /// What came back, or what came instead.
    pub(crate) fn reply(&self) -> core::result::Result<core::result::Result<Reply, Fault>, Unfit> {
        let status = self.maybe("status", Reader::small)?.unwrap_or_default();
        let headers = self.maybe("headers", |from| from.each(header))?.unwrap_or_default();
        let body = self.maybe("body", Reader::string)?.unwrap_or_default();
        let reached = match self.maybe("reached", Reader::string)?.as_deref() {
            Some("no") => Reached::No,
            // What cannot be told is Maybe.
            None | Some("maybe") => Reached::Maybe,
            Some(_) => return Err(Unfit::Line),
        };
        let kind = match self.maybe("fault", Reader::string)?.as_deref() {
            None if status == 0 => return Err(Unfit::Because("a reply has a status, or a fault".to_string())),
            None => return Ok(Ok(Reply { status, headers, body: body.into_owned().into_bytes() })),
            // A lost sender is reported by the op `lost`.
            Some(word) => FaultKind::from_word(word).filter(|kind| *kind != FaultKind::Lost).ok_or(Unfit::Line)?,
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

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            // A parser's own words might hold a piece of the line.
            Self::Line => "the op is not known, or one of its fields is missing or not what it should be",
            Self::NoSession => "there is no session: begin with refresh, resume or restore",
            Self::Because(why) => why,
        })
    }
}

impl From<Wrong> for Unfit {
    fn from(_: Wrong) -> Self {
        Self::Line
    }
}

/// The core's own errors say what is the matter.
macro_rules! because {
    ($($error:ty),*) => {$(
        impl From<$error> for Unfit {
            fn from(error: $error) -> Self {
                // As a trait object, so that the code that makes the text exists once.
                let error: &dyn fmt::Display = &error;
                Self::Because(error.to_string())
            }
        }
    )*};
}

because!(InvalidInstance, InvalidPolicy, Misuse, NotAWatch, RenderError, RestoreError);
