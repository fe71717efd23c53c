//! What the server does to a reply, and what it makes of clients that do not behave. A client is nothing but a socket.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Instant;

use reconnect_sandbox::{Clock, Server, Settings};
use serde_json::{Value, json};

use crate::desk::{MINUTE, NOW, api};

fn start(faults: Value) -> Server {
    start_at(faults, Clock::fixed(NOW))
}

fn start_at(faults: Value, clock: Clock) -> Server {
    let faults = serde_json::from_value(faults).expect("faults");
    let settings = Settings { faults, ..Settings::default() };
    Server::start(settings, SocketAddr::from(([127, 0, 0, 1], 0)), clock).expect("the server starts")
}

fn connect(server: &Server) -> TcpStream {
    let socket = TcpStream::connect(server.url().trim_start_matches("http://")).expect("it listens");
    socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a time-out");
    socket
}

fn mint() -> String {
    let path = api("GenerateAuthorizeToken");
    format!("POST {path} HTTP/1.1\r\nhost: sandbox\r\nflinks-auth-key: sandbox-secret\r\ncontent-length: 0\r\n\r\n")
}

/// All that comes until the connection ends.
fn rest(socket: &mut TcpStream) -> String {
    let mut said = Vec::new();
    socket.read_to_end(&mut said).expect("it closes in an orderly way");
    String::from_utf8(said).expect("UTF-8")
}

/// One reply, whole, from a connection that stays open.
fn reply(socket: &mut TcpStream) -> String {
    let mut said = Vec::new();
    let mut byte = [0];
    let whole = |said: &[u8]| {
        let text = String::from_utf8_lossy(said).into_owned();
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length: usize = head.split("content-length: ").nth(1)?.split("\r\n").next()?.parse().ok()?;
        (body.len() >= length).then_some(text)
    };
    loop {
        if let Some(text) = whole(&said) {
            return text;
        }
        socket.read_exact(&mut byte).expect("a whole reply");
        said.push(byte[0]);
    }
}

#[test]
fn a_dropped_connection_closes_without_a_byte() {
    let server = start(json!([{"call": 2, "effect": {"kind": "drop"}}]));
    let mut socket = connect(&server);
    socket.write_all(mint().as_bytes()).expect("it reads");
    assert!(reply(&mut socket).starts_with("HTTP/1.1 200 OK"), "the first call is spared");
    socket.write_all(mint().as_bytes()).expect("it reads");
    assert_eq!(rest(&mut socket), "");
    assert_eq!(server.bank(|bank| bank.requests().len()), 2);
}

#[test]
fn a_truncated_body_announces_its_whole_length() {
    let server = start(json!([{"effect": {"kind": "truncate", "bytes": 10}}]));
    let mut socket = connect(&server);
    socket.write_all(mint().as_bytes()).expect("it reads");
    let said = rest(&mut socket);
    let (head, body) = said.split_once("\r\n\r\n").expect("a head");
    let length: usize = head.split("content-length: ").nth(1).expect("a length").parse().expect("a number");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\ncontent-type: application/json"), "{head}");
    assert!(body.len() == 10 && length > 10, "{length}: {body}");
}

#[test]
fn every_other_fault_leaves_the_connection_as_it_was() {
    let effects = [
        (json!({"kind": "badGateway"}), "HTTP/1.1 502 Bad Gateway"),
        (json!({"kind": "empty"}), "HTTP/1.1 200 OK"),
        (json!({"kind": "tooManyRequests", "retryAfter": 1}), "HTTP/1.1 429 Too Many Requests"),
        (json!({"kind": "contradiction", "httpStatus": 401}), "HTTP/1.1 401 Unauthorized"),
        (json!({"kind": "duplicate"}), "HTTP/1.1 200 OK"),
        (json!({"kind": "late", "delayMs": 0}), "HTTP/1.1 200 OK"),
        (json!({"kind": "latency", "delayMs": 0}), "HTTP/1.1 200 OK"),
    ];
    for (effect, status) in effects {
        let server = start(json!([{"call": 1, "effect": effect}]));
        let mut socket = connect(&server);
        for expected in [status, "HTTP/1.1 200 OK"] {
            socket.write_all(mint().as_bytes()).expect("it reads");
            let said = reply(&mut socket);
            assert!(said.starts_with(expected), "{effect}: {said}");
        }
    }
}

