//! Accounts as data: what `/GetAccountsDetail` and `/GetAccountsSummary` say of each.
//!
//! Source: <https://docs.flinks.com/api/connect/endpoints/account-linking/get-accounts-detail>, and for the types
//! <https://help.flinks.com/support/solutions/articles/43000705311>. Every field but the id may be missing or null.
//! Money is a decimal made from the digits of the JSON number, never a float (decision 21).
//! No `Debug` here shows a name, a number, an amount or a description.

pub(crate) mod date;
pub(crate) mod parse;

pub use date::{Date, last_refresh};
pub use parse::{NotAccounts, read};

use crate::{ids::AccountId, word::words};
use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};
use core::fmt;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize, Serializer};

/// One account of a connection. As JSON it has every field, in camelCase: amounts as text, digit for digit, and what is
/// absent as null.
///
/// ```
/// use reconnect_core::{Selection, accounts};
/// let report = accounts::read(r#"[{"Id":"a","Type":"Chequing","Balance":{"Current":49983.20}}]"#, &Selection::all())?;
/// let json = serde_json::to_value(&report.kept[0])?;
/// assert_eq!((&json["type"], &json["balance"]["current"]), (&"Chequing".into(), &"49983.20".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Account {
    /// The id that `AccountsFilter` and `resumeSelectedAccounts` name. It is valid within one `loginId` only.
    pub id: AccountId,
    /// What the bank calls the account, such as `Chequing CAD`.
    pub title: Option<Box<str>>,
    /// Text, since it may have letters and leading zeros.
    pub account_number: Option<Box<str>>,
    /// Text, since it may have leading zeros. Null with `WithAccountIdentity: false`.
    pub transit_number: Option<Box<str>>,
    /// Text, since it may have leading zeros. Null with `WithAccountIdentity: false`.
    pub institution_number: Option<Box<str>>,
    /// The end of the account number; newer bodies only.
    pub last_four_digits: Option<Box<str>>,
    /// How far the account may go below zero, in units of its currency.
    #[serde(serialize_with = "amount")]
    pub overdraft_limit: Option<Decimal>,
    /// What is on it, in units of its currency.
    pub balance: Balance,
    /// `Operations`, `Credits`, `Products`, …: an open set.
    pub category: Option<Box<str>>,
    /// `Chequing`, `Savings`, `CreditCard`, …: an open set. `Type` on the wire.
    #[serde(rename = "type")]
    pub kind: Option<Box<str>>,
    /// `CAD` or `USD`.
    pub currency: Option<Box<str>>,
    /// `Personal`, `Business`, …; newer bodies only.
    pub account_type: Option<Box<str>>,
    /// Who holds it; bodies of 2019 have a bare name here. Null with `WithKYC: false`.
    pub holder: Option<Holder>,
    /// Posted transactions, not sorted.
    pub transactions: Vec<Transaction>,
    /// Some of its transactions could not be read whole: they are not in `transactions`, or lack the fields that could
    /// not be read. [`Report::unread`](crate::selection::Report::unread) has their places.
    pub unread_transactions: bool,
    /// Share of electronic fund transfers that would succeed, 0 to 1; summaries only.
    #[serde(serialize_with = "amount")]
    pub eft_eligible_ratio: Option<Decimal>,
    /// Share of e-transfers that would succeed, 0 to 1; summaries only.
    #[serde(serialize_with = "amount")]
    pub e_transfer_eligible_ratio: Option<Decimal>,
    /// Every field that has no name here, as the JSON text it came as. It may be personal.
    pub other: BTreeMap<Box<str>, Box<str>>,
}

impl Account {
    /// An account of which only the id is known.
    ///
    /// ```
    /// use reconnect_core::{Account, AccountId};
    /// let account = Account::new(AccountId::new("27a9ffa0")?);
    /// assert!(account.transactions.is_empty());
    /// # Ok::<(), reconnect_core::InvalidId>(())
    /// ```
    #[must_use]
    pub fn new(id: AccountId) -> Self {
        Self {
            id,
            title: None,
            account_number: None,
            transit_number: None,
            institution_number: None,
            last_four_digits: None,
            overdraft_limit: None,
            balance: Balance::default(),
            category: None,
            kind: None,
            currency: None,
            account_type: None,
            holder: None,
            transactions: Vec::new(),
            unread_transactions: false,
            eft_eligible_ratio: None,
            e_transfer_eligible_ratio: None,
            other: BTreeMap::new(),
        }
    }
}

