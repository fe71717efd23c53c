use crate::support::{CUSTOMER, Sandbox, against, ended, keys, reconnect, run, send, server, token};
use serde_json::Value;
use std::{fs, io::Read, net::TcpListener, os::unix::fs::PermissionsExt, process::Stdio};

#[test]
fn without_mfa_it_ends_with_the_accounts() {
    let sandbox = Sandbox::strict();
    let all = sandbox.run(&["refresh", &sandbox.quiet, "--json"]).exits(0).json();
    assert_eq!((&all["result"], &all["loginId"]), (&"done".into(), &sandbox.quiet.as_str().into()));
    for key in ["requestId", "institution", "kept", "missing", "leftOut"] {
        assert!(!all[key].is_null(), "{key}");
    }
    let kept = all["kept"].as_array().expect("accounts");
    assert!(kept.len() >= 3);
    assert_eq!(kept[0]["balance"]["current"], "49983.20", "digit for digit");

    let id = kept[1]["id"].as_str().expect("an id");
    for transport in ["async", "blocking"] {
        let args = ["--json", "refresh", &sandbox.quiet, "--keep", &format!("{id},gone"), "--transport", transport];
        let some = sandbox.run(&args).exits(0).json();
        assert_eq!(some["kept"].as_array().map(Vec::len), Some(1));
        assert_eq!((&some["kept"][0]["id"], &some["missing"]), (&id.into(), &serde_json::json!(["gone"])));
    }
    let people = sandbox.run(&["refresh", &sandbox.quiet]).exits(0);
    assert!(people.stdout.contains("Chequing CAD") && people.stdout.contains(id), "ids are whole on stdout");
}

#[test]
fn the_bank_asks_and_it_never_waits() {
    let sandbox = Sandbox::strict();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("s.json");
    let file = file.to_str().expect("a path");
    let ran = sandbox.run(&["refresh", &sandbox.login, "--session", file, "--json"]).exits(10);
    let ask = ran.json();
    assert_eq!(keys(&ask), ["challenges", "connectUrl", "deadline", "requestId", "result", "wrong"]);
    assert_eq!(ask["result"], "ask");
    assert_eq!(keys(&ask["challenges"][0]), ["choices", "prompt", "type"]);
    assert_eq!(keys(&ask["deadline"]), ["at", "why"]);
    assert!(token(&ask["connectUrl"]).is_some(), "a URL that is good for one showing");
    assert!(ask["connectUrl"].as_str().is_some_and(|url| url.starts_with(&format!("{}/?requestId=", sandbox.url))));
    assert!(!ran.stderr.contains("born"), "no prompt on stderr");

    assert_eq!(fs::metadata(file).expect("the file").permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1, "nothing is left beside it");
    let kept: Value = serde_json::from_str(&fs::read_to_string(file).expect("the file")).expect("a snapshot");
    assert!(kept["secretToken"].is_object(), "answers through the API need it");

    let again = sandbox.run(&["refresh", &sandbox.login, "--session", file]).exits(10);
    assert!(again.stderr.contains("held a session that was not over"));
    assert!(again.stdout.contains("born") && again.stdout.contains("authorizeToken="));
    let other = sandbox.run(&["refresh", &sandbox.login]).exits(10);
    assert!(other.stderr.contains("--session"));
}

#[test]
fn each_recovery_has_its_code() {
    for (user, exit, recovery) in [
        ("test_service_unavailable", 11, "tryLater"),
        ("test_disabled_account", 14, "actAtTheBank"),
        ("nobody", 12, "startOver"),
    ] {
        let (server, login) = server(user);
        let ran = against(&server.url(), &["refresh", &login, "--json"], "").exits(exit);
        let (line, error) = (ran.json(), ran.error());
        assert_eq!((&line["result"], &error["recovery"]), (&recovery.into(), &recovery.into()));
        assert_eq!(line["loginId"], login.as_str());
        assert!(error["code"].is_string() && error["status"].is_u64());
        assert_eq!(error["retryAfterMs"].is_u64(), exit == 11);
        assert_eq!(token(&line["connectUrl"]).is_some(), exit == 12);
    }
    let (server, login) = server("Greatday");
    let widget = format!("{}/", server.url());
    let place = ["--api-url", &server.url(), "--widget-url", &widget, "--customer-id", CUSTOMER];
    let args = [&["refresh", &login, "--json"][..], &place].concat();
    let ran = ended(reconnect().args(&args).env("FLINKS_SECRET_KEY", "wrong"), "").exits(13);
    assert_eq!((&ran.error()["recovery"], &ran.error()["code"]), (&"fixTheSetup".into(), &"UNAUTHORIZED".into()));
    let ran = ended(reconnect().args(&args).env("FLINKS_X_API_KEY", "a\nb"), "").exits(13);
    assert!(ran.error()["message"].as_str().is_some_and(|said| said.contains("FLINKS_X_API_KEY")));
}

