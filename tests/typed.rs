//! What is typed in front of a screen. `script` of util-linux makes the screen.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

mod support;

use std::io::Write as _;
use std::process::{Command, Stdio};

use rakuwing::disk;
use rakuwing::sandbox::Options;
use rakuwing::settings;
use support::{Desk, grid};

const CLIENTS: &str = "\
被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,認定有効期間終了日
0000100001,131128,見本　一郎,1937/3/4,要介護3,2026/4/1,2028/3/31
";
const ICHIRO: &str = "2026/10,1370100016,131128,0000100001,見本　一郎,111111,9:00,9:30";

/// Runs a command line in front of a screen and types answers; gives everything that is shown.
fn typed(desk: &Desk, arguments: &str, answers: &str) -> String {
    let command = format!(
        "{} --office {} {arguments}",
        env!("CARGO_BIN_EXE_rakuwing"),
        desk.office().display()
    );
    let mut screen = Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .env("RAKUWING_HOME", desk.machine())
        .env("NO_PROXY", "127.0.0.1")
        .env("COLUMNS", "1000")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    screen
        .stdin
        .take()
        .unwrap()
        .write_all(answers.as_bytes())
        .unwrap();
    let output = screen.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_new_folder_asks_for_what_only_the_office_knows() {
    let desk = Desk::unconnected(Options::default());
    let fresh = desk.office().join("another");
    disk::make_folder(&fresh).unwrap();
    // Too short, one digit wrong and not meant, then right.
    let answers = "137010001\n1370100017\nn\n１３７０１０００１６\nみほん \"訪問\" 介護\n";
    let shown = typed(&desk, &format!("init {}", fresh.display()), answers);
    assert!(shown.contains("事業所番号は10桁です"), "{shown}");
    assert!(shown.contains("最後の数字が"), "{shown}");
    let settings = settings::load(&fresh).unwrap();
    let numbers: Vec<String> = settings.offices.iter().map(ToString::to_string).collect();
    assert_eq!(numbers, ["1370100016"]);
    assert_eq!(settings.name, "みほん \"訪問\" 介護");
}

#[test]
fn the_only_month_of_the_inbox_is_proposed() {
    let desk = Desk::new(Options::default());
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    desk.put("plan.csv", &grid(&[(ICHIRO, &[1, 8])]));
    let nobody_there = desk.run("plan");
    assert_eq!(nobody_there.exit, Some(2), "{nobody_there:?}");
    assert!(
        nobody_there.stderr.contains("--month 2026-10"),
        "{nobody_there:?}"
    );
    let refused = typed(&desk, "plan", "n\n");
    assert!(refused.contains("対象年月は2026年10月です"), "{refused}");
    assert_eq!(desk.posts().len(), 1, "nothing but the client was sent");
    let agreed = typed(&desk, "plan", "y\ny\n");
    assert!(agreed.contains("すべての行が通った"), "{agreed}");
    assert_eq!(desk.posts().len(), 2);
}

#[test]
fn two_months_in_the_inbox_are_not_guessed_between() {
    let desk = Desk::new(Options::default());
    let november = ICHIRO.replace("2026/10", "2026/11");
    desk.put("plan.csv", &grid(&[(ICHIRO, &[1]), (&november, &[2])]));
    let ended = desk.run("plan --yes");
    assert_eq!(ended.exit, Some(2), "{ended:?}");
    assert!(
        ended
            .stderr
            .contains("対象年月を --month で指定してください"),
        "{ended:?}"
    );
}
