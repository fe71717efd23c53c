//! The reference model: `docs/machine.md` as plainly as it can be written, to be compared with the session after every
//! step of a schedule.
//!
//! It shares no logic with the core. Ids, accounts, tokens, prompts and answers are small numbers here, and the service's
//! replies are facts ([`Said`]), not JSON: what the core reads from text, the model is told. Of the core's types it uses
//! those that are plain values: the policy's numbers, codes, reasons, recoveries.

#![allow(clippy::wildcard_enum_match_arm, reason = "of these small enums the other arms are all alike")]

mod reads;
mod turns;

pub use reads::{Call, Said, Shape};

use reconnect_core::{
    Heard, Misuse, Reason, Recovery, Stage, Timestamp, Why,
    policy::{Fetch, Policy, Then, TokenUse},
};

/// Milliseconds since 1970.
pub type Millis = u64;

/// What `poll` answers.
#[derive(Clone, PartialEq, Debug)]
pub enum Does {
    /// A request goes out.
    Send {
        /// Its number.
        id: u64,
        /// What it asks.
        call: Call,
        /// Whether it may reach the bank.
        once: bool,
        /// How long it may take.
        limit: Millis,
    },
    /// Nothing until then.
    Wait(Millis),
    /// The end user is asked.
    Ask(Asked),
    /// It is over.
    Done(End),
}

/// What a prompt shows.
#[derive(Clone, PartialEq, Debug)]
pub struct Asked {
    /// The session that asks.
    pub request: u8,
    /// The challenges, by number.
    pub challenges: Vec<u64>,
    /// After a wrong answer.
    pub wrong: bool,
    /// The widget was closed.
    pub left: bool,
    /// The last error that the widget announced.
    pub error: Option<&'static str>,
    /// The end of its lease.
    pub until: Millis,
    /// The lease is a guess.
    pub assumed: bool,
    /// The token of one showing.
    pub showing: Shown,
}

/// The widget's token.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub enum Shown {
    /// None.
    #[default]
    Closed,
    /// This one.
    Ready(u64),
    /// The service minted none.
    Refused,
    /// The widget said that it is spent.
    Spent,
}

/// How it ended.
#[derive(Clone, PartialEq, Debug)]
pub enum End {
    /// The connection lives on.
    Refreshed {
        /// The connection.
        login: Option<u8>,
        /// The session in use.
        request: u8,
        /// Accounts kept, in the order of the reply.
        kept: Vec<u8>,
        /// Selected and not there.
        missing: Vec<u8>,
        /// There and not selected.
        left_out: usize,
        /// How fresh.
        last_refresh: Option<Millis>,
        /// Whether a cached `/Authorize` gave the session.
        cached: bool,
        /// Whether the widget named others than the caller kept.
        named_others: bool,
        /// Its institution.
        institution: Option<u8>,
    },
    /// It does not.
    Failed {
        /// Why.
        reason: Reason,
        /// What next.
        recovery: Recovery,
        /// The service's code.
        code: Option<&'static str>,
        /// The status of a refusal.
        status: Option<u16>,
        /// The session in use.
        request: Option<u8>,
        /// Where an ordinary Connect session starts over.
        institution: Option<u8>,
        /// How old the service's data is.
        last_refresh: Option<Millis>,
        /// Whether a live call went out.
        cached_may_fail: bool,
    },
}

impl End {
    /// Whether a fact may still correct it.
    #[must_use]
    pub fn is_guess(&self) -> bool {
        matches!(self, Self::Failed { reason: Reason::Lapsed | Reason::OutcomeUnknown | Reason::EndedInWidget, .. })
    }
}

/// What a request brought: facts, or none and whether it got there.
#[derive(Clone, PartialEq, Debug)]
pub enum Came {
    /// A reply.
    Reply(Said),
    /// None.
    Fault {
        /// Surely not sent.
        unsent: bool,
        /// More than the limit came.
        large: bool,
    },
}

/// What the widget says.
#[derive(Clone, PartialEq, Debug)]
pub struct News {
    /// What kind of news.
    pub kind: NewsKind,
    /// The login it names.
    pub login: Option<u8>,
    /// The session it names.
    pub request: Option<u8>,
    /// The accounts it names.
    pub accounts: Vec<u8>,
}

