//! A locked month is left alone by every command, until it is unlocked or overridden once.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

mod support;

use rakuwing::sandbox::{Options, Play};
use serde_json::json;

use support::{Desk, grid};

const OFFICES: &str = "\
事業所番号,事業所名,サービス種類
1370000018,みほん居宅,43
";
const CLIENTS: &str = "\
被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,認定有効期間終了日
0000100001,131128,見本　一郎,1937/3/4,要介護3,2026/4/1,2028/3/31
";

/// A plan of a month, with visits on some days.
fn plan(month: &str, days: &[usize]) -> String {
    let line = format!("{month},1370100016,131128,0000100001,見本　一郎,111111,9:00,9:30");
    grid(&[(&line, days)])
}

/// A desk whose basic data and October are registered, and October locked.
fn locked_desk() -> Desk {
    let desk = Desk::new(Options::default());
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    desk.put("plan.csv", &plan("2026/10", &[1, 8]));
    assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(0));
    desk.sandbox.play("2026-10", Play::Faithful).unwrap();
    assert_eq!(desk.run("lock --month 2026-10").exit, Some(0));
    desk.put("plan.csv", &plan("2026/10", &[1, 8, 15]));
    desk
}

fn events(desk: &Desk, what: &str) -> Vec<(String, String)> {
    let ledger = desk.ledger();
    let mut query = ledger
        .prepare(
            "SELECT runs.command, runs.month FROM events JOIN runs ON runs.id = events.run \
             WHERE what = ?1 AND count = 1 ORDER BY events.id",
        )
        .unwrap();
    let rows = query.query_map([what], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

fn event(command: &str) -> (String, String) {
    (command.to_owned(), "2026-10".to_owned())
}

#[test]
fn a_locked_month_is_refused_before_anything_is_asked_or_written() {
    let desk = locked_desk();
    // Basic data too: a run that is refused has sent nothing at all.
    desk.put("offices.csv", OFFICES);
    let (calls, outbox) = (desk.sandbox.requests().len(), desk.files("outbox"));
    for arguments in [
        "plan --month 2026-10 --yes",
        "plan --month 2026-10",
        "actuals --month 2026-10 --yes",
        "run --month 2026-10 --yes",
    ] {
        let ended = desk.run(arguments);
        assert_eq!(ended.exit, Some(4), "{arguments}: {ended:?}");
        for word in [
            "2026年10月は",
            "翌月10日",
            "rakuwing unlock --month 2026-10",
            "--override",
        ] {
            assert!(ended.stderr.contains(word), "{arguments}: {ended:?}");
        }
    }
    assert_eq!(desk.sandbox.requests().len(), calls);
    assert_eq!(desk.files("outbox"), outbox);
    assert_eq!(desk.files("inbox"), ["offices.csv", "plan.csv"]);
}

#[test]
fn other_months_and_basic_data_go_on() {
    let desk = locked_desk();
    desk.put("offices.csv", OFFICES);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    desk.put("plan.csv", &plan("2026/11", &[3]));
    assert_eq!(desk.run("plan --month 2026-11 --yes").exit, Some(0));
    desk.put("clients.csv", &CLIENTS.replace("要介護3", "要介護4"));
    assert_eq!(desk.run("run --month 2026-10 --yes").exit, Some(0));
}

#[test]
fn what_was_prepared_for_a_locked_month_is_shown_and_not_registered() {
    let desk = locked_desk();
    for arguments in [
        "plan --month 2026-10 --prepare",
        "actuals --month 2026-10 --prepare",
    ] {
        let prepared = desk.run(arguments);
        assert_eq!(prepared.exit, Some(0), "{arguments}: {prepared:?}");
        assert!(prepared.stdout.contains("2026年10月はロックされています"));
        let (posts, calls) = (desk.posts().len(), desk.sandbox.requests().len());
        let ended = desk.run("register");
        assert_eq!(ended.exit, Some(4), "{arguments}: {ended:?}");
        assert_eq!(desk.sandbox.requests().len(), calls, "{arguments}");
        let ended = desk.run("register --override");
        assert_eq!(ended.exit, Some(0), "{arguments}: {ended:?}");
        assert_eq!(
            desk.posts().len(),
            posts + usize::from(arguments.starts_with("plan"))
        );
    }
    assert_ne!(desk.files("outbox"), [] as [&str; 0]);
    assert_eq!(
        events(&desk, "lock overridden"),
        [event("register"), event("register")]
    );
}

#[test]
fn an_override_is_said_and_entered_and_holds_for_one_run() {
    let desk = locked_desk();
    let ended = desk.run("plan --month 2026-10 --yes --override");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(
        ended.stdout.contains("--override により、今回だけ"),
        "{ended:?}"
    );
    assert_eq!(events(&desk, "lock overridden"), [event("plan")]);
    for arguments in [
        "actuals --month 2026-10 --yes",
        "run --month 2026-10 --allow-removals 9 --yes",
    ] {
        desk.put("plan.csv", &plan("2026/10", &[1]));
        assert_eq!(desk.run(arguments).exit, Some(4), "{arguments}");
        let ended = desk.run(&format!("{arguments} --override"));
        assert_eq!(ended.exit, Some(0), "{arguments}: {ended:?}");
    }
}

#[test]
fn months_are_locked_listed_and_unlocked() {
    let desk = locked_desk();
    let again = desk.run("lock --month 2026-10");
    assert_eq!(again.exit, Some(0), "{again:?}");
    assert!(again.stdout.contains("すでにロック"), "{again:?}");
    assert_eq!(desk.run("lock --month 2026-09").exit, Some(0));
    let listed = desk.run("--json lock").json();
    assert_eq!(listed["locked"][0]["month"], json!("2026-09"));
    assert_eq!(listed["locked"][1]["month"], json!("2026-10"));
    assert_eq!(listed["exit_code"], 0);
    assert_eq!(desk.run("unlock --month 2026-09").exit, Some(0));
    assert_eq!(desk.run("unlock --month 2026-10").exit, Some(0));
    assert!(desk.run("lock").stdout.contains("ロックした月はありません"));
    assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(0));
    assert_eq!(
        events(&desk, "unlocked"),
        [("unlock".to_owned(), "2026-09".to_owned()), event("unlock")]
    );
    assert_eq!(desk.run("unlock").exit, Some(2), "which month?");
}

#[test]
fn whoever_is_open_in_a_month_is_named_when_it_is_locked_and_afterwards() {
    let desk = locked_desk();
    assert_eq!(desk.run("unlock --month 2026-10").exit, Some(0));
    let wrong = plan("2026/10", &[1, 8]).replace("9:00", "朝");
    desk.put("plan.csv", &wrong);
    assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(3));
    let ended = desk.run("lock --month 2026-10");
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert!(ended.stdout.contains("見本　一郎"), "{ended:?}");
    assert!(ended.stdout.contains("ロックしました"), "{ended:?}");
    // There is no other month, and a closed one has its state as well.
    let status = desk.run("status");
    assert_eq!(status.exit, Some(3), "{status:?}");
    for words in ["いまの状態 2026年10月", "見本　一郎", "登録済み: 1名"] {
        assert!(status.stdout.contains(words), "{words}: {status:?}");
    }
    let nothing = desk.run("lock --month 2027-01");
    assert_eq!(nothing.exit, Some(0), "{nothing:?}");
    assert!(
        nothing
            .stdout
            .contains("登録した予定も、取得した実績もありません"),
        "{nothing:?}"
    );
    assert_eq!(desk.run("status").stdout, status.stdout);
}

