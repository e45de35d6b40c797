//! The error workbook is what is dropped back: only what was corrected in it is taken, along
//! with the other rows of the same people.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "what a test calls fails and speaks like a test"
)]

#[path = "support/error_workbook.rs"]
mod error_workbook;
#[path = "support/spreadsheet.rs"]
mod spreadsheet;
mod support;

use std::path::{Path, PathBuf};

use rakuwing::disk;
use rakuwing::sandbox::{Fault, FaultKind, Mischief, Options};
use serde_json::Value as Json;

use error_workbook::{ErrorWorkbook, FIRST, newest};
use support::{Desk, Ended, grid};

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

/// A copy of the newest error workbook, as somebody may have kept it: the one in `reports` gives
/// way to the next.
fn workbook(desk: &Desk) -> PathBuf {
    let newest = newest(&desk.office().join("reports"));
    let bytes = disk::read(&newest).unwrap();
    let kept = disk::Digest::of(&bytes);
    let kept = desk.office().with_file_name(kept.as_str());
    disk::make_folder(&kept).unwrap();
    let copy = kept.join(newest.file_name().unwrap());
    disk::write(&copy, &bytes).unwrap();
    copy
}

/// What is done to a workbook between its making and its being dropped back.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Saved {
    /// A program that keeps texts and nothing else.
    Plainly,
    /// LibreOffice, where it is installed.
    ByLibreOffice,
}

const BOTH: [Saved; 2] = [Saved::Plainly, Saved::ByLibreOffice];

/// Edits the newest error workbook and drops it into the inbox.
fn drop_back(desk: &Desk, saved: Saved, edit: impl FnOnce(&mut ErrorWorkbook)) -> String {
    drop_back_of(desk, &workbook(desk), saved, edit)
}

/// The same with another error workbook; gives its name.
fn drop_back_of(
    desk: &Desk,
    path: &Path,
    saved: Saved,
    edit: impl FnOnce(&mut ErrorWorkbook),
) -> String {
    let mut book = ErrorWorkbook::open(path);
    edit(&mut book);
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let to = desk.office().join("inbox").join(&name);
    book.save(&to);
    if saved == Saved::ByLibreOffice {
        spreadsheet::convert(&to, &["--convert-to", "xlsx:Calc MS Excel 2007 XML"]);
    }
    name
}

/// The plan once more.
fn again(desk: &Desk) -> Ended {
    desk.run("plan --month 2026-10 --yes")
}

/// What was posted after the first so many batches.
fn items(desk: &Desk, after: usize) -> Vec<Json> {
    let posts = desk.posts();
    let posts = posts[after..].iter();
    posts
        .flat_map(|post| post.body.as_ref().unwrap()["items"].as_array().unwrap())
        .cloned()
        .collect()
}

/// Whose items these are, and the beginnings of their visits.
fn sent(items: &[Json]) -> Vec<String> {
    let of_item = |item: &Json| {
        let visits = item["visits"].as_array().unwrap();
        let starts: Vec<&str> = visits
            .iter()
            .map(|visit| visit["start"].as_str().unwrap())
            .collect();
        let key = item["client"]["insured_number"].as_str().unwrap();
        format!("{} {}", key, starts.join(" "))
    };
    let mut sent: Vec<String> = items.iter().map(of_item).collect();
    sent.sort();
    sent
}

/// The codes of the list of the newest error workbook.
fn codes(desk: &Desk) -> Vec<String> {
    let mut book = ErrorWorkbook::open(&workbook(desk));
    let rows = book.sheet("一覧").rows[1..].iter();
    let mut codes: Vec<String> = rows.map(|row| row[1].clone()).collect();
    codes.dedup();
    codes
}

#[test]
fn only_the_corrected_client_is_sent_with_all_of_its_rows() {
    for saved in BOTH {
        let desk = desk();
        let before = desk.posts().len();
        drop_back(&desk, saved, |book| {
            let sheet = book.sheet(SHEET);
            assert_eq!(sheet.numbers(), [3, 4, 5]);
            sheet.set(3, "開始時刻", "9:00");
        });
        let ended = again(&desk);
        assert_eq!(ended.exit, Some(3), "{ended:?}");
        assert!(
            ended.stdout.contains("訂正した1行(1か所)を取り込みます"),
            "{ended:?}"
        );
        assert!(
            ended.stdout.contains("手を付けていない1行は保留のままです"),
            "{ended:?}"
        );
        let items = items(&desk, before);
        assert_eq!(sent(&items), ["0000100002 09:00 15:00"], "{items:?}");
        assert_eq!(desk.files("inbox"), [] as [&str; 0]);
    }
}

