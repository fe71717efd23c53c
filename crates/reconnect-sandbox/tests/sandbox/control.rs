//! Routing, the controls under `/_sandbox/`, and any bytes on any path.

use reconnect_sandbox::Request;
use serde_json::json;

use crate::desk::{CITY, Desk, NOW, api, assert_verdict, request_id, verdict};

#[test]
fn routes_answer_only_what_they_know() {
    let mut desk = Desk::strict();
    let other = "/v3/00000000-0000-0000-0000-000000000000/BankingServices/Authorize";
    assert_verdict(&desk.ask(&Request::post(other, "{}")), 401, "ACCESS_DENIED");
    for target in
        [api("Unknown"), api("Authorize/"), format!("/{}", api("Authorize")), "/nowhere".to_owned(), "x".to_owned()]
    {
        let reply = desk.ask(&Request::post(target.clone(), "{}"));
        assert_eq!(
            (reply.status, reply.header("content-type")),
            (404, Some("application/json; charset=utf-8")),
            "{target}"
        );
    }
    assert_eq!(desk.ask(&Request::get(api("Authorize"))).status, 405);
    assert_eq!(desk.ask(&Request::post("/", "")).status, 405);
}

#[test]
fn every_request_is_logged_without_query_header_or_body() {
    let mut desk = Desk::lenient();
    desk.ask(&Request::get("/?authorizeToken=canary"));
    desk.now += 5;
    desk.ask(&Request::post(api("Authorize"), "canary").with("flinks-auth-key", "canary"));
    let reply = desk.ask(&Request::get("/_sandbox/requests"));
    let logged = json!([
        {"at": NOW, "method": "GET", "path": "/", "status": 401,
            "bodySha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"at": NOW + 5, "method": "POST", "path": api("Authorize"), "status": 401,
            "bodySha256": reply.json()[1]["bodySha256"]},
    ]);
    assert_eq!((reply.status, reply.json()), (200, logged));
    assert_eq!(desk.bank.requests().len(), 2, "the controls' own are left out");
    let shown = format!("{:?}", desk.bank.requests());
    assert!(!shown.contains("43387ca6-0391"), "ids are shortened: {shown}");
}

#[test]
fn a_session_or_a_token_can_be_ended() {
    let mut desk = Desk::strict();
    let (_, id) = desk.asked();
    let token = desk.mint();
    for body in [json!({"requestId": id}), json!({"token": token})] {
        assert_eq!(desk.ask(&Request::post("/_sandbox/expire", body.to_string())).status, 200);
    }
    assert_verdict(&desk.answer(&id, &json!({})), 400, "SESSION_NONEXISTENT");
    assert_eq!(verdict(&desk.authorize_with(&token, &json!({}))).1, "UNAUTHORIZED");
    for (body, status) in [("{\"requestId\":\"x\"}", 404), ("{}", 400), ("?", 400)] {
        assert_eq!(desk.ask(&Request::post("/_sandbox/expire", body)).status, status);
    }
}

//= docs/spec/sandbox.md#conduct
//# **SBX-30** The sandbox MUST end the sessions of a login that is put back, forget its stored answers and its last
//# failure, and ask again at its next live refresh.
#[test]
fn a_login_can_be_put_back() {
    let mut desk = Desk::strict();
    let (login, id) = desk.asked();
    assert_verdict(&desk.cached(&login), 401, "QUESTION_NOT_FOUND");
    let body = json!({"loginId": login}).to_string();
    assert_eq!(desk.ask(&Request::post("/_sandbox/reset-login", body)).status, 200);
    assert_eq!((desk.cached(&login).status, desk.bank.challenges_sent(&login)), (200, 0));
    assert!(!desk.bank.is_alive(NOW, &id));
    assert!(!desk.bank.reset_login("unknown"));
}

#[test]
fn the_stored_logins_are_listed() {
    let mut desk = Desk::strict();
    assert_eq!(desk.ask(&Request::get("/_sandbox/logins")).json(), json!([]));
    let first = desk.bank.connect_users(NOW).remove(0);
    let listed = desk.ask(&Request::get("/_sandbox/logins")).json();
    let expected = json!({"loginId": first.login_id, "username": "Greatday", "about": "is asked three questions"});
    assert_eq!((&listed[0], listed.as_array().map(Vec::len)), (&expected, Some(2)));
}

#[test]
fn controls_that_are_none_are_not_there() {
    let mut desk = Desk::strict();
    for name in ["clock", "unknown", ""] {
        assert_eq!(desk.ask(&Request::post(format!("/_sandbox/{name}"), "{}")).status, 404, "{name}");
    }
    assert_eq!(desk.ask(&Request::get("/_sandbox/expire")).status, 405);
}

#[test]
fn debug_shows_no_secret_no_name_no_id() {
    let mut desk = Desk::strict();
    let (login, id) = desk.asked();
    let reply = desk.answer(&id, &json!({CITY: ["Montreal"]}));
    let outcome = desk.bank.answer_in_widget(NOW, &request_id(&reply), &[]);
    let shown = format!("{:?} {reply:?} {outcome:?} {:?}", desk.bank, desk.bank.requests());
    for secret in ["sandbox-secret", "sandbox-api-key", "Greatday", "Montreal", "What ", &login, &id] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

/// A small fixed shuffle: the same bytes on every run.
#[test]
fn any_bytes_get_an_answer() {
    let mut desk = Desk::lenient();
    let (_, id) = desk.asked();
    let paths = [
        "",
        "/",
        "*",
        "//",
        "/%",
        "/%ff%00",
        "/?%=&&=&requestId",
        "/_widget/",
        "/_sandbox",
        "/v3",
        "/Credential/%",
        &api(""),
        &api("Authorize"),
        &api("GetAccountsDetail"),
        &api(&format!("GetAccountsDetailAsync/{id}")),
        &format!("/?requestId={id}&resumeSelectedAccounts=,,&redirectUrl=https://é#?&origin=%00"),
        "/_sandbox/expire",
        "/_sandbox/faults",
        "/_sandbox/webhook",
    ];
    let nested = "[".repeat(100_000);
    let bodies: [&[u8]; 7] =
        [b"", b"\xff\xfe", b"{}", b"{\"RequestId\":{}}", b"=&=&%", nested.as_bytes(), b"{\"LoginId\":\"\\u0000\"}"];
    for path in paths {
        for method in ["GET", "POST", "", "\u{0}", "PATCH"] {
            for body in bodies {
                for now in [0, u64::MAX] {
                    let request = Request {
                        method: method.to_owned(),
                        target: path.to_owned(),
                        headers: vec![("x-api-key".to_owned(), "sandbox-api-key".to_owned())],
                        body: body.to_vec(),
                    };
                    let reply = desk.bank.handle(now, &request);
                    assert!((200..600).contains(&reply.status));
                }
            }
        }
    }
}
