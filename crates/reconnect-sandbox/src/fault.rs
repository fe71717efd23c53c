//! The faults: what goes wrong on purpose, and at which calls, as data.
//!
//! Nothing is random: the same faults, the same seed and the same requests give the same bytes.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::endpoint::Endpoint;
use crate::id::chance;

/// The longest list that [`Fault::read_list`] takes.
const MOST: usize = 1_000;

/// Something that goes wrong. It says on which calls it falls, and what happens to them. If several faults fall on one
/// call, the first in the list happens.
///
/// ```
/// use reconnect_sandbox::{Bank, Calls, Cut, Effect, Fault, Request, Settings};
///
/// let lost = Fault {
///     endpoint: Some("Authorize".to_owned()),
///     call: Some(Calls::One(2)),
///     ..Fault::always(Effect::Drop { handled: true })
/// };
/// let mut bank = Bank::new(Settings { faults: vec![lost], ..Settings::default() });
/// let ask = Request::post("/v3/43387ca6-0391-4c82-857d-70d95f087ecb/BankingServices/Authorize", "{}");
/// assert_eq!(bank.handle(0, &ask).fate.cut, Cut::None);
/// assert_eq!(bank.handle(0, &ask).fate.cut, Cut::NoAnswer);
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// Only calls of this user, without regard to case. Such a call has the user's name, or it names a login, a session or
    /// a form of theirs. A call for a token names no user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Only calls of this endpoint, such as `Authorize` or `GetAccountsDetailAsync`; `widget` is its pages and forms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Which of the calls that match, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Calls>,
    /// Instead of `call`: how likely the fault falls on a call that matches, from 0 to 1. It is drawn from the seed and the
    /// number of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// How often it happens at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// What happens.
    pub effect: Effect,
}

/// Numbers of calls, from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "call is a number from 1, a list of them, or {\"from\": 1, \"to\": 3}")]
#[non_exhaustive]
pub enum Calls {
    /// This one.
    One(u64),
    /// Each of these.
    Each(Vec<u64>),
    /// From one to another, both included.
    #[serde(rename_all = "camelCase")]
    Range(CallRange),
}

/// From one call to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallRange {
    /// The first.
    pub from: u64,
    /// The last; without one, all that follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u64>,
}

/// What happens to a call. `handled` says whether the service did what the call asked for, although the caller gets no
/// answer. This is the harder case, so it is the default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[serde(expecting = "an effect with its kind, such as {\"kind\": \"drop\"}")]
#[non_exhaustive]
pub enum Effect {
    /// The request is slow to arrive, so it is handled and answered later.
    Latency {
        /// By the sandbox's clock.
        delay_ms: u64,
    },
    /// The request is handled at once, and the reply is slow to arrive.
    Late {
        /// By the sandbox's clock.
        delay_ms: u64,
    },
    /// The connection closes without a byte.
    Drop {
        /// Whether the service got the request.
        #[serde(default = "yes")]
        handled: bool,
    },
    /// The connection closes in the middle of the body, whose whole length was announced.
    Truncate {
        /// How many bytes of the body still come.
        bytes: usize,
    },
    /// A proxy's page in HTML, with 502.
    BadGateway {
        /// Whether the service got the request.
        #[serde(default = "yes")]
        handled: bool,
    },
    /// 429 and `TOO_MANY_REQUESTS`, before anything is done. The documentation has the code under 401, and clients expect
    /// 429: <https://docs.flinks.com/api/authorize/error-codes>.
    TooManyRequests {
        /// `Retry-After` in seconds; without it there is no such header.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
        /// Whether `Retry-After` is a date by the sandbox's clock, which is its other form in HTTP.
        #[serde(default)]
        as_date: bool,
    },
    /// 200 without a body.
    Empty {
        /// Whether the service got the request.
        #[serde(default = "yes")]
        handled: bool,
    },
    /// HTTP's status says one thing, the body another.
    Contradiction {
        /// HTTP's status, 200 to 599.
        http_status: u16,
        /// With it the service does nothing and the body is an error with this `HttpStatusCode`. Without it the request
        /// is handled, and the body is the service's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body_status: Option<u16>,
        /// The `FlinksCode` of that error.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
    },
    /// The request arrives twice, as if a proxy missed the first reply and repeated it. The second reply is the answer.
    Duplicate {},
}

