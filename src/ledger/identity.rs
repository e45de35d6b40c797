//! Which ledger this is, said twice: inside it and in a small file beside it.
//!
//! A ledger that was cut to nothing looks like one that was never made, and so does a folder
//! that was restored without it. The file beside it is written only after the ledger is on
//! disk; so whoever finds the file without the ledger knows that something was lost, and a
//! process that dies while it makes the very first ledger leaves no false alarm.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _};

use crate::disk;

use super::LedgerError;

/// The name of the file beside the ledger.
const FILE: &str = "ledger-id";

/// How many hexadecimal digits an id has.
const DIGITS: usize = 32;

/// What stands beside a ledger of its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marker {
    /// Nothing: there was no ledger yet, or an older program has made it.
    Absent,
    /// A file that holds no id; it says that there was a ledger, and not which.
    Unreadable,
    /// The id of the ledger that belongs here.
    Id(String),
}

impl Marker {
    /// Reads the file beside a ledger.
    pub fn read(ledger: &Path) -> Result<Self, LedgerError> {
        let Some(bytes) = disk::read_if_there(&file(ledger))? else {
            return Ok(Self::Absent);
        };
        let text = String::from_utf8_lossy(&bytes).trim().to_owned();
        let is_id = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        Ok(if is_id {
            Self::Id(text)
        } else {
            Self::Unreadable
        })
    }

    /// Writes the id of a ledger beside it, where it does not stand there yet. The ledger
    /// itself must be on disk before.
    pub fn write(&self, ledger: &Path, id: &str) -> Result<(), LedgerError> {
        match self {
            Self::Id(there) if there == id => Ok(()),
            Self::Id(_) | Self::Unreadable | Self::Absent => {
                Ok(disk::write(&file(ledger), id.as_bytes())?)
            }
        }
    }
}

/// Refuses a ledger of which no byte is left though there must have been some. To be asked
/// before SQLite opens it: SQLite throws away the log (`-wal`) of an empty file.
pub fn refuse_lost(ledger: &Path, marker: &Marker) -> Result<(), LedgerError> {
    let length = |path: &Path| disk::length(path).map(Option::unwrap_or_default);
    if length(ledger)? == 0 && (*marker != Marker::Absent || length(&beside(ledger, WAL))? > 0) {
        return Err(lost(ledger));
    }
    Ok(())
}

/// Whether nothing waits in the log beside a ledger.
pub fn has_no_log(ledger: &Path) -> bool {
    matches!(disk::length(&beside(ledger, WAL)), Ok(None | Some(0)))
}

/// There was a ledger, and nothing is left of it.
pub fn lost(ledger: &Path) -> LedgerError {
    LedgerError::Lost {
        path: ledger.to_owned(),
    }
}

/// Refuses a ledger that bears another id than the one that belongs here.
pub fn refuse_another(ledger: &Path, marker: &Marker, id: &str) -> Result<(), LedgerError> {
    match marker {
        Marker::Id(own) if own != id => Err(LedgerError::Another {
            path: ledger.to_owned(),
        }),
        Marker::Id(_) | Marker::Unreadable | Marker::Absent => Ok(()),
    }
}

/// The id inside a ledger; `None` where the row is gone.
pub fn id(connection: &Connection) -> Result<Option<String>, rusqlite::Error> {
    connection
        .query_row("SELECT id FROM identity", [], |row| row.get(0))
        .optional()
}

/// Puts a ledger that cannot be used aside, with all that stands beside it, under a name
/// that bears the time. Nothing is deleted; gives where it is now, if there was one.
pub fn put_aside(ledger: &Path, stamp: &str) -> Result<Option<PathBuf>, LedgerError> {
    let folder = ledger.parent().unwrap_or(Path::new("."));
    let named = |twin: &str| folder.join(format!("ledger-{stamp}{twin}.sqlite"));
    let is_taken = |aside: &Path| {
        disk::exists(&file_of(aside)) || ENDINGS.iter().any(|end| disk::exists(&beside(aside, end)))
    };
    let (mut aside, mut number) = (named(""), 1);
    while is_taken(&aside) {
        number += 1;
        aside = named(&format!("-{number}"));
    }
    let there = disk::exists(ledger);
    for ending in ENDINGS {
        let from = beside(ledger, ending);
        if disk::exists(&from) {
            disk::rename(&from, &beside(&aside, ending))?;
        }
    }
    // The last step: until it is done, whoever opens the folder is told that the ledger is gone.
    if disk::exists(&file(ledger)) {
        disk::rename(&file(ledger), &file_of(&aside))?;
    }
    Ok(there.then_some(aside))
}

/// SQLite's log of what was written last.
const WAL: &str = "-wal";

/// What SQLite adds to the name of a database for the files beside it; first the file itself.
const ENDINGS: [&str; 4] = ["", WAL, "-shm", "-journal"];

