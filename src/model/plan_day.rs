//! A month's plan as the national files write it: one record for each day, with a count.

use super::record::text;
use super::{
    CivilDate, ClientId, ClockRange, DayCounts, Digits, Field, Fields, OfficeNumber, PlanLine,
    Record, ServiceCode, Value, YearMonth,
};

/// One service of one client at one time of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each member is the field of the same name")]
pub struct PlanDay {
    /// A label: versions are told apart and never put in an order.
    pub version: Digits,
    pub month: YearMonth,
    /// The office that visits.
    pub office: OfficeNumber,
    pub client: ClientId,
    pub name: String,
    pub date: CivilDate,
    /// None for a service without a time.
    pub hours: Option<ClockRange>,
    /// How often the same service takes place at that time, 0 to 99.
    pub count: u8,
    pub code: ServiceCode,
    pub service_name: String,
}

impl PlanDay {
    /// The day in a record; `None` where a required field is empty or the two times do not
    /// make a range.
    pub fn from_record(record: &Record<'_>) -> Option<Self> {
        Some(Self {
            version: record.digits(Field::Version)?,
            month: record.month(Field::Month)?,
            office: record.office(Field::Office)?,
            client: ClientId::from_record(record)?,
            name: record.text(Field::Name),
            date: record.date(Field::Date)?,
            hours: ClockRange::of_record(record).ok()?,
            count: u8::try_from(record.number(Field::Count)?).ok()?,
            code: record.service_code(Field::ServiceCode)?,
            service_name: record.text(Field::ServiceName),
        })
    }

    /// The line of the grid that plans this day and no other; `None` where the day is not one
    /// of the month.
    pub fn line(self) -> Option<PlanLine> {
        if self.date.year_month() != self.month {
            return None;
        }
        let mut planned = DayCounts::default();
        planned.set(self.date.day(), self.count);
        Some(PlanLine {
            month: self.month,
            office: self.office,
            client: self.client,
            name: self.name.into(),
            code: self.code,
            service_name: self.service_name.into(),
            hours: self.hours,
            planned,
            planned_total: None,
            actual: DayCounts::default(),
            actual_total: None,
        })
    }
}

impl Fields for PlanDay {
    fn value(&self, field: Field) -> Value<'_> {
        match field {
            Field::Version => Value::Digits(self.version),
            Field::Month => Value::Month(self.month),
            Field::Office => Value::Office(self.office),
            Field::Insurer | Field::Insured => self.client.value(field),
            Field::Name => text(&self.name),
            Field::Date => Value::Date(self.date),
            Field::Start | Field::End => super::plan::clock(self.hours, field),
            Field::Count => Value::Number(self.count.into()),
            Field::ServiceCode => Value::ServiceCode(self.code),
            Field::ServiceName => text(&self.service_name),
            _ => Value::Empty,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{InsuredNumber, InsurerNumber};

    fn day(date: CivilDate) -> PlanDay {
        PlanDay {
            version: Digits::parse("202407", 6).expect("six digits"),
            month: YearMonth::new(2026, 10).unwrap(),
            office: OfficeNumber::parse("1370100016").unwrap(),
            client: ClientId {
                insurer: InsurerNumber::parse("131128").unwrap(),
                insured: InsuredNumber::parse("0000100001").unwrap(),
            },
            name: String::new(),
            date,
            hours: None,
            count: 2,
            code: ServiceCode::parse("111111").unwrap(),
            service_name: String::new(),
        }
    }

    #[test]
    fn a_day_is_a_line_with_one_day() {
        let line = day(CivilDate::new(2026, 10, 5).unwrap()).line().unwrap();
        assert_eq!(line.planned.counted().collect::<Vec<_>>(), [(5, 2)]);
    }

    #[test]
    fn a_day_of_another_month_is_no_line_of_this_one() {
        for (year, month) in [(2026, 11), (2025, 10)] {
            assert_eq!(day(CivilDate::new(year, month, 5).unwrap()).line(), None);
        }
    }
}
