//! A bank, as the API and people know it.

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Institution {
    /// `InstitutionId`.
    pub(crate) id: u32,
    /// `Institution` and `InstitutionName`.
    pub(crate) name: String,
    /// What people read.
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
    /// One that is not answers `DISABLED_INSTITUTION`.
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
        }
    }

    pub(crate) fn is_named(&self, name: &str) -> bool {
        // Thousands of users may each name one of thousands: a number is written only for what begins like one.
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
