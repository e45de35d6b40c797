//! What is asked about, as it is typed: a cell of a file, or an item with a JSON pointer.
//!
//! What ends in `:` and a cell's letters and number is a cell; everything else is an item. A
//! key comes without colons and a member's name hardly ends so.

use std::path::Path;

use crate::error::Error;
use crate::read;
use crate::table::fold::nfkc;

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked<'a> {
    /// A cell.
    Cell(Cell<'a>),
    /// An item's key, perhaps with a pointer behind it. Where the key ends only those know
    /// who know the keys: an own table may make one with a `/`.
    Item(&'a str),
}

/// A cell of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell<'a> {
    /// A path, or the name of a file in the inbox or the archive.
    pub file: &'a str,
    /// The worksheet, where one is named.
    pub sheet: Option<&'a str>,
    /// The row, from 1.
    pub row: u32,
    /// The column, from 0.
    pub column: usize,
}

/// Reads what was typed.
pub(super) fn read(typed: &str) -> Result<Asked<'_>, Error> {
    let address = typed
        .rsplit_once(':')
        .and_then(|(before, cell)| Some((before, address(cell)?)));
    let Some((before, (column, row))) = address else {
        if names_a_file(typed) {
            return Err(Error::Usage(
                "どのセルかを `ファイル:シート:セル` の形で指定してください(例: 月間ケアプラン.csv:F12、利用者.xlsx:10月:C5)"
                    .to_owned(),
            ));
        }
        return Ok(Asked::Item(typed));
    };
    let (file, sheet) = file_and_sheet(before);
    Ok(Asked::Cell(Cell {
        file,
        sheet,
        row,
        column,
    }))
}

/// Whether a piece of what was typed is the name of a file that is read.
fn names_a_file(typed: &str) -> bool {
    let ends = typed.match_indices(':').map(|(at, _)| at);
    ends.chain([typed.len()])
        .any(|end| read::is_readable(Path::new(&typed[..end])))
}

/// A colon may belong to a path (`C:\…`), and never to the name of a worksheet: what stands
/// before it must be the name of a file that is read.
fn file_and_sheet(before: &str) -> (&str, Option<&str>) {
    match before.rsplit_once(':') {
        Some((file, "")) => (file, None),
        Some((file, sheet)) if read::is_readable(Path::new(file)) => (file, Some(sheet)),
        Some(_) | None => (before, None),
    }
}

/// `F12`, `$F$12`, `ｆ１２`: the column from 0 and the row from 1.
fn address(cell: &str) -> Option<(usize, u32)> {
    const MOST_LETTERS: usize = 3;
    let cell = nfkc(cell.trim()).replace('$', "").to_ascii_uppercase();
    let letters = cell.trim_end_matches(|of: char| of.is_ascii_digit());
    let row = cell[letters.len()..].parse().ok().filter(|row| *row > 0)?;
    let is_column = (1..=MOST_LETTERS).contains(&letters.len())
        && letters.bytes().all(|letter| letter.is_ascii_uppercase());
    let column = letters.bytes().fold(0, |column, letter| {
        column * 26 + usize::from(letter - b'A') + 1
    });
    is_column.then(|| (column - 1, row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::place::letters;

    fn cell<'a>(file: &'a str, sheet: Option<&'a str>, column: usize, row: u32) -> Asked<'a> {
        Asked::Cell(Cell {
            file,
            sheet,
            row,
            column,
        })
    }

    #[test]
    fn a_cell_is_told_by_its_end_and_its_file_by_what_is_read() {
        for (typed, expected) in [
            ("予定.csv:F12", cell("予定.csv", None, 5, 12)),
            ("予定.csv::f12", cell("予定.csv", None, 5, 12)),
            (
                "利用者.xlsx:10月:$C$5",
                cell("利用者.xlsx", Some("10月"), 2, 5),
            ),
            (r"C:\a\予定.csv:ＡＡ１", cell(r"C:\a\予定.csv", None, 26, 1)),
            (r"C:\a\b.xlsx:A1:B2", cell(r"C:\a\b.xlsx", Some("A1"), 1, 2)),
            ("予定.txt:A1", cell("予定.txt", None, 0, 1)),
        ] {
            assert_eq!(read(typed).unwrap(), expected, "{typed}");
        }
    }

    #[test]
    fn everything_else_is_an_item() {
        for typed in [
            "1370000018",
            "131128-0000100001/cards/0/care_level",
            "1370100016-131128-H000100001/visits/0/start",
            "a/b:A0",
            "x:ABCD1",
            "",
        ] {
            assert_eq!(read(typed).unwrap(), Asked::Item(typed));
        }
    }

    #[test]
    fn a_file_without_a_cell_is_asked_about() {
        for typed in [
            "予定.csv",
            "予定.csv:",
            "利用者.xlsx:10月",
            "利用者.xlsx:10月:5",
        ] {
            assert!(read(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn letters_are_read_as_they_are_written() {
        for column in [0, 25, 26, 51, 701, 702, 16_383] {
            let typed = format!("{}7", letters(column));
            assert_eq!(address(&typed), Some((column, 7)));
        }
    }
}
