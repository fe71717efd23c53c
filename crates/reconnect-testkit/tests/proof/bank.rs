//! Session × bank: what holds in a perfect world, and what holds in a bad one.

#![allow(clippy::print_stdout, reason = "counts that a person may want to see, with --nocapture")]

use reconnect_core::policy::Entry;
use reconnect_core::{AccountId, Action, FlinksCode, LoginId, Mfa, Outcome, Pause, Policy, Reason, Selection, Session};
use reconnect_sandbox::{Scenario, Settings};
use reconnect_testkit::duet::{Dice, START, Stage, Trouble, Walk, walk};

fn seeds(default: u64) -> u64 {
    let seeds = std::env::var("RECONNECT_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(default);
    assert!(seeds >= 50, "{seeds} walks show nothing");
    seeds
}

/// Two of the connection's accounts, and one that is not there.
fn keep(stage: &Stage, missing: bool) -> Selection {
    let gone = AccountId::new("an-account-that-was-closed").expect("an id");
    let ids = stage.accounts().into_iter().take(2).chain(missing.then_some(gone));
    Selection::only(ids).expect("two accounts")
}

/// What no trouble excuses.
fn check(stage: &Stage, walk: &mut Walk, keep: &Selection, seed: u64) {
    assert!(stage.bank.challenges_sent(stage.login.as_str()) <= 1, "seed {seed}: a second SMS");
    assert_eq!(stage.bank.challenges_sent(stage.other.as_str()), 0, "seed {seed}: somebody else was asked");
    let accounts = walk.session.take_accounts().unwrap_or_default();
    let theirs = stage.accounts();
    for account in &accounts {
        assert!(theirs.contains(&account.id), "seed {seed}: an account of another login");
        //= docs/spec/accounts.md#selected-accounts
        //# **ACCT-22** A client MUST filter by the user's choice itself.
        assert!(keep.keeps(&account.id), "seed {seed}: an account that nobody selected");
    }
    if let Some(Outcome::Refreshed(done)) = walk.session.outcome() {
        let kept: Vec<_> = done.kept.iter().chain(&done.missing).collect();
        assert!(
            keep.ids().unwrap_or_default().iter().all(|id| kept.contains(&id)),
            "seed {seed}: an account went lost"
        );
        assert_eq!(done.kept.len(), accounts.len(), "seed {seed}: what was kept was handed over");
        assert_eq!(done.login.as_ref(), Some(&stage.login), "seed {seed}");
    }
}

//= docs/spec/reconnect.md#selected-accounts
//# **RECO-18** A client MUST send the ids of the selected accounts in `AccountsFilter` (DATA-5) and filter the reply.
#[test]
fn a_perfect_world_refreshes() {
    for seed in 0..200 {
        let mut stage = Stage::new(seed, 25_000);
        let keep = keep(&stage, seed % 2 == 0);
        let session = stage.refresh(keep.clone(), Policy::default());
        let mut done = walk(&mut stage, session, Trouble::default(), &mut Dice::new(seed));
        let Some(Outcome::Refreshed(refreshed)) = done.session.outcome() else {
            panic!("seed {seed}: {:?}", done.session.outcome())
        };
        assert_eq!(refreshed.kept.len(), 2);
        assert_eq!(refreshed.missing.len(), usize::from(seed % 2 == 0));
        assert_eq!(done.statuses, [200, 203, 202, 202, 202, 200], "a token, the prompt, three times pending, the data");
        check(&stage, &mut done, &keep, seed);
        assert_eq!(stage.bank.findings(), [], "what we send is as documented");
    }
}

#[test]
fn an_interrupted_session_is_resumed_at_any_age() {
    for (age, refreshed) in [(0, true), (479_999, true), (480_000, false)] {
        let mut stage = Stage::new(age, 0);
        let session = stage.refresh(Selection::all(), Policy::default());
        let away = Trouble { away: 1_000, ..Trouble::default() };
        let first = walk(&mut stage.clone(), session.clone(), away, &mut Dice::new(1));
        assert!(
            matches!(first.session.outcome(), Some(Outcome::Failed(failure)) if failure.reason() == Reason::Lapsed)
        );
        // The first process goes as far as the prompt, and all that is left of it is a request id and its age.
        let (mut session, mut now) = (session, reconnect_testkit::duet::START);
        while session.prompt(now).is_none() {
            if let Action::Send(request) = session.poll(now) {
                let reply = stage.serve(now, &request);
                session.receive(now, request.id, Ok(&reply));
            }
        }
        let request = session.requests()[0].clone();
        let mut known = reconnect_core::Known::at(&stage.instance);
        known.last_sent = Some(now);
        now = now + core::time::Duration::from_millis(age);
        let mut resumed = Session::resume(request.clone(), known, Selection::all(), Policy::default(), now);
        match resumed.poll(now) {
            //= docs/spec/reconnect.md#interrupted-session-a-live-requestid
            //# **RECO-3** A client MUST resume without a call if it knows that the `requestId` was used within its 8
            //# min.
            Action::Pause(Pause::Ask(_)) => assert!(refreshed),
            //= docs/spec/reconnect.md#interrupted-session-a-live-requestid
            //# **RECO-4** A client MUST take a session as over, without a call, if the known age is past 8 min, unless
            //# its caller wants a look all the same.
            Action::Pause(Pause::Done) => assert!(!refreshed),
            other @ (Action::Send(_) | Action::Wait { .. }) => panic!("{other:?}: a known age needs no call"),
        }
    }
}

#[test]
fn a_bad_world_never_costs_a_second_sms_or_a_foreign_account() {
    let (mut refreshed, mut reasons) = (0, std::collections::BTreeMap::<String, u32>::new());
    let seeds = seeds(4_000);
    for seed in 0..seeds {
        let mut dice = Dice::new(seed);
        let mut stage = Stage::new(seed, dice.below(60_000));
        let rate = [0, 20, 60, 150][dice.below(4) as usize];
        let mut at = |most: u64| if dice.hits(500) { most.min(rate) } else { 0 };
        let trouble = Trouble {
            not_sent: at(150),
            lost: at(100),
            lost_reply: at(100),
            late: at(100),
            doubled: at(150),
            garbled: at(100),
            death: at(100),
            away: at(150),
            silent: at(150) * 3,
            forged: at(150),
            jump: at(20),
        };
        let keep = keep(&stage, dice.hits(300));
        let mut policy = Policy::default();
        if dice.hits(300) {
            policy.mfa = Mfa::WidgetOrApi;
        }
        if dice.hits(300) {
            policy.entry = Entry::AuthorizeAsync;
        }
        let session = stage.refresh(keep.clone(), policy);
        let mut done = walk(&mut stage, session, trouble, &mut dice);
        check(&stage, &mut done, &keep, seed);
        // What a bad world excuses: a poll again after its reply was lost, and a look at a session that had ended.
        for finding in stage.bank.findings() {
            assert!(["poll-too-soon", "session-over"].contains(&finding.rule.id), "seed {seed}: {finding}");
        }
        match done.session.outcome() {
            Some(Outcome::Refreshed(_)) => refreshed += 1,
            Some(Outcome::Failed(failure)) => *reasons.entry(format!("{:?}", failure.reason())).or_default() += 1,
            None => panic!("seed {seed}: a walk ends in an outcome"),
        }
    }
    println!("{seeds} walks: {refreshed} refreshed, {reasons:?}");
    assert!(refreshed * 2 > seeds, "most walks get there: {refreshed} of {seeds}, {reasons:?}");
    for reason in ["Lapsed", "OutcomeUnknown", "Unreachable"] {
        assert!(reasons.contains_key(reason), "no walk ended {reason}: {reasons:?}");
    }
}

/// The faults are the sandbox's own here, which fall on what it has handled too. None of them tells for sure that a live
/// call did not get there, so it goes out once; what else fails is tried again.
#[test]
fn the_unreliable_scenario_ends_and_refreshes_once() {
    let (mut befallen, mut refreshed) = (0, 0);
    let seeds = seeds(600);
    for seed in 0..seeds {
        let scenario = Scenario::named("unreliable").expect("it comes with the sandbox");
        let mut stage = Stage::of(Settings { strict: true, seed, ..Settings::of(scenario) });
        let keep = keep(&stage, seed % 2 == 0);
        let session = stage.refresh(keep.clone(), Policy::default());
        let mut done = walk(&mut stage, session, Trouble::default(), &mut Dice::new(seed));
        assert!(done.polls <= 60, "seed {seed}: {} polls", done.polls);
        assert!(done.lives <= 1, "seed {seed}: a live call is repeated only where it surely did not get there");
        check(&stage, &mut done, &keep, seed);
        befallen += u64::from(stage.bank.requests().iter().any(|request| request.fault.is_some()));
        match done.session.outcome() {
            Some(Outcome::Refreshed(_)) => refreshed += 1,
            Some(Outcome::Failed(failure)) => {
                let reason = failure.reason();
                let known = matches!(reason, Reason::OutcomeUnknown | Reason::Unreachable | Reason::Refused);
                assert!(known, "seed {seed}: {reason:?}");
            }
            None => panic!("seed {seed}: a walk ends in an outcome"),
        }
    }
    println!("{seeds} walks: {refreshed} refreshed, {befallen} with a fault");
    assert!(befallen * 2 > seeds, "most walks meet a fault: {befallen} of {seeds}");
    assert!(refreshed * 4 > seeds * 3, "most walks get there: {refreshed} of {seeds}");
}

/// `test_` and the code of an error in lower case: the core knows the codes, the sandbox the users, and neither knows the other's.
#[test]
fn there_is_a_user_for_every_code_and_their_refresh_ends() {
    for code in FlinksCode::KNOWN.iter().filter(|code| code.advice().is_some()) {
        let username = format!("test_{}", code.as_str().to_lowercase().replace(' ', "_"));
        let mut stage = Stage::new(1, 2_000);
        let first =
            r#"{"Institution":"FlinksCapital","Password":"wrong","MostRecentCached":false,"Save":true,"Username":""#;
        let path = format!("/v3/{}/BankingServices/Authorize", Settings::default().customer_id);
        let request = reconnect_sandbox::Request::post(path, format!("{first}{username}\"}}"));
        let mut lenient = reconnect_sandbox::Bank::new(Settings::default());
        let refused = lenient.handle(START.as_millis(), &request);
        assert_eq!(refused.json()["FlinksCode"], "INVALID_PASSWORD", "nobody is called {username}");

        stage.login = LoginId::new(&stage.bank.connect(0, &username, "en")).expect("an id");
        let session = stage.refresh(Selection::all(), Policy::default());
        let done = walk(&mut stage, session, Trouble::default(), &mut Dice::new(1));
        assert!(done.polls < 400 && done.lives <= 2, "{username}: {done:?}");
        assert!(done.session.outcome().is_some(), "{username}: a walk ends in an outcome");
    }
}

//= docs/spec/lifetimes.md#requestid
//# **LIFE-12** A client SHOULD spend one look on a prompt whose lease has passed.
//= docs/spec/reconnect.md#after-the-widget
//# **RECO-21** A client SHOULD settle every doubt by a look, which sends the data call for its `requestId` and reads
//# 200 and 202 as authorized, `UNAUTHORIZED` and 203 as not yet, `SESSION_NONEXISTENT` and `SESSION_EXPIRED` as gone,
//# and MUST NOT look as a routine.
#[test]
fn what_the_user_finished_is_found_even_if_nobody_told_us() {
    for seed in 0..500 {
        let mut stage = Stage::new(seed, 20_000);
        let keep = keep(&stage, false);
        let session = stage.refresh(keep.clone(), Policy::default());
        let trouble = Trouble { silent: 1_000, doubled: 100, ..Trouble::default() };
        let mut done = walk(&mut stage, session, trouble, &mut Dice::new(seed));
        assert!(done.answered);
        assert!(
            matches!(done.session.outcome(), Some(Outcome::Refreshed(_))),
            "seed {seed}: {:?}",
            done.session.outcome()
        );
        check(&stage, &mut done, &keep, seed);
    }
}

#[test]
fn a_perfect_world_refreshes_by_authorize_async() {
    for seed in 0..100 {
        let mut stage = Stage::new(seed, 25_000);
        let keep = keep(&stage, false);
        let mut policy = Policy::default();
        policy.entry = Entry::AuthorizeAsync;
        let session = stage.refresh(keep.clone(), policy);
        let mut done = walk(&mut stage, session, Trouble::default(), &mut Dice::new(seed));
        let outcome = done.session.outcome();
        assert!(matches!(outcome, Some(Outcome::Refreshed(_))), "seed {seed}: {outcome:?}");
        assert!(!done.statuses.contains(&401), "seed {seed}: {:?}", done.statuses);
        check(&stage, &mut done, &keep, seed);
        assert_eq!(stage.bank.findings(), [], "what we send is as documented");
    }
}
