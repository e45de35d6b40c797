//! Pending: a card whose last day is not there yet, of somebody who has applied for certification.

use crate::finding::{Code, Finding};
use crate::model::{Field, Record, RecordKind, Value};
use crate::read::{Row, Sheet};

/// V201, B310: level, first and last day come together. A row without the last day is of somebody
/// who is not certified yet: the level may be a guess, and the first day the one of the
/// application. What was said of the row's cells begins at `first`.
pub(super) fn check(
    sheet: &Sheet,
    row: &Row,
    record: &Record<'_>,
    (findings, first): (&mut Vec<Finding>, usize),
) {
    if sheet.layout.record() != RecordKind::ClientCard {
        return;
    }
    let place = |field: Field| {
        let column = sheet.values().iter().find(|column| column.field == field)?;
        Some(sheet.cell(row.number(), column.place))
    };
    let missing = |field: Field| place(field).filter(|_| record.get(field) == Value::Empty);
    let said = &findings[first..];
    let is_wrong = said.iter().any(Finding::withholds);
    let found: Vec<Finding> = match missing(Field::CertifiedTo) {
        // What is missing of a row that is wrong anyway may be what is wrong with it.
        Some(_) if is_wrong => Vec::new(),
        Some(place) => vec![Finding::new(Code::PendingCertification, place)],
        None => [Field::CareLevel, Field::CertifiedFrom]
            .into_iter()
            .filter_map(missing)
            // A cell that could not be read has its own finding already.
            .filter(|place| !said.iter().any(|of| of.place == *place && of.withholds()))
            .map(|place| Finding::new(Code::RequiredEmpty, place))
            .collect(),
    };
    findings.extend(found);
}
