//! Text files: records cut by [`scan`](super::scan), then decoded.
//!
//! Below its header a file is read in pieces, side by side on all cores, and what is made of
//! them is put together in their order: nobody can tell it from having been read row by row.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use crate::disk::{self, Digest};
use crate::finding::Code;
use crate::parallel;
use crate::table::Layout;

use super::decode::decode;
use super::decoded::Decoded;
use super::encoding::{Encoding, Hashed};
use super::header::{self, Recogniser};
use super::row::{Fault, Row, in_file};
use super::scan::{Content, Field, Piece, Record, Scanner, unquote};
use super::sheet::Sheet;
use super::source::{Bytes, Named, Source};
use super::{Digests, InPieces, Intake, ReadError, separator, utf16};

/// So many bytes are read by one thread at a time.
const PIECE: usize = 128 << 10;

/// Reads a text file and gives its digest, if it is asked for.
pub(super) fn read(
    (source, name): (&Source<'_>, Named<'_>),
    encoding: Encoding,
    layouts: &[Arc<Layout>],
    digests: Digests,
    intake: &mut dyn Intake,
) -> Result<Option<Digest>, ReadError> {
    let mut reading = Reading::begin((source, name), encoding, layouts, digests)?;
    let read = reading.row_by_row(intake);
    read.map_err(|error| source.broken(error))?;
    Ok(reading.finish(intake))
}

/// The same, in pieces.
pub(super) fn read_in_pieces(
    (source, name): (&Source<'_>, Named<'_>),
    encoding: Encoding,
    layouts: &[Arc<Layout>],
    digests: Digests,
    intake: &mut impl InPieces,
) -> Result<Option<Digest>, ReadError> {
    let mut reading = Reading::begin((source, name), encoding, layouts, digests)?;
    let read = reading.in_pieces(PIECE, intake);
    read.map_err(|error| source.broken(error))?;
    Ok(reading.finish(intake))
}

/// Hands over the rows of a text file as they stand there; nobody looks for a header.
pub fn rows(path: &Path, encoding: Encoding, mut take: impl FnMut(&Row)) -> Result<(), ReadError> {
    let mut rows = Rows::new(disk::open(path)?, encoding);
    let mut row = Row::default();
    let broken = |source| ReadError::broken(path, source);
    while rows.next(&mut row).map_err(broken)? {
        take(&row);
    }
    Ok(())
}

/// A file that is being read.
struct Reading<'t, R> {
    rows: Rows<R>,
    row: Row,
    recogniser: Recogniser<'t>,
}

impl<'t> Reading<'t, Hashed<Bytes>> {
    fn begin(
        (source, name): (&Source<'_>, Named<'_>),
        encoding: Encoding,
        layouts: &'t [Arc<Layout>],
        digests: Digests,
    ) -> Result<Self, ReadError> {
        let separator = separator::of(source, (name, encoding), layouts)?;
        let rows = Rows::new(Hashed::new(source.open()?, digests), encoding);
        Ok(Self::new(rows.parted_by(separator), name, layouts))
    }
}

impl<'t, R: Read> Reading<'t, R> {
    fn new(rows: Rows<R>, name: Named<'_>, layouts: &'t [Arc<Layout>]) -> Self {
        let recogniser = Recogniser::new(name, None, layouts);
        let row = Row::default();
        Self {
            rows,
            row,
            recogniser,
        }
    }

    fn row_by_row(&mut self, intake: &mut dyn Intake) -> io::Result<()> {
        while self.rows.next(&mut self.row)? {
            self.recogniser.take(&self.row, intake);
        }
        Ok(())
    }

    /// Row by row until the header was found, then in pieces, and row by row what is left.
    fn in_pieces(&mut self, size: usize, intake: &mut impl InPieces) -> io::Result<()> {
        while self.recogniser.found().is_none() {
            if !self.rows.next(&mut self.row)? {
                return Ok(());
            }
            self.recogniser.take(&self.row, intake);
        }
        if let Some(sheet) = self.recogniser.found().filter(|_| intake.takes_parts()) {
            let (sheet, encoding) = (Arc::clone(sheet), self.rows.encoding);
            let empty = intake.part();
            parallel::in_order(
                || self.rows.piece(size),
                |piece| {
                    let mut part = empty.part();
                    let taken = Rows::within(piece, encoding).pass_on(&sheet, &mut part)?;
                    Ok((part, taken))
                },
                |read: io::Result<_>| {
                    let (part, taken) = read?;
                    self.recogniser.count(taken);
                    intake.add(part);
                    Ok(())
                },
            )?;
            let left = self.rows.pass_on(&sheet, intake)?;
            self.recogniser.count(left);
        }
        self.row_by_row(intake)
    }
}

