//! Build and look, then register: what was shown is what is sent, once.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

mod support;

use rakuwing::disk;
use rakuwing::sandbox::{Collection, Fault, FaultKind, Mischief, Options, Play, Recorded};
use rusqlite::Connection;
use rust_xlsxwriter::Workbook;
use serde_json::{Value as Json, json};

use support::{Desk, end, grid, until};

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
const FUMI_IN_NOVEMBER: &str = "2026/11,1370100016,131128,0000100002,見本　二美,111211,9:00,10:00";

fn desk() -> Desk {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    desk
}

/// With the basic data registered and nothing in the inbox.
fn desk_for_plans() -> Desk {
    let desk = desk();
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    desk
}

/// The items of the batches, without the version that each expects to find.
fn items(posts: &[Recorded]) -> Vec<Json> {
    let mut items = Vec::new();
    for post in posts {
        items.extend(
            post.body.as_ref().unwrap()["items"]
                .as_array()
                .unwrap()
                .clone(),
        );
    }
    for item in &mut items {
        item.as_object_mut().unwrap().remove("if_revision").unwrap();
    }
    items
}

#[test]
fn what_is_prepared_is_saved_and_not_sent() {
    let desk = desk();
    let ended = desk.run("basics --prepare");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("新規 3"), "{ended:?}");
    assert!(ended.stdout.contains("`rakuwing register 1`"), "{ended:?}");
    assert_eq!(desk.posts(), []);
    assert_eq!(desk.files("inbox"), ["clients.csv", "offices.csv"]);
    assert_eq!(desk.files("reports"), ["プレビュー_基本情報の登録_1.xlsx"]);
    let open: i64 = desk
        .ledger()
        .query_row("SELECT id FROM proposals WHERE state = 'open'", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!((open, desk.sendings("intended")), (1, 0));
}

#[test]
fn register_sends_exactly_what_a_conversion_of_the_files_shows() {
    let desk = desk();
    desk.run("basics --prepare");
    let inbox = desk.office().join("inbox");
    let files = [inbox.join("offices.csv"), inbox.join("clients.csv")];
    let shown = end(desk.command("convert").args(files));
    let shown: Vec<Json> = shown
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let ended = desk.run("register");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_eq!(items(&desk.posts()), shown);
    assert_eq!(shown.len(), 3);
    assert_eq!(desk.files("inbox"), [] as [&str; 0]);
}

#[test]
fn a_proposal_can_be_registered_once() {
    let desk = desk();
    desk.run("basics --prepare");
    assert_eq!(desk.run("register 1").exit, Some(0));
    let posts = desk.posts().len();
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    let again = desk.run("register 1");
    assert_eq!(again.exit, Some(4), "{again:?}");
    assert_eq!(desk.posts().len(), posts);
}

#[test]
fn a_proposal_that_was_stopped_is_not_taken_up_again_and_says_what_to_do() {
    let desk = desk();
    desk.run("basics --prepare");
    let down = FaultKind::Status {
        status: 503,
        retry_after: Some("0".to_owned()),
    };
    let down = Fault::new(down).on("/v1/clients/batch");
    desk.sandbox.set_mischief(Mischief::of(down));
    assert_eq!(desk.run("register 1").exit, Some(6));
    desk.behave();
    let again = desk.run("register 1");
    assert_eq!(again.exit, Some(4), "{again:?}");
    assert!(
        again.stderr.contains("途中で止まっています(2件が"),
        "{again:?}"
    );
    assert!(again.stderr.contains("`rakuwing basics`"), "{again:?}");
    // Prepared again it holds the rest alone.
    let rest = desk.run("basics --prepare");
    assert!(
        rest.stdout.contains("新規 2、変更 0、変更なし 1"),
        "{rest:?}"
    );
    assert_eq!(desk.run("register").exit, Some(0));
    let done = desk.run("register 2");
    assert!(done.stderr.contains("もう使われています"), "{done:?}");
}

#[test]
fn yes_does_both_phases_and_archives_the_inputs() {
    let desk = desk();
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_eq!(items(&desk.posts()).len(), 3);
    assert_eq!(desk.files("inbox"), [] as [&str; 0]);
    let archived = desk.files("archive");
    let ends_with = |end: &str| archived.iter().any(|name| name.ends_with(end));
    // The two inputs, and the preview that was used.
    assert_eq!(archived.len(), 3);
    assert!(ends_with("_clients.csv") && ends_with("_offices.csv"));
}

