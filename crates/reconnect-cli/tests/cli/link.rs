use crate::support::{Ran, ended, fed, keys, reconnect};
use serde_json::{Value, json};
use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::TcpListener,
    process::Command,
    sync::mpsc::{Receiver, channel},
    thread,
};

const ADMIN_KEY: &str = "an-admin-key";
const MADE: &str =
    r#"{"id":"0123456789abcdef","url":"https://app.example/r/a-token","expiresAt":1780000000000,"more":1}"#;

/// A server that answers one request, and hands over what it was asked.
fn serve(status: &str, head: &str, body: &str) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("its port"));
    let reply = format!("HTTP/1.1 {status}\r\n{head}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    let (tell, told) = channel();
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().expect("a connection");
        let (mut asked, mut some) = (String::new(), [0; 4096]);
        // The request has one body, and its JSON ends with a brace.
        while !asked.ends_with('}') {
            let length = socket.read(&mut some).expect("read");
            asked.push_str(core::str::from_utf8(&some[..length]).expect("UTF-8"));
        }
        tell.send(asked).expect("the test waits");
        let _ = socket.write_all(reply.as_bytes());
    });
    (url, told)
}

/// The command, with the admin key and no server.
fn link() -> Command {
    let mut command = reconnect();
    command.arg("link").env("RECONNECT_ADMIN_KEY", ADMIN_KEY).env_remove("RECONNECT_SERVER");
    command
}

/// Runs it. Neither stream has the key.
#[track_caller]
fn linked(command: &mut Command) -> Ran {
    let ran = ended(command, "");
    assert!(!format!("{ran:?}").contains(ADMIN_KEY), "{ran:?}");
    ran
}

fn body(asked: &str) -> Value {
    serde_json::from_str(asked.split_once("\r\n\r\n").expect("a body").1).expect("JSON")
}

#[test]
fn the_link_is_the_only_line_on_stdout() {
    let (url, asked) = serve("201 Created", "", MADE);
    let ran = linked(link().args(["l-1", "--server", &url])).exits(0);
    assert_eq!(ran.stdout, "https://app.example/r/a-token\n");
    assert_eq!(ran.stderr, "id 01234567… until 2026-05-28 20:26:40 UTC\n");
    let asked = asked.recv().expect("asked");
    assert!(asked.starts_with("POST /links HTTP/1.1\r\n"), "{asked}");
    let head = asked.to_ascii_lowercase();
    assert!(head.contains(&format!("\r\nauthorization: bearer {ADMIN_KEY}\r\n")), "{asked}");
    assert!(head.contains("\r\ncontent-type: application/json\r\n"), "{asked}");
    // The keys of Flinks are not this server's.
    assert!(!asked.contains("sandbox-"), "{asked}");
    let nothing = json!({"loginId": "l-1", "keep": null, "language": null, "expiresInS": null, "ownerRef": null,
        "institution": null});
    assert_eq!(body(&asked), nothing);
}

#[test]
fn every_option_is_sent_and_json_has_the_whole_id() {
    let (url, asked) = serve("201 Created", "", MADE);
    let more =
        ["--keep", "a-1,a-2", "--language", "fr", "--expires-in", "3days", "--owner-ref", "u 7", "--institution"];
    // The path of the address is kept.
    let server = format!("{url}/reconnect/");
    let ran = linked(link().arg("l-1").args(more).args(["Banque", "--json"]).env("RECONNECT_SERVER", server)).exits(0);
    assert_eq!(ran.stderr, "");
    assert_eq!(keys(&ran.json()), ["expiresAt", "id", "url"]);
    assert_eq!(ran.json()["id"], "0123456789abcdef");
    let asked = asked.recv().expect("asked");
    assert!(asked.starts_with("POST /reconnect/links HTTP/1.1\r\n"), "{asked}");
    let all = json!({"loginId": "l-1", "keep": ["a-1", "a-2"], "language": "fr", "expiresInS": 259_200,
        "ownerRef": "u 7", "institution": "Banque"});
    assert_eq!(body(&asked), all);
}

#[test]
fn the_login_may_come_from_a_file_or_from_standard_input() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), "l-2\n").expect("written");
    for given in ["-".to_owned(), format!("@{}", file.path().display())] {
        let (url, asked) = serve("201 Created", "", MADE);
        ended(link().args([&given, "--server", &url, "--expires-in", "60"]), "l-2\n").exits(0);
        let asked = body(&asked.recv().expect("asked"));
        assert_eq!((&asked["loginId"], &asked["expiresInS"]), (&json!("l-2"), &json!(60)));
    }
}

