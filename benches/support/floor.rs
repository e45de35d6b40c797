//! The least that turning a grid into JSON Lines can cost: what two libraries take to cut and
//! decode it, and bytes put one behind the other, on as many threads.
//!
//! It knows the layout of the benchmark's files by heart and checks nothing. A file that is not
//! exactly like those comes out as nonsense.

use std::io::{Read, Write};
use std::path::PathBuf;

use encoding_rs::SHIFT_JIS;
use rakuwing::disk;
use rayon::iter::{IntoParallelRefMutIterator as _, ParallelIterator as _};

/// So many bytes are worked on by one thread at a time.
const PIECE: u64 = 1 << 20;
/// So many pieces are worked on at a time.
const BATCH: usize = 4;
/// Month, office, insurer and insured person: what the lines of one item have in common.
const KEY: usize = 4;

/// Turns files into JSON Lines, one file after the other. While pieces are worked on, the
/// lines of those before are written and the next ones are read.
pub(crate) fn convert(paths: &[PathBuf], out: &mut (dyn Write + Send)) {
    for path in paths {
        let mut grid = Grid::open(path);
        let mut at_hand = grid.fetch(Vec::new());
        let mut done: Vec<Piece> = Vec::new();
        while !at_hand.is_empty() || !done.is_empty() {
            let (next, before) = rayon::join(
                || {
                    at_hand.par_iter_mut().for_each(Piece::convert);
                    at_hand
                },
                || {
                    for piece in &mut done {
                        out.write_all(&piece.lines).expect("a file takes all");
                        piece.lines.clear();
                    }
                    grid.fetch(done)
                },
            );
            (done, at_hand) = (next, before);
        }
    }
}

/// A file, read in pieces that end with a client.
struct Grid {
    file: Box<dyn Read + Send>,
    carried: Vec<u8>,
    is_first: bool,
    ended: bool,
}

/// Lines of some clients, and what they become. Its memory is used again.
#[derive(Default)]
struct Piece {
    bytes: Vec<u8>,
    lines: Vec<u8>,
}

impl Grid {
    fn open(path: &std::path::Path) -> Self {
        let file = disk::open(path).expect("the file was just written");
        Self {
            file: Box::new(file),
            carried: Vec::new(),
            is_first: true,
            ended: false,
        }
    }

    fn fetch(&mut self, mut old: Vec<Piece>) -> Vec<Piece> {
        let mut pieces = Vec::with_capacity(BATCH);
        while pieces.len() < BATCH && !self.ended {
            let mut piece = old.pop().unwrap_or_default();
            piece.bytes.clear();
            piece.bytes.append(&mut self.carried);
            let limited = &mut self.file.by_ref().take(PIECE);
            let read = limited.read_to_end(&mut piece.bytes);
            self.ended = read.expect("a regular file") < usize::try_from(PIECE).unwrap_or_default();
            if std::mem::take(&mut self.is_first) {
                let header = memchr::memchr(b'\n', &piece.bytes).map_or(0, |end| end + 1);
                piece.bytes.drain(..header);
            }
            if !self.ended {
                let whole = last_client(&piece.bytes);
                self.carried.extend_from_slice(&piece.bytes[whole..]);
                piece.bytes.truncate(whole);
            }
            pieces.push(piece);
        }
        pieces
    }
}

/// Where the lines of the last client begin.
fn last_client(bytes: &[u8]) -> usize {
    let begin = |end: usize| memchr::memrchr(b'\n', &bytes[..end - 1]).map_or(0, |at| at + 1);
    let key = |at: usize| {
        let mut commas = memchr::memchr_iter(b',', &bytes[at..]);
        commas.nth(KEY - 1).map(|end| &bytes[at..at + end])
    };
    let cut_off = memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1);
    let mut first = begin(cut_off);
    while first > 0 && key(begin(first)) == key(first) {
        first = begin(first);
    }
    first
}

/// A line of the grid, as far as it goes into an item.
struct Line {
    code: [u8; 6],
    start: [u8; 5],
    end: [u8; 5],
    days: [u8; 31],
}

impl Piece {
    fn convert(&mut self) {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(&*self.bytes);
        let mut record = csv::ByteRecord::new();
        let mut text = String::new();
        let (mut key, mut client): (Vec<u8>, Vec<Line>) = (Vec::new(), Vec::new());
        while reader.read_byte_record(&mut record).expect("a slice") {
            text.clear();
            for name in [&record[4], &record[6]] {
                decode(name, &mut text);
            }
            std::hint::black_box(&text);
            let fields = (0..KEY).map(|at| &record[at]);
            if !fields.clone().flatten().eq(&key) {
                put(&key, &mut client, &mut self.lines);
                key.clear();
                fields.for_each(|field| key.extend_from_slice(field));
            }
            let mut days = [0; 31];
            for (day, count) in days.iter_mut().enumerate() {
                *count = record[9 + day].first().map_or(0, |digit| digit - b'0');
            }
            client.push(Line {
                code: record[5].try_into().expect("six letters"),
                start: time(&record[7]),
                end: time(&record[8]),
                days,
            });
        }
        put(&key, &mut client, &mut self.lines);
    }
}

fn decode(field: &[u8], text: &mut String) {
    if field.is_ascii() {
        text.push_str(std::str::from_utf8(field).unwrap_or_default());
    } else {
        let mut decoder = SHIFT_JIS.new_decoder_without_bom_handling();
        text.reserve(field.len() * 3);
        let _ = decoder.decode_to_string(field, text, true);
    }
}

fn time(text: &[u8]) -> [u8; 5] {
    let mut time = *b"00:00";
    time[5 - text.len()..].copy_from_slice(text);
    time
}

/// Appends a client's month. `key` is `2026/10` and the three numbers.
fn put(key: &[u8], lines: &mut Vec<Line>, out: &mut Vec<u8>) {
    if lines.is_empty() {
        return;
    }
    let (year, month) = (&key[..4], &key[5..7]);
    let mut put = |parts: &[&[u8]]| parts.iter().for_each(|part| out.extend_from_slice(part));
    put(&[
        br#"{"office":""#,
        &key[7..17],
        br#"","month":""#,
        year,
        b"-",
        month,
    ]);
    put(&[br#"","client":{"insurer_number":""#, &key[17..23]]);
    put(&[br#"","insured_number":""#, &key[23..], br#""},"visits":["#]);
    lines.sort_by_key(|line| line.start);
    let mut comma: &[u8] = b"";
    for (day, shown) in (1..).zip(1_u8..=31) {
        let shown = [b'0' + shown / 10, b'0' + shown % 10];
        for line in &*lines {
            for _ in 0..line.days[day - 1] {
                put(&[comma, br#"{"date":""#, year, b"-", month, b"-", &shown]);
                put(&[br#"","start":""#, &line.start, br#"","end":""#, &line.end]);
                put(&[br#"","service_code":""#, &line.code, br#""}"#]);
                comma = b",";
            }
        }
    }
    put(&[br#"],"add_ons":[]}"#, b"\n"]);
    lines.clear();
}