#[test]
fn the_same_again_sends_nothing_and_says_so() {
    let desk = desk();
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    let posts = desk.posts().len();
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    let again = desk.run("basics --yes");
    assert_eq!(again.exit, Some(0), "{again:?}");
    assert!(again.stdout.contains("何も送りませんでした"), "{again:?}");
    assert_eq!(desk.posts().len(), posts);
    assert_eq!(
        desk.files("archive").len(),
        6,
        "nothing in the archive is replaced"
    );
}

#[test]
fn nothing_new_needs_no_answer() {
    let desk = desk();
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    desk.put("offices.csv", OFFICES);
    let again = desk.run("basics");
    assert_eq!(again.exit, Some(0), "{again:?}");
}

#[test]
fn json_is_one_object_and_nothing_else() {
    let desk = desk();
    let bad = CLIENTS.replace("2026/4/1", "2026/4/31");
    for (arguments, exit) in [
        ("--json init", 0),
        ("--json check", 0),
        ("--json basics --prepare", 0),
        ("--json register", 0),
        ("--json register 1", 4),
        ("--json basics --yes", 7),
        ("--json run --month 2026-10 --yes", 0),
        ("--json actuals --month 2026-10 --yes", 4),
    ] {
        let ended = desk.run(arguments);
        assert_eq!(ended.exit, Some(exit), "{arguments}: {ended:?}");
        assert_eq!(ended.json()["exit_code"], exit, "{arguments}");
        assert_eq!(ended.stderr, "", "{arguments}");
    }
    desk.put("clients.csv", &bad);
    let withheld = desk.run("--json basics --yes").json();
    assert_eq!(withheld["exit_code"], 3);
    assert_eq!(
        withheld["files"],
        json!([{"file": "clients.csv", "rows": 2, "sent": 0, "unchanged": 0, "withheld": 2, "excluded": 0}])
    );
}

#[test]
fn quiet_prints_nothing_where_all_is_well_and_errors_where_not() {
    let desk = desk();
    for arguments in ["-q check", "-q basics --yes"] {
        let ended = desk.run(arguments);
        assert_eq!((ended.exit, &*ended.words()), (Some(0), ""), "{arguments}");
    }
    let ended = desk.run("-q basics --yes");
    assert_eq!((ended.exit, &*ended.stdout), (Some(7), ""));
    assert!(ended.stderr.starts_with("エラー: "), "{ended:?}");
}

#[test]
fn check_sends_nothing_and_leaves_the_inbox_as_it_is() {
    let desk = desk();
    let calls = desk.sandbox.requests().len();
    assert_eq!(desk.run("check").exit, Some(0));
    assert_eq!(desk.sandbox.requests().len(), calls);
    assert_eq!(desk.files("inbox"), ["clients.csv", "offices.csv"]);
}

#[test]
fn run_takes_basic_data_before_the_plans() {
    let desk = desk();
    desk.put("plan.csv", &grid(&[(ICHIRO, &[1, 8]), (FUMI, &[2])]));
    let ended = desk.run("--json run --month 2026-10 --yes");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    let paths: Vec<String> = desk.posts().into_iter().map(|post| post.path).collect();
    assert_eq!(
        paths,
        [
            "/v1/care-offices/batch",
            "/v1/clients/batch",
            "/v1/plans/2026-10/batch"
        ]
    );
    assert_eq!(desk.files("inbox"), [] as [&str; 0]);
}

#[test]
fn a_run_that_stops_at_the_plans_still_tells_of_the_basic_data() {
    for voice in ["--json", ""] {
        let desk = desk();
        desk.put("plan.csv", &grid(&[(ICHIRO, &[1])]));
        let denied = FaultKind::Status {
            status: 401,
            retry_after: None,
        };
        let denied = Fault::new(denied).on("/v1/plans/2026-10/batch");
        desk.sandbox.set_mischief(Mischief::of(denied));
        let ended = desk.run(&format!("{voice} run --month 2026-10 --yes"));
        assert_eq!(ended.exit, Some(5), "{ended:?}");
        if voice == "--json" {
            let object = ended.json();
            assert_eq!(object["exit_code"], 5);
            assert_eq!(object["steps"][0]["sent"], 3);
            assert!(object["error"].as_str().unwrap().contains("APIキー"));
        } else {
            assert!(
                ended.stdout.contains("offices.csv: 1行 = 送った 1"),
                "{ended:?}"
            );
            assert!(ended.stderr.contains("APIキー"), "{ended:?}");
        }
    }
}

