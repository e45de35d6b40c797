//! What others do for our clients, as the 利用票 (`UPPLAN`) of the month say it.
//!
//! Nothing of it is registered, so it is kept nowhere: the files that lie in the inbox or went to
//! the archive are read again. Of one sender and receiver the newest file counts. A file whose name
//! does not follow the national pattern is not looked for among all that an archive holds.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::audit::{OtherDay, Others};
use crate::check::cells;
use crate::error::Error;
use crate::finding::Finding;
use crate::model::{FileName, PlanDay, RecordKind, YearMonth};
use crate::read::{self, Digests, Intake, Row, Sheet};
use crate::table::{Layout, NameParts, Stated};

use super::archive;
use super::inbox::{file_name, files_in};
use super::office::Office;

/// Reads them. A file that cannot be read any more is as if it were not there.
pub fn others(office: &Office, month: YearMonth) -> Result<Others, Error> {
    let mut picking = Picking {
        office,
        month,
        others: Others::new(),
    };
    for (name, path) in newest(office, month)? {
        let name = FileName::new(&name);
        let layouts = &office.tables.layouts;
        if let Err(error) = read::read(&path, &name, layouts, Digests::NotAsked, &mut picking) {
            tracing::debug!(%error, "a 利用票 is not looked at");
        }
    }
    Ok(picking.others)
}

/// The newest file of each sender and receiver, with the name that it had in the inbox.
fn newest(office: &Office, month: YearMonth) -> Result<Vec<(String, PathBuf)>, Error> {
    let archived = archive::files(&office.folder.archive())?.into_iter();
    let archived = archived.map(|file| (file.name, file.path));
    let waiting = files_in(&office.folder.inbox())?.into_iter();
    let waiting = waiting.map(|path| (file_name(&path), path));
    let wanted = format!("{:04}{:02}", month.year(), month.month());
    let mut newest: BTreeMap<Vec<String>, (String, (String, PathBuf))> = BTreeMap::new();
    for (name, path) in archived.chain(waiting) {
        let mut layouts = office.tables.layouts.iter();
        let Some(parts) = layouts.find_map(|layout| parts(layout, &name)) else {
            continue;
        };
        if !parts.subject.contains(&wanted) {
            continue;
        }
        let is_older = |of: &(String, _)| of.0 > parts.serial;
        if !newest.get(&parts.subject).is_some_and(is_older) {
            newest.insert(parts.subject, (parts.serial, (name, path)));
        }
    }
    Ok(newest.into_values().map(|(_, file)| file).collect())
}

fn parts(layout: &Layout, name: &str) -> Option<NameParts> {
    let is_of_days = layout.record() == RecordKind::PlanDay;
    let pattern = layout
        .position()
        .filter(|_| is_of_days)?
        .file_name
        .as_ref()?;
    match pattern.read(name) {
        Stated::This(parts) => Some(parts),
        Stated::ThisAlone | Stated::Other(..) | Stated::Nothing => None,
    }
}

/// Takes the days that are not ours.
struct Picking<'a> {
    office: &'a Office,
    month: YearMonth,
    others: Others,
}

impl Intake for Picking<'_> {
    fn sheet(&mut self, _sheet: &Arc<Sheet>) {}

    fn row(&mut self, sheet: &Arc<Sheet>, row: &Row) {
        if sheet.layout.record() != RecordKind::PlanDay {
            return;
        }
        let record = cells::read(sheet, row, &mut Vec::new());
        let Some(day) = PlanDay::from_record(&record) else {
            return;
        };
        let is_visit = day.code.service_type().is_a_home_visit();
        let is_ours = is_visit && self.office.settings.offices.contains(&day.office);
        if is_ours || day.month != self.month || day.date.year_month() != self.month {
            return;
        }
        let units = &self.office.tables.audit.elsewhere.units_column;
        let units = sheet
            .layout
            .column_named(units)
            .and_then(|at| sheet.column(at));
        self.others.entry(day.client).or_default().push(OtherDay {
            office: day.office,
            code: day.code,
            date: day.date,
            hours: day.hours,
            count: day.count,
            units: units.and_then(|place| row.cell(place).trim().parse().ok()),
        });
    }

    fn finding(&mut self, _kind: Option<RecordKind>, _finding: Finding) {}
}
