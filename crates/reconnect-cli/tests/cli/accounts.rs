use crate::support::{fed, keys, run};
use serde_json::{Value, json};

const BODY: &str = r#"{"HttpStatusCode":200,"Accounts":[
    {"Id":"a","Title":"Chequing","Type":"Chequing","Currency":"CAD","Balance":{"Current":49983.20,"Available":0.10},
     "Transactions":[{"Id":"t"},{"Id":"u"}]},
    {"Id":"b"},{"Title":"Twin","Id":"A"}]}"#;

#[test]
fn all_are_kept_or_those_that_were_selected() {
    let all = fed(&["accounts", "--json"], BODY).exits(0).json();
    assert_eq!(keys(&all), ["kept", "leftOut", "missing", "unread"]);
    assert_eq!(all["unread"], json!([]));
    assert_eq!((all["kept"].as_array().map(Vec::len), &all["leftOut"]), (Some(3), &0.into()));

    let some = fed(&["--json", "accounts", "--keep", "a,gone"], BODY).exits(0).json();
    assert_eq!((&some["missing"], &some["leftOut"]), (&json!(["gone"]), &1.into()));
    let first = &some["kept"][0];
    assert_eq!(first["balance"], json!({ "current": "49983.20", "available": "0.10", "limit": null }));
    assert_eq!(["id", "title", "type", "currency"].map(|key| &first[key]), ["a", "Chequing", "Chequing", "CAD"]);
    assert_eq!((&first["transactions"], &some["kept"][1]["id"]), (&2.into(), &"A".into()), "both of one id");

    let people = fed(&["accounts", "--keep", "a,gone"], BODY).exits(0);
    assert!(people.stdout.contains("49983.20") && people.stdout.contains("2 accounts kept, 1 missing, 1 left out"));
}

#[test]
fn a_202_and_a_refusal_have_their_codes() {
    for (body, exit, recovery) in [
        (r#"{"HttpStatusCode":202,"FlinksCode":"OPERATION_PENDING","Accounts":[]}"#, 11, "tryLater"),
        (r#"{"HttpStatusCode":401,"FlinksCode":"UNAUTHORIZED"}"#, 14, "actAtTheBank"),
        (r#"{"HttpStatusCode":400,"FlinksCode":"SESSION_EXPIRED"}"#, 12, "startOver"),
        (r#"{"HttpStatusCode":401,"FlinksCode":"QUESTION_NOT_FOUND"}"#, 10, "askTheUser"),
        (r#"{"HttpStatusCode":400,"FlinksCode":"INVALID_REQUEST"}"#, 13, "fixTheSetup"),
        (r#"{"HttpStatusCode":503,"FlinksCode":"A_NEW_ONE"}"#, 11, "tryLater"),
    ] {
        let error = fed(&["accounts", "--json"], body).exits(exit).error();
        let sent: Value = serde_json::from_str(body).expect("JSON");
        assert_eq!((&error["recovery"], &error["code"]), (&recovery.into(), &sent["FlinksCode"]));
        assert_eq!(error["status"], sent["HttpStatusCode"]);
    }
}

#[test]
fn what_cannot_be_read_is_named_and_not_quoted() {
    for (body, at) in [
        (r#"{"HttpStatusCode":200,"Accounts":[{"Title":"canary"}]}"#, "Accounts[0]"),
        (r#"{"HttpStatusCode":200,"Accounts":[{"Id":["canary"]}]}"#, "Accounts[0].Id"),
        (r#"{"HttpStatusCode":200}"#, "Accounts"),
        ("canary", "not a JSON object"),
        ("", ""),
    ] {
        let ran = fed(&["accounts", "--json"], body).exits(1);
        let said = ran.error()["message"].as_str().expect("a message").to_owned();
        assert!(said.contains(at) && !said.contains("canary") && !ran.stderr.contains("canary"), "{said}");
    }
    fed(&["accounts"], b"\xff").exits(1);
    run(&["accounts", "--keep", ""]).exits(2);
}

#[test]
fn a_value_that_cannot_be_read_is_left_out_and_named() {
    let body = [
        br#"{"HttpStatusCode":200,"Accounts":[{"Id":"a","Title":"ch"#.as_slice(),
        b"\xe8",
        br#"ques","Balance":{"Current":"canary","Limit":5}},{"Title":"canary"},{"Id":"b"}]}"#,
    ]
    .concat();
    for body in [body.clone(), [b"\xef\xbb\xbf".to_vec(), body].concat()] {
        let read = fed(&["accounts", "--json"], body.clone()).exits(0).json();
        assert_eq!(read["unread"], json!(["Accounts[0].Balance.Current", "Accounts[1]"]));
        assert_eq!(read["kept"].as_array().map(Vec::len), Some(2));
        let first = &read["kept"][0];
        assert_eq!((&first["title"], &first["balance"]["current"]), (&"ch\u{fffd}ques".into(), &Value::Null));
        assert_eq!(first["balance"]["limit"], "5");
        let people = fed(&["accounts"], body).exits(0).stdout;
        assert!(
            people.contains("could not be read, so left out: Accounts[0].Balance.Current, Accounts[1]"),
            "{people}"
        );
        assert!(!people.contains("canary"));
    }
    let many = format!(r#"{{"Accounts":[{{"Id":"a"}}{}]}}"#, ",7".repeat(150));
    let read = fed(&["accounts", "--json"], many.as_str()).exits(0).json();
    assert_eq!((read["unread"].as_array().map(Vec::len), &read["unreadCount"]), (Some(100), &150.into()));
    assert!(fed(&["accounts"], many.as_str()).exits(0).stdout.contains("and 50 more"));
}

#[test]
fn a_body_over_32_mib_is_refused() {
    let ran = fed(&["accounts", "--json"], vec![b' '; (32 << 20) + 1]).exits(1);
    assert!(ran.error()["message"].as_str().is_some_and(|said| said.contains("32 MiB")));
}

#[test]
fn a_203_body_is_reported_as_a_question_of_the_bank() {
    let asks = json!({ "HttpStatusCode": 203, "RequestId": "r", "SecurityChallenges": [{ "Prompt": "canary?" }] });
    for body in [asks.to_string(), r#"{"HttpStatusCode":203}"#.to_owned()] {
        let ran = fed(&["accounts", "--json"], body.as_str()).exits(10);
        let error = ran.error();
        assert_eq!((&error["status"], &error["place"]), (&203.into(), &Value::Null));
        assert!(error["message"].as_str().is_some_and(|said| said.contains("the bank asks")), "{error}");
        assert!(!ran.stdout.contains("canary") && !ran.stderr.contains("canary"), "{ran:?}");
    }
}
