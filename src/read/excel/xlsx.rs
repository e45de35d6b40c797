//! `.xlsx`: calamine streams the cells; one pass ahead of it says what calamine does not.

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use calamine::{DataRef, Reader as _, SheetVisible, Xlsx, XlsxError};

use crate::read::row::Fault;
use crate::table::Calendar;

use super::cells::Cells;
use super::gate::{Ahead, Behind, Gate};
use super::package::{Package, STEEPEST, attribute, elements};
use super::sheet::{Book, Facts, Visibility};
use super::{File, Unreadable, Why, open, sheet_xml, text};

/// Texts that many cells share differ from each other, so they are packed less steeply.
const STEEPEST_TEXTS: u64 = 50;

/// Reads every sheet. Calamine begins with its cells while the pass goes on.
pub(super) fn read(path: &Path, book: &mut Book<'_>) -> Result<(), Unreadable> {
    let gate = Arc::<Gate>::default();
    let mut package = Package::open(gate.ahead(open(path)?))?;
    let (folder, name) = package.beginning()?;
    check_shared_texts(&mut package, &folder)?;
    let paths = sheet_paths(&mut package, &folder, &name)?;
    let veiled = Veiled::over(gate.behind(open(path)?), &mut package)?;
    let mut workbook: Xlsx<_> = Xlsx::new(BufReader::new(veiled)).map_err(Why::from)?;
    let calendar = if workbook.has_1904_epoch() {
        Calendar::Of1904
    } else {
        Calendar::Of1900
    };
    let sheets = workbook.sheets_metadata().to_vec();
    let doubled = |at: usize| {
        sheets[..at]
            .iter()
            .any(|other| other.name == sheets[at].name)
    };
    if sheets.len() != paths.len() || (0..sheets.len()).any(doubled) {
        return Err(Why::Damaged.into());
    }
    for (sheet, path) in sheets.iter().zip(paths) {
        // Charts and dialogs are sheets without cells.
        let Some(path) = path else { continue };
        let facts = Facts {
            name: Arc::from(&*sheet.name),
            visibility: match sheet.visible {
                SheetVisible::Visible => Visibility::Shown,
                SheetVisible::Hidden | SheetVisible::VeryHidden => Visibility::Hidden,
            },
            calendar,
        };
        let pass = gate.pass();
        let marks = || {
            let marks = package.inflate(&path, STEEPEST).and_then(sheet_xml::scan);
            marks.inspect(|_| pass.end())
        };
        let find = |cells: &mut Cells| hand_over(&mut workbook, &sheet.name, cells);
        book.sheet(&facts, marks, find)?;
    }
    Ok(())
}

fn hand_over<R: Read + Seek>(
    workbook: &mut Xlsx<R>,
    sheet: &str,
    cells: &mut Cells,
) -> Result<(), Why> {
    let mut reader = workbook.worksheet_cells_reader(sheet)?;
    while let Some(cell) = reader.next_cell()? {
        let (row, column) = cell.get_position();
        let place = (row + 1, column);
        match cell.get_value() {
            DataRef::Empty => cells.blank(place)?,
            value => cells.put(place, |text| Ok(push(value, text)))?,
        }
    }
    Ok(())
}

fn push(value: &DataRef<'_>, out: &mut String) -> Option<Fault> {
    match value {
        DataRef::Empty => {}
        DataRef::Int(number) => out.push_str(&number.to_string()),
        DataRef::Float(number) => text::push_number(*number, out),
        DataRef::String(words) => out.push_str(words),
        DataRef::SharedString(words) => out.push_str(words),
        DataRef::DateTimeIso(words) => text::push_moment(words, out),
        DataRef::DurationIso(words) => text::push_duration(words, out),
        DataRef::Bool(flag) => out.push(if *flag { '1' } else { '0' }),
        DataRef::DateTime(moment) => text::push_number(moment.as_f64(), out),
        DataRef::Error(_) => return Some(Fault::CellError),
    }
    None
}

