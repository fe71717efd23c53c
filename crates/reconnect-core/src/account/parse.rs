//! Reading accounts from JSON: tolerant of every shape seen, exact about money, and blind to what was not selected.

use crate::{
    account::{Account, Address, Balance, Holder, Transaction, date::Date},
    ids::AccountId,
    selection::{Report, Selection},
    unread::Unread,
};
use alloc::{boxed::Box, vec::Vec};
use core::fmt;
use reconnect_json::{Fields, Reader, Result, Value, Wrong};
use rust_decimal::Decimal;

/// Reads the JSON array of accounts that a reply holds, and keeps those that were selected. Of the others nothing is
/// built, wherever their `Id` stands in the object. A reply is read by [`reply::data`](crate::reply::data), its accounts
/// with it; this is for a list that is kept elsewhere.
///
/// # Errors
/// [`NotAccounts`] if `json` is not an array, if none of its accounts can be read, and if there are more accounts or
/// transactions than are ever read. It names the place, and never the value.
///
/// ```
/// use reconnect_core::{AccountId, Selection, accounts};
///
/// let json = r#"[{"Title":"Chequing","Id":"a"},{"Title":"Visa","Id":"b","Balance":{"Current":49983.20}}]"#;
/// let report = accounts::read(json, &Selection::only([AccountId::new("b")?])?)?;
/// assert_eq!(report.kept[0].balance.current.unwrap().to_string(), "49983.20");
/// assert_eq!(report.left_out, 1);
///
/// // A value that cannot be read is left out, and its place is named.
/// let odd = accounts::read(r#"[{"Id":"a","Balance":{"Current":"much"}}]"#, &Selection::all())?;
/// assert_eq!(odd.kept[0].balance.current, None);
/// assert_eq!(odd.unread.places()[0].as_ref(), "Accounts[0].Balance.Current");
///
/// let wrong = accounts::read(r#"[{"Title":"Chequing"}]"#, &Selection::all()).unwrap_err();
/// assert_eq!(wrong.to_string(), "not what the service documents, at Accounts[0]");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(json: &str, keep: &Selection) -> core::result::Result<Report, NotAccounts> {
    let mut from = Reader::tolerant(json);
    match report(&mut from, keep).and_then(|read| from.end().map(|()| read)) {
        Ok(report) => {
            let unread = Unread::of_reader(&from).under("Accounts");
            Ok(Report { unread, ..report })
        }
        Err(Wrong) if from.gave_up() => Err(NotAccounts { at: Box::default(), too_many: true }),
        Err(Wrong) => {
            let at = reconnect_json::place::path(json, from.at());
            Err(NotAccounts { at: if at.starts_with('[') { at } else { Box::default() }, too_many: false })
        }
    }
}

/// JSON that is not the accounts of a reply.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotAccounts {
    at: Box<str>,
    too_many: bool,
}

impl fmt::Display for NotAccounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.too_many {
            true => f.write_str("more accounts or transactions than are ever read"),
            false => write!(f, "not what the service documents, at Accounts{}", self.at),
        }
    }
}

impl core::error::Error for NotAccounts {}

/// How much more may be built of one reply. The documentation's own largest figure is 170,000 transactions (decision
/// 66).
struct Room {
    accounts: usize,
    transactions: usize,
    /// Fields that this code has no name for.
    other: usize,
}

impl Room {
    const ALL: Self = Self { accounts: 2_000, transactions: 200_000, other: 100_000 };

    /// Room for one more.
    fn take(left: &mut usize, from: &mut Reader<'_>) -> Result<()> {
        *left = left.checked_sub(1).ok_or_else(|| from.give_up())?;
        Ok(())
    }
}

/// Builds the selected accounts of a list and counts the others. One that cannot be read is left out, and the reader
/// keeps its place.
///
/// # Errors
/// If it is not a list, if none of its accounts can be read, and if there are more than are ever built.
pub(crate) fn report(from: &mut Reader<'_>, keep: &Selection) -> Result<Report> {
    let (mut kept, mut left_out, mut unread) = (Vec::new(), 0, None);
    let mut room = Room::ALL;
    from.list()?;
    while from.item()? {
        let (start, before) = (from.at(), from.unreadable());
        let built = match if keep.is_all() { Ok(true) } else { is_kept(from, keep) } {
            Ok(true) => Room::take(&mut room.accounts, from).and_then(|()| account(from, &mut room)).map(Some),
            Ok(false) => Ok(None),
            Err(Wrong) => Err(Wrong),
        };
        match built {
            Ok(Some(account)) => {
                grow(&mut kept);
                kept.push(account);
            }
            Ok(None) => left_out += 1,
            Err(Wrong) => {
                unread.get_or_insert(from.at());
                from.leave_out(start, before)?;
            }
        }
    }
    if let (Some(first), true) = (unread, kept.is_empty() && left_out == 0) {
        from.back(first);
        return Err(Wrong);
    }
    Ok(Report::of(kept, left_out, keep))
}

