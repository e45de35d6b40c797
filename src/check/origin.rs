//! Where a record came from, so that anything said about it can be said about a cell.

use std::sync::Arc;

use crate::finding::RowId;
use crate::model::{Field, Place};
use crate::read::Sheet;

/// The row that a record was read from.
#[derive(Debug, Clone)]
pub struct Origin {
    sheet: Arc<Sheet>,
    row: u32,
    /// The row in the book of fates.
    pub id: RowId,
}

impl Origin {
    /// The row with a number of a sheet.
    pub fn new(sheet: &Arc<Sheet>, row: u32, id: RowId) -> Self {
        Self {
            sheet: Arc::clone(sheet),
            row,
            id,
        }
    }

    /// The row's number as the user counts.
    pub fn row(&self) -> u32 {
        self.row
    }

    /// The whole row.
    pub fn place(&self) -> Place {
        self.sheet.place(self.row)
    }

    /// The cell of a field; the whole row where the sheet has no such column.
    pub fn field(&self, field: Field) -> Place {
        self.cell(field, None)
    }

    /// The cell of a day of a grid field.
    pub fn day(&self, field: Field, day: u32) -> Place {
        self.cell(field, Some(day))
    }

    fn cell(&self, field: Field, day: Option<u32>) -> Place {
        let column = self.sheet.layout.column_of(field, day);
        match column.and_then(|column| self.sheet.column(column)) {
            Some(column) => self.sheet.cell(self.row, column),
            None => self.place(),
        }
    }
}
