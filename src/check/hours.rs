//! Hours: start and end only make sense together.

use crate::finding::{Code, Finding};
use crate::model::{CivilTime, ClockRange, Field, Record};
use crate::read::{Row, Sheet, ValueColumn};

/// V207, V208, V212, V213: looks at the two times of a row whose cells were read.
pub(super) fn check(sheet: &Sheet, row: &Row, record: &Record<'_>, findings: &mut Vec<Finding>) {
    let times = (record.time(Field::Start), record.time(Field::End));
    if let (Some(from), Some(to)) = times
        && ClockRange::new(from, to).is_some_and(|hours| !hours.passes_midnight())
    {
        return;
    }
    let column = |field| sheet.values().iter().find(|column| column.field == field);
    let (start, end) = (column(Field::Start), column(Field::End));
    // Where the file has no column for one of them, the other's cell is shown.
    let Some(either) = start.or(end) else {
        return;
    };
    let mut say = |code, column: Option<&ValueColumn>| {
        let value = format!(
            "{}–{}",
            shown(row, start, times.0),
            shown(row, end, times.1)
        );
        let place = sheet.cell(row.number(), column.unwrap_or(either).place);
        findings.push(Finding::new(code, place).value(value));
    };
    match times {
        (Some(from), Some(to)) => match ClockRange::new(from, to) {
            None if from.is_beyond_a_day() => say(Code::NotATime, start),
            None => say(Code::ZeroLength, end),
            Some(hours) if hours.passes_midnight() => say(Code::PassesMidnight, end),
            Some(_) => {}
        },
        // A time that is there but could not be read has its own finding already.
        (Some(_), None) if !is_given(sheet, row, end) => say(Code::HalfATime, end),
        (None, Some(_)) if !is_given(sheet, row, start) => say(Code::HalfATime, start),
        (Some(_) | None, None) | (None, Some(_)) => {}
    }
}

/// Whether a cell says something, be it readable or not.
fn is_given(sheet: &Sheet, row: &Row, column: Option<&ValueColumn>) -> bool {
    column.is_some_and(|column| {
        let said = sheet.layout.columns()[column.column].said(row.cell(column.place));
        !said.trim().is_empty() || row.fault(column.place).is_some()
    })
}

/// A time as it stands in the cell; a worksheet's fraction of a day, which nobody sees there,
/// as the time that it means.
fn shown(row: &Row, column: Option<&ValueColumn>, time: Option<CivilTime>) -> String {
    let text = column.map_or("", |column| row.cell(column.place).trim());
    match time {
        Some(time) if text.contains('.') => time.to_string(),
        Some(_) | None => text.to_owned(),
    }
}
