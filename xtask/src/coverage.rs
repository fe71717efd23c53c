//! How much of the core its tests run: the core's own and the testkit's. cargo-llvm-cov measures; its own bounds would count the
//! unit tests beside the code too, and it knows no reasons. `docs/proof/uncovered.json` has every line that no test runs, with
//! the reason.

use crate::steps::Tally;
use crate::toolchain::{self, folder, is_no_std, packages};
use crate::{Result, root};
use serde::{Deserialize, Serialize};
use xshell::{Shell, cmd};

const UNCOVERED: &str = "docs/proof/uncovered.json";
/// In percent. If a change raises what is reached, raise these with it.
const LINES: f64 = 99.56;
const BRANCHES: f64 = 97.12;
/// What `--write` puts where a reason is wanted.
const WHY: &str = "?";

/// A line that no test runs. It is known by its text, since its number changes with every edit above it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Line {
    file: String,
    text: String,
    reason: String,
}

/// How many of them ran, and how many there are.
#[derive(Debug, Default, PartialEq)]
struct Count(u32, u32);

impl Count {
    fn add(&mut self, ran: bool) {
        *self = Self(self.0 + u32::from(ran), self.1 + 1);
    }

    /// An empty report is no success.
    fn percent(&self) -> f64 {
        f64::from(self.0) * 100.0 / f64::from(self.1.max(1))
    }
}

pub(crate) fn run(sh: &Shell, args: &[String]) -> Result<Tally> {
    let report = measured(sh)?;
    let (lines, branches, missed) = read(&report, |file| Ok(sh.read_file(file)?))?;
    let missed = with_reasons(missed, serde_json::from_str(&sh.read_file(UNCOVERED)?)?);
    if args.first().is_some_and(|arg| arg == "--write") {
        sh.write_file(UNCOVERED, format!("{}\n", serde_json::to_string_pretty(&missed)?))?;
    }
    let mut faults = 0;
    for (what, now, least) in [("lines", lines.percent(), LINES), ("branches", branches.percent(), BRANCHES)] {
        println!("core: {now:.2} % of {what}, {least} % at least");
        faults += usize::from(now < least);
    }
    for line in missed.iter().filter(|line| line.reason == WHY) {
        eprintln!("{}: no test runs `{}`; write one, or give a reason in {UNCOVERED}", line.file, line.text);
        faults += 1;
    }
    Ok(Tally::of(faults))
}

/// The report of cargo-llvm-cov, as LCOV.
fn measured(sh: &Shell) -> Result<String> {
    let nightly = toolchain::nightly(sh, &["llvm-tools"])?;
    toolchain::tool(sh, "cargo-llvm-cov")?;
    let report = folder("coverage.lcov");
    let measured = packages(sh, is_no_std)?;
    // Only the core is asked about. With all crates in it LLVM's report of branches crashes.
    let others = packages(sh, |package| !is_no_std(package))?.join("|").replace("--package=", "");
    let options = ["--branch", "--locked", "--package", "reconnect-testkit", "--lcov", "--ignore-filename-regex"];
    cmd!(sh, "cargo {nightly} llvm-cov {measured...} {options...} /({others})/ --output-path {report}")
        .env("RECONNECT_SCHEDULES", "2000")
        // The exploration ran in `check`. With instrumentation it takes longer than all other tests together, and it runs
        // no line that they do not run.
        .env("RECONNECT_EXPLORE", "off")
        // Without incremental builds the compiler inlines small functions into other crates, where they are not counted.
        .env("CARGO_INCREMENTAL", "1")
        // Other inputs on every run would make other figures.
        .env("PROPTEST_RNG_SEED", "1")
        .run()?;
    Ok(sh.read_file(&report)?)
}

/// Counts lines and branches that users get, so without the tests below them. `SF` opens a file, `DA` is a line and its count,
/// `BRDA` one way out of a branch and its count.
fn read(report: &str, text: impl Fn(&str) -> Result<String>) -> Result<(Count, Count, Vec<Line>)> {
    let (mut lines, mut branches, mut missed) = (Count::default(), Count::default(), Vec::new());
    let (mut file, mut shipped) = (String::new(), Vec::new());
    for line in report.lines() {
        let Some((kind, numbers)) = line.split_once(':') else { continue };
        if kind == "SF" {
            file = numbers.strip_prefix(root()).unwrap_or(numbers).to_owned();
            let of_users = text(&file)?;
            let of_users = of_users.lines().take_while(|line| *line != "#[cfg(test)]");
            shipped = of_users.map(|line| line.trim().to_owned()).collect();
        }
        let number: usize = numbers.split(',').next().and_then(|number| number.parse().ok()).unwrap_or(0);
        let Some(text) = shipped.get(number.wrapping_sub(1)) else { continue };
        // A branch that was never come to is a hyphen.
        let ran = !matches!(numbers.rsplit(',').next(), Some("0" | "-"));
        match kind {
            "DA" => {
                lines.add(ran);
                let line = || Line { file: file.clone(), text: text.clone(), reason: WHY.into() };
                missed.extend((!ran).then(line));
            }
            "BRDA" => branches.add(ran),
            _ => {}
        }
    }
    Ok((lines, branches, missed))
}

/// Each line with the reason that was given for it. Each reason is for one line: the second of two like lines wants its own.
fn with_reasons(mut missed: Vec<Line>, mut known: Vec<Line>) -> Vec<Line> {
    for line in &mut missed {
        if let Some(at) = known.iter().position(|other| other.file == line.file && other.text == line.text) {
            *line = known.remove(at);
        }
    }
    missed
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "fn a() {\n    b();\n}\n#[cfg(test)]\nmod tests {\n    fn c() {}\n}\n";
    const REPORT: &str = "SF:crates/a/src/x.rs\nDA:1,3\nDA:2,0\nDA:6,0\nBRDA:1,0,0,2\nBRDA:1,0,1,-\nBRDA:6,0,1,0\n\
        DA:3,10\nend_of_record\n";

    fn line(text: &str, reason: &str) -> Line {
        Line { file: "f".into(), text: text.into(), reason: reason.into() }
    }

    #[test]
    fn counts_what_users_get() {
        let (lines, branches, missed) = read(REPORT, |_| Ok(TEXT.to_owned())).unwrap();
        assert_eq!((lines, branches), (Count(2, 3), Count(1, 2)));
        assert_eq!(missed, [Line { file: "crates/a/src/x.rs".into(), ..line("b();", WHY) }]);
        assert!(Count(9955, 10_000).percent() < LINES && Count(9956, 10_000).percent() >= LINES);
    }

    #[test]
    fn an_empty_report_is_no_success() {
        let (lines, ..) = read("", |_| Ok(String::new())).unwrap();
        assert!(lines.percent() < LINES);
    }

    #[test]
    fn a_reason_is_for_one_line() {
        let known = vec![line("x", "why"), line("gone", "why")];
        let found = with_reasons(vec![line("x", WHY), line("x", WHY), line("y", WHY)], known);
        assert_eq!(found, [line("x", "why"), line("x", WHY), line("y", WHY)]);
    }
}
