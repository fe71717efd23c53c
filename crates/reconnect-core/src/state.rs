//! The machine: its phases, and every transition between them. Nothing else writes a phase.
//!
//! This file holds what `poll` and time do; [`replies`] holds what the service's answers do, [`hints`] what news from
//! the widget does. No file here knows a URL, a header or a byte of the wire.

#[cfg(feature = "webhook")]
mod facts;
mod hints;
mod replies;

use crate::{
    Account, Action, Answers, Call, Challenge, Deadline, ExchangeId, Failure, FlinksCode, Known, LoginId, Misuse,
    Pause, Policy, Prompt, Reason, Recovery, Request, RequestId, Secret, Selection, Showing, StartOver, Timestamp, Why,
    lease,
    policy::{Entry, Fetch, Mfa, Probe, Then, TokenUse},
    selection::Report,
    session::{Heard, Refreshed},
    snapshot::Via,
    wire::{authorize::Authorize, get_accounts_detail::GetAccountsDetail, get_accounts_summary::GetAccountsSummary},
    word::words,
};
use alloc::{boxed::Box, sync::Arc, vec::Vec};

/// Everything a session knows.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// From the caller or from a reply, never from a browser.
    pub login: Option<LoginId>,
    /// From a browser: it can refuse other news and do nothing else (decision 28).
    pub claim: Option<LoginId>,
    /// Every id that was ever this session's; the last one is the one in use.
    pub requests: Vec<RequestId>,
    pub institution: Option<Arc<str>>,
    pub language: Option<Arc<str>>,
    pub instance: Option<Arc<str>>,
    pub keep: Selection,
    /// A redirect named other accounts than `keep` (decision 31).
    pub named_others: bool,
    /// `None` is the default policy.
    pub policy: Option<Box<Policy>>,
    pub phase: Phase,
    /// The request that is under way, beside the phase.
    pub wire: Option<Outstanding>,
    /// A request that may be sent once and whose outcome is not known: its late reply is still a fact.
    pub doubt: Option<Outstanding>,
    /// When the next request may go, and what it waits for.
    pub due: Timestamp,
    pub waits_for: Why,
    /// How often the call at hand was tried.
    pub tried: u8,
    /// The session's own authorize token.
    pub token: Option<Token>,
    /// Whether a token was refused already and replaced.
    pub reminted: bool,
    pub next: u64,
    pub revision: u64,
    /// Data older than this is not this session's.
    pub began: Timestamp,
    /// A live `/Authorize` went out.
    pub live: bool,
    /// Since when the `requestId` counts as idle, and whether that is a guess.
    pub since: Timestamp,
    pub assumed: bool,
    /// The first request that was answered with this `requestId`: hints slide its lease so far from here only.
    pub first: Option<Timestamp>,
    /// When the request was sent whose reply was the first 202: the cap runs from here, one cap in all.
    pub pending: Option<Timestamp>,
    pub looked: Option<Timestamp>,
    /// Tries beyond the first of each call, in the whole session.
    pub spent: u16,
    pub via: Via,
    /// Handed over once; not in a snapshot. Shared, so that a copy of a session is no copy of them.
    pub accounts: Option<Arc<Vec<Account>>>,
    /// What `snapshot` returns has changed since the last revision.
    pub dirty: bool,
}

/// Where a session is.
#[derive(Clone, Debug)]
pub(crate) enum Phase {
    /// The live `/Authorize` is not answered yet; or, once a `requestId` is known, `/AuthorizeAsync` is still at it.
    Authorizing { status: bool },
    /// The bank asks the end user.
    Asking(Asking),
    /// In doubt: the data call will tell whether the session is authorized.
    Looking { why: Doubt, back: Back },
    /// Authorized: the data is on its way.
    Fetching(Step),
    /// The session is gone: what is stored may do.
    Recalling,
    /// It is over.
    Done(End),
}

/// How the data comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Step {
    /// It is asked for.
    #[default]
    Ask,
    /// It was said to be pending, and is asked for again and again.
    Poll,
    /// A webhook brings it.
    Webhook,
}

/// What is in doubt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Doubt {
    /// The age of a resumed `requestId` is not known.
    Age,
    /// The prompt's lease passed.
    Lapse,
    /// The widget said that the end user is through.
    News,
    /// An answer was sent and its reply was lost.
    Answer,
}

