//! The lines that call an endpoint outside a session, by its name.

use crate::{
    line::{Error, Fit, Line},
    write::{self, object},
};
use alloc::string::{String, ToString};
use reconnect_calls::{CallError, Endpoint, InvalidCall, NamedCall};
use reconnect_core::{Advice, Instance, Timestamp};
use reconnect_json::{Reader, Writer};

/// The answer to the line, if it is one of these.
pub(crate) fn run(op: &str, line: &Line<'_>) -> Fit<Option<String>> {
    Ok(Some(match op {
        "call" => {
            let (call, instance) = named(line)?;
            let rendered = call.draft().render(&instance, &write::placeholders())?;
            object(|to| write::send(to, &rendered))
        }
        "callReply" => {
            let (now, (call, _)) = (line.now()?, named(line)?);
            match line.reply()?.map_err(CallError::from).and_then(|reply| call.read(&reply)) {
                Ok(answer) => object(|to| to.key("answer").raw(&answer.to_string())),
                Err(wrong) => object(|to| error(to.key("error"), &wrong, now)),
            }
        }
        _ => return Ok(None),
    }))
}

fn named(line: &Line<'_>) -> Fit<(NamedCall, Instance)> {
    let (name, fields) = (line.need("name", Reader::string)?, line.maybe("fields", Reader::raw)?);
    let fields = serde_json::from_str(fields.unwrap_or("{}")).map_err(|_| Error::field("fields"))?;
    Ok((NamedCall::new(&name, &fields)?, line.instance()?))
}

impl From<InvalidCall> for Error {
    fn from(wrong: InvalidCall) -> Self {
        Self { code: "invalidCall", field: wrong.field().or(Some("name")), message: wrong.to_string() }
    }
}

/// A call that brought no answer.
fn error(to: &mut Writer, error: &CallError, now: Timestamp) {
    let advice = error.advice();
    let (code, fault) = (error.code(), error.fault());
    let (status, place, message) = (error.status(), error.place(), error.to_string());
    let not_before = error.retry_after().filter(|_| advice == Advice::TryLater).map(|after| after.moment(now));
    write::Trouble { code, status, fault, place, advice, message, not_before }.write(to, now);
}
