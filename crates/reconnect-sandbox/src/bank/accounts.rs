//! The bodies that carry accounts, written so that amounts keep every digit.
//!
//! <https://docs.flinks.com/api/connect/endpoints/account-linking/get-accounts-detail>,
//! <https://help.flinks.com/support/solutions/articles/43000705311-data-types-in-getaccountsdetail>.

use serde::Serialize;
use serde_json::{Value, json};

use super::links::{async_link, links};
use super::login::Login;
use super::order::{Kind, Order};
use super::session::Session;
use super::state::Bank;
use crate::date::days_before;
use crate::http::Reply;
use crate::id::guid;
use crate::scenario::account::{self, Amount, Entry};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Delivered<'a> {
    http_status_code: u16,
    accounts: Vec<Account<'a>>,
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
    accounts: Vec<Account<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Account<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    transactions: Option<Vec<Transaction<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eft_eligible_ratio: Option<Amount>,
    #[serde(rename = "ETransferEligibleRatio", skip_serializing_if = "Option::is_none")]
    e_transfer_eligible_ratio: Option<Amount>,
    transit_number: Option<&'a str>,
    institution_number: Option<&'a str>,
    overdraft_limit: &'a Amount,
    title: &'a str,
    account_number: Option<&'a str>,
    last_four_digits: Option<&'a str>,
    balance: Balance<'a>,
    category: &'a str,
    r#type: &'a str,
    currency: &'a str,
    holder: Option<Value>,
    account_type: &'a str,
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Balance<'a> {
    available: Option<&'a Amount>,
    current: Option<&'a Amount>,
    limit: Option<&'a Amount>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Transaction<'a> {
    date: String,
    code: Option<&'a str>,
    description: &'a str,
    debit: Option<&'a Amount>,
    credit: Option<&'a Amount>,
    balance: Option<&'a Amount>,
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
        institution_name: &session.institution().name,
        login: login.body(),
        institution_id: session.institution().id,
        institution: &session.institution().name,
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
        links: async_link(kind.poll(), session),
        http_status_code: 202,
        message: "Your operation has been dispatched",
        request_id: &session.request_id,
        accounts,
    };
    Reply::of_json(202, &body)
}

/// What the account selector of the widget shows of an account.
pub(crate) struct Choice {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) currency: String,
    pub(crate) is_operations: bool,
    pub(crate) last_four: String,
}

impl Bank {
    /// Every account of a session's login, in the order of its bank.
    pub(crate) fn accounts_of(&self, session: &Session) -> Vec<Choice> {
        let choice = |owned: &account::Account| Choice {
            id: account_id(self.settings.seed, &session.login_id, &owned.number),
            title: owned.title.clone(),
            currency: owned.currency.clone(),
            is_operations: owned.category == "Operations",
            last_four: owned.number.chars().skip(owned.number.chars().count().saturating_sub(4)).collect(),
        };
        session.who.user.accounts.iter().map(choice).collect()
    }
}

/// It stays the same for a login.
pub(super) fn account_id(seed: u64, login_id: &str, number: &str) -> String {
    guid(seed, &["account", login_id, number])
}

pub(super) fn account_ids(seed: u64, login: &Login) -> Vec<String> {
    login.who.user.accounts.iter().map(|account| account_id(seed, &login.id, &account.number)).collect()
}

/// The accounts that both the call and the selection in the widget ask for.
fn ordered<'a>(seed: u64, login: &'a Login, session: &Session, order: &Order, kind: Kind) -> Vec<Account<'a>> {
    let accounts = login.who.user.accounts.iter().map(|owned| (account_id(seed, &login.id, &owned.number), owned));
    accounts
        .filter(|(id, _)| session.lets_through(id, order.filter.as_deref()))
        .map(|(id, owned)| account(seed, login, id, owned, order, kind))
        .collect()
}

fn account<'a>(
    seed: u64,
    login: &Login,
    id: String,
    owned: &'a account::Account,
    order: &Order,
    kind: Kind,
) -> Account<'a> {
    let summary = kind == Kind::Summary;
    let wanted = order.transactions && !summary;
    let entries = owned.entries().enumerate().filter(|(_, (age, _))| *age <= order.days);
    let transactions =
        || entries.map(|(index, (age, entry))| transaction(seed, login, &id, index, age, entry)).collect();
    let eft = owned.category == "Operations";
    let ratio = || summary.then(|| if eft { Amount::one() } else { Amount::zero() });
    Account {
        transactions: wanted.then(transactions),
        eft_eligible_ratio: ratio(),
        e_transfer_eligible_ratio: ratio(),
        transit_number: order.identity.then_some("77777"),
        institution_number: order.identity.then_some("777"),
        overdraft_limit: &owned.overdraft,
        title: &owned.title,
        account_number: order.identity.then_some(&owned.number),
        last_four_digits: None,
        balance: Balance {
            available: owned.available.as_ref().filter(|_| order.balance),
            current: owned.current.as_ref().filter(|_| order.balance),
            limit: owned.limit.as_ref().filter(|_| order.balance),
        },
        category: &owned.category,
        r#type: &owned.kind,
        currency: &owned.currency,
        holder: order.holder.then(holder),
        account_type: "Personal",
        id,
    }
}

/// Dates count back from the moment at which the data was collected, so a cached reply has old dates.
fn transaction<'a>(
    seed: u64,
    login: &Login,
    account_id: &str,
    index: usize,
    age_days: u64,
    entry: &'a Entry,
) -> Transaction<'a> {
    Transaction {
        date: days_before(login.last_refresh, age_days),
        code: None,
        description: &entry.description,
        debit: entry.debit.as_ref(),
        credit: entry.credit.as_ref(),
        balance: entry.balance.as_ref(),
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
