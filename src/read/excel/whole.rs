//! Sheets that are read as wholes before their first row is handed over: those of markup, which
//! says only later what is merged, hidden or not a sheet at all.

use std::io::Read;
use std::sync::Arc;

use crate::read::decoded::Decoded;
use crate::read::row::Fault;
use crate::read::source::Bytes;
use crate::table::Calendar;

use super::cells::Cells;
use super::marks::{Marks, Region};
use super::sheet::{Book, Facts, Visibility};
use super::{Unreadable, Why};

/// No file of markup is larger that holds a table of people.
const LARGEST: u64 = 256 << 20;
/// No row and no column lies beyond these.
const LAST_ROW: u32 = 1_048_576;
const LAST_COLUMN: u32 = 16_384;

/// A sheet in memory.
#[derive(Debug)]
pub(super) struct WholeSheet {
    pub(super) name: String,
    pub(super) visibility: Visibility,
    rows: Vec<WholeRow>,
    merged: Vec<Region>,
}

#[derive(Debug)]
struct WholeRow {
    number: u32,
    hidden: bool,
    cells: Vec<WholeCell>,
}

#[derive(Debug)]
struct WholeCell {
    column: u32,
    text: String,
    fault: Option<Fault>,
}

impl WholeSheet {
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            visibility: Visibility::Shown,
            rows: Vec::new(),
            merged: Vec::new(),
        }
    }

    /// Begins a row; their numbers rise.
    pub(super) fn begin_row(&mut self, number: u32, hidden: bool) -> Result<(), Why> {
        if number > LAST_ROW {
            return Err(Why::TooLarge);
        }
        if self.rows.last().is_some_and(|last| last.number >= number) {
            return Err(Why::Damaged);
        }
        let cells = Vec::new();
        self.rows.push(WholeRow {
            number,
            hidden,
            cells,
        });
        Ok(())
    }

    /// Adds a cell to the row that was begun last, and with how many further rows and columns
    /// it is merged.
    pub(super) fn put(
        &mut self,
        column: u32,
        (text, fault): (String, Option<Fault>),
        (down, across): (u32, u32),
    ) -> Result<(), Why> {
        let row = self.rows.last_mut().ok_or(Why::Damaged)?;
        if column >= LAST_COLUMN {
            return Err(Why::TooLarge);
        }
        if down > 0 || across > 0 {
            self.merged.push(Region {
                top: row.number,
                left: column,
                bottom: row.number.saturating_add(down),
                right: column.saturating_add(across),
            });
        }
        if !text.is_empty() || fault.is_some() {
            row.cells.push(WholeCell {
                column,
                text,
                fault,
            });
        }
        Ok(())
    }

    fn marks(&self) -> Result<Marks, Why> {
        let mut marks = Marks::default();
        for row in &self.rows {
            if row.hidden {
                marks.hidden.push(row.number);
            }
            if let Some(last) = row.cells.last() {
                marks.reach(row.number, last.column)?;
            }
        }
        for region in &self.merged {
            marks.merge(*region)?;
        }
        Ok(marks)
    }

    fn hand_over(&self, cells: &mut Cells) -> Result<(), Why> {
        for row in &self.rows {
            for cell in &row.cells {
                cells.put((row.number, cell.column), |out| {
                    out.push_str(&cell.text);
                    Ok(cell.fault)
                })?;
            }
        }
        Ok(())
    }
}

/// Gives the sheets to the workbook.
pub(super) fn give(
    sheets: &[WholeSheet],
    calendar: Calendar,
    book: &mut Book<'_>,
) -> Result<(), Unreadable> {
    for sheet in sheets {
        let facts = Facts {
            name: Arc::from(&*sheet.name),
            visibility: sheet.visibility,
            calendar,
        };
        book.sheet(&facts, || sheet.marks(), |cells| sheet.hand_over(cells))?;
    }
    Ok(())
}

/// The text of a file, in the encoding that it says itself.
pub(super) fn text(bytes: Bytes) -> Result<String, Why> {
    let mut text = String::new();
    let mut decoded = Decoded::by_its_own_word(bytes)?.take(LARGEST + 1);
    decoded.read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        return Err(Why::TooLarge);
    }
    Ok(text)
}
