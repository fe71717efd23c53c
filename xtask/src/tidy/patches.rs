//! The table of planted faults: each promise has a patch, each patch a promise, and each applies. `cargo xtask faults` shows at
//! night that a test sees it.

use super::{Checkout, at};
use crate::Result;
use crate::faults::FOLDER;
use xshell::{Shell, cmd};

/// Each row of the table names patches that there are, and each patch stands in it and says what it plants.
pub(crate) fn table(checkout: &Checkout) -> Vec<String> {
    let path = format!("{FOLDER}README.md");
    let (mut findings, mut named) = (Vec::new(), Vec::new());
    let is_row = |line: &str| line.starts_with("| ") && !line.ends_with("| faults |");
    for (index, line) in checkout.text(&path).lines().enumerate().filter(|(_, line)| is_row(line)) {
        let cell = line.trim_matches('|').rsplit('|').next().unwrap_or_default();
        let before = named.len();
        named.extend(cell.split('`').skip(1).step_by(2));
        if named.len() == before {
            findings.push(at(&path, index + 1, "has a row without a patch; plant the fault, and name it"));
        }
        let gone = named[before..].iter().filter(|name| checkout.text(&format!("{FOLDER}{name}.patch")).is_empty());
        findings.extend(gone.map(|name| at(&path, index + 1, &format!("names no patch: {name}; name what is there"))));
    }
    for (path, text) in checkout.under(FOLDER, ".patch") {
        if !named.contains(&path[FOLDER.len()..].trim_end_matches(".patch")) {
            findings.push(at(path, 1, "is not in the table; add it to the row of what it breaks"));
        }
        if !text.lines().next().is_some_and(|line| line.ends_with('.')) {
            findings.push(at(path, 1, "does not say what it plants; begin with one sentence"));
        }
    }
    findings
}

/// Those that no longer apply.
pub(crate) fn stale(sh: &Shell, checkout: &Checkout) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for (path, _) in checkout.under(FOLDER, ".patch") {
        if !cmd!(sh, "git apply --check {path}").quiet().ignore_status().ignore_stderr().output()?.status.success() {
            findings.push(at(path, 1, "no longer applies; write it again for the code of today"));
        }
    }
    Ok(findings)
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
        assert_eq!(found(table, &[(ROWS, head), (PATCH, patch)]), [format!("{PATCH}:1")]);
        assert_eq!(found(table, &[(ROWS, &row("| p | `a`, `b` |")), (PATCH, patch)]), [format!("{ROWS}:5")]);
        assert_eq!(found(table, &[(ROWS, &row("| p | |"))]), [format!("{ROWS}:5")]);
        assert_eq!(found(table, &[(ROWS, &row("| p | `a` |")), (PATCH, "--- a/x\n")]), [format!("{PATCH}:1")]);
    }
}