#[test]
fn a_file_that_is_replaced_while_it_is_sent_stays() {
    let desk = desk();
    desk.never_gives_up();
    let busy = FaultKind::Status {
        status: 503,
        retry_after: Some("0".to_owned()),
    };
    desk.sandbox
        .set_mischief(Mischief::of(Fault::new(busy).on("/batch")));
    let mut process = desk.start("basics --yes");
    until("it is sending", || !desk.posts().is_empty());
    desk.put("offices.csv", &OFFICES.replace("みほん", "見本"));
    disk::rename(
        &desk.office().join("inbox/clients.csv"),
        &desk.office().join("clients.csv"),
    )
    .unwrap();
    desk.behave();
    assert_eq!(process.wait().unwrap().code(), Some(0));
    assert_eq!(desk.files("inbox"), ["offices.csv"]);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    let held = &desk.sandbox.held(Collection::CareOffices)[0];
    assert_eq!(held.item["name"], "見本居宅");
}

#[test]
fn rows_that_were_all_withheld_are_not_called_registered() {
    let desk = desk();
    desk.run("basics --yes");
    desk.put("clients.csv", &CLIENTS.replace("2026/4/1", "2026/4/31"));
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert!(!ended.stdout.contains("登録済みの内容と同じ"), "{ended:?}");
}

// A file of two months.

#[test]
fn a_file_of_two_months_stays_until_both_are_done() {
    let desk = desk_for_plans();
    desk.put(
        "plan.csv",
        &grid(&[(ICHIRO, &[1, 8]), (FUMI_IN_NOVEMBER, &[2])]),
    );
    let october = desk.run("plan --month 2026-10 --yes");
    assert_eq!(october.exit, Some(0), "{october:?}");
    assert_eq!(desk.files("inbox"), ["plan.csv"]);
    assert!(
        october.stdout.contains("受信箱(inbox)に残してあります"),
        "{october:?}"
    );

    let november = desk.run("plan --month 2026-11 --yes");
    assert_eq!(november.exit, Some(0), "{november:?}");
    for month in ["2026-10", "2026-11"] {
        let plans = desk.sandbox.held(Collection::Plans(month.parse().unwrap()));
        assert_eq!(plans.len(), 1, "{month}");
    }
    assert_eq!(desk.files("inbox"), [] as [&str; 0]);
}

#[test]
fn a_file_of_two_months_may_be_done_in_either_order_and_with_bad_rows() {
    let desk = desk_for_plans();
    let bad = ICHIRO.replace("9:00", "25時");
    desk.put("plan.csv", &grid(&[(&bad, &[1]), (FUMI_IN_NOVEMBER, &[2])]));
    desk.run("plan --month 2026-11 --yes");
    assert_eq!(desk.files("inbox"), ["plan.csv"]);
    assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(3));
    assert_eq!(desk.files("inbox"), [] as [&str; 0]);
}

#[test]
fn a_workbook_of_basic_data_and_plans_stays_until_both_are_done() {
    let desk = Desk::new(Options::default());
    let mut book = Workbook::new();
    for text in [OFFICES, CLIENTS, &grid(&[(ICHIRO, &[1, 8])])] {
        let sheet = book.add_worksheet();
        for (row, line) in (0..).zip(text.lines()) {
            for (column, cell) in (0..).zip(line.split(',')) {
                sheet.write_string(row, column, cell).unwrap();
            }
        }
    }
    desk.put_bytes("inbox/all.xlsx", &book.save_to_buffer().unwrap());
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    assert_eq!(desk.files("inbox"), ["all.xlsx"]);
    let plan = desk.run("plan --month 2026-10 --yes");
    assert_eq!(plan.exit, Some(0), "{plan:?}");
    assert_eq!(desk.files("inbox"), [] as [&str; 0]);
}

