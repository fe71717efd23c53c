//! Reasons to reconnect: from what the service says of a connection without its user, to whether the user should come
//! back, and how.
//!
//! The Reconnect page names three: Nightly Refresh failed, newer data is wanted on demand, and the answers to the bank's
//! questions changed. All of it is pure, and nothing here starts anything: park what is [`Due`] with the `loginId` and
//! the selected accounts, and begin the live refresh when the end user is there, since it texts them.
//!
//! Sources: <https://docs.flinks.com/guides/connect/resume-and-reconnect>,
//! <https://help.flinks.com/support/solutions/articles/43000637682> (the daily routine),
//! <https://help.flinks.com/support/solutions/articles/43000761538> (what cached calls repeat),
//! <https://help.flinks.com/support/solutions/articles/43000681817> (for how long credentials are kept).
//!
//! ```
//! use core::time::Duration;
//! use reconnect_calls::reasons::{Because, Standing, from_cached};
//! use reconnect_core::{Advice, Reply, Timestamp, reply};
//!
//! // A cached /Authorize, for one connection of many.
//! let body = br#"{"HttpStatusCode":401,"FlinksCode":"QUESTION_NOT_FOUND","RequestId":"r-1"}"#;
//! let reply = Reply { status: 401, headers: vec![], body: body.to_vec() };
//! let (now, a_day) = (Timestamp::from_millis(1_780_000_000_000), Duration::from_secs(86_400));
//!
//! match from_cached(&reply::authorize(&reply), now, a_day) {
//!     Standing::Fresh { until } => println!("nothing to do until {until:?}"),
//!     Standing::Due(due) => {
//!         assert_eq!(due.advice(), Advice::AskTheUser);
//!         assert!(matches!(due.because, Because::AnswerMissing { stored: Some(_) }));
//!     }
//!     Standing::Unclear(advice) => println!("the reply does not say: {advice:?}"),
//! }
//! ```

use alloc::boxed::Box;
use core::time::Duration;
use reconnect_core::{
    Advice, FlinksCode, RequestId, Timestamp,
    accounts::last_refresh,
    advice_by_page, advice_by_status, lease,
    reply::{Asks, AuthorizeReply, Facts, Refusal, ReplyError},
};
use serde::{Deserialize, Serialize};

/// For how long after a refresh the service surely keeps the bank credentials of a connection: 30 days (decision 70).
///
/// One article says "for up to 30 days. After that period of time, a new connection through Flinks Connect is
/// required": <https://help.flinks.com/support/solutions/articles/43000681817>. Another page has credentials kept
/// "indefinitely unless you explicitly delete" them: <https://docs.flinks.com/guides/getting-started/key-concepts>. So
/// this is advice, and nothing is refused because of it: after 30 days, begin the live refresh as always, and have your
/// page ready for [`StartOver`](reconnect_core::Recovery::StartOver), an ordinary Connect session, which may bring a new
/// `loginId` with new account ids.
pub const CREDENTIALS_LIFE: Duration = Duration::from_secs(30 * 24 * 3_600);

/// The moment from which the credentials of a connection may be gone, from when it was last refreshed; `None` for one
/// that never was. Show it in a list or in a mail to the user; nothing ends at it.
///
/// ```
/// use core::time::Duration;
/// use reconnect_calls::reasons::{CREDENTIALS_LIFE, expires};
/// use reconnect_core::Timestamp;
///
/// let last = Timestamp::from_millis(1_780_000_000_000);
/// let moment = expires(Some(last), CREDENTIALS_LIFE).expect("it was refreshed");
/// let a_week_before = moment.before(Duration::from_secs(7 * 86_400)); // the time to ask the user back
/// assert_eq!(a_week_before, last + Duration::from_secs(23 * 86_400));
/// assert_eq!(expires(None, CREDENTIALS_LIFE), None);
/// ```
#[must_use]
pub fn expires(last_refresh: Option<Timestamp>, credentials_life: Duration) -> Option<Timestamp> {
    last_refresh.map(|last| last + credentials_life)
}

