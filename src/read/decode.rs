//! The bytes of one field become text, with what is wrong with them.
//!
//! What cannot be decoded appears as U+FFFD, so that a report can show the rest of the cell.
//! Offsets are counted from the field's first byte.

use encoding_rs::{DecoderResult, SHIFT_JIS};

use super::encoding::Encoding;
use super::row::Fault;

/// What is wrong with a text, whatever file it comes from and whoever typed it: what decodes
/// and is no text that anybody has written.
#[inline]
pub(super) fn fault_in(text: &str) -> Option<Fault> {
    // Most cells of a sheet are the count of a day.
    if let [b'0'..=b'9'] = text.as_bytes() {
        return None;
    }
    // What is looked for begins with one of these bytes; nearly no cell has any, but for the
    // letters and digits that are as wide as kanji.
    let bytes = text.as_bytes();
    let suspect = |(at, byte): (usize, &u8)| match byte {
        0..0x20 | 0x7F | 0xC2 | 0xCD | 0xD8 | 0xE1 | 0xE2 | 0xEE | 0xF3 | 0xF4 => true,
        // The two fillers among kana.
        0xE3 => bytes.get(at + 1) == Some(&0x85) && bytes.get(at + 2) == Some(&0xA4),
        0xEF => match bytes.get(at + 1) {
            Some(0xBC | 0xBD) => false,
            Some(0xBE) => bytes.get(at + 2) == Some(&0xA0),
            _ => true,
        },
        _ => false,
    };
    if !bytes.iter().enumerate().any(suspect) {
        return None;
    }
    text.chars().find_map(unwritten)
}

/// Appends a field's bytes as text.
pub fn decode(bytes: &[u8], encoding: Encoding, out: &mut String) -> Option<Fault> {
    let start = out.len();
    let undecodable = match encoding {
        Encoding::Cp932 => decode_cp932(bytes, out),
        Encoding::Utf8 | Encoding::Utf16Le | Encoding::Utf16Be | Encoding::Iso2022Jp => {
            decode_utf8(bytes, out)
        }
    };
    if let Some(offset) = undecodable {
        return Some(Fault::Undecodable { offset });
    }
    let text = &out[start..];
    let fault = fault_in(text)?;
    let (Fault::PrivateCharacter { character, .. } | Fault::Control { character, .. }) = fault
    else {
        return Some(fault);
    };
    let before = text.chars().take_while(|other| *other != character);
    let length = match encoding {
        Encoding::Cp932 => before.map(length_in_cp932).sum(),
        _ => before.map(char::len_utf8).sum::<usize>(),
    };
    Some(fault.at(u64::try_from(length).ok()))
}

/// How many bytes CP932 has a character in.
fn length_in_cp932(character: char) -> usize {
    match character {
        // The last three are bytes that no character has.
        '\0'..='\u{80}' | '\u{A0}' | '\u{FF61}'..='\u{FF9F}' | '\u{F8F1}'..='\u{F8F3}' => 1,
        _ => 2,
    }
}

/// Whether a character is no part of a text: 外字, which CP932 maps to private use without a
/// word; control characters; signs that nobody sees and that come along when somebody pastes
/// (spaces of no width, signs of direction, signatures); and U+FFFD, which stands for
/// characters that were lost when the file was written.
fn unwritten(character: char) -> Option<Fault> {
    let offset = None;
    match character {
        '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..=char::MAX => {
            Some(Fault::PrivateCharacter { character, offset })
        }
        '\t' | '\n' | '\r' => None,
        '\0'..'\u{20}'
        | '\u{7F}'..='\u{9F}'
        | '\u{AD}'
        | '\u{34F}'
        | '\u{61C}'
        | '\u{115F}'
        | '\u{1160}'
        | '\u{180E}'
        | '\u{200B}'..='\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        // Fillers of other scripts, which look like a space.
        | '\u{2800}'
        | '\u{3164}'
        | '\u{FFA0}'
        | '\u{FDD0}'..='\u{FDEF}'
        | '\u{FEFF}'
        | '\u{FFF0}'..='\u{FFFF}'
        | '\u{E0000}'..='\u{E00FF}' => Some(Fault::Control { character, offset }),
        _ => None,
    }
}

/// Appends CP932 as text; gives the offset of the first bytes that are none.
fn decode_cp932(bytes: &[u8], out: &mut String) -> Option<u64> {
    let mut broken = None;
    let mut rest = bytes;
    loop {
        let mut decoder = SHIFT_JIS.new_decoder_without_bom_handling();
        let longest = decoder.max_utf8_buffer_length_without_replacement(rest.len());
        out.reserve(longest.unwrap_or(rest.len() * 3));
        match decoder.decode_to_string_without_replacement(rest, out, true) {
            (DecoderResult::InputEmpty | DecoderResult::OutputFull, _) => return broken,
            (DecoderResult::Malformed(bad, _), read) => {
                let at = bytes.len() - rest.len() + read - usize::from(bad);
                broken = broken.or(u64::try_from(at).ok());
                out.push(char::REPLACEMENT_CHARACTER);
                rest = &rest[read..];
            }
        }
    }
}

