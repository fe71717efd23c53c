//! Moments for people: `09:00:10`, and spans such as `10 s`.

use core::time::Duration;
use humantime::format_rfc3339_seconds;
use reconnect_core::Timestamp;
use std::time::UNIX_EPOCH;

/// The last moment with a year of four digits: later ones are written as this one.
const LAST: u64 = 253_402_300_799_999;

/// The time of day in UTC.
pub(crate) fn time_of(moment: Timestamp) -> String {
    let seconds = moment.as_millis() / 1_000 % 86_400;
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// Day and time in UTC: `2026-11-30 14:30:54 UTC`. Without the day, a moment that is days away would look like today.
pub(crate) fn moment(moment: Timestamp) -> String {
    let at = UNIX_EPOCH + Duration::from_millis(moment.as_millis().min(LAST));
    format_rfc3339_seconds(at).to_string().replace('T', " ").replace('Z', " UTC")
}

/// A span, rounded up to what a person counts in.
pub(crate) fn span(span: Duration) -> String {
    let seconds = span.as_millis().div_ceil(1_000);
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_times_and_spans() {
        assert_eq!(time_of(Timestamp::from_millis(1_768_467_610_999)), "09:00:10");
        for (ms, text) in [(0, "0 s"), (1, "1 s"), (10_000, "10 s"), (119_000, "119 s"), (480_000, "8 min")] {
            assert_eq!(span(Duration::from_millis(ms)), text);
        }
        assert_eq!(span(Duration::from_secs(3 * 3_600)), "3 h");
    }

    #[test]
    fn a_moment_has_its_day() {
        for (ms, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_400_000, "2000-02-29 00:00:00 UTC"),
            (951_868_799_999, "2000-02-29 23:59:59 UTC"),
            (1_709_164_800_000, "2024-02-29 00:00:00 UTC"),
            (1_767_225_599_000, "2025-12-31 23:59:59 UTC"),
            (1_796_049_054_000, "2026-11-30 14:30:54 UTC"),
            (4_107_542_400_000, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(moment(Timestamp::from_millis(ms)), text);
        }
        // The largest timestamp does not panic.
        assert!(moment(Timestamp::from_millis(u64::MAX)).ends_with(" UTC"));
    }
}
