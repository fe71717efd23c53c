use crate::support::{CUSTOMER, Sandbox, against, ended, http, keys, reconnect, run, send, server, token};
use core::time::Duration;
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    process::Stdio,
    time::Instant,
};

#[test]
fn without_mfa_it_ends_with_the_accounts() {
    let sandbox = Sandbox::strict();
    let all = sandbox.run(&["refresh", &sandbox.quiet, "--json"]).exits(0).json();
    assert_eq!((&all["result"], &all["loginId"]), (&"done".into(), &sandbox.quiet.as_str().into()));
    assert_eq!(
        keys(&all),
        [
            "confirmed",
            "institution",
            "kept",
            "lastRefresh",
            "leftOut",
            "loginId",
            "missing",
            "namedOtherRequest",
            "namedOthers",
            "narrowed",
            "otherRequest",
            "requestId",
            "reselect",
            "result",
            "tokenInvalid",
            "unread",
            "unreadCount",
            "via"
        ]
    );
    assert_eq!(
        (&all["narrowed"], &all["reselect"], &all["confirmed"]),
        (&"nothing".into(), &false.into(), &true.into())
    );
    assert_eq!((&all["unread"], &all["unreadCount"]), (&serde_json::json!([]), &0.into()));
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
    assert_eq!(
        keys(&ask),
        [
            "accountsLeftOut",
            "assumed",
            "challenges",
            "connectUrl",
            "deadline",
            "ended",
            "left",
            "number",
            "opensAgain",
            "requestId",
            "result",
            "showing",
            "shown",
            "tokenInvalid",
            "widgetError",
            "wrong"
        ]
    );
    assert_eq!((&ask["number"], &ask["shown"], &ask["ended"]), (&1.into(), &false.into(), &Value::Null));
    assert_eq!((&ask["tokenInvalid"], &ask["accountsLeftOut"]), (&0.into(), &false.into()));
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

/// A row is for one session (decision 59): the end user of the other one may be answering.
#[test]
fn a_file_of_another_session_that_is_not_over_is_left_alone() {
    let sandbox = Sandbox::strict();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("s.json");
    let file = file.to_str().expect("a path");
    let request = sandbox.run(&["refresh", &sandbox.login, "--session", file, "--json"]).exits(10).json();
    let (text, before) = (fs::read_to_string(file).expect("the file"), sandbox.requests().len());
    for other in [vec!["refresh", &*sandbox.quiet], vec!["resume", "9022abc2-8a2e-4b06"]] {
        let ran = sandbox.run(&[&other[..], &["--session", file, "--json"]].concat()).exits(1);
        let said = ran.error()["message"].as_str().expect("a message").to_owned();
        assert!(said.contains("holds another session") && said.contains("reconnect continue"), "{said}");
    }
    assert_eq!(
        (fs::read_to_string(file).expect("the file"), sandbox.requests().len()),
        (text, before),
        "nothing was sent"
    );

    // A session with the same login or request replaces it, and once it is over any session does.
    let request = request["requestId"].as_str().expect("an id");
    let ran = sandbox.run(&["resume", request, "--session", file]).exits(10);
    assert!(ran.stderr.contains("which is replaced"), "{}", ran.stderr);
    let done = folder.path().join("done.json");
    let done = done.to_str().expect("a path");
    sandbox.run(&["refresh", &sandbox.quiet, "--session", done]).exits(0);
    sandbox.run(&["refresh", &sandbox.login, "--session", done]).exits(10);
}

/// The command is ended as soon as it says how long it waits.
#[test]
fn it_waits_between_two_polls_for_as_long_as_it_is_told() {
    let sandbox = Sandbox::strict();
    let widget = format!("{}/", sandbox.url);
    for (seconds, wait) in [("300", "5 min"), ("1200", "20 min")] {
        let place = ["--api-url", &sandbox.url, "--widget-url", &widget, "--customer-id", CUSTOMER];
        let mut child = reconnect()
            .args(["refresh", &sandbox.quiet, "--poll-every", seconds])
            .args(place)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut lines = stderr.lines().map(|line| line.expect("UTF-8"));
        let said = lines.find(|line| line.contains(" until ")).expect("it waits");
        child.kill().expect("killed");
        child.wait().expect("ended");
        assert!(said.starts_with(&format!("  {wait} until ")) && said.ends_with("being processed"), "{said}");
    }
}

/// At most one token for a showing is minted in 10 s (decision 67).
#[test]
fn the_widget_is_opened_again_once_ten_seconds_have_passed() {
    let sandbox = Sandbox::strict();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("s.json");
    let file = file.to_str().expect("a path");
    let began = Instant::now();
    let first = sandbox.run(&["refresh", &sandbox.login, "--session", file, "--json"]).exits(10).json();
    for transport in ["async", "blocking"] {
        let ran = sandbox.run(&["continue", file, "--json", "--transport", transport]).exits(10);
        assert!(ran.stderr.contains("the widget was shown a moment ago"), "{}", ran.stderr);
        let again = ran.json();
        assert!(token(&again["connectUrl"]).is_some(), "it is good for one showing");
        assert_ne!(token(&again["connectUrl"]), token(&first["connectUrl"]));
    }
    assert!(began.elapsed() >= Duration::from_secs(19), "{:?}", began.elapsed());
    assert_eq!(sandbox.requests().iter().filter(|call| call.contains("GenerateAuthorizeToken")).count(), 4);
}

/// The user has answered: a refresh would text them once more.
#[test]
fn a_session_that_ends_while_its_data_is_on_the_way_can_be_resumed() {
    let sandbox = Sandbox::strict();
    let faults = r#"[{"endpoint":"GetAccountsDetail","effect":{"kind":"tooManyRequests","retryAfter":7200}}]"#;
    let reply = http("POST", &format!("{}/_sandbox/faults", sandbox.url), &[], faults);
    assert_eq!(reply.status, 200, "{}", reply.body);
    let ran = sandbox.run(&["refresh", &sandbox.quiet, "--json"]).exits(11);
    let line = ran.json();
    let request = line["requestId"].as_str().expect("an id");
    assert_eq!((&line["resume"], &ran.error()["status"]), (&request.into(), &429.into()));
    let told = sandbox.run(&["refresh", &sandbox.quiet]).exits(11);
    assert!(told.stderr.contains("run: reconnect resume REQUEST_ID"), "{}", told.stderr);
    assert!(told.stdout.contains("request id: "), "whole on stdout: {}", told.stdout);
    assert_eq!(http("POST", &format!("{}/_sandbox/faults", sandbox.url), &[], "[]").status, 200);
    let done = sandbox.run(&["resume", request, "--json"]).exits(0).json();
    assert_eq!(done["loginId"], sandbox.quiet.as_str());
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
        assert_eq!(token(&line["connectUrl"]).is_some(), exit == 12 || exit == 14);
    }
    let (server, login) = server("Greatday");
    let widget = format!("{}/", server.url());
    let place = ["--api-url", &server.url(), "--widget-url", &widget, "--customer-id", CUSTOMER];
    let args = [&["refresh", &login, "--json"][..], &place].concat();
    let ran = ended(reconnect().args(&args).env("FLINKS_SECRET_KEY", "wrong"), "").exits(13);
    assert_eq!((&ran.error()["recovery"], &ran.error()["code"]), (&"fixTheSetup".into(), &"UNAUTHORIZED".into()));
    for name in ["FLINKS_X_API_KEY", "FLINKS_SECRET_KEY"] {
        for wrong in ["a\nb", " ", "\"canary\"", "'canary'", "\u{feff}\n"] {
            let ran = ended(reconnect().args(&args).env(name, wrong), "").exits(13);
            let error = ran.error();
            let said = error["message"].as_str().unwrap_or_default();
            assert!(said.contains(name) && !said.contains("canary"), "{said}");
        }
    }
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
        assert_eq!((&ran.error()["fault"], &ran.error()["place"]), (&"refused".into(), &Value::Null), "{transport}");
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
