//! Hidden sheets: what they hold counts only where nothing else says anything of it.
//!
//! Before somebody edits a sheet he copies it, and hides the copy. Its rows are those of an
//! earlier day, and nobody sees them; but a list that was split over sheets may have hidden
//! ones as well, so that no row is passed over whose client or month stands nowhere else.

use std::collections::{BTreeSet, HashSet};

use crate::disk::DiskError;
use crate::finding::{Code, Fate, Finding, RowId};
use crate::model::{ClientId, OfficeNumber, RecordKind, YearMonth};

use super::CheckError;
use super::gather::Gathered;
use super::origin::Origin;

/// Leaves out the rows of hidden sheets of which other sheets say something; the finding on
/// the sheet (R121) says how many.
pub fn check(gathered: &mut Gathered) -> Result<(), CheckError> {
    let mut recognised = gathered.recognised.iter();
    if !recognised.any(|(sheet, _)| sheet.is_hidden()) {
        return Ok(());
    }
    let told = Told::of(gathered)?;
    let doubled = told.doubled(gathered)?;
    let rows = gathered.take_rows(|origin| doubled.contains(&origin.id));
    for row in &rows {
        gathered.book.decide(row.origin.id, Fate::Excluded)?;
    }
    let hidden = gathered.recognised.iter().filter(|(of, _)| of.is_hidden());
    for (sheet, _) in hidden {
        let is_here = |origin: &Origin| {
            (origin.sheet().file(), origin.sheet().name()) == (sheet.file(), sheet.name())
        };
        let count = rows.iter().filter(|row| is_here(&row.origin)).count();
        let mut place = sheet.place(1);
        place.row = None;
        let said = |finding: &&mut Finding| {
            finding.code == Code::HiddenSheet
                && finding.place.file == place.file
                && finding.place.sheet == place.sheet
        };
        if let Some(finding) = gathered.findings.iter_mut().find(said)
            && count > 0
        {
            finding.detail = format!("ほかのシートにもある{count}行は使いません");
        }
    }
    Ok(())
}

/// Of whom and of what the sheets say something that are shown.
#[derive(Debug, Default)]
struct Told {
    offices: BTreeSet<OfficeNumber>,
    clients: BTreeSet<ClientId>,
    months: HashSet<(OfficeNumber, YearMonth, ClientId)>,
    /// Whose lines could not be read; of whichever month they are.
    planned: BTreeSet<ClientId>,
}

impl Told {
    fn of(gathered: &Gathered) -> Result<Self, DiskError> {
        let mut told = Self::default();
        let shown = |origin: &Origin| !origin.sheet().is_hidden();
        let offices = gathered.offices.iter().filter(|(_, of)| shown(of));
        told.offices
            .extend(offices.map(|(office, _)| office.number));
        let cards = gathered.cards.iter().filter(|(.., of)| shown(of));
        told.clients.extend(cards.map(|(client, ..)| client.id));
        for row in gathered.bad_rows.iter().filter(|row| shown(&row.origin)) {
            match row.origin.sheet().layout.record() {
                RecordKind::ClientCard => told.clients.extend(row.client),
                _ => told.planned.extend(row.client),
            }
        }
        gathered.lines.each(|line, origin| {
            if shown(&origin) {
                told.months.insert((line.office, line.month, line.client));
            }
        })?;
        Ok(told)
    }

    /// The rows of hidden sheets that say something of the same.
    fn doubled(&self, gathered: &Gathered) -> Result<HashSet<RowId>, DiskError> {
        let mut rows = HashSet::new();
        let hidden = |origin: &Origin| origin.sheet().is_hidden();
        let offices = gathered
            .offices
            .iter()
            .filter(|(office, of)| hidden(of) && self.offices.contains(&office.number));
        rows.extend(offices.map(|(_, of)| of.id));
        let cards = gathered
            .cards
            .iter()
            .filter(|(client, _, of)| hidden(of) && self.clients.contains(&client.id));
        rows.extend(cards.map(|(.., of)| of.id));
        let bad = gathered.bad_rows.iter().filter(|row| {
            let told = match row.origin.sheet().layout.record() {
                RecordKind::ClientCard => &self.clients,
                _ => &self.planned,
            };
            hidden(&row.origin) && row.client.is_some_and(|client| told.contains(&client))
        });
        rows.extend(bad.map(|row| row.origin.id));
        gathered.lines.each(|line, origin| {
            let told = self
                .months
                .contains(&(line.office, line.month, line.client))
                || self.planned.contains(&line.client);
            if told && hidden(&origin) {
                rows.insert(origin.id);
            }
        })?;
        Ok(rows)
    }
}
