//! Follows a first connection by the messages that its widget posts: how far the end user came, and whether they can go
//! on there (decision 77).

use crate::{
    code::FlinksCode,
    connect::{
        news::ConnectNews,
        step::{Meaning, Step},
    },
    failure::StartOver,
    ids::{AccountId, RequestId},
    lease,
    policy::Policy,
    time::Timestamp,
};
use alloc::{
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};
use core::fmt;
use reconnect_json::{Reader, Value, Writer, Wrong, record, values};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

/// The longest name of an institution that is remembered, in characters. Ours: it stands in a URL.
const MAX_NAME: usize = 128;

/// The state of an ordinary Connect session, a first connection, as far as the widget's messages show it. Give it each
/// message; if the user comes back after an interruption, it says what to offer.
///
/// All that it knows is a browser's claim. Its `requestId` may belong to another user's session. So it may only go into
/// [`Session::resume_claimed`](crate::Session::resume_claimed), which hands no account over until the caller has
/// confirmed the login, and never into [`Session::resume`](crate::Session::resume).
///
/// It is plain data without a clock. Keep it with the page's own session, as text ([`to_json`](Self::to_json)) or by
/// serde; it holds no key and no token, but it holds a `requestId` and account ids, which its `Debug` does not show
/// whole.
///
/// ```
/// use core::time::Duration;
/// use reconnect_core::{Policy, Timestamp, connect::{ConnectNews, Offer, Watch}};
///
/// let start = Timestamp::from_millis(1_780_000_000_000);
/// let mut watch = Watch::new();
/// for (second, event) in [
///     (0, r#"{"step":"APP_MOUNTED"}"#),
///     (20, r#"{"step":"INSTITUTION_SELECTED","institution":"FlinksCapital"}"#),
///     (60, r#"{"step":"SUBMIT_CREDENTIAL","institution":"FlinksCapital"}"#),
///     (90, r#"{"step":"COMPONENT_LOAD_MFA","institution":"FlinksCapital","requestId":"r-1"}"#),
/// ] {
///     watch.heard(start + Duration::from_secs(second), &ConnectNews::read(event)?);
/// }
///
/// // The tab was closed. Two minutes later the user is back.
/// let (policy, back) = (Policy::default(), start + Duration::from_secs(210));
/// let Offer::Resume { until } = watch.offer(back, &policy) else { panic!("the session is alive") };
/// assert_eq!(until, start + Duration::from_secs(90) + policy.request_life);
///
/// // Ten minutes later the session is gone, and the same bank is preselected.
/// let Offer::StartOver(parts) = watch.offer(back + Duration::from_secs(600), &policy) else { panic!("it is over") };
/// assert_eq!(parts.institution.as_deref(), Some("FlinksCapital"));
/// # Ok::<(), reconnect_core::connect::NotNews>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Watch {
    version: Version,
    request: Option<RequestId>,
    /// When the last message was heard.
    heard: Option<Timestamp>,
    institution: Option<Arc<str>>,
    step: Option<Step>,
    accounts: Vec<AccountId>,
    code: Option<FlinksCode>,
    end: End,
}

/// Whether and how the connection ended.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum End {
    #[default]
    Open,
    /// The session goes no further: refused terms, no retries left, credentials that were wrong.
    Failed,
    /// The connection was made.
    Made,
}

crate::word::words! {
    End { Open = "open", Failed = "failed", Made = "made" }
}

/// What to offer to an end user whose first connection was interrupted.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the page's match is the point: there is nothing else to offer")]
pub enum Offer {
    /// Go on in the same session, with the `requestId` that the widget named ([`Watch::request`]), a browser's claim.
    Resume {
        /// Until when the session is believed to be alive.
        until: Timestamp,
    },
    /// Begin again, with the parts of an ordinary Connect session:
    /// [`WidgetUrl::start_over`](super::WidgetUrl::start_over).
    StartOver(StartOver),
    /// Nothing: they had not begun, or the connection was made.
    Nothing,
}

