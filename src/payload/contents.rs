//! What an item says, typed: read back from a body of ours or from what the service holds.

use serde_json::Value as Json;

use crate::model::{CareOffice, Client, Fields, MonthlyPlan, Record, RecordKind};
use crate::table::Payload;

/// What an item says, with lists in our own order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// 居宅支援事業所.
    CareOffice(CareOffice),
    /// 利用者 with cards.
    Client(Client),
    /// A client's month.
    Month(MonthlyPlan),
}

impl Contents {
    /// Reads an item; `None` where the table cannot read it or a required field is missing.
    pub fn read(payload: &Payload, item: &Json) -> Option<Self> {
        Self::of_record(payload, &payload.read(item).ok()?)
    }

    /// Reads the bytes of an item.
    pub fn of_body(payload: &Payload, body: &[u8]) -> Option<Self> {
        payload.read_body(body, |record| Self::of_record(payload, record))
    }

    fn of_record(payload: &Payload, record: &Record<'_>) -> Option<Self> {
        Some(match payload.record() {
            RecordKind::MonthlyPlan => {
                let mut plan = MonthlyPlan::from_record(record)?;
                plan.visits.sort();
                plan.add_ons.sort();
                Self::Month(plan)
            }
            RecordKind::Client => {
                let mut client = Client::from_record(record)?;
                client.cards.sort_by_key(|card| card.certified_from);
                Self::Client(client)
            }
            _ => Self::CareOffice(CareOffice::from_record(record)?),
        })
    }

    /// The body that we would send for it.
    pub fn body(&self, payload: &Payload) -> Vec<u8> {
        let mut body = Vec::new();
        payload.write(self.fields(), &mut body);
        body
    }

    /// It, to be written or looked into field by field.
    pub fn fields(&self) -> &dyn Fields {
        match self {
            Self::CareOffice(office) => office,
            Self::Client(client) => client,
            Self::Month(plan) => plan,
        }
    }
}
