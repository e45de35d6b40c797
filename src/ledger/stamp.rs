//! A note beside the ledger: how this program left it, and when it was last checked whole.
//!
//! To hold years of what was sent against its digests takes longer than most commands take.
//! So the whole check is made where somebody else may have written: where the file has another
//! length or time than it had when this program closed it, where its log (`-wal`) holds
//! something, where there is no note, and once a day in any case. The note is taken away
//! before a ledger is written and comes back when it was closed; a process that dies leaves
//! none. Nobody misses a note that is lost: without it, everything is checked.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use chrono::{DateTime, FixedOffset, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::disk::{self, DiskError, Imprint};

use super::identity;

/// The name of the note.
const FILE: &str = "ledger-stamp";

/// So long after a whole check the next one is due.
const DUE: TimeDelta = TimeDelta::days(1);

/// The time, as it was handed in.
pub type Moment = DateTime<FixedOffset>;

/// What the note says.
#[derive(Debug, Serialize, Deserialize)]
struct Stamp {
    /// How the ledger was left.
    left: Imprint,
    /// When it was last checked whole (RFC 3339).
    checked: String,
}

/// How a ledger was left that lies so still.
#[derive(Debug, Clone, Copy)]
pub struct Left {
    /// When it was last checked whole.
    pub checked: Moment,
    imprint: Imprint,
}

/// How a ledger was left; nothing where it does not lie so any more, or the check is due.
pub fn left(ledger: &Path, now: Moment) -> Option<Left> {
    let bytes = disk::read(&file(ledger)).ok()?;
    let stamp: Stamp = serde_json::from_slice(&bytes).ok()?;
    let checked = DateTime::parse_from_rfc3339(&stamp.checked).ok()?;
    let since = now.signed_duration_since(checked);
    let is_recent = since >= TimeDelta::zero() && since <= DUE;
    let as_left = disk::imprint(ledger) == Some(stamp.left) && identity::has_no_log(ledger);
    (is_recent && as_left).then_some(Left {
        checked,
        imprint: stamp.left,
    })
}

/// Takes the note away: from now on the ledger may be written.
pub fn take_away(ledger: &Path) -> Result<(), DiskError> {
    disk::remove(&file(ledger))
}

/// Leaves the note when the ledger is closed. To be dropped after the connection.
#[derive(Debug)]
pub struct Closing {
    ledger: PathBuf,
    /// When it was last checked whole; without it no note is left.
    checked: Option<Moment>,
    /// How it lay when it was opened, if it was as it had been left.
    before: Option<Imprint>,
    doubt: Doubt,
}

/// Whether damage was found in a ledger while it was read.
#[derive(Debug, Clone, Default)]
pub struct Doubt(Arc<AtomicBool>);

impl Doubt {
    /// Something is damaged: whoever opens the ledger next checks it whole.
    pub fn raise(&self, ledger: &Path) {
        self.0.store(true, Ordering::Relaxed);
        if let Err(error) = take_away(ledger) {
            tracing::warn!(%error, "the note beside a damaged ledger stays");
        }
    }
}

impl Closing {
    /// For a ledger that was last checked then.
    pub fn of(ledger: &Path, checked: Option<Moment>, left: Option<Left>) -> Self {
        Self {
            ledger: ledger.to_owned(),
            checked,
            before: left.map(|left| left.imprint),
            doubt: Doubt::default(),
        }
    }

    /// For another connection to the same ledger that only reads: it leaves no note, and what
    /// it finds damaged counts here as well.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self {
            ledger: self.ledger.clone(),
            checked: None,
            before: None,
            doubt: self.doubt(),
        }
    }

    /// Where damage is said that shows later.
    pub fn doubt(&self) -> Doubt {
        self.doubt.clone()
    }

    fn leave(&self, checked: Moment) -> Result<(), DiskError> {
        if disk::imprint(&self.ledger) != self.before {
            disk::set_back(&self.ledger)?;
        }
        let Some(left) = disk::imprint(&self.ledger) else {
            return Ok(());
        };
        let stamp = Stamp {
            left,
            checked: checked.to_rfc3339(),
        };
        let text = serde_json::to_vec(&stamp).expect("numbers and a word are JSON");
        disk::jot(&file(&self.ledger), &text)
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        // A log that holds something was not merged: another process reads, or closing failed.
        let was_closed = !thread::panicking()
            && !self.doubt.0.load(Ordering::Relaxed)
            && identity::has_no_log(&self.ledger);
        if let Some(checked) = self.checked.filter(|_| was_closed)
            && let Err(error) = self.leave(checked)
        {
            tracing::debug!(%error, "no note of how the ledger was left");
        }
    }
}

