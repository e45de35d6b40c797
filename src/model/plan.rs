//! A month's plan: the lines of the grid, and the visits and add-ons that they become.

use std::sync::Arc;

use super::record::text;
use super::{
    CivilDate, ClientId, ClockRange, Field, Fields, List, OfficeNumber, Record, ServiceCode,
    ServiceType, Value, YearMonth,
};

/// One count for each day of a month, day 1 first. Behind the last one stands a nought, so that
/// they are four words: every line is asked for its sum, and each day by itself takes long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DayCounts([u8; 32]);

impl From<[u8; 31]> for DayCounts {
    /// Counts from day 1 on.
    fn from(counts: [u8; 31]) -> Self {
        let mut all = [0; 32];
        all[..31].copy_from_slice(&counts);
        Self(all)
    }
}

impl DayCounts {
    /// The count of a day (1 to 31); 0 for any other number.
    pub fn on(&self, day: u32) -> u8 {
        day.checked_sub(1)
            .and_then(|at| self.0.get(at as usize))
            .copied()
            .unwrap_or(0)
    }

    /// The counts, day 1 first.
    pub fn as_array(&self) -> &[u8; 31] {
        self.0.first_chunk().expect("32 are more than 31")
    }

    /// Eight of them at a time.
    fn words(&self) -> [u64; 4] {
        let (words, _) = self.0.as_chunks();
        std::array::from_fn(|at| u64::from_le_bytes(words[at]))
    }

    /// Whether no day has a count.
    pub fn is_empty(&self) -> bool {
        self.words() == [0; 4]
    }

    /// Whether a day has a higher count than this, which is below 128.
    pub fn exceed(&self, most: u8) -> bool {
        const EACH: u64 = u64::MAX / 0xFF;
        // Added to a count that is too high, this reaches its byte's highest bit.
        let missing = EACH * u64::from(0x7F - most);
        let reaches = |word: &u64| (word | ((word & (EACH * 0x7F)) + missing)) & (EACH * 0x80) != 0;
        self.words().iter().any(reaches)
    }

    /// Sets the count of a day (1 to 31); any other day is left alone.
    pub fn set(&mut self, day: u32, count: u8) {
        let days = &mut self.0[..31];
        if let Some(cell) = day.checked_sub(1).and_then(|at| days.get_mut(at as usize)) {
            *cell = count;
        }
    }

    /// Adds one to a day, up to 255.
    pub fn add(&mut self, day: u32) {
        self.set(day, self.on(day).saturating_add(1));
    }

    /// All days together.
    pub fn total(&self) -> u32 {
        // Two by two, so that each sum has the room of two counts.
        const EVEN: u64 = 0x00FF_00FF_00FF_00FF;
        let pairs = self
            .words()
            .map(|word| (word & EVEN) + ((word >> 8) & EVEN));
        let sums = pairs.into_iter().sum::<u64>().to_le_bytes();
        let (sums, _) = sums.as_chunks();
        sums.iter()
            .map(|sum| u32::from(u16::from_le_bytes(*sum)))
            .sum()
    }

    /// Every day that has a count, with it.
    pub fn counted(&self) -> impl Iterator<Item = (u32, u8)> {
        (1..=31)
            .map(|day| (day, self.on(day)))
            .filter(|(_, count)| *count > 0)
    }
}

impl ClockRange {
    /// The times of a record, which come together or not at all; an error where there is only
    /// one of them, or the two do not make a range.
    pub(super) fn of_record(record: &Record<'_>) -> Result<Option<Self>, ()> {
        match (record.time(Field::Start), record.time(Field::End)) {
            (Some(start), Some(end)) => Self::new(start, end).map(Some).ok_or(()),
            (None, None) => Ok(None),
            (Some(_), None) | (None, Some(_)) => Err(()),
        }
    }
}

/// One line of the 月間ケアプラン grid. Its texts are shared with other lines, or borrowed from
/// where it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each member is the field of the same name")]
pub struct PlanLine<Text = Arc<str>> {
    pub month: YearMonth,
    /// The office that visits.
    pub office: OfficeNumber,
    pub client: ClientId,
    pub name: Text,
    pub code: ServiceCode,
    pub service_name: Text,
    /// None for add-ons and monthly fees.
    pub hours: Option<ClockRange>,
    pub planned: DayCounts,
    /// As the file states it; the days say what is true.
    pub planned_total: Option<u32>,
    pub actual: DayCounts,
    /// As the file states it.
    pub actual_total: Option<u32>,
}

