//! What the service's answers do.

use super::{Asking, Back, Doubt, End, Kind, Outstanding, Phase, Show, State, Step, Token, put};
use crate::{
    Advice, ExchangeId, Fault, FaultKind, FlinksCode, Reached, Reason, Recovery, Reply, Timestamp, Why,
    advice_by_status,
    policy::{After, Entry, Fetch, MAX_BODY, TokenUse},
    reply::{self, Asked, Facts, Refusal, RetryAfter, Verdict},
    session::Heard,
    snapshot::Via,
};

impl State {
    /// Takes the reply to an exchange, or what came instead of one.
    pub(crate) fn receive(&mut self, now: Timestamp, id: ExchangeId, reply: Result<&Reply, Fault>) -> Heard {
        if let Some(out) = self.wire.filter(|out| out.id == id) {
            self.wire = None;
            self.dirty = true;
            match reply {
                Ok(reply) => self.reply(now, out, reply),
                Err(fault) => self.fault(now, out, fault),
            }
            return Heard::Took;
        }
        match (self.doubt.filter(|out| out.id == id), reply) {
            (Some(out), Ok(reply)) => self.settle(now, out, reply),
            (Some(_), Err(_)) => Heard::Knew,
            (None, _) if id.0 != 0 && id.0 < self.next => Heard::Late,
            (None, _) => Heard::NotOurs,
        }
    }

    /// The late reply to an exchange whose outcome was guessed: a guess gives way to a fact (rule 7).
    fn settle(&mut self, now: Timestamp, out: Outstanding, reply: &Reply) -> Heard {
        let verdict = reply::read(Asked::Authorization, reply);
        let named = match &verdict {
            Verdict::Garbled { .. } => false,
            Verdict::Authorized(facts) | Verdict::Pending(facts, _) | Verdict::Asks { facts, .. } => {
                facts.request.is_some()
            }
            Verdict::Minted(_) | Verdict::Data(..) | Verdict::Refused(_) => true,
        };
        if !named && (out.kind == Kind::Live || matches!(verdict, Verdict::Garbled { .. })) {
            // It says nothing that can be gone on with.
            return Heard::Knew;
        }
        let waits = match &self.phase {
            Phase::Asking(_) | Phase::Looking { .. } => out.kind == Kind::Answer,
            Phase::Done(End::Failed(failure, _)) => failure.reason.is_guess(),
            Phase::Recalling => true,
            Phase::Authorizing { .. } | Phase::Fetching(_) | Phase::Done(End::Refreshed(_)) => false,
        };
        if !waits {
            return Heard::Late;
        }
        // A look that is under way has nothing left to tell; its reply will be late.
        (self.wire, self.doubt) = (None, None);
        self.dirty = true;
        self.authorization(now, out, verdict);
        Heard::Took
    }

    fn reply(&mut self, now: Timestamp, out: Outstanding, reply: &Reply) {
        if reply.body.len() > MAX_BODY {
            return self.fault(now, out, Fault::maybe(FaultKind::TooLarge));
        }
        match out.kind {
            Kind::Mint | Kind::MintShow => match reply::read(Asked::Token, reply) {
                Verdict::Minted(secret) => self.minted(now, out, Token { secret, sent: out.sent, used: false }),
                Verdict::Refused(refusal) => self.refused(now, out, refusal),
                Verdict::Authorized(_)
                | Verdict::Asks { .. }
                | Verdict::Pending(..)
                | Verdict::Data(..)
                | Verdict::Garbled { .. } => self.fault(now, out, Fault::maybe(FaultKind::Garbled)),
            },
            Kind::Live | Kind::Answer | Kind::Status => {
                let verdict = reply::read(Asked::Authorization, reply);
                self.authorization(now, out, verdict);
            }
            Kind::Cached => {
                let verdict = reply::read(Asked::Authorization, reply);
                self.recalled(now, out, verdict);
            }
            Kind::Data | Kind::Poll => self.data(now, out, reply),
        }
    }

    fn minted(&mut self, now: Timestamp, out: Outstanding, token: Token) {
        if self.wanted(out.kind) {
            self.set_due(now, Why::Send);
        }
        match (out.kind, &mut self.phase) {
            (Kind::MintShow, Phase::Asking(asking)) => asking.show = Show::Ready(token),
            // The phase went on without it: the token dies unused.
            (Kind::MintShow, _) => {}
            _ => self.token = Some(token),
        }
    }