#[test]
fn a_workbook_that_nobody_has_edited_does_nothing_and_says_so() {
    for saved in BOTH {
        let desk = desk();
        let before = desk.posts().len();
        let name = drop_back(&desk, saved, |_| ());
        let ended = again(&desk);
        // Whoever was held before is held still.
        assert_eq!(ended.exit, Some(3), "{saved:?} {ended:?}");
        assert!(ended.stdout.contains("まだ済んでいない人(2026年10月): 2名"));
        let said = format!("{name}: 訂正がないので、何もしません。");
        assert!(ended.stdout.contains(&said), "{ended:?}");
        assert_eq!(desk.posts().len(), before);
        assert_eq!(desk.files("inbox"), [name]);
    }
}

#[test]
fn sorted_filtered_and_moved_it_says_the_same() {
    for saved in BOTH {
        let desk = desk();
        let before = desk.posts().len();
        drop_back(&desk, saved, |book| {
            let sheet = book.sheet(SHEET);
            sheet.set(5, "開始時刻", "18:00");
            // From the last to the first, without one of them, and the columns elsewhere.
            sheet.rows[FIRST..].reverse();
            let untouched = sheet.row_of(4);
            sheet.rows.remove(untouched);
            let start = sheet.column("開始時刻");
            sheet.move_column(start, 6);
            let name = sheet.column("氏名");
            sheet.move_column(name, 40);
        });
        let ended = again(&desk);
        assert_eq!(ended.exit, Some(3), "{saved:?} {ended:?}");
        let items = items(&desk, before);
        assert_eq!(sent(&items), ["0000100003 18:00"], "{saved:?} {items:?}");
    }
}

#[test]
fn a_row_that_was_deleted_from_the_workbook_still_goes_with_its_client() {
    for saved in BOTH {
        let desk = desk();
        let before = desk.posts().len();
        drop_back(&desk, saved, |book| {
            let sheet = book.sheet(SHEET);
            sheet.set(3, "開始時刻", "9:00");
            let held = sheet.row_of(4);
            sheet.rows.remove(held);
        });
        let ended = again(&desk);
        assert_eq!(ended.exit, Some(3), "{saved:?} {ended:?}");
        assert_eq!(sent(&items(&desk, before)), ["0000100002 09:00 15:00"]);
    }
}

#[test]
fn what_a_spreadsheet_does_to_numbers_by_itself_is_no_correction() {
    for saved in BOTH {
        let desk = desk();
        let before = desk.posts().len();
        drop_back(&desk, saved, |book| {
            let sheet = book.sheet(SHEET);
            for row in [3, 4, 5] {
                let number = format!("#number {}", sheet.cell(row, "被保険者番号"));
                sheet.set(row, "被保険者番号", &number);
                let code = format!("#number {}", sheet.cell(row, "サービスコード"));
                sheet.set(row, "サービスコード", &code);
            }
            // 15:30 as a part of a day.
            sheet.set(4, "終了時刻", "#number 0.645833333333333");
            sheet.set(5, "開始時刻", "18:00");
        });
        let ended = again(&desk);
        assert_eq!(ended.exit, Some(3), "{saved:?} {ended:?}");
        assert!(
            ended.stdout.contains("訂正した1行(1か所)"),
            "{saved:?} {ended:?}"
        );
        assert_eq!(sent(&items(&desk, before)), ["0000100003 18:00"]);
    }
}

#[test]
fn a_workbook_dropped_twice_is_taken_once() {
    let desk = desk();
    let first = workbook(&desk);
    let edit = |book: &mut ErrorWorkbook| book.sheet(SHEET).set(3, "開始時刻", "9:00");
    drop_back_of(&desk, &first, Saved::Plainly, edit);
    assert_eq!(again(&desk).exit, Some(3));
    let before = desk.posts().len();
    for saved in BOTH {
        drop_back_of(&desk, &first, saved, edit);
        let ended = again(&desk);
        assert_eq!(ended.exit, Some(3), "{ended:?}");
        assert!(
            ended
                .stdout
                .contains("前に取り込んだ訂正1か所はそのままです"),
            "{ended:?}"
        );
        assert_eq!(desk.posts().len(), before);
        assert_eq!(desk.files("inbox"), [] as [&str; 0]);
    }
}

