//! Text into CP932, with a list of what was replaced and no silent loss.
//!
//! Some characters have a twin that CP932 holds; those are replaced, and said. For all
//! others there is an error with a suggestion: a name is never altered on our own account.

use std::collections::BTreeSet;

use encoding_rs::{EncoderResult, SHIFT_JIS};

/// A character that was written as its twin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Replacement {
    /// What stood there.
    pub from: char,
    /// What was written; `None` where it was dropped (variation selectors).
    pub to: Option<char>,
}

/// A character that CP932 does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unwritable {
    /// The character.
    pub character: char,
    /// What people usually write for it, where we know.
    pub suggestion: Option<char>,
}

/// Twins: the same sign under another code point, which only fonts tell apart. `¥`, `‾` and
/// `−` are here because encoders map them without a word to codes that read back as others.
const TWINS: [(char, char); 10] = [
    ('\u{301C}', '～'),
    ('\u{2014}', '―'),
    ('\u{2016}', '∥'),
    ('¢', '￠'),
    ('£', '￡'),
    ('¬', '￢'),
    ('\u{00A0}', ' '),
    ('¥', '￥'),
    ('\u{203E}', '￣'),
    ('\u{2212}', '－'),
];

/// What people whose name holds such a character usually write on a machine without it.
const SUGGESTIONS: [(char, char); 7] = [
    ('𠮷', '吉'),
    ('俱', '倶'),
    ('薭', '稗'),
    ('剝', '剥'),
    ('𠮟', '叱'),
    ('頰', '頬'),
    ('噓', '嘘'),
];

/// Appends the text as CP932. What was replaced is added to `replaced`.
pub fn encode(
    text: &str,
    out: &mut Vec<u8>,
    replaced: &mut BTreeSet<Replacement>,
) -> Result<(), Unwritable> {
    if text.is_ascii() {
        out.extend_from_slice(text.as_bytes());
        return Ok(());
    }
    let writable = writable(text, replaced);
    let mut encoder = SHIFT_JIS.new_encoder();
    let longest = encoder
        .max_buffer_length_from_utf8_without_replacement(writable.len())
        .unwrap_or(writable.len() * 2);
    let start = out.len();
    out.resize(start + longest, 0);
    let (result, _, written) =
        encoder.encode_from_utf8_without_replacement(&writable, &mut out[start..], true);
    out.truncate(start + written);
    match result {
        EncoderResult::InputEmpty | EncoderResult::OutputFull => Ok(()),
        EncoderResult::Unmappable(character) => {
            out.truncate(start);
            let suggestion = SUGGESTIONS
                .iter()
                .find(|(from, _)| *from == character)
                .map(|(_, to)| *to);
            Err(Unwritable {
                character,
                suggestion,
            })
        }
    }
}

/// The text with twins in place, kana joined with their voicing marks, and variation
/// selectors dropped.
fn writable(text: &str, replaced: &mut BTreeSet<Replacement>) -> String {
    let mut writable = String::with_capacity(text.len());
    for character in text.chars() {
        let twin = TWINS
            .iter()
            .find(|(from, _)| *from == character)
            .map(|(_, to)| *to);
        let joined = voiced(writable.chars().next_back(), character);
        if let Some(to) = twin {
            replaced.insert(Replacement {
                from: character,
                to: Some(to),
            });
            writable.push(to);
        } else if let Some(to) = joined {
            replaced.insert(Replacement {
                from: character,
                to: Some(to),
            });
            writable.pop();
            writable.push(to);
        } else if matches!(character, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}') {
            replaced.insert(Replacement {
                from: character,
                to: None,
            });
        } else {
            writable.push(character);
        }
    }
    writable
}

/// か + ゛ is が: files that went through macOS write the two apart.
fn voiced(before: Option<char>, mark: char) -> Option<char> {
    if !matches!(mark, '\u{3099}' | '\u{309A}') {
        return None;
    }
    let pair: String = [before?, mark].iter().collect();
    let joined = icu_normalizer::ComposingNormalizer::new_nfc()
        .normalize(&pair)
        .into_owned();
    let mut characters = joined.chars();
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoded(text: &str) -> (Result<Vec<u8>, Unwritable>, Vec<Replacement>) {
        let (mut out, mut replaced) = (Vec::new(), BTreeSet::new());
        let result = encode(text, &mut out, &mut replaced).map(|()| out);
        (result, replaced.into_iter().collect())
    }

    #[test]
    fn names_that_cp932_holds_are_written_as_they_are() {
        let (bytes, replaced) = encoded("髙﨑濵①㈱Ⅰ");
        assert_eq!(SHIFT_JIS.decode(&bytes.unwrap()).0, "髙﨑濵①㈱Ⅰ");
        assert_eq!(replaced, []);
    }

    #[test]
    fn a_twin_is_written_and_said() {
        let (bytes, replaced) = encoded("9時〜\u{00A0}¥100");
        assert_eq!(SHIFT_JIS.decode(&bytes.unwrap()).0, "9時～ ￥100");
        assert_eq!(replaced.len(), 3);
    }

    #[test]
    fn kana_in_two_parts_are_joined() {
        let (bytes, replaced) = encoded("カ\u{3099}ハ\u{309A}");
        assert_eq!(SHIFT_JIS.decode(&bytes.unwrap()).0, "ガパ");
        assert_eq!(
            replaced[0],
            Replacement {
                from: '\u{3099}',
                to: Some('ガ')
            }
        );
    }

    #[test]
    fn what_has_no_twin_is_an_error_with_a_suggestion() {
        let (result, _) = encoded("𠮷田");
        assert_eq!(
            result,
            Err(Unwritable {
                character: '𠮷',
                suggestion: Some('吉')
            })
        );
        let (result, _) = encoded("花子😀");
        assert_eq!(
            result,
            Err(Unwritable {
                character: '😀',
                suggestion: None
            })
        );
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_as_what_was_meant(text in "\\PC{0,20}") {
            let (result, replaced) = encoded(&text);
            if let Ok(bytes) = result && replaced.is_empty() {
                prop_assert_eq!(SHIFT_JIS.decode_without_bom_handling(&bytes).0, text);
            }
        }
    }
}
