//! `/Authorize`: <https://docs.flinks.com/api/authorize/endpoints/authorize>.

use reconnect_sandbox::{Request, Settings};
use serde_json::{Value, json};

use crate::desk::{
    CITY, COUNTRY, Desk, MINUTE, NOW, SHAPE, api, assert_same_keys, assert_verdict, keys, request_id, verdict,
};

const ASKED: &str = r#"{"Links":[],"HttpStatusCode":203,"SecurityChallenges":[],"Institution":"","RequestId":""}"#;
const AUTHORIZED: &str = r#"{"HttpStatusCode":200,"Links":[],"InstitutionName":"","Login":{},"InstitutionId":14,
    "Institution":"","RequestId":""}"#;
const LOGIN: &str = r#"{"Username":"","IsScheduledRefresh":false,"LastRefresh":"","Type":"","Id":""}"#;

fn credentials(username: &str, password: &str) -> Value {
    json!({"Institution": "FlinksCapital", "Username": username, "Password": password,
        "MostRecentCached": false, "Save": true})
}

//= docs/spec/sandbox.md#users
//# **SBX-4** The sandbox MUST ask `Greatday` three questions one after the other: "What city were you born in?"
//# (Montreal), "What is the best country on earth?" (Canada), "What shape do people like most?" (Triangle).
#[test]
fn a_refresh_asks_three_questions_and_then_succeeds() {
    let mut desk = Desk::strict();
    let login = desk.bank.connect(NOW - 90 * MINUTE, "Greatday", "en");
    let asked = desk.live(&login);
    let id = request_id(&asked);
    assert_eq!(asked.status, 203);
    assert_same_keys(&asked.json(), ASKED);
    assert_eq!(asked.json()["Links"], json!([{"rel": "Authorization", "href": "/Authorize", "example": null}]));
    let challenge = |prompt: &str| json!([{"Type": "QuestionAndAnswer", "Prompt": prompt}]);
    assert_eq!(asked.json()["SecurityChallenges"], challenge(CITY));

    let second = desk.answer(&id, &json!({CITY: ["montreal"]}));
    assert_eq!((second.status, &second.json()["SecurityChallenges"]), (203, &challenge(COUNTRY)));
    let third = desk.answer(&id, &json!({COUNTRY: [" CANADA "]}));
    assert_eq!((third.status, &third.json()["SecurityChallenges"]), (203, &challenge(SHAPE)));
    assert_eq!(request_id(&third), id);
    // A captured request repeats the earlier prompts.
    let done = desk.answer(&id, &json!({SHAPE: ["Triangle"], COUNTRY: ["Canada"], CITY: ["Montreal"]}));
    assert_eq!(done.status, 200);
    assert_same_keys(&done.json(), AUTHORIZED);
    assert_same_keys(&done.json()["Login"], LOGIN);
    assert_eq!(done.json()["Login"]["Id"], login);
    assert_eq!(done.json()["Login"]["LastRefresh"], "2026-01-21T20:47:47.145000");
    assert_eq!((&done.json()["InstitutionId"], request_id(&done)), (&json!(14), id.clone()));
    assert_eq!(done.json()["Links"][2]["href"], "/GetStatements");

    assert_eq!(verdict(&desk.answer(&id, &json!({SHAPE: ["Triangle"]}))).1, "ALREADY_AUTHORIZED");
    assert_eq!(desk.bank.challenges_sent(&login), 1);
}

//= docs/spec/mfa.md#answers
//# **MFA-25** The sandbox SHOULD accept an answer that repeats the prompts answered before.
#[test]
fn answers_are_judged() {
    for (responses, status, code, prompts) in [
        (json!({}), 203, "-", 1),
        (json!({CITY: ["Toronto"]}), 401, "INVALID_SECURITY_RESPONSE", 1),
        (json!({CITY: ["Montreal", "Montreal"]}), 401, "INVALID_SECURITY_RESPONSE", 1),
        (json!({CITY: []}), 401, "SECURITYRESPONSES_INCOMPLETE", 1),
        (json!({"what city were you born in?": ["Montreal"]}), 401, "UNKNOWN_CHALLENGE_KEY", 1),
        (json!({CITY: ["Montreal"], SHAPE: ["Triangle"]}), 401, "UNKNOWN_CHALLENGE_KEY", 1),
        (json!({CITY: "Montreal"}), 401, "INVALID_REQUEST", 0),
        (json!([CITY]), 401, "INVALID_REQUEST", 0),
    ] {
        let mut desk = Desk::strict();
        let (_, id) = desk.asked();
        let reply = desk.answer(&id, &responses);
        assert_eq!(verdict(&reply), (status, code.to_owned()), "{responses}");
        let asked = reply.json()["SecurityChallenges"].as_array().map_or(0, Vec::len);
        assert_eq!(asked, prompts, "{responses}");
        if prompts == 1 {
            assert_eq!(request_id(&reply), id);
        }
        assert_eq!(desk.answer_all(&id).status, 200, "it may be answered again: {responses}");
    }
}

