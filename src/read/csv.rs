//! Text files: records cut by [`scan`](super::scan), then decoded.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use crate::disk;
use crate::finding::Code;
use crate::model::FileName;
use crate::table::Layout;

use super::decode::decode;
use super::encoding::{Encoding, UTF8_BOM};
use super::header::Recogniser;
use super::row::{Fault, Row, in_file};
use super::scan::{Content, Field, Record, Scanner, unquote};
use super::{Intake, ReadError, utf16};

/// Reads a text file.
pub fn read(
    path: &Path,
    name: &FileName,
    encoding: Encoding,
    layouts: &[Arc<Layout>],
    intake: &mut dyn Intake,
) -> Result<(), ReadError> {
    let mut recogniser = Recogniser::new(name.clone(), None, layouts);
    let end_mark = rows(path, encoding, |row| recogniser.take(row, intake))?;
    if let Some(mark) = end_mark {
        recogniser.note(Code::EndMark, mark.line, mark.column, &in_file(mark.offset));
    }
    recogniser.finish(intake);
    Ok(())
}

/// Hands over the rows of a text file as they stand there; nobody looks for a header.
pub fn rows(
    path: &Path,
    encoding: Encoding,
    mut take: impl FnMut(&Row),
) -> Result<Option<EndMark>, ReadError> {
    let broken = |source| ReadError::Broken {
        path: path.to_owned(),
        source,
    };
    let mut rows = Rows::new(disk::open(path)?, encoding);
    let mut row = Row::default();
    while rows.next(&mut row).map_err(broken)? {
        take(&row);
    }
    Ok(rows.end_mark())
}

/// The rows of a text file, one after the other.
#[derive(Debug)]
pub struct Rows<R> {
    scanner: Scanner<Input<R>>,
    encoding: Encoding,
    fields: Vec<Field>,
    /// Where the next record begins in the file, which in UTF-16 is not where it begins in
    /// the stream that is scanned.
    offset: u64,
    /// Whether the last record went on to the end of the stream without a line end.
    open_end: bool,
}

/// Ctrl-Z, with which old programs close a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndMark {
    /// The physical line on which it stands.
    pub line: u32,
    /// The column in which it stands, counted from 0.
    pub column: usize,
    /// Bytes from the beginning of the file.
    pub offset: u64,
}

impl<R: Read> Rows<R> {
    /// Reads with pieces of the usual size.
    pub fn new(input: R, encoding: Encoding) -> Self {
        Self::with_piece(input, encoding, 1 << 16)
    }

    /// Reads with pieces of a given size in bytes; the rows are the same with any.
    pub fn with_piece(input: R, encoding: Encoding, piece: usize) -> Self {
        let (input, offset) = match encoding {
            Encoding::Utf16Le => (Input::Utf16(utf16::AsUtf8::little_endian(input)), 2),
            Encoding::Utf16Be => (Input::Utf16(utf16::AsUtf8::big_endian(input)), 2),
            Encoding::Utf8 | Encoding::Cp932 | Encoding::Workbook => (Input::Plain(input), 0),
        };
        Self {
            scanner: Scanner::with_piece(input, piece),
            encoding,
            fields: Vec::new(),
            offset,
            open_end: false,
        }
    }

    /// Puts the next row into `row`; `false` at the end.
    pub fn next(&mut self, row: &mut Row) -> io::Result<bool> {
        if self.offset == 0 && self.encoding == Encoding::Utf8 {
            self.scanner.skip(UTF8_BOM)?;
        }
        let Some(record) = self.scanner.next(&mut self.fields)? else {
            return Ok(false);
        };
        if !self.encoding.is_utf16() {
            self.offset = record.offset;
        }
        fill(row, &record, &self.fields, self.encoding, self.offset);
        self.offset += self.encoding.length(record.bytes);
        self.open_end = !record.bytes.ends_with(b"\n") && !record.bytes.ends_with(b"\r");
        Ok(true)
    }

    /// The mark that closed the file, if there was one; known when there is no further row.
    pub fn end_mark(&self) -> Option<EndMark> {
        self.scanner.end_mark()?;
        let column = if self.open_end {
            self.fields.len().saturating_sub(1)
        } else {
            0
        };
        Some(EndMark {
            line: self.scanner.line(),
            column,
            offset: self.offset,
        })
    }
}

/// The bytes of a file as the scanner takes them.
#[derive(Debug)]
enum Input<R> {
    Plain(R),
    Utf16(utf16::AsUtf8<R>),
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(input) => input.read(into),
            Self::Utf16(input) => input.read(into),
        }
    }
}

/// Puts a record into a row. This is the hot path: nearly every field is plain, so runs of
/// plain fields are copied together, and only their borders are kept.
fn fill(row: &mut Row, record: &Record<'_>, fields: &[Field], encoding: Encoding, offset: u64) {
    row.begin(record.line);
    for run in fields.chunk_by(|_, next| next.content == Content::Plain) {
        // A run begins with any field, and plain ones follow.
        let plain = match run.split_first() {
            Some((first, behind)) if first.content != Content::Plain => {
                push_field(row, record.bytes, first, encoding, offset);
                behind
            }
            _ => run,
        };
        push_run(row, record.bytes, plain);
    }
    if let Some(index) = record.unclosed {
        row.fail(index, Fault::UnclosedQuote);
    }
}

fn push_run(row: &mut Row, record: &[u8], run: &[Field]) {
    let (Some(first), Some(last)) = (run.first(), run.last()) else {
        return;
    };
    // Between plain fields stand commas and quotation marks, and nothing else.
    let text = std::str::from_utf8(&record[first.start..last.end]).unwrap_or_default();
    let spans = run
        .iter()
        .map(|field| (field.start - first.start, field.end - first.start));
    row.push_cells(text, spans);
}

