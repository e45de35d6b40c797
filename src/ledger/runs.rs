//! Runs, their inputs and events, and the machine that the folder is bound to.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension as _, params};

use crate::disk::Digest;
use crate::model::YearMonth;

use super::{Ledger, LedgerError};

/// A run of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunId(pub(super) i64);

impl std::fmt::Display for RunId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Ledger {
    /// Enters that a command begins.
    pub fn begin_run(
        &self,
        command: &str,
        month: Option<YearMonth>,
        now: &str,
    ) -> Result<RunId, LedgerError> {
        self.connection
            .execute(
                "INSERT INTO runs (command, month, started_at) VALUES (?1, ?2, ?3)",
                params![command, month.map(|month| month.to_string()), now],
            )
            .map_err(self.failed())?;
        Ok(RunId(self.connection.last_insert_rowid()))
    }

    /// Enters how the command ended.
    pub fn end_run(&self, run: RunId, exit_code: u8, now: &str) -> Result<(), LedgerError> {
        self.connection
            .execute(
                "UPDATE runs SET ended_at = ?2, exit_code = ?3 WHERE id = ?1",
                params![run.0, now, exit_code],
            )
            .map(drop)
            .map_err(self.failed())
    }

    /// Enters something that happened, with a count. Never the content of a row.
    pub fn event(&self, run: RunId, what: &str, count: usize) -> Result<(), LedgerError> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.connection
            .execute(
                "INSERT INTO events (run, what, count) VALUES (?1, ?2, ?3)",
                params![run.0, what, count],
            )
            .map(drop)
            .map_err(self.failed())
    }

    /// Enters a file that the run has read.
    pub fn input(
        &self,
        run: RunId,
        digest: &Digest,
        name: &str,
        rows: usize,
    ) -> Result<(), LedgerError> {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        self.connection
            .prepare_cached(
                "INSERT OR IGNORE INTO inputs (run, digest, name, rows) VALUES (?1, ?2, ?3, ?4)",
            )
            .and_then(|mut insert| insert.execute(params![run.0, digest.as_str(), name, rows]))
            .map(drop)
            .map_err(self.failed())
    }

    /// What was finished of a file: a month for its plans, `None` for its basic data.
    pub fn finished(&self, digest: &Digest) -> Result<BTreeSet<Option<YearMonth>>, LedgerError> {
        // Exit codes 0 and 3: the run went to its end, and what it withheld was reported.
        let mut query = self
            .connection
            .prepare_cached(
                "SELECT DISTINCT runs.month FROM inputs JOIN runs ON runs.id = inputs.run \
                 WHERE inputs.digest = ?1 AND runs.exit_code IN (0, 3)",
            )
            .map_err(self.failed())?;
        let months = query
            .query_map([digest.as_str()], |row| row.get::<_, Option<String>>(0))
            .map_err(self.failed())?;
        months
            .map(|month| month.map(|month| month.and_then(|month| YearMonth::parse(&month))))
            .collect::<Result<_, _>>()
            .map_err(self.failed())
    }

    /// Binds the folder to a machine, known by the digest of its id.
    pub fn bind(&self, device: &Digest, now: &str) -> Result<(), LedgerError> {
        self.connection
            .execute(
                "INSERT OR REPLACE INTO binding (one, device, connected_at) VALUES (1, ?1, ?2)",
                params![device.as_str(), now],
            )
            .map(drop)
            .map_err(self.failed())
    }

    /// The machine that the folder is bound to, if it is.
    pub fn bound_to(&self) -> Result<Option<Digest>, LedgerError> {
        self.connection
            .query_row("SELECT device FROM binding", [], |row| {
                row.get::<_, String>(0)
            })
            .optional()
            .map(|device| device.map(|device| Digest::stored(&device)))
            .map_err(self.failed())
    }
}
