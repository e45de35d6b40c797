//! How the numbers of a workbook are shown: as numbers, as days or as times of the day.
//!
//! A day in the column of names is damage that nobody sees in its number; so a number that the sheet
//! shows as a day is handed over as that day, as the other formats keep it.
//!
//! Source: ECMA-376 part 1, 18.8.10 (`cellXfs`), 18.8.30 (`numFmt`, with the formats that have only a
//! number, among them those of Japanese systems); [MS-XLS] 2.4.126 (`Format`), 2.4.353 (`XF`).

use std::collections::HashMap;
use std::fmt::Write as _;

use quick_xml::events::BytesStart;

use crate::table::Calendar;

use super::package::{attribute, elements};
use super::{Why, text};

/// How a number is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Shape {
    #[default]
    Number,
    Day,
    Time,
}

/// The shapes of a workbook's cells, and from where its days count.
#[derive(Debug, Default)]
pub(super) struct Styles {
    formats: HashMap<u32, Shape>,
    shapes: Vec<Shape>,
    calendar: Calendar,
}

impl Styles {
    /// A format that has a number, as the file writes it.
    pub(super) fn add_format(&mut self, id: u32, code: &str) {
        self.formats.insert(id, shape_of(code));
    }

    /// The next style, by the number of its format, which was added before.
    pub(super) fn add(&mut self, format: u32) {
        let shape = self.formats.get(&format).copied();
        self.shapes.push(shape.unwrap_or_else(|| built_in(format)));
    }

    /// From where days count.
    pub(super) fn count_from(&mut self, calendar: Calendar) {
        self.calendar = calendar;
    }

    /// Reads the part of an `.xlsx` that says them. What cannot be read of it is as if it were not there: then every
    /// number is one.
    pub(super) fn read(xml: &[u8], calendar: Calendar) -> Self {
        let mut styles = Self::default();
        styles.count_from(calendar);
        let mut of_cells = false;
        let read = elements(xml, |element, attributes| {
            match element {
                "numFmt" => {
                    let id = number(attributes, "numFmtId")?;
                    let code = attribute(attributes, "formatCode")?.unwrap_or_default();
                    styles.add_format(id, &code);
                }
                "cellXfs" => of_cells = true,
                "cellStyleXfs" | "cellStyles" | "dxfs" => of_cells = false,
                "xf" if of_cells => styles.add(number(attributes, "numFmtId")?),
                _ => {}
            }
            Ok(())
        });
        if read.is_err() {
            styles.shapes.clear();
        }
        styles
    }

    /// Appends a number as its cell shows it.
    pub(super) fn push(&self, number: f64, style: Option<u32>, out: &mut String) {
        let style = style.and_then(|style| usize::try_from(style).ok());
        let shape = style.and_then(|style| self.shapes.get(style).copied());
        let shown = match shape.unwrap_or_default() {
            Shape::Number => false,
            Shape::Day => self.push_day(number, out),
            Shape::Time => push_time(number, out),
        };
        if !shown {
            text::push_number(number, out);
        }
    }

    /// Appends a day, with its time where it has one; gives whether it is one. The counts of visits in
    /// cells that somebody has made ones for days are none: nobody of ours was born in 1900.
    fn push_day(&self, number: f64, out: &mut String) -> bool {
        const FIRST: f64 = 367.0;
        const LAST: f64 = 2_958_466.0;
        if !(FIRST..LAST).contains(&number) {
            return false;
        }
        let Some(day) = self.calendar.day(whole(number)) else {
            return false;
        };
        let _ = write!(out, "{:04}-{:02}-{:02}", day.year(), day.month(), day.day());
        let time = number.fract();
        if time > 0.0 {
            out.push(' ');
            push_time(time, out);
        }
        true
    }
}

/// Appends a time of the day, or a sum of hours; gives whether it is one.
fn push_time(number: f64, out: &mut String) -> bool {
    const SECONDS: f64 = 86_400.0;
    const LONGEST: f64 = 100.0;
    if !(0.0..LONGEST).contains(&number) {
        return false;
    }
    // Fractions of a day miss the whole second by a hair.
    let seconds = whole((number * SECONDS).round());
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let _ = match seconds % 60 {
        0 => write!(out, "{hours}:{minutes:02}"),
        rest => write!(out, "{hours}:{minutes:02}:{rest:02}"),
    };
    true
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whoever asks has looked that it is neither negative nor above ten million"
)]
fn whole(number: f64) -> u32 {
    number as u32
}

fn number(element: &BytesStart<'_>, name: &str) -> Result<u32, Why> {
    let value = attribute(element, name)?;
    Ok(value
        .and_then(|value| value.trim().parse().ok())
        .unwrap_or(0))
}

