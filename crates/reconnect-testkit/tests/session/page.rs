//! The promises of the page, one by one, as lines of `reconnect drive`: the walks that once went wrong.

use reconnect_core::Policy;
use reconnect_embed::Drive;
use reconnect_json::millis;
use reconnect_testkit::{fixtures, walks::NOT_YET};
use serde_json::{Value, json};

/// Every walk begins here, in milliseconds.
const T: u64 = 1_780_000_000_000;
const ASKS: &str =
    r#"{"HttpStatusCode":203,"SecurityChallenges":[{"Type":"QuestionAndAnswer","Prompt":"Code?"}],"RequestId":"r-1"}"#;

/// Lines in, lines out, at moments after `T`.
#[derive(Default)]
struct Lines(Drive);

impl Lines {
    #[track_caller]
    fn tell(&mut self, after: u64, mut line: Value) -> Value {
        line["now"] = (T + after).into();
        let told = self.0.apply(&line.to_string()).expect("a line");
        let told: Value = serde_json::from_str(&told).expect("a line of JSON");
        assert!(told.get("misuse").is_none(), "{line}: {told}");
        told
    }

    fn enter(mut line: Value) -> Self {
        line["instance"] = json!({
            "apiUrl": "https://api.example", "widgetUrl": "https://widget.example/", "customerId": "c"
        });
        let mut lines = Self::default();
        lines.tell(0, line);
        lines
    }

    /// Answers the next call, which has to go to this endpoint.
    #[track_caller]
    fn exchange(&mut self, after: u64, endpoint: &str, status: u16, body: &str) -> Value {
        let send = self.poll(after);
        assert_eq!(send["action"], "send", "{send}");
        let url = send["url"].as_str().expect("a URL");
        assert!(url.contains(&format!("/{endpoint}")), "{url}");
        self.tell(after, json!({"op": "receive", "id": send["id"], "status": status, "body": body}))
    }

    fn poll(&mut self, after: u64) -> Value {
        self.tell(after, json!({"op": "poll"}))
    }

    fn outcome(&mut self, after: u64) -> Value {
        self.tell(after, json!({"op": "outcome"}))["outcome"].clone()
    }
}

fn refresh(more: Value) -> Lines {
    let mut line = json!({"op": "refresh", "loginId": "l-1", "known": null, "keep": null});
    for (key, value) in more.as_object().into_iter().flatten() {
        line[key] = value.clone();
    }
    Lines::enter(line)
}

