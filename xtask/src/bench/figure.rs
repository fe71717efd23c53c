//! What was measured in a row, and whether it reaches what the row aims at.

use super::record::short;
use super::rows::Aim;
use core::fmt::{self, Display};
use serde::{Deserialize, Serialize, Serializer};

/// What was measured in one row.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Figure {
    #[serde(serialize_with = "short")]
    pub(crate) ours: f64,
    #[serde(default, serialize_with = "short_if_any", skip_serializing_if = "Option::is_none")]
    pub(crate) theirs: Option<f64>,
}

impl Aim {
    /// The figure as it is shown.
    pub(super) fn shown(self, figure: &Figure) -> String {
        match (self, figure.theirs) {
            (Self::Faster(_) | Self::AtMost(_) | Self::Throughput(_), _) => format!("{:.2} ×", self.compared(figure)),
            (Self::Below(_, unit) | Self::Recorded(unit), None) => format!("{} {unit}", plain(figure.ours)),
            (Self::Below(_, unit) | Self::Recorded(unit), Some(theirs)) => {
                format!("{} {unit} against {}", plain(figure.ours), plain(theirs))
            }
        }
    }

    /// Nothing where nothing is aimed at.
    pub(super) fn reached(self, figure: &Figure) -> Option<bool> {
        let compared = self.compared(figure);
        match self {
            Self::Faster(least) | Self::Throughput(least) => Some(compared >= least),
            Self::AtMost(most) | Self::Below(most, _) => Some(compared <= most),
            Self::Recorded(_) => None,
        }
    }

    fn compared(self, figure: &Figure) -> f64 {
        let theirs = figure.theirs.unwrap_or(1.0);
        match self {
            Self::Faster(_) => theirs / figure.ours,
            Self::AtMost(_) | Self::Throughput(_) => figure.ours / theirs,
            Self::Below(..) | Self::Recorded(_) => figure.ours,
        }
    }
}

impl Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Faster(least) | Self::Throughput(least) => write!(f, "at least {least} ×"),
            Self::AtMost(most) => write!(f, "at most {most} ×"),
            Self::Below(most, unit) => write!(f, "at most {} {unit}", plain(*most)),
            Self::Recorded(_) => f.write_str("recorded"),
        }
    }
}

/// A whole number in groups of three digits, anything else with three at most behind the point.
pub(super) fn plain(number: f64) -> String {
    if number.fract() != 0.0 {
        return format!("{number:.3}").trim_end_matches('0').to_owned();
    }
    let digits = format!("{number:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[expect(clippy::ref_option, reason = "serde wants a reference")]
fn short_if_any<S: Serializer>(number: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
    short(&number.expect("it is skipped if there is none"), to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_row_says_so() {
        let (faster, size) = (Figure { ours: 100.0, theirs: Some(130.0) }, Figure { ours: 201.0, theirs: None });
        for (aim, figure, shown, reached) in [
            (Aim::Faster(1.3), faster, "1.30 ×", Some(true)),
            (Aim::Faster(1.5), faster, "1.30 ×", Some(false)),
            (Aim::AtMost(0.5), faster, "0.77 ×", Some(false)),
            (Aim::AtMost(0.8), faster, "0.77 ×", Some(true)),
            (Aim::Throughput(0.95), faster, "0.77 ×", Some(false)),
            (Aim::Below(201.0, "bytes"), size, "201 bytes", Some(true)),
            (Aim::Below(200.0, "bytes"), size, "201 bytes", Some(false)),
            (Aim::Recorded("blocks"), faster, "100 blocks against 130", None),
        ] {
            assert_eq!((aim.shown(&figure).as_str(), aim.reached(&figure)), (shown, reached), "{aim}");
        }
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
