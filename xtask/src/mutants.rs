//! Mutation testing of what needs no std: cargo-mutants breaks one thing at a time, and a test has to see it. The tool runs
//! the same tests on all mutants; here it goes in rounds (`--iterate`), which takes a tenth of the time, and the score is kept
//! by file.
//!
//! The build is incremental and in a folder of its own, so that a mutant costs what one changed function costs.

use crate::steps::Tally;
use crate::toolchain::{self, folder, is_no_std, packages};
use crate::{Result, root};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::process::Command;
use xshell::{Shell, cmd};

const SCORE: &str = "docs/proof/mutants.json";
const CORE: &str = "crates/reconnect-core/src/";
/// Here nothing may survive: what decides, and what an outsider can send.
const NONE_SURVIVES: &[&str] = &["state", "lease", "selection", "reply", "connect", "webhook"];
/// Of all mutants, in percent, what `.cargo/mutants.toml` may leave out.
const EXCLUDED: usize = 2;

/// Each round tries what the one before missed: first by the model and the tables, which see most of it within a
/// second, at last by every test but the exploration. The last word of a row is what the names of its tests begin with. Each
/// has the seconds that a mutant may take which turns in circles; the tests of a sound core take a tenth.
const ROUNDS: &[(&str, &str, &str, &str)] = &[
    ("20", "reconnect-testkit", "test=proof", "model::"),
    ("30", ALL, "lib test=session", ""),
    ("60", ALL, "test=proof test=drivers test=heap", ""),
    ("300", ALL, "tests", ""),
];
const ALL: &str = "reconnect-json,reconnect-core,reconnect-calls,reconnect-embed,reconnect-testkit";

/// What became of the mutants of one file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Score {
    /// What git calls the text of the file that was tried.
    text: String,
    mutants: usize,
    excluded: usize,
    does_not_compile: usize,
    caught: usize,
    survived: Vec<String>,
}

/// By file.
type Scores = BTreeMap<String, Score>;

impl Score {
    fn untried(&self) -> usize {
        self.mutants - self.excluded - self.does_not_compile - self.caught - self.survived.len()
    }
}

/// These files, such as `state/*.rs`, or those that changed since they were last tried. The record keeps what it has of the
/// others; `cargo xtask mutants '*'` tries all.
pub(crate) fn run(sh: &Shell, args: &[String]) -> Result<Tally> {
    toolchain::tool(sh, "cargo-mutants")?;
    let recorded: Scores = serde_json::from_str(&sh.read_file(SCORE)?)?;
    let mut scores = merged(listed(sh, &[])?, &recorded);
    let changed = scores.iter().filter(|(_, score)| score.untried() > 0).map(|(file, _)| file.clone());
    let files: Vec<String> = if args.is_empty() { changed.collect() } else { args.to_vec() };
    if !files.is_empty() {
        scores.extend(tried(sh, &files)?);
    }
    sh.write_file(SCORE, format!("{}\n", serde_json::to_string_pretty(&scores)?))?;
    let wrong = wrong(&scores);
    wrong.iter().for_each(|wrong| eprintln!("{wrong}"));
    let sum = |of: fn(&Score) -> usize| scores.values().map(of).sum::<usize>();
    println!("{} caught, {} survived", sum(|score| score.caught), sum(|score| score.survived.len()));
    Ok(Tally::of(wrong.len()))
}

fn wrong(scores: &Scores) -> Vec<String> {
    let sum = |of: fn(&Score) -> usize| scores.values().map(of).sum::<usize>();
    let decides = |name: &&String| NONE_SURVIVES.iter().any(|file| name.starts_with(&format!("{CORE}{file}")));
    let survived = scores.values().flat_map(|score| &score.survived).filter(decides);
    let mut wrong: Vec<String> = survived.map(|name| format!("survived: {name}")).collect();
    let (all, excluded) = (sum(|score| score.mutants), sum(|score| score.excluded));
    if excluded * 100 > all * EXCLUDED {
        wrong.push(format!("{excluded} of {all} left out, {EXCLUDED} % at most"));
    }
    if sum(Score::untried) > 0 {
        wrong.push(format!("{} mutants were not tried", sum(Score::untried)));
    }
    if sum(|score| score.caught) == 0 {
        wrong.push("no mutant was caught".to_owned());
    }
    wrong
}

/// What is known of each file, if it is the same that was tried.
fn merged(mut listed: Scores, known: &Scores) -> Scores {
    for (file, score) in &mut listed {
        let same = known.get(file).filter(|known| (&known.text, known.excluded) == (&score.text, score.excluded));
        score.clone_from(same.unwrap_or(&score.clone()));
    }
    listed
}

/// Of these files or, if none is named, of all: how many mutants each has, and how many of them are left out.
fn listed(sh: &Shell, files: &[String]) -> Result<Scores> {
    let mut scores = Scores::new();
    for left_out in [true, false] {
        let (args, config) = (args(sh, files)?, left_out.then_some("--no-config"));
        for name in cmd!(sh, "cargo {args...} --list {config...}").quiet().read()?.lines() {
            let score = scores.entry(file_of(name)).or_default();
            score.mutants += usize::from(left_out);
            score.excluded = if left_out { score.mutants } else { score.excluded - 1 };
        }
    }
    for (file, score) in &mut scores {
        let path = path_of(file);
        score.text = cmd!(sh, "git hash-object {path}").quiet().read()?;
    }
    Ok(scores)
}

