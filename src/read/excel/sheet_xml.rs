//! One quick pass over the XML of a sheet, for what calamine does not say or says too late.
//!
//! The few marks that matter are searched as bytes; the XML is not taken apart, so that this
//! costs a small part of what reading the cells does. Complete rows are looked through
//! block by block, and a row that is cut by the end of a block waits for the next one.

use std::io::Read;

use memchr::memmem::{self, Finder};
use memchr::{memchr, memchr2_iter, memrchr};

use super::Why;
use super::marks::{self, Marks, Region};

/// So much is looked through at once.
const BLOCK: usize = 1 << 18;
/// Neither a row, nor what stands before the first one, nor a tag is longer. Calamine holds
/// one text or tag at a time: this bounds it too.
const LONGEST: usize = 8 << 20;

/// Looks through a sheet from its first byte to its last, so that a part that is cut off or
/// damaged is known before its first row is handed over.
pub(super) fn scan(xml: impl Read) -> Result<Marks, Why> {
    scan_by(xml, BLOCK)
}

fn scan_by(xml: impl Read, block: usize) -> Result<Marks, Why> {
    let mut window = Window::new(xml, block);
    let mut marks = Marks::default();
    let names = head(&mut window, &mut marks)?;
    rows(&mut window, &names, &mut marks)?;
    tail(&mut window, &names, &mut marks)?;
    marks.hidden.sort_unstable();
    marks.hidden.dedup();
    Ok(marks)
}

/// The part of the XML that is in memory.
struct Window<R> {
    xml: R,
    block: usize,
    bytes: Vec<u8>,
    at_end: bool,
}

impl<R: Read> Window<R> {
    fn new(xml: R, block: usize) -> Self {
        Self {
            xml,
            block,
            bytes: Vec::with_capacity(2 * block),
            at_end: false,
        }
    }

    /// Lets go of the first bytes.
    fn drop(&mut self, length: usize) {
        self.bytes.drain(..length);
    }

    /// Reads a block more.
    fn grow(&mut self) -> Result<(), Why> {
        if self.bytes.len() > LONGEST {
            return Err(Why::Swollen);
        }
        let more = self.block as u64;
        let read = self.xml.by_ref().take(more).read_to_end(&mut self.bytes)?;
        self.at_end = read == 0;
        Ok(())
    }
}

/// The names of the elements as this file writes them, perhaps with a prefix.
struct Names {
    row: Finder<'static>,
    rows_end: Finder<'static>,
    formula: Finder<'static>,
    cell: Finder<'static>,
    cell_end: Finder<'static>,
    value: Finder<'static>,
    merged: Finder<'static>,
}

impl Names {
    fn with(prefix: &str) -> Self {
        let finder = |text: String| Finder::new(&text).into_owned();
        Self {
            row: finder(format!("<{prefix}row")),
            rows_end: finder(format!("</{prefix}sheetData")),
            formula: finder(format!("<{prefix}f")),
            cell: finder(format!("<{prefix}c")),
            cell_end: finder(format!("</{prefix}c>")),
            value: finder(format!("<{prefix}v")),
            merged: finder(format!("<{prefix}mergeCell")),
        }
    }
}

/// Up to the first row: how large the sheet says it is.
fn head<R: Read>(window: &mut Window<R>, marks: &mut Marks) -> Result<Names, Why> {
    let (prefix, begin) = loop {
        if let Some(found) = beginning(&mut window.bytes)
            && memchr(b'>', &window.bytes[found.1..]).is_some()
        {
            break found;
        }
        if window.at_end {
            return Err(Why::Damaged);
        }
        window.grow()?;
    };
    if let Some((_, at)) = element(&window.bytes[..begin], b"dimension")
        && let Some(text) = value_of(tag(&window.bytes, at)?, b"ref")
        && let Some(region) = Region::parse(&String::from_utf8_lossy(text))
    {
        marks.claim(region)?;
    }
    window.drop(begin);
    Ok(Names::with(&prefix))
}

/// The prefix of an element, with its colon, and where its tag begins.
fn element(bytes: &[u8], name: &[u8]) -> Option<(String, usize)> {
    memmem::find_iter(bytes, name).find_map(|at| {
        let open = memrchr(b'<', &bytes[..at])?;
        let prefix = &bytes[open + 1..at];
        let is_prefix = prefix.is_empty()
            || prefix
                .strip_suffix(b":")
                .is_some_and(|prefix| prefix.iter().all(u8::is_ascii_alphanumeric));
        let whole = is_prefix && is_tag(bytes, at + name.len());
        whole.then(|| (String::from_utf8_lossy(prefix).into_owned(), open))
    })
}

