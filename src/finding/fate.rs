//! Conservation: every row that came in ends in exactly one state.
//!
//! in = sent + unchanged + withheld + excluded, for each file, or the run has failed. The
//! book is kept row by row, so that a row that nobody decided about, and one that was
//! decided about twice, are both noticed.

use crate::model::FileName;

/// How a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It is part of something that was registered (or written, on the way back).
    Sent,
    /// It is part of something that the other side already holds just so.
    Unchanged,
    /// It has an error, or was held because of another row.
    Withheld,
    /// It is not ours to send: another office, another month, a rate add-on …
    Excluded,
}

/// A row in the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId {
    file: u32,
    row: u32,
}

/// The book: every file that was read, every row of it, and how the row ended.
#[derive(Debug, Default)]
pub struct Book {
    files: Vec<(FileName, Vec<Option<Fate>>)>,
}

/// A file in the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// The sums of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each member counts the rows of the fate of its name"
)]
pub struct Tally {
    pub file: FileName,
    /// Rows read, headers and blank lines left out.
    pub rows: usize,
    pub sent: usize,
    pub unchanged: usize,
    pub withheld: usize,
    pub excluded: usize,
}

/// The book does not add up: a fault of the program, never of the data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Imbalance {
    /// A row ended in no state.
    #[error("`{file}` の {rows} 行の行き先が決まっていません")]
    Undecided {
        /// The file.
        file: FileName,
        /// How many such rows.
        rows: usize,
    },
    /// A row was given a second, different state.
    #[error("`{file}` の同じ行に二つの行き先があります")]
    DecidedTwice {
        /// The file.
        file: FileName,
    },
}

impl Book {
    /// Opens a page for a file.
    pub fn open(&mut self, file: FileName) -> FileId {
        self.files.push((file, Vec::new()));
        FileId(index(self.files.len() - 1))
    }

    /// Enters the next row of a file.
    pub fn enter(&mut self, file: FileId) -> RowId {
        let rows = &mut self.files[file.0 as usize].1;
        rows.push(None);
        RowId {
            file: file.0,
            row: index(rows.len() - 1),
        }
    }

    /// Decides about a row; the same decision again is no harm.
    pub fn decide(&mut self, row: RowId, fate: Fate) -> Result<(), Imbalance> {
        let (file, rows) = &mut self.files[row.file as usize];
        let entry = &mut rows[row.row as usize];
        match entry {
            Some(earlier) if *earlier != fate => {
                Err(Imbalance::DecidedTwice { file: file.clone() })
            }
            _ => {
                *entry = Some(fate);
                Ok(())
            }
        }
    }

    /// How the row ended, if somebody decided.
    pub fn fate(&self, row: RowId) -> Option<Fate> {
        self.files[row.file as usize].1[row.row as usize]
    }

    /// How many rows have ended so, so far.
    pub fn count(&self, fate: Fate) -> usize {
        self.files
            .iter()
            .flat_map(|(_, rows)| rows)
            .filter(|entry| **entry == Some(fate))
            .count()
    }

    /// Adds up, file by file; fails where a row has no state.
    pub fn close(&self) -> Result<Vec<Tally>, Imbalance> {
        self.files
            .iter()
            .map(|(file, rows)| {
                let count = |fate| rows.iter().filter(|entry| **entry == Some(fate)).count();
                let tally = Tally {
                    file: file.clone(),
                    rows: rows.len(),
                    sent: count(Fate::Sent),
                    unchanged: count(Fate::Unchanged),
                    withheld: count(Fate::Withheld),
                    excluded: count(Fate::Excluded),
                };
                match tally.rows - tally.decided() {
                    0 => Ok(tally),
                    open => Err(Imbalance::Undecided {
                        file: file.clone(),
                        rows: open,
                    }),
                }
            })
            .collect()
    }
}

impl Tally {
    fn decided(&self) -> usize {
        self.sent + self.unchanged + self.withheld + self.excluded
    }
}

fn index(length: usize) -> u32 {
    u32::try_from(length).expect("a run reads fewer than 2^32 rows")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_a_fate_fails_the_run() {
        let mut book = Book::default();
        let file = book.open(FileName::new("plan.csv"));
        let first = book.enter(file);
        book.enter(file);
        book.decide(first, Fate::Sent).unwrap();
        assert_eq!(
            book.close(),
            Err(Imbalance::Undecided {
                file: FileName::new("plan.csv"),
                rows: 1
            })
        );
    }

    #[test]
    fn a_row_with_two_fates_fails_the_run() {
        let mut book = Book::default();
        let file = book.open(FileName::new("plan.csv"));
        let row = book.enter(file);
        book.decide(row, Fate::Withheld).unwrap();
        book.decide(row, Fate::Withheld).unwrap();
        assert!(book.decide(row, Fate::Sent).is_err());
    }

    #[test]
    fn a_closed_book_adds_up() {
        let mut book = Book::default();
        let file = book.open(FileName::new("plan.csv"));
        for fate in [
            Fate::Sent,
            Fate::Sent,
            Fate::Unchanged,
            Fate::Withheld,
            Fate::Excluded,
        ] {
            let row = book.enter(file);
            book.decide(row, fate).unwrap();
        }
        let tally = book.close().unwrap().remove(0);
        assert_eq!((tally.rows, tally.decided()), (5, 5));
        assert_eq!((tally.sent, tally.unchanged), (2, 1));
    }
}