fn push_field(row: &mut Row, record: &[u8], field: &Field, encoding: Encoding, offset: u64) {
    let bytes = &record[field.start..field.end];
    let in_file = |at: u64| {
        let at = field.start + usize::try_from(at).unwrap_or(usize::MAX - field.start);
        offset + encoding.length(&record[..at.min(record.len())])
    };
    row.push_with(|text| {
        let fault = if field.content == Content::Coded {
            decode(bytes, encoding, text)
        } else {
            // Decoding first keeps the offset of a broken byte true.
            let mut quoted = String::new();
            let fault = decode(bytes, encoding, &mut quoted);
            text.push_str(&unquote(&quoted));
            fault
        };
        fault.map(|fault| fault.at(fault.offset().map(in_file)))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Seen = Vec<(u32, Vec<String>, Vec<(usize, Fault)>)>;

    fn rows(bytes: &[u8], encoding: Encoding, piece: usize) -> (Seen, Option<EndMark>) {
        let mut rows = Rows::with_piece(bytes, encoding, piece);
        let mut row = Row::default();
        let mut seen = Vec::new();
        while rows.next(&mut row).unwrap() {
            let cells = row.cells().map(str::to_owned).collect();
            seen.push((row.number(), cells, row.faults().to_vec()));
        }
        (seen, rows.end_mark())
    }

    fn in_utf16(text: &str) -> Vec<u8> {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        units.flat_map(u16::to_be_bytes).collect()
    }

    #[test]
    fn a_row_is_the_same_in_every_encoding() {
        let text = "a,髙橋,\"x,\"\"y\"\"\r\nz\",\r\n,,1,\"\"";
        let cp932 = b"a,\xFB\xFC\x8B\xB4,\"x,\"\"y\"\"\r\nz\",\r\n,,1,\"\"";
        let signed = [UTF8_BOM, text.as_bytes()].concat();
        let expected = vec![
            (
                1,
                vec![
                    "a".into(),
                    "髙橋".into(),
                    "x,\"y\"\r\nz".into(),
                    String::new(),
                ],
                vec![],
            ),
            (
                3,
                vec![String::new(), String::new(), "1".into(), String::new()],
                vec![],
            ),
        ];
        for (bytes, encoding) in [
            (cp932.as_slice(), Encoding::Cp932),
            (text.as_bytes(), Encoding::Utf8),
            (&signed, Encoding::Utf8),
            (&in_utf16(text), Encoding::Utf16Be),
        ] {
            assert_eq!(rows(bytes, encoding, 5).0, expected, "{encoding:?}");
        }
    }

    #[test]
    fn a_fault_says_where_in_the_file_it_is() {
        let control = |offset| {
            let character = '\0';
            Fault::Control {
                character,
                offset: Some(offset),
            }
        };
        let (seen, _) = rows(b"a\n\x8B\xB4,b\0\n", Encoding::Cp932, 4);
        assert_eq!(seen[1].2, [(1, control(6))]);
        let (seen, _) = rows("\u{FEFF}a\n橋,b\0\n".as_bytes(), Encoding::Utf8, 4);
        assert_eq!(seen[1].2, [(1, control(10))]);
        let (seen, _) = rows(&in_utf16("a\n橋,b\0\n"), Encoding::Utf16Be, 4);
        assert_eq!(seen[1].2, [(1, control(12))]);
    }

    #[test]
    fn only_the_quote_that_is_not_closed_is_a_fault() {
        let (seen, _) = rows(b"\"a\",\"b,c\nd\n", Encoding::Cp932, 4);
        assert_eq!(seen[0].1, ["a", "\"b", "c"]);
        assert_eq!(seen[0].2, [(1, Fault::UnclosedQuote)]);
    }

    #[test]
    fn the_end_mark_has_a_place() {
        let mark = |bytes| rows(bytes, Encoding::Cp932, 4).1.unwrap();
        let (line, column, offset) = (2, 0, 5);
        let alone = EndMark {
            line,
            column,
            offset,
        };
        assert_eq!(mark(b"a,b\r\n\x1A"), alone);
        let (line, column, offset) = (1, 1, 3);
        let behind = EndMark {
            line,
            column,
            offset,
        };
        assert_eq!(mark(b"a,b\x1A"), behind);
        assert_eq!(rows(b"a,b", Encoding::Cp932, 4).1, None);
    }

    /// Bytes made of what matters to cutting and decoding.
    fn file() -> impl Strategy<Value = Vec<u8>> {
        let parts: Vec<&[u8]> = vec![
            b"a",
            b",",
            b"\"",
            b"\"\"",
            b"\r\n",
            b"\n",
            b"\r",
            b"\",\"",
            b"\x83\x5C",
            b"\x8B",
            b"\xF0\x40",
            b"\x85\x40",
            b"\0",
            b"\x1A",
            b" ",
            b"12",
        ];
        proptest::collection::vec(proptest::sample::select(parts), 0..60)
            .prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn the_size_of_the_pieces_does_not_matter(bytes in file(), piece in 1usize..20) {
            for encoding in [Encoding::Cp932, Encoding::Utf8, Encoding::Utf16Le] {
                let whole = rows(&bytes, encoding, 1 << 16);
                prop_assert_eq!(rows(&bytes, encoding, piece), whole);
            }
        }

        #[test]
        fn no_byte_moves_the_line_numbers(bytes in file()) {
            let (seen, _) = rows(&bytes, Encoding::Cp932, 1 << 16);
            let numbers: Vec<u32> = seen.iter().map(|(number, ..)| *number).collect();
            prop_assert!(numbers.is_sorted_by(|a, b| a < b));
        }
    }
}
