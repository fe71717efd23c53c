use crate::support::{Sandbox, browse, keys, token};
use std::time::{SystemTime, UNIX_EPOCH};

fn now() -> String {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis().to_string()
}

#[test]
fn a_live_request_id_asks_where_the_user_left() {
    let sandbox = Sandbox::strict();
    let begun = sandbox.run(&["refresh", &sandbox.login, "--json"]).exits(10).json();
    let request = begun["requestId"].as_str().expect("an id");

    let known = sandbox.run(&["resume", request, "--last-sent", &now(), "--json"]).exits(10).json();
    assert_eq!(known["requestId"], request);
    assert_ne!(token(&known["connectUrl"]), token(&begun["connectUrl"]), "each showing has its own");
    let before = sandbox.requests().len();

    let unknown = sandbox.run(&["resume", request, "--login-id", &sandbox.login]).exits(10);
    assert!(unknown.stdout.contains(request), "ids are whole on stdout");
    assert_eq!(sandbox.requests()[before..], ["POST GetAccountsDetail 401", "POST GenerateAuthorizeToken 200"]);

    // The user goes through, and whoever resumes it then has nothing to ask.
    browse(known["connectUrl"].as_str().expect("a URL"));
    let done = sandbox.run(&["resume", request, "--transport", "blocking", "--json"]).exits(0).json();
    assert_eq!((&done["result"], &done["loginId"]), (&"done".into(), &sandbox.login.as_str().into()));
}

#[test]
fn a_resume_keeps_the_selected_accounts_only() {
    let sandbox = Sandbox::strict();
    let begun = sandbox.run(&["refresh", &sandbox.quiet, "--json"]).exits(0).json();
    let (request, kept) = (&begun["requestId"], begun["kept"].as_array().expect("a list"));
    let one = kept[1]["id"].as_str().expect("an id");
    let resume = ["resume", request.as_str().expect("an id"), "--keep", one, "--json"];
    let done = sandbox.run(&resume).exits(0).json();
    let ids: Vec<_> = done["kept"].as_array().expect("a list").iter().map(|account| &account["id"]).collect();
    assert_eq!(ids, [one]);
    assert!(kept.len() > 1 && done["missing"] == serde_json::json!([]), "{done}");
}

#[test]
fn past_its_lease_it_starts_over_without_asking() {
    let sandbox = Sandbox::strict();
    let args =
        ["resume", "9022abc2-8a2e-4b06-a06e-c3e5449c4d10", "--last-sent", "1000", "--institution", "FlinksCapital"];
    let ran = sandbox.run(&[&args[..], &["--json"]].concat()).exits(12);
    let line = ran.json();
    assert_eq!(
        keys(&line),
        [
            "cachedMayFail",
            "connectUrl",
            "error",
            "guess",
            "lastRefresh",
            "loginId",
            "otherLoginId",
            "reason",
            "requestId",
            "result",
            "resume",
            "startOver",
            "tokenInvalid"
        ]
    );
    assert_eq!((&line["resume"], &line["otherLoginId"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    assert_eq!((&line["result"], &ran.error()["recovery"]), (&"startOver".into(), &"startOver".into()));
    assert!(token(&line["connectUrl"]).is_some());
    assert!(line["connectUrl"].as_str().is_some_and(|url| url.contains("/Credential/FlinksCapital?")));
    assert_eq!(sandbox.requests(), ["POST GenerateAuthorizeToken 200"]);
    assert!(ran.stderr.contains("9022abc2…"));
    assert!(sandbox.run(&args).exits(12).stdout.starts_with("Start over: http://"));
}

/// The caller still has the connection: another refresh needs no password, and begins when a person asks for it (decision
/// 60).
#[test]
fn past_its_lease_a_session_with_a_known_login_ends_with_ask_the_user() {
    let sandbox = Sandbox::strict();
    let args = ["resume", "9022abc2-8a2e-4b06-a06e-c3e5449c4d10", "--login-id", &sandbox.login];
    for (more, code) in [(&["--last-sent", "1000"][..], None), (&[], Some("SESSION_NONEXISTENT"))] {
        let ran = sandbox.run(&[&args[..], more, &["--json"]].concat()).exits(10);
        let line = ran.json();
        assert_eq!((&line["result"], &ran.error()["recovery"]), (&"askTheUser".into(), &"askTheUser".into()));
        assert_eq!((line["error"]["code"].as_str(), line.get("connectUrl")), (code, None));
        assert!(ran.stderr.contains("never refresh from a job"), "{}", ran.stderr);
    }
    assert!(!sandbox.requests().iter().any(|call| call.contains("POST Authorize ")), "nothing live begins by itself");
}

#[test]
fn an_unknown_request_id_starts_over() {
    let sandbox = Sandbox::strict();
    let ran = sandbox.run(&["resume", "9022abc2-8a2e-4b06-a06e-c3e5449c4d10", "--json"]).exits(12);
    assert_eq!(ran.error()["code"], "SESSION_NONEXISTENT");
    assert!(token(&ran.json()["connectUrl"]).is_some());
}

#[test]
fn a_mint_that_fails_leaves_the_url_without_a_token() {
    let sandbox = Sandbox::strict();
    let url = sandbox.url.clone();
    assert_eq!(sandbox.end("-TERM"), Some(0));
    for transport in ["async", "blocking"] {
        let args = ["resume", "9022abc2-8a2e-4b06", "--last-sent", "1000", "--json", "--transport", transport];
        let ran = crate::support::against(&url, &args, "").exits(12);
        assert_eq!(ran.json()["connectUrl"], format!("{url}/"));
        assert!(ran.stderr.contains("warning: no token could be minted"));
    }
}
