//! What nobody can make of the sandbox by asking it: a heap of memory, a deep stack, a person's screen that lies.

use reconnect_sandbox::{Request, Scenario, Settings};
use serde_json::{Value, json};

use crate::desk::{Desk, api, assert_verdict, post};

//= docs/spec/sandbox.md#conduct
//# **SBX-25** The sandbox MUST keep a bounded part of its requests, findings, showings, sessions, tokens and webhooks,
//# and say how much it dropped of the lists that it gives.
#[test]
fn sessions_and_tokens_are_kept_up_to_a_number() {
    let mut desk = Desk::lenient();
    let login = desk.bank.connect(desk.now, "greatday_nomfa", "en");
    let (first, second) = (desk.mint(), desk.mint());
    let many = desk.ask(&post("AuthorizeMultiple", &json!({"LoginIds": vec![&login; 10_001]})));
    let opened = many.json()["ValidLoginIds"].clone();
    let alive = |desk: &Desk, at: usize| {
        opened[at]["RequestId"].as_str().is_some_and(|request_id| desk.bank.is_alive(desk.now, request_id))
    };
    assert_eq!([0, 1, 10_000].map(|at| alive(&desk, at)), [false, true, true]);
    for _ in 0..9_999 {
        desk.mint();
    }
    assert_verdict(
        &desk.authorize_with(&first, &json!({"LoginId": login, "MostRecentCached": true})),
        401,
        "UNAUTHORIZED",
    );
    assert_eq!(desk.authorize_with(&second, &json!({"LoginId": login, "MostRecentCached": true})).status, 200);
    let shown = format!("{:?}", desk.bank);
    assert!(shown.contains("tokens: 10000") && shown.contains("sessions: 10000"), "{shown}");
}

#[test]
fn of_a_long_path_and_a_long_method_the_beginning_is_kept() {
    let mut desk = Desk::lenient();
    let long = Request { method: "M".repeat(100_000), ..Request::get(api(&"a/".repeat(30_000))) };
    desk.ask(&long);
    let (logged, found) = (&desk.bank.requests()[0], &desk.bank.findings()[0]);
    for kept in [&logged.method, &logged.path, &found.method, &found.path] {
        assert_eq!(kept.chars().count(), 501);
    }
    assert!(logged.path.starts_with(&api("a/a/")));
}

#[test]
fn what_the_doctor_shows_obeys_nobody_and_tells_no_id() {
    let mut desk = Desk::lenient();
    let id = "2b000833-0000-4000-8000-000000000000";
    let odd = Request { method: id.to_owned(), ..Request::get(api(&format!("DeleteCard/\u{202e}\u{1b}]0;{id}"))) };
    desk.ask(&odd);
    let finding = &desk.bank.findings()[0];
    for shown in [finding.to_string(), format!("{finding:?}"), format!("{:?}", desk.bank.requests())] {
        assert!(shown.contains("2b000833…") && !shown.contains("2b000833-"), "{shown}");
        assert!(!shown.contains(['\u{202e}', '\u{1b}']), "{shown}");
    }
}

#[test]
fn nesting_without_end_is_refused_wherever_json_is_read() {
    let mut desk = Desk::lenient();
    let api = ["Authorize", "AuthorizeAsync", "AuthorizeMultiple", "GetAccountsDetail", "GetStatements"].map(api);
    let controls = ["reset-login", "expire", "nightly", "faults", "webhook"].map(|name| format!("/_sandbox/{name}"));
    for target in api.iter().chain(&controls) {
        for bomb in ["[", "{\"a\":", "[{\"effect\":{\"kind\":", "{\"url\":["] {
            let reply = desk.ask(&Request::post(target, bomb.repeat(10_000)));
            assert!((400..500).contains(&reply.status), "{target} {bomb} {}", reply.status);
        }
    }
    for bomb in ["{\"a\":", "a = [", "a.", "[[a.", "a = {a = ", "{\"users\":[{\"rounds\":[["] {
        assert!(Scenario::read(&bomb.repeat(10_000)).is_err(), "{bomb}");
    }
    for closed in [format!("{}a = 1", "a.".repeat(10_000)), format!("a = {}{}", "[".repeat(10_000), "]".repeat(10_000))]
    {
        assert!(Scenario::read(&closed).is_err());
    }
}

#[test]
fn the_largest_numbers_are_numbers_too() {
    let most = u64::MAX;
    let effects = [
        json!({"kind": "latency", "delayMs": most}),
        json!({"kind": "late", "delayMs": most}),
        json!({"kind": "truncate", "bytes": most}),
        json!({"kind": "tooManyRequests", "retryAfter": most}),
        json!({"kind": "tooManyRequests", "retryAfter": most, "asDate": true}),
    ];
    for effect in effects {
        let mut desk = Desk::with(Settings { pending_ms: most, request_life_ms: most, ..Settings::default() });
        let login = desk.bank.connect(desk.now, "Greatday", "en");
        let faults = json!([{"call": {"from": 1, "to": most}, "times": most, "effect": effect}]);
        assert_eq!(desk.ask(&Request::post("/_sandbox/faults", faults.to_string())).status, 200, "{effect}");
        for now in [desk.now, most - 1, most] {
            desk.now = now;
            desk.ask(&post("Authorize", &json!({"LoginId": login, "MostRecentCached": false})));
            desk.poll("unknown");
            desk.ask(&Request::get("/"));
        }
        let log: Value = desk.ask(&Request::get("/_sandbox/requests")).json();
        assert_eq!(log.as_array().map(Vec::len), Some(9), "{effect}");
    }
}