/// A text that is not a [`Watch`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the text is not one that a watch wrote")]
pub struct NotAWatch;

// enter
impl Watch {
    /// Nothing was heard yet.
    ///
    /// ```
    /// use reconnect_core::{Policy, Timestamp, connect::{Offer, Watch}};
    /// assert_eq!(Watch::new().offer(Timestamp::from_millis(0), &Policy::default()), Offer::Nothing);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads it back.
    ///
    /// # Errors
    /// [`NotAWatch`].
    ///
    /// ```
    /// use reconnect_core::connect::Watch;
    /// assert_eq!(Watch::from_json(&Watch::new().to_json()), Ok(Watch::new()));
    /// assert!(Watch::from_json("{}").is_err());
    /// ```
    pub fn from_json(text: &str) -> Result<Self, NotAWatch> {
        Reader::whole(text, Value::read).map_err(|Wrong| NotAWatch)
    }
}

/// The version of the text, which is the first.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Version;

record! {
    Watch as watch, to {
        must "version": version,
        may "request": request,
        may "heard": heard,
        may "institution": institution,
        may "step": step,
        may "accounts": accounts,
        may "code": code,
        may "end": end,
    }
}

values! {
    Version: |from: &mut Reader<'_>| if from.number()? == 1 { Ok(Version) } else { Err(Wrong) }, |_version, to| to.number(1);
    Step: |from: &mut Reader<'_>| from.string().map(|step| Self::read(&step)), |step, to| to.text(step.as_str());
}

// tell
impl Watch {
    /// Takes a message of the widget. `now` is when it was heard.
    ///
    /// A message with another `requestId` belongs to a new session in the same widget, such as after "try another
    /// bank": everything but the institution is forgotten.
    pub fn heard(&mut self, now: Timestamp, news: &ConnectNews) {
        if self.end == End::Made {
            return;
        }
        if let Some(request) = news.request.as_ref().filter(|request| self.request.as_ref() != Some(*request)) {
            let institution = self.institution.take();
            *self = Self { request: Some(request.clone()), institution, ..Self::default() };
        }
        // A clock that jumps back does not make the session older.
        self.heard = Some(self.heard.map_or(now, |heard| heard.max(now)));
        let name = news.institution.as_deref().unwrap_or_default().chars().filter(|c| !c.is_control());
        let name: String = name.take(MAX_NAME).collect();
        if !name.trim().is_empty() {
            self.institution = Some(name.into());
        }
        if news.step.is_some() {
            self.step.clone_from(&news.step);
        }
        if !news.accounts.is_empty() {
            self.accounts.clone_from(&news.accounts);
        }
        match news.means() {
            Meaning::Redirect => self.end = End::Made,
            Meaning::Ends => self.end = End::Failed,
            Meaning::Error => {
                self.code.clone_from(&news.code);
                let asks_again =
                    matches!(news.code, Some(FlinksCode::InvalidSecurityResponse | FlinksCode::QuestionNotFound));
                self.end = if asks_again { End::Open } else { End::Failed };
            }
            Meaning::Progress => self.end = End::Open,
            Meaning::Left | Meaning::TokenSpent => {}
        }
    }
}

// look
impl Watch {
    /// What to offer to the end user now: to go on, while the session is believed to be alive ([`Policy::request_life`]
    /// since the last message), to begin again, or nothing.
    #[must_use]
    pub fn offer(&self, now: Timestamp, policy: &Policy) -> Offer {
        let Some(heard) = self.heard.filter(|_| self.end != End::Made) else { return Offer::Nothing };
        if self.request.is_none() && self.institution.is_none() {
            return Offer::Nothing;
        }
        let life = policy.clone().bounded().request_life;
        let alive = lease::is_alive(heard, now, life);
        if self.request.is_some() && alive && self.end == End::Open {
            return Offer::Resume { until: heard + life };
        }
        Offer::StartOver(self.start_over())
    }

