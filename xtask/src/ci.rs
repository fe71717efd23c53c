//! What CI does after `check`. A step that cannot run has failed.

use crate::steps::{ONE, Step, Tally, run_all};
use crate::{Result, api, browser, coverage, duvet, embed, fuzz, interop, supply, toolchain};
use std::process::ExitCode;
use xshell::{Shell, cmd};

/// `.github/workflows/ci.yml` names the same ones; `tidy` compares.
const STEPS: &[Step] = &[
    Step { name: "deny", run: supply::deny },
    Step { name: "features", run: supply::features },
    Step { name: "msrv", run: msrv },
    Step { name: "duvet", run: duvet::check },
    Step { name: "api", run: api::check },
    Step { name: "coverage", run: coverage::check },
    Step { name: "embed", run: embed::check },
    Step { name: "interop", run: interop::check },
    Step { name: "browser", run: browser::check },
    Step { name: "corpus", run: fuzz::replay },
    Step { name: "fuzz", run: fuzz::smoke },
];

pub(crate) fn run(sh: &Shell, args: &[String]) -> Result<ExitCode> {
    let wanted = |step: &&Step| args.first().is_none_or(|name| step.name == name);
    let steps: Vec<&Step> = STEPS.iter().filter(wanted).collect();
    if steps.is_empty() {
        eprintln!("usage: cargo xtask ci [STEP]\nsteps: {}", names().collect::<Vec<_>>().join(", "));
        return Ok(ExitCode::from(2));
    }
    Ok(run_all(sh, steps).exit())
}

pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    STEPS.iter().map(|step| step.name)
}

/// In its own folder: two compilers in one would each throw away what the other built.
fn msrv(sh: &Shell) -> Result<Tally> {
    toolchain::toolchain(sh, toolchain::MSRV)?;
    let compiler = format!("+{}", toolchain::MSRV);
    let packages = toolchain::PUBLISHED.iter().flat_map(|package| ["--package", package]);
    let target_dir = format!("{}/msrv", toolchain::target_dir());
    cmd!(sh, "cargo {compiler} check --locked --lib {packages...} --target-dir {target_dir}").run()?;
    Ok(ONE)
}
