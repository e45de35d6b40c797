//! How many calls came in the last second.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The arrival of the calls of the last second.
#[derive(Debug, Default)]
pub(super) struct RateMeter {
    arrivals: Mutex<VecDeque<Instant>>,
}

impl RateMeter {
    /// Counts a call in, unless the last second has had its share.
    pub(super) fn admits(&self, per_second: u32) -> bool {
        let now = Instant::now();
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        while arrivals
            .front()
            .is_some_and(|first| now - *first >= Duration::from_secs(1))
        {
            arrivals.pop_front();
        }
        let admitted = arrivals.len() < usize::try_from(per_second).unwrap_or(usize::MAX);
        if admitted {
            arrivals.push_back(now);
        }
        admitted
    }
}
