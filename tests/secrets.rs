//! What belongs to a person, and the key, stand only where they must.
//!
//! Exempt are what belongs to the owner of the rows: workbooks, the archive and the inbox,
//! the outbox, and the ledger's items (`sendings`, `sent`, `staged`, `kept`) with the keys in
//! `proposal_parts`.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

mod support;

use std::net::TcpListener;

use memchr::memmem;
use rakuwing::disk;
use rakuwing::sandbox::{Collection, Fault, FaultKind, Mischief, Options, Play};
use rusqlite::types::ValueRef;
use serde_json::json;

use support::{Desk, Ended, KEY, files_below, grid};

/// Everything that is invented here and must not be found.
const CANARIES: [&str; 17] = [
    KEY,
    "まぼろし居宅",
    "ﾏﾎﾞﾛｼ",
    "幻町九丁目",
    "03-9876-0001",
    "蛍川",
    "架空子",
    "ホタルガワ",
    "0098765432",
    "03-9876-5432",
    "1931/3/17",
    "1931-03-17",
    "影山見本",
    "鬼灯",
    "0087654321",
    "1370000018",
    "19310317",
];

const OFFICES: &str = "\
事業所番号,事業所名,フリガナ,サービス種類,住所,電話番号
1370000018,まぼろし居宅,ﾏﾎﾞﾛｼ,43,幻町九丁目,03-9876-0001
";
const CLIENTS: &str = "\
被保険者番号,保険者番号,氏名,フリガナ,生年月日,住所,電話番号,要介護度,認定有効期間開始日,認定有効期間終了日,居宅支援事業所番号,担当ケアマネジャー
0098765432,131128,蛍川　架空子,ホタルガワ,1931/3/17,幻町九丁目,03-9876-5432,要介護3,2026/4/1,2028/3/31,1370000018,影山見本
";
const HOTARUGAWA: &str = "2026/10,1370100016,131128,0098765432,蛍川　架空子,111111,9:00,9:30";
const UNKNOWN: &str = "2026/10,1370100016,131128,0087654321,鬼灯　二郎,111111,9:00,9:30";
const BAD_TIME: &str = "2026/10,1370100016,131128,0098765432,蛍川　架空子,111111,25時,9:30";

fn desk() -> Desk {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    desk
}

/// With the basic data and a month's plan registered, and the month played.
fn desk_after_a_month() -> Desk {
    let desk = desk();
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    desk.put("plan.csv", &grid(&[(HOTARUGAWA, &[1, 8, 15])]));
    assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(0));
    desk.sandbox.play("2026-10", Play::Faithful).unwrap();
    desk
}

fn assert_silent(text: &str, place: &str) {
    for canary in CANARIES {
        assert!(
            !text.contains(canary),
            "`{canary}` stands in {place}:\n{text}"
        );
    }
}

/// Runs a command in words and as an object, each in full detail, and searches everything
/// that may be read by others. Gives the exit code.
fn searched(desk: &Desk, arguments: &str) -> Option<i32> {
    let ended = desk.run(&format!("-v {arguments}"));
    assert_nothing_leaked(desk, &ended, arguments);
    ended.exit
}

fn assert_nothing_leaked(desk: &Desk, ended: &Ended, arguments: &str) {
    assert_silent(&ended.stdout, &format!("the output of {arguments}"));
    assert_silent(&ended.stderr, &format!("the errors of {arguments}"));
    assert_silent(
        &ledger_words(desk),
        &format!("the ledger after {arguments}"),
    );
    let settings = disk::read(&desk.office().join("rakuwing.toml")).unwrap();
    assert_silent(&String::from_utf8(settings).unwrap(), "the settings");
    for path in files_below(&desk.office()) {
        assert_silent(&path.to_string_lossy(), "the name of a file");
        let bytes = disk::read(&path).unwrap();
        let key = memmem::find(&bytes, KEY.as_bytes());
        assert_eq!(key, None, "the key stands in {}", path.display());
    }
}

