//! Reads a written workbook back, for tests.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::Path;

use calamine::{Data, Reader as _, Xlsx};

use crate::disk;

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

/// A link within the workbook.
#[derive(Debug)]
pub(super) struct Link {
    /// The row in which it stands, counted from 0.
    pub(super) row: usize,
    /// The sheet to which it leads.
    pub(super) to: String,
    /// The row to which it leads, counted from 0.
    pub(super) target: usize,
}

/// The links of every sheet, from the parts of the file: calamine passes over them.
pub(super) fn links(path: &Path) -> Vec<(String, Vec<Link>)> {
    let names = Sheets::read(path).names();
    let mut parts = zip::ZipArchive::new(io::Cursor::new(disk::read(path).unwrap())).unwrap();
    let of_sheet = |(name, part): (String, usize)| {
        let mut xml = String::new();
        let file = parts.by_name(&format!("xl/worksheets/sheet{part}.xml"));
        file.unwrap().read_to_string(&mut xml).unwrap();
        let links = xml.split("<hyperlink ").skip(1).map(link).collect();
        (name, links)
    };
    names.into_iter().zip(1..).map(of_sheet).collect()
}

/// `ref="K3" location="'カレンダー'!A4" …`
fn link(xml: &str) -> Link {
    let value = |name: &str| {
        let (_, rest) = xml.split_once(&format!("{name}=\"")).unwrap();
        rest.split_once('"').unwrap().0.replace("&apos;", "'")
    };
    let row = |cell: &str| {
        let digits = cell.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
        digits.parse::<usize>().unwrap() - 1
    };
    let location = value("location");
    let (to, cell) = location.rsplit_once('!').unwrap();
    Link {
        row: row(&value("ref")),
        to: to.trim_matches('\'').to_owned(),
        target: row(cell),
    }
}

pub(super) fn text(text: &str) -> Data {
    Data::String(text.to_owned())
}

pub(super) fn number(number: f64) -> Data {
    Data::Float(number)
}