    /// Whether the phase still waits for a token of this kind. It may have gone on while the mint was under way.
    fn wanted(&self, kind: Kind) -> bool {
        match &self.phase {
            Phase::Asking(_) => true,
            Phase::Authorizing { .. } | Phase::Recalling => kind != Kind::MintShow,
            Phase::Looking { .. } | Phase::Fetching(_) | Phase::Done(_) => !matches!(kind, Kind::Mint | Kind::MintShow),
        }
    }

    //= docs/spec/authorize.md#202-and-203
    //# **AUTH-31** A client that gets a 202 with a `RequestId` from the synchronous
    //= docs/spec/mfa.md#answers
    //# **MFA-18** A client MUST take a 200 to an answer as authorized
    //= docs/spec/mfa.md#answers
    //# **MFA-23** A client MUST NOT count tries itself: the API documents no maximum
    //= docs/spec/reconnect.md#interrupted-session-a-live-requestid
    //# **RECO-2** A client MUST take a 203 of a session call as the sign that MFA is pending
    //= docs/spec/reconnect.md#refresh-a-stored-loginid
    //# **RECO-9** A client MUST go on to the data after a 200: the bank asked nothing.
    //= docs/spec/reconnect.md#authorizeasync
    //# **RECO-34** A client MUST take the 202 and the `RequestId` of the first call as "under way".
    //= docs/spec/reconnect.md#authorizeasync
    //# **RECO-37** A client MAY open the widget on a 202 as well, as one article does.
    /// The reply to a live `/Authorize` or to answers.
    fn authorization(&mut self, now: Timestamp, out: Outstanding, verdict: Verdict) {
        let facts = match &verdict {
            Verdict::Authorized(facts) | Verdict::Pending(facts, _) | Verdict::Asks { facts, .. } => facts,
            Verdict::Refused(refusal) => &refusal.facts,
            Verdict::Minted(_) | Verdict::Data(..) | Verdict::Garbled { .. } => {
                return self.fault(now, out, Fault::maybe(FaultKind::Garbled));
            }
        };
        let opened = facts.request.is_some() || out.kind != Kind::Live;
        if !matches!(verdict, Verdict::Refused(_)) {
            if !opened {
                // A session without a name cannot be gone on with (decision 47).
                return self.fault(now, out, Fault::maybe(FaultKind::Garbled));
            }
            if !self.learn(facts.clone(), true) {
                return self.fail(Reason::OtherLogin, None, None, Recovery::StartOver);
            }
            self.active(out.sent);
            put!(self, assumed, false);
        }
        match verdict {
            Verdict::Asks { challenges, wrong, .. } => {
                let Asking { show, redirected, .. } = self.take_asking();
                self.ask_or_look(
                    now,
                    Asking { challenges: challenges.into(), wrong, show, redirected, ..Asking::default() },
                );
            }
            Verdict::Authorized(facts) => self.authorized(now, facts.last_refresh),
            Verdict::Pending(_, retry_after) if self.policy().entry == Entry::AuthorizeAsync => {
                self.doubt = None;
                self.go(Phase::Authorizing { status: true });
                self.wait_for(now, out, retry_after);
            }
            // A synchronous call that says 202 goes on in the widget; after an answer a look will tell (decision 47).
            Verdict::Pending(..) if out.kind == Kind::Live => self.ask(Asking::default()),
            Verdict::Pending(..) => {
                let back = Asking { redirected: false, ..self.take_asking() };
                self.look(now, Doubt::Answer, Back::Ask(back));
            }
            Verdict::Refused(refusal) => self.refused(now, out, refusal),
            Verdict::Minted(_) | Verdict::Data(..) | Verdict::Garbled { .. } => {
                unreachable!("an authorization is none of these")
            }
        }
    }

