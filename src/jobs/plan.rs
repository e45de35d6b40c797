//! 月間ケアプランの登録: each client's month, whole, with or without add-ons.

use std::collections::HashMap;

use crate::check::{self, CheckedMonth, MonthRules, Roster, Scope, Wanted};
use crate::error::Error;
use crate::model::{AddOn, AddOns, Client, MonthlyPlan, YearMonth};
use crate::payload;
use crate::service::CareWing;

use super::compare::{Candidate, Collection, compare};
use super::inbox;
use super::office::{Office, refuse_foreign};
use super::outcome::{Outcome, in_run};
use super::proposal::{Options, Proposal, Step};
use super::register::conclude;
use super::settle::settle;
use super::{Clerk, Consent};

/// Runs the step.
pub fn plan(
    office: &mut Office,
    month: YearMonth,
    options: Options,
    consent: Consent,
    clerk: &mut dyn Clerk,
) -> Result<Outcome, Error> {
    in_run(office, Step::Plan.name(), Some(month), |office, run| {
        let (service, link) = office.care_wing()?;
        refuse_foreign(&link)?;
        let settled = settle(office, &service)?;
        super::say_settled(settled, clerk);
        super::say_passed_over(office, clerk)?;
        let proposal = prepare(office, &service, month, options)?;
        conclude(office, run, (&service, &link), proposal, consent, clerk)
    })
}

/// The first phase: read, check, fold into months, compare.
pub fn prepare(
    office: &Office,
    service: &CareWing,
    month: YearMonth,
    options: Options,
) -> Result<Proposal, Error> {
    let paths = inbox::files_in(&office.folder.inbox())?;
    let mut inputs = inbox::read(&paths, Wanted::Plans, &office.tables)?;
    super::refuse_empty(office, &inputs, "月間ケアプラン")?;
    let inputs_digest = inputs.digest();
    let named = inputs.gathered.clients();

    let scope = Scope {
        offices: office.settings.offices.clone(),
        month: Some(month),
    };
    let roster = roster(office)?;
    let rules = MonthRules {
        scope: &scope,
        services: &office.tables.services,
        add_ons: options.add_ons,
        roster: Some(&roster),
    };
    let mut months = check::months::check(&mut inputs.gathered, &rules)?;
    if options.add_ons == AddOns::Without {
        keep_add_ons(&mut months, office, service, month)?;
    }
    let add_ons = months.iter().map(|month| month.plan.add_ons.len()).sum();
    let candidates: Vec<Candidate> = payload::months(months, &office.tables.plan)
        .into_iter()
        .map(|(item, remembered)| (item, remembered, Vec::new()))
        .collect();

    let collection = Collection::Plans(month);
    let group = compare(
        collection,
        candidates,
        &named,
        service,
        &office.tables,
        &office.ledger,
    )?;
    let proposal = Proposal {
        step: Step::Plan,
        month: Some(month),
        options,
        groups: vec![group],
        add_ons,
        inputs: inputs.used().cloned().collect(),
        done_with: inputs.done_with(&office.ledger)?,
        inputs_digest,
        book: inputs.gathered.book,
        findings: inputs.gathered.findings,
    };
    super::refuse_idle(office, proposal)
}

/// Not to register add-ons is not to take away those that stand there: a month is replaced
/// whole, so what Care-wing holds of them goes along as it is.
fn keep_add_ons(
    months: &mut [CheckedMonth],
    office: &Office,
    service: &CareWing,
    month: YearMonth,
) -> Result<(), Error> {
    let table = &office.tables.plan;
    let path = Collection::Plans(month).path(&office.tables.contract);
    let mut standing: HashMap<String, Vec<AddOn>> = HashMap::new();
    for listed in service.list(&path)? {
        let held = table
            .read(&listed.item)
            .ok()
            .and_then(|held| MonthlyPlan::from_record(&held));
        standing.extend(held.map(|held| (listed.key, held.add_ons)));
    }
    for month in months {
        month.plan.add_ons = standing.remove(&table.key(&month.plan)).unwrap_or_default();
        month.plan.add_ons.sort();
        month.add_on_cells.clear();
    }
    Ok(())
}

/// The clients that were registered, as they were last sent.
pub fn roster(office: &Office) -> Result<Roster, Error> {
    let sent = office.ledger.sent(&Collection::Clients.name())?;
    Ok(sent
        .into_values()
        .filter_map(|sent| {
            let json = serde_json::from_slice(&sent.body).ok()?;
            let record = office.tables.client.read(&json).ok()?;
            Client::from_record(&record)
        })
        .collect())
}
