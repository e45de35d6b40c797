//! Text read as numbers of a fixed width.

#![no_main]

#[path = "../invariants.rs"]
#[allow(dead_code, reason = "each target uses its own part of it")]
mod invariants;

libfuzzer_sys::fuzz_target!(|input: &[u8]| invariants::numbers(input));
