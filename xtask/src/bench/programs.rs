//! The programs of the crate `benches`, and what cargo builds: run one after the other. No tool measures all of these.

use super::page::{Figure, Figures};
use crate::Result;
use crate::toolchain::folder;
use std::path::{Path, PathBuf};
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

pub(super) fn figure(id: &str, ours: f64, theirs: Option<f64>) -> (String, Figure) {
    (id.to_owned(), Figure { ours, theirs })
}

/// Builds all programs and says where this one is.
pub(super) fn program(sh: &Shell, name: &str) -> Result<PathBuf> {
    cmd!(sh, "cargo build --quiet --locked --release --package reconnect-benches --bins").quiet().run()?;
    Ok(folder("release").join(name))
}

pub(super) fn instructions(sh: &Shell) -> Result<Figures> {
    let program = program(sh, "instructions")?;
    let count = |task: &str| callgrind(&program, &[task], Some("*measured*"));
    let row = |(id, ours, theirs): &(&str, &str, &str)| Ok(figure(id, count(ours)?, Some(count(theirs)?)));
    TASKS.iter().map(row).collect()
}

pub(super) fn heap(sh: &Shell) -> Result<Figures> {
    let program = program(sh, "heap")?;
    let said = cmd!(sh, "{program}").ignore_stderr().read()?;
    let row = |line: &str| {
        let (id, number) = line.split_once(' ').ok_or("heap said something else")?;
        Ok(figure(id, number.parse()?, None))
    };
    said.lines().map(row).collect()
}

/// A million parked sessions, against a thousand: the bytes of each, and the nanoseconds to wake one.
pub(super) fn parked(sh: &Shell) -> Result<Figures> {
    let said = pinned(&program(sh, "parked")?, &[])?;
    let lines: Vec<Vec<f64>> = said.lines().map(numbers).collect::<Result<_>>()?;
    let [few, .., many] = &lines[..] else { return Err("parked said too little".into()) };
    Ok([figure("flat", many[1], Some(few[1])), figure("flat-time", many[2], Some(few[2]))].into())
}

pub(super) fn numbers(said: &str) -> Result<Vec<f64>> {
    Ok(said.split(' ').map(str::parse).collect::<core::result::Result<_, _>>()?)
}

/// The instructions of a run, or of one function in it.
pub(super) fn callgrind(program: &Path, args: &[&str], function: Option<&str>) -> Result<f64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    command.args(function.map(|function| format!("--toggle-collect={function}")));
    let output = command.arg(program).args(args).output();
    let output = output.map_err(|_| "no valgrind here; install it (Debian: apt-get install valgrind)")?;
    let said = String::from_utf8_lossy(&output.stderr);
    let counted = said.lines().find_map(|line| line.split("Collected : ").nth(1)?.trim().parse().ok());
    println!("    {}: {counted:?} instructions", args.join(" "));
    counted.ok_or_else(|| format!("callgrind counted nothing: {said}").into())
}

/// Runs a program on the first core and returns what it said.
pub(super) fn pinned(program: &Path, args: &[&str]) -> Result<String> {
    let output = on_core("0", program).args(args).output();
    let output =
        output.map_err(|_| "no taskset here, or no prlimit; install them (Debian: apt-get install util-linux)")?;
    if !output.status.success() {
        return Err(format!("{}: {}", program.display(), String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// A program on one core, which may open a socket for each of the crowd: 1,024 files, the usual limit, are too few.
pub(super) fn on_core(core: &str, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", core, "prlimit", "--nofile=4096:"]).arg(program);
    command
}
