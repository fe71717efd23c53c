//! What a merge or an editor leaves behind, in any file that is text. Neither a compiler nor the rules about words see it.

use super::{Checkout, File, Finding};

/// Inputs for the fuzz targets. A line end or a blank may be what one of them is there for.
const AS_THEY_CAME: &str = "fuzz/corpus/";
/// In one of these, each line of another file has a character before it.
const PATCH: &str = ".patch";

/// No line is a mark of a conflict that git could not resolve, nor one of those marks in a patch.
pub(crate) fn conflicts(checkout: &Checkout) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in checkout.files.iter().filter(|file| is_text(file)) {
        for (number, line) in lines(&file.text) {
            let other = line.strip_prefix(['+', '-', ' ']).filter(|_| file.path.ends_with(PATCH));
            if is_mark(line) || other.is_some_and(is_mark) {
                let fix = "settle the conflict: keep what both sides have, and look for what else that merge lost";
                findings.push(Finding::new(&file.path, number, "holds a mark of a conflict", fix));
            }
        }
    }
    findings
}

/// Seven of one kind, and then nothing or the name of a side. A heading may not be underlined by seven `=` here.
fn is_mark(line: &str) -> bool {
    ['<', '|', '=', '>'].into_iter().any(|kind| {
        let rest = line.trim_start_matches(kind);
        line.len() - rest.len() == 7 && (rest.is_empty() || rest.starts_with([' ', '\r']))
    })
}

/// No blank at the end of a line, no tab, no line end but `\n`, and exactly one of these at the end of a file.
pub(crate) fn white_space(checkout: &Checkout) -> Vec<Finding> {
    let mut findings = Vec::new();
    let texts = checkout.files.iter().filter(|file| is_text(file) && !file.path.starts_with(AS_THEY_CAME));
    for file in texts {
        for (number, line) in lines(&file.text) {
            // In a patch, an empty line of the other file is a blank.
            let is_context = line == " " && file.path.ends_with(PATCH);
            if let Some((what, fix)) = fault(line).filter(|_| !is_context) {
                findings.push(Finding::new(&file.path, number, what, fix));
            }
        }
        let last = lines(&file.text).count();
        if file.text.ends_with("\n\n") || file.text == "\n" {
            findings.push(Finding::new(&file.path, last, "ends with an empty line", "delete the empty lines"));
        } else if !file.text.is_empty() && !file.text.ends_with('\n') {
            findings.push(Finding::new(&file.path, last, "has no line end at its end", "end its last line"));
        }
    }
    findings
}

fn fault(line: &str) -> Option<(&'static str, &'static str)> {
    if line.contains('\r') {
        return Some(("holds a carriage return", "end lines by a line feed alone; in a string, write it as an escape"));
    }
    if line.contains('\t') {
        return Some(("holds a tab", "indent by blanks; in a string, write it as an escape"));
    }
    if line.contains('\u{feff}') {
        return Some(("holds a byte-order mark", "take it out; in a string, write it as an escape"));
    }
    let ends = line.ends_with(char::is_whitespace);
    ends.then_some(("ends with a blank", "take the blank out; in Markdown, begin a new paragraph instead"))
}

/// Git takes what holds a zero byte for no text, and so do we.
fn is_text(file: &File) -> bool {
    !file.text.contains('\0')
}

/// Unlike those of `str::lines`, these keep a carriage return.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.split('\n').enumerate().map(|(index, line)| (index + 1, line))
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use super::*;

    /// As git writes them; in pieces, so that this file holds none.
    fn mark(kind: &str, side: &str) -> String {
        format!("{}{side}", kind.repeat(7))
    }

    #[test]
    fn marks_of_a_conflict_in_any_file() {
        let page = format!(
            "| a | b |\n{}\n| c | d |\n{}\n| e | f |\n{}\n| g | h |\n",
            mark("<", " HEAD"),
            mark("=", ""),
            mark(">", " e1b64a0 (Test TLS)")
        );
        for path in ["docs/promises.md", "a.rs", "a.toml", "LICENSE-MIT", ".github/workflows/ci.yml", "fuzz/corpus/a/b"]
        {
            assert_eq!(found(conflicts, &[(path, &page)]), [2, 4, 6].map(|line| format!("{path}:{line}")));
        }
        // The third side, marks without a name, with another system's line ends, in the last line, one alone.
        for one in [mark("|", " base"), mark("<", ""), mark("|", ""), mark(">", ""), mark("=", "\r"), mark("<", " a\r")]
        {
            assert_eq!(found(conflicts, &[("a.md", &format!("a\n{one}"))]), ["a.md:2"], "{one:?}");
        }
        for sign in ["+", "-", " "] {
            let line = format!("{sign}{}\n", mark("<", " HEAD"));
            assert_eq!(found(conflicts, &[("a.patch", &line)]), ["a.patch:1"]);
            assert!(found(conflicts, &[("a.md", &line)]).is_empty(), "it is not at the beginning of its line");
        }
    }

    #[test]
    fn what_only_looks_like_a_mark() {
        for line in [
            "=".repeat(6),
            "=".repeat(8),
            format!("{}a", "=".repeat(7)),
            format!("{}(3)", "<".repeat(7)),
            format!("// {}", "<".repeat(7)),
            "==> check".to_owned(),
            "|||".to_owned(),
            "|---|---|".to_owned(),
        ] {
            assert!(found(conflicts, &[("a.md", &line)]).is_empty(), "{line}");
        }
        let picture = format!("\0\n{}\n", mark("<", " HEAD"));
        assert!(found(conflicts, &[("a.png", &picture)]).is_empty());
    }

    #[test]
    fn white_space_that_nobody_sees() {
        for (text, line) in [
            ("a \nb\n", 1),
            ("a\nb\u{a0}\n", 2),
            ("a\n  \nb\n", 2),
            ("a\u{3000}\n", 1),
            ("a\tb\n", 1),
            ("\ta\n", 1),
            ("a\r\nb\n", 1),
            ("a\rb\n", 1),
            ("a\nb\r\n", 2),
            ("\u{feff}a\n", 1),
            ("a\nb", 2),
            ("a\nb\n\n", 3),
            ("\n", 1),
        ] {
            for path in ["a.md", "a.rs", "a.svg", "Cargo.lock"] {
                let what = format!("{text:?} in {path}");
                let findings = found(white_space, &[(path, text)]);
                assert!(findings.contains(&format!("{path}:{line}")), "{what}: {findings:?}");
            }
            assert!(found(white_space, &[("fuzz/corpus/a/b", text)]).is_empty(), "{text:?} is an input");
        }
    }

    #[test]
    fn clean_text_and_what_is_no_text() {
        for text in ["", "a\n", "a\n\nb\n", "  a\n"] {
            assert!(found(white_space, &[("a.md", text)]).is_empty(), "{text:?}");
        }
        assert!(found(white_space, &[("a.png", "\0\t \r\n")]).is_empty());
        assert!(found(white_space, &[("a.patch", " a\n \n-b\n+c\n")]).is_empty(), "an empty line of the other file");
        assert_eq!(found(white_space, &[("a.patch", " a \n  \n")]), ["a.patch:1", "a.patch:2"]);
        assert_eq!(found(white_space, &[("a.md", " \na\n")]), ["a.md:1"]);
    }
}
