//! Workbooks as spreadsheets write them, and as they are damaged: what is read of each.
//!
//! Below `fixtures/damage/` each folder holds one situation.

#![expect(clippy::unwrap_used, reason = "what a test calls fails like a test")]

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rakuwing::disk;
use rakuwing::finding::Finding;
use rakuwing::model::{FileName, RecordKind};
use rakuwing::read::{self, Digests, Intake, Row, Sheet};
use rakuwing::table::Tables;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// Everything that is handed over, a line each.
struct Seen(Vec<String>);

impl Intake for Seen {
    fn sheet(&mut self, sheet: &Arc<Sheet>) {
        let name = sheet.name().map_or("", |name| name);
        let calendar = sheet.calendar();
        self.0
            .push(format!("{name}: {} {calendar:?}", sheet.layout.name()));
    }

    fn row(&mut self, _: &Arc<Sheet>, row: &Row) {
        let cells: Vec<&str> = row.cells().collect();
        let text = cells.join("|");
        let mut words = format!("{} {}", row.number(), text.trim_end_matches('|'));
        for at in 0..row.width() {
            if let Some(fault) = row.fault(at) {
                write!(words, " [{at} {fault:?}]").unwrap();
            }
        }
        for (at, code) in row.remarks() {
            write!(words, " [{at} {code}]").unwrap();
        }
        self.0.push(words);
    }

    fn finding(&mut self, _: Option<RecordKind>, finding: Finding) {
        let place = finding.place.sheet.as_deref().unwrap_or_default();
        let row = finding
            .place
            .row
            .map(|row| format!(" {row}"))
            .unwrap_or_default();
        let words = format!("{} {place}{row} {}", finding.code, finding.detail);
        self.0.push(words.trim_end().to_owned());
    }
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/damage")
        .join(name)
}

/// How the names of the files end that say what is expected of a workbook.
const EXPECTED: [&str; 3] = ["tsv", "jsonl", "txt"];

/// The one workbook of a folder; beside it lies what is expected of it.
fn workbook(name: &str) -> PathBuf {
    let mut files = disk::files(&folder(name)).unwrap();
    files.retain(|file| {
        let ending = file.extension().and_then(OsStr::to_str).unwrap_or_default();
        !read::is_passed_over(file) && !EXPECTED.contains(&ending)
    });
    assert_eq!(files.len(), 1, "one file in {name}");
    files.swap_remove(0)
}

/// What is read of the one workbook of a folder.
fn seen(name: &str) -> Vec<String> {
    let tables = Tables::load(None).unwrap();
    let mut seen = Seen(Vec::new());
    read::read(
        &workbook(name),
        &FileName::new("x"),
        &tables.layouts,
        Digests::NotAsked,
        &mut seen,
    )
    .unwrap();
    seen.0
}

const CLIENT: &str = "試験　花子|シケン　ハナコ|女|S15.1.20|要介護3|2026/04/01|2028/03/31";

fn line(client: &str, code: &str, hours: &str, days: &str) -> String {
    format!("2026/10|1370100016|131128|{client}|{code}|身体介護１|{hours}{days}")
}

const HANAKO: &str = "0000123456|試験　花子";

#[test]
fn three_programs_write_the_same_grid_below_a_title() {
    for kind in ["excel-title-block", "excel-xls", "excel-ods"] {
        let typed = "2026-10-01|1370100016|131128|123456|試験　花子|111111|身体介護１";
        assert_eq!(
            seen(kind),
            [
                "Sheet1: 月間ケアプラン Of1900".to_owned(),
                "4 ".to_owned() + &line(HANAKO, "111111", "9:00|9:30", "|1"),
                "5 ".to_owned() + &line(HANAKO, "111111", "9:00|9:30", "||1"),
                format!("6 {typed}|23:30|25:30|||1"),
            ],
            "{kind}"
        );
    }
}

#[test]
fn days_of_a_1904_workbook_count_from_there() {
    for name in ["excel-1904", "excel-1904-xls"] {
        assert_eq!(
            seen(name),
            [
                "Sheet1: 利用者一覧 Of1904",
                "2 0000123456|131128|試験　花子|シケン　ハナコ|女|12071|要介護3|2026-04-01|2028-03-31",
            ],
            "{name}"
        );
    }
}

