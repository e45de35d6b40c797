//! What was fetched for a proposal: kept whole before anything is written from it.

use rusqlite::params;

use super::{Ledger, LedgerError};

impl Ledger {
    /// Keeps the pages of a fetch for a proposal, all of them or none.
    pub fn stage(&mut self, proposal: i64, pages: &[Vec<u8>]) -> Result<(), LedgerError> {
        let failed = self.failed();
        let transaction = self.connection.transaction().map_err(&failed)?;
        for (number, body) in (0_i64..).zip(pages) {
            transaction
                .prepare_cached("INSERT INTO staged (proposal, page, body) VALUES (?1, ?2, ?3)")
                .and_then(|mut insert| insert.execute(params![proposal, number, body]))
                .map_err(&failed)?;
        }
        transaction.commit().map_err(&failed)
    }

    /// The pages that were kept for a proposal, in order.
    pub fn staged(&self, proposal: i64) -> Result<Vec<Vec<u8>>, LedgerError> {
        let mut query = self
            .connection
            .prepare("SELECT body FROM staged WHERE proposal = ?1 ORDER BY page")
            .map_err(self.failed())?;
        let rows = query
            .query_map([proposal], |row| row.get(0))
            .map_err(self.failed())?;
        rows.collect::<Result<_, _>>().map_err(self.failed())
    }
}
