//! Rust source, apart: what is code, what stands in strings, and nothing of the comments.

/// One line of a source file.
#[derive(Debug, PartialEq)]
pub(crate) struct Line {
    /// From 1.
    pub(crate) number: usize,
    /// Without comments, and with empty strings.
    pub(crate) code: String,
    /// What stands in the strings of this line.
    pub(crate) strings: Vec<String>,
}

impl Line {
    pub(crate) fn is_blank(&self) -> bool {
        self.code.trim().is_empty() && self.strings.is_empty()
    }

    /// The identifiers and numbers of the code, each with what precedes it.
    pub(crate) fn words(&self) -> impl Iterator<Item = (&str, &str)> {
        let code = &self.code;
        let mut at = 0;
        core::iter::from_fn(move || {
            let start = at + code[at..].find(is_word)?;
            let end = code[start..].find(|c| !is_word(c)).map_or(code.len(), |length| start + length);
            at = end;
            Some((&code[..start], &code[start..end]))
        })
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

enum At {
    Code,
    LineComment,
    BlockComment { depth: usize },
    Text { hashes: Option<usize> },
}

pub(crate) fn lines(source: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut at = At::Code;
    for (index, line) in source.lines().enumerate() {
        if matches!(at, At::LineComment) {
            at = At::Code;
        }
        lines.push(read(line, index + 1, &mut at));
    }
    lines
}

fn read(line: &str, number: usize, at: &mut At) -> Line {
    let mut code = String::new();
    let mut strings = Vec::new();
    let mut text = String::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        match at {
            At::Code if rest.starts_with("//") => *at = At::LineComment,
            At::Code if rest.starts_with("/*") => {
                taken = 2;
                *at = At::BlockComment { depth: 1 };
            }
            At::Code => {
                if let Some((length, hashes)) = opens(rest, &code) {
                    taken = length;
                    *at = At::Text { hashes };
                } else if c == '\'' {
                    taken = char_literal(rest).unwrap_or(1);
                }
                // A character literal is no string: its brace or quote would only be miscounted.
                code.push_str(if c == '\'' && taken > 1 { "''" } else { &rest[..taken] });
            }
            At::LineComment => {}
            At::BlockComment { depth } if rest.starts_with("/*") => {
                taken = 2;
                *depth += 1;
            }
            At::BlockComment { depth } if rest.starts_with("*/") => {
                taken = 2;
                *depth -= 1;
                if *depth == 0 {
                    *at = At::Code;
                }
            }
            At::BlockComment { .. } => {}
            At::Text { hashes: None } if c == '\\' => {
                taken += rest[1..].chars().next().map_or(0, char::len_utf8);
                text.push_str(&rest[..taken]);
            }
            At::Text { hashes } => {
                let end = format!("\"{}", "#".repeat(hashes.unwrap_or(0)));
                if rest.starts_with(&end) {
                    taken = end.len();
                    code.push_str(&end);
                    strings.push(core::mem::take(&mut text));
                    *at = At::Code;
                } else {
                    text.push(c);
                }
            }
        }
        rest = &rest[taken..];
    }
    if !text.is_empty() {
        strings.push(text);
    }
    Line { number, code, strings }
}

/// A string begins here: how long its opening is, and for a raw one the number of its `#`.
fn opens(rest: &str, before: &str) -> Option<(usize, Option<usize>)> {
    if rest.starts_with('"') {
        return Some((1, None));
    }
    let raw = rest.strip_prefix("r").or_else(|| rest.strip_prefix("br")).or_else(|| rest.strip_prefix("cr"))?;
    let hashes = raw.len() - raw.trim_start_matches('#').len();
    let opens = raw[hashes..].starts_with('"') && !before.ends_with(is_word);
    opens.then(|| (rest.len() - raw.len() + hashes + 1, Some(hashes)))
}

/// The length of a character literal; none if it is a lifetime.
fn char_literal(rest: &str) -> Option<usize> {
    let inner = &rest[1..];
    if inner.starts_with('\\') {
        return Some(1 + 2 + inner[2..].find('\'')? + 1);
    }
    let c = inner.chars().next()?;
    inner[c.len_utf8()..].starts_with('\'').then(|| 1 + c.len_utf8() + 1)
}

/// Without the items under `#[cfg(test)]`, which are no part of what is shipped.
pub(crate) fn shipped(lines: Vec<Line>) -> Vec<Line> {
    let mut kept = Vec::new();
    let mut lines = lines.into_iter();
    while let Some(line) = lines.next() {
        let Some((before, item)) = line.code.split_once("#[cfg(test)]") else {
            kept.push(line);
            continue;
        };
        debug_assert!(before.trim().is_empty(), "rustfmt puts an attribute on a line of its own");
        let mut end = ItemEnd::default();
        if !end.reached(item) {
            lines.by_ref().find(|line| end.reached(&line.code));
        }
    }
    kept
}

/// Finds where an item ends: at its closing brace, or at a semicolon before any.
#[derive(Default)]
struct ItemEnd {
    depth: usize,
}

impl ItemEnd {
    fn reached(&mut self, code: &str) -> bool {
        for c in code.chars() {
            match c {
                '{' => self.depth += 1,
                '}' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return true;
                    }
                }
                ';' if self.depth == 0 => return true,
                _ => {}
            }
        }
        false
    }
}

/// The modules that exist for tests only: `#[cfg(test)] mod NAME;`
pub(crate) fn test_modules(lines: &[Line]) -> Vec<String> {
    let after = lines.windows(2).filter(|pair| pair[0].code.contains("#[cfg(test)]"));
    let name = |pair: &[Line]| Some(pair[1].code.trim().strip_prefix("mod ")?.strip_suffix(';')?.to_owned());
    after.filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(source: &str) -> Vec<String> {
        lines(source).into_iter().map(|line| line.code.trim_end().to_owned()).collect()
    }

    #[test]
    fn comments_are_no_code() {
        assert_eq!(code("a // b\n/* c /* d */ e */ f\n/* g\nh */ i\n/// j"), ["a", " f", "", " i", ""]);
    }

    #[test]
    fn strings_are_apart() {
        let line = &lines(r##"let a = "b // \" c"; f(r#"d " e"#, b"g");"##)[0];
        assert_eq!(line.strings, [r#"b // \" c"#, r#"d " e"#, "g"]);
        assert_eq!(line.code, r##"let a = ""; f(r#""#, b"");"##);
    }

    #[test]
    fn a_string_goes_on_in_the_next_line() {
        let lines = lines("x(\"a\n  b\", 1)\ny");
        assert_eq!(lines[1].strings, ["  b"]);
        assert_eq!(lines[1].code, "\", 1)");
        assert_eq!(lines[2].code, "y");
    }

    #[test]
    fn characters_and_lifetimes() {
        assert_eq!(code(r"f('{', '\'', '\u{7d}', '/'); // '"), ["f('', '', '', '');"]);
        assert_eq!(code("fn f<'a>(x: &'a str) -> &'a str { '\"' }"), ["fn f<'a>(x: &'a str) -> &'a str { '' }"]);
    }

    #[test]
    fn tests_are_not_shipped() {
        let source = "a\n#[cfg(test)]\nmod tests {\n  fn f() { \"}\" }\n}\nb\n#[cfg(test)]\nmod more;\nc";
        let kept: Vec<usize> = shipped(lines(source)).iter().map(|line| line.number).collect();
        assert_eq!(kept, [1, 6, 9]);
        assert_eq!(test_modules(&lines(source)), ["more"]);
    }
}
