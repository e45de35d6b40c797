//! Which layout a sheet has: found by its header, wherever that stands.

use std::sync::Arc;

use crate::finding::{Code, Finding};
use crate::model::{FileName, Need, Place, RecordKind};
use crate::table::{Calendar, Layout};

use super::Intake;
use super::row::Row;

/// So many rows may stand above a header: titles, the office's name, blank lines.
const DEEPEST_HEADER: usize = 50;
/// A file is taken for a damaged one of a layout when so many of its headers are there.
const ENOUGH_TO_SUSPECT: usize = 3;

/// A sheet that was recognised; kept as long as anything that was read from it.
#[derive(Debug)]
pub struct Sheet {
    /// What its rows are.
    pub layout: Arc<Layout>,
    file: FileName,
    name: Option<Arc<str>>,
    headers: Vec<Arc<str>>,
    /// For each column of the layout, the column of the sheet.
    columns: Vec<Option<usize>>,
    calendar: Calendar,
}

impl Sheet {
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
        let header = self.headers.get(column).cloned().unwrap_or_default();
        self.place(row).at(column, &header)
    }

    /// The sheet's column of a column of the layout, if the sheet has it.
    pub fn column(&self, layout_column: usize) -> Option<usize> {
        self.columns.get(layout_column).copied().flatten()
    }

    /// The file that the sheet is in.
    pub fn file(&self) -> &FileName {
        &self.file
    }

    /// How many columns there are up to the last one that has a header. Commas at the end of
    /// a header row, and cells of a sheet that are only coloured, are no columns.
    pub fn width(&self) -> usize {
        let last = self.headers.iter().rposition(|header| !header.is_empty());
        last.map_or(0, |last| last + 1)
    }

    /// The header above a column of the sheet.
    pub fn header(&self, column: usize) -> Arc<str> {
        self.headers.get(column).cloned().unwrap_or_default()
    }

    /// From where the sheet's day numbers count.
    pub fn calendar(&self) -> Calendar {
        self.calendar
    }

    /// The worksheet's name, in a workbook.
    pub fn name(&self) -> Option<&Arc<str>> {
        self.name.as_ref()
    }
}

/// Takes rows until one of them is a header, and passes on those below it.
#[derive(Debug)]
pub struct Recogniser<'t> {
    file: FileName,
    sheet: Option<Arc<str>>,
    calendar: Calendar,
    layouts: &'t [Arc<Layout>],
    state: State<'t>,
    notes: Vec<Finding>,
}

#[derive(Debug)]
enum State<'t> {
    /// No header yet; the best guess so far.
    Searching {
        rows: usize,
        best: Option<Guess<'t>>,
    },
    /// The header was found and is whole.
    Found { sheet: Arc<Sheet>, rows: usize },
    /// Given up, or the header cannot be used; the rest is passed over.
    Hopeless {
        kind: Option<RecordKind>,
        findings: Vec<Finding>,
    },
}

/// A row that may be a header.
#[derive(Debug)]
struct Guess<'t> {
    layout: &'t Arc<Layout>,
    row: u32,
    headers: Vec<Arc<str>>,
    columns: Vec<Option<usize>>,
    /// Sheet columns that name a column which an earlier one has named.
    doubled: Vec<usize>,
    hits: usize,
}

impl<'t> Recogniser<'t> {
    /// Begins a sheet; a text file is one without a name.
    pub fn new(file: FileName, sheet: Option<Arc<str>>, layouts: &'t [Arc<Layout>]) -> Self {
        let state = State::Searching {
            rows: 0,
            best: None,
        };
        Self {
            file,
            sheet,
            calendar: Calendar::default(),
            layouts,
            state,
            notes: Vec::new(),
        }
    }

    /// Says from where the sheet's day numbers count.
    #[must_use]
    pub fn counting_from(mut self, calendar: Calendar) -> Self {
        self.calendar = calendar;
        self
    }

    /// Whether the header was found.
    pub fn is_recognised(&self) -> bool {
        matches!(self.state, State::Found { .. })
    }

    /// Keeps something to be said of a sheet, if it is recognised: a place is a row counted
    /// from 1 and a column counted from 0.
    pub fn note(&mut self, code: Code, row: u32, column: usize, detail: &str) {
        let mut place = self.place();
        place.row = Some(row);
        let place = place.at(column, &Arc::from(""));
        self.notes.push(Finding::new(code, place).detail(detail));
    }

    fn place(&self) -> Place {
        Place {
            file: self.file.clone(),
            sheet: self.sheet.clone(),
            row: None,
            column: None,
        }
    }

    /// Takes the next row.
    pub fn take(&mut self, row: &Row, intake: &mut dyn Intake) {
        if row.is_blank() {
            return;
        }
        match &mut self.state {
            State::Hopeless { .. } => {}
            State::Found { sheet, rows } => {
                *rows += 1;
                intake.row(sheet, row);
            }
            State::Searching { rows, best } => {
                *rows += 1;
                let deepest = *rows >= DEEPEST_HEADER;
                let guess = self.layouts.iter().map(|layout| Guess::new(layout, row));
                let better = guess.max_by_key(|guess| (guess.is_whole(), guess.hits));
                if better.as_ref().map_or(0, Guess::rank) > best.as_ref().map_or(0, Guess::rank) {
                    *best = better;
                }
                if best.as_ref().is_some_and(Guess::is_whole) || deepest {
                    self.decide(intake);
                }
            }
        }
    }

