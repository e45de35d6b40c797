//! The withheld rows in the layout of their file, for the error workbook: the files are read
//! once more, because nobody keeps the text of a row that a record was made of.

use std::sync::Arc;

use crate::disk::Digest;
use crate::error::Error;
use crate::finding::{Book, Finding, WithheldRows};
use crate::model::RecordKind;
use crate::read::{self, Intake, Overlaid, Row, Sheet};
use crate::report::WithheldSheet;
use crate::table::Tables;

use super::inbox::InputFile;

/// The withheld rows of all files, sheet by sheet. A file that is not the one any more that
/// was read has none: what it says now was not checked.
pub fn rows(
    book: &Book,
    files: &[InputFile],
    tables: &Tables,
) -> Result<Vec<WithheldSheet>, Error> {
    let pages = book.withheld();
    let mut sheets = Vec::new();
    for file in files {
        let of_file: Vec<&WithheldRows> =
            pages.iter().filter(|page| page.file == file.name).collect();
        if of_file.is_empty() {
            continue;
        }
        let mut picking = Picking {
            digest: &file.digest,
            pages: of_file,
            sheets: Vec::new(),
            open: false,
        };
        let mut overlaid = Overlaid::new(&file.changes, &mut picking);
        let facts = read::read(&file.path, &file.name, &tables.layouts, &mut overlaid)?;
        if facts.digest == file.digest {
            sheets.append(&mut picking.sheets);
        } else {
            tracing::warn!("a file was replaced while it was worked on");
        }
    }
    Ok(sheets)
}

/// Picks withheld rows while a file is read.
struct Picking<'a> {
    digest: &'a Digest,
    pages: Vec<&'a WithheldRows>,
    sheets: Vec<WithheldSheet>,
    /// Whether the last of the sheets is the one that is read.
    open: bool,
}

impl Picking<'_> {
    fn page(&self, sheet: &Sheet) -> Option<&WithheldRows> {
        let mut pages = self.pages.iter().copied();
        pages.find(|page| page.sheet.as_ref() == sheet.name())
    }
}

impl Intake for Picking<'_> {
    fn sheet(&mut self, _sheet: &Arc<Sheet>) {
        self.open = false;
    }

    fn row(&mut self, sheet: &Arc<Sheet>, row: &Row) {
        let group = self
            .page(sheet)
            .and_then(|page| page.rows.get(&row.number()));
        let Some(&group) = group else { return };
        if !std::mem::replace(&mut self.open, true) {
            self.sheets.push(empty(sheet, self.digest));
        }
        if let Some(last) = self.sheets.last_mut() {
            last.push(row.number(), group, row.cells());
        }
    }

    fn finding(&mut self, _kind: Option<RecordKind>, _finding: Finding) {}
}

/// A sheet without rows, with the words that its columns may hold.
fn empty(sheet: &Sheet, digest: &Digest) -> WithheldSheet {
    let layout = &sheet.layout;
    let headers = (0..sheet.header_width()).map(|at| sheet.header(at));
    let choices = sheet.values().iter().filter_map(|value| {
        let codes = layout.columns()[value.column].codes()?;
        Some((value.place, codes.words().map(str::to_owned).collect()))
    });
    WithheldSheet::new(
        (layout.name().to_owned(), layout.record().name()),
        (sheet.file().clone(), sheet.name().cloned(), digest.clone()),
        headers.collect(),
        choices.collect(),
    )
}
