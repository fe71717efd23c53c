//! The reference model: `docs/internals/machine.md` as plainly as it can be written, to be compared with the
//! session after every step of a schedule.
//!
//! It shares no logic with the core. Ids, accounts, tokens, prompts and answers are small numbers here, and the service's
//! replies are facts ([`Said`]), not JSON: what the core reads from text, the model is told. Of the core's types it uses
//! those that are plain values: the policy's numbers, codes, reasons, recoveries.

#![allow(clippy::wildcard_enum_match_arm, reason = "of these small enums the other arms are all alike")]

mod asks;
mod hears;
mod reads;
mod turns;

pub use reads::{Call, Said, Shape};

use reconnect_core::{
    Heard, Misuse, Reason, Recovery, Stage, Timestamp, Why,
    policy::{Policy, Probe},
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
    /// Its number: an answer to another one is not sent.
    pub number: u32,
    /// The challenges, by number.
    pub challenges: Vec<u64>,
    /// After a wrong answer.
    pub wrong: bool,
    /// The widget was closed.
    pub left: bool,
    /// The last error that the widget announced.
    pub error: Option<&'static str>,
    /// What ended it in the widget.
    pub ended: Option<&'static str>,
    /// A page with it was shown.
    pub shown: bool,
    /// How often the widget refused a token.
    pub token_invalid: u8,
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
    /// The widget said that it is spent, or the last mint is too recent.
    Spent,
}

/// What narrowed the accounts of a reply.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Narrowed {
    /// Nothing.
    Nothing,
    /// A redirect that did not name our `requestId`.
    Redirect,
    /// A redirect that named it.
    OurRedirect,
    /// Two redirects named different accounts, so nothing did.
    Twice,
    /// The reply has none of the accounts that a redirect named.
    NoneOf,
    /// A redirect named some of the accounts after the end.
    Late,
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
        /// There and not handed over.
        left_out: usize,
        /// How fresh.
        last_refresh: Option<Millis>,
        /// Whether a cached `/Authorize` gave the session.
        cached: bool,
        /// Whether the widget named others than the caller kept.
        named_others: bool,
        /// Its institution.
        institution: Option<u8>,
        /// What narrowed the accounts.
        narrowed: Narrowed,
        /// News named a `requestId` that is not ours.
        named_other_request: bool,
        /// A data reply named another `requestId` of our login.
        other_request: bool,
        /// Nothing of what was selected is there.
        reselect: bool,
        /// How often the widget refused a token.
        token_invalid: u8,
    },
    /// It does not.
    Failed {
        /// Why.
        reason: Reason,
        /// What next.
        recovery: Recovery,
        /// The service's code.
        code: Option<&'static str>,
        /// The status of a refusal or of a page.
        status: Option<u16>,
        /// The session in use.
        request: Option<u8>,
        /// Where an ordinary Connect session starts over.
        institution: Option<u8>,
        /// How old the service's data is.
        last_refresh: Option<Millis>,
        /// Whether a live call went out.
        cached_may_fail: bool,
        /// The login that the reply named instead of ours.
        other_login: Option<u8>,
        /// The session to be resumed, if it ended while data was on its way.
        resume: Option<u8>,
        /// How often the widget refused a token.
        token_invalid: u8,
    },
}

