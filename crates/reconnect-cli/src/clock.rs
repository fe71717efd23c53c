//! Moments for people: `09:00:10`, and spans such as `10 s`.

use core::time::Duration;
use reconnect_core::Timestamp;

/// The time of day in UTC.
pub(crate) fn time_of(moment: Timestamp) -> String {
    let seconds = moment.as_millis() / 1_000 % 86_400;
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
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
}
