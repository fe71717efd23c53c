//! Mutation testing of the core: cargo-mutants breaks one thing at a time, and a test has to see it.
//!
//! In rounds: all mutants by the quickest and most telling tests, then what those missed by more. The build is
//! incremental and in a folder of its own, so that a mutant costs what one changed function costs.

use crate::toolchain::{self, MUTANTS};
use crate::{Result, root};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use xshell::{Shell, cmd};

pub(crate) const SCORE: &str = "docs/proof/mutants.json";
const CORE: &str = "crates/reconnect-core/src/";
/// Here nothing may survive: what decides, and what an outsider can send.
const NONE_SURVIVES: &[&str] = &["state", "lease", "selection", "reply", "connect", "webhook"];
/// Of all mutants, in percent, what `.cargo/mutants.toml` may leave out.
const EXCLUDED: usize = 2;

/// Each round tries what the one before missed: first by the model and the tables, which see most of it within a
/// second, at last by every test but the exploration. The tests are named to cargo, not to the harness: so nothing else
/// is linked. In seconds, each with what a mutant may take that turns in circles; the tests of a sound core take a tenth.
const ROUNDS: &[(&str, &[&str])] = &[
    (
        "20",
        &[
            "--test-package=reconnect-testkit",
            "--cargo-arg=--test=model",
            "--cargo-arg=--test=decisions",
            "--cargo-arg=--test=table",
            "--cargo-arg=--test=webhook",
            "--cargo-arg=--test=widget",
        ],
    ),
    (
        "30",
        &[
            "--iterate",
            "--test-package=reconnect-core,reconnect-testkit",
            "--cargo-arg=--lib",
            "--cargo-arg=--test=arbitrary",
            "--cargo-arg=--test=edges",
            "--cargo-arg=--test=endpoints",
            "--cargo-arg=--test=forms",
            "--cargo-arg=--test=lenient",
            "--cargo-arg=--test=lines",
            "--cargo-arg=--test=reasons",
            "--cargo-arg=--test=surface",
        ],
    ),
    (
        "60",
        &[
            "--iterate",
            "--test-package=reconnect-testkit",
            "--cargo-arg=--test=calls",
            "--cargo-arg=--test=canary",
            "--cargo-arg=--test=drivers",
            "--cargo-arg=--test=golden",
            "--cargo-arg=--test=memory",
            "--cargo-arg=--test=sizes",
            "--cargo-arg=--test=two_nodes",
        ],
    ),
    ("300", &["--iterate", "--test-package=reconnect-core,reconnect-testkit", "--cargo-arg=--tests"]),
];

/// What became of the mutants, of one file or of all.
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

/// A file of the core each.
type Scores = BTreeMap<String, Score>;

impl Score {
    fn of(scores: &Scores) -> Self {
        scores.values().fold(Self::default(), |sum, file| Self {
            mutants: sum.mutants + file.mutants,
            excluded: sum.excluded + file.excluded,
            does_not_compile: sum.does_not_compile + file.does_not_compile,
            caught: sum.caught + file.caught,
            survived: [sum.survived, file.survived.clone()].concat(),
            text: String::new(),
        })
    }

    fn untried(&self) -> usize {
        self.mutants - self.excluded - self.does_not_compile - self.caught - self.survived.len()
    }

    fn says(&self) -> String {
        let Self { text: _, mutants, excluded, does_not_compile, caught, survived } = self;
        let percent = *caught as f64 * 100.0 / (caught + survived.len()).max(1) as f64;
        let untried = match self.untried() {
            0 => String::new(),
            untried => format!(", {untried} not tried"),
        };
        format!(
            "{mutants} mutants: {caught} caught, {} survived ({percent:.1} %), {does_not_compile} do not compile, {excluded} left out{untried}",
            survived.len()
        )
    }

    fn wrong(&self) -> Vec<String> {
        let mut wrong: Vec<String> = self.survived.iter().filter(|name| decides(name)).cloned().collect();
        wrong.iter_mut().for_each(|name| name.insert_str(0, "survived: "));
        if self.excluded * 100 > self.mutants * EXCLUDED {
            wrong.push(format!("{} of {} left out, {EXCLUDED} % at most", self.excluded, self.mutants));
        }
        if self.caught == 0 {
            wrong.push("no mutant was caught".to_owned());
        }
        wrong
    }
}

