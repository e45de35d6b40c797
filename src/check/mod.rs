//! Rows become records: every rule of the domain, one a file, all findings to the last row.
//!
//! In: rows of recognised sheets. Out: records that nobody has to check again, each with the
//! row it came from; every row that is not among them has its fate in the book and a finding
//! that says why. One bad row withholds its client's whole month, because part of a month
//! would be billed as if it were all of it.

mod others;
mod pending;
pub mod origin;
mod hours;
mod ragged;
pub mod cells;
pub mod excel_month;
pub mod person;
pub mod rows;
pub mod bad_row;
mod packed;
pub mod lines;
mod usual_line;
pub mod gather;
mod verdicts;
mod hold;
pub mod touched;
pub mod superseded;
pub mod hidden;
pub mod put_aside;
pub mod copies;
pub mod chosen;
pub mod mixed;
pub mod wide;
pub mod days_unread;
pub mod columns;
pub mod offices;
mod supplement;
mod complete;
pub mod clients;
pub mod scope;
mod left_out;
mod bad_rows;
pub mod services;
pub mod days;
mod counts;
mod code_name;
pub mod of_files;
mod versions;
pub mod senders;
pub mod twins;
mod overlaps;
pub mod roster;
pub mod unknown;
mod unlisted;
pub mod certification;
pub mod months;
#[cfg(test)]
pub(crate) mod samples;

use crate::disk::DiskError;
use crate::finding::Imbalance;

pub use bad_row::Mention;
pub use clients::{CheckedClient, Person};
pub use gather::{Gathered, Wanted};
pub use lines::{Lines, Unit};
pub use months::{CheckedMonth, MonthRules};
pub use of_files::{Clash, Source};
pub use offices::CheckedOffice;
pub use origin::Origin;
pub use roster::Roster;
pub use scope::Scope;
pub use senders::SentMonths;
pub use unknown::Waiting;

/// The rules could not be carried through. Never a fault of the data.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The book does not add up: a fault of the program.
    #[error(transparent)]
    Imbalance(#[from] Imbalance),
    /// What does not fit into memory could not be put on disk or read from there.
    #[error(transparent)]
    Disk(#[from] DiskError),
}
