//! A cell is what an independent reader says it is, or a finding.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::{Arc, LazyLock};

use rakuwing::finding::{Code, Finding, Severity};
use rakuwing::model::{FileName, RecordKind};
use rakuwing::read::{self, Digests, Intake, Row, Sheet};
use rakuwing::table::{Calendar, Tables};

use super::Workbook;
use super::content::LAYOUTS;
use super::seen::{self, Book, Cell, Form};

/// What became of a workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// So many rows were what they should be.
    Same(usize),
    /// Something is said of the whole file, so that nothing of it is used.
    Refused,
    /// The independent reader cannot say what it holds.
    Unsaid,
}

/// No layout has columns beyond this; of what stands there one cell is handed over.
const WIDEST: u32 = 1024;
/// So many rows may stand above a header that is found.
const DEEPEST: usize = 40;

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables::load(None).expect("shipped tables"));

/// Reads a workbook and holds it against what an independent reader says.
pub(super) fn holds(workbook: &Workbook) -> Outcome {
    let read = Read::of(&workbook.bytes);
    if read.findings.iter().any(Said::is_of_the_file) {
        return Outcome::Refused;
    }
    let Book::Sheets(sheets) = &workbook.says else {
        return Outcome::Unsaid;
    };
    let names: BTreeSet<&str> = sheets.iter().map(|sheet| &*sheet.name).collect();
    if names.len() < sheets.len() {
        // Of two sheets of one name nobody can tell which one is meant.
        return Outcome::Unsaid;
    }
    let mut rows = 0;
    let mut left: Vec<&seen::Sheet> = sheets.iter().collect();
    for taken in &read.sheets {
        let name = taken.name();
        let at = left.iter().position(|sheet| sheet.name == name);
        let sheet = left.remove(at.unwrap_or_else(|| panic!("there is no sheet {name:?}")));
        let at_ease = taken.rows.iter().all(|row| row.faults().is_empty());
        assert!(
            sheet.form != Form::Broken || taken.rows.is_empty() || !at_ease,
            "nobody can read the sheet {name:?}, and nobody says so"
        );
        rows += if sheet.form == Form::Whole {
            taken.holds_against(sheet, &read.findings)
        } else {
            0
        };
    }
    for sheet in left
        .iter()
        .filter(|sheet| sheet.form == Form::Whole && is_known(sheet))
    {
        let said = read.findings.iter().any(|of| of.is_of_sheet(&sheet.name));
        assert!(
            said,
            "the sheet {:?} vanished: {:?}",
            sheet.name, read.findings
        );
    }
    Outcome::Same(rows)
}

/// What the program reads of a file.
#[derive(Default)]
struct Read {
    sheets: Vec<Taken>,
    findings: Vec<Said>,
}

/// A sheet that was recognised, with its rows.
struct Taken {
    sheet: Arc<Sheet>,
    rows: Vec<Row>,
}

/// A finding.
#[derive(Debug)]
struct Said {
    code: Code,
    sheet: Option<Arc<str>>,
    row: Option<u32>,
}

impl Read {
    fn of(bytes: &[u8]) -> Self {
        let mut file = tempfile::NamedTempFile::new().expect("a place for a file");
        file.write_all(bytes).expect("a place for a file");
        let name = FileName::new("見本");
        let mut read = Self::default();
        read::read(
            file.path(),
            &name,
            &TABLES.layouts,
            Digests::NotAsked,
            &mut read,
        )
        .expect("a file that is there");
        read
    }
}

impl Intake for Read {
    fn sheet(&mut self, sheet: &Arc<Sheet>) {
        let sheet = Arc::clone(sheet);
        let rows = Vec::new();
        self.sheets.push(Taken { sheet, rows });
    }

    fn row(&mut self, _: &Arc<Sheet>, row: &Row) {
        let last = self
            .sheets
            .last_mut()
            .expect("rows come behind their sheet");
        last.rows.push(row.clone());
    }

    fn finding(&mut self, _: Option<RecordKind>, finding: Finding) {
        let Finding { code, place, .. } = finding;
        self.findings.push(Said {
            code,
            sheet: place.sheet,
            row: place.row,
        });
    }
}

