//! The pages of docs/spec, as far as duvet does not look: `cargo xtask ci duvet` finds the test of each requirement.

use super::{Checkout, at};
use std::collections::HashSet;

const INDEX: &str = "docs/spec/README.md";
const CONFIG: &str = ".duvet/config.toml";

fn specification(checkout: &Checkout) -> impl Iterator<Item = (&str, &str)> {
    checkout.under("docs/spec/", "").filter(|(path, _)| *path != INDEX)
}

/// An id means one thing, and duvet reads the page that it stands on.
pub(crate) fn pages(checkout: &Checkout) -> Vec<String> {
    let (mut findings, mut seen) = (Vec::new(), HashSet::new());
    for (path, text) in specification(checkout) {
        if !checkout.text(CONFIG).contains(&format!("\"{path}\"")) {
            findings.push(at(path, 1, "is not traced; name it in .duvet/config.toml"));
        }
        let twice = requirements(text).filter(|(_, id)| !seen.insert(*id));
        findings
            .extend(twice.map(|(line, id)| at(path, line, &format!("{id} stands twice; take the next free number"))));
    }
    findings
}

/// A quotation is a whole sentence, and at most two requirements stand in one block of citations.
pub(crate) fn citations(checkout: &Checkout) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in checkout.under("crates/", ".rs") {
        let (mut cited, mut lines) = (0, text.lines().map(str::trim_start).zip(1..).peekable());
        while let Some((line, number)) = lines.next() {
            let is_target = line.starts_with("//= docs/spec/");
            cited = if line.starts_with("//=") || line.starts_with("//#") { cited + usize::from(is_target) } else { 0 };
            if is_target && cited > 2 {
                let what = "is the third citation of a block; cite each at the test, or the line of it, that would fail without it";
                findings.push(at(path, number, what));
            }
            let is_last = lines.peek().is_none_or(|(next, _)| !next.starts_with("//#"));
            if line.starts_with("//#") && is_last && !line.ends_with('.') {
                let what = "ends a quotation inside a sentence; quote the requirement's first sentence to its end";
                findings.push(at(path, number, what));
            }
        }
    }
    findings
}

/// The id in `- **ID** …`.
fn requirements(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().zip(1..);
    lines.filter_map(|(line, number)| Some((number, line.strip_prefix("- **")?.split_once("**")?.0)))
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
        assert_eq!(found(pages, &[("docs/spec/a.md", TEXT)]), ["docs/spec/a.md:1"]);
        let twice = format!("{TEXT}{TEXT}");
        assert_eq!(found(pages, &[("docs/spec/a.md", &twice), config]), ["docs/spec/a.md:2"]);
    }

    #[test]
    fn quotations_that_stop_early_and_blocks_that_cite_too_much() {
        let one = "    //= docs/spec/a.md#b\n    //= type=test\n    //# **A-1** it\n    //# holds.\n";
        let found = |text: &str| found(citations, &[("crates/a/tests/b.rs", text)]);
        assert!(found(&format!("{one}{one}fn c() {{\n{one}}}")).is_empty());
        assert_eq!(found(&one.repeat(3)), ["crates/a/tests/b.rs:9"]);
        assert_eq!(found(&one.replace("holds.", "holds")), ["crates/a/tests/b.rs:4"]);
    }
}
