//! The steps that transitions are made of: asking, looking, fetching, recalling, ending.

use crate::{
    account::Account,
    deadline::Why,
    failure::{Failure, Reason, Recovery, StartOver},
    ids::{AccountId, AccountIds, RequestId},
    outcome::{Narrowed, Refreshed},
    policy::{Fetch, Then},
    selection::Report,
    state::{
        State,
        phase::{Asking, Back, Doubt, Due, End, Guess, Kind, Look, Named, Phase, Step},
        put,
    },
    time::Timestamp,
};
use alloc::{boxed::Box, sync::Arc, vec::Vec};

impl State {
    pub(crate) fn go(&mut self, phase: Phase) {
        self.phase = phase;
        self.dirty = true;
    }

    /// The next request may go out at `at`. A request that is set off while the end user is asked goes out at once, so
    /// no moment is kept: a snapshot of Asking has none.
    pub(crate) fn set_due(&mut self, at: Timestamp, why: Why) {
        let at = if why == Why::Send && matches!(self.phase, Phase::Asking(_)) { Timestamp::default() } else { at };
        self.due = Due::first(at, why);
        self.dirty = true;
    }

    /// Asks the end user. Answers that were held while the session looked are sent if they are for this prompt.
    pub(crate) fn ask(&mut self, asking: Asking) {
        let number = self.prompt_number;
        let answers = asking.answers.filter(|answers| answers.number() == Some(number));
        self.go(Phase::Asking(Asking { answers, ..asking }));
        self.set_due(Timestamp::default(), Why::Send);
        // The service waits for the end user now, so no data counts as pending.
        put!(self, first_pending, None);
    }

    /// Asks the end user, unless the widget said meanwhile that they are finished: then a look settles it.
    pub(crate) fn ask_or_look(&mut self, now: Timestamp, asking: Asking) {
        if asking.redirected {
            self.look(now, Look::by_news(Back::Ask(Asking { redirected: false, ..asking })));
        } else {
            self.ask(asking);
        }
    }

    /// Settles a doubt by the data call, not more often than the policy allows.
    pub(crate) fn look(&mut self, now: Timestamp, look: Look) {
        let again = self.last_look.map_or(now, |looked| looked + self.policy().look_every);
        self.go(Phase::Looking(look));
        self.set_due(again.max(now), if again > now { Why::Look } else { Why::Send });
    }

    /// A look for an answer, if it is not known whether it arrived.
    pub(crate) fn look_for_answer(&mut self, now: Timestamp) {
        let back = Back::Ask(Asking { redirected: false, ..self.asking_again() });
        self.look(now, Look::new(Doubt::Answer, back));
    }

    /// The service says that the session is authorized: from now on no lease of ours counts. `granted` is true if
    /// `/Authorize` or a webhook says so, and not a look.
    pub(crate) fn authorized(&mut self, now: Timestamp, last: Option<Timestamp>, granted: bool) {
        (self.unsettled, self.hint_due) = (None, None);
        match self.policy().fetch {
            Fetch::Nothing => self.refreshed(Report::default(), last),
            Fetch::Webhook { wait, .. } => {
                self.go(Phase::Fetching { step: Step::Webhook, granted });
                self.set_due(now + wait, Why::Webhook);
            }
            Fetch::Detail(_) | Fetch::Summary => self.fetch(now, granted),
        }
    }

    /// Asks for the data.
    pub(crate) fn fetch(&mut self, now: Timestamp, granted: bool) {
        self.go(Phase::Fetching { step: Step::Ask, granted });
        self.set_due(now, Why::Send);
    }

    /// The webhook did not come in time.
    pub(crate) fn webhook_missed(&mut self, now: Timestamp) {
        let (Fetch::Webhook { then, .. }, Phase::Fetching { granted, .. }) = (self.policy().fetch, &self.phase) else {
            return;
        };
        match then {
            Then::Poll => self.fetch(now, *granted),
            Then::Fail => {
                let not_before = now + self.policy().later;
                self.fail(self.failure(Reason::GaveUp, Recovery::TryLater { not_before }));
            }
        }
    }

    /// Asks for the stored data, with a token of its own, once a session.
    pub(crate) fn recall(&mut self, now: Timestamp, guess: Option<Box<Guess>>) {
        self.token = None;
        self.recalled = true;
        self.go(Phase::Recalling { guess, told: false });
        self.set_due(now, Why::Send);
    }

    /// The data is there.
    pub(crate) fn refreshed(&mut self, report: Report, last: Option<Timestamp>) {
        let Report { kept, missing, left_out, unread } = report;
        let (kept, dropped, narrowed) = self.narrow(kept);
        let refreshed = Refreshed {
            login: self.login.clone(),
            request: self.request().expect("data comes from a session").clone(),
            institution: self.institution.clone(),
            kept: kept.iter().map(|account| account.id.clone()).collect(),
            reselect: !self.keep.is_all() && kept.is_empty() && !missing.is_empty(),
            missing,
            left_out: left_out + dropped,
            last_refresh: last,
            via: self.via,
            narrowed,
            named_others: self.named_others,
            named_other_request: self.named_other_request,
            other_request: self.other_request,
            token_invalid: self.token_invalid,
            unread,
        };
        self.accounts = Some(Arc::new(kept));
        (self.unsettled, self.named, self.hint_due) = (None, None, None);
        self.end(End::Refreshed(Box::new(refreshed)));
    }

