//! The part of `docs/internals/performance.md` that is measured: the aims of `benches/rows.toml` beside the figures of
//! `docs/internals/performance.json`. The rest of the page is written by hand.

use crate::Result;
use core::fmt::Write;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub(crate) const PAGE: &str = "docs/internals/performance.md";
pub(crate) const RECORD: &str = "docs/internals/performance.json";
pub(crate) const ROWS: &str = "benches/rows.toml";
/// Between these two the page is written from the record.
pub(crate) const FROM: &str = "<!-- by `cargo xtask bench` -->\n";
pub(crate) const TO: &str = "<!-- by hand -->\n";

/// By group.
pub(super) type Record = BTreeMap<String, Group>;
/// By row.
pub(super) type Figures = BTreeMap<String, Figure>;

/// What one group measured, in one go.
#[derive(Deserialize, Serialize)]
pub(super) struct Group {
    pub(super) at: String,
    pub(super) figures: Figures,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Figure {
    pub(super) ours: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) theirs: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    what: String,
    against: String,
    unit: Option<String>,
    most: Option<f64>,
    least: Option<f64>,
    learned: Option<String>,
}

impl Row {
    fn number(&self, figure: &Figure) -> f64 {
        figure.theirs.filter(|_| self.unit.is_none()).map_or(figure.ours, |theirs| figure.ours / theirs)
    }

    fn shown(&self, figure: &Figure) -> String {
        match (&self.unit, figure.theirs) {
            (None, _) => format!("{:.2} ×", self.number(figure)),
            (Some(unit), None) => format!("{} {unit}", plain(figure.ours)),
            (Some(unit), Some(theirs)) => format!("{} {unit} against {}", plain(figure.ours), plain(theirs)),
        }
    }

    fn aim(&self) -> String {
        let unit = self.unit.as_deref().unwrap_or("×");
        let most = self.most.map(|most| format!("at most {} {unit}", plain(most)));
        most.or(self.least.map(|least| format!("at least {least} {unit}"))).unwrap_or_else(|| "recorded".to_owned())
    }

    /// Nothing where nothing is aimed at.
    fn reached(&self, figure: &Figure) -> Option<bool> {
        let number = self.number(figure);
        self.most.map(|most| number <= most).or(self.least.map(|least| number >= least))
    }
}

/// The page with the figures of the record.
pub(crate) fn renewed(page: &str, rows: &str, record: &str) -> Result<String> {
    let (rows, record): (BTreeMap<String, Vec<Row>>, Record) = (toml::from_str(rows)?, serde_json::from_str(record)?);
    let (head, _) = page.split_once(FROM).ok_or("the page has no place for the figures")?;
    let (_, tail) = page.split_once(TO).ok_or("the page has no end of the figures")?;
    Ok(format!("{head}{FROM}\n{}\n{TO}{tail}", measured(rows.get("row").ok_or("there are no rows")?, &record)?))
}

fn measured(rows: &[Row], record: &Record) -> Result<String> {
    let (mut table, mut missed) = (String::new(), String::new());
    for row in rows {
        let (what, against, aim) = (&row.what, &row.against, row.aim());
        let found = record.iter().find_map(|(group, found)| Some((group, found.figures.get(&row.id)?)));
        let Some((group, figure)) = found else {
            writeln!(table, "| {what} | {against} | {aim} | not measured | – | – |")?;
            continue;
        };
        let (shown, word) =
            (row.shown(figure), row.reached(figure).map_or("–", |yes| if yes { "yes" } else { "**no**" }));
        writeln!(table, "| {what} | {against} | {aim} | {shown} | {word} | `cargo xtask bench {group}` |")?;
        if word == "**no**" {
            let learned = row.learned.as_deref().unwrap_or("nobody has looked into it yet.");
            writeln!(missed, "- **{what}** is missed: {learned}")?;
        }
    }
    let groups: String = record.iter().map(|(name, group)| format!("| `{name}` | {} |\n", group.at)).collect();
    let head = "| what | against | aim | figure | reached | measured by |\n|---|---|---|---|---|---|\n";
    Ok(format!("{head}{table}\n{missed}\n| group | measured at |\n|---|---|\n{groups}"))
}

/// A whole number in groups of three digits, anything else with three at most behind the point.
fn plain(number: f64) -> String {
    if number.fract() != 0.0 {
        return format!("{number:.3}").trim_end_matches('0').to_owned();
    }
    let mut digits = format!("{number:.0}");
    for place in (1..digits.len()).rev().filter(|place| (digits.len() - place) % 3 == 0).collect::<Vec<_>>() {
        digits.insert(place, ',');
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_row_is_marked_and_explained_and_a_reached_one_is_not() {
        let row = |aim: &str| format!("[[row]]\nid = \"a\"\nwhat = \"a thing\"\nagainst = \"another\"\n{aim}\n");
        for (aim, ours, line) in [
            ("most = 0.83", 83.0, "at most 0.83 × | 0.83 × | yes"),
            ("most = 0.83", 84.0, "at most 0.83 × | 0.84 × | **no**"),
            ("least = 0.95", 95.0, "at least 0.95 × | 0.95 × | yes"),
            ("least = 0.95", 94.0, "at least 0.95 × | 0.94 × | **no**"),
            ("most = 99\nunit = \"bytes\"", 99.0, "at most 99 bytes | 99 bytes against 100 | yes"),
            ("most = 99\nunit = \"bytes\"", 99.1, "at most 99 bytes | 99.1 bytes against 100 | **no**"),
            ("unit = \"blocks\"", 1234.0, "recorded | 1,234 blocks against 100 | –"),
        ] {
            let record =
                format!(r#"{{"heap": {{"at": "today", "figures": {{"a": {{"ours": {ours}, "theirs": 100}}}}}}}}"#);
            let page = renewed(&format!("by hand\n{FROM}old\n{TO}end\n"), &row(aim), &record).unwrap();
            assert!(page.starts_with("by hand\n") && page.ends_with("end\n") && !page.contains("old"), "{page}");
            assert!(page.contains(&format!("| a thing | another | {line} | `cargo xtask bench heap` |\n")), "{page}");
            assert!(page.contains("| `heap` | today |"), "{page}");
            assert_eq!(page.contains("is missed"), line.contains("**no**"), "{page}");
        }
        assert!(
            renewed(&format!("{FROM}{TO}"), &row(""), "{}").unwrap().contains("| recorded | not measured | – | – |")
        );
    }

    #[test]
    fn large_numbers_can_be_read() {
        for (number, text) in
            [(0.0, "0"), (999.0, "999"), (1_000.0, "1,000"), (1_234_567.0, "1,234,567"), (0.05, "0.05")]
        {
            assert_eq!(plain(number), text);
        }
    }
}
