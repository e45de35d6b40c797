//! Sendings: intended on disk before they leave, settled when their outcome is known.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use rusqlite::{OptionalExtension as _, Row, Transaction, ffi, params};

use crate::disk::{Digest, Fingerprint};

use super::kept::forget_kept;
use super::{Ledger, LedgerError, RunId};

/// An item that is about to leave, or whose outcome is not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Its number here.
    pub id: i64,
    /// Where it goes.
    pub collection: String,
    /// Its key there.
    pub key: String,
    /// The digest of its body.
    pub digest: Digest,
}

/// An item to be intended.
#[derive(Debug, Clone, Copy)]
pub struct Sending<'a> {
    /// Its key.
    pub key: &'a str,
    /// Its body.
    pub body: &'a [u8],
    /// The digest of its body.
    pub digest: &'a Digest,
    /// What the way back needs to know of where it came from; this module does not look in.
    pub source: &'a [u8],
    /// What it was made from, where that is known.
    pub made_from: Option<Fingerprint>,
}

/// What became of a sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The service holds it, in this version.
    Accepted {
        /// The version there.
        revision: String,
    },
    /// The service refused it.
    Rejected,
    /// The service holds another version than the one that was looked at.
    Conflict,
    /// It did not arrive; it may be sent again.
    NotReceived,
    /// It was on its way, the service was asked, and does not hold it. It may be sent again,
    /// and may still arrive late, so it is asked about again.
    NotFound,
}

/// What the service took last for a key, with all that is kept of it.
#[cfg(test)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) body: Vec<u8>,
    pub(crate) digest: Digest,
    pub(crate) source: Vec<u8>,
    pub(crate) revision: String,
}

/// What the service took last for a key, without what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentVersion {
    /// The digest of its body.
    pub digest: Digest,
    /// The version there.
    pub revision: String,
    /// What the body was made from, where that is known.
    pub made_from: Option<Fingerprint>,
}

/// For so many runs an answer that was never given may still be found.
const DOUBTED_FOR: i64 = 20;

