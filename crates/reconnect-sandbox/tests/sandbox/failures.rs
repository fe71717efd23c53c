//! Users whose name selects a failure, and the night.

use reconnect_sandbox::{Nightly, Request};
use serde_json::{Value, json};

use crate::desk::{CITY, Desk, NOW, api, request_id, verdict};
use crate::widget::{facts, open, post};

/// Every code of a refusal that the specification names, but those that come after the connection, with its status.
fn at_connection() -> Vec<(&'static str, u16)> {
    const LATER: [&str; 8] = [
        "INVALID_SECURITY_RESPONSE",
        "SECURITYRESPONSES_INCOMPLETE",
        "UNKNOWN_CHALLENGE_KEY",
        "INVALID_SECURITY_RESPONSE_NO_RETRY",
        "SESSION_NONEXISTENT",
        "SESSION_EXPIRED",
        "NO_TRANSACTION",
        "CARD_IN_USE",
    ];
    let page = include_str!("../../../../docs/spec/errors.md");
    let (_, section) = page.split_once("\n## Codes of refusal\n").expect("a section");
    let (section, _) = section.split_once("\n## ").expect("another section");
    // ERR-26 names the codes that no source has.
    let lines = section.lines().filter(|line| !line.starts_with("- **ERR-26**"));
    let words = lines.flat_map(|line| line.split('`').skip(1).step_by(2));
    let is_code = |word: &&str| word.bytes().all(|byte| byte.is_ascii_uppercase() || b"_ ".contains(&byte));
    let mut codes: Vec<&str> = words.filter(is_code).filter(|code| !LATER.contains(code)).collect();
    codes.sort_unstable();
    codes.dedup();
    assert!(codes.len() >= 16, "{codes:?}");
    let status = |code| match code {
        "DISABLED_INSTITUTION" => 405,
        "AGGREGATION_ERROR" => 500,
        _ => 401,
    };
    codes.into_iter().map(|code| (code, status(code))).collect()
}

fn user(code: &str) -> String {
    format!("test_{}", code.to_lowercase().replace(' ', "_"))
}

fn credentials(username: &str) -> Value {
    json!({"Institution": "FlinksCapital", "Username": username, "Password": "Everyday", "MostRecentCached": false,
        "Save": true})
}

//= docs/spec/sandbox.md#conduct
//# **SBX-27** The sandbox MUST have, for each documented code of an error, a user named `test_` and the code in lower
//# case, who gets it where it belongs: at the connection, at the answer, at the data or at `/DeleteCard`.
#[test]
fn a_connection_fails_with_the_code_in_the_name() {
    for (code, status) in at_connection() {
        let mut desk = Desk::strict();
        let expected = (status, code.to_owned());
        assert_eq!(verdict(&desk.authorize(&credentials(&user(code)))), expected);
        let login = desk.bank.connect(NOW, &user(code), "en");
        assert_eq!(desk.cached(&login).status, 200, "{code}: its first connection is taken as made");
        let refused = desk.live(&login);
        assert_eq!(verdict(&refused), expected, "a refresh");
        assert!(refused.json()["Message"].as_str().is_some_and(|message| !message.is_empty()));
        assert_eq!(verdict(&desk.cached(&login)), expected, "a cached call repeats it");
        let body = json!({"LoginId": login, "MostRecentCached": false, "Save": true}).to_string();
        let token = desk.mint();
        let request = Request::post(api("AuthorizeAsync"), body).with("flinks-auth-key", &token);
        assert_eq!(verdict(&desk.ask(&request)), expected, "AuthorizeAsync");
    }
}

#[test]
fn a_connection_fails_in_the_widget_too() {
    for (code, _) in at_connection() {
        let mut desk = Desk::strict();
        let page = open(&mut desk, "/Credential/FlinksCapital", "consentEnable=false");
        let page = post(&mut desk, &page, &[("username", &user(code)), ("password", "Everyday")]);
        let told = facts(&page)["events"].clone();
        let codes: Vec<&str> =
            told.as_array().into_iter().flatten().filter_map(|said| said["flinksCode"].as_str()).collect();
        assert_eq!(codes, [code]);
    }
}

