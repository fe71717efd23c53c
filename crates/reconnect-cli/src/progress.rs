//! What is said on stderr while a session is driven.

use crate::{
    clock::{moment, span},
    out::Out,
};
use core::{
    sync::atomic::{AtomicU16, Ordering},
    time::Duration,
};
use reconnect_core::{Fault, Rendered, Reply, Snapshot, Timestamp};

/// Who looks on while a session is driven. It decides nothing.
pub(crate) trait Watch: Send + Sync {
    /// The session was kept, before what comes next.
    fn kept(&self, snapshot: &Snapshot);
    /// A request goes out.
    fn sends(&self, now: Timestamp, request: &Rendered);
    /// Its reply came, or something else.
    fn hears(&self, now: Timestamp, reply: &Result<Reply, Fault>);
    /// Nothing happens until then.
    fn waits(&self, now: Timestamp, until: Timestamp);
}

/// Short progress, for `refresh`, `resume` and `continue`.
pub(crate) struct Progress {
    out: Out,
    /// Of the last reply: 1 for a fault, 0 while this command has sent nothing.
    status: AtomicU16,
}

impl Progress {
    pub(crate) fn new(out: Out) -> Self {
        Self { out, status: AtomicU16::new(0) }
    }
}

impl Watch for Progress {
    fn kept(&self, _: &Snapshot) {}

    fn sends(&self, _: Timestamp, request: &Rendered) {
        self.out.note(&format!("{} {}", request.method, endpoint(&request.url)));
    }

    fn hears(&self, _: Timestamp, reply: &Result<Reply, Fault>) {
        let (status, said) = match reply {
            Ok(reply) => (reply.status, reply.status.to_string()),
            Err(fault) => (1, fault_text(*fault)),
        };
        self.status.store(status, Ordering::Relaxed);
        self.out.note(&format!("  {said}"));
    }

    fn waits(&self, now: Timestamp, until: Timestamp) {
        let why = match self.status.load(Ordering::Relaxed) {
            0 => "what an earlier command sent may still be answered",
            202 => "the data is still being processed",
            200..=299 => "a request waits for its turn",
            _ => "before the next try",
        };
        // The shortest waits are over before anybody has read of them.
        if now.until(until) >= Duration::from_secs(1) {
            self.out.note(&format!("  {} until {}: {why}", span(now.until(until)), moment(until)));
        }
    }
}

/// The endpoint of the API, without what stands after it: a `requestId`.
pub(crate) fn endpoint(url: &str) -> &str {
    let path = url.split_once("/BankingServices/").map_or("", |(_, path)| path);
    path.split(['/', '?']).next().unwrap_or_default()
}

/// Why a request has no reply.
pub(crate) fn fault_text(fault: Fault) -> String {
    fault.kind.to_string()
}

/// Nobody.
pub(crate) struct Silent;

impl Watch for Silent {
    fn kept(&self, _: &Snapshot) {}
    fn sends(&self, _: Timestamp, _: &Rendered) {}
    fn hears(&self, _: Timestamp, _: &Result<Reply, Fault>) {}
    fn waits(&self, _: Timestamp, _: Timestamp) {}
}