impl Ledger {
    /// Writes down that items are about to leave. They may leave when this has returned.
    pub fn intend(
        &mut self,
        run: RunId,
        collection: &str,
        sendings: &[Sending<'_>],
    ) -> Result<Vec<Intent>, LedgerError> {
        self.settle_and_intend(&[], run, collection, sendings)
    }

    /// Enters what became of sendings, all of them or none.
    pub fn settle(&mut self, outcomes: &[(Intent, Settled)]) -> Result<(), LedgerError> {
        let failed = self.failed();
        let transaction = self.connection.transaction().map_err(&failed)?;
        settle_all(&transaction, outcomes).map_err(&failed)?;
        transaction.commit().map_err(&failed)
    }

    /// Both at once: a commit waits for the disk, and a long registration waits once for what
    /// has come in and for what leaves next.
    pub fn settle_and_intend(
        &mut self,
        outcomes: &[(Intent, Settled)],
        run: RunId,
        collection: &str,
        sendings: &[Sending<'_>],
    ) -> Result<Vec<Intent>, LedgerError> {
        let failed = self.failed();
        let transaction = self.connection.transaction().map_err(&failed)?;
        settle_all(&transaction, outcomes).map_err(&failed)?;
        let intents = intend_all(&transaction, run, collection, sendings).map_err(&failed)?;
        transaction.commit().map_err(&failed)?;
        Ok(intents)
    }

    /// Remembers what is held just so, in the version there, as if it was sent and accepted now:
    /// all of it or none.
    pub fn adopt(
        &mut self,
        run: RunId,
        collection: &str,
        held: &[(Sending<'_>, &str)],
    ) -> Result<(), LedgerError> {
        if held.is_empty() {
            return Ok(());
        }
        let failed = self.failed();
        let sendings: Vec<Sending<'_>> = held.iter().map(|(sending, _)| *sending).collect();
        let transaction = self.connection.transaction().map_err(&failed)?;
        let intents = intend_all(&transaction, run, collection, &sendings).map_err(&failed)?;
        let revisions = held.iter().map(|(_, revision)| Settled::Accepted {
            revision: (*revision).to_owned(),
        });
        let outcomes: Vec<_> = intents.into_iter().zip(revisions).collect();
        settle_all(&transaction, &outcomes).map_err(&failed)?;
        transaction.commit().map_err(&failed)
    }

    /// Sendings whose outcome nobody knows: the process ended, or no answer came.
    pub fn unsettled(&self) -> Result<Vec<Intent>, LedgerError> {
        self.intents("state = 'intended'")
    }

    /// Sendings that were asked about and not found, and may have arrived since. Something
    /// accepted for the same key ends the doubt, because a late batch then comes with a
    /// condition that no longer holds; so do twenty further runs.
    pub fn in_doubt(&self) -> Result<Vec<Intent>, LedgerError> {
        self.intents(&format!(
            "in_doubt = 1 AND run + {DOUBTED_FOR} >= (SELECT max(id) FROM runs)"
        ))
    }

    fn intents(&self, which: &str) -> Result<Vec<Intent>, LedgerError> {
        let mut query = self
            .connection
            .prepare_cached(&format!(
                // By `+id`, or all sendings there ever were are looked through in their order.
                "SELECT id, collection, key, digest FROM sendings WHERE {which} ORDER BY +id"
            ))
            .map_err(self.failed())?;
        let rows = query
            .query_map([], |row| {
                Ok(Intent {
                    id: row.get(0)?,
                    collection: row.get(1)?,
                    key: row.get(2)?,
                    digest: Digest::stored(&row.get::<_, String>(3)?),
                })
            })
            .map_err(self.failed())?;
        rows.collect::<Result<_, _>>().map_err(self.failed())
    }

    /// Which versions the service took last, for every key of a collection, in the order of the
    /// keys.
    pub fn sent_versions(
        &self,
        collection: &str,
    ) -> Result<IndexMap<String, SentVersion>, LedgerError> {
        // To grow a map again and again takes as long as to fill it.
        let count: Vec<u32> = self.of_collection(
            "SELECT count(*) FROM sent WHERE collection = ?1",
            collection,
            |row| row.get(0),
        )?;
        let mut versions = IndexMap::with_capacity(count.into_iter().sum::<u32>() as usize);
        let (): () = self.of_collection(
            "SELECT key, digest, revision, made_from FROM sent WHERE collection = ?1 ORDER BY key",
            collection,
            |row| {
                let revision = row.get_ref(2)?.as_str()?;
                if revision.contains('\0') {
                    return Err(damaged());
                }
                let version = SentVersion {
                    digest: Digest::stored(row.get_ref(1)?.as_str()?),
                    revision: revision.to_owned(),
                    made_from: row
                        .get_ref(3)?
                        .as_blob_or_null()?
                        .and_then(Fingerprint::stored),
                };
                versions.insert(row.get(0)?, version);
                Ok(())
            },
        )?;
        Ok(versions)
    }

    /// The body that the service took last for a key.
    pub fn sent_body(&self, collection: &str, key: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        self.connection
            .prepare_cached(
                "SELECT body, digest FROM sent LEFT JOIN bodies USING (sending) \
                 WHERE collection = ?1 AND key = ?2",
            )
            .and_then(|mut query| {
                query
                    .query_row([collection, key], |row| whole_body(row).map(<[u8]>::to_vec))
                    .optional()
            })
            .map_err(self.failed())
    }

    /// Hands over the bodies that are registered of a collection, in no order: those that the
    /// service took last, and where we have sent nothing, what it has and was decided to keep.
    pub fn registered(
        &self,
        collection: &str,
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), LedgerError> {
        let (): () = self.of_collection(
            "SELECT body, digest FROM sent LEFT JOIN bodies USING (sending) WHERE collection = ?1",
            collection,
            |row| whole_body(row).map(&mut take),
        )?;
        self.of_collection(
            "SELECT body FROM kept WHERE collection = ?1 AND NOT EXISTS (SELECT 1 FROM sent \
             WHERE sent.collection = kept.collection AND sent.key = kept.key)",
            collection,
            |row| {
                take(row.get_ref(0)?.as_blob()?);
                Ok(())
            },
        )
    }

    /// What was kept for the way back of everything that the service took last.
    pub fn sources(&self, collection: &str) -> Result<Vec<Vec<u8>>, LedgerError> {
        self.of_collection(
            "SELECT body, digest, source FROM sent LEFT JOIN bodies USING (sending) \
             WHERE collection = ?1",
            collection,
            |row| {
                // The body is the end of its row: where it is whole, the rest is.
                whole_body(row)?;
                row.get(2)
            },
        )
    }

    /// Of what the service took last for keys of a collection, those with which something else
    /// is kept for the way back than is said here. No body is read.
    pub fn with_other_sources<'k>(
        &self,
        collection: &str,
        sources: &HashMap<&'k str, &[u8]>,
    ) -> Result<HashSet<&'k str>, LedgerError> {
        let others: Vec<Option<&str>> = self.of_collection(
            "SELECT key, source FROM sent LEFT JOIN bodies USING (sending) WHERE collection = ?1",
            collection,
            |row| {
                let known = sources.get_key_value(row.get_ref(0)?.as_str()?);
                let kept = row.get_ref(1)?.as_blob_or_null()?;
                Ok(known.and_then(|(key, source)| (kept != Some(*source)).then_some(*key)))
            },
        )?;
        Ok(others.into_iter().flatten().collect())
    }

    /// Asks for rows of a collection.
    fn of_collection<T, C: FromIterator<T>>(
        &self,
        query: &str,
        collection: &str,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<C, LedgerError> {
        self.connection
            .prepare_cached(query)
            .and_then(|mut query| query.query_map([collection], read)?.collect())
            .map_err(self.failed())
    }

    /// The name of every collection that something was taken of.
    pub fn collections(&self) -> Result<Vec<String>, LedgerError> {
        let mut query = self
            .connection
            .prepare("SELECT DISTINCT collection FROM sent ORDER BY collection")
            .map_err(self.failed())?;
        let rows = query
            .query_map([], |row| row.get(0))
            .map_err(self.failed())?;
        rows.collect::<Result<_, _>>().map_err(self.failed())
    }

    /// What the service took last, for every key of a collection.
    #[cfg(test)]
    pub(crate) fn sent(&self, collection: &str) -> Result<HashMap<String, Sent>, LedgerError> {
        self.of_collection(
            "SELECT body, digest, source, revision, key \
             FROM sent LEFT JOIN bodies USING (sending) WHERE collection = ?1",
            collection,
            |row| {
                let sent = Sent {
                    body: whole_body(row)?.to_vec(),
                    digest: Digest::stored(row.get_ref(1)?.as_str()?),
                    source: row.get(2)?,
                    revision: row.get(3)?,
                };
                Ok((row.get(4)?, sent))
            },
        )
    }
}

/// The body in the first column of a row, whose digest is in the second one.
fn whole_body<'r>(row: &'r Row<'_>) -> rusqlite::Result<&'r [u8]> {
    let body = row.get_ref(0)?.as_blob_or_null()?;
    let digest = row.get_ref(1)?.as_str()?;
    body.filter(|body| Digest::is_of(digest, body))
        .ok_or_else(damaged)
}

/// What SQLite says where it notices damage by itself.
pub(super) fn damaged() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), None)
}

