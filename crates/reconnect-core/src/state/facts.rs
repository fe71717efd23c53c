//! What a verified webhook does: it is a fact, like a reply (decision 48).

use crate::{
    event::Heard,
    policy::Fetch,
    reply::{DataReply, ReplyError},
    state::{
        State,
        phase::{End, Phase, Step},
    },
    time::Timestamp,
    webhook::{Delivery, ResponseType},
};

impl State {
    pub(crate) fn delivered(&mut self, now: Timestamp, delivery: &Delivery) -> Heard {
        let facts = delivery.facts();
        if self.is_another(facts) {
            return Heard::NotOurs;
        }
        let ours = facts.request.as_ref().is_some_and(|request| self.requests.contains(request));
        let by_tag = matches!((&self.tag, &facts.tag), (Some(ours), Some(theirs)) if **ours == **theirs);
        let by_login = self.login.is_some() && self.login == facts.login;
        if !ours && !by_tag && !by_login {
            return Heard::NotOurs;
        }
        match &self.phase {
            Phase::Done(End::Refreshed(_)) => return Heard::Knew,
            Phase::Done(End::Failed(_)) => return Heard::Late,
            Phase::Authorizing { .. }
            | Phase::Asking(_)
            | Phase::Looking(_)
            | Phase::Fetching { .. }
            | Phase::Recalling { .. }
            | Phase::Done(End::Guess(_)) => {}
        }
        let fetches = match self.policy().fetch {
            Fetch::Detail(_) | Fetch::Webhook { .. } => *delivery.response_type() == ResponseType::GetAccountsDetail,
            Fetch::Summary => *delivery.response_type() == ResponseType::GetAccountsSummary,
            Fetch::Nothing => false,
        };
        let takes = fetches && ours;
        match delivery.read(takes.then_some(&self.keep)) {
            // No source documents a webhook that is an error or asks for MFA, so nothing of it is believed.
            Err(ReplyError::Refused(_)) | Ok(DataReply::Asks(_)) => return Heard::Knew,
            Ok(DataReply::Data(facts, report)) if takes => {
                let last = facts.last_refresh;
                self.learn(facts, false);
                self.refreshed(report, last);
                return Heard::Took;
            }
            Ok(DataReply::Data(..) | DataReply::Pending(..))
            | Err(ReplyError::Garbled { .. } | ReplyError::Page { .. } | ReplyError::TooLarge { .. }) => {}
        }
        if ours { self.told_through(now, delivery) } else { self.told_of_login(now, delivery, by_tag) }
    }

    /// A webhook without data for us still says that the session is authorized.
    fn told_through(&mut self, now: Timestamp, delivery: &Delivery) -> Heard {
        match &mut self.phase {
            Phase::Fetching { .. } => return Heard::Knew,
            Phase::Recalling { guess: None, told } => {
                self.dirty = !core::mem::replace(told, true);
                return if self.dirty { Heard::Took } else { Heard::Knew };
            }
            Phase::Authorizing { .. }
            | Phase::Asking(_)
            | Phase::Looking(_)
            | Phase::Recalling { .. }
            | Phase::Done(_) => {}
        }
        self.outstanding = None;
        let facts = delivery.facts().clone();
        let last = facts.last_refresh;
        self.learn(facts, true);
        self.authorized(now, last, true);
        Heard::Took
    }

    /// A webhook with this session's `Tag` or login. It may be another session's, so its data is not taken (decision
    /// 72).
    fn told_of_login(&mut self, now: Timestamp, delivery: &Delivery, by_tag: bool) -> Heard {
        // Only a live call whose outcome is not known ends without a `requestId`.
        let unnamed = self.requests.is_empty();
        match &self.phase {
            Phase::Fetching { step: Step::Webhook, granted } => {
                let granted = *granted;
                self.fetch(now, granted);
                Heard::Took
            }
            Phase::Done(End::Guess(guess)) if now >= guess.forget => Heard::Late,
            Phase::Done(End::Guess(guess)) if unnamed => {
                if by_tag && delivery.facts().request.is_some() {
                    // It is signed, so the id that it names is this session's.
                    return self.told_through(now, delivery);
                }
                if self.may_recall() && self.login == delivery.facts().login {
                    let guess = guess.clone();
                    self.recall(now, Some(guess));
                    return Heard::Took;
                }
                Heard::Knew
            }
            Phase::Asking(_) if !self.is_answering() => {
                self.look_by_news(now, false);
                if self.dirty { Heard::Took } else { Heard::Knew }
            }
            Phase::Authorizing { .. }
            | Phase::Asking(_)
            | Phase::Looking(_)
            | Phase::Fetching { .. }
            | Phase::Recalling { .. }
            | Phase::Done(_) => Heard::Knew,
        }
    }
}
