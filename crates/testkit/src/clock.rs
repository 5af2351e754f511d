//! A clock that a test moves.

use std::sync::atomic::{AtomicI64, Ordering};

use riser_core::UnixTime;
use riser_server::Clock;

/// A clock that a test moves.
pub struct FakeClock(AtomicI64);

impl FakeClock {
    /// A clock that stands at `at`.
    #[must_use]
    pub fn at(at: i64) -> Self {
        Self(AtomicI64::new(at))
    }

    /// Moves it by `seconds`, back when negative.
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> UnixTime {
        UnixTime(self.0.load(Ordering::SeqCst))
    }
}
