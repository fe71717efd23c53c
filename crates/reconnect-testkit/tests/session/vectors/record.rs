//! What is recorded: walks, each phase with each event, the replies of the documentation, and lines that do not fit.

use core::fmt::Write;
use reconnect_core::ChallengeKind;
use reconnect_embed::Drive;
use reconnect_testkit::{
    fixtures,
    walks::{ASKS, DATA, NOW, OK, PENDING, TOKEN, newer_phases, phases},
};
use serde_json::{Value, json};

/// A session by lines, and what was said so far.
#[derive(Clone)]
struct Recorder {
    drive: Drive,
    now: u64,
    steps: Vec<(String, String)>,
    /// The request that was handed out last.
    sent: Value,
}

impl Recorder {
    fn new() -> Self {
        Self { drive: Drive::default(), now: NOW.as_millis(), steps: Vec::new(), sent: Value::Null }
    }

    fn say(&mut self, op: &str, more: &Value) -> Value {
        let mut line = json!({ "op": op, "now": self.now });
        for (key, value) in more.as_object().into_iter().flatten() {
            line[key] = value.clone();
        }
        let told = line.to_string();
        let heard = self.drive.apply(&told).expect("it has an op");
        self.steps.push((told, heard.clone()));
        serde_json::from_str(&heard).expect("an answer is JSON")
    }

    /// Polls; waits if it has to.
    fn poll(&mut self) -> Value {
        let mut said = self.say("poll", &json!({}));
        if said["action"] == "wait" {
            self.now = said["until"].as_u64().expect("a moment");
            said = self.say("poll", &json!({}));
        }
        if said["action"] == "send" {
            self.sent.clone_from(&said["id"]);
        }
        said
    }

    /// Answers the request that comes next; `false` if there is none.
    fn serve(&mut self, reply: &Value) -> bool {
        let sends = self.poll()["action"] == "send";
        if sends {
            let mut told = reply.clone();
            told["id"].clone_from(&self.sent);
            self.say("receive", &told);
        }
        sends
    }

    /// All that can be asked of a session, as the end of a vector.
    fn look(mut self) -> Vec<(String, String)> {
        self.poll();
        for op in ["look", "outcome", "snapshot", "accounts"] {
            self.say(op, &json!({}));
        }
        self.steps
    }
}

fn place() -> Value {
    json!({ "name": "toolbox", "customerId": "c" })
}

fn reply(status: u16, body: &str) -> Value {
    json!({ "status": status, "headers": [], "body": body })
}

