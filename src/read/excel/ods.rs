//! `.ods`: one XML part holds all sheets; cells and rows that are alike stand there once,
//! with how often they are repeated.

use std::collections::HashSet;
use std::io::{BufReader, Read, Seek};
use std::sync::Arc;

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};

use crate::read::row::Fault;
use crate::table::Calendar;

use super::cells::Cells;
use super::marks::{Marks, Region};
use super::package::{Package, STEEPEST, attribute};
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
        match element.local_name().as_ref() {
            "style" => style = attribute(&element, "name")?,
            "table-properties" if says(&element, "display", "false")? => {
                hidden_styles.extend(style.take());
            }
            "null-date" if says(&element, "date-value", "1904-01-01")? => {
                calendar = Calendar::Of1904;
            }
            // What other programs have sent is no sheet.
            "dde-links" => {
                drop(element);
                events.pass_over()?;
            }
            "table" => {
                let hidden = attribute(&element, "style-name")?
                    .is_some_and(|style| hidden_styles.contains(&style));
                let name = attribute(&element, "name")?.unwrap_or_default();
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

fn says(element: &BytesStart<'_>, name: &str, value: &str) -> Result<bool, Why> {
    Ok(attribute(element, name)?.is_some_and(|written| written == value))
}

/// The XML, piece by piece.
struct Events<R> {
    reader: Reader<BufReader<R>>,
    buffer: Vec<u8>,
}

enum Next<'e> {
    Open(BytesStart<'e>),
    Close(String),
    Text(String),
    Other,
}

impl<R: Read> Events<R> {
    fn new(part: R) -> Self {
        let mut reader = Reader::from_reader(BufReader::new(part));
        let config = reader.config_mut();
        config.check_end_names = false;
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
            Event::Start(element) => Next::Open(element),
            Event::End(element) => Next::Close(element.local_name().as_ref().to_owned()),
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
                Next::Close(_) => depth -= 1,
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
            Next::Close(name) if name == "table" => return Ok(()),
            Next::Close(_) | Next::Text(_) | Next::Other => continue,
            Next::Open(element) => element,
        };
        match element.local_name().as_ref() {
            "table-row" => {
                let repeated = count(&element, "number-rows-repeated")?;
                let visibility = attribute(&element, "visibility")?;
                let hidden = visibility.is_some_and(|how| how != "visible");
                drop(element);
                let line = line(events)?;
                put(&line, row, repeated, hidden, cells)?;
                row = row.saturating_add(repeated);
            }
            // A copy of another file's sheet, kept for the formulas that refer to it.
            "table-source" => return Err(Why::NoSheet),
            // Shapes and forms may hold tables of their own.
            "shapes" | "forms" => {
                drop(element);
                events.pass_over()?;
            }
            _ => {}
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
            Next::Close(name) if name == "table-row" => return Ok(line),
            Next::Close(_) | Next::Text(_) | Next::Other => continue,
            Next::Open(element) => element,
        };
        if !matches!(
            element.local_name().as_ref(),
            "table-cell" | "covered-table-cell"
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
fn count(element: &BytesStart<'_>, name: &str) -> Result<u32, Why> {
    let text = attribute(element, name)?;
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
    fn of(element: &BytesStart<'_>) -> Result<Self, Why> {
        let mut value = Self {
            kind: None,
            written: None,
            is_error: false,
            is_formula: attribute(element, "formula")?.is_some(),
        };
        for name in [
            "value",
            "string-value",
            "date-value",
            "time-value",
            "boolean-value",
        ] {
            let written = attribute(element, name)?;
            value.written = value.written.or(written);
        }
        // `office:value-type` is the value's; `calcext:value-type` only knows errors besides.
        for attribute in element.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| Why::Damaged)?;
            match attribute.key.as_ref() {
                "office:value-type" => value.kind = Some(attribute.value.to_string()),
                "calcext:value-type" => value.is_error = *attribute.value == *"error",
                _ => {}
            }
        }
        Ok(value)
    }

    fn push(&self, content: &str, out: &mut String) -> Option<Fault> {
        if self.is_error || (self.is_formula && is_error(content)) {
            return Some(Fault::CellError);
        }
        let written = self.written.as_deref();
        match (self.kind.as_deref(), written) {
            (None, _) if self.is_formula => return Some(Fault::NoResult),
            (Some("float" | "percentage" | "currency"), Some(number)) => match number.parse() {
                Ok(number) => text::push_number(number, out),
                Err(_) => out.push_str(number),
            },
            (Some("date"), Some(date)) => text::push_moment(date, out),
            (Some("time"), Some(time)) => text::push_duration(time, out),
            (Some("boolean"), Some(flag)) => out.push(if flag == "true" { '1' } else { '0' }),
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

/// The text that a cell shows, without notes and readings.
fn content<R: Read>(events: &mut Events<R>) -> Result<String, Why> {
    let mut text = String::new();
    let mut paragraphs = 0;
    let mut depth = 1_usize;
    loop {
        let element = match events.next()?.ok_or(Why::Damaged)? {
            Next::Text(words) => {
                text.push_str(if paragraphs > 0 { &words } else { "" });
                continue;
            }
            Next::Close(_) => {
                depth -= 1;
                if depth == 0 {
                    return Ok(text);
                }
                continue;
            }
            Next::Other => continue,
            Next::Open(element) => element,
        };
        depth += 1;
        match element.local_name().as_ref() {
            "p" => {
                if paragraphs > 0 {
                    text.push('\n');
                }
                paragraphs += 1;
            }
            "s" => {
                let spaces = attribute(&element, "c")?.and_then(|count| count.parse().ok());
                let spaces = spaces.unwrap_or(1_usize).min(SPACES);
                text.extend(std::iter::repeat_n(' ', spaces));
            }
            "tab" => text.push('\t'),
            "line-break" => text.push('\n'),
            "annotation" | "ruby-text" | "shapes" | "frame" | "table" => {
                drop(element);
                events.pass_over()?;
                depth -= 1;
            }
            _ => {}
        }
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
            "2 13102|1.23457E+19|2026-10-01|25:30|1|| [5 NoResult] [6 CellError]"
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