/// Where a look leads back to when the session is not authorized.
#[derive(Clone, Debug)]
pub(crate) enum Back {
    Ask(Asking),
    /// A guess that news put in doubt.
    Guess(Failure, Timestamp),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Asking {
    pub challenges: Arc<[Challenge]>,
    pub wrong: bool,
    pub left: bool,
    pub error: Option<FlinksCode>,
    //= docs/spec/widget-events.md#in-a-session
    //# **EVT-35** A client MUST keep a redirect that comes while an answer is under way
    /// A redirect came while an answer was under way: look when it is back (decision 47).
    pub redirected: bool,
    /// Not in a snapshot.
    pub answers: Option<Answers>,
    /// Not in a snapshot.
    pub show: Show,
}

/// The widget's own token. It is in no snapshot: after a restart the page opens again.
#[derive(Clone, Debug, Default)]
pub(crate) enum Show {
    #[default]
    Closed,
    Wanted,
    Ready(Token),
    Refused,
    Spent,
}

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub secret: Secret,
    //= docs/spec/credentials.md#use
    //# **CRED-21** A client SHOULD mint right before the use, and MUST count the life of a token
    /// When its mint was sent.
    pub sent: Timestamp,
    /// A session was opened with it: it is good for that session's answers only.
    pub used: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Outstanding {
    pub id: ExchangeId,
    pub kind: Kind,
    pub sent: Timestamp,
    pub until: Timestamp,
}

/// Which call is under way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A token for the session's own calls.
    Mint,
    /// A token for one showing of the widget.
    MintShow,
    /// The live `/Authorize`.
    Live,
    /// Answers.
    Answer,
    /// The data call, which is also the look.
    Data,
    /// The data call's asynchronous twin.
    Poll,
    /// The cached `/Authorize`.
    Cached,
    /// `/AuthorizeAsync`, how far it is.
    Status,
}

words! {
    Step { Ask = "ask", Poll = "poll", Webhook = "webhook" }
    Doubt { Age = "age", Lapse = "lapse", News = "news", Answer = "answer" }
    Kind {
        Mint = "mint", MintShow = "mintShow", Live = "live", Answer = "answer", Data = "data", Poll = "poll",
        Cached = "cached", Status = "status",
    }
}

impl Kind {
    //= docs/spec/authorize.md#the-request
    //# **AUTH-18** A client MAY repeat a cached `/Authorize`, with a fresh token if its own is used
    /// Whether it can reach the bank, so that nobody may send it twice (rule 5).
    pub(crate) fn once(self) -> bool {
        matches!(self, Self::Live | Self::Answer)
    }
}

#[derive(Clone, Debug)]
pub(crate) enum End {
    Refreshed(Box<Refreshed>),
    /// With the moment until which news may still change a guess.
    Failed(Failure, Option<Timestamp>),
}

/// Assigns, and marks the snapshot as changed where the value is another.
macro_rules! put {
    ($state:expr, $field:ident, $value:expr) => {{
        let value = $value;
        if $state.$field != value {
            $state.$field = value;
            $state.dirty = true;
        }
    }};
}
pub(crate) use put;

// enter
impl State {
    pub(crate) fn refresh(login: LoginId, known: Known, keep: Selection, policy: Policy, now: Timestamp) -> Self {
        let mut state = Self::new(known, keep, policy, now);
        state.login = Some(login);
        state
    }

    //= docs/spec/reconnect.md#interrupted-session-a-live-requestid
    //# **RECO-3** A client MUST resume without a call where it knows that the `requestId` was used
    //= docs/spec/reconnect.md#interrupted-session-a-live-requestid
    //# **RECO-6** A client MUST take a moment of last use that lies in the future as now.
    pub(crate) fn resume(request: RequestId, known: Known, keep: Selection, policy: Policy, now: Timestamp) -> Self {
        // A clock that jumped back makes "later than now" out of "just now" (decision 4).
        let sent = known.last_sent.map(|sent| sent.min(now));
        let mut state = Self::new(known, keep, policy, now);
        state.requests.push(request);
        let asking = Asking::default();
        let alive = sent.map(|sent| lease::is_alive(sent, now, state.policy().request_life));
        if let Some(sent) = sent {
            (state.since, state.began, state.first) = (sent, sent, Some(sent));
        }
        match alive {
            Some(true) => state.ask(asking),
            Some(false) if state.policy().probe != Probe::Always => {
                state.guess(now, Reason::Lapsed, Recovery::StartOver)
            }
            Some(false) | None => {
                (state.waits_for, state.assumed) = (Why::Send, alive.is_none());
                state.phase = Phase::Looking { why: Doubt::Age, back: Back::Ask(asking) };
            }
        }
        state.dirty = false;
        state
    }

