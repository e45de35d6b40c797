//! Dates, months and times in the forms that offices write, one parser for each kind.
//!
//! Impossible days are refused, never rolled over; no time zone takes part.

use crate::finding::Code;
use crate::model::{CivilDate, CivilTime, YearMonth};

use super::fold::nfkc;

/// A day or month, and what is to be said about how it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dated<T> {
    /// What was meant.
    pub value: T,
    /// [`Code::EraEnded`] where the era had ended before.
    pub remark: Option<Code>,
}

/// From which day a spreadsheet counts its day numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Calendar {
    /// Day 1 is 1900-01-01; what Excel uses unless told otherwise.
    #[default]
    Of1900,
    /// Day 0 is 1904-01-01; workbooks that began on an old Macintosh.
    Of1904,
}

impl Calendar {
    /// Days from 1899-12-30 to the day numbered 0, after the leap day of 1900 that only
    /// spreadsheets know.
    fn first_day(self) -> u32 {
        match self {
            Self::Of1900 => 0,
            Self::Of1904 => 1462,
        }
    }
}

/// Japanese eras since 1868: letter, name, the year before the first, last day.
struct Era {
    letter: char,
    name: &'static str,
    year_zero: i32,
    /// Year, month and day on which it ended; the era's name is odd from the next day on.
    last: Option<(i32, u32, u32)>,
}

/// Source: 元号法 and the cabinet orders of 1989 and 2019; the day an era ends counts as its own.
const ERAS: [Era; 5] = [
    Era {
        letter: 'm',
        name: "明治",
        year_zero: 1867,
        last: Some((1912, 7, 30)),
    },
    Era {
        letter: 't',
        name: "大正",
        year_zero: 1911,
        last: Some((1926, 12, 25)),
    },
    Era {
        letter: 's',
        name: "昭和",
        year_zero: 1925,
        last: Some((1989, 1, 7)),
    },
    Era {
        letter: 'h',
        name: "平成",
        year_zero: 1988,
        last: Some((2019, 4, 30)),
    },
    Era {
        letter: 'r',
        name: "令和",
        year_zero: 2018,
        last: None,
    },
];

/// Reads a day: `2026/10/1`, `2026-10-01`, `20261001`, `R8.10.1`, `令和8年10月1日 (木)`,
/// a spreadsheet's day number, which counts from where `calendar` says.
pub fn date(text: &str, calendar: Calendar) -> Result<Dated<CivilDate>, Code> {
    let text = nfkc(text);
    let text = without_weekday(text.trim());
    if let Some(serial) = day_number(text) {
        let days = serial + calendar.first_day();
        let value = CivilDate::from_days_since_1899_12_30(days).ok_or(Code::ImpossibleDate)?;
        return Ok(Dated {
            value,
            remark: None,
        });
    }
    let (era, rest) = split_era(text);
    let parts: [u32; 3] = match (era, compact(rest, 8)) {
        (None, Some(digits)) => [digits / 10_000, digits / 100 % 100, digits % 100],
        _ => numbers(rest, DATE_MARKS).ok_or(Code::NotADate)?,
    };
    let year = western_year(era, parts[0])?;
    let value = CivilDate::new(year, parts[1], parts[2]).ok_or(Code::ImpossibleDate)?;
    let remark = ended(era, (year, parts[1], parts[2]));
    Ok(Dated { value, remark })
}

/// Reads a month: `2026/10`, `2026-10`, `202610`, `令和8年10月`, `R8.10`.
pub fn month(text: &str) -> Result<Dated<YearMonth>, Code> {
    let text = nfkc(text);
    let (era, rest) = split_era(text.trim());
    let parts: [u32; 2] = match (era, compact(rest, 6)) {
        (None, Some(digits)) => [digits / 100, digits % 100],
        _ => numbers(rest, DATE_MARKS).ok_or(Code::NotADate)?,
    };
    let year = western_year(era, parts[0])?;
    let value = YearMonth::new(year, parts[1]).ok_or(Code::ImpossibleDate)?;
    Ok(Dated {
        value,
        remark: ended(era, (year, parts[1], 1)),
    })
}

