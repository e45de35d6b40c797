//! The records themselves: offices, clients with cards, plan lines, a client's month.
//!
//! Free texts are `String`s; an empty one means that nothing was given.

use std::fmt;

use super::{
    CareLevel, CivilDate, ClockRange, Field, Fields, InsuredNumber, InsurerNumber, List,
    OfficeNumber, Record, ServiceCode, ServiceType, Value, YearMonth,
};

/// Who a client is: an insured number is unique within its insurer only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId {
    /// The municipality that insures.
    pub insurer: InsurerNumber,
    /// The person's number there.
    pub insured: InsuredNumber,
}

impl ClientId {
    /// The id that a record names, if both numbers are there.
    pub fn from_record(record: &Record<'_>) -> Option<Self> {
        Some(Self {
            insurer: record.insurer(Field::Insurer)?,
            insured: record.insured(Field::Insured)?,
        })
    }

    fn value(&self, field: Field) -> Value<'static> {
        match field {
            Field::Insurer => Value::Insurer(self.insurer),
            Field::Insured => Value::Insured(self.insured),
            _ => Value::Empty,
        }
    }
}

/// `131128-0000123456`
impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.insurer, self.insured)
    }
}

/// 性別 as the national files number it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// 男, 1.
    Male,
    /// 女, 2.
    Female,
}

impl Sex {
    /// Takes the national code.
    pub fn parse(code: &str) -> Option<Self> {
        match code {
            "1" => Some(Self::Male),
            "2" => Some(Self::Female),
            _ => None,
        }
    }

    /// The national code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Male => "1",
            Self::Female => "2",
        }
    }
}

/// 負担割合: how many tenths the client pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copay(u8);

impl Copay {
    /// Takes 1, 2 or 3 tenths.
    pub fn new(tenths: u8) -> Option<Self> {
        (1..=3).contains(&tenths).then_some(Self(tenths))
    }

    /// 1, 2 or 3.
    pub fn tenths(self) -> u8 {
        self.0
    }
}

/// 居宅支援事業所: the office that manages a client's care.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each member is the field of the same name")]
pub struct CareOffice {
    pub number: OfficeNumber,
    pub name: String,
    pub kana: String,
    /// 43 居宅介護支援 or 46 介護予防支援.
    pub service_type: ServiceType,
    pub postal_code: String,
    pub address: String,
    pub phone: String,
    pub fax: String,
    /// 非表示: no longer worked with; nothing is ever deleted.
    pub hidden: bool,
}

impl CareOffice {
    /// The office in a record; `None` where a required field is empty.
    pub fn from_record(record: &Record<'_>) -> Option<Self> {
        Some(Self {
            number: record.office(Field::Office)?,
            name: record.text(Field::Name),
            kana: record.text(Field::Kana),
            service_type: record.service_type(Field::ServiceType)?,
            postal_code: record.text(Field::PostalCode),
            address: record.text(Field::Address),
            phone: record.text(Field::Phone),
            fax: record.text(Field::Fax),
            hidden: record.flag(Field::Hidden).unwrap_or(false),
        })
    }
}

impl Fields for CareOffice {
    fn value(&self, field: Field) -> Value<'_> {
        match field {
            Field::Office => Value::Office(self.number),
            Field::Name => text(&self.name),
            Field::Kana => text(&self.kana),
            Field::ServiceType => Value::ServiceType(self.service_type),
            Field::PostalCode => text(&self.postal_code),
            Field::Address => text(&self.address),
            Field::Phone => text(&self.phone),
            Field::Fax => text(&self.fax),
            Field::Hidden => Value::Flag(self.hidden),
            _ => Value::Empty,
        }
    }
}

/// 利用者 with every 被保険者証 that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each member is the field of the same name")]
pub struct Client {
    pub id: ClientId,
    pub name: String,
    pub kana: String,
    pub sex: Option<Sex>,
    pub birth_date: CivilDate,
    pub postal_code: String,
    pub address: String,
    pub phone: String,
    /// 非表示: no longer visited; nothing is ever deleted.
    pub hidden: bool,
    /// Ordered by the day they begin.
    pub cards: Vec<InsuranceCard>,
}