fn settle_all(
    transaction: &Transaction<'_>,
    outcomes: &[(Intent, Settled)],
) -> Result<(), rusqlite::Error> {
    for (intent, settled) in outcomes {
        let (state, in_doubt) = match settled {
            Settled::Accepted { revision } => {
                accept(transaction, intent, revision)?;
                ("accepted", false)
            }
            Settled::Rejected => ("rejected", false),
            Settled::Conflict => ("conflict", false),
            Settled::NotReceived => ("not_received", false),
            Settled::NotFound => ("not_received", true),
        };
        transaction
            .prepare_cached("UPDATE sendings SET state = ?2, in_doubt = ?3 WHERE id = ?1")?
            .execute(params![intent.id, state, in_doubt])?;
    }
    Ok(())
}

/// Remembers what the service holds now, and no longer doubts anything older of its key.
fn accept(
    transaction: &Transaction<'_>,
    intent: &Intent,
    revision: &str,
) -> Result<(), rusqlite::Error> {
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO sent \
             (collection, key, sending, digest, run, revision, made_from) \
             SELECT collection, key, id, digest, run, ?2, made_from FROM sendings WHERE id = ?1",
        )?
        .execute(params![intent.id, revision])?;
    forget_kept(transaction, intent)?;
    transaction
        .prepare_cached(
            "UPDATE sendings SET in_doubt = 0 \
             WHERE collection = ?1 AND key = ?2 AND in_doubt = 1",
        )?
        .execute(params![intent.collection, intent.key])?;
    Ok(())
}

