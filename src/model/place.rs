//! Where something stands, as the person in front of the file counts it.

use std::fmt;
use std::sync::Arc;

/// The name of an input file as the clerk knows it, without folders; cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(Arc<str>);

impl FileName {
    /// Keeps the name.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A place in a file: the more is known, the more is filled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file the clerk dropped in, or the name of what came from Care-wing.
    pub file: FileName,
    /// The worksheet, in a workbook.
    pub sheet: Option<Arc<str>>,
    /// The row, counted from 1: the physical line of a text file, the row of a sheet.
    pub row: Option<u32>,
    /// The column.
    pub column: Option<Column>,
}

/// A column of a file, with the words that stand above it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Column {
    /// Counted from 0.
    pub index: usize,
    /// The header as the file writes it; empty where the file has none.
    pub header: Arc<str>,
}

impl Place {
    /// The file as a whole.
    pub fn file(file: FileName) -> Self {
        Self {
            file,
            sheet: None,
            row: None,
            column: None,
        }
    }

    /// The row that the place is in.
    #[must_use]
    pub fn row_only(&self) -> Self {
        Self {
            column: None,
            ..self.clone()
        }
    }

    /// The same place, narrowed to a column.
    #[must_use]
    pub fn at(mut self, index: usize, header: &Arc<str>) -> Self {
        self.column = Some(Column {
            index,
            header: Arc::clone(header),
        });
        self
    }
}

impl Column {
    /// The letters that a spreadsheet shows above the column: A, B … Z, AA …
    pub fn letters(&self) -> String {
        letters(self.index)
    }
}

/// The letters of a column counted from 0.
pub fn letters(index: usize) -> String {
    let mut rest = index + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).expect("a remainder of 26 is small");
        letters.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_lettered_as_a_spreadsheet_letters_them() {
        let shown: Vec<String> = [0, 25, 26, 51, 701, 702].map(letters).into();
        assert_eq!(shown, ["A", "Z", "AA", "AZ", "ZZ", "AAA"]);
    }
}
