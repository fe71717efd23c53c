//! What the model makes of a reply, a fault and a doubt.

use super::{
    Call, Came, Doubt, End, Exchange, Millis, Model, Phase, Prompt, Said, Shown, Step, Token, moment, ms, reads::Means,
};
use reconnect_core::{
    Advice, Reason, Recovery, Why,
    policy::{After, Entry, Fetch},
};

// the parts that every turn is made of
impl Model {
    /// The next call is due now, in a new phase.
    pub(super) fn soon(&mut self, now: Millis) {
        // Nobody but the user sets anything off while asking, and a clock that jumps back does not hold that up.
        let at = if self.phase == Phase::Asking { 0 } else { now };
        (self.due, self.why, self.tried, self.jittered) = (at, Why::Send, 0, None);
    }

    /// A look, not sooner than `look_every` after the last.
    pub(super) fn look(&mut self, now: Millis, doubt: Doubt, from: Option<(End, Millis)>) {
        self.phase = Phase::Looking(doubt, from);
        self.look_when_allowed(now);
    }

    fn look_when_allowed(&mut self, now: Millis) {
        self.soon(now);
        let allowed = self.looked.map_or(0, |looked| looked + ms(self.policy.look_every));
        if allowed > self.due {
            (self.due, self.why) = (allowed, Why::Look);
        }
    }

    /// Whatever the prompt comes to want, it may have at once.
    pub(super) fn ask_again(&mut self) {
        self.phase = Phase::Asking;
        self.soon(0);
    }

    pub(super) fn lapse(&mut self, now: Millis) {
        let error = self.prompt.error;
        self.fail(now, Reason::Lapsed, Recovery::StartOver, error);
    }

    pub(super) fn fail(&mut self, now: Millis, reason: Reason, recovery: Recovery, code: Option<&'static str>) {
        self.failed(now, reason, recovery, code, None, None);
    }

    fn failed(
        &mut self,
        now: Millis,
        reason: Reason,
        recovery: Recovery,
        code: Option<&'static str>,
        status: Option<u16>,
        last_refresh: Option<Millis>,
    ) {
        let (cached_may_fail, request) = (self.live_sent, self.requests.last().copied());
        let institution = self.institution;
        let end = End::Failed { reason, recovery, code, status, request, institution, last_refresh, cached_may_fail };
        self.end(now, end);
    }

    fn end(&mut self, now: Millis, end: End) {
        self.out = None;
        self.token = None;
        if !end.is_guess() {
            self.doubt = None;
        }
        // The prompt ends with the session, and what corrects a guess brings its own.
        self.new_prompt();
        self.phase = Phase::Done(end, now);
    }

    /// Nothing of what was asked is asked again; the lease goes on.
    fn new_prompt(&mut self) {
        self.prompt = Prompt { until: self.prompt.until, assumed: self.prompt.assumed, ..Prompt::default() };
    }

    pub(super) fn later(&self, at: Millis) -> Recovery {
        Recovery::TryLater { not_before: moment(at) }
    }

    /// A refusal that ends the session.
    fn refuse(&mut self, now: Millis, said: &Said, advice: Advice) {
        let wished = said.wished(now);
        let at = match said.in_use() {
            true => (now + ms(self.policy.request_life)).max(wished.unwrap_or(0)),
            false => wished.unwrap_or(now + ms(self.policy.later)),
        };
        let recovery = match advice {
            Advice::TryLater => self.later(at),
            Advice::StartOver => Recovery::StartOver,
            Advice::AskTheUser => Recovery::AskTheUser,
            Advice::ActAtTheBank => Recovery::ActAtTheBank,
            Advice::FixTheSetup => Recovery::FixTheSetup,
        };
        self.failed(now, Reason::Refused, recovery, said.code, Some(said.told_status()), None);
    }

