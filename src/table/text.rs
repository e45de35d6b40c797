//! One value of the domain as the text of one cell, both ways.
//!
//! Reading accepts every form that offices write; writing uses the one form that the table
//! names. What is read from a written text is the value that was written.

use std::fmt::Write as _;

use crate::finding::Code;
use crate::model::{
    CareLevel, CheckDigit, Copay, Digits, InsuredNumber, InsurerNumber, Kind, OfficeNumber,
    ServiceCode, ServiceType, Sex, Value,
};

use super::civil_text::{self, Calendar, Remarked};
use super::codes::CodeList;
use super::fold::nfkc;
use super::usual;

/// How a value is written where there is a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The only or the plainest form of its kind: `09:00`, `2026-10-01`, the code itself.
    Plain,
    /// `2026/10/01`, `2026/10`
    Slash,
    /// `20261001`, `202610`, `0900`
    Compact,
    /// The name that a code list gives the code.
    Name,
}

impl Form {
    /// Every form with the name that tables use.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("plain", Self::Plain),
        ("slash", Self::Slash),
        ("compact", Self::Compact),
        ("name", Self::Name),
    ];

    /// What stands between the parts of a day.
    fn separator(self) -> &'static str {
        match self {
            Self::Slash => "/",
            Self::Compact => "",
            Self::Plain | Self::Name => "-",
        }
    }

    /// Whether values of the kind can be written so.
    pub fn suits(self, kind: Kind, codes: Option<&CodeList>) -> bool {
        match self {
            Self::Plain => true,
            Self::Slash => matches!(kind, Kind::Date | Kind::Month),
            Self::Compact => matches!(kind, Kind::Date | Kind::Month | Kind::Time),
            Self::Name => codes.is_some(),
        }
    }
}

/// A value that was read, with what is to be said about how it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading<'a> {
    /// The value; empty for an empty cell.
    pub value: Value<'a>,
    /// Up to two notices, such as restored zeroes and a failed check digit.
    pub remarks: [Option<Code>; 2],
}

impl Reading<'_> {
    /// Adds a notice, if there is room for one more.
    pub(super) fn add(&mut self, code: Code) {
        if let Some(free) = self.remarks.iter_mut().find(|remark| remark.is_none()) {
            *free = Some(code);
        }
    }
}

impl<'a> From<Value<'a>> for Reading<'a> {
    fn from(value: Value<'a>) -> Self {
        Self {
            value,
            remarks: [None; 2],
        }
    }
}

/// Reads a cell as a value of a kind; white space around it does not count. Day numbers of a
/// spreadsheet count from where `calendar` says.
pub fn read<'a>(
    kind: Kind,
    codes: Option<&CodeList>,
    calendar: Calendar,
    text: &'a str,
) -> Result<Reading<'a>, Code> {
    let text = trimmed(text);
    if text.is_empty() {
        return Ok(Reading::default());
    }
    if codes.is_none()
        && let Some(value) = usual::read(kind, text)
    {
        return Ok(value.into());
    }
    match codes {
        Some(codes) => {
            let code = codes.code(text).ok_or(Code::NotInCodeList)?;
            if code.is_empty() {
                return Ok(Reading::default());
            }
            coded(kind, code)
                .map(Reading::from)
                .ok_or(Code::NotInCodeList)
        }
        None => uncoded(kind, calendar, text),
    }
}

/// White space is rare at the ends of a cell, and the usual cell is not searched for it.
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [b'!'..=b'~', .., b'!'..=b'~'] | [b'!'..=b'~'] => text,
        _ => text.trim(),
    }
}

pub(super) fn uncoded(kind: Kind, calendar: Calendar, text: &str) -> Result<Reading<'_>, Code> {
    match kind {
        Kind::OfficeNumber | Kind::InsurerNumber | Kind::InsuredNumber | Kind::Digits { .. } => {
            number(kind, text)
        }
        Kind::ServiceCode | Kind::ServiceType => {
            let code = nfkc(text);
            lost_digits(&code)?;
            coded(kind, &code)
                .map(Reading::from)
                .ok_or(Code::WrongNumberForm)
        }
        Kind::CareLevel | Kind::Sex | Kind::Copay | Kind::Flag => coded(kind, &nfkc(text))
            .map(Reading::from)
            .ok_or(Code::NotInCodeList),
        Kind::Text { longest } => {
            // A text has at least as many bytes as characters.
            if text.len() > longest && text.chars().nth(longest).is_some() {
                return Err(Code::TextTooLong);
            }
            Ok(Value::Text(text).into())
        }
        Kind::Number { highest } => {
            let value = count(text)
                .filter(|value| *value <= highest)
                .ok_or(Code::NotACount)?;
            Ok(Value::Number(value).into())
        }
        Kind::DayCounts => day_count(text).map(|count| Value::Number(count.into()).into()),
        Kind::Date => civil_text::date(text, calendar).map(|date| remarked(date, Value::Date)),
        Kind::Month => civil_text::month(text, calendar).map(|month| remarked(month, Value::Month)),
        Kind::Time => civil_text::time(text).map(|time| remarked(time, Value::Time)),
    }
}

