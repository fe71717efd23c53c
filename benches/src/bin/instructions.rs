//! `instructions TASK`: does one thing once, inside [`measured`], which is what callgrind is told to count. It prints how
//! long the body is, in bytes, that a task reads.
#![allow(clippy::print_stdout, reason = "a program that is started by another one")]

use core::hint::black_box;
use reconnect_benches::{
    body::{detail, keep_one},
    parked::{Plain, asked},
    rival,
};
use reconnect_core::reply::{self, DataReply};
use reconnect_core::{Action, Fault, FaultKind, Heard, Reply, Selection, Session, Snapshot, connect::ConnectNews};
use reconnect_testkit::walks::phases;

fn main() {
    let name = std::env::args().nth(1).unwrap_or_default();
    task(&name);
}

fn task(name: &str) {
    let (what, size) = name.split_once('-').unwrap_or((name, "0"));
    let body = detail(size.parse::<usize>().expect("a number") * 1_000);
    println!("{}", body.len());
    let reply = Reply { status: 200, headers: Vec::new(), body: body.into_bytes() };
    let one = keep_one();
    let whole = |keep: &Selection| {
        let verdict = reply::data(black_box(&reply), Some(keep));
        let Ok(DataReply::Data(_, report)) = verdict else { panic!("data") };
        report
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
        "transition" => {
            let (_, mut session, now) = phases().into_iter().find(|(name, ..)| *name == "fetching").expect("a phase");
            measured(|| {
                let action = session.poll(now);
                if let Action::Send(request) = &action {
                    session.receive(now, request.id, Err(Fault::maybe(FaultKind::Timeout)));
                }
                (session, action)
            });
        }
        "enum" => {
            let mut session = black_box(Enum::Ready { tried: 0 });
            measured(|| {
                session.poll(black_box(1_000));
                session.receive(black_box(2_000));
                session
            });
        }
        _ => panic!("no task {name}"),
    }
}

/// What one would write by hand: what is under way, and when it goes again.
#[derive(Clone, Copy)]
enum Enum {
    Ready { tried: u8 },
    Sent { tried: u8, until: u64 },
    Waits { tried: u8, until: u64 },
    Failed,
}

impl Enum {
    #[inline(never)]
    fn poll(&mut self, now: u64) {
        *self = match *self {
            Enum::Ready { tried } => Enum::Sent { tried, until: now + 240_000 },
            Enum::Waits { tried, until } if until <= now => Enum::Sent { tried, until: now + 240_000 },
            Enum::Sent { until, .. } if until <= now => Enum::Failed,
            other @ (Enum::Sent { .. } | Enum::Waits { .. } | Enum::Failed) => other,
        };
    }

    #[inline(never)]
    fn receive(&mut self, now: u64) {
        *self = match *self {
            Enum::Sent { tried, .. } if tried < 2 => Enum::Waits { tried: tried + 1, until: now + (500 << tried) },
            Enum::Sent { .. } => Enum::Failed,
            other @ (Enum::Ready { .. } | Enum::Waits { .. } | Enum::Failed) => other,
        };
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
