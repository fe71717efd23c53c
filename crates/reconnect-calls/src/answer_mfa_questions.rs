//! `PATCH /AnswerMFAQuestions` <https://docs.flinks.com/api/connect/endpoints/account-linking/answer-mfa-questions>
//!
//! A 200 is no proof: answers are judged at the next live call, and a wrong one is erased and asked for again.

use crate::{
    answer::open,
    endpoint::{CallError, Endpoint},
    tolerant::text,
};
use alloc::{boxed::Box, string::String, vec::Vec};
use reconnect_core::{Draft, LoginId, Reply, Secret};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Stores answers to the bank's questions, so that a live call need not ask them.
///
/// ```
/// use reconnect_calls::answer_mfa_questions::AnswerMfaQuestions;
/// use reconnect_core::LoginId;
///
/// let answers = AnswerMfaQuestions::new(LoginId::new("5e115eac")?).with("What shape?", "Triangle");
/// let body = r#"{"loginId":"5e115eac","Questions":[{"Question":"What shape?","Answer":"Triangle"}]}"#;
/// assert_eq!(serde_json::to_string(&answers)?, body);
/// assert!(!format!("{answers:?}").contains("shape"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AnswerMfaQuestions {
    /// The connection. In camelCase, unlike what stands beside it.
    #[serde(rename = "loginId")]
    pub login_id: LoginId,
    /// The answers.
    #[serde(rename = "Questions")]
    pub questions: Vec<Answered>,
}

/// A question with its answer. Its `Debug` is silent, and it is wiped on drop.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Answered {
    /// The bank's words, byte for byte.
    #[serde(serialize_with = "expose", deserialize_with = "hide")]
    pub question: Secret,
    /// The end user's.
    #[serde(serialize_with = "expose", deserialize_with = "hide")]
    pub answer: Secret,
}

reconnect_core::silent!(Answered);

/// The answers are stored. That says nothing of whether they are right.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Stored;

impl AnswerMfaQuestions {
    /// For this connection, as yet without answers.
    #[must_use]
    pub fn new(login: LoginId) -> Self {
        Self { login_id: login, questions: Vec::new() }
    }

    /// And this answer; answering a question again replaces the answer.
    #[must_use]
    pub fn with(mut self, question: &str, answer: impl Into<Secret>) -> Self {
        self.questions.retain(|known| known.question.expose() != question);
        self.questions.push(Answered { question: question.into(), answer: answer.into() });
        self
    }
}

impl Endpoint for AnswerMfaQuestions {
    type Answer = Stored;

    fn draft(&self) -> Draft {
        Draft::patch("AnswerMFAQuestions").body(self)
    }

    /// The documented reply has nothing but a text, so any object that is no refusal and has one will do.
    fn read(&self, reply: &Reply) -> Result<Stored, CallError> {
        #[derive(Deserialize)]
        struct Wire {
            #[serde(default, rename = "Message", deserialize_with = "text")]
            message: Option<Box<str>>,
        }
        let mut opened = open(reply)?;
        let wire: Wire = opened.answer()?;
        wire.message.map(|_| Stored).ok_or_else(|| opened.garbled("Message"))
    }
}

fn expose<S: Serializer>(secret: &Secret, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.expose())
}

fn hide<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    String::deserialize(from).map(Secret::from)
}
