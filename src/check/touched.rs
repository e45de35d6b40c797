//! What corrections touch: of a file that was read before, only the people whose rows were
//! corrected are taken again, each with all of their rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::finding::Fate;
use crate::model::{ClientId, FileName, InsuredNumber, OfficeNumber, RecordKind};

use super::CheckError;
use super::bad_row::BadRow;
use super::gather::Gathered;
use super::origin::Origin;

/// What was touched in a file.
#[derive(Debug, Clone, Default)]
pub struct Touched {
    /// Rows that were corrected, and those that go with them or not at all, by the sheet and
    /// the row as the user counts.
    pub rows: BTreeSet<(Option<Arc<str>>, u32)>,
    /// Whose the corrected rows were before.
    pub clients: BTreeSet<ClientId>,
}

/// Rows of a file, by the sheet and the row as the user counts.
pub type Rows = BTreeSet<(Option<Arc<str>>, u32)>;

/// Leaves out every row of a file that no correction touches; gives the others.
///
/// A row goes along if it was touched, or if it is of somebody whose row was touched, as the
/// row was before or as it is now: a month is replaced whole. So does a row that cannot be
/// read and may be of one of them, because it holds whoever it may be of.
pub fn keep_only(
    gathered: &mut Gathered,
    file: &FileName,
    touched: &Touched,
) -> Result<Rows, CheckError> {
    let is_here = |origin: &Origin| origin.sheet().file() == file;
    let rows = gathered.as_bad_rows(is_here)?;
    let concerned = Concerned::of(&rows, touched);
    let kept: Rows = rows
        .iter()
        .filter(|row| concerned.includes(row, touched))
        .map(|row| place(&row.origin))
        .collect();
    let left = gathered.take_rows(|origin| is_here(origin) && !kept.contains(&place(origin)));
    for row in &left {
        gathered.book.decide(row.origin.id, Fate::Excluded)?;
    }
    // What is said of the others was said when the file was read the first time.
    gathered.findings.retain(|finding| {
        let place = &finding.place;
        place.file != *file
            || place
                .row
                .is_some_and(|row| kept.contains(&(place.sheet.clone(), row)))
    });
    Ok(kept)
}

fn place(origin: &Origin) -> (Option<Arc<str>>, u32) {
    (origin.sheet().name().cloned(), origin.row())
}

/// Whom the touched rows are about.
#[derive(Debug, Default)]
struct Concerned {
    clients: BTreeSet<ClientId>,
    insured: BTreeSet<InsuredNumber>,
    offices: BTreeSet<OfficeNumber>,
    names: BTreeSet<String>,
}

impl Concerned {
    /// `rows` are all rows of the file.
    fn of(rows: &[BadRow], touched: &Touched) -> Self {
        let mut concerned = Self {
            clients: touched.clients.clone(),
            ..Self::default()
        };
        let is_touched = |row: &&BadRow| touched.rows.contains(&place(&row.origin));
        for row in rows.iter().filter(is_touched) {
            concerned.clients.extend(row.client);
            concerned
                .insured
                .extend(row.insured.iter().chain(&row.numbers));
            if row.kind == RecordKind::CareOffice {
                concerned.offices.extend(row.office);
            }
            concerned.name(row);
        }
        for row in rows {
            if row.client.is_some_and(|of| concerned.clients.contains(&of)) {
                concerned.name(row);
            }
        }
        let numbers = concerned.clients.iter().map(|client| client.insured);
        concerned.insured.extend(numbers);
        concerned
    }

    fn name(&mut self, row: &BadRow) {
        if !row.name.is_empty() {
            self.names.insert(row.name.clone());
        }
    }

    fn includes(&self, row: &BadRow, touched: &Touched) -> bool {
        if touched.rows.contains(&place(&row.origin)) {
            return true;
        }
        if let Some(client) = row.client {
            return self.clients.contains(&client);
        }
        let named = self.names.contains(&row.name);
        if row.kind == RecordKind::CareOffice {
            return named
                || row
                    .office
                    .is_some_and(|office| self.offices.contains(&office));
        }
        // Whose it is cannot be read: it goes along where it may be of somebody concerned.
        let numbers = row.insured.iter().chain(&row.numbers);
        let mut numbers = numbers.filter(|number| self.insured.contains(number));
        named || numbers.next().is_some() || (row.name.is_empty() && row.insured.is_none())
    }
}
