//! Conservation: every row that came in ends in exactly one state.
//!
//! in = sent + unchanged + withheld + excluded, for each file, or the run has failed. The
//! book is kept row by row, so that a row that nobody decided about, and one that was
//! decided about twice, are both noticed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{FileName, Place};

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

/// A row in the book: its page, and its number as the user counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId {
    file: FileId,
    number: u32,
}

impl RowId {
    /// The row of a page with a number; nobody has to have entered it.
    pub fn new(file: FileId, number: u32) -> Self {
        Self { file, number }
    }

    /// The page.
    pub fn file(self) -> FileId {
        self.file
    }

    /// The row's number as the user counts.
    pub fn number(self) -> u32 {
        self.number
    }

    /// The same row where so many pages were put in front of its own.
    #[must_use]
    pub fn moved(self, more: u32) -> Self {
        Self {
            file: FileId(self.file.0 + more),
            ..self
        }
    }

    /// The row as bytes, to be kept where memory is short.
    pub fn to_bytes(self) -> [u8; 8] {
        let (file, number) = (u64::from(self.file.0), u64::from(self.number));
        (file << 32 | number).to_le_bytes()
    }

    /// The row whose bytes these are.
    pub fn from_bytes(bytes: [u8; 8]) -> Self {
        let [n0, n1, n2, n3, f0, f1, f2, f3] = bytes;
        Self {
            file: FileId(u32::from_le_bytes([f0, f1, f2, f3])),
            number: u32::from_le_bytes([n0, n1, n2, n3]),
        }
    }
}

/// The book: every file that was read, every row of it, and how the row ended.
#[derive(Debug, Default)]
pub struct Book {
    /// What comes before the first page; only a leaf has no beginning.
    before: u32,
    pages: Vec<Page>,
    /// Rows that go together or not at all, pair by pair.
    ties: Vec<(RowId, RowId)>,
}

/// The rows of one file, or of one sheet of a workbook.
#[derive(Debug)]
struct Page {
    file: FileName,
    sheet: Option<Arc<str>>,
    entries: Entries,
}

/// What is known of the rows of a page. A byte a row, because a country has millions of them.
#[derive(Debug, Default)]
struct Entries {
    /// The number of the first row; rows come in the order of their numbers.
    first: u32,
    /// One for each number from the first one on. A number that was not entered is that of a
    /// header, or of a blank line.
    rows: Vec<Entry>,
}

/// What is known of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    Absent,
    Open,
    Decided(Fate),
}

/// The withheld rows of one file, or of one sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithheldRows {
    /// The file.
    pub file: FileName,
    /// The sheet, in a workbook.
    pub sheet: Option<Arc<str>>,
    /// The number of each row, with the group it belongs to: rows of one group go together or
    /// not at all.
    pub rows: BTreeMap<u32, u32>,
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
    /// A row was given a state and had never come in.
    #[error("`{file}` にない行の行き先が決まりました")]
    NeverEntered {
        /// The file.
        file: FileName,
    },
    /// A row was given a second, different state.
    #[error("`{file}` の同じ行に二つの行き先があります")]
    DecidedTwice {
        /// The file.
        file: FileName,
    },
}

impl Entries {
    fn put(&mut self, number: u32, entry: Entry) {
        if self.rows.is_empty() {
            self.first = number;
        }
        let at = number.checked_sub(self.first);
        let at = at.expect("rows are entered in the order of their numbers") as usize;
        if self.rows.len() <= at {
            self.rows.resize(at + 1, Entry::Absent);
        }
        self.rows[at] = entry;
    }

    /// Adds rows that stand behind these.
    fn append(&mut self, more: &Self) {
        for (number, entry) in more.numbered() {
            if entry != Entry::Absent {
                self.put(number, entry);
            }
        }
    }

    fn get(&self, number: u32) -> Entry {
        let at = number.checked_sub(self.first);
        let entry = at.and_then(|at| self.rows.get(at as usize));
        entry.copied().unwrap_or(Entry::Absent)
    }

