//! 請求前点検: what a month would be sent back for, or asked about, looked at before it is claimed.
//!
//! In: each client's month as it would be billed, what is known of the client, and what others do
//! for the client as far as a 利用票 says it ([`ClientMonth`]). Out: [`Remark`]s. Nothing is put right,
//! nothing is computed into a claim: it is said, and where the office wants it so, the client's
//! month is held until somebody has looked.
//!
//! Every check is a function on one client; `CHECKS` names them all. Their numbers and words are
//! data ([`AuditTable`](crate::table::AuditTable)).

pub mod client_month;
mod visits;
mod days;
mod fees;
mod sums;
mod first_visit;
mod people;
#[cfg(test)]
mod samples;

use std::collections::BTreeMap;
use std::fmt;

use rayon::prelude::*;

use crate::finding::{Attention, Attentions, Code, Remark};
use crate::model::{ClientId, OfficeNumber};

pub use client_month::{
    Basis, Before, ClientMonth, Month, OtherDay, Others, Served, client_months,
};
pub use first_visit::is_of_town;

/// A check: what it finds in a client's month.
type Check = fn(&ClientMonth<'_>, &Month<'_>) -> Vec<Remark>;

/// Every check, by its code.
const CHECKS: [(Code, Check); 17] = [
    (Code::TimeBandDiffers, visits::time_band),
    (Code::LengthDiffers, visits::length),
    (Code::WithinTwoHours, days::two_hours),
    (Code::VisitsShareTime, days::overlap),
    (Code::ClientIsElsewhere, days::elsewhere),
    (Code::FeeAndMore, fees::fee_and_more),
    (Code::OverTheLimit, sums::limit),
    (Code::ManyHomeHelpVisits, sums::home_help),
    (Code::NoPublicFunding, people::public_funding),
    (Code::PublicNumberFails, people::public_numbers),
    (Code::CodeOfAnotherTown, fees::town_of_code),
    (Code::CertificationEnds, people::certification_end),
    (Code::ComesOfAge, people::birthday),
    (Code::FirstVisitInDoubt, first_visit::first_visit),
    (Code::BaseCode, visits::base_code),
    (Code::LateForTheClaim, people::late),
    (Code::AwaitsCertification, people::pending),
];

/// What was looked at, and what there is to say.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Audit {
    /// First those that hold somebody; in the order of clients and checks.
    pub remarks: Vec<Remark>,
    /// How many clients' months were looked at.
    pub clients: usize,
    /// Of how many of them a 利用票 says what others do.
    pub with_others: usize,
}

/// Whose actuals are held for which checks: at one of our offices, or where none is named at all of
/// them.
pub type Held = BTreeMap<ClientId, Vec<(Option<OfficeNumber>, Code)>>;

/// Counts: whose months these are has no business in a log.
impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Audit({} of {})", self.remarks.len(), self.clients)
    }
}

impl Audit {
    /// Makes the checks that are wanted.
    pub fn of(clients: &[ClientMonth<'_>], month: &Month<'_>, wanted: &Attentions) -> Self {
        let is_wanted = |(code, _): &&(Code, Check)| wanted.of(*code) != Attention::Off;
        let checks: Vec<&(Code, Check)> = CHECKS.iter().filter(is_wanted).collect();
        let look = |client: &ClientMonth<'_>| -> Vec<Remark> {
            let found = checks.iter().flat_map(|(_, check)| check(client, month));
            found.collect()
        };
        let mut remarks: Vec<Remark> = clients.par_iter().flat_map_iter(look).collect();
        remarks.sort_by_key(|of| wanted.of(of.code) != Attention::Hold);
        Self {
            remarks,
            clients: clients.len(),
            with_others: clients.iter().filter(|of| !of.others.is_empty()).count(),
        }
    }

    /// How many remarks each check has made that has made any, in the order of the catalogue.
    pub fn counts(&self) -> BTreeMap<Code, usize> {
        let mut counts = BTreeMap::new();
        for remark in &self.remarks {
            *counts.entry(remark.code).or_default() += 1;
        }
        counts
    }

    /// Whose actuals are held.
    pub fn held(&self, wanted: &Attentions) -> Held {
        let is_to_hold = |of: &&Remark| wanted.of(of.code) == Attention::Hold;
        let mut held = Held::new();
        for remark in self.remarks.iter().filter(is_to_hold) {
            let of_client = held.entry(remark.client).or_default();
            of_client.push((remark.office, remark.code));
        }
        held
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
