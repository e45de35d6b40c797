//! What was corrected: the rows of an error workbook beside those of the file that they show.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use crate::check::cells;
use crate::error::Error;
use crate::finding::{Code, Finding};
use crate::ledger::{Correction, RowKey};
use crate::model::place::Column;
use crate::model::{ClientId, Field, FileName, Kind, Place, RecordKind};
use crate::read::{self, Changes, Digests, Intake, Row, Sheet};
use crate::report::{Corrected, CorrectedRow, as_in_a_cell};
use crate::table::Layout;

use super::super::exclusions::{Marks, key_of};
use super::Workbook;

/// What the rows of a sheet say that the file does not.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// The rows that were corrected, or are to be sent again.
    pub rows: BTreeSet<u32>,
    /// How many of them say something new.
    pub fresh: usize,
    /// The cells that were corrected.
    pub edits: Vec<Edit>,
    /// How many corrections hold already.
    pub known: usize,
    /// The cells that somebody else has corrected otherwise.
    pub conflicts: Vec<Edit>,
    /// Whose the corrected rows were before.
    pub clients: BTreeSet<ClientId>,
    /// What it says of rows that are or were left out.
    pub marks: BTreeMap<RowKey, Marks>,
    /// Where it says so in the workbook.
    pub marked_at: Vec<Place>,
    /// Where it says so without a reason.
    pub without_reason: Vec<Place>,
}

/// A cell that was corrected.
#[derive(Debug)]
pub(super) struct Edit {
    /// What it says, and where in the file.
    pub correction: Correction,
    /// Where it stands in the workbook.
    pub at: Place,
    /// The same place in words: the file, its row, the header.
    pub in_file: String,
}

/// What a sheet of a file was laid beside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<'a> {
    /// The sheet of the workbook.
    pub sheet: &'a Corrected,
    /// What the workbook showed in place of the file's cells.
    pub shown: &'a Changes,
    /// What holds in their place now.
    pub now: &'a Changes,
}

/// Lays the rows of a workbook's sheet beside those of the file at a path.
pub(super) fn compare(
    path: &Path,
    workbook: &Workbook,
    sides: Sides<'_>,
    layouts: &[Arc<Layout>],
) -> Result<Compared, Error> {
    let mut comparing = Comparing {
        workbook: &workbook.file.name,
        sides,
        rows: sides.sheet.rows.iter().map(|row| (row.row, row)).collect(),
        compared: Compared::default(),
    };
    let name = &sides.sheet.source.file;
    read::read(path, name, layouts, Digests::NotAsked, &mut comparing)?;
    Ok(comparing.compared)
}

/// Compares while the file is read.
struct Comparing<'a> {
    workbook: &'a FileName,
    sides: Sides<'a>,
    rows: BTreeMap<u32, &'a CorrectedRow>,
    compared: Compared,
}

impl Intake for Comparing<'_> {
    fn sheet(&mut self, _sheet: &Arc<Sheet>) {}

    fn row(&mut self, sheet: &Arc<Sheet>, row: &Row) {
        let source = &self.sides.sheet.source;
        let is_it = sheet.name().map(|name| &**name) == source.sheet.as_deref();
        if is_it && self.sides.sheet.excluded.contains(&row.number()) {
            let marks = self.compared.marks.entry(key_of(sheet, row)).or_default();
            marks.shown += 1;
        }
        let corrected = self.rows.get(&row.number()).copied();
        let Some(corrected) = corrected.filter(|_| is_it) else {
            return;
        };
        match self.left_out(corrected, sheet, row) {
            LeftOut::Now => {
                self.touch(sheet, row);
                return;
            }
            LeftOut::Still => return,
            LeftOut::TakenBack => self.touch(sheet, row),
            LeftOut::No => {}
        }
        let shown = self.sides.shown.applied(sheet, row);
        let now = self.sides.now.applied(sheet, row);
        let (shown, now) = (shown.as_ref().unwrap_or(row), now.as_ref().unwrap_or(row));
        let mut is_touched = corrected.again;
        for (&column, &place) in &corrected.columns {
            let says = corrected.cells.get(&column).map_or("", String::as_str);
            if same(sheet, column, shown.cell(column), says) {
                continue;
            }
            if same(sheet, column, now.cell(column), says) {
                // Perhaps it was taken in by a run that did not come to its end.
                is_touched = true;
                self.compared.known += 1;
                continue;
            }
            let edit = self.edit(corrected, (column, place), sheet, says);
            if shown.cell(column) == now.cell(column) {
                is_touched = true;
                self.compared.edits.push(edit);
            } else {
                self.compared.conflicts.push(edit);
            }
        }
        if is_touched {
            let edits = &self.compared.edits;
            let is_new = edits
                .last()
                .is_some_and(|of| of.correction.row == row.number());
            self.compared.fresh += usize::from(is_new || corrected.again);
            self.touch(sheet, now);
        }
    }

    fn finding(&mut self, _kind: Option<RecordKind>, _finding: Finding) {}
}

