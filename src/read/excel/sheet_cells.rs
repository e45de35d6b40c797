//! The cells of a sheet of an `.xlsx`, as its XML has them.
//!
//! Nothing plausible stands in the place of something that cannot be read: an index is the
//! number of a shared text, a number is written as one, and a cell that holds anything never
//! arrives empty. Whatever is otherwise is a fault of that one cell.
//!
//! Source: ECMA-376 part 1, 18.3.1.4 (`c`), 18.3.1.73 (`row`), 18.18.11 (`ST_CellType`).

use std::io::{self, BufRead, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Prefix, QName};

use crate::read::decoded::Decoded;
use crate::read::row::Fault;

use super::cells::{Cells, Place};
use super::package::swells;
use super::strings::Strings;
use super::styles::Styles;
use super::usual_cell::{self, UsualCell};
use super::{Why, marks, text, xml_text};

/// No text and no tag is longer; one that is was made to fill the memory.
const LONGEST: u64 = 8 << 20;

/// Puts every cell that holds anything, row by row, and says which rows are hidden.
pub(super) fn read(xml: impl Read, shared: &Shared<'_>, cells: &mut Cells) -> Result<(), Why> {
    let xml = Measured::new(Decoded::by_its_own_word(xml)?);
    let mut reader = Reader::from_reader(xml);
    reader.config_mut().expand_empty_elements = true;
    let mut sheet = Sheet::default();
    let mut buffer = Vec::new();
    while sheet.part != Part::Behind {
        buffer.clear();
        reader.get_mut().left = LONGEST;
        match reader.read_event_into(&mut buffer).map_err(Why::from_xml)? {
            Event::Start(element) => match sheet.own(element.name()) {
                Some(name) => {
                    sheet.opens(name, &element, cells)?;
                    sheet.usual_cells(reader.get_mut(), shared, cells)?;
                }
                None => sheet.opens_foreign()?,
            },
            Event::End(element) => {
                if let Some(name) = sheet.own(element.name()) {
                    sheet.closes(name, shared, cells)?;
                    sheet.usual_cells(reader.get_mut(), shared, cells)?;
                }
            }
            Event::Eof => return Err(Why::Damaged),
            said => sheet.says(&said)?,
        }
    }
    Ok(())
}

/// What the cells of all sheets share.
#[derive(Debug)]
pub(super) struct Shared<'a> {
    /// Texts.
    pub(super) texts: &'a Strings,
    /// How numbers are shown.
    pub(super) styles: &'a Styles,
}

/// Where in a sheet the reader is.
#[derive(Debug, Default)]
struct Sheet {
    /// The prefix of the whole sheet; nothing before its first element.
    prefix: Option<String>,
    part: Part,
    /// The row and the column of the next cell that does not say its place.
    next: Place,
    cell: Cell,
}

/// What the reader is within.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Part {
    /// What stands before the rows.
    #[default]
    Before,
    Rows,
    Cell,
    Value,
    Formula,
    /// A text that the cell shares with no other, as a whole, and a piece of it.
    Inline,
    InlineText,
    /// How a piece is read aloud; what programs of other makers add. Both mean nothing here.
    Aloud,
    Foreign,
    /// What stands behind the rows.
    Behind,
}

