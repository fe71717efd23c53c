//! What is measured, against what, and what is aimed at.

pub(crate) struct Row {
    pub(crate) id: &'static str,
    pub(crate) what: &'static str,
    pub(crate) against: &'static str,
    pub(crate) aim: Aim,
    /// Where it is missed: why, and what would help.
    pub(crate) learned: Option<&'static str>,
}

impl Row {
    const fn learned(self, learned: &'static str) -> Self {
        Self { learned: Some(learned), ..self }
    }
}

/// What a row aims at.
#[derive(Clone, Copy)]
pub(crate) enum Aim {
    /// Theirs is at least so many times ours: we are faster.
    Faster(f64),
    /// Ours is at most so many times theirs.
    AtMost(f64),
    /// Theirs is no more than this share of ours in what is better when more: throughput.
    Throughput(f64),
    /// Ours is at most this, in the row's unit.
    Below(f64, &'static str),
    /// It is written down only.
    Recorded(&'static str),
}

const fn row(id: &'static str, what: &'static str, against: &'static str, aim: Aim) -> Row {
    Row { id, what, against, aim, learned: None }
}

const SLICE: &str = "`serde_json::from_slice` into the same types";
const CROWD: &str = "a refresh at once with others costs us more CPU time, of which most is the session's own: a snapshot at each step, \
    the reply's body copied. The bodies are small here, so that reading them faster gains nothing back. From run to run the \
    throughput moves by a tenth, since most of the time is the sandbox's; look at several.";
const LAST: &str = "the core needs all of its dependencies, so it is compiled after them and by itself, in one go \
    (`cargo build --timings`): more cores make them faster and not it. It is measured by the clock: look again on a \
    machine that does nothing else.";
const RETAIN: &str = "that, then `retain`";

pub(crate) const ROWS: &[Row] = &[
    row(
        "transition",
        "one transition: `poll` and `receive` without a body",
        "the same on a plain enum",
        Aim::Recorded("instructions"),
    ),
    row("transition-heap", "its allocations", "–", Aim::Below(0.0, "blocks")),
    row("whole-1", "accounts body of 1 KB, whole", SLICE, Aim::Recorded("instructions")),
    row("whole-100", "accounts body of 100 KB, whole", SLICE, Aim::Faster(1.2)),
    row("whole-4000", "accounts body of 4 MB, whole", SLICE, Aim::Faster(1.2)),
    row("whole-time", "the same in time", SLICE, Aim::Recorded("µs")),
    row("one-100", "100 KB, 1 of 10 accounts", RETAIN, Aim::Faster(2.0)),
    row("one-4000", "4 MB, 1 of 10 accounts", RETAIN, Aim::Faster(2.0)),
    row("one-time", "the same in time", RETAIN, Aim::Recorded("µs")),
    row(
        "one-100-heap",
        "100 KB, 1 of 10 accounts, wherever `Id` stands: peak heap as a share of the body",
        "–",
        Aim::Below(0.15, "of the body"),
    ),
    row(
        "one-4000-heap",
        "4 MB, 1 of 10 accounts, wherever `Id` stands: peak heap as a share of the body",
        "–",
        Aim::Below(0.15, "of the body"),
    ),
    row("walk-async", "a refresh over loopback, async", "bare reqwest and serde_json", Aim::AtMost(1.05)),
    row("walk-async-cpu", "the same in CPU time", "the same", Aim::AtMost(1.05)),
    row("walk-blocking", "a refresh over loopback, blocking", "bare ureq and serde_json", Aim::AtMost(1.05)),
    row("walk-blocking-cpu", "the same in CPU time", "the same", Aim::AtMost(1.05)),
    row("parked", "a parked session in memory", "–", Aim::Below(400.0, "bytes")),
    row("flat", "a parked session among a million", "one among 1,000", Aim::AtMost(1.1)),
    row("flat-time", "to wake, ask and park one of a million", "one of 1,000", Aim::AtMost(1.5)),
    row("stored", "a parked session as a stored snapshot", "–", Aim::Below(600.0, "bytes")),
    row("restore", "restore, poll and a redirect", "its snapshot read into a plain struct", Aim::AtMost(3.0)),
    row("crowd", "1,000 refreshes at once, async, one thread", "bare reqwest", Aim::Throughput(0.95)).learned(CROWD),
    row("crowd-memory", "memory for each refresh in flight", "bare reqwest", Aim::Recorded("bytes")),
    row("crowd-cpu", "CPU time for each of these refreshes", "bare reqwest", Aim::Recorded("µs")),
    row("build", "cold debug build of `reconnect-core`", "its dependencies alone", Aim::AtMost(1.5)).learned(LAST),
    row("crates", "crates of `reconnect-core`", "–", Aim::Below(16.0, "crates")),
    row("wasm", "`docs/examples/wasm`", "–", Aim::Below(240_000.0, "bytes")),
];
