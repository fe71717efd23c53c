//! `timing`: is a webhook's signature compared in constant time? It measures `webhook::verify` with signatures that are
//! wrong in their first byte and with ones that are wrong at their end. A comparison that stops at the first difference
//! would take longer for the second kind, and who can time that finds a signature byte by byte.
//!
//! The control makes the same signature and compares it letter by letter, as somebody might write it by hand. It has to be
//! told apart in the same run: what cannot see a leak proves nothing by seeing none. Run by `cargo xtask night timing`.
//!
//! The statistics are ours, in [`leak`](reconnect_benches::leak): dudect-bencher brings clap 2 and what that is built on.
#![allow(clippy::print_stdout, reason = "a program that is started by another one")]

use core::hint::black_box;
use reconnect_benches::leak::{GATE, Leak};
use reconnect_core::{Secret, webhook};
use std::process::ExitCode;
use std::time::Instant;

const BODY: &[u8] = br#"{"ResponseType":"KYC"}"#;
/// Of ours and of the control, with a signature of either kind by chance.
const MEASUREMENTS: usize = 400_000;
/// A machine that does something else meanwhile can spoil a run. A leak is in every one of them.
const RUNS: u32 = 3;

//= docs/spec/webhooks.md#signature
//# **HOOK-9** A receiver MUST compare signatures in constant time.
fn main() -> ExitCode {
    let key = Secret::from("a key of some length");
    for run in 1..=RUNS {
        let [ours, control] = measured(&key, 0x9e37_79b9_7f4a_7c15 ^ u64::from(run));
        let constant = ours.t < GATE && control.t > GATE;
        println!(
            "t {:.1} of {GATE:.0} over {MEASUREMENTS} comparisons ({:.2} ns), the control {:.0} ({:.2} ns), run {run} of {RUNS}",
            ours.t, ours.nanoseconds, control.t, control.nanoseconds
        );
        if constant {
            return ExitCode::SUCCESS;
        }
    }
    ExitCode::FAILURE
}

/// Ours and the control by turns, so that what disturbs one disturbs the other.
fn measured(key: &Secret, seed: u64) -> [Leak; 2] {
    let right = webhook::sign(BODY, key);
    let keys = [key.clone()];
    let ours = |signature: &str| webhook::verify([("x-flinks-signature", signature)], BODY, &keys).is_ok();
    let control = |signature: &str| same(&webhook::sign(BODY, key), signature);
    assert!(ours(&right) && control(&right), "both take the right one");

    let mut dice = Dice(seed);
    let mut times = [Vec::with_capacity(MEASUREMENTS), Vec::with_capacity(MEASUREMENTS)];
    // Always in the same place: where it stands may not tell the kinds apart.
    let mut signature = right.clone();
    for _ in 0..MEASUREMENTS {
        let last = dice.throw().is_multiple_of(2);
        forge(&right, last, dice.throw(), &mut signature);
        settle(key);
        let start = Instant::now();
        let taken = black_box(ours(black_box(&signature)));
        times[0].push((last, nanoseconds(start)));
        settle(key);
        let start = Instant::now();
        let fits = black_box(control(black_box(&signature)));
        times[1].push((last, nanoseconds(start)));
        assert!(!taken && !fits, "a forged signature was taken");
    }
    times.map(Leak::of)
}

/// Time for what was just written to reach the cache: it is written in other pieces for one kind than for the other.
fn settle(key: &Secret) {
    black_box(webhook::sign(BODY, key));
}

/// The right one but for a letter: of Base64, so that it can be read.
fn forge(right: &str, last: bool, dice: u64, signature: &mut String) {
    // The one that carries bits of the last two bytes: the one after it has two bits that have to be zero.
    let at = if last { right.len() - 3 } else { 0 };
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let others = alphabet.iter().filter(|letter| **letter != right.as_bytes()[at]);
    let letter = others.cycle().nth((dice % 63) as usize).expect("63 others");
    signature.clear();
    signature.push_str(&right[..at]);
    signature.push(char::from(*letter));
    signature.push_str(&right[at + 1..]);
}

/// Stops at the first letter that differs.
#[inline(never)]
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).all(|(one, other)| one == other)
}

fn nanoseconds(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
