//! `.xls`, the format of the years before 2007: records of a type, a length and bytes.
//!
//! Source: [MS-XLS]. The workbook is in memory as it is on disk; of the cells only their
//! places are kept, because old programs write them in any order.

use std::io::Read as _;
use std::sync::Arc;

use encoding_rs::{Encoding, SHIFT_JIS, UTF_8};

use crate::read::row::Fault;
use crate::read::source::Bytes;
use crate::table::Calendar;

use super::cells::Cells;
use super::marks::{Marks, Region};
use super::ole::Ole;
use super::sheet::{Book, Facts, Visibility};
use super::strings::{Strings, f64_at, push_utf16, u16_at, u32_at};
use super::styles::Styles;
use super::{Unreadable, Why, text};

/// No `.xls` is larger: it has 65,536 rows.
const LARGEST: u64 = 512 << 20;

/// The types of the records that matter.
mod record {
    pub(super) const FORMULA: u16 = 0x0006;
    pub(super) const END: u16 = 0x000A;
    pub(super) const DATE_MODE: u16 = 0x0022;
    pub(super) const FILE_PASS: u16 = 0x002F;
    pub(super) const CONTINUE: u16 = 0x003C;
    pub(super) const CODE_PAGE: u16 = 0x0042;
    pub(super) const SHEET: u16 = 0x0085;
    pub(super) const PACKED_NUMBERS: u16 = 0x00BD;
    pub(super) const RICH_TEXT: u16 = 0x00D6;
    pub(super) const STYLE: u16 = 0x00E0;
    pub(super) const MERGED: u16 = 0x00E5;
    pub(super) const SHARED_TEXTS: u16 = 0x00FC;
    pub(super) const SHARED_TEXT: u16 = 0x00FD;
    pub(super) const NUMBER: u16 = 0x0203;
    pub(super) const TEXT: u16 = 0x0204;
    pub(super) const BOOL_OR_ERROR: u16 = 0x0205;
    pub(super) const RESULT_TEXT: u16 = 0x0207;
    pub(super) const ROW: u16 = 0x0208;
    pub(super) const PACKED_NUMBER: u16 = 0x027E;
    pub(super) const FORMAT: u16 = 0x041E;
    pub(super) const BEGIN: u16 = 0x0809;
}

/// Reads every sheet.
pub(super) fn read(file: Bytes, book: &mut Book<'_>) -> Result<(), Unreadable> {
    let mut bytes = Vec::new();
    let length = file
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(Why::from)?;
    if length as u64 > LARGEST {
        return Err(Why::TooLarge.into());
    }
    let ole = Ole::open(bytes)?;
    if ole.has("EncryptedPackage") {
        return Err(Why::Password.into());
    }
    if ole.has("WordDocument") || ole.has("PowerPoint Document") {
        return Err(Why::Document.into());
    }
    let stream = ole.stream("Workbook").or_else(|| ole.stream("Book"));
    let stream = stream.ok_or(Why::Damaged)??;
    drop(ole);
    let globals = Globals::read(&stream)?;
    for (facts, start) in &globals.sheets {
        let records = stream.get(*start..).unwrap_or_default();
        let mut places = Vec::new();
        let marks = survey(records, &mut places);
        let find = |cells: &mut Cells| hand_over(records, &places, &globals, cells);
        book.sheet(facts, || marks, find)?;
    }
    Ok(())
}

/// A record, and the bytes behind it.
#[derive(Clone, Copy)]
struct Record<'b> {
    kind: u16,
    data: &'b [u8],
    rest: &'b [u8],
}

/// The first record of a stream; `None` at its end.
fn first(stream: &[u8]) -> Result<Option<Record<'_>>, Why> {
    let Some((kind, length)) = u16_at(stream, 0).zip(u16_at(stream, 2)) else {
        return Ok(None);
    };
    let body = stream[4..].split_at_checked(usize::from(length));
    let (data, rest) = body.ok_or(Why::Damaged)?;
    Ok(Some(Record { kind, data, rest }))
}

/// What concerns all sheets.
struct Globals {
    sheets: Vec<(Facts, usize)>,
    texts: Strings,
    styles: Styles,
    script: Script,
}

