//! Reading a body of accounts as one would without this project: derived types and `serde_json` alone. The fields are of
//! the types that ours are of, and money is exact.

use reconnect_core::{Decimal, accounts::Date};
use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

/// Money from the digits of the JSON number.
#[derive(Debug)]
pub struct Money(#[expect(dead_code, reason = "it is read, and that is all")] Decimal);

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let token = <&RawValue>::deserialize(from)?.get();
        Decimal::from_str_exact(token).map(Self).map_err(de::Error::custom)
    }
}

macro_rules! plain {
    ($($name:ident { $($field:ident: $type:ty,)* })*) => {$(
        /// A plain struct.
        #[derive(Debug, Deserialize)]
        #[serde(rename_all = "PascalCase")]
        #[allow(missing_docs, reason = "the names are the service's")]
        pub struct $name { $(pub $field: $type,)* }
    )*};
}

type Text = Option<Box<str>>;

plain! {
    Body { accounts: Vec<Account>, }
    Account {
        id: Box<str>, title: Text, account_number: Text, transit_number: Text, institution_number: Text,
        last_four_digits: Text, overdraft_limit: Option<Money>, balance: Balance, category: Text, r#type: Text,
        currency: Text, account_type: Text, holder: Option<Holder>, transactions: Vec<Transaction>,
    }
    Balance { available: Option<Money>, current: Option<Money>, limit: Option<Money>, }
    Holder { name: Text, email: Text, phone_number: Text, address: Option<Address>, }
    Address { civic_address: Text, city: Text, province: Text, postal_code: Text, country: Text, }
    Transaction {
        id: Text, date: Option<Date>, description: Text, debit: Option<Money>, credit: Option<Money>,
        balance: Option<Money>,
    }
}
