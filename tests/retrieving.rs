//! 実績の取得 from outside: what lies in the outbox, what is kept, and what goes on after a
//! retrieval was stopped half-way.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

mod support;

use std::path::{Path, PathBuf};

use calamine::{Data, DataType, Reader, Xlsx, open_workbook};
use encoding_rs::SHIFT_JIS;
use rakuwing::disk::{self, Digest};
use rakuwing::sandbox::{Actual, Collection, Options, Play};
use serde_json::Value as Json;

use support::{Desk, grid};

const OFFICES: &str = "\
事業所番号,事業所名,サービス種類
1370000018,みほん居宅,43
";
const CLIENTS: &str = "\
被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,認定有効期間終了日,居宅支援事業所番号
0000100001,131128,見本　一郎,1937/3/4,要介護3,2026/4/1,2028/3/31,1370000018
0000100002,131128,見本　二美,1934/11/3,要介護1,2026/4/1,2028/3/31,1370000018
";
const ICHIRO: &str = "2026/10,1370100016,131128,0000100001,見本　一郎,111111,9:00,9:30";
const FUMI: &str = "2026/10,1370100016,131128,0000100002,見本　二美,111211,9:00,10:00";

const GRID: &str = "月間ケアプラン_実績_202610.csv";
const COMPARISON: &str = "予実対照_202610.xlsx";
const ADDRESSEES: &str = "送付先一覧_202610.xlsx";
const LIST: &str = "実績_202610_目録.json";
const ACTUALS: &str = "actuals --month 2026-10 --yes";

/// With the basic data registered; nothing is planned.
fn desk() -> Desk {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    desk
}

/// With a plan registered for both clients.
fn desk_with_a_plan() -> Desk {
    let desk = desk();
    desk.put("plan.csv", &grid(&[(ICHIRO, &[5, 12]), (FUMI, &[6, 20])]));
    assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(0));
    desk
}

/// A visit that a helper recorded and the manager approved: the last digit of the insured
/// number, the code, the day and the times.
type Visit<'a> = (u32, &'a str, u32, &'a str, &'a str);

fn actual((client, code, day, start, end): &Visit<'_>, approved: bool) -> Actual {
    let visit = serde_json::json!({
        "kind": "visit",
        "office": "1370100016",
        "client": {
            "insurer_number": "131128",
            "insured_number": format!("{:010}", 100_000 + client),
        },
        "service_code": code,
        "approved": approved,
        "date": format!("2026-10-{day:02}"),
        "planned": null,
        "recorded": { "start": start, "end": end },
    });
    serde_json::from_value(visit).unwrap()
}

fn add_on_without_a_day(client: u32) -> Actual {
    let add_on = serde_json::json!({
        "kind": "add_on",
        "office": "1370100016",
        "client": {
            "insurer_number": "131128",
            "insured_number": format!("{:010}", 100_000 + client),
        },
        "service_code": "114001",
        "approved": true,
        "date": null,
        "planned": null,
        "recorded": null,
    });
    serde_json::from_value(add_on).unwrap()
}

