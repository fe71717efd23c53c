//! Everything that can happen to a session, as a graph: breadth first from both entry points, over every letter of a
//! small alphabet, until nothing new is found.
//!
//! A node is a session at a moment, up to what no later comparison can tell apart (`key`); an edge is one letter. The
//! clock only goes forward. The rules of the machine are checked (`rules`) at each node and each edge.

mod diagram;
mod graph;
mod key;
mod letters;
mod replies;
mod rules;
mod worlds;

pub use diagram::diagram;
pub use graph::{Face, Graph};
pub use letters::{Brings, Letter, News};
pub use replies::Says;
pub use worlds::{World, worlds};

use core::time::Duration;
use key::Keys;
use reconnect_core::{Known, Policy, Prompt, RequestId, Selection, Session, Timestamp};
use std::collections::{HashMap, VecDeque, hash_map::Entry};

/// Where each exploration begins.
const BEGIN: Timestamp = Timestamp::from_millis(1_780_000_000_000);
/// The grain of time.
const TICK: u64 = 1_000;

fn tick() -> Duration {
    worlds::ticks(1)
}

/// A session, its moment, and what the rules have to remember of its path.
#[derive(Clone, Debug)]
struct Seat {
    session: Session,
    now: Timestamp,
    /// Whether a live `/Authorize` may go out, and an answer.
    may_live: bool,
    may_answer: bool,
}

impl Seat {
    fn new(session: Session) -> Self {
        Self { session, now: BEGIN, may_live: true, may_answer: false }
    }
}

/// A seat that is looked at: what its snapshot says.
struct Place<'w> {
    world: &'w World,
    session: Session,
    now: Timestamp,
    /// The exchange under way and the one in doubt: number and kind.
    wire: Option<(u64, String)>,
    doubt: Option<(u64, String)>,
    next: u64,
    began: u64,
    /// All of the session, and its snapshot without the revision.
    text: String,
    kept: String,
    /// Where it is, and what is under way.
    phase: String,
}

impl<'w> Place<'w> {
    fn of(seat: &Seat, world: &'w World) -> Self {
        let json = seat.session.snapshot().to_json();
        let value: serde_json::Value = serde_json::from_str(&json).expect("a snapshot is JSON");
        let exchange = |name: &str| {
            let out = value.get(name)?;
            Some((out["id"].as_u64().expect("a number"), out["kind"].as_str().expect("a word").to_owned()))
        };
        Self {
            world,
            session: seat.session.clone(),
            now: seat.now,
            wire: exchange("wire"),
            doubt: exchange("doubt"),
            next: value["next"].as_u64().expect("a number"),
            began: value["began"].as_u64().expect("a moment"),
            text: format!("{:?}", seat.session),
            kept: rules::without_revision(&json),
            phase: graph::phase(&value),
        }
    }

    /// An id that is not the session's yet, while there are some; else the one in use.
    fn fresh(&self) -> String {
        let known = self.session.requests();
        let mut pool = (0..self.world.ids).map(|n| format!("r-{n}"));
        pool.find(|id| known.iter().all(|known| known.as_str() != id)).unwrap_or_else(|| self.current())
    }

    fn current(&self) -> String {
        self.session.requests().last().map_or_else(|| "r-0".to_owned(), |id| id.as_str().to_owned())
    }

    fn login(&self) -> String {
        self.session.login().map_or_else(|| "ours".to_owned(), |id| id.as_str().to_owned())
    }

    fn began(&self) -> u64 {
        self.began
    }

    /// Another login is one only to who knows its own.
    fn fits(&self, says: Says) -> bool {
        says != Says::OtherLogin || self.session.login().is_some()
    }
}

/// Explores a world until it closes. Of the sessions that arrive at a known node, one in `every` is taken through every
/// letter too, and has to get where the first one got.
///
/// # Errors
/// The first rule that does not hold, with the shortest path to where it does not.
pub fn explore(world: &World, every: u64) -> Result<Graph, String> {
    let mut search = Search {
        world,
        keys: Keys::default(),
        known: HashMap::new(),
        graph: Graph::default(),
        queue: VecDeque::new(),
        again: Vec::new(),
        arrivals: 0,
        every,
    };
    for seat in &world.starts {
        search.arrive(seat.clone(), &format!("{:?}", seat.session), None);
    }
    while let Some((at, seat)) = search.queue.pop_front() {
        search.expand(at, &seat).map_err(|error| search.graph.path(at, &error))?;
    }
    for (at, seat) in core::mem::take(&mut search.again) {
        search.compare(at, &seat).map_err(|error| search.graph.path(at, &error))?;
    }
    search.graph.ends()?;
    Ok(search.graph)
}

