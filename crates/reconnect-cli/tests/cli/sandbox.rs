use crate::support::{CUSTOMER, Sandbox, get, http, reconnect, run};
use std::{
    io::{BufRead, BufReader, Read},
    process::Stdio,
};

#[test]
fn the_first_line_is_its_address_and_a_signal_ends_it() {
    for signal in ["-TERM", "-INT"] {
        let mut sandbox = Sandbox::start(&[]);
        let port = sandbox.url.strip_prefix("http://127.0.0.1:").expect("an address");
        assert!(port.parse::<u16>().is_ok_and(|port| port != 0));
        assert_eq!(get(&format!("{}/_sandbox/clock", sandbox.url)).json()["rate"], 10);
        let (mut stdout, mut stderr) = (String::new(), String::new());
        let mut pipes =
            (core::mem::replace(&mut sandbox.stdout, empty().0), core::mem::replace(&mut sandbox.stderr, empty().1));
        assert_eq!(sandbox.end(signal), Some(0));
        pipes.0.read_to_string(&mut stdout).expect("the rest");
        pipes.1.read_to_string(&mut stderr).expect("all of it");
        assert_eq!(stdout, "", "nothing after the logins");
        for word in ["/BankingServices", "/v2/", "/_sandbox/", "sandbox-secret", "sandbox-api-key", "lenient", CUSTOMER]
        {
            assert!(stderr.contains(word), "{word}: {stderr}");
        }
    }
}

/// Two pipes of a command that says nothing.
fn empty() -> (BufReader<std::process::ChildStdout>, BufReader<std::process::ChildStderr>) {
    let mut child =
        std::process::Command::new("true").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("true");
    let pipes = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
    child.wait().expect("ended");
    (BufReader::new(pipes.0), BufReader::new(pipes.1))
}

#[test]
fn with_json_there_is_one_line() {
    let mut child =
        reconnect().args(["sandbox", "--json"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("up");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let (mut first, mut rest) = (String::new(), String::new());
    stdout.read_line(&mut first).expect("a line");
    assert!(first.starts_with("http://127.0.0.1:") && first.ends_with('\n'));
    crate::support::send("-TERM", &child);
    stdout.read_to_string(&mut rest).expect("the rest");
    assert_eq!((rest.as_str(), child.wait().expect("ended").code()), ("", Some(0)));
}

#[test]
fn strict_refuses_what_lenient_lets_through() {
    for (args, status) in [(&[][..], 200), (&["--strict"][..], 401)] {
        let sandbox = Sandbox::start(args);
        let url = format!("{}/v3/{CUSTOMER}/BankingServices/GenerateAuthorizeToken", sandbox.url);
        assert_eq!(http("POST", &url, &[("content-type", "application/json")], "{}").status, status);
    }
}

#[test]
fn the_doctor_says_on_stderr_what_a_request_breaks() {
    let mut sandbox = Sandbox::start(&[]);
    let url = format!("{}/v3/{CUSTOMER}/BankingServices/GetAccountsDetailAsync/{}", sandbox.url, sandbox.login);
    assert_eq!(get(&url).status, 400);
    let mut lines = (&mut sandbox.stderr).lines().map(|line| line.expect("a line"));
    let said = lines.find(|line| line.starts_with("doctor: ")).expect("the doctor's line");
    let start = format!(
        "doctor: missing-api-key: GET /v3/43387ca6…/BankingServices/GetAccountsDetailAsync/{}…: ",
        &sandbox.login[..8]
    );
    assert!(said.starts_with(&start) && said.contains("(https://docs.flinks.com/"), "{said}");
    let findings = get(&format!("{}/_sandbox/doctor", sandbox.url)).json();
    assert_eq!((&findings[0]["rule"], &findings[1]["rule"]), (&"missing-api-key".into(), &"session-over".into()));
}

#[test]
fn a_scenario_is_a_name_or_a_file() {
    let mut sandbox = Sandbox::start(&["--scenario", "united-states", "--strict"]);
    let asked = sandbox.run(&["refresh", "--json", &sandbox.login]).exits(10);
    assert_eq!(asked.json()["challenges"][0]["prompt"], "How much is 2 + 2?");

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mine.json");
    let mine = r#"{"settings": {"startsAt": 1000}, "users": [{"username": "ada", "connected": true, "about": "is new"},
        {"username": "bob", "connected": true}]}"#;
    std::fs::write(&file, mine).expect("written");
    sandbox = Sandbox::start(&["--scenario", file.to_str().expect("UTF-8")]);
    let clock = get(&format!("{}/_sandbox/clock", sandbox.url)).json();
    assert!(clock["now"].as_u64().is_some_and(|now| now < 600_000), "{clock}");
    assert_eq!((sandbox.login.len(), sandbox.quiet.len()), (36, 36));

    std::fs::write(&file, mine.replace("about", "abuot")).expect("written");
    let ran = run(&["sandbox", "--json", "--scenario", file.to_str().expect("UTF-8")]).exits(1);
    assert!(ran.error()["message"].as_str().is_some_and(|said| said.contains("line 1: unknown field `abuot`")));
}

#[test]
fn a_scenario_that_is_not_there_teaches_the_names() {
    let ran = run(&["sandbox", "--scenario", "nowhere"]).exits(2);
    let help = run(&["sandbox", "--help"]).exits(0);
    for name in reconnect_sandbox::Scenario::names() {
        assert!(ran.stderr.contains(name) && help.stdout.contains(name), "{name}: {ran:?}");
    }
    assert!(ran.stderr.contains("TOML or JSON"), "{ran:?}");
}

#[test]
fn an_address_that_is_taken_is_an_error() {
    let sandbox = Sandbox::strict();
    let address = sandbox.url.strip_prefix("http://").expect("an address");
    let ran = run(&["sandbox", "--json", "--listen", address]).exits(1);
    assert!(ran.error()["message"].as_str().is_some_and(|said| said.contains("cannot be listened on")));
    assert_eq!(run(&["sandbox", "--listen", "nowhere"]).exits(2).stdout, "");
    run(&["sandbox", "--accelerate", "0"]).exits(2);
}