impl Fault {
    /// A fault that falls on every call of every user.
    pub fn always(effect: Effect) -> Self {
        Fault { user: None, endpoint: None, call: None, probability: None, times: None, effect }
    }

    /// Reads a JSON list, as `POST /_sandbox/faults` takes it. The error says what to change.
    pub(crate) fn read_list(json: &[u8]) -> Result<Vec<Fault>, String> {
        let faults: Vec<Fault> =
            serde_json::from_slice(json).map_err(|error| format!("expected a JSON list of faults: {error}"))?;
        if faults.len() > MOST {
            return Err(format!("expected at most {MOST} faults"));
        }
        faults
            .iter()
            .enumerate()
            .try_for_each(|(at, fault)| fault.check().map_err(|why| format!("fault {}: {why}", at + 1)))?;
        Ok(faults)
    }

    /// Checks what the types cannot.
    pub(crate) fn check(&self) -> Result<(), String> {
        let counts_from_0 = match &self.call {
            Some(Calls::One(call)) => *call == 0,
            Some(Calls::Each(calls)) => calls.contains(&0),
            Some(Calls::Range(range)) => range.from == 0 || range.to.is_some_and(|to| to < range.from),
            None => false,
        };
        // The pages and forms of the widget count as one endpoint.
        let endpoints = [Endpoint::names().as_slice(), &["widget"]].concat();
        let known = |name: &String| endpoints.iter().any(|known| known.eq_ignore_ascii_case(name));
        if counts_from_0 {
            return Err("calls are counted from 1, and a range goes upwards".to_owned());
        }
        if self.call.is_some() && self.probability.is_some() {
            return Err("call and probability exclude each other".to_owned());
        }
        if self.probability.is_some_and(|probability| !(0.0..=1.0).contains(&probability)) {
            return Err("probability is a number from 0 to 1".to_owned());
        }
        if !self.endpoint.as_ref().is_none_or(known) {
            return Err(format!("endpoint is one of {}", endpoints.join(", ")));
        }
        self.effect.check()
    }

    /// Whether it falls on the `nth` call that matches. `index` is its place in the list.
    pub(crate) fn falls_on(&self, seed: u64, index: usize, nth: u64) -> bool {
        match (&self.call, self.probability) {
            (Some(Calls::One(call)), _) => *call == nth,
            (Some(Calls::Each(calls)), _) => calls.contains(&nth),
            (Some(Calls::Range(range)), _) => range.from <= nth && range.to.is_none_or(|to| nth <= to),
            (None, Some(probability)) => chance(seed, &["fault", &index.to_string(), &nth.to_string()]) < probability,
            (None, None) => true,
        }
    }
}

/// It does not show the user's name.
impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault")
            .field("endpoint", &self.endpoint)
            .field("call", &self.call)
            .field("probability", &self.probability)
            .field("times", &self.times)
            .field("effect", &self.effect)
            .finish_non_exhaustive()
    }
}

impl Effect {
    /// Its `kind` in JSON.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Effect::Latency { .. } => "latency",
            Effect::Late { .. } => "late",
            Effect::Drop { .. } => "drop",
            Effect::Truncate { .. } => "truncate",
            Effect::BadGateway { .. } => "badGateway",
            Effect::TooManyRequests { .. } => "tooManyRequests",
            Effect::Empty { .. } => "empty",
            Effect::Contradiction { .. } => "contradiction",
            Effect::Duplicate {} => "duplicate",
        }
    }

    fn check(&self) -> Result<(), String> {
        let Effect::Contradiction { http_status, body_status, code } = self else { return Ok(()) };
        if !(200..600).contains(http_status) {
            return Err("httpStatus is a number from 200 to 599".to_owned());
        }
        if code.is_some() && body_status.is_none() {
            return Err("a code needs a bodyStatus beside it".to_owned());
        }
        Ok(())
    }
}

fn yes() -> bool {
    true
}
