//! After trouble: the next request on the same client is answered with its own reply and never with what is left of the
//! one before; and who sends a byte now and then is left at the limit. Both HTTP clients, by themselves.

use crate::both::*;
use core::time::Duration;
use reconnect_core::{Event, Fault, FaultKind, Keys, LoginId, policy::IDLE_LIMIT};
use reconnect_testkit::server::{Answer, Server};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Instant,
};

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
        ("a cut body", (Answer::json(200, OTHER).cut_in_body(), Then::Fault(FaultKind::Broken))),
        ("a cut body in chunks", (Answer::json(200, OTHER).chunked().cut_in_body(), Then::Fault(FaultKind::Broken))),
        ("no byte at all", (Answer::hang_up(), Then::Fault(FaultKind::Broken))),
        (
            "an encoded body",
            (Answer::new(200, OTHER).header("content-encoding", "gzip"), Then::Fault(FaultKind::Encoded)),
        ),
        (
            "a long head",
            (Answer::new(200, OTHER).header("x", &"x".repeat(70 << 10)), Then::Fault(FaultKind::HeadTooLarge)),
        ),
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
        // Nothing was sent twice, a good connection was kept, and a bad one was not. A connection whose reply was not
        // read is good if all of the reply came. On a busy machine the time may be over before anything was sent.
        let (troubled, own): (Vec<_>, Vec<_>) =
            server.asked().into_iter().partition(|asked| asked.header("x-trouble").is_some());
        assert!(troubled.len() == 1 || (late && troubled.is_empty()), "{what}: {}", troubled.len());
        assert!(own.len() == 2 && own[0].connection == own[1].connection, "{what}: {own:?}");
        let same = troubled.iter().any(|asked| asked.connection == own[0].connection);
        match then {
            Reply(_) => assert!(same, "{what}"),
            Then::Fault(FaultKind::TooLarge | FaultKind::HeadTooLarge | FaultKind::Encoded) => {}
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

/// A service that closes a connection after a silent while, and keeps what it was asked.
struct Impatient {
    origin: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Impatient {
    fn after(idle: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let service = Self { origin: format!("http://{}", listener.local_addr().unwrap()), asked: Arc::default() };
        let asked = service.asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let asked = asked.clone();
                // A client that is silent for too long, or leaves, ends the thread.
                thread::spawn(move || answers(stream, idle, &asked));
            }
        });
        service
    }

    fn take(&self) -> Vec<String> {
        core::mem::take(&mut *self.asked.lock().unwrap())
    }
}

fn answers(mut stream: TcpStream, idle: Duration, asked: &Mutex<Vec<String>>) -> Option<()> {
    stream.set_read_timeout(Some(idle)).ok()?;
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let (mut lines, mut length) = (Vec::new(), 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some(number) = line.to_lowercase().strip_prefix("content-length:") {
                length = number.trim().parse().ok()?;
            }
            lines.push(line);
        }
        reader.read_exact(&mut vec![0; length]).ok()?;
        let endpoint = lines[0].split("BankingServices/").nth(1)?.split([' ', '/']).next()?.to_owned();
        let body = match endpoint.as_str() {
            "GenerateAuthorizeToken" => TOKEN,
            "Authorize" => r#"{"HttpStatusCode":200,"Login":{"Id":"5e115eac"},"RequestId":"r-1"}"#,
            _ => r#"{"HttpStatusCode":200,"Accounts":[],"Login":{"Id":"5e115eac"},"RequestId":"r-1"}"#,
        };
        asked.lock().ok()?.push(endpoint);
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).ok()?;
    }
}

/// A process that is frozen between two refreshes does not notice that the other end closed the connection.
#[test]
fn a_frozen_refresh_reaches_the_service() {
    let idle = Duration::from_millis(200);
    let refresh = |secret: bool, frozen: bool, blocking: bool| {
        let what = format!("blocking {blocking}, with a secret key {secret}, frozen {frozen}");
        let service = Impatient::after(idle);
        let keys = Keys { secret: secret.then(|| "the-secret".into()), api: None };
        let login = || LoginId::new("5e115eac").unwrap();
        let pause = || thread::sleep(3 * idle);
        if blocking {
            let client = reconnect_blocking::Client::new(instance(&service.origin), keys).unwrap();
            let run =
                || client.refresh(login()).run(|_, _| Event::Tick).map(|_| ()).map_err(|stopped| stopped.to_string());
            assert_eq!(run(), Ok(()), "{what}");
            pause();
            service.take();
            assert_eq!(run(), Ok(()), "{what}");
        } else {
            let runtime = runtime();
            let client = reconnect_async::Client::new(instance(&service.origin), keys).unwrap();
            let run = || runtime.block_on(client.refresh(login()).run(|_, _| async { Event::Tick }));
            let run = || run().map(|_| ()).map_err(|stopped| stopped.to_string());
            assert_eq!(run(), Ok(()), "{what}");
            if frozen {
                pause()
            } else {
                runtime.block_on(async { tokio::time::sleep(3 * idle).await })
            }
            service.take();
            assert_eq!(run(), Ok(()), "{what}");
        }
        let asked = service.take();
        assert_eq!(asked.iter().filter(|endpoint| *endpoint == "Authorize").count(), 1, "{what}: {asked:?}");
    };
    thread::scope(|scope| {
        for secret in [true, false] {
            for (frozen, blocking) in [(true, false), (false, false), (true, true)] {
                scope.spawn(move || refresh(secret, frozen, blocking));
            }
        }
    });
}

/// A request that must not be repeated has a new connection and leaves none behind; the others use the idle connection,
/// for a limited time.
#[test]
fn an_idle_connection_is_used_for_a_while_and_never_for_a_request_that_must_not_repeat() {
    let cases = || vec![("soon", Duration::ZERO), ("too late", IDLE_LIMIT + Duration::from_millis(500))];
    each(cases, |what, http, pause| {
        let server = Server::answering(|_| Some(Answer::json(200, OWN)));
        let mut request = mint(&server.origin());
        for once in [false, true, true, false] {
            request.once = once;
            http.exchange(&request).unwrap();
        }
        thread::sleep(pause);
        request.once = false;
        http.exchange(&request).unwrap();
        let connections: Vec<_> = server.asked().iter().map(|asked| asked.connection).collect();
        let last = if pause.is_zero() { 0 } else { 3 };
        assert_eq!(connections, [0, 1, 2, 0, last], "{what}");
    });
}
