//! Comparison keys: what two texts must share to count as the same word.
//!
//! Keys only. NFKC alters characters that stand in people's names (㈱, ①, and the
//! compatibility kanji 塚 晴 神 …), so a value itself is never normalised.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizer;

/// The key of a header or a word: NFKC, without any white space, capitals made small.
pub fn fold(text: &str) -> String {
    let mut dense = String::with_capacity(text.len());
    // The wide space of nearly every name would be all that there is to normalise in it.
    dense.extend(text.chars().filter(|of| !of.is_whitespace()));
    if dense.chars().all(is_key) {
        return dense;
    }
    let mut key = String::with_capacity(dense.len());
    for character in nfkc(&dense).chars() {
        match character {
            space if space.is_whitespace() => {}
            other => key.extend(other.to_lowercase()),
        }
    }
    key
}

/// Whether a character is its own key, whatever stands beside it: it has no other form, none
/// goes together with it, and it is not large. Names are made of such ones.
fn is_key(character: char) -> bool {
    matches!(
        character,
        '0'..='9' | 'a'..='z' | '々' | 'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー'
    ) || is_kanji(character)
}

/// Whether a character is one of the usual kanji: such a one is its own key even beside marks
/// that go together with kana and letters.
pub fn is_kanji(character: char) -> bool {
    matches!(character, '一'..='\u{9FFF}')
}

/// The text with compatibility forms made plain; borrowed where there is nothing to do.
pub fn nfkc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    ComposingNormalizer::new_nfkc().normalize(text)
}

/// The name among `known` that is most like `text`, if any is like it at all.
pub fn nearest<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const ALIKE: f64 = 0.6;
    known
        .map(|name| (strsim::normalized_damerau_levenshtein(text, name), name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_its_own_key_has_no_other_form() {
        for character in ('\0'..=char::MAX).filter(|of| is_key(*of)) {
            let text = character.to_string();
            assert_eq!(nfkc(&text), text);
            assert!(!character.is_whitespace());
            assert!(character.to_lowercase().eq([character]));
        }
    }

    proptest! {
        #[test]
        fn what_is_its_own_key_stays_so_beside_others(text in "[0-9a-z々ぁ-ゖァ-ヺー一-\u{9FFF}]{0,8}") {
            prop_assert_eq!(nfkc(&text), &*text);
        }
    }

    #[test]
    fn width_spaces_and_line_breaks_do_not_tell_headers_apart() {
        assert_eq!(fold("ＦＡＸ\n番 号"), fold("FAX番号"));
        assert_eq!(fold("要介護３"), fold("要介護3"));
        assert_ne!(fold("予定1"), fold("予定11"));
    }

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        let known = ["service_code", "service_name", "start"];
        assert_eq!(
            nearest("servce_code", known.into_iter()),
            Some("service_code")
        );
        assert_eq!(nearest("xyz", known.into_iter()), None);
    }
}
