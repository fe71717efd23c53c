//! The machine: every transition between the phases of a session. Nothing else writes a phase.
//!
//! The phases stand in [`phase`]. `docs/internals/machine.md` says what each of them does, and
//! `crates/reconnect-testkit/golden/table.txt` shows what each phase makes of each event.
//!
//! To find a rule, begin with what happened:
//!
//! - The service answered: [`replies`]. `receive` sorts the answer by the kind of the call (`Kind`), then by what the
//!   service said, then by the phase. The answers to a look stand in [`looks`].
//! - A request brought a page, a fault or nothing: [`trouble`].
//! - The widget said something: [`hints`]. A webhook came: [`facts`].
//! - Time passed, or the caller did something: this file. `poll` lets time pass, and `wants` names the call that the
//!   phase needs next.
//!
//! [`steps`] holds the steps that all of these are made of. No file here knows a URL, a header or a byte of the wire.

#[cfg(feature = "webhook")]
mod facts;
mod hints;
mod looks;
pub(crate) mod phase;
mod replies;
mod steps;
mod trouble;

use crate::{
    account::Account,
    action::{Action, Pause},
    challenge::Answers,
    connect::watch::Watch,
    deadline::{Deadline, Why},
    error::{Misuse, RenderError},
    event::Heard,
    failure::{Reason, Recovery},
    fault::{Fault, FaultKind},
    ids::{LoginId, RequestId, RowId},
    instance::Instance,
    known::Known,
    lease,
    outcome::Via,
    policy::{Entry, Fetch, Mfa, Policy, Probe, TokenUse, WidgetToken},
    prompt::{Prompt, Showing},
    request::{Call, ExchangeId, Request},
    selection::Selection,
    state::phase::{
        Again, Asking, Back, Claimed, Doubt, Due, End, Kind, Look, Named, Outstanding, Phase, Show, Step, Token,
    },
    time::Timestamp,
    wire::{authorize::Authorize, get_accounts_detail::GetAccountsDetail, get_accounts_summary::GetAccountsSummary},
};
use alloc::{borrow::ToOwned, boxed::Box, string::String, sync::Arc, vec::Vec};

