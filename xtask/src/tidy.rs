//! What stands in which file: rules that no compiler and no linter knows, since they are about this repository.
//!
//! A rule looks at a [`Checkout`], which is plain data, so that its test plants a fault in three lines.
//! To add one: write the function, and name it in [`RULES`].

mod circles;
mod files;
mod pages;
mod patches;
mod promises;
mod spec;
mod words;

use crate::Result;
use crate::steps::Tally;
use std::collections::BTreeMap;
use xshell::{Shell, cmd};

/// What a rule finds, as `file:line: what is wrong; how to mend it`.
type Rule = fn(&Checkout) -> Vec<String>;

const RULES: &[(&str, Rule)] = &[
    ("CI runs every step", files::ci),
    ("cargo's configuration is the alias", files::cargo_config),
    ("the drivers are small", files::drivers),
    ("each endpoint names its route and source", files::endpoints),
    ("each copy of the web component is the package's", files::copies),
    ("no character that nobody sees", words::unseen),
    ("no path of one machine", words::machine_paths),
    ("no registry's host", words::registry_hosts),
    ("no two files import each other", circles::circles),
    ("every link leads somewhere", pages::links),
    ("every file that is named is there", pages::names),
    ("nothing stands twice on a page", pages::doubled),
    ("every figure of the page was measured", pages::figures),
    ("each promise has a test that there is", promises::tests),
    ("each planted fault breaks a promise", patches::table),
    ("each page of the specification is traced", spec::pages),
    ("each quotation is whole", spec::citations),
];

/// The text of each file.
#[derive(Default)]
struct Checkout(BTreeMap<String, String>);

impl Checkout {
    fn under<'a>(&'a self, folder: &'a str, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let files = self.0.iter().filter(move |(path, _)| path.starts_with(folder) && path.ends_with(kind));
        files.map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Nothing where there is no such file.
    fn text(&self, path: &str) -> &str {
        self.0.get(path).map_or("", String::as_str)
    }

    #[cfg(test)]
    fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }
}

/// What git knows, and what is new and not ignored, so that a fault shows before the commit.
pub(crate) fn paths(sh: &Shell) -> Result<Vec<String>> {
    let listed = cmd!(sh, "git ls-files -z --cached --others --exclude-standard").quiet().read()?;
    let paths = listed.split_terminator('\0').filter(|path| sh.current_dir().join(path).is_file());
    Ok(paths.map(str::to_owned).collect())
}

pub(crate) fn check(sh: &Shell) -> Result<Tally> {
    let mut checkout = Checkout::default();
    for path in paths(sh)? {
        let text = String::from_utf8_lossy(&sh.read_binary_file(&path)?).into_owned();
        checkout.0.insert(path, text);
    }
    let total = judged(RULES.iter().map(|(name, rule)| (*name, rule(&checkout))));
    let with_git = judged([
        ("no conflict is left, and no stray blank", unclean(sh)?),
        ("each planted fault applies", patches::stale(sh, &checkout)?),
    ]);
    let total = total.and(with_git);
    println!("tidy: {} rules kept, {} findings", total.passed, total.failed);
    Ok(total)
}

/// Says what breaks a rule, and counts.
fn judged<'a>(rules: impl IntoIterator<Item = (&'a str, Vec<String>)>) -> Tally {
    let mut total = Tally::default();
    for (name, findings) in rules {
        findings.iter().for_each(|finding| println!("{finding}"));
        if !findings.is_empty() {
            println!("rule broken: {name}\n");
        }
        total = total.and(Tally::of(findings.len()));
    }
    total
}

/// Marks of a conflict, blanks at the end of a line or a file: git looks for them in what is new to an empty tree.
/// `.gitattributes` says where a blank may be.
fn unclean(sh: &Shell) -> Result<Vec<String>> {
    let empty = cmd!(sh, "git hash-object -t tree /dev/null").quiet().read()?;
    let found = cmd!(sh, "git --no-pager diff --check {empty}").quiet().ignore_status().output()?;
    match found.status.code() {
        // 2 is what it found.
        Some(0 | 2) => Ok(String::from_utf8_lossy(&found.stdout).lines().map(str::to_owned).collect()),
        _ => Err(String::from_utf8_lossy(&found.stderr).into()),
    }
}

/// A finding at a line, from 1.
fn at(path: &str, line: usize, what: &str) -> String {
    format!("{path}:{line}: {what}")
}

/// A finding in each line in which `fault` sees one.
fn each_line(path: &str, text: &str, mut fault: impl FnMut(&str) -> Option<String>) -> Vec<String> {
    let lines = text.split('\n').enumerate();
    lines.filter_map(|(index, line)| Some(at(path, index + 1, &fault(line)?))).collect()
}

/// What a rule finds in these files, as `file:line`.
#[cfg(test)]
fn found(rule: Rule, files: &[(&str, &str)]) -> Vec<String> {
    let place = |finding: &String| finding.split(": ").next().unwrap_or_default().to_owned();
    rule(&Checkout::of(files)).iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_with_a_finding_is_broken() {
        let rules = [("kept", Vec::new()), ("broken", vec![at("a", 1, "is wrong; mend it")])];
        assert_eq!(judged(rules), Tally { passed: 1, failed: 1 });
    }
}
