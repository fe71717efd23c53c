//! With every log at its finest, no secret is in a line of it, nor in an error, a `Debug` or a panic's message: whole
//! refreshes and resumes, both drivers over their own HTTP clients. The one exception is ureq's own trace, by target.

use crate::both::{Driver, Row, Virtual, hasty, instance, over_http, runtime};
use crate::ears::{CANARIES, Depth, Leaks, Line, leaks, listen};
use core::{panic::AssertUnwindSafe, time::Duration};
use reconnect_calls::{CallError, delete_card::DeleteCard};
use reconnect_core::{
    AccountId, Answers, DriveError, Event, Failure, Fault, Keys, LoginId, Mfa, Outcome, Pause, Policy, Prompt,
    Rendered, Reply, RequestId, Selection, Stopped, StoredSession, connect::ConnectNews, drive::Plan,
};
use reconnect_testkit::server::{Answer, Server};
use std::{net::TcpListener, panic::catch_unwind};

const TOKEN: &str = r#"{"HttpStatusCode":200,"Token":"CANARY-TOKEN"}"#;
const ASKS: &str = r#"{"HttpStatusCode":203,"RequestId":"request-0-CANARY-REQUEST","Institution":"Bank",
    "SecurityChallenges":[{"Type":"QuestionAndAnswer","Prompt":"CANARY-PROMPT","Iterables":["CANARY-CHOICE"]}]}"#;
const AUTHORIZED: &str = r#"{"HttpStatusCode":200,"RequestId":"request-0-CANARY-REQUEST",
    "Login":{"Id":"login-0-CANARY-LOGIN","Username":"CANARY-USER"}}"#;
const PENDING: &str =
    r#"{"HttpStatusCode":202,"FlinksCode":"OPERATION_PENDING","RequestId":"request-0-CANARY-REQUEST"}"#;
const DATA: &str = r#"{"HttpStatusCode":200,"RequestId":"request-0-CANARY-REQUEST",
    "Login":{"Id":"login-0-CANARY-LOGIN","Username":"CANARY-USER"},
    "Accounts":[{"Id":"account-0-CANARY-ACCOUNT","Title":"CANARY-TITLE","AccountNumber":"CANARY-NUMBER",
    "Holder":{"Name":"CANARY-HOLDER"},"Balance":{"Current":1.00},
    "Transactions":[{"Description":"CANARY-DESCRIPTION","Debit":2}]}]}"#;
const REFUSED: &str = r#"{"HttpStatusCode":401,"FlinksCode":"INVALID_LOGIN","Message":"CANARY-USER CANARY-TOKEN",
    "RequestId":"request-0-CANARY-REQUEST"}"#;
const BACK: &str = "https://app.example/back?loginId=login-0-CANARY-LOGIN&requestId=request-0-CANARY-REQUEST";

/// Nothing of a text is secret.
#[track_caller]
fn clean(what: &str, text: impl core::fmt::Display) {
    let text = text.to_string();
    for canary in CANARIES {
        assert!(!text.contains(canary), "{what} shows {canary}: {text}");
    }
}

fn secrets() -> Keys {
    Keys { secret: Some("CANARY-SECRET-KEY".into()), api: Some("CANARY-API-KEY".into()) }
}

fn login() -> LoginId {
    LoginId::new("login-0-CANARY-LOGIN").unwrap()
}

fn refresh(policy: Policy) -> Plan {
    let keep = Selection::only([AccountId::new("account-0-CANARY-ACCOUNT").unwrap()]).unwrap();
    Plan::refresh(login()).keep(keep).policy(policy)
}

fn through_the_api() -> Policy {
    let mut policy = Policy::default();
    policy.mfa = Mfa::WidgetOrApi;
    policy
}

/// Drives a session to its end, as one user would: through the widget, or with an answer where the policy allows it.
/// All that a caller gets to see on the way shows nothing secret.
fn walk(driver: &Driver, origin: &str, clock: &Virtual, plan: Plan, policy: &Policy) -> StoredSession {
    clean("a plan", format!("{plan:?}"));
    let row = Row::new();
    let mut session = plan.session(clock.time(), &instance(origin), &secrets());
    for _ in 0..20 {
        let pause = driver.advance(&mut session, &row);
        clean("a session", format!("{session:?} {:?} {:?}", session.outcome(), session.requests()));
        clean("a row", format!("{:?}", row.read()));
        match pause {
            Ok(Pause::Ask(prompt)) => driver.tell(&mut session, reaction(&prompt, origin, policy)),
            Ok(Pause::Done) => return session,
            Err(error) => {
                clean("an error", format!("{error} {error:?}"));
                return session;
            }
        }
    }
    panic!("it never ends")
}

