//! A policy as JSON: what of it differs from another one, under the names of its fields, spans in milliseconds.

use crate::{
    account::DetailOptions,
    policy::{Fetch, Policy, Then},
};
use core::time::Duration;
use reconnect_json::{Reader, Result, Value, Writer, Wrong, millis, record};

/// A span: its name, its floor in milliseconds, and its field.
type Span = (&'static str, u64, fn(&mut Policy) -> &mut Duration);

/// The spans of a policy. The reason for each floor is documented at the field.
const SPANS: [Span; 15] = [
    ("tokenLife", 1_000, |policy| &mut policy.token_life),
    ("requestLife", 1_000, |policy| &mut policy.request_life),
    ("hintLife", 0, |policy| &mut policy.hint_life),
    ("pollEvery", 1_000, |policy| &mut policy.poll_every),
    ("pollCap", 0, |policy| &mut policy.poll_cap),
    ("backoff", 100, |policy| &mut policy.backoff),
    ("backoffMax", 100, |policy| &mut policy.backoff_max),
    ("retryAfterMax", 0, |policy| &mut policy.retry_after_max),
    ("later", 1_000, |policy| &mut policy.later),
    ("lateNews", 0, |policy| &mut policy.late_news),
    ("lookEvery", 1_000, |policy| &mut policy.look_every),
    ("skew", 0, |policy| &mut policy.skew),
    ("postLimit", 100, |policy| &mut policy.post_limit),
    ("quickLimit", 100, |policy| &mut policy.quick_limit),
    ("newsMintEvery", 1_000, |policy| &mut policy.news_mint_every),
];

/// A number: its name and its field.
type Number = (&'static str, fn(&mut Policy) -> Whole<'_>);

/// The numbers of a policy.
const NUMBERS: [Number; 9] = [
    ("tries", |policy| Whole::U8(&mut policy.tries)),
    ("pollTries", |policy| Whole::U8(&mut policy.poll_tries)),
    ("budget", |policy| Whole::U16(&mut policy.budget)),
    ("jitter", |policy| Whole::U64(&mut policy.jitter)),
    ("widgetUrlMax", |policy| Whole::U32(&mut policy.widget_url_max)),
    ("newsLooksNamed", |policy| Whole::U8(&mut policy.news_looks_named)),
    ("newsLooks", |policy| Whole::U8(&mut policy.news_looks)),
    ("promptsMax", |policy| Whole::U8(&mut policy.prompts_max)),
    ("asksAgainMax", |policy| Whole::U8(&mut policy.asks_again_max)),
];

/// A whole number of one of four sizes.
enum Whole<'p> {
    U8(&'p mut u8),
    U16(&'p mut u16),
    U32(&'p mut u32),
    U64(&'p mut u64),
}

impl Whole<'_> {
    /// The largest value of its size.
    fn most(&self) -> u64 {
        match self {
            Self::U8(_) => u8::MAX.into(),
            Self::U16(_) => u16::MAX.into(),
            Self::U32(_) => u32::MAX.into(),
            Self::U64(_) => u64::MAX,
        }
    }

    fn get(&self) -> u64 {
        match self {
            Self::U8(own) => (**own).into(),
            Self::U16(own) => (**own).into(),
            Self::U32(own) => (**own).into(),
            Self::U64(own) => **own,
        }
    }

    /// Sets it; a value that is too large changes nothing.
    fn set(self, to: u64) {
        match self {
            Self::U8(own) => *own = to.try_into().unwrap_or(*own),
            Self::U16(own) => *own = to.try_into().unwrap_or(*own),
            Self::U32(own) => *own = to.try_into().unwrap_or(*own),
            Self::U64(own) => *own = to,
        }
    }
}

/// A choice: its name, the values that it may have, and how it is read and written.
struct Choice {
    name: &'static str,
    values: &'static str,
    read: fn(&mut Policy, &mut Reader<'_>) -> Result<()>,
    /// Writes it if it is not the default.
    write: fn(&Policy, &mut Writer),
}

macro_rules! choices {
    ($($name:literal: $field:ident, $values:literal;)*) => {
        [$(Choice {
            name: $name,
            values: $values,
            read: |policy, from| Value::read(from).map(|read| policy.$field = read),
            write: |policy, to| {
                if policy.$field != Policy::DEFAULT.$field {
                    policy.$field.write(to.key($name));
                }
            },
        }),*]
    };
}

/// The choices of a policy.
const CHOICES: [Choice; 8] = choices! {
    "lookOnLapse": look_on_lapse, "true or false";
    "after": after, "sameThenCached or same";
    "entry": entry, "authorize or authorizeAsync";
    "fetch": fetch, "summary, nothing, or an object with detail or webhook and their options";
    "mfa": mfa, "widget or widgetOrApi";
    "probe": probe, "unknown or always";
    "token": token, "mint or without";
    "widgetToken": widget_token, "fresh or session";
};

/// Raises each span to its floor.
pub(super) fn raise(policy: &mut Policy) {
    for (_, floor, span) in SPANS {
        let own = span(policy);
        *own = (*own).max(Duration::from_millis(floor));
    }
}

/// A field of a policy has a value that is not allowed. The text names the field and its bounds, and never the value.
///
/// ```
/// use reconnect_core::Policy;
///
/// let wrong = Policy::from_json(r#"{"pollEvery":10}"#).unwrap_err();
/// assert_eq!(wrong.field(), "pollEvery");
/// assert_eq!(wrong.to_string(), "pollEvery of the policy is a whole number of milliseconds, at least 1000");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{field} of the policy is {bounds}")]
pub struct InvalidPolicy {
    field: &'static str,
    bounds: Bounds,
}

/// The values that a field may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
enum Bounds {
    #[error("a whole number of milliseconds, at least {0}")]
    Span(u64),
    #[error("a whole number, at most {0}")]
    Number(u64),
    #[error("{0}")]
    OneOf(&'static str),
}

impl InvalidPolicy {
    /// The field, as it is called in JSON; `policy` for the whole of it.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.field
    }
}

type Checked<T> = core::result::Result<T, InvalidPolicy>;

/// The value that was read, or an error with the field's name and bounds.
fn named<T>(field: &'static str, bounds: Bounds, read: Result<T>) -> Checked<T> {
    read.map_err(|Wrong| InvalidPolicy { field, bounds })
}

impl Policy {
    /// This policy with every number that is below its floor raised to it, so that no session calls without a pause.
    /// The floors are documented at the fields. A session does this by itself as it begins.
    ///
    /// ```
    /// use core::time::Duration;
    /// use reconnect_core::Policy;
    ///
    /// let mut policy = Policy::default();
    /// (policy.poll_every, policy.token_life) = (Duration::ZERO, Duration::from_secs(2));
    /// let policy = policy.bounded();
    /// assert_eq!((policy.poll_every, policy.token_life), (Duration::from_secs(1), policy.quick_limit));
    /// assert_eq!(Policy::default().bounded(), Policy::default());
    /// ```
    #[must_use]
    pub fn bounded(mut self) -> Self {
        raise(&mut self);
        self.token_life = self.token_life.max(self.quick_limit);
        self
    }

    /// The default policy, changed by the fields of `text`: a JSON object with the fields in camelCase, and spans in
    /// milliseconds. Unknown fields are passed over.
    ///
    /// # Errors
    /// [`InvalidPolicy`], which names the field, if a value is not allowed or below its floor.
    ///
    /// ```
    /// use core::time::Duration;
    /// use reconnect_core::Policy;
    ///
    /// let policy = Policy::from_json(r#"{"pollEvery":7000,"widgetToken":"session"}"#)?;
    /// assert_eq!(policy.poll_every, Duration::from_secs(7));
    /// assert_eq!(Policy::from_json(r#"{"mfa":"sms"}"#).unwrap_err().field(), "mfa");
    /// # Ok::<(), reconnect_core::policy::InvalidPolicy>(())
    /// ```
    pub fn from_json(text: &str) -> Checked<Self> {
        Self::DEFAULT.with_json(text)
    }

    /// This policy, changed in the same way.
    ///
    /// # Errors
    /// [`InvalidPolicy`], which names the field, if a value is not allowed or below its floor.
    ///
    /// ```
    /// use reconnect_core::Policy;
    ///
    /// let policy = Policy::from_json(r#"{"pollEvery":7000}"#)?.with_json(r#"{"mfa":"widgetOrApi"}"#)?;
    /// assert_eq!(policy.poll_every.as_secs(), 7);
    /// # Ok::<(), reconnect_core::policy::InvalidPolicy>(())
    /// ```
    pub fn with_json(self, text: &str) -> Checked<Self> {
        let mut from = Reader::new(text);
        let policy = self.from(&mut from, true)?;
        named("policy", OBJECT, from.end())?;
        Ok(policy.bounded())
    }

    /// Whether a number of it is below its floor.
    pub(crate) fn is_low(&mut self) -> bool {
        SPANS.iter().any(|(_, floor, span)| *span(self) < Duration::from_millis(*floor))
    }

    /// Reads an object of such fields. With `floors`, a number below its floor is refused.
    pub(crate) fn from(mut self, from: &mut Reader<'_>, floors: bool) -> Checked<Self> {
        named("policy", OBJECT, from.object())?;
        while let Some(key) = named("policy", OBJECT, from.key())? {
            if let Some((name, floor, span)) = SPANS.iter().find(|(name, ..)| *name == key) {
                let low = |number: &u64| floors && number < floor;
                let read = from.number().and_then(|number| if low(&number) { Err(Wrong) } else { Ok(number) });
                *span(&mut self) = Duration::from_millis(named(name, Bounds::Span(*floor), read)?);
                continue;
            }
            if let Some((name, number)) = NUMBERS.iter().find(|(name, _)| *name == key) {
                let most = number(&mut self).most();
                let read = from.number().and_then(|read| if read > most { Err(Wrong) } else { Ok(read) });
                number(&mut self).set(named(name, Bounds::Number(most), read)?);
                continue;
            }
            let (field, bounds, read) = match CHOICES.iter().find(|choice| choice.name == key) {
                Some(choice) => (choice.name, Bounds::OneOf(choice.values), (choice.read)(&mut self, from)),
                None => ("policy", OBJECT, from.skip()),
            };
            named(field, bounds, read)?;
        }
        Ok(self)
    }

    /// What of it differs from the default.
    pub(crate) fn write_differences(&self, to: &mut Writer) {
        // Copies, since `SPANS` and `NUMBERS` borrow mutably.
        let (mut own, mut default) = (self.clone(), Self::DEFAULT);
        for (name, _, span) in SPANS {
            if span(&mut own) != span(&mut default) {
                to.key(name).number(millis(*span(&mut own)));
            }
        }
        for (name, number) in NUMBERS {
            let read = number(&mut own).get();
            if read != number(&mut default).get() {
                to.key(name).number(read);
            }
        }
        for choice in CHOICES {
            (choice.write)(self, to);
        }
    }
}

/// The bounds of a policy as a whole.
const OBJECT: Bounds = Bounds::OneOf("a JSON object");

/// What is stored of a webhook that is waited for.
struct Waits {
    then: Then,
    wait: Duration,
}

record! {
    Waits as waits, to {
        must "then": then,
        must "wait": wait,
    }

    DetailOptions as options, to {
        may "WithAccountIdentity": with_account_identity,
        may "WithKYC": with_kyc,
        may "WithTransactions": with_transactions,
        may "WithDetailsAndBankingStatements": with_details_and_banking_statements,
        may "DaysOfTransactions": days_of_transactions,
        may "NumberOfBankingStatements": number_of_banking_statements,
    }
}

impl Value for Fetch {
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        if from.peek() == Some(b'"') {
            return match &*from.string()? {
                "summary" => Ok(Self::Summary),
                "nothing" => Ok(Self::Nothing),
                _ => Err(Wrong),
            };
        }
        from.object()?;
        let fetch = match from.key()?.as_deref() {
            Some("detail") => Self::Detail(Value::read(from)?),
            Some("webhook") => {
                let Waits { then, wait } = Value::read(from)?;
                Self::Webhook { wait, then }
            }
            _ => return Err(Wrong),
        };
        if from.key()?.is_some() { Err(Wrong) } else { Ok(fetch) }
    }

    fn write(&self, to: &mut Writer) {
        match *self {
            Self::Summary => to.text("summary"),
            Self::Nothing => to.text("nothing"),
            Self::Detail(options) => to.object(|to| options.write(to.key("detail"))),
            Self::Webhook { wait, then } => to.object(|to| Waits { then, wait }.write(to.key("webhook"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        account::{DaysOfTransactions, NumberOfStatements},
        policy::{After, Entry, Mfa, Probe, Then, TokenUse, WidgetToken},
    };
    use alloc::string::ToString;

    /// Nothing as in the default. A new field does not compile until it is here.
    fn other() -> Policy {
        let span = Duration::from_millis;
        Policy {
            token_life: span(100_001),
            request_life: span(1_002),
            hint_life: span(3),
            poll_every: span(1_004),
            poll_cap: span(5),
            tries: 6,
            poll_tries: 7,
            budget: 8,
            jitter: u64::MAX,
            backoff: span(109),
            backoff_max: span(110),
            retry_after_max: span(11),
            later: span(1_012),
            late_news: span(13),
            look_every: span(1_014),
            skew: span(15),
            post_limit: span(116),
            quick_limit: span(117),
            entry: Entry::AuthorizeAsync,
            token: TokenUse::Without,
            mfa: Mfa::WidgetOrApi,
            probe: Probe::Always,
            look_on_lapse: false,
            fetch: Fetch::Summary,
            after: After::Same,
            widget_token: WidgetToken::Session,
            news_mint_every: span(1_019),
            widget_url_max: 20,
            news_looks_named: 21,
            news_looks: 22,
            prompts_max: 23,
            asks_again_max: 24,
        }
    }

    /// A number below its floor is raised if a program sets it, and refused by its name if it is read from JSON. A
    /// number at its floor or above it stays.
    #[test]
    fn a_number_below_its_floor_is_raised_or_refused_by_its_name() {
        let mut none = other();
        for (_, _, span) in SPANS {
            *span(&mut none) = Duration::ZERO;
        }
        let mut raised = none.clone().bounded();
        assert_eq!(raised.token_life, Duration::from_secs(1), "its own floor is the larger one");
        for (name, floor, span) in SPANS {
            assert_eq!(*span(&mut raised), Duration::from_millis(floor), "{name}");
            let read = |number: u64| Policy::from_json(&alloc::format!(r#"{{"{name}":{number},"quickLimit":100}}"#));
            if name != "quickLimit" {
                assert_eq!(*span(&mut read(floor).expect(name)), Duration::from_millis(floor), "{name}");
            }
            if floor > 0 {
                let wrong = read(floor - 1).expect_err(name);
                assert_eq!((wrong.field(), wrong.bounds), (name, Bounds::Span(floor)));
            }
        }
        assert_eq!(other().bounded(), other());
        let mut short = Policy { quick_limit: Duration::from_secs(50), token_life: Duration::from_secs(49), ..other() };
        assert_eq!(short.clone().bounded().token_life, Duration::from_secs(50));
        short.token_life = Duration::from_secs(51);
        assert_eq!(short.clone().bounded(), short);
    }

    #[test]
    fn a_value_that_is_not_allowed_is_refused_by_its_fields_name() {
        for (text, field) in [
            (r#"{"tokenLife":0}"#, "tokenLife"),
            (r#"{"pollEvery":"10"}"#, "pollEvery"),
            (r#"{"pollEvery":-1}"#, "pollEvery"),
            (r#"{"pollEvery":1e4}"#, "pollEvery"),
            (r#"{"lookEvery":18446744073709551616}"#, "lookEvery"),
            (r#"{"tries":256}"#, "tries"),
            (r#"{"pollTries":null}"#, "pollTries"),
            (r#"{"budget":65536}"#, "budget"),
            (r#"{"jitter":0.5}"#, "jitter"),
            (r#"{"widgetUrlMax":4294967296}"#, "widgetUrlMax"),
            (r#"{"newsLooksNamed":256}"#, "newsLooksNamed"),
            (r#"{"newsLooks":256}"#, "newsLooks"),
            (r#"{"promptsMax":256}"#, "promptsMax"),
            (r#"{"asksAgainMax":256}"#, "asksAgainMax"),
            (r#"{"lookOnLapse":1}"#, "lookOnLapse"),
            (r#"{"after":"never"}"#, "after"),
            (r#"{"entry":"x"}"#, "entry"),
            (r#"{"fetch":"all"}"#, "fetch"),
            (r#"{"fetch":{"webhook":{"wait":1}}}"#, "fetch"),
            (r#"{"mfa":"sms"}"#, "mfa"),
            (r#"{"probe":7}"#, "probe"),
            (r#"{"token":{}}"#, "token"),
            (r#"{"widgetToken":"mine"}"#, "widgetToken"),
            (r#"{"x":tru}"#, "policy"),
            ("[]", "policy"),
            ("{} {}", "policy"),
            ("", "policy"),
        ] {
            let wrong = Policy::from_json(text).expect_err(text);
            assert_eq!(wrong.field(), field, "{text}");
            assert!(wrong.to_string().starts_with(field), "{wrong}");
        }
        assert_eq!(Policy::from_json(r#"{"of a later version":[{}]}"#), Ok(Policy::DEFAULT));
    }

    //= docs/spec/lifetimes.md#tokens-calls-sessions
    //= type=test
    //# **LIFE-18** A client SHOULD make each of these numbers a setting with the value above as its default.
    #[test]
    fn every_field_comes_back() {
        let options = DetailOptions {
            with_account_identity: Some(false),
            with_kyc: Some(true),
            with_transactions: Some(false),
            days_of_transactions: Some(DaysOfTransactions::Days365),
            with_details_and_banking_statements: Some(true),
            number_of_banking_statements: Some(NumberOfStatements::Months12),
        };
        let webhook = |then| Fetch::Webhook { wait: Duration::from_millis(18), then };
        let ways = [Fetch::Summary, Fetch::Nothing, Fetch::Detail(options), webhook(Then::Poll), webhook(Then::Fail)];
        let differing = ways.map(|fetch| Policy { fetch, ..other() });
        for policy in differing.into_iter().chain([Policy::DEFAULT]) {
            let mut to = Writer::default();
            to.object(|to| policy.write_differences(to));
            let json = to.done();
            assert_eq!(json == "{}", policy == Policy::DEFAULT, "{json}");
            assert_eq!(Policy::from_json(&json), Ok(policy), "{json}");
        }
    }
}
