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

/// P409, P418: the client of a line, known by its number, goes by that name and is visited
/// still.
pub fn check(
    line: &PlanLine,
    origin: &Origin,
    client: &Client,
    names: &NameWords,
    findings: &mut Vec<Finding>,
) {
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

    /// What is said of a line beside the card of its client.
    fn checked(card: Sample, sample: Sample) -> Vec<String> {
        let (line, origin) = read_line(sample);
        let roster = roster(&[card]);
        let client = roster.find(line.client).unwrap();
        let mut findings = Vec::new();
        check(&line, &origin, client, &tables().names, &mut findings);
        said(&findings)
    }

    #[test]
    fn a_client_is_found_by_both_numbers() {
        let roster = roster(&[card()]);
        let is_found = |sample| roster.find(read_line(sample).0.client).is_some();
        assert!(is_found(line(&[5])));
        for (header, number) in [("被保険者番号", "0000100002"), ("保険者番号", "131136")]
        {
            assert!(!is_found(line(&[5]).with(header, number)), "{header}");
        }
    }

    #[test]
    fn width_spaces_and_an_honorific_do_not_tell_names_apart() {
        for name in ["試験　花子", "試験 花子", "試験花子　様", ""] {
            let checked = checked(card(), line(&[5]).with("氏名", name));
            assert_eq!(checked, [""; 0], "{name}");
        }
    }

    #[test]
    fn another_name_is_remarked_and_the_number_decides() {
        assert_eq!(
            checked(card(), line(&[5]).with("氏名", "試験　華子")),
            ["P409 2行目 氏名「試験　華子」 基本情報では 試験　花子"]
        );
    }

    #[test]
    fn a_plan_for_a_hidden_client_is_remarked() {
        assert_eq!(
            checked(card().with("非表示", "1"), line(&[5])),
            ["P418 2行目 被保険者番号"]
        );
    }
}