#[test]
fn looking_at_a_locked_month_leaves_its_state_as_it_was() {
    let desk = locked_desk();
    let before = desk.run("status --month 2026-10").stdout;
    desk.put("plan.csv", &plan("2026/10", &[1]).replace("9:00", "朝"));
    let ended = desk.run("plan --month 2026-10 --prepare");
    assert!(
        ended
            .stdout
            .contains("ロックされているので、登録できません"),
        "{ended:?}"
    );
    assert!(!ended.stdout.contains("登録するには"), "{ended:?}");
    assert_eq!(desk.run("status --month 2026-10").stdout, before);
}

#[test]
fn a_month_that_is_only_to_be_locked_is_named_until_it_is() {
    let desk = locked_desk();
    assert_eq!(desk.run("unlock --month 2026-10").exit, Some(0));
    assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(0));
    desk.sandbox.play("2026-10", Play::Faithful).unwrap();
    let ended = desk.run("actuals --month 2026-10 --yes");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(
        ended.stdout.contains("`rakuwing lock --month 2026-10`"),
        "{ended:?}"
    );
    desk.put("plan.csv", &plan("2026/11", &[1, 8]));
    assert_eq!(desk.run("plan --month 2026-11 --yes").exit, Some(0));
    let of_october = "まだロックしていない月: 2026年10月";
    assert!(desk.run("status").stdout.contains(of_october));
    assert_eq!(desk.run("lock --month 2026-10").exit, Some(0));
    assert!(!desk.run("status").stdout.contains(of_october));
}
