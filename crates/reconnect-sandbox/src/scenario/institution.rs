//! A bank, as the API and people know it.

use serde::Deserialize;

/// Where the user's name and password are typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum SignIn {
    /// In a form of the widget.
    #[default]
    Form,
    /// On the bank's own page, to which the user is redirected: <https://docs.flinks.com/guides/connect/oauth-integration>.
    #[serde(rename = "oauth")]
    OAuth,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Institution {
    /// `InstitutionId`.
    pub(crate) id: u32,
    /// `Institution` and `InstitutionName`.
    pub(crate) name: String,
    /// The name that people read.
    pub(crate) title: String,
    #[serde(default = "nowhere")]
    pub(crate) url: String,
    #[serde(default = "canada")]
    pub(crate) country: String,
    #[serde(default = "both")]
    pub(crate) languages: Vec<String>,
    /// United States only.
    #[serde(default)]
    pub(crate) routing_numbers: Vec<String>,
    /// How its users sign in.
    #[serde(default)]
    pub(crate) sign_in: SignIn,
    /// If it is not enabled, it answers `DISABLED_INSTITUTION`.
    #[serde(default = "yes")]
    pub(crate) enabled: bool,
}

impl Institution {
    /// The test institution: <https://docs.flinks.com/guides/getting-started/testing-environments>.
    pub(super) fn flinks_capital() -> Self {
        Institution {
            id: 14,
            name: "FlinksCapital".to_owned(),
            title: "Flinks Capital".to_owned(),
            url: "https://www.flinks.com/".to_owned(),
            country: canada(),
            languages: both(),
            routing_numbers: Vec::new(),
            enabled: true,
            sign_in: SignIn::Form,
        }
    }

    pub(crate) fn signs_in_by_oauth(&self) -> bool {
        self.sign_in == SignIn::OAuth
    }

    pub(crate) fn is_named(&self, name: &str) -> bool {
        // Thousands of users may each name one of thousands of institutions, so the number is only formatted for a name that
        // begins with a digit.
        let is_number = || name.starts_with(|first: char| first.is_ascii_digit()) && name == self.id.to_string();
        name.eq_ignore_ascii_case(&self.name) || is_number()
    }
}

fn nowhere() -> String {
    "https://bank.example/".to_owned()
}

fn canada() -> String {
    "CA".to_owned()
}

fn both() -> Vec<String> {
    vec!["en".to_owned(), "fr".to_owned()]
}

fn yes() -> bool {
    true
}
