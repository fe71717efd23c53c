//! docs/internals/promises.md and SECURITY.md name tests. If a test is renamed, it is renamed there too, and each row has a
//! test. A task of ours counts as a test, if no function could be one.

use super::{Checkout, Finding};
use crate::{TASKS, ci, night};

const PAGES: [&str; 2] = ["docs/internals/promises.md", "SECURITY.md"];
/// What stands in the last cell of a row that no test can hold, before the reason.
const NOT_DEFENDED: &str = "not defended: ";
const TASK: &str = "cargo xtask ";

/// Each row of a table ends with a test, or a task, that there is.
pub(crate) fn tests(checkout: &Checkout) -> Vec<Finding> {
    let mut findings = Vec::new();
    for path in PAGES {
        let Some(file) = checkout.get(path) else {
            findings.push(Finding::new(path, 0, "is missing", "write down what is promised"));
            continue;
        };
        let mut rows = 0;
        for (index, line) in file.text.lines().enumerate() {
            if line.starts_with('|') && !line.ends_with('|') {
                findings.push(Finding::new(
                    path,
                    index + 1,
                    "a row that does not end",
                    "end it with its last cell and `|`",
                ));
            }
            let Some(cell) = last_cell(line) else { continue };
            rows += 1;
            let names: Vec<&str> = spans(cell).filter(|name| name.contains("::") || name.starts_with(TASK)).collect();
            if names.is_empty() && !cell.starts_with(NOT_DEFENDED) {
                let fix = "name the test that would fail without it, as `file::test` or `cargo xtask …`";
                findings.push(Finding::new(path, index + 1, "a row without a test", fix));
            }
            let unknown = names.into_iter().filter(|name| !is_task(name) && !is_test(checkout, name));
            let fix = "name a file below crates/ and a test in it, or a task and its step";
            findings.extend(unknown.map(|name| Finding::new(path, index + 1, format!("no {name}"), fix)));
        }
        if rows == 0 {
            findings.push(Finding::new(path, 0, "has no table of tests", "write one"));
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

fn spans(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// `cargo xtask ci deny`: there is such a task, and such a step of it.
fn is_task(name: &str) -> bool {
    let Some(words) = name.strip_prefix(TASK) else { return false };
    match words.split_once(' ') {
        Some(("ci", step)) => ci::names().any(|name| name == step),
        Some(("night", step)) => night::names().any(|name| name == step),
        Some((task, "--check")) => TASKS.iter().any(|known| known.name == task && known.args.contains(&"[--check]")),
        Some(_) => false,
        None => TASKS.iter().any(|known| known.name == words),
    }
}

/// A function with the attribute of a test, in the file that is named: `reconnect-core/src/lease.rs::test`.
fn is_test(checkout: &Checkout, name: &str) -> bool {
    let Some((path, test)) = name.split_once("::") else { return false };
    let folder = if ["xtask/", "benches/"].iter().any(|top| path.starts_with(top)) { "" } else { "crates/" };
    let Some(file) = checkout.get(&format!("{folder}{path}")) else { return false };
    let Some(at) = file.text.find(&format!("fn {test}(")) else { return false };
    let line = file.text[..at].rfind('\n').map_or(0, |end| end + 1);
    let above = file.text[..line].lines().rev().map(str::trim_start);
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
            ("| x | `cargo xtask ci deny`; `cargo xtask faults`; `cargo xtask diagram --check` |\n", vec![]),
            ("| x | `cargo xtask ci denied` |\n", vec!["docs/internals/promises.md:3"]),
            ("| x | `cargo xtask night deny` |\n", vec!["docs/internals/promises.md:3"]),
            ("| x | `cargo xtask tidy --check` |\n", vec!["docs/internals/promises.md:3"]),
            ("| x | `a/tests/b.rs::it_held` |\n", vec!["docs/internals/promises.md:3"]),
            ("| x | `a/tests/b.rs::it_holds`; `a/tests/c.rs::it_holds` |\n", vec!["docs/internals/promises.md:3"]),
            ("| x | `a/tests/b.rs::helps` |\n", vec!["docs/internals/promises.md:3"]),
            ("| x | it holds |\n", vec!["docs/internals/promises.md:3"]),
            ("| x | `a/tests/b.rs::it_holds` |\n| y | it holds\n", vec!["docs/internals/promises.md:4"]),
            ("", vec!["docs/internals/promises.md:0"]),
        ] {
            let page = format!("{head}{rows}");
            let security = format!("{head}| x | `a/tests/b.rs::it_holds` |\n");
            assert_eq!(found(super::tests, &[code, (PAGES[0], &page), (PAGES[1], &security)]), lines, "{rows}");
        }
        assert_eq!(found(super::tests, &[]), ["docs/internals/promises.md:0", "SECURITY.md:0"]);
    }
}
