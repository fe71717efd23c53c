//! Two nodes on one stored snapshot, in every interleaving of a bounded search: no second live `/Authorize`, no 203 that
//! the service gave is thrown away, each answer to its own prompt and once, and no session in another's row.

#![allow(clippy::print_stdout, reason = "counts that a person may want to see, with --nocapture")]

use reconnect_core::{Action, Policy, Reply, Request, RequestId, Selection, Session, Snapshot, Timestamp};
use reconnect_testkit::duet::{START, Stage, restore};
use std::{
    collections::{HashSet, VecDeque},
    time::Instant,
};

mod service;
mod world;

use self::world::Letter::{Anothers, Deleted, Dies, Form, Lost, LostReply, News, PutBack, Reborn, Through};
use self::world::{Met, Setting};

/// What a node is in the middle of.
#[derive(Clone)]
enum Node {
    Idle,
    /// It goes on with the session that it has in memory, as a driver does until it waits or pauses.
    Holds(Session),
    /// It has stored that it sends, and has not sent yet.
    Sends(Session, Request),
    /// The service has answered; the node has not told anybody.
    Heard(Session, Request, Reply),
}

#[derive(Clone)]
struct World {
    stage: Stage,
    row: Snapshot,
    nodes: [Node; 2],
    now: Timestamp,
    /// The session that a 203 named, once a node has stored it.
    asked: Option<RequestId>,
    trail: String,
}

impl World {
    /// A store's swap: on the revision that was loaded.
    fn swap(&mut self, loaded: u64, new: &Session) -> bool {
        let fits = self.row.revision() == loaded;
        if fits {
            self.row = new.snapshot();
        }
        fits
    }

    fn step(&mut self, who: usize) {
        match core::mem::replace(&mut self.nodes[who], Node::Idle) {
            before @ (Node::Idle | Node::Holds(_)) => {
                let mut session = if let Node::Holds(session) = before { session } else { restore(&self.row) };
                let loaded = session.revision();
                let action = session.poll(self.now);
                let kept = session.revision() == loaded || self.swap(loaded, &session);
                if let (Action::Send(request), true) = (action, kept) {
                    self.nodes[who] = Node::Sends(session, request);
                }
            }
            Node::Sends(session, request) => {
                let reply = self.stage.serve(self.now, &request);
                self.nodes[who] = Node::Heard(session, request, reply);
            }
            Node::Heard(mut session, request, reply) => {
                let loaded = session.revision();
                session.receive(self.now, request.id, Ok(&reply));
                if self.swap(loaded, &session) {
                    self.nodes[who] = Node::Holds(session);
                } else {
                    // Another node was here: load, tell the same reply again, swap.
                    let mut theirs = restore(&self.row);
                    let loaded = theirs.revision();
                    theirs.receive(self.now, request.id, Ok(&reply));
                    assert!(self.swap(loaded, &theirs), "nobody runs between a load and its swap here");
                }
                if reply.status == 203 {
                    let session = restore(&self.row);
                    self.asked = session.requests().last().cloned();
                    assert!(self.asked.is_some(), "a 203 was thrown away: {}", self.trail);
                }
            }
        }
    }

    fn check(&self) {
        let sms = self.stage.bank.challenges_sent(self.stage.login.as_str());
        assert!(sms <= 1, "{sms} live refreshes: {}", self.trail);
        let session = restore(&self.row);
        if let Some(asked) = &self.asked {
            assert!(session.requests().contains(asked), "the session was forgotten: {}", self.trail);
        }
    }

    /// Two worlds with one key go on alike.
    fn key(&self) -> String {
        let node = |node: &Node| match node {
            Node::Idle => "-".to_owned(),
            Node::Holds(session) => format!("m@{}", session.revision()),
            Node::Sends(session, request) => format!("s{}@{}", request.id, session.revision()),
            Node::Heard(session, request, reply) => format!("h{}@{}:{}", request.id, session.revision(), reply.status),
        };
        let sms = self.stage.bank.challenges_sent(self.stage.login.as_str());
        let (a, b) = (node(&self.nodes[0]), node(&self.nodes[1]));
        format!("{}|{a}|{b}|{}|{sms}", self.row.to_json(), self.now.as_millis())
    }
}

