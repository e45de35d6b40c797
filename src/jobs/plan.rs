//! 月間ケアプランの登録: each client's month, whole, with or without add-ons.

use std::panic::resume_unwind;
use std::thread;

use crate::check::{self, CheckedMonth, MonthRules, Roster, Scope, Wanted};
use crate::error::Error;
use crate::ledger::LedgerError;
use crate::model::{AddOn, AddOns, Client, RecordKind, YearMonth};
use crate::payload;
use crate::service::CareWing;
use crate::table::{ServiceCodes, Tables};

use super::collection::Collection;
use super::compare::{Candidate, bodies, compare, records};
use super::inbox::{self, Inputs};
use super::office::Office;
use super::outcome::{Outcome, in_run};
use super::proposal::{Options, Proposal, Step};
use super::register::conclude;
use super::settle::ready;
use super::standing::{Listed, Standing};
use super::{Clerk, Consent, additions, locks, overtaken, removal, way_back};

/// Runs the step.
pub fn plan(
    office: &mut Office,
    month: YearMonth,
    options: Options,
    consent: Consent,
    clerk: &mut dyn Clerk,
) -> Result<Outcome, Error> {
    in_run(office, Step::Plan.name(), Some(month), |office, run| {
        locks::respect(office, run, month, consent, clerk)?;
        additions::take(office, clerk)?;
        let (service, link) = ready(office, clerk)?;
        let proposal = prepare(office, &service, month, options)?;
        conclude(office, run, (&service, &link), proposal, consent, clerk)
    })
}

/// The first phase: read, check, fold into months, try what would come back, compare.
pub fn prepare(
    office: &Office,
    service: &CareWing,
    month: YearMonth,
    options: Options,
) -> Result<Proposal, Error> {
    if inbox::files_in(&office.folder.inbox())?.is_empty() {
        return Err(super::nothing_to_read(office, PLANS));
    }
    let registered = bodies(office, Collection::Clients)?;
    let tables = &office.tables;
    // While the files are read, the service says what it holds, and the clients are looked up.
    thread::scope(|scope| {
        let listed = Listed::begin(scope, Collection::Plans(month), service, tables);
        let roster = scope.spawn(|| roster_of(registered, tables));
        let inputs = inbox::gather(office, Wanted::Plans)?;
        super::refuse_empty(office, &inputs, PLANS)?;
        let roster = roster.join().unwrap_or_else(|panic| resume_unwind(panic));
        compared(office, (service, listed), (inputs, &roster), month, options)
    })
}

/// What the inbox is asked for.
const PLANS: &str = "月間ケアプラン";

