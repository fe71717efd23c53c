//! The server's clock: real, accelerated or still.

use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;

/// A clock that clones share. It can be advanced and frozen while it runs.
#[derive(Clone, Debug)]
pub struct Clock {
    hands: Arc<Mutex<Hands>>,
    /// Wakes those that wait for a moment, if the clock is moved, stopped or started.
    moved: Arc<Notify>,
}

#[derive(Debug)]
struct Hands {
    /// The reading at `since`.
    at: u64,
    since: Instant,
    rate: u64,
    frozen: bool,
}

impl Clock {
    /// Starts at the time of the machine and runs as fast.
    pub fn real() -> Self {
        Clock::accelerated(1)
    }

    /// Starts at the time of the machine and runs `rate` times as fast.
    pub fn accelerated(rate: u64) -> Self {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let start = u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX);
        Clock::starting(start, rate)
    }

    /// Stands still and moves only by [`Clock::advance`].
    pub fn fixed(start_ms: u64) -> Self {
        Clock::starting(start_ms, 0)
    }

    /// Starts at this moment, in milliseconds since 1970, and runs `rate` times as fast as the machine's.
    pub fn starting(at: u64, rate: u64) -> Self {
        let hands = Hands { at, since: Instant::now(), rate, frozen: false };
        Clock { hands: Arc::new(Mutex::new(hands)), moved: Arc::default() }
    }

    /// Moves the clock forward.
    pub fn advance(&self, ms: u64) {
        let mut hands = self.hands();
        hands.at = hands.at.saturating_add(ms);
        drop(hands);
        self.moved.notify_waiters();
    }

    /// Stops the clock, or lets it run again from where it stands.
    pub fn freeze(&self, frozen: bool) {
        let mut hands = self.hands();
        hands.at = hands.now();
        hands.since = Instant::now();
        hands.frozen = frozen;
        drop(hands);
        self.moved.notify_waiters();
    }

    /// Milliseconds since 1970.
    pub fn now(&self) -> u64 {
        self.hands().now()
    }

    /// How many times as fast as the machine's clock it runs; 0 for a fixed one.
    pub fn rate(&self) -> u64 {
        self.hands().rate
    }

    /// Whether it moves by [`Clock::advance`] only.
    pub fn is_frozen(&self) -> bool {
        let hands = self.hands();
        hands.frozen || hands.rate == 0
    }

    /// Ends when the clock shows `at`, however it gets there.
    pub(crate) async fn reached(&self, at: u64) {
        loop {
            // This is made before the time is read, so that no move between the two is missed.
            let moved = self.moved.notified();
            let wait = self.hands().until(at);
            match wait {
                Some(Duration::ZERO) => return,
                Some(wait) => tokio::select! {
                    () = moved => {}
                    () = tokio::time::sleep(wait) => {}
                },
                None => moved.await,
            }
        }
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hands {
    fn now(&self) -> u64 {
        if self.frozen {
            return self.at;
        }
        let passed = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.at.saturating_add(passed.saturating_mul(self.rate))
    }

    /// How long it takes in real time until the clock shows `at`; none if it stands still before that.
    fn until(&self, at: u64) -> Option<Duration> {
        let left = at.saturating_sub(self.now());
        match (left, self.frozen, self.rate) {
            (0, _, _) => Some(Duration::ZERO),
            (_, true, _) | (_, _, 0) => None,
            (left, false, rate) => Some(Duration::from_millis(left.div_ceil(rate))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_by_advance() {
        let clock = Clock::fixed(5);
        let shared = clock.clone();
        clock.advance(10);
        clock.freeze(true);
        clock.freeze(false);
        assert_eq!((shared.now(), shared.rate(), shared.is_frozen()), (15, 0, true));
        clock.advance(u64::MAX);
        assert_eq!(clock.now(), u64::MAX);
    }

    #[test]
    fn a_moment_is_reached_by_running_by_moving_and_not_by_standing() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let soon = Duration::from_millis(20);
            let fast = Clock::accelerated(1_000_000);
            fast.reached(fast.now() + 30 * 60_000).await;
            let still = Clock::fixed(5);
            still.reached(5).await;
            assert!(tokio::time::timeout(soon, still.reached(6)).await.is_err(), "it stands");
            let (waiting, moving) = (still.reached(10), async { [2, 3].map(|ms| still.advance(ms)) });
            tokio::time::timeout(Duration::from_secs(10), async { tokio::join!(waiting, moving) }).await.unwrap();
            let frozen = Clock::accelerated(1_000);
            frozen.freeze(true);
            let at = frozen.now() + 1_000;
            assert!(tokio::time::timeout(soon, frozen.reached(at)).await.is_err(), "it is stopped");
            let (waiting, moving) = (frozen.reached(at), async { frozen.freeze(false) });
            tokio::time::timeout(Duration::from_secs(10), async { tokio::join!(waiting, moving) }).await.unwrap();
        });
    }

    #[test]
    fn a_frozen_clock_stands_and_then_goes_on() {
        let clock = Clock::accelerated(1_000_000);
        let started = clock.now();
        std::thread::sleep(Duration::from_millis(2));
        clock.freeze(true);
        let stopped = clock.now();
        assert!(stopped >= started + 2_000_000, "it stops where it stands");
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(clock.now(), stopped);
        clock.freeze(false);
        std::thread::sleep(Duration::from_millis(2));
        assert!(clock.now() >= stopped + 2_000_000);
    }
}
