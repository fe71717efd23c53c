//! The current step of a showing, and the forms that it takes.

use super::showing::{Institution, Over, Showing};
use super::turn::Form;
use crate::bank::session::Session;
use crate::bank::state::Bank;

/// The current step of a showing, with what its page shows.
pub(super) enum Stage<'a> {
    Over(Over),
    Consent,
    Institutions,
    Credentials(&'a Institution),
    /// The user signs in at the bank's own page.
    Bank(&'a Institution),
    Questions(&'a Session),
    Accounts(&'a Session),
    End(&'a Session),
}

impl Bank {
    /// None if the session is unknown or has ended.
    pub(super) fn stage<'a>(&'a self, now: u64, showing: &'a Showing) -> Option<Stage<'a>> {
        if let Some(over) = showing.over {
            return Some(Stage::Over(over));
        }
        if !showing.consented {
            return Some(Stage::Consent);
        }
        let Some(institution) = &showing.institution else { return Some(Stage::Institutions) };
        let Some(request_id) = &showing.request_id else {
            let by_oauth = institution.by_oauth;
            return Some(if by_oauth { Stage::Bank(institution) } else { Stage::Credentials(institution) });
        };
        let session = self.session(now, request_id)?;
        let chosen = !showing.accounts.is_empty() || !session.selection.is_empty();
        Some(match () {
            () if session.waits_for_mfa() && !session.round().is_empty() => Stage::Questions(session),
            () if showing.parameters.selector.is_some() && !chosen => Stage::Accounts(session),
            () => Stage::End(session),
        })
    }
}

impl Stage<'_> {
    pub(super) fn takes(&self, form: Form) -> bool {
        match self {
            _ if form == Form::SignedIn => true,
            Stage::Over(_) | Stage::End(_) => false,
            Stage::Consent => form == Form::Consent,
            Stage::Institutions => form == Form::Institution,
            Stage::Credentials(_) => [Form::Credentials, Form::Back, Form::Retry].contains(&form),
            Stage::Bank(_) => [Form::Bank, Form::Back, Form::Retry].contains(&form),
            Stage::Questions(_) => [Form::Answers, Form::Retry].contains(&form),
            Stage::Accounts(_) => form == Form::Accounts,
        }
    }
}
