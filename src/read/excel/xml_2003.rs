//! XML Spreadsheet 2003: a workbook of one XML file, whatever its name ends in.
//!
//! Source: the schema that Microsoft published for it (`urn:schemas-microsoft-com:office:spreadsheet`).

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::read::row::Fault;
use crate::read::source::Bytes;
use crate::table::Calendar;

use super::package::attribute;
use super::sheet::{Book, Visibility};
use super::whole::{self, WholeSheet};
use super::{Unreadable, Why, text, xml_text};

/// Reads every sheet.
pub(super) fn read(bytes: Bytes, book: &mut Book<'_>) -> Result<(), Unreadable> {
    let xml = whole::text(bytes)?;
    let workbook = Workbook::of(&xml)?;
    whole::give(&workbook.sheets, workbook.calendar, book)
}

/// A workbook while its XML is read.
#[derive(Default)]
struct Workbook {
    sheets: Vec<WholeSheet>,
    calendar: Calendar,
    part: Part,
    row: u32,
    column: u32,
    cell: Cell,
}

/// What the reader is within.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Part {
    #[default]
    Workbook,
    Sheet,
    Cell,
    Data,
    /// A note, or how a text is read aloud: no part of the cell.
    Beside,
    /// How the sheet looks.
    Options,
    Visible,
}

#[derive(Default)]
struct Cell {
    is_formula: bool,
    kind: Option<String>,
    text: String,
    down: u32,
    across: u32,
}

impl Workbook {
    fn of(xml: &str) -> Result<Self, Why> {
        let mut reader = Reader::from_str(xml);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.expand_empty_elements = true;
        let mut workbook = Self::default();
        loop {
            match reader.read_event().map_err(Why::from_xml)? {
                Event::Start(element) => workbook.opens(&element)?,
                Event::End(element) => workbook.closes(element.local_name().as_ref())?,
                Event::Eof if workbook.part == Part::Workbook => return Ok(workbook),
                Event::Eof => return Err(Why::Damaged),
                said => match workbook.part {
                    Part::Data => xml_text::push(&said, &mut workbook.cell.text),
                    Part::Visible => workbook.visible(&said),
                    _ => {}
                },
            }
        }
    }

    fn opens(&mut self, element: &BytesStart<'_>) -> Result<(), Why> {
        self.part = match (self.part, element.local_name().as_ref()) {
            (Part::Workbook, "Date1904") => {
                self.calendar = Calendar::Of1904;
                Part::Workbook
            }
            (Part::Workbook, "Worksheet") => {
                let name = attribute(element, "Name")?.unwrap_or_default();
                self.sheets.push(WholeSheet::new(name));
                (self.row, self.column) = (0, 0);
                Part::Sheet
            }
            (Part::Sheet, "Row") => {
                self.begin_row(element)?;
                Part::Sheet
            }
            (Part::Sheet, "Cell") => {
                self.begin_cell(element)?;
                Part::Cell
            }
            (Part::Sheet, "WorksheetOptions") => Part::Options,
            (Part::Options, "Visible") => Part::Visible,
            (Part::Cell, "Data") => {
                self.cell.kind = attribute(element, "Type")?;
                Part::Data
            }
            (Part::Cell, "Comment" | "PhoneticText") => Part::Beside,
            (part, _) => part,
        };
        Ok(())
    }

    fn closes(&mut self, name: &str) -> Result<(), Why> {
        self.part = match (self.part, name) {
            (Part::Sheet, "Worksheet") => Part::Workbook,
            (Part::Cell, "Cell") => {
                self.end_cell()?;
                Part::Sheet
            }
            (Part::Data, "Data") | (Part::Beside, "Comment" | "PhoneticText") => Part::Cell,
            (Part::Options, "WorksheetOptions") => Part::Sheet,
            (Part::Visible, "Visible") => Part::Options,
            (part, _) => part,
        };
        Ok(())
    }

    fn begin_row(&mut self, element: &BytesStart<'_>) -> Result<(), Why> {
        self.row = place(element, "Index")?.unwrap_or(self.row + 1);
        self.column = 0;
        let hidden = attribute(element, "Hidden")?.is_some_and(|hidden| hidden == "1");
        let row = self.row;
        // So many rows below are as empty as this one is.
        self.row += place(element, "Span")?.unwrap_or(0);
        self.sheet()?.begin_row(row, hidden)
    }

    fn begin_cell(&mut self, element: &BytesStart<'_>) -> Result<(), Why> {
        if let Some(index) = place(element, "Index")? {
            self.column = index.checked_sub(1).ok_or(Why::Damaged)?;
        }
        self.cell = Cell {
            is_formula: attribute(element, "Formula")?.is_some(),
            down: place(element, "MergeDown")?.unwrap_or(0),
            across: place(element, "MergeAcross")?.unwrap_or(0),
            ..Cell::default()
        };
        Ok(())
    }

