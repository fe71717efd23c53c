//! One `RequestId`: which answers it waits for, how long it lives, and which data it delivers.

use std::sync::Arc;

use super::login::Who;
use super::order::{Fetch, Order, StatementsOrder};
use crate::scenario::institution::Institution;
use crate::scenario::question::{Question, Round};
use crate::scenario::user::At;
use crate::settings::Settings;
use crate::trouble::{ALREADY, INCOMPLETE, LAST_WRONG_ANSWER, Trouble, UNKNOWN_KEY, WRONG_ANSWER};

#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) request_id: String,
    /// It follows from the institution, the user and the language, so it is known before the login exists.
    pub(crate) login_id: String,
    pub(crate) who: Who,
    pub(crate) tag: Option<String>,
    pub(crate) save: bool,
    pub(crate) state: State,
    /// The questions, round by round.
    pub(crate) rounds: Vec<Round>,
    pub(crate) instead: Option<Round>,
    /// How often an answer may still be wrong.
    pub(crate) tries: Option<u8>,
    /// A wrong answer ends it without the code that says so.
    pub(crate) only_try: bool,
    /// When the last answer was right, or when no question was needed.
    pub(crate) authorized_at: Option<u64>,
    /// The work that the last `/AuthorizeAsync` began.
    pub(crate) dispatched: Option<Dispatched>,
    /// The last request or widget action that named it.
    pub(crate) seen_at: u64,
    pub(crate) ended: bool,
    /// `resumeSelectedAccounts`, as the widget was given them.
    pub(crate) selection: Vec<String>,
    /// The first data call, which the `…Async` replies follow.
    pub(crate) fetch: Option<Fetch<Order>>,
    /// The first call for statements.
    pub(crate) statements: Option<Fetch<StatementsOrder>>,
}

/// The work of `/AuthorizeAsync` in the background.
#[derive(Clone)]
pub(crate) struct Dispatched {
    pub(crate) until: u64,
    /// The error in which it will end.
    pub(crate) trouble: Option<Trouble>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Waits for the answers to the round at this index.
    Asking(usize),
    Authorized,
}

/// Answers: each prompt, byte for byte, with its values.
pub(crate) type Responses = Vec<(String, Vec<String>)>;

/// The result of an answer.
pub(crate) enum Answered {
    /// The bank asks the same question again, or the next one.
    Asks,
    Passed,
    Refused(Trouble),
}

impl Session {
    /// Marks that a request or a widget action names it.
    pub(crate) fn touch(&mut self, now: u64) {
        self.seen_at = self.seen_at.max(now);
    }

    /// Takes answers, keyed by prompt. Prompts that were answered before may come again and are not checked twice, since a
    /// captured request repeats them. <https://docs.flinks.com/reference/step-3>
    pub(crate) fn answer(&mut self, responses: &[(String, Vec<String>)]) -> Answered {
        let State::Asking(at) = self.state else { return Answered::Refused(ALREADY) };
        if responses.is_empty() {
            return Answered::Asks;
        }
        if let Some(trouble) = self.who.user.failure(At::Answer).cloned() {
            return self.fail(trouble);
        }
        if responses.iter().any(|(key, _)| !self.has_asked(key)) {
            return Answered::Refused(UNKNOWN_KEY);
        }
        let given = |question: &Arc<Question>| {
            let mut given = responses.iter().filter(|(key, values)| question.is_keyed_by(key) && !values.is_empty());
            given.next().map(|(key, values)| question.is_answered_by(key, values))
        };
        let judged: Vec<_> = self.round().iter().map(given).collect();
        if judged.contains(&None) {
            return Answered::Refused(INCOMPLETE);
        }
        if judged.contains(&Some(false)) {
            return self.wrong(at);
        }
        if at + 1 < self.rounds.len() {
            self.state = State::Asking(at + 1);
            return Answered::Asks;
        }
        self.state = State::Authorized;
        Answered::Passed
    }

    /// The same or other questions again, as long as there are tries left.
    fn wrong(&mut self, at: usize) -> Answered {
        if self.is_last_try() {
            self.ended = true;
            return Answered::Refused(if self.only_try { WRONG_ANSWER } else { LAST_WRONG_ANSWER });
        }
        if let (Some(round), Some(instead)) = (self.rounds.get_mut(at), &self.instead) {
            *round = Round::clone(instead);
        }
        Answered::Refused(WRONG_ANSWER)
    }

    /// The failure that the scenario sets for this user. It comes after any answer.
    fn fail(&mut self, trouble: Trouble) -> Answered {
        if trouble.code == ALREADY.code {
            // The user answered in the widget in the meantime.
            self.state = State::Authorized;
        } else {
            self.ended |= self.tries.is_none() || self.is_last_try();
        }
        Answered::Refused(trouble)
    }

    fn is_last_try(&mut self) -> bool {
        self.tries.as_mut().is_some_and(|tries| {
            *tries = tries.saturating_sub(1);
            *tries == 0
        })
    }

    /// 8 minutes of inactivity while authorizing; from the first data call on, 30 minutes in all.
    /// <https://docs.flinks.com/guides/getting-started/key-concepts>
    pub(crate) fn is_alive(&self, now: u64, settings: &Settings) -> bool {
        let fetches =
            [self.fetch.as_ref().map(|fetch| fetch.started_at), self.statements.as_ref().map(|fetch| fetch.started_at)];
        let until = match fetches.into_iter().flatten().min() {
            Some(started_at) => started_at.saturating_add(settings.data_life_ms),
            None => self.seen_at.saturating_add(settings.request_life_ms),
        };
        !self.ended && now < until
    }

    /// The questions that it waits for; none once it is authorized.
    pub(crate) fn round(&self) -> &[Arc<Question>] {
        match self.state {
            State::Asking(at) => self.rounds.get(at).map(|round| &**round).unwrap_or_default(),
            State::Authorized => &[],
        }
    }

    /// Whether this is the key of a question that was asked so far, byte for byte.
    pub(crate) fn has_asked(&self, key: &str) -> bool {
        let State::Asking(at) = self.state else { return false };
        let asked = self.rounds.get(..=at).unwrap_or_default();
        asked.iter().flat_map(|round| round.iter()).any(|question| question.is_keyed_by(key))
    }

    /// Whether both the selection of the widget and this filter have the account.
    pub(crate) fn lets_through(&self, account_id: &str, filter: Option<&[String]>) -> bool {
        let has = |list: &[String]| list.iter().any(|wanted| wanted.eq_ignore_ascii_case(account_id));
        filter.is_none_or(has) && (self.selection.is_empty() || has(&self.selection))
    }

    pub(crate) fn institution(&self) -> &Institution {
        &self.who.user.institution
    }

    pub(crate) fn waits_for_mfa(&self) -> bool {
        self.state != State::Authorized
    }

    /// Whether `/AuthorizeAsync` is still at work.
    pub(crate) fn is_dispatched(&self, now: u64) -> bool {
        self.dispatched.as_ref().is_some_and(|work| now < work.until)
    }
}