/// Everything a session knows.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// The version of the snapshot that it came from, until it changes (decision 59).
    pub version: u64,
    /// The id that distinguishes this session's row; none if version 1 gave it none.
    pub id: RowId,
    /// The caller's own name for it, and the word that comes back with its webhooks.
    pub key: Option<Arc<str>>,
    pub tag: Option<Arc<str>>,
    /// From the caller or from a reply, never from a browser.
    pub login: Option<LoginId>,
    /// A login that a browser named, kept by version 1. Nothing reads it; it is written back until the session changes.
    pub claim: Option<LoginId>,
    /// Whether the `requestId` came from a browser, so that the caller has to confirm the login (decision 77).
    pub claimed: Claimed,
    /// Every id that was ever this session's; the last one is the one in use.
    pub requests: Vec<RequestId>,
    pub institution: Option<Arc<str>>,
    pub language: Option<Arc<str>>,
    pub instance: Option<Arc<str>>,
    /// Whether `instance` is as version 1 had it: a label with the host alone, or none (decision 59).
    pub first_label: bool,
    pub keep: Selection,
    /// A redirect named other accounts than `keep` (decision 31).
    pub named_others: bool,
    /// The accounts that redirects named, until the data is there (decision 54).
    pub named: Option<Named>,
    /// Whether news named a `requestId` that is not ours, and whether a reply did (decisions 52, 53).
    pub named_other_request: bool,
    pub other_request: bool,
    /// `None` is the default policy.
    pub policy: Option<Box<Policy>>,
    pub phase: Phase,
    /// The request that is under way, beside the phase.
    pub outstanding: Option<Outstanding>,
    /// A request that may be sent once and whose outcome is not known: its late reply is still a fact.
    pub unsettled: Option<Outstanding>,
    pub due: Due,
    /// The session's own authorize token.
    pub token: Option<Token>,
    /// Whether a token was refused already and replaced.
    pub reminted: bool,
    pub next_id: u64,
    pub revision: u64,
    /// Data older than this is not this session's.
    pub began_at: Timestamp,
    /// A live `/Authorize` went out.
    pub live_sent: bool,
    /// Whether the service itself has answered one of the calls, and not only a gateway (decision 61).
    pub service_answered: bool,
    /// The number of the prompt that stands (decision 58), and how many new prompts came from other calls than
    /// `/Authorize` (decision 51).
    pub prompt_number: u32,
    pub later_prompts: u8,
    /// When the last token for a showing was asked for, and how many such tokens the widget refused (decision 67).
    pub last_show_mint: Option<Timestamp>,
    pub token_invalid: u8,
    /// Since when the `requestId` counts as idle, and whether that is a guess.
    pub lease_from: Timestamp,
    pub lease_assumed: bool,
    /// The first request that was answered with this `requestId`: hints slide its lease so far from here only.
    pub first_answered: Option<Timestamp>,
    /// When the request was sent whose reply was the first 202 since the end user was last asked: the cap runs from here.
    pub first_pending: Option<Timestamp>,
    pub last_look: Option<Timestamp>,
    /// How many looks were caused by redirects that named our `requestId`, and by others (decision 57).
    pub looks_by_named_news: u8,
    pub looks_by_news: u8,
    /// When a look is due for a redirect that may not cause one at once.
    pub hint_due: Option<Timestamp>,
    /// Whether a look for the lapse was answered by a 203, and nothing was heard from the end user since (decision 51).
    pub lapse_renewed: bool,
    /// How often the service asked again after it had said that the session is authorized.
    pub asked_again: u8,
    /// Whether the cached `/Authorize` was asked: once a session.
    pub recalled: bool,
    /// Tries beyond the first of each call, in the whole session.
    pub retries: u16,
    pub via: Via,
    /// Handed over once; not in a snapshot. Shared, so that a copy of a session is no copy of them.
    pub accounts: Option<Arc<Vec<Account>>>,
    /// What `snapshot` returns has changed since the last revision.
    pub dirty: bool,
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
        state.id = state.fingerprint("refresh", login.as_str());
        state.login = Some(login);
        state
    }

    pub(crate) fn resume(request: RequestId, known: Known, keep: Selection, policy: Policy, now: Timestamp) -> Self {
        // A clock that jumped back makes "later than now" out of "just now" (decision 4).
        let sent = known.last_sent.map(|sent| sent.min(now));
        let mut state = Self::new(known, keep, policy, now);
        state.id = state.fingerprint("resume", request.as_str());
        state.requests.push(request);
        let asking = Asking::default();
        let alive = sent.map(|sent| lease::is_alive(sent, now, state.policy().request_life));
        if let Some(sent) = sent {
            (state.lease_from, state.began_at, state.first_answered) = (sent, sent, Some(sent));
        }
        match alive {
            Some(true) => state.ask(asking),
            Some(false) if state.policy().probe != Probe::Always => {
                state.phase = Phase::Asking(asking);
                state.lapse(now, None);
            }
            Some(false) | None => {
                state.lease_assumed = alive.is_none();
                let back = Back::Ask(asking);
                state.phase = Phase::Looking(Look::new(Doubt::Age, back));
            }
        }
        state.dirty = false;
        state
    }

    /// Goes on with a first connection that was interrupted (decision 77). A login that the caller knows does not show
    /// whose session it is: the login is learnt from a reply, and only that one can be confirmed.
    pub(crate) fn resume_claimed(
        watch: &Watch,
        mut known: Known,
        keep: Selection,
        policy: Policy,
        now: Timestamp,
    ) -> Option<Self> {
        known.login = None;
        known.last_sent = known.last_sent.or(watch.last_heard());
        if known.institution.is_none() {
            known.institution = watch.institution().map(Into::into);
        }
        let mut state = Self::resume(watch.request()?.clone(), known, keep, policy, now);
        state.claimed = Claimed::Yes;
        state.name(watch.accounts(), false);
        state.dirty = false;
        Some(state)
    }

    /// A number from the login or request, the beginning and the key, by FNV-1a, which is the same everywhere: other
    /// sessions get another number.
    fn fingerprint(&self, entry: &str, id: &str) -> RowId {
        let began = self.began_at.as_millis().to_be_bytes();
        let key = self.key.as_deref().unwrap_or_default();
        let id = id.bytes().map(|byte| byte.to_ascii_lowercase());
        let all = entry.bytes().chain([0]).chain(id).chain([0]).chain(began).chain(key.bytes());
        let mixed =
            all.fold(0xcbf2_9ce4_8422_2325, |sum: u64, byte| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        RowId(mixed.max(1))
    }

    /// A session of version 1 gets an id when it changes.
    pub(crate) fn renew(&mut self) {
        self.version = VERSION;
        self.claim = None;
        if self.id == RowId::NONE {
            let (entry, id) = match (&self.login, self.requests.first()) {
                (Some(login), _) => ("refresh", login.as_str().to_owned()),
                (None, Some(request)) => ("resume", request.as_str().to_owned()),
                (None, None) => ("", String::new()),
            };
            self.id = self.fingerprint(entry, &id);
        }
    }

    /// A session of version 1 that goes on at an instance belongs to it from then on.
    pub(crate) fn settle_at(&mut self, instance: &Instance) {
        if self.first_label {
            (self.instance, self.first_label) = (Some(instance.shared_label()), false);
        }
    }

    pub(crate) fn new(known: Known, keep: Selection, policy: Policy, now: Timestamp) -> Self {
        let known = known.for_every_store();
        Self {
            version: VERSION,
            id: RowId::NONE,
            key: known.key,
            tag: known.tag,
            login: known.login,
            claim: None,
            claimed: Claimed::No,
            requests: Vec::with_capacity(1),
            institution: known.institution,
            language: known.language,
            instance: known.instance,
            first_label: false,
            keep,
            named_others: false,
            named: None,
            named_other_request: false,
            other_request: false,
            policy: (policy != Policy::DEFAULT).then(|| Box::new(policy)),
            phase: Phase::Authorizing { status: false },
            outstanding: None,
            unsettled: None,
            due: Due::first(now, Why::Send),
            token: None,
            reminted: false,
            next_id: 1,
            revision: 0,
            began_at: now,
            live_sent: false,
            service_answered: false,
            prompt_number: 0,
            later_prompts: 0,
            last_show_mint: None,
            token_invalid: 0,
            lease_from: now,
            lease_assumed: false,
            first_answered: None,
            first_pending: None,
            last_look: None,
            looks_by_named_news: 0,
            looks_by_news: 0,
            hint_due: None,
            lapse_renewed: false,
            asked_again: 0,
            recalled: false,
            retries: 0,
            via: Via::Live,
            accounts: None,
            dirty: false,
        }
    }
}

