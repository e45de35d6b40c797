//! rakuwing, the bridge between 楽すけ and Care-wing.
//!
//! The modules stand in the order of the data's way; each imports only what stands above it.

pub mod model;
pub mod finding;
pub mod disk;
pub mod stop;
pub mod clock;
pub mod chance;
pub mod progress;
pub mod parallel;
pub mod steps;
pub mod table;
pub mod read;
pub mod check;
pub mod codes;
pub mod payload;
pub mod service;
pub mod ledger;
pub mod fold;
pub mod audit;
pub mod write;
pub mod report;
pub mod settings;
pub mod error;
pub mod jobs;
pub mod sandbox;
pub mod cli;
