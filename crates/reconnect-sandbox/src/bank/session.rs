//! One `RequestId`: what it waits for, how long it lives, what it will deliver.

use super::accounts::Order;
use super::login::Who;
use super::trouble::{ALREADY, INCOMPLETE, Trouble, UNKNOWN_KEY, WRONG_ANSWER};
use super::user::{Language, Question, questions};
use crate::settings::Settings;

#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) request_id: String,
    /// Known before the login exists: it follows from who connects.
    pub(crate) login_id: String,
    pub(crate) who: Who,
    /// The language of the prompts.
    pub(crate) language: Language,
    pub(crate) tag: Option<String>,
    pub(crate) save: bool,
    pub(crate) state: State,
    /// The last request or widget action that named it.
    pub(crate) seen_at: u64,
    pub(crate) ended: bool,
    /// `resumeSelectedAccounts`, as the widget was given them.
    pub(crate) selection: Vec<String>,
    /// The first data call, which the `…Async` replies follow.
    pub(crate) fetch: Option<Fetch>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Waits for the answer to the question at this index.
    Asking(usize),
    Authorized,
}

#[derive(Clone)]
pub(crate) struct Fetch {
    pub(crate) started_at: u64,
    pub(crate) order: Order,
}

/// What was answered: prompts, byte for byte, each with its values.
pub(crate) type Responses = Vec<(String, Vec<String>)>;

/// What an answer leads to.
pub(crate) enum Answered {
    /// The bank asks, again or the next question.
    Asks,
    Passed,
    Refused(Trouble),
}

impl Session {
    /// Marks that a request or a widget action names it.
    pub(crate) fn touch(&mut self, now: u64) {
        self.seen_at = self.seen_at.max(now);
    }

    /// Takes answers, keyed by prompt. Prompts that were answered before may come again and are not judged twice: a
    /// captured request repeats them. <https://docs.flinks.com/reference/step-3>
    pub(crate) fn answer(&mut self, responses: &[(String, Vec<String>)]) -> Answered {
        let State::Asking(at) = self.state else { return Answered::Refused(ALREADY) };
        if responses.is_empty() {
            return Answered::Asks;
        }
        let all = questions(self.language);
        let asked = all.get(..=at).unwrap_or_default();
        if responses.iter().any(|(key, _)| !asked.iter().any(|question| question.prompt == key)) {
            return Answered::Refused(UNKNOWN_KEY);
        }
        let Some(question) = asked.last() else { return Answered::Asks };
        let given = responses.iter().find(|(key, _)| key == question.prompt);
        match given {
            None => Answered::Refused(INCOMPLETE),
            Some((_, values)) if values.is_empty() => Answered::Refused(INCOMPLETE),
            Some((_, values)) if !question.is_answered_by(values) => Answered::Refused(WRONG_ANSWER),
            Some(_) if at + 1 < all.len() => {
                self.state = State::Asking(at + 1);
                Answered::Asks
            }
            Some(_) => {
                self.state = State::Authorized;
                Answered::Passed
            }
        }
    }

    /// 8 minutes of inactivity while authorizing; from the first data call on, 30 minutes in all.
    /// <https://docs.flinks.com/guides/getting-started/key-concepts>
    pub(crate) fn is_alive(&self, now: u64, settings: &Settings) -> bool {
        let until = match &self.fetch {
            Some(fetch) => fetch.started_at.saturating_add(settings.data_life_ms),
            None => self.seen_at.saturating_add(settings.request_life_ms),
        };
        !self.ended && now < until
    }

    /// The question it waits for.
    pub(crate) fn question(&self) -> Option<&'static Question> {
        match self.state {
            State::Asking(at) => questions(self.language).get(at),
            State::Authorized => None,
        }
    }

    pub(crate) fn waits_for_mfa(&self) -> bool {
        self.question().is_some()
    }
}
