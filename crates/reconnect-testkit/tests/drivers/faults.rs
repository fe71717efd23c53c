//! Each fault of the sandbox, over HTTP, to both drivers: it ends as the core's documentation says, and nobody is texted
//! twice.

use core::time::Duration;
use reconnect_async::async_trait;
use reconnect_core::{Event, Instance, Keys, LoginId, Policy, Timestamp, connect::ConnectNews};
use reconnect_sandbox::{Clock, Fault, Server, Settings};
use std::thread;
use std::time::Instant;

/// The sandbox's clock, which moves when a driver sleeps.
#[derive(Clone)]
struct Time(Clock);

impl Time {
    fn time(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now())
    }

    fn pass(&self, until: Timestamp) {
        self.0.advance(until.as_millis().saturating_sub(self.0.now()));
    }
}

#[async_trait]
impl reconnect_async::Clock for Time {
    fn now(&self) -> Timestamp {
        self.time()
    }
    async fn sleep_until(&self, moment: Timestamp) {
        self.pass(moment);
    }
}

impl reconnect_blocking::Clock for Time {
    fn now(&self) -> Timestamp {
        self.time()
    }
    fn sleep_until(&self, moment: Timestamp) {
        self.pass(moment);
    }
}

/// How a whole refresh ends, how many challenges the bank sent, and how many live calls it got.
fn refresh(fault: &str, blocking: bool) -> (String, usize, usize) {
    let slow = fault.contains("latency");
    let fault: Fault = serde_json::from_str(fault).expect("a fault");
    let settings = Settings { strict: true, faults: vec![fault], ..Settings::default() };
    let keys = Keys { secret: Some(settings.secret_key.as_str().into()), api: Some(settings.api_key.as_str().into()) };
    let customer = settings.customer_id.clone();
    let clock = Clock::fixed(1_780_000_000_000);
    let loopback = "127.0.0.1:0".parse().expect("an address");
    let server = Server::start(settings, loopback, clock.clone()).expect("a free port");
    let login = server.bank(|bank| bank.connect(0, "Greatday", "en"));
    let id = LoginId::new(&login).expect("an id");
    let instance = Instance::at(&server.url(), &format!("{}/", server.url()), &customer).expect("loopback");
    let mut policy = Policy::default();
    policy.post_limit = Duration::from_millis(400);
    policy.quick_limit = Duration::from_millis(400);

    let answer = |url: &str| {
        let request = url.split("requestId=").nth(1).and_then(|rest| rest.split('&').next()).expect("a requestId");
        let now = clock.now();
        let event = server.bank(|bank| {
            for answer in ["Montreal", "Canada", "Triangle"] {
                let prompts = bank.pending_prompts(request);
                let typed: Vec<_> = prompts.into_iter().map(|prompt| (prompt, answer.to_owned())).collect();
                let outcome = bank.answer_in_widget(now, request, &typed);
                if let reconnect_sandbox::WidgetOutcome::Complete { event, .. } = outcome {
                    return event;
                }
            }
            panic!("the widget does not come to an end");
        });
        Event::Returned(ConnectNews::read(&event).expect("an event"))
    };
    let ended = if blocking {
        let client = reconnect_blocking::Client::new(instance, keys).expect("a client").with_clock(Time(clock.clone()));
        client.refresh(id).policy(policy).run(|_, url| answer(url.expose()))
    } else {
        let client = reconnect_async::Client::new(instance, keys).expect("a client").with_clock(Time(clock.clone()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(client.refresh(id).policy(policy).run(|_, url| {
            let event = answer(url.expose());
            async { event }
        }))
    };
    // A slow request gets to the bank although its driver waits no longer.
    clock.advance(60_000);
    let since = Instant::now();
    while slow && server.bank(|bank| bank.requests().iter().all(|asked| asked.fault != Some("latency"))) {
        assert!(since.elapsed() < Duration::from_secs(10), "the slow request is never handled");
        thread::sleep(Duration::from_millis(5));
    }
    let ended = match ended {
        Ok(done) => format!("{} accounts", done.accounts.len()),
        Err(stopped) => format!("{stopped:?}"),
    };
    let lives = server.bank(|bank| bank.requests().iter().filter(|asked| asked.path.ends_with("/Authorize")).count());
    (ended, server.bank(|bank| bank.challenges_sent(&login)), lives)
}

/// What is done at the bank only once, and how it ends when a fault hits it: in JSON, then the reason and whether the user
/// was texted.
const LIVE: [(&str, &str, usize); 12] = [
    (r#"{"kind":"latency","delayMs":60000}"#, "OutcomeUnknown", 1),
    (r#"{"kind":"late","delayMs":60000}"#, "OutcomeUnknown", 1),
    (r#"{"kind":"drop"}"#, "OutcomeUnknown", 1),
    (r#"{"kind":"drop","handled":false}"#, "OutcomeUnknown", 0),
    (r#"{"kind":"truncate","bytes":20}"#, "OutcomeUnknown", 1),
    (r#"{"kind":"badGateway"}"#, "OutcomeUnknown", 1),
    (r#"{"kind":"badGateway","handled":false}"#, "OutcomeUnknown", 0),
    (r#"{"kind":"empty"}"#, "OutcomeUnknown", 1),
    (r#"{"kind":"tooManyRequests","retryAfter":3}"#, "Refused", 0),
    (r#"{"kind":"tooManyRequests","retryAfter":3,"asDate":true}"#, "Refused", 0),
    (r#"{"kind":"contradiction","httpStatus":200,"bodyStatus":401,"code":"RETRY_LATER"}"#, "Refused", 0),
    (r#"{"kind":"contradiction","httpStatus":401}"#, DONE, 1),
];

const DONE: &str = "4 accounts";

fn on(endpoint: &str, effect: &str) -> [(String, usize, usize); 2] {
    let fault = format!(r#"{{"endpoint":"{endpoint}","call":1,"effect":{effect}}}"#);
    let both = [false, true].map(|blocking| refresh(&fault, blocking));
    assert_eq!(both[0], both[1], "the two drivers differ: {fault}");
    both
}

#[test]
fn a_live_call_that_a_fault_hits_is_not_repeated() {
    for (effect, reason, texts) in LIVE {
        let [(ended, texted, lives), _] = on("Authorize", effect);
        let as_expected = ended == reason || ended.contains(&format!("reason: {reason}, recovery: TryLater"));
        assert!(as_expected, "{effect}: {ended}");
        assert_eq!((texted, lives), (texts, 1), "{effect}");
    }
}

/// The answer is that of the second request, whose token the first has spent. It says that nothing was done, so the core
/// asks again (decision 45): a proxy that repeats a POST, which HTTP forbids (RFC 9110 §9.2.2), costs the user a text, and
/// no client can tell.
#[test]
fn a_live_call_that_a_proxy_doubles_is_refused_and_made_again() {
    let [ended, _] = on("Authorize", r#"{"kind":"duplicate"}"#);
    assert_eq!(ended, (DONE.to_owned(), 2, 2));
}

#[test]
fn every_other_call_is_repeated_until_it_is_answered() {
    let effects = LIVE.map(|(effect, ..)| effect);
    for endpoint in ["GenerateAuthorizeToken", "GetAccountsDetail", "GetAccountsDetailAsync"] {
        for effect in effects.into_iter().chain([r#"{"kind":"duplicate"}"#]) {
            let [ended, _] = on(endpoint, effect);
            assert_eq!(ended, (DONE.to_owned(), 1, 1), "{endpoint} {effect}");
        }
    }
}
