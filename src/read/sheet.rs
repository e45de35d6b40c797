//! A sheet that was recognised: which of its columns is which of its layout's.

use std::sync::Arc;

use crate::disk::Digest;
use crate::finding::{Code, Finding};
use crate::model::{Field, FileName, Place};
use crate::table::{Calendar, Layout};

use super::absent::{Absent, absent};
use super::row::Row;

/// A sheet that was recognised; kept as long as anything that was read from it.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// What its rows are.
    pub layout: Arc<Layout>,
    file: FileName,
    name: Option<Arc<str>>,
    head: Arc<Head>,
}

/// Where everything stands in a sheet, as its header says.
#[derive(Debug)]
struct Head {
    row: Option<u32>,
    headers: Vec<Arc<str>>,
    /// For each column of the layout, the column of the sheet.
    columns: Vec<Option<usize>>,
    keeping: Keeping,
    values: Vec<ValueColumn>,
    days: Vec<DayColumn>,
    /// The sheet's columns without which a row is no record, days aside.
    vital: Vec<usize>,
    /// The sheet's columns that hold one text throughout a file.
    one_per_file: Vec<usize>,
}

/// How a file keeps its rows.
#[derive(Debug, Clone)]
pub(super) struct Keeping {
    /// From where its day numbers count.
    pub(super) calendar: Calendar,
    /// Whether a row has all its cells.
    pub(super) holds: Holds,
    /// Whether the spreadsheet program does not show the sheet.
    pub(super) hidden: bool,
    /// The name of the file itself, where the sheet is in an archive.
    pub(super) own_name: FileName,
    /// What that file is.
    pub(super) member: Option<Digest>,
}

/// Which cells of a row there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// All of them up to the last: a row of a text file, which may have lost its end.
    Every,
    /// Those that hold something: a row of a worksheet.
    Filled,
}

/// A column of the sheet that holds a value for each row.
#[derive(Debug, Clone, Copy)]
pub struct ValueColumn {
    /// Which column of the layout it is.
    pub column: usize,
    /// Where it stands in the sheet, counted from 0.
    pub place: usize,
    /// What it holds.
    pub field: Field,
}

/// A column of the sheet that holds the count of one day of the month.
#[derive(Debug, Clone, Copy)]
pub struct DayColumn {
    /// Where it stands in the sheet, counted from 0.
    pub place: usize,
    /// What is counted.
    pub field: Field,
    /// The day, from 1.
    pub day: u32,
}

impl Head {
    /// Once for the sheet, so that nothing is looked up for a row.
    fn sort_columns(&mut self, layout: &Layout) {
        for (column, of) in layout.columns().iter().enumerate() {
            let Some(place) = self.columns[column] else {
                continue;
            };
            if of.is_one_per_file() {
                self.one_per_file.push(place);
            }
            let Some(field) = of.field() else { continue };
            if let Some(day) = of.day() {
                self.days.push(DayColumn { place, field, day });
                continue;
            }
            self.values.push(ValueColumn {
                column,
                place,
                field,
            });
            if of.is_vital() {
                self.vital.push(place);
            }
        }
    }
}

impl Sheet {
    /// A sheet whose header stands in the row of `place`; `columns` says for each column of
    /// the layout where it is.
    pub(super) fn new(
        layout: &Arc<Layout>,
        place: Place,
        keeping: Keeping,
        headers: Vec<Arc<str>>,
        columns: Vec<Option<usize>>,
    ) -> Self {
        let mut head = Head {
            row: place.row,
            headers,
            columns,
            keeping,
            values: Vec::new(),
            days: Vec::new(),
            vital: Vec::new(),
            one_per_file: Vec::new(),
        };
        head.sort_columns(layout);
        Self {
            layout: Arc::clone(layout),
            file: place.file,
            name: place.sheet,
            head: Arc::new(head),
        }
    }

    /// A sheet that has no header: its columns stand in the order of the table.
    pub(super) fn without_header(layout: &Arc<Layout>, place: Place, keeping: Keeping) -> Self {
        let columns = layout.columns();
        let headers = columns.iter().map(|of| Arc::clone(of.header())).collect();
        let columns = (0..columns.len()).map(Some).collect();
        Self::new(layout, place, keeping, headers, columns)
    }