impl Said {
    /// Whether nothing of the file is used.
    fn is_of_the_file(&self) -> bool {
        self.code.severity() == Severity::Error
            && self.row.is_none()
            && (self.sheet.is_none() || self.code == Code::UnreadableWorkbook)
    }

    /// Whether somebody is told that a sheet is not used.
    fn is_of_sheet(&self, name: &str) -> bool {
        self.code.severity() == Severity::Error && self.sheet.as_deref() == Some(name)
    }
}

impl Taken {
    fn name(&self) -> &str {
        self.sheet.name().map_or("", |name| name)
    }

    /// How many rows are as they should be: all of them.
    fn holds_against(&self, sheet: &seen::Sheet, findings: &[Said]) -> usize {
        let name = self.name();
        assert_eq!(
            self.sheet.calendar() == Calendar::Of1904,
            sheet.of_1904,
            "the calendar of {name:?}"
        );
        let header = self
            .sheet
            .header_row()
            .expect("these layouts have a header");
        let mut handed = BTreeSet::new();
        for row in &self.rows {
            let number = row.number();
            assert!(
                number > header && handed.insert(number),
                "row {number} of {name:?} comes twice"
            );
            let width = u32::try_from(row.width()).expect("few columns");
            let last = sheet
                .rows
                .get(&number)
                .and_then(|cells| cells.keys().next_back());
            for column in 0..width.max(last.map_or(0, |last| (last + 1).min(WIDEST))) {
                cell_holds(row, column, sheet, name);
            }
        }
        let said = |row: u32| {
            let of_row = |of: &Said| of.sheet.as_deref() == Some(name) && of.row == Some(row);
            findings
                .iter()
                .any(|of| of_row(of) || of.is_of_sheet(name) && of.row.is_none())
        };
        for (&row, cells) in sheet.rows.range(header + 1..) {
            let blank = cells.values().all(Cell::is_blank);
            let of_header = sheet
                .merged
                .iter()
                .any(|of| of.top <= header && of.bottom >= row);
            assert!(
                blank || of_header || handed.contains(&row) || said(row),
                "row {row} of {name:?} vanished: {cells:?}"
            );
        }
        self.rows.len()
    }
}

/// A cell that was handed over without a word is what stands there.
fn cell_holds(row: &Row, column: u32, sheet: &seen::Sheet, name: &str) {
    let (number, at) = (row.number(), column as usize);
    if column >= WIDEST || row.fault(at).is_some() {
        return;
    }
    let from_above = row.remarks().contains(&(at, Code::MergedDown));
    let above = sheet
        .merged
        .iter()
        .find(|of| of.covers(number, column) && of.left == column);
    let cell = match (from_above, above) {
        (true, Some(region)) => sheet.cell(region.top, column),
        (true, None) => panic!("{name:?} row {number} column {column} is not merged"),
        (false, _) => sheet.cell(number, column),
    };
    let text = row.cell(at);
    let same = match cell {
        None => text.is_empty(),
        Some(Cell::Text(words)) => text == words,
        Some(Cell::Number(number)) => is_number(text, *number),
        Some(Cell::Unreadable) => false,
    };
    assert!(
        same,
        "{name:?} row {number} column {column} is {cell:?}, not {text:?}"
    );
}

/// Whether a text is a number, and this very one.
fn is_number(text: &str, number: f64) -> bool {
    let digits = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.E".contains(&byte));
    // Minus zero is zero.
    digits && text.parse() == Ok(number)
}

/// Whether a sheet has a header that must be found.
fn is_known(sheet: &seen::Sheet) -> bool {
    let filled = sheet
        .rows
        .values()
        .filter(|cells| !cells.values().all(Cell::is_blank));
    // Where one of a few headers cannot be read, nobody suspects what it was.
    let layouts = LAYOUTS.iter().filter(|layout| layout.len() > 4);
    filled.take(DEEPEST).any(|cells| {
        layouts.clone().any(|layout| {
            layout.iter().all(|(header, _)| {
                let is = |cell: &&Cell| matches!(cell, Cell::Text(text) if text == header);
                cells
                    .range(..WIDEST)
                    .map(|(_, cell)| cell)
                    .filter(is)
                    .count()
                    == 1
            })
        })
    })
}
