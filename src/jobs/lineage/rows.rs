//! A second look at a file: what stands in a few rows. Records forget the text of their cells.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::error::Error;
use crate::finding::Finding;
use crate::model::{FileName, Place, RecordKind};
use crate::read::{self, Intake, Row, Sheet};
use crate::table::Tables;

/// Rows of one file, as they stand there.
#[derive(Debug, Default)]
pub(super) struct Rows {
    wanted: BTreeSet<u32>,
    found: Vec<(Arc<Sheet>, Row)>,
    /// Each recognised sheet with its last row of data.
    sheets: Vec<(Arc<Sheet>, u32)>,
}

impl Rows {
    /// Reads rows with these numbers, of every sheet of a file.
    pub(super) fn of(
        path: &Path,
        name: &FileName,
        wanted: impl IntoIterator<Item = u32>,
        tables: &Tables,
    ) -> Result<Self, Error> {
        let mut rows = Self {
            wanted: wanted.into_iter().collect(),
            ..Self::default()
        };
        read::read(path, name, &tables.layouts, &mut rows)?;
        Ok(rows)
    }

    /// A row of a sheet.
    pub(super) fn row(&self, sheet: Option<&str>, row: u32) -> Option<&(Arc<Sheet>, Row)> {
        self.found
            .iter()
            .find(|(of, found)| found.number() == row && of.name().map(|of| &**of) == sheet)
    }

    /// The last row of data of a sheet.
    pub(super) fn last(&self, sheet: Option<&str>) -> Option<u32> {
        let of = self
            .sheets
            .iter()
            .find(|(of, _)| of.name().map(|of| &**of) == sheet);
        of.map(|(_, last)| *last).filter(|last| *last > 0)
    }

    /// The text of a cell.
    pub(super) fn text(&self, place: &Place) -> Option<&str> {
        let (_, row) = self.row(place.sheet.as_deref(), place.row?)?;
        Some(row.cell(place.column.as_ref()?.index))
    }
}

impl Intake for Rows {
    fn sheet(&mut self, sheet: &Arc<Sheet>) {
        self.sheets.push((Arc::clone(sheet), 0));
    }

    fn row(&mut self, sheet: &Arc<Sheet>, row: &Row) {
        if let Some((_, last)) = self.sheets.last_mut() {
            *last = row.number();
        }
        if self.wanted.contains(&row.number()) {
            self.found.push((Arc::clone(sheet), row.clone()));
        }
    }

    fn finding(&mut self, _kind: Option<RecordKind>, _finding: Finding) {}
}