impl<R: Read> Reading<'_, Hashed<R>> {
    /// Says what is to be said of the file as a whole.
    fn finish(mut self, intake: &mut dyn Intake) -> Option<Digest> {
        if let Some(mark) = self.rows.end_mark() {
            let place = mark.offset.map(in_file).unwrap_or_default();
            self.recogniser
                .note(Code::EndMark, mark.line, mark.column, &place);
        }
        self.recogniser.finish(intake);
        self.rows.into_input().digest()
    }
}

/// The rows of a text file, one after the other.
#[derive(Debug)]
pub struct Rows<R> {
    scanner: Scanner<Input<R>>,
    encoding: Encoding,
    fields: Vec<Field>,
    /// Where the next record begins in the file, which in UTF-16 is not where it begins in
    /// the stream that is scanned; `None` where nobody can say.
    offset: Option<u64>,
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
    /// Bytes from the beginning of the file, where that can be said.
    pub offset: Option<u64>,
}

impl<R: Read> Rows<R> {
    /// Reads with pieces of the usual size.
    pub fn new(input: R, encoding: Encoding) -> Self {
        Self::with_piece(input, encoding, 1 << 16)
    }

    /// Reads with pieces of a given size in bytes; the rows are the same with any.
    pub fn with_piece(input: R, encoding: Encoding, piece: usize) -> Self {
        let input = match encoding {
            Encoding::Utf16Le => Input::Utf16(utf16::AsUtf8::little_endian(input)),
            Encoding::Utf16Be => Input::Utf16(utf16::AsUtf8::big_endian(input)),
            Encoding::Iso2022Jp => {
                Input::Decoded(Decoded::of(encoding_rs::ISO_2022_JP, input).into())
            }
            Encoding::Utf8 | Encoding::Cp932 => Input::Plain(input),
        };
        Self {
            scanner: Scanner::with_piece(input, piece),
            encoding,
            fields: Vec::new(),
            offset: Some(0),
            open_end: false,
        }
    }

    /// Parts the cells by another byte than the comma.
    #[must_use]
    pub(super) fn parted_by(self, separator: u8) -> Self {
        Self {
            scanner: self.scanner.parted_by(separator),
            ..self
        }
    }

    /// Takes the coming rows off, to be read by somebody else; see [`Scanner::piece`]. Text
    /// that is turned on the way does not come in pieces: where something stands in the file,
    /// only its rows tell one after the other.
    fn piece(&mut self, size: usize) -> io::Result<Option<Piece>> {
        if self.encoding.is_turned() {
            return Ok(None);
        }
        let piece = self.scanner.piece(size)?;
        if let Some(piece) = &piece {
            self.offset = self.offset.map(|offset| offset + piece.length());
            self.open_end = false;
        }
        Ok(piece)
    }

    /// Hands the rows of a sheet on and says how many of them are data.
    fn pass_on(&mut self, sheet: &Arc<Sheet>, intake: &mut impl InPieces) -> io::Result<usize> {
        let mut row = Row::default();
        let mut taken = 0;
        while let Some(raw) = self.next_raw()? {
            let is_data = intake.usual(sheet, &raw) || {
                raw.fill(&mut row);
                header::pass_on(sheet, &row, intake)
            };
            taken += usize::from(is_data);
        }
        Ok(taken)
    }

    fn into_input(self) -> R {
        match self.scanner.into_input() {
            Input::Plain(input) => input,
            Input::Utf16(input) => input.into_input(),
            Input::Decoded(input) => input.into_input(),
        }
    }

    /// Puts the next row into `row`; `false` at the end.
    pub fn next(&mut self, row: &mut Row) -> io::Result<bool> {
        let raw = self.next_raw()?;
        Ok(raw.map(|raw| raw.fill(row)).is_some())
    }