    pub(crate) fn new(known: Known, keep: Selection, policy: Policy, now: Timestamp) -> Self {
        Self {
            login: known.login,
            claim: None,
            requests: Vec::with_capacity(1),
            institution: known.institution,
            language: known.language,
            instance: known.instance,
            keep,
            named_others: false,
            policy: (policy != Policy::DEFAULT).then(|| Box::new(policy)),
            phase: Phase::Authorizing { status: false },
            wire: None,
            doubt: None,
            due: now,
            waits_for: Why::Send,
            tried: 0,
            token: None,
            reminted: false,
            next: 1,
            revision: 0,
            began: now,
            live: false,
            since: now,
            assumed: false,
            first: None,
            pending: None,
            looked: None,
            spent: 0,
            via: Via::Live,
            accounts: None,
            dirty: false,
        }
    }
}

// ask
impl State {
    pub(crate) fn poll(&mut self, now: Timestamp) -> Action {
        if let Some(out) = self.wire {
            if now < out.until {
                return Action::Wait { until: out.until };
            }
            self.wire = None;
            self.dirty = true;
            self.fault(now, out, crate::Fault::maybe(crate::FaultKind::Timeout));
        }
        self.pass(now);
        match self.wants(now) {
            Some(_) if now < self.due => Action::Wait { until: self.due },
            Some(kind) => Action::Send(self.send(now, kind)),
            None => Action::Pause(self.prompt(now).map_or(Pause::Done, Pause::Ask)),
        }
    }

    //= docs/spec/widget-events.md#steps
    //# **EVT-28** A client MUST NOT wait for `SESSION_EXPIRED` as a step
    /// What time alone does.
    fn pass(&mut self, now: Timestamp) {
        let policy = self.policy();
        let (token_life, look) = (policy.token_life, policy.look_on_lapse);
        if self.token.as_ref().is_some_and(|token| !lease::is_alive(token.sent, now, token_life)) {
            self.token = None;
            self.dirty |= self.keeps_secrets();
        }
        if matches!(self.phase, Phase::Fetching(Step::Webhook)) && now >= self.due {
            self.webhook_missed(now);
        }
        let lapsed = now >= self.prompt_ends();
        if let Phase::Asking(asking) = &mut self.phase {
            if matches!(&asking.show, Show::Ready(token) if !lease::is_alive(token.sent, now, token_life)) {
                asking.show = Show::Closed;
            }
            if lapsed && look {
                let back = Back::Ask(core::mem::take(asking));
                self.look(now, Doubt::Lapse, back);
            } else if lapsed {
                self.lapse(now);
            }
        }
    }

    //= docs/spec/async-polling.md#polling
    //# **POLL-7** A client MUST ask again with `GET …Async/{RequestId}`, without a body
    //= docs/spec/credentials.md#use
    //# **CRED-22** A client that answers MFA through `/Authorize` MUST send the same authorize
    //= docs/spec/credentials.md#use
    //# **CRED-23** A client that no longer has the token of its session MUST mint a fresh one
    //= docs/spec/reconnect.md#refresh-a-stored-loginid
    //# **RECO-12** A client MUST NOT let anything lead from a session back to a live `/Authorize`.
    /// The call that the phase needs next; `None` where somebody else has to act.
    fn wants(&self, now: Timestamp) -> Option<Kind> {
        let mints = self.policy().token == TokenUse::Mint;
        let alive = |token: &Token| lease::is_alive(token.sent, now, self.policy().token_life);
        let fresh = !mints || self.token.as_ref().is_some_and(|token| alive(token) && !token.used);
        let own = !mints || self.token.as_ref().is_some_and(alive);
        match &self.phase {
            Phase::Authorizing { status: false } => Some(if fresh { Kind::Live } else { Kind::Mint }),
            Phase::Authorizing { status: true } => Some(if own { Kind::Status } else { Kind::Mint }),
            Phase::Asking(asking) if asking.answers.is_some() => Some(if own { Kind::Answer } else { Kind::Mint }),
            Phase::Asking(asking) => matches!(asking.show, Show::Wanted).then_some(Kind::MintShow),
            Phase::Looking { .. } => Some(Kind::Data),
            Phase::Fetching(Step::Poll) => Some(Kind::Poll),
            Phase::Fetching(Step::Ask | Step::Webhook) => Some(Kind::Data),
            Phase::Recalling => Some(if fresh { Kind::Cached } else { Kind::Mint }),
            Phase::Done(_) => None,
        }
    }

