//! The session against the reference model, over many schedules; and the pure functions, which give the same output for
//! the same input.
//!
//! `RECONNECT_SCHEDULES` says how many, `RECONNECT_SEED` which ones, `PROPTEST_MAX_SHRINK_ITERS` how long one that fails is
//! shortened.

use core::{cell::RefCell, fmt::Write, time::Duration};
use proptest::{
    collection::vec,
    prelude::any,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner},
};
use reconnect_core::{
    Account, AccountId, Event, ExchangeId, Fault, FaultKind, Known, LoginId, Policy, RequestId, Selection, Session,
    Stage, Timestamp, connect::ConnectNews, lease, selection, step,
};
use reconnect_testkit::model::{Entry, News, NewsKind};
use reconnect_testkit::schedule::{
    BEGIN, Cover, Flooded, KINDS, Op, Service, Start, Well, flooded, play, run_bytes, served, story, walk, walks,
};
use std::env;

fn number(name: &str, otherwise: u32) -> u32 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn runner(cases: u32) -> TestRunner {
    // Miri is slower by some thousand times.
    let cases = if cfg!(miri) { cases.min(50) } else { cases };
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: number("PROPTEST_MAX_SHRINK_ITERS", 20_000),
        ..Config::default()
    };
    let mut seed = [7; 32];
    seed[..4].copy_from_slice(&number("RECONNECT_SEED", 0).to_le_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}

/// What no run may leave out: a step of this kind that led from one stage to the other.
const CELLS: &[(Stage, &str, Stage)] = {
    use Stage::{Asking, Authorizing, Done, Fetching, Looking, Recalling};
    &[
        (Authorizing, "token", Authorizing),
        (Authorizing, "asks", Asking),
        (Authorizing, "pending", Asking),
        (Authorizing, "yes", Fetching),
        (Authorizing, "refused", Authorizing),
        (Authorizing, "refused", Done),
        (Authorizing, "page", Authorizing),
        (Authorizing, "page", Asking),
        (Authorizing, "page", Done),
        (Authorizing, "refused", Asking),
        (Authorizing, "fault", Authorizing),
        (Authorizing, "fault", Done),
        (Authorizing, "restore", Authorizing),
        (Authorizing, "pending", Authorizing),
        (Authorizing, "fault", Asking),
        (Authorizing, "delivered", Authorizing),
        (Authorizing, "delivered", Fetching),
        (Authorizing, "delivered", Done),
        (Asking, "send", Looking),
        (Asking, "send", Done),
        (Asking, "asks", Asking),
        (Asking, "asks", Looking),
        (Asking, "yes", Fetching),
        (Asking, "pending", Looking),
        (Asking, "refused", Asking),
        (Asking, "refused", Done),
        (Asking, "token", Asking),
        (Asking, "fault", Asking),
        (Asking, "fault", Looking),
        (Asking, "late", Asking),
        (Asking, "late", Fetching),
        (Asking, "redirect", Looking),
        (Asking, "redirect", Asking),
        (Asking, "news", Asking),
        (Asking, "page", Asking),
        (Asking, "page", Looking),
        (Asking, "shown", Asking),
        (Asking, "delivered", Looking),
        (Asking, "answer", Asking),
        (Asking, "open", Asking),
        (Asking, "restore", Asking),
        (Asking, "pending", Authorizing),
        (Asking, "delivered", Asking),
        (Asking, "delivered", Fetching),
        (Asking, "delivered", Done),
        (Looking, "yes", Done),
        (Looking, "asks", Asking),
        (Looking, "asks", Looking),
        (Looking, "asks", Done),
        (Looking, "page", Asking),
        (Looking, "page", Looking),
        (Looking, "page", Done),
        (Looking, "news", Looking),
        (Looking, "answer", Looking),
        (Looking, "open", Looking),
        (Looking, "pending", Fetching),
        (Looking, "refused", Asking),
        (Looking, "refused", Looking),
        (Looking, "refused", Recalling),
        (Looking, "refused", Done),
        (Looking, "fault", Looking),
        (Looking, "fault", Asking),
        (Looking, "fault", Done),
        (Looking, "late", Asking),
        (Looking, "late", Fetching),
        (Looking, "redirect", Looking),
        (Looking, "restore", Looking),
        (Looking, "delivered", Fetching),
        (Looking, "delivered", Done),
        (Fetching, "asks", Asking),
        (Fetching, "asks", Done),
        (Fetching, "refused", Asking),
        (Fetching, "page", Fetching),
        (Fetching, "page", Done),
        (Fetching, "redirect", Fetching),
        (Fetching, "pending", Fetching),
        (Fetching, "pending", Done),
        (Fetching, "yes", Done),
        (Fetching, "refused", Fetching),
        (Fetching, "refused", Recalling),
        (Fetching, "refused", Done),
        (Fetching, "fault", Fetching),
        (Fetching, "fault", Done),
        (Fetching, "restore", Fetching),
        (Fetching, "send", Done),
        (Fetching, "delivered", Fetching),
        (Fetching, "delivered", Done),
        (Recalling, "token", Recalling),
        (Recalling, "asks", Asking),
        (Recalling, "asks", Done),
        (Recalling, "page", Recalling),
        (Recalling, "page", Done),
        (Recalling, "redirect", Recalling),
        (Recalling, "yes", Fetching),
        (Recalling, "yes", Done),
        (Recalling, "refused", Recalling),
        (Recalling, "refused", Done),
        (Recalling, "late", Asking),
        (Recalling, "restore", Recalling),
        (Recalling, "delivered", Recalling),
        (Recalling, "delivered", Done),
        (Done, "redirect", Looking),
        (Done, "send", Looking),
        (Done, "take", Done),
        (Done, "delivered", Recalling),
        (Done, "redirect", Done),
        (Done, "late", Asking),
        (Done, "late", Fetching),
        (Done, "restore", Done),
        (Done, "late", Authorizing),
        (Done, "delivered", Fetching),
        (Done, "delivered", Done),
        (Authorizing, "cancel", Done),
        (Asking, "cancel", Done),
        (Looking, "cancel", Done),
        (Fetching, "cancel", Done),
        (Recalling, "cancel", Done),
        (Done, "cancel", Done),
    ]
};

