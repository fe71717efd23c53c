//! The pages of docs/spec, as far as duvet does not look: `cargo xtask ci duvet` finds the test of each requirement.

use super::{Checkout, Finding};
use std::collections::HashSet;

const FOLDER: &str = "docs/spec/";
const INDEX: &str = "docs/spec/README.md";
const CONFIG: &str = ".duvet/config.toml";

/// An id means one thing, duvet reads the page that it stands on, and citations can be read.
pub(crate) fn pages(checkout: &Checkout) -> Vec<Finding> {
    let config = checkout.get(CONFIG).map_or("", |file| file.text.as_str());
    let mut findings = citations(checkout);
    let mut seen = HashSet::new();
    for file in checkout.under(FOLDER).filter(|file| file.path != INDEX) {
        if !config.contains(&format!("\"{}\"", file.path)) {
            findings.push(Finding::new(&file.path, 0, "is not traced", "name it in .duvet/config.toml"));
        }
        for (at, id) in requirements(&file.text) {
            if !seen.insert(id) {
                findings.push(Finding::new(&file.path, at, format!("{id} stands twice"), "take the next free number"));
            }
        }
    }
    findings
}

/// A quotation is a whole sentence, and at most two requirements stand in one block of citations.
fn citations(checkout: &Checkout) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in checkout.under("crates/").filter(|file| file.path.ends_with(".rs")) {
        let (mut cited, mut lines) = (0, file.text.lines().map(str::trim_start).enumerate().peekable());
        while let Some((index, line)) = lines.next() {
            let is_target = line.starts_with("//= docs/spec/");
            cited = if line.starts_with("//=") || line.starts_with("//#") { cited + usize::from(is_target) } else { 0 };
            if is_target && cited > 2 {
                let fix = "cite each at the test, or the line of it, that would fail without it";
                findings.push(Finding::new(&file.path, index + 1, "is the third citation of a block", fix));
            }
            let is_last = lines.peek().is_none_or(|(_, next)| !next.starts_with("//#"));
            if line.starts_with("//#") && is_last && !line.ends_with('.') {
                let fix = "quote the requirement's first sentence to its end";
                findings.push(Finding::new(&file.path, index + 1, "ends a quotation inside a sentence", fix));
            }
        }
    }
    findings
}

/// The index counts what is there.
pub(crate) fn counts(checkout: &Checkout) -> Vec<Finding> {
    let Some(index) = checkout.get(INDEX) else { return Vec::new() };
    let mut findings = Vec::new();
    let mut all = 0;
    for file in checkout.under(FOLDER).filter(|file| file.path != INDEX) {
        let count = requirements(&file.text).count();
        all += count;
        let name = file.path.strip_prefix(FOLDER).unwrap_or_default();
        let told = |line: &str| line.starts_with(&format!("| [{name}]")) && line.ends_with(&format!(" | {count} |"));
        if !index.text.lines().any(told) {
            findings.push(Finding::new(INDEX, 0, format!("does not say that {name} has {count}"), "correct the list"));
        }
    }
    for wanted in [format!("\n{all} requirements"), format!("| {all} |\n")] {
        if !index.text.contains(&wanted) {
            let what = format!("does not say that there are {all} in all");
            findings.push(Finding::new(INDEX, 0, what, "correct the sum, at its head and under the list"));
        }
    }
    findings
}

/// The id in `- **ID** …`.
fn requirements(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    lines.filter_map(|(at, line)| Some((at, line.strip_prefix("- **")?.split_once("**")?.0)))
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use super::*;

    const TEXT: &str = "- **A-1** it holds\n";

    #[test]
    fn ids_that_stand_twice_and_pages_that_nobody_traces() {
        let config = (CONFIG, "source = \"docs/spec/a.md\"");
        assert!(found(pages, &[("docs/spec/a.md", TEXT), config]).is_empty());
        assert_eq!(found(pages, &[("docs/spec/a.md", TEXT)]), ["docs/spec/a.md:0"]);
        let twice = format!("{TEXT}{TEXT}");
        assert_eq!(found(pages, &[("docs/spec/a.md", &twice), config]), ["docs/spec/a.md:2"]);
    }

    #[test]
    fn quotations_that_stop_early_and_blocks_that_cite_too_much() {
        let one = "    //= docs/spec/a.md#b\n    //= type=test\n    //# **A-1** it\n    //# holds.\n";
        let found = |text: &str| found(pages, &[("crates/a/tests/b.rs", text)]);
        assert!(found(&format!("{one}{one}fn c() {{\n{one}}}")).is_empty());
        assert_eq!(found(&one.repeat(3)), ["crates/a/tests/b.rs:9"]);
        assert_eq!(found(&one.replace("holds.", "holds")), ["crates/a/tests/b.rs:4"]);
    }

    #[test]
    fn an_index_that_counts_wrong() {
        let index = "# Title\n\n1 requirements\n\n| [a.md](a.md) | A | 1 |\n| all | | 1 |\n";
        assert!(found(counts, &[("docs/spec/a.md", TEXT), (INDEX, index)]).is_empty());
        let two = format!("- **A-2** so does this\n{TEXT}");
        assert_eq!(found(counts, &[("docs/spec/a.md", &two), (INDEX, index)]).len(), 3);
    }
}
