use crate::support::{CUSTOMER, Sandbox, answers, browse, fed, run, token};
use serde_json::Value;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    time::{SystemTime, UNIX_EPOCH},
};
use tempfile::TempDir;

/// A session that asks, in a file.
fn asked(sandbox: &Sandbox) -> (TempDir, String, Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("s.json").to_str().expect("a path").to_owned();
    let ask = sandbox.run(&["refresh", &sandbox.login, "--session", &file, "--json"]).exits(10).json();
    (folder, file, ask)
}

#[test]
fn after_the_widget_it_goes_on_to_the_accounts() {
    let sandbox = Sandbox::strict();
    let (_folder, file, ask) = asked(&sandbox);

    let foreign = r#"{"step":"REDIRECT","loginId":"another-login-id"}"#;
    let ran = sandbox.run(&["continue", &file, "--redirect", foreign, "--json"]).exits(10);
    assert!(ran.stderr.contains("notOurs"));
    let fresh = ran.json();
    assert_eq!(fresh["requestId"], ask["requestId"]);
    assert_ne!(token(&fresh["connectUrl"]), token(&ask["connectUrl"]), "good for one showing");

    let event = browse(fresh["connectUrl"].as_str().expect("a URL"));
    let done = sandbox.fed(&["continue", &file, "--redirect", "-", "--json"], &event).exits(0).json();
    assert_eq!((&done["result"], &done["loginId"]), (&"done".into(), &sandbox.login.as_str().into()));
    assert!(done["kept"].as_array().is_some_and(|kept| kept.len() >= 3));
    assert_eq!(fs::metadata(&file).expect("the file").permissions().mode() & 0o777, 0o600);

    // Once more: the outcome, with the ids only, and nothing is sent.
    let (before, text) = (sandbox.requests().len(), fs::read_to_string(&file).expect("the file"));
    assert!(!text.contains("49983") && !text.contains("Chequing"), "no account is at rest");
    let again = sandbox.run(&["continue", &file, "--json"]).exits(0).json();
    assert_eq!(again["kept"][0]["id"], done["kept"][0]["id"]);
    assert_eq!(again["kept"][0]["title"], Value::Null);
    let id = done["kept"][0]["id"].as_str().expect("an id");
    assert!(sandbox.run(&["continue", &file]).exits(0).stdout.contains(id));
    assert_eq!((sandbox.requests().len(), fs::read_to_string(&file).expect("the file")), (before, text));
}

#[test]
fn answers_go_through_the_api() {
    let sandbox = Sandbox::strict();
    let (folder, file, _) = asked(&sandbox);
    let file2 = folder.path().join("answers.json");
    fs::write(&file2, answers(0)).expect("written");
    let file2 = file2.to_str().expect("a path");
    let second = sandbox.run(&["continue", &file, "--answers", file2, "--json"]).exits(10).json();
    assert_eq!(second["challenges"][0]["prompt"], "What is the best country on earth?");

    let wrong = r#"{"What is the best country on earth?":["Atlantis"]}"#;
    let ran = sandbox.fed(&["continue", &file, "--answers", "-", "--json"], wrong).exits(10);
    assert_eq!(ran.json()["wrong"], true);
    assert!(!ran.stderr.contains("Atlantis") && !ran.stderr.contains("country"));

    sandbox.fed(&["continue", &file, "--answers", "-", "--transport", "blocking"], &answers(1)).exits(10);
    let done = sandbox.fed(&["continue", &file, "--answers", "-", "--json"], &answers(2)).exits(0).json();
    assert_eq!(done["result"], "done");
    let text = fs::read_to_string(&file).expect("the file");
    assert!(!text.contains("Triangle") && !text.contains("Montreal"), "no answer is at rest");
}

