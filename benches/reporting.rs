//! The error workbook of 50,000 findings, from the findings to the file: the list, the rows in
//! their own layout with notes and links, the hidden trail; against a floor that only writes as
//! many cells. And one of more findings than a sheet holds.
//!
//! The floor is the same library without memory of what it has written: the texts of the list
//! and of the rows, in one format, without a link, a note or a choice.

#![allow(clippy::print_stdout, reason = "a benchmark is there to print")]

mod support;

use std::path::{Path, PathBuf};
use std::time::Instant;

use criterion::{Criterion, SamplingMode, Throughput};
use rakuwing::check::Wanted;
use rakuwing::disk;
use rakuwing::finding::{Code, Fate, Finding};
use rakuwing::jobs::corrections::Memory;
use rakuwing::jobs::inbox::{self, Inputs};
use rakuwing::jobs::outcome::{Account, Heading, Outcome, trail};
use rakuwing::model::{FileName, Place};
use rakuwing::report::{ErrorReport, Trail, write_errors};
use rakuwing::table::Tables;
use rust_xlsxwriter::Workbook;

use support::{grid, memory, ratio};

const GROUP: &str = "reporting";
const FINDINGS: usize = 50_000;
/// One more than a sheet takes.
const MANY: usize = 1_000_001;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tables = Tables::load(None).expect("the shipped tables are right");
    let source = grid::faulty(folder.path(), FINDINGS).expect("a temporary folder has room");
    let inputs = read(&source, &tables);
    assert_eq!(inputs.gathered.findings.len(), FINDINGS);
    let before = memory::peak();
    let report = write(&inputs, &tables, folder.path());
    let after = memory::peak();

    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let mut group = criterion.benchmark_group(GROUP);
    group.throughput(Throughput::Elements(FINDINGS as u64));
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function("floor", |bencher| {
        bencher.iter(|| floor(folder.path(), &source));
    });
    group.bench_function("workbook", |bencher| {
        bencher.iter(|| write(&inputs, &tables, folder.path()));
    });
    group.finish();
    criterion.final_summary();

    ratio::print(GROUP, "workbook", "floor", None);
    if let Some(median) = ratio::median(GROUP, "workbook") {
        let seconds = median / 1e9;
        println!("{GROUP}: {FINDINGS} findings take {seconds:.2} s (under 2)");
    }
    let length = disk::length(&report).ok().flatten().unwrap_or_default();
    println!("{GROUP}: the workbook is {} KiB", length >> 10);
    if let Some((before, after)) = before.zip(after) {
        let (before, after) = (before >> 20, after >> 20);
        println!(
            "{GROUP}: peak memory {after} MiB (under 200), of which rows and findings are {before} MiB"
        );
    }
    let begun = Instant::now();
    roll_over(folder.path());
    let seconds = begun.elapsed().as_secs_f64();
    println!("{GROUP}: {MANY} findings are two lists, in {seconds:.1} s");
}

/// The rows of an export, all of them withheld.
fn read(source: &Path, tables: &Tables) -> Inputs {
    let paths = [source.to_owned()];
    let mut inputs = inbox::read(&paths, Wanted::Everything, tables).expect("it was just written");
    let rows: Vec<_> = inputs.gathered.bad_rows.drain(..).collect();
    for row in rows {
        let book = &mut inputs.gathered.book;
        book.decide(row.origin.id, Fate::Withheld)
            .expect("nobody has decided about it");
    }
    inputs
}

fn write(inputs: &Inputs, tables: &Tables, folder: &Path) -> PathBuf {
    let trail = trail(&Memory::default()).expect("there is no ledger to fail");
    let account = Account {
        book: &inputs.gathered.book,
        findings: &inputs.gathered.findings,
        inputs: &inputs.files,
        tables,
        folder,
        trail: &trail,
    };
    let heading = Heading {
        office: "1370100016",
        what: "確認",
        month: None,
        run: "1",
        done: "送れる",
    };
    let mut outcome = Outcome::of("check", None);
    outcome.close(&account, heading).expect("the rows add up");
    let report = outcome.report.expect("there are findings");
    let kept = folder.join("kept.xlsx");
    disk::rename(&report, &kept).expect("it was just written");
    kept
}

/// Writes the cells of the list and of the rows, and nothing else.
fn floor(folder: &Path, source: &Path) {
    let bytes = disk::read(source).expect("it was just written");
    let (text, ..) = encoding_rs::SHIFT_JIS.decode(&bytes);
    let mut workbook = Workbook::new();
    let list = workbook
        .add_worksheet_with_constant_memory()
        .expect("a sheet can be added");
    let said = [
        "エラー",
        "V207",
        "月間ケアプラン.csv",
        "",
        "12",
        "H 開始時刻",
    ];
    let said = said.into_iter().chain([
        "131128-0000000001 試験　花子1",
        "朝",
        "開く",
        Code::NotATime.cause(),
        Code::NotATime.cure(),
        "月間ケアプランの登録",
    ]);
    let said: Vec<&str> = said.collect();
    for row in 0..FINDINGS {
        for (cell, column) in said.iter().zip(0..) {
            let row = u32::try_from(row).expect("a few rows");
            list.write_string(row, column, *cell).expect("it fits");
        }
    }
    let rows = workbook
        .add_worksheet_with_constant_memory()
        .expect("a sheet can be added");
    for (line, row) in text.lines().zip(0..) {
        for (cell, column) in line.split(',').zip(0..) {
            if !cell.is_empty() {
                rows.write_string(row, column, cell).expect("it fits");
            }
        }
    }
    let path = folder.join("floor.xlsx");
    workbook.save(&path).expect("a temporary folder has room");
}

/// More findings than a sheet holds go on on the next one.
fn roll_over(folder: &Path) {
    let file = FileName::new("plan.csv");
    let finding = |row: usize| {
        let mut place = Place::file(file.clone());
        place.row = u32::try_from(row).ok();
        Finding::new(Code::NotADate, place)
    };
    let findings: Vec<Finding> = (1..=MANY).map(finding).collect();
    let report = ErrorReport {
        office: "1370100016",
        month: None,
        run: "1",
        tallies: &[],
        done: "送れる",
        findings: &findings,
        next: &[],
        withheld: &[],
        questions: &[],
        trail: &Trail::default(),
    };
    let path = folder.join("many.xlsx");
    write_errors(&path, &report).expect("a temporary folder has room");
    let names = sheets(&path);
    assert!(
        names.contains("一覧(2)") && !names.contains("一覧(3)"),
        "{names}"
    );
}

/// The part of a workbook that names its sheets.
fn sheets(path: &Path) -> String {
    use std::io::Read as _;
    let file = disk::open(path).expect("it was just written");
    let mut parts = zip::ZipArchive::new(file).expect("a workbook is a zip archive");
    let mut part = parts.by_name("xl/workbook.xml").expect("it has sheets");
    let mut text = String::new();
    part.read_to_string(&mut text).expect("it is text");
    text
}
