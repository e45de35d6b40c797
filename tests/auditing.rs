//! 請求前点検 from outside: what it looks at, what it leaves alone, and what becomes of the ticks.
//!
//! What each check finds stands in the case `a-month-is-looked-at-before-the-claim`.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

mod support;
#[path = "support/account.rs"]
mod account;
#[path = "support/error_workbook.rs"]
mod error_workbook;

use std::path::PathBuf;

use encoding_rs::SHIFT_JIS;
use rakuwing::disk;
use rakuwing::sandbox::{Options, Play};

use account::remarks;
use error_workbook::ErrorWorkbook;
use support::{Desk, grid};

const CLIENTS: &str = "\
被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,認定有効期間終了日
0000100001,131128,見本　一郎,1937/3/4,要介護3,2026/4/1,2028/3/31
0000100002,131128,見本　二郎,1938/3/4,要介護3,2026/4/1,2028/3/31
";

/// A visit in the evening with a code of the daytime, and another client's right one.
fn plan(days: &[usize]) -> String {
    let line = |number: &str, name: &str, hours: &str| {
        format!("2026/10,1370100016,131128,{number},見本　{name},111111,{hours}")
    };
    grid(&[
        (&line("0000100001", "一郎", "19:00,19:30"), days),
        (&line("0000100002", "二郎", "9:00,9:30"), &[5, 12]),
    ])
}

fn desk() -> Desk {
    let desk = Desk::new(Options::default());
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    desk.put("plan.csv", &plan(&[5, 12]));
    assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(0));
    desk
}

fn workbook(desk: &Desk) -> PathBuf {
    desk.office().join("reports/請求前点検_202610.xlsx")
}

/// What 楽すけ is to take.
fn written(desk: &Desk) -> String {
    let path = desk.office().join("outbox/月間ケアプラン_実績_202610.csv");
    let bytes = disk::read(&path).unwrap();
    SHIFT_JIS.decode(&bytes).0.into_owned()
}

fn said(desk: &Desk) -> Vec<String> {
    remarks(&workbook(desk))
}

const EVENING: &str = "C701\t131128-0000100001\t1370100016\t5、12\t19:00〜19:30\t111111\t\
    19:00〜19:30は夜間ですが、コードは日中のものです(身体介護１)\t知らせる";

#[test]
fn a_plan_is_looked_at_and_nobody_is_asked() {
    let desk = desk();
    let calls = desk.sandbox.requests().len();
    let ended = desk.run("audit --month 2026-10");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    for words in ["C701", "実績はまだ取得していない", "請求前点検_202610.xlsx"] {
        assert!(ended.stdout.contains(words), "{ended:?}");
    }
    // Who it is about stands in the workbook alone.
    assert!(!ended.stdout.contains("一郎"), "{ended:?}");
    assert_eq!(said(&desk), [EVENING]);
    assert_eq!(desk.sandbox.requests().len(), calls);
}

#[test]
fn a_month_of_which_nothing_is_known_is_refused_with_the_next_step() {
    let desk = desk();
    let ended = desk.run("audit --month 2026-09");
    assert_eq!(ended.exit, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("月間ケアプランの登録"), "{ended:?}");
}

#[test]
fn a_check_that_holds_withholds_the_client_and_nobody_else() {
    let desk = desk();
    desk.sandbox.play("2026-10", Play::Faithful).unwrap();
    desk.set("[audit]\n", "[audit]\nC701 = \"hold\"\n");
    let ended = desk.run("actuals --month 2026-10 --yes");
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    let taken = written(&desk);
    assert!(taken.contains("0000100002") && !taken.contains("0000100001"));
    // What the clerk has looked at may go: the office turns the check off.
    desk.set("C701 = \"hold\"", "C701 = \"off\"");
    assert_eq!(desk.run("actuals --month 2026-10 --yes").exit, Some(0));
    assert!(written(&desk).contains("0000100001"));
    assert_eq!(said(&desk), [""; 0]);
}

#[test]
fn a_tick_stays_as_long_as_the_remarks_do_and_is_kept_when_they_change() {
    let desk = desk();
    assert_eq!(desk.run("audit --month 2026-10").exit, Some(0));
    let mut book = ErrorWorkbook::open(&workbook(&desk));
    book.sheet("点検").rows[1][0] = "済".to_owned();
    book.save(&workbook(&desk));
    let ticked = disk::read(&workbook(&desk)).unwrap();
    assert_eq!(desk.run("audit --month 2026-10").exit, Some(0));
    assert_eq!(disk::read(&workbook(&desk)).unwrap(), ticked);

    desk.put("plan2.csv", &plan(&[5, 12, 26]));
    assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(0));
    let ended = desk.run("audit --month 2026-10");
    assert!(ended.stdout.contains("書き込みがありました"), "{ended:?}");
    assert_eq!(said(&desk), [EVENING.replace("5、12", "5、12、26")]);
    let archived = desk.files("archive").into_iter();
    let mut kept = archived.filter(|name| name.ends_with("_請求前点検_202610.xlsx"));
    let kept = desk.office().join("archive").join(kept.next().unwrap());
    assert_eq!(disk::read(&kept).unwrap(), ticked);
}

#[test]
fn the_list_is_one_of_our_own_files_when_it_lies_in_the_inbox() {
    let desk = desk();
    assert_eq!(desk.run("audit --month 2026-10").exit, Some(0));
    let bytes = disk::read(&workbook(&desk)).unwrap();
    desk.put_bytes("inbox/請求前点検_202610.xlsx", &bytes);
    let ended = desk.run("check");
    assert_eq!(ended.exit, Some(7), "{ended:?}");
    assert!(
        ended.stdout.contains("rakuwing が書き出したファイル"),
        "{ended:?}"
    );
}
