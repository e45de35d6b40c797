//! Sheets read back: what a person typed into a workbook of ours, row by row as text.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Xlsx};

/// A workbook in memory.
pub(super) type Book = Xlsx<Cursor<Vec<u8>>>;

/// A sheet could not be read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

/// Hands over the texts of each row that has any, from top to bottom, with its number as the
/// clerk counts; columns are counted from 0. Cells come as a stream: one far away takes no
/// memory.
pub(super) fn texts<E: From<Broken>>(
    workbook: &mut Book,
    sheet: &str,
    mut each: impl FnMut(u32, BTreeMap<u32, String>) -> Result<(), E>,
) -> Result<(), E> {
    let mut reader = workbook.worksheet_cells_reader(sheet).map_err(|_| Broken)?;
    let mut at = 0;
    let mut cells = BTreeMap::new();
    while let Some(cell) = reader.next_cell().map_err(|_| Broken)? {
        let (row, column) = cell.get_position();
        if row != at && !cells.is_empty() {
            each(at + 1, std::mem::take(&mut cells))?;
        }
        at = row;
        if let Some(text) = text(cell.get_value()) {
            cells.insert(column, text);
        }
    }
    if cells.is_empty() {
        return Ok(());
    }
    each(at + 1, cells)
}

/// What a person reads in a cell, whatever a spreadsheet program has made of it.
fn text(value: &DataRef<'_>) -> Option<String> {
    Some(match value {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(true) => "TRUE".to_owned(),
        DataRef::Bool(false) => "FALSE".to_owned(),
        DataRef::DateTime(moment) => in_words(moment),
        // As a formula that went wrong shows itself.
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => return None,
    })
}

/// A day as `2026/10/1`, a time as `9:05`, both as both.
fn in_words(moment: &ExcelDateTime) -> String {
    const MINUTES: f64 = 24.0 * 60.0;
    let serial = moment.as_f64();
    let (year, month, day, hour, minute, ..) = moment.to_ymd_hms_milli();
    let day_words = format!("{year}/{month}/{day}");
    if serial < 1.0 || moment.is_duration() {
        let minutes = (serial * MINUTES).round().max(0.0);
        return format!("{}:{:02}", (minutes / 60.0).floor(), minutes % 60.0);
    }
    if serial.fract() == 0.0 {
        return day_words;
    }
    format!("{day_words} {hour}:{minute:02}")
}
