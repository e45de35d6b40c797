//! Dates, months and times in the forms that offices write, one parser for each kind.
//!
//! Impossible days are refused, never rolled over; no time zone takes part. A text that can
//! be read in two ways is refused too: the clerk sees the cell and knows which was meant.

#[cfg(test)]
mod laws;

use crate::finding::Code;
use crate::model::{CivilDate, CivilTime, YearMonth};

use super::fold::nfkc;

/// What was meant, and what is to be said about how it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remarked<T> {
    /// What was meant.
    pub value: T,
    /// [`Code::EraEnded`] where the era had ended before, [`Code::ZeroesRestored`] where a
    /// spreadsheet has cut off a time's first digit.
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
    /// The day of a number.
    pub fn day(self, number: u32) -> Option<CivilDate> {
        CivilDate::from_days_since_1899_12_30(number.checked_add(self.first_day())?)
    }

    /// Days from 1899-12-30 to the day numbered 0, after the leap day of 1900 that only
    /// spreadsheets know.
    fn first_day(self) -> u32 {
        match self {
            Self::Of1900 => 0,
            Self::Of1904 => 1462,
        }
    }
}

/// A day as its numbers, which compare as days do.
type Ymd = (i32, u32, u32);

/// A Japanese era since 1868.
struct Era {
    letter: char,
    name: &'static str,
    /// The first kanji alone: `昭12.3.4`.
    short: char,
    /// The western year before its first.
    year_zero: i32,
    /// No earlier day has this name.
    first: Ymd,
    /// The era's name is odd from the next day on, and still met on printed cards.
    last: Option<Ymd>,
}

/// Source: 元号法, the cabinet orders of 1989 and 2019, and their forerunners; a day on which
/// one era gives way to the next can be written in both. Before 1873 the months of 明治 are
/// those of the moon, which nobody here converts.
const ERAS: [Era; 5] = [
    Era {
        letter: 'm',
        name: "明治",
        short: '明',
        year_zero: 1867,
        first: (1873, 1, 1),
        last: Some((1912, 7, 30)),
    },
    Era {
        letter: 't',
        name: "大正",
        short: '大',
        year_zero: 1911,
        first: (1912, 7, 30),
        last: Some((1926, 12, 25)),
    },
    Era {
        letter: 's',
        name: "昭和",
        short: '昭',
        year_zero: 1925,
        first: (1926, 12, 25),
        last: Some((1989, 1, 7)),
    },
    Era {
        letter: 'h',
        name: "平成",
        short: '平',
        year_zero: 1988,
        first: (1989, 1, 8),
        last: Some((2019, 4, 30)),
    },
    Era {
        letter: 'r',
        name: "令和",
        short: '令',
        year_zero: 2018,
        first: (2019, 5, 1),
        last: None,
    },
];

/// The days of the week as Japanese writes them, Monday first.
const WEEKDAYS: [char; 7] = ['月', '火', '水', '木', '金', '土', '日'];

/// Reads a day: `2026/10/1`, `2026-10-01`, `20261001`, `R8.10.1`, `令和8年10月1日 (木)`,
/// a spreadsheet's day number, which counts from where `calendar` says. Midnight behind it
/// says nothing more; any other time makes it a moment, not a day.
pub fn date(text: &str, calendar: Calendar) -> Result<Remarked<CivilDate>, Code> {
    let text = nfkc(text);
    let text = without_midnight(text.trim())?;
    let (text, weekday) = split_weekday(text);
    let read = match serial(text) {
        Some(serial) => Remarked {
            value: numbered(serial, calendar).ok_or(Code::NotADate)?,
            remark: Some(Code::DayFromNumber),
        },
        None => written_date(text)?,
    };
    // The calendar has no Thursday that is a Friday: one of the two was mistyped.
    if weekday.is_some_and(|weekday| weekday != read.value.weekday()) {
        return Err(Code::ImpossibleDate);
    }
    Ok(read)
}

/// Reads a bare day number within its month: `15`, `5`, `05`, `15日`.
pub fn day_of(month: YearMonth, text: &str) -> Result<CivilDate, Code> {
    let day = bare_day(text).ok_or(Code::NotADate)?;
    month.day(day).ok_or(Code::ImpossibleDate)
}

/// The number of a cell that holds nothing but the day of a month, which is in no month yet.
pub fn bare_day(text: &str) -> Option<u32> {
    let text = nfkc(text);
    let text = text.trim();
    number(text.strip_suffix('日').unwrap_or(text), 2)
}