    /// The same sheet for a thread of its own: how often something is held is a count, and who
    /// changes one of another thread's waits for it.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self {
            file: FileName::new(self.file.as_str()),
            ..self.clone()
        }
    }

    /// The place of a whole row.
    pub fn place(&self, row: u32) -> Place {
        Place {
            file: self.file.clone(),
            sheet: self.name.clone(),
            row: Some(row),
            column: None,
        }
    }

    /// The place of a cell, by the sheet's own column.
    pub fn cell(&self, row: u32, column: usize) -> Place {
        self.place(row).at(column, &self.header(column))
    }

    /// The sheet's column of a column of the layout, if the sheet has it.
    pub fn column(&self, layout_column: usize) -> Option<usize> {
        self.head.columns.get(layout_column).copied().flatten()
    }

    /// The columns that hold a value for each row, in the order of the layout.
    pub fn values(&self) -> &[ValueColumn] {
        &self.head.values
    }

    /// The columns that hold the count of a day, in the order of the layout.
    pub fn days(&self) -> &[DayColumn] {
        &self.head.days
    }

    /// The columns that hold one text throughout a file; another one makes it two files.
    pub fn one_per_file(&self) -> &[usize] {
        &self.head.one_per_file
    }

    /// The row of the header, where there is one.
    pub fn header_row(&self) -> Option<u32> {
        self.head.row
    }

    /// The file that the sheet is in.
    pub fn file(&self) -> &FileName {
        &self.file
    }

    /// Whether the spreadsheet program does not show it.
    pub fn is_hidden(&self) -> bool {
        self.head.keeping.hidden
    }

    /// What the file itself is, where [`file`](Self::file) is the archive that it is in.
    pub fn member(&self) -> Option<&Digest> {
        self.head.keeping.member.as_ref()
    }

    /// The name of the file itself, where [`file`](Self::file) is the archive that it is in.
    pub fn own_name(&self) -> &FileName {
        &self.head.keeping.own_name
    }

    /// The sheet as a whole.
    pub fn whole(&self) -> Place {
        Place {
            row: None,
            ..self.place(0)
        }
    }

    /// What a clerk calls it: its file, and its name where it is one of a workbook.
    pub fn title(&self) -> String {
        match &self.name {
            Some(name) => format!("{}(シート「{name}」)", self.file),
            None => self.file.to_string(),
        }
    }

    /// How many columns there are up to the last one that has a header. Commas at the end of
    /// a header row, and cells of a sheet that are only coloured, are no columns.
    pub fn width(&self) -> usize {
        let last = self
            .head
            .headers
            .iter()
            .rposition(|header| !header.is_empty());
        last.map_or(0, |last| last + 1)
    }

    /// How many cells the header's row has, empty ones at its end counted.
    pub fn header_width(&self) -> usize {
        self.head.headers.len()
    }

    /// Whether a row has no cells where the sheet still has columns: a text file's row that is
    /// shorter than its header. A worksheet does not hold its empty cells, so there no row is.
    pub fn ends_early(&self, row: &Row) -> bool {
        self.head.keeping.holds == Holds::Every && row.width() < self.width()
    }

    /// Whether something is read from a column of the sheet.
    pub fn is_read(&self, column: usize) -> bool {
        self.read().any(|place| place == column)
    }

    /// The columns that something is read from.
    fn read(&self) -> impl Iterator<Item = usize> {
        let values = self.head.values.iter().map(|column| column.place);
        values.chain(self.head.days.iter().map(|column| column.place))
    }

    /// Whether a row that ends before a column of the sheet is no whole row.
    pub fn is_vital(&self, column: usize) -> bool {
        let bound = self
            .head
            .columns
            .iter()
            .position(|place| *place == Some(column));
        bound.is_some_and(|at| {
            let column = &self.layout.columns()[at];
            // A row that ends before the sum of its days has lost the last of them.
            column.is_vital() || column.field() == Some(Field::PlannedTotal)
        })
    }

    /// The header above a column of the sheet, or the table's word for it.
    pub fn header(&self, column: usize) -> Arc<str> {
        self.head.headers.get(column).cloned().unwrap_or_default()
    }

    /// Headers that nothing is read from, each with its column; those without a word are none.
    pub fn unread(&self) -> impl Iterator<Item = (usize, &str)> {
        let headers = self.head.headers.iter().enumerate();
        headers
            .filter(move |(at, header)| !header.is_empty() && !self.is_read(*at))
            .map(|(at, header)| (at, &**header))
    }

    /// The columns of the layout that the sheet does not have.
    pub fn absent(&self) -> impl Iterator<Item = &str> {
        let columns = self.layout.columns().iter().zip(&self.head.columns);
        columns
            .filter(|(column, place)| place.is_none() && column.field().is_some())
            .map(|(column, _)| &**column.header())
    }

    /// The same, the days of a grid together.
    pub fn absent_columns(&self) -> Vec<Absent> {
        absent(&self.layout, &self.head.columns)
    }

    /// Headers that the layout does not know, each with its column.
    pub fn strange(&self) -> impl Iterator<Item = (usize, &str)> {
        let known = |at: &usize| self.head.columns.contains(&Some(*at));
        self.unread().filter(move |(at, _)| !known(at))
    }

    /// From where the sheet's day numbers count.
    pub fn calendar(&self) -> Calendar {
        self.head.keeping.calendar
    }

    /// The worksheet's name, in a workbook.
    pub fn name(&self) -> Option<&Arc<str>> {
        self.name.as_ref()
    }

    /// Why a row below the header is no data, if it is none: a line of sums, the header once
    /// more, or another header, below which nobody knows what stands where.
    pub(super) fn passes_over(&self, row: &Row) -> Option<Finding> {
        let of_row = |code| Finding::new(code, self.place(row.number()));
        let is_filled = |at: &&usize| !row.cell(**at).trim().is_empty();
        // The cheap question first: nearly every row has more than half of them. A line of sums
        // has its word in the place of a number, and perhaps a count in that of a name.
        let vital = &self.head.vital;
        let many = (vital.len() / 2 + 1).max(2);
        if vital.iter().filter(is_filled).take(many).count() < many {
            let first = row.cells().find(|cell| !cell.trim().is_empty())?;
            let footer = self.layout.is_footer(first);
            return footer.then(|| of_row(Code::FooterLine));
        }
        if !vital.iter().all(|at| self.is_header(row.cell(*at))) {
            return None;
        }
        let moved = |at: &usize| row.cell(*at).trim() != &*self.head.headers[*at];
        Some(match self.read().filter(moved).min() {
            None => of_row(Code::HeaderAgain),
            Some(at) => Finding::new(Code::MixedFile, self.cell(row.number(), at))
                .value(row.cell(at))
                .detail("途中に、並びの違う見出しがあります"),
        })
    }

    /// Whether a cell holds one of the headers. Nearly every cell is a number or a date, which
    /// its first letter tells.
    fn is_header(&self, cell: &str) -> bool {
        let cell = cell.trim();
        !cell.starts_with(|first: char| first.is_ascii_digit())
            && !cell.is_empty()
            && self.head.headers.iter().any(|header| **header == *cell)
    }
}
