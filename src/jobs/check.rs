//! Read and check only: nothing is sent, nothing is remembered.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::check::{
    self, CheckedClient, CheckedMonth, CheckedOffice, MonthRules, Roster, Scope, Wanted,
};
use crate::error::Error;
use crate::finding::{Book, Fate, Finding};
use crate::model::{AddOns, OfficeNumber};
use crate::table::Tables;

use super::corrections::Memory;
use super::inbox::{self, Inputs};
use super::outcome::{Account, Heading, Outcome, trail};
use super::{Clerk, explain};

/// What is known besides the files.
#[derive(Debug, Default)]
pub struct Known {
    /// Our own offices; empty where any office is meant.
    pub offices: Vec<OfficeNumber>,
    /// Clients that were registered earlier.
    pub roster: Roster,
    /// Care-management offices that were registered earlier; `None` without an office folder.
    pub care_offices: Option<BTreeSet<OfficeNumber>>,
}

/// Everything that passed, and what is to be said about the rest.
#[derive(Debug)]
pub struct Passed {
    /// Care-management offices.
    pub offices: Vec<CheckedOffice>,
    /// Clients.
    pub clients: Vec<CheckedClient>,
    /// Months.
    pub months: Vec<CheckedMonth>,
    /// The fates; rows of what passed are still undecided.
    pub book: Book,
    /// What is to be said.
    pub findings: Vec<Finding>,
}

/// Applies every rule to what was read. Where no basic data is known at all, the rules that
/// need it are not asked.
pub fn pass(
    inputs: Inputs,
    known: &Known,
    add_ons: AddOns,
    tables: &Tables,
) -> Result<Passed, Error> {
    let mut gathered = inputs.gathered;
    let offices = check::offices::check(&mut gathered)?;
    let care_offices = known.care_offices.as_ref().map(|known| {
        let fresh = offices.iter().map(|checked| checked.office.number);
        known.iter().copied().chain(fresh).collect()
    });
    let clients = check::clients::check(&mut gathered, care_offices.as_ref(), &known.roster)?;
    let fresh = clients.iter().map(|checked| checked.client.clone());
    let roster: Roster = known.roster.clients().cloned().chain(fresh).collect();
    let scope = Scope {
        offices: known.offices.clone(),
        month: None,
    };
    let rules = MonthRules {
        scope: &scope,
        services: &tables.services,
        add_ons,
        roster: (!roster.is_empty()).then_some(&roster),
    };
    let months = check::months::check(&mut gathered, &rules)?;
    Ok(Passed {
        offices,
        clients,
        months,
        book: gathered.book,
        findings: gathered.findings,
    })
}

impl Passed {
    /// Decides that everything that passed can be sent.
    fn decide(&mut self) -> Result<(), Error> {
        let offices = self.offices.iter().flat_map(|checked| &checked.origins);
        let clients = self.clients.iter().flat_map(|checked| &checked.origins);
        let lines = self
            .months
            .iter()
            .flat_map(|month| month.lines.iter().map(|(_, at)| at));
        for origin in offices.chain(clients).chain(lines) {
            self.book.decide(origin.id, Fate::Sent)?;
        }
        Ok(())
    }
}

/// Checks files, explains each of them, and writes the error workbook into `reports`.
pub fn check(
    paths: &[PathBuf],
    known: &Known,
    (tables, memory): (&Tables, &Memory<'_>),
    reports: &Path,
    heading: Heading<'_>,
    clerk: &mut dyn Clerk,
) -> Result<Outcome, Error> {
    let inputs = inbox::read_corrected(paths, Wanted::Everything, tables, memory)?;
    let files = inputs.files.clone();
    let mut outcome = Outcome::of("check", None);
    outcome.left = inputs.left;
    outcome.reading = explain::explain(&inputs);
    let empty = inputs.gathered.sheets == 0 && inputs.remarks.is_empty();
    for remark in &inputs.remarks {
        clerk.note(remark);
    }
    let mut passed = pass(inputs, known, AddOns::With, tables)?;
    passed.decide()?;
    explain::add_causes(&mut outcome.reading, &passed.findings);
    for line in outcome.reading.iter().flat_map(explain::lines) {
        clerk.note(&line);
    }
    let account = Account {
        book: &passed.book,
        findings: &passed.findings,
        inputs: &files,
        tables,
        folder: reports,
        trail: &trail(memory)?,
    };
    outcome.close(&account, heading)?;
    if empty {
        return Err(Error::NothingUsable {
            report: outcome.report.unwrap_or_default(),
        });
    }
    Ok(outcome)
}