/// What a workbook says of leaving a row out.
enum LeftOut {
    /// Nothing.
    No,
    /// It is to be left out.
    Now,
    /// It was left out and still is.
    Still,
    /// It was left out and is not to be any more.
    TakenBack,
}

impl Comparing<'_> {
    /// Takes over what is said of leaving a row out. What else was typed into a row that is
    /// left out is of no use to anybody.
    fn left_out(&mut self, corrected: &CorrectedRow, sheet: &Sheet, row: &Row) -> LeftOut {
        let was = self.sides.sheet.excluded.contains(&row.number());
        let at = || Place {
            file: self.workbook.clone(),
            sheet: Some(Arc::from(&*corrected.sheet)),
            row: Some(corrected.at),
            column: None,
        };
        match (was, corrected.exclude) {
            (false, Some(true)) if corrected.why.is_empty() => {
                self.compared.without_reason.push(at());
                LeftOut::Still
            }
            (false, Some(true)) => {
                self.compared.marked_at.push(at());
                let marks = self.compared.marks.entry(key_of(sheet, row)).or_default();
                marks.marked += 1;
                marks.reason.clone_from(&corrected.why);
                LeftOut::Now
            }
            (true, Some(false)) => {
                self.compared.marked_at.push(at());
                let marks = self.compared.marks.entry(key_of(sheet, row)).or_default();
                marks.cleared += 1;
                LeftOut::TakenBack
            }
            (true, Some(true) | None) => LeftOut::Still,
            (false, Some(false) | None) => LeftOut::No,
        }
    }

    /// Enters a row as one that has to be read again, and whose it is.
    fn touch(&mut self, sheet: &Sheet, row: &Row) {
        self.compared.rows.insert(row.number());
        let record = cells::read(sheet, row, &mut Vec::new());
        self.compared.clients.extend(ClientId::from_record(&record));
    }

    fn edit(
        &self,
        row: &CorrectedRow,
        (column, place): (usize, u32),
        sheet: &Sheet,
        says: &str,
    ) -> Edit {
        let source = &self.sides.sheet.source;
        let header = sheet.header(column);
        Edit {
            in_file: format!("{} の{}行目「{header}」", source.file, row.row),
            at: Place {
                file: self.workbook.clone(),
                sheet: Some(Arc::from(&*row.sheet)),
                row: Some(row.at),
                column: Some(Column {
                    index: place as usize,
                    header,
                }),
            },
            correction: Correction {
                sheet: source.sheet.clone(),
                row: row.row,
                column,
                text: says.to_owned(),
                run: 0,
            },
        }
    }
}

impl Edit {
    /// What is to be said of it, if it is not taken.
    pub(super) fn finding(self, code: Code, why: &str) -> Finding {
        let detail = match why {
            "" => self.in_file,
            why => format!("{}、{why}", self.in_file),
        };
        Finding::new(code, self.at)
            .value(self.correction.text)
            .detail(detail)
    }
}

/// Whether two texts of a cell are one: what a spreadsheet program does to a text by itself is
/// no correction. It ends lines in its own way, cuts zeros off a number, and turns days and
/// times into numbers; so where both can be read as what the column holds, the values count.
fn same(sheet: &Sheet, place: usize, shown: &str, says: &str) -> bool {
    if shown == says {
        return true;
    }
    let plain = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
    if plain(shown) == plain(says) || as_in_a_cell(shown) == says {
        return true;
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(shown) && digits(says) && shown.starts_with('0') {
        return shown.trim_start_matches('0') == says.trim_start_matches('0');
    }
    is_same_value(sheet, place, shown, says)
}

fn is_same_value(sheet: &Sheet, place: usize, shown: &str, says: &str) -> bool {
    let mut values = sheet.values().iter();
    let Some(column) = values.find(|of| of.place == place) else {
        return false;
    };
    let column = &sheet.layout.columns()[column.column];
    // Texts and names are what they are, letter by letter.
    if matches!(
        column.field().map(Field::kind),
        None | Some(Kind::Text { .. })
    ) {
        return false;
    }
    let value = |text| {
        let read = column.read(text, sheet.calendar()).ok()?;
        Some(read.value)
    };
    value(shown).is_some_and(|shown| Some(shown) == value(says))
}
