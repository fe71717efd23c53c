//! Short scripted walks: a session in each of its phases.

use core::time::Duration;
use reconnect_core::connect::{ConnectNews, Watch};
use reconnect_core::{
    Action, Answers, Event, Known, LoginId, Mfa, Pause, Policy, Prompt, Reply, Request, RequestId, Secret, Selection,
    Session, Timestamp,
    policy::{Entry, Fetch, Then},
    webhook,
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
/// If `text` is neither.
#[must_use]
pub fn news(text: &str) -> Event {
    Event::Returned(ConnectNews::read(text).expect("news"))
}

/// A mint's reply.
pub const TOKEN: &str = r#"{"HttpStatusCode":200,"Token":"t"}"#;
/// Session `r` asks one question, `p`.
pub const ASKS: &str =
    r#"{"HttpStatusCode":203,"RequestId":"r","SecurityChallenges":[{"Type":"QuestionAndAnswer","Prompt":"p"}]}"#;
/// Session `r` of login `l` is authorized.
pub const OK: &str = r#"{"HttpStatusCode":200,"RequestId":"r","Login":{"Id":"l"}}"#;
/// The session is not authorized yet.
pub const NOT_YET: &str = r#"{"HttpStatusCode":401,"FlinksCode":"UNAUTHORIZED"}"#;
/// The data of session `r` is pending.
pub const PENDING: &str = r#"{"HttpStatusCode":202,"FlinksCode":"OPERATION_PENDING","RequestId":"r"}"#;
/// The data of session `r` of login `l`: one account, `a`.
pub const DATA: &str = r#"{"HttpStatusCode":200,"RequestId":"r","Login":{"Id":"l"},"Accounts":[{"Id":"a"}]}"#;
const GONE: &str = r#"{"FlinksCode":"SESSION_EXPIRED"}"#;

/// Sends the next request and tells what came back; the clock moves where it has to.
///
/// # Panics
/// If nothing is to be sent.
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
/// If there are more replies than it sends requests.
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
/// If it sends none.
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
/// If it asks nothing.
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
/// If the core does not walk as it should.
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
        ("fetching", walk(&refresh, &[(200, TOKEN), (200, OK)])),
        ("polling", walk(&refresh, &[(200, TOKEN), (200, OK), (202, PENDING)])),
        ("at work", (at_work.0, at_work.1 + Policy::DEFAULT.poll_every)),
        ("at work, failed once", walk(&asynchronous, &[(200, TOKEN), (202, PENDING), (502, "<html>")])),
        ("awaiting a webhook", walk(&webhook, &[(200, TOKEN), (200, OK)])),
        ("recalling", walk(&redirected.0, &[(400, GONE), (200, TOKEN)])),
        ("refreshed", walk(&refresh, &[(200, TOKEN), (200, OK), (200, DATA)])),
        ("outcome unknown", lost),
        ("refused", walk(&refresh, &[(200, TOKEN), (401, r#"{"FlinksCode":"DISABLED_LOGIN"}"#)])),
    ]
    .into_iter()
    .map(|(name, (session, now))| (name, session, now))
    .collect()
}

/// A verified webhook.
///
/// # Panics
/// If `body` cannot be read.
#[must_use]
pub fn delivered(body: &str) -> Event {
    let key = Secret::from("key");
    let signature = webhook::sign(body.as_bytes(), &key);
    let headers = [(webhook::SIGNATURE_HEADERS[0], &*signature)];
    Event::Delivered(Box::new(webhook::verify(headers, body.as_bytes(), &[key]).expect("it is signed")))
}

/// A session in each state that came with version 2 of the snapshot, with its name and the moment it got there: guesses
/// that are carried, hints that are kept, accounts that redirects named, a prompt that was shown or ended, and others.
///
/// # Panics
/// If the core does not walk as it should.
#[must_use]
pub fn newer_phases() -> Vec<(&'static str, Session, Timestamp)> {
    let minute = Duration::from_secs(60);
    let known = |age: Duration| {
        let mut known = Known::default();
        (known.login, known.last_sent) = (Some(LoginId::new("l").expect("an id")), Some(NOW.before(age)));
        (known.tag, known.key) = (Some("tag".into()), Some("key".into()));
        known
    };
    let resume = |age: Duration, policy: Policy| {
        Session::resume(RequestId::new("r").expect("an id"), known(age), Selection::all(), policy, NOW)
    };
    let told = |mut session: Session, events: &[Event]| {
        for event in events {
            session.tell(NOW, event.clone()).expect("it fits");
        }
        session
    };
    let redirect = || news(r#"{"step":"REDIRECT","requestId":"r","loginId":"l","accountId":["a","b"]}"#);
    let unnamed = |account: &str| news(&format!(r#"{{"step":"REDIRECT","accountId":"{account}"}}"#));
    let (mut api, mut keeps) = (Policy::default(), Policy::default());
    api.mfa = Mfa::WidgetOrApi;
    (keeps.news_looks, keeps.news_looks_named) = (0, 0);
    let refresh = |policy: &Policy| {
        let login = LoginId::new("l").expect("an id");
        Session::refresh(login, known(minute), Selection::all(), policy.clone(), NOW)
    };
    let asking = walked(refresh(&api), &[(200, TOKEN), (203, ASKS)]);
    let shown = told(
        asking.clone(),
        &[Event::Shown, news(r#"{"step":"MAXIMUM_RETRY_REACHED"}"#), news(r#"{"step":"COMPONENT_CLOSE_SESSION"}"#)],
    );
    let mut answered = asking.clone();
    let answers = Answers::to(&asked(&mut answered, NOW)).with("p", ["a"]);
    let mut answered = told(answered, &[Event::Answered(answers)]);
    let answer = sent(&mut answered, NOW);
    let answering = told(answered.clone(), &[unnamed("a")]);
    answered.lost(NOW, answer.id);
    let asked_again = walked(told(resume(minute, api), &[redirect()]), &[(202, PENDING), (203, ASKS)]);
    let hint = told(resume(minute, keeps.clone()), &[unnamed("a"), unnamed("b")]);
    let lapsed = resume(9 * minute, Policy::default());
    let hinted = told(resume(9 * minute, keeps), &[redirect()]);
    let looking = told(lapsed.clone(), &[redirect()]);
    let mut heard = looking.clone();
    let _ = sent(&mut heard, NOW);
    let heard = told(heard, &[redirect()]);
    let recalling = walked(looking.clone(), &[(400, GONE)]);
    let fetching = walked(refresh(&Policy::default()), &[(200, TOKEN), (200, OK)]);
    let kyc = r#"{"ResponseType":"KYC","RequestId":"r"}"#;
    let recalled = told(walked(fetching.clone(), &[(400, GONE)]), &[delivered(kyc)]);
    let mut page = walked(refresh(&Policy::default()), &[(200, TOKEN)]);
    let live = sent(&mut page, NOW);
    let headers = vec![("retry-after".to_owned(), "1200".to_owned())];
    page.receive(NOW, live.id, Ok(&Reply { status: 503, headers, body: b"<html>".to_vec() }));
    let mut watch = Watch::new();
    for event in [
        r#"{"step":"INSTITUTION_SELECTED","institution":"FlinksCapital"}"#,
        r#"{"step":"COMPONENT_LOAD_MFA","requestId":"r"}"#,
        r#"{"step":"ACCOUNT_SELECTED","accountId":["a"]}"#,
    ] {
        watch.heard(NOW, &ConnectNews::read(event).expect("news"));
    }
    let claimed = Session::resume_claimed(&watch, Known::default(), Selection::all(), Policy::default(), NOW);
    let claimed = claimed.expect("it may be resumed");
    let two = DATA.replace(r#"{"Id":"a"}"#, r#"{"Id":"a"},{"Id":"c"},{"Id":{}}"#);
    let looked = told(resume(minute, Policy::default()), &[unnamed("a")]);
    let other = DATA.replace(r#""Id":"l""#, r#""Id":"m""#);
    [
        ("asking: shown, ended and left", shown),
        ("asking: answered and redirected", answering),
        ("asking: hint kept, named twice", hint),
        ("asking again", asked_again),
        ("looking: answer", answered),
        ("lapsed", lapsed),
        ("lapsed, hint kept", hinted),
        ("looking: guess", looking),
        ("looking: guess, heard again", heard),
        ("recalling: guess", recalling),
        ("recalling: told", recalled),
        ("fetching by a look", walked(looked.clone(), &[(202, PENDING)])),
        ("outcome unknown: page", page),
        ("claimed", claimed),
        ("refreshed: narrowed, unread", walked(looked, &[(200, &two)])),
        ("refused: other login", walked(fetching.clone(), &[(200, &other)])),
        ("refused: to be resumed", walked(fetching, &[(401, r#"{"FlinksCode":"ACCESS_DENIED"}"#)])),
    ]
    .into_iter()
    .map(|(name, session)| (name, session, NOW))
    .collect()
}