/// How old data may be, and how long credentials are believed to be kept. A [`Duration`] converts into one: that age,
/// and [`CREDENTIALS_LIFE`].
///
/// ```
/// use core::time::Duration;
/// use reconnect_calls::reasons::{CREDENTIALS_LIFE, Tolerance};
///
/// let a_day = Duration::from_secs(86_400);
/// assert_eq!(Tolerance::from(a_day).credentials_life, CREDENTIALS_LIFE);
/// assert_eq!(Tolerance::from(a_day).credentials_for(30 * a_day), Tolerance::from(a_day));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Tolerance {
    /// How old stored data may be.
    pub age: Duration,
    /// How long after a refresh the credentials are believed to be there.
    pub credentials_life: Duration,
}

impl Tolerance {
    /// The same age, if you know better how long credentials are kept. [`Duration::MAX`] is for ever.
    #[must_use]
    pub fn credentials_for(self, credentials_life: Duration) -> Self {
        Self { credentials_life, ..self }
    }
}

impl From<Duration> for Tolerance {
    fn from(age: Duration) -> Self {
        Self { age, credentials_life: CREDENTIALS_LIFE }
    }
}

/// A connection should be reconnected, and this says why.
///
/// It is plain data, to be parked beside the `loginId`: its JSON has camelCase names and moments in milliseconds.
///
/// ```
/// use reconnect_calls::reasons::{Because, Due, Nightly, from_nightly};
///
/// let due = from_nightly(&Nightly { date: Some("2020-06-18T03:26:34.6854364"), ..Nightly::default() });
/// let row = serde_json::to_string(&due)?;
/// assert_eq!(row, r#"{"because":{"nightlyFailed":{}},"lastRefresh":1592450794685}"#);
/// assert_eq!(serde_json::from_str::<Due>(&row)?, due);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Due {
    /// Why.
    pub because: Because,
    /// When the stored data was fetched from the bank; `None` for never, and where it was not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_refresh: Option<Timestamp>,
}

impl Due {
    fn new(because: Because, last_refresh: Option<Timestamp>) -> Self {
        Self { because, last_refresh }
    }

    /// What to do when the end user is there. [`Advice::AskTheUser`] is Reconnect: a live refresh of the `loginId`.
    /// [`Advice::StartOver`] is an ordinary Connect session, where user name or password changed, and
    /// [`Advice::ActAtTheBank`] comes before a refresh.
    ///
    /// It is never [`Advice::TryLater`]: trouble that may pass by itself is [`Standing::Unclear`]. If credentials may
    /// be gone ([`Because::CredentialsMayBeGone`]), it is a refresh all the same: only the service knows, so ask it,
    /// and be ready to start over.
    ///
    /// ```
    /// use reconnect_calls::reasons::{Nightly, from_nightly};
    /// use reconnect_core::Advice;
    ///
    /// let advice = |code| from_nightly(&Nightly { code, ..Nightly::default() }).advice();
    /// assert_eq!(advice(None), Advice::AskTheUser);
    /// assert_eq!(advice(Some("INVALID_PASSWORD")), Advice::StartOver);
    /// assert_eq!(advice(Some("DISABLED_LOGIN")), Advice::ActAtTheBank);
    /// // The nightly run does not try again, so the user does.
    /// assert_eq!(advice(Some("RETRY_LATER")), Advice::AskTheUser);
    /// ```
    #[must_use]
    pub fn advice(&self) -> Advice {
        let (code, status) = match &self.because {
            Because::NightlyFailed { code, .. } => (code.as_ref(), None),
            Because::Refused { code, status } => (code.as_ref(), Some(*status)),
            //= docs/spec/lifetimes.md#loginid
            //# **LIFE-23** A client MUST NOT refuse a refresh because of the 30 days of LIFE-22.
            Because::TooOld | Because::CredentialsMayBeGone | Because::AnswerMissing { .. } | Because::Asked { .. } => {
                (None, None)
            }
        };
        // A session of the past is gone; the connection is not.
        if code.is_some_and(FlinksCode::session_is_gone) {
            return Advice::AskTheUser;
        }
        match code.and_then(FlinksCode::advice).or(status.map(advice_by_status)) {
            None | Some(Advice::TryLater) => Advice::AskTheUser,
            Some(advice) => advice,
        }
    }
}

