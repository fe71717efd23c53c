//! Authorize tokens. The secret key gets one, and it is good once and for 15 minutes.
//!
//! <https://docs.flinks.com/guides/connect/authentication-reference>,
//! <https://docs.flinks.com/guides/connect/resume-and-reconnect>.

use super::latest::Latest;
use crate::id::fold;

#[derive(Clone, Default)]
pub(crate) struct Tokens {
    by_text: Latest<Token>,
}

#[derive(Clone)]
struct Token {
    minted_at: u64,
    ended: bool,
    /// The session that it opened.
    opened: Option<String>,
    spent: Option<Spent>,
}

#[derive(Clone, PartialEq, Eq)]
enum Spent {
    /// On this session. It may be sent again with that session's `RequestId`:
    /// <https://docs.flinks.com/reference/step-3>.
    On(String),
    /// On a showing of the widget, or on a call that opened no session.
    Elsewhere,
}

/// Whether a token is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Fresh, or spent on this very session.
    Good,
    Spent,
    Expired,
    Unknown,
}

impl Tokens {
    pub(crate) fn keep(&mut self, text: &str, now: u64) {
        let token = Token { minted_at: now, ended: false, opened: None, spent: None };
        self.by_text.insert(fold(text), token);
    }

    /// Takes a fresh token, or one that was spent on this very session. Returns whether it is good.
    pub(crate) fn spend(&mut self, now: u64, life: u64, text: &str, on: Option<&str>) -> bool {
        if self.standing(now, life, text, on) != Standing::Good {
            return false;
        }
        let use_of_it = on.map_or(Spent::Elsewhere, |request_id| Spent::On(fold(request_id)));
        self.by_text.get_mut(&fold(text)).map(|token| token.spent.get_or_insert(use_of_it)).is_some()
    }

    /// Whether a token that is sent with this `RequestId` is good.
    pub(crate) fn standing(&self, now: u64, life: u64, text: &str, on: Option<&str>) -> Standing {
        let Some(token) = self.by_text.get(&fold(text)) else { return Standing::Unknown };
        let is_this = |session: &str| on.is_some_and(|request_id| session == fold(request_id));
        match &token.spent {
            Some(Spent::On(session)) if !is_this(session) => Standing::Spent,
            Some(Spent::Elsewhere) => Standing::Spent,
            Some(Spent::On(_)) | None if !token.ended && now < token.minted_at.saturating_add(life) => Standing::Good,
            Some(Spent::On(_)) | None => Standing::Expired,
        }
    }

    /// Whether this is the token that opened this session, and is alive.
    pub(crate) fn has_opened(&self, now: u64, life: u64, text: &str, request_id: &str) -> bool {
        let Some(token) = self.by_text.get(&fold(text)) else { return false };
        let is_alive = !token.ended && now < token.minted_at.saturating_add(life);
        is_alive && token.opened.as_deref() == Some(&*fold(request_id))
    }

    /// Once `/Authorize` has opened a session, the token that opened it is that session's.
    pub(crate) fn belongs_to(&mut self, text: &str, request_id: &str) {
        if let Some(token) = self.by_text.get_mut(&fold(text)) {
            token.opened = Some(fold(request_id));
            token.spent = Some(Spent::On(fold(request_id)));
        }
    }

    /// Ends it at once. Returns whether there is such a token.
    pub(crate) fn expire(&mut self, text: &str) -> bool {
        let token = self.by_text.get_mut(&fold(text));
        token.map(|token| token.ended = true).is_some()
    }

    pub(crate) fn count(&self) -> usize {
        self.by_text.len()
    }
}
