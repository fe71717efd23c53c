use crate::support::{CUSTOMER, Sandbox, against, ended, keys, reconnect};
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::TcpListener,
};

fn call(sandbox: &Sandbox, endpoint: &str, fields: &str, stdin: &str) -> crate::support::Ran {
    let mut command = reconnect();
    command.args(["call", endpoint, fields, "--json", "--customer-id", CUSTOMER, "--api-url", &sandbox.url]);
    command.args(["--widget-url", &sandbox.url]);
    ended(&mut command, stdin)
}

#[test]
fn every_endpoint_answers_with_its_own_keys() {
    let sandbox = Sandbox::start(&["--strict"]);
    let login = format!(r#"{{"loginId":"{}"}}"#, sandbox.quiet);
    let set = format!(r#"{{"loginId":"{}","isActivated":true}}"#, sandbox.quiet);
    for (endpoint, fields, names) in [
        ("Institutions", "{}", &["count", "institutions", "unread"][..]),
        ("GetNightlyRefreshStatus", "{}", &["ineligible", "unread"]),
        ("SetScheduledRefresh", &set, &["activated"]),
        ("GetMFAQuestions", &login, &["questions", "unread"]),
        ("DeleteCard", &login, &["deleted"]),
    ] {
        let line = call(&sandbox, endpoint, fields, "").exits(0).json();
        assert_eq!(keys(&line), names, "{endpoint}");
    }
    // It is gone now.
    call(&sandbox, "DeleteCard", &login, "").exits(12).error();
}

/// The service leaves nothing out here, so each part of each answer has all of its keys.
#[test]
fn each_part_of_an_answer_has_its_keys() {
    let institution = r#"{"Id":14,"Status":"Enabled","Country":"CA","RoutingNumbers":["071000770"],
        "Localizations":[{"Language":"en","Name":"Bank"},{"Language":"fr","Name":"Banque"}]}"#;
    let read = json!({"id": 14, "name": "Bank", "nameFr": "Banque", "status": "Enabled", "country": "CA",
        "routingNumbers": ["071000770"]});
    let mut found = read.clone();
    found["unread"] = json!([]);
    let statements = r#"{"HttpStatusCode":200,"RequestId":"r","StatementsByAccount":[{"AccountNumber":"1",
        "Statements":[{"UniqueId":"u","FileType":"PDF","Base64Bytes":"JVBERg=="}]}]}"#;
    let files = json!({"pending": false, "unread": [], "statements": [{"accountNumber": "1",
        "statements": [{"id": "u", "type": "PDF", "base64": "JVBERg=="}]}]});
    for (endpoint, fields, reply, answer) in [
        (
            "Institutions",
            json!({"skip": 0, "take": 1, "country": "CA"}),
            &*format!(r#"{{"Count":4,"Data":[{institution}]}}"#),
            json!({"count": 4, "institutions": [read], "unread": []}),
        ),
        ("InstitutionByRoutingNumber", json!({"routingNumber": "071000770"}), institution, found),
        (
            "GetNightlyRefreshStatus",
            json!({}),
            r#"{"IneligibleCards":[{"LoginId":"l","LastRefreshDate":"2020-06-18T03:26:34.685","LastRefreshState":"Failed",
                "LastRefreshErrorCode":"INVALID_PASSWORD"}]}"#,
            json!({"ineligible": [{"loginId": "l", "lastRefresh": 1_592_450_794_685_u64, "state": "Failed",
                "code": "INVALID_PASSWORD", "waitsForMfa": false}], "unread": []}),
        ),
        (
            "SetScheduledRefresh",
            json!({"loginId": "l", "isActivated": true}),
            r#""LoginId l has now been activated for automatic refresh""#,
            json!({"activated": true}),
        ),
        (
            "GetMFAQuestions",
            json!({"loginId": "l"}),
            r#"{"Message":"SUCCESS","Questions":[{"Question":"City?"}]}"#,
            json!({"questions": ["City?"], "unread": []}),
        ),
        (
            "AnswerMFAQuestions",
            json!({"loginId": "l", "answers": {"City?": "Montreal"}}),
            r#"{"Message":"Answers updated"}"#,
            json!({"stored": true}),
        ),
        ("DeleteCard", json!({"loginId": "l"}), r#"{"StatusCode":200,"Message":"gone"}"#, json!({"deleted": true})),
        ("GetStatements", json!({"requestId": "r", "numberOfStatements": "Months3"}), statements, files.clone()),
        ("GetStatementsAsync", json!({"requestId": "r"}), statements, files),
        (
            "GetStatementsAsync",
            json!({"requestId": "r"}),
            r#"{"HttpStatusCode":202,"FlinksCode":"OPERATION_PENDING","RequestId":"r"}"#,
            json!({"pending": true, "statements": null}),
        ),
    ] {
        let status = if reply.contains("OPERATION_PENDING") { "202 Accepted" } else { "200 OK" };
        let url = says(status, reply);
        for is_json in [true, false] {
            let mut command = reconnect();
            command.args(["call", endpoint, "-", "--customer-id", CUSTOMER, "--api-url", &url, "--widget-url", &url]);
            command.args(is_json.then_some("--json"));
            let ran = ended(&mut command, fields.to_string()).exits(0);
            assert_eq!(serde_json::from_str::<Value>(&ran.stdout).expect("JSON"), answer, "{endpoint}");
            assert_eq!(is_json, ran.stdout.lines().count() == 1, "people get a line for each value: {ran:?}");
        }
    }
}

