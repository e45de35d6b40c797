//! What the service holds, made comparable with what we would send.

use serde_json::Value as Json;

use crate::disk::Digest;
use crate::model::{CareOffice, Client, Fields, MonthlyPlan, Record, RecordKind};
use crate::table::Payload;

/// An item that the service holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its version there.
    pub revision: String,
    /// Its contents.
    pub content: Content,
}

/// The contents of a held item, as far as the table can read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The digest that the same contents would have had if we had sent them. Members that
    /// the table does not know, other spellings and another order of members play no part.
    Comparable(Digest),
    /// The table cannot read it: somebody else wrote it, or the table is an old one.
    Foreign(Digest),
}

impl Held {
    /// Reads an item as the service gives it.
    pub fn read(payload: &Payload, item: &Json, revision: &str) -> Self {
        let ours = payload
            .read(item)
            .ok()
            .and_then(|record| digest(payload, &record));
        let content = ours.map_or_else(
            || Content::Foreign(Digest::of(item.to_string().as_bytes())),
            Content::Comparable,
        );
        Self {
            revision: revision.to_owned(),
            content,
        }
    }

    /// Whether the service holds just what a body of this digest says.
    pub fn is(&self, digest: &Digest) -> bool {
        match &self.content {
            Content::Comparable(held) => held == digest,
            Content::Foreign(_) => false,
        }
    }

    /// The digest of the contents, comparable or not.
    pub fn digest(&self) -> &Digest {
        match &self.content {
            Content::Comparable(digest) | Content::Foreign(digest) => digest,
        }
    }
}

/// The digest of the body that we would have sent for the same contents, with lists in our
/// own order; `None` where a required field is missing.
fn digest(payload: &Payload, record: &Record<'_>) -> Option<Digest> {
    let ours: Box<dyn Fields> = match payload.record() {
        RecordKind::MonthlyPlan => {
            let mut plan = MonthlyPlan::from_record(record)?;
            plan.visits.sort();
            plan.add_ons.sort();
            Box::new(plan)
        }
        RecordKind::Client => {
            let mut client = Client::from_record(record)?;
            client.cards.sort_by_key(|card| card.certified_from);
            Box::new(client)
        }
        _ => Box::new(CareOffice::from_record(record)?),
    };
    let mut body = Vec::new();
    payload.write(&*ours, &mut body);
    Some(Digest::of(&body))
}
