//! The test command of the README: what cargo, clippy and rustfmt do, in one call, and the count that CI reads.

use crate::steps::{self, ONE, Step, Tally, tested};
use crate::toolchain::{self, WASM, is_no_std, packages};
use crate::{Result, tidy};
use xshell::{Shell, cmd};

/// The quick ones first.
pub(crate) const STEPS: &[Step] = &[
    ("locks", locks),
    ("fmt", fmt),
    ("tidy", tidy::check),
    ("clippy", clippy),
    ("test", |sh| tested(cmd!(sh, "cargo test --workspace --locked --no-fail-fast"))),
    ("doc", doc),
    ("no_std", no_std),
];

pub(crate) fn run(sh: &Shell, args: &[String]) -> Result<Tally> {
    steps::run(sh, STEPS, args)
}

/// Both lock files fit their manifests. The fuzz workspace has its own, which a new dependency of the core outdates.
fn locks(sh: &Shell) -> Result<Tally> {
    locks_of(sh, &["Cargo.toml", "fuzz/Cargo.toml"])
}

pub(crate) fn locks_of(sh: &Shell, manifests: &[&str]) -> Result<Tally> {
    for manifest in manifests {
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
    for packages in parts(sh) {
        cmd!(sh, "cargo clippy {packages...} --all-targets --locked -- --deny warnings").run()?;
    }
    Ok(ONE)
}

/// With the features of the lints, so that what both read is compiled once.
fn doc(sh: &Shell) -> Result<Tally> {
    for packages in parts(sh) {
        cmd!(sh, "cargo doc {packages...} --no-deps --locked").env("RUSTDOCFLAGS", "-Dwarnings").run()?;
    }
    Ok(ONE)
}

/// All packages with all features, but the command with those that are on by default. Its feature `serve` builds sqlx, which
/// more than doubles the tree; `ci front` looks at it.
fn parts(sh: &Shell) -> [Vec<&'static str>; 2] {
    [[&["--workspace", "--exclude", "reconnect-cli"], features(sh)].concat(), vec!["--package", "reconnect-cli"]]
}

/// On Linux the feature `native-tls` compiles against OpenSSL's headers, which a newcomer may not have; CI installs them.
fn features(sh: &Shell) -> &'static [&'static str] {
    if !cfg!(target_os = "linux") || toolchain::runs(sh, "pkg-config", &["--exists", "openssl"]) {
        return &["--all-features"];
    }
    println!(
        "without the feature native-tls, for want of OpenSSL's headers (Debian: apt-get install libssl-dev pkg-config)"
    );
    &[]
}

/// For a microcontroller and for a browser.
pub(crate) fn no_std(sh: &Shell) -> Result<Tally> {
    let packages = &packages(sh, is_no_std)?;
    for triple in ["thumbv7em-none-eabi", WASM] {
        toolchain::target(sh, triple)?;
        cmd!(sh, "cargo build {packages...} --lib --all-features --locked --target {triple}").run()?;
    }
    Ok(ONE)
}

/// The conformance suite, anew: it is recorded by the tests that compare it.
pub(crate) fn vectors(sh: &Shell) -> Result<Tally> {
    let test = ["--test", "session", "vectors_are_what"];
    cmd!(sh, "cargo test --locked --quiet --package reconnect-testkit {test...}").env("BLESS", "1").run()?;
    Ok(ONE)
}

/// Draws the machine as an exploration of its public API finds it. The test that explores compares too.
pub(crate) fn diagram(sh: &Shell, args: &[String]) -> Result<Tally> {
    let how = match args {
        [] => "write",
        [flag] if flag == "--check" => "check",
        _ => return Err("usage: cargo xtask diagram [--check]".into()),
    };
    let test = cmd!(sh, "cargo test --quiet --locked --package reconnect-testkit --test proof explore::");
    test.env("RECONNECT_DIAGRAM", how).run()?;
    Ok(ONE)
}
