//! When the next call may leave: a pure function of the earlier departures and the time.
//!
//! The service says how many calls a second it takes; every thread of a run asks here before
//! it calls. What is counted is any second, not a second of the clock, because that is how
//! services count.

use std::collections::VecDeque;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta};

type Time = DateTime<FixedOffset>;

/// A second, and a little more: a call that leaves early may arrive late, and the service
/// counts arrivals.
const SECOND: TimeDelta = TimeDelta::milliseconds(1100);
/// Nobody has reserved so far ahead; the clock was set back.
const TOO_FAR: TimeDelta = TimeDelta::minutes(2);

/// The departures of the last second.
#[derive(Debug, Default)]
pub struct Pacing {
    per_second: Option<usize>,
    departures: VecDeque<Time>,
    held_until: Option<Time>,
}

impl Pacing {
    /// At most so many calls in any second; without a number, as many as there are.
    pub fn at_most(per_second: Option<u32>) -> Self {
        let per_second = per_second.map(|calls| usize::try_from(calls).unwrap_or(usize::MAX));
        Self {
            per_second: per_second.map(|calls| calls.max(1)),
            ..Self::default()
        }
    }

    /// Reserves the next departure and says how long it is until then.
    pub fn depart(&mut self, now: Time) -> Duration {
        if self.latest().is_some_and(|latest| latest > now + TOO_FAR) {
            self.departures.clear();
            self.held_until = None;
        }
        let mut departure = self.held_until.map_or(now, |until| until.max(now));
        if let Some(per_second) = self.per_second {
            if self.departures.len() >= per_second {
                let first = self.departures.pop_front();
                departure = first.map_or(departure, |first| departure.max(first + SECOND));
            }
            self.departures.push_back(departure);
        }
        departure
            .signed_duration_since(now)
            .to_std()
            .unwrap_or_default()
    }

    /// Nobody departs before this: the service has asked for rest, and it means all threads.
    pub fn hold(&mut self, until: Time) {
        self.held_until = self.held_until.max(Some(until));
    }

    fn latest(&self) -> Option<Time> {
        self.departures.back().copied().max(self.held_until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Time {
        DateTime::parse_from_rfc3339("2026-11-01T09:00:00+09:00").unwrap()
    }

    fn after(milliseconds: i64) -> Time {
        now() + TimeDelta::milliseconds(milliseconds)
    }

    /// The waits of calls that are made at these milliseconds.
    fn waits(pacing: &mut Pacing, calls: &[i64]) -> Vec<u128> {
        let wait = |at: &i64| pacing.depart(after(*at)).as_millis();
        calls.iter().map(wait).collect()
    }

    #[test]
    fn without_a_limit_nobody_waits() {
        let mut pacing = Pacing::at_most(None);
        assert_eq!(waits(&mut pacing, &[0; 1000]), [0; 1000]);
    }

    #[test]
    fn no_second_has_more_departures_than_the_service_takes() {
        let mut pacing = Pacing::at_most(Some(2));
        assert_eq!(
            waits(&mut pacing, &[0, 0, 0, 0, 0, 0]),
            [0, 0, 1100, 1100, 2200, 2200]
        );
        // Both departures of their second were reserved before.
        assert_eq!(waits(&mut pacing, &[2200, 2500]), [1100, 800]);
    }

    #[test]
    fn a_call_that_comes_late_enough_does_not_wait() {
        let mut pacing = Pacing::at_most(Some(2));
        assert_eq!(
            waits(&mut pacing, &[0, 400, 1100, 1400, 1500]),
            [0, 0, 0, 100, 700]
        );
    }

    #[test]
    fn when_the_service_asks_for_rest_everybody_rests() {
        let mut pacing = Pacing::at_most(None);
        pacing.hold(after(5000));
        pacing.hold(after(3000));
        assert_eq!(waits(&mut pacing, &[0, 1000, 5000]), [5000, 4000, 0]);
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nobody() {
        let mut pacing = Pacing::at_most(Some(1));
        pacing.hold(after(1000));
        assert_eq!(waits(&mut pacing, &[0, -3_600_000]), [1000, 0]);
    }

    #[test]
    fn a_limit_of_none_a_second_is_one() {
        let mut pacing = Pacing::at_most(Some(0));
        assert_eq!(waits(&mut pacing, &[0, 0]), [0, 1100]);
    }
}
