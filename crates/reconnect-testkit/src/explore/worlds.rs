//! What is explored: ways of a policy, each with its entry points. One policy with all ways on would be their product;
//! each world turns on what belongs together.
//!
//! Every span is a few ticks, so that a tick before, at and after each deadline are nodes of their own, and in the
//! order of the default policy: a poll, a mint, a POST, a prompt, a token, a hint, a cap.

use super::{
    letter::{Brings, Letter, News as N, Says, TAG},
    seat::{BEGIN, Seat, ticks},
};
use core::cell::RefCell;
use reconnect_core::{
    AccountId, Known, LoginId, Mfa, Policy, RequestId, Selection, Session,
    connect::{ConnectNews, Watch},
    policy::{After, Entry, Fetch, Probe, Then, TokenUse},
    webhook::Delivery,
};
use std::collections::HashMap;

/// How far the service's clock may be behind, in ticks.
pub(super) const SKEW: u64 = 1;
/// The life of a `requestId`, in ticks.
const LIFE: u64 = 2;

/// A policy and the ways into it.
#[derive(Debug)]
pub struct World {
    /// Its name in the golden file.
    pub name: &'static str,
    /// Whether the diagram shows it whole: its policy has the default ways.
    pub drawn: bool,
    pub(super) policy: Policy,
    pub(super) starts: Vec<Seat>,
    /// Whether its session came from a browser's claim.
    pub(super) claimed: bool,
    /// Letters that are left out.
    pub(super) without: Vec<Letter>,
    /// Whether it has more than one question or more than one account that a redirect may name.
    pub(super) differs: bool,
    /// How many request ids the service has to give.
    pub(super) ids: usize,
    /// Webhooks by their body: a signature takes longer than all else.
    pub(super) deliveries: RefCell<HashMap<String, Delivery>>,
}

fn small() -> Policy {
    let mut policy = Policy::default();
    (policy.backoff, policy.backoff_max) = (ticks(1), ticks(1));
    (policy.poll_every, policy.look_every) = (ticks(1), ticks(1));
    (policy.quick_limit, policy.post_limit) = (ticks(1), ticks(2));
    (policy.later, policy.retry_after_max, policy.skew) = (ticks(2), ticks(2), ticks(SKEW));
    (policy.request_life, policy.token_life) = (ticks(LIFE), ticks(3));
    (policy.hint_life, policy.poll_cap, policy.late_news) = (ticks(3), ticks(2), ticks(1));
    (policy.tries, policy.poll_tries, policy.budget) = (1, 1, 0);
    (policy.news_looks_named, policy.news_looks, policy.news_mint_every) = (1, 1, ticks(1));
    (policy.prompts_max, policy.asks_again_max) = (1, 1);
    policy
}

/// Even shorter lives, for worlds that have more to remember, such as an answer in doubt.
fn short(policy: &mut Policy) {
    (policy.request_life, policy.token_life, policy.hint_life) = (ticks(2), ticks(3), ticks(3));
    (policy.post_limit, policy.poll_cap, policy.late_news) = (ticks(1), ticks(2), ticks(1));
}

/// No recall, and no second question after the data was pending, for worlds that are about something else.
fn same_only(policy: &mut Policy) {
    (policy.after, policy.asks_again_max) = (After::Same, 0);
}

/// What the caller knows: its own tag.
fn tagged() -> Known {
    let mut known = Known::default();
    known.tag = Some(TAG.into());
    known
}

