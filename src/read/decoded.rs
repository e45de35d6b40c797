//! A stream of text in some encoding as one of UTF-8.
//!
//! What cannot be read appears as U+FFFD, so that it is found where it stands and everything
//! behind it goes on.

use std::fmt;
use std::io::{self, BufRead, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8};

/// So many bytes are turned at once.
const PIECE: usize = 1 << 15;
/// So far a file says how it is encoded.
const HEAD: usize = 1 << 10;

/// Turns a stream into UTF-8; a signature at its beginning is left out.
pub(super) struct Decoded<R> {
    input: R,
    decoder: Decoder,
    /// Bytes that were read; those before `turned` were turned.
    pending: Vec<u8>,
    turned: usize,
    /// UTF-8; what is before `fetched` was fetched.
    ready: Vec<u8>,
    fetched: usize,
    state: State,
}

/// How far the stream has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// There may be more.
    Open,
    /// There is no more to read.
    Read,
    /// Nor to turn.
    Turned,
}

impl<R: Read> Decoded<R> {
    /// From an encoding that is known.
    pub(super) fn of(encoding: &'static Encoding, input: R) -> Self {
        Self {
            input,
            decoder: encoding.new_decoder_with_bom_removal(),
            pending: Vec::new(),
            turned: 0,
            ready: Vec::new(),
            fetched: 0,
            state: State::Open,
        }
    }

    /// From the encoding that a signature says, or else the words of markup at its
    /// beginning (`encoding="…"`, `charset=…`), or else from UTF-8.
    pub(super) fn by_its_own_word(mut input: R) -> io::Result<Self> {
        let mut head = Vec::with_capacity(HEAD);
        input.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        let mut decoded = Self::of(said(&head).unwrap_or(UTF_8), input);
        decoded.pending = head;
        Ok(decoded)
    }

    /// The stream, as far as it was not read.
    pub(super) fn into_input(self) -> R {
        self.input
    }

    fn refill(&mut self) -> io::Result<()> {
        if self.turned == self.pending.len() && self.state == State::Open {
            self.pending.resize(PIECE, 0);
            let read = self.input.read(&mut self.pending)?;
            self.pending.truncate(read);
            self.turned = 0;
            if read == 0 {
                self.state = State::Read;
            }
        }
        self.fetched = 0;
        self.ready.resize(2 * PIECE, 0);
        let bytes = &self.pending[self.turned..];
        let last = self.state == State::Read;
        let (result, read, written, _) = self.decoder.decode_to_utf8(bytes, &mut self.ready, last);
        self.turned += read;
        self.ready.truncate(written);
        if last && result == CoderResult::InputEmpty {
            self.state = State::Turned;
        }
        Ok(())
    }
}

impl<R: Read> BufRead for Decoded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.fetched == self.ready.len() && self.state != State::Turned {
            self.refill()?;
        }
        Ok(&self.ready[self.fetched..])
    }

    fn consume(&mut self, length: usize) {
        self.fetched += length;
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(into)?;
        self.consume(length);
        Ok(length)
    }
}

impl<R> fmt::Debug for Decoded<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoded").finish_non_exhaustive()
    }
}

/// The encoding that markup says it is in: by a signature, or by a word of its first lines.
pub(super) fn said(head: &[u8]) -> Option<&'static Encoding> {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return Some(encoding);
    }
    let words: [&[u8]; 2] = [b"encoding=", b"charset="];
    let at = words.iter().find_map(|word| {
        let found = memchr::memmem::find(head, word)?;
        Some(found + word.len())
    })?;
    let rest = head[at..].iter().skip_while(|byte| b"\"' ".contains(byte));
    let label: Vec<u8> = rest
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte))
        .copied()
        .collect();
    Encoding::for_label(&label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> String {
        let mut text = String::new();
        let mut decoded = Decoded::by_its_own_word(bytes).unwrap();
        decoded.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn the_encoding_is_what_the_file_says_of_itself() {
        let sjis = b"<?xml version='1.0' encoding=\"Shift_JIS\"?><a>\x8B\xB4</a>";
        assert!(read(sjis).ends_with("<a>橋</a>"));
        assert_eq!(
            read(b"<meta charset=euc-jp>\xB6\xB6"),
            "<meta charset=euc-jp>橋"
        );
        assert_eq!(read(b"\xFE\xFF\x6A\x4B"), "橋");
        assert_eq!(read("橋".as_bytes()), "橋");
        assert_eq!(read(b""), "");
    }

    #[test]
    fn what_cannot_be_read_is_marked_and_the_rest_goes_on() {
        assert_eq!(read(b"a\xFFb"), "a\u{FFFD}b");
    }

    proptest! {
        #[test]
        fn every_text_comes_through(text in "\\PC{0,40}", times in 1usize..2000) {
            let text = text.repeat(times);
            let (bytes, ..) = encoding_rs::ISO_2022_JP.encode("あ,\"い\"");
            let mut again = String::new();
            Decoded::of(encoding_rs::ISO_2022_JP, &*bytes).read_to_string(&mut again).unwrap();
            prop_assert_eq!(again, "あ,\"い\"");
            let plain = text.trim_start_matches('\u{FEFF}');
            prop_assume!(said(plain.as_bytes()).is_none());
            prop_assert_eq!(read(plain.as_bytes()), plain);
        }
    }
}