#[test]
fn hidden_rows_and_sheets_are_read_and_said() {
    let rows = seen("excel-hidden-rows");
    assert_eq!(rows.len(), 1 + 10 + 1);
    assert_eq!(rows[11], "R120 Sheet1 3 3、4、5、6、7行目ほか 全6行");
    assert_eq!(
        seen("excel-hidden-sheet"),
        [
            "先月: 利用者一覧 Of1900".to_owned(),
            format!("2 0000123456|131128|{CLIENT}"),
            "R121 先月".to_owned(),
        ]
    );
}

#[test]
fn merged_cells_give_their_value_downwards_in_every_format() {
    let below = " [0 R122] [1 R122] [2 R122] [3 R122] [4 R122]";
    for name in [
        "excel-merged-down",
        "excel-merged-down-xls",
        "excel-merged-down-ods",
    ] {
        assert_eq!(
            seen(name)[1..],
            [
                "2 ".to_owned() + &line(HANAKO, "111111", "9:00|9:30", "|1"),
                "3 ".to_owned() + &line(HANAKO, "111211", "10:00|10:45", "|1") + below,
                "4 ".to_owned() + &line("0000123457|見本　太郎", "111111", "9:00|9:30", "|1"),
            ],
            "{name}"
        );
    }
}

#[test]
fn merged_cells_across_columns_are_wrong_in_the_data_alone() {
    let rows = seen("excel-merged-across");
    assert!(rows[1].ends_with(" [4 MergedAcross]"), "{}", rows[1]);
    assert!(rows[2].ends_with(" [9 MergedAcross]"), "{}", rows[2]);
    assert_eq!(
        seen("excel-merged-header")[1..],
        ["5 ".to_owned() + &line(HANAKO, "111111", "9:00|9:30", "|1")]
    );
}

#[test]
fn a_formula_has_a_result_or_an_error_or_none() {
    let rows = seen("excel-formula");
    assert_eq!(
        rows[1],
        "2 ".to_owned() + &line(HANAKO, "111111", "9:00|9:30", "|1")
    );
    assert!(rows[2].ends_with(" [5 CellError]"), "{}", rows[2]);
    assert!(rows[3].ends_with(" [5 NoResult]"), "{}", rows[3]);
}

#[test]
fn numbers_that_a_spreadsheet_damaged_are_handed_over_as_they_are() {
    let numbers: Vec<String> = seen("excel-damaged-numbers")[1..]
        .iter()
        .map(|row| row.split('|').take(2).collect::<Vec<_>>().join("|"))
        .collect();
    assert_eq!(
        numbers,
        [
            "2 123456|131128",
            "3 ００００１２３４５７|１３１１２８",
            "4 1.23457E+19|131128",
            "5 1.23E+09|131128"
        ]
    );
}

#[test]
fn times_beyond_a_day_stay_beyond_it() {
    let hours = |name: &str| -> Vec<String> {
        let rows = seen(name);
        let cells = |row: &String| row.split('|').skip(7).take(2).collect::<Vec<_>>().join("–");
        rows[1..].iter().map(cells).collect()
    };
    for kind in ["excel-beyond-24-hours", "excel-beyond-24-hours-ods"] {
        assert_eq!(hours(kind), ["23:30–25:00", "23:30–25:00", "23:30–24:00"]);
    }
}

#[test]
fn what_is_made_to_fill_the_memory_is_refused() {
    for name in ["excel-bomb-corner", "excel-bomb-merged"] {
        assert_eq!(seen(name), ["R125 Sheet1"], "{name}");
    }
    // What a sheet says of its own size is not believed: its cells are read.
    assert_eq!(seen("excel-bomb-claim").len(), 2);
    assert_eq!(seen("excel-bomb-ods").last().unwrap(), "R125 Sheet1");
    // Texts that compress to next to nothing are kept once: they need no more than their size.
    assert_eq!(seen("excel-bomb-texts").len(), 2);
}

#[test]
fn a_locked_workbook_and_a_damaged_one_are_told_apart() {
    assert_eq!(seen("excel-password"), ["R113  パスワードが掛かっています"]);
    assert_eq!(seen("excel-cut-off"), ["R113  ファイルが壊れています"]);
}

