//! Bytes cut into records and fields, before anybody decodes them.
//!
//! Why not the `csv` crate here: on CRLF files its line numbers are one too small from the
//! second record on (rust-csv issue 395), and every Windows export is CRLF; a finding with a
//! wrong line is worse than none. `csv` is the oracle: a property test holds this scanner's
//! fields against its.
//!
//! No trail byte of CP932 is `"`, `,`, `;`, a tab, CR or LF, so cutting before decoding is safe.
//!
//! A signature of UTF-8 at the beginning of a record is passed over: it is the mark of a file,
//! which stands in the middle where somebody has put files together, and twice where a program
//! did not look.

use std::io::{self, Read};

use super::encoding::UTF8_BOM;

/// No record of an office file comes near this; a longer one is an unclosed quote.
const LONGEST_RECORD: usize = 1 << 20;
/// So many separators in a cell of several lines are no list of somebody's: a row is within it.
const SEPARATORS_OF_A_ROW: usize = 8;
/// Ctrl-Z: old programs of Windows close a text file with it. It belongs to no cell.
const END_OF_FILE: u8 = 0x1A;

/// Cuts a stream into records.
#[derive(Debug)]
pub struct Scanner<R> {
    input: R,
    buffer: Vec<u8>,
    /// Where the next record begins in the buffer.
    start: usize,
    /// How much of the buffer is filled.
    filled: usize,
    ended: bool,
    line: u32,
    offset: u64,
    piece: usize,
    shape: Shape,
    end_mark: Option<u64>,
}

/// What cutting goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    /// What parts two fields.
    separator: u8,
    /// How many fields the widest record had so far.
    widest: usize,
}

/// One record: its place and its fields.
#[derive(Debug)]
pub struct Record<'s> {
    /// The physical line on which it begins, counted from 1.
    pub line: u32,
    /// Where it begins, in bytes from the beginning of the stream.
    pub offset: u64,
    /// The bytes that the fields point into.
    pub bytes: &'s [u8],
    /// The field whose quotation mark is never closed, if there is one; the record then ends
    /// with the line on which that field begins.
    pub unclosed: Option<usize>,
}

/// Where a field stands within its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// First byte.
    pub start: usize,
    /// Behind the last byte.
    pub end: usize,
    /// How its bytes become its text.
    pub content: Content,
}

/// What the bytes of a field are. The marks around it are already left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Letters, digits and signs of ASCII: the bytes are the text in every encoding.
    Plain,
    /// Anything else, to be decoded.
    Coded,
    /// To be decoded, with doubled marks or text behind the closing mark: see [`unquote`].
    Quoted,
}

/// How a record ended.
enum End {
    /// At a line end or at the end of the stream; behind it the next record begins.
    Complete(Cut),
    /// The bytes at hand end first.
    Incomplete,
    /// A quotation mark opens a field and cannot have been meant to.
    Stray,
}

impl<R: Read> Scanner<R> {
    /// Reads with pieces of the usual size.
    pub fn new(input: R) -> Self {
        Self::with_piece(input, 1 << 16)
    }

