//! The error workbook is what is dropped back: only what was corrected in it is taken, along
//! with the other rows of the same people.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

#[path = "support/error_workbook.rs"]
mod error_workbook;
mod support;

use std::path::PathBuf;

use rakuwing::disk;
use rakuwing::sandbox::Options;
use serde_json::Value as Json;

use error_workbook::{ErrorWorkbook, newest};
use support::{Desk, grid};

const OFFICES: &str = "\
事業所番号,事業所名,サービス種類
1370000018,みほん居宅,43
";
const CLIENTS: &str = "\
被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,認定有効期間終了日,居宅支援事業所番号
0000100001,131128,見本　一郎,1937/3/4,要介護3,2026/4/1,2028/3/31,1370000018
0000100002,131128,見本　二美,1934/11/3,要介護1,2026/4/1,2028/3/31,1370000018
0000100003,131128,見本　三子,1934/11/3,要介護1,2026/4/1,2028/3/31,1370000018
";
const SHEET: &str = "月間ケアプラン";

fn line(client: &str, name: &str, code: &str, start: &str, end: &str) -> String {
    format!("2026/10,1370100016,131128,{client},{name},{code},{start},{end}")
}

/// One good client, and two with a wrong time each, one of whom has a good row as well.
fn month() -> String {
    let lines = [
        (
            line("0000100001", "見本　一郎", "111111", "9:00", "9:30"),
            [5],
        ),
        (
            line("0000100002", "見本　二美", "111211", "朝", "10:00"),
            [6],
        ),
        (
            line("0000100002", "見本　二美", "111111", "15:00", "15:30"),
            [7],
        ),
        (
            line("0000100003", "見本　三子", "111111", "夕", "18:30"),
            [8],
        ),
    ];
    let lines: Vec<(&str, &[usize])> = lines
        .iter()
        .map(|(cells, days)| (&**cells, &days[..]))
        .collect();
    grid(&lines)
}

/// With the plan registered as far as it goes.
fn desk() -> Desk {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    desk.put("plan.csv", &month());
    let ended = desk.run("plan --month 2026-10 --yes");
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert_eq!(desk.files("inbox"), [] as [&str; 0]);
    desk
}

fn workbook(desk: &Desk) -> PathBuf {
    newest(&desk.office().join("reports"))
}

/// Edits the newest error workbook and drops it into the inbox.
fn drop_back(desk: &Desk, edit: impl FnOnce(&mut ErrorWorkbook)) {
    let path = workbook(desk);
    let mut book = ErrorWorkbook::open(&path);
    edit(&mut book);
    book.save(&desk.office().join("inbox").join(path.file_name().unwrap()));
}

/// The keys of what was posted after the first so many batches.
fn keys(desk: &Desk, after: usize) -> Vec<String> {
    let posts = desk.posts();
    let posts = posts[after..].iter();
    let items = posts.flat_map(|post| post.body.as_ref().unwrap()["items"].as_array().unwrap());
    let key = |item: &Json| item["client"]["insured_number"].to_string();
    items.map(key).collect()
}

#[test]
fn only_the_corrected_client_is_sent_with_all_of_its_rows() {
    let desk = desk();
    let before = desk.posts().len();
    drop_back(&desk, |book| {
        let sheet = book.sheet(SHEET);
        assert_eq!(sheet.numbers(), [3, 4, 5]);
        sheet.set(3, "開始時刻", "9:00");
    });
    let ended = desk.run("plan --month 2026-10 --yes");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("訂正した1行(1か所)"), "{ended:?}");
    println!("{}", ended.stdout);
    println!(
        "{:?}",
        desk.posts()[before..]
            .iter()
            .map(|p| p.body.clone())
            .collect::<Vec<_>>()
    );
    assert_eq!(keys(&desk, before).len(), 1);
    assert_eq!(desk.files("inbox"), [] as [&str; 0]);
}
