//! A ledger that was damaged, cut, lost or rolled back: either it opens and everything goes
//! on as it should, or it is said what is wrong and nothing is sent.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

mod support;

use std::fmt::Write as _;

use rakuwing::disk;
use rakuwing::sandbox::{Collection, Options};
use rusqlite::Connection;
use serde_json::json;

use support::{Desk, Ended, KEY, end};

const OFFICES: &str = "\
事業所番号,事業所名,サービス種類
1370000018,みほん居宅,43
1370000026,ケアプラン桜,43
1300100037,見本地域包括,46
";

/// A list of clients with their care levels, by the last two digits of their numbers.
fn clients(levels: &[(u32, &str)]) -> String {
    let mut text = "被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,\
                    認定有効期間終了日,居宅支援事業所番号\n"
        .to_owned();
    for (number, level) in levels {
        let _ = writeln!(
            text,
            "00001000{number:02},131128,見本　{number}郎,1937/3/4,{level},2026/4/1,2028/3/31,1370000018"
        );
    }
    text
}

fn key(number: u32) -> String {
    format!("131128-00001000{number:02}")
}

/// Registered cleanly, in an earlier run.
const BEFORE: [(u32, &str); 6] = [
    (1, "要介護1"),
    (3, "要介護1"),
    (5, "要介護1"),
    (7, "要介護1"),
    (9, "要介護1"),
    (11, "要介護1"),
];
const LEDGER: &str = ".rakuwing/ledger.sqlite";

/// What is left of a ledger.
enum Left {
    Nothing,
    Bytes(Vec<u8>),
}

use Left::{Bytes, Nothing};

// By hand, as a clerk meets it.

/// A desk with basic data registered, a month locked, and the same exports in the inbox again.
fn desk() -> Desk {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", &clients(&BEFORE));
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    assert_eq!(desk.run("lock --month 2026-09").exit, Some(0));
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", &clients(&BEFORE));
    desk
}

fn connect_anew(desk: &Desk) -> Ended {
    let mut command = desk.command("connect --new-ledger");
    end(command.env("RAKUWING_API_KEY", KEY))
}

fn ledger_files(desk: &Desk) -> Vec<String> {
    let mut names = desk.files(".rakuwing");
    names.retain(|name| name.starts_with("ledger"));
    names
}

#[test]
fn a_ledger_that_is_gone_is_said_by_every_command_and_nothing_is_asked() {
    for left in [Nothing, Bytes(Vec::new())] {
        let desk = desk();
        let calls = desk.sandbox.requests().len();
        let ledger = desk.office().join(LEDGER);
        match &left {
            Bytes(bytes) => disk::write(&ledger, bytes).unwrap(),
            Nothing => disk::remove(&ledger).unwrap(),
        }
        for arguments in [
            "basics --yes",
            "plan --month 2026-10 --yes",
            "actuals --month 2026-10 --yes",
            "run --month 2026-10 --yes",
            "register",
            "check",
            "lock",
            "lock --month 2026-10",
            "connect",
        ] {
            let ended = desk.run(arguments);
            assert_eq!(ended.exit, Some(7), "{arguments}: {ended:?}");
            for word in [
                "中身がなくなっています",
                "何も送っていません",
                "控え",
                "rakuwing connect --new-ledger",
            ] {
                assert!(ended.stderr.contains(word), "{arguments}: {ended:?}");
            }
        }
        assert_eq!(desk.sandbox.requests().len(), calls);
        assert_eq!(disk::exists(&ledger), matches!(left, Bytes(_)));
    }
}

