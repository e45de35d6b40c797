//! What the 利用票 (`UPPLAN`) of a month say besides what is registered: what others do for our
//! clients, and for which days a part of a monthly fee is paid.
//!
//! None of it goes to Care-wing, so none of it is kept: the files that lie in the inbox or went to
//! the archive are read again. Of one sender and receiver the newest file counts. A file whose name
//! does not follow the national pattern is not looked for among all that an archive holds.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::audit::{OtherDay, Others};
use crate::check::cells;
use crate::error::Error;
use crate::finding::Finding;
use crate::fold::Unit;
use crate::model::{
    ClientId, Field, FileName, OfficeNumber, PlanDay, RecordKind, Sender, ServiceCode, YearMonth,
};
use crate::read::{self, Digests, Intake, Row, Sheet};
use crate::table::{Layout, NameParts, Stated};

use super::archive;
use super::inbox::{file_name, files_in};
use super::office::Office;

/// What they say.
#[derive(Debug, Default)]
pub struct NationalPlans {
    /// What others do.
    pub others: Others,
    /// 日割対象日.
    pub pro_rated: ProRatedOn,
}

/// 日割対象日 by client, our office, code and who has planned it: 31 characters, as given.
#[derive(Debug, Default)]
pub struct ProRatedOn(BTreeMap<(Unit, ServiceCode, OfficeNumber), String>);

impl ProRatedOn {
    /// What a sender has given; empty where it has given nothing.
    pub fn given(&self, unit: Unit, code: ServiceCode, sender: OfficeNumber) -> &str {
        let given = self.0.get(&(unit, code, sender));
        given.map_or("", String::as_str)
    }

    /// Whether somebody has given it for a client's code.
    pub fn is_given(&self, client: ClientId, code: ServiceCode) -> bool {
        let mut given = self.0.keys();
        given.any(|((of, _), given, _)| *of == client && *given == code)
    }
}

/// Reads them. A file that cannot be read any more is as if it were not there.
pub fn national_plans(office: &Office, month: YearMonth) -> Result<NationalPlans, Error> {
    let mut picking = Picking {
        office,
        month,
        sender: None,
        found: NationalPlans::default(),
    };
    for file in newest(office, month)? {
        picking.sender = file.sender;
        let name = FileName::new(&file.name);
        let layouts = &office.tables.layouts;
        let read = read::read(&file.path, &name, layouts, Digests::NotAsked, &mut picking);
        if let Err(error) = read {
            tracing::debug!(%error, "a 利用票 is not looked at");
        }
    }
    Ok(picking.found)
}

/// A file of a sender.
struct Sent {
    sender: Option<Sender>,
    serial: String,
    /// The name that it had in the inbox.
    name: String,
    path: PathBuf,
}

/// The newest file of each sender and receiver.
fn newest(office: &Office, month: YearMonth) -> Result<Vec<Sent>, Error> {
    let archived = archive::files(&office.folder.archive())?.into_iter();
    let archived = archived.map(|file| (file.name, file.path));
    let waiting = files_in(&office.folder.inbox())?.into_iter();
    let waiting = waiting.map(|path| (file_name(&path), path));
    let wanted = format!("{:04}{:02}", month.year(), month.month());
    let mut newest: BTreeMap<Vec<String>, Sent> = BTreeMap::new();
    for (name, path) in archived.chain(waiting) {
        let mut layouts = office.tables.layouts.iter();
        let Some(parts) = layouts.find_map(|layout| parts(layout, &name)) else {
            continue;
        };
        let known = newest.get(&parts.subject);
        let is_older = known.is_some_and(|known| known.serial > parts.serial);
        if is_older || !parts.subject.contains(&wanted) {
            continue;
        }
        let (sender, serial) = (parts.sender, parts.serial);
        let sent = Sent {
            sender,
            serial,
            name,
            path,
        };
        newest.insert(parts.subject, sent);
    }
    Ok(newest.into_values().collect())
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

/// Takes what is said in the rows of a sender.
struct Picking<'a> {
    office: &'a Office,
    month: YearMonth,
    sender: Option<Sender>,
    found: NationalPlans,
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
        if day.month != self.month || day.date.year_month() != self.month {
            return;
        }
        let is_visit = day.code.service_type().is_a_home_visit();
        if is_visit && self.office.settings.offices.contains(&day.office) {
            self.pro_rated(&day, self.cell(sheet, row, Field::ProRatedOn));
        } else {
            let units = self.cell(sheet, row, Field::Units);
            self.other(&day, units.and_then(|units| units.parse().ok()));
        }
    }

    fn finding(&mut self, _kind: Option<RecordKind>, _finding: Finding) {}
}

impl Picking<'_> {
    /// The cell of a column that no plan is made from. The national files of plans and of actuals have
    /// the same columns under the same headers, and the table of the latter says which one it is.
    fn cell<'r>(&self, sheet: &Sheet, row: &'r Row, field: Field) -> Option<&'r str> {
        let actual_days = &self.office.tables.actual_days;
        let column = &actual_days.columns()[actual_days.column_of(field, None)?];
        let column = sheet.layout.column_named(column.header())?;
        let text = row.cell(sheet.column(column)?).trim();
        Some(text).filter(|text| !text.is_empty())
    }

    fn pro_rated(&mut self, day: &PlanDay, given: Option<&str>) {
        const DAYS: usize = 31;
        let is_whole =
            |given: &&str| given.len() == DAYS && given.bytes().all(|of| b"01".contains(&of));
        if let Some((sender, given)) = self.sender.zip(given.filter(is_whole)) {
            let unit = (day.client, day.office);
            let of_code = (unit, day.code, sender.office);
            self.found.pro_rated.0.insert(of_code, given.to_owned());
        }
    }

    fn other(&mut self, day: &PlanDay, units: Option<u32>) {
        let of_client = self.found.others.entry(day.client).or_default();
        of_client.push(OtherDay {
            office: day.office,
            code: day.code,
            date: day.date,
            hours: day.hours,
            count: day.count,
            units,
        });
    }
}
