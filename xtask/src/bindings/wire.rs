//! The HTTP client of each binding against the strict sandbox and its faults, and a session that crosses from one
//! language to another. The blocking driver walks the same ways: requests, accounts and outcome have to be equal.
//!
//! Each client is a program with three legs, `begin`, `show` and `finish`. `crates/reconnect-c/tests/wire.c` says what
//! they do. That program also plays the end user, and asks the sandbox.

use crate::Result;
use crate::steps::{Background, Tally};
use crate::toolchain::{folder, reconnect};
use core::sync::atomic::{AtomicUsize, Ordering};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use xshell::{Shell, cmd};

/// How many walks go on at a time. Most of the time they wait.
const AT_A_TIME: usize = 12;
/// How often the widget may be shown before a walk counts as endless.
const SHOWINGS: usize = 5;
/// What the core says in the head of a request.
const CORE: &[&str] = &["accept", "accept-encoding", "user-agent", "flinks-auth-key", "x-api-key", "content-type"];

/// What one walk is like.
#[derive(Clone, Copy)]
struct Walk {
    /// A user of the sandbox: one whose bank asks, or one whose bank does not.
    user: &'static str,
    /// What goes wrong.
    faults: &'static str,
    /// How fast the clocks are.
    rate: &'static str,
    policy: &'static str,
    /// Whether each client walks so, and not only one of each language: the connection breaks, or nothing does.
    each: bool,
}

const ASKED: &str = "Greatday";
const NOT_ASKED: &str = "Greatday_NoMFA";

/// Five times as fast, so that the limits of a session leave a busy machine time.
const fn walk(user: &'static str, faults: &'static str) -> Walk {
    Walk { user, faults, rate: "5", policy: "{}", each: false }
}

const fn each(user: &'static str, faults: &'static str) -> Walk {
    Walk { each: true, ..walk(user, faults) }
}

