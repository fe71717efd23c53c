//! What the model answers when it is asked: what to do next, and when something changes by itself.

use super::{Asked, Call, Came, Does, Doubt, Exchange, Look, Millis, Model, Phase, Prompt, Shown, Step, ms};
use reconnect_core::{
    Why,
    policy::{Fetch, Then, TokenUse},
};

impl Model {
    /// What to do next.
    pub fn poll(&mut self, now: Millis) -> Does {
        match &self.out {
            Some(out) if now < out.until => return Does::Wait(out.until),
            Some(_) => self.outcome(now, &Came::Fault { unsent: false, large: false, setup: false }),
            None => {}
        }
        self.time_passes(now);
        if self.phase == Phase::Fetching(Step::Webhook) {
            return Does::Wait(self.due);
        }
        match (self.wants(), &self.phase) {
            (Some(call), _) if now < self.due_of(&call) => Does::Wait(self.due_of(&call)),
            (Some(call), _) => self.send(now, call),
            (None, Phase::Done(end, _)) => Does::Done(end.clone()),
            (None, _) => Does::Ask(self.asked()),
        }
    }

    /// When a call may go. The first try of a mint for a showing keeps its distance from the last such mint.
    fn due_of(&self, call: &Call) -> Millis {
        let allowed = self.minted.map_or(0, |minted| minted + ms(self.policy.news_mint_every));
        if *call == Call::MintForWidget && self.tried == 0 { self.due.max(allowed) } else { self.due }
    }

    fn time_passes(&mut self, now: Millis) {
        let life = ms(self.policy.token_life);
        self.token = self.token.filter(|token| now < token.sent + life);
        if matches!(self.prompt.showing, Shown::Ready(_)) && now >= self.prompt.showing_until {
            self.prompt.showing = Shown::Closed;
        }
        if self.prompt.open_again.is_some_and(|at| now >= at) {
            (self.prompt.showing, self.prompt.open_again) = (Shown::Closed, None);
        }
        let hint_is_due = self.hint.is_some_and(|at| now >= at);
        match self.phase.clone() {
            Phase::Asking if now >= self.prompt.until => {
                if self.policy.look_on_lapse || self.hint.is_some() {
                    self.look_for_lapse(now);
                } else {
                    self.lapse(now, None);
                }
            }
            Phase::Asking if hint_is_due => {
                self.hint = None;
                self.look(now, Doubt::News, None);
            }
            Phase::Done(end, moment) if hint_is_due && end.is_guess() && !self.requests.is_empty() => {
                self.hint = None;
                self.look(now, Doubt::News, Some((end, moment)));
            }
            Phase::Fetching(Step::Webhook) if now >= self.due => self.webhook_missed(now),
            _ => {}
        }
    }

    fn webhook_missed(&mut self, now: Millis) {
        match self.policy.fetch {
            Fetch::Webhook { then: Then::Fail, .. } => self.give_up(now, None),
            _ => {
                self.phase = Phase::Fetching(Step::Ask);
                self.soon(now);
            }
        }
    }

    /// What the prompt shows.
    #[must_use]
    pub fn asked(&self) -> Asked {
        let Prompt { challenges, wrong, left, shown, error, ended, until, assumed, showing, .. } = self.prompt.clone();
        let request = *self.requests.last().expect("a session that asks has a request id");
        let (number, token_invalid) = (self.number, self.token_invalid);
        Asked { request, number, challenges, wrong, left, error, ended, shown, token_invalid, until, assumed, showing }
    }

    pub(super) fn mints(&self) -> bool {
        self.policy.token == TokenUse::Mint
    }

