//! A month's actuals as the national files write them: one record for each day, with a count.

use super::record::text;
use super::{
    CivilDate, ClientId, ClockRange, Field, Fields, OfficeNumber, Record, ServiceCode, ServiceType,
    Value, YearMonth,
};

/// What a file of actuals is about: it holds one of each, and a later file of the same
/// subject takes the place of an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// The month.
    pub month: YearMonth,
    /// Our office.
    pub office: OfficeNumber,
    /// What it did there: 11, A2 …
    pub service_type: ServiceType,
    /// The care-management office that is told.
    pub receiver: OfficeNumber,
}

/// One service of one client at one time of one day, as it took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActualDay<'a> {
    /// Who was visited.
    pub client: ClientId,
    /// The day on which the file is made.
    pub created_on: CivilDate,
    /// The month.
    pub month: YearMonth,
    /// The care-management office, by the certification of the day.
    pub care_office: Option<OfficeNumber>,
    /// Who plans there.
    pub care_manager: &'a str,
    /// Units of one service, where they are known.
    pub units: Option<u32>,
    /// The day it began.
    pub date: CivilDate,
    /// None for a service without a time.
    pub hours: Option<ClockRange>,
    /// How often the same service took place at that time, 1 to 99.
    pub count: u8,
    /// What was done.
    pub code: ServiceCode,
    /// The office that did it.
    pub office: OfficeNumber,
    /// Its name.
    pub office_name: &'a str,
    /// The office that says so.
    pub updated_by: Option<OfficeNumber>,
    /// For which days of the month a part of a fee is paid, a `1` for each of them and a `0` for each
    /// other one, as who plans the client's care has given it; empty where nobody has.
    pub pro_rated_on: &'a str,
}

impl<'a> ActualDay<'a> {
    /// The day in a record; `None` where a required field is empty or the two times do not
    /// make a range.
    pub fn from_record(record: &Record<'a>) -> Option<Self> {
        let text = |field| match record.get(field) {
            Value::Text(text) => text,
            _ => "",
        };
        Some(Self {
            client: ClientId::from_record(record)?,
            created_on: record.date(Field::CreatedOn)?,
            month: record.month(Field::Month)?,
            care_office: record.office(Field::CareOffice),
            care_manager: text(Field::CareManager),
            units: record.number(Field::Units),
            date: record.date(Field::Date)?,
            hours: ClockRange::of_record(record).ok()?,
            count: u8::try_from(record.number(Field::Count)?).ok()?,
            code: record.service_code(Field::ServiceCode)?,
            office: record.office(Field::Office)?,
            office_name: text(Field::OfficeName),
            updated_by: record.office(Field::UpdatedBy),
            pro_rated_on: text(Field::ProRatedOn),
        })
    }
}

impl Fields for ActualDay<'_> {
    fn value(&self, field: Field) -> Value<'_> {
        match field {
            Field::Insurer | Field::Insured => self.client.value(field),
            Field::CreatedOn => Value::Date(self.created_on),
            Field::Month => Value::Month(self.month),
            Field::CareOffice => self.care_office.map_or(Value::Empty, Value::Office),
            Field::CareManager => text(self.care_manager),
            Field::Units => self.units.map_or(Value::Empty, Value::Number),
            Field::Date => Value::Date(self.date),
            Field::Start | Field::End => super::plan::clock(self.hours, field),
            Field::Count => Value::Number(self.count.into()),
            Field::ServiceCode => Value::ServiceCode(self.code),
            Field::Office => Value::Office(self.office),
            Field::OfficeName => text(self.office_name),
            Field::ProRatedOn => text(self.pro_rated_on),
            Field::UpdatedBy => self.updated_by.map_or(Value::Empty, Value::Office),
            _ => Value::Empty,
        }
    }
}

/// A client's month of actuals that an earlier file held and that holds no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each member is the field of the same name")]
pub struct ActualDeletion {
    pub client: ClientId,
    pub month: YearMonth,
    pub office: OfficeNumber,
    pub service_type: ServiceType,
}

impl ActualDeletion {
    /// The deletion in a record; `None` where a field is empty.
    pub fn from_record(record: &Record<'_>) -> Option<Self> {
        Some(Self {
            client: ClientId::from_record(record)?,
            month: record.month(Field::Month)?,
            office: record.office(Field::Office)?,
            service_type: record.service_type(Field::ServiceType)?,
        })
    }
}

impl Fields for ActualDeletion {
    fn value(&self, field: Field) -> Value<'_> {
        match field {
            Field::Insurer | Field::Insured => self.client.value(field),
            Field::Month => Value::Month(self.month),
            Field::Office => Value::Office(self.office),
            Field::ServiceType => Value::ServiceType(self.service_type),
            _ => Value::Empty,
        }
    }
}
