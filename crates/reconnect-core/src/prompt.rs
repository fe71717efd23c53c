//! `Prompt`: what the end user is asked, and how the widget is shown for it.

use crate::{
    challenge::{Answers, Challenge},
    code::FlinksCode,
    connect::url::WidgetUrl,
    deadline::Deadline,
    ids::RequestId,
    instance::Instance,
    lease::TimeLeft,
    secret::Secret,
    selection::Selection,
    time::Timestamp,
};
use alloc::sync::Arc;
use core::{fmt, time::Duration};

/// The end user is asked for MFA, in the widget or by the caller's own form.
#[derive(Clone)]
#[non_exhaustive]
pub struct Prompt {
    /// The session that asks.
    pub request: RequestId,
    /// What the bank asks; empty where only the widget knows.
    pub challenges: Arc<[Challenge]>,
    /// Whether the last answer was wrong.
    pub wrong: bool,
    /// Whether the widget was closed. The prompt still stands: closing the tab is what Reconnect is for.
    pub left: bool,
    /// The last error that the widget announced.
    pub error: Option<FlinksCode>,
    /// The widget said that it cannot go on, with this code. The prompt stands until its lease ends.
    pub ended: Option<FlinksCode>,
    /// The prompt's number in its session. An answer is for one prompt, so a form sends this number along.
    pub number: u32,
    /// A page said that it shows this prompt ([`Session::shown`](crate::Session::shown)): the answer is given there.
    pub shown: bool,
    /// How many fresh tokens the widget refused. If there are more than one, the instance may want the session's own
    /// token: see [`Policy::widget_token`](crate::Policy::widget_token).
    pub token_invalid: u8,
    /// When `open` may be called again, if the last call came too soon after the one before.
    pub opens_again: Option<Timestamp>,
    /// When the prompt's lease ends, and what ends it.
    pub deadline: Deadline,
    /// Whether that lease is a guess, because the age of the `requestId` is not known.
    pub assumed: bool,
    /// The token for one showing of the widget, once [`Session::open`](crate::Session::open) minted it.
    pub showing: Showing,
    /// Whether the policy wants a token for each showing.
    pub(crate) mints: bool,
    pub(crate) keep: Selection,
    pub(crate) url_max: u32,
    pub(crate) tag: Option<Arc<str>>,
    pub(crate) language: Option<Arc<str>>,
}

impl Prompt {
    /// The URL that shows this prompt in the widget, with the selected accounts and, after
    /// [`Session::open`](crate::Session::open), a token that is good for one showing. A selection that would make it
    /// longer than [`Policy::widget_url_max`](crate::Policy::widget_url_max) is left out of the URL, and
    /// [`WidgetUrl::leaves_accounts_out`] is true. Accounts that are not selected are left out of the data all the
    /// same.
    ///
    /// Source: <https://docs.flinks.com/guides/connect/resume-and-reconnect>.
    #[must_use]
    pub fn connect_url(&self, instance: &Instance) -> WidgetUrl {
        let mut url = WidgetUrl::resume(instance, &self.request, &self.keep);
        if let Some(tag) = &self.tag {
            url = url.with("tag", tag);
        }
        if let Some(language) = &self.language {
            url = url.with("language", language);
        }
        let url = url.at_most(self.url_max);
        match &self.showing {
            Showing::Ready(token) => url.with_token(token),
            Showing::Closed | Showing::Refused | Showing::Spent => url,
        }
    }

    /// Whether the widget can be shown now: the token for this showing is there, the service would not mint one, or the
    /// policy wants none. It is false before [`Session::open`](crate::Session::open), while its mint is under way, and
    /// if it came too soon.
    ///
    /// ```
    /// use reconnect_core::{Known, Policy, RequestId, Selection, Session, Timestamp, policy::TokenUse};
    ///
    /// let mut known = Known::default();
    /// let now = Timestamp::from_millis(1_780_000_000_000);
    /// known.last_sent = Some(now);
    /// for (token, ready) in [(TokenUse::Mint, false), (TokenUse::Without, true)] {
    ///     let mut policy = Policy::default();
    ///     policy.token = token;
    ///     let session = Session::resume(RequestId::new("r-1")?, known.clone(), Selection::all(), policy, now);
    ///     assert_eq!(session.prompt(now).expect("it asks").is_ready(), ready);
    /// }
    /// # Ok::<(), reconnect_core::InvalidId>(())
    /// ```
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.mints || matches!(self.showing, Showing::Ready(_) | Showing::Refused)
    }

    /// How long the end user still has; `None` from the deadline on. Where the prompt is
    /// [assumed](Self::assumed) it is an estimate. The lease slides with what the user does, so ask a fresh prompt.
    ///
    /// ```
    /// use core::time::Duration;
    /// use reconnect_core::{Known, Policy, RequestId, Selection, Session, Timestamp};
    ///
    /// let mut known = Known::default();
    /// let now = Timestamp::from_millis(1_780_000_000_000);
    /// known.last_sent = Some(now);
    /// let session = Session::resume(RequestId::new("r-1")?, known, Selection::all(), Policy::default(), now);
    /// let prompt = session.prompt(now).unwrap();
    /// assert_eq!(prompt.expires_in(now), Some(Duration::from_secs(480)));
    /// assert_eq!(prompt.expires_in(prompt.deadline.at), None);
    /// # Ok::<(), reconnect_core::InvalidId>(())
    /// ```
    #[must_use]
    pub fn expires_in(&self, now: Timestamp) -> Option<Duration> {
        self.time_left(now).duration()
    }

    /// The same as a text for a page: `expires in 4 min`.
    ///
    /// ```
    /// # use core::time::Duration;
    /// # use reconnect_core::{Known, Policy, RequestId, Selection, Session, Timestamp};
    /// # let mut known = Known::default();
    /// # let now = Timestamp::from_millis(1_780_000_000_000);
    /// # known.last_sent = Some(now);
    /// # let session = Session::resume(RequestId::new("r-1")?, known, Selection::all(), Policy::default(), now);
    /// # let prompt = session.prompt(now).unwrap();
    /// assert_eq!(prompt.time_left(now + Duration::from_secs(200)).to_string(), "expires in 4 min");
    /// # Ok::<(), reconnect_core::InvalidId>(())
    /// ```
    #[must_use]
    pub fn time_left(&self, now: Timestamp) -> TimeLeft {
        TimeLeft::new(Some(now.until(self.deadline.at)))
    }
}

impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prompt")
            .field("request", &self.request)
            .field("challenges", &self.challenges.len())
            .field("wrong", &self.wrong)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// The authorize token of one showing of the widget (decision 6).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Showing {
    /// No showing was asked for, or its token is past its life: call `open` before the widget is rendered.
    #[default]
    Closed,
    /// Good for one showing.
    Ready(Secret),
    /// The service would not mint one: the URL goes without.
    Refused,
    /// The widget said that the token is spent, or `open` came too soon after the last one: call `open` again, but not
    /// before a deadline whose reason is [`Why::OpenAgain`](crate::Why::OpenAgain).
    Spent,
}

impl Showing {
    /// Its name in lower case, without its token.
    ///
    /// ```
    /// assert_eq!(reconnect_core::Showing::default().as_str(), "closed");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Ready(_) => "ready",
            Self::Refused => "refused",
            Self::Spent => "spent",
        }
    }
}

impl Answers {
    /// Answers to what `prompt` shows, as yet empty.
    #[must_use]
    pub fn to(prompt: &Prompt) -> Self {
        Self::of(prompt.request.clone(), prompt.number)
    }
}
