//! What every driver builds its loop of, each part by itself: both drivers are tested with the whole loop in `drivers`.

use core::time::Duration;
use reconnect_core::drive::{Next, Plan, StoredSession, Turn};
use reconnect_core::{
    AccountId, Answers, Deadline, DriveError, Event, Fault, Instance, Keys, Known, LoginId, Mfa, Pause, Policy,
    RequestId, Selection, Session, Snapshot, Stepped, Stopped, StoreError, Timestamp, Why,
    policy::{Entry, Fetch},
};
use reconnect_testkit::at_rest::says_the_same;
use reconnect_testkit::walks::{
    ASKS, DATA, NOW, OK, PENDING, TOKEN, asked, exchange, newer_phases, news, phases, reply, sent, walked,
};

fn instance() -> Instance {
    Instance::named("toolbox", "c").expect("an instance")
}

fn keys() -> Keys {
    Keys { secret: Some("k".into()), api: None }
}

fn refresh() -> Session {
    refresh_by(Policy::default())
}

fn refresh_by(policy: Policy) -> Session {
    let login = LoginId::new("l").expect("an id");
    Session::refresh(login, Known::at(&instance()), Selection::all(), policy, NOW)
}

fn turn(kept: &StoredSession, now: Timestamp) -> Turn {
    kept.turn(now, &instance(), &keys()).expect("it can be rendered")
}

fn next(kept: &mut StoredSession, now: Timestamp) -> Next {
    let turn = turn(kept, now);
    kept.take(turn)
}

