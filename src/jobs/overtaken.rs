//! Corrections that come too late: what they would send was sent anew, from another file.
//!
//! A correction is laid over the file of its time. Where a later run has sent the same item
//! from a newer file, the older one must not take its place.

use std::collections::{BTreeMap, BTreeSet};

use crate::disk::Digest;
use crate::error::Error;
use crate::finding::{Code, Fate, Finding};
use crate::ledger::Ledger;
use crate::model::FileName;

use super::collection::Collection;
use super::compare::Candidate;
use super::corrections::Lies;
use super::inbox::Inputs;

/// S513: withholds what was sent since from elsewhere, and says so on its rows.
pub fn withhold(
    inputs: &mut Inputs,
    collection: Collection,
    candidates: &mut Vec<Candidate>,
    ledger: &Ledger,
) -> Result<(), Error> {
    let mut since: BTreeMap<FileName, BTreeMap<String, Digest>> = BTreeMap::new();
    for source in &inputs.corrected {
        if source.lies == Lies::InTheArchive {
            let name = collection.name();
            let sent = ledger.sent_since(&name, &source.digest, source.known_run)?;
            since.insert(source.name.clone(), sent);
        }
    }
    if since.values().all(BTreeMap::is_empty) {
        return Ok(());
    }
    let is_overtaken = |(item, ..): &Candidate| {
        let origins = item.trace.origins().iter();
        let files: BTreeSet<&FileName> = origins.map(|origin| origin.sheet().file()).collect();
        files.iter().any(|file| {
            let sent = since.get(*file).and_then(|sent| sent.get(&item.key));
            sent.is_some_and(|digest| *digest != item.digest)
        })
    };
    let overtaken: Vec<Candidate> = candidates.extract_if(.., |of| is_overtaken(of)).collect();
    for (item, ..) in &overtaken {
        for row in item.rows() {
            inputs.gathered.book.decide(row, Fate::Withheld)?;
        }
        for origin in item.trace.origins() {
            let finding = Finding::new(Code::SentSince, origin.place());
            inputs.gathered.findings.push(match &item.who {
                Some(who) => finding.of(who.id, &who.name),
                None => finding.value(&*item.key),
            });
        }
    }
    Ok(())
}
