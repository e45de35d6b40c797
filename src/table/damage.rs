//! What other programs do to a value on its way into a cell: guards that they put round it,
//! words that they put in its place, characters and zeroes that they lose.
//!
//! It is looked for in every column, whatever it holds, and says the same of the same text in
//! a text file and in a workbook. What a service answers is not asked: nothing of it has been
//! through a spreadsheet.

use crate::finding::Code;
use crate::model::{Digits, Field, Kind, Value};

use super::fold::nfkc;
use super::text::{self, Reading, lost_digits};

/// The months as a spreadsheet names them, whole or by three letters.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Reads a cell of a field: `read` says what its text means once nothing stands round it.
pub(super) fn read<'a>(
    field: Field,
    text: &'a str,
    read: impl Fn(&'a str) -> Result<Reading<'a>, Code>,
) -> Result<Reading<'a>, Code> {
    if is_usual(field, text) {
        return read(text);
    }
    let within = within_guard(text);
    let bare = within.unwrap_or(text);
    if is_error(bare.trim()) {
        return Err(Code::CellError);
    }
    let mut reading = unguarded(field, bare, read)?;
    if within.is_some() {
        reading.add(Code::GuardTakenOff);
    }
    Ok(reading)
}

/// Whether nothing of what is looked for here can be in a text: every cell is asked, so hardly
/// any is looked at further.
fn is_usual(field: Field, text: &str) -> bool {
    let Kind::Text { .. } = field.kind() else {
        // Guards and errors; blanks may stand before either, wide ones too.
        let odd = |first: &u8| b"='#E".contains(first) || *first <= b' ' || !first.is_ascii();
        return !text.as_bytes().first().is_some_and(odd);
    };
    let has_a_form = matches!(field, Field::PostalCode | Field::Phone | Field::Fax);
    !has_a_form && is_of_plain_letters(text) && !begins_with_a_digit(text)
}

/// Whether a text may be a number alone.
fn begins_with_a_digit(text: &str) -> bool {
    let first = text.chars().next();
    first.is_some_and(|first| first.is_ascii_digit() || ('０'..='９').contains(&first))
}

/// Whether a text has only letters that no guard, no error, no word for nothing and no trace of
/// lost characters has: kana and most kanji, and digits of any width.
fn is_of_plain_letters(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_plain = |(at, byte): (usize, &u8)| match byte {
        b'0'..=b'9' | 0x80..=0xBF | 0xE4..=0xE6 | 0xE8..=0xE9 => true,
        // All but 〓, but four kanji, and but `？`.
        0xE3 => bytes[at + 1..].first_chunk() != Some(&[0x80, 0x93]),
        0xE7 => !matches!(bytes.get(at + 1), Some(0xB8 | 0xB9)),
        // All but `？＃＇＝`, and signs that choose a form.
        0xEF => !matches!(
            bytes[at + 1..],
            [0xB8, ..] | [0xBC, 0x9F | 0x83 | 0x87 | 0x9D, ..]
        ),
        _ => false,
    };
    bytes.iter().enumerate().all(is_plain)
}

/// The count of a day, in whose place the same may stand.
pub fn day_count(text: &str) -> Result<(u8, Option<Code>), Code> {
    let error = match text::day_count(text) {
        Ok(count) => return Ok((count, None)),
        Err(error) => error,
    };
    match within_guard(text) {
        Some(within) => Ok((text::day_count(within)?, Some(Code::GuardTakenOff))),
        None if is_error(text.trim()) => Err(Code::CellError),
        None => Err(error),
    }
}

fn unguarded<'a>(
    field: Field,
    text: &'a str,
    read: impl Fn(&'a str) -> Result<Reading<'a>, Code>,
) -> Result<Reading<'a>, Code> {
    let mut reading = read(text)?;
    if let Value::Text(text) = reading.value {
        free_text(field, text, &mut reading)?;
    }
    Ok(reading)
}

fn free_text<'a>(field: Field, text: &'a str, reading: &mut Reading<'a>) -> Result<(), Code> {
    lost_digits(text)?;
    if let Some(code) = remark(text) {
        reading.add(code);
    }
    match field {
        Field::Name | Field::OfficeName if is_bare(text) => return Err(Code::NotAName),
        Field::Kana | Field::Address | Field::CareManager if is_bare(text) => {
            reading.add(Code::NotAText);
        }
        Field::Name | Field::Kana | Field::CareManager if text.contains(['\t', '\n', '\r']) => {
            reading.add(Code::NotAText);
        }
        Field::Phone | Field::Fax if is_of_logic(text) => reading.add(Code::NotAText),
        _ => {}
    }
    match field {
        Field::PostalCode => postal_code(text, reading),
        Field::Phone | Field::Fax => phone(text, reading),
        _ => Ok(()),
    }
}

