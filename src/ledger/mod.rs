//! The office folder's memory: runs, inputs, proposals, and what was last sent.
//!
//! SQLite in one file, written by one process at a time. A sending is *intended* here, on
//! disk, before a byte of it leaves; what became of it is entered when it is known, and what
//! is not known stays intended until somebody has asked the service.
//!
//! Events hold counts and codes, never the content of a row. Bodies of items are kept,
//! because the way back needs them; the ledger belongs to the owner of the rows.

pub mod schema;
pub mod runs;
pub mod proposals;
pub mod sendings;
pub mod kept;
pub mod staged;
pub mod locks;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::disk;

pub use kept::{Keeping, Kept};
pub use locks::LockedMonth;
pub use proposals::{NewProposal, Part, ProposalState, SavedProposal, Side};
pub use runs::RunId;
pub use sendings::{Intent, Sending, Sent, Settled};

/// The memory of one office folder.
#[derive(Debug)]
pub struct Ledger {
    connection: Connection,
}

/// The ledger could not be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The database did not do what it was asked.
    #[error("台帳 `{path}` を使えません: {source}")]
    Database {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// A newer program has written it.
    #[error(
        "台帳 `{path}` は新しい版の rakuwing で作られています。新しい版の rakuwing を使ってください"
    )]
    TooNew {
        /// The file.
        path: PathBuf,
    },
    /// It is damaged: nothing in it can be trusted.
    #[error("台帳 `{path}` が壊れています。控えから戻すか、問い合わせてください")]
    Damaged {
        /// The file.
        path: PathBuf,
    },
}

/// So many pages (16 MB) wait beside the database before they are moved into it. The usual
/// four megabytes make a long registration wait for that again and again.
const CHECKPOINT_PAGES: i64 = 4096;

impl Ledger {
    /// Opens the ledger, making or updating its tables.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let wrong = |source| LedgerError::Database {
            path: path.to_owned(),
            source,
        };
        let connection = Connection::open(path).map_err(wrong)?;
        connection
            .pragma_update(None, "journal_mode", "WAL")
            .map_err(|error| match error.sqlite_error_code() {
                Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => {
                    LedgerError::Damaged {
                        path: path.to_owned(),
                    }
                }
                _ => wrong(error),
            })?;
        connection
            .pragma_update(None, "synchronous", "FULL")
            .map_err(wrong)?;
        connection
            .pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)
            .map_err(wrong)?;
        connection
            .pragma_update(None, "foreign_keys", true)
            .map_err(wrong)?;
        refuse_damaged(&connection, path)?;
        schema::migrate(&connection, path)?;
        Ok(Self { connection })
    }

    /// Opens the ledger to look, while another process may write it. Only where it is not
    /// there yet, or is older than this program, its tables are made or updated.
    pub fn look(path: &Path) -> Result<Self, LedgerError> {
        if !disk::exists(path) {
            return Self::open(path);
        }
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .map_err(|source| LedgerError::Database {
                path: path.to_owned(),
                source,
            })?;
        refuse_damaged(&connection, path)?;
        if schema::is_older(&connection, path)? {
            return Self::open(path);
        }
        Ok(Self { connection })
    }

    /// Ties a database error to this ledger's file.
    fn failed(&self) -> impl Fn(rusqlite::Error) -> LedgerError + use<> {
        let path = self.connection.path().unwrap_or_default().into();
        move |source| LedgerError::Database {
            path: PathBuf::clone(&path),
            source,
        }
    }
}

/// A ledger in which SQLite finds a fault is not read at all.
fn refuse_damaged(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let damaged = || LedgerError::Damaged {
        path: path.to_owned(),
    };
    let sound: String = connection
        .pragma_query_value(None, "quick_check", |row| row.get(0))
        .map_err(|source| match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => {
                damaged()
            }
            _ => LedgerError::Database {
                path: path.to_owned(),
                source,
            },
        })?;
    if sound == "ok" {
        Ok(())
    } else {
        Err(damaged())
    }
}
