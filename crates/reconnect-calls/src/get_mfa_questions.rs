//! `GET /GetMFAQuestions/{loginId}` <https://docs.flinks.com/api/connect/endpoints/account-linking/get-mfa-questions>
//!
//! Canada only, and simple questions only; not HSBC, CIBC, Laurentienne and Simplii.
//! Source: <https://help.flinks.com/support/solutions/articles/43000436159-getmfaquestions-and-setmfaquestions-flow>.

use crate::{
    answer::open,
    endpoint::{CallError, Endpoint},
    tolerant::{needed, only, words},
};
use alloc::{boxed::Box, vec::Vec};
use reconnect_core::{Draft, LoginId, Reply, Unread};
use reconnect_json::{Fields, Reader, Result as Read, Wrong};

/// Asks which of the bank's questions have no stored answer yet.
///
/// ```
/// use reconnect_calls::{Endpoint, get_mfa_questions::GetMfaQuestions};
/// use reconnect_core::{LoginId, Reply};
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
    /// The places of the reply that could not be read.
    pub unread: Unread,
}

/// A question of the bank, for the end user's eyes: its `Debug` is silent.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Question {
    /// The bank's words, byte for byte.
    pub question: Box<str>,
}

reconnect_core::silent!(Question);

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
        let mut opened = open(reply)?;
        let ((list, message), unread) = opened.accepted()?.whole(list)?;
        // If everything is answered, the list may be left out; any other body without it is another endpoint's.
        let none = message.as_deref() == Some("SUCCESS");
        let questions = list.or(none.then(Vec::new)).ok_or_else(|| opened.garbled("Questions"))?;
        Ok(Questions { questions, unread })
    }
}

/// The list and the message, if they are there.
type Body = (Option<Vec<Question>>, Option<Box<str>>);

fn list(from: &mut Reader<'_>) -> Read<Body> {
    let (mut list, mut message, mut fields) = (None, None, Fields::default());
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "Questions" => only(&mut list, from, question)?,
            "Message" => fields.take(from, "Message", &mut message, words)?,
            _ => from.skip()?,
        }
    }
    Ok((list, message))
}

fn question(from: &mut Reader<'_>) -> Read<Question> {
    let mut question = None;
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            // It is sent back with its answer, so nothing in it may be replaced.
            "Question" => needed(&mut question, from.maybe(Reader::exact)?)?,
            _ => from.skip()?,
        }
    }
    Ok(Question { question: question.ok_or(Wrong)?.into() })
}