impl Sheet {
    /// The name of an element, unless another maker has put it there: then it has a prefix of
    /// its own.
    fn own<'n>(&mut self, name: QName<'n>) -> Option<&'n str> {
        let (name, prefix) = name.decompose();
        let prefix = prefix.map_or("", Prefix::into_inner);
        let own = self.prefix.get_or_insert_with(|| prefix.to_owned()) == prefix;
        own.then(|| name.into_inner())
    }

    fn opens(
        &mut self,
        name: &str,
        element: &BytesStart<'_>,
        cells: &mut Cells,
    ) -> Result<(), Why> {
        self.part = match (self.part, name) {
            (Part::Before, "sheetData") => Part::Rows,
            (Part::Rows, "row") => {
                self.row(element, cells)?;
                Part::Rows
            }
            (Part::Rows, "c") => {
                self.cell.begin(element, self.next)?;
                self.next = self.cell.behind();
                Part::Cell
            }
            (Part::Cell, "v") => {
                self.cell.values += 1;
                Part::Value
            }
            (Part::Cell, "f") => {
                self.cell.is_formula = true;
                Part::Formula
            }
            (Part::Cell, "is") => Part::Inline,
            (Part::Cell, "extLst") => Part::Foreign,
            (Part::Cell, "c" | "row") => return Err(Why::Damaged),
            (Part::Cell, _) => {
                self.cell.is_unclear = true;
                Part::Cell
            }
            // What is no row and no cell cannot be passed over: it may have been one.
            (Part::Rows, name) if !matches!(name, "extLst" | "ext") => return Err(Why::Damaged),
            (Part::Inline, "t") => Part::InlineText,
            (Part::Inline, "rPh") => Part::Aloud,
            (part @ (Part::Value | Part::InlineText), _) => {
                self.cell.is_unclear = true;
                part
            }
            (part, _) => part,
        };
        Ok(())
    }

    /// Takes the cells that come next, as long as they are usual. The reader of events knows
    /// nothing of them: it stands behind a tag, and whole elements go by.
    fn usual_cells(
        &mut self,
        xml: &mut impl BufRead,
        shared: &Shared<'_>,
        cells: &mut Cells,
    ) -> Result<(), Why> {
        if self.part != Part::Rows || self.prefix.as_deref() != Some("") {
            return Ok(());
        }
        let ready = xml.fill_buf()?;
        let mut rest = ready;
        while let Some((usual, behind)) = usual_cell::first(rest) {
            self.cell.is(&usual, self.next)?;
            self.next = self.cell.behind();
            self.cell.put(shared, cells)?;
            rest = behind;
        }
        let taken = ready.len() - rest.len();
        xml.consume(taken);
        Ok(())
    }

    /// What another maker has put there may be what the sheet means, or nothing.
    fn opens_foreign(&mut self) -> Result<(), Why> {
        match self.part {
            Part::Rows => return Err(Why::Damaged),
            Part::Cell | Part::Value | Part::Inline | Part::InlineText => {
                self.cell.is_unclear = true;
            }
            Part::Before | Part::Formula | Part::Aloud | Part::Foreign | Part::Behind => {}
        }
        Ok(())
    }

    fn closes(&mut self, name: &str, shared: &Shared<'_>, cells: &mut Cells) -> Result<(), Why> {
        self.part = match (self.part, name) {
            (Part::Value, "v")
            | (Part::Formula, "f")
            | (Part::Inline, "is")
            | (Part::Foreign, "extLst") => Part::Cell,
            (Part::InlineText, "t") | (Part::Aloud, "rPh") => Part::Inline,
            (Part::Cell, "c") => {
                self.cell.put(shared, cells)?;
                Part::Rows
            }
            (Part::Rows, "sheetData") => Part::Behind,
            (Part::Rows, _) => Part::Rows,
            (_, "row" | "sheetData") => return Err(Why::Damaged),
            (part, _) => part,
        };
        Ok(())
    }

    fn says(&mut self, said: &Event<'_>) -> Result<(), Why> {
        match self.part {
            Part::Value => xml_text::push(said, &mut self.cell.value),
            Part::InlineText => xml_text::push(said, &mut self.cell.inline),
            // Words that stand in no element of theirs.
            Part::Cell | Part::Inline => {
                if matches!(said, Event::Text(text) if !text.trim_ascii().is_empty()) {
                    self.cell.is_unclear = true;
                }
            }
            // Words in front of the first element are what is left of another beginning.
            Part::Before if self.prefix.is_none() => {
                if matches!(said, Event::Text(text) if !text.trim_ascii().is_empty()) {
                    return Err(Why::Damaged);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn row(&mut self, element: &BytesStart<'_>, cells: &mut Cells) -> Result<(), Why> {
        let mut number = self.next.0 + 1;
        let mut hidden = false;
        attributes(element, |name, value| {
            match name {
                "r" => number = value.trim().parse().map_err(|_| Why::Damaged)?,
                "hidden" => hidden = matches!(value, "1" | "true"),
                _ => {}
            }
            Ok(())
        })?;
        if number < self.next.0 {
            return Err(Why::Damaged);
        }
        self.next = (number, 0);
        if hidden {
            cells.hide(number)?;
        }
        Ok(())
    }
}

/// A cell, as far as it was read.
#[derive(Debug, Default)]
struct Cell {
    place: Place,
    kind: Kind,
    /// The number of its style.
    style: Option<u32>,
    /// What stands in its values, and how many there are: more than one are none.
    value: String,
    values: usize,
    inline: String,
    is_formula: bool,
    /// Whether something stands there that the sheet does not know.
    is_unclear: bool,
}

/// What the value of a cell is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Number,
    Bool,
    Error,
    /// The number of a shared text.
    Shared,
    /// The text that a formula has made.
    Text,
    Inline,
    /// A moment in the form of ISO 8601.
    Moment,
    /// A kind that nobody knows.
    Unknown,
}

impl Kind {
    fn named(name: &str) -> Self {
        match name {
            "n" => Self::Number,
            "b" => Self::Bool,
            "e" => Self::Error,
            "s" => Self::Shared,
            "str" => Self::Text,
            "inlineStr" => Self::Inline,
            "d" => Self::Moment,
            _ => Self::Unknown,
        }
    }
}

/// What a cell means.
enum Meaning<'c> {
    Nothing,
    Text(&'c str),
    Number(f64),
    Moment(&'c str),
    /// What it means cannot be told; what stands there may help to see why.
    Fault(Fault, &'c str),
}

impl Cell {
    fn begin(&mut self, element: &BytesStart<'_>, next: Place) -> Result<(), Why> {
        self.clear(next);
        attributes(element, |name, value| {
            match name {
                "r" => self.stands_at(value)?,
                "t" => self.kind = Kind::named(value),
                "s" => self.style = value.trim().parse().ok(),
                _ => {}
            }
            Ok(())
        })?;
        self.must_follow(next)
    }

    /// Is a whole cell, as it was taken apart.
    fn is(&mut self, usual: &UsualCell<'_>, next: Place) -> Result<(), Why> {
        self.clear(next);
        self.stands_at(usual.reference)?;
        self.kind = usual.kind.map_or(Kind::Number, Kind::named);
        self.style = usual.style.and_then(|style| style.parse().ok());
        if let Some(value) = usual.value {
            self.values = 1;
            self.value.push_str(value);
        }
        self.inline.push_str(usual.inline.unwrap_or_default());
        self.must_follow(next)
    }

    fn clear(&mut self, next: Place) {
        self.place = next;
        self.kind = Kind::Number;
        self.style = None;
        self.value.clear();
        self.values = 0;
        self.inline.clear();
        self.is_formula = false;
        self.is_unclear = false;
    }

    fn stands_at(&mut self, reference: &str) -> Result<(), Why> {
        self.place = marks::cell(reference.trim()).ok_or(Why::Damaged)?;
        Ok(())
    }

    /// Rows and their cells say the same of where they are, and no cell stands there twice,
    /// be it empty.
    fn must_follow(&self, next: Place) -> Result<(), Why> {
        if self.place.0 == next.0 && self.place.1 >= next.1 {
            Ok(())
        } else {
            Err(Why::Damaged)
        }
    }

    /// Where the next cell stands, unless it says something else.
    fn behind(&self) -> Place {
        (self.place.0, self.place.1 + 1)
    }

    fn put(&mut self, shared: &Shared<'_>, cells: &mut Cells) -> Result<(), Why> {
        if matches!(self.kind, Kind::Text | Kind::Inline) {
            xml_text::unescape(&mut self.value, 0);
            xml_text::unescape(&mut self.inline, 0);
        }
        let meaning = self.meaning(shared.texts);
        if matches!(meaning, Meaning::Nothing | Meaning::Text("")) {
            return Ok(());
        }
        cells.put(self.place, |out| {
            match meaning {
                Meaning::Nothing => {}
                Meaning::Text(words) => out.push_str(words),
                Meaning::Number(number) => shared.styles.push(number, self.style, out),
                Meaning::Moment(iso) => text::push_moment(iso, out),
                Meaning::Fault(fault, words) => {
                    out.push_str(words);
                    return Ok(Some(fault));
                }
            }
            Ok(None)
        })
    }

    fn meaning<'c>(&'c self, texts: &'c Strings) -> Meaning<'c> {
        let value = self.value.trim_matches([' ', '\t', '\r', '\n']);
        let unclear = Meaning::Fault(Fault::Unreadable, value);
        let lacks_result = self.is_formula && self.values == 0 && self.inline.is_empty();
        match self.kind {
            Kind::Error => Meaning::Fault(Fault::CellError, ""),
            _ if lacks_result => Meaning::Fault(Fault::NoResult, ""),
            _ if self.values > 1 || self.is_unclear => unclear,
            // Some writers say a text of its own twice, which is no doubt.
            Kind::Inline if self.value.is_empty() || self.value == self.inline => {
                Meaning::Text(&self.inline)
            }
            Kind::Inline => unclear,
            _ if !self.inline.is_empty() => unclear,
            Kind::Text => Meaning::Text(&self.value),
            _ if value.is_empty() && self.is_formula => Meaning::Fault(Fault::NoResult, ""),
            _ if value.is_empty() => Meaning::Nothing,
            Kind::Number => text::number(value).map_or(unclear, Meaning::Number),
            Kind::Bool => match value {
                "1" | "true" => Meaning::Text("TRUE"),
                "0" | "false" => Meaning::Text("FALSE"),
                _ => unclear,
            },
            Kind::Shared => match index(value).and_then(|index| texts.get(index)) {
                Some(words) => Meaning::Text(words),
                // The number of a text is no text that anybody has seen there.
                None => Meaning::Fault(Fault::Unreadable, ""),
            },
            Kind::Moment => Meaning::Moment(value),
            Kind::Unknown => unclear,
        }
    }
}

fn index(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// Hands over the attributes without a prefix. None of those that matter is written with
/// references.
fn attributes(
    element: &BytesStart<'_>,
    mut take: impl FnMut(&str, &str) -> Result<(), Why>,
) -> Result<(), Why> {
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| Why::Damaged)?;
        take(attribute.key.as_ref(), &attribute.value)?;
    }
    Ok(())
}

/// A stream that ends as an error where one text or tag goes on and on.
#[derive(Debug)]
struct Measured<R> {
    inner: R,
    /// So many bytes may come before somebody has to go on with them.
    left: u64,
}

impl<R> Measured<R> {
    fn new(inner: R) -> Self {
        let left = LONGEST;
        Self { inner, left }
    }
}

impl<R: BufRead> Read for Measured<R> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(piece)?;
        self.consume(length);
        Ok(length)
    }
}

impl<R: BufRead> BufRead for Measured<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(swells());
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, length: usize) {
        self.left = self.left.saturating_sub(length as u64);
        self.inner.consume(length);
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::super::samples::{read, row, sheet, xlsx, xlsx_of};

    /// What is read of cells in row 2; `A2` and so on are written `$A`.
    fn cells(cells: &str) -> String {
        let mut letters = 'A'..;
        let placed: String = cells
            .split_inclusive("<c ")
            .map(|piece| {
                if piece.ends_with("<c ") {
                    let letter = letters.next().unwrap();
                    format!("{piece}r=\"{letter}2\" ")
                } else {
                    piece.to_owned()
                }
            })
            .collect();
        let row = format!("<row r=\"2\">{placed}</row>");
        let seen = read(&xlsx(&sheet(&row, "")));
        seen[1].strip_prefix("2 ").unwrap().to_owned()
    }

    #[test]
    fn numbers_keep_their_value_and_nothing_else() {
        assert_eq!(
            cells(
                "<c ><v>13102</v></c><c ><v>0.375</v></c><c ><v>1.0625</v></c><c ><v>1.23457E+19</v></c>"
            ),
            "13102|0.375|1.0625|1.23457E+19"
        );
        assert_eq!(
            cells("<c t=\"b\"><v>1</v></c><c t=\"d\"><v>2026-10-01T00:00:00</v></c>"),
            "TRUE|2026-10-01"
        );
    }

    #[test]
    fn texts_keep_their_line_breaks_and_tell_of_private_characters() {
        assert_eq!(
            cells("<c t=\"inlineStr\"><is><t>一行\n二行_x000D_</t></is></c>"),
            "一行\n二行\r"
        );
        assert_eq!(
            cells("<c t=\"inlineStr\"><is><t>\u{E000}</t></is></c>"),
            "\u{E000} [0 PrivateCharacter { character: '\\u{e000}', offset: None }]"
        );
        assert_eq!(
            cells("<c t=\"inlineStr\"><is><t>\u{FFFD}</t></is></c>"),
            "\u{FFFD} [0 Control { character: '\u{FFFD}', offset: None }]"
        );
    }

    #[test]
    fn a_formula_gives_its_result_or_says_that_it_has_none() {
        assert_eq!(
            cells(
                "<c ><f>1</f><v>7</v></c><c ><f>1</f></c><c t=\"e\"><f>1</f><v>#REF!</v></c>\
                 <c t=\"str\"><f>1</f><v></v></c><c ><f>1</f><v/></c><c ><v>8</v></c>"
            ),
            "7|||||8 [1 NoResult] [2 CellError] [4 NoResult]"
        );
    }

    #[test]
    fn a_value_is_read_in_whatever_pieces_it_stands() {
        assert_eq!(
            cells(
                "<c ><v> 13102\n</v></c><c ><v><![CDATA[7]]></v></c><c ><v>&#49;2</v></c>\
                 <c t=\"str\"><v><![CDATA[a<b]]> &amp; c</v></c>\
                 <c ><extLst><ext><v>9</v></ext></extLst><f>1</f><v>8</v></c>"
            ),
            "13102|7|12|a<b & c|8"
        );
    }

    #[test]
    fn what_another_maker_has_put_there_is_no_value() {
        assert_eq!(
            cells(
                "<c ><o:v>9</o:v></c><c ><o:v>9</o:v><v>8</v></c>\
                 <c ><v>7</v><extLst><ext><o:v>9</o:v></ext></extLst></c>"
            ),
            "|8|7 [0 Unreadable] [1 Unreadable]"
        );
        assert_eq!(
            cells("<c ><v>1<x>2</x></v></c><c t=\"inlineStr\"><is><t>a<x>b</x></t></is></c>"),
            "12| [0 Unreadable] [1 Unreadable]"
        );
        let sheet = sheet(&row(2, &["a"]), "");
        let other = "<o:sheetData><o:row r=\"1\"/></o:sheetData><sheetData>";
        let seen = read(&xlsx(&sheet.replacen("<sheetData>", other, 1)));
        assert_eq!(seen[1..], ["2 a"]);
        let all = sheet.replace("sheetData", "o:sheetData");
        assert_eq!(
            read(&xlsx(&all)),
            ["R113 見本[Sheet1] ファイルが壊れています"]
        );
    }

    #[test]
    fn what_is_no_value_is_a_fault_of_its_cell_and_never_anothers_text() {
        let texts: &[u8] = b"<sst><si><t>first</t></si><si><t>second</t></si></sst>";
        let shared = |index: &str| {
            let row = format!(
                "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>{index}</v></c><c r=\"B2\"><v>1</v></c></row>"
            );
            let xml = sheet(&row, "");
            let sheets = [("Sheet1", "visible", &*xml)];
            let seen = read(&xlsx_of(&sheets, "", &[("xl/sharedStrings.xml", texts)]));
            seen[1].strip_prefix("2 ").unwrap().to_owned()
        };
        assert_eq!(shared(" 1 "), "second|1");
        for none in ["-1", "2", "1.0", "x", "99999999999", "+1"] {
            assert_eq!(shared(none), "|1 [0 Unreadable]", "{none}");
        }
        assert_eq!(shared(""), "|1");
        assert_eq!(
            cells(
                "<c ><v>1,5</v></c><c ><v>NaN</v></c><c t=\"b\"><v>2</v></c>\
                 <c t=\"x\"><v>1</v></c><c ><v>1</v><v>2</v></c><c ><is><t>a</t></is></c>\
                 <c t=\"inlineStr\"><is><t>a</t></is><v>b</v></c><c t=\"e\"><v>#SPILL!</v></c>\
                 <c ><v>7</v></c>"
            ),
            "1,5|NaN|2|1|12||b||7 [0 Unreadable] [1 Unreadable] [2 Unreadable] [3 Unreadable] \
             [4 Unreadable] [5 Unreadable] [6 Unreadable] [7 CellError]"
        );
    }

    /// Something of a cell: its kind, its look, and what stands within its tags.
    fn parts() -> impl Strategy<Value = (&'static str, &'static str, String)> {
        let within = prop_oneof![
            3 => "[ a-zぁ-ん_x0D]{0,8}".prop_map(|t| format!("<is><t>{t}</t></is>")),
            1 => "[ a-z]{0,3}".prop_map(|t| format!("<is><t xml:space=\"preserve\">{t}</t></is>")),
            6 => "[0-9]{1,3}|[ ]?[0-9.E+-]{0,4}|[a-zぁ-ん_x0D\r\n ]{0,8}".prop_map(|v| format!("<v>{v}</v>")),
            1 => prop::sample::select(vec![
                "", "<v/>", "<v>1</v><v>2</v>", "<f>1</f>", "<f>1</f><v>3</v>", "<v>&#49;</v>", "<v>&amp;</v>",
                "<v><!-- 1 -->2</v>", "<v><![CDATA[4]]></v>", "<is><t>a</t></is>", "<o:v>5</o:v>", "<v>1</v> ",
            ]).prop_map(str::to_owned),
        ];
        (
            prop::sample::select(vec![
                "",
                "",
                " t=\"s\"",
                " t=\"s\"",
                " t=\"n\"",
                " t=\"str\"",
                " t=\"b\"",
                " t=\"e\"",
                " t=\"d\"",
                " t=\"x\"",
                " t=\"inlineStr\"",
                " t='n'",
                " cm=\"1\"",
                " t=\"&quot;\"",
            ]),
            prop::sample::select(vec!["", " s=\"3\"", " s=\">\""]),
            within,
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        /// A blank before the end of a tag means nothing, and makes every cell unusual.
        #[test]
        fn a_usual_cell_is_what_the_reader_of_all_xml_says_it_is(
            rows in prop::collection::vec((prop::collection::vec(parts(), 0..8), 0..9u8), 1..12),
            times in prop_oneof![9 => Just(1), 1 => Just(200)],
        ) {
            let xml = |blank: &str| {
                let mut xml = String::new();
                for (number, (cells, odd)) in (2..).zip(rows.iter().cycle().take(rows.len() * times)) {
                    let between = ["", "", "", "\n ", "<!-- -->", "<o:c/>", "x"][usize::from(*odd).min(6)];
                    write!(xml, "<row r=\"{number}\">").unwrap();
                    for ((kind, look, within), letter) in cells.iter().zip('A'..) {
                        let place = if *odd == 8 { "A1".to_owned() } else { format!("{letter}{number}") };
                        let tag = format!("<c r=\"{place}\"{look}{kind}{blank}");
                        match &**within {
                            "" => write!(xml, "{tag}/>{between}").unwrap(),
                            within => write!(xml, "{tag}>{within}</c>{between}").unwrap(),
                        }
                    }
                    xml.push_str("</row>");
                }
                xml
            };
            let texts: &[u8] = b"<sst><si><t>first</t></si><si><t>second</t></si></sst>";
            let seen = |rows: &str| {
                let xml = sheet(rows, "");
                let sheets = [("Sheet1", "visible", &*xml)];
                read(&xlsx_of(&sheets, "", &[("xl/sharedStrings.xml", texts)]))
            };
            prop_assert_eq!(seen(&xml("")), seen(&xml(" ")));
        }
    }
}
