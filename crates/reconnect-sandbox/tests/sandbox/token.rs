//! Authorize tokens: <https://docs.flinks.com/guides/connect/authentication-reference>.

use reconnect_sandbox::Request;
use serde_json::json;

use crate::desk::{CITY, Desk, MINUTE, NOW, api, assert_same_keys, assert_verdict, request_id, verdict};

fn mint_with(desk: &mut Desk, key: Option<&str>) -> u16 {
    let request = Request::post(api("GenerateAuthorizeToken"), "");
    let request = match key {
        Some(key) => request.with("Flinks-Auth-Key", key),
        None => request,
    };
    let reply = desk.ask(&request);
    if reply.status == 401 {
        let sample = json!({"HttpStatusCode": 401, "Message": "You must provide a valid auth key", "FlinksCode": "UNAUTHORIZED"});
        assert_eq!(reply.json(), sample);
    } else {
        assert_same_keys(&reply.json(), r#"{"HttpStatusCode":200,"Token":"d65f1adb-8ebc-48dc-be8b-20c773ba1565"}"#);
    }
    reply.status
}

#[test]
fn minting_needs_the_secret_key() {
    for (key, strict, lenient) in [
        (Some("sandbox-secret"), 200, 200),
        (Some("sandbox-api-key"), 401, 401),
        (Some(""), 401, 401),
        (None, 401, 200),
    ] {
        assert_eq!(mint_with(&mut Desk::strict(), key), strict, "{key:?}");
        assert_eq!(mint_with(&mut Desk::lenient(), key), lenient, "{key:?}");
    }
}

//= docs/spec/sandbox.md#conduct
//# **SBX-13** The sandbox MUST spend a token on its first use, take it again only with the `RequestId` of the session
//# it opened, and end it after 15 min.
#[test]
fn a_token_is_good_once() {
    let mut desk = Desk::strict();
    let login = desk.bank.connect(NOW, "greatday_nomfa", "en");
    let cached = json!({"LoginId": login, "MostRecentCached": true});
    let token = desk.mint();
    assert_eq!(desk.authorize_with(&token, &cached).status, 200);
    let again = desk.authorize_with(&token, &cached);
    assert_verdict(&again, 401, "UNAUTHORIZED");
    assert_eq!(again.json()["Message"], "You must provide a valid authorize token");
}

//= docs/spec/sandbox.md#conduct
//# **SBX-12** The sandbox MUST be strict on wish (exact names, real booleans, no missing key or token, GET on
//# `…Async`), and MUST refuse a wrong, spent or expired key or token in both modes.
#[test]
fn wrong_tokens_are_refused_in_both_modes_and_missing_ones_when_strict() {
    for mut desk in [Desk::strict(), Desk::lenient()] {
        let login = desk.bank.connect(NOW, "greatday_nomfa", "en");
        let cached = json!({"LoginId": login, "MostRecentCached": true});
        for wrong in ["sandbox-secret", "d65f1adb-8ebc-48dc-be8b-20c773ba1565", ""] {
            assert_verdict(&desk.authorize_with(wrong, &cached), 401, "UNAUTHORIZED");
        }
    }
    for (mut desk, status) in [(Desk::strict(), 401), (Desk::lenient(), 200)] {
        let login = desk.bank.connect(NOW, "greatday_nomfa", "en");
        let body = json!({"LoginId": login, "MostRecentCached": true}).to_string();
        assert_eq!(desk.ask(&Request::post(api("Authorize"), body)).status, status);
    }
}

#[test]
fn a_token_lives_fifteen_minutes() {
    for (age, status) in [(15 * MINUTE - 1, 200), (15 * MINUTE, 401)] {
        let mut desk = Desk::strict();
        let login = desk.bank.connect(NOW, "greatday_nomfa", "en");
        let token = desk.mint();
        desk.now += age;
        let cached = json!({"LoginId": login, "MostRecentCached": true});
        assert_eq!(desk.authorize_with(&token, &cached).status, status, "{age}");
    }
}

#[test]
fn the_sessions_own_token_answers_its_mfa_while_it_lives() {
    let mut desk = Desk::strict();
    let login = desk.bank.connect(NOW, "Greatday", "en");
    let live = json!({"LoginId": login, "MostRecentCached": false, "Save": true});
    let token = desk.mint();
    let session = request_id(&desk.authorize_with(&token, &live));
    let (_, other) = desk.asked();
    let again = |id: &str| json!({"RequestId": id, "SecurityResponses": {}});

    assert_eq!(desk.authorize_with(&token, &again(&session)).status, 203);
    assert_verdict(&desk.authorize_with(&token, &again(&other)), 401, "UNAUTHORIZED");
    assert_verdict(&desk.authorize_with(&token, &live), 401, "UNAUTHORIZED");

    let fresh = desk.mint();
    assert_eq!(desk.authorize_with(&fresh, &again(&session)).status, 203);
    assert_eq!(desk.authorize_with(&fresh, &again(&session)).status, 203);
    assert_verdict(&desk.authorize_with(&fresh, &live), 401, "UNAUTHORIZED");

    desk.now += 7 * MINUTE;
    let answer = json!({"RequestId": session, "SecurityResponses": {CITY: ["Montreal"]}});
    assert_eq!(desk.authorize_with(&token, &answer).status, 203);
    desk.now += 7 * MINUTE;
    assert_eq!(desk.authorize_with(&token, &again(&session)).status, 203);
    desk.now += MINUTE;
    assert_verdict(&desk.authorize_with(&token, &again(&session)), 401, "UNAUTHORIZED");
}

//= docs/spec/sandbox.md#conduct
//# **SBX-13** The sandbox MUST spend a token on its first use, take it again only with the `RequestId` of the session
//# it opened, and end it after 15 min.
#[test]
fn an_expired_token_is_refused_at_once() {
    let mut desk = Desk::lenient();
    let token = desk.mint();
    assert!(desk.bank.expire(&token));
    assert!(!desk.bank.expire("unknown"));
    assert_eq!(verdict(&desk.authorize_with(&token, &json!({}))).0, 401);
}
