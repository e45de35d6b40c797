//! The tables, and how an older ledger becomes a newer one. Versioned from the first day by
//! SQLite's own `user_version`; a migration is never edited, only followed by another.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::LedgerError;

/// One script for each version: script n leads from version n to n + 1.
const MIGRATIONS: &[&str] = &[
    "
    -- The machine that this folder is bound to (one row or none).
    CREATE TABLE binding (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        device TEXT NOT NULL,
        connected_at TEXT NOT NULL
    ) STRICT;

    -- Every command that was run here.
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        command TEXT NOT NULL,
        month TEXT,
        started_at TEXT NOT NULL,
        ended_at TEXT,
        exit_code INTEGER
    ) STRICT;

    -- What happened in a run: words and counts, never the content of a row.
    CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs (id),
        what TEXT NOT NULL,
        count INTEGER NOT NULL
    ) STRICT;

    -- Input files by digest.
    CREATE TABLE inputs (
        run INTEGER NOT NULL REFERENCES runs (id),
        digest TEXT NOT NULL,
        name TEXT NOT NULL,
        rows INTEGER NOT NULL,
        PRIMARY KEY (run, digest, name)
    ) STRICT;

    -- What was proposed; used once at the most.
    CREATE TABLE proposals (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs (id),
        step TEXT NOT NULL,
        month TEXT,
        options TEXT NOT NULL,
        inputs_digest TEXT NOT NULL,
        tables_digest TEXT NOT NULL,
        held_digest TEXT NOT NULL,
        items_digest TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('open', 'used', 'stale'))
    ) STRICT;

    -- What is about to leave, or has left. A body is here before it is on its way.
    CREATE TABLE sendings (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs (id),
        collection TEXT NOT NULL,
        key TEXT NOT NULL,
        body BLOB NOT NULL,
        digest TEXT NOT NULL,
        source BLOB NOT NULL,
        state TEXT NOT NULL
            CHECK (state IN ('intended', 'accepted', 'rejected', 'conflict', 'not_received'))
    ) STRICT;
    CREATE INDEX sendings_open ON sendings (state) WHERE state = 'intended';

    -- What the service took last, for each key.
    CREATE TABLE sent (
        collection TEXT NOT NULL,
        key TEXT NOT NULL,
        body BLOB NOT NULL,
        digest TEXT NOT NULL,
        source BLOB NOT NULL,
        revision TEXT NOT NULL,
        run INTEGER NOT NULL REFERENCES runs (id),
        PRIMARY KEY (collection, key)
    ) STRICT;

    -- What was fetched for a proposal, before anything is written from it.
    CREATE TABLE staged (
        proposal INTEGER NOT NULL REFERENCES proposals (id),
        page INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (proposal, page)
    ) STRICT;
 ",
    "
    -- Months whose claims are closed. The lock that is taken away leaves its events.
    CREATE TABLE locks (
        month TEXT PRIMARY KEY,
        locked_at TEXT NOT NULL,
        run INTEGER NOT NULL REFERENCES runs (id)
    ) STRICT;
 ",
    "
    -- Where somebody has decided that what Care-wing holds stays: both sides as they were
    -- then. It holds as long as neither has changed.
    CREATE TABLE kept (
        collection TEXT NOT NULL,
        key TEXT NOT NULL,
        ours TEXT NOT NULL,
        theirs TEXT NOT NULL,
        body BLOB NOT NULL,
        run INTEGER NOT NULL REFERENCES runs (id),
        PRIMARY KEY (collection, key)
    ) STRICT;
 ",
    "
    -- What a proposal was made from, piece by piece: names, keys, digests and versions, so
    -- that it can be said what has moved. No content of a row.
    CREATE TABLE proposal_parts (
        proposal INTEGER NOT NULL REFERENCES proposals (id),
        side TEXT NOT NULL CHECK (side IN ('input', 'table', 'held', 'item')),
        collection TEXT NOT NULL,
        name TEXT NOT NULL,
        digest TEXT NOT NULL,
        state TEXT NOT NULL,
        PRIMARY KEY (proposal, side, collection, name)
    ) STRICT;

    -- How many items of a used proposal were not sent, or nobody knows whether they arrived;
    -- NULL where the run did not come to its end.
    ALTER TABLE proposals ADD COLUMN unfinished INTEGER;
 ",
    "
    -- 1 where a sending was asked about and not found, and yet may arrive late.
    ALTER TABLE sendings ADD COLUMN in_doubt INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX sendings_in_doubt ON sendings (collection, key) WHERE in_doubt = 1;
 ",
    "
    -- Which ledger this is (one row). The same id stands in a file beside it.
    CREATE TABLE identity (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        id TEXT NOT NULL
    ) STRICT;
    INSERT INTO identity (one, id) VALUES (1, lower(hex(randomblob(16))));
 ",
    "
    -- A body stands once, apart from what becomes of its sending: a row that changes is
    -- written again as a whole. The body is the end of its row, because a digest tells where
    -- the end is lost.
    CREATE TABLE bodies (
        sending INTEGER PRIMARY KEY REFERENCES sendings (id),
        source BLOB NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX sendings_to_find ON sendings (collection, key, digest);
    -- What was taken last is a sending; should one be gone, it is one again.
    INSERT INTO sendings (run, collection, key, body, digest, source, state)
        SELECT run, collection, key, body, digest, source, 'accepted' FROM sent
        WHERE NOT EXISTS (
            SELECT 1 FROM sendings AS of WHERE of.collection = sent.collection
            AND of.key = sent.key AND of.digest = sent.digest AND of.source = sent.source
        );
    INSERT INTO bodies (sending, source, body) SELECT id, source, body FROM sendings;
    ALTER TABLE sent RENAME TO sent_whole;
    -- What the service took last, for each key.
    CREATE TABLE sent (
        collection TEXT NOT NULL,
        key TEXT NOT NULL,
        sending INTEGER NOT NULL REFERENCES sendings (id),
        digest TEXT NOT NULL,
        run INTEGER NOT NULL REFERENCES runs (id),
        revision TEXT NOT NULL,
        PRIMARY KEY (collection, key)
    ) STRICT;
    INSERT INTO sent (collection, key, sending, digest, run, revision)
        SELECT collection, key, (
            SELECT max(of.id) FROM sendings AS of WHERE of.collection = sent_whole.collection
            AND of.key = sent_whole.key AND of.digest = sent_whole.digest
            AND of.source = sent_whole.source
        ), digest, run, revision FROM sent_whole;
    DROP TABLE sent_whole;
    DROP INDEX sendings_to_find;
    ALTER TABLE sendings DROP COLUMN body;
    ALTER TABLE sendings DROP COLUMN source;
 ",
    "
    -- The file of actuals that a care-management office was told last, for each subject.
    CREATE TABLE told (
        month TEXT NOT NULL,
        office TEXT NOT NULL,
        service_type TEXT NOT NULL,
        receiver TEXT NOT NULL,
        run INTEGER NOT NULL REFERENCES runs (id),
        serial TEXT NOT NULL,
        contents TEXT NOT NULL,
        PRIMARY KEY (month, office, service_type, receiver)
    ) STRICT;

    -- Whose actuals it was told, in any file of the subject, and nobody has taken back.
    CREATE TABLE told_clients (
        month TEXT NOT NULL,
        office TEXT NOT NULL,
        service_type TEXT NOT NULL,
        receiver TEXT NOT NULL,
        insurer TEXT NOT NULL,
        insured TEXT NOT NULL,
        PRIMARY KEY (month, office, service_type, receiver, insurer, insured)
    ) STRICT, WITHOUT ROWID;
 ",
    "
    -- The serial of the last deletion, which a later file must come after.
    ALTER TABLE told ADD COLUMN deletion TEXT;
 ",
    "
    -- Cells of an input file that somebody has corrected in an error workbook, and the run
    -- that took it in. The text is the end of its row.
    CREATE TABLE corrections (
        source TEXT NOT NULL,
        sheet TEXT NOT NULL,
        row INTEGER NOT NULL,
        place INTEGER NOT NULL,
        run INTEGER NOT NULL REFERENCES runs (id),
        text TEXT NOT NULL,
        PRIMARY KEY (source, sheet, row, place, run)
    ) STRICT, WITHOUT ROWID;
 ",
    "
    -- What was finished of a file is asked for each file of the inbox.
    CREATE INDEX inputs_by_digest ON inputs (digest);

    -- What a proposal was made from, side by side: all pieces of a side in one text (JSON),
    -- because they are only ever written, read and forgotten together. Proposals of earlier
    -- versions have theirs in proposal_parts.
    CREATE TABLE proposal_sides (
        proposal INTEGER NOT NULL REFERENCES proposals (id),
        side TEXT NOT NULL,
        parts TEXT NOT NULL,
        PRIMARY KEY (proposal, side)
    ) STRICT;
 ",
    "
    -- What a body was made from, by fingerprint: what is made from the same needs not be made
    -- to be compared.
    ALTER TABLE sendings ADD COLUMN made_from BLOB;
    ALTER TABLE sent ADD COLUMN made_from BLOB;
 ",
    "
    -- What is still open of a month, or of the basic data (an empty month): of each file the
    -- run that read all of it last, its withheld rows, and what was said of them (JSON). The
    -- texts of the rows stay in the file.
    CREATE TABLE open_files (
        month TEXT NOT NULL,
        step TEXT NOT NULL,
        name TEXT NOT NULL,
        digest TEXT NOT NULL,
        run INTEGER NOT NULL REFERENCES runs (id),
        rows TEXT NOT NULL,
        PRIMARY KEY (month, step, name, digest)
    ) STRICT;

    -- The error workbooks as they were last written, so that it shows what somebody else has
    -- written into them.
    CREATE TABLE error_workbooks (
        name TEXT PRIMARY KEY,
        digest TEXT NOT NULL
    ) STRICT;

    -- Rows that somebody has decided to leave out, by their kind and a fingerprint of their
    -- cells, with how many of one file that are alike. The reason is the end of its row.
    CREATE TABLE exclusions (
        kind TEXT NOT NULL,
        cells TEXT NOT NULL,
        rows INTEGER NOT NULL,
        decided TEXT NOT NULL,
        run INTEGER NOT NULL REFERENCES runs (id),
        reason TEXT NOT NULL,
        PRIMARY KEY (kind, cells)
    ) STRICT;
 ",
    "
    -- Who is still open in a month ('' for the basic data), why, where it stands, and since
    -- which run. Names and numbers of people: it belongs to the owner of the rows, as bodies
    -- do. The name is the end of its row.
    CREATE TABLE still_open (
        id INTEGER PRIMARY KEY,
        step TEXT NOT NULL,
        month TEXT NOT NULL,
        run INTEGER NOT NULL REFERENCES runs (id),
        insurer TEXT NOT NULL,
        insured TEXT NOT NULL,
        offices TEXT NOT NULL,
        code TEXT NOT NULL,
        kind TEXT NOT NULL,
        digest TEXT NOT NULL,
        sheet TEXT NOT NULL,
        row INTEGER,
        count INTEGER NOT NULL,
        file TEXT NOT NULL,
        name TEXT NOT NULL
    ) STRICT;
    CREATE INDEX still_open_by_month ON still_open (step, month);
 ",
];

