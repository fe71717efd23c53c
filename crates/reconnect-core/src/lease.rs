//! How long something may be believed: half-open, and counted from when its request was *sent*.

use crate::Timestamp;
use core::time::Duration;

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

#[cfg(test)]
mod tests {
    use super::*;

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
