//! Draws the machine as an exploration of its public API finds it. The test that explores also compares, so a stale
//! drawing fails `check` too.

use crate::Result;
use std::process::ExitCode;
use xshell::{Shell, cmd};

pub(crate) fn run(sh: &Shell, args: &[String]) -> Result<ExitCode> {
    let how = match args {
        [] => "write",
        [flag] if flag == "--check" => "check",
        _ => {
            eprintln!("usage: cargo xtask diagram [--check]");
            return Ok(ExitCode::from(2));
        }
    };
    let test = cmd!(sh, "cargo test --quiet --locked --package reconnect-testkit --test explore");
    test.env("RECONNECT_DIAGRAM", how).run()?;
    println!("docs/internals/machine.md {}", if how == "write" { "is drawn" } else { "is what was found" });
    Ok(ExitCode::SUCCESS)
}