/// Brings the tables to this program's version, in one transaction a step.
pub fn migrate(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let wrong = |source| LedgerError::Database {
        path: path.to_owned(),
        source,
    };
    while is_older(connection, path)? {
        // Within the transaction, because whoever only looks may come to this at the same time.
        let step = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
            .map_err(wrong)?;
        let version = version(&step, path)?;
        if let Some(script) = MIGRATIONS.get(version) {
            step.execute_batch(script).map_err(wrong)?;
            let next = i64::try_from(version + 1).unwrap_or(i64::MAX);
            step.pragma_update(None, "user_version", next)
                .map_err(wrong)?;
        }
        step.commit().map_err(wrong)?;
    }
    Ok(())
}

/// Whether a ledger has older tables than this program; an error where they are newer.
pub fn is_older(connection: &Connection, path: &Path) -> Result<bool, LedgerError> {
    let version = version(connection, path)?;
    if version > MIGRATIONS.len() {
        return Err(LedgerError::TooNew {
            path: path.to_owned(),
        });
    }
    Ok(version < MIGRATIONS.len())
}

/// Whether a ledger has every table and column of the version that it says it has; one
/// without a version is new and has none.
pub fn is_whole(connection: &Connection, path: &Path) -> Result<bool, LedgerError> {
    is_older(connection, path)?;
    let version = version(connection, path)?;
    let failed = |source| LedgerError::database(path, source);
    let there = columns(connection).map_err(failed)?;
    let as_made = Connection::open_in_memory().map_err(failed)?;
    for script in &MIGRATIONS[..version] {
        as_made.execute_batch(script).map_err(failed)?;
    }
    let expected = columns(&as_made).map_err(failed)?;
    Ok(if version == 0 {
        there.is_empty()
    } else {
        expected.is_subset(&there)
    })
}

