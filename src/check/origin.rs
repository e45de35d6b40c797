//! Where a record came from, so that anything said about it can be said about a cell.

use std::sync::Arc;

use crate::finding::RowId;
use crate::model::{Field, Place};
use crate::read::Sheet;

/// The row that a record was read from.
#[derive(Debug, Clone)]
pub struct Origin {
    sheet: Arc<Sheet>,
    /// The row in the book of fates.
    pub id: RowId,
    /// How many cells the row has, where it ends before its header does.
    end: Option<usize>,
}

impl Origin {
    /// A row of a sheet.
    pub fn new(sheet: &Arc<Sheet>, id: RowId) -> Self {
        let sheet = Arc::clone(sheet);
        Self {
            sheet,
            id,
            end: None,
        }
    }

    /// The same of a row that ends before its header does.
    pub(super) fn ending_at(self, width: usize) -> Self {
        Self {
            end: Some(width),
            ..self
        }
    }

    /// The row's number as the user counts.
    pub fn row(&self) -> u32 {
        self.id.number()
    }

    /// The whole row.
    pub fn place(&self) -> Place {
        self.sheet.place(self.row())
    }

    /// The sheet that the row is in.
    pub fn sheet(&self) -> &Arc<Sheet> {
        &self.sheet
    }

    /// Whether the row has a cell of the field; one that ends early says nothing of the columns behind
    /// its end.
    pub fn has(&self, field: Field) -> bool {
        let column = self.column(field, None);
        column.is_some_and(|column| self.end.is_none_or(|end| column < end))
    }

    /// The cell of a field; the whole row where the sheet has no such column.
    pub fn field(&self, field: Field) -> Place {
        self.cell(field, None)
    }

    /// The cell of a day of a grid field. Where each day is a row, that is the row's date.
    pub fn day(&self, field: Field, day: u32) -> Place {
        self.cell(field, Some(day))
    }

    fn cell(&self, field: Field, day: Option<u32>) -> Place {
        let column = self.column(field, day);
        match column.or_else(|| self.column(of_one_day(field)?, None)) {
            Some(column) => self.sheet.cell(self.row(), column),
            None => self.place(),
        }
    }

    fn column(&self, field: Field, day: Option<u32>) -> Option<usize> {
        let column = self.sheet.layout.column_of(field, day)?;
        self.sheet.column(column)
    }
}

/// What a row of one day has in place of a field of the grid.
fn of_one_day(field: Field) -> Option<Field> {
    match field {
        Field::Planned => Some(Field::Date),
        Field::PlannedTotal => Some(Field::Count),
        _ => None,
    }
}
