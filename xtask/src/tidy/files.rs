//! What must stand in certain files, and how much at most. The count of lines is too small a thing for a tool of its own.

use super::{Checkout, at, each_line};
use crate::{ci, night};

/// The most lines of code in all files of one driver together, without `http.rs`.
const DRIVER: usize = 200;
/// The most lines of code in `http.rs`, which sets up the HTTP client.
const HTTP: usize = 150;

/// Lines that a workflow, `.ci/run` or a list for `cargo xtask ci deny` has to have.
const RUNS: &[(&str, &str)] = &[
    (".ci/run", "count cargo xtask check"),
    (".ci/run", "count cargo xtask ci"),
    (".github/workflows/ci.yml", "run: cargo xtask check"),
    (".github/workflows/ci.yml", "run: cargo xtask ci ${{ matrix.step }}"),
    (".github/workflows/night.yml", "run: cargo xtask night ${{ matrix.step }}"),
    // `cargo xtask ci deny` does without advisories: they have to be fetched.
    (".github/workflows/advisories.yml", "run: cargo deny --locked check advisories"),
    (".github/workflows/advisories.yml", "run: cargo deny --locked --manifest-path fuzz/Cargo.toml check advisories"),
    (
        ".github/workflows/advisories.yml",
        "run: cargo deny --locked --manifest-path crates/reconnect-store/Cargo.toml check advisories",
    ),
    ("crates/reconnect-core/deny.toml", "allow = ["),
    ("crates/reconnect-async/deny.toml", "deny = [{ crate = \"reconnect-blocking\" }, { crate = \"ureq\" }]"),
];

/// `.ci/run` and the workflows run all that there is.
pub(crate) fn ci(checkout: &Checkout) -> Vec<String> {
    let steps = [(".github/workflows/ci.yml", ci::STEPS), (".github/workflows/night.yml", night::STEPS)];
    let steps = steps.map(|(path, steps)| {
        let names: Vec<&str> = steps.iter().map(|(name, _)| *name).collect();
        (path, format!("step: [{}]", names.join(", ")))
    });
    let lines = RUNS.iter().map(|(path, line)| (*path, (*line).to_owned())).chain(steps);
    let is_there = |path: &str, wanted: &str| {
        checkout.text(path).lines().any(|line| line.trim_start().trim_start_matches("- ") == wanted)
    };
    let missing = lines.filter(|(path, line)| !is_there(path, line));
    missing.map(|(path, line)| at(path, 1, &format!("has no line `{line}`; add it"))).collect()
}

/// A setting here would be in force for whoever builds in this folder, and for nobody who depends on these crates.
pub(crate) fn cargo_config(checkout: &Checkout) -> Vec<String> {
    const PATH: &str = ".cargo/config.toml";
    let is_alias = |line: &str| ["[alias]", "xtask = ", "#"].iter().any(|known| line.starts_with(known));
    each_line(PATH, checkout.text(PATH), |line| {
        (!line.is_empty() && !is_alias(line))
            .then(|| "is a setting; keep the alias `xtask` there and nothing else".into())
    })
}

/// The crates that serve the web component have copies of it, since a crate holds all that it needs.
pub(crate) fn copies(checkout: &Checkout) -> Vec<String> {
    const ELEMENT: &str = "crates/reconnect-js/src/element.js";
    let copies = checkout.under("crates/", "/element.js").filter(|(path, _)| *path != ELEMENT);
    let stale = copies.filter(|(_, text)| *text != checkout.text(ELEMENT));
    stale.map(|(path, _)| at(path, 1, &format!("differs from {ELEMENT}; copy that file here"))).collect()
}

/// They carry bytes and decide nothing: whatever both would have to know belongs in the core.
pub(crate) fn drivers(checkout: &Checkout) -> Vec<String> {
    let mut findings = Vec::new();
    for driver in ["crates/reconnect-async/src/", "crates/reconnect-blocking/src/"] {
        let (http, rest): (Vec<_>, Vec<_>) =
            checkout.under(driver, ".rs").partition(|(path, _)| &path[driver.len()..] == "http.rs");
        for (file, files, most) in [("", rest, DRIVER), ("http.rs", http, HTTP)] {
            let lines: usize = files.iter().map(|(_, text)| code(text)).sum();
            if lines > most {
                let what = format!("{lines} lines of code, {most} at most; move what both drivers need into the core");
                findings.push(at(&format!("{driver}{file}"), 1, &what));
            }
        }
    }
    findings
}

