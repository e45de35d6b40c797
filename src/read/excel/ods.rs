//! `.ods`: one XML part holds all sheets; cells and rows that are alike stand there once,
//! with how often they are repeated.
//!
//! Source: `OpenDocument` 1.3 part 3, 9 (tables), 19.385 (`office:value-type`), 6.1.2 (white space).

use std::collections::HashSet;
use std::io::{BufReader, Read, Seek};
use std::sync::Arc;

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{NamespaceResolver, ResolveResult};
use quick_xml::{NsReader, XmlVersion};

use crate::read::row::Fault;
use crate::table::Calendar;

use super::cells::Cells;
use super::marks::{Marks, Region};
use super::package::{Package, STEEPEST};
use super::sheet::{Book, Facts, Visibility};
use super::{Unreadable, Why, text};

/// So many columns of a row are looked at; a sheet has no more.
const COLUMNS: u32 = 16_384;
/// So often a row that holds something may be repeated. More is no table of people, but a
/// value that was filled down to the end of the sheet.
const REPEATED: u32 = 10_000;
/// So many spaces may stand side by side.
const SPACES: usize = 1_000;

/// Reads every sheet.
pub(super) fn read<R: Read + Seek + Send>(
    mut package: Package<R>,
    book: &mut Book<'_>,
) -> Result<(), Unreadable> {
    let manifest = package.whole("META-INF/manifest.xml")?;
    if memchr::memmem::find(&manifest, b"encryption-data").is_some() {
        return Err(Why::Password.into());
    }
    let content = package.inflate("content.xml", STEEPEST)?;
    let mut events = Events::new(content);
    let mut calendar = Calendar::Of1900;
    let mut style = None;
    let mut hidden_styles = HashSet::new();
    while let Some(next) = events.next()? {
        let Next::Open(element) = next else { continue };
        match element.name() {
            (Space::Style, "style") => style = element.attribute(Space::Style, "name")?,
            (Space::Style, "table-properties") if says(&element, "display", "false")? => {
                hidden_styles.extend(style.take());
            }
            (Space::Table, "null-date") if says(&element, "date-value", "1904-01-01")? => {
                calendar = Calendar::Of1904;
            }
            // What other programs have sent is no sheet.
            (Space::Table, "dde-links") => {
                drop(element);
                events.pass_over()?;
            }
            (Space::Table, "table") => {
                let hidden = element
                    .attribute(Space::Table, "style-name")?
                    .is_some_and(|style| hidden_styles.contains(&style));
                let name = element.attribute(Space::Table, "name")?.unwrap_or_default();
                let facts = Facts {
                    name: Arc::from(name),
                    visibility: if hidden {
                        Visibility::Hidden
                    } else {
                        Visibility::Shown
                    },
                    calendar,
                };
                drop(element);
                let find = |cells: &mut Cells| table(&mut events, cells);
                book.sheet(&facts, || Ok(Marks::default()), find)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn says(element: &Element<'_>, name: &str, value: &str) -> Result<bool, Why> {
    let written = element.attribute(Space::Table, name)?;
    Ok(written.is_some_and(|written| written == value))
}

/// Whose word a name is. A file may call the spaces of names as it likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Space {
    Office,
    Style,
    Table,
    Text,
    /// What one program adds to the standard.
    Calc,
    Other,
}

impl Space {
    fn of(resolved: &ResolveResult<'_>) -> Self {
        const OASIS: &str = "urn:oasis:names:tc:opendocument:xmlns:";
        const CALC: &str = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0";
        let word = match resolved {
            ResolveResult::Bound(space) if space.0 == CALC => "calcext",
            ResolveResult::Bound(space) => {
                let word = space.0.strip_prefix(OASIS);
                word.and_then(|word| word.strip_suffix(":1.0"))
                    .unwrap_or("")
            }
            // A name that is not explained means what it usually means.
            ResolveResult::Unknown(prefix) => prefix,
            ResolveResult::Unbound => "",
        };
        match word {
            "office" => Self::Office,
            "style" => Self::Style,
            "table" => Self::Table,
            "text" => Self::Text,
            "calcext" => Self::Calc,
            _ => Self::Other,
        }
    }
}

/// The XML, piece by piece.
struct Events<R> {
    reader: NsReader<BufReader<R>>,
    buffer: Vec<u8>,
}

/// The beginning of an element.
struct Element<'e> {
    space: Space,
    start: BytesStart<'e>,
    spaces: &'e NamespaceResolver,
}

impl Element<'_> {
    fn name(&self) -> (Space, &str) {
        (self.space, self.start.local_name().into_inner())
    }

    fn attribute(&self, space: Space, name: &str) -> Result<Option<String>, Why> {
        for attribute in self.start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| Why::Damaged)?;
            if attribute.key.local_name().as_ref() == name
                && Space::of(&self.spaces.resolve_attribute(attribute.key).0) == space
            {
                let value = attribute.normalized_value(XmlVersion::Implicit1_0);
                return Ok(Some(value.map_err(|_| Why::Damaged)?.into_owned()));
            }
        }
        Ok(None)
    }
}

