//! Basic data: care-management offices, clients and their insurance cards.
//!
//! Free texts are `String`s; an empty one means that nothing was given.

use std::fmt;

use super::record::text;
use super::{
    CareLevel, CivilDate, Digits, Field, Fields, InsuredNumber, InsurerNumber, List, OfficeNumber,
    Record, ServiceType, Value,
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

    /// The value of one of its two fields.
    pub(super) fn value(&self, field: Field) -> Value<'static> {
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
            address: address(record),
            phone: record.text(Field::Phone),
            hidden: record.flag(Field::Hidden).unwrap_or(false),
            cards: cards?,
        })
    }

    /// The cards that hold on a day; exactly one where all is well.
    pub fn cards_on(&self, date: CivilDate) -> impl Iterator<Item = &InsuranceCard> {
        self.cards.iter().filter(move |card| card.holds_on(date))
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

/// The address in one piece; files that cut it in two do so between town and building.
fn address(record: &Record<'_>) -> String {
    let parts = [Field::Address, Field::AddressMore].map(|field| record.text(field));
    let given: Vec<&str> = parts
        .iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    given.join("　")
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
    pub public_payer: Option<Digits>,
    pub public_recipient: Option<Digits>,
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
            public_payer: record.digits(Field::PublicPayer),
            public_recipient: record.digits(Field::PublicRecipient),
        })
    }

    /// Whether the certification holds on a day.
    pub fn holds_on(&self, date: CivilDate) -> bool {
        (self.certified_from..=self.certified_to).contains(&date)
    }

    /// Whether another one begins while it holds, and holds longer.
    pub fn is_followed_by(&self, later: &Self) -> bool {
        self.certified_from < later.certified_from
            && self.certified_to >= later.certified_from
            && self.certified_to < later.certified_to
    }

    /// Ends it on the day before another one begins.
    pub fn end_before(&mut self, later: &Self) {
        if let Some(last) = later.certified_from.before() {
            self.certified_to = last;
        }
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
            Field::PublicPayer => self.public_payer.map_or(Value::Empty, Value::Digits),
            Field::PublicRecipient => self.public_recipient.map_or(Value::Empty, Value::Digits),
            _ => Value::Empty,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_two_pieces_is_joined_and_nothing_of_it_is_lost() {
        let joined = |parts: [&'static str; 2]| {
            let mut record = Record::default();
            record.set(Field::Address, text(parts[0]));
            record.set(Field::AddressMore, text(parts[1]));
            address(&record)
        };
        assert_eq!(
            joined(["試験町1-2-3", "みほん荘101"]),
            "試験町1-2-3　みほん荘101"
        );
        assert_eq!(joined(["試験町1-2-3", ""]), "試験町1-2-3");
        assert_eq!(joined(["", "みほん荘101"]), "みほん荘101");
    }
}