impl End {
    /// Why it failed.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Refreshed { .. } => None,
            Self::Failed { reason, .. } => Some(*reason),
        }
    }

    /// Whether a fact may still correct it.
    #[must_use]
    pub fn is_guess(&self) -> bool {
        matches!(self.reason(), Some(Reason::Lapsed | Reason::OutcomeUnknown | Reason::EndedInWidget))
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
        /// Another try does not help: a certificate, a proxy, a coding.
        setup: bool,
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
    /// Consent or terms refused, or no retries left, by its code.
    Ends(&'static str),
}

/// A verified webhook.
#[derive(Clone, PartialEq, Debug)]
pub struct Delivery {
    /// Its `ResponseType`.
    pub kind: &'static str,
    /// Its `Tag`.
    pub tag: Option<u8>,
    /// What it says besides.
    pub said: Said,
}

/// How a session begins.
#[derive(Clone, PartialEq, Debug)]
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
    /// Request 0 of a first connection, as a browser told it.
    Claimed {
        /// Whether the caller knows login 0. It does not show whose session it is.
        login: bool,
        /// When it was last active.
        last_sent: Millis,
        /// The institution that the widget named.
        institution: Option<u8>,
        /// The accounts that the widget named.
        accounts: Vec<u8>,
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

/// What a redirect that is heard while a look is under way asks for.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
enum Again {
    #[default]
    Nothing,
    /// A look later, since it may cause none now.
    Keep,
    /// One more look.
    Look,
}

/// A look: why, from which guess it came, and which redirects it heard.
#[derive(Clone, PartialEq, Debug)]
struct Look {
    doubt: Doubt,
    /// The guess that it carries, with its moment.
    from: Option<(End, Millis)>,
    /// A hint was kept with it.
    kept: bool,
    /// A hint was heard before its call went out.
    hinted: bool,
    /// What a hint that is heard while its call is under way asks for.
    again: Again,
}

#[derive(Clone, PartialEq, Debug)]
enum Phase {
    Authorizing,
    /// Authorizing as well: `/AuthorizeAsync` said 202.
    AtWork,
    Asking,
    Looking(Look),
    /// With how the data comes.
    Fetching(Step),
    /// With the guess that it carries.
    Recalling(Option<(End, Millis)>),
    /// With its moment.
    Done(End, Millis),
}

/// What the end user is asked. It outlives its phase, for a look leads back to it.
#[derive(Clone, PartialEq, Debug, Default)]
struct Prompt {
    challenges: Vec<u64>,
    wrong: bool,
    left: bool,
    shown: bool,
    error: Option<&'static str>,
    ended: Option<&'static str>,
    until: Millis,
    assumed: bool,
    showing: Shown,
    showing_until: Millis,
    /// From this moment the widget may be opened again.
    open_again: Option<Millis>,
    opened: bool,
    answers: Option<u64>,
    /// The session that asked when the answers were given.
    answers_to: u8,
    redirected: bool,
}

/// The accounts that redirects named.
#[derive(Clone, PartialEq, Debug)]
struct Named {
    accounts: Vec<u8>,
    /// A redirect that named our `requestId` named them.
    ours: bool,
    /// Two redirects named different accounts, and neither named our `requestId`.
    twice: bool,
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
    /// The widget was shown with it.
    shown: bool,
}

/// The model of one session.
#[derive(Clone, PartialEq, Debug)]
pub struct Model {
    policy: Policy,
    phase: Phase,
    prompt: Prompt,
    /// The prompt's number.
    number: u32,
    /// How many new prompts looks, fetches, polls and recalls brought.
    new_prompts: u32,
    token_invalid: u8,
    login: Option<u8>,
    /// The first that anybody named.
    institution: Option<u8>,
    /// The caller's own tag.
    tag: Option<u8>,
    requests: Vec<u8>,
    keep: Option<Vec<u8>>,
    named: Option<Named>,
    /// The accounts that redirects named while a data call, a poll or a cached call was under way.
    named_meanwhile: Option<Named>,
    named_others: bool,
    named_other_request: bool,
    other_request: bool,
    /// A browser brought the `requestId`, and the login is not confirmed yet.
    claimed: bool,
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
    /// A look for a lapse renewed the lease, and nothing was heard since.
    renewed: bool,
    first_pending: Option<Millis>,
    looked: Option<Millis>,
    /// How many looks were caused by redirects: by those that name our `requestId`, and by others.
    looks: [u8; 2],
    /// The moment of the look for a hint that is kept.
    hint: Option<Millis>,
    /// When the last mint for a showing was sent.
    minted: Option<Millis>,
    began: Millis,
    live_sent: bool,
    /// Until when the live call of an unknown outcome may still be at work.
    open_until: Millis,
    /// The service itself answered.
    answered: bool,
    /// `/Authorize` or a webhook said that the session is authorized.
    granted: bool,
    asked_again: u8,
    recalled: bool,
    /// While recalling, a webhook said that the session is authorized.
    told_authorized: bool,
    cached: bool,
    /// The accounts are there and not handed over.
    accounts: bool,
}

fn ms(span: core::time::Duration) -> Millis {
    span.as_millis() as Millis
}

// enter
impl Model {
    /// A session that begins now.
    #[must_use]
    pub fn enter(entry: &Entry, keep: Option<Vec<u8>>, policy: Policy, now: Millis) -> Self {
        let mut model = Self {
            phase: Phase::Authorizing,
            prompt: Prompt::default(),
            number: 0,
            new_prompts: 0,
            token_invalid: 0,
            login: Some(0),
            institution: None,
            tag: None,
            requests: Vec::new(),
            keep,
            named: None,
            named_meanwhile: None,
            named_others: false,
            named_other_request: false,
            other_request: false,
            claimed: false,
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
            renewed: false,
            first_pending: None,
            looked: None,
            looks: [0, 0],
            hint: None,
            minted: None,
            began: now,
            live_sent: false,
            open_until: 0,
            answered: false,
            granted: false,
            asked_again: 0,
            recalled: false,
            told_authorized: false,
            cached: false,
            accounts: false,
            policy,
        };
        model.prompt.until = now + ms(model.policy.request_life);
        let (login, last_sent) = match entry {
            Entry::Refresh => return model,
            Entry::Resume { login, last_sent } => (*login, *last_sent),
            Entry::Claimed { login: _, last_sent, institution, accounts } => {
                model.claimed = true;
                model.institution = *institution;
                model.name(accounts, false);
                (false, Some(*last_sent))
            }
        };
        model.login = login.then_some(0);
        model.requests.push(0);
        let since = last_sent.unwrap_or(now).min(now);
        model.began = since;
        model.first = last_sent.map(|_| since);
        model.prompt.until = since + ms(model.policy.request_life);
        model.prompt.assumed = last_sent.is_none();
        if last_sent.is_none() || now >= model.prompt.until && model.policy.probe == Probe::Always {
            model.look(now, Doubt::Age, None);
        } else if now < model.prompt.until {
            model.ask_again();
        } else {
            model.lapse(now, None);
        }
        model
    }

    /// The caller knows the institution.
    #[must_use]
    pub fn at(self, institution: Option<u8>) -> Self {
        let mut model = self;
        model.institution = institution.or(model.institution);
        if let Phase::Done(End::Failed { institution: told, .. }, _) = &mut model.phase {
            *told = model.institution;
        }
        model
    }

    /// The caller gave the session a tag.
    #[must_use]
    pub fn tagged(self, tag: Option<u8>) -> Self {
        Self { tag, ..self }
    }
}

// look
impl Model {
    /// Where it is.
    #[must_use]
    pub fn stage(&self) -> Stage {
        match self.phase {
            Phase::Authorizing | Phase::AtWork => Stage::Authorizing,
            Phase::Asking => Stage::Asking,
            Phase::Looking(..) => Stage::Looking,
            Phase::Fetching(_) => Stage::Fetching,
            Phase::Recalling(_) => Stage::Recalling,
            Phase::Done(..) => Stage::Done,
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

    /// The caller's own tag.
    #[must_use]
    pub fn tag(&self) -> Option<u8> {
        self.tag
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

    /// When the live call was handed out, if it was, and may have got there.
    #[must_use]
    pub fn live_sent(&self) -> Option<Millis> {
        self.live_sent.then_some(self.began)
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

    /// The prompt's number.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The guess that a look or a recall carries, or in which the session has ended, with its moment.
    #[must_use]
    pub fn guess(&self) -> Option<(&End, Millis)> {
        match &self.phase {
            Phase::Done(end, moment) if end.is_guess() => Some((end, *moment)),
            Phase::Looking(Look { from: Some((end, moment)), .. }) | Phase::Recalling(Some((end, moment))) => {
                Some((end, *moment))
            }
            _ => None,
        }
    }

    /// How it ended.
    #[must_use]
    pub fn end_of_it(&self) -> Option<&End> {
        match &self.phase {
            Phase::Done(end, _) => Some(end),
            _ => None,
        }
    }

    /// Whether the bank may still be at work, so that no other live call should go out for this login.
    #[must_use]
    pub fn is_open(&self, now: Millis) -> bool {
        match (self.guess(), &self.phase) {
            (Some((end, _)), _) => end.reason() == Some(Reason::OutcomeUnknown) && now < self.open_until,
            (None, phase) => !matches!(phase, Phase::Done(..)),
        }
    }

    /// The moments at which something ends that deadlines do not tell, or not yet: a lease, a pause, the cap. Where jitter
    /// shortens a wait, the model does not know on which side of the cap it ends, and so no schedule goes there.
    #[must_use]
    pub fn edges(&self) -> Vec<Millis> {
        let policy = &self.policy;
        let cap = self.first_pending.filter(|_| policy.jitter == 0).map(|first| first + ms(policy.poll_cap));
        let edges = [
            Some(self.prompt.until),
            self.token.map(|token| token.sent + ms(policy.token_life)),
            matches!(self.prompt.showing, Shown::Ready(_)).then_some(self.prompt.showing_until),
            self.guess().map(|(_, moment)| moment + ms(policy.late_news)),
            self.guess().map(|_| self.open_until),
            self.looked.map(|looked| looked + ms(policy.look_every)),
            self.first.map(|first| (first + ms(policy.hint_life)).saturating_sub(ms(policy.request_life))),
            self.first.map(|first| first + ms(policy.hint_life)),
            self.minted.map(|minted| minted + ms(policy.news_mint_every)),
            self.hint,
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

    /// The challenges that the prompt shows, while it asks or a look leads back to it.
    #[must_use]
    pub fn challenges(&self) -> Option<&[u64]> {
        self.has_prompt().then_some(&*self.prompt.challenges)
    }

    /// The challenges that the prompt had last.
    #[must_use]
    pub fn last_challenges(&self) -> &[u64] {
        &self.prompt.challenges
    }

    /// Whether answers were given that are not sent yet.
    #[must_use]
    pub fn has_answers(&self) -> bool {
        self.prompt.answers.is_some()
    }

    /// Whether it waits for the login to be confirmed.
    #[must_use]
    pub fn is_claimed(&self) -> bool {
        self.claimed
    }

    /// Whether there is a prompt: one that is asked, or one that a look leads back to.
    fn has_prompt(&self) -> bool {
        match &self.phase {
            Phase::Asking => true,
            Phase::Looking(look) => look.from.is_none(),
            _ => false,
        }
    }
}

// the caller
impl Model {
    /// The end user's answers. The schedule says whether they fit. `number` is that of the prompt for which they were
    /// built.
    ///
    /// # Errors
    /// As the session's own.
    pub fn answer(&mut self, now: Millis, answers: u64, number: Option<u32>, fits: bool) -> Result<Heard, Misuse> {
        if self.policy.mfa != reconnect_core::Mfa::WidgetOrApi {
            return Err(Misuse::WidgetOnly);
        }
        if !self.has_prompt() {
            return Err(Misuse::NotAsking);
        }
        let under_way = matches!(self.out, Some(Exchange { call: Call::Answer { .. }, .. }));
        if under_way || self.prompt.answers.is_some() {
            return Err(Misuse::AlreadyAnswered);
        }
        let other = number.is_some_and(|number| number != self.number);
        if !fits || other || self.prompt.shown {
            return Err(Misuse::OtherPrompt);
        }
        if self.phase == Phase::Asking && now >= self.prompt.until {
            return Ok(Heard::Late);
        }
        self.prompt.answers = Some(answers);
        self.prompt.answers_to = self.requests.last().copied().unwrap_or(0);
        Ok(Heard::Took)
    }

    /// A page with the prompt was shown.
    pub fn shown(&mut self) -> Heard {
        if !self.has_prompt() || self.prompt.shown {
            return Heard::Knew;
        }
        self.prompt.shown = true;
        Heard::Took
    }

    /// The widget is about to be shown.
    pub fn open(&mut self, now: Millis) {
        if !self.has_prompt() || !self.mints() {
            return;
        }
        let own = self.policy.widget_token == reconnect_core::policy::WidgetToken::Session
            && self.policy.mfa == reconnect_core::Mfa::Widget;
        let life = ms(self.policy.token_life);
        if let Some(token) =
            self.token.as_mut().filter(|token| own && token.used && !token.shown && now < token.sent + life)
        {
            token.shown = true;
            (self.prompt.showing, self.prompt.showing_until) = (Shown::Ready(token.text), token.sent + life);
            (self.prompt.opened, self.prompt.open_again) = (false, None);
            return;
        }
        let wanted = self.prompt.opened || matches!(self.out, Some(Exchange { call: Call::MintForWidget, .. }));
        let allowed = self.minted.map(|minted| minted + ms(self.policy.news_mint_every));
        match allowed.filter(|allowed| !wanted && now < *allowed) {
            Some(allowed) => (self.prompt.showing, self.prompt.open_again) = (Shown::Spent, Some(allowed)),
            None => {
                (self.prompt.showing, self.prompt.open_again) = (Shown::Closed, None);
                self.prompt.opened = true;
            }
        }
    }

    /// The caller confirms whose accounts they are.
    pub fn confirm(&mut self, login: u8) -> Heard {
        if !self.claimed {
            return Heard::Knew;
        }
        if self.login != Some(login) {
            return Heard::NotOurs;
        }
        self.claimed = false;
        Heard::Took
    }

    /// The accounts are handed over, once.
    pub fn take_accounts(&mut self) -> Option<Vec<u8>> {
        match &self.phase {
            Phase::Done(End::Refreshed { kept, .. }, _) if self.accounts && !self.claimed => {
                self.accounts = false;
                Some(kept.clone())
            }
            _ => None,
        }
    }

    /// The caller cancels.
    pub fn cancel(&mut self, now: Millis) {
        if !matches!(self.phase, Phase::Done(..)) {
            self.fail(now, Reason::Cancelled, Recovery::StartOver, None);
        }
    }

    /// Loses all that a snapshot does not hold.
    pub fn restore(&mut self) {
        let api = self.policy.mfa == reconnect_core::Mfa::WidgetOrApi;
        self.prompt.answers = None;
        self.prompt.opened = false;
        (self.prompt.showing, self.prompt.open_again) = (Shown::Closed, None);
        self.accounts = false;
        if self.phase == Phase::Asking {
            // A call that is still wanted was not tried by the restored session.
            self.soon(0);
        }
        if !api {
            self.token = None;
            self.prompt.challenges.clear();
        }
    }
}

/// The moment as the core has it.
#[must_use]
pub fn moment(at: Millis) -> Timestamp {
    Timestamp::from_millis(at)
}