/// A refresh whose live call gets this reply.
fn authorized(more: Value, status: u16, body: &str) -> Lines {
    let mut lines = refresh(more);
    lines.exchange(0, "GenerateAuthorizeToken", 200, r#"{"Token":"OWN"}"#);
    lines.exchange(0, "Authorize", status, body);
    lines
}

fn returned(lines: &mut Lines, after: u64, news: Value) -> String {
    lines.tell(after, json!({"op": "returned", "news": news}))["heard"].as_str().expect("heard").to_owned()
}

#[test]
fn a_203_to_a_data_call_says_that_the_session_is_resumable() {
    let known = json!({"loginId": "l-1", "lastSent": T});
    let mut lines = Lines::enter(json!({"op": "resume", "requestId": "r-1", "known": known, "keep": null}));
    assert_eq!(lines.poll(0)["action"], "ask");
    let lapse = 480_000;
    lines.exchange(lapse, "GetAccountsDetail", 203, ASKS);
    let ask = lines.poll(lapse);
    assert_eq!(ask["action"], "ask", "{ask}");
    assert!(ask.to_string().contains("Code?"), "{ask}");
    assert_eq!(lines.outcome(lapse), Value::Null);
    // Once: nothing was heard since, so the next one lapses.
    lines.exchange(2 * lapse, "GetAccountsDetail", 203, ASKS);
    assert_eq!(lines.poll(2 * lapse)["action"], "done");
    assert!(lines.outcome(2 * lapse).to_string().contains("askTheUser"));
}

//= docs/spec/reconnect.md#interrupted-session-a-live-requestid
//# **RECO-2** A client MUST take a 203 of a session call, also of a look, a data call, a poll or a cached `/Authorize`,
//# as the sign that MFA is pending and that the session can be resumed.
#[test]
fn a_203_to_any_call_asks_the_user() {
    // A look at a session of unknown age: at once, with the challenges.
    let mut lines = Lines::enter(json!({"op": "resume", "requestId": "r-1", "known": null, "keep": null}));
    lines.exchange(0, "GetAccountsDetail", 203, ASKS);
    assert!(lines.poll(0).to_string().contains("Code?"));
    // A fetch after the 200.
    let ok = r#"{"HttpStatusCode":200,"RequestId":"r-1","Login":{"Id":"l-1"}}"#;
    let mut lines = authorized(json!({}), 200, ok);
    lines.exchange(0, "GetAccountsDetail", 203, ASKS);
    assert!(lines.poll(0).to_string().contains("Code?"));
    // A poll.
    let pending = r#"{"HttpStatusCode":202,"FlinksCode":"OPERATION_PENDING","RequestId":"r-1"}"#;
    let mut lines = authorized(json!({}), 200, ok);
    lines.exchange(0, "GetAccountsDetail", 202, pending);
    let due = millis(Policy::DEFAULT.poll_every);
    lines.exchange(due, "GetAccountsDetailAsync", 203, ASKS);
    assert!(lines.poll(due).to_string().contains("Code?"));
    // The cached call, which names the session to be resumed.
    let gone = r#"{"HttpStatusCode":400,"FlinksCode":"SESSION_NONEXISTENT"}"#;
    let mut lines = authorized(json!({}), 200, ok);
    lines.exchange(0, "GetAccountsDetail", 400, gone);
    lines.exchange(0, "GenerateAuthorizeToken", 200, r#"{"Token":"NEXT"}"#);
    lines.exchange(0, "Authorize", 203, &ASKS.replace("r-1", "r-2"));
    let ask = lines.poll(0).to_string();
    assert!(ask.contains("Code?") && ask.contains("r-2"), "{ask}");
}

#[test]
fn a_redirect_of_our_login_with_another_request_causes_a_look() {
    let mut lines = authorized(json!({}), 203, ASKS);
    let other = json!({"step": "REDIRECT", "loginId": "l-1", "requestId": "r-2"});
    assert_eq!(returned(&mut lines, 1_000, other), "took");
    let data = r#"{"HttpStatusCode":200,"Accounts":[{"Id":"a-1"}],"Login":{"Id":"l-1"},"RequestId":"r-1"}"#;
    let send = lines.poll(1_000);
    //= docs/spec/widget-url.md#parameters-of-reconnect
    //# **URL-2** A client MUST take the `requestId` of the widget's URL from the interrupted session, from a 203 of
    //# `/Authorize`, or from a 203 or 202 of `/AuthorizeAsync`, and from nowhere else.
    let shown = send.to_string();
    assert!(shown.contains("r-1") && !shown.contains("r-2"), "the look is with our own id: {send}");
    lines.tell(1_000, json!({"op": "receive", "id": send["id"], "status": 200, "body": data}));
    let outcome = lines.outcome(1_000);
    assert_eq!(outcome["result"], "done", "{outcome}");
    assert_eq!(outcome["namedOtherRequest"], true, "{outcome}");
}

#[test]
fn data_of_our_login_under_another_request_is_ours() {
    let mut lines = authorized(json!({}), 203, ASKS);
    assert_eq!(returned(&mut lines, 0, json!({"step": "REDIRECT", "loginId": "l-1"})), "took");
    let data = r#"{"HttpStatusCode":200,"Accounts":[{"Id":"a-1"}],"Login":{"Id":"l-1"},"RequestId":"r-9"}"#;
    lines.exchange(0, "GetAccountsDetail", 200, data);
    let outcome = lines.outcome(0).to_string();
    assert!(outcome.contains("a-1") && !outcome.contains("startOver"), "{outcome}");
}

/// The only request in the documentation that has its reply: they name different requests, and the reply names its
/// login.
#[test]
fn the_documentations_own_request_and_reply_end_well() {
    let asked: Value = serde_json::from_str(&fixtures::text("server/request-get-accounts-detail-full")).expect("JSON");
    let body = fixtures::text("server/get-accounts-detail-200");
    let reply: Value = serde_json::from_str(&body).expect("JSON");
    assert_ne!(asked["RequestId"], reply["RequestId"], "they are printed so");
    let known = json!({"loginId": reply["Login"]["Id"], "lastSent": T - 1});
    let line = json!({"op": "resume", "requestId": asked["RequestId"], "known": known, "keep": null});
    let mut lines = Lines::enter(line);
    assert_eq!(returned(&mut lines, 0, json!({"step": "REDIRECT"})), "took");
    lines.exchange(0, "GetAccountsDetail", 200, &body);
    let outcome = lines.outcome(0).to_string();
    let account = reply["Accounts"][0]["Id"].as_str().expect("an id");
    assert!(outcome.contains(account) && !outcome.contains("startOver"), "{outcome}");
    // If no login is known, the reply is not ours.
    let line = json!({"op": "resume", "requestId": asked["RequestId"], "known": null, "keep": null});
    let mut lines = Lines::enter(line);
    lines.exchange(0, "GetAccountsDetail", 200, &body);
    assert!(lines.outcome(0).to_string().contains("startOver"));
}

//= docs/spec/widget-events.md#steps
//# **EVT-27** A client MUST take `TOKEN_INVALID` as "this showing needs another token", mint, and load the widget
//# again.
#[test]
fn a_token_that_the_widget_refuses_is_counted_and_the_sessions_own_is_a_policy() {
    let invalid = || json!({"step": "TOKEN_INVALID"});
    let mut lines = authorized(json!({}), 203, ASKS);
    for round in 0..2 {
        let after = round * 10_000;
        lines.tell(after, json!({"op": "open"}));
        lines.exchange(after, "GenerateAuthorizeToken", 200, &format!(r#"{{"Token":"FRESH-{round}"}}"#));
        assert!(lines.poll(after).to_string().contains(&format!("authorizeToken=FRESH-{round}")));
        assert_eq!(returned(&mut lines, after, invalid()), "took");
        let ask = lines.poll(after);
        assert!(!ask.to_string().contains("authorizeToken="), "{ask}");
        assert!(ask.to_string().contains(&format!(r#""tokenInvalid":{}"#, round + 1)), "{ask}");
    }
    // With this policy the session's own token is shown, once, and no other is minted for it.
    let mut lines = authorized(json!({"policy": {"mfa": "widget", "widgetToken": "session"}}), 203, ASKS);
    lines.tell(0, json!({"op": "open"}));
    assert!(lines.poll(0).to_string().contains("authorizeToken=OWN"));
    assert_eq!(returned(&mut lines, 0, invalid()), "took");
    lines.tell(0, json!({"op": "open"}));
    lines.exchange(0, "GenerateAuthorizeToken", 200, r#"{"Token":"FRESH"}"#);
    assert!(lines.poll(0).to_string().contains("authorizeToken=FRESH"));
}

#[test]
fn if_no_selected_account_is_there_the_user_chooses_again() {
    let ok = r#"{"HttpStatusCode":200,"RequestId":"r-1","Login":{"Id":"l-1"}}"#;
    for (accounts, reselect) in [("", true), (r#"{"Id":"another"}"#, true), (r#"{"Id":"gone-1"}"#, false)] {
        let mut lines = authorized(json!({"keep": ["gone-1", "gone-2"]}), 200, ok);
        lines.exchange(0, "GetAccountsDetail", 200, &format!(r#"{{"HttpStatusCode":200,"Accounts":[{accounts}]}}"#));
        let outcome = lines.outcome(0).to_string();
        assert_eq!(outcome.contains(r#""reselect":true"#), reselect, "{outcome}");
        assert!(outcome.contains("gone-2"), "what is missing is told: {outcome}");
    }
}

#[test]
fn every_failure_has_a_url_to_an_ordinary_session() {
    for (body, recovery) in
        [(NOT_YET, "actAtTheBank"), (r#"{"HttpStatusCode":401,"FlinksCode":"QUESTION_NOT_FOUND"}"#, "startOver")]
    {
        let outcome = authorized(json!({}), 401, body).outcome(0).to_string();
        assert!(outcome.contains(recovery) && outcome.contains("connectUrl"), "{outcome}");
    }
}

#[test]
fn a_redirect_with_an_error_is_an_error_of_the_widget() {
    let mut lines = authorized(json!({}), 203, ASKS);
    let refused = "https://app.example/back?state=abc&error=access_denied&error_description=x";
    assert_ne!(returned(&mut lines, 1_000, refused.into()), "notOurs");
    assert_eq!(lines.poll(1_000)["action"], "ask", "the prompt stands: no look, and no wait until it lapses");
    let news = reconnect_core::connect::ConnectNews::read(refused).expect("news");
    assert_eq!(news.means(), reconnect_core::connect::Meaning::Error);
    assert_eq!(news.error.as_deref(), Some("access_denied"));
}
