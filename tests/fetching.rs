//! Lists whose pages do not fit together: read again until they do, or nothing of them is used.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

mod support;

use std::fmt::Write as _;

use rakuwing::disk;
use rakuwing::sandbox::{Fault, FaultKind, Member, Mischief, Options, Play};
use serde_json::json;

use support::{Desk, Ended, grid};

const BASICS: &str = "--json basics --yes";
const PLAN: &str = "--json plan --month 2026-10 --yes";
const ACTUALS: &str = "actuals --month 2026-10 --yes";

/// As many as have two full pages of versions, and twenty full pages of contents.
const CLIENTS: usize = 40;
const PAGE: usize = 2;
/// As many visits as have five full pages.
const VISITS: u64 = 10;
/// How often a list is begun.
const BEGINNINGS: usize = 5;

/// Every fault that pages can have, and what is said of it where it stays. On a page of two of
/// ten records, that is.
fn faults() -> Vec<(FaultKind, &'static str)> {
    let missing = |member| FaultKind::MissingMember { member };
    vec![
        (FaultKind::EarlierPage, "同じ頁が二度届きました"),
        (FaultKind::DuplicatePage, "同じ頁が二度届きました"),
        (FaultKind::MissingPage, "合計10件のうち4件しか"),
        (FaultKind::LoopingCursor, "次の頁の案内が同じ所へ戻ります"),
        (FaultKind::WrongTotal, "合計11件のうち10件しか"),
        (FaultKind::ChangingTotal, "合計の件数が頁によって違います"),
        (
            FaultKind::MovingSnapshot,
            "読んでいる間に内容が変わりました",
        ),
        (missing(Member::Total), "合計の件数が書かれていない頁"),
        (missing(Member::Snapshot), "いつの内容かが書かれていない頁"),
        (missing(Member::Cursor), "合計10件のうち2件しか"),
    ]
}

/// Nobody waits between two beginnings.
fn desk() -> Desk {
    let desk = Desk::new(Options {
        page_size: PAGE,
        ..Options::default()
    });
    desk.set("waiting = 600", "waiting = 0");
    desk.set("batch = 2", "batch = 50");
    desk
}

fn put_basics(desk: &Desk) {
    desk.put(
        "offices.csv",
        "事業所番号,事業所名,サービス種類\n1370000018,みほん居宅,43\n",
    );
    let mut clients =
        "被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,認定有効期間終了日\n"
            .to_owned();
    for number in 0..CLIENTS {
        let _ = writeln!(
            clients,
            "00001{number:05},131128,見本　{number},1937/3/4,要介護3,2026/4/1,2028/3/31"
        );
    }
    desk.put("clients.csv", &clients);
}

/// Ten visits of four clients, who are two pages of plans.
fn put_plan(desk: &Desk) {
    let line = |number| {
        format!("2026/10,1370100016,131128,00001{number:05},見本　{number},111111,9:00,9:30")
    };
    let lines = [0, 1, 2, 3].map(line);
    let days: [&[usize]; 4] = [&[1, 8, 15, 22], &[2, 9], &[3, 10], &[4, 11]];
    let lines = lines.iter().map(String::as_str).zip(days);
    desk.put("plan.csv", &grid(&lines.collect::<Vec<_>>()));
}

/// With everything registered once.
fn furnished() -> Desk {
    let desk = desk();
    for (put, command) in [(put_basics as fn(&Desk), BASICS), (put_plan, PLAN)] {
        put(&desk);
        let ended = desk.run(command);
        assert_eq!(ended.exit, Some(0), "{ended:?}");
    }
    desk
}

/// With a month of visits to fetch.
fn desk_for_actuals() -> Desk {
    let desk = furnished();
    let played = desk.sandbox.play("2026-10", Play::Faithful).unwrap();
    assert_eq!(u64::try_from(played.planned).unwrap(), VISITS);
    desk
}

/// The office's own names of the API, which are the shipped ones but for a line.
fn without_the_line(desk: &Desk, line: &str) {
    let shipped = include_str!("../mappings/carewing/service.toml");
    let lines = shipped.lines().filter(|of| !of.starts_with(line));
    let text = lines.fold(String::new(), |text, line| text + line + "\n");
    assert!(text.len() < shipped.len(), "no line `{line}`");
    desk.put_bytes("mappings/carewing/service.toml", text.as_bytes());
}

