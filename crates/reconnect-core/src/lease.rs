//! How long something may be believed: half-open, and counted from when its request was *sent*.

use crate::{
    policy::{Policy, Probe},
    time::Timestamp,
};
use core::{fmt, time::Duration};
use reconnect_json::millis;

/// Whether what was lent at one moment still holds at another.
///
/// ```
/// use core::time::Duration;
/// use reconnect_core::{Timestamp, lease::{self, Lease}};
///
/// let over = lease::state(Timestamp::from_millis(0), Timestamp::from_millis(500), Duration::from_millis(400));
/// assert_eq!(over, Lease::Over { since: Duration::from_millis(100) });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a lease is alive or over: a third state would be a different promise")]
pub enum Lease {
    /// It holds for `left` more, which is never zero.
    Alive {
        /// Time left.
        left: Duration,
    },
    /// It ended `since` ago; zero at the very moment of its end.
    Over {
        /// Time since its end.
        since: Duration,
    },
}

/// The lease of `life` that began at `since`, seen at `now`. It is alive while `now < since + life`; a `now` before
/// `since` (a clock that jumped back) counts as `since`, so a jump never lengthens a lease.
///
/// ```
/// use core::time::Duration;
/// use reconnect_core::{Timestamp, lease::{self, Lease}};
///
/// let (sent, life) = (Timestamp::from_millis(1_000), Duration::from_secs(480));
/// assert_eq!(lease::state(sent, sent + life.mul_f32(0.5), life), Lease::Alive { left: life / 2 });
/// assert_eq!(lease::state(sent, sent + life, life), Lease::Over { since: Duration::ZERO });
/// ```
#[must_use]
pub fn state(since: Timestamp, now: Timestamp, life: Duration) -> Lease {
    let end = since + life;
    let now = now.max(since);
    if now < end { Lease::Alive { left: now.until(end) } } else { Lease::Over { since: end.until(now) } }
}

/// Whether the lease is alive.
///
/// ```
/// # use core::time::Duration;
/// # use reconnect_core::{Timestamp, lease};
/// assert!(lease::is_alive(Timestamp::from_millis(0), Timestamp::from_millis(9), Duration::from_millis(10)));
/// assert!(!lease::is_alive(Timestamp::from_millis(0), Timestamp::from_millis(10), Duration::from_millis(10)));
/// ```
#[must_use]
pub fn is_alive(since: Timestamp, now: Timestamp, life: Duration) -> bool {
    matches!(state(since, now, life), Lease::Alive { .. })
}

/// How long the end user still has, for a page to show. Its text is `expires in 4 min`, `expires in 40 s` or `expired`.
///
/// Minutes and seconds are rounded down, so that the text never promises more than there is; in the last second it says
/// `1 s`.
///
/// ```
/// use core::time::Duration;
/// use reconnect_core::lease::TimeLeft;
///
/// let says = |millis| TimeLeft::new(Some(Duration::from_millis(millis))).to_string();
/// assert_eq!(says(480_000), "expires in 8 min");
/// assert_eq!(says(119_999), "expires in 1 min");
/// assert_eq!(says(59_999), "expires in 59 s");
/// assert_eq!(says(1), "expires in 1 s");
/// assert_eq!(TimeLeft::new(None).to_string(), "expired");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TimeLeft(Option<Duration>);

impl TimeLeft {
    /// So much time; none where it is over. Zero is over too.
    ///
    /// ```
    /// # use core::time::Duration;
    /// # use reconnect_core::lease::TimeLeft;
    /// assert_eq!(TimeLeft::new(Some(Duration::ZERO)), TimeLeft::new(None));
    /// ```
    #[must_use]
    pub fn new(left: Option<Duration>) -> Self {
        Self(left.filter(|left| !left.is_zero()))
    }

    /// The time itself, which is never zero; `None` where it is over.
    ///
    /// ```
    /// # use core::time::Duration;
    /// # use reconnect_core::lease::TimeLeft;
    /// assert_eq!(TimeLeft::new(Some(Duration::from_secs(7))).duration(), Some(Duration::from_secs(7)));
    /// ```
    #[must_use]
    pub fn duration(self) -> Option<Duration> {
        self.0
    }
}

impl fmt::Display for TimeLeft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.map(millis) {
            None => f.write_str("expired"),
            Some(millis) if millis >= 60_000 => write!(f, "expires in {} min", millis / 60_000),
            Some(millis) => write!(f, "expires in {} s", (millis / 1_000).max(1)),
        }
    }
}

/// What can be done with a `requestId` that was kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a page shows one of three buttons")]
pub enum Offer {
    /// Its life is not over: [`Session::resume`](crate::Session::resume) asks at once.
    Resume {
        /// For how long.
        left: Duration,
    },
    /// Its age says nothing: `resume` looks first, which costs one call and no SMS, and then asks, goes on or ends.
    Look,
    /// It is too old: begin a live refresh of the `loginId` where there is one, else an ordinary Connect session.
    StartOver,
}

