use crate::support::{CUSTOMER, Ran, ended, get, keys, reconnect};
use reconnect_sandbox::{Clock, Server, Settings};
use serde_json::Value;
use std::{
    io::{ErrorKind, Read, Write},
    net::TcpListener,
    process::Command,
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

/// The checks, in their order.
const CHECKS: [&str; 8] = ["apiHost", "widgetHost", "apiTls", "widgetTls", "clock", "keys", "mint", "institutions"];

fn sandbox(clock: Clock) -> Server {
    let settings = Settings { strict: true, ..Settings::default() };
    Server::start(settings, ([127, 0, 0, 1], 0).into(), clock).expect("started")
}

/// The command against an API, with both keys of the sandbox.
pub(crate) fn check(api: &str) -> Command {
    let mut command = reconnect();
    command.args(["check", "--customer-id", CUSTOMER, "--api-url", api, "--widget-url", api]);
    command
}

/// A line for each check, with the keys that are documented, and nothing of a key.
#[track_caller]
pub(crate) fn lines(ran: &Ran) -> Vec<Value> {
    let lines: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(lines.iter().all(|line| keys(line) == ["check", "mend", "result", "saw"]), "{ran:?}");
    assert!(lines.iter().map(|line| line["check"].as_str().expect("a name")).eq(CHECKS), "{ran:?}");
    for secret in ["sandbox-secret", "sandbox-api-key", "another-key"] {
        assert!(!ran.stdout.contains(secret), "{ran:?}");
    }
    lines
}

#[track_caller]
pub(crate) fn line(lines: &[Value], check: &str) -> Value {
    lines.iter().find(|line| line["check"] == check).expect(check).clone()
}

/// The result of each check.
pub(crate) fn results(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["result"].as_str().expect("a result")).collect()
}

/// What a check says is to be mended.
#[track_caller]
pub(crate) fn mend(lines: &[Value], check: &str) -> String {
    line(lines, check)["mend"].as_str().expect("something to mend").to_owned()
}

#[test]
fn a_sound_setup_passes_every_check_and_reaches_no_bank() {
    for transport in ["async", "blocking"] {
        let server = sandbox(Clock::real());
        let ran = ended(check(&server.url()).args(["--json", "--transport", transport]), "").exits(0);
        let found = lines(&ran);
        assert_eq!(results(&found), ["ok"; 8], "{ran:?}");
        assert!(found.iter().all(|line| line["mend"].is_null()), "{ran:?}");
        assert_eq!(line(&found, "apiTls")["saw"], "plain http to loopback, and it answers");
        assert_eq!(line(&found, "institutions")["saw"], "the API knows 4 institutions");
        let asked = get(&format!("{}/_sandbox/requests", server.url())).json();
        let paths: Vec<&str> =
            asked.as_array().expect("a list").iter().filter_map(|one| one["path"].as_str()).collect();
        assert!(paths.iter().any(|path| path.ends_with("/GenerateAuthorizeToken")), "{paths:?}");
        assert!(paths.iter().any(|path| path.ends_with("/Institutions")), "{paths:?}");
        assert!(!paths.iter().any(|path| path.contains("/Authorize")), "{paths:?}");
        assert_eq!(get(&format!("{}/_sandbox/doctor", server.url())).json(), serde_json::json!([]));
    }
}

