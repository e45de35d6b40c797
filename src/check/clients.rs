//! Clients: the rows of one person agree, and its certifications follow one another.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Code, Fate, Finding, Imbalance};
use crate::model::{
    Client, ClientId, Field, Fields, InsuranceCard, OfficeNumber, Place, RecordKind, Value,
};

use super::gather::{BadRow, Gathered, hold};
use super::origin::Origin;

/// A client that passed, with the row of each card.
#[derive(Debug, Clone)]
pub struct CheckedClient {
    /// The client with all cards, ordered by the day they begin.
    pub client: Client,
    /// The row of each card, in the cards' order.
    pub origins: Vec<Origin>,
}

/// One row of a person: what it says of the person, its card, where it stands.
pub type Person = (Client, InsuranceCard, Origin);

/// Checks clients row against row. Those that fail are withheld in the book, whole.
///
/// `care_offices` are all that are known; `None` where nobody can know (a single file without
/// its office folder).
pub fn check(
    gathered: &mut Gathered,
    care_offices: Option<&BTreeSet<OfficeNumber>>,
) -> Result<Vec<CheckedClient>, Imbalance> {
    let mut by_client: BTreeMap<ClientId, (Vec<Person>, Vec<BadRow>)> = BTreeMap::new();
    for row in std::mem::take(&mut gathered.cards) {
        by_client.entry(row.0.id).or_default().0.push(row);
    }
    for row in gathered
        .bad_rows
        .iter()
        .filter(|row| row.kind == RecordKind::ClientCard)
    {
        gathered.book.decide(row.origin.id, Fate::Withheld)?;
        if let Some(client) = row.client {
            by_client.entry(client).or_default().1.push(row.clone());
        }
    }
    let mut checked = Vec::new();
    for (id, (mut rows, bad)) in by_client {
        rows.sort_by_key(|(_, card, origin)| (card.certified_from, origin.id));
        let Some(name) = rows.first().map(|(client, ..)| client.name.clone()) else {
            continue;
        };
        let findings = rules(&rows, care_offices);
        let mut because: Vec<Place> = bad.iter().map(|row| row.origin.place()).collect();
        because.extend(
            findings
                .iter()
                .filter(|finding| finding.withholds())
                .map(|finding| finding.place.row_only()),
        );
        gathered
            .findings
            .extend(findings.into_iter().map(|finding| finding.of(id, &name)));
        if because.is_empty() {
            checked.push(joined(rows));
        } else {
            let origins = rows.iter().map(|(_, _, origin)| origin);
            hold(
                origins,
                &because,
                id,
                &name,
                &mut gathered.book,
                &mut gathered.findings,
            )?;
        }
    }
    Ok(checked)
}

fn rules(rows: &[Person], care_offices: Option<&BTreeSet<OfficeNumber>>) -> Vec<Finding> {
    let mut findings = Vec::new();
    person_differs(rows, &mut findings);
    periods(rows, &mut findings);
    unknown_care_offices(rows, care_offices, &mut findings);
    findings
}

/// B301: every row of one number says the same of the person.
fn person_differs(rows: &[Person], findings: &mut Vec<Finding>) {
    let (first, _, origin) = &rows[0];
    for (other, _, place) in &rows[1..] {
        let field = RecordKind::Client
            .fields()
            .iter()
            .map(|(field, _)| *field)
            .find(|field| first.value(*field) != other.value(*field));
        if let Some(field) = field {
            let shown = match other.value(field) {
                Value::Text(text) => text.to_owned(),
                _ => String::new(),
            };
            findings.push(
                Finding::new(Code::PersonDiffers, place.field(field))
                    .value(shown)
                    .detail(format!("{}が{}行目と違います", field.label(), origin.row())),
            );
        }
    }
}

/// B302, B303: a period ends after it begins, and no two share a day. The rows are ordered
/// by the day they begin.
fn periods(rows: &[Person], findings: &mut Vec<Finding>) {
    for (_, card, origin) in rows {
        if card.certified_to < card.certified_from {
            let place = origin.field(Field::CertifiedTo);
            findings.push(
                Finding::new(Code::PeriodReversed, place).value(card.certified_to.to_string()),
            );
        }
    }
    for pair in rows.windows(2) {
        let [(_, earlier, above), (_, later, origin)] = pair else {
            continue;
        };
        if earlier.overlaps(later) {
            let place = origin.field(Field::CertifiedFrom);
            findings.push(
                Finding::new(Code::CertificationOverlaps, place)
                    .value(later.certified_from.to_string())
                    .detail(format!("{}行目の認定と重なります", above.row())),
            );
        }
    }
}

/// B305: the office that manages the care is one that is known; not asked where nobody can know.
fn unknown_care_offices(
    rows: &[Person],
    known: Option<&BTreeSet<OfficeNumber>>,
    findings: &mut Vec<Finding>,
) {
    let Some(known) = known else { return };
    for (_, card, origin) in rows {
        if let Some(office) = card.care_office.filter(|office| !known.contains(office)) {
            let place = origin.field(Field::CareOffice);
            findings.push(Finding::new(Code::UnknownCareOffice, place).value(office.as_str()));
        }
    }
}

fn joined(rows: Vec<Person>) -> CheckedClient {
    let mut rows = rows.into_iter();
    let (mut client, card, origin) = rows.next().expect("a group has at least one row");
    client.cards.push(card);
    let mut origins = vec![origin];
    for (_, card, origin) in rows {
        client.cards.push(card);
        origins.push(origin);
    }
    CheckedClient { client, origins }
}
