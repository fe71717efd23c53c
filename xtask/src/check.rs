//! The test command of the README: everything that needs no tool but rustup's own.

use crate::steps::{ONE, Step, Tally, run_all, tested};
use crate::{Result, no_std, tidy, toolchain};
use std::process::{Command, ExitCode};
use xshell::{Shell, cmd};

/// The quick ones first.
const STEPS: &[Step] = &[
    Step { name: "locks", run: locks },
    Step { name: "fmt", run: fmt },
    Step { name: "tidy", run: tidy::check },
    Step { name: "clippy", run: clippy },
    Step { name: "test", run: test },
    Step { name: "doc", run: doc },
    Step { name: "no_std", run: no_std::check },
    Step { name: "async", run: |sh| alone(sh, "reconnect-async") },
    Step { name: "blocking", run: |sh| alone(sh, "reconnect-blocking") },
];

pub(crate) fn run(sh: &Shell, _: &[String]) -> Result<ExitCode> {
    Ok(run_all(sh, STEPS).exit())
}

/// Both lock files fit their manifests. The fuzz workspace has its own, which a new dependency of the core outdates.
fn locks(sh: &Shell) -> Result<Tally> {
    for manifest in ["Cargo.toml", "fuzz/Cargo.toml"] {
        let fetched = cmd!(sh, "cargo fetch --quiet --locked --manifest-path {manifest}").run();
        fetched.map_err(|error| format!("{error}; `cargo update --workspace --manifest-path {manifest}` mends it"))?;
    }
    Ok(ONE)
}

fn fmt(sh: &Shell) -> Result<Tally> {
    toolchain::component(sh, "rustfmt", "fmt")?;
    cmd!(sh, "cargo fmt --all --check").run()?;
    cmd!(sh, "cargo fmt --manifest-path fuzz/Cargo.toml --check").run()?;
    Ok(ONE)
}

fn clippy(sh: &Shell) -> Result<Tally> {
    toolchain::component(sh, "clippy", "clippy")?;
    let features = features(sh);
    cmd!(sh, "cargo clippy --workspace --all-targets {features...} --locked -- --deny warnings").run()?;
    Ok(ONE)
}

/// On Linux the feature `native-tls` compiles against OpenSSL's headers, which a newcomer may not have; CI installs them.
fn features(sh: &Shell) -> &'static [&'static str] {
    let openssl = || cmd!(sh, "pkg-config --exists openssl").quiet().ignore_stderr().run().is_ok();
    if !cfg!(target_os = "linux") || openssl() {
        return &["--all-features"];
    }
    println!(
        "without the feature native-tls, for want of OpenSSL's headers (Debian: apt-get install libssl-dev pkg-config)"
    );
    &[]
}

fn test(sh: &Shell) -> Result<Tally> {
    let all = ["test", "--workspace", "--locked", "--no-fail-fast"];
    tested(Command::new("cargo").args(all).current_dir(sh.current_dir()))
}

fn doc(sh: &Shell) -> Result<Tally> {
    cmd!(sh, "cargo doc --workspace --no-deps --locked").env("RUSTDOCFLAGS", "-Dwarnings").run()?;
    Ok(ONE)
}

/// Each driver builds without the other, and without its default TLS. Both together are built by `test`.
fn alone(sh: &Shell, driver: &str) -> Result<Tally> {
    cmd!(sh, "cargo check --package {driver} --locked").run()?;
    cmd!(sh, "cargo check --package {driver} --locked --no-default-features").run()?;
    Ok(ONE)
}
