//! Webhooks, attempt by attempt, in virtual time and over sockets.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Instant;

use base64ct::{Base64, Encoding};
use hmac::{Hmac, Mac};
use reconnect_sandbox::{Attempt, Clock, Request, Server, Settings, WebhookRefused, WebhookState};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::desk::{Desk, MINUTE, NOW, api};

const HOOK: &str = "http://127.0.0.1:9/hook";

#[test]
fn a_webhook_is_the_data_with_its_type_and_signed() {
    let mut desk = Desk::strict();
    let (_, id) = desk.authorized("greatday_nomfa");
    let number = desk.bank.webhook(NOW, HOOK, &id, Some("secret")).expect("it is queued");
    let delivery = desk.bank.webhook_due(NOW).expect("due at once");
    assert_eq!((delivery.webhook, delivery.request.method.as_str(), &*delivery.request.target), (number, "POST", HOOK));
    let header = |name: &str| delivery.request.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value);
    assert_eq!(header("content-type").map(String::as_str), Some("application/json"));
    assert_eq!(header("flinks-authenticity-key"), Some(&signature(&delivery.request.body, "secret")));
    let mut told: Value = serde_json::from_slice(&delivery.request.body).expect("JSON");
    let told = told.as_object_mut().expect("an object");
    assert_eq!(told.remove("ResponseType"), Some(json!("GetAccountsDetail")));
    desk.detail(&json!({"RequestId": id}));
    desk.now += MINUTE;
    assert_eq!(desk.poll(&id).json().as_object(), Some(&*told), "nothing else differs from the 200");
    let text = String::from_utf8(delivery.request.body).expect("UTF-8");
    assert!(text.contains("50000.00"), "amounts keep every digit");
}

/// The Base64 of an HMAC-SHA256 over the raw body: <https://docs.flinks.com/reference/hmac>.
fn signature(body: &[u8], key: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("a key of any length");
    mac.update(body);
    Base64::encode_string(&mac.finalize().into_bytes())
}

#[test]
fn an_unsigned_one_has_no_signature() {
    let mut desk = Desk::strict();
    let (_, id) = desk.authorized("greatday_nomfa");
    desk.bank.webhook(NOW, HOOK, &id, None).expect("it is queued");
    assert_eq!(desk.bank.webhook_due(NOW).expect("due").request.headers.len(), 1);
}

//= docs/spec/sandbox.md#conduct
//# **SBX-20** The sandbox SHOULD answer the endpoints of [other-endpoints.md](other-endpoints.md) and
//# `/AuthorizeAsync`, and SHOULD deliver webhooks.
#[test]
fn ten_attempts_thirty_minutes_apart_and_then_no_more() {
    let mut desk = Desk::strict();
    let (_, id) = desk.authorized("greatday_nomfa");
    let number = desk.bank.webhook(NOW, HOOK, &id, None).expect("it is queued");
    for attempt in 0..10 {
        let at = NOW + attempt * 30 * MINUTE;
        assert_eq!(desk.bank.next_webhook_at(), Some(at));
        assert!(desk.bank.webhook_due(at - 1).is_none(), "one tick before");
        assert!(desk.bank.webhook_due(at).is_some());
        assert!(desk.bank.webhook_due(u64::MAX).is_none(), "it is under way");
        // Another success is a failure too: 200 is what the documentation asks for.
        desk.bank.webhook_answered(number, [None, Some(204), Some(500)][attempt as usize % 3]);
        desk.bank.webhook_answered(number, Some(200));
    }
    assert_eq!((desk.bank.next_webhook_at(), desk.bank.webhook_due(u64::MAX).is_none()), (None, true));
    let webhook = &desk.bank.webhooks()[0];
    assert_eq!((webhook.state, webhook.attempts.len()), (WebhookState::GivenUp, 10));
    assert_eq!(webhook.attempts[1], Attempt { at: NOW + 30 * MINUTE, status: Some(204) });
    let row = &desk.ask(&Request::get("/_sandbox/webhooks")).json()[0];
    assert_eq!((&row["state"], &row["nextAt"], &row["requestId"]), (&json!("givenUp"), &Value::Null, &json!(id)));
    assert_eq!(row["attempts"][0], json!({"at": NOW, "status": null}));
}

