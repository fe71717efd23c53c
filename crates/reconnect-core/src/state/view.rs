//! What can be asked of a session. Nothing here changes it.

use crate::{
    account::Account,
    deadline::{Deadline, Why},
    error::RenderError,
    ids::{LoginId, RequestId, RowId},
    instance::Instance,
    lease,
    outcome::Outcome,
    policy::{Mfa, Policy, TokenUse},
    prompt::{Prompt, Showing},
    request::ExchangeId,
    selection::Selection,
    stage::Stage,
    state::{
        State,
        phase::{Asking, Back, Claimed, End, Guess, Kind, Look, Phase, Show, Token},
    },
    time::Timestamp,
};
use alloc::{sync::Arc, vec::Vec};

impl State {
    pub(crate) fn policy(&self) -> &Policy {
        self.policy.as_deref().unwrap_or(&Policy::DEFAULT)
    }

    pub(crate) fn request(&self) -> Option<&RequestId> {
        self.requests.last()
    }

    pub(crate) fn requests(&self) -> &[RequestId] {
        &self.requests
    }

    pub(crate) fn login(&self) -> Option<&LoginId> {
        self.login.as_ref()
    }

    pub(crate) fn keep(&self) -> &Selection {
        &self.keep
    }

    pub(crate) fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    pub(crate) fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// When the last live `/Authorize` was handed out.
    pub(crate) fn live_sent(&self) -> Option<Timestamp> {
        self.live_sent.then_some(self.began_at)
    }

    /// What [`take_accounts`](State::take_accounts) would hand over.
    pub(crate) fn accounts(&self) -> Option<&Arc<Vec<Account>>> {
        self.accounts.as_ref().filter(|_| !self.withholds())
    }

    pub(crate) fn instance_label(&self) -> Option<&str> {
        self.instance.as_deref()
    }

    pub(crate) fn row_id(&self) -> Option<RowId> {
        Some(self.id).filter(|id| *id != RowId::NONE)
    }

    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// The number of the prompt that stands.
    pub(crate) fn number(&self) -> u32 {
        self.prompt_number
    }

    pub(crate) fn stage(&self) -> Stage {
        match self.phase {
            Phase::Authorizing { .. } => Stage::Authorizing,
            Phase::Asking(_) => Stage::Asking,
            Phase::Looking(_) => Stage::Looking,
            Phase::Fetching { .. } => Stage::Fetching,
            Phase::Recalling { .. } => Stage::Recalling,
            Phase::Done(_) => Stage::Done,
        }
    }

    pub(crate) fn outcome(&self) -> Option<Outcome<'_>> {
        let Phase::Done(end) = &self.phase else { return None };
        Some(match end {
            End::Refreshed(refreshed) => Outcome::Refreshed(refreshed),
            End::Guess(guess) => Outcome::Failed(&guess.failure),
            End::Failed(failure) => Outcome::Failed(failure),
        })
    }

    /// Whether the accounts of a session whose `requestId` came from a browser are withheld (decision 77).
    pub(crate) fn withholds(&self) -> bool {
        self.claimed == Claimed::Yes
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
        self.prompt_of(asking, now)
    }

    /// The prompt that is asked, or would be asked again.
    pub(crate) fn asked(&self, now: Timestamp) -> Option<Prompt> {
        self.prompt_of(self.phase.prompt()?, now)
    }

    fn prompt_of(&self, asking: &Asking, now: Timestamp) -> Option<Prompt> {
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
            mints: self.policy().token == TokenUse::Mint,
            keep: self.keep.clone(),
            url_max: self.policy().widget_url_max,
            tag: self.tag.clone(),
            language: self.language.clone(),
        })
    }

    /// Whether the request that was handed out as `id` may still be sent: its time is not over, and its token is alive.
    /// The program that sends it may have been held up in the meantime.
    pub(crate) fn in_time(&self, now: Timestamp, id: ExchangeId) -> bool {
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
        match self.its_guess() {
            Some(guess) => guess.open.is_some_and(|until| now < until),
            None => !matches!(self.phase, Phase::Done(_)),
        }
    }

    /// The moment at which time alone closes it.
    pub(crate) fn open_until(&self) -> Option<Timestamp> {
        self.its_guess()?.open
    }

    /// The guess with which it ended, also while a look or a recall carries it.
    fn its_guess(&self) -> Option<&Guess> {
        match &self.phase {
            Phase::Done(End::Guess(guess))
            | Phase::Looking(Look { back: Back::Guess(guess), .. })
            | Phase::Recalling { guess: Some(guess), .. } => Some(guess),
            Phase::Done(End::Refreshed(_) | End::Failed(_))
            | Phase::Authorizing { .. }
            | Phase::Asking(_)
            | Phase::Looking(_)
            | Phase::Fetching { .. }
            | Phase::Recalling { .. } => None,
        }
    }
}
