//! Reading accounts from JSON: tolerant of every shape seen, exact about money, and blind to what was not selected.

use super::{Account, Balance, Date, Holder, Transaction};
use crate::{AccountId, Selection, selection::Report};
use alloc::{borrow::Cow, boxed::Box, collections::BTreeMap, string::ToString, vec::Vec};
use core::fmt;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::{
    self, DeserializeSeed, Deserializer, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor,
    value::{MapAccessDeserializer, MapDeserializer},
};
use serde_json::value::RawValue;

/// Reads the JSON array of accounts that a reply holds, and keeps those that were selected. Of the others nothing is
/// built: they stay text, wherever their `Id` stands in the object.
///
/// # Errors
/// [`NotAccounts`] where `json` is no array of accounts. It says where, and never what stands there.
///
/// ```
/// use reconnect_core::{AccountId, Selection, accounts};
///
/// let json = r#"[{"Title":"Chequing","Id":"a"},{"Title":"Visa","Id":"b","Balance":{"Current":49983.20}}]"#;
/// let report = accounts::read(json, &Selection::only([AccountId::new("b")?])?)?;
/// assert_eq!(report.kept[0].balance.current.unwrap().to_string(), "49983.20");
/// assert_eq!(report.left_out, 1);
///
/// let wrong = accounts::read(r#"[{"Id":"a","Balance":{"Current":"much"}}]"#, &Selection::all()).unwrap_err();
/// assert_eq!(wrong.to_string(), "not what the service documents, at Accounts[0].Balance.Current");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(json: &str, keep: &Selection) -> Result<Report, NotAccounts> {
    let mut from = serde_json::Deserializer::from_str(json);
    let read =
        if keep.is_all() { Vec::deserialize(&mut from).map(|all| (all, 0)) } else { from.deserialize_seq(Sieve(keep)) };
    match read.and_then(|read| from.end().map(|()| read)) {
        Ok((kept, left_out)) => Ok(Report::of(kept, left_out, keep)),
        Err(error) => {
            // An account that was sieved was parsed from its own text: the whole tells the place.
            let error = serde_json::from_str::<Vec<Account>>(json).err().unwrap_or(error);
            let at = crate::reply::path(json, &error);
            Err(NotAccounts { at: if at.starts_with('[') { at } else { Box::default() } })
        }
    }
}

/// JSON that is not the accounts of a reply.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not what the service documents, at Accounts{at}")]
pub struct NotAccounts {
    at: Box<str>,
}

/// Builds the selected accounts of an array and counts the others.
struct Sieve<'k>(&'k Selection);

impl<'de> Visitor<'de> for Sieve<'_> {
    type Value = (Vec<Account>, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of accounts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let (mut kept, mut left_out) = (Vec::new(), 0);
        while let Some(account) = list.next_element_seed(One(self.0))? {
            match account {
                Some(account) => kept.push(account),
                None => left_out += 1,
            }
        }
        Ok((kept, left_out))
    }
}

/// One account, or `None` where it was not selected.
struct One<'k>(&'k Selection);

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = Option<Account>;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for One<'_> {
    type Value = Option<Account>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an account")
    }

    /// The values stay raw until the id is known, since the service prints it last.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut raw: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::new();
        let mut chosen = None;
        while let Some(key) = map.next_key::<BorrowedKey<'de>>()? {
            if key.0 == "Id" && chosen.is_none() {
                let value = map.next_value::<&'de RawValue>()?;
                let id = serde_json::from_str::<AccountId>(value.get()).map_err(de::Error::custom)?;
                chosen = Some(self.0.keeps(&id));
                raw.push((key.0, value));
            } else if chosen == Some(false) {
                map.next_value::<IgnoredAny>()?;
            } else {
                raw.push((key.0, map.next_value()?));
            }
        }
        match chosen {
            None => Err(de::Error::missing_field("Id")),
            Some(false) => Ok(None),
            Some(true) => {
                let fields = raw.into_iter().map(|(key, value)| (key, Raw(value)));
                Account::deserialize(MapDeserializer::new(fields))
                    .map(Some)
                    .map_err(de::Error::custom::<serde_json::Error>)
            }
        }
    }
}

