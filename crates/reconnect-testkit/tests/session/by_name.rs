//! A call by the name of its endpoint: what it sends, and its answer as JSON.

use reconnect_calls::{Endpoint, NamedCall};
use reconnect_core::{Instance, Keys, RenderError, Reply, Showing};
use reconnect_embed::Drive;
use serde_json::{Value, json};

fn keys() -> Keys {
    Keys { secret: Some("secret".into()), api: Some("api".into()) }
}

/// Each endpoint by its name: its fields, a reply, and the answer.
fn rows() -> Vec<(&'static str, Value, Value, Value)> {
    let bank = json!({ "Id": 14, "Localizations": [{ "Language": "en", "Name": "Flinks Capital" }], "Country": "CA" });
    let institution = json!({ "id": 14, "name": "Flinks Capital", "nameFr": "Flinks Capital", "status": null,
        "country": "CA", "routingNumbers": [] });
    let mut found = institution.clone();
    found["unread"] = json!([]);
    let card = json!({ "LoginId": "l-1", "LastRefreshState": "AnsweringSecurityChallenge" });
    let files =
        json!([{ "AccountNumber": "11", "Statements": [{ "UniqueId": "3D", "FileType": "PDF", "Base64Bytes": "J" }] }]);
    let statements = json!({ "HttpStatusCode": 200, "RequestId": "r-1", "StatementsByAccount": files });
    let read = json!({ "pending": false, "unread": [],
        "statements": [{ "accountNumber": "11", "statements": [{ "id": "3D", "type": "PDF", "base64": "J" }] }] });
    let pending = json!({ "HttpStatusCode": 202, "FlinksCode": "OPERATION_PENDING", "RequestId": "r-1" });
    let odd: Vec<Value> = (0..120).map(|_| json!({ "Id": {} })).chain([bank.clone()]).collect();
    let places: Vec<String> = (0..100).map(|nth| format!("Data[{nth}].Id")).collect();
    vec![
        (
            "Institutions",
            json!({ "skip": 1, "take": 2, "country": "CA" }),
            json!({ "Data": [bank], "Count": 249 }),
            json!({ "institutions": [institution], "count": 249, "unread": [] }),
        ),
        (
            "Institutions",
            json!({}),
            json!({ "Data": odd, "Count": 121 }),
            json!({ "institutions": [institution], "count": 121, "unread": places, "unreadCount": 120 }),
        ),
        ("InstitutionByRoutingNumber", json!({ "routingNumber": "021000021" }), bank, found),
        (
            "GetNightlyRefreshStatus",
            json!({}),
            json!({ "HttpStatusCode": 200, "IneligibleCards": [card] }),
            json!({ "ineligible": [{ "loginId": "l-1", "lastRefresh": null, "state": "AnsweringSecurityChallenge", "code": null,
                "waitsForMfa": true }], "unread": [] }),
        ),
        (
            "SetScheduledRefresh",
            json!({ "loginId": "l-1", "isActivated": false }),
            json!("LoginId l-1 has now been deactivated for automatic refresh"),
            json!({ "activated": false }),
        ),
        (
            "GetMFAQuestions",
            json!({ "loginId": "l-1" }),
            json!({ "Message": "SUCCESS", "Questions": [{ "Question": "What shape?" }] }),
            json!({ "questions": ["What shape?"], "unread": [] }),
        ),
        (
            "AnswerMFAQuestions",
            json!({ "loginId": "l-1", "answers": { "What shape?": "Triangle" } }),
            json!({ "Message": "SUCCESS" }),
            json!({ "stored": true }),
        ),
        ("DeleteCard", json!({ "loginId": "l-1" }), json!({ "StatusCode": 200 }), json!({ "deleted": true })),
        (
            "AuthorizeMultiple",
            json!({ "loginIds": ["a", "b"] }),
            json!({ "ValidLoginIds": [{ "LoginId": "a", "RequestId": "r-1" }], "InvalidLoginIds": ["b"] }),
            json!({ "valid": [{ "loginId": "a", "requestId": "r-1" }], "invalid": ["b"], "unread": [] }),
        ),
        (
            "GetStatements",
            json!({ "requestId": "r-1", "numberOfStatements": "Months3", "keep": ["a"] }),
            statements.clone(),
            read.clone(),
        ),
        ("GetStatements", json!({ "requestId": "r-1" }), pending, json!({ "pending": true, "statements": null })),
        ("GetStatementsAsync", json!({ "requestId": "r-1" }), statements, read),
    ]
}