/// Every value of the ledger's tables of runs, events, proposals and the binding.
fn ledger_words(desk: &Desk) -> String {
    let ledger = desk.ledger();
    let mut words = String::new();
    for table in ["runs", "events", "inputs", "proposals", "binding"] {
        let mut query = ledger.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = query.column_count();
        let mut rows = query.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                match row.get_ref(column).unwrap() {
                    ValueRef::Text(text) | ValueRef::Blob(text) => {
                        words.push_str(&String::from_utf8_lossy(text));
                    }
                    ValueRef::Integer(number) => words.push_str(&number.to_string()),
                    ValueRef::Real(number) => words.push_str(&number.to_string()),
                    ValueRef::Null => {}
                }
                words.push('\n');
            }
        }
    }
    words
}

#[test]
fn a_good_month_tells_nobody() {
    let desk = desk();
    for arguments in [
        "check",
        "basics --match",
        "basics --prepare",
        "register",
        "register 1",
    ] {
        searched(&desk, arguments);
    }
    desk.put("plan.csv", &grid(&[(HOTARUGAWA, &[1, 8, 15])]));
    assert_eq!(
        searched(&desk, "--json plan --month 2026-10 --yes"),
        Some(0)
    );
    desk.sandbox.play("2026-10", Play::Lifelike).unwrap();
    assert_eq!(searched(&desk, "actuals --month 2026-10 --yes"), Some(0));
    assert_eq!(
        searched(&desk, "--json actuals --month 2026-10 --mark both --yes"),
        Some(0)
    );
    desk.put("offices.csv", OFFICES);
    assert_eq!(searched(&desk, "--json run --month 2026-10 --yes"), Some(0));
}

#[test]
fn bad_rows_tell_nobody() {
    let desk = desk();
    desk.put("clients.csv", &CLIENTS.replace("2026/4/1", "2026/4/31"));
    for arguments in ["check", "--json check", "basics --prepare", "basics --yes"] {
        assert_eq!(searched(&desk, arguments), Some(3), "{arguments}");
    }
    let desk = desk_after_a_month();
    for lines in [
        [(UNKNOWN, &[1][..]), (HOTARUGAWA, &[1])],
        [(BAD_TIME, &[2]), (HOTARUGAWA, &[1])],
    ] {
        desk.put("plan.csv", &grid(&lines));
        for arguments in ["check", "--json plan --month 2026-10 --yes"] {
            assert_eq!(searched(&desk, arguments), Some(3), "{arguments}");
        }
    }
}

#[test]
fn a_file_that_nobody_knows_tells_nobody() {
    let desk = Desk::new(Options::default());
    desk.put(
        "letter.csv",
        "蛍川　架空子,0098765432\n03-9876-5432,幻町九丁目\n",
    );
    for arguments in ["check", "basics --yes", "--json basics --yes"] {
        assert_eq!(searched(&desk, arguments), Some(7), "{arguments}");
    }
}

#[test]
fn rejected_items_tell_nobody() {
    let desk = desk();
    desk.sandbox
        .set_mischief(Mischief::of(Fault::new(FaultKind::Reject {
            key: "131128-0098765432".to_owned(),
            pointer: "/name".to_owned(),
            code: "蛍川".to_owned(),
            message: "蛍川　架空子は使えません".to_owned(),
        })));
    assert_eq!(searched(&desk, "basics --yes"), Some(3));
    assert_eq!(desk.sendings("rejected"), 1);
}

#[test]
fn an_item_that_was_changed_there_tells_nobody() {
    let desk = desk_after_a_month();
    let (kind, key) = (Collection::CareOffices, "1370000018");
    desk.sandbox
        .edit(kind, key, "/name", json!("まぼろし居宅改"))
        .unwrap();
    desk.put("offices.csv", OFFICES);
    assert_eq!(searched(&desk, "basics --prepare"), Some(3));
    assert_eq!(searched(&desk, "--json basics --yes"), Some(3));
}

#[test]
fn a_service_out_of_reach_tells_nobody() {
    let desk = desk();
    let lost = Fault::new(FaultKind::ResetAfterEffect).on("/batch");
    let deaf = Fault::new(FaultKind::ResetBeforeEffect)
        .on("GET /v1/care-offices")
        .after(1);
    desk.sandbox.set_mischief(Mischief {
        faults: vec![lost, deaf],
    });
    assert_eq!(searched(&desk, "basics --yes"), Some(6));
    assert_eq!(searched(&desk, "--json basics --yes"), Some(6));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    desk.set(&desk.sandbox.url(), &address);
    assert_eq!(searched(&desk, "basics --yes"), Some(6));
    assert_eq!(searched(&desk, "--json basics --yes"), Some(6));
}

