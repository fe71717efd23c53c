//! The doctor: each rule by a request that breaks it and one that does not, and where a finding is told.

use std::collections::BTreeSet;

use reconnect_sandbox::{Request, doctor};
use serde_json::{Value, json};

use crate::desk::{CITY, Desk, MINUTE, NOW, api, assert_verdict, post};

type Make = fn(&mut Desk) -> Request;

/// The rule, a request that breaks it and nothing else, and the nearest one that breaks none.
const TABLE: &[(&str, Make, Make)] = &[
    ("unknown-endpoint", |_| get("CheckAuthorizeToken"), |_| get("Institutions")),
    ("wrong-method", |_| Request::get(api("Authorize")), live),
    ("wrong-method", |desk| Request::post(widget(desk, "").target, ""), |desk| widget(desk, "")),
    ("poll-by-post", |desk| Request { method: "POST".to_owned(), ..poll(desk) }, poll),
    ("missing-secret-key", |_| Request::post(api("GenerateAuthorizeToken"), ""), |_| mint()),
    ("missing-authorize-token", |desk| post("Authorize", &refresh(desk)), live),
    ("missing-authorize-token", |_| Request::get("/v2/?demo=true"), |desk| widget(desk, "demo=true")),
    ("missing-api-key", |desk| without(data(desk), "x-api-key"), data),
    ("missing-bearer", |_| Request::get(api("GetNightlyRefreshStatus")), |_| nightly("Bearer sandbox-secret")),
    ("missing-bearer", |_| nightly("sandbox-secret"), |_| nightly("Bearer sandbox-secret")),
    ("wrong-auth-header", |desk| post("Authorize", &refresh(desk)).with("Authorization", "Bearer x"), live),
    ("wrong-auth-header", |desk| post("Authorize", &refresh(desk)).with("x-api-key", "sandbox-api-key"), live),
    ("mixed-up-keys", |desk| post("Authorize", &refresh(desk)).with("flinks-auth-key", "sandbox-secret"), live),
    ("mixed-up-keys", |desk| without(mint(), "flinks-auth-key").with("flinks-auth-key", &desk.mint()), |_| mint()),
    ("mixed-up-keys", |desk| without(data(desk), "x-api-key").with("x-api-key", "sandbox-secret"), data),
    ("mixed-up-keys", |_| Request::get("/?authorizeToken=sandbox-secret"), |desk| widget(desk, "")),
    ("mixed-up-keys", |_| nightly("Bearer sandbox-api-key"), |_| nightly("Bearer sandbox-secret")),
    ("token-spent", |desk| spent(live(desk), desk), live),
    ("token-spent", |desk| spent(widget(desk, ""), desk), |desk| widget(desk, "")),
    ("token-expired", |desk| later(live(desk), desk, 15 * MINUTE), |desk| later(live(desk), desk, 15 * MINUTE - 1)),
    ("needless-auth-header", |desk| data(desk).with("flinks-auth-key", "x"), data),
    ("needless-auth-header", |desk| live(desk).with("Authorization", "Bearer x"), live),
    (
        "needless-auth-header",
        |_| nightly("Bearer sandbox-secret").with("flinks-auth-key", "x"),
        |_| nightly("Bearer sandbox-secret"),
    ),
    ("credential-in-body", |desk| live_with(desk, "AccessToken", json!("x")), live),
    (
        "credential-in-body",
        |desk| live_with(desk, "Tag", json!("sandbox-secret")),
        |desk| live_with(desk, "Tag", json!("t")),
    ),
    ("content-type", |desk| without(live(desk), "content-type"), live),
    ("content-type", |desk| without(data(desk), "content-type").with("content-type", "text/plain"), data),
    ("body-not-an-object", |desk| Request { body: b"[]".to_vec(), ..live(desk) }, live),
    ("body-not-an-object", |desk| Request { body: Vec::new(), ..data(desk) }, data),
    ("key-case", |desk| live_with(desk, "language", json!("en")), |desk| live_with(desk, "Language", json!("en"))),
    ("camel-case-key", |desk| schedule(desk, "LoginId"), |desk| schedule(desk, "loginId")),
    ("unknown-field", |desk| live_with(desk, "Refresh", json!(1)), live),
    ("boolean-as-text", |desk| live_with(desk, "Save", json!("true")), live),
    ("most-recent-cached-missing", |desk| live_with(desk, "MostRecentCached", Value::Null), live),
    ("save-missing", |desk| live_with(desk, "Save", json!(false)), live),
    (
        "live-again",
        |desk| {
            live_once(desk);
            live(desk)
        },
        |desk| {
            live_once(desk);
            desk.now += 8 * MINUTE;
            live(desk)
        },
    ),
    ("request-id-alone", |desk| answer(desk, json!({})), |desk| answer(desk, json!({CITY: ["Montreal"]}))),
    ("bare-answer", |desk| answer(desk, json!({CITY: "Montreal"})), |desk| answer(desk, json!({CITY: ["Montreal"]}))),
    (
        "prompt-as-key",
        |desk| answer(desk, json!({"WhatCityWereYouBornIn?": ["Montreal"]})),
        |desk| answer(desk, json!({CITY: ["?"]})),
    ),
    (
        "prompt-as-key",
        |desk| answer(desk, json!({CITY.to_lowercase(): ["Montreal"]})),
        |desk| answer(desk, json!({CITY: ["?"]})),
    ),
    ("answer-missing", |desk| answer(desk, json!({CITY: []})), |desk| answer(desk, json!({CITY: ["Montreal"]}))),
    (
        "already-authorized",
        |desk| {
            let id = desk.authorized("greatday_nomfa").1;
            say(desk, &id, json!({CITY: ["x"]}))
        },
        |desk| answer(desk, json!({CITY: ["x"]})),
    ),
    (
        "session-over",
        |desk| {
            let id = desk.asked().1;
            desk.now += 8 * MINUTE;
            say(desk, &id, json!({CITY: ["x"]}))
        },
        |desk| answer(desk, json!({CITY: ["x"]})),
    ),
    (
        "session-over",
        |desk| widget(desk, "requestId=unknown"),
        |desk| {
            let id = desk.asked().1;
            widget(desk, &format!("requestId={id}"))
        },
    ),
    (
        "days-of-transactions",
        |desk| data_with(desk, "DaysOfTransactions", json!("Days360")),
        |desk| data_with(desk, "DaysOfTransactions", json!("Days365")),
    ),
    (
        "accounts-filter-empty",
        |desk| data_with(desk, "AccountsFilter", json!([])),
        |desk| data_with(desk, "AccountsFilter", json!(["a"])),
    ),
    ("poll-too-soon", |desk| polled(desk, 9_499), |desk| polled(desk, 9_500)),
    (
        "poll-before-data-call",
        |desk| {
            let id = desk.authorized("greatday_nomfa").1;
            get(&format!("GetAccountsDetailAsync/{id}"))
        },
        poll,
    ),
    ("card-in-use", |desk| delete(desk, 0), |desk| delete(desk, 2_000)),
    ("widget-login-id", |desk| widget(desk, "loginId=5e115eac"), |desk| widget(desk, "tag=5e115eac")),
    (
        "widget-parameter-case",
        |desk| widget(desk, "redirectURL=https://a.example"),
        |desk| widget(desk, "redirectUrl=https://a.example"),
    ),
    (
        "widget-parameter-case",
        |desk| widget(desk, "accountSelectorNotitle=true"),
        |desk| widget(desk, "accountSelectorNoTitle=true"),
    ),
    ("missing-authorize-token", |_| Request::get("/v2/Testing/"), |desk| widget(desk, "")),
    ("selected-accounts-alone", |desk| widget(desk, "resumeSelectedAccounts=a"), |desk| selecting(desk, "a,b")),
    ("selected-accounts-form", |desk| selecting(desk, "{id1},{id2}"), |desk| selecting(desk, "a%2Cb")),
    ("selected-accounts-long", |desk| of_length(desk, 2_000), |desk| of_length(desk, 1_999)),
];

