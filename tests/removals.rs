//! A month is emptied only where the files say that its client is gone, and only with leave.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

#[path = "support/preview.rs"]
mod preview;
mod support;

use rakuwing::sandbox::{Collection, Options};
use serde_json::json;

use preview::{decide, preview, saved_again};
use support::{Desk, Ended, grid};

const OFFICES: &str = "\
事業所番号,事業所名,サービス種類
1370000018,みほん居宅,43
";
const CLIENTS: &str = "\
被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,認定有効期間終了日,居宅支援事業所番号
0000100001,131128,見本　一郎,1937/3/4,要介護3,2026/4/1,2028/3/31,1370000018
0000100002,131128,見本　二美,1934/11/3,要介護1,2026/4/1,2028/3/31,1370000018
0000100003,131128,見本　三郎,1941/7/15,要介護2,2026/4/1,2028/3/31,1370000018
";
const ICHIRO: &str = "2026/10,1370100016,131128,0000100001,見本　一郎,111111,9:00,9:30";
const FUMI: &str = "2026/10,1370100016,131128,0000100002,見本　二美,111211,9:00,10:00";
const SABURO: &str = "2026/10,1370100016,131128,0000100003,見本　三郎,111211,9:00,10:00";

/// With the months of three clients registered.
fn desk() -> Desk {
    let desk = Desk::new(Options {
        offices: ["1370100016", "1370100024"].map(str::to_owned).to_vec(),
        ..Options::default()
    });
    desk.set(
        "numbers = [\"1370100016\"]",
        "numbers = [\"1370100016\", \"1370100024\"]",
    );
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    let all = [ICHIRO, FUMI, SABURO].map(|line| (line, &[1, 8][..]));
    desk.put("plan.csv", &grid(&all));
    assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(0));
    desk
}

/// Registers October from these lines, with leave to empty so many months.
fn run(desk: &Desk, lines: &[(&str, &[usize])], leave: usize) -> Ended {
    desk.put("plan.csv", &grid(lines));
    desk.run(&format!(
        "plan --month 2026-10 --allow-removals {leave} --yes"
    ))
}

fn empty_months(desk: &Desk) -> usize {
    let months = desk
        .sandbox
        .held(Collection::Plans("2026-10".parse().unwrap()));
    let visits = months.iter().map(|month| &month.item["visits"]);
    visits
        .filter(|visits| visits.as_array().unwrap().is_empty())
        .count()
}

#[test]
fn with_leave_for_fewer_than_there_are_no_month_is_emptied() {
    let desk = desk();
    let ended = run(&desk, &[(ICHIRO, &[1, 8])], 1);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert!(ended.stdout.contains("削除の許可待ち 2"), "{ended:?}");
    assert!(ended.stdout.contains("--allow-removals 2"), "{ended:?}");
    assert_eq!(empty_months(&desk), 0);
    let ended = desk.run("plan --month 2026-10 --allow-removals 2 --yes");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("削除(月を空にする) 2"), "{ended:?}");
    assert_eq!(empty_months(&desk), 2);
}

#[test]
fn a_proposal_keeps_the_leave_that_it_was_prepared_with() {
    let desk = desk();
    desk.put("plan.csv", &grid(&[(ICHIRO, &[1, 8]), (FUMI, &[1, 8])]));
    let shown = desk.run("plan --month 2026-10 --allow-removals 1 --prepare");
    assert_eq!(shown.exit, Some(0), "{shown:?}");
    assert_eq!(empty_months(&desk), 0);
    assert_eq!(desk.run("register").exit, Some(0));
    assert_eq!(empty_months(&desk), 1);
}

/// Prepares October for Ichirō alone, without leave for the two others.
fn prepared(desk: &Desk) {
    desk.put("plan.csv", &grid(&[(ICHIRO, &[1, 8])]));
    let shown = desk.run("plan --month 2026-10 --prepare");
    assert_eq!(shown.exit, Some(3), "{shown:?}");
    let next = "`rakuwing register 3 --allow-removals 2`";
    assert!(shown.stdout.contains(next), "{shown:?}");
}

#[test]
fn what_waits_in_a_proposal_is_given_leave_when_it_is_registered() {
    let desk = desk();
    prepared(&desk);
    let ended = desk.run("register --allow-removals 2");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_eq!(empty_months(&desk), 2);
    assert_eq!(desk.files("inbox"), [] as [&str; 0]);
}

#[test]
fn with_leave_for_fewer_at_registering_no_month_is_emptied() {
    let desk = desk();
    prepared(&desk);
    let ended = desk.run("register --allow-removals 1");
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert!(ended.stdout.contains("--allow-removals 2"), "{ended:?}");
    assert_eq!(empty_months(&desk), 0);
    prepared_again(&desk);
    assert_eq!(desk.run("register --allow-removals 2").exit, Some(0));
    assert_eq!(empty_months(&desk), 2);
}

fn prepared_again(desk: &Desk) {
    let shown = desk.run("plan --month 2026-10 --prepare");
    assert_eq!(shown.exit, Some(3), "{shown:?}");
}

#[test]
fn leave_at_registering_takes_the_place_of_the_one_before() {
    let desk = desk();
    desk.put("plan.csv", &grid(&[(ICHIRO, &[1, 8])]));
    let shown = desk.run("plan --month 2026-10 --allow-removals 2 --prepare");
    assert_eq!(shown.exit, Some(0), "{shown:?}");
    let ended = desk.run("register --allow-removals 0");
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert_eq!(empty_months(&desk), 0);
}