/// Where the cells of each sheet are, in the order of the workbook; calamine knows it and
/// does not say. `None` is a sheet without cells.
fn sheet_paths<R: Read + Seek>(
    package: &mut Package<R>,
    folder: &str,
    name: &str,
) -> Result<Vec<Option<String>>, Why> {
    let references = package.references(&format!("{folder}_rels/{name}.rels"))?;
    let workbook = package.whole(&format!("{folder}{name}"))?;
    let mut paths = Vec::new();
    elements(&workbook, |element, attributes| {
        if element == "sheet" {
            let id = attribute(attributes, "id")?;
            let reference = references
                .iter()
                .rfind(|reference| Some(&reference.id) == id.as_ref())
                .ok_or(Why::Damaged)?;
            let cells = reference.is_a("worksheet");
            paths.push(cells.then(|| reference.path(folder)));
        }
        Ok(())
    })?;
    Ok(paths)
}

/// Calamine keeps the shared texts in memory, and makes room for as many as they say they
/// are; so what they say must be true, and they must not swell.
fn check_shared_texts<R: Read + Seek>(package: &mut Package<R>, folder: &str) -> Result<(), Why> {
    /// The least that a text takes: `<si/>`.
    const LEAST: u64 = 5;
    /// So many do no harm though they are not there.
    const HARMLESS: u64 = 100_000;
    /// The count stands in the first tag.
    const HEAD: u64 = 64 << 10;
    let path = format!("{folder}sharedStrings.xml");
    if !package.has(&path) {
        return Ok(());
    }
    let mut texts = package.inflate(&path, STEEPEST_TEXTS)?;
    let mut head = Vec::new();
    let begin = texts.by_ref().take(HEAD).read_to_end(&mut head)? as u64;
    let length = begin + io::copy(&mut texts, &mut io::sink())?;
    let said = said_count(&head).unwrap_or_default();
    if said > HARMLESS.max(length / LEAST) {
        return Err(Why::Damaged);
    }
    Ok(())
}

/// The largest number that any `uniqueCount` in the head gives.
fn said_count(head: &[u8]) -> Option<u64> {
    let name = memchr::memmem::Finder::new(b"uniqueCount");
    let counts = name.find_iter(head).map(|at| {
        let rest = head[at..].iter().skip_while(|byte| !byte.is_ascii_digit());
        let digits = rest.take_while(|byte| byte.is_ascii_digit());
        digits.fold(0_u64, |count, digit| {
            count
                .saturating_mul(10)
                .saturating_add(u64::from(digit - b'0'))
        })
    });
    counts.max()
}

/// An archive in which some parts cannot be found: their names read differently.
///
/// Calamine unfolds every style of a workbook, fonts and borders and all, before the first
/// cell. A few kilobytes of styles can fill the memory so, and none of it is of use here: a
/// number is a day if its field says so. Without these parts there are no styles.
struct Veiled {
    file: Behind<File>,
    at: u64,
    names: Vec<u64>,
}

impl Veiled {
    fn over(file: Behind<File>, package: &mut Package<Ahead<File>>) -> Result<Self, Why> {
        let useless = |name: &str| name.ends_with("styles.xml") || name.contains("theme/");
        let parts: Vec<usize> = package
            .parts()
            .filter_map(|(name, part)| useless(name).then_some(part))
            .collect();
        let names = parts.into_iter().map(|part| package.name_at(part));
        Ok(Self {
            file,
            at: 0,
            names: names.collect::<Result<_, _>>()?,
        })
    }
}

impl Read for Veiled {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(piece)?;
        for name in &self.names {
            let within = name
                .checked_sub(self.at)
                .and_then(|at| usize::try_from(at).ok());
            if let Some(byte) = within.and_then(|at| piece[..length].get_mut(at)) {
                *byte = b'-';
            }
        }
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for Veiled {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.file.seek(to)?;
        Ok(self.at)
    }
}