#[test]
fn a_missing_prompt_is_incomplete() {
    let mut desk = Desk::strict();
    let (_, id) = desk.asked();
    desk.answer(&id, &json!({CITY: ["Montreal"]}));
    let reply = desk.answer(&id, &json!({CITY: ["Montreal"]}));
    assert_verdict(&reply, 401, "SECURITYRESPONSES_INCOMPLETE");
}

//= docs/spec/sandbox.md#users
//# **SBX-10** The sandbox MUST compare user names without regard to case, take `Everyday` and `everyday` as the
//# password, and answer another one with 401 `INVALID_PASSWORD`.
#[test]
fn test_users_do_what_the_documentation_says() {
    for (username, password, status, code) in [
        ("Greatday", "Everyday", 203, "-"),
        ("GREATDAY", "everyday", 203, "-"),
        //= docs/spec/sandbox.md#users
        //# **SBX-7** The sandbox MUST ask `greatday_nomfa` nothing.
        ("greatday_nomfa", "Everyday", 200, "-"),
        ("test_dispatched", "Everyday", 200, "-"),
        //= docs/spec/sandbox.md#users
        //# **SBX-8** The sandbox MUST answer `DISABLED_LOGIN` for `test_disabled_account` and `RETRY_LATER` for
        //# `test_service_unavailable`.
        ("test_disabled_account", "Everyday", 401, "DISABLED_LOGIN"),
        ("test_service_unavailable", "Everyday", 401, "RETRY_LATER"),
        ("Greatday", "EVERYDAY", 401, "INVALID_PASSWORD"),
        ("nobody", "Everyday", 401, "INVALID_USERNAME"),
    ] {
        let reply = Desk::strict().authorize(&credentials(username, password));
        assert_verdict(&reply, status, code);
    }
}

#[test]
fn a_first_connection_makes_a_login_that_stays_the_same() {
    let mut desk = Desk::strict();
    let id = request_id(&desk.authorize(&credentials("greatday", "everyday")));
    assert_eq!(desk.bank.login_for("greatday"), None, "not before the questions are answered");
    let done = desk.answer_all(&id).json();
    let login = desk.bank.login_for("Greatday").expect("a login");
    assert_eq!((&done["Login"]["Id"], &done["Login"]["Username"]), (&json!(login), &json!("greatday")));
    assert_eq!(desk.bank.connect(NOW, "GreatDay", "en"), login);
    assert_ne!(desk.bank.connect(NOW, "Greatday", "fr"), login, "another language is another login");
    assert_eq!(desk.cached(&login.to_uppercase()).status, 200, "ids in either letter case");
}

#[test]
fn without_save_there_is_no_login_afterwards() {
    let mut desk = Desk::strict();
    let mut body = credentials("greatday_nomfa", "Everyday");
    body["Save"] = json!(false);
    let reply = desk.authorize(&body);
    let login = reply.json()["Login"]["Id"].as_str().expect("an id").to_owned();
    assert_eq!(reply.status, 200);
    assert_eq!(desk.bank.login_for("greatday_nomfa"), None);
    assert_verdict(&desk.cached(&login), 401, "INVALID_LOGIN");
}

#[test]
fn a_refresh_without_save_leaves_the_stored_data_as_it_was() {
    for (save, refreshed) in [(true, "2026-01-21T20:47:47.145000"), (false, "2026-01-21T20:40:47.145000")] {
        let mut desk = Desk::strict();
        let login = desk.bank.connect(NOW - 7 * MINUTE, "greatday_nomfa", "en");
        let reply = desk.authorize(&json!({"LoginId": login, "MostRecentCached": false, "Save": save}));
        assert_eq!(reply.json()["Login"]["LastRefresh"], refreshed, "{save}");
    }
}

//= docs/spec/sandbox.md#users
//# **SBX-5** The sandbox MUST ask in French if the login's language is `fr`.
#[test]
fn french_prompts_are_asked_in_french() {
    let mut desk = Desk::strict();
    let mut body = credentials("Greatday", "Everyday");
    body["Language"] = json!("fr");
    let id = request_id(&desk.authorize(&body));
    for answer in ["Montréal", "Canada", "triangle"] {
        let prompt = desk.bank.pending_prompts(&id).pop().expect("a prompt");
        assert!(prompt.ends_with(" ?"), "{prompt}");
        desk.answer(&id, &json!({prompt: [answer]}));
    }
    assert!(desk.bank.login_for("greatday").is_some());
}

#[test]
fn a_tag_comes_back() {
    let mut desk = Desk::strict();
    let login = desk.bank.connect(NOW, "Greatday", "en");
    let asked = desk.authorize(&json!({"LoginId": login, "MostRecentCached": false, "Save": true, "Tag": "t<1>"}));
    let id = request_id(&asked);
    assert_eq!((&asked.json()["Tag"], &desk.answer_all(&id).json()["Tag"]), (&json!("t<1>"), &json!("t<1>")));
}

