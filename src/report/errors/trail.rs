//! What the error workbook carries unseen, so that it can be dropped back into the inbox.
//!
//! Every sheet of withheld rows has a hidden first row with a key for each column and a hidden
//! first column with the number of each row: they go along when columns are moved and rows are
//! sorted. A hidden sheet says which workbook it is, which file each sheet shows, by the digest
//! of its bytes, which rows it showed and which of them go together: so that a row that
//! somebody has deleted is known to be missing.

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::additions::Question;
use super::withheld::WithheldSheet;
use crate::finding::WORKBOOK_MARK;
use crate::model::FileName;
use crate::report::look::base;

/// The first word of the first cell of every sheet that must not be read as a file of 楽すけ.
pub(super) const MARK: &str = WORKBOOK_MARK;
/// The name of the hidden sheet.
pub(super) const NAME: &str = "rakuwing";
/// The version of what is carried along.
pub(super) const VERSION: &str = "2";
/// The versions that are read. The first one says nothing of when a file was read.
pub(super) const READ_VERSIONS: [&str; 2] = ["1", VERSION];

/// Which workbook it is, and what was known when it was made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trail {
    /// The workbook's own id.
    pub id: String,
    /// The ledger of its office folder; empty where it was made without one.
    pub ledger: String,
    /// The last run that the ledger knew then, this one included; 0 where there is none.
    pub run: i64,
}

/// Keys of the columns that are no columns of the file.
pub(super) const ROW: &str = "@row";
pub(super) const LINE: &str = "@line";
pub(super) const STATE: &str = "@state";
pub(super) const AGAIN: &str = "@again";
pub(super) const EXCLUDE: &str = "@exclude";
pub(super) const WHY: &str = "@why";
pub(super) const FINDINGS: &str = "@findings";

/// Those columns from the left. The numbers that must go with their row stand hidden at the
/// very left and, for a person, beside it.
pub(super) const BESIDE: [&str; 7] = [ROW, FINDINGS, LINE, STATE, AGAIN, EXCLUDE, WHY];

/// The answer in the column [`AGAIN`].
pub(super) const SEND_AGAIN: &str = "送る";

/// The answer in the column [`EXCLUDE`].
pub(super) const LEAVE_OUT: &str = "除外";

/// The first row of data, counted from 0: below the keys and the headers.
pub(super) const FIRST_ROW: u32 = 2;

/// The key of a column of the file.
pub(super) fn column_key(column: usize) -> String {
    format!("c{column}")
}

/// The column of the file that a key stands for.
pub(super) fn column_of(key: &str) -> Option<usize> {
    key.strip_prefix('c')?.parse().ok()
}

/// The first cell of a sheet of withheld rows: the mark, the workbook and the sheet.
pub(super) fn sheet_mark(id: &str, sheet: usize) -> String {
    format!("{MARK} {id} {sheet}")
}

/// The workbook and the sheet in such a cell.
pub(super) fn marked(cell: &str) -> Option<(&str, usize)> {
    let (id, sheet) = cell.strip_prefix(MARK)?.trim_start().split_once(' ')?;
    Some((id, sheet.trim().parse().ok()?))
}

/// The kinds of rows of the hidden sheet, by their first cell.
pub(super) const SHEET: &str = "sheet";
pub(super) const SHOWN: &str = "row";
pub(super) const REMARKED: &str = "remarked";
pub(super) const EXCLUDED: &str = "excluded";
pub(super) const QUESTION: &str = "question";
pub(super) const ASKED: &str = "asked";

