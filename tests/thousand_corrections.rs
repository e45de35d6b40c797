//! A thousand corrections of a workbook, sorted and moved about: each is found, and no other.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

#[path = "support/error_workbook.rs"]
mod error_workbook;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rakuwing::check::Wanted;
use rakuwing::disk;
use rakuwing::finding::Fate;
use rakuwing::jobs::corrections::{Answers, Memory};
use rakuwing::jobs::inbox;
use rakuwing::jobs::outcome::{Account, Heading, Outcome, trail};
use rakuwing::table::Tables;

use error_workbook::{ErrorWorkbook, FIRST};

const HEADERS: [&str; 8] = [
    "被保険者番号",
    "保険者番号",
    "氏名",
    "生年月日",
    "要介護度",
    "認定有効期間開始日",
    "認定有効期間終了日",
    "住所",
];
const ROWS: usize = 260;
const EDITS: usize = 1_000;

/// A list in which every row has a birth date that is none.
fn export() -> String {
    let mut text = format!("{}\r\n", HEADERS.join(","));
    for row in 0..ROWS {
        let _ = write!(
            text,
            "{:010},001220,\"見本, {row}\",朝{row},要介護1,2026/04/01,2028/03/31,\"上\n下{row}\"\r\n",
            row * 7 + 1
        );
    }
    text
}

/// The error workbook of the list, as a check writes it.
fn workbook(folder: &Path, source: &Path, tables: &Tables) -> PathBuf {
    let inputs = inbox::read(&[source.to_owned()], Wanted::Everything, tables).unwrap();
    let mut gathered = inputs.gathered;
    let rows: Vec<_> = gathered.bad_rows.iter().map(|row| row.origin.id).collect();
    assert_eq!(rows.len(), ROWS);
    for row in rows {
        gathered.book.decide(row, Fate::Withheld).unwrap();
    }
    let account = Account {
        book: &gathered.book,
        findings: &gathered.findings,
        inputs: &inputs.files,
        tables,
        folder,
        trail: &trail(&Memory::default()).unwrap(),
    };
    let heading = Heading {
        office: "1370100016",
        what: "確認",
        month: None,
        run: "1",
        done: "送れる",
    };
    let mut outcome = Outcome::of("check", None);
    outcome.close(&account, heading).unwrap();
    outcome.report.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn a_thousand_corrections_come_back_and_no_other(
        edits in prop::collection::vec((0..ROWS, 0..HEADERS.len(), "[ -~ぁ-ん一-十]{0,12}"), EDITS),
        order in Just((0..ROWS).collect::<Vec<_>>()).prop_shuffle(),
        columns in prop::collection::vec((5..13_usize, 5..13_usize), 4),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let tables = Tables::load(None).unwrap();
        let source = folder.path().join("利用者一覧.csv");
        disk::write(&source, export().as_bytes()).unwrap();
        let path = workbook(folder.path(), &source, &tables);
        let mut book = ErrorWorkbook::open(&path);
        let sheet = book.sheet("利用者一覧");
        let mut expected: BTreeMap<(u32, usize), String> = BTreeMap::new();
        for (row, column, text) in &edits {
            let number = sheet.numbers()[*row];
            sheet.set(number, HEADERS[*column], text);
            expected.insert((number, *column), text.clone());
        }
        let rows = sheet.rows.split_off(FIRST);
        sheet.rows.extend(order.iter().map(|at| rows[*at].clone()));
        for (from, to) in columns {
            sheet.move_column(from, to);
        }
        book.save(&path);

        let memory = Memory { answers: Answers::ToBeTaken, ..Memory::default() };
        let files = [source.clone(), path];
        let inputs = inbox::read_corrected(&files, Wanted::Everything, &tables, &memory).unwrap();
        prop_assert!(inputs.gathered.findings.iter().all(|of| of.place.file.as_str() == "利用者一覧.csv"));
        let taken: BTreeMap<(u32, usize), String> = inputs
            .corrected
            .iter()
            .flat_map(|source| &source.fresh)
            .map(|of| ((of.row, of.column), of.text.clone()))
            .collect();
        // What says the same as before is no correction.
        let original = original(&source);
        expected.retain(|place, text| !means_the_same(&original[place], text));
        prop_assert_eq!(taken, expected);
    }
}

/// Every cell of the file by its row and column.
fn original(source: &Path) -> BTreeMap<(u32, usize), String> {
    let bytes = disk::read(source).unwrap();
    let mut cells = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(&*bytes);
    let mut line = 2;
    for record in reader.records() {
        let record = record.unwrap();
        for (column, text) in record.iter().enumerate() {
            cells.insert((line, column), text.to_owned());
        }
        // Each address has two lines.
        line += 2;
    }
    cells
}

/// Numbers that differ in the zeroes before them alone.
fn means_the_same(one: &str, other: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    one == other
        || (digits(one)
            && digits(other)
            && one.trim_start_matches('0') == other.trim_start_matches('0'))
}
