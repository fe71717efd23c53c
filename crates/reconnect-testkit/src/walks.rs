//! Short scripted walks: a session in each of its phases.

use core::time::Duration;
use reconnect_core::connect::ConnectNews;
use reconnect_core::{
    Action, Event, Known, LoginId, Mfa, Pause, Policy, Prompt, Reply, Request, RequestId, Selection, Session,
    Timestamp,
    policy::{Entry, Fetch, Then},
};

/// A moment in May 2026, where every walk begins.
pub const NOW: Timestamp = Timestamp::from_millis(1_780_000_000_000);

/// A reply without headers.
#[must_use]
pub fn reply(status: u16, body: &str) -> Reply {
    Reply { status, headers: Vec::new(), body: body.into() }
}

/// An event or a redirect, as told to a session.
///
/// # Panics
/// Where `text` is neither.
#[must_use]
pub fn news(text: &str) -> Event {
    Event::Returned(ConnectNews::read(text).expect("news"))
}

/// A mint's reply.
pub const TOKEN: &str = r#"{"HttpStatusCode":200,"Token":"t"}"#;
/// Session `r` asks one question, `p`.
pub const ASKS: &str =
    r#"{"HttpStatusCode":203,"RequestId":"r","SecurityChallenges":[{"Type":"QuestionAndAnswer","Prompt":"p"}]}"#;
/// The data of session `r` is pending.
pub const PENDING: &str = r#"{"HttpStatusCode":202,"FlinksCode":"OPERATION_PENDING","RequestId":"r"}"#;
/// The data of session `r` of login `l`: one account, `a`.
pub const DATA: &str = r#"{"HttpStatusCode":200,"RequestId":"r","Login":{"Id":"l"},"Accounts":[{"Id":"a"}]}"#;

/// Sends the next request and tells what came back; the clock moves where it has to.
///
/// # Panics
/// Where nothing is to be sent.
pub fn exchange(session: &mut Session, now: &mut Timestamp, status: u16, body: &str) {
    for _ in 0..8 {
        match session.poll(*now) {
            Action::Send(request) => {
                session.receive(*now, request.id, Ok(&reply(status, body)));
                return;
            }
            Action::Wait { until } => *now = until,
            Action::Pause(pause) => panic!("nothing to send: {pause:?}"),
        }
    }
    panic!("it never sends");
}

/// Walked through replies.
///
/// # Panics
/// Where there are more replies than it sends requests.
#[must_use]
pub fn walked(mut session: Session, steps: &[(u16, &str)]) -> Session {
    for (status, body) in steps {
        exchange(&mut session, &mut NOW.clone(), *status, body);
    }
    session
}

/// The request that it sends at this moment.
///
/// # Panics
/// Where it sends none.
#[track_caller]
pub fn sent(session: &mut Session, now: Timestamp) -> Request {
    match session.poll(now) {
        Action::Send(request) => request,
        other @ (Action::Wait { .. } | Action::Pause(_)) => panic!("nothing is sent: {other:?}"),
    }
}

/// What it asks the end user at this moment.
///
/// # Panics
/// Where it asks nothing.
#[track_caller]
pub fn asked(session: &mut Session, now: Timestamp) -> Prompt {
    match session.poll(now) {
        Action::Pause(Pause::Ask(prompt)) => prompt,
        other @ (Action::Send(_) | Action::Wait { .. } | Action::Pause(Pause::Done)) => panic!("not asked: {other:?}"),
    }
}

/// A session in each phase, with its name and the moment it got there. MFA may be answered through the API.
///
/// # Panics
/// Where the core does not walk as it should.
#[must_use]
pub fn phases() -> Vec<(&'static str, Session, Timestamp)> {
    let mut policy = Policy::default();
    policy.mfa = Mfa::WidgetOrApi;
    let login = LoginId::new("l").expect("an id");
    let begin =
        |policy: &Policy| Session::refresh(login.clone(), Known::default(), Selection::all(), policy.clone(), NOW);
    let refresh = begin(&policy);
    let (mut asynchronous, mut webhook) = (policy.clone(), policy.clone());
    asynchronous.entry = Entry::AuthorizeAsync;
    webhook.fetch = Fetch::Webhook { wait: Duration::from_secs(60), then: Then::Poll };
    let (asynchronous, webhook) = (begin(&asynchronous), begin(&webhook));
    let unknown = Session::resume(RequestId::new("r").expect("an id"), Known::default(), Selection::all(), policy, NOW);
    let walk = |start: &Session, steps: &[(u16, &str)]| {
        let (mut session, mut now) = (start.clone(), NOW);
        for (status, body) in steps {
            exchange(&mut session, &mut now, *status, body);
        }
        (session, now)
    };
    let told = |mut session: Session, now: Timestamp, event: Event| {
        session.tell(now, event).expect("it fits");
        (session, now)
    };
    let asking = walk(&refresh, &[(200, TOKEN), (203, ASKS)]);
    let redirected = told(asking.0.clone(), asking.1, news(r#"{"step":"REDIRECT","requestId":"r"}"#));
    let gone = r#"{"FlinksCode":"SESSION_EXPIRED"}"#;
    let ok = r#"{"HttpStatusCode":200,"RequestId":"r","Login":{"Id":"l"}}"#;
    let at_work = walk(&asynchronous, &[(200, TOKEN), (202, PENDING)]);
    let mut lost = walk(&refresh, &[(200, TOKEN)]);
    let Action::Send(request) = lost.0.poll(lost.1) else { panic!("it sends") };
    lost.0.lost(lost.1, request.id);
    [
        ("minting", (refresh.clone(), NOW)),
        ("authorizing", walk(&refresh, &[(200, TOKEN)])),
        ("asking", asking),
        ("looking: age", (unknown, NOW)),
        ("looking: news", redirected.clone()),
        ("fetching", walk(&refresh, &[(200, TOKEN), (200, ok)])),
        ("polling", walk(&refresh, &[(200, TOKEN), (200, ok), (202, PENDING)])),
        ("at work", (at_work.0, at_work.1 + Duration::from_secs(10))),
        ("at work, failed once", walk(&asynchronous, &[(200, TOKEN), (202, PENDING), (502, "<html>")])),
        ("awaiting a webhook", walk(&webhook, &[(200, TOKEN), (200, ok)])),
        ("recalling", walk(&redirected.0, &[(400, gone), (200, TOKEN)])),
        ("refreshed", walk(&refresh, &[(200, TOKEN), (200, ok), (200, DATA)])),
        ("outcome unknown", lost),
        ("refused", walk(&refresh, &[(200, TOKEN), (401, r#"{"FlinksCode":"DISABLED_LOGIN"}"#)])),
    ]
    .into_iter()
    .map(|(name, (session, now))| (name, session, now))
    .collect()
}
