//! The error workbook read back: what somebody has corrected and answered in it.
//!
//! In: a workbook as some spreadsheet program has saved it, sorted, filtered, with rows deleted
//! and columns moved. Out: for each sheet of an input its rows as they stand there now, each
//! known by its number in the file. What was changed is not known here: that shows beside the
//! file itself. A row that cannot be told for certain is named and not taken.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Cursor, Read as _};
use std::path::Path;

use calamine::{Reader as _, Xlsx, XlsxError};
use zip::ZipArchive;

use super::additions::{ANSWER, FROM, REASON, SERVICE_NAME};
use super::trail::{
    AGAIN, ASKED, EXCLUDE, EXCLUDED, LINE, MARK, NAME, QUESTION, READ_VERSIONS, REMARKED, ROW,
    SHEET, SHOWN, SourceSheet, Trail, WHY, column_of, marked, read_pairs,
};
use crate::disk::{self, DiskError};
use crate::model::FileName;
use crate::report::back::{Book, Broken, texts};

/// What came back with a workbook.
#[derive(Debug, Clone, Default)]
pub struct Corrections {
    /// Which workbook it is.
    pub trail: Trail,
    /// The sheets of inputs that it shows.
    pub sheets: Vec<Corrected>,
    /// The questions that were answered.
    pub answers: Vec<Answer>,
    /// What cannot be told for certain, and was not taken.
    pub unclear: Vec<Unclear>,
}

/// The rows of one sheet of an input.
#[derive(Debug, Clone)]
pub struct Corrected {
    /// Which sheet of which file.
    pub source: SourceSheet,
    /// Every row that the workbook was made with, and its group: rows of one group go together
    /// or not at all.
    pub shown: BTreeMap<u32, u32>,
    /// Those of them that had gone through all the same.
    pub remarked: BTreeSet<u32>,
    /// Those of them that somebody had decided to leave out.
    pub excluded: BTreeSet<u32>,
    /// The rows that stand there now.
    pub rows: Vec<CorrectedRow>,
}

/// A row as it stands in the workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectedRow {
    /// Its number in the file.
    pub row: u32,
    /// The name of the sheet that it stands on.
    pub sheet: String,
    /// Where it stands there, as the clerk counts.
    pub at: u32,
    /// Whether it is to be sent as it is.
    pub again: bool,
    /// Whether it is to be left out; `None` where the column is gone.
    pub exclude: Option<bool>,
    /// Why it is to be left out.
    pub why: String,
    /// The columns of the file that stand on the sheet, each with its place there.
    pub columns: BTreeMap<usize, u32>,
    /// The cells that hold something, by the column of the file.
    pub cells: BTreeMap<usize, String>,
}

/// A question that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What it is about, as it was asked.
    pub id: String,
    /// The answers that there were.
    pub choices: Vec<String>,
    /// What was chosen.
    pub answer: String,
    /// What stands under 名称.
    pub name: String,
    /// What stands under いつから.
    pub from: String,
    /// Why.
    pub reason: String,
    /// Where it stands in the workbook, as the clerk counts.
    pub at: u32,
    /// The withheld rows that wait for it, each with its sheet's place among the sheets.
    pub rows: Vec<(usize, u32)>,
}

/// A row of the workbook that is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    /// The sheet of the workbook.
    pub sheet: String,
    /// The row there, as the clerk counts; the sheet as a whole without one.
    pub at: Option<u32>,
    /// Why.
    pub why: &'static str,
}

/// A workbook that is none of ours any more, or cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CorrectionsError {
    /// Its marks are gone, or it is broken.
    #[error("the workbook does not bear its marks any more")]
    Damaged,
    /// A newer program has made it.
    #[error("a newer program has made the workbook")]
    TooNew,
}

impl From<Broken> for CorrectionsError {
    fn from(Broken: Broken) -> Self {
        Self::Damaged
    }
}

/// Whether a file is a workbook with our hidden sheet, told by its list of sheets alone: a
/// large export is not opened twice.
pub fn is_error_workbook(path: &Path) -> Result<bool, DiskError> {
    const SHEETS: &str = "xl/workbook.xml";
    /// No list of sheets is longer.
    const LONGEST: u64 = 1 << 20;
    let mut file = disk::open(path)?;
    // The list of a zip stands at its end, and would be looked for in every CSV.
    let mut first = [0; 2];
    if file.read_exact(&mut first).is_err() || first != *b"PK" {
        return Ok(false);
    }
    let Ok(mut parts) = ZipArchive::new(BufReader::new(file)) else {
        return Ok(false);
    };
    let Ok(part) = parts.by_name(SHEETS) else {
        return Ok(false);
    };
    let mut xml = String::new();
    let read = part.take(LONGEST).read_to_string(&mut xml);
    Ok(read.is_ok() && xml.contains(&format!("name=\"{NAME}\"")))
}

