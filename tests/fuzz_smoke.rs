//! The fuzz targets' invariants on the same mutations in every run; `fuzz/` looks further.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rakuwing::disk;

use invariants::workbooks::{self, Outcome};

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

#[test]
fn any_workbook_is_read_as_an_independent_reader_reads_it() {
    const WORKBOOKS: usize = 1_200;
    let mut inputs = corpus("workbooks");
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    inputs.extend((0..WORKBOOKS).map(|_| choices(&mut dice)));
    let mut compared = 0;
    for input in &inputs {
        let outcome = seen(input).unwrap_or_else(|why| {
            panic!("a workbook fails ({why}): {}", input.escape_ascii());
        });
        compared += usize::from(matches!(outcome, Outcome::Same(rows) if rows > 0));
    }
    // A law about files that nobody reads would say nothing.
    assert!(
        compared > WORKBOOKS / 2,
        "{compared} of {WORKBOOKS} were compared"
    );
}

/// `RAKUWING_FUZZ_MINUTES=60 cargo test --test fuzz_smoke -- --ignored --nocapture`; with
/// `RAKUWING_FUZZ_SEED` the same ones again. What fails is made small and kept.
#[test]
#[ignore = "looks for as long as somebody lets it, and says how far it came"]
fn workbooks_for_a_while() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let minutes = number("RAKUWING_FUZZ_MINUTES").unwrap_or(3);
    let seed = number("RAKUWING_FUZZ_SEED").unwrap_or_else(|| RandomState::new().hash_one(0));
    println!("{minutes} minutes, RAKUWING_FUZZ_SEED={seed}");
    let mut dice = Dice(seed | 1);
    // What is said is said here, once for each kind.
    std::panic::set_hook(Box::new(|_| {}));
    let mut kinds: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let (mut same, mut refused, mut unsaid, mut slowest) = (0, 0, 0, Duration::ZERO);
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(60 * minutes) {
        let input = choices(&mut dice);
        let before = Instant::now();
        let outcome = seen(&input);
        slowest = slowest.max(before.elapsed());
        match outcome {
            Ok(Outcome::Same(_)) => same += 1,
            Ok(Outcome::Refused) => refused += 1,
            Ok(Outcome::Unsaid) => unsaid += 1,
            Err(why) => {
                let kind = kind_of(&why);
                kinds
                    .entry(kind.clone())
                    .or_insert_with(|| keep(&kind, input));
            }
        }
    }
    println!(
        "{same} the same, {refused} refused, {unsaid} that nobody can read; {slowest:?} at most"
    );
    drop(std::panic::take_hook());
    assert!(kinds.is_empty(), "{} kinds of fault", kinds.len());
}

/// What becomes of a workbook, or the word of who fails.
fn seen(input: &[u8]) -> Result<Outcome, String> {
    let outcome = std::panic::catch_unwind(|| workbooks::holds(input));
    outcome.map_err(|said| {
        let text = said.downcast_ref::<String>().cloned();
        text.or_else(|| said.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default()
    })
}

/// What is said, without what differs from one workbook to the next.
fn kind_of(why: &str) -> String {
    let mut kind = String::new();
    // Sheets have any name.
    let words = why.split('"').step_by(2).collect::<Vec<_>>().join("…");
    for sign in words.chars().take(160) {
        let digit = sign.is_ascii_digit();
        if !(digit && kind.ends_with('0')) {
            kind.push(if digit { '0' } else { sign });
        }
    }
    kind
}

/// Keeps the smallest input that fails in a way, with the workbook that it means.
#[expect(clippy::print_stdout, reason = "it is part of a test that says so")]
fn keep(kind: &str, mut input: Vec<u8>) -> Vec<u8> {
    let fails = |input: &[u8]| seen(input).is_err_and(|why| kind_of(&why) == kind);
    for length in [64, 16, 4, 1] {
        let mut at = 0;
        while at < input.len() {
            let end = input.len().min(at + length);
            let mut without = input.clone();
            without.drain(at..end);
            let mut plain = input.clone();
            plain[at..end].fill(0);
            if fails(&without) {
                input = without;
            } else {
                if plain != input && fails(&plain) {
                    input = plain;
                }
                at = end;
            }
        }
    }
    let workbook = workbooks::workbook(&input);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/artifacts/workbooks");
    disk::make_folder(&folder).expect("a folder for what fails");
    let name = RandomState::new().hash_one(&input);
    let path = |ending: &str| folder.join(format!("{name:016x}.{ending}"));
    disk::write(&path("input"), &input).expect("a place for what fails");
    disk::write(&path(workbook.ending), &workbook.bytes).expect("a place for what fails");
    let why = seen(&input).expect_err("it fails");
    println!("{}: {why}", path(workbook.ending).display());
    input
}

/// Bytes of which many are plain choices.
fn choices(dice: &mut Dice) -> Vec<u8> {
    let plain = [0, 4, 7][dice.below(3)];
    let length = dice.below(600);
    let byte = |dice: &mut Dice| {
        let byte = u8::try_from(dice.below(256)).expect("a byte");
        if dice.below(10) < plain { 0 } else { byte }
    };
    (0..length).map(|_| byte(dice)).collect()
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
