//! What a page in Markdown says of other files, and of itself: links, names of files, and nothing twice.

use super::{Checkout, File, Finding};
use std::collections::HashSet;

/// Names that stand for any file.
const EXAMPLES: &[&str] = &["x.rs", "mod.rs"];
/// What is shorter may well stand twice, such as the line under a table's head.
const LONG: usize = 20;

/// A link into the repository leads to a file or a folder that is there, and to a heading that this page has.
pub(crate) fn links(checkout: &Checkout) -> Vec<Finding> {
    let mut findings = Vec::new();
    for page in pages(checkout) {
        for (number, line) in prose(&page.text) {
            for target in targets(line).filter(|target| !is_elsewhere(target)) {
                let (path, heading) = target.split_once('#').unwrap_or((target, ""));
                let path = if path.is_empty() { page.path.clone() } else { resolve(&page.path, path) };
                if !is_there(checkout, &path) {
                    let what = format!("links to {target}, which is not there");
                    findings.push(Finding::new(&page.path, number, what, "name what is there"));
                } else if !heading.is_empty() && path.ends_with(".md") && !has_heading(checkout, &path, heading) {
                    let what = format!("links to {target}, and that page has no such heading");
                    findings.push(Finding::new(&page.path, number, what, "name a heading, in lower case with hyphens"));
                }
            }
        }
    }
    findings
}

/// A source file or a page that is named, as `tests/explore.rs`, is there.
pub(crate) fn names(checkout: &Checkout) -> Vec<Finding> {
    let mut findings = Vec::new();
    for page in pages(checkout) {
        for (number, line) in prose(&page.text) {
            for name in spans(line).filter(|name| is_file_name(name)) {
                let end = format!("/{name}");
                if !checkout.files.iter().any(|file| file.path == name || file.path.ends_with(&end)) {
                    let what = format!("names {name}, which is not there");
                    findings.push(Finding::new(&page.path, number, what, "name a file, or the end of its path"));
                }
            }
        }
    }
    findings
}

/// No paragraph stands twice on a page, and no row twice in a table.
pub(crate) fn doubled(checkout: &Checkout) -> Vec<Finding> {
    let mut findings = Vec::new();
    for page in pages(checkout) {
        let mut paragraphs = HashSet::new();
        for block in blocks(&page.text) {
            let (first, _) = block[0];
            let text: Vec<&str> = block.iter().map(|(_, line)| *line).collect();
            if !paragraphs.insert(text.concat()) && text.concat().len() > LONG {
                findings.push(Finding::new(&page.path, first, "stands twice on this page", "keep one of the two"));
            }
            let mut rows = HashSet::new();
            // In a table whose first cell is empty, the row belongs to the one above.
            let is_row = |line: &str| line.starts_with('|') && !line.starts_with("|  |") && line.len() > LONG;
            for (number, line) in block.into_iter().filter(|(_, line)| is_row(line)) {
                if !rows.insert(line) {
                    findings.push(Finding::new(&page.path, number, "stands twice in its table", "keep one of the two"));
                }
            }
        }
    }
    findings
}

fn pages(checkout: &Checkout) -> impl Iterator<Item = &File> {
    checkout.files.iter().filter(|file| file.path.ends_with(".md"))
}

/// The lines of a page with their numbers, without blocks of code.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut code = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        (!code && !fence).then_some((index + 1, line))
    })
}

/// Lines that belong together: a paragraph, a list, a table.
fn blocks(text: &str) -> Vec<Vec<(usize, &str)>> {
    let mut blocks: Vec<Vec<(usize, &str)>> = Vec::new();
    let mut before = 0;
    for (number, line) in prose(text).filter(|(_, line)| !line.trim().is_empty()) {
        match blocks.last_mut() {
            Some(block) if number == before + 1 => block.push((number, line)),
            Some(_) | None => blocks.push(vec![(number, line)]),
        }
        before = number;
    }
    blocks
}

fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

fn spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

fn is_elsewhere(target: &str) -> bool {
    target.split_once(':').is_some_and(|(scheme, _)| scheme.bytes().all(|byte| byte.is_ascii_lowercase()))
}

