//! `.xlsx`: the parts of an archive, each of which says what it is.
//!
//! One pass over a sheet goes ahead of its rows: it says what stands behind them in the file
//! and must be known before them, and whether the part is whole. The cells come from a second
//! way into the archive, on a thread of their own.
//!
//! Source: ECMA-376 part 1, 18.2 (the workbook), part 2, 9 (who refers to whom).

use std::io::{Read, Seek};
use std::sync::Arc;

use crate::read::source::Source;
use crate::table::Calendar;

use super::cells::Cells;
use super::package::{Package, Reference, STEEPEST, attribute, elements};
use super::sheet::{Book, Facts, Visibility};
use super::sheet_cells::Shared;
use super::strings::Strings;
use super::styles::Styles;
use super::{Unreadable, Why, open, shared_texts, sheet_cells, sheet_xml};

/// Texts that many cells share differ from each other, so they are packed less steeply.
const STEEPEST_TEXTS: u64 = 50;

/// Reads every sheet.
pub(super) fn read(source: &Source<'_>, book: &mut Book<'_>) -> Result<(), Unreadable> {
    let mut ahead = Package::open(open(source)?)?;
    let mut behind = Package::open(open(source)?)?;
    let workbook = Workbook::of(&mut ahead)?;
    let texts = match &workbook.texts {
        Some(path) => shared_texts::read(ahead.inflate(path, STEEPEST_TEXTS)?)?,
        None => Strings::default(),
    };
    // How it looks never damns what it says.
    let styles = workbook.styles.iter().find_map(|of| ahead.whole(of).ok());
    let styles = styles.map(|xml| Styles::read(&xml, workbook.calendar));
    let styles = styles.unwrap_or_default();
    let shared = Shared {
        texts: &texts,
        styles: &styles,
    };
    for (facts, path) in &workbook.sheets {
        let marks = || sheet_xml::survey(ahead.inflate(path, STEEPEST)?);
        let find =
            |cells: &mut Cells| sheet_cells::read(behind.inflate(path, STEEPEST)?, &shared, cells);
        book.sheet(facts, marks, find)?;
    }
    for sheet in &workbook.lost {
        book.lost(sheet);
    }
    Ok(())
}

/// What the first part of a workbook says.
#[derive(Debug)]
struct Workbook {
    /// The sheets that have cells, in their order, each with its part.
    sheets: Vec<(Facts, String)>,
    /// Sheets whose part is not in the archive.
    lost: Vec<Arc<str>>,
    /// The part with the texts that cells share.
    texts: Option<String>,
    /// The part with their looks.
    styles: Option<String>,
    /// From where days count.
    calendar: Calendar,
}

impl Workbook {
    fn of<R: Read + Seek>(package: &mut Package<R>) -> Result<Self, Why> {
        let (folder, name) = package.beginning()?;
        let references = package.references(&format!("{folder}_rels/{name}.rels"))?;
        let texts = references.iter().find(|of| of.is_a("sharedStrings"));
        let styles = references.iter().find(|of| of.is_a("styles"));
        let mut workbook = Self {
            sheets: Vec::new(),
            lost: Vec::new(),
            texts: texts.and_then(|of| package.part_of(of, &folder)),
            styles: styles.and_then(|of| package.part_of(of, &folder)),
            calendar: Calendar::Of1900,
        };
        let mut calendar = Calendar::Of1900;
        let mut listed: Vec<(Arc<str>, Visibility, Option<&Reference>)> = Vec::new();
        elements(
            &package.whole(&format!("{folder}{name}"))?,
            |element, attributes| {
                match element {
                    "workbookPr" if is_true(attribute(attributes, "date1904")?.as_deref()) => {
                        calendar = Calendar::Of1904;
                    }
                    "sheet" => {
                        let id = attribute(attributes, "id")?;
                        let visibility = match attribute(attributes, "state")?.as_deref() {
                            Some("hidden" | "veryHidden") => Visibility::Hidden,
                            _ => Visibility::Shown,
                        };
                        let name = attribute(attributes, "name")?.unwrap_or_default();
                        let mut of_id = references.iter().rev();
                        let reference = of_id.find(|of| Some(&of.id) == id.as_ref());
                        listed.push((Arc::from(name), visibility, reference));
                    }
                    _ => {}
                }
                Ok(())
            },
        )?;
        workbook.calendar = calendar;
        for (at, (name, visibility, reference)) in listed.iter().enumerate() {
            if listed[..at].iter().any(|(earlier, ..)| earlier == name) {
                return Err(Why::Damaged);
            }
            // Charts, dialogs, macros and modules are sheets without cells.
            let Some(reference) = reference.filter(|of| of.is_a("worksheet")) else {
                continue;
            };
            let Some(path) = package.part_of(reference, &folder) else {
                workbook.lost.push(Arc::clone(name));
                continue;
            };
            let facts = Facts {
                name: Arc::clone(name),
                visibility: *visibility,
                calendar,
            };
            workbook.sheets.push((facts, path));
        }
        Ok(workbook)
    }
}