fn recorded(desk: &Desk, visits: &[Visit<'_>]) {
    let visits = visits.iter().map(|visit| actual(visit, true)).collect();
    desk.sandbox.set_actuals("2026-10", visits).unwrap();
}

/// As planned, but for a few minutes.
fn nearly_as_planned(desk: &Desk) {
    recorded(
        desk,
        &[
            (1, "111111", 5, "09:03", "09:31"),
            (1, "111111", 12, "09:00", "09:30"),
            (2, "111211", 6, "09:00", "10:00"),
            (2, "111211", 20, "08:58", "10:01"),
        ],
    );
}

fn outbox(desk: &Desk) -> PathBuf {
    desk.office().join("outbox")
}

fn national(desk: &Desk) -> Vec<String> {
    let mut files = desk.files("outbox");
    files.retain(|name| name.starts_with("UPJSK"));
    files
}

fn list(desk: &Desk) -> Json {
    serde_json::from_slice(&disk::read(&outbox(desk).join(LIST)).unwrap()).unwrap()
}

fn text(path: &Path) -> String {
    let bytes = disk::read(path).unwrap();
    let (text, _, broken) = SHIFT_JIS.decode(&bytes);
    assert!(!broken);
    text.into_owned()
}

/// The lines of the grid without the empty cells: code, times, and every `1` by its header.
fn lines_of_the_grid(desk: &Desk) -> Vec<String> {
    let text = text(&outbox(desk).join(GRID));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let line = |row: csv::StringRecord| {
        let cells = header.iter().zip(&row).skip(5);
        let cells = cells.filter(|(_, cell)| !cell.is_empty());
        let words = cells.map(|(header, cell)| match cell {
            "1" => header.to_owned(),
            _ => cell.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    };
    reader.records().map(|row| line(row.unwrap())).collect()
}

#[test]
fn the_list_names_every_file_with_its_digest_and_its_rows() {
    let desk = desk_with_a_plan();
    nearly_as_planned(&desk);
    let ended = desk.run(ACTUALS);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    let list = list(&desk);
    let named: Vec<&str> = list["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["name"].as_str().unwrap())
        .collect();
    let upjsk = national(&desk);
    assert_eq!(named, [GRID, &*upjsk[0], ADDRESSEES, COMPARISON]);
    let mut there = desk.files("outbox");
    there.retain(|name| name != LIST);
    assert_eq!(there.len(), named.len());
    for file in list["files"].as_array().unwrap() {
        let name = file["name"].as_str().unwrap();
        let bytes = disk::read(&outbox(&desk).join(name)).unwrap();
        assert_eq!(file["bytes"], bytes.len(), "{name}");
        assert_eq!(file["sha256"], Digest::of(&bytes).as_str(), "{name}");
    }
    let rows = |at: usize| list["files"][at]["rows"].as_u64();
    let rows = [rows(0), rows(1), rows(2), rows(3)];
    assert_eq!(rows, [Some(2), Some(4), Some(1), Some(4)]);
    assert_eq!(
        (&list["add_ons"], &list["mark"]),
        (&"with".into(), &"actual".into())
    );
    assert_eq!((&list["taken"], &list["withheld"]), (&4.into(), &0.into()));
    let words = list.to_string();
    assert!(
        !words.contains("見本") && !words.contains("0000100001"),
        "{words}"
    );
}

#[test]
fn the_national_file_is_strict() {
    let desk = desk_with_a_plan();
    desk.set("name = \"\"", "name = \"見本, \\\"訪問\\\"介護\"");
    nearly_as_planned(&desk);
    assert_eq!(desk.run(ACTUALS).exit, Some(0));
    let name = &national(&desk)[0];
    let parts: Vec<&str> = name.split(['_', '.']).collect();
    let [
        begins,
        month,
        sender,
        sender_type,
        receiver,
        receiver_type,
        serial,
        ending,
    ] = parts[..]
    else {
        panic!("{name}");
    };
    assert_eq!((begins, month, ending), ("UPJSK", "202610", "CSV"));
    assert_eq!((sender, sender_type), ("1370100016", "11"));
    assert_eq!((receiver, receiver_type), ("1370000018", "43"));
    assert_eq!(serial.len(), 14);
    let made_on = &serial[..8];
    let text = text(&outbox(&desk).join(name));
    let expected = [
        ("0000100001", "20261005", "0903", "0931", "111111", "244"),
        ("0000100001", "20261012", "0900", "0930", "111111", "244"),
        ("0000100002", "20261006", "0900", "1000", "111211", "387"),
        ("0000100002", "20261020", "0858", "1001", "111211", "387"),
    ]
    .map(|(client, date, start, end, code, units)| {
        format!(
            "202407,131128,{client},{made_on},202610,1370000018,,{units},,{date},,{start},{end},1,\
             {code},,,,,1370100016,\"見本, \"\"訪問\"\"介護\",,0,1370100016,\r\n"
        )
    });
    assert_eq!(text, expected.concat());
}

#[test]
fn the_same_actuals_again_leave_every_file_as_it_is() {
    let desk = desk_with_a_plan();
    nearly_as_planned(&desk);
    desk.run(ACTUALS);
    let before = (desk.files("outbox"), list(&desk));
    // A preview that was used goes there each time.
    let archived = |desk: &Desk| {
        let files = desk.files("archive").into_iter();
        let files = files.filter(|name| !name.contains("プレビュー"));
        files.collect::<Vec<_>>()
    };
    let kept = archived(&desk);
    let again = desk.run(ACTUALS);
    assert_eq!(again.exit, Some(0), "{again:?}");
    assert!(
        again
            .stdout
            .contains("前回書き出したファイルと同じ内容です"),
        "{again:?}"
    );
    assert_eq!((desk.files("outbox"), list(&desk)), before);
    assert_eq!(archived(&desk), kept);
}

#[test]
fn what_has_changed_is_written_again_and_the_earlier_files_are_kept() {
    let desk = desk_with_a_plan();
    nearly_as_planned(&desk);
    desk.run(ACTUALS);
    let first = national(&desk);
    let grid = disk::read(&outbox(&desk).join(GRID)).unwrap();
    recorded(
        &desk,
        &[
            (1, "111111", 5, "09:00", "09:30"),
            (2, "111211", 6, "09:00", "10:00"),
        ],
    );
    assert_eq!(desk.run(ACTUALS).exit, Some(0));
    let second = national(&desk);
    assert_eq!((first.len(), second.len()), (1, 1));
    assert!(second > first, "{second:?} comes after {first:?}");
    let archived = desk.files("archive");
    for name in [GRID, &*first[0], COMPARISON, LIST] {
        let kept = archived.iter().filter(|of| of.ends_with(name)).count();
        assert_eq!(kept, 1, "{name} in {archived:?}");
    }
    let kept = archived.iter().find(|of| of.ends_with(GRID)).unwrap();
    assert_eq!(
        disk::read(&desk.office().join("archive").join(kept)).unwrap(),
        grid
    );
}

#[test]
fn a_national_file_that_was_taken_away_comes_again_just_so() {
    let desk = desk_with_a_plan();
    nearly_as_planned(&desk);
    desk.run(ACTUALS);
    let path = outbox(&desk).join(&national(&desk)[0]);
    let before = disk::read(&path).unwrap();
    disk::remove(&path).unwrap();
    assert_eq!(desk.run(ACTUALS).exit, Some(0));
    assert_eq!(disk::read(&path).unwrap(), before);
    assert_eq!(national(&desk).len(), 1);
}

#[test]
fn an_office_without_the_link_between_care_plans_gets_no_national_files() {
    let desk = desk_with_a_plan();
    desk.set("care_office_files = true", "care_office_files = false");
    nearly_as_planned(&desk);
    assert_eq!(desk.run(ACTUALS).exit, Some(0));
    assert_eq!(national(&desk), [] as [&str; 0]);
}

#[test]
fn what_was_fetched_is_kept_before_anything_is_written() {
    let desk = desk_with_a_plan();
    nearly_as_planned(&desk);
    // A folder stands where the file belongs.
    let in_the_way = outbox(&desk).join(GRID);
    disk::make_folder(&in_the_way).unwrap();
    let ended = desk.run(ACTUALS);
    assert_eq!(ended.exit, Some(7), "{ended:?}");
    assert_eq!(desk.files("outbox"), [] as [&str; 0]);
    let staged: i64 = desk
        .ledger()
        .query_row("SELECT count(*) FROM staged", [], |row| row.get(0))
        .unwrap();
    assert!(staged > 0);

    std::fs::remove_dir(&in_the_way).unwrap();
    let fetched = desk.sandbox.requests().len();
    let ended = desk.run("register");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_eq!(
        desk.sandbox.requests().len(),
        fetched,
        "nothing is fetched again"
    );
    assert_eq!(lines_of_the_grid(&desk).len(), 2);
    assert_eq!(national(&desk).len(), 1);
}

#[test]
fn to_prepare_shows_the_counts_and_writes_nothing() {
    let desk = desk_with_a_plan();
    nearly_as_planned(&desk);
    let ended = desk.run("actuals --month 2026-10 --prepare");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    for words in [
        "予定どおりの訪問 4",
        "時刻が違う訪問 0",
        "居宅支援事業所へのファイル 1",
    ] {
        assert!(ended.stdout.contains(words), "{words}: {ended:?}");
    }
    assert_eq!(desk.files("outbox"), [] as [&str; 0]);
    assert_eq!(desk.run("register").exit, Some(0));
    assert_eq!(desk.files("outbox").len(), 5);
}

#[test]
fn actuals_land_on_the_lines_of_a_plan_that_only_lies_in_the_inbox() {
    let desk = desk();
    desk.put("plan.csv", &grid(&[(ICHIRO, &[5, 12]), (FUMI, &[6])]));
    nearly_as_planned(&desk);
    let ended = desk.run(ACTUALS);
    // Nobody has registered what was only looked at.
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert!(
        ended.stdout.contains("予定として使いました(2人)"),
        "{ended:?}"
    );
    assert_eq!(
        lines_of_the_grid(&desk),
        [
            "111111 09:00 09:30 実績5 実績12 2",
            "111211 身体介護２ 08:58 10:01 実績20 実績合計",
            "111211 09:00 10:00 実績6 実績合計",
        ]
    );
    assert_eq!(
        desk.files("inbox"),
        ["plan.csv"],
        "it was looked at, not registered"
    );
    assert_eq!(
        desk.posts()
            .iter()
            .filter(|post| post.path.contains("plans"))
            .count(),
        0
    );
}

#[test]
fn a_plan_in_the_inbox_is_newer_than_the_registered_one_where_it_can_be_used() {
    let desk = desk_with_a_plan();
    nearly_as_planned(&desk);
    let moved = ICHIRO.replace("9:00,9:30", "9:05,9:35");
    let broken = FUMI.replace("9:00,10:00", "9:70,10:00");
    desk.put(
        "plan.csv",
        &grid(&[(&moved, &[5, 12]), (&broken, &[6, 20])]),
    );
    let ended = desk.run(ACTUALS);
    // Somebody is held, and says so.
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert!(ended.stdout.contains("使えない行がある1人"), "{ended:?}");
    let lines = lines_of_the_grid(&desk);
    assert!(lines[0].contains("09:05 09:35 実績5 実績12"), "{lines:?}");
    assert!(lines[1].contains("09:00 10:00 実績6 実績20"), "{lines:?}");
}

#[test]
fn a_plan_that_changed_in_the_inbox_makes_a_prepared_retrieval_stale() {
    let desk = desk_with_a_plan();
    nearly_as_planned(&desk);
    desk.run("actuals --month 2026-10 --prepare");
    let moved = ICHIRO.replace("9:00,9:30", "9:05,9:35");
    desk.put("plan.csv", &grid(&[(&moved, &[5, 12])]));
    let ended = desk.run("register");
    assert_eq!(ended.exit, Some(4), "{ended:?}");
    assert!(
        ended.words().contains("受信箱(inbox)のファイル"),
        "{ended:?}"
    );
    assert_eq!(desk.files("outbox"), [] as [&str; 0]);
}

#[test]
fn an_older_retrieval_does_not_take_the_place_of_a_newer_one() {
    let desk = desk_with_a_plan();
    recorded(&desk, &[(1, "111111", 5, "09:03", "09:31")]);
    assert_eq!(desk.run("actuals --month 2026-10 --prepare").exit, Some(0));
    nearly_as_planned(&desk);
    assert_eq!(desk.run(ACTUALS).exit, Some(0));
    let written = (desk.files("outbox"), list(&desk));
    let ended = desk.run("register");
    assert_eq!(ended.exit, Some(4), "{ended:?}");
    assert!(ended.words().contains("あとから取得した実績"), "{ended:?}");
    assert_eq!((desk.files("outbox"), list(&desk)), written);
}

/// With the basic data of a third client; nothing is planned.
fn desk_of_three() -> Desk {
    desk_of_three_and_a_town(None)
}

/// The same where a town's own program looks after one of them.
fn desk_of_three_and_a_town(of_town: Option<usize>) -> Desk {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    let third = "0000100003,131128,見本　三子,1940/1/3,要介護2,2026/4/1,2028/3/31,1370000018\n";
    let clients = format!("{CLIENTS}{third}");
    let lines = clients.lines().enumerate().map(|(at, line)| {
        let levels = ["要介護1", "要介護2", "要介護3"];
        let is_it = of_town == Some(at);
        let level = levels.iter().find(|level| is_it && line.contains(**level));
        level.map_or_else(|| line.to_owned(), |level| line.replace(level, "要支援1"))
    });
    desk.put(
        "clients.csv",
        &lines.map(|line| line + "\n").collect::<String>(),
    );
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    desk
}

#[test]
fn a_deletion_stays_until_somebody_has_sent_it_though_there_are_later_ones() {
    let desk = desk_of_three();
    let visits = [1, 2, 3].map(|client| (client, "111111", 5, "09:00", "09:30"));
    recorded(&desk, &visits);
    assert_eq!(desk.run(ACTUALS).exit, Some(0));
    for left in [2, 1] {
        recorded(&desk, &visits[..left]);
        let ended = desk.run("actuals --month 2026-10 --deletions --yes");
        assert_eq!(ended.exit, Some(0), "{ended:?}");
    }
    let mut deletions = desk.files("outbox");
    deletions.retain(|name| name.starts_with("DLTJSK"));
    let deleted = deletions.iter().map(|name| text(&outbox(&desk).join(name)));
    assert_eq!(
        deleted.collect::<Vec<_>>(),
        [
            "202407,131128,0000100003,202610,1370100016,11\r\n",
            "202407,131128,0000100002,202610,1370100016,11\r\n",
        ]
    );
}

#[test]
fn who_comes_back_after_a_deletion_is_told_of_anew_though_the_file_is_the_same() {
    let desk = desk_of_three();
    let visits = [1, 2, 3].map(|client| (client, "111111", 5, "09:00", "09:30"));
    recorded(&desk, &visits);
    assert_eq!(desk.run(ACTUALS).exit, Some(0));
    let first = national(&desk);
    // The add-on without a day holds the first client, and with her the file; the second one
    // has vanished.
    let mut actuals: Vec<Actual> = [visits[0], visits[2]]
        .iter()
        .map(|visit| actual(visit, true))
        .collect();
    actuals.push(add_on_without_a_day(1));
    desk.sandbox.set_actuals("2026-10", actuals).unwrap();
    let ended = desk.run("actuals --month 2026-10 --deletions --yes");
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert_eq!(national(&desk), first);
    recorded(&desk, &visits);
    assert_eq!(desk.run(ACTUALS).exit, Some(0));
    assert!(national(&desk) > first, "{first:?}");
}

#[test]
fn of_a_client_with_a_day_that_cannot_be_written_nobody_is_told_at_all() {
    let desk = Desk::new(Options::default());
    desk.put(
        "offices.csv",
        &format!("{OFFICES}1370000026,ケアプラン桜,43\n"),
    );
    // In the middle of the month another office takes over, with a name that CP932 lacks.
    let clients = "\
被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,認定有効期間終了日,居宅支援事業所番号,担当ケアマネジャー
0000100001,131128,見本　一郎,1937/3/4,要介護3,2026/4/1,2026/10/15,1370000018,例　恵子
0000100001,131128,見本　一郎,1937/3/4,要介護3,2026/10/16,2028/3/31,1370000026,𠮷田　例
0000100002,131128,見本　二美,1934/11/3,要介護1,2026/4/1,2028/3/31,1370000018,例　恵子
";
    desk.put_bytes("inbox/clients.csv", clients.as_bytes());
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    recorded(
        &desk,
        &[
            (1, "111111", 5, "09:00", "09:30"),
            (1, "111111", 20, "09:00", "09:30"),
            (2, "111211", 6, "09:00", "10:00"),
        ],
    );
    let ended = desk.run(ACTUALS);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_eq!(lines_of_the_grid(&desk).len(), 2);
    let files = national(&desk);
    assert_eq!(files.len(), 1, "{files:?}");
    let told = text(&outbox(&desk).join(&files[0]));
    assert_eq!(told.lines().count(), 1);
    assert!(told.starts_with("202407,131128,0000100002,"), "{told}");
}

#[test]
fn a_file_waits_where_somebody_it_told_of_cannot_be_told_of_now() {
    let (_, fumi) = CLIENTS.trim_end().rsplit_once('\n').unwrap();
    let unwritable = fumi.replace("見本　", "𠮷本　");
    let certified_later = fumi.replace("2026/4/1", "2026/11/1");
    for now in [unwritable, certified_later] {
        let desk = desk();
        // Without a plan the grid bears the name of the basic data.
        nearly_as_planned(&desk);
        assert_eq!(desk.run(ACTUALS).exit, Some(0));
        let first = national(&desk);
        let clients = CLIENTS.replace(fumi, &now);
        desk.put_bytes("inbox/clients.csv", clients.as_bytes());
        assert_eq!(desk.run("basics --yes").exit, Some(0));
        recorded(
            &desk,
            &[
                (1, "111111", 5, "09:00", "09:30"),
                (2, "111211", 7, "09:00", "10:00"),
            ],
        );
        let ended = desk.run(ACTUALS);
        assert_eq!(ended.exit, Some(3), "{now}: {ended:?}");
        assert_eq!(national(&desk), first, "{now}");
    }
}

#[test]
fn what_is_told_is_written_down_before_the_file_is() {
    let desk = desk();
    recorded(&desk, &[(1, "111111", 5, "09:00", "09:30")]);
    assert_eq!(desk.run(ACTUALS).exit, Some(0));
    // The next serial is known beforehand where the last one lies ahead.
    let ledger = desk.office().join(".rakuwing").join("ledger.sqlite");
    let ahead = "UPDATE told SET serial = '20991231000000'";
    let ledger = rusqlite::Connection::open(ledger).unwrap();
    assert_eq!(ledger.execute(ahead, []).unwrap(), 1);
    drop(ledger);
    recorded(&desk, &[(1, "111111", 5, "09:01", "09:30")]);
    let next = "UPJSK_202610_1370100016_11_1370000018_43_20991231000001.CSV";
    let in_the_way = outbox(&desk).join(next);
    disk::make_folder(&in_the_way).unwrap();
    let ended = desk.run(ACTUALS);
    assert_eq!(ended.exit, Some(7), "{ended:?}");
    let written_down: String = desk
        .ledger()
        .query_row("SELECT serial FROM told", [], |row| row.get(0))
        .unwrap();
    assert_eq!(written_down, "20991231000001");
    std::fs::remove_dir(&in_the_way).unwrap();
    assert_eq!(desk.run(ACTUALS).exit, Some(0));
    assert_eq!(national(&desk), [next]);
}

#[test]
fn a_receiver_that_is_registered_no_more_is_told_nothing_and_the_clerk_hears_why() {
    let desk = desk();
    recorded(&desk, &[(1, "111111", 5, "09:00", "09:30")]);
    let ended = desk.run(ACTUALS);
    assert!(!ended.stdout.contains("、要確認 "), "{ended:?}");
    let first = national(&desk);
    let ledger = desk.office().join(".rakuwing").join("ledger.sqlite");
    let ledger = rusqlite::Connection::open(ledger).unwrap();
    let forget = "DELETE FROM sent WHERE collection = 'care-offices'";
    assert_eq!(ledger.execute(forget, []).unwrap(), 1);
    drop(ledger);
    recorded(&desk, &[(1, "111111", 5, "09:01", "09:30")]);
    let ended = desk.run(ACTUALS);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    // A616 for the client, and A618 for the file that told of him.
    assert!(ended.stdout.contains("要確認 2件"), "{ended:?}");
    assert_eq!(national(&desk), first);
}

#[test]
fn no_line_comes_back_of_a_client_with_one_that_cannot_be_written() {
    let desk = desk();
    let other = ICHIRO.replace("見本", "𠮷本").replace("111111", "111211");
    let plan = grid(&[(ICHIRO, &[5]), (&other, &[6]), (FUMI, &[6])]);
    desk.put_bytes("inbox/plan.csv", plan.as_bytes());
    recorded(
        &desk,
        &[
            (1, "111111", 5, "09:00", "09:30"),
            (1, "111211", 6, "09:00", "09:30"),
            (2, "111211", 6, "09:00", "10:00"),
        ],
    );
    let ended = desk.run(ACTUALS);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert_eq!(
        lines_of_the_grid(&desk),
        ["111211 09:00 10:00 実績6 実績合計"]
    );
}

#[test]
fn a_file_of_which_nothing_is_left_goes_out_of_the_outbox() {
    let desk = desk_of_three_and_a_town(Some(2));
    let visits = [
        (1, "111111", 5, "09:00", "09:30"),
        (2, "A22111", 5, "09:00", "09:30"),
    ];
    recorded(&desk, &visits);
    assert_eq!(desk.run(ACTUALS).exit, Some(0));
    let both = national(&desk);
    assert_eq!(both.len(), 2);
    recorded(&desk, &visits[..1]);
    let ended = desk.run(ACTUALS);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_eq!(national(&desk), both[..1]);
    recorded(&desk, &visits);
    assert_eq!(desk.run(ACTUALS).exit, Some(0));
    assert_eq!(
        national(&desk),
        both,
        "just what the office was told before"
    );
}

/// The sums on the first page of the comparison, by their words.
fn sums(desk: &Desk) -> [usize; 8] {
    let path = outbox(desk).join(COMPARISON);
    let mut workbook: Xlsx<_> = open_workbook(path).unwrap();
    let page = workbook.worksheet_range("概要").unwrap();
    let names = [
        "予定どおり",
        "時刻違い",
        "時刻要確認",
        "サービス違い",
        "未承認",
        "記録なし",
        "予定外",
        "日割",
    ];
    let sum = |name: &str| {
        let is_name = |cell: &Data| cell.as_string().is_some_and(|text| text == name);
        let row = page.rows().find(|row| row.iter().any(is_name)).unwrap();
        let count = row.iter().find_map(DataType::as_i64).unwrap();
        usize::try_from(count).unwrap()
    };
    names.map(sum)
}

#[test]
fn every_category_of_the_comparison_is_counted() {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    let target = "0000100003,131128,見本　三子,1940/1/3,事業対象者,2026/4/1,2028/3/31,1370000018\n";
    desk.put("clients.csv", &format!("{CLIENTS}{target}"));
    let daily = "2026/10,1370100016,131128,0000100003,見本　三子,A22111,11:00,12:00";
    desk.put(
        "plan.csv",
        &grid(&[(ICHIRO, &[1, 2, 3, 4, 5, 6]), (daily, &[8, 9])]),
    );
    assert_eq!(desk.run("run --month 2026-10 --yes").exit, Some(0));
    let approved = [
        (1, "111111", 1, "09:00", "09:30"),
        (1, "111111", 2, "09:15", "09:45"),
        (1, "117211", 3, "09:10", "09:55"),
        (1, "111111", 25, "15:00", "15:30"),
        (3, "A22111", 8, "11:00", "12:00"),
        (3, "A22111", 9, "11:02", "11:10"),
    ];
    let mut actuals: Vec<Actual> = approved.iter().map(|visit| actual(visit, true)).collect();
    actuals.push(actual(&(1, "111111", 4, "09:00", "09:30"), false));
    desk.sandbox.set_actuals("2026-10", actuals).unwrap();
    let ended = desk.run(ACTUALS);
    // Visits wait for approval.
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    // As planned: the 1st and the 8th. Other times: the 2nd. Times to look at: the 9th. Another
    // service: the 3rd. Not approved: the 4th. No record: the 5th and the 6th. Unplanned: the 25th.
    assert_eq!(sums(&desk), [2, 1, 1, 1, 1, 2, 1, 1]);
}

#[test]
fn an_office_says_itself_how_many_minutes_are_as_planned() {
    let desk = desk_with_a_plan();
    recorded(
        &desk,
        &[
            (1, "111111", 5, "09:08", "09:38"),
            (1, "111111", 12, "09:20", "09:50"),
            (2, "111211", 6, "09:00", "10:00"),
            (2, "111211", 20, "09:00", "10:09"),
        ],
    );
    for (from, to, expected) in [
        (
            "as_planned_minutes = 10",
            "as_planned_minutes = 5",
            [1, 3, 0],
        ),
        ("look_at_minutes = 30", "look_at_minutes = 7", [1, 0, 3]),
        ("look_at_minutes = 7", "look_at_minutes = 60", [1, 3, 0]),
        (
            "as_planned_minutes = 5",
            "as_planned_minutes = 20",
            [4, 0, 0],
        ),
    ] {
        desk.set(from, to);
        let ended = desk.run(ACTUALS);
        assert_eq!(ended.exit, Some(0), "{ended:?}");
        assert_eq!(sums(&desk)[..3], expected, "{to}");
    }
}

/// The rows of 送付先一覧 below its header, without empty cells.
fn addressees(desk: &Desk) -> Vec<Vec<String>> {
    let path = outbox(desk).join(ADDRESSEES);
    let mut workbook: Xlsx<_> = open_workbook(path).unwrap();
    let sheet = workbook.worksheet_range("送付先一覧").unwrap();
    let rows = sheet.rows().map(|row| {
        let cells = row.iter().map(ToString::to_string);
        cells.filter(|cell| !cell.is_empty()).collect::<Vec<_>>()
    });
    let filled: Vec<_> = rows.filter(|row| !row.is_empty()).collect();
    let header = filled.iter().position(|row| row[0] == "送付先").unwrap();
    filled[header + 1..].to_vec()
}

#[test]
fn an_office_that_manages_care_and_its_prevention_is_told_of_each_by_itself() {
    let desk = Desk::new(Options::default());
    let offices = "1370000018,みほん居宅,46\n1370000026,れいじ居宅,43\n";
    desk.put("offices.csv", &format!("{OFFICES}{offices}"));
    let prevented = "0000100003,131128,見本　三子,1940/1/3,要支援1,2026/4/1,2028/3/31,1370000018\n";
    // Somebody else begins in mid-month with another office, which accounts for all of the month.
    let changing = "0000100004,131128,見本　四郎,1940/1/4,要介護1,2026/4/1,2026/10/15,1370000018\n\
                    0000100004,131128,見本　四郎,1940/1/4,要介護1,2026/10/16,2028/3/31,1370000026\n";
    desk.put("clients.csv", &format!("{CLIENTS}{prevented}{changing}"));
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    let held = desk.sandbox.held(Collection::CareOffices);
    assert_eq!(held.len(), 3, "one number, and two offices");
    recorded(
        &desk,
        &[
            (1, "111111", 5, "09:00", "09:30"),
            (3, "A22411", 5, "11:00", "12:00"),
            (4, "111111", 5, "13:00", "13:30"),
            (4, "111111", 19, "13:00", "13:30"),
        ],
    );
    assert_eq!(desk.run(ACTUALS).exit, Some(0));
    let mut told: Vec<String> = national(&desk);
    told.sort();
    let begin = |file: &String| file.rsplit_once('_').unwrap().0.to_owned();
    assert_eq!(
        told.iter().map(begin).collect::<Vec<_>>(),
        [
            "UPJSK_202610_1370100016_11_1370000018_43",
            "UPJSK_202610_1370100016_11_1370000026_43",
            "UPJSK_202610_1370100016_A2_1370000018_46",
        ]
    );
    let of_the_month = |row: &&Vec<String>| row.concat().contains("給付管理票");
    let rows = addressees(&desk);
    let rows: Vec<_> = rows.iter().filter(of_the_month).collect();
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(
        rows[0].concat().contains("れいじ居宅") && rows[0].concat().contains("見本　四郎"),
        "{rows:?}"
    );
}

#[test]
fn whoever_sends_the_files_sees_which_goes_to_whom() {
    let desk = desk_of_three();
    let phone = OFFICES.replace("サービス種類\n", "サービス種類,電話番号,FAX番号\n");
    desk.put(
        "offices.csv",
        &phone.replace(",43\n", ",43,03-0000-0001,03-0000-0002\n"),
    );
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    let visits = [1, 2, 3].map(|client| (client, "111111", 5, "09:00", "09:30"));
    recorded(&desk, &visits);
    let ended = desk.run(ACTUALS);
    assert!(ended.stdout.contains("「送付先一覧」"), "{ended:?}");
    let row = |file: &str, clients: &str| {
        let known = [
            "みほん居宅",
            "1370000018",
            "居宅介護支援",
            "03-0000-0001",
            "03-0000-0002",
            "訪問介護(11)",
        ];
        let known = known.iter().map(ToString::to_string);
        let serial = file.rsplit_once('_').unwrap().1;
        let number = |from: usize, to: usize| serial[from..to].parse::<u32>().unwrap();
        let made = format!(
            "{}年{}月{}日 {}:{:02}",
            number(0, 4),
            number(4, 6),
            number(6, 8),
            number(8, 10),
            number(10, 12)
        );
        let mut row: Vec<String> = known.chain([file.to_owned(), made]).collect();
        if file.starts_with("DLTJSK") {
            row.push("前に送った実績を取り消すファイルです。一度だけ送ります。".to_owned());
        }
        row.push(clients.to_owned());
        row
    };
    assert_eq!(addressees(&desk), [row(&national(&desk)[0], "3")]);
    recorded(&desk, &visits[..2]);
    desk.run("actuals --month 2026-10 --deletions --yes");
    let mut deletions = desk.files("outbox");
    deletions.retain(|name| name.starts_with("DLTJSK"));
    let both = [row(&national(&desk)[0], "2"), row(&deletions[0], "1")];
    assert_eq!(addressees(&desk), both);
    let before = disk::read(&outbox(&desk).join(ADDRESSEES)).unwrap();
    let again = desk.run(ACTUALS);
    assert!(
        again
            .stdout
            .contains("前回書き出したファイルと同じ内容です"),
        "{again:?}"
    );
    assert_eq!(disk::read(&outbox(&desk).join(ADDRESSEES)).unwrap(), before);
    let words = addressees(&desk).concat().concat();
    assert!(
        !words.contains("見本") && !words.contains("0000100001"),
        "{words}"
    );
}

#[test]
fn a_file_that_is_held_and_one_that_is_gone_are_said_in_the_list_of_addressees() {
    let desk = desk_of_three_and_a_town(Some(3));
    let visits = [1, 2].map(|client| (client, "111111", 5, "09:00", "09:30"));
    recorded(&desk, &visits);
    assert_eq!(desk.run(ACTUALS).exit, Some(0));
    let first = national(&desk);
    // The add-on without a day holds the first client, and with her the file.
    let mut actuals: Vec<Actual> = visits.iter().map(|visit| actual(visit, true)).collect();
    actuals.push(add_on_without_a_day(1));
    desk.sandbox.set_actuals("2026-10", actuals).unwrap();
    assert_eq!(desk.run(ACTUALS).exit, Some(3));
    let held = addressees(&desk);
    assert!(
        held.len() == 1 && held[0].contains(&first[0]) && held[0].concat().contains("保留の利用者"),
        "{held:?}"
    );
    // Nothing is left for that office, but something for nobody's.
    recorded(&desk, &[(3, "A22111", 5, "09:00", "09:30")]);
    assert_eq!(desk.run(ACTUALS).exit, Some(0));
    let gone = addressees(&desk).concat().concat();
    assert!(gone.contains("今回は送る実績がありません"), "{gone}");
}

/// A month as helpers and a manager make it, by chance and yet the same for a seed.
#[test]
fn the_comparison_counts_what_the_helpers_of_a_seeded_month_have_done() {
    let desk = desk();
    let days: Vec<usize> = (1..=28).collect();
    desk.put("plan.csv", &grid(&[(ICHIRO, &days), (FUMI, &days)]));
    assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(0));
    let played = desk.sandbox.play("2026-10", Play::Lifelike).unwrap();
    assert!(
        played.missed > 0 && played.unplanned > 0 && played.unapproved > 0,
        "{played:?}"
    );
    let ended = desk.run(ACTUALS);
    // Visits wait for approval.
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    let answered = played.planned - played.missed - played.unapproved;
    let [as_planned, time_differs, time_doubtful, rest @ ..] = sums(&desk);
    assert_eq!(as_planned + time_differs + time_doubtful, answered);
    let of_the_rest = [0, played.unapproved, played.missed, played.unplanned, 0];
    assert_eq!(rest, of_the_rest);
}

/// The basic data says that nobody plans for her: that is no doubt, so nobody waits for her.
#[test]
fn a_client_who_plans_alone_from_now_on_holds_nobodys_file() {
    let desk = desk_with_a_plan();
    nearly_as_planned(&desk);
    desk.run(ACTUALS);
    let first = national(&desk);
    let alone = CLIENTS.replace(
        "要介護1,2026/4/1,2028/3/31,1370000018",
        "要介護1,2026/4/1,2028/3/31,",
    );
    desk.put("clients.csv", &alone);
    desk.put("offices.csv", OFFICES);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    let ended = desk.run(ACTUALS);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    let second = national(&desk);
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first, second, "it is written again without her");
    let told = text(&outbox(&desk).join(&second[0]));
    assert!(
        told.contains("0000100001") && !told.contains("0000100002"),
        "{told}"
    );
    assert_eq!(
        lines_of_the_grid(&desk).len(),
        2,
        "楽すけ takes her all the same"
    );
}
