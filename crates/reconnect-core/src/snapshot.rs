//! `Snapshot`: the versioned form of a session at rest.
//!
//! It holds no key and no answer. It holds the session's own authorize token and the bank's prompts only where the
//! policy lets MFA be answered through the API (decision 42); the token's name says that it is secret.

use crate::{
    deadline::Deadline,
    error::{RenderError, RestoreError},
    ids::{LoginId, RequestId},
    instance::Instance,
    outcome::Outcome,
    selection::Selection,
    stage::Stage,
    state::State,
    time::Timestamp,
};
use alloc::string::{String, ToString};
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::Value;

/// A session at rest: plain data that is written as JSON and read back, and that restores for ever.
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
#[derive(Clone)]
pub struct Snapshot(State);

impl Snapshot {
    /// How often the session changed. A store swaps on the revision that it loaded.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.0.revision()
    }

    /// The label of the instance that the session belongs to.
    #[must_use]
    pub fn instance(&self) -> Option<&str> {
        self.0.instance_label()
    }

    /// The id that distinguishes this session's row: a store swaps only if the row has the same id. `None` for a row of
    /// version 1 that no newer program has changed yet.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        self.0.row_id().map(|id| id.to_string())
    }

    /// The caller's own name for the session ([`Known::key`](crate::Known::key)).
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.0.key()
    }

    /// The word that comes back with the session's webhooks ([`Known::tag`](crate::Known::tag)).
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.0.tag()
    }

    /// Where the session is.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.0.stage()
    }

    /// When to go on with it; see [`Session::deadline`](crate::Session::deadline). A store wakes the session then. It may be
    /// later than the session's own while the end user is asked: the widget's token and answers are not stored.
    ///
    /// ```
    /// use reconnect_core::{Known, LoginId, Policy, Selection, Session, Stage, Timestamp, Why};
    ///
    /// let (login, now) = (LoginId::new("5e115eac")?, Timestamp::from_millis(1_780_000_000_000));
    /// let mut session = Session::refresh(login.clone(), Known::default(), Selection::all(), Policy::default(), now);
    /// let _mint = session.poll(now);
    /// let row = session.snapshot();
    /// assert_eq!((row.stage(), row.login()), (Stage::Authorizing, Some(&login)));
    /// assert_eq!(row.deadline().map(|deadline| deadline.why), Some(Why::RequestTimesOut));
    /// assert!(row.requests().is_empty() && row.outcome().is_none() && row.live_sent().is_none());
    /// # Ok::<(), reconnect_core::InvalidId>(())
    /// ```
    #[must_use]
    pub fn deadline(&self) -> Option<Deadline> {
        self.0.deadline()
    }

    /// The connection, if it is known.
    #[must_use]
    pub fn login(&self) -> Option<&LoginId> {
        self.0.login()
    }

    /// Every `requestId` that was ever the session's; the last one is the one in use.
    #[must_use]
    pub fn requests(&self) -> &[RequestId] {
        self.0.requests()
    }

    /// Which accounts are kept, as the caller chose.
    #[must_use]
    pub fn keep(&self) -> &Selection {
        self.0.keep()
    }

    /// When the live call was handed out, if it was. It reaches the bank, which may text the end user. `None` again if it
    /// surely did not get there, so that it is sent once more.
    #[must_use]
    pub fn live_sent(&self) -> Option<Timestamp> {
        self.0.live_sent()
    }

    /// How the session ended; `None` while it goes on.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome<'_>> {
        self.0.outcome()
    }

    /// Whether it may go on at `instance`: its label has to be that instance's. A row of version 1 may have no label.
    ///
    /// # Errors
    /// [`RenderError::OtherInstance`].
    pub fn belongs_to(&self, instance: &Instance) -> Result<(), RenderError> {
        self.0.belongs_to(instance)
    }

    /// Whether the bank may still be working on it; see [`Session::is_open`](crate::Session::is_open).
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.0.is_open(now)
    }

    /// The moment at which time alone closes it: for a live call whose outcome is not known. `None` if it is open until
    /// something happens, and if it is closed.
    ///
    /// ```
    /// use reconnect_core::{Known, LoginId, Policy, Selection, Session, Timestamp};
    ///
    /// let (login, now) = (LoginId::new("5e115eac")?, Timestamp::from_millis(0));
    /// let session = Session::refresh(login, Known::default(), Selection::all(), Policy::default(), now);
    /// assert_eq!(session.snapshot().open_until(), None);
    /// # Ok::<(), reconnect_core::InvalidId>(())
    /// ```
    #[must_use]
    pub fn open_until(&self) -> Option<Timestamp> {
        self.0.open_until()
    }

    /// The snapshot as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.0.to_row(true)
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
        State::from_row(text).map(Self)
    }

    /// The session at rest.
    pub(crate) fn of(state: &State) -> Self {
        Self(state.at_rest())
    }

    pub(crate) fn into_state(self) -> Result<State, RestoreError> {
        self.0.check()?;
        Ok(self.0)
    }
}

