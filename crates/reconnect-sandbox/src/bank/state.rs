//! All that the stand-in service remembers between two requests.

use core::fmt;
use std::collections::VecDeque;

use super::faults::Faults;
use super::latest::Latest;
use super::logged::Logged;
use super::login::Logins;
use super::recent::Recent;
use super::session::Session;
use super::token::Tokens;
use super::visit::Visit;
use crate::doctor::finding::Finding;
use crate::id::guid;
use crate::settings::Settings;
use crate::webhook::Webhooks;
use crate::widget::showing::Showing;

/// The other half of the conversation: it answers what the service would, as far as the documentation says.
///
/// It holds no clock, does no IO and draws no random number: `now` is an argument, in milliseconds since 1970.
#[derive(Clone)]
pub struct Bank {
    pub(crate) settings: Settings,
    ids_made: u64,
    pub(crate) tokens: Tokens,
    pub(super) logins: Logins,
    /// By `RequestId` in lower case. Ended sessions stay, so that tests can tell them from unknown ones.
    pub(super) sessions: Latest<Session>,
    /// The oldest first. It is forgotten if there are too many.
    pub(crate) showings: VecDeque<Showing>,
    /// Users who were sent to their bank's own page, the oldest visit first.
    pub(super) visits: VecDeque<Visit>,
    pub(super) faults: Faults,
    pub(crate) webhooks: Webhooks,
    pub(super) log: Recent<Logged>,
    pub(super) findings: Recent<Finding>,
}

impl Bank {
    /// A bank that knows no login yet.
    pub fn new(settings: Settings) -> Self {
        Bank {
            faults: Faults::new(settings.faults.clone()),
            webhooks: Webhooks::default(),
            settings,
            ids_made: 0,
            tokens: Tokens::default(),
            logins: Logins::default(),
            sessions: Latest::default(),
            showings: VecDeque::new(),
            visits: VecDeque::new(),
            log: Recent::new(),
            findings: Recent::new(),
        }
    }

    /// An id that was never given before.
    pub(crate) fn next_id(&mut self, kind: &str) -> String {
        self.ids_made += 1;
        guid(self.settings.seed, &[kind, &self.ids_made.to_string()])
    }
}

/// It shows counts only, and no keys, names, answers and ids.
impl fmt::Debug for Bank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bank")
            .field("settings", &self.settings)
            .field("logins", &self.logins.count())
            .field("tokens", &self.tokens.count())
            .field("sessions", &self.sessions.len())
            .field("showings", &self.showings.len())
            .field("faults", &self.faults)
            .field("webhooks", &self.webhooks.len())
            .field("requests", &self.log.items().len())
            .field("findings", &self.findings.items().len())
            .finish_non_exhaustive()
    }
}