fn decides(name: &str) -> bool {
    let path = name.strip_prefix(CORE).unwrap_or(name);
    NONE_SURVIVES.iter().any(|file| path.starts_with(file))
}

/// What the record says.
pub(crate) fn says(record: &str) -> Option<String> {
    let scores: Scores = serde_json::from_str(record).ok()?;
    (!scores.is_empty()).then(|| Score::of(&scores).says())
}

/// All of the core, or some files of it: `cargo xtask mutants 'state/*.rs'`. With `--write`, the record has them.
pub(crate) fn run(sh: &Shell, args: &[String]) -> Result<ExitCode> {
    let (write, files): (Vec<&String>, Vec<&String>) = args.iter().partition(|arg| *arg == "--write");
    let scores = test(sh, &files.iter().map(|file| file.as_str()).collect::<Vec<_>>())?;
    if !write.is_empty() {
        record(sh, &scores)?;
    }
    let score = Score::of(&scores);
    score.survived.iter().for_each(|name| println!("survived: {name}"));
    println!("{}", score.says());
    Ok(if score.wrong().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Those files that changed since they were last tried, and the score of all is kept. What is recorded of the others
/// stands: to try them again as well, `cargo xtask mutants --write` does.
pub(crate) fn night(sh: &Shell) -> Result<String> {
    let scores = merged(listed(sh, &[])?, &recorded(sh)?);
    let changed: Vec<&str> = scores.iter().filter(|(_, score)| score.untried() > 0).map(|(file, _)| &**file).collect();
    let tried = if changed.is_empty() { Scores::new() } else { test(sh, &changed)? };
    record(sh, &tried)?;
    let score = Score::of(&recorded(sh)?);
    let says = format!("{}; {} tried this time", score.says(), Score::of(&tried).mutants);
    match score.wrong() {
        wrong if wrong.is_empty() => Ok(says),
        wrong => Err(format!("{says}\n{}", wrong.join("\n")).into()),
    }
}

fn recorded(sh: &Shell) -> Result<Scores> {
    if !sh.path_exists(SCORE) {
        return Ok(Scores::new());
    }
    serde_json::from_str(&sh.read_file(SCORE)?).map_err(|error| format!("{SCORE}: {error}").into())
}

/// The record tells of each file of the core, those as well that were not tried this time.
fn record(sh: &Shell, tried: &Scores) -> Result {
    let mut known = recorded(sh)?;
    known.extend(tried.clone());
    let scores = merged(listed(sh, &[])?, &known);
    Ok(sh.write_file(SCORE, format!("{}\n", serde_json::to_string_pretty(&scores)?))?)
}

/// What is known of each file, if it is the same that was tried.
fn merged(listed: Scores, known: &Scores) -> Scores {
    let known = |(file, score): (String, Score)| {
        let same = known.get(&file).filter(|known| (&known.text, known.excluded) == (&score.text, score.excluded));
        let known = same.unwrap_or(&score).clone();
        (file, known)
    };
    listed.into_iter().map(known).collect()
}

/// Of these files or, if none is named, of all: how many mutants each has, and how many of them are left out.
fn listed(sh: &Shell, files: &[&str]) -> Result<Scores> {
    toolchain::tool(sh, &MUTANTS)?;
    let list = |more: &[&str]| -> Result<String> {
        let files = named(files);
        Ok(cmd!(sh, "cargo mutants --package reconnect-core --list {files...} {more...}").quiet().read()?)
    };
    let mut scores = Scores::new();
    for name in list(&["--no-config"])?.lines() {
        let score = scores.entry(file_of(name)).or_default();
        score.mutants += 1;
        score.excluded += 1;
    }
    for name in list(&[])?.lines() {
        scores.entry(file_of(name)).or_default().excluded -= 1;
    }
    for (file, score) in &mut scores {
        score.text = cmd!(sh, "git hash-object {CORE}{file}").quiet().read()?;
    }
    Ok(scores)
}

fn named(files: &[&str]) -> Vec<String> {
    files.iter().map(|file| format!("--file={CORE}{file}")).collect()
}

/// `crates/reconnect-core/src/time.rs:1:1: replace …` is of `time.rs`.
fn file_of(name: &str) -> String {
    let path = name.split_once(':').map_or(name, |(path, _)| path);
    path.strip_prefix(CORE).unwrap_or(path).to_owned()
}

fn test(sh: &Shell, files: &[&str]) -> Result<Scores> {
    let mut scores = listed(sh, files)?;
    let files = named(files);
    let target_dir = Path::new(root()).join(toolchain::target_dir()).join("mutants");
    let out = target_dir.join("mutants.out");
    sh.remove_path(&out)?;
    sh.create_dir(&target_dir)?;
    for (patience, tests) in ROUNDS {
        round(sh, &target_dir, patience, files.iter().map(String::as_str).chain(tests.iter().copied()))?;
        let names = |file| names(sh, &out, file);
        let (endless, missed) = (names("timeout.txt")?, names("missed.txt")?);
        scores.values_mut().for_each(|score| score.survived.clear());
        let mut each = |names: &[String], becomes: fn(&mut Score, &String)| {
            names.iter().for_each(|name| becomes(scores.entry(file_of(name)).or_default(), name));
        };
        each(&names("caught.txt")?, |score, _| score.caught += 1);
        // One that never ends is seen.
        each(&endless, |score, _| score.caught += 1);
        each(&names("unviable.txt")?, |score, _| score.does_not_compile += 1);
        each(&missed, |score, name| score.survived.push(name.clone()));
        if missed.is_empty() {
            break;
        }
        let mut caught = OpenOptions::new().append(true).open(out.join("caught.txt"))?;
        endless.iter().try_for_each(|name| writeln!(caught, "{name}"))?;
    }
    match Score::of(&scores).untried() {
        0 => Ok(scores),
        untried => Err(format!("cargo-mutants listed {untried} mutants that it did not tell of").into()),
    }
}

fn round<'a>(sh: &Shell, target_dir: &Path, patience: &str, more: impl Iterator<Item = &'a str>) -> Result {
    let mut command = Command::new("cargo");
    command.args(["mutants", "--package", "reconnect-core", "--no-shuffle", "--cargo-arg=--locked"]);
    // `check` has seen them green; a baseline would only be a slow way to say so again.
    command.args(["--baseline", "skip", "--timeout", patience, "--output"]).arg(target_dir).args(more);
    command.current_dir(sh.current_dir()).env("CARGO_TARGET_DIR", target_dir.join("build"));
    command.env("RECONNECT_SCHEDULES", "2000").env("RECONNECT_EXPLORE", "off");
    // That it fails is enough: nobody reads the shortest case.
    command.env("PROPTEST_MAX_SHRINK_ITERS", "0");
    // 2 is a survivor and 3 a mutant that never ends: both are counted.
    match command.status()?.code() {
        Some(0 | 2 | 3) => Ok(()),
        code => Err(format!("cargo-mutants ended with {code:?}; its words are above").into()),
    }
}

fn names(sh: &Shell, out: &Path, file: &str) -> Result<Vec<String>> {
    let file: PathBuf = out.join(file);
    Ok(sh.read_file(file)?.lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survived(names: &[&str]) -> Score {
        let survived = names.iter().map(|name| format!("{CORE}{name}:1:1: replace")).collect();
        Score { mutants: 100, caught: 90, survived, ..Score::default() }
    }

    #[test]
    fn some_files_leave_no_survivor() {
        assert!(survived(&["time.rs", "json/line.rs"]).wrong().is_empty());
        for grave in ["state/hints.rs", "state.rs", "connect/url.rs", "reply.rs", "webhook.rs"] {
            assert_eq!(survived(&[grave, "time.rs"]).wrong().len(), 1, "{grave}");
        }
    }

    #[test]
    fn few_are_left_out() {
        assert!(Score { excluded: 2, ..survived(&[]) }.wrong().is_empty());
        assert_eq!(Score { excluded: 3, ..survived(&[]) }.wrong(), ["3 of 100 left out, 2 % at most"]);
        assert_eq!(Score::default().wrong(), ["no mutant was caught"]);
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
        assert!(Score::of(&merged).says().ends_with(", 6 not tried"));
    }

    #[test]
    fn a_mutant_is_of_its_file() {
        assert_eq!(file_of("crates/reconnect-core/src/state/facts.rs:4:9: replace a with b"), "state/facts.rs");
    }

    #[test]
    fn the_score_is_one_sentence() {
        let says = "100 mutants: 90 caught, 10 survived (90.0 %), 0 do not compile, 0 left out";
        assert_eq!(survived(&["time.rs"; 10]).says(), says);
    }
}
