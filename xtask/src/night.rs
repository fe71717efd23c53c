//! What is too slow for every push, as `.github/workflows/night.yml` runs it each week. Its artefacts are the record;
//! `docs/proof/night.md` keeps what earlier ones found.

use crate::steps::{self, ONE, Step, Tally, tested};
use crate::toolchain::{self, folder};
use crate::{Result, bindings, ci, faults, fuzz, mutants};
use xshell::{Shell, cmd};

/// The quick ones first.
pub(crate) const STEPS: &[Step] = &[
    ("minimal", ci::minimal),
    ("timing", timing),
    ("bindings", bindings::night),
    ("explore", explore),
    ("schedules", schedules),
    ("faults", |sh| faults::run(sh, &[])),
    ("miri", miri),
    ("fuzz", fuzz::night),
    ("mutants", |sh| mutants::run(sh, &[])),
];

pub(crate) fn run(sh: &Shell, args: &[String]) -> Result<Tally> {
    steps::run(sh, STEPS, args)
}

/// Optimised, as users have it.
fn timing(sh: &Shell) -> Result<Tally> {
    cmd!(sh, "cargo run --quiet --locked --release --package reconnect-benches --bin timing").run()?;
    Ok(ONE)
}

/// Whether the states that the exploration merges are equivalent, with nine times as many sessions as in `check`.
fn explore(sh: &Shell) -> Result<Tally> {
    let test = cmd!(sh, "cargo test --locked --package reconnect-testkit --test proof explore::");
    tested(test.env("RECONNECT_EXPLORE", "full"))
}

/// A million walks past the model, and a hundred thousand of each kind with the bank.
fn schedules(sh: &Shell) -> Result<Tally> {
    let tests = ["--package", "reconnect-testkit", "--test", "proof", "--", "model::", "bank::", "world::"];
    let test = cmd!(sh, "cargo test --locked --no-fail-fast {tests...}");
    tested(test.env("RECONNECT_SCHEDULES", "1000000").env("RECONNECT_SEEDS", "100000"))
}

/// Undefined behaviour, of which safe code has none unless a dependency has.
fn miri(sh: &Shell) -> Result<Tally> {
    let nightly = &toolchain::nightly(sh, &["miri", "rust-src"])?;
    let tests: [&[&str]; 3] = [
        &["--package", "reconnect-json", "--package", "reconnect-core", "--all-features", "--lib"],
        &["--package", "reconnect-testkit", "--test", "proof", "--", "model::"],
        &["--package", "reconnect-testkit", "--test", "session", "--", "decisions::", "json::", "table::"],
    ];
    let mut total = Tally::default();
    for tests in tests {
        let test = cmd!(sh, "cargo {nightly} miri test --locked --no-fail-fast {tests...}");
        // The tests read the number of schedules from the environment, and fixtures from files.
        let test = test.env("RECONNECT_SCHEDULES", "50").env("MIRIFLAGS", "-Zmiri-disable-isolation");
        total = total.and(tested(test.env("CARGO_TARGET_DIR", folder("miri")))?);
    }
    Ok(total)
}