#[test]
fn leave_at_registering_holds_for_that_run_alone() {
    let desk = desk();
    desk.put("plan.csv", &grid(&[(ICHIRO, &[1, 8]), (FUMI, &[1, 8])]));
    prepared_again(&desk);
    assert_eq!(desk.run("register --allow-removals 1").exit, Some(0));
    assert_eq!(empty_months(&desk), 1);
    desk.put("plan.csv", &grid(&[(ICHIRO, &[1, 8])]));
    prepared_again(&desk);
    assert_eq!(desk.run("register").exit, Some(3));
    assert_eq!(empty_months(&desk), 1);
}

#[test]
fn leave_at_registering_does_not_reach_beyond_the_limit_of_the_settings() {
    let desk = desk();
    prepared(&desk);
    desk.set("removals_limit = 5", "removals_limit = 1");
    let ended = desk.run("register --allow-removals 2");
    assert_eq!(ended.exit, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("removals_limit"), "{ended:?}");
    assert_eq!(empty_months(&desk), 0);
}

#[test]
fn leave_is_of_no_use_to_basic_data() {
    let desk = desk();
    desk.put("clients.csv", &CLIENTS.replace("要介護3", "要介護4"));
    assert_eq!(desk.run("basics --prepare").exit, Some(0));
    let ended = desk.run("register --allow-removals 1");
    assert_eq!(ended.exit, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("--allow-removals"), "{ended:?}");
    // It is not used up.
    assert_eq!(desk.run("register").exit, Some(0));
}

/// With a visit of Saburō's month changed there, and October prepared for Ichirō alone, with
/// leave for as many.
fn prepared_with_one_changed_there(leave: usize) -> Desk {
    let desk = desk();
    let month = Collection::Plans("2026-10".parse().unwrap());
    let held = desk.sandbox.held(month);
    let saburo = held.iter().find(|held| held.key.contains("0000100003"));
    desk.sandbox
        .edit(month, &saburo.unwrap().key, "/visits/0/end", json!("10:30"))
        .unwrap();
    desk.put("plan.csv", &grid(&[(ICHIRO, &[1, 8])]));
    let shown = desk.run(&format!(
        "plan --month 2026-10 --allow-removals {leave} --prepare"
    ));
    assert_eq!(shown.exit, Some(3), "{shown:?}");
    assert!(shown.stdout.contains("削除(月を空にする) 1"), "{shown:?}");
    desk
}

/// Writes a word beside the one month that was changed there.
fn decide_about_the_changed_one(desk: &Desk, word: &str) {
    let path = preview(desk);
    let keys = std::cell::RefCell::new(Vec::new());
    saved_again(&path, |row| {
        if row[1] == "保留" {
            keys.borrow_mut().push(row[3].clone());
        }
    });
    let keys = keys.into_inner();
    assert_eq!(keys.len(), 1, "{keys:?}");
    decide(&path, &[(&keys[0], word)]);
}

#[test]
fn a_month_that_is_decided_to_be_emptied_needs_leave_as_well() {
    let desk = prepared_with_one_changed_there(1);
    decide_about_the_changed_one(&desk, "楽すけ");
    let ended = desk.run("register");
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert!(ended.stdout.contains("--allow-removals 2"), "{ended:?}");
    assert_eq!(empty_months(&desk), 0);
}

#[test]
fn a_month_that_is_decided_to_stay_needs_no_leave() {
    let desk = prepared_with_one_changed_there(1);
    decide_about_the_changed_one(&desk, "Care-wing");
    let ended = desk.run("register");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_eq!(empty_months(&desk), 1);
}

#[test]
fn clients_of_another_office_than_the_files_are_of_are_not_gone() {
    let desk = desk();
    let elsewhere = ICHIRO.replace("1370100016", "1370100024");
    run(&desk, &[(&elsewhere, &[3])], 5);
    assert_eq!(empty_months(&desk), 0);
}

#[test]
fn clients_of_another_month_than_the_files_are_of_are_not_gone() {
    let desk = desk();
    let november = ICHIRO.replace("2026/10", "2026/11");
    let ended = run(&desk, &[(&november, &[3])], 5);
    assert_eq!(ended.exit, Some(7), "{ended:?}");
    assert_eq!(empty_months(&desk), 0);
}

#[test]
fn whoever_another_month_or_office_names_is_gone_all_the_same() {
    let desk = desk();
    desk.put(
        "last.csv",
        &grid(&[(&FUMI.replace("2026/10", "2026/09"), &[1])]),
    );
    let elsewhere = SABURO.replace("1370100016", "1370100024");
    let ended = run(&desk, &[(ICHIRO, &[1, 8]), (&elsewhere, &[2])], 0);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert!(ended.stdout.contains("削除の許可待ち 2"), "{ended:?}");
    assert!(ended.stdout.contains("見本　二美"), "{ended:?}");
}

#[test]
fn nobody_is_gone_while_some_row_does_not_say_whose_it_is() {
    let desk = desk();
    let nobodys = FUMI.replace("0000100002", "12AB");
    let ended = run(&desk, &[(ICHIRO, &[1, 8]), (&nobodys, &[1, 8])], 5);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert_eq!(empty_months(&desk), 0);
}

#[test]
fn nobody_is_gone_because_the_row_is_withheld() {
    let desk = desk();
    let bad = FUMI.replace("9:00", "25時");
    let bad_too = SABURO.replace("9:00", "25時");
    let ended = run(
        &desk,
        &[(ICHIRO, &[1, 8]), (&bad, &[1]), (&bad_too, &[1])],
        5,
    );
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert_eq!(empty_months(&desk), 0);
}
