//! What things cost in instructions, against what a user would write instead: `cargo xtask bench`.
//!
//! Instructions are the same on every run and every day, so a ratio of them is a limit that can be held. Each task runs
//! in a process of its own under callgrind, which counts what [`measured`] does and nothing else. Without valgrind
//! there is nothing to count, and this program says so.

use core::hint::black_box;
use reconnect_benches::{Plain, asked, detail, keep_one, rival};
use reconnect_core::reply::{self, Asked};
use reconnect_core::{Heard, Reply, Selection, Session, Snapshot, accounts, connect::ConnectNews};
use std::process::{Command, ExitCode};

/// A ratio, and the most that it may be.
struct Row {
    name: &'static str,
    ours: &'static str,
    theirs: &'static str,
    most: f64,
}

const ROWS: &[Row] = &[
    Row {
        name: "restore, poll and a redirect, to its snapshot read into a plain struct",
        ours: "restore",
        theirs: "plain",
        most: 3.0,
    },
    Row { name: "accounts of 100 KB, whole, to from_slice", ours: "all-100", theirs: "slice-100", most: 1.2 },
    Row { name: "accounts of 4 MB, whole, to from_slice", ours: "all-4000", theirs: "slice-4000", most: 1.2 },
    Row { name: "1 of 10 accounts of 100 KB, to all and retain", ours: "one-100", theirs: "retain-100", most: 0.5 },
    Row { name: "1 of 10 accounts of 4 MB, to all and retain", ours: "one-4000", theirs: "retain-4000", most: 0.5 },
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    if let (Some("task"), Some(name)) = (arguments.next().as_deref(), arguments.next()) {
        task(&name);
        return ExitCode::SUCCESS;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("no valgrind here, so no instruction is counted (Debian: apt-get install valgrind)");
        return ExitCode::SUCCESS;
    }
    let mut missed = 0;
    for row in ROWS {
        let (ours, theirs) = (count(row.ours), count(row.theirs));
        let ratio = ours as f64 / theirs as f64;
        let held = ratio <= row.most;
        missed += usize::from(!held);
        let word = if held { "" } else { "  MISSED" };
        eprintln!("{}: {ours} / {theirs} = {ratio:.2}, at most {:.2}{word}", row.name, row.most);
    }
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The instructions of a task.
fn count(task: &str) -> u64 {
    let valgrind = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*measured*"])
        .arg(std::env::current_exe().expect("this program has a path"))
        .args(["task", task])
        .output()
        .expect("valgrind runs");
    let said = String::from_utf8_lossy(&valgrind.stderr);
    let counted = said.lines().find_map(|line| line.split("Collected : ").nth(1)?.trim().parse().ok());
    counted.unwrap_or_else(|| panic!("callgrind counted nothing of {task}: {said}"))
}

fn task(name: &str) {
    let (what, size) = name.split_once('-').unwrap_or((name, "0"));
    let body = detail(size.parse::<usize>().expect("a number") * 1_000);
    let reply = Reply { status: 200, headers: Vec::new(), body: body.into_bytes() };
    let one = keep_one();
    let whole = |keep: &Selection| {
        let read = reply::read(Asked::Accounts, black_box(&reply));
        accounts::read(read.accounts.expect("data"), keep).expect("accounts")
    };
    let (now, session) = asked();
    let stored = session.snapshot().to_json();
    let redirect = "https://app.example/back?loginId=5e115eac-1209-4f19-641c-000000000000\
        &requestId=9022abc2-8a2e-4b06-a06e-000000000000";
    match what {
        "restore" => measured(|| {
            let snapshot = Snapshot::from_json(black_box(&stored)).expect("a snapshot");
            let mut session = Session::restore(snapshot).expect("a session");
            black_box(session.poll(now));
            let news = ConnectNews::read(black_box(redirect)).expect("news");
            assert_eq!(session.returned(now, &news), Heard::Took);
            session
        }),
        "plain" => measured(|| serde_json::from_slice::<Plain>(black_box(stored.as_bytes())).expect("a snapshot")),
        "all" => measured(|| whole(&Selection::all())),
        "one" => measured(|| whole(&one)),
        "slice" => measured(|| from_slice(&reply.body)),
        "retain" => measured(|| {
            let mut all = from_slice(&reply.body);
            all.retain(|account| &*account.id == "a-3");
            all
        }),
        _ => panic!("no task {name}"),
    }
}

/// Everything, by `serde_json` alone.
fn from_slice(body: &[u8]) -> Vec<rival::Account> {
    serde_json::from_slice::<rival::Body>(black_box(body)).expect("a body").accounts
}

/// Callgrind counts from here to the end of it: the work, without what it gave back being dropped.
#[inline(never)]
fn measured<T>(work: impl FnOnce() -> T) {
    core::mem::forget(black_box(work()));
}