fn reaction(prompt: &Prompt, origin: &str, policy: &Policy) -> Event {
    let url = prompt.connect_url(&instance(origin));
    clean("a prompt", format!("{prompt:?} {url:?}"));
    if policy.mfa == Mfa::WidgetOrApi {
        let answers = Answers::to(prompt).with("CANARY-PROMPT", ["CANARY-ANSWER"]);
        clean("answers", format!("{answers:?}"));
        return Event::Answered(answers);
    }
    if !url.expose().contains("CANARY-TOKEN") {
        return Event::Opened;
    }
    let news = ConnectNews::read(BACK).unwrap();
    clean("news", format!("{news:?}"));
    Event::Returned(news)
}

fn ends_well(session: StoredSession) {
    let done = session.done().unwrap();
    clean("what is done", format!("{done:?}"));
    assert_eq!(done.accounts.len(), 1);
}

fn ends_badly(driver: &Driver, session: StoredSession) {
    let stopped = session.done().unwrap_err();
    clean("why it stopped", format!("{stopped} {stopped:?}"));
    let Stopped::Failed(failure) = stopped else { return };
    says(driver, &failure);
}

fn says(driver: &Driver, failure: &Failure) {
    clean("a failure", format!("{failure} {failure:?} {:?}", failure.recovery()));
    let url = match driver {
        Driver::Async(client, runtime) => runtime.block_on(client.start_over(failure)),
        Driver::Blocking(client) => client.start_over(failure),
    };
    clean("a new beginning", format!("{url:?}"));
}

fn json(bodies: &[(u16, &str)]) -> Vec<Answer> {
    bodies.iter().map(|(status, body)| Answer::json(*status, body)).collect()
}

