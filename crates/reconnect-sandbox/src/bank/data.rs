//! `POST /GetAccountsDetail`, `POST /GetAccountsSummary` and their `GET …Async/{requestId}`.
//!
//! <https://docs.flinks.com/api/connect/endpoints/account-linking/get-accounts-detail>,
//! <https://docs.flinks.com/api/connect/endpoints/account-linking/get-accounts-summary>,
//! <https://help.flinks.com/support/solutions/articles/43000436139-asynchronous-getaccountsdetail-flow>.

use serde_json::{Value, json};

use super::accounts;
use super::fields::Fields;
use super::links::async_link;
use super::login::Login;
use super::order::{Fetch, Kind, Order};
use super::session::Session;
use super::state::Bank;
use crate::http::Reply;
use crate::scenario::user::At;
use crate::settings::choices::PendingData;
use crate::trouble::{NOT_YET, invalid_request, no_session};

impl Bank {
    pub(super) fn fetch(&mut self, now: u64, body: &[u8], kind: Kind) -> Result<Reply, Reply> {
        let (request_id, order) = read(body, self.settings.strict)?;
        self.deliver(now, &request_id, kind, Some(order))
    }

    /// 202 until the data is there. An `…Async` reply delivers what the first call asked for.
    pub(super) fn deliver(
        &mut self,
        now: u64,
        request_id: &str,
        kind: Kind,
        order: Option<Order>,
    ) -> Result<Reply, Reply> {
        let everybody_ms = self.settings.pending_ms;
        let session = self.session_mut(now, request_id).ok_or_else(|| no_session(request_id))?;
        session.touch(now);
        if session.waits_for_mfa() || session.is_dispatched(now) {
            return Err(self.not_authorized(now, request_id));
        }
        let first = order.clone().unwrap_or_default();
        let fetch = session.fetch.get_or_insert(Fetch { started_at: now, order: first });
        let order = order.unwrap_or_else(|| fetch.order.clone());
        let user = &session.who.user;
        let pending = now < fetch.started_at.saturating_add(user.pending_ms(everybody_ms));
        let session = self.session(now, request_id).ok_or_else(|| no_session(request_id))?;
        let login = self.logins.get(&session.login_id).ok_or_else(|| no_session(request_id))?;
        let user = &session.who.user;
        match user.failure(At::Data) {
            Some(trouble) if !pending => Err(trouble.reply()),
            Some(_) | None if !pending => Ok(accounts::delivered(self.settings.seed, login, session, &order, kind)),
            Some(_) | None if user.dispatched => {
                Ok(accounts::dispatched(self.settings.seed, login, session, &order, kind))
            }
            Some(_) | None => Ok(still_pending(&session.request_id, &async_link(kind.poll(), session))),
        }
    }
}

impl Bank {
    /// The answer to a data call before the session is authorized: a refusal, or, with [`PendingData::Asks`], 203 while MFA
    /// is pending, as the Reconnect page documents it for a session call.
    pub(super) fn not_authorized(&self, now: u64, request_id: &str) -> Reply {
        let Some(session) = self.session(now, request_id) else { return no_session(request_id) };
        let asks = session.waits_for_mfa() && !session.is_dispatched(now);
        if asks && self.settings.pending_data == PendingData::Asks {
            return self.session_reply(now, request_id);
        }
        let mut body = NOT_YET.body();
        body["RequestId"] = json!(session.request_id);
        Reply::of_json(NOT_YET.status, &body)
    }
}

/// The body of a webhook: the 200 of `/GetAccountsDetail`, and a type of its own.
/// <https://docs.flinks.com/guides/webhooks/introduction>
pub(super) fn webhook_body(seed: u64, login: &Login, session: &Session) -> Vec<u8> {
    let order = session.fetch.as_ref().map(|fetch| fetch.order.clone()).unwrap_or_default();
    let detail = accounts::delivered(seed, login, session, &order, Kind::Detail).body;
    // It is put together as text, so that amounts keep every digit.
    let mut body = br#"{"ResponseType":"GetAccountsDetail","#.to_vec();
    body.extend_from_slice(detail.strip_prefix(b"{").unwrap_or_default());
    body
}

/// The 202 of <https://docs.flinks.com/reference/step-2-calling-for-data>. `links` is where to ask again.
pub(super) fn still_pending(request_id: &str, links: &Value) -> Reply {
    let body = json!({
        "FlinksCode": "OPERATION_PENDING",
        "Links": links,
        "HttpStatusCode": 202,
        "Message": "Your operation is still processing",
        "RequestId": request_id,
    });
    Reply::of_json(202, &body)
}

fn read(body: &[u8], strict: bool) -> Result<(String, Order), Reply> {
    let fields = Fields::read(body, strict)?;
    let (request_id, filter) = fields.order()?;
    let days = match fields.text("DaysOfTransactions")? {
        None | Some("Days90") => 90,
        Some("Days365") => 365,
        // An old client in Ruby sends it. No page has it.
        Some("Days360") if !strict => 365,
        Some(_) => return Err(invalid_request("DaysOfTransactions must be Days90 or Days365")),
    };
    let order = Order {
        filter,
        transactions: fields.flag("WithTransactions")?.unwrap_or(true),
        holder: fields.flag("WithKYC")?.unwrap_or(true),
        identity: fields.flag("WithAccountIdentity")?.unwrap_or(true),
        balance: fields.flag("WithBalance")?.unwrap_or(true),
        days,
    };
    Ok((request_id, order))
}