/// Reads a time: `9:00`, `09:00`, `9:00:00`, `0900`, `9時00分`, `24:00`, `25:30`, or a
/// spreadsheet's fraction of a day that is a whole minute. Nothing is rounded.
pub fn time(text: &str) -> Result<CivilTime, Code> {
    let text = nfkc(text);
    let text = text.trim();
    if let Some(time) = fraction(text) {
        return time;
    }
    let parts = match compact(text, 4) {
        Some(digits) => [digits / 100, digits % 100],
        None => match numbers::<3>(text, TIME_MARKS) {
            Some([hour, minute, 0]) => [hour, minute],
            Some(_) => return Err(Code::NotATime),
            None => numbers::<2>(text, TIME_MARKS)
                .or_else(|| full_hour(text))
                .ok_or(Code::NotATime)?,
        },
    };
    let [hour, minute] = parts.map(|part| u16::try_from(part).unwrap_or(u16::MAX));
    CivilTime::new(hour, minute).ok_or(Code::NotATime)
}

/// `(木)` and `木曜日` at the end say nothing that the day does not say.
fn without_weekday(text: &str) -> &str {
    let text = match text.rfind('(') {
        Some(open) if text.ends_with(')') => &text[..open],
        _ => text,
    };
    text.trim_end()
}

/// A spreadsheet's day number: five digits, perhaps with a fraction of zero.
fn day_number(text: &str) -> Option<u32> {
    let whole = text.strip_suffix(".0").unwrap_or(text);
    compact(whole, 5)
}

/// A spreadsheet's time: a fraction of a day, with a point. It must be a whole minute,
/// within the half second that the sheet's own rounding leaves.
fn fraction(text: &str) -> Option<Result<CivilTime, Code>> {
    const HALF_A_SECOND: f64 = 0.5 / 60.0;
    if text != "0" && text != "1" && !text.contains('.') {
        return None;
    }
    let days: f64 = text.parse().ok()?;
    let minutes = days * 1440.0;
    let whole = minutes.round();
    if !(0.0..=2160.0).contains(&whole) || (minutes - whole).abs() > HALF_A_SECOND {
        return Some(Err(Code::NotATime));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the line above bounds it by 2160"
    )]
    let minutes = whole as u16;
    Some(CivilTime::new(minutes / 60, minutes % 60).ok_or(Code::NotATime))
}

/// `9時` is nine o'clock.
fn full_hour(text: &str) -> Option<[u32; 2]> {
    let [hour] = numbers::<1>(text.strip_suffix('時')?, TIME_MARKS)?;
    Some([hour, 0])
}

