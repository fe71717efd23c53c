//! The error of a text that is not a scenario.

use core::fmt;

/// Why a text is not a scenario. It says where, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    message: String,
}

impl ScenarioError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        ScenarioError { message: message.into() }
    }
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for ScenarioError {}

/// There is nothing of this name. The message lists the names that exist.
pub(super) fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>, add: &str) -> ScenarioError {
    let known: Vec<&str> = known.take(20).collect();
    let known = if known.is_empty() { "none yet".to_owned() } else { known.join(", ") };
    ScenarioError::new(format!("there is no {what} {name:?}; known are {known}, and {add} adds one"))
}

pub(super) fn within(place: &str, error: &ScenarioError) -> ScenarioError {
    ScenarioError::new(format!("{place}: {error}"))
}

pub(super) fn refuse<T>(message: impl Into<String>) -> Result<T, ScenarioError> {
    Err(ScenarioError::new(message))
}
