//! Codes that no list knows: each is asked about once, however many rows bear it.

use std::collections::BTreeMap;

use crate::finding::{Code, Finding};
use crate::model::{InsurerNumber, OfficeNumber};

use super::lines::Unit;

/// What is asked about: an office's code; a town's own one for each town.
type Asked = (OfficeNumber, Code, String, Option<InsurerNumber>);

/// The first finding about each, which says how many rows there are besides.
#[derive(Debug, Default)]
pub(super) struct Unlisted(BTreeMap<Asked, Finding>);

impl Unlisted {
    /// Takes P411 and P428 of a month out of its findings, which begin at `first`.
    pub(super) fn take(&mut self, unit: Unit, findings: &mut Vec<Finding>, first: usize) {
        let is_one = |finding: &mut Finding| {
            matches!(finding.code, Code::UnknownService | Code::PerhapsARate)
        };
        for finding in findings.extract_if(first.., is_one) {
            self.add(of(unit, &finding), finding);
        }
    }

    /// Takes over what was found behind it.
    pub(super) fn join(&mut self, other: Self) {
        for (asked, finding) in other.0 {
            self.add(asked, finding);
        }
    }

    fn add(&mut self, asked: Asked, mut finding: Finding) {
        match self.0.get_mut(&asked) {
            Some(first) => {
                if finding.place < first.place {
                    std::mem::swap(first, &mut finding);
                }
                first.stand_for(finding);
            }
            None => {
                self.0.insert(asked, finding);
            }
        }
    }

    /// The findings.
    pub(super) fn say(self) -> impl Iterator<Item = Finding> {
        self.0.into_values().map(|finding| {
            let more = finding.places().count() - 1;
            if more == 0 {
                return finding;
            }
            finding.detail(format!("同じコードの行が、ほかに{more}行あります"))
        })
    }
}

fn of((office, _, client): Unit, finding: &Finding) -> Asked {
    let code = finding.value.clone();
    let of_town = ["A2", "A3", "A4"].iter().any(|of| code.starts_with(of));
    let town = of_town.then_some(client.insurer);
    (office, finding.code, code, town)
}
