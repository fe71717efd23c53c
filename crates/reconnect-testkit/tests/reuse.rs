//! After trouble: the next request on the same client is answered with its own reply and never with what is left of the
//! one before; and who sends a byte now and then is left at the limit. Both HTTP clients, by themselves.

#![expect(clippy::unwrap_used, reason = "a test may unwrap: its panic is the report")]

#[path = "drivers/both.rs"]
mod both;

use both::*;
use core::time::Duration;
use reconnect_core::{Fault, FaultKind};
use reconnect_testkit::server::{Answer, Server};
use std::{thread, time::Instant};

const LIMIT: Duration = Duration::from_millis(200);
/// What a busy machine may take on top.
const PATIENCE: Duration = Duration::from_secs(5);
const PACE: Duration = Duration::from_millis(5);
const MAX_BODY: usize = 64 << 10;
/// What the request after the trouble is answered with, and what it must not be.
const OWN: &str = r#"{"Token":"own"}"#;
const OTHER: &str = r#"{"Token":"of the request before"}"#;

/// What came of the troubled request.
enum Then {
    /// A reply with this status; its connection is good.
    Reply(u16),
    /// A reply with this status; its connection is not.
    Spoilt(u16),
    Fault(FaultKind),
}
use Then::{Reply, Spoilt};

/// A reply that takes a quarter of a minute, byte by byte.
fn slow() -> Answer {
    Answer::json(200, &OTHER.repeat(100))
}

fn troubles() -> Vec<(&'static str, (Answer, Then))> {
    let large = || vec![b'x'; MAX_BODY + 1];
    let location = |answer: Answer| answer.header("location", "http://127.0.0.1:1/elsewhere");
    vec![
        ("no trouble", (Answer::json(200, OTHER), Reply(200))),
        ("a 4xx", (Answer::json(401, OTHER), Reply(401))),
        ("a 4xx in chunks", (Answer::json(429, OTHER).chunked(), Reply(429))),
        ("a 5xx", (Answer::json(503, OTHER), Reply(503))),
        ("a page of a proxy", (Answer::new(502, "<html>Bad Gateway</html>"), Reply(502))),
        ("a redirect", (location(Answer::new(302, OTHER)), Reply(302))),
        ("a redirect in chunks", (location(Answer::new(308, OTHER)).chunked(), Reply(308))),
        ("an empty reply", (Answer::new(204, ""), Reply(204))),
        ("more than was announced", (Answer::json(200, OTHER).and_unasked(&Answer::json(200, OTHER)), Spoilt(200))),
        ("more behind the last chunk", (Answer::json(200, OTHER).chunked().and_unasked(&slow()), Spoilt(200))),
        ("a body over the limit", (Answer::new(200, large()), Then::Fault(FaultKind::TooLarge))),
        ("chunks over the limit", (Answer::new(200, large()).chunked(), Then::Fault(FaultKind::TooLarge))),
        ("chunks without end", (Answer::new(200, OTHER).endless(), Then::Fault(FaultKind::TooLarge))),
        ("a cut body", (Answer::json(200, OTHER).cut_in_body(), Then::Fault(FaultKind::Connect))),
        ("a cut body in chunks", (Answer::json(200, OTHER).chunked().cut_in_body(), Then::Fault(FaultKind::Connect))),
        ("no byte at all", (Answer::hang_up(), Then::Fault(FaultKind::Connect))),
        ("a late reply", (Answer::json(200, OTHER).after(LIMIT * 3 / 2), Then::Fault(FaultKind::Timeout))),
        ("a slow head", (slow().drip(PACE), Then::Fault(FaultKind::Timeout))),
        ("a slow body", (slow().drip_body(PACE), Then::Fault(FaultKind::Timeout))),
        ("slow chunks", (slow().chunked().drip_body(PACE), Then::Fault(FaultKind::Timeout))),
    ]
}

