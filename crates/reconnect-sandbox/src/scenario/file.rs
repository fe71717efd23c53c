//! A scenario as it is written. Only its form is checked here, and names are not looked up yet.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::account::Account;
use super::error::ScenarioError;
use super::form::{ByLanguage, Ref};
use super::institution::Institution;
use super::user::{At, Language};
use crate::fault::Fault;
use crate::settings::choices::{PendingData, WidgetToken};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) about: String,
    #[serde(default)]
    pub(super) settings: Overrides,
    #[serde(default)]
    pub(super) defaults: Defaults,
    #[serde(default)]
    pub(super) institutions: Vec<Institution>,
    #[serde(default)]
    pub(super) questions: BTreeMap<String, WrittenQuestion>,
    #[serde(default)]
    pub(super) books: BTreeMap<String, Vec<Account>>,
    #[serde(default)]
    pub(super) users: Vec<WrittenUser>,
    #[serde(default)]
    pub(super) faults: Vec<Fault>,
}

/// What a scenario sets of [`Settings`](crate::Settings), and when its clock begins.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Overrides {
    pub(crate) seed: Option<u64>,
    pub(crate) starts_at: Option<u64>,
    pub(crate) pending_ms: Option<u64>,
    pub(crate) token_life_ms: Option<u64>,
    pub(crate) request_life_ms: Option<u64>,
    pub(crate) data_life_ms: Option<u64>,
    pub(crate) one_session_per_login: Option<bool>,
    pub(crate) pending_data: Option<PendingData>,
    pub(crate) widget_token: Option<WidgetToken>,
    pub(crate) early_request_id: Option<bool>,
    pub(crate) strict: Option<bool>,
}

/// The values for a user that has no own ones.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Defaults {
    /// Without it the first institution of the list.
    pub(super) institution: Option<String>,
    pub(super) passwords: Option<Vec<String>>,
    /// The name of a book.
    pub(super) accounts: Option<String>,
    /// Whether each documented code of an error has a user, named `test_` and the code in lower case. If the scenario
    /// has no user of that name, the user gets the code at the connection.
    #[serde(default)]
    pub(super) every_code: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct WrittenQuestion {
    #[serde(rename = "type", default = "question_and_answer")]
    pub(super) kind: String,
    pub(super) prompt: ByLanguage<String>,
    #[serde(default)]
    pub(super) choices: ByLanguage<Vec<String>>,
    #[serde(default)]
    pub(super) answers: ByLanguage<Vec<String>>,
}

/// Questions that are asked at once.
pub(super) type WrittenRound = Vec<Ref<WrittenQuestion>>;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct WrittenUser {
    pub(super) username: String,
    #[serde(default)]
    pub(super) about: String,
    pub(super) institution: Option<String>,
    pub(super) passwords: Option<Vec<String>>,
    #[serde(default)]
    pub(super) connected: bool,
    #[serde(default)]
    pub(super) scheduled: bool,
    #[serde(default)]
    pub(super) language: Language,
    #[serde(default)]
    pub(super) rounds: Vec<WrittenRound>,
    pub(super) instead: Option<WrittenRound>,
    pub(super) tries: Option<u8>,
    pub(super) fails: Option<WrittenFailure>,
    #[serde(default)]
    pub(super) dispatched: bool,
    pub(super) pending_ms: Option<u64>,
    pub(super) accounts: Option<Ref<Vec<Account>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct WrittenFailure {
    pub(super) code: String,
    pub(super) status: Option<u16>,
    pub(super) message: Option<String>,
    #[serde(default)]
    pub(super) at: At,
}

fn question_and_answer() -> String {
    "QuestionAndAnswer".to_owned()
}

impl File {
    pub(super) fn read(text: &str) -> Result<Self, ScenarioError> {
        if text.trim_start().starts_with('{') {
            return serde_json::from_str(text).map_err(|error| {
                // The message already ends with a place in the words of `serde_json`.
                let place = format!(" at line {} column {}", error.line(), error.column());
                at_line(error.line(), error.to_string().trim_end_matches(&place))
            });
        }
        toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            at_line(before.matches('\n').count() + 1, error.message())
        })
    }
}

fn at_line(line: usize, what: &str) -> ScenarioError {
    ScenarioError::new(format!("line {line}: {what}"))
}
