//! What goes wrong on purpose: when it does, and what is left of the call.

use reconnect_sandbox::{Arrival, CallRange, Calls, Cut, Effect, Fate, Fault, Reply, Request, Settings};
use serde_json::{Value, json};

use crate::desk::{CITY, COUNTRY, Desk, MINUTE, NOW, SHAPE, api, assert_verdict, post, verdict};

/// A strict bank with one fault, read from JSON as `POST /_sandbox/faults` takes it.
fn with(fault: Value) -> Desk {
    let mut desk = Desk::strict();
    let reply = set(&mut desk, &json!([fault]));
    assert_eq!((reply.status, reply.text()), (200, r#"{"done":true}"#.to_owned()));
    desk
}

fn set(desk: &mut Desk, faults: &Value) -> Reply {
    desk.ask(&Request::post("/_sandbox/faults", faults.to_string()))
}

/// Whether each of so many calls was befallen.
fn befallen(desk: &mut Desk, calls: usize) -> Vec<bool> {
    let ask = Request::post(api("Authorize"), "{}");
    (0..calls).map(|_| desk.ask(&ask).fate.cut == Cut::NoAnswer).collect()
}

//= docs/spec/sandbox.md#conduct
//# **SBX-37** The sandbox MUST do wrong only what it is told.
#[test]
fn a_fault_falls_on_the_calls_that_it_names() {
    let lost = json!({"kind": "drop"});
    let table = [
        (json!({"effect": lost}), [true, true, true, true]),
        (json!({"call": 2, "effect": lost}), [false, true, false, false]),
        (json!({"call": [1, 4], "effect": lost}), [true, false, false, true]),
        (json!({"call": {"from": 2, "to": 3}, "effect": lost}), [false, true, true, false]),
        (json!({"call": {"from": 3}, "effect": lost}), [false, false, true, true]),
        (json!({"times": 2, "effect": lost}), [true, true, false, false]),
        (json!({"probability": 0, "effect": lost}), [false; 4]),
        (json!({"probability": 1, "times": 3, "effect": lost}), [true, true, true, false]),
        (json!({"endpoint": "authorize", "effect": lost}), [true; 4]),
        (json!({"endpoint": "AuthorizeAsync", "effect": lost}), [false; 4]),
        (json!({"endpoint": "widget", "effect": lost}), [false; 4]),
        (json!({"user": "Greatday", "effect": lost}), [false; 4]),
    ];
    for (fault, expected) in table {
        assert_eq!(befallen(&mut with(fault.clone()), 4), expected, "{fault}");
    }
}

#[test]
fn chance_is_the_seeds_and_about_as_likely_as_it_says() {
    let fault = Fault { probability: Some(0.25), ..Fault::always(Effect::Drop { handled: false }) };
    let run = |seed| {
        let settings = Settings { seed, faults: vec![fault.clone()], ..Settings::default() };
        befallen(&mut Desk::with(settings), 1_000)
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    let hits = run(1).into_iter().filter(|hit| *hit).count();
    assert!((200..300).contains(&hits), "{hits}");
}

#[test]
fn a_fault_knows_whose_call_it_is() {
    let mut desk = Desk::strict();
    let (_, theirs) = desk.asked();
    let (_, other) = desk.authorized("greatday_nomfa");
    assert_eq!(set(&mut desk, &json!([{"user": "GREATDAY", "effect": {"kind": "late", "delayMs": 7}}])).status, 200);
    let login = desk.bank.login_for("Greatday").expect("a login");
    let first = json!({"Institution": "FlinksCapital", "username": "Greatday", "Password": "Everyday"});
    let hit = |desk: &mut Desk, request: Request| desk.ask(&request).fate.delay_ms == 7;
    for (request, expected) in [
        (Request::post(api("Authorize"), json!({"LoginId": login}).to_string()), true),
        (Request::post(api("Authorize"), json!({"requestid": theirs.to_uppercase()}).to_string()), true),
        (Request::post(api("Authorize"), first.to_string()), true),
        (Request::post(api("GetAccountsDetail"), json!({"RequestId": theirs}).to_string()), true),
        (Request::get(api(&format!("GetAccountsDetailAsync/{theirs}"))), true),
        (Request::get(api(&format!("GetMFAQuestions/{login}"))), true),
        (Request::get(format!("/v2/?demo=true&requestId={theirs}")), true),
        (Request::post(api("GetAccountsDetail"), json!({"RequestId": other}).to_string()), false),
        (Request::post(api("GenerateAuthorizeToken"), ""), false),
        (Request::get(api("Institutions")), false),
    ] {
        assert_eq!(hit(&mut desk, request.clone()), expected, "{}", request.target);
    }
    let token = desk.mint();
    let page = desk.ask(&Request::get(format!("/?requestId={theirs}&authorizeToken={token}"))).text();
    let action = page.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a form");
    assert!(hit(&mut desk, Request::post(action, "a=b")), "{action}");
}

#[test]
fn the_first_of_several_happens_and_each_counts() {
    let mut desk = Desk::strict();
    let two = json!([
        {"call": 1, "effect": {"kind": "drop", "handled": true}},
        {"call": {"from": 1, "to": 2}, "times": 1, "effect": {"kind": "late", "delayMs": 5}},
    ]);
    set(&mut desk, &two);
    let fates: Vec<Fate> = (0..3).map(|_| desk.ask(&Request::get(api("Institutions"))).fate).collect();
    assert_eq!((fates[0].cut, fates[0].delay_ms), (Cut::NoAnswer, 0));
    assert_eq!((fates[1].cut, fates[1].delay_ms), (Cut::None, 5));
    assert_eq!(fates[2], Fate::default());
    assert_eq!(desk.ask(&Request::get("/_sandbox/faults")).json(), two, "they are read as they were given");
    set(&mut desk, &two);
    assert_eq!(desk.ask(&Request::get(api("Institutions"))).fate.cut, Cut::NoAnswer, "calls are counted anew");
    assert_eq!(set(&mut desk, &json!([])).status, 200);
    assert_eq!(desk.bank.faults(), []);
}

/// A live call whose reply is lost: whether the bank asked its user is the question that a client cannot answer.
#[test]
fn what_is_handled_happened_and_what_is_not_did_not() {
    let table = [
        (json!({"kind": "drop"}), 1),
        (json!({"kind": "drop", "handled": false}), 0),
        (json!({"kind": "badGateway"}), 1),
        (json!({"kind": "badGateway", "handled": false}), 0),
        (json!({"kind": "empty"}), 1),
        (json!({"kind": "empty", "handled": false}), 0),
        (json!({"kind": "truncate", "bytes": 10}), 1),
        (json!({"kind": "tooManyRequests", "retryAfter": 3}), 0),
        (json!({"kind": "late", "delayMs": 1}), 1),
        (json!({"kind": "latency", "delayMs": 1}), 1),
        (json!({"kind": "contradiction", "httpStatus": 500}), 1),
        (json!({"kind": "contradiction", "httpStatus": 200, "bodyStatus": 401}), 0),
    ];
    for (effect, sent) in table {
        let mut desk = with(json!({"endpoint": "Authorize", "call": 1, "effect": effect}));
        let login = desk.bank.connect(NOW, "Greatday", "en");
        desk.live(&login);
        assert_eq!(desk.bank.challenges_sent(&login), sent, "{effect}");
        let last = desk.bank.requests().last().expect("it is logged");
        assert_eq!((last.fault, last.status == 0), (effect["kind"].as_str(), effect["kind"] == "drop"));
        let log = desk.ask(&Request::get("/_sandbox/requests")).json();
        assert_eq!((&log[0].get("fault"), &log[1]["fault"]), (&None, &effect["kind"]));
        assert_eq!(log[1]["status"].is_null(), effect["kind"] == "drop");
    }
}

#[test]
fn each_effect_looks_as_on_the_wire() {
    let ask = |effect: Value| {
        let mut desk = with(json!({"endpoint": "Authorize", "effect": effect}));
        let login = desk.bank.connect(NOW, "greatday_nomfa", "en");
        desk.live(&login)
    };
    let truncated = ask(json!({"kind": "truncate", "bytes": 10}));
    assert_eq!((truncated.status, truncated.fate.cut), (200, Cut::AfterBytes(10)));
    assert!(truncated.body.len() > 10, "the whole length is still known");
    let proxy = ask(json!({"kind": "badGateway"}));
    assert_eq!((proxy.status, proxy.header("content-type")), (502, Some("text/html")));
    assert!(proxy.text().contains("502 Bad Gateway"));
    let empty = ask(json!({"kind": "empty"}));
    assert_eq!((empty.status, empty.body.len()), (200, 0));
    let busy = ask(json!({"kind": "tooManyRequests"}));
    assert_verdict(&busy, 429, "TOO_MANY_REQUESTS");
    assert_eq!(busy.header("retry-after"), None);
    let busy = ask(json!({"kind": "tooManyRequests", "retryAfter": 90}));
    assert_eq!(busy.header("retry-after"), Some("90"));
    let busy = ask(json!({"kind": "tooManyRequests", "retryAfter": 90, "asDate": true}));
    assert_eq!(busy.header("retry-after"), Some("Wed, 21 Jan 2026 20:49:17 GMT"));
    let kind = ask(json!({"kind": "contradiction", "httpStatus": 401}));
    assert_eq!((kind.status, &kind.json()["HttpStatusCode"]), (401, &json!(200)));
    assert!(kind.json()["RequestId"].is_string());
    let error = json!({"kind": "contradiction", "httpStatus": 200, "bodyStatus": 400, "code": "SESSION_NONEXISTENT"});
    let unkind = ask(error);
    assert_eq!(verdict(&unkind), (200, "SESSION_NONEXISTENT".to_owned()));
    assert_eq!(unkind.json()["HttpStatusCode"], 400);
}

/// The token is spent by the first of the two, and the second is the answer.
#[test]
fn a_doubled_request_is_handled_twice() {
    let mut desk = with(json!({"endpoint": "Authorize", "call": 1, "effect": {"kind": "duplicate"}}));
    let login = desk.bank.connect(NOW, "Greatday", "en");
    assert_verdict(&desk.live(&login), 401, "UNAUTHORIZED");
    assert_eq!(desk.bank.challenges_sent(&login), 1, "the first one came through");
}

#[test]
fn slow_on_the_way_there_is_judged_later_than_slow_on_the_way_back() {
    for (kind, status) in [("latency", 400), ("late", 401)] {
        let mut desk = Desk::strict();
        let (_, id) = desk.asked();
        set(&mut desk, &json!([{"effect": {"kind": kind, "delayMs": 8 * MINUTE}}]));
        let reply = desk.detail(&json!({"RequestId": id}));
        assert_eq!((reply.status, reply.fate.delay_ms), (status, 8 * MINUTE), "{kind}");
    }
}

/// The end user finishes in the widget in the meantime, so the answer is too late.
#[test]
fn a_slow_request_is_handled_when_it_arrives() {
    let mut desk = Desk::strict();
    let (_, id) = desk.asked();
    let token = desk.mint();
    set(&mut desk, &json!([{"endpoint": "Authorize", "effect": {"kind": "latency", "delayMs": 4 * MINUTE}}]));
    let answer = json!({"RequestId": id, "SecurityResponses": {CITY: ["Montreal"]}});
    let answer = post("Authorize", &answer).with("flinks-auth-key", &token);
    let Arrival::Delayed(slow) = desk.bank.arrive(NOW, &answer) else { panic!("it is slow") };
    assert_eq!((slow.delay_ms, desk.bank.requests().last().expect("a mint").fault), (4 * MINUTE, None));
    let answers = [(CITY, "Montreal"), (COUNTRY, "Canada"), (SHAPE, "Triangle")];
    for (prompt, typed) in answers {
        desk.bank.answer_in_widget(NOW + MINUTE, &id, &[(prompt.to_owned(), typed.to_owned())]);
    }
    let reply = desk.bank.handle_delayed(NOW + 4 * MINUTE, &answer, slow);
    assert_verdict(&reply, 401, "ALREADY_AUTHORIZED");
    assert_eq!(reply.fate.delay_ms, 0, "its delay is over");
    assert_eq!(desk.bank.requests().last().expect("the answer").fault, Some("latency"));
}

#[test]
fn a_list_that_is_wrong_is_refused_and_says_why() {
    let mut desk = with(json!({"effect": {"kind": "drop"}}));
    let lost = json!({"kind": "drop"});
    let table = [
        (json!({"effect": lost}), "expected a JSON list of faults"),
        (json!([{}]), "missing field `effect`"),
        (json!([{"effect": "drop"}]), "expected an effect with its kind"),
        (json!([{"effect": {"kind": "flood"}}]), "unknown variant `flood`"),
        (json!([{"effect": lost, "when": 1}]), "unknown field `when`"),
        (json!([{"effect": {"kind": "duplicate", "bytes": 1}}]), "unknown field `bytes`"),
        (json!([{"effect": lost, "call": "first"}]), "call is a number from 1"),
        (json!([{"effect": lost}, {"effect": lost, "call": 0}]), "fault 2: calls are counted from 1"),
        (json!([{"effect": lost, "call": {"from": 3, "to": 2}}]), "a range goes upwards"),
        (json!([{"effect": lost, "call": 1, "probability": 1}]), "exclude each other"),
        (json!([{"effect": lost, "probability": 1.5}]), "probability is a number from 0 to 1"),
        (json!([{"effect": lost, "endpoint": "Authorise"}]), "endpoint is one of GenerateAuthorizeToken, "),
        (json!([{"effect": {"kind": "contradiction", "httpStatus": 100}}]), "httpStatus is a number from 200"),
        (json!([{"effect": {"kind": "contradiction", "httpStatus": 200, "code": "X"}}]), "needs a bodyStatus"),
        (json!(vec![json!({"effect": lost}); 1_001]), "at most 1000 faults"),
    ];
    for (list, why) in table {
        let reply = set(&mut desk, &list);
        let said = reply.json()["error"].as_str().unwrap_or_default().to_owned();
        assert!(reply.status == 400 && said.contains(why), "{said} for {why}");
    }
    assert_eq!(desk.bank.faults().len(), 1, "what was there is left alone");
    assert_eq!(desk.ask(&Request::post("/_sandbox/faults", "?")).status, 400);
    assert_eq!(desk.ask(&Request::get("/_sandbox/requests")).status, 200, "controls are spared");
}

#[test]
fn a_fault_in_code_is_the_fault_in_json() {
    let fault = Fault {
        user: Some("canary".to_owned()),
        call: Some(Calls::Range(CallRange { from: 1, to: None })),
        times: Some(1),
        ..Fault::always(Effect::TooManyRequests { retry_after: Some(1), as_date: false })
    };
    let json = serde_json::to_value(&fault).expect("JSON");
    assert_eq!(
        json,
        json!({"user": "canary", "call": {"from": 1}, "times": 1,
            "effect": {"kind": "tooManyRequests", "retryAfter": 1, "asDate": false}})
    );
    assert_eq!(serde_json::from_value::<Fault>(json).expect("a fault"), fault);
    assert!(!format!("{fault:?}").contains("canary"), "{fault:?}");
    // Nobody checks what stands in code, and it is sent all the same.
    for (said, sent) in [(0, 200), (802, 599)] {
        let odd = Fault::always(Effect::Contradiction { http_status: said, body_status: None, code: None });
        let mut desk = Desk::with(Settings { faults: vec![odd], ..Settings::default() });
        assert_eq!(desk.ask(&Request::get(api("Institutions"))).status, sent);
    }
}