    /// The next row as it stands in the file.
    fn next_raw(&mut self) -> io::Result<Option<Raw<'_>>> {
        let Some(record) = self.scanner.next(&mut self.fields)? else {
            return Ok(None);
        };
        let offset = if self.encoding.is_turned() {
            self.offset
        } else {
            Some(record.offset)
        };
        self.offset = in_front(offset, self.encoding.length(record.bytes));
        self.open_end = !record.bytes.ends_with(b"\n") && !record.bytes.ends_with(b"\r");
        Ok(Some(Raw {
            record,
            fields: &self.fields,
            encoding: self.encoding,
            offset,
        }))
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

impl Rows<io::Empty> {
    /// The rows of a piece.
    fn within(piece: Piece, encoding: Encoding) -> Self {
        Self {
            scanner: piece.scanner(Input::Plain(io::empty())),
            ..Self::new(io::empty(), encoding)
        }
    }
}

/// The bytes of a file as the scanner takes them.
#[derive(Debug)]
enum Input<R> {
    Plain(R),
    Utf16(utf16::AsUtf8<R>),
    Decoded(Box<Decoded<R>>),
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(input) => input.read(into),
            Self::Utf16(input) => input.read(into),
            Self::Decoded(input) => input.read(into),
        }
    }
}

/// A row of a text file as it stands there: bytes, cut into fields.
#[derive(Debug)]
pub struct Raw<'r> {
    record: Record<'r>,
    fields: &'r [Field],
    encoding: Encoding,
    /// Where it begins in the file, where that can be said.
    offset: Option<u64>,
}

impl Raw<'_> {
    /// The physical line on which it begins, counted from 1.
    pub fn number(&self) -> u32 {
        self.record.line
    }

    /// How many cells there are.
    pub fn width(&self) -> usize {
        self.fields.len()
    }

    /// Whether every quotation mark is closed.
    pub fn is_whole(&self) -> bool {
        self.record.unclosed.is_none()
    }

    /// The bytes of a cell; `None` behind the last one, and where they are not all of its text.
    pub fn bytes(&self, index: usize) -> Option<&[u8]> {
        let field = self.fields.get(index)?;
        (field.content != Content::Quoted).then(|| &self.record.bytes[field.start..field.end])
    }

    /// What stands in the cells from one on, as many as there are counts: a digit, or nothing,
    /// which is 0. `None` where anything else does, or a cell is missing.
    ///
    /// The days of a plan are half of all cells of a file. Which of them are empty nobody can
    /// guess, no processor either, so that none is asked in a condition.
    pub fn digits(&self, first: usize, counts: &mut [u8]) -> Option<()> {
        let fields = self.fields.get(first..first + counts.len())?;
        let mut others = false;
        for (field, count) in fields.iter().zip(counts) {
            let length = field.end - field.start;
            let digit = self.record.bytes.get(field.start).unwrap_or(&0);
            let digit = digit.wrapping_sub(b'0');
            let is_there = length == 1;
            // One of quotation marks and a digit is longer as well.
            others |= length > 1 || (is_there && digit > 9);
            *count = if is_there { digit } else { 0 };
        }
        (!others).then_some(())
    }

    /// Whether nothing stands from one cell to another. Then there are their commas and no more.
    pub fn are_empty(&self, first: usize, last: usize) -> bool {
        match (self.fields.get(first), self.fields.get(last)) {
            (Some(from), Some(to)) => to.end - from.start == last - first,
            _ => false,
        }
    }

    /// Appends the text of a cell that has [`bytes`](Self::bytes).
    pub fn decode(&self, index: usize, text: &mut String) -> Option<Fault> {
        decode(self.bytes(index)?, self.encoding, text)
    }

    /// Puts it into a row. Nearly every field is plain, so runs of plain fields are copied
    /// together, and only their borders are kept.
    fn fill(&self, row: &mut Row) {
        row.begin(self.record.line);
        for run in self
            .fields
            .chunk_by(|_, next| next.content == Content::Plain)
        {
            // A run begins with any field, and plain ones follow.
            let plain = match run.split_first() {
                Some((first, behind)) if first.content != Content::Plain => {
                    push_field(row, self.record.bytes, first, self.encoding, self.offset);
                    behind
                }
                _ => run,
            };
            push_run(row, self.record.bytes, plain);
        }
        if let Some(index) = self.record.unclosed {
            row.fail(index, Fault::UnclosedQuote);
        }
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

fn push_field(
    row: &mut Row,
    record: &[u8],
    field: &Field,
    encoding: Encoding,
    offset: Option<u64>,
) {
    let bytes = &record[field.start..field.end];
    let in_file = |at: u64| {
        let at = field.start + usize::try_from(at).unwrap_or(usize::MAX - field.start);
        in_front(offset, encoding.length(&record[..at.min(record.len())]))
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
        fault.map(|fault| fault.at(fault.offset().and_then(in_file)))
    });
}

