//! The three kinds of items, read for their shape.
//!
//! These are views into the JSON that was sent: what is stored is the item as sent, with members
//! nobody here knows. Optional members are left out, never `null`; [`null_in`] finds those.

use serde::Deserialize;
use serde_json::Value;

use super::calendar::{Day, HourMinute, Month};
use super::collection::Collection;

/// An item of any collection.
#[derive(Debug)]
pub(super) enum Item<'a> {
    CareOffice(CareOffice<'a>),
    Client(Client<'a>),
    Plan(Plan<'a>),
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "some members are read for their shape only")]
pub(super) struct CareOffice<'a> {
    pub(super) office_number: &'a str,
    pub(super) name: &'a str,
    kana: Option<&'a str>,
    pub(super) service_type: Option<&'a str>,
    postal_code: Option<&'a str>,
    address: Option<&'a str>,
    phone: Option<&'a str>,
    fax: Option<&'a str>,
    hidden: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "some members are read for their shape only")]
pub(super) struct Client<'a> {
    pub(super) insurer_number: &'a str,
    pub(super) insured_number: &'a str,
    pub(super) name: &'a str,
    kana: Option<&'a str>,
    sex: Option<Sex>,
    birth_date: Option<Day>,
    postal_code: Option<&'a str>,
    address: Option<&'a str>,
    phone: Option<&'a str>,
    hidden: Option<bool>,
    #[serde(default)]
    pub(super) cards: Vec<Card<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sex {
    Male,
    Female,
}

/// One 被保険者証: a period of certification and what goes with it.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "some members are read for their shape only")]
pub(super) struct Card<'a> {
    #[serde(borrow)]
    care_level: Option<&'a str>,
    pub(super) certified_from: Option<Day>,
    pub(super) certified_to: Option<Day>,
    limit_units: Option<u64>,
    copay: Option<u64>,
    pub(super) care_office: Option<&'a str>,
    care_manager: Option<&'a str>,
    public_payer: Option<&'a str>,
    public_recipient: Option<&'a str>,
}

/// One client's whole month.
#[derive(Debug, Deserialize)]
pub(super) struct Plan<'a> {
    pub(super) office: &'a str,
    pub(super) month: Month,
    pub(super) client: PlanClient<'a>,
    #[serde(default)]
    pub(super) visits: Vec<PlanVisit<'a>>,
    #[serde(default)]
    pub(super) add_ons: Vec<PlanAddOn<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PlanClient<'a> {
    pub(super) insurer_number: &'a str,
    pub(super) insured_number: &'a str,
}

#[derive(Debug, Deserialize)]
pub(super) struct PlanVisit<'a> {
    pub(super) date: Day,
    pub(super) start: HourMinute,
    pub(super) end: HourMinute,
    pub(super) service_code: &'a str,
}

#[derive(Debug, Deserialize)]
pub(super) struct PlanAddOn<'a> {
    pub(super) date: Option<Day>,
    pub(super) start: Option<HourMinute>,
    pub(super) end: Option<HourMinute>,
    pub(super) service_code: &'a str,
}

impl<'a> Item<'a> {
    /// Reads an item of `collection`; the error says nothing, as it would quote the content.
    pub(super) fn read(collection: Collection, item: &'a Value) -> Option<Self> {
        match collection {
            Collection::CareOffices => CareOffice::deserialize(item).ok().map(Self::CareOffice),
            Collection::Clients => Client::deserialize(item).ok().map(Self::Client),
            Collection::Plans(_) => Plan::deserialize(item).ok().map(Self::Plan),
        }
    }

    /// The item's own key, or the pointer to the member that leaves it without one.
    pub(super) fn key(&self) -> Result<String, &'static str> {
        let parts = match self {
            Self::CareOffice(office) => {
                let number = ("/office_number", office.office_number);
                let as_what = office.service_type.map(|of| ("/service_type", of));
                std::iter::once(number).chain(as_what).collect()
            }
            Self::Client(client) => vec![
                ("/insurer_number", client.insurer_number),
                ("/insured_number", client.insured_number),
            ],
            Self::Plan(Plan { office, client, .. }) => vec![
                ("/office", *office),
                ("/client/insurer_number", client.insurer_number),
                ("/client/insured_number", client.insured_number),
            ],
        };
        match parts.iter().find(|(_, number)| number.is_empty()) {
            Some((pointer, _)) => Err(pointer),
            None => Ok(parts
                .iter()
                .map(|(_, number)| *number)
                .collect::<Vec<_>>()
                .join("-")),
        }
    }
}

impl PlanClient<'_> {
    /// The key under which the client must be held.
    pub(super) fn key(&self) -> String {
        format!("{}-{}", self.insurer_number, self.insured_number)
    }
}

/// The pointer to the first `null` anywhere in an item.
pub(super) fn null_in(item: &Value) -> Option<String> {
    let below = |name: &str, value| null_in(value).map(|rest| format!("/{name}{rest}"));
    match item {
        Value::Null => Some(String::new()),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(place, value)| below(&place.to_string(), value)),
        Value::Object(members) => members.iter().find_map(|(name, value)| below(name, value)),
    }
}
