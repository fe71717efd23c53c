//! `PATCH /SetScheduledRefresh`, `GET /GetNightlyRefreshStatus` and `DELETE /DeleteCard/{loginId}`.
//!
//! <https://docs.flinks.com/api/connect/endpoints/account-linking/set-scheduled-refresh>,
//! <https://docs.flinks.com/api/connect/endpoints/account-linking/get-nightly-refresh-status>,
//! <https://docs.flinks.com/api/connect/endpoints/account-linking/delete-card>.

use serde_json::{Value, json};

use super::fields::Fields;
use super::login::Login;
use super::state::Bank;
use crate::date::moment;
use crate::http::Reply;
use crate::scenario::user::At;
use crate::trouble::{CARD_IN_USE, INVALID_LOGIN, QUESTION_NOT_FOUND, invalid_request};

/// Errors after which a connection is still refreshed at night: <https://docs.flinks.com/guides/connect/nightly-refresh>.
const STILL_ELIGIBLE: [&str; 7] = [
    "RETRY_LATER",
    "AGGREGATION_ERROR",
    "SESSION_EXPIRED",
    "DISABLED_INSTITUTION",
    "UNAUTHORIZED",
    "SESSION_NONEXISTENT",
    "BANK MAINTENANCE_RETRY_LATER",
];

impl Bank {
    /// The body is in camelCase, and the reply is a bare JSON string.
    pub(super) fn schedule(&mut self, body: &[u8]) -> Result<Reply, Reply> {
        let fields = Fields::read(body, self.settings.strict)?;
        let login_id = fields.text("loginId")?.ok_or_else(|| invalid_request("loginId is required"))?;
        let active = fields.flag("isActivated")?;
        if active.is_none() && self.settings.strict {
            return Err(invalid_request("isActivated is required"));
        }
        let active = active.unwrap_or(false);
        let login = self.logins.get_mut(login_id).filter(|login| login.saved).ok_or_else(|| INVALID_LOGIN.reply())?;
        login.scheduled = active;
        let done = if active { "activated" } else { "deactivated" };
        let message = format!("LoginId {} has now been {done} for automatic refresh", login.id);
        Ok(Reply::of_json(200, &message))
    }

    pub(super) fn nightly_status(&self) -> Reply {
        let cards: Vec<Value> = self.logins.saved().filter_map(ineligible).collect();
        Reply::of_json(200, &json!({"HttpStatusCode": 200, "IneligibleCards": cards}))
    }

    /// This is the only success with `StatusCode` instead of `HttpStatusCode`.
    pub(super) fn delete_card(&mut self, now: u64, login_id: &str) -> Result<Reply, Reply> {
        let login = self.logins.get(login_id).filter(|login| login.saved).ok_or_else(|| INVALID_LOGIN.reply())?;
        let id = login.id.clone();
        if let Some(trouble) = login.who.user.failure(At::Delete) {
            return Err(trouble.reply());
        }
        if self.is_in_use(now, &id) {
            return Err(CARD_IN_USE.reply());
        }
        self.logins.remove(&id);
        for session in self.sessions.values_mut() {
            session.ended |= session.login_id.eq_ignore_ascii_case(&id);
        }
        let message = format!("All of the information about LoginId {id} has been removed");
        Ok(Reply::of_json(200, &json!({"StatusCode": 200, "Message": message})))
    }

    /// Whether the bank still asks, or data is still pending after an authorization or a data call.
    pub(crate) fn is_in_use(&self, now: u64, login_id: &str) -> bool {
        let mut sessions = self.sessions.values().filter(|session| session.login_id.eq_ignore_ascii_case(login_id));
        sessions.any(|session| {
            let pending_ms = session.who.user.pending_ms(self.settings.pending_ms);
            let recent = |at: u64| now < at.saturating_add(pending_ms);
            let began = [
                session.authorized_at,
                session.fetch.as_ref().map(|fetch| fetch.started_at),
                session.statements.as_ref().map(|fetch| fetch.started_at),
            ];
            let busy = session.waits_for_mfa() || session.is_dispatched(now) || began.into_iter().flatten().any(recent);
            busy && session.is_alive(now, &self.settings)
        })
    }
}

/// The row of a login that is set to be refreshed and cannot be. The only state ever seen is that of unfinished MFA.
fn ineligible(login: &Login) -> Option<Value> {
    let trouble =
        login.trouble.as_ref().filter(|trouble| login.scheduled && !STILL_ELIGIBLE.contains(&&*trouble.code))?;
    let unfinished = *trouble == QUESTION_NOT_FOUND;
    Some(json!({
        "LoginId": login.id,
        "LastRefreshDate": moment(login.last_refresh),
        "LastRefreshState": unfinished.then_some("AnsweringSecurityChallenge"),
        "LastRefreshErrorCode": (!unfinished).then_some(&trouble.code),
    }))
}
