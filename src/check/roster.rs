//! The roster: the clients of the basic data, as the plan's rules need them.

use std::collections::HashMap;

use crate::finding::{Code, Finding};
use crate::model::{Client, ClientId, Field, PlanLine};
use crate::table::fold::fold_name;

use super::origin::Origin;

/// Every client of the basic data by number.
#[derive(Debug, Clone, Default)]
pub struct Roster(HashMap<ClientId, Client>);

impl Roster {
    /// The client with the number.
    pub fn find(&self, id: ClientId) -> Option<&Client> {
        self.0.get(&id)
    }

    /// Every client, in no order.
    pub fn clients(&self) -> impl Iterator<Item = &Client> {
        self.0.values()
    }

    /// Whether there is no client.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Client> for Roster {
    fn from_iter<T: IntoIterator<Item = Client>>(clients: T) -> Self {
        Self(
            clients
                .into_iter()
                .map(|client| (client.id, client))
                .collect(),
        )
    }
}

/// P408, P409, P418: a line's client is known, goes by that name, and is visited still.
pub fn check<'r>(
    line: &PlanLine,
    origin: &Origin,
    roster: &'r Roster,
    findings: &mut Vec<Finding>,
) -> Option<&'r Client> {
    let Some(client) = roster.find(line.client) else {
        let place = origin.field(Field::Insured);
        let number = line.client.insured.as_str();
        findings.push(Finding::new(Code::UnknownClient, place).value(number));
        return None;
    };
    if !line.name.is_empty() && fold_name(&line.name) != fold_name(&client.name) {
        let place = origin.field(Field::Name);
        let detail = format!("基本情報では {}", client.name);
        findings.push(
            Finding::new(Code::NameDiffers, place)
                .value(&*line.name)
                .detail(detail),
        );
    }
    if client.hidden {
        findings.push(Finding::new(
            Code::HiddenClient,
            origin.field(Field::Insured),
        ));
    }
    Some(client)
}
