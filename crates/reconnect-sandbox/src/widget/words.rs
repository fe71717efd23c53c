//! Every word the widget shows, in English and in French.

mod english;
mod french;
pub(super) mod list;

use self::list::Words;
use crate::scenario::user::Language;
use crate::trouble::{Trouble, WRONG_ANSWER};

/// What a user can do about a refusal:
/// <https://docs.flinks.com/guides/connect/flinks-connect/handled-errors>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Enter it again.
    Again,
    /// Come back later.
    Later,
    /// See to it at the bank.
    AtTheBank,
}

impl Words {
    /// What a user reads when an attempt is refused, and can do about it.
    pub(super) fn of(&self, trouble: &Trouble) -> (&'static str, Remedy) {
        match &*trouble.code {
            code if code == WRONG_ANSWER.code => (self.wrong_answer, Remedy::Again),
            "SECURITYRESPONSES_INCOMPLETE" | "UNKNOWN_CHALLENGE_KEY" | "QUESTION_NOT_FOUND" => {
                (self.wrong_answer, Remedy::Again)
            }
            "INVALID_USERNAME" => (self.wrong_username, Remedy::Again),
            "INVALID_PASSWORD" => (self.wrong_password, Remedy::Again),
            "INVALID_LOGIN" => (self.wrong_credentials, Remedy::Again),
            "DISABLED_LOGIN" => (self.login_disabled, Remedy::AtTheBank),
            "NEW_ACCOUNT" => (self.new_account, Remedy::AtTheBank),
            "UNAUTHORIZED" => (self.unauthorized, Remedy::AtTheBank),
            "DISABLED_INSTITUTION" => (self.institution_disabled, Remedy::Later),
            "RETRY_LATER" | "CONCURRENT_SESSION" | "TOO_MANY_REQUESTS" => (self.later, Remedy::Later),
            _ => (self.unexpected, Remedy::Later),
        }
    }
}

pub(super) fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &english::WORDS,
        Language::French => &french::WORDS,
    }
}

/// The text with a name or a number in its place.
pub(super) fn with(text: &str, name: &str) -> String {
    text.replacen("{}", name, 1)
}