/// Why a connection should be reconnected.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Because {
    /// Nightly Refresh has given the connection up.
    /// Source: <https://docs.flinks.com/api/connect/endpoints/account-linking/get-nightly-refresh-status>.
    NightlyFailed {
        /// Where its last run stood, in the service's words, such as `AnsweringSecurityChallenge`; at most 64 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<Box<str>>,
        /// The code of its last run; `None` where it has none, such as one that waits for an answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<FlinksCode>,
    },
    /// The stored data is older than the caller tolerates, or newer data is wanted on demand.
    TooOld,
    /// The stored data is too old, and so old that the service may have deleted the credentials: the next live refresh
    /// may end in "start over". This is advice, see [`CREDENTIALS_LIFE`].
    CredentialsMayBeGone,
    /// The bank asked something and no stored answer fits: an MFA answer changed at the bank, or the last live refresh
    /// was left unanswered (`QUESTION_NOT_FOUND`).
    AnswerMissing {
        /// A session in which the **stored** data can still be fetched, with the age of [`Due::last_refresh`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stored: Option<RequestId>,
    },
    /// The bank asks at this moment (a 203): the session can be resumed, for 8 minutes of inactivity.
    Asked {
        /// The session that asks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<RequestId>,
    },
    /// The service refused for another reason.
    Refused {
        /// The code, where there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<FlinksCode>,
        /// The body's status, else HTTP's.
        status: u16,
    },
}

/// What a look at a connection without its user comes to.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a job over many connections handles each of the three")]
pub enum Standing {
    /// The data is young enough, up to that moment.
    Fresh {
        /// The first moment at which it will be too old: look again then.
        until: Timestamp,
    },
    /// It should be reconnected when its user is there.
    Due(Due),
    /// The reply says nothing of the connection: the service is busy with it or cannot be reached
    /// ([`Advice::TryLater`]), or the set-up is wrong ([`Advice::FixTheSetup`]). What is known from before still counts:
    /// see [`by_age`].
    Unclear(Advice),
}

/// Whether data that was last refreshed then is older than `tolerance` now. It is fresh while
/// `now < last_refresh + tolerance`; what was never refreshed is due. A moment later than now counts as now.
///
/// A tolerance of zero is *on demand*: it is always due.
///
/// ```
/// use core::time::Duration;
/// use reconnect_calls::reasons::is_due;
/// use reconnect_core::Timestamp;
///
/// let (last, a_day) = (Timestamp::from_millis(1_780_000_000_000), Duration::from_secs(86_400));
/// assert!(!is_due(Some(last), last + Duration::from_secs(86_399), a_day));
/// assert!(is_due(Some(last), last + a_day, a_day));
/// assert!(is_due(None, last, a_day));
/// assert!(is_due(Some(last), last, Duration::ZERO));
/// ```
#[must_use]
pub fn is_due(last_refresh: Option<Timestamp>, now: Timestamp, tolerance: Duration) -> bool {
    !last_refresh.is_some_and(|last| lease::is_alive(last, now, tolerance))
}

/// The same, with the moment or the reason: for a caller who kept `last_refresh` of an earlier outcome.
///
/// ```
/// use core::time::Duration;
/// use reconnect_calls::reasons::{Because, Standing, by_age};
/// use reconnect_core::Timestamp;
///
/// let (last, an_hour) = (Timestamp::from_millis(0), Duration::from_secs(3_600));
/// assert_eq!(by_age(Some(last), last, an_hour), Standing::Fresh { until: last + an_hour });
/// let Standing::Due(due) = by_age(Some(last), last + an_hour, an_hour) else { panic!("it is too old") };
/// assert_eq!(due.because, Because::TooOld);
/// let Standing::Due(due) = by_age(Some(last), last + 30 * 24 * an_hour, an_hour) else { panic!("it is too old") };
/// assert_eq!(due.because, Because::CredentialsMayBeGone);
/// ```
#[must_use]
pub fn by_age(last_refresh: Option<Timestamp>, now: Timestamp, tolerance: impl Into<Tolerance>) -> Standing {
    let Tolerance { age, credentials_life } = tolerance.into();
    match last_refresh {
        // A clock that jumped back must not make data that is from now fresh for longer.
        Some(last) if !is_due(Some(last), now, age) => Standing::Fresh { until: last.min(now) + age },
        Some(last) if !lease::is_alive(last, now, credentials_life) => {
            Standing::Due(Due::new(Because::CredentialsMayBeGone, last_refresh))
        }
        Some(_) | None => Standing::Due(Due::new(Because::TooOld, last_refresh)),
    }
}