//= docs/spec/sandbox.md#conduct
//# **SBX-23** The sandbox MUST run on a clock that a test can freeze, move and speed up, and MUST give the same bytes
//# for the same requests.
#[test]
fn a_late_reply_waits_for_the_sandboxs_clock() {
    let server = start(json!([{"call": 1, "effect": {"kind": "late", "delayMs": 5 * MINUTE}}]));
    let mut socket = connect(&server);
    socket.write_all(mint().as_bytes()).expect("it reads");
    let mut other = connect(&server);
    other.write_all(mint().as_bytes()).expect("it reads");
    assert!(reply(&mut other).starts_with("HTTP/1.1 200"), "others are answered meanwhile");
    server.clock().advance(5 * MINUTE - 1);
    socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a time-out");
    assert!(socket.read(&mut [0]).is_err(), "one tick before");
    server.clock().advance(1);
    socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a time-out");
    let said = reply(&mut socket);
    assert!(said.contains("\r\ndate: Wed, 21 Jan 2026 20:52:47 GMT\r\n"), "{said}");
}

#[test]
fn a_slow_request_is_handled_even_if_its_client_has_gone() {
    let server = start(json!([{"call": 1, "effect": {"kind": "latency", "delayMs": MINUTE}}]));
    let mut gone = connect(&server);
    gone.write_all(mint().as_bytes()).expect("it reads");
    drop(gone);
    let since = Instant::now();
    while !server.bank(|bank| bank.requests().iter().any(|request| request.fault == Some("latency"))) {
        assert!(since.elapsed() < Duration::from_secs(10), "it is never handled");
        std::thread::sleep(Duration::from_millis(50));
        server.clock().advance(MINUTE);
    }
}

#[test]
fn an_accelerated_clock_shortens_the_wait() {
    let late = json!([{"effect": {"kind": "latency", "delayMs": 10 * MINUTE}}]);
    let server = start_at(late, Clock::accelerated(100_000));
    let mut socket = connect(&server);
    let since = Instant::now();
    socket.write_all(mint().as_bytes()).expect("it reads");
    assert!(reply(&mut socket).starts_with("HTTP/1.1 200"));
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
}

#[test]
fn stopping_waits_for_nobody() {
    let server = start(json!([{"call": 2, "effect": {"kind": "late", "delayMs": MINUTE}}]));
    let mut idle = connect(&server);
    idle.write_all(mint().as_bytes()).expect("it reads");
    assert!(reply(&mut idle).starts_with("HTTP/1.1 200"), "it is kept alive");
    let mut waiting = connect(&server);
    waiting.write_all(mint().as_bytes()).expect("it reads");
    let mut half = connect(&server);
    half.write_all(b"POST / HTTP/1.1\r\ncontent-length: 10\r\n\r\nhalf").expect("it reads");
    while server.bank(|bank| bank.requests().len()) < 2 {
        std::thread::yield_now();
    }
    let since = Instant::now();
    server.stop();
    assert!(since.elapsed() < Duration::from_secs(2), "{:?}", since.elapsed());
    let mut said = Vec::new();
    let _ = waiting.read_to_end(&mut said);
    assert_eq!(said, b"");
}

#[test]
fn clients_that_do_not_behave_take_nobody_else_down() {
    let server = start(json!([]));
    let nul = b"GET /\0 HTTP/1.1\r\n\r\n".as_slice();
    let head = format!("GET / HTTP/1.1\r\n{}\r\n", "x-a: b\r\n".repeat(1_000));
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(1_000_000));
    let lengths = b"POST / HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcdef".as_slice();
    let chunks = b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".as_slice();
    let garbage = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".as_slice();
    let h2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice();
    let half = b"POST / HTTP/1.1\r\ncontent-length: 10\r\n\r\nhalf".as_slice();
    for bytes in [nul, head.as_bytes(), long.as_bytes(), lengths, chunks, garbage, h2, half, b"GET"] {
        let mut socket = connect(&server);
        // It may answer and close before it has read everything.
        let _ = socket.write_all(bytes);
        let _ = socket.shutdown(Shutdown::Write);
        let mut said = Vec::new();
        let _ = socket.read_to_end(&mut said);
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
        let mut next = connect(&server);
        next.write_all(mint().as_bytes()).expect("it reads");
        assert!(reply(&mut next).starts_with("HTTP/1.1 200"), "and the next one is answered");
    }
}
