//! What a page in Markdown says of other files, and of itself: links, names of files, nothing twice, and no figure by hand. A
//! checker of links knows the first of these only, and asks the network.

use super::{Checkout, at};
use crate::bench::page;
use std::collections::HashSet;

/// Names that stand for any file.
const EXAMPLES: &[&str] = &["x.rs", "mod.rs"];
/// What is shorter may well stand twice, such as the line under a table's head.
const LONG: usize = 20;

/// A link into the repository leads to a file or a folder that is there, and to a heading that this page has.
pub(crate) fn links(checkout: &Checkout) -> Vec<String> {
    each_line(checkout, |page, line, say| {
        let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !is_elsewhere(target)) {
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = if path.is_empty() { page.to_owned() } else { resolve(page, path) };
            if checkout.under(&path, "").all(|(file, _)| file != path && !file[path.len()..].starts_with('/')) {
                say(format!("links to {target}, which is not there; name what is there"));
            } else if !heading.is_empty() && path.ends_with(".md") && !has_heading(checkout.text(&path), heading) {
                say(format!(
                    "links to {target}, and that page has no such heading; name one, in lower case with hyphens"
                ));
            }
        }
    })
}

/// A source file or a page that is named, as `tests/explore.rs`, is there.
pub(crate) fn names(checkout: &Checkout) -> Vec<String> {
    each_line(checkout, |_, line, say| {
        for name in line.split('`').skip(1).step_by(2).filter(|name| is_file_name(name)) {
            if checkout.under("", name).all(|(path, _)| path != name && !path.ends_with(&format!("/{name}"))) {
                say(format!("names {name}, which is not there; name a file, or the end of its path"));
            }
        }
    })
}

/// No paragraph stands twice on a page, and no row twice in a table.
pub(crate) fn doubled(checkout: &Checkout) -> Vec<String> {
    let mut findings = Vec::new();
    for (page, text) in checkout.under("", ".md") {
        let mut paragraphs = HashSet::new();
        let lines: Vec<_> = prose(text).filter(|(_, line)| !line.trim().is_empty()).collect();
        // A paragraph, a list, a table.
        for block in lines.chunk_by(|(number, _), (next, _)| number + 1 == *next) {
            let mut rows = HashSet::new();
            // In a table whose first cell is empty, the row belongs to the one above.
            let is_row = |line: &str| line.starts_with('|') && !line.starts_with("|  |") && line.len() > LONG;
            let again = block.iter().filter(|(_, line)| is_row(line) && !rows.insert(*line)).map(|(number, _)| *number);
            let whole: String = block.iter().map(|(_, line)| *line).collect();
            let first = (whole.len() > LONG && !paragraphs.insert(whole)).then_some(block[0].0);
            findings
                .extend(again.chain(first).map(|number| at(page, number, "stands twice here; keep one of the two")));
        }
    }
    findings
}

/// The figures of the page are those of the record, which `cargo xtask bench` writes.
pub(crate) fn figures(checkout: &Checkout) -> Vec<String> {
    let page = checkout.text(page::PAGE);
    match page::renewed(page, checkout.text(page::ROWS), checkout.text(page::RECORD)) {
        Ok(wanted) if page == wanted => Vec::new(),
        Ok(_) => {
            vec![at(page::PAGE, 1, "is not what was measured; `cargo xtask bench page` writes it from the record")]
        }
        Err(error) => vec![at(page::RECORD, 1, &format!("{error}; `cargo xtask bench` measures and writes it"))],
    }
}

/// Looks at each line of each page that is no code.
fn each_line(checkout: &Checkout, mut look: impl FnMut(&str, &str, &mut dyn FnMut(String))) -> Vec<String> {
    let mut findings = Vec::new();
    for (page, text) in checkout.under("", ".md") {
        for (number, line) in prose(text) {
            look(page, line, &mut |what| findings.push(at(page, number, &what)));
        }
    }
    findings
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

fn has_heading(text: &str, wanted: &str) -> bool {
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

    #[test]
    fn a_figure_that_was_not_measured() {
        let rows = "[[row]]\nid = \"a\"\nwhat = \"a thing\"\nagainst = \"–\"\nunit = \"bytes\"\nmost = 400\n";
        let record = r#"{"heap": {"at": "today", "figures": {"a": {"ours": 259.0}}}}"#;
        let page = page::renewed(&format!("# Title\n{}{}", page::FROM, page::TO), rows, record).unwrap();
        let found = |page: &str, record: &str| {
            found(figures, &[(page::PAGE, page), (page::ROWS, rows), (page::RECORD, record)])
        };
        assert!(page.contains("259 bytes") && found(&page, record).is_empty(), "{page}");
        assert_eq!(found(&page.replace("259 bytes", "250 bytes"), record).len(), 1);
        assert_eq!(found(&page, &record.replace("259", "250")).len(), 1);
        for (page, record) in [(&*page, ""), ("# Title\n", record)] {
            assert_eq!(found(page, record), [format!("{}:1", page::RECORD)]);
        }
    }
}