#[test]
fn what_is_wrong_still_comes_back_as_it_was_typed_and_goes_on_from_there() {
    let desk = desk();
    let first = workbook(&desk);
    drop_back(&desk, Saved::Plainly, |book| {
        let sheet = book.sheet(SHEET);
        sheet.set(3, "開始時刻", "9時ごろ");
        sheet.set(4, "開始時刻", "14:45");
    });
    let before = desk.posts().len();
    assert_eq!(again(&desk).exit, Some(3));
    assert_eq!(desk.posts().len(), before);
    // What was touched is in the second workbook as it stands now, and the rest as before.
    let second = workbook(&desk);
    assert_ne!(first, second);
    drop_back(&desk, Saved::Plainly, |book| {
        let sheet = book.sheet(SHEET);
        assert_eq!(sheet.numbers(), [3, 4, 5]);
        assert_eq!(sheet.cell(3, "開始時刻"), "9時ごろ");
        assert_eq!(sheet.cell(4, "開始時刻"), "14:45");
        assert_eq!(sheet.cell(5, "開始時刻"), "夕");
        sheet.set(3, "開始時刻", "9:00");
    });
    let ended = again(&desk);
    assert_eq!(ended.exit, Some(3), "row 5 waits still: {ended:?}");
    assert!(ended.stdout.contains("訂正した1行(1か所)"), "{ended:?}");
    assert_eq!(sent(&items(&desk, before)), ["0000100002 09:00 14:45"]);
    // The first workbook knows nothing of the second one.
    let before = desk.posts().len();
    drop_back_of(&desk, &first, Saved::Plainly, |book| {
        book.sheet(SHEET).set(3, "開始時刻", "8:00");
    });
    let ended = again(&desk);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert_eq!(codes(&desk), ["R129", "V207"]);
    assert_eq!(desk.posts().len(), before);
    assert_eq!(desk.files("inbox").len(), 1);
}

#[test]
fn a_row_that_turns_out_to_be_another_clients_goes_with_all_of_that_clients_month() {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    let stranger = line("0000100009", "見本　一郎", "111111", "15:00", "15:30");
    let own = line("0000100001", "見本　一郎", "111111", "9:00", "9:30");
    desk.put("plan.csv", &grid(&[(&own, &[5]), (&stranger, &[6])]));
    assert_eq!(again(&desk).exit, Some(3));
    let before = desk.posts().len();
    drop_back(&desk, Saved::Plainly, |book| {
        let sheet = book.sheet(SHEET);
        assert_eq!(sheet.numbers(), [3]);
        sheet.set(3, "被保険者番号", "0000100001");
    });
    let ended = again(&desk);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_eq!(sent(&items(&desk, before)), ["0000100001 09:00 15:00"]);
}

#[test]
fn whoever_was_held_because_of_the_corrected_row_is_free() {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    // A row without a number holds whoever has its name.
    let nobody = line("", "見本　一郎", "111111", "15:00", "15:30");
    let held = line("0000100001", "見本　一郎", "111111", "9:00", "9:30");
    desk.put("plan.csv", &grid(&[(&held, &[5]), (&nobody, &[6])]));
    assert_eq!(again(&desk).exit, Some(3));
    let before = desk.posts().len();
    drop_back(&desk, Saved::Plainly, |book| {
        let sheet = book.sheet(SHEET);
        assert_eq!(sheet.numbers(), [2, 3]);
        sheet.set(3, "被保険者番号", "0000100002");
        sheet.set(3, "氏名", "見本　二美");
    });
    let ended = again(&desk);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_eq!(
        sent(&items(&desk, before)),
        ["0000100001 09:00", "0000100002 15:00"]
    );
}

#[test]
fn a_row_can_be_sent_again_as_it_is() {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    let two = CLIENTS.lines().take(3).collect::<Vec<_>>().join("\n") + "\n";
    desk.put("clients.csv", &two);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    desk.put(
        "plan.csv",
        &grid(&[(
            &line("0000100003", "見本　三子", "111111", "9:00", "9:30"),
            &[5],
        )]),
    );
    assert_eq!(again(&desk).exit, Some(3), "the client is not known yet");
    let before = desk.posts().len();
    let send = |word: &str| {
        let path = newest_of_plan(&desk);
        drop_back_of(&desk, &path, Saved::ByLibreOffice, |book| {
            book.sheet(SHEET).set(2, "もう一度", word);
        });
        let ended = again(&desk);
        (ended.exit, items(&desk, before).len())
    };
    for word in ["", "送る"] {
        assert_eq!(send(word), (Some(3), 0), "{word}: nor now");
    }
    desk.put("clients.csv", CLIENTS);
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(3), "the month of the client is still held");
    let said = "今回の行はすべて通ったが、まだ済んでいない人がいる";
    assert!(ended.stdout.contains(said), "{ended:?}");
    let before = desk.posts().len();
    let path = newest_of_plan(&desk);
    drop_back_of(&desk, &path, Saved::ByLibreOffice, |_| ());
    assert_eq!(again(&desk).exit, Some(0));
    assert_eq!(items(&desk, before).len(), 1);
}