    /// The parts of the ordinary Connect session that replaces this one.
    #[must_use]
    pub fn start_over(&self) -> StartOver {
        StartOver { institution: self.institution.clone(), ..StartOver::default() }
    }

    /// The `requestId` that the widget named: a browser's claim.
    #[must_use]
    pub fn request(&self) -> Option<&RequestId> {
        self.request.as_ref()
    }

    /// When the last message was heard: the age of the claimed session is counted from it.
    #[must_use]
    pub fn last_heard(&self) -> Option<Timestamp> {
        self.heard
    }

    /// The institution that was chosen, as the widget names it.
    #[must_use]
    pub fn institution(&self) -> Option<&str> {
        self.institution.as_deref()
    }

    /// The last step that was heard.
    #[must_use]
    pub fn step(&self) -> Option<&Step> {
        self.step.as_ref()
    }

    /// The accounts that were selected so far: a browser's claim, which may only narrow the service's list.
    #[must_use]
    pub fn accounts(&self) -> &[AccountId] {
        &self.accounts
    }

    /// The last error that the widget announced.
    #[must_use]
    pub fn code(&self) -> Option<&FlinksCode> {
        self.code.as_ref()
    }

    /// Writes it as JSON, for [`from_json`](Self::from_json).
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut to = Writer::default();
        self.write(&mut to);
        to.done()
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("request", &self.request)
            .field("heard", &self.heard)
            .field("step", &self.step)
            .field("accounts", &self.accounts.len())
            .finish_non_exhaustive()
    }
}

impl Serialize for Watch {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        serde_json::from_str::<serde_json::Value>(&self.to_json()).map_err(ser::Error::custom)?.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Watch {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::from_json(&serde_json::Value::deserialize(from)?.to_string()).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;

    const NOW: Timestamp = Timestamp::from_millis(1_780_000_000_000);

    /// A watch that hears an event each second, and the moment of the last one.
    fn watch(events: &[&str]) -> (Watch, Timestamp) {
        let (mut watch, mut now) = (Watch::new(), NOW);
        for event in events {
            now = now + Duration::from_secs(1);
            watch.heard(now, &ConnectNews::read(event).expect(event));
            assert_eq!(Watch::from_json(&watch.to_json()).as_ref(), Ok(&watch), "{event}");
            let value = serde_json::to_string(&watch).expect("plain data");
            assert_eq!(serde_json::from_str::<Watch>(&value).expect("what was written"), watch);
        }
        (watch, now)
    }

    const CHOSEN: &str = r#"{"step":"INSTITUTION_SELECTED","institution":"Bank & Co"}"#;
    const ASKED: &str = r#"{"step":"COMPONENT_LOAD_MFA","requestId":"r-1"}"#;

    fn name(offer: &Offer) -> &'static str {
        match offer {
            Offer::Resume { .. } => "resume",
            Offer::StartOver(_) => "start over",
            Offer::Nothing => "nothing",
        }
    }

