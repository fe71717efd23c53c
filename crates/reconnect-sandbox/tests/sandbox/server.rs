//! The server, by a client that is nothing but a socket.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use reconnect_sandbox::{Clock, Finding, Server, Settings};
use serde_json::{Value, json};

use crate::desk::{CITY, COUNTRY, NOW, SHAPE, api};

fn start() -> Server {
    let settings = Settings { strict: true, ..Settings::default() };
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    Server::start(settings, listen, Clock::fixed(NOW)).expect("the server starts")
}

/// Status and body.
fn ask(server: &Server, head: &str, body: &str) -> (u16, Value) {
    let length = body.len();
    let text =
        raw(server, &format!("{head}\r\nhost: sandbox\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"));
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).expect("a status").parse().expect("a number");
    (status, serde_json::from_str(body).unwrap_or_default())
}

fn raw(server: &Server, request: &str) -> String {
    let mut socket = TcpStream::connect(server.url().trim_start_matches("http://")).expect("it listens");
    socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a time-out");
    socket.write_all(request.as_bytes()).expect("it reads");
    let mut reply = String::new();
    socket.read_to_string(&mut reply).expect("it answers");
    reply
}

#[test]
fn a_walk_over_http() {
    let server = start();
    let login = server.bank(|bank| bank.connect(NOW, "Greatday", "en"));
    let mint = format!("POST {} HTTP/1.1\r\nFLINKS-AUTH-KEY: sandbox-secret", api("GenerateAuthorizeToken"));
    let (status, body) = ask(&server, &mint, "");
    assert_eq!(status, 200);
    let token = body["Token"].as_str().expect("a token");
    let authorize = format!("POST {} HTTP/1.1\r\nflinks-auth-key: {token}", api("Authorize"));
    let live = json!({"LoginId": login, "MostRecentCached": false, "Save": true}).to_string();
    let (status, asked) = ask(&server, &authorize, &live);
    assert_eq!((status, &asked["SecurityChallenges"][0]["Type"]), (203, &json!("QuestionAndAnswer")));
    let (status, log) = ask(&server, "GET /_sandbox/requests HTTP/1.1", "");
    assert_eq!((status, &log[1]["status"], &log[1]["at"]), (200, &json!(203), &json!(NOW)));
    server.stop();
}

/// The API, the widget's pages and the controls, byte for byte and with every header.
#[test]
fn the_same_scenario_and_seed_give_the_same_bytes() {
    let walk = |seed| {
        let odds = json!([
            {"probability": 0.1, "effect": {"kind": "badGateway"}},
            {"probability": 0.1, "effect": {"kind": "truncate", "bytes": 100}},
        ]);
        let faults = serde_json::from_value(odds).expect("faults");
        let settings = Settings { seed, faults, pending_ms: 0, ..Settings::default() };
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::start(settings, listen, Clock::fixed(NOW)).expect("the server starts");
        let login = server.bank(|bank| bank.connect(NOW, "Greatday", "en"));
        let live = json!({"LoginId": login, "MostRecentCached": false, "Save": true}).to_string();
        let mut said = String::new();
        let mut send = |head: &str, body: &str| {
            server.clock().advance(10_000);
            let (head, length) = (format!("{head} HTTP/1.1\r\nhost: a\r\nconnection: close"), body.len());
            let reply = raw(&server, &format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}"));
            said.push_str(&reply);
            reply
        };
        for _ in 0..8 {
            let asked = send(&format!("POST {}", api("Authorize")), &live);
            let request_id = between(&asked, "\"RequestId\":\"");
            let mut page = send(&format!("GET /?requestId={request_id}&language=fr&tag=a&demo=true"), "");
            for (prompt, answer) in [(CITY, "Montreal"), (COUNTRY, "Canada"), (SHAPE, "Triangle")] {
                let answers = format!("{}={answer}", prompt.replace(' ', "+"));
                page = send(&format!("POST {}", between(&page, "action=\"")), &answers);
            }
            send(&format!("GET {}/{request_id}", api("GetAccountsDetailAsync")), "");
        }
        send("GET /v2/", "");
        send("GET /_sandbox/requests", "");
        said
    };
    let said = walk(1);
    for seen in ["\"step\":\"REDIRECT\"", "\"fault\":\"badGateway\"", "\"fault\":\"truncate\"", "\"Accounts\":[{"] {
        assert!(said.contains(seen), "the walk does not come to {seen}");
    }
    assert!(said == walk(1), "a second sandbox says something else");
    assert!(said != walk(2), "another seed gives other ids");
}

/// What stands from there up to a quote; nothing where a fault took it.
fn between<'a>(text: &'a str, before: &str) -> &'a str {
    let rest = text.split_once(before).map_or("/", |(_, rest)| rest);
    rest.split('"').next().unwrap_or_default()
}

