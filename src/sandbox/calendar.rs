//! Months, days and times of day as the contract writes them.
//!
//! All are Japanese civil time: there is no time zone arithmetic anywhere.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};

/// A month, `YYYY-MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month {
    first: NaiveDate,
}

/// A day, `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(NaiveDate);

/// A time of day, `HH:MM`, from 00:00 to 23:59.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HourMinute {
    minutes: u16,
}

/// From a start to an end; an end that is not after the start means the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// When it starts.
    pub start: HourMinute,
    /// When it ends.
    pub end: HourMinute,
}

/// A text that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {wanted}")]
pub struct Unreadable {
    text: String,
    wanted: &'static str,
}

impl Unreadable {
    pub(super) fn new(text: &str, wanted: &'static str) -> Self {
        Self {
            text: text.to_owned(),
            wanted,
        }
    }
}

const MINUTES_A_DAY: u16 = 24 * 60;

impl Month {
    /// Whether `day` is one of this month.
    pub(super) fn holds(self, day: Day) -> bool {
        day.0.with_day(1) == Some(self.first)
    }

    /// The last day of the month, on which an add-on without a date is approved.
    pub(super) fn last_day(self) -> Day {
        let days = u64::from(self.first.num_days_in_month());
        Day(self.first + Days::new(days - 1))
    }
}

impl Day {
    /// The day after.
    pub(super) fn next(self) -> Self {
        Self(self.0 + Days::new(1))
    }
}

impl HourMinute {
    /// Minutes since midnight.
    pub(super) fn minutes(self) -> u16 {
        self.minutes
    }

    /// The time so many minutes after midnight, of whichever day.
    pub(super) fn at(minutes: u16) -> Self {
        Self {
            minutes: minutes % MINUTES_A_DAY,
        }
    }
}

impl Span {
    /// How long it lasts, from 1 minute to a whole day.
    pub(super) fn minutes(self) -> u16 {
        let (start, end) = (self.start.minutes, self.end.minutes);
        if end > start {
            end - start
        } else {
            end + MINUTES_A_DAY - start
        }
    }
}

impl FromStr for Month {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let day: Result<Day, _> = format!("{text}-01").parse();
        day.map(|day| Self { first: day.0 })
            .map_err(|_| Unreadable::new(text, "a month"))
    }
}

impl FromStr for Day {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Self);
        // chrono also takes `2026-1-5` and `+2026-01-05`; the contract does not.
        day.filter(|day| day.to_string() == text)
            .ok_or_else(|| Unreadable::new(text, "a day"))
    }
}

impl FromStr for HourMinute {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let digits = |part: &str| -> Option<u16> {
            let plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse().ok().filter(|_| plain)
        };
        let parts = text
            .split_once(':')
            .and_then(|(h, m)| Some((digits(h)?, digits(m)?)));
        match parts {
            Some((hour @ 0..24, minute @ 0..60)) => Ok(Self {
                minutes: hour * 60 + minute,
            }),
            Some(_) | None => Err(Unreadable::new(text, "a time of day")),
        }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.first.year(), self.first.month())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for HourMinute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

/// Lets serde read and write a type as its text.
macro_rules! written_as_text {
    ($($name:ident),+) => {$(
        impl TryFrom<String> for $name {
            type Error = Unreadable;

            fn try_from(text: String) -> Result<Self, Unreadable> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    )+};
}

written_as_text!(Month, Day, HourMinute);

#[cfg(test)]
mod tests {
    use super::{Day, HourMinute, Month, Span};

    #[test]
    fn only_the_contracts_own_forms_are_read() {
        assert!("2026-10".parse::<Month>().is_ok());
        for text in ["2026-13", "2026-1", "202610", "plans", "2026-10-01", ""] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
        for text in ["2026-02-30", "2026-1-05", "+2026-01-05", "2026/01/05"] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
        for text in ["24:00", "9:00", "09:60", "+9:00", "0900"] {
            assert!(text.parse::<HourMinute>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_end_not_after_the_start_is_on_the_next_day() {
        let span = |start: &str, end: &str| Span {
            start: start.parse().unwrap(),
            end: end.parse().unwrap(),
        };
        assert_eq!(span("23:30", "00:30").minutes(), 60);
        assert_eq!(span("09:00", "09:00").minutes(), 1440);
    }

    #[test]
    fn a_month_knows_its_days() {
        let month: Month = "2028-02".parse().unwrap();
        assert_eq!(month.last_day().to_string(), "2028-02-29");
        assert!(month.holds(month.last_day()));
        assert!(!month.holds(month.last_day().next()));
    }
}
