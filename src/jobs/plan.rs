//! 月間ケアプランの登録: each client's month, whole, with or without add-ons.

use std::collections::HashMap;
use std::thread;

use crate::check::{self, Gathered, Mention, MonthRules, Roster, Wanted};
use crate::error::Error;
use crate::ledger::{Ledger, LedgerError};
use crate::model::{AddOns, Client, RecordKind, YearMonth};
use crate::parallel;
use crate::service::CareWing;
use crate::table::Tables;

use super::change::Keep;
use super::collection::Collection;
use super::compare::{Comparing, Group, remembered};
use super::inbox::{Inbox, Inputs};
use super::months::MonthDesk;
use super::office::Office;
use super::outcome::{Outcome, in_run};
use super::overtaken::Overtaken;
use super::proposal::{Options, Proposal, Step};
use super::register::conclude;
use super::settle::ready;
use super::standing::{Listed, Standing};
use super::still_open::Seen;
use super::versions::Versions;
use super::way_back::{AllStuck, Stuck};
use super::{Aim, Clerk, Consent, additions, files, locks, planned, removal, waiting};

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
        let aim = consent.aim();
        let mut proposal = prepare(office, &service, month, (options.clone(), aim))?;
        let mut options = options;
        if let Some(file) = files::choose(&proposal, consent, clerk) {
            options.use_file = Some(file);
            proposal = prepare(office, &service, month, (options, aim))?;
        }
        conclude(office, run, (&service, &link), proposal, consent, clerk)
    })
}

/// The first phase: read, check, fold into months, try what would come back, compare.
pub fn prepare(
    office: &Office,
    service: &CareWing,
    month: YearMonth,
    (options, aim): (Options, Aim),
) -> Result<Proposal, Error> {
    let (inbox, plans) = (Inbox::of(office)?, Collection::Plans(month));
    if inbox.is_empty() {
        return Err(super::nothing_to_read(office, PLANS));
    }
    let (tables, ledger) = (&office.tables, &office.ledger);
    let beside = ledger.beside()?;
    // While the files are read, the service says what it holds, and the ledger what was sent.
    thread::scope(|scope| {
        let inputs = scope.spawn(move || inbox.gather(Wanted::Plans, tables));
        let listed = Listed::begin(scope, plans, service, tables);
        let versions = scope.spawn(move || {
            let versions = Versions::look(listed, service, tables, &beside)?;
            // It takes a while, and is asked for when nothing is left to do beside it.
            versions.held_digest();
            Ok::<_, Error>(versions)
        });
        let roster = roster_of(ledger, tables);
        let (inputs, versions) = (parallel::joined(inputs), parallel::joined(versions));
        let mut inputs = inputs?;
        super::refuse_empty(office, &inputs, (Step::Plan, Some(month)), PLANS)?;
        if let Some(file) = &options.use_file {
            inputs.choose(file)?;
        }
        let (roster, versions) = (roster?, versions?);
        let standing = Standing::with(versions, plans, tables, &office.ledger);
        let proposal = compared(office, &standing, (inputs, &roster), month, (options, aim));
        parallel::let_go(roster);
        proposal
    })
}

/// What the inbox is asked for.
const PLANS: &str = "月間ケアプラン";

