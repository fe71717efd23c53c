//! Runs steps one after the other, whatever becomes of each, and counts: the line that CI reads is ours, so no tool writes it.

use crate::Result;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;
use xshell::Shell;

pub(crate) type Step = (&'static str, fn(&Shell) -> Result<Tally>);

/// How many checks a step made, by result.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

/// A step that is one check.
pub(crate) const ONE: Tally = Tally { passed: 1, failed: 0 };

impl Tally {
    /// One check, which found so many faults.
    pub(crate) fn of(faults: usize) -> Self {
        Self { passed: (faults == 0).into(), failed: faults }
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

/// All steps of a task, or the one that is named. It ends with `N passed, N failed`.
pub(crate) fn run(sh: &Shell, steps: &[Step], args: &[String]) -> Result<Tally> {
    let wanted: Vec<&Step> = steps.iter().filter(|(name, _)| args.first().is_none_or(|arg| arg == name)).collect();
    if wanted.is_empty() {
        let names: Vec<&str> = steps.iter().map(|(name, _)| *name).collect();
        return Err(format!("usage: name one of these steps, or none: {}", names.join(", ")).into());
    }
    let mut total = Tally::default();
    let mut summary = String::new();
    for (name, step) in wanted {
        println!("==> {name}");
        let start = Instant::now();
        let tally = step(sh).unwrap_or_else(|error| {
            eprintln!("{name}: {error}");
            Tally::of(1)
        });
        let word = if tally.failed == 0 { "ok" } else { "FAILED" };
        let line = format!("{name:<12} {word:<6} {:>7.1} s\n", start.elapsed().as_secs_f64());
        println!("<== {line}");
        summary += &line;
        total = total.and(tally);
    }
    println!("{summary}\n{} passed, {} failed", total.passed, total.failed);
    Ok(total)
}

/// Runs `cargo test`, and counts. It can fail without a failed test, which is one failure: something does not compile, or
/// a test ends its process.
pub(crate) fn tested(command: impl Into<Command>) -> Result<Tally> {
    let mut child = command.into().stdout(Stdio::piped()).spawn()?;
    let mut total = Tally::default();
    for line in BufReader::new(child.stdout.take().expect("stdout is piped, above")).lines() {
        let line = line?;
        println!("{line}");
        total = total.and(counted(&line).unwrap_or_default());
    }
    match (total, child.wait()?.success()) {
        (Tally { passed: 0, .. }, true) => Err("no test ran".into()),
        (Tally { failed: 0, .. }, false) => Ok(Tally { failed: 1, ..total }),
        (total, _) => Ok(total),
    }
}

/// What one line of `cargo test` adds to the count. A test that is ignored has failed: nobody would see it go wrong.
pub(crate) fn counted(line: &str) -> Option<Tally> {
    let (_, counts) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
    let of = |word| counts.split("; ").find_map(|part| part.strip_suffix(word)?.trim().parse::<usize>().ok());
    Some(Tally { passed: of("passed")?, failed: of("failed")? + of("ignored")? })
}

/// A program that serves; it ends with this value.
pub(crate) struct Background {
    process: Child,
    /// The words of its first lines.
    pub(crate) said: Vec<String>,
}

impl Background {
    pub(crate) fn start(command: &mut Command, lines: usize) -> Result<Self> {
        let mut started = Self { process: command.stdout(Stdio::piped()).spawn()?, said: Vec::new() };
        let stdout = started.process.stdout.take().expect("stdout is piped, above");
        for line in BufReader::new(stdout).lines().take(lines) {
            started.said.extend(line?.split_whitespace().map(str::to_owned));
        }
        Ok(started)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_closing_line_of_cargo_test() {
        let line = "test result: FAILED. 12 passed; 3 failed; 2 ignored; 0 measured; 1 filtered out; finished in 0.1s";
        assert_eq!(counted(line), Some(Tally { passed: 12, failed: 5 }));
        assert_eq!(counted("test result: ok. 7 passed; 0 failed; 0 ignored"), Some(Tally { passed: 7, failed: 0 }));
        assert_eq!(counted("test steps::tests::reads ... ok"), None);
    }

    #[test]
    fn a_suite_that_fails_without_a_failed_test_is_a_failure() {
        let ran = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            tested(command).ok()
        };
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
        let steps: [Step; 2] = [("broken", |_| Err("no".into())), ("sound", |_| Ok(ONE))];
        assert_eq!(run(&sh, &steps, &[]).unwrap(), Tally { passed: 1, failed: 1 });
        assert_eq!(run(&sh, &steps, &["sound".into()]).unwrap(), ONE);
        assert!(run(&sh, &steps, &["other".into()]).unwrap_err().to_string().starts_with("usage: "));
    }
}