    /// Reads with pieces of a given size in bytes; the rows are the same with any.
    pub fn with_piece(input: R, piece: usize) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            start: 0,
            filled: 0,
            ended: false,
            line: 1,
            offset: 0,
            piece: piece.max(1),
            shape: Shape {
                separator: b',',
                widest: 0,
            },
            end_mark: None,
        }
    }

    /// Parts fields by another byte than the comma.
    #[must_use]
    pub fn parted_by(mut self, separator: u8) -> Self {
        self.shape.separator = separator;
        self
    }

    /// The next record; its fields are put into `fields`.
    pub fn next<'s>(&'s mut self, fields: &mut Vec<Field>) -> io::Result<Option<Record<'s>>> {
        let cut = loop {
            let bytes = &self.buffer[self.start..self.filled];
            if bytes.is_empty() && self.ended {
                return Ok(None);
            }
            match first(bytes, self.ended, self.shape, fields) {
                Some(cut) => break cut,
                None => self.refill()?,
            }
        };
        self.shape.widest = self.shape.widest.max(fields.len());
        let record = Record {
            line: self.line,
            offset: self.offset,
            bytes: &self.buffer[self.start..self.start + cut.next],
            unclosed: cut.unclosed,
        };
        self.start += cut.next;
        self.offset += cut.next as u64;
        self.line += cut.lines;
        Ok(Some(record))
    }

    /// Takes the coming records off the stream as they stand, so that somebody else can cut
    /// them: whole ones, of about so many bytes together. `None` where less than that is left,
    /// or where a record is longer: go on with [`next`](Self::next) then.
    pub fn piece(&mut self, size: usize) -> io::Result<Option<Piece>> {
        self.piece = size;
        while self.filled - self.start < size && !self.ended {
            self.refill()?;
        }
        let bytes = &self.buffer[self.start..self.filled];
        if bytes.len() < size {
            return Ok(None);
        }
        let Some(whole) = Whole::of(bytes, self.shape) else {
            return Ok(None);
        };
        let piece = Piece {
            bytes: bytes[..whole.length].to_vec(),
            line: self.line,
            offset: self.offset,
            shape: self.shape,
        };
        self.start += whole.length;
        self.offset += whole.length as u64;
        self.line += whole.lines;
        self.shape.widest = whole.widest;
        Ok(Some(piece))
    }

    /// The stream, as far as it was not read.
    pub fn into_input(self) -> R {
        self.input
    }

    /// The physical line behind everything that was read, counted from 1.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// Where the mark of an old program ended the stream, in bytes from its beginning; known
    /// when the last record has been read.
    pub fn end_mark(&self) -> Option<u64> {
        self.end_mark
    }

    fn refill(&mut self) -> io::Result<()> {
        self.read_on()?;
        // Whether it is the mark at the end or a letter, only what stands behind it tells.
        while !self.ended && self.buffer[..self.filled].ends_with(&[END_OF_FILE]) {
            self.read_on()?;
        }
        Ok(())
    }

    fn read_on(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.filled, 0);
        self.filled -= self.start;
        self.start = 0;
        if self.buffer.len() < self.filled + self.piece {
            self.buffer.resize(self.filled + self.piece, 0);
        }
        let read = self
            .input
            .read(&mut self.buffer[self.filled..self.filled + self.piece])?;
        self.filled += read;
        self.ended = read == 0;
        if self.ended {
            self.drop_end_mark();
        }
        Ok(())
    }

    /// Some programs filled the last block of a file with the mark.
    fn drop_end_mark(&mut self) {
        let bytes = &self.buffer[self.start..self.filled];
        let marks = bytes.iter().rev().take_while(|byte| **byte == END_OF_FILE);
        let marks = marks.count();
        if marks > 0 {
            self.filled -= marks;
            self.end_mark = Some(self.offset + (bytes.len() - marks) as u64);
        }
    }
}

/// Whole records that were taken off a stream.
#[derive(Debug)]
pub struct Piece {
    bytes: Vec<u8>,
    line: u32,
    offset: u64,
    shape: Shape,
}

impl Piece {
    /// How many bytes it has.
    pub fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Cuts the records, as they would have been cut in the stream. The input has nothing to
    /// say any more.
    pub fn scanner<R: Read>(self, input: R) -> Scanner<R> {
        Scanner {
            filled: self.bytes.len(),
            buffer: self.bytes,
            ended: true,
            line: self.line,
            offset: self.offset,
            shape: self.shape,
            ..Scanner::new(input)
        }
    }
}

/// The records that bytes hold whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Whole {
    length: usize,
    lines: u32,
    /// How many fields the widest of them and of those before has.
    widest: usize,
}

impl Whole {
    /// `None` where there is none; `before` is the shape of the records so far.
    fn of(bytes: &[u8], before: Shape) -> Option<Self> {
        Self::without_quotes(bytes, before).or_else(|| Self::cut(bytes, before))
    }

