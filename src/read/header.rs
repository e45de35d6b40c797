//! Which layout a sheet has: found by its header, wherever that stands.

use std::sync::Arc;

use crate::finding::{Code, Finding};
use crate::model::{FileName, Place, RecordKind};
use crate::table::fold::nearest;
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
    /// The sheet's columns without which a row is no record, days aside.
    vital: Vec<usize>,
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

    /// How many cells the header's row has, empty ones at its end counted.
    pub fn header_width(&self) -> usize {
        self.headers.len()
    }

    /// Whether a column of the sheet is one of the layout's.
    pub fn is_bound(&self, column: usize) -> bool {
        self.columns.contains(&Some(column))
    }

    /// Whether a row that ends before a column of the sheet is no whole row.
    pub fn is_vital(&self, column: usize) -> bool {
        let bound = self.columns.iter().position(|place| *place == Some(column));
        bound.is_some_and(|at| self.layout.columns()[at].is_vital())
    }

    /// The header above a column of the sheet.
    pub fn header(&self, column: usize) -> Arc<str> {
        self.headers.get(column).cloned().unwrap_or_default()
    }

    /// Why a row below the header is no data, if it is none: a line of sums, or the header
    /// once more.
    fn passes_over(&self, row: &Row) -> Option<Code> {
        let is_filled = |at: &&usize| !row.cell(**at).trim().is_empty();
        // The cheap question first: nearly every row has two of them.
        if self.vital.iter().filter(is_filled).take(2).count() < 2 {
            let first = row.cells().find(|cell| !cell.trim().is_empty())?;
            return self.layout.is_footer(first).then_some(Code::FooterLine);
        }
        let same = |at: &usize| row.cell(*at).trim() == &*self.headers[*at];
        self.vital.iter().all(same).then_some(Code::HeaderAgain)
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
            State::Found { sheet, rows } => match sheet.passes_over(row) {
                Some(code) => {
                    let finding = Finding::new(code, sheet.place(row.number()));
                    intake.finding(Some(sheet.layout.record()), finding);
                }
                None => {
                    *rows += 1;
                    intake.row(sheet, row);
                }
            },
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
        let State::Searching { best, rows } = &mut self.state else {
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
                    vital: guess.vital(),
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
            closest => {
                let finding = Finding::new(Code::UnknownFileKind, place);
                let detail = match closest {
                    Some(guess) => guess.lack(),
                    None if *rows == 0 => "何も書かれていません".to_owned(),
                    None => "知っている見出しが一つもありません".to_owned(),
                };
                (None, vec![finding.detail(detail)])
            }
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
        self.layout
            .columns()
            .iter()
            .zip(&self.columns)
            .filter(|(column, place)| place.is_none() && column.is_vital())
            .map(|(column, _)| column.header())
    }

    /// The sheet's columns without which a row is no record, days aside.
    fn vital(&self) -> Vec<usize> {
        self.layout
            .columns()
            .iter()
            .zip(&self.columns)
            .filter(|(column, _)| column.is_vital() && column.day().is_none())
            .filter_map(|(_, place)| *place)
            .collect()
    }

    /// What a file of no known kind comes closest to, and what it lacks to be that.
    fn lack(&self) -> String {
        let missing: Vec<&str> = self.missing().map(|name| &**name).collect();
        format!(
            "{}に一番近いですが、見出しは{}行目の{}個しか合わず、次の列がありません: {}",
            self.layout.name(),
            self.row,
            self.hits,
            listed(&missing)
        )
    }

    /// Why the header cannot be used.
    fn damage(&self, file: &Place) -> Vec<Finding> {
        let mut header = file.clone();
        header.row = Some(self.row);
        let missing: Vec<String> = self.missing().map(|name| self.with_nearest(name)).collect();
        let mut findings = Vec::new();
        if !missing.is_empty() {
            let detail = format!("{} の列: {}", self.layout.name(), listed(&missing));
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
                let finding = Finding::new(Code::UnknownColumn, place).value(&*self.headers[at]);
                match nearest(&self.headers[at], self.absent()) {
                    Some(name) => finding.detail(format!("「{name}」の列ではありませんか")),
                    None => finding,
                }
            })
            .collect()
    }

    /// A missing column, with the header of the sheet that may have been meant to be it.
    fn with_nearest(&self, missing: &str) -> String {
        let strange = (0..self.headers.len())
            .filter(|at| !self.columns.contains(&Some(*at)))
            .map(|at| &*self.headers[at]);
        match nearest(missing, strange) {
            Some(header) => format!("{missing}(「{header}」がそうではありませんか)"),
            None => missing.to_owned(),
        }
    }

    /// The columns of the layout that the sheet does not have.
    fn absent(&self) -> impl Iterator<Item = &str> {
        self.layout
            .columns()
            .iter()
            .zip(&self.columns)
            .filter(|(_, place)| place.is_none())
            .map(|(column, _)| &**column.header())
    }
}

/// Names in a row; a grid's many days are not all told.
fn listed<T: AsRef<str>>(names: &[T]) -> String {
    const TOLD: usize = 12;
    let told: Vec<&str> = names.iter().take(TOLD).map(AsRef::as_ref).collect();
    let more = if names.len() > TOLD {
        format!("など{}列", names.len())
    } else {
        String::new()
    };
    format!("{}{more}", told.join("、"))
}