/// Grows by a quarter: a long list that is doubled would end with nearly half of its room unused.
fn grow<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 4).max(4));
    }
}

/// Whether the account that comes next is kept. One that is not is passed over; one that is still comes next.
/// The service prints the id last, so what is before it is passed over first.
fn is_kept(from: &mut Reader<'_>, keep: &Selection) -> Result<bool> {
    let start = from.at();
    let mut known = None;
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "Id" => {
                let id = AccountId::read(from)?;
                if known.get_or_insert_with(|| id.clone()) != &id {
                    // An account with two ids is not taken.
                    return Err(Wrong);
                }
                if keep.keeps(&id) {
                    from.back(start);
                    return Ok(true);
                }
            }
            _ => from.skip()?,
        }
    }
    known.map(|_| false).ok_or(Wrong)
}

/// Reads an object into `$part`: the name of each field in JSON, the field, and how its value is read. What follows are
/// the arms for other names; without any, other fields are passed over.
macro_rules! fields {
    ($from:ident, $part:ident { $($list:tt)* }) => { fields!($from, $part { $($list)* } fields, key { _ => $from.skip()?, }) };
    (
        $from:ident, $part:ident { $($name:literal => $field:ident: $read:expr,)* }
        $fields:ident, $key:ident { $($more:tt)* }
    ) => {
        let mut $fields = Fields::default();
        $from.object()?;
        while let Some($key) = $from.key()? {
            match &*$key {
                $($name => $fields.take($from, $name, &mut $part.$field, $read)?,)*
                $($more)*
            }
        }
    };
}

/// An account as it stands in a reply. Each documented field has its name and its form here; the others go into
/// `other`.
fn account(from: &mut Reader<'_>, room: &mut Room) -> Result<Account> {
    let mut account = Account::new(AccountId::unread());
    let (mut id, mut balance, mut transactions) = (None, None, None);
    let (mut unread, mut doubled) = (false, Vec::new());
    fields!(from, account {
        "Title" => title: text,
        "AccountNumber" => account_number: text,
        "TransitNumber" => transit_number: text,
        "InstitutionNumber" => institution_number: text,
        "LastFourDigits" => last_four_digits: text,
        "OverdraftLimit" => overdraft_limit: money,
        "Category" => category: text,
        "Type" => kind: text,
        "Currency" => currency: text,
        "AccountType" => account_type: text,
        "Holder" => holder: |from| from.maybe(holder),
        "EftEligibleRatio" => eft_eligible_ratio: money,
        "ETransferEligibleRatio" => e_transfer_eligible_ratio: money,
    } fields, key {
        "Id" => {
            let next = AccountId::read(from)?;
            if id.get_or_insert_with(|| next.clone()) != &next {
                return Err(Wrong);
            }
        }
        "Balance" => fields.take(from, "Balance", &mut balance, |from| from.maybe(self::balance))?,
        "Transactions" => {
            let before = from.unreadable();
            let list = |from: &mut Reader<'_>| from.maybe(|from| self::transactions(from, room));
            fields.take(from, "Transactions", &mut transactions, list)?;
            unread |= from.unreadable() != before;
        }
        _ => {
            Room::take(&mut room.other, from)?;
            let at = from.at();
            let name = Box::from(key);
            let json = from.attempt(|from| from.json().map(|json| Some(Box::from(json))))?;
            let Some(json) = json.filter(|_| !doubled.contains(&name)) else { continue };
            if account.other.get(&name).is_some_and(|known| *known != json) {
                doubled.push(name);
                from.mark(at);
            } else {
                account.other.insert(name, json);
            }
        }
    });
    if !doubled.is_empty() {
        // The map is built again: the code that removes from a map is three kilobytes.
        for (name, json) in core::mem::take(&mut account.other) {
            if !doubled.contains(&name) {
                account.other.insert(name, json);
            }
        }
    }
    account.id = id.ok_or(Wrong)?;
    (account.balance, account.transactions) = (balance.unwrap_or_default(), transactions.unwrap_or_default());
    account.unread_transactions = unread;
    Ok(account)
}

fn transactions(from: &mut Reader<'_>, room: &mut Room) -> Result<Vec<Transaction>> {
    let mut all = Vec::new();
    from.list()?;
    while from.item()? {
        let (start, before) = (from.at(), from.unreadable());
        Room::take(&mut room.transactions, from)?;
        match transaction(from) {
            Ok(transaction) => {
                grow(&mut all);
                all.push(transaction);
            }
            Err(Wrong) => from.leave_out(start, before)?,
        }
    }
    Ok(all)
}

