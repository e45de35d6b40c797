//! Preparing a month that has not changed, of a thousand offices in one folder, against a bare
//! conversion of the same files: `rakuwing plan --prepare` and `rakuwing convert`.
//!
//! Both read and check every row, and both end with all that they write safely on the disk. What
//! preparing does beyond that is to ask the service and the ledger what they hold, to compare,
//! and to save a proposal with its preview; the practice service answers from this process and
//! shares its cores. The rounds alternate, and medians are compared. What it is against lines
//! that are never synced is said too.

#![allow(clippy::print_stdout, reason = "a benchmark is there to print")]

mod support;

use std::time::Duration;

use support::offices::Offices;

const OFFICES: usize = 1_000;
const CLIENT_MONTHS: usize = 20 * OFFICES;
const ROUNDS: usize = 9;

fn main() {
    let offices = Offices::registered(OFFICES);
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        let (time, unchanged) = offices.prepare();
        assert_eq!(unchanged, CLIENT_MONTHS);
        times[0].push(time);
        times[1].push(offices.convert());
        let (time, bytes) = offices.convert_unsynced();
        assert!(bytes > 0);
        times[2].push(time);
    }
    let [preparing, synced, unsynced] = times.map(median);
    println!(
        "preparing: 20,000 clients of 1,000 offices, unchanged / convert = {:.2} (at most 1.5), \
         {:.2} where its lines are not synced",
        preparing / synced,
        preparing / unsynced
    );
}

/// In seconds.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64()
}
