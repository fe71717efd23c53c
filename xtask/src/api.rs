//! The public API of each published crate, listed in `docs/api/`: what a change adds or takes away stands in its diff.

use crate::Result;
use crate::steps::Tally;
use crate::toolchain::{self, NIGHTLY, PUBLIC_API, PUBLISHED};
use std::process::ExitCode;
use xshell::{Shell, cmd};

const RENEW: &str = "if it is meant, `cargo xtask api --write` and a line in the changelog";

pub(crate) fn run(sh: &Shell, args: &[String]) -> Result<ExitCode> {
    match args {
        [] => Ok(check(sh)?.exit()),
        [write] if write == "--write" => {
            for package in PUBLISHED {
                sh.write_file(file(package), list(sh, package)?)?;
            }
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            eprintln!("usage: cargo xtask api [--write]");
            Ok(ExitCode::from(2))
        }
    }
}

pub(crate) fn check(sh: &Shell) -> Result<Tally> {
    let mut total = Tally::default();
    for package in PUBLISHED {
        let kept = sh.read_file(file(package)).unwrap_or_default();
        let changes = changes(&kept, &list(sh, package)?);
        println!("{package}: {} public items, {} changed", kept.lines().count(), changes.len());
        if !changes.is_empty() {
            eprintln!("{}\n{} is not what the code says; {RENEW}", changes.join("\n"), file(package));
        }
        total = total.and(Tally { passed: changes.is_empty().into(), failed: (!changes.is_empty()).into() });
    }
    Ok(total)
}

fn file(package: &str) -> String {
    format!("docs/api/{package}.txt")
}

/// With every feature; without what the compiler derives, which would be two thirds of it.
fn list(sh: &Shell, package: &str) -> Result<String> {
    toolchain::toolchain(sh, NIGHTLY)?;
    toolchain::tool(sh, &PUBLIC_API)?;
    let target_dir = format!("{}/api", toolchain::target_dir());
    let nightly = format!("+{NIGHTLY}");
    let listed =
        cmd!(sh, "cargo {nightly} public-api --package {package} --all-features -sss --target-dir {target_dir}")
            .read()?;
    Ok(format!("{}\n", listed.trim_end()))
}

/// Lines that came or went, in the order of the listings.
fn changes(kept: &str, found: &str) -> Vec<String> {
    let gone = kept.lines().filter(|line| !found.lines().any(|other| other == *line)).map(|line| format!("-{line}"));
    let new = found.lines().filter(|line| !kept.lines().any(|other| other == *line)).map(|line| format!("+{line}"));
    gone.chain(new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_came_and_what_went() {
        assert_eq!(changes("a\nb\n", "a\nc\n"), ["-b", "+c"]);
        assert!(changes("a\nb\n", "a\nb\n").is_empty());
        assert_eq!(changes("", "a\n"), ["+a"]);
    }
}
