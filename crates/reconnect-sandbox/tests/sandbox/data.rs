//! The data endpoints: <https://docs.flinks.com/api/connect/endpoints/account-linking/get-accounts-detail>.

use reconnect_sandbox::{Request, Settings};
use serde_json::{Value, json};

use crate::desk::{Desk, MINUTE, NOW, api, assert_same_keys, assert_verdict, keys, post, request_id, verdict};

const PENDING: &str = r#"{"FlinksCode":"","Links":[],"HttpStatusCode":202,"Message":"","RequestId":""}"#;
const DETAIL: &str = r#"{"HttpStatusCode":200,"Accounts":[],"InstitutionName":"","Login":{},"InstitutionId":14,
    "Institution":"","RequestId":""}"#;
const ACCOUNT: &str = r#"{"Transactions":[],"TransitNumber":"","InstitutionNumber":"","OverdraftLimit":1,"Title":"",
    "AccountNumber":"","LastFourDigits":null,"Balance":{},"Category":"","Type":"","Currency":"","Holder":{},
    "AccountType":null,"Id":""}"#;
const TRANSACTION: &str = r#"{"Date":"","Code":null,"Description":"","Debit":1,"Credit":1,"Balance":1,"Id":""}"#;
const HOLDER: &str = r#"{"Name":"","Address":{},"Email":"","PhoneNumber":""}"#;
const ADDRESS: &str = r#"{"CivicAddress":"","City":"","Province":"","PostalCode":"","POBox":null,"Country":""}"#;

/// The 200 of a first call with this body, the pending time passed by.
fn delivered(desk: &mut Desk, body: &Value) -> Value {
    assert_eq!(desk.detail(body).status, 202);
    desk.now += 2_000;
    let reply = desk.detail(body);
    assert_eq!(reply.status, 200);
    reply.json()
}

