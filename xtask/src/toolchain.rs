//! The tools that a task needs and how it gets them. Every pinned version is here, and nowhere else.

use crate::Result;
use xshell::{Shell, cmd};

/// The oldest compiler that the published crates build with; `rust-version` in their manifests says the same.
pub(crate) const MSRV: &str = "1.85.0";
/// The crates that keep to it.
pub(crate) const PUBLISHED: &[&str] = &[
    "reconnect-json",
    "reconnect-core",
    "reconnect-calls",
    "reconnect-embed",
    "reconnect-async",
    "reconnect-blocking",
    "reconnect-sandbox",
];
/// The pure ones: the core and its neighbours, which have no clock and no IO, and need no `std`.
pub(crate) const CORE: &[&str] = &["reconnect-json", "reconnect-core", "reconnect-calls", "reconnect-embed"];
/// The compiler for what stable cannot do: fuzzing with a sanitizer, Miri, coverage of branches, listing an API.
pub(crate) const NIGHTLY: &str = "nightly-2026-04-01";
const FUZZ: Tool = Tool { name: "fuzz", version: "0.13.1" };
pub(crate) const DENY: Tool = Tool { name: "deny", version: "0.18.3" };
pub(crate) const HACK: Tool = Tool { name: "hack", version: "0.6.46" };
pub(crate) const LLVM_COV: Tool = Tool { name: "llvm-cov", version: "0.6.21" };
pub(crate) const MINIMAL_VERSIONS: Tool = Tool { name: "minimal-versions", version: "0.1.38" };
pub(crate) const MUTANTS: Tool = Tool { name: "mutants", version: "27.0.0" };
pub(crate) const PUBLIC_API: Tool = Tool { name: "public-api", version: "0.52.0" };
const DUVET: &str = "0.4.3";
/// Other people's clients, as their package managers name a version.
pub(crate) const FLINKS: &str = "flinks==0.1.0a2";
pub(crate) const NODE_FLINKS: &str = "node-flinks@0.6.0";

/// A subcommand of cargo, from the package `cargo-NAME`.
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
}

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

/// Parts of the pinned nightly.
pub(crate) fn nightly_components(sh: &Shell, components: &[&str]) -> Result {
    toolchain(sh, NIGHTLY)?;
    if runs(sh, "rustup", &[&["component", "add", "--toolchain", NIGHTLY], components].concat()) {
        return Ok(());
    }
    Err(format!("`rustup component add --toolchain {NIGHTLY} {}` does not work here", components.join(" ")).into())
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
    tool(sh, &FUZZ)
}

/// One that is there already will do, whatever its version. Else it is built without optimisation: that takes half as
/// long, and what these tools do themselves takes no time. All are built in one folder, since they have crates in common.
pub(crate) fn tool(sh: &Shell, Tool { name, version }: &Tool) -> Result {
    if runs(sh, "cargo", &[name, "--version"]) {
        return Ok(());
    }
    println!("installing cargo-{name} {version}");
    let target_dir = format!("{}/tools", target_dir());
    cmd!(sh, "cargo install cargo-{name} --version {version} --locked --debug --target-dir {target_dir}").run()?;
    Ok(())
}

pub(crate) fn duvet(sh: &Shell) -> Result {
    if runs(sh, "duvet", &["--help"]) {
        return Ok(());
    }
    let target_dir = format!("{}/tools", target_dir());
    cmd!(sh, "cargo install duvet --locked --version {DUVET} --debug --target-dir {target_dir}").run()?;
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