    fn numbered(&self) -> impl Iterator<Item = (u32, Entry)> {
        (self.first..).zip(self.rows.iter().copied())
    }

    fn count(&self, is: impl Fn(Entry) -> bool) -> usize {
        self.rows.iter().filter(|entry| is(**entry)).count()
    }
}

impl Book {
    /// Opens a page for a file, or for a sheet of a workbook.
    pub fn open(&mut self, file: FileName, sheet: Option<Arc<str>>) -> FileId {
        self.pages.push(Page {
            file,
            sheet,
            entries: Entries::default(),
        });
        FileId(index(self.pages.len() - 1))
    }

    /// A leaf that belongs to a page, for rows that are read beside others of the same page.
    #[must_use]
    pub fn leaf(&self, of: FileId) -> Self {
        let page = &self.pages[self.place(of)];
        Self {
            before: of.0,
            pages: vec![Page {
                file: page.file.clone(),
                sheet: page.sheet.clone(),
                entries: Entries::default(),
            }],
            ties: Vec::new(),
        }
    }

    /// Puts in a leaf whose rows stand behind those of its page.
    pub fn put_in(&mut self, leaf: Self) {
        for (page, file) in leaf.pages.iter().zip(leaf.before..) {
            self.page(FileId(file)).entries.append(&page.entries);
        }
        self.ties.extend(leaf.ties);
    }

    /// Puts the pages of another book behind these; gives how many there were before, by which
    /// the ids of its rows have moved.
    pub fn bind(&mut self, other: Self) -> u32 {
        let more = index(self.pages.len());
        let ties = other.ties.into_iter();
        self.ties
            .extend(ties.map(|(one, other)| (one.moved(more), other.moved(more))));
        self.pages.extend(other.pages);
        more
    }

    fn page(&mut self, file: FileId) -> &mut Page {
        let place = self.place(file);
        &mut self.pages[place]
    }

    fn place(&self, file: FileId) -> usize {
        (file.0 - self.before) as usize
    }

    /// Enters the next row of a page, with its number as the user counts.
    pub fn enter(&mut self, file: FileId, number: u32) -> RowId {
        self.page(file).entries.put(number, Entry::Open);
        RowId { file, number }
    }

    /// Decides about a row; the same decision again is no harm.
    pub fn decide(&mut self, row: RowId, fate: Fate) -> Result<(), Imbalance> {
        let page = self.page(row.file);
        match page.entries.get(row.number) {
            Entry::Decided(earlier) if earlier != fate => Err(Imbalance::DecidedTwice {
                file: page.file.clone(),
            }),
            Entry::Absent => Err(Imbalance::NeverEntered {
                file: page.file.clone(),
            }),
            Entry::Open | Entry::Decided(_) => {
                page.entries.put(row.number, Entry::Decided(fate));
                Ok(())
            }
        }
    }

    /// Says that two rows go together or not at all: what holds the one holds the other.
    pub fn tie(&mut self, one: RowId, other: RowId) {
        if one != other {
            self.ties.push((one, other));
        }
    }

    /// The row that stands at a place, if it was entered.
    pub fn row_at(&self, place: &Place) -> Option<RowId> {
        let number = place.row?;
        self.pages
            .iter()
            .zip(self.before..)
            .find_map(|(page, file)| {
                if page.file != place.file || page.sheet != place.sheet {
                    return None;
                }
                let file = FileId(file);
                let is_there = page.entries.get(number) != Entry::Absent;
                is_there.then_some(RowId { file, number })
            })
    }

    /// How the row ended, if somebody decided.
    pub fn fate(&self, row: RowId) -> Option<Fate> {
        match self.pages[self.place(row.file)].entries.get(row.number) {
            Entry::Decided(fate) => Some(fate),
            Entry::Open | Entry::Absent => None,
        }
    }

