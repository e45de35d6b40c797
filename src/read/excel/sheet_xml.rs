//! One quick pass over the XML of a sheet, for what must be known before its first row: which
//! cells are merged, which the file says last of all, how far the sheet reaches, and whether
//! the part is whole.
//!
//! The few marks that matter are searched as bytes; the XML is not taken apart, so that this
//! costs a small part of what reading the cells does. Complete rows are looked through
//! block by block, and a row that is cut by the end of a block waits for the next one. What
//! the sheet says of its own size is a hint at most, and not believed.

use std::io::Read;

use memchr::memmem::{self, Finder};
use memchr::{memchr, memchr2_iter, memrchr};

use crate::read::decoded::Decoded;

use super::Why;
use super::marks::{self, Marks, Region};

/// So much is looked through at once.
const BLOCK: usize = 1 << 18;
/// Neither a row, nor what stands before the first one, nor a tag is longer.
const LONGEST: usize = 8 << 20;

/// Looks through a sheet from its first byte to its last, so that a part that is cut off or
/// damaged is known before its first row is handed over.
pub(super) fn survey(xml: impl Read) -> Result<Marks, Why> {
    survey_by(Decoded::by_its_own_word(xml)?, BLOCK)
}

fn survey_by(xml: impl Read, block: usize) -> Result<Marks, Why> {
    let mut window = Window::new(xml, block);
    let mut marks = Marks::default();
    let names = head(&mut window)?;
    rows(&mut window, &names, &mut marks)?;
    tail(&mut window, &names, &mut marks)?;
    Ok(marks)
}

/// The part of the XML that is in memory. Comments, instructions and text between the marks of
/// CDATA may hold anything, also what looks like a mark, so they are blanked.
struct Window<R> {
    xml: R,
    block: usize,
    bytes: Vec<u8>,
    /// So many bytes were looked through for what must be blanked. What begins behind them may
    /// have its end in the next block.
    clear: usize,
    at_end: bool,
}

impl<R: Read> Window<R> {
    fn new(xml: R, block: usize) -> Self {
        Self {
            xml,
            block,
            bytes: Vec::with_capacity(2 * block),
            clear: 0,
            at_end: false,
        }
    }

    /// The bytes in which every mark is one.
    fn clear(&self) -> &[u8] {
        &self.bytes[..self.clear]
    }

    /// Lets go of the first bytes.
    fn drop(&mut self, length: usize) {
        self.bytes.drain(..length);
        self.clear -= length;
    }

    /// Reads a block more.
    fn grow(&mut self) -> Result<(), Why> {
        if self.at_end {
            return Err(Why::Damaged);
        }
        if self.bytes.len() > LONGEST {
            return Err(Why::Swollen);
        }
        let more = self.block as u64;
        let read = self.xml.by_ref().take(more).read_to_end(&mut self.bytes)?;
        self.at_end = read == 0;
        self.blank()
    }

    fn blank(&mut self) -> Result<(), Why> {
        // A `<` at the very end may begin what must be blanked.
        let end = match self.bytes.last() {
            Some(b'<') if !self.at_end => self.bytes.len() - 1,
            _ => self.bytes.len(),
        };
        while let Some(begin) = foreign(&self.bytes[self.clear..end]) {
            let begin = self.clear + begin;
            let Some(length) = length_of_foreign(&self.bytes[begin..])? else {
                self.clear = begin;
                return if self.at_end {
                    Err(Why::Damaged)
                } else {
                    Ok(())
                };
            };
            self.bytes[begin..begin + length].fill(b' ');
            self.clear = begin + length;
        }
        self.clear = end.max(self.clear);
        Ok(())
    }
}

/// Where something begins that is neither a tag nor text.
fn foreign(bytes: &[u8]) -> Option<usize> {
    let mut signs = memchr2_iter(b'!', b'?', bytes).filter_map(|at| at.checked_sub(1));
    signs.find(|at| bytes[*at] == b'<')
}

/// How many bytes it has; `None` where its end is not at hand.
fn length_of_foreign(bytes: &[u8]) -> Result<Option<usize>, Why> {
    const KINDS: [(&[u8], &[u8]); 4] = [
        (b"<!--", b"-->"),
        (b"<![CDATA[", b"]]>"),
        (b"<?", b"?>"),
        (b"<!DOCTYPE", b">"),
    ];
    for (begin, end) in KINDS {
        if bytes.starts_with(begin) {
            let found = memmem::find(&bytes[begin.len()..], end);
            return Ok(found.map(|at| begin.len() + at + end.len()));
        }
        if begin.starts_with(bytes) {
            return Ok(None);
        }
    }
    Err(Why::Damaged)
}

