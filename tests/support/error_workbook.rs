//! An error workbook as another program holds it: sheets of cells that can be typed into,
//! sorted, deleted and moved, and saved again.

#![allow(
    dead_code,
    reason = "every file of tests compiles this anew and uses its own part of it"
)]

use std::path::{Path, PathBuf};

use calamine::{Data, Reader as _, SheetVisible, Xlsx};
use rust_xlsxwriter::Workbook;

/// A workbook in memory.
pub(crate) struct ErrorWorkbook {
    sheets: Vec<Sheet>,
}

/// A sheet: rows of texts, as they stand there from the first row on.
#[derive(Clone)]
pub(crate) struct Sheet {
    pub(crate) name: String,
    hidden: bool,
    pub(crate) rows: Vec<Vec<String>>,
}

/// The first row of data of a sheet of withheld rows.
pub(crate) const FIRST: usize = 2;

impl ErrorWorkbook {
    pub(crate) fn open(path: &Path) -> Self {
        let mut book: Xlsx<_> = calamine::open_workbook(path).unwrap();
        let visible: Vec<bool> = book
            .sheets_metadata()
            .iter()
            .map(|sheet| sheet.visible == SheetVisible::Visible)
            .collect();
        let names = book.sheet_names();
        let sheets = names.into_iter().zip(visible).map(|(name, visible)| {
            let range = book.worksheet_range(&name).unwrap();
            let (bottom, right) = range.end().unwrap_or_default();
            let text = |row, column| match range.get_value((row, column)) {
                None | Some(Data::Empty) => String::new(),
                Some(value) => value.to_string(),
            };
            let row = |row| (0..=right).map(|column| text(row, column)).collect();
            Sheet {
                name,
                hidden: !visible,
                rows: (0..=bottom).map(row).collect(),
            }
        });
        Self {
            sheets: sheets.collect(),
        }
    }

    /// The sheet with a name.
    pub(crate) fn sheet(&mut self, name: &str) -> &mut Sheet {
        let mut sheets = self.sheets.iter_mut();
        sheets.find(|sheet| sheet.name == name).unwrap()
    }

    /// Whether there is a sheet of a name.
    #[allow(dead_code, reason = "each program of tests uses its own part of it")]
    pub(crate) fn has(&self, name: &str) -> bool {
        self.sheets.iter().any(|sheet| sheet.name == name)
    }

    /// Types something into a row of 対応の追加, by words of its question.
    pub(crate) fn answer(&mut self, question: &str, header: &str, text: &str) {
        const HEADERS: usize = 2;
        let sheet = self.sheet("対応の追加");
        let mut headers = sheet.rows[HEADERS].iter();
        let column = headers.position(|of| of == header).unwrap();
        let mut rows = sheet.rows.iter_mut();
        let row = rows.find(|row| row[1].contains(question)).unwrap();
        text.clone_into(&mut row[column]);
    }

    pub(crate) fn without(&mut self, name: &str) {
        self.sheets.retain(|sheet| sheet.name != name);
    }

    /// Saves the workbook as a program would that keeps texts, and no more than it must.
    pub(crate) fn save(&self, path: &Path) {
        let mut book = Workbook::new();
        for sheet in &self.sheets {
            let page = book.add_worksheet();
            page.set_name(&sheet.name).unwrap();
            page.set_hidden(sheet.hidden);
            for (row, at) in sheet.rows.iter().zip(0..) {
                for (text, column) in row.iter().zip(0..) {
                    match text.strip_prefix("#number ") {
                        Some(number) => {
                            let number: f64 = number.parse().unwrap();
                            page.write_number(at, column, number).unwrap();
                        }
                        None if text.is_empty() => {}
                        None => drop(page.write_string(at, column, text).unwrap()),
                    }
                }
            }
        }
        book.save(path).unwrap();
    }
}

impl Sheet {
    /// The column with a header.
    pub(crate) fn column(&self, header: &str) -> usize {
        let mut headers = self.rows[1].iter();
        headers.position(|of| of == header).unwrap()
    }

    /// The row that shows a row of the file.
    pub(crate) fn row_of(&self, number: u32) -> usize {
        let rows = self.rows[FIRST..].iter();
        let mut found = rows
            .zip(FIRST..)
            .filter(|(row, _)| row[0] == number.to_string());
        found.next().unwrap().1
    }

    /// What stands in a row of the file under a header.
    pub(crate) fn cell(&self, number: u32, header: &str) -> &str {
        &self.rows[self.row_of(number)][self.column(header)]
    }

    /// Types something there.
    pub(crate) fn set(&mut self, number: u32, header: &str, text: &str) {
        let (row, column) = (self.row_of(number), self.column(header));
        text.clone_into(&mut self.rows[row][column]);
    }

    /// The numbers of the rows of the file that it shows.
    pub(crate) fn numbers(&self) -> Vec<u32> {
        let rows = self.rows[FIRST..].iter();
        rows.map(|row| row[0].parse().unwrap()).collect()
    }

    /// Moves a column to another place.
    pub(crate) fn move_column(&mut self, from: usize, to: usize) {
        for row in &mut self.rows {
            let cell = row.remove(from);
            row.insert(to, cell);
        }
    }
}

/// The error workbook of an office folder that was written last.
pub(crate) fn newest(reports: &Path) -> PathBuf {
    let files = rakuwing::disk::files(reports).unwrap();
    let found = files.into_iter().filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.contains("エラー一覧")
    });
    let written = |path: &PathBuf| path.metadata().unwrap().modified().unwrap();
    found.max_by_key(written).unwrap()
}
