//! What a fault does to the call that it falls on.

use serde_json::{Value, json};

use super::faults::Faults;
use super::state::Bank;
use crate::date::http_date;
use crate::fault::{Effect, Fault};
use crate::http::{Cut, Fate, Reply, Request, pair, read_pairs};
use crate::id::fold;
use crate::widget::showing::Showing;

impl Bank {
    /// Replaces all faults by these. Calls are counted from the beginning.
    pub fn set_faults(&mut self, faults: Vec<Fault>) {
        self.faults = Faults::new(faults);
    }

    /// The faults as they were given.
    pub fn faults(&self) -> Vec<Fault> {
        self.faults.given().cloned().collect()
    }

    /// Counts the call with the faults that match it, and gives the effect of the one that falls on it.
    pub(super) fn effect_on(&mut self, request: &Request, segments: &[&str]) -> Option<Effect> {
        let endpoint = match segments {
            ["v3", _, "BankingServices", endpoint, ..] => endpoint,
            _ => "widget",
        };
        // It takes time to find the user, so this is done only if a fault names one.
        let names_user = self.faults.given().any(|fault| fault.user.is_some());
        let user = if names_user { self.user_of(request, segments) } else { None };
        self.faults.count(self.settings.seed, endpoint, user.as_deref())
    }

    pub(super) fn serve_with(&mut self, now: u64, request: &Request, segments: &[&str], effect: &Effect) -> Reply {
        match effect {
            // Its delay is over.
            Effect::Latency { .. } => self.serve(now, request, segments),
            Effect::Late { delay_ms } => {
                let reply = self.serve(now, request, segments);
                Reply { fate: Fate { delay_ms: *delay_ms, ..Fate::default() }, ..reply }
            }
            Effect::Drop { handled } => {
                let said = if *handled { self.serve(now, request, segments) } else { bad_gateway() };
                Reply { fate: Fate { cut: Cut::NoAnswer, ..Fate::default() }, ..said }
            }
            Effect::Truncate { bytes } => {
                let reply = self.serve(now, request, segments);
                Reply { fate: Fate { cut: Cut::AfterBytes(*bytes), ..Fate::default() }, ..reply }
            }
            Effect::BadGateway { handled } => {
                if *handled {
                    self.serve(now, request, segments);
                }
                bad_gateway()
            }
            Effect::TooManyRequests { retry_after, as_date } => too_many(now, *retry_after, *as_date),
            Effect::Empty { handled } => {
                if *handled {
                    self.serve(now, request, segments);
                }
                Reply { body: Vec::new(), ..Reply::of_json(200, &Value::Null) }
            }
            Effect::Contradiction { http_status, body_status: None, .. } => {
                Reply { status: sendable(*http_status), ..self.serve(now, request, segments) }
            }
            Effect::Contradiction { http_status, body_status: Some(status), code } => {
                let message = "The status line of this reply says something else";
                let mut body = json!({"HttpStatusCode": status, "Message": message});
                if let Some(code) = code {
                    body["FlinksCode"] = json!(code);
                }
                Reply::of_json(sendable(*http_status), &body)
            }
            Effect::Duplicate {} => {
                self.serve(now, request, segments);
                self.serve(now, request, segments)
            }
        }
    }

    /// The user of a call. The call names a session, a login, a form of the widget, or a user name.
    fn user_of(&self, request: &Request, segments: &[&str]) -> Option<String> {
        let named = named(request);
        let named = |name: &str| {
            let mut found = named.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name));
            found.next().map(|(_, value)| value.as_str())
        };
        let (last, showing) = match segments {
            ["v3", _, _, _, .., last] => (Some(*last), None),
            ["_widget", showing, ..] => (None, self.showing(showing)),
            _ => (None, None),
        };
        let sessions = [showing.and_then(Showing::request_id), named("RequestId"), last];
        let of_session = |id: &str| self.sessions.get(&fold(id)).map(|session| &session.who);
        let of_login = |id: &str| self.logins.get(id).map(|login| &login.who);
        let who = sessions.into_iter().flatten().find_map(of_session);
        let who = who.or_else(|| [named("LoginId"), last].into_iter().flatten().find_map(of_login));
        who.map(|who| who.username.clone()).or_else(|| named("Username").map(str::to_owned))
    }
}

/// The names and texts of a body and a query.
fn named(request: &Request) -> Vec<(String, String)> {
    let mut named = read_pairs(request.query());
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(fields)) => {
            let texts = fields.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())));
            named.extend(texts);
        }
        Ok(_) => {}
        Err(_) => named.extend(read_pairs(&String::from_utf8_lossy(&request.body))),
    }
    named
}

/// A fault that comes from code is not checked, but its reply has to be valid HTTP.
fn sendable(status: u16) -> u16 {
    status.clamp(200, 599)
}

fn bad_gateway() -> Reply {
    const PAGE: &str = "<html>\n<head><title>502 Bad Gateway</title></head>\n\
                        <body><h1>502 Bad Gateway</h1></body>\n</html>\n";
    Reply {
        status: 502,
        headers: vec![pair("content-type", "text/html")],
        body: PAGE.as_bytes().to_vec(),
        fate: Fate::default(),
    }
}

/// We chose the words, since no page of the documentation prints the body.
fn too_many(now: u64, retry_after: Option<u64>, as_date: bool) -> Reply {
    let message = "Too many requests in a given time";
    let body = json!({"HttpStatusCode": 429, "Message": message, "FlinksCode": "TOO_MANY_REQUESTS"});
    let mut reply = Reply::of_json(429, &body);
    if let Some(seconds) = retry_after {
        let at = now.saturating_add(seconds.saturating_mul(1_000));
        let value = if as_date { http_date(at) } else { seconds.to_string() };
        reply.headers.push(pair("retry-after", &value));
    }
    reply
}
