//! Rule 6. With an absent user, and a service that gives one constant answer or two in turn, a session ends within 200
//! requests; looks and waits are bounded, whatever a browser says and however often.

#![allow(clippy::print_stdout, reason = "counts that a person may want to see, with --nocapture")]

use core::time::Duration;
use reconnect_core::connect::ConnectNews;
use reconnect_core::{
    Action, Fault, FaultKind, Known, LoginId, Outcome, Pause, Policy, Reply, RequestId, Selection, Session, Showing,
};
use reconnect_testkit::walks::{NOT_YET, NOW, reply};

/// What a service says to one kind of call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Says {
    Ok,
    Pending,
    Asks,
    /// Each time another question.
    AsksAnew,
    NotYet,
    Gone,
    NotFound,
    Later,
    Empty,
    Page(u16),
    Redirected,
    NotSent,
    Silent,
}

use Says::{
    Asks, AsksAnew, Empty, Gone, Later, NotFound, NotSent, NotYet, Ok as Good, Page, Pending, Redirected, Silent,
};

const AUTHORIZE: [Says; 5] = [Good, Pending, Asks, Later, Silent];
const DATA: [Says; 15] = [
    Good,
    Pending,
    Asks,
    AsksAnew,
    NotYet,
    Gone,
    NotFound,
    Later,
    Empty,
    Page(202),
    Page(403),
    Page(503),
    Redirected,
    NotSent,
    Silent,
];

/// A service: what it says to `/Authorize`, live or cached, and to a data call or a poll.
type Service = (Says, Says);

/// What comes back, and how long it took.
fn answer(says: Says, endpoint: &str, count: usize) -> (Result<Reply, Fault>, Duration) {
    let data = endpoint.starts_with("GetAccounts");
    let body = match says {
        Good if data => r#"{"HttpStatusCode":200,"RequestId":"r","Accounts":"none"}"#.to_owned(),
        Good => r#"{"HttpStatusCode":200,"RequestId":"r","Login":{"Id":"l","LastRefresh":"2099-01-01T00:00:00"}}"#
            .to_owned(),
        Pending => r#"{"HttpStatusCode":202,"FlinksCode":"OPERATION_PENDING","RequestId":"r"}"#.to_owned(),
        Asks | AsksAnew => {
            let prompt = if says == Asks { 0 } else { count };
            format!(
                r#"{{"HttpStatusCode":203,"RequestId":"r","SecurityChallenges":[{{"Type":"QuestionAndAnswer","Prompt":"{prompt}"}}]}}"#
            )
        }
        NotYet => NOT_YET.to_owned(),
        Gone => r#"{"HttpStatusCode":400,"FlinksCode":"SESSION_NONEXISTENT"}"#.to_owned(),
        NotFound => r#"{"HttpStatusCode":401,"FlinksCode":"QUESTION_NOT_FOUND"}"#.to_owned(),
        Later => r#"{"HttpStatusCode":401,"FlinksCode":"RETRY_LATER"}"#.to_owned(),
        Empty => "{}".to_owned(),
        Page(_) => "<html>".to_owned(),
        Redirected => String::new(),
        NotSent => return (Err(Fault::NOT_SENT), Duration::ZERO),
        Silent => return (Err(Fault::maybe(FaultKind::Timeout)), Duration::from_secs(30)),
    };
    let status = match says {
        Good | Empty => 200,
        Pending => 202,
        Asks | AsksAnew => 203,
        NotYet | NotFound | Later => 401,
        Gone => 400,
        Page(status) => status,
        Redirected => 307,
        NotSent | Silent => 0,
    };
    (Ok(reply(status, &body)), Duration::from_millis(200))
}

