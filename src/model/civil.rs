//! Japanese civil days, months and times. No time zone takes part in any of them.
//!
//! Reading the many written forms is `table`'s work; these types hold what was meant.

use std::fmt;

use chrono::{Datelike, Days, NaiveDate};

/// A day of the civil calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDate(NaiveDate);

impl CivilDate {
    /// The day, if the calendar has it and its year has four digits.
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        if !(1000..=9999).contains(&year) {
            return None;
        }
        NaiveDate::from_ymd_opt(year, month, day).map(Self)
    }

    /// `2026年10月1日`, as a clerk reads it.
    pub fn in_words(self) -> String {
        format!("{}年{}月{}日", self.year(), self.month(), self.day())
    }

    /// The day that lies `days` after 1899-12-30, where Excel's 1900 calendar counts from.
    pub fn from_days_since_1899_12_30(days: u32) -> Option<Self> {
        let origin = NaiveDate::from_ymd_opt(1899, 12, 30)?;
        let date = origin.checked_add_days(Days::new(u64::from(days)))?;
        Self::new(date.year(), date.month(), date.day())
    }

    /// The year of the common era.
    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// 1 to 12.
    pub fn month(self) -> u32 {
        self.0.month()
    }

    /// 1 to 31.
    pub fn day(self) -> u32 {
        self.0.day()
    }

    /// The day of the week, counted from Monday as 0.
    pub fn weekday(self) -> u32 {
        self.0.weekday().num_days_from_monday()
    }

    /// The day in six bytes, another one for each day.
    pub fn to_bytes(self) -> [u8; 6] {
        let [y0, y1, y2, y3] = self.0.year().to_le_bytes();
        let [d0, d1, ..] = self.0.ordinal().to_le_bytes();
        [y0, y1, y2, y3, d0, d1]
    }

    /// The day before; none before the year 1000.
    pub fn before(self) -> Option<Self> {
        let before = self.0.pred_opt()?;
        Self::new(before.year(), before.month(), before.day())
    }

    /// The day so many days later; none after the year 9999.
    pub fn plus(self, days: u32) -> Option<Self> {
        let later = self.0.checked_add_days(Days::new(u64::from(days)))?;
        Self::new(later.year(), later.month(), later.day())
    }

    /// The month that the day belongs to.
    pub fn year_month(self) -> YearMonth {
        YearMonth {
            year: self.year(),
            month: self.month(),
        }
    }
}

/// `2026-10-05`
impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}-{:02}",
            self.year(),
            self.month(),
            self.day()
        )
    }
}

/// 対象年月: the month that a plan, its actuals and a claim belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct YearMonth {
    year: i32,
    month: u32,
}

impl YearMonth {
    /// The month, if there is one with these numbers and its year has four digits.
    pub fn new(year: i32, month: u32) -> Option<Self> {
        ((1000..=9999).contains(&year) && (1..=12).contains(&month)).then_some(Self { year, month })
    }

    /// `2026年10月`, as a clerk reads it.
    pub fn in_words(self) -> String {
        format!("{}年{}月", self.year, self.month)
    }

    /// Takes `2026-10`, the form of the command line and the service.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        if year.len() != 4 || month.len() != 2 || !text.is_ascii() {
            return None;
        }
        Self::new(year.parse().ok()?, month.parse().ok()?)
    }

    /// The year of the common era.
    pub fn year(self) -> i32 {
        self.year
    }

    /// 1 to 12.
    pub fn month(self) -> u32 {
        self.month
    }

    /// 28 to 31.
    pub fn days(self) -> u32 {
        // Asked for every line, so not of the calendar.
        match self.month {
            2 if self.first_day().leap_year() => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// The month after it; none after the year 9999.
    pub fn next(self) -> Option<Self> {
        match self.month {
            12 => Self::new(self.year + 1, 1),
            month => Self::new(self.year, month + 1),
        }
    }

    /// The month before it; none before the year 1000.
    pub fn before(self) -> Option<Self> {
        match self.month {
            1 => Self::new(self.year - 1, 12),
            month => Self::new(self.year, month - 1),
        }
    }

    /// The day of this month with the number, if the month has it.
    pub fn day(self, day: u32) -> Option<CivilDate> {
        CivilDate::new(self.year, self.month, day)
    }

    /// The days of this month, in their order.
    pub fn dates(self) -> impl Iterator<Item = CivilDate> {
        let days = self.first_day().iter_days().map(CivilDate);
        days.take(self.days() as usize)
    }

    fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year, self.month, 1)
            .expect("every month of a four-digit year has a first day")
    }
}

