//! Reads a written workbook back, for tests.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use calamine::{Data, Reader as _, Xlsx};

/// A workbook that was read back.
pub(super) struct Sheets(Xlsx<BufReader<File>>);

impl Sheets {
    pub(super) fn read(path: &Path) -> Self {
        Self(calamine::open_workbook(path).unwrap())
    }

    /// The names of the sheets, from left to right.
    pub(super) fn names(&self) -> Vec<String> {
        self.0.sheet_names()
    }

    /// Every row of a sheet, each with all its cells.
    pub(super) fn rows(&mut self, sheet: &str) -> Vec<Vec<Data>> {
        let range = self.0.worksheet_range(sheet).unwrap();
        range.rows().map(<[Data]>::to_vec).collect()
    }

    /// The rows that hold something, without their empty cells.
    pub(super) fn filled(&mut self, sheet: &str) -> Vec<Vec<Data>> {
        let mut rows = self.rows(sheet);
        for row in &mut rows {
            row.retain(|cell| *cell != Data::Empty && *cell != text(""));
        }
        rows.retain(|row| !row.is_empty());
        rows
    }

    /// How many formulas stand on all sheets together.
    pub(super) fn formulas(&mut self) -> usize {
        self.names()
            .iter()
            .map(|name| self.0.worksheet_formula(name).unwrap().used_cells().count())
            .sum()
    }
}

pub(super) fn text(text: &str) -> Data {
    Data::String(text.to_owned())
}

pub(super) fn number(number: f64) -> Data {
    Data::Float(number)
}