#[test]
fn answers_that_do_not_fit_change_nothing() {
    let sandbox = Sandbox::strict();
    let (_folder, file, _) = asked(&sandbox);
    let (text, before) = (fs::read_to_string(&file).expect("the file"), sandbox.requests().len());
    for given in [
        r#"{"A canary?":["canary"]}"#,
        r#"{"What city were you born in?":["Montreal"],"A canary?":["canary"]}"#,
        r#"{"What city were you born in?":[]}"#,
        "{}",
    ] {
        let ran = sandbox.fed(&["continue", &file, "--answers", "-", "--json"], given).exits(1);
        let said = ran.error()["message"].as_str().expect("a message").to_owned();
        assert!(said.contains("1 prompts expected"), "{said}");
        assert!(!said.contains("canary") && !ran.stderr.contains("canary") && !ran.stderr.contains("born"), "{ran:?}");
    }
    for unreadable in ["", "canary", r#"{"canary":"canary"}"#, r#"["canary"]"#] {
        let ran = sandbox.fed(&["continue", &file, "--answers", "-", "--json"], unreadable).exits(1);
        assert!(!ran.stderr.contains("canary") && !ran.stdout.contains("canary"), "{ran:?}");
    }
    assert_eq!((fs::read_to_string(&file).expect("the file"), sandbox.requests().len()), (text, before));
}

/// Without a number the answers are for the current prompt; with one they are for that prompt only (decision 58).
#[test]
fn answers_may_say_which_prompt_they_are_for() {
    let sandbox = Sandbox::strict();
    let (_folder, file, ask) = asked(&sandbox);
    let number = ask["number"].as_u64().expect("a number");
    let told = |number: u64| {
        let answers: Value = serde_json::from_str(&answers(0)).expect("JSON");
        serde_json::json!({ "number": number, "answers": answers }).to_string()
    };
    let before = sandbox.requests().len();
    let ran = sandbox.fed(&["continue", &file, "--answers", "-", "--json"], &told(number + 1)).exits(1);
    let said = ran.error()["message"].as_str().expect("a message").to_owned();
    assert!(said.contains("for prompt 2") && said.contains("at prompt 1"), "{said}");
    assert_eq!(sandbox.requests().len(), before, "it was not sent");
    let next = sandbox.fed(&["continue", &file, "--answers", "-", "--json"], &told(number)).exits(10).json();
    assert_eq!(next["challenges"][0]["prompt"], "What is the best country on earth?");
    assert!(next["number"].as_u64().is_some_and(|next| next > number), "{next}");
}

/// Runs `drive` with these lines, and writes the snapshot that the last one prints into a file.
fn by_lines(sandbox: &Sandbox, file: &str, lines: &[Value]) {
    let place =
        serde_json::json!({ "apiUrl": sandbox.url, "widgetUrl": format!("{}/", sandbox.url), "customerId": CUSTOMER });
    let lines = lines.iter().map(|line| {
        let mut line = line.clone();
        line["instance"] = place.clone();
        format!("{line}\n")
    });
    let said = fed(&["drive"], lines.collect::<String>()).exits(0).stdout;
    let last: Value = serde_json::from_str(said.lines().last().expect("a line")).expect("JSON");
    fs::write(file, last["snapshot"].to_string()).expect("written");
}

#[test]
fn a_prompt_that_a_page_shows_takes_no_other_answer() {
    let sandbox = Sandbox::strict();
    let (_folder, file, _) = asked(&sandbox);
    let snapshot: Value = serde_json::from_str(&fs::read_to_string(&file).expect("the file")).expect("JSON");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis() as u64;
    let restore = serde_json::json!({ "op": "restore", "now": now, "snapshot": snapshot });
    by_lines(
        &sandbox,
        &file,
        &[restore, serde_json::json!({ "op": "shown", "now": now }), serde_json::json!({ "op": "snapshot" })],
    );
    let ran = sandbox.fed(&["continue", &file, "--answers", "-", "--json"], &answers(0)).exits(1);
    assert!(ran.error()["message"].as_str().is_some_and(|said| said.contains("a page shows this prompt")), "{ran:?}");
    let asks = sandbox.run(&["continue", &file, "--json"]).exits(10);
    assert_eq!(asks.json()["shown"], true);
    assert!(asks.stderr.contains("a page shows this prompt"), "{}", asks.stderr);
}

