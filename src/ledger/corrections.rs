//! What somebody has corrected in the rows of a file, and which runs knew of it.
//!
//! A file in the archive stays as it came. What was corrected in an error workbook stands here
//! beside it, with the run that took it in: so that it is known what a later workbook has
//! shown, and what was changed since.

use std::collections::BTreeMap;

use rusqlite::params;

use crate::disk::Digest;

use super::{Ledger, LedgerError, RunId, identity};

/// A cell of a file that says something else than the file.
#[derive(Clone, PartialEq, Eq)]
pub struct Correction {
    /// The sheet, in a workbook.
    pub sheet: Option<String>,
    /// The row as the user counts.
    pub row: u32,
    /// The column, counted from 0.
    pub column: usize,
    /// What it says.
    pub text: String,
    /// The run that took it in.
    pub run: i64,
}

/// The place and never the text: it may be a person's name.
impl std::fmt::Debug for Correction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Correction({}, {})", self.row, self.column)
    }
}

impl RunId {
    /// The number, for what is compared outside of the ledger.
    pub fn number(self) -> i64 {
        self.0
    }
}

impl Ledger {
    /// Which ledger this is.
    pub fn id(&self) -> Result<String, LedgerError> {
        let id = identity::id(&self.connection).map_err(self.failed())?;
        Ok(id.unwrap_or_default())
    }

    /// Enters corrections of a file; their own `run` is not looked at. All of them or none only
    /// [at once](Self::at_once).
    pub fn correct(
        &self,
        run: RunId,
        source: &Digest,
        corrections: &[Correction],
    ) -> Result<(), LedgerError> {
        for correction in corrections {
            let column = i64::try_from(correction.column).unwrap_or(i64::MAX);
            self.connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO corrections (source, sheet, row, place, run, text) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )
                .and_then(|mut insert| {
                    insert.execute(params![
                        source.as_str(),
                        correction.sheet.as_deref().unwrap_or_default(),
                        correction.row,
                        column,
                        run.0,
                        correction.text,
                    ])
                })
                .map_err(self.failed())?;
        }
        Ok(())
    }

    /// Forgets the corrections of a file that was dropped in again and read as it is: what was
    /// corrected in it earlier holds no more.
    pub fn forget_corrections(&self, source: &Digest) -> Result<(), LedgerError> {
        self.connection
            .prepare_cached("DELETE FROM corrections WHERE source = ?1")
            .and_then(|mut forget| forget.execute([source.as_str()]))
            .map(drop)
            .map_err(self.failed())
    }

    /// The corrections of a file, those of one cell in the order in which they were made.
    pub fn corrections(&self, source: &Digest) -> Result<Vec<Correction>, LedgerError> {
        let failed = self.failed();
        let mut query = self
            .connection
            .prepare(
                "SELECT sheet, row, place, text, run FROM corrections WHERE source = ?1 \
                 ORDER BY run",
            )
            .map_err(&failed)?;
        let rows = query
            .query_map([source.as_str()], |row| {
                let sheet: String = row.get(0)?;
                let column: i64 = row.get(2)?;
                Ok(Correction {
                    sheet: (!sheet.is_empty()).then_some(sheet),
                    row: row.get(1)?,
                    column: usize::try_from(column).unwrap_or(usize::MAX),
                    text: row.get(3)?,
                    run: row.get(4)?,
                })
            })
            .map_err(&failed)?;
        rows.collect::<Result<_, _>>().map_err(&failed)
    }

    /// The number of the last run; 0 where there was none.
    pub fn last_run(&self) -> Result<i64, LedgerError> {
        self.connection
            .query_row("SELECT coalesce(max(id), 0) FROM runs", [], |row| {
                row.get(0)
            })
            .map_err(self.failed())
    }

    /// Whether a later run has read another file of the same name; with the run that has read
    /// this one, only a run of the same month counts: an office may call its exports the same
    /// every month.
    pub fn has_newer_input(
        &self,
        name: &str,
        digest: &Digest,
        after: i64,
        read_in: Option<i64>,
    ) -> Result<bool, LedgerError> {
        self.connection
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM inputs JOIN runs ON runs.id = inputs.run \
                 WHERE name = ?1 AND digest <> ?2 AND run > ?3 AND (?4 IS NULL \
                 OR runs.month IS (SELECT month FROM runs WHERE id = ?4)))",
                params![name, digest.as_str(), after, read_in],
                |row| row.get(0),
            )
            .map_err(self.failed())
    }

    /// The keys of a collection that later runs have sent, those left out that had read the
    /// same file.
    pub fn sent_since(
        &self,
        collection: &str,
        source: &Digest,
        after: i64,
    ) -> Result<BTreeMap<String, Digest>, LedgerError> {
        let failed = self.failed();
        let mut query = self
            .connection
            .prepare(
                "SELECT key, digest FROM sent WHERE collection = ?1 AND run > ?2 \
                 AND NOT EXISTS (SELECT 1 FROM inputs WHERE inputs.run = sent.run \
                 AND inputs.digest = ?3)",
            )
            .map_err(&failed)?;
        let rows = query
            .query_map(params![collection, after, source.as_str()], |row| {
                Ok((row.get(0)?, Digest::stored(&row.get::<_, String>(1)?)))
            })
            .map_err(&failed)?;
        rows.collect::<Result<_, _>>().map_err(&failed)
    }
}