#[test]
fn an_answer_fails_with_the_code_in_the_name() {
    for (code, again) in [
        ("INVALID_SECURITY_RESPONSE", true),
        ("SECURITYRESPONSES_INCOMPLETE", true),
        ("UNKNOWN_CHALLENGE_KEY", true),
        ("INVALID_SECURITY_RESPONSE_NO_RETRY", false),
    ] {
        let mut desk = Desk::strict();
        let login = desk.bank.connect(NOW, &user(code), "en");
        let id = request_id(&desk.live(&login));
        for left in (0..if again { 3 } else { 1 }).rev() {
            let reply = desk.answer(&id, &json!({CITY: ["Montreal"]}));
            assert_eq!(verdict(&reply), (401, code.to_owned()));
            assert_eq!(reply.json()["SecurityChallenges"].is_array(), left > 0, "{code}: {left} tries are left");
        }
        assert_eq!(verdict(&desk.answer(&id, &json!({CITY: ["Montreal"]}))).1, "SESSION_NONEXISTENT");
        assert_eq!(verdict(&desk.cached(&login)).1, code);
    }
    let mut desk = Desk::strict();
    let login = desk.bank.connect(NOW - 1, "test_already_authorized", "en");
    let id = request_id(&desk.live(&login));
    assert_eq!(verdict(&desk.answer(&id, &json!({CITY: ["?"]}))), (401, "ALREADY_AUTHORIZED".to_owned()));
    assert_eq!(desk.detail(&json!({"RequestId": id})).status, 202, "it was answered elsewhere, and the data comes");
    assert_eq!(desk.cached(&login).status, 200);
}

#[test]
fn data_fails_with_the_code_in_the_name() {
    for code in ["SESSION_NONEXISTENT", "SESSION_EXPIRED", "NO_TRANSACTION"] {
        let mut desk = Desk::strict();
        let login = desk.bank.connect(NOW, &user(code), "en");
        for opened in [desk.live(&login), desk.cached(&login)] {
            let id = request_id(&opened);
            assert_eq!(opened.status, 200);
            for name in ["GetAccountsDetail", "GetAccountsSummary", "GetStatements"] {
                let body = json!({"RequestId": id}).to_string();
                let reply = desk.ask(&Request::post(api(name), body).with("x-api-key", "sandbox-api-key"));
                assert_eq!(verdict(&reply), (400, code.to_owned()), "{name}");
            }
            let get = Request::get(api(&format!("GetAccountsDetailAsync/{id}"))).with("x-api-key", "sandbox-api-key");
            assert_eq!(verdict(&desk.ask(&get)), (400, code.to_owned()));
        }
    }
}

//= docs/spec/sandbox.md#users
//# **SBX-9** The sandbox MUST answer `OPERATION_DISPATCHED`, with a part of the data, for `test_dispatched`, and keep
//# the data of `test_pending` pending for longer than a session lives.
#[test]
fn data_is_pending_for_longer_than_a_session_lives() {
    for name in ["test_pending", "test_operation_pending"] {
        let mut desk = Desk::strict();
        let login = desk.bank.connect(NOW, name, "en");
        let id = request_id(&desk.live(&login));
        for _ in 0..180 {
            let reply = desk.detail(&json!({"RequestId": id}));
            assert_eq!(verdict(&reply), (202, "OPERATION_PENDING".to_owned()));
            desk.now += 10_000;
        }
        assert_eq!(verdict(&desk.detail(&json!({"RequestId": id}))).1, "SESSION_NONEXISTENT");
    }
    let mut desk = Desk::strict();
    let login = desk.bank.connect(NOW, "test_operation_dispatched", "en");
    let id = request_id(&desk.live(&login));
    assert_eq!(verdict(&desk.detail(&json!({"RequestId": id}))).1, "OPERATION_DISPATCHED");
}

#[test]
fn a_card_is_in_use_for_as_long_as_it_is_asked() {
    let mut desk = Desk::strict();
    let login = desk.bank.connect(NOW, "test_card_in_use", "en");
    assert_eq!(desk.live(&login).status, 200);
    desk.now += 60 * 60_000;
    let request = Request {
        method: "DELETE".to_owned(),
        target: api(&format!("DeleteCard/{login}")),
        headers: vec![("x-api-key".to_owned(), "sandbox-api-key".to_owned())],
        body: Vec::new(),
    };
    assert_eq!(verdict(&desk.ask(&request)), (400, "CARD_IN_USE".to_owned()));
}

