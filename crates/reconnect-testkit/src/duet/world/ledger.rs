//! What was sent that reaches the bank, and what went wrong.

use reconnect_core::{ExchangeId, Fault, Reached, Rendered, Reply, StoredSession};
use std::collections::BTreeMap;

/// What was sent that reaches the bank, and what excuses sending it again.
pub(super) struct Ledger {
    /// By session: its live calls, and how many more of them may be sent than at its beginning.
    pub(super) lives: BTreeMap<String, Vec<ExchangeId>>,
    pub(super) again: BTreeMap<String, usize>,
    pub(super) may_go: usize,
    /// Live calls that a proxy doubled: the bank got both.
    pub(super) doubled: usize,
    /// Replies that a fault made a refusal.
    pub(super) refusals: u64,
    /// Calls without a reply that can be read, or without one in time.
    pub(super) unheard: u64,
    /// Processes that died with a request under way, or with a reply that was not kept yet.
    pub(super) deaths: u64,
}

impl Ledger {
    pub(super) fn new(may_go_live: bool) -> Self {
        Self {
            lives: BTreeMap::new(),
            again: BTreeMap::new(),
            may_go: usize::from(may_go_live),
            doubled: 0,
            refusals: 0,
            unheard: 0,
            deaths: 0,
        }
    }

    pub(super) fn sent(&mut self, kept: &StoredSession, request: &Rendered) {
        let body = request.body.as_ref().map_or("", |body| body.expose());
        if body.contains(r#""MostRecentCached":false"#) {
            self.lives.entry(id(kept)).or_default().push(request.id);
        }
    }

    /// Rule 5 and decision 45: it surely did not get there, or was refused for its token.
    pub(super) fn told(&mut self, kept: &StoredSession, exchange: ExchangeId, reply: &Result<Reply, Fault>) {
        let again = match reply {
            Err(fault) => fault.reached == Reached::No,
            Ok(reply) => is_about_the_token(reply),
        };
        if again && self.lives.get(&id(kept)).is_some_and(|lives| lives.contains(&exchange)) {
            *self.again.entry(id(kept)).or_default() += 1;
        }
    }
}

fn id(kept: &StoredSession) -> String {
    kept.snapshot().id().unwrap_or_default()
}

/// A 401 that says only that the token is missing or no longer valid.
pub(super) fn is_about_the_token(reply: &Reply) -> bool {
    reply.status == 401 && String::from_utf8_lossy(&reply.body).contains("authorize token")
}
