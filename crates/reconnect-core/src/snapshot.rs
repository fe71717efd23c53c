//! `Snapshot`: the versioned form of a session at rest.
//!
//! It holds no key and no answer. It holds the session's own authorize token and the bank's prompts only where the
//! policy lets MFA be answered through the API (decision 42); the token's name says that it is secret.

use crate::{
    Challenge, Failure, FlinksCode, LoginId, Policy, Refreshed, RequestId, RestoreError, Secret, Selection, Timestamp,
    Why,
    state::{Asking, Back, Doubt, End, Kind, Outstanding, Phase, Show, State, Step, Token},
};
use alloc::{
    boxed::Box,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};
use core::fmt;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const VERSION: u32 = 1;

/// Where the data of a refreshed session came from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Via {
    /// From the session itself.
    #[default]
    Live,
    /// From a cached `/Authorize` after the session was gone, with data that is not older than the session.
    Cached,
}

/// A session at rest: plain data that serde writes and reads, and that restores for ever.
///
/// ```
/// use reconnect_core::{Known, LoginId, Policy, Selection, Session, Snapshot, Timestamp};
///
/// let now = Timestamp::from_millis(0);
/// let session = Session::refresh(LoginId::new("5e115eac")?, Known::default(), Selection::all(), Policy::default(), now);
/// let stored = session.snapshot().to_json();
/// let restored = Session::restore(Snapshot::from_json(&stored)?)?;
/// assert_eq!(restored.snapshot(), session.snapshot());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    version: u32,
    revision: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instance: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    login: Option<LoginId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claim: Option<LoginId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    requests: Vec<RequestId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    institution: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Selection::is_all")]
    keep: Selection,
    #[serde(default, skip_serializing_if = "not")]
    named_others: bool,
    /// What differs from the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy: Option<Value>,
    next: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wire: Option<Outstanding>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    doubt: Option<Outstanding>,
    began: Timestamp,
    #[serde(default, skip_serializing_if = "not")]
    live: bool,
    since: Timestamp,
    #[serde(default, skip_serializing_if = "not")]
    assumed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pending: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    looked: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "none")]
    spent: u16,
    #[serde(default, skip_serializing_if = "live")]
    via: Via,
    #[serde(default, skip_serializing_if = "not")]
    reminted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due: Option<Due>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret_token: Option<SecretToken>,
    phase: AtRest,
}

/// When the next request may go. A session that asks or is done has nothing to send.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Due {
    at: Timestamp,
    why: Why,
    #[serde(default, skip_serializing_if = "zero")]
    tried: u8,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct SecretToken {
    token: String,
    sent: Timestamp,
    #[serde(default, skip_serializing_if = "not")]
    used: bool,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "at")]
enum AtRest {
    Authorizing {
        #[serde(default, skip_serializing_if = "not")]
        status: bool,
    },
    Asking(AskingAtRest),
    Looking {
        why: Doubt,
        back: BackAtRest,
    },
    Fetching {
        #[serde(default, skip_serializing_if = "asks")]
        step: Step,
    },
    Recalling,
    Refreshed {
        outcome: Box<Refreshed>,
    },
    Failed {
        failure: Failure,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        forget: Option<Timestamp>,
    },
}