    //= docs/spec/errors.md#a-cached-call-repeats-the-last-live-failure
    //# **ERR-32** A client MUST expect a cached `/Authorize` to answer with the failure of the last
    //= docs/spec/reconnect.md#after-the-widget
    //# **RECO-24** A client MUST believe cached data only if its `LastRefresh` is not before
    /// The reply to the cached `/Authorize`: believed only if its data is this session's (decision 10).
    fn recalled(&mut self, now: Timestamp, out: Outstanding, verdict: Verdict) {
        match verdict {
            Verdict::Asks { facts, .. } | Verdict::Pending(facts, _) | Verdict::Refused(Refusal { facts, .. })
                if self.is_another(&facts) =>
            {
                self.fail(Reason::OtherLogin, None, None, Recovery::StartOver);
            }
            Verdict::Authorized(mut facts) if facts.request.is_some() => {
                let last = facts.last_refresh;
                let believed = last.is_some_and(|last| last >= self.began.before(self.policy().skew));
                if !believed {
                    // A session with somebody's older data is none of ours.
                    facts.request = None;
                }
                if !self.learn(facts, true) {
                    self.fail(Reason::OtherLogin, None, None, Recovery::StartOver);
                } else if believed {
                    put!(self, via, Via::Cached);
                    self.authorized(now, last);
                } else {
                    self.not_refreshed(None, None, last);
                }
            }
            Verdict::Asks { facts, .. } | Verdict::Pending(facts, _) => {
                self.not_refreshed(None, None, facts.last_refresh)
            }
            Verdict::Refused(refusal) if refusal.code == Some(FlinksCode::QuestionNotFound) => {
                self.not_refreshed(refusal.code, Some(refusal.status), refusal.facts.last_refresh);
            }
            Verdict::Refused(refusal) => self.refused(now, out, refusal),
            Verdict::Authorized(_) | Verdict::Minted(_) | Verdict::Data(..) | Verdict::Garbled { .. } => {
                self.fault(now, out, Fault::maybe(FaultKind::Garbled));
            }
        }
    }

    //= docs/spec/errors.md#a-cached-call-repeats-the-last-live-failure
    //# **ERR-33** A client MAY use the `RequestId` of such a refusal for data
    fn not_refreshed(&mut self, code: Option<FlinksCode>, status: Option<u16>, last: Option<Timestamp>) {
        self.fail(Reason::NotRefreshed, code, status, Recovery::StartOver);
        if let Phase::Done(End::Failed(failure, _)) = &mut self.phase {
            failure.last_refresh = last;
        }
    }

    //= docs/spec/async-polling.md#polling
    //# **POLL-12** A client MUST read the 200 of a poll exactly as that of the first call.
    //= docs/spec/reconnect.md#after-the-widget
    //# **RECO-21** A client SHOULD settle every doubt by a look
    /// The reply to the data call or to a poll.
    fn data(&mut self, now: Timestamp, out: Outstanding, reply: &Reply) {
        let asked = if self.policy().fetch == Fetch::Nothing { Asked::Look } else { Asked::Accounts(&self.keep) };
        match reply::read(asked, reply) {
            Verdict::Data(facts, report) => {
                let last = facts.last_refresh;
                if !self.learn(facts, false) {
                    return self.fail(Reason::OtherLogin, None, None, Recovery::StartOver);
                }
                self.refreshed(report, last);
            }
            Verdict::Pending(facts, retry_after) => {
                if !self.learn(facts, false) {
                    return self.fail(Reason::OtherLogin, None, None, Recovery::StartOver);
                }
                self.pending(now, out, retry_after);
            }
            Verdict::Refused(refusal) => self.refused(now, out, refusal),
            Verdict::Minted(_) | Verdict::Authorized(_) | Verdict::Asks { .. } | Verdict::Garbled { .. } => {
                self.fault(now, out, Fault::maybe(FaultKind::Garbled));
            }
        }
    }