// ask
impl State {
    pub(crate) fn poll(&mut self, now: Timestamp) -> Action {
        if let Some(out) = self.outstanding {
            if now < out.until {
                return Action::Wait { until: out.until };
            }
            self.outstanding = None;
            self.dirty = true;
            self.trouble(now, out, Fault::maybe(FaultKind::Timeout).into());
        }
        self.pass(now);
        match self.wants(now) {
            Some(kind) if now < self.due(kind) => Action::Wait { until: self.due(kind) },
            Some(kind) => Action::Send(self.send(now, kind)),
            None => Action::Pause(self.prompt(now).map_or(Pause::Done, Pause::Ask)),
        }
    }

    /// When a call may go out. A second mint for a showing waits, even if the first one's token was thrown away
    /// (decision 67); only a repeated try of the same mint does not.
    fn due(&self, kind: Kind) -> Timestamp {
        match self.last_show_mint.filter(|_| kind == Kind::MintShow && self.due.tried == 0) {
            Some(minted) => self.due.at.max(minted + self.policy().news_mint_every),
            None => self.due.at,
        }
    }

    /// What time alone does.
    fn pass(&mut self, now: Timestamp) {
        let policy = self.policy();
        let (token_life, looks) = (policy.token_life, policy.look_on_lapse);
        if self.token.as_ref().is_some_and(|token| !lease::is_alive(token.sent, now, token_life)) {
            self.token = None;
            self.dirty |= self.keeps_secrets();
        }
        if matches!(self.phase, Phase::Fetching { step: Step::Webhook, .. }) && now >= self.due.at {
            self.webhook_missed(now);
        }
        let (lapsed, hinted) = (now >= self.prompt_ends(), self.hint_due.is_some());
        let hint = self.hint_due.is_some_and(|hint| now >= hint);
        if let Some(asking) = self.phase.prompt_mut() {
            match &asking.show {
                Show::Ready(token) if !lease::is_alive(token.sent, now, token_life) => asking.show = Show::Closed,
                Show::Spent(Some(again)) if now >= *again => asking.show = Show::Closed,
                Show::Closed | Show::Wanted | Show::Ready(_) | Show::Refused | Show::Spent(_) => {}
            }
        }
        match &self.phase {
            Phase::Asking(asking) if lapsed && (looks || hinted) => {
                let look = Look { hinted, ..Look::new(Doubt::Lapse, Back::Ask(asking.clone())) };
                self.hint_due = None;
                self.look(now, look);
            }
            Phase::Asking(_) if lapsed => self.lapse(now, None),
            Phase::Asking(asking) if hint => {
                let back = Back::Ask(asking.clone());
                self.hint_due = None;
                self.look(now, Look::by_news(back));
            }
            Phase::Done(End::Guess(guess)) if hint => {
                let back = Back::Guess(guess.clone());
                self.hint_due = None;
                self.look(now, Look::by_news(back));
            }
            Phase::Authorizing { .. }
            | Phase::Asking(_)
            | Phase::Looking(_)
            | Phase::Fetching { .. }
            | Phase::Recalling { .. }
            | Phase::Done(_) => {}
        }
    }

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
            Phase::Looking(_) => Some(Kind::Data),
            Phase::Fetching { step: Step::Poll, .. } => Some(Kind::Poll),
            Phase::Fetching { step: Step::Ask | Step::Webhook, .. } => Some(Kind::Data),
            Phase::Recalling { .. } => Some(if fresh { Kind::Cached } else { Kind::Mint }),
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
        let id = ExchangeId(self.next_id);
        self.next_id += 1;
        match kind {
            Kind::Live => (self.live_sent, self.began_at) = (true, now),
            Kind::Data | Kind::Poll | Kind::Cached => {
                // The accounts that were named until now were heard before this call.
                self.named = self.named.take().map(Named::settled);
                if let Phase::Looking(look) = &mut self.phase {
                    // The redirects of until now were heard before this call.
                    look.hinted |= core::mem::take(&mut look.again) != Again::No;
                    self.last_look = Some(now);
                }
            }
            // A newer answer is a newer fact than whatever became of an older one.
            Kind::Answer => {
                (self.unsettled, self.prompt_number) = (None, self.prompt_number.saturating_add(1));
                let number = Some(self.prompt_number);
                if let Some(asking) = self.phase.prompt_mut() {
                    // If the answer surely does not arrive, it is sent once more, with the new number.
                    asking.answers = asking.answers.take().map(|answers| answers.numbered(number));
                }
            }
            Kind::MintShow => self.last_show_mint = Some(now),
            Kind::Mint | Kind::Status => {}
        }
        if let (Kind::Live | Kind::Cached, Some(token)) = (kind, &mut self.token) {
            token.used = true;
        }
        self.outstanding = Some(Outstanding { id, kind, sent: now, until: now + limit });
        self.dirty = true;
        let (instance, first_label) = (self.instance.clone(), self.first_label);
        Request { id, call, once: kind.once(), limit, instance, first_label }
    }

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
            Kind::Live => authorize(Authorize::live(login()).tagged(self.tag.clone())),
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
        self.receive(now, id, Err(Fault::maybe(FaultKind::Lost)))
    }

    pub(crate) fn answer(&mut self, now: Timestamp, answers: Answers) -> Result<Heard, Misuse> {
        if self.policy().mfa != Mfa::WidgetOrApi {
            return Err(Misuse::WidgetOnly);
        }
        let late = matches!(self.phase, Phase::Asking(_)) && now >= self.prompt_ends();
        let under_way = self.is_answering();
        let (number, request) = (self.prompt_number, self.request().cloned());
        let (Some(asking), Some(request)) = (self.phase.prompt_mut(), request) else { return Err(Misuse::NotAsking) };
        if under_way || asking.answers.is_some() {
            return Err(Misuse::AlreadyAnswered);
        }
        if asking.shown || answers.number().is_some_and(|told| told != number) {
            return Err(Misuse::OtherPrompt);
        }
        answers.fit(&request, &asking.challenges)?;
        if late {
            return Ok(Heard::Late);
        }
        // Not in a snapshot, so the revision stays.
        asking.answers = Some(answers.numbered(Some(number)));
        Ok(Heard::Took)
    }

    /// A page shows the prompt: from now on its answer is given there.
    pub(crate) fn shown(&mut self) -> Heard {
        match self.phase.prompt_mut() {
            Some(asking) if !asking.shown => {
                asking.shown = true;
                self.dirty = true;
                Heard::Took
            }
            _ => Heard::Knew,
        }
    }

    pub(crate) fn open(&mut self, now: Timestamp) {
        let policy = self.policy();
        let shares = policy.widget_token == WidgetToken::Session && policy.mfa == Mfa::Widget;
        let (mints, life, every) = (policy.token == TokenUse::Mint, policy.token_life, policy.news_mint_every);
        let under_way = self.outstanding.is_some_and(|out| out.kind == Kind::MintShow);
        let again = self.last_show_mint.map(|minted| minted + every).filter(|again| now < *again);
        let shares =
            shares && self.token.as_ref().is_some_and(|token| token.used && lease::is_alive(token.sent, now, life));
        let Some(asking) = self.phase.prompt_mut() else { return };
        if !mints {
            return;
        }
        // Its mint is under way, or was when this session was stored, by a sender that may be gone.
        if under_way || matches!(asking.show, Show::Wanted) {
            asking.show = Show::Wanted;
            return;
        }
        // The session's own token is valid for one showing, and is needed for nothing else if no answer comes through
        // the API.
        asking.show = match (self.token.take_if(|_| shares), again) {
            (Some(token), _) => Show::Ready(token),
            (None, Some(again)) => Show::Spent(Some(again)),
            (None, None) => Show::Wanted,
        };
    }

    /// The caller confirms the login of a claimed session (decision 77), which is always one that a reply named.
    pub(crate) fn confirm(&mut self, login: &LoginId) -> Heard {
        match self.claimed {
            Claimed::Yes if self.login.as_ref() == Some(login) => {
                put!(self, claimed, Claimed::Confirmed);
                Heard::Took
            }
            Claimed::Yes => Heard::NotOurs,
            Claimed::No | Claimed::Confirmed => Heard::Knew,
        }
    }

    pub(crate) fn cancel(&mut self) {
        if !matches!(self.phase, Phase::Done(_)) {
            self.fail(self.failure(Reason::Cancelled, Recovery::StartOver));
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

    /// When the prompt's lease ends.
    pub(crate) fn prompt_ends(&self) -> Timestamp {
        self.lease_from + self.policy().request_life
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
            ended: asking.ended.clone(),
            number: self.prompt_number,
            shown: asking.shown,
            token_invalid: self.token_invalid,
            opens_again: if let Show::Spent(again) = asking.show { again } else { None },
            deadline: Deadline { at, why: Why::RequestIdExpires },
            assumed: self.lease_assumed,
            showing: match &asking.show {
                Show::Ready(token) if alive(token) => Showing::Ready(token.secret.clone()),
                Show::Refused => Showing::Refused,
                Show::Spent(_) => Showing::Spent,
                Show::Closed | Show::Wanted | Show::Ready(_) => Showing::Closed,
            },
            keep: self.keep.clone(),
            url_max: self.policy().widget_url_max,
            tag: self.tag.clone(),
            language: self.language.clone(),
        })
    }

    /// Whether the request that was handed out as `id` may still be sent: its time is not over, and its token lives. Who
    /// sends it may have been held up since.
    pub(crate) fn may_send(&self, now: Timestamp, id: ExchangeId) -> bool {
        self.outstanding.filter(|out| out.id == id && now < out.until).is_some_and(|out| match out.kind {
            Kind::Live | Kind::Answer | Kind::Status | Kind::Cached => {
                self.token.as_ref().is_none_or(|token| lease::is_alive(token.sent, now, self.policy().token_life))
            }
            Kind::Mint | Kind::MintShow | Kind::Data | Kind::Poll => true,
        })
    }

    pub(crate) fn deadline(&self) -> Option<Deadline> {
        if let Some(out) = self.outstanding {
            return Some(Deadline { at: out.until, why: Why::RequestTimesOut });
        }
        let due = Deadline { at: self.due.at, why: self.due.why };
        let lapses = Deadline { at: self.prompt_ends(), why: Why::RequestIdExpires };
        let hint = self.hint_due.map(|at| Deadline { at, why: Why::Look });
        // Of two at the same moment, the first in the list counts.
        let first = |all: [Option<Deadline>; 3]| all.into_iter().flatten().min_by_key(|deadline| deadline.at);
        match &self.phase {
            Phase::Done(End::Guess(guess)) => {
                first([hint, Some(Deadline { at: guess.forget, why: Why::Forget }), None])
            }
            Phase::Done(End::Refreshed(_) | End::Failed(_)) => None,
            Phase::Asking(asking) => {
                let own = match &asking.show {
                    _ if asking.answers.is_some() => Some(due),
                    Show::Wanted => Some(Deadline { at: self.due(Kind::MintShow), ..due }),
                    Show::Ready(token) => {
                        Some(Deadline { at: token.sent + self.policy().token_life, why: Why::TokenExpires })
                    }
                    Show::Spent(again) => again.map(|at| Deadline { at, why: Why::OpenAgain }),
                    Show::Closed | Show::Refused => None,
                };
                first([Some(lapses), hint, own])
            }
            Phase::Authorizing { .. } | Phase::Looking(_) | Phase::Fetching { .. } | Phase::Recalling { .. } => {
                Some(due)
            }
        }
    }

    pub(crate) fn belongs_to(&self, instance: &Instance) -> Result<(), RenderError> {
        let fits = match &self.instance {
            Some(label) => instance.is_labelled(label, self.first_label),
            None => self.first_label,
        };
        if fits { Ok(()) } else { Err(RenderError::OtherInstance) }
    }

    /// Whether the bank may still be working on it, so that no other live call should go out for this login (decision
    /// 74).
    pub(crate) fn is_open(&self, now: Timestamp) -> bool {
        let guess = match &self.phase {
            Phase::Done(End::Guess(guess))
            | Phase::Looking(Look { back: Back::Guess(guess), .. })
            | Phase::Recalling { guess: Some(guess), .. } => guess,
            Phase::Done(End::Refreshed(_) | End::Failed(_)) => return false,
            Phase::Authorizing { .. }
            | Phase::Asking(_)
            | Phase::Looking(_)
            | Phase::Fetching { .. }
            | Phase::Recalling { .. } => return true,
        };
        guess.open.is_some_and(|until| now < until)
    }
}

/// The version that is written. Version 1 is read for ever, and is written back as version 1 until its session changes.
pub(crate) const VERSION: u64 = 2;