#[test]
fn a_refused_key_is_a_fault_of_the_setup_and_the_problem_is_shown() {
    let problem =
        r#"{"type":"about:blank","title":"Unauthorized","detail":"The key\u001b[2J is another","status":401}"#;
    let head = "content-type: application/problem+json\r\n";
    let (url, _asked) = serve("401 Unauthorized", head, problem);
    let ran = linked(link().args(["l-1", "--json", "--server", &url])).exits(13);
    let error = ran.error();
    assert_eq!((&error["status"], &error["recovery"]), (&401.into(), &"fixTheSetup".into()));
    let message = error["message"].as_str().expect("text");
    assert!(message.contains("status 401: Unauthorized: The key"), "{message}");
    assert!(message.ends_with("; set RECONNECT_ADMIN_KEY to the admin key of this server"), "{message}");
    assert!(ran.stderr.contains("The key\\u001b[2J is another"), "{ran:?}");
    // Any other problem is one of the request.
    let (url, _asked) = serve("400 Bad Request", head, r#"{"title":"Bad request","detail":"too long"}"#);
    let ran = linked(link().args(["l-1", "--server", &url])).exits(1);
    assert!(ran.stderr.contains("status 400: Bad request: too long"), "{ran:?}");
}

#[test]
fn no_server_is_an_error_of_the_network() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let ran = linked(link().args(["l-1", "--json", "--server", &format!("http://{free}")])).exits(1);
    let error = ran.error();
    assert_eq!((&error["fault"], &error["recovery"]), (&"refused".into(), &Value::Null));
    assert!(error["message"].as_str().expect("text").ends_with("start it with `reconnect serve`"), "{error}");
}

#[test]
fn no_redirect_is_followed() {
    let other = TcpListener::bind("127.0.0.1:0").expect("a port");
    other.set_nonblocking(true).expect("set");
    let to = other.local_addr().expect("its address");
    for status in ["302 Found", "307 Temporary Redirect"] {
        let (url, _asked) = serve(status, &format!("location: http://{to}/links\r\n"), "");
        let ran = linked(link().args(["l-1", "--server", &url])).exits(13);
        assert!(ran.stderr.contains("no redirect is followed"), "{ran:?}");
    }
    assert_eq!(other.accept().expect_err("nobody came").kind(), ErrorKind::WouldBlock);
}

#[test]
fn a_reply_that_is_too_large_or_no_link_is_refused() {
    // A link that is read is one, whatever stands around it.
    let fits = format!("{MADE}{}", " ".repeat((64 << 10) - MADE.len()));
    let (url, _asked) = serve("201 Created", "", &fits);
    linked(link().args(["l-1", "--server", &url])).exits(0);
    let (url, _asked) = serve("201 Created", "", &format!("{fits} "));
    let ran = linked(link().args(["l-1", "--json", "--server", &url])).exits(13);
    assert_eq!(ran.error()["fault"], "tooLarge");
    let (url, _asked) = serve("201 Created", "", r#"{"id":"i"}"#);
    let ran = linked(link().args(["l-1", "--server", &url])).exits(13);
    assert!(ran.stderr.contains("check that --server is the address of `reconnect serve`"), "{ran:?}");
}

#[test]
fn without_a_key_nothing_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("set");
    let url = format!("http://{}", listener.local_addr().expect("its port"));
    for key in [None, Some(""), Some("'quoted'")] {
        let mut command = link();
        command.args(["l-1", "--server", &url]).env_remove("RECONNECT_ADMIN_KEY");
        let ran = ended(command.envs(key.map(|key| ("RECONNECT_ADMIN_KEY", key))), "").exits(13);
        assert!(ran.stderr.contains("RECONNECT_ADMIN_KEY "), "{ran:?}");
    }
    assert_eq!(listener.accept().expect_err("nobody came").kind(), ErrorKind::WouldBlock);
}

#[test]
fn a_server_that_cannot_be_one_is_a_usage_error() {
    let ran = linked(link().arg("l-1")).exits(2);
    assert!(ran.stderr.contains("give --server URL or set RECONNECT_SERVER"), "{ran:?}");
    for (server, said) in [
        ("http://reconnect.example", "the key would travel in clear"),
        ("http://127.0.0.1.example", "the key would travel in clear"),
        ("reconnect.example", "an absolute URL"),
        ("https://me@reconnect.example", "an absolute URL"),
        ("https://reconnect.example?x", "has a query"),
    ] {
        let ran = linked(link().args(["l-1", "--server", server])).exits(2);
        assert!(ran.stderr.contains(said), "{server}: {ran:?}");
        let ran = linked(link().arg("l-1").env("RECONNECT_SERVER", server)).exits(2);
        assert!(ran.stderr.contains("RECONNECT_SERVER"), "{server}: {ran:?}");
    }
    for more in [["--language", "de"], ["--expires-in", "0"], ["--expires-in", "soon"], ["--keep", "a,,b"]] {
        linked(link().args(["l-1", "--server", "https://reconnect.example"]).args(more)).exits(2);
    }
    fed(&["link", "undefined", "--server", "https://reconnect.example"], "").exits(2);
}
