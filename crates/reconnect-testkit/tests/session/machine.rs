//! A session as a binding to another language has it: the same session as by lines of JSON, and a loop that cannot send what
//! is too late.

use reconnect_core::Keys;
use reconnect_embed::{Drive, Error, Machine, Work};
use reconnect_testkit::walks::{ASKS, DATA, OK, PENDING, TOKEN};
use serde_json::{Value, json};

const T0: u64 = 1_780_000_000_000;
const BEGIN: &str =
    r#"{"op":"refresh","loginId":"l","policy":{"mfa":"widgetOrApi"},"instance":{"name":"toolbox","customerId":"c"}}"#;

fn keys() -> Keys {
    Keys { secret: Some("CANARY-KEY".into()), api: None }
}

fn begun() -> Machine {
    Machine::begin(T0, BEGIN, keys()).expect("it begins")
}

fn restored(row: &str) -> Machine {
    let line = format!(r#"{{"op":"restore","snapshot":{row},"instance":{{"name":"toolbox","customerId":"c"}}}}"#);
    Machine::begin(T0, &line, keys()).expect("it is a row")
}

fn next(machine: &mut Machine, now: u64) -> Work {
    machine.turn(now).expect("it can be sent");
    machine.take(now).expect("there is a turn")
}

/// Sends what comes next, and gives it this reply in two pieces.
#[track_caller]
fn serve(machine: &mut Machine, now: u64, path: &str, status: u16, body: &str) {
    let Work::Send(request) = next(machine, now) else { panic!("it sends {path}") };
    assert!(request.url.contains(path), "{path}");
    machine.begin_reply(status, [("Retry-After", &b"3"[..])]);
    let (first, second) = body.as_bytes().split_at(body.len() / 2);
    assert!(machine.append(first) && machine.append(second));
    assert_eq!(machine.end_reply(now), Ok("took"), "{path}");
}

fn asked() -> Machine {
    let mut machine = begun();
    serve(&mut machine, T0, "/GenerateAuthorizeToken", 200, TOKEN);
    serve(&mut machine, T0, "/Authorize", 203, ASKS);
    assert!(matches!(next(&mut machine, T0), Work::Ask));
    machine
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[track_caller]
fn refused<T: core::fmt::Debug>(tried: Result<T, Error>) -> (&'static str, Option<&'static str>) {
    let error = tried.expect_err("it is refused");
    (error.code, error.field)
}

#[test]
fn a_machine_is_the_session_of_the_lines() {
    let mut machine = asked();
    let number = parsed(&machine.ask(T0).unwrap().unwrap())["number"].as_u64().unwrap();
    assert_eq!(machine.answer(T0, u32::try_from(number).ok(), &[("p", vec!["a"])]), Ok("took"));
    serve(&mut machine, T0, "/Authorize", 200, OK);
    serve(&mut machine, T0, "/GetAccountsDetail", 202, PENDING);
    let Work::Wait(until) = next(&mut machine, T0) else { panic!("it waits") };
    serve(&mut machine, until, "/GetAccountsDetailAsync/r", 200, DATA);
    assert!(matches!(next(&mut machine, until), Work::Done));

    let mut drive = Drive::default();
    let mut say = |op: &str, now: u64, more: Value| {
        let mut line = parsed(BEGIN);
        (line["op"], line["now"]) = (op.into(), now.into());
        more.as_object().unwrap().iter().for_each(|(key, value)| line[key] = value.clone());
        parsed(&drive.apply(&line.to_string()).unwrap())
    };
    say("refresh", T0, json!({}));
    let replies = [(T0, 200, TOKEN), (T0, 203, ASKS), (T0, 200, OK), (T0, 202, PENDING), (until, 200, DATA)];
    for (now, status, body) in replies {
        let mut sent = say("poll", now, json!({}));
        if sent["action"] == "ask" {
            say("answer", now, json!({ "answers": { "p": ["a"] } }));
            sent = say("poll", now, json!({}));
        }
        let headers = json!([["Retry-After", "3"]]);
        say("receive", now, json!({ "id": sent["id"], "status": status, "headers": headers, "body": body }));
    }
    assert_eq!(parsed(&machine.outcome(until).unwrap()), say("outcome", until, json!({}))["outcome"]);
    assert_eq!(parsed(&machine.look(until).unwrap()), say("look", until, json!({}))["look"]);
    let accounts = serde_json::to_value(&machine.accounts()[..]).unwrap();
    assert_eq!(accounts[0], say("accounts", until, json!({}))["account"]);
    assert_eq!(machine.ask(until), Ok(None));
}

#[test]
fn a_request_that_was_held_up_is_never_handed_out() {
    let mut machine = begun();
    machine.turn(T0).unwrap();
    assert!(matches!(machine.take(T0 + 600_000), Ok(Work::TurnAgain)));
    // The session knows that it was not sent: it tries again.
    assert!(matches!(next(&mut machine, T0 + 600_000), Work::Wait(_)));
    let Work::Send(_) = next(&mut machine, T0 + 1_200_000) else { panic!("it sends another") };
}

#[test]
fn a_store_is_told_what_to_keep_before_each_request() {
    let mut machine = begun();
    assert_eq!(machine.loaded(), None);
    let row = machine.turn(T0).unwrap().expect("nothing is stored");
    let revision = parsed(&row)["revision"].as_u64();
    assert!(matches!(machine.take(T0), Ok(Work::Send(_))));
    assert_eq!(machine.loaded(), revision);
    // Another process goes on with the row, and waits for the request that may have gone out.
    let mut other = restored(&row);
    assert_eq!(other.loaded(), revision);
    assert!(matches!(next(&mut other, T0), Work::Wait(_)));
    assert_eq!(other.turn(T0), Ok(None), "the store has it");
}

/// A page may post its news while a store writes the row of a turn.
#[test]
fn a_tell_between_a_turn_and_its_take_is_heard_and_its_request_is_not_sent_in_vain() {
    let mut machine = asked();
    machine.open(T0).unwrap();
    let row = machine.turn(T0).unwrap().expect("it mints for a showing");
    assert_eq!(machine.cancel(T0), Ok("took"));
    assert!(matches!(machine.take(T0), Ok(Work::TurnAgain)), "the token is for nobody");
    assert_eq!(machine.loaded(), parsed(&row)["revision"].as_u64(), "the store has the row of the turn");
    assert!(machine.turn(T0).unwrap().expect("a cancelled session is another row").contains("cancelled"));
    assert!(matches!(machine.take(T0), Ok(Work::Done)));

    // Without a request, there is a new row to store.
    let mut machine = asked();
    machine.turn(T0).unwrap();
    machine.shown(T0).unwrap();
    assert!(matches!(machine.take(T0), Ok(Work::TurnAgain)));
    assert!(machine.turn(T0).unwrap().expect("it changed").contains(r#""shown":true"#));
    assert!(matches!(machine.take(T0), Ok(Work::Ask)));

    // A request that is still wanted goes out once, and an end that is told again is the same end.
    let mut machine = asked();
    machine.open(T0).unwrap();
    machine.turn(T0).unwrap();
    assert_eq!(machine.shown(T0), Ok("took"));
    assert!(matches!(machine.take(T0), Ok(Work::Send(_))));

    // A session that ended hears what it has to hear.
    let mut machine = asked();
    assert_eq!(machine.cancel(T0), Ok("took"));
    machine.turn(T0).unwrap();
    assert_eq!(machine.returned(T0, r#"{"step":"REDIRECT","requestId":"r"}"#), Ok("late"));
    assert!(matches!(machine.take(T0), Ok(Work::Done)));
}

#[test]
fn of_two_nodes_one_goes_on_and_the_other_tells_it_what_it_heard() {
    let mut first = asked();
    first.open(T0).unwrap();
    let row = first.turn(T0).unwrap().expect("it changed");
    let mut second = restored(&row);
    // Nothing was told to the second one, so the row is the other node's.
    assert_eq!(refused(second.reload(T0, Some(&row))), ("conflict", None));
    second.returned(T0, r#"{"step":"REDIRECT","requestId":"r"}"#).unwrap();
    assert_eq!(refused(second.reload(T0, None)), ("conflict", None));
    let mut stranger = Machine::begin(T0, &BEGIN.replace(r#""l""#, r#""m""#), keys()).expect("another login");
    let stranger = stranger.turn(T0).unwrap().expect("a row");
    assert_eq!(refused(second.reload(T0, Some(&stranger))), ("otherSession", None));
    assert_eq!(refused(second.reload(T0, Some("{}"))).0, "brokenSnapshot");
    let without_a_request = row.replace(r#""requests":["r"],"#, "");
    assert_eq!(refused(second.reload(T0, Some(&without_a_request))), ("brokenSnapshot", Some("snapshot")));
    second.reload(T0, Some(&row)).expect("it is the same session");
    assert_eq!(parsed(&second.look(T0).unwrap())["stage"], "looking");
}

#[test]
fn a_body_is_bounded_and_a_fault_is_a_word() {
    let mut machine = begun();
    let Work::Send(request) = next(&mut machine, T0) else { panic!("a mint") };
    machine.begin_reply(200, []);
    let piece = vec![b' '; request.max_body];
    assert!(machine.append(&piece) && !machine.append(b" ") && !machine.append(b" "));
    assert_eq!(machine.end_reply(T0), Ok("took"));
    assert_eq!(parsed(&machine.outcome(T0).unwrap())["reason"], "tooLarge");

    let mut machine = begun();
    assert!(!machine.append(b"x"), "no reply was begun");
    assert_eq!(refused(machine.fault(T0, "timeout", "no")), ("noExchange", None));
    next(&mut machine, T0);
    assert_eq!(refused(machine.fault(T0, "bored", "no")), ("invalidField", Some("fault")));
    assert_eq!(refused(machine.fault(T0, "lost", "no")), ("invalidField", Some("fault")));
    assert_eq!(refused(machine.fault(T0, "timeout", "yes")), ("invalidField", Some("reached")));
    assert_eq!(refused(machine.end_reply(T0)), ("noExchange", None));
    assert_eq!(machine.fault(T0, "timeout", "no"), Ok("took"));
    next(&mut machine, T0 + 60_000);
    machine.begin_reply(200, []);
    assert_eq!(refused(machine.end_reply(u64::MAX)), ("invalidField", Some("now")));
    assert_eq!(machine.end_reply(T0 + 60_000), Ok("took"), "the reply is still there");
    assert_eq!(refused(machine.lost(T0)), ("noExchange", None));
}

#[test]
fn a_live_call_that_nobody_waits_for_is_a_guess_and_is_not_sent_again() {
    let mut machine = begun();
    serve(&mut machine, T0, "/GenerateAuthorizeToken", 200, TOKEN);
    let Work::Send(live) = next(&mut machine, T0) else { panic!("the live call") };
    assert!(live.once);
    assert_eq!(machine.lost(T0), Ok("took"));
    assert!(matches!(next(&mut machine, T0), Work::Done));
    let outcome = parsed(&machine.outcome(T0).unwrap());
    assert_eq!((&outcome["reason"], &outcome["guess"]), (&json!("outcomeUnknown"), &json!(true)));
}

#[test]
fn what_does_not_fit_has_a_code_and_changes_nothing() {
    let mut machine = begun();
    assert_eq!(refused(machine.take(T0)), ("noTurn", None));
    assert_eq!(refused(machine.turn(u64::MAX)), ("invalidField", Some("now")));
    assert_eq!(refused(machine.answer::<&str>(T0, Some(1), &[])), ("notAsking", None));
    assert_eq!(refused(machine.confirm(T0, "")), ("invalidField", Some("loginId")));
    assert_eq!(machine.returned(T0, "no news"), Ok("notOurs"));
    next(&mut machine, T0);
    assert_eq!(refused(machine.turn(T0)), ("exchangeUnderWay", None));
    for (line, keys, code) in [
        ("{}", keys(), ("invalidField", Some("op"))),
        ("no JSON", keys(), ("unknownOp", None)),
        (r#"{"op":"poll"}"#, keys(), ("unknownOp", None)),
        (BEGIN, Keys { secret: Some("\"quoted\"".into()), api: None }, ("invalidKey", None)),
    ] {
        assert_eq!(refused(Machine::begin(T0, line, keys)), code, "{line}");
    }
    // Without a secret key it asks for no token.
    let mut without = Machine::begin(T0, BEGIN, Keys::default()).unwrap();
    assert!(matches!(next(&mut without, T0), Work::Send(request) if request.url.ends_with("/Authorize")));
}

#[test]
fn a_machine_prints_no_secret() {
    let mut machine = asked();
    machine.open(T0).unwrap();
    serve(&mut machine, T0, "/GenerateAuthorizeToken", 200, r#"{"HttpStatusCode":200,"Token":"CANARY-TOKEN"}"#);
    let work = next(&mut machine, T0);
    let printed = format!("{machine:?} {work:?}");
    assert!(!printed.contains("CANARY") && !printed.contains("LoginId(l)"), "{printed}");
    assert!(machine.ask(T0).unwrap().unwrap().contains("CANARY-TOKEN"), "the widget's URL has it");
}
