//! Findings by cause: how often each code stands in a list, and for how many people.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Code, Finding};
use crate::model::ClientId;

/// One code of a list of findings.
#[derive(Debug, PartialEq, Eq)]
pub struct Cause {
    /// The code.
    pub code: Code,
    /// How many findings.
    pub findings: usize,
    /// How many different people it concerns.
    pub clients: usize,
    /// Where in the list the first of them stands, counted from 0.
    pub first: usize,
}

/// The causes in the order in which a clerk works through them.
///
/// Errors come first however few they are: a thousand notices ask for nothing, and one error
/// keeps somebody's month from being sent. Within a severity the most frequent comes first.
pub fn causes<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Vec<Cause> {
    let mut by_code: BTreeMap<Code, (Cause, BTreeSet<ClientId>)> = BTreeMap::new();
    for (index, finding) in findings.into_iter().enumerate() {
        let (cause, clients) = by_code.entry(finding.code).or_insert_with(|| {
            let cause = Cause {
                code: finding.code,
                findings: 0,
                clients: 0,
                first: index,
            };
            (cause, BTreeSet::new())
        });
        cause.findings += 1;
        clients.extend(finding.client.as_ref().map(|who| who.id));
        cause.clients = clients.len();
    }
    let mut causes: Vec<Cause> = by_code.into_values().map(|(cause, _)| cause).collect();
    // The sort is stable, so equal counts keep the order of the catalogue.
    causes.sort_by_key(|cause| (cause.code.severity(), Reverse(cause.findings)));
    causes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FileName, InsuredNumber, InsurerNumber, Place};

    fn client(insured: &str) -> ClientId {
        ClientId {
            insurer: InsurerNumber::parse("131128").unwrap(),
            insured: InsuredNumber::parse(insured).unwrap(),
        }
    }

    #[test]
    fn errors_come_first_and_then_the_most_frequent() {
        let place = Place::file(FileName::new("plan.csv"));
        let finding = |code| Finding::new(code, place.clone());
        let somebody = finding(Code::VisitWithoutTime).of(client("0000000001"), "山田 花子");
        let other = finding(Code::VisitWithoutTime).of(client("0000000002"), "佐藤 一郎");
        let findings = [
            finding(Code::RateAddOn),
            finding(Code::RateAddOn),
            finding(Code::RateAddOn),
            finding(Code::NotADate),
            somebody.clone(),
            other,
            somebody,
        ];
        let cause = |code, findings, clients, first| Cause {
            code,
            findings,
            clients,
            first,
        };
        assert_eq!(
            causes(&findings),
            [
                cause(Code::VisitWithoutTime, 3, 2, 4),
                cause(Code::NotADate, 1, 0, 3),
                cause(Code::RateAddOn, 3, 0, 0),
            ]
        );
    }
}