enum Next<'e> {
    Open(Element<'e>),
    Close(Space, String),
    Text(String),
    Other,
}

impl<R: Read> Events<R> {
    fn new(part: R) -> Self {
        let mut reader = NsReader::from_reader(BufReader::new(part));
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        Self {
            reader,
            buffer: Vec::new(),
        }
    }

    fn next(&mut self) -> Result<Option<Next<'_>>, Why> {
        self.buffer.clear();
        let event = self.reader.read_event_into(&mut self.buffer);
        let event = event.map_err(Why::from_xml)?;
        Ok(Some(match event {
            Event::Start(start) => {
                let spaces = self.reader.resolver();
                let space = Space::of(&spaces.resolve_element(start.name()).0);
                Next::Open(Element {
                    space,
                    start,
                    spaces,
                })
            }
            Event::End(end) => {
                let spaces = self.reader.resolver();
                let space = Space::of(&spaces.resolve_element(end.name()).0);
                Next::Close(space, end.local_name().as_ref().to_owned())
            }
            Event::Text(text) => Next::Text(text.xml10_content().into_owned()),
            Event::CData(text) => Next::Text(text.xml10_content().into_owned()),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|_| Why::Damaged)?;
                let named = resolve_xml_entity(reference.as_ref());
                let text = character
                    .map(String::from)
                    .or_else(|| named.map(str::to_owned));
                Next::Text(text.ok_or(Why::Damaged)?)
            }
            Event::Eof => return Ok(None),
            _ => Next::Other,
        }))
    }

    /// Passes over everything up to the end of the element that was opened last.
    fn pass_over(&mut self) -> Result<(), Why> {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.next()?.ok_or(Why::Damaged)? {
                Next::Open(_) => depth += 1,
                Next::Close(..) => depth -= 1,
                Next::Text(_) | Next::Other => {}
            }
        }
        Ok(())
    }
}

/// The rows of a sheet.
fn table<R: Read>(events: &mut Events<R>, cells: &mut Cells) -> Result<(), Why> {
    let mut row = 1_u32;
    loop {
        let element = match events.next()?.ok_or(Why::Damaged)? {
            Next::Close(Space::Table, name) if name == "table" => return Ok(()),
            Next::Close(..) | Next::Text(_) | Next::Other => continue,
            Next::Open(element) => element,
        };
        match element.name() {
            (Space::Table, "table-row") => {
                let repeated = count(&element, "number-rows-repeated")?;
                let visibility = element.attribute(Space::Table, "visibility")?;
                let hidden = visibility.is_some_and(|how| how != "visible");
                drop(element);
                let line = line(events)?;
                put(&line, row, repeated, hidden, cells)?;
                row = row.saturating_add(repeated);
            }
            // A copy of another file's sheet, kept for the formulas that refer to it.
            (Space::Table, "table-source") => return Err(Why::NoSheet),
            // Rows may stand together.
            (
                Space::Table,
                "table-header-rows"
                | "table-rows"
                | "table-row-group"
                | "table-column"
                | "table-columns"
                | "table-header-columns"
                | "table-column-group",
            ) => {}
            // Shapes, forms and whatever else is there may hold tables of their own.
            _ => {
                drop(element);
                events.pass_over()?;
            }
        }
    }
}

