//! Moments written as the service writes them.

use core::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

use httpdate::fmt_http_date;
use humantime::format_rfc3339_micros;

const DAY: u64 = 86_400_000;

/// The last moment with a year of four digits: later ones are written as this one.
const LAST: u64 = 253_402_300_799_999;

/// `2026-01-21T20:47:47.145000`: UTC, six digits, no zone, as in the 200 of
/// <https://docs.flinks.com/api/authorize/endpoints/authorize>.
pub(crate) fn moment(ms: u64) -> String {
    format_rfc3339_micros(time(ms)).to_string().trim_end_matches('Z').to_owned()
}

/// `Wed, 21 Jan 2026 20:47:47 GMT`, as in HTTP's own headers: RFC 9110, 5.6.7.
pub(crate) fn http_date(ms: u64) -> String {
    fmt_http_date(time(ms))
}

/// The day that many days before: `2026-01-21`, as in `Transactions[].Date`:
/// <https://docs.flinks.com/api/connect/endpoints/account-linking/get-accounts-detail>.
pub(crate) fn days_before(ms: u64, days: u64) -> String {
    moment(ms.saturating_sub(days.saturating_mul(DAY))).chars().take(10).collect()
}

fn time(ms: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(ms.min(LAST))
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