    fn send(&mut self, now: Timestamp, kind: Kind) -> Request {
        let policy = self.policy();
        let limit = match kind {
            Kind::Live | Kind::Answer | Kind::Data | Kind::Cached => policy.post_limit,
            Kind::Mint | Kind::MintShow | Kind::Poll | Kind::Status => policy.quick_limit,
        };
        let call = self.call(kind);
        let id = ExchangeId(self.next);
        self.next += 1;
        match kind {
            Kind::Live => (self.live, self.began) = (true, now),
            Kind::Data if matches!(self.phase, Phase::Looking { .. }) => self.looked = Some(now),
            // A newer answer is a newer fact than whatever became of an older one.
            Kind::Answer => self.doubt = None,
            Kind::Data | Kind::Poll | Kind::Cached | Kind::Mint | Kind::MintShow | Kind::Status => {}
        }
        if let (Kind::Live | Kind::Cached, Some(token)) = (kind, &mut self.token) {
            token.used = true;
        }
        self.wire = Some(Outstanding { id, kind, sent: now, until: now + limit });
        self.dirty = true;
        Request { id, call, once: kind.once(), limit, instance: self.instance.clone() }
    }

    //= docs/spec/authorize.md#the-request
    //# **AUTH-13** A client MUST NOT send a `RequestId` alone to `/Authorize`
    //= docs/spec/reconnect.md#refresh-a-stored-loginid
    //# **RECO-8** A client MUST call `/Authorize` with `LoginId
    //= docs/spec/reconnect.md#after-the-widget
    //# **RECO-19** A client MUST fetch the data with the same `requestId` first.
    /// The call and its data. A phase that wants a call has what the call needs.
    fn call(&self, kind: Kind) -> Call {
        let token = || self.token.as_ref().map(|token| token.secret.clone());
        let login = || self.login.clone().expect("who authorizes by login has a login");
        let request = || self.request().expect("who has a session has its id").clone();
        let detail = matches!(self.policy().fetch, Fetch::Detail(_) | Fetch::Webhook { .. });
        let authorize = |body| match self.policy().entry {
            Entry::Authorize => Call::Authorize { token: token(), body },
            Entry::AuthorizeAsync => Call::AuthorizeAsync { token: token(), body },
        };
        match kind {
            Kind::Mint | Kind::MintShow => Call::GenerateAuthorizeToken,
            Kind::Live => authorize(Authorize::live(login())),
            Kind::Status => authorize(Authorize::status(request())),
            Kind::Cached => Call::Authorize { token: token(), body: Authorize::cached(login()) },
            Kind::Answer => {
                let Phase::Asking(Asking { answers: Some(answers), .. }) = &self.phase else {
                    unreachable!("answers are sent by who asks, and only where there are some")
                };
                authorize(Authorize::answer(answers.clone()))
            }
            Kind::Data => match self.policy().fetch {
                Fetch::Detail(options) => Call::GetAccountsDetail(GetAccountsDetail {
                    options,
                    ..GetAccountsDetail::new(request(), self.keep.clone())
                }),
                Fetch::Webhook { .. } => Call::GetAccountsDetail(GetAccountsDetail::new(request(), self.keep.clone())),
                Fetch::Summary | Fetch::Nothing => Call::GetAccountsSummary(GetAccountsSummary::new(request())),
            },
            Kind::Poll if detail => Call::GetAccountsDetailAsync(request()),
            Kind::Poll => Call::GetAccountsSummaryAsync(request()),
        }
    }
}

