//! The office folder's memory: runs, inputs, proposals, and what was last sent.
//!
//! SQLite in one file, written by one process at a time. A sending is *intended* here, on
//! disk, before a byte of it leaves; what became of it is entered when it is known, and what
//! is not known stays intended until somebody has asked the service.
//!
//! Events hold counts and codes, never the content of a row. Bodies of items are kept,
//! because the way back needs them, and so are the names of those who are still open in a
//! month, because nobody may be forgotten; the ledger belongs to the owner of the rows.
//!
//! A ledger that is damaged, gone, or another folder's is refused before anything is read
//! from it, and left as it was found. One that lies as this program left it today is not
//! checked whole again ([`stamp`]); what is read of it is.

pub mod schema;
pub mod sound;
pub mod identity;
pub mod stamp;
pub mod runs;
pub mod proposals;
pub mod sendings;
pub mod kept;
pub mod staged;
pub mod told;
pub mod corrections;
pub mod open_rows;
pub mod exclusions;
pub mod locks;
pub mod still_open;
pub mod lineage;

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::disk::{self, DiskError};

use identity::Marker;
use stamp::{Closing, Left, Moment};

pub use corrections::Correction;
pub use exclusions::{Exclusion, RowKey};
pub use identity::put_aside;
pub use kept::{Keeping, Kept};
pub use lineage::LastSent;
pub use locks::LockedMonth;
pub use open_rows::OpenFile;
pub use proposals::{NewProposal, Part, ProposalState, SavedProposal, Side};
pub use runs::RunId;
pub use sendings::{Intent, Sending, SentVersion, Settled};
pub use still_open::{Happened, OpenLine};
pub use told::Told;

/// The memory of one office folder.
#[derive(Debug)]
pub struct Ledger {
    // In this order: the note says how the ledger was left when it was closed.
    connection: Connection,
    closing: Closing,
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
    #[error("台帳 `{path}` が壊れています。何も送っていません。\n{WAY_ON}")]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// It was trusted, and what was read of it is damaged.
    #[error(
        "台帳 `{path}` が壊れていることが、途中で分かりました。ここまでに送ったものは Care-wing にあり、二重には登録されません。\n{WAY_ON}"
    )]
    FoundDamaged {
        /// The file.
        path: PathBuf,
    },
    /// There was one, and nothing is left of it.
    #[error(
        "台帳 `{path}` の中身がなくなっています(前は台帳がありました)。何も送っていません。\n{WAY_ON}"
    )]
    Lost {
        /// The file.
        path: PathBuf,
    },
    /// It is not the one that belongs to the folder.
    #[error(
        "台帳 `{path}` は、このフォルダーの台帳ではありません(ほかの台帳で上書きされたようです)。何も送っていません。\n{WAY_ON}"
    )]
    Another {
        /// The file.
        path: PathBuf,
    },
    /// A file of the ledger's.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// What a clerk can do about a ledger that cannot be used. The whole folder, because the log
/// beside a ledger of another day would spoil it.
const WAY_ON: &str = "控えがあれば、`.rakuwing` フォルダーを丸ごと控えと入れ替えてください。\n\
     控えがなければ、`rakuwing connect --new-ledger` で新しい台帳から始められます(何が変わるかは `rakuwing connect --help`)";

impl LedgerError {
    /// Ties an error of SQLite to the ledger's file, before anything was done with it.
    fn database(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Damaged { path },
            _ => Self::Database { path, source },
        }
    }

    /// Whether nothing but another ledger helps.
    pub fn is_beyond_use(&self) -> bool {
        match self {
            Self::Damaged { .. }
            | Self::FoundDamaged { .. }
            | Self::Lost { .. }
            | Self::Another { .. } => true,
            Self::Database { .. } | Self::TooNew { .. } | Self::Disk(_) => false,
        }
    }
}

/// So many pages (16 MB) wait beside the database before they are moved into it. The usual
/// four megabytes make a long registration wait for that again and again.
const CHECKPOINT_PAGES: i64 = 4096;

/// A connection that only reads. No connection is used by two threads at once, so none needs to
/// lock itself for each cell.
const ONLY_READ: OpenFlags =
    OpenFlags::SQLITE_OPEN_READ_ONLY.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

