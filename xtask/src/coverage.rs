//! How much of the core its tests run: the core's own and the testkit's. Lines and branches that users get, so without
//! the tests beside them.
//!
//! `docs/proof/coverage.json` holds what was reached, below which nothing may fall; `docs/proof/uncovered.json` every
//! line that no test runs, with the reason.

use crate::steps::Tally;
use crate::tidy::source;
use crate::toolchain::{self, CORE, LLVM_COV, NIGHTLY};
use crate::{Result, root};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use xshell::{Shell, cmd};

pub(crate) const REACHED: &str = "docs/proof/coverage.json";
const UNCOVERED: &str = "docs/proof/uncovered.json";
/// In percent.
const LINES: f64 = 98.0;
const BRANCHES: f64 = 95.0;
/// In points: what a change may cost. Less is lost by rounding and by moving a line.
const SLACK: f64 = 0.05;
/// What `--write` puts where a reason is wanted.
const WHY: &str = "?";

/// How often each line of a file ran, and how often each way out of a branch was taken.
#[derive(Debug, Default, PartialEq)]
struct Ran {
    lines: BTreeMap<usize, u64>,
    branches: Vec<(usize, u64)>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Reached {
    lines: f64,
    branches: f64,
}

impl Reached {
    fn says(&self) -> String {
        format!("{:.2} % of lines, {:.2} % of branches", self.lines, self.branches)
    }
}

/// By its text, since its number changes with every edit above it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Line {
    file: String,
    text: String,
    reason: String,
}

pub(crate) fn run(sh: &Shell, args: &[String]) -> Result<ExitCode> {
    match args {
        [] => Ok(check(sh)?.exit()),
        [write] if write == "--write" => {
            let (reached, lines) = measure(sh)?;
            let uncovered = with_reasons(lines, &uncovered(sh).unwrap_or_default());
            sh.write_file(REACHED, format!("{}\n", serde_json::to_string_pretty(&reached)?))?;
            sh.write_file(UNCOVERED, format!("{}\n", serde_json::to_string_pretty(&uncovered)?))?;
            println!("{REACHED} and {UNCOVERED} are written; a reason `{WHY}` is yours to give");
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            eprintln!("usage: cargo xtask coverage [--write]");
            Ok(ExitCode::from(2))
        }
    }
}

pub(crate) fn check(sh: &Shell) -> Result<Tally> {
    let (reached, lines) = measure(sh)?;
    let kept: Reached = serde_json::from_str(&sh.read_file(REACHED)?)?;
    let mut wrong = Vec::new();
    for (what, now, kept, least) in
        [("lines", reached.lines, kept.lines, LINES), ("branches", reached.branches, kept.branches, BRANCHES)]
    {
        if now < least {
            wrong.push(format!("{now:.2} % of {what}, {least} % at least"));
        }
        if now < kept - SLACK {
            wrong.push(format!("{now:.2} % of {what}, and it was {kept:.2} %; write the tests that are missing"));
        }
        if now > kept + SLACK {
            println!("{now:.2} % of {what}, and it was {kept:.2} %: `cargo xtask coverage --write` keeps it there");
        }
    }
    for line in with_reasons(lines, &uncovered(sh)?).iter().filter(|line| line.reason == WHY) {
        wrong.push(format!("{}: no test runs `{}`; write one, or give a reason in {UNCOVERED}", line.file, line.text));
    }
    wrong.iter().for_each(|wrong| eprintln!("{wrong}"));
    println!("core: {}", reached.says());
    let failed = u64::try_from(wrong.len())?;
    Ok(Tally { passed: (failed == 0).into(), failed })
}

/// What the record says.
pub(crate) fn says(record: &str) -> Option<String> {
    serde_json::from_str(record).ok().map(|reached: Reached| reached.says())
}

fn uncovered(sh: &Shell) -> Result<Vec<Line>> {
    Ok(serde_json::from_str(&sh.read_file(UNCOVERED)?)?)
}

/// What was reached, and the lines that were not, without their reasons.
fn measure(sh: &Shell) -> Result<(Reached, Vec<Line>)> {
    toolchain::nightly_components(sh, &["llvm-tools"])?;
    toolchain::tool(sh, &LLVM_COV)?;
    let report = Path::new(root()).join(toolchain::target_dir()).join("coverage.lcov");
    let nightly = format!("+{NIGHTLY}");
    let packages = CORE.iter().chain(&["reconnect-testkit"]).flat_map(|package| ["--package", package]);
    // Only the core is asked about. With all crates in it LLVM's report of branches crashes.
    let others = ["--ignore-filename-regex", "crates/reconnect-(testkit|sandbox|async|blocking)/"];
    cmd!(sh, "cargo {nightly} llvm-cov --branch --locked {packages...} {others...} --lcov --output-path {report}")
        .env("RECONNECT_SCHEDULES", "2000")
        // The exploration ran in `check`. With instrumentation it takes longer than all other tests together, and it runs
        // no line that they do not run.
        .env("RECONNECT_EXPLORE", "off")
        // Without incremental builds the compiler inlines small functions into other crates, where they are not counted.
        .env("CARGO_INCREMENTAL", "1")
        // Other inputs on every run would make other figures.
        .env("PROPTEST_RNG_SEED", "1")
        .run()?;
    let mut total = Count::default();
    let mut missed = Vec::new();
    for (path, ran) in read(&sh.read_file(&report)?) {
        let Some(file) = of_the_core(&path) else { continue };
        let text = sh.read_file(file)?;
        total.add(&ran, &text);
        missed.extend(never_run(&ran, &text).map(|text| Line { file: file.to_owned(), text, reason: WHY.into() }));
    }
    Ok((total.reached()?, missed))
}