fn transaction(from: &mut Reader<'_>) -> Result<Transaction> {
    let (mut posted, mut day) = (Transaction::default(), None);
    fields!(from, posted {
        "Id" => id: text,
        "Description" => description: text,
        "Debit" => debit: money,
        "Credit" => credit: money,
        "Balance" => balance: money,
    } fields, key {
        "Date" => fields.take(from, "Date", &mut day, self::day)?,
        _ => from.skip()?,
    });
    match day {
        Some(Ok(day)) => posted.date = Some(day),
        Some(Err(text)) => posted.date_text = Some(text),
        None => {}
    }
    Ok(posted)
}

/// A day, or the text if it cannot be read as a day: it is kept, and nothing else is lost.
fn day(from: &mut Reader<'_>) -> Result<Option<core::result::Result<Date, Box<str>>>> {
    let text = from.lenient()?.filter(|text| !text.is_empty());
    Ok(text.map(|text| Date::read(&text).ok_or_else(|| text.into())))
}

/// A holder as an object, or as the bare name of the bodies of 2019.
fn holder(from: &mut Reader<'_>) -> Result<Holder> {
    if from.peek() == Some(b'"') {
        //= docs/spec/accounts.md#fields-of-an-account
        //# **ACCT-9** A client MUST read `Holder` as an object `{Name, Email, PhoneNumber, Address}`, as null, and as a
        //# bare name.
        return Ok(Holder { name: Some(from.boxed()?), ..Holder::default() });
    }
    let mut holder = Holder::default();
    fields!(from, holder {
        "Name" => name: text,
        "Email" => email: text,
        "PhoneNumber" => phone_number: text,
        "Address" => address: |from| from.maybe(address),
    });
    Ok(holder)
}

fn address(from: &mut Reader<'_>) -> Result<Address> {
    let mut address = Address::default();
    fields!(from, address {
        "CivicAddress" => civic_address: text,
        "City" => city: text,
        "Province" => province: text,
        "PostalCode" => postal_code: text,
        "POBox" => po_box: text,
        "Country" => country: text,
    });
    Ok(address)
}

fn balance(from: &mut Reader<'_>) -> Result<Balance> {
    let mut balance = Balance::default();
    fields!(from, balance { "Available" => available: money, "Current" => current: money, "Limit" => limit: money, });
    Ok(balance)
}

fn text(from: &mut Reader<'_>) -> Result<Option<Box<str>>> {
    Ok(from.lenient()?.map(Into::into))
}

/// Money from the digits of the JSON number itself, or from a text that holds only such digits.
fn money(from: &mut Reader<'_>) -> Result<Option<Decimal>> {
    match from.peek() {
        Some(b'n') => return from.token().map(|_| None),
        //= docs/spec/accounts.md#transactions-and-money
        //# **ACCT-19** A client SHOULD read money that is text of plain digits, and MUST NOT take any other text for
        //# money.
        Some(b'"') => return from.plain_number()?.and_then(|digits| decimal(&digits)).map(Some).ok_or(Wrong),
        _ => {}
    }
    if let Some((negative, digits, scale)) = from.short() {
        let (low, middle) = (digits as u32, (digits >> 32) as u32);
        return Ok(Some(Decimal::from_parts(low, middle, 0, negative, scale)));
    }
    decimal(from.token()?).map(Some).ok_or(Wrong)
}