/// Whether nothing is to be said of a text in a field of free text.
pub fn is_plain(text: &str) -> bool {
    let is_free_of_damage = || {
        within_guard(text).is_none()
            && !is_error(text)
            && lost_digits(text).is_ok()
            && remark(text).is_none()
            && !text.contains(['\t', '\n', '\r'])
    };
    (is_of_plain_letters(text) || is_free_of_damage()) && !is_bare(text)
}

/// Whether a text is what a spreadsheet keeps in the place of a text that it took for something else: a
/// number, a day, a time, or a word of logic, and nothing beside it.
fn is_bare(text: &str) -> bool {
    if !begins_with_a_digit(text) && !text.starts_with(|first: char| first.is_ascii()) {
        return false;
    }
    let plain = nfkc(text);
    let plain = plain.trim();
    let digits = plain.bytes().any(|byte| byte.is_ascii_digit());
    is_of_logic(plain) || (digits && (is_bare_number(plain) || is_bare_moment(plain)))
}

fn is_of_logic(text: &str) -> bool {
    ["true", "false"]
        .iter()
        .any(|of| text.eq_ignore_ascii_case(of))
}

/// `46024`, `0.375`, `-1`
fn is_bare_number(plain: &str) -> bool {
    let digits = plain.strip_prefix('-').unwrap_or(plain);
    let parts = digits.split('.').count();
    parts <= 2
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// `2026/6/5`, `2026-06-05 0:00`, `9:00`, `6月5日`, `Jun-05`; not `1-2-3`, which is an address.
fn is_bare_moment(plain: &str) -> bool {
    let letters: String = plain.chars().filter(char::is_ascii_alphabetic).collect();
    let letters = letters.to_ascii_lowercase();
    let is_month = |of: &str| letters == of || letters == of[..3];
    let of_digits = plain
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || " /:-.,年月日時分秒".contains(c));
    let parts: Vec<&str> = plain
        .split([' ', 'T'])
        .next()
        .unwrap_or_default()
        .split('-')
        .collect();
    let is_iso = parts.len() == 3
        && parts[0].len() == 4
        && parts
            .iter()
            .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    of_digits
        && match &*letters {
            "" | "t" => is_iso || plain.contains(['/', ':', '月']),
            _ => MONTHS.iter().any(|of| is_month(of)),
        }
}

/// What stands within `="…"`, `'…'` or behind `'`: programs write so what a spreadsheet is to
/// take as a text.
fn within_guard(text: &str) -> Option<&str> {
    const MARKS: [char; 2] = ['\'', '＇'];
    let text = text.trim();
    if let Some(formula) = text.strip_prefix('=') {
        let within = formula.strip_prefix('"')?.strip_suffix('"')?;
        // Two of them make a sum, or whatever: that is a formula, and no value.
        return (!within.contains('"')).then_some(within);
    }
    let behind = text.trim_start_matches(MARKS);
    (behind.len() < text.len()).then(|| behind.strip_suffix(MARKS).unwrap_or(behind))
}

