//! The transitions that news from the widget causes. News can be refused, slide a lease, choose among the accounts that
//! the service sends, or cause a look; no id from news enters a request or a stored selection (rule 9).

use crate::{
    code::FlinksCode,
    connect::{news::ConnectNews, step::Meaning},
    event::Heard,
    ids::AccountIds,
    outcome::Narrowed,
    state::{
        State,
        phase::{Again, Back, Doubt, End, Kind, Look, Phase, Show},
        put,
    },
    time::Timestamp,
};

impl State {
    pub(crate) fn returned(&mut self, now: Timestamp, news: &ConnectNews) -> Heard {
        // Only another login makes news foreign (decision 52).
        if matches!((&self.login, &news.login), (Some(ours), Some(theirs)) if ours != theirs) {
            return Heard::NotOurs;
        }
        let named = news.request.as_ref().is_some_and(|request| self.requests.contains(request));
        let redirect = news.means() == Meaning::Redirect;
        match &self.phase {
            // Nothing of this session was shown yet.
            Phase::Authorizing { status: false } => return Heard::NotOurs,
            Phase::Authorizing { status: true } => return Heard::Knew,
            Phase::Done(End::Failed(_)) => return Heard::Late,
            Phase::Done(End::Refreshed(_)) if redirect => return self.named_late(news),
            Phase::Done(End::Refreshed(_)) => return Heard::Knew,
            Phase::Done(End::Guess(guess)) if now >= guess.forget || !redirect => return Heard::Late,
            // There is no `requestId` to look at.
            Phase::Done(End::Guess(_)) if self.requests.is_empty() => return Heard::Knew,
            Phase::Looking(Look { back: Back::Guess(guess), .. }) | Phase::Recalling { guess: Some(guess), .. }
                if now >= guess.forget =>
            {
                return Heard::Late;
            }
            Phase::Asking(_)
            | Phase::Looking(_)
            | Phase::Fetching { .. }
            | Phase::Recalling { .. }
            | Phase::Done(End::Guess(_)) => {}
        }
        put!(self, named_other_request, self.named_other_request || news.request.is_some() && !named);
        if redirect {
            self.redirect(now, news, named);
        } else {
            self.hint(now, news);
        }
        if self.dirty { Heard::Took } else { Heard::Knew }
    }

    /// The widget says that the end user is finished.
    fn redirect(&mut self, now: Timestamp, news: &ConnectNews, named: bool) {
        if matches!(self.phase, Phase::Asking(_)) {
            self.slide(now);
            put!(self, lapse_renewed, false);
        }
        self.name(&news.accounts, named);
        let under_way = self.outstanding.is_some_and(|out| out.kind == Kind::Data);
        let answering = self.is_answering();
        match &mut self.phase {
            // The look that is still to be sent serves this redirect too.
            Phase::Looking(look) if !under_way => {
                self.dirty |= look.why != Doubt::News && !look.hinted;
                look.hinted |= look.why != Doubt::News;
            }
            Phase::Looking(look) if look.again == Again::Look => {}
            Phase::Looking(_) => {
                let again = if self.may_look(named) { Again::Look } else { Again::Keep };
                if let Phase::Looking(look) = &mut self.phase {
                    self.dirty |= look.again != again;
                    look.again = again;
                }
            }
            Phase::Asking(asking) if answering => {
                self.dirty |= !asking.redirected;
                asking.redirected = true;
            }
            Phase::Asking(_) | Phase::Done(End::Guess(_)) => self.look_by_news(now, named),
            Phase::Authorizing { .. } | Phase::Fetching { .. } | Phase::Recalling { .. } | Phase::Done(_) => {}
        }
    }

    /// A redirect while the end user is asked, or after a guess, causes one look: at once if it may, else later.
    pub(crate) fn look_by_news(&mut self, now: Timestamp, named: bool) {
        if !self.may_look(named) {
            return self.keep_hint(now);
        }
        let back = match &self.phase {
            Phase::Asking(asking) => Back::Ask(asking.clone()),
            Phase::Done(End::Guess(guess)) => Back::Guess(guess.clone()),
            Phase::Authorizing { .. }
            | Phase::Looking(_)
            | Phase::Fetching { .. }
            | Phase::Recalling { .. }
            | Phase::Done(_) => return,
        };
        self.look(now, Look::by_news(back));
    }

    /// Whether a redirect may cause a look now. If so, the look is counted (decision 57).
    fn may_look(&mut self, named: bool) -> bool {
        let policy = self.policy();
        let (most_named, most) = (policy.news_looks_named, policy.news_looks);
        if named && self.looks_by_named_news < most_named {
            self.looks_by_named_news += 1;
        } else if self.looks_by_news < most {
            self.looks_by_news += 1;
        } else {
            return false;
        }
        self.dirty = true;
        true
    }

    /// Any other news, about the prompt that is asked, or the one that the look leads back to. Every change marks the
    /// snapshot as dirty; it is clean before each call.
    fn hint(&mut self, now: Timestamp, news: &ConnectNews) {
        let meaning = news.means();
        if meaning == Meaning::Progress && self.phase.prompt().is_some() {
            if matches!(self.phase, Phase::Asking(_)) {
                self.slide(now);
            }
            put!(self, lapse_renewed, false);
        }
        let Some(asking) = self.phase.prompt_mut() else { return };
        match meaning {
            Meaning::Redirect => {}
            Meaning::Progress => self.dirty |= core::mem::replace(&mut asking.left, false),
            Meaning::Left => self.dirty |= !core::mem::replace(&mut asking.left, true),
            Meaning::Error => {
                self.dirty |= asking.error != news.code;
                asking.error.clone_from(&news.code);
            }
            Meaning::TokenSpent if matches!(asking.show, Show::Ready(_)) => {
                asking.show = Show::Spent(None);
                self.token_invalid = self.token_invalid.saturating_add(1);
                self.dirty = true;
            }
            Meaning::TokenSpent => {}
            Meaning::Ends => {
                let code = news.step.as_ref().map(|step| FlinksCode::read(step.as_str()));
                self.dirty |= asking.ended != code;
                asking.ended = code;
            }
        }
    }

    /// The end user is active: the lease slides to now, but not for ever and never back (decision 3).
    fn slide(&mut self, now: Timestamp) {
        let policy = self.policy();
        // If no request was answered yet, hints slide the lease from its own beginning. The first hint notes that
        // beginning; otherwise each hint would move the limit for the next one.
        let first = self.first_answered.unwrap_or(self.lease_from);
        let since = now.min((first + policy.hint_life).before(policy.request_life));
        if since > self.lease_from {
            put!(self, first_answered, Some(first));
            put!(self, lease_from, since);
        }
    }

    /// A redirect comes after the data and before its accounts are taken. If it would have chosen among them, the
    /// outcome says so (decision 54).
    fn named_late(&mut self, news: &ConnectNews) -> Heard {
        let waiting = self.accounts.is_some() && self.keep.is_all() && !news.accounts.is_empty();
        let Phase::Done(End::Refreshed(refreshed)) = &mut self.phase else { return Heard::Knew };
        let named = AccountIds::of(&news.accounts);
        let among = refreshed.kept.iter().filter(|id| named.has(id)).count();
        if !waiting || among == 0 || among == refreshed.kept.len() || refreshed.narrowed == Narrowed::Late {
            return Heard::Knew;
        }
        refreshed.narrowed = Narrowed::Late;
        self.dirty = true;
        Heard::Took
    }
}
