//! `POST /AuthorizeAsync` and `POST /AuthorizeMultiple`.
//!
//! <https://help.flinks.com/support/solutions/articles/43000735707-authorizeasync>: 202 with a `RequestId` first; asked
//! again with it, 202 while the work goes on, then what `/Authorize` would say. Answers are taken with a 202 as well.
//! No source shows a body or the method; the 202 is that of the data endpoints.

use serde_json::{Value, json};

use super::data::still_pending;
use super::fields::Fields;
use super::live::Attempt;
use super::session::{Answered, Dispatched, State};
use super::state::Bank;
use crate::http::{Reply, Request};
use crate::id::fold;
use crate::trouble::{Trouble, invalid_request, no_session};

impl Bank {
    pub(super) fn authorize_async(&mut self, now: u64, request: &Request) -> Result<Reply, Reply> {
        self.with_token(now, request, Self::authorize_async_with)
    }

    fn authorize_async_with(&mut self, now: u64, fields: &Fields, token: Option<&str>) -> Result<Reply, Reply> {
        let responses = fields.responses()?.filter(|responses| !responses.is_empty());
        match (fields.text("RequestId")?, responses) {
            (Some(request_id), None) => self.status(now, request_id),
            (Some(request_id), Some(responses)) => {
                let answered = self.take_answers(now, request_id, &responses).ok_or_else(|| no_session(request_id))?;
                let trouble = match answered {
                    Answered::Asks | Answered::Passed => None,
                    Answered::Refused(trouble) => Some(trouble),
                };
                Ok(self.dispatch(now, request_id, trouble))
            }
            (None, _) => {
                let opened = self.authorize_with(now, fields, token)?.json();
                let request_id = opened["RequestId"].as_str().unwrap_or_default();
                Ok(self.dispatch(now, request_id, None))
            }
        }
    }

    /// Says how far the work got, and once it is done, its result.
    fn status(&mut self, now: u64, request_id: &str) -> Result<Reply, Reply> {
        // If an answer ended the session, the status still says how.
        let session = self.sessions.get_mut(&fold(request_id)).ok_or_else(|| no_session(request_id))?;
        if session.is_dispatched(now) {
            session.touch(now);
            return Ok(dispatched(&session.request_id));
        }
        if let Some(trouble) = session.dispatched.take().and_then(|work| work.trouble) {
            session.touch(now);
            return Err(self.refused_answer(request_id, &trouble));
        }
        if let Some(session) = self.session_mut(now, request_id) {
            session.touch(now);
        }
        Ok(self.session_reply(now, request_id))
    }

    fn dispatch(&mut self, now: u64, request_id: &str, trouble: Option<Trouble>) -> Reply {
        let until = now.saturating_add(self.settings.pending_ms);
        let Some(session) = self.sessions.get_mut(&fold(request_id)) else { return no_session(request_id) };
        session.dispatched = Some(Dispatched { until, trouble });
        dispatched(&session.request_id)
    }

    /// Known from a client only: <https://github.com/impak-finance/flinks-python>. A login whose last live attempt
    /// failed counts as valid here, since a cached `/Authorize` gives it a usable `RequestId` too.
    pub(super) fn authorize_multiple(&mut self, now: u64, body: &[u8]) -> Result<Reply, Reply> {
        let fields = Fields::read(body, self.settings.strict)?;
        let ids = fields.list("LoginIds")?.ok_or_else(|| invalid_request("LoginIds is required"))?;
        if fields.flag("MostRecentCached")? == Some(false) {
            return Err(invalid_request("The sandbox has AuthorizeMultiple over stored data only"));
        }
        let (mut valid, mut invalid) = (Vec::<Value>::new(), Vec::new());
        for id in ids {
            let Some(login) = self.logins.get(&id).filter(|login| login.saved) else {
                invalid.push(id);
                continue;
            };
            let (login_id, who) = (login.id.clone(), login.who.clone());
            let attempt = Attempt { language: who.language, who, tag: None, save: false };
            let request_id = self.open_session(now, login_id.clone(), attempt, State::Authorized);
            valid.push(json!({"LoginId": login_id, "RequestId": request_id}));
        }
        Ok(Reply::of_json(200, &json!({"ValidLoginIds": valid, "InvalidLoginIds": invalid})))
    }
}

fn dispatched(request_id: &str) -> Reply {
    still_pending(request_id, &json!([{"rel": "AuthorizeAsync", "href": "/AuthorizeAsync", "example": null}]))
}
