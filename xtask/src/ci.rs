//! What CI does after `check`, each step by a tool that it installs. A step that cannot run has failed.

use crate::steps::{self, ONE, Step, Tally, tested};
use crate::toolchain::{self, folder, is_library, is_no_std, packages};
use crate::{Result, api, bindings, browser, coverage, duvet, embed, front, fuzz, interop, root, store};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;
use xshell::{Shell, cmd};

/// `.github/workflows/ci.yml` names the same ones; `tidy` compares.
pub(crate) const STEPS: &[Step] = &[
    ("deny", deny),
    ("features", features),
    ("msrv", msrv),
    ("duvet", duvet::check),
    ("api", api::check),
    ("coverage", |sh| coverage::run(sh, &[])),
    ("embed", embed::check),
    ("bindings", bindings::check),
    ("store", store::check),
    ("interop", interop::check),
    ("browser", browser::check),
    ("front", front::check),
    ("corpus", fuzz::replay),
    ("fuzz", fuzz::smoke),
];

/// What a crate that needs no std may be built from.
const NO_STD: &str = "crates/reconnect-core/deny.toml";

pub(crate) fn run(sh: &Shell, args: &[String]) -> Result<Tally> {
    steps::run(sh, STEPS, args)
}

/// Licences, doubled crates and sources, as `deny.toml` says; and what a crate may be built from, as the `deny.toml` in its
/// own folder says. For a crate that needs no std, the core's counts. Advisories have to be fetched, so the workflow
/// `advisories` looks at them.
fn deny(sh: &Shell) -> Result<Tally> {
    toolchain::tool(sh, "cargo-deny")?;
    // What is not in the tree has to leave the list. The other workspaces never had most of what is on it. Each with all
    // its members, as cargo-deny takes only the main one by itself.
    let others =
        ["fuzz/Cargo.toml", bindings::python::MANIFEST, bindings::c::MANIFEST, store::MANIFEST, store::EXAMPLE];
    let others = others.map(|manifest| (manifest, "--allow"));
    for (manifest, unmatched) in [("Cargo.toml", "--deny")].into_iter().chain(others) {
        let allowed = ["--allow", "license-exception-not-encountered", "--allow", "unnecessary-skip"];
        let deny = ["deny", "--locked", "--workspace", "--manifest-path", manifest, "check", "--hide-inclusion-graph"];
        cmd!(sh, "cargo {deny...} {allowed...} {unmatched} unmatched-skip bans licenses sources").run()?;
    }
    for package in toolchain::metadata(sh)? {
        let manifest = PathBuf::from(package["manifest_path"].as_str().ok_or("cargo names each manifest")?);
        let no_std = is_no_std(&package).then(|| PathBuf::from(root()).join(NO_STD));
        let config = no_std.unwrap_or_else(|| manifest.with_file_name("deny.toml"));
        if config.is_file() {
            let check = ["check", "--hide-inclusion-graph", "--config"];
            cmd!(sh, "cargo deny --locked --manifest-path {manifest} {check...} {config} bans").run()?;
        }
    }
    Ok(ONE)
}

/// What needs no std with every set of its features, another library with each of its own, and so each without the others.
/// They compile; `check` runs tests, but for those of the TLS that is not the default.
fn features(sh: &Shell) -> Result<Tally> {
    toolchain::tool(sh, "cargo-hack")?;
    let (no_std, others) =
        (packages(sh, is_no_std)?, packages(sh, |package| is_library(package) && !is_no_std(package))?);
    cmd!(sh, "cargo hack check --locked {no_std...} --lib --feature-powerset").run()?;
    cmd!(sh, "cargo hack check --locked {others...} --lib --each-feature").run()?;
    let tls = |tls: &str| {
        let other = ["--package", "reconnect-testkit", "--test", "tls", "--no-default-features", "--features", tls];
        tested(cmd!(sh, "cargo test --locked {other...}"))
    };
    Ok(ONE.and(tls("native-tls")?).and(tls("rustls-ring")?))
}

/// Each with the compiler that its manifest names. In a folder of its own: two compilers in one would each throw away what the
/// other built. (`cargo hack --rust-version` takes one library after the other, which is twice as long.)
fn msrv(sh: &Shell) -> Result<Tally> {
    packages(sh, is_library)?;
    let version = |package: &Value| package["rust_version"].as_str().map(str::to_owned);
    let versions: BTreeSet<String> = toolchain::metadata(sh)?.iter().filter_map(version).collect();
    let folder = folder("msrv");
    for oldest in &versions {
        let compiler = toolchain::compiler(sh, oldest)?;
        let packages = packages(sh, |package| version(package).as_ref() == Some(oldest))?;
        cmd!(sh, "cargo {compiler} check --locked --lib {packages...} --target-dir {folder}").run()?;
    }
    Ok(ONE)
}

/// The libraries build with the oldest versions that their own manifests allow.
pub(crate) fn minimal(sh: &Shell) -> Result<Tally> {
    toolchain::tool(sh, "cargo-hack")?;
    toolchain::tool(sh, "cargo-minimal-versions")?;
    let folder = folder("minimal");
    for package in packages(sh, is_library)? {
        cmd!(sh, "cargo minimal-versions check --direct {package} --lib --target-dir {folder}").run()?;
    }
    Ok(ONE)
}