/// The formats that every spreadsheet has, those of Japanese systems among them.
fn built_in(id: u32) -> Shape {
    match id {
        14..=17 | 22 | 27..=31 | 34..=36 | 50..=58 => Shape::Day,
        18..=21 | 32 | 33 | 45..=47 => Shape::Time,
        _ => Shape::Number,
    }
}

/// What a format shows: `yyyy/mm/dd`, `ggge"年"m"月"d"日"`, `h:mm`, `[h]:mm`, `#,##0`.
fn shape_of(code: &str) -> Shape {
    // Of several sections the first one is that of positive numbers.
    let mut letters = String::new();
    let mut characters = code.chars();
    while let Some(character) = characters.next() {
        match character {
            ';' => break,
            '"' => characters.by_ref().take_while(|c| *c != '"').for_each(drop),
            '\\' | '_' | '*' => drop(characters.next()),
            // `[h]` counts hours; `[Red]` and `[$-411]` are no part of the number.
            '[' => {
                let within: String = characters.by_ref().take_while(|c| *c != ']').collect();
                if !within.is_empty() && within.to_lowercase().chars().all(|c| "hms".contains(c)) {
                    letters.push('h');
                }
            }
            letter => letters.extend(letter.to_lowercase()),
        }
    }
    let letters = letters.replace("general", "");
    let has = |of: &[char]| letters.contains(of);
    if has(&['y', 'd', 'g']) {
        Shape::Day
    } else if has(&['h', 's']) {
        Shape::Time
    } else if has(&['m']) {
        Shape::Day
    } else {
        Shape::Number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PART: &str = "<styleSheet><numFmts><numFmt numFmtId=\"176\" formatCode=\"ggge&quot;年&quot;m&quot;月&quot;d&quot;日&quot;\"/>\
        <numFmt numFmtId=\"177\" formatCode=\"[h]:mm\"/><numFmt numFmtId=\"178\" formatCode=\"0&quot;day&quot;\"/></numFmts>\
        <cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/>\
        <xf numFmtId=\"20\"/><xf numFmtId=\"176\"/><xf numFmtId=\"177\"/><xf numFmtId=\"178\"/><xf/></cellXfs>\
        <cellStyles><xf numFmtId=\"14\"/></cellStyles></styleSheet>";

    fn shown(number: f64, style: u32) -> String {
        let mut out = String::new();
        let styles = Styles::read(PART.as_bytes(), Calendar::Of1900);
        styles.push(number, Some(style), &mut out);
        out
    }

    #[test]
    fn a_number_is_handed_over_as_its_cell_shows_it() {
        assert_eq!(shown(46_178.0, 0), "46178");
        assert_eq!(shown(46_178.0, 1), "2026-06-05");
        assert_eq!(shown(46_178.375, 3), "2026-06-05 9:00");
        assert_eq!(shown(0.375, 2), "9:00");
        assert_eq!(shown(1.0625, 4), "25:30");
        assert_eq!(shown(46_178.0, 5), "46178");
        assert_eq!(shown(46_178.0, 6), "46178");
        // A style that there is not.
        assert_eq!(shown(46_178.0, 7), "46178");
    }

    #[test]
    fn a_count_in_a_cell_that_is_one_for_days_is_a_count() {
        assert_eq!(shown(1.0, 1), "1");
        assert_eq!(shown(31.0, 3), "31");
        assert_eq!(shown(-1.0, 2), "-1");
    }

    #[test]
    fn days_count_from_where_the_workbook_says() {
        let mut out = String::new();
        let styles = Styles::read(PART.as_bytes(), Calendar::Of1904);
        styles.push(44_716.0, Some(1), &mut out);
        assert_eq!(out, "2026-06-05");
    }

    #[test]
    fn styles_that_cannot_be_read_leave_numbers() {
        let mut out = String::new();
        let styles = Styles::read(b"<styleSheet><cellXfs><xf numFmtId=", Calendar::Of1900);
        styles.push(46_178.0, Some(1), &mut out);
        assert_eq!(out, "46178");
    }

    #[test]
    fn what_stands_within_quotes_and_brackets_says_nothing() {
        for (code, shape) in [
            ("General", Shape::Number),
            ("#,##0_);[Red]\\(#,##0\\)", Shape::Number),
            ("0.00E+00", Shape::Number),
            ("\"No. \"0000", Shape::Number),
            ("[$-411]ge.m.d;@", Shape::Day),
            ("yyyy/m/d;@", Shape::Day),
            ("mmm-yy", Shape::Day),
            ("h:mm;@", Shape::Time),
            ("mm:ss", Shape::Time),
        ] {
            assert_eq!(shape_of(code), shape, "{code}");
        }
    }
}
