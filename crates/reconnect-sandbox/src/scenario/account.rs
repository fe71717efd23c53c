//! The accounts of a user. Amounts are JSON numbers that keep every digit.

use core::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Account {
    pub(crate) title: String,
    /// The id is made from it.
    pub(crate) number: String,
    #[serde(default = "operations")]
    pub(crate) category: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default = "cad")]
    pub(crate) currency: String,
    #[serde(default = "Amount::zero")]
    pub(crate) overdraft: Amount,
    pub(crate) available: Option<Amount>,
    pub(crate) current: Option<Amount>,
    pub(crate) limit: Option<Amount>,
    #[serde(default)]
    pub(crate) transactions: Vec<Entry>,
}

/// A transaction, or many that are alike. The date is a number of days before the data was collected.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) days_ago: u64,
    pub(crate) description: String,
    pub(crate) debit: Option<Amount>,
    pub(crate) credit: Option<Amount>,
    pub(crate) balance: Option<Amount>,
    /// How many of them there are.
    #[serde(default = "once")]
    pub(crate) repeat: u64,
    /// Over how many days before `daysAgo` they are spread.
    #[serde(default)]
    pub(crate) over_days: u64,
}

impl Account {
    /// Every transaction with its age in days. A repeated one comes as often as it says.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (u64, &Entry)> {
        self.transactions.iter().flat_map(|entry| {
            let age = |index: u64| entry.days_ago.saturating_add(index.saturating_mul(entry.over_days) / entry.repeat);
            (0..entry.repeat).map(move |index| (age(index), entry))
        })
    }
}

/// A JSON number that keeps its spelling: `50000.00` keeps its zeros.
#[derive(Clone)]
pub(crate) struct Amount(Box<RawValue>);

impl Amount {
    pub(crate) fn zero() -> Self {
        Amount::read("0").expect("a number")
    }

    pub(crate) fn one() -> Self {
        Amount::read("1").expect("a number")
    }

    fn read(text: &str) -> Option<Self> {
        let looks =
            |byte: Option<&u8>, more: &[u8]| byte.is_some_and(|byte| byte.is_ascii_digit() || more.contains(byte));
        let bytes = text.as_bytes();
        let plain = bytes.len() <= 64 && looks(bytes.first(), b"-") && looks(bytes.last(), b"");
        plain.then(|| RawValue::from_string(text.to_owned()).ok()).flatten().map(Amount)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Quoted;

        impl Visitor<'_> for Quoted {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an amount in quotes, such as \"50000.00\", so that every digit is kept")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Amount, E> {
                Amount::read(text).ok_or_else(|| {
                    let shown: String = text.chars().take(64).collect();
                    E::custom(format!("{shown:?} is no amount; write a JSON number in quotes, such as \"-1234.60\""))
                })
            }
        }

        deserializer.deserialize_any(Quoted)
    }
}

fn operations() -> String {
    "Operations".to_owned()
}

fn cad() -> String {
    "CAD".to_owned()
}

fn once() -> u64 {
    1
}