impl Client {
    /// The client in a record, with the cards of its list; `None` where a required field
    /// is empty.
    pub fn from_record(record: &Record<'_>) -> Option<Self> {
        let cards: Option<Vec<_>> = record
            .list(List::Cards)
            .iter()
            .map(InsuranceCard::from_record)
            .collect();
        Some(Self {
            id: ClientId::from_record(record)?,
            name: record.text(Field::Name),
            kana: record.text(Field::Kana),
            sex: record.sex(Field::Sex),
            birth_date: record.date(Field::BirthDate)?,
            postal_code: record.text(Field::PostalCode),
            address: record.text(Field::Address),
            phone: record.text(Field::Phone),
            hidden: record.flag(Field::Hidden).unwrap_or(false),
            cards: cards?,
        })
    }

    /// Whether two rows say the same of the person, cards aside.
    pub fn is_same_person_as(&self, other: &Self) -> bool {
        RecordFields::of_client().all(|field| self.value(field) == other.value(field))
    }

    /// The cards that hold on a day; exactly one where all is well.
    pub fn cards_on(&self, date: CivilDate) -> impl Iterator<Item = &InsuranceCard> {
        self.cards.iter().filter(move |card| card.holds_on(date))
    }
}

/// The fields of a client as a file row has them.
struct RecordFields;

impl RecordFields {
    fn of_client() -> impl Iterator<Item = Field> {
        super::RecordKind::Client
            .fields()
            .iter()
            .map(|(field, _)| *field)
    }
}

impl Fields for Client {
    fn value(&self, field: Field) -> Value<'_> {
        match field {
            Field::Insurer | Field::Insured => self.id.value(field),
            Field::Name => text(&self.name),
            Field::Kana => text(&self.kana),
            Field::Sex => self.sex.map_or(Value::Empty, Value::Sex),
            Field::BirthDate => Value::Date(self.birth_date),
            Field::PostalCode => text(&self.postal_code),
            Field::Address => text(&self.address),
            Field::Phone => text(&self.phone),
            Field::Hidden => Value::Flag(self.hidden),
            _ => Value::Empty,
        }
    }

    fn length(&self, list: List) -> usize {
        if list == List::Cards {
            self.cards.len()
        } else {
            0
        }
    }

    fn element(&self, list: List, index: usize) -> Option<&dyn Fields> {
        if list != List::Cards {
            return None;
        }
        self.cards.get(index).map(|card| card as &dyn Fields)
    }
}

/// 被保険者証: one period of certification.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each member is the field of the same name")]
pub struct InsuranceCard {
    pub care_level: CareLevel,
    /// First day, included.
    pub certified_from: CivilDate,
    /// Last day, included.
    pub certified_to: CivilDate,
    /// Units a month.
    pub limit_units: Option<u32>,
    pub copay: Option<Copay>,
    pub care_office: Option<OfficeNumber>,
    pub care_manager: String,
    pub public_payer: String,
    pub public_recipient: String,
}

impl InsuranceCard {
    /// The card in a record; `None` where a required field is empty.
    pub fn from_record(record: &Record<'_>) -> Option<Self> {
        Some(Self {
            care_level: record.care_level(Field::CareLevel)?,
            certified_from: record.date(Field::CertifiedFrom)?,
            certified_to: record.date(Field::CertifiedTo)?,
            limit_units: record.number(Field::LimitUnits),
            copay: record.copay(Field::Copay),
            care_office: record.office(Field::CareOffice),
            care_manager: record.text(Field::CareManager),
            public_payer: record.text(Field::PublicPayer),
            public_recipient: record.text(Field::PublicRecipient),
        })
    }

    /// Whether the certification holds on a day.
    pub fn holds_on(&self, date: CivilDate) -> bool {
        (self.certified_from..=self.certified_to).contains(&date)
    }

