use std::time::{SystemTime, UNIX_EPOCH};

use riser_core::UnixTime;
use riser_server::Clock;

/// The machine's clock: the one place that reads it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the binary's clock is where time enters")]
    fn now(&self) -> UnixTime {
        // A clock before 1970 reads as 1970: everything has expired then, or nothing was issued yet.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        UnixTime(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
    }
}