/// The file that a fetch has written; it is taken away.
fn taken_from_the_outbox(desk: &Desk) -> Vec<u8> {
    let path = desk.office().join("outbox/月間ケアプラン_実績_202610.csv");
    let bytes = disk::read(&path).unwrap();
    disk::remove(&path).unwrap();
    bytes
}

/// How many of the calls asked for a page of such a list, and how many for its first page.
fn asked(desk: &Desk, path: &str) -> (usize, usize) {
    let mut calls = desk.sandbox.requests();
    calls.retain(|call| call.method == "GET" && call.path == path);
    let is_later = |query: &Option<String>| query.as_ref().is_some_and(|of| of.contains("cursor"));
    let later = calls.iter().filter(|call| is_later(&call.query)).count();
    (calls.len(), calls.len() - later)
}

/// How many rows a table of the ledger has.
fn rows(desk: &Desk, table: &str) -> i64 {
    let count = format!("SELECT count(*) FROM {table}");
    desk.ledger()
        .query_row(&count, [], |row| row.get(0))
        .unwrap()
}

fn assert_given_up(ended: &Ended, list: &str, why: &str) {
    assert_eq!(ended.exit, Some(6), "{why}: {ended:?}");
    for said in [
        list,
        why,
        "5回読みましたが",
        "何も取り込んでいません",
        "しばらくしてから、もう一度",
        "サポート窓口",
    ] {
        assert!(ended.words().contains(said), "no `{said}` in {ended:?}");
    }
    let names = ended.words().contains("見本") || ended.words().contains("0000100");
    assert!(!names, "{ended:?}");
}

#[test]
fn a_fault_that_passes_leaves_no_trace_in_the_file() {
    let desk = desk_for_actuals();
    assert_eq!(desk.run(ACTUALS).exit, Some(0));
    let undisturbed = taken_from_the_outbox(&desk);
    let path = "/v1/actuals/2026-10";
    let pages = asked(&desk, path).0;
    assert_eq!(pages, 5);
    for (kind, _) in faults() {
        // The first page, one in the middle, and the last.
        for after in [0, 2, 4] {
            let fault = Fault::new(kind.clone()).on("GET /v1/actuals");
            desk.sandbox
                .set_mischief(Mischief::of(fault.after(after).times(1)));
            let before = asked(&desk, path).0;
            let ended = desk.run(ACTUALS);
            let context = format!("{kind:?} after {after}: {ended:?}");
            assert_eq!(ended.exit, Some(0), "{context}");
            assert_eq!(taken_from_the_outbox(&desk), undisturbed, "{context}");
            // In the middle no fault can hide.
            let asked = asked(&desk, path).0 - before;
            assert!(after != 2 || asked > pages, "{context}: {asked}");
        }
    }
}

#[test]
fn what_comes_right_with_the_last_beginning_is_used() {
    let desk = desk_for_actuals();
    let moving = Fault::new(FaultKind::MovingSnapshot).on("GET /v1/actuals");
    // Two pages a beginning.
    desk.sandbox.set_mischief(Mischief::of(moving.times(8)));
    let ended = desk.run(ACTUALS);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_eq!(asked(&desk, "/v1/actuals/2026-10"), (8 + 5, BEGINNINGS));
}

#[test]
fn a_fault_that_stays_is_named_and_nothing_is_taken_over() {
    let desk = desk_for_actuals();
    let path = "/v1/actuals/2026-10";
    let proposals = rows(&desk, "proposals");
    for (kind, why) in faults() {
        let before = asked(&desk, path).1;
        let fault = Fault::new(kind.clone()).on("GET /v1/actuals");
        desk.sandbox.set_mischief(Mischief::of(fault));
        assert_given_up(&desk.run(ACTUALS), path, why);
        assert_eq!(asked(&desk, path).1 - before, BEGINNINGS, "{kind:?}");
        assert_eq!(desk.files("outbox"), [] as [&str; 0], "{kind:?}");
        assert_eq!(rows(&desk, "staged"), 0, "{kind:?}");
        assert_eq!(rows(&desk, "proposals"), proposals, "{kind:?}");
    }
    desk.behave();
    assert_eq!(desk.run(ACTUALS).exit, Some(0));
    assert_ne!(desk.files("outbox"), [] as [&str; 0]);
}