/// Lines that are neither blank nor a comment, without the tests at the end.
fn code(text: &str) -> usize {
    let shipped = text.lines().take_while(|line| *line != "#[cfg(test)]").map(str::trim_start);
    shipped.filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

/// The first line of an endpoint's types, so that whoever doubts a field can look it up.
pub(crate) fn endpoints(checkout: &Checkout) -> Vec<String> {
    let has_head = |text: &str| {
        let head = text.lines().next().filter(|line| line.starts_with("//")).unwrap_or_default();
        let mut words = head.split(|c: char| c.is_whitespace() || "`<>()".contains(c)).skip(1);
        let is_url = |word: &&str| word.starts_with("https://") || word.starts_with("http://");
        words.clone().any(|word| is_url(&word)) && words.any(|word| word.contains('/') && !is_url(&word))
    };
    let what = "names no route and page; begin like `//! POST /v3/{customerId}/BankingServices/Authorize, https://…`";
    // A named call is any of them.
    let is_one = |text: &str| text.contains("\nimpl Endpoint for ") && !text.contains("\nimpl Endpoint for NamedCall ");
    let files = checkout.under("crates/", ".rs").filter(|(path, text)| path.contains("/src/wire/") || is_one(text));
    files.filter(|(_, text)| !has_head(text)).map(|(path, _)| at(path, 1, what)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_step_that_ci_forgot() {
        let lines = |path: &str| {
            let mut lines: Vec<String> =
                RUNS.iter().filter(|(file, _)| *file == path).map(|run| run.1.to_owned()).collect();
            for (file, steps) in
                [(".github/workflows/ci.yml", ci::STEPS), (".github/workflows/night.yml", night::STEPS)]
            {
                let names: Vec<&str> = steps.iter().map(|(name, _)| *name).collect();
                lines.extend((file == path).then(|| format!("step: [{}]", names.join(", "))));
            }
            lines.join("\n      - ")
        };
        let paths: BTreeSet<&str> = RUNS.iter().map(|(path, _)| *path).collect();
        let texts: Vec<(&str, String)> = paths.iter().map(|path| (*path, lines(path))).collect();
        let findings = |from: &str, to: &str| {
            let texts: Vec<(&str, String)> = texts.iter().map(|(path, text)| (*path, text.replace(from, to))).collect();
            found(super::ci, &texts.iter().map(|(path, text)| (*path, text.as_str())).collect::<Vec<_>>()).len()
        };
        assert_eq!(findings("", ""), 0);
        assert_eq!(findings("deny, ", ""), 1, "a step of CI is not named");
        assert_eq!(findings(", mutants", ""), 1, "a step of the night is not named");
        assert_eq!(findings("run: cargo xtask check", "# run: cargo xtask check"), 1, "a comment runs nothing");
        assert_eq!(findings("count cargo xtask ci", "true cargo xtask ci"), 1);
        assert_eq!(findings("check advisories", "check licenses"), 3);
    }

    #[test]
    fn a_setting_for_cargo() {
        let path = ".cargo/config.toml";
        let alias = "# why\n[alias]\nxtask = \"run\"\n";
        assert!(found(cargo_config, &[(path, alias)]).is_empty());
        let more = format!("{alias}\n[build]\njobs = 1\n");
        assert_eq!(found(cargo_config, &[(path, &more)]), [format!("{path}:5"), format!("{path}:6")]);
    }

    #[test]
    fn only_code_is_counted_and_all_files_of_a_driver() {
        const PATH: &str = "crates/reconnect-async/src/lib.rs";
        let half = "let a = 1;\n\n// why\n    /// what\n".repeat(DRIVER / 2);
        let tests = format!("#[cfg(test)]\nmod tests {{\n{half}}}\n");
        let other = "crates/reconnect-async/src/store.rs";
        assert!(found(drivers, &[(PATH, &half), (other, &format!("{half}{tests}"))]).is_empty());
        let more = format!("{half}fn f() {{}}\n");
        assert_eq!(found(drivers, &[(PATH, &half), (other, &more)]), ["crates/reconnect-async/src/:1"]);
        // The HTTP client is counted apart, and only under its own name.
        let (http, long) = ("crates/reconnect-async/src/http.rs", "let a = 1;\n".repeat(HTTP));
        assert!(found(drivers, &[(PATH, &half), (other, &half), (http, &long)]).is_empty());
        assert_eq!(found(drivers, &[(PATH, &half), (http, &format!("{long}{long}"))]), [format!("{http}:1")]);
        let elsewhere = "crates/reconnect-async/src/io/http.rs";
        let files = [(PATH, &*half), (other, &half), (elsewhere, "fn f() {}\n")];
        assert_eq!(found(drivers, &files), ["crates/reconnect-async/src/:1"]);
    }

    #[test]
    fn a_copy_that_was_changed() {
        let own = ("crates/reconnect-js/src/element.js", "a");
        assert!(found(copies, &[own, ("crates/a/src/element.js", "a")]).is_empty());
        let files = [own, ("crates/a/src/element.js", "b"), ("crates/b/src/x/element.js", "")];
        assert_eq!(found(copies, &files), ["crates/a/src/element.js:1", "crates/b/src/x/element.js:1"]);
    }

    #[test]
    fn heads_of_the_wire_types() {
        let head = "//! `POST /v3/{customerId}/BankingServices/Authorize`: <https://docs.flinks.com/x>\nuse a;";
        for (text, sound) in [
            (head, true),
            ("// GET …/GetAccountsDetailAsync/{requestId} https://docs.flinks.com/y", true),
            ("//! The accounts: https://docs.flinks.com/x", false),
            ("//! POST /v3/Authorize", false),
            ("use a;\n//! POST /a https://b.c", false),
            ("", false),
        ] {
            let path = "crates/reconnect-core/src/wire/a.rs";
            assert_eq!(found(endpoints, &[(path, text)]).is_empty(), sound, "{text}");
        }
        assert!(found(endpoints, &[("crates/reconnect-core/src/wire.rs", "")]).is_empty());
        let call = "crates/reconnect-calls/src/a.rs";
        assert_eq!(found(endpoints, &[(call, "use a;\nimpl Endpoint for A {}")]), [format!("{call}:1")]);
        assert!(found(endpoints, &[(call, "use a;\n/// impl Endpoint for A {}")]).is_empty());
    }
}