fn is_true(flag: Option<&str>) -> bool {
    matches!(flag, Some("1" | "true"))
}

#[cfg(test)]
mod tests {
    use std::io::{self, BufReader};
    use std::path::Path;
    use std::time::Instant;

    use calamine::{Reader as _, Xlsx};

    use super::super::samples::{self, read, row, sheet, xlsx, xlsx_of};
    use super::*;
    use crate::disk;
    use crate::finding::Finding;
    use crate::model::{FileName, RecordKind};
    use crate::read::{self, Digests, Intake, Row, Sheet};
    use crate::table::Tables;

    #[test]
    fn days_count_from_where_the_workbook_says() {
        let xml = sheet(&row(2, &["0000123456"]), "");
        let sheets = [("Sheet1", "visible", &*xml)];
        let seen = read(&xlsx_of(&sheets, "<workbookPr date1904=\"1\"/>", &[]));
        assert_eq!(seen[0], "Sheet1: Of1904");
    }

    #[test]
    fn what_has_no_cells_is_passed_over() {
        let xml = sheet(&row(2, &["0000123456"]), "");
        let sheets = [
            ("図", "visible", "<chartsheet/>"),
            ("Sheet1", "visible", &xml),
        ];
        assert_eq!(
            read(&xlsx_of(&sheets, "", &[])),
            ["Sheet1: Of1900", "2 0000123456"]
        );
        assert_eq!(
            read(&xlsx_of(&sheets[..1], "", &[])),
            ["R103 見本 表のシートが一つもありません"]
        );
    }

    #[test]
    fn a_sheet_is_found_however_the_way_to_it_is_written() {
        let xml = sheet(&row(2, &["0000123456"]), "");
        let whole = xlsx(&xml);
        for target in [
            "/xl/worksheets/sheet1.xml",
            "xl/worksheets/sheet1.xml",
            "./worksheets/sheet1.xml",
            "../xl/worksheets/sheet1.xml",
            "worksheets\\SHEET1.xml",
        ] {
            let bytes = xlsx_of(&[("Sheet1", "visible", &xml)], "", &[]);
            let bytes = samples::with_target(&bytes, "worksheets/sheet1.xml", target);
            assert_eq!(read(&bytes), read(&whole), "{target}");
        }
    }

    #[test]
    fn a_sheet_that_is_listed_and_not_there_is_said() {
        let xml = sheet(&row(2, &["0000123456"]), "");
        let sheets = [("一", "visible", &*xml), ("二", "visible", &*xml)];
        let bytes = xlsx_of(&sheets, "", &[]);
        let bytes = samples::with_target(&bytes, "worksheets/sheet2.xml", "worksheets/none.xml");
        assert_eq!(
            read(&bytes),
            ["一: Of1900", "2 0000123456", "R134 見本[二]"]
        );
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
    fn shared_texts_that_swell_are_refused_and_what_they_say_of_their_number_is_not_believed() {
        let xml = sheet(&row(2, &["0000123456"]), "");
        let with = |texts: &[u8]| {
            let sheets = [("Sheet1", "visible", &*xml)];
            read(&xlsx_of(&sheets, "", &[("xl/sharedStrings.xml", texts)]))
        };
        let many = [b"<sst>".as_slice(), &b"<si/>".repeat(1 << 20), b"</sst>"].concat();
        assert_eq!(
            with(&many),
            ["R113 見本 ファイルの大きさに比べて、中身が異常に大きくなります"]
        );
        let lies = b"<sst uniqueCount=\"99999999999\"><si><t>a</t></si></sst>";
        assert_eq!(with(lies).len(), 2);
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
            sheet_xml::survey(package.inflate(sheet, STEEPEST).unwrap()).unwrap();
        });
        timed("all of it", &mut || {
            let tables = Tables::load(None).unwrap();
            let mut rows = Rows(0);
            let name = FileName::new("x");
            let layouts = &tables.layouts;
            read::read(path.path(), &name, layouts, Digests::NotAsked, &mut rows).unwrap();
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
