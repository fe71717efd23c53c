//! Packages for other languages. The crates that they are built from need more than Rust, so they are workspaces of
//! their own, and no part of `check`.

pub(crate) mod c;
pub(crate) mod js;
mod mutants;
pub(crate) mod python;
mod wire;

use crate::Result;
use crate::steps::{self, ONE, Step, Tally};
use crate::toolchain::{self, NPM, folder};
use std::path::{Path, PathBuf};
use xshell::{Shell, cmd};

/// Builds one for a user. The last line on stdout is where it is.
pub(crate) fn build(sh: &Shell, args: &[String]) -> Result<Tally> {
    match args {
        [language] if language == "python" => println!("{}", python::wheel(sh)?.display()),
        [language] if language == "js" => println!("{}", js::package(sh)?.display()),
        [language] if language == "c" => println!("{}", c::library(sh)?.display()),
        _ => return Err("usage: cargo xtask bindings python|js|c".into()),
    }
    Ok(ONE)
}

/// Installs the JavaScript package into a folder, beside others of npm.
pub(crate) fn install_js(sh: &Shell, packages: &Path, others: &[&str]) -> Result {
    let package = js::package(sh)?;
    toolchain::installed(sh, NPM, packages, &others.join(" "))?;
    // npm leaves a package as it is if it has one of the same version.
    for installed in ["flinks-reconnect", ".package-lock.json"] {
        sh.remove_path(packages.join("node_modules").join(installed))?;
    }
    toolchain::install(sh, NPM, packages, &[&package])
}

/// A Node that is new enough for it.
pub(crate) fn node(sh: &Shell) -> Result<PathBuf> {
    js::node(sh)
}

/// All of them, each as its user has it.
pub(crate) fn check(sh: &Shell) -> Result<Tally> {
    const WIRE: Step = ("wire", |sh| wire::check(sh, &c::wire(sh)?, &js::node(sh)?));
    steps::run(sh, &[("lint", lint), ("python", python::check), ("c", c::check), ("js", js::check), WIRE], &[])
}

/// Every mutant of the glue, for the night.
pub(crate) fn night(sh: &Shell) -> Result<Tally> {
    steps::run(sh, &[("python", python::night), ("c", |sh| c::planted(sh, usize::MAX)), ("js", js::night)], &[])
}

fn lint(sh: &Shell) -> Result<Tally> {
    let target = build_folder();
    for manifest in [python::MANIFEST, c::MANIFEST] {
        cmd!(sh, "cargo fmt --manifest-path {manifest} --check").run()?;
        cmd!(sh, "cargo clippy --locked --manifest-path {manifest} --target-dir {target} -- --deny warnings").run()?;
    }
    Ok(ONE)
}

fn build_folder() -> PathBuf {
    folder("bindings/build")
}
