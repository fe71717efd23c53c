//! Moments for people: `09:00:10`, and spans such as `10 s`.

use core::time::Duration;
use reconnect_core::Timestamp;

/// The time of day in UTC.
pub(crate) fn time_of(moment: Timestamp) -> String {
    let seconds = moment.as_millis() / 1_000 % 86_400;
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// Day and time in UTC: `2026-11-30 14:30:54 UTC`. Without the day, a moment that is days away would look like today.
pub(crate) fn moment(moment: Timestamp) -> String {
    let days = moment.as_millis() / 86_400_000;
    // The date of the Gregorian calendar, computed from the days since 1 March of the year 0, in eras of 400 years.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {} UTC", time_of(moment))
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
