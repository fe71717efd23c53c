//! How a seed becomes a world.

use super::drawn::{Drawn, faults};
use super::ledger::Ledger;
use super::node::Node;
use super::state::{Met, Story, World};
use super::watch::Watch;
use crate::duet::{Dice, START, Stage, rows};
use core::time::Duration;
use reconnect_core::{
    Action, Known, Policy, Selection, Session, Snapshot, Timestamp,
    policy::{Entry, Fetch},
};
use reconnect_sandbox::{PendingData, Settings};

const MINUTE: u64 = 60_000;
const DAY: u64 = 86_400_000;
impl<'w> World<'w> {
    pub(super) fn drawn(seed: u64, met: &'w mut Met, story: Option<&'w mut Story>) -> Result<Self, String> {
        let mut dice = Dice::new(seed);
        let pending_data = if dice.hits(400) { PendingData::Asks } else { PendingData::Unauthorized };
        let pending_ms = dice.below(MINUTE);
        let settings = Settings { strict: true, seed, pending_ms, pending_data, ..Settings::default() };
        // What is stored is a month old.
        let mut stage = Stage::at(settings, START.as_millis() - 30 * DAY);
        let mut drawn = Drawn::of(&mut dice, &stage);
        let skew = |dice: &mut Dice| match dice.below(4) {
            0 => 0,
            1 => -(5 * MINUTE as i64),
            2 => 5 * MINUTE as i64,
            _ => dice.below(10 * MINUTE) as i64 - 5 * MINUTE as i64,
        };
        let one = skew(&mut dice);
        let skews = if dice.hits(500) { vec![one; 3] } else { vec![one, skew(&mut dice), skew(&mut dice)] };
        drawn.apart = skews.iter().max().expect("three").abs_diff(*skews.iter().min().expect("three"));
        drawn.widest = skews.iter().map(|skew| skew.unsigned_abs()).max().expect("three");
        let start = START.as_millis();
        let begin = |skew: i64| Timestamp::from_millis(start.saturating_add_signed(skew));
        let session = if drawn.resumed {
            resumed(&mut stage, &mut dice, &drawn, begin(skews[0]))
        } else {
            let known = Known::at(&stage.instance);
            Session::refresh(stage.login.clone(), known, drawn.keep.clone(), drawn.policy.clone(), begin(skews[0]))
        };
        stage.bank.set_faults(faults(&mut dice));
        // One node alone is the rule; the third is the web page that hears what the widget says.
        let nodes = if dice.hits(500) { 3 } else { 1 };
        let seen = (stage.bank.requests().len(), stage.bank.findings().len());
        let row = session.snapshot();
        let row = if drawn.old { rows::of_version_1(&row.to_json()) } else { row.to_json() };
        let mut world = World {
            was: session.stage(),
            row: Snapshot::from_json(&row).map_err(|error| error.to_string())?,
            watch: Watch::default(),
            nodes: skews.into_iter().take(nodes).map(Node::new).collect(),
            now: start,
            ledger: Ledger::new(!drawn.resumed),
            user_at: start,
            patience: 12,
            mail: Vec::new(),
            slow: Vec::new(),
            stage,
            dice,
            drawn,
            seen,
            flooded: 0,
            met,
            story,
        };
        world.meet_the_draw();
        Ok(world)
    }

    fn meet_the_draw(&mut self) {
        let Drawn { resumed, apart, .. } = self.drawn;
        let skews: Vec<i64> = self.nodes.iter().map(|node| node.skew).collect();
        let (wide, policy) = (skews.iter().any(|skew| skew.unsigned_abs() == 5 * MINUTE), &self.drawn.policy);
        let situations = [
            (resumed, "a resumed session"),
            (wide, "a clock five minutes off"),
            (apart > 0 && skews.len() > 1, "clocks that disagree"),
            (skews.len() > 1, "several nodes"),
            (policy.entry == Entry::AuthorizeAsync, "AuthorizeAsync"),
            (matches!(policy.fetch, Fetch::Webhook { .. }), "data by webhook"),
            (self.drawn.old, "a row of version 1"),
        ];
        for (_, what) in situations.into_iter().filter(|(is_so, _)| *is_so) {
            self.met(what);
        }
        let told =
            format!("{:?}, keep {:?}, clocks {skews:?}", self.drawn.policy, self.drawn.keep.ids().map(<[_]>::len));
        let faults = self.stage.bank.faults();
        self.tell(|| format!("{told}, {faults:?}"));
    }
}

/// What is left of a process that went as far as the prompt: a request id, and perhaps its age and its login.
fn resumed(stage: &mut Stage, dice: &mut Dice, drawn: &Drawn, now: Timestamp) -> Session {
    let age = [0, MINUTE, 8 * MINUTE - 1, 8 * MINUTE, 20 * MINUTE][dice.below(5) as usize];
    let then = Timestamp::from_millis(START.as_millis() - age);
    let known = Known::at(&stage.instance);
    let mut first = Session::refresh(stage.login.clone(), known, Selection::all(), Policy::default(), then);
    while let Action::Send(request) = first.poll(then) {
        let reply = stage.serve(then, &request);
        first.receive(then, request.id, Ok(&reply));
    }
    let request = first.requests().last().expect("the bank asks").clone();
    let mut known = Known::at(&stage.instance);
    known.login = dice.hits(700).then(|| stage.login.clone());
    known.last_sent = dice.hits(600).then(|| now.before(Duration::from_millis(age)));
    Session::resume(request, known, drawn.keep.clone(), drawn.policy.clone(), now)
}
