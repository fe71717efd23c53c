//! `Retry-After`: how long the service wants to be left alone.

use crate::time::{self, Timestamp};
use alloc::string::String;
use core::time::Duration;

/// A `Retry-After` header: seconds, or a date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "RFC 9110 §10.2.3 has these two forms")]
pub enum RetryAfter {
    /// So long from when the reply came.
    In(Duration),
    /// At that moment.
    At(Timestamp),
}

impl RetryAfter {
    /// The longest wait that is believed: a longer one is a number in another unit, or a mistake (decision 65).
    pub const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    /// The first `Retry-After` among these headers that can be read.
    pub(crate) fn of(headers: &[(String, String)]) -> Option<Self> {
        let mut named = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(RETRY_AFTER));
        named.find_map(|(_, value)| wait(value.trim()))
    }

    /// The moment it means, for a reply that came at `now`; at most a day later.
    ///
    /// ```
    /// use core::time::Duration;
    /// use reconnect_core::{Timestamp, reply::RetryAfter};
    /// let now = Timestamp::from_millis(1_000);
    /// assert_eq!(RetryAfter::In(Duration::from_secs(2)).moment(now).as_millis(), 3_000);
    /// ```
    #[must_use]
    pub fn moment(self, now: Timestamp) -> Timestamp {
        let latest = now + Self::LONGEST;
        match self {
            Self::In(span) => (now + span).min(latest),
            Self::At(moment) => moment.max(now).min(latest),
        }
    }
}

/// The one header of a reply that says anything to a session.
pub(crate) const RETRY_AFTER: &str = "retry-after";

/// Seconds, or one of the three dates of RFC 9110 §5.6.7:
/// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
fn wait(value: &str) -> Option<RetryAfter> {
    let (seconds, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(seconds) && digits(fraction) {
        // A number that does not fit counts as longer than the longest wait, and a part of a second is rounded up.
        let more = u64::from(fraction.bytes().any(|byte| byte != b'0'));
        let span = Duration::from_secs(seconds.parse::<u64>().unwrap_or(u64::MAX).saturating_add(more));
        return Some(RetryAfter::In(span.min(RetryAfter::LONGEST)));
    }
    let mut words = value.split([' ', ',', '-', ':']).filter(|word| !word.is_empty()).skip(1);
    let mut next = || words.next();
    let (first, second) = (next()?, next()?);
    let number = |text: &str| u32::try_from(text.parse::<u64>().ok()?).ok().filter(|_| digits(text));
    let (day, month, year, time) = match number(first) {
        Some(day) => (day, second, number(next()?), [next()?, next()?, next()?]),
        None => (number(second)?, first, None, [next()?, next()?, next()?]),
    };
    // If the month stands first, the year stands last.
    let year = match year {
        // Two digits from 70 on are of the last century: there is no clock here to compare with.
        Some(year @ 0..70) => year + 2_000,
        Some(year @ 70..100) => year + 1_900,
        Some(year) => year,
        None => number(next()?)?,
    };
    let month =
        b"JanFebMarAprMayJunJulAugSepOctNovDec".windows(3).position(|known| known == month.as_bytes())? as u32 / 3 + 1;
    let [hour, minute, second] = time.map(number);
    time::at(year.into(), month, day, hour?, minute?, second?, 0).map(RetryAfter::At)
}

#[cfg(test)]
mod tests {
    use super::*;

    //= docs/spec/errors.md#trying-again
    //= type=test
    //# **ERR-37** A client MUST honour `Retry-After`, in seconds or as a date, if it is later than its own wait, and
    //# MUST end with "try later" at that moment if it is more than 5 min away.
    #[test]
    fn retry_after_in_both_forms() {
        let of = |value: &str| RetryAfter::of(&[("Retry-After".into(), value.into())]);
        assert_eq!(of("120"), Some(RetryAfter::In(Duration::from_secs(120))));
        assert_eq!(of("Sun, 06 Nov 1994 08:49:37 GMT"), Some(RetryAfter::At(Timestamp::from_millis(784_111_777_000))));
        for not in ["", "-1", "soon", "Sun, 06 Nof 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT"] {
            assert_eq!(of(not), None, "{not}");
        }
    }

    //= docs/spec/errors.md#trying-again
    //= type=test
    //# **ERR-44** A client MUST read a `Retry-After` in whole seconds, in parts of them (rounded up) and in the three
    //# dates of RFC 9110, and MUST NOT wait longer than a day for it.
    #[test]
    fn retry_after_is_read_in_every_form_and_is_at_most_a_day() {
        let of = |value: &str| RetryAfter::of(&[("retry-after".into(), value.into())]);
        for date in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(of(date), Some(RetryAfter::At(Timestamp::from_millis(784_111_777_000))), "{date}");
        }
        assert_eq!(
            of("Friday, 01-May-26 00:00:00 GMT"),
            Some(RetryAfter::At(Timestamp::from_millis(1_777_593_600_000)))
        );
        for (value, seconds) in [("0", 0), ("0.5", 1), ("900.5", 901), ("900.0", 900), (" 7 ", 7), ("007", 7)] {
            assert_eq!(of(value), Some(RetryAfter::In(Duration::from_secs(seconds))), "{value}");
        }
        let now = Timestamp::from_millis(1_780_000_000_000);
        for far in
            ["86401", "1780000000", "99999999999999999999", "18446744073709551615.9", "Fri, 31 Dec 9999 23:59:59 GMT"]
        {
            let moment = of(far).expect(far).moment(now);
            assert_eq!(now.until(moment), Duration::from_secs(86_400), "{far}");
        }
        for not in
            ["-5", "30 seconds", "30, 60", ".5", "5.", "1e3", "+3", "2026-05-28T00:00:00Z", "Sun", "Sun Nov", "\u{661}"]
        {
            assert_eq!(of(not), None, "{not}");
        }
        // The first of two values that can be read counts.
        let two = [("Retry-After".into(), "soon".into()), ("RETRY-AFTER".into(), "9".into())];
        assert_eq!(RetryAfter::of(&two), Some(RetryAfter::In(Duration::from_secs(9))));
    }
}
