//! Corrections laid over a file while it is read: the file itself stays as it came.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::Finding;
use crate::model::RecordKind;

use super::Intake;
use super::row::Row;
use super::sheet::Sheet;

/// The cells of a file that say something else than the file, each by its row as the user
/// counts and its column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes(BTreeMap<Option<String>, BTreeMap<u32, BTreeMap<usize, String>>>);

impl Changes {
    /// Whether nothing is changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Changes a cell; a later change takes the place of an earlier one.
    pub fn set(&mut self, sheet: Option<&str>, row: u32, column: usize, text: String) {
        let rows = self.0.entry(sheet.map(str::to_owned)).or_default();
        rows.entry(row).or_default().insert(column, text);
    }

    /// The row as it is with the changes; `None` where it stays as it is.
    pub fn applied(&self, sheet: &Sheet, row: &Row) -> Option<Row> {
        if self.0.is_empty() {
            return None;
        }
        let name = sheet.name().map(ToString::to_string);
        let texts = self.0.get(&name)?.get(&row.number())?;
        Some(row.corrected(texts, sheet.width()))
    }
}

/// Hands on what a file holds, with changes laid over it.
pub struct Overlaid<'a> {
    changes: &'a Changes,
    intake: &'a mut dyn Intake,
}

impl std::fmt::Debug for Overlaid<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Overlaid(…)")
    }
}

impl<'a> Overlaid<'a> {
    /// Lays changes over what `intake` takes.
    pub fn new(changes: &'a Changes, intake: &'a mut dyn Intake) -> Self {
        Self { changes, intake }
    }
}

impl Intake for Overlaid<'_> {
    fn sheet(&mut self, sheet: &Arc<Sheet>) {
        self.intake.sheet(sheet);
    }

    fn row(&mut self, sheet: &Arc<Sheet>, row: &Row) {
        match self.changes.applied(sheet, row) {
            Some(changed) => self.intake.row(sheet, &changed),
            None => self.intake.row(sheet, row),
        }
    }

    fn finding(&mut self, kind: Option<RecordKind>, finding: Finding) {
        self.intake.finding(kind, finding);
    }
}
