//! Decode, split and type a grid export, against a floor that only decodes and splits.
//!
//! The floor is what the two libraries take alone: `csv` cuts the records, `encoding_rs`
//! decodes the fields that are not ASCII, and nobody looks at any of them.

#![allow(clippy::print_stdout, reason = "a benchmark is there to print")]

mod support;

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use criterion::{Criterion, Throughput};
use encoding_rs::SHIFT_JIS;
use rakuwing::check::cells;
use rakuwing::disk::{self, DiskError};
use rakuwing::finding::Finding;
use rakuwing::model::{Field, FileName, RecordKind};
use rakuwing::read::{self, Digests, Intake, Row, Sheet};
use rakuwing::table::Tables;

const GROUP: &str = "reading";
const SIZE: usize = 100 << 20;

fn main() -> Result<(), DiskError> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let small = support::grid::export(folder.path(), SIZE / 10)?;
    let large = support::grid::export(folder.path(), SIZE)?;
    let tables = Tables::load(None).expect("the shipped tables are right");

    let mut peaks = Vec::new();
    for path in [&small, &large] {
        typed(path, Digests::NotAsked, &tables);
        peaks.push(support::memory::peak());
    }

    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let mut group = criterion.benchmark_group(GROUP);
    group.throughput(Throughput::Bytes(SIZE as u64));
    group.bench_function("floor", |bencher| bencher.iter(|| floor(&large)));
    for (what, digests) in [("typed", Digests::NotAsked), ("with-digest", Digests::Made)] {
        group.bench_function(what, |bencher| {
            bencher.iter(|| typed(&large, digests, &tables));
        });
    }
    group.finish();
    criterion.final_summary();

    support::ratio::print(GROUP, "typed", "floor", Some(1.3));
    support::ratio::print(GROUP, "with-digest", "floor", None);
    if let [Some(small), Some(large)] = peaks[..] {
        let (small, large) = (small >> 10, large >> 10);
        println!("{GROUP}: peak memory {small} KiB after 10 MB, {large} KiB after 100 MB");
    }
    Ok(())
}

/// Cuts and decodes with the libraries alone.
fn floor(path: &Path) -> usize {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(disk::open(path).expect("the file was just written"));
    let mut record = csv::ByteRecord::new();
    let mut text = String::new();
    let mut length = 0;
    while reader
        .read_byte_record(&mut record)
        .expect("a regular file")
    {
        for field in &record {
            text.clear();
            if field.is_ascii() {
                text.push_str(std::str::from_utf8(field).unwrap_or_default());
            } else {
                let mut decoder = SHIFT_JIS.new_decoder_without_bom_handling();
                text.reserve(field.len() * 3);
                let _ = decoder.decode_to_string(field, &mut text, true);
            }
            length += black_box(&text).len();
        }
    }
    length
}

/// Sees what the file is, cuts, decodes and types every row.
fn typed(path: &Path, digests: Digests, tables: &Tables) -> usize {
    let mut typing = Typing::default();
    let name = FileName::new("grid.csv");
    read::read(path, &name, &tables.layouts, digests, &mut typing)
        .expect("the file was just written");
    typing.records()
}

/// Types each row and keeps nothing.
#[derive(Default)]
struct Typing {
    records: usize,
    findings: Vec<Finding>,
}

impl Typing {
    fn records(&self) -> usize {
        assert!(self.findings.is_empty(), "the file is all right");
        assert!(self.records > 1000);
        self.records
    }
}

impl Intake for Typing {
    fn sheet(&mut self, _sheet: &Arc<Sheet>) {}

    fn row(&mut self, sheet: &Arc<Sheet>, row: &Row) {
        let record = cells::read(sheet, row, &mut self.findings);
        assert!(
            black_box(&record)
                .service_code(Field::ServiceCode)
                .is_some()
        );
        self.records += 1;
    }

    fn finding(&mut self, _kind: Option<RecordKind>, finding: Finding) {
        self.findings.push(finding);
    }
}
