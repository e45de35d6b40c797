//! What a clerk sees fits the screen: eighty columns, of which a full-width character takes two.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

mod support;

use std::path::{Path, PathBuf};

use rakuwing::cli::wrap::{COLUMNS, width};
use rakuwing::disk;
use rakuwing::sandbox::{Options, Play};
use support::{Desk, end, grid};

/// Every command that has help of its own.
const COMMANDS: [&str; 18] = [
    "",
    "init",
    "connect",
    "check",
    "explain",
    "convert",
    "basics",
    "plan",
    "actuals",
    "register",
    "run",
    "lock",
    "unlock",
    "status",
    "codes",
    "codes import",
    "names",
    "demo",
];

fn assert_fits(text: &str, what: &str) {
    for line in text.lines() {
        let columns = width(line);
        assert!(columns <= COLUMNS, "{columns} columns after {what}: {line}");
    }
}

/// Runs a command line on a screen as it usually is, and looks at each of its lines.
fn shown(desk: &Desk, arguments: &str) -> String {
    let mut command = desk.command(arguments);
    let ended = end(command.env_remove("COLUMNS"));
    assert_fits(&ended.stdout, arguments);
    assert_fits(&ended.stderr, arguments);
    ended.words()
}

fn fixtures(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(below)
}

#[test]
fn every_page_of_help_fits() {
    let desk = Desk::unconnected(Options::default());
    for command in COMMANDS {
        let page = shown(&desk, &format!("{command} --help"));
        assert!(page.contains("使い方"), "{command}");
    }
}

#[test]
fn a_month_with_mistakes_fits() {
    let desk = Desk::new(Options::default());
    for name in ["care_offices.csv", "clients.csv", "plan.csv"] {
        let bytes = disk::read(&fixtures("demo").join(name)).unwrap();
        desk.put_bytes(&format!("inbox/{name}"), &bytes);
    }
    for arguments in [
        "status",
        "check",
        "basics --match",
        "basics --prepare",
        "register",
        "plan --month 2026-10 --prepare",
        "plan --month 2026-10 --yes",
        "plan --yes",
        "register",
        "register 99",
        "actuals --month 先月",
        "actuals --month 2026-10 --yes",
    ] {
        shown(&desk, arguments);
    }
    desk.sandbox.play("2026-10", Play::Lifelike).unwrap();
    for arguments in [
        "actuals --month R8.10 --prepare",
        "actuals --month 202610 --yes",
        "status --month 2026年10月",
        "status --done 131128-0000100008",
        "names",
        "explain 131128-0000100001",
        "lock --month 2026-10",
        "plan --month 2026-10 --yes",
        "unlock --month 2026-10",
        "lock",
        "run --month 2026-10 --yes",
    ] {
        shown(&desk, arguments);
    }
}

#[test]
fn what_is_said_of_wrong_command_lines_and_settings_fits() {
    let desk = Desk::new(Options::default());
    for arguments in [
        "",
        "plna",
        "plan --mnth 2026-10",
        "plan --month 10月",
        "plan",
        "actuals",
        "unlock",
        "plan --month 2026-10 --yes --prepare",
        "connect --key x",
        "convert",
        "check nowhere.csv",
        "explain nowhere.csv:F12",
        "codes import nowhere.csv",
    ] {
        shown(&desk, arguments);
    }
    desk.set("batch = 2", "batch = たくさん");
    assert!(shown(&desk, "plan --month 2026-10").contains("例: batch = 50"));
}

#[test]
fn what_is_said_of_every_damaged_file_fits() {
    let desk = Desk::unconnected(Options::default());
    let folders = fixtures("damage").read_dir().unwrap();
    for folder in folders.map(|entry| entry.unwrap().path()) {
        if !folder.is_dir() {
            continue;
        }
        let mut command = desk.command("check");
        command
            .args(disk::files(&folder).unwrap())
            .env_remove("COLUMNS");
        let ended = end(&mut command);
        assert_fits(&ended.words(), &folder.to_string_lossy());
    }
}

#[test]
fn a_plan_of_many_people_who_are_open_names_ten_of_them() {
    let desk = Desk::new(Options::default());
    let lines: Vec<String> = (1..=13)
        .map(|person| {
            format!(
                "2026/10,1370100016,131128,00001000{person:02},見本　{person}子,111111,9:00,9:30"
            )
        })
        .collect();
    let lines: Vec<(&str, &[usize])> = lines.iter().map(|line| (&**line, &[1][..])).collect();
    desk.put("plan.csv", &grid(&lines));
    let words = shown(&desk, "plan --month 2026-10 --yes");
    assert!(
        words.contains("まだ済んでいない人(2026年10月): 13名"),
        "{words}"
    );
    assert!(words.contains("ほか3名"), "{words}");
    assert!(
        words.contains("見本　10子") && !words.contains("見本　11子"),
        "{words}"
    );
    let words = shown(&desk, "status");
    assert!(words.contains("見本　13子"), "{words}");
}

#[test]
fn a_command_that_is_named_can_be_typed_as_it_stands_there() {
    let desk = Desk::new(Options::default());
    let office = desk.office();
    let said = |arguments: &str| {
        let output = desk.command(arguments).output().unwrap();
        let words = [output.stdout, output.stderr].concat();
        String::from_utf8(words).unwrap()
    };
    let named = format!("`rakuwing --office {} basics`", office.display());
    assert!(said("status").contains(&named));
    disk::remove(&office.join("rakuwing.toml")).unwrap();
    let named = format!("`rakuwing init {}`", office.display());
    assert!(said("status").contains(&named));
}
