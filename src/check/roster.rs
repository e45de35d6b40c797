//! The roster: the clients of the basic data, as the plan's rules need them.

use std::collections::HashMap;

use crate::finding::{Code, Finding};
use crate::model::{Client, ClientId, Field, PlanLine};
use crate::table::NameWords;

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
        let mut roster = Self::default();
        roster.extend(clients);
        roster
    }
}

impl Extend<Client> for Roster {
    fn extend<T: IntoIterator<Item = Client>>(&mut self, clients: T) {
        let clients = clients.into_iter();
        self.0.extend(clients.map(|client| (client.id, client)));
    }
}

/// P408, P409, P418: a line's client is known, goes by that name, and is visited still.
pub fn check<'r>(
    line: &PlanLine,
    origin: &Origin,
    roster: &'r Roster,
    names: &NameWords,
    findings: &mut Vec<Finding>,
) -> Option<&'r Client> {
    let Some(client) = roster.find(line.client) else {
        let place = origin.field(Field::Insured);
        let number = line.client.insured.as_str();
        findings.push(Finding::new(Code::UnknownClient, place).value(number));
        return None;
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
    Some(client)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, card, line, read_line, roster, said, tables};
    use super::*;

    /// Whether the client of a line is found on the roster of a card, and what is said.
    fn checked(card: Sample, sample: Sample) -> (bool, Vec<String>) {
        let (line, origin) = read_line(sample);
        let mut findings = Vec::new();
        let found = check(
            &line,
            &origin,
            &roster(&[card]),
            &tables().names,
            &mut findings,
        )
        .is_some();
        (found, said(&findings))
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
