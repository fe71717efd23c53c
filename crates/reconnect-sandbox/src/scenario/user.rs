//! A user of a bank, and what the bank does when they log in.

use core::fmt;
use std::sync::Arc;

use serde::Deserialize;

use super::account::Account;
use super::institution::Institution;
use super::question::Script;
use crate::trouble::Trouble;

pub(crate) struct User {
    pub(crate) institution: Arc<Institution>,
    pub(crate) username: String,
    pub(crate) folded_name: String,
    pub(crate) about: String,
    pub(super) passwords: Arc<[String]>,
    /// The user has a stored login from the start.
    pub(crate) connected: bool,
    pub(crate) scheduled: bool,
    /// The language of the login that exists from the start.
    pub(crate) language: Language,
    pub(super) english: Script,
    pub(super) french: Script,
    pub(super) failure: Option<(At, Trouble)>,
    /// Data calls say `OPERATION_DISPATCHED`, with a part of the data, before they are done.
    pub(crate) dispatched: bool,
    /// How long data calls answer 202, if the user has a delay of their own.
    pub(super) pending_ms: Option<u64>,
    pub(crate) accounts: Arc<[Account]>,
}

/// The call at which a user's failure comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum At {
    /// A live connection.
    #[default]
    Connect,
    /// Every answer, right or wrong.
    Answer,
    /// Accounts and statements.
    Data,
    /// A cached call.
    Cached,
    /// `/DeleteCard`.
    Delete,
}

/// The language of the prompts, part of what makes a login:
/// <https://docs.flinks.com/guides/getting-started/key-concepts>.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum Language {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "fr")]
    French,
}

impl User {
    pub(crate) fn password_is_right(&self, password: &str) -> bool {
        self.passwords.iter().any(|right| right == password)
    }

    /// The questions of the bank; without rounds it asks nothing.
    pub(crate) fn script(&self, language: Language) -> &Script {
        match language {
            Language::English => &self.english,
            Language::French => &self.french,
        }
    }

    pub(crate) fn failure(&self, at: At) -> Option<&Trouble> {
        self.failure.as_ref().filter(|(when, _)| *when == at).map(|(_, trouble)| trouble)
    }

    /// A failure at the data comes at once, unless the user has a delay of their own.
    pub(crate) fn pending_ms(&self, everybody: u64) -> u64 {
        let otherwise = if self.failure(At::Data).is_some() { 0 } else { everybody };
        self.pending_ms.unwrap_or(otherwise)
    }
}

/// It shows the institution only, and no names and answers.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("institution", &self.institution.id).finish_non_exhaustive()
    }
}

impl Language {
    pub(crate) fn read(text: &str) -> Option<Self> {
        match text {
            "en" => Some(Language::English),
            "fr" => Some(Language::French),
            _ => None,
        }
    }

    pub(crate) fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::French => "fr",
        }
    }
}
