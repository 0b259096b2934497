//! How a poll waits.

use std::time::{Duration, Instant};

/// Limit: microseconds that a poll waits.
const WAIT: i64 = 1_000_000;
/// How long a poll that waits looks away.
const PAUSE: Duration = Duration::from_micros(20);

/// What `look` says as soon as that is not 0, or after at most so many microseconds.
pub(super) fn wait_until(wait: i64, look: impl Fn() -> i64) -> i64 {
    let until = Instant::now() + Duration::from_micros(wait.clamp(0, WAIT).cast_unsigned());
    loop {
        let said = look();
        if said != 0 || Instant::now() >= until {
            return said;
        }
        std::thread::sleep(PAUSE);
    }
}