/// The prefix of the data, and where it begins. A comment before it may hold anything, so it
/// is blanked as soon as its end is there.
fn beginning(bytes: &mut [u8]) -> Option<(String, usize)> {
    loop {
        let found = element(bytes, b"sheetData");
        let comment = memmem::find(bytes, b"<!--");
        match (found, comment) {
            (Some(found), None) => return Some(found),
            (Some(found), Some(open)) if found.1 < open => return Some(found),
            (_, Some(open)) => {
                let length = memmem::find(&bytes[open..], b"-->")? + 3;
                bytes[open..open + length].fill(b' ');
            }
            (None, None) => return None,
        }
    }
}

/// Every row, up to the end of the data.
fn rows<R: Read>(window: &mut Window<R>, names: &Names, marks: &mut Marks) -> Result<(), Why> {
    let mut last = 0;
    // The tag of the data itself, which may be all there is of it.
    let begin = tag(&window.bytes, 0)?.len();
    let empty = window.bytes[..begin].ends_with(b"/");
    window.drop(begin);
    if empty {
        return Ok(());
    }
    loop {
        let end = names.rows_end.find(&window.bytes);
        let complete = end.or_else(|| {
            let starts = memmem::rfind(&window.bytes, names.row.needle());
            starts.filter(|at| is_tag(&window.bytes, at + names.row.needle().len()))
        });
        if let Some(complete) = complete.filter(|at| *at > 0) {
            block(&window.bytes[..complete], names, &mut last, marks)?;
            window.drop(complete);
        }
        if end.is_some() {
            return Ok(());
        }
        if window.at_end {
            return Err(Why::Damaged);
        }
        window.grow()?;
    }
}

/// Looks through complete rows.
fn block(bytes: &[u8], names: &Names, last: &mut u32, marks: &mut Marks) -> Result<(), Why> {
    plain(bytes)?;
    let mut starts = tags(bytes, &names.row, 0).peekable();
    while let Some(start) = starts.next() {
        let end = starts.peek().copied().unwrap_or(bytes.len());
        let row = &bytes[start..end];
        let opening = tag(row, 0)?;
        let number = value_of(opening, b"r")
            .and_then(number)
            .unwrap_or(*last + 1);
        *last = number;
        if value_of(opening, b"hidden").is_some_and(is_true) {
            marks.hidden.push(number);
        }
        if let Some(column) = last_column(row, names) {
            marks.reach(number, column)?;
        }
    }
    for at in tags(bytes, &names.formula, 0) {
        formula(bytes, at, names, marks)?;
    }
    Ok(())
}

/// Among rows stand neither comments nor instructions, which could hold marks that mean
/// nothing; only text between its own marks is allowed, as long as it is closed.
fn plain(bytes: &[u8]) -> Result<(), Why> {
    for at in memchr2_iter(b'!', b'?', bytes) {
        if at == 0 || bytes[at - 1] != b'<' {
            continue;
        }
        let text = bytes[at..].starts_with(b"![CDATA[");
        if !text || memmem::find(&bytes[at..], b"]]>").is_none() {
            return Err(Why::Damaged);
        }
    }
    Ok(())
}

/// The column of a row's last cell.
fn last_column(row: &[u8], names: &Names) -> Option<u32> {
    let mut rest = row;
    while let Some(at) = memmem::rfind(rest, names.cell.needle()) {
        if is_tag(row, at + names.cell.needle().len()) {
            let place = value_of(tag(row, at).ok()?, b"r").map(String::from_utf8_lossy);
            if let Some((_, column)) = place.and_then(|place| marks::cell(&place)) {
                return Some(column);
            }
            // Cells without a place follow each other.
            let cells = tags(row, &names.cell, 0).count();
            return u32::try_from(cells).ok()?.checked_sub(1);
        }
        rest = &rest[..at];
    }
    None
}

