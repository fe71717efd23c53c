//! Reading accounts from JSON: tolerant of every shape seen, exact about money, and blind to what was not selected.

use super::{Account, Address, Balance, Date, Holder, Transaction};
use crate::{
    AccountId, Selection,
    reader::{Reader, Result, Wrong, once},
    selection::Report,
};
use alloc::{boxed::Box, vec::Vec};
use rust_decimal::Decimal;

//= docs/spec/accounts.md#selected-accounts
//# **ACCT-22** A client MUST filter by the user's choice itself
//= docs/spec/data.md#getaccountssummary
//# **DATA-12** A client MUST NOT expect a filter of accounts here
//= docs/spec/reconnect.md#selected-accounts
//# **RECO-18** A client MUST send the same ids in `AccountsFilter` (DATA-5) and filter the reply
/// Reads the JSON array of accounts that a reply holds, and keeps those that were selected. Of the others nothing is
/// built, wherever their `Id` stands in the object. A reply is read by [`reply::read`](crate::reply::read), its accounts
/// with it; this is for a list that is kept elsewhere.
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
pub fn read(json: &str, keep: &Selection) -> core::result::Result<Report, NotAccounts> {
    let mut from = Reader::new(json);
    match report(&mut from, keep).and_then(|read| from.end().map(|()| read)) {
        Ok(report) => Ok(report),
        Err(Wrong) => {
            let at = crate::reply::place::path(json, from.at());
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

//= docs/spec/accounts.md#selected-accounts
//# **ACCT-23** A client MUST drop the accounts of a reply that were not selected before it builds
/// Builds the selected accounts of a list and counts the others.
pub(crate) fn report(from: &mut Reader<'_>, keep: &Selection) -> Result<Report> {
    let (mut kept, mut left_out) = (Vec::new(), 0);
    from.list()?;
    while from.item()? {
        if keep.is_all() || is_kept(from, keep)? {
            kept.push(account(from)?);
        } else {
            left_out += 1;
        }
    }
    Ok(Report::of(kept, left_out, keep))
}

/// Whether the account that comes next is kept. One that is not is passed over; one that is still comes next.
/// The service prints the id last, so what is before it is passed over first.
fn is_kept(from: &mut Reader<'_>, keep: &Selection) -> Result<bool> {
    let start = from.clone();
    let mut known = None;
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "Id" if known.is_none() => {
                if keep.keeps(known.insert(AccountId::read(from)?)) {
                    *from = start;
                    return Ok(true);
                }
            }
            _ => from.skip()?,
        }
    }
    known.map(|_| false).ok_or(Wrong)
}

//= docs/spec/accounts.md#transactions-and-money
//# **ACCT-13** A client MUST take null or missing `Transactions` as none.
/// An account as it stands in a reply. Every field has its name and its form here; what has none is put aside.
fn account(from: &mut Reader<'_>) -> Result<Account> {
    let mut account = Account::new(AccountId::unread());
    let (mut id, mut balance, mut transactions) = (None, None, None);
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "Id" => once(&mut id, Some(AccountId::read(from)?))?,
            "Title" => once(&mut account.title, text(from)?)?,
            "AccountNumber" => once(&mut account.account_number, text(from)?)?,
            "TransitNumber" => once(&mut account.transit_number, text(from)?)?,
            "InstitutionNumber" => once(&mut account.institution_number, text(from)?)?,
            "LastFourDigits" => once(&mut account.last_four_digits, text(from)?)?,
            "OverdraftLimit" => once(&mut account.overdraft_limit, money(from)?)?,
            "Balance" => once(&mut balance, from.maybe(self::balance)?)?,
            "Category" => once(&mut account.category, text(from)?)?,
            "Type" => once(&mut account.kind, text(from)?)?,
            "Currency" => once(&mut account.currency, text(from)?)?,
            "AccountType" => once(&mut account.account_type, text(from)?)?,
            "Holder" => once(&mut account.holder, from.maybe(holder)?)?,
            "Transactions" => once(&mut transactions, from.maybe(|from| from.each(transaction))?)?,
            "EftEligibleRatio" => once(&mut account.eft_eligible_ratio, money(from)?)?,
            "ETransferEligibleRatio" => once(&mut account.e_transfer_eligible_ratio, money(from)?)?,
            _ => {
                account.other.insert(key.into(), from.raw()?.into());
            }
        }
    }
    account.id = id.ok_or(Wrong)?;
    (account.balance, account.transactions) = (balance.unwrap_or_default(), transactions.unwrap_or_default());
    Ok(account)
}

