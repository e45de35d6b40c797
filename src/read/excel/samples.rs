//! Samples: small workbooks made by hand, and what is read of them, in words.

use std::fmt::Write as _;
use std::io::{Cursor, Read as _, Write as _};
use std::sync::{Arc, LazyLock};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::disk;
use crate::finding::Finding;
use crate::model::{FileName, RecordKind};
use crate::read::{Digests, Intake, Row, Sheet};
use crate::table::Tables;

/// The header of a list of clients that has what such a list must have, from A to G.
pub(super) const HEADER: [&str; 7] = [
    "被保険者番号",
    "保険者番号",
    "氏名",
    "生年月日",
    "要介護度",
    "認定有効期間開始日",
    "認定有効期間終了日",
];

/// What is read of a workbook, in the order in which it is handed over.
pub(super) fn read(bytes: &[u8]) -> Vec<String> {
    static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables::load(None).unwrap());
    // Not a file that is held open: Windows puts nothing in the place of one.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sample");
    disk::write(&path, bytes).unwrap();
    let name = FileName::new("見本");
    let mut seen = Seen(Vec::new());
    let layouts = &TABLES.layouts;
    crate::read::read(&path, &name, layouts, Digests::NotAsked, &mut seen).unwrap();
    seen.0
}

struct Seen(Vec<String>);

impl Intake for Seen {
    fn sheet(&mut self, sheet: &Arc<Sheet>) {
        let name = sheet.name().map_or("", |name| name);
        self.0.push(format!("{name}: {:?}", sheet.calendar()));
    }

    fn row(&mut self, _: &Arc<Sheet>, row: &Row) {
        let cells: Vec<&str> = row.cells().collect();
        let mut words = format!("{} {}", row.number(), cells.join("|"));
        for at in 0..row.width() {
            if let Some(fault) = row.fault(at) {
                write!(words, " [{at} {fault:?}]").unwrap();
            }
        }
        for (at, code) in row.remarks() {
            write!(words, " [{at} {code}]").unwrap();
        }
        self.0.push(words);
    }

    fn finding(&mut self, _: Option<RecordKind>, finding: Finding) {
        let place = crate::finding::Address(&finding.place);
        let words = format!("{} {place} {}", finding.code, finding.detail);
        self.0.push(words.trim_end().to_owned());
    }
}

/// An archive of parts.
pub(super) fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// An `.xlsx` workbook of one sheet.
pub(super) fn xlsx(sheet: &str) -> Vec<u8> {
    xlsx_of(&[("Sheet1", "visible", sheet)], "", &[])
}

/// An `.xlsx` workbook: sheets with name, visibility and XML; what stands before the sheets
/// in the workbook; and further parts.
pub(super) fn xlsx_of(
    sheets: &[(&str, &str, &str)],
    properties: &str,
    more: &[(&str, &[u8])],
) -> Vec<u8> {
    const KINDS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let mut list = String::new();
    let mut references = String::new();
    for (at, (name, state, _)) in (1..).zip(sheets) {
        let sheet =
            format!(r#"<sheet name="{name}" sheetId="{at}" state="{state}" r:id="r{at}"/>"#);
        list.push_str(&sheet);
        let part = format!("worksheets/sheet{at}.xml");
        write!(
            references,
            r#"<Relationship Id="r{at}" Type="{KINDS}/worksheet" Target="{part}"/>"#
        )
        .unwrap();
    }
    let beginning = format!(
        "<Relationships><Relationship Id=\"a\" Type=\"{KINDS}/officeDocument\" \
         Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let texts = format!(
        r#"<Relationship Id="t" Type="{KINDS}/sharedStrings" Target="sharedStrings.xml"/>"#
    );
    let references = format!("<Relationships>{references}{texts}</Relationships>");
    let workbook = format!("<workbook>{properties}<sheets>{list}</sheets></workbook>");
    let names: Vec<String> = (1..=sheets.len())
        .map(|at| format!("xl/worksheets/sheet{at}.xml"))
        .collect();
    let mut parts: Vec<(&str, &[u8])> = vec![
        ("_rels/.rels", beginning.as_bytes()),
        ("xl/_rels/workbook.xml.rels", references.as_bytes()),
        ("xl/workbook.xml", workbook.as_bytes()),
    ];
    for (name, (.., xml)) in names.iter().zip(sheets) {
        parts.push((name, xml.as_bytes()));
    }
    parts.extend(more);
    archive(&parts)
}

/// The same workbook, in which a reference leads elsewhere.
pub(super) fn with_target(workbook: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut zip = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut parts = Vec::new();
    for at in 0..zip.len() {
        let mut part = zip.by_index(at).unwrap();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        let text = text.replace(&format!("\"{from}\""), &format!("\"{to}\""));
        parts.push((part.name().unwrap().into_owned(), text));
    }
    let parts: Vec<(&str, &[u8])> = parts
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_bytes()))
        .collect();
    archive(&parts)
}

/// The XML of a sheet with the header in row 1; `rows` stands below it and `tail` behind
/// the data.
pub(super) fn sheet(rows: &str, tail: &str) -> String {
    let mut header = String::new();
    for (letter, name) in ('A'..).zip(HEADER) {
        header.push_str(&text(&format!("{letter}1"), name));
    }
    format!("<worksheet><sheetData><row r=\"1\">{header}</row>{rows}</sheetData>{tail}</worksheet>")
}

/// A row of text cells from column A on; an empty text is no cell.
pub(super) fn row(number: u32, cells: &[&str]) -> String {
    let cells = ('A'..).zip(cells).filter(|(_, cell)| !cell.is_empty());
    let cells: String = cells
        .map(|(letter, cell)| text(&format!("{letter}{number}"), cell))
        .collect();
    format!("<row r=\"{number}\">{cells}</row>")
}

fn text(place: &str, text: &str) -> String {
    format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}
