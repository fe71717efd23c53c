//! The programs of the crate `benches`: built once, run one after the other.

use super::Figures;
use super::figure::Figure;
use crate::{Result, toolchain};
use std::process::Command;
use xshell::{Shell, cmd};

/// The row, and the tasks of `benches/src/bin/instructions.rs` that are ours and theirs.
const TASKS: &[(&str, &str, &str)] = &[
    ("transition", "transition", "enum"),
    ("whole-1", "all-1", "slice-1"),
    ("whole-100", "all-100", "slice-100"),
    ("whole-4000", "all-4000", "slice-4000"),
    ("one-100", "one-100", "retain-100"),
    ("one-4000", "one-4000", "retain-4000"),
    ("restore", "restore", "plain"),
];

/// Builds all programs and says where this one is.
pub(super) fn program(sh: &Shell, name: &str) -> Result<String> {
    cmd!(sh, "cargo build --quiet --locked --release --package reconnect-benches --bins").quiet().run()?;
    Ok(format!("{}/release/{name}", toolchain::target_dir()))
}

pub(super) fn instructions(sh: &Shell) -> Result<Figures> {
    let program = program(sh, "instructions")?;
    let count = |task: &str| callgrind(&program, &[task], Some("*measured*"));
    let row = |(id, ours, theirs): &(&str, &str, &str)| {
        Ok(((*id).to_owned(), Figure { ours: count(ours)?, theirs: Some(count(theirs)?) }))
    };
    TASKS.iter().map(row).collect()
}

pub(super) fn heap(sh: &Shell) -> Result<Figures> {
    let program = program(sh, "heap")?;
    let said = cmd!(sh, "{program}").ignore_stderr().read()?;
    let row = |line: &str| {
        let (id, figure) = line.split_once(' ').ok_or("heap said something else")?;
        Ok((id.to_owned(), Figure { ours: figure.parse()?, theirs: None }))
    };
    said.lines().map(row).collect()
}

/// What is printed only: criterion's, and a million parked sessions.
pub(super) fn time(sh: &Shell) -> Result<Figures> {
    let program = program(sh, "parked")?;
    cmd!(sh, "{program}").run()?;
    cmd!(sh, "cargo bench --locked --package reconnect-benches --bench reconnect").run()?;
    Ok(Figures::new())
}

/// The instructions of a run, or of one function in it.
pub(super) fn callgrind(program: &str, args: &[&str], function: Option<&str>) -> Result<f64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    command.args(function.map(|function| format!("--toggle-collect={function}")));
    let output = command.arg(program).args(args).output();
    let output = output.map_err(|_| "no valgrind here; install it (Debian: apt-get install valgrind)")?;
    let said = String::from_utf8_lossy(&output.stderr);
    let counted = said.lines().find_map(|line| line.split("Collected : ").nth(1)?.trim().parse().ok());
    counted.ok_or_else(|| format!("callgrind counted nothing of {program} {}: {said}", args.join(" ")).into())
}
