//! `.xlsb`: the parts of an `.xlsx`, but records in place of XML.
//!
//! Source: [MS-XLSB].

use std::io::{self, BufReader, Read, Seek};
use std::sync::Arc;

use crate::read::row::Fault;
use crate::table::Calendar;

use super::cells::Cells;
use super::marks::{Marks, Region};
use super::package::{Package, STEEPEST};
use super::sheet::{Book, Facts, Visibility};
use super::strings::{Strings, f64_at, push_utf16, u32_at};
use super::{Unreadable, Why, text};

/// Of a longer record only the beginning is kept; no cell is longer.
const LONGEST: u64 = 1 << 20;

/// The types of the records that matter.
mod record {
    pub(super) const ROW: u16 = 0x0000;
    pub(super) const PACKED_NUMBER: u16 = 0x0002;
    pub(super) const ERROR: u16 = 0x0003;
    pub(super) const BOOL: u16 = 0x0004;
    pub(super) const NUMBER: u16 = 0x0005;
    pub(super) const TEXT: u16 = 0x0006;
    pub(super) const SHARED_TEXT: u16 = 0x0007;
    pub(super) const RESULT_TEXT: u16 = 0x0008;
    pub(super) const RESULT_NUMBER: u16 = 0x0009;
    pub(super) const RESULT_BOOL: u16 = 0x000A;
    pub(super) const RESULT_ERROR: u16 = 0x000B;
    pub(super) const TEXT_ITEM: u16 = 0x0013;
    pub(super) const RICH_TEXT: u16 = 0x003E;
    pub(super) const DATA_END: u16 = 0x0092;
    pub(super) const WORKBOOK: u16 = 0x0099;
    pub(super) const SHEET: u16 = 0x009C;
    pub(super) const MERGED: u16 = 0x00B0;
}

/// Reads every sheet.
pub(super) fn read<R: Read + Seek + Send>(
    mut package: Package<R>,
    book: &mut Book<'_>,
) -> Result<(), Unreadable> {
    let (folder, name) = package.beginning()?;
    let sheets = sheets(&mut package, &folder, &name)?;
    let texts = shared_texts(&mut package, &folder)?;
    for (facts, path) in sheets {
        let marks = package.inflate(&path, STEEPEST).and_then(survey);
        let find = |cells: &mut Cells| hand_over(package.inflate(&path, STEEPEST)?, &texts, cells);
        book.sheet(&facts, || marks, find)?;
    }
    Ok(())
}

/// The records of a part.
struct Records<R> {
    bytes: BufReader<R>,
    data: Vec<u8>,
}

impl<R: Read> Records<R> {
    fn new(part: R) -> Self {
        let bytes = BufReader::new(part);
        let data = Vec::new();
        Self { bytes, data }
    }

    /// The type of the next record and its bytes; `None` at the end of the part.
    fn next(&mut self) -> Result<Option<(u16, &[u8])>, Why> {
        let Some(first) = self.byte()? else {
            return Ok(None);
        };
        let mut kind = u16::from(first & 0x7F);
        if first & 0x80 != 0 {
            kind |= u16::from(self.byte()?.ok_or(Why::Damaged)? & 0x7F) << 7;
        }
        let mut length = 0_u64;
        for place in 0..4 {
            let byte = self.byte()?.ok_or(Why::Damaged)?;
            length |= u64::from(byte & 0x7F) << (7 * place);
            if byte & 0x80 == 0 {
                break;
            }
        }
        self.data.clear();
        let kept = length.min(LONGEST);
        let read = self.bytes.by_ref().take(kept).read_to_end(&mut self.data)?;
        let passed_over = io::copy(
            &mut self.bytes.by_ref().take(length - kept),
            &mut io::sink(),
        )?;
        if read as u64 + passed_over < length {
            return Err(Why::Damaged);
        }
        Ok(Some((kind, &self.data)))
    }

