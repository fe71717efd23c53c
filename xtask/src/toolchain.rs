//! The tools that a task needs and how it gets them. Every pinned version is here, and nowhere else.

use crate::Result;
use xshell::{Shell, cmd};

/// The oldest compiler that the published crates build with; `rust-version` in their manifests says the same.
pub(crate) const MSRV: &str = "1.85.0";
/// The crates that keep to it.
pub(crate) const PUBLISHED: &[&str] = &["reconnect-core", "reconnect-async", "reconnect-blocking", "reconnect-sandbox"];
/// The compiler for fuzzing, which needs a sanitizer.
const NIGHTLY: &str = "nightly-2026-04-01";
const CARGO_FUZZ: &str = "0.13.1";
const DUVET: &str = "0.4.3";
/// Other people's clients, as their package managers name a version.
pub(crate) const FLINKS: &str = "flinks==0.1.0a2";
pub(crate) const NODE_FLINKS: &str = "node-flinks@0.6.0";

/// clippy and rustfmt are absent from a minimal install.
pub(crate) fn component(sh: &Shell, component: &str, subcommand: &str) -> Result {
    if runs(sh, "cargo", &[subcommand, "--version"]) {
        return Ok(());
    }
    if runs(sh, "rustup", &["component", "add", component]) {
        return Ok(());
    }
    Err(format!("no cargo {subcommand}; install it with `rustup component add {component}`").into())
}

pub(crate) fn target(sh: &Shell, triple: &str) -> Result {
    if runs(sh, "rustup", &["target", "add", triple]) {
        return Ok(());
    }
    Err(format!("`rustup target add {triple}` does not work here").into())
}

pub(crate) fn toolchain(sh: &Shell, name: &str) -> Result {
    if runs(sh, "rustup", &["run", name, "rustc", "--version"]) {
        return Ok(());
    }
    println!("installing the toolchain {name}");
    if runs(sh, "rustup", &["toolchain", "install", name, "--profile", "minimal", "--no-self-update"]) {
        return Ok(());
    }
    Err(format!("no toolchain {name}; install it with `rustup toolchain install {name} --profile minimal`").into())
}

/// Which compiler fuzzes: cargo's `+toolchain`, or none and stable with its nightly features unlocked.
pub(crate) fn nightly(sh: &Shell) -> Option<String> {
    if toolchain(sh, NIGHTLY).is_ok() {
        return Some(format!("+{NIGHTLY}"));
    }
    let installed = cmd!(sh, "rustup toolchain list").quiet().ignore_stderr().read().unwrap_or_default();
    any_nightly(&installed).map(|name| format!("+{name}"))
}

fn any_nightly(installed: &str) -> Option<&str> {
    let names = installed.lines().filter_map(|line| line.split_whitespace().next());
    names.filter(|name| name.starts_with("nightly")).max()
}

pub(crate) fn cargo_fuzz(sh: &Shell) -> Result {
    if runs(sh, "cargo", &["fuzz", "--version"]) {
        return Ok(());
    }
    cmd!(sh, "cargo install cargo-fuzz --locked --version {CARGO_FUZZ}").run()?;
    Ok(())
}

pub(crate) fn duvet(sh: &Shell) -> Result {
    if runs(sh, "duvet", &["--help"]) {
        return Ok(());
    }
    cmd!(sh, "cargo install duvet --locked --version {DUVET}").run()?;
    Ok(())
}

/// Where cargo puts what it builds for this workspace.
pub(crate) fn target_dir() -> String {
    std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".into())
}

fn runs(sh: &Shell, program: &str, args: &[&str]) -> bool {
    cmd!(sh, "{program} {args...}").quiet().ignore_stdout().ignore_stderr().run().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_nightly_is_taken() {
        let installed =
            "stable-x86_64 (active, default)\nnightly-2026-01-01-x86_64\nnightly-2026-02-01-x86_64\n1.85.0-x86_64";
        assert_eq!(any_nightly(installed), Some("nightly-2026-02-01-x86_64"));
        assert_eq!(any_nightly("stable-x86_64 (default)"), None);
        assert_eq!(any_nightly(""), None);
    }
}
