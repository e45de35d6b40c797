//! Who stands in a client list and was not registered: held there for an error, or not sent yet.
//!
//! Asked only where a plan names somebody who is not registered: the client lists of the inbox
//! and those of the last registration are looked through once more.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::check::{Mention, Roster, Waiting, Wanted};
use crate::error::Error;
use crate::model::{ClientId, RecordKind};

use super::inbox::{self, Inputs};
use super::lineage;
use super::office::Office;

/// The places of those among the `named` who are not on the roster.
pub fn of(
    office: &Office,
    inputs: &Inputs,
    named: &BTreeSet<Mention>,
    roster: &Roster,
) -> Result<Waiting, Error> {
    let named = named.iter().map(|named| named.client);
    let unknown: BTreeSet<ClientId> = named.filter(|id| roster.find(*id).is_none()).collect();
    if roster.is_empty() || unknown.is_empty() {
        return Ok(Waiting::new());
    }
    let mut waiting = last_registered(office, &unknown)?;
    // What lies in the inbox is newer.
    let lists: Vec<PathBuf> = inputs
        .of_kind(RecordKind::ClientCard)
        .map(|file| file.path.clone())
        .collect();
    if !lists.is_empty() {
        let read = inbox::read(&lists, Wanted::Basics, &office.tables)?;
        waiting.extend(read.gathered.places_of(&unknown));
    }
    Ok(waiting)
}

/// The same in the last client list that was registered, or was held.
fn last_registered(office: &Office, unknown: &BTreeSet<ClientId>) -> Result<Waiting, Error> {
    /// So many registrations may be of care-management offices alone.
    const LOOKED_AT: u32 = 12;
    for run in office.ledger.runs_of_basics(LOOKED_AT)? {
        let read = lineage::read_run(office, run)?;
        if read.of_kind(RecordKind::ClientCard).next().is_some() {
            return Ok(read.gathered.places_of(unknown));
        }
    }
    Ok(Waiting::new())
}