fn get(path: &str) -> Request {
    Request::get(api(path)).with("x-api-key", "sandbox-api-key")
}

fn mint() -> Request {
    Request::post(api("GenerateAuthorizeToken"), "").with("flinks-auth-key", "sandbox-secret")
}

fn nightly(authorization: &str) -> Request {
    Request::get(api("GetNightlyRefreshStatus")).with("authorization", authorization)
}

fn without(mut request: Request, header: &str) -> Request {
    request.headers.retain(|(name, _)| name != header);
    request
}

fn refresh(desk: &mut Desk) -> Value {
    let login = desk.bank.connect(desk.now, "Greatday", "en");
    json!({"LoginId": login, "MostRecentCached": false, "Save": true})
}

fn signed(desk: &mut Desk, body: &Value) -> Request {
    post("Authorize", body).with("flinks-auth-key", &desk.mint())
}

fn live(desk: &mut Desk) -> Request {
    let body = refresh(desk);
    signed(desk, &body)
}

fn live_with(desk: &mut Desk, key: &str, value: Value) -> Request {
    let mut body = refresh(desk);
    body[key] = value;
    signed(desk, &body)
}

fn live_once(desk: &mut Desk) {
    let request = live(desk);
    desk.ask(&request);
}

fn say(desk: &mut Desk, request_id: &str, responses: Value) -> Request {
    signed(desk, &json!({"RequestId": request_id, "SecurityResponses": responses}))
}