/// An account as it stands in a reply. Every field has its name and its form here.
#[derive(Deserialize)]
#[serde(remote = "Account", rename_all = "PascalCase")]
struct Fields {
    id: AccountId,
    #[serde(default, deserialize_with = "text")]
    title: Option<Box<str>>,
    #[serde(default, deserialize_with = "text")]
    account_number: Option<Box<str>>,
    #[serde(default, deserialize_with = "text")]
    transit_number: Option<Box<str>>,
    #[serde(default, deserialize_with = "text")]
    institution_number: Option<Box<str>>,
    #[serde(default, deserialize_with = "text")]
    last_four_digits: Option<Box<str>>,
    #[serde(default, deserialize_with = "money")]
    overdraft_limit: Option<Decimal>,
    #[serde(default, deserialize_with = "or_default")]
    balance: Balance,
    #[serde(default, deserialize_with = "text")]
    category: Option<Box<str>>,
    #[serde(default, rename = "Type", deserialize_with = "text")]
    kind: Option<Box<str>>,
    #[serde(default, deserialize_with = "text")]
    currency: Option<Box<str>>,
    #[serde(default, deserialize_with = "text")]
    account_type: Option<Box<str>>,
    #[serde(default, deserialize_with = "holder")]
    holder: Option<Holder>,
    #[serde(default, deserialize_with = "or_default")]
    transactions: Vec<Transaction>,
    #[serde(default, deserialize_with = "money")]
    eft_eligible_ratio: Option<Decimal>,
    #[serde(default, rename = "ETransferEligibleRatio", deserialize_with = "money")]
    e_transfer_eligible_ratio: Option<Decimal>,
    #[serde(skip)]
    other: BTreeMap<Box<str>, Box<str>>,
}

impl<'de> Deserialize<'de> for Account {
    /// `flatten` would buffer every value, transactions too. So the fields are read straight, and what they do not name
    /// is put aside on the way as it stands.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut other = BTreeMap::new();
        let account = Fields::deserialize(Aside { from, other: &mut other })?;
        Ok(Self { other, ..account })
    }
}

/// A deserializer, map or visitor whose unknown fields are put aside.
struct Aside<'o, T> {
    from: T,
    other: &'o mut BTreeMap<Box<str>, Box<str>>,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Aside<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.from.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.from.deserialize_map(Known { known, visitor, other: self.other })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The visitor of a struct, and the names of its fields.
struct Known<'o, V> {
    known: &'static [&'static str],
    visitor: V,
    other: &'o mut BTreeMap<Box<str>, Box<str>>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Known<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an account")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(Rest { map, known: self.known, other: self.other })
    }
}

/// A map without the fields that nobody knows.
struct Rest<'o, A> {
    map: A,
    known: &'static [&'static str],
    other: &'o mut BTreeMap<Box<str>, Box<str>>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Rest<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(BorrowedKey(key)) = self.map.next_key()? {
            if self.known.contains(&&*key) {
                return seed.deserialize(key.into_deserializer()).map(Some);
            }
            let value = self.map.next_value::<&'de RawValue>()?;
            self.other.insert(key.into(), value.get().into());
        }
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// A transaction as it stands in a reply.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Posted {
    #[serde(default, deserialize_with = "text")]
    id: Option<Box<str>>,
    #[serde(default, deserialize_with = "day")]
    date: Day,
    #[serde(default, deserialize_with = "text")]
    description: Option<Box<str>>,
    #[serde(default, deserialize_with = "money")]
    debit: Option<Decimal>,
    #[serde(default, deserialize_with = "money")]
    credit: Option<Decimal>,
    #[serde(default, deserialize_with = "money")]
    balance: Option<Decimal>,
}

impl From<Posted> for Transaction {
    fn from(posted: Posted) -> Self {
        let Posted { id, date: Day { date, text }, description, debit, credit, balance } = posted;
        Self { id, date, date_text: text, description, debit, credit, balance }
    }
}

