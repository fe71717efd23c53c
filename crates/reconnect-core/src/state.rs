//! The machine: every transition between the phases of a session. Nothing else writes a phase.
//!
//! The phases are in [`phase`]. `docs/internals/machine.md` says what each of them does, and
//! `crates/reconnect-testkit/golden/table.txt` shows what each phase does with each event.
//!
//! To find a rule, begin with what happened:
//!
//! - The service answered: [`replies`]. `receive` sorts the answer by the kind of the call (`Kind`), then by what the
//!   service said, then by the phase. The answers to a look are in [`looks`]: the one for a 203 is `asked_in_a_look`.
//! - A request brought a page, a fault or nothing: [`trouble`].
//! - The widget sent a message, or redirected: [`hints`]. A webhook came: `facts.rs`.
//! - The caller did something: [`caller`]. A session begins in [`begin`].
//! - Time passed: this file. `poll` lets time pass, and `wants` names the call that the phase needs next.
//!
//! [`steps`] has the steps that all of these use. [`view`] answers questions and changes nothing. [`rest`] says what of
//! a session is stored, and [`row`] writes and reads it as JSON. Every number is in `policy.rs`. No file here knows a
//! URL, a header or a byte of the wire.

mod begin;
mod caller;
#[cfg(feature = "webhook")]
mod facts;
mod hints;
mod looks;
mod phase;
mod replies;
mod rest;
mod row;
mod steps;
mod trouble;
mod view;

use crate::{
    account::Account,
    action::{Action, Pause},
    fault::{Fault, FaultKind},
    ids::{LoginId, RequestId, RowId},
    lease,
    outcome::Via,
    policy::{Entry, Fetch, Policy, TokenUse},
    request::{Call, ExchangeId, Request},
    selection::Selection,
    state::phase::{
        Again, Asking, Back, Claimed, Doubt, Due, End, Kind, Look, Named, Outstanding, Phase, Show, Step, Token,
    },
    time::Timestamp,
    wire::{authorize::Authorize, get_accounts_detail::GetAccountsDetail, get_accounts_summary::GetAccountsSummary},
};
use alloc::{boxed::Box, sync::Arc, vec::Vec};

/// Everything a session knows.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// The version of the snapshot that it came from, until it changes (decision 59).
    version: u64,
    /// The id that distinguishes this session's row; none if version 1 gave it none.
    id: RowId,
    /// The caller's own name for the session, and the word that comes back with its webhooks.
    key: Option<Arc<str>>,
    tag: Option<Arc<str>>,
    /// From the caller or from a reply, never from a browser.
    login: Option<LoginId>,
    /// A login that a browser named, kept by version 1. Nothing reads it; it is written back until the session changes.
    claim: Option<LoginId>,
    /// Whether the `requestId` came from a browser, so that the caller has to confirm the login (decision 77).
    claimed: Claimed,
    /// Every id that was ever this session's; the last one is the one in use.
    requests: Vec<RequestId>,
    institution: Option<Arc<str>>,
    language: Option<Arc<str>>,
    instance: Option<Arc<str>>,
    /// Whether `instance` is as version 1 had it: a label with the host alone, or none (decision 59).
    first_label: bool,
    keep: Selection,
    /// A redirect named other accounts than `keep` (decision 31).
    named_others: bool,
    /// The accounts that redirects named, until the data is there (decision 54).
    named: Option<Named>,
    /// Whether news named a `requestId` that is not ours, and whether a reply did (decisions 52, 53).
    named_other_request: bool,
    other_request: bool,
    /// `None` is the default policy.
    policy: Option<Box<Policy>>,
    phase: Phase,
    /// The request that is under way, beside the phase.
    outstanding: Option<Outstanding>,
    /// A request that may be sent once and whose outcome is not known: its late reply is still a fact.
    unsettled: Option<Outstanding>,
    due: Due,
    /// The session's own authorize token.
    token: Option<Token>,
    /// Whether a token was refused already and replaced.
    reminted: bool,
    next_id: u64,
    revision: u64,
    /// Data older than this is not this session's.
    began_at: Timestamp,
    /// A live `/Authorize` went out.
    live_sent: bool,
    /// Whether the service itself has answered one of the calls, and not only a gateway (decision 61).
    service_answered: bool,
    /// The number of the prompt that stands (decision 58), and how many new prompts came from other calls than
    /// `/Authorize` (decision 51).
    prompt_number: u32,
    later_prompts: u8,
    /// When the last token for a showing was asked for, and how many such tokens the widget refused (decision 67).
    last_show_mint: Option<Timestamp>,
    token_invalid: u8,
    /// When the prompt's lease began, and whether that is only assumed.
    lease_from: Timestamp,
    lease_assumed: bool,
    /// When the first request was sent that was answered with this `requestId`. The policy limits how far from here
    /// hints may slide the lease.
    first_answered: Option<Timestamp>,
    /// When the request was sent whose reply was the first 202 since the end user was last asked: the cap runs from here.
    first_pending: Option<Timestamp>,
    last_look: Option<Timestamp>,
    /// How many looks were caused by redirects that named our `requestId`, and by others (decision 57).
    looks_by_named_news: u8,
    looks_by_news: u8,
    /// When a look is due for a redirect that may not cause one at once.
    hint_due: Option<Timestamp>,
    /// Whether a look for the lapse was answered by a 203, and nothing was heard from the end user since (decision 51).
    lapse_renewed: bool,
    /// How often the service asked again after it had said that the session is authorized.
    asked_again: u8,
    /// Whether the cached `/Authorize` was asked: once a session.
    recalled: bool,
    /// Tries beyond the first of each call, in the whole session.
    retries: u16,
    via: Via,
    /// Handed over once; not in a snapshot. Shared, so that a copy of a session is no copy of them.
    accounts: Option<Arc<Vec<Account>>>,
    /// What `snapshot` returns has changed since the last revision.
    dirty: bool,
}

/// Assigns a value. If it differs from the old one, the snapshot counts as changed.
macro_rules! put {
    ($state:expr, $field:ident, $value:expr) => {{
        let value = $value;
        if $state.$field != value {
            $state.$field = value;
            $state.dirty = true;
        }
    }};
}
use put;

/// The version that is written. Version 1 is read for ever, and is written back as version 1 until its session changes.
const VERSION: u64 = 2;

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

    /// The changes that time alone makes: tokens expire, prompts lapse, and looks become due.
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

    /// The call that the phase needs next; `None` if the user or the caller has to act, or if the session is over.
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
            // The newer answer counts now, so the reply to an older one does not matter any more.
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
        let login = || self.login.clone().expect("a session that authorizes has a login");
        let request = || self.request().expect("a session that the service opened has its id").clone();
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
                    unreachable!("answers are sent only while the user is asked, and only if there are some")
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
