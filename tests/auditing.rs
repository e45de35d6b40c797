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

const OWN_OFFICES: [&str; 2] = ["1370100016", "1370100024"];

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
    let desk = Desk::new(Options {
        offices: OWN_OFFICES.map(str::to_owned).to_vec(),
        ..Options::default()
    });
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

/// What stands in 確認, row for row.
fn ticks(desk: &Desk) -> Vec<String> {
    let mut book = ErrorWorkbook::open(&workbook(desk));
    let rows = book.sheet("点検").rows.iter().skip(1);
    rows.map(|row| row[0].clone()).collect()
}

#[test]
fn a_tick_stays_as_long_as_its_remark_does() {
    let desk = desk();
    assert_eq!(desk.run("audit --month 2026-10").exit, Some(0));
    let mut book = ErrorWorkbook::open(&workbook(&desk));
    book.sheet("点検").rows[1][0] = "済".to_owned();
    book.save(&workbook(&desk));
    let ticked = disk::read(&workbook(&desk)).unwrap();
    // Nothing is new: the file stays as it is.
    assert_eq!(desk.run("audit --month 2026-10").exit, Some(0));
    assert_eq!(disk::read(&workbook(&desk)).unwrap(), ticked);

    // Something else is new: what was ticked is ticked, and the earlier file is kept.
    let late = [(
        "2026/10,1370100016,131128,0000100002,見本　二郎,111111,22:30,23:00",
        &[20][..],
    )];
    let late = grid(&late).lines().nth(1).unwrap().to_owned();
    desk.put("plan2.csv", &format!("{}{late}\n", plan(&[5, 12])));
    assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(0));
    assert_eq!(desk.run("audit --month 2026-10").exit, Some(0));
    assert_eq!(said(&desk)[0], EVENING);
    assert_eq!(ticks(&desk), ["済", ""]);
    let archived = desk.files("archive").into_iter();
    let mut kept = archived.filter(|name| name.ends_with("_請求前点検_202610.xlsx"));
    let kept = desk.office().join("archive").join(kept.next().unwrap());
    assert_eq!(disk::read(&kept).unwrap(), ticked);

    // It says something else now: it is to be looked at again.
    desk.put("plan3.csv", &format!("{}{late}\n", plan(&[5, 12, 26])));
    assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(0));
    assert_eq!(desk.run("audit --month 2026-10").exit, Some(0));
    assert_eq!(said(&desk)[0], EVENING.replace("5、12", "5、12、26"));
    assert_eq!(ticks(&desk), ["", ""]);
}

#[test]
fn a_check_that_holds_holds_at_the_office_that_it_is_about() {
    let desk = desk();
    desk.set(OWN_OFFICES[0], &OWN_OFFICES.join("\", \""));
    let both = |days: &[usize]| {
        let one = "2026/10,1370100016,131128,0000100001,見本　一郎,111111,19:00,19:30";
        let two = "2026/10,1370100024,131128,0000100001,見本　一郎,111111,9:00,9:30";
        grid(&[(one, days), (two, &[7])])
    };
    desk.put("plan2.csv", &both(&[5]));
    let ended = desk.run("plan --month 2026-10 --yes --allow-removals 9");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    desk.sandbox.play("2026-10", Play::Faithful).unwrap();
    desk.set("[audit]\n", "[audit]\nC701 = \"hold\"\n");
    let planned = desk.run("audit --month 2026-10");
    assert_eq!(planned.exit, Some(3), "{planned:?}");
    assert!(
        planned
            .stdout
            .contains("このままでは、実績を書き出しません"),
        "{planned:?}"
    );
    assert_eq!(desk.run("actuals --month 2026-10 --yes").exit, Some(3));
    let taken = written(&desk);
    assert!(taken.contains("1370100024") && !taken.contains("1370100016"));
}

/// A line of a national 利用票 of 見本　一郎: a short stay of somebody else on a day.
fn short_stay(day: &str, units: &str) -> String {
    format!(
        "202407,131128,0000100001,20260925,202610,1370000018,\"見本　一郎\",244,,202610{day},,,,1,212424,{units},,,,1370000992,\"別の施設\",,0,1370000018,\n"
    )
}

const UPPLAN: &str = "UPPLAN_202610_1370000018_43_1370000992_21";

#[test]
fn the_newest_plan_that_names_a_client_is_what_others_do() {
    let desk = desk();
    let plan = |name: &str, days: [&str; 3]| {
        let rows: String = days.iter().map(|day| short_stay(day, "")).collect();
        desk.put(name, &rows);
    };
    plan(&format!("{UPPLAN}_20260925093000.CSV"), ["11", "12", "13"]);
    let first = desk.run("audit --month 2026-10");
    assert_eq!(first.exit, Some(0), "{first:?}");
    let stay = |said: &[String]| {
        let stays = said.iter().filter(|line| line.starts_with("C705"));
        stays.cloned().collect::<Vec<_>>()
    };
    assert_eq!(
        stay(&said(&desk)),
        [
            "C705\t131128-0000100001\t1370100016\t12\t19:00〜19:30\t111111\t11日から13日まで短期入所です\t知らせる"
        ]
    );
    // A correction names the client anew; another receiver's file says it a second time.
    plan(&format!("{UPPLAN}_20261002093000.CSV"), ["04", "05", "06"]);
    let other = UPPLAN.replace("1370000992_21", "1370100016_11");
    plan(&format!("{other}_20261002093000.CSV"), ["04", "05", "06"]);
    assert_eq!(desk.run("audit --month 2026-10").exit, Some(0));
    assert_eq!(
        stay(&said(&desk)),
        [
            "C705\t131128-0000100001\t1370100016\t5\t19:00〜19:30\t111111\t4日から6日まで短期入所です\t知らせる"
        ]
    );
}

#[test]
fn a_plan_of_others_that_cannot_be_read_as_a_whole_is_said() {
    let desk = desk();
    let name = format!("{UPPLAN}_20260925093000.CSV");
    desk.put_bytes(&format!("inbox/{name}"), b"%PDF-1.4\n%\xE2\xE3\xCF\xD3\n");
    let ended = desk.run("audit --month 2026-10");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(
        ended
            .stdout
            .contains("利用票(UPPLAN)のうち1件は、読めないところ"),
        "{ended:?}"
    );
    // One line of three is not one: the other two count, and it is said.
    let rows = ["11", "1X", "13"].map(|day| short_stay(day, ""));
    desk.put(&name, &rows.concat());
    let ended = desk.run("audit --month 2026-10");
    assert!(
        ended
            .stdout
            .contains("利用票(UPPLAN)のうち1件は、読めないところ"),
        "{ended:?}"
    );
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
