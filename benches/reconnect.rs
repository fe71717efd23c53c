//! What a walk costs, and what reading a body costs. `cargo xtask bench`.
#![allow(missing_docs, reason = "criterion_group! makes a public function without documentation")]

use core::hint::black_box;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use reconnect_benches::detail;
use reconnect_core::reply::{self, Asked};
use reconnect_core::{AccountId, Policy, Reply, Selection, accounts};
use reconnect_testkit::duet::{Dice, Stage, Trouble, walk};

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
    let body = detail(1 << 20);
    let reply = Reply { status: 200, headers: Vec::new(), body: body.into_bytes() };
    let one = Selection::only([AccountId::new("a-3").expect("an id")]).expect("one");
    let mut group = c.benchmark_group("a body of 1 MB");
    group.throughput(Throughput::Bytes(reply.body.len() as u64));
    // What a user would write instead: the same types, by serde_json, and a `retain`.
    group.bench_function("serde_json::from_slice into a Value", |bench| {
        bench.iter(|| serde_json::from_slice::<serde_json::Value>(black_box(&reply.body)));
    });
    for (name, keep) in [("all 10 accounts", &Selection::all()), ("1 of 10 accounts", &one)] {
        group.bench_function(name, |bench| {
            bench.iter(|| {
                let read = reply::read(Asked::Accounts, black_box(&reply));
                accounts::read(read.accounts.expect("data"), keep)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, a_walk, a_body);
criterion_main!(benches);