/// Writes the hidden sheet: the workbook, then each sheet of withheld rows with its rows.
pub(super) fn write(
    workbook: &mut Workbook,
    trail: &Trail,
    sheets: &[WithheldSheet],
    questions: &[Question],
) -> Result<(), XlsxError> {
    let page = workbook.add_worksheet_with_constant_memory()?;
    page.set_name(NAME)?.set_very_hidden(true);
    let mut page = Lines {
        page,
        format: base().set_num_format("@"),
        row: 0,
    };
    let run = trail.run.to_string();
    page.line(&[MARK, VERSION, &trail.id, &trail.ledger, &run])?;
    for (sheet, at) in sheets.iter().zip(0..) {
        let name = sheet.sheet.as_deref().unwrap_or_default();
        let in_workbook = if sheet.sheet.is_some() { "1" } else { "" };
        let (at, read_in) = (format!("{at}"), sheet.read_in.to_string());
        page.line(&[
            SHEET,
            &at,
            sheet.file.as_str(),
            in_workbook,
            name,
            sheet.digest.as_str(),
            sheet.record,
            &read_in,
        ])?;
        let rows = [
            (SHOWN, sheet.withheld()),
            (REMARKED, sheet.remarked()),
            (EXCLUDED, sheet.excluded()),
        ];
        for (word, shown) in rows {
            for rows in shown.chunks(ROWS_A_LINE) {
                page.line(&[word, &at, &pairs(rows)])?;
            }
        }
    }
    for question in questions {
        page.line(&[QUESTION, &question.id, &question.choices.join("\n")])?;
        let rows = question.rows.iter();
        let rows: Vec<(u32, u32)> = rows.map(|(sheet, row)| (count(*sheet), *row)).collect();
        for rows in rows.chunks(ROWS_A_LINE) {
            page.line(&[ASKED, &question.id, &pairs(rows)])?;
        }
    }
    Ok(())
}

/// So many rows are told in one cell: a cell for each would be as many as the rows have.
const ROWS_A_LINE: usize = 1_000;

/// Pairs of numbers as one text: `12:1 13:1 17:2`.
fn pairs(numbers: &[(u32, u32)]) -> String {
    let words: Vec<String> = numbers
        .iter()
        .map(|(one, other)| format!("{one}:{other}"))
        .collect();
    words.join(" ")
}

/// The pairs of such a text; `None` where it is none.
pub(super) fn read_pairs(text: &str) -> Option<Vec<(u32, u32)>> {
    let pair = |word: &str| {
        let (one, other) = word.split_once(':')?;
        Some((one.parse().ok()?, other.parse().ok()?))
    };
    text.split_whitespace().map(pair).collect()
}

fn count(sheet: usize) -> u32 {
    u32::try_from(sheet).expect("a workbook has a few sheets")
}

/// A sheet that is written line by line.
struct Lines<'p> {
    page: &'p mut Worksheet,
    format: Format,
    row: u32,
}

impl Lines<'_> {
    fn line(&mut self, cells: &[&str]) -> Result<(), XlsxError> {
        for (cell, place) in cells.iter().zip(0..) {
            self.page
                .write_string_with_format(self.row, place, *cell, &self.format)?;
        }
        self.row += 1;
        Ok(())
    }
}

/// A sheet of an input file, by the digest of the file's bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceSheet {
    /// The file's name.
    pub file: FileName,
    /// The sheet, in a workbook.
    pub sheet: Option<String>,
    /// The digest of the file.
    pub digest: String,
    /// What its rows are, by the name of their kind.
    pub record: String,
    /// The run that read all of the file last, as far as the workbook says it.
    pub read_in: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_into_the_first_cell_is_read_back() {
        assert_eq!(marked(&sheet_mark("0f3a", 12)), Some(("0f3a", 12)));
        for other in [
            "",
            "rakuwing",
            "rakuwing 0f3a",
            "被保険者番号",
            "rakuwing a b",
        ] {
            assert_eq!(marked(other), None, "{other}");
        }
    }

    #[test]
    fn pairs_of_numbers_are_read_back() {
        let numbers = [(12, 1), (13, 1), (1_048_576, 40_000)];
        assert_eq!(read_pairs(&pairs(&numbers)), Some(numbers.to_vec()));
        assert_eq!(read_pairs(""), Some(Vec::new()));
        assert_eq!(read_pairs("12:1 13"), None);
    }

    #[test]
    fn a_column_is_known_by_its_key() {
        assert_eq!(column_of(&column_key(0)), Some(0));
        assert_eq!(column_of(&column_key(72)), Some(72));
        assert_eq!(column_of(STATE), None);
    }
}
