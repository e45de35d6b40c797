//! The withheld rows in the layout of their file: where the clerk puts things right. Rows that
//! went through and have a cell to look at stand among them.
//!
//! A cell with an error is red and bears a note; a row that is held by others is grey. The name
//! stands on the left of its row, where it stays in sight, and columns that hold nothing and
//! that nobody reads here are hidden. Rows that somebody has decided to leave out have a sheet
//! of their own. What stands unseen beside the rows is told in [`trail`](super::trail).

mod writer;

use std::sync::Arc;

use rust_xlsxwriter::{Workbook, XlsxError};

use super::trail::{BESIDE, FIRST_ROW, STATE, sheet_mark};
use crate::disk::Digest;
use crate::finding::Finding;
use crate::model::{FileName, Place};
use crate::report::cell::{Cell, address_of};
use crate::report::list::{List, sheet_name};
use crate::report::look::Looks;
use writer::{SheetLooks, Writer};

/// The withheld rows of one sheet of an input, in their original layout.
#[derive(Debug)]
pub struct WithheldSheet {
    /// What the rows are: the name of their layout.
    pub kind: String,
    /// The name of their kind.
    pub record: &'static str,
    /// The file.
    pub file: FileName,
    /// The sheet, in a workbook.
    pub sheet: Option<Arc<str>>,
    /// The digest of the file.
    pub digest: Digest,
    /// The headers as the file has them.
    pub headers: Vec<Arc<str>>,
    /// The columns with a list of the words that they may hold.
    pub choices: Vec<Choice>,
    /// The column that says whose the row is, counted from 0.
    pub name: Option<usize>,
    /// The columns that are hidden where no row holds anything in them, counted from 0.
    pub spare: Vec<usize>,
    /// The run that read all of the file last; 0 where there is none.
    pub read_in: i64,
    rows: Vec<WithheldRow>,
    width: usize,
}

/// A column with a list of the words that it may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The column of the file, counted from 0.
    pub column: usize,
    /// The name of the list.
    pub list: String,
    /// The words.
    pub words: Vec<String>,
}

/// Why a row is shown, and which group it is of: rows of one group go together or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the group is told above")]
pub enum ShownRow {
    /// It was not sent.
    Withheld { group: u32 },
    /// It went through, and one of its cells should be looked at.
    Remarked { group: u32 },
    /// Somebody has decided that it is left out.
    Excluded { group: u32 },
}

impl ShownRow {
    fn group(self) -> u32 {
        match self {
            Self::Withheld { group } | Self::Remarked { group } | Self::Excluded { group } => group,
        }
    }
}

/// A row in little room: there may be a million of them.
#[derive(Debug)]
struct WithheldRow {
    number: u32,
    shown: ShownRow,
    text: Box<str>,
    /// Where each cell ends in the text.
    ends: Box<[u32]>,
}

