//! UTF-16 as a stream of UTF-8, so that one scanner cuts both.
//!
//! A surrogate without its other half, and a byte left over at the end, become bytes that no
//! UTF-8 has: whoever decodes the field finds them, in the right place.

use std::io::{self, Read};

/// Stands for the one byte at the end of a file that is half a unit.
const LEFT_OVER: u8 = 0xFF;

/// Turns a stream of UTF-16 into one of UTF-8, its signature too.
#[derive(Debug)]
pub struct AsUtf8<R> {
    input: R,
    unit: fn([u8; 2]) -> u16,
    /// Bytes that were read and are no whole character yet: at most a pair less one byte.
    pending: Vec<u8>,
    /// UTF-8 that nobody has fetched yet.
    ready: Vec<u8>,
    fetched: usize,
}

impl<R: Read> AsUtf8<R> {
    /// The low byte comes first.
    pub fn little_endian(input: R) -> Self {
        Self::new(input, u16::from_le_bytes)
    }

    /// The high byte comes first.
    pub fn big_endian(input: R) -> Self {
        Self::new(input, u16::from_be_bytes)
    }

    fn new(input: R, unit: fn([u8; 2]) -> u16) -> Self {
        Self {
            input,
            unit,
            pending: Vec::new(),
            ready: Vec::new(),
            fetched: 0,
        }
    }

    /// The stream, as far as it was not read.
    pub fn into_input(self) -> R {
        self.input
    }

    /// Reads a piece and turns as much of it as is whole.
    fn refill(&mut self) -> io::Result<bool> {
        const PIECE: usize = 1 << 15;
        let kept = self.pending.len();
        self.pending.resize(kept + PIECE, 0);
        let read = self.input.read(&mut self.pending[kept..])?;
        self.pending.truncate(kept + read);
        self.ready.clear();
        self.fetched = 0;
        self.turn(read == 0);
        Ok(read > 0 || !self.ready.is_empty())
    }

    fn turn(&mut self, ended: bool) {
        let mut units: Vec<u16> = Vec::with_capacity(self.pending.len() / 2);
        let (pairs, _) = self.pending.as_chunks::<2>();
        units.extend(pairs.iter().map(|pair| (self.unit)(*pair)));
        let half = units
            .last()
            .is_some_and(|last| (0xD800..0xDC00).contains(last));
        if half && !ended {
            units.pop();
        }
        let turned = units.len() * 2;
        for character in char::decode_utf16(units) {
            match character {
                Ok(character) => {
                    let mut bytes = [0; 4];
                    let bytes = character.encode_utf8(&mut bytes).as_bytes();
                    self.ready.extend_from_slice(bytes);
                }
                Err(lone) => self.ready.extend(surrogate(lone.unpaired_surrogate())),
            }
        }
        self.pending.drain(..turned);
        if ended && !self.pending.is_empty() {
            self.pending.clear();
            self.ready.push(LEFT_OVER);
        }
    }
}

impl<R: Read> Read for AsUtf8<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.fetched == self.ready.len() {
            if !self.refill()? {
                return Ok(0);
            }
        }
        let length = into.len().min(self.ready.len() - self.fetched);
        into[..length].copy_from_slice(&self.ready[self.fetched..self.fetched + length]);
        self.fetched += length;
        Ok(length)
    }
}

/// A lone surrogate in the three bytes that its number would have.
fn surrogate(unit: u16) -> [u8; 3] {
    let [high, low] = unit.to_be_bytes();
    [
        0xE0 | high >> 4,
        0x80 | (high & 0x0F) << 2 | low >> 6,
        0x80 | low & 0x3F,
    ]
}

/// How many bytes of the UTF-16 file the bytes stand for.
pub fn length(bytes: &[u8]) -> u64 {
    let of = |byte: &u8| match byte {
        0x80..=0xBF => 0,
        0xF0..=0xF4 => 4,
        &LEFT_OVER => 1,
        _ => 2,
    };
    bytes.iter().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn turned(bytes: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        AsUtf8::little_endian(bytes).read_to_end(&mut text).unwrap();
        text
    }

    fn utf16(units: &[u16]) -> Vec<u8> {
        units.iter().flat_map(|unit| unit.to_le_bytes()).collect()
    }

    #[test]
    fn both_orders_of_bytes_are_read_and_signatures_are_left_to_whoever_cuts() {
        let mut text = String::new();
        AsUtf8::big_endian(b"\xFE\xFF\x9A\xD9\xFE\xFF".as_slice())
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "\u{FEFF}髙\u{FEFF}");
    }

    #[test]
    fn half_a_pair_and_half_a_unit_are_no_utf8_and_move_nothing() {
        let bytes = [utf16(&[0x61, 0xD842, 0x62]), vec![0x41]].concat();
        let text = turned(&bytes);
        assert_eq!(text, b"a\xED\xA1\x82b\xFF");
        let invalid = text
            .utf8_chunks()
            .filter(|chunk| !chunk.invalid().is_empty());
        assert!(invalid.count() > 1);
        assert_eq!(length(&text), bytes.len() as u64);
    }

    proptest! {
        #[test]
        fn every_text_comes_through_and_its_length_is_known(
            text in "\\PC{0,60}",
            piece in 1usize..9,
        ) {
            let units: Vec<u16> = text.encode_utf16().collect();
            let bytes = utf16(&units);
            let mut input = AsUtf8::little_endian(InPieces(&bytes, piece));
            let mut read = Vec::new();
            input.read_to_end(&mut read).unwrap();
            prop_assert_eq!(length(&read), units.len() as u64 * 2);
            prop_assert_eq!(String::from_utf8(read).unwrap(), text);
        }
    }

    /// A stream that never gives more than so many bytes at once.
    struct InPieces<'a>(&'a [u8], usize);

    impl Read for InPieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let length = self.0.len().min(self.1).min(into.len());
            into[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }
}