struct Search<'w> {
    world: &'w World,
    keys: Keys,
    known: HashMap<u128, u32>,
    graph: Graph,
    queue: VecDeque<(u32, Seat)>,
    again: Vec<(u32, Seat)>,
    arrivals: u64,
    every: u64,
}

impl Search<'_> {
    /// The node of a seat; a new one is still to be expanded.
    fn arrive(&mut self, seat: Seat, session: &str, from: Option<(u32, Letter)>) -> u32 {
        let key = self.keys.of(&seat, session, self.world);
        match self.known.entry(key) {
            Entry::Occupied(known) => {
                self.arrivals += 1;
                if self.arrivals.is_multiple_of(self.every) {
                    self.again.push((*known.get(), seat));
                }
                *known.get()
            }
            Entry::Vacant(free) => {
                let at = *free.insert(self.graph.add(from, Face::of(&seat.session)));
                self.queue.push_back((at, seat));
                at
            }
        }
    }

    /// Does everything that can be done at a node, and checks the rules.
    fn expand(&mut self, at: u32, seat: &Seat) -> Result<(), String> {
        let place = Place::of(seat, self.world);
        rules::at_node(&place)?;
        self.graph.name(&place.phase);
        for letter in letters::letters(&place) {
            let to = match step(letter, &place, seat)? {
                (next, Some(session)) => self.arrive(next, &session, Some((at, letter))),
                (_, None) => at,
            };
            self.graph.join(at, letter, to);
        }
        Ok(())
    }

    /// Whether a session that arrived at a known node can do what the first one can, and gets where that got. If not,
    /// something that counts was dropped from the key.
    fn compare(&mut self, at: u32, seat: &Seat) -> Result<(), String> {
        let place = Place::of(seat, self.world);
        let here = self.keys.text(seat, &place.text, self.world).to_owned();
        let letters = letters::letters(&place);
        let edges = self.graph.edges_of(at);
        if letters.iter().ne(edges.iter().map(|(letter, _)| letter)) {
            return Err(format!("one node has two alphabets\n{here}"));
        }
        for (letter, to) in edges {
            let (next, session) = step(letter, &place, seat)?;
            let session = session.as_deref().unwrap_or(&place.text);
            if self.known.get(&self.keys.of(&next, session, self.world)) != Some(&to) {
                let there = self.keys.text(&next, session, self.world);
                return Err(format!("{} leads from one node to two\n{here}\n{there}", letter.name()));
            }
        }
        Ok(())
    }
}

/// One letter, with the rules of its edge checked: the seat after it, with its session as text where anything changed.
fn step(letter: Letter, place: &Place<'_>, seat: &Seat) -> Result<(Seat, Option<String>), String> {
    let mut next = seat.clone();
    let said = letter.apply(place, &mut next.session, &mut next.now);
    let session = format!("{:?}", next.session);
    let changed = session != place.text;
    rules::at_edge(letter, place, seat, &mut next, &said, changed)
        .map_err(|error| format!("{} was {said:?}: {error}", letter.name()))?;
    let beside = (seat.now, seat.may_live, seat.may_answer) != (next.now, next.may_live, next.may_answer);
    Ok((next, (changed || beside).then_some(session)))
}

/// `2026-05-28T20:28:43Z`, on the day on which explorations begin.
fn day_and_time(at: u64) -> String {
    let (day, of_day) = (at / 86_400_000, at % 86_400_000 / 1_000);
    assert_eq!(day, BEGIN.as_millis() / 86_400_000, "explorations end on the day on which they began");
    format!("2026-05-28T{:02}:{:02}:{:02}Z", of_day / 3_600, of_day / 60 % 60, of_day % 60)
}

/// A prompt of no session, to build answers for where none is asked.
fn some_prompt() -> Prompt {
    let mut known = Known::default();
    known.last_sent = Some(BEGIN);
    let request = RequestId::new("none").expect("an id");
    let session = Session::resume(request, known, Selection::all(), Policy::default(), BEGIN);
    session.prompt(BEGIN).expect("a resumed session asks")
}
