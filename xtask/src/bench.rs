//! `cargo xtask bench`: measures every row in one run, records the figures, and writes
//! docs/internals/performance.md and its plots.
//!
//! A figure is a ratio against what a user would write instead, or a size. Instructions are counted by callgrind, which
//! repeats whatever else the machine is doing; seconds only as A B A B, both pinned to one core.

mod builds;
mod compare;
mod figure;
pub(crate) mod page;
pub(crate) mod plots;
mod programs;
pub(crate) mod record;
mod rows;
mod walks;

use self::record::{Circumstances, File, Found, Group, Record};
use self::rows::ROWS;
use crate::Result;
use std::process::ExitCode;
use std::time::Instant;
use xshell::Shell;

type Measure = fn(&Shell) -> Result<Found>;

const GROUPS: &[(&str, Measure)] = &[
    ("instructions", programs::instructions),
    ("heap", programs::heap),
    ("parked", programs::parked),
    ("walks", walks::walks),
    ("crowd", walks::crowd),
    ("time", programs::time),
    ("builds", builds::builds),
];

pub(crate) fn run(sh: &Shell, args: &[String]) -> Result<ExitCode> {
    match args.first().map(String::as_str) {
        None => measure(sh, GROUPS)?,
        Some("--compare") => return compare::run(sh),
        Some("page") => write(sh, &recorded(sh)?)?,
        Some(name) => match GROUPS.iter().position(|(group, _)| *group == name) {
            Some(at) => measure(sh, &GROUPS[at..=at])?,
            None => {
                let names: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).collect();
                eprintln!("usage: cargo xtask bench [GROUP | page | --compare]\ngroups: {}", names.join(", "));
                return Ok(ExitCode::from(2));
            }
        },
    }
    Ok(ExitCode::SUCCESS)
}

/// One group keeps what others have in the record; all groups make a new one.
fn measure(sh: &Shell, groups: &[(&str, Measure)]) -> Result {
    // A record that cannot be added to is told before anything is measured.
    let mut record = if groups.len() == 1 { recorded(sh)? } else { Record::new() };
    // Before the first group: what is committed meanwhile is not what is measured.
    let at = Circumstances::read(sh)?;
    for (name, measure) in groups {
        println!("==> {name}");
        let start = Instant::now();
        let found = measure(sh).map_err(|error| format!("{name}: {error}"))?;
        for row in ROWS {
            if let Some(figure) = found.figures.get(row.id) {
                let word = if row.aim.reached(figure) == Some(false) { "  MISSED" } else { "" };
                println!("{:<18} {}, {}{word}", row.id, row.aim.shown(figure), row.aim);
            }
        }
        println!("<== {name} {:.0} s", start.elapsed().as_secs_f64());
        if groups.len() == 1 {
            record = recorded(sh)?;
            record.retain(|name, _| GROUPS.iter().any(|(group, _)| group == name));
        }
        record.insert((*name).to_owned(), Group { at: at.clone(), found });
        // Each time: a later group that fails does not lose this one.
        write(sh, &record)?;
    }
    Ok(())
}

/// What was measured before; nothing where there is no file.
fn recorded(sh: &Shell) -> Result<Record> {
    if !sh.path_exists(record::PATH) {
        return Ok(Record::new());
    }
    let file = File::parse(&sh.read_file(record::PATH)?)?;
    if file.is_sealed() {
        return Ok(file.record);
    }
    Err(format!("{} holds figures that were not measured; `git checkout {0}` takes them back", record::PATH).into())
}

fn write(sh: &Shell, record: &Record) -> Result {
    let plots = plots::draw(sh, record)?;
    for (path, svg) in &plots {
        sh.write_file(path, svg)?;
    }
    sh.write_file(page::PATH, page::render(record))?;
    sh.write_file(record::PATH, File::new(record.clone(), &plots).text())?;
    println!("wrote {}, its plots and {}\n", page::PATH, record::PATH);
    Ok(())
}