/// Whether a kept `requestId` is worth resuming, without a session and without a call: what
/// [`Session::resume`](crate::Session::resume) will do with it at this moment (decision 4).
///
/// `last_sent` is when the last request with it was **sent**; a moment later than now counts as now.
///
/// ```
/// use core::time::Duration;
/// use reconnect_core::{Policy, Timestamp, lease::{Offer, resume_or_start_over}};
///
/// let (policy, sent) = (Policy::default(), Timestamp::from_millis(1_780_000_000_000));
/// let after = |seconds| resume_or_start_over(Some(sent), sent + Duration::from_secs(seconds), &policy);
/// assert_eq!(after(120), Offer::Resume { left: Duration::from_secs(360) });
/// assert_eq!(after(480), Offer::StartOver);
/// assert_eq!(resume_or_start_over(None, sent, &policy), Offer::Look);
/// ```
#[must_use]
pub fn resume_or_start_over(last_sent: Option<Timestamp>, now: Timestamp, policy: &Policy) -> Offer {
    match last_sent.map(|sent| state(sent, now, policy.request_life)) {
        Some(Lease::Alive { left }) => Offer::Resume { left },
        Some(Lease::Over { .. }) if policy.probe != Probe::Always => Offer::StartOver,
        Some(Lease::Over { .. }) | None => Offer::Look,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Known, RequestId, Selection, Session, Stage};
    use alloc::string::ToString;

    #[test]
    fn the_offer_is_what_a_resumed_session_does() {
        let sent = Timestamp::from_millis(1_780_000_000_000);
        let (mut policy, mut known) = (Policy::default(), Known::default());
        for probe in [Probe::Unknown, Probe::Always] {
            policy.probe = probe;
            for last_sent in [None, Some(sent)] {
                known.last_sent = last_sent;
                for at in [-60_000, -1, 0, 1, 479_999, 480_000, 480_001, 9_000_000_i64] {
                    let now = Timestamp::from_millis(sent.as_millis().saturating_add_signed(at));
                    let request = RequestId::new("r").expect("an id");
                    let session = Session::resume(request, known.clone(), Selection::all(), policy.clone(), now);
                    let stage = match resume_or_start_over(last_sent, now, &policy) {
                        Offer::Resume { left } => {
                            let prompt = session.prompt(now).expect("it asks");
                            assert_eq!(prompt.expires_in(now), Some(left));
                            Stage::Asking
                        }
                        Offer::Look => Stage::Looking,
                        Offer::StartOver => Stage::Done,
                    };
                    assert_eq!(session.stage(), stage, "{probe:?} {last_sent:?} {at}");
                }
            }
        }
    }

    #[test]
    fn time_left_at_each_edge() {
        let table = [
            (0, "expired"),
            (1, "expires in 1 s"),
            (999, "expires in 1 s"),
            (1_999, "expires in 1 s"),
            (2_000, "expires in 2 s"),
            (40_500, "expires in 40 s"),
            (59_999, "expires in 59 s"),
            (60_000, "expires in 1 min"),
            (119_999, "expires in 1 min"),
            (120_000, "expires in 2 min"),
            (480_000, "expires in 8 min"),
        ];
        for (millis, says) in table {
            assert_eq!(TimeLeft::new(Some(Duration::from_millis(millis))).to_string(), says, "{millis}");
        }
        // What is shorter than a millisecond is not over.
        assert_eq!(TimeLeft::new(Some(Duration::from_nanos(1))).to_string(), "expires in 1 s");
        assert!(TimeLeft::new(Some(Duration::MAX)).to_string().ends_with(" min"));
    }

    //= docs/spec/lifetimes.md#requestid
    //= type=test
    //# **LIFE-7** A client MUST count a lease from the moment its request was sent, and MUST take it as alive while
    //# `now < sent + life`.
    //= docs/spec/lifetimes.md#requestid
    //= type=test
    //# **LIFE-10** A client MUST NOT let a lease move back, nor let a clock that jumps back lengthen it.
    #[test]
    fn one_tick_before_at_and_after_the_end() {
        let (since, life) = (Timestamp::from_millis(100), Duration::from_millis(50));
        let at = |ms| state(since, Timestamp::from_millis(ms), life);
        assert_eq!(at(149), Lease::Alive { left: Duration::from_millis(1) });
        assert_eq!(at(150), Lease::Over { since: Duration::ZERO });
        assert_eq!(at(151), Lease::Over { since: Duration::from_millis(1) });
        assert_eq!(at(20), Lease::Alive { left: life });
        assert_eq!(state(Timestamp::MAX, Timestamp::MAX, life), Lease::Over { since: Duration::ZERO });
    }
}