impl WithheldSheet {
    /// A sheet without rows.
    pub fn new(
        (kind, record): (String, &'static str),
        (file, sheet, digest): (FileName, Option<Arc<str>>, Digest),
        headers: Vec<Arc<str>>,
        choices: Vec<Choice>,
    ) -> Self {
        Self {
            kind,
            record,
            file,
            sheet,
            digest,
            width: headers.len(),
            headers,
            choices,
            name: None,
            spare: Vec::new(),
            read_in: 0,
            rows: Vec::new(),
        }
    }

    /// Adds a row; they come in the order of the file. Empty cells at its end are no cells.
    pub fn push<'c>(&mut self, number: u32, shown: ShownRow, cells: impl Iterator<Item = &'c str>) {
        let mut text = String::new();
        let mut ends = Vec::new();
        let mut filled = 0;
        for cell in cells {
            text.push_str(cell);
            ends.push(u32::try_from(text.len()).expect("a row has fewer than 2^32 bytes"));
            if !cell.is_empty() {
                filled = ends.len();
            }
        }
        ends.truncate(filled);
        self.width = self.width.max(filled);
        self.rows.push(WithheldRow {
            number,
            shown,
            text: text.into(),
            ends: ends.into(),
        });
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The numbers of the withheld rows with their groups, in the order of the file.
    pub fn withheld(&self) -> Vec<(u32, u32)> {
        self.groups(|shown| matches!(shown, ShownRow::Withheld { .. }))
    }

    /// The same of the rows that went through.
    pub(super) fn remarked(&self) -> Vec<(u32, u32)> {
        self.groups(|shown| matches!(shown, ShownRow::Remarked { .. }))
    }

    /// The same of the rows that somebody has decided to leave out.
    pub(super) fn excluded(&self) -> Vec<(u32, u32)> {
        self.groups(|shown| matches!(shown, ShownRow::Excluded { .. }))
    }

    fn groups(&self, is_meant: impl Fn(ShownRow) -> bool) -> Vec<(u32, u32)> {
        let meant = self.rows.iter().filter(|row| is_meant(row.shown));
        meant.map(|row| (row.number, row.shown.group())).collect()
    }

    /// Whether a finding is about a place on this sheet.
    pub fn is_of(&self, finding: &Finding) -> bool {
        self.has(&finding.place)
    }

    /// Whether a place is on this sheet.
    pub fn has(&self, place: &Place) -> bool {
        place.file == self.file && place.sheet == self.sheet
    }

    /// Where a row stands among the rows, if it is one of them.
    fn index_of(&self, row: u32) -> Option<usize> {
        let at = self.rows.binary_search_by_key(&row, |row| row.number);
        at.ok()
    }

    /// Whether its rows were left out by somebody's decision.
    fn leaves_out(&self) -> bool {
        let first = self.rows.first();
        first.is_some_and(|row| matches!(row.shown, ShownRow::Excluded { .. }))
    }

    fn columns(&self) -> Columns {
        Columns {
            name: self.name.filter(|name| *name < self.width),
        }
    }

    /// How many sheets of the workbook it takes.
    fn parts(&self, rows_per_sheet: usize) -> usize {
        self.rows.len().div_ceil(rows_per_sheet)
    }
}

impl WithheldRow {
    fn cell(&self, column: usize) -> &str {
        let end = |at: usize| self.ends.get(at).map_or(0, |&end| end as usize);
        match self.ends.get(column) {
            Some(_) => &self.text[column.checked_sub(1).map_or(0, end)..end(column)],
            None => "",
        }
    }
}

/// The sheets of withheld rows of a workbook, each with its name there.
#[derive(Debug)]
pub(super) struct Withheld<'a> {
    sheets: &'a [WithheldSheet],
    names: Vec<String>,
    rows_per_sheet: usize,
}

impl<'a> Withheld<'a> {
    /// Names the sheets: as the layout, and where there are several with a number.
    pub(super) fn new(sheets: &'a [WithheldSheet], rows_per_sheet: usize) -> Self {
        let mut names: Vec<String> = Vec::new();
        for sheet in sheets {
            let kind = if sheet.leaves_out() {
                LEFT_OUT.to_owned()
            } else {
                plain_name(&sheet.kind)
            };
            let mut name = kind.clone();
            let mut number = 1;
            while names.contains(&name) {
                number += 1;
                name = format!("{kind}-{number}");
            }
            names.push(name);
        }
        Self {
            sheets,
            names,
            rows_per_sheet,
        }
    }