#[test]
fn each_endpoint_answers_by_its_name() {
    let toolbox = Instance::named("toolbox", "c").expect("an instance");
    let rows = rows();
    for name in NamedCall::names() {
        assert!(rows.iter().any(|row| row.0 == name), "{name} is tried");
    }
    for (name, fields, body, answer) in rows {
        let call = NamedCall::new(name, &fields).expect("its fields fit");
        let request = call.draft().render(&toolbox, &keys()).expect("the keys are there");
        assert!(request.url.contains("/BankingServices/"), "{name}");
        let status = body["HttpStatusCode"].as_u64().and_then(|status| status.try_into().ok()).unwrap_or(200);
        let reply = Reply { status, headers: Vec::new(), body: body.to_string().into_bytes() };
        assert_eq!(call.read(&reply), Ok(answer), "{name}");
        assert!(!format!("{call:?}").contains("l-1"), "{name}: what is printed has no id");
    }
}

#[test]
fn a_wrong_field_is_named_and_its_value_is_not_told() {
    let wrong = [
        ("Dance", json!({}), None),
        ("DeleteCard", json!({}), Some("loginId")),
        ("DeleteCard", json!({ "loginId": ["CANARY"] }), Some("loginId")),
        ("Institutions", json!({ "take": "CANARY" }), Some("take")),
        ("InstitutionByRoutingNumber", json!({ "routingNumber": "CANARY" }), Some("routingNumber")),
        ("GetStatements", json!({ "requestId": "r-1", "numberOfStatements": "Months12" }), Some("keep")),
    ];
    for (name, fields, field) in wrong {
        let error = NamedCall::new(name, &fields).expect_err("it is refused");
        assert_eq!(error.field(), field, "{name} {fields}");
        assert!(!error.to_string().contains("CANARY") && !error.to_string().is_empty(), "{error}");
    }
}

/// By lines, a call that brought no answer says what to do.
#[test]
fn a_call_that_is_refused_has_its_way_out() {
    let say = |more: Value| {
        let mut line = json!({ "op": "callReply", "now": 0, "name": "DeleteCard", "fields": { "loginId": "l-1" },
            "instance": { "name": "toolbox", "customerId": "c" } });
        more.as_object().into_iter().flatten().for_each(|(key, value)| line[key] = value.clone());
        let said = Drive::default().apply(&line.to_string()).expect("it has an op");
        serde_json::from_str::<Value>(&said).expect("JSON")["error"].clone()
    };
    for (status, code, recovery) in [
        (401, "INVALID_LOGIN", "startOver"),
        (400, "INVALID_REQUEST", "fixTheSetup"),
        (401, "UNAUTHORIZED", "actAtTheBank"),
        (401, "QUESTION_NOT_FOUND", "askTheUser"),
        (401, "RETRY_LATER", "tryLater"),
    ] {
        let body = json!({ "HttpStatusCode": status, "FlinksCode": code }).to_string();
        let error = say(json!({ "status": status, "headers": [], "body": body }));
        assert_eq!((&error["code"], &error["recovery"]), (&json!(code), &json!(recovery)));
    }
    let garbled = say(json!({ "status": 200, "headers": [], "body": "{}" }));
    assert_eq!((&garbled["place"], &garbled["status"]), (&json!("StatusCode"), &json!(200)));
}

#[test]
fn an_error_of_the_set_up_is_a_word() {
    assert_eq!(RenderError::MissingKey.code(), "missingKey");
    assert_eq!(RenderError::OtherInstance.code(), "otherInstance");
    assert_eq!(Showing::Refused.as_str(), "refused");
}