impl From<XlsxError> for Why {
    fn from(error: XlsxError) -> Self {
        match error {
            XlsxError::Password => Self::Password,
            XlsxError::Zip(error) => error.into(),
            XlsxError::Io(error) => error.into(),
            _ => Self::Damaged,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::samples::{read, row, sheet, xlsx, xlsx_of};
    use super::*;
    use crate::disk;
    use crate::finding::Finding;
    use crate::model::{FileName, RecordKind};
    use crate::read::{Intake, Row, Sheet};
    use crate::table::Tables;

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
            "1|2026-10-01"
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
    fn days_count_from_where_the_workbook_says() {
        let xml = sheet(&row(2, &["0000123456"]), "");
        let sheets = [("Sheet1", "visible", &*xml)];
        let seen = read(&xlsx_of(&sheets, "<workbookPr date1904=\"1\"/>", &[]));
        assert_eq!(seen[0], "Sheet1: Of1904");
    }

    #[test]
    fn a_chart_is_no_sheet_that_could_be_damaged() {
        let xml = sheet(&row(2, &["0000123456"]), "");
        let sheets = [
            ("図", "visible", "<chartsheet/>"),
            ("Sheet1", "visible", &xml),
        ];
        let parts = xlsx_of(&sheets, "", &[]);
        // The kinds of parts stand in a stored list; only the first sheet is another kind.
        let seen = read(&parts);
        assert_eq!(seen, ["R113 見本[図] ファイルが壊れています"]);
    }

    #[test]
    fn a_sheet_that_breaks_off_says_so_before_its_first_row() {
        let whole = sheet(&row(2, &["0000123456"]), "");
        let cut = &whole[..whole.find("</sheetData>").unwrap()];
        assert_eq!(
            read(&xlsx(cut)),
            ["R113 見本[Sheet1] ファイルが壊れています"]
        );
        let mut bytes = xlsx(&whole);
        bytes.truncate(bytes.len() / 2);
        assert_eq!(read(&bytes), ["R113 見本 ファイルが壊れています"]);
    }

    #[test]
    fn a_sheet_that_breaks_in_the_middle_ends_as_an_error_after_its_rows() {
        let broken =
            row(2, &["0000123456"]) + "<row r=\"3\"><c r=\"A3\" t=\"s\"><v>9</v></c></row>";
        let seen = read(&xlsx(&sheet(&broken, "")));
        assert_eq!(
            seen.last().unwrap(),
            "R113 見本[Sheet1] ファイルが壊れています"
        );
    }

    #[test]
    fn shared_texts_that_lie_or_swell_are_refused() {
        let xml = sheet(&row(2, &["0000123456"]), "");
        let with = |texts: &[u8]| {
            let sheets = [("Sheet1", "visible", &*xml)];
            read(&xlsx_of(&sheets, "", &[("xl/sharedStrings.xml", texts)]))
        };
        assert_eq!(
            with(b"<sst uniqueCount=\"99999999999\"><si><t>a</t></si></sst>"),
            ["R113 見本 ファイルが壊れています"]
        );
        let many = [b"<sst>".as_slice(), &b"<si/>".repeat(1 << 20), b"</sst>"].concat();
        assert_eq!(
            with(&many),
            ["R113 見本 ファイルの大きさに比べて、中身が異常に大きくなります"]
        );
        assert_eq!(
            with(b"<sst uniqueCount=\"1\"><si><t>a</t></si></sst>").len(),
            2
        );
    }

    #[test]
    fn styles_are_of_no_use_and_cannot_do_harm() {
        let xml = sheet(&row(2, &["0000123456"]), "");
        let sheets = [("Sheet1", "visible", &*xml)];
        let broken: &[u8] = b"<styleSheet><fonts><font>";
        let bytes = xlsx_of(&sheets, "", &[("xl/styles.xml", broken)]);
        assert_eq!(read(&bytes), ["Sheet1: Of1900", "2 0000123456"]);
    }

    /// Run it with `cargo test --release --lib excel -- --ignored --nocapture`.
    #[test]
    #[ignore = "takes a minute, and says how long things take rather than what is right"]
    fn the_pass_before_the_rows_costs_little_and_no_memory() {
        let path = tempfile::NamedTempFile::new().unwrap();
        write_grid(path.path(), 300_000);
        let file = || disk::open(path.path()).unwrap();
        let timed = |what: &str, work: &mut dyn FnMut()| {
            let begin = Instant::now();
            work();
            let seconds = begin.elapsed().as_secs_f64();
            println!("{what}: {seconds:.2} s, peak so far {}", peak());
            seconds
        };
        let sheet = "xl/worksheets/sheet1.xml";
        println!("peak before: {}", peak());
        timed("inflate", &mut || {
            let mut package = Package::open(file()).unwrap();
            let length = io::copy(
                &mut package.inflate(sheet, STEEPEST).unwrap(),
                &mut io::sink(),
            );
            println!("{} MB of XML", length.unwrap() >> 20);
        });
        let pass = timed("inflate and the pass", &mut || {
            let mut package = Package::open(file()).unwrap();
            sheet_xml::scan(package.inflate(sheet, STEEPEST).unwrap()).unwrap();
        });
        timed("all of it", &mut || {
            let tables = Tables::load(None).unwrap();
            let mut rows = Rows(0);
            let name = FileName::new("x");
            super::super::read(path.path(), &name, &tables.layouts, &mut rows).unwrap();
            assert_eq!(rows.0, 300_000);
        });
        let alone = timed("calamine alone", &mut || {
            let mut workbook: Xlsx<_> = Xlsx::new(BufReader::new(file())).unwrap();
            let mut cells = workbook.worksheet_cells_reader("Sheet1").unwrap();
            while cells.next_cell().unwrap().is_some() {}
        });
        assert!(pass < alone / 2.0);
    }

    fn peak() -> String {
        let status = disk::read(std::path::Path::new("/proc/self/status")).unwrap_or_default();
        let status = String::from_utf8_lossy(&status).into_owned();
        let line = status.lines().find(|line| line.starts_with("VmHWM"));
        line.unwrap_or("unknown").to_owned()
    }

    struct Rows(usize);

    impl Intake for Rows {
        fn sheet(&mut self, _: &Arc<Sheet>) {}
        fn row(&mut self, _: &Arc<Sheet>, _: &Row) {
            self.0 += 1;
        }
        fn finding(&mut self, _: Option<RecordKind>, _: Finding) {}
    }

    /// A month's plan: nine leading columns, and one of three days with a visit.
    fn write_grid(path: &Path, rows: u32) {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let sheet = workbook.add_worksheet_with_constant_memory().unwrap();
        let leading = [
            "対象年月",
            "事業所番号",
            "保険者番号",
            "被保険者番号",
            "氏名",
            "サービスコード",
            "サービス名称",
            "開始時刻",
            "終了時刻",
        ];
        for (column, header) in (0..).zip(leading) {
            sheet.write(0, column, header).unwrap();
        }
        for day in 1..=31_u16 {
            sheet.write(0, 8 + day, format!("予定{day}")).unwrap();
        }
        for row in 1..=rows {
            let number = format!("{:010}", row / 10);
            let name = format!("試験　{}子", row / 10);
            let code = format!("{}", 111_111 + row % 10);
            let cells = [
                "2026/10",
                "1370100016",
                "131128",
                &number,
                &name,
                &code,
                "身体介護１",
            ];
            for (column, cell) in (0..).zip(cells) {
                sheet.write(row, column, cell).unwrap();
            }
            sheet.write(row, 7, f64::from(row % 48) / 48.0).unwrap();
            sheet.write(row, 8, f64::from(row % 48 + 1) / 48.0).unwrap();
            for day in (1..=31_u16).filter(|day| (u32::from(*day) + row) % 3 == 0) {
                sheet.write(row, 8 + day, 1).unwrap();
            }
        }
        workbook.save(path).unwrap();
    }
}