/// What may happen to a session in any phase: the op, and its fields. A reply is to the request that is under way.
fn events() -> Vec<(&'static str, &'static str, Value)> {
    let receive = |name, told: Value| (name, "receive", told);
    let code = |code: &str| format!(r#"{{"FlinksCode":"{code}"}}"#);
    let returned = |name, news: Value| (name, "returned", json!({ "news": news }));
    let waiting = json!({ "status": 429, "headers": [["Retry-After", "1200"]], "body": "<html>" });
    vec![
        receive("a token", reply(200, TOKEN)),
        receive("authorized", reply(200, OK)),
        receive("data", reply(200, DATA)),
        receive("pending", reply(202, PENDING)),
        receive("asks", reply(203, ASKS)),
        receive("asks something else", reply(203, &ASKS.replace(r#""p""#, r#""q""#))),
        receive("not authorized", reply(401, &code("UNAUTHORIZED"))),
        receive("session is gone", reply(400, &code("SESSION_EXPIRED"))),
        receive("try later", reply(401, &code("RETRY_LATER"))),
        receive("disabled login", reply(401, &code("DISABLED_LOGIN"))),
        receive("question not found", reply(401, &code("QUESTION_NOT_FOUND"))),
        receive("another login", reply(200, &DATA.replace(r#""Id":"l""#, r#""Id":"m""#))),
        receive("a page", reply(502, "<html>")),
        receive("a page that says when", waiting),
        receive("a redirect", reply(307, DATA)),
        receive("nothing", reply(200, "")),
        receive("not sent", json!({ "fault": "refused", "reached": "no" })),
        receive("timeout", json!({ "fault": "timeout", "reached": "maybe" })),
        receive("too large", json!({ "fault": "tooLarge", "reached": "maybe" })),
        ("lost", "lost", json!({})),
        returned("redirect", json!({ "step": "REDIRECT", "requestId": "r", "loginId": "l" })),
        returned("redirect with accounts", json!({ "step": "REDIRECT", "requestId": "r", "accountId": ["a"] })),
        returned("redirect as a URL", json!("https://app.example/?requestId=r&loginId=l&accountId=a")),
        returned("redirect of another", json!({ "step": "REDIRECT", "requestId": "x", "loginId": "y" })),
        returned("closed", json!({ "step": "COMPONENT_CLOSE_SESSION" })),
        returned("no retries left", json!({ "step": "MAXIMUM_RETRY_REACHED" })),
        returned("progress", json!({ "step": "SUBMIT_MFA" })),
        returned("token spent", json!({ "step": "TOKEN_INVALID" })),
        returned("no news", json!("hello")),
        ("answer", "answer", json!({ "answers": { "p": ["a"] } })),
        ("answer to an old prompt", "answer", json!({ "answers": { "p": ["a"] }, "number": 77 })),
        ("empty answer", "answer", json!({ "answers": { "p": [""] } })),
        ("open", "open", json!({})),
        ("shown", "shown", json!({})),
        ("confirm", "confirm", json!({ "loginId": "l" })),
        ("cancel", "cancel", json!({})),
    ]
}

/// The files of the suite: name and text.
pub(super) fn files() -> Vec<(String, String)> {
    let mut files = vec![walks(), challenges(), replies(), unfit()];
    for (name, session, now) in phases().into_iter().chain(newer_phases()) {
        let mut begin = Recorder { now: now.as_millis(), ..Recorder::new() };
        let snapshot: Value = serde_json::from_str(&session.snapshot_json()).expect("a snapshot is JSON");
        begin.say("restore", &json!({ "snapshot": snapshot, "instance": place() }));
        let cases = events().into_iter().filter_map(|(event, op, fields)| {
            let mut told = Recorder { steps: Vec::new(), ..begin.clone() };
            if op == "lost" || op == "receive" {
                if told.poll()["action"] != "send" {
                    return None;
                }
                let mut fields = fields;
                fields["id"].clone_from(&told.sent);
                told.say(op, &fields);
            } else {
                told.say(op, &fields);
            }
            Some((event.to_owned(), told.look()))
        });
        files.push(file(&format!("phase {name}"), &begin.steps, cases.collect()));
    }
    files.sort();
    files
}

/// A file's name and its text, a step a line.
fn file(name: &str, begin: &[(String, String)], cases: Vec<(String, Vec<(String, String)>)>) -> (String, String) {
    let steps = |steps: &[(String, String)]| {
        let lines: Vec<String> =
            steps.iter().map(|(tell, hear)| format!("{{\"tell\":{tell},\n \"hear\":{hear}}}")).collect();
        lines.join(",\n")
    };
    let mut text = format!("{{\"name\":{},\n\"begin\":[{}],\n\"cases\":[", json!(name), steps(begin));
    for (nth, (case, told)) in cases.iter().enumerate() {
        let comma = if nth == 0 { "" } else { "," };
        let _ = write!(text, "{comma}\n{{\"name\":{},\"steps\":[\n{}]}}", json!(case), steps(told));
    }
    text.push_str("]}\n");
    (name.replace([' ', ':', ','], "-").replace("--", "-"), text)
}

fn begun(op: &str, more: &Value) -> Recorder {
    let mut recorder = Recorder::new();
    let mut fields = json!({ "instance": place() });
    more.as_object().into_iter().flatten().for_each(|(key, value)| fields[key] = value.clone());
    recorder.say(op, &fields);
    recorder
}

/// Whole walks, from the first line to the end.
fn walks() -> (String, String) {
    let refresh = |more: Value| {
        let mut fields = json!({ "loginId": "l" });
        more.as_object().into_iter().flatten().for_each(|(key, value)| fields[key] = value.clone());
        begun("refresh", &fields)
    };
    let served = |mut walk: Recorder, replies: &[(u16, &str)]| {
        replies.iter().for_each(|(status, body)| assert!(walk.serve(&reply(*status, body)), "it sends"));
        walk
    };
    let plain = served(refresh(json!({})), &[(200, TOKEN), (200, OK), (202, PENDING), (200, DATA)]);
    let kept = served(refresh(json!({ "keep": ["a", "b"] })), &[(200, TOKEN), (200, OK), (200, DATA)]);
    let mut asked = served(refresh(json!({})), &[(200, TOKEN), (203, ASKS)]);
    asked.poll();
    asked.say("open", &json!({}));
    let mut asked = served(asked, &[(200, TOKEN)]);
    asked.poll();
    asked.say("returned", &json!({ "news": { "step": "REDIRECT", "requestId": "r", "loginId": "l" } }));
    let asked = served(asked, &[(200, DATA)]);
    let mut answered = served(refresh(json!({ "policy": { "mfa": "widgetOrApi" } })), &[(200, TOKEN), (203, ASKS)]);
    answered.poll();
    answered.say("answer", &json!({ "answers": { "p": ["a"] } }));
    answered.say("answer", &json!({ "answers": { "p": ["a"] } }));
    let answered = served(answered, &[(200, OK), (200, DATA)]);
    let known = json!({ "loginId": "l", "lastSent": NOW.as_millis(), "language": "fr", "tag": "t", "key": "k" });
    let mut lapsed = begun("resume", &json!({ "requestId": "r", "known": known }));
    lapsed.poll();
    lapsed.now += 480_000;
    let lapsed = served(lapsed, &[(401, r#"{"FlinksCode":"UNAUTHORIZED"}"#)]);
    let mut ended = begun("resume", &json!({ "requestId": "r", "known": known }));
    ended.say("returned", &json!({ "news": { "step": "MAXIMUM_RETRY_REACHED" } }));
    ended.now += 480_000;
    let ended = served(ended, &[(401, r#"{"FlinksCode":"UNAUTHORIZED"}"#)]);
    let mut capped = served(refresh(json!({})), &[(200, TOKEN), (200, OK)]);
    while capped.serve(&json!({ "status": 202, "headers": [["retry-after", "600"]], "body": PENDING })) {}
    let gone = r#"{"FlinksCode":"SESSION_NONEXISTENT"}"#;
    let stale = served(refresh(json!({})), &[(200, TOKEN), (200, OK), (400, gone), (200, TOKEN), (200, OK)]);
    let watch = json!({ "version": 1, "request": "r", "heard": NOW.as_millis() });
    let mut claimed = begun("resumeClaimed", &json!({ "watch": watch }));
    claimed.say("returned", &json!({ "news": { "step": "REDIRECT", "requestId": "r" } }));
    let mut claimed = served(claimed, &[(200, DATA)]);
    claimed.say("outcome", &json!({}));
    claimed.say("confirm", &json!({ "loginId": "m" }));
    claimed.say("confirm", &json!({ "loginId": "l" }));
    let cases = [
        ("refresh", plain),
        ("refresh of two accounts", kept),
        ("the widget is shown", asked),
        ("answered by the API", answered),
        ("nobody answers", lapsed),
        ("the widget gives up", ended),
        ("data that never comes", capped),
        ("stored data is old", stale),
        ("a first connection that was interrupted", claimed),
    ];
    file("walks", &[], cases.map(|(name, walk)| (name.to_owned(), walk.look())).into())
}

/// Each type of challenge, with answers that fit and that do not.
fn challenges() -> (String, String) {
    let types = ChallengeKind::KNOWN.iter().map(ChallengeKind::as_str).chain(["Unheard"]);
    let mut cases = Vec::new();
    for kind in types {
        let choices = if kind == "QuestionAndAnswer" { json!([]) } else { json!(["a", "b"]) };
        let challenge = json!({ "Type": kind, "Prompt": "p", "Iterables": choices });
        let asks = json!({ "HttpStatusCode": 203, "RequestId": "r", "SecurityChallenges": [challenge] }).to_string();
        for (name, mfa, answers) in [
            ("answered", "widgetOrApi", json!(["a"])),
            ("answered twice over", "widgetOrApi", json!(["a", "b"])),
            ("answered by what is no choice", "widgetOrApi", json!(["z"])),
            ("answered outside the widget", "widget", json!(["a"])),
        ] {
            let mut walk = begun("refresh", &json!({ "loginId": "l", "policy": { "mfa": mfa } }));
            assert!(walk.serve(&reply(200, TOKEN)) && walk.serve(&reply(203, &asks)));
            walk.poll();
            walk.say("answer", &json!({ "answers": { "p": answers } }));
            cases.push((format!("{kind} {name}"), walk.look()));
        }
    }
    file("challenges", &[], cases)
}

/// Each reply of the documentation, to the live call and to the data call.
fn replies() -> (String, String) {
    let mut cases = Vec::new();
    for fixture in fixtures::all().iter().filter(|fixture| fixture.name.starts_with("server/")) {
        let body: Value = serde_json::from_str(&fixture.text).unwrap_or_default();
        let status = body["HttpStatusCode"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(200);
        for (name, before) in [("the live call", &[TOKEN][..]), ("the data call", &[TOKEN, OK])] {
            // A reply to another login would bring no accounts.
            let login = body["Login"]["Id"].as_str().unwrap_or("l");
            let before = before.iter().map(|body| body.replace(r#""Id":"l""#, &format!(r#""Id":"{login}""#)));
            let mut walk = begun("refresh", &json!({ "loginId": login }));
            before.for_each(|body| assert!(walk.serve(&reply(200, &body))));
            assert!(walk.serve(&reply(status, &fixture.text)));
            cases.push((format!("{} to {name}", fixture.name), walk.look()));
        }
    }
    file("replies", &[], cases)
}

/// Lines that do not fit. The session is as it was before.
fn unfit() -> (String, String) {
    let begin = begun("refresh", &json!({ "loginId": "l" }));
    let no_place = json!({ "customerId": 7 });
    let lines = [
        ("no such op", "dance", json!({})),
        ("negative time", "poll", json!({ "now": -1 })),
        ("time that is no whole number", "poll", json!({ "now": 0.5 })),
        ("time that is text", "poll", json!({ "now": "0" })),
        ("no session of this name", "poll", json!({ "session": "nobody" })),
        ("a reply without status", "receive", json!({ "id": 1 })),
        ("a fault of no kind", "receive", json!({ "id": 1, "fault": "bored", "reached": "no" })),
        ("a fault that reached nowhere", "receive", json!({ "id": 1, "fault": "timeout", "reached": "yes" })),
        ("headers that are no pairs", "receive", json!({ "id": 1, "status": 200, "headers": [["x"]] })),
        ("a request that was never sent", "receive", json!({ "id": 99, "status": 200, "body": "" })),
        ("an id that is no number", "lost", json!({ "id": "one" })),
        ("no login", "refresh", json!({ "instance": place() })),
        ("an empty login", "refresh", json!({ "loginId": "", "instance": place() })),
        ("a login with NUL", "refresh", json!({ "loginId": "l\u{0}", "instance": place() })),
        ("no instance", "refresh", json!({ "loginId": "l" })),
        ("an instance without customer", "refresh", json!({ "loginId": "l", "instance": no_place })),
        (
            "an instance of no name",
            "refresh",
            json!({ "loginId": "l", "instance": { "name": "a b", "customerId": "c" } }),
        ),
        (
            "a policy below its floor",
            "refresh",
            json!({ "loginId": "l", "instance": place(), "policy": { "pollEvery": 0 } }),
        ),
        ("a snapshot of a later version", "restore", json!({ "snapshot": { "version": 9 }, "instance": place() })),
        ("a snapshot that is none", "restore", json!({ "snapshot": {}, "instance": place() })),
        ("nothing to resume", "resumeClaimed", json!({ "watch": { "version": 1 }, "instance": place() })),
        ("an answer to nothing", "answer", json!({ "answers": { "p": ["a"] } })),
    ];
    let cases = lines.into_iter().map(|(name, op, fields)| {
        let mut told = Recorder { steps: Vec::new(), ..begin.clone() };
        told.say(op, &fields);
        (name.to_owned(), told.look())
    });
    file("unfit", &begin.steps.clone(), cases.collect())
}
