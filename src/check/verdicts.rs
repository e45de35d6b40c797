//! What the rules decide about rows, before it is entered in the book.
//!
//! Months are checked side by side on all cores, and there is one book: so each keeps its
//! decisions to itself, and they are entered in the order of the months.

use crate::finding::{Book, Fate, Finding, Imbalance, RowId};

use super::origin::Origin;

/// Decisions about rows, and what is to be said of them.
#[derive(Debug, Default)]
pub(super) struct Verdicts {
    fates: Vec<(RowId, Fate)>,
    ties: Vec<(RowId, RowId)>,
    /// What is to be said.
    pub(super) findings: Vec<Finding>,
}

impl Verdicts {
    /// Decides about a row.
    pub(super) fn decide(&mut self, row: &Origin, fate: Fate) {
        self.fates.push((row.id, fate));
    }

    /// Says that two rows go together or not at all.
    pub(super) fn tie(&mut self, one: RowId, other: RowId) {
        self.ties.push((one, other));
    }

    /// Enters everything in the book, and gives what is to be said.
    pub(super) fn enter(self, book: &mut Book) -> Result<Vec<Finding>, Imbalance> {
        for (row, fate) in self.fates {
            book.decide(row, fate)?;
        }
        for (one, other) in self.ties {
            book.tie(one, other);
        }
        Ok(self.findings)
    }
}
