//! 請求前点検: what a month would be sent back for, or asked about, looked at before it is claimed.
//!
//! In: each client's month as it would be billed, what is known of the client, and what others do
//! for the client as far as a 利用票 says it ([`Subject`]). Out: [`Remark`]s. Nothing is put right,
//! nothing is computed into a claim: it is said, and where the office wants it so, the client's
//! month is held until somebody has looked.
//!
//! Every check is a function on one client; `CHECKS` names them all. Their numbers and words are
//! data ([`AuditTable`](crate::table::AuditTable)).

pub mod subject;
mod visits;
mod days;
mod months;
mod people;
#[cfg(test)]
mod samples;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::finding::{Attention, Attentions, Code, Remark};
use crate::model::ClientId;

pub use subject::{Month, OtherDay, Others, Subject};

/// A check: what it finds in a client's month.
type Check = fn(&Subject<'_>, &Month<'_>) -> Vec<Remark>;

/// Every check, by its code.
const CHECKS: [(Code, Check); 17] = [
    (Code::TimeBandDiffers, visits::time_band),
    (Code::LengthDiffers, visits::length),
    (Code::WithinTwoHours, days::two_hours),
    (Code::VisitsShareTime, days::overlap),
    (Code::ClientIsElsewhere, days::elsewhere),
    (Code::FeeAndPart, months::fee_and_part),
    (Code::OverTheLimit, months::limit),
    (Code::ManyHomeHelpVisits, months::home_help),
    (Code::NoPublicFunding, people::public_funding),
    (Code::PublicNumberFails, people::public_numbers),
    (Code::CodeOfAnotherTown, months::town_of_code),
    (Code::CertificationEnds, people::certification_end),
    (Code::ComesOfAge, people::birthday),
    (Code::FirstVisitInDoubt, months::first_visit),
    (Code::BaseCode, visits::base_code),
    (Code::LateForTheClaim, people::late),
    (Code::AwaitsCertification, people::pending),
];

/// What was looked at, and what there is to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audit {
    /// In the order of clients, checks and days.
    pub remarks: Vec<Remark>,
    /// How many clients' months were looked at.
    pub clients: usize,
    /// Of how many of them a 利用票 says what others do.
    pub with_others: usize,
}

impl Audit {
    /// Makes the checks that are wanted.
    pub fn of(subjects: &[Subject<'_>], month: &Month<'_>, wanted: &Attentions) -> Self {
        let is_wanted = |(code, _): &&(Code, Check)| wanted.of(*code) != Attention::Off;
        let checks: Vec<&(Code, Check)> = CHECKS.iter().filter(is_wanted).collect();
        let look = |subject: &Subject<'_>| -> Vec<Remark> {
            let found = checks.iter().flat_map(|(_, check)| check(subject, month));
            found.collect()
        };
        Self {
            remarks: subjects.par_iter().flat_map_iter(look).collect(),
            clients: subjects.len(),
            with_others: subjects.iter().filter(|of| !of.others.is_empty()).count(),
        }
    }

    /// How many remarks a check has made.
    pub fn count(&self, code: Code) -> usize {
        self.remarks.iter().filter(|of| of.code == code).count()
    }

    /// Whose actuals are held, with the checks that want it so.
    pub fn held(&self, wanted: &Attentions) -> BTreeMap<ClientId, BTreeSet<Code>> {
        let is_to_hold = |of: &&Remark| wanted.of(of.code) == Attention::Hold;
        let mut clients: BTreeMap<ClientId, BTreeSet<Code>> = BTreeMap::new();
        for remark in self.remarks.iter().filter(is_to_hold) {
            clients
                .entry(remark.client)
                .or_default()
                .insert(remark.code);
        }
        clients
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_of_the_catalogue_is_made() {
        let of_catalogue: Vec<Code> = Code::ALL
            .iter()
            .copied()
            .filter(|code| code.is_of_the_audit())
            .collect();
        let made: Vec<Code> = CHECKS.iter().map(|(code, _)| *code).collect();
        assert_eq!(made, of_catalogue);
    }
}
