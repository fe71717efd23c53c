//! A million parked sessions, with the heap of their deadlines. A line for each number of them: how many, the resident
//! bytes of each, and the nanoseconds of CPU time to wake the one whose deadline is next, to ask it, and to park it.
//!
//! The deadlines are a binary heap of moments and places. A session that was told something gets another entry, and an
//! entry that is not its session's deadline any more is dropped when it comes up: 16 bytes each, and nothing to search.

#![allow(clippy::print_stdout, reason = "a program that is started by another one")]

use core::{cmp::Reverse, hint::black_box};
use reconnect_benches::{hand::Failed, parked::session};
use reconnect_core::{Parked, Timestamp};
use std::collections::BinaryHeap;

const COUNTS: [usize; 7] = [1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000];
/// How many are woken to measure one. The median of some such turns counts.
const WOKEN: u64 = 10_000;
const TURNS: usize = 5;

#[derive(Default)]
struct Lot {
    parked: Vec<Parked>,
    /// When, in which round of waking, and which.
    deadlines: BinaryHeap<Reverse<(Timestamp, u32, u32)>>,
}

impl Lot {
    fn park(&mut self, parked: Parked) {
        let at = parked.deadline().expect("it asks").at;
        self.deadlines.push(Reverse((at, 0, self.parked.len() as u32)));
        self.parked.push(parked);
    }

    /// The next session whose deadline is really then.
    fn next(&mut self) -> Option<(Timestamp, u32, u32)> {
        loop {
            let Reverse((at, round, place)) = self.deadlines.pop()?;
            if self.parked[place as usize].deadline().is_some_and(|deadline| deadline.at == at) {
                return Some((at, round, place));
            }
        }
    }

    /// Each in its turn. It stays as it was, so that what is measured is the same in every round.
    fn wake(&mut self) -> Result<(), Failed> {
        for _ in 0..WOKEN {
            let (at, round, place) = self.next().ok_or("somebody waits")?;
            let mut session = self.parked[place as usize].wake();
            let _ = session.poll(at);
            black_box(session.park().deadline());
            self.deadlines.push(Reverse((at, round + 1, place)));
        }
        Ok(())
    }
}

fn main() -> Result<(), Failed> {
    // What is allocated once, for the first session, is nobody's.
    let _ = session(0).1.park().wake();
    let before = resident()?;
    let mut lot = Lot::default();
    for count in COUNTS {
        // A collection that grows by doubling has room for up to twice of what is in it: that is not the session's.
        lot.parked.reserve_exact(count - lot.parked.len());
        lot.deadlines.reserve_exact(count - lot.deadlines.len());
        while lot.parked.len() < count {
            let session = session(lot.parked.len() as u64).1;
            lot.park(session.park());
        }
        let each = (resident()? - before) / count;
        let mut turns = [0; TURNS];
        for turn in &mut turns {
            let start = cpu()?;
            lot.wake()?;
            *turn = (cpu()? - start) / WOKEN;
        }
        turns.sort_unstable();
        println!("{count} {each} {}", turns[TURNS / 2]);
    }
    Ok(())
}

/// The process's own resident memory in bytes, without its program's pages. What Linux tells at less cost may be off
/// by as much as a thousand sessions.
fn resident() -> Result<usize, Failed> {
    let rollup = std::fs::read_to_string("/proc/self/smaps_rollup")?;
    let kilobytes = rollup.lines().find_map(|line| line.strip_prefix("Anonymous:")).ok_or("no such line")?;
    Ok(kilobytes.trim().trim_end_matches(" kB").parse::<usize>()? * 1024)
}

/// The CPU time of this process so far, in nanoseconds.
fn cpu() -> Result<u64, Failed> {
    let stat = std::fs::read_to_string("/proc/self/schedstat")?;
    Ok(stat.split(' ').next().unwrap_or_default().parse()?)
}
