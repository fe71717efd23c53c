//! A live connection to the bank, and the answers to its questions. The API and the widget both use it.

use std::sync::Arc;

use super::login::Who;
use super::session::{Answered, Session, State};
use super::state::Bank;
use crate::id::fold;
use crate::scenario::question::{Question, Round, Script};
use crate::scenario::user::{At, Language};
use crate::trouble::{CONCURRENT, DISABLED_INSTITUTION, NO_GRANT, QUESTION_NOT_FOUND, Trouble};

/// A live connection to make.
pub(crate) struct Attempt {
    pub(crate) who: Who,
    /// The language of the prompts.
    pub(crate) language: Language,
    pub(crate) tag: Option<String>,
    pub(crate) save: bool,
}

impl Bank {
    /// Connects to the bank and opens a session, which then waits for answers or is authorized. Returns its `RequestId`.
    pub(crate) fn go_live(&mut self, now: u64, attempt: Attempt) -> Result<String, Trouble> {
        let login_id = attempt.who.login_id(self.settings.seed);
        if self.settings.one_session_per_login && self.has_open_session(now, &login_id) {
            return Err(CONCURRENT);
        }
        let user = &attempt.who.user;
        let closed = (!user.institution.enabled).then_some(DISABLED_INSTITUTION);
        if let Some(trouble) = closed.or_else(|| user.failure(At::Connect).cloned()) {
            self.logins.troubled(&login_id, trouble.clone());
            return Err(trouble);
        }
        if user.institution.signs_in_by_oauth() && self.logins.is_revoked(&login_id) {
            self.logins.troubled(&login_id, NO_GRANT);
            return Err(NO_GRANT);
        }
        let Some(script) = self.unanswered(&login_id, &attempt) else {
            self.logins.refreshed(now, &login_id, &attempt.who, attempt.save);
            return Ok(self.open_session(now, login_id, attempt, State::Authorized));
        };
        self.logins.challenged(&login_id);
        self.logins.troubled(&login_id, QUESTION_NOT_FOUND);
        let request_id = self.open_session(now, login_id, attempt, State::Asking(0));
        if let Some(session) = self.session_mut(now, &request_id) {
            session.only_try = script.tries == Some(1);
            (session.rounds, session.instead, session.tries) = (script.rounds, script.instead, script.tries);
        }
        Ok(request_id)
    }

    /// The questions without a stored answer. Wrong answers are erased, so their questions are asked again:
    /// <https://help.flinks.com/support/solutions/articles/43000436159-getmfaquestions-and-setmfaquestions-flow>.
    fn unanswered(&mut self, login_id: &str, attempt: &Attempt) -> Option<Script> {
        let mut script = attempt.who.user.script(attempt.language).clone();
        if let Some(login) = self.logins.get_mut(login_id) {
            let asked = || script.rounds.iter().flat_map(|round| round.iter());
            login.answers.retain(|prompt, answer| {
                let mut named = asked().filter(|question| question.prompt == *prompt);
                // A question that this language does not have is not checked.
                named.all(|question| question.is_answered_by(prompt, core::slice::from_ref(answer)))
            });
            let known = |question: &Arc<Question>| login.answers.contains_key(&question.prompt);
            script.rounds.retain(|round: &Round| !round.iter().all(known));
        }
        (!script.rounds.is_empty()).then_some(script)
    }

    /// Opens a session in this state and returns its `RequestId`.
    pub(crate) fn open_session(&mut self, now: u64, login_id: String, attempt: Attempt, state: State) -> String {
        let request_id = self.next_id("request");
        let session = Session {
            request_id: request_id.clone(),
            login_id,
            who: attempt.who,
            tag: attempt.tag,
            save: attempt.save,
            state,
            rounds: Vec::new(),
            instead: None,
            tries: None,
            only_try: false,
            authorized_at: (state == State::Authorized).then_some(now),
            dispatched: None,
            statements: None,
            seen_at: now,
            ended: false,
            selection: Vec::new(),
            fetch: None,
        };
        self.sessions.insert(fold(&request_id), session);
        request_id
    }

    /// Takes answers for a session. Returns `None` if it is unknown or has ended.
    pub(crate) fn take_answers(
        &mut self,
        now: u64,
        request_id: &str,
        responses: &[(String, Vec<String>)],
    ) -> Option<Answered> {
        let session = self.session_mut(now, request_id)?;
        session.touch(now);
        // An answer in the widget or through the API does not wait for the work that an earlier answer began.
        session.dispatched = None;
        let answered = session.answer(responses);
        if !session.waits_for_mfa() && session.authorized_at.is_none() {
            session.authorized_at = Some(now);
            let (login_id, who, save) = (session.login_id.clone(), session.who.clone(), session.save);
            self.logins.refreshed(now, &login_id, &who, save);
        } else if session.ended {
            let (login_id, user) = (session.login_id.clone(), Arc::clone(&session.who.user));
            if let Some(trouble) = user.failure(At::Answer) {
                self.logins.troubled(&login_id, trouble.clone());
            }
        }
        Some(answered)
    }

    pub(crate) fn session(&self, now: u64, request_id: &str) -> Option<&Session> {
        let session = self.sessions.get(&fold(request_id))?;
        session.is_alive(now, &self.settings).then_some(session)
    }

    pub(crate) fn session_mut(&mut self, now: u64, request_id: &str) -> Option<&mut Session> {
        let session = self.sessions.get_mut(&fold(request_id))?;
        session.is_alive(now, &self.settings).then_some(session)
    }

    pub(crate) fn has_open_session(&self, now: u64, login_id: &str) -> bool {
        let mut open = self.sessions.values().filter(|session| session.login_id.eq_ignore_ascii_case(login_id));
        open.any(|session| session.waits_for_mfa() && session.is_alive(now, &self.settings))
    }
}
