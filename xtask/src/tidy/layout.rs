//! Which files there are, and what stands in those of the workspace itself.

use super::{Checkout, Finding};
use crate::ci;

pub(crate) fn top_level(checkout: &Checkout) -> Vec<Finding> {
    let there = |name: &str| checkout.files.iter().any(|file| file.path.split('/').next() == Some(name));
    let missing = ["Cargo.toml", "crates", "benches", "fuzz", "docs", "xtask"].into_iter().filter(|name| !there(name));
    missing.map(|name| Finding::new(name, 0, "is not in the repository", "add it back at the top level")).collect()
}

pub(crate) fn lock_files(checkout: &Checkout) -> Vec<Finding> {
    let missing = ["Cargo.lock", "fuzz/Cargo.lock"].into_iter().filter(|path| checkout.get(path).is_none());
    missing
        .map(|path| Finding::new(path, 0, "is missing or ignored", "build once and commit it: CI uses --locked"))
        .collect()
}

pub(crate) fn foreign_locks(checkout: &Checkout) -> Vec<Finding> {
    const LOCKS: &[&str] = &[
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "bun.lock",
        "bun.lockb",
        "poetry.lock",
        "Pipfile.lock",
        "uv.lock",
        "pdm.lock",
    ];
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let locks = checkout.files.iter().filter(|file| LOCKS.contains(&name(&file.path).as_str()));
    locks
        .map(|file| Finding::new(&file.path, 0, "records where packages were fetched from", "delete it, and ignore it"))
        .collect()
}

/// A setting here would be in force for whoever builds in this folder, and for nobody who depends on these crates.
pub(crate) fn cargo_config(checkout: &Checkout) -> Vec<Finding> {
    const PATH: &str = ".cargo/config.toml";
    const FIX: &str = "keep the alias `xtask` there and nothing else";
    let Some(file) = checkout.get(PATH) else {
        return vec![Finding::new(PATH, 0, "is missing", FIX)];
    };
    let settings: Vec<(usize, &str)> =
        file.text.lines().enumerate().map(|(index, line)| (index + 1, line.trim())).collect();
    let settings = settings.iter().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let alias = |line: &str| line == "[alias]" || line.starts_with("xtask = ");
    settings
        .filter(|(_, line)| !alias(line))
        .map(|(number, line)| Finding::new(PATH, *number, format!("holds `{line}`"), FIX))
        .collect()
}

pub(crate) fn workflow(checkout: &Checkout) -> Vec<Finding> {
    const PATH: &str = ".github/workflows/ci.yml";
    let text = checkout.get(PATH).map_or("", |file| file.text.as_str());
    let words: Vec<&str> = text.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_')).collect();
    let missing = ci::names().filter(|name| !words.contains(name));
    missing
        .map(|name| Finding::new(PATH, 0, format!("does not run the step `{name}`"), "add it to the list of steps"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use super::*;

    #[test]
    fn a_missing_folder() {
        let all =
            [("Cargo.toml", ""), ("crates/a", ""), ("benches/a", ""), ("fuzz/a", ""), ("docs/a", ""), ("xtask/a", "")];
        assert!(found(top_level, &all).is_empty());
        assert_eq!(found(top_level, &all[..5]), ["xtask:0"]);
    }

    #[test]
    fn locks() {
        assert_eq!(found(lock_files, &[("Cargo.lock", "")]), ["fuzz/Cargo.lock:0"]);
        assert!(found(lock_files, &[("Cargo.lock", ""), ("fuzz/Cargo.lock", "")]).is_empty());
        assert_eq!(found(foreign_locks, &[("Cargo.lock", ""), ("web/yarn.lock", "")]), ["web/yarn.lock:0"]);
    }

    #[test]
    fn configuration() {
        let alias = "# why\n[alias]\nxtask = \"run\"\n";
        assert!(found(cargo_config, &[(".cargo/config.toml", alias)]).is_empty());
        let more = format!("{alias}\n[build]\njobs = 1\n");
        assert_eq!(
            found(cargo_config, &[(".cargo/config.toml", &more)]),
            [".cargo/config.toml:5", ".cargo/config.toml:6"]
        );
        assert_eq!(found(cargo_config, &[]), [".cargo/config.toml:0"]);
    }

    #[test]
    fn a_step_that_the_workflow_forgot() {
        let names: Vec<&str> = ci::names().collect();
        let all = format!("step: [{}]", names.join(", "));
        assert!(found(workflow, &[(".github/workflows/ci.yml", &all)]).is_empty());
        let fewer = format!("step: [{}]", names[1..].join(", "));
        assert_eq!(found(workflow, &[(".github/workflows/ci.yml", &fewer)]).len(), 1);
    }
}
