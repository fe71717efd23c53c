//! The widget and the hands-on page in Chromium. The tests are Rust's own (`crates/reconnect-testkit/tests/browser`); this
//! fetches and names what they need.

use crate::Result;
use crate::steps::{Tally, tested};
use crate::toolchain::{self, AXE, NPM, folder, reconnect};
use std::path::Path;
use xshell::{Shell, cmd};

pub(crate) fn check(sh: &Shell) -> Result<Tally> {
    cmd!(sh, "cargo build --locked --package reconnect-cli").run()?;
    run(sh, "browser", &folder("screens"), ("RECONNECT_CLI", &reconnect()))
}

/// One of the programs of tests. A variable names the command that it starts. `screens` is the folder for its pictures.
pub(crate) fn run(sh: &Shell, name: &str, screens: &Path, (variable, command): (&str, &Path)) -> Result<Tally> {
    toolchain::needs(sh, &["chromedriver", "npm"])?;
    // chromedriver finds each of these.
    if !["chromium", "chromium-browser", "google-chrome"].iter().any(|name| toolchain::runs(sh, name, &["--version"])) {
        toolchain::needs(sh, &["chromium"])?;
    }
    let prefix = folder("browser");
    toolchain::installed(sh, NPM, &prefix, AXE)?;
    // An earlier run may have left pictures whose names are gone.
    sh.remove_path(screens)?;
    sh.create_dir(screens)?;
    let tests = ["--package", "reconnect-testkit", "--features", "browser", "--test", name];
    // Each test has a Chromium of its own.
    let test = cmd!(sh, "cargo test --locked {tests...} -- --test-threads 2").env("RECONNECT_SCREENS", screens);
    let axe = prefix.join("node_modules/axe-core/axe.min.js");
    let total = tested(test.env("RECONNECT_AXE", axe).env(variable, command))?;
    println!("every page, as it looks: {}", screens.display());
    Ok(total)
}