/// Reads a month: `2026/10`, `2026-10`, `202610`, `令和8年10月`, `R8.10`, or its first day in
/// any form that [`date`] reads: that is what a spreadsheet makes of a typed `2026/10`.
pub fn month(text: &str, calendar: Calendar) -> Result<Remarked<YearMonth>, Code> {
    let normal = nfkc(text);
    if let Some(read) = written_month(normal.trim()) {
        return read;
    }
    // Four digits in a column of months are year and month (`2610`), of an open century.
    if serial(normal.trim()).is_some_and(|serial| serial < 10_000) {
        return Err(Code::NotADate);
    }
    let day = date(text, calendar)?;
    if day.value.day() != 1 {
        return Err(Code::NotADate);
    }
    Ok(Remarked {
        value: day.value.year_month(),
        remark: day.remark,
    })
}

/// The month that was there before a spreadsheet made a day of it: `Nov-26` and `26-Nov`,
/// `11月26日`, `2026/11/26` for what was November 2026. It is one reading of two, and somebody has
/// to know from elsewhere that it is meant. `None` where no such thing has happened.
pub fn month_before_excel(text: &str, calendar: Calendar) -> Option<YearMonth> {
    let normal = nfkc(text);
    let text = normal.trim();
    let (month, year) = english_month(text)
        .or_else(|| month_and_day(text))
        .or_else(|| {
            let day = date(text, calendar).ok()?.value;
            let year = 2000 + i32::try_from(day.day()).ok()?;
            // It was typed in the year that it names, or shortly before or after.
            ((year - day.year()).abs() <= 1).then_some((day.month(), day.day()))
        })?;
    let year = if year < 100 { 2000 + year } else { year };
    let year = i32::try_from(year).ok()?;
    (2018..=2060)
        .contains(&year)
        .then(|| YearMonth::new(year, month))?
}

/// `Nov-26`, `26-Nov`, `Nov-2026`.
fn english_month(text: &str) -> Option<(u32, u32)> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let (one, other) = text.split_once(['-', '/', ' ', '.'])?;
    let named = |word: &str| {
        let word = word.to_ascii_lowercase();
        let at = MONTHS.iter().position(|month| *month == word)?;
        u32::try_from(at + 1).ok()
    };
    let year = |word: &str| compact(word, 2).or_else(|| compact(word, 4));
    named(one)
        .zip(year(other))
        .or_else(|| named(other).zip(year(one)))
}

/// `11月26日`
fn month_and_day(text: &str) -> Option<(u32, u32)> {
    let (month, day) = text.strip_suffix('日')?.split_once('月')?;
    number(month, 2).zip(compact(day, 2))
}

/// Whether a text, such as the name of a file, says a month with its year: `202611`, `2026-11`,
/// `2026年11月`, `R8.11`, `令和8年11月`.
pub fn names_month(text: &str, month: YearMonth) -> bool {
    let text = nfkc(text);
    let (year, of) = (month.year(), month.month());
    let reiwa = year - 2018;
    let before = [
        format!("{year}"),
        format!("R{reiwa}"),
        format!("R{reiwa:02}"),
        format!("令和{reiwa}"),
    ];
    let between = ["", "-", "_", ".", "/", "年", " "];
    before.iter().any(|before| {
        let places = text.match_indices(before.as_str());
        let mut alone =
            places.filter(|(at, _)| !text[..*at].ends_with(|of: char| of.is_ascii_digit()));
        alone.any(|(at, _)| {
            let rest = &text[at + before.len()..];
            let mut rests = between.iter().filter_map(|mark| rest.strip_prefix(mark));
            rests.any(|rest| {
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                // A day may follow: `20261105`.
                let written = match digits {
                    4 => &rest[..2],
                    _ => &rest[..digits],
                };
                written.parse() == Ok(of)
            })
        })
    })
}

/// Reads a time: `9:00`, `09:00`, `9:00:00`, `0900`, `9時00分`, `午後1時30分`, `24:00`,
/// `25:30`, or a spreadsheet's fraction of a day that is a whole minute. Nothing is rounded.
pub fn time(text: &str) -> Result<Remarked<CivilTime>, Code> {
    let text = nfkc(text);
    let text = text.trim();
    if let Some(time) = without_its_zero(text) {
        return Ok(Remarked {
            value: time,
            remark: Some(Code::ZeroesRestored),
        });
    }
    let value = if is_decimal(text) {
        fraction(text)
    } else {
        compact(text, 4)
            .and_then(|digits| clock_time(digits / 100, digits % 100))
            .or_else(|| clock(text))
    };
    Ok(Remarked {
        value: value.ok_or(Code::NotATime)?,
        remark: None,
    })
}

