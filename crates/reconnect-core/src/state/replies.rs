//! The transitions that the service's answers cause: to a mint, to `/Authorize`, to the data call of a session that is
//! authorized, and to the cached call. The answers to a look are in [`looks`](super::looks).

use crate::{
    code::{Advice, FlinksCode, advice_by_status},
    deadline::Why,
    event::Heard,
    failure::{Failure, Reason, Recovery},
    fault::Fault,
    ids::LoginId,
    outcome::Via,
    policy::{Entry, Fetch, TokenUse},
    reply::{self, Asks, AuthorizeReply, DataReply, Facts, Refusal, Reply, ReplyError},
    request::ExchangeId,
    retry_after::RetryAfter,
    state::{
        State,
        phase::{Asking, Back, End, Kind, Outstanding, Phase, Show, Step, Token},
        put,
        trouble::Trouble,
    },
    time::Timestamp,
};

impl State {
    /// Takes the reply to an exchange, or what came instead of one.
    pub(crate) fn receive(&mut self, now: Timestamp, id: ExchangeId, reply: Result<&Reply, Fault>) -> Heard {
        if let Some(out) = self.outstanding.filter(|out| out.id == id) {
            self.outstanding = None;
            self.dirty = true;
            match reply {
                Ok(reply) => self.reply(now, out, reply),
                Err(fault) => self.trouble(now, out, fault.into()),
            }
            return Heard::Took;
        }
        match (self.unsettled.filter(|out| out.id == id), reply) {
            (Some(out), Ok(reply)) => self.settle(now, out, reply),
            (Some(_), Err(_)) => Heard::Knew,
            (None, _) if id.0 != 0 && id.0 < self.next_id => Heard::Late,
            (None, _) => Heard::NotOurs,
        }
    }

    /// The late reply to an exchange whose outcome was guessed: a guess gives way to a fact (rule 7).
    fn settle(&mut self, now: Timestamp, out: Outstanding, reply: &Reply) -> Heard {
        let answer = match reply::authorize(reply) {
            Ok(answer) => Ok(answer),
            Err(ReplyError::Refused(refusal)) if !refusal.is_redirect() => Err(*refusal),
            // The session cannot use what this reply says.
            Err(_) => return Heard::Knew,
        };
        if out.kind == Kind::Live && answer.as_ref().is_ok_and(|answer| answer.facts().request.is_none()) {
            return Heard::Knew;
        }
        let waits = match &self.phase {
            Phase::Looking(look) => out.kind == Kind::Answer || matches!(look.back, Back::Guess(_)),
            Phase::Asking(_) => out.kind == Kind::Answer,
            Phase::Done(End::Guess(_)) | Phase::Recalling { .. } => true,
            Phase::Authorizing { .. } | Phase::Fetching { .. } | Phase::Done(_) => false,
        };
        if !waits {
            return Heard::Late;
        }
        // A look that is under way has nothing left to tell; its reply will be late.
        (self.outstanding, self.unsettled) = (None, None);
        self.dirty = true;
        put!(self, service_answered, true);
        self.authorization(now, out, reply.status, answer);
        Heard::Took
    }

    fn reply(&mut self, now: Timestamp, out: Outstanding, reply: &Reply) {
        match out.kind {
            Kind::Mint | Kind::MintShow => match self.answer_in(now, out, reply::token(reply)) {
                Some(Ok(secret)) => self.minted(now, out, Token { secret, sent: out.sent, used: false }),
                Some(Err(refusal)) => self.mint_refused(now, out, refusal),
                None => {}
            },
            Kind::Live | Kind::Answer | Kind::Status => {
                if let Some(answer) = self.answer_in(now, out, reply::authorize(reply)) {
                    self.authorization(now, out, reply.status, answer);
                }
            }
            Kind::Cached => {
                if let Some(answer) = self.answer_in(now, out, reply::authorize(reply)) {
                    self.recalled(now, out, answer);
                }
            }
            Kind::Data | Kind::Poll => {
                let keep = (self.policy().fetch != Fetch::Nothing).then_some(&self.keep);
                let read = reply::data(reply, keep);
                if let Some(answer) = self.answer_in(now, out, read) {
                    self.data(now, out, answer);
                }
            }
        }
    }

