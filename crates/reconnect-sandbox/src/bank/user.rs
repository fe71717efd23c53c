//! The test users of the institution `FlinksCapital`.
//!
//! <https://docs.flinks.com/guides/connect/flinks-connect/test-users>,
//! <https://docs.flinks.com/docs/test-institution>.

use super::challenge::script;

/// The institution's name and, in [`INSTITUTION_ID`], its number.
pub(crate) const INSTITUTION: &str = "FlinksCapital";
pub(crate) const INSTITUTION_ID: u32 = 14;

/// The language of the prompts, part of what makes a login:
/// <https://docs.flinks.com/guides/getting-started/key-concepts>.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    #[default]
    English,
    French,
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

/// What the bank does when a user logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conduct {
    /// Asks what its script says.
    Asks,
    /// Asks nothing.
    Quiet,
    /// `DISABLED_LOGIN`.
    Disabled,
    /// `RETRY_LATER`.
    Unavailable,
    /// Asks nothing; data calls answer `OPERATION_DISPATCHED` before they are done.
    Dispatched,
}

pub(crate) fn conduct(username: &str) -> Option<Conduct> {
    match username.to_lowercase().as_str() {
        "greatday_nomfa" => Some(Conduct::Quiet),
        "test_disabled_account" => Some(Conduct::Disabled),
        "test_service_unavailable" => Some(Conduct::Unavailable),
        "test_dispatched" => Some(Conduct::Dispatched),
        _ => script(username, Language::default()).map(|_| Conduct::Asks),
    }
}

pub(crate) fn password_is_right(password: &str) -> bool {
    ["Everyday", "everyday"].contains(&password)
}

pub(crate) fn is_institution(name: &str) -> bool {
    name.eq_ignore_ascii_case(INSTITUTION) || name == INSTITUTION_ID.to_string()
}