/// Whether the values of a kind are codes, which a code list can name.
pub fn is_coded(kind: Kind) -> bool {
    match kind {
        Kind::ServiceCode
        | Kind::ServiceType
        | Kind::CareLevel
        | Kind::Sex
        | Kind::Copay
        | Kind::Flag => true,
        Kind::OfficeNumber
        | Kind::InsurerNumber
        | Kind::InsuredNumber
        | Kind::Digits { .. }
        | Kind::Text { .. }
        | Kind::Number { .. }
        | Kind::Date
        | Kind::Month
        | Kind::Time
        | Kind::DayCounts => false,
    }
}

/// The codes of a kind that has a fixed few; a list that names them must name each.
pub fn every_code(kind: Kind) -> Vec<&'static str> {
    match kind {
        Kind::CareLevel => CareLevel::ALL.map(CareLevel::code).to_vec(),
        Kind::Sex => [Sex::Male, Sex::Female].map(Sex::code).to_vec(),
        Kind::Copay => vec!["1", "2", "3"],
        Kind::Flag => vec!["0", "1"],
        Kind::ServiceCode
        | Kind::ServiceType
        | Kind::OfficeNumber
        | Kind::InsurerNumber
        | Kind::InsuredNumber
        | Kind::Digits { .. }
        | Kind::Text { .. }
        | Kind::Number { .. }
        | Kind::Date
        | Kind::Month
        | Kind::Time
        | Kind::DayCounts => Vec::new(),
    }
}

/// A value from its code.
fn coded(kind: Kind, code: &str) -> Option<Value<'static>> {
    match kind {
        Kind::ServiceCode => ServiceCode::parse(code).map(Value::ServiceCode),
        Kind::ServiceType => ServiceType::parse(code).map(Value::ServiceType),
        Kind::CareLevel => CareLevel::parse(code).map(Value::CareLevel),
        Kind::Sex => Sex::parse(code).map(Value::Sex),
        Kind::Copay => code.parse().ok().and_then(Copay::new).map(Value::Copay),
        // A check box that was saved as text says it in capitals.
        Kind::Flag => match code {
            "1" | "TRUE" => Some(Value::Flag(true)),
            "0" | "FALSE" => Some(Value::Flag(false)),
            _ => None,
        },
        Kind::OfficeNumber
        | Kind::InsurerNumber
        | Kind::InsuredNumber
        | Kind::Digits { .. }
        | Kind::Text { .. }
        | Kind::Number { .. }
        | Kind::Date
        | Kind::Month
        | Kind::Time
        | Kind::DayCounts => None,
    }
}

/// A count for one day: 0 to 99, empty is 0.
pub fn day_count(text: &str) -> Result<u8, Code> {
    match trimmed(text).as_bytes() {
        [] => Ok(0),
        [digit @ b'0'..=b'9'] => Ok(digit - b'0'),
        _ => count(text)
            .and_then(|count| u8::try_from(count).ok())
            .filter(|count| *count <= 99)
            .ok_or(Code::NotACount),
    }
}

/// A number of fixed width. Zeroes that a spreadsheet has cut off are put back, as far as
/// such a number can begin with zeroes at all, and said. The letters of numbers are capitals,
/// however somebody has typed them.
fn number(kind: Kind, text: &str) -> Result<Reading<'static>, Code> {
    let digits = nfkc(text);
    lost_digits(&digits)?;
    let digits = digits.to_ascii_uppercase();
    let width = kind.width().unwrap_or(digits.len());
    let missing = width.saturating_sub(digits.chars().count());
    let restored = missing > 0;
    if restored && (missing > leading_zeroes(kind) || !is_cut_number(&digits)) {
        return Err(Code::WrongNumberForm);
    }
    let digits = format!("{digits:0>width$}");
    let (value, check_digit) = numbered(kind, &digits).ok_or(Code::WrongNumberForm)?;
    if restored && check_digit == CheckDigit::Fails {
        // Two doubts at once: the zero that was put back has made another number.
        return Err(Code::WrongNumberForm);
    }
    Ok(Reading {
        value,
        remarks: [
            restored.then_some(Code::ZeroesRestored),
            (check_digit == CheckDigit::Fails).then_some(Code::CheckDigitFails),
        ],
    })
}