/// Exactly what a JSON number says, every digit of it; `None` where that is more than a decimal holds, or no number.
fn decimal(token: &str) -> Option<Decimal> {
    let (number, exponent) = match token.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
        None => (token, 0),
    };
    let (mut digits, mut scale, mut fraction) = (0_u128, 0_i32, false);
    for byte in number.strip_prefix('-').unwrap_or(number).bytes() {
        match byte {
            b'0'..=b'9' => {
                digits = digits.checked_mul(10)? + u128::from(byte - b'0');
                scale += i32::from(fraction);
            }
            b'.' => fraction = true,
            _ => return None,
        }
    }
    scale = scale.checked_sub(exponent)?;
    if digits == 0 {
        scale = scale.max(0);
    }
    while scale < 0 {
        (digits, scale) = (digits.checked_mul(10)?, scale + 1);
    }
    let scale = u32::try_from(scale).ok().filter(|scale| *scale <= Decimal::MAX_SCALE)?;
    let part = |shift: u32| (digits >> shift) as u32;
    (digits >> 96 == 0).then(|| Decimal::from_parts(part(0), part(32), part(64), number.starts_with('-'), scale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    //= docs/spec/accounts.md#transactions-and-money
    //= type=test
    //# **ACCT-18** A client MUST read money from the digits of the JSON number as a decimal, and MUST NOT pass it
    //# through a binary float.
    //= docs/spec/accounts.md#transactions-and-money
    //= type=test
    //# **ACCT-19** A client SHOULD read money that is text of plain digits, and MUST NOT take any other text for money.
    #[test]
    fn money_keeps_its_digits() {
        let kept = |body: &str| {
            let json = alloc::format!(r#"[{{"Id":"a","Balance":{{"Current":{body}}}}}]"#);
            read(&json, &Selection::all()).map(|report| report.kept[0].balance.current.map(|money| money.to_string()))
        };
        for digits in ["49983.20", "50000.00", "20", "0", "-0.10", "0.0000001"] {
            assert_eq!(kept(digits).expect("money").as_deref(), Some(digits));
        }
        // Around the most digits that are read in one go, and what is no number.
        for digits in
            [" 7 ", "-0", "-0.00", "999999999999999999", "0.99999999999999999", "9999999999999999999", "-1.5E1"]
        {
            let long = decimal(digits.trim()).expect("money").to_string();
            assert_eq!(kept(digits).expect("money"), Some(long), "{digits}");
        }
        for not in ["-", "01", "-01", "1.", ".5", "-.5", "1.2.3", "1..2", "+1", "1x", "00", "0x1", ""] {
            assert!(kept(not).is_err(), "{not}");
        }
        assert_eq!(kept("null").expect("none"), None);
        assert_eq!(kept("1e3").expect("money").as_deref(), Some("1000"));
        // A text of plain digits is as exact.
        for digits in ["49983.20", "-0.10", "0", "79228162514264337593543950335"] {
            assert_eq!(kept(&alloc::format!("\"{digits}\"")).expect("money").as_deref(), Some(digits));
        }
        let texts = ["", " 1.00", "1,234.56", "$5", "1e3", "+1", "01", ".5", "5.", "1.00 CAD", "NaN", "1.00\\u0000"];
        let texts = texts.map(|text| alloc::format!("\"{text}\""));
        let others = ["true", "{}", "[]", "[1]", "1e400", "1e40", "123456789012345678901234567890123"];
        for not in texts.iter().map(alloc::string::String::as_str).chain(others) {
            let json = alloc::format!(r#"[{{"Id":"a","Balance":{{"Current":{not},"Limit":5}}}}]"#);
            let report = read(&json, &Selection::all()).expect(not);
            assert_eq!(report.kept[0].balance.current, None, "never zero, never invented: {not}");
            assert_eq!(report.kept[0].balance.limit, Some(5.into()), "{not}");
            assert_eq!(report.unread.places(), ["Accounts[0].Balance.Current".into()], "never silent: {not}");
        }
    }

    #[test]
    fn the_id_may_stand_anywhere_and_two_accounts_may_share_one() {
        let keep = Selection::only([AccountId::new("b").expect("an id")]).expect("one");
        let json = r#"[{"Id":"a","Title":1},{"Title":"x","Id":"B","Holder":"J"},{"Id":"b","Title":null},{"Title":[],"Id":"c"}]"#;
        let report = read(json, &keep).expect("accounts");
        //= docs/spec/accounts.md#selected-accounts
        //= type=test
        //# **ACCT-25** A client MUST keep both of two accounts with one id, or leave both out.
        assert_eq!(report.kept.len(), 2);
        //= docs/spec/accounts.md#selected-accounts
        //= type=test
        //# **ACCT-23** A client MUST drop the accounts of a reply that were not selected before it builds them, and
        //# MUST tell how many there were.
        assert_eq!(report.left_out, 2);
        assert_eq!(report.kept[0].title.as_deref(), Some("x"));
        //= docs/spec/accounts.md#fields-of-an-account
        //= type=test
        //# **ACCT-9** A client MUST read `Holder` as an object `{Name, Email, PhoneNumber, Address}`, as null, and as a
        //# bare name.
        assert!(report.kept[0].holder.as_ref().is_some_and(|holder| holder.name.as_deref() == Some("J")));
        //= docs/spec/accounts.md#fields-of-an-account
        //= type=test
        //# **ACCT-1** A client MUST take `Id` (a string, a GUID in every sample) as the stable name of an account
        //# within one `loginId`, and not beyond it (ACCT-30).
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
        //= docs/spec/accounts.md#transactions-and-money
        //= type=test
        //# **ACCT-15** A client MUST read `Date` as `YYYY-MM-DD`, SHOULD accept a time after it and slashes, and MUST
        //# NOT lose the account because of a date that it cannot read.
        assert_eq!(date(r#""15 Feb 2026""#), text("15 Feb 2026"));
        assert_eq!(date(r#""2026-02-30""#), text("2026-02-30"));
        assert_eq!(date("20260215"), text("20260215"));
        assert_eq!(date("null"), (None, None));
        assert_eq!(date(r#""""#), (None, None));
        let none = read(r#"[{"Id":"a","Transactions":[{"Credit":1}]}]"#, &Selection::all()).expect("accounts");
        assert_eq!(none.kept[0].transactions[0].date_text, None);
    }
}
