//! The usual forms of values, read without a detour.
//!
//! A month has a few forms in millions of cells: `2026/10`, `2026-10-01`, `9:00`, ten digits. Here
//! they are read from their bytes. Whatever is not exactly of such a form, or would need a
//! remark, is left to the parsers that know every form; a test holds that both say the same.

use crate::model::{
    CheckDigit, CivilDate, CivilTime, Field, InsuredNumber, InsurerNumber, Kind, OfficeNumber,
    ServiceCode, Value, YearMonth,
};

/// The value of a text in a usual form; `None` is no answer.
pub(super) fn read(kind: Kind, text: &str) -> Option<Value<'static>> {
    let text = text.as_bytes();
    match kind {
        Kind::OfficeNumber => office(text).map(Value::Office),
        Kind::InsurerNumber => insurer(text).map(Value::Insurer),
        Kind::InsuredNumber => insured(text).map(Value::Insured),
        Kind::ServiceCode => service_code(text).map(Value::ServiceCode),
        Kind::Number { highest } => whole(text, highest).map(Value::Number),
        Kind::Month => month(text).map(Value::Month),
        Kind::Date => date(text).map(Value::Date),
        Kind::Time => time(text).map(Value::Time),
        Kind::Digits { .. }
        | Kind::ServiceType
        | Kind::CareLevel
        | Kind::Sex
        | Kind::Copay
        | Kind::Text { .. }
        | Kind::Flag
        | Kind::DayCounts => None,
    }
}

/// Ten characters whose check digit passes.
pub fn office(text: &[u8]) -> Option<OfficeNumber> {
    let number = OfficeNumber::from_bytes(text)?;
    (number.check_digit() == CheckDigit::Passes).then_some(number)
}

/// Six digits whose check digit passes.
pub fn insurer(text: &[u8]) -> Option<InsurerNumber> {
    let number = InsurerNumber::from_bytes(text)?;
    (number.check_digit() == CheckDigit::Passes).then_some(number)
}

/// Ten digits, or `H` and nine.
pub fn insured(text: &[u8]) -> Option<InsuredNumber> {
    InsuredNumber::from_bytes(text)
}

/// Six capitals or digits.
pub fn service_code(text: &[u8]) -> Option<ServiceCode> {
    ServiceCode::from_bytes(text)
}

/// Digits that a field for a number holds.
pub fn total(field: Field, text: &[u8]) -> Option<u32> {
    match field.kind() {
        Kind::Number { highest } => whole(text, highest),
        _ => None,
    }
}

/// Up to six digits.
fn whole(text: &[u8], highest: u32) -> Option<u32> {
    if text.len() > 6 {
        return None;
    }
    digits(text).filter(|number| *number <= highest)
}

/// `2026/10`, `2026-10`
pub fn month(text: &[u8]) -> Option<YearMonth> {
    let (year, rest) = text.split_first_chunk::<4>()?;
    let [b'/' | b'-', m1, m2] = rest else {
        return None;
    };
    let year = i32::try_from(digits(year)?).ok()?;
    YearMonth::new(year, digits(&[*m1, *m2])?)
}

/// `2026/10/01`, `2026-10-01`
fn date(text: &[u8]) -> Option<CivilDate> {
    let (year, rest) = text.split_first_chunk::<4>()?;
    let ([b'/', m1, m2, b'/', d1, d2] | [b'-', m1, m2, b'-', d1, d2]) = rest else {
        return None;
    };
    let year = i32::try_from(digits(year)?).ok()?;
    CivilDate::new(year, digits(&[*m1, *m2])?, digits(&[*d1, *d2])?)
}

/// `9:00`, `09:00`
pub fn time(text: &[u8]) -> Option<CivilTime> {
    let (hour, minute) = match text {
        [hour @ .., b':', m1, m2] if (1..=2).contains(&hour.len()) => (hour, [*m1, *m2]),
        _ => return None,
    };
    let number = |text| u16::try_from(digits(text)?).ok();
    CivilTime::new(number(hour)?, number(&minute)?)
}

fn digits(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + u32::from(byte - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::super::civil_text::Calendar;
    use super::super::text::{Reading, uncoded};
    use super::*;
    use proptest::prelude::*;

    const KINDS: [Kind; 8] = [
        Kind::OfficeNumber,
        Kind::InsurerNumber,
        Kind::InsuredNumber,
        Kind::ServiceCode,
        Kind::Number { highest: 9_999 },
        Kind::Month,
        Kind::Date,
        Kind::Time,
    ];

    #[test]
    fn the_usual_forms_are_read_here() {
        for (kind, text) in KINDS.into_iter().zip([
            "1370100016",
            "131128",
            "H000000001",
            "A22111",
            "9999",
            "2026/10",
            "2026/10/01",
            "9:00",
        ]) {
            assert!(read(kind, text).is_some(), "{text}");
        }
        assert!(read(Kind::Month, "2026-10").is_some());
        assert!(read(Kind::Date, "2026-10-01").is_some());
    }

    proptest! {
        #[test]
        fn the_short_way_says_what_the_long_way_says(
            text in "[0-9H]{1,10}|[0-9]{4}[/-][0-9]{1,2}([/-][0-9]{1,2})?|[0-9]{1,2}:[0-9]{2}|[0-9A-Z/:-]{1,10}",
        ) {
            for kind in KINDS {
                if let Some(value) = read(kind, &text) {
                    let long = uncoded(kind, Calendar::Of1904, &text);
                    prop_assert_eq!(long, Ok(Reading::from(value)), "{:?}", kind);
                }
            }
        }
    }
}
