//! The account of an import: every row of a master ends in exactly one state.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::InsurerNumber;

/// How a row of a master ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Its code was not in the list for this period.
    Added,
    /// It took the place of a row of the list.
    Replaced,
    /// The list says the same.
    Unchanged,
    /// It is no home visit (通所 …), which no plan here holds.
    PassedOver,
    /// The master does not say what it means: somebody has to look.
    Review,
    /// It is wrong, or its code is held because of another row.
    Rejected,
}

/// Why a row was not taken, and what to do about it, in the clerk's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// What is the matter.
    pub cause: String,
    /// What to do.
    pub cure: &'static str,
}

/// Something about a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// `rejected` or `review`.
    pub kind: &'static str,
    /// The file's name.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// What is the matter.
    pub cause: String,
    /// What to do.
    pub cure: &'static str,
}

/// The sums of one insurer; rows = all the others together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[expect(
    missing_docs,
    reason = "each member counts the rows of the fate of its name"
)]
pub struct Sums {
    pub rows: usize,
    pub added: usize,
    pub replaced: usize,
    pub unchanged: usize,
    pub passed_over: usize,
    pub review: usize,
    pub rejected: usize,
}

impl Sums {
    /// Whether a row of the insurer can be used.
    pub fn usable(&self) -> usize {
        self.added + self.replaced + self.unchanged
    }

    fn count(&mut self, fate: Fate) {
        self.rows += 1;
        *match fate {
            Fate::Added => &mut self.added,
            Fate::Replaced => &mut self.replaced,
            Fate::Unchanged => &mut self.unchanged,
            Fate::PassedOver => &mut self.passed_over,
            Fate::Review => &mut self.review,
            Fate::Rejected => &mut self.rejected,
        } += 1;
    }
}

/// What became of every row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// By insurer; `None` gathers the rows whose insurer cannot be read.
    pub insurers: BTreeMap<Option<InsurerNumber>, Sums>,
    /// What is to be said about single rows, by file and line.
    pub remarks: Vec<Remark>,
    /// Rows whose name is damaged, by file.
    pub damaged: BTreeMap<String, Vec<u32>>,
}

impl Account {
    /// Counts a row that was taken, or that nobody needs.
    pub fn count(&mut self, insurer: Option<InsurerNumber>, fate: Fate) {
        self.insurers.entry(insurer).or_default().count(fate);
    }

    /// Counts a row that was not taken, and says why.
    pub fn refuse(
        &mut self,
        insurer: Option<InsurerNumber>,
        fate: Fate,
        (file, line): (&str, u32),
        cause: Cause,
    ) {
        self.count(insurer, fate);
        self.remarks.push(Remark {
            kind: if fate == Fate::Review {
                "review"
            } else {
                "rejected"
            },
            file: file.to_owned(),
            line,
            cause: cause.cause,
            cure: cause.cure,
        });
    }

    /// All insurers together.
    pub fn total(&self) -> Sums {
        let mut total = Sums::default();
        for sums in self.insurers.values() {
            total.rows += sums.rows;
            total.added += sums.added;
            total.replaced += sums.replaced;
            total.unchanged += sums.unchanged;
            total.passed_over += sums.passed_over;
            total.review += sums.review;
            total.rejected += sums.rejected;
        }
        total
    }
}
