//! Bad rows, by whom they may concern: a month is not sent without one of its rows, so every
//! month that a bad row may belong to is held.

use std::collections::{BTreeSet, HashMap};

use crate::finding::{Book, Code, Fate, Imbalance};
use crate::model::{ClientId, Field, InsuredNumber, PlanLine};
use crate::table::NameWords;

use super::bad_row::BadRow;
use super::left_out::LeftOut;
use super::lines::Unit;
use super::origin::Origin;
use super::scope::Scope;

/// The bad rows of plans.
pub(super) struct BadRows<'g> {
    clients: HashMap<ClientId, Vec<&'g BadRow>>,
    /// Rows whose insurer cannot be read: they hold whoever has their insured number, and,
    /// as those without any number, whoever has their name. Holding too much is safe; sending
    /// a month without one of its rows is not.
    insured: HashMap<InsuredNumber, Vec<&'g BadRow>>,
    names: HashMap<&'g str, Vec<&'g BadRow>>,
    /// Rows without any number in a file that has no names: whose they are nobody can tell, so
    /// they hold everybody in their file.
    nameless: Vec<&'g BadRow>,
}

impl<'g> BadRows<'g> {
    /// Sorts the rows that are this run's and withholds them; the others are left out.
    pub(super) fn sort(
        rows: &'g [BadRow],
        scope: &Scope,
        book: &mut Book,
        left_out: &mut LeftOut,
    ) -> Result<Self, Imbalance> {
        let mut sorted = Self {
            clients: HashMap::new(),
            insured: HashMap::new(),
            names: HashMap::new(),
            nameless: Vec::new(),
        };
        for row in rows.iter().filter(|row| row.kind.is_of_a_plan()) {
            if let Some(finding) = scope.excludes_bad(row) {
                book.decide(row.origin.id, Fate::Excluded)?;
                let office = row.office.map(|office| office.to_string());
                let what = match finding.code {
                    Code::OtherOffice => office.unwrap_or_default(),
                    _ => finding.value.clone(),
                };
                left_out.add_bad(&row.origin, what, finding);
                continue;
            }
            book.decide(row.origin.id, Fate::Withheld)?;
            for number in &row.numbers {
                sorted.insured.entry(*number).or_default().push(row);
            }
            if let Some(client) = row.client {
                sorted.clients.entry(client).or_default().push(row);
                continue;
            }
            if let Some(insured) = row.insured {
                sorted.insured.entry(insured).or_default().push(row);
            } else if !row.origin.has(Field::Name) {
                sorted.nameless.push(row);
            }
            sorted.names.entry(&row.name).or_default().push(row);
        }
        Ok(sorted)
    }

    /// The bad rows that may belong to a client's month.
    pub(super) fn concerning(
        &self,
        (office, month, client): Unit,
        lines: &[(PlanLine, Origin)],
        words: &NameWords,
    ) -> Vec<Origin> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut names = BTreeSet::new();
        if !self.names.is_empty() {
            // The lines of a client nearly always bear one name.
            let alike = lines.chunk_by(|(one, _), (other, _)| one.name == other.name);
            names.extend(alike.map(|lines| words.fold(&lines[0].0.name)));
        }
        let is_beside = |row: &&&BadRow| {
            let file = row.origin.sheet().file();
            lines
                .iter()
                .any(|(_, origin)| origin.sheet().file() == file)
        };
        let by_name = names
            .iter()
            .filter(|name| !name.is_empty())
            .filter_map(|name| self.names.get(name.as_str()));
        self.clients
            .get(&client)
            .into_iter()
            .chain(self.insured.get(&client.insured))
            .chain(by_name)
            .flatten()
            .chain(self.nameless.iter().filter(is_beside))
            .filter(|row| {
                row.office.is_none_or(|of| of == office) && row.month.is_none_or(|of| of == month)
            })
            .map(|row| row.origin.clone())
            .collect()
    }

    fn is_empty(&self) -> bool {
        self.clients.is_empty()
            && self.insured.is_empty()
            && self.names.is_empty()
            && self.nameless.is_empty()
    }
}