#[test]
fn what_cannot_be_called_is_a_usage_error() {
    let sandbox = Sandbox::start(&[]);
    for (endpoint, fields) in [
        ("Nothing", "{}"),
        ("DeleteCard", "{}"),
        ("DeleteCard", "no"),
        ("DeleteCard", r#"{"loginId":""}"#),
        ("AnswerMFAQuestions", r#"{"loginId":"l","answers":{"q":"a"}}"#),
    ] {
        call(&sandbox, endpoint, fields, "").exits(2);
    }
}

/// A service that answers everything with one body.
fn answers(body: &str) -> String {
    says("200 OK", body)
}

fn says(status: &str, body: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("its port"));
    let reply = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.expect("a connection");
            let _ = socket.read(&mut [0; 4096]);
            let _ = socket.write_all(reply.as_bytes());
        }
    });
    url
}

fn called(url: &str, more: &[&str]) -> crate::support::Ran {
    let mut command = reconnect();
    command.args(["call", "GetNightlyRefreshStatus", "--json", "--customer-id", CUSTOMER]);
    command.args(["--api-url", url, "--widget-url", url]).args(more);
    ended(&mut command, "")
}

#[test]
fn one_odd_element_of_a_list_is_left_out_and_named() {
    let url = answers(r#"{"IneligibleCards":[{"LoginId":"a"},{},{"LoginId":null},{"LoginId":12}]}"#);
    let line = called(&url, &[]).exits(0).json();
    let logins: Vec<_> = line["ineligible"].as_array().expect("a list").iter().map(|card| &card["loginId"]).collect();
    assert_eq!(logins, ["a", "12"]);
    assert_eq!(line["unread"], serde_json::json!(["IneligibleCards[1]", "IneligibleCards[2]"]));
    let many = format!(r#"{{"IneligibleCards":[{{"LoginId":"a"}}{}]}}"#, ",7".repeat(150));
    let line = called(&answers(&many), &[]).exits(0).json();
    assert_eq!((line["unread"].as_array().map(Vec::len), &line["unreadCount"]), (Some(100), &150.into()));
}

#[test]
fn a_fault_of_the_setup_has_one_exit_code_in_call_and_in_refresh() {
    // A proxy that opens no tunnel. (A loopback address would be reached without a proxy.)
    let deaf = says("407 Proxy Authentication Required", "");
    let (far, proxy) = ("https://api.example", ["--proxy", &deaf]);
    let refreshed = against(far, &[&["refresh", "l-1", "--json"][..], &proxy].concat(), "").exits(13).error();
    let error = called(far, &proxy).exits(13).error();
    assert_eq!(error["fault"], "proxy");
    assert_eq!((&error["fault"], &error["recovery"]), (&refreshed["fault"], &refreshed["recovery"]));
    // Outside a session, a fault that may pass is an error of the network.
    let error = called("http://127.0.0.1:1", &[]).exits(1).error();
    assert_eq!((&error["fault"], &error["recovery"]), (&"refused".into(), &serde_json::Value::Null));
}

#[test]
fn an_id_may_be_a_number_in_the_fields_of_a_call() {
    let sandbox = Sandbox::strict();
    // It is sent, and no login has this id.
    call(&sandbox, "DeleteCard", r#"{"loginId":123}"#, "").exits(12).error();
    for wrong in ["-123", "1.0", "1e3", "true", "[1]"] {
        call(&sandbox, "DeleteCard", &format!(r#"{{"loginId":{wrong}}}"#), "").exits(2);
    }
}
