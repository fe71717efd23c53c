//! Every chore of this repository, by name: `cargo xtask` lists them. One file per task.
#![allow(clippy::print_stdout, reason = "a command line tool talks to its terminal")]

mod api;
mod bench;
mod browser;
mod check;
mod ci;
mod coverage;
mod diagram;
mod duvet;
mod embed;
mod faults;
mod figures;
mod fuzz;
mod interop;
mod mutants;
mod night;
mod no_std;
mod steps;
mod supply;
mod tidy;
mod toolchain;

use std::process::{Command, ExitCode};
use xshell::Shell;

type Result<T = ()> = core::result::Result<T, Box<dyn core::error::Error>>;

struct Task {
    name: &'static str,
    /// At most these, in this order.
    args: &'static [&'static str],
    says: &'static str,
    takes: &'static str,
    run: fn(&Shell, &[String]) -> Result<ExitCode>,
}

const TASKS: &[Task] = &[
    Task {
        name: "check",
        args: &[],
        says: "the tests, and all else that needs no extra tool",
        takes: "1 min, the first time 5",
        run: check::run,
    },
    Task {
        name: "ci",
        args: &["[STEP]"],
        says: "what CI does after check, or one step of it",
        takes: "8 min, the first time 20",
        run: ci::run,
    },
    Task {
        name: "night",
        args: &["[STEP]"],
        says: "what is too slow for CI, or one step of it; writes docs/proof/night.md",
        takes: "hours",
        run: night::run,
    },
    Task {
        name: "figures",
        args: &[],
        says: "how much was tried: states, schedules, executions, mutants, coverage",
        takes: "1 s",
        run: figures::run,
    },
    Task {
        name: "api",
        args: &["[--write]"],
        says: "compares the public API with docs/api, or writes it there",
        takes: "1 min, the first time 3",
        run: api::run,
    },
    Task {
        name: "coverage",
        args: &["[--write]"],
        says: "how much of the core the tests run, and what no test does",
        takes: "1 min, the first time 5",
        run: coverage::run,
    },
    Task {
        name: "mutants",
        args: &["[--write]", "[FILES]"],
        says: "breaks the core, one thing at a time, and expects a red test",
        takes: "5 s each; there are 2,000",
        run: mutants::run,
    },
    Task { name: "tidy", args: &[], says: "the rules about what stands in which file", takes: "1 s", run: tidy::run },
    Task { name: "no-std", args: &[], says: "builds the core where there is no std", takes: "20 s", run: no_std::run },
    Task {
        name: "browser",
        args: &[],
        says: "the widget and the hands-on page, in Chromium",
        takes: "1 min, the first time 3",
        run: browser::run,
    },
    Task {
        name: "fuzz",
        args: &["[TARGET]", "[SECS]"],
        says: "runs one fuzz target (60 s), or lists them",
        takes: "as long as you say",
        run: fuzz::run,
    },
    Task {
        name: "faults",
        args: &["[NAME]"],
        says: "plants each known fault and expects a red test",
        takes: "10 s each",
        run: faults::run,
    },
    Task {
        name: "diagram",
        args: &["[--check]"],
        says: "explores the machine and draws it in docs/internals/machine.md, or says whether the drawing is stale",
        takes: "1 min",
        run: diagram::run,
    },
    Task {
        name: "interop",
        args: &[],
        says: "other people's clients against the sandbox",
        takes: "10 s, the first time 1 min",
        run: interop::run,
    },
    Task {
        name: "bench",
        args: &["[GROUP|--compare]"],
        says: "measures what it costs and writes docs/internals/performance.md, or counts again what is recorded",
        takes: "10 min; a group or --compare 1 to 3",
        run: bench::run,
    },
];

fn main() -> ExitCode {
    if std::env::var_os(OF_THIS_PACKAGE).is_some() {
        return without_cargos_own();
    }
    let mut args = std::env::args().skip(1);
    let Some(name) = args.next() else {
        println!("{}", list());
        return ExitCode::SUCCESS;
    };
    let args: Vec<String> = args.collect();
    let task = TASKS.iter().find(|task| task.name == name);
    let Some(task) = task.filter(|task| args.len() <= task.args.len()) else {
        eprintln!("no such task: {name} {}\n{}", args.join(" "), list());
        return ExitCode::from(2);
    };
    let done = Shell::new().map_err(Into::into).and_then(|sh| {
        sh.change_dir(root());
        (task.run)(&sh, &args)
    });
    done.unwrap_or_else(|error| {
        eprintln!("{name}: {error}");
        ExitCode::FAILURE
    })
}

const OF_THIS_PACKAGE: &str = "CARGO_MANIFEST_DIR";

/// Once more, without what `cargo run` says of this package: the builds that tasks start would take it for their own, and
/// those that ask for it, such as ring's, would begin anew after each `cargo test`.
fn without_cargos_own() -> ExitCode {
    let mut again = Command::new(std::env::args_os().next().unwrap_or_default());
    again.args(std::env::args_os().skip(1));
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_of_a_package(&name.to_string_lossy())) {
        again.env_remove(name);
    }
    match again.status() {
        Ok(status) => u8::try_from(status.code().unwrap_or(1)).map_or(ExitCode::FAILURE, ExitCode::from),
        Err(error) => {
            eprintln!("cannot start again: {error}");
            ExitCode::FAILURE
        }
    }
}

fn is_of_a_package(name: &str) -> bool {
    name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_")
}

/// The top of the checkout.
fn root() -> &'static str {
    env!("CARGO_MANIFEST_DIR").strip_suffix("xtask").expect("this crate lives in xtask/")
}

fn list() -> String {
    let line = |task: &Task| {
        let call = format!("{} {}", task.name, task.args.join(" "));
        format!("  cargo xtask {call:<24} {} ({})", task.says, task.takes)
    };
    let lines: Vec<String> = TASKS.iter().map(line).collect();
    format!("tasks:\n{}", lines.join("\n"))
}