fn newest_of_plan(desk: &Desk) -> PathBuf {
    let reports = desk.office().join("reports");
    let files = disk::files(&reports).unwrap();
    let of_plan = |path: &&PathBuf| path.to_string_lossy().contains("エラー一覧_202610");
    files.iter().find(of_plan).unwrap().clone()
}

#[test]
fn what_was_sent_from_a_newer_file_is_not_overwritten() {
    // Under another name, and so in another file.
    let desk = desk();
    let first = workbook(&desk);
    let newer = line("0000100002", "見本　二美", "111211", "11:00", "12:00");
    let other = line("0000100001", "見本　一郎", "111111", "9:00", "9:30");
    let wrong = line("0000100003", "見本　三子", "111111", "夕", "18:30");
    desk.put(
        "newer.csv",
        &grid(&[(&other, &[5]), (&newer, &[6]), (&wrong, &[8])]),
    );
    assert_eq!(again(&desk).exit, Some(3));
    let before = desk.posts().len();
    let name = drop_back_of(&desk, &first, Saved::Plainly, |book| {
        book.sheet(SHEET).set(3, "開始時刻", "9:00");
        book.sheet(SHEET).set(5, "開始時刻", "18:00");
    });
    let ended = again(&desk);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert_eq!(sent(&items(&desk, before)), ["0000100003 18:00"]);
    assert_eq!(codes(&desk), ["V207", "S513"], "the newer file's row waits");
    assert_eq!(desk.files("inbox"), [] as [String; 0], "{name} was taken");
}

#[test]
fn a_source_that_has_changed_since_is_a_conflict_and_nothing_is_taken() {
    let corrected = month().replace("朝", "8:00").replace("夕", "18:00");
    // Beside the workbook, not registered yet.
    let desk = desk();
    let before = desk.posts().len();
    let edit = |book: &mut ErrorWorkbook| book.sheet(SHEET).set(3, "開始時刻", "9:00");
    let name = drop_back(&desk, Saved::Plainly, edit);
    desk.put("plan.csv", &corrected);
    let ended = again(&desk);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert_eq!(codes(&desk), ["R128"]);
    let sent_now = ["0000100002 08:00 15:00", "0000100003 18:00"];
    assert_eq!(sent(&items(&desk, before)), sent_now, "the new file is");
    // And when it has left the inbox.
    assert_eq!(desk.files("inbox"), [name]);
    let before = desk.posts().len();
    let ended = again(&desk);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert_eq!(codes(&desk), ["R128"]);
    assert_eq!(desk.posts().len(), before);
}

#[test]
fn a_source_that_is_gone_is_said() {
    let desk = desk();
    for file in disk::files(&desk.office().join("archive")).unwrap() {
        disk::remove(&file).unwrap();
    }
    let before = desk.posts().len();
    let edit = |book: &mut ErrorWorkbook| book.sheet(SHEET).set(3, "開始時刻", "9:00");
    drop_back(&desk, Saved::Plainly, edit);
    let ended = again(&desk);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert_eq!(codes(&desk), ["R128", "V207", "P410"]);
    assert_eq!(desk.posts().len(), before);
}

#[test]
fn rows_that_cannot_be_told_are_named_and_not_taken() {
    for (what, edit) in [
        (
            "added",
            (|sheet| {
                let mut row = sheet.rows[FIRST].clone();
                row[0] = String::new();
                row[2] = String::new();
                sheet.rows.push(row);
            }) as fn(&mut error_workbook::Sheet),
        ),
        ("doubled and changed", |sheet| {
            let row = sheet.rows[FIRST].clone();
            sheet.rows.push(row);
            let start = sheet.column("開始時刻");
            sheet.rows[FIRST][start] = "9:00".to_owned();
        }),
        ("sorted without its numbers", |sheet| {
            // Somebody has sorted what is seen, and not the hidden columns.
            let hidden: Vec<String> = sheet.rows[FIRST..]
                .iter()
                .map(|row| row[0].clone())
                .collect();
            sheet.rows[FIRST..].reverse();
            for (row, number) in sheet.rows[FIRST..].iter_mut().zip(hidden) {
                row[0] = number;
            }
        }),
        ("of no number that was shown", |sheet| {
            for place in [0, 2] {
                sheet.rows[FIRST][place] = "77".to_owned();
            }
        }),
    ] {
        let desk = desk();
        let before = desk.posts().len();
        drop_back(&desk, Saved::Plainly, |book| edit(book.sheet(SHEET)));
        let ended = again(&desk);
        assert_eq!(ended.exit, Some(3), "{what} {ended:?}");
        assert_eq!(codes(&desk), ["R130", "V207", "P410"], "{what}");
        assert_eq!(desk.posts().len(), before, "{what}");
        assert_eq!(desk.files("inbox").len(), 1, "{what}");
    }
}

