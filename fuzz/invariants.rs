//! What must hold for any bytes at all: one function for each fuzz target.
//!
//! `fuzz_targets/` calls them for as long as somebody lets it, and `tests/fuzz_smoke.rs` for a
//! few seconds in every test run; both include this file.

pub(crate) mod workbooks;

use rakuwing::finding::Code;
use rakuwing::model::{Field as Of, Kind, Value};
use rakuwing::read::scan::{Field, Scanner};
use rakuwing::table::Calendar;
use rakuwing::table::fold::nfkc;
use rakuwing::table::text::{self, Form, Reading};

const CALENDARS: [Calendar; 2] = [Calendar::Of1900, Calendar::Of1904];

/// Rows are the same whatever the size of the pieces in which their bytes come, and their
/// physical line numbers rise.
pub(crate) fn csv_rows(input: &[u8]) {
    let (size, file) = input.split_first().unwrap_or((&0, &[]));
    let rows = rows_of(file, 1 << 16);
    assert_eq!(rows, rows_of(file, usize::from(*size) % 24 + 1));
    for pair in rows.windows(2) {
        assert!(pair[0].line < pair[1].line, "lines do not rise");
        assert!(pair[0].offset < pair[1].offset, "offsets do not rise");
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Row {
    line: u32,
    offset: u64,
    unclosed: Option<usize>,
    fields: Vec<Field>,
    bytes: Vec<u8>,
}

fn rows_of(bytes: &[u8], piece: usize) -> Vec<Row> {
    let mut scanner = Scanner::with_piece(bytes, piece);
    let mut fields = Vec::new();
    let mut rows = Vec::new();
    while let Some(record) = scanner.next(&mut fields).expect("memory can be read") {
        let (line, offset, unclosed) = (record.line, record.offset, record.unclosed);
        rows.push(Row {
            line,
            offset,
            unclosed,
            bytes: record.bytes.to_vec(),
            fields: fields.clone(),
        });
    }
    rows
}

/// What is read as a day, month or time is read again from every form that is written, with
/// nothing more to be said; only a day number depends on the sheet's calendar.
pub(crate) fn dates(input: &[u8]) {
    let input = String::from_utf8_lossy(input);
    for kind in [Kind::Date, Kind::Month, Kind::Time] {
        let read = CALENDARS.map(|calendar| text::read(kind, None, calendar, &input));
        for value in read.iter().flatten() {
            is_read_again(kind, value.value);
        }
        if read[0] != read[1] {
            assert!(is_day_number(&input), "the calendar changed a {kind:?}");
        }
    }
}

/// Whether the text is a number, perhaps with a weekday or midnight behind it.
fn is_day_number(text: &str) -> bool {
    let text = nfkc(text);
    let behind = text
        .trim()
        .trim_start_matches(|sign: char| sign.is_ascii_digit() || sign == '.');
    behind.is_empty() || behind.starts_with([' ', 'T', '(']) || behind.ends_with("曜日")
}

fn is_read_again(kind: Kind, value: Value<'_>) {
    for (name, form) in Form::NAMES {
        if form.suits(kind, None) {
            let mut written = String::new();
            text::write(&value, form, None, &mut written);
            for calendar in CALENDARS {
                let again = text::read(kind, None, calendar, &written);
                assert_eq!(again, Ok(Reading::from(value)), "written as {name}");
            }
        }
    }
}

/// A number has its whole width, what was shorter got zeroes in front and a remark, and what
/// was read is read again.
pub(crate) fn numbers(input: &[u8]) {
    let input = String::from_utf8_lossy(input);
    let given = nfkc(input.trim()).to_uppercase();
    for kind in [
        Kind::OfficeNumber,
        Kind::InsurerNumber,
        Kind::InsuredNumber,
        Of::PublicPayer.kind(),
        Of::PublicRecipient.kind(),
    ] {
        let Ok(read) = text::read(kind, None, Calendar::Of1900, &input) else {
            continue;
        };
        if read.value == Value::Empty {
            assert!(given.trim().is_empty(), "{kind:?} of something is nothing");
            continue;
        }
        let mut written = String::new();
        text::write(&read.value, Form::Plain, None, &mut written);
        let width = kind.width().expect("numbers have a width");
        assert_eq!(written, format!("{given:0>width$}"), "{kind:?}");
        assert_eq!(written.len(), width, "{kind:?}");

        let restored = read.remarks.contains(&Some(Code::ZeroesRestored));
        assert_eq!(restored, given.len() < width, "{kind:?}");
        let again = text::read(kind, None, Calendar::Of1900, &written).map(|again| again.value);
        assert_eq!(again, Ok(read.value), "{kind:?}");
    }
}
