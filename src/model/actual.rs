//! 実績: what was done and approved, as Care-wing hands it out.

use super::{CivilDate, ClientId, ClockRange, Field, List, OfficeNumber, Record, ServiceCode};

/// Everything that one fetch of a month brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Actual {
    /// Approved visits.
    pub visits: Vec<ActualVisit>,
    /// Approved add-ons.
    pub add_ons: Vec<ActualAddOn>,
    /// For each client, how many visits nobody has approved yet.
    pub unapproved: Vec<Unapproved>,
}

/// One approved visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActualVisit {
    /// Care-wing's own name of the record.
    pub id: String,
    /// The office that visited.
    pub office: OfficeNumber,
    /// Who was visited.
    pub client: ClientId,
    /// The day it started.
    pub date: CivilDate,
    /// When it had been planned for, where it had been.
    pub planned: Option<ClockRange>,
    /// When it took place.
    pub hours: ClockRange,
    /// What was done.
    pub code: ServiceCode,
}

/// One approved add-on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActualAddOn {
    /// Care-wing's own name of the record.
    pub id: String,
    /// The office that visited.
    pub office: OfficeNumber,
    /// Who was visited.
    pub client: ClientId,
    /// The day it is counted on, where it has one.
    pub date: Option<CivilDate>,
    /// The times of its visit, where it belongs to one.
    pub hours: Option<ClockRange>,
    /// What is added.
    pub code: ServiceCode,
}

/// How many visits of a client wait for approval. Counts only: what is not approved is
/// not handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unapproved {
    /// The client.
    pub client: ClientId,
    /// How many visits.
    pub visits: u32,
}

impl Actual {
    /// The actuals in a record; `None` where a required field is empty anywhere in it.
    pub fn from_record(record: &Record<'_>) -> Option<Self> {
        let mut actual = Self::default();
        for list in [List::Visits, List::AddOns, List::Unapproved] {
            for element in record.list(list) {
                actual.take(list, element)?;
            }
        }
        Some(actual)
    }

    /// Adds an element of one of the lists; `None` where a required field is empty in it.
    pub fn take(&mut self, list: List, record: &Record<'_>) -> Option<()> {
        match list {
            List::Visits => self.visits.push(ActualVisit::from_record(record)?),
            List::AddOns => self.add_ons.push(ActualAddOn::from_record(record)?),
            List::Unapproved => self.unapproved.push(Unapproved::from_record(record)?),
            List::Cards => {}
        }
        Some(())
    }

    /// Takes over another page of the same month.
    pub fn append(&mut self, page: Self) {
        self.visits.extend(page.visits);
        self.add_ons.extend(page.add_ons);
        self.unapproved.extend(page.unapproved);
    }
}

impl ActualVisit {
    fn from_record(record: &Record<'_>) -> Option<Self> {
        Some(Self {
            id: record.text(Field::RecordId),
            office: record.office(Field::Office)?,
            client: ClientId::from_record(record)?,
            date: record.date(Field::Date)?,
            planned: range(record, Field::PlannedStart, Field::PlannedEnd),
            hours: range(record, Field::Start, Field::End)?,
            code: record.service_code(Field::ServiceCode)?,
        })
    }
}

impl ActualAddOn {
    fn from_record(record: &Record<'_>) -> Option<Self> {
        Some(Self {
            id: record.text(Field::RecordId),
            office: record.office(Field::Office)?,
            client: ClientId::from_record(record)?,
            date: record.date(Field::Date),
            hours: range(record, Field::Start, Field::End),
            code: record.service_code(Field::ServiceCode)?,
        })
    }
}

impl Unapproved {
    fn from_record(record: &Record<'_>) -> Option<Self> {
        Some(Self {
            client: ClientId::from_record(record)?,
            visits: record.number(Field::VisitCount)?,
        })
    }
}

fn range(record: &Record<'_>, start: Field, end: Field) -> Option<ClockRange> {
    ClockRange::new(record.time(start)?, record.time(end)?)
}
