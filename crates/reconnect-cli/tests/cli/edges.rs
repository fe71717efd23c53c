//! Control characters in the output, an output that nobody reads, ids from a file or standard input, and locks of other
//! programs.

use crate::support::{
    CUSTOMER, Ran, Sandbox, against, answers, ended, fed, get, http, reconnect, run, says_no_secret, send, server,
};
use core::time::Duration;
use serde_json::json;
use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

/// Texts that would change the window's title, the clipboard, lines that were printed already, colours, rows, or the
/// direction of writing.
const ODD: [&str; 6] = [
    "\u{1b}]0;pwned\u{7}\u{1b}[2J",
    "\u{1b}]52;c;cm0gLXJmIH4=\u{7}x\nfake row",
    "\u{1b}[1A\u{1b}[2KYour refresh worked. Run: x",
    "\u{9b}31m",
    "a\r\tb\u{0}",
    "\u{202e}live\u{2066}\u{200f}",
];

#[track_caller]
fn assert_plain(ran: &Ran) {
    for said in [&ran.stdout, &ran.stderr] {
        let odd =
            said.chars().find(|&one| (one.is_control() && one != '\n') || "\u{202e}\u{2066}\u{200f}".contains(one));
        assert_eq!(odd, None, "{ran:?}");
        assert!(!said.lines().any(|line| line.starts_with("fake row")), "{ran:?}");
    }
}

#[test]
fn no_text_of_a_browser_or_a_body_controls_the_terminal() {
    for odd in ODD {
        let event = json!({"step": "APP_MOUNTED", "tag": odd, "institution": odd, "other": odd, "flinksCode": odd});
        let told = fed(&["redirect", "-"], event.to_string());
        assert_plain(&told);
        if told.exit == 0 {
            let json = fed(&["redirect", "-", "--json"], event.to_string()).exits(0).json();
            assert_eq!(json["tag"].as_str(), Some(&*odd.replace('\0', "\u{fffd}")), "JSON is as it was");
        }
        let body = json!({"Accounts": [{"Id": "a", "Title": odd, "Type": odd, "Currency": odd}]}).to_string();
        let told = fed(&["accounts"], &body).exits(0);
        assert_plain(&told);
        assert_eq!(told.stdout.lines().count(), 6, "the table of one account, and the counts: {told:?}");
        let kept = fed(&["accounts", "--json"], &body).exits(0).json();
        assert_eq!(kept["kept"][0]["title"].as_str(), Some(&*odd.replace('\0', "\u{fffd}")));
        let refusal = json!({"FlinksCode": odd, "Message": odd, "HttpStatusCode": 401}).to_string();
        assert_plain(&fed(&["accounts"], &refusal));
        assert_plain(&run(&["redirect", &odd.replace('\0', "")]));
        assert_plain(&run(&["accounts", &odd.replace('\0', "")]).exits(2));
        assert_plain(&run(&["sandbox", "--scenario", &odd.replace('\0', "")]).exits(2));
    }
}

#[test]
fn no_text_of_a_scenario_controls_the_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("odd.json");
    let odd = ODD.concat().replace('\0', "");
    let world = json!({
        "about": odd,
        "institutions": [{"id": 7, "name": format!("B{odd}"), "title": odd}],
        "questions": {"q": {"type": "MultipleChoice", "prompt": odd, "choices": [odd, "b"], "answers": ["b"]}},
        "books": {"b": [{"title": odd, "number": "1", "type": odd, "currency": odd, "current": "1.00"}]},
        "users": [
            {"username": "ada", "about": odd, "connected": true, "rounds": [["q"]], "accounts": "b"},
            {"username": "bob", "about": odd, "connected": true, "accounts": "b"},
        ],
    });
    fs::write(&file, world.to_string()).expect("written");
    let sandbox = Sandbox::start(&["--scenario", file.to_str().expect("UTF-8")]);
    let asked = sandbox.run(&["refresh", &sandbox.login]).exits(10);
    assert!(asked.stdout.contains("\\u001b[1A\\u001b[2KYour refresh worked"), "{asked:?}");
    assert_plain(&asked);
    let done = sandbox.run(&["refresh", &sandbox.quiet]).exits(0);
    assert!(done.stdout.contains("\\u202elive"), "{done:?}");
    assert_plain(&done);
    let asked = sandbox.run(&["refresh", &sandbox.login, "--json"]).exits(10).json();
    assert_eq!(asked["challenges"][0]["prompt"].as_str(), Some(odd.as_str()));

    let mut child = reconnect()
        .args(["sandbox", "--scenario"])
        .arg(&file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let mut stdout = child.stdout.take().expect("a pipe");
    let mut said = String::new();
    while said.lines().count() < 3 || !said.ends_with('\n') {
        let mut some = [0; 512];
        let length = stdout.read(&mut some).expect("read");
        said.push_str(&String::from_utf8_lossy(&some[..length]));
    }
    send("-TERM", &child);
    let mut stderr = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("read");
    assert_eq!(child.wait().expect("ended").code(), Some(0));
    assert_plain(&Ran { exit: 0, stdout: said, stderr });
}

