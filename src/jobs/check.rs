//! Read and check only: nothing is sent, nothing is remembered.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::check::{
    self, CheckedClient, CheckedMonth, CheckedOffice, Gathered, MonthRules, Roster, Scope,
    SentMonths, Waiting, Wanted,
};
use crate::error::Error;
use crate::finding::{Book, Fate, Finding, RowId};
use crate::ledger::Ledger;
use crate::model::{AddOns, OfficeNumber};
use crate::parallel;
use crate::table::Tables;

use super::corrections::Memory;
use super::inbox::{self, Inputs};
use super::outcome::{Account, Heading, Outcome, trail};
use super::{Clerk, explain, planned};

/// What is known besides the files.
#[derive(Debug, Default)]
pub struct Known<'a> {
    /// Our own offices; empty where any office is meant.
    pub offices: Vec<OfficeNumber>,
    /// Clients that were registered earlier.
    pub roster: Roster,
    /// Care-management offices that were registered earlier; `None` without an office folder.
    pub care_offices: Option<BTreeSet<OfficeNumber>>,
    /// What was sent; `None` without an office folder.
    pub ledger: Option<&'a Ledger>,
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
    known: &Known<'_>,
    add_ons: AddOns,
    tables: &Tables,
) -> Result<Passed, Error> {
    let mut basics = Basics::check(inputs, known)?;
    let mut months = Vec::new();
    let all = |months| months;
    basics.months(add_ons, tables, all, |some: Vec<_>, _| {
        months.extend(some);
        Ok(())
    })?;
    Ok(Passed {
        offices: basics.offices,
        clients: basics.clients,
        months,
        book: basics.gathered.book,
        findings: basics.gathered.findings,
    })
}

/// Basic data that passed; the months come when they are asked for.
#[derive(Debug)]
pub struct Basics {
    /// Care-management offices.
    pub offices: Vec<CheckedOffice>,
    /// Clients.
    pub clients: Vec<CheckedClient>,
    /// What was read. Its book holds the fates; rows of what passed are still undecided.
    pub gathered: Gathered,
    scope: Scope,
    roster: Roster,
    waiting: Waiting,
    sent: SentMonths,
}

impl Basics {
    /// Applies every rule on care-management offices and clients.
    pub fn check(inputs: Inputs, known: &Known<'_>) -> Result<Self, Error> {
        let mut gathered = inputs.gathered;
        let offices = check::offices::check(&mut gathered)?;
        let care_offices = known.care_offices.as_ref().map(|known| {
            let fresh = offices.iter().map(|checked| checked.office.number);
            known.iter().copied().chain(fresh).collect()
        });
        let clients = check::clients::check(&mut gathered, care_offices.as_ref(), &known.roster)?;
        let fresh = clients.iter().map(|checked| checked.client.clone());
        let roster = known.roster.clients().cloned().chain(fresh).collect();
        let sent = match known.ledger {
            Some(ledger) => planned::sent_before(ledger, &gathered)?,
            None => SentMonths::new(),
        };
        Ok(Self {
            sent,
            offices,
            clients,
            waiting: gathered.waiting(),
            gathered,
            scope: Scope {
                offices: known.offices.iter().copied().collect(),
                month: None,
            },
            roster,
        })
    }

    /// Applies every rule on months, once; see [`check::months::each`].
    pub fn months<M: Send>(
        &mut self,
        add_ons: AddOns,
        tables: &Tables,
        make: impl Fn(Vec<CheckedMonth>) -> M + Sync,
        take: impl FnMut(M, &mut Book) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let rules = MonthRules {
            scope: &self.scope,
            services: &tables.services,
            rates: &tables.unit_prices,
            add_ons,
            roster: (!self.roster.is_empty()).then_some(&self.roster),
            waiting: &self.waiting,
            sent: &self.sent,
        };
        check::months::each(&mut self.gathered, &rules, make, take)
    }

    /// Decides that everything that passes can be sent; what it would be is nobody's question.
    pub fn decide(&mut self, tables: &Tables) -> Result<(), Error> {
        let offices = self.offices.iter().flat_map(|checked| &checked.origins);
        let clients = self.clients.iter().flat_map(|checked| &checked.origins);
        for origin in offices.chain(clients) {
            self.gathered.book.decide(origin.id, Fate::Sent)?;
        }
        let lines = |months: Vec<CheckedMonth>| -> Vec<RowId> {
            let lines = months.iter().flat_map(|month| &month.lines);
            lines.map(|(_, origin)| origin.id).collect()
        };
        self.months(AddOns::With, tables, lines, |rows, book| {
            for row in rows {
                book.decide(row, Fate::Sent)?;
            }
            Ok(())
        })
    }
}

/// Checks files, explains each of them, and writes the error workbook into `reports`.
pub fn check(
    paths: &[PathBuf],
    known: &Known<'_>,
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
    let mut basics = Basics::check(inputs, known)?;
    basics.decide(tables)?;
    let Gathered {
        book,
        findings,
        clashes,
        ..
    } = &basics.gathered;
    explain::add_causes(&mut outcome.reading, findings);
    let why = super::files::remarks(findings, clashes, &files, None);
    for remark in &why {
        clerk.note(remark);
    }
    for line in outcome.reading.iter().flat_map(explain::lines) {
        clerk.note(&line);
    }
    let account = Account {
        book,
        findings,
        inputs: &files,
        tables,
        folder: reports,
        trail: &trail(memory)?,
    };
    outcome.close(&account, heading)?;
    parallel::let_go(basics);
    if empty {
        return Err(Error::NothingUsable {
            report: outcome.report.unwrap_or_default(),
            why,
        });
    }
    Ok(outcome)
}