/// So many bytes and then so many more, where both can be said.
fn in_front(offset: Option<u64>, length: Option<u64>) -> Option<u64> {
    offset.zip(length).map(|(offset, length)| offset + length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Finding;
    use crate::model::{FileName, RecordKind};
    use crate::read::encoding::UTF8_BOM;
    use crate::table::Tables;
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
        let (line, column, offset) = (2, 0, Some(5));
        let alone = EndMark {
            line,
            column,
            offset,
        };
        assert_eq!(mark(b"a,b\r\n\x1A"), alone);
        let (line, column, offset) = (1, 1, Some(3));
        let behind = EndMark {
            line,
            column,
            offset,
        };
        assert_eq!(mark(b"a,b\x1A"), behind);
        assert_eq!(rows(b"a,b", Encoding::Cp932, 4).1, None);
    }

    /// Everything that is handed on of a file.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct Handed {
        rows: Seen,
        findings: Vec<String>,
    }

    impl Intake for Handed {
        fn sheet(&mut self, _sheet: &Arc<Sheet>) {}

        fn row(&mut self, _sheet: &Arc<Sheet>, row: &Row) {
            let cells = row.cells().map(str::to_owned).collect();
            self.rows.push((row.number(), cells, row.faults().to_vec()));
        }

        fn finding(&mut self, _kind: Option<RecordKind>, finding: Finding) {
            let words = format!("{finding:?} {} {}", finding.value, finding.detail);
            self.findings.push(words);
        }
    }

    impl InPieces for Handed {
        fn takes_parts(&self) -> bool {
            true
        }

        fn part(&self) -> Self {
            Self::default()
        }

        fn usual(&mut self, _sheet: &Arc<Sheet>, _raw: &Raw<'_>) -> bool {
            false
        }

        fn add(&mut self, part: Self) {
            self.rows.extend(part.rows);
            self.findings.extend(part.findings);
        }
    }

    /// What is handed on of a grid with these bytes below its header, and the digest.
    fn handed(below: &[u8], encoding: Encoding, size: Option<usize>) -> (Handed, Option<Digest>) {
        let tables = Tables::load(None).unwrap();
        let mut layouts = tables.layouts.iter();
        let grid = layouts.find(|of| of.record() == RecordKind::PlanLine);
        let headers: Vec<&str> = grid
            .unwrap()
            .columns()
            .iter()
            .map(|of| &**of.header())
            .collect();
        let header = headers.join(",");
        let header = match encoding {
            Encoding::Cp932 => encoding_rs::SHIFT_JIS.encode(&header).0.into_owned(),
            _ => header.into_bytes(),
        };
        let bytes = [&header, b"\r\n".as_slice(), below].concat();
        let rows = Rows::with_piece(Hashed::new(&*bytes, Digests::Made), encoding, 50);
        let name = FileName::new("a.csv");
        let mut reading = Reading::new(rows, (&name).into(), &tables.layouts);
        let mut handed = Handed::default();
        match size {
            Some(size) => reading.in_pieces(size, &mut handed),
            None => reading.row_by_row(&mut handed),
        }
        .unwrap();
        let digest = reading.finish(&mut handed);
        assert_eq!(digest, Some(Digest::of(&bytes)));
        (handed, digest)
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
        fn nobody_can_tell_that_a_file_was_read_in_pieces(
            below in proptest::collection::vec(file(), 0..8),
            size in 1usize..400,
        ) {
            let below = below.concat();
            for encoding in [Encoding::Cp932, Encoding::Utf8] {
                let whole = handed(&below, encoding, None);
                prop_assert_eq!(handed(&below, encoding, Some(size)), whole);
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
