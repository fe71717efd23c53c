//! Days, and the moments that the service prints, in every form seen.

use crate::time::{self, Timestamp};
use alloc::borrow::Cow;
use core::fmt;
use serde::{
    Deserialize, Serialize,
    de::{self, Deserializer},
};

/// A day, without a time or a zone. It prints as `YYYY-MM-DD` and sorts by time.
///
/// ```
/// use reconnect_core::accounts::Date;
/// let day = Date::read("2026-02-15").unwrap();
/// assert_eq!((day.year(), day.month(), day.day()), (2026, 2, 15));
/// assert!(day > Date::read("2026/02/14").unwrap());
/// assert_eq!(Date::read("2026-02-30"), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Reads `YYYY-MM-DD`, with or without a time after it, and `YYYY/MM/DD`; `None` where it is no day.
    ///
    /// ```
    /// # use reconnect_core::accounts::Date;
    /// assert_eq!(Date::read("2026-08-01T00:00:00").unwrap().to_string(), "2026-08-01");
    /// ```
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let separators = (*bytes.get(4)?, *bytes.get(7)?);
        let ends = bytes.get(10).is_none_or(|after| matches!(after, b'T' | b't' | b' '));
        if !matches!(separators, (b'-', b'-') | (b'/', b'/')) || !ends {
            return None;
        }
        let (year, month, day) = (digits(bytes, 0, 4)?, digits(bytes, 5, 2)?, digits(bytes, 8, 2)?);
        time::days_since_1970(i64::from(year), month, day)?;
        Some(Self { year: year as u16, month: month as u8, day: day as u8 })
    }

    /// The year, such as 2026.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub fn day(self) -> u8 {
        self.day
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Date {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(from)?;
        Self::read(&text).ok_or_else(|| de::Error::custom("not a day"))
    }
}

/// `length` ASCII digits as a number.
fn digits(bytes: &[u8], start: usize, length: usize) -> Option<u32> {
    bytes
        .get(start..start + length)?
        .iter()
        .try_fold(0, |sum: u32, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
}

/// `LastRefresh` in every form seen: any number of fraction digits, with `Z`, an offset or no zone, which is UTC.
/// The year 1 is the service's way to say never, and is `None` like what cannot be read (decision 22).
///
/// ```
/// use reconnect_core::accounts::last_refresh;
/// assert_eq!(last_refresh("1970-01-01T00:00:01.5Z").map(|at| at.as_millis()), Some(1_500));
/// assert_eq!(last_refresh("0001-01-01T00:00:00"), None);
/// ```
#[must_use]
pub fn last_refresh(text: &str) -> Option<Timestamp> {
    let day = Date::read(text)?;
    let bytes = text.as_bytes();
    let (hour, minute, second) = (digits(bytes, 11, 2)?, digits(bytes, 14, 2)?, digits(bytes, 17, 2)?);
    if bytes[13] != b':' || bytes[16] != b':' {
        return None;
    }
    let rest = text.get(19..)?;
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()))?,
        None => ("", rest),
    };
    let thousandths = fraction.bytes().chain([b'0'; 3]).take(3).fold(0, |sum, byte| sum * 10 + u64::from(byte - b'0'));
    let at = time::at(i64::from(day.year), day.month.into(), day.day.into(), hour, minute, second, thousandths)?;
    let offset = |sign: &str| {
        let (hours, minutes) = sign.split_once(':')?;
        let (hours, minutes): (u64, u64) = (hours.parse().ok()?, minutes.parse().ok()?);
        (hours < 24 && minutes < 60).then(|| core::time::Duration::from_secs(hours * 3_600 + minutes * 60))
    };
    match zone.as_bytes().first() {
        None => Some(at),
        Some(b'Z' | b'z') if zone.len() == 1 => Some(at),
        Some(b'+') => Some(at.before(offset(zone.get(1..)?)?)),
        Some(b'-') => Some(at + offset(zone.get(1..)?)?),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    //= docs/spec/authorize.md#200-authorized
    //= type=test
    //# **AUTH-25** A client MUST read `Login.LastRefresh` with any number of fraction digits, with `Z`, an offset or no
    //# zone, and MUST take no zone as UTC.
    //= docs/spec/authorize.md#200-authorized
    //= type=test
    //# **AUTH-26** A client MUST take `0001-01-01T00:00:00` in `LastRefresh` as never refreshed.
    #[test]
    fn last_refresh_in_every_form_seen() {
        let at = |text| last_refresh(text).map(Timestamp::as_millis);
        assert_eq!(at("2026-01-21T20:47:47.145999"), Some(1_769_028_467_145));
        assert_eq!(at("2026-01-21T20:47:47.1459991Z"), Some(1_769_028_467_145));
        assert_eq!(at("2026-01-21T20:47:47.1"), Some(1_769_028_467_100));
        assert_eq!(at("2026-01-21T20:47:47"), Some(1_769_028_467_000));
        assert_eq!(at("2026-01-21T15:47:47-05:00"), Some(1_769_028_467_000));
        assert_eq!(at("2026-01-21T22:47:47+02:00"), Some(1_769_028_467_000));
        for never in ["0001-01-01T00:00:00", "", "soon", "2026-01-21", "2026-01-21T25:00:00", "2026-01-21T20:47:47 x"] {
            assert_eq!(at(never), None, "{never}");
        }
    }
}
