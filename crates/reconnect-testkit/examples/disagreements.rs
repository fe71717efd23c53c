//! For a change of the machine: each kind of disagreement between session and model at once, with its shortest schedule.
//!
//! `cargo run -p reconnect-testkit --example disagreements`; `RECONNECT_SCHEDULES` says how many schedules, and
//! `RECONNECT_SEED` which ones.

#![allow(clippy::print_stdout, reason = "it is for a person at a terminal")]

use reconnect_testkit::schedule::{Cover, Op, Start, play, story};
use std::{collections::BTreeMap, env};

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn main() {
    let mut found: BTreeMap<String, (usize, Start, Vec<Op>)> = BTreeMap::new();
    let mut seed = number("RECONNECT_SEED", 1);
    let mut next = move || {
        // SplitMix64.
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) as u32).to_le_bytes()
    };
    let kind = |wrong: &str| wrong.chars().filter(|c| !c.is_ascii_digit()).take(600).collect::<String>();
    for _ in 0..number("RECONNECT_SCHEDULES", 20_000) {
        let ([a, b, c, d], [e, f, g, h]) = (next(), next());
        let start = Start::of([a, b, c, d, e, f, g, h]);
        let mut ops: Vec<Op> = (0..next()[0] % 50).map(|_| Op::of(next())).collect();
        let Err(wrong) = play(&start, &ops, &mut Cover::default(), None) else { continue };
        let wanted = kind(&wrong);
        let known = found.entry(wanted.clone()).or_insert((0, start.clone(), ops.clone()));
        known.0 += 1;
        if known.0 > 20 {
            continue;
        }
        // One step less, as long as it goes wrong in the same way.
        let mut at = 0;
        while at < ops.len() {
            let mut fewer = ops.clone();
            fewer.remove(at);
            if play(&start, &fewer, &mut Cover::default(), None).is_err_and(|wrong| kind(&wrong) == wanted) {
                ops = fewer;
            } else {
                at += 1;
            }
        }
        if ops.len() < known.2.len() {
            (known.1, known.2) = (start, ops);
        }
    }
    let mut found: Vec<_> = found.into_values().collect();
    found.sort_by_key(|(count, _, _)| core::cmp::Reverse(*count));
    for (count, start, ops) in found.iter().take(12) {
        println!("=== {count} times ===\n{}\n", story(start, ops));
    }
    println!("{} kinds of disagreement", found.len());
}