/// A session command whose stdout goes to `stdout`.
fn into(url: &str, args: &[&str], stdout: Stdio) -> (i32, String) {
    let widget = format!("{url}/");
    let mut command = reconnect();
    command.args(args).args([
        "--api-url",
        url,
        "--widget-url",
        &widget,
        "--customer-id",
        CUSTOMER,
        "--poll-every",
        "1",
    ]);
    let output = command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped()).output().expect("ended");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    says_no_secret(&said);
    (output.status.code().expect("an exit code"), said)
}

/// A pipe that nobody reads any more.
fn unread() -> Stdio {
    let mut reader = Command::new("true").stdin(Stdio::piped()).spawn().expect("started");
    let pipe = reader.stdin.take().expect("a pipe");
    reader.wait().expect("ended");
    pipe.into()
}

/// Where the session was kept, as stderr says.
fn kept(said: &str) -> &str {
    let (_, rest) = said.split_once("is kept in ").unwrap_or_else(|| panic!("{said}"));
    rest.split_once(':').expect("its end").0
}

#[test]
fn a_session_is_kept_in_a_file_if_its_output_is_lost() {
    let full = || OpenOptions::new().write(true).open("/dev/full").expect("it is there").into();
    // In parallel, since each waits for its next showing.
    std::thread::scope(|scope| {
        let cases: [(Stdio, i32, &[&str]); 3] = [(full(), 1, &[]), (full(), 1, &["--json"]), (Stdio::null(), 10, &[])];
        for (stdout, exit, json) in cases {
            scope.spawn(move || lost(stdout, exit, json));
        }
    });
}

/// A live call may text the user, and nobody would read the bank's question.
#[test]
fn refresh_sends_nothing_if_nobody_reads_its_output() {
    let sandbox = Sandbox::strict();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("s.json");
    let live = ["refresh", sandbox.login.as_str()];
    let cases: [(Stdio, &[&str]); 3] = [(unread(), &[]), (unread(), &["--json"]), (Stdio::null(), &["--json"])];
    for (stdout, json) in cases {
        let (exit, said) = into(&sandbox.url, &[&live, json].concat(), stdout);
        assert_eq!(exit, 1, "{said}");
        assert!(said.contains("nobody reads standard output, so nothing was sent"), "{said}");
        assert!(!said.contains("is kept in") && !said.contains(&sandbox.login), "{said}");
    }
    assert!(sandbox.requests().is_empty(), "{:?}", sandbox.requests());
    // With --session the file has the session, so it is sent.
    let path = file.to_str().expect("UTF-8");
    assert_eq!(into(&sandbox.url, &[&live[..], &["--json", "--session", path]].concat(), Stdio::null()).0, 10);
    // A resume makes no live call, so it texts nobody.
    let request = sandbox.run(&["continue", path, "--json"]).exits(10).json()["requestId"].clone();
    let sent = sandbox.requests().len();
    let resume = ["resume", request.as_str().expect("an id"), "--json"];
    let (exit, said) = into(&sandbox.url, &resume, Stdio::null());
    assert_eq!(exit, 10, "{said}");
    assert!(sandbox.requests().len() > sent, "it looked");
    fs::remove_file(kept(&said)).expect("removed");
}

