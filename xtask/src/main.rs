//! Every chore of this repository, by name: each file says which tool it calls, and what that tool does not do.
#![allow(clippy::print_stdout, reason = "a command line tool talks to its terminal")]

mod api;
mod bench;
mod bindings;
mod browser;
mod check;
mod ci;
mod coverage;
mod duvet;
mod embed;
mod faults;
mod front;
mod fuzz;
mod interop;
mod mutants;
mod night;
mod steps;
mod store;
mod tidy;
mod toolchain;

use std::process::{Command, ExitCode};
use steps::Tally;
use xshell::Shell;

type Result<T = ()> = core::result::Result<T, Box<dyn core::error::Error>>;
type Run = fn(&Shell, &[String]) -> Result<Tally>;

/// Name, arguments, what it does, and how.
const TASKS: &[(&str, &str, &str, Run)] = &[
    ("check", "[STEP]", "the tests, and all else that needs no extra tool: 5 minutes", check::run),
    ("ci", "[STEP]", "what CI does after check: 25 minutes", ci::run),
    ("night", "[STEP]", "what is too slow for CI: hours", night::run),
    ("api", "", "writes the public API into docs/api, and compares it with what git has", |sh, _| api::check(sh)),
    ("bench", "[GROUP|page|--compare]", "measures, or counts again what is recorded: 10 minutes", bench::run),
    ("bindings", "[python|js|c]", "builds the package for that language, and says where: 2 minutes", bindings::build),
    ("browser", "", "the widget and the hands-on page, in Chromium", |sh, _| browser::check(sh)),
    ("coverage", "[--write]", "how much of the core the tests run, and what no test does", coverage::run),
    (
        "diagram",
        "[--check]",
        "draws the machine in docs/internals/machine.md, or says if that is stale",
        check::diagram,
    ),
    ("faults", "[NAME,…]", "plants each known fault and expects a red test: 10 s each", faults::run),
    ("fuzz", "[TARGET] [SECS]", "runs one fuzz target, or lists them", fuzz::run),
    ("interop", "", "other people's clients against the sandbox", |sh, _| interop::check(sh)),
    ("mutants", "[FILE]…", "breaks the core, one thing at a time, and expects a red test: 5 s each", mutants::run),
    ("no-std", "", "builds the core where there is no std", |sh, _| check::no_std(sh)),
    ("vectors", "", "records the conformance suite of the bindings, from the JSON lines", |sh, _| check::vectors(sh)),
    ("tidy", "", "the rules about what stands in which file", |sh, _| tidy::check(sh)),
];

fn main() -> ExitCode {
    if std::env::var_os(OF_CARGO).is_some() {
        return in_a_clean_environment();
    }
    let mut args = std::env::args().skip(1);
    let Some(name) = args.next() else {
        println!("{}", list());
        return ExitCode::SUCCESS;
    };
    let args: Vec<String> = args.collect();
    let takes = |may: &str| may.ends_with('…') || args.len() <= may.matches('[').count();
    let Some((.., run)) = TASKS.iter().find(|(task, may, ..)| *task == name && takes(may)) else {
        eprintln!("no task {name} {}\n{}", args.join(" "), list());
        return ExitCode::from(2);
    };
    let done = Shell::new().map_err(Into::into).and_then(|sh| {
        sh.change_dir(root());
        run(&sh, &args)
    });
    match done {
        Ok(Tally { failed: 0, .. }) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::from(if error.to_string().starts_with("usage: ") { 2 } else { 1 })
        }
    }
}

const OF_CARGO: &str = "CARGO_MANIFEST_DIR";

/// Starts itself again without what `cargo run` says of this package, which builds that ask for it would take for their own,
/// and without settings of a person's shell that would make a test lenient or short.
fn in_a_clean_environment() -> ExitCode {
    let mut again = Command::new(std::env::args_os().next().unwrap_or_default());
    again.args(std::env::args_os().skip(1));
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_cleared(&name.to_string_lossy())) {
        again.env_remove(name);
    }
    let code = again.status().ok().and_then(|status| u8::try_from(status.code()?).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

fn is_cleared(name: &str) -> bool {
    name == "BLESS"
        || ["CARGO_MANIFEST_", "CARGO_PKG_", "PROPTEST_", "RECONNECT_"].iter().any(|kind| name.starts_with(kind))
}

/// The top of the checkout.
fn root() -> &'static str {
    env!("CARGO_MANIFEST_DIR").strip_suffix("xtask").expect("this crate lives in xtask/")
}

fn list() -> String {
    let line = |(name, args, says, _): &(&str, &str, &str, Run)| {
        let call = format!("{name} {args}");
        format!("  cargo xtask {call:<30} {says}\n")
    };
    format!("usage: cargo xtask TASK\n{}", TASKS.iter().map(line).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_of_the_shell_does_not_reach_a_test() {
        for name in ["BLESS", "RECONNECT_SCHEDULES", "PROPTEST_CASES", "CARGO_PKG_NAME", OF_CARGO] {
            assert!(is_cleared(name), "{name}");
        }
        for name in ["PATH", "CARGO_TARGET_DIR", "CARGO_INCREMENTAL", "RUSTFLAGS"] {
            assert!(!is_cleared(name), "{name}");
        }
    }
}