// ---- Days and months ----

/// A day in its parts, western or of an era.
fn written_date(text: &str) -> Result<Remarked<CivilDate>, Code> {
    if let Some(digits) = compact(text, 8) {
        let year = western_year(digits / 10_000).ok_or(Code::NotADate)?;
        return in_calendar(None, (year, digits / 100 % 100, digits % 100));
    }
    let (era, rest) = split_era(text);
    let parts = apart(rest).ok_or(Code::NotADate)?;
    match parts.marks {
        [Some('年'), Some('月'), Some('日')] => {}
        // Text that was cut off at a width must not become another day: `2026年10月1`.
        [Some(first), Some(second), None] if first == second && MARKS.contains(&first) => {}
        _ => return Err(Code::NotADate),
    }
    let [year, month, day] = parts.numbers;
    let day = year_in(era, year)
        .zip(number(month, 2))
        .zip(number(day, 2))
        .map(|((year, month), day)| (year, month, day))
        .ok_or(Code::NotADate)?;
    in_calendar(era, day)
}

/// A month in its parts; `None` where the text has not the form of one.
fn written_month(text: &str) -> Option<Result<Remarked<YearMonth>, Code>> {
    if let Some(digits) = compact(text, 6) {
        let year = western_year(digits / 100)?;
        return Some(first_of(None, year, digits % 100));
    }
    let (era, rest) = split_era(text);
    let parts = apart(rest)?;
    let [year, month, _] = parts.numbers;
    let fits = match parts.marks {
        [Some('年'), Some('月'), None] => parts.numbers[2].is_empty(),
        // A sheet that takes `2026.10` for a number shows 2026.1, which is no January.
        [Some('.'), None, None] => era.is_some() || month.len() == 2,
        [Some(mark), None, None] => MARKS.contains(&mark),
        _ => false,
    };
    let year = year_in(era, year).filter(|_| fits)?;
    Some(first_of(era, year, number(month, 2)?))
}

/// What parts the numbers of a day: U+2212 is what some systems make of a full-width hyphen,
/// and NFKC leaves it as it is.
const MARKS: &[char] = &['/', '-', '.', '\u{2212}'];

fn in_calendar(era: Option<&Era>, day: Ymd) -> Result<Remarked<CivilDate>, Code> {
    let value = CivilDate::new(day.0, day.1, day.2).ok_or(Code::ImpossibleDate)?;
    let remark = of_era(era, day, day)?;
    Ok(Remarked { value, remark })
}

fn first_of(era: Option<&Era>, year: i32, month: u32) -> Result<Remarked<YearMonth>, Code> {
    let value = YearMonth::new(year, month).ok_or(Code::ImpossibleDate)?;
    let remark = of_era(era, (year, month, 1), (year, month, value.days()))?;
    Ok(Remarked { value, remark })
}

/// Whether the era had this span of days. One that ended before it is a habit, and said; one
/// that had not begun yet never had such a day, and what was meant is open (`S1.5.1`: 大正15?).
fn of_era(era: Option<&Era>, first: Ymd, last: Ymd) -> Result<Option<Code>, Code> {
    let Some(era) = era else { return Ok(None) };
    if last < era.first {
        return Err(Code::ImpossibleDate);
    }
    let ended = era.last.is_some_and(|end| first > end);
    Ok(ended.then_some(Code::EraEnded))
}

fn split_era(text: &str) -> (Option<&'static Era>, &str) {
    for era in &ERAS {
        if let Some(rest) = text.strip_prefix(era.name) {
            return (Some(era), rest);
        }
        let signs = [era.letter, era.letter.to_ascii_uppercase(), era.short];
        if let Some(rest) = text.strip_prefix(signs) {
            return (Some(era), rest);
        }
    }
    (None, text)
}

/// The western year that a written year means.
fn year_in(era: Option<&Era>, text: &str) -> Option<i32> {
    let Some(era) = era else {
        // Two digits could be of either calendar: that is a guess nobody should make.
        return compact(text, 4).and_then(western_year);
    };
    let year = if text == "元" { 1 } else { number(text, 2)? };
    let year = i32::try_from(year).ok().filter(|year| *year > 0)?;
    Some(era.year_zero + year)
}