    /// Another try, if there is one left and it is not too far away.
    fn again(&mut self, now: Millis, call: &Call, said: Option<&Said>) -> bool {
        self.tried += 1;
        let policy = &self.policy;
        let backoff = (ms(policy.backoff) << (self.tried - 1).min(16)).min(ms(policy.backoff_max));
        let wished = said.and_then(|said| said.wished(now)).map_or(0, |at| at - now);
        let at = now + backoff.max(wished);
        let first = now + (backoff / 2).max(wished);
        let tries = match call {
            Call::Poll { .. } | Call::Status { .. } => policy.poll_tries,
            _ => policy.tries,
        };
        let capped = self.first_pending.is_some_and(|first| at >= first + ms(policy.poll_cap));
        let never = said.is_some_and(Said::in_use);
        let spent = self.spent >= policy.budget;
        if self.tried >= tries || spent || wished > ms(policy.retry_after_max) || capped || never {
            return false;
        }
        self.spent += 1;
        (self.due, self.why) = (at, Why::Retry);
        self.jittered = (self.policy.jitter != 0).then_some(first);
        true
    }

    /// The service answered with this request: the lease goes on from when it was sent.
    fn activity(&mut self, sent: Millis) {
        self.first = self.first.or(Some(sent));
        self.prompt.until = self.prompt.until.max(sent + ms(self.policy.request_life));
    }

    /// What a reply says of a session, and nobody said before.
    pub(super) fn learn(&mut self, said: &Said) {
        self.login = self.login.or(said.login);
        self.institution = self.institution.or(said.institution);
    }

    pub(super) fn adopt(&mut self, said: &Said) {
        self.learn(said);
        if let Some(request) = said.request {
            self.requests.retain(|known| *known != request);
            self.requests.push(request);
        }
    }

    /// The session is authorized, and wants its data.
    pub(super) fn authorized(&mut self, now: Millis, said: &Said) {
        self.doubt = None;
        if self.policy.fetch == Fetch::Nothing {
            return self.refreshed(now, said, &[]);
        }
        self.phase = Phase::Fetching(Step::Ask);
        self.soon(now);
        if let Fetch::Webhook { wait, .. } = self.policy.fetch {
            self.phase = Phase::Fetching(Step::Webhook);
            (self.due, self.why) = (now + ms(wait), Why::Webhook);
        }
    }

    pub(super) fn refreshed(&mut self, now: Millis, said: &Said, accounts: &[u8]) {
        let nothing = self.policy.fetch == Fetch::Nothing;
        let keeps = |one: &u8| self.keep.as_ref().is_none_or(|keep| keep.contains(one));
        let kept: Vec<u8> = accounts.iter().copied().filter(keeps).collect();
        let gone = |one: &u8| !nothing && !kept.contains(one);
        let end = End::Refreshed {
            login: self.login,
            request: *self.requests.last().expect("who is authorized has a request id"),
            missing: self.keep.iter().flatten().copied().filter(gone).collect(),
            left_out: accounts.len() - kept.len(),
            last_refresh: said.last_refresh,
            cached: self.cached,
            named_others: self.named_others,
            institution: self.institution,
            kept,
        };
        self.end(now, end);
    }

    pub(super) fn recall(&mut self, now: Millis) {
        self.phase = Phase::Recalling;
        self.token = None;
        self.soon(now);
    }
}