#[test]
fn a_month_that_no_row_is_of_is_an_error_and_not_all_well() {
    let desk = desk_for_plans();
    desk.put("plan.csv", &grid(&[(ICHIRO, &[1, 8])]));
    let ended = desk.run("plan --month 2026-12 --yes");
    assert_eq!(ended.exit, Some(7), "{ended:?}");
    assert!(!ended.stdout.contains("すべての行が通った"), "{ended:?}");
    assert_eq!(desk.files("inbox"), ["plan.csv"]);
}

#[test]
fn a_file_with_a_header_alone_is_an_error_and_stays() {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", "事業所番号,事業所名,サービス種類\n");
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(7), "{ended:?}");
    assert_eq!(desk.files("inbox"), ["offices.csv"]);
}

// The way back.

#[test]
fn retrieved_actuals_are_written_in_the_second_phase_from_what_was_shown() {
    let desk = desk_for_plans();
    desk.put("plan.csv", &grid(&[(ICHIRO, &[1, 8]), (FUMI, &[2])]));
    assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(0));
    desk.sandbox.play("2026-10", Play::Faithful).unwrap();
    let shown = desk.run("actuals --month 2026-10 --prepare");
    assert_eq!(shown.exit, Some(0), "{shown:?}");
    assert_eq!(desk.files("outbox"), [] as [&str; 0]);
    // What is approved or taken back meanwhile is for the next time.
    desk.sandbox.set_actuals("2026-10", vec![]).unwrap();
    let written = desk.run("register");
    assert_eq!(written.exit, Some(0), "{written:?}");
    assert!(
        desk.files("outbox")
            .contains(&"月間ケアプラン_実績_202610.csv".to_owned())
    );
    assert_eq!(desk.run("register").exit, Some(4));
}

/// Writes into the ledger behind the program's back.
fn spoil(desk: &Desk, statement: &str) {
    let ledger = desk.office().join(".rakuwing/ledger.sqlite");
    Connection::open(ledger)
        .unwrap()
        .execute_batch(statement)
        .unwrap();
}

#[test]
fn what_a_month_is_made_from_saves_time_and_changes_nothing() {
    let desk = desk_for_plans();
    desk.put("plan.csv", &grid(&[(ICHIRO, &[1, 8]), (FUMI, &[2, 9])]));
    assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(0));
    let known = "SELECT count(*) FROM sent WHERE length(made_from) = 32";
    let known: i64 = desk
        .ledger()
        .query_row(known, [], |row| row.get(0))
        .unwrap();
    assert_eq!(known, 2, "both months are known by what they are made from");

    desk.put("plan.csv", &grid(&[(ICHIRO, &[1, 8]), (FUMI, &[2, 10])]));
    let prepared = || {
        let ended = desk.run("--json plan --month 2026-10 --allow-removals 1 --prepare");
        assert_eq!(ended.exit, Some(0), "{ended:?}");
        let digests = "SELECT held_digest || items_digest FROM proposals ORDER BY id DESC LIMIT 1";
        let digests: String = desk
            .ledger()
            .query_row(digests, [], |row| row.get(0))
            .unwrap();
        (ended.json()["unchanged"].clone(), digests)
    };
    let as_it_is = prepared();
    assert_eq!(as_it_is.0, 1);
    for unknown in ["NULL", "zeroblob(32)", "x'01'"] {
        spoil(&desk, &format!("UPDATE sent SET made_from = {unknown}"));
        assert_eq!(prepared(), as_it_is, "{unknown}");
    }
}

#[test]
fn what_moved_is_named_though_the_proposal_left_it_to_the_ledger() {
    let desk = desk();
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --prepare").exit, Some(0));
    let told = "SELECT count(*) FROM proposal_sides WHERE side = 'same' AND parts = '[]'";
    let told: i64 = desk.ledger().query_row(told, [], |row| row.get(0)).unwrap();
    assert_eq!(told, 1, "no item is told one by one");
    desk.sandbox
        .edit(
            Collection::Clients,
            "131128-0000100001",
            "/phone",
            json!("09-9999-9999"),
        )
        .unwrap();
    let stale = desk.run("register");
    assert_eq!(stale.exit, Some(4), "{stale:?}");
    let moved = "利用者 131128-0000100001: Care-wing側で変更 (電話番号)";
    assert!(stale.words().contains(moved), "{stale:?}");
    assert!(!stale.words().contains("0000100002"), "{stale:?}");
}