/// Reads an error workbook from its bytes; `None` where they are another one, or no workbook
/// of this kind.
pub fn read_corrections(bytes: Vec<u8>) -> Result<Option<Corrections>, CorrectionsError> {
    let opened: Result<Book, XlsxError> = Xlsx::new(Cursor::new(bytes));
    let Ok(mut workbook) = opened else {
        return Ok(None);
    };
    let mut parts = Parts::default();
    for name in workbook.sheet_names() {
        let mut part = None;
        texts(&mut workbook, &name, |at, cells| {
            match &mut part {
                None => part = Some(Part::of(&name, &cells)?),
                Some(part) => part.take(at, cells)?,
            }
            if matches!(part, Some(Part::Other)) {
                return Err(Stop::Passed);
            }
            Ok(())
        })
        .or_else(Stop::passed)?;
        parts.add(part.unwrap_or(Part::Other));
    }
    parts.put_together()
}

/// Why no further row of a sheet is read.
enum Stop {
    /// It is none of ours.
    Passed,
    Failed(CorrectionsError),
}

impl Stop {
    fn passed(self) -> Result<(), CorrectionsError> {
        match self {
            Self::Passed => Ok(()),
            Self::Failed(error) => Err(error),
        }
    }
}

impl From<Broken> for Stop {
    fn from(broken: Broken) -> Self {
        Self::Failed(broken.into())
    }
}

/// What a sheet of the workbook is.
enum Part {
    Trail(Shown),
    Rows(Page),
    Answers(Answers),
    Other,
}

impl Part {
    /// What the first row says of a sheet.
    fn of(name: &str, cells: &BTreeMap<u32, String>) -> Result<Self, Stop> {
        let Some((first, mark)) = cells.iter().find(|(_, text)| text.starts_with(MARK)) else {
            return Ok(Self::Other);
        };
        let next = cells.get(&(first + 1)).map_or("", String::as_str);
        if mark == MARK {
            return if READ_VERSIONS.contains(&next) {
                Ok(Self::Trail(Shown::of(cells)))
            } else {
                Err(Stop::Failed(CorrectionsError::TooNew))
            };
        }
        Ok(match marked(mark) {
            Some((id, sheet)) => Self::Rows(Page::of(name, id, sheet, cells)),
            None => Self::Answers(Answers {
                id: mark.trim_start_matches(MARK).trim().to_owned(),
                columns: BTreeMap::new(),
                rows: Vec::new(),
            }),
        })
    }

    fn take(&mut self, at: u32, cells: BTreeMap<u32, String>) -> Result<(), Stop> {
        match self {
            Self::Trail(shown) => shown
                .take(&cells)
                .ok_or(Stop::Failed(CorrectionsError::Damaged)),
            Self::Rows(rows) => {
                rows.take(at, cells);
                Ok(())
            }
            Self::Answers(answers) => {
                answers.take(at, &cells);
                Ok(())
            }
            Self::Other => Ok(()),
        }
    }
}

/// The hidden sheet: what was shown.
struct Shown {
    trail: Trail,
    sheets: Vec<Corrected>,
    asked: BTreeMap<String, Asked>,
}

/// A question: the answers that there were, and the rows that wait for one.
#[derive(Default)]
struct Asked {
    choices: Vec<String>,
    rows: Vec<(usize, u32)>,
}

impl Shown {
    fn of(cells: &BTreeMap<u32, String>) -> Self {
        let cell = |at: u32| cells.get(&at).cloned().unwrap_or_default();
        Self {
            trail: Trail {
                id: cell(2),
                ledger: cell(3),
                run: cell(4).parse().unwrap_or(0),
            },
            sheets: Vec::new(),
            asked: BTreeMap::new(),
        }
    }

