//! The bodies that carry accounts, written so that amounts keep every digit.
//!
//! <https://docs.flinks.com/api/connect/endpoints/account-linking/get-accounts-detail>,
//! <https://help.flinks.com/support/solutions/articles/43000705311-data-types-in-getaccountsdetail>.

use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::authorize::links;
use super::books::{ACCOUNTS, Entry, Page};
use super::date;
use super::id::guid;
use super::login::Login;
use super::session::Session;
use super::user::{INSTITUTION, INSTITUTION_ID};
use crate::http::Reply;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Detail,
    Summary,
}

/// What a data call asks for.
#[derive(Clone)]
pub(crate) struct Order {
    pub(crate) filter: Option<Vec<String>>,
    pub(crate) transactions: bool,
    pub(crate) holder: bool,
    pub(crate) identity: bool,
    pub(crate) balance: bool,
    pub(crate) days: u64,
}

impl Default for Order {
    fn default() -> Self {
        Order { filter: None, transactions: true, holder: true, identity: true, balance: true, days: 90 }
    }
}

/// A JSON number written as it stands: `50000.00` keeps its zeros.
#[derive(Clone, Copy)]
pub(super) struct Amount(pub(super) &'static str);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(self.0).map_err(S::Error::custom)?;
        raw.serialize(serializer)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Delivered<'a> {
    http_status_code: u16,
    accounts: Vec<Account>,
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<Value>,
    institution_name: &'a str,
    login: Value,
    institution_id: u32,
    institution: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Dispatched<'a> {
    flinks_code: &'a str,
    links: Value,
    http_status_code: u16,
    message: &'a str,
    request_id: &'a str,
    accounts: Vec<Account>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Account {
    #[serde(skip_serializing_if = "Option::is_none")]
    transactions: Option<Vec<Transaction>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eft_eligible_ratio: Option<Amount>,
    #[serde(rename = "ETransferEligibleRatio", skip_serializing_if = "Option::is_none")]
    e_transfer_eligible_ratio: Option<Amount>,
    transit_number: Option<&'static str>,
    institution_number: Option<&'static str>,
    overdraft_limit: Amount,
    title: &'static str,
    account_number: Option<&'static str>,
    last_four_digits: Option<&'static str>,
    balance: Balance,
    category: &'static str,
    r#type: &'static str,
    currency: &'static str,
    holder: Option<Value>,
    account_type: &'static str,
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Balance {
    available: Option<Amount>,
    current: Option<Amount>,
    limit: Option<Amount>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Transaction {
    date: String,
    code: Option<&'static str>,
    description: &'static str,
    debit: Option<Amount>,
    credit: Option<Amount>,
    balance: Amount,
    id: String,
}

/// The 200 of both endpoints and of their `…Async` twins.
pub(super) fn delivered(seed: u64, login: &Login, session: &Session, order: &Order, kind: Kind) -> Reply {
    let links = match kind {
        Kind::Detail => None,
        Kind::Summary => Some(links(&["AccountsDetail", "Statements"])),
    };
    let body = Delivered {
        http_status_code: 200,
        accounts: ordered(seed, login, session, order, kind),
        links,
        institution_name: INSTITUTION,
        login: login.body(),
        institution_id: INSTITUTION_ID,
        institution: INSTITUTION,
        request_id: &session.request_id,
        tag: session.tag.as_deref(),
    };
    Reply::of_json(200, &body)
}

/// The 202 of a call that took too long, with "a partial result of what had been processed so far":
/// <https://docs.flinks.com/docs/test-institution>.
pub(super) fn dispatched(seed: u64, login: &Login, session: &Session, order: &Order, kind: Kind) -> Reply {
    let mut accounts = ordered(seed, login, session, order, kind);
    accounts.truncate(1);
    let body = Dispatched {
        flinks_code: "OPERATION_DISPATCHED",
        links: async_link(session, kind),
        http_status_code: 202,
        message: "Your operation has been dispatched",
        request_id: &session.request_id,
        accounts,
    };
    Reply::of_json(202, &body)
}

pub(super) fn async_link(session: &Session, kind: Kind) -> Value {
    let name = match kind {
        Kind::Detail => "GetAccountsDetailAsync",
        Kind::Summary => "GetAccountsSummaryAsync",
    };
    let href = format!("/{name}");
    json!([{"rel": name, "href": href, "example": format!("{href}/{}", session.request_id)}])
}

/// Stable for a login.
pub(super) fn account_id(seed: u64, login_id: &str, number: &str) -> String {
    guid(seed, &["account", login_id, number])
}

pub(super) fn account_ids(seed: u64, login_id: &str) -> Vec<String> {
    ACCOUNTS.iter().map(|page| account_id(seed, login_id, page.number)).collect()
}

/// The accounts that both the order and the selection of the widget let through.
fn ordered(seed: u64, login: &Login, session: &Session, order: &Order, kind: Kind) -> Vec<Account> {
    let listed = |list: &[String], id: &str| list.iter().any(|wanted| wanted.eq_ignore_ascii_case(id));
    let accounts = ACCOUNTS.iter().map(|page| account(seed, login, page, order, kind));
    accounts
        .filter(|account| order.filter.as_deref().is_none_or(|filter| listed(filter, &account.id)))
        .filter(|account| session.selection.is_empty() || listed(&session.selection, &account.id))
        .collect()
}

fn account(seed: u64, login: &Login, page: &'static Page, order: &Order, kind: Kind) -> Account {
    let id = account_id(seed, &login.id, page.number);
    let summary = kind == Kind::Summary;
    let entries = page.entries.iter().enumerate().filter(|(_, entry)| entry.age_days <= order.days);
    let transactions = entries.map(|(index, entry)| transaction(seed, login, &id, index, entry)).collect();
    let eft = page.category == "Operations";
    let ratio = summary.then_some(Amount(if eft { "1" } else { "0" }));
    Account {
        transactions: (order.transactions && !summary).then_some(transactions),
        eft_eligible_ratio: ratio,
        e_transfer_eligible_ratio: ratio,
        transit_number: order.identity.then_some("77777"),
        institution_number: order.identity.then_some("777"),
        overdraft_limit: page.overdraft,
        title: page.title,
        account_number: order.identity.then_some(page.number),
        last_four_digits: None,
        balance: Balance {
            available: page.available.filter(|_| order.balance),
            current: Some(page.current).filter(|_| order.balance),
            limit: page.limit.filter(|_| order.balance),
        },
        category: page.category,
        r#type: page.kind,
        currency: page.currency,
        holder: order.holder.then(holder),
        account_type: "Personal",
        id,
    }
}

/// Dates count back from the moment the data was collected, so a cached reply looks its age.
fn transaction(seed: u64, login: &Login, account_id: &str, index: usize, entry: &Entry) -> Transaction {
    Transaction {
        date: date::days_before(login.last_refresh, entry.age_days),
        code: None,
        description: entry.description,
        debit: entry.debit,
        credit: entry.credit,
        balance: entry.balance,
        id: guid(seed, &["transaction", account_id, &index.to_string()]),
    }
}

fn holder() -> Value {
    json!({
        "Name": "John Flinkyfoot",
        "Address": {
            "CivicAddress": "25 York Street",
            "City": "Toronto",
            "Province": "ON",
            "PostalCode": "M5J 2V5",
            "POBox": null,
            "Country": "CA",
        },
        "Email": "john.flinkyfoot@example.com",
        "PhoneNumber": "4165550100",
    })
}
