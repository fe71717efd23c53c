//! Whole refreshes over loopback: ours and bare clients, against a service in a process of its own.

use super::figure::Figure;
use super::programs::{callgrind, on_core, pinned, program};
use super::record::{Figures, Found};
use crate::Result;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
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

pub(super) fn walks(sh: &Shell) -> Result<Found> {
    let walk = program(sh, "walk")?;
    let service = Service::start(sh, &[])?;
    let origin = service.said[0].as_str();
    let mut figures = Figures::new();
    for (id, ours, theirs) in [("walk-async", "async", "reqwest"), ("walk-blocking", "blocking", "ureq")] {
        let count = |who: &str| -> Result<f64> {
            let run = |walks: u64| callgrind(&walk, &[who, &walks.to_string(), origin], None);
            Ok((run(MANY)? - run(FEW)?) / (MANY - FEW) as f64)
        };
        figures.insert(id.to_owned(), Figure { ours: count(ours)?, theirs: Some(count(theirs)?) });
        let cpu = |who: &str| -> Result<f64> { Ok(pinned(&walk, &[who, &TIMED.to_string(), origin])?.parse()?) };
        let (ours, theirs) = in_turns(TURNS, || cpu(ours), || cpu(theirs))?;
        figures.insert(format!("{id}-cpu"), Figure { ours: median(ours), theirs: Some(median(theirs)) });
    }
    Ok(figures.into())
}

pub(super) fn crowd(sh: &Shell) -> Result<Found> {
    let crowd = program(sh, "crowd")?;
    let (count, at_once) = (CROWD.to_string(), AT_ONCE.to_string());
    let run = |who: &str| -> Result<[f64; 3]> {
        // A new sandbox each time: it remembers every session, so one that has served others is slower.
        let service = Service::start(sh, &["sandbox"])?;
        let [origin, customer, login] = service.said.as_slice() else {
            return Err("the sandbox said too little".into());
        };
        let said = pinned(&crowd, &[who, &count, &at_once, origin, customer, login])?;
        let said: Vec<f64> = said.split(' ').map(str::parse).collect::<core::result::Result<_, _>>()?;
        said.try_into().map_err(|_| "the crowd said something else".into())
    };
    let (ours, theirs) = in_turns(TURNS, || run("async"), || run("reqwest"))?;
    let column = |turns: &[[f64; 3]], at: usize| median(turns.iter().map(|turn| turn[at]).collect());
    let rows = ["crowd", "crowd-memory", "crowd-cpu"].into_iter().enumerate();
    let figure = |at| Figure { ours: column(&ours, at), theirs: Some(column(&theirs, at)) };
    Ok(rows.map(|(at, id)| (id.to_owned(), figure(at))).collect::<Figures>().into())
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

/// The service on the second core; it ends with this value.
struct Service {
    child: Child,
    /// The words of its first line.
    said: Vec<String>,
}

impl Service {
    fn start(sh: &Shell, args: &[&str]) -> Result<Self> {
        let replay = program(sh, "replay")?;
        let mut child = on_core("1", &replay).args(args).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("stdout is piped")?).read_line(&mut line)?;
        let said: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let service = Self { child, said };
        if service.said.is_empty() { Err("the service did not start".into()) } else { Ok(service) }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