/// Whether a text is what a spreadsheet shows where it has no value: `#REF!` and its kin, a
/// column of `#` where the number is wider, `Err:502` of LibreOffice; or a formula that nobody
/// has worked out.
fn is_error(text: &str) -> bool {
    let coded = |prefix: &str| text.strip_prefix(prefix).is_some_and(is_number);
    match text.chars().next() {
        Some('E') => coded("Err:"),
        Some('エ') => coded("エラー:") || coded("エラー："),
        Some('#') => is_error_word(&text[1..]),
        Some('＃') => is_error_word(&nfkc(text)[1..]),
        Some('=' | '＝') => text.chars().nth(1).is_some(),
        _ => false,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `REF!`, `N/A`, `スピル!`, `####`, behind their first `#`; neither `305` nor `ア`.
fn is_error_word(word: &str) -> bool {
    let of_ascii = |c: char| c.is_ascii_alphabetic() || "/_0# ".contains(c);
    let named = word.strip_suffix(['!', '?', '！', '？']);
    let whole = named.unwrap_or(word);
    let is_of_letters = |is: &dyn Fn(char) -> bool| !whole.is_empty() && whole.chars().all(is);
    is_of_letters(&of_ascii)
        || (named.is_some() && is_of_letters(&|c| c.is_alphabetic() || c == 'ー'))
}

/// What is to be said of a free text.
fn remark(text: &str) -> Option<Code> {
    if is_word_for_nothing(text) {
        return Some(Code::WordForNothing);
    }
    has_lost_characters(text).then_some(Code::LostCharacters)
}

fn is_word_for_nothing(text: &str) -> bool {
    const WORDS: [&str; 13] = [
        "null",
        "(null)",
        "<null>",
        "nan",
        "\\n",
        "none",
        "n/a",
        "undefined",
        "nil",
        "na",
        "<na>",
        "nat",
        "[null]",
    ];
    let begins_so = |first: &u8| b"nNuU(<[\\".contains(first);
    text.as_bytes().first().is_some_and(begins_so)
        && WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Traces of characters that were lost on the way: signs that stand for them, references and
/// escapes that nobody has resolved, and what UTF-8 looks like to whoever takes it for another
/// encoding.
fn has_lost_characters(text: &str) -> bool {
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        let lost = match character {
            '?' | '？' | '〓' | '縺' | '縲' | '繧' | '繝' => true,
            '&' => is_reference(&text[at + 1..]),
            '#' => ["N/A", "REF!", "VALUE!", "NAME?"]
                .iter()
                .any(|word| text[at + 1..].starts_with(word)),
            '\\' => is_escape(&text[at + 1..]),
            '\u{80}'..='\u{BF}' | '\u{2018}'..='\u{203A}' => matches!(before, 'ã'..='é'),
            _ => false,
        };
        if lost {
            return true;
        }
        before = character;
    }
    false
}

/// `#39640;`, `#x9AD8;`, `amp;`, behind their `&`.
fn is_reference(text: &str) -> bool {
    let Some((name, _)) = text.split_once(';') else {
        return false;
    };
    let all = |name: &str, is: fn(&u8) -> bool| !name.is_empty() && name.bytes().all(|of| is(&of));
    match name.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(hex) => all(hex, u8::is_ascii_hexdigit),
            None => all(number, u8::is_ascii_digit),
        },
        None => name.len() <= 8 && all(name, u8::is_ascii_alphabetic),
    }
}

/// `u5b50`, behind its `\`.
fn is_escape(text: &str) -> bool {
    let digits = text.strip_prefix(['u', 'x']).and_then(|of| of.get(..4));
    digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A postal code has seven digits. Of six digits alone a spreadsheet has cut off the zero of
/// Hokkaido or the north-east; of five nobody can say whether they are two zeroes short or a
/// code of the days before 1998.
fn postal_code<'a>(text: &'a str, reading: &mut Reading<'a>) -> Result<(), Code> {
    let plain = nfkc(text);
    let plain = plain.trim_start_matches('〒').trim();
    if is_day(plain) {
        return Err(Code::TurnedIntoDate);
    }
    let digits: String = plain.chars().filter(|c| !is_separator(*c)).collect();
    let only_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.len() {
        7 if only_digits => {}
        6 if only_digits && digits.len() == plain.len() => put_zero_back(&digits, reading),
        _ => reading.add(Code::NotItsForm),
    }
    Ok(())
}

/// A phone number begins with 0. Of digits alone it is sure that a spreadsheet has cut it off
/// where they are as many as any such number has behind it.
fn phone<'a>(text: &'a str, reading: &mut Reading<'a>) -> Result<(), Code> {
    const SHORTEST: usize = 9;
    let plain = nfkc(text);
    let plain = plain.trim();
    if is_day(plain) {
        return Err(Code::TurnedIntoDate);
    }
    let digits: String = plain.chars().filter(|c| !is_separator(*c)).collect();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // Words beside a number (長男, 呼出) are somebody's own.
    let begins_right = digits.starts_with('0') && digits.len() >= SHORTEST;
    if !is_number || begins_right || plain.starts_with('+') {
        return Ok(());
    }
    let only_digits = digits.len() == plain.len();
    let of_a_mobile = digits.len() == 10 && digits[1..].starts_with('0');
    if only_digits && (digits.len() == 9 || (of_a_mobile && digits.starts_with(['7', '8', '9']))) {
        put_zero_back(&digits, reading);
    } else {
        reading.add(Code::NotItsForm);
    }
    Ok(())
}