fn compared(
    office: &Office,
    (service, listed): (&CareWing, Listed<'_>),
    (mut inputs, roster): (Inputs, &Roster),
    month: YearMonth,
    options: Options,
) -> Result<Proposal, Error> {
    let inputs_digest = inputs.digest();
    let named = inputs.gathered.clients()?;
    let whole = removal::named_whole(&inputs, month)?;

    let scope = Scope {
        offices: office.settings.offices.iter().copied().collect(),
        month: Some(month),
    };
    let rules = MonthRules {
        scope: &scope,
        services: &office.tables.services,
        add_ons: options.add_ons,
        roster: Some(roster),
    };
    let mut months = check::months::check(&mut inputs.gathered, &rules)?;
    let collection = Collection::Plans(month);
    let standing = Standing::listed(listed, service, &office.tables, &office.ledger)?;
    if options.add_ons == AddOns::Without {
        keep_add_ons(&mut months, &standing, &office.tables)?;
    }
    let approved = &office.tables.replacements;
    let findings = &mut inputs.gathered.findings;
    let stuck = way_back::check(&months, roster, approved, findings);
    let add_ons = months.iter().map(|month| month.plan.add_ons.len()).sum();
    let mut candidates: Vec<Candidate> = payload::months(months, &office.tables.plan)
        .into_iter()
        .map(|(item, remembered)| (item, remembered, Vec::new()))
        .collect();

    overtaken::withhold(&mut inputs, collection, &mut candidates, &office.ledger)?;
    let mut group = compare(&standing, candidates, &named, options.keep)?;
    if !inputs.says_who_is_gone(RecordKind::PlanLine) {
        group.missing.clear();
    }
    removal::propose(&mut group, &standing, &whole, roster, options.keep)?;
    removal::allow(&mut group, options.allow_removals);
    let proposal = Proposal {
        step: Step::Plan,
        month: Some(month),
        options,
        groups: vec![group],
        add_ons,
        stuck,
        inputs: inputs.used().cloned().collect(),
        done_with: inputs.done_with(&office.ledger)?,
        inputs_digest,
        book: inputs.gathered.book,
        findings: inputs.gathered.findings,
        corrected: inputs.corrected,
        left: inputs.left,
        remarks: inputs.remarks,
    };
    super::refuse_idle(office, proposal)
}

/// Not to register add-ons is not to take away those that stand there: a month is replaced
/// whole, so what Care-wing holds of them goes along as it is.
fn keep_add_ons(
    months: &mut [CheckedMonth],
    standing: &Standing<'_>,
    tables: &Tables,
) -> Result<(), LedgerError> {
    for month in months {
        if let Some(held) = standing.held_month(&tables.plan.key(&month.plan))? {
            join(month, held.add_ons, &tables.services);
        }
    }
    Ok(())
}

/// Lays the add-ons that stand there beside the month's own fees, which are no add-ons and go
/// as they always do.
fn join(month: &mut CheckedMonth, mut standing: Vec<AddOn>, services: &ServiceCodes) {
    let plan = &mut month.plan;
    standing.retain(|add_on| {
        let service = services.find(add_on.code, plan.client.insurer, plan.month);
        service.is_none_or(|service| !service.class.is_fee())
    });
    if standing.is_empty() {
        return;
    }
    plan.add_ons.extend(standing);
    plan.add_ons.sort();
    // What came from no cell stands among them now.
    month.add_on_cells.clear();
}

/// The clients that were registered, as they were last sent.
pub fn roster(office: &Office) -> Result<Roster, Error> {
    Ok(roster_of(
        bodies(office, Collection::Clients)?,
        &office.tables,
    ))
}

fn roster_of(bodies: Vec<Vec<u8>>, tables: &Tables) -> Roster {
    let payload = Collection::Clients.payload(tables);
    let clients = records(bodies, payload, Client::from_record);
    clients.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::model::{
        CivilDate, ClientId, InsuredNumber, InsurerNumber, MonthlyPlan, OfficeNumber, ServiceCode,
    };

    fn add_on(code: &str, day: u32) -> AddOn {
        AddOn {
            date: CivilDate::new(2026, 10, day),
            hours: None,
            code: ServiceCode::parse(code).unwrap(),
        }
    }

    /// A month with fees of its own, each with the row and day it came from, after what
    /// stands there has joined it.
    fn joined(own: Vec<AddOn>, standing: Vec<AddOn>) -> CheckedMonth {
        let mut month = CheckedMonth {
            add_on_cells: (0..own.len()).map(|row| (row, 1)).collect(),
            plan: MonthlyPlan {
                office: OfficeNumber::parse("1370100016").unwrap(),
                month: YearMonth::new(2026, 10).unwrap(),
                client: ClientId {
                    insurer: InsurerNumber::parse("131128").unwrap(),
                    insured: InsuredNumber::parse("0000123456").unwrap(),
                },
                visits: Vec::new(),
                add_ons: own,
            },
            name: String::new(),
            lines: Vec::new(),
            visit_cells: Vec::new(),
        };
        join(&mut month, standing, &Tables::load(None).unwrap().services);
        month
    }

    #[test]
    fn a_fee_goes_though_no_add_ons_are_registered() {
        let month = joined(vec![add_on("A21111", 1)], vec![]);
        assert_eq!(month.plan.add_ons, [add_on("A21111", 1)]);
        assert_eq!(month.add_on_cells, [(0, 1)]);
    }

    #[test]
    fn add_ons_that_stand_there_stay_in_their_order_among_the_fees() {
        let month = joined(
            vec![add_on("A21111", 5)],
            vec![add_on("114001", 6), add_on("114004", 1)],
        );
        assert_eq!(
            month.plan.add_ons,
            [
                add_on("114004", 1),
                add_on("A21111", 5),
                add_on("114001", 6)
            ]
        );
        // None of them is said to come from the cell of another one.
        assert_eq!(month.add_on_cells, []);
    }

    #[test]
    fn a_fee_that_stands_there_gives_way_to_what_the_plan_says_now() {
        let standing = vec![add_on("A21111", 1), add_on("A22111", 2)];
        let moved = joined(vec![add_on("A21111", 5)], standing.clone());
        assert_eq!(moved.plan.add_ons, [add_on("A21111", 5)]);
        assert_eq!(joined(vec![], standing).plan.add_ons, []);
    }
}