/// A reply that is later than the limit.
const fn late(user: &'static str, faults: &'static str) -> Walk {
    Walk { rate: "1", policy: r#"{"quickLimit":3000,"pollEvery":4000}"#, ..each(user, faults) }
}

const WALKS: &[Walk] = &[
    late(NOT_ASKED, r#"[{"endpoint":"GenerateAuthorizeToken","call":1,"effect":{"kind":"late","delayMs":9000}}]"#),
    late(NOT_ASKED, r#"[{"endpoint":"GetAccountsDetailAsync","call":1,"effect":{"kind":"late","delayMs":9000}}]"#),
    each(ASKED, "[]"),
    each(NOT_ASKED, "[]"),
    each(ASKED, r#"[{"endpoint":"GenerateAuthorizeToken","call":1,"effect":{"kind":"drop","handled":false}}]"#),
    each(ASKED, r#"[{"endpoint":"Authorize","call":1,"effect":{"kind":"drop"}}]"#),
    walk(NOT_ASKED, r#"[{"endpoint":"GetAccountsDetail","call":1,"effect":{"kind":"drop","handled":false}}]"#),
    each(ASKED, r#"[{"endpoint":"Authorize","call":1,"effect":{"kind":"truncate","bytes":20}}]"#),
    walk(NOT_ASKED, r#"[{"endpoint":"GetAccountsDetailAsync","call":1,"effect":{"kind":"truncate","bytes":900}}]"#),
    walk(ASKED, r#"[{"endpoint":"Authorize","call":1,"effect":{"kind":"badGateway"}}]"#),
    walk(NOT_ASKED, r#"[{"endpoint":"GenerateAuthorizeToken","call":[1,2],"effect":{"kind":"badGateway"}}]"#),
    walk(ASKED, r#"[{"call":1,"effect":{"kind":"tooManyRequests","retryAfter":7}}]"#),
    walk(ASKED, r#"[{"endpoint":"Authorize","effect":{"kind":"tooManyRequests","retryAfter":7,"asDate":true}}]"#),
    walk(NOT_ASKED, r#"[{"endpoint":"GenerateAuthorizeToken","call":1,"effect":{"kind":"empty"}}]"#),
    walk(ASKED, r#"[{"endpoint":"Authorize","call":1,"effect":{"kind":"contradiction","httpStatus":200}}]"#),
    walk(NOT_ASKED, r#"[{"endpoint":"GetAccountsDetailAsync","call":1,"effect":{"kind":"duplicate"}}]"#),
    walk(ASKED, r#"[{"endpoint":"Authorize","call":1,"effect":{"kind":"latency","delayMs":2000}}]"#),
];

/// Of [`WALKS`], where a session crosses from one language to another.
const CROSSING: usize = 2;

/// What Node's `fetch` has in a head.
const FETCH: &[&str] = &["host", "content-length", "connection", "accept-language", "sec-fetch-mode"];

/// A program that walks.
struct Client {
    name: &'static str,
    command: Vec<PathBuf>,
    /// The headers that it has beside the core's.
    adds: &'static [&'static str],
    /// Whether it stands for its language: it walks every way, and its sessions cross.
    first: bool,
}

/// The blocking driver is the first. A new language has a line for each HTTP client of its package.
fn clients(sh: &Shell, c: &Path, node: &Path) -> Result<Vec<Client>> {
    cmd!(sh, "cargo build --locked --package reconnect-cli --bin reconnect --example wire").run()?;
    let (python, js) = (folder("bindings/fresh/bin/python"), folder("bindings/js-fresh/wire.mjs"));
    if !sh.path_exists(&python) || !sh.path_exists(&js) {
        return Err("run the steps before, which install the packages".into());
    }
    let leg = PathBuf::from(crate::root()).join("crates/reconnect-python/tests/wire.py");
    let python = |over: &str| vec![python.clone(), leg.clone(), over.into()];
    let own: &[&str] = &["host", "content-length"];
    let client = |name, command, adds, first| Client { name, command, adds, first };
    Ok(vec![
        client("Rust, ureq", vec![folder("debug/examples/wire")], own, true),
        client("C, libcurl", vec![c.into()], own, true),
        client("Python, http.client", python("http.client"), own, true),
        client("JavaScript, fetch", vec![node.into(), js], FETCH, true),
        client("Python, httpx", python("httpx"), own, false),
        client("Python, httpx async", python("async"), own, false),
    ])
}

/// What became of a walk.
#[derive(Debug, Default)]
struct Seen {
    requests: Vec<String>,
    accounts: Value,
    outcome: Value,
    heads: Vec<Head>,
}

/// `c` is the program in C, and `node` runs the one in JavaScript.
pub(super) fn check(sh: &Shell, c: &Path, node: &Path) -> Result<Tally> {
    let clients = clients(sh, c, node)?;
    let all = || 0..clients.len();
    let same = (0..WALKS.len()).flat_map(|walk| all().map(move |client| (walk, client, client)));
    let same = same.filter(|(walk, client, _)| WALKS[*walk].each || clients[*client].first);
    let across = all().flat_map(|from| all().map(move |to| (CROSSING, from, to)));
    let across = across.filter(|(_, from, to)| from != to && clients[*from].first && clients[*to].first);
    let jobs: Vec<_> = same.chain(across).collect();
    let (next, seen) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let job = next.fetch_add(1, Ordering::Relaxed);
                    let Some((walk, from, to)) = jobs.get(job).copied() else { return };
                    let walked = play(job, WALKS[walk], &clients[from], &clients[to], c);
                    let walked = walked.map_err(|error| error.to_string());
                    seen.lock().unwrap_or_else(PoisonError::into_inner).push((job, walked));
                }
            });
        }
    });
    let mut seen = seen.into_inner().unwrap_or_default();
    seen.sort_by_key(|(job, _)| *job);
    let mut tally = Tally::default();
    for (job, walked) in &seen {
        let (walk, from, to) = jobs[*job];
        let reference =
            seen.iter().find_map(|(job, walked)| (jobs[*job] == (walk, 0, 0)).then_some(walked.as_ref().ok()));
        let wrong = match (walked, reference.flatten()) {
            (Err(error), _) => error.clone(),
            (Ok(seen), Some(reference)) => differs(seen, reference, &[clients[from].adds, clients[to].adds].concat()),
            (Ok(_), None) => "there is nothing to compare it with".to_owned(),
        };
        let names = if from == to {
            clients[to].name.to_owned()
        } else {
            format!("{} to {}", clients[from].name, clients[to].name)
        };
        let Walk { user, faults, .. } = WALKS[walk];
        if !wrong.is_empty() {
            println!("FAILED {names}: {user} with {faults}: {wrong}");
        }
        tally = tally.and(Tally::of((!wrong.is_empty()).into()));
    }
    let crossed = jobs.iter().filter(|(_, from, to)| from != to).count();
    println!("{} walks by {} clients, and {crossed} across languages", jobs.len() - crossed, clients.len());
    Ok(tally)
}

/// What is not as in the reference, or nothing.
fn differs(seen: &Seen, reference: &Seen, adds: &[&str]) -> String {
    let is_core = |(name, _): &&(String, String)| CORE.contains(&name.as_str());
    let core = |seen: &Seen| -> Vec<Vec<_>> {
        seen.heads.iter().map(|head| head.iter().filter(is_core).cloned().collect()).collect()
    };
    let others: BTreeSet<&str> =
        seen.heads.iter().flatten().filter(|header| !is_core(header)).map(|(name, _)| name.as_str()).collect();
    if seen.requests != reference.requests {
        format!("it sent\n{}\nand not\n{}", seen.requests.join("\n"), reference.requests.join("\n"))
    } else if seen.outcome != reference.outcome {
        format!("the outcome is\n{}\nand not\n{}", seen.outcome, reference.outcome)
    } else if seen.accounts != reference.accounts {
        "other accounts".to_owned()
    } else if core(seen) != core(reference) {
        format!("the core's headers are {:?}\nand not {:?}", core(seen), core(reference))
    } else if !seen.heads.is_empty() && others != adds.iter().copied().collect() {
        format!("it adds these headers: {}", others.into_iter().collect::<Vec<_>>().join(", "))
    } else {
        String::new()
    }
}

/// One walk, with a sandbox of its own.
fn play(job: usize, walk: Walk, begins: &Client, goes_on: &Client, c: &Path) -> Result<Seen> {
    let Walk { user, faults, rate, policy, .. } = walk;
    let place = folder("bindings/wire").join(job.to_string());
    std::fs::create_dir_all(&place)?;
    // A row of the last run would be another session's.
    let _ = std::fs::remove_file(place.join("session.json"));
    let mut sandbox = Command::new(reconnect());
    let sandbox =
        Background::start(sandbox.args(["sandbox", "--strict", "--accelerate", rate]).stderr(Stdio::null()), 3)?;
    let (address, login) = (&*sandbox.said[0], login(&sandbox, user)?);
    let run = |command: &[PathBuf], args: &[&str]| ran(&place, command, args);
    let tool = [c.to_path_buf()];
    let ask = |what: &str, body: &[&str]| {
        run(&tool, &[&["get", &format!("{address}/_sandbox/{what}")], body].concat()).and_then(|text| json(&text))
    };
    if ask("faults", &[faults])?["done"] != true {
        return Err("the sandbox does not take these faults".into());
    }
    // Only without a fault, since a relay might mend or break a connection.
    let recorder = if faults == "[]" { Some(Recorder::before(address)?) } else { None };
    let to = recorder.as_ref().map_or(address, |recorder| &recorder.address);
    let mut said = json(&run(&begins.command, &["begin", to, login, policy])?)?;
    for _ in 0..SHOWINGS {
        if said["ask"].is_null() {
            break;
        }
        said = json(&run(&goes_on.command, &["show", to])?)?;
        if let Some(url) = said["ask"].as_str() {
            let message = run(&tool, &["user", to, url])?;
            said = json(&run(&goes_on.command, &["finish", to, message.trim()])?)?;
        }
    }
    if !said["ask"].is_null() {
        return Err("it asks without end".into());
    }
    let doctor = ask("doctor", &[])?;
    if doctor != json!([]) {
        return Err(format!("the doctor names {doctor}").into());
    }
    let requests = ask("requests", &[])?;
    let requests = requests.as_array().into_iter().flatten();
    let accounts = said["accounts"].take();
    let came_true =
        if faults == "[]" { accounts != json!([]) } else { requests.clone().any(|one| one["fault"].is_string()) };
    if !came_true {
        return Err("the fault did not happen, or there are no accounts without one".into());
    }
    let requests = requests.map(|one| format!("{} {} {}", one["method"], one["path"], one["bodySha256"])).collect();
    let heads = recorder.as_ref().map(Recorder::heads).unwrap_or_default();
    Ok(Seen { requests, accounts, outcome: outcome(&place, to)?, heads })
}

/// The outcome that the row has, without what depends on the time and the port.
fn outcome(place: &Path, sandbox: &str) -> Result<Value> {
    let row = json(&std::fs::read_to_string(place.join("session.json"))?)?;
    let customer = "43387ca6-0391-4c82-857d-70d95f087ecb";
    let instance = json!({ "apiUrl": sandbox, "widgetUrl": format!("{sandbox}/"), "customerId": customer });
    let restore = json!({ "op": "restore", "now": 0, "snapshot": row, "instance": instance });
    let mut drive = Command::new(reconnect());
    let mut drive = drive.arg("drive").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let lines = format!("{restore}\n{}\n", json!({ "op": "outcome", "now": 0 }));
    drive.stdin.take().ok_or("stdin is piped")?.write_all(lines.as_bytes())?;
    let said = String::from_utf8(drive.wait_with_output()?.stdout)?.replace(sandbox, "");
    let mut outcome = json(said.lines().nth(1).ok_or("drive answers each line")?)?["outcome"].take();
    for (place, key) in [("", "lastRefresh"), ("/error", "retryAfterMs")] {
        if let Some(Value::Object(fields)) = outcome.pointer_mut(place) {
            fields.remove(key);
        }
    }
    Ok(outcome)
}

/// Runs a program to its end, and returns what it says.
fn ran(place: &Path, command: &[PathBuf], args: &[&str]) -> Result<String> {
    let mut run = Command::new("timeout");
    let ran = run.arg("60").args(command).args(args).current_dir(place).output()?;
    if !ran.status.success() {
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        return Err(format!("{} ends with {}: {said}", args[0], ran.status).into());
    }
    Ok(String::from_utf8(ran.stdout)?)
}

fn json(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| format!("this is no JSON: {text}: {error}").into())
}

/// The login of a user. The lines of a sandbox have a login, its user, and what happens in a refresh.
pub(super) fn login<'a>(sandbox: &'a Background, user: &str) -> Result<&'a str> {
    let login = sandbox.said.windows(2).find(|pair| pair[1] == user).map(|pair| pair[0].as_str());
    login.ok_or_else(|| "the sandbox has the users of its documentation".into())
}

/// Stands before a sandbox, and keeps the head of each call of the API.
struct Recorder {
    address: String,
    heads: Arc<Mutex<Vec<Head>>>,
}

/// Names in lower case, and values.
type Head = Vec<(String, String)>;

impl Recorder {
    fn before(sandbox: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = format!("http://{}", listener.local_addr()?);
        let heads = Arc::<Mutex<Vec<Head>>>::default();
        let (to, all) = (sandbox.trim_start_matches("http://").to_owned(), heads.clone());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(&to) else { return };
                let (Ok(from_client), Ok(from_server)) = (client.try_clone(), server.try_clone()) else { return };
                let (all, mut unread) = (all.clone(), String::new());
                thread::spawn(move || {
                    relay(from_client, server, |piece| {
                        unread += &String::from_utf8_lossy(piece);
                        all.lock().unwrap_or_else(PoisonError::into_inner).extend(heads_of(&mut unread));
                    });
                });
                thread::spawn(move || relay(from_server, client, |_| ()));
            }
        });
        Ok(Self { address, heads })
    }

    fn heads(&self) -> Vec<Head> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Passes on what comes, and shows it before.
fn relay(mut from: TcpStream, mut to: TcpStream, mut show: impl FnMut(&[u8])) {
    let mut piece = [0; 1 << 14];
    while let Ok(len @ 1..) = from.read(&mut piece) {
        show(&piece[..len]);
        if to.write_all(&piece[..len]).is_err() {
            break;
        }
    }
    // It may be closed already.
    let _ = to.shutdown(Shutdown::Write);
}

/// Takes the requests that are whole off the front, and returns the heads of those to the API.
fn heads_of(sent: &mut String) -> Vec<Head> {
    let mut heads = Vec::new();
    while let Some((head, rest)) = sent.split_once("\r\n\r\n") {
        let (line, fields) = head.split_once("\r\n").unwrap_or((head, ""));
        let fields = fields.lines().filter_map(|field| field.split_once(':'));
        let fields: Head = fields.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
        let len = fields.iter().find(|(name, _)| name == "content-length").and_then(|(_, len)| len.parse().ok());
        let Some(next) = rest.get(len.unwrap_or(0)..) else { break };
        if line.contains(" /v3/") {
            heads.push(fields);
        }
        *sent = next.to_owned();
    }
    heads
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &str = "POST /v3/a HTTP/1.1\r\nHost: x\r\nAccept: a\r\ncontent-length: 2\r\n\r\n{}\
        GET /_sandbox/clock HTTP/1.1\r\nhost: x\r\n\r\nGET /v3/b HTTP/1.1\r\naccept: b\r\n\r\n";

    fn seen(sent: &str) -> Seen {
        Seen { heads: heads_of(&mut sent.to_owned()), ..Seen::default() }
    }

    #[test]
    fn each_whole_request_of_a_connection_has_a_head() {
        let (first, rest) = SENT.split_at(SENT.len() - 9);
        let (mut sent, names) = (first.to_owned(), |head: &Head| head.iter().map(|(name, _)| name.clone()).collect());
        let seen: Vec<Vec<String>> = heads_of(&mut sent).iter().map(names).collect();
        assert_eq!(seen, [["host", "accept", "content-length"]]);
        sent += rest;
        let seen: Vec<Vec<String>> = heads_of(&mut sent).iter().map(names).collect();
        assert_eq!((seen, &*sent), (vec![vec!["accept".to_owned()]], ""));
    }

    #[test]
    fn a_header_that_is_lost_changed_or_new_is_a_difference() {
        let (is, adds) = (seen(SENT), ["host", "content-length"]);
        assert_eq!(differs(&is, &is, &adds), "");
        assert!(differs(&is, &seen(&SENT.replace("accept: b", "accept: c")), &adds).contains("core's headers"));
        assert!(differs(&is, &seen(&SENT.replace("Accept: a", "x: a")), &adds).contains("core's headers"));
        assert!(differs(&is, &is, &["host"]).contains("content-length"));
    }
}