fn answer(desk: &mut Desk, responses: Value) -> Request {
    let id = desk.asked().1;
    say(desk, &id, responses)
}

fn data(desk: &mut Desk) -> Request {
    data_with(desk, "WithKYC", json!(true))
}

fn data_with(desk: &mut Desk, key: &str, value: Value) -> Request {
    let mut body = json!({"RequestId": desk.authorized("greatday_nomfa").1});
    body[key] = value;
    post("GetAccountsDetail", &body).with("x-api-key", "sandbox-api-key")
}

/// The first poll after the data call.
fn poll(desk: &mut Desk) -> Request {
    let id = desk.authorized("greatday_nomfa").1;
    desk.detail(&json!({"RequestId": id}));
    get(&format!("GetAccountsDetailAsync/{id}"))
}

/// The second, so long after the first.
fn polled(desk: &mut Desk, after: u64) -> Request {
    let request = poll(desk);
    assert_eq!(desk.ask(&request).status, 202);
    later(request, desk, after)
}

fn later(request: Request, desk: &mut Desk, after: u64) -> Request {
    desk.now += after;
    request
}

fn spent(request: Request, desk: &mut Desk) -> Request {
    // Spent by another showing, so that nothing else of the request is out of order.
    let key = request.headers.iter().find(|(name, _)| name == "flinks-auth-key");
    let in_url = || request.target.strip_prefix("/?authorizeToken=").expect("a token").trim_end_matches('&');
    let token = key.map_or_else(in_url, |(_, token)| token);
    desk.ask(&Request::get(format!("/?authorizeToken={token}")));
    request
}

fn schedule(desk: &mut Desk, key: &str) -> Request {
    let login = desk.bank.connect(desk.now, "Greatday", "en");
    let request = post("SetScheduledRefresh", &json!({key: login, "isActivated": true}));
    Request { method: "PATCH".to_owned(), ..request }.with("x-api-key", "sandbox-api-key")
}

fn delete(desk: &mut Desk, after: u64) -> Request {
    let login = desk.authorized("greatday_nomfa").0;
    later(Request { method: "DELETE".to_owned(), ..get(&format!("DeleteCard/{login}")) }, desk, after)
}

fn widget(desk: &mut Desk, query: &str) -> Request {
    Request::get(format!("/?authorizeToken={}&{query}", desk.mint()))
}

fn selecting(desk: &mut Desk, list: &str) -> Request {
    let id = desk.asked().1;
    widget(desk, &format!("requestId={id}&resumeSelectedAccounts={list}"))
}

/// A URL of `length` characters with its host. Most of them are account ids.
fn of_length(desk: &mut Desk, length: usize) -> Request {
    let request = selecting(desk, "").with("host", "widget.example");
    let rest = length - "https://widget.example".len() - request.target.len();
    let list: String = "5e115eac-1209,".chars().cycle().take(rest - 1).chain(['a']).collect();
    Request { target: format!("{}{list}", request.target), ..request }
}

//= docs/spec/sandbox.md#conduct
//# **SBX-24** The sandbox MUST name, in strict and in lenient mode alike, the documented rule that a request breaks,
//# with its address, in the reply's header `x-sandbox-doctor`, at `GET /_sandbox/doctor`, on the command's stderr and
//# in process, and MUST NOT repeat a header, a query or a body in doing so.
#[test]
fn each_rule_is_named_where_it_is_broken_and_nowhere_else() {
    for (rule, breaks, keeps) in TABLE {
        for (mode, make) in [("strict", Desk::strict as fn() -> Desk), ("lenient", Desk::lenient)] {
            let mut desk = make();
            let request = breaks(&mut desk);
            assert_eq!(desk.ask(&request).header("x-sandbox-doctor"), Some(*rule), "{mode}");
            let mut desk = make();
            let request = keeps(&mut desk);
            assert_eq!(desk.ask(&request).header("x-sandbox-doctor"), None, "{mode}, beside {rule}");
        }
    }
}