// tell: what the caller says. What the service and the widget say is in `replies` and `hints`.
impl State {
    pub(crate) fn lost(&mut self, now: Timestamp, id: ExchangeId) -> Heard {
        self.receive(now, id, Err(crate::Fault::maybe(crate::FaultKind::Lost)))
    }

    pub(crate) fn answer(&mut self, now: Timestamp, answers: Answers) -> Result<Heard, Misuse> {
        if self.policy().mfa != Mfa::WidgetOrApi {
            return Err(Misuse::WidgetOnly);
        }
        let late = now >= self.prompt_ends();
        let under_way = self.wire.is_some_and(|out| out.kind == Kind::Answer);
        let request = self.request().cloned();
        let (Phase::Asking(asking), Some(request)) = (&mut self.phase, request) else { return Err(Misuse::NotAsking) };
        if under_way || asking.answers.is_some() {
            return Err(Misuse::AlreadyAnswered);
        }
        answers.fit(&request, &asking.challenges)?;
        if late {
            return Ok(Heard::Late);
        }
        // Not in a snapshot, so the revision stays.
        asking.answers = Some(answers);
        Ok(Heard::Took)
    }

    //= docs/spec/credentials.md#use
    //# **CRED-24** A client MUST give the widget a token of its own, minted for one showing
    pub(crate) fn open(&mut self) {
        let mints = self.policy().token == TokenUse::Mint;
        if let Phase::Asking(asking) = &mut self.phase {
            if mints {
                asking.show = Show::Wanted;
            }
        }
    }

    pub(crate) fn cancel(&mut self) {
        if !matches!(self.phase, Phase::Done(_)) {
            self.fail(Reason::Cancelled, None, None, Recovery::StartOver);
        }
    }
}

// look
impl State {
    pub(crate) fn policy(&self) -> &Policy {
        self.policy.as_deref().unwrap_or(&Policy::DEFAULT)
    }

    pub(crate) fn request(&self) -> Option<&RequestId> {
        self.requests.last()
    }

    /// Whether a snapshot may hold the session's own token and the bank's prompts (decision 42).
    pub(crate) fn keeps_secrets(&self) -> bool {
        self.policy().mfa == Mfa::WidgetOrApi
    }

    //= docs/spec/lifetimes.md#requestid
    //# **LIFE-11** A client MUST NOT consult a lease of its own once the session is authorized.
    /// When the prompt's lease ends.
    pub(crate) fn prompt_ends(&self) -> Timestamp {
        self.since + self.policy().request_life
    }

    pub(crate) fn prompt(&self, now: Timestamp) -> Option<Prompt> {
        let Phase::Asking(asking) = &self.phase else { return None };
        let at = self.prompt_ends();
        let alive = |token: &Token| lease::is_alive(token.sent, now, self.policy().token_life);
        Some(Prompt {
            request: self.request()?.clone(),
            challenges: asking.challenges.clone(),
            wrong: asking.wrong,
            left: asking.left,
            error: asking.error.clone(),
            deadline: Deadline { at, why: Why::RequestIdExpires },
            assumed: self.assumed,
            showing: match &asking.show {
                Show::Ready(token) if alive(token) => Showing::Ready(token.secret.clone()),
                Show::Refused => Showing::Refused,
                Show::Spent => Showing::Spent,
                Show::Closed | Show::Wanted | Show::Ready(_) => Showing::Closed,
            },
            keep: self.keep.clone(),
            language: self.language.clone(),
        })
    }

    /// Whether the request that was handed out as `id` may still be sent: its time is not over, and its token lives. Who
    /// sends it may have been held up since.
    pub(crate) fn may_send(&self, now: Timestamp, id: ExchangeId) -> bool {
        self.wire.filter(|out| out.id == id && now < out.until).is_some_and(|out| match out.kind {
            Kind::Live | Kind::Answer | Kind::Status | Kind::Cached => {
                self.token.as_ref().is_none_or(|token| lease::is_alive(token.sent, now, self.policy().token_life))
            }
            Kind::Mint | Kind::MintShow | Kind::Data | Kind::Poll => true,
        })
    }

