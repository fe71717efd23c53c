use crate::support::{ended, reconnect};
use serde_json::json;

/// A signed body from the tests of a public client; its source stands beside the fixture.
const BODY: &str = include_str!("../../../reconnect-testkit/fixtures/server/get-accounts-summary-200-node-flinks.json");
const SIGNATURE: &str = "ojahxTBoMUfLsZyAoT67qXix1H0faUKXFTmu6V7vHeE=";

fn verify(key: Option<&str>, signature: &str, body: &[u8]) -> crate::support::Ran {
    let mut command = reconnect();
    command.args(["webhook", "verify", "--signature", signature, "--key-env", "HOOK_KEY", "--json"]);
    match key {
        Some(key) => command.env("HOOK_KEY", key),
        None => command.env_remove("HOOK_KEY"),
    };
    ended(&mut command, body)
}

#[test]
fn a_signature_that_fits_is_valid() {
    let line = verify(Some("secret"), SIGNATURE, BODY.trim_end().as_bytes()).exits(0).json();
    assert_eq!(
        line,
        json!({ "valid": true, "responseType": "GetAccountsSummary",
            "loginId": "5e115eac-1209-4f19-641c-08d6d484e2fe", "requestId": "1243c283-e0ca-4fda-a5e4-343068430190" })
    );
}

#[test]
fn anything_else_is_not() {
    let exact = BODY.trim_end().as_bytes();
    // The signature is over the raw bytes: the newline that the fixture's file ends with is one too many.
    for (key, signature, body) in [
        ("secret", SIGNATURE, BODY.as_bytes()),
        ("other", SIGNATURE, exact),
        ("secret", "", exact),
        ("secret", "secret", exact),
        ("secret", SIGNATURE, b"".as_slice()),
        ("secret", SIGNATURE, b"\xff\xfe".as_slice()),
    ] {
        let ran = verify(Some(key), signature, body).exits(1);
        assert_eq!(ran.json()["valid"], false);
        assert!(ran.error()["recovery"].is_null());
    }
}

#[test]
fn a_key_that_is_not_there_is_a_usage_error() {
    for key in [None, Some(""), Some(" \r\n"), Some("\"secret\""), Some("sec\nret")] {
        let ran = verify(key, SIGNATURE, BODY.trim_end().as_bytes()).exits(2);
        assert!(ran.stderr.contains("HOOK_KEY") && !ran.stderr.contains("ret"), "{}", ran.stderr);
    }
}

/// A file of secrets or a shell may add these characters.
#[test]
fn white_space_and_a_byte_order_mark_around_a_key_are_dropped() {
    for key in ["secret\n", " secret\r\n", "\u{feff}secret"] {
        let line = verify(Some(key), SIGNATURE, BODY.trim_end().as_bytes()).exits(0).json();
        assert_eq!(line["valid"], true);
    }
}