/// The kinds of news that the table of `machine.md` tells apart.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum NewsKind {
    /// The user is through.
    Redirect,
    /// The user is at it.
    Progress,
    /// The widget was closed.
    Close,
    /// An error, by its code.
    Error(&'static str),
    /// The widget's token is spent.
    TokenInvalid,
    /// Consent or terms refused, or no retries left.
    Ends,
}

/// A verified webhook.
#[derive(Clone, PartialEq, Debug)]
pub struct Delivery {
    /// Its `ResponseType`.
    pub kind: &'static str,
    /// What it says besides.
    pub said: Said,
}

/// How a session begins.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Entry {
    /// A live refresh of login 0.
    Refresh,
    /// Request 0, with its age where it is known.
    Resume {
        /// Whether login 0 is known too.
        login: bool,
        /// When the last request was sent.
        last_sent: Option<Millis>,
    },
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Doubt {
    Lapse,
    Answer,
    News,
    Age,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Step {
    Ask,
    Poll,
    Webhook,
}

#[derive(Clone, PartialEq, Debug)]
enum Phase {
    Authorizing,
    /// Authorizing as well: `/AuthorizeAsync` said 202.
    AtWork,
    Asking,
    /// With the guess that it came from, and that guess's moment.
    Looking(Doubt, Option<(End, Millis)>),
    /// With how the data comes.
    Fetching(Step),
    Recalling,
    /// With its moment.
    Done(End, Millis),
}

/// What the end user is asked. It outlives its phase, for a look leads back to it.
#[derive(Clone, PartialEq, Debug, Default)]
struct Prompt {
    challenges: Vec<u64>,
    wrong: bool,
    left: bool,
    error: Option<&'static str>,
    until: Millis,
    assumed: bool,
    showing: Shown,
    showing_until: Millis,
    opened: bool,
    answers: Option<u64>,
    redirected: bool,
}

#[derive(Clone, PartialEq, Debug)]
struct Exchange {
    id: u64,
    call: Call,
    sent: Millis,
    until: Millis,
}

#[derive(Clone, Copy, PartialEq, Debug)]
struct Token {
    text: u64,
    sent: Millis,
    used: bool,
}

/// The model of one session.
#[derive(Clone, Debug)]
pub struct Model {
    policy: Policy,
    phase: Phase,
    prompt: Prompt,
    login: Option<u8>,
    /// The first login that news claimed.
    claimed: Option<u8>,
    /// The first that anybody named.
    institution: Option<u8>,
    requests: Vec<u8>,
    keep: Option<Vec<u8>>,
    named_others: bool,
    out: Option<Exchange>,
    doubt: Option<Exchange>,
    next: u64,
    token: Option<Token>,
    /// The one token that may be refused was.
    token_refused: bool,
    due: Millis,
    why: Why,
    tried: u8,
    /// Further tries, in the whole session.
    spent: u16,
    /// The first moment at which `due` may be, where jitter shortens the wait; `due` is the last one.
    jittered: Option<Millis>,
    /// When the first request was answered: from here hints slide the lease.
    first: Option<Millis>,
    first_pending: Option<Millis>,
    looked: Option<Millis>,
    began: Millis,
    live_sent: bool,
    cached: bool,
}

fn ms(span: core::time::Duration) -> Millis {
    span.as_millis() as Millis
}

// enter and look
impl Model {
    /// A session that begins now.
    #[must_use]
    pub fn enter(entry: Entry, keep: Option<Vec<u8>>, policy: Policy, now: Millis) -> Self {
        let mut model = Self {
            phase: Phase::Authorizing,
            prompt: Prompt::default(),
            login: Some(0),
            claimed: None,
            institution: None,
            requests: Vec::new(),
            keep,
            named_others: false,
            out: None,
            doubt: None,
            next: 1,
            token: None,
            token_refused: false,
            due: now,
            why: Why::Send,
            tried: 0,
            spent: 0,
            jittered: None,
            first: None,
            first_pending: None,
            looked: None,
            began: now,
            live_sent: false,
            cached: false,
            policy,
        };
        model.prompt.until = now + ms(model.policy.request_life);
        let Entry::Resume { login, last_sent } = entry else { return model };
        model.login = login.then_some(0);
        model.requests.push(0);
        let since = last_sent.unwrap_or(now).min(now);
        model.began = since;
        model.first = last_sent.map(|_| since);
        model.prompt.until = since + ms(model.policy.request_life);
        model.prompt.assumed = last_sent.is_none();
        if last_sent.is_none() {
            model.look(now, Doubt::Age, None);
        } else if now < model.prompt.until {
            model.ask_again();
        } else if model.policy.probe == reconnect_core::policy::Probe::Always {
            model.look(now, Doubt::Age, None);
        } else {
            model.fail(now, Reason::Lapsed, Recovery::StartOver, None);
        }
        model
    }

    /// The caller knows the institution.
    #[must_use]
    pub fn at(self, institution: Option<u8>) -> Self {
        let mut model = self;
        model.institution = institution;
        if let Phase::Done(End::Failed { institution: told, .. }, _) = &mut model.phase {
            *told = institution;
        }
        model
    }

    /// Where it is.
    #[must_use]
    pub fn stage(&self) -> Stage {
        match self.phase {
            Phase::Authorizing | Phase::AtWork => Stage::Authorizing,
            Phase::Asking => Stage::Asking,
            Phase::Looking(..) => Stage::Looking,
            Phase::Fetching(_) => Stage::Fetching,
            Phase::Recalling => Stage::Recalling,
            Phase::Done(..) => Stage::Done,
        }
    }

    /// The next moment at which `poll` would answer otherwise, and why.
    #[must_use]
    pub fn deadline(&self) -> Option<(Millis, Why)> {
        if let Some(out) = &self.out {
            return Some((out.until, Why::RequestTimesOut));
        }
        match &self.phase {
            Phase::Done(end, moment) => end.is_guess().then(|| (moment + ms(self.policy.late_news), Why::Forget)),
            Phase::Asking => {
                let next = match (self.wants(), self.prompt.showing) {
                    (Some(_), _) => Some((self.due, self.why)),
                    (None, Shown::Ready(_)) => Some((self.prompt.showing_until, Why::TokenExpires)),
                    (None, _) => None,
                };
                let lapse = (self.prompt.until, Why::RequestIdExpires);
                Some(next.filter(|next| next.0 < lapse.0).unwrap_or(lapse))
            }
            Phase::Authorizing | Phase::AtWork | Phase::Looking(..) | Phase::Fetching(_) | Phase::Recalling => {
                Some((self.due, self.why))
            }
        }
    }

    /// Every request that was ever this session's.
    #[must_use]
    pub fn requests(&self) -> &[u8] {
        &self.requests
    }

    /// The connection.
    #[must_use]
    pub fn login(&self) -> Option<u8> {
        self.login
    }

    /// What is kept.
    #[must_use]
    pub fn keep(&self) -> Option<&[u8]> {
        self.keep.as_deref()
    }

    /// The outstanding exchange: its number and its call.
    #[must_use]
    pub fn outstanding(&self) -> Option<(u64, &Call)> {
        self.out.as_ref().map(|out| (out.id, &out.call))
    }

    /// The exchange in doubt: its number and its call.
    #[must_use]
    pub fn in_doubt(&self) -> Option<(u64, &Call)> {
        self.doubt.as_ref().map(|out| (out.id, &out.call))
    }

    /// How many exchanges were handed out.
    #[must_use]
    pub fn handed_out(&self) -> u64 {
        self.next - 1
    }

    /// The moment from which data counts as fresh, but for the skew.
    #[must_use]
    pub fn began(&self) -> Millis {
        self.began
    }

    /// The first moment of cached data that counts as fresh.
    #[must_use]
    pub fn fresh_from(&self) -> Millis {
        self.began.saturating_sub(ms(self.policy.skew))
    }

    /// The moments at which something ends that deadlines do not tell, or not yet: a lease, a pause, the cap. Where jitter
    /// shortens a wait, the model does not know on which side of the cap it ends, and so no schedule goes there.
    #[must_use]
    pub fn edges(&self) -> Vec<Millis> {
        let policy = &self.policy;
        let guess = match &self.phase {
            Phase::Done(end, moment) if end.is_guess() => Some(*moment),
            Phase::Looking(_, Some((_, moment))) => Some(*moment),
            _ => None,
        };
        let cap = self.first_pending.filter(|_| policy.jitter == 0).map(|first| first + ms(policy.poll_cap));
        let edges = [
            Some(self.prompt.until),
            self.token.map(|token| token.sent + ms(policy.token_life)),
            matches!(self.prompt.showing, Shown::Ready(_)).then_some(self.prompt.showing_until),
            guess.map(|moment| moment + ms(policy.late_news)),
            self.looked.map(|looked| looked + ms(policy.look_every)),
            self.first.map(|first| first + ms(policy.hint_life) - ms(policy.request_life)),
            cap,
        ];
        edges.into_iter().flatten().collect()
    }

    /// The last moments for the reply to a call whose data is pending: a wait from there ends at the cap.
    #[must_use]
    pub fn edges_of_a_reply(&self) -> Vec<Millis> {
        let Some(first) = self.first_pending.filter(|_| self.policy.jitter == 0) else { return Vec::new() };
        let cap = first + ms(self.policy.poll_cap);
        vec![cap.saturating_sub(ms(self.policy.poll_every)), cap.saturating_sub(ms(self.policy.backoff))]
    }

    /// Between which moments the wait for the next try ends, where jitter decides.
    #[must_use]
    pub fn jittered(&self) -> Option<(Millis, Millis)> {
        self.jittered.map(|first| (first, self.due))
    }

    /// Where the wait for the next try ends.
    pub fn settle(&mut self, due: Millis) {
        (self.due, self.jittered) = (due, None);
    }

    /// Whether an asynchronous authorization is under way.
    #[must_use]
    pub fn at_work(&self) -> bool {
        self.phase == Phase::AtWork
    }

    /// Whether a token was refused already, and replaced.
    #[must_use]
    pub fn token_was_refused(&self) -> bool {
        self.token_refused
    }

    /// Whether nothing but a webhook is waited for.
    #[must_use]
    pub fn awaits_webhook(&self) -> bool {
        self.phase == Phase::Fetching(Step::Webhook)
    }

    /// The challenges that the prompt shows, while it asks.
    #[must_use]
    pub fn challenges(&self) -> Option<&[u64]> {
        matches!(self.phase, Phase::Asking).then_some(&*self.prompt.challenges)
    }

    /// Whether answers were given that are not sent yet.
    #[must_use]
    pub fn has_answers(&self) -> bool {
        self.prompt.answers.is_some()
    }

    /// What the snapshot does not hold is gone.
    pub fn restore(&mut self) {
        let api = self.policy.mfa == reconnect_core::Mfa::WidgetOrApi;
        self.prompt.answers = None;
        self.prompt.opened = false;
        self.prompt.showing = Shown::Closed;
        if self.phase == Phase::Asking {
            // What is still wanted was not tried by this session.
            self.soon(0);
        }
        if !api {
            self.token = None;
            self.prompt.challenges.clear();
        }
    }
}

// ask
impl Model {
    /// What to do next.
    pub fn poll(&mut self, now: Millis) -> Does {
        match &self.out {
            Some(out) if now < out.until => return Does::Wait(out.until),
            Some(_) => self.outcome(now, &Came::Fault { unsent: false, large: false }),
            None => {}
        }
        let life = ms(self.policy.token_life);
        self.token = self.token.filter(|token| now < token.sent + life);
        let asking = self.phase == Phase::Asking;
        if asking && matches!(self.prompt.showing, Shown::Ready(_)) && now >= self.prompt.showing_until {
            self.prompt.showing = Shown::Closed;
        }
        if asking && now >= self.prompt.until {
            if self.policy.look_on_lapse {
                self.look(now, Doubt::Lapse, None);
            } else {
                self.lapse(now);
            }
        }
        if self.phase == Phase::Fetching(Step::Webhook) && now >= self.due {
            self.webhook_missed(now);
        }
        if self.phase == Phase::Fetching(Step::Webhook) {
            return Does::Wait(self.due);
        }
        match (self.wants(), &self.phase) {
            (Some(_), _) if now < self.due => Does::Wait(self.due),
            (Some(call), _) => self.send(now, call),
            (None, Phase::Done(end, _)) => Does::Done(end.clone()),
            (None, _) => Does::Ask(self.asked()),
        }
    }

    /// What the prompt shows.
    #[must_use]
    pub fn asked(&self) -> Asked {
        let Prompt { challenges, wrong, left, error, until, assumed, showing, .. } = self.prompt.clone();
        let request = *self.requests.last().expect("who asks has a request id");
        Asked { request, challenges, wrong, left, error, until, assumed, showing }
    }

    pub(super) fn mints(&self) -> bool {
        self.policy.token == TokenUse::Mint
    }

    fn wants(&self) -> Option<Call> {
        let token = self.token.map(|token| token.text);
        let unused = self.token.filter(|token| !token.used).map(|token| token.text);
        let request = self.requests.last().copied();
        match self.phase {
            Phase::Authorizing | Phase::Recalling if self.mints() && unused.is_none() => Some(Call::Mint),
            Phase::AtWork if self.mints() && token.is_none() => Some(Call::Mint),
            Phase::AtWork => Some(Call::Status { token, request: request? }),
            Phase::Authorizing => Some(Call::Live { token: unused, login: self.login? }),
            Phase::Recalling => Some(Call::Cached { token: unused, login: self.login? }),
            Phase::Asking => match self.prompt.answers {
                Some(_) if self.mints() && token.is_none() => Some(Call::Mint),
                Some(answers) => Some(Call::Answer { token, request: request?, answers }),
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
            Call::Answer { .. } => self.doubt = None,
            Call::Mint
            | Call::MintForWidget
            | Call::Cached { .. }
            | Call::Status { .. }
            | Call::Data { .. }
            | Call::Poll { .. } => {}
        }
        if let (Call::Live { .. } | Call::Cached { .. }, Some(token)) = (&call, &mut self.token) {
            token.used = true;
        }
        if let Phase::Looking(..) = self.phase {
            self.looked = Some(now);
        }
        self.out = Some(Exchange { id, call: call.clone(), sent: now, until: now + limit });
        // Both kinds of mint look alike on the wire.
        let call = if call == Call::MintForWidget { Call::Mint } else { call };
        Does::Send { id, call, once, limit }
    }
}

// tell
impl Model {
    /// What came back for an exchange.
    pub fn receive(&mut self, now: Millis, id: u64, came: &Came) -> Heard {
        if self.out.as_ref().is_some_and(|out| out.id == id) {
            self.outcome(now, came);
            return Heard::Took;
        }
        if let Some(doubt) = self.doubt.clone().filter(|doubt| doubt.id == id) {
            let Came::Reply(said) = came else { return Heard::Knew };
            if said.unreadable(&doubt.call, !self.requests.is_empty()) {
                return Heard::Knew;
            }
            self.out = None;
            self.authorize(now, &doubt, said, true);
            return Heard::Took;
        }
        if (1..self.next).contains(&id) { Heard::Late } else { Heard::NotOurs }
    }

    /// What the widget says.
    pub fn returned(&mut self, now: Millis, news: &News) -> Heard {
        let known = self.login.or(self.claimed);
        let other_login = news.login.is_some_and(|login| known.is_some_and(|known| known != login));
        let other_request = news.request.is_some_and(|request| !self.requests.contains(&request));
        if other_login || other_request {
            return Heard::NotOurs;
        }
        let redirect = news.kind == NewsKind::Redirect;
        match self.phase.clone() {
            Phase::Authorizing => return Heard::NotOurs,
            Phase::AtWork
            | Phase::Looking(..)
            | Phase::Fetching(_)
            | Phase::Recalling
            | Phase::Done(End::Refreshed { .. }, _) => return Heard::Knew,
            Phase::Done(end, moment) => {
                let counts = end.is_guess() && now < moment + ms(self.policy.late_news) && redirect;
                if !counts {
                    return Heard::Late;
                }
                self.claim(news);
                self.narrow(news);
                if self.requests.is_empty() {
                    self.recall(now);
                } else {
                    self.look(now, Doubt::News, Some((end, moment)));
                }
                return Heard::Took;
            }
            Phase::Asking => {}
        }
        let before = (self.prompt.clone(), self.claimed, self.keep.clone(), self.named_others);
        self.claim(news);
        match news.kind {
            NewsKind::Redirect => {
                self.slide(now);
                self.narrow(news);
                if matches!(self.out, Some(Exchange { call: Call::Answer { .. }, .. })) {
                    self.prompt.redirected = true;
                } else {
                    self.look(now, Doubt::News, None);
                    return Heard::Took;
                }
            }
            NewsKind::Progress => {
                self.slide(now);
                self.prompt.left = false;
            }
            NewsKind::Close => self.prompt.left = true,
            NewsKind::Error(code) => self.prompt.error = Some(code),
            NewsKind::TokenInvalid => {
                if let Shown::Ready(_) = self.prompt.showing {
                    self.prompt.showing = Shown::Spent;
                }
            }
            NewsKind::Ends => {
                self.fail(now, Reason::EndedInWidget, Recovery::StartOver, self.prompt.error);
                return Heard::Took;
            }
        }
        let after = (self.prompt.clone(), self.claimed, self.keep.clone(), self.named_others);
        if before == after { Heard::Knew } else { Heard::Took }
    }

    /// A verified webhook.
    pub fn delivered(&mut self, now: Millis, delivery: &Delivery) -> Heard {
        let Delivery { kind, said } = delivery;
        let ours = said.request.is_some_and(|request| self.requests.contains(&request));
        let other_login = said.login.is_some_and(|login| self.login.is_some_and(|known| known != login));
        if !ours || other_login {
            return Heard::NotOurs;
        }
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
        if wanted == Some(*kind) && said.brings_accounts() && !said.malformed {
            self.learn(said);
            self.refreshed(now, said, said.accounts.as_deref().unwrap_or_default());
            return Heard::Took;
        }
        // What refuses says nothing that is not asked for anyway.
        if said.refuses() || matches!(self.phase, Phase::Fetching(_) | Phase::Recalling) {
            return Heard::Knew;
        }
        self.out = None;
        self.adopt(said);
        self.authorized(now, said);
        Heard::Took
    }

    fn webhook_missed(&mut self, now: Millis) {
        match self.policy.fetch {
            Fetch::Webhook { then: Then::Fail, .. } => {
                let recovery = self.later(now + ms(self.policy.later));
                self.fail(now, Reason::GaveUp, recovery, None);
            }
            _ => {
                self.phase = Phase::Fetching(Step::Ask);
                self.soon(now);
            }
        }
    }

    /// The end user's answers; whether they fit is for the schedule to say.
    ///
    /// # Errors
    /// As the session's own.
    pub fn answer(&mut self, now: Millis, answers: u64, fits: bool) -> Result<Heard, Misuse> {
        if self.policy.mfa != reconnect_core::Mfa::WidgetOrApi {
            return Err(Misuse::WidgetOnly);
        }
        if self.phase != Phase::Asking {
            return Err(Misuse::NotAsking);
        }
        let under_way = matches!(self.out, Some(Exchange { call: Call::Answer { .. }, .. }));
        if under_way || self.prompt.answers.is_some() {
            return Err(Misuse::AlreadyAnswered);
        }
        if !fits {
            return Err(Misuse::OtherPrompt);
        }
        if now >= self.prompt.until {
            return Ok(Heard::Late);
        }
        self.prompt.answers = Some(answers);
        Ok(Heard::Took)
    }

    /// The widget is about to be shown.
    pub fn open(&mut self) {
        if self.phase == Phase::Asking && self.mints() {
            self.prompt.opened = true;
            self.prompt.showing = Shown::Closed;
        }
    }

    /// The caller is not interested any more.
    pub fn cancel(&mut self, now: Millis) {
        if !matches!(self.phase, Phase::Done(..)) {
            self.fail(now, Reason::Cancelled, Recovery::StartOver, None);
        }
    }

    fn claim(&mut self, news: &News) {
        if self.login.is_none() {
            self.claimed = self.claimed.or(news.login);
        }
    }

    /// A redirect's accounts narrow `All`, and never change `Only`.
    fn narrow(&mut self, news: &News) {
        if news.accounts.is_empty() {
            return;
        }
        match &self.keep {
            None => self.keep = Some(news.accounts.clone()),
            Some(keep) => {
                let same = keep.len() == news.accounts.len() && keep.iter().all(|one| news.accounts.contains(one));
                self.named_others |= !same;
            }
        }
    }

    /// A hint: the lease goes on from now, but not past the first activity + `hint_life`. The beginning of a lease that
    /// a hint slides before there was any stands for it.
    fn slide(&mut self, now: Millis) {
        let begun = self.first.unwrap_or(self.prompt.until - ms(self.policy.request_life));
        let latest = begun + ms(self.policy.hint_life);
        let until = (now + ms(self.policy.request_life)).min(latest);
        if until > self.prompt.until {
            (self.prompt.until, self.first) = (until, Some(begun));
        }
    }
}

/// The moment as the core has it.
#[must_use]
pub fn moment(at: Millis) -> Timestamp {
    Timestamp::from_millis(at)
}
