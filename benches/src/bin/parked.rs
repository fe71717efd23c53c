//! A million parked sessions, with the heap of their deadlines. A line for each number of them: how many, the resident
//! bytes of each, and the nanoseconds to wake the one whose deadline is next, to ask it, and to park it again.
//!
//! The deadlines are a binary heap of moments and places. A session that was told something gets another entry, and an
//! entry that is not its session's deadline any more is dropped when it comes up: 16 bytes each, and nothing to search.

#![allow(clippy::print_stdout, reason = "a program that is started by another one")]

use core::cmp::Reverse;
use reconnect_benches::{hand::Failed, parked::session};
use reconnect_core::{Parked, Timestamp};
use std::{collections::BinaryHeap, time::Instant};

/// How many are woken to measure one.
const WOKEN: u32 = 10_000;

#[derive(Default)]
struct Lot {
    parked: Vec<Parked>,
    deadlines: BinaryHeap<Reverse<(Timestamp, u32)>>,
}

impl Lot {
    fn park(&mut self, parked: Parked) {
        let at = parked.deadline().expect("it asks").at;
        self.deadlines.push(Reverse((at, self.parked.len() as u32)));
        self.parked.push(parked);
    }

    /// The next session whose deadline is really then.
    fn next(&mut self) -> Option<(Timestamp, u32)> {
        loop {
            let Reverse((at, place)) = self.deadlines.pop()?;
            if self.parked[place as usize].deadline().is_some_and(|deadline| deadline.at == at) {
                return Some((at, place));
            }
        }
    }
}

fn main() -> Result<(), Failed> {
    let before = resident()?;
    let mut lot = Lot::default();
    for count in [10_000, 30_000, 100_000, 300_000, 1_000_000] {
        // A collection that grows by doubling has room for up to twice of what is in it: that is not the session's.
        lot.parked.reserve_exact(count - lot.parked.len());
        lot.deadlines.reserve_exact(count - lot.deadlines.len());
        while lot.parked.len() < count {
            let session = session(lot.parked.len() as u64).1;
            lot.park(session.park());
        }
        let each = (resident()? - before) / count;
        let start = Instant::now();
        for _ in 0..WOKEN {
            let (at, place) = lot.next().ok_or("somebody waits")?;
            let mut session = lot.parked[place as usize].wake();
            let _ = session.poll(at);
            let parked = session.park();
            lot.deadlines.push(Reverse((parked.deadline().ok_or("it looks")?.at, place)));
            lot.parked[place as usize] = parked;
        }
        println!("{count} {each} {}", start.elapsed().as_nanos() / u128::from(WOKEN));
    }
    Ok(())
}

/// The process's resident memory in bytes, as Linux tells it.
fn resident() -> Result<usize, Failed> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no such line")?;
    Ok(kilobytes.trim().trim_end_matches(" kB").parse::<usize>()? * 1024)
}
