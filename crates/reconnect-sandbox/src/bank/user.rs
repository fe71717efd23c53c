//! The test users of the institution `FlinksCapital`.
//!
//! <https://docs.flinks.com/guides/connect/flinks-connect/test-users>,
//! <https://docs.flinks.com/docs/test-institution>.

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
    /// Asks the three questions.
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
        "greatday" => Some(Conduct::Asks),
        "greatday_nomfa" => Some(Conduct::Quiet),
        "test_disabled_account" => Some(Conduct::Disabled),
        "test_service_unavailable" => Some(Conduct::Unavailable),
        "test_dispatched" => Some(Conduct::Dispatched),
        _ => None,
    }
}

pub(crate) fn password_is_right(password: &str) -> bool {
    ["Everyday", "everyday"].contains(&password)
}

pub(crate) fn is_institution(name: &str) -> bool {
    name.eq_ignore_ascii_case(INSTITUTION) || name == INSTITUTION_ID.to_string()
}

/// A question of the bank, and what it takes for right.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) prompt: &'static str,
    answers: &'static [&'static str],
}

impl Question {
    /// Exactly one value, compared without regard to case.
    pub(crate) fn is_answered_by(&self, values: &[String]) -> bool {
        let [value] = values else { return false };
        let given = value.trim().to_lowercase();
        self.answers.contains(&given.as_str())
    }
}

/// The questions, asked one after the other in this order. The French wording is ours: no source prints it.
pub(crate) fn questions(language: Language) -> &'static [Question; 3] {
    const CITY: &[&str] = &["montreal", "montréal"];
    const COUNTRY: &[&str] = &["canada"];
    const SHAPE: &[&str] = &["triangle"];
    match language {
        Language::English => &[
            Question { prompt: "What city were you born in?", answers: CITY },
            Question { prompt: "What is the best country on earth?", answers: COUNTRY },
            Question { prompt: "What shape do people like most?", answers: SHAPE },
        ],
        Language::French => &[
            Question { prompt: "Dans quelle ville êtes-vous né(e) ?", answers: CITY },
            Question { prompt: "Quel est le meilleur pays du monde ?", answers: COUNTRY },
            Question { prompt: "Quelle forme préfère-t-on d'habitude ?", answers: SHAPE },
        ],
    }
}
