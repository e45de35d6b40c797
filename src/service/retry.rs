//! When to try again: a pure function of the attempt, the failure, what was spent, the time
//! and a die.

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

    /// How long the service asks to be left alone, if it says so.
    pub fn asked_for(&self, now: DateTime<FixedOffset>) -> Option<Duration> {
        match self {
            Self::Status {
                retry_after: Some(text),
                ..
            } => asked_for(text, now),
            Self::Connection
            | Self::Status {
                retry_after: None, ..
            } => None,
        }
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
    /// How many further attempts all calls of a run have together.
    pub retries: u32,
    /// How long all calls of a run may wait together.
    pub waiting: Duration,
}

/// What a run has spent of its patience.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Further attempts.
    pub retries: u32,
    /// Waiting.
    pub waited: Duration,
}

/// Why there is no further attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Impatience {
    /// The call was tried often enough.
    Call,
    /// The run has used up its patience, whichever calls have.
    Run,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 5,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(30),
            retries: 100,
            waiting: Duration::from_mins(10),
        }
    }
}

impl RetryPolicy {
    /// How long to wait before the next attempt, or why there is none.
    ///
    /// `attempt` counts from 1; `die` lies in 0..1 and spreads the waits of many machines
    /// over the whole interval (full jitter). What the service asks for is a lower bound.
    pub fn wait(
        &self,
        attempt: u32,
        failure: &Failure,
        spent: Spent,
        now: DateTime<FixedOffset>,
        die: f64,
    ) -> Result<Duration, Impatience> {
        if attempt >= self.attempts {
            return Err(Impatience::Call);
        }
        let jittered = self.jittered(attempt, die);
        let asked = failure.asked_for(now).unwrap_or_default();
        let wait = asked.min(self.longest).max(jittered);
        if spent.retries >= self.retries || spent.waited + wait > self.waiting {
            return Err(Impatience::Run);
        }
        Ok(wait)
    }

    /// How long to wait before a list is begun anew, after so many beginnings. No call has
    /// failed, so it takes no retry; where the run may wait no longer, it is begun at once.
    pub fn breath(&self, beginnings: u32, spent: Spent, die: f64) -> Duration {
        let left = self.waiting.saturating_sub(spent.waited);
        self.jittered(beginnings, die).min(left)
    }

    fn jittered(&self, attempt: u32, die: f64) -> Duration {
        let doubled = self.first.saturating_mul(2u32.saturating_pow(attempt - 1));
        doubled.min(self.longest).mul_f64(die.clamp(0.0, 1.0))
    }
}

impl Spent {
    /// With one more attempt after a wait.
    #[must_use]
    pub fn and(self, wait: Duration) -> Self {
        Self {
            retries: self.retries + 1,
            waited: self.waited + wait,
        }
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

    /// The wait after the first attempt of a fresh run.
    fn first(policy: RetryPolicy, failure: &Failure) -> Result<Duration, Impatience> {
        policy.wait(1, failure, Spent::default(), now(), 0.0)
    }

    #[test]
    fn waits_double_and_are_capped_and_end() {
        let policy = RetryPolicy {
            attempts: 4,
            first: Duration::from_secs(1),
            longest: Duration::from_secs(3),
            ..RetryPolicy::default()
        };
        let wait =
            |attempt| policy.wait(attempt, &Failure::Connection, Spent::default(), now(), 1.0);
        let waits: Vec<_> = (1..=4).map(wait).collect();
        let seconds = |seconds| Ok(Duration::from_secs(seconds));
        assert_eq!(
            waits,
            [seconds(1), seconds(2), seconds(3), Err(Impatience::Call)]
        );
    }

    #[test]
    fn the_service_may_ask_for_a_wait_in_seconds_or_by_a_date() {
        let policy = RetryPolicy::default();
        for (retry_after, expected) in [
            ("7", Duration::from_secs(7)),
            (" 7 ", Duration::from_secs(7)),
            ("Sun, 01 Nov 2026 00:00:12 GMT", Duration::from_secs(12)),
            // A date that is over, a date too far, and what nobody can read.
            ("Sat, 31 Oct 2026 00:00:00 GMT", Duration::ZERO),
            ("86400", policy.longest),
            ("Mon, 02 Nov 2026 00:00:00 GMT", policy.longest),
            ("soon", Duration::ZERO),
            ("-7", Duration::ZERO),
        ] {
            assert_eq!(
                first(policy, &busy(retry_after)),
                Ok(expected),
                "{retry_after}"
            );
        }
    }

    #[test]
    fn all_calls_of_a_run_share_its_patience() {
        let policy = RetryPolicy {
            retries: 3,
            waiting: Duration::from_secs(20),
            ..RetryPolicy::default()
        };
        let wait = |retries, waited| {
            let waited = Duration::from_secs(waited);
            policy.wait(1, &busy("7"), Spent { retries, waited }, now(), 0.0)
        };
        assert_eq!(wait(2, 13), Ok(Duration::from_secs(7)));
        assert_eq!(wait(2, 14), Err(Impatience::Run));
        assert_eq!(wait(3, 0), Err(Impatience::Run));
        let spent = Spent::default().and(Duration::from_secs(7));
        assert_eq!(
            spent.and(Duration::from_secs(6)),
            Spent {
                retries: 2,
                waited: Duration::from_secs(13)
            }
        );
    }

    #[test]
    fn a_list_is_begun_anew_after_a_while_but_not_after_more_than_the_run_has_left() {
        let policy = RetryPolicy {
            first: Duration::from_secs(1),
            waiting: Duration::from_secs(20),
            ..RetryPolicy::default()
        };
        let breath = |beginnings, waited| {
            let waited = Duration::from_secs(waited);
            let spent = Spent { retries: 9, waited };
            policy.breath(beginnings, spent, 1.0).as_secs()
        };
        assert_eq!(
            [1, 2, 3, 4].map(|beginnings| breath(beginnings, 0)),
            [1, 2, 4, 8]
        );
        assert_eq!([breath(4, 15), breath(4, 20), breath(4, 21)], [5, 0, 0]);
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