#[test]
fn a_workbook_that_has_lost_its_marks_is_never_taken_for_the_file_whose_rows_it_shows() {
    let desk = desk();
    let before = desk.posts().len();
    let original = workbook(&desk);
    drop_back(&desk, Saved::Plainly, |book| {
        book.sheet(SHEET).set(3, "開始時刻", "9:00");
        book.without("rakuwing");
    });
    let ended = again(&desk);
    assert_eq!(ended.exit, Some(7), "{ended:?}");
    assert_eq!(codes(&desk), ["R131", "V207", "P410"]);
    assert_eq!(desk.posts().len(), before);
    // Saved in another form it is refused as well.
    let path = desk
        .office()
        .join("inbox")
        .join(desk.files("inbox").remove(0));
    disk::remove(&path).unwrap();
    let name = drop_back_of(&desk, &original, Saved::Plainly, |_| ());
    let path = desk.office().join("inbox").join(name);
    if spreadsheet::convert(&path, &["--convert-to", "ods"]).is_some() {
        disk::remove(&path).unwrap();
        let ended = again(&desk);
        assert_eq!(ended.exit, Some(7), "{ended:?}");
        assert_eq!(codes(&desk), ["R131", "V207", "P410"]);
    }
}

#[test]
fn a_file_that_lies_in_the_inbox_still_is_read_with_its_corrections() {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    let basics = desk.posts().len();
    desk.put("plan.csv", &month());
    assert_eq!(desk.run("plan --month 2026-10 --prepare").exit, Some(3));
    drop_back(&desk, Saved::Plainly, |book| {
        book.sheet(SHEET).set(3, "開始時刻", "9:00");
    });
    let ended = desk.run("plan --month 2026-10 --prepare");
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert_eq!(items(&desk, basics).len(), 0);
    let ended = desk.run("register");
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    let posted = sent(&items(&desk, basics));
    assert_eq!(posted, ["0000100001 09:00", "0000100002 09:00 15:00"]);
    assert_eq!(desk.files("inbox"), [] as [&str; 0]);
    // What is left goes on from there.
    drop_back(&desk, Saved::Plainly, |book| {
        let sheet = book.sheet(SHEET);
        assert_eq!(sheet.numbers(), [5]);
        sheet.set(5, "開始時刻", "18:00");
    });
    let before = desk.posts().len();
    assert_eq!(again(&desk).exit, Some(0));
    assert_eq!(sent(&items(&desk, before)), ["0000100003 18:00"]);
}

#[test]
fn corrections_wait_for_the_line_to_come_back() {
    let desk = desk();
    drop_back(&desk, Saved::Plainly, |book| {
        book.sheet(SHEET).set(3, "開始時刻", "9:00");
    });
    let down = FaultKind::Status {
        status: 503,
        retry_after: Some("0".to_owned()),
    };
    desk.sandbox.set_mischief(Mischief {
        faults: vec![Fault::new(down).on("/batch")],
    });
    let before = desk.posts().len();
    assert_eq!(again(&desk).exit, Some(6));
    assert_eq!(desk.files("inbox").len(), 1);
    desk.behave();
    let ended = again(&desk);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    let items = items(&desk, before);
    assert_eq!(sent(&items[items.len() - 1..]), ["0000100002 09:00 15:00"]);
    assert_eq!(desk.files("inbox"), [] as [&str; 0]);
}

#[test]
fn basic_data_is_corrected_in_the_same_way() {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", &CLIENTS.replace("1937/3/4", "1937/13/4"));
    assert_eq!(desk.run("basics --yes").exit, Some(3));
    let before = desk.posts().len();
    drop_back(&desk, Saved::ByLibreOffice, |book| {
        book.sheet("利用者一覧").set(2, "生年月日", "S12.3.4");
    });
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    let items = items(&desk, before);
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["birth_date"], "1937-03-04");
    assert_eq!(desk.files("inbox"), [] as [&str; 0]);
}

