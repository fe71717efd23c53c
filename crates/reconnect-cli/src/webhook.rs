//! `reconnect webhook verify`: is a webhook the service's, and what is it about.

use crate::{
    args::Verify,
    exit::{Exit, Trouble},
    input,
    out::Out,
};
use reconnect_core::{Secret, policy::MAX_BODY, webhook};
use serde_json::json;

pub(crate) fn verify(args: &Verify, out: &Out) -> Result<Exit, Trouble> {
    let key = key(&args.key_env)?;
    let body = input::bytes(std::io::stdin().lock(), MAX_BODY as u64, "standard input")?;
    let headers = [(webhook::SIGNATURE_HEADERS[0], args.signature.as_str())];
    match webhook::verify(headers, &body, &[key]) {
        Ok(delivery) => {
            let (kind, facts) = (delivery.response_type().as_str(), delivery.facts());
            if out.is_json() {
                out.json(&json!({
                    "valid": true, "responseType": kind, "loginId": facts.login, "requestId": facts.request,
                }))?;
            } else {
                out.line(&format!("valid: {kind}"))?;
                for (title, id) in [
                    ("login id", facts.login.as_ref().map(|id| id.as_str())),
                    ("request id", facts.request.as_ref().map(|id| id.as_str())),
                ] {
                    if let Some(id) = id {
                        out.line(&format!("{title}: {id}"))?;
                    }
                }
            }
            Ok(Exit::Done)
        }
        Err(wrong) => {
            let known = json!({ "valid": false, "responseType": null, "loginId": null, "requestId": null });
            Err(Trouble { known: Box::new(known), ..Trouble::failed(wrong.to_string()) })
        }
    }
}

/// The key in a variable of the environment, without white space and a byte-order mark around it.
fn key(name: &str) -> Result<Secret, Trouble> {
    let value = std::env::var(name).unwrap_or_default();
    let key = value.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let refused = |why: &str| Err(Trouble::usage(format!("{name} {why}")));
    let quote = |c: char| matches!(c, '"' | '\'' | '`' | '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}');
    match key {
        "" => refused("is unset, empty or blank: put the webhook's key into it"),
        _ if key.contains(quote) => refused("holds a quote: set it without quotes"),
        _ if key.contains(char::is_control) => refused("holds a control character, such as a line end inside it"),
        _ => Ok(Secret::from(key)),
    }
}
