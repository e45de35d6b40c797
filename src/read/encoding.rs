//! How a text is encoded: told by its signature and by strict validity, never by statistics.

use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::disk::Digest;

use super::source::Source;
use super::{Digests, ReadError, utf16};

/// How a text is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a BOM; plain ASCII counts as this.
    Utf8,
    /// UTF-16, the low byte first; Excel's 「Unicode テキスト」.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
    /// CP932, Microsoft's kind of `Shift_JIS`.
    Cp932,
    /// ISO-2022-JP, in which escapes say what the bytes behind them are.
    Iso2022Jp,
}

impl Encoding {
    /// Whether the text is turned into UTF-8 before it is cut.
    pub(super) fn is_turned(self) -> bool {
        match self {
            Self::Utf16Le | Self::Utf16Be | Self::Iso2022Jp => true,
            Self::Utf8 | Self::Cp932 => false,
        }
    }

    /// How many bytes of the file the bytes of its scanned stream stand for; `None` where
    /// nobody can say.
    pub(super) fn length(self, bytes: &[u8]) -> Option<u64> {
        match self {
            Self::Utf8 | Self::Cp932 => Some(bytes.len() as u64),
            Self::Utf16Le | Self::Utf16Be => Some(utf16::length(bytes)),
            Self::Iso2022Jp => None,
        }
    }

    /// The word on the screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le | Self::Utf16Be => "UTF-16",
            Self::Cp932 => "Shift_JIS",
            Self::Iso2022Jp => "ISO-2022-JP",
        }
    }
}

/// The signature of UTF-8.
pub const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";
/// The signatures of UTF-16.
const UTF16_LE_BOM: &[u8] = b"\xFF\xFE";
const UTF16_BE_BOM: &[u8] = b"\xFE\xFF";

/// The encoding that a text says with its first bytes. No text in CP932 begins so.
pub(super) fn by_signature(bytes: &[u8]) -> Option<Encoding> {
    let signatures = [
        (UTF8_BOM, Encoding::Utf8),
        (UTF16_LE_BOM, Encoding::Utf16Le),
        (UTF16_BE_BOM, Encoding::Utf16Be),
    ];
    let found = signatures
        .into_iter()
        .find(|(signature, _)| bytes.starts_with(signature));
    found.map(|(_, encoding)| encoding)
}

/// Whether bytes are ISO-2022-JP: nothing beyond ASCII, and an escape to kanji or kana.
pub(super) fn is_iso_2022_jp(bytes: &[u8]) -> bool {
    const ESCAPES: [&[u8]; 4] = [b"\x1B$B", b"\x1B$@", b"\x1B(I", b"\x1B$(D"];
    let found = |escape: &&[u8]| memchr::memmem::find(bytes, escape).is_some();
    bytes.is_ascii() && ESCAPES.iter().any(found)
}

/// The encoding of a text without a signature: UTF-8 where all of it is, but for a damaged cell or
/// two, or else CP932. `None` where all of it is EUC-JP and cannot be CP932 as well as that.
pub(super) fn of_bytes(mut bytes: impl Read) -> io::Result<Option<Encoding>> {
    let (mut utf8, mut euc) = (Utf8Check::default(), EucCheck::default());
    let mut piece = vec![0; 1 << 16];
    while !(utf8.is_hopeless() && euc.broken) {
        let length = bytes.read(&mut piece)?;
        if length == 0 {
            break;
        }
        utf8.take(&piece[..length]);
        euc.take(&piece[..length]);
    }
    Ok(match () {
        () if utf8.is_likely() => Some(Encoding::Utf8),
        () if euc.is_certain() => None,
        () => Some(Encoding::Cp932),
    })
}

/// The digest of a file.
pub fn digest(path: &Path) -> Result<Digest, ReadError> {
    digest_of(&Source::Disk(path))
}