/// Whether there is a table of a name.
pub fn has(connection: &Connection, table: &str) -> Result<bool, rusqlite::Error> {
    connection
        .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1")?
        .exists([table])
}

/// Every table with its columns. Names alone: the text of a statement may change its form
/// with SQLite's version.
fn columns(connection: &Connection) -> Result<BTreeSet<(String, String)>, rusqlite::Error> {
    connection
        .prepare(
            "SELECT of.name, the.name FROM sqlite_schema AS of, pragma_table_info(of.name) AS the \
             WHERE of.type = 'table'",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

fn version(connection: &Connection, path: &Path) -> Result<usize, LedgerError> {
    connection
        .pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
        .map(|version| usize::try_from(version).unwrap_or(usize::MAX))
        .map_err(|source| LedgerError::Database {
            path: path.to_owned(),
            source,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Ledger;

    #[test]
    fn a_new_ledger_has_the_newest_version_and_opens_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        drop(Ledger::open(&path).unwrap());
        let again = Ledger::open(&path).unwrap();
        let version: i64 = again
            .connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap();
        assert_eq!(usize::try_from(version).unwrap(), MIGRATIONS.len());
    }

    /// A row or more for every table of the first version; long enough for several pages.
    const ROWS: &str = "
        INSERT INTO binding VALUES (1, 'device', 'then');
        INSERT INTO runs VALUES (1, 'basics', NULL, 'then', 'later', 0),
            (2, 'plan', '2026-10', 'then', NULL, NULL);
        INSERT INTO events VALUES (1, 1, 'sent', 3), (2, 2, 'rejected', 0);
        INSERT INTO inputs VALUES (1, 'd1', 'clients.csv', 3), (2, 'd2', 'plan.csv', 9);
        INSERT INTO proposals VALUES
            (1, 1, 'basics', NULL, '{}', 'i', 't', 'h', 'x', 'used'),
            (2, 2, 'plan', '2026-10', '{}', 'i', 't', 'h', 'x', 'open');
        INSERT INTO sendings VALUES
            (1, 1, 'clients', 'k', zeroblob(9000), 'd', x'01', 'accepted'),
            (2, 2, 'plans/2026-10', 'k', x'7b7d', 'd', x'', 'intended');
        INSERT INTO staged VALUES (2, 0, zeroblob(5000)), (2, 1, x'7b7d');
    ";

    /// Every row of every table that the first version has, in the columns it has.
    /// `shape` says where the rows of a table stand.
    fn rows_of_the_first_version(
        connection: &Connection,
        shape: impl Fn(&str) -> String,
    ) -> Vec<Vec<rusqlite::types::Value>> {
        let first = Connection::open_in_memory().unwrap();
        first.execute_batch(MIGRATIONS[0]).unwrap();
        let mut rows = Vec::new();
        let tables: BTreeSet<String> = columns(&first)
            .unwrap()
            .into_iter()
            .map(|(of, _)| of)
            .collect();
        for table in tables {
            let columns = columns(&first).unwrap();
            let columns: Vec<&str> = columns
                .iter()
                .filter(|(of, _)| *of == table)
                .map(|(_, column)| &**column)
                .collect();
            let (from, named) = (shape(&table), columns.join(", "));
            let select = format!("SELECT '{table}', {named} FROM {from}");
            let mut query = connection.prepare(&select).unwrap();
            let found = query
                .query_map([], |row| {
                    (0..=columns.len()).map(|at| row.get(at)).collect()
                })
                .unwrap()
                .collect::<Result<Vec<_>, _>>()
                .unwrap();
            assert!(!found.is_empty(), "{table}");
            rows.extend(found);
        }
        rows
    }

    #[test]
    fn a_ledger_of_the_first_version_keeps_what_it_holds_and_becomes_the_newest() {
        for open in [Ledger::look, Ledger::open] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("ledger.sqlite");
            let first = Connection::open(&path).unwrap();
            first.execute_batch(MIGRATIONS[0]).unwrap();
            first.execute_batch(ROWS).unwrap();
            let body = b"{}";
            let digest = crate::disk::Digest::of(body);
            let sent = "INSERT INTO sent VALUES ('clients', 'k', ?1, ?2, x'', 'r1', 1)";
            first.execute(sent, (body, digest.as_str())).unwrap();
            first.pragma_update(None, "user_version", 1).unwrap();
            let before = rows_of_the_first_version(&first, str::to_owned);
            drop(first);
            let ledger = open(&path).unwrap();
            let after = rows_of_the_first_version(&ledger.connection, |table| match table {
                "sendings" => "sendings JOIN bodies ON sendings.id = bodies.sending".to_owned(),
                "sent" => "sent JOIN bodies USING (sending)".to_owned(),
                other => other.to_owned(),
            });
            for row in &before {
                assert!(after.contains(row), "{row:?}");
            }
            // What was taken last was no sending any more, and is one again.
            assert_eq!(after.len(), before.len() + 1);
            assert_eq!(
                version(&ledger.connection, &path).unwrap(),
                MIGRATIONS.len()
            );
            assert!(is_whole(&ledger.connection, &path).unwrap());
            let device = crate::disk::Digest::stored("device");
            assert_eq!(ledger.bound_to().unwrap(), Some(device));
            assert_eq!(ledger.unsettled().unwrap().len(), 1);
            assert_eq!(ledger.sent("clients").unwrap()["k"].digest, digest);
            assert_eq!(ledger.proposal(None).unwrap().unwrap().id, 2);
            assert_eq!(ledger.staged(2).unwrap().len(), 2);
            assert_eq!(ledger.locked_months().unwrap(), []);
        }
    }

    #[test]
    fn a_ledger_of_every_version_becomes_the_newest() {
        for version in 1..MIGRATIONS.len() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("ledger.sqlite");
            let older = Connection::open(&path).unwrap();
            for script in &MIGRATIONS[..version] {
                older.execute_batch(script).unwrap();
            }
            let number = i64::try_from(version).unwrap();
            older.pragma_update(None, "user_version", number).unwrap();
            drop(older);
            let ledger = Ledger::open(&path).unwrap();
            assert!(!is_older(&ledger.connection, &path).unwrap(), "{version}");
        }
    }

    #[test]
    fn a_ledger_of_a_newer_program_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        let ledger = Ledger::open(&path).unwrap();
        ledger
            .connection
            .pragma_update(None, "user_version", 1_000)
            .unwrap();
        drop(ledger);
        assert!(matches!(
            Ledger::open(&path),
            Err(LedgerError::TooNew { .. })
        ));
    }

    #[test]
    fn a_file_that_is_no_ledger_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        crate::disk::write(&path, &[7; 4096]).unwrap();
        assert!(matches!(
            Ledger::open(&path),
            Err(LedgerError::Damaged { .. })
        ));
    }

    #[test]
    fn whoever_looks_reads_what_another_one_writes_and_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        drop(Ledger::look(&path).unwrap());
        let writer = Ledger::open(&path).unwrap();
        let reader = Ledger::look(&path).unwrap();
        assert_eq!(reader.bound_to().unwrap(), None);
        let device = crate::disk::Digest::of(b"device");
        writer.bind(&device, "now").unwrap();
        assert_eq!(reader.bound_to().unwrap(), Some(device.clone()));
        assert!(reader.bind(&device, "now").is_err());
    }

    #[test]
    fn whoever_looks_brings_an_older_ledger_up_to_date() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        drop(Connection::open(&path).unwrap());
        crate::disk::write(&path, b"").unwrap();
        assert_eq!(Ledger::look(&path).unwrap().bound_to().unwrap(), None);
    }

    /// What SQLite calls `synchronous = FULL`.
    const FULL: i64 = 2;

    #[test]
    fn commits_reach_the_disk_before_they_return() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let pragma = |name| {
            ledger
                .connection
                .pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0))
                .unwrap()
        };
        assert_eq!(pragma("journal_mode"), "wal".to_owned().into());
        assert_eq!(pragma("synchronous"), FULL.into());
    }
}
