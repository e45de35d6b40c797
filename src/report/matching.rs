//! The matching workbook: both sides' clients side by side, and field by field what differs.

use std::fmt;
use std::path::Path;

use rust_xlsxwriter::{Workbook, XlsxError};

use super::cell::Cell;
use super::list::{Column, List, ROWS_PER_SHEET, Row};
use super::look::{Looks, Tone};
use super::page::{Page, Span};
use super::preview::Apart;
use super::workbook::{self, ReportError};
use super::{APART, LIST, SUMMARY};

/// What the matching workbook is about.
#[derive(Clone, Copy)]
pub struct Matching<'a> {
    /// The name or the number of the office.
    pub office: &'a str,
    /// How many of what.
    pub counts: &'a [(&'a str, usize)],
    /// Where 楽すけ's side comes from.
    pub remark: &'a str,
    /// Every client of both sides.
    pub rows: &'a [&'a MatchRow],
    /// Field by field what differs.
    pub apart: &'a [Apart],
}

/// A client, or two that may be one.
#[derive(Clone, PartialEq, Eq)]
pub struct MatchRow {
    /// How the two sides belong together.
    pub kind: MatchKind,
    /// 楽すけ's side.
    pub here: Option<Person>,
    /// Care-wing's side.
    pub there: Option<Person>,
    /// What differs, in a few words.
    pub apart: String,
}

/// A client of one side.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// The numbers.
    pub number: String,
    /// The name.
    pub name: String,
    /// The birth date.
    pub birth_date: String,
}

/// How the two sides of a row belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MatchKind {
    /// By their number.
    SameNumber,
    /// By name and birth date alone.
    SamePerson,
    /// By name and birth date, and so do others.
    Several,
    /// There is only 楽すけ's side.
    OnlyHere,
    /// There is only Care-wing's side.
    OnlyThere,
}

impl MatchKind {
    /// Every kind, in the order of the list.
    pub const ALL: [Self; 5] = [
        Self::SameNumber,
        Self::SamePerson,
        Self::Several,
        Self::OnlyHere,
        Self::OnlyThere,
    ];

    /// The word in the workbook.
    pub fn label(self) -> &'static str {
        match self {
            Self::SameNumber => "番号が同じ",
            Self::SamePerson => "氏名と生年月日が同じ",
            Self::Several => "候補が複数",
            Self::OnlyHere => "楽すけだけ",
            Self::OnlyThere => "Care-wingだけ",
        }
    }

    fn tone(self) -> Tone {
        match self {
            Self::SameNumber => Tone::Plain,
            Self::SamePerson | Self::Several => Tone::Yellow,
            Self::OnlyHere => Tone::Green,
            Self::OnlyThere => Tone::Blue,
        }
    }
}

const TITLE: &str = "利用者の照合";
const NOTHING_SENT: &str = "楽すけとCare-wingの利用者を見比べる一覧です。何も登録していません。";

/// Writes the matching workbook, whole or not at all.
pub fn write_matching(path: &Path, matching: &Matching<'_>) -> Result<(), ReportError> {
    workbook::write(path, TITLE, |workbook| {
        let looks = Looks::new();
        write_summary(workbook, &looks, matching)?;
        let list = |name, columns| List {
            name,
            columns,
            rows_per_sheet: ROWS_PER_SHEET,
            sums: None,
        };
        let rows = matching.rows.iter().map(|matched| row(matched));
        list(LIST, COLUMNS).write(workbook, &looks, rows)?;
        let apart = matching.apart.iter().map(apart_row);
        list(APART, APART_COLUMNS).write(workbook, &looks, apart)
    })
}

/// Half-width characters: the words beside a count, the count, and room for sentences.
const WIDTHS: [u16; 3] = [28, 12, 82];
const COUNT: [Span; 2] = [(0, 0), (1, 1)];

fn write_summary(
    workbook: &mut Workbook,
    looks: &Looks,
    matching: &Matching<'_>,
) -> Result<(), XlsxError> {
    let mut page = Page::begin(workbook, SUMMARY, looks, &WIDTHS)?;
    page.title(TITLE)?;
    page.fact("事業所", matching.office)?;
    page.skip();
    page.sentence(NOTHING_SENT, looks.tone(Tone::Blue))?;
    page.sentence(matching.remark, &looks.sentence)?;
    page.heading("件数")?;
    page.headers(&COUNT, &["照合"], &["件数"])?;
    for &(label, count) in matching.counts {
        let cells = [
            (label.into(), &looks.text),
            (Cell::count(count), &looks.number),
        ];
        page.row(&COUNT, &cells)?;
    }
    page.end();
    Ok(())
}

const COLUMNS: &[Column] = &[
    Column::new("照合", 22),
    Column::new("楽すけの番号", 20),
    Column::new("楽すけの氏名", 24),
    Column::new("楽すけの生年月日", 18),
    Column::new("Care-wingの番号", 20),
    Column::new("Care-wingの氏名", 24),
    Column::new("Care-wingの生年月日", 20),
    Column::new("違う項目", 50),
];

fn row(matched: &MatchRow) -> Row<'_> {
    let mut cells = vec![matched.kind.label().into()];
    for side in [&matched.here, &matched.there] {
        let texts = side.as_ref().map_or(["", "", ""], |person| {
            [&*person.number, &*person.name, &*person.birth_date]
        });
        cells.extend(texts.map(Cell::from));
    }
    cells.push(matched.apart.as_str().into());
    Row {
        tone: matched.kind.tone(),
        cells,
    }
}

const APART_COLUMNS: &[Column] = &[
    Column::new("照合", 22),
    Column::new("楽すけの番号", 20),
    Column::new("楽すけの氏名", 24),
    Column::new("項目", 40),
    Column::new("楽すけの内容", 36),
    Column::new("Care-wingの内容", 36),
];

fn apart_row(apart: &Apart) -> Row<'_> {
    Row {
        tone: Tone::Yellow,
        cells: vec![
            apart.kind.into(),
            apart.number.as_str().into(),
            apart.name.as_str().into(),
            apart.field.as_str().into(),
            apart.ours.as_str().into(),
            apart.there.as_str().into(),
        ],
    }
}

/// Counts only; rows name people.
impl fmt::Debug for Matching<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matching")
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

/// How, never who.
impl fmt::Debug for MatchRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MatchRow({:?})", self.kind)
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(…)")
    }
}
