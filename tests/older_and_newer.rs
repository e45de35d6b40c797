//! An older file beside a newer one: a person says which of them counts, and is asked once.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

mod support;

use std::io::{Cursor, Write as _};
use std::sync::Arc;

use rakuwing::clock::SystemClock;
use rakuwing::jobs::{Clerk, Consent, Folder, Office, Options, Outcome, Summary, plan};
use rakuwing::model::{AddOns, Mark, YearMonth};
use rakuwing::sandbox::{self, Collection};
use rakuwing::service::KeyStore;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use support::{Desk, grid, unless_busy};

const CLIENTS: &str = "\
被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,認定有効期間終了日
0000100001,131128,見本　一郎,1937/3/4,要介護3,2026/4/1,2028/3/31
";

/// Gives one answer after the other, and keeps the questions.
struct Answering {
    answers: Vec<bool>,
    asked: Vec<String>,
}

impl Clerk for Answering {
    fn show(&mut self, _summary: &Summary) {}

    fn agrees(&mut self, question: &str) -> Option<bool> {
        self.asked.push(question.to_owned());
        self.answers.pop()
    }

    fn note(&mut self, _text: &str) {}
}

/// A desk with one client, and two plans of one month that bear the days of their export.
fn desk() -> Desk {
    let desk = Desk::new(sandbox::Options::default());
    desk.put_bytes("inbox/clients.csv", CLIENTS.as_bytes());
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    let line = "2026/10,1370100016,131128,0000100001,見本　一郎,111111,9:00,9:30";
    for (name, days) in [
        ("予定_20261001.csv", &[1, 8][..]),
        ("予定_20260925.csv", &[2][..]),
    ] {
        desk.put_bytes(&format!("inbox/{name}"), grid(&[(line, days)]).as_bytes());
    }
    desk
}

/// What comes of the step, where somebody gives these answers, the last one first.
fn planned(desk: &Desk, answers: Vec<bool>) -> (Outcome, Vec<String>) {
    let mut office = unless_busy(|| {
        let keys = KeyStore::new(desk.machine());
        let folder = Folder::at(&desk.office());
        Ok(Office::open(folder, keys, Arc::new(SystemClock), "plan")?)
    })
    .unwrap();
    let mut clerk = Answering {
        answers,
        asked: Vec::new(),
    };
    let options = Options {
        add_ons: AddOns::With,
        mark: Mark::Actual,
        keep: None,
        allow_removals: 0,
        deletions: false,
        use_file: None,
    };
    let month = YearMonth::parse("2026-10").unwrap();
    let ended = plan::plan(&mut office, month, options, Consent::Ask, &mut clerk).unwrap();
    (ended, clerk.asked)
}

#[test]
fn who_takes_the_newer_file_is_then_asked_about_what_goes() {
    let desk = desk();
    let (ended, asked) = planned(&desk, vec![true, true]);
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(
        asked[0].contains("ファイル名の日付の新しい「予定_20261001.csv」だけを使いますか"),
        "{asked:?}"
    );
    assert_eq!((ended.exit_code, ended.sent), (0, 1));
    let held = desk
        .sandbox
        .held(Collection::Plans("2026-10".parse().unwrap()));
    let visits = held[0].item["visits"].as_array().unwrap();
    let dates: Vec<&str> = visits
        .iter()
        .filter_map(|visit| visit["date"].as_str())
        .collect();
    assert_eq!(dates, ["2026-10-01", "2026-10-08"]);
    assert_eq!(desk.files("inbox"), [""; 0], "both are done with");
}

#[test]
fn who_takes_neither_sends_nothing_and_finds_both_where_they_were() {
    let desk = desk();
    let (ended, _) = planned(&desk, vec![true, false]);
    assert_eq!((ended.exit_code, ended.sent), (3, 0));
    assert_eq!(ended.findings.errors, 1, "one finding for the file");
    assert_eq!(
        desk.files("inbox"),
        ["予定_20260925.csv", "予定_20261001.csv"]
    );
}

#[test]
fn what_lies_in_an_archive_and_beside_it_is_one_file_whatever_else_is_in_there() {
    let desk = Desk::new(sandbox::Options::default());
    desk.put_bytes("inbox/clients.csv", CLIENTS.as_bytes());
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    let line = "2026/10,1370100016,131128,0000100001,見本　一郎,111111,9:00,9:30";
    let plan = grid(&[(line, &[1, 8])]);
    let archive = archive(&[("予定.csv", plan.as_bytes()), ("案内.pdf", b"%PDF-1.7\n")]);
    desk.put_bytes("inbox/予定.csv", plan.as_bytes());
    desk.put_bytes("inbox/書き出し.zip", &archive);
    let ended = desk.run("plan --month 2026-10 --yes");
    for words in [
        "「書き出し.zip」の中の「案内.pdf」は読めません",
        "「書き出し.zip」は、ほかのファイルと中身がまったく同じです(予定.csv と同じ",
        "まだ使えていないファイル: 1件",
    ] {
        assert!(ended.stdout.contains(words), "{words}: {ended:?}");
    }
    assert!(!ended.stdout.contains("まだ済んでいない人"), "{ended:?}");
    let months = desk
        .sandbox
        .held(Collection::Plans("2026-10".parse().unwrap()));
    assert_eq!(months.len(), 1);
}

/// A zip archive of these files.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}
