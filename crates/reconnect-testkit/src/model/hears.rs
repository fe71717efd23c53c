//! What the model makes of news and of webhooks.

use super::{Again, Call, Delivery, Doubt, End, Exchange, Look, Millis, Model, Named, Narrowed, News, NewsKind, Phase};
use super::{Shown, Step, ms};
use reconnect_core::{
    Heard, Reason,
    policy::{After, Fetch},
};

/// The accounts that count after two redirects, the second of which came later.
fn joined(first: Option<Named>, second: Option<Named>) -> Option<Named> {
    let (Some(first), Some(second)) = (&first, &second) else { return first.or(second) };
    if first.ours && !second.ours {
        return Some(first.clone());
    }
    let within = |some: &[u8], others: &[u8]| some.iter().all(|one| others.contains(one));
    let same = within(&first.accounts, &second.accounts) && within(&second.accounts, &first.accounts);
    Some(Named { twice: !second.ours && (first.twice || second.twice || !same), ..second.clone() })
}

impl Model {
    /// What the widget says.
    pub fn returned(&mut self, now: Millis, news: &News) -> Heard {
        if news.login.is_some_and(|login| self.login.is_some_and(|known| known != login)) {
            return Heard::NotOurs;
        }
        let redirect = news.kind == NewsKind::Redirect;
        let late = |moment: Millis| now >= moment + ms(self.policy.late_news);
        match &self.phase {
            Phase::Authorizing => return Heard::NotOurs,
            Phase::AtWork => return Heard::Knew,
            Phase::Done(End::Refreshed { .. }, _) => return self.returned_after_all(news),
            Phase::Done(end, moment) if !end.is_guess() || late(*moment) => return Heard::Late,
            Phase::Looking(Look { from: Some((_, moment)), .. }) | Phase::Recalling(Some((_, moment)))
                if late(*moment) =>
            {
                return Heard::Late;
            }
            // There is no `requestId` to look with.
            Phase::Done(..) if self.requests.is_empty() => return if redirect { Heard::Knew } else { Heard::Late },
            Phase::Done(..) if !redirect => return Heard::Late,
            _ => {}
        }
        let before = self.clone();
        self.note_other_request(news);
        let named = self.is_named(news);
        match self.phase.clone() {
            Phase::Asking => self.returned_while_asking(now, news, named),
            Phase::Looking(look) if redirect => {
                self.name(&news.accounts, named);
                self.asks_for_another_look(look, named);
            }
            Phase::Looking(Look { from: None, .. }) => self.mark(news.kind),
            Phase::Done(end, moment) => {
                self.name(&news.accounts, named);
                if self.may_cause_a_look(named) {
                    self.look(now, Doubt::News, Some((end, moment)));
                } else {
                    self.keep_hint(now);
                }
            }
            Phase::Fetching(_) | Phase::Recalling(_) if redirect => self.name(&news.accounts, named),
            _ => {}
        }
        if *self == before { Heard::Knew } else { Heard::Took }
    }

    fn is_named(&self, news: &News) -> bool {
        news.request.is_some_and(|request| self.requests.contains(&request))
    }

    fn note_other_request(&mut self, news: &News) {
        self.named_other_request |= news.request.is_some() && !self.is_named(news);
    }

    fn returned_while_asking(&mut self, now: Millis, news: &News, named: bool) {
        match news.kind {
            NewsKind::Redirect => {
                self.slide(now);
                self.renewed = false;
                self.name(&news.accounts, named);
                if matches!(self.out, Some(Exchange { call: Call::Answer { .. }, .. })) {
                    self.prompt.redirected = true;
                } else {
                    self.look_or_keep(now, named);
                }
            }
            kind => {
                if kind == NewsKind::Progress {
                    self.slide(now);
                }
                self.mark(kind);
            }
        }
    }

