//! The sandbox's own controls, under `/_sandbox/`. The clock's are the server's: the bank has none.

use serde_json::{Value, json};

use super::Bank;
use crate::http::{Reply, Request};

impl Bank {
    pub(super) fn control(&mut self, request: &Request, name: &str) -> Reply {
        match (request.method.as_str(), name) {
            ("GET", "requests") => {
                let log: Vec<Value> = self.log.iter().map(super::Logged::body).collect();
                Reply::of_json(200, &log)
            }
            ("POST", "reset-login") => match text(request, "loginId") {
                Some(id) => done(self.reset_login(&id)),
                None => malformed("loginId"),
            },
            ("POST", "expire") => match text(request, "requestId").or_else(|| text(request, "token")) {
                Some(id) => done(self.expire(&id)),
                None => malformed("requestId or token"),
            },
            (_, "requests" | "reset-login" | "expire") => Reply::wrong_method(),
            _ => Reply::not_found(),
        }
    }
}

fn text(request: &Request, name: &str) -> Option<String> {
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    body.get(name)?.as_str().map(str::to_owned)
}

fn done(found: bool) -> Reply {
    if found {
        Reply::of_json(200, &json!({"done": true}))
    } else {
        Reply::of_json(404, &json!({"error": "unknown id"}))
    }
}

fn malformed(expected: &str) -> Reply {
    Reply::of_json(400, &json!({"error": format!("expected a JSON object with {expected}")}))
}
