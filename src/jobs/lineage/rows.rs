//! A second look at a file: what stands in a few rows. Records forget the text of their cells.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::error::Error;
use crate::finding::Finding;
use crate::model::{Place, RecordKind};
use crate::read::{self, Changes, Digests, Intake, Row, Sheet};
use crate::table::Tables;

use super::super::inbox::InputFile;

/// Rows of one file, with what was corrected in them.
#[derive(Debug, Default)]
pub(super) struct Rows {
    wanted: BTreeSet<u32>,
    changes: Arc<Changes>,
    found: Vec<(Arc<Sheet>, Row)>,
    /// Those of them that were corrected, as they stand in the file.
    before: Vec<(Arc<Sheet>, Row)>,
    /// Each recognised sheet with its last row of data.
    sheets: Vec<(Arc<Sheet>, u32)>,
}

impl Rows {
    /// Reads rows with these numbers, of every sheet of a file.
    pub(super) fn of(
        file: &InputFile,
        wanted: impl IntoIterator<Item = u32>,
        tables: &Tables,
    ) -> Result<Self, Error> {
        let mut rows = Self {
            wanted: wanted.into_iter().collect(),
            changes: Arc::clone(&file.changes),
            ..Self::default()
        };
        read::read(
            &file.path,
            &file.name,
            &tables.layouts,
            Digests::NotAsked,
            &mut rows,
        )?;
        Ok(rows)
    }

    /// A row of a sheet.
    pub(super) fn row(&self, sheet: Option<&str>, row: u32) -> Option<&(Arc<Sheet>, Row)> {
        find(&self.found, sheet, row)
    }

    /// What stood in a cell before it was corrected, if it was.
    pub(super) fn before(&self, sheet: Option<&str>, row: u32, column: usize) -> Option<&str> {
        let (_, before) = find(&self.before, sheet, row)?;
        let (_, now) = self.row(sheet, row)?;
        let before = before.cell(column);
        (before != now.cell(column)).then_some(before)
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

fn find<'r>(
    rows: &'r [(Arc<Sheet>, Row)],
    sheet: Option<&str>,
    row: u32,
) -> Option<&'r (Arc<Sheet>, Row)> {
    rows.iter()
        .find(|(of, found)| found.number() == row && of.name().map(|of| &**of) == sheet)
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
            let corrected = self.changes.applied(sheet, row);
            if corrected.is_some() {
                self.before.push((Arc::clone(sheet), row.clone()));
            }
            let now = corrected.unwrap_or_else(|| row.clone());
            self.found.push((Arc::clone(sheet), now));
        }
    }

    fn finding(&mut self, _kind: Option<RecordKind>, _finding: Finding) {}
}
