//! A million parked sessions, with the heap of their deadlines: what each costs in resident memory as they grow, and how
//! long it takes to wake the one whose deadline is next, to tell it something, and to park it again. `cargo xtask bench`.
//!
//! The deadlines are a binary heap of moments and places. A session that was told something gets another entry, and an
//! entry that is not its session's deadline any more is dropped when it comes up: 16 bytes each, and nothing to search.

use core::cmp::Reverse;
use reconnect_benches::session;
use reconnect_core::{Parked, Timestamp};
use std::{collections::BinaryHeap, process::ExitCode, time::Instant};

/// In bytes, for each session.
const MOST: u64 = 400;

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

fn main() -> ExitCode {
    let Some(before) = resident() else {
        eprintln!("no /proc here, so nothing is measured");
        return ExitCode::SUCCESS;
    };
    let (mut lot, mut held) = (Lot::default(), true);
    for count in [100_000, 300_000, 1_000_000] {
        // A collection that grows by doubling has room for up to twice of what is in it: that is not the session's.
        lot.parked.reserve_exact(count - lot.parked.len());
        lot.deadlines.reserve_exact(count - lot.deadlines.len());
        while lot.parked.len() < count {
            let session = session(lot.parked.len() as u64).1;
            lot.park(session.park());
        }
        let each = (resident().unwrap_or_default() - before) / count as u64;
        let start = Instant::now();
        for _ in 0..10_000 {
            let (at, place) = lot.next().expect("somebody waits");
            let mut session = lot.parked[place as usize].wake();
            let _ = session.poll(at);
            let parked = session.park();
            lot.deadlines.push(Reverse((parked.deadline().expect("it looks").at, place)));
            lot.parked[place as usize] = parked;
        }
        let nanos = start.elapsed().as_nanos() / 10_000;
        held &= each <= MOST;
        eprintln!("{count} parked sessions: {each} bytes each, at most {MOST}; {nanos} ns to wake, poll and park one");
    }
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The process's resident memory in bytes, as Linux tells it.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?;
    kilobytes.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
