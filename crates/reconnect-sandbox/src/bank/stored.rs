//! `GET /GetMFAQuestions/{loginId}` and `PATCH /AnswerMFAQuestions`: answers that are stored, and judged only by the next
//! live call.
//!
//! <https://docs.flinks.com/api/connect/endpoints/account-linking/get-mfa-questions>,
//! <https://docs.flinks.com/api/connect/endpoints/account-linking/answer-mfa-questions>.

use serde_json::{Value, json};

use super::fields::Fields;
use super::login::Login;
use super::state::Bank;
use crate::http::Reply;
use crate::scenario::question::Question;
use crate::trouble::{INVALID_LOGIN, UNKNOWN_KEY, invalid_request};

impl Bank {
    /// The simple questions that have no stored answer.
    pub(super) fn questions_of(&self, login_id: &str) -> Result<Reply, Reply> {
        let login = self.logins.get(login_id).filter(|login| login.saved).ok_or_else(|| INVALID_LOGIN.reply())?;
        let open = simple(login).filter(|question| !login.answers.contains_key(&question.prompt));
        let questions: Vec<Value> = open.map(|question| json!({"Question": question.prompt})).collect();
        Ok(Reply::of_json(200, &json!({"Message": "SUCCESS", "Questions": questions})))
    }

    /// Stores all of them, or none if one names a question that is not asked.
    pub(super) fn store_answers(&mut self, body: &[u8]) -> Result<Reply, Reply> {
        let fields = Fields::read(body, self.settings.strict)?;
        let login_id = fields.text("loginId")?.ok_or_else(|| invalid_request("loginId is required"))?;
        let pairs = fields.pairs("Questions", "Question", "Answer")?;
        let pairs = pairs.ok_or_else(|| invalid_request("Questions is required"))?;
        let login = self.logins.get_mut(login_id).filter(|login| login.saved).ok_or_else(|| INVALID_LOGIN.reply())?;
        if pairs.iter().any(|(asked, _)| !simple(login).any(|question| question.prompt == *asked)) {
            return Err(UNKNOWN_KEY.reply());
        }
        login.answers.extend(pairs);
        Ok(Reply::of_json(200, &json!({"Message": "Answers updated"})))
    }
}

fn simple(login: &Login) -> impl Iterator<Item = &Question> {
    let rounds = login.who.user.script(login.who.language).rounds.iter();
    rounds.flat_map(|round| round.iter()).map(|question| &**question).filter(|question| question.is_simple())
}
