//! Preparing a month that has not changed, of a thousand offices in one folder, against a bare
//! conversion of the same files.
//!
//! Both read and check every row and make every item. What preparing does beyond that is to ask
//! the service and the ledger what they hold, to compare, and to save a proposal with its
//! preview. Both begin as the command does, with the tables, and preparing with the ledger.

#![allow(clippy::print_stdout, reason = "a benchmark is there to print")]

mod support;

use std::time::Duration;

use criterion::{Criterion, SamplingMode, Throughput};

use support::offices::Offices;
use support::ratio;

const GROUP: &str = "preparing";
const OFFICES: usize = 1_000;
const CLIENT_MONTHS: usize = 20 * OFFICES;

fn main() {
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let mut group = criterion.benchmark_group(GROUP);
    group.throughput(Throughput::Elements(CLIENT_MONTHS as u64));
    group.sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_millis(1));
    let offices = Offices::registered(OFFICES);
    group.bench_function("convert", |bencher| {
        bencher.iter(|| assert_eq!(offices.convert().items, CLIENT_MONTHS));
    });
    group.bench_function("prepare-unchanged", |bencher| {
        bencher.iter(|| {
            let prepared = offices.prepare();
            assert_eq!(prepared.unchanged, CLIENT_MONTHS);
            assert_eq!(prepared.exit_code, 0);
        });
    });
    group.finish();
    criterion.final_summary();
    ratio::print(GROUP, "prepare-unchanged", "convert", Some(1.5));
}