/// A row as it is written: cells that hold something, by their columns.
type Line = Vec<Cell>;

struct Cell {
    column: u32,
    text: String,
    fault: Option<Fault>,
    /// How many rows and columns it is merged with, itself included.
    merged: (u32, u32),
}

/// Hands a row over as often as it is repeated.
fn put(line: &Line, row: u32, repeated: u32, hidden: bool, cells: &mut Cells) -> Result<(), Why> {
    if line.is_empty() {
        return Ok(());
    }
    if repeated > REPEATED {
        return Err(Why::TooLarge);
    }
    for row in row..row.saturating_add(repeated) {
        if hidden {
            cells.hide(row)?;
        }
        for cell in line {
            let (rows, columns) = cell.merged;
            if rows > 1 || columns > 1 {
                cells.merge(Region {
                    top: row,
                    left: cell.column,
                    bottom: row.saturating_add(rows - 1),
                    right: cell.column.saturating_add(columns - 1),
                })?;
            }
            cells.put((row, cell.column), |out| {
                out.push_str(&cell.text);
                Ok(cell.fault)
            })?;
        }
    }
    Ok(())
}

fn line<R: Read>(events: &mut Events<R>) -> Result<Line, Why> {
    let mut line = Line::new();
    let mut column = 0_u32;
    loop {
        let element = match events.next()?.ok_or(Why::Damaged)? {
            Next::Close(Space::Table, name) if name == "table-row" => return Ok(line),
            Next::Close(..) | Next::Text(_) | Next::Other => continue,
            Next::Open(element) => element,
        };
        if !matches!(
            element.name(),
            (Space::Table, "table-cell" | "covered-table-cell")
        ) {
            drop(element);
            events.pass_over()?;
            continue;
        }
        let repeated = count(&element, "number-columns-repeated")?;
        let rows = count(&element, "number-rows-spanned")?;
        let columns = count(&element, "number-columns-spanned")?;
        let value = Value::of(&element)?;
        drop(element);
        let content = content(events)?;
        let mut shown = String::new();
        let fault = value.push(&content, &mut shown);
        if !shown.is_empty() || fault.is_some() {
            // A value that is repeated beyond the last column of all was filled to the end.
            let end = column.saturating_add(repeated);
            if end > COLUMNS || (end - column) > COLUMNS / 2 {
                return Err(Why::TooLarge);
            }
            line.extend((column..end).map(|column| Cell {
                column,
                text: shown.clone(),
                fault,
                merged: (rows, columns),
            }));
        }
        column = column.saturating_add(repeated);
    }
}

/// A number of repetitions, or of cells that are merged: one, unless the file says more.
fn count(element: &Element<'_>, name: &str) -> Result<u32, Why> {
    let text = element.attribute(Space::Table, name)?;
    text.map_or(Ok(1), |text| text.parse::<u32>().map_err(|_| Why::TooLarge))
        .map(|count| count.max(1))
}

/// What the attributes of a cell say that it holds.
struct Value {
    kind: Option<String>,
    written: Option<String>,
    is_error: bool,
    is_formula: bool,
}

impl Value {
    fn of(element: &Element<'_>) -> Result<Self, Why> {
        let office = |name| element.attribute(Space::Office, name);
        let kind = office("value-type")?;
        let written = match kind.as_deref() {
            Some("float" | "percentage" | "currency") => office("value")?,
            Some("date") => office("date-value")?,
            Some("time") => office("time-value")?,
            Some("boolean") => office("boolean-value")?,
            Some("string") => office("string-value")?,
            Some(_) | None => None,
        };
        // `calcext:value-type` only knows errors besides.
        let beside = element.attribute(Space::Calc, "value-type")?;
        Ok(Self {
            kind,
            written,
            is_error: beside.is_some_and(|kind| kind == "error"),
            is_formula: element.attribute(Space::Table, "formula")?.is_some(),
        })
    }

