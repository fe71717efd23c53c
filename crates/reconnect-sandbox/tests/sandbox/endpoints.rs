//! The endpoints around Reconnect, compared with the documentation's samples:
//! <https://docs.flinks.com/api/connect/endpoints/account-linking>.

use reconnect_sandbox::{Reply, Request, Settings};
use serde_json::{Value, json};

use crate::desk::{CITY, Desk, NOW, api, assert_same_keys, assert_verdict, keys, request_id, verdict};

const PENDING: &str = r#"{"FlinksCode":"","Links":[],"HttpStatusCode":202,"Message":"","RequestId":""}"#;

/// With the `x-api-key`, or the secret key for the one endpoint that wants it.
fn ask(desk: &mut Desk, method: &str, path: &str, body: &str) -> Reply {
    let request = Request { method: method.to_owned(), ..Request::post(api(path), body) };
    desk.ask(&request.with("x-api-key", "sandbox-api-key").with("authorization", "Bearer sandbox-secret"))
}

fn call_async(desk: &mut Desk, token: &str, body: &Value) -> Reply {
    desk.ask(&Request::post(api("AuthorizeAsync"), body.to_string()).with("flinks-auth-key", token))
}

#[test]
fn bodies_have_the_keys_of_the_samples() {
    let mut desk = Desk::strict();
    let (login, id) = desk.authorized("greatday_nomfa");
    let order = json!({"RequestId": id}).to_string();
    let pending = ask(&mut desk, "POST", "GetStatements", &order);
    assert_verdict(&pending, 202, "OPERATION_PENDING");
    assert_same_keys(&pending.json(), PENDING);
    desk.now += 2_000;
    let statements = ask(&mut desk, "GET", &format!("GetStatementsAsync/{id}"), "").json();
    let sample = r#"{"HttpStatusCode":200,"StatementsByAccount":[],"Login":{},"Institution":"","RequestId":""}"#;
    assert_same_keys(&statements, sample);
    let account = &statements["StatementsByAccount"][0];
    assert_eq!(keys(account), ["AccountNumber", "Statements"]);
    assert_eq!(keys(&account["Statements"][0]), ["Base64Bytes", "FileType", "UniqueId"]);
    assert_eq!(account["Statements"][0]["UniqueId"].as_str().map(str::len), Some(32));

    let body = json!({"loginId": login, "isActivated": true}).to_string();
    let set = ask(&mut desk, "PATCH", "SetScheduledRefresh", &body);
    let words = format!("LoginId {login} has now been activated for automatic refresh");
    assert_eq!((set.status, set.json()), (200, json!(words)), "a bare string");
    assert_eq!(desk.cached(&login).json()["Login"]["IsScheduledRefresh"], true);

    let asked = desk.bank.connect(NOW, "Greatday", "en");
    let body = json!({"loginId": asked, "isActivated": true}).to_string();
    ask(&mut desk, "PATCH", "SetScheduledRefresh", &body);
    desk.live(&asked);
    let status = ask(&mut desk, "GET", "GetNightlyRefreshStatus", "").json();
    assert_eq!(keys(&status), ["HttpStatusCode", "IneligibleCards"]);
    let sample = r#"{"LoginId":"","LastRefreshDate":"","LastRefreshState":"","LastRefreshErrorCode":null}"#;
    assert_same_keys(&status["IneligibleCards"][0], sample);
    assert_eq!(status["IneligibleCards"][0]["LastRefreshState"], "AnsweringSecurityChallenge");
    assert_eq!(status["IneligibleCards"][0]["LastRefreshErrorCode"], Value::Null);

    let questions = ask(&mut desk, "GET", &format!("GetMFAQuestions/{asked}"), "").json();
    assert_eq!((keys(&questions), &questions["Message"]), (vec!["Message", "Questions"], &json!("SUCCESS")));
    assert_eq!(questions["Questions"][0], json!({"Question": CITY}));
    let body = json!({"loginId": asked, "Questions": [{"Question": CITY, "Answer": "Montreal"}]}).to_string();
    assert_eq!(ask(&mut desk, "PATCH", "AnswerMFAQuestions", &body).json(), json!({"Message": "Answers updated"}));

    desk.now += 2_000;
    let deleted = ask(&mut desk, "DELETE", &format!("DeleteCard/{login}"), "");
    let words = format!("All of the information about LoginId {login} has been removed");
    assert_eq!(deleted.json(), json!({"StatusCode": 200, "Message": words}));
    assert_eq!(desk.bank.login_for("greatday_nomfa"), None);
    assert!(!desk.bank.is_alive(desk.now, &id), "its sessions are over");

    let several = ask(&mut desk, "POST", "AuthorizeMultiple", &json!({"LoginIds": [asked, login]}).to_string()).json();
    assert_eq!(keys(&several), ["InvalidLoginIds", "ValidLoginIds"]);
    assert_eq!(keys(&several["ValidLoginIds"][0]), ["LoginId", "RequestId"]);
    assert_eq!(several["InvalidLoginIds"], json!([login]));

    let page = ask(&mut desk, "GET", "Institutions?take=1", "").json();
    assert_eq!(keys(&page), ["Count", "Data"]);
    assert_same_keys(&page["Data"][0], r#"{"Id":1,"Localizations":[],"Status":"","Country":""}"#);
    assert_same_keys(&page["Data"][0]["Localizations"][0], r#"{"Language":"","Name":"","Urls":[]}"#);
    let one = ask(&mut desk, "GET", "Institutions/RoutingNumber/071000770", "").json();
    assert_same_keys(&one, r#"{"Id":1,"Localizations":[],"Status":"","Country":"","RoutingNumbers":[]}"#);
}

#[test]
fn what_is_malformed_or_asked_in_another_way_is_refused() {
    let mut desk = Desk::strict();
    let (login, id) = desk.authorized("greatday_nomfa");
    let months = |filter: Value| json!({"RequestId": id, "NumberOfStatements": "Months12", "AccountsFilter": filter});
    for (method, path, body, code) in [
        ("POST", "GetStatements", json!({}), "INVALID_REQUEST"),
        ("POST", "GetStatements", json!({"RequestId": id, "NumberOfStatements": "Months6"}), "INVALID_REQUEST"),
        ("POST", "GetStatements", months(Value::Null), "INVALID_REQUEST"),
        ("POST", "GetStatements", months(json!(["a", "b"])), "INVALID_REQUEST"),
        ("POST", "GetStatements", json!({"RequestId": "nobody"}), "SESSION_NONEXISTENT"),
        ("PATCH", "SetScheduledRefresh", json!({"loginId": login}), "INVALID_REQUEST"),
        ("PATCH", "SetScheduledRefresh", json!({"LoginId": login, "IsActivated": true}), "INVALID_REQUEST"),
        ("PATCH", "SetScheduledRefresh", json!({"loginId": "nobody", "isActivated": true}), "INVALID_LOGIN"),
        ("PATCH", "AnswerMFAQuestions", json!({"loginId": login, "Questions": [{"Question": "x"}]}), "INVALID_REQUEST"),
        ("PATCH", "AnswerMFAQuestions", json!({"loginId": login, "Questions": [1]}), "INVALID_REQUEST"),
        ("POST", "AuthorizeMultiple", json!({"LoginIds": [login], "MostRecentCached": false}), "INVALID_REQUEST"),
        ("GET", "Institutions?take=many", json!({}), "INVALID_REQUEST"),
        ("DELETE", "DeleteCard/nobody", json!({}), "INVALID_LOGIN"),
        ("GET", "GetMFAQuestions/nobody", json!({}), "INVALID_LOGIN"),
    ] {
        assert_eq!(verdict(&ask(&mut desk, method, path, &body.to_string())).1, code, "{method} {path} {body}");
    }
    for path in ["SetScheduledRefresh", "GetNightlyRefreshStatus", "AnswerMFAQuestions", "DeleteCard/x", "Institutions"]
    {
        assert_eq!(ask(&mut desk, "POST", path, "{}").status, 405, "{path}");
    }
    for path in ["GetStatements", "AuthorizeAsync", "AuthorizeMultiple", "DeleteCard/x"] {
        assert_eq!(ask(&mut desk, "GET", path, "").status, 405, "{path}");
    }
    let mut lenient = Desk::lenient();
    let login = lenient.bank.connect(NOW, "greatday_nomfa", "en");
    let body = json!({"LoginId": login, "IsActivated": "true"}).to_string();
    assert_eq!(ask(&mut lenient, "PATCH", "SetScheduledRefresh", &body).status, 200, "as old clients spell it");
}

#[test]
fn each_endpoint_wants_its_own_key() {
    let mut desk = Desk::strict();
    for (method, path) in [
        ("POST", "GetStatements"),
        ("GET", "GetStatementsAsync/x"),
        ("PATCH", "SetScheduledRefresh"),
        ("PATCH", "AnswerMFAQuestions"),
        ("GET", "GetMFAQuestions/x"),
        ("DELETE", "DeleteCard/x"),
        ("POST", "AuthorizeMultiple"),
        ("GET", "Institutions"),
        ("GET", "Institutions/RoutingNumber/021000021"),
    ] {
        let request = Request { method: method.to_owned(), ..Request::get(api(path)) };
        assert_verdict(&desk.ask(&request), 401, "ACCESS_DENIED");
        assert_verdict(&desk.ask(&request.with("x-api-key", "wrong")), 401, "ACCESS_DENIED");
    }
    let status = Request::get(api("GetNightlyRefreshStatus")).with("x-api-key", "sandbox-api-key");
    assert_verdict(&desk.ask(&status), 401, "UNAUTHORIZED");
    assert_verdict(&desk.ask(&status.clone().with("authorization", "sandbox-secret")), 401, "UNAUTHORIZED");
    assert_eq!(desk.ask(&status.with("authorization", "Bearer sandbox-secret")).status, 200);
    let start = call_async(&mut desk, "no-token", &json!({"LoginId": "x", "MostRecentCached": false, "Save": true}));
    assert_verdict(&start, 401, "UNAUTHORIZED");
}

#[test]
fn authorize_async_is_asked_until_it_is_ready() {
    let mut desk = Desk::strict();
    let login = desk.bank.connect(NOW, "Greatday", "en");
    let token = desk.mint();
    let started = call_async(&mut desk, &token, &json!({"LoginId": login, "MostRecentCached": false, "Save": true}));
    assert_verdict(&started, 202, "OPERATION_PENDING");
    assert_same_keys(&started.json(), PENDING);
    let id = request_id(&started);
    let status = json!({"RequestId": id});
    assert_verdict(&desk.detail(&status), 401, "UNAUTHORIZED");
    desk.now += 1_999;
    assert_eq!(call_async(&mut desk, &token, &status).status, 202);
    desk.now += 1;
    let asked = call_async(&mut desk, &token, &status);
    assert_eq!((asked.status, request_id(&asked)), (203, id.clone()));
    assert_eq!(desk.bank.challenges_sent(&login), 1);

    let wrong = json!({"RequestId": id, "SecurityResponses": {CITY: ["Toronto"]}});
    assert_eq!(call_async(&mut desk, &token, &wrong).status, 202);
    desk.now += 2_000;
    let refused = call_async(&mut desk, &token, &status);
    assert_verdict(&refused, 401, "INVALID_SECURITY_RESPONSE");
    assert!(refused.json()["SecurityChallenges"].is_array());
    assert_eq!(call_async(&mut desk, &token, &status).status, 203, "it is told once");

    let quiet = desk.bank.connect(NOW, "greatday_nomfa", "en");
    let token = desk.mint();
    let started = call_async(&mut desk, &token, &json!({"LoginId": quiet, "MostRecentCached": false, "Save": true}));
    let id = request_id(&started);
    assert_verdict(&desk.detail(&json!({"RequestId": id})), 401, "UNAUTHORIZED");
    desk.now += 2_000;
    assert_eq!(call_async(&mut desk, &token, &json!({"RequestId": id})).status, 200);
    assert_eq!(desk.detail(&json!({"RequestId": id})).status, 202);
    assert_verdict(&call_async(&mut desk, &token, &json!({"RequestId": "nobody"})), 401, "UNAUTHORIZED");
    let token = desk.mint();
    assert_verdict(&call_async(&mut desk, &token, &json!({"RequestId": "nobody"})), 400, "SESSION_NONEXISTENT");
}

#[test]
fn stored_answers_are_judged_by_the_next_live_call() {
    let mut desk = Desk::strict();
    let login = desk.bank.connect(NOW, "Greatday", "en");
    let store = |desk: &mut Desk, question: &str, answer: &str| {
        let body = json!({"loginId": login, "Questions": [{"Question": question, "Answer": answer}]});
        assert_eq!(ask(desk, "PATCH", "AnswerMFAQuestions", &body.to_string()).status, 200);
    };
    let open = |desk: &mut Desk| {
        let questions = ask(desk, "GET", &format!("GetMFAQuestions/{login}"), "").json();
        questions["Questions"].as_array().map_or(0, Vec::len)
    };
    store(&mut desk, CITY, "Toronto");
    assert_eq!(open(&mut desk), 2);
    desk.live(&login);
    assert_eq!(open(&mut desk), 3, "a wrong one is erased and reappears");
    store(&mut desk, CITY, "Montreal");
    store(&mut desk, crate::desk::COUNTRY, "canada");
    let asked = desk.live(&login);
    assert_eq!(asked.json()["SecurityChallenges"][0]["Prompt"], crate::desk::SHAPE);
    store(&mut desk, crate::desk::SHAPE, "Triangle");
    assert_eq!(desk.live(&login).status, 200);
    assert_eq!(desk.bank.challenges_sent(&login), 2, "nobody was asked the last time");
    // Another kind of question cannot be answered beforehand.
    let other = desk.bank.connect(NOW, "mfa_choice", "en");
    assert_eq!(ask(&mut desk, "GET", &format!("GetMFAQuestions/{other}"), "").json()["Questions"], json!([]));
}

//= docs/spec/sandbox.md#conduct
//# **SBX-21** The sandbox SHOULD refuse a second live session of a login with `CONCURRENT_SESSION`, and `/DeleteCard`
//# right after an authorization with `CARD_IN_USE`, if it is told so.
#[test]
fn a_card_is_in_use_for_as_long_as_it_is_processed() {
    let mut desk = Desk::with(Settings { pending_ms: 5_000, ..Settings::default() });
    let (login, id) = desk.authorized("greatday_nomfa");
    let path = format!("DeleteCard/{login}");
    desk.now += 4_999;
    assert_verdict(&ask(&mut desk, "DELETE", &path, ""), 400, "CARD_IN_USE");
    desk.detail(&json!({"RequestId": id}));
    desk.now += 4_999;
    assert_verdict(&ask(&mut desk, "DELETE", &path, ""), 400, "CARD_IN_USE");
    desk.now += 1;
    assert_eq!(ask(&mut desk, "DELETE", &path, "").status, 200);
    for reply in [ask(&mut desk, "DELETE", &path, ""), desk.live(&login), desk.cached(&login)] {
        assert_verdict(&reply, 401, "INVALID_LOGIN");
    }
    // The same user may connect again, and then has the same id.
    assert_eq!(desk.bank.connect(desk.now, "greatday_nomfa", "en"), login);
}

//= docs/spec/other-endpoints.md#nightly-refresh
//# **ENDP-12** A client MUST expect that a connection is eligible only with the flag set, a successful refresh within 7
//# days, a cached call within 7 days if no webhook is used, and a last error that is none or one of `RETRY_LATER`,
//# `AGGREGATION_ERROR`, `SESSION_EXPIRED`, `DISABLED_INSTITUTION`, `UNAUTHORIZED`, `SESSION_NONEXISTENT`, `BANK
//# MAINTENANCE_RETRY_LATER`.
#[test]
fn a_disabled_account_is_ineligible_with_its_code() {
    let mut desk = Desk::strict();
    for (user, listed) in [("test_disabled_account", 1), ("test_service_unavailable", 1)] {
        let login = desk.bank.connect(NOW, user, "en");
        let body = json!({"loginId": login, "isActivated": true}).to_string();
        ask(&mut desk, "PATCH", "SetScheduledRefresh", &body);
        desk.live(&login);
        let status = ask(&mut desk, "GET", "GetNightlyRefreshStatus", "").json();
        let cards = status["IneligibleCards"].as_array().expect("cards");
        assert_eq!(cards.len(), listed, "RETRY_LATER leaves it eligible");
        assert_eq!(cards[0]["LastRefreshErrorCode"], "DISABLED_LOGIN");
    }
}
