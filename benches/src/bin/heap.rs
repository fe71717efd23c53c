//! What things weigh on the heap: a line for each row of `cargo xtask bench`, its name and its figure.
#![allow(clippy::print_stdout, reason = "a program that is started by another one")]

use core::{cmp::Reverse, hint::black_box};
use dhat::{HeapStats, Profiler};
use reconnect_benches::{
    body::{detail, id_first, keep_one},
    parked::asked,
};
use reconnect_core::reply::{self, DataReply};
use reconnect_core::{Action, Fault, FaultKind, Reply};
use reconnect_testkit::walks::phases;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

fn main() {
    println!("parked {}", parked());
    println!("stored {}", stored());
    println!("transition-heap {}", transition());
    println!("one-100-heap {}", one_of_ten(100_000));
    println!("one-4000-heap {}", one_of_ten(4_000_000));
}

/// With its place among the deadlines: a moment and a number.
fn parked() -> usize {
    let (_, session) = asked();
    let _profiler = profiler();
    let before = HeapStats::get().curr_bytes;
    let waiting = Box::new((session.park(), Reverse((session.deadline().map(|deadline| deadline.at), 0_u32))));
    let bytes = HeapStats::get().curr_bytes - before;
    drop(waiting);
    bytes
}

fn stored() -> usize {
    let (_, session) = asked();
    session.snapshot().to_json().len()
}

/// In every phase, what it sends is handed out and lost: no step of it allocates. (Answers are the request's own.)
fn transition() -> u64 {
    let _profiler = profiler();
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
    most
}

/// The peak as a share of the body, wherever the id stands.
#[expect(clippy::cast_precision_loss, reason = "thousandths")]
fn one_of_ten(size: usize) -> f64 {
    let keep = keep_one();
    let peak = |body: String| {
        let reply = Reply { status: 200, headers: Vec::new(), body: body.into_bytes() };
        // From here on: the body itself is not counted.
        let _profiler = profiler();
        let Ok(DataReply::Data(_, report)) = reply::data(&reply, Some(&keep)) else { panic!("data") };
        black_box(report);
        HeapStats::get().max_bytes * 1_000 / reply.body.len()
    };
    peak(detail(size)).max(peak(id_first(size))) as f64 / 1_000.0
}

/// Counts until it is dropped.
fn profiler() -> Profiler {
    Profiler::builder().testing().build()
}