    #[test]
    fn the_offer_follows_from_the_messages() {
        for (events, offered) in [
            (&[][..], "nothing"),
            (&[r#"{"step":"APP_MOUNTED"}"#], "nothing"),
            (&[r#"{"step":"INSTITUTION_SELECTED","institution":" \u0001"}"#], "nothing"),
            (&[CHOSEN], "start over"),
            (&[CHOSEN, ASKED], "resume"),
            (&[ASKED], "resume"),
            (&[ASKED, r#"{"step":"COMPONENT_CLOSE_SESSION"}"#], "resume"),
            (&[ASKED, r#"{"step":"INVALID_SECURITY_RESPONSE"}"#], "resume"),
            (&[ASKED, r#"{"step":"TOKEN_INVALID"}"#], "resume"),
            (&[ASKED, r#"{"step":"MAXIMUM_RETRY_REACHED"}"#], "start over"),
            (&[ASKED, r#"{"step":"COMPONENT_DENY_CONSENT"}"#], "start over"),
            (&[r#"{"requestId":"r-1","flinksCode":"INVALID_PASSWORD"}"#], "start over"),
            (&[r#"{"requestId":"r-1","flinksCode":"INVALID_PASSWORD"}"#, ASKED], "resume"),
            (
                &[ASKED, r#"{"step":"MAXIMUM_RETRY_REACHED"}"#, r#"{"step":"SUBMIT_CREDENTIAL","requestId":"r-2"}"#],
                "resume",
            ),
            (&[ASKED, r#"{"step":"REDIRECT","loginId":"l-1"}"#], "nothing"),
            (&[ASKED, r#"{"step":"REDIRECT","loginId":"l-1"}"#, r#"{"step":"APP_RESIZE"}"#], "nothing"),
            (&[ASKED, "https://a/?error=access_denied"], "start over"),
        ] {
            let (watch, now) = watch(events);
            assert_eq!(name(&watch.offer(now, &Policy::DEFAULT)), offered, "{events:?}");
        }
    }

    #[test]
    fn a_session_is_offered_until_it_was_idle_for_too_long() {
        let (mut watch, now) = watch(&[CHOSEN, ASKED]);
        let ends = now + Policy::DEFAULT.request_life;
        let tick = Duration::from_millis(1);
        assert_eq!(watch.offer(ends.before(tick), &Policy::DEFAULT), Offer::Resume { until: ends });
        for late in [ends, ends + tick] {
            let Offer::StartOver(parts) = watch.offer(late, &Policy::DEFAULT) else { panic!("it is over") };
            assert_eq!(parts.institution.as_deref(), Some("Bank & Co"));
        }
        // A message renews it, unless its moment is older than the last one.
        watch.heard(now.before(tick), &ConnectNews::read(r#"{"step":"APP_RESIZE"}"#).expect("news"));
        assert_eq!(watch.last_heard(), Some(now));
        watch.heard(now + tick, &ConnectNews::read(r#"{"step":"SUBMIT_MFA"}"#).expect("news"));
        assert_eq!(watch.offer(ends, &Policy::DEFAULT), Offer::Resume { until: ends + tick });
    }

    #[test]
    fn another_session_in_the_widget_replaces_the_one_before() {
        let (watch, _) = watch(&[
            CHOSEN,
            ASKED,
            r#"{"step":"ACCOUNT_SELECTED","accountId":"a-1"}"#,
            r#"{"step":"INVALID_SECURITY_RESPONSE","requestId":"R-1"}"#,
        ]);
        assert_eq!((watch.accounts().len(), watch.code()), (1, Some(&FlinksCode::InvalidSecurityResponse)));
        let mut other = watch.clone();
        other.heard(NOW, &ConnectNews::read(r#"{"step":"SUBMIT_CREDENTIAL","requestId":"r-2"}"#).expect("news"));
        assert_eq!(other.request().map(RequestId::as_str), Some("r-2"));
        assert_eq!((other.accounts(), other.code(), other.last_heard()), (&[][..], None, Some(NOW)));
        assert_eq!((other.institution(), other.step()), (Some("Bank & Co"), Some(&Step::SubmitCredential)));
    }

    #[test]
    fn debug_shows_no_whole_id_and_another_text_is_refused() {
        let (watch, _) =
            watch(&[r#"{"step":"COMPONENT_LOAD_MFA","requestId":"5e115eac-1209","accountId":"canary-account"}"#]);
        let shown = alloc::format!("{watch:?}");
        assert!(!shown.contains("canary") && !shown.contains("1209"), "{shown}");
        assert!(shown.contains("step: Some(LoadMfa), accounts: 1"), "{shown}");
        for text in ["", "{}", "[]", r#"{"version":2}"#, r#"{"version":1,"request":""}"#, r#"{"version":1,"end":"x"}"#]
        {
            assert_eq!(Watch::from_json(text), Err(NotAWatch), "{text}");
        }
        assert_eq!(Watch::from_json(r#"{"new":[1],"version":1}"#), Ok(Watch::new()));
    }
}
