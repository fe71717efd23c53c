//! `cargo xtask bench`: measures every row in one run, and prints what is reached and what is not.
//!
//! A figure is a ratio against what a user would write instead, or a size. Instructions are counted by callgrind, which
//! repeats whatever else the machine is doing; seconds only as A B A B, both pinned to one core.

mod builds;
mod figure;
mod programs;
mod rows;
mod walks;

use self::figure::Figure;
use self::rows::ROWS;
use crate::Result;
use std::collections::BTreeMap;
use std::process::ExitCode;
use xshell::Shell;

/// What a group of rows measured, by row.
type Figures = BTreeMap<String, Figure>;
type Measure = fn(&Shell) -> Result<Figures>;
type Group = (&'static str, Measure);

const GROUPS: &[Group] = &[
    ("instructions", programs::instructions),
    ("heap", programs::heap),
    ("walks", walks::walks),
    ("crowd", walks::crowd),
    ("builds", builds::builds),
    ("time", programs::time),
];

pub(crate) fn run(sh: &Shell, args: &[String]) -> Result<ExitCode> {
    let wanted = |(name, _): &&Group| args.first().is_none_or(|given| given == name);
    let groups: Vec<&Group> = GROUPS.iter().filter(wanted).collect();
    if groups.is_empty() {
        let names: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).collect();
        eprintln!("usage: cargo xtask bench [GROUP]\ngroups: {}", names.join(", "));
        return Ok(ExitCode::from(2));
    }
    let mut figures = Figures::new();
    for (name, measure) in groups {
        println!("==> {name}");
        figures.extend(measure(sh)?);
    }
    for row in ROWS {
        if let Some(figure) = figures.get(row.id) {
            println!("{:<18} {}, against {}: {}", row.id, row.what, row.against, row.aim.judge(figure));
        }
    }
    Ok(ExitCode::SUCCESS)
}
