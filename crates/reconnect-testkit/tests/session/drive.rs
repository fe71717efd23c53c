//! What every driver builds its loop of, each part by itself: both drivers are tested with the whole loop in `drivers`.

use core::time::Duration;
use reconnect_core::drive::{Next, Plan, StoredSession};
use reconnect_core::{
    AccountId, DriveError, Event, Instance, Keys, Known, LoginId, Policy, RequestId, Selection, Session, Stopped,
    StoreError, Timestamp, Why,
};
use reconnect_testkit::walks::{ASKS, DATA, NOW, OK, TOKEN, exchange, news, walked};

fn instance() -> Instance {
    Instance::named("toolbox", "c").expect("an instance")
}

fn keys() -> Keys {
    Keys { secret: Some("k".into()), api: None }
}

fn refresh() -> Session {
    let login = LoginId::new("l").expect("an id");
    Session::refresh(login, Known::at(&instance()), Selection::all(), Policy::default(), NOW)
}

fn next(kept: &mut StoredSession, now: Timestamp) -> Next {
    let turn = kept.turn(now, &instance(), &keys()).expect("it can be rendered");
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
