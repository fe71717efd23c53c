//! The graph that an exploration finds: what can be counted in it, and that every silence in it ends.

use super::letter::{Letter, News, Says};
use core::fmt::Write;
use reconnect_core::{Outcome, Session, Stage};
use std::collections::BTreeMap;

/// Where a session is, as far as a caller sees: its stage, and how it ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Face {
    /// The live call is not answered yet.
    Authorizing,
    /// `/AuthorizeAsync` is at it.
    AtWork,
    /// The end user is asked.
    Asking,
    /// In doubt.
    Looking,
    /// The data is on its way.
    Fetching,
    /// What is stored is asked for.
    Recalling,
    /// Over, unless a fact corrects it.
    Guess,
    /// Over, and well.
    Refreshed,
    /// Over for good.
    Failed,
}

impl Face {
    /// What is seen of a session.
    ///
    /// # Panics
    /// If a stage is new.
    #[must_use]
    pub fn of(session: &Session) -> Self {
        match (session.stage(), session.outcome()) {
            (_, Some(Outcome::Refreshed(_))) => Self::Refreshed,
            (_, Some(Outcome::Failed(failure))) if failure.reason().is_guess() => Self::Guess,
            (_, Some(Outcome::Failed(_))) => Self::Failed,
            (Stage::Authorizing, None) if session.requests().is_empty() => Self::Authorizing,
            (Stage::Authorizing, None) => Self::AtWork,
            (Stage::Asking, None) => Self::Asking,
            (Stage::Looking, None) => Self::Looking,
            (Stage::Fetching, None) => Self::Fetching,
            (Stage::Recalling, None) => Self::Recalling,
            (stage, None) => panic!("{stage:?} is new"),
        }
    }
}

/// A graph that closed.
#[derive(Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    phases: BTreeMap<String, u64>,
    /// The longest way to the end with each of [`SERVICES`].
    ways: [u32; SERVICES.len()],
}

/// Services that give one constant answer, or two in turn. Each answer is a list: the first of them that fits the call
/// under way is said. A mint always gets its token.
const SERVICES: [(&str, &[&[Says]]); 3] = [
    ("silence", &[&[]]),
    ("always 203", &[&[Says::AsksAgain, Says::Asks, Says::Token]]),
    ("202 and 203 in turn", &[&[Says::Pending, Says::Token], &[Says::AsksAgain, Says::Asks, Says::Token]]),
];
/// Rule 6: the most steps that each of them may take to the end.
const STEPS: u32 = 200;

#[derive(Debug)]
struct Node {
    /// On a shortest path.
    from: Option<(u32, Letter)>,
    face: Face,
    edges: Vec<(Letter, u32)>,
}

impl Graph {
    pub(super) fn add(&mut self, from: Option<(u32, Letter)>, face: Face) -> u32 {
        self.nodes.push(Node { from, face, edges: Vec::new() });
        u32::try_from(self.nodes.len() - 1).expect("fewer than 2^32 nodes")
    }

    pub(super) fn join(&mut self, at: u32, letter: Letter, to: u32) {
        self.nodes[at as usize].edges.push((letter, to));
    }

    pub(super) fn name(&mut self, phase: &str) {
        *self.phases.entry(phase.to_owned()).or_default() += 1;
    }

    pub(super) fn edges_of(&self, at: u32) -> Vec<(Letter, u32)> {
        self.nodes[at as usize].edges.clone()
    }

    /// What went wrong at a node, and the shortest path to it.
    pub(super) fn path(&self, at: u32, error: &str) -> String {
        let mut steps = Vec::new();
        let mut node = &self.nodes[at as usize];
        while let Some((from, letter)) = node.from {
            steps.push(format!("{} -> {:?}", letter.name(), node.face));
            node = &self.nodes[from as usize];
        }
        steps.reverse();
        format!("{error}\nafter\n  {}", steps.join("\n  "))
    }

    /// With an absent user, and each of [`SERVICES`], every node leads to the end (rule 6).
    pub(super) fn ends(&mut self) -> Result<(), String> {
        for (way, (name, service)) in SERVICES.into_iter().enumerate() {
            self.ways[way] = self.longest(name, service)?;
        }
        Ok(())
    }

    /// The longest way to the end with one service.
    fn longest(&self, name: &str, service: &[&[Says]]) -> Result<u32, String> {
        const UNKNOWN: u32 = u32::MAX;
        let broken = |at: usize, what: &str| Err(self.path(at as u32, &format!("rule 6 is broken: {name} {what}")));
        let mut steps = vec![UNKNOWN; self.nodes.len() * service.len()];
        let mut longest = 0;
        for start in 0..self.nodes.len() {
            let (mut here, mut way) = ((start, 0), Vec::new());
            let place = |(at, turn): (usize, usize)| at * service.len() + turn;
            let mut left = loop {
                if steps[place(here)] != UNKNOWN {
                    break steps[place(here)];
                }
                let next = self.after(here, service);
                if next == here {
                    if !matches!(self.nodes[here.0].face, Face::Guess | Face::Refreshed | Face::Failed) {
                        return broken(here.0, "stands still");
                    }
                    steps[place(here)] = 0;
                    break 0;
                }
                if way.len() > STEPS as usize {
                    return broken(start, "does not end");
                }
                way.push(here);
                here = next;
            };
            for here in way.into_iter().rev() {
                left += 1;
                steps[place(here)] = left;
            }
            longest = longest.max(left);
        }
        if longest > STEPS { Err(format!("rule 6 is broken: {name} takes {longest} steps")) } else { Ok(longest) }
    }

