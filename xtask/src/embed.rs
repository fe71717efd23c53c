//! The examples of `docs/guide/embedding.md` run: the core from another language, by its lines and as WebAssembly. No test of
//! Rust's can be one of Python or Node.

use crate::Result;
use crate::steps::{self, ONE, Tally};
use crate::toolchain::{self, WASM, folder, reconnect};
use std::path::PathBuf;
use xshell::{Shell, cmd};

/// In bytes. A new dependency of the core shows here; the module itself says its size. Before decisions 51 to 77 (pages,
/// odd values, hints of other sessions) 200 kB were enough, and 240 kB before accounts left whole.
const MOST: usize = 275_000;

/// Both run, whatever became of the first.
pub(crate) fn check(sh: &Shell) -> Result<Tally> {
    steps::run(sh, &[("python", python), ("wasm", wasm)], &[])
}

fn python(sh: &Shell) -> Result<Tally> {
    toolchain::needs(sh, &["python3"])?;
    cmd!(sh, "cargo build --locked --package reconnect-cli").run()?;
    let reconnect = reconnect();
    cmd!(sh, "python3 docs/examples/python/refresh.py {reconnect}").run()?;
    Ok(ONE)
}

fn wasm(sh: &Shell) -> Result<Tally> {
    toolchain::needs(sh, &["node"])?;
    let file = module(sh)?;
    cmd!(sh, "node docs/examples/wasm/run.mjs {file}").run()?;
    let size = sh.read_binary_file(&file)?.len();
    if size > MOST {
        return Err(format!("{size} bytes, {MOST} at most; `cargo tree -p reconnect-embed` says what is new").into());
    }
    Ok(ONE)
}

/// Builds the module and says where it is. In its own folder, since it is a workspace of its own.
pub(crate) fn module(sh: &Shell) -> Result<PathBuf> {
    const MANIFEST: &str = "docs/examples/wasm/Cargo.toml";
    toolchain::target(sh, WASM)?;
    let folder = folder("embed");
    let cargo = ["--locked", "--release", "--target", WASM, "--manifest-path", MANIFEST];
    let built = cmd!(sh, "cargo build {cargo...} --target-dir {folder}").run();
    built.map_err(|error| {
        format!("{error}; if its lock is behind, `cargo update --workspace --manifest-path {MANIFEST}`")
    })?;
    Ok(folder.join(WASM).join("release/reconnect_wasm.wasm"))
}