    /// Whether any row of a file is this run's: it was not excluded.
    pub fn has_rows_of(&self, file: &FileName) -> bool {
        let pages = self.pages.iter().filter(|page| page.file == *file);
        let excluded = |entry| entry == Entry::Absent || entry == Entry::Decided(Fate::Excluded);
        pages
            .flat_map(|page| &page.entries.rows)
            .any(|entry| !excluded(*entry))
    }

    /// How many rows have ended so, so far.
    pub fn count(&self, fate: Fate) -> usize {
        let entries = self.pages.iter().map(|page| &page.entries);
        let ended_so = |entry| entry == Entry::Decided(fate);
        entries.map(|entries| entries.count(ended_so)).sum()
    }

    /// The withheld rows, page by page, each with its group.
    pub fn withheld(&self) -> Vec<WithheldRows> {
        let mut groups = Groups::default();
        for (one, other) in &self.ties {
            groups.join(*one, *other);
        }
        let mut numbers: BTreeMap<RowId, u32> = BTreeMap::new();
        let mut pages = Vec::new();
        for (page, file) in self.pages.iter().zip(0..) {
            let mut rows = BTreeMap::new();
            for (number, entry) in page.entries.numbered() {
                if entry == Entry::Decided(Fate::Withheld) {
                    let next = index(numbers.len() + 1);
                    let row = RowId::new(FileId(file), number);
                    let group = numbers.entry(groups.of(row)).or_insert(next);
                    rows.insert(number, *group);
                }
            }
            if !rows.is_empty() {
                pages.push(WithheldRows {
                    file: page.file.clone(),
                    sheet: page.sheet.clone(),
                    rows,
                });
            }
        }
        pages
    }

    /// Adds up, page by page; fails where a row has no state.
    pub fn close(&self) -> Result<Vec<Tally>, Imbalance> {
        self.pages
            .iter()
            .map(|page| {
                let count = |fate| page.entries.count(|entry| entry == Entry::Decided(fate));
                let tally = Tally {
                    file: page.file.clone(),
                    rows: page.entries.count(|entry| entry != Entry::Absent),
                    sent: count(Fate::Sent),
                    unchanged: count(Fate::Unchanged),
                    withheld: count(Fate::Withheld),
                    excluded: count(Fate::Excluded),
                };
                match tally.rows - tally.decided() {
                    0 => Ok(tally),
                    open => Err(Imbalance::Undecided {
                        file: page.file.clone(),
                        rows: open,
                    }),
                }
            })
            .collect()
    }
}

/// Rows that are tied, directly or by way of others: a forest in which the root stands for all.
#[derive(Debug, Default)]
struct Groups(BTreeMap<RowId, RowId>);

impl Groups {
    fn of(&mut self, row: RowId) -> RowId {
        let mut root = row;
        while let Some(above) = self.0.get(&root) {
            root = *above;
        }
        // Shortens the way for the next one who asks.
        let mut at = row;
        while at != root {
            at = self.0.insert(at, root).unwrap_or(root);
        }
        root
    }

    fn join(&mut self, one: RowId, other: RowId) {
        let (one, other) = (self.of(one), self.of(other));
        if one != other {
            self.0.insert(one.max(other), one.min(other));
        }
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
        let file = book.open(FileName::new("plan.csv"), None);
        let first = book.enter(file, 2);
        book.enter(file, 3);
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
        let file = book.open(FileName::new("plan.csv"), None);
        let row = book.enter(file, 2);
        book.decide(row, Fate::Withheld).unwrap();
        book.decide(row, Fate::Withheld).unwrap();
        assert!(book.decide(row, Fate::Sent).is_err());
    }

    #[test]
    fn a_closed_book_adds_up() {
        let mut book = Book::default();
        let file = book.open(FileName::new("plan.csv"), None);
        let fates = [
            Fate::Sent,
            Fate::Sent,
            Fate::Unchanged,
            Fate::Withheld,
            Fate::Excluded,
        ];
        for (number, fate) in [2, 3, 5, 8, 9].into_iter().zip(fates) {
            let row = book.enter(file, number);
            book.decide(row, fate).unwrap();
        }
        let tally = book.close().unwrap().remove(0);
        assert_eq!((tally.rows, tally.decided()), (5, 5));
        assert_eq!((tally.sent, tally.unchanged), (2, 1));
    }

