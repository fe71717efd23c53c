//! Packages for other languages. The crates that they are built from need more than Rust, so they are workspaces of
//! their own, and no part of `check`.

pub(crate) mod c;
pub(crate) mod js;
mod mutants;
pub(crate) mod python;
mod wire;

use crate::Result;
use crate::steps::{self, ONE, Step, Tally};
use crate::toolchain::folder;
use std::path::PathBuf;
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
