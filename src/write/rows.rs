//! Rows of a file in CP932 and CRLF, as the layout has its columns.

use std::collections::BTreeSet;

use crate::model::{Field, Fields, Record, Value};
use crate::table::{Column, Layout, Quotes};

use super::cp932::{self, Replacement, Unwritable};

/// The rows of a file, without its header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    bytes: Vec<u8>,
    /// Where the cell that is left open stands in each row, as a place in `bytes`.
    open: Vec<usize>,
    count: usize,
}

/// How far rows had come.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    bytes: usize,
    open: usize,
    count: usize,
}

impl Rows {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Where the rows end now.
    pub fn mark(&self) -> Mark {
        Mark {
            bytes: self.bytes.len(),
            open: self.open.len(),
            count: self.count,
        }
    }

    /// Takes back everything behind a mark: part of a client's month is worse than none.
    pub fn cut_back(&mut self, mark: Mark) {
        self.bytes.truncate(mark.bytes);
        self.open.truncate(mark.open);
        self.count = mark.count;
    }

    /// The rows with nothing in the open cells: two files that differ in these alone say the
    /// same.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Appends the rows with one text, of ASCII, in every open cell.
    pub fn fill(&self, text: &str, file: &mut Vec<u8>) {
        file.reserve(self.bytes.len() + self.open.len() * text.len());
        let mut from = 0;
        for &at in &self.open {
            file.extend_from_slice(&self.bytes[from..at]);
            file.extend_from_slice(text.as_bytes());
            from = at;
        }
        file.extend_from_slice(&self.bytes[from..]);
    }
}

/// Rows that were written at several desks, in their order.
#[derive(Debug, Default)]
pub struct Parts(Vec<Rows>);

impl Parts {
    /// Adds rows behind those that are there.
    pub fn push(&mut self, rows: Rows) {
        self.0.push(rows);
    }

    /// How many rows there are.
    pub fn count(&self) -> usize {
        self.0.iter().map(Rows::count).sum()
    }

    /// The rows, piece by piece, with nothing in the open cells: two files that differ in
    /// these alone say the same.
    pub fn bytes(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(Rows::bytes)
    }

    /// Appends the rows with one text, of ASCII, in every open cell.
    pub fn fill(&self, text: &str, file: &mut Vec<u8>) {
        file.reserve(self.bytes().map(<[u8]>::len).sum());
        for rows in &self.0 {
            rows.fill(text, file);
        }
    }
}

/// Writes rows of one layout.
///
/// A file for a care-management office has a million rows of which most cells say what those
/// of the row above say. So a cell whose value is the last one's is copied, and what stands
/// between the cells that hold something is made once.
#[derive(Debug)]
pub struct RowWriter<'l> {
    layout: &'l Layout,
    pieces: Vec<Piece>,
    text: String,
}

/// A part of every row.
#[derive(Debug)]
enum Piece {
    /// What never changes: commas, and what a column always says.
    Fixed(Vec<u8>),
    /// The cell of a column.
    Cell(usize, Last),
    /// A cell that is left open.
    Open,
}

/// The cell that was written last.
#[derive(Debug, Default)]
struct Last {
    value: Option<Owned>,
    /// As it stands in the row, quoted where it is.
    cell: Vec<u8>,
    replaced: BTreeSet<Replacement>,
}

/// A value that lives on.
#[derive(Debug)]
enum Owned {
    Text(String),
    Other(Value<'static>),
}

impl<'l> RowWriter<'l> {
    /// A writer for a layout.
    pub fn new(layout: &'l Layout) -> Self {
        Self::with(layout, None)
    }

    /// A writer that leaves the cells of a field open, to be filled when the file is made.
    pub fn leaving_open(layout: &'l Layout, field: Field) -> Self {
        Self::with(layout, Some(field))
    }

    fn with(layout: &'l Layout, open: Option<Field>) -> Self {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut fixed = Vec::new();
        for (at, column) in layout.columns().iter().enumerate() {
            if at > 0 {
                fixed.push(b',');
            }
            if column.field().is_none() {
                let mut text = String::new();
                column.write(&Record::default(), &mut text);
                push(text.as_bytes(), column.quotes(), &mut fixed);
                continue;
            }
            pieces.push(Piece::Fixed(std::mem::take(&mut fixed)));
            pieces.push(match open {
                Some(field) if column.field() == Some(field) => Piece::Open,
                Some(_) | None => Piece::Cell(at, Last::default()),
            });
        }
        fixed.extend(b"\r\n");
        pieces.push(Piece::Fixed(fixed));
        Self {
            layout,
            pieces,
            text: String::new(),
        }
    }

    /// Appends the header; nothing where the layout has none.
    pub fn header(&self, file: &mut Vec<u8>) -> Result<(), Unwritable> {
        if self.layout.position().is_some() {
            return Ok(());
        }
        for (at, column) in self.layout.columns().iter().enumerate() {
            if at > 0 {
                file.push(b',');
            }
            let mut cell = Vec::new();
            cp932::encode(column.header(), &mut cell, &mut BTreeSet::new())?;
            push(&cell, column.quotes(), file);
        }
        file.extend(b"\r\n");
        Ok(())
    }