    /// Where there are no quotation marks, every line is a record, and nobody has to cut it.
    fn without_quotes(bytes: &[u8], before: Shape) -> Option<Self> {
        if memchr::memchr(b'"', bytes).is_some() {
            return None;
        }
        let mut whole = Self {
            length: 0,
            lines: 0,
            widest: before.widest,
        };
        let mut returns = 0;
        for end in memchr::memchr_iter(b'\n', bytes) {
            let line = &bytes[whole.length..end];
            returns += usize::from(line.ends_with(b"\r"));
            let separators = memchr::memchr_iter(before.separator, line).count();
            whole.widest = whole.widest.max(separators + 1);
            whole.length = end + 1;
            whole.lines += 1;
        }
        // A CR that stands alone is a line end as well.
        let all = memchr::memchr_iter(b'\r', &bytes[..whole.length]).count();
        (whole.lines > 0 && all == returns).then_some(whole)
    }

    fn cut(bytes: &[u8], before: Shape) -> Option<Self> {
        let mut fields = Vec::new();
        let mut whole = Self {
            length: 0,
            lines: 0,
            widest: before.widest,
        };
        let shape = |widest| Shape { widest, ..before };
        while let Some(cut) = first(
            &bytes[whole.length..],
            false,
            shape(whole.widest),
            &mut fields,
        ) {
            whole.length += cut.next;
            whole.lines += cut.lines;
            whole.widest = whole.widest.max(fields.len());
        }
        (whole.length > 0).then_some(whole)
    }
}

/// A record that was cut: where the next one begins, and what was seen on the way.
struct Cut {
    next: usize,
    lines: u32,
    unclosed: Option<usize>,
}

/// Cuts the first record of bytes that may go on; `None` where it does not end with them.
fn first(bytes: &[u8], ended: bool, shape: Shape, fields: &mut Vec<Field>) -> Option<Cut> {
    let ended = ended || bytes.len() >= LONGEST_RECORD;
    // A mark that is never closed is taken as a letter, and the record ends with its line: at
    // most one row is lost, and it is named.
    let end = match cut(bytes, ended, Quotes::Meant, shape, fields) {
        End::Incomplete if !ended => End::Incomplete,
        End::Incomplete | End::Stray => cut(bytes, ended, Quotes::Doubted, shape, fields),
        complete @ End::Complete(_) => complete,
    };
    match end {
        End::Complete(cut) => Some(cut),
        End::Incomplete | End::Stray => ended.then_some(Cut {
            next: bytes.len(),
            lines: 0,
            unclosed: None,
        }),
    }
}

/// Whether a quotation mark that opens a field is believed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    /// It closes somewhere, or the whole record is cut again.
    Meant,
    /// One that does not close is a letter like any other.
    Doubted,
}

/// Cuts the first record of `bytes` into fields.
fn cut(bytes: &[u8], ended: bool, quotes: Quotes, shape: Shape, fields: &mut Vec<Field>) -> End {
    fields.clear();
    let mut lines = 0;
    let mut unclosed = None;
    let mut at = 0;
    while bytes[at..].starts_with(UTF8_BOM) {
        at += UTF8_BOM.len();
    }
    loop {
        let behind = if bytes.get(at) == Some(&b'"') {
            match believed(bytes, at, ended, shape) {
                Quoted::Field {
                    field,
                    behind,
                    lines: within,
                } => {
                    lines += within;
                    fields.push(field);
                    behind
                }
                Quoted::Unfinished if quotes == Quotes::Meant || !ended => return End::Incomplete,
                Quoted::Stray if quotes == Quotes::Meant => return End::Stray,
                Quoted::Unfinished | Quoted::Stray => {
                    unclosed = unclosed.or(Some(fields.len()));
                    plain(bytes, at, shape.separator, fields)
                }
            }
        } else {
            plain(bytes, at, shape.separator, fields)
        };
        match bytes.get(behind) {
            Some(byte) if *byte == shape.separator => at = behind + 1,
            Some(_) => {
                let pair = &bytes[behind..bytes.len().min(behind + 2)];
                if pair == b"\r" && !ended {
                    return End::Incomplete;
                }
                return End::Complete(Cut {
                    next: behind + if pair == b"\r\n" { 2 } else { 1 },
                    lines: lines + 1,
                    unclosed,
                });
            }
            None if ended => {
                return End::Complete(Cut {
                    next: bytes.len(),
                    lines,
                    unclosed,
                });
            }
            None => return End::Incomplete,
        }
    }
}

