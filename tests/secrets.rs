//! What belongs to a person, and the key, stand only where they must.
//!
//! Exempt are what belongs to the owner of the rows: workbooks, the archive and the inbox,
//! the outbox, and the ledger's items (`sendings`, `bodies`, `sent`, `staged`, `kept`, `told`,
//! `told_clients`) with the keys in `proposal_parts` and the people of `still_open`. These are
//! named on the clerk's screen at the end of a run, and nowhere else of what is printed. A national file bears the numbers of two
//! offices in its name.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

#[path = "support/preview.rs"]
mod preview;
mod support;

use std::path::Path;

use memchr::memmem;
use rakuwing::disk;
use rakuwing::sandbox::{Collection, Fault, FaultKind, Mischief, Options, Origin, Play};
use rusqlite::types::ValueRef;
use serde_json::json;

use preview::{decide, preview};
use support::{Desk, Ended, KEY, Nowhere, files_below, grid};

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
/// Another client, for the months that this one is in no row of.
const NOBODY: &str = "0087654321,131128,鬼灯　二郎,ホオズキ,1931/3/17,幻町九丁目,03-9876-5432,要介護3,2026/4/1,2028/3/31,1370000018,影山見本\n";
/// The key of the first client there.
const HOTARU: &str = "131128-0098765432";
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

/// Runs a command in full detail, and whatever else the environment asks for, and searches
/// everything that may be read by others. Gives the exit code.
fn searched(desk: &Desk, arguments: &str) -> Option<i32> {
    let ended = detailed(desk, arguments);
    assert_nothing_leaked(desk, &ended, arguments);
    ended.exit
}

fn detailed(desk: &Desk, arguments: &str) -> Ended {
    let mut command = desk.command(&format!("-v {arguments}"));
    command
        .env("RUST_LOG", "trace")
        .env("RUST_BACKTRACE", "full");
    support::end(&mut command)
}

fn assert_nothing_leaked(desk: &Desk, ended: &Ended, arguments: &str) {
    let screen = without_the_open(&ended.stdout);
    assert_silent(&screen, &format!("the output of {arguments}"));
    assert_silent(&ended.stderr, &format!("the errors of {arguments}"));
    assert_silent(
        &ledger_words(desk),
        &format!("the ledger after {arguments}"),
    );
    let settings = disk::read(&desk.office().join("rakuwing.toml")).unwrap();
    assert_silent(&String::from_utf8(settings).unwrap(), "the settings");
    for path in files_below(&desk.office()) {
        assert_silent(&without_offices(&path), "the name of a file");
        let bytes = disk::read(&path).unwrap();
        let key = memmem::find(&bytes, KEY.as_bytes());
        assert_eq!(key, None, "the key stands in {}", path.display());
    }
    // Notes beside the ledger, and what is kept on the machine, are nobody's rows.
    let mut notes = files_below(&desk.office().join(".rakuwing"));
    notes.retain(|path| !path.to_string_lossy().contains(".sqlite"));
    if disk::exists(&desk.machine()) {
        notes.extend(files_below(&desk.machine()));
    }
    for path in notes {
        assert_silent(&path.to_string_lossy(), "the name of a note");
        let text = String::from_utf8(disk::read(&path).unwrap()).unwrap();
        let is_key = path.extension().is_some_and(|ending| ending == "key");
        if !is_key {
            assert_silent(&text, &path.to_string_lossy());
        }
    }
}

/// The screen without the list of those who are still open.
fn without_the_open(screen: &str) -> String {
    let Some((before, rest)) = screen.split_once("まだ済んでいない人(") else {
        return screen.to_owned();
    };
    let (_, behind) = rest.split_once("全員と次にすることは").unwrap();
    format!("{before}{behind}")
}

/// Every value of the ledger's tables of runs, events, proposals and the binding.
/// The path of a file as far as the program chooses it: the national standard wants the
/// numbers of both offices in the names of the files that go from one to the other.
fn without_offices(path: &Path) -> String {
    let name = path.file_name().unwrap().to_string_lossy();
    if name.contains("UPJSK_") || name.contains("DLTJSK_") {
        path.parent().unwrap().to_string_lossy().into_owned()
    } else {
        path.to_string_lossy().into_owned()
    }
}

