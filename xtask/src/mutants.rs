//! Mutation testing of the core: cargo-mutants breaks one thing at a time, and a test has to see it.
//!
//! In rounds: all mutants by the quickest and most telling tests, then what those missed by more. The build is
//! incremental and in a folder of its own, so that a mutant costs what one changed function costs.

use crate::toolchain::{self, MUTANTS};
use crate::{Result, root};
use serde::{Deserialize, Serialize};
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
            "--cargo-arg=--test=edges",
            "--cargo-arg=--test=endpoints",
            "--cargo-arg=--test=forms",
            "--cargo-arg=--test=lines",
            "--cargo-arg=--test=surface",
        ],
    ),
    ("300", &["--iterate", "--test-package=reconnect-core,reconnect-testkit", "--cargo-arg=--tests"]),
];

/// What became of the mutants.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Score {
    mutants: usize,
    excluded: usize,
    does_not_compile: usize,
    caught: usize,
    survived: Vec<String>,
}

impl Score {
    fn says(&self) -> String {
        let Self { mutants, excluded, does_not_compile, caught, survived } = self;
        let percent = *caught as f64 * 100.0 / (caught + survived.len()).max(1) as f64;
        format!(
            "{mutants} mutants: {caught} caught, {} survived ({percent:.1} %), {does_not_compile} do not compile, {excluded} left out",
            survived.len()
        )
    }

    fn wrong(&self) -> Vec<String> {
        let grave = |name: &&String| {
            let path = name.strip_prefix(CORE).unwrap_or(name);
            NONE_SURVIVES.iter().any(|file| path.starts_with(file))
        };
        let mut wrong: Vec<String> =
            self.survived.iter().filter(grave).map(|name| format!("survived: {name}")).collect();
        if self.excluded * 100 > self.mutants * EXCLUDED {
            wrong.push(format!("{} of {} left out, {EXCLUDED} % at most", self.excluded, self.mutants));
        }
        if self.caught == 0 {
            wrong.push("no mutant was caught".to_owned());
        }
        wrong
    }
}

/// What the record says.
pub(crate) fn says(record: &str) -> Option<String> {
    serde_json::from_str(record).ok().map(|score: Score| score.says())
}

/// All of the core, or one file of it: `cargo xtask mutants 'state/*.rs'`.
pub(crate) fn run(sh: &Shell, args: &[String]) -> Result<ExitCode> {
    let score = test(sh, args.first().map(String::as_str))?;
    score.survived.iter().for_each(|name| println!("survived: {name}"));
    println!("{}", score.says());
    Ok(if score.wrong().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// All of the core, and the score is kept.
pub(crate) fn night(sh: &Shell) -> Result<String> {
    let score = test(sh, None)?;
    sh.write_file(SCORE, format!("{}\n", serde_json::to_string_pretty(&score)?))?;
    match score.wrong() {
        wrong if wrong.is_empty() => Ok(score.says()),
        wrong => Err(format!("{}\n{}", score.says(), wrong.join("\n")).into()),
    }
}

fn test(sh: &Shell, file: Option<&str>) -> Result<Score> {
    toolchain::tool(sh, &MUTANTS)?;
    let file = file.map(|file| format!("--file={CORE}{file}"));
    let file: Vec<&str> = file.as_deref().into_iter().collect();
    let listed = &file;
    let list = |more: &[&str]| -> Result<usize> {
        let listed = cmd!(sh, "cargo mutants --package reconnect-core --list {listed...} {more...}").quiet().read()?;
        Ok(listed.lines().count())
    };
    let mutants = list(&["--no-config"])?;
    let kept = list(&[])?;

    let target_dir = Path::new(root()).join(toolchain::target_dir()).join("mutants");
    let out = target_dir.join("mutants.out");
    sh.remove_path(&out)?;
    sh.create_dir(&target_dir)?;
    let mut score = Score { mutants, excluded: mutants - kept, ..Score::default() };
    for (patience, tests) in ROUNDS {
        round(sh, &target_dir, patience, &[&file, *tests].concat())?;
        let names = |file| names(sh, &out, file);
        // One that never ends is seen.
        score.caught += names("caught.txt")?.len() + names("timeout.txt")?.len();
        score.does_not_compile += names("unviable.txt")?.len();
        score.survived = names("missed.txt")?;
        if score.survived.is_empty() {
            break;
        }
        let mut caught = OpenOptions::new().append(true).open(out.join("caught.txt"))?;
        names("timeout.txt")?.iter().try_for_each(|name| writeln!(caught, "{name}"))?;
    }
    let told = score.caught + score.does_not_compile + score.survived.len();
    if told != kept {
        return Err(format!("cargo-mutants told of {told} mutants and listed {kept}").into());
    }
    Ok(score)
}

fn round(sh: &Shell, target_dir: &Path, patience: &str, more: &[&str]) -> Result {
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
    fn the_score_is_one_sentence() {
        let says = "100 mutants: 90 caught, 10 survived (90.0 %), 0 do not compile, 0 left out";
        assert_eq!(survived(&["time.rs"; 10]).says(), says);
    }
}
