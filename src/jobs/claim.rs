//! One process at a time in an office folder.
//!
//! The lock itself is the operating system's and goes with the process, however that ends: a
//! lock file that stays behind is no lock. Beside it lies a note of who holds it, for the
//! message to the one who has to wait. Nothing else relies on the note: it may be missing, or
//! be left over from a process that died.

use std::path::PathBuf;

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::disk::{self, Lock};
use crate::error::{Error, Refusal};

use super::folder::Folder;

/// The right to work in a folder, until it is dropped.
#[derive(Debug)]
pub struct Claim {
    // In this order: a note without its lock would speak of somebody who has left.
    _note: Note,
    _lock: Lock,
}

/// Takes the right to work in a folder, or says at once who has it.
pub fn claim(folder: &Folder, command: &str, now: DateTime<FixedOffset>) -> Result<Claim, Error> {
    let Some(lock) = disk::lock(&folder.lock())? else {
        return Err(Refusal::Busy(read(folder).unwrap_or_default()).into());
    };
    let holder = Holder {
        command: command.to_owned(),
        since: now.to_rfc3339(),
        process: std::process::id(),
    };
    Ok(Claim {
        _note: Note::write(folder.lock_holder(), &holder),
        _lock: lock,
    })
}

/// Who holds the lock.
#[derive(Debug, Serialize, Deserialize)]
struct Holder {
    command: String,
    /// As RFC 3339.
    since: String,
    process: u32,
}

/// The holder in words; nothing where no note can be read.
fn read(folder: &Folder) -> Option<String> {
    let bytes = disk::read(&folder.lock_holder()).ok()?;
    let holder: Holder = serde_json::from_slice(&bytes).ok()?;
    Some(format!(
        "({} から {}、プロセス番号 {})",
        clock::in_words(&holder.since)?,
        holder.command,
        holder.process
    ))
}

/// A note on the disk, as long as it is true.
#[derive(Debug)]
struct Note(PathBuf);

impl Note {
    /// A note that cannot be written makes a message poorer and stops nothing.
    fn write(path: PathBuf, holder: &Holder) -> Self {
        let text = serde_json::to_vec(holder).expect("words and a number are JSON");
        if let Err(error) = disk::jot(&path, &text) {
            tracing::debug!(%error, "no note of who holds the lock");
        }
        Self(path)
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        if let Err(error) = disk::remove(&self.0) {
            tracing::debug!(%error, "the note of who held the lock stays");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::at(place.path());
        folder.make().unwrap();
        (place, folder)
    }

    fn claimed(folder: &Folder, command: &str) -> Result<Claim, Error> {
        let now = DateTime::parse_from_rfc3339("2026-11-01T09:05:00+09:00").unwrap();
        claim(folder, command, now)
    }

    #[test]
    fn whoever_comes_second_is_told_who_is_at_work_and_since_when() {
        let (_place, folder) = folder();
        let first = claimed(&folder, "plan").unwrap();
        let told = claimed(&folder, "basics").unwrap_err().to_string();
        let since = format!(
            "2026年11月1日 9:05 から plan、プロセス番号 {}",
            std::process::id()
        );
        assert!(told.contains(&since), "{told}");
        drop(first);
        claimed(&folder, "basics").unwrap();
    }

    #[test]
    fn a_note_that_is_gone_damaged_or_left_over_decides_nothing() {
        let (_place, folder) = folder();
        let first = claimed(&folder, "plan").unwrap();
        disk::write(&folder.lock_holder(), b"{\"command\":").unwrap();
        let told = claimed(&folder, "basics").unwrap_err().to_string();
        assert!(told.contains("ほかの rakuwing が動いています。"), "{told}");
        disk::remove(&folder.lock_holder()).unwrap();
        claimed(&folder, "basics").unwrap_err();
        drop(first);
        assert!(
            disk::exists(&folder.lock()),
            "the file stays, the lock does not"
        );
        disk::write(&folder.lock_holder(), b"left over").unwrap();
        drop(claimed(&folder, "basics").unwrap());
        assert!(!disk::exists(&folder.lock_holder()));
    }
}
