//! Sendings: intended on disk before they leave, settled when their outcome is known.

use std::collections::HashMap;

use rusqlite::params;

use crate::disk::Digest;

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
}

/// What the service took last for a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The body.
    pub body: Vec<u8>,
    /// Its digest.
    pub digest: Digest,
    /// What was kept for the way back.
    pub source: Vec<u8>,
    /// The version there.
    pub revision: String,
}

impl Ledger {
    /// Writes down that items are about to leave. They may leave when this has returned.
    pub fn intend(
        &mut self,
        run: RunId,
        collection: &str,
        sendings: &[Sending<'_>],
    ) -> Result<Vec<Intent>, LedgerError> {
        let failed = self.failed();
        let transaction = self.connection.transaction().map_err(&failed)?;
        let mut intents = Vec::with_capacity(sendings.len());
        for sending in sendings {
            transaction
                .prepare_cached(
                    "INSERT INTO sendings (run, collection, key, body, digest, source, state) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'intended')",
                )
                .and_then(|mut insert| {
                    insert.execute(params![
                        run.0,
                        collection,
                        sending.key,
                        sending.body,
                        sending.digest.as_str(),
                        sending.source,
                    ])
                })
                .map_err(&failed)?;
            intents.push(Intent {
                id: transaction.last_insert_rowid(),
                collection: collection.to_owned(),
                key: sending.key.to_owned(),
                digest: sending.digest.clone(),
            });
        }
        transaction.commit().map_err(&failed)?;
        Ok(intents)
    }

    /// Enters what became of sendings, all of them or none.
    pub fn settle(&mut self, outcomes: &[(Intent, Settled)]) -> Result<(), LedgerError> {
        let failed = self.failed();
        let transaction = self.connection.transaction().map_err(&failed)?;
        for (intent, settled) in outcomes {
            let state = match settled {
                Settled::Accepted { revision } => {
                    transaction
                        .prepare_cached(
                            "INSERT OR REPLACE INTO sent \
                             (collection, key, body, digest, source, revision, run) \
                             SELECT collection, key, body, digest, source, ?2, run \
                             FROM sendings WHERE id = ?1",
                        )
                        .and_then(|mut insert| insert.execute(params![intent.id, revision]))
                        .map_err(&failed)?;
                    forget_kept(&transaction, intent).map_err(&failed)?;
                    "accepted"
                }
                Settled::Rejected => "rejected",
                Settled::Conflict => "conflict",
                Settled::NotReceived => "not_received",
            };
            transaction
                .prepare_cached("UPDATE sendings SET state = ?2 WHERE id = ?1")
                .and_then(|mut update| update.execute(params![intent.id, state]))
                .map_err(&failed)?;
        }
        transaction.commit().map_err(&failed)
    }

    /// Sendings whose outcome nobody knows: the process ended, or no answer came.
    pub fn unsettled(&self) -> Result<Vec<Intent>, LedgerError> {
        let mut query = self
            .connection
            .prepare(
                "SELECT id, collection, key, digest FROM sendings \
                 WHERE state = 'intended' ORDER BY id",
            )
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

    /// What the service took last, for every key of a collection.
    pub fn sent(&self, collection: &str) -> Result<HashMap<String, Sent>, LedgerError> {
        let mut query = self
            .connection
            .prepare("SELECT key, body, digest, source, revision FROM sent WHERE collection = ?1")
            .map_err(self.failed())?;
        let rows = query
            .query_map([collection], |row| {
                let sent = Sent {
                    body: row.get(1)?,
                    digest: Digest::stored(&row.get::<_, String>(2)?),
                    source: row.get(3)?,
                    revision: row.get(4)?,
                };
                Ok((row.get(0)?, sent))
            })
            .map_err(self.failed())?;
        rows.collect::<Result<_, _>>().map_err(self.failed())
    }
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
}