/// A number of a kind in its full width; one without a rule for its check digit passes.
fn numbered(kind: Kind, text: &str) -> Option<(Value<'static>, CheckDigit)> {
    match kind {
        Kind::OfficeNumber => {
            OfficeNumber::parse(text).map(|number| (Value::Office(number), number.check_digit()))
        }
        Kind::InsurerNumber => {
            InsurerNumber::parse(text).map(|number| (Value::Insurer(number), number.check_digit()))
        }
        Kind::Digits { width, .. } => {
            Digits::parse(text, width).map(|digits| (Value::Digits(digits), CheckDigit::Passes))
        }
        _ => InsuredNumber::parse(text).map(|number| (Value::Insured(number), CheckDigit::Passes)),
    }
}

/// What a spreadsheet leaves of a number: digits that count something. `0` is how some lists
/// say that there is none, and no number has zeroes alone.
fn is_cut_number(digits: &str) -> bool {
    digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.bytes().any(|byte| byte != b'0')
}

/// With how many zeroes a number of the kind can begin: insurers and offices begin with the
/// prefecture (01–47), insured numbers are free.
fn leading_zeroes(kind: Kind) -> usize {
    match kind {
        Kind::InsuredNumber => 9,
        Kind::OfficeNumber | Kind::InsurerNumber => 1,
        Kind::Digits { zeroes, .. } => zeroes,
        _ => 0,
    }
}

/// `1.23E+09`: a spreadsheet has thrown the digits away; nothing can bring them back.
pub(super) fn lost_digits(text: &str) -> Result<(), Code> {
    let exponent = |text: &str| text.contains("E+") || text.contains("e+");
    if text.contains('+') && exponent(text) && text.parse::<f64>().is_ok() {
        Err(Code::DigitsLost)
    } else {
        Ok(())
    }
}

/// A whole number from 0; separators of thousands are allowed where thousands are.
fn count(text: &str) -> Option<u32> {
    if text.chars().any(is_raised_or_circled) {
        return None;
    }
    let plain = ungrouped(&nfkc(text))?;
    let plain = plain.strip_suffix(".0").unwrap_or(&plain);
    plain
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| plain.parse().ok())
        .flatten()
}

/// `²`, `⓪`, `①`: digits that mean something else than a digit.
fn is_raised_or_circled(character: char) -> bool {
    let is_wide = ('\u{FF01}'..='\u{FF5E}').contains(&character);
    let mut text = [0; 4];
    let is_digit = |text: &str| nfkc(text).bytes().any(|byte| byte.is_ascii_digit());
    !character.is_ascii() && !is_wide && is_digit(character.encode_utf8(&mut text))
}

/// `27,048` without its separator; nothing for `27,04` and `27048,`.
fn ungrouped(number: &str) -> Option<String> {
    let (first, groups) = match number.split_once(',') {
        None => return Some(number.to_owned()),
        Some((first, groups)) => (first, groups.split(',')),
    };
    let whole = (1..=3).contains(&first.len()) && groups.clone().all(|group| group.len() == 3);
    whole.then(|| std::iter::once(first).chain(groups).collect())
}