#[test]
fn people_read_a_line_for_each_check() {
    let server = sandbox(Clock::real());
    let ran = ended(&mut check(&server.url()), "").exits(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines[0], "ok       apiHost       127.0.0.1 is 127.0.0.1");
    assert!(lines.iter().map(|line| line.split_whitespace().nth(1).expect("a name")).eq(CHECKS), "{ran:?}");
    assert!(ran.stderr.contains("no check failed") && ran.stderr.contains("it may text a user"), "{ran:?}");
    let ran = ended(check(&server.url()).env("FLINKS_SECRET_KEY", "another-key"), "").exits(13);
    let mint = ran.stdout.lines().find(|line| line.contains("mint")).expect("its line");
    assert!(
        mint.starts_with("failed   mint          refused: UNAUTHORIZED, status 401 — FLINKS_SECRET_KEY"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("one check failed: mend it, then run `reconnect check` again"), "{ran:?}");
    assert!(!ran.stdout.contains("another-key"), "{ran:?}");
}

#[test]
fn a_wrong_key_fails_the_check_that_needs_it() {
    let server = sandbox(Clock::real());
    for (name, failed, other) in
        [("FLINKS_SECRET_KEY", "mint", "institutions"), ("FLINKS_X_API_KEY", "institutions", "mint")]
    {
        let found = lines(&ended(check(&server.url()).arg("--json").env(name, "another-key"), "").exits(13));
        assert_eq!((&line(&found, failed)["result"], &line(&found, other)["result"]), (&"failed".into(), &"ok".into()));
        assert!(mend(&found, failed).starts_with(&format!("{name} has to be the ")));
    }
}

#[test]
fn another_customer_or_a_refusal_of_the_call_is_a_fault_of_the_setup() {
    let server = sandbox(Clock::real());
    let url = server.url();
    let mut command = reconnect();
    command.args(["check", "--json", "--customer-id", "nobody", "--api-url", &url, "--widget-url", &url]);
    let found = lines(&ended(&mut command, "").exits(13));
    assert_eq!(results(&found)[5..], ["ok", "failed", "failed"]);
    assert!(mend(&found, "institutions").contains("--customer-id"), "{found:?}");
    let refuses =
        says("HTTP/1.1 400 Bad Request\r\ncontent-length: 22\r\nconnection: close\r\n\r\n{\"HttpStatusCode\":400}");
    let found = lines(&ended(check(&refuses).arg("--json"), "").exits(13));
    assert_eq!(mend(&found, "mint"), "check the address and --customer-id");
}

#[test]
fn a_key_that_is_absent_or_cannot_be_sent_is_named() {
    let server = sandbox(Clock::real());
    let found = lines(&ended(check(&server.url()).arg("--json").env_remove("FLINKS_SECRET_KEY"), "").exits(0));
    assert_eq!(results(&found)[5..], ["ok", "skipped", "ok"]);
    assert!(mend(&found, "mint").contains("set FLINKS_SECRET_KEY: integrations made since October 2024"));
    // The sandbox is strict, so the data call is refused.
    let found = lines(&ended(check(&server.url()).arg("--json").env_remove("FLINKS_X_API_KEY"), "").exits(13));
    assert_eq!(results(&found)[5..], ["ok", "ok", "failed"]);
    assert!(mend(&found, "keys").contains("set it, unless Flinks gave you none"));
    let found =
        lines(&ended(check(&server.url()).arg("--json").env("FLINKS_X_API_KEY", "'another-key'"), "").exits(13));
    assert_eq!(results(&found)[5..], ["failed", "skipped", "skipped"]);
    assert!(line(&found, "keys")["saw"].as_str().expect("text").starts_with("FLINKS_X_API_KEY "));
    assert_eq!(line(&found, "mint")["saw"], "a key cannot be sent");
}

#[test]
fn an_address_where_nobody_listens_is_a_failure_of_the_network() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let closed = format!("http://{free}");
    for transport in ["async", "blocking"] {
        let ran = ended(check(&closed).args(["--json", "--transport", transport]), "").exits(1);
        let found = lines(&ran);
        let expected = ["ok", "ok", "failed", "failed", "skipped", "ok", "skipped", "skipped"];
        assert_eq!(results(&found), expected, "{ran:?}");
        assert_eq!(line(&found, "apiTls")["saw"], "the connection was refused");
        assert_eq!(mend(&found, "apiTls"), "check the address and the port");
        assert_eq!(line(&found, "clock")["saw"], "no connection to the API could be opened");
        assert!(ran.stderr.contains("2 checks failed: mend the first one"), "{ran:?}");
    }
    let ran = ended(&mut check(&closed), "").exits(1);
    assert!(ran.stdout.contains("\nskipped  mint          no connection to the API could be opened\n"), "{ran:?}");
    // A wrong key counts more.
    ended(check(&closed).env("FLINKS_X_API_KEY", "'"), "").exits(13);
}

