//! What stands in a cell: text, a count, a text that jumps elsewhere, or a choice.

use std::borrow::Cow;

use rust_xlsxwriter::{DataValidation, Format, Url, Worksheet, XlsxError};

use super::look::Tone;
use crate::model::place::letters;

/// The content of a cell. There is no formula among them, and text is never looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    /// Text, also where it looks like a number, a date or a formula.
    Text(Cow<'a, str>),
    /// A count or a row number.
    Number(u32),
    /// A count that should be 0, in a colour where it is not.
    Wish { count: u32, tone: Tone },
    /// By how much something is later, longer or more, or less.
    Difference(i32),
    /// Text that jumps to a cell of this workbook.
    Link {
        text: &'a str,
        /// As [`address`] writes it.
        to: String,
    },
    /// One of a few words, chosen from a list that drops down.
    Choice {
        chosen: &'static str,
        among: &'static [&'static str],
    },
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl Cell<'_> {
    /// A count of rows, findings or people.
    pub(super) fn count(number: usize) -> Self {
        Self::Number(u32::try_from(number).expect("a run reads fewer than 2^32 rows"))
    }

    /// How many half-width characters the widest line takes.
    pub(super) fn width(&self) -> usize {
        match self {
            Self::Text(text) => width(text),
            Self::Number(number) | Self::Wish { count: number, .. } => width(&number.to_string()),
            Self::Difference(number) => width(&format!("{number:+}")),
            Self::Link { text, .. } => width(text),
            Self::Choice { among, .. } => among.iter().map(|word| width(word)).max().unwrap_or(0),
        }
    }

    /// How many lines it fills where a line holds `columns` half-width characters.
    pub(super) fn lines(&self, columns: usize) -> usize {
        match self {
            Self::Text(text) => lines(text, columns),
            Self::Number(_)
            | Self::Wish { .. }
            | Self::Difference(_)
            | Self::Link { .. }
            | Self::Choice { .. } => 1,
        }
    }

    /// Writes the cell.
    pub(super) fn write(
        &self,
        sheet: &mut Worksheet,
        (row, column): (u32, u16),
        format: &Format,
    ) -> Result<(), XlsxError> {
        match self {
            Self::Text(text) => sheet.write_string_with_format(row, column, clip(text), format)?,
            Self::Number(number) | Self::Wish { count: number, .. } => {
                sheet.write_number_with_format(row, column, *number, format)?
            }
            Self::Difference(number) => {
                sheet.write_number_with_format(row, column, *number, format)?
            }
            Self::Link { text, to } => {
                let link = Url::new(format!("internal:{to}")).set_text(clip(text));
                sheet.write_url_with_format(row, column, link, format)?
            }
            Self::Choice { chosen, among } => {
                let words = DataValidation::new().allow_list_strings(among)?;
                sheet.add_data_validation(row, column, row, column, &words)?;
                sheet.write_string_with_format(row, column, *chosen, format)?
            }
        };
        Ok(())
    }
}

/// The address of column A of a row, counted from 0.
pub(super) fn address(sheet: &str, row: u32) -> String {
    address_of(sheet, row, 0)
}

/// The address of a cell by its row and column, both counted from 0.
///
/// The quotes are always there: Excel asks for them as soon as a name holds a bracket.
pub(super) fn address_of(sheet: &str, row: u32, column: usize) -> String {
    format!("'{sheet}'!{}{}", letters(column), row + 1)
}

/// How many half-width characters the widest line of a text takes.
///
/// Kanji, kana and full-width forms take two, ASCII and half-width katakana one. Latin
/// letters with accents count as two, which makes a column a little too wide and no more.
pub(super) fn width(text: &str) -> usize {
    text.lines().map(line_width).max().unwrap_or(0)
}

fn line_width(line: &str) -> usize {
    line.chars()
        .map(|letter| match letter {
            '\0'..='\x7f' | '\u{ff61}'..='\u{ff9f}' => 1,
            _ => 2,
        })
        .sum()
}

/// How many lines a text fills where a line holds `columns` half-width characters.
///
/// Two digits take 16 pixels, a kanji 15: what was fitted by [`width`] has some air, and
/// here that air would become an empty line below the text.
pub(super) fn lines(text: &str, columns: usize) -> usize {
    let filled = |line| (line_width(line) * 15).div_ceil(columns * 16).max(1);
    text.lines().map(filled).sum()
}

/// The text as far as Excel takes it: 32,767 UTF-16 units, the last one being `…`.
pub(super) fn clip(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 32_767;
    // UTF-16 never has more units than UTF-8 has bytes, so nearly every text ends here.
    if text.len() <= LONGEST || text.encode_utf16().count() <= LONGEST {
        return text.into();
    }
    let mut units = 0;
    let kept = text.chars().take_while(|letter| {
        units += letter.len_utf16();
        units < LONGEST
    });
    kept.chain(['…']).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn japanese_letters_are_twice_as_wide() {
        let widths = ["", "F", "F 氏名", "ﾔﾏﾀﾞ", "一行目\n2"].map(width);
        assert_eq!(widths, [0, 1, 6, 4, 6]);
    }

    #[test]
    fn a_long_sentence_fills_several_lines() {
        let filled = [32, 33, 64, 65].map(|letters| lines(&"あ".repeat(letters), 60));
        assert_eq!(filled, [1, 2, 2, 3]);
        assert_eq!(lines("あ\n\nい", 60), 3);
    }

    #[test]
    fn a_text_that_fits_is_left_alone() {
        let longest = "あ".repeat(32_767);
        assert_eq!(clip(&longest), longest);
    }

    #[test]
    fn a_longer_text_ends_in_an_ellipsis() {
        let kept = format!("{}…", "あ".repeat(32_766));
        assert_eq!(clip(&"あ".repeat(32_768)), kept);
    }

    #[test]
    fn a_letter_of_two_units_is_never_cut_in_half() {
        let clipped = clip(&"𠮷".repeat(20_000)).into_owned();
        assert_eq!(clipped, format!("{}…", "𠮷".repeat(16_383)));
    }
}