#[test]
fn without_a_copy_a_new_ledger_is_begun_and_nothing_is_sent_twice() {
    let desk = desk();
    let (kind, edited) = (Collection::Clients, key(3));
    desk.sandbox
        .edit(kind, &edited, "/phone", json!("09-9999-9999"))
        .unwrap();
    let ledger = desk.office().join(LEDGER);
    let damaged = disk::read(&ledger).unwrap()[..5000].to_vec();
    disk::write(&ledger, &damaged).unwrap();
    let posts = desk.posts().len();
    assert_eq!(desk.run("basics --yes").exit, Some(7));

    let ended = connect_anew(&desk);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    let names = ledger_files(&desk);
    let [aside, id] = [".sqlite", ".id"].map(|ending| {
        let mut dated = names.iter().filter(|name| name.starts_with("ledger-20"));
        dated.find(|name| name.ends_with(ending)).unwrap()
    });
    assert_eq!(aside.strip_suffix(".sqlite"), id.strip_suffix(".id"));
    assert!(ended.stdout.contains(&**aside), "{ended:?}");
    assert!(ended.stdout.contains("もう一度 lock"), "{ended:?}");
    let kept = desk.office().join(".rakuwing").join(aside);
    assert_eq!(disk::read(&kept).unwrap(), damaged);

    let ended = desk.run("--json basics --yes");
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    let object = ended.json();
    assert_eq!(
        (&object["sent"], &object["rejected"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(desk.posts().len(), posts);
    assert!(desk.run("lock").stdout.contains("ロックした月はありません"));
    // What is held just so is remembered again: a change of ours goes out unasked.
    desk.put(
        "clients.csv",
        &clients(&BEFORE).replace("要介護1", "要介護4"),
    );
    let ended = desk.run("--json basics --yes");
    assert_eq!(ended.json()["sent"], json!(BEFORE.len() - 1), "{ended:?}");
}

#[test]
fn a_ledger_that_can_be_used_is_not_given_up() {
    let desk = desk();
    let before = ledger_files(&desk);
    let ended = connect_anew(&desk);
    assert_eq!(ended.exit, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("壊れていない"), "{ended:?}");
    assert_eq!(ledger_files(&desk), before);
    assert!(desk.run("lock").stdout.contains("2026年9月"));
}

#[test]
fn the_ledger_of_another_folder_is_refused() {
    let (desk, other) = (desk(), desk());
    let ledger = desk.office().join(LEDGER);
    let own = disk::read(&ledger).unwrap();
    let foreign = disk::read(&other.office().join(LEDGER)).unwrap();
    disk::write(&ledger, &foreign).unwrap();
    let calls = desk.sandbox.requests().len();
    for arguments in ["basics --yes", "check", "lock"] {
        let ended = desk.run(arguments);
        assert_eq!(ended.exit, Some(7), "{arguments}: {ended:?}");
        assert!(
            ended.stderr.contains("このフォルダーの台帳ではありません"),
            "{ended:?}"
        );
    }
    assert_eq!(desk.sandbox.requests().len(), calls);
    disk::write(&ledger, &own).unwrap();
    assert_eq!(desk.run("basics --yes").exit, Some(0));
}

/// The numbers of runs begin anew with the ledger, and a service that honours the key of a
/// batch must not take what is sent now for what it answered then.
#[test]
fn a_batch_after_a_loss_is_a_new_one_for_the_service() {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    disk::remove(&desk.office().join(LEDGER)).unwrap();
    assert_eq!(connect_anew(&desk).exit, Some(0));
    let kind = Collection::CareOffices;
    for held in desk.sandbox.held(kind) {
        desk.sandbox.remove(kind, &held.key).unwrap();
    }
    desk.put("offices.csv", OFFICES);
    let ended = desk.run("--json basics --yes");
    assert_eq!((ended.exit, &ended.json()["sent"]), (Some(0), &json!(3)));
    assert_eq!(desk.sandbox.held(kind).len(), 3, "it was not only said");
}

/// Folders of earlier versions have no id, neither in the ledger nor beside it.
#[test]
fn a_folder_of_the_first_version_goes_on_and_is_guarded_from_then_on() {
    let desk = desk();
    let ledger = desk.office().join(LEDGER);
    let new = desk.office().join("new.sqlite");
    disk::rename(&ledger, &new).unwrap();
    disk::remove(&desk.office().join(".rakuwing/ledger-id")).unwrap();
    let old = Connection::open(&ledger).unwrap();
    old.execute_batch(VERSION_1).unwrap();
    old.execute("ATTACH ?1 AS new", [new.to_str().unwrap()])
        .unwrap();
    for table in ["binding", "runs", "events", "inputs", "sendings", "sent"] {
        let copy = format!("INSERT INTO main.{table} SELECT * FROM new.{table}");
        assert!(old.execute(&copy, []).unwrap() > 0, "{table}");
    }
    drop(old);
    let posts = desk.posts().len();
    let ended = desk.run("--json basics --yes");
    assert_eq!(
        (ended.exit, &ended.json()["unchanged"]),
        (Some(0), &json!(9))
    );
    assert_eq!(desk.posts().len(), posts);
    disk::write(&ledger, b"").unwrap();
    assert_eq!(desk.run("basics --yes").exit, Some(7));
}

/// The tables of the first version, as they were.
const VERSION_1: &str = "
    CREATE TABLE binding (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        device TEXT NOT NULL,
        connected_at TEXT NOT NULL
    ) STRICT;
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        command TEXT NOT NULL,
        month TEXT,
        started_at TEXT NOT NULL,
        ended_at TEXT,
        exit_code INTEGER
    ) STRICT;
    CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs (id),
        what TEXT NOT NULL,
        count INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE inputs (
        run INTEGER NOT NULL REFERENCES runs (id),
        digest TEXT NOT NULL,
        name TEXT NOT NULL,
        rows INTEGER NOT NULL,
        PRIMARY KEY (run, digest, name)
    ) STRICT;
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
    CREATE TABLE staged (
        proposal INTEGER NOT NULL REFERENCES proposals (id),
        page INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (proposal, page)
    ) STRICT;
    PRAGMA user_version = 1;
";
