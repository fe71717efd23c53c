//! Everything at once, by seed: nodes that share one stored session and die at any step, clocks that disagree, every
//! fault of the sandbox, an end user who does what end users do, and somebody who forges. What may never happen is in
//! `laws`.
//!
//! A node goes on as a driver does, through `StoredSession`: what comes next is tried, kept by a swap on the loaded revision,
//! and only then done.

mod bounds;
mod draw;
mod drawn;
mod laws;
mod ledger;
mod moves;
mod node;
mod state;
mod strangers;
mod user;
mod watch;

use super::restore;
use node::Node;
use reconnect_core::{Outcome, Stage as At};
use state::World;

pub use drawn::kinds;
pub use state::{Met, Story};

/// A walk ends in so many moves, whatever happens.
const MOST_MOVES: usize = 1_500;

/// Plays the walk of a seed. Whether it ended refreshed.
///
/// # Errors
/// If a law does not hold: which one, in words.
pub fn play(seed: u64, met: &mut Met, story: Option<&mut Story>) -> Result<bool, String> {
    let mut world = World::drawn(seed, met, story)?;
    let mut moves = 0;
    // Each event of a flood takes at least one move.
    while moves < MOST_MOVES + world.flooded {
        if !world.step()? {
            return world.at_the_end();
        }
        moves += 1;
    }
    Err(format!("a law does not hold: it ends within {moves} moves"))
}

impl World<'_> {
    /// One move of whoever can move; false where nobody ever will again.
    fn step(&mut self) -> Result<bool, String> {
        self.begins_anew()?;
        let able: Vec<usize> = (0..self.nodes.len()).filter(|who| self.nodes[*who].can_move(self.now)).collect();
        let mail = self.mail.iter().position(|(at, _)| *at <= self.now);
        let stage = restore(&self.row).stage();
        let user = self.user_at <= self.now && self.patience > 0 && self.user_can(stage);
        // The bank handles it before anybody else moves.
        if let Some(slow) = self.slow.iter().position(|slow| slow.at <= self.now) {
            let slow = self.slow.swap_remove(slow);
            self.bank_handles(slow)?;
            self.hold()?;
            self.watch()?;
            return Ok(true);
        }
        let choices = able.len() + usize::from(mail.is_some()) + usize::from(user);
        if choices == 0 {
            return Ok(self.time_passes());
        }
        match (self.dice.below(choices as u64) as usize, mail) {
            (n, _) if n < able.len() => self.node_moves(able[n])?,
            (n, Some(mail)) if n == able.len() => self.deliver(mail)?,
            _ => self.user_moves(stage),
        }
        self.hold()?;
        self.watch()?;
        Ok(true)
    }

    /// To the next moment at which somebody can move: exactly there, one tick before, or one after.
    fn time_passes(&mut self) -> bool {
        let wakes = self.nodes.iter().filter_map(Node::wakes);
        let mail = self.mail.iter().map(|(at, _)| *at);
        let stage = restore(&self.row).stage();
        let user = (self.patience > 0 && self.user_can(stage)).then_some(self.user_at);
        let slow = self.slow.iter().map(|slow| slow.at);
        let Some(next) = wakes.chain(mail).chain(user).chain(slow).filter(|at| *at > self.now).min() else {
            return false;
        };
        self.now = match self.dice.below(4) {
            0 if next > self.now + 1 => next - 1,
            1 => next + 1,
            _ => next,
        };
        true
    }

    /// Whether the end user has anything to do: a prompt to answer, or a guess that they can still correct.
    fn user_can(&self, stage: At) -> bool {
        match stage {
            At::Asking => true,
            At::Done => matches!(restore(&self.row).outcome(), Some(Outcome::Failed(end)) if end.reason().is_guess()),
            At::Fetching | At::Looking => self.drawn.webhooks,
            At::Authorizing | At::Recalling | _ => false,
        }
    }
}