fn intend_all(
    transaction: &Transaction<'_>,
    run: RunId,
    collection: &str,
    sendings: &[Sending<'_>],
) -> Result<Vec<Intent>, rusqlite::Error> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO sendings (run, collection, key, digest, state, made_from) \
         VALUES (?1, ?2, ?3, ?4, 'intended', ?5)",
    )?;
    let mut insert_body = transaction
        .prepare_cached("INSERT INTO bodies (sending, source, body) VALUES (?1, ?2, ?3)")?;
    let intend = |sending: &Sending<'_>| {
        let digest = sending.digest.as_str();
        let made_from = sending.made_from.as_ref().map(Fingerprint::as_bytes);
        insert.execute(params![run.0, collection, sending.key, digest, made_from])?;
        let id = transaction.last_insert_rowid();
        insert_body.execute(params![id, sending.source, sending.body])?;
        Ok(Intent {
            id,
            collection: collection.to_owned(),
            key: sending.key.to_owned(),
            digest: sending.digest.clone(),
        })
    };
    sendings.iter().map(intend).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intent_outlives_the_process_and_ends_when_it_is_settled() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        let digest = Digest::of(b"{}");
        let sending = Sending {
            key: "k",
            body: b"{}",
            digest: &digest,
            source: b"",
            made_from: None,
        };
        {
            let mut ledger = Ledger::open(&path).unwrap();
            let run = ledger.begin_run("basics", None, "now").unwrap();
            ledger.intend(run, "clients", &[sending]).unwrap();
        }
        let mut ledger = Ledger::open(&path).unwrap();
        let open = ledger.unsettled().unwrap();
        assert_eq!(open.len(), 1);
        assert!(ledger.sent("clients").unwrap().is_empty());
        let accepted = Settled::Accepted {
            revision: "r1".to_owned(),
        };
        ledger.settle(&[(open[0].clone(), accepted)]).unwrap();
        assert_eq!(ledger.unsettled().unwrap(), []);
        assert_eq!(ledger.sent("clients").unwrap()["k"].revision, "r1");
    }

    fn ledger() -> (tempfile::TempDir, Ledger) {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger.sqlite")).unwrap();
        (folder, ledger)
    }

    fn intend(ledger: &mut Ledger, run: RunId, body: &[u8]) -> Intent {
        let digest = Digest::of(body);
        let sending = Sending {
            key: "k",
            body,
            digest: &digest,
            source: b"",
            made_from: None,
        };
        let intents = ledger.intend(run, "clients", &[sending]).unwrap();
        intents.into_iter().next().unwrap()
    }

    fn accepted(revision: &str) -> Settled {
        Settled::Accepted {
            revision: revision.to_owned(),
        }
    }

    #[test]
    fn what_was_not_found_is_in_doubt_until_something_of_its_key_is_accepted() {
        let (_folder, mut ledger) = ledger();
        let run = ledger.begin_run("basics", None, "now").unwrap();
        let first = intend(&mut ledger, run, b"1");
        ledger
            .settle(&[(first.clone(), Settled::NotFound)])
            .unwrap();
        assert_eq!(ledger.unsettled().unwrap(), []);
        assert_eq!(ledger.in_doubt().unwrap(), std::slice::from_ref(&first));
        let second = intend(&mut ledger, run, b"2");
        ledger
            .settle(&[(second.clone(), Settled::Rejected)])
            .unwrap();
        assert_eq!(ledger.in_doubt().unwrap(), [first]);
        ledger.settle(&[(second, accepted("r2"))]).unwrap();
        assert_eq!(ledger.in_doubt().unwrap(), []);
    }

    #[test]
    fn a_doubt_does_not_outlive_many_runs() {
        let (_folder, mut ledger) = ledger();
        let run = ledger.begin_run("basics", None, "now").unwrap();
        let intent = intend(&mut ledger, run, b"1");
        ledger.settle(&[(intent, Settled::NotFound)]).unwrap();
        for _ in 0..DOUBTED_FOR {
            assert_eq!(ledger.in_doubt().unwrap().len(), 1);
            ledger.begin_run("basics", None, "now").unwrap();
        }
        assert_eq!(ledger.in_doubt().unwrap().len(), 1);
        ledger.begin_run("basics", None, "now").unwrap();
        assert_eq!(ledger.in_doubt().unwrap(), []);
    }
}
