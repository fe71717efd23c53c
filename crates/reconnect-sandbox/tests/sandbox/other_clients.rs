//! What two clients of other people send, as read in their code: lenient takes it, and the doctor says what is odd.

use reconnect_sandbox::Request;
use serde_json::{Value, json};

use crate::desk::{CITY, COUNTRY, Desk, SHAPE, api, assert_verdict, post, request_id};

/// `flinks` 0.1.0a2 from PyPI: no token, no key, `MostRecentCached` always said.
fn python(endpoint: &str, body: &Value) -> Request {
    post(endpoint, body).with("cache-control", "no-cache").with("accept", "*/*")
}

/// `node-flinks` 0.6.0 from npm: every key in PascalCase, the bearer token in the header and in the body.
fn node(endpoint: &str, body: &Value) -> Request {
    let mut body = body.clone();
    body["AccessToken"] = json!("access");
    post(endpoint, &body).with("authorization", "Bearer access").with("accept", "application/json")
}

/// Status, and what the doctor said.
fn ask(desk: &mut Desk, request: &Request) -> (u16, String) {
    let reply = desk.ask(request);
    (reply.status, reply.header("x-sandbox-doctor").unwrap_or("-").to_owned())
}

fn is(status: u16, said: &str) -> (u16, String) {
    (status, said.to_owned())
}

//= docs/spec/sandbox.md#conduct
//# **SBX-26** A lenient sandbox SHOULD take what other people's clients send if the service might take it, but MUST
//# refuse a prompt that was changed on its way into `SecurityResponses`, as the service does.
#[test]
fn the_python_client_goes_all_the_way() {
    let mut desk = Desk::lenient();
    let login = desk.bank.connect(desk.now, "Greatday", "en");
    let cached = python("Authorize", &json!({"MostRecentCached": true, "LoginId": login}));
    assert_eq!(ask(&mut desk, &cached), is(200, "missing-authorize-token"));

    let live = python("Authorize", &json!({"MostRecentCached": false, "LoginId": login, "Save": true}));
    let asked = desk.ask(&live);
    assert_eq!((asked.status, asked.header("x-sandbox-doctor")), (203, Some("missing-authorize-token")));
    let id = request_id(&asked);
    for (prompt, answer, status) in [(CITY, "Montreal", 203), (COUNTRY, "Canada", 203), (SHAPE, "Triangle", 200)] {
        let body = json!({"MostRecentCached": false, "RequestId": id, "SecurityResponses": {prompt: [answer]}});
        assert_eq!(ask(&mut desk, &python("Authorize", &body)), is(status, "missing-authorize-token"));
    }
    let account = &desk.bank.account_ids(&login)[1];
    let order =
        json!({"RequestId": id, "WithAccountIdentity": false, "WithTransactions": false, "AccountsFilter": [account]});
    let detail = python("GetAccountsDetail", &order);
    assert_eq!(ask(&mut desk, &detail), is(202, "missing-api-key"));
    desk.now += 10_000;
    let poll = Request::get(api(&format!("GetAccountsDetailAsync/{id}"))).with("content-type", "application/json");
    assert_eq!(ask(&mut desk, &poll), is(200, "missing-api-key"));
    let accounts = desk.ask(&detail).json();
    assert_eq!(
        (accounts["Accounts"].as_array().map(Vec::len), &accounts["Accounts"][0]["Id"]),
        (Some(1), &json!(account))
    );
}

#[test]
fn the_node_client_goes_as_far_as_it_can() {
    let odd = "wrong-auth-header,credential-in-body";
    let mut desk = Desk::lenient();
    let login = desk.bank.connect(desk.now, "Greatday", "en");
    let cached = node("Authorize", &json!({"MostRecentCached": true, "Save": false, "LoginId": login}));
    let authorized = desk.ask(&cached);
    assert_eq!((authorized.status, authorized.header("x-sandbox-doctor")), (200, Some(odd)));

    let live = node("Authorize", &json!({"MostRecentCached": false, "Save": true, "LoginId": login}));
    let asked = desk.ask(&live);
    assert_eq!((asked.status, asked.header("x-sandbox-doctor")), (203, Some(odd)));
    // It writes the prompts as it writes keys. The service refuses that, so lenient does too: a developer must see it.
    let mangled = json!({"WhatCityWereYouBornIn?": ["Montreal"]});
    let answer = node(
        "Authorize",
        &json!({"MostRecentCached": false, "Save": true, "RequestId": request_id(&asked),
        "SecurityResponses": mangled}),
    );
    let refused = desk.ask(&answer);
    assert_verdict(&refused, 401, "UNKNOWN_CHALLENGE_KEY");
    assert_eq!(refused.header("x-sandbox-doctor"), Some("wrong-auth-header,credential-in-body,prompt-as-key"));

    let id = request_id(&authorized);
    let account = &desk.bank.account_ids(&login)[1];
    let order = json!({"MostRecentCached": true, "RequestId": id, "WithKyc": true, "AccountsFilter": [account]});
    let detail = node("GetAccountsDetail", &order);
    let said = "missing-api-key,needless-auth-header,credential-in-body,unknown-field,key-case";
    assert_eq!(ask(&mut desk, &detail), is(202, said));
    desk.now += 10_000;
    let path = api(&format!("GetAccountsDetailAsync/{id}"));
    let poll = Request::post(path, "").with("authorization", "Bearer access");
    assert_eq!(ask(&mut desk, &poll), is(200, "poll-by-post,missing-api-key,needless-auth-header"));
    assert_eq!(desk.ask(&detail).json()["Accounts"].as_array().map(Vec::len), Some(1));
}

/// An old client in Ruby says `Days360`.
#[test]
fn another_word_for_a_year_passes_only_when_lenient() {
    for (mut desk, status) in [(Desk::strict(), 401), (Desk::lenient(), 202)] {
        let id = desk.authorized("greatday_nomfa").1;
        assert_eq!(desk.detail(&json!({"RequestId": id, "DaysOfTransactions": "Days360"})).status, status);
    }
}
