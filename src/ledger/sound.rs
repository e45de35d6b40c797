//! Whether a ledger can be trusted. One in which a fault is found is not read at all.
//!
//! SQLite notices most damage by itself. It does not notice a file that ends within a page,
//! or the lost end of a long row: what is missing is read as zeros. So the length is looked at
//! too, and what was sent is held against its digests.

use std::path::Path;

use rusqlite::Connection;

use crate::disk::{self, Digest};

use super::{LedgerError, schema};

/// Refuses a ledger that is damaged, or is none of ours.
pub fn refuse_damaged(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let failed = |source| LedgerError::database(path, source);
    let sound = ends_with_a_page(connection, path)?
        && is_consistent(connection).map_err(failed)?
        && schema::is_whole(connection, path)?
        && what_was_sent_is_whole(connection).map_err(failed)?;
    if sound {
        Ok(())
    } else {
        Err(LedgerError::Damaged {
            path: path.to_owned(),
        })
    }
}

/// SQLite writes whole pages, and takes what is missing at the end of the last one for zeros.
fn ends_with_a_page(connection: &Connection, path: &Path) -> Result<bool, LedgerError> {
    let page: i64 = connection
        .pragma_query_value(None, "page_size", |row| row.get(0))
        .map_err(|source| LedgerError::database(path, source))?;
    let length = disk::length(path)?.unwrap_or_default();
    Ok(u64::try_from(page).is_ok_and(|page| page > 0 && length % page == 0))
}

fn is_consistent(connection: &Connection) -> Result<bool, rusqlite::Error> {
    connection
        .pragma_query_value(None, "integrity_check", |row| row.get::<_, String>(0))
        .map(|verdict| verdict == "ok")
}