/// Each case with each client, all at the same time: some have to wait for a limit.
fn each<T: Send>(cases: impl Fn() -> Vec<(&'static str, T)>, run: impl Fn(String, Http, T) + Sync) {
    thread::scope(|scope| {
        for blocking in [false, true] {
            for (what, case) in cases() {
                let run = &run;
                scope.spawn(move || {
                    let http = Http::new(blocking);
                    run(format!("{}, {what}", http.name()), http, case);
                });
            }
        }
    });
}

#[test]
fn after_trouble_a_request_gets_its_own_reply() {
    each(troubles, |what, http, (answer, then)| {
        let server = Server::answering(move |asked| {
            Some(if asked.header("x-trouble").is_some() { answer.clone() } else { Answer::json(200, OWN) })
        });
        let mut request = mint(&server.origin());
        let late = matches!(then, Then::Fault(FaultKind::Timeout));
        request.max_body = MAX_BODY;
        request.limit_ms = if late { LIMIT } else { PATIENCE }.as_millis() as u64;
        let wanted = match then {
            Reply(status) | Spoilt(status) => Ok(status),
            Then::Fault(kind) => Err(Fault::maybe(kind)),
        };
        request.headers.push(("x-trouble", "yes".into()));
        assert_eq!(http.exchange(&request).map(|reply| reply.status), wanted, "{what}");
        request.headers.pop();
        request.limit_ms = PATIENCE.as_millis() as u64;
        // Twice: what is left over may come late.
        for _ in 0..2 {
            let reply = http.exchange(&request).unwrap_or_else(|fault| panic!("{what}: {fault:?}"));
            assert_eq!(String::from_utf8_lossy(&reply.body), OWN, "{what}");
            thread::sleep(if late { LIMIT } else { Duration::ZERO });
        }
        // Nothing went twice, a good connection was not thrown away, and a bad one was. One with too long a body is
        // good if all of it came; and on a busy machine the time may be over before anything went.
        let (troubled, own): (Vec<_>, Vec<_>) =
            server.asked().into_iter().partition(|asked| asked.header("x-trouble").is_some());
        assert!(troubled.len() == 1 || (late && troubled.is_empty()), "{what}: {}", troubled.len());
        assert!(own.len() == 2 && own[0].connection == own[1].connection, "{what}: {own:?}");
        let same = troubled.iter().any(|asked| asked.connection == own[0].connection);
        match then {
            Reply(_) => assert!(same, "{what}"),
            Then::Fault(FaultKind::TooLarge) => {}
            Spoilt(_) | Then::Fault(_) => assert!(!same, "{what}"),
        }
    });
}

#[test]
fn who_sends_a_byte_now_and_then_is_left_at_the_limit() {
    let cases = || {
        vec![
            ("the head", slow().drip(PACE)),
            ("the body", slow().drip_body(PACE)),
            ("a chunk", slow().chunked().drip_body(PACE)),
            ("chunks without end", Answer::new(200, OTHER).endless().drip_body(PACE)),
            ("a long header", slow().header("x-long", &"x".repeat(4_000)).drip(PACE)),
        ]
    };
    each(cases, |what, http, answer| {
        let server = Server::answering(move |_| Some(answer.clone()));
        let mut request = mint(&server.origin());
        // Enough for all but what has no end.
        (request.max_body, request.limit_ms) = (4 << 10, LIMIT.as_millis() as u64);
        // On a busy machine the time may be over before a byte came.
        let tries = (1..=10).find(|tries| {
            let began = Instant::now();
            assert_eq!(http.exchange(&request).err(), Some(Fault::maybe(FaultKind::Timeout)), "{what}");
            let took = began.elapsed();
            // All the while bytes came in: what counts is the exchange, not the time since the last byte.
            assert!(took >= LIMIT && took < LIMIT + PATIENCE, "{what}: {took:?}");
            assert!(server.asked().len() <= *tries, "{what}");
            server.written() > 5
        });
        assert!(tries.is_some(), "{what}: it never dripped");
    });
}