    fn look_or_keep(&mut self, now: Millis, named: bool) {
        if self.may_cause_a_look(named) {
            self.look(now, Doubt::News, None);
        } else {
            self.keep_hint(now);
        }
    }

    /// What news that is no redirect does to the prompt.
    fn mark(&mut self, kind: NewsKind) {
        match kind {
            NewsKind::Progress => {
                self.renewed = false;
                self.prompt.left = false;
            }
            NewsKind::Close => self.prompt.left = true,
            NewsKind::Error(code) => self.prompt.error = Some(code),
            NewsKind::TokenInvalid => {
                if let Shown::Ready(_) = self.prompt.showing {
                    self.prompt.showing = Shown::Spent;
                    self.token_invalid = self.token_invalid.saturating_add(1);
                }
            }
            NewsKind::Ends(code) => self.prompt.ended = Some(code),
            NewsKind::Redirect => {}
        }
    }

    /// A redirect while a look is due or under way.
    fn asks_for_another_look(&mut self, mut look: Look, named: bool) {
        if !matches!(self.out, Some(Exchange { call: Call::Data { .. }, .. })) {
            // This is nothing new to a look that news caused, nor to one that took a hint with it.
            look.hinted |= look.doubt != Doubt::News && !look.kept;
        } else if look.again != Again::Look {
            look.again = if self.may_cause_a_look(named) { Again::Look } else { Again::Keep };
        }
        self.phase = Phase::Looking(look);
    }

    fn returned_after_all(&mut self, news: &News) -> Heard {
        let all = self.keep.is_none() && self.accounts;
        let Phase::Done(End::Refreshed { kept, narrowed, .. }, _) = &mut self.phase else { return Heard::Knew };
        let some = kept.iter().any(|one| news.accounts.contains(one));
        let not_all = !kept.iter().all(|one| news.accounts.contains(one));
        if !(all && news.kind == NewsKind::Redirect && some && not_all) || *narrowed == Narrowed::Late {
            return Heard::Knew;
        }
        *narrowed = Narrowed::Late;
        Heard::Took
    }

    /// Whether a redirect may cause a look, which is counted.
    pub(super) fn may_cause_a_look(&mut self, named: bool) -> bool {
        let [by_named, by_any] = &mut self.looks;
        let (count, most) = if named && *by_named < self.policy.news_looks_named {
            (by_named, self.policy.news_looks_named)
        } else {
            (by_any, self.policy.news_looks)
        };
        let may = *count < most;
        *count += u8::from(may);
        may
    }

    /// One look later for all the hints that may cause none now. A guess past its moment keeps no hint.
    pub(super) fn keep_hint(&mut self, now: Millis) {
        let mut at = now + ms(self.policy.request_life) / 2;
        if let Phase::Done(_, moment) = &self.phase {
            let last = moment + ms(self.policy.late_news);
            if now >= last {
                return;
            }
            at = at.min(last);
        }
        self.hint = self.hint.or(Some(at));
    }

    /// The accounts that a redirect names, if any.
    pub(super) fn name(&mut self, accounts: &[u8], ours: bool) {
        if accounts.is_empty() {
            return;
        }
        let same = |known: &[u8]| {
            known.iter().all(|one| accounts.contains(one)) && accounts.iter().all(|one| known.contains(one))
        };
        if let Some(keep) = &self.keep {
            self.named_others |= !same(keep);
            return;
        }
        let during = matches!(&self.out, Some(out) if matches!(out.call, Call::Data { .. } | Call::Poll { .. } | Call::Cached { .. }));
        let named = Some(Named { accounts: accounts.to_vec(), ours, twice: false });
        if during {
            self.named_meanwhile = joined(self.named_meanwhile.take(), named);
            // A redirect that names our session replaces the earlier ones.
            self.named = self.named.take().filter(|_| !ours);
        } else {
            self.named = joined(self.all_that_was_named(), named);
            self.named_meanwhile = None;
        }
    }

