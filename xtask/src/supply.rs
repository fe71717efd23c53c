//! What we are built from, and in which combinations: licences and sources, every feature, the oldest versions.

use crate::Result;
use crate::steps::{ONE, Tally, tested};
use crate::toolchain::{self, DENY, HACK, MINIMAL_VERSIONS};
use std::process::Command;
use xshell::{Shell, cmd};

/// The published drivers: each of their features is a way to do TLS.
const DRIVERS: &[&str] = &["reconnect-async", "reconnect-blocking"];

/// Licences, doubled crates and sources, as `deny.toml` has it. Advisories would have to be fetched: the workflow `advisories`
/// looks at them.
pub(crate) fn deny(sh: &Shell) -> Result<Tally> {
    toolchain::tool(sh, &DENY)?;
    // What is not in the tree has to leave the list. The fuzz targets never had most of what is on it.
    let gone = ["--deny", "unmatched-skip", "--allow", "unnecessary-skip"];
    let absent = ["--allow", "unmatched-skip", "--allow", "unnecessary-skip"];
    for (manifest, options) in [("Cargo.toml", gone), ("fuzz/Cargo.toml", absent)] {
        let deny = ["deny", "--locked", "--manifest-path", manifest, "check", "--hide-inclusion-graph"];
        let options = ["--allow", "license-exception-not-encountered"].into_iter().chain(options);
        cmd!(sh, "cargo {deny...} {options...} bans licenses sources").run()?;
    }
    Ok(ONE)
}

/// The core with every set of its features, a driver with each of its own. They compile; `check` runs tests, but for those
/// of the TLS that is not the default.
pub(crate) fn features(sh: &Shell) -> Result<Tally> {
    toolchain::tool(sh, &HACK)?;
    cmd!(sh, "cargo hack check --locked --package reconnect-core --lib --feature-powerset").run()?;
    for driver in DRIVERS {
        cmd!(sh, "cargo hack check --locked --package {driver} --lib --each-feature").run()?;
    }
    let mut total = ONE;
    for tls in ["native-tls", "rustls-ring"] {
        let other = ["--package", "reconnect-testkit", "--test", "tls", "--no-default-features", "--features", tls];
        let test = tested(Command::new("cargo").current_dir(sh.current_dir()).args(["test", "--locked"]).args(other))?;
        total = total.and(test);
    }
    Ok(total)
}

/// The published crates build with the oldest versions that their manifests allow.
pub(crate) fn minimal(sh: &Shell) -> Result<Tally> {
    toolchain::tool(sh, &HACK)?;
    toolchain::tool(sh, &MINIMAL_VERSIONS)?;
    let target_dir = format!("{}/minimal", toolchain::target_dir());
    for package in toolchain::PUBLISHED {
        // Direct: what our own manifests say, and not what theirs do.
        cmd!(sh, "cargo minimal-versions check --direct --package {package} --lib --target-dir {target_dir}").run()?;
    }
    Ok(ONE)
}
