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

/// What a workflow has to run, besides the steps of `ci`.
const RUNS: &[(&str, &str)] = &[
    (CI, "cargo xtask check"),
    (CI, "cargo xtask ci ${{ matrix.step }}"),
    // `cargo xtask ci deny` does without advisories: they have to be fetched.
    (ADVISORIES, "cargo deny --locked check advisories"),
    (ADVISORIES, "cargo deny --locked --manifest-path fuzz/Cargo.toml check advisories"),
];
const CI: &str = ".github/workflows/ci.yml";
const ADVISORIES: &str = ".github/workflows/advisories.yml";

pub(crate) fn workflow(checkout: &Checkout) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, command) in RUNS {
        let runs = |line: &str| line.trim_start().trim_start_matches("- ").strip_prefix("run: ") == Some(command);
        if !lines(checkout, path).any(runs) {
            findings.push(Finding::new(path, 0, format!("does not run `{command}`"), "add it, on a line of its own"));
        }
    }
    let steps: Vec<&str> = lines(checkout, CI).filter_map(|line| line.trim().strip_prefix("step: [")).collect();
    let named = |name: &str| steps.iter().any(|list| list.trim_end_matches(']').split(", ").any(|step| step == name));
    let missing = ci::names().filter(|name| !named(name));
    findings.extend(
        missing
            .map(|name| Finding::new(CI, 0, format!("does not run the step `{name}`"), "add it to the list of steps")),
    );
    findings
}

/// What is commented out is not run.
fn lines<'a>(checkout: &'a Checkout, path: &str) -> impl Iterator<Item = &'a str> {
    let text = checkout.get(path).map_or("", |file| file.text.as_str());
    text.lines().filter(|line| !line.trim_start().starts_with('#'))
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
        let ci = |steps: &[&str], check: &str| {
            format!(
                "step: [{}]\n      - run: {check}\n      - run: cargo xtask ci ${{{{ matrix.step }}}}\n",
                steps.join(", ")
            )
        };
        let check = "cargo xtask check";
        let advisories = format!("- run: {}\n- run: {}\n", RUNS[2].1, RUNS[3].1);
        let findings = |ci: &str, advisories: &str| found(workflow, &[(CI, ci), (ADVISORIES, advisories)]).len();
        assert_eq!(findings(&ci(&names, check), &advisories), 0);
        assert_eq!(findings(&ci(&names[1..], check), &advisories), 1);
        assert_eq!(
            findings(&format!("# {}\n{}", names[0], ci(&names[1..], check)), &advisories),
            1,
            "a comment runs nothing"
        );
        assert_eq!(findings(&ci(&names, "cargo xtask checks"), &advisories), 1);
        assert_eq!(findings(&ci(&names, "true # cargo xtask check"), &advisories), 1);
        assert_eq!(
            findings(
                &ci(&names, check).replace("      - run: cargo xtask ci", "      # - run: cargo xtask ci"),
                &advisories
            ),
            1
        );
        assert_eq!(findings(&ci(&names, check), RUNS[2].1), 2, "it is named and not run");
        assert_eq!(findings(&ci(&names, check), ""), 2);
    }
}
