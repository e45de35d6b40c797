//! Which layout a sheet has: found by its header, wherever that stands, or by its first row
//! where its layout has no header.

use std::sync::Arc;

use crate::finding::{Code, Finding, WORKBOOK_MARK};
use crate::model::{FileName, Place, RecordKind};
use crate::table::{Calendar, Layout};

use super::Intake;
use super::guess::{Guess, Headers};
use super::position::{self, First, Name};
use super::row::Row;
use super::sheet::{Holds, Keeping, Sheet};
use super::source::Named;

/// So many rows may stand above a header: titles, the office's name, blank lines.
pub(super) const DEEPEST: usize = 50;
/// A file is taken for a damaged one of a layout when so many of its headers are there.
const ENOUGH_TO_SUSPECT: usize = 3;

/// Takes rows until one of them is a header, and passes on those below it.
#[derive(Debug)]
pub struct Recogniser<'t> {
    file: FileName,
    sheet: Option<Arc<str>>,
    keeping: Keeping,
    layouts: &'t [Arc<Layout>],
    state: State<'t>,
    notes: Vec<Finding>,
    /// Why the file is not what its name leads one to expect; empty where it does not.
    denied: String,
    /// Whether its name is that of a national file which nobody reads here.
    elsewhere: bool,
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

impl<'t> Recogniser<'t> {
    /// Begins a sheet; a text file of its own is one without a name.
    pub(super) fn new(
        name: Named<'_>,
        sheet: Option<Arc<str>>,
        layouts: &'t [Arc<Layout>],
    ) -> Self {
        let state = State::Searching {
            rows: 0,
            best: None,
        };
        Self {
            file: name.file.clone(),
            keeping: Keeping {
                calendar: Calendar::default(),
                holds: match sheet {
                    Some(_) => Holds::Filled,
                    None => Holds::Every,
                },
                hidden: false,
                own_name: name.own(),
                member: name.digest.cloned(),
            },
            sheet: name.sheet(sheet),
            layouts,
            state,
            notes: Vec::new(),
            denied: String::new(),
            elsewhere: false,
        }
    }

    /// The same for the rows of a text file of its own, from wherever they come.
    #[cfg(test)]
    pub fn of_text(file: &FileName, layouts: &'t [Arc<Layout>]) -> Self {
        Self::new(file.into(), None, layouts)
    }

    /// Says from where the day numbers of a worksheet count, and whether it is hidden.
    #[must_use]
    pub(super) fn of_worksheet(mut self, calendar: Calendar, hidden: bool) -> Self {
        self.keeping.calendar = calendar;
        self.keeping.hidden = hidden;
        self
    }

    /// Whether the header was found.
    pub fn is_recognised(&self) -> bool {
        self.found().is_some()
    }

    /// Whether so many headers of a layout are there that it may be one with damage.
    pub(super) fn is_suspected(&self) -> bool {
        match &self.state {
            State::Searching { best, .. } => {
                let hits = best.as_ref().map_or(0, |guess| guess.hits);
                hits >= ENOUGH_TO_SUSPECT
            }
            State::Hopeless { kind, .. } => kind.is_some(),
            State::Found { .. } => true,
        }
    }

