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
    Field, FileName, OfficeNumber, PlanDay, RecordKind, Sender, ServiceCode, YearMonth,
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
        sent: Vec::new(),
        picks: false,
        is_whole: true,
    };
    let mut unread = 0;
    for (name, path) in files(office, month)? {
        picking.is_whole = true;
        let layouts = &office.tables.layouts;
        let name = FileName::new(&name);
        let read = read::read(&path, &name, layouts, Digests::NotAsked, &mut picking);
        if read.is_err() || !picking.is_whole {
            unread += 1;
        }
    }
    let mut sent = picking.sent;
    // Of two with one serial the one that came later.
    sent.reverse();
    sent.sort_by(|one, other| other.parts.serial.cmp(&one.parts.serial));
    let mut found = NationalPlans {
        unread,
        ..NationalPlans::default()
    };
    let mut said_by = BTreeMap::new();
    for (number, sent) in sent.into_iter().enumerate() {
        for day in sent.days {
            let of_client = (sent.parts.subject.clone(), day.day.client);
            if *said_by.entry(of_client).or_insert(number) == number {
                found.add(office, &day, (number, sent.parts.sender));
            }
        }
    }
    Ok(found)
}

/// The files that hold some of the month, by the names that they had in the inbox, the oldest first. What
/// is in an archive of its own has its name there.
fn files(office: &Office, month: YearMonth) -> Result<Vec<(String, PathBuf)>, Error> {
    let archived = archive::files(&office.folder.archive())?.into_iter();
    let archived = archived.map(|file| (file.name, file.path));
    let waiting = files_in(&office.folder.inbox())?.into_iter();
    let waiting = waiting.map(|path| (file_name(&path), path));
    let mut files: Vec<(String, PathBuf)> = archived.chain(waiting).collect();
    files.retain(|(name, path)| {
        let of_month = |name: &str| parts_of_month(office, month, name).is_some();
        of_month(name) || read::members(path).iter().any(|name| of_month(name))
    });
    Ok(files)
}

/// The parts of the name of a file that holds the month.
fn parts_of_month(office: &Office, month: YearMonth, name: &str) -> Option<NameParts> {
    let mut layouts = office.tables.layouts.iter();
    let parts = layouts.find_map(|layout| parts(layout, name))?;
    let wanted = format!("{:04}{:02}", month.year(), month.month());
    parts.subject.contains(&wanted).then_some(parts)
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

/// A file of a sender.
struct Sent {
    parts: NameParts,
    days: Vec<ToldDay>,
}

/// A day of it, with what no plan is made from.
struct ToldDay {
    day: PlanDay,
    units: Option<u32>,
    pro_rated_on: Option<String>,
}

/// Takes the days of one file after the other.
struct Picking<'a> {
    office: &'a Office,
    month: YearMonth,
    sent: Vec<Sent>,
    /// Whether the sheet that is read is one of these files.
    picks: bool,
    /// Whether all of the file could be read so far.
    is_whole: bool,
}

impl Intake for Picking<'_> {
    fn sheet(&mut self, sheet: &Arc<Sheet>) {
        let is_of_days = sheet.layout.record() == RecordKind::PlanDay;
        let parts = parts_of_month(self.office, self.month, sheet.own_name().as_str());
        let parts = parts.filter(|_| is_of_days);
        self.picks = parts.is_some();
        let days = Vec::new();
        self.sent.extend(parts.map(|parts| Sent { parts, days }));
    }

    fn row(&mut self, sheet: &Arc<Sheet>, row: &Row) {
        let Some(sent) = self.sent.last_mut().filter(|_| self.picks) else {
            return;
        };
        let record = cells::read(sheet, row, &mut Vec::new());
        let Some(day) = PlanDay::from_record(&record) else {
            self.is_whole = false;
            return;
        };
        if day.month != self.month || day.date.year_month() != self.month {
            return;
        }
        let cell = |field| cell(self.office, sheet, row, field);
        sent.days.push(ToldDay {
            day,
            units: cell(Field::Units).and_then(|units| units.parse().ok()),
            pro_rated_on: cell(Field::ProRatedOn).map(str::to_owned),
        });
    }

    fn finding(&mut self, kind: Option<RecordKind>, finding: Finding) {
        let is_of_days = kind.is_none_or(|kind| kind == RecordKind::PlanDay);
        self.is_whole &= !(is_of_days && finding.withholds());
    }
}

/// The cell of a column that no plan is made from. The national files of plans and of actuals have
/// the same columns under the same headers, and the table of the latter says which one it is.
fn cell<'r>(office: &Office, sheet: &Sheet, row: &'r Row, field: Field) -> Option<&'r str> {
    let actual_days = &office.tables.actual_days;
    let column = &actual_days.columns()[actual_days.column_of(field, None)?];
    let column = sheet.layout.column_named(column.header())?;
    let text = row.cell(sheet.column(column)?).trim();
    Some(text).filter(|text| !text.is_empty())
}

impl NationalPlans {
    /// A day that a file says, which counts for its client.
    fn add(&mut self, office: &Office, told: &ToldDay, (file, sender): (usize, Option<Sender>)) {
        let is_visit = told.day.code.service_type().is_a_home_visit();
        if is_visit && office.settings.offices.contains(&told.day.office) {
            self.add_pro_rated(told, sender);
        } else {
            self.add_other(told, file);
        }
    }

    fn add_pro_rated(&mut self, told: &ToldDay, sender: Option<Sender>) {
        const DAYS: usize = 31;
        let is_whole =
            |given: &&str| given.len() == DAYS && given.bytes().all(|of| b"01".contains(&of));
        let given = told.pro_rated_on.as_deref().filter(is_whole);
        if let Some((sender, given)) = sender.zip(given) {
            let unit = (told.day.client, told.day.office);
            let of_code = (unit, told.day.code, sender.office);
            let known = self.pro_rated.0.entry(of_code);
            known.or_insert_with(|| given.to_owned());
        }
    }

    /// Each receiver of a sender is told all of a client's services, so that what another file says
    /// as well is no more of it.
    fn add_other(&mut self, told: &ToldDay, file: usize) {
        let day = &told.day;
        let other = OtherDay {
            office: day.office,
            code: day.code,
            date: day.date,
            hours: day.hours,
            count: day.count,
            units: told.units,
            file,
        };
        let of_client = self.others.entry(day.client).or_default();
        let is_the_same = |of: &&OtherDay| {
            let key = |of: &OtherDay| (of.office, of.code, of.date, of.hours);
            of.file != file && key(of) == key(&other)
        };
        if !of_client.iter().any(|of| is_the_same(&of)) {
            of_client.push(other);
        }
    }
}