/// A refresh whose stdout is lost, and the commands that go on with its session.
fn lost(stdout: Stdio, exit: i32, json: &[&str]) {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::strict();
    let args = [&["refresh", sandbox.login.as_str()][..], json].concat();
    let (ended, said) = into(&sandbox.url, &args, stdout);
    assert_eq!(ended, exit, "{said}");
    assert!(!said.contains("panicked") && !said.contains("Broken pipe"), "{said}");
    let file = Path::new(kept(&said)).to_owned();
    assert_eq!(fs::metadata(&file).expect("the file").permissions().mode() & 0o777, 0o600);
    let path = file.to_str().expect("UTF-8");
    let goes_on = sandbox.run(&["continue", path, "--json"]).exits(10).json();
    assert!(goes_on["connectUrl"].is_string());
    let answered = sandbox.fed(&["continue", path, "--answers", "-", "--json"], &answers(0)).exits(10).json();
    assert!(answered["challenges"][0]["prompt"].as_str().is_some_and(|prompt| prompt.contains("country")));
    let live = sandbox.requests().iter().filter(|call| *call == "POST Authorize 203").count();
    assert_eq!(live, 2, "one live call and one answer: the user is not texted again");
    fs::remove_file(file).expect("removed");
}

#[test]
fn a_session_that_has_a_file_is_kept_in_no_other() {
    let sandbox = Sandbox::strict();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("s.json");
    let args = ["refresh", &sandbox.login, "--session", file.to_str().expect("UTF-8")];
    let (exit, said) = into(&sandbox.url, &args, unread());
    assert_eq!(exit, 10);
    assert!(!said.contains("is kept in") && !said.contains("warning") && !said.contains("error"), "{said}");
}

#[test]
fn a_pipe_that_closes_early_is_no_error() {
    let body = json!({"Accounts": [{"Id": "a"}]}).to_string();
    for (args, stdin) in [
        (vec!["accounts"], body.as_str()),
        (vec!["accounts", "--json"], body.as_str()),
        (vec!["redirect", "https://app.example/?loginId=l-1"], ""),
        (vec!["demo", "--transport", "blocking", "--json"], ""),
        (vec!["drive"], "{\"op\":\"outcome\"}\n{\"op\":\"outcome\"}\n"),
    ] {
        let mut child = reconnect()
            .args(&args)
            .stdin(Stdio::piped())
            .stdout(unread())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        // A command that reads nothing may have ended.
        let _ = child.stdin.take().expect("a pipe").write_all(stdin.as_bytes());
        let output = child.wait_with_output().expect("ended");
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(0), "{args:?}: {said}");
        for noise in ["panicked", "roken pipe", "error: "] {
            assert!(!said.contains(noise), "{args:?}: {said}");
        }
    }
}

#[test]
fn an_id_may_come_from_a_file_or_from_standard_input() {
    let sandbox = Sandbox::strict();
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        format!("@{}", path.display())
    };
    let login = file("login", &format!("{}\n", sandbox.quiet));
    let done = sandbox.run(&["refresh", &login, "--json"]).exits(0).json();
    assert_eq!(done["loginId"], sandbox.quiet.as_str());
    let id = done["kept"][1]["id"].as_str().expect("an id").to_owned();
    let keep = file("keep", &format!("{id}\n"));
    let some = sandbox.fed(&["refresh", "-", "--keep", &keep, "--json"], &sandbox.quiet).exits(0).json();
    assert_eq!(some["kept"][0]["id"], id.as_str());

    let asked = sandbox.fed(&["refresh", "-", "--json"], &format!("{}\r\n", sandbox.login)).exits(10).json();
    let request = asked["requestId"].as_str().expect("an id").to_owned();
    let resumed = sandbox.fed(&["resume", "-", "--login-id", &login, "--json"], &request).exits(10).json();
    assert_eq!(resumed["requestId"], request.as_str());
    let resumed = sandbox.run(&["resume", &file("request", &request), "--json"]).exits(10).json();
    assert_eq!(resumed["requestId"], request.as_str());
    let fields = file("fields", &json!({"loginId": sandbox.quiet}).to_string());
    sandbox.run(&["call", "GetMFAQuestions", &fields, "--json"]).exits(0);
    // The widget's news has ids in it too.
    let news = json!({"step": "REDIRECT", "requestId": request}).to_string();
    let said = run(&["redirect", &file("news", &format!("\u{feff}{news}\n")), "--json"]).exits(0).json();
    assert_eq!(said["requestId"], request.as_str());
    let session = folder.path().join("s.json");
    let session = session.to_str().expect("UTF-8");
    sandbox.run(&["resume", &request, "--session", session, "--json"]).exits(10);
    let foreign = json!({"step": "REDIRECT", "loginId": "another"}).to_string();
    sandbox.run(&["continue", session, "--redirect", &file("news", &foreign), "--json"]).exits(10);
    run(&["redirect", "@/nowhere/at-all"]).exits(1);

    let twice = sandbox.fed(&["resume", "-", "--login-id", "-"], &request).exits(2);
    assert!(twice.stderr.contains("@FILE"), "{twice:?}");
    sandbox.run(&["refresh", "@/nowhere/at-all"]).exits(1);
    sandbox.run(&["refresh", &file("empty", "\n")]).exits(2);
}

