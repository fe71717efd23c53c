//! `POST /GetStatements` <https://docs.flinks.com/api/connect/endpoints/account-linking/get-statements>
//!
//! Canada only, where the instance has it enabled. Answers 202 first; `GET /GetStatementsAsync/{requestId}` then asks
//! again, without a body.

use crate::{
    answer::open,
    endpoint::{CallError, Endpoint},
    tolerant::{each, only, words},
};
use alloc::{boxed::Box, vec::Vec};
use reconnect_core::{
    AccountId, Draft, Reply, RequestId, Selection, Unread,
    accounts::NumberOfStatements,
    reply::{Facts, RetryAfter},
};
use reconnect_json::{Fields, Reader, Result as Read};
use serde::{Deserialize, Serialize};

/// Asks for the bank's statements of an authorized session.
///
/// ```
/// use reconnect_core::{AccountId, RequestId, Selection, accounts::NumberOfStatements::{Months3, Months12}};
/// use reconnect_calls::get_statements::GetStatements;
///
/// let all = GetStatements::new(RequestId::new("r-1")?, Some(Months3), Selection::all())?;
/// assert_eq!(serde_json::to_string(&all)?, r#"{"RequestId":"r-1","NumberOfStatements":"Months3"}"#);
///
/// let one = Selection::only([AccountId::new("a-1")?])?;
/// assert!(GetStatements::new(RequestId::new("r-1")?, Some(Months12), one).is_ok());
/// assert!(GetStatements::new(RequestId::new("r-1")?, Some(Months12), Selection::all()).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Wire", rename_all = "PascalCase")]
pub struct GetStatements {
    request_id: RequestId,
    #[serde(skip_serializing_if = "Option::is_none")]
    number_of_statements: Option<NumberOfStatements>,
    #[serde(skip_serializing_if = "Selection::is_all")]
    accounts_filter: Selection,
}

/// The statements of 12 months were asked for, and not of exactly one account.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("statements of 12 months are given for exactly one account: select one")]
pub struct NotOneAccount;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    request_id: RequestId,
    number_of_statements: Option<NumberOfStatements>,
    #[serde(default)]
    accounts_filter: Selection,
}

impl TryFrom<Wire> for GetStatements {
    type Error = NotOneAccount;
    fn try_from(wire: Wire) -> Result<Self, NotOneAccount> {
        Self::new(wire.request_id, wire.number_of_statements, wire.accounts_filter)
    }
}

impl GetStatements {
    /// The newest statement of each account, or more of them; of all accounts, or of those that were selected.
    ///
    /// # Errors
    /// [`NotOneAccount`] with `Months12` and a selection that is not one account.
    pub fn new(request: RequestId, number: Option<NumberOfStatements>, keep: Selection) -> Result<Self, NotOneAccount> {
        //= docs/spec/other-endpoints.md#statements
        //# **ENDP-2** A client MUST send exactly one id in `AccountsFilter` with `Months12`.
        if number == Some(NumberOfStatements::Months12) && keep.ids().map(<[AccountId]>::len) != Some(1) {
            return Err(NotOneAccount);
        }
        Ok(Self { request_id: request, number_of_statements: number, accounts_filter: keep })
    }
}

/// `GET /GetStatementsAsync/{requestId}`: asks again after a 202, as often and as long as a session asks for
/// its data: see [`Policy::poll_every`](reconnect_core::Policy::poll_every) and
/// [`Policy::poll_cap`](reconnect_core::Policy::poll_cap).
///
/// ```
/// use reconnect_calls::Endpoint;
/// use reconnect_core::{Reply, RequestId};
/// use reconnect_calls::get_statements::{GetStatementsAsync, StatementsReply};
///
/// let again = GetStatementsAsync::new(RequestId::new("r-1")?);
/// let body = br#"{"HttpStatusCode":202,"FlinksCode":"OPERATION_PENDING","RequestId":"r-1"}"#;
/// let reply = Reply { status: 202, body: body.to_vec(), ..Reply::default() };
/// assert!(matches!(again.read(&reply)?, StatementsReply::Pending { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct GetStatementsAsync {
    /// The session.
    pub request_id: RequestId,
}

impl GetStatementsAsync {
    /// Of this session.
    #[must_use]
    pub fn new(request: RequestId) -> Self {
        Self { request_id: request }
    }
}

/// How far the statements are.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "they are there or not yet")]
pub enum StatementsReply {
    /// Not yet: ask with [`GetStatementsAsync`].
    Pending {
        /// When the service wants to be asked again.
        retry_after: Option<RetryAfter>,
    },
    /// Here.
    Ready(Statements),
}

