//! Where a session is before a moment that counts, and what is seen of it.

use core::time::Duration;
use reconnect_core::connect::ConnectNews;
use reconnect_core::drive::StoredSession;
use reconnect_core::{
    Action, ExchangeId, Heard, Known, LoginId, Outcome, Pause, Policy, Reply, RequestId, Selection, Session, Showing,
    Timestamp,
};
use reconnect_testkit::walks::{ASKS, NOW, OK, PENDING, TOKEN, exchange, reply, sent, walked};
use serde_json::Value;

pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const MINUTE: Duration = Duration::from_secs(60);

pub(super) fn begun(policy: Policy, now: Timestamp) -> Session {
    Session::refresh(LoginId::new("l").expect("an id"), Known::default(), Selection::all(), policy, now)
}

pub(super) fn asking(policy: Policy, _: Timestamp) -> Session {
    walked(begun(policy, NOW), &[(200, TOKEN), (203, ASKS)])
}

/// A session whose request was last sent so long before `now`.
pub(super) fn resumed(policy: Policy, age: Option<Duration>, now: Timestamp) -> Session {
    let mut known = Known::default();
    known.login = Some(LoginId::new("l").expect("an id"));
    known.last_sent = age.map(|age| now.before(age));
    Session::resume(RequestId::new("r").expect("an id"), known, Selection::all(), policy, now)
}

pub(super) fn lapsed(policy: Policy, _: Timestamp) -> Session {
    resumed(policy, Some(9 * MINUTE), NOW)
}

/// The live call is sent at `NOW` with a token that was minted then.
pub(super) fn live(policy: Policy, _: Timestamp) -> Session {
    sends(walked(begun(policy, NOW), &[(200, TOKEN)]), NOW)
}

pub(super) fn pending(policy: Policy, _: Timestamp) -> Session {
    walked(begun(policy, NOW), &[(200, TOKEN), (200, OK), (202, PENDING)])
}

/// A poll that is sent 20 s before the data may no longer be pending.
pub(super) fn polled_late(policy: Policy, now: Timestamp) -> Session {
    sends(pending(policy, now), NOW + Duration::from_secs(30 * 60 - 20))
}

/// The widget is shown, with a token that was minted at `NOW`.
pub(super) fn shown(policy: Policy, now: Timestamp) -> Session {
    let mut session = asking(policy, now);
    session.open(NOW);
    exchange(&mut session, &mut NOW.clone(), 200, TOKEN);
    session
}

pub(super) fn tells(session: &mut Session, now: Timestamp, text: &str) -> Heard {
    session.returned(now, &ConnectNews::read(text).expect("news"))
}

/// The widget says that the user is through.
pub(super) fn returns(session: &mut Session, now: Timestamp) -> Heard {
    tells(session, now, r#"{"step":"REDIRECT","requestId":"r","accountId":"a"}"#)
}

/// The widget says that the user is at work.
pub(super) fn hints(session: &mut Session, now: Timestamp) -> Heard {
    tells(session, now, r#"{"step":"SUBMIT_MFA"}"#)
}

/// A request goes out at this moment.
pub(super) fn sends(mut session: Session, at: Timestamp) -> Session {
    sent(&mut session, at);
    session
}

/// A redirect is heard at `NOW`.
pub(super) fn hinted(mut session: Session) -> Session {
    returns(&mut session, NOW);
    session
}

/// The look for a redirect is sent at `NOW`.
pub(super) fn looks(session: Session) -> Session {
    sends(hinted(session), NOW)
}

/// The request that is under way is answered.
pub(super) fn answered(session: &mut Session, now: Timestamp, reply: &Reply) {
    let json: Value = serde_json::from_str(&session.snapshot().to_json()).expect("JSON");
    let id = json["wire"]["id"].as_u64().expect("a request is under way");
    session.receive(now, ExchangeId::from_number(id), Ok(reply));
}

/// What the session does next.
pub(super) fn does(session: &mut Session, now: Timestamp) -> String {
    match (session.poll(now), session.outcome()) {
        (Action::Send(request), _) => format!("sends {}", request.call.endpoint()),
        (Action::Wait { .. }, _) => "waits".to_owned(),
        (Action::Pause(Pause::Ask(_)), _) => "asks".to_owned(),
        (Action::Pause(Pause::Done), Some(Outcome::Failed(failure))) => format!("{:?}", failure.reason()),
        (Action::Pause(Pause::Done), _) => "refreshed".to_owned(),
    }
}

/// What it does next, once the request that is under way is answered at this moment.
pub(super) fn does_after(session: &mut Session, now: Timestamp, status: u16, body: &str) -> String {
    answered(session, now, &reply(status, body));
    does(session, now)
}

pub(super) fn showing(session: &Session, now: Timestamp) -> String {
    let showing = session.prompt(now).expect("the bank asks").showing;
    let word = if matches!(showing, Showing::Ready(_)) { "ready" } else { "not ready" };
    if matches!(showing, Showing::Spent) { "spent".to_owned() } else { word.to_owned() }
}

pub(super) fn next_deadline(session: &Session) -> String {
    session.deadline().map_or_else(|| "none".to_owned(), |deadline| format!("{:?}", deadline.why))
}

/// Whether the request with this number may be sent by a process that was held up until now.
pub(super) fn may_be_sent(session: &Session, now: Timestamp, number: u64) -> String {
    let mut kept = StoredSession::restore(session.snapshot()).expect("its own snapshot");
    let begun = kept.begin_exchange(ExchangeId::from_number(number), || now).is_some();
    if begun { "sent".to_owned() } else { "not sent".to_owned() }
}

pub(super) fn open(session: &Session, now: Timestamp) -> String {
    if session.is_open(now) { "open".to_owned() } else { "not open".to_owned() }
}

/// A reply of a gateway.
pub(super) fn page(retry_after: &str) -> Reply {
    let headers = vec![("retry-after".to_owned(), retry_after.to_owned())];
    Reply { status: 503, headers, body: b"<html>".to_vec() }
}

/// What is in doubt while it looks.
pub(super) fn doubt(session: &Session) -> String {
    let json: Value = serde_json::from_str(&session.snapshot().to_json()).expect("JSON");
    json["phase"]["why"].as_str().unwrap_or("none").to_owned()
}