    /// What the service answered, or how it refused. If it did neither, that is trouble, and `None`.
    fn answer_in<T>(
        &mut self,
        now: Timestamp,
        out: Outstanding,
        read: Result<T, ReplyError>,
    ) -> Option<Result<T, Refusal>> {
        let trouble = match read {
            Err(ReplyError::Page { status, retry_after }) => Trouble::page(status, retry_after),
            Err(ReplyError::TooLarge { status }) => Trouble::too_large(Some(status)),
            Err(ReplyError::Refused(refusal)) if refusal.is_redirect() => Trouble::redirect(refusal.status),
            Err(ReplyError::Garbled { status, at }) => {
                put!(self, service_answered, true);
                Trouble::garbled(status, at)
            }
            Err(ReplyError::Refused(refusal)) => {
                put!(self, service_answered, true);
                return Some(Err(*refusal));
            }
            Ok(answer) => {
                put!(self, service_answered, true);
                return Some(Ok(answer));
            }
        };
        self.trouble(now, out, trouble);
        None
    }

    fn minted(&mut self, now: Timestamp, out: Outstanding, token: Token) {
        if self.wanted(out.kind) {
            self.set_due(now, Why::Send);
        }
        if out.kind != Kind::MintShow {
            self.token = Some(token);
        } else if let Some(asking) = self.phase.prompt_mut() {
            // The prompt may also be the one that a look leads back to: without the token it would mint again for the
            // same showing.
            asking.show = Show::Ready(token);
        }
    }

    /// The answer to a live `/Authorize` or to answers, which came with this HTTP status.
    fn authorization(&mut self, now: Timestamp, out: Outstanding, http: u16, answer: Result<AuthorizeReply, Refusal>) {
        let facts = match &answer {
            Ok(answer) => answer.facts(),
            Err(refusal) if self.wants_the_widget(out.kind, refusal) => &refusal.facts,
            Err(_) => return self.authorization_refused(now, out, answer.expect_err("it is a refusal")),
        };
        if facts.request.is_none() && out.kind == Kind::Live {
            // A session without a `requestId` cannot be continued (decision 47).
            return self.trouble(now, out, Trouble::garbled(http, "RequestId".into()));
        }
        if self.is_another(facts) {
            return self.other_login(facts.login.clone());
        }
        self.learn(facts.clone(), true);
        self.active(out.sent);
        put!(self, lease_assumed, false);
        match answer {
            Ok(AuthorizeReply::Asks(Asks { challenges, wrong, .. })) => {
                self.prompt_number = self.prompt_number.saturating_add(1);
                let Asking { show, redirected, .. } = self.asking_again();
                let asking = Asking { challenges: challenges.into(), wrong, show, redirected, ..Asking::default() };
                self.ask_or_look(now, asking);
            }
            // An MFA error, and the service has the session: the widget may know more (decision 60).
            Err(_) => {
                self.prompt_number = self.prompt_number.saturating_add(1);
                self.ask(Asking::default());
            }
            Ok(AuthorizeReply::Authorized(facts)) => self.authorized(now, facts.last_refresh, true),
            Ok(AuthorizeReply::Pending(_, retry_after)) if self.policy().entry == Entry::AuthorizeAsync => {
                self.unsettled = None;
                self.go(Phase::Authorizing { status: true });
                self.wait_for(now, out, retry_after, None);
            }
            // A synchronous call that says 202 goes on in the widget; after an answer a look will tell (decision 47).
            Ok(AuthorizeReply::Pending(..)) if out.kind == Kind::Live => self.ask(Asking::default()),
            Ok(AuthorizeReply::Pending(..)) => self.look_for_answer(now),
        }
    }

    /// Whether the first call of a session was refused because of MFA, so that the session exists and can go on in the
    /// widget.
    fn wants_the_widget(&self, kind: Kind, refusal: &Refusal) -> bool {
        let named = refusal.facts.request.is_some() || kind == Kind::Status;
        matches!(kind, Kind::Live | Kind::Status)
            && named
            && refusal.code.as_ref().is_some_and(FlinksCode::is_about_mfa)
    }

