//! What an interrupted run has left open is asked about before anything else is done.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::ledger::{Intent, Settled};
use crate::service::CareWing;

use super::compare::{Collection, held};
use super::office::Office;

/// Settles every sending whose outcome is unknown; gives how many there were.
///
/// What the service holds just as it was sent has arrived; anything else has not, and the
/// rows that it was made of are proposed again.
pub fn settle(office: &mut Office, service: &CareWing) -> Result<usize, Error> {
    let open = office.ledger.unsettled()?;
    let count = open.len();
    let mut by_collection: BTreeMap<String, Vec<Intent>> = BTreeMap::new();
    for intent in open {
        by_collection
            .entry(intent.collection.clone())
            .or_default()
            .push(intent);
    }
    for (name, intents) in by_collection {
        // A name that this program does not know cannot have been written by it.
        let Some(collection) = Collection::named(&name) else {
            continue;
        };
        let path = collection.path(&office.tables.contract);
        let held = held(service, &path, collection.payload(&office.tables))?;
        let outcomes: Vec<(Intent, Settled)> = intents
            .into_iter()
            .map(|intent| {
                let settled = match held.get(&intent.key) {
                    Some(held) if held.is(&intent.digest) => Settled::Accepted {
                        revision: held.revision.clone(),
                    },
                    Some(_) | None => Settled::NotReceived,
                };
                (intent, settled)
            })
            .collect();
        office.ledger.settle(&outcomes)?;
    }
    Ok(count)
}