/// Adds the field that begins here, and those behind it that begin with no quotation mark;
/// gives where the line ends, or where the separator in front of such a mark is. Every byte of
/// nearly every file passes here, and is looked at once.
fn plain(bytes: &[u8], at: usize, separator: u8, fields: &mut Vec<Field>) -> usize {
    let mut field = Field::plain_at(at);
    for (end, byte) in (at..).zip(&bytes[at..]) {
        match byte {
            byte if *byte == separator => {
                fields.push(Field { end, ..field });
                if bytes.get(end + 1) == Some(&b'"') {
                    return end;
                }
                field = Field::plain_at(end + 1);
            }
            b'\r' | b'\n' => {
                fields.push(Field { end, ..field });
                return end;
            }
            b' '..=b'~' => {}
            _ => field.content = Content::Coded,
        }
    }
    field.end = bytes.len();
    fields.push(field);
    bytes.len()
}

impl Field {
    /// An empty one.
    fn plain_at(at: usize) -> Self {
        Self {
            start: at,
            end: at,
            content: Content::Plain,
        }
    }
}

fn plain_end(bytes: &[u8], at: usize, separator: u8) -> usize {
    let end = memchr::memchr3(separator, b'\r', b'\n', &bytes[at..]);
    end.map_or(bytes.len(), |length| at + length)
}

/// What the bytes between two quotation marks are.
fn content(bytes: &[u8]) -> Content {
    if bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        Content::Plain
    } else {
        Content::Coded
    }
}

/// What begins with a quotation mark.
enum Quoted {
    /// A field with the line ends in it; behind it stand a separator, a line end or nothing.
    Field {
        field: Field,
        behind: usize,
        lines: u32,
    },
    /// The bytes at hand end before the field does.
    Unfinished,
    /// The mark that seems to close the field belongs to another cell: to believe it would
    /// hide cells or whole rows within one cell.
    Stray,
}

/// A field that a quotation mark opens, unless as many separators as a row has and a line end
/// lie in it: then its mark is one that some later row has too many.
fn believed(bytes: &[u8], at: usize, ended: bool, shape: Shape) -> Quoted {
    let found = quoted(bytes, at, ended, shape.separator);
    let Quoted::Field {
        behind, lines: 1.., ..
    } = found
    else {
        return found;
    };
    let separators = memchr::memchr_iter(shape.separator, &bytes[at..behind]).count();
    if separators >= SEPARATORS_OF_A_ROW.max(shape.widest.saturating_sub(1)) {
        return Quoted::Stray;
    }
    found
}

fn quoted(bytes: &[u8], at: usize, ended: bool, separator: u8) -> Quoted {
    let ends = |byte: u8| byte == separator || matches!(byte, b'\r' | b'\n');
    let mut doubled = false;
    let mut scan = at + 1;
    loop {
        let Some(mark) = memchr::memchr(b'"', &bytes[scan..]).map(|mark| scan + mark) else {
            return Quoted::Unfinished;
        };
        match bytes.get(mark + 1) {
            Some(b'"') => {
                doubled = true;
                scan = mark + 2;
            }
            None if !ended => return Quoted::Unfinished,
            behind if !doubled && behind.is_none_or(|behind| ends(*behind)) => {
                let field = Field {
                    start: at + 1,
                    end: mark,
                    content: content(&bytes[at + 1..mark]),
                };
                return Quoted::Field {
                    field,
                    behind: mark + 1,
                    lines: line_ends(&bytes[at..=mark]),
                };
            }
            // Text behind a mark on a later line, or behind one that follows a separator: such
            // a mark opens another cell.
            Some(behind)
                if !ends(*behind)
                    && (bytes[mark - 1] == separator
                        || memchr::memchr2(b'\r', b'\n', &bytes[at..mark]).is_some()) =>
            {
                return Quoted::Stray;
            }
            // Doubled marks, or text behind the closing mark, which belongs to the field.
            _ => {
                let end = plain_end(bytes, mark + 1, separator);
                let field = Field {
                    start: at,
                    end,
                    content: Content::Quoted,
                };
                return Quoted::Field {
                    field,
                    behind: end,
                    lines: line_ends(&bytes[at..end]),
                };
            }
        }
    }
}

