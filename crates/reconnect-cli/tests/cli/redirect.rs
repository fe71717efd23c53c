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
            "accountIds": ["a", "b"], "tag": "t", "other": { "lead": "7" } })
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
