//! Accounts as a table, for people.

use crate::out::plain;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets::UTF8_HORIZONTAL_ONLY};
use reconnect_core::{Account, Decimal, Unread};

/// Nobody reads a table at a fixed width, so it is as wide as its content, in a terminal and in a file alike.
pub(crate) fn accounts(accounts: &[Account]) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Disabled);
    let titles = ["account", "type", "balance", "available", "currency", "transactions", "id"];
    table.set_header(titles.map(|title| align(Cell::new(title), title)));
    // A line end in a title would begin a new row.
    let text = |text: &Option<Box<str>>| plain(text.as_deref().unwrap_or("–")).into_owned();
    let amount = |amount: Option<Decimal>| amount.map_or_else(|| "–".to_owned(), |amount| amount.to_string());
    for account in accounts {
        let cells = [
            text(&account.title),
            text(&account.kind),
            amount(account.balance.current),
            amount(account.balance.available),
            text(&account.currency),
            account.transactions.len().to_string(),
            plain(account.id.as_str()).into_owned(),
        ];
        table.add_row(cells.iter().zip(titles).map(|(cell, title)| align(Cell::new(cell), title)));
    }
    table.to_string()
}

/// `2 accounts kept, 0 missing, 2 left out`.
pub(crate) fn counts(kept: usize, missing: usize, left_out: usize) -> String {
    let plural = if kept == 1 { "" } else { "s" };
    format!("{kept} account{plural} kept, {missing} missing, {left_out} left out")
}

/// The places of a body that were not as documented.
pub(crate) fn unread(unread: &Unread) -> String {
    let (count, places) = (unread.count(), unread.places());
    let more = if count > places.len() { format!(", and {} more", count - places.len()) } else { String::new() };
    format!("could not be read, so left out: {}{more}", places.join(", "))
}

fn align(cell: Cell, title: &str) -> Cell {
    let number = ["balance", "available", "transactions"].contains(&title);
    cell.set_alignment(if number { CellAlignment::Right } else { CellAlignment::Left })
}
