//! What is measured with: grid exports of any size, months to register and to retrieve, and
//! the ratios of what was measured.

#![allow(dead_code, reason = "each benchmark takes what it needs")]

pub(crate) mod approved;
pub(crate) mod floor;
pub(crate) mod grid;
pub(crate) mod memory;
pub(crate) mod plans;
pub(crate) mod offices;
pub(crate) mod ratio;
pub(crate) mod registry;
