//! Every item that passed, and the cell of each of its pointers.

use serde_json::Value as Json;

use crate::check::{CheckedClient, CheckedMonth, CheckedOffice, Origin};
use crate::model::Place;
use crate::payload::{self, Item};
use crate::table::{Spot, Tables};

use super::super::collection::Collection;

/// An item, and where it goes.
#[derive(Debug)]
pub(super) struct Made {
    pub collection: Collection,
    pub item: Item,
}

/// A pointer of an item with its value, and what it came from.
#[derive(Debug)]
pub(super) struct Traced {
    pub pointer: String,
    pub value: Json,
    pub spot: Option<Spot>,
    pub place: Place,
    /// Whether it is an element of a list and no value of its own.
    pub is_element: bool,
}

/// Records that passed. They are cut down before items are made of them: of a million rows one
/// client's are asked about.
#[derive(Debug)]
pub(super) struct Records {
    pub offices: Vec<CheckedOffice>,
    pub clients: Vec<CheckedClient>,
    pub months: Vec<CheckedMonth>,
}

impl Records {
    /// The key of every item.
    pub(super) fn keys(&self, tables: &Tables) -> Vec<String> {
        let offices = self
            .offices
            .iter()
            .map(|of| tables.care_office.key(&of.office));
        let clients = self.clients.iter().map(|of| tables.client.key(&of.client));
        let months = self.months.iter().map(|of| tables.plan.key(&of.plan));
        offices.chain(clients).chain(months).collect()
    }

    /// Keeps what has a key.
    pub(super) fn keep_keys(&mut self, is: impl Fn(&str) -> bool, tables: &Tables) {
        self.offices
            .retain(|of| is(&tables.care_office.key(&of.office)));
        self.clients.retain(|of| is(&tables.client.key(&of.client)));
        self.months.retain(|of| is(&tables.plan.key(&of.plan)));
    }

    /// Keeps what a row is part of.
    pub(super) fn keep_row(&mut self, is: impl Fn(&Origin) -> bool) {
        self.offices.retain(|of| of.origins.iter().any(&is));
        self.clients.retain(|of| of.origins.iter().any(&is));
        self.months
            .retain(|of| of.lines.iter().any(|(_, origin)| is(origin)));
    }

    /// As items.
    pub(super) fn made(self, tables: &Tables) -> Vec<Made> {
        let months = self.months.iter().map(|of| of.plan.month);
        let plans: Vec<Collection> = months.map(Collection::Plans).collect();
        let offices = payload::care_offices(self.offices, &tables.care_office);
        let clients = payload::clients(self.clients, &tables.client);
        let months = payload::months(self.months, &tables.plan);
        let offices = offices
            .into_iter()
            .map(|item| (Collection::CareOffices, item));
        let clients = clients
            .into_iter()
            .map(|(item, _)| (Collection::Clients, item));
        let months = months.into_iter().map(|(item, _)| item);
        offices
            .chain(clients)
            .chain(plans.into_iter().zip(months))
            .map(|(collection, item)| Made { collection, item })
            .collect()
    }
}

impl Made {
    /// The item as JSON.
    pub(super) fn json(&self) -> Json {
        serde_json::from_slice(&self.item.body).expect("the table has just written it")
    }

    /// What a pointer of the item came from.
    pub(super) fn trace(&self, pointer: String, value: &Json, tables: &Tables) -> Traced {
        let spot = self.collection.payload(tables).spot(&pointer);
        Traced {
            place: self.item.trace.place(spot),
            spot,
            value: value.clone(),
            is_element: value.is_object(),
            pointer,
        }
    }

    /// Every value at or below a pointer, and every element of a list there.
    pub(super) fn traced(&self, at: &str, json: &Json, tables: &Tables) -> Vec<Traced> {
        let mut pointers = Vec::new();
        walk(json, at, false, &mut pointers);
        pointers
            .into_iter()
            .map(|(pointer, value)| self.trace(pointer, value, tables))
            .collect()
    }
}

fn walk<'j>(json: &'j Json, at: &str, is_element: bool, out: &mut Vec<(String, &'j Json)>) {
    match json {
        Json::Object(members) => {
            if is_element {
                out.push((at.to_owned(), json));
            }
            for (name, member) in members {
                // RFC 6901: both signs mean something in a pointer.
                let name = name.replace('~', "~0").replace('/', "~1");
                walk(member, &format!("{at}/{name}"), false, out);
            }
        }
        Json::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                walk(element, &format!("{at}/{index}"), true, out);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {
            out.push((at.to_owned(), json));
        }
    }
}
