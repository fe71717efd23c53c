use crate::support::{API_KEY, CUSTOMER, SECRET_KEY, browse, fed, http, keys, reconnect, server};
use reconnect_blocking::{
    AccountId, Client, Clock, Event, Http, Instance, Keys, LoginId, Rendered, Secret, Selection, Timestamp, Transport,
    connect::ConnectNews,
};
use reconnect_sandbox::Server;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Stdio},
    sync::{Arc, Mutex},
};

/// `reconnect drive`, a line at a time.
struct Drive {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Drive {
    fn start() -> Self {
        let mut child = reconnect().arg("drive").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("started");
        let (stdin, stdout) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        Self { child, stdin, stdout: BufReader::new(stdout) }
    }

    /// One line in, one line out, at once.
    fn say(&mut self, line: &Value) -> Value {
        writeln!(self.stdin, "{line}").expect("a reader");
        let mut answer = String::new();
        self.stdout.read_line(&mut answer).expect("an answer");
        serde_json::from_str(&answer).expect("a line of JSON")
    }

    fn end(mut self) -> Option<i32> {
        drop(self.stdin);
        self.child.wait().expect("ended").code()
    }
}

fn place(url: &str) -> Value {
    json!({ "apiUrl": url, "widgetUrl": format!("{url}/"), "customerId": CUSTOMER })
}

/// A request, whoever sent it: method, path, sorted headers, body.
type Sent = (String, String, Vec<(String, String)>, String);

fn sent(url: &str, method: &str, target: &str, headers: Vec<(String, String)>, body: &str) -> Sent {
    let mut headers = headers;
    headers.sort();
    (method.to_owned(), target.strip_prefix(url).expect("the sandbox").to_owned(), headers, body.to_owned())
}

/// A whole refresh, driven by lines, over a socket.
fn by_lines(server: &Server, login: &str, keep: &[String]) -> Vec<Sent> {
    let (url, mut drive, mut all) = (server.url(), Drive::start(), Vec::new());
    let refresh = json!({ "op": "refresh", "now": server.clock().now(), "loginId": login, "known": null, "keep": keep,
        "instance": place(&url) });
    assert_eq!(drive.say(&refresh), json!({ "ok": true }));
    let mut shown = false;
    loop {
        let now = server.clock().now();
        let line = drive.say(&json!({ "op": "poll", "now": now }));
        match line["action"].as_str().expect("an action") {
            "send" => {
                assert_eq!(
                    keys(&line),
                    ["action", "body", "headers", "id", "limitMs", "maxBody", "method", "once", "url"]
                );
                let headers: Vec<(String, String)> = serde_json::from_value(line["headers"].clone()).expect("pairs");
                let filled = |value: String| value.replace("{{secretKey}}", SECRET_KEY).replace("{{apiKey}}", API_KEY);
                let headers: Vec<_> = headers.into_iter().map(|(name, value)| (name, filled(value))).collect();
                let (method, target) = (line["method"].as_str().expect("text"), line["url"].as_str().expect("text"));
                let body = line["body"].as_str().unwrap_or_default();
                let pairs: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                let reply = http(method, target, &pairs, body);
                all.push(sent(&url, method, target, headers, body));
                let told = json!({ "op": "receive", "now": now, "id": line["id"], "status": reply.status, "headers": [],
                    "body": reply.body });
                assert_eq!(drive.say(&told), json!({ "heard": "took" }));
            }
            "wait" => server.clock().advance(line["until"].as_u64().expect("a moment") - now),
            "ask" if !shown => {
                shown = true;
                assert_eq!(drive.say(&json!({ "op": "open", "now": now })), json!({ "heard": "took" }));
            }
            "ask" => {
                assert_eq!(keys(&line["deadline"]), ["at", "why"]);
                let news = browse(line["connectUrl"].as_str().expect("a URL"));
                let heard = drive.say(&json!({ "op": "returned", "now": now, "news": news }));
                assert_eq!(heard, json!({ "heard": "took" }));
            }
            "done" => break,
            other => panic!("{other}"),
        }
    }
    let line = drive.say(&json!({ "op": "outcome" }));
    assert_eq!(line["outcome"]["result"], "done");
    assert_eq!(line["outcome"]["kept"].as_array().map(Vec::len), Some(keep.len()));
    assert_eq!(drive.end(), Some(0));
    all
}

/// Virtual time for the driver.
struct Time(reconnect_sandbox::Clock);

impl Clock for Time {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now())
    }

    fn sleep_until(&self, moment: Timestamp) {
        self.0.advance(moment.as_millis() - self.0.now());
    }
}

/// The same refresh, by reconnect-blocking.
fn by_driver(server: &Server, login: &str, keep: &[String]) -> Vec<Sent> {
    let url = server.url();
    let (all, base) = (Arc::new(Mutex::new(Vec::new())), url.clone());
    let (inner, told) = (Http::new().expect("ureq"), all.clone());
    let record = move |request: Rendered| {
        let headers = request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.expose().to_owned()));
        let body = request.body.as_ref().map_or("", Secret::expose);
        told.lock().expect("no panic").push(sent(&base, request.method, &request.url, headers.collect(), body));
        inner.exchange(&request)
    };
    let instance = Instance::at(&url, &format!("{url}/"), CUSTOMER).expect("an instance");
    let keys = Keys { secret: Some(SECRET_KEY.into()), api: Some(API_KEY.into()) };
    let client = Client::with_transport(instance, keys, record).with_clock(Time(server.clock()));
    let ids = keep.iter().map(|id| AccountId::new(id).expect("an id"));
    let run = client.refresh(LoginId::new(login).expect("an id")).keep(Selection::only(ids).expect("ids"));
    let done =
        run.run(|_, url| Event::Returned(ConnectNews::read(&browse(url.expose())).expect("news"))).expect("done");
    assert_eq!(done.accounts.len(), keep.len());
    let all = all.lock().expect("no panic");
    all.clone()
}