fn ledger_words(desk: &Desk) -> String {
    let ledger = desk.ledger();
    let mut words = String::new();
    for table in ["runs", "events", "inputs", "proposals", "binding", "locks"] {
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
    // Somebody has visits that wait for approval.
    assert_eq!(searched(&desk, "actuals --month 2026-10 --yes"), Some(3));
    let plan = "inbox/UPPLAN_202610_1370000992_43_1370000992_21_20260925093000.CSV";
    desk.put_bytes(plan, b"%PDF-1.4\n");
    for arguments in ["audit --month 2026-10", "--json audit --month 2026-10"] {
        assert_eq!(searched(&desk, arguments), Some(0), "{arguments}");
    }
    disk::remove(&desk.office().join(plan)).unwrap();
    // The screen of this command is for the clerk; the log beside it is not.
    let ended = detailed(&desk, "status");
    assert_silent(&ended.stderr, "the errors of status");
    assert_eq!(
        searched(&desk, "--json actuals --month 2026-10 --mark both --yes"),
        Some(3)
    );
    desk.put("offices.csv", OFFICES);
    assert_eq!(searched(&desk, "--json run --month 2026-10 --yes"), Some(3));
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
    let (kind, key) = (Collection::CareOffices, "1370000018-43");
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
    let nowhere = Nowhere::new();
    desk.set(&desk.sandbox.url(), &nowhere.url());
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

/// It reads what both sides hold of everybody, and its list belongs to the owner of the rows.
#[test]
fn laying_both_sides_side_by_side_tells_nobody() {
    let desk = desk_after_a_month();
    for (pointer, value) in [("/name", "蛍川　鬼灯"), ("/birth_date", "1931-03-18")] {
        desk.sandbox
            .edit(Collection::Clients, HOTARU, pointer, json!(value))
            .unwrap();
    }
    desk.put("clients.csv", &format!("{CLIENTS}{NOBODY}"));
    for arguments in ["basics --match", "--json basics --match"] {
        assert_eq!(searched(&desk, arguments), Some(0), "{arguments}");
    }
    let foreign = Desk::new(Options {
        origin: Origin::Other,
        ..Options::default()
    });
    foreign.put("offices.csv", OFFICES);
    foreign.put("clients.csv", CLIENTS);
    assert_eq!(searched(&foreign, "basics --match"), Some(0));
    assert_eq!(searched(&foreign, "--json basics --yes"), Some(4));
}

/// A month's desk at which somebody has changed the client there, prepared again.
fn desk_with_a_difference() -> Desk {
    let desk = desk_after_a_month();
    desk.sandbox
        .edit(Collection::Clients, HOTARU, "/phone", json!("03-9876-0001"))
        .unwrap();
    desk.put("clients.csv", CLIENTS);
    assert_eq!(searched(&desk, "basics --prepare"), Some(3));
    desk
}

#[test]
fn decisions_in_the_workbook_tell_nobody() {
    for word in ["楽すけ", "Care-wing"] {
        let desk = desk_with_a_difference();
        decide(&preview(&desk), &[(HOTARU, word)]);
        assert_eq!(searched(&desk, "--json register"), Some(0), "{word}");
    }
    // Left open, decided for the whole run, and a word that is a value of some row.
    let desk = desk_with_a_difference();
    decide(&preview(&desk), &[(HOTARU, "蛍川　架空子")]);
    for arguments in ["register", "--json register"] {
        assert_eq!(searched(&desk, arguments), Some(4), "{arguments}");
    }
    decide(&preview(&desk), &[(HOTARU, "")]);
    assert_eq!(searched(&desk, "register"), Some(3));
    assert_eq!(searched(&desk, "basics --keep theirs --yes"), Some(0));
}

#[test]
fn a_damaged_workbook_of_decisions_tells_nobody() {
    let desk = desk_with_a_difference();
    let path = preview(&desk);
    // A name stands where the decision was.
    preview::saved_again(&path, |row| {
        if row[3] == HOTARU {
            row.rotate_left(3);
        }
    });
    assert_eq!(searched(&desk, "register"), Some(4));
    disk::write(&path, "蛍川　架空子".as_bytes()).unwrap();
    assert_eq!(searched(&desk, "--json register"), Some(4));
}

#[test]
fn a_month_that_is_emptied_tells_nobody() {
    let desk = desk_after_a_month();
    desk.put("clients.csv", &format!("{CLIENTS}{NOBODY}"));
    assert_eq!(searched(&desk, "basics --yes"), Some(0));
    let other = [(UNKNOWN, &[2, 9][..])];
    desk.put("plan.csv", &grid(&other));
    for (arguments, exit) in [
        ("check", 0),
        ("plan --month 2026-10 --prepare", 3),
        ("--json plan --month 2026-10 --prepare", 3),
        ("register --allow-removals 0", 3),
    ] {
        assert_eq!(searched(&desk, arguments), Some(exit), "{arguments}");
    }
    desk.set("removals_limit = 5", "removals_limit = 0");
    let all = "plan --month 2026-10 --allow-removals 1";
    for arguments in [format!("{all} --yes"), format!("--json {all} --yes")] {
        assert_eq!(searched(&desk, &arguments), Some(4), "{arguments}");
    }
    desk.set("removals_limit = 0", "removals_limit = 5");
    assert_eq!(searched(&desk, &format!("{all} --prepare")), Some(0));
    assert_eq!(
        searched(&desk, "--json register --allow-removals 1"),
        Some(0)
    );
}

#[test]
fn locked_months_tell_nobody() {
    let desk = desk_after_a_month();
    desk.put("plan.csv", &grid(&[(HOTARUGAWA, &[2])]));
    for (arguments, exit) in [
        ("lock --month 2026-10", 0),
        ("--json lock", 0),
        ("plan --month 2026-10 --yes", 4),
        ("--json run --month 2026-10 --yes", 4),
        ("plan --month 2026-10 --allow-removals 9 --prepare", 0),
        ("register", 4),
        ("register --override", 0),
        ("--json actuals --month 2026-10 --yes", 4),
        ("unlock --month 2026-10", 0),
    ] {
        assert_eq!(searched(&desk, arguments), Some(exit), "{arguments}");
    }
}

/// The names and units of a town are no secret, but a file in the wrong place is anybody's.
#[test]
fn service_codes_that_are_imported_tell_nobody() {
    let desk = desk();
    let headers = "\"保険者番号\",\"サービス種類コード\",\"サービス項目コード\",\"適用開始年月\",\
         \"適用終了年月\",\"サービス名称\",\"単位数\",\"算定単位\",\"制限日数回数\",\"算定回数制限期間\",\
         \"限度額管理対象区分\",\"単位数単価\",\"給付率\",\"利用者負担額\",\"事業対象者実施区分\",\
         \"支援1受給者実施区分\",\"支援2受給者実施区分\",\"国保連委託区分\",\"作成日\"\n";
    let rest = "1,01,3,,,,2,2,2,1,20240327\n";
    let rows = [
        format!("131136,A2,2621,202404,999999,訪問型独自サービス蛍川,287,01,{rest}"),
        format!("131136,A2,2622,202404,999999,訪問型独自サービス鬼灯,0098765432,01,{rest}"),
        format!("131136,A2,2623,1931/3/17,999999,まぼろし居宅,287,01,{rest}"),
        format!("蛍川　架空子,A2,2624,202404,999999,幻町九丁目,287,01,{rest}"),
        format!("131136,A2,2625,202404,999999,鬼灯,影山見本,0087654321,{rest}"),
    ];
    desk.put("master.csv", &format!("{headers}{}", rows.concat()));
    let inbox = desk.office().join("inbox");
    for (name, exit) in [("master.csv", 3), ("clients.csv", 7), ("蛍.csv", 7)] {
        let path = inbox.join(name);
        for import in ["codes import", "--json codes import"] {
            let arguments = format!("{import} {}", path.display());
            assert_eq!(searched(&desk, &arguments), Some(exit), "{arguments}");
        }
    }
}

/// A spreadsheet, say, lies where the ledger was; it is put aside as it is.
#[test]
fn characters_that_cannot_come_back_tell_nobody() {
    let desk = desk();
    let clients = CLIENTS.replace("蛍川　架空子", "𠮷蛍川　架空子");
    desk.put_bytes("inbox/clients.csv", clients.as_bytes());
    assert_eq!(searched(&desk, "basics --yes"), Some(0));
    let plan = HOTARUGAWA.replace("蛍川　架空子", "𠮷蛍川　架空子");
    desk.put_bytes("inbox/plan.csv", grid(&[(&plan, &[1])]).as_bytes());
    for arguments in [
        "plan --month 2026-10 --prepare",
        "--json plan --month 2026-10 --prepare",
    ] {
        assert_eq!(searched(&desk, arguments), Some(0), "{arguments}");
    }
    // What is typed wrong is not repeated.
    for typed in ["0098765432=蛍川", "131128-0087654321:𠮷=鬼灯"] {
        let arguments = format!("names --approve {typed}");
        assert_eq!(searched(&desk, &arguments), Some(2), "{arguments}");
    }
    // The screen of this command is for the clerk; the log beside it is not.
    for arguments in ["names", "--json names", "names --yes"] {
        let ended = detailed(&desk, arguments);
        assert_eq!(ended.exit, Some(0), "{arguments}: {ended:?}");
        assert_silent(&ended.stderr, &format!("the errors of {arguments}"));
    }
    assert_eq!(searched(&desk, "register"), Some(4));
    // A list that is damaged names its line alone.
    let list = "mappings/codes/name_replacements_own.csv";
    let bytes = disk::read(&desk.office().join(list)).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    for damaged in [
        text.replace(",吉,", ",𠮷,"),
        text.replace("被保険者番号", "番号"),
    ] {
        desk.put_bytes(list, damaged.as_bytes());
        for arguments in ["plan --month 2026-10 --prepare", "--json names"] {
            assert_eq!(searched(&desk, arguments), Some(7), "{arguments}");
        }
    }
}

#[test]
fn a_ledger_that_cannot_be_used_tells_nobody() {
    let desk = desk_after_a_month();
    desk.put("clients.csv", CLIENTS);
    desk.put_bytes(".rakuwing/ledger.sqlite", CLIENTS.as_bytes());
    for arguments in ["basics --yes", "--json basics --yes", "register", "lock"] {
        let ended = detailed(&desk, arguments);
        assert_eq!(ended.exit, Some(7), "{arguments}: {ended:?}");
        assert_silent(&ended.words(), arguments);
    }
    let mut connect = desk.command("-v connect --new-ledger");
    let ended = support::end(connect.env("RAKUWING_API_KEY", KEY));
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_nothing_leaked(&desk, &ended, "connect --new-ledger");
    desk.put("offices.csv", OFFICES);
    assert_eq!(searched(&desk, "basics --yes"), Some(0));
}

/// Half of it has arrived when the key, the machine, the link or the network fails.
#[test]
fn a_run_that_breaks_in_the_middle_tells_nobody() {
    let status = |status| FaultKind::Status {
        status,
        retry_after: None,
    };
    for (kind, exit) in [
        (status(401), 5),
        (status(403), 5),
        (status(404), 6),
        (FaultKind::ForeignBasicData, 4),
        (FaultKind::ResetBeforeEffect, 6),
        (FaultKind::ResetAfterEffect, 0),
        (FaultKind::TruncatedBody, 0),
    ] {
        for json in ["", "--json "] {
            let desk = desk();
            let fault = Fault::new(kind.clone()).on("/v1/clients/batch");
            desk.sandbox.set_mischief(Mischief::of(fault));
            let arguments = format!("{json}basics --yes");
            assert_eq!(searched(&desk, &arguments), Some(exit), "{kind:?}");
            desk.behave();
            if exit != 0 {
                assert_eq!(searched(&desk, &arguments), Some(0), "after {kind:?}");
            }
        }
    }
}

/// What it prints is the payload itself; what it says beside is for everybody.
#[test]
fn a_conversion_says_nothing_beside_the_payload() {
    let desk = desk();
    desk.put("plan.csv", &grid(&[(UNKNOWN, &[1]), (BAD_TIME, &[2])]));
    let inbox = desk.office().join("inbox");
    let files = ["clients.csv", "plan.csv", "offices.csv"].map(|name| inbox.join(name));
    let [clients, plan, offices] = files.each_ref().map(|path| path.display());
    let ended = detailed(&desk, &format!("convert {clients} {plan} {offices}"));
    assert_silent(&ended.stderr, "the errors of convert");
    let out = desk.office().join("items.jsonl");
    let out = out.display();
    for json in ["", "--json "] {
        searched(&desk, &format!("{json}convert {clients} {plan} -o {out}"));
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

/// The same where it has moved there, and where it was asked for as an object.
#[test]
fn a_proposal_that_is_stale_on_the_other_side_tells_keys_and_nothing_else() {
    let desk = desk_after_a_month();
    desk.put("clients.csv", &CLIENTS.replace("要介護3", "要介護4"));
    assert_eq!(searched(&desk, "basics --prepare"), Some(0));
    for (pointer, value) in [("/name", "蛍川　鬼灯"), ("/phone", "03-9876-0001")] {
        desk.sandbox
            .edit(Collection::Clients, HOTARU, pointer, json!(value))
            .unwrap();
    }
    let mut ended = detailed(&desk, "--json register");
    assert_eq!(ended.exit, Some(4), "{ended:?}");
    assert!(ended.stdout.contains("氏名") && ended.stdout.contains("電話番号"));
    assert!(ended.stdout.contains(HOTARU), "{ended:?}");
    ended.stdout = ended.stdout.replace(HOTARU, "");
    ended.stderr = ended.stderr.replace(HOTARU, "");
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
    let nowhere = Nowhere::new();
    let proxy = nowhere.url();
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
