//! A session by lines of JSON, as another language has it: each line, each answer, and what does not fit.

use reconnect_core::{Account, Instance, Outcome, Recovery, Timestamp};
use reconnect_embed::Drive;
use serde_json::{Value, json};

const LOGIN: &str = "5e115eac-45c1-4d2b-9bf8-08d3f4a2d4a1";

struct Lines {
    drive: Drive,
    now: u64,
}

impl Lines {
    fn enter(op: &str, more: &Value) -> Self {
        let mut lines = Self { drive: Drive::default(), now: 1_000_000 };
        assert_eq!(lines.say(op, more), json!({ "ok": true }), "{op} {more}");
        lines
    }

    /// Says a line with the time in it.
    fn say(&mut self, op: &str, more: &Value) -> Value {
        let mut line = json!({ "op": op, "now": self.now });
        for (key, value) in more.as_object().into_iter().flatten() {
            line[key] = value.clone();
        }
        let said = self.drive.apply(&line.to_string()).expect("it is JSON and has an op");
        serde_json::from_str(&said).expect("an answer is JSON")
    }

    fn poll(&mut self) -> Value {
        self.say("poll", &json!({}))
    }

    /// Polls for a request of this path and answers it.
    fn serve(&mut self, path: &str, status: u16, body: &Value) -> Value {
        let sent = self.poll();
        assert_eq!(sent["action"], "send", "{sent}");
        let url = sent["url"].as_str().expect("what is sent has a URL");
        assert!(url.contains(path), "{url} has no {path}");
        let headers = json!([["retry-after", "3"]]);
        let reply = json!({ "id": sent["id"], "status": status, "headers": headers, "body": body.to_string() });
        assert_eq!(self.say("receive", &reply), json!({ "heard": "took" }), "{path}");
        sent
    }

    fn fault(&mut self, fault: &str, reached: &str) {
        let sent = self.poll();
        let told = json!({ "id": sent["id"], "fault": fault, "reached": reached });
        assert_eq!(self.say("receive", &told), json!({ "heard": "took" }), "{sent} {fault} {reached}");
    }

    fn outcome(&mut self) -> Value {
        self.say("outcome", &json!({}))["outcome"].clone()
    }
}

fn place() -> Value {
    json!({ "apiUrl": "https://api.example", "widgetUrl": "https://widget.example/", "customerId": "c-1" })
}

/// A refresh whose answers may be given by lines.
fn refresh(keep: &Value) -> Lines {
    let policy = json!({ "mfa": "widgetOrApi" });
    Lines::enter("refresh", &json!({ "loginId": LOGIN, "keep": keep, "policy": policy, "instance": place() }))
}

fn asks() -> Value {
    let question = json!({ "Type": "QuestionAndAnswer", "Prompt": "Which shape?" });
    json!({ "HttpStatusCode": 203, "RequestId": "r-1", "Institution": "Bank", "SecurityChallenges": [question] })
}

fn token() -> Value {
    json!({ "HttpStatusCode": 200, "Token": "t-1" })
}

/// A refresh whose user has been asked.
fn asked(keep: &Value) -> Lines {
    let mut lines = refresh(keep);
    lines.serve("/GenerateAuthorizeToken", 200, &token());
    lines.serve("/Authorize", 203, &asks());
    lines
}

#[test]
fn a_refresh_whose_user_answers_by_a_line() {
    let mut lines = asked(&json!(["a-1", "a-2"]));
    let ask = lines.poll();
    assert_eq!(ask["action"], "ask");
    assert_eq!(ask["requestId"], "r-1");
    assert_eq!(ask["wrong"], false);
    assert_eq!(ask["challenges"], json!([{ "type": "QuestionAndAnswer", "prompt": "Which shape?", "choices": [] }]));
    assert!(ask["connectUrl"].as_str().unwrap().starts_with("https://widget.example/"));
    assert!(ask["deadline"]["at"].as_u64().unwrap() > lines.now);
    assert_eq!(lines.say("answer", &json!({ "answers": { "Which shape?": ["round"] } })), json!({ "heard": "took" }));

    let account = json!({ "Id": "a-1", "Title": "Chequing", "Currency": "CAD", "AccountNumber": "12",
        "Balance": { "Current": 10.50, "Available": null, "Limit": null }, "Transactions": [{ "Id": "t-1" }] });
    let login = json!({ "Id": LOGIN, "LastRefresh": "2024-10-10T12:00:00" });
    let yes = json!({ "HttpStatusCode": 200, "RequestId": "r-1", "Login": login });
    let sent = lines.serve("/Authorize", 200, &yes);
    assert!(sent["body"].as_str().unwrap().contains("round"));
    assert_eq!(sent["once"], true);
    let data = json!({ "HttpStatusCode": 200, "RequestId": "r-1", "Login": login, "Institution": "Bank",
        "Accounts": [account, { "Id": "a-3" }] });
    lines.serve("/GetAccountsDetail", 200, &data);
    assert_eq!(lines.poll(), json!({ "action": "done" }));

    // Twice: the accounts are told again.
    for _ in 0..2 {
        let outcome = lines.outcome();
        assert_eq!((&outcome["result"], &outcome["requestId"]), (&json!("done"), &json!("r-1")));
        assert_eq!((&outcome["missing"], &outcome["leftOut"]), (&json!(["a-2"]), &json!(1)));
        let kept = &outcome["kept"][0];
        assert_eq!(
            (&kept["id"], &kept["title"], &kept["transactions"]),
            (&json!("a-1"), &json!("Chequing"), &json!(1))
        );
        assert_eq!(kept["balance"], json!({ "current": "10.5", "available": null, "limit": null }));
    }
}

