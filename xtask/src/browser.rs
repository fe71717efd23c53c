//! The widget and the hands-on page in Chromium: `crates/reconnect-testkit/tests/browser`.

use crate::Result;
use crate::steps::{Step, Tally, run_all, tested};
use crate::toolchain;
use std::path::{Path, PathBuf, absolute};
use std::process::{Command, ExitCode};
use xshell::{Shell, cmd};

/// The rules about accessibility, <https://github.com/dequelabs/axe-core>.
const AXE: &str = "axe-core@4.14.1";
const PACKAGE: &str = "reconnect-testkit";

pub(crate) fn run(sh: &Shell, _: &[String]) -> Result<ExitCode> {
    Ok(run_all(sh, &[Step { name: "browser", run: check }]).exit())
}

pub(crate) fn check(sh: &Shell) -> Result<Tally> {
    needs(sh)?;
    let axe = axe(sh)?;
    cmd!(sh, "cargo build --locked --package reconnect-cli").run()?;
    let screens = folder("screens")?;
    // Names change; what an earlier run left is no evidence.
    sh.remove_path(&screens)?;
    sh.create_dir(&screens)?;

    let mut command = Command::new("cargo");
    command.args(["test", "--locked", "--package", PACKAGE, "--features", "browser", "--test", "browser"]);
    // Each test has a Chromium of its own.
    command.args(["--", "--test-threads", "2"]).current_dir(sh.current_dir());
    command.env("RECONNECT_AXE", axe).env("RECONNECT_SCREENS", &screens);
    command.env("RECONNECT_CLI", folder(&format!("debug/reconnect{}", std::env::consts::EXE_SUFFIX))?);
    let total = tested(&mut command)?;
    println!("every page, as it looks: {}", screens.display());
    Ok(total)
}

/// All that is missing at once, so that one installation mends it.
fn needs(sh: &Shell) -> Result {
    let runs = |program: &str| cmd!(sh, "{program} --version").quiet().ignore_stdout().ignore_stderr().run().is_ok();
    // chromedriver finds each of these.
    let has_chromium = ["chromium", "chromium-browser", "google-chrome"].into_iter().any(runs);
    let found = [("chromium", has_chromium), ("chromedriver", runs("chromedriver")), ("npm", runs("npm"))];
    let missing: Vec<&str> = found.iter().filter(|(_, is_there)| !is_there).map(|(name, _)| *name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages = "Debian: apt-get install chromium chromium-driver npm";
    Err(format!("no {} here; install Chromium, its chromedriver and npm ({packages})", missing.join(", ")).into())
}

/// Fetched once; pinned here rather than in a lock, which would record where it came from.
fn axe(sh: &Shell) -> Result<PathBuf> {
    let prefix = folder("browser")?;
    let package = prefix.join("node_modules/axe-core");
    let file = package.join("axe.min.js");
    let version = AXE.split_once('@').map(|(_, version)| format!("\"version\": \"{version}\""));
    let manifest = sh.read_file(package.join("package.json")).unwrap_or_default();
    if !version.is_some_and(|version| manifest.contains(&version)) || !sh.path_exists(&file) {
        sh.create_dir(&prefix)?;
        let options = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock", "--no-save"];
        cmd!(sh, "npm install --prefix {prefix} {options...} {AXE}").run()?;
    }
    Ok(file)
}

/// Within the target folder; absolute, since tests run elsewhere.
fn folder(name: &str) -> Result<PathBuf> {
    let target = toolchain::target_dir();
    Ok(absolute(Path::new(crate::root()).join(target).join(name))?)
}
