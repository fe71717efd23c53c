//! Fuzzing: a target for some seconds, or the committed corpus once.
//!
//! The committed corpus is only read. What a run finds goes to `fuzz-corpus/` in the target folder, so that a file
//! enters the repository on purpose or not at all.

use crate::steps::{ONE, Tally};
use crate::{Result, root, toolchain};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
use xshell::Shell;

/// How many seconds `cargo xtask fuzz TARGET` runs unless told, and each target at night.
const SECONDS: &str = "60";
const NIGHT: &str = "600";

pub(crate) fn run(sh: &Shell, args: &[String]) -> Result<ExitCode> {
    let targets = targets(sh)?;
    let list = || format!("targets: {}", targets.join(", "));
    let Some(target) = args.first() else {
        println!("{}", list());
        return Ok(ExitCode::SUCCESS);
    };
    let seconds = args.get(1).map_or(SECONDS, String::as_str);
    if !targets.contains(target) || seconds.parse::<u32>().is_err() {
        eprintln!("usage: cargo xtask fuzz TARGET [SECS]\n{}", list());
        return Ok(ExitCode::from(2));
    }
    explore(sh, target, seconds)?;
    Ok(ExitCode::SUCCESS)
}

/// The CI step: each target for 20 seconds.
pub(crate) fn smoke(sh: &Shell) -> Result<Tally> {
    each(sh, |target| explore(sh, target, "20").map(drop))
}

/// At night: ten minutes for each target.
pub(crate) fn night(sh: &Shell) -> Result<String> {
    let mut found = Vec::new();
    let mut total = 0;
    let mut failed = false;
    for target in targets(sh)? {
        found.push(match explore(sh, &target, NIGHT) {
            Ok(executions) => {
                total += executions;
                format!("{target}: {executions} in {NIGHT} s")
            }
            Err(error) => {
                failed = true;
                format!("{target}: {error}")
            }
        });
    }
    let says = format!("{total} executions; {}", found.join("; "));
    if failed { Err(says.into()) } else { Ok(says) }
}

/// The CI step: what once broke stays mended.
pub(crate) fn replay(sh: &Shell) -> Result<Tally> {
    each(sh, |target| {
        let corpus = committed(target);
        let files = sh.read_dir(&corpus).map(|files| files.len()).unwrap_or_default();
        if files == 0 {
            return Err(format!("no corpus; put at least one input into fuzz/corpus/{target}/").into());
        }
        fuzz(sh, target, &[&corpus], &["-runs=0"])?;
        println!("{target}: {files} inputs of the corpus replayed");
        Ok(())
    })
}

/// Every target runs, whatever became of the one before.
fn each(sh: &Shell, run: impl Fn(&str) -> Result) -> Result<Tally> {
    let mut total = Tally::default();
    for target in targets(sh)? {
        total = total.and(match run(&target) {
            Ok(()) => ONE,
            Err(error) => {
                eprintln!("{target}: {error}");
                Tally { passed: 0, failed: 1 }
            }
        });
    }
    Ok(total)
}

/// Returns the number of executions.
fn explore(sh: &Shell, target: &str, seconds: &str) -> Result<u64> {
    let found = Path::new(root()).join(toolchain::target_dir()).join("fuzz-corpus").join(target);
    sh.create_dir(&found)?;
    sh.create_dir(committed(target))?;
    // libFuzzer writes what it finds into the first folder, and reads both.
    let time = format!("-max_total_time={seconds}");
    let said = fuzz(sh, target, &[&found, &committed(target)], &[&time, "-print_final_stats=1"])?;
    let executions = executions(&said).ok_or("libFuzzer did not say how much it ran")?;
    println!("{target}: {executions} executions, no crash; new inputs are in {}", found.display());
    Ok(executions)
}

/// Runs a target and returns what libFuzzer said; all of it is shown only if it failed.
fn fuzz(sh: &Shell, target: &str, corpora: &[&Path], options: &[&str]) -> Result<String> {
    toolchain::cargo_fuzz(sh)?;
    let mut command = Command::new("cargo");
    let nightly = toolchain::nightly(sh);
    match &nightly {
        Some(nightly) => command.arg(nightly),
        None => command.env("RUSTC_BOOTSTRAP", "1"),
    };
    command.current_dir(sh.current_dir()).args(["fuzz", "run", target]).args(corpora).arg("--").args(options);
    println!("{target}: {command:?}");
    let Output { status, stdout, stderr } = command.output()?;
    let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    if status.success() {
        return Ok(said);
    }
    eprintln!("{said}");
    // From the root on: a night's page is committed, and names no folder of this machine.
    let artifact = artifact(&said).ok_or("did not run; the reason is above")?;
    let artifact = artifact.strip_prefix(root()).map_or(artifact, |path| path.trim_start_matches('/'));
    let cargo = nightly.map_or("RUSTC_BOOTSTRAP=1 cargo".to_owned(), |nightly| format!("cargo {nightly}"));
    Err(format!("crashed on {artifact}; run it again with `{cargo} fuzz run {target} {artifact}`").into())
}

/// One file each in `fuzz/fuzz_targets/`.
fn targets(sh: &Shell) -> Result<Vec<String>> {
    let files = sh.read_dir("fuzz/fuzz_targets")?;
    let stems = files.iter().filter(|file| file.extension().is_some_and(|kind| kind == "rs"));
    let mut targets: Vec<String> = stems.filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned())).collect();
    targets.sort();
    Ok(targets)
}

fn committed(target: &str) -> PathBuf {
    Path::new(root()).join("fuzz/corpus").join(target)
}

fn executions(said: &str) -> Option<u64> {
    said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))?.trim().parse().ok()
}

fn artifact(said: &str) -> Option<&str> {
    said.lines().find_map(|line| line.split_once("Test unit written to ")).map(|(_, path)| path.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_libfuzzer_says() {
        let said = "Done 9 runs in 1 second(s)\nstat::number_of_executed_units: 9\nstat::peak_rss_mb: 31";
        assert_eq!(executions(said), Some(9));
        assert_eq!(artifact(said), None);
        let crash = "artifact_prefix='a/'; Test unit written to a/crash-da39\nBase64: ";
        assert_eq!(artifact(crash), Some("a/crash-da39"));
        assert_eq!(executions(crash), None);
    }
}
