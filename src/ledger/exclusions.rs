//! Rows that somebody has decided to leave out (除外), with the reason.
//!
//! A row is known by what its kind is and by a fingerprint of its cells, not by its text, its
//! file or its number: the same row in the next export is left out again, and one that has
//! changed is asked about anew. Equal rows are counted: who leaves out one of two that are
//! alike has not said a word about the other.

use std::collections::BTreeMap;

use rusqlite::params;

use super::{Ledger, LedgerError, RunId};

/// What a row is known by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowKey {
    /// What the row is, by the name of its kind.
    pub kind: String,
    /// The fingerprint of its cells, in hexadecimal.
    pub cells: String,
}

/// A decision to leave rows out.
#[derive(Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// How many rows that are alike; a file may have more.
    pub rows: usize,
    /// Why.
    pub reason: String,
    /// When it was decided, as a day: `2026/11/3`.
    pub decided: String,
}

/// Not the reason: it may name a person.
impl std::fmt::Debug for Exclusion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Exclusion({}, {})", self.rows, self.decided)
    }
}

impl Ledger {
    /// Everything that is to be left out.
    pub fn exclusions(&self) -> Result<BTreeMap<RowKey, Exclusion>, LedgerError> {
        let failed = self.failed();
        let mut query = self
            .connection
            .prepare("SELECT kind, cells, rows, decided, reason FROM exclusions")
            .map_err(&failed)?;
        let rows = query
            .query_map([], |row| {
                let key = RowKey {
                    kind: row.get(0)?,
                    cells: row.get(1)?,
                };
                let rows: i64 = row.get(2)?;
                let exclusion = Exclusion {
                    rows: usize::try_from(rows).unwrap_or(0),
                    decided: row.get(3)?,
                    reason: row.get(4)?,
                };
                Ok((key, exclusion))
            })
            .map_err(&failed)?;
        rows.collect::<Result<_, _>>().map_err(&failed)
    }

    /// Enters that rows are to be left out from now on, or that they are not any more.
    pub fn exclude(
        &self,
        run: RunId,
        key: &RowKey,
        exclusion: Option<&Exclusion>,
    ) -> Result<(), LedgerError> {
        let entered = match exclusion.filter(|of| of.rows > 0) {
            Some(of) => self.connection.execute(
                "INSERT OR REPLACE INTO exclusions (kind, cells, rows, decided, run, reason) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    key.kind,
                    key.cells,
                    i64::try_from(of.rows).unwrap_or(i64::MAX),
                    of.decided,
                    run.0,
                    of.reason,
                ],
            ),
            None => self.connection.execute(
                "DELETE FROM exclusions WHERE kind = ?1 AND cells = ?2",
                params![key.kind, key.cells],
            ),
        };
        entered.map(drop).map_err(self.failed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_holds_until_it_is_changed_or_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let run = ledger.begin_run("plan", None, "now").unwrap();
        let key = RowKey {
            kind: "plan_line".to_owned(),
            cells: "0f".to_owned(),
        };
        let decided = |rows| Exclusion {
            rows,
            reason: "注記".to_owned(),
            decided: "2026/11/3".to_owned(),
        };
        for (entered, expected) in [
            (Some(decided(1)), Some(decided(1))),
            (Some(decided(2)), Some(decided(2))),
            (Some(decided(0)), None),
            (Some(decided(1)), Some(decided(1))),
            (None, None),
        ] {
            ledger.exclude(run, &key, entered.as_ref()).unwrap();
            let known = ledger.exclusions().unwrap();
            assert_eq!(known.get(&key), expected.as_ref());
        }
    }
}
