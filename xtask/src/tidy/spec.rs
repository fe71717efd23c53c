//! The tables of docs/spec name code and tests: a name that changed there must change here.

use super::{Checkout, Finding};

const FOLDER: &str = "docs/spec/";
const INDEX: &str = "docs/spec/README.md";

/// Each requirement has a row, and each row names what there is.
pub(crate) fn rows(checkout: &Checkout) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in checkout.under(FOLDER) {
        let rows: Vec<(usize, Vec<&str>)> =
            numbered(&file.text).filter_map(|(at, line)| Some((at, row(line)?))).collect();
        for (at, id) in requirements(&file.text) {
            let count = rows.iter().filter(|(_, cells)| cells[0] == id).count();
            if count != 1 {
                let what = format!("{id} has {count} rows in the table");
                findings.push(Finding::new(&file.path, at, what, "give each requirement one row"));
            }
        }
        for (at, cells) in &rows {
            let items = spans(cells[1]).filter(|name| name.starts_with("reconnect_"));
            let items = items.filter(|name| !is_item(checkout, name)).map(|name| (name, "name the item by its path"));
            let tests = spans(cells[2]).filter(|name| !is_test(checkout, name));
            let tests = tests.map(|name| (name, "name a file below crates/ and a test in it"));
            let unknown = items.chain(tests);
            findings.extend(unknown.map(|(name, fix)| Finding::new(&file.path, *at, format!("no {name}"), fix)));
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

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

/// The id in `- **ID** …`.
fn requirements(text: &str) -> impl Iterator<Item = (usize, &str)> {
    numbered(text).filter_map(|(at, line)| Some((at, line.strip_prefix("- **")?.split_once("**")?.0)))
}

/// The cells of `| ID | implemented by | tested by |`.
fn row(line: &str) -> Option<Vec<&str>> {
    let cells: Vec<&str> = line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
    let (letters, number) = cells[0].split_once('-')?;
    let is_id = letters.bytes().all(|byte| byte.is_ascii_uppercase()) && number.parse::<u32>().is_ok();
    (is_id && cells.len() == 3).then_some(cells)
}

fn spans(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The path leads to a file as far as it goes, and the file has the names that are left.
fn is_item(checkout: &Checkout, path: &str) -> bool {
    let names: Vec<&str> = path.split("::").collect();
    let folder = format!("crates/{}/src", names[0].replace('_', "-"));
    (1..=names.len()).rev().any(|depth| {
        let module = if depth == 1 { "lib".to_owned() } else { names[1..depth].join("/") };
        let file = checkout.get(&format!("{folder}/{module}.rs"));
        file.is_some_and(|file| names[depth..].iter().all(|name| has_word(&file.text, name)))
    })
}

/// A function of the file, or an item whose documentation is an example.
fn is_test(checkout: &Checkout, name: &str) -> bool {
    let Some((path, test)) = name.split_once("::") else { return false };
    let Some(file) = checkout.get(&format!("crates/{path}")) else { return false };
    let is_example = test.split("::").any(|name| name.starts_with(|c: char| c.is_uppercase()));
    if is_example {
        return test.split("::").all(|name| has_word(&file.text, name));
    }
    ["(", "<"].iter().any(|next| file.text.contains(&format!("fn {test}{next}")))
}

fn has_word(text: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(inside) && !text[at + word.len()..].starts_with(inside))
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use super::*;

    const TEXT: &str = "- **A-1** it holds\n\n| id | implemented by | tested by |\n|---|---|---|\n";

    #[test]
    fn names_that_are_gone() {
        let code = ("crates/reconnect-core/src/a/b.rs", "struct B; fn go() {}\nfn it_holds() {}");
        for (cells, lines) in [
            ("`reconnect_core::a::b::B::go`; `other` | `reconnect-core/src/a/b.rs::it_holds`", vec![]),
            ("`reconnect_core::a::b` | `reconnect-core/src/a/b.rs::B::go` (doctest)", vec![]),
            ("nothing | –", vec![]),
            ("`reconnect_core::a::b::C` | –", vec![5]),
            ("`reconnect_core::b::B` | `reconnect-core/src/b.rs::it_holds`", vec![5, 5]),
            ("nothing | `reconnect-core/src/a/b.rs::it_held`", vec![5]),
            ("nothing | `it_holds`", vec![5]),
        ] {
            let page = format!("{TEXT}| A-1 | {cells} |\n");
            let lines: Vec<String> = lines.iter().map(|line| format!("docs/spec/a.md:{line}")).collect();
            assert_eq!(found(rows, &[code, ("docs/spec/a.md", &page)]), lines, "{cells}");
        }
    }

    #[test]
    fn requirements_without_a_row_or_with_two() {
        assert_eq!(found(rows, &[("docs/spec/a.md", TEXT)]), ["docs/spec/a.md:1"]);
        let twice = format!("{TEXT}| A-1 | a | – |\n| A-1 | b | – |\n");
        assert_eq!(found(rows, &[("docs/spec/a.md", &twice)]), ["docs/spec/a.md:1"]);
    }

    #[test]
    fn an_index_that_counts_wrong() {
        let index = "# Title\n\n1 requirements\n\n| [a.md](a.md) | A | 1 |\n| all | | 1 |\n";
        assert!(found(counts, &[("docs/spec/a.md", TEXT), (INDEX, index)]).is_empty());
        let two = format!("- **A-2** so does this\n{TEXT}");
        assert_eq!(found(counts, &[("docs/spec/a.md", &two), (INDEX, index)]).len(), 3);
    }
}