    /// Takes a line; `None` where it is none of those that were written.
    fn take(&mut self, cells: &BTreeMap<u32, String>) -> Option<()> {
        let cell = |at: u32| cells.get(&at).map_or("", String::as_str);
        match cell(0) {
            SHEET => {
                let source = SourceSheet {
                    file: FileName::new(cell(2)),
                    sheet: (cell(3) == "1").then(|| cell(4).to_owned()),
                    digest: cell(5).to_owned(),
                    record: cell(6).to_owned(),
                    read_in: cell(7).parse().ok().filter(|run| *run > 0),
                };
                self.sheets.push(Corrected {
                    source,
                    shown: BTreeMap::new(),
                    remarked: BTreeSet::new(),
                    excluded: BTreeSet::new(),
                    rows: Vec::new(),
                });
            }
            word @ (SHOWN | REMARKED | EXCLUDED) => {
                let sheet = self.sheets.get_mut(cell(1).parse::<usize>().ok()?)?;
                let rows = read_pairs(cell(2))?;
                let numbers = rows.iter().map(|(row, _)| *row);
                match word {
                    REMARKED => sheet.remarked.extend(numbers),
                    EXCLUDED => sheet.excluded.extend(numbers),
                    _ => {}
                }
                sheet.shown.extend(rows);
            }
            QUESTION => {
                let asked = self.asked.entry(cell(1).to_owned()).or_default();
                asked.choices = cell(2).lines().map(str::to_owned).collect();
            }
            ASKED => {
                let rows = read_pairs(cell(2))?.into_iter();
                let rows = rows.map(|(sheet, row)| (sheet as usize, row));
                self.asked.get_mut(cell(1))?.rows.extend(rows);
            }
            _ => return None,
        }
        Some(())
    }
}

/// A sheet of withheld rows, as it stands there now.
struct Page {
    name: String,
    id: String,
    sheet: usize,
    columns: BTreeMap<usize, u32>,
    beside: BTreeMap<String, u32>,
    headers_passed: bool,
    rows: Vec<CorrectedRow>,
    unclear: Vec<Unclear>,
}

impl Page {
    fn of(name: &str, id: &str, sheet: usize, keys: &BTreeMap<u32, String>) -> Self {
        let mut columns = BTreeMap::new();
        let mut beside = BTreeMap::new();
        for (place, key) in keys {
            match column_of(key) {
                Some(column) => drop(columns.insert(column, *place)),
                // The mark stands where the numbers of the rows stand.
                None if key.starts_with(MARK) => drop(beside.insert(ROW.to_owned(), *place)),
                None => drop(beside.insert(key.clone(), *place)),
            }
        }
        Self {
            name: name.to_owned(),
            id: id.to_owned(),
            sheet,
            columns,
            beside,
            headers_passed: false,
            rows: Vec::new(),
            unclear: Vec::new(),
        }
    }

    fn take(&mut self, at: u32, mut cells: BTreeMap<u32, String>) {
        if !std::mem::replace(&mut self.headers_passed, true) {
            return;
        }
        let number = |key: &str| {
            let place = self.beside.get(key)?;
            let text = cells.get(place).map(|text| text.trim())?;
            (!text.is_empty()).then(|| text.parse::<u32>().ok())
        };
        let (hidden, seen) = (number(ROW), number(LINE));
        let row = match (hidden, seen) {
            (Some(Some(row)), Some(Some(line))) if row == line => Ok(row),
            // The column of the numbers that a person sees may have been deleted.
            (Some(Some(row)), None) if !self.beside.contains_key(LINE) => Ok(row),
            (None, None) => Err("元の行の番号がありません。加えた行は読みません"),
            _ => Err("元の行の番号が合いません。並べ替えで行が崩れたおそれがあります"),
        };
        let filled = self.columns.values().any(|place| cells.contains_key(place));
        match row {
            Ok(row) => {
                let beside = |key: &str| {
                    let place = self.beside.get(key)?;
                    Some(cells.get(place).map_or("", |text| text.trim()))
                };
                // Whoever writes anything there means it.
                let again = beside(AGAIN).is_some_and(|text| !text.is_empty());
                let exclude = beside(EXCLUDE).map(|text| !text.is_empty());
                let why = beside(WHY).unwrap_or_default().to_owned();
                let own = |(column, place): (&usize, &u32)| {
                    let text = cells.remove(place).filter(|text| !text.is_empty())?;
                    Some((*column, text))
                };
                self.rows.push(CorrectedRow {
                    row,
                    sheet: self.name.clone(),
                    at,
                    again,
                    exclude,
                    why,
                    cells: self.columns.iter().filter_map(own).collect(),
                    columns: self.columns.clone(),
                });
            }
            Err(why) if filled => self.unclear.push(Unclear {
                sheet: self.name.clone(),
                at: Some(at),
                why,
            }),
            Err(_) => {}
        }
    }
}

