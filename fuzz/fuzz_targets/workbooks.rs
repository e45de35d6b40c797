//! Whole workbooks, whose bytes are choices.

#![no_main]

#[path = "../invariants.rs"]
#[allow(dead_code, reason = "each target uses its own part of it")]
mod invariants;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    invariants::workbooks::holds(input);
});