fn western_year(year: u32) -> Option<i32> {
    i32::try_from(year).ok().filter(|year| *year >= 1000)
}

/// Cuts off the midnight that programs write behind a day which they keep as a moment.
fn without_midnight(text: &str) -> Result<&str, Code> {
    let Some((day, time)) = text.rsplit_once([' ', 'T']) else {
        return Ok(text);
    };
    if !time.contains(':') {
        return Ok(text);
    }
    let whole = time.rsplit_once('.').map_or(time, |(whole, fraction)| {
        if fraction.bytes().all(|digit| digit == b'0') {
            whole
        } else {
            time
        }
    });
    match clock(whole) {
        Some(time) if time.minutes() == 0 => Ok(day.trim_end_matches(' ')),
        _ => Err(Code::NotADate),
    }
}

/// Cuts off `(木)`, `(木曜日)`, `(月・祝)` or `木曜日`, and says which day it names, counted
/// from Monday as 0.
fn split_weekday(text: &str) -> (&str, Option<u32>) {
    let found = match text.strip_suffix(')') {
        Some(text) => text.rsplit_once('('),
        None => text
            .strip_suffix("曜日")
            .and_then(|rest| rest.char_indices().next_back())
            .map(|(at, _)| text.split_at(at)),
    };
    let weekday = found.and_then(|(_, name)| weekday(name));
    match found.zip(weekday) {
        Some(((day, _), weekday)) => (day.trim_end_matches(' '), Some(weekday)),
        None => (text, None),
    }
}

fn weekday(name: &str) -> Option<u32> {
    let mut rest = name.chars();
    let first = rest.next()?;
    let place = WEEKDAYS.iter().position(|weekday| *weekday == first)?;
    ["", "曜", "曜日", "祝", "・祝"]
        .contains(&rest.as_str())
        .then(|| u32::try_from(place).ok())
        .flatten()
}

/// The day of a spreadsheet's number: only one from 1910 to 2100.
///
/// Nobody in care was born earlier and nothing there ends later, so any other number is
/// something else: a year (in the 1900 calendar `2026` would be a day of 1905), month and day
/// without a year (`1001`), or year, month and day without zeroes (`81001` would be a day of
/// 2121). Within these bounds a number of four digits has one reading: in the 1900 calendar
/// the first is 3654, in that of 1904 it is 2192, and no year or `MMDD` is so high. With them
/// a person who was born before 1927-05-18 has a birthday. The 29th of February 1900, which
/// only spreadsheets know (60), lies far below.
fn numbered(serial: u32, calendar: Calendar) -> Option<CivilDate> {
    let day = calendar.day(serial)?;
    (1910..=2100).contains(&day.year()).then_some(day)
}

/// A spreadsheet's day number: four or five digits as a number has them, that is without a
/// zero in front; perhaps with a fraction of zero.
fn serial(text: &str) -> Option<u32> {
    let whole = match text.split_once('.') {
        Some((whole, "" | "0" | "00" | "000")) => whole,
        Some(_) => return None,
        None => text,
    };
    compact(whole, 5)
        .or_else(|| compact(whole, 4))
        .filter(|_| !whole.starts_with('0'))
}

// ---- Times ----

/// A time with marks: `9:00`, `9:00:00`, `9時`, `9時5分`, with 午前 or 午後 before it.
fn clock(text: &str) -> Option<CivilTime> {
    let (noon, rest) = split_noon(text);
    let parts = apart(rest)?;
    let [hour, minute, second] = parts.numbers;
    let minute = match parts.marks {
        // One digit behind a colon may be what is left of two.
        [Some(':'), None, None] => compact(minute, 2),
        [Some(':'), Some(':'), None] => compact(minute, 2).filter(|_| second == "00"),
        [Some('時'), None, None] if minute.is_empty() => Some(0),
        [Some('時'), Some('分'), None] if second.is_empty() => number(minute, 2),
        [Some('時'), Some('分'), Some('秒')] => {
            number(minute, 2).filter(|_| number(second, 2) == Some(0))
        }
        _ => None,
    };
    let hour = number(hour, 2)?;
    match noon {
        None => clock_time(hour, minute?),
        // 午前12時 and 午後12時 are noon to some and midnight to others.
        Some(_) if hour > 11 => None,
        Some(passed) => clock_time(hour + passed, minute?),
    }
}

