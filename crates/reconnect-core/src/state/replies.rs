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
    reply::{self, Asked, Facts, Refusal, Reply, Verdict},
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
        let verdict = reply::read(Asked::Authorization, reply);
        let readable = match &verdict {
            Verdict::Authorized(facts) | Verdict::Pending(facts, _) | Verdict::Asks { facts, .. } => {
                facts.request.is_some() || out.kind != Kind::Live
            }
            Verdict::Refused(refusal) => !refusal.is_redirect(),
            Verdict::Garbled { .. }
            | Verdict::Page { .. }
            | Verdict::TooLarge { .. }
            | Verdict::Minted(_)
            | Verdict::Data(..) => false,
        };
        if !readable {
            // It says nothing that can be gone on with.
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
        self.authorization(now, out, reply.status, verdict);
        Heard::Took
    }

    fn reply(&mut self, now: Timestamp, out: Outstanding, reply: &Reply) {
        let asked = match out.kind {
            Kind::Mint | Kind::MintShow => Asked::Token,
            Kind::Live | Kind::Answer | Kind::Status | Kind::Cached => Asked::Authorization,
            Kind::Data | Kind::Poll if self.policy().fetch == Fetch::Nothing => Asked::Look,
            Kind::Data | Kind::Poll => Asked::Accounts(&self.keep),
        };
        let verdict = match reply::read(asked, reply) {
            Verdict::Page { status, retry_after } => {
                return self.trouble(now, out, Trouble::page(status, retry_after));
            }
            Verdict::TooLarge { status } => return self.trouble(now, out, Trouble::too_large(Some(status))),
            Verdict::Garbled { status, at } => {
                put!(self, service_answered, true);
                return self.trouble(now, out, Trouble::garbled(status, at));
            }
            Verdict::Refused(refusal) if refusal.is_redirect() => {
                return self.trouble(now, out, Trouble::redirect(refusal.status));
            }
            verdict @ (Verdict::Minted(_)
            | Verdict::Authorized(_)
            | Verdict::Asks { .. }
            | Verdict::Pending(..)
            | Verdict::Data(..)
            | Verdict::Refused(_)) => verdict,
        };
        put!(self, service_answered, true);
        match (out.kind, verdict) {
            (Kind::Mint | Kind::MintShow, Verdict::Minted(secret)) => {
                self.minted(now, out, Token { secret, sent: out.sent, used: false });
            }
            (Kind::Mint | Kind::MintShow, Verdict::Refused(refusal)) => self.refused(now, out, refusal),
            (Kind::Mint | Kind::MintShow, _) => unreachable!("a mint is answered by a token or by a refusal"),
            (Kind::Live | Kind::Answer | Kind::Status, verdict) => self.authorization(now, out, reply.status, verdict),
            (Kind::Cached, verdict) => self.recalled(now, out, verdict),
            (Kind::Data | Kind::Poll, verdict) => self.data(now, out, verdict),
        }
    }

    fn minted(&mut self, now: Timestamp, out: Outstanding, token: Token) {
        if self.wanted(out.kind) {
            self.set_due(now, Why::Send);
        }
        match (out.kind, self.phase.asking()) {
            // The prompt may also be the one that a look leads back to: without the token it would mint again for the
            // same showing.
            (Kind::MintShow, Some(asking)) => asking.show = Show::Ready(token),
            // The phase went on without it: the token dies unused.
            (Kind::MintShow, None) => {}
            _ => self.token = Some(token),
        }
    }

    /// The reply to a live `/Authorize` or to answers, which came with this HTTP status.
    fn authorization(&mut self, now: Timestamp, out: Outstanding, http: u16, verdict: Verdict) {
        let (facts, mfa) = match &verdict {
            Verdict::Authorized(facts) | Verdict::Pending(facts, _) | Verdict::Asks { facts, .. } => (facts, false),
            Verdict::Refused(refusal) => (&refusal.facts, self.wants_the_widget(out.kind, refusal)),
            Verdict::Minted(_)
            | Verdict::Data(..)
            | Verdict::Garbled { .. }
            | Verdict::Page { .. }
            | Verdict::TooLarge { .. } => unreachable!("an authorization is none of these"),
        };
        if !matches!(verdict, Verdict::Refused(_)) || mfa {
            if facts.request.is_none() && out.kind == Kind::Live {
                // A session without a name cannot be gone on with (decision 47).
                return self.trouble(now, out, Trouble::garbled(http, "RequestId".into()));
            }
            let facts = facts.clone();
            if self.is_another(&facts) {
                return self.other_login(&facts);
            }
            self.learn(facts, true);
            self.active(out.sent);
            put!(self, lease_assumed, false);
        }
        match verdict {
            Verdict::Asks { challenges, wrong, .. } => {
                self.prompt_number = self.prompt_number.saturating_add(1);
                let Asking { show, redirected, .. } = self.take_asking();
                let asking = Asking { challenges: challenges.into(), wrong, show, redirected, ..Asking::default() };
                self.ask_or_look(now, asking);
            }
            // An MFA error, and the service has the session: the widget may know more (decision 60).
            Verdict::Refused(_) if mfa => {
                self.prompt_number = self.prompt_number.saturating_add(1);
                self.ask(Asking::default());
            }
            Verdict::Authorized(facts) => self.authorized(now, facts.last_refresh, true),
            Verdict::Pending(_, retry_after) if self.policy().entry == Entry::AuthorizeAsync => {
                self.unsettled = None;
                self.go(Phase::Authorizing { status: true });
                self.wait_for(now, out, retry_after, None);
            }
            // A synchronous call that says 202 goes on in the widget; after an answer a look will tell (decision 47).
            Verdict::Pending(..) if out.kind == Kind::Live => self.ask(Asking::default()),
            Verdict::Pending(..) => self.look_for_answer(now),
            Verdict::Refused(refusal) => self.refused(now, out, refusal),
            Verdict::Minted(_)
            | Verdict::Data(..)
            | Verdict::Garbled { .. }
            | Verdict::Page { .. }
            | Verdict::TooLarge { .. } => unreachable!("an authorization is none of these"),
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

    /// The reply to the cached `/Authorize`: believed only if its data is this session's (decision 10).
    fn recalled(&mut self, now: Timestamp, out: Outstanding, verdict: Verdict) {
        match verdict {
            Verdict::Authorized(facts)
            | Verdict::Asks { facts, .. }
            | Verdict::Pending(facts, _)
            | Verdict::Refused(Refusal { facts, .. })
                if self.is_another(&facts) =>
            {
                self.other_login(&facts);
            }
            Verdict::Authorized(mut facts) => {
                let last = facts.last_refresh;
                let whole = facts.request.is_some() && facts.login.is_some();
                let believed = whole && last.is_some_and(|last| last >= self.began_at.before(self.policy().skew));
                if !believed {
                    // A session with somebody's older data is none of ours.
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
            Verdict::Asks { facts, challenges, .. } if facts.request.is_some() || self.request().is_some() => {
                self.learn(facts, true);
                self.asked_again(now, out, Some(challenges));
            }
            Verdict::Asks { facts, .. } | Verdict::Pending(facts, _) => {
                self.not_refreshed(now, None, None, facts.last_refresh);
            }
            Verdict::Refused(refusal) if refusal.code.as_ref().is_some_and(FlinksCode::is_about_mfa) => {
                self.not_refreshed(now, refusal.code, Some(refusal.status), refusal.facts.last_refresh);
            }
            Verdict::Refused(refusal) => self.refused(now, out, refusal),
            Verdict::Minted(_)
            | Verdict::Data(..)
            | Verdict::Garbled { .. }
            | Verdict::Page { .. }
            | Verdict::TooLarge { .. } => unreachable!("a cached call is answered like an authorization"),
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

    /// The reply to the data call or to a poll.
    fn data(&mut self, now: Timestamp, out: Outstanding, verdict: Verdict) {
        let (facts, asks) = match &verdict {
            Verdict::Data(facts, _) | Verdict::Pending(facts, _) => (facts, false),
            Verdict::Asks { facts, .. } => (facts, true),
            Verdict::Refused(refusal) if self.is_another(&refusal.facts) => {
                let facts = refusal.facts.clone();
                return self.other_login(&facts);
            }
            Verdict::Minted(_)
            | Verdict::Authorized(_)
            | Verdict::Refused(_)
            | Verdict::Page { .. }
            | Verdict::TooLarge { .. }
            | Verdict::Garbled { .. } => (&Facts::default(), false),
        };
        let facts = facts.clone();
        if !self.is_ours(&facts) {
            return self.other_login(&facts);
        }
        if facts.request.as_ref().is_some_and(|request| !self.requests.contains(request)) {
            put!(self, other_request, true);
        }
        self.learn(facts, asks);
        match verdict {
            Verdict::Data(facts, report) => self.refreshed(report, facts.last_refresh),
            Verdict::Pending(_, retry_after) => self.pending(now, out, retry_after),
            Verdict::Asks { challenges, .. } if matches!(self.phase, Phase::Looking(_)) => {
                self.asked_in_a_look(now, out, challenges);
            }
            Verdict::Asks { challenges, .. } => self.asked_again(now, out, Some(challenges)),
            Verdict::Refused(refusal) => self.refused(now, out, refusal),
            Verdict::Minted(_)
            | Verdict::Authorized(_)
            | Verdict::Garbled { .. }
            | Verdict::Page { .. }
            | Verdict::TooLarge { .. } => unreachable!("a data call is answered by data, a 203 or a refusal"),
        }
    }

    /// A 202: the session is authorized, and the data comes. The cap runs from the first one, and a wait that would
    /// reach it ends at once (decision 2).
    fn pending(&mut self, now: Timestamp, out: Outstanding, retry_after: Option<RetryAfter>) {
        if !matches!(self.phase, Phase::Fetching { .. }) || self.policy().fetch == Fetch::Nothing {
            self.authorized(now, None, false);
        }
        // A webhook brings what is pending, and who wants nothing is done.
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

    /// A refusal, of whatever was asked.
    fn refused(&mut self, now: Timestamp, out: Outstanding, refusal: Refusal) {
        if !self.wanted(out.kind) {
            return;
        }
        if self.is_another(&refusal.facts) && !matches!(out.kind, Kind::Mint | Kind::MintShow) {
            return self.other_login(&refusal.facts.clone());
        }
        let code = refusal.code.clone();
        let gone = code.as_ref().is_some_and(FlinksCode::session_is_gone);
        let unauthorized = code == Some(FlinksCode::Unauthorized);
        let known = code.as_ref().and_then(FlinksCode::advice);
        let advice = match known {
            // The user was there already: unless an MFA code is about an answer, nobody is asked again (decision 60).
            _ if out.kind != Kind::Answer && code.as_ref().is_some_and(FlinksCode::is_about_mfa) => Advice::StartOver,
            known => known.unwrap_or_else(|| advice_by_status(refusal.status)),
        };
        let repeats = advice == Advice::TryLater && !code.as_ref().is_some_and(FlinksCode::another_session);
        if !out.kind.once() && repeats && self.again(now, out.kind, refusal.retry_after) {
            return;
        }
        let again = refusal.for_token && self.policy().token == TokenUse::Mint && !self.reminted;
        if matches!(out.kind, Kind::Mint | Kind::Cached)
            && !(out.kind == Kind::Cached && again)
            && self.recall_is_over(now)
        {
            return;
        }
        match out.kind {
            // Whatever is wrong about the widget's token, the prompt stands (decision 6).
            Kind::MintShow => self.show_refused(now),
            // From a mint, UNAUTHORIZED is about the secret key (decision 45).
            Kind::Mint if unauthorized => self.refuse(now, refusal, Advice::FixTheSetup),
            Kind::Mint => self.refuse(now, refusal, advice),
            Kind::Live | Kind::Answer | Kind::Cached | Kind::Status if refusal.for_token => {
                self.token_refused(now, out, refusal)
            }
            Kind::Live | Kind::Answer | Kind::Cached | Kind::Status => self.refuse(now, refusal, advice),
            Kind::Data | Kind::Poll if unauthorized => self.not_authorized(now, out, refusal),
            Kind::Data | Kind::Poll if gone => self.gone(now, refusal),
            // A wrong key will not get better by asking the end user.
            Kind::Data | Kind::Poll if self.looks_on(known == Some(Advice::FixTheSetup)) => self.unclear(now, None),
            Kind::Data | Kind::Poll => self.refuse(now, refusal, advice),
        }
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
                // Another session goes on for its 8 minutes, whatever the service hopes (decision 24).
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

    /// The authorize token was refused: another one, once, since the call surely did not get to the bank. A live call
    /// that was given up as lost is not made again all the same: its session is over, and another may begin.
    fn token_refused(&mut self, now: Timestamp, out: Outstanding, refusal: Refusal) {
        self.token = None;
        if out.kind == Kind::Live {
            put!(self, live_sent, false);
            if !matches!(self.phase, Phase::Authorizing { .. }) {
                return self.refuse(now, refusal, Advice::TryLater);
            }
        }
        if out.kind == Kind::Answer && !matches!(&self.phase, Phase::Asking(Asking { answers: Some(_), .. })) {
            // Given up as lost already, and the answers with it: the end user may give them again.
            let asking = self.take_asking();
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
    fn other_login(&mut self, facts: &Facts) {
        let other: Option<LoginId> = facts.login.clone().filter(|_| self.is_another(facts));
        let failure = self.failure(Reason::OtherLogin, Recovery::StartOver);
        self.fail(Failure { other_login: other, ..failure });
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