/// A key that is borrowed wherever it has no escape.
struct BorrowedKey<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for BorrowedKey<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Key;
        impl<'de> Visitor<'de> for Key {
            type Value = BorrowedKey<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(BorrowedKey(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(BorrowedKey(Cow::Owned(text.into())))
            }
        }
        from.deserialize_str(Key)
    }
}

/// A raw value as the deserializer of what it holds.
struct Raw<'de>(&'de RawValue);

impl<'de> IntoDeserializer<'de, serde_json::Error> for Raw<'de> {
    type Deserializer = &'de RawValue;
    fn into_deserializer(self) -> &'de RawValue {
        self.0
    }
}

/// A default where the value is null, such as no transactions.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

/// Money from the digits of the JSON number itself.
pub(crate) fn money<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decimal>, D::Error> {
    let Some(raw) = Option::<&'de RawValue>::deserialize(from)? else { return Ok(None) };
    let token = raw.get();
    // The token is JSON already, so what starts like a number is one; text is refused, since money is never text.
    let number = token.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    let exact =
        if token.contains(['e', 'E']) { Decimal::from_scientific(token) } else { Decimal::from_str_exact(token) };
    match exact {
        Ok(exact) if number => Ok(Some(exact)),
        _ => Err(de::Error::custom("not an amount")),
    }
}

/// Text; numbers and booleans that stand where text should are taken as they are written, null is none.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Box<str>>, D::Error> {
    struct Text;
    impl<'de> Visitor<'de> for Text {
        type Value = Option<Box<str>>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("text")
        }
        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(Some(text.into()))
        }
        fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
            Ok(Some(number.to_string().into()))
        }
        fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
            Ok(Some(number.to_string().into()))
        }
        fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
            Ok(Some(value.to_string().into()))
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }
    from.deserialize_any(Text)
}

/// A holder as an object, or as the bare name of the bodies of 2019.
pub(crate) fn holder<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Holder>, D::Error> {
    struct Either;
    impl<'de> Visitor<'de> for Either {
        type Value = Option<Holder>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a holder")
        }
        fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
            Ok(Some(Holder { name: Some(name.into()), ..Holder::default() }))
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            Holder::deserialize(MapAccessDeserializer::new(map)).map(Some)
        }
    }
    from.deserialize_any(Either)
}

/// A day, or the text that is none here: it is no reason to lose the account.
#[derive(Default)]
struct Day {
    date: Option<Date>,
    text: Option<Box<str>>,
}

impl Day {
    fn read(text: &str) -> Self {
        let date = Date::read(text);
        Self { date, text: (date.is_none() && !text.is_empty()).then(|| text.into()) }
    }
}