#[test]
fn a_name_that_is_not_found_is_a_failure_of_the_network() {
    let server = sandbox(Clock::real());
    let mut command = reconnect();
    command.args(["check", "--json", "--customer-id", CUSTOMER, "--api-url", "https://nosuch.invalid", "--widget-url"]);
    let found = lines(&ended(command.arg(server.url()), "").exits(1));
    assert_eq!(results(&found), ["failed", "ok", "skipped", "ok", "skipped", "ok", "skipped", "skipped"]);
    assert_eq!(mend(&found, "apiHost"), "check --api-url and the DNS");
    assert_eq!(line(&found, "apiTls")["saw"], "the API's host was not found");
}

#[test]
fn a_port_without_tls_is_no_address_of_https() {
    let server = sandbox(Clock::real());
    let secure = server.url().replace("http:", "https:");
    let found = lines(&ended(check(&secure).arg("--json"), "").exits(1));
    assert!(mend(&found, "apiTls").contains("the address is one of https"), "{found:?}");
}

#[test]
fn a_proxy_that_opens_no_tunnel_is_a_fault_of_the_setup() {
    let deaf = says("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
    let found = lines(&ended(check("https://api.example").args(["--json", "--proxy", &deaf]), "").exits(13));
    assert_eq!(results(&found)[..5], ["skipped", "skipped", "failed", "failed", "skipped"]);
    assert_eq!(line(&found, "apiHost")["saw"], "the proxy looks the name up");
    assert_eq!(mend(&found, "apiTls"), "check its address and its credentials");
}

#[test]
fn a_clock_that_is_wrong_is_named_and_by_more_than_five_minutes_it_fails() {
    let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_millis()).expect("a time");
    let at = |theirs: u64, exit| {
        let server = sandbox(Clock::starting(theirs, 1));
        line(&lines(&ended(check(&server.url()).arg("--json"), "").exits(exit)), "clock")
    };
    let off = at(now - 400_000, 13);
    assert_eq!(off["result"], "failed");
    assert!(
        off["saw"].as_str().expect("text").ends_with("ahead of the API's, so old data may pass for fresh"),
        "{off}"
    );
    assert!(off["mend"].as_str().expect("text").contains("by NTP"), "{off}");
    let near = at(now + 100_000, 0);
    assert_eq!(near["result"], "ok");
    let saw = near["saw"].as_str().expect("text");
    assert!(saw.starts_with("warning: this machine's clock is ") && saw.contains(" behind the API's"), "{near}");
    assert!(!near["mend"].is_null(), "{near}");
}

#[test]
fn a_reply_without_a_date_leaves_the_clock_unchecked() {
    for date in ["", "date: today\r\n"] {
        let url = says(&format!("HTTP/1.1 404 Not Found\r\n{date}content-length: 2\r\nconnection: close\r\n\r\n{{}}"));
        let found = lines(&ended(check(&url).arg("--json"), ""));
        assert_eq!(line(&found, "clock")["result"], "skipped");
        assert_eq!(results(&found)[2..4], ["ok", "ok"], "any reply will do");
    }
}

#[test]
fn no_redirect_is_followed() {
    let other = TcpListener::bind("127.0.0.1:0").expect("a port");
    other.set_nonblocking(true).expect("set");
    let to = other.local_addr().expect("its address");
    let url = says(&format!(
        "HTTP/1.1 302 Found\r\nlocation: http://{to}/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    ));
    let found = lines(&ended(check(&url).arg("--json"), "").exits(13));
    assert_eq!(results(&found)[2..], ["ok", "ok", "skipped", "ok", "failed", "failed"]);
    for check in ["mint", "institutions"] {
        assert_eq!(mend(&found, check), "no redirect is followed: check the address and --customer-id");
    }
    assert_eq!(other.accept().expect_err("nobody came").kind(), ErrorKind::WouldBlock);
}

/// A server that answers everything with these bytes.
fn says(reply: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let (url, reply) = (format!("http://{}", listener.local_addr().expect("its port")), reply.to_owned());
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.expect("a connection");
            let _ = socket.read(&mut [0; 4096]);
            let _ = socket.write_all(reply.as_bytes());
        }
    });
    url
}
