//! Damage: Roman numerals that a wrong conversion has turned into something else.
//!
//! In CP932 a Roman numeral is two bytes, and the second is a letter: Ⅰ is 87 54, and 54 is
//! `T`. A program that knows JIS X 0208 alone drops the first byte, and 加算Ⅰ becomes 加算T;
//! an old Macintosh reads the same bytes as ㈵. Masters that towns publish are full of both.
//! Names are kept as they are written; here is only how they are compared, and what is said.

use std::collections::BTreeSet;

use crate::table::fold::fold;

use super::class::Names;
use super::row::Entry;

/// The numerals from Ⅰ, with the letter that is their second byte.
const SECOND_BYTES: [(char, char); 7] = [
    ('T', 'Ⅰ'),
    ('U', 'Ⅱ'),
    ('V', 'Ⅲ'),
    ('W', 'Ⅳ'),
    ('X', 'Ⅴ'),
    ('Y', 'Ⅵ'),
    ('Z', 'Ⅶ'),
];

/// The same numerals as an old Macintosh reads them.
const MACINTOSH: [(char, char); 5] = [
    ('㈵', 'Ⅰ'),
    ('㈼', 'Ⅱ'),
    ('㈽', 'Ⅲ'),
    ('㈿', 'Ⅳ'),
    ('㈸', 'Ⅴ'),
];

/// What stands before a numeral in the names of codes.
const BEFORE: [&str; 3] = ["加算", "減算", "サービス"];

/// The rows whose name is damaged, by file and line.
pub fn found(entries: &[Entry], names: &Names<'_>) -> Vec<(usize, u32)> {
    entries
        .iter()
        .filter(|entry| restored(&entry.name, &names[&entry.insurer]).is_some())
        .map(|entry| (entry.file, entry.line))
        .collect()
}

/// The comparison key of a name: damaged numerals count as what they were.
pub fn key(name: &str, others: &BTreeSet<&str>) -> String {
    fold(restored(name, others).as_deref().unwrap_or(name))
}

/// The name with its numerals, if some are damaged plainly: the letter stands alone behind a
/// Japanese one, and either where numerals stand (加算T), or another name differs from this
/// one by nothing but such a letter (○○T, ○○U).
pub fn restored(name: &str, others: &BTreeSet<&str>) -> Option<String> {
    let characters: Vec<char> = name.chars().collect();
    let mut restored = characters.clone();
    for (at, character) in characters.iter().enumerate() {
        let Some(numeral) = numeral(*character).filter(|_| stands_alone(&characters, at)) else {
            continue;
        };
        let before: String = characters[..at].iter().collect();
        let in_place = BEFORE.iter().any(|word| before.ends_with(word));
        if in_place || has_sibling(&characters, at, others) {
            restored[at] = numeral;
        }
    }
    (restored != characters).then(|| restored.into_iter().collect())
}

fn numeral(character: char) -> Option<char> {
    SECOND_BYTES
        .iter()
        .chain(&MACINTOSH)
        .find(|(damaged, _)| *damaged == narrow(character))
        .map(|(_, numeral)| *numeral)
}

/// A wide capital as the narrow one: some programs widen every letter afterwards.
fn narrow(character: char) -> char {
    match character {
        'Ａ'..='Ｚ' => char::from_u32(character as u32 - 0xFEE0).unwrap_or(character),
        other => other,
    }
}

/// Whether it is no part of a word of letters or digits.
fn stands_alone(characters: &[char], at: usize) -> bool {
    let of_a_word = |character: &char| narrow(*character).is_ascii_alphanumeric();
    let before = at.checked_sub(1).and_then(|before| characters.get(before));
    before.is_some_and(|before| !of_a_word(before) && before.is_alphabetic())
        && !characters.get(at + 1).is_some_and(of_a_word)
}

fn has_sibling(characters: &[char], at: usize, others: &BTreeSet<&str>) -> bool {
    let mut sibling = characters.to_vec();
    SECOND_BYTES
        .iter()
        .chain(&MACINTOSH)
        .map(|(damaged, _)| *damaged)
        .filter(|damaged| *damaged != characters[at])
        .any(|damaged| {
            sibling[at] = damaged;
            others.contains(sibling.iter().collect::<String>().as_str())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alone(name: &str) -> Option<String> {
        restored(name, &BTreeSet::new())
    }

    #[test]
    fn a_letter_where_numerals_stand_was_one() {
        for (written, meant) in [
            ("訪問型独自サービスT", "訪問型独自サービスⅠ"),
            ("訪問型独自サービスU日割", "訪問型独自サービスⅡ日割"),
            ("訪問型独自サービスV・同一", "訪問型独自サービスⅢ・同一"),
            ("生活機能向上連携加算㈵", "生活機能向上連携加算Ⅰ"),
            ("生活機能向上連携加算㈼", "生活機能向上連携加算Ⅱ"),
            ("処遇改善加算Ｔ", "処遇改善加算Ⅰ"),
        ] {
            assert_eq!(alone(written).as_deref(), Some(meant));
        }
    }

    #[test]
    fn a_letter_elsewhere_was_one_if_another_name_differs_by_it_alone() {
        let names = BTreeSet::from(["見本訪問T", "見本訪問U"]);
        assert_eq!(restored("見本訪問T", &names).unwrap(), "見本訪問Ⅰ");
        assert_eq!(restored("見本訪問U", &names).unwrap(), "見本訪問Ⅱ");
        assert_eq!(alone("見本訪問T"), None);
    }

    #[test]
    fn words_of_letters_and_right_names_stay() {
        for name in [
            "訪問型独自サービス11",
            "訪問型独自サービスⅠ",
            "見本サービスTV",
            "訪問型サービスT1",
            "TEST",
            "訪問A",
            "T",
        ] {
            assert_eq!(alone(name), None, "{name}");
        }
    }

    #[test]
    fn a_damaged_name_and_the_right_one_have_one_key() {
        let none = BTreeSet::new();
        let right = key("訪問型独自サービスⅡ", &none);
        for damaged in ["訪問型独自サービスU", "訪問型独自サービス㈼"] {
            assert_eq!(key(damaged, &none), right);
        }
        assert_ne!(key("訪問型独自サービスT", &none), right);
    }
}