fn balance(from: &mut Reader<'_>) -> Result<Balance> {
    let mut balance = Balance::default();
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "Available" => once(&mut balance.available, money(from)?)?,
            "Current" => once(&mut balance.current, money(from)?)?,
            "Limit" => once(&mut balance.limit, money(from)?)?,
            _ => from.skip()?,
        }
    }
    Ok(balance)
}

fn transaction(from: &mut Reader<'_>) -> Result<Transaction> {
    let mut posted = Transaction::default();
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "Id" => once(&mut posted.id, text(from)?)?,
            "Date" => {
                // Text that is no day here is no reason to lose the account.
                if let Some(text) = from.lenient()?.filter(|text| !text.is_empty()) {
                    let day = Date::read(&text);
                    once(&mut posted.date_text, day.is_none().then(|| text.into()))?;
                    once(&mut posted.date, day)?;
                }
            }
            "Description" => once(&mut posted.description, text(from)?)?,
            "Debit" => once(&mut posted.debit, money(from)?)?,
            "Credit" => once(&mut posted.credit, money(from)?)?,
            "Balance" => once(&mut posted.balance, money(from)?)?,
            _ => from.skip()?,
        }
    }
    Ok(posted)
}

//= docs/spec/accounts.md#fields-of-an-account
//# **ACCT-9** A client MUST read `Holder` as an object `{Name, Email, PhoneNumber, Address}`
//= docs/spec/webhooks.md#content
//# **HOOK-16** A receiver MUST accept a `Holder` that is a bare name
/// A holder as an object, or as the bare name of the bodies of 2019.
fn holder(from: &mut Reader<'_>) -> Result<Holder> {
    let mut holder = Holder::default();
    if from.peek() == Some(b'"') {
        holder.name = Some(from.boxed()?);
        return Ok(holder);
    }
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "Name" => once(&mut holder.name, text(from)?)?,
            "Email" => once(&mut holder.email, text(from)?)?,
            "PhoneNumber" => once(&mut holder.phone_number, text(from)?)?,
            "Address" => once(&mut holder.address, from.maybe(address)?)?,
            _ => from.skip()?,
        }
    }
    Ok(holder)
}

fn address(from: &mut Reader<'_>) -> Result<Address> {
    let mut address = Address::default();
    from.object()?;
    while let Some(key) = from.key()? {
        match &*key {
            "CivicAddress" => once(&mut address.civic_address, text(from)?)?,
            "City" => once(&mut address.city, text(from)?)?,
            "Province" => once(&mut address.province, text(from)?)?,
            "PostalCode" => once(&mut address.postal_code, text(from)?)?,
            "POBox" => once(&mut address.po_box, text(from)?)?,
            "Country" => once(&mut address.country, text(from)?)?,
            _ => from.skip()?,
        }
    }
    Ok(address)
}

fn text(from: &mut Reader<'_>) -> Result<Option<Box<str>>> {
    Ok(from.lenient()?.map(Into::into))
}

//= docs/spec/accounts.md#transactions-and-money
//# **ACCT-18** A client MUST read money from the digits of the JSON number as a decimal
//= docs/spec/accounts.md#transactions-and-money
//# **ACCT-19** A client MUST NOT accept money as JSON text; it is a number in every source.
/// Money from the digits of the JSON number itself. Text is refused, since money is never text.
fn money(from: &mut Reader<'_>) -> Result<Option<Decimal>> {
    if let Some((negative, digits, scale)) = from.short() {
        let (low, middle) = (digits as u32, (digits >> 32) as u32);
        return Ok(Some(Decimal::from_parts(low, middle, 0, negative, scale)));
    }
    match from.token()? {
        "null" => Ok(None),
        token => decimal(token).map(Some).ok_or(Wrong),
    }
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
    //# **ACCT-18** A client MUST read money from the digits of the JSON number as a decimal
    //= docs/spec/accounts.md#transactions-and-money
    //= type=test
    //# **ACCT-19** A client MUST NOT accept money as JSON text; it is a number in every source.
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
        for not in ["\"1.00\"", "true", "{}", "[]", "1e400", "123456789012345678901234567890123"] {
            assert!(kept(not).is_err(), "{not}");
        }
    }

    //= docs/spec/accounts.md#fields-of-an-account
    //= type=test
    //# **ACCT-1** A client MUST take `Id` (a string, a GUID in every sample) as the stable name
    //= docs/spec/accounts.md#fields-of-an-account
    //= type=test
    //# **ACCT-9** A client MUST read `Holder` as an object `{Name, Email, PhoneNumber, Address}`
    //= docs/spec/accounts.md#selected-accounts
    //= type=test
    //# **ACCT-23** A client MUST drop the accounts of a reply that were not selected before
    //= docs/spec/accounts.md#selected-accounts
    //= type=test
    //# **ACCT-25** A client MUST keep both of two accounts with one id, or leave both out.
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
