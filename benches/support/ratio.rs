//! Ratios of medians, from what criterion has written down: a ratio travels from one machine
//! to another, seconds do not.

use std::path::PathBuf;

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
    let estimates: serde_json::Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    estimates["median"]["point_estimate"].as_f64()
}

/// Prints how many times as long one takes as the other, and what it should not exceed.
pub(crate) fn print(group: &str, name: &str, floor: &str, at_most: f64) {
    match (median(group, name), median(group, floor)) {
        (Some(time), Some(least)) => {
            println!(
                "{group}: {name} / {floor} = {:.2} (at most {at_most})",
                time / least
            );
        }
        _ => println!("{group}: {name} or {floor} was not measured"),
    }
}