/// `2026-10`
impl fmt::Display for YearMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// A time of day in whole minutes since midnight, 00:00 to 36:00.
///
/// Files write `24:00` and `25:30` for what happens after midnight of the same working
/// day, so the type goes beyond one day; a visit's start does not ([`ClockRange`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilTime(u16);

const DAY: u16 = 24 * 60;

impl CivilTime {
    /// The midnight that closes a day.
    pub const MIDNIGHT: Self = Self(DAY);

    /// The time, if hour and minute name one up to 36:00.
    pub fn new(hour: u16, minute: u16) -> Option<Self> {
        let minutes = hour.checked_mul(60)?.checked_add(minute)?;
        (minute < 60 && minutes <= DAY + DAY / 2).then_some(Self(minutes))
    }

    /// Minutes since midnight of the day the time is counted from.
    pub fn minutes(self) -> u16 {
        self.0
    }

    /// Whether it is 24:00 or later: as an end it lies on the next day, as a start nowhere.
    pub fn is_beyond_a_day(self) -> bool {
        self.0 >= DAY
    }

    /// The same hand position within one day: `25:30` is `01:30`.
    fn within_a_day(self) -> Self {
        Self(self.0 % DAY)
    }
}

/// `09:05`, and `25:30` where the time lies beyond midnight.
impl fmt::Display for CivilTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// From when to when a visit lasts; the day it belongs to is the day it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockRange {
    start: CivilTime,
    end: CivilTime,
}

impl ClockRange {
    /// Builds the range; an end that is not after its start lies on the next day.
    ///
    /// `None` where the two are the same moment, or the start is not within a day, or the
    /// whole would last 24 hours or longer.
    pub fn new(start: CivilTime, end: CivilTime) -> Option<Self> {
        if start.is_beyond_a_day() || start == end {
            return None;
        }
        let end = if end < start {
            CivilTime(end.0 + DAY)
        } else {
            end
        };
        (end.0 - start.0 < DAY).then_some(Self { start, end })
    }

    /// When it begins, before 24:00.
    pub fn start(self) -> CivilTime {
        self.start
    }

    /// When it ends, as the hand of the clock stands (00:00 to 23:59).
    pub fn end(self) -> CivilTime {
        self.end.within_a_day()
    }

    /// Whether it ends after the midnight that closes its day.
    pub fn passes_midnight(self) -> bool {
        self.end.0 > DAY
    }

    /// `09:00〜09:30`, as a clerk reads it.
    pub fn in_words(self) -> String {
        format!("{}〜{}", self.start(), self.end())
    }

    /// How long it lasts, in minutes.
    pub fn minutes(self) -> u16 {
        self.end.0 - self.start.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn time(text: &str) -> CivilTime {
        let (hour, minute) = text.split_once(':').unwrap();
        CivilTime::new(hour.parse().unwrap(), minute.parse().unwrap()).unwrap()
    }

    #[test]
    fn months_know_their_length() {
        let lengths: Vec<u32> = (1..=12)
            .map(|month| YearMonth::new(2028, month).unwrap().days())
            .collect();
        assert_eq!(lengths, [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]);
    }

    #[test]
    fn an_end_before_the_start_is_the_next_day() {
        let night = ClockRange::new(time("23:30"), time("00:30")).unwrap();
        assert!(night.passes_midnight());
        assert_eq!(night.minutes(), 60);
        assert_eq!(ClockRange::new(time("23:30"), time("24:30")), Some(night));
    }

    #[test]
    fn midnight_itself_still_belongs_to_the_day() {
        let evening = ClockRange::new(time("22:00"), time("24:00")).unwrap();
        assert!(!evening.passes_midnight());
        assert_eq!(ClockRange::new(time("22:00"), time("00:00")), Some(evening));
    }

    #[test]
    fn a_visit_without_length_is_none() {
        assert_eq!(ClockRange::new(time("09:00"), time("09:00")), None);
        assert_eq!(ClockRange::new(time("09:00"), time("33:00")), None);
    }

    proptest! {
        #[test]
        fn a_range_is_rebuilt_from_the_hands_it_shows(start in 0u16..1440, length in 1u16..1440) {
            let start = CivilTime::new(start / 60, start % 60).unwrap();
            let end = (start.minutes() + length) % 1440;
            let end = CivilTime::new(end / 60, end % 60).unwrap();
            let range = ClockRange::new(start, end).unwrap();
            prop_assert_eq!(range.minutes(), length);
            prop_assert_eq!(ClockRange::new(range.start(), range.end()), Some(range));
        }
    }
}
