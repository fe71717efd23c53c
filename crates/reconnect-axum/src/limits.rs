//! How many requests a link may have. The counts are this server's own.

use core::num::NonZeroU32;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use reconnect_store::Key;

/// How many requests for pages a minute pass. A page asks every 3 s how far the session is, and several may be open.
const READS: NonZeroU32 = NonZeroU32::new(120).expect("more than none");
/// How many presses of a button a minute pass.
const PRESSES: NonZeroU32 = NonZeroU32::new(20).expect("more than none");
/// How many messages of the widget a minute pass.
const NEWS: NonZeroU32 = NonZeroU32::new(120).expect("more than none");
/// Above so many links the counts of those that are idle are deleted.
const MANY: usize = 10_000;

/// What is counted apart.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Read,
    Press,
    News,
}

pub(crate) struct Limits {
    reads: DefaultKeyedRateLimiter<Key>,
    presses: DefaultKeyedRateLimiter<Key>,
    news: DefaultKeyedRateLimiter<Key>,
}

impl Default for Limits {
    fn default() -> Self {
        let a_minute = |most| RateLimiter::keyed(Quota::per_minute(most));
        Self { reads: a_minute(READS), presses: a_minute(PRESSES), news: a_minute(NEWS) }
    }
}

impl Limits {
    /// Whether one more request of this link or session passes.
    pub(crate) fn pass(&self, kind: Kind, key: &Key) -> bool {
        let counts = match kind {
            Kind::Read => &self.reads,
            Kind::Press => &self.presses,
            Kind::News => &self.news,
        };
        if counts.len() > MANY {
            counts.retain_recent();
        }
        counts.check_key(key).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_link_has_limits_of_its_own() {
        let (limits, one, other) = (Limits::default(), Key::random(), Key::random());
        let passed = |kind, key: &Key| (0..1_000).filter(|_| limits.pass(kind, key)).count();
        assert!((30..200).contains(&passed(Kind::Read, &one)));
        assert!((10..30).contains(&passed(Kind::Press, &one)));
        assert!(limits.pass(Kind::Press, &other));
    }
}