    fn wants(&self) -> Option<Call> {
        let token = self.token.map(|token| token.text);
        let unused = self.token.filter(|token| !token.used).map(|token| token.text);
        let request = self.requests.last().copied();
        match self.phase {
            Phase::Authorizing | Phase::Recalling(_) if self.mints() && unused.is_none() => Some(Call::Mint),
            Phase::AtWork if self.mints() && token.is_none() => Some(Call::Mint),
            Phase::AtWork => Some(Call::Status { token, request: request? }),
            Phase::Authorizing => Some(Call::Live { token: unused, login: self.login?, tag: self.tag }),
            Phase::Recalling(_) => Some(Call::Cached { token: unused, login: self.login? }),
            Phase::Asking => match self.prompt.answers {
                Some(_) if self.mints() && token.is_none() => Some(Call::Mint),
                Some(answers) => Some(Call::Answer { token, request: self.prompt.answers_to, answers }),
                None => self.prompt.opened.then_some(Call::MintForWidget),
            },
            Phase::Looking(..) | Phase::Fetching(Step::Ask) => {
                Some(Call::Data { request: request?, keep: self.keep.clone() })
            }
            Phase::Fetching(Step::Poll) => Some(Call::Poll { request: request? }),
            Phase::Fetching(Step::Webhook) | Phase::Done(..) => None,
        }
    }

    fn send(&mut self, now: Millis, call: Call) -> Does {
        let (id, once) = (self.next, matches!(call, Call::Live { .. } | Call::Answer { .. }));
        self.next += 1;
        let quick = matches!(call, Call::Mint | Call::MintForWidget | Call::Poll { .. } | Call::Status { .. });
        let limit = ms(if quick { self.policy.quick_limit } else { self.policy.post_limit });
        match call {
            Call::Live { .. } => {
                self.began = now;
                self.live_sent = true;
            }
            Call::Answer { .. } => {
                self.doubt = None;
                self.number += 1;
            }
            Call::MintForWidget => self.minted = Some(now),
            Call::Data { .. } | Call::Poll { .. } | Call::Cached { .. } => {
                // All that was heard until now was heard before this call was sent.
                self.named = self.all_that_was_named();
                self.named_meanwhile = None;
            }
            Call::Mint | Call::Status { .. } => {}
        }
        if let (Call::Live { .. } | Call::Cached { .. }, Some(token)) = (&call, &mut self.token) {
            token.used = true;
        }
        if let Phase::Looking(Look { hinted, again, .. }) = &mut self.phase {
            self.looked = Some(now);
            *hinted |= core::mem::take(again) != super::Again::Nothing;
        }
        self.out = Some(Exchange { id, call: call.clone(), sent: now, until: now + limit });
        // Both kinds of mint look alike on the wire.
        let call = if call == Call::MintForWidget { Call::Mint } else { call };
        Does::Send { id, call, once, limit }
    }

    /// The next moment at which `poll` would answer differently, and why.
    #[must_use]
    pub fn deadline(&self) -> Option<(Millis, Why)> {
        if let Some(out) = &self.out {
            return Some((out.until, Why::RequestTimesOut));
        }
        let hint = self.hint.map(|at| (at, Why::Look));
        // If two are at one moment, the first in the list counts.
        let first = |moments: [Option<(Millis, Why)>; 3]| moments.into_iter().flatten().min_by_key(|(at, _)| *at);
        match &self.phase {
            Phase::Done(end, moment) => {
                end.is_guess().then(|| first([hint, Some((moment + ms(self.policy.late_news), Why::Forget)), None]))?
            }
            Phase::Asking => {
                let next = match (self.wants(), self.prompt.showing) {
                    (Some(call), _) => Some((self.due_of(&call), self.why)),
                    (None, Shown::Ready(_)) => Some((self.prompt.showing_until, Why::TokenExpires)),
                    (None, _) => self.prompt.open_again.map(|at| (at, Why::OpenAgain)),
                };
                first([Some((self.prompt.until, Why::RequestIdExpires)), hint, next])
            }
            Phase::Authorizing | Phase::AtWork | Phase::Looking(..) | Phase::Fetching(_) | Phase::Recalling(_) => {
                Some((self.due, self.why))
            }
        }
    }
}
