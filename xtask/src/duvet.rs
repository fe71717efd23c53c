//! Traces docs/spec with duvet: a test cites each requirement.
//!
//! duvet decides, and says little of why; its report in JSON says which requirement it was, and is counted here.

use crate::steps::Tally;
use crate::{Result, toolchain};
use serde::Deserialize;
use std::collections::BTreeMap;
use xshell::{Shell, cmd};

const LEVELS: [&str; 3] = ["MUST", "SHOULD", "MAY"];

pub(crate) fn check(sh: &Shell) -> Result<Tally> {
    toolchain::duvet(sh)?;
    // What duvet read from the pages before: a section that was renamed since would leave its old ones behind.
    sh.remove_path(".duvet/requirements")?;
    let file = format!("{}/duvet.json", toolchain::target_dir());
    sh.remove_path(&file)?;
    let done =
        cmd!(sh, "duvet report --ci --require-citations false --json {file}").quiet().ignore_status().output()?;
    if !done.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&done.stderr));
    }
    // Without a report a citation quotes what no page says, and duvet has just said which.
    let report: Report = serde_json::from_str(&sh.read_file(&file)?)?;
    let mut open = 0;
    for level in LEVELS {
        let count = report.count(level);
        println!(
            "{level}: {} requirements, {} tested, {} self-evident, {} exceptions, {} open",
            count.all,
            count.met,
            count.implied,
            count.excepted,
            count.open.len()
        );
        for id in &count.open {
            println!("  {id} is cited by no test; see docs/spec/README.md for how to cite it");
        }
        open += count.open.len() as u64;
    }
    let failed = if done.status.success() { open } else { open.max(1) };
    Ok(Tally { passed: (failed == 0).into(), failed })
}

#[derive(Deserialize)]
struct Report {
    annotations: Vec<Annotation>,
    /// By the place of a requirement among the annotations.
    statuses: BTreeMap<usize, Status>,
}

#[derive(Deserialize)]
struct Annotation {
    level: Option<String>,
    /// A requirement's text.
    #[serde(default)]
    comment: String,
}

/// How many letters of a requirement are in each kind of citation.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Status {
    test: usize,
    implication: usize,
    exception: usize,
}

#[derive(Debug, Default, PartialEq)]
struct Count {
    all: usize,
    met: usize,
    implied: usize,
    excepted: usize,
    open: Vec<String>,
}

impl Report {
    /// Requirements of a level. Of one with several sentences the first counts, which has the id: they share its line,
    /// and so its citations.
    fn count(&self, level: &str) -> Count {
        let mut count = Count::default();
        for (place, status) in &self.statuses {
            let Some(annotation) = self.annotations.get(*place) else { continue };
            let id = annotation.comment.split("**").nth(1);
            let Some(id) = id.filter(|_| annotation.level.as_deref() == Some(level)) else { continue };
            count.all += 1;
            match status {
                Status { exception: 1.., .. } => count.excepted += 1,
                Status { implication: 1.., .. } => count.implied += 1,
                Status { test: 1.., .. } => count.met += 1,
                _ => count.open.push(id.to_owned()),
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_level_and_names_what_is_open() {
        let report = r#"{"annotations": [
            {"type": "SPEC", "level": "MUST", "comment": "- **A-1** A client MUST x.\n"},
            {"type": "SPEC", "level": "MUST", "comment": "- **A-2** A client MUST y.\n"},
            {"type": "SPEC", "level": "MAY", "comment": "- **A-3** A client MAY z.\n"},
            {"type": "SPEC", "level": "MUST", "comment": "It MUST also w.\n"},
            {"type": "SPEC", "level": "MUST", "comment": "- **A-4** A page MUST v.\n"},
            {"source": "lib.rs", "target_path": "a.md"}],
            "statuses": {"0": {"spec": 20, "test": 8, "related": [5]}, "1": {"spec": 20, "citation": 9},
            "2": {"spec": 20, "implication": 9}, "3": {"spec": 9, "incomplete": 9}, "4": {"spec": 9, "exception": 9}}}"#;
        let report: Report = serde_json::from_str(report).expect("a report");
        let must = Count { all: 3, met: 1, implied: 0, excepted: 1, open: vec!["A-2".into()] };
        assert_eq!(report.count("MUST"), must);
        assert_eq!(report.count("MAY"), Count { all: 1, implied: 1, ..Count::default() });
    }
}
