//! A workbook, read by the letter.

use super::super::seen::{Book, Cell, Form, Region, Sheet};
use super::kind;

/// What a stream holds.
pub(crate) fn read(stream: &[u8]) -> Book {
    workbook(stream).map_or(Book::Unreadable, Book::Sheets)
}

/// A record's kind and bytes.
type Record<'s> = (u16, &'s [u8]);

/// The records from a place on, up to the end of what begins there. What is within and has a
/// beginning and an end of its own is left out.
fn records(stream: &[u8], start: usize) -> Option<Vec<Record<'_>>> {
    let mut rest = stream.get(start..)?;
    let mut records = Vec::new();
    let mut depth = 0;
    loop {
        let kind = u16::from_le_bytes(rest.get(..2)?.try_into().ok()?);
        let length = usize::from(u16::from_le_bytes(rest.get(2..4)?.try_into().ok()?));
        let data = rest.get(4..4 + length)?;
        rest = &rest[4 + length..];
        match kind {
            kind::BOF => depth += 1,
            kind::EOF if depth <= 1 => return (depth == 1).then_some(records),
            kind::EOF => depth -= 1,
            _ if depth > 1 => {}
            _ => records.push((kind, data)),
        }
    }
}

fn workbook(stream: &[u8]) -> Option<Vec<Sheet>> {
    let globals = records(stream, 0)?;
    if stream.get(4..6) != Some(&[0, 6]) || globals.iter().any(|(kind, _)| *kind == kind::FILE_PASS)
    {
        return None;
    }
    let mode = globals.iter().rfind(|(kind, _)| *kind == kind::DATE_1904);
    let of_1904 = mode.is_some_and(|(_, data)| data.get(..2) == Some(&[1, 0]));
    let texts = texts(&globals)?;
    let mut sheets = Vec::new();
    for (_, data) in globals
        .iter()
        .filter(|(kind, _)| *kind == kind::BOUND_SHEET)
    {
        let start = u32::from_le_bytes(data.get(..4)?.try_into().ok()?);
        let kind = *data.get(5)?;
        let count = usize::from(*data.get(6)?);
        let mut name = Text {
            pieces: vec![data.get(8..)?],
            at: 0,
        };
        let name = name.characters(count, *data.get(7)?)?;
        if kind != 0 {
            continue;
        }
        let mut sheet = Sheet::called(name, of_1904);
        let records = records(stream, usize::try_from(start).ok()?);
        sheet.form = Form::of(records.and_then(|records| cells(&records, &texts, &mut sheet)));
        sheets.push(sheet);
    }
    Some(sheets)
}

/// Bytes that go on in further pieces.
struct Text<'s> {
    pieces: Vec<&'s [u8]>,
    at: usize,
}

impl Text<'_> {
    fn next_piece(&mut self) -> Option<()> {
        while self.at == self.pieces.first()?.len() {
            self.pieces.remove(0);
            self.at = 0;
        }
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        self.next_piece()?;
        let byte = self.pieces[0][self.at];
        self.at += 1;
        Some(byte)
    }

    fn number(&mut self, width: u32) -> Option<u32> {
        (0..width).try_fold(0, |sum, at| Some(sum | u32::from(self.byte()?) << (8 * at)))
    }

    fn characters(&mut self, count: usize, mut form: u8) -> Option<String> {
        let mut units = Vec::new();
        while units.len() < count {
            if self.at == self.pieces.first()?.len() {
                self.pieces.remove(0);
                self.at = 0;
                form = *self.pieces.first()?.first()?;
                self.at = 1;
                continue;
            }
            // A unit does not go on in another record.
            let width = if form & 1 == 0 { 1 } else { 2 };
            let bytes = self.pieces[0].get(self.at..self.at + width)?;
            units.push(u16::from(bytes[0]) | bytes.get(1).map_or(0, |high| u16::from(*high) << 8));
            self.at += width;
        }
        Some(String::from_utf16_lossy(&units))
    }
}