/// Exactly `width` ASCII digits.
fn compact(text: &str, width: usize) -> Option<u32> {
    (text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

fn split_era(text: &str) -> (Option<&'static Era>, &str) {
    for era in &ERAS {
        if let Some(rest) = text.strip_prefix(era.name) {
            return (Some(era), rest);
        }
        let mut rest = text.chars();
        if rest
            .next()
            .is_some_and(|first| first.to_ascii_lowercase() == era.letter)
        {
            return (Some(era), rest.as_str());
        }
    }
    (None, text)
}

/// What parts the numbers of a day or month.
const DATE_MARKS: &[char] = &['/', '-', '.', '年', '月', '日'];

/// What parts the numbers of a time: `10/1` is a day, not one past ten.
const TIME_MARKS: &[char] = &[':', '時', '分'];

/// Exactly `N` numbers of at most four digits, parted by single marks; 元 is 1.
fn numbers<const N: usize>(text: &str, marks: &[char]) -> Option<[u32; N]> {
    let mut parts = [None; N];
    let mut at = 0;
    let mut fresh = true;
    for character in text.trim().chars() {
        match character {
            '0'..='9' | '元' => {
                let digit = character.to_digit(10).unwrap_or(1);
                let part = parts.get_mut(at)?;
                *part = Some(part.unwrap_or(0) * 10 + digit);
                if part.is_some_and(|part| part > 9_999) {
                    return None;
                }
                fresh = false;
            }
            mark if marks.contains(&mark) && !fresh => {
                at += 1;
                fresh = true;
            }
            ' ' if fresh => {}
            _ => return None,
        }
    }
    let filled = at + usize::from(!fresh);
    (filled == N).then(|| parts.map(|part: Option<u32>| part.unwrap_or(0)))
}

fn western_year(era: Option<&Era>, year: u32) -> Result<i32, Code> {
    let year = i32::try_from(year).map_err(|_| Code::NotADate)?;
    match era {
        Some(_) if year == 0 || year > 99 => Err(Code::NotADate),
        Some(era) => Ok(era.year_zero + year),
        // Two digits could be either calendar: that is a guess nobody should make.
        None if year < 1000 => Err(Code::NotADate),
        None => Ok(year),
    }
}

fn ended(era: Option<&Era>, day: (i32, u32, u32)) -> Option<Code> {
    let last = era.and_then(|era| era.last)?;
    (day > last).then_some(Code::EraEnded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> Result<Dated<CivilDate>, Code> {
        super::date(text, Calendar::Of1900)
    }

    #[test]
    fn every_written_form_of_a_day_is_read() {
        for form in [
            "2026/10/1",
            "2026/10/01",
            "2026-10-01",
            "2026.10.1",
            "20261001",
            "R8.10.1",
            "R08/10/01",
            "r8-10-1",
            "令和8年10月1日",
            "令和８年１０月１日",
            "令和08年10月01日 (木)",
            "2026年10月1日(木)",
            "46296",
            "46296.0",
            " 2026/10/1 ",
        ] {
            assert_eq!(
                date(form).map(|read| read.value.to_string()).as_deref(),
                Ok("2026-10-01"),
                "{form}"
            );
        }
        assert_eq!(
            date("令和元年5月1日").unwrap().value.to_string(),
            "2019-05-01"
        );
        assert_eq!(date("S12.3.4").unwrap().value.to_string(), "1937-03-04");
    }

    #[test]
    fn a_day_after_its_era_is_read_with_a_remark() {
        assert_eq!(date("H31.4.30").unwrap().remark, None);
        let after = date("H31.5.1").unwrap();
        assert_eq!(
            (after.value.to_string().as_str(), after.remark),
            ("2019-05-01", Some(Code::EraEnded))
        );
    }

    #[test]
    fn impossible_days_are_not_rolled_over() {
        for text in ["2026/2/29", "2026/13/1", "20261131", "R8.2.30"] {
            assert_eq!(date(text), Err(Code::ImpossibleDate), "{text}");
        }
        for text in [
            "",
            "10/1",
            "26/10/1",
            "2026/10",
            "2026//1",
            "きのう",
            "R0.1.1",
            "2026/10/1/1",
            "2026:10:01",
        ] {
            assert_eq!(date(text), Err(Code::NotADate), "{text}");
        }
    }

    #[test]
    fn every_written_form_of_a_month_is_read() {
        for form in [
            "2026/10",
            "2026-10",
            "202610",
            "令和8年10月",
            "R8.10",
            "2026年10月",
            "２０２６／１０",
        ] {
            assert_eq!(
                month(form).map(|read| read.value.to_string()).as_deref(),
                Ok("2026-10"),
                "{form}"
            );
        }
        assert_eq!(month("2026/13"), Err(Code::ImpossibleDate));
    }

    #[test]
    fn every_written_form_of_a_time_is_read() {
        for form in [
            "9:00",
            "09:00",
            "0900",
            "9時00分",
            "9時",
            "９：００",
            "0.375",
            "9:00:00",
        ] {
            assert_eq!(
                time(form).map(|time| time.to_string()).as_deref(),
                Ok("09:00"),
                "{form}"
            );
        }
        assert_eq!(time("25:30").unwrap().to_string(), "25:30");
        assert_eq!(time("24:00").unwrap().to_string(), "24:00");
        assert_eq!(time("0.3993055556").unwrap().to_string(), "09:35");
    }

    #[test]
    fn a_day_is_not_taken_for_a_time() {
        for text in ["10/1", "10-1", "10月1日"] {
            assert_eq!(time(text), Err(Code::NotATime), "{text}");
        }
    }

    #[test]
    fn a_time_is_never_rounded() {
        for text in ["9:60", "0.37512", "9:00:30", "40:00", "朝", "900", "9:"] {
            assert_eq!(time(text), Err(Code::NotATime), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "\\PC{0,20}") {
            let _ = (date(&text), month(&text), time(&text));
        }

        #[test]
        fn what_the_calendar_shows_is_read_back(serial in 20_000u32..60_000) {
            let day = CivilDate::from_days_since_1899_12_30(serial).unwrap();
            prop_assert_eq!(date(&day.to_string()).unwrap().value, day);
            prop_assert_eq!(date(&serial.to_string()).unwrap().value, day);
        }
    }
}
