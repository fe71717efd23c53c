use crate::support::{fed, keys, run};
use serde_json::json;

#[test]
fn a_url_and_an_event_have_the_same_keys() {
    let url = "https://app.example/back?lead=7&tag=t&loginId=l-1&accountId=a,b&institution=FlinksCapital#x";
    let line = run(&["redirect", url, "--json"]).exits(0).json();
    assert_eq!(keys(&line), ["accountIds", "institution", "loginId", "other", "requestId", "step", "tag"]);
    assert_eq!(
        line,
        json!({ "step": null, "loginId": "l-1", "requestId": null, "institution": "FlinksCapital",
            "accountIds": ["a", "b"], "tag": "t", "other": { "lead": "7", "x": "" } }),
        "the part after # is read too"
    );
    let event = r#"{"step":"REDIRECT","requestId":"r-1","accountId":["a"],"flinksCode":"OK","x":{"y":1}}"#;
    let line = fed(&["--json", "redirect", "-"], event).exits(0).json();
    assert_eq!(
        (&line["step"], &line["requestId"], &line["accountIds"]),
        (&"REDIRECT".into(), &"r-1".into(), &json!(["a"]))
    );
    assert_eq!(line["other"], json!({ "x": { "y": 1 }, "flinksCode": "OK" }));
}

#[test]
fn people_read_whole_ids() {
    let ran = run(&["redirect", "https://a/?loginId=5e115eac-1209-4f19-641c-08d6d484e2fe"]).exits(0);
    assert!(ran.stdout.contains("5e115eac-1209-4f19-641c-08d6d484e2fe") && ran.stderr.contains("hint"));
}

#[test]
fn what_is_no_news_is_an_error() {
    for text in ["hello", "{}", "https://a/?x=1", "[1]"] {
        assert!(run(&["redirect", text, "--json"]).exits(1).error()["recovery"].is_null());
    }
    for size in [64 << 10, 1 << 20] {
        fed(&["redirect", "-", "--json"], "x".repeat(size + 1)).exits(1).error();
    }
}

/// It is news that the bank's own sign-in failed, and no message of another script (decision 71).
#[test]
fn an_error_of_oauth_is_printed() {
    let url = "https://app.example/back?state=abc&error=access_denied&error_description=The+user%1b[2J+said+no";
    let line = run(&["redirect", url, "--json"]).exits(0).json();
    assert_eq!(keys(&line), ["accountIds", "institution", "loginId", "other", "requestId", "step", "tag"]);
    let said = json!({ "state": "abc", "error": "access_denied", "error_description": "The user[2J said no" });
    assert_eq!(line["other"], said);
    let ran = run(&["redirect", url]).exits(0);
    assert!(ran.stdout.contains("error: access_denied\n") && !ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
}

#[test]
fn a_whole_message_event_is_refused_with_a_hint_to_its_data() {
    let wrapped = r#"{"data":{"step":"REDIRECT","loginId":"l-1"},"origin":"https://w.example","id":"m-1"}"#;
    let ran = run(&["redirect", wrapped]).exits(1);
    assert!(ran.stderr.contains("event.data"), "{}", ran.stderr);
}