//= docs/spec/sandbox.md#conduct
//# **SBX-16** The sandbox MUST let a cached call repeat how the last live attempt ended, with a usable `RequestId`.
#[test]
fn a_cached_call_repeats_how_the_last_live_attempt_ended() {
    let mut desk = Desk::strict();
    let login = desk.bank.connect(NOW, "Greatday", "en");
    assert_eq!(desk.cached(&login).status, 200);
    let live = request_id(&desk.live(&login));
    let refused = desk.cached(&login);
    assert_verdict(&refused, 401, "QUESTION_NOT_FOUND");
    assert_eq!(keys(&refused.json()), ["FlinksCode", "HttpStatusCode", "Institution", "Message", "RequestId"]);
    let usable = request_id(&refused);
    assert_ne!(usable, live);
    assert_eq!(desk.detail(&json!({"RequestId": usable})).status, 202, "its RequestId can be used for data");

    desk.now += 8 * MINUTE;
    assert_verdict(&desk.cached(&login), 401, "QUESTION_NOT_FOUND");
    let again = request_id(&desk.live(&login));
    desk.answer_all(&again);
    let good = desk.cached(&login);
    assert_eq!(good.status, 200);
    assert_ne!(request_id(&good), again, "a cached call has a RequestId of its own");
    assert_eq!(good.json()["Login"]["LastRefresh"], "2026-01-21T20:55:47.145000");
}

//= docs/spec/sandbox.md#conduct
//# **SBX-14** The sandbox MUST end a `requestId` after 8 min without activity, and 30 min after its first data call.
#[test]
fn a_request_id_lives_eight_minutes_of_inactivity() {
    let mut desk = Desk::strict();
    let (_, id) = desk.asked();
    for _ in 0..3 {
        desk.now += 8 * MINUTE - 1;
        assert_eq!(desk.answer(&id, &json!({})).status, 203, "each request slides it");
    }
    desk.now += 8 * MINUTE;
    assert!(!desk.bank.is_alive(desk.now, &id));
    let gone = desk.answer(&id, &json!({CITY: ["Montreal"]}));
    assert_verdict(&gone, 400, "SESSION_NONEXISTENT");
    assert_eq!(gone.json()["Message"], format!("RequestId {id} is invalid or session has ended"));
    assert_same_keys(&gone.json(), r#"{"HttpStatusCode":400,"Message":"","FlinksCode":""}"#);
}

#[test]
fn an_unknown_login_is_refused_and_a_stored_one_may_be_refused_by_its_bank() {
    let mut desk = Desk::strict();
    assert_verdict(&desk.live("5e115eac-1209-4f19-641c-08d6d484e2fe"), 401, "INVALID_LOGIN");
    let login = desk.bank.connect(NOW, "test_disabled_account", "en");
    assert_verdict(&desk.live(&login), 401, "DISABLED_LOGIN");
}

#[test]
fn malformed_bodies_are_invalid_requests() {
    let mut desk = Desk::strict();
    for body in ["", "null", "[]", "<html>", "{}", r#"{"LoginId":1}"#, r#"{"LoginId":"x","Language":"de"}"#] {
        let token = desk.mint();
        let reply = desk.ask(&Request::post(api("Authorize"), body).with("flinks-auth-key", &token));
        let code = if body.contains("\"x\"") { "INVALID_LOGIN" } else { "INVALID_REQUEST" };
        assert_eq!(verdict(&reply).1, code, "{body}");
    }
}

//= docs/spec/sandbox.md#conduct
//# **SBX-12** The sandbox MUST be strict on wish (exact names, real booleans, no missing key or token, GET on
//# `…Async`), and MUST refuse a wrong, spent or expired key or token in both modes.
#[test]
fn strict_wants_exact_names_and_real_booleans() {
    for (body, strict, lenient) in [
        (json!({"loginid": "?", "mostRecentCached": true}), "INVALID_REQUEST", "-"),
        (json!({"LoginId": "?", "MostRecentCached": "True"}), "INVALID_REQUEST", "-"),
        (json!({"LoginId": "?", "MostRecentCached": 1}), "INVALID_REQUEST", "INVALID_REQUEST"),
        (json!({"LoginId": "?", "MostRecentCached": true}), "-", "-"),
    ] {
        for (mut desk, code) in [(Desk::strict(), strict), (Desk::lenient(), lenient)] {
            let login = desk.bank.connect(NOW, "greatday_nomfa", "en");
            let body = serde_json::from_str(&body.to_string().replace('?', &login)).expect("JSON");
            assert_eq!(verdict(&desk.authorize(&body)).1, code, "{body}");
        }
    }
}

//= docs/spec/sandbox.md#conduct
//# **SBX-21** The sandbox SHOULD refuse a second live session of a login with `CONCURRENT_SESSION`, and `/DeleteCard`
//# right after an authorization with `CARD_IN_USE`, if it is told so.
#[test]
fn two_live_sessions_are_refused_only_when_told_so() {
    for (one_session_per_login, code) in [(false, "-"), (true, "CONCURRENT_SESSION")] {
        let mut desk = Desk::with(Settings { one_session_per_login, ..Settings::default() });
        let (login, first) = desk.asked();
        assert_eq!(verdict(&desk.live(&login)).1, code);
        desk.now += 8 * MINUTE;
        assert!(!desk.bank.is_alive(desk.now, &first));
        assert_eq!(verdict(&desk.live(&login)).0, 203);
    }
}