/// A pattern, or a NAME to fill in, names no file.
fn is_file_name(name: &str) -> bool {
    let stem = name.strip_suffix(".rs").or_else(|| name.strip_suffix(".md"));
    let last = stem.and_then(|stem| stem.rsplit('/').next());
    let fill_in = |last: &str| name.ends_with(".rs") && last.bytes().all(|byte| byte.is_ascii_uppercase());
    let path = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte));
    path && !EXAMPLES.contains(&name) && last.is_some_and(|last| !last.is_empty() && !fill_in(last))
}

/// `../a.md` in `docs/b.md` is `a.md`.
fn resolve(page: &str, target: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

fn is_there(checkout: &Checkout, path: &str) -> bool {
    let folder = format!("{path}/");
    checkout.files.iter().any(|file| file.path == path || file.path.starts_with(&folder))
}

fn has_heading(checkout: &Checkout, path: &str, wanted: &str) -> bool {
    let text = checkout.get(path).map_or("", |file| file.text.as_str());
    prose(text).any(|(_, line)| line.starts_with('#') && anchor(line.trim_start_matches('#')) == wanted)
}

/// As GitHub makes one of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use super::*;

    #[test]
    fn links_that_lead_nowhere() {
        let there = [("docs/b.md", "# One `way`, and more\n\n```text\n# no heading\n```\n"), ("src/lib.rs", "")];
        for (link, found_at) in [
            ("[b](b.md)", vec![]),
            ("[b](./b.md#one-way-and-more)", vec![]),
            ("[b](b.md#no-heading)", vec!["docs/a.md:3"]),
            ("[b](b.md#one-way)", vec!["docs/a.md:3"]),
            ("[b](../src/lib.rs) and [src](../src)", vec![]),
            ("[b](../src/main.rs)", vec!["docs/a.md:3"]),
            ("[c](c.md), [b](b.md), [d](d/)", vec!["docs/a.md:3", "docs/a.md:3"]),
            ("[here](#title)", vec![]),
            ("[here](#subtitle)", vec!["docs/a.md:3"]),
            ("[out](https://example.com/c.md#x) [mail](mailto:a@example.com)", vec![]),
            ("```text\n[c](c.md)\n```", vec![]),
        ] {
            let page = format!("# Title\n\n{link}\n");
            assert_eq!(found(links, &[("docs/a.md", &page), there[0], there[1]]), found_at, "{link}");
        }
    }

    #[test]
    fn files_that_are_named_and_gone() {
        for (text, found_at) in [
            ("`src/lib.rs` and `lib.rs`", vec![]),
            ("`src/main.rs`", vec!["a.md:1"]),
            ("`ib.rs`", vec!["a.md:1"]),
            ("`b.md`", vec!["a.md:1"]),
            ("`wire/NAME.rs`, `*.rs`, `x.rs`, `cargo fmt a.rs`, `a.rs::test`, main.rs", vec![]),
            ("```text\n`main.rs`\n```", vec![]),
        ] {
            assert_eq!(found(names, &[("a.md", text), ("crates/b/src/lib.rs", "")]), found_at, "{text}");
        }
    }

    #[test]
    fn what_stands_twice() {
        let long = "A paragraph that is long enough to be one of its own,\nover two lines.";
        assert_eq!(found(doubled, &[("a.md", &format!("{long}\n\nAnother one.\n\n{long}\n"))]), ["a.md:6"]);
        let row = "| what is promised | `a.rs::test` |";
        let table = |first: &str| format!("| promise | tested by |\n|---|---|\n{first}\n| more | x |\n{row}\n");
        assert_eq!(found(doubled, &[("a.md", &table(row))]), ["a.md:5"]);
        assert!(found(doubled, &[("a.md", &table("| what else | `a.rs::test` |"))]).is_empty());
        let grouped = "|  | Asking | Fetching | 200, late reply |\n".repeat(2);
        let short = "Example:\n\n- a\n\nExample:\n\n- b\n";
        let code = format!("```text\n{long}\n```\n\n```text\n{long}\n```\n");
        for text in [grouped.as_str(), short, &code, &format!("{}\n{}", table("| a |"), table("| b |"))] {
            let findings = found(doubled, &[("a.md", text)]);
            assert!(findings.is_empty(), "{text}: {findings:?}");
        }
        assert!(found(doubled, &[("a.md", long), ("b.md", long)]).is_empty(), "two pages may say the same");
    }
}