#[test]
fn an_answer_out_of_shape_tells_nobody() {
    let desk = desk_after_a_month();
    desk.put("clients.csv", CLIENTS);
    let (kind, key) = (Collection::Clients, "131128-0098765432");
    desk.sandbox
        .edit(kind, key, "/birth_date", json!(["1931/3/17", "蛍川"]))
        .unwrap();
    assert_eq!(searched(&desk, "basics --yes"), Some(3));
    for (status, exit) in [(400, 6), (401, 5), (403, 5), (404, 6)] {
        let refused = Fault::new(FaultKind::Status {
            status,
            retry_after: None,
        });
        desk.sandbox
            .set_mischief(Mischief::of(refused.on("GET /v1/clients")));
        desk.put("clients.csv", CLIENTS);
        assert_eq!(searched(&desk, "basics --yes"), Some(exit), "{status}");
    }
}

/// The one exception: the clerk is told by the key whose item has moved, and nothing else of
/// it. The log, which is no message to the clerk, does not even say that.
#[test]
fn a_stale_proposal_tells_keys_and_nothing_else() {
    let desk = desk();
    desk.run("basics --prepare");
    desk.put("clients.csv", &CLIENTS.replace("要介護3", "要介護4"));
    let mut ended = desk.run("-v register");
    assert_eq!(ended.exit, Some(4));
    let line = "利用者 131128-0098765432: 楽すけ側で変更";
    assert_eq!(ended.stderr.matches(line).count(), 1, "{ended:?}");
    ended.stderr = ended.stderr.replace(line, "");
    assert_nothing_leaked(&desk, &ended, "register");
}

#[test]
fn a_key_that_is_refused_is_not_repeated() {
    let desk = Desk::unconnected(Options::default());
    for key in [&format!("{KEY}-x"), &format!("{KEY} 鍵"), ""] {
        let ended = desk.connect(key);
        assert!([Some(2), Some(5)].contains(&ended.exit), "{ended:?}");
        assert_nothing_leaked(&desk, &ended, "connect");
    }
}

#[test]
fn a_key_that_is_typed_as_an_argument_is_not_repeated() {
    let desk = Desk::unconnected(Options::default());
    for arguments in [
        format!("connect {KEY}"),
        format!("connect --key {KEY}"),
        format!("connect --key={KEY}"),
    ] {
        let ended = desk.run(&arguments);
        assert_eq!(ended.exit, Some(2), "{ended:?}");
        assert_silent(&ended.words(), "what is said to a wrong `connect`");
    }
}

#[test]
fn the_key_is_refused_a_place_within_the_office_folder() {
    let desk = Desk::unconnected(Options::default());
    for office in [desk.office(), ".".into()] {
        let machine = desk.office().join("keys");
        let mut command = support::command_on(&machine, &office, "connect");
        command
            .current_dir(desk.office())
            .env("RAKUWING_API_KEY", KEY);
        let ended = support::end(&mut command);
        assert_eq!(ended.exit, Some(2), "{}: {ended:?}", office.display());
        assert_nothing_leaked(&desk, &ended, "connect");
    }
}

/// A proxy would get the key and the rows in the clear; the one that is named is not there.
#[test]
fn what_is_for_this_machine_passes_no_proxy() {
    let desk = desk();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let mut command = desk.command("basics --yes");
    command.env_remove("NO_PROXY").env_remove("no_proxy");
    command.env("HTTP_PROXY", &proxy).env("http_proxy", &proxy);
    let ended = support::end(&mut command);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
}

#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn only_the_owner_may_read_the_key() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new(Options::default());
    let keys = files_below(&desk.machine());
    let holding = |path: &&std::path::PathBuf| disk::read(path).unwrap() == KEY.as_bytes();
    assert_eq!(keys.iter().filter(holding).count(), 1);
    for path in keys {
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
}
