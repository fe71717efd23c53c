//! What things weigh on the heap, in bytes: `cargo xtask bench`. Each row is a limit, and a row that is missed fails.

use core::{cmp::Reverse, hint::black_box};
use dhat::{HeapStats, Profiler};
use reconnect_benches::{asked, detail, keep_one};
use reconnect_core::reply::{self, Asked};
use reconnect_core::{Action, Fault, FaultKind, Reply, accounts};
use reconnect_testkit::walks::phases;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

fn main() -> ExitCode {
    let _profiler = Profiler::builder().testing().build();
    let rows = [parked(), stored(), transition(), one_of_ten(100_000), one_of_ten(4_000_000)];
    let mut missed = 0;
    for (name, figure, most) in rows {
        let held = figure <= most;
        missed += usize::from(!held);
        eprintln!("{name}: {figure}, at most {most}{}", if held { "" } else { "  MISSED" });
    }
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

type Row = (&'static str, u64, u64);

/// With its place among the deadlines: a moment and a number.
fn parked() -> Row {
    let (_, session) = asked();
    let before = HeapStats::get().curr_bytes;
    let waiting = Box::new((session.park(), Reverse((session.deadline().map(|deadline| deadline.at), 0_u32))));
    let bytes = HeapStats::get().curr_bytes - before;
    drop(waiting);
    ("a parked session, bytes", bytes as u64, 400)
}

fn stored() -> Row {
    let (_, session) = asked();
    ("a stored snapshot, bytes", session.snapshot().to_json().len() as u64, 600)
}

/// In every phase, what it sends is handed out and lost: no step of it allocates. (Answers are the request's own.)
fn transition() -> Row {
    let mut most = 0;
    for (name, mut session, now) in phases() {
        let before = HeapStats::get().total_blocks;
        let action = session.poll(now);
        if let Action::Send(request) = &action {
            session.receive(now, request.id, Err(Fault::maybe(FaultKind::Timeout)));
        }
        let blocks = HeapStats::get().total_blocks - before;
        if blocks != 0 {
            eprintln!("{name}: {blocks}");
        }
        most = most.max(blocks);
        drop(action);
    }
    ("allocations of poll and receive, in the worst phase", most, 0)
}

fn one_of_ten(size: usize) -> Row {
    let reply = Reply { status: 200, headers: Vec::new(), body: detail(size).into_bytes() };
    let keep = keep_one();
    let (before, peak) = (HeapStats::get().curr_bytes, HeapStats::get().max_bytes);
    let read = reply::read(Asked::Accounts, &reply);
    let report = accounts::read(read.accounts.expect("data"), &keep).expect("accounts");
    let most = HeapStats::get().max_bytes;
    assert!(most > peak, "the peak is of this row");
    black_box(report);
    ("peak for 1 of 10 accounts, in thousandths of the body", ((most - before) * 1_000 / reply.body.len()) as u64, 150)
}
