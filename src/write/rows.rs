//! Rows of a file in CP932 and CRLF, as the layout has its columns.

use std::collections::BTreeSet;

use crate::model::{Field, Fields};
use crate::table::{Layout, Quotes};

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

    /// Adds other rows of the same layout behind these.
    pub fn append(&mut self, other: &Self) {
        let moved = self.bytes.len();
        self.open.extend(other.open.iter().map(|at| at + moved));
        self.bytes.extend_from_slice(&other.bytes);
        self.count += other.count;
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

/// Writes rows of one layout.
#[derive(Debug)]
pub struct RowWriter<'l> {
    layout: &'l Layout,
    open: Option<Field>,
    text: String,
    /// For each column the text that was encoded last: names come many times in a row.
    last: Vec<Encoded>,
}

/// A text and its bytes.
#[derive(Debug, Clone, Default)]
struct Encoded {
    text: String,
    bytes: Vec<u8>,
    replaced: BTreeSet<Replacement>,
}

impl<'l> RowWriter<'l> {
    /// A writer for a layout.
    pub fn new(layout: &'l Layout) -> Self {
        Self {
            layout,
            open: None,
            text: String::new(),
            last: vec![Encoded::default(); layout.columns().len()],
        }
    }

    /// A writer that leaves the cells of a field open, to be filled when the file is made.
    pub fn leaving_open(layout: &'l Layout, field: Field) -> Self {
        Self {
            open: Some(field),
            ..Self::new(layout)
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
            let cell = Encoded::of(column.header())?;
            push(&cell.bytes, column.quotes(), file);
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
        let written = self.cells(record, rows, replaced);
        if written.is_err() {
            rows.cut_back(mark);
        }
        written
    }

    fn cells(
        &mut self,
        record: &dyn Fields,
        rows: &mut Rows,
        replaced: &mut BTreeSet<Replacement>,
    ) -> Result<(), Unwritable> {
        let columns = self.layout.columns().iter().zip(&mut self.last);
        for (at, (column, last)) in columns.enumerate() {
            if at > 0 {
                rows.bytes.push(b',');
            }
            if self.open.is_some() && column.field() == self.open {
                rows.open.push(rows.bytes.len());
                continue;
            }
            self.text.clear();
            column.write(record, &mut self.text);
            // Most cells of a grid are.
            if self.text.is_empty() {
                continue;
            }
            if self.text.is_ascii() {
                push(self.text.as_bytes(), column.quotes(), &mut rows.bytes);
                continue;
            }
            if last.text != self.text {
                // Encoded first: a text that fails must not be remembered as one that did not.
                *last = Encoded::of(&self.text)?;
            }
            replaced.extend(&last.replaced);
            push(&last.bytes, column.quotes(), &mut rows.bytes);
        }
        rows.bytes.extend(b"\r\n");
        rows.count += 1;
        Ok(())
    }
}

impl Encoded {
    fn of(text: &str) -> Result<Self, Unwritable> {
        let mut encoded = Self {
            text: text.to_owned(),
            ..Self::default()
        };
        cp932::encode(text, &mut encoded.bytes, &mut encoded.replaced)?;
        Ok(encoded)
    }
}

/// Quoting is safe on encoded cells: no second byte of CP932 is a quotation mark, a comma or a
/// line break. Each column has its own way of quoting, which no CSV library of ours offers.
fn push(cell: &[u8], quotes: Quotes, file: &mut Vec<u8>) {
    let quoted = match quotes {
        Quotes::WhereNeeded => cell.iter().any(|byte| b"\",\r\n".contains(byte)),
        Quotes::Always => !cell.is_empty(),
    };
    if quoted {
        file.push(b'"');
        for &byte in cell {
            file.extend(std::iter::repeat_n(byte, 1 + usize::from(byte == b'"')));
        }
        file.push(b'"');
    } else {
        file.extend_from_slice(cell);
    }
}