fn file(ledger: &Path) -> PathBuf {
    ledger.with_file_name(FILE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Ledger, LedgerError, Sending, Settled};

    fn day(day: u32, hour: u32) -> Moment {
        let text = format!("2026-11-{day:02}T{hour:02}:00:00+09:00");
        DateTime::parse_from_rfc3339(&text).unwrap()
    }

    /// A ledger with a body of several pages, closed on the first day at nine.
    fn ledger(folder: &Path) -> PathBuf {
        let path = folder.join("ledger.sqlite");
        let mut ledger = Ledger::open_as_left(&path, day(1, 9)).unwrap();
        let run = ledger.begin_run("basics", None, "now").unwrap();
        let body = vec![b'b'; 40_000];
        let sending = Sending {
            key: "k",
            body: &body,
            digest: &disk::Digest::of(&body),
            source: b"",
            made_from: None,
        };
        let intent = ledger.intend(run, "clients", &[sending]).unwrap().remove(0);
        let revision = "r1".to_owned();
        ledger
            .settle(&[(intent, Settled::Accepted { revision })])
            .unwrap();
        drop(ledger);
        path
    }

    const PAGE: usize = 4096;

    /// Spoils the middle of the body.
    fn spoiled(path: &Path) -> Vec<u8> {
        let mut bytes = disk::read(path).unwrap();
        let pages = (bytes.chunks(PAGE).enumerate())
            .filter(|(_, page)| page[4..].iter().all(|byte| *byte == b'b'));
        let at = pages.map(|(page, _)| page).nth(3).unwrap() * PAGE;
        bytes[at + 100..at + 200].fill(b'c');
        bytes
    }

    /// The same, so that the disk does not tell: as a disk that forgets.
    fn rot(path: &Path) {
        let stamp = disk::read(&file(path)).unwrap();
        let bytes = spoiled(path);
        disk::write(path, &bytes).unwrap();
        let mut stamp: Stamp = serde_json::from_slice(&stamp).unwrap();
        stamp.left = disk::imprint(path).unwrap();
        disk::write(&file(path), &serde_json::to_vec(&stamp).unwrap()).unwrap();
    }

    fn refused(path: &Path, now: Moment) -> bool {
        [Ledger::look_as_left, Ledger::open_as_left]
            .map(|open| matches!(open(path, now), Err(LedgerError::Damaged { .. })))
            == [true; 2]
    }

    #[test]
    fn a_ledger_that_lies_as_it_was_left_is_not_checked_whole_for_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let path = ledger(folder.path());
        assert_eq!(left(&path, day(1, 10)).unwrap().checked, day(1, 9));
        rot(&path);
        drop(Ledger::look_as_left(&path, day(1, 10)).unwrap());
        drop(Ledger::open_as_left(&path, day(2, 9)).unwrap());
        // To open it was no whole check, so a day is over since the last one.
        assert!(refused(&path, day(2, 10)));
        assert!(
            !refused(&path, day(1, 10)),
            "what is refused stays as it is"
        );
        assert!(refused(&path, day(1, 8)), "a check that is to come");
        assert!(Ledger::open(&path).is_err(), "nothing is believed");
    }

    #[test]
    fn what_was_spoiled_since_it_was_left_is_found() {
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let path = ledger(folder.path());
            // At once, and with as many bytes.
            disk::write(&path, &spoiled(&path)).unwrap();
            assert!(refused(&path, day(1, 9)));
        }
    }

    #[test]
    fn a_note_that_is_gone_or_says_nothing_leads_to_a_whole_check() {
        for note in [None, Some("".as_bytes()), Some(b"{}"), Some(b"\0\xff")] {
            let folder = tempfile::tempdir().unwrap();
            let path = ledger(folder.path());
            rot(&path);
            match note {
                Some(bytes) => disk::write(&file(&path), bytes).unwrap(),
                None => disk::remove(&file(&path)).unwrap(),
            }
            assert!(refused(&path, day(1, 10)), "{note:?}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = ledger(folder.path());
        rot(&path);
        let note = disk::read(&file(&path)).unwrap();
        for length in 0..note.len() {
            disk::write(&file(&path), &note[..length]).unwrap();
            assert!(refused(&path, day(1, 10)), "{length}");
        }
    }

    #[test]
    fn a_log_that_holds_something_leads_to_a_whole_check() {
        let folder = tempfile::tempdir().unwrap();
        let path = ledger(folder.path());
        let log = folder.path().join("ledger.sqlite-wal");
        disk::write(&log, b"").unwrap();
        assert!(left(&path, day(1, 10)).is_some());
        disk::write(&log, b"something").unwrap();
        assert!(left(&path, day(1, 10)).is_none());
    }

    #[test]
    fn while_it_may_be_written_there_is_no_note() {
        let folder = tempfile::tempdir().unwrap();
        let path = ledger(folder.path());
        let open = Ledger::open_as_left(&path, day(1, 10)).unwrap();
        assert!(!disk::exists(&file(&path)));
        let looking = Ledger::look_as_left(&path, day(1, 10)).unwrap();
        drop(looking);
        assert!(!disk::exists(&file(&path)), "who looks leaves none");
        drop(open);
        assert!(left(&path, day(1, 11)).is_some());
    }

    #[test]
    fn the_time_of_a_ledger_that_nobody_has_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = ledger(folder.path());
        let before = disk::imprint(&path).unwrap();
        drop(Ledger::open_as_left(&path, day(1, 10)).unwrap());
        assert_eq!(disk::imprint(&path), Some(before));
        assert!(left(&path, day(1, 11)).is_some());
    }

    #[test]
    fn who_reads_what_is_spoiled_is_told_and_so_is_everybody_after() {
        let folder = tempfile::tempdir().unwrap();
        let path = ledger(folder.path());
        for open in [Ledger::look_as_left, Ledger::open_as_left] {
            disk::write(&path, &disk::read(&path).unwrap()).unwrap();
            drop(Ledger::open_as_left(&path, day(1, 10)).unwrap());
            let whole = disk::read(&path).unwrap();
            rot(&path);
            let ledger = open(&path, day(1, 10)).unwrap();
            for damaged in [
                ledger.sent_body("clients", "k").unwrap_err(),
                ledger.registered("clients", |_| {}).unwrap_err(),
                ledger.sources("clients").unwrap_err(),
            ] {
                assert!(matches!(damaged, LedgerError::FoundDamaged { .. }));
                assert!(damaged.is_beyond_use());
            }
            // Neither its versions nor what it is compared with need a body.
            assert_eq!(ledger.sent_versions("clients").unwrap().len(), 1);
            drop(ledger);
            assert!(refused(&path, day(1, 10)));
            disk::write(&path, &whole).unwrap();
        }
    }
}
