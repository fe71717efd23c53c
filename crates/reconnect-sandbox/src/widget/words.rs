//! Every word the widget shows, in English and in French.

mod english;
mod french;

use super::{Language, Trouble, WRONG_ANSWER};

/// `{}` stands for a name or a number. Where there are two, the first is a page's title.
pub(super) struct Words {
    pub(super) brand: &'static str,
    pub(super) step: &'static str,
    pub(super) sandbox: &'static str,
    pub(super) close: &'static str,
    pub(super) this_app: &'static str,
    pub(super) consent_title: &'static str,
    pub(super) consent_lead: &'static str,
    pub(super) consent_lines: [&'static str; 3],
    pub(super) agree_to_terms: &'static str,
    pub(super) terms: &'static str,
    pub(super) terms_needed: &'static str,
    pub(super) accept: &'static str,
    pub(super) deny: &'static str,
    pub(super) denied: [&'static str; 2],
    pub(super) institutions_title: &'static str,
    pub(super) institutions_lead: &'static str,
    pub(super) search: &'static str,
    pub(super) find: &'static str,
    pub(super) no_institution: &'static str,
    pub(super) credentials_title: &'static str,
    pub(super) credentials_lead: &'static str,
    pub(super) username: &'static str,
    pub(super) password: &'static str,
    pub(super) connect: &'static str,
    pub(super) other_institution: &'static str,
    pub(super) test_user: [&'static str; 2],
    pub(super) to_bank_lead: &'static str,
    pub(super) to_bank: &'static str,
    pub(super) declined: &'static str,
    pub(super) bank_lead: &'static str,
    pub(super) bank_agree: &'static str,
    pub(super) bank_refuse: &'static str,
    pub(super) question_title: &'static str,
    pub(super) question_lead: &'static str,
    pub(super) elsewhere: &'static str,
    pub(super) done_elsewhere: &'static str,
    pub(super) picture: &'static str,
    pub(super) unfilled: &'static str,
    pub(super) next: &'static str,
    pub(super) test_answers: &'static str,
    pub(super) accounts_title: &'static str,
    pub(super) account_lead: &'static str,
    pub(super) accounts_lead: &'static str,
    pub(super) account: &'static str,
    pub(super) last_four: &'static str,
    pub(super) account_needed: &'static str,
    pub(super) one_account: &'static str,
    pub(super) no_account: &'static str,
    pub(super) end_title: &'static str,
    pub(super) end_lead: &'static str,
    pub(super) end_going_on: &'static str,
    pub(super) go_on: &'static str,
    pub(super) token_invalid: [&'static str; 2],
    pub(super) session_over: [&'static str; 2],
    pub(super) forgotten: [&'static str; 2],
    pub(super) too_long: [&'static str; 2],
    pub(super) bad_redirect: [&'static str; 2],
    pub(super) unknown_institution: [&'static str; 2],
    pub(super) no_more_tries: [&'static str; 2],
    pub(super) try_again: &'static str,
    pub(super) later_title: &'static str,
    pub(super) at_bank_title: &'static str,
    wrong_answer: &'static str,
    wrong_username: &'static str,
    wrong_password: &'static str,
    wrong_credentials: &'static str,
    later: &'static str,
    institution_disabled: &'static str,
    unexpected: &'static str,
    login_disabled: &'static str,
    new_account: &'static str,
    unauthorized: &'static str,
}

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
