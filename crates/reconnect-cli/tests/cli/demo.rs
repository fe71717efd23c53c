use crate::support::{keys, run};
use core::time::Duration;
use reconnect_core::Policy;
use serde_json::Value;
use std::time::Instant;

fn lines(stdout: &str) -> Vec<Value> {
    stdout.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

#[test]
fn two_runs_print_the_same_bytes_soon() {
    let began = Instant::now();
    let (first, second) = (run(&["demo", "--json"]).exits(0), run(&["--json", "demo"]).exits(0));
    assert_eq!(first.stdout, second.stdout);
    assert!(began.elapsed() < Duration::from_secs(40));
}

#[test]
fn both_transports_tell_the_same_but_for_their_name() {
    let one = |transport| run(&["demo", "--transport", transport, "--json"]).exits(0).stdout;
    let (first, second) = (one("async"), one("blocking"));
    assert_eq!(first.replace(r#""transport":"async""#, r#""transport":"blocking""#), second);
    assert_eq!(run(&["demo", "--json"]).stdout, first + &second);
}

#[test]
fn each_event_has_its_keys() {
    for line in lines(&run(&["demo", "--transport", "async", "--json"]).stdout) {
        let own: &[&str] = match line["event"].as_str().expect("an event") {
            "request" => &["bodySha256", "method", "path"],
            "reply" => &["status"],
            "wait" => &["until"],
            "ask" => &["deadline"],
            "outcome" => &["connectUrl", "kept", "leftOut", "missing", "result"],
            other => panic!("{other}"),
        };
        let mut all = [&["at", "event", "transport", "walk"][..], own].concat();
        all.sort_unstable();
        assert_eq!(keys(&line), all);
        assert!(!line["path"].as_str().unwrap_or_default().contains('?'));
        assert!(line["at"].is_u64() && line["walk"].is_string());
    }
}

#[test]
fn the_walks_are_those_of_the_page() {
    let all = lines(&run(&["demo", "--transport", "blocking", "--json"]).stdout);
    let of = |walk: &str| all.iter().filter(|line| line["walk"] == walk).collect::<Vec<_>>();
    let is = |line: &&&Value, event: &str| line["event"] == event;
    for walk in ["refresh", "resume"] {
        let walk = of(walk);
        let end = walk.last().expect("an end");
        let (result, counts) = (&end["result"], ["kept", "missing", "leftOut"].map(|key| end[key].as_u64()));
        assert_eq!((result, counts), (&"done".into(), [Some(2), Some(0), Some(0)]));
        assert!(walk.iter().filter(|line| is(line, "reply") && line["status"] == 202).count() >= 2);
        let waits: Vec<_> = walk.iter().filter(|line| is(line, "wait")).collect();
        assert!(waits.len() >= 2);
        let every = Policy::DEFAULT.poll_every.as_millis() as u64;
        assert!(waits.iter().all(|line| line["until"].as_u64() == line["at"].as_u64().map(|at| at + every)));
        let ask = walk.iter().find(|line| is(line, "ask")).expect("the user is asked");
        assert_eq!(ask["deadline"]["why"], "requestIdExpires");
        assert_eq!(ask["deadline"]["at"].as_u64(), ask["at"].as_u64().map(|at| at + 480_000));
        let live = walk.iter().filter(|line| line["path"].as_str().is_some_and(|path| path.ends_with("/Authorize")));
        assert_eq!(live.count(), 1, "the bank is asked once");
    }
    assert_eq!(of("resume").iter().filter(|line| is(line, "ask")).count(), 2, "before and after the interruption");

    let expired = of("expired");
    let requests: Vec<_> = expired.iter().filter(|line| is(line, "request")).collect();
    assert_eq!(requests.len(), 1, "the service is not asked about it");
    assert!(requests[0]["path"].as_str().is_some_and(|path| path.ends_with("/GenerateAuthorizeToken")));
    let end = expired.last().expect("an end");
    assert_eq!((&end["result"], &end["kept"]), (&"startOver".into(), &Value::Null));
    let url = end["connectUrl"].as_str().expect("a URL");
    assert!(url.starts_with("http://127.0.0.1/Credential/FlinksCapital?authorizeToken="), "{url}");
}

#[test]
fn people_read_a_story_and_a_table() {
    let ran = run(&["demo"]).exits(0);
    assert!(ran.stdout.contains("Chequing CAD") && ran.stdout.contains("49983.20"));
    assert!(ran.stdout.lines().any(|line| line.starts_with(" Savings CAD")), "each account has its row");
    for word in ["refresh", "resume", "expired", "virtual time", "POST Authorize", "203", "202", "09:08:00"] {
        assert!(ran.stderr.contains(word), "{word}");
    }
    assert!(!ran.stderr.contains('\u{1b}'), "no colour where nobody looks");
    assert!(!ran.stdout.contains("virtual time"));
}
