//! The world as a value: what the service, the store, the nodes and the end user are at, and what was counted so far.

use super::drawn::Drawn;
use super::ledger::Ledger;
use super::node::{Node, Slow};
use super::watch::Watch;
use crate::duet::{Dice, START, Stage};
use reconnect_core::{Event, Snapshot, Stage as At, Timestamp};
use std::collections::BTreeMap;

/// How often each fault and situation was met.
pub type Met = BTreeMap<&'static str, u64>;

/// What was told, step by step.
pub type Story = Vec<String>;

/// A service, a stored session, and all who have to do with it.
pub(super) struct World<'w> {
    pub(super) stage: Stage,
    pub(super) dice: Dice,
    pub(super) drawn: Drawn,
    /// The true time, which is the bank's.
    pub(super) now: u64,
    /// What the store has.
    pub(super) row: Snapshot,
    pub(super) nodes: Vec<Node>,
    /// The requests that are slow on their way to the bank.
    pub(super) slow: Vec<Slow>,
    /// What is on its way to a node, and when it arrives.
    pub(super) mail: Vec<(u64, Event)>,
    pub(super) ledger: Ledger,
    pub(super) watch: Watch,
    /// The stage of the session before the last move.
    pub(super) was: At,
    /// The bank's log and the doctor's findings up to here were seen.
    pub(super) seen: (usize, usize),
    /// When the end user does the next thing.
    pub(super) user_at: u64,
    /// How often the end user may still do something.
    pub(super) patience: u32,
    /// How many more moves a flood may take.
    pub(super) flooded: usize,
    pub(super) met: &'w mut Met,
    pub(super) story: Option<&'w mut Story>,
}

impl World<'_> {
    /// The moment by a node's own clock.
    pub(super) fn clock(&self, who: usize) -> Timestamp {
        Timestamp::from_millis(self.now.saturating_add_signed(self.nodes[who].skew))
    }

    pub(super) fn met(&mut self, what: &'static str) {
        *self.met.entry(what).or_default() += 1;
    }

    pub(super) fn tell(&mut self, line: impl FnOnce() -> String) {
        let since = self.now as i64 - START.as_millis() as i64;
        if let Some(story) = &mut self.story {
            story.push(format!("{since:>9} ms  {}", line()));
        }
    }

    pub(super) fn law(&self, holds: bool, name: &str) -> Result<(), String> {
        if holds { Ok(()) } else { Err(format!("a law does not hold: {name}")) }
    }
}
