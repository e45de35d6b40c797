//! The rows of the error workbook, in the layout of their file: those that are withheld, those
//! that went through with a cell that somebody should look at, and those that somebody has
//! decided to leave out. The files are read once more, because nobody keeps the text of a row
//! that a record was made of.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::disk::Digest;
use crate::error::Error;
use crate::finding::{Book, Code, Finding};
use crate::model::{Field, FileName, RecordKind};
use crate::read::{self, Changes, Digests, Intake, Overlaid, Row, Sheet};
use crate::report::{Choice, ShownRow, WithheldSheet};
use crate::table::Tables;

use super::inbox::InputFile;

/// A file whose rows are shown.
#[derive(Debug)]
pub struct ShownFile {
    /// Where it lies.
    pub path: PathBuf,
    /// The name that its rows are known by.
    pub name: FileName,
    /// The digest of its bytes.
    pub digest: Digest,
    /// What holds in place of some of its cells.
    pub changes: Arc<Changes>,
    /// The run that read all of it last; 0 where there is none.
    pub read_in: i64,
}

impl ShownFile {
    /// A file that was read just now, by a run.
    pub fn read_now(file: &InputFile, run: i64) -> Self {
        Self {
            path: file.path.clone(),
            name: file.name.clone(),
            digest: file.digest.clone(),
            changes: Arc::clone(&file.changes),
            read_in: file.again.as_ref().map_or(run, |again| again.read_in),
        }
    }
}

/// The rows of all files, sheet by sheet, those that are left out last. A file that is not the
/// one any more that was read has none: what it says now was not checked.
pub fn rows(
    shown: &Shown,
    files: &[ShownFile],
    tables: &Tables,
) -> Result<Vec<WithheldSheet>, Error> {
    let (mut sheets, mut left_out) = (Vec::new(), Vec::new());
    for file in files {
        if !shown.0.keys().any(|(name, _)| *name == file.name) {
            continue;
        }
        let mut picking = Picking {
            file,
            shown,
            pairs: Vec::new(),
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
        if facts.digest.as_ref() != Some(&file.digest) {
            tracing::warn!("a file was replaced while it was worked on");
            continue;
        }
        for pair in picking.pairs {
            sheets.push(pair.open);
            left_out.push(pair.left_out);
        }
    }
    sheets.append(&mut left_out);
    sheets.retain(|sheet| !sheet.is_empty());
    Ok(sheets)
}

/// A sheet of a file; a text file is one without a name.
type Page = (FileName, Option<Arc<str>>);

/// The rows that are shown, page by page: their numbers and how they ended.
#[derive(Debug)]
pub struct Shown(BTreeMap<Page, BTreeMap<u32, ShownRow>>);

impl Shown {
    /// Those of a run.
    pub fn of(book: &Book, findings: &[Finding]) -> Self {
        let pages = book.withheld().into_iter();
        let rows = pages.flat_map(|page| {
            let at = (page.file, page.sheet);
            page.rows
                .into_iter()
                .map(move |(number, group)| (at.clone(), number, group))
        });
        Self::with(rows, findings)
    }

    /// The withheld rows, each with its group, and what findings show besides.
    pub fn with(withheld: impl Iterator<Item = (Page, u32, u32)>, findings: &[Finding]) -> Self {
        let mut pages: BTreeMap<Page, BTreeMap<u32, ShownRow>> = BTreeMap::new();
        let mut last = 0;
        for (page, number, group) in withheld {
            last = last.max(group);
            let rows = pages.entry(page).or_default();
            rows.insert(number, ShownRow::Withheld { group });
        }
        for finding in findings {
            let is_left_out = finding.code == Code::LeftOut;
            if !is_left_out && !is_of_a_cell(finding) {
                continue;
            }
            for place in finding.places() {
                let Some(number) = place.row else { continue };
                let page = (place.file.clone(), place.sheet.clone());
                let rows = pages.entry(page).or_default();
                rows.entry(number).or_insert_with(|| {
                    last += 1;
                    if is_left_out {
                        ShownRow::Excluded { group: last }
                    } else {
                        ShownRow::Remarked { group: last }
                    }
                });
            }
        }
        Self(pages)
    }
}

/// Whether a finding is about what stands in a cell, and not about what it means; or whether
/// an answer would change what becomes of the row.
fn is_of_a_cell(finding: &Finding) -> bool {
    let stage = &finding.code.number()[..1];
    let asks = matches!(finding.code, Code::UnknownService | Code::PerhapsARate);
    finding.place.column.is_some() && (asks || matches!(stage, "R" | "V"))
}

/// Picks rows while a file is read.
struct Picking<'a> {
    file: &'a ShownFile,
    shown: &'a Shown,
    pairs: Vec<Pair>,
    /// Whether the last of the sheets is the one that is read.
    open: bool,
}

/// The rows of a sheet of a file on two sheets of the workbook.
struct Pair {
    open: WithheldSheet,
    left_out: WithheldSheet,
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
            self.pairs.push(Pair {
                open: empty(sheet, self.file),
                left_out: empty(sheet, self.file),
            });
        }
        let typed = typed(sheet, row);
        if let Some(pair) = self.pairs.last_mut() {
            let cells = row.cells().enumerate();
            let cells = cells.map(|(at, text)| typed.get(&at).map_or(text, String::as_str));
            let to = match shown {
                ShownRow::Withheld { .. } | ShownRow::Remarked { .. } => &mut pair.open,
                ShownRow::Excluded { .. } => &mut pair.left_out,
            };
            to.push(row.number(), shown, cells);
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
fn empty(sheet: &Sheet, file: &ShownFile) -> WithheldSheet {
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
    let mut empty = WithheldSheet::new(
        (layout.name().to_owned(), layout.record().name()),
        (
            sheet.file().clone(),
            sheet.name().cloned(),
            file.digest.clone(),
        ),
        headers.collect(),
        choices.collect(),
    );
    let column = |field| sheet.values().iter().find(|value| value.field == field);
    // A national file has no names: there the number says whose the row is.
    let name = column(Field::Name).or_else(|| column(Field::Insured));
    empty.name = name.map(|value| value.place);
    empty.spare = of_actuals(sheet);
    empty.read_in = file.read_in;
    empty
}

/// The columns of actuals, which nobody reads of a plan.
fn of_actuals(sheet: &Sheet) -> Vec<usize> {
    let days = sheet.days().iter();
    let days = days.filter(|day| day.field == Field::Actual);
    let values = sheet.values().iter();
    let totals = values.filter(|value| value.field == Field::ActualTotal);
    days.map(|day| day.place)
        .chain(totals.map(|value| value.place))
        .collect()
}
