//! What reading a body costs in time, by its size, and what a whole walk costs: `cargo bench --package reconnect-benches`.
#![allow(missing_docs, reason = "criterion_group! makes a public function without documentation")]

use core::hint::black_box;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use reconnect_benches::body::{detail, keep_one};
use reconnect_benches::rival;
use reconnect_core::reply::{self, DataReply};
use reconnect_core::{Policy, Reply, Selection};
use reconnect_testkit::duet::{Dice, Stage, Trouble, walk};

/// In bytes; the smallest has an account's frame and hardly a transaction.
const SIZES: [usize; 5] = [1_000, 10_000, 100_000, 1_000_000, 4_000_000];

fn a_walk(c: &mut Criterion) {
    // The bank is half of it: it makes accounts, dates and JSON.
    c.bench_function("walk: refresh, MFA, three polls, session × bank", |bench| {
        bench.iter_batched(
            || {
                let stage = Stage::new(1, 25_000);
                let session = stage.refresh(Selection::all(), Policy::default());
                (stage, session)
            },
            |(mut stage, session)| walk(&mut stage, session, Trouble::default(), &mut Dice::new(1)),
            criterion::BatchSize::SmallInput,
        );
    });
}

fn a_body(c: &mut Criterion) {
    let one = keep_one();
    let mut group = c.benchmark_group("body");
    for size in SIZES {
        let reply = Reply { status: 200, headers: Vec::new(), body: detail(size).into_bytes() };
        group.throughput(Throughput::Bytes(reply.body.len() as u64));
        let by_hand = || serde_json::from_slice::<rival::Body>(black_box(&reply.body)).expect("a body").accounts;
        let ours = |keep: &Selection| {
            let verdict = reply::data(black_box(&reply), Some(keep));
            let Ok(DataReply::Data(_, report)) = verdict else { panic!("data") };
            report
        };
        group.bench_function(BenchmarkId::new("slice", size), |bench| bench.iter(by_hand));
        group.bench_function(BenchmarkId::new("whole", size), |bench| bench.iter(|| ours(&Selection::all())));
        group.bench_function(BenchmarkId::new("retain", size), |bench| {
            bench.iter(|| {
                let mut all = by_hand();
                all.retain(|account| &*account.id == "a-3");
                all
            });
        });
        group.bench_function(BenchmarkId::new("one", size), |bench| bench.iter(|| ours(&one)));
    }
    group.finish();
}

criterion_group!(benches, a_walk, a_body);
criterion_main!(benches);
