//! Whole refreshes over loopback: ours and bare clients, against a service in a process of its own, which no harness for
//! benchmarks has.

use super::page::Figures;
use super::programs::{callgrind, figure, numbers, on_core, pinned, program};
use crate::Result;
use crate::steps::Background;
use xshell::Shell;

/// Refreshes under callgrind. What starting up costs is taken away by counting two runs.
const FEW: u64 = 20;
const MANY: u64 = 120;
/// Refreshes for CPU time, which Linux counts in hundredths of a second.
const TIMED: u64 = 2_000;
const TURNS: usize = 11;
/// Four refreshes each.
const CROWD: u64 = 4_000;
const AT_ONCE: u64 = 1_000;

pub(super) fn walks(sh: &Shell) -> Result<Figures> {
    let walk = program(sh, "walk")?;
    let service = service(sh, &[])?;
    let origin = service.said.first().ok_or("the service did not start")?.as_str();
    let mut figures = Figures::new();
    for (id, ours, theirs) in [("walk-async", "async", "reqwest"), ("walk-blocking", "blocking", "ureq")] {
        let count = |who: &str| -> Result<f64> {
            let run = |walks: u64| callgrind(&walk, &[who, &walks.to_string(), origin], None);
            Ok((run(MANY)? - run(FEW)?) / (MANY - FEW) as f64)
        };
        figures.extend([figure(id, count(ours)?, Some(count(theirs)?))]);
        let cpu = |who: &str| -> Result<f64> { Ok(pinned(&walk, &[who, &TIMED.to_string(), origin])?.parse()?) };
        let (ours, theirs) = in_turns(TURNS, || cpu(ours), || cpu(theirs))?;
        figures.extend([figure(&format!("{id}-cpu"), median(ours), Some(median(theirs)))]);
    }
    Ok(figures)
}

pub(super) fn crowd(sh: &Shell) -> Result<Figures> {
    let crowd = program(sh, "crowd")?;
    let (count, at_once) = (CROWD.to_string(), AT_ONCE.to_string());
    let run = |who: &str| {
        // A new sandbox each time: it remembers every session, so one that has served others is slower.
        let service = service(sh, &["sandbox"])?;
        let [origin, customer, login] = service.said.as_slice() else {
            return Err("the sandbox said too little".into());
        };
        numbers(&pinned(&crowd, &[who, &count, &at_once, origin, customer, login])?)
    };
    let (ours, theirs) = in_turns(TURNS, || run("async"), || run("reqwest"))?;
    let column = |turns: &[Vec<f64>], at: usize| median(turns.iter().map(|turn| turn[at]).collect());
    let rows = ["crowd", "crowd-memory", "crowd-cpu"].into_iter().enumerate();
    Ok(rows.map(|(at, id)| figure(id, column(&ours, at), Some(column(&theirs, at)))).collect())
}

/// A, B, A, B, so that what the machine does meanwhile falls on both.
fn in_turns<T>(count: usize, ours: impl Fn() -> Result<T>, theirs: impl Fn() -> Result<T>) -> Result<(Vec<T>, Vec<T>)> {
    let mut turns = (Vec::new(), Vec::new());
    for turn in 1..=count {
        println!("    turn {turn} of {count}");
        turns.0.push(ours()?);
        turns.1.push(theirs()?);
    }
    Ok(turns)
}

fn median(mut turns: Vec<f64>) -> f64 {
    turns.sort_by(f64::total_cmp);
    turns[turns.len() / 2]
}

/// The service, on the second core.
fn service(sh: &Shell, args: &[&str]) -> Result<Background> {
    Background::start(on_core("1", &program(sh, "replay")?).args(args), 1)
}