    fn byte(&mut self) -> Result<Option<u8>, Why> {
        let mut byte = [0];
        let read = self.bytes.read(&mut byte)?;
        Ok((read > 0).then_some(byte[0]))
    }
}

/// The sheets in the order of the workbook, each with its part.
fn sheets<R: Read + Seek>(
    package: &mut Package<R>,
    folder: &str,
    name: &str,
) -> Result<Vec<(Facts, String)>, Why> {
    let references = package.references(&format!("{folder}_rels/{name}.rels"))?;
    let mut listed = Vec::new();
    let mut calendar = Calendar::Of1900;
    let part = package.inflate(&format!("{folder}{name}"), STEEPEST)?;
    let mut records = Records::new(part);
    while let Some((kind, data)) = records.next()? {
        if kind == record::WORKBOOK && data.first().is_some_and(|form| form & 1 != 0) {
            calendar = Calendar::Of1904;
        }
        if kind != record::SHEET {
            continue;
        }
        let hidden = u32_at(data, 0).ok_or(Why::Damaged)?;
        let (mut id, mut name) = (String::new(), String::new());
        let behind = push_wide(data, 8, &mut id)?;
        push_wide(data, behind, &mut name)?;
        let reference = references.iter().rfind(|reference| reference.id == id);
        let Some(reference) = reference.filter(|reference| reference.is_a("worksheet")) else {
            continue;
        };
        let visibility = match hidden {
            0 => Visibility::Shown,
            _ => Visibility::Hidden,
        };
        let facts = Facts {
            name: Arc::from(name),
            visibility,
            calendar,
        };
        listed.push((facts, reference));
    }
    drop(records);
    let sheet = |(facts, reference)| {
        let path = package.part_of(reference, folder);
        Ok((facts, path.ok_or(Why::Damaged)?))
    };
    listed.into_iter().map(sheet).collect()
}

fn shared_texts<R: Read + Seek>(package: &mut Package<R>, folder: &str) -> Result<Strings, Why> {
    let path = format!("{folder}sharedStrings.bin");
    let mut texts = Strings::default();
    if package.has(&path) {
        let mut records = Records::new(package.inflate(&path, STEEPEST)?);
        while let Some((kind, data)) = records.next()? {
            if kind == record::TEXT_ITEM {
                texts.push_with(|out| push_wide(data, 1, out).map(drop))?;
            }
        }
    }
    Ok(texts)
}

/// What must be known before the first row.
fn survey(part: impl Read) -> Result<Marks, Why> {
    let mut marks = Marks::default();
    let mut records = Records::new(part);
    let mut row = 0;
    while let Some((kind, data)) = records.next()? {
        match kind {
            record::MERGED => marks.merge(region(data)?)?,
            record::ROW => {
                const HIDDEN: u8 = 0x10;
                row = number(data)?;
                if data.get(11).is_some_and(|form| form & HIDDEN != 0) {
                    marks.hidden.push(row);
                }
            }
            _ if is_cell(kind) => marks.reach(row, u32_at(data, 0).ok_or(Why::Damaged)?)?,
            _ => {}
        }
    }
    marks.hidden.sort_unstable();
    Ok(marks)
}

fn hand_over(part: impl Read, texts: &Strings, cells: &mut Cells) -> Result<(), Why> {
    let mut records = Records::new(part);
    let mut row = 0;
    while let Some((kind, data)) = records.next()? {
        if kind == record::ROW {
            row = number(data)?;
        } else if kind == record::DATA_END {
            break;
        } else if is_cell(kind) {
            let column = u32_at(data, 0).ok_or(Why::Damaged)?;
            cells.put((row, column), |out| push(kind, data, texts, out))?;
        }
    }
    Ok(())
}

/// Cells that hold something; blank ones only carry a style.
fn is_cell(kind: u16) -> bool {
    matches!(
        kind,
        record::PACKED_NUMBER..=record::RESULT_ERROR | record::RICH_TEXT
    )
}

