//! What it costs against what one would write instead: `cargo xtask bench` measures, and writes docs/internals/performance.md.
//! gungraun would count instructions in the same way, by valgrind, after the installation of a runner of just its version; it
//! measures neither time nor memory.
//!
//! A figure is a ratio, or a size. Instructions repeat whatever else the machine is doing; seconds are compared only as
//! A B A B, both pinned to one core.

pub(crate) mod page;
mod programs;
mod walks;

use crate::Result;
use crate::bindings::{js, python};
use crate::steps::{ONE, Tally};
use page::{Figures, Group, PAGE, RECORD, ROWS, Record};
use std::time::Instant;
use xshell::{Shell, cmd};

type Measure = fn(&Shell) -> Result<Figures>;

const GROUPS: &[(&str, Measure)] = &[
    ("instructions", programs::instructions),
    ("heap", programs::heap),
    ("parked", programs::parked),
    ("walks", walks::walks),
    ("crowd", walks::crowd),
    ("bindings", bindings),
    ("store", store),
];
/// The group whose counts are the same on every run: no socket, no clock, no other thread.
const COUNTED: &str = "instructions";
/// More than this share above the record is a regression.
const MARGIN: f64 = 0.01;

pub(crate) fn run(sh: &Shell, args: &[String]) -> Result<Tally> {
    let mut record: Record = serde_json::from_str(&sh.read_file(RECORD)?)?;
    let name = args.first().map_or("", String::as_str);
    let groups: Vec<_> = GROUPS.iter().filter(|(group, _)| name.is_empty() || *group == name).collect();
    match name {
        "--compare" => return compare(&record, at(sh)?, &programs::instructions(sh)?),
        "page" => write(sh, &record)?,
        _ if groups.is_empty() => {
            let names: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).collect();
            return Err(
                format!("usage: cargo xtask bench [GROUP | page | --compare]\ngroups: {}", names.join(", ")).into()
            );
        }
        _ => {}
    }
    // Before the first group: what is committed meanwhile is not what is measured.
    let at = at(sh)?;
    for (name, measure) in groups {
        println!("==> {name}");
        let start = Instant::now();
        let figures = measure(sh).map_err(|error| format!("{name}: {error}"))?;
        println!("<== {name} {:.0} s: {figures:?}", start.elapsed().as_secs_f64());
        record.insert((*name).to_owned(), Group { at: at.clone(), figures });
        // Each time: a later group that fails does not lose this one.
        write(sh, &record)?;
    }
    Ok(ONE)
}

/// The packages for other languages. Their programs say a figure a line, as `walk 12.5 µs`.
fn bindings(sh: &Shell) -> Result<Figures> {
    let mut figures = Figures::new();
    for (language, said) in [("python", python::bench(sh)?), ("js", js::bench(sh)?)] {
        println!("{said}");
        for line in said.lines() {
            let mut words = line.split(' ');
            let (name, number) =
                (words.next().unwrap_or_default(), words.next().ok_or("a line has a name and a figure")?);
            figures.extend([programs::figure(&format!("{language}-{name}"), number.parse()?, None)]);
        }
    }
    Ok(figures)
}

/// Swaps a second by the store and by hand, as shares and as they are, with the load of the machine at the beginning.
fn store(sh: &Shell) -> Result<Figures> {
    let said = crate::store::bench(sh)?;
    println!("{said}");
    let mut figures = Figures::new();
    for line in said.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let id = format!("store-{}", words[0]);
        match words[1..] {
            [load] if words[0] == "load" => figures.extend([programs::figure(&id, load.parse()?, None)]),
            [ours, theirs] => {
                let (ours, theirs) = (ours.parse()?, theirs.parse()?);
                figures.extend([programs::figure(&id, ours, Some(theirs))]);
                figures.extend([programs::figure(&format!("{id}-rate"), ours, None)]);
            }
            _ => {}
        }
    }
    Ok(figures)
}

fn write(sh: &Shell, record: &Record) -> Result {
    let json = serde_json::to_string_pretty(record)? + "\n";
    sh.write_file(PAGE, page::renewed(&sh.read_file(PAGE)?, &sh.read_file(ROWS)?, &json)?)?;
    Ok(sh.write_file(RECORD, json)?)
}

/// What a figure depends on: commit, day, compiler and machine.
fn at(sh: &Shell) -> Result<String> {
    let commit = cmd!(sh, "git rev-parse --short HEAD").quiet().read()?;
    // What this command itself writes is no change of what it measures.
    let changed = cmd!(sh, "git status --porcelain -- . :!docs/internals/performance.*").quiet().read()?;
    let changes = if changed.is_empty() { "" } else { " with changes" };
    let (day, rustc) = (cmd!(sh, "date -u +%F").quiet().read()?, cmd!(sh, "rustc --version").quiet().read()?);
    let cpuinfo = sh.read_file("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let (cpu, cores) = (cpu.map_or("unknown", |(_, name)| name.trim()), std::thread::available_parallelism()?);
    Ok(format!("{commit}{changes}, {day}, {rustc}, {cpu}, {cores} cores"))
}

/// What is counted now against what is recorded. Another compiler or processor changes a count by itself.
fn compare(record: &Record, now: String, new: &Figures) -> Result<Tally> {
    let old = record.get(COUNTED).ok_or("no counts are recorded: `cargo xtask bench instructions` does it")?;
    println!("recorded: {}\nnow: {now}", old.at);
    let told = regressions(&old.figures, new);
    told.iter().for_each(|line| println!("{line}"));
    println!("{} counts, {} of them more than 1 % above the record", new.len(), told.len());
    Ok(Tally::of(told.len()))
}

/// A line for each row that costs more now, or that only one of them has.
fn regressions(old: &Figures, new: &Figures) -> Vec<String> {
    let gone =
        old.keys().filter(|id| !new.contains_key(*id)).map(|id| format!("{id}: recorded, and not counted any more"));
    let worse = new.iter().filter_map(|(id, new)| {
        let Some(old) = old.get(id) else { return Some(format!("{id}: not in the record")) };
        let change = (new.ours - old.ours) / old.ours;
        let (percent, was, is) = (change * 100.0, old.ours, new.ours);
        (change > MARGIN).then(|| format!("{id}: {is} instructions, recorded {was}: {percent:+.2} %"))
    });
    worse.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use page::Figure;

    fn figures(id: &str, ours: f64) -> Figures {
        [(id.to_owned(), Figure { ours, theirs: None })].into()
    }

    #[test]
    fn more_than_one_percent_above_the_record_is_a_regression() {
        for (is, worse) in [(10_000.0, 0), (10_100.0, 0), (10_101.0, 1), (9_000.0, 0)] {
            assert_eq!(regressions(&figures("restore", 10_000.0), &figures("restore", is)).len(), worse, "{is}");
        }
    }

    #[test]
    fn a_row_that_only_one_of_them_has_is_red() {
        let told = regressions(&figures("gone", 1.0), &figures("new", 1.0));
        assert_eq!(told, ["new: not in the record", "gone: recorded, and not counted any more"]);
    }
}