/// A session in a file whose `requestId` came from a browser, and the last event of its widget.
fn claimed(sandbox: &Sandbox) -> (TempDir, String, String) {
    let (folder, file, ask) = asked(sandbox);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis() as u64;
    let watch = serde_json::json!({ "version": 1, "request": ask["requestId"], "heard": now });
    let claimed = serde_json::json!({ "op": "resumeClaimed", "now": now, "watch": watch });
    by_lines(sandbox, &file, &[claimed, serde_json::json!({ "op": "snapshot" })]);
    let asks = sandbox.run(&["continue", &file, "--json"]).exits(10).json();
    let event = browse(asks["connectUrl"].as_str().expect("a URL"));
    (folder, file, event)
}

/// Its `requestId` came from a browser (decision 77), so the caller has to confirm its login.
#[test]
fn a_claimed_session_withholds_its_accounts() {
    let sandbox = Sandbox::strict();
    let (_folder, file, event) = claimed(&sandbox);
    let ran = sandbox.fed(&["continue", &file, "--redirect", "-", "--json"], &event).exits(1);
    let line = ran.json();
    assert_eq!((&line["confirmed"], &line["loginId"]), (&false.into(), &sandbox.login.as_str().into()));
    // Not even their ids: they may be another user's.
    assert_eq!((&line["kept"], &line["missing"]), (&serde_json::json!([]), &serde_json::json!([])));
    let said = ran.error()["message"].as_str().expect("a message").to_owned();
    assert!(said.contains("withheld") && said.contains("--confirm"), "{said}");
    assert!(!ran.stdout.contains("49983"), "{}", ran.stdout);
    assert!(!sandbox.run(&["continue", &file]).exits(1).stdout.contains("account"), "nor later");
    // The accounts were in the memory of that command; the file has their ids only.
    let done = sandbox.fed(&["continue", &file, "--confirm", "-", "--json"], &sandbox.login).exits(0).json();
    assert_eq!((&done["confirmed"], &done["kept"][0]["title"]), (&true.into(), &Value::Null));
    assert!(done["kept"].as_array().is_some_and(|kept| kept.len() >= 3), "{done}");
    // The file has the confirmation now.
    assert_eq!(sandbox.run(&["continue", &file, "--json"]).exits(0).json()["confirmed"], true);
}

#[test]
fn a_claimed_session_is_confirmed_by_the_login_that_was_named() {
    let sandbox = Sandbox::strict();
    let (folder, file, event) = claimed(&sandbox);
    let other = ["continue", &file, "--redirect", "-", "--confirm", "another", "--json"];
    let ran = sandbox.fed(&other, &event).exits(1);
    assert_eq!((&ran.json()["confirmed"], &ran.json()["kept"]), (&false.into(), &serde_json::json!([])));
    assert!(ran.error()["message"].as_str().is_some_and(|said| said.contains("another user")), "{ran:?}");
    assert!(ran.stderr.contains("notOurs") && !ran.stderr.contains("--confirm another"), "{}", ran.stderr);

    // A caller that knows the user's login beforehand names it at once, and gets the accounts.
    let (_folder, file, event) = claimed(&sandbox);
    let login = folder.path().join("login");
    fs::write(&login, format!("{}\n", sandbox.login)).expect("written");
    let login = format!("@{}", login.display());
    let all = ["continue", &file, "--redirect", "-", "--confirm", &login, "--json"];
    let done = sandbox.fed(&all, &event).exits(0).json();
    assert_eq!((&done["confirmed"], &done["loginId"]), (&true.into(), &sandbox.login.as_str().into()));
    assert!(done.to_string().contains("49983"), "{done}");

    // Nothing is withheld any more, so another --confirm changes nothing.
    assert_eq!(sandbox.run(&["continue", &file, "--confirm", &login, "--json"]).exits(0).json()["confirmed"], true);
    sandbox.run(&["continue", &file, "--confirm", "undefined"]).exits(2);
    sandbox.fed(&["continue", &file, "--confirm", "-", "--redirect", "-"], &event).exits(2);
}