#[test]
fn a_resumed_session_and_what_is_told_to_it() {
    let known = json!({ "loginId": LOGIN, "lastSent": 999_000, "institution": "Bank", "language": "fr", "other": 1 });
    let resume = json!({ "requestId": "r-1", "known": known, "keep": null, "instance": place() });
    let mut lines = Lines::enter("resume", &resume);
    let ask = lines.poll();
    assert_eq!((&ask["action"], &ask["challenges"]), (&json!("ask"), &json!([])));
    assert_eq!(lines.outcome(), Value::Null);

    assert_eq!(lines.say("open", &json!({})), json!({ "heard": "took" }));
    let mint = lines.poll();
    assert_eq!(lines.say("lost", &json!({ "id": mint["id"] })), json!({ "heard": "took" }));
    assert_eq!(lines.poll()["action"], "wait");

    let heard = |lines: &mut Lines, op: &str, more: Value| lines.say(op, &more)["heard"].clone();
    let foreign = json!({ "news": "https://a.example/?loginId=another" });
    assert_eq!(heard(&mut lines, "returned", foreign), "notOurs");
    assert_eq!(heard(&mut lines, "returned", json!({ "news": 7 })), "notOurs");
    for nobodys in ["{}", "no JSON", r#"{"HttpStatusCode":200,"Accounts":[]}"#] {
        assert_eq!(heard(&mut lines, "delivered", json!({ "body": nobodys })), "notOurs", "{nobodys}");
    }
    let ours = json!({ "HttpStatusCode": 200, "RequestId": "r-1", "Accounts": [], "Login": { "Id": LOGIN } });
    assert_eq!(heard(&mut lines, "delivered", json!({ "body": ours.to_string() })), "took");
    let late = json!({ "id": 99, "status": 200, "body": "{}" });
    assert_eq!(heard(&mut lines, "receive", late), "notOurs");

    let snapshot = lines.say("snapshot", &json!({}))["snapshot"].clone();
    let mut restored = Lines::enter("restore", &json!({ "snapshot": snapshot, "instance": place() }));
    assert_eq!(restored.say("snapshot", &json!({}))["snapshot"], snapshot);
    let elsewhere = json!({ "apiUrl": "https://b.example", "widgetUrl": "https://b.example/", "customerId": "c-2" });
    let misuse = restored.say("restore", &json!({ "snapshot": snapshot, "instance": elsewhere }));
    assert_eq!(misuse["misuse"]["code"], "otherInstance");

    assert_eq!(heard(&mut lines, "cancel", json!({})), "took");
    assert_eq!(lines.poll(), json!({ "action": "done" }));
    assert_eq!(lines.outcome()["error"]["message"], "the session was cancelled");
}

#[test]
fn what_the_network_did_is_a_field() {
    for (fault, reached) in [("timeout", "no"), ("connect", "no"), ("garbled", "maybe")] {
        let mut lines = refresh(&Value::Null);
        lines.fault(fault, reached);
        assert_eq!(lines.poll()["action"], "wait", "{fault}: a mint is repeated");
    }
    let mut lines = refresh(&Value::Null);
    lines.fault("tooLarge", "maybe");
    assert_eq!(lines.outcome()["error"]["message"], "a reply was larger than the limit");
}

#[test]
fn each_way_out_has_its_word() {
    let cases = [
        (401, "INVALID_LOGIN", "startOver"),
        (400, "INVALID_REQUEST", "fixTheSetup"),
        (403, "CONCURRENT_SESSION", "tryLater"),
        (401, "UNAUTHORIZED", "actAtTheBank"),
    ];
    let mut words = Vec::new();
    for (status, code, word) in cases {
        let mut lines = refresh(&Value::Null);
        lines.serve("/GenerateAuthorizeToken", 200, &token());
        lines.serve("/Authorize", status, &json!({ "HttpStatusCode": status, "FlinksCode": code }));
        let outcome = lines.outcome();
        words.push((code, outcome["result"].clone(), word));
        assert_eq!(outcome["loginId"], LOGIN);
        assert_eq!(outcome["error"]["code"], code);
        assert_eq!(outcome["error"]["status"], status);
        let anew = outcome["result"] == "startOver" || outcome["result"] == "actAtTheBank";
        assert_eq!(outcome["connectUrl"].is_string(), anew);
        assert_eq!(outcome["error"]["retryAfterMs"].is_u64(), outcome["result"] == "tryLater");
    }
    for (code, is, word) in &words {
        assert_eq!(is, word, "{code}: {words:?}");
    }
    let not_before = Timestamp::from_millis(1);
    let all = [
        (Recovery::TryLater { not_before }, "tryLater"),
        (Recovery::StartOver, "startOver"),
        (Recovery::AskTheUser, "askTheUser"),
        (Recovery::ActAtTheBank, "actAtTheBank"),
        (Recovery::FixTheSetup, "fixTheSetup"),
    ];
    for (recovery, word) in all {
        assert_eq!(recovery.advice().as_str(), word);
    }
}

