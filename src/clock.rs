//! The clock, handed in by `main`: nobody else looks at the time or waits.

use std::fmt::Debug;
use std::time::Duration;

use chrono::{DateTime, FixedOffset};

use crate::stop::Stop;

/// Tells the time and waits.
pub trait Clock: Debug + Send + Sync {
    /// Now, with the machine's offset.
    fn now(&self) -> DateTime<FixedOffset>;
    /// Lets time pass, unless the run is to stop.
    fn sleep(&self, length: Duration, stop: &Stop);
}

/// A moment that was written down (RFC 3339), as a clerk reads it: `2026年11月10日 18:05`.
pub fn in_words(moment: &str) -> Option<String> {
    let moment = DateTime::parse_from_rfc3339(moment).ok()?;
    Some(moment.format("%Y年%-m月%-d日 %-H:%M").to_string())
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the door the ban leads to"
    )]
    fn now(&self) -> DateTime<FixedOffset> {
        chrono::Local::now().fixed_offset()
    }

    fn sleep(&self, length: Duration, stop: &Stop) {
        stop.wait(length);
    }
}