/// Keeps the place of a formula that has no value. A text that is empty is a result.
fn formula(bytes: &[u8], at: usize, names: &Names, marks: &mut Marks) -> Result<(), Why> {
    let end = names
        .cell_end
        .find(&bytes[at..])
        .map_or(bytes.len(), |end| at + end);
    let begin = memrchr(b'<', &bytes[..at]).ok_or(Why::Damaged)?;
    let cell = tag(bytes, begin)?;
    let is_text = value_of(cell, b"t").is_some_and(|kind| kind == b"str");
    let value = tags(&bytes[..end], &names.value, at).next();
    let saved = match value {
        None => false,
        Some(value) => {
            let opening = tag(bytes, value)?;
            let rest = &bytes[value + opening.len()..end];
            let text = memchr(b'<', rest).map_or(rest, |close| &rest[..close]);
            let text = text.strip_prefix(b">").unwrap_or(text);
            is_text || !(opening.ends_with(b"/") || text.trim_ascii().is_empty())
        }
    };
    if saved {
        return Ok(());
    }
    let place = value_of(cell, b"r").map(String::from_utf8_lossy);
    marks.lacks_result(place.and_then(|place| marks::cell(&place)))
}

/// What stands behind the rows: merged cells.
fn tail<R: Read>(window: &mut Window<R>, names: &Names, marks: &mut Marks) -> Result<(), Why> {
    loop {
        let complete = memrchr(b'>', &window.bytes).map_or(0, |at| at + 1);
        let bytes = &window.bytes[..complete];
        for at in tags(bytes, &names.merged, 0) {
            let region = value_of(tag(bytes, at)?, b"ref").map(String::from_utf8_lossy);
            let region = region.and_then(|text| Region::parse(&text));
            marks.merge(region.ok_or(Why::Damaged)?)?;
        }
        window.drop(complete);
        if window.at_end {
            return Ok(());
        }
        window.grow()?;
    }
}

/// Where the tags of a name (`<name`) begin.
fn tags<'b>(
    bytes: &'b [u8],
    name: &'b Finder<'_>,
    from: usize,
) -> impl Iterator<Item = usize> + 'b {
    let length = name.needle().len();
    name.find_iter(&bytes[from..])
        .map(move |at| from + at)
        .filter(move |at| is_tag(bytes, at + length))
}

/// Whether a name ends here: `<row` is one, the beginning of `<rowBreaks` is none.
fn is_tag(bytes: &[u8], end: usize) -> bool {
    bytes
        .get(end)
        .is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>'))
}

/// A tag from `<` up to its `>`, which is left out. A `>` within quotes does not end it.
fn tag(bytes: &[u8], begin: usize) -> Result<&[u8], Why> {
    let mut quote = None;
    for (at, &byte) in bytes[begin..].iter().enumerate() {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            (None, b'>') => return Ok(&bytes[begin..begin + at]),
            _ => {}
        }
    }
    Err(Why::Damaged)
}

/// The value of an attribute of a tag.
fn value_of<'b>(tag: &'b [u8], name: &[u8]) -> Option<&'b [u8]> {
    let mut rest = tag;
    loop {
        let equals = memchr(b'=', rest)?;
        let (key, value) = (
            rest[..equals].trim_ascii_end(),
            rest[equals + 1..].trim_ascii_start(),
        );
        let quote = *value.first().filter(|byte| matches!(byte, b'"' | b'\''))?;
        let end = memchr(quote, &value[1..])?;
        let own = key.strip_suffix(name);
        if own.is_some_and(|before| before.last().is_some_and(u8::is_ascii_whitespace)) {
            return Some(&value[1..=end]);
        }
        rest = &value[end + 2..];
    }
}

fn number(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text).ok()?.trim().parse().ok()
}