#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
struct AskingAtRest {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    challenges: Vec<Challenge>,
    #[serde(skip_serializing_if = "not")]
    wrong: bool,
    #[serde(skip_serializing_if = "not")]
    left: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<FlinksCode>,
    #[serde(skip_serializing_if = "not")]
    redirected: bool,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum BackAtRest {
    Ask(AskingAtRest),
    Guess(Failure, Timestamp),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants references")]
fn not(flag: &bool) -> bool {
    !flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants references")]
fn zero(number: &u8) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants references")]
fn asks(step: &Step) -> bool {
    *step == Step::Ask
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants references")]
fn none(count: &u16) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants references")]
fn live(via: &Via) -> bool {
    *via == Via::Live
}

impl Snapshot {
    /// How often the session changed. A store swaps on the revision that it loaded.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The label of the instance that the session belongs to.
    #[must_use]
    pub fn instance(&self) -> Option<&str> {
        self.instance.as_deref()
    }

    /// The snapshot as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a snapshot is plain data with text as keys")
    }

    /// Reads a snapshot back.
    ///
    /// # Errors
    /// [`RestoreError`] where it is not one, or another version's.
    ///
    /// ```
    /// use reconnect_core::{RestoreError, Snapshot};
    /// assert_eq!(Snapshot::from_json(r#"{"version":9}"#), Err(RestoreError::Version(9)));
    /// assert!(Snapshot::from_json("{}").is_err());
    /// ```
    pub fn from_json(text: &str) -> Result<Self, RestoreError> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        match serde_json::from_str(text) {
            Ok(Version { version: VERSION }) => {}
            Ok(Version { version }) => return Err(RestoreError::Version(version)),
            Err(_) => return Err(RestoreError::Broken("it has no version")),
        }
        serde_json::from_str(text).map_err(|_| RestoreError::Broken("its fields are not those of version 1"))
    }

    pub(crate) fn of(state: &State) -> Self {
        let secrets = state.keeps_secrets();
        let asking = |asking: &Asking| AskingAtRest {
            challenges: if secrets { asking.challenges.to_vec() } else { Vec::new() },
            wrong: asking.wrong,
            left: asking.left,
            error: asking.error.clone(),
            redirected: asking.redirected,
        };
        let sends = !matches!(state.phase, Phase::Asking(_) | Phase::Done(_));
        let token = state.token.as_ref().filter(|_| secrets);
        Self {
            version: VERSION,
            revision: state.revision,
            instance: state.instance.clone(),
            login: state.login.clone(),
            claim: state.claim.clone(),
            requests: state.requests.clone(),
            institution: state.institution.clone(),
            language: state.language.clone(),
            keep: state.keep.clone(),
            named_others: state.named_others,
            policy: state.policy.as_deref().map(differences),
            next: state.next,
            wire: state.wire,
            doubt: state.doubt,
            began: state.began,
            live: state.live,
            since: state.since,
            assumed: state.assumed,
            first: state.first,
            pending: state.pending,
            looked: state.looked,
            spent: state.spent,
            via: state.via,
            reminted: state.reminted,
            due: sends.then_some(Due { at: state.due, why: state.waits_for, tried: state.tried }),
            secret_token: token.map(|token| SecretToken {
                token: token.secret.expose().to_string(),
                sent: token.sent,
                used: token.used,
            }),
            phase: match &state.phase {
                Phase::Authorizing { status } => AtRest::Authorizing { status: *status },
                Phase::Asking(now) => AtRest::Asking(asking(now)),
                Phase::Looking { why, back } => AtRest::Looking {
                    why: *why,
                    back: match back {
                        Back::Ask(then) => BackAtRest::Ask(asking(then)),
                        Back::Guess(failure, forget) => BackAtRest::Guess(failure.clone(), *forget),
                    },
                },
                Phase::Fetching(step) => AtRest::Fetching { step: *step },
                Phase::Recalling => AtRest::Recalling,
                Phase::Done(End::Refreshed(outcome)) => AtRest::Refreshed { outcome: outcome.clone() },
                Phase::Done(End::Failed(failure, forget)) => {
                    AtRest::Failed { failure: failure.clone(), forget: *forget }
                }
            },
        }
    }

    pub(crate) fn into_state(self) -> Result<State, RestoreError> {
        if self.version != VERSION {
            return Err(RestoreError::Version(self.version));
        }
        let policy = match self.policy {
            None => None,
            Some(differences) => Some(Box::new(
                serde_json::from_value::<Policy>(differences)
                    .map_err(|_| RestoreError::Broken("its policy is none"))?,
            )),
        };
        let asking = |asking: AskingAtRest| Asking {
            challenges: asking.challenges.into(),
            wrong: asking.wrong,
            left: asking.left,
            error: asking.error,
            redirected: asking.redirected,
            answers: None,
            show: Show::Closed,
        };
        let phase = match self.phase {
            AtRest::Authorizing { status } => Phase::Authorizing { status },
            AtRest::Asking(then) => Phase::Asking(asking(then)),
            AtRest::Looking { why, back: BackAtRest::Ask(then) } => {
                Phase::Looking { why, back: Back::Ask(asking(then)) }
            }
            AtRest::Looking { why, back: BackAtRest::Guess(failure, forget) } => {
                Phase::Looking { why, back: Back::Guess(failure, forget) }
            }
            AtRest::Fetching { step } => Phase::Fetching(step),
            AtRest::Recalling => Phase::Recalling,
            AtRest::Refreshed { outcome } => Phase::Done(End::Refreshed(outcome)),
            AtRest::Failed { failure, forget } => Phase::Done(End::Failed(failure, forget)),
        };
        let due = self.due.unwrap_or(Due { at: Timestamp::default(), why: Why::Send, tried: 0 });
        let state = State {
            login: self.login,
            claim: self.claim,
            requests: self.requests,
            institution: self.institution,
            language: self.language,
            instance: self.instance,
            keep: self.keep,
            named_others: self.named_others,
            policy,
            phase,
            wire: self.wire,
            doubt: self.doubt,
            due: due.at,
            waits_for: due.why,
            tried: due.tried,
            token: self.secret_token.map(|kept| Token {
                secret: Secret::from(kept.token),
                sent: kept.sent,
                used: kept.used,
            }),
            reminted: self.reminted,
            next: self.next,
            revision: self.revision,
            began: self.began,
            live: self.live,
            since: self.since,
            assumed: self.assumed,
            first: self.first,
            pending: self.pending,
            looked: self.looked,
            spent: self.spent,
            via: self.via,
            accounts: None,
            dirty: false,
        };
        sound(&state)?;
        Ok(state)
    }
}

/// What every transition relies on, so that no stored text can make one panic.
fn sound(state: &State) -> Result<(), RestoreError> {
    let needs_login = matches!(state.phase, Phase::Authorizing { status: false } | Phase::Recalling);
    let needs_request = matches!(
        state.phase,
        Phase::Authorizing { status: true } | Phase::Asking(_) | Phase::Looking { .. } | Phase::Fetching(_)
    );
    let sent = |out: &Outstanding| out.id.number() != 0 && out.id.number() < state.next && out.sent <= out.until;
    let ended = matches!(state.phase, Phase::Done(_));
    let fits = |out: &Outstanding| match out.kind {
        Kind::Live => matches!(state.phase, Phase::Authorizing { status: false }),
        Kind::Status => matches!(state.phase, Phase::Authorizing { status: true }),
        Kind::Answer => matches!(state.phase, Phase::Asking(_)),
        Kind::Cached => matches!(state.phase, Phase::Recalling),
        Kind::Data => matches!(state.phase, Phase::Looking { .. } | Phase::Fetching(_)),
        Kind::Poll => matches!(state.phase, Phase::Fetching(_)),
        Kind::Mint | Kind::MintShow => !ended,
    };
    let broken = [
        (needs_login && state.login.is_none(), "it authorizes without a login"),
        (needs_request && state.requests.is_empty(), "it has a session without a request id"),
        (state.next == 0, "exchanges are numbered from 1"),
        (!state.wire.iter().chain(&state.doubt).all(sent), "an exchange was never sent"),
        (!state.wire.iter().all(fits), "a request is under way that its phase does not send"),
        (state.doubt.is_some_and(|out| !out.kind.once()), "only what is sent once is ever in doubt"),
    ];
    match broken.iter().find(|(broken, _)| *broken) {
        Some((_, why)) => Err(RestoreError::Broken(why)),
        None => Ok(()),
    }
}

/// What of a policy differs from the default.
fn differences(policy: &Policy) -> Value {
    let (Ok(Value::Object(mut own)), Ok(Value::Object(default))) =
        (serde_json::to_value(policy), serde_json::to_value(&Policy::DEFAULT))
    else {
        unreachable!("a policy is an object")
    };
    own.retain(|name, value| default.get(name) != Some(value));
    Value::Object(own)
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("version", &self.version)
            .field("revision", &self.revision)
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}

impl Eq for Snapshot {}