    /// Ends the sheet; what is wrong with it as a whole is said now.
    pub fn finish(mut self, intake: &mut dyn Intake) {
        if let State::Searching { .. } = self.state {
            self.decide(intake);
        }
        if let State::Found { sheet, .. } = &self.state {
            for note in self.notes {
                intake.finding(Some(sheet.layout.record()), note);
            }
        }
        match self.state {
            State::Found { rows: 0, sheet } => {
                let mut place = sheet.place(1);
                place.row = None;
                let kind = Some(sheet.layout.record());
                intake.finding(kind, Finding::new(Code::NoUsableRow, place));
            }
            State::Hopeless { kind, findings } => {
                for finding in findings {
                    intake.finding(kind, finding);
                }
            }
            State::Found { .. } | State::Searching { .. } => {}
        }
    }

    /// Settles on the best guess: it is whole, or the file is reported.
    fn decide(&mut self, intake: &mut dyn Intake) {
        let place = self.place();
        let State::Searching { best, .. } = &mut self.state else {
            return;
        };
        let (kind, findings) = match best.take() {
            Some(guess) if guess.is_whole() && guess.doubled.is_empty() => {
                let kind = Some(guess.layout.record());
                for finding in guess.unknown(&place) {
                    intake.finding(kind, finding);
                }
                let sheet = Arc::new(Sheet {
                    layout: Arc::clone(guess.layout),
                    file: self.file.clone(),
                    name: self.sheet.clone(),
                    headers: guess.headers,
                    columns: guess.columns,
                    calendar: self.calendar,
                });
                intake.sheet(&sheet);
                self.state = State::Found { sheet, rows: 0 };
                return;
            }
            Some(guess) if guess.hits >= ENOUGH_TO_SUSPECT => {
                (Some(guess.layout.record()), guess.damage(&place))
            }
            Some(_) | None => (None, vec![Finding::new(Code::UnknownFileKind, place)]),
        };
        self.state = State::Hopeless { kind, findings };
    }
}

impl<'t> Guess<'t> {
    fn new(layout: &'t Arc<Layout>, row: &Row) -> Self {
        let mut guess = Self {
            layout,
            row: row.number(),
            headers: row.cells().map(|cell| Arc::from(cell.trim())).collect(),
            columns: vec![None; layout.columns().len()],
            doubled: Vec::new(),
            hits: 0,
        };
        for (at, header) in guess.headers.iter().enumerate() {
            if let Some(column) = layout.column_named(header) {
                guess.hits += 1;
                match &mut guess.columns[column] {
                    Some(_) => guess.doubled.push(at),
                    place @ None => *place = Some(at),
                }
            }
        }
        guess
    }

    fn rank(&self) -> usize {
        if self.is_whole() {
            usize::MAX
        } else {
            self.hits
        }
    }

    /// Whether every column is there that the layout cannot do without. A grid's days count
    /// as one: the last days of short months may be missing.
    fn is_whole(&self) -> bool {
        self.missing().next().is_none()
    }

    fn missing(&self) -> impl Iterator<Item = &Arc<str>> {
        const DAYS_OF_EVERY_MONTH: u32 = 28;
        self.layout
            .columns()
            .iter()
            .zip(&self.columns)
            .filter(|(column, place)| {
                column.need() == Need::Required
                    && place.is_none()
                    && column.day().is_none_or(|day| day <= DAYS_OF_EVERY_MONTH)
            })
            .map(|(column, _)| column.header())
    }

    /// Why the header cannot be used.
    fn damage(&self, file: &Place) -> Vec<Finding> {
        let mut header = file.clone();
        header.row = Some(self.row);
        let missing: Vec<&str> = self.missing().map(|name| &**name).collect();
        let mut findings = Vec::new();
        if !missing.is_empty() {
            let detail = format!("{} の列: {}", self.layout.name(), missing.join("、"));
            findings.push(Finding::new(Code::MissingColumn, header.clone()).detail(detail));
        }
        for &at in &self.doubled {
            let place = header.clone().at(at, &self.headers[at]);
            findings.push(Finding::new(Code::DoubledColumn, place).value(&*self.headers[at]));
        }
        findings
    }

    /// Headers that the layout does not know.
    fn unknown(&self, file: &Place) -> Vec<Finding> {
        let mut place = file.clone();
        place.row = Some(self.row);
        let known = |at: &usize| self.columns.contains(&Some(*at));
        (0..self.headers.len())
            .filter(|at| !self.headers[*at].is_empty() && !known(at))
            .map(|at| {
                let place = place.clone().at(at, &self.headers[at]);
                Finding::new(Code::UnknownColumn, place).value(&*self.headers[at])
            })
            .collect()
    }
}