//= docs/spec/reconnect.md#refresh-a-stored-loginid
//# **RECO-12** A client MUST NOT let anything lead from a session back to a live `/Authorize`.
//= docs/spec/reconnect.md#keeping-a-session
//# **RECO-39** A client MUST store the form of its session that says "sent" before a request goes out, and MUST NOT
//# send if another process stored first.
#[test]
fn every_interleaving_of_two_nodes() {
    let stage = Stage::new(7, 0);
    let row = stage.refresh(Selection::all(), Policy::default()).snapshot();
    let start = World { stage, row, nodes: [Node::Idle, Node::Idle], now: START, asked: None, trail: String::new() };
    let (mut open, mut seen) = (vec![(start, 0)], HashSet::new());
    let mut asked = 0;
    while let Some((world, depth)) = open.pop() {
        world.check();
        asked += usize::from(world.asked.is_some());
        if depth == 18 || !seen.insert((world.key(), depth)) {
            continue;
        }
        for who in [0, 1] {
            let mut next = world.clone();
            next.trail += if who == 0 { "A" } else { "B" };
            next.step(who);
            open.push((next, depth + 1));
        }
        // Time passes to the next deadline and one tick before it.
        if let Some(deadline) = restore(&world.row).deadline().filter(|deadline| deadline.at > world.now) {
            for (at, name) in [(deadline.at.before(core::time::Duration::from_millis(1)), "<"), (deadline.at, "T")] {
                if at > world.now {
                    let mut next = world.clone();
                    next.now = at;
                    next.trail += name;
                    open.push((next, depth + 1));
                }
            }
        }
    }
    println!("{} worlds, in {asked} of them the bank has asked", seen.len());
    assert!(seen.len() > 1_000 && asked > 100, "{} worlds, {asked} with a 203", seen.len());
}

const RETURN: &str = r#"{"step":"REDIRECT","loginId":"login-1","requestId":"req-0","accountId":["acc-1","acc-2"]}"#;
const FORGED: &str = r#"{"step":"REDIRECT","accountId":["EVIL"]}"#;
const FORGED_WITH_OURS: &str = r#"{"step":"REDIRECT","requestId":"req-0","accountId":["acc-1","EVIL"]}"#;
const FOREIGN: &str = r#"{"step":"REDIRECT","loginId":"login-2","requestId":"req-0","accountId":["acc-1"]}"#;

/// Searches worlds, each once, alternating between the oldest and the newest of those that are open.
fn search(setting: &Setting, most: usize, required: &[&'static str]) {
    let begun = Instant::now();
    let (mut open, mut seen, mut met) = (VecDeque::new(), HashSet::new(), Met::new());
    open.push_back(world::World::new(setting));
    let mut deep = false;
    while let Some(world) = if deep { open.pop_back() } else { open.pop_front() } {
        deep = !deep;
        if seen.len() >= most {
            break;
        }
        for next in world.next(setting).unwrap_or_else(|wrong| panic!("{wrong}")) {
            for what in &next.met {
                *met.entry(what).or_default() += 1;
            }
            if seen.insert(next.key()) {
                open.push_back(next);
            }
        }
    }
    println!("{} worlds, {} still open, in {:?}: {met:#?}", seen.len(), open.len(), begun.elapsed());
    let rare: Vec<_> = required.iter().filter(|what| met.get(*what).copied().unwrap_or(0) < 20).collect();
    assert!(rare.is_empty(), "hardly met: {rare:?} of {met:?}");
}

const AGAIN: &str = "told again to what another kept";

#[test]
fn forged_news_changes_no_account_and_causes_no_second_call() {
    let letters = &[News(RETURN), News(FORGED), News(FORGED_WITH_OURS), News(FOREIGN), Through];
    let setting = Setting { letters, asked: true, ticks: 2, old: false, rewrites: false };
    search(&setting, 10_000, &["a foreign claim", "a redirect is heard", "refreshed", AGAIN]);
}

/// Decision 58: also if another node was faster, and the answer is told again.
#[test]
fn an_answer_reaches_its_own_prompt_only_and_once() {
    let letters = &[Form(0), Form(1), LostReply];
    let setting = Setting { letters, asked: true, ticks: 1, old: false, rewrites: false };
    let required = ["an answer is told", "an answer reaches the bank", "an answer to another prompt is refused", AGAIN];
    search(&setting, 20_000, &required);
}

/// Decision 59: also if the row holds another session, or a later one of the same login, with the same revision.
#[test]
fn a_session_goes_on_in_its_own_row_only() {
    let letters = &[Anothers, PutBack, Deleted, Reborn, News(FORGED), Form(1), Dies];
    let setting = Setting { letters, asked: false, ticks: 1, old: false, rewrites: false };
    let required = [
        "another session's row is refused",
        "another session's row is left alone",
        "a row that was begun anew",
        "an answer is told",
        AGAIN,
    ];
    search(&setting, 10_000, &required);
}

/// Decision 59: one node is a program of version 1, which goes on as long as the row has version 1.
#[test]
fn two_versions_of_the_program_share_a_row() {
    let letters = &[News(RETURN), Through, Lost, LostReply, Dies];
    let setting = Setting { letters, asked: false, ticks: 2, old: true, rewrites: false };
    search(&setting, 10_000, &["a program of version 1 refuses version 2", "refreshed", AGAIN]);
}

/// One node's store reads the row as JSON and writes it in its own way.
#[test]
fn a_row_that_another_language_writes_again_is_shared() {
    let letters = &[Form(1), News(FORGED_WITH_OURS), LostReply];
    let setting = Setting { letters, asked: false, ticks: 1, old: false, rewrites: true };
    search(&setting, 10_000, &["an answer reaches the bank", "refreshed", AGAIN]);
}
