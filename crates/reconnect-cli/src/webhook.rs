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
    let name = &args.key_env;
    let key = std::env::var(name).ok().filter(|key| !key.is_empty()).map(Secret::from);
    let key = key.ok_or_else(|| Trouble::usage(format!("{name} is unset or empty: put the webhook's key into it")))?;
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
