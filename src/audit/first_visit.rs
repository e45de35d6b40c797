//! 初回加算: in the first month of a service, and in no other.

use std::collections::BTreeSet;

use crate::finding::{Code, Remark};
use crate::model::{AddOns, OfficeNumber, ServiceCode};

use super::client_month::{ClientMonth, Month, Served};

/// C714: the add-on stands in the first month of a service at an office, and in no other. Which that
/// is nobody knows but the plans that were registered here.
pub(super) fn first_visit(client: &ClientMonth<'_>, month: &Month<'_>) -> Vec<Remark> {
    let services: BTreeSet<(OfficeNumber, bool)> = client
        .visits
        .iter()
        .map(|visit| (visit.office, is_of_town(visit.code)))
        .collect();
    let in_doubt = services.into_iter().filter_map(|service| {
        let (said, add_on) = doubt(client, service, month)?;
        let remark = client.remark(Code::FirstVisitInDoubt, said);
        Some(Remark {
            office: Some(service.0),
            service: add_on,
            ..remark
        })
    });
    in_doubt.collect()
}

/// What is in doubt of a service at an office, and the add-on.
fn doubt(
    client: &ClientMonth<'_>,
    (office, of_town): (OfficeNumber, bool),
    month: &Month<'_>,
) -> Option<(String, Option<ServiceCode>)> {
    let words = &month.table.first_visit.names;
    let mut add_ons = client.lines.iter().filter(|line| {
        line.office == office && is_of_town(line.code) == of_town && line.is_add_on_with(words)
    });
    let came: Vec<String> = month
        .before
        .iter()
        .zip(1..)
        .filter(|(before, _)| {
            client.person.iter().any(|person| {
                before.served.contains(&Served {
                    client: person.id,
                    office,
                    of_town,
                })
            })
        })
        .map(|(_, ago)| format!("{ago}か月前"))
        .collect();
    let mut before = month.before.iter();
    match add_ons.next() {
        Some(line) if !came.is_empty() => {
            let months = came.join("と");
            let said = format!("初回加算がありますが、{months}にも予定があります");
            Some((said, Some(line.code)))
        }
        // Where none are taken, nobody knows whether there is one.
        None if came.is_empty()
            && month.add_ons == AddOns::With
            && before.all(|month| month.offices.contains(&office)) =>
        {
            let months = month.before.len();
            let said = format!("前の{months}か月に予定がありませんが、初回加算がありません");
            Some((said, None))
        }
        Some(_) | None => None,
    }
}

/// Whether a service is of the towns' own program.
pub fn is_of_town(code: ServiceCode) -> bool {
    code.as_str().starts_with('A')
}

#[cfg(test)]
mod tests {
    use super::super::samples::Planned::{Client, ClientOfTown, Somebody};
    use super::super::samples::{Sample, visits};
    use super::*;

    const NOTHING: [&str; 0] = [];

    fn month() -> Sample<'static> {
        visits(&["5 111111 9:00-9:30"])
    }

    #[test]
    fn the_add_on_stands_in_a_first_month_only() {
        let again = month()
            .add_on("114001", 5)
            .before(&[&[Somebody], &[Client]]);
        assert_eq!(
            again.said(first_visit),
            ["初回加算がありますが、2か月前にも予定があります"]
        );
        let first = month()
            .add_on("114001", 5)
            .before(&[&[Somebody], &[Somebody]]);
        assert_eq!(first.said(first_visit), NOTHING);
    }

    #[test]
    fn who_comes_from_the_towns_program_begins_anew() {
        let first = month().before(&[&[Somebody, ClientOfTown], &[Somebody, ClientOfTown]]);
        assert_eq!(first.said(first_visit).len(), 1);
        let with_the_add_on = month().add_on("114001", 5);
        let with_the_add_on = with_the_add_on.before(&[&[ClientOfTown], &[ClientOfTown]]);
        assert_eq!(with_the_add_on.said(first_visit), NOTHING);
    }

    #[test]
    fn a_first_month_without_it_is_asked_about_where_the_months_before_are_known() {
        let forgotten = month().before(&[&[Somebody], &[Somebody]]);
        assert_eq!(
            forgotten.said(first_visit),
            ["前の2か月に予定がありませんが、初回加算がありません"]
        );
        let unknown = month().before(&[&[Somebody], &[]]);
        assert_eq!(unknown.said(first_visit), NOTHING);
        let came = month().before(&[&[Client], &[Somebody]]);
        assert_eq!(came.said(first_visit), NOTHING);
        let without = month()
            .without_add_ons()
            .before(&[&[Somebody], &[Somebody]]);
        assert_eq!(without.said(first_visit), NOTHING);
    }
}