fn night(desk: &mut Desk, login: &str, result: &str) -> u16 {
    let body = json!({"loginId": login, "result": result}).to_string();
    desk.ask(&Request::post("/_sandbox/nightly", body)).status
}

fn ineligible(desk: &mut Desk) -> Value {
    let request = Request::get(api("GetNightlyRefreshStatus")).with("authorization", "Bearer sandbox-secret");
    desk.ask(&request).json()["IneligibleCards"].clone()
}

fn schedule(desk: &mut Desk, login: &str) {
    let request = Request {
        method: "PATCH".to_owned(),
        target: api("SetScheduledRefresh"),
        headers: vec![("x-api-key".to_owned(), "sandbox-api-key".to_owned())],
        body: json!({"loginId": login, "isActivated": true}).to_string().into_bytes(),
    };
    assert_eq!(desk.ask(&request).status, 200);
}

//= docs/spec/sandbox.md#conduct
//# **SBX-28** The sandbox MUST let a test have the night at once, for any stored login.
#[test]
fn a_night_moves_the_data_or_leaves_a_trace() {
    let mut desk = Desk::strict();
    let login = desk.bank.connect(NOW, "Greatday", "en");
    schedule(&mut desk, &login);
    desk.now += 3_600_000;
    assert_eq!(night(&mut desk, &login, "mfa"), 200);
    assert_eq!(verdict(&desk.cached(&login)), (401, "QUESTION_NOT_FOUND".to_owned()));
    assert_eq!(ineligible(&mut desk)[0]["LastRefreshState"], "AnsweringSecurityChallenge");
    assert_eq!(ineligible(&mut desk)[0]["LastRefreshDate"], "2026-01-21T20:47:47.145000", "nothing was fetched");
    assert_eq!(desk.bank.challenges_sent(&login), 0, "nobody was texted for whom this would count");

    assert_eq!(night(&mut desk, &login, "failed"), 200);
    assert_eq!(verdict(&desk.cached(&login)), (401, "RETRY_LATER".to_owned()));
    assert_eq!(ineligible(&mut desk), json!([]), "it will be tried again");

    assert_eq!(night(&mut desk, &login, "ok"), 200);
    let cached = desk.cached(&login);
    assert_eq!(cached.json()["Login"]["LastRefresh"], "2026-01-21T21:47:47.145000");
    assert_eq!((cached.status, ineligible(&mut desk)), (200, json!([])));
}

#[test]
fn a_night_fails_as_the_bank_always_refuses_this_user() {
    let mut desk = Desk::strict();
    let login = desk.bank.connect(NOW, "test_disabled_account", "en");
    schedule(&mut desk, &login);
    assert!(desk.bank.nightly(NOW, &login, Nightly::Failed));
    assert_eq!(verdict(&desk.cached(&login)).1, "DISABLED_LOGIN");
    assert_eq!(ineligible(&mut desk)[0]["LastRefreshErrorCode"], "DISABLED_LOGIN");
}

#[test]
fn a_night_needs_a_login_and_a_result() {
    let mut desk = Desk::strict();
    let login = desk.bank.connect(NOW, "Greatday", "en");
    assert_eq!((night(&mut desk, "unknown", "ok"), night(&mut desk, &login, "well")), (404, 400));
    assert_eq!(desk.ask(&Request::post("/_sandbox/nightly", "?")).status, 400);
    assert_eq!(desk.ask(&Request::get("/_sandbox/nightly")).status, 405);
    let said = desk.ask(&Request::post("/_sandbox/nightly", "{}")).text();
    assert!(said.contains("loginId") && said.contains("failed"), "{said}");
}

#[test]
fn a_reset_login_is_asked_again_though_its_answers_were_stored() {
    let mut desk = Desk::strict();
    let login = desk.bank.connect(NOW, "mfa_last_try", "en");
    let body = json!({"loginId": login, "Questions": [{"Question": "What is the name of your dog", "Answer": "Wouf"}]});
    let request = Request {
        method: "PATCH".to_owned(),
        target: api("AnswerMFAQuestions"),
        headers: vec![("x-api-key".to_owned(), "sandbox-api-key".to_owned())],
        body: body.to_string().into_bytes(),
    };
    assert_eq!((desk.ask(&request).status, desk.live(&login).status), (200, 200));
    assert!(desk.bank.reset_login(&login));
    assert_eq!(desk.live(&login).status, 203);
}
