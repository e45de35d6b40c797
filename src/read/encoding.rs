//! How a file's bytes are text: told by its signature and by strict validity, never by
//! statistics.

use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::disk::{self, Digest};

use super::{Digests, ReadError, utf16};

/// How a file is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a BOM; plain ASCII counts as this.
    Utf8,
    /// UTF-16 with a BOM, the low byte first; Excel's 「Unicode テキスト」.
    Utf16Le,
    /// UTF-16 with a BOM, the high byte first.
    Utf16Be,
    /// CP932, Microsoft's kind of `Shift_JIS`.
    Cp932,
    /// A workbook, whether it can be opened or not.
    Workbook,
}

impl Encoding {
    /// Whether it is one of the two orders of UTF-16.
    pub fn is_utf16(self) -> bool {
        matches!(self, Self::Utf16Le | Self::Utf16Be)
    }

    /// How many bytes of the file the bytes of its scanned stream stand for.
    pub(super) fn length(self, bytes: &[u8]) -> u64 {
        if self.is_utf16() {
            utf16::length(bytes)
        } else {
            bytes.len() as u64
        }
    }

    /// The word on the screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le | Self::Utf16Be => "UTF-16",
            Self::Cp932 => "Shift_JIS",
            Self::Workbook => "Excel",
        }
    }
}

/// The signature of UTF-8.
pub const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";
/// The signatures of UTF-16.
const UTF16_LE_BOM: &[u8] = b"\xFF\xFE";
const UTF16_BE_BOM: &[u8] = b"\xFE\xFF";
/// The signature of a zip archive, which an `.xlsx` file is.
const ZIP: &[u8] = b"PK\x03\x04";
/// The signature of an OLE file: a workbook with a password, or one of the days before
/// `.xlsx`. Neither can be read, and neither is a text.
const OLE: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// Looks through a file until it is clear how it is encoded: at its signature, at the first
/// bytes that are no UTF-8, or at its end.
pub fn of_file(path: &Path) -> Result<Encoding, ReadError> {
    let mut file = disk::open(path)?;
    let mut utf8 = Utf8Check::default();
    let mut piece = vec![0; 1 << 16];
    let mut first = true;
    while !utf8.broken {
        let length = file
            .read(&mut piece)
            .map_err(|source| ReadError::broken(path, source))?;
        let bytes = &piece[..length];
        if std::mem::take(&mut first)
            && let Some(signed) = by_signature(bytes)
        {
            return Ok(signed);
        }
        if bytes.is_empty() {
            break;
        }
        utf8.take(bytes);
    }
    Ok(if utf8.is_valid() {
        Encoding::Utf8
    } else {
        Encoding::Cp932
    })
}

/// The digest of a file.
pub fn digest(path: &Path) -> Result<Digest, ReadError> {
    let mut file = Hashed::new(disk::open(path)?, Digests::Made);
    io::copy(&mut file, &mut io::sink()).map_err(|source| ReadError::broken(path, source))?;
    Ok(file.digest().expect("it was asked for"))
}

/// A stream whose digest is made while it is read, if it is asked for.
#[derive(Debug)]
pub(super) struct Hashed<R> {
    input: R,
    hasher: Option<Sha256>,
}

impl<R> Hashed<R> {
    pub(super) fn new(input: R, digests: Digests) -> Self {
        let hasher = (digests == Digests::Made).then(Sha256::new);
        Self { input, hasher }
    }

    /// The digest of what was read.
    pub(super) fn digest(self) -> Option<Digest> {
        let hash = self.hasher.map(Sha256::finalize);
        hash.map(|hash| Digest::from_hash(&hash))
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(into)?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&into[..length]);
        }
        Ok(length)
    }
}

/// What a file says of itself with its first bytes. No text in CP932 begins with any of these.
fn by_signature(bytes: &[u8]) -> Option<Encoding> {
    let signatures = [
        (ZIP, Encoding::Workbook),
        (OLE, Encoding::Workbook),
        (UTF8_BOM, Encoding::Utf8),
        (UTF16_LE_BOM, Encoding::Utf16Le),
        (UTF16_BE_BOM, Encoding::Utf16Be),
    ];
    signatures
        .into_iter()
        .find(|(signature, _)| bytes.starts_with(signature))
        .map(|(_, encoding)| encoding)
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoding(bytes: &[u8]) -> Encoding {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        disk::write(&path, bytes).unwrap();
        of_file(&path).unwrap()
    }

    #[test]
    fn a_signature_decides_and_without_one_strict_validity() {
        assert_eq!(encoding("a,髙".as_bytes()), Encoding::Utf8);
        assert_eq!(encoding(b"a,\xFB\xFC"), Encoding::Cp932);
        assert_eq!(encoding(b"\xEF\xBB\xBFa,\xFB\xFC"), Encoding::Utf8);
        assert_eq!(encoding(b"\xFF\xFEa\0"), Encoding::Utf16Le);
        assert_eq!(encoding(b"\xFE\xFF\0a"), Encoding::Utf16Be);
        assert_eq!(encoding(b"PK\x03\x04"), Encoding::Workbook);
        assert_eq!(encoding(b""), Encoding::Utf8);
    }

    #[test]
    fn a_digest_is_made_where_it_is_asked_for_and_the_bytes_are_the_same() {
        for (digests, expected) in [
            (Digests::Made, Some(Digest::of(b"a,b"))),
            (Digests::NotAsked, None),
        ] {
            let mut stream = Hashed::new(b"a,b".as_slice(), digests);
            let mut read = Vec::new();
            stream.read_to_end(&mut read).unwrap();
            assert_eq!((&*read, stream.digest()), (b"a,b".as_slice(), expected));
        }
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
