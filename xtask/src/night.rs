//! What is too slow for every push: `cargo xtask night [STEP]`. What each step found stands in `docs/proof/night.md`,
//! and a step that failed stands there as failed.

use crate::steps::{Tally, tested, watched};
use crate::toolchain::{self, NIGHTLY};
use crate::{Result, fuzz, mutants, supply};
use std::process::{Command, ExitCode};
use std::time::Instant;
use xshell::{Shell, cmd};

pub(crate) const PAGE: &str = "docs/proof/night.md";
const HEAD: &str = "\
# The last nights

What `cargo xtask night` found, step by step. Each row is of the commit and the day that stand in it.

| step | | found | seconds | commit | day |
|---|---|---|---|---|---|
";

/// A step, and the figures that it found.
type Step = (&'static str, fn(&Shell) -> Result<String>);

/// The quick ones first.
const STEPS: &[Step] = &[
    ("minimal", |sh| supply::minimal(sh).map(|_| "each published crate builds with the oldest it allows".to_owned())),
    ("timing", timing),
    ("explore", explore),
    ("schedules", schedules),
    ("faults", faults),
    ("miri", miri),
    ("fuzz", fuzz::night),
    ("mutants", mutants::night),
];

pub(crate) fn run(sh: &Shell, args: &[String]) -> Result<ExitCode> {
    let wanted: Vec<&Step> = STEPS.iter().filter(|(name, _)| args.first().is_none_or(|given| given == name)).collect();
    if wanted.is_empty() {
        eprintln!("usage: cargo xtask night [STEP]\nsteps: {}", names().collect::<Vec<_>>().join(", "));
        return Ok(ExitCode::from(2));
    }
    let mut total = Tally::default();
    for (name, step) in wanted {
        println!("==> {name}");
        let start = Instant::now();
        let found = step(sh);
        let seconds = start.elapsed().as_secs();
        let (word, found) = match found {
            Ok(found) => ("ok", found),
            Err(error) => ("FAILED", error.to_string()),
        };
        println!("<== {name} {word} {seconds} s: {found}\n");
        let row = format!("| {name} | {word} | {} | {seconds} | {} | {} |", cell(&found), commit(sh)?, day(sh)?);
        // Each step at once: a night that is broken off keeps what it found.
        sh.write_file(PAGE, merged(&sh.read_file(PAGE).unwrap_or_default(), name, row))?;
        total = total.and(Tally { passed: (word == "ok").into(), failed: (word != "ok").into() });
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    Ok(total.exit())
}

/// A million walks past the model, and a hundred thousand of each kind with the bank.
fn schedules(sh: &Shell) -> Result<String> {
    let (schedules, seeds) = (1_000_000, 100_000);
    let tests = ["--package", "reconnect-testkit", "--test", "model", "--test", "bank", "--test", "world"];
    let mut command = cargo(sh);
    command.args(["test", "--locked", "--no-fail-fast"]).args(tests);
    command.env("RECONNECT_SCHEDULES", schedules.to_string()).env("RECONNECT_SEEDS", seeds.to_string());
    let tally = green(&mut command)?;
    Ok(format!("{schedules} schedules, {seeds} worlds, {} tests", tally.passed))
}

/// That what is taken for one node is one, tried with nine times as many sessions as every day.
fn explore(sh: &Shell) -> Result<String> {
    let mut command = cargo(sh);
    command.args(["test", "--locked", "--package", "reconnect-testkit", "--test", "explore"]);
    green(command.env("RECONNECT_EXPLORE", "full"))?;
    Ok("one in 11 of those that arrive at a known node went every way from there, and got where the first one did"
        .to_owned())
}

fn faults(sh: &Shell) -> Result<String> {
    last_line(cargo(sh).args(["xtask", "faults"]))
}

/// Optimised, as users have it.
fn timing(sh: &Shell) -> Result<String> {
    let program = ["--package", "reconnect-benches", "--bin", "timing"];
    last_line(cargo(sh).args(["run", "--quiet", "--locked", "--release"]).args(program))
}

/// What a program said last is what it found.
fn last_line(command: &mut Command) -> Result<String> {
    let mut last = "it said nothing; the reason is above".to_owned();
    let succeeded = watched(command, |line| line.clone_into(&mut last))?;
    if succeeded { Ok(last) } else { Err(last.into()) }
}

/// Undefined behaviour, of which safe code has none unless a dependency has.
fn miri(sh: &Shell) -> Result<String> {
    toolchain::nightly_components(sh, &["miri", "rust-src"])?;
    let mut tally = Tally::default();
    let tests: [&[&str]; 2] = [
        &["--package", "reconnect-core", "--all-features", "--lib"],
        &["--package", "reconnect-testkit", "--test", "model", "--test", "decisions", "--test", "table"],
    ];
    for tests in tests {
        let mut command = cargo(sh);
        command.arg(format!("+{NIGHTLY}")).args(["miri", "test", "--locked", "--no-fail-fast"]).args(tests);
        command.env("CARGO_TARGET_DIR", format!("{}/miri", toolchain::target_dir()));
        // The tests read the number of schedules from the environment, and fixtures from files.
        command.env("RECONNECT_SCHEDULES", "50").env("MIRIFLAGS", "-Zmiri-disable-isolation");
        tally = tally.and(green(&mut command)?);
    }
    Ok(format!("{} tests, with 50 schedules", tally.passed))
}

fn cargo(sh: &Shell) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(sh.current_dir());
    command
}

/// All of them, or the step has failed.
fn green(command: &mut Command) -> Result<Tally> {
    match tested(command)? {
        all @ Tally { failed: 0, .. } => Ok(all),
        Tally { failed, .. } => Err(format!("{failed} failed; the reason is above").into()),
    }
}

pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    STEPS.iter().map(|(name, _)| *name)
}

