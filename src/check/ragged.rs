//! Ragged rows: more or fewer cells than the header has. One damage is one finding: where a
//! row is shifted or cut, what its cells seem to be is no news of theirs.

use crate::finding::{Code, Finding};
use crate::model::{DayCounts, Field, Fields, Record};
use crate::read::{Fault, Row, Sheet};

/// A ragged row in which so many cells are wrong is shifted, not wrong in so many cells.
const SHIFTED: usize = 3;

/// R110, R111, R116, R117: looks at a row whose cells were read; what they gave stands in
/// `findings` from `first` on, and gives way where no cell can be trusted.
pub(super) fn check(
    sheet: &Sheet,
    row: &Row,
    record: &Record<'_>,
    first: usize,
    findings: &mut Vec<Finding>,
) {
    if unclosed(sheet, row, findings) {
        if row.width() != sheet.header_width() {
            let said = findings.split_off(first);
            let quote = |of: &Finding| of.code == Code::UnclosedQuote;
            findings.extend(said.into_iter().filter(quote));
        }
        return;
    }
    let wrong = findings[first..]
        .iter()
        .filter(|finding| finding.withholds());
    let ends_early = sheet.ends_early(row);
    let ragged = ends_early || row.width() > sheet.header_width();
    let shifted = wrong.count() >= SHIFTED || (ragged && sums_have_moved(sheet, row, record));
    if let Some(at) = too_long(sheet, row, shifted) {
        findings.truncate(first);
        findings.push(finding(Code::RowTooLong, sheet, row, at));
    } else if ends_early {
        let end = row.width();
        let missing = (end..sheet.width()).find(|at| sheet.is_vital(*at));
        match missing.or(shifted.then_some(end)) {
            Some(at) => {
                findings.truncate(first);
                findings.push(finding(Code::RowCutShort, sheet, row, at));
            }
            // Other versions of a national file end some columns earlier.
            None if sheet.layout.position().is_some() => {}
            None => findings.push(finding(Code::RowShorter, sheet, row, end)),
        }
    }
}

/// A quotation mark that is never closed ends its row, and that is said; also where nobody
/// reads its column.
fn unclosed(sheet: &Sheet, row: &Row, findings: &mut Vec<Finding>) -> bool {
    let quote = |(_, fault): &&(usize, Fault)| *fault == Fault::UnclosedQuote;
    let Some(&(at, _)) = row.faults().iter().find(quote) else {
        return false;
    };
    if !sheet.is_read(at) {
        let place = sheet.cell(row.number(), at);
        findings.push(Finding::new(Code::UnclosedQuote, place).value(row.cell(at)));
    }
    true
}

/// Whether a sum of days is not where it should be: one comma too many moves counts to other
/// days, where each of them looks right.
fn sums_have_moved(sheet: &Sheet, row: &Row, record: &Record<'_>) -> bool {
    let sums = [
        (Field::Planned, Field::PlannedTotal),
        (Field::Actual, Field::ActualTotal),
    ];
    sums.into_iter().any(|(days, total)| {
        let column = sheet.layout.column_of(total, None);
        let place = column.and_then(|column| sheet.column(column));
        let sum = record.days(days).map_or(0, DayCounts::total);
        place.is_some_and(|place| place < row.width())
            && record.number(total).unwrap_or_default() != sum
    })
}

/// The first cell that stands where no column is, if the row is too long. Commas at the end
/// of a row are none, unless the row has more of them than the header and is shifted.
fn too_long(sheet: &Sheet, row: &Row, shifted: bool) -> Option<usize> {
    let filled = (sheet.width()..row.width()).find(|at| !row.cell(*at).trim().is_empty());
    let longer = shifted && row.width() > sheet.header_width();
    filled.or(longer.then_some(sheet.header_width()))
}

fn finding(code: Code, sheet: &Sheet, row: &Row, at: usize) -> Finding {
    let detail = format!("見出しは{}列、この行は{}列", sheet.width(), row.width());
    Finding::new(code, sheet.cell(row.number(), at))
        .value(row.cell(at))
        .detail(detail)
}
