//! Ratios of medians, from what criterion has written down: a ratio travels from one machine
//! to another, seconds do not.

use std::path::PathBuf;

use rakuwing::disk;

/// The median of a benchmark that has just run, in nanoseconds.
pub(crate) fn median(group: &str, name: &str) -> Option<f64> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target")),
        PathBuf::from,
    );
    let path = target
        .join("criterion")
        .join(group)
        .join(name)
        .join("new/estimates.json");
    let estimates: serde_json::Value = serde_json::from_slice(&disk::read(&path).ok()?).ok()?;
    estimates["median"]["point_estimate"].as_f64()
}

/// Prints how many times as long one takes as the other, and what it should not exceed.
pub(crate) fn print(group: &str, name: &str, floor: &str, at_most: Option<f64>) {
    match (median(group, name), median(group, floor)) {
        (Some(time), Some(least)) => {
            let limit = at_most.map(|limit| format!(" (at most {limit})"));
            let ratio = time / least;
            println!(
                "{group}: {name} / {floor} = {ratio:.2}{}",
                limit.unwrap_or_default()
            );
        }
        _ => println!("{group}: {name} or {floor} was not measured"),
    }
}
