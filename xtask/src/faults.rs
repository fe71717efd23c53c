//! Planted faults: each patch of `crates/reconnect-testkit/faults` is a fault that somebody could make. It is applied to
//! a copy of the tree, and a test has to turn red. cargo-mutants plants what it can think of itself; these are of whole rules.
//!
//! A patch begins with a line that says what it plants. A line `Seen by: FILE TEST` names a test of the testkit, if the
//! reference model cannot see it, and `Seen by: PACKAGE FILE TEST` one of another package, whose unit tests are in the
//! FILE `lib` or `bins`; `Schedules: N` is for what shows but rarely. A patch that no longer applies, or that does not
//! compile, proves nothing, and counts as missed.

use crate::steps::{Tally, counted};
use crate::toolchain::folder;
use crate::{Result, tidy};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use xshell::{Shell, cmd};

pub(crate) const FOLDER: &str = "crates/reconnect-testkit/faults/";
const MODEL: &str = "proof model::session_and_model_agree";
/// How many schedules, and seeds, a fault has to show in.
const SCHEDULES: &str = "2000";
/// In seconds. A fault can make a test turn in circles.
const PATIENCE: &str = "300";
const CAUGHT: &str = "caught";
const MISSED: &str = "MISSED";

/// The test that sees a fault: its package, its file, and its name.
type Seer = [String; 3];

fn seer(line: &str) -> Result<Seer> {
    match *line.split(' ').collect::<Vec<_>>() {
        [file, test] => Ok(["reconnect-testkit", file, test].map(str::to_owned)),
        [package, file, test] => Ok([package, file, test].map(str::to_owned)),
        _ => Err(format!("`{line}` is neither FILE TEST nor PACKAGE FILE TEST").into()),
    }
}

/// All faults, or those that have the argument in their name, or one of several with commas between them.
pub(crate) fn run(sh: &Shell, args: &[String]) -> Result<Tally> {
    let names = args.first().map_or("", String::as_str);
    let mut faults = Vec::new();
    for patch in sh.read_dir(FOLDER)? {
        let name = patch.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.strip_suffix(".patch").is_some_and(|name| names.split(',').any(|part| name.contains(part))) {
            let text = sh.read_file(&patch)?;
            let seer = seer(header(&text, "Seen by: ").unwrap_or(MODEL)).map_err(|error| format!("{name}: {error}"))?;
            faults.push((name, text, seer, patch));
        }
    }
    if faults.is_empty() {
        return Err(format!("no patch in {FOLDER} has {names} in its name").into());
    }
    let tree = copied(sh)?;
    for seer in faults.iter().map(|(_, _, seer, _)| seer).collect::<BTreeSet<_>>() {
        let (word, why) = test(&tree, seer, SCHEDULES)?;
        if word != MISSED {
            return Err(format!("{} is red without any fault: {why}", seer.join(" ")).into());
        }
    }
    let mut total = Tally::default();
    for (name, text, seer, patch) in &faults {
        let (start, schedules) = (Instant::now(), header(text, "Schedules: ").unwrap_or(SCHEDULES));
        let (word, why) = if apply(&tree, patch, &[])? {
            let ran = test(&tree, seer, schedules);
            if !apply(&tree, patch, &["--reverse"])? {
                return Err(format!("{name} cannot be taken back").into());
            }
            ran?
        } else {
            ("STALE", "it no longer applies".to_owned())
        };
        println!("{word:<6} {:>6.1} s  {name}: {why}", start.elapsed().as_secs_f64());
        total = total.and(Tally::of((word != CAUGHT).into()));
    }
    println!("{} caught, {} missed", total.passed, total.failed);
    Ok(total)
}

/// What stands before the diff.
fn header<'a>(patch: &'a str, name: &str) -> Option<&'a str> {
    patch.lines().take_while(|line| !line.starts_with("--- ")).find_map(|line| line.strip_prefix(name))
}

