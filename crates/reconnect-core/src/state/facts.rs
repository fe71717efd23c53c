//! What a verified webhook does: it is a fact, like a reply (decision 48).

use super::{End, Phase, State};
use crate::{
    Timestamp,
    policy::Fetch,
    reply::{Asked, Verdict},
    session::Heard,
    webhook::{Delivery, ResponseType},
};

impl State {
    //= docs/spec/webhooks.md#receiving
    //# **HOOK-5** A receiver MUST NOT rely on the order of deliveries or on the sender's address
    pub(crate) fn delivered(&mut self, now: Timestamp, delivery: &Delivery) -> Heard {
        let facts = delivery.facts();
        let ours = facts.request.as_ref().is_some_and(|request| self.requests.contains(request));
        if !ours || self.is_another(facts) {
            return Heard::NotOurs;
        }
        match &self.phase {
            Phase::Done(End::Refreshed(_)) => return Heard::Knew,
            Phase::Done(End::Failed(failure, _)) if !failure.reason.is_guess() => return Heard::Late,
            Phase::Authorizing { .. }
            | Phase::Asking(_)
            | Phase::Looking { .. }
            | Phase::Fetching(_)
            | Phase::Recalling
            | Phase::Done(_) => {}
        }
        let fetches = match self.policy().fetch {
            Fetch::Detail(_) | Fetch::Webhook { .. } => *delivery.response_type() == ResponseType::GetAccountsDetail,
            Fetch::Summary => *delivery.response_type() == ResponseType::GetAccountsSummary,
            Fetch::Nothing => false,
        };
        match delivery.read(if fetches { Asked::Accounts(&self.keep) } else { Asked::Look }) {
            // No source documents a webhook that is an error, so it is believed in nothing.
            Verdict::Refused(_) => return Heard::Knew,
            Verdict::Data(facts, report) if fetches => {
                let last = facts.last_refresh;
                self.learn(facts, false);
                self.refreshed(report, last);
                return Heard::Took;
            }
            Verdict::Data(..)
            | Verdict::Pending(..)
            | Verdict::Garbled { .. }
            | Verdict::Minted(_)
            | Verdict::Authorized(_)
            | Verdict::Asks { .. } => {}
        }
        // Without data for us it still says that the session is authorized.
        if matches!(self.phase, Phase::Fetching(_) | Phase::Recalling) {
            return Heard::Knew;
        }
        self.wire = None;
        let facts = facts.clone();
        let last = facts.last_refresh;
        self.learn(facts, true);
        self.authorized(now, last);
        Heard::Took
    }
}
