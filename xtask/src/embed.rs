//! The example of `docs/guide/embedding.md` runs: the core from another language, by its lines. No test of Rust's can be one of
//! Python.

use crate::Result;
use crate::steps::{ONE, Tally};
use crate::toolchain::{self, reconnect};
use xshell::{Shell, cmd};

pub(crate) fn check(sh: &Shell) -> Result<Tally> {
    toolchain::needs(sh, &["python3"])?;
    cmd!(sh, "cargo build --locked --package reconnect-cli").run()?;
    let reconnect = reconnect();
    cmd!(sh, "python3 docs/examples/python/refresh.py {reconnect}").run()?;
    Ok(ONE)
}