// what came back
impl Model {
    /// The outstanding exchange has come to its end.
    pub(super) fn outcome(&mut self, now: Millis, came: &Came) {
        let out = self.out.take().expect("an exchange is outstanding");
        let readable = match came {
            Came::Reply(said) if !said.unreadable(&out.call, !self.requests.is_empty()) => Some(said),
            Came::Reply(_) | Came::Fault { .. } => None,
        };
        let unsent = matches!(came, Came::Fault { unsent: true, .. });
        let large = matches!(came, Came::Fault { large: true, .. });
        if unsent {
            self.never_went(&out.call);
        }
        if out.call.is_mint() && matches!(self.phase, Phase::Looking(..)) {
            // The phase has gone on without it; a token of the session's own is still worth keeping.
            match readable.map(|said| said.means(&out.call)) {
                Some(Means::Token(text)) if out.call == Call::Mint => {
                    self.token = Some(Token { text, sent: out.sent, used: false });
                }
                _ => {}
            }
            return;
        }
        match (&out.call, readable) {
            (Call::Mint | Call::MintForWidget, Some(said)) => self.minted(now, &out, said),
            (Call::Live { .. } | Call::Answer { .. } | Call::Status { .. }, Some(said)) => {
                self.authorize(now, &out, said, false);
            }
            (Call::Cached { .. }, Some(said)) => self.remembered(now, &out.call, said),
            (Call::Data { .. } | Call::Poll { .. }, Some(said)) => self.data(now, &out, said),
            (Call::Live { .. } | Call::Answer { .. }, None) if !unsent => self.in_doubt_now(now, out),
            (Call::MintForWidget, None) if large => self.no_showing(now),
            (_, None) if large && matches!(self.phase, Phase::Looking(..)) => self.unclear(now),
            (Call::Mint, None) if large && self.phase == Phase::Asking => self.drop_answers(now),
            (_, None) if large && self.phase == Phase::AtWork => self.ask_plainly(),
            (_, None) if large => self.fail(now, Reason::TooLarge, Recovery::FixTheSetup, None),
            (_, None) if self.again(now, &out.call, None) => {}
            (Call::MintForWidget, None) => self.no_showing(now),
            (Call::Answer { .. } | Call::Mint, None) if self.phase == Phase::Asking => self.drop_answers(now),
            (_, None) if matches!(self.phase, Phase::Looking(..)) => self.unclear(now),
            (_, None) if self.phase == Phase::AtWork => self.ask_plainly(),
            (_, None) => self.unreachable(now),
        }
    }

    /// Nobody knows how far it is: the widget may.
    fn ask_plainly(&mut self) {
        self.new_prompt();
        self.ask_again();
    }

    /// Answers that surely did not get there may be given again.
    fn drop_answers(&mut self, now: Millis) {
        self.prompt.answers = None;
        self.ask_or_look(now);
    }

    /// The session asks, unless a redirect was noted meanwhile.
    fn ask_or_look(&mut self, now: Millis) {
        if core::mem::take(&mut self.prompt.redirected) {
            self.look(now, Doubt::News, None);
        } else {
            self.ask_again();
        }
    }

    /// What surely did not get there is as good as not sent.
    fn never_went(&mut self, call: &Call) {
        if let (Call::Live { .. }, Some(token)) = (call, &mut self.token) {
            token.used = false;
        }
        if let Call::Live { .. } = call {
            self.live_sent = false;
        }
    }

    fn unreachable(&mut self, now: Millis) {
        let recovery = self.later(now + ms(self.policy.later));
        self.fail(now, Reason::Unreachable, recovery, None);
    }

    /// A once-call of which nobody knows what became.
    fn in_doubt_now(&mut self, now: Millis, out: Exchange) {
        let live = matches!(out.call, Call::Live { .. });
        let at = out.sent + ms(self.policy.request_life);
        self.doubt = Some(out);
        if live {
            self.fail(now, Reason::OutcomeUnknown, self.later(at), None);
        } else {
            (self.prompt.answers, self.prompt.redirected) = (None, false);
            self.look(now, Doubt::Answer, None);
        }
    }

    fn minted(&mut self, now: Millis, out: &Exchange, said: &Said) {
        let widget = out.call == Call::MintForWidget;
        match said.means(&out.call) {
            Means::Token(text) if widget => {
                if self.phase == Phase::Asking {
                    self.prompt.showing = Shown::Ready(text);
                    self.prompt.showing_until = out.sent + ms(self.policy.token_life);
                    self.prompt.opened = false;
                }
                self.soon(now);
            }
            Means::Token(text) => {
                self.token = Some(Token { text, sent: out.sent, used: false });
                self.soon(now);
            }
            Means::No(Advice::TryLater) if self.again(now, &out.call, Some(said)) => {}
            _ if widget => self.no_showing(now),
            Means::No(_) if said.code == Some("UNAUTHORIZED") => self.refuse(now, said, Advice::FixTheSetup),
            Means::No(advice) => self.refuse(now, said, advice),
            _ => {}
        }
    }

    /// The widget's token could not be had: the prompt stands.
    fn no_showing(&mut self, now: Millis) {
        if self.phase == Phase::Asking {
            self.prompt.showing = Shown::Refused;
            self.prompt.opened = false;
        }
        self.soon(now);
    }

