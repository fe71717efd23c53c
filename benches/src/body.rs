//! Bodies shaped like the documented ones.

use core::fmt::Write;
use reconnect_core::{AccountId, Selection};

/// What stands around the accounts, in bytes.
const FRAME: usize = 250;
/// An account without a transaction.
const EMPTY: usize = 530;

/// A `/GetAccountsDetail` body of about `bytes` bytes, with 10 accounts named `a-0` to `a-9`; below 10 KB, which they
/// fill without a transaction, with `a-0` alone. The id stands last, as the service prints it.
#[must_use]
pub fn detail(bytes: usize) -> String {
    written(bytes, false)
}

/// The same with the id first.
#[must_use]
pub fn id_first(bytes: usize) -> String {
    written(bytes, true)
}

fn written(bytes: usize, id_first: bool) -> String {
    let transaction = |n: usize| {
        format!(
            r#"{{"Date":"2026-05-{:02}","Code":null,"Description":"INTERAC e-Transfer {n}","Debit":{}.{:02},"Credit":null,"Balance":{}.20,"Id":"94584aed-7c98-42a4-9836-{n:012}"}}"#,
            n % 28 + 1,
            n % 900,
            n % 100,
            49_983 - (n % 40_000),
        )
    };
    let accounts = if bytes < 10_000 { 1 } else { 10 };
    let (room, one) = (bytes.saturating_sub(FRAME + accounts * EMPTY) / accounts, transaction(1_000).len());
    let each = (room + one / 2) / one;
    let mut body = String::from(r#"{"HttpStatusCode":200,"Accounts":["#);
    for account in 0..accounts {
        // Writing to a String cannot fail.
        let id = format!(r#""Id":"a-{account}""#);
        let (first, last) =
            if id_first { (format!("{id},"), String::new()) } else { (String::new(), format!(",{id}")) };
        let _ = write!(body, "{}{{{first}\"Transactions\":[", if account == 0 { "" } else { "," });
        for n in 0..each {
            body.push_str(if n == 0 { "" } else { "," });
            body.push_str(&transaction(account * each + n));
        }
        let _ = write!(
            body,
            r#"],"TransitNumber":"12347","InstitutionNumber":"777","OverdraftLimit":0,"Title":"Chequing {account}","AccountNumber":"764123{account}","LastFourDigits":null,"Balance":{{"Available":5405.50,"Current":5105.50,"Limit":null}},"Category":"Operations","Type":"Chequing","Currency":"CAD","Holder":{{"Name":"John Doe","Address":{{"CivicAddress":"1 Main","City":"Montreal","Province":"QC","PostalCode":"H1X 1X1","POBox":null,"Country":"CA"}},"Email":"a@example.com","PhoneNumber":"5145551234"}},"AccountType":"Personal"{last}}}"#
        );
    }
    body.push_str(r#"],"InstitutionName":"FlinksCapital","Login":{"Username":"u","IsScheduledRefresh":false,"LastRefresh":"2026-05-28T20:26:40.1459991","Type":"Personal","Id":"l-1"},"InstitutionId":14,"Institution":"FlinksCapital","RequestId":"r-1"}"#);
    body
}

/// One of the ten accounts of [`detail`].
///
/// # Panics
/// Never: it is an id.
#[must_use]
pub fn keep_one() -> Selection {
    Selection::only([AccountId::new("a-3").expect("an id")]).expect("one")
}