impl Globals {
    fn read(stream: &[u8]) -> Result<Self, Why> {
        // What comes first says how everything behind it is written.
        let begin = first(stream)?.filter(|record| record.kind == record::BEGIN);
        let begin = begin.ok_or(Why::Damaged)?;
        let mut globals = Self {
            sheets: Vec::new(),
            texts: Strings::default(),
            styles: Styles::default(),
            script: match u16_at(begin.data, 0) {
                Some(0x0600) => Script::Utf16,
                _ => Script::Bytes(SHIFT_JIS),
            },
        };
        let mut calendar = Calendar::Of1900;
        let mut rest = begin.rest;
        while let Some(record) = first(rest)? {
            rest = record.rest;
            let data = record.data;
            match record.kind {
                record::FILE_PASS => return Err(Why::Password),
                record::CODE_PAGE => globals.script.set_page(u16_at(data, 0)),
                record::DATE_MODE if u16_at(data, 0) == Some(1) => calendar = Calendar::Of1904,
                record::SHEET => globals.sheets.extend(globals.script.sheet(data)),
                record::SHARED_TEXTS => globals.texts = shared_texts(record)?,
                record::FORMAT => globals.format(record),
                record::STYLE => {
                    let format = u16_at(data, 2).unwrap_or_default();
                    globals.styles.add(format.into());
                }
                record::END => break,
                _ => {}
            }
        }
        for (facts, _) in &mut globals.sheets {
            facts.calendar = calendar;
        }
        globals.styles.count_from(calendar);
        Ok(globals)
    }

    /// A format of numbers; one that cannot be read shows numbers.
    fn format(&mut self, record: Record<'_>) {
        let mut code = String::new();
        let read = match self.script {
            Script::Utf16 => self.script.push_text(record, 2, &mut code).ok(),
            Script::Bytes(_) => record.data.get(3..).map(|bytes| {
                code.extend(bytes.iter().map(|byte| char::from(*byte)));
            }),
        };
        if let (Some(id), Some(())) = (u16_at(record.data, 0), read) {
            self.styles.add_format(id.into(), &code);
        }
    }

    /// A number as its cell shows it; none is one that is not finite.
    fn push_number(&self, number: f64, style: Option<u16>, out: &mut String) -> Option<Fault> {
        if !number.is_finite() {
            return Some(Fault::Unreadable);
        }
        self.styles.push(number, style.map(u32::from), out);
        None
    }
}

/// How texts are written: since 1997 in Unicode, before that in the code page of a country.
#[derive(Clone, Copy)]
enum Script {
    Utf16,
    Bytes(&'static Encoding),
}

impl Script {
    fn set_page(&mut self, page: Option<u16>) {
        if let Self::Bytes(encoding) = self {
            *encoding = match page {
                Some(65001) => UTF_8,
                // 932, its twin on the Macintosh (10001), and whatever else a program put
                // there that writes names in Japanese all the same.
                Some(_) | None => SHIFT_JIS,
            };
        }
    }

    /// A sheet's name and where its records begin, if it is one with cells.
    fn sheet(self, data: &[u8]) -> Option<(Facts, usize)> {
        let start = usize::try_from(u32_at(data, 0)?).ok()?;
        let (&hidden, &kind) = (data.get(4)?, data.get(5)?);
        let length = usize::from(*data.get(6)?);
        let mut name = String::new();
        match self {
            Self::Utf16 => push_characters(data.get(8..)?, length, *data.get(7)?, &mut name),
            Self::Bytes(encoding) => {
                let bytes = data.get(7..)?;
                let bytes = &bytes[..length.min(bytes.len())];
                name.push_str(&encoding.decode_without_bom_handling(bytes).0);
            }
        }
        let facts = Facts {
            name: Arc::from(name),
            visibility: match hidden & 3 {
                0 => Visibility::Shown,
                _ => Visibility::Hidden,
            },
            calendar: Calendar::default(),
        };
        (kind == 0).then_some((facts, start))
    }