    /// The answer to the cached `/Authorize`: believed only if its data is this session's (decision 10).
    fn recalled(&mut self, now: Timestamp, out: Outstanding, answer: Result<AuthorizeReply, Refusal>) {
        let facts = answer.as_ref().map_or_else(|refusal| &refusal.facts, AuthorizeReply::facts);
        if self.is_another(facts) {
            return self.other_login(facts.login.clone());
        }
        match answer {
            Ok(AuthorizeReply::Authorized(mut facts)) => {
                let last = facts.last_refresh;
                let whole = facts.request.is_some() && facts.login.is_some();
                let believed = whole && last.is_some_and(|last| last >= self.began_at.before(self.policy().skew));
                if !believed {
                    // The data may be older than this session, so its `requestId` is not taken.
                    facts.request = None;
                }
                self.learn(facts, true);
                if believed {
                    put!(self, via, Via::Cached);
                    self.authorized(now, last, true);
                } else {
                    self.not_refreshed(now, None, None, last);
                }
            }
            Ok(AuthorizeReply::Asks(asks)) if asks.facts.request.is_some() || self.request().is_some() => {
                self.learn(asks.facts, true);
                self.asked_again(now, out, Some(asks.challenges));
            }
            Ok(AuthorizeReply::Asks(Asks { facts, .. }) | AuthorizeReply::Pending(facts, _)) => {
                self.not_refreshed(now, None, None, facts.last_refresh);
            }
            Err(refusal) if refusal.code.as_ref().is_some_and(FlinksCode::is_about_mfa) => {
                self.not_refreshed(now, refusal.code, Some(refusal.status), refusal.facts.last_refresh);
            }
            Err(refusal) => self.cached_refused(now, out, refusal),
        }
    }

    /// The cached call brought nothing: the guess that is carried holds; or, if a webhook said meanwhile that the data
    /// is there, the data is asked for once more.
    fn not_refreshed(
        &mut self,
        now: Timestamp,
        code: Option<FlinksCode>,
        status: Option<u16>,
        last_refresh: Option<Timestamp>,
    ) {
        if !self.recall_is_over(now) {
            let failure = self.failure(Reason::NotRefreshed, Recovery::StartOver);
            self.fail(Failure { code, status, last_refresh, ..failure });
        }
    }

    /// The answer to the data call or to a poll.
    fn data(&mut self, now: Timestamp, out: Outstanding, answer: Result<DataReply, Refusal>) {
        let answer = match answer {
            Err(refusal) if self.is_another(&refusal.facts) => return self.other_login(refusal.facts.login),
            Err(refusal) => return self.data_refused(now, out, refusal),
            Ok(answer) => answer,
        };
        let facts = answer.facts().clone();
        if !self.is_ours(&facts) {
            return self.other_login(facts.login);
        }
        if facts.request.as_ref().is_some_and(|request| !self.requests.contains(request)) {
            put!(self, other_request, true);
        }
        let last = facts.last_refresh;
        self.learn(facts, matches!(answer, DataReply::Asks(_)));
        match answer {
            DataReply::Data(_, report) => self.refreshed(report, last),
            DataReply::Pending(_, retry_after) => self.pending(now, out, retry_after),
            DataReply::Asks(Asks { challenges, .. }) if matches!(self.phase, Phase::Looking(_)) => {
                self.asked_in_a_look(now, out, challenges);
            }
            DataReply::Asks(Asks { challenges, .. }) => self.asked_again(now, out, Some(challenges)),
        }
    }

    /// A 202: the session is authorized, and the data comes. The cap runs from the first one, and a wait that would
    /// reach it ends at once (decision 2).
    fn pending(&mut self, now: Timestamp, out: Outstanding, retry_after: Option<RetryAfter>) {
        if !matches!(self.phase, Phase::Fetching { .. }) || self.policy().fetch == Fetch::Nothing {
            self.authorized(now, None, false);
        }
        // If a webhook brings the data, or if no data is wanted, nothing is polled.
        if let Phase::Fetching { step: Step::Ask | Step::Poll, granted } = self.phase {
            self.go(Phase::Fetching { step: Step::Poll, granted });
            self.wait_for(now, out, retry_after, None);
        }
    }

