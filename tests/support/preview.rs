//! A preview workbook in somebody's hands: the word in 判断, and saved again.

#![allow(
    dead_code,
    reason = "every file of tests compiles this anew and uses its own part of it"
)]

use std::path::{Path, PathBuf};

use calamine::{Reader as _, Xlsx, open_workbook};
use rakuwing::disk;
use rust_xlsxwriter::Workbook;

use crate::support::Desk;

/// The preview workbook of the newest run, whose number ends its name.
pub(crate) fn preview(desk: &Desk) -> PathBuf {
    let run = |name: &String| -> Option<u64> {
        let number = name.strip_suffix(".xlsx")?.rsplit('_').next()?;
        number.parse().ok()
    };
    let mut names = desk.files("reports");
    names.retain(|name| name.starts_with("プレビュー"));
    let newest = names.into_iter().max_by_key(run).unwrap();
    desk.office().join("reports").join(newest)
}

/// Saves a workbook as somebody's spreadsheet does: sheet by sheet, cell by cell, after the
/// rows of 一覧 went through somebody's hands.
pub(crate) fn saved_again(path: &Path, change: impl Fn(&mut Vec<String>)) {
    let mut before: Xlsx<_> = open_workbook(path).unwrap();
    let mut after = Workbook::new();
    for name in before.sheet_names() {
        let sheet = after.add_worksheet().set_name(&name).unwrap();
        let range = before.worksheet_range(&name).unwrap();
        let (top, left) = range.start().unwrap();
        for (number, row) in (top..).zip(range.rows()) {
            let mut cells: Vec<String> = row.iter().map(ToString::to_string).collect();
            if name == "一覧" {
                change(&mut cells);
            }
            for (column, cell) in (u16::try_from(left).unwrap()..).zip(cells) {
                sheet.write_string(number, column, cell).unwrap();
            }
        }
    }
    disk::write(path, &after.save_to_buffer().unwrap()).unwrap();
}

/// Writes words into 判断, by the key in 番号: the second and the fourth column.
pub(crate) fn decide(path: &Path, decisions: &[(&str, &str)]) {
    saved_again(path, |row| {
        for (key, word) in decisions {
            if row[3] == *key {
                (*word).clone_into(&mut row[1]);
            }
        }
    });
}
