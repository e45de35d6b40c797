//! Months that are locked: their claims are closed, and nothing of them changes by accident.

use rusqlite::{OptionalExtension as _, Row, params};

use crate::model::YearMonth;

use super::{Ledger, LedgerError, RunId};

/// A month that is locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedMonth {
    /// The month.
    pub month: YearMonth,
    /// Since when, as RFC 3339.
    pub since: String,
}

impl Ledger {
    /// Locks a month, with an event of the run; `false` where it is locked already, and then
    /// the time of the first lock stays.
    pub fn lock_month(
        &mut self,
        run: RunId,
        month: YearMonth,
        now: &str,
    ) -> Result<bool, LedgerError> {
        self.change_lock(
            run,
            "locked",
            "INSERT OR IGNORE INTO locks (month, locked_at, run) VALUES (?1, ?2, ?3)",
            params![month.to_string(), now, run.0],
        )
    }

    /// Unlocks a month, with an event of the run; `false` where it is not locked.
    pub fn unlock_month(&mut self, run: RunId, month: YearMonth) -> Result<bool, LedgerError> {
        self.change_lock(
            run,
            "unlocked",
            "DELETE FROM locks WHERE month = ?1",
            params![month.to_string()],
        )
    }

    /// The lock and the event that tells of it, both or neither.
    fn change_lock(
        &mut self,
        run: RunId,
        what: &str,
        change: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<bool, LedgerError> {
        let failed = self.failed();
        let transaction = self.connection.transaction().map_err(&failed)?;
        let changed = transaction.execute(change, values).map_err(&failed)?;
        transaction
            .execute(
                "INSERT INTO events (run, what, count) VALUES (?1, ?2, ?3)",
                params![run.0, what, i64::from(changed > 0)],
            )
            .map_err(&failed)?;
        transaction.commit().map_err(&failed)?;
        Ok(changed > 0)
    }

    /// The lock of a month, if it has one.
    pub fn lock_of(&self, month: YearMonth) -> Result<Option<LockedMonth>, LedgerError> {
        let lock = self
            .connection
            .query_row(
                "SELECT month, locked_at FROM locks WHERE month = ?1",
                [month.to_string()],
                locked,
            )
            .optional()
            .map_err(self.failed())?;
        Ok(lock.flatten())
    }

    /// Every month that is locked, the earliest first.
    pub fn locked_months(&self) -> Result<Vec<LockedMonth>, LedgerError> {
        let mut query = self
            .connection
            .prepare("SELECT month, locked_at FROM locks ORDER BY month")
            .map_err(self.failed())?;
        let rows = query.query_map([], locked).map_err(self.failed())?;
        let months: Result<Vec<_>, _> = rows.collect();
        Ok(months
            .map_err(self.failed())?
            .into_iter()
            .flatten()
            .collect())
    }
}

fn locked(row: &Row<'_>) -> rusqlite::Result<Option<LockedMonth>> {
    let month: String = row.get(0)?;
    let since = row.get(1)?;
    Ok(YearMonth::parse(&month).map(|month| LockedMonth { month, since }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(month: u32) -> YearMonth {
        YearMonth::new(2026, month).unwrap()
    }

    #[test]
    fn a_lock_stays_as_it_was_first_made_until_it_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        {
            let mut ledger = Ledger::open(&path).unwrap();
            let run = ledger.begin_run("lock", Some(month(10)), "t").unwrap();
            assert!(ledger.lock_month(run, month(10), "first").unwrap());
            assert!(!ledger.lock_month(run, month(10), "second").unwrap());
            assert!(ledger.lock_month(run, month(9), "third").unwrap());
        }
        let mut ledger = Ledger::open(&path).unwrap();
        let locked = |month, since: &str| LockedMonth {
            month,
            since: since.to_owned(),
        };
        assert_eq!(
            ledger.locked_months().unwrap(),
            [locked(month(9), "third"), locked(month(10), "first")]
        );
        let run = ledger.begin_run("unlock", Some(month(10)), "t").unwrap();
        assert!(ledger.unlock_month(run, month(10)).unwrap());
        assert!(!ledger.unlock_month(run, month(10)).unwrap());
        assert_eq!(ledger.lock_of(month(10)).unwrap(), None);
        assert_eq!(
            ledger.lock_of(month(9)).unwrap(),
            Some(locked(month(9), "third"))
        );
        let events: Vec<String> = ledger
            .connection
            .prepare("SELECT what || ' ' || count FROM events ORDER BY id")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(
            events,
            [
                "locked 1",
                "locked 0",
                "locked 1",
                "unlocked 1",
                "unlocked 0"
            ]
        );
    }
}