/// Whatever a session can meet, with one driver.
fn everything(blocking: bool) {
    let meet = |script: Vec<Answer>, run: &dyn Fn(&Driver, &str, &Virtual)| {
        let (server, clock) = (Server::play(script), Virtual::new());
        let driver = over_http(&server.origin(), &secrets(), &clock, blocking);
        clean(
            "a client",
            match &driver {
                Driver::Async(client, _) => format!("{client:?}"),
                Driver::Blocking(client) => format!("{client:?}"),
            },
        );
        run(&driver, &server.origin(), &clock);
        let asked = server.asked();
        assert_eq!(server.unplayed(), 0, "{asked:?}");
    };
    let widget = [(200, TOKEN), (203, ASKS), (200, TOKEN), (202, PENDING), (202, PENDING), (200, DATA)];
    meet(json(&widget), &|driver, origin, clock| {
        ends_well(walk(driver, origin, clock, refresh(Policy::default()), &Policy::default()));
    });
    let api = [(200, TOKEN), (203, ASKS), (200, AUTHORIZED), (200, DATA)];
    meet(json(&api), &|driver, origin, clock| {
        let policy = through_the_api();
        ends_well(walk(driver, origin, clock, refresh(policy.clone()), &policy));
    });
    meet(json(&[(202, PENDING), (200, DATA)]), &|driver, origin, clock| {
        let plan = Plan::resume(RequestId::new("request-0-CANARY-REQUEST").unwrap());
        ends_well(walk(driver, origin, clock, plan, &Policy::default()));
    });
    // What is no answer to a live call: refused, unreadable, too late, cut, or nothing.
    for answer in [
        Answer::json(401, REFUSED),
        Answer::new(500, "<html>CANARY-USER</html>"),
        Answer::json(203, r#"{"Login":{"CANARY-USER":"#),
        Answer::json(200, r#"{"HttpStatusCode":200,"Token":{"CANARY-TOKEN":[]}}"#),
        Answer::json(203, ASKS).cut_in_body(),
        Answer::json(203, ASKS).chunked().cut_in_body(),
        Answer::new(203, ASKS).header("x", "\u{0}CANARY-TOKEN"),
        Answer::new(302, REFUSED).header("location", BACK),
        Answer::json(203, ASKS).header("set-cookie", "CANARY-TOKEN").after(Duration::from_millis(400)),
        Answer::json(203, ASKS).drip_body(Duration::from_millis(20)),
        Answer::hang_up(),
    ] {
        meet(vec![Answer::json(200, TOKEN), answer], &|driver, origin, clock| {
            ends_badly(driver, walk(driver, origin, clock, refresh(hasty()), &Policy::default()));
        });
    }
    let nobody = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    for origin in [nobody.as_str(), "https://no-such-host.invalid"] {
        let clock = Virtual::new();
        let driver = over_http(origin, &secrets(), &clock, blocking);
        ends_badly(&driver, walk(&driver, origin, &clock, refresh(hasty()), &Policy::default()));
    }
    calls(blocking);
    panics(blocking);
    if !blocking {
        cancels();
    }
}

/// The calls that are no step of a session, of which one has an id in its path.
fn calls(blocking: bool) {
    for answer in [Answer::json(401, REFUSED), Answer::json(200, "CANARY-USER"), Answer::hang_up()] {
        let server = Server::play([answer]);
        let driver = over_http(&server.origin(), &secrets(), &Virtual::new(), blocking);
        let card = DeleteCard::new(login());
        let said: Result<_, CallError> = match &driver {
            Driver::Async(client, runtime) => runtime.block_on(client.call(&card)),
            Driver::Blocking(client) => client.call(&card),
        };
        let error = said.unwrap_err();
        clean("a call", format!("{card:?} {error} {error:?}"));
    }
}

/// A transport and a store that panic, in the middle of a live call.
fn panics(blocking: bool) {
    let here = || instance("https://api.example");
    let panics = |request: &Rendered| -> Result<Reply, Fault> {
        assert!(!request.once, "the transport's own bug, at {request:?}");
        Ok(Reply { status: 200, body: TOKEN.into(), ..Reply::default() })
    };
    let driver = if blocking {
        let transport = move |request: Rendered| panics(&request);
        Driver::Blocking(reconnect_blocking::Client::with_transport(here(), secrets(), transport))
    } else {
        let transport = move |request: Rendered| async move { panics(&request) };
        Driver::Async(reconnect_async::Client::with_transport(here(), secrets(), transport), runtime())
    };
    let bug = |swap, row: &mut Option<_>| {
        assert!(swap < 1, "the store's own bug, at {row:?}");
        Ok(())
    };
    for row in [Row::new(), Row::with(bug)] {
        let mut session = refresh(Policy::default()).session(Virtual::new().time(), &here(), &secrets());
        let panicked = catch_unwind(AssertUnwindSafe(|| driver.advance(&mut session, &row)));
        assert!(panicked.is_err());
        clean("a session after a panic", format!("{session:?}"));
    }
}

/// A future that is dropped while its live call is on the wire.
fn cancels() {
    let script = [Answer::json(200, TOKEN), Answer::json(203, ASKS).after(Duration::from_secs(1))];
    let (server, clock) = (Server::play(script), Virtual::new());
    let Driver::Async(client, runtime) = over_http(&server.origin(), &secrets(), &clock, false) else { return };
    let mut session = refresh(Policy::default()).session(clock.time(), &instance(&server.origin()), &secrets());
    let soon = Duration::from_millis(150);
    let cancelled: Result<Result<Pause, DriveError>, _> =
        runtime.block_on(async { tokio::time::timeout(soon, client.advance(&mut session, &())).await });
    assert!(cancelled.is_err());
    assert!(matches!(session.outcome(), Some(Outcome::Failed(_))));
    clean("a cancelled session", format!("{session:?} {:?}", session.outcome()));
}

/// Somebody of these said something.
#[track_caller]
fn spoke(lines: &[Line], module: &str) {
    assert!(lines.iter().any(|line| line.target.starts_with(module)), "nothing was heard of {module}");
}

#[test]
fn a_secret_in_a_log_would_be_found() {
    let lines = listen(Depth::Advised, || {
        log::trace!(target: "plain", "a header: {}", "CANARY-TOKEN");
        tracing::trace!(target: "fields", id = "request-0-CANARY-REQUEST", "a request");
        let _span = tracing::trace_span!(target: "span", "call", key = ?"CANARY-API-KEY").entered();
        for row in ["2f2f CANARY-SECRET-KE", "2f2f Y rest of it...."] {
            log::trace!(target: "dump", "{row}");
        }
        log::trace!(target: "ureq_proto::util", "CANARY-USER");
        let _ = catch_unwind(|| panic!("CANARY-ANSWER"));
    });
    let found = |pairs: &[(&str, &'static str)]| -> Leaks {
        pairs.iter().map(|(target, canary)| ((*target).to_owned(), *canary)).collect()
    };
    let told = [
        ("dump", "CANARY-SECRET-KEY"),
        ("fields", "request-0-CANARY-REQUEST"),
        ("panic", "CANARY-ANSWER"),
        ("plain", "CANARY-TOKEN"),
        ("span", "CANARY-API-KEY"),
    ];
    assert_eq!(leaks(&lines), found(&told));
}

#[test]
fn no_log_error_or_panic_of_the_async_driver_has_a_secret() {
    let lines = listen(Depth::All, || everything(false));
    ["hyper_util::client", "reqwest::connect", "panic"].iter().for_each(|module| spoke(&lines, module));
    assert_eq!(leaks(&lines), Leaks::new());
}

#[test]
fn no_log_error_or_panic_of_the_blocking_driver_has_a_secret() {
    let lines = listen(Depth::Advised, || everything(true));
    ["ureq::run", "ureq_proto::client", "panic"].iter().for_each(|module| spoke(&lines, module));
    assert_eq!(leaks(&lines), Leaks::new());
}

/// ureq dumps what goes over the wire, at trace and nowhere else. Nothing can switch that off from here, so SECURITY.md
/// names it, and this test says when the list there is too long or too short.
#[test]
fn only_the_trace_of_ureq_has_secrets_and_only_under_these_names() {
    let lines = listen(Depth::All, || everything(true));
    let targets: std::collections::BTreeSet<String> = leaks(&lines).into_iter().map(|(target, _)| target).collect();
    assert_eq!(targets.into_iter().collect::<Vec<_>>(), ["ureq::run", "ureq_proto::util"]);
}