#[test]
fn nobody_listens_so_it_is_tried_later() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
    for transport in ["async", "blocking"] {
        let ran =
            against(&format!("http://{free}"), &["refresh", "5e115eac-1209", "--transport", transport, "--json"], "");
        let ran = ran.exits(11);
        assert_eq!(ran.error()["status"], Value::Null);
        assert!(ran.error()["retryAfterMs"].as_u64().is_some_and(|wait| wait > 0));
    }
}

#[test]
fn without_a_secret_key_nothing_is_minted() {
    let sandbox = Sandbox::start(&[]);
    let widget = format!("{}/", sandbox.url);
    let place = ["--api-url", &sandbox.url, "--widget-url", &widget, "--customer-id", CUSTOMER, "--poll-every", "1"];
    let args = [&["refresh", &sandbox.login, "--json"][..], &place].concat();
    for key in [None, Some("")] {
        let mut command = reconnect();
        command.args(&args).env_remove("FLINKS_SECRET_KEY");
        key.map(|key| command.env("FLINKS_SECRET_KEY", key));
        let ask = ended(&mut command, "").exits(10).json();
        assert_eq!(token(&ask["connectUrl"]), None);
    }
    assert_eq!(sandbox.requests(), ["POST Authorize 203", "POST Authorize 203"]);
}

/// Rule 8: when a request is on the wire, the file says so already. And Ctrl-C leaves it whole.
#[test]
fn the_file_is_ahead_of_the_wire_and_ctrl_c_leaves_it_whole() {
    let deaf = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", deaf.local_addr().expect("its port"));
    let folder = tempfile::tempdir().expect("a folder");
    for (name, transport) in [("a.json", "async"), ("b.json", "blocking")] {
        let file = folder.path().join(name);
        let mut child = reconnect()
            .args(["refresh", "5e115eac-1209-4f19-641c-08d6d484e2fe", "--json", "--transport", transport, "--session"])
            .arg(&file)
            .args(["--api-url", &url, "--widget-url", &format!("{url}/"), "--customer-id", "c"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        let (mut socket, _) = deaf.accept().expect("a connection");
        socket.read_exact(&mut [0; 4]).expect("the first bytes of a request");
        let row: Value = serde_json::from_str(&fs::read_to_string(&file).expect("the file")).expect("whole");
        assert!(row["wire"].is_object(), "a request is under way");
        send("-INT", &child);
        let mut stdout = String::new();
        child.stdout.take().expect("a pipe").read_to_string(&mut stdout).expect("read");
        assert_eq!(child.wait().expect("ended").code(), Some(1));
        let line: Value = serde_json::from_str(&stdout).expect("JSON");
        assert!(line["error"]["message"].as_str().is_some_and(|said| said.starts_with("cancelled")), "{line}");
        assert_eq!(row, serde_json::from_str::<Value>(&fs::read_to_string(&file).expect("the file")).expect("whole"));
    }
}

#[test]
fn a_file_that_cannot_be_one_is_refused_before_anything_is_sent() {
    let sandbox = Sandbox::strict();
    for file in ["/dev/null", "/", "/nonexistent/s.json"] {
        let ran = sandbox.run(&["refresh", &sandbox.login, "--session", file, "--json"]).exits(1);
        assert_eq!(ran.error()["recovery"], Value::Null);
    }
    assert!(sandbox.requests().is_empty());
    run(&["refresh", "L"]).exits(2);
}