#[test]
fn what_cannot_be_told_or_must_not_leave_is_refused() {
    let mut desk = Desk::strict();
    let (_, asked) = desk.asked();
    let (_, id) = desk.authorized("greatday_nomfa");
    let mut refused = |url: &str, id: &str| desk.bank.webhook(NOW, url, id, Some("canary")).expect_err("refused");
    assert_eq!(refused(HOOK, "unknown"), WebhookRefused::Unknown);
    assert_eq!(refused(HOOK, &asked), WebhookRefused::NotAuthorized);
    for url in ["https://127.0.0.1/hook", "http://example.com/hook", "hook", ""] {
        assert_eq!(refused(url, &id), WebhookRefused::Url, "{url}");
    }
    let mut ask = |body: Value| {
        let reply = desk.ask(&Request::post("/_sandbox/webhook", body.to_string()));
        (reply.status, reply.json())
    };
    assert_eq!(ask(json!({"url": HOOK, "requestId": "unknown"})).0, 404);
    let (status, body) = ask(json!({"url": "http://example.com/", "requestId": id, "key": "canary"}));
    assert!(status == 400 && body["error"].as_str().is_some_and(|why| why.contains("loopback")), "{body}");
    for wrong in
        [json!({}), json!({"url": HOOK, "requestId": id, "key": 1}), json!({"url": HOOK, "requestId": id, "keys": "x"})]
    {
        assert_eq!(ask(wrong.clone()).0, 400, "{wrong}");
    }
    for number in 1..=100 {
        assert_eq!(ask(json!({"url": HOOK, "requestId": id, "key": "canary"})), (200, json!({"webhook": number})));
    }
    assert_eq!(ask(json!({"url": HOOK, "requestId": id})).0, 400, "too many are under way");
    let due = desk.bank.webhook_due(NOW).expect("due").webhook;
    desk.bank.webhook_answered(due, Some(200));
    assert_eq!(desk.bank.webhook(NOW, HOOK, &id, None), Ok(101), "one that is over makes room");
    let shown = format!("{:?} {:?}", desk.bank.webhooks(), desk.bank);
    assert!(!shown.contains("canary") && !shown.contains(&id) && !shown.contains("hook\""), "{shown}");
}

/// Answers each connection with the next status; what came is the thread's result.
fn receiver(statuses: &'static [u16]) -> (SocketAddr, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let serve =
        move || statuses.iter().map(|status| receive(&listener.accept().expect("a caller").0, *status)).collect();
    (address, std::thread::spawn(serve))
}

fn receive(mut socket: &TcpStream, status: u16) -> String {
    socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a time-out");
    let mut came = Vec::new();
    let mut buffer = [0; 65_536];
    loop {
        let text = String::from_utf8_lossy(&came).to_lowercase();
        let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse().ok());
        if let (Some(head), Some(length)) = (text.find("\r\n\r\n"), length) {
            let length: usize = length;
            if came.len() >= head + 4 + length {
                break;
            }
        }
        let length = socket.read(&mut buffer).expect("it is sent");
        came.extend_from_slice(&buffer[..length]);
    }
    // 0 is no answer at all.
    if status != 0 {
        write!(socket, "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").expect("it listens");
    }
    String::from_utf8(came).expect("UTF-8")
}

fn attempts(server: &Server, wanted: usize) -> Vec<Option<u16>> {
    let since = Instant::now();
    loop {
        let statuses: Vec<_> =
            server.bank(|bank| bank.webhooks()[0].attempts.iter().map(|attempt| attempt.status).collect());
        if statuses.len() >= wanted || since.elapsed() > Duration::from_secs(10) {
            return statuses;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_server_delivers_and_repeats_when_its_clock_is_advanced() {
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = Server::start(Settings::default(), loopback, Clock::fixed(NOW)).expect("the server starts");
    let id = server.bank(|bank| {
        let login = bank.connect(NOW, "greatday_nomfa", "en");
        let live = json!({"LoginId": login, "MostRecentCached": false}).to_string();
        bank.handle(NOW, &Request::post(api("Authorize"), live)).json()["RequestId"].as_str().map(str::to_owned)
    });
    let (address, receiver) = receiver(&[500, 0, 200]);
    let url = format!("http://localhost:{}/hook?a=b", address.port());
    server.bank(|bank| bank.webhook(NOW, &url, &id.expect("authorized"), Some("key"))).expect("it is queued");
    assert_eq!(attempts(&server, 1), [Some(500)]);
    server.clock().advance(30 * MINUTE - 1);
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(attempts(&server, 1), [Some(500)], "one tick before");
    server.clock().advance(1);
    assert_eq!(attempts(&server, 2), [Some(500), None]);
    server.clock().advance(30 * MINUTE);
    assert_eq!(attempts(&server, 3), [Some(500), None, Some(200)]);
    assert_eq!(server.bank(|bank| bank.webhooks()[0].state), WebhookState::Delivered);
    let came = receiver.join().expect("three callers");
    assert!(came[0].starts_with("POST /hook?a=b HTTP/1.1\r\n"), "{}", came[0]);
    assert!(came[0].contains(&format!("host: localhost:{}\r\n", address.port())));
    let (head, body) = came[0].split_once("\r\n\r\n").expect("a head and a body");
    let signed = format!("\r\nflinks-authenticity-key: {}", signature(body.as_bytes(), "key"));
    assert!(head.contains(&signed), "{head}");
    assert_eq!((&came[0], &came[1]), (&came[1], &came[2]), "the same bytes each time");
    server.stop();
}

#[test]
fn a_receiver_that_is_not_there_fails_the_attempt() {
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = Server::start(Settings::default(), loopback, Clock::fixed(NOW)).expect("the server starts");
    let nobody = TcpListener::bind(loopback).and_then(|listener| listener.local_addr()).expect("a free port");
    server.bank(|bank| {
        let login = bank.connect(NOW, "greatday_nomfa", "en");
        let live = json!({"LoginId": login, "MostRecentCached": false}).to_string();
        let reply = bank.handle(NOW, &Request::post(api("Authorize"), live)).json();
        let id = reply["RequestId"].as_str().expect("authorized");
        bank.webhook(NOW, &format!("http://{nobody}/"), id, None).expect("it is queued");
    });
    assert_eq!(attempts(&server, 1), [None]);
}
