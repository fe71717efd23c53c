//! What can go wrong, by whose fault it is: [`Misuse`] the caller's, [`Failure`] the world's, [`RestoreError`] the
//! stored data's. [`Recovery`] says what to do next.

use crate::{policy::json::InvalidPolicy, word::words};
use reconnect_json::Word;

/// The caller's bug: the call does not fit the session, which is as it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// Answers were given while the session does not ask anything.
    #[error("the session does not ask: answer only what `prompt` shows")]
    NotAsking,
    /// The policy has MFA answered in the widget.
    #[error("the policy has MFA answered in the widget only: set `Policy::mfa` to `WidgetOrApi`")]
    WidgetOnly,
    /// The answers are those to another prompt.
    #[error("these answers are for another prompt: build them with `Answers::to(&prompt)`")]
    OtherPrompt,
    /// A challenge can only be answered in the widget: see `Challenge::is_for_widget`.
    #[error("a challenge is of a kind, or came in a form, that only the widget can answer: open the widget")]
    ForWidget,
    /// An answer is an empty text.
    #[error("an answer is an empty text: it would spend one of the end user's tries")]
    EmptyAnswer,
    /// An answer to a choice is not one of its choices.
    #[error("an answer is not one of the choices: give back a choice as it came")]
    NotAChoice,
    /// Answers were given while others are under way.
    #[error("answers are under way already")]
    AlreadyAnswered,
}

words! {
    Misuse {
        NotAsking = "notAsking", WidgetOnly = "widgetOnly", OtherPrompt = "otherPrompt", ForWidget = "forWidget",
        EmptyAnswer = "emptyAnswer", NotAChoice = "notAChoice", AlreadyAnswered = "alreadyAnswered",
    }
}

impl Misuse {
    /// The error as one word, such as `notAsking`, for a program in another language.
    ///
    /// ```
    /// assert_eq!(reconnect_core::Misuse::OtherPrompt.code(), "otherPrompt");
    /// ```
    #[must_use]
    pub fn code(self) -> &'static str {
        self.word()
    }
}

/// A snapshot that cannot be restored: discard it, or hand it to a newer version.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// It was written by a version that this one does not know.
    #[error("the snapshot has version {0}, and this code reads versions 1 and 2")]
    Version(u32),
    /// Its parts contradict each other.
    #[error("the snapshot is not one that a session wrote: {0}")]
    Broken(&'static str),
    /// A field of its policy has a value that is not allowed.
    #[error("the snapshot is not one that a session wrote: {0}")]
    Policy(#[source] InvalidPolicy),
}

impl RestoreError {
    /// The error as one word: `otherVersion`, `brokenSnapshot` or `invalidPolicy`.
    ///
    /// ```
    /// assert_eq!(reconnect_core::RestoreError::Version(9).code(), "otherVersion");
    /// ```
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Version(_) => "otherVersion",
            Self::Broken(_) => "brokenSnapshot",
            Self::Policy(_) => "invalidPolicy",
        }
    }
}

/// A request that cannot be rendered: the caller's set-up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// A token is to be minted and there is no secret key.
    #[error("no secret key: set it, or set `Policy::token` to `Without`")]
    MissingKey,
    /// The session belongs to another instance.
    #[error("the session belongs to another instance than the one it is to be sent to")]
    OtherInstance,
    /// A key is given that cannot be a key.
    #[error(transparent)]
    Key(#[from] InvalidKey),
}

impl RenderError {
    /// The error as one word: `missingKey`, `otherInstance` or `invalidKey`.
    ///
    /// ```
    /// assert_eq!(reconnect_core::RenderError::MissingKey.code(), "missingKey");
    /// ```
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::MissingKey => "missingKey",
            Self::OtherInstance => "otherInstance",
            Self::Key(_) => "invalidKey",
        }
    }
}

/// A text that cannot be a key. The message names the field, and never its value.
///
/// ```
/// use reconnect_core::Keys;
///
/// let keys = Keys { secret: Some("\"sk-1\"".into()), api: None };
/// let wrong = keys.check().unwrap_err();
/// assert_eq!(wrong.key(), "secret");
/// assert_eq!(wrong.to_string(), "the key `secret` holds a quote: set it without quotes");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the key `{key}` {why}")]
pub struct InvalidKey {
    pub(crate) key: &'static str,
    pub(crate) why: &'static str,
}

impl InvalidKey {
    pub(crate) const BLANK: &'static str = "is empty or blank: set it, or leave it out";
    pub(crate) const QUOTE: &'static str = "holds a quote: set it without quotes";
    pub(crate) const CHARACTER: &'static str =
        "holds a character that cannot stand in a header, such as a line end inside it";

    /// The field of [`Keys`](crate::Keys) that holds it: `secret` or `api`.
    #[must_use]
    pub fn key(&self) -> &'static str {
        self.key
    }

    /// The reason, without the field's name: for a program that has its own name for the key.
    ///
    /// ```
    /// use reconnect_core::Keys;
    /// let keys = Keys { secret: None, api: Some(" ".into()) };
    /// assert_eq!(keys.check().unwrap_err().why(), "is empty or blank: set it, or leave it out");
    /// ```
    #[must_use]
    pub fn why(&self) -> &'static str {
        self.why
    }
}
