//! The benchmarks.

use crate::Result;
use std::process::ExitCode;
use xshell::{Shell, cmd};

pub(crate) fn run(sh: &Shell, _: &[String]) -> Result<ExitCode> {
    cmd!(sh, "cargo bench --locked --package reconnect-benches").run()?;
    Ok(ExitCode::SUCCESS)
}