impl<Text> PlanLine<Text> {
    /// The line in a record; `None` where a required field is empty or the two times do
    /// not make a range.
    pub fn from_record<'r>(record: &Record<'r>) -> Option<Self>
    where
        Text: From<&'r str>,
    {
        Some(Self {
            month: record.month(Field::Month)?,
            office: record.office(Field::Office)?,
            client: ClientId::from_record(record)?,
            name: record.str(Field::Name).into(),
            code: record.service_code(Field::ServiceCode)?,
            service_name: record.str(Field::ServiceName).into(),
            hours: ClockRange::of_record(record).ok()?,
            planned: record.days(Field::Planned).copied().unwrap_or_default(),
            planned_total: record.number(Field::PlannedTotal),
            actual: record.days(Field::Actual).copied().unwrap_or_default(),
            actual_total: record.number(Field::ActualTotal),
        })
    }
}

impl<T: Copy> PlanLine<T> {
    /// The same line with texts that are made of its own: the name, and that of the service.
    pub fn owned(
        &self,
        name: impl FnOnce(T) -> Arc<str>,
        service_name: impl FnOnce(T) -> Arc<str>,
    ) -> PlanLine {
        PlanLine {
            month: self.month,
            office: self.office,
            client: self.client,
            name: name(self.name),
            code: self.code,
            service_name: service_name(self.service_name),
            hours: self.hours,
            planned: self.planned,
            planned_total: self.planned_total,
            actual: self.actual,
            actual_total: self.actual_total,
        }
    }
}

impl Fields for PlanLine {
    fn value(&self, field: Field) -> Value<'_> {
        match field {
            Field::Month => Value::Month(self.month),
            Field::Office => Value::Office(self.office),
            Field::Insurer | Field::Insured => self.client.value(field),
            Field::Name => text(&self.name),
            Field::ServiceCode => Value::ServiceCode(self.code),
            Field::ServiceName => text(&self.service_name),
            Field::Start | Field::End => clock(self.hours, field),
            Field::PlannedTotal => self.planned_total.map_or(Value::Empty, Value::Number),
            Field::ActualTotal => self.actual_total.map_or(Value::Empty, Value::Number),
            _ => Value::Empty,
        }
    }

    fn days(&self, field: Field) -> Option<&DayCounts> {
        match field {
            Field::Planned => Some(&self.planned),
            Field::Actual => Some(&self.actual),
            _ => None,
        }
    }
}

/// 送り元: whose plan a file of the national standard is. A care-management office sends one for
/// each kind of service that an office of ours gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sender {
    /// The care-management office.
    pub office: OfficeNumber,
    /// Our service; names of files from before 2024 do not say it.
    pub service_type: Option<ServiceType>,
}

/// A line as it was registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentLine {
    /// The line.
    pub line: PlanLine,
    /// Who planned it; `None` where it came from the grid of 楽すけ, which holds whole months.
    pub sender: Option<Sender>,
}

/// One planned visit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Visit {
    /// The day it starts.
    pub date: CivilDate,
    /// From when to when.
    pub hours: ClockRange,
    /// What is done.
    pub code: ServiceCode,
}

impl Visit {
    /// The visit in a record; `None` where a field is empty or the times make no range.
    pub fn from_record(record: &Record<'_>) -> Option<Self> {
        Some(Self {
            date: record.date(Field::Date)?,
            hours: ClockRange::new(record.time(Field::Start)?, record.time(Field::End)?)?,
            code: record.service_code(Field::ServiceCode)?,
        })
    }
}

impl Fields for Visit {
    fn value(&self, field: Field) -> Value<'_> {
        match field {
            Field::Date => Value::Date(self.date),
            Field::Start | Field::End => clock(Some(self.hours), field),
            Field::ServiceCode => Value::ServiceCode(self.code),
            _ => Value::Empty,
        }
    }
}

