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
    /// The answer went past a limit, and was not listened to any more.
    Overrun(Overrun),
    /// 408, 425, 429 or 5xx, with what `Retry-After` says, if it says something.
    Status {
        /// The HTTP status.
        status: u16,
        /// `Retry-After`: seconds, or an HTTP date.
        retry_after: Option<String>,
    },
}

/// A limit that an answer went past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overrun {
    /// So many bytes had come, and it went on.
    Came {
        /// How many are taken.
        limit: usize,
    },
    /// It unfolds to more bytes than this.
    Unfolded {
        /// How many are taken.
        limit: usize,
    },
    /// Its head has no end.
    Head,
    /// Nothing of it came for so long.
    Silence(Duration),
    /// It was not at its end after so long.
    Length(Duration),
}

impl Overrun {
    /// How long somebody has waited for it in vain.
    fn waited(self) -> Duration {
        match self {
            Self::Silence(waited) | Self::Length(waited) => waited,
            Self::Came { .. } | Self::Unfolded { .. } | Self::Head => Duration::ZERO,
        }
    }

    /// In a few words, for messages.
    pub fn describe(self) -> String {
        match self {
            Self::Came { limit } => format!("返事が大きすぎます(上限{})", size(limit)),
            Self::Unfolded { limit } => {
                format!("返事が、圧縮をほどくと大きすぎます(上限{})", size(limit))
            }
            Self::Head => "返事の前置きが長すぎます".to_owned(),
            Self::Silence(waited) => {
                format!("返事が{}秒のあいだ届きませんでした", waited.as_secs_f64())
            }
            Self::Length(waited) => {
                format!("返事が{}秒たっても終わりませんでした", waited.as_secs_f64())
            }
        }
    }
}

/// A number of bytes as it is read: `64MB`, and smaller units where it is less than one.
pub(super) fn size(bytes: usize) -> String {
    match bytes {
        0..1024 => format!("{bytes}B"),
        1024..1_048_576 => format!("{}KB", bytes >> 10),
        _ => format!("{}MB", bytes >> 20),
    }
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
            | Self::Overrun(_)
            | Self::Status {
                retry_after: None, ..
            } => None,
        }
    }

    /// How long somebody has waited for an answer that did not come. Whoever has little
    /// patience has that much less of it now.
    fn waited(&self) -> Duration {
        match self {
            Self::Overrun(overrun) => overrun.waited(),
            Self::Connection | Self::Status { .. } => Duration::ZERO,
        }
    }

    /// In a few words, for messages.
    pub fn describe(&self) -> String {
        match self {
            Self::Connection => "つながらないか、途中で切れました".to_owned(),
            Self::Overrun(overrun) => overrun.describe(),
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
    /// How long nothing of an answer may come.
    pub silence: Duration,
    /// How long an answer may take in all.
    pub answer: Duration,
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
            silence: Duration::from_mins(1),
            answer: Duration::from_mins(5),
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
        let in_vain = failure.waited();
        if spent.retries >= self.retries || spent.waited + in_vain + wait > self.waiting {
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
    /// With one more attempt after a failure and a wait.
    #[must_use]
    pub fn and(self, failure: &Failure, wait: Duration) -> Self {
        Self {
            retries: self.retries + 1,
            waited: self.waited + failure.waited() + wait,
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
        let spent = Spent::default().and(&busy("7"), Duration::from_secs(7));
        assert_eq!(
            spent.and(&Failure::Connection, Duration::from_secs(6)),
            Spent {
                retries: 2,
                waited: Duration::from_secs(13)
            }
        );
    }

    #[test]
    fn what_was_waited_for_an_answer_in_vain_is_waiting() {
        let policy = RetryPolicy {
            waiting: Duration::from_secs(20),
            ..RetryPolicy::default()
        };
        for in_vain in [Overrun::Silence, Overrun::Length] {
            let failure = Failure::Overrun(in_vain(Duration::from_secs(9)));
            let once = Spent::default().and(&failure, Duration::from_secs(2));
            assert_eq!(once.waited, Duration::from_secs(11));
            assert_eq!(
                policy.wait(1, &failure, once, now(), 0.0),
                Ok(Duration::ZERO)
            );
            let twice = once.and(&failure, Duration::ZERO);
            let wait = policy.wait(1, &failure, twice, now(), 0.0);
            assert_eq!(wait, Err(Impatience::Run));
        }
        let large = Failure::Overrun(Overrun::Came { limit: 9 });
        assert_eq!(first(policy, &large), Ok(Duration::ZERO));
    }

    #[test]
    fn a_limit_is_said_as_somebody_would_say_it() {
        let limit = 64 << 20;
        let (minute, short) = (Duration::from_mins(1), Duration::from_millis(250));
        let said = [
            Overrun::Came { limit },
            Overrun::Unfolded { limit: 65_536 },
            Overrun::Silence(minute),
            Overrun::Length(short),
        ];
        assert_eq!(
            said.map(Overrun::describe),
            [
                "返事が大きすぎます(上限64MB)",
                "返事が、圧縮をほどくと大きすぎます(上限64KB)",
                "返事が60秒のあいだ届きませんでした",
                "返事が0.25秒たっても終わりませんでした",
            ]
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
