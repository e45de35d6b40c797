//! Cell rules: each cell of a row is read as what its field holds.

use crate::finding::{Code, Finding};
use crate::model::{ClientId, ClockRange, Field, Kind, Need, Record, Value};
use crate::read::{Fault, Row, Sheet};
use crate::table::Column;

/// Reads a row. What cannot be read is left empty in the record, with a finding.
pub fn read<'r>(sheet: &'r Sheet, row: &'r Row, findings: &mut Vec<Finding>) -> Record<'r> {
    let mut record = Record::default();
    let first = findings.len();
    for (at, column) in sheet.layout.columns().iter().enumerate() {
        let Some(place) = sheet.column(at) else {
            continue;
        };
        let mut say = |code: Code, detail: String| {
            let cell = sheet.cell(row.number(), place);
            findings.push(
                Finding::new(code, cell)
                    .value(row.cell(place))
                    .detail(detail),
            );
        };
        if let Some(fault) = row.fault(place) {
            let (code, detail) = explain(fault);
            say(code, detail);
            continue;
        }
        read_cell(column, row.cell(place), &mut record, &mut say);
    }
    too_long(sheet, row, findings);
    hours(sheet, row, &record, findings);
    if let Some(client) = ClientId::from_record(&record) {
        let name = record.text(Field::Name);
        for finding in &mut findings[first..] {
            *finding = finding.clone().of(client, &name);
        }
    }
    record
}

fn read_cell<'r>(
    column: &'r Column,
    text: &'r str,
    record: &mut Record<'r>,
    say: &mut impl FnMut(Code, String),
) {
    if let Some(day) = column.day() {
        match crate::table::text::day_count(text) {
            Ok(count) => record.days_mut(column.field()).set(day, count),
            Err(code) => say(code, String::new()),
        }
        return;
    }
    match column.read(text) {
        Ok(read) => {
            if read.value == Value::Empty && column.need() == Need::Required {
                say(Code::RequiredEmpty, column.header().to_string());
            }
            for remark in read.remarks.into_iter().flatten() {
                say(remark, String::new());
            }
            record.set(column.field(), read.value);
        }
        Err(code) => say(code, form(column.field().kind())),
    }
}

/// What a cell of the kind should have looked like, where that helps.
fn form(kind: Kind) -> String {
    match kind {
        Kind::Digits { width } => format!("数字{width}桁"),
        Kind::InsuredNumber => "数字10桁、または H と数字9桁".to_owned(),
        Kind::OfficeNumber => "10桁".to_owned(),
        Kind::InsurerNumber => "数字6桁".to_owned(),
        Kind::ServiceCode => "英大文字と数字の6桁".to_owned(),
        Kind::ServiceType => "英大文字と数字の2桁".to_owned(),
        Kind::Text { longest } => format!("{longest}文字まで"),
        Kind::Number { highest } => format!("{highest}まで"),
        Kind::CareLevel
        | Kind::Sex
        | Kind::Copay
        | Kind::Date
        | Kind::Month
        | Kind::Time
        | Kind::Flag
        | Kind::DayCounts => String::new(),
    }
}

fn explain(fault: Fault) -> (Code, String) {
    match fault {
        Fault::Undecodable { offset } => (Code::UndecodableBytes, in_file(offset)),
        Fault::PrivateCharacter { character, offset } => {
            let place = offset
                .map(|offset| format!("、{}", in_file(offset)))
                .unwrap_or_default();
            (
                Code::PrivateCharacter,
                format!("文字コード U+{:04X}{place}", u32::from(character)),
            )
        }
        Fault::CellError => (Code::CellError, String::new()),
        Fault::UnclosedQuote => (Code::UnclosedQuote, String::new()),
    }
}

fn in_file(offset: u64) -> String {
    format!("ファイルの先頭から{offset}バイト目")
}

/// Values right of the last header: the row is shifted, and no cell can be trusted.
fn too_long(sheet: &Sheet, row: &Row, findings: &mut Vec<Finding>) {
    let beyond = (sheet.width()..row.width()).find(|at| !row.cell(*at).trim().is_empty());
    if let Some(at) = beyond {
        let place = sheet.cell(row.number(), at);
        let detail = format!("見出しは{}列、この行は{}列", sheet.width(), row.width());
        findings.push(
            Finding::new(Code::RowTooLong, place)
                .value(row.cell(at))
                .detail(detail),
        );
    }
}

/// Start and end only make sense together.
fn hours(sheet: &Sheet, row: &Row, record: &Record<'_>, findings: &mut Vec<Finding>) {
    let cell = |field| {
        let column = sheet.layout.column_of(field, None)?;
        sheet.column(column)
    };
    let (Some(start), Some(end)) = (cell(Field::Start), cell(Field::End)) else {
        return;
    };
    let given = |place: usize| !row.cell(place).trim().is_empty();
    let mut say = |code, place| {
        let value = format!("{}–{}", row.cell(start).trim(), row.cell(end).trim());
        findings.push(Finding::new(code, sheet.cell(row.number(), place)).value(value));
    };
    match (record.time(Field::Start), record.time(Field::End)) {
        (Some(from), Some(to)) => match ClockRange::new(from, to) {
            None if from.is_beyond_a_day() => say(Code::NotATime, start),
            None => say(Code::ZeroLength, end),
            Some(hours) if hours.passes_midnight() => say(Code::PassesMidnight, end),
            Some(_) => {}
        },
        // A time that is there but could not be read has its own finding already.
        (Some(_), None) if !given(end) => say(Code::HalfATime, end),
        (None, Some(_)) if !given(start) => say(Code::HalfATime, start),
        (Some(_) | None, None) | (None, Some(_)) => {}
    }
}
