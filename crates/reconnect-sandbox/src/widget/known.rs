//! What the widget asks the bank for: institutions, accounts, and the sign-in.

use super::parameters::Parameters;
use super::showing::{Institution, Showing};
use crate::bank::accounts::Choice;
use crate::bank::session::Session;
use crate::bank::state::Bank;
use crate::scenario::user::Language;
use crate::trouble::Trouble;

impl Bank {
    pub(super) fn institutions_shown(&self) -> Vec<Institution> {
        self.settings.scenario.institutions().iter().map(|known| Institution::of(known)).collect()
    }

    /// By its name, or by its number:
    /// <https://help.flinks.com/support/solutions/articles/43000725163-flinks-connect-preselecting-institutions>.
    pub(super) fn institution_named(&self, name: &str) -> Option<Institution> {
        self.settings.scenario.institution(name).map(|known| Institution::of(known))
    }

    pub(super) fn institution_of(&self, session: &Session) -> Institution {
        Institution::of(session.institution())
    }

    /// The language of the prompts.
    pub(super) fn language_of(&self, session: &Session) -> Language {
        session.who.language
    }

    /// The accounts of the selector's list, and how many there are in all.
    pub(super) fn accounts_to_choose(&self, session: &Session, parameters: &Parameters) -> (Vec<Choice>, usize) {
        let mut accounts = self.accounts_of(session);
        let total = accounts.len();
        if let Some(selector) = &parameters.selector {
            let fits =
                |currency: &str| selector.currency.as_ref().is_none_or(|only| only.eq_ignore_ascii_case(currency));
            accounts.retain(|account| (selector.all || account.is_operations) && fits(&account.currency));
        }
        (accounts, total)
    }

    /// `scheduleRefresh`, once there is a connection: <https://docs.flinks.com/guides/connect/nightly-refresh>.
    pub(super) fn schedule_night(&mut self, now: u64, showing: &Showing) {
        if let Some(request_id) = showing.request_id().filter(|_| showing.parameters.schedule) {
            self.refresh_at_night(now, request_id);
        }
    }

    /// Signs in as `/Authorize` with credentials does.
    pub(super) fn sign_in(
        &mut self,
        now: u64,
        institution: &Institution,
        (username, password): (&str, &str),
        parameters: &Parameters,
    ) -> Result<String, Trouble> {
        let known = self.settings.scenario.institution(&institution.name).cloned();
        let who = self.who(known.as_deref(), username, parameters.language)?;
        self.log_in(now, who, password, parameters.tag.clone(), true)
    }
}
