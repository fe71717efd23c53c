//! `Failure`: why a session failed, and the way out.

use crate::{
    code::{Advice, FlinksCode},
    fault::FaultKind,
    ids::{LoginId, RequestId},
    time::Timestamp,
    word::words,
};
use alloc::{boxed::Box, sync::Arc};
use core::fmt;

/// What to do next about a [`Failure`]. Exhaustive on purpose: a caller's `match` handles each of the five.
///
/// ```
/// use reconnect_core::{Recovery, Timestamp};
///
/// fn say(recovery: Recovery) -> &'static str {
///     match recovery {
///         Recovery::TryLater { .. } => "park it until then",
///         Recovery::StartOver => "open an ordinary Connect session",
///         Recovery::AskTheUser => "bring the end user back",
///         Recovery::ActAtTheBank => "tell the end user to log in at the bank",
///         Recovery::FixTheSetup => "page a developer",
///     }
/// }
/// assert_eq!(say(Recovery::TryLater { not_before: Timestamp::from_millis(0) }), "park it until then");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the embedder's match is the point")]
pub enum Recovery {
    /// The same refresh may work later; `not_before` is a moment, since it is stored.
    TryLater {
        /// The first moment at which another try makes sense.
        not_before: Timestamp,
    },
    /// Open an ordinary Connect session: [`Failure::start_over`] has its parts.
    StartOver,
    /// Bring the end user back: into the same session if [`Failure::resume`] names it, else into a live refresh. A live
    /// refresh may text them once more, so only a person begins it: no driver and no job does it by itself.
    AskTheUser,
    /// The end user has to act at the bank first.
    ActAtTheBank,
    /// A developer has to look at keys, addresses or code.
    FixTheSetup,
}

impl Recovery {
    /// Which of the five, without the moment.
    ///
    /// ```
    /// use reconnect_core::{Advice, Recovery};
    /// assert_eq!(Recovery::StartOver.advice(), Advice::StartOver);
    /// ```
    #[must_use]
    pub fn advice(self) -> Advice {
        match self {
            Self::TryLater { .. } => Advice::TryLater,
            Self::StartOver => Advice::StartOver,
            Self::AskTheUser => Advice::AskTheUser,
            Self::ActAtTheBank => Advice::ActAtTheBank,
            Self::FixTheSetup => Advice::FixTheSetup,
        }
    }
}

/// What happened, as far as the session knows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Reason {
    /// The service answered with a code or a status that ends the session.
    Refused,
    /// The `requestId` is too old to be resumed, or its prompt was not answered in time. A guess: news still counts.
    Lapsed,
    /// A live `/Authorize` was sent and nothing came back. A guess: its late reply still counts.
    OutcomeUnknown,
    /// The widget said that the user cannot go on: consent refused, or no retries left. A guess, as it is only news.
    EndedInWidget,
    /// Data was pending for longer than the policy allows.
    GaveUp,
    /// The service could not be reached, or not be understood, in as many tries as the policy allows.
    Unreachable,
    /// A reply was larger than the limit.
    TooLarge,
    /// A reply names another login or another session. Nothing of it was kept.
    OtherLogin,
    /// The session is gone and the cached data is not newer than it.
    NotRefreshed,
    /// The caller cancelled.
    Cancelled,
}

words! {
    Reason {
        Refused = "refused", Lapsed = "lapsed", OutcomeUnknown = "outcomeUnknown", EndedInWidget = "endedInWidget",
        GaveUp = "gaveUp", Unreachable = "unreachable", TooLarge = "tooLarge", OtherLogin = "otherLogin",
        NotRefreshed = "notRefreshed", Cancelled = "cancelled",
    }
}

impl Reason {
    /// Whether a fact (a late reply, a redirect that a look confirms, a webhook) may still change the outcome.
    ///
    /// ```
    /// use reconnect_core::Reason;
    /// assert!(Reason::Lapsed.is_guess() && !Reason::Refused.is_guess());
    /// ```
    #[must_use]
    pub fn is_guess(self) -> bool {
        matches!(self, Self::Lapsed | Self::OutcomeUnknown | Self::EndedInWidget)
    }
}

/// The parts of an ordinary Connect session that takes a dead one's place. What comes back from it belongs to no
/// session: its `loginId` is a claim, to be refused where another user of yours owns it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct StartOver {
    /// The institution to preselect, as the service names it.
    pub institution: Option<Arc<str>>,
    /// The language of the connection. Another one makes a **new** `loginId` (decision 50).
    pub language: Option<Arc<str>>,
}

/// Why a session ended without what it was for: service, network, user or time.
///
/// Its text holds no id, prompt, answer or body.
#[derive(Clone, PartialEq, Eq)]
pub struct Failure {
    pub(crate) reason: Reason,
    pub(crate) recovery: Recovery,
    pub(crate) code: Option<FlinksCode>,
    pub(crate) status: Option<u16>,
    /// What happened on the network, and the place in a body at which it could no longer be read.
    pub(crate) fault: Option<FaultKind>,
    pub(crate) place: Option<Box<str>>,
    pub(crate) last_refresh: Option<Timestamp>,
    pub(crate) request: Option<RequestId>,
    /// The session is authorized: the next step is to resume it, and not a live call.
    pub(crate) resume: bool,
    /// The login that a reply named instead of ours.
    pub(crate) other_login: Option<LoginId>,
    /// How many fresh tokens the widget refused.
    pub(crate) token_invalid: u8,
    pub(crate) start_over: StartOver,
    /// A live `/Authorize` went out: cached calls may repeat its failure until one succeeds (decision 23).
    pub(crate) cached_may_fail: bool,
}