/// One snapshot is written in one way.
impl PartialEq for Snapshot {
    fn eq(&self, other: &Self) -> bool {
        self.0.revision() == other.0.revision() && self.to_json() == other.to_json()
    }
}

impl Eq for Snapshot {}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("revision", &self.0.revision())
            .field("login", &self.0.login())
            .finish_non_exhaustive()
    }
}

/// As part of something else. What is stored by itself is [`Snapshot::to_json`].
impl Serialize for Snapshot {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        serde_json::from_str::<Value>(&self.to_json()).map_err(ser::Error::custom)?.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Snapshot {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::from_json(&Value::deserialize(from)?.to_string()).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that can stand beside a phase.
    const REST: &str = r#""version":1,"revision":9,"instance":"toolbox","login":"l","claim":"c","requests":["q","r"],"institution":"I","language":"fr","keep":["a","b"],"namedOthers":true,"policy":{"tries":5},"next":7,"wire":WIRE,"doubt":{"id":2,"kind":"live","sent":1,"until":2},"began":1,"live":true,"since":2,"assumed":true,"first":3,"pending":4,"looked":5,"spent":6,"via":"cached","reminted":true"#;

    #[test]
    fn every_field_comes_back() {
        let asking = r#""challenges":[{"Type":"TextOrCall","Prompt":"\"p\"\n","Iterables":["x","y"]}],"wrong":true,"left":true,"error":"NEW_ONE","redirected":true"#;
        let failure = r#"{"reason":"refused","recovery":{"tryLater":{"notBefore":8}},"code":"DISABLED_LOGIN","status":401,"lastRefresh":9,"request":"r","startOver":{"institution":"I","language":"fr"},"cachedMayFail":true}"#;
        let done = r#"{"login":"l","request":"r","institution":"I","kept":["a"],"missing":["b"],"leftOut":3,"lastRefresh":9,"via":"cached","namedOthers":true}"#;
        let due = r#","due":{"at":10,"why":"retry","tried":2}"#;
        let token = r#","secretToken":{"token":"t","sent":11,"used":true}"#;
        let wire = |kind: &str| alloc::format!(r#"{{"id":6,"kind":"{kind}","sent":6,"until":7}}"#);
        for (kind, before, phase) in [
            ("answer", token, alloc::format!(r#"{{"at":"asking",{asking}}}"#)),
            ("status", due, r#"{"at":"authorizing","status":true}"#.to_string()),
            ("data", due, alloc::format!(r#"{{"at":"looking","why":"answer","back":{{"ask":{{{asking}}}}}}}"#)),
            ("data", due, alloc::format!(r#"{{"at":"looking","why":"news","back":{{"guess":[{failure},12]}}}}"#)),
            ("poll", due, r#"{"at":"fetching","step":"poll"}"#.to_string()),
            ("cached", due, r#"{"at":"recalling"}"#.to_string()),
            ("", "", alloc::format!(r#"{{"at":"refreshed","outcome":{done}}}"#)),
            ("", "", alloc::format!(r#"{{"at":"failed","failure":{failure},"forget":13}}"#)),
        ] {
            let rest = match kind {
                "" => REST.replace(r#""wire":WIRE,"#, ""),
                kind => REST.replace("WIRE", &wire(kind)),
            };
            let json = alloc::format!(r#"{{{rest}{before},"phase":{phase}}}"#);
            let snapshot = Snapshot::from_json(&json).expect(&json);
            assert_eq!(snapshot.to_json(), json);
            assert_eq!(snapshot.0.to_row(snapshot.0.keeps_secrets()), Snapshot::of(&snapshot.0).to_json(), "{json}");
            let again: Snapshot = serde_json::from_str(&serde_json::to_string(&snapshot).expect("plain")).expect(&json);
            assert_eq!(again, snapshot);
            snapshot.into_state().expect("its parts fit each other");
        }
    }

    /// Every field that version 2 added.
    const NEW: &str = r#""version":2,"revision":9,"id":"00000000000000ff","key":"k","tag":"t","firstLabel":true,"login":"l","requests":["q","r"],"claimed":"confirmed","named":{"accounts":["a"],"ours":true,"twice":true,"during":true,"before":{"named":{"accounts":["b"],"ours":true}}},"namedOtherRequest":true,"otherRequest":true,"next":7,"began":1,"answered":true,"number":3,"prompts":4,"minted":5,"tokenInvalid":6,"since":2,"looksNamed":7,"looks":8,"hint":9,"renewed":true,"askedAgain":1,"recalled":true"#;

    #[test]
    fn every_field_of_version_2_comes_back() {
        let failure = r#"{"reason":"outcomeUnknown","recovery":{"tryLater":{"notBefore":8}},"status":502,"fault":"timeout","place":"Accounts","request":"r","resume":true,"otherLogin":"m","tokenInvalid":2,"startOver":{}}"#;
        let done = r#"{"request":"r","kept":[],"missing":["b"],"leftOut":3,"via":"live","narrowed":"namedTwice","namedOthers":true,"namedOtherRequest":true,"otherRequest":true,"reselect":true,"tokenInvalid":2,"unread":{"places":["Accounts[0]"],"count":2}}"#;
        let due = r#","due":{"at":10,"why":"openAgain"}"#;
        for (before, phase) in [
            ("", r#"{"at":"asking","ended":"MAXIMUM_RETRY_REACHED","shown":true}"#.to_string()),
            (due, r#"{"at":"looking","why":"lapse","back":{"ask":{}},"hinted":true,"again":"keep"}"#.to_string()),
            (
                due,
                alloc::format!(
                    r#"{{"at":"looking","why":"news","back":{{"guess":[{failure},12,13]}},"again":"look"}}"#
                ),
            ),
            (due, r#"{"at":"fetching","step":"webhook","byLook":true}"#.to_string()),
            (due, alloc::format!(r#"{{"at":"recalling","guess":[{failure},12,13],"told":true}}"#)),
            ("", alloc::format!(r#"{{"at":"refreshed","outcome":{done}}}"#)),
            ("", alloc::format!(r#"{{"at":"failed","failure":{failure},"forget":13,"open":12}}"#)),
            ("", alloc::format!(r#"{{"at":"failed","failure":{failure}}}"#)),
        ] {
            let json = alloc::format!(r#"{{{NEW}{before},"phase":{phase}}}"#);
            let snapshot = Snapshot::from_json(&json).expect(&json);
            assert_eq!(snapshot.to_json(), json);
            // Another language may read the row as JSON and write it again: it may order the keys, and write `{}` for
            // `[]` or the other way round.
            let value: Value = serde_json::from_str(&json).expect("plain");
            let pretty = serde_json::to_string_pretty(&value).expect("plain");
            for text in [pretty.replace("{}", "[]"), pretty.replace("[]", "{}"), json.replace(':', " :\n\t ")] {
                assert_eq!(Snapshot::from_json(&text).expect(&text), snapshot);
            }
            snapshot.into_state().expect("its parts fit each other");
        }
        let nameless =
            alloc::format!(r#"{{{NEW},"phase":{{"at":"asking"}}}}"#).replace(r#""id":"00000000000000ff","#, "");
        assert!(Snapshot::from_json(&nameless).is_err());
    }

    #[test]
    fn what_is_not_known_is_passed_over_and_what_is_missing_is_told() {
        let sound = r#"{"new":[{"x":1}],"phase":{"at":"recalling","new":1},"login":"l","since":0,"began":0,"next":1,"revision":0,"version":1}"#;
        assert!(Snapshot::from_json(sound).is_ok());
        for field in ["since", "began", "next", "revision", "version", "phase"] {
            assert!(
                Snapshot::from_json(&sound.replace(&alloc::format!("\"{field}\""), "\"other\"")).is_err(),
                "{field}"
            );
        }
        assert_eq!(Snapshot::from_json(r#"{"phase":7,"version":3}"#).err(), Some(RestoreError::Version(3)));
        assert_eq!(Snapshot::from_json("x").err(), Some(RestoreError::Broken("it has no version")));
    }
}