    /// Whether it is a sheet of an error workbook, whose rows are another file's.
    pub fn is_of_an_error_workbook(&self) -> bool {
        matches!(&self.state, State::Hopeless { findings, .. }
            if findings.iter().any(|of| of.code == Code::NotTheWorkbook))
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

    /// The sheet whose header was found.
    pub fn found(&self) -> Option<&Arc<Sheet>> {
        match &self.state {
            State::Found { sheet, .. } => Some(sheet),
            State::Searching { .. } | State::Hopeless { .. } => None,
        }
    }

    /// Takes the next row.
    pub fn take(&mut self, row: &Row, intake: &mut dyn Intake) {
        if row.is_blank() {
            return;
        }
        if matches!(self.state, State::Searching { rows: 0, .. })
            && (self.is_marked(row) || self.begins_with(row, intake))
        {
            return;
        }
        match &mut self.state {
            State::Hopeless { .. } => {}
            State::Found { sheet, rows } => *rows += usize::from(pass_on(sheet, row, intake)),
            State::Searching { rows, best } => {
                *rows += 1;
                let deepest = *rows >= DEEPEST;
                let with_header = self.layouts.iter().filter(|of| of.position().is_none());
                let headers = Arc::new(Headers::of(row, self.layouts));
                let guess = with_header.map(|layout| Guess::new(layout, &headers));
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

    /// Takes notice of rows that somebody else has passed on.
    pub(super) fn count(&mut self, more: usize) {
        if let State::Found { rows, .. } = &mut self.state {
            *rows += more;
        }
    }

    /// Whether the first row bears the mark of an error workbook. Whoever takes corrections
    /// knows such a workbook before it comes here; one that has lost the rest of its marks, or
    /// was saved in another form, must not be taken for the file whose rows it shows.
    fn is_marked(&mut self, row: &Row) -> bool {
        let marked = row.cells().any(|cell| {
            let rest = cell.strip_prefix(WORKBOOK_MARK);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        });
        if marked {
            self.state = State::Hopeless {
                kind: None,
                findings: vec![Finding::new(Code::NotTheWorkbook, self.place())],
            };
        }
        marked
    }

    /// Whether the first row is data already, of a layout without a header.
    fn begins_with(&mut self, row: &Row, intake: &mut dyn Intake) -> bool {
        let (layout, name) = match position::look(self.layouts, &self.keeping.own_name, row) {
            First::Data(layout, name) => (layout, name),
            First::Unknown(why) => {
                self.denied = why.unwrap_or_default();
                return false;
            }
            First::Elsewhere(why) => {
                (self.denied, self.elsewhere) = (why, true);
                return false;
            }
        };
        let sheet = Arc::new(Sheet::without_header(
            layout,
            self.place(),
            self.keeping.clone(),
        ));
        if name == Name::DoesNotTell {
            let finding = Finding::new(Code::NameDoesNotTell, self.place());
            intake.finding(Some(layout.record()), finding);
        }
        intake.sheet(&sheet);
        intake.row(&sheet, row);
        self.state = State::Found { sheet, rows: 1 };
        true
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
                let sheet = Arc::new(guess.into_sheet(place, self.keeping.clone()));
                intake.sheet(&sheet);
                self.state = State::Found { sheet, rows: 0 };
                return;
            }
            Some(guess) if guess.hits >= ENOUGH_TO_SUSPECT && self.denied.is_empty() => {
                (Some(guess.layout.record()), guess.damage(&place))
            }
            closest => {
                let code = if self.elsewhere {
                    Code::NationalFileOfOthers
                } else {
                    Code::UnknownFileKind
                };
                let finding = Finding::new(code, place);
                let detail = match closest {
                    _ if !self.denied.is_empty() => std::mem::take(&mut self.denied),
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

/// Passes on a row below the header, and says whether it is data.
pub(super) fn pass_on(sheet: &Arc<Sheet>, row: &Row, intake: &mut dyn Intake) -> bool {
    if row.is_blank() {
        return false;
    }
    let other = sheet.passes_over(row);
    let is_data = other.is_none();
    match other {
        Some(finding) => intake.finding(Some(sheet.layout.record()), finding),
        None => intake.row(sheet, row),
    }
    is_data
}

/// How well a row suits as the beginning of what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// A header that names so many columns of a layout.
    Named(usize),
    /// A header that lacks nothing, or data of a layout that has no header.
    Whole,
}

/// How well a row suits; the `first` one may be data.
pub(super) fn fit(row: &Row, name: &FileName, layouts: &[Arc<Layout>], first: bool) -> Fit {
    if row.is_blank() {
        return Fit::Named(0);
    }
    if first && matches!(position::look(layouts, name, row), First::Data(..)) {
        return Fit::Whole;
    }
    let headers = Arc::new(Headers::of(row, layouts));
    let with_header = layouts.iter().filter(|of| of.position().is_none());
    let fits = with_header.map(|layout| {
        let guess = Guess::new(layout, &headers);
        if guess.is_whole() {
            Fit::Whole
        } else {
            Fit::Named(guess.hits)
        }
    });
    fits.max().unwrap_or(Fit::Named(0))
}