    fn push(&self, content: &str, out: &mut String) -> Option<Fault> {
        if self.is_error || (self.is_formula && is_error(content.trim())) {
            return Some(Fault::CellError);
        }
        match (self.kind.as_deref(), self.written.as_deref()) {
            (None, _) if self.is_formula => return Some(Fault::NoResult),
            (Some("float" | "percentage" | "currency"), Some(number)) => {
                let Some(number) = text::number(number) else {
                    out.push_str(number);
                    return Some(Fault::Unreadable);
                };
                text::push_number(number, out);
            }
            (Some("date"), Some(date)) => text::push_moment(date, out),
            (Some("time"), Some(time)) => text::push_duration(time, out),
            (Some("boolean"), Some("true")) => out.push_str("TRUE"),
            (Some("boolean"), Some("false")) => out.push_str("FALSE"),
            (Some("boolean"), Some(flag)) => {
                out.push_str(flag);
                return Some(Fault::Unreadable);
            }
            (Some("string"), Some(words)) => out.push_str(words),
            _ => out.push_str(content),
        }
        None
    }
}

/// How older programs write an error: as the text that they show.
fn is_error(content: &str) -> bool {
    content.starts_with("Err:")
        || [
            "#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!",
        ]
        .contains(&content)
}

/// The text that a cell shows, without notes and what is drawn upon it.
fn content<R: Read>(events: &mut Events<R>) -> Result<String, Why> {
    let mut text = String::new();
    let mut paragraphs = 0;
    let mut depth = 1_usize;
    while depth > 0 {
        let element = match events.next()?.ok_or(Why::Damaged)? {
            Next::Open(element) => element,
            Next::Close(..) => {
                depth -= 1;
                continue;
            }
            Next::Text(_) | Next::Other => continue,
        };
        match element.name() {
            (Space::Text, "p" | "h") => {
                drop(element);
                if paragraphs > 0 {
                    text.push('\n');
                }
                paragraphs += 1;
                paragraph(events, &mut text)?;
            }
            // Paragraphs may stand together, in a list say.
            (Space::Text, _) => depth += 1,
            _ => {
                drop(element);
                events.pass_over()?;
            }
        }
    }
    Ok(text)
}

/// A paragraph, without notes and how it is read aloud. White space is one space, and none at
/// its ends; what is meant otherwise has an element of its own.
fn paragraph<R: Read>(events: &mut Events<R>, text: &mut String) -> Result<(), Why> {
    let mut apart = true;
    let mut depth = 1_usize;
    while depth > 0 {
        let element = match events.next()?.ok_or(Why::Damaged)? {
            Next::Text(words) => {
                push_words(&words, &mut apart, text);
                continue;
            }
            Next::Close(..) => {
                depth -= 1;
                continue;
            }
            Next::Other => continue,
            Next::Open(element) => element,
        };
        let space = apart;
        apart = false;
        depth += 1;
        match element.name() {
            (Space::Text, "s") => {
                let spaces = element.attribute(Space::Text, "c")?;
                let spaces = spaces.and_then(|count| count.parse().ok());
                let spaces = spaces.unwrap_or(1_usize).min(SPACES);
                text.extend(std::iter::repeat_n(' ', spaces));
            }
            (Space::Text, "tab") => text.push('\t'),
            (Space::Text, "line-break") => text.push('\n'),
            (Space::Text, name) if !matches!(name, "ruby-text" | "note") => apart = space,
            _ => {
                drop(element);
                events.pass_over()?;
                depth -= 1;
                apart = space;
            }
        }
    }
    if apart && text.ends_with(' ') {
        text.pop();
    }
    Ok(())
}