/// What the page says of a step.
pub(crate) fn found(page: &str, step: &str) -> Option<String> {
    let row = page.lines().find_map(|line| line.strip_prefix(&format!("| {step} | "))?.strip_suffix(" |"))?;
    let cells: Vec<&str> = row.split(" | ").collect();
    let [word, found, seconds, commit, day] = cells[..] else { return None };
    let failed = if word == "ok" { "" } else { "FAILED: " };
    Some(format!("{failed}{found} ({seconds} s, {commit}, {day})"))
}

/// The page with this row instead of the one that the step had.
fn merged(page: &str, name: &str, row: String) -> String {
    let steps = STEPS.iter().filter_map(|(step, _)| {
        let kept = || page.lines().find(|line| line.starts_with(&format!("| {step} |"))).map(str::to_owned);
        if *step == name { Some(row.clone()) } else { kept() }
    });
    let rows: Vec<String> = steps.collect();
    format!("{HEAD}{}\n", rows.join("\n"))
}

fn cell(text: &str) -> String {
    text.replace('|', "/").lines().collect::<Vec<_>>().join("; ")
}

/// With a mark if what was tested is not quite that commit.
fn commit(sh: &Shell) -> Result<String> {
    let commit = cmd!(sh, "git rev-parse --short HEAD").quiet().read()?;
    let changed = cmd!(sh, "git status --porcelain --untracked-files=no -- . :!docs/proof").quiet().read()?;
    Ok(if changed.is_empty() { commit } else { format!("{commit} and changes") })
}

fn day(sh: &Shell) -> Result<String> {
    Ok(cmd!(sh, "date -u +%F").quiet().read()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_takes_the_place_of_its_own() {
        let page = merged("", "miri", "| miri | ok |".to_owned());
        let page = merged(&page, "fuzz", "| fuzz | FAILED |".to_owned());
        assert_eq!(page, format!("{HEAD}| miri | ok |\n| fuzz | FAILED |\n"));
        let page = merged(&page, "miri", "| miri | FAILED |".to_owned());
        assert_eq!(page, format!("{HEAD}| miri | FAILED |\n| fuzz | FAILED |\n"));
    }

    #[test]
    fn a_cell_is_one_line() {
        assert_eq!(cell("a | b\nc"), "a / b; c");
    }
}
