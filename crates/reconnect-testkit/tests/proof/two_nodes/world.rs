//! One world of the search: a row, two nodes, a service, and what may still happen. A node goes on as a driver does.

use super::service::{ANSWERS, Service};
use core::{mem, time::Duration};
use reconnect_core::connect::ConnectNews;
use reconnect_core::drive::{Next, Plan, StoredSession};
use reconnect_core::{
    Answers, DriveError, Event, ExchangeId, Fault, FaultKind, Heard, Instance, Keys, Known, LoginId, Mfa, Outcome,
    Policy, Rendered, Reply, Selection, Session, Snapshot, Stepped, Timestamp, policy::TokenUse,
};
use reconnect_testkit::duet::{START, rows};
use std::collections::BTreeMap;

/// An event that happens once in a world, at any moment, or never.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Letter {
    /// A node is told this news.
    News(&'static str),
    /// The user answers in the widget.
    Through,
    /// A user opens a form with the prompt, and sends it at any later moment to any node.
    Form(usize),
    /// The row holds another session, with the revision that ours had.
    Anothers,
    /// Our row is put back.
    PutBack,
    /// The row is deleted.
    Deleted,
    /// The same login is refreshed anew, in the row that was deleted.
    Reborn,
    /// A request reaches the service, and its reply is lost.
    LostReply,
    /// A request is lost on its way.
    Lost,
    /// A process dies.
    Dies,
}

/// The beginning of a search, and its letters.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) letters: &'static [Letter],
    /// The bank has asked already.
    pub(crate) asked: bool,
    /// How often time may pass.
    pub(crate) ticks: u8,
    /// The first node is a program of version 1.
    pub(crate) old: bool,
    /// The store of the second node is another language's, which writes each row in its own way.
    pub(crate) rewrites: bool,
}

#[derive(Clone, Debug)]
enum Node {
    Idle,
    /// It has a session in memory, as a driver has until it waits or pauses.
    Holds(StoredSession),
    /// It has stored that it sends, and has not sent yet.
    Sends(StoredSession, Box<Rendered>),
    /// It has a reply or a fault, of which the session was not told yet.
    Hears(StoredSession, ExchangeId, Result<Reply, Fault>),
}

/// A page with the prompt, before it is sent.
#[derive(Clone, Debug)]
struct Form {
    answers: Answers,
    /// The number of the bank's question that it shows.
    asked: u32,
}

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) service: Service,
    row: Option<String>,
    /// Our row, while another session's is in its place or it is deleted.
    away: Option<String>,
    nodes: [Node; 2],
    forms: [Option<Form>; 2],
    now: Timestamp,
    ticks: u8,
    /// The letters that have happened, by their place.
    used: u32,
    pub(crate) trail: String,
    pub(crate) met: Vec<&'static str>,
}

/// How often each situation was met.
pub(crate) type Met = BTreeMap<&'static str, usize>;

pub(crate) fn instance() -> Instance {
    Instance::named("toolbox", "c").expect("an instance")
}

fn keys() -> Keys {
    Keys { secret: Some("k".into()), api: None }
}

fn refresh(now: Timestamp) -> Session {
    let mut policy = Policy::default();
    // No mint, so that the search is about what may go once.
    (policy.mfa, policy.token) = (Mfa::WidgetOrApi, TokenUse::Without);
    Session::refresh(LoginId::new("login-1").expect("an id"), Known::at(&instance()), Selection::all(), policy, now)
}

type Law = Result<(), String>;

fn law(holds: bool, name: &str) -> Law {
    if holds { Ok(()) } else { Err(format!("a law does not hold: {name}")) }
}

impl World {
    pub(crate) fn new(setting: &Setting) -> Self {
        let row = refresh(START).snapshot().to_json();
        let mut world = Self {
            service: Service::default(),
            row: Some(if setting.old { rows::of_version_1(&row) } else { row }),
            away: None,
            nodes: [Node::Idle, Node::Idle],
            forms: [None, None],
            now: START,
            ticks: setting.ticks,
            used: 0,
            trail: String::new(),
            met: Vec::new(),
        };
        for _ in 0..if setting.asked { 4 } else { 0 } {
            world.step(setting, 0).expect("nothing goes wrong");
        }
        world
    }

