//! What was measured in a row, and whether it reaches what the row aims at.

use super::rows::Aim;
use core::fmt::{self, Display};

/// What was measured in one row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figure {
    pub(super) ours: f64,
    pub(super) theirs: Option<f64>,
}

impl Aim {
    /// The figure as it is shown, and whether it is reached.
    pub(super) fn judge(self, figure: &Figure) -> String {
        let (ours, theirs) = (figure.ours, figure.theirs.unwrap_or(1.0));
        let word = |reached: bool| if reached { "" } else { "  MISSED" };
        match self {
            Self::Faster(least) => format!("{:.2} ×, {self}{}", theirs / ours, word(theirs / ours >= least)),
            Self::AtMost(most) => format!("{:.2} ×, {self}{}", ours / theirs, word(ours / theirs <= most)),
            Self::Throughput(least) => format!("{:.2} ×, {self}{}", ours / theirs, word(ours / theirs >= least)),
            Self::Below(most, unit) => format!("{} {unit}, {self}{}", plain(ours), word(ours <= most)),
            Self::Recorded(unit) => match figure.theirs {
                Some(theirs) => format!("{} {unit} against {}", plain(ours), plain(theirs)),
                None => format!("{} {unit}", plain(ours)),
            },
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

/// A whole number as one, anything else with three digits.
fn plain(number: f64) -> String {
    if number.fract() == 0.0 { format!("{number:.0}") } else { format!("{number:.3}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_row_says_so() {
        let (faster, size) = (Figure { ours: 100.0, theirs: Some(130.0) }, Figure { ours: 201.0, theirs: None });
        assert_eq!(Aim::Faster(1.2).judge(&faster), "1.30 ×, at least 1.2 ×");
        assert_eq!(Aim::Faster(1.5).judge(&faster), "1.30 ×, at least 1.5 ×  MISSED");
        assert_eq!(Aim::Below(200.0, "bytes").judge(&size), "201 bytes, at most 200 bytes  MISSED");
    }
}