    /// A readable reply to a live `/Authorize`, to an answer or to a status, in time or late.
    pub(super) fn authorize(&mut self, now: Millis, out: &Exchange, said: &Said, late: bool) {
        if self.is_anothers_login(said) {
            return self.fail(now, Reason::OtherLogin, Recovery::StartOver, None);
        }
        let means = said.means(&out.call);
        let live = matches!(out.call, Call::Live { .. });
        let status = matches!(out.call, Call::Status { .. });
        self.doubt = None;
        if let Means::No(advice) = means {
            if status && advice == Advice::TryLater && self.again(now, &out.call, Some(said)) {
                return;
            }
            if said.blames_token && said.code == Some("UNAUTHORIZED") {
                // It did not reach the bank.
                self.live_sent &= !live;
                if live && late {
                    return self.refuse(now, said, Advice::TryLater);
                }
                if !live && !status && (self.phase != Phase::Asking || self.prompt.answers.is_none()) {
                    // There is nothing left to send again: the user may answer once more.
                    self.token = None;
                    return self.drop_answers(now);
                }
                let back = match out.call {
                    Call::Live { .. } => Phase::Authorizing,
                    Call::Status { .. } => Phase::AtWork,
                    _ => Phase::Asking,
                };
                return self.token_refused(now, said, back);
            }
            return self.refuse(now, said, advice);
        }
        self.adopt(said);
        self.activity(out.sent);
        self.prompt.assumed = false;
        if !matches!(self.phase, Phase::Asking | Phase::Looking(_, None)) {
            (self.prompt.showing, self.prompt.opened) = (Shown::Closed, false);
        }
        self.prompt.answers = None;
        match means {
            Means::Yes => self.authorized(now, said),
            Means::Pending if self.policy.entry == Entry::AuthorizeAsync => {
                self.new_prompt();
                self.wait_for(now, out, said, Phase::AtWork);
            }
            Means::Pending if !live => {
                self.prompt.redirected = false;
                self.look(now, Doubt::Answer, None);
            }
            _ => {
                self.prompt.challenges = said.challenges.clone();
                self.prompt.wrong = means == Means::Asks(true);
                (self.prompt.left, self.prompt.error) = (false, None);
                self.ask_or_look(now);
            }
        }
    }

    /// A 401 for the authorize token: once in a session the same call goes again, with a new one.
    fn token_refused(&mut self, now: Millis, said: &Said, back: Phase) {
        if !self.mints() || core::mem::replace(&mut self.token_refused, true) {
            return self.refuse(now, said, Advice::FixTheSetup);
        }
        self.token = None;
        self.phase = back;
        self.soon(now);
    }

    fn is_anothers_login(&self, said: &Said) -> bool {
        said.login.is_some_and(|login| self.login.is_some_and(|ours| ours != login))
    }

    fn remembered(&mut self, now: Millis, call: &Call, said: &Said) {
        if self.is_anothers_login(said) {
            return self.fail(now, Reason::OtherLogin, Recovery::StartOver, None);
        }
        let means = said.means(call);
        match means {
            Means::No(_) if said.blames_token && said.code == Some("UNAUTHORIZED") => {
                self.token_refused(now, said, Phase::Recalling);
            }
            Means::No(Advice::TryLater) if self.again(now, call, Some(said)) => {}
            Means::No(advice) if said.code != Some("QUESTION_NOT_FOUND") => self.refuse(now, said, advice),
            Means::Yes
                if said.request.is_some()
                    && said.login.is_some()
                    && said.last_refresh.is_some_and(|at| at >= self.fresh_from()) =>
            {
                self.adopt(said);
                self.cached = true;
                self.authorized(now, said);
            }
            _ => {
                if means == Means::Yes {
                    self.learn(said);
                }
                let refused = matches!(means, Means::No(_));
                let (code, status) = (said.code.filter(|_| refused), refused.then(|| said.told_status()));
                self.failed(now, Reason::NotRefreshed, Recovery::StartOver, code, status, said.last_refresh);
            }
        }
    }

