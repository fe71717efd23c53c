//! The sandbox's own controls, under `/_sandbox/`. The server has those of the clock, since the bank has no clock.

use serde::Deserialize;
use serde_json::{Value, json};

use super::logged::Logged;
use super::login::Login;
use super::nightly::Nightly;
use super::state::Bank;
use crate::doctor::finding::Finding;
use crate::fault::Fault;
use crate::http::{Reply, Request, pair};
use crate::webhook::{Webhook, WebhookRefused};

const CONTROLS: [&str; 10] =
    ["logins", "requests", "doctor", "reset-login", "revoke", "expire", "nightly", "faults", "webhook", "webhooks"];

impl Bank {
    pub(super) fn control(&mut self, now: u64, request: &Request, name: &str) -> Reply {
        match (request.method.as_str(), name) {
            ("GET", "logins") => {
                let all: Vec<Value> = self.logins.saved().map(Login::listed).collect();
                Reply::of_json(200, &all)
            }
            ("GET", "requests") => {
                let log: Vec<Value> = self.requests().iter().map(Logged::body).collect();
                listed(&log, self.log.dropped())
            }
            ("GET", "doctor") => {
                let findings: Vec<Value> = self.findings().iter().map(Finding::body).collect();
                listed(&findings, self.findings.dropped())
            }
            ("POST", "reset-login") => match text(request, "loginId") {
                Some(id) => done_to(self.reset_login(&id), "loginId"),
                None => malformed("loginId"),
            },
            ("POST", "revoke") => match text(request, "loginId") {
                Some(id) => done_to(self.revoke_grant(&id), "loginId of a bank that signs in by OAuth"),
                None => malformed("loginId"),
            },
            ("POST", "expire") => match text(request, "requestId").or_else(|| text(request, "token")) {
                Some(id) => done_to(self.expire(&id), "requestId or token"),
                None => malformed("requestId or token"),
            },
            ("POST", "nightly") => match (text(request, "loginId"), nightly(request)) {
                (Some(id), Some(result)) => done_to(self.nightly(now, &id, result), "loginId"),
                (_, _) => malformed("loginId, and result \"ok\", \"failed\" or \"mfa\""),
            },
            ("GET", "faults") => Reply::of_json(200, &self.faults()),
            ("POST", "faults") => match Fault::read_list(&request.body) {
                Ok(faults) => {
                    self.set_faults(faults);
                    done()
                }
                Err(why) => refused(&why),
            },
            ("POST", "webhook") => match serde_json::from_slice::<Wanted>(&request.body) {
                Ok(wanted) => match self.webhook(now, &wanted.url, &wanted.request_id, wanted.key.as_deref()) {
                    Ok(number) => Reply::of_json(200, &json!({"webhook": number})),
                    Err(WebhookRefused::Unknown) => unknown("requestId"),
                    Err(why) => refused(&why.to_string()),
                },
                Err(error) => refused(&format!("expected a JSON object with url, requestId and perhaps key: {error}")),
            },
            ("GET", "webhooks") => {
                let all: Vec<Value> = self.webhooks().iter().map(Webhook::body).collect();
                Reply::of_json(200, &all)
            }
            (_, name) if CONTROLS.contains(&name) => Reply::wrong_method(),
            _ => missing(&format!("no such control; there are {}, and the server's clock", CONTROLS.join(", "))),
        }
    }
}

/// A list. A header says how many earlier items are no longer kept.
fn listed(items: &[Value], dropped: u64) -> Reply {
    let mut reply = Reply::of_json(200, &items);
    reply.headers.push(pair("x-sandbox-dropped", &dropped.to_string()));
    reply
}

/// What `POST /_sandbox/webhook` takes. Without a key the webhook comes unsigned.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wanted {
    url: String,
    request_id: String,
    key: Option<String>,
}

fn text(request: &Request, name: &str) -> Option<String> {
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    body.get(name)?.as_str().map(str::to_owned)
}

fn nightly(request: &Request) -> Option<Nightly> {
    match text(request, "result")?.as_str() {
        "ok" => Some(Nightly::Refreshed),
        "failed" => Some(Nightly::Failed),
        "mfa" => Some(Nightly::Asked),
        _ => None,
    }
}

fn done() -> Reply {
    Reply::of_json(200, &json!({"done": true}))
}

fn done_to(found: bool, what: &str) -> Reply {
    if found { done() } else { unknown(what) }
}

fn unknown(what: &str) -> Reply {
    missing(&format!("unknown {what}; write one of this sandbox, whole"))
}

fn missing(what: &str) -> Reply {
    Reply::of_json(404, &json!({"error": what}))
}

fn malformed(expected: &str) -> Reply {
    refused(&format!("expected a JSON object with {expected}"))
}

fn refused(why: &str) -> Reply {
    Reply::of_json(400, &json!({"error": why}))
}