/// Without a copy of the text where it is a day, as it nearly always is.
fn day<'de, D: Deserializer<'de>>(from: D) -> Result<Day, D::Error> {
    struct Text;
    impl<'de> Visitor<'de> for Text {
        type Value = Day;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a date")
        }
        fn visit_str<E>(self, text: &str) -> Result<Day, E> {
            Ok(Day::read(text))
        }
        fn visit_u64<E>(self, number: u64) -> Result<Day, E> {
            Ok(Day::read(&number.to_string()))
        }
        fn visit_i64<E>(self, number: i64) -> Result<Day, E> {
            Ok(Day::read(&number.to_string()))
        }
        fn visit_bool<E>(self, value: bool) -> Result<Day, E> {
            Ok(Day::read(&value.to_string()))
        }
        fn visit_unit<E>(self) -> Result<Day, E> {
            Ok(Day::default())
        }
    }
    from.deserialize_any(Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_keeps_its_digits() {
        let kept = |body: &str| {
            let json = alloc::format!(r#"[{{"Id":"a","Balance":{{"Current":{body}}}}}]"#);
            read(&json, &Selection::all()).map(|report| report.kept[0].balance.current.map(|money| money.to_string()))
        };
        for digits in ["49983.20", "50000.00", "20", "0", "-0.10", "0.0000001"] {
            assert_eq!(kept(digits).expect("money").as_deref(), Some(digits));
        }
        assert_eq!(kept("null").expect("none"), None);
        assert_eq!(kept("1e3").expect("money").as_deref(), Some("1000"));
        for not in ["\"1.00\"", "true", "{}", "[]", "1e400", "123456789012345678901234567890123"] {
            assert!(kept(not).is_err(), "{not}");
        }
    }

    #[test]
    fn the_id_may_stand_anywhere_and_two_accounts_may_share_one() {
        let keep = Selection::only([AccountId::new("b").expect("an id")]).expect("one");
        let json = r#"[{"Id":"a","Title":1},{"Title":"x","Id":"B","Holder":"J"},{"Id":"b","Title":null},{"Title":[],"Id":"c"}]"#;
        let report = read(json, &keep).expect("accounts");
        assert_eq!(report.kept.len(), 2);
        assert_eq!(report.left_out, 2);
        assert_eq!(report.kept[0].title.as_deref(), Some("x"));
        assert!(report.kept[0].holder.as_ref().is_some_and(|holder| holder.name.as_deref() == Some("J")));
        assert!(read(r#"[{"Title":"x"}]"#, &keep).is_err());
        assert!(read("[] x", &keep).is_err());
        assert!(read("[] x", &Selection::all()).is_err());
    }

    #[test]
    fn what_has_no_name_is_kept_as_it_came() {
        let json = r#"[{"Id":"a","Title":"x","Frozen": true,"Limits":{"Daily": 1.50,"n":[null]},"Transactions":[],"Code":null,"N\u0061me":"J","Limits2":"a\"b"}]"#;
        for keep in [Selection::all(), Selection::only([AccountId::new("A").expect("an id")]).expect("one")] {
            let report = read(json, &keep).expect("accounts");
            let account = &report.kept[0];
            let other: Vec<(&str, &str)> = account.other.iter().map(|(name, text)| (&**name, &**text)).collect();
            let kept = [
                ("Code", "null"),
                ("Frozen", "true"),
                ("Limits", r#"{"Daily": 1.50,"n":[null]}"#),
                ("Limits2", r#""a\"b""#),
                ("Name", r#""J""#),
            ];
            assert_eq!((other.as_slice(), account.title.as_deref()), (&kept[..], Some("x")));
            assert!(!alloc::format!("{account:?}").contains("Daily"));
        }
        let plain =
            read(r#"[{"Id":"a","Title":null,"ETransferEligibleRatio":0.5}]"#, &Selection::all()).expect("accounts");
        assert!(plain.kept[0].other.is_empty());
        for not in [r#"[["a"]]"#, r#"["a"]"#, r#"[{"Id":"a","Id":"b"}]"#, r#"[{"Id":"a","New":}]"#, r#"[{"New":1}]"#] {
            assert!(read(not, &Selection::all()).is_err(), "{not}");
        }
    }

    #[test]
    fn a_date_of_another_form_keeps_its_text() {
        let date = |value: &str| {
            let json = alloc::format!(r#"[{{"Id":"a","Transactions":[{{"Date":{value},"Credit":1}}]}}]"#);
            let report = read(&json, &Selection::all()).expect("accounts");
            let one = &report.kept[0].transactions[0];
            (one.date.map(|date| date.to_string()), one.date_text.as_deref().map(ToString::to_string))
        };
        let day = |text: &str| (Some(text.to_string()), None);
        let text = |text: &str| (None, Some(text.to_string()));
        assert_eq!(date(r#""2026-02-15""#), day("2026-02-15"));
        assert_eq!(date(r#""2026/02/15""#), day("2026-02-15"));
        assert_eq!(date(r#""2026-08-01T00:00:00""#), day("2026-08-01"));
        assert_eq!(date(r#""15 Feb 2026""#), text("15 Feb 2026"));
        assert_eq!(date(r#""2026-02-30""#), text("2026-02-30"));
        assert_eq!(date("20260215"), text("20260215"));
        assert_eq!(date("null"), (None, None));
        assert_eq!(date(r#""""#), (None, None));
        let none = read(r#"[{"Id":"a","Transactions":[{"Credit":1}]}]"#, &Selection::all()).expect("accounts");
        assert_eq!(none.kept[0].transactions[0].date_text, None);
    }
}
