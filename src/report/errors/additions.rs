//! 対応の追加: what nobody but the clerk can say, a row for each question.
//!
//! In: questions, each with the answers that there are. Out: a sheet whose yellow cells are
//! filled in; what was answered is read back by [`corrections`](super::corrections). What is
//! asked about stands in the hidden first column, so that a row is known wherever it was
//! sorted to.

use rust_xlsxwriter::{DataValidation, Workbook, Worksheet, XlsxError};

use super::trail::{MARK, Trail};
use crate::finding::Code;
use crate::report::cell::{Cell, address_of, clip};
use crate::report::look::{Looks, Tone, height_of, set_paper};

/// The sheet's name.
pub(in crate::report) const NAME: &str = "対応の追加";

/// Something that only a person can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What it is about, in words of the program; the answer comes back with it.
    pub id: String,
    /// The code of the findings that wait for it.
    pub code: Code,
    /// Their cause, as [`cause_of`](super::cause_of) tells it.
    pub about: String,
    /// The question.
    pub ask: String,
    /// How many findings wait for the answer.
    pub findings: usize,
    /// How many people they concern.
    pub clients: usize,
    /// The answers that there are.
    pub choices: Vec<String>,
    /// What stands in the columns 名称 and いつから; `None` where nothing is asked there.
    pub details: Option<Details>,
    /// The withheld rows that wait for it: the sheet, counted from 0, and the row.
    pub rows: Vec<(usize, u32)>,
}

/// What else is asked of a service code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// The name, as far as the file says it.
    pub name: String,
    /// The first month, `2026/10`.
    pub from: String,
}

/// The columns with their widths.
pub(super) const COLUMNS: [(&str, u16); 8] = [
    ("@question", 4),
    ("たずねること", 56),
    ("件数", 8),
    ("利用者数", 10),
    (ANSWER, 26),
    (SERVICE_NAME, 26),
    (FROM, 12),
    (REASON, 34),
];
pub(super) const ANSWER: &str = "答え";
pub(super) const SERVICE_NAME: &str = "名称";
pub(super) const FROM: &str = "いつから";
pub(super) const REASON: &str = "理由（任意）";
const LEAD: &str = "黄色のセルに答えを選び、保存して、このファイルを受信箱(inbox)に入れてください。\
                    答えは日付と理由を付けて対応表に加わり、保留の行はもう一度確かめて送られます。\
                    分からないときは空のままにしてください(「いつから」が空なら、制度の始めからとします)。";

/// The row of the headers, counted from 0; above it stand the mark and what to do.
pub(super) const HEADER_ROW: u32 = 2;

/// Where the answer to a question belongs; questions are counted from 0.
pub(super) fn address(question: usize) -> String {
    let row = u32::try_from(question).expect("there are a few questions");
    address_of(NAME, HEADER_ROW + 1 + row, 4)
}

/// Writes the sheet, where there is something to ask.
pub(super) fn write(
    workbook: &mut Workbook,
    looks: &Looks,
    trail: &Trail,
    questions: &[Question],
) -> Result<(), XlsxError> {
    if questions.is_empty() {
        return Ok(());
    }
    let sheet = workbook.add_worksheet();
    sheet.set_name(NAME)?.set_screen_gridlines(false);
    sheet.write_string(0, 0, format!("{MARK} {}", trail.id))?;
    sheet.set_row_hidden(0)?.set_column_hidden(0)?;
    let last = u16::try_from(COLUMNS.len() - 1).expect("a few columns");
    sheet.merge_range(1, 1, 1, last, LEAD, &looks.sentence)?;
    sheet.set_row_height(1, height_of(2))?;
    for ((header, wide), place) in COLUMNS.iter().zip(0..) {
        sheet.set_column_width(place, *wide)?;
        sheet.write_string_with_format(HEADER_ROW, place, *header, &looks.header)?;
    }
    for (question, row) in questions.iter().zip(HEADER_ROW + 1..) {
        write_question(sheet, looks, row, question)?;
    }
    sheet
        .set_freeze_panes(HEADER_ROW + 1, 0)?
        .set_repeat_rows(HEADER_ROW, HEADER_ROW)?;
    set_paper(sheet);
    Ok(())
}

fn write_question(
    sheet: &mut Worksheet,
    looks: &Looks,
    row: u32,
    question: &Question,
) -> Result<(), XlsxError> {
    let fill = looks.tone(Tone::Yellow);
    sheet.write_string_with_format(row, 0, &question.id, &looks.text)?;
    sheet.write_string_with_format(row, 1, &*clip(&question.ask), &looks.text)?;
    Cell::count(question.findings).write(sheet, (row, 2), &looks.number)?;
    Cell::count(question.clients).write(sheet, (row, 3), &looks.number)?;
    sheet.write_blank(row, 4, fill)?;
    if let Ok(words) = DataValidation::new().allow_list_strings(&question.choices) {
        // A word that is not offered is read and refused with its cause, not by Excel's.
        sheet.add_data_validation(row, 4, row, 4, &words.show_error_message(false))?;
    }
    if let Some(details) = &question.details {
        sheet.write_string_with_format(row, 5, &details.name, fill)?;
        sheet.write_string_with_format(row, 6, &details.from, fill)?;
    } else {
        sheet.write_blank(row, 5, &looks.text)?;
        sheet.write_blank(row, 6, &looks.text)?;
    }
    sheet.write_blank(row, 7, fill)?;
    let lines = crate::report::cell::lines(&question.ask, COLUMNS[1].1.into());
    sheet.set_row_height(row, height_of(lines))?;
    Ok(())
}