/// 対応の追加, as it stands there now.
struct Answers {
    id: String,
    columns: BTreeMap<String, u32>,
    rows: Vec<Answer>,
}

impl Answers {
    fn take(&mut self, at: u32, cells: &BTreeMap<u32, String>) {
        if self.columns.is_empty() {
            // What to do stands above the headers.
            if cells.values().any(|text| text.trim() == ANSWER) {
                let named = cells.iter();
                self.columns = named
                    .map(|(at, text)| (text.trim().to_owned(), *at))
                    .collect();
            }
            return;
        }
        let cell = |header: &str| {
            let place = self.columns.get(header);
            let text = place.and_then(|place| cells.get(place));
            text.map_or_else(String::new, |text| text.trim().to_owned())
        };
        let (id, answer) = (cell("@question"), cell(ANSWER));
        if id.is_empty() || answer.is_empty() {
            return;
        }
        self.rows.push(Answer {
            id,
            choices: Vec::new(),
            answer,
            name: cell(SERVICE_NAME),
            from: cell(FROM),
            reason: cell(REASON),
            at,
            rows: Vec::new(),
        });
    }
}

/// The sheets of the workbook, before they are put together.
#[derive(Default)]
struct Parts {
    shown: Option<Shown>,
    rows: Vec<Page>,
    answers: Vec<Answers>,
}

impl Parts {
    fn add(&mut self, part: Part) {
        match part {
            Part::Trail(shown) => self.shown = Some(shown),
            Part::Rows(rows) => self.rows.push(rows),
            Part::Answers(answers) => self.answers.push(answers),
            Part::Other => {}
        }
    }

    fn put_together(self) -> Result<Option<Corrections>, CorrectionsError> {
        let Some(shown) = self.shown else {
            // Marked rows whose workbook nobody knows are none that may be read.
            return if self.rows.is_empty() && self.answers.is_empty() {
                Ok(None)
            } else {
                Err(CorrectionsError::Damaged)
            };
        };
        let mut corrections = Corrections {
            trail: shown.trail,
            sheets: shown.sheets,
            ..Corrections::default()
        };
        for mut rows in self.rows {
            corrections.unclear.append(&mut rows.unclear);
            let own = rows.id == corrections.trail.id;
            let sheet = corrections.sheets.get_mut(rows.sheet).filter(|_| own);
            let Some(sheet) = sheet else {
                corrections.unclear.push(Unclear {
                    sheet: rows.name,
                    at: None,
                    why: "ほかのエラー一覧から写したシートです",
                });
                continue;
            };
            sheet.rows.append(&mut rows.rows);
        }
        for sheet in &mut corrections.sheets {
            let unclear = sheet.leave_unclear();
            corrections.unclear.extend(unclear);
        }
        for answers in self.answers {
            if answers.id == corrections.trail.id {
                corrections.answers.extend(answers.rows);
            }
        }
        for answer in &mut corrections.answers {
            if let Some(asked) = shown.asked.get(&answer.id) {
                answer.rows.clone_from(&asked.rows);
                answer.choices.clone_from(&asked.choices);
            }
        }
        Ok(Some(corrections))
    }
}

impl Corrected {
    /// Takes out rows that were never shown, and those that stand there twice and differ.
    fn leave_unclear(&mut self) -> Vec<Unclear> {
        let mut unclear = Vec::new();
        let mut say = |row: &CorrectedRow, why| {
            unclear.push(Unclear {
                sheet: row.sheet.clone(),
                at: Some(row.at),
                why,
            });
        };
        self.rows.sort_by_key(|row| (row.row, row.at));
        let mut doubled = BTreeSet::new();
        for pair in self.rows.windows(2) {
            let [one, next] = pair else { continue };
            let says = |of: &CorrectedRow| (of.again, of.exclude, of.why.clone());
            if one.row == next.row && (&one.cells, says(one)) != (&next.cells, says(next)) {
                doubled.insert(one.row);
            }
        }
        for row in &self.rows {
            if !self.shown.contains_key(&row.row) {
                say(row, "このエラー一覧にない行の番号です");
            } else if doubled.contains(&row.row) {
                say(row, "同じ行が二つあり、内容が違います");
            }
        }
        let shown = &self.shown;
        self.rows
            .retain(|row| shown.contains_key(&row.row) && !doubled.contains(&row.row));
        self.rows.dedup_by_key(|row| row.row);
        unclear
    }
}
