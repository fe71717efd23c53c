//! The examples of `docs/guide/embedding.md` run: the core from another language, by its lines and as WebAssembly.

use crate::Result;
use crate::steps::{ONE, Tally};
use crate::toolchain;
use xshell::{Shell, cmd};

const WASM: &str = "wasm32-unknown-unknown";
/// In bytes. A new dependency of the core shows here; the module itself says its size. Before decisions 51 to 77 (pages,
/// odd values, hints of other sessions) 200 kB were enough.
const MOST: usize = 240_000;

/// Both run, whatever became of the first.
pub(crate) fn check(sh: &Shell) -> Result<Tally> {
    Ok(count("python", python(sh)).and(count("wasm", wasm(sh))))
}

fn count(name: &str, result: Result) -> Tally {
    let Err(error) = result else { return ONE };
    eprintln!("{name}: {error}");
    Tally { passed: 0, failed: 1 }
}

fn python(sh: &Shell) -> Result {
    needs(sh, "python3", "Python 3 (Debian: apt-get install python3)")?;
    cmd!(sh, "cargo build --locked --package reconnect-cli").run()?;
    println!("python: one refresh through `reconnect drive`, against `reconnect sandbox`");
    let reconnect = format!("{}/debug/reconnect{}", toolchain::target_dir(), std::env::consts::EXE_SUFFIX);
    cmd!(sh, "python3 docs/examples/python/refresh.py {reconnect}").run()?;
    Ok(())
}

fn wasm(sh: &Shell) -> Result {
    needs(sh, "node", "Node.js 18 or newer (Debian: apt-get install nodejs)")?;
    let file = module(sh)?;
    println!("wasm: one refresh in Node, with scripted replies, in at most {} kB without imports", MOST / 1000);
    cmd!(sh, "node docs/examples/wasm/run.mjs {file}").run()?;
    let size = sh.read_binary_file(&file)?.len();
    if size > MOST {
        return Err(format!("{size} bytes, {MOST} at most; `cargo tree -p reconnect-core` says what is new").into());
    }
    Ok(())
}

/// Builds the module and says where it is.
pub(crate) fn module(sh: &Shell) -> Result<String> {
    const MANIFEST: &str = "docs/examples/wasm/Cargo.toml";
    toolchain::target(sh, WASM)?;
    // In its own folder: it is a workspace of its own.
    let target_dir = format!("{}/embed", toolchain::target_dir());
    let cargo = ["--locked", "--release", "--target", WASM, "--manifest-path", MANIFEST, "--target-dir", &target_dir];
    let built = cmd!(sh, "cargo build {cargo...}").run();
    built.map_err(|error| {
        format!("{error}; if its lock is behind, `cargo update --workspace --manifest-path {MANIFEST}`")
    })?;
    Ok(format!("{target_dir}/{WASM}/release/reconnect_wasm.wasm"))
}

fn needs(sh: &Shell, program: &str, what: &str) -> Result {
    let runs = cmd!(sh, "{program} --version").quiet().ignore_stdout().ignore_stderr().run().is_ok();
    if runs { Ok(()) } else { Err(format!("no {program} here; install {what}").into()) }
}
