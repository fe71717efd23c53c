//! The transitions that the answers to a look cause: a look is the data call of a session in doubt. Also what follows
//! if the bank asks again in a session that was thought to be authorized.

use crate::{
    challenge::Challenge,
    code::Advice,
    policy::After,
    reply::Refusal,
    state::{
        State,
        phase::{Again, Asking, Back, Doubt, End, Look, Outstanding, Phase},
        put,
    },
    time::Timestamp,
};
use alloc::vec::Vec;

impl State {
    /// The data call was answered by UNAUTHORIZED (decision 45).
    pub(super) fn not_authorized(&mut self, now: Timestamp, out: Outstanding, refusal: Refusal) {
        let Some(look) = self.looked() else {
            // Only a look said that the session is authorized, so that may be wrong (decision 76).
            if matches!(self.phase, Phase::Fetching { granted: false, .. }) {
                return self.asked_again(now, out, None);
            }
            return self.refuse(now, refusal, Advice::ActAtTheBank);
        };
        self.drop_named();
        match look.back {
            Back::Guess(guess) => self.end(End::Guess(guess)),
            Back::Ask(asking) => {
                self.ask(asking);
                match look.why {
                    Doubt::Lapse => self.lapse(now, None),
                    Doubt::News => {}
                    Doubt::Age | Doubt::Answer => self.active(out.sent),
                }
            }
        }
        self.heard_meanwhile(now, look.again);
    }

    /// The data call says that the session is gone.
    pub(super) fn gone(&mut self, now: Timestamp, refusal: Refusal) {
        let recalls = self.may_recall();
        let Some(look) = self.looked() else {
            return match recalls {
                true => self.recall(now, None),
                false => self.refuse(now, refusal, Advice::StartOver),
            };
        };
        self.drop_named();
        // There is a reason to recall only if something said that the end user is finished.
        let told = look.why == Doubt::News || look.hinted || look.again != Again::No || self.hint_due.is_some();
        match look.back {
            Back::Guess(guess) if told && recalls => self.recall(now, Some(guess)),
            Back::Ask(_) if told && recalls => self.recall(now, None),
            Back::Guess(guess) => self.end(End::Guess(guess)),
            Back::Ask(asking) if look.why == Doubt::Lapse => {
                self.ask(asking);
                self.lapse(now, None);
            }
            // The connection still exists, and a person may ask for another refresh (decision 60).
            Back::Ask(_) if self.login.is_some() => self.refuse(now, refusal, Advice::AskTheUser),
            Back::Ask(_) => self.refuse(now, refusal, Advice::StartOver),
        }
        self.heard_meanwhile(now, look.again);
    }

    /// Whether the stored data may be asked for: once a session, and only for a known login.
    pub(super) fn may_recall(&self) -> bool {
        self.policy().after == After::SameThenCached && self.login.is_some() && !self.recalled
    }

    /// A recall brought nothing: the guess that it carries holds; or, if a webhook said meanwhile that the data is
    /// there, the data is asked for once more. `false` if neither is so, or nothing is recalled.
    pub(super) fn recall_is_over(&mut self, now: Timestamp) -> bool {
        match &self.phase {
            Phase::Recalling { guess: Some(guess), .. } => self.end(End::Guess(guess.clone())),
            Phase::Recalling { told: true, .. } => {
                (self.unsettled, self.hint_due) = (None, None);
                self.fetch(now, true);
            }
            Phase::Authorizing { .. }
            | Phase::Asking(_)
            | Phase::Looking(_)
            | Phase::Fetching { .. }
            | Phase::Recalling { .. }
            | Phase::Done(_) => return false,
        }
        true
    }

    /// A look that settled nothing. `page` is the status of a gateway's page, if its last try got one.
    pub(super) fn unclear(&mut self, now: Timestamp, page: Option<u16>) {
        let Some(look) = self.looked() else { return };
        let told = look.why == Doubt::News || look.hinted || look.again != Again::No;
        match look.back {
            Back::Guess(guess) => self.end(End::Guess(guess)),
            // The Reconnect page itself opens the widget without a look (decision 4).
            Back::Ask(asking) => {
                self.ask(asking);
                if look.why == Doubt::Lapse {
                    self.lapse(now, page);
                }
            }
        }
        if told {
            self.keep_hint(now);
        }
    }

