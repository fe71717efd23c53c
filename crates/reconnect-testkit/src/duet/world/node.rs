//! A process that drives the stored session, and dies at any step.

use reconnect_core::{ExchangeId, Fault, Rendered, Reply, StoredSession};
use reconnect_sandbox::Delayed;

/// One process.
pub(super) struct Node {
    /// How far its clock is off.
    pub(super) skew: i64,
    pub(super) does: Does,
}

/// A request that is slow on its way to the bank.
pub(super) struct Slow {
    /// When the bank handles it.
    pub(super) at: u64,
    pub(super) who: usize,
    pub(super) id: ExchangeId,
    /// The session that sent it.
    pub(super) session: Option<String>,
    /// Whether the node still waits for the reply then.
    pub(super) in_time: bool,
    pub(super) arrives: reconnect_sandbox::Request,
    pub(super) delayed: Delayed,
    /// The typed answer that it brings, as `mark` in `watch.rs` reads it.
    pub(super) answers: Option<(String, usize)>,
}

impl Slow {
    pub(super) fn is_for(&self, who: usize, id: ExchangeId) -> bool {
        (self.who, self.id) == (who, id)
    }
}

/// What it is in the middle of.
pub(super) enum Does {
    /// Nothing, until this moment of the true time or until it is told something. With what it has in memory, if it
    /// has.
    Rests(Option<StoredSession>, Option<u64>),
    /// It goes on with this.
    Holds(StoredSession),
    /// The store has it that this is sent; it is sent at this moment.
    Sends(StoredSession, Box<Rendered>, u64),
    /// It waits for the reply, which arrives at this moment.
    Waits(StoredSession, ExchangeId, Result<Reply, Fault>, u64),
}

impl Node {
    pub(super) fn new(skew: i64) -> Self {
        Self { skew, does: Does::Rests(None, Some(0)) }
    }

    /// When it moves next, if nobody tells it anything.
    pub(super) fn wakes(&self) -> Option<u64> {
        match &self.does {
            Does::Rests(_, at) => *at,
            Does::Holds(_) => Some(0),
            Does::Sends(.., at) | Does::Waits(.., at) => Some(*at),
        }
    }

    pub(super) fn can_move(&self, now: u64) -> bool {
        self.wakes().is_some_and(|at| at <= now)
    }

    /// Whether it can be told something: a driver in the middle of an exchange cannot.
    pub(super) fn hears(&self) -> bool {
        matches!(self.does, Does::Rests(..) | Does::Holds(_))
    }

    /// A node that rested for good has something to do again.
    pub(super) fn wake(&mut self) {
        if self.wakes().is_none() {
            *self = Self::new(self.skew);
        }
    }
}
