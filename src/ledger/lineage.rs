//! What became of one item, and which files a run had read: for whoever asks where something
//! came from. Nothing is written here.

use rusqlite::{OptionalExtension as _, params};

use crate::disk::Digest;

use super::{Ledger, LedgerError, RunId};

/// What the service took last for a key, and in which run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastSent {
    /// Where it went.
    pub collection: String,
    /// Its key there.
    pub key: String,
    /// The digest of its body.
    pub digest: Digest,
    /// The run that sent it.
    pub run: RunId,
    /// That run's command.
    pub command: String,
    /// When that run began (RFC 3339).
    pub at: String,
}

impl Ledger {
    /// What the service took last for a key, in each collection that has it.
    pub fn last_sent(&self, key: &str) -> Result<Vec<LastSent>, LedgerError> {
        let mut query = self
            .connection
            .prepare(
                "SELECT collection, digest, run, command, started_at \
                 FROM sent JOIN runs ON runs.id = sent.run WHERE key = ?1 ORDER BY collection",
            )
            .map_err(self.failed())?;
        let rows = query
            .query_map([key], |row| {
                Ok(LastSent {
                    collection: row.get(0)?,
                    key: key.to_owned(),
                    digest: Digest::stored(&row.get::<_, String>(1)?),
                    run: RunId(row.get(2)?),
                    command: row.get(3)?,
                    at: row.get(4)?,
                })
            })
            .map_err(self.failed())?;
        rows.collect::<Result<_, _>>().map_err(self.failed())
    }

    /// Every key that the service has taken something for.
    pub fn keys_sent(&self) -> Result<Vec<String>, LedgerError> {
        let mut query = self
            .connection
            .prepare("SELECT DISTINCT key FROM sent ORDER BY key")
            .map_err(self.failed())?;
        let rows = query
            .query_map([], |row| row.get(0))
            .map_err(self.failed())?;
        rows.collect::<Result<_, _>>().map_err(self.failed())
    }

    /// Whether nobody knows yet what became of the last sending of a key.
    pub fn is_open(&self, collection: &str, key: &str) -> Result<bool, LedgerError> {
        self.connection
            .query_row(
                "SELECT state = 'intended' OR in_doubt = 1 FROM sendings \
                 WHERE collection = ?1 AND key = ?2 ORDER BY id DESC LIMIT 1",
                params![collection, key],
                |row| row.get(0),
            )
            .optional()
            .map(|open| open.unwrap_or(false))
            .map_err(self.failed())
    }

    /// What we would have sent when somebody decided that what stands there stays.
    pub fn kept_instead_of(
        &self,
        collection: &str,
        key: &str,
    ) -> Result<Option<Digest>, LedgerError> {
        self.connection
            .query_row(
                "SELECT ours FROM kept WHERE collection = ?1 AND key = ?2",
                params![collection, key],
                |row| row.get::<_, String>(0),
            )
            .optional()
            .map(|ours| ours.map(|ours| Digest::stored(&ours)))
            .map_err(self.failed())
    }

    /// The last run that was done with a file.
    pub fn reader_of(&self, file: &Digest) -> Result<Option<RunId>, LedgerError> {
        self.connection
            .query_row(
                "SELECT max(run) FROM inputs WHERE digest = ?1",
                [file.as_str()],
                |row| row.get::<_, Option<i64>>(0),
            )
            .map(|run| run.map(RunId))
            .map_err(self.failed())
    }

    /// The runs that were done with files of basic data, which have no month; the last one first,
    /// up to so many.
    pub fn runs_of_basics(&self, most: u32) -> Result<Vec<RunId>, LedgerError> {
        let mut query = self
            .connection
            .prepare(
                "SELECT DISTINCT runs.id FROM runs JOIN inputs ON inputs.run = runs.id \
                 WHERE runs.month IS NULL ORDER BY runs.id DESC LIMIT ?1",
            )
            .map_err(self.failed())?;
        let runs = query
            .query_map([most], |row| row.get(0).map(RunId))
            .map_err(self.failed())?;
        runs.collect::<Result<_, _>>().map_err(self.failed())
    }

    /// The files that a run was done with, each with its digest and the name it had then.
    pub fn inputs_of(&self, run: RunId) -> Result<Vec<(Digest, String)>, LedgerError> {
        let mut query = self
            .connection
            .prepare("SELECT digest, name FROM inputs WHERE run = ?1 ORDER BY name, digest")
            .map_err(self.failed())?;
        let rows = query
            .query_map([run.0], |row| {
                Ok((Digest::stored(&row.get::<_, String>(0)?), row.get(1)?))
            })
            .map_err(self.failed())?;
        rows.collect::<Result<_, _>>().map_err(self.failed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Sending, Settled};

    #[test]
    fn an_item_is_known_by_its_run_and_the_run_by_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let (file, digest) = (Digest::of(b"file"), Digest::of(b"{}"));
        let run = ledger.begin_run("basics", None, "then").unwrap();
        let sending = Sending {
            key: "k",
            body: b"{}",
            digest: &digest,
            source: b"",
            made_from: None,
        };
        let intent = ledger.intend(run, "clients", &[sending]).unwrap().remove(0);
        assert!(ledger.is_open("clients", "k").unwrap());
        assert_eq!(ledger.last_sent("k").unwrap(), []);

        let accepted = Settled::Accepted {
            revision: "r1".to_owned(),
        };
        ledger.settle(&[(intent, accepted)]).unwrap();
        ledger.input(run, &file, "clients.csv", 1).unwrap();
        assert!(!ledger.is_open("clients", "k").unwrap());
        let sent = ledger.last_sent("k").unwrap().remove(0);
        assert_eq!((sent.digest, sent.run, &*sent.at), (digest, run, "then"));
        assert_eq!(ledger.keys_sent().unwrap(), ["k"]);
        assert_eq!(ledger.reader_of(&file).unwrap(), Some(run));
        let inputs = ledger.inputs_of(run).unwrap();
        assert_eq!(inputs, [(file, "clients.csv".to_owned())]);
        assert_eq!(ledger.kept_instead_of("clients", "k").unwrap(), None);
    }
}
