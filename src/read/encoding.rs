//! How a file's bytes are text: told by its signature and by strict validity, never by
//! statistics.

use std::io::Read as _;
use std::path::Path;

use encoding_rs::{DecoderResult, SHIFT_JIS};
use sha2::{Digest as _, Sha256};

use crate::disk::{self, Digest};

use super::ReadError;
use super::row::Fault;

/// How a file is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a BOM; plain ASCII counts as this.
    Utf8,
    /// CP932, Microsoft's kind of `Shift_JIS`.
    Cp932,
    /// A workbook, whether it can be opened or not.
    Workbook,
}

impl Encoding {
    /// The word on the screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Cp932 => "Shift_JIS",
            Self::Workbook => "Excel",
        }
    }
}

/// The signature of UTF-8.
pub const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";
/// The signature of a zip archive, which an `.xlsx` file is.
const ZIP: &[u8] = b"PK\x03\x04";
/// The signature of an OLE file: a workbook with a password, or one of the days before
/// `.xlsx`. Neither can be read, and neither is a text.
const OLE: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// Looks through the whole file once: its digest, and how it is encoded.
pub fn inspect(path: &Path) -> Result<(Digest, Encoding), ReadError> {
    let mut file = disk::open(path)?;
    let mut hasher = Sha256::new();
    let mut utf8 = Utf8Check::default();
    let mut piece = vec![0; 1 << 16];
    let mut first = true;
    let mut workbook = false;
    loop {
        let length = file.read(&mut piece).map_err(|source| ReadError::Broken {
            path: path.to_owned(),
            source,
        })?;
        if length == 0 {
            break;
        }
        if std::mem::take(&mut first) {
            workbook = [ZIP, OLE]
                .iter()
                .any(|signature| piece[..length].starts_with(signature));
        }
        hasher.update(&piece[..length]);
        utf8.take(&piece[..length]);
    }
    let digest = Digest::from_hash(&hasher.finalize());
    let encoding = match (workbook, utf8.is_valid()) {
        (true, _) => Encoding::Workbook,
        (false, true) => Encoding::Utf8,
        (false, false) => Encoding::Cp932,
    };
    Ok((digest, encoding))
}

/// Whether a stream of pieces is UTF-8, whatever the borders of the pieces.
#[derive(Debug, Default)]
struct Utf8Check {
    carried: Vec<u8>,
    broken: bool,
}

impl Utf8Check {
    fn take(&mut self, piece: &[u8]) {
        if self.broken || (self.carried.is_empty() && piece.is_ascii()) {
            return;
        }
        self.carried.extend_from_slice(piece);
        match std::str::from_utf8(&self.carried) {
            Ok(_) => self.carried.clear(),
            // A character cut in two by the border of the piece: its beginning is kept.
            Err(error) if error.error_len().is_none() => {
                self.carried.drain(..error.valid_up_to());
            }
            Err(_) => self.broken = true,
        }
    }

    fn is_valid(&self) -> bool {
        !self.broken && self.carried.is_empty()
    }
}

/// Appends a field's bytes as text. `offset` is where the field begins in the file.
pub fn decode(bytes: &[u8], encoding: Encoding, offset: u64, out: &mut String) -> Option<Fault> {
    let start = out.len();
    let undecodable = match encoding {
        Encoding::Cp932 => decode_cp932(bytes, out).map(|at| offset + at),
        Encoding::Utf8 | Encoding::Workbook => {
            // The whole file was found valid, and fields are cut at ASCII bytes only.
            out.push_str(&String::from_utf8_lossy(bytes));
            None
        }
    };
    if let Some(offset) = undecodable {
        return Some(Fault::Undecodable { offset });
    }
    let at = match encoding {
        Encoding::Cp932 => private_pair(bytes),
        Encoding::Utf8 | Encoding::Workbook => out[start..].find(is_private),
    };
    let at = at.and_then(|at| u64::try_from(at).ok());
    private_character(&out[start..], at.map(|at| offset + at))
}

/// Finds a 外字. Decoding CP932 maps all 1,880 of them to private use without a word.
pub fn private_character(text: &str, offset: Option<u64>) -> Option<Fault> {
    text.chars()
        .find(|character| is_private(*character))
        .map(|character| Fault::PrivateCharacter { character, offset })
}

fn is_private(character: char) -> bool {
    ('\u{E000}'..='\u{F8FF}').contains(&character)
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

/// Appends CP932 as text; gives the offset of the first bytes that are none. They appear as
/// U+FFFD, so that the report can show the rest of the cell.
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
                out.push('\u{FFFD}');
                rest = &rest[read..];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(bytes: &[u8]) -> (String, Option<Fault>) {
        let mut text = String::new();
        let fault = decode(bytes, Encoding::Cp932, 100, &mut text);
        (text, fault)
    }

    #[test]
    fn machine_dependent_characters_of_names_are_read() {
        let (text, fault) = decoded(b"\xFB\xFC\x8B\xB4\x87\x40");
        assert_eq!((text.as_str(), fault), ("髙橋①", None));
    }

    #[test]
    fn undecodable_bytes_are_found_with_their_offset() {
        let (text, fault) = decoded(b"ab\x85\x40c");
        assert_eq!(text, "ab\u{FFFD}@c");
        assert_eq!(fault, Some(Fault::Undecodable { offset: 102 }));
        let (_, cut) = decoded(b"abc\x8B");
        assert_eq!(cut, Some(Fault::Undecodable { offset: 103 }));
    }

    #[test]
    fn a_character_of_one_machine_only_is_found() {
        let (_, fault) = decoded(b"\x8B\xF0a\xF0\x40");
        let character = '\u{E000}';
        assert_eq!(
            fault,
            Some(Fault::PrivateCharacter {
                character,
                offset: Some(103)
            })
        );
    }

    proptest! {
        #[test]
        fn the_border_of_a_piece_does_not_break_utf8(text in "\\PC{0,40}", at in 0usize..120) {
            let at = at.min(text.len());
            let mut check = Utf8Check::default();
            check.take(&text.as_bytes()[..at]);
            check.take(&text.as_bytes()[at..]);
            prop_assert!(check.is_valid());
        }
    }
}