/// CR LF, LF and CR are one line end each.
fn line_ends(bytes: &[u8]) -> u32 {
    let ends = bytes
        .iter()
        .enumerate()
        .filter(|(at, byte)| {
            **byte == b'\n' || (**byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
        })
        .count();
    u32::try_from(ends).unwrap_or(u32::MAX)
}

/// The text of a field with inner quotation marks, from its bytes as they stand decoded:
/// decoding first keeps the offset of a broken byte true.
pub fn unquote(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    let mut rest = field.strip_prefix('"').unwrap_or(field);
    while let Some((before, behind)) = rest.split_once('"') {
        text.push_str(before);
        rest = behind;
        match rest.strip_prefix('"') {
            Some(behind) => {
                text.push('"');
                rest = behind;
            }
            // The closing mark: what stands behind it belongs to the field as it is.
            None => break,
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Rows = Vec<(u32, Option<usize>, Vec<String>)>;

    fn rows(text: &[u8], piece: usize) -> Rows {
        let mut scanner = Scanner::with_piece(text, piece);
        let mut fields = Vec::new();
        let mut rows = Vec::new();
        while let Some(record) = scanner.next(&mut fields).unwrap() {
            let cells = fields
                .iter()
                .map(|field| {
                    let bytes = &record.bytes[field.start..field.end];
                    let text = String::from_utf8_lossy(bytes);
                    match field.content {
                        Content::Plain | Content::Coded => text.into_owned(),
                        Content::Quoted => unquote(&text),
                    }
                })
                .collect();
            rows.push((record.line, record.unclosed, cells));
        }
        rows
    }

    fn lines(text: &str) -> Vec<(u32, String)> {
        rows(text.as_bytes(), 7)
            .into_iter()
            .map(|(line, _, cells)| (line, cells.join("|")))
            .collect()
    }

    #[test]
    fn lines_are_physical_lines_whatever_ends_them() {
        assert_eq!(
            lines("a,b\r\n\"c\r\nd\",e\r\n\r\nf\ng\rh"),
            [
                (1, "a|b".into()),
                (2, "c\r\nd|e".into()),
                (4, String::new()),
                (5, "f".into()),
                (6, "g".into()),
                (7, "h".into()),
            ]
        );
    }

    #[test]
    fn an_unclosed_quote_costs_one_line_and_is_named() {
        let read = rows(b"a,b\nc,\"d\ne,f\n", 4);
        let shown: Vec<_> = read
            .iter()
            .map(|(line, unclosed, _)| (*line, *unclosed))
            .collect();
        assert_eq!(shown, [(1, None), (2, Some(1)), (3, None)]);
        assert_eq!(read[2].2, ["e", "f"]);
    }

    #[test]
    fn a_quote_that_a_later_row_seems_to_close_hides_no_row() {
        let read = rows(b"a,\"b\nc,d\n\"e\",f\n", 4);
        let shown: Vec<_> = read
            .iter()
            .map(|(line, unclosed, cells)| (*line, *unclosed, cells.join("|")))
            .collect();
        assert_eq!(
            shown,
            [
                (1, Some(1), "a|\"b".into()),
                (2, None, "c|d".into()),
                (3, None, "e|f".into())
            ]
        );
    }

    #[test]
    fn a_quote_that_the_next_cell_seems_to_close_moves_no_cell() {
        for text in ["\"a\",\"b,\"c\",\"\"\n", "\"a\",\"b,\"\",\"c\",\"\"\n"] {
            let read = rows(text.as_bytes(), 5);
            let (_, unclosed, cells) = &read[0];
            assert_eq!((*unclosed, &*cells[1]), (Some(1), "\"b"));
            assert_eq!(cells.len(), text.matches(',').count() + 1);
        }
    }

    #[test]
    fn a_quote_that_a_later_rows_lone_mark_closes_hides_no_row() {
        let row = "1,2,3,4,5,6,7,8,";
        let text = format!("{row}\"a\n{row}b\n{row}c\"\n");
        let read = rows(text.as_bytes(), 16);
        let shown: Vec<_> = read
            .iter()
            .map(|(line, unclosed, cells)| (*line, *unclosed, cells.len()))
            .collect();
        assert_eq!(shown, [(1, Some(8), 9), (2, None, 9), (3, None, 9)]);

        let list = format!("{row}\"a,b,c\nd,e,f\"\n");
        assert_eq!(rows(list.as_bytes(), 16).len(), 1);
    }

    #[test]
    fn fields_that_do_close_stay_fields_beside_one_that_does_not() {
        let read = rows(b"\"a,1\",\"b\r\nc\",\"d,e\r\nf\r\n", 3);
        let cells: Vec<String> = read.iter().map(|(.., cells)| cells.join("|")).collect();
        assert_eq!(cells, ["a,1|b\r\nc|\"d|e", "f"]);
        assert_eq!((read[0].1, read[1].0), (Some(2), 3));
    }

    #[test]
    fn the_mark_at_the_end_of_an_old_file_is_no_text() {
        assert_eq!(lines("a,b\r\n\u{1A}"), [(1, "a|b".into())]);
        assert_eq!(lines("a,b\u{1A}"), [(1, "a|b".into())]);
        assert_eq!(lines("a\r\n\u{1A}\u{1A}\u{1A}"), [(1, "a".into())]);
        assert_eq!(lines("\u{1A},b\n"), [(1, "\u{1A}|b".into())]);
    }

    #[test]
    fn doubled_marks_are_one_mark() {
        assert_eq!(lines("\"a \"\"b\"\" c\",d\n")[0].1, "a \"b\" c|d");
    }

    /// Texts made of the characters that matter.
    fn csv_text() -> impl Strategy<Value = String> {
        proptest::collection::vec(
            prop_oneof![
                Just("a"),
                Just(","),
                Just("\""),
                Just("\"\""),
                Just("\r\n"),
                Just("\n"),
                Just("\",\""),
                Just("髙"),
                Just(" "),
            ],
            0..40,
        )
        .prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn the_size_of_the_pieces_does_not_matter(text in csv_text(), piece in 1usize..20) {
            prop_assert_eq!(rows(text.as_bytes(), piece), rows(text.as_bytes(), 1 << 16));
        }

        #[test]
        fn the_fields_are_those_of_the_csv_crate(text in csv_text()) {
            let ours = rows(text.as_bytes(), 16);
            // Where a quote is never closed the two differ on purpose.
            prop_assume!(ours.iter().all(|(_, unclosed, _)| unclosed.is_none()));
            let mut reader = ::csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes());
            let theirs: Vec<Vec<String>> = reader
                .records()
                .map(|record| record.unwrap().iter().map(str::to_owned).collect())
                .collect();
            // `csv` passes over blank lines; here they are rows with one empty cell.
            let ours: Vec<Vec<String>> = ours
                .into_iter()
                .map(|(_, _, cells)| cells)
                .filter(|cells| cells.as_slice() != [""])
                .collect();
            let theirs: Vec<Vec<String>> =
                theirs.into_iter().filter(|cells| cells.as_slice() != [""]).collect();
            prop_assert_eq!(ours, theirs);
        }
    }
}
