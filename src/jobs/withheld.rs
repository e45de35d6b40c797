//! The rows of the error workbook, in the layout of their file: those that are withheld, and
//! those that went through with a cell that somebody should look at. The files are read once
//! more, because nobody keeps the text of a row that a record was made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::disk::Digest;
use crate::error::Error;
use crate::finding::{Book, Code, Finding};
use crate::model::{FileName, RecordKind};
use crate::read::{self, Digests, Intake, Overlaid, Row, Sheet};
use crate::report::{Choice, ShownRow, WithheldSheet};
use crate::table::Tables;

use super::inbox::InputFile;

/// The rows of all files, sheet by sheet. A file that is not the one any more that
/// was read has none: what it says now was not checked.
pub fn rows(
    (book, findings): (&Book, &[Finding]),
    files: &[InputFile],
    tables: &Tables,
) -> Result<Vec<WithheldSheet>, Error> {
    let shown = Shown::of(book, findings);
    let mut sheets = Vec::new();
    for file in files {
        if !shown.0.keys().any(|(name, _)| *name == file.name) {
            continue;
        }
        let mut picking = Picking {
            digest: &file.digest,
            shown: &shown,
            sheets: Vec::new(),
            open: false,
        };
        let mut overlaid = Overlaid::new(&file.changes, &mut picking);
        let facts = read::read(
            &file.path,
            &file.name,
            &tables.layouts,
            Digests::Made,
            &mut overlaid,
        )?;
        if facts.digest.as_ref() == Some(&file.digest) {
            sheets.append(&mut picking.sheets);
        } else {
            tracing::warn!("a file was replaced while it was worked on");
        }
    }
    Ok(sheets)
}

/// A sheet of a file; a text file is one without a name.
type Page = (FileName, Option<Arc<str>>);

/// The rows that are shown, page by page: their numbers and how they ended.
struct Shown(BTreeMap<Page, BTreeMap<u32, ShownRow>>);

impl Shown {
    fn of(book: &Book, findings: &[Finding]) -> Self {
        let mut pages: BTreeMap<Page, BTreeMap<u32, ShownRow>> = BTreeMap::new();
        let mut last = 0;
        for page in book.withheld() {
            let rows = pages.entry((page.file, page.sheet)).or_default();
            for (number, group) in page.rows {
                last = last.max(group);
                rows.insert(number, ShownRow::Withheld { group });
            }
        }
        for place in findings
            .iter()
            .filter(|of| is_of_a_cell(of))
            .map(|of| &of.place)
        {
            let Some(number) = place.row else { continue };
            let page = (place.file.clone(), place.sheet.clone());
            pages
                .entry(page)
                .or_default()
                .entry(number)
                .or_insert_with(|| {
                    last += 1;
                    ShownRow::Remarked { group: last }
                });
        }
        Self(pages)
    }
}

/// Whether a finding is about what stands in a cell, and not about what it means; or whether
/// an answer would change what becomes of the row.
fn is_of_a_cell(finding: &Finding) -> bool {
    let stage = &finding.code.number()[..1];
    let asks = finding.code == Code::UnknownService;
    finding.place.column.is_some() && (asks || matches!(stage, "R" | "V"))
}

/// Picks rows while a file is read.
struct Picking<'a> {
    digest: &'a Digest,
    shown: &'a Shown,
    sheets: Vec<WithheldSheet>,
    /// Whether the last of the sheets is the one that is read.
    open: bool,
}

impl Intake for Picking<'_> {
    fn sheet(&mut self, _sheet: &Arc<Sheet>) {
        self.open = false;
    }

    fn row(&mut self, sheet: &Arc<Sheet>, row: &Row) {
        let page = (sheet.file().clone(), sheet.name().cloned());
        let rows = self.shown.0.get(&page);
        let Some(&shown) = rows.and_then(|rows| rows.get(&row.number())) else {
            return;
        };
        if !std::mem::replace(&mut self.open, true) {
            self.sheets.push(empty(sheet, self.digest));
        }
        let typed = typed(sheet, row);
        if let Some(last) = self.sheets.last_mut() {
            let cells = row.cells().enumerate();
            let cells = cells.map(|(at, text)| typed.get(&at).map_or(text, String::as_str));
            last.push(row.number(), shown, cells);
        }
    }

    fn finding(&mut self, _kind: Option<RecordKind>, _finding: Finding) {}
}

/// The cells of a worksheet that hold days and times as numbers, as a person types them.
fn typed(sheet: &Sheet, row: &Row) -> BTreeMap<usize, String> {
    if sheet.name().is_none() {
        return BTreeMap::new();
    }
    let columns = sheet.layout.columns();
    let typed = sheet.values().iter().filter_map(|value| {
        let column = &columns[value.column];
        let typed = column.as_typed(row.cell(value.place), sheet.calendar())?;
        Some((value.place, typed))
    });
    typed.collect()
}

/// A sheet without rows, with the words that its columns may hold.
fn empty(sheet: &Sheet, digest: &Digest) -> WithheldSheet {
    let layout = &sheet.layout;
    let headers = (0..sheet.header_width()).map(|at| sheet.header(at));
    let choices = sheet.values().iter().filter_map(|value| {
        let codes = layout.columns()[value.column].codes()?;
        Some(Choice {
            column: value.place,
            list: codes.name().to_owned(),
            words: codes.words().map(str::to_owned).collect(),
        })
    });
    WithheldSheet::new(
        (layout.name().to_owned(), layout.record().name()),
        (sheet.file().clone(), sheet.name().cloned(), digest.clone()),
        headers.collect(),
        choices.collect(),
    )
}