/// What was last sent is one of the three sides; if it changed by itself, that would be taken
/// for somebody's work. Only the end of a row can be lost without notice: the digest tells of a
/// body, which is the end of its row, and the zeros in its place tell of a revision. What may
/// have been sent, as nobody knows yet, becomes what was sent when it is found there.
fn what_was_sent_is_whole(connection: &Connection) -> Result<bool, rusqlite::Error> {
    if !schema::has(connection, "sent")? {
        return Ok(true);
    }
    let bodies = if schema::has(connection, "bodies")? {
        "SELECT body, digest, revision FROM sent LEFT JOIN bodies USING (sending) \
         UNION ALL SELECT body, digest, '' FROM sendings LEFT JOIN bodies ON sending = id \
         WHERE state = 'intended' \
         UNION ALL SELECT body, digest, '' FROM sendings LEFT JOIN bodies ON sending = id \
         WHERE in_doubt = 1"
    } else {
        // As earlier versions have written it; there the body is followed by the revision.
        "SELECT body, digest, revision FROM sent"
    };
    let mut query = connection.prepare(bodies)?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let body = row.get_ref(0)?.as_blob_or_null()?.map(Digest::of);
        let digest = Digest::stored(row.get_ref(1)?.as_str()?);
        if body != Some(digest) || row.get_ref(2)?.as_str()?.contains('\0') {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::ledger::{Ledger, Sending, Settled, Told};
    use crate::model::{
        ClientId, InsuredNumber, InsurerNumber, OfficeNumber, ServiceType, Subject, YearMonth,
    };

    /// A ledger whose rows are longer than a page, and what was sent according to it.
    fn ledger(path: &Path) -> Ledger {
        let mut ledger = Ledger::open(path).unwrap();
        let run = ledger.begin_run("plan", None, "now").unwrap();
        for (key, length) in [("a", 9_000), ("b", 100), ("c", 17_000)] {
            let (body, source) = (vec![b'b'; length], vec![b's'; length]);
            let sending = Sending {
                key,
                body: &body,
                digest: &Digest::of(&body),
                source: &source,
                made_from: None,
            };
            let intents = ledger.intend(run, "plans/2026-10", &[sending]).unwrap();
            let accepted = Settled::Accepted {
                revision: "r1".to_owned(),
            };
            ledger.settle(&[(intents[0].clone(), accepted)]).unwrap();
        }
        let (subject, told) = told();
        ledger.tell(run, &subject, &told).unwrap();
        ledger
    }

    /// A file of more clients than a page has room for.
    fn told() -> (Subject, Told) {
        let subject = Subject {
            month: month(),
            office: OfficeNumber::parse("1370100016").unwrap(),
            service_type: ServiceType::parse("11").unwrap(),
            receiver: OfficeNumber::parse("1370000018").unwrap(),
        };
        let client = |number| ClientId {
            insurer: InsurerNumber::parse("131128").unwrap(),
            insured: InsuredNumber::parse(&format!("{number:010}")).unwrap(),
        };
        let told = Told {
            serial: "20261101090000".to_owned(),
            deletion: None,
            contents: Digest::of(b"told"),
            clients: (0..200).map(client).collect(),
        };
        (subject, told)
    }

    fn month() -> YearMonth {
        YearMonth::new(2026, 10).unwrap()
    }

    #[test]
    fn no_page_is_lost_without_notice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        let ledger = ledger(&path);
        let before = ledger.sent("plans/2026-10").unwrap();
        let told = ledger.told(month()).unwrap();
        assert_eq!(told, BTreeMap::from([self::told()]));
        drop(ledger);
        let whole = disk::read(&path).unwrap();
        let pages = whole.len() / 4096;
        assert!(pages > 30);
        for page in 0..pages {
            let mut bytes = whole.clone();
            bytes[page * 4096..][..4096].fill(0);
            disk::write(&path, &bytes).unwrap();
            for open in [Ledger::look, Ledger::open] {
                match open(&path) {
                    Err(error) => assert!(error.is_beyond_use(), "{page}: {error}"),
                    Ok(ledger) => {
                        assert!(ledger.sent("plans/2026-10").unwrap() == before, "{page}");
                        assert!(ledger.told(month()).unwrap() == told, "{page}");
                    }
                }
            }
        }
        disk::write(&path, &whole).unwrap();
        assert!(Ledger::open(&path).unwrap().sent("plans/2026-10").unwrap() == before);
    }

    #[test]
    fn a_file_that_ends_within_a_page_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        drop(ledger(&path));
        let whole = disk::read(&path).unwrap();
        for missing in (1..5000).step_by(61) {
            disk::write(&path, &whole[..whole.len() - missing]).unwrap();
            let refused = Ledger::open(&path).unwrap_err();
            assert!(matches!(refused, LedgerError::Damaged { .. }), "{missing}");
        }
    }

    #[test]
    fn a_database_of_somebody_else_is_no_ledger() {
        let folder = tempfile::tempdir().unwrap();
        for (name, script) in [
            ("new", "CREATE TABLE notes (note TEXT)"),
            (
                "numbered",
                "CREATE TABLE runs (id INTEGER); PRAGMA user_version = 3",
            ),
        ] {
            let path = folder.path().join(name);
            Connection::open(&path)
                .unwrap()
                .execute_batch(script)
                .unwrap();
            let refused = Ledger::open(&path).unwrap_err();
            assert!(matches!(refused, LedgerError::Damaged { .. }), "{name}");
        }
    }

    /// Closing a database writes its log into it and deletes the log.
    #[test]
    fn a_ledger_that_is_refused_keeps_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let [path, log] =
            ["ledger.sqlite", "ledger.sqlite-wal"].map(|name| folder.path().join(name));
        let open = ledger(&path);
        let before = [&path, &log].map(|file| disk::read(file).unwrap());
        drop(open);
        for (file, bytes) in [&path, &log].into_iter().zip(&before) {
            disk::write(file, bytes).unwrap();
        }
        let another = folder.path().join("ledger-id");
        disk::write(&another, "0".repeat(32).as_bytes()).unwrap();
        let refused = Ledger::open(&path).unwrap_err();
        assert!(matches!(refused, LedgerError::Another { .. }));
        let after = [&path, &log].map(|file| disk::read(file).unwrap());
        assert!(after == before);
        disk::remove(&another).unwrap();
        assert_eq!(
            Ledger::open(&path)
                .unwrap()
                .sent("plans/2026-10")
                .unwrap()
                .len(),
            3
        );
    }
}