/// The statements of a session. The reply names accounts by their numbers and not by their ids, so that what was not
/// selected can only be left out by the service.
///
/// ```
/// use reconnect_calls::Endpoint;
/// use reconnect_core::{Reply, RequestId};
/// use reconnect_calls::get_statements::{GetStatementsAsync, StatementsReply};
///
/// let body = br#"{"HttpStatusCode":200,"RequestId":"r-1","StatementsByAccount":
///     [{"AccountNumber":"1111000","Statements":[{"UniqueId":"3DD2","FileType":"PDF","Base64Bytes":"JVBERi0="}]}]}"#;
/// let reply = Reply { status: 200, body: body.to_vec(), ..Reply::default() };
/// let read = GetStatementsAsync::new(RequestId::new("r-1")?).read(&reply)?;
/// let StatementsReply::Ready(statements) = read else { panic!("they are here") };
/// let statement = &statements.by_account[0].statements[0];
/// assert_eq!((statement.file_type.as_deref(), statement.base64.as_deref()), (Some("PDF"), Some("JVBERi0=")));
/// assert_eq!(format!("{statement:?}"), "Statement(…)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Statements {
    /// Of which session and login.
    pub facts: Facts,
    /// One for each account that has statements.
    pub by_account: Vec<AccountStatements>,
    /// The places of the reply that could not be read.
    pub unread: Unread,
}

/// The statements of one account. Its `Debug` is silent.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountStatements {
    /// Text, since it may have letters and leading zeros.
    pub account_number: Option<Box<str>>,
    /// Its statements.
    pub statements: Vec<Statement>,
}

/// One statement, as the bank printed it. Its `Debug` is silent.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statement {
    /// The statement's own id.
    pub unique_id: Option<Box<str>>,
    /// `PDF`.
    pub file_type: Option<Box<str>>,
    /// The file, in Base64 as it came. `Base64Bytes` on the wire.
    pub base64: Option<Box<str>>,
}

reconnect_core::silent!(AccountStatements, Statement);

impl Endpoint for GetStatements {
    type Answer = StatementsReply;

    fn draft(&self) -> Draft {
        Draft::post("GetStatements").body(self).slow()
    }

    fn read(&self, reply: &Reply) -> Result<StatementsReply, CallError> {
        read(&self.request_id, reply)
    }
}

impl Endpoint for GetStatementsAsync {
    type Answer = StatementsReply;

    fn draft(&self) -> Draft {
        Draft::get("GetStatementsAsync").part(self.request_id.as_str())
    }

    fn read(&self, reply: &Reply) -> Result<StatementsReply, CallError> {
        read(&self.request_id, reply)
    }
}

fn read(asked: &RequestId, reply: &Reply) -> Result<StatementsReply, CallError> {
    let mut opened = open(reply)?;
    if opened.refusal.is_none() && opened.facts.request.as_ref().is_some_and(|request| request != asked) {
        // Another session's statements: nothing of them is built (decision 18).
        return Err(opened.garbled("RequestId"));
    }
    if let Some(retry_after) = opened.pending {
        return Ok(StatementsReply::Pending { retry_after });
    }
    let (list, unread) = opened.accepted()?.whole(accounts)?;
    let by_account = list.ok_or_else(|| opened.garbled("StatementsByAccount"))?;
    Ok(StatementsReply::Ready(Statements { facts: opened.facts.clone(), by_account, unread }))
}

fn accounts(from: &mut Reader<'_>) -> Read<Option<Vec<AccountStatements>>> {
    let mut list = None;
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "StatementsByAccount" => only(&mut list, from, account)?,
            _ => from.skip()?,
        }
    }
    Ok(list)
}

fn account(from: &mut Reader<'_>) -> Read<AccountStatements> {
    let (mut account_number, mut statements, mut fields) = (None, None, Fields::default());
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "AccountNumber" => fields.take(from, "AccountNumber", &mut account_number, words)?,
            "Statements" => fields.take(from, "Statements", &mut statements, |from| each(from, statement))?,
            _ => from.skip()?,
        }
    }
    Ok(AccountStatements { account_number, statements: statements.unwrap_or_default() })
}

fn statement(from: &mut Reader<'_>) -> Read<Statement> {
    let (mut unique_id, mut file_type, mut base64, mut fields) = (None, None, None, Fields::default());
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "UniqueId" => fields.take(from, "UniqueId", &mut unique_id, words)?,
            "FileType" => fields.take(from, "FileType", &mut file_type, words)?,
            // A file, in which nothing may be replaced.
            "Base64Bytes" => {
                fields.take(from, "Base64Bytes", &mut base64, |from| Ok(from.maybe(Reader::exact)?.map(Into::into)))?
            }
            _ => from.skip()?,
        }
    }
    Ok(Statement { unique_id, file_type, base64 })
}