#[test]
fn a_text_with_a_workbooks_name_is_read_as_the_text_that_it_is() {
    assert_eq!(
        seen("excel-csv-named-xls"),
        [
            ": 利用者一覧 Of1900".to_owned(),
            format!("2 0000123456|131128|{CLIENT}"),
        ]
    );
    let page = seen("excel-html-named-xls");
    assert!(page.len() == 1 && page[0].starts_with("R103"), "{page:?}");
}

#[test]
fn the_mark_of_an_open_workbook_is_no_workbook() {
    assert_eq!(seen("excel-lock-file").len(), 2);
}

#[test]
fn a_bomb_needs_no_more_memory_than_a_small_file_and_64_megabytes() {
    if cfg!(not(target_os = "linux")) {
        eprintln!("SKIPPED: memory is only limited by `ulimit -v` on Linux");
        return;
    }
    let (whole, small) = (workbook("excel-csv-named-xls"), 8);
    let exit = ended(&whole, UNLIMITED);
    assert!(exit.is_some());
    let mut limits = (1..).map(|step| step * small);
    let enough = limits.find(|limit| ended(&whole, *limit) == exit).unwrap();
    let long_text = tempfile::tempdir().unwrap();
    let mut bombs = vec![with_a_long_text(long_text.path())];
    bombs.extend(
        [
            "excel-bomb-claim",
            "excel-bomb-corner",
            "excel-bomb-merged",
            "excel-bomb-texts",
            "excel-bomb-ods",
        ]
        .map(workbook),
    );
    for bomb in bombs {
        let exit = ended(&bomb, UNLIMITED);
        let words = bomb.display();
        assert!(exit.is_some_and(|code| code != 101), "{words}: {exit:?}");
        let limited = ended(&bomb, enough + 64);
        assert_eq!(limited, exit, "{words} within {enough} + 64 MB");
    }
}

/// A workbook of half a megabyte whose only text has half a gigabyte: whoever reads its cells
/// would hold it whole, and unfolds it at the same time as the pass that finds it out.
fn with_a_long_text(folder: &Path) -> PathBuf {
    const SHEET: &str = "xl/worksheets/sheet1.xml";
    let sample = disk::read(&workbook("excel-bomb-claim")).unwrap();
    let mut sample = ZipArchive::new(Cursor::new(sample)).unwrap();
    let mut bomb = ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..sample.len() {
        let part = sample.by_index_raw(at).unwrap();
        if part.name().unwrap() != SHEET {
            bomb.raw_copy_file(part).unwrap();
        }
    }
    bomb.start_file(SHEET, SimpleFileOptions::default())
        .unwrap();
    bomb.write_all(b"<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>")
        .unwrap();
    let piece = vec![b'x'; 16 << 20];
    for _ in 0..32 {
        bomb.write_all(&piece).unwrap();
    }
    bomb.write_all(b"</t></is></c></row></sheetData></worksheet>")
        .unwrap();
    let path = folder.join("long-text.xlsx");
    disk::write(&path, &bomb.finish().unwrap().into_inner()).unwrap();
    path
}

const UNLIMITED: u32 = 1 << 16;

/// How `check` ends for a file within so many megabytes of addresses; `None` where the system
/// ended it.
fn ended(file: &Path, megabytes: u32) -> Option<i32> {
    let home = tempfile::tempdir().unwrap();
    let office = home.path().join("office");
    disk::make_folder(&office).unwrap();
    let run = |arguments: &str, limit: u32| {
        let script = format!(
            "ulimit -v {}; exec \"$0\" --office \"$1\" {arguments}",
            limit * 1024
        );
        let mut command = Command::new("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_rakuwing")]);
        command.arg(&office).arg(file);
        command.env("RAKUWING_HOME", home.path());
        // Else the allocator puts addresses aside for every thread, which nobody needs.
        let output = command.env("MALLOC_ARENA_MAX", "1").output().unwrap();
        output.status.code()
    };
    assert_eq!(run("init", UNLIMITED), Some(0));
    let settings = office.join("rakuwing.toml");
    let text = String::from_utf8(disk::read(&settings).unwrap()).unwrap();
    let text = text.replace("numbers = []", "numbers = [\"1370100016\"]");
    disk::write(&settings, text.as_bytes()).unwrap();
    run("check \"$2\"", megabytes)
}
