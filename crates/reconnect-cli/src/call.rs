//! `reconnect call`: an endpoint that is no step of a session, from fields to its typed answer.

use crate::{
    args::Call,
    driver::{Driver, Time},
    exit::{Exit, Trouble},
    input,
    out::Out,
    progress::Progress,
};
use reconnect_calls::{CallError, NamedCall};
use reconnect_core::Advice;
use serde_json::Value;
use std::sync::Arc;

/// Far more than the fields of any call.
const MOST: u64 = 1 << 20;

pub(crate) fn run(args: &Call, out: &Out) -> Result<Exit, Trouble> {
    let text = input::value(&args.fields, MOST, "JSON")?;
    let fields: Value =
        serde_json::from_str(&text).map_err(|_| Trouble::usage("JSON is not JSON: give an object, such as {}"))?;
    if args.endpoint == "AnswerMFAQuestions" && args.fields != "-" && !args.fields.starts_with('@') {
        let message = "answers never stand on a command line: give - and the JSON on standard input, or @FILE";
        return Err(Trouble::usage(message));
    }
    let call = NamedCall::new(&args.endpoint, &fields).map_err(|wrong| Trouble::usage(wrong.to_string()))?;
    let driver = Driver::new(args.place.setup(out)?, Time::Real, Arc::new(Progress::new(*out)))?;
    let answer = driver.call(&call).map_err(|error| trouble(&driver, &error))?;
    if out.is_json() {
        out.json(&answer)?;
    } else {
        out.lines(&format!("{answer:#}"))?;
    }
    Ok(Exit::Done)
}

fn trouble(driver: &Driver, error: &CallError) -> Trouble {
    let exit = match error {
        // A fault of the set-up has the same exit code as in a session; any other is an error of the network.
        CallError::Fault(_) if error.advice() == Advice::TryLater => Exit::Failed,
        CallError::Fault(_)
        | CallError::Render(_)
        | CallError::Refused(_)
        | CallError::Page { .. }
        | CallError::Garbled { .. }
        | _ => Exit::from(error.advice()),
    };
    let now = driver.now();
    let retry_after_ms = error
        .retry_after()
        .filter(|_| error.advice() == Advice::TryLater)
        .map(|after| after.moment(now).as_millis().saturating_sub(now.as_millis()));
    Trouble {
        code: error.code().map(|code| code.as_str().to_owned()),
        status: error.status(),
        fault: error.fault().map(|fault| fault.as_str()),
        place: error.place().map(str::to_owned),
        retry_after_ms,
        ..Trouble::new(exit, error.to_string())
    }
}
