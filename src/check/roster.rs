//! The roster: the clients of the basic data, as the plan's rules need them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::finding::{Code, Finding};
use crate::model::{Client, ClientId, Field, PlanLine};
use crate::table::NameWords;

use super::origin::Origin;

/// Every client of the basic data by number.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    clients: Vec<Client>,
    /// Where among them each stands.
    places: HashMap<ClientId, usize>,
}

impl Roster {
    /// The client with the number.
    pub fn find(&self, id: ClientId) -> Option<&Client> {
        self.clients.get(*self.places.get(&id)?)
    }

    /// Every client, once.
    pub fn clients(&self) -> impl Iterator<Item = &Client> {
        self.clients.iter()
    }

    /// Whether there is no client.
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }
}

impl FromIterator<Client> for Roster {
    fn from_iter<T: IntoIterator<Item = Client>>(clients: T) -> Self {
        let mut roster = Self::default();
        roster.extend(clients);
        roster
    }
}

/// Of two clients with one number the later one holds.
impl Extend<Client> for Roster {
    fn extend<T: IntoIterator<Item = Client>>(&mut self, clients: T) {
        for client in clients {
            match self.places.entry(client.id) {
                Entry::Occupied(place) => self.clients[*place.get()] = client,
                Entry::Vacant(place) => {
                    place.insert(self.clients.len());
                    self.clients.push(client);
                }
            }
        }
    }
}

/// P408, P409, P418: a line's client is the one that is `known` by its number, goes by that
/// name, and is visited still.
pub fn check(
    line: &PlanLine,
    origin: &Origin,
    known: Option<&Client>,
    names: &NameWords,
    findings: &mut Vec<Finding>,
) {
    let Some(client) = known else {
        let place = origin.field(Field::Insured);
        let number = line.client.insured.as_str();
        findings.push(Finding::new(Code::UnknownClient, place).value(number));
        return;
    };
    // Nearly every line has the very name of the basic data.
    let is_another = |name: &str| {
        !name.is_empty() && name != client.name && names.fold(name) != names.fold(&client.name)
    };
    if is_another(&line.name) {
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
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, card, line, read_line, roster, said, tables};
    use super::*;

    /// Whether the client of a line is found on the roster of a card, and what is said.
    fn checked(card: Sample, sample: Sample) -> (bool, Vec<String>) {
        let (line, origin) = read_line(sample);
        let roster = roster(&[card]);
        let known = roster.find(line.client);
        let mut findings = Vec::new();
        check(&line, &origin, known, &tables().names, &mut findings);
        (known.is_some(), said(&findings))
    }

    #[test]
    fn a_client_is_found_by_both_numbers() {
        assert_eq!(checked(card(), line(&[5])), (true, vec![]));
        for (header, number) in [("被保険者番号", "0000100002"), ("保険者番号", "131136")]
        {
            let (found, said) = checked(card(), line(&[5]).with(header, number));
            assert!(!found, "{header}");
            assert!(said[0].starts_with("P408 2行目 被保険者番号"), "{said:?}");
        }
    }

    #[test]
    fn width_spaces_and_an_honorific_do_not_tell_names_apart() {
        for name in ["試験　花子", "試験 花子", "試験花子　様", ""] {
            let checked = checked(card(), line(&[5]).with("氏名", name));
            assert_eq!(checked, (true, vec![]), "{name}");
        }
    }

    #[test]
    fn another_name_is_remarked_and_the_number_decides() {
        assert_eq!(
            checked(card(), line(&[5]).with("氏名", "試験　華子")),
            (
                true,
                vec!["P409 2行目 氏名「試験　華子」 基本情報では 試験　花子".into()]
            )
        );
    }

    #[test]
    fn a_plan_for_a_hidden_client_is_remarked() {
        assert_eq!(
            checked(card().with("非表示", "1"), line(&[5])),
            (true, vec!["P418 2行目 被保険者番号".into()])
        );
    }
}
