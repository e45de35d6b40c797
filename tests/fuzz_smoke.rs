//! The fuzz targets' invariants on the same mutations in every run; `fuzz/` looks further.

use std::path::{Path, PathBuf};

use rakuwing::disk;

#[path = "../fuzz/invariants.rs"]
mod invariants;

#[test]
fn any_bytes_are_cut_into_the_same_rows_whatever_the_pieces() {
    smoke("csv_rows", 6_000, invariants::csv_rows);
}

#[test]
fn any_text_that_is_read_as_a_day_or_time_is_read_again() {
    smoke("dates", 8_000, invariants::dates);
}

#[test]
fn any_text_that_is_read_as_a_number_has_its_width_or_a_remark() {
    smoke("numbers", 6_000, invariants::numbers);
}

/// Calls the invariant with what lies in the corpus and with mutations of it.
fn smoke(target: &str, mutations: usize, holds: impl Fn(&[u8])) {
    let corpus = corpus(target);
    assert!(!corpus.is_empty(), "no corpus for `{target}`");
    for input in &corpus {
        holds(input);
    }
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for number in 0..mutations {
        let input = mutated(&corpus, &mut dice);
        let held = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| holds(&input)));
        // The corpus is invented, so the input may be shown: it is the next corpus file.
        assert!(
            held.is_ok(),
            "`{target}` fails on mutation {number}: {}",
            input.escape_ascii()
        );
    }
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut files: Vec<PathBuf> = disk::files(&folder).expect("the corpus can be listed");
    // The order decides what the dice hit, and not every system lists by name.
    files.sort();
    let read = |file: &PathBuf| disk::read(file).expect("it was listed");
    files.iter().map(read).collect()
}

/// What means something to one of the targets.
const TOKENS: &[&str] = &[
    "\"", "\"\"", ",", "\r", "\n", "\r\n", "\u{1A}", "\u{FEFF}", "0", "9", "00", "元", "年", "月",
    "日", "/", "-", "−", ".", ".0", ":", "時", "分", "午後", " ", "　", "R", "S", "令和", "(木)",
    "曜日", "0:00:00", "T00:00", "46296", "2026", "H", "E+09", "１", "ー",
];

fn mutated(corpus: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut input = corpus[dice.below(corpus.len())].clone();
    for _ in 0..=dice.below(4) {
        let at = dice.below(input.len() + 1);
        match dice.below(7) {
            0 => input.truncate(at),
            1 => drop(input.drain(..at)),
            2 if at < input.len() => drop(input.remove(at)),
            3 if at < input.len() => input[at] ^= 1 << dice.below(8),
            // Digits become other digits: most of what is read consists of them.
            4 if at < input.len() && input[at].is_ascii_digit() => {
                input[at] = b"0123456789"[dice.below(10)];
            }
            5 => {
                let other = &corpus[dice.below(corpus.len())];
                let piece = &other[dice.below(other.len() + 1)..];
                input.splice(at..at, piece.iter().copied());
            }
            _ => {
                let token = TOKENS[dice.below(TOKENS.len())];
                input.splice(at..at, token.bytes());
            }
        }
    }
    input
}

/// Marsaglia's xorshift: the same numbers on every machine, and no dependency.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // The high bits are the better ones; 31 of them fit any `usize`.
        let high = usize::try_from(self.0 >> 33).expect("31 bits fit");
        high % limit
    }
}