#[test]
fn a_value_that_is_no_list_of_ids_is_refused_before_anything_is_sent() {
    let sandbox = Sandbox::strict();
    for list in [r#"["a-1"]"#, "a-1%2Ca-2", "undefined", "a-1,null"] {
        let ran = sandbox.run(&["refresh", &sandbox.quiet, "--keep", list]).exits(2);
        assert!(ran.stderr.contains("as in --keep a-1,a-2"), "{ran:?}");
    }
    sandbox.run(&["refresh", "undefined"]).exits(2);
    assert!(sandbox.requests().is_empty());
    let body = r#"{"Accounts":[{"Id":"a-1"},{"Id":"a-2"}]}"#;
    let kept = fed(&["accounts", "--keep", "a-1, a-2", "--json"], body).exits(0).json();
    assert_eq!((kept["kept"].as_array().map(Vec::len), &kept["missing"]), (Some(2), &json!([])));
}

#[test]
fn if_no_selected_account_is_there_the_user_chooses_again() {
    let sandbox = Sandbox::strict();
    let done = sandbox.run(&["refresh", &sandbox.quiet, "--keep", "gone-1,gone-2", "--json"]).exits(10);
    let line = done.json();
    assert_eq!((&line["result"], &line["reselect"], &line["kept"]), (&json!("done"), &json!(true), &json!([])));
    let told = sandbox.run(&["refresh", &sandbox.quiet, "--keep", "gone-1"]).exits(10);
    assert!(told.stderr.contains("choose accounts again"), "{told:?}");
    let all = sandbox.run(&["refresh", &sandbox.quiet, "--json"]).exits(0).json();
    let one = all["kept"][0]["id"].as_str().expect("an id");
    let some = sandbox.run(&["refresh", &sandbox.quiet, "--keep", &format!("gone-1,{one}"), "--json"]).exits(0).json();
    assert_ne!(some["reselect"], true);
}

#[test]
fn a_moment_is_printed_with_its_day() {
    let (server, login) = server("test_service_unavailable");
    let ran = against(&server.url(), &["refresh", &login], "").exits(11);
    let line = ran.stderr.lines().find(|line| line.starts_with("next: try again from ")).expect("a line");
    let moment = line.strip_prefix("next: try again from ").expect("a moment");
    let shape: String = moment.chars().map(|one| if one.is_ascii_digit() { '0' } else { one }).collect();
    assert_eq!(shape, "0000-00-00 00:00:00 UTC", "{line}");
}

#[test]
fn a_locked_folder_is_an_error_and_nothing_is_sent() {
    let sandbox = Sandbox::strict();
    let folder = tempfile::tempdir().expect("a folder");
    let theirs = File::open(folder.path()).expect("open");
    theirs.lock().expect("locked");
    let file = folder.path().join("s.json");
    let began = Instant::now();
    let ran = sandbox.run(&["refresh", &sandbox.login, "--session", file.to_str().expect("UTF-8"), "--json"]).exits(1);
    assert!(began.elapsed() < Duration::from_secs(60));
    let said = ran.error()["message"].as_str().expect("a message").to_owned();
    assert!(said.contains(folder.path().to_str().expect("UTF-8")) && said.contains("a folder of your own"), "{said}");
    assert!(sandbox.requests().is_empty(), "{:?}", sandbox.requests());
}

