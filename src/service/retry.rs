//! When to try again: a pure function of the attempt, the failure, the time and a die.

use std::time::Duration;

use chrono::{DateTime, FixedOffset};

/// Why an attempt brought no answer that could be used. Only such failures are tried again;
/// what the service refuses it would refuse again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The connection was not made, or broke.
    Connection,
    /// 408, 425, 429 or 5xx, with what `Retry-After` says, if it says something.
    Status {
        /// The HTTP status.
        status: u16,
        /// `Retry-After`: seconds, or an HTTP date.
        retry_after: Option<String>,
    },
}

impl Failure {
    /// The failure that a status is, if it is one that may pass.
    pub fn of_status(status: u16, retry_after: Option<String>) -> Option<Self> {
        matches!(status, 408 | 425 | 429 | 500..=599).then_some(Self::Status {
            status,
            retry_after,
        })
    }

    /// In a few words, for messages.
    pub fn describe(&self) -> String {
        match self {
            Self::Connection => "つながらないか、途中で切れました".to_owned(),
            Self::Status { status, .. } => format!("サービスの返事 {status}"),
        }
    }
}

/// How patient a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a call is tried in all.
    pub attempts: u32,
    /// The longest first wait; each further one may be twice as long.
    pub first: Duration,
    /// No single wait is longer, whatever the service asks for.
    pub longest: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 5,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(30),
        }
    }
}

impl RetryPolicy {
    /// How long to wait before the next attempt; `None` to give up.
    ///
    /// `attempt` counts from 1; `die` lies in 0..1 and spreads the waits of many machines
    /// over the whole interval (full jitter). What the service asks for is a lower bound.
    pub fn wait(
        &self,
        attempt: u32,
        failure: &Failure,
        now: DateTime<FixedOffset>,
        die: f64,
    ) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let doubled = self.first.saturating_mul(2u32.saturating_pow(attempt - 1));
        let jittered = doubled.min(self.longest).mul_f64(die.clamp(0.0, 1.0));
        let asked = match failure {
            Failure::Status {
                retry_after: Some(text),
                ..
            } => asked_for(text, now),
            Failure::Connection
            | Failure::Status {
                retry_after: None, ..
            } => None,
        };
        Some(asked.unwrap_or_default().min(self.longest).max(jittered))
    }
}

fn asked_for(text: &str, now: DateTime<FixedOffset>) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::<chrono::Utc>::from(httpdate::parse_http_date(text.trim()).ok()?);
    date.signed_duration_since(now).to_std().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<FixedOffset> {
        DateTime::parse_from_rfc3339("2026-11-01T09:00:00+09:00").unwrap()
    }

    fn busy(retry_after: &str) -> Failure {
        Failure::of_status(503, Some(retry_after.to_owned())).unwrap()
    }

    #[test]
    fn waits_double_and_are_capped_and_end() {
        let policy = RetryPolicy {
            attempts: 4,
            first: Duration::from_secs(1),
            longest: Duration::from_secs(3),
        };
        let waits: Vec<_> = (1..=4)
            .map(|attempt| policy.wait(attempt, &Failure::Connection, now(), 1.0))
            .collect();
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(waits, [seconds(1), seconds(2), seconds(3), None]);
    }

    #[test]
    fn the_service_may_ask_for_a_wait_in_seconds_or_by_a_date() {
        let policy = RetryPolicy::default();
        let wait = |failure| policy.wait(1, &failure, now(), 0.0);
        assert_eq!(wait(busy("7")), Some(Duration::from_secs(7)));
        assert_eq!(
            wait(busy("Sun, 01 Nov 2026 00:00:12 GMT")),
            Some(Duration::from_secs(12))
        );
        assert_eq!(
            wait(busy("Sat, 31 Oct 2026 00:00:00 GMT")),
            Some(Duration::ZERO)
        );
        assert_eq!(wait(busy("86400")), Some(policy.longest));
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for status in [408, 425, 429, 500, 502, 503] {
            assert!(Failure::of_status(status, None).is_some(), "{status}");
        }
        for status in [200, 400, 401, 403, 404, 409, 413, 422] {
            assert!(Failure::of_status(status, None).is_none(), "{status}");
        }
    }
}