/// The hours that 午前 or 午後 adds, and the time behind it.
fn split_noon(text: &str) -> (Option<u32>, &str) {
    for (word, hours) in [("午前", 0), ("午後", 12)] {
        if let Some(rest) = text.strip_prefix(word) {
            return (Some(hours), rest);
        }
    }
    (None, text)
}

/// `900`: a spreadsheet took `0900` for a number and cut its zero off. Three digits have no
/// other reading. Two have (`30`: half past midnight, or an hour?), so they are no time.
fn without_its_zero(text: &str) -> Option<CivilTime> {
    let digits = compact(text, 3).filter(|digits| *digits >= 100)?;
    clock_time(digits / 100, digits % 100)
}

fn clock_time(hour: u32, minute: u32) -> Option<CivilTime> {
    CivilTime::new(u16::try_from(hour).ok()?, u16::try_from(minute).ok()?)
}

/// Whether the text is a number as a spreadsheet shows a time that lost its format: digits
/// with a point, or a whole day. `1` is 24:00, at which visits end; a bare hour is read
/// nowhere, so it has no second reading.
fn is_decimal(text: &str) -> bool {
    match text.split_once('.') {
        None => text == "0" || text == "1",
        Some((whole, decimals)) => {
            let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            digits(whole) && digits(decimals) && !whole.is_empty() && !decimals.is_empty()
        }
    }
}

/// A spreadsheet's time: a fraction of a day, which must be a whole minute within the half
/// second that the sheet's own rounding leaves.
fn fraction(text: &str) -> Option<CivilTime> {
    const HALF_A_SECOND: f64 = 0.5 / 60.0;
    if may_be_typed(text) {
        return None;
    }
    let minutes = text.parse::<f64>().ok()? * 1440.0;
    let whole = minutes.round();
    if !(0.0..=2160.0).contains(&whole) || (minutes - whole).abs() > HALF_A_SECOND {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the line above bounds it by 2160"
    )]
    let minutes = whole as u16;
    CivilTime::new(minutes / 60, minutes % 60)
}

/// Whether a number with a point could be hour and minute typed on a number pad: `1.30` is
/// half past one to a hand and 31:12 to a sheet. Times that plans hold have three decimals or
/// more, except the quarters of a day, and a sheet writes no zero at the end.
fn may_be_typed(text: &str) -> bool {
    match text.split_once('.') {
        None | Some((_, "0") | ("0", "25" | "5" | "75")) => false,
        Some((_, decimals)) => decimals.len() < 3,
    }
}

// ---- Digits ----

/// Up to three runs of digits (or 元), each with the mark that stands behind it.
#[derive(Default)]
struct Apart<'t> {
    numbers: [&'t str; 3],
    marks: [Option<char>; 3],
}

/// Takes a text apart; spaces that fill up a number (`R 8. 4. 1`) are passed over.
fn apart(text: &str) -> Option<Apart<'_>> {
    let mut apart = Apart::default();
    let mut rest = text;
    for (number, mark) in apart.numbers.iter_mut().zip(&mut apart.marks) {
        rest = rest.trim_start_matches(' ');
        let is_number = |character: char| character.is_ascii_digit() || character == '元';
        let end = rest.find(|character| !is_number(character));
        let (digits, behind) = rest.split_at(end.unwrap_or(rest.len()));
        let mut behind = behind.chars();
        *number = digits;
        *mark = behind.next();
        rest = behind.as_str();
        if mark.is_none() {
            break;
        }
    }
    rest.is_empty().then_some(apart)
}

/// A number of one digit up to `widest`.
fn number(text: &str, widest: usize) -> Option<u32> {
    (1..=widest)
        .contains(&text.len())
        .then(|| compact(text, text.len()))
        .flatten()
}

