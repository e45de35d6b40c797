//! The clock, handed in by `main`: nobody else looks at the time or waits.

use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta};

use crate::stop::Stop;

/// Tells the time and waits.
pub trait Clock: Debug + Send + Sync {
    /// Now, with the machine's offset.
    fn now(&self) -> DateTime<FixedOffset>;
    /// Lets time pass, unless the run is to stop.
    fn sleep(&self, length: Duration, stop: &Stop);
    /// Whether somebody has said what time it is, for practice or a test. What is dated by such
    /// a clock must not leave this machine.
    fn is_given(&self) -> bool {
        false
    }
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

/// A clock that begins at a given moment and stands still but while somebody waits, so that what
/// a run writes down depends on nothing but the moment. It never goes faster than the true one:
/// waits really pass, and those of several threads at once count as one.
#[derive(Debug)]
pub struct GivenClock(Mutex<DateTime<FixedOffset>>);

impl GivenClock {
    /// A clock that stands at a moment (RFC 3339); nothing where the text is none.
    pub fn at(moment: &str) -> Option<Self> {
        let moment = DateTime::parse_from_rfc3339(moment).ok()?;
        Some(Self(Mutex::new(moment)))
    }
}

impl Clock for GivenClock {
    fn now(&self) -> DateTime<FixedOffset> {
        // A moment is whole whatever happened to a thread that held it.
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep(&self, length: Duration, stop: &Stop) {
        let end = TimeDelta::from_std(length)
            .ok()
            .and_then(|length| self.now().checked_add_signed(length));
        stop.wait(length);
        if let Some(end) = end {
            let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            *now = end.max(*now);
        }
    }

    fn is_given(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const EVENING: &str = "2026-11-05T18:00:00+09:00";
    const WAIT: Duration = Duration::from_millis(3);

    #[test]
    fn a_given_clock_stands_still_until_somebody_waits() {
        let clock = GivenClock::at(EVENING).unwrap();
        thread::sleep(WAIT);
        assert_eq!(clock.now().to_rfc3339(), EVENING);
        clock.sleep(WAIT, &Stop::default());
        assert_eq!(clock.now().to_rfc3339(), "2026-11-05T18:00:00.003+09:00");
        assert!(clock.is_given() && !SystemClock.is_given());
    }

    #[test]
    fn a_moment_without_a_zone_is_none() {
        for text in ["", "2026-11-05", "2026-11-05T18:00:00", "18:00", "昨日"] {
            assert!(GivenClock::at(text).is_none(), "{text}");
        }
    }
}