    /// Appends a row, or none of it where a character cannot be written. What was replaced
    /// by its twin is added to `replaced`.
    pub fn row(
        &mut self,
        record: &dyn Fields,
        rows: &mut Rows,
        replaced: &mut BTreeSet<Replacement>,
    ) -> Result<(), Unwritable> {
        let mark = rows.mark();
        for piece in &mut self.pieces {
            match piece {
                Piece::Fixed(bytes) => rows.bytes.extend_from_slice(bytes),
                Piece::Open => rows.open.push(rows.bytes.len()),
                Piece::Cell(at, last) => {
                    let column = &self.layout.columns()[*at];
                    let written = last.write(column, record, &mut self.text, &mut rows.bytes);
                    if let Err(unwritable) = written {
                        rows.cut_back(mark);
                        return Err(unwritable);
                    }
                    replaced.extend(&last.replaced);
                }
            }
        }
        rows.count += 1;
        Ok(())
    }
}

impl Last {
    /// Appends a cell, and remembers it.
    fn write(
        &mut self,
        column: &Column,
        record: &dyn Fields,
        text: &mut String,
        file: &mut Vec<u8>,
    ) -> Result<(), Unwritable> {
        let value = column.value(record);
        if let Some((last, value)) = self.value.as_ref().zip(value)
            && last.is(value)
        {
            file.extend_from_slice(&self.cell);
            return Ok(());
        }
        text.clear();
        column.write(record, text);
        // A text that fails must not be remembered as one that did not.
        self.value = None;
        self.cell.clear();
        self.replaced.clear();
        if text.is_ascii() {
            push(text.as_bytes(), column.quotes(), &mut self.cell);
        } else {
            let mut encoded = Vec::new();
            cp932::encode(text, &mut encoded, &mut self.replaced)?;
            push(&encoded, column.quotes(), &mut self.cell);
        }
        self.value = value.map(Owned::of);
        file.extend_from_slice(&self.cell);
        Ok(())
    }
}

impl Owned {
    fn of(value: Value<'_>) -> Self {
        match value {
            Value::Text(text) => Self::Text(text.to_owned()),
            Value::Empty => Self::Other(Value::Empty),
            Value::Number(value) => Self::Other(Value::Number(value)),
            Value::Flag(value) => Self::Other(Value::Flag(value)),
            Value::Date(value) => Self::Other(Value::Date(value)),
            Value::Month(value) => Self::Other(Value::Month(value)),
            Value::Time(value) => Self::Other(Value::Time(value)),
            Value::Office(value) => Self::Other(Value::Office(value)),
            Value::Insurer(value) => Self::Other(Value::Insurer(value)),
            Value::Insured(value) => Self::Other(Value::Insured(value)),
            Value::Digits(value) => Self::Other(Value::Digits(value)),
            Value::ServiceCode(value) => Self::Other(Value::ServiceCode(value)),
            Value::ServiceType(value) => Self::Other(Value::ServiceType(value)),
            Value::CareLevel(value) => Self::Other(Value::CareLevel(value)),
            Value::Sex(value) => Self::Other(Value::Sex(value)),
            Value::Copay(value) => Self::Other(Value::Copay(value)),
        }
    }

    fn is(&self, value: Value<'_>) -> bool {
        match (self, value) {
            (Self::Text(text), Value::Text(other)) => text == other,
            (Self::Other(last), value) => *last == value,
            (Self::Text(_), _) => false,
        }
    }
}

/// Quoting is safe on encoded cells: no second byte of CP932 is a quotation mark, a comma or a
/// line break. Each column has its own way of quoting, which no CSV library of ours offers.
fn push(cell: &[u8], quotes: Quotes, file: &mut Vec<u8>) {
    let in_quotes = match quotes {
        Quotes::WhereNeeded => cell.iter().any(|byte| b"\",\r\n".contains(byte)),
        Quotes::Always => !cell.is_empty(),
    };
    if in_quotes {
        file.push(b'"');
        for &byte in cell {
            file.extend(std::iter::repeat_n(byte, 1 + usize::from(byte == b'"')));
        }
        file.push(b'"');
    } else {
        file.extend_from_slice(cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Tables;

    /// Deletions of two clients: the layout has a column that always says the same.
    fn deletion(insured: &'static str) -> Record<'static> {
        let mut record = Record::default();
        let insured = crate::model::InsuredNumber::parse(insured).unwrap();
        record.set(Field::Insured, Value::Insured(insured));
        record
    }

    #[test]
    fn a_cell_that_says_what_the_last_one_said_is_copied_and_another_one_is_not() {
        let tables = Tables::load(None).unwrap();
        let mut writer = RowWriter::leaving_open(&tables.actual_deletions, Field::Month);
        let mut rows = Rows::default();
        for insured in ["0000000001", "0000000001", "0000000002"] {
            let row = writer.row(&deletion(insured), &mut rows, &mut BTreeSet::new());
            assert_eq!(row, Ok(()));
        }
        let (mut file, mut parts) = (Vec::new(), Parts::default());
        parts.push(rows);
        parts.fill("202610", &mut file);
        assert_eq!(
            String::from_utf8(file).unwrap(),
            "202407,,0000000001,202610,,\r\n\
             202407,,0000000001,202610,,\r\n\
             202407,,0000000002,202610,,\r\n"
        );
    }

    #[test]
    fn a_row_that_cannot_be_written_leaves_nothing_behind() {
        let tables = Tables::load(None).unwrap();
        let mut writer = RowWriter::new(&tables.actual_days);
        let named = |name: &'static str| {
            let mut record = Record::default();
            record.set(Field::CareManager, Value::Text(name));
            record
        };
        let mut rows = Rows::default();
        let mut row =
            |name, rows: &mut Rows| writer.row(&named(name), rows, &mut BTreeSet::new()).is_ok();
        assert!(row("例　恵子", &mut rows));
        let before = rows.clone();
        // Twice: what failed once is not taken for what was written last.
        assert!(!row("𠮷田", &mut rows));
        assert!(!row("𠮷田", &mut rows));
        assert_eq!(rows, before);
        assert!(row("例　恵子", &mut rows));
        assert_eq!(rows.count(), 2);
        let (first, second) = rows.bytes().split_at(rows.bytes().len() / 2);
        assert_eq!(first, second);
    }
}
