//! docs/internals/promises.md and SECURITY.md name tests. If a test is renamed, it is renamed there too, and each row has a
//! test. A task of ours counts as a test, if no function could be one. No tool knows these tables.

use super::{Checkout, at, each_line};
use crate::{TASKS, check, ci, night};

const PAGES: [&str; 2] = ["docs/internals/promises.md", "SECURITY.md"];
/// What stands in the last cell of a row that no test can hold, before the reason.
const NOT_DEFENDED: &str = "not defended: ";
const TASK: &str = "cargo xtask ";

/// Each row of a table ends with a test, or a task, that there is.
pub(crate) fn tests(checkout: &Checkout) -> Vec<String> {
    let mut findings = Vec::new();
    for path in PAGES {
        let mut rows = 0;
        findings.extend(each_line(path, checkout.text(path), |line| {
            if line.starts_with('|') && !line.ends_with('|') {
                return Some("a row that does not end; end it with its last cell and `|`".to_owned());
            }
            let cell = last_cell(line)?;
            rows += 1;
            let spans = cell.split('`').skip(1).step_by(2);
            let names: Vec<&str> = spans.filter(|name| name.contains("::") || name.starts_with(TASK)).collect();
            if names.is_empty() && !cell.starts_with(NOT_DEFENDED) {
                return Some(
                    "a row without a test; name the one that would fail, as `file::test` or `cargo xtask …`".into(),
                );
            }
            let unknown = names.into_iter().find(|name| !is_task(name) && !is_test(checkout, name))?;
            Some(format!("no {unknown}; name a file below crates/ and a test in it, or a task and its step"))
        }));
        if rows == 0 {
            findings.push(at(path, 1, "has no table of tests; write down what is promised"));
        }
    }
    findings
}

/// The last cell of a row, unless it is a table's head or the line under it.
fn last_cell(line: &str) -> Option<&str> {
    let cells = line.strip_prefix('|')?.strip_suffix('|')?;
    let cell = cells.rsplit(" | ").next()?.trim();
    let is_head = cell == "tested by" || cells.bytes().all(|byte| matches!(byte, b'-' | b'|' | b' '));
    (!is_head).then_some(cell)
}

/// `cargo xtask ci deny`: there is such a task, and such a step of it.
fn is_task(name: &str) -> bool {
    let Some(words) = name.strip_prefix(TASK) else { return false };
    let has = |steps: &[crate::steps::Step], step| steps.iter().any(|(name, _)| *name == step);
    match words.split_once(' ') {
        Some(("check", step)) => has(check::STEPS, step),
        Some(("ci", step)) => has(ci::STEPS, step),
        Some(("night", step)) => has(night::STEPS, step),
        Some((task, flag)) => TASKS.iter().any(|(name, args, ..)| *name == task && args.contains(flag)),
        None => TASKS.iter().any(|(name, ..)| *name == words),
    }
}

/// A function with the attribute of a test, in the file that is named: `reconnect-core/src/lease.rs::test`.
fn is_test(checkout: &Checkout, name: &str) -> bool {
    let Some((path, test)) = name.split_once("::") else { return false };
    let folder = if ["xtask/", "benches/"].iter().any(|top| path.starts_with(top)) { "" } else { "crates/" };
    let text = checkout.text(&format!("{folder}{path}"));
    let above = text.split_once(&format!("fn {test}(")).map_or("", |(above, _)| above);
    // The first of these is what stands before `fn` in its own line.
    let above = above.rsplit('\n').skip(1).map(str::trim_start);
    above.take_while(|line| line.starts_with(['#', '/'])).any(|line| line.starts_with("#[") && line.contains("test"))
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use super::*;

    #[test]
    fn rows_without_a_test_and_tests_that_are_gone() {
        let code = ("crates/a/tests/b.rs", "#[test]\n// why\nfn it_holds() {}\n\nfn helps() {}\n");
        let head = "| promise | tested by |\n|---|---|\n";
        for (rows, lines) in [
            ("| x | `a/tests/b.rs::it_holds` |\n", vec![]),
            ("| x | not defended: nobody can |\n", vec![]),
            (
                "| x | `cargo xtask ci deny`; `cargo xtask faults`; `cargo xtask diagram --check`; `cargo xtask check no_std` |\n",
                vec![],
            ),
            ("| x | `cargo xtask ci denied` |\n", vec!["docs/internals/promises.md:3"]),
            ("| x | `cargo xtask night deny` |\n", vec!["docs/internals/promises.md:3"]),
            ("| x | `cargo xtask tidy --check` |\n", vec!["docs/internals/promises.md:3"]),
            ("| x | `a/tests/b.rs::it_held` |\n", vec!["docs/internals/promises.md:3"]),
            ("| x | `a/tests/b.rs::it_holds`; `a/tests/c.rs::it_holds` |\n", vec!["docs/internals/promises.md:3"]),
            ("| x | `a/tests/b.rs::helps` |\n", vec!["docs/internals/promises.md:3"]),
            ("| x | it holds |\n", vec!["docs/internals/promises.md:3"]),
            ("| x | `a/tests/b.rs::it_holds` |\n| y | it holds\n", vec!["docs/internals/promises.md:4"]),
            ("", vec!["docs/internals/promises.md:1"]),
        ] {
            let page = format!("{head}{rows}");
            let security = format!("{head}| x | `a/tests/b.rs::it_holds` |\n");
            assert_eq!(found(super::tests, &[code, (PAGES[0], &page), (PAGES[1], &security)]), lines, "{rows}");
        }
        assert_eq!(found(super::tests, &[]), ["docs/internals/promises.md:1", "SECURITY.md:1"]);
    }
}