#[test]
fn a_session_that_ended_sends_only_a_look_that_is_due() {
    let mut policy = Policy::default();
    // Each look that a redirect causes comes later.
    (policy.news_looks, policy.news_looks_named) = (0, 0);
    let mut known = Known::at(&instance());
    known.last_sent = Some(NOW.before(Duration::from_secs(9 * 60)));
    let request = RequestId::new("r").expect("an id");
    let mut kept = StoredSession::new(Session::resume(request, known, Selection::all(), policy, NOW));
    kept.tell(NOW, news(r#"{"step":"REDIRECT","requestId":"r"}"#)).expect("news fits");
    let deadline = kept.deadline().expect("it looks later");
    assert_eq!((kept.outcome().is_some(), deadline.why), (true, Why::Look));
    assert!(matches!(next(&mut kept, deadline.at.before(Duration::from_millis(1))), Next::Stop(_)));
    assert!(matches!(next(&mut kept, deadline.at), Next::Send(_)));
}

#[test]
fn eight_swaps_in_a_row_may_be_lost() {
    let row = walked(refresh(), &[(200, TOKEN), (203, ASKS)]).snapshot();
    let mut kept = StoredSession::restore(row.clone()).expect("a session");
    for _ in 0..2 {
        kept.tell(NOW, Event::Opened).expect("it asks");
        let lost = (0..100).take_while(|_| kept.reload(NOW, Some(row.clone())).is_ok()).count();
        assert_eq!(lost, 8);
        assert!(matches!(kept.reload(NOW, Some(row.clone())), Err(DriveError::Conflict)));
        // A swap that is won counts from the beginning.
        next(&mut kept, NOW);
    }
}

#[test]
fn only_a_conflict_is_gone_on_from() {
    assert!(StoreError::Conflict.is_conflict().is_ok());
    assert!(matches!(StoreError::failed("down").is_conflict(), Err(DriveError::Store(_))));
}

#[test]
fn a_widget_that_was_just_opened_says_when_it_may_be_opened_again() {
    let mut asking = walked(refresh(), &[(200, TOKEN), (203, ASKS)]);
    asking.open(NOW);
    exchange(&mut asking, &mut NOW.clone(), 200, TOKEN);
    let mut kept = StoredSession::new(asking);
    assert_eq!(kept.opens_again(), None);
    kept.tell(NOW, Event::Opened).expect("it asks");
    assert_eq!(kept.opens_again(), Some(NOW + Duration::from_secs(10)));
}

#[test]
fn accounts_are_handed_over_once() {
    let session = walked(refresh(), &[(200, TOKEN), (200, OK), (200, DATA)]);
    let mut kept = StoredSession::new(session.clone());
    assert_eq!(StoredSession::new(session).done().expect("accounts").accounts.len(), 1);
    assert_eq!(kept.take_accounts().map(|accounts| accounts.len()), Some(1));
    assert_eq!(kept.take_accounts(), None);
    assert!(matches!(kept.done(), Err(Stopped::HandedOver(_))));
}

#[test]
fn an_exchange_that_is_dropped_is_lost() {
    let mut kept = StoredSession::new(refresh());
    let Next::Send(mint) = next(&mut kept, NOW) else { panic!("it mints") };
    assert_eq!(kept.deadline().map(|deadline| deadline.why), Some(Why::RequestTimesOut));
    drop(kept.begin_exchange(mint.id, || NOW));
    assert_eq!(kept.deadline().map(|deadline| deadline.why), Some(Why::Retry));
}

#[test]
fn a_plan_keeps_the_accounts_that_it_was_told() {
    let keep = Selection::only([AccountId::new("a-1").expect("an id")]).expect("one");
    let plan = Plan::refresh(LoginId::new("l").expect("an id")).keep(keep.clone());
    assert_eq!(plan.session(NOW, &instance(), &keys()).keep(), &keep);
}

fn accounts_of(turn: &Turn) -> Option<Vec<&str>> {
    Some(turn.accounts()?.iter().map(|account| account.id.as_str()).collect())
}

#[test]
fn the_turn_of_the_end_has_the_accounts_until_one_is_taken() {
    let two = DATA.replace(r#"{"Id":"a"}"#, r#"{"Id":"a"},{"Id":"b"}"#);
    let mut kept = StoredSession::new(walked(refresh(), &[(200, TOKEN), (200, OK)]));
    let fetch = turn(&kept, NOW);
    assert!(fetch.snapshot().is_some() && fetch.accounts().is_none());
    let Next::Send(request) = kept.take(fetch) else { panic!("it fetches") };
    kept.tell(NOW, Event::Received(request.id, Ok(reply(200, &two)))).expect("a reply fits");
    // A store may have failed to keep the first.
    for _ in 0..2 {
        let end = turn(&kept, NOW);
        assert_eq!((accounts_of(&end), end.snapshot().is_some()), (Some(vec!["a", "b"]), true));
        assert!(!end.goes_once());
    }
    // What is told while the end is being kept is kept after it, without the accounts.
    let end = turn(&kept, NOW);
    kept.tell(NOW, news(r#"{"step":"REDIRECT","requestId":"r","accountId":["a"]}"#)).expect("news fits");
    kept.take(end);
    let late = turn(&kept, NOW);
    assert_eq!((accounts_of(&late), late.snapshot().is_some()), (None, true));
    kept.take(late);
    let nothing = turn(&kept, NOW);
    assert!(nothing.snapshot().is_none() && nothing.accounts().is_none());
    assert_eq!(kept.take_accounts().map(|accounts| accounts.len()), Some(2));
}

#[test]
fn no_turn_has_accounts_that_are_not_handed_over() {
    // They were taken before the end was kept.
    let mut taken = StoredSession::new(walked(refresh(), &[(200, TOKEN), (200, OK), (200, DATA)]));
    taken.take_accounts();
    assert!(turn(&taken, NOW).snapshot().is_some() && turn(&taken, NOW).accounts().is_none());
    // Another process has the end, and its accounts.
    let ended = walked(refresh(), &[(200, TOKEN), (200, OK), (200, DATA)]);
    let restored = StoredSession::new(Session::restore(ended.snapshot()).expect("a session"));
    assert!(turn(&restored, NOW).snapshot().is_some() && turn(&restored, NOW).accounts().is_none());
    // It failed.
    let mut failed = StoredSession::new(walked(refresh(), &[(200, TOKEN), (200, OK)]));
    failed.tell(NOW, Event::Cancelled).expect("it may be cancelled");
    assert!(turn(&failed, NOW).snapshot().is_some() && turn(&failed, NOW).accounts().is_none());
    // No data was wanted: that is an end with no accounts, and not one without any.
    let mut policy = Policy::default();
    policy.fetch = Fetch::Nothing;
    let nothing = StoredSession::new(walked(refresh_by(policy), &[(200, TOKEN), (200, OK)]));
    assert_eq!(accounts_of(&turn(&nothing, NOW)), Some(vec![]));
}

/// What each turn of a walk sends, and whether that goes once.
fn sends(session: Session, replies: &[(u16, &str)]) -> Vec<(String, bool)> {
    let (mut kept, mut now, mut sent) = (StoredSession::new(session), NOW, Vec::new());
    for (status, body) in replies {
        let request = loop {
            let turn = turn(&kept, now);
            let once = turn.goes_once();
            match kept.take(turn) {
                Next::Send(request) => {
                    let path = request.url.split("BankingServices/").nth(1).expect("an endpoint").to_owned();
                    sent.push((path, once));
                    break request;
                }
                Next::Stop(stop) => {
                    assert!(!once, "nothing is sent: {stop:?}");
                    match stop {
                        Stepped::Wait { until } => now = until,
                        Stepped::Pause(Pause::Ask(prompt)) => {
                            let answers = Answers::to(&prompt).with("p", ["an answer"]);
                            kept.tell(now, Event::Answered(answers)).expect("it asks");
                        }
                        Stepped::Pause(Pause::Done) => panic!("it sends nothing more"),
                    }
                }
            }
        };
        kept.tell(now, Event::Received(request.id, Ok(reply(*status, body)))).expect("a reply fits");
    }
    assert!(!turn(&kept, now).goes_once() && kept.outcome().is_some());
    sent
}

#[test]
fn only_the_live_call_and_an_answer_go_once() {
    let (mut policy, mut asynchronous) = (Policy::default(), Policy::default());
    (policy.mfa, asynchronous.mfa) = (Mfa::WidgetOrApi, Mfa::WidgetOrApi);
    asynchronous.entry = Entry::AuthorizeAsync;
    let gone = r#"{"FlinksCode":"SESSION_EXPIRED"}"#;
    let replies = [(200, TOKEN), (203, ASKS), (200, OK), (202, PENDING), (400, gone), (200, TOKEN), (400, gone)];
    let sent = sends(refresh_by(policy), &replies);
    let sent: Vec<_> = sent.iter().map(|(path, once)| (path.as_str(), *once)).collect();
    let mint = ("GenerateAuthorizeToken", false);
    let data = [("GetAccountsDetail", false), ("GetAccountsDetailAsync/r", false)];
    // The last one asks for what is stored.
    let expected = [mint, ("Authorize", true), ("Authorize", true), data[0], data[1], mint, ("Authorize", false)];
    assert_eq!(sent, expected);
    let sent = sends(refresh_by(asynchronous), &[(200, TOKEN), (202, PENDING), (203, ASKS), (200, OK), (200, DATA)]);
    let sent: Vec<_> = sent.iter().map(|(path, once)| (path.as_str(), *once)).collect();
    let entry = |once| ("AuthorizeAsync", once);
    // The second one asks how far it is.
    assert_eq!(sent, [mint, entry(true), entry(false), entry(true), data[0]]);
}

/// Answers and the showing of the widget are in memory only.
#[test]
fn a_row_says_what_its_session_says() {
    for (name, session, now) in phases().into_iter().chain(newer_phases()) {
        let mut polled = session.clone();
        let _ = polled.poll(now);
        for session in [session, polled] {
            says_the_same(&session, &session.snapshot(), now).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
            let again = Session::restore(session.snapshot()).expect("a session");
            assert_eq!(again.deadline(), session.snapshot().deadline(), "{name}");
        }
    }
    // The answers of a form are to be sent now. The row knows nothing of them, and its prompt lapses later.
    let mut policy = Policy::default();
    policy.mfa = Mfa::WidgetOrApi;
    let mut asking = walked(refresh_by(policy), &[(200, TOKEN), (203, ASKS)]);
    let answers = Answers::to(&asked(&mut asking, NOW)).with("p", ["an answer"]);
    asking.answer(NOW, answers).expect("it asks");
    let why = |deadline: Option<Deadline>| deadline.map(|deadline| deadline.why);
    assert_eq!(why(asking.deadline()), Some(Why::Send));
    assert_eq!(why(asking.snapshot().deadline()), Some(Why::RequestIdExpires));
}

#[test]
fn a_row_names_its_tag_and_its_key() {
    let mut known = Known::at(&instance());
    (known.tag, known.key) = (Some("a tag".into()), Some("a key".into()));
    let login = LoginId::new("l").expect("an id");
    let row = Session::refresh(login, known, Selection::all(), Policy::default(), NOW).snapshot();
    let row = Snapshot::from_json(&row.to_json()).expect("a row");
    assert_eq!((row.tag(), row.key()), (Some("a tag"), Some("a key")));
    assert_eq!((refresh().snapshot().tag(), refresh().snapshot().key()), (None, None));
}

/// A row says that the live call was handed out, unless it surely did not get there.
#[test]
fn a_row_says_when_the_live_call_was_sent() {
    let later = NOW + Duration::from_secs(1);
    let mut session = walked(refresh(), &[(200, TOKEN)]);
    assert_eq!(session.snapshot().live_sent(), None);
    let live = sent(&mut session, later);
    let row = Snapshot::from_json(&session.snapshot().to_json()).expect("a row");
    assert_eq!(row.live_sent(), Some(later));
    let mut asking = session.clone();
    asking.receive(later + Duration::from_secs(9), live.id, Ok(&reply(203, ASKS)));
    assert_eq!(asking.snapshot().live_sent(), Some(later));
    session.receive(later, live.id, Err(Fault::NOT_SENT));
    assert_eq!(session.snapshot().live_sent(), None);
    // A session that is resumed sends none.
    let request = RequestId::new("r").expect("an id");
    let resumed = Session::resume(request, Known::at(&instance()), Selection::all(), Policy::default(), NOW);
    assert_eq!(walked(resumed, &[(200, DATA)]).snapshot().live_sent(), None);
}

/// The store lost its last write, for example by a failover to a replica that was behind.
#[test]
fn accounts_that_a_store_lost_are_finished_again() {
    let mut kept = StoredSession::new(walked(refresh(), &[(200, TOKEN), (200, OK)]));
    let Next::Send(request) = next(&mut kept, NOW) else { panic!("it fetches") };
    let before = kept.snapshot();
    kept.tell(NOW, Event::Received(request.id, Ok(reply(200, DATA)))).expect("a reply fits");
    assert!(turn(&kept, NOW).accounts().is_some());
    next(&mut kept, NOW);
    // A late redirect is told, its swap conflicts, and the row is as before the end.
    kept.tell(NOW, news(r#"{"step":"REDIRECT","requestId":"r"}"#)).expect("news fits");
    kept.reload(NOW, Some(before)).expect("the same session");
    let late = NOW + Policy::default().post_limit;
    let mut now = late;
    let request = loop {
        match next(&mut kept, now) {
            Next::Send(request) => break request,
            Next::Stop(Stepped::Wait { until }) => now = until,
            Next::Stop(stop) => panic!("{stop:?}"),
        }
    };
    kept.tell(now, Event::Received(request.id, Ok(reply(200, DATA)))).expect("a reply fits");
    let end = turn(&kept, now);
    assert!(end.snapshot().is_some());
    assert_eq!(accounts_of(&end), Some(vec!["a"]), "the caller gets {:?}", kept.clone().take_accounts());
}
