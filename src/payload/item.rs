//! Items: the unit that is sent, answered and remembered.

use crate::check::{CheckedClient, CheckedMonth, CheckedOffice};
use crate::disk::{Digest, Fingerprint};
use crate::finding::{RowId, Who};
use crate::model::{Fields, MonthlyPlan, OfficeNumber, Place};
use crate::table::Payload;

use super::lines;
use super::trace::Trace;

/// One thing to register: its key, its bytes, and where they came from.
#[derive(Debug)]
pub struct Item {
    /// The key by which the service knows it.
    pub key: String,
    /// The JSON object.
    pub body: Vec<u8>,
    /// The digest of the body: two items of one key are the same where it is the same.
    pub digest: Digest,
    /// What it is made from, where that was asked.
    pub made_from: Option<Fingerprint>,
    /// Whom it is about, for reports; an office is about nobody.
    pub who: Option<Who>,
    /// From JSON pointers to cells.
    pub trace: Trace,
}

impl Item {
    fn new(payload: &Payload, record: &dyn Fields, who: Option<Who>, trace: Trace) -> Self {
        let mut body = Vec::with_capacity(256);
        payload.write(record, &mut body);
        Self {
            key: payload.key(record),
            digest: Digest::of(&body),
            made_from: None,
            body,
            who,
            trace,
        }
    }

    /// The item of a client's month.
    pub fn month(month: CheckedMonth, payload: &Payload) -> Self {
        let mut body = Vec::with_capacity(2048);
        payload.write(&month, &mut body);
        let who = Who {
            id: month.plan.client,
            name: month.name,
        };
        let origins = month.lines.into_iter().map(|(_, origin)| origin).collect();
        Self {
            key: payload.key(&month.plan),
            digest: Digest::of(&body),
            made_from: None,
            body,
            who: Some(who),
            trace: Trace::month(origins, month.visit_cells, month.add_on_cells),
        }
    }

    /// The rows that the item is made of.
    pub fn rows(&self) -> impl Iterator<Item = RowId> {
        self.trace.origins().iter().map(|origin| origin.id)
    }
}

/// An item for each care-management office.
pub fn care_offices(offices: Vec<CheckedOffice>, payload: &Payload) -> Vec<Item> {
    offices
        .into_iter()
        .map(|checked| {
            Item::new(
                payload,
                &checked.office,
                None,
                Trace::office(checked.origins),
            )
        })
        .collect()
}

/// An item for each client, with the care-management offices that its cards name.
pub fn clients(clients: Vec<CheckedClient>, payload: &Payload) -> Vec<(Item, Vec<OfficeNumber>)> {
    clients
        .into_iter()
        .map(|checked| {
            let client = &checked.client;
            let who = Who {
                id: client.id,
                name: client.name.as_str().into(),
            };
            let needs = client
                .cards
                .iter()
                .filter_map(|card| card.care_office)
                .collect();
            (
                Item::new(
                    payload,
                    client,
                    Some(who),
                    Trace::client(checked.origins, checked.card_rows),
                ),
                needs,
            )
        })
        .collect()
}

/// An item for each client's month, with what is remembered of it for the way back.
pub fn months(months: Vec<CheckedMonth>, payload: &Payload) -> Vec<(Item, Vec<u8>)> {
    let months = months.into_iter();
    let item = |month| {
        let remembered = remembered(&month);
        (Item::month(month, payload), remembered)
    };
    months.map(item).collect()
}

/// What is remembered of a client's month for the way back.
pub fn remembered(month: &CheckedMonth) -> Vec<u8> {
    let lines = lines::of_grid(&month.lines);
    lines::store(&lines.iter().chain(&month.standing).collect::<Vec<_>>())
}

/// A month without visits and add-ons, for a client whom no row names any more; the place
/// stands for the rows that there are none of.
pub fn emptied(plan: &MonthlyPlan, who: Who, payload: &Payload, place: Place) -> Item {
    let empty = MonthlyPlan {
        visits: Vec::new(),
        add_ons: Vec::new(),
        ..plan.clone()
    };
    Item::new(payload, &empty, Some(who), Trace::nowhere(place))
}