/// A first connection that was interrupted just now.
fn claimed(policy: &Policy) -> Seat {
    let mut watch = Watch::new();
    watch.heard(
        BEGIN,
        &ConnectNews::read(r#"{"step":"COMPONENT_LOAD_MFA","requestId":"r-0"}"#).expect("it is an event"),
    );
    let session = Session::resume_claimed(&watch, tagged(), Selection::all(), policy.clone(), BEGIN);
    Seat::new(session.expect("the watch has heard of a request"))
}

fn refresh(policy: &Policy) -> Seat {
    let login = LoginId::new("ours").expect("an id");
    Seat::new(Session::refresh(login, tagged(), Selection::all(), policy.clone(), BEGIN))
}

/// A session that is resumed so many ticks after its last request.
fn resume(policy: &Policy, login: bool, age: Option<u64>, keep: Selection) -> Seat {
    let mut known = tagged();
    known.login = login.then(|| LoginId::new("ours").expect("an id"));
    known.last_sent = age.map(|age| BEGIN.before(ticks(age)));
    Seat::new(Session::resume(RequestId::new("r-0").expect("an id"), known, keep, policy.clone(), BEGIN))
}

/// What is only shown. Each doubles the nodes of a world, so one world has them all.
const REMARKS: [Letter; 14] = [
    Letter::News(N::Error),
    Letter::News(N::Left),
    Letter::News(N::OtherRequest),
    Letter::Reply(Says::AsksBare),
    Letter::Reply(Says::AccountsElsewhere),
    Letter::Reply(Says::Wrong),
    Letter::News(N::Ends),
    Letter::Reply(Says::MfaPending),
    Letter::Reply(Says::PagePending),
    Letter::Reply(Says::PageNoWay),
    Letter::Reply(Says::Moved),
    Letter::Late(Says::Moved),
    Letter::Shown,
    Letter::Webhook(Brings::OurTag),
];
/// Accounts that redirects name: their order multiplies the nodes, so one world has them.
const NAMED: [Letter; 4] = [
    Letter::News(N::RedirectNamed),
    Letter::News(N::RedirectAccounts),
    Letter::News(N::RedirectEvil),
    Letter::News(N::RedirectOurAccounts),
];
/// A redirect leaves a look, a count of looks, or a hint that is kept.
const RETURNS: [Letter; 1] = [Letter::News(N::Redirect)];
/// A 203 with another question, which is counted.
const OTHERS: [Letter; 1] = [Letter::Reply(Says::AsksOther)];
/// What makes a showing of the widget.
const SHOWING: [Letter; 2] = [Letter::Open, Letter::News(N::Spent)];

/// What slides a lease.
const HINTS: [Letter; 1] = [Letter::News(N::Progress)];
/// What only repeats a call, or ends as another refusal does.
const TROUBLE: [Letter; 4] = [
    Letter::Reply(Says::LaterSoon),
    Letter::Reply(Says::LaterLong),
    Letter::Reply(Says::PendingLonger),
    Letter::Reply(Says::PageLater),
];

/// Calls that are lost, fail, or bring a reply that is of no use.
const FAILS: [Letter; 6] = [
    Letter::Lost,
    Letter::NotSent,
    Letter::TooLarge,
    Letter::Reply(Says::Page),
    Letter::Reply(Says::Garbled),
    Letter::Reply(Says::Later),
];

/// The world whose session came from a browser's claim.
const CLAIMED: &str = "a claimed first connection";

type Ways = fn(&mut Policy);

/// All of them.
///
/// # Panics
/// If an id of ours is none.
#[must_use]
pub fn worlds() -> Vec<World> {
    let only = || Selection::only([AccountId::new("a").expect("an id")]).expect("one");
    let refreshed = |policy: &Policy| vec![refresh(policy)];
    let resumed = |policy: &Policy| {
        let ages = [None, Some(LIFE - 1), Some(LIFE)];
        let ways = |age| [resume(policy, true, age, Selection::all()), resume(policy, false, age, only())];
        ages.into_iter().flat_map(ways).collect()
    };
    let table: [(&'static str, Ways, bool, &[&[Letter]]); 16] = [
        ("refreshed", |_| {}, true, &[&REMARKS, &SHOWING, &NAMED, &OTHERS, &TROUBLE]),
        ("resumed", |_| {}, false, &[&REMARKS, &SHOWING, &NAMED, &OTHERS]),
        (
            "resumed, always looked at",
            |policy| (policy.probe, policy.token) = (Probe::Always, TokenUse::Without),
            false,
            &[&REMARKS, &SHOWING, &NAMED, &OTHERS],
        ),
        (
            "answers through the API",
            |policy| {
                short(policy);
                policy.mfa = Mfa::WidgetOrApi;
                same_only(policy);
            },
            true,
            // A return while an answer is under way is explored in the next world.
            &[&REMARKS, &SHOWING, &HINTS, &TROUBLE, &NAMED, &OTHERS, &RETURNS],
        ),
        (
            "answers through the API, no tokens",
            |policy| {
                short(policy);
                (policy.mfa, policy.token) = (Mfa::WidgetOrApi, TokenUse::Without);
                same_only(policy);
            },
            true,
            &[&REMARKS, &SHOWING, &HINTS, &NAMED, &OTHERS],
        ),
        (
            "/AuthorizeAsync",
            |policy| {
                short(policy);
                policy.entry = Entry::AuthorizeAsync;
                same_only(policy);
            },
            true,
            &[&REMARKS, &SHOWING, &NAMED, &OTHERS],
        ),
        (
            "webhook, then polls",
            |policy| {
                policy.fetch = webhook(Then::Poll);
                same_only(policy);
            },
            true,
            &[&REMARKS, &SHOWING, &NAMED, &OTHERS],
        ),
        (
            "webhook, then fails",
            |policy| {
                policy.fetch = webhook(Then::Fail);
                same_only(policy);
            },
            true,
            &[&REMARKS, &SHOWING, &NAMED, &OTHERS],
        ),
        ("no tokens", |policy| policy.token = TokenUse::Without, true, &[&REMARKS, &NAMED, &OTHERS]),
        (
            "summary, same session only, no look",
            |policy| {
                (policy.fetch, policy.after, policy.look_on_lapse) = (Fetch::Summary, After::Same, false);
            },
            true,
            &[&REMARKS, &NAMED, &OTHERS, &TROUBLE],
        ),
        ("nothing fetched", |policy| policy.fetch = Fetch::Nothing, true, &[&REMARKS, &SHOWING, &NAMED, &OTHERS]),
        (
            "remarks",
            |policy| {
                short(policy);
                same_only(policy);
            },
            true,
            &[&SHOWING, &NAMED, &OTHERS],
        ),
        (
            "accounts that redirects name",
            |policy| {
                short(policy);
                same_only(policy);
                policy.token = TokenUse::Without;
            },
            true,
            &[&REMARKS, &SHOWING, &HINTS, &TROUBLE, &OTHERS, &FAILS],
        ),
        (
            "other questions",
            |policy| {
                short(policy);
                (policy.mfa, policy.token, policy.after) = (Mfa::WidgetOrApi, TokenUse::Without, After::Same);
            },
            true,
            &[&REMARKS, &SHOWING, &HINTS, &TROUBLE, &NAMED, &RETURNS],
        ),
        (
            CLAIMED,
            |policy| {
                short(policy);
                same_only(policy);
                policy.token = TokenUse::Without;
            },
            false,
            &[&REMARKS, &SHOWING, &HINTS, &TROUBLE, &NAMED, &OTHERS, &FAILS],
        ),
        (
            "more tries",
            |policy| {
                (policy.tries, policy.poll_tries, policy.budget) = (2, 2, 1);
                policy.token = TokenUse::Without;
            },
            true,
            &[&REMARKS, &SHOWING, &NAMED, &OTHERS],
        ),
    ];
    let world = |(name, ways, refreshes, without): (_, Ways, bool, &[&[Letter]])| {
        let mut policy = small();
        ways(&mut policy);
        let starts = match name {
            CLAIMED => vec![claimed(&policy)],
            _ if refreshes => refreshed(&policy),
            _ => resumed(&policy),
        };
        // Doubts about answers make enough nodes, so these worlds have one id; the world of answers without tokens has
        // two.
        let ids = if policy.mfa == Mfa::WidgetOrApi && name != "answers through the API, no tokens" { 1 } else { 2 };
        let without = without.concat();
        World {
            name,
            drawn: policy == small(),
            claimed: name == CLAIMED,
            policy,
            starts,
            differs: [NAMED[1], OTHERS[0]].iter().any(|letter| !without.contains(letter)),
            without,
            ids,
            deliveries: RefCell::default(),
        }
    };
    table.into_iter().map(world).collect()
}

fn webhook(then: Then) -> Fetch {
    Fetch::Webhook { wait: ticks(2), then }
}
