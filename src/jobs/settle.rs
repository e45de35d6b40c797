//! What an interrupted run has left open is asked about before anything else is done.

use std::collections::{BTreeMap, HashMap};

use crate::error::Error;
use crate::ledger::{Intent, Settled};
use crate::payload::Held;
use crate::service::{CareWing, LinkInfo};

use super::Clerk;
use super::collection::Collection;
use super::office::{Office, refuse_foreign};
use super::standing::held;

/// Care-wing, reached and ready for a step: its basic data is ours, and nothing of an earlier
/// run is left open there.
pub fn ready(office: &mut Office, clerk: &mut dyn Clerk) -> Result<(CareWing, LinkInfo), Error> {
    let (service, link) = office.care_wing()?;
    refuse_foreign(&link)?;
    let settled = settle(office, &service)?;
    if settled > 0 {
        clerk.note(&format!(
            "前回の途中で止まった送信が{settled}件ありました。登録済みかどうかを確かめました。"
        ));
    }
    super::say_passed_over(office, clerk)?;
    Ok((service, link))
}

/// Settles every sending whose outcome is unknown; gives how many there were.
///
/// What the service holds just as it was sent has arrived. Anything else is not there, and
/// the rows that it was made of are proposed again; but it may be on its way still, so the
/// next runs look for it too ([`Ledger::in_doubt`](crate::ledger::Ledger::in_doubt)).
/// Otherwise what arrives late would look like an edit of somebody at Care-wing.
pub fn settle(office: &mut Office, service: &CareWing) -> Result<usize, Error> {
    let mut open = office.ledger.unsettled()?;
    let count = open.len();
    open.extend(office.ledger.in_doubt()?);
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
                let settled = found(&intent, &held);
                (intent, settled)
            })
            .collect();
        office.ledger.settle(&outcomes)?;
    }
    Ok(count)
}

/// What asking says of a sending.
fn found(intent: &Intent, held: &HashMap<String, Held>) -> Settled {
    match held.get(&intent.key) {
        Some(held) if held.is(&intent.digest) => Settled::Accepted {
            revision: held.revision.clone(),
        },
        Some(_) | None => Settled::NotFound,
    }
}
