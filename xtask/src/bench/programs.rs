//! The programs of the crate `benches`: built once, run one after the other.

use super::figure::{Figure, plain};
use super::record::{Curves, Figures, Found, Point};
use crate::{Result, toolchain};
use std::process::Command;
use xshell::{Shell, cmd};

/// The row, and the tasks of `benches/src/bin/instructions.rs` that are ours and theirs.
const TASKS: &[(&str, &str, &str)] = &[
    ("transition", "transition", "enum"),
    ("whole-1", "all-1", "slice-1"),
    ("whole-100", "all-100", "slice-100"),
    ("whole-4000", "all-4000", "slice-4000"),
    ("one-100", "one-100", "retain-100"),
    ("one-4000", "one-4000", "retain-4000"),
    ("restore", "restore", "plain"),
];

/// The curves over the size of a body: the tasks' names, and the sizes in KB. Ten accounts fill 6 KB by themselves.
const BODIES: &[(&str, &[u32])] = &[
    ("all", &[1, 10, 100, 1_000, 4_000]),
    ("slice", &[1, 10, 100, 1_000, 4_000]),
    ("one", &[10, 100, 1_000, 4_000]),
    ("retain", &[10, 100, 1_000, 4_000]),
];

/// Builds all programs and says where this one is.
pub(super) fn program(sh: &Shell, name: &str) -> Result<String> {
    cmd!(sh, "cargo build --quiet --locked --release --package reconnect-benches --bins").quiet().run()?;
    Ok(format!("{}/release/{name}", toolchain::target_dir()))
}

pub(super) fn instructions(sh: &Shell) -> Result<Found> {
    let figures = rows(sh)?;
    let program = program(sh, "instructions")?;
    let mut curves = Curves::new();
    for (name, sizes) in BODIES {
        for size in *sizes {
            let task = format!("{name}-{size}");
            let length: f64 = cmd!(sh, "{program} {task}").quiet().read()?.parse()?;
            let counted = TASKS.iter().find_map(|(id, ours, theirs)| {
                let figure = figures.get(*id)?;
                if *ours == task { Some(figure.ours) } else { figure.theirs.filter(|_| *theirs == task) }
            });
            let counted = counted.map_or_else(|| count(&program, &task), Ok)?;
            curves.entry((*name).to_owned()).or_default().push(Point { x: length, y: counted / length });
        }
    }
    Ok(Found { figures, curves })
}

/// What `--compare` counts again.
pub(super) fn rows(sh: &Shell) -> Result<Figures> {
    let program = program(sh, "instructions")?;
    let row = |(id, ours, theirs): &(&str, &str, &str)| {
        Ok(((*id).to_owned(), Figure { ours: count(&program, ours)?, theirs: Some(count(&program, theirs)?) }))
    };
    TASKS.iter().map(row).collect()
}

fn count(program: &str, task: &str) -> Result<f64> {
    callgrind(program, &[task], Some("*measured*"))
}

pub(super) fn heap(sh: &Shell) -> Result<Found> {
    let program = program(sh, "heap")?;
    let said = cmd!(sh, "{program}").ignore_stderr().read()?;
    let row = |line: &str| {
        let (id, figure) = line.split_once(' ').ok_or("heap said something else")?;
        Ok((id.to_owned(), Figure { ours: figure.parse()?, theirs: None }))
    };
    Ok(said.lines().map(row).collect::<Result<Figures>>()?.into())
}

/// A million parked sessions, and fewer.
pub(super) fn parked(sh: &Shell) -> Result<Found> {
    let program = program(sh, "parked")?;
    let said = pinned(&program, &[])?;
    let mut curves = Curves::new();
    for line in said.lines() {
        let numbers: Vec<f64> = line.split(' ').map(str::parse).collect::<core::result::Result<_, _>>()?;
        let [x, bytes, nanoseconds] = numbers[..] else { return Err("parked said something else".into()) };
        println!("    {}: {bytes} bytes, {nanoseconds} ns", plain(x));
        for (name, y) in [("bytes", bytes), ("nanoseconds", nanoseconds)] {
            curves.entry(name.to_owned()).or_default().push(Point { x, y });
        }
    }
    let ends = |name: &str| {
        let curve = curves.get(name).ok_or("parked said nothing")?;
        let [first, .., last] = curve[..] else { return Err("parked said too little") };
        Ok(Figure { ours: last.y, theirs: Some(first.y) })
    };
    let figures = [("flat".to_owned(), ends("bytes")?), ("flat-time".to_owned(), ends("nanoseconds")?)].into();
    Ok(Found { figures, curves })
}

/// Criterion's estimates for the largest body, in microseconds.
pub(super) fn time(sh: &Shell) -> Result<Found> {
    const SIZE: &str = "4000000";
    // The profile of the other programs, so that what they are built from is not built again.
    let cargo = ["--locked", "--profile", "release", "--package", "reconnect-benches", "--bench", "reconnect"];
    let options = ["--warm-up-time", "1", "--measurement-time", "4", SIZE];
    cmd!(sh, "taskset -c 0 cargo bench {cargo...} -- {options...}").run()?;
    let median = |what: &str| -> Result<f64> {
        let file = format!("{}/criterion/body/{what}/{SIZE}/new/estimates.json", toolchain::target_dir());
        let estimates: serde_json::Value = serde_json::from_str(&sh.read_file(file)?)?;
        Ok(estimates["median"]["point_estimate"].as_f64().ok_or("criterion estimated nothing")? / 1_000.0)
    };
    let figure = |ours, theirs| -> Result<Figure> {
        Ok(Figure { ours: median(ours)?.round(), theirs: Some(median(theirs)?.round()) })
    };
    Ok(Figures::from([
        ("whole-time".to_owned(), figure("whole", "slice")?),
        ("one-time".to_owned(), figure("one", "retain")?),
    ])
    .into())
}

/// The instructions of a run, or of one function in it.
pub(super) fn callgrind(program: &str, args: &[&str], function: Option<&str>) -> Result<f64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    command.args(function.map(|function| format!("--toggle-collect={function}")));
    let output = command.arg(program).args(args).output();
    let output = output.map_err(|_| "no valgrind here; install it (Debian: apt-get install valgrind)")?;
    let said = String::from_utf8_lossy(&output.stderr);
    let counted: Option<f64> = said.lines().find_map(|line| line.split("Collected : ").nth(1)?.trim().parse().ok());
    let counted =
        counted.ok_or_else(|| format!("callgrind counted nothing of {program} {}: {said}", args.join(" ")))?;
    println!("    {:<12} {:>13} instructions", args[..args.len().min(2)].join(" "), plain(counted));
    Ok(counted)
}

/// Runs a program on the first core and returns what it said.
pub(super) fn pinned(program: &str, args: &[&str]) -> Result<String> {
    let output = on_core("0", program).args(args).output();
    let output =
        output.map_err(|_| "no taskset here, or no prlimit; install them (Debian: apt-get install util-linux)")?;
    if !output.status.success() {
        return Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// A program on one core, which may open a socket for each of the crowd: 1,024 files, the usual limit, are too few.
pub(super) fn on_core(core: &str, program: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", core, "prlimit", "--nofile=4096:", program]);
    command
}
