//! Where in a body a parser stopped, for an error that may not show what stands there.

use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt::Write;

const NO_OBJECT: &str = "not a JSON object";

/// Where a parser stopped, as a JSON path: keys that look like keys, and positions in lists. Values never show.
pub fn path(text: &str, end: usize) -> Box<str> {
    paths(text, &[end]).pop().unwrap_or_default()
}

/// The same for several places, which are sorted, in one walk over the text.
pub fn paths(text: &str, ends: &[usize]) -> Vec<Box<str>> {
    // Each open bracket: the key or the position that the parser was at.
    let mut open: Vec<(Option<&str>, usize)> = Vec::new();
    let bytes = text.as_bytes();
    let (mut at, mut word, mut paths) = (0, None, Vec::new());
    let mut ends = ends.iter().map(|end| (*end).min(bytes.len())).peekable();
    while let Some(end) = ends.peek() {
        if at >= *end {
            paths.push(path_of(&open));
            ends.next();
            continue;
        }
        match bytes[at] {
            b'"' => {
                let start = at + 1;
                at = start;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                word = text.get(start..at.min(text.len()));
            }
            b':' => {
                if let Some(last) = open.last_mut() {
                    last.0 = word.take();
                }
            }
            b'{' | b'[' => open.push((None, 0)),
            b'}' | b']' => {
                open.pop();
            }
            b',' => {
                if let Some(last) = open.last_mut() {
                    *last = (None, last.1 + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    paths
}

fn path_of(open: &[(Option<&str>, usize)]) -> Box<str> {
    let mut path = String::new();
    for (key, position) in open.iter().take(16) {
        let known = key.filter(|key| key.len() <= 40 && key.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        // Writing to a String cannot fail.
        let _ = match (key, known) {
            (_, Some(key)) => write!(path, "{}{key}", if path.is_empty() { "" } else { "." }),
            (Some(_), None) => write!(path, ".?"),
            (None, None) => write!(path, "[{position}]"),
        };
    }
    if path.is_empty() { NO_OBJECT.into() } else { path.into() }
}