#[test]
fn a_check_takes_corrections_into_account_and_leaves_everything_where_it_is() {
    let desk = desk();
    let name = drop_back(&desk, Saved::Plainly, |book| {
        let sheet = book.sheet(SHEET);
        sheet.set(3, "開始時刻", "9:00");
        sheet.set(5, "開始時刻", "18:00");
    });
    let ended = desk.run("check");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("訂正した2行(2か所)"), "{ended:?}");
    assert_eq!(desk.files("inbox"), [name]);
}

/// Types into the row of 対応の追加 whose question holds these words.
fn answer(book: &mut ErrorWorkbook, question: &str, cells: &[(&str, &str)]) {
    for (header, text) in cells {
        book.answer(question, header, text);
    }
}

fn own_table(desk: &Desk, name: &str) -> String {
    let path = desk.office().join("mappings/codes").join(name);
    String::from_utf8(disk::read(&path).unwrap()).unwrap()
}

#[test]
fn an_answer_teaches_a_word_and_frees_whoever_waited_for_it() {
    for saved in BOTH {
        let desk = Desk::new(Options::default());
        desk.put("offices.csv", OFFICES);
        desk.put("clients.csv", &CLIENTS.replace("要介護1", "介護いち"));
        assert_eq!(desk.run("basics --yes").exit, Some(3));
        let mut book = ErrorWorkbook::open(&workbook(&desk));
        let summary = &book.sheet("概要").rows;
        let line = "決められた書き方ではない: 要介護度「介護いち」";
        let line = summary.iter().find(|row| row[2] == line).unwrap();
        assert_eq!(
            line[3..6],
            ["2", "2", "答える"],
            "two rows, two people, one question"
        );
        let before = desk.posts().len();
        drop_back(&desk, saved, |book| {
            let reason = ("理由（任意）", "ことし から");
            answer(book, "介護いち", &[("答え", "要介護１"), reason]);
        });
        let ended = desk.run("basics --yes");
        assert_eq!(ended.exit, Some(0), "{saved:?} {ended:?}");
        assert_eq!(items(&desk, before).len(), 2);
        let table = own_table(&desk, "words_own.csv");
        let row = table.lines().nth(1).unwrap();
        assert!(row.starts_with("care_level,介護いち,要介護１,20"), "{row}");
        assert!(row.ends_with(",ことし から"), "{row}");
        assert_eq!(desk.files("inbox"), [] as [&str; 0]);
        // From now on the word is known.
        desk.put("clients.csv", &CLIENTS.replace("要介護1", "介護いち"));
        assert_eq!(desk.run("basics --yes").exit, Some(0));
    }
}

#[test]
fn an_answer_names_a_column_and_the_file_that_waits_is_read() {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", &CLIENTS.replace("生年月日", "誕生日"));
    assert_eq!(desk.run("basics --yes").exit, Some(3));
    assert_eq!(desk.files("inbox"), ["clients.csv"]);
    drop_back(&desk, Saved::ByLibreOffice, |book| {
        answer(
            book,
            "「生年月日」は、どの見出しの列ですか",
            &[("答え", "誕生日")],
        );
    });
    let before = desk.posts().len();
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_eq!(items(&desk, before).len(), 3);
    let table = own_table(&desk, "headers_own.csv");
    assert!(table.contains("利用者一覧,生年月日,誕生日,20"), "{table}");
    assert_eq!(desk.files("inbox"), [] as [&str; 0]);
}

#[test]
fn an_answer_says_what_kind_of_service_a_code_is() {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    let unknown = line("0000100001", "見本　一郎", "119999", "9:00", "9:30");
    desk.put("plan.csv", &grid(&[(&unknown, &[5])]));
    assert_eq!(
        again(&desk).exit,
        Some(0),
        "it is asked about and sent as a visit"
    );
    let before = desk.posts().len();
    drop_back(&desk, Saved::ByLibreOffice, |book| {
        let name = ("名称", "みほん加算");
        answer(
            book,
            "サービスコード 119999",
            &[("答え", "回ごとの加算"), name],
        );
    });
    let ended = again(&desk);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    let items = items(&desk, before);
    assert_eq!(items.len(), 1, "it is no visit any more");
    assert_eq!(items[0]["visits"].as_array().unwrap().len(), 0);
    assert_eq!(items[0]["add_ons"].as_array().unwrap().len(), 1);
    let table = own_table(&desk, "service_codes_own.csv");
    assert!(
        table.contains("119999,,みほん加算,回ごとの加算,2026/10,,,20"),
        "{table}"
    );
}