impl Ledger {
    /// Opens the ledger after a whole check, making or updating its tables.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        Self::begin(path, Trust::Nothing)
    }

    /// The same; when it is closed, it is known that it was checked now.
    pub fn open_checked(path: &Path, now: Moment) -> Result<Self, LedgerError> {
        Self::begin(path, Trust::CheckedNow(now))
    }

    /// Opens the ledger, making or updating its tables. The whole check is made where the
    /// ledger is not as it was left, and once a day.
    pub fn open_as_left(path: &Path, now: Moment) -> Result<Self, LedgerError> {
        Self::begin(path, Trust::of(path, now))
    }

    fn begin(path: &Path, trust: Trust) -> Result<Self, LedgerError> {
        let wrong = |source| LedgerError::database(path, source);
        let marker = Marker::read(path)?;
        identity::refuse_lost(path, &marker)?;
        let connection = Connection::open(path).map_err(wrong)?;
        // A ledger that is refused stays as it was found: closing it would write the log
        // into it and delete the log.
        let keep_the_log = |keep| {
            connection
                .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep)
                .map(drop)
                .map_err(wrong)
        };
        keep_the_log(true)?;
        judge(&connection, path, &marker, trust)?;
        keep_the_log(false)?;
        stamp::take_away(path)?;
        connection
            .pragma_update(None, "journal_mode", "WAL")
            .map_err(wrong)?;
        connection
            .pragma_update(None, "synchronous", "FULL")
            .map_err(wrong)?;
        connection
            .pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)
            .map_err(wrong)?;
        connection
            .pragma_update(None, "foreign_keys", true)
            .map_err(wrong)?;
        schema::migrate(&connection, path)?;
        // Now that it is on disk.
        if let Some(id) = identity::id(&connection).map_err(wrong)? {
            marker.write(path, &id)?;
        }
        Ok(Self {
            closing: Closing::of(path, trust.checked(), trust.left()),
            connection,
        })
    }

    /// Opens the ledger after a whole check to look, while another process may write it. Only
    /// where it is not there yet, or is older than this program, its tables are made or updated.
    pub fn look(path: &Path) -> Result<Self, LedgerError> {
        Self::begin_to_look(path, Trust::Nothing)
    }

    /// The same; the whole check is made where the ledger is not as it was left, and once a day.
    pub fn look_as_left(path: &Path, now: Moment) -> Result<Self, LedgerError> {
        Self::begin_to_look(path, Trust::of(path, now))
    }

    fn begin_to_look(path: &Path, trust: Trust) -> Result<Self, LedgerError> {
        if !disk::exists(path) {
            return Self::begin(path, trust);
        }
        let marker = Marker::read(path)?;
        identity::refuse_lost(path, &marker)?;
        let connection = Connection::open_with_flags(path, ONLY_READ)
            .map_err(|source| LedgerError::database(path, source))?;
        judge(&connection, path, &marker, trust)?;
        if schema::is_older(&connection, path)? {
            return Self::begin(path, trust);
        }
        Ok(Self {
            connection,
            // Whoever writes meanwhile says how it is left.
            closing: Closing::of(path, None, None),
        })
    }

    /// The same ledger once more, to be read on another thread. It was judged already.
    pub fn beside(&self) -> Result<Self, LedgerError> {
        let path = self.connection.path().unwrap_or_default();
        let connection = Connection::open_with_flags(path, ONLY_READ);
        Ok(Self {
            connection: connection.map_err(self.failed())?,
            closing: self.closing.beside(),
        })
    }

    /// Enters several things at once: all of them or none, and the disk is waited for once.
    pub fn at_once<E: From<LedgerError>>(
        &self,
        enter: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let failed = self.failed();
        let transaction = self.connection.unchecked_transaction();
        let transaction = transaction.map_err(&failed)?;
        enter()?;
        Ok(transaction.commit().map_err(&failed)?)
    }

    /// Ties a database error to this ledger's file.
    fn failed(&self) -> impl Fn(rusqlite::Error) -> LedgerError + use<> {
        let path: PathBuf = self.connection.path().unwrap_or_default().into();
        let doubt = self.closing.doubt();
        move |source| match LedgerError::database(&path, source) {
            LedgerError::Damaged { path } => {
                doubt.raise(&path);
                LedgerError::FoundDamaged { path }
            }
            error => error,
        }
    }
}

/// How much of a ledger is believed before it is read.
#[derive(Debug, Clone, Copy)]
enum Trust {
    /// Nothing; and nobody says when it was checked.
    Nothing,
    /// Nothing; it is checked now.
    CheckedNow(Moment),
    /// All: it lies as it was left.
    AsLeft(Left),
}

impl Trust {
    fn of(path: &Path, now: Moment) -> Self {
        stamp::left(path, now).map_or(Self::CheckedNow(now), Self::AsLeft)
    }

    fn checked(self) -> Option<Moment> {
        match self {
            Self::Nothing => None,
            Self::CheckedNow(moment) => Some(moment),
            Self::AsLeft(left) => Some(left.checked),
        }
    }

    fn left(self) -> Option<Left> {
        match self {
            Self::Nothing | Self::CheckedNow(_) => None,
            Self::AsLeft(left) => Some(left),
        }
    }
}

/// Refuses a ledger that is damaged, or not the one that belongs here.
fn judge(
    connection: &Connection,
    path: &Path,
    marker: &Marker,
    trust: Trust,
) -> Result<(), LedgerError> {
    match trust {
        Trust::Nothing | Trust::CheckedNow(_) => sound::refuse_damaged(connection, path)?,
        Trust::AsLeft(_) => drop(schema::is_older(connection, path)?),
    }
    let failed = |source| LedgerError::database(path, source);
    if !schema::has(connection, "identity").map_err(failed)? {
        // An older program has made it, or nobody yet. With any table it is taken as it is,
        // and gets its id: it may be a copy that somebody has brought back.
        return match (marker, schema::has(connection, "runs").map_err(failed)?) {
            (Marker::Id(_) | Marker::Unreadable, false) => Err(identity::lost(path)),
            (Marker::Absent, _) | (_, true) => Ok(()),
        };
    }
    match identity::id(connection).map_err(failed)? {
        Some(id) => identity::refuse_another(path, marker, &id),
        None => Err(LedgerError::Damaged {
            path: path.to_owned(),
        }),
    }
}