    /// If the caller kept all, the accounts that redirects named choose among those that the service sent (decision
    /// 54). Returns the accounts that are left, how many were dropped, and why.
    fn narrow(&self, kept: Vec<Account>) -> (Vec<Account>, usize, Narrowed) {
        let named = self.named.clone().filter(|_| self.policy().fetch != Fetch::Nothing);
        let Some(named) = named.map(Named::settled) else { return (kept, 0, Narrowed::Nothing) };
        if named.twice {
            return (kept, 0, Narrowed::Twice);
        }
        let ids = AccountIds::of(&named.accounts);
        let has = |account: &Account| ids.has(&account.id);
        let before = kept.len();
        if !kept.iter().any(has) {
            return (kept, 0, Narrowed::NoneOf);
        }
        let kept: Vec<_> = kept.into_iter().filter(has).collect();
        let dropped = before - kept.len();
        (kept, dropped, if named.ours { Narrowed::OurRedirect } else { Narrowed::Redirect })
    }

    /// A redirect names accounts. `ours` is true if it named our `requestId` as well.
    pub(crate) fn name(&mut self, accounts: &[AccountId], ours: bool) {
        if accounts.is_empty() {
            return;
        }
        if let Some(kept) = self.keep.ids() {
            let same = AccountIds::of(kept) == AccountIds::of(accounts);
            return put!(self, named_others, self.named_others || !same);
        }
        let during = self.outstanding.is_some_and(|out| out.kind.is_about_data());
        let next = Named { accounts: accounts.to_vec(), ours, twice: false, during, before: None };
        let all = match self.named.clone() {
            Some(named) => named.then(next),
            None => next,
        };
        put!(self, named, Some(all));
    }

    /// A look said no, or the service asks again: the accounts that were named before that call was sent are dropped.
    pub(crate) fn drop_named(&mut self) {
        match &mut self.named {
            Some(named) if named.during => named.before = None,
            named => *named = None,
        }
    }

    /// The prompt's lease passed and nothing says that the end user is finished. `page` is the status of a gateway's
    /// page, if the look for the lapse got one.
    pub(crate) fn lapse(&mut self, now: Timestamp, page: Option<u16>) {
        let Asking { error, ended, .. } = self.asking_again();
        let page = page.filter(|_| !self.service_answered);
        let recovery = match (page, &self.login) {
            (Some(_), _) => Recovery::FixTheSetup,
            // The connection still exists: a person may ask for another refresh, without a password (decision 60).
            (None, Some(_)) => Recovery::AskTheUser,
            (None, None) => Recovery::StartOver,
        };
        let reason = if ended.is_some() { Reason::EndedInWidget } else { Reason::Lapsed };
        let failure = Failure { code: ended.or(error), status: page, ..self.failure(reason, recovery) };
        self.guess(now, failure, None);
    }

    /// Ends in a way that a fact may still correct.
    pub(crate) fn guess(&mut self, now: Timestamp, failure: Failure, open: Option<Timestamp>) {
        let forget = now + self.policy().late_news;
        self.hint_due = None;
        self.end(End::Guess(Box::new(Guess { failure, forget, open })));
    }

    /// Ends for good.
    pub(crate) fn fail(&mut self, failure: Failure) {
        (self.unsettled, self.named, self.hint_due) = (None, None, None);
        self.end(End::Failed(Box::new(failure)));
    }

    pub(crate) fn failure(&self, reason: Reason, recovery: Recovery) -> Failure {
        let again = matches!(recovery, Recovery::TryLater { .. } | Recovery::FixTheSetup);
        Failure {
            reason,
            recovery,
            code: None,
            status: None,
            fault: None,
            place: None,
            last_refresh: None,
            request: self.request().cloned(),
            // The end user has answered already, and is not to be texted again (decision 60).
            resume: again && matches!(self.phase, Phase::Fetching { .. }),
            other_login: None,
            start_over: StartOver { institution: self.institution.clone(), language: self.language.clone() },
            cached_may_fail: self.live_sent,
            token_invalid: self.token_invalid,
        }
    }

    pub(crate) fn end(&mut self, end: End) {
        (self.outstanding, self.token) = (None, None);
        self.go(Phase::Done(end));
    }

    /// A request of ours with this `requestId` was answered: that is activity, from when it was sent (decision 3).
    pub(crate) fn active(&mut self, sent: Timestamp) {
        put!(self, first_answered, self.first_answered.or(Some(sent)));
        if sent >= self.lease_from {
            put!(self, lease_from, sent);
        }
    }

    /// Makes `request` the one in use; the older ones stay ours.
    pub(crate) fn adopt(&mut self, request: RequestId) {
        if self.requests.last() != Some(&request) {
            self.requests.retain(|known| *known != request);
            self.requests.push(request);
            self.dirty = true;
        }
    }

    /// The prompt that is asked, or would be asked again, without the answers that were sent.
    pub(crate) fn asking_again(&self) -> Asking {
        self.phase.prompt().map_or_else(Asking::default, |asking| Asking { answers: None, ..asking.clone() })
    }

    pub(crate) fn is_answering(&self) -> bool {
        self.outstanding.is_some_and(|out| out.kind == Kind::Answer)
    }
}
