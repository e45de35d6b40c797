//! Corrections that come too late: what they would send was sent anew, from another file.
//!
//! A correction is laid over the file of its time. Where a later run has sent the same item
//! from a newer file, the older one must not take its place.

use std::collections::{BTreeMap, BTreeSet};

use crate::disk::Digest;
use crate::finding::{Book, Code, Fate, Finding, Imbalance};
use crate::ledger::{Ledger, LedgerError};
use crate::model::FileName;
use crate::payload::Item;

use super::collection::Collection;
use super::corrections::{Lies, Source};

/// What was sent anew since the files of earlier corrections were read.
#[derive(Debug, Default)]
pub struct Overtaken {
    /// For each of those files, the digest of what was sent by its key.
    since: BTreeMap<FileName, BTreeMap<String, Digest>>,
}

impl Overtaken {
    /// Looks it up for the files that were corrected.
    pub fn of(
        corrected: &[Source],
        collection: Collection,
        ledger: &Ledger,
    ) -> Result<Self, LedgerError> {
        let mut overtaken = Self::default();
        for source in corrected {
            if source.lies == Lies::InTheArchive {
                let name = collection.name();
                let sent = ledger.sent_since(&name, &source.digest, source.known_run)?;
                overtaken.since.insert(source.name.clone(), sent);
            }
        }
        overtaken.since.retain(|_, sent| !sent.is_empty());
        Ok(overtaken)
    }

    /// Whether nothing at all was.
    pub fn is_empty(&self) -> bool {
        self.since.is_empty()
    }

    /// Whether an item was sent since from elsewhere, and says something else here.
    pub fn includes(&self, item: &Item) -> bool {
        if self.is_empty() {
            return false;
        }
        let origins = item.trace.origins().iter();
        let files: BTreeSet<&FileName> = origins.map(|origin| origin.sheet().file()).collect();
        files.iter().any(|file| {
            let sent = self.since.get(*file).and_then(|sent| sent.get(&item.key));
            sent.is_some_and(|digest| *digest != item.digest)
        })
    }
}

/// S513: withholds what was sent since from elsewhere, and says so on its rows.
pub fn withhold(
    item: &Item,
    book: &mut Book,
    findings: &mut Vec<Finding>,
) -> Result<(), Imbalance> {
    for row in item.rows() {
        book.decide(row, Fate::Withheld)?;
    }
    findings.extend(item.trace.origins().iter().map(|origin| {
        Finding::new(Code::SentSince, origin.place()).of_item(item.who.as_ref(), &item.key)
    }));
    Ok(())
}