/// The shared texts, as many as there are said to be; nothing where there are not so many.
fn texts(globals: &[Record<'_>]) -> Option<Vec<String>> {
    let Some(first) = globals.iter().position(|(kind, _)| *kind == kind::SST) else {
        return Some(Vec::new());
    };
    let more = globals[first + 1..]
        .iter()
        .take_while(|(kind, _)| *kind == kind::CONTINUE);
    let mut text = Text {
        pieces: vec![globals[first].1],
        at: 0,
    };
    text.pieces.extend(more.map(|(_, data)| *data));
    text.number(4)?;
    let count = text.number(4)?;
    let mut texts = Vec::new();
    for _ in 0..count {
        let Some(words) = shared(&mut text) else {
            break;
        };
        texts.push(words);
    }
    Some(texts)
}

fn shared(text: &mut Text<'_>) -> Option<String> {
    let count = text.number(2)?;
    let form = text.byte()?;
    let runs = if form & 8 == 0 { 0 } else { text.number(2)? };
    let aloud = if form & 4 == 0 { 0 } else { text.number(4)? };
    let words = text.characters(usize::try_from(count).ok()?, form)?;
    for _ in 0..u64::from(runs) * 4 + u64::from(aloud) {
        text.byte()?;
    }
    Some(words)
}

fn cells(records: &[Record<'_>], texts: &[String], sheet: &mut Sheet) -> Option<()> {
    let word =
        |data: &[u8], at: usize| Some(u16::from_le_bytes(data.get(at..at + 2)?.try_into().ok()?));
    for (at, &(kind, data)) in records.iter().enumerate() {
        match kind {
            kind::MERGE_CELLS => {
                for sides in data.get(2..)?.chunks_exact(8) {
                    let side = |at| word(sides, at).map(u32::from);
                    sheet.merged.push(Region {
                        top: side(0)? + 1,
                        bottom: side(2)? + 1,
                        left: side(4)?,
                        right: side(6)?,
                    });
                }
            }
            kind::MUL_RK => {
                let (row, first) = (u32::from(word(data, 0)?), u32::from(word(data, 2)?));
                let numbers = data.len().saturating_sub(6) / 6;
                let last = data.len().checked_sub(2).and_then(|at| word(data, at));
                let fits = data.len() % 6 == 0
                    && last.map(u32::from)
                        == u32::try_from(numbers).ok().map(|count| first + count - 1);
                for (column, packed) in (first..).zip(data[4..].chunks_exact(6)) {
                    let number = rk(packed[2..].try_into().ok()?);
                    set(
                        sheet,
                        row,
                        column,
                        if fits { number } else { Cell::Unreadable },
                    );
                }
            }
            kind::NUMBER
            | kind::RK
            | kind::LABEL
            | kind::R_STRING
            | kind::LABEL_SST
            | kind::BOOL_ERR
            | kind::FORMULA => {
                let (row, column) = (u32::from(word(data, 0)?), u32::from(word(data, 2)?));
                let cell = value(
                    kind,
                    data.get(6..).unwrap_or_default(),
                    texts,
                    &records[at + 1..],
                );
                set(sheet, row, column, cell.unwrap_or(Cell::Unreadable));
            }
            _ => {}
        }
    }
    Some(())
}

/// The last word about a cell counts.
fn set(sheet: &mut Sheet, row: u32, column: u32, cell: Cell) {
    sheet.rows.entry(row + 1).or_default().insert(column, cell);
}

fn rk(bytes: [u8; 4]) -> Cell {
    let packed = u32::from_le_bytes(bytes);
    let number = if packed & 2 == 0 {
        f64::from_bits(u64::from(packed >> 2) << 34)
    } else {
        f64::from(i32::from_le_bytes(bytes) >> 2)
    };
    finite(if packed & 1 == 0 {
        number
    } else {
        number / 100.0
    })
}

fn finite(number: f64) -> Cell {
    if number.is_finite() {
        Cell::Number(number)
    } else {
        Cell::Unreadable
    }
}

fn value(kind: u16, data: &[u8], texts: &[String], behind: &[Record<'_>]) -> Option<Cell> {
    let float = || Some(f64::from_le_bytes(data.get(..8)?.try_into().ok()?));
    Some(match kind {
        kind::NUMBER => finite(float()?),
        kind::RK => rk(data.get(..4)?.try_into().ok()?),
        kind::LABEL_SST => {
            let index = u32::from_le_bytes(data.get(..4)?.try_into().ok()?);
            Cell::Text(texts.get(usize::try_from(index).ok()?)?.clone())
        }
        kind::BOOL_ERR => match (data.first()?, data.get(1)?) {
            (0, 0) => Cell::Text("FALSE".to_owned()),
            (1, 0) => Cell::Text("TRUE".to_owned()),
            _ => Cell::Unreadable,
        },
        kind::FORMULA => match *data.get(..8)? {
            [0, .., 0xFF, 0xFF] => {
                // What several formulas share may stand between it and its text.
                let ends = |of: &&Record<'_>| [kind::FORMULA, kind::STRING].contains(&of.0);
                let at = behind.iter().take(4).position(|of| ends(&of))?;
                let (next, rest) = (behind[at], behind[at + 1..].iter());
                (next.0 == kind::STRING).then_some(())?;
                string(next.1, rest)?
            }
            [1, _, truth, .., 0xFF, 0xFF] => Cell::Text(u8::from(truth != 0).to_string()),
            [3, .., 0xFF, 0xFF] => Cell::Text(String::new()),
            [.., 0xFF, 0xFF] => return None,
            _ => finite(float()?),
        },
        _ => string(data, behind.iter())?,
    })
}

fn string<'s>(data: &'s [u8], behind: impl Iterator<Item = &'s Record<'s>>) -> Option<Cell> {
    let more = behind.take_while(|(kind, _)| *kind == kind::CONTINUE);
    let mut text = Text {
        pieces: vec![data],
        at: 0,
    };
    text.pieces.extend(more.map(|(_, data)| *data));
    let count = text.number(2)?;
    if count == 0 {
        return Some(Cell::Text(String::new()));
    }
    let form = text.byte()?;
    text.characters(usize::try_from(count).ok()?, form)
        .map(Cell::Text)
}