    //= docs/spec/async-polling.md#202
    //# **POLL-1** A client MUST expect 202 as the first answer
    //= docs/spec/async-polling.md#202
    //# **POLL-5** A client MUST expect a 202 after a cached `/Authorize` too
    //= docs/spec/async-polling.md#202
    //# **POLL-6** A client MUST take a 202 as proof that the session is authorized.
    //= docs/spec/async-polling.md#polling
    //# **POLL-9** A client MUST wait longer where a `Retry-After` says so, up to 5 min
    //= docs/spec/async-polling.md#polling
    //# **POLL-11** A client MUST end at once, with "try later"
    /// A 202: the session is authorized, and the data comes. The cap runs from the first one, and a wait that would
    /// reach it ends at once (decision 2).
    fn pending(&mut self, now: Timestamp, out: Outstanding, retry_after: Option<RetryAfter>) {
        if !matches!(self.phase, Phase::Fetching(_)) {
            self.authorized(now, None);
        }
        // A webhook brings what is pending, and who wants nothing is done.
        if let Phase::Fetching(Step::Ask | Step::Poll) = self.phase {
            self.go(Phase::Fetching(Step::Poll));
            self.wait_for(now, out, retry_after);
        }
    }

    /// Waits for what the service works at, up to the cap.
    fn wait_for(&mut self, now: Timestamp, out: Outstanding, retry_after: Option<RetryAfter>) {
        let first = self.pending.unwrap_or(out.sent);
        put!(self, pending, Some(first));
        let policy = self.policy();
        let asked = retry_after.map_or(now, |after| after.moment(now).min(now + policy.retry_after_max));
        let (next, cap, later) = (asked.max(now + policy.poll_every), first + policy.poll_cap, now + policy.later);
        if next >= cap {
            self.fail(Reason::GaveUp, None, None, Recovery::TryLater { not_before: later });
        } else {
            self.set_due(next, Why::Poll);
        }
    }

    //= docs/spec/credentials.md#minting
    //# **CRED-19** A client MUST take a 401 `UNAUTHORIZED` to a mint
    //= docs/spec/reconnect.md#refresh-a-stored-loginid
    //# **RECO-11** A client MUST lead any other answer to one of the five ways out
    //= docs/spec/reconnect.md#authorizeasync
    //# **RECO-36** A client MUST take 202 as still working, 203 as MFA, 200 as done
    /// A refusal, of whatever was asked.
    fn refused(&mut self, now: Timestamp, out: Outstanding, refusal: Refusal) {
        if !self.wanted(out.kind) {
            return;
        }
        if self.is_another(&refusal.facts) && !matches!(out.kind, Kind::Mint | Kind::MintShow) {
            return self.fail(Reason::OtherLogin, None, None, Recovery::StartOver);
        }
        let code = refusal.code.clone();
        let gone = code.as_ref().is_some_and(FlinksCode::session_is_gone);
        let unauthorized = code == Some(FlinksCode::Unauthorized);
        let known = code.as_ref().and_then(FlinksCode::advice);
        let advice = known.unwrap_or_else(|| advice_by_status(refusal.status));
        let repeats = advice == Advice::TryLater && !code.as_ref().is_some_and(FlinksCode::another_session);
        if !out.kind.once() && repeats && self.again(now, out.kind, refusal.retry_after) {
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
            Kind::Data | Kind::Poll
                if matches!(self.phase, Phase::Looking { .. }) && !(known == Some(Advice::FixTheSetup)) =>
            {
                self.unclear(now);
            }
            Kind::Data | Kind::Poll => self.refuse(now, refusal, advice),
        }
    }

    //= docs/spec/mfa.md#answers
    //# **MFA-22** A client MUST take every other refusal of an answer as final for the session.
    /// Ends with what the service said.
    fn refuse(&mut self, now: Timestamp, refusal: Refusal, advice: Advice) {
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
        self.fail(Reason::Refused, refusal.code, Some(refusal.status), recovery);
    }

