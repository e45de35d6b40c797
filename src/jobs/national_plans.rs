//! What the 利用票 (`UPPLAN`) of a month say besides what is registered: what others do for our
//! clients, and for which days a part of a monthly fee is paid.
//!
//! None of it goes to Care-wing, so none of it is kept: the files that lie in the inbox or went to
//! the archive are read again. A file whose name does not follow the national pattern is not looked
//! for among all that an archive holds.

use std::collections::BTreeMap;
use std::fmt;
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
    /// Of how many files something could not be read.
    pub unread: usize,
}

/// 日割対象日 by client, our office, code and who has planned it: 31 characters, as given.
#[derive(Default)]
pub struct ProRatedOn(BTreeMap<(Unit, ServiceCode, OfficeNumber), String>);

/// A count: which days somebody is paid for has no business in a log.
impl fmt::Debug for ProRatedOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProRatedOn({})", self.0.len())
    }
}

impl ProRatedOn {
    /// What a sender has given; empty where it has given nothing.
    pub fn given(&self, unit: Unit, code: ServiceCode, sender: OfficeNumber) -> &str {
        let given = self.0.get(&(unit, code, sender));
        given.map_or("", String::as_str)
    }
}

/// Reads them. Of two files of one sender to one receiver the newer one counts for whom it names; what
/// cannot be read is as if it were not there, and its file is counted.
pub fn national_plans(office: &Office, month: YearMonth) -> Result<NationalPlans, Error> {
    let mut picking = Picking {
        office,
        month,
        file: None,
        is_whole: true,
        said_by: BTreeMap::new(),
        found: NationalPlans::default(),
    };
    for (number, sent) in sent(office, month)?.into_iter().enumerate() {
        let (name, path) = (FileName::new(&sent.name), sent.path.clone());
        picking.file = Some((number, sent.parts));
        picking.is_whole = true;
        let layouts = &office.tables.layouts;
        let read = read::read(&path, &name, layouts, Digests::NotAsked, &mut picking);
        if read.is_err() || !picking.is_whole {
            picking.found.unread += 1;
        }
    }
    Ok(picking.found)
}

/// A file of a sender.
struct Sent {
    parts: NameParts,
    /// The name that it had in the inbox.
    name: String,
    path: PathBuf,
}

/// The files of the month, the newest first.
fn sent(office: &Office, month: YearMonth) -> Result<Vec<Sent>, Error> {
    let archived = archive::files(&office.folder.archive())?.into_iter();
    let archived = archived.map(|file| (file.name, file.path));
    let waiting = files_in(&office.folder.inbox())?.into_iter();
    let waiting = waiting.map(|path| (file_name(&path), path));
    let wanted = format!("{:04}{:02}", month.year(), month.month());
    let sent = archived.chain(waiting).filter_map(|(name, path)| {
        let mut layouts = office.tables.layouts.iter();
        let parts = layouts.find_map(|layout| parts(layout, &name))?;
        let is_of_month = parts.subject.contains(&wanted);
        is_of_month.then_some(Sent { parts, name, path })
    });
    let mut sent: Vec<Sent> = sent.collect();
    // Of two with one serial the one that came later.
    sent.reverse();
    sent.sort_by(|one, other| other.parts.serial.cmp(&one.parts.serial));
    Ok(sent)
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

/// Takes what is said in the rows of one file after the other.
struct Picking<'a> {
    office: &'a Office,
    month: YearMonth,
    /// The file that is read, with its place among all of them.
    file: Option<(usize, NameParts)>,
    /// Whether all of it could be read so far.
    is_whole: bool,
    /// Which file counts for a client, by sender and receiver as its name has them.
    said_by: BTreeMap<(Vec<String>, ClientId), usize>,
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
            self.is_whole = false;
            return;
        };
        let is_of_month = day.month == self.month && day.date.year_month() == self.month;
        let Some((number, parts)) = self.file.as_ref().filter(|_| is_of_month) else {
            return;
        };
        let (number, sender) = (*number, parts.sender);
        let of_client = (parts.subject.clone(), day.client);
        if *self.said_by.entry(of_client).or_insert(number) != number {
            return;
        }
        let is_visit = day.code.service_type().is_a_home_visit();
        if is_visit && self.office.settings.offices.contains(&day.office) {
            self.pro_rated(&day, sender, self.cell(sheet, row, Field::ProRatedOn));
        } else {
            let units = self.cell(sheet, row, Field::Units);
            self.other(&day, number, units.and_then(|units| units.parse().ok()));
        }
    }

    fn finding(&mut self, _kind: Option<RecordKind>, finding: Finding) {
        self.is_whole &= !finding.withholds();
    }
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

    fn pro_rated(&mut self, day: &PlanDay, sender: Option<Sender>, given: Option<&str>) {
        const DAYS: usize = 31;
        let is_whole =
            |given: &&str| given.len() == DAYS && given.bytes().all(|of| b"01".contains(&of));
        if let Some((sender, given)) = sender.zip(given.filter(is_whole)) {
            let unit = (day.client, day.office);
            let of_code = (unit, day.code, sender.office);
            let known = self.found.pro_rated.0.entry(of_code);
            known.or_insert_with(|| given.to_owned());
        }
    }

    /// Each receiver of a sender is told all of a client's services, so that what another file says
    /// as well is no more of it.
    fn other(&mut self, day: &PlanDay, file: usize, units: Option<u32>) {
        let other = OtherDay {
            office: day.office,
            code: day.code,
            date: day.date,
            hours: day.hours,
            count: day.count,
            units,
            file,
        };
        let of_client = self.found.others.entry(day.client).or_default();
        let is_the_same = |of: &&OtherDay| {
            let key = |of: &OtherDay| (of.office, of.code, of.date, of.hours);
            of.file != file && key(of) == key(&other)
        };
        if !of_client.iter().any(|of| is_the_same(&of)) {
            of_client.push(other);
        }
    }
}
