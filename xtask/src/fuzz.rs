//! Fuzzing with cargo-fuzz: each target for some seconds, or its committed corpus once. The tool would write what it finds
//! into that corpus; here it goes to `fuzz-corpus/` in the target folder, so that a file is committed on purpose or not at all.

use crate::steps::{ONE, Tally};
use crate::toolchain::{self, folder};
use crate::{Result, root};
use std::path::{Path, PathBuf};
use xshell::{Shell, cmd};

pub(crate) fn run(sh: &Shell, args: &[String]) -> Result<Tally> {
    let targets = targets(sh)?;
    let (Some(target), seconds) = (args.first(), args.get(1).map_or("60", String::as_str)) else {
        println!("targets: {}", targets.join(", "));
        return Ok(Tally::default());
    };
    if !targets.contains(target) || seconds.parse::<u32>().is_err() {
        return Err(format!("usage: cargo xtask fuzz TARGET [SECS]\ntargets: {}", targets.join(", ")).into());
    }
    explore(sh, target, seconds, ANY_SEED).map(|()| ONE)
}

/// The CI step: each target for 20 seconds, always from the same seed. So the same commit gets the same answer, and luck
/// does not stop a change that has nothing to do with what is found. New ground is for the night.
pub(crate) fn smoke(sh: &Shell) -> Result<Tally> {
    each(sh, |target| explore(sh, target, "20", "1"))
}

/// At night: ten minutes for each target, each night from another seed.
pub(crate) fn night(sh: &Shell) -> Result<Tally> {
    each(sh, |target| explore(sh, target, "600", ANY_SEED))
}

/// The CI step: the committed inputs, once.
pub(crate) fn replay(sh: &Shell) -> Result<Tally> {
    each(sh, |target| {
        let corpus = committed(target);
        if sh.read_dir(&corpus).unwrap_or_default().is_empty() {
            return Err(format!("no corpus; put at least one input into fuzz/corpus/{target}/").into());
        }
        fuzz(sh, target, &[corpus], &["-runs=0"])
    })
}

/// Every target runs, whatever became of the one before.
fn each(sh: &Shell, run: impl Fn(&str) -> Result) -> Result<Tally> {
    let mut total = Tally::default();
    for target in targets(sh)? {
        let done = run(&target);
        if let Err(error) = &done {
            eprintln!("{target}: {error}");
        }
        total = total.and(Tally::of(done.is_err().into()));
    }
    Ok(total)
}

/// libFuzzer takes a random seed for it.
const ANY_SEED: &str = "0";

fn explore(sh: &Shell, target: &str, seconds: &str, seed: &str) -> Result {
    let found = folder("fuzz-corpus").join(target);
    sh.create_dir(&found)?;
    sh.create_dir(committed(target))?;
    // libFuzzer writes what it finds into the first folder, and reads both.
    fuzz(sh, target, &[found, committed(target)], &[&format!("-max_total_time={seconds}"), &format!("-seed={seed}")])
}

/// If it fails, cargo-fuzz names the input and the command that runs it again.
fn fuzz(sh: &Shell, target: &str, corpora: &[PathBuf], options: &[&str]) -> Result {
    toolchain::tool(sh, "cargo-fuzz")?;
    let (nightly, quietly) = (toolchain::nightly(sh, &[])?, ["-verbosity=0", "-print_final_stats=1"]);
    Ok(cmd!(sh, "cargo {nightly} fuzz run {target} {corpora...} -- {options...} {quietly...}").run()?)
}

/// One file each in `fuzz/fuzz_targets/`.
fn targets(sh: &Shell) -> Result<Vec<String>> {
    let files = sh.read_dir("fuzz/fuzz_targets")?;
    let name = |file: &PathBuf| Some(file.file_name()?.to_str()?.strip_suffix(".rs")?.to_owned());
    Ok(files.iter().filter_map(name).collect())
}

fn committed(target: &str) -> PathBuf {
    Path::new(root()).join("fuzz/corpus").join(target)
}