    #[test]
    fn a_leaf_belongs_to_its_page_whichever_that_is() {
        let mut book = Book::default();
        book.open(FileName::new("offices.csv"), None);
        let file = book.open(FileName::new("plan.csv"), None);
        book.enter(file, 2);
        let mut second = book.leaf(file).leaf(file);
        let excluded = second.enter(file, 5);
        second.decide(excluded, Fate::Excluded).unwrap();
        let mut first = book.leaf(file);
        first.enter(file, 3);
        book.put_in(first);
        book.put_in(second);
        let fates = [2, 3, 4, 5].map(|number| book.fate(RowId::new(file, number)));
        assert_eq!(fates, [None, None, None, Some(Fate::Excluded)]);
        let leaf = book.leaf(file);
        assert_eq!(
            leaf.fate(RowId::new(file, 2)),
            None,
            "it has rows of its own"
        );
        for number in [2, 3] {
            book.decide(RowId::new(file, number), Fate::Sent).unwrap();
        }
        let rows: Vec<usize> = book.close().unwrap().iter().map(|of| of.rows).collect();
        assert_eq!(rows, [0, 3]);
        let never = book.decide(RowId::new(file, 4), Fate::Sent);
        assert!(matches!(never, Err(Imbalance::NeverEntered { .. })));
    }

    #[test]
    fn the_rows_of_a_book_that_is_bound_behind_another_are_found_there() {
        let mut book = Book::default();
        let file = book.open(FileName::new("a.csv"), None);
        book.enter(file, 2);
        let mut other = Book::default();
        let file = other.open(FileName::new("b.csv"), None);
        let rows = [2, 3].map(|number| other.enter(file, number));
        other.tie(rows[0], rows[1]);
        let more = book.bind(other);
        let [first, second] = rows.map(|row| row.moved(more));
        assert_eq!(RowId::from_bytes(second.to_bytes()), second);
        let mut place = Place::file(FileName::new("b.csv"));
        place.row = Some(3);
        assert_eq!(book.row_at(&place), Some(second));
        for row in [first, second] {
            book.decide(row, Fate::Withheld).unwrap();
        }
        assert_eq!(book.withheld()[0].rows, BTreeMap::from([(2, 1), (3, 1)]));
    }

    #[test]
    fn withheld_rows_that_are_tied_have_one_group() {
        let mut book = Book::default();
        let file = book.open(FileName::new("plan.csv"), None);
        let rows: Vec<RowId> = (2..8).map(|number| book.enter(file, number)).collect();
        let sheet = Some(Arc::from("10月"));
        let other = book.open(FileName::new("plan.xlsx"), sheet.clone());
        let far = book.enter(other, 5);
        for row in rows.iter().chain([&far]) {
            let fate = if *row == rows[1] {
                Fate::Sent
            } else {
                Fate::Withheld
            };
            book.decide(*row, fate).unwrap();
        }
        book.tie(rows[0], rows[4]);
        book.tie(rows[4], far);
        book.tie(rows[2], rows[3]);
        let withheld: Vec<Vec<(u32, u32)>> = book
            .withheld()
            .into_iter()
            .map(|page| page.rows.into_iter().collect())
            .collect();
        assert_eq!(
            withheld,
            [vec![(2, 1), (4, 2), (5, 2), (6, 1), (7, 3)], vec![(5, 1)]]
        );
        let mut place = Place::file(FileName::new("plan.xlsx"));
        (place.sheet, place.row) = (sheet, Some(5));
        assert_eq!(book.row_at(&place), Some(far));
        place.row = Some(6);
        assert_eq!(book.row_at(&place), None);
    }
}
