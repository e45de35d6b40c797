//! A million approved visits, from the pages as they came to the grid for 楽すけ and the file
//! of a care-management office, against a floor that only parses the pages and writes as many
//! bytes.
//!
//! The floor is `serde_json` into structs that borrow their texts, and the same durable
//! writes. It folds nothing, compares nothing with a plan and encodes nothing. It parses on
//! one thread, and once more on as many as there are processors, which is how we read.

#![allow(clippy::print_stdout, reason = "a benchmark is there to print")]

mod support;

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, SamplingMode, Throughput};
use rakuwing::disk;
use rayon::prelude::*;
use serde::Deserialize;

use support::approved::{Month, Written};
use support::{memory, ratio};

const GROUP: &str = "retrieving";
const VISITS: usize = 1_000_000;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let month = Month::of(VISITS);
    let pages: usize = month.pages.iter().map(Vec::len).sum();
    let before = memory::peak();
    let written = month.write(folder.path());
    let after = memory::peak();
    assert_eq!(written.services, VISITS);
    assert_eq!(written.lines, VISITS / 20 * 3);

    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let mut group = criterion.benchmark_group(GROUP);
    group.throughput(Throughput::Elements(VISITS as u64));
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function("floor", |bencher| {
        bencher.iter(|| floor(&month.pages, written, folder.path()));
    });
    group.bench_function("floor-parallel", |bencher| {
        bencher.iter(|| {
            let visits: usize = month.pages.par_iter().map(|page| parse(page).len()).sum();
            assert_eq!(visits, VISITS);
            write_barely(written, folder.path());
        });
    });
    group.bench_function("files", |bencher| {
        bencher.iter(|| assert_eq!(month.write(folder.path()), written));
    });
    group.finish();
    criterion.final_summary();

    ratio::print(GROUP, "files", "floor", Some(2.0));
    ratio::print(GROUP, "files", "floor-parallel", None);
    println!(
        "{GROUP}: {VISITS} visits are {} MiB of pages and {} MiB of files",
        pages >> 20,
        written.bytes >> 20
    );
    if let Some((before, after)) = before.zip(after) {
        let (before, after) = (before >> 20, after >> 20);
        println!(
            "{GROUP}: peak memory {after} MiB, of which pages, plan and clients are {before} MiB"
        );
    }
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    visits: Vec<Visit<'a>>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "parsing is what is measured")]
struct Visit<'a> {
    id: &'a str,
    office: &'a str,
    client: Client<'a>,
    date: &'a str,
    planned_start: Option<&'a str>,
    planned_end: Option<&'a str>,
    start: &'a str,
    end: &'a str,
    service_code: &'a str,
    approved_at: &'a str,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "parsing is what is measured")]
struct Client<'a> {
    insurer_number: &'a str,
    insured_number: &'a str,
}

/// Parses every page, keeps the visits, and writes as many bytes into two files.
fn floor(pages: &[Vec<u8>], written: Written, folder: &Path) {
    let mut visits = Vec::with_capacity(VISITS);
    for page in pages {
        visits.extend(parse(page));
    }
    assert_eq!(black_box(&visits).len(), VISITS);
    write_barely(written, folder);
}

fn parse(page: &[u8]) -> Vec<Visit<'_>> {
    let page: Page<'_> = serde_json::from_slice(page).expect("the pages are JSON");
    black_box(page.visits)
}

fn write_barely(written: Written, folder: &Path) {
    let grid = written.bytes / 8;
    for (name, bytes) in [("grid.csv", grid), ("upjsk.csv", written.bytes - grid)] {
        let file = vec![b'0'; bytes];
        disk::write(&folder.join(name), &file).expect("a temporary folder has room");
    }
}