    fn end_cell(&mut self) -> Result<(), Why> {
        let cell = std::mem::take(&mut self.cell);
        let merged = (cell.down, cell.across);
        let column = self.column;
        self.column = column.saturating_add(cell.across).saturating_add(1);
        self.sheet()?.put(column, cell.meaning(), merged)
    }

    fn visible(&mut self, said: &Event<'_>) {
        let mut word = String::new();
        xml_text::push(said, &mut word);
        if matches!(word.trim(), "SheetHidden" | "SheetVeryHidden")
            && let Some(sheet) = self.sheets.last_mut()
        {
            sheet.visibility = Visibility::Hidden;
        }
    }

    fn sheet(&mut self) -> Result<&mut WholeSheet, Why> {
        self.sheets.last_mut().ok_or(Why::Damaged)
    }
}

impl Cell {
    fn meaning(self) -> (String, Option<Fault>) {
        let said = self.text.trim();
        let mut shown = String::new();
        match self.kind.as_deref() {
            None if self.is_formula => return (shown, Some(Fault::NoResult)),
            Some("Error") => return (shown, Some(Fault::CellError)),
            Some("Number") => match said.parse::<f64>().ok().filter(|of| of.is_finite()) {
                Some(number) => text::push_number(number, &mut shown),
                None if said.is_empty() => {}
                None => return (self.text, Some(Fault::Unreadable)),
            },
            Some("DateTime") => text::push_moment(said, &mut shown),
            Some("Boolean") => match said {
                "1" => shown.push_str("TRUE"),
                "0" => shown.push_str("FALSE"),
                _ => shown = self.text,
            },
            _ => shown = self.text,
        }
        (shown, None)
    }
}

/// A number that an attribute holds.
fn place(element: &BytesStart<'_>, name: &str) -> Result<Option<u32>, Why> {
    let text = attribute(element, name)?;
    text.map(|text| text.trim().parse().map_err(|_| Why::Damaged))
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::super::samples::{HEADER, read};

    fn workbook(rows: &str, behind: &str) -> String {
        let header =
            HEADER.map(|name| format!("<Cell><Data ss:Type=\"String\">{name}</Data></Cell>"));
        format!(
            "<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?>             <Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"              xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\">             <Worksheet ss:Name=\"利用者\"><Table><Row>{}</Row>{rows}</Table>{behind}</Worksheet></Workbook>",
            header.concat()
        )
    }

    #[test]
    fn cells_say_their_kind_and_where_they_are() {
        let rows = "<Row ss:Index=\"3\"><Cell><Data ss:Type=\"String\">0000123456</Data></Cell>                    <Cell ss:Index=\"3\"><Data ss:Type=\"Number\">13102</Data>                    <Comment><ss:Data>note</ss:Data></Comment></Cell>                    <Cell><Data ss:Type=\"DateTime\">2026-10-01T00:00:00.000</Data></Cell>                    <Cell><Data ss:Type=\"Error\">#N/A</Data></Cell>                    <Cell ss:Formula=\"=1\"/><Cell><Data ss:Type=\"Number\">x</Data></Cell></Row>";
        assert_eq!(
            read(workbook(rows, "").as_bytes()),
            [
                "利用者: Of1900",
                "3 0000123456||13102|2026-10-01|||x [4 CellError] [5 NoResult] [6 Unreadable]"
            ]
        );
    }

    #[test]
    fn hidden_sheets_and_merged_cells_are_seen() {
        let rows = "<Row ss:Hidden=\"1\"><Cell ss:MergeDown=\"1\"><Data ss:Type=\"String\">a</Data></Cell>                    <Cell><Data ss:Type=\"String\">b</Data></Cell></Row>                    <Row><Cell ss:Index=\"2\"><Data ss:Type=\"String\">c</Data></Cell></Row>";
        let behind = "<WorksheetOptions><Visible>SheetHidden</Visible></WorksheetOptions>";
        assert_eq!(
            read(workbook(rows, behind).as_bytes())[1..],
            [
                "2 a|b",
                "3 a|c [0 R122]",
                "R121 見本[利用者]",
                "R120 見本[利用者]:2 2行目"
            ]
        );
    }

    #[test]
    fn one_that_breaks_off_is_damaged() {
        let whole = workbook("", "");
        let cut = &whole[..whole.len() - 30];
        assert_eq!(read(cut.as_bytes()), ["R113 見本 ファイルが壊れています"]);
    }
}