/// The digest of what is in memory or on the disk.
pub(super) fn digest_of(source: &Source<'_>) -> Result<Digest, ReadError> {
    let mut file = Hashed::new(source.open()?, Digests::Made);
    io::copy(&mut file, &mut io::sink()).map_err(|error| source.broken(error))?;
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

/// Whether a stream of pieces is UTF-8, whatever the borders of the pieces. A text of CP932 has a break
/// in nearly every word.
#[derive(Debug, Default)]
struct Utf8Check {
    carried: Vec<u8>,
    /// Characters beyond ASCII.
    whole: usize,
    /// How many of them came before the first break.
    before: Option<usize>,
    breaks: usize,
}

impl Utf8Check {
    fn take(&mut self, piece: &[u8]) {
        if self.is_hopeless() || (self.carried.is_empty() && piece.is_ascii()) {
            return;
        }
        self.carried.extend_from_slice(piece);
        let carried = std::mem::take(&mut self.carried);
        let mut rest = &*carried;
        loop {
            let Err(error) = std::str::from_utf8(rest) else {
                return self.count(rest);
            };
            let (valid, behind) = rest.split_at(error.valid_up_to());
            self.count(valid);
            let Some(length) = error.error_len() else {
                // A character cut in two by the border of the piece: its beginning is kept.
                self.carried = behind.to_vec();
                return;
            };
            self.before.get_or_insert(self.whole);
            self.breaks += 1;
            rest = &behind[length..];
            if self.is_hopeless() {
                return;
            }
        }
    }

    fn count(&mut self, valid: &[u8]) {
        self.whole += valid.iter().filter(|byte| **byte >= 0xC0).count();
    }

    fn is_hopeless(&self) -> bool {
        self.is_broken(self.breaks)
    }

    /// At the end, where a character that is cut in two is a break as well.
    fn is_likely(&self) -> bool {
        !self.is_broken(self.breaks + usize::from(!self.carried.is_empty()))
    }

    fn is_broken(&self, breaks: usize) -> bool {
        const FIRST: usize = 20;
        const FOR_EACH: usize = 20;
        let before = self.before.unwrap_or(self.whole);
        breaks > 0 && (before < FIRST || breaks * FOR_EACH > self.whole)
    }
}

/// Whether a stream of pieces is EUC-JP, whatever the borders of the pieces.
#[derive(Debug, Default)]
struct EucCheck {
    broken: bool,
    /// So many bytes of a character are still to come.
    open: u8,
    /// Whether a byte came that is no kana of half width in CP932. What has none of them may as
    /// well be a line of such kana.
    beyond_kana: bool,
    /// Whether a pair came that is kana or one of the usual kanji. What has none of them may as
    /// well be rare kanji of CP932.
    usual: bool,
}

impl EucCheck {
    fn take(&mut self, piece: &[u8]) {
        for &byte in piece {
            if self.broken {
                return;
            }
            self.usual |= self.open == 0 && matches!(byte, 0xA4 | 0xA5 | 0xB0..=0xCF);
            match (self.open, byte) {
                (0, 0..=0x7F) => {}
                (0, 0x8F) => self.open = 2,
                (0, 0x8E | 0xA1..=0xFE) => self.open = 1,
                (1.., 0xA1..=0xFE) => self.open -= 1,
                _ => self.broken = true,
            }
            self.beyond_kana |= byte >= 0xE0;
        }
    }

    fn is_certain(&self) -> bool {
        !self.broken && self.open == 0 && self.beyond_kana && self.usual
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::SHIFT_JIS;
    use proptest::prelude::*;

    #[test]
    fn without_a_signature_strict_validity_decides() {
        let of = |bytes: &[u8]| of_bytes(bytes).unwrap();
        assert_eq!(of("a,髙".as_bytes()), Some(Encoding::Utf8));
        assert_eq!(of(b""), Some(Encoding::Utf8));
        assert_eq!(of(b"a,\xFB\xFC"), Some(Encoding::Cp932));
        let (euc, ..) = encoding_rs::EUC_JP.encode("被保険者番号,氏名");
        assert_eq!(of(&euc), None);
        // Kana of half width.
        assert_eq!(of(b"\xB1\xB2,a"), Some(Encoding::Cp932));
    }

    #[test]
    fn one_damaged_cell_makes_no_other_encoding_of_a_text() {
        let line = "0000123456,131128,試験　花子,シケン　ハナコ,女,要介護３\n".repeat(3);
        let damaged = [
            line.as_bytes(),
            b"0000123457,131128,\xFF,a\n",
            line.as_bytes(),
        ]
        .concat();
        assert_eq!(of_bytes(&*damaged).unwrap(), Some(Encoding::Utf8));
        let (cp932, ..) = SHIFT_JIS.encode(&line);
        assert_eq!(of_bytes(&*cp932).unwrap(), Some(Encoding::Cp932));
        // Two files in one.
        let joined = [line.as_bytes(), &cp932].concat();
        assert_eq!(of_bytes(&*joined).unwrap(), Some(Encoding::Cp932));
    }

    #[test]
    fn a_text_of_escapes_is_one_only_where_nothing_else_is() {
        let (jis, ..) = encoding_rs::ISO_2022_JP.encode("氏名,a");
        assert!(is_iso_2022_jp(&jis));
        assert!(!is_iso_2022_jp(b"a,\x1Bb"));
        assert!(!is_iso_2022_jp(b"\x1B$B\xFF"));
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
            prop_assert!(check.is_likely());
        }
    }
}
