//! Traces docs/spec with duvet: a test cites each requirement. duvet decides, and does not say which one is open; its report
//! in JSON does.

use crate::steps::Tally;
use crate::{Result, toolchain};
use serde_json::Value;
use xshell::{Shell, cmd};

pub(crate) fn check(sh: &Shell) -> Result<Tally> {
    toolchain::tool(sh, "duvet")?;
    // What duvet read from the pages before: a section that was renamed since would leave its old ones behind.
    sh.remove_path(".duvet/requirements")?;
    let file = toolchain::folder("duvet.json");
    sh.remove_path(&file)?;
    let done =
        cmd!(sh, "duvet report --ci --require-citations false --json {file}").quiet().ignore_status().output()?;
    if !done.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&done.stderr));
    }
    // Without a report a citation quotes what no page says, and duvet has just said which.
    let (all, open) = counted(&serde_json::from_str(&sh.read_file(&file)?)?);
    println!("{all} requirements, {} open", open.len());
    open.iter().for_each(|id| println!("  {id} is cited by no test; see docs/spec/README.md for how to cite it"));
    Ok(Tally::of(if done.status.success() { open.len() } else { open.len().max(1) }))
}

/// How many requirements there are, and the ids of those that no test, no reason and nothing self-evident covers. Of one
/// with several sentences the first counts, which has the id: they share its line, and so its citations.
fn counted(report: &Value) -> (usize, Vec<String>) {
    let (mut all, mut open) = (0, Vec::new());
    // By the place of a requirement among the annotations.
    for (place, status) in report["statuses"].as_object().into_iter().flatten() {
        let annotation = &report["annotations"][place.parse::<usize>().unwrap_or(usize::MAX)];
        let Some(id) = annotation["comment"].as_str().and_then(|text| text.split("**").nth(1)) else { continue };
        all += 1;
        if ["test", "implication", "exception"].iter().all(|kind| status[kind].as_u64().unwrap_or(0) == 0) {
            open.push(id.to_owned());
        }
    }
    (all, open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_is_open() {
        let report = r#"{"annotations": [
            {"type": "SPEC", "level": "MUST", "comment": "- **A-1** A client MUST x.\n"},
            {"type": "SPEC", "level": "MUST", "comment": "- **A-2** A client MUST y.\n"},
            {"type": "SPEC", "level": "MAY", "comment": "- **A-3** A client MAY z.\n"},
            {"type": "SPEC", "level": "MUST", "comment": "It MUST also w.\n"},
            {"type": "SPEC", "level": "MUST", "comment": "- **A-4** A page MUST v.\n"},
            {"source": "lib.rs", "target_path": "a.md"}],
            "statuses": {"0": {"spec": 20, "test": 8, "related": [5]}, "1": {"spec": 20, "citation": 9},
            "2": {"spec": 20, "implication": 9}, "3": {"spec": 9, "incomplete": 9}, "4": {"spec": 9, "exception": 9}}}"#;
        let report = serde_json::from_str(report).expect("a report");
        assert_eq!(counted(&report), (4, vec!["A-2".to_owned()]));
    }
}
