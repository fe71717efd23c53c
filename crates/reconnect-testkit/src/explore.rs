//! Everything that can happen to a session, as a graph: breadth first from both entry points, over every letter of a
//! small alphabet, until nothing new is found.
//!
//! A node is a session at a moment, up to what no later comparison can tell apart (`key`); an edge is one letter. The
//! clock only goes forward. The rules of the machine are checked (`rules`) at each node and each edge.

mod diagram;
mod graph;
mod key;
mod letter;
mod letters;
mod place;
mod replies;
mod rules;
mod seat;
mod worlds;

pub use diagram::diagram;
pub use graph::{Face, Graph};
pub use letter::{Brings, Letter, News, Says};
pub use worlds::{World, worlds};

use key::Keys;
use place::Place;
use seat::Seat;
use std::collections::{HashMap, VecDeque, hash_map::Entry};

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
