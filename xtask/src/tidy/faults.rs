//! The table of planted faults: each promise has a patch, and each patch a promise.

use super::{Checkout, Finding};
use crate::faults::FOLDER;

const TABLE: &str = "README.md";

/// Each row of the table names patches that there are, and each patch stands in it and says what it plants.
pub(crate) fn table(checkout: &Checkout) -> Vec<Finding> {
    let path = format!("{FOLDER}{TABLE}");
    let patches: Vec<_> = checkout.under(FOLDER).filter(|file| file.path.ends_with(".patch")).collect();
    let text = checkout.get(&path).map_or("", |file| file.text.as_str());
    let mut findings = Vec::new();
    let mut named = Vec::new();
    let is_row = |line: &str| line.starts_with("| ") && !line.ends_with("| faults |");
    for (index, line) in text.lines().enumerate().filter(|(_, line)| is_row(line)) {
        let cells = line.trim_matches('|').rsplit('|');
        let names: Vec<&str> = cells.take(1).flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
        if names.is_empty() {
            findings.push(Finding::new(&path, index + 1, "has a row without a patch", "plant the fault, and name it"));
        }
        let is_there = |name: &str| patches.iter().any(|file| file.path == format!("{FOLDER}{name}.patch"));
        for name in names {
            if !is_there(name) {
                findings.push(Finding::new(&path, index + 1, format!("names no patch: {name}"), "name what is there"));
            }
            named.push(name);
        }
    }
    for file in patches {
        let name = file.path.trim_start_matches(FOLDER).trim_end_matches(".patch");
        if !named.contains(&name) {
            findings.push(Finding::new(&file.path, 0, "is not in the table", "add it to the row of what it breaks"));
        }
        if !file.text.lines().next().is_some_and(|line| line.ends_with('.')) {
            findings.push(Finding::new(&file.path, 1, "does not say what it plants", "begin with one sentence"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use super::*;

    #[test]
    fn patches_and_rows_belong_together() {
        const ROWS: &str = "crates/reconnect-testkit/faults/README.md";
        const PATCH: &str = "crates/reconnect-testkit/faults/a.patch";
        let head = "# Faults\n\n| promise | faults |\n|---|---|\n";
        let row = |row: &str| format!("{head}{row}\n");
        let patch = "It is broken.\n\n--- a/x\n";
        assert_eq!(found(table, &[(ROWS, &row("| p | `a` |")), (PATCH, patch)]), [""; 0]);
        assert_eq!(found(table, &[(ROWS, head), (PATCH, patch)]), [format!("{PATCH}:0")]);
        assert_eq!(found(table, &[(ROWS, &row("| p | `a`, `b` |")), (PATCH, patch)]), [format!("{ROWS}:5")]);
        assert_eq!(found(table, &[(ROWS, &row("| p | |"))]), [format!("{ROWS}:5")]);
        assert_eq!(found(table, &[(ROWS, &row("| p | `a` |")), (PATCH, "--- a/x\n")]), [format!("{PATCH}:1")]);
    }
}
