//! The questions of a bank, in each form that was ever seen.
//!
//! Of the forms only `QuestionAndAnswer` is documented: <https://docs.flinks.com/api/authorize/endpoints/authorize>,
//! <https://docs.flinks.com/reference/special-multi-factor-authentication-cases>. The others are known from a client:
//! <https://github.com/kgrgreer/foam3>.

use std::sync::Arc;

use serde_json::{Value, json};

/// A question of the bank, and its right answer.
pub(crate) struct Question {
    /// `Type` on the wire.
    pub(crate) kind: String,
    pub(crate) answer_kind: AnswerKind,
    pub(crate) prompt: String,
    /// `Iterables` on the wire.
    pub(crate) choices: Vec<String>,
    pub(super) right: Right,
}

/// How a question is answered. It decides what a scenario may call right, and what the widget shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerKind {
    /// A text, or if there are choices, a text for one of them.
    Text,
    OneChoice,
    SeveralChoices,
    /// The choices are pictures: PNGs in Base64.
    SeveralPictures,
    /// No client knows the type.
    Unknown,
}

/// The challenge types that clients know: a row is all that a type needs.
pub(super) const CHALLENGES: [(&str, AnswerKind); 5] = [
    ("QuestionAndAnswer", AnswerKind::Text),
    ("MultipleChoice", AnswerKind::OneChoice),
    ("MultipleChoiceMultipleAnswers", AnswerKind::SeveralChoices),
    ("TextOrCall", AnswerKind::OneChoice),
    ("ImageSelection", AnswerKind::SeveralPictures),
];

impl AnswerKind {
    /// How a challenge of this type is answered.
    pub(super) fn of(kind: &str) -> Self {
        let known = CHALLENGES.iter().find(|(known, _)| *known == kind);
        known.map_or(AnswerKind::Unknown, |(_, answer_kind)| *answer_kind)
    }
}

pub(super) enum Right {
    /// One text of these, in lower case.
    Text(Vec<String>),
    /// One of the choices, which are these.
    OneOf(Vec<String>),
    /// Exactly these of the choices.
    All(Vec<String>),
    /// A question of the choices, as the key, with its answer in lower case.
    Chosen(Vec<(String, String)>),
    /// Any one answer.
    Anything,
}

/// The questions that are asked at once.
pub(crate) type Round = Arc<[Arc<Question>]>;

/// How a user is asked.
#[derive(Clone, Default)]
pub(crate) struct Script {
    pub(crate) rounds: Vec<Round>,
    /// The questions that replace a round that was answered wrong.
    pub(crate) instead: Option<Round>,
    /// How often an answer may be wrong; without a number there is no limit.
    pub(crate) tries: Option<u8>,
}

impl Question {
    /// Whether `key` is its prompt, or a question of its choices.
    pub(crate) fn is_keyed_by(&self, key: &str) -> bool {
        match &self.right {
            Right::Chosen(pairs) => pairs.iter().any(|(question, _)| question == key),
            Right::Text(_) | Right::OneOf(_) | Right::All(_) | Right::Anything => self.prompt == key,
        }
    }

    pub(crate) fn is_answered_by(&self, key: &str, values: &[String]) -> bool {
        let text = |right: &String, given: &String| given.trim().to_lowercase() == *right;
        match (&self.right, values) {
            (Right::All(right), given) => given.len() == right.len() && right.iter().all(|right| given.contains(right)),
            (Right::Text(right), [given]) => right.iter().any(|right| text(right, given)),
            (Right::OneOf(right), [given]) => right.contains(given),
            (Right::Chosen(pairs), [given]) => {
                pairs.iter().any(|(question, right)| question == key && text(right, given))
            }
            (Right::Anything, [given]) => !given.is_empty(),
            (Right::Text(_) | Right::OneOf(_) | Right::Chosen(_) | Right::Anything, _) => false,
        }
    }

    /// Whether it takes free text, so that an answer to it can be stored.
    pub(crate) fn is_simple(&self) -> bool {
        self.answer_kind == AnswerKind::Text && matches!(self.right, Right::Text(_))
    }

    /// Whether the user chooses a question and answers that one.
    pub(crate) fn is_chosen(&self) -> bool {
        matches!(self.right, Right::Chosen(_))
    }

    /// A right answer, in words. A picture has its place as its name. Empty if any answer is right.
    pub(crate) fn test_answer(&self) -> String {
        match &self.right {
            Right::Text(right) | Right::OneOf(right) => right.first().cloned().unwrap_or_default(),
            Right::All(right) if self.answer_kind == AnswerKind::SeveralPictures => {
                let places = self.choices.iter().zip(1..).filter(|(choice, _)| right.contains(choice));
                places.map(|(_, place)| format!("{place}")).collect::<Vec<_>>().join(", ")
            }
            Right::All(right) => right.join(", "),
            Right::Chosen(pairs) => {
                pairs.iter().map(|(question, right)| format!("{question} {right}")).collect::<Vec<_>>().join(" · ")
            }
            Right::Anything => String::new(),
        }
    }

    pub(crate) fn body(&self) -> Value {
        let mut body = json!({"Type": self.kind, "Prompt": self.prompt});
        if !self.choices.is_empty() {
            body["Iterables"] = json!(self.choices);
        }
        body
    }
}
