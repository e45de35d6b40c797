//! The bytes of one field become text, with what is wrong with them.
//!
//! What cannot be decoded appears as U+FFFD, so that a report can show the rest of the cell.
//! Offsets are counted from the field's first byte.

use encoding_rs::{DecoderResult, SHIFT_JIS};

use super::encoding::Encoding;
use super::row::Fault;

/// What is wrong with a text that somebody has typed, or a spreadsheet program has saved. A
/// character that stands for unreadable ones was put there when the file was written, or just
/// now: what it was is lost.
#[inline]
pub(super) fn typed_fault(text: &str) -> Option<Fault> {
    // Most cells of a sheet are the count of a day.
    if let [b'0'..=b'9'] = text.as_bytes() {
        return None;
    }
    fault_of_words(text)
}

fn fault_of_words(text: &str) -> Option<Fault> {
    // What is looked for begins with one of these bytes; nearly no cell has any.
    let suspect = |byte| matches!(byte, 0..0x20 | 0x7F | 0xEE | 0xEF);
    if !text.bytes().any(suspect) {
        return None;
    }
    let lost = text.contains(char::REPLACEMENT_CHARACTER);
    let lost = lost.then_some(Fault::Control {
        character: char::REPLACEMENT_CHARACTER,
        offset: None,
    });
    unwritten(text).or(lost)
}

/// Appends a field's bytes as text.
pub fn decode(bytes: &[u8], encoding: Encoding, out: &mut String) -> Option<Fault> {
    let start = out.len();
    let undecodable = match encoding {
        Encoding::Cp932 => decode_cp932(bytes, out),
        Encoding::Utf8 | Encoding::Utf16Le | Encoding::Utf16Be | Encoding::Workbook => {
            decode_utf8(bytes, out)
        }
    };
    if let Some(offset) = undecodable {
        return Some(Fault::Undecodable { offset });
    }
    let fault = unwritten(&out[start..])?;
    let at = match (fault, encoding) {
        (Fault::PrivateCharacter { .. }, Encoding::Cp932) => private_pair(bytes),
        (Fault::PrivateCharacter { character, .. }, _) => out[start..].find(character),
        // A control character is one byte, and the same one, in every encoding.
        (Fault::Control { character, .. }, _) => bytes
            .iter()
            .position(|byte| u32::from(*byte) == u32::from(character)),
        _ => None,
    };
    Some(fault.at(at.and_then(|at| u64::try_from(at).ok())))
}

/// Finds what decodes but is no text that anybody has written: 外字, which CP932 maps to
/// private use without a word, and control characters.
pub fn unwritten(text: &str) -> Option<Fault> {
    let offset = None;
    text.chars().find_map(|character| match character {
        '\u{E000}'..='\u{F8FF}' => Some(Fault::PrivateCharacter { character, offset }),
        '\t' | '\n' | '\r' => None,
        '\0'..'\u{20}' | '\u{7F}' => Some(Fault::Control { character, offset }),
        _ => None,
    })
}

/// Where the first pair of the user-defined rows (F0–F9) of CP932 begins.
fn private_pair(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(&lead) = bytes.get(at) {
        match lead {
            0xF0..=0xF9 => return Some(at),
            0x81..=0x9F | 0xE0..=0xFC => at += 2,
            _ => at += 1,
        }
    }
    None
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
            let lost = character == char::REPLACEMENT_CHARACTER;
            let expected = lost || unwritten(&text).is_some();
            assert_eq!(typed_fault(&text).is_some(), expected, "{character:?}");
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
        let (text, fault) = decoded("髙\u{FFFD}".as_bytes(), Encoding::Utf8);
        assert_eq!((text.as_str(), fault), ("髙\u{FFFD}", None));
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