fn push(kind: u16, data: &[u8], texts: &Strings, out: &mut String) -> Result<Option<Fault>, Why> {
    /// Column and style come first.
    const VALUE: usize = 8;
    match kind {
        record::PACKED_NUMBER => {
            let packed = u32_at(data, VALUE).ok_or(Why::Damaged)?;
            return Ok(text::push_stored(text::unpacked(packed), out));
        }
        record::NUMBER | record::RESULT_NUMBER => {
            let number = f64_at(data, VALUE).ok_or(Why::Damaged)?;
            return Ok(text::push_stored(number, out));
        }
        record::BOOL | record::RESULT_BOOL => {
            let flag = data.get(VALUE).ok_or(Why::Damaged)?;
            out.push_str(if *flag == 0 { "FALSE" } else { "TRUE" });
        }
        record::SHARED_TEXT => {
            let text = u32_at(data, VALUE).and_then(|at| texts.get(at));
            out.push_str(text.ok_or(Why::Damaged)?);
        }
        record::TEXT | record::RESULT_TEXT => push_wide(data, VALUE, out).map(drop)?,
        record::RICH_TEXT => push_wide(data, VALUE + 1, out).map(drop)?,
        record::ERROR | record::RESULT_ERROR => return Ok(Some(Fault::CellError)),
        _ => {}
    }
    Ok(None)
}

/// Appends a text whose length comes first; gives where it ends.
fn push_wide(data: &[u8], from: usize, out: &mut String) -> Result<usize, Why> {
    let length = u32_at(data, from).ok_or(Why::Damaged)?;
    let length = usize::try_from(length)
        .ok()
        .and_then(|length| length.checked_mul(2));
    let end = length
        .and_then(|length| length.checked_add(from + 4))
        .ok_or(Why::Damaged)?;
    push_utf16(data.get(from + 4..end).ok_or(Why::Damaged)?, out);
    Ok(end)
}

/// The number of a row, counted from 1.
fn number(data: &[u8]) -> Result<u32, Why> {
    let row = u32_at(data, 0).ok_or(Why::Damaged)?;
    row.checked_add(1).ok_or(Why::Damaged)
}

fn region(data: &[u8]) -> Result<Region, Why> {
    let side = |at| {
        u32_at(data, at)
            .filter(|side| *side < 1 << 30)
            .ok_or(Why::Damaged)
    };
    let (top, bottom, left, right) = (side(0)?, side(4)?, side(8)?, side(12)?);
    if top > bottom || left > right {
        return Err(Why::Damaged);
    }
    Ok(Region {
        top: top + 1,
        left,
        bottom: bottom + 1,
        right,
    })
}

