//! Whose rows a run has read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::check::{Gathered, Unit};
use crate::finding::Who;
use crate::model::{ClientId, FileName, OfficeNumber, Place, RecordKind, YearMonth};

use super::super::inbox::Inputs;

/// A file, or a sheet of a workbook.
pub(super) type Page = (FileName, Option<Arc<str>>);

/// Whose rows a run has read; to be asked before the rows are folded into months.
#[derive(Debug, Default)]
pub struct Seen {
    /// Everybody whom a row of the month names.
    pub people: BTreeSet<ClientId>,
    /// At which of our offices each of them, where we have several.
    pub(super) offices: BTreeMap<ClientId, BTreeSet<OfficeNumber>>,
    /// The kinds of files that name everybody there is.
    pub whole: BTreeSet<&'static str>,
    /// Rows that are no record.
    pub(super) bad: Vec<BadPlace>,
    /// What each sheet holds.
    pub(super) kinds: BTreeMap<Page, &'static str>,
    /// Whose rows are held for what is said of their file.
    pub(super) with_files: Vec<(Place, Who)>,
}

/// A row that is no record, with as much of whose it is as could be read.
#[derive(Debug)]
pub(super) struct BadPlace {
    pub(super) place: Place,
    pub(super) client: Option<ClientId>,
    /// The comparison key of the name; empty where there is none.
    pub(super) name: String,
}

impl Seen {
    /// Everybody whom basic data names.
    pub fn in_basics(inputs: &Inputs, named: &BTreeSet<ClientId>) -> Self {
        let mut seen = Self::of(&inputs.gathered);
        seen.people.clone_from(named);
        let whole = |kind: &RecordKind| {
            inputs.says_who_is_gone(*kind) && inputs.gathered.unusable_file().is_none()
        };
        let kinds = [RecordKind::CareOffice, RecordKind::ClientCard];
        seen.whole = kinds
            .iter()
            .filter(|of| whole(of))
            .map(|of| of.name())
            .collect();
        if inputs
            .gathered
            .bad_rows
            .iter()
            .any(|row| row.kind == RecordKind::ClientCard && row.client.is_none())
        {
            seen.whole.remove(RecordKind::ClientCard.name());
        }
        seen
    }

    /// Everybody whom plans name in a month of our offices. `whole` is of which offices the
    /// files name everybody.
    pub fn in_plans(
        inputs: &Inputs,
        month: YearMonth,
        (own, whole): (&[OfficeNumber], &BTreeSet<OfficeNumber>),
        units: &[Unit],
    ) -> Self {
        let gathered = &inputs.gathered;
        let mut seen = Self::of(gathered);
        let is_ours = |office: OfficeNumber, of: YearMonth| of == month && own.contains(&office);
        let named = units.iter().filter(|(office, of, _)| is_ours(*office, *of));
        seen.people = named.clone().map(|(.., client)| *client).collect();
        if own.len() > 1 {
            for (office, _, client) in named {
                seen.offices.entry(*client).or_default().insert(*office);
            }
        }
        for row in &gathered.bad_rows {
            let (office, of) = (row.office.unwrap_or(own[0]), row.month.unwrap_or(month));
            let client = row.client.filter(|_| is_ours(office, of));
            seen.people.extend(client);
            if own.len() > 1
                && let Some((client, office)) = client.zip(row.office)
            {
                seen.offices.entry(client).or_default().insert(office);
            }
        }
        if !whole.is_empty() && own.iter().all(|office| whole.contains(office)) {
            seen.whole.insert(RecordKind::PlanLine.name());
        }
        seen
    }

    /// The same rows, whoever they name.
    pub fn of(gathered: &Gathered) -> Self {
        let sheets = gathered.recognised.iter().map(|(sheet, _)| sheet);
        let bad = gathered.bad_rows.iter().map(|row| BadPlace {
            place: row.origin.place(),
            client: row.client,
            name: row.name.clone(),
        });
        Self {
            people: BTreeSet::new(),
            offices: BTreeMap::new(),
            whole: BTreeSet::new(),
            bad: bad.collect(),
            with_files: Vec::new(),
            kinds: sheets
                .map(|sheet| {
                    let page = (sheet.file().clone(), sheet.name().cloned());
                    (page, sheet.layout.record().name())
                })
                .collect(),
        }
    }

    /// Whose rows are held for what is said of their file, each with its place.
    pub fn with_files(&self) -> &[(Place, Who)] {
        &self.with_files
    }

    /// Takes in whom the rules have held for what is said of their file; of their rows nothing
    /// is said by themselves.
    pub fn held_with_files(&mut self, gathered: &mut Gathered) {
        self.with_files.append(&mut gathered.held_with_files);
    }

    /// How many people there are: those whose number could be read, and other rows by name.
    pub fn count(&self) -> usize {
        let nameless = |of: &&BadPlace| of.client.is_none();
        let strangers = self.bad.iter().filter(nameless).map(|of| {
            let row = of.name.is_empty().then_some(&of.place);
            (&*of.name, row)
        });
        self.people.len() + strangers.collect::<BTreeSet<_>>().len()
    }
}