//= docs/spec/sandbox.md#conduct
//# **SBX-24** The sandbox MUST name, in strict and in lenient mode alike, the documented rule that a request breaks,
//# with its address, in the reply's header `x-sandbox-doctor`, at `GET /_sandbox/doctor`, on the command's stderr and
//# in process, and MUST NOT repeat a header, a query or a body in doing so.
#[test]
fn each_rule_has_a_row_and_an_address() {
    let tested: BTreeSet<&str> = TABLE.iter().map(|(rule, _, _)| *rule).collect();
    let known: BTreeSet<&str> = doctor::rules().iter().map(|rule| rule.id).collect();
    assert_eq!(tested, known);
    assert_eq!(known.len(), doctor::rules().len(), "each name once");
    for rule in doctor::rules() {
        assert!(rule.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", rule.id);
        let official = ["https://docs.flinks.com/", "https://help.flinks.com/"];
        assert!(official.iter().any(|site| rule.url.starts_with(site)), "{}", rule.url);
        assert!(rule.says.len() > 20 && !rule.says.ends_with('.') && !rule.says.contains("  "), "{}", rule.says);
    }
}

#[test]
fn the_reply_the_endpoint_and_the_bank_tell_the_same() {
    let mut desk = Desk::lenient();
    let id = desk.authorized("greatday_nomfa").1;
    desk.now += 5;
    let path = api(&format!("GetAccountsDetailAsync/{id}"));
    let reply = desk.ask(&Request::post(format!("{path}?x=canary"), "canary"));
    assert_eq!(reply.header("x-sandbox-doctor"), Some("poll-by-post,missing-api-key,poll-before-data-call"));
    let told = desk.ask(&Request::get("/_sandbox/doctor"));
    assert_eq!((told.status, told.header("x-sandbox-dropped")), (200, Some("0")));
    let rules: Vec<_> = desk.bank.findings().iter().map(|finding| finding.rule).collect();
    let expected: Vec<Value> = rules
        .iter()
        .map(|rule| json!({"at": NOW + 5, "method": "POST", "path": path, "rule": rule.id, "url": rule.url, "says": rule.says}))
        .collect();
    assert_eq!((rules.len(), told.json()), (3, json!(expected)));
    assert_eq!(desk.ask(&Request::post("/_sandbox/doctor", "")).status, 405);

    let finding = &desk.bank.findings()[0];
    let shown = format!("{finding} {finding:?} {:?}", desk.bank);
    assert!(shown.starts_with(&format!(
        "poll-by-post: POST /v3/43387ca6…/BankingServices/GetAccountsDetailAsync/{}…: ",
        &id[..8]
    )));
    for hidden in ["canary", id.as_str(), "\n"] {
        assert!(!shown.contains(hidden), "{hidden:?} in {shown}");
    }
}

#[test]
fn a_whole_reconnect_as_documented_leaves_no_finding() {
    let mut desk = Desk::strict();
    let (_, id) = desk.asked();
    desk.now += MINUTE;
    assert_eq!(desk.answer_all(&id).status, 200);
    assert_eq!(desk.detail(&json!({"RequestId": id})).status, 202);
    desk.now += 10_000;
    assert_eq!(desk.poll(&id).status, 200);
    assert_eq!(desk.bank.findings(), []);
}

#[test]
fn a_mangled_prompt_is_refused_in_both_modes() {
    for mut desk in [Desk::strict(), Desk::lenient()] {
        let request = answer(&mut desk, json!({"WhatCityWereYouBornIn?": ["Montreal"]}));
        assert_verdict(&desk.ask(&request), 401, "UNKNOWN_CHALLENGE_KEY");
    }
}

#[test]
fn the_lists_keep_their_end_and_say_how_much_they_dropped() {
    let mut desk = Desk::lenient();
    for _ in 0..10_001 {
        desk.now += 1;
        desk.ask(&Request::get("/"));
    }
    assert_eq!((desk.bank.requests().len(), desk.bank.findings().len()), (9_001, 9_001));
    assert_eq!(desk.bank.requests().last().map(|logged| logged.at), Some(desk.now));
    for list in ["requests", "doctor"] {
        let reply = desk.ask(&Request::get(format!("/_sandbox/{list}")));
        assert_eq!(reply.header("x-sandbox-dropped"), Some("1000"), "{list}");
    }
    assert!(format!("{:?}", desk.bank).contains("showings: 256"), "{:?}", desk.bank);
}