fn ids(body: &Value) -> Vec<String> {
    let accounts = body["Accounts"].as_array().expect("accounts").iter();
    accounts.map(|account| account["Id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn data_is_pending_first_and_then_delivered_again_and_again() {
    let mut desk = Desk::strict();
    let (login, id) = desk.authorized("greatday_nomfa");
    let first = desk.detail(&json!({"RequestId": id}));
    assert_verdict(&first, 202, "OPERATION_PENDING");
    assert_same_keys(&first.json(), PENDING);
    let link = json!({"rel": "GetAccountsDetailAsync", "href": "/GetAccountsDetailAsync",
        "example": format!("/GetAccountsDetailAsync/{id}")});
    assert_eq!(first.json()["Links"][0], link);
    desk.now += 1_999;
    assert_verdict(&desk.poll(&id), 202, "OPERATION_PENDING");
    desk.now += 1;
    let polled = desk.poll(&id);
    assert_eq!(polled.status, 200);
    let again = desk.detail(&json!({"RequestId": id}));
    assert_eq!(again.body, polled.body, "the async reply is the same to the byte");

    let body = polled.json();
    assert_same_keys(&body, DETAIL);
    assert_eq!((ids(&body), &body["Login"]["Id"]), (desk.bank.account_ids(&login), &json!(login)));
    for account in body["Accounts"].as_array().expect("accounts") {
        assert_same_keys(account, ACCOUNT);
        assert_same_keys(&account["Holder"], HOLDER);
        assert_same_keys(&account["Holder"]["Address"], ADDRESS);
        assert_eq!(keys(&account["Balance"]), ["Available", "Current", "Limit"]);
        let transactions = account["Transactions"].as_array().expect("transactions");
        assert!(transactions.len() >= 3);
        assert_same_keys(&transactions[0], TRANSACTION);
    }
}

#[test]
fn amounts_keep_every_digit() {
    let mut desk = Desk::strict();
    let (_, id) = desk.authorized("greatday_nomfa");
    delivered(&mut desk, &json!({"RequestId": id}));
    let text = desk.detail(&json!({"RequestId": id})).text();
    for token in [
        r#""Current":49983.20"#,
        r#""Current":50000.00"#,
        r#""Current":-1234.60"#,
        r#""Credit":20,"#,
        r#""Credit":0.00"#,
    ] {
        assert!(text.contains(token), "{token}");
    }
}

#[test]
fn an_order_is_followed() {
    let first = |order: Value| {
        let mut desk = Desk::strict();
        let (_, id) = desk.authorized("greatday_nomfa");
        let mut body = order;
        body["RequestId"] = json!(id);
        delivered(&mut desk, &body)["Accounts"][0].clone()
    };
    let plain = first(json!({}));
    assert_eq!(plain["Transactions"].as_array().map(Vec::len), Some(5), "Days90 is the default");
    assert_eq!(plain["Transactions"][1]["Date"], "2026-01-20");
    assert_eq!(first(json!({"DaysOfTransactions": "Days365"}))["Transactions"].as_array().map(Vec::len), Some(7));
    assert_eq!(first(json!({"WithTransactions": false})).get("Transactions"), None);
    assert_eq!(first(json!({"WithKYC": false}))["Holder"], Value::Null);
    assert_eq!(first(json!({"WithBalance": false}))["Balance"]["Current"], Value::Null);
    let anonymous = first(json!({"WithAccountIdentity": false}));
    for name in ["TransitNumber", "InstitutionNumber", "AccountNumber"] {
        assert_eq!(anonymous[name], Value::Null);
    }
}

#[test]
fn a_filter_and_a_selection_keep_only_what_they_name() {
    let mut desk = Desk::strict();
    let (login, id) = desk.authorized("greatday_nomfa");
    let all = desk.bank.account_ids(&login);
    let filter = json!({"RequestId": id, "AccountsFilter": [all[2].to_uppercase(), "unknown"]});
    assert_eq!(ids(&delivered(&mut desk, &filter)), [all[2].clone()]);
    assert_eq!(ids(&desk.poll(&id).json()), [all[2].clone()], "the first filter holds for the async reply");

    let (_, id) = desk.authorized("greatday_nomfa");
    desk.bank.select(&id, &all[..2]);
    assert_eq!(ids(&delivered(&mut desk, &json!({"RequestId": id}))), all[..2]);
    let both = json!({"RequestId": id, "AccountsFilter": [all[1], all[3]]});
    assert_eq!(ids(&desk.detail(&both).json()), [all[1].clone()], "a filter reaches nothing that was not selected");
}

#[test]
fn a_summary_has_ratios_and_no_transactions() {
    let mut desk = Desk::strict();
    let (_, id) = desk.authorized("greatday_nomfa");
    let ask = |desk: &mut Desk| {
        let body = json!({"RequestId": id}).to_string();
        desk.ask(&Request::post(api("GetAccountsSummary"), body).with("x-api-key", "sandbox-api-key"))
    };
    let pending = ask(&mut desk);
    assert_eq!(pending.json()["Links"][0]["href"], "/GetAccountsSummaryAsync");
    desk.now += 2_000;
    let body = ask(&mut desk).json();
    assert!(keys(&body).contains(&"Links"));
    let account = &body["Accounts"][0];
    assert_eq!(account.get("Transactions"), None);
    assert_eq!((&account["EftEligibleRatio"], &account["ETransferEligibleRatio"]), (&json!(1), &json!(1)));
}

#[test]
fn a_dispatched_operation_shows_a_part_before_it_is_done() {
    let mut desk = Desk::strict();
    let (_, id) = desk.authorized("test_dispatched");
    let reply = desk.detail(&json!({"RequestId": id}));
    assert_verdict(&reply, 202, "OPERATION_DISPATCHED");
    assert_eq!(ids(&reply.json()).len(), 1);
    desk.now += 2_000;
    assert_eq!(ids(&desk.poll(&id).json()).len(), 4);
}

//= docs/spec/sandbox.md#conduct
//# **SBX-15** The sandbox MUST answer an ended or unknown `requestId` with 400 `SESSION_NONEXISTENT`, a wrong answer
//# with 401 `INVALID_SECURITY_RESPONSE` and the challenges, and a data call before authorization with 401
//# `UNAUTHORIZED`, unless SBX-38 holds.
#[test]
fn what_is_not_authorized_alive_or_well_formed_is_refused() {
    let mut desk = Desk::strict();
    let (_, asked) = desk.asked();
    assert_verdict(&desk.detail(&json!({"RequestId": asked})), 401, "UNAUTHORIZED");
    assert_verdict(&desk.poll(&asked), 401, "UNAUTHORIZED");
    for (body, status, code) in [
        (json!({"RequestId": "unknown"}), 400, "SESSION_NONEXISTENT"),
        (json!({}), 401, "INVALID_REQUEST"),
        (json!({"RequestId": asked, "AccountsFilter": []}), 401, "INVALID_REQUEST"),
        (json!({"RequestId": asked, "AccountsFilter": [1]}), 401, "INVALID_REQUEST"),
        (json!({"RequestId": asked, "DaysOfTransactions": "Days360"}), 401, "INVALID_REQUEST"),
        (json!({"RequestId": asked, "WithKYC": "false"}), 401, "INVALID_REQUEST"),
    ] {
        assert_verdict(&desk.detail(&body), status, code);
    }
    assert_eq!(desk.poll("a%20b").json()["Message"], "RequestId a b is invalid or session has ended");
    let encoded: String = asked.bytes().map(|byte| format!("%{byte:02x}")).collect();
    assert_verdict(&desk.poll(&encoded), 401, "UNAUTHORIZED");
}

#[test]
fn a_data_call_keeps_an_unanswered_session_alive() {
    let mut desk = Desk::strict();
    let (_, id) = desk.asked();
    desk.now += 7 * MINUTE;
    assert_verdict(&desk.poll(&id), 401, "UNAUTHORIZED");
    desk.now += 7 * MINUTE;
    assert!(desk.bank.is_alive(desk.now, &id));
}

//= docs/spec/lifetimes.md#requestid
//# **LIFE-4** A client SHOULD expect a `requestId` to live for 30 min while data is processed.
//= docs/spec/lifetimes.md#requestid
//# **LIFE-5** A client MUST NOT expect a `requestId` to end with `/GetAccountsDetail`.
#[test]
fn data_lives_thirty_minutes_from_the_first_call() {
    let mut desk = Desk::with(Settings { strict: true, pending_ms: u64::MAX, ..Settings::default() });
    let (_, id) = desk.authorized("greatday_nomfa");
    desk.now += 8 * MINUTE - 1;
    assert_eq!(desk.detail(&json!({"RequestId": id})).status, 202);
    desk.now += 30 * MINUTE - 1;
    assert_eq!(desk.poll(&id).status, 202);
    desk.now += 1;
    assert_verdict(&desk.poll(&id), 400, "SESSION_NONEXISTENT");
}

#[test]
fn data_and_statements_live_thirty_minutes_from_the_first_of_both_calls() {
    let statements = |id: &str| post("GetStatements", &json!({"RequestId": id})).with("x-api-key", "sandbox-api-key");
    for statements_first in [false, true] {
        let mut desk = Desk::strict();
        let (_, id) = desk.authorized("greatday_nomfa");
        for is_statements in [statements_first, !statements_first] {
            let reply = match is_statements {
                true => desk.ask(&statements(&id)),
                false => desk.detail(&json!({"RequestId": id})),
            };
            assert_eq!(reply.status, 202);
            desk.now += 10 * MINUTE;
        }
        desk.now += 10 * MINUTE - 1;
        assert!(desk.bank.is_alive(desk.now, &id));
        desk.now += 1;
        assert!(!desk.bank.is_alive(desk.now, &id), "statements first: {statements_first}");
    }
}

#[test]
fn the_api_key_is_checked() {
    for (key, strict, lenient) in [(Some("sandbox-api-key"), 202, 202), (Some("wrong"), 401, 401), (None, 401, 202)] {
        for (mut desk, status) in [(Desk::strict(), strict), (Desk::lenient(), lenient)] {
            let (_, id) = desk.authorized("greatday_nomfa");
            let post = Request::post(api("GetAccountsDetail"), json!({"RequestId": id}).to_string());
            let get = Request::get(api(&format!("GetAccountsDetailAsync/{id}")));
            for request in [post, get] {
                let request = match key {
                    Some(key) => request.with("X-Api-Key", key),
                    None => request,
                };
                assert_eq!(desk.ask(&request).status, status, "{key:?}");
            }
        }
    }
}

#[test]
fn only_a_lenient_sandbox_takes_post_on_async() {
    for (mut desk, status) in [(Desk::strict(), 405), (Desk::lenient(), 202)] {
        let (_, id) = desk.authorized("greatday_nomfa");
        for twin in ["GetAccountsDetailAsync", "GetAccountsSummaryAsync", "GetStatementsAsync"] {
            let post = Request::post(api(&format!("{twin}/{id}")), "").with("x-api-key", "sandbox-api-key");
            assert_eq!(desk.ask(&post).status, status, "{twin}");
        }
    }
}

#[test]
fn cached_data_looks_its_age() {
    let mut desk = Desk::strict();
    let login = desk.bank.connect(NOW - 10 * 24 * 60 * MINUTE, "Greatday", "en");
    let id = request_id(&desk.cached(&login));
    let body = delivered(&mut desk, &json!({"RequestId": id}));
    assert_eq!(body["Login"]["LastRefresh"], "2026-01-11T20:47:47.145000");
    assert_eq!(body["Accounts"][0]["Transactions"][1]["Date"], "2026-01-10");
}

#[test]
fn the_same_requests_give_the_same_bytes() {
    let walk = |seed| {
        let mut desk = Desk::with(Settings { seed, ..Settings::default() });
        let (_, id) = desk.asked();
        desk.answer_all(&id);
        desk.detail(&json!({"RequestId": id}));
        desk.now += 2_000;
        desk.poll(&id)
    };
    assert_eq!(walk(1), walk(1));
    assert_ne!(walk(1), walk(2));
    assert_eq!(verdict(&walk(1)).0, 200);
}