/// A copy of the tree, with all that git does not ignore. What is built from it stands beside it: a file that did not change
/// is not written, so that each fault costs one incremental build.
fn copied(sh: &Shell) -> Result<PathBuf> {
    cmd!(sh, "cargo fetch --quiet --locked").run()?;
    let (tree, paths) = (folder("faults/tree"), tidy::paths(sh)?);
    sh.create_dir(&tree)?;
    for path in &paths {
        let (text, copy) = (sh.read_binary_file(path)?, tree.join(path));
        if sh.read_binary_file(&copy).ok().as_ref() != Some(&text) {
            sh.write_file(copy, text)?;
        }
    }
    // A file that is gone from the tree would still be built.
    for file in cmd!(sh, "find {tree} -type f").quiet().read()?.lines() {
        if !paths.iter().any(|path| Path::new(file) == tree.join(path)) {
            sh.remove_path(file)?;
        }
    }
    Ok(tree)
}

/// Whether it applies. The copy lies in a folder that a repository above it ignores, and git would pass it over in silence.
fn apply(tree: &Path, patch: &Path, how: &[&str]) -> Result<bool> {
    let mut git = Command::new("git");
    git.env("GIT_CEILING_DIRECTORIES", tree.parent().ok_or("the copy has a folder of its own")?).current_dir(tree);
    Ok(git.args(["apply", "--whitespace=nowarn"]).args(how).arg(patch).output()?.status.success())
}

/// What became of the fault, and why.
fn test(tree: &Path, [package, file, test]: &Seer, schedules: &str) -> Result<(&'static str, String)> {
    let target = if ["lib", "bins"].contains(&&**file) { format!("--{file}") } else { format!("--test={file}") };
    // timeout ends the test too, and not only cargo; 0 is no limit.
    let cargo = |patience: &str, more: &[&str]| {
        let mut cargo = Command::new("timeout");
        cargo.args(["--kill-after=9", patience, "cargo", "test", "--quiet", "--offline", "--package", package]);
        cargo.arg(&target).args(more).current_dir(tree).env("CARGO_TARGET_DIR", tree.with_file_name("target"));
        cargo.env("CARGO_PROFILE_TEST_DEBUG", "0").env("CARGO_INCREMENTAL", "1").env("RUST_BACKTRACE", "0");
        cargo.env("RECONNECT_SCHEDULES", schedules).env("RECONNECT_SEEDS", schedules).output()
    };
    let built = cargo("0", &["--no-run"])?;
    if !built.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&built.stderr));
        return Ok(("BROKEN", "it does not compile".to_owned()));
    }
    let ran = cargo(PATIENCE, &["--", "--exact", test])?;
    let said = [String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr)].concat();
    match (ran.status.success(), said.lines().filter_map(counted).fold(Tally::default(), Tally::and)) {
        (true, Tally { passed: 1, .. }) => Ok((MISSED, "its test is green".to_owned())),
        (true, _) => Err(format!("there is no test {test} in {file}").into()),
        (false, _) => Ok((CAUGHT, reason(&said).to_owned())),
    }
}

/// The line of a failed test that says what is wrong.
fn reason(said: &str) -> &str {
    said.lines().skip_while(|line| !line.contains("panicked at")).nth(1).unwrap_or("it takes too long").trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_ends_where_the_diff_begins() {
        let patch = "It is broken.\nSeen by: bank a_test\n\n--- a/x\n+++ b/x\nSchedules: 7\n";
        assert_eq!(header(patch, "Seen by: "), Some("bank a_test"));
        assert_eq!(header(patch, "Schedules: "), None);
    }

    #[test]
    fn a_test_of_another_package_is_named_with_it() {
        assert_eq!(seer("reconnect-cli cli edges::a_name").unwrap(), ["reconnect-cli", "cli", "edges::a_name"]);
        assert_eq!(seer("bank a_test").unwrap(), ["reconnect-testkit", "bank", "a_test"]);
        assert!(seer("a_test").is_err());
    }

    #[test]
    fn the_reason_is_the_line_that_tells() {
        assert_eq!(reason("running 1 test\nthread 'a' panicked at x.rs:1:\n  no id\nmore\n"), "no id");
        assert_eq!(reason(""), "it takes too long");
    }
}