    /// Where a finding's cell stands, if its row is among the withheld ones.
    pub(super) fn address(&self, finding: &Finding) -> Option<String> {
        let row = finding.place.row?;
        let mut sheets = self.sheets.iter().enumerate();
        let (at, index) = sheets.find_map(|(at, sheet)| {
            let index = sheet.index_of(row).filter(|_| sheet.is_of(finding))?;
            Some((at, index))
        })?;
        let columns = self.sheets[at].columns();
        let column = finding.place.column.as_ref().map(|column| column.index);
        let row = FIRST_ROW + count(index % self.rows_per_sheet);
        let name = sheet_name(&self.names[at], index / self.rows_per_sheet);
        let place = column.map_or(columns.beside(STATE), |column| columns.of_file(column));
        Some(address_of(&name, row, place.into()))
    }

    /// The sheet on which a finding's row stands.
    pub(super) fn sheet_of(&self, finding: &Finding) -> Option<&str> {
        let row = finding.place.row?;
        let mut sheets = self.sheets.iter().zip(&self.names);
        let is_there =
            |sheet: &WithheldSheet| sheet.is_of(finding) && sheet.index_of(row).is_some();
        sheets.find_map(|(sheet, name)| is_there(sheet).then_some(&**name))
    }

    /// Writes all sheets. `findings` are those of the list in the order of their places, and
    /// `at` says where in the list each of them stands.
    pub(super) fn write(
        &self,
        workbook: &mut Workbook,
        looks: &Looks,
        (findings, at_in_list): (&[Finding], &[usize]),
        list: &List<'_>,
        id: &str,
    ) -> Result<(), XlsxError> {
        let looks = &SheetLooks::new(looks);
        for (at, sheet) in self.sheets.iter().enumerate() {
            for part in 0..sheet.parts(self.rows_per_sheet) {
                let page = workbook.add_worksheet_with_constant_memory()?;
                page.set_name(sheet_name(&self.names[at], part))?;
                let from = part * self.rows_per_sheet;
                let to = sheet.rows.len().min(from + self.rows_per_sheet);
                let writer = Writer {
                    sheet,
                    columns: sheet.columns(),
                    looks,
                    findings,
                    at_in_list,
                    list,
                };
                writer.write(page, &sheet_mark(id, at), from..to)?;
            }
        }
        Ok(())
    }
}

/// A name that Excel takes: it knows seven signs that no sheet's name may hold, and 31 letters.
fn plain_name(kind: &str) -> String {
    const LONGEST: usize = 24;
    let letters = kind.chars().filter(|letter| !"[]:*?/\\'".contains(*letter));
    letters.take(LONGEST).collect()
}

/// The sheet of the rows that somebody has decided to leave out.
const LEFT_OUT: &str = "除外した行";

/// Where the columns of a sheet stand: beside the number of a row stands whose it is, and
/// whatever is wrong with it, so that these stay in sight.
#[derive(Debug, Clone, Copy)]
struct Columns {
    /// The column of the file that was moved there.
    name: Option<usize>,
}

impl Columns {
    /// The place of a column that is none of the file.
    fn beside(self, key: &str) -> u16 {
        let place = BESIDE.iter().position(|of| *of == key);
        let place = place.expect("it is one of the columns beside the rows");
        let moved = self.name.is_some() && place > LAST_BEFORE_NAME;
        column(place + usize::from(moved))
    }

    /// The place of a column of the file.
    fn of_file(self, at: usize) -> u16 {
        match self.name {
            Some(name) if name == at => column(LAST_BEFORE_NAME + 1),
            Some(name) => column(BESIDE.len() + at + usize::from(at < name)),
            None => column(BESIDE.len() + at),
        }
    }
}

/// The number of the row stands before the name.
const LAST_BEFORE_NAME: usize = 2;

fn count(rows: usize) -> u32 {
    u32::try_from(rows).expect("a sheet has fewer than 2^32 rows")
}

fn column(place: usize) -> u16 {
    u16::try_from(place).expect("a row has a few hundred columns")
}

/// What opens a cell of the list in its sheet of withheld rows.
pub(super) fn opener(to: Option<String>) -> Cell<'static> {
    match to {
        Some(to) => Cell::Link { text: "開く", to },
        None => Cell::from(""),
    }
}
