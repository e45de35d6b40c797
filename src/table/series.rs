//! Headers that count days: `1日`, `2日` … `31日` are one way of writing, whatever stands around
//! the number.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// Stands in a header where the number of the day belongs.
pub const DAY: &str = "{day}";

const DAYS: RangeInclusive<u32> = 1..=31;

/// A way of writing the days, with the days for which there is a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// The header, with [`DAY`] in the place of the number.
    pub pattern: String,
    /// The days.
    pub days: BTreeSet<u32>,
}

impl Series {
    /// As a clerk chooses it: its first and its last header.
    pub fn title(&self) -> String {
        let header = |day: Option<&u32>| day.map_or_else(String::new, |day| self.header(*day));
        let (first, last) = (header(self.days.first()), header(self.days.last()));
        format!("{first}{TO}{last}")
    }

    /// The header of a day.
    pub fn header(&self, day: u32) -> String {
        self.pattern.replace(DAY, &day.to_string())
    }

    /// What was chosen; `None` where it is no title of a series.
    pub fn chosen(title: &str) -> Option<Self> {
        let (first, last) = title.split_once(TO)?;
        let ways = |header| patterns(header).into_iter().collect::<BTreeMap<_, _>>();
        let (from, to) = (ways(first), ways(last));
        let mut shared = from.iter().rev().filter_map(|(pattern, day)| {
            let last = to.get(pattern)?;
            Some((pattern, *day, *last))
        });
        let (pattern, day, last) = shared.next()?;
        Some(Self {
            pattern: pattern.clone(),
            days: (day..=last).collect(),
        })
    }
}

const TO: char = '〜';

/// The ways in which some headers write days, the one with the most days first. One that has a
/// single day is none: any header may hold a number.
pub fn series<'h>(headers: impl Iterator<Item = &'h str>) -> Vec<Series> {
    let mut found: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for header in headers.filter(|header| !header.contains(TO)) {
        for (pattern, day) in patterns(header) {
            found.entry(pattern).or_default().insert(day);
        }
    }
    let mut series: Vec<Series> = found
        .into_iter()
        .filter(|(_, days)| days.len() > 1)
        .map(|(pattern, days)| Series { pattern, days })
        .collect();
    series.sort_by_key(|of| std::cmp::Reverse(of.days.len()));
    series
}

/// The header with each of its numbers that may be a day taken out in turn.
fn patterns(header: &str) -> Vec<(String, u32)> {
    let mut patterns = Vec::new();
    let mut at = 0;
    while let Some(from) = header[at..].find(|of: char| of.is_ascii_digit()) {
        let start = at + from;
        let digits = header[start..]
            .bytes()
            .take_while(u8::is_ascii_digit)
            .count();
        let end = start + digits;
        let number = &header[start..end];
        if let Some(day) = number.parse().ok().filter(|day| DAYS.contains(day))
            && !number.starts_with('0')
        {
            let pattern = format!("{}{DAY}{}", &header[..start], &header[end..]);
            patterns.push((pattern, day));
        }
        at = end;
    }
    patterns
}

/// The key of a header that nobody knows, as it would be known: without the day of the week
/// behind it (`1(木)`), which is another one every month, and without zeroes before a day (`01日`).
pub fn plain(key: &str) -> String {
    let key = without_weekday(key);
    let mut plain = String::with_capacity(key.len());
    let mut before = None;
    let mut rest = key.chars().peekable();
    while let Some(character) = rest.next() {
        let begins = character == '0' && !before.is_some_and(|of: char| of.is_ascii_digit());
        let goes_on = rest.peek().is_some_and(char::is_ascii_digit);
        if !(begins && goes_on) {
            plain.push(character);
        }
        before = Some(character);
    }
    plain
}

fn without_weekday(header: &str) -> &str {
    let bare = header.strip_suffix(')').and_then(|of| of.rsplit_once('('));
    bare.filter(|(before, day)| {
        before.ends_with(|of: char| of.is_ascii_digit() || of == '日')
            && matches!(*day, "月" | "火" | "水" | "木" | "金" | "土" | "日")
    })
    .map_or(header, |(before, _)| before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_of_a_month_are_one_series_however_they_are_written() {
        for write in [
            (|day| format!("{day}日")) as fn(u32) -> String,
            |day| day.to_string(),
            |day| format!("11/{day}"),
            |day| format!("11月{day}日"),
            |day| format!("予{day}"),
        ] {
            let headers: Vec<String> = (1..=30).map(write).collect();
            let found = series(headers.iter().map(String::as_str));
            assert_eq!(found[0].days.len(), 30, "{headers:?}");
            assert_eq!(found[0].header(17), headers[16]);
            let chosen = Series::chosen(&found[0].title()).unwrap();
            assert_eq!(chosen, found[0]);
        }
    }

    #[test]
    fn single_numbers_make_no_series() {
        assert_eq!(series(["備考1", "加算", "2号"].into_iter()), []);
        assert_eq!(Series::chosen("お名前"), None);
    }

    #[test]
    fn a_zero_before_a_day_is_no_part_of_a_header() {
        for (key, known) in [
            ("01日", "1日"),
            ("予定09", "予定9"),
            ("10", "10"),
            ("0", "0"),
        ] {
            assert_eq!(plain(key), known);
        }
    }

    #[test]
    fn the_day_of_the_week_is_no_part_of_a_header() {
        for (header, bare) in [
            ("1(木)", "1"),
            ("予定31日(日)", "予定31日"),
            ("備考(月)", "備考(月)"),
            ("1(祝)", "1(祝)"),
        ] {
            assert_eq!(without_weekday(header), bare);
        }
    }
}
