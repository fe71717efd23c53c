//! Nightly Refresh: the service refreshes a login without the user. Only a later cached call shows the result.
//!
//! <https://docs.flinks.com/guides/connect/nightly-refresh>,
//! <https://help.flinks.com/support/solutions/articles/43000637682-nightly-refreshes>.

use super::state::Bank;
use crate::scenario::user::At;
use crate::trouble::{QUESTION_NOT_FOUND, RETRY_LATER};

/// How a nightly refresh ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Nightly {
    /// The data is fresh.
    Refreshed,
    /// The bank could not be reached, or refused as it always refuses this user.
    Failed,
    /// The bank asked, and no user was there to answer.
    Asked,
}

impl Bank {
    /// Sets the login of a session to be refreshed at night, if the session is authorized.
    pub(crate) fn refresh_at_night(&mut self, now: u64, request_id: &str) {
        let login_id = self.finished(now, request_id).map(|session| session.login_id.clone());
        if let Some(login) = login_id.and_then(|login_id| self.logins.get_mut(&login_id)) {
            login.scheduled = true;
        }
    }

    /// Refreshes a stored login now, as the night would. The login need not be set to be refreshed at night. Returns
    /// whether there is such a login.
    ///
    /// ```
    /// use reconnect_sandbox::{Bank, Nightly, Settings};
    ///
    /// let mut bank = Bank::new(Settings::default());
    /// let login = bank.connect(0, "Greatday", "en");
    /// assert!(bank.nightly(60_000, &login, Nightly::Asked)); // a cached call now says QUESTION_NOT_FOUND
    /// ```
    pub fn nightly(&mut self, now: u64, login_id: &str, result: Nightly) -> bool {
        let Some(login) = self.logins.get_mut(login_id).filter(|login| login.saved) else { return false };
        match result {
            Nightly::Refreshed => {
                login.trouble = None;
                login.last_refresh = now;
            }
            Nightly::Failed => {
                login.trouble = Some(login.who.user.failure(At::Connect).cloned().unwrap_or(RETRY_LATER));
            }
            Nightly::Asked => login.trouble = Some(QUESTION_NOT_FOUND),
        }
        true
    }
}