/// What `reconnect` prints is written by the same hand.
#[test]
fn the_parts_of_a_line_alone() {
    let mut lines = asked(&Value::Null);
    let now = Timestamp::from_millis(lines.now);
    let instance = Instance::at("https://api.example", "https://widget.example/", "c-1").unwrap();
    let prompt = lines.drive.session("").unwrap().prompt(now).unwrap();
    let mut ask = lines.poll();
    ask.as_object_mut().unwrap().remove("action");
    assert_eq!(reconnect_embed::ask(&prompt, &instance), ask);

    lines.say("cancel", &json!({}));
    let session = lines.drive.session("").unwrap().clone();
    let outcome = lines.outcome();
    assert_eq!(reconnect_embed::outcome(&session, &[], &instance, now), outcome);
    let Some(Outcome::Failed(failure)) = session.outcome() else { panic!("it was cancelled") };
    assert_eq!(reconnect_embed::error(failure, now), outcome["error"]);

    let account = Account::new("a-1".parse().unwrap());
    let written = reconnect_embed::account(&account);
    assert_eq!((&written["id"], &written["title"], &written["transactions"]), (&json!("a-1"), &Value::Null, &json!(0)));
}

#[test]
fn text_in_any_escape() {
    let line = |institution: &str| {
        let known = format!(r#"{{"institution":"{institution}"}}"#);
        format!(r#"{{"op":"resume","now":1,"requestId":"r-1","known":{known},"instance":{}}}"#, place())
    };
    let cases = [(r"\ud83d\ude00", "😀"), (r"\u00e9", "é"), (r"a\/\\b", "a/\\b"), (r"\f\b\t\n\r", "\u{c}\u{8}\t\n\r")];
    for (escaped, text) in cases {
        let mut drive = Drive::default();
        assert_eq!(drive.apply(&line(escaped)).unwrap(), r#"{"ok":true}"#, "{escaped}");
        let said: Value = serde_json::from_str(&drive.apply(r#"{"op":"snapshot"}"#).unwrap()).unwrap();
        assert_eq!(said["snapshot"]["institution"], text, "{escaped}: {said}");
    }
    for wrong in [r"\ud83d\u0041", r"\ud83d", r"\udc00", r"\u12g4", r"\x"] {
        let said = Drive::default().apply(&line(wrong));
        assert!(said.is_err() || said.unwrap().contains("misuse"), "{wrong}");
    }
}

/// A later version writes more fields, and what is stored may be anything at all.
#[test]
fn a_snapshot_with_other_fields() {
    let policy = json!({ "tries": 5, "mfa": "widgetOrApi", "mode": "async", "new": [1] });
    let known = json!({ "loginId": LOGIN, "lastSent": 999_000, "institution": "Bank", "language": "fr" });
    let start = json!({ "loginId": LOGIN, "known": known, "keep": ["a-1"], "policy": policy, "instance": place() });
    let mut stored = Vec::new();
    let mut lines = Lines::enter("refresh", &start);
    for step in 0..4 {
        stored.push(lines.say("snapshot", &json!({}))["snapshot"].clone());
        let sent = lines.poll();
        stored.push(lines.say("snapshot", &json!({}))["snapshot"].clone());
        let body = if step == 0 { token() } else { asks() };
        let status = if step == 0 { 200 } else { 203 };
        if sent["action"] == "send" {
            lines.say("receive", &json!({ "id": sent["id"], "status": status, "body": body.to_string() }));
        }
    }
    lines.say("cancel", &json!({}));
    stored.push(lines.say("snapshot", &json!({}))["snapshot"].clone());
    for snapshot in stored {
        let restored = |from: &Value| {
            let mut lines = Lines { drive: Drive::default(), now: 1_000_000 };
            let said = lines.say("restore", &json!({ "snapshot": from, "instance": place() }));
            said["ok"].is_boolean().then(|| lines.say("snapshot", &json!({}))["snapshot"].clone())
        };
        let mut more = snapshot.clone();
        let mut places = Vec::new();
        each(&mut more, "", &mut |path, value| {
            places.push(path.to_owned());
            if let Some(fields) = value.as_object_mut() {
                fields.insert("new".to_owned(), json!([{ "x": "y" }]));
            }
        });
        assert_eq!(restored(&more).as_ref(), Some(&snapshot));
        // Another value in each place is refused or taken, and what was taken is kept as it was taken.
        for path in places.iter().filter(|path| !path.is_empty()) {
            for other in [json!(7), json!("x"), json!([7]), json!({ "at": "x" }), json!(true), Value::Null] {
                let mut broken = snapshot.clone();
                *broken.pointer_mut(path).unwrap() = other.clone();
                if let Some(taken) = restored(&broken) {
                    assert_eq!(restored(&taken).as_ref(), Some(&taken), "{path} {other}");
                }
            }
        }
    }
}

/// Every value below, with its place.
fn each(value: &mut Value, path: &str, see: &mut impl FnMut(&str, &mut Value)) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                each(value, &format!("{path}/{name}"), see);
            }
        }
        Value::Array(values) => {
            for (at, value) in values.iter_mut().enumerate() {
                each(value, &format!("{path}/{at}"), see);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    see(path, value);
}

/// The outcome has a word for a hint that says nothing new, and for one that comes too late.
#[test]
fn what_was_heard_has_a_word() {
    let mut lines = asked(&Value::Null);
    let news = json!({ "news": format!("https://app.example/?loginId={LOGIN}&requestId=r-1") });
    assert_eq!(lines.say("returned", &news), json!({ "heard": "took" }));
    assert_eq!(lines.say("returned", &news), json!({ "heard": "knew" }));
    lines.say("cancel", &json!({}));
    assert_eq!(lines.say("returned", &news), json!({ "heard": "late" }));
}

#[test]
fn what_does_not_fit_changes_nothing() {
    let mut lines = Lines { drive: Drive::default(), now: 0 };
    for op in ["poll", "open", "cancel", "snapshot", "outcome"] {
        assert!(lines.say(op, &json!({}))["misuse"]["message"].is_string(), "{op} before a session");
    }
    let mut lines = asked(&Value::Null);
    let before = lines.say("snapshot", &json!({}));
    let invalid_instance = ("invalidInstance", Some("instance"));
    let agent = json!({ "name": "toolbox", "customerId": "c", "agent": "two words/1" });
    let unfit = [
        ("dance", json!({}), ("unknownOp", None)),
        ("dance", json!({ "now": null }), ("invalidField", Some("now"))),
        ("poll", json!({ "now": -1 }), ("invalidField", Some("now"))),
        ("poll", json!({ "now": 1.5 }), ("invalidField", Some("now"))),
        ("lost", json!({ "id": "one" }), ("invalidField", Some("id"))),
        ("maySend", json!({}), ("invalidField", Some("id"))),
        ("accounts", json!({ "index": -1 }), ("invalidField", Some("index"))),
        ("receive", json!({ "id": 1 }), ("invalidField", Some("status"))),
        ("receive", json!({ "id": 1, "status": 0 }), ("invalidField", Some("status"))),
        ("receive", json!({ "id": 1, "fault": "bored" }), ("invalidField", Some("fault"))),
        ("receive", json!({ "id": 1, "fault": "timeout", "reached": "yes" }), ("invalidField", Some("reached"))),
        ("receive", json!({ "id": 1, "status": 200, "headers": [["name"]] }), ("invalidField", Some("headers"))),
        ("answer", json!({ "answers": { "Another question?": ["x"] } }), ("otherPrompt", None)),
        ("answer", json!({ "answers": { "Which shape?": [""] } }), ("emptyAnswer", None)),
        ("returned", json!({}), ("invalidField", Some("news"))),
        ("resumeClaimed", json!({ "watch": {}, "instance": place() }), ("invalidField", Some("watch"))),
        ("resumeClaimed", json!({ "watch": { "version": 1 }, "instance": place() }), ("nothingToResume", None)),
        ("restore", json!({ "snapshot": {}, "instance": place() }), ("brokenSnapshot", Some("snapshot"))),
        ("restore", json!({ "snapshot": { "version": 9 }, "instance": place() }), ("otherVersion", Some("snapshot"))),
        ("refresh", json!({ "loginId": "", "instance": place() }), ("invalidField", Some("loginId"))),
        ("refresh", json!({ "loginId": LOGIN, "instance": { "customerId": 7 } }), ("invalidField", Some("customerId"))),
        (
            "refresh",
            json!({ "loginId": LOGIN, "instance": { "name": "no such", "customerId": "c" } }),
            invalid_instance,
        ),
        ("refresh", json!({ "loginId": LOGIN, "instance": agent }), invalid_instance),
        ("refresh", json!({ "session": 7, "loginId": LOGIN, "instance": place() }), ("invalidField", Some("session"))),
        ("close", json!({ "session": "nobody" }), ("noSession", None)),
        ("poll", json!({ "session": "nobody" }), ("noSession", None)),
    ];
    for (op, more, wrong) in unfit {
        let said = lines.say(op, &more);
        let (code, field) = (&said["misuse"]["code"], &said["misuse"]["field"]);
        assert_eq!((code.as_str(), field.as_str()), (Some(wrong.0), wrong.1), "{op} {more}: {said}");
    }
    assert_eq!(lines.say("snapshot", &json!({})), before);
    for line in ["", "{", "[]", "{}", r#"{"op":7}"#] {
        assert!(lines.drive.apply(line).is_err(), "{line}");
    }
}

/// The contract names each op, and each key that is printed.
#[test]
fn each_op_and_each_key_is_in_the_contract() {
    let contract = include_str!("../../../../docs/reference/cli.md");
    for op in [
        "refresh",
        "resume",
        "resumeClaimed",
        "restore",
        "poll",
        "receive",
        "answer",
        "returned",
        "delivered",
        "open",
        "shown",
        "confirm",
        "lost",
        "cancel",
        "snapshot",
        "outcome",
        "look",
        "accounts",
        "maySend",
        "close",
        "call",
        "callReply",
    ] {
        assert!(contract.contains(&format!("{{\"op\":\"{op}\"")), "{op}");
        let said = Lines { drive: Drive::default(), now: 0 }.say(op, &json!({}));
        assert!(said["misuse"]["message"].is_string(), "{op} is known: {said}");
    }
    let mut asks = asked(&json!(["a-1"]));
    let ask = asks.poll();
    asks.say("cancel", &json!({}));
    let failed = asks.outcome();
    let (mut done, _) = claimed(&json!({ "a": 1 }));
    done.say("confirm", &json!({ "loginId": LOGIN }));
    let done = done.outcome();
    let look = asks.say("look", &json!({}))["look"].clone();
    let misuse = asks.say("dance", &json!({}))["misuse"].clone();
    for object in [&ask, &failed, &failed["error"], &done, &done["kept"][0], &look, &misuse] {
        for key in object.as_object().expect("an object").keys() {
            assert!(contract.contains(&format!("\"{key}\"")) || contract.contains(&format!("`{key}`")), "{key}");
        }
    }
}

/// A refresh that is done, with an account of which every field is known.
fn done() -> Lines {
    let mut lines = refresh(&Value::Null);
    lines.serve("/GenerateAuthorizeToken", 200, &token());
    lines.serve("/Authorize", 200, &json!({ "HttpStatusCode": 200, "RequestId": "r-1", "Login": { "Id": LOGIN } }));
    let address = json!({ "CivicAddress": "1 Rue", "City": "Montreal", "Province": "QC", "PostalCode": "H1A", "POBox": "7",
        "Country": "CA" });
    let holder = json!({ "Name": "N", "Email": "e@x", "PhoneNumber": "5", "Address": address });
    let posted =
        json!({ "Id": "t-1", "Date": "2024/10/10", "Description": "a\u{2028}b", "Debit": 1.10, "Balance": "2.20" });
    let odd = json!({ "Id": "t-2", "Date": "some day", "Credit": 3 });
    let whole = json!({ "Id": "a-1", "Title": "Chequing", "AccountNumber": "12", "TransitNumber": "001",
        "InstitutionNumber": "002", "LastFourDigits": "0012", "OverdraftLimit": 100, "Category": "Operations",
        "Balance": { "Current": 10.50, "Available": 9, "Limit": null }, "Type": "Chequing", "Currency": "CAD",
        "AccountType": "Personal", "Holder": holder, "Transactions": [posted, odd], "EftEligibleRatio": 0.5,
        "ETransferEligibleRatio": 1, "New": { "x": [1] } });
    let data = json!({ "HttpStatusCode": 200, "RequestId": "r-1", "Login": { "Id": LOGIN },
        "Accounts": [whole, { "Id": "a-2" }] });
    lines.serve("/GetAccountsDetail", 200, &data);
    assert_eq!(lines.poll(), json!({ "action": "done" }));
    lines
}

#[test]
fn an_account_leaves_with_all_that_it_has() {
    let mut lines = done();
    let said = lines.drive.apply(r#"{"op":"accounts"}"#).expect("a line");
    assert!(!said.contains('\u{2028}'), "it is one line for every reader of lines");
    let said: Value = serde_json::from_str(&said).expect("JSON");
    let account = json!({ "id": "a-1", "title": "Chequing", "accountNumber": "12", "transitNumber": "001",
        "institutionNumber": "002", "lastFourDigits": "0012", "overdraftLimit": "100",
        "balance": { "available": "9", "current": "10.5", "limit": null }, "category": "Operations", "type": "Chequing",
        "currency": "CAD", "accountType": "Personal",
        "holder": { "name": "N", "email": "e@x", "phoneNumber": "5", "address": { "civicAddress": "1 Rue",
            "city": "Montreal", "province": "QC", "postalCode": "H1A", "poBox": "7", "country": "CA" } },
        "transactions": [
            { "id": "t-1", "date": "2024-10-10", "dateText": null, "description": "a\u{2028}b", "debit": "1.1",
                "credit": null, "balance": "2.20" },
            { "id": "t-2", "date": null, "dateText": "some day", "description": null, "debit": null, "credit": "3",
                "balance": null },
        ],
        "unreadTransactions": false, "eftEligibleRatio": "0.5", "eTransferEligibleRatio": "1",
        "other": { "New": r#"{"x":[1]}"# } });
    assert_eq!(said, json!({ "account": account, "index": 0, "count": 2 }));
    let second = lines.say("accounts", &json!({ "index": 1 }));
    assert_eq!((&second["account"]["id"], &second["account"]["transactions"]), (&json!("a-2"), &json!([])));
    let after = lines.say("accounts", &json!({ "index": 2 }));
    assert_eq!(after, json!({ "account": null, "index": 2, "count": 2 }));
    // Every key is in the contract.
    let contract = include_str!("../../../../docs/reference/cli.md");
    let (holder, posted) = (&account["holder"], &account["transactions"][0]);
    for object in [&account, holder, &holder["address"], posted, &account["balance"], &after] {
        for key in object.as_object().expect("an object").keys() {
            assert!(contract.contains(&format!("`{key}`")), "{key}");
        }
    }
}

#[test]
fn accounts_that_are_withheld_do_not_leave() {
    let (mut lines, _) = claimed(&Value::Null);
    assert_eq!(lines.say("accounts", &json!({}))["count"], 0);
    lines.say("confirm", &json!({ "loginId": LOGIN }));
    assert_eq!(lines.say("accounts", &json!({}))["account"]["title"], "Chequing");
}

#[test]
fn a_request_that_was_held_up_may_not_be_sent() {
    let mut lines = refresh(&Value::Null);
    let mint = lines.poll();
    let limit = mint["limitMs"].as_u64().expect("a limit");
    let (id, began) = (json!({ "id": mint["id"] }), lines.now);
    lines.now = began + limit - 1;
    assert_eq!(lines.say("maySend", &id), json!({ "maySend": true }));
    lines.now = began + limit;
    assert_eq!(lines.say("maySend", &id), json!({ "maySend": false }));
    // The session knows that it was not sent, and tries again.
    assert_eq!(lines.say("look", &json!({}))["look"]["deadline"]["why"], "retry");
    assert_eq!(lines.say("maySend", &id), json!({ "maySend": false }));
    assert_eq!(lines.say("maySend", &json!({ "id": 99 })), json!({ "maySend": false }));
}

#[test]
fn a_look_says_where_a_session_is_and_changes_nothing() {
    let mut lines = asked(&json!(["a-1"]));
    let before = lines.say("snapshot", &json!({}));
    let look = lines.say("look", &json!({}))["look"].clone();
    assert_eq!((&look["stage"], &look["loginId"], &look["keep"]), (&json!("asking"), &json!(LOGIN), &json!(["a-1"])));
    assert_eq!(
        (&look["requestIds"], &look["withholds"], &look["open"]),
        (&json!(["r-1"]), &json!(false), &json!(true))
    );
    assert_eq!(look["deadline"], lines.poll()["deadline"]);
    assert_eq!(look["revision"], before["snapshot"]["revision"]);
    assert_eq!(lines.say("snapshot", &json!({})), before);
    let look = done().say("look", &json!({}))["look"].clone();
    assert_eq!((&look["stage"], &look["deadline"], &look["keep"]), (&json!("done"), &Value::Null, &Value::Null));
}

#[test]
fn one_drive_has_many_sessions_by_name() {
    let mut lines = asked(&Value::Null);
    let named = |name: &str| json!({ "session": name });
    let other = json!({ "session": "other", "requestId": "r-2", "instance": place() });
    assert_eq!(lines.say("resume", &other), json!({ "ok": true }));
    assert_eq!(lines.poll()["action"], "ask");
    assert_eq!(lines.say("poll", &named("other"))["action"], "send");
    assert_eq!(lines.say("look", &named("other"))["look"]["requestIds"], json!(["r-2"]));
    assert_eq!(lines.say("look", &json!({}))["look"]["requestIds"], json!(["r-1"]));
    assert_eq!(lines.say("close", &named("other")), json!({ "ok": true }));
    assert_eq!(lines.say("poll", &named("other"))["misuse"]["code"], "noSession");
    let long = json!({ "session": "n".repeat(129), "requestId": "r-2", "instance": place() });
    assert_eq!(lines.say("resume", &long)["misuse"]["code"], "tooManySessions");
    assert_eq!(lines.poll()["action"], "ask");
}

#[test]
fn the_programs_name_follows_the_librarys() {
    let mut instance = place();
    instance["agent"] = "my-app/1.0".into();
    let mut lines = Lines::enter("refresh", &json!({ "loginId": LOGIN, "instance": instance }));
    let headers = lines.poll()["headers"].clone();
    let agent = headers.as_array().expect("a list").iter().find(|header| header[0] == "user-agent").expect("one");
    let agent = agent[1].as_str().expect("text");
    assert!(agent.starts_with("reconnect/") && agent.ends_with(" my-app/1.0"), "{agent}");
}

#[test]
fn an_endpoint_outside_a_session_is_called_by_its_name() {
    let mut lines = Lines { drive: Drive::default(), now: 1_000_000 };
    let call = |more: Value| {
        let mut line = json!({ "name": "DeleteCard", "fields": { "loginId": LOGIN }, "instance": place() });
        more.as_object().into_iter().flatten().for_each(|(key, value)| line[key] = value.clone());
        line
    };
    let sent = lines.say("call", &call(json!({})));
    assert_eq!((&sent["action"], &sent["method"], &sent["id"]), (&json!("send"), &json!("DELETE"), &json!(0)));
    assert!(sent["headers"].to_string().contains("{{apiKey}}"), "{sent}");
    let deleted =
        lines.say("callReply", &call(json!({ "status": 200, "headers": [], "body": r#"{"StatusCode":200}"# })));
    assert_eq!(deleted, json!({ "answer": { "deleted": true } }));
    let in_use = json!({ "HttpStatusCode": 400, "FlinksCode": "CARD_IN_USE" }).to_string();
    let refused =
        lines.say("callReply", &call(json!({ "status": 400, "headers": [], "body": in_use })))["error"].clone();
    assert_eq!((&refused["code"], &refused["status"]), (&json!("CARD_IN_USE"), &json!(400)));
    assert_eq!((&refused["recovery"], &refused["retryAfterMs"]), (&json!("tryLater"), &Value::Null));
    let page = json!({ "status": 503, "headers": [["retry-after", "7"]], "body": "<html>" });
    assert_eq!(lines.say("callReply", &call(page))["error"]["retryAfterMs"], 7_000);
    let fault = lines.say("callReply", &call(json!({ "fault": "timeout", "reached": "maybe" })));
    assert_eq!((&fault["error"]["fault"], &fault["error"]["status"]), (&json!("timeout"), &Value::Null));
    for (more, field) in [
        (json!({ "name": "Dance" }), "name"),
        (json!({ "fields": {} }), "loginId"),
        (json!({ "fields": { "loginId": "" } }), "loginId"),
    ] {
        let misuse = lines.say("call", &call(more))["misuse"].clone();
        assert_eq!((&misuse["code"], &misuse["field"]), (&json!("invalidCall"), &json!(field)));
    }
}

/// An interrupted first connection that is refreshed: its lines, and its outcome.
fn claimed(more: &Value) -> (Lines, Value) {
    let watch = json!({ "version": 1, "request": "r-1", "heard": 999_000, "institution": "Bank", "x": more });
    let mut lines = Lines::enter("resumeClaimed", &json!({ "watch": watch, "instance": place() }));
    assert_eq!(lines.poll()["action"], "ask");
    let news = json!({ "news": { "step": "REDIRECT", "requestId": "r-1" } });
    assert_eq!(lines.say("returned", &news), json!({ "heard": "took" }));
    let data = json!({ "HttpStatusCode": 200, "RequestId": "r-1", "Login": { "Id": LOGIN }, "Institution": "Bank",
        "Accounts": [{ "Id": "a-1", "Title": "Chequing", "Balance": { "Current": "odd" } }] });
    lines.serve("/GetAccountsDetail", 200, &data);
    let outcome = lines.outcome();
    (lines, outcome)
}

#[test]
fn a_claimed_session_hands_nothing_over_until_it_is_confirmed() {
    let (mut lines, before) = claimed(&Value::Null);
    assert_eq!(
        (&before["result"], &before["confirmed"], &before["loginId"]),
        (&json!("done"), &json!(false), &json!(LOGIN))
    );
    assert!(!before.to_string().contains("Chequing"), "{before}");
    assert_eq!(lines.say("confirm", &json!({ "loginId": "another" })), json!({ "heard": "notOurs" }));
    assert_eq!(lines.outcome(), before);
    assert_eq!(lines.say("confirm", &json!({ "loginId": LOGIN })), json!({ "heard": "took" }));
    assert_eq!(lines.say("confirm", &json!({ "loginId": LOGIN })), json!({ "heard": "knew" }));
    let after = lines.outcome();
    assert_eq!((&after["confirmed"], &after["kept"][0]["title"]), (&json!(true), &json!("Chequing")));
    assert_eq!((&after["unread"], &after["unreadCount"]), (&json!(["Accounts[0].Balance.Current"]), &json!(1)));
    assert!(lines.say("confirm", &json!({}))["misuse"]["message"].is_string());

    for watch in [json!({ "version": 1 }), json!({}), json!("r-1"), json!({ "version": 1, "institution": "Bank" })] {
        let mut lines = Lines { drive: Drive::default(), now: 1_000_000 };
        let said = lines.say("resumeClaimed", &json!({ "watch": watch, "instance": place() }));
        assert!(said["misuse"]["message"].is_string(), "{watch}: {said}");
        assert!(lines.drive.session("").is_none());
    }
}

#[test]
fn an_answer_needs_its_prompts_number_and_a_prompt_that_no_page_shows() {
    let mut lines = asked(&Value::Null);
    let number = lines.poll()["number"].as_u64().expect("a number");
    let answer = |number: Value| json!({ "answers": { "Which shape?": ["round"] }, "number": number });
    for other in [number - 1, number + 1] {
        assert!(lines.say("answer", &answer(json!(other)))["misuse"]["message"].is_string(), "{other}");
    }
    assert_eq!(lines.say("shown", &json!({})), json!({ "heard": "took" }));
    assert_eq!(lines.poll()["shown"], true);
    for number in [json!(number), Value::Null] {
        assert!(lines.say("answer", &answer(number))["misuse"]["message"].is_string());
    }
    let mut lines = asked(&Value::Null);
    assert_eq!(lines.say("answer", &answer(json!(number))), json!({ "heard": "took" }));
    assert!(lines.poll()["body"].as_str().is_some_and(|body| body.contains("round")));
    assert_eq!(asked(&Value::Null).say("answer", &answer(Value::Null)), json!({ "heard": "took" }));
}

#[test]
fn a_second_showing_has_a_deadline() {
    let mut lines = asked(&Value::Null);
    assert_eq!(lines.say("open", &json!({})), json!({ "heard": "took" }));
    lines.serve("/GenerateAuthorizeToken", 200, &json!({ "HttpStatusCode": 200, "Token": "t-2" }));
    let first = lines.poll();
    assert!(first["connectUrl"].as_str().is_some_and(|url| url.contains("t-2")));
    lines.now += 9_999;
    lines.say("open", &json!({}));
    let spent = lines.poll();
    assert_eq!((&spent["action"], &spent["opensAgain"]), (&json!("ask"), &json!(1_010_000)));
    assert!(spent["connectUrl"].as_str().is_some_and(|url| !url.contains("authorizeToken")), "{spent}");
    lines.now += 1;
    lines.say("open", &json!({}));
    assert_eq!(lines.poll()["action"], "send", "a fresh token");
}

#[test]
fn the_callers_tag_is_sent_and_its_key_is_only_kept() {
    let known = json!({ "tag": "t-7", "key": "row-1" });
    let begin = json!({ "loginId": LOGIN, "known": known, "keep": null, "instance": place() });
    let mut lines = Lines::enter("refresh", &begin);
    lines.serve("/GenerateAuthorizeToken", 200, &token());
    let live = lines.serve("/Authorize", 203, &asks());
    assert!(live["body"].as_str().is_some_and(|body| body.contains("t-7") && !body.contains("row-1")), "{live}");
    assert!(lines.poll()["connectUrl"].as_str().is_some_and(|url| url.contains("t-7") && !url.contains("row-1")));
    let snapshot = lines.say("snapshot", &json!({}))["snapshot"].to_string();
    assert!(snapshot.contains("row-1"), "{snapshot}");
}

/// An answer that comes during a look is kept, and is sent if the service still asks (decision 58).
#[test]
fn an_answer_during_a_look_is_sent_if_the_bank_still_asks() {
    let looks = |restored: bool| {
        let mut lines = asked(&Value::Null);
        let number = lines.poll()["number"].clone();
        let news = json!({ "news": { "step": "REDIRECT", "requestId": "r-1" } });
        assert_eq!(lines.say("returned", &news), json!({ "heard": "took" }));
        let look = lines.poll();
        assert!(look["url"].as_str().is_some_and(|url| url.contains("/GetAccountsDetail")), "{look}");
        if restored {
            // Another process loads the row.
            let snapshot = lines.say("snapshot", &json!({}))["snapshot"].clone();
            let now = lines.now;
            lines = Lines { drive: Drive::default(), now };
            let restore = json!({ "snapshot": snapshot, "instance": place() });
            assert_eq!(lines.say("restore", &restore), json!({ "ok": true }));
        }
        (lines, look["id"].clone(), number)
    };
    let answer = |number: &Value| json!({ "answers": { "Which shape?": ["round"] }, "number": number });
    for restored in [false, true] {
        for numbered in [false, true] {
            let (mut lines, look, number) = looks(restored);
            let other = json!(number.as_u64().expect("a number") + 1);
            assert!(lines.say("answer", &answer(&other))["misuse"]["message"].is_string(), "for another prompt");
            let empty = json!({ "answers": { "Which shape?": [""] } });
            assert!(lines.say("answer", &empty)["misuse"]["message"].is_string(), "it would be refused later");
            let number = if numbered { number } else { Value::Null };
            assert_eq!(lines.say("answer", &answer(&number)), json!({ "heard": "took" }), "{restored} {numbered}");
            assert!(lines.say("answer", &answer(&number))["misuse"]["message"].is_string(), "one is told already");
            assert_eq!(lines.poll()["action"], "wait", "the look is out");
            let not_yet = json!({ "HttpStatusCode": 401, "FlinksCode": "UNAUTHORIZED" }).to_string();
            let reply = json!({ "id": look, "status": 401, "body": not_yet });
            assert_eq!(lines.say("receive", &reply), json!({ "heard": "took" }));
            let mut sent = lines.poll();
            if sent["url"].as_str().is_some_and(|url| url.contains("/GenerateAuthorizeToken")) {
                let reply = json!({ "id": sent["id"], "status": 200, "body": token().to_string() });
                lines.say("receive", &reply);
                sent = lines.poll();
            }
            assert!(sent["body"].as_str().is_some_and(|body| body.contains("round")), "{restored} {numbered}: {sent}");
        }
    }
    // The user was through: the answer is not sent.
    let (mut lines, look, _) = looks(false);
    assert_eq!(lines.say("answer", &answer(&Value::Null)), json!({ "heard": "took" }));
    let data =
        json!({ "HttpStatusCode": 200, "RequestId": "r-1", "Login": { "Id": LOGIN }, "Accounts": [{ "Id": "a" }] });
    lines.say("receive", &json!({ "id": look, "status": 200, "body": data.to_string() }));
    assert_eq!(lines.poll(), json!({ "action": "done" }));
    assert!(lines.say("answer", &answer(&Value::Null))["misuse"]["message"].is_string(), "it asks nothing any more");
}

/// It is not known yet whose accounts they are, so not even their ids are shown.
#[test]
fn an_outcome_names_no_account_before_its_login_is_confirmed() {
    let watch = json!({ "version": 1, "request": "r-1", "heard": 999_000 });
    let begin = json!({ "watch": watch, "keep": ["a-theirs", "a-other"], "instance": place() });
    let mut lines = Lines::enter("resumeClaimed", &begin);
    let news = json!({ "news": { "step": "REDIRECT", "requestId": "r-1" } });
    lines.say("returned", &news);
    let data = json!({ "HttpStatusCode": 200, "RequestId": "r-1", "Login": { "Id": LOGIN },
        "Accounts": [{ "Id": "a-theirs" }, { "Id": "b" }] });
    lines.serve("/GetAccountsDetail", 200, &data);
    // In this process, and restored from its row.
    let snapshot = lines.say("snapshot", &json!({}))["snapshot"].clone();
    let restored = Lines::enter("restore", &json!({ "snapshot": snapshot, "instance": place() }));
    for mut lines in [lines, restored] {
        let before = lines.outcome();
        assert_eq!(
            (&before["confirmed"], &before["kept"], &before["missing"]),
            (&json!(false), &json!([]), &json!([]))
        );
        assert!(!before.to_string().contains("a-theirs"), "{before}");
        assert_eq!(lines.say("confirm", &json!({ "loginId": LOGIN })), json!({ "heard": "took" }));
        let after = lines.outcome();
        assert_eq!((&after["kept"][0]["id"], &after["missing"]), (&json!("a-theirs"), &json!(["a-other"])));
    }
}
