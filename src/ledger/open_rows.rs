//! What is still open: the withheld rows of a month, or of the basic data, file by file, and what
//! was said of them; and the error workbook that shows them.
//!
//! A run reads what lies in the inbox, and what is open lies mostly in the archive. So each run
//! leaves here what stayed open, and the next one makes its workbook of both.

use rusqlite::{OptionalExtension as _, params};

use crate::disk::Digest;
use crate::model::YearMonth;

use super::{Ledger, LedgerError};

/// What is open of a file.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenFile {
    /// The step that it is open for.
    pub step: String,
    /// The file's name in the inbox; empty for what came from Care-wing.
    pub name: String,
    /// The digest of its bytes; of nothing for what came from Care-wing.
    pub digest: Digest,
    /// The run that read all of it last.
    pub read_in: i64,
    /// Its open rows and what is said of them, as JSON.
    pub rows: String,
}

/// The file and never its rows: they name people.
impl std::fmt::Debug for OpenFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenFile({}, {})", self.step, self.read_in)
    }
}

/// What a month is known by; basic data belongs to none.
fn of_month(month: Option<YearMonth>) -> String {
    month.map_or_else(String::new, |month| month.to_string())
}

impl Ledger {
    /// What is open of a month, or of the basic data, file by file in the order in which they
    /// were read.
    pub fn open_files(&self, month: Option<YearMonth>) -> Result<Vec<OpenFile>, LedgerError> {
        let failed = self.failed();
        let mut query = self
            .connection
            .prepare(
                "SELECT step, name, digest, run, rows FROM open_files WHERE month = ?1 \
                 ORDER BY run, name",
            )
            .map_err(&failed)?;
        let rows = query
            .query_map([of_month(month)], |row| {
                Ok(OpenFile {
                    step: row.get(0)?,
                    name: row.get(1)?,
                    digest: Digest::stored(&row.get::<_, String>(2)?),
                    read_in: row.get(3)?,
                    rows: row.get(4)?,
                })
            })
            .map_err(&failed)?;
        rows.collect::<Result<_, _>>().map_err(&failed)
    }

    /// Enters what is open from now on, in the place of what was. All of it or none only
    /// [at once](Self::at_once).
    pub fn leave_open(
        &self,
        month: Option<YearMonth>,
        files: &[OpenFile],
    ) -> Result<(), LedgerError> {
        let month = of_month(month);
        self.connection
            .execute("DELETE FROM open_files WHERE month = ?1", [&month])
            .map_err(self.failed())?;
        for file in files {
            self.connection
                .prepare_cached(
                    "INSERT INTO open_files (month, step, name, digest, run, rows) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )
                .and_then(|mut insert| {
                    insert.execute(params![
                        month,
                        file.step,
                        file.name,
                        file.digest.as_str(),
                        file.read_in,
                        file.rows,
                    ])
                })
                .map_err(self.failed())?;
        }
        Ok(())
    }

    /// The digest of the error workbook of a name as it was last written here.
    pub fn workbook(&self, name: &str) -> Result<Option<Digest>, LedgerError> {
        self.connection
            .query_row(
                "SELECT digest FROM error_workbooks WHERE name = ?1",
                [name],
                |row| row.get::<_, String>(0),
            )
            .optional()
            .map(|digest| digest.map(|digest| Digest::stored(&digest)))
            .map_err(self.failed())
    }

    /// Enters how an error workbook was written, so that it shows whether somebody has
    /// written into it.
    pub fn wrote_workbook(&self, name: &str, digest: &Digest) -> Result<(), LedgerError> {
        self.connection
            .execute(
                "INSERT OR REPLACE INTO error_workbooks (name, digest) VALUES (?1, ?2)",
                params![name, digest.as_str()],
            )
            .map(drop)
            .map_err(self.failed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_stays_until_it_is_replaced_month_by_month() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let run = ledger.begin_run("plan", None, "now").unwrap();
        let file = |name: &str| OpenFile {
            step: "plan".to_owned(),
            name: name.to_owned(),
            digest: Digest::of(name.as_bytes()),
            read_in: run.number(),
            rows: "{}".to_owned(),
        };
        let october = YearMonth::new(2026, 10);
        let both = [file("a.csv"), file("b.csv")];
        ledger.leave_open(october, &both).unwrap();
        ledger.leave_open(None, &[file("clients.csv")]).unwrap();
        assert_eq!(ledger.open_files(october).unwrap(), both);
        ledger.leave_open(october, &both[1..]).unwrap();
        assert_eq!(ledger.open_files(october).unwrap(), both[1..]);
        assert_eq!(ledger.open_files(None).unwrap(), [file("clients.csv")]);
        assert_eq!(ledger.open_files(YearMonth::new(2026, 11)).unwrap(), []);
    }

    #[test]
    fn a_workbook_is_known_as_it_was_last_written() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger.sqlite")).unwrap();
        assert_eq!(ledger.workbook("a.xlsx").unwrap(), None);
        for bytes in [&b"one"[..], b"two"] {
            let digest = Digest::of(bytes);
            ledger.wrote_workbook("a.xlsx", &digest).unwrap();
            assert_eq!(ledger.workbook("a.xlsx").unwrap(), Some(digest));
        }
    }
}