    /// Whether two certifications share a day.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.certified_from <= other.certified_to && other.certified_from <= self.certified_to
    }
}

impl Fields for InsuranceCard {
    fn value(&self, field: Field) -> Value<'_> {
        match field {
            Field::CareLevel => Value::CareLevel(self.care_level),
            Field::CertifiedFrom => Value::Date(self.certified_from),
            Field::CertifiedTo => Value::Date(self.certified_to),
            Field::LimitUnits => self.limit_units.map_or(Value::Empty, Value::Number),
            Field::Copay => self.copay.map_or(Value::Empty, Value::Copay),
            Field::CareOffice => self.care_office.map_or(Value::Empty, Value::Office),
            Field::CareManager => text(&self.care_manager),
            Field::PublicPayer => text(&self.public_payer),
            Field::PublicRecipient => text(&self.public_recipient),
            _ => Value::Empty,
        }
    }
}

/// One count for each day of a month, day 1 first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DayCounts([u8; 31]);

impl DayCounts {
    /// The count of a day (1 to 31); 0 for any other number.
    pub fn on(&self, day: u32) -> u8 {
        day.checked_sub(1)
            .and_then(|at| self.0.get(at as usize))
            .copied()
            .unwrap_or(0)
    }

    /// Sets the count of a day (1 to 31); any other day is left alone.
    pub fn set(&mut self, day: u32, count: u8) {
        if let Some(cell) = day
            .checked_sub(1)
            .and_then(|at| self.0.get_mut(at as usize))
        {
            *cell = count;
        }
    }

    /// Adds one to a day, up to 255.
    pub fn add(&mut self, day: u32) {
        self.set(day, self.on(day).saturating_add(1));
    }

    /// All days together.
    pub fn total(&self) -> u32 {
        self.0.iter().map(|&count| u32::from(count)).sum()
    }

    /// Every day that has a count, with it.
    pub fn counted(&self) -> impl Iterator<Item = (u32, u8)> {
        (1..=31)
            .map(|day| (day, self.on(day)))
            .filter(|(_, count)| *count > 0)
    }
}

/// One line of the 月間ケアプラン grid.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each member is the field of the same name")]
pub struct PlanLine {
    pub month: YearMonth,
    /// The office that visits.
    pub office: OfficeNumber,
    pub client: ClientId,
    pub name: String,
    pub code: ServiceCode,
    pub service_name: String,
    /// None for add-ons and monthly fees.
    pub hours: Option<ClockRange>,
    pub planned: DayCounts,
    /// As the file states it; the days say what is true.
    pub planned_total: Option<u32>,
    pub actual: DayCounts,
    /// As the file states it.
    pub actual_total: Option<u32>,
}

impl PlanLine {
    /// The line in a record; `None` where a required field is empty or the two times do
    /// not make a range.
    pub fn from_record(record: &Record<'_>) -> Option<Self> {
        let hours = match (record.time(Field::Start), record.time(Field::End)) {
            (Some(start), Some(end)) => Some(ClockRange::new(start, end)?),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return None,
        };
        Some(Self {
            month: record.month(Field::Month)?,
            office: record.office(Field::Office)?,
            client: ClientId::from_record(record)?,
            name: record.text(Field::Name),
            code: record.service_code(Field::ServiceCode)?,
            service_name: record.text(Field::ServiceName),
            hours,
            planned: record.days(Field::Planned).copied().unwrap_or_default(),
            planned_total: record.number(Field::PlannedTotal),
            actual: record.days(Field::Actual).copied().unwrap_or_default(),
            actual_total: record.number(Field::ActualTotal),
        })
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

fn text(text: &str) -> Value<'_> {
    if text.is_empty() {
        Value::Empty
    } else {
        Value::Text(text)
    }
}

fn clock(hours: Option<ClockRange>, field: Field) -> Value<'static> {
    hours.map_or(Value::Empty, |hours| {
        Value::Time(if field == Field::Start {
            hours.start()
        } else {
            hours.end()
        })
    })
}
