//! Any text as a list of accounts: what is read is JSON to `serde_json` too, every account of it is kept or counted, and
//! every amount is exactly what stands there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reconnect_core::{Account, AccountId, Decimal, Selection, accounts};
use serde_json::Value;

fuzz_target!(|text: &str| {
    let one = AccountId::new("a").expect("an id");
    let some = Selection::only([one.clone()]).expect("one");
    for keep in [Selection::all(), some] {
        let Ok(report) = accounts::read(text, &keep) else { continue };
        if !report.is_complete() || text.contains("\\u") || text.contains(|c: char| c < ' ' || c == '\u{feff}') {
            // The core's tests compare what is left out and what is replaced; serde_json cannot read such a text.
            let _ = format!("{report:?}");
            continue;
        }
        let theirs: Value = match serde_json::from_str(text) {
            Ok(theirs) => theirs,
            // JSON sets a number no bounds, and a float has some.
            Err(error) if error.to_string().starts_with("number out of range") => continue,
            Err(error) => panic!("what is read is JSON: {error}"),
        };
        let theirs = theirs.as_array().expect("a list");
        assert_eq!(report.kept.len() + report.left_out, theirs.len(), "none is lost");
        let _ = format!("{report:?}");
        let mut theirs = theirs.iter().filter(|account| keeps(&keep, &id(&account["Id"])));
        for account in &report.kept {
            assert!(keep.keeps(&account.id), "none is kept that was not selected");
            same(account, theirs.next().expect("in their order"));
        }
    }
});

/// An id may be a number.
fn id(json: &Value) -> String {
    json.as_str().map_or_else(|| json.to_string(), ToOwned::to_owned)
}

fn keeps(keep: &Selection, id: &str) -> bool {
    AccountId::new(id).is_ok_and(|id| keep.keeps(&id))
}

fn same(ours: &Account, theirs: &Value) {
    let pairs = [
        (ours.balance.current, &theirs["Balance"]["Current"]),
        (ours.balance.available, &theirs["Balance"]["Available"]),
        (ours.balance.limit, &theirs["Balance"]["Limit"]),
        (ours.overdraft_limit, &theirs["OverdraftLimit"]),
    ];
    for (ours, theirs) in pairs {
        amount(ours, theirs);
    }
    let none = Vec::new();
    let posted = theirs["Transactions"].as_array().unwrap_or(&none);
    // A field may be there twice, once with null; serde_json takes the last one.
    assert!(posted.is_empty() || ours.transactions.len() == posted.len());
    for (ours, theirs) in ours.transactions.iter().zip(posted) {
        for (ours, theirs) in
            [(ours.debit, &theirs["Debit"]), (ours.credit, &theirs["Credit"]), (ours.balance, &theirs["Balance"])]
        {
            amount(ours, theirs);
        }
    }
}

/// To as many digits as a float tells apart: the reader's own tests compare all of them.
fn amount(ours: Option<Decimal>, theirs: &Value) {
    let theirs = match theirs {
        Value::String(text) => text.parse().ok(),
        theirs => theirs.as_f64(),
    };
    let (Some(ours), Some(theirs)) = (ours, theirs) else { return };
    let ours: f64 = ours.to_string().parse().expect("a number");
    assert!((ours - theirs).abs() <= theirs.abs() * 1e-12, "{ours} {theirs}");
}
