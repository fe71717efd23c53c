//! Words and characters that no file may hold. A tool that looks for words would need the same list, and
//! the same exceptions.

use super::{Checkout, each_line};

/// With a bar in each, so that this file holds none.
const HOMES: &str = "/ro|ot/ /wo|rk/ /ho|me/ /Us|ers/ :\\Us|ers\\";
const HOSTS: &str = "index.cra|tes.io static.cra|tes.io cra|tes.io-index registry.np|mjs.org registry.yar|npkg.com \
    py|pi.org python|hosted.org deb.deb|ian.org proxy.go|lang.org arti|factory";
/// What cargo itself writes into every lock file.
const LOCKED: &str = concat!("\"registry+https://github.com/rust-lang/cra", "tes.io-index\"");

fn words(halves: &str) -> Vec<String> {
    halves.split(' ').map(|word| word.replace('|', "")).collect()
}

pub(crate) fn machine_paths(checkout: &Checkout) -> Vec<String> {
    // In a URL or a relative path something precedes the slash.
    let inside = |c: char| c.is_alphanumeric() || "._-~}*)]>".contains(c);
    let named = |rest: &str| rest.starts_with(|c: char| c.is_alphanumeric() || "._-<{$".contains(c));
    let homes = words(HOMES);
    let fault = |line: &str| {
        let is_home = |home: &&String| {
            let ends_so = |before: &str| home.starts_with('/') && before.ends_with(inside);
            line.match_indices(home.as_str()).any(|(at, _)| !ends_so(&line[..at]) && named(&line[at + home.len()..]))
        };
        let home = homes.iter().find(is_home)?;
        Some(format!("names a path of one machine ({home}); name it relative to the repository"))
    };
    checkout.under("", "").flat_map(|(path, text)| each_line(path, text, fault)).collect()
}

/// Another package manager's lock names one in each entry.
pub(crate) fn registry_hosts(checkout: &Checkout) -> Vec<String> {
    let (mut findings, hosts) = (Vec::new(), words(HOSTS));
    for (path, text) in checkout.under("", "") {
        let lock = path == "Cargo.lock" || path.ends_with("/Cargo.lock");
        findings.extend(each_line(path, text, |line| {
            let line = if lock { line.replace(LOCKED, "") } else { line.to_owned() };
            let host = hosts.iter().find(|host| line.contains(host.as_str()))?;
            Some(format!("names a registry's host ({host}); name the package alone: its client knows where to look"))
        }));
    }
    findings
}

/// What git's own check of blanks passes over: a tab, a carriage return or a mark in a line, another blank than the usual at its
/// end, and a last line without an end. An input of a fuzz target may be there for just that.
pub(crate) fn unseen(checkout: &Checkout) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in checkout.under("", "") {
        // Git takes what holds a zero byte for no text, and so do we.
        if path.starts_with("fuzz/corpus/") || text.contains('\0') {
            continue;
        }
        findings.extend(each_line(path, text, |line| {
            let odd = line.contains(['\t', '\r', '\u{feff}']);
            let blank = line.ends_with(|c: char| c.is_whitespace() && c != ' ');
            (odd || blank)
                .then(|| "holds a character that nobody sees; take it out, or write it as an escape".to_owned())
        }));
        if !text.is_empty() && !text.ends_with('\n') {
            findings.push(super::at(path, text.lines().count(), "has no line end at its end; end its last line"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use super::*;

    #[test]
    fn paths_of_a_machine() {
        let homes = words(HOMES);
        for home in &homes[..4] {
            let hit = format!("\nsee {home}someone/x\n\"{home}a\" and -I{home}b");
            assert_eq!(found(machine_paths, &[("a.md", &hit)]), ["a.md:2", "a.md:3"], "{home}");
            let miss = format!("https://flinks.com{home}x ..{home}x src{home}x {home} {home}*");
            assert!(found(machine_paths, &[("a.md", &miss)]).is_empty(), "{home}");
        }
        let windows = format!("C{}me", homes[4]);
        assert_eq!(found(machine_paths, &[("a.md", &windows)]), ["a.md:1"]);
    }

    #[test]
    fn hosts_of_a_registry() {
        for host in words(HOSTS) {
            let text = format!("a\nhttps://{host}/x");
            assert_eq!(found(registry_hosts, &[("a.toml", &text)]), ["a.toml:2"], "{host}");
        }
        assert!(found(registry_hosts, &[("README.md", "published on crates.io")]).is_empty());
    }

    #[test]
    fn a_lock_file_names_the_index_as_cargo_writes_it_and_no_other() {
        let line = format!("source = {LOCKED}\n");
        assert!(found(registry_hosts, &[("Cargo.lock", &line), ("fuzz/Cargo.lock", &line)]).is_empty());
        assert_eq!(found(registry_hosts, &[("a/b.toml", &line)]), ["a/b.toml:1"]);
        let other = format!("source = \"sparse+https://{}\"\n", words(HOSTS)[0]);
        assert_eq!(found(registry_hosts, &[("Cargo.lock", &other)]), ["Cargo.lock:1"]);
    }

    #[test]
    fn characters_that_nobody_sees() {
        for (text, line) in [
            ("a\nb\u{a0}\n", 2),
            ("a\u{3000}\n", 1),
            ("a\tb\n", 1),
            ("\ta\n", 1),
            ("a\r\nb\n", 1),
            ("a\rb\n", 1),
            ("\u{feff}a\n", 1),
            ("a\nb", 2),
        ] {
            for path in ["a.md", "a.rs", "a.svg", "Cargo.lock"] {
                assert_eq!(found(unseen, &[(path, text)]), [format!("{path}:{line}")], "{text:?}");
            }
            assert!(found(unseen, &[("fuzz/corpus/a/b", text)]).is_empty(), "{text:?} is an input");
        }
        for text in ["", "a\n", "a\n\nb\n", "  a\n", "\0\t \r\n"] {
            assert!(found(unseen, &[("a", text)]).is_empty(), "{text:?}");
        }
    }
}