#[test]
fn a_killed_command_leaves_no_token_behind() {
    let deaf = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", deaf.local_addr().expect("its port"));
    let folder = tempfile::tempdir().expect("a folder");
    // The file of a command that was killed while it wrote.
    fs::write(folder.path().join(".reconnect-AbCdEf.tmp"), "token").expect("written");
    let file = folder.path().join("s.json");
    let mut child = reconnect()
        .args(["refresh", "5e115eac-1209", "--session"])
        .arg(&file)
        .args(["--api-url", &url, "--widget-url", &format!("{url}/"), "--customer-id", "c"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let (mut socket, _) = deaf.accept().expect("a connection");
    socket.read_exact(&mut [0; 4]).expect("the first bytes of a request");
    send("-KILL", &child);
    child.wait().expect("ended");
    let names: Vec<_> =
        fs::read_dir(folder.path()).expect("the folder").map(|entry| entry.expect("one").file_name()).collect();
    assert_eq!(names, ["s.json"]);
}

#[test]
fn a_grant_that_has_ended_at_an_oauth_bank_leads_to_connect() {
    let sandbox = Sandbox::start(&["--scenario", "oauth", "--strict"]);
    let login = &sandbox.login;
    sandbox.run(&["refresh", login, "--json"]).exits(0);
    let revoke = json!({"loginId": login}).to_string();
    assert_eq!(http("POST", &format!("{}/_sandbox/revoke", sandbox.url), &[], &revoke).status, 200);
    let ran = sandbox.run(&["refresh", login, "--json"]);
    let line = ran.json();
    let url = line["connectUrl"].as_str().unwrap_or_else(|| panic!("no way on: {ran:?}"));
    assert!([12, 14].contains(&ran.exit), "{ran:?}");
    let page = get(url);
    assert_eq!(page.status, 200, "with a fresh token");
    let told = sandbox.run(&["refresh", login]);
    assert!(told.stdout.to_lowercase().contains("start over: http"), "{told:?}");
}

#[test]
fn each_switch_of_the_sandbox_changes_its_replies() {
    let asks = Sandbox::start(&["--pending-data", "asks", "--strict"]);
    let asked = asks.run(&["refresh", &asks.login, "--json"]).exits(10).json();
    let url = format!("{}/v3/{CUSTOMER}/BankingServices/GetAccountsDetail", asks.url);
    let body = json!({"RequestId": asked["requestId"]}).to_string();
    let headers = [("x-api-key", crate::support::API_KEY), ("content-type", "application/json")];
    let reply = http("POST", &url, &headers, &body);
    assert_eq!((reply.status, reply.json()["SecurityChallenges"][0]["Prompt"].is_string()), (203, true));

    let session = Sandbox::start(&["--widget-token", "session", "--early-request-id"]);
    let asked = session.run(&["refresh", &session.login, "--json"]).exits(10).json();
    let page = get(asked["connectUrl"].as_str().expect("a URL"));
    assert!(page.status == 401 && page.body.contains("TOKEN_INVALID"), "this widget refuses a fresh token");
    for wrong in [["--pending-data", "maybe"], ["--widget-token", "stale"]] {
        run(&[&["sandbox"][..], &wrong].concat()).exits(2);
    }
}

#[test]
fn a_usage_error_shows_no_whole_id_even_with_escapes() {
    for id in ["9022\u{1b}[31mabc2-8a2e-4b06", "9022\u{1b}]0;x\u{7}abc2-8a2e-4b06", "9022abc2\u{9b}-8a2e-4b06"] {
        for args in [vec!["resume", "R", "--last-sent", id], vec!["refresh", "L", id], vec![id]] {
            let ran = ended(reconnect().args(&args), "").exits(2);
            assert!(!ran.stderr.contains("8a2e"), "{ran:?}");
            assert_plain(&ran);
        }
    }
}
