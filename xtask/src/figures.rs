//! `cargo xtask figures`: how much was tried, from the files that the tasks wrote and somebody committed. Each figure with
//! where it stands, and with the command that counts it again.

use crate::{Result, coverage, mutants, night};
use std::process::ExitCode;
use xshell::Shell;

struct Figure {
    what: &'static str,
    file: &'static str,
    /// The figure, as the text of the file has it.
    read: fn(&str) -> Option<String>,
    counted_by: &'static str,
}

const FIGURES: &[Figure] = &[
    Figure {
        what: "states",
        file: "crates/reconnect-testkit/golden/explore.txt",
        read: |text| text.lines().find(|line| line.contains(" states, ")).map(str::to_owned),
        counted_by: "BLESS=1 cargo test --package reconnect-testkit --test explore",
    },
    of_a_night("schedules", |page| night::found(page, "schedules"), "cargo xtask night schedules"),
    of_a_night("executions", |page| night::found(page, "fuzz"), "cargo xtask night fuzz"),
    Figure { what: "mutants", file: mutants::SCORE, read: mutants::says, counted_by: "cargo xtask night mutants" },
    Figure {
        what: "coverage",
        file: coverage::REACHED,
        read: coverage::says,
        counted_by: "cargo xtask coverage --write",
    },
    of_a_night("faults", |page| night::found(page, "faults"), "cargo xtask night faults"),
    of_a_night("miri", |page| night::found(page, "miri"), "cargo xtask night miri"),
    of_a_night("timing", |page| night::found(page, "timing"), "cargo xtask night timing"),
    of_a_night("minimal", |page| night::found(page, "minimal"), "cargo xtask night minimal"),
];

const fn of_a_night(what: &'static str, read: fn(&str) -> Option<String>, counted_by: &'static str) -> Figure {
    Figure { what, file: night::PAGE, read, counted_by }
}

pub(crate) fn run(sh: &Shell, _: &[String]) -> Result<ExitCode> {
    FIGURES.iter().for_each(|figure| println!("{}", line(figure, sh.read_file(figure.file).ok().as_deref())));
    Ok(ExitCode::SUCCESS)
}

fn line(Figure { what, file, read, counted_by }: &Figure, text: Option<&str>) -> String {
    match text.and_then(read) {
        Some(found) => format!("{what:<11} {found}\n{:<11} {file}, by `{counted_by}`", ""),
        None => format!("{what:<11} not counted yet: `{counted_by}` does, and writes {file}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(what: &str, text: &str) -> String {
        let figure = FIGURES.iter().find(|figure| figure.what == what).expect("a figure");
        line(figure, Some(text))
    }

    #[test]
    fn each_record_is_read() {
        let night = "| step | |\n|---|---|\n| fuzz | ok | 7 executions | 60 | abc | 2026-01-02 |\n\
            | schedules | FAILED | 1 tests failed | 9 | abc and changes | 2026-01-02 |\n";
        let score = r#"{"a.rs": {"text": "", "mutants": 3, "excluded": 0, "does_not_compile": 1, "caught": 2, "survived": []}}"#;
        for (what, text, found) in [
            (
                "states",
                "# found\n\n2 worlds, 30 states, 90 edges\n\nrefreshed\n15 states, 39 edges\n",
                "2 worlds, 30 states",
            ),
            ("executions", night, "7 executions (60 s, abc, 2026-01-02)\n"),
            ("schedules", night, "FAILED: 1 tests failed (9 s, abc and changes, 2026-01-02)\n"),
            ("mutants", score, "3 mutants: 2 caught, 0 survived (100.0 %)"),
            ("coverage", r#"{"lines": 98.5, "branches": 96.25}"#, "98.50 % of lines, 96.25 % of branches"),
        ] {
            let line = told(what, text);
            assert!(line.starts_with(&format!("{what:<11} {found}")) && line.contains(", by `"), "{line}");
        }
    }

    #[test]
    fn what_is_missing_says_who_counts_it() {
        for figure in FIGURES {
            for text in [None, Some(""), Some("{}"), Some("| other | ok | x | 1 | abc | 2026-01-02 |")] {
                let line = line(figure, text);
                assert!(line.contains("not counted yet") && line.contains(figure.counted_by), "{line}");
            }
        }
    }
}
