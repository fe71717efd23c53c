//! `POST /GetStatements` and `GET /GetStatementsAsync/{requestId}`.
//!
//! <https://docs.flinks.com/api/connect/endpoints/account-linking/get-statements>

use serde_json::{Value, json};

use super::accounts::account_id;
use super::data::still_pending;
use super::fields::Fields;
use super::links::async_link;
use super::login::Login;
use super::order::{Fetch, StatementsOrder};
use super::session::Session;
use super::state::Bank;
use crate::http::Reply;
use crate::id::guid;
use crate::scenario::user::At;
use crate::trouble::{invalid_request, no_session};

/// An empty page, as PDF in Base64.
const PDF: &str = "JVBERi0xLjEKMSAwIG9iajw8L1R5cGUvQ2F0YWxvZy9QYWdlcyAyIDAgUj4+ZW5kb2JqCjIgMCBvYmo8PC9UeXBlL1BhZ2VzL0tpZHNbMyAwIFJdL0NvdW50IDE+PmVuZG9iagozIDAgb2JqPDwvVHlwZS9QYWdlL1BhcmVudCAyIDAgUi9NZWRpYUJveFswIDAgMjAwIDIwMF0+PmVuZG9iagp0cmFpbGVyPDwvUm9vdCAxIDAgUj4+CiUlRU9GCg==";

impl Bank {
    pub(super) fn fetch_statements(&mut self, now: u64, body: &[u8]) -> Result<Reply, Reply> {
        let (request_id, order) = read(body, self.settings.strict)?;
        self.deliver_statements(now, &request_id, Some(order))
    }

    /// 202 until they are there, as with accounts.
    pub(super) fn deliver_statements(
        &mut self,
        now: u64,
        request_id: &str,
        order: Option<StatementsOrder>,
    ) -> Result<Reply, Reply> {
        let everybody_ms = self.settings.pending_ms;
        let session = self.session_mut(now, request_id).ok_or_else(|| no_session(request_id))?;
        session.touch(now);
        if session.waits_for_mfa() || session.is_dispatched(now) {
            return Err(self.not_authorized(now, request_id));
        }
        let first = order.clone().unwrap_or_default();
        let fetch = session.statements.get_or_insert(Fetch { started_at: now, order: first });
        let order = order.unwrap_or_else(|| fetch.order.clone());
        let pending = now < fetch.started_at.saturating_add(session.who.user.pending_ms(everybody_ms));
        let session = self.session(now, request_id).ok_or_else(|| no_session(request_id))?;
        let login = self.logins.get(&session.login_id).ok_or_else(|| no_session(request_id))?;
        match session.who.user.failure(At::Data) {
            Some(_) | None if pending => {
                Ok(still_pending(&session.request_id, &async_link("GetStatementsAsync", session)))
            }
            Some(trouble) => Err(trouble.reply()),
            None => Ok(delivered(self.settings.seed, login, session, &order)),
        }
    }
}

fn delivered(seed: u64, login: &Login, session: &Session, order: &StatementsOrder) -> Reply {
    let chosen =
        login.who.user.accounts.iter().filter(|account| {
            session.lets_through(&account_id(seed, &login.id, &account.number), order.filter.as_deref())
        });
    let statement = |number: &str, index: usize| {
        let id = guid(seed, &["statement", &login.id, number, &index.to_string()]);
        json!({"UniqueId": id.replace('-', "").to_uppercase(), "FileType": "PDF", "Base64Bytes": PDF})
    };
    let by_account = chosen.map(|account| {
        let statements: Vec<Value> = (0..order.number).map(|index| statement(&account.number, index)).collect();
        json!({"AccountNumber": account.number, "Statements": statements})
    });
    let body = json!({
        "HttpStatusCode": 200,
        "StatementsByAccount": by_account.collect::<Vec<_>>(),
        "Login": login.body(),
        "Institution": session.institution().name,
        "RequestId": session.request_id,
    });
    Reply::of_json(200, &body)
}

fn read(body: &[u8], strict: bool) -> Result<(String, StatementsOrder), Reply> {
    let fields = Fields::read(body, strict)?;
    let (request_id, filter) = fields.order()?;
    let number = match fields.text("NumberOfStatements")? {
        None | Some("MostRecent") => 1,
        Some("Months3") => 3,
        Some("Months12") => 12,
        Some(_) => return Err(invalid_request("NumberOfStatements must be MostRecent, Months3 or Months12")),
    };
    if number == 12 && filter.as_ref().map(Vec::len) != Some(1) {
        return Err(invalid_request("Months12 needs exactly one account in AccountsFilter"));
    }
    Ok((request_id, StatementsOrder { filter, number }))
}
