//! Names the documented rule that a request breaks, with its address, in strict and in lenient mode alike.
//!
//! The reply's header `x-sandbox-doctor`, `GET /_sandbox/doctor`, [`Bank::findings`](crate::Bank::findings) and the
//! observer of [`Server::observed`](crate::Server::observed) have the same findings. A finding changes no answer.

mod body;
mod call;
pub(crate) mod finding;
pub(crate) mod rules;
mod widget;

pub use self::finding::Finding;
pub use self::rules::Rule;
use crate::bank::state::Bank;
use crate::http::{Reply, Request, pair};

/// Every rule, in the order in which a request is checked.
pub fn rules() -> &'static [&'static Rule] {
    rules::ALL
}

/// The rules that a request breaks, each once. The bank has not handled the request yet.
pub(crate) fn examine(bank: &Bank, now: u64, request: &Request, segments: &[&str]) -> Vec<&'static Rule> {
    let mut broken = match segments {
        ["v3", _, "BankingServices", endpoint @ ..] => call::examine(bank, now, request, endpoint),
        other => widget::examine(bank, now, request, other),
    };
    let mut seen = Vec::new();
    broken.retain(|rule| {
        !seen.contains(&rule.id) && {
            seen.push(rule.id);
            true
        }
    });
    broken
}

/// Writes the broken rules on the reply.
pub(crate) fn sign(reply: &mut Reply, broken: &[&'static Rule]) {
    if !broken.is_empty() {
        let ids: Vec<&str> = broken.iter().map(|rule| rule.id).collect();
        reply.headers.push(pair("x-sandbox-doctor", &ids.join(",")));
    }
}
