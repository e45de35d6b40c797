//! Hours: start and end only make sense together, and a visit does not last half a day.

use crate::finding::{Code, Finding};
use crate::model::{CivilTime, ClockRange, Field, Record};
use crate::read::{Row, Sheet, ValueColumn};

/// So many minutes a visit lasts at most: a night from eight to eight, which is longer than any
/// code of a visit. Two times that were put in the wrong order give what is left of the day,
/// which is more than this for every visit that is shorter.
pub(super) const LONGEST: u16 = 12 * 60;

/// V207, V208, V212, V213, V214: looks at the two times of a row whose cells were read.
pub(super) fn check(sheet: &Sheet, row: &Row, record: &Record<'_>, findings: &mut Vec<Finding>) {
    let times = (record.time(Field::Start), record.time(Field::End));
    if let (Some(from), Some(to)) = times
        && ClockRange::new(from, to).is_some_and(is_of_one_day)
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
            Some(hours) if hours.minutes() > LONGEST => say(Code::VisitTooLong, end),
            Some(hours) if hours.passes_midnight() => say(Code::PassesMidnight, end),
            Some(_) => {}
        },
        // A time that is there but could not be read has its own finding already.
        (Some(_), None) if !is_given(sheet, row, end) => say(Code::HalfATime, end),
        (None, Some(_)) if !is_given(sheet, row, start) => say(Code::HalfATime, start),
        (Some(_) | None, None) | (None, Some(_)) => {}
    }
}

/// Whether hours are those of nearly all visits: of which there is nothing to say.
pub(super) fn is_of_one_day(hours: ClockRange) -> bool {
    !hours.passes_midnight() && hours.minutes() <= LONGEST
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