    /// Waits while the service works, up to the cap. `page` is the status of a gateway's page that came instead of an
    /// answer.
    pub(crate) fn wait_for(
        &mut self,
        now: Timestamp,
        out: Outstanding,
        retry_after: Option<RetryAfter>,
        page: Option<u16>,
    ) {
        let first = self.first_pending.unwrap_or(out.sent);
        put!(self, first_pending, Some(first));
        let policy = self.policy();
        let asked = retry_after.map_or(now, |after| after.moment(now).min(now + policy.retry_after_max));
        let (next, cap, later) = (asked.max(now + policy.poll_every), first + policy.poll_cap, now + policy.later);
        if next >= cap {
            let failure = self.failure(Reason::GaveUp, Recovery::TryLater { not_before: later });
            self.fail(Failure { status: page, ..failure });
        } else {
            self.set_due(next, Why::Poll);
        }
    }

    /// A mint was refused. If no call waits for its token any more, that changes nothing.
    fn mint_refused(&mut self, now: Timestamp, out: Outstanding, refusal: Refusal) {
        if !self.wanted(out.kind) {
            return;
        }
        let Some(advice) = self.advice_unless_again(now, out, &refusal) else { return };
        if out.kind == Kind::MintShow {
            // Whatever is wrong about the widget's token, the prompt stands (decision 6).
            return self.show_refused(now);
        }
        if !self.recall_is_over(now) {
            // From a mint, UNAUTHORIZED is about the secret key (decision 45).
            let key = refusal.code == Some(FlinksCode::Unauthorized);
            self.refuse(now, refusal, if key { Advice::FixTheSetup } else { advice });
        }
    }

    /// A live call, an answer or a status was refused.
    fn authorization_refused(&mut self, now: Timestamp, out: Outstanding, refusal: Refusal) {
        if self.is_another(&refusal.facts) {
            return self.other_login(refusal.facts.login);
        }
        match self.advice_unless_again(now, out, &refusal) {
            None => {}
            Some(_) if refusal.for_token => self.token_refused(now, out, refusal),
            Some(advice) => self.refuse(now, refusal, advice),
        }
    }

    /// The cached call was refused.
    fn cached_refused(&mut self, now: Timestamp, out: Outstanding, refusal: Refusal) {
        let Some(advice) = self.advice_unless_again(now, out, &refusal) else { return };
        let another_token = refusal.for_token && self.policy().token == TokenUse::Mint && !self.reminted;
        if !another_token && self.recall_is_over(now) {
            return;
        }
        match refusal.for_token {
            true => self.token_refused(now, out, refusal),
            false => self.refuse(now, refusal, advice),
        }
    }

    /// The data call or a poll was refused.
    fn data_refused(&mut self, now: Timestamp, out: Outstanding, refusal: Refusal) {
        let Some(advice) = self.advice_unless_again(now, out, &refusal) else { return };
        match &refusal.code {
            Some(FlinksCode::Unauthorized) => self.not_authorized(now, out, refusal),
            Some(code) if code.session_is_gone() => self.gone(now, refusal),
            // If a key is wrong, it does not help to ask the end user.
            code if self.looks_on(code.as_ref().and_then(FlinksCode::advice) == Some(Advice::FixTheSetup)) => {
                self.unclear(now, None);
            }
            _ => self.refuse(now, refusal, advice),
        }
    }

    /// What to do about a refusal; `None` if the same call is tried again.
    fn advice_unless_again(&mut self, now: Timestamp, out: Outstanding, refusal: &Refusal) -> Option<Advice> {
        let code = refusal.code.as_ref();
        // An MFA code to any other call than an answer: the user has to start over, and is not asked again here
        // (decision 60).
        let advice = if out.kind != Kind::Answer && code.is_some_and(FlinksCode::is_about_mfa) {
            Advice::StartOver
        } else {
            code.and_then(FlinksCode::advice).unwrap_or_else(|| advice_by_status(refusal.status))
        };
        let repeats = advice == Advice::TryLater && !code.is_some_and(FlinksCode::another_session);
        let again = !out.kind.once() && repeats && self.again(now, out.kind, refusal.retry_after);
        (!again).then_some(advice)
    }