#[test]
fn an_answer_that_cannot_be_used_is_named_and_nothing_is_added() {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", &CLIENTS.replace("要介護1", "介護いち"));
    assert_eq!(desk.run("basics --yes").exit, Some(3));
    let before = desk.posts().len();
    let name = drop_back(&desk, Saved::Plainly, |book| {
        answer(book, "介護いち", &[("答え", "要介護いち")]);
    });
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert_eq!(codes(&desk), ["R132", "V209"]);
    assert_eq!(desk.posts().len(), before);
    assert!(!desk.office().join("mappings/codes/words_own.csv").exists());
    assert_eq!(desk.files("inbox"), [name]);
}

#[test]
fn a_check_adds_nothing() {
    let desk = Desk::new(Options::default());
    desk.put("clients.csv", &CLIENTS.replace("要介護1", "介護いち"));
    assert_eq!(desk.run("check").exit, Some(3));
    drop_back(&desk, Saved::Plainly, |book| {
        answer(book, "介護いち", &[("答え", "要介護１")]);
    });
    let ended = desk.run("check");
    assert!(
        ended.stdout.contains("答え1件は、登録のときに加えます"),
        "{ended:?}"
    );
    assert!(!desk.office().join("mappings").exists());
}

#[test]
fn a_workbook_stays_as_long_as_a_file_that_it_corrects() {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    let wrong = line("0000100001", "見本　一郎", "111111", "朝", "9:30");
    let november = line("0000100001", "見本　一郎", "111111", "9:00", "9:30");
    let november = november.replace("2026/10", "2026/11");
    desk.put("plan.csv", &grid(&[(&wrong, &[5]), (&november, &[6])]));
    assert_eq!(again(&desk).exit, Some(3));
    let before = desk.posts().len();
    let name = drop_back(&desk, Saved::Plainly, |book| {
        book.sheet(SHEET).set(2, "開始時刻", "8:30");
    });
    assert_eq!(again(&desk).exit, Some(0));
    assert_eq!(desk.files("inbox"), ["plan.csv".to_owned(), name]);
    assert_eq!(desk.run("plan --month 2026-11 --yes").exit, Some(0));
    assert_eq!(desk.files("inbox"), [] as [&str; 0]);
    let sent = sent(&items(&desk, before));
    assert_eq!(sent, ["0000100001 08:30", "0000100001 09:00"]);
}

#[test]
fn a_workbook_of_both_kinds_waits_until_both_are_taken() {
    for first in ["basics --yes", "run --month 2026-10 --yes"] {
        let desk = Desk::new(Options::default());
        desk.put("offices.csv", OFFICES);
        desk.put("clients.csv", &CLIENTS.replace("1937/3/4", "1937/13/4"));
        let line = line("0000100001", "見本　一郎", "111111", "朝", "9:30");
        desk.put("plan.csv", &grid(&[(&line, &[5])]));
        assert_eq!(desk.run("check").exit, Some(3));
        drop_back(&desk, Saved::Plainly, |book| {
            book.sheet("利用者一覧").set(2, "生年月日", "1937/3/4");
            book.sheet(SHEET).set(2, "開始時刻", "9:00");
        });
        let ended = desk.run(first);
        assert_eq!(ended.exit, Some(0), "{ended:?}");
        if first.starts_with("basics") {
            let said = "ほかの操作で取り込む訂正があります";
            assert!(ended.stdout.contains(said), "{ended:?}");
            assert_eq!(again(&desk).exit, Some(0));
        }
        let items = items(&desk, 0);
        assert_eq!(sent(&items[items.len() - 1..]), ["0000100001 09:00"]);
        assert_eq!(desk.files("inbox"), [] as [&str; 0]);
    }
}