/// The path from the top of the checkout on, if it is a source of the core or of its neighbours.
fn of_the_core(path: &str) -> Option<&str> {
    CORE.iter().find_map(|package| path.find(&format!("crates/{package}/src/")).map(|at| &path[at..]))
}

#[derive(Default)]
struct Count {
    lines: (usize, usize),
    branches: (usize, usize),
}

impl Count {
    fn add(&mut self, ran: &Ran, text: &str) {
        let shipped = shipped(text);
        let lines = ran.lines.iter().filter(|(line, _)| shipped.contains_key(line)).map(|(_, times)| *times);
        let branches = ran.branches.iter().filter(|(line, _)| shipped.contains_key(line)).map(|(_, times)| *times);
        for (sum, times) in [(&mut self.lines, lines.collect::<Vec<_>>()), (&mut self.branches, branches.collect())] {
            sum.0 += times.iter().filter(|times| **times > 0).count();
            sum.1 += times.len();
        }
    }

    fn reached(&self) -> Result<Reached> {
        let percent = |(ran, all): (usize, usize)| {
            if all == 0 {
                return Err("the report holds nothing of the core");
            }
            // Two decimals: what is kept is what was printed.
            Ok((ran as f64 * 10_000.0 / all as f64).floor() / 100.0)
        };
        Ok(Reached { lines: percent(self.lines)?, branches: percent(self.branches)? })
    }
}

/// The lines of a file that users get, as they stand there.
fn shipped(text: &str) -> BTreeMap<usize, &str> {
    let lines: Vec<&str> = text.lines().collect();
    source::shipped(source::lines(text)).iter().map(|line| (line.number, lines[line.number - 1].trim())).collect()
}

fn never_run(ran: &Ran, text: &str) -> impl Iterator<Item = String> {
    let shipped = shipped(text);
    ran.lines
        .iter()
        .filter(|(_, times)| **times == 0)
        .filter_map(move |(line, _)| Some((*shipped.get(line)?).to_owned()))
}

/// Each line with the reason that was given for it. Each reason is for one line: the second of two like lines wants its own.
fn with_reasons(lines: Vec<Line>, known: &[Line]) -> Vec<Line> {
    let mut known = known.to_vec();
    let reasoned = |line: Line| {
        let at = known.iter().position(|other| other.file == line.file && other.text == line.text);
        at.map_or(line, |at| known.remove(at))
    };
    lines.into_iter().map(reasoned).collect()
}

/// LCOV: `SF` opens a file, `DA` is a line and its count, `BRDA` one way out of a branch and its count.
fn read(report: &str) -> Vec<(String, Ran)> {
    let mut files = Vec::new();
    for line in report.lines() {
        match line.split_once(':') {
            Some(("SF", path)) => files.push((path.replace('\\', "/"), Ran::default())),
            Some((kind @ ("DA" | "BRDA"), numbers)) => {
                let Some((_, ran)) = files.last_mut() else { continue };
                let number = numbers.split(',').next().and_then(|number| number.parse().ok()).unwrap_or_default();
                // A branch that was never come to is a hyphen.
                let times = numbers.rsplit(',').next().and_then(|times| times.parse().ok()).unwrap_or_default();
                if kind == "DA" {
                    ran.lines.insert(number, times);
                } else {
                    ran.branches.push((number, times));
                }
            }
            _ => {}
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "fn a() {\n    b();\n}\n#[cfg(test)]\nmod tests {\n    fn c() {}\n}\n";
    const REPORT: &str =
        "SF:/a/crates/x.rs\nDA:1,3\nDA:2,0\nDA:6,0\nBRDA:1,0,0,2\nBRDA:1,0,1,-\nBRDA:6,0,1,0\nend_of_record\n";

    fn line(text: &str, reason: &str) -> Line {
        Line { file: "f".into(), text: text.into(), reason: reason.into() }
    }

    #[test]
    fn counts_what_users_get() {
        let files = read(REPORT);
        assert_eq!(files[0].0, "/a/crates/x.rs");
        let mut count = Count::default();
        count.add(&files[0].1, TEXT);
        assert_eq!((count.lines, count.branches), ((1, 2), (1, 2)));
        assert_eq!(never_run(&files[0].1, TEXT).collect::<Vec<_>>(), ["b();"]);
        let reached = count.reached().unwrap();
        assert_eq!((reached.lines, reached.branches), (50.0, 50.0));
    }

    #[test]
    fn an_empty_report_is_no_success() {
        assert!(Count::default().reached().is_err());
    }

    #[test]
    fn a_reason_is_for_one_line() {
        let known = [line("x", "why"), line("gone", "why")];
        let found = with_reasons(vec![line("x", WHY), line("x", WHY), line("y", WHY)], &known);
        assert_eq!(found, [line("x", "why"), line("x", WHY), line("y", WHY)]);
    }
}