    /// The text of a cell, or of the result of a formula: its length comes first.
    fn push_text(self, record: Record<'_>, from: usize, out: &mut String) -> Result<(), Why> {
        match self {
            Self::Utf16 => {
                let mut bytes = Continued::new(record)?;
                bytes.skip(from)?;
                let length = usize::from(bytes.u16()?);
                // Old writers leave out the form of a text of no characters.
                let form = if length == 0 { 0 } else { bytes.byte()? };
                bytes.push_characters(length, form, out)
            }
            Self::Bytes(encoding) => {
                let length = u16_at(record.data, from).ok_or(Why::Damaged)?;
                let bytes = record.data.get(from + 2..).ok_or(Why::Damaged)?;
                let bytes = &bytes[..bytes.len().min(usize::from(length))];
                out.push_str(&encoding.decode_without_bom_handling(bytes).0);
                Ok(())
            }
        }
    }
}

/// Characters of one byte, which are those of Latin 1, or of two.
fn push_characters(bytes: &[u8], length: usize, form: u8, out: &mut String) {
    if form & 1 == 0 {
        out.extend(bytes.iter().take(length).map(|byte| char::from(*byte)));
    } else {
        push_utf16(&bytes[..bytes.len().min(2 * length)], out);
    }
}

/// A record with those that continue it, because a record holds 8,224 bytes at most.
struct Continued<'b> {
    now: &'b [u8],
    later: Vec<&'b [u8]>,
}

impl<'b> Continued<'b> {
    fn new(begin: Record<'b>) -> Result<Self, Why> {
        let mut later = Vec::new();
        let mut rest = begin.rest;
        while let Some(next) = first(rest)?.filter(|next| next.kind == record::CONTINUE) {
            later.push(next.data);
            rest = next.rest;
        }
        later.reverse();
        let now = begin.data;
        Ok(Self { now, later })
    }

    fn byte(&mut self) -> Result<u8, Why> {
        while self.now.is_empty() {
            self.now = self.later.pop().ok_or(Why::Damaged)?;
        }
        let (&byte, rest) = self.now.split_first().ok_or(Why::Damaged)?;
        self.now = rest;
        Ok(byte)
    }

