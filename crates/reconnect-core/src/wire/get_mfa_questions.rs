//! `GET /GetMFAQuestions/{loginId}` <https://docs.flinks.com/api/connect/endpoints/account-linking/get-mfa-questions>
//!
//! Canada only, and simple questions only; not HSBC, CIBC, Laurentienne and Simplii.
//! Source: <https://help.flinks.com/support/solutions/articles/43000436159-getmfaquestions-and-setmfaquestions-flow>.

use crate::{CallError, Draft, Endpoint, LoginId, Reply, account::silent, endpoint::text, reply};
use alloc::{boxed::Box, vec::Vec};
use serde::Deserialize;

//= docs/spec/other-endpoints.md#stored-answers
//# **ENDP-17** A client MUST read `GET /GetMFAQuestions/{loginId}`
/// Asks which of the bank's questions have no stored answer yet.
///
/// ```
/// use reconnect_core::{Endpoint, LoginId, Reply, wire::get_mfa_questions::GetMfaQuestions};
///
/// let ask = GetMfaQuestions::new(LoginId::new("5e115eac")?);
/// let body = br#"{"Message":"SUCCESS","Questions":[{"Question":"What shape do people like most?"}]}"#;
/// let asked = ask.read(&Reply { status: 200, body: body.to_vec(), ..Reply::default() })?;
/// assert_eq!(&*asked.questions[0].question, "What shape do people like most?");
/// assert_eq!(format!("{:?}", asked.questions[0]), "Question(…)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct GetMfaQuestions {
    /// The connection.
    pub login_id: LoginId,
}

/// The questions without a stored answer.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Questions {
    /// In the service's order.
    pub questions: Vec<Question>,
}

/// A question of the bank, for the end user's eyes: its `Debug` is silent.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Question {
    /// The bank's words, byte for byte.
    pub question: Box<str>,
}

silent!(Question);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    questions: Option<Vec<Question>>,
    #[serde(default, deserialize_with = "text")]
    message: Option<Box<str>>,
}

impl GetMfaQuestions {
    /// Of this connection.
    #[must_use]
    pub fn new(login: LoginId) -> Self {
        Self { login_id: login }
    }
}

impl Endpoint for GetMfaQuestions {
    type Answer = Questions;

    fn draft(&self) -> Draft {
        Draft::get("GetMFAQuestions").part(self.login_id.as_str())
    }

    fn read(&self, reply: &Reply) -> Result<Questions, CallError> {
        let mut opened = reply::open(reply)?;
        let wire: Wire = opened.answer()?;
        // Where everything is answered the list may be left out; any other body without it is another endpoint's.
        let none = wire.message.as_deref() == Some("SUCCESS");
        let questions = wire.questions.or(none.then(Vec::new)).ok_or_else(|| opened.garbled("Questions"))?;
        Ok(Questions { questions })
    }
}
