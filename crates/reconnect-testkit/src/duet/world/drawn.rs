//! What a seed decides before anything happens.

use crate::duet::{Dice, Stage};
use core::time::Duration;
use reconnect_core::{
    AccountId, Mfa, Policy, Selection,
    policy::{After, Entry, Fetch, Then},
};
use reconnect_sandbox::{Calls, Effect, Fault};

const MINUTE: u64 = 60_000;
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

pub(super) fn faults(dice: &mut Dice) -> Vec<Fault> {
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
    pub(super) fn of(dice: &mut Dice, stage: &Stage) -> Self {
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
