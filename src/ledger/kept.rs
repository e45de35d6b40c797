//! What stays as Care-wing has it, because somebody has decided so.
//!
//! It is not what we sent: that stays where it is, and is shown beside the other sides when
//! one of them changes and the question comes up again.

use std::collections::HashMap;

use rusqlite::{Transaction, params};

use crate::disk::Digest;

use super::{Intent, Ledger, LedgerError, RunId};

/// Both sides of an item as they were when somebody decided that theirs stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The digest of what we would have sent.
    pub ours: Digest,
    /// The digest of what stood there; `None` where nothing did.
    pub theirs: Option<Digest>,
    /// What stood there; empty where nothing did.
    pub body: Vec<u8>,
}

/// An item that is to stay as Care-wing has it.
#[derive(Debug, Clone, Copy)]
pub struct Keeping<'a> {
    /// Its key.
    pub key: &'a str,
    /// The digest of what we would have sent.
    pub ours: &'a Digest,
    /// What stands there, with its digest.
    pub theirs: Option<(&'a Digest, &'a [u8])>,
}

impl Ledger {
    /// Remembers items that stay as they are there, all of them or none.
    pub fn keep(
        &mut self,
        run: RunId,
        collection: &str,
        items: &[Keeping<'_>],
    ) -> Result<(), LedgerError> {
        if items.is_empty() {
            return Ok(());
        }
        let failed = self.failed();
        let transaction = self.connection.transaction().map_err(&failed)?;
        for item in items {
            let (theirs, body) = item.theirs.map_or(("", [].as_slice()), |(digest, body)| {
                (digest.as_str(), body)
            });
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO kept (collection, key, ours, theirs, body, run) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )
                .and_then(|mut insert| {
                    insert.execute(params![
                        collection,
                        item.key,
                        item.ours.as_str(),
                        theirs,
                        body,
                        run.0,
                    ])
                })
                .map_err(&failed)?;
        }
        transaction.commit().map_err(&failed)
    }

    /// Everything that stays as it is there, by key.
    pub fn kept(&self, collection: &str) -> Result<HashMap<String, Kept>, LedgerError> {
        let mut query = self
            .connection
            .prepare("SELECT key, ours, theirs, body FROM kept WHERE collection = ?1")
            .map_err(self.failed())?;
        let rows = query
            .query_map([collection], |row| {
                let theirs: String = row.get(2)?;
                let kept = Kept {
                    ours: Digest::stored(&row.get::<_, String>(1)?),
                    theirs: (!theirs.is_empty()).then(|| Digest::stored(&theirs)),
                    body: row.get(3)?,
                };
                Ok((row.get(0)?, kept))
            })
            .map_err(self.failed())?;
        rows.collect::<Result<_, _>>().map_err(self.failed())
    }
}

/// What was accepted is ours again, and what was decided before is over.
pub(super) fn forget_kept(
    transaction: &Transaction<'_>,
    intent: &Intent,
) -> Result<(), rusqlite::Error> {
    transaction
        .prepare_cached("DELETE FROM kept WHERE collection = ?1 AND key = ?2")?
        .execute(params![intent.collection, intent.key])
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Sending, Settled};

    #[test]
    fn what_is_kept_is_remembered_until_ours_is_accepted() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let run = ledger.begin_run("basics", None, "now").unwrap();
        let (ours, theirs) = (Digest::of(b"ours"), Digest::of(b"theirs"));
        let edited = Keeping {
            key: "edited",
            ours: &ours,
            theirs: Some((&theirs, b"theirs")),
        };
        let deleted = Keeping {
            key: "deleted",
            theirs: None,
            ..edited
        };
        ledger.keep(run, "clients", &[edited, deleted]).unwrap();
        let kept = ledger.kept("clients").unwrap();
        assert_eq!(kept["edited"].theirs, Some(theirs));
        assert_eq!(kept["deleted"].theirs, None);

        let sending = Sending {
            key: "edited",
            body: b"ours",
            digest: &ours,
            source: b"",
            made_from: None,
        };
        let intents = ledger.intend(run, "clients", &[sending]).unwrap();
        let accepted = Settled::Accepted {
            revision: "r2".to_owned(),
        };
        ledger.settle(&[(intents[0].clone(), accepted)]).unwrap();
        let keys: Vec<String> = ledger.kept("clients").unwrap().into_keys().collect();
        assert_eq!(keys, ["deleted"]);
    }
}
