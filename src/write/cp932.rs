//! Text into CP932, with a list of what was replaced and no silent loss.
//!
//! Some characters have a twin that CP932 holds; those are replaced, and said. For all
//! others there is an error with a suggestion: a name is never altered on our own account.

use std::collections::BTreeSet;
use std::fmt;

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

/// What is usually written for a character on a machine without it: the form that JIS X 0208
/// holds of the same character, or the usual form of a variant that stands in family names.
/// Only where nobody would disagree: a wrong suggestion is worse than none.
const SUGGESTIONS: [(char, char); 70] = [
    ('𠮷', '吉'),
    ('俱', '倶'),
    ('薭', '稗'),
    ('剝', '剥'),
    ('𠮟', '叱'),
    ('頰', '頬'),
    ('噓', '嘘'),
    ('塡', '填'),
    ('蟬', '蝉'),
    ('啞', '唖'),
    ('焰', '焔'),
    ('鷗', '鴎'),
    ('嚙', '噛'),
    ('俠', '侠'),
    ('軀', '躯'),
    ('鹼', '鹸'),
    ('麴', '麹'),
    ('屢', '屡'),
    ('繡', '繍'),
    ('蔣', '蒋'),
    ('醬', '醤'),
    ('搔', '掻'),
    ('瘦', '痩'),
    ('驒', '騨'),
    ('簞', '箪'),
    ('摑', '掴'),
    ('顚', '顛'),
    ('禱', '祷'),
    ('瀆', '涜'),
    ('囊', '嚢'),
    ('潑', '溌'),
    ('醱', '醗'),
    ('麵', '麺'),
    ('萊', '莱'),
    ('蠟', '蝋'),
    ('攢', '攅'),
    ('吞', '呑'),
    ('姸', '妍'),
    ('屛', '屏'),
    ('幷', '并'),
    ('繫', '繋'),
    ('𣘺', '橋'),
    ('槗', '橋'),
    ('圡', '土'),
    ('𡈽', '土'),
    ('㟢', '崎'),
    ('彥', '彦'),
    ('戶', '戸'),
    ('吳', '呉'),
    ('黃', '黄'),
    ('內', '内'),
    ('溫', '温'),
    ('步', '歩'),
    ('每', '毎'),
    ('錄', '録'),
    ('說', '説'),
    ('稅', '税'),
    ('啟', '啓'),
    ('曆', '暦'),
    ('歷', '歴'),
    ('巢', '巣'),
    ('晚', '晩'),
    ('卽', '即'),
    ('旣', '既'),
    ('槪', '概'),
    ('尙', '尚'),
    ('徵', '徴'),
    ('產', '産'),
    ('强', '強'),
    ('虛', '虚'),
];

/// Every character of a text that cannot be written, each once, in the order of the text.
pub fn unwritable(text: &str) -> Vec<Unwritable> {
    let mut found: Vec<Unwritable> = Vec::new();
    if text.is_ascii() {
        return found;
    }
    for character in writable(text, &mut BTreeSet::new()).chars() {
        if !is_held(character) && !found.iter().any(|of| of.character == character) {
            found.push(Unwritable::new(character));
        }
    }
    found
}

impl Unwritable {
    fn new(character: char) -> Self {
        let known = SUGGESTIONS.iter().find(|(from, _)| *from == character);
        Self {
            character,
            suggestion: known.map(|(_, to)| *to).or_else(|| ordinary(character)),
        }
    }
}

/// 「𠮷」(U+20BB7)
impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = u32::from(self.character);
        write!(f, "「{}」(U+{code:04X})", self.character)
    }
}

/// The ordinary form of a compatibility ideograph (海 for U+FA45), which Unicode itself says
/// is the same character.
fn ordinary(character: char) -> Option<char> {
    if !matches!(character, '\u{F900}'..='\u{FAFF}' | '\u{2F800}'..='\u{2FA1F}') {
        return None;
    }
    let text = String::from(character);
    let normal = icu_normalizer::ComposingNormalizer::new_nfc().normalize(&text);
    let first = normal.chars().next();
    first.filter(|of| *of != character && is_held(*of))
}

fn is_held(character: char) -> bool {
    let (_, _, lossy) = SHIFT_JIS.encode(character.encode_utf8(&mut [0; 4]));
    !lossy
}

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
            Err(Unwritable::new(character))
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

    #[test]
    fn every_suggestion_is_for_a_character_that_does_not_fit_and_fits_itself() {
        let mut seen = BTreeSet::new();
        for (from, to) in SUGGESTIONS {
            assert!(encoded(&from.to_string()).0.is_err(), "{from} fits");
            let (bytes, replaced) = encoded(&to.to_string());
            let bytes = bytes.unwrap_or_else(|_| panic!("{to} does not fit"));
            assert_eq!(SHIFT_JIS.decode(&bytes).0, to.to_string());
            assert_eq!(replaced, []);
            assert!(seen.insert(from), "{from} stands there twice");
        }
    }

    #[test]
    fn every_character_that_cannot_be_written_is_named_once() {
        let named: Vec<String> = unwritable("𠮷岡〜が髙\u{FA45}😀𠮷①é")
            .iter()
            .map(|of| format!("{of}→{}", of.suggestion.unwrap_or('?')))
            .collect();
        assert_eq!(
            named,
            [
                "「𠮷」(U+20BB7)→吉",
                "「\u{FA45}」(U+FA45)→海",
                "「😀」(U+1F600)→?",
                "「é」(U+00E9)→?"
            ]
        );
        assert_eq!(unwritable("髙﨑　濵子 ABC"), []);
    }

    proptest! {
        #[test]
        fn a_text_is_written_exactly_where_nothing_of_it_is_named(text in "\\PC{0,20}") {
            let (result, _) = encoded(&text);
            let first = unwritable(&text).first().copied();
            prop_assert_eq!(result.err(), first);
        }

        #[test]
        fn what_is_written_reads_back_as_what_was_meant(text in "\\PC{0,20}") {
            let (result, replaced) = encoded(&text);
            if let Ok(bytes) = result && replaced.is_empty() {
                prop_assert_eq!(SHIFT_JIS.decode_without_bom_handling(&bytes).0, text);
            }
        }
    }
}
