//! Rows that are no record: what can still be read of whose they are, because they hold their
//! client's other rows.

use crate::finding::{Code, Finding};
use crate::model::{ClientId, Field, InsuredNumber, OfficeNumber, Record, RecordKind, YearMonth};
use crate::read::Row;
use crate::table::NameWords;

use super::origin::Origin;

/// A row that is no record, with as much of its identity as could be read.
#[derive(Debug, Clone)]
#[expect(
    missing_docs,
    reason = "each member is what could be read of the field"
)]
pub struct BadRow {
    pub origin: Origin,
    pub kind: RecordKind,
    pub office: Option<OfficeNumber>,
    pub month: Option<YearMonth>,
    pub client: Option<ClientId>,
    pub insured: Option<InsuredNumber>,
    /// The comparison key of the name; empty where there is none.
    pub name: String,
    /// Every number that may be a client's and stands in any cell of a row whose cells have
    /// moved: it may be the row's own, or that of a row which has been joined to it.
    pub numbers: Vec<InsuredNumber>,
}

/// Whom a row names, at which of our offices and in which month, as far as it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each member is what the row says of it")]
pub struct Mention {
    pub client: ClientId,
    pub office: Option<OfficeNumber>,
    pub month: Option<YearMonth>,
}

impl Mention {
    /// Whom a row names that is no record, if that can be told.
    pub fn of(row: &BadRow) -> Option<Self> {
        Some(Self {
            client: row.client?,
            office: row.office,
            month: row.month,
        })
    }

    /// Every way in which a row may name somebody's month at an office.
    pub fn anyhow(
        client: ClientId,
        office: Option<OfficeNumber>,
        month: YearMonth,
    ) -> impl Iterator<Item = Self> {
        [office, None].into_iter().flat_map(move |office| {
            [Some(month), None].map(|month| Self {
                client,
                office,
                month,
            })
        })
    }
}

/// Where the cells of a row stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cells {
    /// In their own columns.
    InPlace,
    /// Some in others, as far as one can see.
    Moved,
}

impl Cells {
    /// What the findings about a row say of it.
    pub(super) fn of(findings: &[Finding]) -> Self {
        let has_moved = |finding: &Finding| {
            matches!(
                finding.code,
                Code::RowTooLong | Code::RowCutShort | Code::UnclosedQuote
            )
        };
        if findings.iter().any(has_moved) {
            Self::Moved
        } else {
            Self::InPlace
        }
    }
}

impl BadRow {
    /// A row of which nothing could be read.
    pub(super) fn of(origin: Origin) -> Self {
        Self {
            kind: origin.sheet().layout.record(),
            origin,
            office: None,
            month: None,
            client: None,
            insured: None,
            name: String::new(),
            numbers: Vec::new(),
        }
    }

    /// A row of which `record` is what could be read.
    pub(super) fn read(
        record: &Record<'_>,
        row: &Row,
        cells: Cells,
        origin: Origin,
        names: &NameWords,
    ) -> Self {
        let bad = Self {
            client: ClientId::from_record(record),
            insured: record.insured(Field::Insured),
            name: names.fold(&record.text(Field::Name)),
            ..Self::of(origin)
        };
        let (office, month) = (record.office(Field::Office), record.month(Field::Month));
        match (cells, bad.kind) {
            (Cells::InPlace, _) => Self {
                office,
                month,
                ..bad
            },
            // A national file's rows of other offices hold nobody, whatever is wrong in them.
            (Cells::Moved, RecordKind::PlanDay) => Self {
                office,
                month,
                numbers: numbers(row),
                ..bad
            },
            // A client's number reads as an office's where the cells have moved.
            (Cells::Moved, _) => Self {
                numbers: numbers(row),
                ..bad
            },
        }
    }
}

/// The comma before a number may be the one that is missing: so the end of a longer word counts.
fn numbers(row: &Row) -> Vec<InsuredNumber> {
    let between = |sign: char| !sign.is_ascii_alphanumeric();
    // Between such signs all is ASCII, and may be cut anywhere.
    let words = row.cells().flat_map(|cell| cell.split(between));
    words
        .filter_map(|word| {
            let start = word.len().checked_sub(InsuredNumber::WIDTH)?;
            InsuredNumber::parse(&word[start..])
        })
        .collect()
}