/// The three entries: a refresh, and a `requestId` of known and of unknown age.
fn entries() -> [Session; 3] {
    let login = || LoginId::new("l").expect("an id");
    let mut known = Known::default();
    known.login = Some(login());
    let request = || RequestId::new("r").expect("an id");
    let policy = Policy::default;
    let unknown = Session::resume(request(), known.clone(), Selection::all(), policy(), NOW);
    known.last_sent = Some(NOW);
    let aged = Session::resume(request(), known, Selection::all(), policy(), NOW);
    [Session::refresh(login(), Known::default(), Selection::all(), policy(), NOW), aged, unknown]
}

/// Follows the deadlines with an absent user; gives how many requests it took, and how long.
fn run(mut session: Session, services: [Service; 2]) -> Result<(usize, Duration), String> {
    let (mut now, mut requests, mut steps) = (NOW, 0, 0);
    loop {
        steps += 1;
        if requests > 200 || steps > 1_000 {
            return Err(format!("{services:?}: {requests} requests, {steps} steps, {:?}", session.stage()));
        }
        match session.poll(now) {
            Action::Send(request) => {
                let (authorize, data) = services[requests % 2];
                requests += 1;
                let endpoint = request.call.endpoint();
                let says = if endpoint.starts_with("GetAccounts") { data } else { authorize };
                let (got, took) = match endpoint {
                    // Without a token no other call would follow.
                    "GenerateAuthorizeToken" => (Ok(reply(200, r#"{"Token":"t"}"#)), Duration::from_millis(200)),
                    _ => answer(says, endpoint, requests),
                };
                now = now + took;
                session.receive(now, request.id, got.as_ref().map_err(|fault| *fault));
            }
            Action::Wait { until } => now = until,
            Action::Pause(Pause::Ask(_)) => now = session.deadline().expect("a prompt lapses").at,
            Action::Pause(Pause::Done) => return Ok((requests, NOW.until(now))),
        }
    }
}

//= docs/spec/reconnect.md#keeping-a-session
//# **RECO-41** A client MUST end in a bounded number of steps with a silent service and an absent user, and so with a
//# service that gives any one constant answer, or two in turn.
#[test]
fn every_pair_of_services_ends_within_200_requests() {
    let services: Vec<Service> =
        AUTHORIZE.iter().flat_map(|authorize| DATA.iter().map(move |data| (*authorize, *data))).collect();
    let (mut runs, mut most, mut longest) = (0, (0, String::new()), Duration::ZERO);
    let mut wrong = Vec::new();
    for (at, first) in services.iter().enumerate() {
        for second in &services[at..] {
            for session in entries() {
                runs += 1;
                match run(session, [*first, *second]) {
                    Ok((requests, took)) => {
                        longest = longest.max(took);
                        if requests > most.0 {
                            most = (requests, format!("{first:?} {second:?}"));
                        }
                    }
                    Err(what) => wrong.push(what),
                }
            }
        }
    }
    println!("{runs} runs: at most {} requests ({}), {longest:?}", most.0, most.1);
    assert_eq!(runs, 2_850 * 3);
    assert!(wrong.is_empty(), "{} without an end, such as {}", wrong.len(), wrong[0]);
}

#[test]
fn a_service_that_always_says_203_ends() {
    for says in [Asks, AsksAnew] {
        for session in entries() {
            run(session, [(says, says); 2]).expect("it ends");
        }
    }
}

#[test]
fn a_service_that_says_202_and_203_in_turn_ends() {
    for says in [Asks, AsksAnew] {
        for session in entries() {
            for services in
                [[(Asks, Pending), (Asks, says)], [(Asks, says), (Asks, Pending)], [(Good, Pending), (Good, says)]]
            {
                let (requests, took) = run(session.clone(), services).expect("it ends");
                // A lease with its look, and two swings from pending to asking again, each under the cap and a lease.
                assert!(took <= Duration::from_secs((42 + 2 * 72) * 60), "{services:?}: {requests} in {took:?}");
            }
        }
    }
}

/// What a forger posts, in turn.
const FLOODS: [&[&str]; 9] = [
    &[r#"{"step":"REDIRECT"}"#],
    &[r#"{"step":"REDIRECT","requestId":"r"}"#],
    &[r#"{"step":"REDIRECT","requestId":"x"}"#],
    &[r#"{"step":"REDIRECT","requestId":"r"}"#, r#"{"step":"REDIRECT"}"#],
    &[r#"{"step":"REDIRECT"}"#, r#"{"step":"SUBMIT_MFA"}"#],
    &[r#"{"step":"REDIRECT","requestId":"r"}"#, r#"{"step":"COMPONENT_DENY_CONSENT"}"#],
    &[r#"{"step":"SUBMIT_MFA"}"#],
    &[r#"{"step":"TOKEN_INVALID"}"#],
    &[r#"{"step":"REDIRECT","requestId":"r","accountId":"EVIL"}"#, r#"{"step":"TOKEN_INVALID"}"#],
];

/// The cost of a flood: looks, mints for a showing, and for how long the row is open.
fn flood(mut session: Session, posts: &[&str], every: Duration, data: Says) -> (usize, usize, Duration) {
    let posts: Vec<_> = posts.iter().map(|post| ConnectNews::read(post).expect("news")).collect();
    let (mut now, mut looks, mut mints, mut open) = (NOW, 0, 0, Duration::ZERO);
    let (mut count, mut post, mut closed) = (0, NOW, false);
    while now < NOW + Duration::from_secs(3 * 3_600) {
        if now >= post {
            session.returned(now, &posts[count % posts.len()]);
            (count, post) = (count + 1, now + every);
        }
        // The page opens the widget again whenever it has no token.
        if session.prompt(now).is_some_and(|prompt| !matches!(prompt.showing, Showing::Ready(_))) {
            session.open(now);
        }
        assert!(!(closed && session.is_open(now)), "open again after it was closed");
        match session.is_open(now) {
            true => open = NOW.until(now),
            false => closed = true,
        }
        match session.poll(now) {
            Action::Send(request) => {
                let endpoint = request.call.endpoint();
                let (got, took) = if endpoint == "GenerateAuthorizeToken" {
                    mints += 1;
                    (Ok(reply(200, r#"{"Token":"t"}"#)), Duration::from_millis(200))
                } else {
                    looks += 1;
                    answer(data, endpoint, looks)
                };
                now = now + took;
                session.receive(now, request.id, got.as_ref().map_err(|fault| *fault));
            }
            Action::Wait { until } => now = until.min(post).max(now + Duration::from_millis(1)),
            Action::Pause(_) => now = post,
        }
        if matches!(session.outcome(), Some(Outcome::Failed(failure)) if !failure.reason().is_guess()) {
            break;
        }
    }
    assert!(session.outcome().is_some(), "{posts:?} {every:?} {data:?}: it never ends");
    (looks, mints, open)
}

/// Decisions 57, 67 and 74.
#[test]
fn a_flood_of_redirects_costs_a_bounded_number_of_looks_and_blocks_for_a_bounded_time() {
    let [_, aged, _] = entries();
    let mut most = (0, 0, Duration::ZERO);
    for posts in FLOODS {
        for every in [1_000, 9_999, 61_000].map(Duration::from_millis) {
            for data in [NotYet, Asks, AsksAnew, Gone, Later, Page(503)] {
                let (looks, mints, open) = flood(aged.clone(), posts, every, data);
                most = (most.0.max(looks), most.1.max(mints), most.2.max(open));
                // 30 and 10 for redirects, what is tried again of them, one each for lapse, hint and moment; a recall.
                assert!(looks <= 76, "{posts:?} {every:?} {data:?}: {looks} looks");
                assert!(open <= Duration::from_secs(42 * 60), "{posts:?} {every:?} {data:?}: open for {open:?}");
                assert!(mints <= 42 * 6, "{posts:?} {every:?} {data:?}: {mints} mints");
            }
        }
    }
    println!("at most {} looks, {} mints, open for {:?}", most.0, most.1, most.2);
}
