//! Session × bank with everything at once: every fault of the sandbox, death at every step, nodes that race on one
//! snapshot, clocks that are wrong, news that is forged, data of last month.
//!
//! `RECONNECT_SEEDS` says how many walks (a tenth of `RECONNECT_SCHEDULES`, where only that is set), `RECONNECT_SEED` names
//! one to tell.

#![allow(clippy::print_stdout, reason = "counts that a person may want to see, with --nocapture")]

use reconnect_testkit::duet::world::{Met, Story, kinds, play};
use std::{env, panic, sync::Mutex};

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().and_then(|text| text.parse().ok())
}

/// What a run may not leave out, besides every kind of fault.
const SITUATIONS: &[&str] = &[
    "death before it is kept",
    "death before it is sent",
    "death before the reply is told",
    "a process that is held up",
    "a request that was held up past its time",
    "several nodes",
    "another node was faster",
    "told once more to what another kept",
    "a clock five minutes off",
    "clocks that disagree",
    "a resumed session",
    "AuthorizeAsync",
    "data by webhook",
    "a webhook",
    "a forged login",
    "a forged session",
    "a forged choice",
    "a flood of redirects",
    "a row that another language wrote again",
    "a row of version 1",
    "a program of version 1 goes on",
    "a row of version 1 becomes one of version 2",
    "a row that was deleted and begun anew",
    "a row that was begun anew is left alone",
    "another session's row is refused",
    "another session's row is left alone",
    "an answer reaches its prompt",
    "a second form for one prompt",
    "a finished user is noticed",
    "redirects without end",
    "a page that opens without end",
    "ten looks in one session",
    "a webhook moves a guess",
    "a late reply moves a guess",
    "a redirect that nobody hears",
    "a redirect heard twice",
    "a reply told twice",
    "a request that surely did not get there",
    "an answer through the API",
    "a wrong answer",
    "a guess that news puts in doubt",
    "the service lost the session",
    "the service has last month's data",
    "refreshed",
    "refused",
    "lapsed",
    "outcome unknown",
    "ended in the widget",
    "gave up",
    "unreachable",
    "not refreshed",
    "cancelled",
];

/// A walk that goes wrong is walked once more, and told.
fn walk(seed: u64, met: &mut Met) -> bool {
    let ended = panic::catch_unwind(panic::AssertUnwindSafe(|| play(seed, met, None)));
    if let Ok(Ok(refreshed)) = ended {
        return refreshed;
    }
    let told = Mutex::new(Story::new());
    let ended = panic::catch_unwind(|| {
        let mut story = told.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        play(seed, &mut Met::new(), Some(&mut story))
    });
    let wrong = ended.map_or("it panics".to_owned(), |ended| ended.err().unwrap_or_default());
    let story = told.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()).join("\n");
    panic!("{story}\n{wrong}\nseed {seed}: RECONNECT_SEED={seed} cargo test -p reconnect-testkit --test proof world::");
}

#[test]
fn no_world_breaks_a_law() {
    if let Some(seed) = number("RECONNECT_SEED") {
        let mut story = Story::new();
        let ended = play(seed, &mut Met::new(), Some(&mut story));
        println!("{}\n{ended:?}", story.join("\n"));
        return ended.map(drop).unwrap_or_else(|wrong| panic!("{wrong}"));
    }
    let seeds = number("RECONNECT_SEEDS").or(number("RECONNECT_SCHEDULES").map(|many| many / 10)).unwrap_or(10_000);
    assert!(seeds >= 5, "{seeds} walks show nothing");
    let mut met = Met::new();
    let refreshed = (0..seeds).filter(|seed| walk(*seed, &mut met)).count() as u64;
    println!("{seeds} walks, {refreshed} refreshed: {met:#?}");
    assert!(seeds < 100 || refreshed * 4 > seeds, "too few get there: {refreshed} of {seeds}");
    // A short run is for a look, or for a planted fault; it need not come everywhere.
    if seeds < 10_000 {
        return;
    }
    let kinds = kinds();
    let all = kinds.iter().map(String::as_str).chain(SITUATIONS.iter().copied());
    let rare: Vec<_> = all.filter(|what| met.get(what).copied().unwrap_or(0) * 500 < seeds).collect();
    assert!(rare.is_empty(), "hardly met: {rare:?} of {met:#?}");
}