    fn data(&mut self, now: Millis, out: &Exchange, said: &Said) {
        let means = said.means(&out.call);
        if means == Means::Yes && said.malformed && self.policy.fetch != Fetch::Nothing {
            // A body that cannot be read says nothing, whoever it names.
            return self.nothing(now, out);
        }
        let other_request = said.request.is_some_and(|request| !self.requests.contains(&request));
        if self.is_anothers_login(said) || other_request {
            return self.fail(now, Reason::OtherLogin, Recovery::StartOver, None);
        }
        let look = match &self.phase {
            Phase::Looking(doubt, from) => Some((*doubt, from.clone())),
            _ => None,
        };
        if matches!(means, Means::Yes | Means::Pending) {
            self.learn(said);
            self.doubt = None;
        }
        match (means, look) {
            (Means::Yes, _) if self.policy.fetch == Fetch::Nothing => self.refreshed(now, said, &[]),
            (Means::Yes, _) => self.refreshed(now, said, said.accounts.as_deref().unwrap_or_default()),
            (Means::Pending, _) => self.pending(now, out, said),
            (Means::No(_), Some((Doubt::Lapse, _))) if said.code == Some("UNAUTHORIZED") => self.lapse(now),
            (Means::No(_), Some((_, Some((end, at))))) if said.code == Some("UNAUTHORIZED") => self.end(at, end),
            (Means::No(_), Some(_)) if said.code == Some("UNAUTHORIZED") => {
                self.activity(out.sent);
                self.ask_again();
            }
            (Means::No(_), None) if said.code == Some("UNAUTHORIZED") => self.refuse(now, said, Advice::ActAtTheBank),
            (Means::No(_), Some((Doubt::Lapse, _))) if said.is_gone() => self.lapse(now),
            (Means::No(_), Some((Doubt::News, _))) if said.is_gone() && self.has_stored() => self.recall(now),
            (Means::No(_), None) if said.is_gone() && self.has_stored() && !self.cached => self.recall(now),
            (Means::No(_), _) if said.is_gone() => self.refuse(now, said, Advice::StartOver),
            (Means::No(Advice::TryLater), _) if self.again(now, &out.call, Some(said)) => {}
            (Means::No(advice @ Advice::FixTheSetup), Some(_)) if said.advice_of_code().is_some() => {
                self.refuse(now, said, advice);
            }
            (Means::No(_), Some(_)) => self.unclear(now),
            (Means::No(advice), None) => self.refuse(now, said, advice),
            _ => {}
        }
    }

    /// A data call that brought nothing to read.
    fn nothing(&mut self, now: Millis, out: &Exchange) {
        if self.again(now, &out.call, None) {
            return;
        }
        match self.phase {
            Phase::Looking(..) => self.unclear(now),
            _ => self.unreachable(now),
        }
    }

    fn has_stored(&self) -> bool {
        self.login.is_some() && self.policy.after == After::SameThenCached
    }

    /// A look that told nothing.
    fn unclear(&mut self, now: Millis) {
        match self.phase.clone() {
            Phase::Looking(Doubt::Lapse, _) => self.lapse(now),
            Phase::Looking(_, Some((end, at))) => self.end(at, end),
            _ => self.ask_again(),
        }
    }

    fn pending(&mut self, now: Millis, out: &Exchange, said: &Said) {
        if self.policy.fetch == Fetch::Nothing {
            return self.refreshed(now, &Said { last_refresh: None, ..said.clone() }, &[]);
        }
        if !matches!(self.phase, Phase::Fetching(_)) {
            self.authorized(now, said);
        }
        // A webhook brings it.
        if self.phase != Phase::Fetching(Step::Webhook) {
            self.wait_for(now, out, said, Phase::Fetching(Step::Poll));
        }
    }

    /// The service works at it, up to the one cap.
    fn wait_for(&mut self, now: Millis, out: &Exchange, said: &Said, phase: Phase) {
        let first = *self.first_pending.get_or_insert(out.sent);
        let wished = said.wished(now).map_or(0, |at| at - now).min(ms(self.policy.retry_after_max));
        let at = now + ms(self.policy.poll_every).max(wished);
        if at >= first + ms(self.policy.poll_cap) {
            let recovery = self.later(now + ms(self.policy.later));
            return self.fail(now, Reason::GaveUp, recovery, None);
        }
        self.phase = phase;
        self.soon(now);
        (self.due, self.why) = (at, Why::Poll);
    }
}
