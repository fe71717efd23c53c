//! Packages for other languages. The crates that they are built from need more than Rust, so they are workspaces of
//! their own, and no part of `check`.

pub(crate) mod c;
mod js;

use crate::Result;
use crate::steps::{self, ONE, Tally};
use crate::toolchain::{self, MATURIN, PYTHON_TOOLS, folder, reconnect};
use std::path::{Path, PathBuf};
use xshell::{Shell, cmd};

const CRATE: &str = "crates/reconnect-python";
pub(crate) const MANIFEST: &str = "crates/reconnect-python/Cargo.toml";

/// Builds one for a user. The last line on stdout is where it is.
pub(crate) fn build(sh: &Shell, args: &[String]) -> Result<Tally> {
    match args {
        [language] if language == "python" => println!("{}", wheel(sh)?.display()),
        [language] if language == "js" => println!("{}", js::package(sh)?.display()),
        [language] if language == "c" => println!("{}", c::library(sh)?.display()),
        _ => return Err("usage: cargo xtask bindings python|js|c".into()),
    }
    Ok(ONE)
}

/// All of them, each as its user has it.
pub(crate) fn check(sh: &Shell) -> Result<Tally> {
    steps::run(sh, &[("lint", lint), ("python", python), ("c", c::check), ("js", js::check)], &[])
}

fn lint(sh: &Shell) -> Result<Tally> {
    let target = build_folder();
    for manifest in [MANIFEST, c::MANIFEST] {
        cmd!(sh, "cargo fmt --manifest-path {manifest} --check").run()?;
        cmd!(sh, "cargo clippy --locked --manifest-path {manifest} --target-dir {target} -- --deny warnings").run()?;
    }
    Ok(ONE)
}

/// The wheel in an environment that has nothing else of ours: its tests, and what it says of its types.
fn python(sh: &Shell) -> Result<Tally> {
    cmd!(sh, "cargo build --locked --package reconnect-cli").run()?;
    let (wheel, fresh) = (wheel(sh)?, folder("bindings/fresh"));
    sh.remove_path(&fresh)?;
    let python = environment(sh, &fresh, &[&[&*wheel.to_string_lossy()], PYTHON_TOOLS].concat())?;
    let _in_crate = sh.push_dir(CRATE);
    cmd!(sh, "{python} -m pytest -p no:cacheprovider").env("RECONNECT_BIN", reconnect()).run()?;
    cmd!(sh, "{python} -m mypy --strict --package reconnect --cache-dir {fresh}/mypy").run()?;
    cmd!(sh, "{python} -m mypy.stubtest reconnect._core").run()?;
    Ok(ONE)
}

fn wheel(sh: &Shell) -> Result<PathBuf> {
    let (python, out) = (environment(sh, &folder("bindings/maturin"), &[MATURIN])?, folder("bindings/wheel"));
    sh.remove_path(&out)?;
    eprintln!("building the Python package: a minute, and some more the first time");
    let build = ["--release", "--locked", "--manifest-path", MANIFEST];
    let target = build_folder();
    cmd!(sh, "{python} -m maturin build {build...} --target-dir {target} --out {out}").run()?;
    let is_wheel = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "whl");
    Ok(sh.read_dir(&out)?.into_iter().find(is_wheel).ok_or("maturin wrote no wheel")?)
}

/// A Python with these packages, in a folder of its own.
fn environment(sh: &Shell, folder: &Path, packages: &[&str]) -> Result<PathBuf> {
    toolchain::needs(sh, &["python3"])?;
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if !sh.path_exists(&python) {
        cmd!(sh, "python3 -m venv {folder}").run()?;
    }
    // It installs what is missing, and nothing if all is there.
    cmd!(sh, "{python} -m pip install --quiet --disable-pip-version-check {packages...}").run()?;
    Ok(python)
}

fn build_folder() -> PathBuf {
    folder("bindings/build")
}