    /// Two worlds with the same key go on alike.
    pub(crate) fn key(&self) -> String {
        let Self { service, row, away, nodes, forms, now, ticks, used, trail: _, met: _ } = self;
        let forms = forms.each_ref().map(|form| form.as_ref().map(|form| (form.answers.number(), form.asked)));
        format!("{row:?}|{away:?}|{nodes:?}|{forms:?}|{}|{ticks}|{used}|{service:?}", now.as_millis())
    }

    /// All that can happen next.
    pub(crate) fn next(&self, setting: &Setting) -> Result<Vec<Self>, String> {
        let mut all = Vec::new();
        let mut add = |name: String, then: &mut dyn FnMut(&mut Self) -> Result<bool, String>| -> Law {
            let mut next = self.clone();
            next.trail.push_str(&name);
            next.met.clear();
            if then(&mut next).map_err(|wrong| format!("{wrong}: {}", next.trail))? {
                all.push(next);
            }
            Ok(())
        };
        let deadline = self.ours().and_then(|row| restore(&row).deadline()).map(|deadline| deadline.at);
        if let Some(deadline) = deadline.filter(|at| *at > self.now && self.ticks > 0) {
            for (at, name) in [(deadline.before(Duration::from_millis(1)), "<"), (deadline, "T")] {
                if at > self.now {
                    add(name.to_owned(), &mut |next| {
                        (next.now, next.ticks) = (at, next.ticks - u8::from(at == deadline));
                        Ok(true)
                    })?;
                }
            }
        }
        for (at, letter) in setting.letters.iter().enumerate().filter(|(at, _)| self.used >> at & 1 == 0) {
            for who in [0, 1] {
                add(format!(" {letter:?}/{who} "), &mut |next| {
                    next.used |= 1 << at;
                    next.happens(setting, *letter, who)
                })?;
            }
        }
        // Last, so that a search in depth lets the nodes go on first.
        for (who, name) in ["A", "B"].into_iter().enumerate() {
            add(name.to_owned(), &mut |next| next.step(setting, who).map(|()| true))?;
        }
        Ok(all)
    }

    /// The row, if it holds this session or a later one of its login.
    fn ours(&self) -> Option<Snapshot> {
        self.row.as_ref().map(|row| read(row)).filter(is_ours)
    }

    /// A node goes on, up to where it would do something that others can see.
    fn step(&mut self, setting: &Setting, who: usize) -> Law {
        let old = setting.old && who == 0;
        self.nodes[who] = match mem::replace(&mut self.nodes[who], Node::Idle) {
            Node::Idle => match self.load(old)? {
                Some(kept) => self.turn(setting, who, kept)?,
                None => Node::Idle,
            },
            Node::Holds(kept) => self.turn(setting, who, kept)?,
            Node::Sends(kept, request) => self.send(kept, &request)?,
            Node::Hears(mut kept, id, reply) => {
                let heard = kept.tell(self.now, Event::Received(id, reply));
                law(heard != Ok(Heard::NotOurs), "a reply is its session's")?;
                Node::Holds(kept)
            }
        };
        law(self.service.most_lives() <= 1, "no live call goes twice in one session")
    }

    /// The row that a node finds, if it holds this login's session in a version that the node reads.
    fn load(&mut self, old: bool) -> Result<Option<StoredSession>, String> {
        let Some(row) = self.row.as_ref().map(|row| read(row)) else { return Ok(None) };
        if old && row.id().is_some() {
            self.met.push("a program of version 1 refuses version 2");
            return Ok(None);
        }
        let (is_ours, plan) = (is_ours(&row), Plan::refresh(LoginId::new("login-1").expect("an id")));
        match plan.restore(row, &instance()) {
            Ok(kept) => law(is_ours, "a session never takes another's row").map(|()| Some(kept)),
            Err(DriveError::OtherSession) => {
                self.met.push("another session's row is refused");
                law(!is_ours, "a session finds its own row").map(|()| None)
            }
            Err(error) => Err(error.to_string()),
        }
    }

