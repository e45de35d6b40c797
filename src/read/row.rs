//! One row as text. The buffer is used again for every row.

use crate::finding::Code;

/// What is wrong with a cell as a text, before anybody asks what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Bytes that no character has; at this offset in the file.
    Undecodable {
        /// Bytes from the beginning of the file.
        offset: u64,
    },
    /// 外字: a character that only one machine knows.
    PrivateCharacter {
        /// The first such character.
        character: char,
        /// Bytes from the beginning of the file, in a text file.
        offset: Option<u64>,
    },
    /// A control character, such as NUL, which is no text.
    Control {
        /// The first such character.
        character: char,
        /// Bytes from the beginning of the file, in a text file.
        offset: Option<u64>,
    },
    /// A spreadsheet's formula that ended in an error.
    CellError,
    /// A spreadsheet's formula whose result was never saved.
    NoResult,
    /// A cell merged with others of its row: which column its value belongs to is open.
    MergedAcross,
    /// A quotation mark opens the cell and nothing closes it.
    UnclosedQuote,
}

/// A row: its number and its cells.
#[derive(Debug, Default, Clone)]
pub struct Row {
    number: u32,
    text: String,
    ends: Vec<usize>,
    faults: Vec<(usize, Fault)>,
    remarks: Vec<(usize, Code)>,
}

impl Row {
    /// Empties the row and gives it a number, counted from 1 as the user counts.
    pub fn begin(&mut self, number: u32) {
        self.number = number;
        self.text.clear();
        self.ends.clear();
        self.faults.clear();
        self.remarks.clear();
    }

    /// Adds a cell that the closure writes.
    pub fn push_with(&mut self, write: impl FnOnce(&mut String) -> Option<Fault>) {
        if let Some(fault) = write(&mut self.text) {
            self.faults.push((self.ends.len(), fault));
        }
        self.ends.push(self.text.len());
    }

    /// Adds empty cells until there are `width`.
    pub fn pad(&mut self, width: usize) {
        while self.ends.len() < width {
            self.ends.push(self.text.len());
        }
    }

    /// The row's number: the physical line of a text file, the row of a sheet.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// How many cells there are.
    pub fn width(&self) -> usize {
        self.ends.len()
    }

    /// The text of a cell; empty behind the last one.
    pub fn cell(&self, index: usize) -> &str {
        let Some(&end) = self.ends.get(index) else {
            return "";
        };
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start..end]
    }

    /// Every cell's text.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.width()).map(|index| self.cell(index))
    }

    /// What is wrong with a cell, if something is.
    pub fn fault(&self, index: usize) -> Option<Fault> {
        self.faults
            .iter()
            .find(|(of, _)| *of == index)
            .map(|(_, fault)| *fault)
    }

    /// Adds a notice about a cell, which can be read all the same.
    pub fn remark(&mut self, index: usize, code: Code) {
        self.remarks.push((index, code));
    }

    /// The notices about cells, each with the cell's index.
    pub fn remarks(&self) -> &[(usize, Code)] {
        &self.remarks
    }

    /// Whether every cell is empty or white space.
    pub fn is_blank(&self) -> bool {
        self.faults.is_empty() && self.text.chars().all(char::is_whitespace)
    }
}