    /// What redirects named, before the call that is under way and during it.
    pub(super) fn all_that_was_named(&self) -> Option<Named> {
        joined(self.named.clone(), self.named_meanwhile.clone())
    }

    /// A look that said no refuted what was named before it was sent.
    pub(super) fn drop_what_was_named(&mut self) {
        self.named = None;
    }

    /// A hint: the lease goes on from now, but not past the first activity + `hint_life`. If there was no activity yet,
    /// the beginning of the lease stands for it.
    fn slide(&mut self, now: Millis) {
        let begun = self.first_or_lease();
        let latest = begun + ms(self.policy.hint_life);
        let until = (now + ms(self.policy.request_life)).min(latest);
        if until > self.prompt.until {
            (self.prompt.until, self.first) = (until, Some(begun));
        }
    }

    /// A verified webhook.
    pub fn delivered(&mut self, now: Millis, delivery: &Delivery) -> Heard {
        let Delivery { kind, tag, said } = delivery;
        if said.login.is_some_and(|login| self.login.is_some_and(|known| known != login)) {
            return Heard::NotOurs;
        }
        if said.request.is_some_and(|request| self.requests.contains(&request)) {
            return self.delivered_to_us(now, kind, said);
        }
        let by_tag = tag.is_some() && *tag == self.tag;
        let by_login = said.login.is_some() && said.login == self.login;
        if !by_tag && !by_login {
            return Heard::NotOurs;
        }
        if matches!(&self.phase, Phase::Done(End::Failed { .. }, _)) && self.guess().is_none() {
            return Heard::Late;
        }
        if said.refuses() || said.asks() {
            return Heard::Knew;
        }
        let before = self.clone();
        match self.phase.clone() {
            Phase::Fetching(Step::Webhook) => {
                self.phase = Phase::Fetching(Step::Ask);
                self.soon(now);
            }
            Phase::Done(End::Refreshed { .. }, _) => return Heard::Knew,
            Phase::Done(_, moment) if now >= moment + ms(self.policy.late_news) => return Heard::Late,
            Phase::Done(end, moment) if end.reason() == Some(Reason::OutcomeUnknown) && self.requests.is_empty() => {
                if by_tag && said.request.is_some() {
                    self.out = None;
                    self.adopt(said);
                    self.authorized(now, said);
                } else if by_login && self.policy.after == After::SameThenCached && !self.recalled {
                    self.recall(now, Some((end, moment)));
                }
            }
            Phase::Asking if !matches!(self.out, Some(Exchange { call: Call::Answer { .. }, .. })) => {
                self.look_or_keep(now, false);
            }
            _ => {}
        }
        if *self == before { Heard::Knew } else { Heard::Took }
    }

    fn delivered_to_us(&mut self, now: Millis, kind: &str, said: &super::Said) -> Heard {
        match &self.phase {
            Phase::Done(End::Refreshed { .. }, _) => return Heard::Knew,
            Phase::Done(end, _) if !end.is_guess() => return Heard::Late,
            _ => {}
        }
        let wanted = match self.policy.fetch {
            Fetch::Summary => Some("GetAccountsSummary"),
            Fetch::Nothing => None,
            _ => Some("GetAccountsDetail"),
        };
        if wanted == Some(kind) && said.brings_accounts() {
            self.learn(said);
            self.refreshed(now, said, said.accounts.as_deref().unwrap_or_default());
            return Heard::Took;
        }
        // A refusal or a 203 brings nothing that is not asked for anyway.
        if said.refuses() || said.asks() {
            return Heard::Knew;
        }
        match &self.phase {
            Phase::Fetching(_) => return Heard::Knew,
            Phase::Recalling(None) => {
                return if core::mem::replace(&mut self.told_authorized, true) { Heard::Knew } else { Heard::Took };
            }
            _ => {}
        }
        self.out = None;
        self.adopt(said);
        self.authorized(now, said);
        Heard::Took
    }
}
