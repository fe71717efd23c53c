//! What every connection shares: the bank, its clock, and the observer of the findings.

use core::fmt;
use core::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::guard;
use crate::bank::Arrival;
use crate::bank::state::Bank;
use crate::clock::Clock;
use crate::doctor::finding::Finding;
use crate::http::{Reply, Request};

#[derive(Clone)]
pub(super) struct Shared {
    pub(super) bank: Arc<Mutex<Bank>>,
    pub(super) clock: Clock,
    /// The bank was asked or changed, so a webhook may be due.
    pub(super) stirred: Arc<Notify>,
    pub(super) observe: Arc<dyn Fn(&Finding) + Send + Sync>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("bank", &self.bank).field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl Shared {
    /// A panic in a test's closure must not take the server down with it.
    pub(super) fn bank<R>(&self, look: impl FnOnce(&mut Bank) -> R) -> R {
        look(&mut self.bank.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The reply to a request, at the moment when it is to be sent.
    pub(super) async fn answer(&self, peer: SocketAddr, request: Request) -> Reply {
        if let Some(refusal) = guard::refuse(peer, &request) {
            return refusal;
        }
        if request.path() == "/_sandbox/clock" {
            return set_clock(&self.clock, &request);
        }
        let now = self.clock.now();
        let reply = match self.observed(|bank| bank.arrive(now, &request)) {
            Arrival::Answered(reply) => reply,
            Arrival::Delayed(delayed) => {
                // It is handled even if its client does not wait for that long.
                let shared = self.clone();
                let handled = tokio::spawn(async move {
                    shared.clock.reached(now.saturating_add(delayed.delay_ms)).await;
                    let now = shared.clock.now();
                    shared.observed(|bank| bank.handle_delayed(now, &request, delayed))
                });
                handled.await.expect("the sandbox answers any bytes")
            }
        };
        self.clock.reached(now.saturating_add(reply.fate.delay_ms)).await;
        reply
    }

    /// Asks the bank, and shows the observer what the doctor found.
    fn observed<R>(&self, ask: impl FnOnce(&mut Bank) -> R) -> R {
        let (answer, found) = self.bank(|bank| {
            let before = bank.findings_made();
            let answer = ask(bank);
            (answer, bank.findings_since(before).to_vec())
        });
        // This is outside the lock, since the observer may look at the bank itself.
        for finding in &found {
            (self.observe)(finding);
        }
        self.stirred.notify_one();
        answer
    }
}

/// `GET` and `POST /_sandbox/clock`. The server answers them, since the bank cannot move its own time.
fn set_clock(clock: &Clock, request: &Request) -> Reply {
    match request.method.as_str() {
        "GET" => {}
        "POST" => {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            match (body["advanceMs"].as_u64(), body["frozen"].as_bool()) {
                (None, None) => {
                    let error = "expected a JSON object with advanceMs, whole milliseconds, or frozen, true or false";
                    return Reply::of_json(400, &json!({"error": error}));
                }
                (advance, frozen) => {
                    clock.advance(advance.unwrap_or_default());
                    if let Some(frozen) = frozen {
                        clock.freeze(frozen);
                    }
                }
            }
        }
        _ => return Reply::wrong_method(),
    }
    Reply::of_json(200, &json!({"now": clock.now(), "frozen": clock.is_frozen(), "rate": clock.rate()}))
}
