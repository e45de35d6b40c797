//! The office's own list of codes, `mappings/codes/service_codes_own.csv`: read, added to,
//! written.

use std::collections::BTreeMap;

use crate::model::{InsurerNumber, ServiceCode, YearMonth};
use crate::table::services::{self, Listed, Traits};
use crate::table::source::Source;
use crate::table::{Class, TableError};

use super::account::Fate;
use super::row::Entry;

/// What tells two rows of the list apart.
type Key = (Option<InsurerNumber>, ServiceCode, YearMonth);

/// The list, row by row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnList(BTreeMap<Key, Listed>);

impl OwnList {
    /// Reads the list; what somebody has written there by hand is kept.
    pub fn load(source: &Source) -> Result<Self, TableError> {
        let rows = services::rows(source)?;
        let key = |row: &Listed| (row.insurer, row.code, row.from);
        Ok(Self(rows.into_iter().map(|row| (key(&row), row)).collect()))
    }

    /// The periods of a town's code.
    pub fn periods(
        &self,
        insurer: InsurerNumber,
        code: ServiceCode,
    ) -> impl Iterator<Item = (YearMonth, Option<YearMonth>)> {
        self.0
            .values()
            .filter(move |row| row.insurer == Some(insurer) && row.code == code)
            .map(|row| (row.from, row.to))
    }

    /// Puts an entry into the list: it takes the place of the row with its town, code and
    /// first month, and of no other.
    pub fn put(&mut self, entry: &Entry, class: Class) -> Fate {
        let row = Listed {
            code: entry.code,
            insurer: Some(entry.insurer),
            name: entry.name.clone(),
            class,
            units: entry.units.to_string(),
            traits: Traits::default(),
            from: entry.from,
            to: entry.to,
            noted: Default::default(),
        };
        let key = (row.insurer, row.code, row.from);
        let before = self.0.insert(key, row);
        match before {
            None => Fate::Added,
            Some(before) if before == self.0[&key] => Fate::Unchanged,
            Some(_) => Fate::Replaced,
        }
    }

    /// Puts a row into the list in the place of the one with its town, code and first month.
    pub fn set(&mut self, row: Listed) {
        self.0.insert((row.insurer, row.code, row.from), row);
    }

    /// The list as a file that a spreadsheet opens right.
    pub fn written(&self) -> Vec<u8> {
        services::written(self.0.values())
    }
}
