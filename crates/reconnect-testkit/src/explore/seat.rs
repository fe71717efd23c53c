//! A session at a moment, and how time is counted in an exploration.

use core::time::Duration;
use reconnect_core::{Session, Timestamp};

/// Where each exploration begins.
pub(super) const BEGIN: Timestamp = Timestamp::from_millis(1_780_000_000_000);
/// The grain of time.
pub(super) const TICK: u64 = 1_000;

pub(super) fn ticks(count: u64) -> Duration {
    Duration::from_millis(count * TICK)
}

/// A session, its moment, and what the rules have to remember of its path.
#[derive(Clone, Debug)]
pub(super) struct Seat {
    pub(super) session: Session,
    pub(super) now: Timestamp,
    /// Whether a live `/Authorize` may go out, and an answer.
    pub(super) may_live: bool,
    pub(super) may_answer: bool,
}

impl Seat {
    pub(super) fn new(session: Session) -> Self {
        Self { session, now: BEGIN, may_live: true, may_answer: false }
    }
}
