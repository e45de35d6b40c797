//! The plan that actuals come back to: the lines as 楽すけ has them.
//!
//! A grid file that lies in the inbox was not registered yet, so it is newer than what was:
//! where it names a client at one of our offices, its lines count, else those that were last
//! registered. It is only looked at, and stays where it is.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{self, CheckError, Gathered, MonthRules, Roster, SentMonths, Waiting, Wanted};
use crate::error::Error;
use crate::ledger::{Ledger, LedgerError, OpenLine};
use crate::model::{AddOns, ClientId, OfficeNumber, PlanLine, SentLine, YearMonth};
use crate::payload::lines;

use super::collection::Collection;
use super::inbox;
use super::office::Office;
use super::proposal::Step;
use super::still_open::{self, Found, Seen, Watch};

/// The plan of a month, from both places.
#[derive(Debug, Default)]
pub struct Planned {
    /// The lines of each client.
    pub lines: BTreeMap<ClientId, Vec<PlanLine>>,
    /// How many clients' lines are those of the inbox.
    pub from_inbox: usize,
    /// How many clients the inbox names whose lines cannot be used.
    pub unusable: usize,
    /// Whoever cannot go, or would have to be registered first, as the inbox says.
    pub open: Vec<OpenLine>,
}

/// Gathers it.
pub fn planned(office: &Office, month: YearMonth, roster: &Roster) -> Result<Planned, Error> {
    let sent = sent(&office.ledger, month)?;
    let mut planned = Planned::default();
    for ((.., client), lines) in &sent {
        let of_client = planned.lines.entry(*client).or_default();
        of_client.extend(lines::of_all(lines.iter().cloned()));
    }
    let mut inputs = inbox::gather(office, Wanted::Plans)?;
    let mut seen = Seen::of(&inputs.gathered);
    let scope = office.scope(month);
    let rules = MonthRules {
        scope: &scope,
        services: &office.tables.services,
        rates: &office.tables.unit_prices,
        add_ons: AddOns::With,
        roster: Some(roster),
        waiting: &Waiting::new(),
        sent: &sent,
    };
    let mut used: BTreeSet<ClientId> = BTreeSet::new();
    let collection = Collection::Plans(month).name();
    for month in check::months::check(&mut inputs.gathered, &rules)? {
        let key = office.tables.plan.key(&month.plan);
        if office.ledger.sent_in(&collection, &key)?.is_none() {
            planned.open.push(still_open::not_registered(&month));
        }
        let (client, of) = (month.plan.client, month.plan.office);
        let lines = lines::of_grid(&month.lines).into_iter();
        planned.replace(client, of, lines::of_all(lines.chain(month.standing)));
        used.insert(client);
    }
    planned.from_inbox = used.len();
    let wrong = inputs.gathered.findings.iter();
    let wrong = wrong.filter(|finding| finding.withholds());
    let clashes = inputs.gathered.clashes.iter();
    let held: BTreeSet<ClientId> = wrong
        .filter_map(|finding| finding.client.as_ref().map(|who| who.id))
        .chain(clashes.flat_map(|clash| clash.clients.iter().copied()))
        .collect();
    planned.unusable = held.difference(&used).count();
    seen.held_with_files(&mut inputs.gathered);
    planned.open.extend(still_open::held(
        &Found {
            step: Step::Plan,
            month: Some(month),
            book: &inputs.gathered.book,
            findings: &inputs.gathered.findings,
            inputs: &inputs.files,
            seen: &seen,
            watch: &Watch::default(),
            others: Vec::new(),
        },
        &office.tables.names,
    ));
    Ok(planned)
}

impl Planned {
    fn replace(&mut self, client: ClientId, office: OfficeNumber, lines: Vec<PlanLine>) {
        let of_client = self.lines.entry(client).or_default();
        of_client.retain(|line| line.office != office);
        of_client.extend(lines);
    }
}

/// The lines of the plans that were last registered, each with who planned it.
pub fn sent(ledger: &Ledger, month: YearMonth) -> Result<SentMonths, LedgerError> {
    let mut sent = SentMonths::new();
    for source in ledger.sources(&Collection::Plans(month).name())? {
        let lines = lines::restore(&source).unwrap_or_default();
        if let Some(SentLine { line, .. }) = lines.first() {
            let unit = (line.office, line.month, line.client);
            sent.insert(unit, lines);
        }
    }
    Ok(sent)
}

/// The same of every month that files are about, where any of them says who has planned it.
pub fn sent_before(ledger: &Ledger, gathered: &Gathered) -> Result<SentMonths, Error> {
    let mut sent = SentMonths::new();
    if gathered.has_senders() {
        let units = gathered.lines.units().map_err(CheckError::from)?;
        let months: BTreeSet<YearMonth> = units.into_iter().map(|(_, month, _)| month).collect();
        for month in months {
            sent.extend(self::sent(ledger, month)?);
        }
    }
    Ok(sent)
}
