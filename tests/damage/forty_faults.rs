//! A file with forty faults gives exactly those forty, each at its address, wherever its row
//! stands: behind quoted line breaks, behind blank lines, in any order.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

use calamine::{Reader as _, Xlsx, open_workbook};
use encoding_rs::SHIFT_JIS;
use rakuwing::disk;
use rakuwing::model::place::letters;
use tempfile::TempDir;

use crate::check;

const HEADER: &str = "被保険者番号,保険者番号,氏名,フリガナ,性別,生年月日,郵便番号,住所,電話番号,\
    要介護度,認定有効期間開始日,認定有効期間終了日,区分支給限度基準額,負担割合,\
    居宅支援事業所番号,担当ケアマネジャー,公費負担者番号,公費受給者番号,非表示";

/// A header, the bytes that stand in its column instead of the right ones, and the code of
/// what is to be said.
type Fault = (&'static str, &'static [u8], &'static str);

const FAULTS: [Fault; 40] = [
    ("被保険者番号", b"12345K7890", "V202"),
    ("被保険者番号", b"", "V201"),
    ("被保険者番号", b"1.23457E+09", "R109"),
    ("被保険者番号", b"12345678901", "V202"),
    ("保険者番号", b"131120", "V203"),
    ("保険者番号", b"", "V201"),
    ("保険者番号", b"1311281", "V202"),
    ("保険者番号", b"13X128", "V202"),
    ("氏名", b"", "V201"),
    ("氏名", b"\x8B\xB4\xF0\x40", "R102"),
    ("氏名", b"\x8B\xB4\x85\x40", "R101"),
    ("氏名", b"\x8B\xB4\0", "R114"),
    ("氏名", &[b'x'; 41], "V211"),
    ("フリガナ", b"\xB1\x81", "R101"),
    ("フリガナ", &[0xB1; 61], "V211"),
    ("性別", b"3", "V209"),
    ("性別", b"\x8B\xB4", "V209"),
    ("生年月日", b"1940/2/30", "V205"),
    ("生年月日", b"S65.1.1", "V206"),
    ("生年月日", b"\x8F\xBA\x98\x61", "V204"),
    ("生年月日", b"", "V201"),
    ("生年月日", b"40/1/1", "V204"),
    ("生年月日", b"H31.5.1", "V206"),
    ("郵便番号", b"1050011-00", "V211"),
    ("住所", b"\x8B\xB4\xF0\x41", "R102"),
    ("電話番号", b"03-0000-0000-00000-00", "V211"),
    ("要介護度", b"9", "V209"),
    ("要介護度", b"", "V201"),
    ("認定有効期間開始日", b"R8.4.31", "V205"),
    ("認定有効期間開始日", b"?", "V204"),
    ("認定有効期間終了日", b"2026/03/31", "B302"),
    ("認定有効期間終了日", b"20261301", "V205"),
    ("区分支給限度基準額", b"-1", "V210"),
    ("区分支給限度基準額", b"99999999", "V210"),
    ("負担割合", b"4", "V209"),
    ("居宅支援事業所番号", b"1370000019", "V203"),
    ("居宅支援事業所番号", b"13700000180", "V202"),
    ("公費負担者番号", b"1234abcd", "V202"),
    ("公費受給者番号", b"12345678", "V202"),
    ("非表示", b"2", "V209"),
];

/// One line of the file, with the fault that it holds.
struct Line {
    bytes: Vec<u8>,
    fault: Option<(&'static str, &'static str)>,
}

fn right_cells(person: usize) -> Vec<Vec<u8>> {
    let text = format!(
        "{person:010},131128,試験　花子{person},シケン ハナコ,女,1940/05/01,105-0011,東京都港区,\
         03-0000-0000,要介護1,2026/04/01,2027/03/31,16765,1割,1370000018,試験　次郎,12345678,\
         1234567,"
    );
    let (bytes, _, lossy) = SHIFT_JIS.encode(&text);
    assert!(!lossy);
    bytes
        .split(|byte| *byte == b',')
        .map(<[u8]>::to_vec)
        .collect()
}

fn lines() -> Vec<Line> {
    let headers: Vec<&str> = HEADER.split(',').collect();
    let mut lines = Vec::new();
    for (person, (header, bytes, code)) in (1..).zip(FAULTS) {
        let mut cells = right_cells(person);
        let column = headers.iter().position(|of| *of == header).unwrap();
        cells[column] = bytes.to_vec();
        lines.push(Line {
            bytes: cells.join(&b','),
            fault: Some((code, header)),
        });
    }
    for person in 101..=120 {
        let mut cells = right_cells(person);
        // Every second right row has a quoted line break, of either kind.
        let street: &[u8] = if person % 4 == 0 {
            b"\"x\r\ny\""
        } else {
            b"\"x\ny,\"\"z\"\"\""
        };
        if person % 2 == 0 {
            cells[7] = street.to_vec();
        }
        lines.push(Line {
            bytes: cells.join(&b','),
            fault: None,
        });
    }
    for blank in [b"".as_slice(), b",,,,,,,,,,,,,,,,,,", b"  "] {
        lines.push(Line {
            bytes: blank.to_vec(),
            fault: None,
        });
    }
    lines
}

/// Puts the lines into another order, the same one for a seed.
fn shuffle(lines: &mut [Line], seed: u64) {
    let mut state = seed;
    for at in (1..lines.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from(state >> 33).unwrap() % (at + 1);
        lines.swap(at, other);
    }
}

/// The file, and for each fault its code, physical line and column letters.
fn file(seed: u64) -> (Vec<u8>, BTreeSet<String>) {
    let headers: Vec<&str> = HEADER.split(',').collect();
    let mut lines = lines();
    shuffle(&mut lines, seed);
    let (header, ..) = SHIFT_JIS.encode(HEADER);
    let mut bytes = header.into_owned();
    bytes.extend(b"\r\n");
    let mut expected = BTreeSet::new();
    for line in lines {
        if let Some((code, header)) = line.fault {
            let number = memchr::memchr_iter(b'\n', &bytes).count() + 1;
            let column = headers.iter().position(|of| *of == header).unwrap();
            expected.insert(format!("{code} {number} {}", letters(column)));
        }
        bytes.extend(line.bytes);
        bytes.extend(b"\r\n");
    }
    (bytes, expected)
}

#[test]
fn forty_faults_are_forty_findings_at_their_addresses_in_any_order() {
    for seed in 0..8 {
        let (bytes, expected) = file(seed);
        assert_eq!(expected.len(), 40);
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("利用者一覧.csv");
        disk::write(&path, &bytes).unwrap();
        let found: Vec<String> = check(&[path]).findings;
        let addresses: BTreeSet<String> = found
            .iter()
            .map(|line| {
                let cells: Vec<&str> = line.split('\t').collect();
                format!("{} {} {}", cells[0], cells[3], cells[4])
            })
            .collect();
        assert_eq!(addresses, expected, "seed {seed}");
        assert_eq!(found.len(), 40, "seed {seed}");
    }
}

#[test]
fn forty_faults_are_forty_marked_cells_in_the_workbook() {
    /// Rows above the first one of data.
    const ABOVE: u32 = 2;
    let (bytes, expected) = file(3);
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("利用者一覧.csv");
    disk::write(&path, &bytes).unwrap();
    let checked = check(&[path]);
    let mut book: Xlsx<_> = open_workbook(checked.workbooks[0].path()).unwrap();
    let range = book.worksheet_range("利用者一覧").unwrap();
    let row_of = |at: u32| range.get_value((at, 0)).unwrap().to_string();
    // Where a cell is marked, a note says why.
    let notes = part(checked.workbooks[0].path(), "xl/comments1.xml");
    let marked: BTreeSet<String> = notes
        .split("<comment ref=\"")
        .skip(1)
        .filter_map(|note| {
            let (cell, _) = note.split_once('"').unwrap();
            let digits = cell.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
            let column = cell[..cell.len() - digits.len()].to_owned();
            let row: u32 = digits.parse().unwrap();
            // The header tells in a note which file the rows are of.
            (row > ABOVE).then(|| format!("{} {column}", row_of(row - 1)))
        })
        .collect();
    let moved = |place: &String| {
        let words: Vec<&str> = place.split(' ').collect();
        let columns = (0..30).map(letters);
        let column = columns.clone().position(|of| of == words[2]).unwrap();
        // The hidden first row says which column of the file each one is.
        let key = format!("c{column}");
        let mut keys = (0..).map(|at| range.get_value((0, at)).unwrap().to_string());
        let place = keys.position(|of| of == key).unwrap();
        format!("{} {}", words[1], letters(place))
    };
    assert_eq!(marked, expected.iter().map(moved).collect());
    assert_eq!(marked.len(), 40);
}

/// A part of a workbook, as text.
fn part(workbook: &Path, name: &str) -> String {
    let mut parts = zip::ZipArchive::new(disk::open(workbook).unwrap()).unwrap();
    let mut text = String::new();
    parts
        .by_name(name)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}