fn tried(sh: &Shell, files: &[String]) -> Result<Scores> {
    let (mut scores, output) = (listed(sh, files)?, folder("mutants"));
    let found = |kind: &str| sh.read_file(output.join("mutants.out").join(kind));
    sh.remove_path(output.join("mutants.out"))?;
    sh.create_dir(&output)?;
    for (round, (patience, packages, tests, names)) in ROUNDS.iter().enumerate() {
        let mut mutants = Command::new("cargo");
        mutants.current_dir(root()).args(args(sh, files)?).args((round > 0).then_some("--iterate"));
        mutants.args(tests.split(' ').map(|test| format!("--cargo-arg=--{test}"))).args(["--test-package", packages]);
        mutants.args(["--no-shuffle", "--cargo-arg=--locked", "--timeout", patience]);
        // `check` has seen them green; a baseline would only be a slow way to say so again.
        mutants.args(["--baseline", "skip", "--output"]).arg(&output).env("CARGO_TARGET_DIR", output.join("build"));
        mutants.env("RECONNECT_SCHEDULES", "2000").env("RECONNECT_EXPLORE", "off");
        // A test has to fail, and need not find its shortest failing case.
        mutants.env("PROPTEST_MAX_SHRINK_ITERS", "0").arg("--").args(names.split_whitespace());
        // 2 is a survivor and 3 a mutant that never ends: both are counted.
        if !matches!(mutants.status()?.code(), Some(0 | 2 | 3)) {
            return Err("cargo-mutants did not end well; its words are above".into());
        }
        let (missed, endless) = (found("missed.txt")?, found("timeout.txt")?);
        // One that never ends is seen. `--iterate` would try it again, unless it stands with those that were caught.
        let caught = format!("{}{endless}", found("caught.txt")?);
        sh.write_file(output.join("mutants.out/caught.txt"), &caught)?;
        scores.values_mut().for_each(|score| score.survived.clear());
        let mut each = |names: &str, becomes: fn(&mut Score, &str)| {
            names.lines().for_each(|name| becomes(scores.entry(file_of(name)).or_default(), name));
        };
        each(&caught, |score, _| score.caught += 1);
        each(&found("unviable.txt")?, |score, _| score.does_not_compile += 1);
        each(&missed, |score, name| score.survived.push(name.to_owned()));
        if missed.is_empty() {
            break;
        }
    }
    Ok(scores)
}

fn args(sh: &Shell, files: &[String]) -> Result<Vec<String>> {
    let files = files.iter().map(|file| format!("--file={}", path_of(file)));
    Ok(["mutants".to_owned()].into_iter().chain(packages(sh, is_no_std)?).chain(files).collect())
}

/// The record names a file of the core by what stands after `src/`, and any other file by its whole path.
fn path_of(file: &str) -> String {
    if file.starts_with("crates/") { file.to_owned() } else { format!("{CORE}{file}") }
}

/// `crates/reconnect-core/src/time.rs:1:1: replace …` is of `time.rs`.
fn file_of(name: &str) -> String {
    let path = name.split(':').next().unwrap_or(name);
    path.strip_prefix(CORE).unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survived(names: &[&str]) -> Score {
        let survived = names.iter().map(|name| format!("{CORE}{name}:1:1: replace")).collect();
        Score { mutants: 90 + names.len(), caught: 90, survived, ..Score::default() }
    }

    fn wrong(score: Score) -> Vec<String> {
        super::wrong(&Scores::from([("a.rs".to_owned(), score)]))
    }

    #[test]
    fn some_files_leave_no_survivor() {
        assert!(wrong(survived(&["time.rs", "json/line.rs"])).is_empty());
        for grave in ["state/hints.rs", "state.rs", "connect/url.rs", "reply.rs", "webhook.rs"] {
            assert_eq!(wrong(survived(&[grave, "time.rs"])).len(), 1, "{grave}");
        }
    }

    #[test]
    fn few_are_left_out() {
        let left_out = |excluded| Score { excluded, caught: 100 - excluded, mutants: 100, ..Score::default() };
        assert!(wrong(left_out(2)).is_empty());
        assert_eq!(wrong(left_out(3)), ["3 of 100 left out, 2 % at most"]);
        assert_eq!(wrong(Score::default()), ["no mutant was caught"]);
    }

    #[test]
    fn what_changed_counts_as_not_tried() {
        let file = |name: &str, text: &str, caught| {
            (name.to_owned(), Score { text: text.to_owned(), mutants: 3, caught, ..Score::default() })
        };
        let listed = Scores::from([file("changed.rs", "b", 0), file("new.rs", "e", 0), file("same.rs", "c", 0)]);
        let known = Scores::from([file("changed.rs", "a", 3), file("gone.rs", "d", 3), file("same.rs", "c", 3)]);
        let merged = merged(listed, &known);
        let caught: Vec<(&str, usize)> = merged.iter().map(|(name, score)| (name.as_str(), score.caught)).collect();
        assert_eq!(caught, [("changed.rs", 0), ("new.rs", 0), ("same.rs", 3)]);
        assert_eq!(super::wrong(&merged), ["6 mutants were not tried"]);
    }

    #[test]
    fn a_mutant_is_of_its_file() {
        for (file, path) in [
            ("state/facts.rs", "crates/reconnect-core/src/state/facts.rs"),
            ("crates/reconnect-json/src/reader.rs", "crates/reconnect-json/src/reader.rs"),
        ] {
            assert_eq!(file_of(&format!("{path}:4:9: replace a with b")), file);
            assert_eq!(path_of(file), path);
        }
    }
}
