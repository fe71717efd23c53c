//! The core builds where there is no std.
//!
//! Either for two targets that have none, or, where rustup cannot fetch those, for this machine with a sysroot
//! from which std was left out. There is no third way, so that a machine with neither fails.

use crate::steps::{ONE, Tally};
use crate::{Result, root, toolchain};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use xshell::{Shell, cmd};

/// A microcontroller, and a browser.
const TARGETS: &[&str] = &["thumbv7em-none-eabi", "wasm32-unknown-unknown"];
/// What remains of the sysroot.
const KEPT: &[&str] = &["core", "alloc", "compiler_builtins", "rustc_std_workspace_core"];
/// `sysroot` or `targets`: only that way.
const FORCE: &str = "RECONNECT_NO_STD";

pub(crate) fn run(sh: &Shell, _: &[String]) -> Result<ExitCode> {
    Ok(check(sh)?.exit())
}

pub(crate) fn check(sh: &Shell) -> Result<Tally> {
    match std::env::var(FORCE).as_deref() {
        Ok("sysroot") => return stripped(sh),
        Ok("targets") => return targets(sh, fetch(sh)),
        Ok(other) => return Err(format!("{FORCE}={other}: it can be `sysroot` or `targets`, or unset").into()),
        Err(_) => {}
    }
    match fetch(sh) {
        Ok(()) => targets(sh, Ok(())),
        Err(error) => {
            println!("{error}; building with a sysroot without std instead");
            stripped(sh)
        }
    }
}

fn fetch(sh: &Shell) -> Result {
    TARGETS.iter().try_for_each(|triple| toolchain::target(sh, triple))
}

fn targets(sh: &Shell, fetched: Result) -> Result<Tally> {
    fetched?;
    for triple in TARGETS {
        let packages = packages();
        cmd!(sh, "cargo build {packages...} --lib --locked --target {triple}").run()?;
    }
    println!("the core builds for {}", TARGETS.join(" and "));
    Ok(ONE)
}

fn stripped(sh: &Shell) -> Result<Tally> {
    let host = host(sh)?;
    let target_dir = Path::new(root()).join(toolchain::target_dir()).join("no-std");
    let sysroot = target_dir.join("sysroot");
    sh.remove_path(&sysroot)?;
    let kept = sh.create_dir(sysroot.join(format!("lib/rustlib/{host}/lib")))?;
    let full = PathBuf::from(cmd!(sh, "rustc --print target-libdir").quiet().read()?);
    for file in sh.read_dir(&full)?.iter().filter(|file| is_kept(file)) {
        sh.copy_file(file, &kept)?;
    }
    if sh.read_dir(&kept)?.is_empty() {
        let full = full.display();
        return Err(format!("no core and alloc in {full}; install Rust with rustup, then `cargo xtask no-std`").into());
    }
    // Encoded, because a path may hold a space. With --target they spare build scripts and macros, which do need std.
    let flags = format!("--sysroot={}\u{1f}-Cpanic=abort", sysroot.display());
    let packages = packages();
    cmd!(sh, "cargo build {packages...} --lib --locked --target {host} --target-dir {target_dir}")
        .env("CARGO_ENCODED_RUSTFLAGS", flags)
        .run()?;
    println!("the core builds for {host} with a sysroot that holds no std");
    Ok(ONE)
}

fn packages() -> impl Iterator<Item = &'static str> {
    toolchain::CORE.iter().flat_map(|package| ["--package", package])
}

fn host(sh: &Shell) -> Result<String> {
    let version = cmd!(sh, "rustc --version --verbose").quiet().read()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("rustc --version --verbose names no host")?.to_owned())
}

fn is_kept(file: &Path) -> bool {
    let library = file.extension().is_some_and(|kind| kind == "rlib" || kind == "rmeta");
    let name = file.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix("lib"));
    let name = name.and_then(|name| name.rsplit_once('-')).map(|(name, _hash)| name);
    library && name.is_some_and(|name| KEPT.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn std_is_left_out() {
        assert!(is_kept(Path::new("/x/libcore-0123456789abcdef.rlib")));
        assert!(is_kept(Path::new("/x/librustc_std_workspace_core-0123456789abcdef.rmeta")));
        assert!(!is_kept(Path::new("/x/libstd-0123456789abcdef.rlib")));
        assert!(!is_kept(Path::new("/x/libstd-0123456789abcdef.so")));
        assert!(!is_kept(Path::new("/x/libcore-0123456789abcdef.so")));
    }
}
