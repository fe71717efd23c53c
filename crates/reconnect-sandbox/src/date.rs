//! Moments written as the service writes them.

const DAY: u64 = 86_400_000;

/// The last moment with a year of four digits: later ones are written as this one.
const LAST: u64 = 253_402_300_799_999;

/// `2026-01-21T20:47:47.145000`: UTC, six digits, no zone, as in the 200 of
/// <https://docs.flinks.com/api/authorize/endpoints/authorize>.
pub(crate) fn moment(ms: u64) -> String {
    let ms = ms.min(LAST);
    let (seconds, fraction) = (ms % DAY / 1_000, ms % 1_000);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{}T{hours:02}:{minutes:02}:{seconds:02}.{fraction:03}000", day(ms))
}

/// `2026-01-21`, as in `Transactions[].Date`:
/// <https://docs.flinks.com/api/connect/endpoints/account-linking/get-accounts-detail>.
pub(crate) fn day(ms: u64) -> String {
    // Days are counted from 1 March of year 0, so that the leap day is the last of its year: a century of 146 097 / 4
    // days, a year of 1 461 / 4, and months that repeat every five.
    let days = ms.min(LAST) / DAY + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let date = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{date:02}")
}

/// `Wed, 21 Jan 2026 20:47:47 GMT`, as in HTTP's own headers: RFC 9110, 5.6.7.
pub(crate) fn http_date(ms: u64) -> String {
    // 1970 began on a Thursday.
    const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let ms = ms.min(LAST);
    let written = moment(ms);
    let month: usize = written[5..7].parse().unwrap_or(1);
    let (weekday, month) = (WEEKDAYS[(ms / DAY % 7) as usize], MONTHS[month - 1]);
    format!("{weekday}, {} {month} {} {} GMT", &written[8..10], &written[..4], &written[11..19])
}

/// The day that many days before.
pub(crate) fn days_before(ms: u64, days: u64) -> String {
    day(ms.saturating_sub(days.saturating_mul(DAY)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        let table = [
            (0, "1970-01-01T00:00:00.000000"),
            (951_782_400_000, "2000-02-29T00:00:00.000000"),
            (1_769_028_467_145, "2026-01-21T20:47:47.145000"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999000"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000000"),
            (u64::MAX, "9999-12-31T23:59:59.999000"),
        ];
        for (ms, written) in table {
            assert_eq!(moment(ms), written);
        }
        assert_eq!(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(http_date(784_111_777_999), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(http_date(u64::MAX), "Fri, 31 Dec 9999 23:59:59 GMT");
        assert_eq!(days_before(0, 400), "1970-01-01");
    }
}
