//! The lines that call an endpoint outside a session, by its name.

use crate::{
    line::{Error, Fit, Line},
    write::{self, number, object, text},
};
use alloc::string::{String, ToString};
use reconnect_calls::{CallError, Endpoint, InvalidCall, NamedCall};
use reconnect_core::{Advice, Instance, Timestamp};
use reconnect_json::{Reader, Writer, millis};

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
    let recovery = match error.advice() {
        Advice::TryLater => "tryLater",
        Advice::StartOver => "startOver",
        Advice::AskTheUser => "askTheUser",
        Advice::ActAtTheBank => "actAtTheBank",
        Advice::FixTheSetup => "fixTheSetup",
    };
    let retry = error.retry_after().filter(|_| error.advice() == Advice::TryLater);
    to.object(|to| {
        text(to, "code", error.code().map(|code| code.as_str()));
        number(to, "status", error.status().map(u64::from));
        text(to, "fault", error.fault().map(|fault| fault.as_str()));
        text(to, "place", error.place());
        to.key("recovery").text(recovery);
        to.key("message").text(&error.to_string());
        number(to, "retryAfterMs", retry.map(|after| millis(now.until(after.moment(now)))));
    });
}
