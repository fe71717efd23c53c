//! How a seed becomes a world.

use super::super::rows;
use super::{Dice, Ledger, Met, Node, START, Stage, Story, Watch, World};
use core::time::Duration;
use reconnect_core::{
    AccountId, Action, Known, Mfa, Policy, Selection, Session, Snapshot, Timestamp,
    policy::{After, Entry, Fetch, Then},
};
use reconnect_sandbox::{Calls, Effect, Fault, PendingData, Settings};

const MINUTE: u64 = 60_000;
const DAY: u64 = 86_400_000;
/// The calls that a session makes.
const ENDPOINTS: [&str; 7] = [
    "Authorize",
    "AuthorizeAsync",
    "GenerateAuthorizeToken",
    "GetAccountsDetail",
    "GetAccountsDetailAsync",
    "GetAccountsSummary",
    "GetAccountsSummaryAsync",
];

/// What a seed decides before anything happens.
pub(super) struct Drawn {
    pub(super) keep: Selection,
    pub(super) policy: Policy,
    /// How the stored session began.
    pub(super) resumed: bool,
    /// How far the clocks of the nodes are apart at most.
    pub(super) apart: u64,
    /// How far the clock that is most wrong is from the true time.
    pub(super) widest: u64,
    /// In a thousand: a process dies at a step; a request surely does not get there.
    pub(super) death: u64,
    pub(super) not_sent: u64,
    /// Whether the service sends webhooks.
    pub(super) webhooks: bool,
    /// Whether somebody forges news.
    pub(super) forger: bool,
    /// Whether the service loses the session, and what it has is of last month.
    pub(super) forgetful: bool,
    /// Whether a program of version 1 began the session.
    pub(super) old: bool,
    /// In a thousand: another session is in the row. `reborn`: whether the row is once deleted and begun anew.
    pub(super) strangers: u64,
    pub(super) reborn: bool,
}

/// The kinds of fault that the sandbox knows, by its own words: it lists them to who names one that is none.
///
/// # Panics
/// If it does not.
#[must_use]
pub fn kinds() -> Vec<String> {
    let refused = serde_json::from_str::<Effect>(r#"{"kind":"no such fault"}"#).expect_err("there is none");
    let listed = refused.to_string();
    let listed = listed.split("expected one of").nth(1).expect("it lists those that there are");
    listed.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// A fault of this kind.
fn effect(kind: &str, dice: &mut Dice) -> Effect {
    let handled = dice.hits(600);
    match kind {
        "latency" => Effect::Latency { delay_ms: dice.below(5 * MINUTE) },
        "late" => Effect::Late { delay_ms: dice.below(5 * MINUTE) },
        "drop" => Effect::Drop { handled },
        "truncate" => Effect::Truncate { bytes: dice.below(200) as usize },
        "badGateway" => Effect::BadGateway { handled },
        "tooManyRequests" => {
            let wait = [None, Some(0), Some(3), Some(120), Some(300), Some(301)][dice.below(6) as usize];
            Effect::TooManyRequests { retry_after: wait, as_date: dice.hits(300) }
        }
        "empty" => Effect::Empty { handled },
        "contradiction" => {
            let said = |http_status, body_status, code: Option<&str>| Effect::Contradiction {
                http_status,
                body_status,
                code: code.map(str::to_owned),
            };
            match dice.below(5) {
                0 => said(401, None, None),
                1 => said(503, None, None),
                2 => said(200, Some(401), Some("RETRY_LATER")),
                3 => said(200, Some(500), Some("AGGREGATION_ERROR")),
                _ => said(500, Some(401), Some("UNAUTHORIZED")),
            }
        }
        "duplicate" => Effect::Duplicate {},
        new => panic!("the sandbox has a new kind of fault, which no world meets yet: {new}"),
    }
}

fn faults(dice: &mut Dice) -> Vec<Fault> {
    let kinds = kinds();
    let count = if dice.hits(300) { 0 } else { 1 + dice.below(3) };
    let one = |_| {
        let kind = &kinds[dice.below(kinds.len() as u64) as usize];
        let effect = effect(kind, dice);
        // Where most calls are, and where a fault hurts most.
        let endpoint = ENDPOINTS[(dice.below(7).min(dice.below(7))) as usize];
        let call = 1 + dice.below(3).min(dice.below(3));
        let range = dice.hits(100).then_some(Calls::Each(vec![1, 2, 3, 4, 5, 6]));
        let call = Some(range.unwrap_or(Calls::One(call)));
        Fault { endpoint: Some(endpoint.to_owned()), call, ..Fault::always(effect) }
    };
    (0..count).map(one).collect()
}

fn policy(dice: &mut Dice) -> Policy {
    let mut policy = Policy::default();
    if dice.hits(350) {
        policy.mfa = Mfa::WidgetOrApi;
    }
    if dice.hits(250) {
        policy.entry = Entry::AuthorizeAsync;
    }
    policy.fetch = match dice.below(10) {
        0 => Fetch::Summary,
        1 => Fetch::Nothing,
        2 => Fetch::Webhook { wait: Duration::from_secs(60), then: Then::Poll },
        3 => Fetch::Webhook { wait: Duration::from_secs(60), then: Then::Fail },
        _ => policy.fetch,
    };
    if dice.hits(100) {
        policy.after = After::Same;
    }
    policy.look_on_lapse = !dice.hits(100);
    policy.jitter = dice.below(3);
    policy
}

impl Drawn {
    fn of(dice: &mut Dice, stage: &Stage) -> Self {
        let gone = AccountId::new("an-account-that-was-closed").expect("an id");
        let some = stage.accounts().into_iter().take(2).chain(dice.hits(300).then_some(gone));
        let keep = Selection::only(some).expect("two accounts");
        let (resumed, webhooks) = (dice.hits(200), dice.hits(300));
        let mut policy = policy(dice);
        // Without a look a guess stands for longer, so that a webhook finds one now and then.
        policy.look_on_lapse &= !(webhooks && dice.hits(300));
        Self {
            keep: if dice.hits(300) { Selection::all() } else { keep },
            policy,
            resumed,
            apart: 0,
            widest: 0,
            death: [0, 0, 30, 100][dice.below(4) as usize],
            not_sent: [0, 0, 50, 200][dice.below(4) as usize],
            webhooks,
            forger: dice.hits(400),
            forgetful: dice.hits(150),
            old: dice.hits(100),
            strangers: [0, 0, 0, 20][dice.below(4) as usize],
            reborn: !resumed && dice.hits(60),
        }
    }
}

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