    //= docs/spec/reconnect.md#keeping-a-session
    //# **RECO-41** A client MUST end: with a silent service and an absent user it reaches its end
    pub(crate) fn deadline(&self) -> Option<Deadline> {
        if let Some(out) = self.wire {
            return Some(Deadline { at: out.until, why: Why::RequestTimesOut });
        }
        let lapses = Deadline { at: self.prompt_ends(), why: Why::RequestIdExpires };
        match &self.phase {
            Phase::Done(End::Failed(_, forget)) => forget.map(|at| Deadline { at, why: Why::Forget }),
            Phase::Done(End::Refreshed(_)) => None,
            Phase::Asking(asking) if asking.answers.is_none() && !matches!(asking.show, Show::Wanted) => {
                let Show::Ready(token) = &asking.show else { return Some(lapses) };
                let expires = Deadline { at: token.sent + self.policy().token_life, why: Why::TokenExpires };
                Some(if expires.at < lapses.at { expires } else { lapses })
            }
            Phase::Asking(_) if lapses.at <= self.due => Some(lapses),
            Phase::Authorizing { .. }
            | Phase::Asking(_)
            | Phase::Looking { .. }
            | Phase::Fetching(_)
            | Phase::Recalling => Some(Deadline { at: self.due, why: self.waits_for }),
        }
    }
}

// change: the steps that transitions are made of
impl State {
    pub(crate) fn go(&mut self, phase: Phase) {
        self.phase = phase;
        self.dirty = true;
    }

    /// The next request may go at `at`. What is set off while the end user is asked goes at once, at whatever moment
    /// that is: a snapshot of Asking has no moment.
    pub(crate) fn set_due(&mut self, at: Timestamp, why: Why) {
        let at = if why == Why::Send && matches!(self.phase, Phase::Asking(_)) { Timestamp::default() } else { at };
        (self.due, self.waits_for, self.tried) = (at, why, 0);
        self.dirty = true;
    }

    /// Asks the end user.
    pub(crate) fn ask(&mut self, asking: Asking) {
        self.go(Phase::Asking(asking));
        self.set_due(Timestamp::default(), Why::Send);
    }

    /// Asks the end user, unless the widget said meanwhile that they are through: then a look tells.
    pub(crate) fn ask_or_look(&mut self, now: Timestamp, asking: Asking) {
        if asking.redirected {
            self.look(now, Doubt::News, Back::Ask(Asking { redirected: false, ..asking }));
        } else {
            self.ask(asking);
        }
    }

    //= docs/spec/authorize.md#the-request
    //# **AUTH-14** A client MUST NOT probe a session with a `RequestId` and empty
    /// Settles a doubt by the data call, not more often than the policy allows.
    pub(crate) fn look(&mut self, now: Timestamp, why: Doubt, back: Back) {
        let again = self.looked.map_or(now, |looked| looked + self.policy().look_every);
        self.go(Phase::Looking { why, back });
        self.set_due(again.max(now), if again > now { Why::Look } else { Why::Send });
    }

    //= docs/spec/async-polling.md#polling
    //# **POLL-13** A client MUST NOT apply a lifetime of its own to the session while it polls
    //= docs/spec/lifetimes.md#requestid
    //# **LIFE-5** A client MUST NOT expect a `requestId` to end with `/GetAccountsDetail`
    //= docs/spec/redirect.md#what-happens
    //# **REDIR-3** A client MUST expect the service to start collecting data when the user reaches
    //= docs/spec/webhooks.md#in-a-session
    //# **HOOK-20** A client MUST expect a delivery after a 200 of a refresh as well as after
    /// The service says that the session is authorized: from here on no lease of ours is asked.
    pub(crate) fn authorized(&mut self, now: Timestamp, last: Option<Timestamp>) {
        (self.token, self.doubt) = (None, None);
        match self.policy().fetch {
            Fetch::Nothing => self.refreshed(Report::default(), last),
            Fetch::Webhook { wait, .. } => {
                self.go(Phase::Fetching(Step::Webhook));
                self.set_due(now + wait, Why::Webhook);
            }
            Fetch::Detail(_) | Fetch::Summary => {
                self.go(Phase::Fetching(Step::Ask));
                self.set_due(now, Why::Send);
            }
        }
    }