impl Failure {
    /// What happened.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// What to do next.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        self.recovery
    }

    /// The service's code, where there was one: that of its last answer, or of the widget's last error event.
    #[must_use]
    pub fn code(&self) -> Option<&FlinksCode> {
        self.code.as_ref()
    }

    /// The HTTP status, or the body's own where they differ; `None` where nothing was answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// How old the service's data is, for [`Reason::NotRefreshed`].
    #[must_use]
    pub fn last_refresh(&self) -> Option<Timestamp> {
        self.last_refresh
    }

    /// The session's `requestId`, where it had one.
    #[must_use]
    pub fn request(&self) -> Option<&RequestId> {
        self.request.as_ref()
    }

    /// The `requestId` to resume, if the session ended while its data was on its way: the end user has answered, and a
    /// live refresh would text them once more.
    ///
    /// ```
    /// # use reconnect_core::{Event, Known, Outcome, Policy, RequestId, Selection, Session, Timestamp};
    /// # let (request, now) = (RequestId::new("r-1")?, Timestamp::from_millis(0));
    /// # let mut session = Session::resume(request, Known::default(), Selection::all(), Policy::default(), now);
    /// # session.cancel(now);
    /// let Some(Outcome::Failed(failure)) = session.outcome() else { panic!("it was cancelled") };
    /// assert_eq!(failure.resume(), None);
    /// # Ok::<(), reconnect_core::InvalidId>(())
    /// ```
    #[must_use]
    pub fn resume(&self) -> Option<&RequestId> {
        self.request.as_ref().filter(|_| self.resume)
    }

    /// What happened on the network, if that is why the session failed.
    #[must_use]
    pub fn fault(&self) -> Option<FaultKind> {
        self.fault
    }

    /// The place in a reply's body at which it could no longer be read, as a JSON path.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// The login that the reply named, for [`Reason::OtherLogin`]. No text of this failure holds it.
    #[must_use]
    pub fn other_login(&self) -> Option<&LoginId> {
        self.other_login.as_ref()
    }

    /// How many fresh tokens the widget refused. If there are more than one, the instance may want the session's own
    /// token: see [`Policy::widget_token`](crate::Policy::widget_token).
    #[must_use]
    pub fn token_invalid(&self) -> u8 {
        self.token_invalid
    }

    /// The parts of the ordinary Connect session that takes this one's place.
    #[must_use]
    pub fn start_over(&self) -> &StartOver {
        &self.start_over
    }

    /// Whether cached calls of this login may repeat the failure until a live one succeeds.
    /// Source: <https://help.flinks.com/support/solutions/articles/43000761538>.
    #[must_use]
    pub fn cached_may_fail(&self) -> bool {
        self.cached_may_fail
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.place.as_deref().unwrap_or_default();
        let page = self.fault.is_none() && self.status.is_some();
        match (self.reason, self.fault) {
            (Reason::OutcomeUnknown, _) if !place.is_empty() => {
                return write!(f, "the live refresh was sent, and its reply could not be read at {place}");
            }
            (Reason::OutcomeUnknown, _) if page => {
                f.write_str("the live refresh was sent, and a gateway answered it")?
            }
            (Reason::OutcomeUnknown, Some(fault)) => write!(f, "the live refresh was sent: {fault}")?,
            (Reason::Unreachable, _) if !place.is_empty() => {
                return write!(f, "the service's reply could not be read at {place}");
            }
            (Reason::Unreachable, _) if page => f.write_str("a gateway answered, and not the service")?,
            (Reason::Unreachable, Some(fault)) => write!(f, "no reply of the service could be had: {fault}")?,
            (Reason::GaveUp, _) if page => f.write_str("a gateway answered for too long, and not the service")?,
            (Reason::Lapsed, _) if page => {
                f.write_str("the prompt was not answered in time, and only a gateway answered")?
            }
            (reason, _) => f.write_str(Self::says(reason))?,
        }
        if let Some(code) = &self.code {
            write!(f, ": {code}, {}", code.meaning())?;
        }
        if let Some(status) = self.status {
            // As 32 bits, like other numbers here: each width has its own code for printing.
            write!(f, " (status {})", u32::from(status))?;
        }
        Ok(())
    }
}

impl Failure {
    fn says(reason: Reason) -> &'static str {
        match reason {
            Reason::Refused => "the service refused",
            Reason::Lapsed => "the request id is past its 8 minutes of inactivity",
            Reason::OutcomeUnknown => "the live refresh was sent and nothing came back",
            Reason::EndedInWidget => "the end user could not go on in the widget",
            Reason::GaveUp => "the data was pending for too long",
            Reason::Unreachable => "no reply of the service could be had",
            Reason::TooLarge => "a reply was larger than the limit",
            Reason::OtherLogin => "a reply named another login or session, and was not read",
            Reason::NotRefreshed => "the session is gone and the cached data is not newer than it",
            Reason::Cancelled => "the session was cancelled",
        }
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("reason", &self.reason)
            .field("recovery", &self.recovery)
            .field("code", &self.code)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl core::error::Error for Failure {}
