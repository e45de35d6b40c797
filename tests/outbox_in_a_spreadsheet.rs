//! What 楽すけ imports also opens in a spreadsheet, with every name and number as written.
//!
//! A CSV file cannot say that a column is text: whoever opens it by a double click lets the
//! spreadsheet cut leading zeroes off. Opened as text, as here, nothing is lost.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "what a test calls fails and speaks like a test"
)]

#[path = "support/spreadsheet.rs"]
mod spreadsheet;

use std::path::Path;
use std::process::{Command, Stdio};

use calamine::{Data, Reader as _, Xlsx, open_workbook};
use encoding_rs::SHIFT_JIS;
use rakuwing::disk;

#[test]
fn names_and_numbers_of_the_demos_file_survive_a_spreadsheet() {
    let place = tempfile::tempdir().unwrap();
    let demo = Command::new(env!("CARGO_BIN_EXE_rakuwing"))
        .args(["demo", "office"])
        .current_dir(place.path())
        .env("RAKUWING_HOME", place.path().join("home"))
        .stdout(Stdio::null())
        .status();
    assert_eq!(demo.unwrap().code(), Some(0));
    let file = place
        .path()
        .join("office/outbox/月間ケアプラン_実績_202610.csv");
    let written = cells(&disk::read(&file).unwrap());
    assert!(written.iter().flatten().any(|cell| cell == "0000100001"));
    assert!(written.iter().flatten().any(|cell| cell == "濵田　見本"));

    // Comma, double quotes, Windows-932, from line 1, every column as text.
    let texts: Vec<String> = (1..=written[0].len())
        .map(|column| format!("{column}/2"))
        .collect();
    let filter = format!(
        "--infilter=Text - txt - csv (StarCalc):44,34,64,1,{}",
        texts.join("/")
    );
    if spreadsheet::convert(&file, &[&filter, "--convert-to", "xlsx"]).is_some() {
        assert_eq!(opened(&file.with_extension("xlsx")), written);
    }
}

fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
    let (text, broken) = SHIFT_JIS.decode_without_bom_handling(bytes);
    assert!(!broken);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let rows = reader.records().map(Result::unwrap);
    rows.map(|row| row.iter().map(str::to_owned).collect())
        .collect()
}

fn opened(workbook: &Path) -> Vec<Vec<String>> {
    let mut workbook: Xlsx<_> = open_workbook(workbook).unwrap();
    let range = workbook.worksheet_range_at(0).unwrap().unwrap();
    let text = |cell: &Data| match cell {
        Data::Empty => String::new(),
        Data::String(text) => text.clone(),
        other => panic!("{other:?} is no text"),
    };
    range
        .rows()
        .map(|row| row.iter().map(text).collect())
        .collect()
}