/// Appends UTF-8 as text; gives the offset of the first bytes that are none.
fn decode_utf8(bytes: &[u8], out: &mut String) -> Option<u64> {
    let mut broken = None;
    let mut rest = bytes;
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            let at = bytes.len() - rest.len() + chunk.valid().len();
            broken = broken.or(u64::try_from(at).ok());
            // Bytes that are broken together are shown as one.
            if !chunk.valid().is_empty() || at == 0 {
                out.push(char::REPLACEMENT_CHARACTER);
            }
        }
        rest = &rest[chunk.valid().len() + chunk.invalid().len()..];
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8], encoding: Encoding) -> (String, Option<Fault>) {
        let mut text = String::new();
        let fault = decode(bytes, encoding, &mut text);
        (text, fault)
    }

    fn cp932(bytes: &[u8]) -> (String, Option<Fault>) {
        decoded(bytes, Encoding::Cp932)
    }

    /// The bytes that a text is looked through by first: every character that is a fault has
    /// one of them.
    #[test]
    fn every_character_that_nobody_types_is_found_among_others() {
        for character in '\0'..=char::MAX {
            let text = format!("見本{character}1");
            assert_eq!(fault_in(&text), unwritten(character), "{character:?}");
        }
    }

    #[test]
    fn a_sign_that_nobody_sees_is_found_in_every_encoding() {
        for (text, offset) in [
            ("例\u{200B}　花子", 3),
            ("\u{202D}03-0000-0000\u{202C}", 0),
            ("花\u{FFFD}", 3),
            ("0\u{AD}", 1),
        ] {
            let (_, fault) = decoded(text.as_bytes(), Encoding::Utf8);
            assert!(matches!(fault, Some(Fault::Control { .. })), "{text:?}");
            assert_eq!(fault.unwrap().offset(), Some(offset), "{text:?}");
        }
        let (text, fault) = cp932(b"\x8B\xB4\xB1\x80");
        assert_eq!(text, "橋ｱ\u{80}");
        assert_eq!(fault.unwrap().offset(), Some(3));
    }

    #[test]
    fn what_belongs_to_a_text_is_no_fault() {
        for text in [
            "葛\u{E0100}飾",
            "辻\u{FE00}",
            "①㈱Ⅰ★",
            "ﾃｽﾄ",
            "𠮷野",
            "a\u{A0}b",
        ] {
            assert_eq!(fault_in(text), None, "{text}");
        }
    }

    #[test]
    fn machine_dependent_characters_of_names_are_read() {
        let (text, fault) = cp932(b"\xFB\xFC\x8B\xB4\x87\x40");
        assert_eq!((text.as_str(), fault), ("髙橋①", None));
    }

    #[test]
    fn undecodable_bytes_are_found_with_their_offset() {
        let (text, fault) = cp932(b"ab\x85\x40c");
        assert_eq!(text, "ab\u{FFFD}@c");
        assert_eq!(fault, Some(Fault::Undecodable { offset: 2 }));
        let (_, cut) = cp932(b"abc\x8B");
        assert_eq!(cut, Some(Fault::Undecodable { offset: 3 }));
        let (text, fault) = decoded(b"\xE9\xAB\x99\xFFx", Encoding::Utf8);
        assert_eq!(text, "髙\u{FFFD}x");
        assert_eq!(fault, Some(Fault::Undecodable { offset: 3 }));
    }

    #[test]
    fn a_character_of_one_machine_only_is_found() {
        for (bytes, encoding) in [
            (b"\x8B\xF0a\xF0\x40".as_slice(), Encoding::Cp932),
            ("あ\u{E000}".as_bytes(), Encoding::Utf8),
        ] {
            let (_, fault) = decoded(bytes, encoding);
            let expected = Fault::PrivateCharacter {
                character: '\u{E000}',
                offset: Some(3),
            };
            assert_eq!(fault, Some(expected));
        }
    }

    #[test]
    fn a_control_character_is_no_text_but_line_breaks_and_tabs_are() {
        let (text, fault) = cp932(b"\x8B\xB4\0a");
        assert_eq!(text, "橋\0a");
        let expected = Fault::Control {
            character: '\0',
            offset: Some(2),
        };
        assert_eq!(fault, Some(expected));
        assert_eq!(cp932(b"a\r\nb\tc").1, None);
    }
}
