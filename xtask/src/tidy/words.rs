//! Words that no file may hold. They are spelled in halves here, so that this file holds none.

use super::source::{self, Line};
use super::{Checkout, File, Finding};

const HOMES: &[&str] = &[concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];
const HOME_OF_WINDOWS: &str = concat!(":\\Us", "ers\\");

const HOSTS: &[&str] = &[
    concat!("index.cra", "tes.io"),
    concat!("static.cra", "tes.io"),
    INDEX,
    concat!("registry.np", "mjs.org"),
    concat!("registry.yar", "npkg.com"),
    concat!("py", "pi.org"),
    concat!("python", "hosted.org"),
    concat!("deb.deb", "ian.org"),
    concat!("proxy.go", "lang.org"),
    concat!("arti", "factory"),
];
const INDEX: &str = concat!("cra", "tes.io-index");
/// What cargo itself writes into every lock file.
const LOCKED: &str = concat!("\"registry+https://github.com/rust-lang/cra", "tes.io-index\"");

pub(crate) fn machine_paths(checkout: &Checkout) -> Vec<Finding> {
    let what = |path: &str| format!("names a path of one machine ({path})");
    scan(checkout, "name it relative to the repository", |_, line| machine_path(line).map(what))
}

fn machine_path(line: &str) -> Option<&'static str> {
    if line.contains(HOME_OF_WINDOWS) {
        return Some(HOME_OF_WINDOWS);
    }
    // In a URL or a relative path something precedes the slash.
    let inside = |c: char| c.is_alphanumeric() || "._-~}*)]>".contains(c);
    HOMES.iter().copied().find(|home| {
        let named = |end: usize| line[end..].starts_with(|c: char| c.is_alphanumeric() || "._-<{$".contains(c));
        line.match_indices(home).any(|(at, _)| !line[..at].ends_with(inside) && named(at + home.len()))
    })
}

pub(crate) fn registry_hosts(checkout: &Checkout) -> Vec<Finding> {
    let what = |host: &str| format!("names a registry's host ({host})");
    scan(checkout, "name the package alone: its client knows where to look", |file, line| {
        let lock = file.path == "Cargo.lock" || file.path.ends_with("/Cargo.lock");
        let line = if lock { line.replace(LOCKED, "") } else { line.to_owned() };
        HOSTS.iter().find(|host| line.contains(**host)).map(|host| what(host))
    })
}

fn scan(checkout: &Checkout, fix: &'static str, fault: impl Fn(&File, &str) -> Option<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &checkout.files {
        for (index, line) in file.text.lines().enumerate() {
            findings.extend(fault(file, line).map(|what| Finding::new(&file.path, index + 1, what, fix)));
        }
    }
    findings
}

pub(crate) fn undone(checkout: &Checkout) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in checkout.rust() {
        for line in source::lines(&file.text) {
            let what = |left: &str| format!("holds {left}");
            let fix = "finish it, or open an issue and take it out";
            findings.extend(left_undone(&line).map(|left| Finding::new(&file.path, line.number, what(left), fix)));
        }
    }
    findings
}

fn left_undone(line: &Line) -> Option<&'static str> {
    line.words().find_map(|(before, word)| {
        let after = &line.code[before.len() + word.len()..];
        match word {
            "todo" if after.starts_with('!') => Some("todo!"),
            "unimplemented" if after.starts_with('!') => Some("unimplemented!"),
            "ignore" if before.ends_with("#[") => Some("#[ignore]"),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use super::*;

    #[test]
    fn paths_of_a_machine() {
        for home in HOMES {
            let hit = format!("\nsee {home}someone/x\n\"{home}a\" and -I{home}b");
            assert_eq!(found(machine_paths, &[("a.md", &hit)]), ["a.md:2", "a.md:3"], "{home}");
            let miss = format!("https://flinks.com{home}x ..{home}x src{home}x {home} {home}*");
            assert!(found(machine_paths, &[("a.md", &miss)]).is_empty(), "{home}");
        }
        let windows = format!("C{HOME_OF_WINDOWS}me");
        assert_eq!(found(machine_paths, &[("a.md", &windows)]), ["a.md:1"]);
    }

    #[test]
    fn hosts_of_a_registry() {
        for host in HOSTS {
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
        let other = format!("source = \"sparse+https://{}\"\n", HOSTS[0]);
        assert_eq!(found(registry_hosts, &[("Cargo.lock", &other)]), ["Cargo.lock:1"]);
    }

    #[test]
    fn what_was_left_undone() {
        let source = "fn a() { todo!() }\n#[ignore = \"slow\"]\nb.unimplemented();\nunimplemented!();\n// todo!\n\"todo!()\"\n#[ignore]";
        assert_eq!(found(undone, &[("a.rs", source)]), ["a.rs:1", "a.rs:2", "a.rs:4", "a.rs:7"]);
        assert!(found(undone, &[("a.md", "todo!()")]).is_empty());
    }
}