    fn turn(&mut self, setting: &Setting, who: usize, mut kept: StoredSession) -> Result<Node, String> {
        let turn = kept.turn(self.now, &instance(), &keys()).map_err(|error| error.to_string())?;
        if let Some(new) = turn.snapshot() {
            let stored = self.row.as_ref().map(|row| read(row));
            let id = stored.as_ref().and_then(Snapshot::id);
            // A store of version 1 compares only revisions. That is enough, because version 2 raises the revision.
            let same = id.is_none() || id == new.id();
            if stored.as_ref().map(Snapshot::revision) != kept.loaded() || !same {
                return self.overtaken(setting.old && who == 0, kept, stored);
            }
            law(stored.as_ref().is_some_and(is_ours), "nothing writes over another's row")?;
            self.row = Some(match (setting.old && who == 0, setting.rewrites && who == 1) {
                (true, _) => rows::of_version_1(&new.to_json()),
                (_, true) => rows::written_again(&new.to_json()),
                _ => new.to_json(),
            });
            let again = read(self.row.as_ref().expect("it was written"));
            law(again == *new || setting.old && who == 0, "a row that another language wrote is the same")?;
        }
        Ok(match kept.take(turn) {
            Next::Send(request) => Node::Sends(kept, Box::new(request)),
            Next::Stop(Stepped::Wait { .. }) => Node::Idle,
            Next::Stop(Stepped::Pause(_)) => {
                if let Some(Outcome::Refreshed(done)) = kept.outcome() {
                    self.met.push("refreshed");
                    let theirs = |id: &str| ["acc-1", "acc-2"].contains(&id);
                    law(done.kept.iter().all(|id| theirs(id.as_str())), "no account that only forged news named")?;
                }
                Node::Idle
            }
        })
    }

    /// Another node was faster: what was told is told to the row's session, if it is the same session.
    fn overtaken(&mut self, old: bool, mut kept: StoredSession, stored: Option<Snapshot>) -> Result<Node, String> {
        if old && stored.as_ref().is_some_and(|row| row.id().is_some()) {
            self.met.push("a program of version 1 refuses version 2");
            return Ok(Node::Idle);
        }
        let same =
            stored.as_ref().is_some_and(|row| is_ours(row) && (row.id().is_none() || row.id() == kept.snapshot().id()));
        let before = kept.snapshot();
        match kept.reload(self.now, stored) {
            Ok(()) => {
                self.met.push("told again to what another kept");
                law(same, "a session goes on in no row but its own")?;
                return Ok(Node::Holds(kept));
            }
            Err(DriveError::OtherSession) => {
                self.met.push("another session's row is left alone");
                law(!same, "a session finds its own row again")?;
            }
            Err(DriveError::Conflict) => self.met.push("there was nothing to tell again"),
            Err(error) => return Err(error.to_string()),
        }
        law(kept.snapshot() == before, "nothing is taken of a row that is refused")?;
        Ok(Node::Idle)
    }

    fn send(&mut self, mut kept: StoredSession, request: &Rendered) -> Result<Node, String> {
        let (now, id) = (self.now, request.id);
        if kept.begin_exchange(id, || now).map(mem::forget).is_none() {
            self.met.push("held up past its time");
            return Ok(Node::Holds(kept));
        }
        self.reaches(&kept, request).map(|reply| Node::Hears(kept, id, Ok(reply)))
    }

    /// A request arrives at the service.
    fn reaches(&mut self, kept: &StoredSession, request: &Rendered) -> Result<Reply, String> {
        let body = request.body.as_ref().map_or("", |body| body.expose());
        let made_up = ["login-2", "another-request", "EVIL"];
        law(!made_up.iter().any(|id| body.contains(id) || request.url.contains(id)), "no id of news is sent")?;
        let answered = self.service.answers.len();
        let reply = self.service.serve(request, &kept.snapshot().id().expect("it has changed"));
        if let Some((typed, asked)) = self.service.answers.get(answered) {
            self.met.push("an answer reaches the bank");
            let form = ANSWERS.iter().position(|answer| answer == typed).and_then(|at| self.forms[at].as_ref());
            let once = self.service.answers.iter().filter(|(other, _)| other == typed).count() == 1;
            law(once, "an answer reaches the bank once")?;
            law(form.is_some_and(|form| form.asked == *asked), "an answer reaches its own prompt only")?;
        }
        Ok(reply)
    }
}

mod letters;

fn restore(row: &Snapshot) -> Session {
    Session::restore(row.clone()).expect("what was written can be restored")
}

fn read(row: &str) -> Snapshot {
    Snapshot::from_json(row).unwrap_or_else(|error| panic!("{error}: {row}"))
}

fn is_ours(row: &Snapshot) -> bool {
    restore(row).login().is_some_and(|login| login.as_str() == "login-1")
}
