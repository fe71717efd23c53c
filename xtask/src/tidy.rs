//! What stands in which file: rules that a compiler cannot check and a reviewer forgets.
//!
//! A rule looks at a [`Checkout`], which is plain data, so that its test plants a fault in three lines.
//! To add one: write the function, and name it in [`RULES`].

mod dependencies;
mod drivers;
mod faults;
mod layout;
mod pages;
mod performance;
mod promises;
mod pure;
pub(crate) mod source;
mod spec;
mod text;
mod words;

use crate::Result;
use crate::steps::Tally;
use core::fmt::{self, Display};
use serde_json::Value;
use std::process::ExitCode;
use xshell::{Shell, cmd};

type Rule = fn(&Checkout) -> Vec<Finding>;

const RULES: &[(&str, Rule)] = &[
    ("the top level is complete", layout::top_level),
    ("both lock files are tracked", layout::lock_files),
    ("no other package manager's lock", layout::foreign_locks),
    ("cargo's configuration is the alias", layout::cargo_config),
    ("the workflow runs every step", layout::workflow),
    ("each crate has what it is built on", dependencies::declared),
    ("the core depends on nothing that does IO", dependencies::core_is_pure),
    ("the oldest compiler is declared", dependencies::rust_version),
    ("no conflict is left", text::conflicts),
    ("white space is clean", text::white_space),
    ("every link leads somewhere", pages::links),
    ("every file that is named is there", pages::names),
    ("nothing stands twice on a page", pages::doubled),
    ("no path of one machine", words::machine_paths),
    ("no registry's host", words::registry_hosts),
    ("nothing left undone", words::undone),
    ("the core has no clock and no IO", pure::no_std_names),
    ("each endpoint names its route and source", pure::wire_heads),
    ("each page of the specification is traced", spec::pages),
    ("the specification's index counts what is there", spec::counts),
    ("every figure of the page was measured", performance::written),
    ("each promise has a test that there is", promises::tests),
    ("each planted fault breaks a promise", faults::table),
    ("the drivers are small", drivers::size),
    ("the drivers know no status", drivers::statuses),
    ("the drivers know no header", drivers::headers),
    ("the drivers know no number of seconds", drivers::seconds),
];

/// Everything that the rules look at.
#[derive(Default)]
struct Checkout {
    files: Vec<File>,
    /// `cargo metadata --no-deps`
    metadata: Value,
    /// The names of what reconnect-core is built from.
    core_tree: Vec<String>,
}

struct File {
    path: String,
    text: String,
}

struct Finding {
    file: String,
    /// From 1; 0 is the file as a whole.
    line: usize,
    what: String,
    fix: &'static str,
}

impl Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.file, self.line.max(1), self.what, self.fix)
    }
}

pub(crate) fn run(sh: &Shell, _: &[String]) -> Result<ExitCode> {
    Ok(check(sh)?.exit())
}

pub(crate) fn check(sh: &Shell) -> Result<Tally> {
    let total = judged(&Checkout::read(sh)?, RULES);
    println!("tidy: {} rules kept, {} broken", total.passed, total.failed);
    Ok(total)
}

/// Says what breaks a rule, and counts the rules.
fn judged(checkout: &Checkout, rules: &[(&str, Rule)]) -> Tally {
    let mut total = Tally::default();
    for (name, rule) in rules {
        let findings = rule(checkout);
        for finding in &findings {
            println!("{finding}");
        }
        let failed = !findings.is_empty();
        if failed {
            println!("rule broken: {name}\n");
        }
        total = total.and(Tally { passed: (!failed).into(), failed: failed.into() });
    }
    total
}

impl Checkout {
    fn read(sh: &Shell) -> Result<Self> {
        // Also what is new and not ignored, so that a fault shows before the commit.
        let paths = cmd!(sh, "git ls-files -z --cached --others --exclude-standard").quiet().read()?;
        let mut paths: Vec<&str> = paths.split('\0').filter(|path| !path.is_empty()).collect();
        paths.sort_unstable();
        paths.dedup();
        let mut files = Vec::new();
        for path in paths {
            // A file that was deleted and not yet committed is still in git's list.
            if !sh.current_dir().join(path).is_file() {
                continue;
            }
            let text = String::from_utf8_lossy(&sh.read_binary_file(path)?).into_owned();
            files.push(File { path: path.to_owned(), text });
        }
        let metadata = cmd!(sh, "cargo metadata --no-deps --format-version 1").quiet().read()?;
        let core_tree = ["--edges", "normal,no-proc-macro", "--target", "all", "--prefix", "none", "--format", "{p}"];
        let core_tree =
            cmd!(sh, "cargo tree --package reconnect-embed --package reconnect-calls {core_tree...}").quiet().read()?;
        let name = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
        Ok(Self { files, metadata: serde_json::from_str(&metadata)?, core_tree: core_tree.lines().map(name).collect() })
    }

    fn rust(&self) -> impl Iterator<Item = &File> {
        self.under("").filter(|file| file.path.ends_with(".rs"))
    }

    fn under(&self, folder: &str) -> impl Iterator<Item = &File> {
        self.files.iter().filter(move |file| file.path.starts_with(folder))
    }

    fn get(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    #[cfg(test)]
    fn of(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| File { path: (*path).to_owned(), text: (*text).to_owned() };
        Self { files: files.iter().map(file).collect(), ..Self::default() }
    }
}

impl Finding {
    fn new(file: &str, line: usize, what: impl Into<String>, fix: &'static str) -> Self {
        Self { file: file.to_owned(), line, what: what.into(), fix }
    }
}

/// What a rule finds in these files, as `file:line`.
#[cfg(test)]
fn found(rule: Rule, files: &[(&str, &str)]) -> Vec<String> {
    rule(&Checkout::of(files)).iter().map(|finding| format!("{}:{}", finding.file, finding.line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_with_a_finding_is_broken() {
        let rules: [(&str, Rule); 2] =
            [("kept", |_| Vec::new()), ("broken", |_| vec![Finding::new("a", 1, "is wrong", "mend it")])];
        assert_eq!(judged(&Checkout::default(), &rules), Tally { passed: 1, failed: 1 });
    }
}