    /// Whether a refused look counts as one that settled nothing. A wrong set-up ends the session instead, unless the
    /// look began after a guess.
    fn looks_on(&self, set_up: bool) -> bool {
        let Phase::Looking(look) = &self.phase else { return false };
        !set_up || matches!(look.back, Back::Guess(_))
    }

    /// Ends with what the service said.
    pub(crate) fn refuse(&mut self, now: Timestamp, refusal: Refusal, advice: Advice) {
        let policy = self.policy();
        let busy = refusal.code.as_ref().is_some_and(FlinksCode::another_session);
        let wait = if busy { policy.request_life } else { policy.later };
        let recovery = match advice {
            Advice::TryLater => {
                let asked = refusal.retry_after.map(|after| after.moment(now));
                // Another session may be open for its 8 minutes, even if `Retry-After` is shorter (decision 24).
                let least = (busy || asked.is_none()).then_some(now + wait);
                Recovery::TryLater { not_before: asked.max(least).unwrap_or(now) }
            }
            Advice::StartOver => Recovery::StartOver,
            Advice::AskTheUser => Recovery::AskTheUser,
            Advice::ActAtTheBank => Recovery::ActAtTheBank,
            Advice::FixTheSetup => Recovery::FixTheSetup,
        };
        let failure = self.failure(Reason::Refused, recovery);
        self.fail(Failure { code: refusal.code, status: Some(refusal.status), ..failure });
    }

    /// The authorize token was refused, so the call surely did not get to the bank: once, it is sent again with another
    /// token. A live call that was given up as lost is not sent again even so: its session is over, and another may
    /// begin.
    fn token_refused(&mut self, now: Timestamp, out: Outstanding, refusal: Refusal) {
        self.token = None;
        if out.kind == Kind::Live {
            put!(self, live_sent, false);
            if !matches!(self.phase, Phase::Authorizing { .. }) {
                return self.refuse(now, refusal, Advice::TryLater);
            }
        }
        if out.kind == Kind::Answer && !matches!(&self.phase, Phase::Asking(Asking { answers: Some(_), .. })) {
            // The answer was given up as lost already: the end user may give it again.
            let asking = self.asking_again();
            return self.ask_or_look(now, asking);
        }
        if self.policy().token == TokenUse::Mint && !self.reminted {
            put!(self, reminted, true);
            self.set_due(now, Why::Send);
        } else {
            self.refuse(now, refusal, Advice::FixTheSetup);
        }
    }

    /// Whether a reply is about another login than ours.
    pub(super) fn is_another(&self, facts: &Facts) -> bool {
        matches!((&self.login, &facts.login), (Some(ours), Some(theirs)) if ours != theirs)
    }

    /// Whether a reply to a data call is this session's: by its login, or, if that is not known, by its `requestId`
    /// (decision 53).
    fn is_ours(&self, facts: &Facts) -> bool {
        let unknown = facts.request.as_ref().is_some_and(|request| !self.requests.contains(request));
        let same_login = self.login.is_some() && facts.login.is_some();
        !self.is_another(facts) && (!unknown || same_login)
    }

    /// A reply is another session's: nothing of it is taken, and the failure holds the login that it named.
    fn other_login(&mut self, named: Option<LoginId>) {
        let other_login = named.filter(|named| self.login.as_ref().is_some_and(|ours| ours != named));
        let failure = self.failure(Reason::OtherLogin, Recovery::StartOver);
        self.fail(Failure { other_login, ..failure });
    }

    /// Takes the ids and the institution of a reply. Only an authorization or a 203 may bring a new `requestId`; if
    /// there are two that differ, both are ours, and the first is used (decision 64).
    pub(super) fn learn(&mut self, facts: Facts, adopts: bool) {
        if self.login.is_none() {
            put!(self, login, facts.login);
        }
        if self.institution.is_none() {
            put!(self, institution, facts.institution.as_deref().map(Into::into));
        }
        if adopts {
            facts.other_request.into_iter().chain(facts.request).for_each(|request| self.adopt(request));
        }
    }
}