#[test]
fn days_and_times_of_a_worksheet_are_shown_as_a_person_types_them() {
    let desk = Desk::new(Options::default());
    let mut book = rust_xlsxwriter::Workbook::new();
    let page = book.add_worksheet();
    let mut lines = CLIENTS.lines();
    for (text, column) in lines.next().unwrap().split(',').zip(0..) {
        page.write_string(0, column, text).unwrap();
    }
    for (text, column) in lines.next().unwrap().split(',').zip(0..) {
        page.write_string(1, column, text).unwrap();
    }
    // 1937/3/4, and a card that ends before it begins.
    page.write_number(1, 3, 13_578).unwrap();
    page.write_number(1, 6, 46_112).unwrap();
    book.save(desk.office().join("inbox/clients.xlsx")).unwrap();
    desk.put("offices.csv", OFFICES);
    assert_eq!(desk.run("basics --yes").exit, Some(3));
    let before = desk.posts().len();
    drop_back(&desk, Saved::ByLibreOffice, |book| {
        let sheet = book.sheet("利用者一覧");
        assert_eq!(sheet.cell(2, "生年月日"), "1937/03/04");
        assert_eq!(sheet.cell(2, "認定有効期間終了日"), "2026/03/31");
        sheet.set(2, "認定有効期間終了日", "2028/03/31");
    });
    let ended = desk.run("basics --yes");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("訂正した1行(1か所)"), "{ended:?}");
    assert_eq!(items(&desk, before)[0]["birth_date"], "1937-03-04");
}

#[test]
fn only_a_header_of_the_file_can_be_an_answer() {
    let desk = Desk::new(Options::default());
    desk.put("clients.csv", &CLIENTS.replace("生年月日", "誕生日"));
    desk.put("offices.csv", OFFICES);
    assert_eq!(desk.run("basics --yes").exit, Some(3));
    drop_back(&desk, Saved::Plainly, |book| {
        book.answer("「生年月日」", "答え", "お誕生日");
    });
    desk.run("basics --yes");
    assert!(
        codes(&desk).contains(&"R132".to_owned()),
        "{:?}",
        codes(&desk)
    );
    assert!(
        !desk
            .office()
            .join("mappings/codes/headers_own.csv")
            .exists()
    );
}

#[test]
fn what_care_wing_refuses_is_put_right_on_the_cell_that_caused_it() {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    let kind = FaultKind::Reject {
        key: "1370100016-131128-0000100001".to_owned(),
        pointer: "/visits/1/start".to_owned(),
        code: "busy".to_owned(),
        message: "この時刻は受け付けていません。".to_owned(),
    };
    desk.sandbox.set_mischief(Mischief {
        faults: vec![Fault::new(kind).on("/v1/plans")],
    });
    let morning = line("0000100001", "見本　一郎", "111111", "9:00", "9:30");
    let evening = line("0000100001", "見本　一郎", "111111", "18:00", "18:30");
    desk.put("plan.csv", &grid(&[(&morning, &[5]), (&evening, &[6])]));
    assert_eq!(again(&desk).exit, Some(3));
    desk.behave();
    let before = desk.posts().len();
    drop_back(&desk, Saved::ByLibreOffice, |book| {
        let said = &book.sheet("一覧").rows[1];
        assert_eq!(said[1], "S501");
        assert_eq!((&*said[4], &*said[5]), ("3", "G 開始時刻"));
        assert!(
            said[9].contains("この時刻は受け付けていません。"),
            "{said:?}"
        );
        assert!(
            said[10].contains("9:00 のように"),
            "our cure of a time: {said:?}"
        );
        let sheet = book.sheet(SHEET);
        assert_eq!(sheet.numbers(), [2, 3]);
        sheet.set(3, "開始時刻", "17:45");
    });
    let ended = again(&desk);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_eq!(sent(&items(&desk, before)), ["0000100001 09:00 17:45"]);
}

#[test]
fn the_file_itself_dropped_in_again_counts_as_it_is() {
    let desk = desk();
    drop_back(&desk, Saved::Plainly, |book| {
        let sheet = book.sheet(SHEET);
        sheet.set(3, "開始時刻", "9:00");
        sheet.set(4, "開始時刻", "14:00");
    });
    let before = desk.posts().len();
    assert_eq!(again(&desk).exit, Some(3));
    assert_eq!(sent(&items(&desk, before)), ["0000100002 09:00 14:00"]);
    // 楽すけ says it once more, and the row that was wrong is wrong again.
    desk.put("plan.csv", &month());
    let before = desk.posts().len();
    assert_eq!(again(&desk).exit, Some(3));
    assert_eq!(desk.posts().len(), before);
    let corrected = |book: &mut ErrorWorkbook| {
        let sheet = book.sheet(SHEET);
        assert_eq!(sheet.cell(3, "開始時刻"), "朝");
        assert_eq!(sheet.cell(4, "開始時刻"), "15:00");
        sheet.set(3, "開始時刻", "9:15");
    };
    drop_back(&desk, Saved::Plainly, corrected);
    let ended = again(&desk);
    assert!(ended.stdout.contains("訂正した1行(1か所)"), "{ended:?}");
    assert_eq!(sent(&items(&desk, before)), ["0000100002 09:15 15:00"]);
}