    /// A look is answered by a 203: the session is alive, and the bank asks (decision 51).
    pub(super) fn asked_in_a_look(&mut self, now: Timestamp, out: Outstanding, challenges: Vec<Challenge>) {
        let Some(look) = self.looked() else { return };
        self.drop_named();
        put!(self, lease_assumed, false);
        let policy = self.policy();
        let (life, hint_life) = (policy.request_life, policy.hint_life);
        // The latest beginning of the lease that the 203 may bring: hints may slide a lease just as far.
        let last = (self.first_answered.unwrap_or(self.lease_from) + hint_life).before(life);
        let since = out.sent.min(last);
        let over = now >= since + life;
        match look.back {
            Back::Guess(guess) => {
                let (asking, renews) = self.new_prompt(None, challenges);
                if over || !renews {
                    self.end(End::Guess(guess));
                } else {
                    put!(self, first_answered, self.first_answered.or(Some(self.lease_from)));
                    put!(self, lease_from, self.lease_from.max(since));
                    self.ask(asking);
                }
            }
            Back::Ask(asking) => {
                let (asking, renews) = self.new_prompt(Some(asking), challenges);
                match look.why {
                    Doubt::News => {}
                    Doubt::Lapse if over || !renews || self.lapse_renewed => {
                        self.ask(asking);
                        self.lapse(now, None);
                        return self.heard_meanwhile(now, look.again);
                    }
                    Doubt::Lapse => {
                        put!(self, first_answered, self.first_answered.or(Some(self.lease_from)));
                        put!(self, lapse_renewed, true);
                        put!(self, lease_from, self.lease_from.max(since));
                    }
                    Doubt::Age | Doubt::Answer if renews => {
                        self.active(if self.first_answered.is_some() { since } else { out.sent });
                    }
                    Doubt::Age | Doubt::Answer => {}
                }
                self.ask(asking);
            }
        }
        self.heard_meanwhile(now, look.again);
    }

    /// The bank asks again in a session that was thought to be authorized (decision 51): a fetch, a poll or the cached
    /// call says so. `challenges` is `None` if that was not by a 203; then there is no new prompt.
    pub(super) fn asked_again(&mut self, now: Timestamp, out: Outstanding, challenges: Option<Vec<Challenge>>) {
        let guess = if let Phase::Recalling { guess, .. } = &self.phase { guess.clone() } else { None };
        put!(self, lease_assumed, false);
        put!(self, first_pending, None);
        self.drop_named();
        let (asking, renews) = match challenges {
            Some(challenges) => self.new_prompt(None, challenges),
            None => (Asking::default(), true),
        };
        if renews && self.asked_again < self.policy().asks_again_max {
            self.asked_again += 1;
            put!(self, lease_from, self.lease_from.max(out.sent));
            put!(self, first_answered, Some(out.sent));
            put!(self, lapse_renewed, false);
            self.ask(asking);
        } else if let Some(guess) = guess {
            self.end(End::Guess(guess));
        } else {
            self.ask(Asking::default());
            self.lapse(now, None);
        }
    }

    /// The prompt of a 203 that did not come from `/Authorize`, and whether it may renew a lease. `before` is the
    /// prompt that the session knew; if its challenges were unknown, these are its challenges.
    fn new_prompt(&mut self, before: Option<Asking>, challenges: Vec<Challenge>) -> (Asking, bool) {
        let show = match before {
            Some(asking) if *asking.challenges == *challenges => return (asking, true),
            Some(asking) if asking.challenges.is_empty() => {
                self.dirty = true;
                return (Asking { challenges: challenges.into(), shown: false, ..asking }, true);
            }
            Some(asking) => asking.show,
            None => Default::default(),
        };
        self.prompt_number = self.prompt_number.saturating_add(1);
        let renews = self.later_prompts < self.policy().prompts_max;
        self.later_prompts += u8::from(renews);
        self.dirty = true;
        (Asking { challenges: challenges.into(), show, ..Asking::default() }, renews)
    }

    /// A redirect was heard while the look was under way, and the look said no: now the redirect gets its own look.
    fn heard_meanwhile(&mut self, now: Timestamp, again: Again) {
        if again == Again::No {
            return;
        }
        let over = now >= self.prompt_ends();
        match &self.phase {
            Phase::Asking(asking) if over => {
                let look = Look { hinted: true, ..Look::new(Doubt::Lapse, Back::Ask(asking.clone())) };
                self.hint_due = None;
                self.look(now, look);
            }
            Phase::Asking(asking) if again == Again::Look => {
                let back = Back::Ask(asking.clone());
                self.look(now, Look::by_news(back));
            }
            Phase::Done(End::Guess(guess)) if again == Again::Look => {
                let back = Back::Guess(guess.clone());
                self.look(now, Look::by_news(back));
            }
            Phase::Authorizing { .. }
            | Phase::Asking(_)
            | Phase::Looking(_)
            | Phase::Fetching { .. }
            | Phase::Recalling { .. }
            | Phase::Done(_) => self.keep_hint(now),
        }
    }

    /// A redirect that may not cause a look at once gets one later: half a life from now, and not after the guess is
    /// forgotten. A look that was planned already is not moved (decision 57).
    pub(super) fn keep_hint(&mut self, now: Timestamp) {
        let later = now + self.policy().request_life / 2;
        let at = match &self.phase {
            Phase::Asking(_) => later,
            Phase::Done(End::Guess(guess)) if now < guess.forget => later.min(guess.forget),
            Phase::Authorizing { .. }
            | Phase::Looking(_)
            | Phase::Fetching { .. }
            | Phase::Recalling { .. }
            | Phase::Done(_) => return,
        };
        put!(self, hint_due, self.hint_due.or(Some(at)));
    }

    /// The look that ends now; `None` in another phase.
    fn looked(&self) -> Option<Look> {
        if let Phase::Looking(look) = &self.phase { Some(look.clone()) } else { None }
    }
}