/// One entry of `GET /GetNightlyRefreshStatus`, as far as it tells why. Everything may be missing.
/// Source: <https://docs.flinks.com/api/connect/endpoints/account-linking/get-nightly-refresh-status>.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "the three fields of the documentation, for callers to fill")]
pub struct Nightly<'a> {
    /// `LastRefreshDate`, in any form of a `LastRefresh`.
    pub date: Option<&'a str>,
    /// `LastRefreshState`, such as `AnsweringSecurityChallenge`.
    pub state: Option<&'a str>,
    /// `LastRefreshErrorCode`.
    pub code: Option<&'a str>,
}

/// Why a connection that Nightly Refresh lists should be reconnected. The list holds those that it has given up, and the
/// documentation says of each to bring the user back, so there is always a reason.
///
/// ```
/// use reconnect_calls::reasons::{Nightly, from_nightly};
/// use reconnect_core::Advice;
///
/// let entry = Nightly { state: Some("AnsweringSecurityChallenge"), ..Nightly::default() };
/// assert_eq!(from_nightly(&entry).advice(), Advice::AskTheUser);
/// ```
#[must_use]
pub fn from_nightly(entry: &Nightly<'_>) -> Due {
    let state = entry.state.filter(|state| !state.is_empty());
    // A state is a word; what is longer is cut, so that no body hides in what is parked.
    let state = state.map(|state| state.chars().filter(|c| !c.is_control()).take(64).collect());
    let code = entry.code.filter(|code| !code.is_empty()).map(FlinksCode::read);
    Due::new(Because::NightlyFailed { state, code }, entry.date.and_then(last_refresh))
}

/// What a cached `/Authorize` says of its connection, read with [`authorize`](reconnect_core::reply::authorize).
///
/// Such a call needs no user and reaches no bank: it repeats how the last live one ended. So a refusal that names the
/// bank's or the user's trouble is a reason to reconnect, and one that names the moment's is not.
///
/// | reply | standing |
/// |---|---|
/// | 200 | by the age of its `LastRefresh`, as [`by_age`] decides |
/// | `QUESTION_NOT_FOUND` | due: [`Because::AnswerMissing`], with a `requestId` for the stored data |
/// | 203 | due: [`Because::Asked`] |
/// | `SESSION_EXPIRED`, `SESSION_NONEXISTENT` | due: the last live attempt was not finished |
/// | 202, `CARD_IN_USE`, `RETRY_LATER`, …; a token refused; unreadable | unclear: try later |
/// | `ACCESS_DENIED`, `INVALID_REQUEST`, … | unclear: fix the set-up |
/// | any other refusal | due, with its code |
#[must_use]
pub fn from_cached(
    reply: &Result<AuthorizeReply, ReplyError>,
    now: Timestamp,
    tolerance: impl Into<Tolerance>,
) -> Standing {
    let due = |because, facts: &Facts| Standing::Due(Due::new(because, facts.last_refresh));
    match reply {
        Ok(AuthorizeReply::Authorized(facts)) => by_age(facts.last_refresh, now, tolerance),
        Ok(AuthorizeReply::Asks(Asks { facts, .. })) => due(Because::Asked { request: facts.request.clone() }, facts),
        Err(ReplyError::Refused(refusal)) if refusal.code == Some(FlinksCode::QuestionNotFound) => {
            due(Because::AnswerMissing { stored: refusal.facts.request.clone() }, &refusal.facts)
        }
        Err(ReplyError::Refused(refusal)) => match advice(refusal) {
            unclear @ (Advice::TryLater | Advice::FixTheSetup) => Standing::Unclear(unclear),
            Advice::StartOver | Advice::AskTheUser | Advice::ActAtTheBank => {
                let (code, status) = (refusal.code.clone(), refusal.status);
                due(Because::Refused { code, status }, &refusal.facts)
            }
        },
        Err(ReplyError::Page { status, .. }) => Standing::Unclear(advice_by_page(*status)),
        Ok(AuthorizeReply::Pending(..)) | Err(ReplyError::Garbled { .. }) => Standing::Unclear(Advice::TryLater),
        Err(ReplyError::TooLarge { .. }) => Standing::Unclear(Advice::FixTheSetup),
    }
}

fn advice(refusal: &Refusal) -> Advice {
    if refusal.for_token {
        // It was spent or too old; a new one tells.
        return Advice::TryLater;
    }
    refusal.code.as_ref().and_then(FlinksCode::advice).unwrap_or_else(|| advice_by_status(refusal.status))
}