/// Ways that have to lead to data.
const WAYS: [&str; 28] = [
    "a refresh",
    "a resumed session of known age",
    "a resumed session of unknown age",
    "a resumed session of unknown login",
    "AuthorizeAsync",
    "answers through the API",
    "no tokens",
    "a probe always",
    "no look on lapse",
    "no cached call",
    "other tries",
    "other tries of polls",
    "another budget",
    "jitter",
    "other numbers",
    "some accounts",
    "a known institution",
    "a session that a browser claimed",
    "a tag",
    "the session's token in the widget",
    "other pauses between showings",
    "fewer looks for news",
    "fewer prompts",
    "accounts with their transactions",
    "a summary",
    "nothing fetched",
    "a webhook, or polls",
    "a webhook or nothing",
];

#[test]
fn session_and_model_agree() {
    let cases = number("RECONNECT_SCHEDULES", 100_000);
    assert!(cases >= 50, "{cases} schedules show nothing");
    let cover = RefCell::new(Cover::default());
    let schedules = (any::<[u8; 8]>(), vec(any::<[u8; 4]>(), 0..70));
    let ran = runner(cases).run(&schedules, |(start, ops)| {
        let ops: Vec<Op> = ops.into_iter().map(Op::of).collect();
        play(&Start::of(start), &ops, &mut cover.borrow_mut(), None).map_err(TestCaseError::fail)
    });
    match ran {
        Ok(()) => {}
        Err(TestError::Fail(_, (start, ops))) => {
            let ops: Vec<Op> = ops.into_iter().map(Op::of).collect();
            panic!("{}", story(&Start::of(start), &ops));
        }
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
    // A schedule that goes nowhere proves nothing.
    let cover = cover.into_inner();
    let least = u64::from(cases) / 10_000;
    // A short run is for a look, or for a planted fault; it need not come everywhere.
    if cases < 20_000 {
        return;
    }
    let rare: Vec<_> = CELLS.iter().filter(|(before, kind, after)| cover.of(*before, kind, *after) < least).collect();
    let few: Vec<_> = Stage::ALL.iter().filter(|stage| cover.visits(**stage) * 40 < cover.steps).collect();
    let ways: Vec<_> = WAYS.iter().filter(|way| cover.ways.get(*way).is_none_or(|count| *count < 5 * least)).collect();
    assert!(
        rare.is_empty() && few.is_empty() && ways.is_empty() && cover.refreshed * 50 > u64::from(cases),
        "hardly visited: {few:?} and {rare:?}; hardly ever through with {ways:?}\n{}",
        counts(&cover)
    );
}

/// How often each kind of step led where.
fn counts(cover: &Cover) -> String {
    let mut text = format!("{} steps, {} refreshed: {:?}", cover.steps, cover.refreshed, cover.ways);
    for before in Stage::ALL {
        let _ = write!(text, "\n{before:?}: {} steps", cover.visits(before));
        for kind in KINDS {
            for after in Stage::ALL {
                match cover.of(before, kind, after) {
                    0 => {}
                    n => drop(write!(text, ", {kind} → {after:?} {n}")),
                }
            }
        }
    }
    text
}

/// With the model alone, so that it is held to the decisions, and not only to the session.
#[test]
fn the_model_walks_where_an_earlier_wording_went_wrong() {
    for one in walks() {
        if let Err(wrong) = walk(&one, false) {
            panic!("{wrong}");
        }
    }
}

#[test]
fn session_and_model_walk_where_an_earlier_wording_went_wrong() {
    for one in walks() {
        if let Err(wrong) = walk(&one, true) {
            panic!("{wrong}");
        }
    }
}

fn plain(entry: Entry) -> Start {
    Start { entry, keep: None, policy: Policy::default(), institution: None, tag: None }
}

/// Rule 6: it ends with an absent user and any service that gives one constant answer, or two in turn.
fn it_ends(with_session: bool) {
    let resume = |login, last_sent| Entry::Resume { login, last_sent };
    let entries = [
        (plain(Entry::Refresh), Well::Never),
        (plain(Entry::Refresh), Well::Asked),
        (plain(Entry::Refresh), Well::Authorized),
        (plain(resume(true, Some(BEGIN))), Well::Never),
        (plain(resume(true, None)), Well::Never),
        (plain(resume(false, None)), Well::Never),
    ];
    let mut most = (0, String::new());
    for (start, well) in entries {
        for (n, one) in Service::ALL.into_iter().enumerate() {
            for other in &Service::ALL[n..] {
                let name = format!("{:?} {well:?} {one:?} {other:?}", start.entry);
                match served(&start, well, [one, *other], with_session) {
                    Ok((requests, _)) if requests > most.0 => most = (requests, name),
                    Ok(_) => {}
                    Err(wrong) => panic!("{name}: {wrong}"),
                }
            }
        }
    }
    assert!(most.0 <= 200, "{most:?}");
}

#[test]
fn the_model_ends_with_any_two_answers_in_turn() {
    it_ends(false);
}

#[test]
fn the_session_ends_with_any_two_answers_in_turn() {
    it_ends(true);
}

/// The most that a browser in a loop can cost, and how long it can keep a login from being refreshed.
fn floods(with_session: bool) {
    let news = |kind, request| News { kind, login: None, request, accounts: vec![] };
    let redirect = news(NewsKind::Redirect, None);
    let named = news(NewsKind::Redirect, Some(0));
    let progress = news(NewsKind::Progress, None);
    let ends = news(NewsKind::Ends("COMPONENT_DENY_CONSENT"), None);
    let spent = news(NewsKind::TokenInvalid, None);
    let strategies = [
        vec![redirect.clone()],
        vec![named.clone()],
        vec![progress.clone()],
        vec![ends.clone()],
        vec![redirect.clone(), ends.clone()],
        vec![progress.clone(), redirect],
        vec![named.clone(), progress],
        vec![named, ends],
        vec![spent],
    ];
    let mut most = Flooded::default();
    for service in [Service::Unauthorized, Service::Asks(1), Service::Page(403), Service::Gone] {
        for slow in [0, 230_000] {
            for every in [1_000, 10_000, 200_000, 470_000] {
                if every == 1_000 && (slow > 0 || with_session) {
                    continue;
                }
                for strategy in &strategies {
                    let start = plain(Entry::Refresh);
                    let cost = flooded(&start, service, slow, every, strategy, with_session)
                        .unwrap_or_else(|wrong| panic!("{service:?} {slow} {every} {strategy:?}: {wrong}"));
                    most.looks = most.looks.max(cost.looks);
                    most.mints = most.mints.max(cost.mints);
                    most.open_until = most.open_until.max(cost.open_until);
                    most.open_again = most.open_again.max(cost.open_again);
                }
            }
        }
    }
    assert!(most.looks <= 76 && most.mints <= 96, "{most:?}");
    assert!(most.open_until <= 42 * 60_000 && most.open_again == 0, "{most:?}");
}

#[test]
fn a_flood_of_the_model_stays_within_the_limits() {
    floods(false);
}

#[test]
fn a_flood_of_the_session_stays_within_the_limits() {
    floods(true);
}

#[test]
fn any_bytes_are_a_schedule() {
    let ran = runner(if cfg!(miri) { 5 } else { 500 }).run(&vec(any::<u8>(), 0..600), |bytes| {
        run_bytes(&bytes);
        Ok(())
    });
    ran.expect("the fuzz target's entry agrees as well");
}

fn session(resumed: bool, age: u32) -> Session {
    let (now, mut policy) = (Timestamp::from_millis(1_000_000), Policy::default());
    policy.jitter = u64::from(age % 3);
    let login = LoginId::new("5e115eac").expect("an id");
    if !resumed {
        return Session::refresh(login, Known::default(), Selection::all(), policy, now);
    }
    let mut known = Known::default();
    known.last_sent = Some(Timestamp::from_millis(1_000_000 - u64::from(age)));
    Session::resume(RequestId::new("9022abc2").expect("an id"), known, Selection::all(), policy, now)
}

fn event(kind: u8, id: u8) -> Event {
    let news = |text| Event::Returned(ConnectNews::read(text).expect("news"));
    match kind % 8 {
        0 => Event::Tick,
        1 => Event::Lost(ExchangeId::from_number(id.into())),
        2 => Event::Received(ExchangeId::from_number(id.into()), Err(Fault::maybe(FaultKind::Connect))),
        3 => Event::Received(ExchangeId::from_number(id.into()), Err(Fault::NOT_SENT)),
        4 => news(r#"{"step":"REDIRECT"}"#),
        5 => news(r#"{"step":"SUBMIT_MFA"}"#),
        6 => Event::Opened,
        _ => Event::Cancelled,
    }
}

#[test]
fn step_is_a_function() {
    let steps = vec((any::<u8>(), 0_u8..6, 0_u32..600_000), 0..12);
    let ran = runner(2_000).run(&(any::<bool>(), 0_u32..600_000, steps), |(resumed, age, steps)| {
        let (mut one, mut other) = (session(resumed, age), session(resumed, age));
        let mut now = 1_000_000;
        for (kind, id, later) in steps {
            now += u64::from(later);
            let at = Timestamp::from_millis(now);
            let (first, heard, action) = step(one, at, event(kind, id));
            let (second, heard_again, action_again) = step(other, at, event(kind, id));
            assert_eq!(heard, heard_again);
            assert_eq!(format!("{action:?}"), format!("{action_again:?}"));
            assert_eq!(first.snapshot(), second.snapshot());
            assert_eq!(first.deadline(), second.deadline());
            (one, other) = (first, second);
        }
        Ok(())
    });
    ran.expect("the same output for the same input");
}

//= docs/spec/lifetimes.md#requestid
//# **LIFE-7** A client MUST count a lease from the moment its request was sent, and MUST take it as alive while `now <
//# sent + life`.
#[test]
fn a_lease_is_half_open() {
    let moments = (0_u64..5_000, 0_u64..5_000, 0_u64..3_000);
    let ran = runner(20_000).run(&moments, |(since, now, life)| {
        let (from, at, span) =
            (Timestamp::from_millis(since), Timestamp::from_millis(now), Duration::from_millis(life));
        let expected = if now.max(since) < since + life {
            lease::Lease::Alive { left: Duration::from_millis(since + life - now.max(since)) }
        } else {
            lease::Lease::Over { since: Duration::from_millis(now.max(since) - since - life) }
        };
        assert_eq!(lease::state(from, at, span), expected);
        Ok(())
    });
    ran.expect("alive while now < since + life");
}

//= docs/spec/accounts.md#selected-accounts
//# **ACCT-24** A client MUST tell which selected accounts are not in the reply.
#[test]
fn split_loses_nothing() {
    let ran = runner(5_000).run(&(vec(0_u8..8, 0..12), vec(0_u8..8, 0..6)), |(there, wanted)| {
        let id = |n: &u8| AccountId::new(&format!("account-{n}")).expect("an id");
        let accounts = there.iter().map(|n| Account::new(id(n))).collect();
        let keep = Selection::only(wanted.iter().map(id)).unwrap_or_default();
        let report = selection::split(accounts, &keep);
        assert_eq!(report.kept.len() + report.left_out, there.len());
        let chosen = |n: &u8| wanted.is_empty() || wanted.contains(n);
        let kept: Vec<AccountId> = there.iter().filter(|n| chosen(n)).map(id).collect();
        assert_eq!(report.kept.iter().map(|account| account.id.clone()).collect::<Vec<_>>(), kept);
        assert!(report.missing.iter().all(|gone| !kept.contains(gone) && wanted.iter().any(|n| id(n) == *gone)));
        let met = wanted.iter().filter(|n| there.contains(n)).map(id).collect::<Vec<_>>();
        assert!(wanted.iter().map(id).all(|one| met.contains(&one) || report.missing.contains(&one)));
        Ok(())
    });
    ran.expect("kept, missing and left out are everything");
}