/// The names of the elements as this file writes them, perhaps with a prefix.
struct Names {
    data: Finder<'static>,
    row: Finder<'static>,
    rows_end: Finder<'static>,
    cell: Finder<'static>,
    merged: Finder<'static>,
}

impl Names {
    fn with(prefix: &str) -> Self {
        let finder = |text: String| Finder::new(&text).into_owned();
        Self {
            data: finder(format!("<{prefix}sheetData")),
            row: finder(format!("<{prefix}row")),
            rows_end: finder(format!("</{prefix}sheetData")),
            cell: finder(format!("<{prefix}c")),
            merged: finder(format!("<{prefix}mergeCell")),
        }
    }
}

/// Up to the first row.
fn head<R: Read>(window: &mut Window<R>) -> Result<Names, Why> {
    let (prefix, begin) = loop {
        if let Some(found) = data(window.clear())
            && memchr(b'>', &window.clear()[found.1..]).is_some()
        {
            break found;
        }
        if window.at_end && is_closed(window.clear()) {
            let other = memmem::find(window.clear(), DATA).is_some();
            return Err(if other { Why::Damaged } else { Why::NoSheet });
        }
        window.grow()?;
    };
    window.drop(begin);
    Ok(Names::with(&prefix))
}

/// Whether XML ends with the end of an element: a whole part, of another kind.
fn is_closed(xml: &[u8]) -> bool {
    let xml = xml.trim_ascii_end();
    let last = memrchr(b'<', xml).map_or(xml, |at| &xml[at..]);
    xml.ends_with(b"/>") || (last.starts_with(b"</") && xml.ends_with(b">"))
}

/// The element that holds the rows.
const DATA: &[u8] = b"sheetData";

/// The prefix of the element with the data, with its colon, and where its tag begins. It is the
/// one of the whole sheet: what bears another is another maker's.
fn data(bytes: &[u8]) -> Option<(String, usize)> {
    let prefix = prefix_of_root(bytes)?;
    memmem::find_iter(bytes, DATA).find_map(|at| {
        let open = memrchr(b'<', &bytes[..at])?;
        let whole = bytes[open + 1..at] == *prefix && is_tag(bytes, at + DATA.len());
        whole.then(|| (String::from_utf8_lossy(prefix).into_owned(), open))
    })
}

/// What stands before the name of the first element, with its colon, where that is a sheet.
fn prefix_of_root(bytes: &[u8]) -> Option<&[u8]> {
    let begin = memchr(b'<', bytes)? + 1;
    let length = (0..bytes.len() - begin).find(|at| is_tag(bytes, begin + at))?;
    let name = &bytes[begin..begin + length];
    let prefix = name.strip_suffix(b"worksheet")?;
    (prefix.is_empty() || prefix.ends_with(b":")).then_some(prefix)
}

/// Every row, up to the end of the data.
fn rows<R: Read>(window: &mut Window<R>, names: &Names, marks: &mut Marks) -> Result<(), Why> {
    let mut last = 0;
    // The tag of the data itself, which may be all there is of it.
    let begin = tag(window.clear(), 0)?.len();
    let empty = window.clear()[..begin].ends_with(b"/");
    window.drop(begin);
    if empty {
        return Ok(());
    }
    loop {
        let bytes = window.clear();
        let end = names.rows_end.find(bytes);
        let complete = end.or_else(|| {
            let starts = memmem::rfind(bytes, names.row.needle());
            starts.filter(|at| is_tag(bytes, at + names.row.needle().len()))
        });
        if let Some(complete) = complete.filter(|at| *at > 0) {
            block(&bytes[..complete], names, &mut last, marks)?;
            window.drop(complete);
        }
        if end.is_some() {
            return Ok(());
        }
        window.grow()?;
    }
}