#[test]
fn a_refresh_by_lines_sends_what_the_driver_sends() {
    let (first, login) = server("Greatday");
    let keep = first.bank(|bank| bank.account_ids(&login));
    let lines = by_lines(&first, &login, &keep[..2]);
    let (second, same) = server("Greatday");
    assert_eq!(login, same);
    let driver = by_driver(&second, &login, &keep[..2]);
    assert_eq!(lines, driver, "method, path, headers and body, byte for byte");
    assert!(lines.len() >= 5);
}

#[test]
fn each_op_has_its_answer() {
    let mut drive = Drive::start();
    let url = "http://127.0.0.1:1";
    assert!(drive.say(&json!({ "op": "poll", "now": 0 }))["misuse"]["code"].is_string(), "nothing was begun");
    let (known, now) = (json!({ "loginId": "l-1", "lastSent": 1000, "institution": "B", "language": "en" }), 2_000);
    let resume =
        json!({ "op": "resume", "now": now, "requestId": "r-1", "known": known, "keep": null, "instance": place(url) });
    assert_eq!(drive.say(&resume), json!({ "ok": true }));
    let ask = drive.say(&json!({ "op": "poll", "now": now }));
    assert_eq!((&ask["action"], &ask["deadline"]["at"]), (&"ask".into(), &481_000.into()));
    assert_eq!(drive.say(&json!({ "op": "outcome" })), json!({ "outcome": null }));

    let snapshot = drive.say(&json!({ "op": "snapshot" }))["snapshot"].clone();
    let restore = json!({ "op": "restore", "now": now, "snapshot": snapshot, "instance": place(url) });
    assert_eq!(drive.say(&restore), json!({ "ok": true }));
    assert_eq!(drive.say(&json!({ "op": "snapshot" }))["snapshot"], snapshot);

    let foreign = json!({ "op": "returned", "now": now, "news": "https://a/?loginId=another" });
    assert_eq!(drive.say(&foreign), json!({ "heard": "notOurs" }));
    assert!(drive.say(&json!({ "op": "answer", "now": now, "answers": { "Q": ["A"] } }))["misuse"]["code"].is_string());
    assert_eq!((&ask["number"], &ask["shown"]), (&0.into(), &false.into()));
    assert_eq!(drive.say(&json!({ "op": "shown", "now": now })), json!({ "heard": "took" }));
    assert_eq!(drive.say(&json!({ "op": "poll", "now": now }))["shown"], true);
    assert_eq!(drive.say(&json!({ "op": "confirm", "now": now, "loginId": "l-1" })), json!({ "heard": "knew" }));
    let watch = json!({ "version": 1, "request": "r-1", "heard": now });
    let claimed = json!({ "op": "resumeClaimed", "now": now, "watch": watch, "keep": null, "instance": place(url) });
    assert_eq!(Drive::start().say(&claimed), json!({ "ok": true }));
    drive.say(&json!({ "op": "open", "now": now }));
    let mint = drive.say(&json!({ "op": "poll", "now": now }));
    assert!(mint["headers"].to_string().contains("{{secretKey}}"), "no key crosses as data");
    let lost = json!({ "op": "receive", "now": now, "id": 99, "fault": "timeout", "reached": "maybe" });
    assert_eq!(drive.say(&lost), json!({ "heard": "notOurs" }));
    assert_eq!(drive.say(&json!({ "op": "lost", "now": now, "id": mint["id"] })), json!({ "heard": "took" }));
    let wait = drive.say(&json!({ "op": "poll", "now": now }));
    assert_eq!((&wait["action"], &wait["until"]), (&"wait".into(), &2_500.into()));
    let delivered = json!({ "op": "delivered", "now": now, "headers": [], "body": "{}" });
    assert!(drive.say(&delivered)["heard"].is_string());
    assert_eq!(drive.say(&json!({ "op": "cancel", "now": now })), json!({ "heard": "took" }));
    assert_eq!(drive.say(&json!({ "op": "poll", "now": now })), json!({ "action": "done" }));
    let outcome = drive.say(&json!({ "op": "outcome" }));
    assert_eq!(outcome["outcome"]["result"], "startOver");
    assert!(drive.say(&json!({ "no": "op" }))["misuse"]["code"].is_string());
    assert!(drive.say(&json!({ "op": "dance" }))["misuse"]["code"].is_string());
    assert_eq!(drive.end(), Some(0));
}

#[test]
fn a_line_that_is_not_json_ends_it() {
    let ran = fed(&["drive"], "{\"op\":\"outcome\"}\ncanary\n{\"op\":\"outcome\"}\n").exits(1);
    assert_eq!(ran.stdout.lines().count(), 1, "what came before was answered");
    assert!(ran.stderr.contains("line 2 is not JSON") && !ran.stderr.contains("canary"));
    assert_eq!(fed(&["drive", "--json"], "canary").exits(1).error()["recovery"], Value::Null);
    assert_eq!(fed(&["drive"], "").exits(0).stdout, "");
}
