//! What news from the widget does. It can refuse itself, slide a lease, narrow a selection or cause a look; no id of
//! it enters a request or an outcome (rule 9).

use super::{Back, Doubt, End, Kind, Phase, Show, State, put};
use crate::{
    Reason, Recovery, Selection, Timestamp,
    connect::{ConnectNews, Meaning},
    session::Heard,
};

impl State {
    //= docs/spec/widget-events.md#in-a-session
    //# **EVT-33** A client MUST take news without ids as a hint
    pub(crate) fn returned(&mut self, now: Timestamp, news: &ConnectNews) -> Heard {
        if self.is_foreign(news) {
            return Heard::NotOurs;
        }
        let meaning = news.means();
        match &self.phase {
            // Nothing of this session was shown yet.
            Phase::Authorizing { status: false } => Heard::NotOurs,
            Phase::Asking(_) => {
                self.claim(news);
                self.hint(now, meaning, news)
            }
            Phase::Authorizing { status: true }
            | Phase::Looking { .. }
            | Phase::Fetching(_)
            | Phase::Recalling
            | Phase::Done(End::Refreshed(_)) => Heard::Knew,
            Phase::Done(End::Failed(failure, Some(forget))) if now < *forget && meaning == Meaning::Redirect => {
                let (failure, forget) = (failure.clone(), *forget);
                self.late(now, failure, forget, news)
            }
            Phase::Done(End::Failed(..)) => Heard::Late,
        }
    }

    //= docs/spec/reconnect.md#after-the-widget
    //# **RECO-26** A client MUST compare the `loginId` that comes back with its own
    //= docs/spec/widget-events.md#in-a-session
    //# **EVT-32** A client MUST refuse news that names another `loginId` than its own
    /// Whether it names another login or another session than this one's.
    fn is_foreign(&self, news: &ConnectNews) -> bool {
        let ours = self.login.as_ref().or(self.claim.as_ref());
        matches!((ours, &news.login), (Some(ours), Some(theirs)) if ours != theirs)
            || news.request.as_ref().is_some_and(|request| !self.requests.contains(request))
    }

    //= docs/spec/reconnect.md#after-the-widget
    //# **RECO-27** A client MUST NOT let an id that came from a browser enter a request
    fn claim(&mut self, news: &ConnectNews) {
        if self.login.is_none() && self.claim.is_none() && news.login.is_some() {
            put!(self, claim, news.login.clone());
        }
    }

    //= docs/spec/reconnect.md#after-the-widget
    //# **RECO-20** A client MUST take an event or a redirect of the widget as a hint that the user
    //= docs/spec/widget-events.md#steps
    //# **EVT-24** A client SHOULD expect the order of a first connection to be `APP_MOUNTED`
    /// News while the end user is asked. Whatever changes marks the snapshot, which is clean before each call.
    fn hint(&mut self, now: Timestamp, meaning: Meaning, news: &ConnectNews) -> Heard {
        let answering = self.wire.is_some_and(|out| out.kind == Kind::Answer);
        if matches!(meaning, Meaning::Redirect | Meaning::Progress) {
            self.slide(now);
        }
        let Phase::Asking(asking) = &mut self.phase else { return Heard::Knew };
        match meaning {
            Meaning::Redirect if answering => {
                self.dirty |= !asking.redirected;
                asking.redirected = true;
                self.narrow(news);
            }
            Meaning::Redirect => {
                let back = Back::Ask(core::mem::take(asking));
                self.narrow(news);
                self.look(now, Doubt::News, back);
            }
            Meaning::Progress => self.dirty |= core::mem::replace(&mut asking.left, false),
            Meaning::Left => self.dirty |= !core::mem::replace(&mut asking.left, true),
            Meaning::Error => {
                self.dirty |= asking.error != news.code;
                asking.error.clone_from(&news.code);
            }
            // The token is in no snapshot, so this is no change of one.
            Meaning::TokenSpent if matches!(asking.show, Show::Ready(_)) => {
                asking.show = Show::Spent;
                return Heard::Took;
            }
            Meaning::TokenSpent => {}
            Meaning::Ends => {
                let error = asking.error.take();
                self.guess(now, Reason::EndedInWidget, Recovery::StartOver);
                if let Phase::Done(End::Failed(failure, _)) = &mut self.phase {
                    failure.code = error;
                }
            }
        }
        if self.dirty { Heard::Took } else { Heard::Knew }
    }

    /// A redirect after a guess: look again, and go back to the guess where it held (decision 44).
    fn late(&mut self, now: Timestamp, failure: crate::Failure, forget: Timestamp, news: &ConnectNews) -> Heard {
        self.claim(news);
        self.narrow(news);
        if self.request().is_some() {
            self.look(now, Doubt::News, Back::Guess(failure, forget));
        } else {
            // No session is known to look at; what is stored will tell whether it was refreshed since.
            self.recall(now);
        }
        Heard::Took
    }

    /// The end user is at work: the lease slides to now, but not for ever and never back (decision 3).
    fn slide(&mut self, now: Timestamp) {
        let policy = self.policy();
        // Where nothing was answered yet, the lease's own beginning is what hints slide it from: the first one notes it, or
        // each hint would be the beginning of the next.
        let first = self.first.unwrap_or(self.since);
        let since = now.min((first + policy.hint_life).before(policy.request_life));
        if since > self.since {
            put!(self, first, Some(first));
            put!(self, since, since);
        }
    }

    //= docs/spec/accounts.md#selected-accounts
    //# **ACCT-27** A client MUST take the `accountId` of the REDIRECT event or URL as the user's
    /// The accounts that a redirect names are the end user's choice where the caller had none, and are only noted
    /// where it had one (decision 31).
    fn narrow(&mut self, news: &ConnectNews) {
        let Ok(named) = Selection::only(news.accounts.iter().cloned()) else { return };
        match self.keep.ids() {
            None => put!(self, keep, named),
            Some(kept) => {
                let same = kept.len() == news.accounts.len() && kept.iter().all(|id| news.accounts.contains(id));
                put!(self, named_others, self.named_others || !same);
            }
        }
    }
}
