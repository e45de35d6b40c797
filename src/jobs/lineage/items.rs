//! Every item that passed, and the cell of each of its pointers.

use serde_json::Value as Json;

use crate::check::{CheckedClient, CheckedMonth, CheckedOffice};
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

/// Everything that passed as items.
pub(super) fn made(
    offices: Vec<CheckedOffice>,
    clients: Vec<CheckedClient>,
    months: Vec<CheckedMonth>,
    tables: &Tables,
) -> Vec<Made> {
    let of = |collection| move |item| Made { collection, item };
    let plans: Vec<Collection> = months
        .iter()
        .map(|checked| Collection::Plans(checked.plan.month))
        .collect();
    let offices = payload::care_offices(offices, &tables.care_office);
    let clients = payload::clients(clients, &tables.client).into_iter();
    let months = payload::months(months, &tables.plan).into_iter();
    let months = plans.into_iter().zip(months);
    offices
        .into_iter()
        .map(of(Collection::CareOffices))
        .chain(clients.map(|(item, _)| item).map(of(Collection::Clients)))
        .chain(months.map(|(collection, (item, _))| Made { collection, item }))
        .collect()
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
