//! Runs steps one after the other, whatever becomes of each, and counts.

use crate::Result;
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;
use xshell::Shell;

pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Shell) -> Result<Tally>,
}

/// How many checks a step made, by result.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

/// A step that is one check.
pub(crate) const ONE: Tally = Tally { passed: 1, failed: 0 };

impl Tally {
    pub(crate) fn and(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }

    pub(crate) fn exit(self) -> ExitCode {
        if self.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Ends with the one line that CI reads: `N passed, N failed`.
pub(crate) fn run_all<'a>(sh: &Shell, steps: impl IntoIterator<Item = &'a Step>) -> Tally {
    let mut total = Tally::default();
    let mut summary = Vec::new();
    for step in steps {
        println!("==> {}", step.name);
        let start = Instant::now();
        let tally = (step.run)(sh).unwrap_or_else(|error| {
            eprintln!("{}: {error}", step.name);
            Tally { passed: 0, failed: 1 }
        });
        let word = if tally.failed == 0 { "ok" } else { "FAILED" };
        summary.push(format!("{:<12} {word:<6} {:>7.1} s", step.name, start.elapsed().as_secs_f64()));
        println!("<== {}\n", summary[summary.len() - 1]);
        total = total.and(tally);
    }
    println!("{}\n\n{} passed, {} failed", summary.join("\n"), total.passed, total.failed);
    total
}

/// Runs a command, hands each line of its standard output to `each` while printing it; true if it succeeded.
pub(crate) fn watched(command: &mut Command, mut each: impl FnMut(&str)) -> Result<bool> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let stdout = child.stdout.take().expect("stdout is piped, above");
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        println!("{line}");
        each(&line);
    }
    Ok(child.wait()?.success())
}

/// Runs `cargo test`, and counts. It can fail without a failed test, which is one failure: something does not compile, or
/// a test ends its process.
pub(crate) fn tested(command: &mut Command) -> Result<Tally> {
    let mut total = Tally::default();
    let succeeded = watched(command, |line| total = total.and(counted(line).unwrap_or_default()))?;
    match total {
        Tally { passed: 0, .. } if succeeded => Err("no test ran".into()),
        Tally { failed: 0, .. } if !succeeded => Ok(Tally { failed: 1, ..total }),
        total => Ok(total),
    }
}

/// What one line of `cargo test` adds to the count.
pub(crate) fn counted(line: &str) -> Option<Tally> {
    let (_, counts) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
    let of = |word| counts.split("; ").find_map(|part| part.strip_suffix(word)?.trim().parse().ok());
    Some(Tally { passed: of("passed")?, failed: of("failed")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_closing_line_of_cargo_test() {
        let line = "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.1s";
        assert_eq!(counted(line), Some(Tally { passed: 12, failed: 3 }));
        assert_eq!(counted("test result: ok. 7 passed; 0 failed; 0 ignored"), Some(Tally { passed: 7, failed: 0 }));
        assert_eq!(counted("test steps::tests::reads ... ok"), None);
    }

    #[test]
    fn a_suite_that_fails_without_a_failed_test_is_a_failure() {
        let ran = |script: &str| tested(Command::new("sh").args(["-c", script])).ok();
        let (said, counts) =
            ("echo 'test result: ok. 3 passed; 0 failed; 0 ignored'", |passed, failed| Tally { passed, failed });
        assert_eq!(ran(said), Some(counts(3, 0)));
        assert_eq!(ran(&format!("{said}; exit 101")), Some(counts(3, 1)), "a later suite does not compile");
        assert_eq!(ran("exit 101"), Some(counts(0, 1)));
        assert_eq!(ran("true"), None, "no test ran");
    }

    #[test]
    fn a_step_that_cannot_run_is_one_failure_and_the_next_still_runs() {
        let sh = Shell::new().unwrap();
        let steps = [Step { name: "broken", run: |_| Err("no".into()) }, Step { name: "sound", run: |_| Ok(ONE) }];
        assert_eq!(run_all(&sh, &steps), Tally { passed: 1, failed: 1 });
    }
}
