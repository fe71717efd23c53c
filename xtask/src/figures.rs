//! `cargo xtask figures`: how much was tried, from the files that the tasks wrote and somebody committed.

use crate::{Result, coverage, night};
use std::process::ExitCode;
use xshell::Shell;

/// What is counted, the file it stands in, and which of its lines hold figures.
type Source = (&'static str, &'static str, fn(&str) -> bool);

const SOURCES: &[Source] = &[
    ("explored", "crates/reconnect-testkit/golden/explore.txt", |line| line.contains(" states, ")),
    ("covered, in percent", coverage::REACHED, |line| line.contains(':')),
    ("at night", night::PAGE, |line| line.starts_with("| ") && !line.starts_with("| step")),
];

pub(crate) fn run(sh: &Shell, _: &[String]) -> Result<ExitCode> {
    for (what, file, holds) in SOURCES {
        println!("{what} ({file})");
        let text = sh.read_file(file).unwrap_or_else(|_| String::new());
        let lines: Vec<&str> = text.lines().filter(|line| holds(line)).collect();
        if lines.is_empty() {
            println!("  nothing yet");
        }
        for line in lines {
            println!("  {}", line.trim_matches(['|', ' ']).replace(" | ", "  "));
        }
    }
    Ok(ExitCode::SUCCESS)
}