fn beside(ledger: &Path, ending: &str) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn file(ledger: &Path) -> PathBuf {
    ledger.with_file_name(FILE)
}

/// Where the id of a ledger that was put aside goes.
fn file_of(aside: &Path) -> PathBuf {
    aside.with_extension("id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Ledger;

    fn place() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        (folder, path)
    }

    #[test]
    fn a_new_ledger_and_the_file_beside_it_bear_one_id() {
        let (_folder, path) = place();
        let ledger = Ledger::open(&path).unwrap();
        let inside = id(&ledger.connection).unwrap().unwrap();
        assert_eq!(Marker::read(&path).unwrap(), Marker::Id(inside));
    }

    #[test]
    fn a_first_ledger_that_was_never_finished_is_made_anew() {
        let (_folder, path) = place();
        for bytes in [None, Some(b"")] {
            if let Some(bytes) = bytes {
                disk::write(&path, bytes).unwrap();
            }
            drop(Ledger::open(&path).unwrap());
            disk::remove(&path).unwrap();
            disk::remove(&file(&path)).unwrap();
        }
    }

    #[test]
    fn a_ledger_that_is_gone_or_empty_is_lost_and_stays_as_it_is() {
        for left in [None, Some(b"")] {
            let (_folder, path) = place();
            drop(Ledger::open(&path).unwrap());
            disk::remove(&path).unwrap();
            if let Some(bytes) = left {
                disk::write(&path, bytes).unwrap();
            }
            for open in [Ledger::look, Ledger::open] {
                assert!(matches!(open(&path), Err(LedgerError::Lost { .. })));
            }
            assert_eq!(disk::exists(&path), left.is_some());
        }
    }

    /// A database without a table is what is left where only the log held them.
    #[test]
    fn a_ledger_without_a_table_is_lost() {
        let (_folder, path) = place();
        drop(Ledger::open(&path).unwrap());
        disk::remove(&path).unwrap();
        let empty = Connection::open(&path).unwrap();
        empty.pragma_update(None, "journal_mode", "WAL").unwrap();
        drop(empty);
        assert!(disk::length(&path).unwrap() > Some(0));
        for open in [Ledger::look, Ledger::open] {
            assert!(matches!(open(&path), Err(LedgerError::Lost { .. })));
        }
    }

    #[test]
    fn a_log_without_its_ledger_is_not_thrown_away() {
        let (_folder, path) = place();
        disk::write(&path, b"").unwrap();
        disk::write(&beside(&path, WAL), b"log").unwrap();
        assert!(matches!(Ledger::open(&path), Err(LedgerError::Lost { .. })));
        assert_eq!(disk::read(&beside(&path, WAL)).unwrap(), b"log");
    }

    #[test]
    fn a_ledger_of_another_folder_is_refused() {
        let ((_here, here), (_there, there)) = (place(), place());
        drop(Ledger::open(&here).unwrap());
        drop(Ledger::open(&there).unwrap());
        disk::write(&here, &disk::read(&there).unwrap()).unwrap();
        for open in [Ledger::look, Ledger::open] {
            assert!(matches!(open(&here), Err(LedgerError::Another { .. })));
        }
    }

    #[test]
    fn a_file_beside_it_that_is_gone_or_holds_no_id_is_written_again() {
        let (_folder, path) = place();
        drop(Ledger::open(&path).unwrap());
        let marker = Marker::read(&path).unwrap();
        disk::remove(&file(&path)).unwrap();
        drop(Ledger::open(&path).unwrap());
        assert_eq!(Marker::read(&path).unwrap(), marker);
        disk::write(&file(&path), b"\0\0\0").unwrap();
        drop(Ledger::look(&path).unwrap());
        assert_eq!(Marker::read(&path).unwrap(), Marker::Unreadable);
        drop(Ledger::open(&path).unwrap());
        assert_eq!(Marker::read(&path).unwrap(), marker);
    }

    #[test]
    fn what_is_put_aside_keeps_its_bytes_and_leaves_room_for_a_new_one() {
        let (folder, path) = place();
        assert_eq!(put_aside(&path, "now").unwrap(), None);
        let mut earlier = Vec::new();
        for name in ["ledger-now.sqlite", "ledger-now-2.sqlite"] {
            drop(Ledger::open(&path).unwrap());
            disk::write(&beside(&path, WAL), name.as_bytes()).unwrap();
            let bytes = disk::read(&path).unwrap();
            let aside = put_aside(&path, "now").unwrap().unwrap();
            assert_eq!(aside, folder.path().join(name));
            earlier.push((aside, bytes));
        }
        for (aside, bytes) in &earlier {
            assert_eq!(disk::read(aside).unwrap(), *bytes);
            let log = disk::read(&beside(aside, WAL)).unwrap();
            assert!(aside.ends_with(String::from_utf8(log).unwrap()));
            assert!(disk::exists(&file_of(aside)));
        }
        assert_eq!(disk::files(folder.path()).unwrap().len(), 6);
    }
}