/// What is on an account, in units of its currency.
#[derive(Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Balance {
    /// What may be spent; it may reflect pending transactions.
    #[serde(serialize_with = "amount")]
    pub available: Option<Decimal>,
    /// What is posted.
    #[serde(serialize_with = "amount")]
    pub current: Option<Decimal>,
    /// The credit limit.
    #[serde(serialize_with = "amount")]
    pub limit: Option<Decimal>,
}

/// One posted transaction. Normally exactly one of `debit` and `credit` is there; both are positive.
#[derive(Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Transaction {
    /// The transaction's own id, valid within one `loginId` only.
    pub id: Option<Box<str>>,
    /// The day it was posted; `None` where it is missing or in a form that is no day here.
    pub date: Option<Date>,
    /// The date as it came, where it is there and in a form that is no day here.
    pub date_text: Option<Box<str>>,
    /// What the bank says of it.
    pub description: Option<Box<str>>,
    /// What went out.
    #[serde(serialize_with = "amount")]
    pub debit: Option<Decimal>,
    /// What came in.
    #[serde(serialize_with = "amount")]
    pub credit: Option<Decimal>,
    /// The account's balance after it.
    #[serde(serialize_with = "amount")]
    pub balance: Option<Decimal>,
}

/// Who holds an account.
#[derive(Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Holder {
    /// The name as the bank has it.
    pub name: Option<Box<str>>,
    /// An e-mail address.
    pub email: Option<Box<str>>,
    /// A phone number, in no fixed form.
    pub phone_number: Option<Box<str>>,
    /// Where the holder lives.
    pub address: Option<Address>,
}

/// A postal address.
#[derive(Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Address {
    /// Number and street.
    pub civic_address: Option<Box<str>>,
    /// The city.
    pub city: Option<Box<str>>,
    /// The province or state.
    pub province: Option<Box<str>>,
    /// The postal code.
    pub postal_code: Option<Box<str>>,
    /// The post-office box. `POBox` on the wire.
    pub po_box: Option<Box<str>>,
    /// The country.
    pub country: Option<Box<str>>,
}

/// An amount as text, so that no reader makes a float of it.
fn amount<S: Serializer>(amount: &Option<Decimal>, to: S) -> Result<S::Ok, S::Error> {
    match amount {
        Some(amount) => to.collect_str(amount),
        None => to.serialize_none(),
    }
}

/// What `/GetAccountsDetail` is asked for. Absent options are left to the service.
/// Source: <https://docs.flinks.com/api/connect/endpoints/account-linking/get-accounts-detail>.
///
/// ```
/// use reconnect_core::accounts::{DaysOfTransactions, DetailOptions};
/// let mut options = DetailOptions::default();
/// options.days_of_transactions = Some(DaysOfTransactions::Days365);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct DetailOptions {
    /// Transit, institution and account numbers; the service's default is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with_account_identity: Option<bool>,
    /// Holders; the service's default is true. `WithKYC` on the wire.
    #[serde(rename = "WithKYC", skip_serializing_if = "Option::is_none")]
    pub with_kyc: Option<bool>,
    /// Transactions; the service's default is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with_transactions: Option<bool>,
    /// How far back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_of_transactions: Option<DaysOfTransactions>,
    /// PDF statements; the service's default is false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with_details_and_banking_statements: Option<bool>,
    /// How many statements; the service's default is the most recent one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_of_banking_statements: Option<NumberOfStatements>,
}

impl DetailOptions {
    /// Nothing asked beyond the service's defaults.
    pub const DEFAULT: Self = Self {
        with_account_identity: None,
        with_kyc: None,
        with_transactions: None,
        days_of_transactions: None,
        with_details_and_banking_statements: None,
        number_of_banking_statements: None,
    };
}

/// How far back transactions go.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[non_exhaustive]
pub enum DaysOfTransactions {
    /// 90 days, the service's default.
    Days90,
    /// A year.
    Days365,
}

/// How many statements are fetched.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[non_exhaustive]
pub enum NumberOfStatements {
    /// The last one.
    MostRecent,
    /// Those of 3 months.
    Months3,
    /// Those of 12 months.
    Months12,
}

words! {
    DaysOfTransactions { Days90 = "Days90", Days365 = "Days365" }
    NumberOfStatements { MostRecent = "MostRecent", Months3 = "Months3", Months12 = "Months12" }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transactions = self.transactions.len();
        f.debug_struct("Account").field("id", &self.id).field("transactions", &transactions).finish_non_exhaustive()
    }
}

/// Types of which nothing may be printed but the name. `reconnect-calls` uses it too.
#[doc(hidden)]
#[macro_export]
macro_rules! silent {
    ($($name:ident),*) => {$(
        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}

silent!(Balance, Transaction, Holder, Address);
