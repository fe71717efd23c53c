//! The transitions that the caller causes: answers, the showing of the widget, a confirmed login, the end.

use crate::{
    account::Account,
    challenge::Answers,
    error::Misuse,
    event::Heard,
    failure::{Reason, Recovery},
    fault::{Fault, FaultKind},
    ids::LoginId,
    lease,
    policy::{Mfa, TokenUse, WidgetToken},
    request::ExchangeId,
    state::{
        State,
        phase::{Claimed, Kind, Phase, Show},
        put,
    },
    time::Timestamp,
};
use alloc::{sync::Arc, vec::Vec};

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
        // The mint for this showing is under way. Or it was when this session was stored, and its sender may be gone.
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

    /// Hands the accounts over, once.
    pub(crate) fn take_accounts(&mut self) -> Option<Arc<Vec<Account>>> {
        if self.withholds() { None } else { self.accounts.take() }
    }
}
