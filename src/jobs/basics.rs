//! 基本情報の登録: care-management offices, then clients with their insurance cards.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{self, Gathered, Wanted};
use crate::error::Error;
use crate::model::{CareOffice, OfficeNumber, RecordKind};
use crate::payload;
use crate::service::CareWing;

use super::collection::Collection;
use super::compare::{Candidate, compare, remembered};
use super::inbox;
use super::office::Office;
use super::outcome::{Outcome, in_run};
use super::overtaken::Overtaken;
use super::plan::roster;
use super::proposal::{Options, Proposal, Step};
use super::register::conclude;
use super::settle::ready;
use super::standing::Standing;
use super::still_open::Seen;
use super::{Aim, Clerk, Consent, additions, files};

/// What the inbox is asked for.
const BASICS: &str = "基本情報(居宅支援事業所一覧・利用者一覧)";

/// Runs the step.
pub fn basics(
    office: &mut Office,
    options: Options,
    consent: Consent,
    clerk: &mut dyn Clerk,
) -> Result<Outcome, Error> {
    in_run(office, Step::Basics.name(), None, |office, run| {
        additions::take(office, clerk)?;
        let (service, link) = ready(office, clerk)?;
        let aim = consent.aim();
        let mut proposal = prepare(office, &service, (options.clone(), aim))?;
        let mut options = options;
        if let Some(file) = files::choose(&proposal, consent, clerk) {
            options.use_file = Some(file);
            proposal = prepare(office, &service, (options, aim))?;
        }
        conclude(office, run, (&service, &link), proposal, consent, clerk)
    })
}

/// The first phase: read, check, map, compare.
pub fn prepare(
    office: &Office,
    service: &CareWing,
    (options, aim): (Options, Aim),
) -> Result<Proposal, Error> {
    let mut inputs = inbox::gather(office, Wanted::Basics)?;
    super::refuse_empty(office, &inputs, (Step::Basics, None), BASICS)?;
    if let Some(file) = &options.use_file {
        inputs.choose(file)?;
    }
    let inputs_digest = inputs.digest();
    let named = inputs.gathered.clients()?;
    let named_now = inputs.named_since(&office.ledger, None)?;
    let mut seen = Seen::in_basics(&inputs, &named);

    let offices = check::offices::check(&mut inputs.gathered)?;
    let mut known = known_care_offices(office)?;
    known.extend(offices.iter().map(|checked| checked.office.number));
    let roster = roster(office)?;
    let clients = check::clients::check(&mut inputs.gathered, Some(&known), &roster)?;

    let mut keys: BTreeMap<OfficeNumber, Vec<String>> = BTreeMap::new();
    for checked in &offices {
        let key = office.tables.care_office.key(&checked.office);
        keys.entry(checked.office.number).or_default().push(key);
    }
    let offices: Vec<Candidate> = payload::care_offices(offices, &office.tables.care_office)
        .into_iter()
        .map(|item| (item, Vec::new(), Vec::new()))
        .collect();
    let clients: Vec<Candidate> = payload::clients(clients, &office.tables.client)
        .into_iter()
        .map(|(item, needs)| {
            let needs = needs
                .iter()
                .flat_map(|office| keys.get(office).cloned().unwrap_or_default())
                .collect();
            (item, Vec::new(), needs)
        })
        .collect();

    let mut groups = Vec::new();
    for (collection, candidates, kind) in [
        (Collection::CareOffices, offices, RecordKind::CareOffice),
        (Collection::Clients, clients, RecordKind::ClientCard),
    ] {
        let standing = Standing::of(collection, service, &office.tables, &office.ledger)?;
        let overtaken = Overtaken::of(&inputs.corrected, collection, &office.ledger)?;
        let Gathered { book, findings, .. } = &mut inputs.gathered;
        let (with, said) = ((&overtaken, aim), (book, findings));
        let mut group = compare(&standing, candidates, with, options.keep, said)?;
        // A kind of file that is not in the inbox says nothing about what has gone.
        if inputs.says_who_is_gone(kind) {
            group.find_missing(&standing, |who, _| named.contains(&who.id))?;
        }
        groups.push(group);
    }
    let gathered = &inputs.gathered;
    let said = files::remarks(&gathered.findings, &gathered.clashes, &inputs.files, None);
    inputs.remarks.extend(said);
    seen.held_with_files(&mut inputs.gathered);
    let proposal = Proposal {
        step: Step::Basics,
        month: None,
        waiting: files::waiting(&inputs.gathered),
        newer: files::one_newer(&inputs),
        options,
        groups,
        add_ons: 0,
        stuck: Vec::new(),
        inputs: inputs.used().cloned().collect(),
        done_with: inputs.done_with(&office.ledger)?,
        inputs_digest,
        book: inputs.gathered.book,
        findings: inputs.gathered.findings,
        corrected: inputs.corrected,
        left: inputs.left,
        remarks: inputs.remarks,
        exclusions: inputs.exclusions,
        named: named_now,
        seen,
    };
    super::refuse_idle(office, proposal)
}

/// The care-management offices that were registered earlier.
pub fn known_care_offices(office: &Office) -> Result<BTreeSet<OfficeNumber>, Error> {
    let known = (&office.ledger, &office.tables);
    let offices: Vec<_> = remembered(known, Collection::CareOffices, CareOffice::from_record)?;
    Ok(offices.into_iter().map(|office| office.number).collect())
}