fn put_zero_back(digits: &str, reading: &mut Reading<'_>) {
    let whole = format!("0{digits}");
    if let Some(number) = Digits::parse(&whole, whole.len()) {
        reading.value = Value::Digits(number);
        reading.add(Code::ZeroesRestored);
    }
}

/// What parts the digits of a number.
fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '-' | 'ー' | '―' | '‐' | '–' | '—' | '−' | '(' | ')' | '.' | '+' | '・'
        )
}

/// A day, as a spreadsheet writes what it takes for one: `6月5日`, `Jun-05`, `2005/6/5`.
fn is_day(text: &str) -> bool {
    let small = text.to_ascii_lowercase();
    let named = MONTHS.iter().any(|month| small.contains(&month[..3]));
    let slashes = text.matches('/').count() >= 1
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'/');
    named || slashes || (text.contains('月') && text.ends_with('日'))
}

/// A header without a guard round it.
pub fn header(text: &str) -> &str {
    within_guard(text).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::table::Calendar;

    /// What is read of a cell: the value as a text and what is said.
    fn cell(field: Field, text: &str) -> Result<(String, Vec<Code>), Code> {
        let calendar = Calendar::default();
        let reading = read(field, text, |text| {
            text::read(field.kind(), None, calendar, text)
        })?;
        let mut written = String::new();
        text::write(&reading.value, text::Form::Plain, None, &mut written);
        Ok((written, reading.remarks.into_iter().flatten().collect()))
    }

    fn said(field: Field, text: &str) -> Vec<Code> {
        cell(field, text).unwrap().1
    }

    #[test]
    fn a_guard_is_taken_off_in_every_column_and_said() {
        for (field, text, value) in [
            (Field::Insured, "=\"0000200011\"", "0000200011"),
            (Field::Insured, "'0000200011", "0000200011"),
            (Field::Phone, "'03-0000-2001", "03-0000-2001"),
            (Field::Name, "'架空　太郎'", "架空　太郎"),
            (Field::BirthDate, "=\"1937/03/04\"", "1937-03-04"),
            (Field::Address, "=\"\"", ""),
        ] {
            let expected = (value.to_owned(), vec![Code::GuardTakenOff]);
            assert_eq!(cell(field, text), Ok(expected), "{text}");
        }
        let both = (
            "0000200011".to_owned(),
            vec![Code::ZeroesRestored, Code::GuardTakenOff],
        );
        assert_eq!(cell(Field::Insured, "'200011"), Ok(both));
        assert_eq!(day_count("'1"), Ok((1, Some(Code::GuardTakenOff))));
        for text in ["＇架空　太郎", "''架空　太郎"] {
            let expected = ("架空　太郎".to_owned(), vec![Code::GuardTakenOff]);
            assert_eq!(cell(Field::Name, text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_formula_that_nobody_has_worked_out_is_no_value() {
        for text in ["=A1&\"x\"", "=03-0000-2001", "=\"03\"&\"-0000\"", "＝A1"] {
            for field in [Field::Address, Field::Phone, Field::Insured] {
                assert_eq!(cell(field, text), Err(Code::CellError), "{text}");
            }
        }
        assert_eq!(
            said(Field::Phone, "03-0000-2001#N/A"),
            [Code::LostCharacters]
        );
    }

    #[test]
    fn a_number_a_day_and_a_word_of_logic_are_no_name() {
        for text in [
            "46024",
            "0.375",
            "-1",
            "４６０２４",
            "2026/6/5",
            "2026/6/5 0:00",
            "2026-06-05",
            "9:00",
            "6月5日",
            "Jun-05",
            "5-June",
            "TRUE",
            "false",
        ] {
            assert_eq!(cell(Field::Name, text), Err(Code::NotAName), "{text}");
            assert_eq!(said(Field::Address, text), [Code::NotAText], "{text}");
            assert!(!is_plain(text), "{text}");
        }
        for text in ["1-2-3", "101号室", "2丁目6番5号", "May", "A棟", "3F"] {
            assert_eq!(said(Field::Address, text), [], "{text}");
            assert!(is_plain(text), "{text}");
        }
        assert_eq!(said(Field::Name, "架空\n太郎"), [Code::NotAText]);
        assert_eq!(said(Field::Address, "見本町1\n見本荘"), []);
        assert_eq!(said(Field::Phone, "TRUE"), [Code::NotAText]);
    }

    #[test]
    fn an_error_is_no_value_in_any_column() {
        for text in [
            "#N/A",
            "#REF!",
            "#NAME?",
            "#DIV/0!",
            "#SPILL!",
            "########",
            "##",
            "Err:502",
            "#n/a",
            "#REF",
            "#N/A N/A",
            "#スピル!",
            "#フィールド!",
            "＃Ｎ／Ａ",
            "＃＃＃＃",
            "エラー:502",
        ] {
            for field in [
                Field::Address,
                Field::Name,
                Field::Insured,
                Field::BirthDate,
            ] {
                assert_eq!(cell(field, text), Err(Code::CellError), "{text}");
            }
            assert_eq!(day_count(text), Err(Code::CellError), "{text}");
        }
        for text in ["#1", "#ア", "#", "Err:", "♯N/A"] {
            assert_eq!(said(Field::Address, text), [], "{text}");
        }
        assert_eq!(cell(Field::Address, "9.01235E+09"), Err(Code::DigitsLost));
    }

    #[test]
    fn traces_of_lost_characters_are_said_of_every_free_text() {
        for text in [
            "&#39640;見",
            "&#x9AD8;見",
            "?橋",
            "〓見",
            "\\u5b50",
            "高&amp;子",
            "譫ｶ遨ｺ縲螟ｪ",
            "ã\u{81}‚",
        ] {
            assert_eq!(said(Field::Name, text), [Code::LostCharacters], "{text}");
            assert!(!is_plain(text));
        }
        for text in ["髙橋　花子", "João", "A&B 1号", "a\\b", "渡邉 & 齋藤;", "é"] {
            assert_eq!(said(Field::Name, text), [], "{text}");
            assert!(is_plain(text));
        }
        for text in ["NULL", "nan", "\\N", "(null)", "[NULL]", "<NA>"] {
            assert_eq!(said(Field::Address, text), [Code::WordForNothing], "{text}");
        }
    }

    proptest! {
        #[test]
        fn of_plain_letters_nothing_is_to_be_said(
            text in "[ -~ã-é、-ヿ縀-繿一-龥！-ｚ〓?？\u{80}-\u{BF}]{0,6}|\\PC{0,6}"
        ) {
            let may_be_bare = begins_with_a_digit(&text);
            prop_assert!(!is_of_plain_letters(&text) || may_be_bare || is_plain(&text));
            prop_assert!(!is_usual(Field::Insured, &text) || within_guard(&text).is_none());
        }
    }

    #[test]
    fn names_and_services_are_of_plain_letters() {
        for text in ["架空　太郎", "身体介護２", "ｻﾄｳ", "髙橋"] {
            assert!(is_of_plain_letters(text), "{text}");
        }
    }

    #[test]
    fn a_zero_is_put_back_where_it_is_sure_and_asked_about_where_it_is_not() {
        let restored = |text: &str| Ok((text.to_owned(), vec![Code::ZeroesRestored]));
        assert_eq!(cell(Field::PostalCode, "600000"), restored("0600000"));
        assert_eq!(cell(Field::Phone, "9012345678"), restored("09012345678"));
        assert_eq!(cell(Field::Fax, "300002002"), restored("0300002002"));
        for (field, text) in [
            (Field::PostalCode, "60-0000"),
            (Field::PostalCode, "15400"),
            (Field::Phone, "3-0000-2002"),
            (Field::Phone, "5432-1000"),
            (Field::Phone, "5012345678"),
        ] {
            assert_eq!(said(field, text), [Code::NotItsForm], "{text}");
        }
        for (field, text) in [
            (Field::PostalCode, "154-0000"),
            (Field::PostalCode, "１５４－００００"),
            (Field::PostalCode, "〒1540000"),
            (Field::Phone, "03-0000-2001"),
            (Field::Phone, "+81-3-0000-2001"),
            (Field::Phone, "長男 2001"),
            (Field::Phone, "(03)0000.2001"),
        ] {
            assert_eq!(said(field, text), [], "{text}");
        }
    }

    #[test]
    fn a_number_that_has_become_a_day_is_lost() {
        for text in ["6月5日", "Jun-05", "5-Jun", "2005/6/5"] {
            assert_eq!(cell(Field::PostalCode, text), Err(Code::TurnedIntoDate));
        }
        assert_eq!(cell(Field::Phone, "3月1日"), Err(Code::TurnedIntoDate));
    }
}
