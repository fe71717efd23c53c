//! No two files of a crate import each other, by one step or by several: each file can be read before those that use it. The
//! compiler allows circles, and no lint looks for them.

use super::{Checkout, at};
use std::collections::{BTreeMap, BTreeSet};

/// A path, by its parts: of a module, or of what is imported.
type Path<'a> = Vec<&'a str>;

pub(crate) fn circles(checkout: &Checkout) -> Vec<String> {
    let sources = checkout.under("", ".rs").filter_map(|(path, _)| path.split_inclusive("/src/").next());
    let crates: BTreeSet<&str> = sources.filter(|top| top.ends_with("/src/")).collect();
    crates.into_iter().flat_map(|top| circles_in(checkout, top)).collect()
}

fn circles_in(checkout: &Checkout, top: &str) -> Vec<String> {
    let sources = checkout.under(top, ".rs").map(|(path, text)| (module(&path[top.len()..]), code(text)));
    let files: BTreeMap<Path<'_>, String> = sources.collect();
    let uses: BTreeMap<&Path<'_>, BTreeSet<&Path<'_>>> =
        files.iter().map(|(module, code)| (module, used(module, code, &files))).collect();
    let leads_back = |from: &Path<'_>, to: &Path<'_>| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(next) = open.pop() {
            open.extend(uses[next].iter().copied().filter(|file| seen.insert(*file)));
        }
        seen.contains(to)
    };
    let name = |module: &Path<'_>| format!("{top}{}.rs", module.join("/"));
    let edges = uses.iter().flat_map(|(from, uses)| uses.iter().map(move |to| (*from, *to)));
    let circles = edges.filter(|(from, to)| leads_back(to, from));
    let what = |to| format!("imports {}, which leads back to it; move what both need into one of them", name(to));
    circles.map(|(from, to)| at(&name(from), 1, &what(to))).collect()
}

/// `a/b.rs` is the module `a::b`, and the crate's own file none.
fn module(path: &str) -> Path<'_> {
    let path = path.trim_end_matches(".rs");
    if ["lib", "main"].contains(&path) { Vec::new() } else { path.split('/').collect() }
}

/// Without comments, and without the tests at the end.
fn code(text: &str) -> String {
    let shipped = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    shipped.lines().flat_map(|line| [line.split("//").next().unwrap_or_default(), "\n"]).collect()
}

/// The files that a file names by a path from the crate or from a module above. The crate's own file joins all others.
fn used<'a>(from: &Path<'a>, code: &'a str, files: &'a BTreeMap<Path<'a>, String>) -> BTreeSet<&'a Path<'a>> {
    let mut paths = Vec::new();
    for root in ["crate::", "super::", "self::"] {
        let starts = code.match_indices(root).filter(|(at, _)| !code[..*at].ends_with(|c| is_word(c) || c == ':'));
        for (at, _) in starts {
            tree(&code[at..], &[], &mut paths);
        }
    }
    let absolute = |path: Path<'a>| {
        let supers = path.iter().take_while(|part| **part == "super").count();
        let above = if path[0] == "crate" { 0 } else { from.len().saturating_sub(supers) };
        [&from[..above], &path[supers.max(1)..]].concat()
    };
    let file = |path: Path<'a>| (1..=path.len()).rev().find_map(|end| files.get_key_value(&path[..end]));
    let found = paths.into_iter().map(absolute).filter_map(file);
    found.map(|(module, _)| module).filter(|module| *module != from).collect()
}

/// Reads a path or a tree of them: `a::{b, c::d}` is `a::b` and `a::c::d`. Returns what stands behind it.
fn tree<'a>(text: &'a str, before: &[&'a str], paths: &mut Vec<Path<'a>>) -> &'a str {
    let Some(mut rest) = text.trim_start().strip_prefix('{') else {
        let text = text.trim_start();
        let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
        let path = [before, &[&text[..end]]].concat();
        if let Some(rest) = text[end..].strip_prefix("::") {
            return tree(rest, &path, paths);
        }
        paths.push(path);
        return &text[end..];
    };
    loop {
        rest = tree(rest, before, paths);
        let Some(at) = rest.find([',', '}']) else { return "" };
        let is_end = rest[at..].starts_with('}');
        rest = &rest[at + 1..];
        if is_end {
            return rest;
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use super::*;

    #[test]
    fn a_circle_however_it_is_written() {
        for (one, other, is_circle) in [
            ("use crate::b::B;", "use crate::a::A;", true),
            ("use super::b;", "fn f() -> crate::a::A {}", true),
            ("use crate::{\n    c,\n    b::{self as x, B},\n};", "pub(crate) use super::a::A;", true),
            ("use crate::c::C;", "use crate::a::A;", true),
            ("use crate::b::B;", "use crate::B;", false),
            ("use crate::b::B;", "use std::a::A; // crate::a", false),
            ("use crate::b::B;", "#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}", false),
            ("use crate::b::B;", "use crate::other::a::A;", false),
            ("use crate::b::B;", "use crate::a::inner::I;", false),
        ] {
            let files = [
                ("x/src/lib.rs", "mod a; mod b; mod c;\nuse crate::a::A;"),
                ("x/src/a.rs", one),
                ("x/src/a/inner.rs", ""),
                ("x/src/b.rs", other),
                ("x/src/c.rs", "use super::b::B;"),
            ];
            assert_eq!(!found(circles, &files).is_empty(), is_circle, "{one} {other}");
        }
        let files = [("x/src/a.rs", "use super::a::inner::I;"), ("x/src/a/inner.rs", "use super::super::a::A;")];
        assert_eq!(found(circles, &files), ["x/src/a.rs:1", "x/src/a/inner.rs:1"]);
        assert!(found(circles, &[("x/src/a.rs", "use crate::b;"), ("y/src/b.rs", "use crate::a;")]).is_empty());
    }

    #[test]
    fn a_tree_of_paths() {
        let mut paths = Vec::new();
        assert_eq!(tree("crate::{a, b::{C, d as e}, f::*}; rest", &[], &mut paths), "; rest");
        let paths: Vec<String> = paths.iter().map(|path| path.join("::")).collect();
        assert_eq!(paths, ["crate::a", "crate::b::C", "crate::b::d", "crate::f::"]);
    }
}
