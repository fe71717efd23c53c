//! Other people's clients, as they are published, against `reconnect sandbox` as it is by default.
//!
//! A client that was written without us shows what a shared mistake would hide. What each does otherwise than the
//! documentation says stands in `xtask/interop.toml`; this fails as soon as that changes, for the worse or the better.

mod clients;

use crate::Result;
use crate::steps::Tally;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use xshell::{Shell, cmd};

use clients::{CLIENTS, Client};

const KNOWN: &str = "xtask/interop.toml";
/// If a client has more differences than this, the sandbox is probably at fault.
const MOST: usize = 10;

/// `xtask/interop.toml`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    differs: Vec<Entry>,
    /// By client: the doctor's rules in the steps that pass.
    doctor: BTreeMap<String, BTreeSet<String>>,
}

/// A step that is known not to pass.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    client: String,
    step: String,
    rule: String,
    reason: String,
}

/// A line of a client's driver.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcome {
    step: String,
    passed: bool,
    /// What the sandbox's doctor named, and what the driver saw the client get wrong.
    rules: BTreeSet<String>,
    says: String,
}

pub(crate) fn check(sh: &Shell) -> Result<Tally> {
    let known = read(&sh.read_file(KNOWN)?)?;
    cmd!(sh, "cargo build --locked --package reconnect-cli").run()?;
    let mut tally = Tally::default();
    for client in CLIENTS {
        println!("\n{} through `reconnect sandbox`", client.pin);
        for Line { good, what, says } in lines(sh, client, &known) {
            println!("  {} {what:<18} {says}", if good { "ok    " } else { "FAILED" });
            tally = tally.and(Tally::of((!good).into()));
        }
    }
    Ok(tally)
}

/// The next client runs, whatever becomes of this one.
fn lines(sh: &Shell, client: &Client, known: &Known) -> Vec<Line> {
    let mut lines = match client.drive(sh) {
        Ok(outcomes) => judge(client.name, &outcomes, known),
        Err(error) => return vec![Line { good: false, what: "install and run".to_owned(), says: error.to_string() }],
    };
    let (good, says) = match client.follow_guide(sh) {
        Ok(()) => (true, "its program runs".to_owned()),
        Err(error) => (false, error.to_string()),
    };
    lines.push(Line { good, what: "docs/guide/offline.md".to_owned(), says });
    lines
}

fn read(text: &str) -> Result<Known> {
    let known: Known = toml::from_str(text).map_err(|error| format!("{KNOWN}: {error}"))?;
    let is_client = |name: &String| CLIENTS.iter().any(|client| client.name == name);
    let has_reason = |entry: &Entry| is_client(&entry.client) && !entry.reason.trim().is_empty();
    if known.differs.len() > MOST || !known.differs.iter().all(has_reason) || !known.doctor.keys().all(is_client) {
        return Err(format!(
            "{KNOWN}: an entry names a client of this task and a reason, and there are {MOST} at most"
        )
        .into());
    }
    Ok(known)
}

/// One check, in the table and in the count.
#[derive(Debug)]
struct Line {
    good: bool,
    what: String,
    says: String,
}

/// What a client did, held against what is known of it: no step is better or worse, and of the steps that pass the doctor names
/// the known rules, no more and no fewer.
fn judge(client: &str, outcomes: &[Outcome], known: &Known) -> Vec<Line> {
    let entries = || known.differs.iter().filter(|entry| entry.client == client);
    let mut lines = Vec::new();
    for Outcome { step, passed, rules, says } in outcomes {
        let noted: BTreeSet<String> =
            entries().filter(|entry| entry.step == *step).map(|entry| entry.rule.clone()).collect();
        let good = *passed == noted.is_empty() && noted.is_subset(rules);
        let word = if *passed { "passes" } else { "differs" };
        let says = if good { list(&noted) } else { format!("{}; {says}, {}", list(&noted), list(rules)) };
        lines.push(Line { good, what: step.clone(), says: format!("{word}, known: {says}") });
    }
    let ran = |entry: &&Entry| outcomes.iter().any(|outcome| outcome.step == entry.step);
    let gone = entries().filter(|entry| !ran(entry));
    lines.extend(gone.map(|entry| Line { good: false, what: entry.step.clone(), says: "did not run".to_owned() }));
    let passed = outcomes.iter().filter(|outcome| outcome.passed);
    let named: BTreeSet<String> = passed.flat_map(|outcome| outcome.rules.iter().cloned()).collect();
    let wanted = known.doctor.get(client).cloned().unwrap_or_default();
    let says = format!("names {}, known: {}", list(&named), list(&wanted));
    lines.push(Line { good: named == wanted, what: "doctor".to_owned(), says });
    lines
}

fn list(rules: &BTreeSet<String>) -> String {
    if rules.is_empty() { "nothing".to_owned() } else { rules.iter().cloned().collect::<Vec<_>>().join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "[[differs]]\nclient = \"flinks\"\nstep = \"b\"\nrule = \"known\"\nreason = \"so\"\n[doctor]\nflinks = [\"seen\"]";

    fn failed(lines: &[(&str, bool, &[&str])]) -> Vec<String> {
        let outcome = |(step, passed, rules): &(&str, bool, &[&str])| Outcome {
            step: (*step).to_owned(),
            passed: *passed,
            rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
            says: String::new(),
        };
        let outcomes: Vec<Outcome> = lines.iter().map(outcome).collect();
        let lines = judge("flinks", &outcomes, &read(TABLE).unwrap());
        lines.into_iter().filter(|line| !line.good).map(|line| line.what).collect()
    }

    #[test]
    fn a_change_in_either_direction_fails() {
        let (seen, known): (&[&str], &[&str]) = (&["seen"], &["known", "other"]);
        assert!(failed(&[("a", true, seen), ("b", false, known)]).is_empty());
        assert_eq!(failed(&[("a", false, seen), ("b", false, known)]), ["a", "doctor"]);
        assert_eq!(failed(&[("a", true, seen), ("b", true, seen)]), ["b"], "passes now");
        assert_eq!(failed(&[("a", true, seen), ("b", false, seen)]), ["b"], "for another reason");
        assert_eq!(failed(&[("a", true, seen)]), ["b"], "did not run");
        assert_eq!(failed(&[("a", true, known), ("b", false, known)]), ["doctor"]);
    }

    #[test]
    fn the_table_is_short_and_says_why() {
        assert!(read(TABLE).is_ok());
        assert!(read(&TABLE.replace("so", " ")).is_err());
        assert!(read(&TABLE.replace("\"flinks\"", "\"nobody\"")).is_err());
        let entry = TABLE.split("[doctor]").next().unwrap();
        assert!(read(&format!("{}[doctor]", entry.repeat(MOST))).is_ok());
        assert!(read(&format!("{}[doctor]", entry.repeat(MOST + 1))).is_err());
    }
}