fn compared(
    office: &Office,
    standing: &Standing<'_>,
    (mut inputs, roster): (Inputs, &Roster),
    month: YearMonth,
    (options, aim): (Options, Aim),
) -> Result<Proposal, Error> {
    let inputs_digest = inputs.digest();
    let (units, own) = (inputs.gathered.lines.units()?, &*office.settings.offices);
    let (named, (whole, mut seen)) = rayon::join(
        || inputs.gathered.named(&units),
        || {
            let whole = removal::named_whole(&inputs, month, &units);
            let seen = Seen::in_plans(&inputs, month, (own, &whole), &units);
            (whole, seen)
        },
    );
    let named_now = inputs.named_since(&office.ledger, Some(month))?;
    let scope = office.scope(month);
    let waiting = waiting::of(office, &inputs, &named, roster)?;
    let sent = planned::sent_before(&office.ledger, &inputs.gathered)?;
    let rules = MonthRules {
        scope: &scope,
        services: &office.tables.services,
        rates: &office.tables.unit_prices,
        add_ons: options.add_ons,
        roster: Some(roster),
        waiting: &waiting,
        sent: &sent,
    };
    let corrected = &inputs.corrected;
    let desk = MonthDesk {
        comparing: Comparing {
            versions: standing.versions(),
            overtaken: &Overtaken::of(corrected, standing.collection(), &office.ledger)?,
            aim,
        },
        roster,
        tables: &office.tables,
        standing: &match options.add_ons {
            AddOns::With => HashMap::new(),
            AddOns::Without => standing.add_ons()?,
        },
    };
    let Folded {
        mut group,
        add_ons,
        stuck,
    } = folded(&mut inputs.gathered, &rules, &desk, standing, options.keep)?;
    if inputs.says_who_is_gone(RecordKind::PlanLine) {
        group.find_missing(standing, |who, office| {
            Mention::anyhow(who.id, office, month).any(|row| named.contains(&row))
        })?;
    }
    removal::propose(&mut group, standing, &whole, roster, options.keep)?;
    removal::find_past_days(&mut group, standing, (month, office.today()?))?;
    removal::allow(&mut group, options.allow_removals);
    let gathered = &inputs.gathered;
    let said = files::remarks(
        &gathered.findings,
        &gathered.clashes,
        &inputs.files,
        Some(month),
    );
    inputs.remarks.extend(said);
    seen.held_with_files(&mut inputs.gathered);
    let proposal = Proposal {
        step: Step::Plan,
        waiting: files::waiting(&inputs.gathered),
        newer: files::one_newer(&inputs),
        month: Some(month),
        options,
        groups: vec![group],
        add_ons,
        stuck,
        inputs: inputs.used().cloned().collect(),
        done_with: inputs.done_with(&office.ledger)?,
        inputs_digest,
        book: std::mem::take(&mut inputs.gathered.book),
        findings: std::mem::take(&mut inputs.gathered.findings),
        corrected: std::mem::take(&mut inputs.corrected),
        left: inputs.left,
        remarks: std::mem::take(&mut inputs.remarks),
        exclusions: std::mem::take(&mut inputs.exclusions),
        named: named_now,
        seen,
    };
    parallel::let_go((inputs, named, units));
    super::refuse_idle(office, proposal)
}

/// The months of a plan, compared.
struct Folded {
    group: Group,
    add_ons: usize,
    stuck: Vec<Stuck>,
}

/// Checks the lines, folds them into months, and looks at each of these.
fn folded(
    gathered: &mut Gathered,
    rules: &MonthRules<'_>,
    desk: &MonthDesk<'_>,
    standing: &Standing<'_>,
    keep: Option<Keep>,
) -> Result<Folded, Error> {
    let mut group = Group::new(standing);
    let (mut add_ons, mut stuck, mut said) = (0, AllStuck::default(), Vec::new());
    check::months::each(
        gathered,
        rules,
        |months| desk.see(months),
        |seen, book| -> Result<(), Error> {
            add_ons += seen.add_ons;
            stuck.take(seen.stuck, &mut said);
            let mut months = seen.months.into_iter();
            months.try_for_each(|of| group.take(of, standing, keep, (book, &mut said)))
        },
    )?;
    gathered.findings.extend(said);
    Ok(Folded {
        group,
        add_ons,
        stuck: stuck.texts,
    })
}

/// The clients that were registered, as they were last sent.
pub fn roster(office: &Office) -> Result<Roster, Error> {
    Ok(roster_of(&office.ledger, &office.tables)?)
}

fn roster_of(ledger: &Ledger, tables: &Tables) -> Result<Roster, LedgerError> {
    remembered((ledger, tables), Collection::Clients, Client::from_record)
}