/// Without ids the number of records is all there is to see.
#[test]
fn pages_that_come_twice_are_too_many_where_records_have_no_ids() {
    let desk = desk_for_actuals();
    without_the_line(&desk, "id = ");
    let twice = Fault::new(FaultKind::DuplicatePage).on("GET /v1/actuals");
    desk.sandbox.set_mischief(Mischief::of(twice));
    let ended = desk.run(ACTUALS);
    assert_given_up(&ended, "/v1/actuals/2026-10", "合計10件より多く届きました");
    assert_eq!(desk.files("outbox"), [] as [&str; 0]);
}

#[test]
fn pages_are_kept_byte_for_byte_as_they_came() {
    let desk = desk_for_actuals();
    assert_eq!(desk.run("actuals --month 2026-10 --prepare").exit, Some(0));
    let ledger = desk.ledger();
    let mut staged = ledger
        .prepare("SELECT body FROM staged ORDER BY page")
        .unwrap();
    let staged = staged.query_map([], |row| row.get::<_, Vec<u8>>(0));
    let staged: Vec<Vec<u8>> = staged.unwrap().map(Result::unwrap).collect();
    assert_eq!(staged.len(), 5);
    let device = desk.sandbox.requests().pop().unwrap().device.unwrap();
    rakuwing::service::prepare_encryption();
    let http = reqwest::blocking::Client::builder().no_proxy();
    let first = http
        .build()
        .unwrap()
        .get(format!("{}/v1/actuals/2026-10", desk.sandbox.url()))
        .header("X-Api-Key", support::KEY)
        .header("X-Device", device)
        .send();
    assert_eq!(first.unwrap().bytes().unwrap(), staged[0]);
}

/// What is there already is found there, whatever happens to the pages; nobody is sent again,
/// and nobody is said to be gone.
fn assert_all_found(desk: &Desk, command: &str, unchanged: usize, context: &str) {
    let posts = desk.posts().len();
    let ended = desk.run(command);
    assert_eq!(ended.exit, Some(0), "{context}: {ended:?}");
    let account = ended.json();
    assert_eq!(
        account["unchanged"],
        json!(unchanged),
        "{context}: {ended:?}"
    );
    assert_eq!(desk.posts().len(), posts, "{context}: {ended:?}");
}

/// A step that has everything registered, while the pages of one list have every fault.
struct Listing {
    put: fn(&Desk),
    command: &'static str,
    path: &'static str,
    /// How many rows of its files are unchanged.
    rows: usize,
}

const OF_CLIENTS: Listing = Listing {
    put: put_basics,
    command: BASICS,
    path: "/v1/clients",
    rows: CLIENTS + 1,
};
const OF_PLANS: Listing = Listing {
    put: put_plan,
    command: PLAN,
    path: "/v1/plans/2026-10",
    rows: 4,
};

fn despite_every_fault(desk: &Desk, listing: &Listing) {
    let fault = |kind: &FaultKind| Fault::new(kind.clone()).on(listing.path);
    for (kind, why) in faults() {
        let context = format!("{kind:?} in {}", listing.path);
        (listing.put)(desk);
        let passing = fault(&kind).after(1).times(1);
        desk.sandbox.set_mischief(Mischief::of(passing));
        assert_all_found(desk, listing.command, listing.rows, &context);

        (listing.put)(desk);
        desk.sandbox.set_mischief(Mischief::of(fault(&kind)));
        let posts = desk.posts().len();
        let ended = desk.run(listing.command);
        // How many are missing depends on the list.
        let why = if why.contains("しか") {
            "頁が足りません"
        } else {
            why
        };
        assert_given_up(&ended, listing.path, why);
        assert_eq!(desk.posts().len(), posts, "{context}: {ended:?}");
        desk.behave();
        assert_all_found(desk, listing.command, listing.rows, &context);
    }
}

#[test]
fn versions_are_all_there_or_nothing_is_believed_of_them() {
    despite_every_fault(&furnished(), &OF_CLIENTS);
}

#[test]
fn basic_data_is_all_there_or_nothing_is_believed_of_it() {
    let desk = furnished();
    without_the_line(&desk, "contents = ");
    despite_every_fault(&desk, &OF_CLIENTS);
}

#[test]
fn plans_are_all_there_or_nothing_is_believed_of_them() {
    let desk = furnished();
    without_the_line(&desk, "contents = ");
    despite_every_fault(&desk, &OF_PLANS);
}
