//! Who of those that were open goes through.

use std::collections::{BTreeSet, HashMap};

use crate::error::Error;
use crate::finding::Code;
use crate::ledger::OpenLine;
use crate::model::{ClientId, Field, OfficeNumber, Record, Value, YearMonth};

use super::super::office::Office;
use super::super::plan;
use super::super::proposal::Step;

/// Looks out for those who were open before a run. A country has a million clients in a run,
/// and hardly anybody of them was.
#[derive(Debug, Default)]
pub struct Watch {
    keys: HashMap<String, (ClientId, Option<OfficeNumber>)>,
    /// The same for rows whose number is none, or nobody's, by whoever bears their name.
    names: HashMap<String, String>,
    went: BTreeSet<(ClientId, Option<OfficeNumber>)>,
    names_that_went: BTreeSet<String>,
}

impl Watch {
    /// Looks out for everybody who is open at a step.
    pub fn of(office: &Office, step: Step, month: Option<YearMonth>) -> Result<Self, Error> {
        let mut watch = Self::default();
        let mut strangers = BTreeSet::new();
        for line in office.ledger.still_open(step.name(), month)? {
            if let Some(client) = line.client {
                let keys = keys(office, step, month, client).into_iter();
                watch
                    .keys
                    .extend(keys.map(|(own, key)| (key, (client, own))));
            }
            if is_of_nobody(&line) {
                strangers.insert(office.tables.names.fold(&line.name));
            }
        }
        if strangers.is_empty() {
            return Ok(watch);
        }
        for known in plan::roster(office)?.clients() {
            let name = office.tables.names.fold(&known.name);
            if strangers.contains(&name) {
                for (_, key) in keys(office, step, month, known.id) {
                    watch.names.insert(key, name.clone());
                }
            }
        }
        Ok(watch)
    }

    /// Something went through.
    pub fn see(&mut self, key: &str) {
        if let Some(whose) = self.keys.get(key) {
            self.went.insert(*whose);
        }
        if let Some(name) = self.names.get(key) {
            self.names_that_went.insert(name.clone());
        }
    }

    /// Who did.
    pub fn clients_that_went(&self) -> BTreeSet<ClientId> {
        self.went.iter().map(|(client, _)| *client).collect()
    }

    /// Whether somebody of a name did, by its comparison key.
    pub(super) fn namesake_went(&self, name: &str) -> bool {
        self.names_that_went.contains(name)
    }

    /// Whether whoever a line is about did.
    pub(super) fn went(&self, line: &OpenLine) -> bool {
        match line.client {
            Some(client) if line.offices.is_empty() => {
                self.went.iter().any(|(went, _)| *went == client)
            }
            // What goes through at one of our offices says nothing of another one.
            Some(client) => {
                (line.offices.iter()).all(|own| self.went.contains(&(client, Some(*own))))
            }
            None => self.names_that_went.contains(&line.name),
        }
    }
}

/// Whether a line bears a name, and a number that cannot be read or is nobody's.
pub(super) fn is_of_nobody(line: &OpenLine) -> bool {
    let of_nobody = [
        Code::UnknownClient,
        Code::NearlyKnown,
        Code::NobodyRegistered,
    ];
    let is_unknown =
        line.client.is_none() || (of_nobody.iter()).any(|code| line.code == code.number());
    is_unknown && !line.name.is_empty()
}

/// The keys under which Care-wing knows what a step registers of a client, at each of our
/// offices where it has to do with one.
pub(super) fn keys(
    office: &Office,
    step: Step,
    month: Option<YearMonth>,
    client: ClientId,
) -> Vec<(Option<OfficeNumber>, String)> {
    let record = |own: Option<OfficeNumber>| {
        let mut record = Record::default();
        record.set(Field::Insurer, Value::Insurer(client.insurer));
        record.set(Field::Insured, Value::Insured(client.insured));
        if let Some((own, month)) = own.zip(month) {
            record.set(Field::Office, Value::Office(own));
            record.set(Field::Month, Value::Month(month));
        }
        record
    };
    match step {
        Step::Basics => vec![(None, office.tables.client.key(&record(None)))],
        Step::Plan => {
            let own = office.settings.offices.iter();
            let key = |own| office.tables.plan.key(&record(Some(own)));
            own.map(|own| (Some(*own), key(*own))).collect()
        }
        // Nothing is registered of it.
        Step::Actuals => Vec::new(),
    }
}
