//! What an independent reader has seen in a workbook.

use std::collections::BTreeMap;

/// A part of a package: its name and its bytes.
pub(super) type Part = (String, Vec<u8>);

/// What a workbook holds.
pub(super) enum Book {
    Sheets(Vec<Sheet>),
    /// Nobody can say.
    Unreadable,
}

/// What a sheet holds: rows counted from 1, columns from 0.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) form: Form,
    pub(super) of_1904: bool,
    pub(super) rows: BTreeMap<u32, BTreeMap<u32, Cell>>,
    pub(super) merged: Vec<Region>,
}

/// Whether a sheet can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Whole,
    /// It contradicts itself or ends too early: whoever uses it all the same must say so.
    Broken,
    /// Its part is no XML. There are a hundred small ways to that, most of which change no cell.
    NoXml,
}

impl Form {
    pub(super) fn of(read: Option<()>) -> Self {
        read.map_or(Self::Broken, |()| Self::Whole)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Text(String),
    Number(f64),
    /// There is something, and it is no value: an error, a formula without a result, an index
    /// without a text, what two records say differently.
    Unreadable,
}

/// Merged cells, both ends within it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Region {
    pub(super) top: u32,
    pub(super) left: u32,
    pub(super) bottom: u32,
    pub(super) right: u32,
}

impl Region {
    pub(super) fn covers(&self, row: u32, column: u32) -> bool {
        (self.top..=self.bottom).contains(&row) && (self.left..=self.right).contains(&column)
    }
}

impl Sheet {
    pub(super) fn called(name: String, of_1904: bool) -> Self {
        Self {
            name,
            form: Form::Whole,
            of_1904,
            rows: BTreeMap::new(),
            merged: Vec::new(),
        }
    }

    /// Puts a cell; one that is there already can no longer be told.
    pub(super) fn put(&mut self, row: u32, column: u32, cell: Cell) {
        let cells = self.rows.entry(row).or_default();
        let before = cells.insert(column, cell);
        if before.is_some_and(|before| cells[&column] != before) {
            cells.insert(column, Cell::Unreadable);
        }
    }

    pub(super) fn cell(&self, row: u32, column: u32) -> Option<&Cell> {
        self.rows.get(&row)?.get(&column)
    }
}

impl Cell {
    /// A moment in the form of ISO 8601, as the program writes one: no midnight, and no day from
    /// which a sheet counts.
    pub(super) fn moment(iso: &str) -> Self {
        let (day, time) = iso.split_once('T').unwrap_or((iso, ""));
        let time = time.strip_suffix('Z').unwrap_or(time);
        let (whole, rest) = time.split_once('.').unwrap_or((time, ""));
        let time = if rest.trim_start_matches('0').is_empty() {
            whole
        } else {
            time
        };
        let day = if ["1899-12-30", "1899-12-31", "1900-01-00", "1904-01-01"].contains(&day)
            && !matches!(time, "" | "00:00" | "00:00:00")
        {
            ""
        } else {
            day
        };
        Self::Text(match (day, time) {
            (day, "" | "00:00" | "00:00:00") => day.to_owned(),
            ("", time) => time.to_owned(),
            (day, time) => format!("{day} {time}"),
        })
    }

    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if text.trim().is_empty())
    }
}