    //= docs/spec/webhooks.md#in-a-session
    //# **HOOK-19** A client that waits for a delivery MUST do so with a deadline
    /// The webhook did not come in time.
    fn webhook_missed(&mut self, now: Timestamp) {
        let Fetch::Webhook { then, .. } = self.policy().fetch else { return };
        match then {
            Then::Poll => {
                self.go(Phase::Fetching(Step::Ask));
                self.set_due(now, Why::Send);
            }
            Then::Fail => {
                let not_before = now + self.policy().later;
                self.fail(Reason::GaveUp, None, None, Recovery::TryLater { not_before });
            }
        }
    }

    pub(crate) fn refreshed(&mut self, report: Report, last: Option<Timestamp>) {
        let Report { kept, missing, left_out } = report;
        let refreshed = Refreshed {
            login: self.login.clone(),
            request: self.request().expect("data comes from a session").clone(),
            institution: self.institution.clone(),
            kept: kept.iter().map(|account| account.id.clone()).collect(),
            missing,
            left_out,
            last_refresh: last,
            via: self.via,
            named_others: self.named_others,
        };
        self.accounts = Some(Arc::new(kept));
        self.doubt = None;
        self.end(End::Refreshed(Box::new(refreshed)));
    }

    /// The prompt's lease passed and nothing says that the end user is through.
    pub(crate) fn lapse(&mut self, now: Timestamp) {
        let error = match &mut self.phase {
            Phase::Asking(asking) | Phase::Looking { back: Back::Ask(asking), .. } => asking.error.take(),
            Phase::Authorizing { .. }
            | Phase::Looking { .. }
            | Phase::Fetching(_)
            | Phase::Recalling
            | Phase::Done(_) => None,
        };
        self.guess(now, Reason::Lapsed, Recovery::StartOver);
        if let Phase::Done(End::Failed(failure, _)) = &mut self.phase {
            failure.code = error;
        }
    }

    /// Ends in a way that a fact may still correct.
    pub(crate) fn guess(&mut self, now: Timestamp, reason: Reason, recovery: Recovery) {
        let failure = self.failure(reason, None, None, recovery);
        self.end(End::Failed(failure, Some(now + self.policy().late_news)));
    }

    /// Ends for good.
    pub(crate) fn fail(&mut self, reason: Reason, code: Option<FlinksCode>, status: Option<u16>, recovery: Recovery) {
        let failure = self.failure(reason, code, status, recovery);
        self.doubt = None;
        self.end(End::Failed(failure, None));
    }

    fn failure(&self, reason: Reason, code: Option<FlinksCode>, status: Option<u16>, recovery: Recovery) -> Failure {
        let start_over = StartOver { institution: self.institution.clone(), language: self.language.clone() };
        let (request, cached_may_fail) = (self.request().cloned(), self.live);
        Failure { reason, recovery, code, status, last_refresh: None, request, start_over, cached_may_fail }
    }

    pub(crate) fn end(&mut self, end: End) {
        (self.wire, self.token) = (None, None);
        self.go(Phase::Done(end));
    }

    //= docs/spec/lifetimes.md#requestid
    //# **LIFE-8** A client MUST take as activity a request of its own that was answered with this
    /// A request of ours with this `requestId` was answered: that is activity, from when it was sent (decision 3).
    pub(crate) fn active(&mut self, sent: Timestamp) {
        put!(self, first, self.first.or(Some(sent)));
        if sent >= self.since {
            put!(self, since, sent);
        }
    }

    //= docs/spec/lifetimes.md#requestid
    //# **LIFE-6** A client MUST NOT use a `requestId` for a new session
    //= docs/spec/mfa.md#answers
    //# **MFA-19** A client SHOULD expect the `RequestId` to stay the same from the 203 to the 200
    /// Makes `request` the one in use; the older ones stay ours.
    pub(crate) fn adopt(&mut self, request: RequestId) {
        if self.requests.last() != Some(&request) {
            self.requests.retain(|known| *known != request);
            self.requests.push(request);
            self.dirty = true;
        }
    }
}