    //= docs/spec/credentials.md#use
    //# **CRED-28** A client whose token was refused by `/Authorize` MUST mint again and repeat
    /// The authorize token was refused: another one, once, since the call surely did not get to the bank. A live call
    /// that was given up as lost is not made again all the same: its session is over, and another may begin.
    fn token_refused(&mut self, now: Timestamp, out: Outstanding, refusal: Refusal) {
        self.token = None;
        if out.kind == Kind::Live {
            put!(self, live, false);
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

    //= docs/spec/data.md#the-reply
    //# **DATA-18** A client MUST take `UNAUTHORIZED` to a data call as "this session is not
    //= docs/spec/errors.md#codes-of-refusal
    //# **ERR-14** A client MUST tell the meanings of `UNAUTHORIZED` (401) apart by what was asked
    /// The data call says UNAUTHORIZED (decision 45).
    fn not_authorized(&mut self, now: Timestamp, out: Outstanding, refusal: Refusal) {
        let Phase::Looking { why, back } = &mut self.phase else {
            return self.refuse(now, refusal, Advice::ActAtTheBank);
        };
        let why = *why;
        match core::mem::replace(back, Back::Ask(Asking::default())) {
            Back::Guess(failure, forget) => self.end(End::Failed(failure, Some(forget))),
            Back::Ask(asking) => {
                if why == Doubt::Lapse {
                    self.phase = Phase::Asking(asking);
                    return self.lapse(now);
                }
                self.active(out.sent);
                self.ask(asking);
            }
        }
    }

    /// The data call says that the session is gone.
    fn gone(&mut self, now: Timestamp, refusal: Refusal) {
        let recalls = self.policy().after == After::SameThenCached && self.login.is_some() && self.via == Via::Live;
        // Only who was told that the end user is through has reason to think that there is anything to recall.
        let through = matches!(&self.phase, Phase::Looking { why: Doubt::News, .. } | Phase::Fetching(_));
        if matches!(&self.phase, Phase::Looking { why: Doubt::Lapse, .. }) {
            self.lapse(now);
        } else if recalls && through {
            self.recall(now);
        } else {
            self.refuse(now, refusal, Advice::StartOver);
        }
    }

    /// Asks for what is stored, with a token of its own.
    pub(crate) fn recall(&mut self, now: Timestamp) {
        self.token = None;
        self.go(Phase::Recalling);
        self.set_due(now, Why::Send);
    }

    //= docs/spec/reconnect.md#interrupted-session-a-live-requestid
    //# **RECO-5** A client that does not know the age of a `requestId` SHOULD look once (RECO-21)
    /// A look that told nothing.
    fn unclear(&mut self, now: Timestamp) {
        let Phase::Looking { why, back } = &mut self.phase else { return };
        let why = *why;
        match core::mem::replace(back, Back::Ask(Asking::default())) {
            Back::Guess(failure, forget) => self.end(End::Failed(failure, Some(forget))),
            Back::Ask(asking) if why == Doubt::Lapse => {
                self.phase = Phase::Asking(asking);
                self.lapse(now);
            }
            // The page itself opens the widget without asking anything (decision 4).
            Back::Ask(asking) => self.ask(asking),
        }
    }

    //= docs/spec/credentials.md#use
    //# **CRED-26** A client whose mint for the widget is refused MUST still hand out the prompt
    fn show_refused(&mut self, now: Timestamp) {
        self.set_due(now, Why::Send);
        if let Phase::Asking(asking) = &mut self.phase {
            asking.show = Show::Refused;
        }
    }

    //= docs/spec/authorize.md#the-request
    //# **AUTH-17** A client MUST take 502, 504 and any body that is not JSON to a live
    /// A request that brought no reply, or none that can be read.
    pub(crate) fn fault(&mut self, now: Timestamp, out: Outstanding, fault: Fault) {
        if !self.wanted(out.kind) {
            return;
        }
        if out.kind.once() && fault.reached == Reached::Maybe {
            return self.in_doubt(now, out);
        }
        if out.kind == Kind::Live {
            put!(self, live, false);
            if let Some(token) = &mut self.token {
                token.used = false;
            }
        }
        if fault.kind != FaultKind::TooLarge && self.again(now, out.kind, None) {
            return;
        }
        let later = Recovery::TryLater { not_before: now + self.policy().later };
        match (&mut self.phase, out.kind) {
            (_, Kind::MintShow) => self.show_refused(now),
            (Phase::Looking { .. }, Kind::Data) => self.unclear(now),
            // The service has the session, so the widget may know more (help article: "203 or 202").
            (Phase::Authorizing { status: true }, _) => self.ask(Asking::default()),
            // Answers that surely did not get there: the end user may give them again, here or in the widget.
            (Phase::Asking(_), Kind::Answer | Kind::Mint) => {
                let asking = self.take_asking();
                self.ask_or_look(now, asking);
            }
            _ if fault.kind == FaultKind::TooLarge => self.fail(Reason::TooLarge, None, None, Recovery::FixTheSetup),
            _ => self.fail(Reason::Unreachable, None, None, later),
        }
    }

    //= docs/spec/authorize.md#the-request
    //# **AUTH-16** A client that lost the reply to a live `/Authorize` MUST report that the outcome
    //= docs/spec/mfa.md#answers
    //# **MFA-17** A client MUST send an answer at most once unless it surely did not reach
    /// What may be sent once is lost: with no session known that is a guess, with one it is a look (rule 5).
    fn in_doubt(&mut self, now: Timestamp, out: Outstanding) {
        self.doubt = Some(out);
        self.dirty = true;
        if out.kind == Kind::Live {
            let not_before = out.sent + self.policy().request_life;
            return self.guess(now, Reason::OutcomeUnknown, Recovery::TryLater { not_before });
        }
        let back = Asking { redirected: false, ..self.take_asking() };
        self.look(now, Doubt::Answer, Back::Ask(back));
    }

    /// The prompt that is asked, or would be asked again, without the answers that were sent.
    fn take_asking(&mut self) -> Asking {
        match &mut self.phase {
            Phase::Asking(asking) | Phase::Looking { back: Back::Ask(asking), .. } => {
                Asking { answers: None, ..core::mem::take(asking) }
            }
            Phase::Authorizing { .. }
            | Phase::Looking { .. }
            | Phase::Fetching(_)
            | Phase::Recalling
            | Phase::Done(_) => Asking::default(),
        }
    }

    //= docs/spec/data.md#the-reply
    //# **DATA-20** A client MAY repeat a data call: it needs no token
    /// Whether the call at hand may be tried again, and when. A wait that would reach the cap of pending data is none.
    fn again(&mut self, now: Timestamp, kind: Kind, retry_after: Option<RetryAfter>) -> bool {
        let policy = self.policy();
        let tried = self.tried.saturating_add(1);
        let tries = if matches!(kind, Kind::Poll | Kind::Status) { policy.poll_tries } else { policy.tries };
        let backoff = policy.backoff(tried, self.next);
        let next = match retry_after {
            Some(after) => after.moment(now).max(now + backoff),
            None => now + backoff,
        };
        let too_long = retry_after.is_some() && next > now + policy.retry_after_max;
        let capped = self.pending.is_some_and(|first| next >= first + policy.poll_cap);
        if tried >= tries || too_long || capped || self.spent >= policy.budget {
            return false;
        }
        self.spent += 1;
        self.set_due(next, Why::Retry);
        self.tried = tried;
        true
    }

    //= docs/spec/webhooks.md#content
    //# **HOOK-17** A client MUST apply the selection and the check of whose session it is (DATA-16)
    /// Whether a reply is about another login than ours.
    pub(super) fn is_another(&self, facts: &Facts) -> bool {
        matches!((&self.login, &facts.login), (Some(ours), Some(theirs)) if ours != theirs)
    }

    //= docs/spec/authorize.md#200-authorized
    //# **AUTH-27** A client MUST end the session, and build nothing of the reply
    //= docs/spec/data.md#the-reply
    //# **DATA-16** A client MUST end the session, and build no account
    //= docs/spec/reconnect.md#interrupted-session-a-live-requestid
    //# **RECO-7** A client MUST work without a `loginId` here, and MUST learn it from a reply only.
    //= docs/spec/reconnect.md#starting-over
    //# **RECO-32** A client MUST NOT assume that a Reconnect keeps the `loginId`
    /// Takes what a reply says of the session; `false` where it is another's (decision 18). Only an authorization may
    /// bring a new `requestId`.
    pub(super) fn learn(&mut self, facts: Facts, adopts: bool) -> bool {
        let other_request = !adopts && facts.request.as_ref().is_some_and(|request| !self.requests.contains(request));
        if other_request || self.is_another(&facts) {
            return false;
        }
        if self.login.is_none() {
            put!(self, login, facts.login);
        }
        if self.institution.is_none() {
            put!(self, institution, facts.institution.as_deref().map(Into::into));
        }
        if let (true, Some(request)) = (adopts, facts.request) {
            self.adopt(request);
        }
        true
    }
}