    /// The next node, and the turn of the service there: the call under way is answered, or the next one goes out, or
    /// time passes.
    fn after(&self, (at, turn): (usize, usize), service: &[&[Says]]) -> (usize, usize) {
        let edge = |wanted: Letter| self.nodes[at].edges.iter().find(|(letter, _)| *letter == wanted);
        for says in service[turn] {
            if let Some((_, to)) = edge(Letter::Reply(*says)) {
                let next = if *says == Says::Token { turn } else { (turn + 1) % service.len() };
                return (*to as usize, next);
            }
        }
        let sends = edge(Letter::Poll).filter(|(_, to)| !service[turn].is_empty() && *to as usize != at);
        let (_, to) = sends.or_else(|| edge(Letter::Silence)).expect("silence is in every alphabet");
        (*to as usize, turn)
    }

    /// How many nodes.
    #[must_use]
    pub fn states(&self) -> usize {
        self.nodes.len()
    }

    /// How many edges.
    #[must_use]
    pub fn edges(&self) -> usize {
        self.nodes.iter().map(|node| node.edges.len()).sum()
    }

    /// Every phase, as fine as a snapshot shows it, and how many nodes are in it.
    #[must_use]
    pub fn phases(&self) -> &BTreeMap<String, u64> {
        &self.phases
    }

    /// All counts, as the golden file has them.
    #[must_use]
    pub fn counts(&self) -> String {
        let mut faces: BTreeMap<Face, u64> = BTreeMap::new();
        let mut letters: BTreeMap<Letter, (u64, u64)> = BTreeMap::new();
        for node in &self.nodes {
            *faces.entry(node.face).or_default() += 1;
            for (letter, to) in &node.edges {
                let count = letters.entry(*letter).or_default();
                count.0 += 1;
                count.1 += u64::from(self.nodes[*to as usize].face != node.face);
            }
        }
        let mut text = format!("{} states, {} edges\n", self.states(), self.edges());
        for ((name, _), steps) in SERVICES.iter().zip(self.ways) {
            let _ = writeln!(text, "  {name} ends within {steps} steps");
        }
        text.push_str("  where it is: states\n");
        for (face, count) in faces {
            let _ = writeln!(text, "    {:<42} {count:>8}", format!("{face:?}"));
        }
        text.push_str("  phase: states\n");
        for (phase, count) in &self.phases {
            let _ = writeln!(text, "    {phase:<42} {count:>8}");
        }
        text.push_str("  letter: edges, and how many of them lead elsewhere\n");
        for (letter, (all, elsewhere)) in letters {
            let _ = writeln!(text, "    {:<42} {all:>8} {elsewhere:>8}", letter.name());
        }
        text
    }

    /// Which kinds of event lead from where to where else.
    #[must_use]
    pub fn moves(&self) -> BTreeMap<(Face, Face), Vec<&'static str>> {
        let mut moves: BTreeMap<(Face, Face), Vec<&'static str>> = BTreeMap::new();
        for node in &self.nodes {
            for (letter, to) in &node.edges {
                let pair = (node.face, self.nodes[*to as usize].face);
                let causes = moves.entry(pair).or_default();
                if let Some(cause) = cause(*letter).filter(|cause| pair.0 != pair.1 && !causes.contains(cause)) {
                    causes.push(cause);
                    causes.sort_unstable();
                }
            }
        }
        moves.retain(|_, causes| !causes.is_empty());
        moves
    }

    /// Where it begins.
    pub fn starts(&self) -> impl Iterator<Item = Face> {
        self.nodes.iter().filter(|node| node.from.is_none()).map(|node| node.face)
    }
}

/// The kind of an event, in a word for the diagram; none for the caller's own end of it all, which is possible
/// anywhere.
fn cause(letter: Letter) -> Option<&'static str> {
    Some(match letter {
        Letter::Cancel | Letter::Tick | Letter::Open | Letter::Restore => return None,
        Letter::Confirm | Letter::ConfirmStranger => return None,
        Letter::Settled | Letter::NeverSent | Letter::LateFault => return None,
        Letter::Answer | Letter::AnswerAmiss | Letter::AnswerOld | Letter::Shown => return None,
        Letter::Poll | Letter::Silence => "time",
        Letter::NotSent | Letter::Lost | Letter::TooLarge => "fault",
        Letter::Late(_) => "late reply",
        Letter::Webhook(_) => "webhook",
        Letter::News(News::Ends) => "widget ended",
        Letter::News(_) => "redirect",
        Letter::Reply(says) => match says {
            Says::Asks | Says::AsksAgain | Says::AsksOther | Says::AsksBare | Says::Wrong => "203",
            Says::Token | Says::Authorized | Says::Believed | Says::Accounts | Says::AccountsElsewhere => "200",
            Says::Pending | Says::PendingLonger => "202",
            Says::NoId | Says::Garbled => "unreadable",
            Says::Page | Says::PageNoWay | Says::PagePending | Says::PageLater => "page",
            Says::Moved => "fault",
            Says::Unauthorized => "not authorized",
            Says::Gone => "gone",
            Says::TooOld => "old data",
            Says::OtherLogin | Says::OtherRequest => "of another",
            Says::BlamesToken | Says::NotFound | Says::MfaPending | Says::Later | Says::LaterSoon | Says::LaterLong => {
                "refused"
            }
            Says::InUse | Says::Refused | Says::BadKey | Says::LastWrong => "refused",
        },
    })
}