/// Looks through complete rows.
fn block(bytes: &[u8], names: &Names, last: &mut u32, marks: &mut Marks) -> Result<(), Why> {
    let mut starts = tags(bytes, &names.row, 0).peekable();
    while let Some(start) = starts.next() {
        let end = starts.peek().copied().unwrap_or(bytes.len());
        let row = &bytes[start..end];
        let opening = tag(row, 0)?;
        let number = value_of(opening, b"r")
            .and_then(number)
            .unwrap_or(*last + 1);
        *last = number;
        if let Some(column) = last_column(row, names) {
            marks.reach(number, column)?;
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

/// What stands behind the rows: merged cells. More rows there, or a second element of them, would be
/// passed over by whoever reads the cells.
fn tail<R: Read>(window: &mut Window<R>, names: &Names, marks: &mut Marks) -> Result<(), Why> {
    loop {
        let complete = memrchr(b'>', window.clear()).map_or(0, |at| at + 1);
        let bytes = &window.clear()[..complete];
        let mut more = [&names.data, &names.row].into_iter();
        if more.any(|name| tags(bytes, name, 0).next().is_some()) {
            return Err(Why::Damaged);
        }
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

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;

    fn surveyed(xml: &str) -> Result<Marks, Why> {
        survey(xml.as_bytes())
    }

    #[test]
    fn merged_cells_stand_behind_the_rows() {
        let marks = surveyed(
            "<x:worksheet><x:dimension ref=\"A1\"/><x:sheetData><x:row r=\"1\"/></x:sheetData>\
             <x:mergeCells count=\"2\"><x:mergeCell ref=\"B3:C5\"/><x:mergeCell\tref='A1'/>\
             </x:mergeCells></x:worksheet>",
        );
        let region = Region::parse("B3:C5").unwrap();
        assert_eq!(marks.unwrap().merged, [region]);
    }

    #[test]
    fn what_stands_in_a_comment_or_in_a_text_is_no_mark() {
        let marks = surveyed(
            "<?a <sheetData> ?><worksheet><!-- <sheetData> --><sheetData>\
             <row r=\"1\"><c r=\"A1\"><v><![CDATA[</sheetData><row r=\"9\">]]></v></c></row>\
             <!-- </sheetData> --></sheetData><!-- <mergeCell ref=\"A1:B2\"/> --></worksheet>",
        );
        assert_eq!(marks.unwrap().merged, []);
    }

    #[test]
    fn the_corner_of_the_grid_is_found_whatever_the_sheet_says_of_its_size() {
        let far = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\"/></row>\
                   <row r=\"1048576\"><c r=\"XFD1048576\"/></row></sheetData></worksheet>";
        assert_eq!(surveyed(far), Err(Why::TooLarge));
        let merged = "<worksheet><sheetData/><mergeCells><mergeCell ref=\"A1:XFD1048576\"/>\
                      </mergeCells></worksheet>";
        assert_eq!(surveyed(merged), Err(Why::TooLarge));
        let claimed = "<worksheet><dimension ref=\"A1:XFD1048576\"/><sheetData/></worksheet>";
        assert!(surveyed(claimed).is_ok());
    }

    #[test]
    fn a_part_of_another_kind_is_no_sheet() {
        for xml in ["<chartsheet/>", "<x:macrosheet><x:a/></x:macrosheet>\n"] {
            assert_eq!(surveyed(xml), Err(Why::NoSheet), "{xml}");
        }
    }

    #[test]
    fn a_sheet_whose_rows_do_not_end_or_go_on_elsewhere_is_damaged() {
        for xml in [
            "",
            "<worksheet>",
            "<worksheet><sheetData><row r=\"1\"><c r=\"A1\"/>",
            "<worksheet><sheetData><row r=\"1",
            "<worksheet><sheetData><row r=\"1\"><!-- <row r=\"2\"/> </row></sheetData>",
            "<worksheet><sheetData><row r=\"1\"><!x></row></sheetData>",
            "<worksheet><sheetData><row r=\"1\"/></sheetData><sheetData><row r=\"2\"/></sheetData></worksheet>",
            "<worksheet><sheetData><row r=\"1\"/></sheetData><row r=\"2\"/></worksheet>",
            "<worksheet><sheetData/><sheetData><row r=\"2\"/></sheetData></worksheet>",
        ] {
            assert_eq!(surveyed(xml), Err(Why::Damaged), "{xml}");
        }
    }

    #[test]
    fn a_row_longer_than_any_is_refused() {
        let text = "x".repeat(LONGEST + 2 * BLOCK);
        let xml = format!("<worksheet><sheetData><row><c><is><t>{text}</t></is></c></row>");
        assert_eq!(surveyed(&xml), Err(Why::Swollen));
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
                let between = match kind {
                    1 => "<!-- <row r=\"99\"> -->",
                    2 => "<![CDATA[</sheetData>]]>",
                    3 => "<?x <c r=\"ZZ1\"/> ?>",
                    _ => "",
                };
                write!(
                    xml,
                    "<row r=\"{number}\"><c r=\"A{number}\" t=\"inlineStr\"><is><t>{text}{between}\
                     </t></is></c><c r=\"B{number}\"><v>1</v></c></row>"
                ).unwrap();
            }
            xml.push_str("</sheetData><mergeCells>");
            for row in merged {
                write!(xml, "<mergeCell ref=\"A{row}:B{}\"/>", row + 1).unwrap();
            }
            xml.push_str("</mergeCells></worksheet>");
            let whole = surveyed(&xml);
            prop_assert!(whole.is_ok());
            prop_assert_eq!(survey_by(xml.as_bytes(), block), whole);
        }
    }
}