#[cfg(test)]
mod tests {
    use super::super::samples::{HEADER, archive, read};
    use super::*;

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        if kind < 0x80 {
            bytes.push(u8::try_from(kind).unwrap());
        } else {
            bytes.push(u8::try_from(kind & 0x7F).unwrap() | 0x80);
            bytes.push(u8::try_from(kind >> 7).unwrap());
        }
        let length = data.len();
        bytes.push(u8::try_from(length & 0x7F).unwrap() | 0x80);
        bytes.push(u8::try_from(length >> 7).unwrap());
        bytes.extend(data);
        bytes
    }

    fn wide(text: &str) -> Vec<u8> {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let length = u32::try_from(units.len() / 2).unwrap();
        [&length.to_le_bytes()[..], &units].concat()
    }

    fn cell(kind: u16, column: u32, value: &[u8]) -> Vec<u8> {
        record(kind, &[&column.to_le_bytes()[..], &[0; 4], value].concat())
    }

    fn row(number: u32, form: u8) -> Vec<u8> {
        let mut data = [&(number - 1).to_le_bytes()[..], &[0; 13]].concat();
        data[11] = form;
        record(record::ROW, &data)
    }

    fn workbook(sheet: &[u8], texts: &[u8]) -> Vec<u8> {
        const KINDS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let beginning = format!(
            "<Relationships><Relationship Id=\"a\" Type=\"{KINDS}/officeDocument\" \
             Target=\"xl/workbook.bin\"/></Relationships>"
        );
        let references = format!(
            "<Relationships><Relationship Id=\"r1\" Type=\"{KINDS}/worksheet\" \
             Target=\"worksheets/sheet1.bin\"/></Relationships>"
        );
        let mut header = row(1, 0);
        for (column, name) in (0..).zip(HEADER) {
            header.extend(cell(record::TEXT, column, &wide(name)));
        }
        let of_1904 = record(record::WORKBOOK, &[1, 0, 0, 0]);
        let sheets = [&[0; 4][..], &[1, 0, 0, 0], &wide("r1"), &wide("S")].concat();
        let workbook = [of_1904, record(record::SHEET, &sheets)].concat();
        let sheet = [&header, sheet].concat();
        archive(&[
            ("_rels/.rels", beginning.as_bytes()),
            ("xl/workbook.bin", &workbook),
            ("xl/_rels/workbook.bin.rels", references.as_bytes()),
            ("xl/worksheets/sheet1.bin", &sheet),
            ("xl/sharedStrings.bin", texts),
        ])
    }

    #[test]
    fn every_kind_of_cell_becomes_a_text() {
        let packed = (13_102_u32 << 2 | 2).to_le_bytes();
        let sheet = [
            row(2, 0),
            cell(record::SHARED_TEXT, 0, &0_u32.to_le_bytes()),
            cell(record::PACKED_NUMBER, 1, &packed),
            cell(record::RESULT_TEXT, 2, &wide("")),
            cell(record::RESULT_ERROR, 3, &[0x17]),
            cell(record::RESULT_NUMBER, 4, &0.375_f64.to_le_bytes()),
            cell(record::BOOL, 5, &[1]),
            cell(record::RICH_TEXT, 6, &[&[0][..], &wide("文字")].concat()),
            record(record::DATA_END, &[]),
        ];
        let texts = record(record::TEXT_ITEM, &[&[0][..], &wide("0000123456")].concat());
        assert_eq!(
            read(&workbook(&sheet.concat(), &texts)),
            [
                "S: Of1904",
                "2 0000123456|13102|||0.375|TRUE|文字 [3 CellError]"
            ]
        );
    }

    #[test]
    fn hidden_rows_and_merged_cells_of_a_sheet_are_seen() {
        let sides = |sides: [u32; 4]| sides.map(u32::to_le_bytes).concat();
        let sheet = [
            row(2, 0x10),
            cell(record::TEXT, 0, &wide("a")),
            row(3, 0),
            cell(record::TEXT, 1, &wide("b")),
            record(record::DATA_END, &[]),
            record(record::MERGED, &sides([1, 2, 0, 0])),
        ];
        assert_eq!(
            read(&workbook(&sheet.concat(), &[]))[1..],
            ["2 a", "3 a|b [0 R122]", "R120 見本[S]:2 2行目"]
        );
    }

    #[test]
    fn a_record_that_claims_to_be_long_makes_no_room_for_it() {
        let long = [0x02, 0xFF, 0xFF, 0xFF, 0x7F];
        let said = "R113 見本[S] ファイルが壊れています";
        assert_eq!(read(&workbook(&long, &[])), [said]);
    }

    #[test]
    fn a_number_that_is_none_is_a_fault_of_its_cell() {
        let number = cell(record::NUMBER, 0, &f64::INFINITY.to_le_bytes());
        let seen = read(&workbook(&[row(2, 0), number].concat(), &[]));
        assert_eq!(seen.last().unwrap(), "2  [0 Unreadable]");
    }

    #[test]
    fn the_number_of_a_text_that_is_none_is_a_fault_of_its_cell() {
        let lost = [row(2, 0), cell(record::SHARED_TEXT, 0, &[9, 0, 0, 0])];
        let seen = read(&workbook(&lost.concat(), &[]));
        assert_eq!(seen.last().unwrap(), "2  [0 Unreadable]");
    }
}