fn remarked<T>(read: Remarked<T>, wrap: impl Fn(T) -> Value<'static>) -> Reading<'static> {
    Reading {
        value: wrap(read.value),
        remarks: [read.remark, None],
    }
}

/// Appends the text of a value; nothing for an empty one.
pub fn write(value: &Value<'_>, form: Form, codes: Option<&CodeList>, out: &mut String) {
    let start = out.len();
    // Writing into a `String` cannot fail.
    let _ = match value {
        Value::Empty => Ok(()),
        Value::Text(text) => out.write_str(text),
        Value::Number(number) => match u8::try_from(*number) {
            Ok(digit @ 0..=9) => {
                out.push(char::from(b'0' + digit));
                Ok(())
            }
            _ => write!(out, "{number}"),
        },
        // Where a list has a word for no, the word is written.
        Value::Flag(false) if codes.is_none() => Ok(()),
        Value::Flag(flag) => out.write_str(if *flag { "1" } else { "0" }),
        Value::Date(date) => {
            year_of_four(date.year(), out);
            out.push_str(form.separator());
            two(date.month(), out);
            out.push_str(form.separator());
            two(date.day(), out);
            Ok(())
        }
        Value::Month(month) => {
            year_of_four(month.year(), out);
            out.push_str(form.separator());
            two(month.month(), out);
            Ok(())
        }
        Value::Time(time) => match form {
            Form::Compact | Form::Plain | Form::Slash | Form::Name => {
                two((time.minutes() / 60).into(), out);
                if form != Form::Compact {
                    out.push(':');
                }
                two((time.minutes() % 60).into(), out);
                Ok(())
            }
        },
        Value::Office(number) => out.write_str(number.as_str()),
        Value::Insurer(number) => out.write_str(number.as_str()),
        Value::Insured(number) => out.write_str(number.as_str()),
        Value::Digits(digits) => out.write_str(digits.as_str()),
        Value::ServiceCode(code) => out.write_str(code.as_str()),
        Value::ServiceType(code) => out.write_str(code.as_str()),
        Value::CareLevel(level) => out.write_str(level.code()),
        Value::Sex(sex) => out.write_str(sex.code()),
        Value::Copay(copay) => write!(out, "{}", copay.tenths()),
    };
    if form == Form::Name {
        let named = codes
            .and_then(|codes| codes.written(&out[start..]))
            .map(str::to_owned);
        if let Some(name) = named {
            out.replace_range(start.., &name);
        }
    }
}

/// Two digits: the national files are full of them, and formatting takes several times as
/// long.
fn two(number: u32, out: &mut String) {
    for digit in [number / 10 % 10, number % 10] {
        out.push(char::from_digit(digit, 10).unwrap_or_default());
    }
}

fn year_of_four(year: i32, out: &mut String) {
    let year = year.unsigned_abs();
    two(year / 100, out);
    two(year, out);
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::*;
    use crate::model::{CivilTime, Field, YearMonth};
    use proptest::prelude::*;

    #[test]
    fn zeroes_that_a_spreadsheet_cut_off_are_put_back_and_said() {
        let read = read(Kind::InsuredNumber, None, Calendar::Of1900, "123456").unwrap();
        assert_eq!(
            read.value,
            Value::Insured(InsuredNumber::parse("0000123456").unwrap())
        );
        assert_eq!(read.remarks[0], Some(Code::ZeroesRestored));
    }

    #[test]
    fn letters_of_numbers_are_capitals_however_they_were_typed() {
        for text in ["H123456789", "h123456789", "ｈ１２３４５６７８９"] {
            let read = read(Kind::InsuredNumber, None, Calendar::Of1900, text).unwrap();
            let number = InsuredNumber::parse("H123456789").unwrap();
            assert_eq!(read.value, Value::Insured(number), "{text}");
        }
    }

    #[test]
    fn no_more_zeroes_are_put_back_than_the_number_can_begin_with() {
        assert_eq!(
            read(Kind::InsurerNumber, None, Calendar::Of1900, "1312"),
            Err(Code::WrongNumberForm)
        );
        assert_eq!(
            read(Kind::ServiceCode, None, Calendar::Of1900, "11111"),
            Err(Code::WrongNumberForm)
        );
    }

    #[test]
    fn digits_get_back_as_many_zeroes_as_their_field_can_begin_with() {
        let payer = Field::PublicPayer.kind();
        let recipient = Field::PublicRecipient.kind();
        let read = |kind, text| read(kind, None, Calendar::Of1900, text);
        for (kind, text, digits, restored) in [
            (payer, "12131234", "12131234", false),
            (payer, "１２１３１２３４", "12131234", false),
            (recipient, "0001234", "0001234", false),
            (recipient, "1234", "0001234", true),
            (recipient, "１２３４５６", "0123456", true),
            (recipient, "1", "0000001", true),
        ] {
            let number = Digits::parse(digits, digits.len()).unwrap();
            assert_eq!(
                read(kind, text),
                Ok(Reading {
                    value: Value::Digits(number),
                    remarks: [restored.then_some(Code::ZeroesRestored), None],
                }),
                "{text}"
            );
        }
        for (kind, text) in [
            (payer, "2131234"),
            (payer, "121312345"),
            (recipient, "12345678"),
            (recipient, "123456A"),
            (recipient, "1,234"),
            (recipient, "1234.0"),
        ] {
            assert_eq!(read(kind, text), Err(Code::WrongNumberForm), "{text}");
        }
        assert_eq!(read(recipient, "1.2E+06"), Err(Code::DigitsLost));
    }

    #[test]
    fn a_zero_alone_is_no_number_that_was_cut() {
        for kind in [Kind::InsuredNumber, Field::PublicRecipient.kind()] {
            for text in ["0", "000"] {
                assert_eq!(
                    read(kind, None, Calendar::Of1900, text),
                    Err(Code::WrongNumberForm)
                );
            }
        }
    }

    #[test]
    fn a_number_that_only_restoring_could_save_must_pass_its_check_digit() {
        assert_eq!(
            read(Kind::InsurerNumber, None, Calendar::Of1900, "13112"),
            Err(Code::WrongNumberForm)
        );
        let hokkaido = read(Kind::InsurerNumber, None, Calendar::Of1900, "11007").unwrap();
        assert_eq!(hokkaido.remarks, [Some(Code::ZeroesRestored), None]);
    }

    #[test]
    fn an_exponent_is_an_error_because_the_digits_are_gone() {
        assert_eq!(
            read(Kind::OfficeNumber, None, Calendar::Of1900, "1.37E+09"),
            Err(Code::DigitsLost)
        );
        assert_eq!(
            read(Kind::InsuredNumber, None, Calendar::Of1900, "1.23457E+09"),
            Err(Code::DigitsLost)
        );
    }

    #[test]
    fn full_width_digits_are_digits() {
        let read = read(Kind::InsurerNumber, None, Calendar::Of1900, "１３１１２８").unwrap();
        assert_eq!(
            read.value,
            Value::Insurer(InsurerNumber::parse("131128").unwrap())
        );
    }

    #[test]
    fn a_text_is_kept_as_it_is_written() {
        let name = "髙橋　①花子㈱";
        assert_eq!(
            read(Kind::Text { longest: 40 }, None, Calendar::Of1900, name)
                .unwrap()
                .value,
            Value::Text(name)
        );
        assert_eq!(
            read(
                Kind::Text { longest: 3 },
                None,
                Calendar::Of1900,
                "あいうえ"
            ),
            Err(Code::TextTooLong)
        );
    }

    #[test]
    fn a_day_holds_a_small_count() {
        assert_eq!(day_count(""), Ok(0));
        assert_eq!(day_count(" 2 "), Ok(2));
        assert_eq!(day_count("１"), Ok(1));
        for wrong in ["-1", "1.5", "○", "100"] {
            assert_eq!(day_count(wrong), Err(Code::NotACount), "{wrong}");
        }
    }

    /// The code list that names the codes of a kind, as tables would; none for other kinds.
    fn list_of(kind: Kind) -> Option<CodeList> {
        let codes = every_code(kind);
        if codes.is_empty() {
            return None;
        }
        let mut rows = "コード,名称,別名\n".to_owned();
        for code in codes {
            writeln!(rows, "{code},名{code},").unwrap();
        }
        let source = Source::new("codes/test.csv", rows.as_bytes());
        Some(CodeList::load("test", &source.unwrap()).unwrap())
    }

    fn digits(width: usize) -> impl Strategy<Value = String> {
        let digit = prop::char::range('0', '9');
        prop::collection::vec(digit, width).prop_map(|digits| digits.into_iter().collect())
    }

    /// A value of each kind that there is.
    fn value() -> impl Strategy<Value = (Kind, Value<'static>)> {
        let office = ("[0-9]{2}[A-HJ-NPR-Z0-9]", digits(7)).prop_map(|(first, rest)| {
            let number = OfficeNumber::parse(&(first + &rest)).unwrap();
            (Kind::OfficeNumber, Value::Office(number))
        });
        let municipality = digits(6).prop_map(|digits| {
            let number = InsurerNumber::parse(&digits).unwrap();
            (Kind::InsurerNumber, Value::Insurer(number))
        });
        let person = ("[H0-9]", digits(9)).prop_map(|(first, rest)| {
            let number = InsuredNumber::parse(&(first + &rest)).unwrap();
            (Kind::InsuredNumber, Value::Insured(number))
        });
        let of_width = (1..=Digits::WIDEST).prop_flat_map(|width| {
            digits(width).prop_map(move |digits| {
                let kind = Kind::Digits { width, zeroes: 0 };
                (kind, Value::Digits(Digits::parse(&digits, width).unwrap()))
            })
        });
        let service = "[0-9A-Z]{6}".prop_map(|code| {
            let code = ServiceCode::parse(&code).unwrap();
            (Kind::ServiceCode, Value::ServiceCode(code))
        });
        let service_type = "[0-9A-Z]{2}".prop_map(|code| {
            let code = ServiceType::parse(&code).unwrap();
            (Kind::ServiceType, Value::ServiceType(code))
        });
        let level = prop::sample::select(CareLevel::ALL.to_vec())
            .prop_map(|level| (Kind::CareLevel, Value::CareLevel(level)));
        let few = prop::sample::select(vec![
            (Kind::Sex, Value::Sex(Sex::Male)),
            (Kind::Sex, Value::Sex(Sex::Female)),
            (Kind::Copay, Value::Copay(Copay::new(1).unwrap())),
            (Kind::Copay, Value::Copay(Copay::new(3).unwrap())),
            (Kind::Flag, Value::Flag(true)),
            (Kind::Flag, Value::Flag(false)),
            (Kind::Text { longest: 9 }, Value::Text("髙橋　①花子㈱")),
        ]);
        let count = (0..=9_999_999u32).prop_map(|number| {
            let kind = Kind::Number { highest: 9_999_999 };
            (kind, Value::Number(number))
        });
        let day_count = (0..=99u32).prop_map(|number| (Kind::DayCounts, Value::Number(number)));
        let month = (1000..=9999, 1..=12u32).prop_map(|(year, month)| {
            let month = YearMonth::new(year, month).unwrap();
            (Kind::Month, Value::Month(month))
        });
        let date = (1000..=9999, 1..=12u32, 0..31u32).prop_map(|(year, month, day)| {
            let month = YearMonth::new(year, month).unwrap();
            let day = month.day(day % month.days() + 1).unwrap();
            (Kind::Date, Value::Date(day))
        });
        let time = (0..=36 * 60u16).prop_map(|minutes| {
            let time = CivilTime::new(minutes / 60, minutes % 60).unwrap();
            (Kind::Time, Value::Time(time))
        });
        prop_oneof![
            office,
            municipality,
            person,
            of_width,
            service,
            service_type,
            level,
            few,
            count,
            day_count,
            month,
            date,
            time,
        ]
    }

    proptest! {
        #[test]
        fn what_was_written_in_any_form_is_read_again((kind, value) in value()) {
            let list = list_of(kind);
            for (name, form) in Form::NAMES {
                for codes in [None, list.as_ref()] {
                    if !form.suits(kind, codes) {
                        continue;
                    }
                    let mut text = String::new();
                    write(&value, form, codes, &mut text);
                    for calendar in [Calendar::Of1900, Calendar::Of1904] {
                        let read = read(kind, codes, calendar, &text).unwrap();
                        let no_is_empty = value == Value::Flag(false) && text.is_empty();
                        let expected = if no_is_empty { Value::Empty } else { value };
                        prop_assert_eq!(read.value, expected, "{}: {}", name, text);
                        prop_assert!(read.remarks[0].is_none(), "{}: {}", name, text);
                    }
                }
            }
        }

        #[test]
        fn a_number_that_was_cut_comes_back_or_is_refused(
            recipient in digits(7),
            insured in digits(10),
        ) {
            for (kind, whole) in [
                (Field::PublicRecipient.kind(), &recipient),
                (Kind::InsuredNumber, &insured),
            ] {
                let cut = whole.trim_start_matches('0');
                let Ok(read) = read(kind, None, Calendar::Of1900, cut) else {
                    prop_assert!(cut.is_empty(), "{}", cut);
                    continue;
                };
                let mut text = String::new();
                write(&read.value, Form::Plain, None, &mut text);
                if !cut.is_empty() {
                    prop_assert_eq!(&text, whole);
                }
                let restored = cut.len() < whole.len() && !cut.is_empty();
                prop_assert_eq!(read.remarks[0], restored.then_some(Code::ZeroesRestored));
            }
        }

        #[test]
        fn any_cell_of_any_kind_is_read_or_refused_without_a_panic(
            text in "\\PC*",
            (kind, _) in value(),
        ) {
            for calendar in [Calendar::Of1900, Calendar::Of1904] {
                let _ = read(kind, None, calendar, &text);
            }
        }
    }
}
