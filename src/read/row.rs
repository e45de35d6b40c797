//! One row as text. The buffer is used again for every row.

use std::collections::BTreeMap;

use crate::finding::Code;

use super::decode::fault_in;

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
    /// What a workbook holds there is nothing that such a cell can hold: the number of a text
    /// that is none, a number that is written as none.
    Unreadable,
    /// A cell merged with others of its row: which column its value belongs to is open.
    MergedAcross,
    /// A quotation mark opens the cell and nothing closes it.
    UnclosedQuote,
}

impl Fault {
    /// The same fault, found so many bytes from the beginning; unchanged where a fault has no
    /// such place.
    #[must_use]
    pub fn at(self, at: Option<u64>) -> Self {
        match (self, at) {
            (Self::Undecodable { .. }, Some(offset)) => Self::Undecodable { offset },
            (Self::PrivateCharacter { character, .. }, offset) => {
                Self::PrivateCharacter { character, offset }
            }
            (Self::Control { character, .. }, offset) => Self::Control { character, offset },
            (fault, _) => fault,
        }
    }

    /// How many bytes from the beginning it was found, where it has such a place.
    pub fn offset(self) -> Option<u64> {
        match self {
            Self::Undecodable { offset } => Some(offset),
            Self::PrivateCharacter { offset, .. } | Self::Control { offset, .. } => offset,
            Self::CellError
            | Self::NoResult
            | Self::Unreadable
            | Self::MergedAcross
            | Self::UnclosedQuote => None,
        }
    }
}

fn place(at: usize) -> u32 {
    u32::try_from(at).expect("a row is a megabyte at most")
}

/// Where something stands in a file, in the words of a report.
pub fn in_file(offset: u64) -> String {
    format!("ファイルの先頭から{offset}バイト目")
}

/// A row: its number and its cells.
///
/// The cells lie in one buffer, with anything between them: a text file's row is copied into
/// it whole where it is plain ASCII, and nothing is done for each of its cells.
#[derive(Debug, Default, Clone)]
pub struct Row {
    number: u32,
    text: String,
    /// Where each cell begins and ends in the text: small, because rows are copied.
    spans: Vec<(u32, u32)>,
    faults: Vec<(usize, Fault)>,
    remarks: Vec<(usize, Code)>,
}

impl Row {
    /// Empties the row and gives it a number, counted from 1 as the user counts.
    pub fn begin(&mut self, number: u32) {
        self.number = number;
        self.text.clear();
        self.spans.clear();
        self.faults.clear();
        self.remarks.clear();
    }

    /// Adds a cell that the closure writes.
    pub fn push_with(&mut self, write: impl FnOnce(&mut String) -> Option<Fault>) {
        let start = self.text.len();
        if let Some(fault) = write(&mut self.text) {
            self.faults.push((self.spans.len(), fault));
        }
        self.spans.push((place(start), place(self.text.len())));
    }

    /// Adds cells that lie in one text, each from one byte of it to another.
    pub(super) fn push_cells(&mut self, text: &str, cells: impl Iterator<Item = (usize, usize)>) {
        let base = self.text.len();
        self.text.push_str(text);
        let placed = cells.map(|(start, end)| (place(base + start), place(base + end)));
        self.spans.extend(placed);
    }

    /// Adds empty cells until there are `width`.
    pub fn pad(&mut self, width: usize) {
        let end = place(self.text.len());
        while self.spans.len() < width {
            self.spans.push((end, end));
        }
    }

    /// The row with other texts in some cells, each with its column. Nobody can say any more
    /// that its cells have moved: somebody has looked at the row and put it right, so it has as
    /// many cells as its sheet has columns, and more only where something stands in them.
    #[must_use]
    pub fn corrected(&self, texts: &BTreeMap<usize, String>, columns: usize) -> Self {
        let mut row = Self::default();
        row.begin(self.number);
        let last = texts.keys().next_back().map_or(0, |last| last + 1);
        for at in 0..self.width().max(last) {
            match texts.get(&at) {
                Some(text) => row.push_with(|out| {
                    out.push_str(text);
                    fault_in(text)
                }),
                None => row.push_with(|out| {
                    out.push_str(self.cell(at));
                    self.fault(at)
                }),
            }
        }
        while row.width() > columns && row.is_empty(row.width() - 1) {
            row.spans.pop();
        }
        row.pad(columns);
        let untouched = |(at, _): &&(usize, Code)| !texts.contains_key(at);
        row.remarks = self.remarks.iter().filter(untouched).copied().collect();
        row
    }

    /// The row's number: the physical line of a text file, the row of a sheet.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// How many cells there are.
    pub fn width(&self) -> usize {
        self.spans.len()
    }

    /// The text of a cell; empty behind the last one.
    pub fn cell(&self, index: usize) -> &str {
        self.spans
            .get(index)
            .map_or("", |&(start, end)| &self.text[start as usize..end as usize])
    }

    /// Whether a cell has no text at all; white space is one.
    pub fn is_empty(&self, index: usize) -> bool {
        self.spans
            .get(index)
            .is_none_or(|(start, end)| start == end)
    }

    /// Every cell's text.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.width()).map(|index| self.cell(index))
    }

    /// What is wrong with cells, each with the cell's index.
    pub fn faults(&self) -> &[(usize, Fault)] {
        &self.faults
    }

    /// What is wrong with a cell, if something is.
    pub fn fault(&self, index: usize) -> Option<Fault> {
        self.faults
            .iter()
            .find(|(of, _)| *of == index)
            .map(|(_, fault)| *fault)
    }

    /// Says that something is wrong with a cell; the first word about a cell counts.
    pub fn fail(&mut self, index: usize, fault: Fault) {
        if self.fault(index).is_none() {
            self.faults.push((index, fault));
        }
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
        self.faults.is_empty() && self.cells().all(|cell| cell.trim().is_empty())
    }
}
