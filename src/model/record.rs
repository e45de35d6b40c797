//! A record before it has a type of its own: one value for each field of the domain.
//!
//! Tables read into it and write from it, so that one table serves every kind of record in
//! both directions; [`Fields`] is what a typed record offers to be written.

use super::{
    CareLevel, CivilDate, CivilTime, Copay, DayCounts, Digits, Field, InsuredNumber, InsurerNumber,
    List, OfficeNumber, ServiceCode, ServiceType, Sex, YearMonth,
};

/// What stands in one field; the variant is fixed by the field's [`Kind`](super::Kind).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "each variant is the type it holds")]
pub enum Value<'a> {
    /// Nothing was given.
    #[default]
    Empty,
    Text(&'a str),
    Number(u32),
    Flag(bool),
    Date(CivilDate),
    Month(YearMonth),
    Time(CivilTime),
    Office(OfficeNumber),
    Insurer(InsurerNumber),
    Insured(InsuredNumber),
    Digits(Digits),
    ServiceCode(ServiceCode),
    ServiceType(ServiceType),
    CareLevel(CareLevel),
    Sex(Sex),
    Copay(Copay),
}

/// A typed record that can be written through a table.
pub trait Fields {
    /// The value of a field; [`Value::Empty`] for one that the record does not have.
    fn value(&self, field: Field) -> Value<'_>;

    /// The counts of a field that has one for each day.
    fn days(&self, _field: Field) -> Option<&DayCounts> {
        None
    }

    /// How many elements the list has.
    fn length(&self, _list: List) -> usize {
        0
    }

    /// An element of a list.
    fn element(&self, _list: List, _index: usize) -> Option<&dyn Fields> {
        None
    }

    /// The day of an element of a list, with a number that it has in common with those that are
    /// the same in every field but [`Field::Date`], as the days of one line of the grid are.
    /// `None` where nobody knows.
    fn repeated(&self, _list: List, _index: usize) -> Option<(usize, CivilDate)> {
        None
    }
}

/// What a table has read: values by field, the days of a grid line, and lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'a> {
    values: [Value<'a>; Field::COUNT],
    planned: DayCounts,
    actual: DayCounts,
    lists: Vec<(List, Vec<Record<'a>>)>,
}

impl Default for Record<'_> {
    fn default() -> Self {
        Self {
            values: [Value::Empty; Field::COUNT],
            planned: DayCounts::default(),
            actual: DayCounts::default(),
            lists: Vec::new(),
        }
    }
}

impl<'a> Record<'a> {
    /// Puts a value into a field.
    pub fn set(&mut self, field: Field, value: Value<'a>) {
        self.values[field as usize] = value;
    }

    /// The counts of a grid field, to be filled day by day.
    pub fn days_mut(&mut self, field: Field) -> &mut DayCounts {
        if field == Field::Actual {
            &mut self.actual
        } else {
            &mut self.planned
        }
    }

    /// Adds a whole list.
    pub fn push_list(&mut self, list: List, elements: Vec<Record<'a>>) {
        self.lists.push((list, elements));
    }

    /// The elements of a list, none where there is no such list.
    pub fn list(&self, list: List) -> &[Record<'a>] {
        self.lists
            .iter()
            .find(|(of, _)| *of == list)
            .map_or(&[], |(_, elements)| elements)
    }

    /// The value of a field, living as long as what was read.
    pub fn get(&self, field: Field) -> Value<'a> {
        self.values[field as usize]
    }

    /// The text of a field, empty where there is none; it lives as long as what was read.
    pub fn str(&self, field: Field) -> &'a str {
        match self.get(field) {
            Value::Text(text) => text,
            _ => "",
        }
    }

    /// The same as a text of its own, digits too.
    pub fn text(&self, field: Field) -> String {
        match self.get(field) {
            Value::Digits(digits) => digits.as_str().to_owned(),
            _ => self.str(field).to_owned(),
        }
    }
}

impl Fields for Record<'_> {
    fn value(&self, field: Field) -> Value<'_> {
        self.get(field)
    }

    fn days(&self, field: Field) -> Option<&DayCounts> {
        match field {
            Field::Planned => Some(&self.planned),
            Field::Actual => Some(&self.actual),
            _ => None,
        }
    }

    fn length(&self, list: List) -> usize {
        self.list(list).len()
    }

    fn element(&self, list: List, index: usize) -> Option<&dyn Fields> {
        self.list(list)
            .get(index)
            .map(|record| record as &dyn Fields)
    }
}

/// A free text as a value; an empty one is none.
pub(super) fn text(text: &str) -> Value<'_> {
    if text.is_empty() {
        Value::Empty
    } else {
        Value::Text(text)
    }
}

/// Defines how a typed value leaves a record: the value of that variant, or none.
macro_rules! accessors {
    ($($name:ident $variant:ident $type:ty, $doc:literal;)*) => {
        impl Record<'_> {
            $(
                #[doc = $doc]
                pub fn $name(&self, field: Field) -> Option<$type> {
                    match self.get(field) {
                        Value::$variant(value) => Some(value),
                        _ => None,
                    }
                }
            )*
        }
    };
}

accessors! {
    number Number u32, "The number in the field, if it holds one.";
    flag Flag bool, "Yes or no, if the field holds one.";
    date Date CivilDate, "The day in the field, if it holds one.";
    month Month YearMonth, "The month in the field, if it holds one.";
    time Time CivilTime, "The time in the field, if it holds one.";
    office Office OfficeNumber, "The office number in the field, if it holds one.";
    insurer Insurer InsurerNumber, "The insurer number in the field, if it holds one.";
    insured Insured InsuredNumber, "The insured number in the field, if it holds one.";
    digits Digits Digits, "The digits in the field, if it holds some.";
    service_code ServiceCode ServiceCode, "The service code in the field, if it holds one.";
    service_type ServiceType ServiceType, "The service type in the field, if it holds one.";
    care_level CareLevel CareLevel, "The care level in the field, if it holds one.";
    sex Sex Sex, "The sex in the field, if it holds one.";
    copay Copay Copay, "The co-payment in the field, if it holds one.";
}
