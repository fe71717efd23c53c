//! `Timestamp`: a moment as whole milliseconds since 1970, and what can be done with it.
//!
//! Wall clock on purpose: deadlines last minutes, survive a restart and are plain numbers in JSON and JavaScript.

use core::time::Duration;
use reconnect_json::{Reader, Value, Writer, millis};
use serde::{Deserialize, Serialize};

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
///
/// All arithmetic saturates, at 0 and at 2^53 − 1 (the last whole number that JavaScript holds exactly).
///
/// ```
/// use core::time::Duration;
/// use reconnect_core::Timestamp;
///
/// let sent = Timestamp::from_millis(1_000);
/// let until = sent + Duration::from_secs(8 * 60);
/// assert_eq!(until.as_millis(), 481_000);
/// assert_eq!(sent.until(until), Duration::from_secs(480));
/// assert_eq!(until.until(sent), Duration::ZERO);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Value for Timestamp {
    fn read(from: &mut Reader<'_>) -> reconnect_json::Result<Self> {
        from.number().map(Self::from_millis)
    }

    fn write(&self, to: &mut Writer) {
        to.number(self.0);
    }
}

impl Timestamp {
    /// The last moment that can be told: 2^53 − 1.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// The moment `millis` milliseconds after 1970 began, at most [`Timestamp::MAX`].
    ///
    /// ```
    /// # use reconnect_core::Timestamp;
    /// assert_eq!(Timestamp::from_millis(u64::MAX), Timestamp::MAX);
    /// ```
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        if millis > Self::MAX.0 { Self::MAX } else { Self(millis) }
    }

    /// Milliseconds since 1970 began.
    ///
    /// ```
    /// # use reconnect_core::Timestamp;
    /// assert_eq!(Timestamp::from_millis(7).as_millis(), 7);
    /// ```
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// How long from here to `later`; zero if `later` is not later.
    ///
    /// ```
    /// # use reconnect_core::Timestamp;
    /// let (a, b) = (Timestamp::from_millis(3), Timestamp::from_millis(10));
    /// assert_eq!(a.until(b).as_millis(), 7);
    /// ```
    #[must_use]
    pub const fn until(self, later: Self) -> Duration {
        Duration::from_millis(later.0.saturating_sub(self.0))
    }

    /// The moment `span` before this one, not before 1970.
    ///
    /// ```
    /// # use reconnect_core::Timestamp;
    /// # use core::time::Duration;
    /// assert_eq!(Timestamp::from_millis(5).before(Duration::from_secs(1)), Timestamp::from_millis(0));
    /// ```
    #[must_use]
    pub const fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(millis(span)))
    }
}

impl core::ops::Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self::from_millis(self.0.saturating_add(millis(span)))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        u64::deserialize(from).map(Self::from_millis)
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; `None` where there is no such date.
pub(crate) fn days_since_1970(year: i64, month: u32, day: u32) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let length = *lengths.get(month.checked_sub(1)? as usize)?;
    if day == 0 || day > length {
        return None;
    }
    // Years are counted from March, so that the leap day ends a year.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = y.div_euclid(400);
    let of_era = y.rem_euclid(400);
    let of_year = i64::from((153 * m + 2) / 5 + day - 1);
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// The moment of a date and a time of day in UTC; moments before 1970 are `None`.
pub(crate) fn at(
    year: i64,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    milli: u64,
) -> Option<Timestamp> {
    // 60 is a leap second, which some clocks print.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days_since_1970(year, month, day)? * 86_400 + i64::from(hour * 3_600 + minute * 60 + second);
    Some(Timestamp::from_millis(u64::try_from(seconds).ok()?.saturating_mul(1_000).saturating_add(milli)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        assert_eq!(days_since_1970(1970, 1, 1), Some(0));
        assert_eq!(days_since_1970(2000, 3, 1), Some(11_017));
        assert_eq!(days_since_1970(1969, 12, 31), Some(-1));
        assert_eq!(days_since_1970(2023, 2, 29), None);
        assert_eq!(days_since_1970(2024, 2, 29), Some(19_782));
        assert_eq!(days_since_1970(2100, 2, 29), None);
        assert_eq!(days_since_1970(2024, 13, 1), None);
        assert_eq!(days_since_1970(2024, 0, 1), None);
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Timestamp::MAX + Duration::MAX, Timestamp::MAX);
        assert_eq!(Timestamp::from_millis(1).before(Duration::MAX).as_millis(), 0);
    }
}