    fn u16(&mut self) -> Result<u16, Why> {
        Ok(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    fn skip(&mut self, mut length: usize) -> Result<(), Why> {
        while length > 0 {
            while self.now.is_empty() {
                self.now = self.later.pop().ok_or(Why::Damaged)?;
            }
            let step = length.min(self.now.len());
            self.now = &self.now[step..];
            length -= step;
        }
        Ok(())
    }

    /// Where a text goes on in another record, that begins by saying in which form.
    fn push_characters(
        &mut self,
        mut length: usize,
        mut form: u8,
        out: &mut String,
    ) -> Result<(), Why> {
        while length > 0 {
            if self.now.is_empty() {
                self.now = self.later.pop().ok_or(Why::Damaged)?;
                form = self.byte()?;
            }
            if self.now.is_empty() {
                // A record that says the form and nothing else.
                continue;
            }
            let width = if form & 1 == 0 { 1 } else { 2 };
            let count = length.min(self.now.len() / width);
            if count == 0 {
                return Err(Why::Damaged);
            }
            let (text, rest) = self.now.split_at(count * width);
            push_characters(text, count, form, out);
            self.now = rest;
            length -= count;
        }
        Ok(())
    }
}

fn shared_texts(begin: Record<'_>) -> Result<Strings, Why> {
    const RICH: u8 = 8;
    const PHONETIC: u8 = 4;
    let mut bytes = Continued::new(begin)?;
    let mut texts = Strings::default();
    bytes.skip(4)?;
    let count = u32::from(bytes.u16()?) | u32::from(bytes.u16()?) << 16;
    // Behind so many texts may be bytes that are none. Where one cannot be read, nobody can say
    // where the next begins: the cells that name them have no text.
    for _ in 0..count {
        let text = texts.push_with(|out| {
            let length = bytes.u16()?;
            let form = bytes.byte()?;
            let runs = if form & RICH == 0 { 0 } else { bytes.u16()? };
            let phonetic = if form & PHONETIC == 0 {
                0
            } else {
                u32::from(bytes.u16()?) | u32::from(bytes.u16()?) << 16
            };
            bytes.push_characters(usize::from(length), form, out)?;
            bytes.skip(4 * usize::from(runs))?;
            bytes.skip(usize::try_from(phonetic).map_err(|_| Why::Damaged)?)
        });
        if text.is_err() {
            break;
        }
    }
    Ok(texts)
}

/// Where a cell's record begins, and where its value is in that, if the record has several.
#[derive(Clone, Copy)]
struct CellPlace {
    row: u16,
    column: u16,
    start: u32,
    /// Which of several packed numbers.
    which: u16,
}

/// Looks through a sheet's records: where the cells are, and what must be known before.
fn survey(records: &[u8], places: &mut Vec<CellPlace>) -> Result<Marks, Why> {
    let mut marks = Marks::default();
    // Charts within the sheet have records of their own, which look like cells.
    let mut depth = 0_usize;
    let mut rest = records;
    loop {
        // A sheet that does not say that it ends was cut off.
        let record = first(rest)?.ok_or(Why::Damaged)?;
        let start = u32::try_from(records.len() - rest.len()).map_err(|_| Why::TooLarge)?;
        rest = record.rest;
        match record.kind {
            record::BEGIN => depth += 1,
            // The place of the sheet is that of something else.
            _ if depth == 0 => return Err(Why::Damaged),
            record::END if depth == 1 => break,
            record::END => depth -= 1,
            _ if depth > 1 => {}
            record::ROW => {
                const HIDDEN: u16 = 0x20;
                let row = u16_at(record.data, 0).zip(u16_at(record.data, 12));
                if let Some((row, _)) = row.filter(|(_, form)| form & HIDDEN != 0) {
                    marks.hidden.push(u32::from(row) + 1);
                }
            }
            record::MERGED => merge(record.data, &mut marks)?,
            record::PACKED_NUMBERS => {
                // One that is cut short was meant for one cell at least.
                let numbers = (record.data.len().saturating_sub(4) / 6).max(1);
                for which in 0..u16::try_from(numbers).map_err(|_| Why::Damaged)? {
                    places.push(place(record.data, start, which)?);
                }
            }
            record::NUMBER
            | record::PACKED_NUMBER
            | record::TEXT
            | record::RICH_TEXT
            | record::SHARED_TEXT
            | record::BOOL_OR_ERROR
            | record::FORMULA => places.push(place(record.data, start, 0)?),
            _ => {}
        }
    }
    marks.hidden.sort_unstable();
    // The last of two records of one cell is the one that a spreadsheet shows.
    places.reverse();
    places.sort_by_key(|place| (place.row, place.column));
    places.dedup_by_key(|place| (place.row, place.column));
    Ok(marks)
}

/// A cell that is nowhere may be anybody's.
fn place(data: &[u8], start: u32, which: u16) -> Result<CellPlace, Why> {
    let column = u16_at(data, 2).and_then(|first| first.checked_add(which));
    let (row, column) = u16_at(data, 0).zip(column).ok_or(Why::Damaged)?;
    Ok(CellPlace {
        row,
        column,
        start,
        which,
    })
}

fn merge(data: &[u8], marks: &mut Marks) -> Result<(), Why> {
    let count = usize::from(u16_at(data, 0).ok_or(Why::Damaged)?);
    let regions = data[2..].as_chunks::<8>().0;
    if regions.len() < count {
        return Err(Why::Damaged);
    }
    for region in regions {
        let side = |at| u16_at(region, at).map(u32::from).ok_or(Why::Damaged);
        let (top, bottom, left, right) = (side(0)?, side(2)?, side(4)?, side(6)?);
        if top > bottom || left > right {
            return Err(Why::Damaged);
        }
        marks.merge(Region {
            top: top + 1,
            left,
            bottom: bottom + 1,
            right,
        })?;
    }
    Ok(())
}

fn hand_over(
    records: &[u8],
    places: &[CellPlace],
    globals: &Globals,
    cells: &mut Cells,
) -> Result<(), Why> {
    for place in places {
        let start = usize::try_from(place.start).map_err(|_| Why::Damaged)?;
        let record = first(&records[start..])?.ok_or(Why::Damaged)?;
        let at = (u32::from(place.row) + 1, u32::from(place.column));
        cells.put(at, |text| push(record, place.which, globals, text))?;
    }
    Ok(())
}

fn push(
    record: Record<'_>,
    which: u16,
    globals: &Globals,
    out: &mut String,
) -> Result<Option<Fault>, Why> {
    let data = record.data;
    match record.kind {
        record::NUMBER => {
            let number = f64_at(data, 6).ok_or(Why::Damaged)?;
            return Ok(globals.push_number(number, u16_at(data, 4), out));
        }
        record::PACKED_NUMBERS if !is_whole_row(data) => return Err(Why::Damaged),
        record::PACKED_NUMBER | record::PACKED_NUMBERS => {
            let at = 4 + 6 * usize::from(which);
            let packed = u32_at(data, at + 2).ok_or(Why::Damaged)?;
            let number = text::unpacked(packed);
            return Ok(globals.push_number(number, u16_at(data, at), out));
        }
        record::SHARED_TEXT => {
            let text = u32_at(data, 6).and_then(|at| globals.texts.get(at));
            out.push_str(text.ok_or(Why::Damaged)?);
        }
        record::TEXT | record::RICH_TEXT => globals.script.push_text(record, 6, out)?,
        record::BOOL_OR_ERROR => {
            let (&value, &error) = data.get(6).zip(data.get(7)).ok_or(Why::Damaged)?;
            match (value, error) {
                (0, 0) => out.push_str("FALSE"),
                (1, 0) => out.push_str("TRUE"),
                (_, 0) => return Err(Why::Damaged),
                _ => return Ok(Some(Fault::CellError)),
            }
        }
        _ => return push_result(record, globals, out),
    }
    Ok(None)
}

/// Whether several packed numbers end in the column that so many of them end in.
fn is_whole_row(data: &[u8]) -> bool {
    let ends = u16_at(data, 2).zip(u16_at(data, data.len().saturating_sub(2)));
    let Some((first, last)) = ends.filter(|_| data.len().is_multiple_of(6)) else {
        return false;
    };
    usize::from(first) + data.len() / 6 == usize::from(last) + 2
}

/// What a formula came to. A text stands in a record of its own, somewhat later.
fn push_result(
    record: Record<'_>,
    globals: &Globals,
    out: &mut String,
) -> Result<Option<Fault>, Why> {
    let result = record.data.get(6..14).ok_or(Why::Damaged)?;
    if result[6..] != [0xFF, 0xFF] {
        let number = f64_at(result, 0).ok_or(Why::Damaged)?;
        return Ok(globals.push_number(number, u16_at(record.data, 4), out));
    }
    match result[0] {
        0 => match result_text(record)? {
            Some(text) => globals.script.push_text(text, 0, out)?,
            None => return Ok(Some(Fault::NoResult)),
        },
        1 => out.push_str(if result[2] == 0 { "FALSE" } else { "TRUE" }),
        2 => return Ok(Some(Fault::CellError)),
        // A text without characters.
        3 => {}
        _ => return Err(Why::Damaged),
    }
    Ok(None)
}

/// Between a formula and its text stand at most the parts that it shares with others.
fn result_text(formula: Record<'_>) -> Result<Option<Record<'_>>, Why> {
    const BETWEEN: usize = 4;
    let mut rest = formula.rest;
    for _ in 0..BETWEEN {
        let Some(record) = first(rest)? else { break };
        match record.kind {
            record::RESULT_TEXT => return Ok(Some(record)),
            record::FORMULA | record::END => break,
            _ => rest = record.rest,
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{HEADER, read};
    use super::*;

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len()).unwrap();
        [&kind.to_le_bytes()[..], &length.to_le_bytes(), data].concat()
    }

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn at(row: u16, column: u16, value: &[u8]) -> Vec<u8> {
        [
            &row.to_le_bytes()[..],
            &column.to_le_bytes(),
            &[0, 0],
            value,
        ]
        .concat()
    }

    fn label(row: u16, column: u16, text: &str) -> Vec<u8> {
        let length = u16::try_from(text.encode_utf16().count()).unwrap();
        let value = [&length.to_le_bytes()[..], &[1], &wide(text)].concat();
        record(record::TEXT, &at(row, column, &value))
    }

    fn formula(row: u16, column: u16, result: [u8; 8]) -> Vec<u8> {
        let value = [&result[..], &[0; 8]].concat();
        record(record::FORMULA, &at(row, column, &value))
    }

    /// An OLE file whose one stream is a workbook of one sheet with these records.
    fn workbook(globals: &[u8], sheet: &[u8]) -> Vec<u8> {
        let begin = record(record::BEGIN, &[0, 6, 5, 0]);
        let name = |start: usize| {
            let start = u32::try_from(start).unwrap().to_le_bytes();
            record(record::SHEET, &[&start[..], &[0, 0, 1, 0, b'S']].concat())
        };
        let end = record(record::END, &[]);
        let start = begin.len() + globals.len() + name(0).len() + end.len();
        let stream = [&begin, globals, &name(start), &end, &begin, sheet, &end].concat();
        ole("Workbook", &stream)
    }

    /// The smallest OLE file of one stream: header, sector table, directory, the stream.
    fn ole(name: &str, stream: &[u8]) -> Vec<u8> {
        let mut stream = stream.to_vec();
        stream.resize(stream.len().max(SMALL_STREAM).next_multiple_of(512), 0);
        let sectors = stream.len() / 512;
        let mut header = vec![0; 512];
        header[..8].copy_from_slice(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
        header[26] = 3;
        header[30] = 9;
        header[32] = 6;
        header[48] = 1;
        header[60..64].fill(0xFF);
        header[68..72].fill(0xFF);
        header[80..].fill(0xFF);
        let mut table = vec![0xFF; 512];
        let mut link = |from: usize, to: u32| {
            table[4 * from..4 * from + 4].copy_from_slice(&to.to_le_bytes());
        };
        link(1, 0xFFFF_FFFE);
        for sector in 2..=sectors {
            link(sector, u32::try_from(sector + 1).unwrap());
        }
        link(1 + sectors, 0xFFFF_FFFE);
        let entry = |name: &str, child: u32, start: u32, length: usize| {
            let mut entry = wide(name);
            let named = u16::try_from(entry.len() + 2).unwrap();
            entry.resize(128, 0);
            entry[64..66].copy_from_slice(&named.to_le_bytes());
            entry[68..76].fill(0xFF);
            entry[76..80].copy_from_slice(&child.to_le_bytes());
            entry[116..120].copy_from_slice(&start.to_le_bytes());
            entry[120..124].copy_from_slice(&u32::try_from(length).unwrap().to_le_bytes());
            entry
        };
        let none = u32::MAX;
        let mut directory = entry("Root Entry", 1, none, 0);
        directory.extend(entry(name, none, 2, stream.len()));
        directory.resize(512, 0);
        [header, table, directory, stream].concat()
    }

    const SMALL_STREAM: usize = 4096;

    fn header() -> Vec<u8> {
        let cells = (0..).zip(HEADER);
        cells
            .flat_map(|(column, name)| label(0, column, name))
            .collect()
    }

    #[test]
    fn cells_are_sorted_because_old_programs_write_columns_first() {
        let sheet = [
            label(1, 1, "131128"),
            header(),
            label(1, 0, "0000123450"),
            label(1, 0, "0000123456"),
        ];
        assert_eq!(
            read(&workbook(&[], &sheet.concat())),
            ["S: Of1900", "2 0000123456|131128"]
        );
    }

    #[test]
    fn a_number_is_handed_over_as_its_cell_shows_it() {
        let format = [&[176, 0, 6, 0, 0][..], b"yy/m/d"].concat();
        let styles = [
            record(record::FORMAT, &format),
            record(record::STYLE, &[0, 0, 0, 0]),
            record(record::STYLE, &[0, 0, 176, 0]),
            record(record::STYLE, &[0, 0, 20, 0]),
        ];
        let shown = |column: u16, style: u8, number: f64| {
            let place = [1, 0, column.to_le_bytes()[0], 0, style, 0];
            record(
                record::NUMBER,
                &[&place[..], &number.to_le_bytes()].concat(),
            )
        };
        let packed = 46_178_u32 << 2 | 2;
        let packed = [&[1, 0, 3, 0, 1, 0][..], &packed.to_le_bytes()].concat();
        let row = [
            shown(0, 0, 46_178.0),
            shown(1, 1, 46_178.0),
            shown(2, 2, 0.375),
            record(record::PACKED_NUMBER, &packed),
        ];
        let sheet = [header(), row.concat()].concat();
        assert_eq!(
            read(&workbook(&styles.concat(), &sheet))[1],
            "2 46178|2026-06-05|9:00|2026-06-05"
        );
    }

    #[test]
    fn every_kind_of_cell_becomes_a_text() {
        let packed = (13_102_u32 << 2 | 2).to_le_bytes();
        let row = [
            record(record::NUMBER, &at(1, 0, &1.234_57e19_f64.to_le_bytes())),
            record(record::PACKED_NUMBER, &at(1, 1, &packed)),
            record(record::BOOL_OR_ERROR, &at(1, 2, &[1, 0])),
            record(record::BOOL_OR_ERROR, &at(1, 3, &[0x17, 1])),
            formula(1, 4, 0.375_f64.to_le_bytes()),
            formula(1, 5, [2, 0, 0x17, 0, 0, 0, 0xFF, 0xFF]),
            formula(1, 6, [0, 0, 0, 0, 0, 0, 0xFF, 0xFF]),
            record(
                record::RESULT_TEXT,
                &[&[2, 0, 1][..], &wide("文字")].concat(),
            ),
        ];
        assert_eq!(
            read(&workbook(&[], &[header(), row.concat()].concat()))[1],
            "2 1.23457E+19|13102|TRUE||0.375||文字 [3 CellError] [5 CellError]"
        );
    }

    #[test]
    fn a_text_result_that_is_not_there_is_no_empty_text() {
        let row = [
            label(1, 0, "x"),
            formula(1, 1, [0, 0, 0, 0, 0, 0, 0xFF, 0xFF]),
            formula(1, 2, [3, 0, 0, 0, 0, 0, 0xFF, 0xFF]),
        ];
        assert_eq!(
            read(&workbook(&[], &[header(), row.concat()].concat()))[1],
            "2 x|| [1 NoResult]"
        );
    }

    #[test]
    fn what_is_no_value_is_a_fault_of_its_cell() {
        let packed = |last: u16| {
            let numbers = [[0; 2], [2, 0], [0; 2]].concat();
            at(
                1,
                4,
                &[numbers, vec![0; 2], last.to_le_bytes().to_vec()].concat(),
            )
        };
        let row = [
            label(1, 0, "x"),
            record(record::NUMBER, &at(1, 1, &f64::NAN.to_le_bytes())),
            record(record::NUMBER, &at(1, 2, &[0; 4])),
            record(record::BOOL_OR_ERROR, &at(1, 3, &[2, 0])),
            record(record::PACKED_NUMBERS, &packed(9)),
            formula(1, 5, [9, 0, 0, 0, 0, 0, 0xFF, 0xFF]),
            record(record::PACKED_NUMBERS, &at(1, 6, &[0; 3])),
        ];
        let seen = read(&workbook(&[], &[header(), row.concat()].concat()));
        let faults = [1, 2, 3, 4, 5, 6].map(|at| format!(" [{at} Unreadable]"));
        assert_eq!(seen[1], format!("2 x||||||{}", faults.concat()));
    }

    /// Behind them may be anything.
    #[test]
    fn there_are_as_many_shared_texts_as_there_are_said_to_be() {
        let texts = [
            &[0, 0, 0, 0, 1, 0, 0, 0][..],
            &[1, 0, 0, b'a'],
            &[1, 0, 0, b'b'],
        ];
        let shared =
            |column, which: u32| record(record::SHARED_TEXT, &at(1, column, &which.to_le_bytes()));
        let sheet = [header(), shared(0, 0), shared(1, 1)];
        let globals = record(record::SHARED_TEXTS, &texts.concat());
        assert_eq!(
            read(&workbook(&globals, &sheet.concat()))[1..],
            ["2 a| [1 Unreadable]"]
        );
    }

    #[test]
    fn days_hidden_rows_merged_cells_and_passwords_are_seen() {
        let mut hidden = [0; 16];
        hidden[0] = 2;
        hidden[12] = 0x20;
        let sheet = [
            header(),
            label(1, 0, "0000123456"),
            label(2, 1, "131128"),
            record(record::ROW, &hidden),
            record(record::MERGED, &[1, 0, 1, 0, 2, 0, 0, 0, 0, 0]),
        ];
        let mode = record(record::DATE_MODE, &[1, 0]);
        assert_eq!(
            read(&workbook(&mode, &sheet.concat())),
            [
                "S: Of1904",
                "2 0000123456",
                "3 0000123456|131128 [0 R122]",
                "R120 見本[S]:3 3行目"
            ]
        );
        let locked = workbook(&record(record::FILE_PASS, &[1, 0]), &[]);
        assert_eq!(read(&locked), ["R113 見本 パスワードが掛かっています"]);
        let package = ole("EncryptedPackage", &[]);
        assert_eq!(read(&package), ["R113 見本 パスワードが掛かっています"]);
    }

    #[test]
    fn two_cells_in_the_corners_are_two_cells() {
        let sheet = [header(), label(65_535, 255, "遠い")];
        let seen = read(&workbook(&[], &sheet.concat()));
        assert_eq!(seen[1], format!("65536 {}遠い", "|".repeat(255)));
    }

    #[test]
    fn nothing_in_a_damaged_file_is_followed_for_ever() {
        let good = workbook(&[], &[header(), label(1, 0, "0000123456")].concat());
        let said = "R113 見本 ファイルが壊れています";
        // The directory's chain of sectors becomes a ring.
        let mut ring = good.clone();
        ring[512 + 4..512 + 8].copy_from_slice(&1_u32.to_le_bytes());
        assert_eq!(read(&ring), [said]);
        // Every cut ends in words, never in a panic.
        for length in (8..good.len()).step_by(97) {
            let seen = read(&good[..length]);
            assert!(
                seen.iter()
                    .any(|line| line.starts_with('R') || line.starts_with('2'))
            );
        }
    }

    #[test]
    fn a_shared_text_goes_on_in_the_next_record_in_another_form() {
        let begin = [&[0, 0, 0, 0, 2, 0, 0, 0][..], &[4, 0, 1], &wide("試験")].concat();
        let texts = [
            record(record::SHARED_TEXTS, &begin),
            record(record::CONTINUE, &[0, b'a', b'b', 1, 0, 0, b'c']),
        ];
        let shared =
            |row, which: u32| record(record::SHARED_TEXT, &at(row, 0, &which.to_le_bytes()));
        let sheet = [header(), shared(1, 0), shared(2, 1)];
        assert_eq!(
            read(&workbook(&texts.concat(), &sheet.concat()))[1..],
            ["2 試験ab", "3 c"]
        );
    }

    #[test]
    fn merged_cells_are_as_many_as_they_are_said_to_be() {
        for cut in [&[][..], &[1, 0, 1, 0, 2, 0, 0, 0]] {
            let sheet = [header(), record(record::MERGED, cut)].concat();
            assert_eq!(
                read(&workbook(&[], &sheet)),
                ["R113 見本[S] ファイルが壊れています"]
            );
        }
    }

    #[test]
    fn a_workbook_that_does_not_begin_with_how_it_is_written_is_damaged() {
        let mut bytes = workbook(&[], &[]);
        let begin = bytes.windows(4).position(|at| at == [0x09, 0x08, 4, 0]);
        bytes[begin.unwrap()] = 0x08;
        assert_eq!(read(&bytes), ["R113 見本 ファイルが壊れています"]);
    }
}