fn push_words(words: &str, apart: &mut bool, text: &mut String) {
    for sign in words.chars() {
        let white = matches!(sign, ' ' | '\t' | '\n' | '\r');
        if !white {
            text.push(sign);
        } else if !*apart {
            text.push(' ');
        }
        *apart = white;
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{HEADER, archive, read};

    fn text(text: &str) -> String {
        format!(
            "<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p>\
             </table:table-cell>"
        )
    }

    /// What is read of rows below a header.
    fn rows(rows: &str) -> Vec<String> {
        let header: String = HEADER.iter().map(|name| text(name)).collect();
        read(&workbook(&format!(
            "<table:table table:name=\"表\" table:style-name=\"t\"><table:table-row>{header}\
             </table:table-row>{rows}</table:table>"
        )))
    }

    fn workbook(tables: &str) -> Vec<u8> {
        let content = format!(
            "<office:document-content><office:automatic-styles><style:style style:name=\"h\">\
             <style:table-properties table:display=\"false\"/></style:style>\
             </office:automatic-styles><office:body><office:spreadsheet>{tables}\
             </office:spreadsheet></office:body></office:document-content>"
        );
        archive(&[
            (
                "mimetype",
                b"application/vnd.oasis.opendocument.spreadsheet",
            ),
            ("content.xml", content.as_bytes()),
            ("META-INF/manifest.xml", b"<manifest:manifest/>"),
        ])
    }

    fn row(cells: &str) -> String {
        format!("<table:table-row>{cells}</table:table-row>")
    }

    fn value(attributes: &str, shown: &str) -> String {
        format!("<table:table-cell {attributes}><text:p>{shown}</text:p></table:table-cell>")
    }

    #[test]
    fn values_count_and_what_is_shown_does_not() {
        let cells = [
            value(
                "office:value-type=\"float\" office:value=\"13102\"",
                "13,102",
            ),
            value(
                "office:value-type=\"float\" office:value=\"1.23457E+019\"",
                "1",
            ),
            value(
                "office:value-type=\"date\" office:date-value=\"2026-10-01\"",
                "R8.10.1",
            ),
            value(
                "office:value-type=\"time\" office:time-value=\"PT25H30M00S\"",
                "1:30",
            ),
            value(
                "office:value-type=\"boolean\" office:boolean-value=\"true\"",
                "TRUE",
            ),
            "<table:table-cell table:formula=\"of:=1\"/>".to_owned(),
            value(
                "table:formula=\"of:=1\" office:value-type=\"string\" \
                 calcext:value-type=\"error\"",
                "#REF!",
            ),
        ];
        assert_eq!(
            rows(&row(&cells.concat()))[1],
            "2 13102|1.23457E+19|2026-10-01|25:30|TRUE|| [5 NoResult] [6 CellError]"
        );
    }

    #[test]
    fn texts_have_lines_and_spaces_and_neither_notes_nor_readings() {
        let cell = "<table:table-cell office:value-type=\"string\">\
                    <office:annotation><text:p>メモ</text:p></office:annotation>\
                    <text:p>試験<text:s text:c=\"2\"/><text:ruby><text:ruby-base>花</text:ruby-base>\
                    <text:ruby-text>はな</text:ruby-text></text:ruby></text:p>\
                    <text:p>&lt;二行&#xE000;</text:p></table:table-cell>";
        assert_eq!(
            rows(&row(cell))[1],
            "2 試験  花\n<二行\u{E000} \
             [0 PrivateCharacter { character: '\\u{e000}', offset: None }]"
        );
    }

    #[test]
    fn what_is_drawn_upon_a_cell_and_white_space_around_its_text_are_no_part_of_it() {
        let drawn = "<draw:custom-shape><text:p>済</text:p></draw:custom-shape>";
        let cells = [
            format!("<table:table-cell>{drawn}</table:table-cell>"),
            text("花").replace("</table:", &format!("{drawn}\n  </table:")),
            text("\n  試験\n  <text:span> 花</text:span> <text:s/>"),
        ];
        assert_eq!(rows(&row(&cells.concat()))[1], "2 |花|試験 花  ");
    }

    #[test]
    fn what_is_no_value_of_its_kind_is_a_fault() {
        let cells = [
            value("office:value-type=\"float\" office:value=\"nan\"", "1"),
            value("office:value-type=\"float\" office:value=\" 5 \"", "1"),
            value("office:value-type=\"float\" office:value=\"1,5\"", "1"),
            value(
                "office:value-type=\"boolean\" office:boolean-value=\"TRUE\"",
                "1",
            ),
            value(
                "office:value-type=\"date\" office:value=\"7\" office:date-value=\"2026-10-01\"",
                "1",
            ),
        ];
        assert_eq!(
            rows(&row(&cells.concat()))[1],
            "2 nan|5|1,5|TRUE|2026-10-01 [0 Unreadable] [2 Unreadable] [3 Unreadable]"
        );
    }

    /// A program may call the spaces of names as it likes.
    #[test]
    fn names_mean_what_their_prefix_is_declared_to_mean() {
        let cell = value("office:value-type=\"float\" office:value=\"13102\"", "壱");
        let header: String = HEADER.iter().map(|name| text(name)).collect();
        let table = format!(
            "<table:table table:name=\"表\">{}{}<x:table-row xmlns:x=\"urn:x\">{cell}</x:table-row>\
             </table:table>",
            row(&header),
            row(&cell)
        );
        let space = |word: &str| format!("\"urn:oasis:names:tc:opendocument:xmlns:{word}:1.0\"");
        let content = format!(
            "<office:document-content xmlns:o={} xmlns:t={} xmlns:p={}><office:body>\
             <office:spreadsheet>{table}</office:spreadsheet></office:body></office:document-content>",
            space("office"),
            space("table"),
            space("text")
        );
        let content = content
            .replace("table:", "t:")
            .replace("office:", "o:")
            .replace("text:", "p:")
            .replace("xmlns:t:", "xmlns:table:")
            .replace("xmlns:o:", "xmlns:office:")
            .replace("xmlns:p:", "xmlns:text:");
        assert_eq!(
            read(&archive(&[("content.xml", content.as_bytes())]))[1..],
            ["2 13102"]
        );
    }

    #[test]
    fn repeated_cells_and_rows_count_and_the_empty_end_of_a_sheet_does_not() {
        let twice = "<table:table-row table:number-rows-repeated=\"2\">\
                     <table:table-cell table:number-columns-repeated=\"2\"/>"
            .to_owned()
            + &text("名").replacen(
                "<table:table-cell",
                "<table:table-cell table:number-columns-repeated=\"2\"",
                1,
            )
            + "<table:table-cell table:number-columns-repeated=\"16380\"/></table:table-row>";
        let gap = "<table:table-row table:number-rows-repeated=\"3\"><table:table-cell \
                   table:number-columns-repeated=\"16384\"/></table:table-row>";
        let end = gap.replacen('3', "1048000", 1);
        assert_eq!(
            rows(&(gap.to_owned() + &twice + &end))[1..],
            ["5 ||名|名", "6 ||名|名"]
        );
    }

    #[test]
    fn what_was_filled_to_the_end_of_the_sheet_is_too_large() {
        let filled = |what: &str, count: &str| {
            let cells = row(&text("0"));
            let tag = format!("<table:table-{what}");
            let more = format!("{tag} table:number-{count}");
            rows(&cells.replacen(&tag, &more, 1))
        };
        assert_eq!(
            filled("row", "rows-repeated=\"1048575\""),
            ["R125 見本[表]"]
        );
        assert_eq!(
            filled("cell", "columns-repeated=\"16384\""),
            ["R125 見本[表]"]
        );
        assert_eq!(
            filled("cell", "columns-repeated=\"99999999999\""),
            ["R125 見本[表]"]
        );
    }

    #[test]
    fn hidden_rows_hidden_sheets_and_merged_cells_are_seen() {
        let first = text("a").replacen(
            "<table:table-cell",
            "<table:table-cell table:number-rows-spanned=\"2\"",
            1,
        );
        let hidden = row(&("<table:covered-table-cell/>".to_owned() + &text("b"))).replacen(
            "<table:table-row",
            "<table:table-row table:visibility=\"filter\"",
            1,
        );
        let seen = rows(&(row(&first) + &hidden));
        assert_eq!(
            seen[1..],
            ["2 a", "3 a|b [0 R122]", "R120 見本[表]:3 3行目"]
        );
        let header: String = HEADER.iter().map(|name| text(name)).collect();
        let table = format!(
            "<table:table table:name=\"表\" table:style-name=\"h\">{}{}</table:table>",
            row(&header),
            row(&text("a"))
        );
        assert_eq!(read(&workbook(&table)).last().unwrap(), "R121 見本[表]");
    }
}
