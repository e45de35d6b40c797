//! Preparing a month that has not changed, of a thousand offices in one folder, against a bare
//! conversion of the same files: `rakuwing plan --prepare` and `rakuwing convert`.
//!
//! Both read and check every row and write every item. What preparing does beyond that is to ask
//! the service and the ledger what they hold, to compare, and to save a proposal with its
//! preview; the practice service answers from this process and shares its cores. The rounds
//! alternate, and medians are compared. Converted lines go into a file that is never synced.

#![allow(clippy::print_stdout, reason = "a benchmark is there to print")]

mod support;

use std::time::Duration;

use support::offices::Offices;

const OFFICES: usize = 1_000;
const CLIENT_MONTHS: usize = 20 * OFFICES;
const ROUNDS: usize = 9;

fn main() {
    let offices = Offices::registered(OFFICES);
    let (mut preparing, mut converting) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (time, unchanged) = offices.prepare();
        assert_eq!(unchanged, CLIENT_MONTHS);
        preparing.push(time);
        let (time, bytes) = offices.convert();
        assert!(bytes > 0);
        converting.push(time);
    }
    let [preparing, converting] = [preparing, converting].map(median);
    println!(
        "preparing: 20,000 clients of 1,000 offices, unchanged / convert = {:.2} (at most 1.5), \
         {preparing:.0?} / {converting:.0?}",
        preparing.as_secs_f64() / converting.as_secs_f64()
    );
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