/// Exactly `width` ASCII digits.
fn compact(text: &str, width: usize) -> Option<u32> {
    (text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Result<Remarked<CivilDate>, Code> {
        super::date(text, Calendar::Of1900)
    }

    fn month(text: &str) -> Result<Remarked<YearMonth>, Code> {
        super::month(text, Calendar::Of1900)
    }

    fn shown<T: ToString>(read: Result<Remarked<T>, Code>) -> Result<String, Code> {
        read.map(|read| read.value.to_string())
    }

    #[test]
    fn every_written_form_of_a_day_is_read() {
        for form in [
            "2026/10/1",
            "2026/10/01",
            "2026-10-01",
            "2026−10−01",
            "2026.10.1",
            "20261001",
            "R8.10.1",
            "R08/10/01",
            "r8-10-1",
            "R 8.10. 1",
            "Ｒ８．１０．１",
            "令8.10.1",
            "令和8年10月1日",
            "令和８年１０月１日",
            "㋿8年10月1日",
            "令和08年10月01日 (木)",
            "令和8年10月1日（木曜日）",
            "2026年10月1日(木)",
            "2026年10月1日木曜日",
            "2026/10/01㈭",
            "46296",
            "46296.0",
            "46296.00",
            " 2026/10/1 ",
        ] {
            assert_eq!(shown(date(form)), Ok("2026-10-01".to_owned()), "{form}");
        }
        for (form, day) in [
            ("令和元年5月1日", "2019-05-01"),
            ("R元.5.1", "2019-05-01"),
            ("令和07年07月31日 (木)", "2025-07-31"),
            ("S12.3.4", "1937-03-04"),
            ("T1.7.30", "1912-07-30"),
            ("M45.7.30", "1912-07-30"),
            ("2026/10/12(月・祝)", "2026-10-12"),
        ] {
            assert_eq!(shown(date(form)), Ok(day.to_owned()), "{form}");
        }
    }

    #[test]
    fn midnight_behind_a_day_says_nothing_and_any_other_time_makes_it_no_day() {
        for form in [
            "2026/10/01 0:00:00",
            "2026/10/01 00:00",
            "2026-10-01T00:00:00",
            "2026-10-01T00:00:00.000",
            "T15.10.1 0:00",
            "令和8年10月1日(木) 0:00:00",
        ] {
            assert_eq!(date(form).map(|day| day.value.day()), Ok(1), "{form}");
        }
        for text in [
            "2026/10/01 9:00:00",
            "2026/10/01 0:00:01",
            "2026/10/01 24:00",
            "2026-10-01T00:00:00Z",
            "2026-10-01T00:00:00+09:00",
            "2026-10-01T00:00:00.001",
            "46296.375",
            "0:00",
        ] {
            assert_eq!(date(text), Err(Code::NotADate), "{text}");
        }
    }

    #[test]
    fn a_day_after_its_era_is_read_with_a_remark() {
        for (last, next, meant) in [
            ("M45.7.30", "M45.7.31", "1912-07-31"),
            ("T15.12.25", "T15.12.26", "1926-12-26"),
            ("S64.1.7", "S64.1.8", "1989-01-08"),
            ("H31.4.30", "H31.5.1", "2019-05-01"),
        ] {
            assert_eq!(date(last).map(|day| day.remark), Ok(None), "{last}");
            let after = date(next).unwrap();
            assert_eq!(
                (after.value.to_string().as_str(), after.remark),
                (meant, Some(Code::EraEnded))
            );
        }
    }

    #[test]
    fn an_era_has_no_day_before_its_first() {
        for (first, before) in [
            ("M6.1.1", "M5.12.31"),
            ("T1.7.30", "T1.7.29"),
            ("S1.12.25", "S1.12.24"),
            ("H1.1.8", "H1.1.7"),
            ("R1.5.1", "R1.4.30"),
        ] {
            assert!(date(first).is_ok(), "{first}");
            assert_eq!(date(before), Err(Code::ImpossibleDate), "{before}");
        }
        assert!(month("令和元年5月").is_ok());
        assert_eq!(month("令和元年4月"), Err(Code::ImpossibleDate));
    }

    #[test]
    fn impossible_days_are_not_rolled_over() {
        for text in ["2026/2/29", "2026/13/1", "20261131", "R8.2.30", "2026/0/1"] {
            assert_eq!(date(text), Err(Code::ImpossibleDate), "{text}");
        }
    }

    #[test]
    fn a_day_and_its_weekday_must_agree() {
        assert_eq!(date("2026/10/1 (金)"), Err(Code::ImpossibleDate));
        assert_eq!(date("2026年10月1日日曜日"), Err(Code::ImpossibleDate));
        assert_eq!(date("2026/10/1 (仮)"), Err(Code::NotADate));
    }

    #[test]
    fn what_has_not_the_form_of_a_day_is_none() {
        for text in [
            "",
            "10/1",
            "26/10/1",
            "2026/10",
            "2026//1",
            "2026/10/",
            "2026/10/1/",
            "2026/10/1/1",
            "2026/010/1",
            "2026/10-1",
            "2026日10月1年",
            "2026年10月1",
            "2026/元/1",
            "2026:10:01",
            "R0.1.1",
            "R008.10.1",
            "きのう",
            "15",
        ] {
            assert_eq!(date(text), Err(Code::NotADate), "{text}");
        }
    }

    #[test]
    fn a_day_number_is_a_day_only_where_it_is_nothing_else() {
        for (calendar, text, day) in [
            (Calendar::Of1900, "3654", "1910-01-01"),
            (Calendar::Of1900, "9999", "1927-05-17"),
            (Calendar::Of1900, "73415", "2100-12-31"),
            (Calendar::Of1904, "2192", "1910-01-01"),
            (Calendar::Of1904, "44834", "2026-10-01"),
            (Calendar::Of1904, "71953", "2100-12-31"),
        ] {
            let read = super::date(text, calendar);
            assert_eq!(shown(read), Ok(day.to_owned()), "{text}");
        }
        for (calendar, text) in [
            (Calendar::Of1900, "60"),
            (Calendar::Of1900, "060"),
            (Calendar::Of1900, "00060"),
            (Calendar::Of1900, "1001"),
            (Calendar::Of1900, "2026"),
            (Calendar::Of1900, "3653"),
            (Calendar::Of1900, "03654"),
            (Calendar::Of1900, "73416"),
            (Calendar::Of1900, "81001"),
            (Calendar::Of1904, "2026"),
            (Calendar::Of1904, "2191"),
            (Calendar::Of1904, "71954"),
        ] {
            assert_eq!(super::date(text, calendar), Err(Code::NotADate), "{text}");
        }
    }

    #[test]
    fn a_bare_day_is_a_day_of_its_month_only() {
        let june = YearMonth::new(2026, 6).unwrap();
        for text in ["5", "05", "５", "5日", " 5 "] {
            assert_eq!(day_of(june, text), Ok(june.day(5).unwrap()), "{text}");
        }
        assert_eq!(day_of(june, "0"), Err(Code::ImpossibleDate));
        assert_eq!(day_of(june, "31"), Err(Code::ImpossibleDate));
        for text in ["", "日", "005", "5.5", "6/5", "五日", "-5"] {
            assert_eq!(day_of(june, text), Err(Code::NotADate), "{text}");
        }
    }

    #[test]
    fn every_written_form_of_a_month_is_read() {
        for form in [
            "2026/10",
            "2026-10",
            "2026.10",
            "202610",
            "令和8年10月",
            "令和 8年10月",
            "R8.10",
            "R08/10",
            "2026年10月",
            "２０２６／１０",
            "2026/10/1",
            "2026/10/01 0:00:00",
            "20261001",
            "令和8年10月1日(木)",
            "46296",
        ] {
            assert_eq!(shown(month(form)), Ok("2026-10".to_owned()), "{form}");
        }
        let of_1904 = super::month("44834", Calendar::Of1904);
        assert_eq!(shown(of_1904), Ok("2026-10".to_owned()));
        assert_eq!(month("H31.5").unwrap().remark, Some(Code::EraEnded));
        assert_eq!(month("H31.4").unwrap().remark, None);
    }

    #[test]
    fn a_month_is_no_other_day_than_its_first() {
        for text in ["2026/10/2", "20261031", "46297", "R8.10.15"] {
            assert_eq!(month(text), Err(Code::NotADate), "{text}");
        }
        for text in ["2026/13", "202600", "2026/11/31"] {
            assert_eq!(month(text), Err(Code::ImpossibleDate), "{text}");
        }
    }

    #[test]
    fn a_month_with_two_readings_is_none() {
        // 2026.10 as a number; years of one calendar or the other; YYMM as a day number.
        for text in ["2026.1", "26/10", "2610", "3713", "10月", "2026年", "8.10"] {
            assert_eq!(month(text), Err(Code::NotADate), "{text}");
        }
        assert_eq!(super::month("2222", Calendar::Of1904), Err(Code::NotADate));
    }

    #[test]
    fn every_written_form_of_a_time_is_read() {
        for form in [
            "9:00",
            "09:00",
            "0900",
            "9時00分",
            "9時0分",
            "9時",
            "９：００",
            "９時００分",
            "9:00:00",
            "09:00:00",
            "9時00分00秒",
            "午前9時",
            "午前9:00",
            "午前 9:00:00",
            "0.375",
        ] {
            assert_eq!(
                time(form).map(|time| (time.value.to_string(), time.remark)),
                Ok(("09:00".to_owned(), None)),
                "{form}"
            );
        }
        for (form, read) in [
            ("24:00", "24:00"),
            ("25:30", "25:30"),
            ("2530", "25:30"),
            ("1.0625", "25:30"),
            ("0", "00:00"),
            ("0.0", "00:00"),
            ("1", "24:00"),
            ("1.0", "24:00"),
            ("0.25", "06:00"),
            ("0.5", "12:00"),
            ("0.75", "18:00"),
            ("0.3993055556", "09:35"),
            ("午後1時30分", "13:30"),
            ("午後0時30分", "12:30"),
            ("午前0時", "00:00"),
        ] {
            assert_eq!(shown(time(form)), Ok(read.to_owned()), "{form}");
        }
    }

    #[test]
    fn a_zero_that_a_spreadsheet_cut_off_a_time_is_put_back_and_said() {
        let read = time("900").unwrap();
        assert_eq!(
            (read.value.to_string().as_str(), read.remark),
            ("09:00", Some(Code::ZeroesRestored))
        );
        for text in ["960", "030", "30", "9", "5"] {
            assert_eq!(time(text), Err(Code::NotATime), "{text}");
        }
    }

    #[test]
    fn a_month_that_a_spreadsheet_has_made_a_day_of_is_seen() {
        let november = YearMonth::new(2026, 11);
        for text in [
            "Nov-26",
            "nov-26",
            "26-Nov",
            "Nov-2026",
            "11月26日",
            "2026/11/26",
            "Ｎｏｖ－26",
        ] {
            let seen = month_before_excel(text, Calendar::Of1900);
            assert_eq!(seen, november, "{text}");
        }
        for text in [
            "来月",
            "11月5日",
            "2026/11/05",
            "Nov",
            "Now-26",
            "Nov-1",
            "13月26日",
            "11-26",
        ] {
            let seen = month_before_excel(text, Calendar::Of1900);
            assert_eq!(seen, None, "{text}");
        }
    }

    #[test]
    fn a_name_says_a_month_only_with_its_year() {
        let november = YearMonth::new(2026, 11).unwrap();
        for name in [
            "月間ケアプラン_202611.csv",
            "予定2026-11.csv",
            "２０２６年１１月.csv",
            "R8.11.csv",
            "R0811.csv",
            "令和8年11月分.xlsx",
            "予定_20261105.csv",
        ] {
            assert!(names_month(name, november), "{name}");
        }
        for name in [
            "11月予定.csv",
            "202612.csv",
            "12026111.csv",
            "202601.csv",
            "2026.csv",
            "予定.csv",
        ] {
            assert!(!names_month(name, november), "{name}");
        }
        let january = YearMonth::new(2026, 1).unwrap();
        assert!(!names_month("予定_202611.csv", january));
    }

    #[test]
    fn a_number_that_a_hand_could_mean_as_hour_and_minute_is_no_fraction() {
        for text in ["9.30", "0.30", "0.3", "1.30", "1.3", "1.5", "1.25", "1.00"] {
            assert_eq!(time(text), Err(Code::NotATime), "{text}");
        }
    }

    #[test]
    fn noon_is_not_twelve_of_either_half_of_the_day() {
        for text in ["午前12時", "午後12時30分", "午後13:00", "午後1330", "午後"] {
            assert_eq!(time(text), Err(Code::NotATime), "{text}");
        }
    }

    #[test]
    fn a_day_is_not_taken_for_a_time() {
        for text in ["10/1", "10-1", "10月1日", "46296", "46296.375", "20261001"] {
            assert_eq!(time(text), Err(Code::NotATime), "{text}");
        }
    }

    #[test]
    fn a_time_is_never_rounded() {
        for text in [
            "9:60",
            "9:5",
            "9:",
            ":30",
            "9:00:30",
            "9:00:60",
            "40:00",
            "36:01",
            "0960",
            "090000",
            "9時60分",
            "9時30",
            "0.37512",
            "1.501",
            "朝",
            "-9:00",
            "+9:00",
            "inf",
            "1e-1",
        ] {
            assert_eq!(time(text), Err(Code::NotATime), "{text}");
        }
    }
}
