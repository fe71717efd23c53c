//! The runner for Rust's `Machine`. That of another language does the same with its own session.

use super::{Step, Vector};
use reconnect_core::Keys;
use reconnect_embed::{Error, Machine, Work};
use serde_json::{Value, json};

/// A machine has no call for these: it checks by itself whether a request may be sent, and has one session.
const NOT_OF_A_MACHINE: &[&str] = &["delivered", "maySend", "call", "callReply", "close"];

/// Lets a machine hear the vector, and compares each answer. `false` if the vector has a step that no call of a machine can
/// be: a line may be wrong in ways in which a call with types cannot.
pub(super) fn passes(vector: &Vector) -> bool {
    if !vector.steps.iter().all(is_of_a_machine) {
        return false;
    }
    let (mut machine, mut sent) = (None, Value::Null);
    for step in &vector.steps {
        let (tell, now) = (&step.tell, step.tell["now"].as_u64().expect("a moment"));
        let heard = match tell["op"].as_str().expect("an op") {
            "refresh" | "resume" | "resumeClaimed" | "restore" => {
                let keys = Keys { secret: Some("{{secretKey}}".into()), api: Some("{{apiKey}}".into()) };
                Machine::begin(now, &tell.to_string(), keys).map(|begun| {
                    machine = Some(begun);
                    json!({ "ok": true })
                })
            }
            // Its own request is the only one that a machine can tell of.
            "receive" | "lost" if tell["id"] != sent => return false,
            op => said(machine.as_mut().expect("it has begun"), op, now, tell, &mut sent),
        };
        let heard = heard.unwrap_or_else(|error| misuse(&error));
        assert_eq!(heard, step.hear, "{}: {tell}", vector.name);
    }
    true
}

fn is_of_a_machine(step: &Step) -> bool {
    let op = step.tell["op"].as_str().unwrap_or_default();
    let types = ["unknownOp", "noSession"].map(Value::from).contains(&step.hear["misuse"]["code"])
        || ["now", "id", "headers", "status"].map(Value::from).contains(&step.hear["misuse"]["field"]);
    !NOT_OF_A_MACHINE.contains(&op) && !types
}

fn said(machine: &mut Machine, op: &str, now: u64, tell: &Value, sent: &mut Value) -> Result<Value, Error> {
    let parsed = |json: &str| -> Value { serde_json::from_str(json).expect("JSON") };
    let word = |name: &str| tell[name].as_str().unwrap_or_default();
    let heard = match op {
        "poll" => {
            let said = poll(machine, now)?;
            *sent = said["id"].clone();
            return Ok(said);
        }
        "look" => return Ok(json!({ "look": parsed(&machine.look(now)?) })),
        "outcome" => return Ok(json!({ "outcome": parsed(&machine.outcome(now)?) })),
        "snapshot" => return Ok(json!({ "snapshot": parsed(&machine.snapshot()) })),
        "accounts" => {
            let all = machine.accounts();
            return Ok(json!({ "account": all.first(), "index": 0, "count": all.len() }));
        }
        "receive" if tell["fault"].is_string() => machine.fault(now, word("fault"), word("reached")),
        "receive" => {
            let status = tell["status"].as_u64().and_then(|status| status.try_into().ok()).expect("a status");
            let headers: Vec<(String, String)> = serde_json::from_value(tell["headers"].clone()).expect("pairs");
            machine.begin_reply(status, headers.iter().map(|(name, value)| (&**name, value.as_bytes())));
            // In pieces, as it comes from a network.
            for piece in word("body").as_bytes().chunks(7) {
                assert!(machine.append(piece), "it is within its limit");
            }
            machine.end_reply(now)
        }
        "lost" => machine.lost(now),
        "returned" => match tell["news"].as_str() {
            Some(text) => machine.returned(now, text),
            None => machine.returned(now, &tell["news"].to_string()),
        },
        "answer" => {
            let number = tell["number"].as_u64().map(|number| number.try_into().expect("a number of a prompt"));
            let all = tell["answers"].as_object().expect("an object").iter();
            let texts = |list: &'_ Value| serde_json::from_value::<Vec<String>>(list.clone()).expect("texts");
            let all: Vec<(&str, Vec<String>)> = all.map(|(prompt, list)| (&**prompt, texts(list))).collect();
            machine.answer(now, number, &all)
        }
        "open" => machine.open(now),
        "shown" => machine.shown(now),
        "confirm" => machine.confirm(now, word("loginId")),
        "cancel" => machine.cancel(now),
        other => panic!("a machine has no call for {other}"),
    };
    heard.map(|word| json!({ "heard": word }))
}

/// A turn that is stored at once, and taken.
fn poll(machine: &mut Machine, now: u64) -> Result<Value, Error> {
    machine.turn(now)?;
    Ok(match machine.take(now)? {
        Work::Send(request) => {
            let headers: Vec<_> = request.headers.iter().map(|(name, value)| (name, value.expose())).collect();
            let body = request.body.as_ref().map(|body| body.expose());
            json!({ "action": "send", "id": request.id.number(), "method": request.method, "url": request.url,
                "headers": headers, "body": body, "limitMs": request.limit_ms, "maxBody": request.max_body,
                "once": request.once })
        }
        Work::Wait(until) => json!({ "action": "wait", "until": until }),
        Work::Ask => {
            let mut ask: Value = serde_json::from_str(&machine.ask(now)?.expect("it asks")).expect("JSON");
            ask["action"] = "ask".into();
            ask
        }
        Work::Done => json!({ "action": "done" }),
        Work::TurnAgain => panic!("a turn that is taken at once is in time"),
    })
}

fn misuse(error: &Error) -> Value {
    json!({ "misuse": { "code": error.code, "field": error.field, "message": error.message } })
}
