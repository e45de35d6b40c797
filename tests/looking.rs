//! What a run asks the service for before it compares: no more than it must, and with or
//! without a list of versions it sees the same.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

mod support;

use std::path::Path;

use rakuwing::disk;
use rakuwing::sandbox::{Collection, Options};
use serde_json::json;

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
/// The query for versions alone.
const VERSIONS: &str = "contents=without";
const PLAN: &str = "--json plan --month 2026-10 --yes";

/// With basic data and a month of two clients registered, and the month exported again.
fn desk() -> Desk {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    export(&desk, &[1, 8]);
    assert_eq!(desk.run(PLAN).exit, Some(0));
    export(&desk, &[1, 8]);
    desk
}

fn export(desk: &Desk, days: &[usize]) {
    desk.put("plan.csv", &grid(&[(ICHIRO, days), (FUMI, &[2])]));
}

/// How a command asks for lists of the month.
fn asked(desk: &Desk, command: &str) -> Vec<String> {
    let before = desk.sandbox.requests().len();
    let ended = desk.run(command);
    assert!(matches!(ended.exit, Some(0 | 3)), "{ended:?}");
    let calls = desk.sandbox.requests().into_iter().skip(before);
    let lists = calls.filter(|call| call.method == "GET" && call.path.contains("plans"));
    lists.map(|call| call.query.unwrap_or_default()).collect()
}

fn edit(desk: &Desk) {
    desk.sandbox
        .edit(
            Collection::Plans("2026-10".parse().unwrap()),
            "1370100016-131128-0000100002",
            "/visits/0/start",
            json!("8:00"),
        )
        .unwrap();
}

/// A service that cannot list versions alone.
fn without_versions(desk: &Desk) {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/carewing/service.toml");
    let text = String::from_utf8(disk::read(&shipped).unwrap()).unwrap();
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("contents = "))
        .collect();
    assert_eq!(lines.len() + 1, text.lines().count());
    desk.put_bytes(
        "mappings/carewing/service.toml",
        lines.join("\n").as_bytes(),
    );
}

#[test]
fn where_everything_is_as_we_left_it_no_contents_are_fetched() {
    let desk = desk();
    assert_eq!(asked(&desk, PLAN), [VERSIONS]);
    export(&desk, &[1, 8, 15]);
    // A change of ours needs none either.
    assert_eq!(asked(&desk, PLAN), [VERSIONS]);
}

#[test]
fn where_somebody_has_touched_something_contents_are_fetched() {
    let desk = desk();
    edit(&desk);
    assert_eq!(asked(&desk, PLAN), [VERSIONS, ""]);
}

#[test]
fn a_service_without_a_list_of_versions_is_asked_for_contents_and_nothing_else_differs() {
    let account = |versions: bool, touched: bool| {
        let desk = desk();
        if !versions {
            without_versions(&desk);
        }
        if touched {
            edit(&desk);
        }
        export(&desk, &[1, 8, 15]);
        let before = desk.sandbox.requests().len();
        let mut account = desk.run(PLAN).json();
        let calls = &desk.sandbox.requests()[before..];
        let listed = calls
            .iter()
            .any(|call| call.query.as_deref() == Some(VERSIONS));
        assert_eq!(listed, versions);
        for path in ["report", "preview"] {
            account.as_object_mut().unwrap().remove(path);
        }
        account
    };
    for touched in [false, true] {
        assert_eq!(account(true, touched), account(false, touched));
    }
}

#[test]
fn a_table_that_writes_the_same_in_another_way_is_a_change_of_ours_and_no_conflict() {
    for versions in [true, false] {
        let desk = desk();
        if !versions {
            without_versions(&desk);
        }
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/carewing/client.toml");
        let text = String::from_utf8(disk::read(&shipped).unwrap()).unwrap();
        assert!(text.contains("\"/hidden\""));
        let table = text.replace("\"/hidden\"", "\"/not_shown\"");
        desk.put_bytes("mappings/carewing/client.toml", table.as_bytes());
        desk.put("clients.csv", CLIENTS);
        let ended = desk.run("--json basics --yes");
        assert_eq!(ended.exit, Some(0), "{ended:?}");
        assert_eq!(ended.json()["sent"], json!(2), "{ended:?}");
    }
}