/// An answer that is given while the service is asked is kept, and sent if the bank still asks (decision 58).
#[test]
fn answers_may_come_while_the_session_looks() {
    let sandbox = Sandbox::strict();
    let (_folder, file, ask) = asked(&sandbox);
    let snapshot: Value = serde_json::from_str(&fs::read_to_string(&file).expect("the file")).expect("JSON");
    // The look was sent so long ago that it counts as lost, and the process that sent it is gone.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis() as u64 - 240_000;
    let event = serde_json::json!({ "step": "REDIRECT", "requestId": ask["requestId"] }).to_string();
    by_lines(
        &sandbox,
        &file,
        &[
            serde_json::json!({ "op": "restore", "now": now, "snapshot": snapshot }),
            serde_json::json!({ "op": "returned", "now": now, "news": event }),
            serde_json::json!({ "op": "poll", "now": now }),
            serde_json::json!({ "op": "snapshot" }),
        ],
    );
    let text = fs::read_to_string(&file).expect("the file");
    assert!(text.contains(r#""at":"looking""#), "{text}");
    let wrong = r#"{"A canary?":["canary"]}"#;
    sandbox.fed(&["continue", &file, "--answers", "-", "--json"], wrong).exits(1).error();
    let next = sandbox.fed(&["continue", &file, "--answers", "-", "--json"], &answers(0)).exits(10).json();
    assert_eq!(next["challenges"][0]["prompt"], "What is the best country on earth?");
}

#[test]
fn a_file_without_a_session_is_an_error() {
    let sandbox = Sandbox::strict();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("s.json");
    for text in [None, Some(""), Some("{}"), Some("canary"), Some(r#"{"version":99}"#)] {
        if let Some(text) = text {
            fs::write(&file, text).expect("written");
        }
        let ran = sandbox.run(&["continue", file.to_str().expect("a path"), "--json"]).exits(1);
        assert!(
            ran.error()["message"].as_str().is_some_and(|said| said.contains("session") && !said.contains("canary"))
        );
    }
    run(&["continue", "f", "--redirect", "x", "--answers", "y", "--instance", "a", "--customer-id", "c"]).exits(2);
}

#[test]
fn a_file_is_one_commands_at_a_time() {
    let sandbox = Sandbox::strict();
    let (_folder, file, _) = asked(&sandbox);
    let rivals = std::thread::scope(|scope| {
        let one = || sandbox.fed(&["continue", &file, "--answers", "-", "--json"], &answers(0)).exit;
        let all: Vec<_> = (0..6).map(|_| scope.spawn(one)).collect();
        all.into_iter().map(|rival| rival.join().expect("ended")).collect::<Vec<_>>()
    });
    assert!(rivals.contains(&10) && rivals.iter().all(|exit| [1, 10].contains(exit)), "{rivals:?}");
    let answered = sandbox.requests().iter().filter(|request| request.starts_with("POST Authorize")).count();
    assert_eq!(answered, 2, "the refresh and one answer: nothing reached the bank twice");
}

#[test]
fn a_session_is_not_sent_to_another_instance() {
    let (one, two) = (Sandbox::strict(), Sandbox::strict());
    let (_folder, file, _) = asked(&one);
    let ran = two.run(&["continue", &file, "--json"]).exits(13);
    assert_eq!(ran.error()["recovery"], "fixTheSetup");
    assert!(two.requests().is_empty());
}

#[test]
fn news_that_cannot_be_read_is_an_error() {
    let sandbox = Sandbox::strict();
    let (_folder, file, _) = asked(&sandbox);
    sandbox.run(&["continue", &file, "--redirect", "hello", "--json"]).exits(1).error();
}