#[test]
fn an_observer_is_told_what_the_reply_says() {
    let (tell, told) = std::sync::mpsc::channel();
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let observe = move |finding: &Finding| tell.send(finding.rule.id).expect("somebody listens");
    let server = Server::observed(Settings::default(), listen, Clock::fixed(NOW), observe).expect("the server starts");
    for _ in 0..2 {
        let mint = format!("POST {} HTTP/1.1", api("GenerateAuthorizeToken"));
        let reply =
            raw(&server, &format!("{mint}\r\nhost: sandbox\r\nconnection: close\r\ncontent-length: 1\r\n\r\n?"));
        assert!(reply.contains("x-sandbox-doctor: missing-secret-key,content-type,body-not-an-object\r\n"), "{reply}");
        let found: Vec<_> = told.try_iter().collect();
        assert_eq!(found, ["missing-secret-key", "content-type", "body-not-an-object"]);
    }
    let (_, told) = ask(&server, "GET /_sandbox/doctor HTTP/1.1", "");
    assert_eq!((told.as_array().map(Vec::len), &told[3]["rule"]), (Some(6), &json!("missing-secret-key")));
}

//= docs/spec/sandbox.md#conduct
//# **SBX-23** The sandbox MUST run on a clock that a test can freeze, move and speed up, and MUST give the same bytes
//# for the same requests.
#[test]
fn the_clock_can_be_moved() {
    let server = start();
    let (_, clock) = ask(&server, "GET /_sandbox/clock HTTP/1.1", "");
    assert_eq!(clock, json!({"now": NOW, "frozen": true, "rate": 0}));
    let (_, clock) = ask(&server, "POST /_sandbox/clock HTTP/1.1", r#"{"advanceMs":60000}"#);
    assert_eq!((&clock["now"], server.clock().now()), (&json!(NOW + 60_000), NOW + 60_000));
    assert_eq!(ask(&server, "POST /_sandbox/clock HTTP/1.1", r#"{"frozen":false}"#).0, 200);
    assert_eq!(ask(&server, "POST /_sandbox/clock HTTP/1.1", r#"{"advanceMs":-1}"#).0, 400);
    assert_eq!(ask(&server, "PUT /_sandbox/clock HTTP/1.1", "").0, 405);
}

//= docs/spec/sandbox.md#conduct
//# **SBX-19** The sandbox MUST post events to one origin, and to anyone only when lenient, MUST refuse a `redirectUrl`
//# that would run script, MAY be framed by any page, and its controls MUST refuse other machines, pages of other
//# origins and host names that could be pointed at this machine.
/// What a browser lets any page send, and what it says of where that is from.
#[test]
fn a_page_from_elsewhere_cannot_use_the_controls() {
    let server = start();
    let port = server.url().rsplit(':').next().expect("a port").to_owned();
    let mut statuses = Vec::new();
    for (path, host, more) in [
        ("faults", "127.0.0.1", "\r\norigin: https://evil.example\r\nsec-fetch-site: cross-site"),
        ("faults", "127.0.0.1", "\r\norigin: null"),
        ("requests", "evil.example", ""),
        ("clock", "evil.example", ""),
        ("faults", "localhost", ""),
    ] {
        let reply = raw(
            &server,
            &format!(
                "POST /_sandbox/{path} HTTP/1.1\r\nhost: {host}:{port}\r\nconnection: close\r\ncontent-type: text/plain\r\n\
                 content-length: 2{more}\r\n\r\n[]"
            ),
        );
        statuses.push(reply.split(' ').nth(1).map(str::to_owned).expect("a status"));
    }
    assert_eq!(statuses, ["403", "403", "403", "403", "200"]);
    assert!(server.bank(|bank| bank.requests().is_empty()));
}

#[test]
fn a_body_over_1_mib_is_refused() {
    let server = start();
    let head = format!("POST {} HTTP/1.1\r\nhost: sandbox\r\nconnection: close", api("Authorize"));
    let announced = raw(&server, &format!("{head}\r\ncontent-length: 1048577\r\n\r\n"));
    assert!(announced.starts_with("HTTP/1.1 413"), "{announced}");
    let chunk = format!("80001\r\n{}\r\n", "a".repeat(0x80001));
    let streamed = raw(&server, &format!("{head}\r\ntransfer-encoding: chunked\r\n\r\n{chunk}{chunk}"));
    assert!(streamed.starts_with("HTTP/1.1 413"), "{streamed}");
    let largest = "a".repeat(1024 * 1024);
    assert_eq!(ask(&server, &format!("POST {} HTTP/1.1", api("Authorize")), &largest).0, 401, "one of 1 MiB is read");
    assert_eq!(ask(&server, "GET /_sandbox/clock HTTP/1.1", "").0, 200, "and the next one is answered");
}

#[test]
fn an_accelerated_clock_runs() {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = Server::start(Settings::default(), listen, Clock::accelerated(1_000)).expect("the server starts");
    let before = server.clock().now();
    let until = Instant::now() + Duration::from_secs(10);
    while server.clock().now() < before + 1_000 && Instant::now() < until {
        std::thread::yield_now();
    }
    assert!(server.clock().now() >= before + 1_000);
}

#[test]
fn dropping_it_frees_the_port_even_with_a_client_that_says_nothing() {
    let server = start();
    let address: SocketAddr = server.url().trim_start_matches("http://").parse().expect("an address");
    let _silent = TcpStream::connect(address).expect("it listens");
    drop(server);
    assert!(TcpStream::connect(address).is_err());
}