fn is_true(text: &[u8]) -> bool {
    matches!(text, b"1" | b"true")
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::super::marks::Unsaved;
    use super::*;

    fn scanned(xml: &str) -> Result<Marks, Why> {
        scan(xml.as_bytes())
    }

    fn of_rows(rows: &str) -> Marks {
        scanned(&format!(
            "<worksheet><sheetData>{rows}</sheetData></worksheet>"
        ))
        .unwrap()
    }

    #[test]
    fn a_hidden_row_is_found_by_its_own_attribute_alone() {
        let marks = scanned(
            "<worksheet><cols><col min=\"1\" hidden=\"1\"/></cols><sheetData>\
             <row r=\"2\" hidden=\"1\"/><row r=\"4\"\n hidden = 'true' ht=\"0\"><c r=\"A4\"/></row>\
             <row r=\"5\" x:hidden=\"1\" unhidden=\"1\"/><row hidden=\"1\"/>\
             <row r=\"9\" hidden=\"0\"><c r=\"A9\" t=\"inlineStr\"><is><t>hidden=\"1\"</t></is></c>\
             </row></sheetData></worksheet>",
        );
        assert_eq!(marks.unwrap().hidden, [2, 4, 6]);
    }

    #[test]
    fn merged_cells_stand_behind_the_rows() {
        let marks = scanned(
            "<x:worksheet><x:dimension ref=\"A1\"/><x:sheetData><x:row r=\"1\"/></x:sheetData>\
             <x:mergeCells count=\"2\"><x:mergeCell ref=\"B3:C5\"/><x:mergeCell\tref='A1'/>\
             </x:mergeCells></x:worksheet>",
        );
        let region = Region::parse("B3:C5").unwrap();
        assert_eq!(marks.unwrap().merged, [region]);
    }

    #[test]
    fn a_formula_has_a_result_or_its_place_is_kept() {
        let marks = of_rows(
            "<row r=\"2\"><c r=\"A2\"><f>1+1</f><v>2</v></c><c r=\"B2\"><f>1+1</f></c>\
             <c r=\"C2\"><f>1+1</f><v></v></c><c r=\"D2\" t=\"str\"><f>\"\"</f><v></v></c>\
             <c r=\"E2\"><f t=\"shared\" si=\"0\"/><v/></c><c r=\"F2\" t=\"str\"><f>\"\"</f><v/></c>\
             <c r=\"G2\" t=\"str\"><f>A1&lt;1</f></c></row>",
        );
        assert_eq!(
            marks.unsaved,
            Unsaved::At([(2, 1), (2, 2), (2, 4), (2, 6)].into())
        );
        let marks = of_rows("<row><c><f>1</f></c></row>");
        assert_eq!(marks.unsaved, Unsaved::Anywhere);
    }

    #[test]
    fn the_corner_of_the_grid_is_found_without_a_word_of_the_sheet_on_its_size() {
        let far = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\"/></row>\
                   <row r=\"1048576\"><c r=\"XFD1048576\"/></row></sheetData></worksheet>";
        assert_eq!(scanned(far), Err(Why::TooLarge));
        let merged = "<worksheet><sheetData/><mergeCells><mergeCell ref=\"A1:XFD1048576\"/>\
                      </mergeCells></worksheet>";
        assert_eq!(scanned(merged), Err(Why::TooLarge));
        let claimed = "<worksheet><!-- <sheetData> --><dimension ref=\"A1:XFD1048576\"/>\
                       <sheetData/></worksheet>";
        assert_eq!(scanned(claimed), Err(Why::TooLarge));
    }

    #[test]
    fn a_sheet_that_ends_within_its_rows_is_damaged() {
        for xml in [
            "",
            "<worksheet>",
            "<worksheet><sheetData><row r=\"1\"><c r=\"A1\"/>",
            "<worksheet><sheetData><row r=\"1",
            "<worksheet><sheetData><row r=\"1\"><!-- <row r=\"2\"/> --></row></sheetData>",
        ] {
            assert_eq!(scanned(xml), Err(Why::Damaged), "{xml}");
        }
    }

    #[test]
    fn a_row_longer_than_any_is_refused() {
        let text = "x".repeat(LONGEST + 2 * BLOCK);
        let xml = format!("<worksheet><sheetData><row><c><is><t>{text}</t></is></c></row>");
        assert_eq!(scanned(&xml), Err(Why::Swollen));
    }

    proptest! {
        #[test]
        fn the_border_of_a_block_changes_nothing(
            rows in prop::collection::vec((0u8..6, "[a-z<>&\"']{0,6}"), 0..12),
            merged in prop::collection::vec(1u32..9, 0..4),
            block in 1usize..80,
        ) {
            let mut xml = String::from("<worksheet><sheetData>");
            for (number, (kind, text)) in (1..).zip(rows) {
                let text = text.replace('&', "&amp;").replace('<', "&lt;");
                let hidden = if kind == 1 { " hidden=\"1\"" } else { "" };
                let formula = match kind {
                    2 => "<f>1</f>",
                    3 => "<f>1</f><v>1</v>",
                    _ => "<v>1</v>",
                };
                write!(
                    xml,
                    "<row r=\"{number}\"{hidden}><c r=\"A{number}\" t=\"inlineStr\"><is><t>{text}\
                     </t></is></c><c r=\"B{number}\">{formula}</c></row>"
                ).unwrap();
            }
            xml.push_str("</sheetData><mergeCells>");
            for row in merged {
                write!(xml, "<mergeCell ref=\"A{row}:B{}\"/>", row + 1).unwrap();
            }
            xml.push_str("</mergeCells></worksheet>");
            let whole = scanned(&xml);
            prop_assert!(whole.is_ok());
            prop_assert_eq!(scan_by(xml.as_bytes(), block), whole);
        }
    }
}