/// One planned add-on or monthly fee.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AddOn {
    /// The day it is counted on, where it has one.
    pub date: Option<CivilDate>,
    /// The times of the visit it belongs to, where it belongs to one.
    pub hours: Option<ClockRange>,
    /// What is added.
    pub code: ServiceCode,
}

impl AddOn {
    /// The add-on in a record; `None` where the code is empty or the times make no range.
    pub fn from_record(record: &Record<'_>) -> Option<Self> {
        let hours = match (record.time(Field::Start), record.time(Field::End)) {
            (Some(start), Some(end)) => Some(ClockRange::new(start, end)?),
            _ => None,
        };
        Some(Self {
            date: record.date(Field::Date),
            hours,
            code: record.service_code(Field::ServiceCode)?,
        })
    }
}

impl Fields for AddOn {
    fn value(&self, field: Field) -> Value<'_> {
        match field {
            Field::Date => self.date.map_or(Value::Empty, Value::Date),
            Field::Start | Field::End => clock(self.hours, field),
            Field::ServiceCode => Value::ServiceCode(self.code),
            _ => Value::Empty,
        }
    }
}

/// The unit that is sent: one client's whole month at one office.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each member is the field of the same name")]
pub struct MonthlyPlan {
    pub office: OfficeNumber,
    pub month: YearMonth,
    pub client: ClientId,
    pub visits: Vec<Visit>,
    pub add_ons: Vec<AddOn>,
}

impl MonthlyPlan {
    /// The month in a record; `None` where a required field is empty anywhere in it.
    pub fn from_record(record: &Record<'_>) -> Option<Self> {
        let visits: Option<Vec<_>> = record
            .list(List::Visits)
            .iter()
            .map(Visit::from_record)
            .collect();
        let add_ons: Option<Vec<_>> = record
            .list(List::AddOns)
            .iter()
            .map(AddOn::from_record)
            .collect();
        Some(Self {
            office: record.office(Field::Office)?,
            month: record.month(Field::Month)?,
            client: ClientId::from_record(record)?,
            visits: visits?,
            add_ons: add_ons?,
        })
    }
}

impl Fields for MonthlyPlan {
    fn value(&self, field: Field) -> Value<'_> {
        match field {
            Field::Office => Value::Office(self.office),
            Field::Month => Value::Month(self.month),
            Field::Insurer | Field::Insured => self.client.value(field),
            _ => Value::Empty,
        }
    }

    fn length(&self, list: List) -> usize {
        match list {
            List::Visits => self.visits.len(),
            List::AddOns => self.add_ons.len(),
            List::Cards | List::Unapproved => 0,
        }
    }

    fn element(&self, list: List, index: usize) -> Option<&dyn Fields> {
        match list {
            List::Visits => self.visits.get(index).map(|visit| visit as &dyn Fields),
            List::AddOns => self.add_ons.get(index).map(|add_on| add_on as &dyn Fields),
            List::Cards | List::Unapproved => None,
        }
    }
}

pub(super) fn clock(hours: Option<ClockRange>, field: Field) -> Value<'static> {
    hours.map_or(Value::Empty, |hours| {
        Value::Time(if field == Field::Start {
            hours.start()
        } else {
            hours.end()
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::DayCounts;

    proptest! {
        #[test]
        fn what_is_said_of_all_days_at_once_is_what_each_day_says(
            counts in proptest::array::uniform31(prop_oneof![0..4_u8, any::<u8>()]),
            most in 0..0x80_u8,
        ) {
            let days = DayCounts::from(counts);
            prop_assert_eq!(days.as_array(), &counts);
            prop_assert_eq!(days.total(), counts.iter().map(|of| u32::from(*of)).sum::<u32>());
            prop_assert_eq!(days.is_empty(), counts.iter().all(|of| *of == 0));
            prop_assert_eq!(days.exceed(most), counts.iter().any(|of| *of > most));
        }
    }

    #[test]
    fn a_day_that_there_is_not_has_no_count() {
        let mut days = DayCounts::default();
        days.set(32, 7);
        days.set(0, 7);
        assert!(days.is_empty());
        assert_eq!((days.on(32), days.on(0)), (0, 0));
    }
}
