//! A town's 単位数表マスタ becomes entries of the office's own list of service codes.
//!
//! In: rows of the master (CSV, 19 or 24 columns, with headers or without) and the own list
//! as it stands. Out: the list as it will stand, and what became of every row. What the
//! master does not say is asked about, never guessed: such a row is not taken.
//!
//! A code is taken whole or not at all: part of its periods would give a month the meaning of
//! another one. Other codes are not touched by it, because a code that no list knows is
//! asked about when it is planned (P411).

pub mod damage;
pub mod account;
pub mod row;
pub mod master;
pub mod class;
pub mod periods;
pub mod list;

use std::path::PathBuf;

pub use account::{Account, Cause, Fate, Remark, Sums};
pub use list::OwnList;
pub use master::Master;
pub use row::{Entry, Per, Refused};

use crate::read::ReadError;

/// A master that cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum CodesError {
    /// The file could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file is a workbook.
    #[error("`{0}` は CSV ではありません。市町村が配る CSV のまま指定してください")]
    NotText(PathBuf),
    /// The header line lacks columns.
    #[error(
        "`{path}` の見出しに{missing}がありません。見出しの名前が違うときは mappings/standard/unit_prices.toml に加えてください"
    )]
    MissingColumns {
        /// The file.
        path: PathBuf,
        /// Their headers.
        missing: String,
    },
    /// There is no header line, and the number of columns is none that is known.
    #[error("`{path}` の列は {width} 個です。見出しのない単位数表マスタは {known} 列です")]
    UnknownForm {
        /// The file.
        path: PathBuf,
        /// How many columns it has.
        width: usize,
        /// How many it may have.
        known: String,
    },
    /// Nothing but a header, or less.
    #[error("`{0}` に行がありません")]
    NoRows(PathBuf),
}
