//! The error workbook of a month holds all that is open in it, from run to run: what was put
//! right leaves it, what is new comes in, and rows that somebody leaves out are remembered.

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

use rakuwing::disk;
use rakuwing::sandbox::{Collection, Fault, FaultKind, Mischief, Options};

use error_workbook::{ErrorWorkbook, FIRST};
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
const LEFT_OUT: &str = "除外した行";
const WORKBOOK: &str = "エラー一覧_202610.xlsx";
const BASICS: &str = "エラー一覧_基本情報.xlsx";

/// The rows of a plan: whose it is, when it begins and on which day.
fn plan(rows: &[(u32, &str, usize)]) -> String {
    let names = ["", "見本　一郎", "見本　二美", "見本　三子"];
    let lines: Vec<(String, [usize; 1])> = rows
        .iter()
        .map(|(who, start, day)| {
            let name = names[*who as usize];
            let line =
                format!("2026/10,1370100016,131128,000010000{who},{name},111111,{start},19:00");
            (line, [*day])
        })
        .collect();
    let lines: Vec<(&str, &[usize])> = lines
        .iter()
        .map(|(line, days)| (&**line, &days[..]))
        .collect();
    grid(&lines)
}

/// A line below the table that is no row of it.
const FOOTNOTE: &str = "※変更は前日までに,,,,,,,";

fn with_footnote(plan: &str, footnote: &str) -> String {
    format!("{plan}{footnote}{}\n", ",".repeat(31))
}

/// With the basic data registered.
fn desk() -> Desk {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    desk
}

fn register(desk: &Desk) -> Ended {
    desk.run("plan --month 2026-10 --yes")
}

fn open(desk: &Desk, name: &str) -> ErrorWorkbook {
    ErrorWorkbook::open(&desk.office().join("reports").join(name))
}

/// The rows of a sheet of the month's workbook, each by its file's number.
fn rows(desk: &Desk, sheet: &str) -> Vec<u32> {
    let mut book = open(desk, WORKBOOK);
    if book.has(sheet) {
        book.sheet(sheet).numbers()
    } else {
        Vec::new()
    }
}

/// Edits the month's workbook and drops it into the inbox.
fn drop_back(desk: &Desk, edit: impl FnOnce(&mut ErrorWorkbook)) {
    let mut book = open(desk, WORKBOOK);
    edit(&mut book);
    book.save(&desk.office().join("inbox").join(WORKBOOK));
}

fn leave_out(book: &mut ErrorWorkbook, row: u32, reason: &str) {
    let sheet = book.sheet(SHEET);
    sheet.set(row, "除外", "除外");
    sheet.set(row, "除外の理由", reason);
}

/// The codes of the workbook's list, in its order.
fn codes(desk: &Desk) -> Vec<String> {
    let mut book = open(desk, WORKBOOK);
    let rows = book.sheet("一覧").rows[1..].iter();
    rows.map(|row| row[1].clone()).collect()
}

/// `plan.csv: 3行 = 送った 1 + 変更なし 0 + 保留 2 + 対象外 0`
fn tally<'e>(ended: &'e Ended, file: &str) -> &'e str {
    let begin = format!("{file}: ");
    let line = ended
        .stdout
        .lines()
        .find_map(|line| line.trim().strip_prefix(&begin));
    line.unwrap_or_else(|| panic!("{ended:?}"))
}

/// How many of the archive's files end in a name.
fn archived(desk: &Desk, name: &str) -> usize {
    let files = desk.files("archive");
    files.iter().filter(|file| file.ends_with(name)).count()
}

#[test]
fn what_was_put_right_leaves_it_and_what_is_new_comes_in() {
    let desk = desk();
    desk.put("first.csv", &plan(&[(1, "9:00", 5), (2, "朝", 6)]));
    assert_eq!(register(&desk).exit, Some(3));
    assert_eq!(rows(&desk, SHEET), [3]);
    // Another file of the month, of which the first run has known nothing.
    desk.put("second.csv", &plan(&[(1, "9:00", 5), (3, "夕", 7)]));
    let ended = register(&desk);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    let said = "まだ直していない行が、ほかに1行あります";
    assert!(ended.stdout.contains(said), "{ended:?}");
    let both = [SHEET, "月間ケアプラン-2"];
    assert_eq!(both.map(|sheet| rows(&desk, sheet)), [vec![3], vec![3]]);
    assert_eq!(desk.files("reports").len(), 1 + workbooks(&desk));
    // Nobody has edited it: nothing happens, and it stays where both of them are.
    let before = desk.posts().len();
    drop_back(&desk, |_| ());
    let ended = register(&desk);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    let said = "訂正がないので、何もしません";
    assert!(ended.stdout.contains(said), "{ended:?}");
    assert_eq!(both.map(|sheet| rows(&desk, sheet)), [vec![3], vec![3]]);
    // A row of each file, in one workbook.
    drop_back(&desk, |book| {
        book.sheet(both[0]).set(3, "開始時刻", "8:00");
        book.sheet(both[1]).set(3, "開始時刻", "18:00");
    });
    let ended = register(&desk);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_eq!(desk.posts().len(), before + 1, "both in one batch");
    assert_eq!(desk.files("inbox"), [] as [&str; 0]);
    assert!(!desk.files("reports").contains(&WORKBOOK.to_owned()));
    // The two that gave way, and the one that came back.
    assert_eq!(archived(&desk, WORKBOOK), 3);
    // Dropped again it counts once.
    let name = newest_archived(&desk);
    let bytes = disk::read(&desk.office().join("archive").join(name)).unwrap();
    desk.put_bytes(&format!("inbox/{WORKBOOK}"), &bytes);
    let before = desk.posts().len();
    let ended = register(&desk);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_eq!(desk.posts().len(), before);
}

/// How many error workbooks there are.
fn workbooks(desk: &Desk) -> usize {
    let files = desk.files("reports");
    files.iter().filter(|name| *name != WORKBOOK).count()
}

/// The workbook that came back last.
fn newest_archived(desk: &Desk) -> String {
    let folder = desk.office().join("archive");
    let edited = |name: &String| {
        let mut book = ErrorWorkbook::open(&folder.join(name));
        let both = book.has("月間ケアプラン-2");
        both && book.sheet(SHEET).cell(3, "開始時刻") == "8:00"
    };
    let mut names = desk.files("archive").into_iter();
    names
        .find(|name| name.ends_with(WORKBOOK) && edited(name))
        .unwrap()
}

#[test]
fn a_newer_export_takes_the_place_of_the_rows_of_those_it_names() {
    let desk = desk();
    desk.put("first.csv", &plan(&[(2, "朝", 6), (3, "夕", 7)]));
    assert_eq!(register(&desk).exit, Some(3));
    assert_eq!(rows(&desk, SHEET), [2, 3]);
    desk.put("second.csv", &plan(&[(1, "9:00", 5), (2, "8:00", 6)]));
    assert_eq!(register(&desk).exit, Some(3));
    assert_eq!(rows(&desk, SHEET), [3], "nobody has named 三子 since");
    // Under the same name the file is another version of the same.
    desk.put("first.csv", &plan(&[(1, "9:00", 5), (2, "8:00", 6)]));
    assert_eq!(register(&desk).exit, Some(3));
    assert_eq!(rows(&desk, SHEET), [3], "nor has this one");
    let status = desk.run("status --month 2026-10");
    assert!(status.stdout.contains("三子"), "{status:?}");

    // A person says that he is none of this month's any more.
    let ended = desk.run("status --month 2026-10 --done 131128-0000100003");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    desk.put("third.csv", &plan(&[(1, "7:00", 5), (2, "8:00", 6)]));
    assert_eq!(register(&desk).exit, Some(0));
    assert!(!desk.files("reports").contains(&WORKBOOK.to_owned()));
}

#[test]
fn rows_that_waited_for_the_basic_data_go_when_their_workbook_comes_back_as_it_is() {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    let of_another_level = CLIENTS.replace("要介護1", "要支援1");
    desk.put("clients.csv", &of_another_level);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    desk.put("plan.csv", &plan(&[(1, "9:00", 5), (2, "9:00", 6)]));
    assert_eq!(register(&desk).exit, Some(3));
    assert_eq!(codes(&desk), ["P404"]);
    drop_back(&desk, |_| ());
    let ended = register(&desk);
    assert!(
        ended.stdout.contains("訂正がないので、何もしません"),
        "{ended:?}"
    );

    // The new card comes.
    disk::remove(&desk.office().join("inbox").join(WORKBOOK)).unwrap();
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --yes").exit, Some(3));
    let status = desk.run("status");
    assert!(status.stdout.contains(WORKBOOK), "{status:?}");
    drop_back(&desk, |_| ());
    let ended = register(&desk);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(
        ended.stdout.contains("止めていた1行をもう一度"),
        "{ended:?}"
    );
    let months = desk
        .sandbox
        .held(Collection::Plans("2026-10".parse().unwrap()));
    assert_eq!(months.len(), 2);
    assert_eq!(desk.files("inbox"), [] as [&str; 0]);
}

#[test]
fn what_was_only_looked_at_settles_nothing() {
    let desk = desk();
    desk.put("first.csv", &plan(&[(1, "9:00", 5), (2, "朝", 6)]));
    assert_eq!(register(&desk).exit, Some(3));
    drop_back(&desk, |book| book.sheet(SHEET).set(3, "開始時刻", "8:00"));
    let ended = desk.run("plan --month 2026-10 --prepare");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    disk::remove(&desk.office().join("inbox").join(WORKBOOK)).unwrap();
    desk.put("second.csv", &plan(&[(1, "9:00", 5)]));
    assert_eq!(register(&desk).exit, Some(3));
    assert_eq!(rows(&desk, SHEET), [3]);
    assert_eq!(codes(&desk), ["V207"]);
}

#[test]
fn a_row_is_left_out_with_a_reason_and_remembered_as_long_as_it_does_not_change() {
    let desk = desk();
    let month = plan(&[(1, "9:00", 5)]);
    desk.put("first.csv", &with_footnote(&month, FOOTNOTE));
    let ended = register(&desk);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert_eq!(rows(&desk, SHEET), [3]);
    // Nobody knows why.
    drop_back(&desk, |book| leave_out(book, 3, ""));
    let ended = register(&desk);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert!(codes(&desk).contains(&"R151".to_owned()));
    assert_eq!(desk.files("inbox"), [WORKBOOK]);
    disk::remove(&desk.office().join("inbox").join(WORKBOOK)).unwrap();

    drop_back(&desk, |book| leave_out(book, 3, "注記のため"));
    let ended = register(&desk);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("1行を除外します"), "{ended:?}");
    assert_eq!(desk.files("inbox"), [] as [&str; 0]);
    assert_eq!(
        (rows(&desk, SHEET), rows(&desk, LEFT_OUT)),
        (vec![], vec![3])
    );
    assert_eq!(codes(&desk), ["R150"]);

    // Shown as it is, it says nothing new; nor does a sheet that has lost its columns.
    for edit in [(|_| ()) as fn(&mut ErrorWorkbook), |book| {
        let sheet = book.sheet(LEFT_OUT);
        let place = sheet.column("除外");
        for row in &mut sheet.rows {
            row.drain(place..place + 2);
        }
    }] {
        drop_back(&desk, edit);
        let ended = register(&desk);
        assert_eq!(ended.exit, Some(0), "{ended:?}");
        let said = "訂正がないので、何もしません";
        assert!(ended.stdout.contains(said), "{ended:?}");
        disk::remove(&desk.office().join("inbox").join(WORKBOOK)).unwrap();
    }

    // In the next export it stands elsewhere, and is left out again.
    let month = plan(&[(1, "9:00", 5), (2, "10:00", 6)]);
    desk.put("second.csv", &with_footnote(&month, FOOTNOTE));
    let ended = register(&desk);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(
        tally(&ended, "second.csv").ends_with("保留 0 + 対象外 1"),
        "{ended:?}"
    );
    // One that has changed is asked about.
    let changed = FOOTNOTE.replace("前日", "前々日");
    desk.put("third.csv", &with_footnote(&month, &changed));
    let ended = register(&desk);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert!(
        tally(&ended, "third.csv").ends_with("保留 1 + 対象外 0"),
        "{ended:?}"
    );
}

#[test]
fn the_other_rows_of_a_client_go_without_the_one_that_is_left_out() {
    let desk = desk();
    desk.put(
        "first.csv",
        &plan(&[(2, "朝", 6), (2, "15:00", 7), (1, "9:00", 5)]),
    );
    assert_eq!(register(&desk).exit, Some(3));
    let before = desk.posts().len();
    drop_back(&desk, |book| leave_out(book, 2, "中止になった"));
    let ended = register(&desk);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    let post = &desk.posts()[before];
    let visits = &post.body.as_ref().unwrap()["items"][0]["visits"];
    assert_eq!(visits.as_array().unwrap().len(), 1, "{visits}");
    assert_eq!(visits[0]["start"], "15:00");
    // Taken back: the row is wrong as it was, and the clerk is asked again.
    let before = desk.posts().len();
    drop_back(&desk, |book| book.sheet(LEFT_OUT).set(2, "除外", ""));
    let ended = register(&desk);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert!(
        ended.stdout.contains("1行の除外を取りやめます"),
        "{ended:?}"
    );
    assert_eq!(rows(&desk, SHEET), [2, 3]);
    assert_eq!(desk.posts().len(), before);
    drop_back(&desk, |book| book.sheet(SHEET).set(2, "開始時刻", "8:00"));
    assert_eq!(register(&desk).exit, Some(0));
    let post = &desk.posts()[before];
    let visits = &post.body.as_ref().unwrap()["items"][0]["visits"];
    assert_eq!(visits.as_array().unwrap().len(), 2, "{visits}");
}

#[test]
fn of_two_rows_that_are_alike_only_as_many_are_left_out_as_were_marked() {
    let desk = desk();
    desk.put(
        "first.csv",
        &plan(&[(2, "朝", 6), (2, "朝", 6), (1, "9:00", 5)]),
    );
    let ended = register(&desk);
    assert!(
        tally(&ended, "first.csv").ends_with("保留 2 + 対象外 0"),
        "{ended:?}"
    );
    for _ in 0..2 {
        // The same workbook twice: the second time it says nothing new.
        let mut book = open(&desk, WORKBOOK);
        if rows(&desk, SHEET) == [2, 3] {
            leave_out(&mut book, 3, "二重");
            book.save(&desk.office().join("kept.xlsx"));
        }
        let kept = disk::read(&desk.office().join("kept.xlsx")).unwrap();
        desk.put_bytes(&format!("inbox/{WORKBOOK}"), &kept);
        let ended = register(&desk);
        assert_eq!(ended.exit, Some(3), "{ended:?}");
        assert_eq!(rows(&desk, SHEET).len(), 1);
        assert_eq!(rows(&desk, LEFT_OUT).len(), 1);
    }
}

#[test]
fn a_workbook_that_is_open_elsewhere_does_not_cost_the_run() {
    let desk = desk();
    // What cannot be moved away stands there: on Windows a file that Excel has open.
    let place = desk.office().join("reports").join(WORKBOOK);
    disk::make_folder(&place).unwrap();
    desk.put("first.csv", &plan(&[(1, "9:00", 5), (2, "朝", 6)]));
    let ended = register(&desk);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    let beside = format!("2_{WORKBOOK}");
    assert!(
        ended.stdout.contains(&format!("{beside} に書きました")),
        "{ended:?}"
    );
    let mut book = open(&desk, &beside);
    assert_eq!(book.sheet(SHEET).numbers(), [3]);
    // When it is closed, there is one again.
    std::fs::remove_dir(&place).unwrap();
    desk.put("second.csv", &plan(&[(1, "9:00", 5), (3, "夕", 6)]));
    assert_eq!(register(&desk).exit, Some(3));
    assert!(desk.files("reports").contains(&WORKBOOK.to_owned()));
    assert!(!desk.files("reports").contains(&beside));
}

/// A name that fits into a folder, and does not with the time of its run before it: so the file
/// cannot be moved, as one that is open in Excel cannot on Windows.
#[test]
#[cfg(unix)]
fn an_input_that_cannot_be_moved_stays_and_the_run_ends_as_it_should() {
    let desk = desk();
    let name = format!("{}.csv", "n".repeat(245));
    desk.put(&name, &plan(&[(1, "9:00", 5), (2, "10:00", 6)]));
    let ended = register(&desk);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    let said = "受信箱(inbox)から移せないファイルがあります";
    assert!(ended.stdout.contains(said), "{ended:?}");
    assert!(tally(&ended, &name).contains("送った 2"), "{ended:?}");
    let ended = register(&desk);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(tally(&ended, &name).contains("変更なし 2"), "{ended:?}");
    assert_eq!(desk.files("inbox"), [name]);
}

#[test]
fn what_was_written_into_a_workbook_that_did_not_come_back_is_said_and_kept() {
    let desk = desk();
    desk.put("first.csv", &plan(&[(1, "9:00", 5), (2, "朝", 6)]));
    assert_eq!(register(&desk).exit, Some(3));
    let place = desk.office().join("reports").join(WORKBOOK);
    let mut book = ErrorWorkbook::open(&place);
    book.sheet(SHEET).set(3, "開始時刻", "8:00");
    book.save(&place);
    desk.put("second.csv", &plan(&[(3, "9:00", 5)]));
    let ended = register(&desk);
    assert!(
        ended.stdout.contains("書き込みは取り込んでいません"),
        "{ended:?}"
    );
    assert_eq!(archived(&desk, WORKBOOK), 1);
}

#[test]
fn a_preview_goes_to_the_archive_when_nobody_can_register_it_any_more() {
    let desk = desk();
    let previews = |desk: &Desk| {
        let files = desk.files("reports").into_iter();
        files.filter(|name| name.starts_with("プレビュー")).count()
    };
    assert_eq!(previews(&desk), 0);
    desk.put("first.csv", &plan(&[(1, "9:00", 5)]));
    assert_eq!(desk.run("plan --month 2026-10 --prepare").exit, Some(0));
    assert_eq!(previews(&desk), 1, "it waits");
    let ended = desk.run("register --json");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_eq!(previews(&desk), 0);
    // One that is stale.
    desk.put("second.csv", &plan(&[(1, "9:00", 5), (2, "9:00", 5)]));
    assert_eq!(desk.run("plan --month 2026-10 --prepare").exit, Some(0));
    desk.put("second.csv", &plan(&[(1, "9:00", 5), (2, "9:30", 5)]));
    assert_eq!(desk.run("register").exit, Some(4));
    assert_eq!(previews(&desk), 0);
}

#[test]
fn basic_data_has_a_workbook_of_its_own_and_the_months_workbook_says_so() {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", &CLIENTS.replace("1937/3/4", "1937/13/4"));
    assert_eq!(desk.run("basics --yes").exit, Some(3));
    let mut book = open(&desk, BASICS);
    assert_eq!(book.sheet("利用者一覧").numbers(), [2]);
    desk.put("first.csv", &plan(&[(1, "9:00", 5), (2, "10:00", 6)]));
    assert_eq!(register(&desk).exit, Some(3));
    let mut book = open(&desk, WORKBOOK);
    let words: Vec<String> = book
        .sheet("概要")
        .rows
        .iter()
        .map(|row| row[0].clone())
        .collect();
    let said = "直す行が1行あります。エラー一覧_基本情報.xlsx を開いてください";
    assert!(words.iter().any(|text| text.contains(said)), "{words:?}");
    let begin = words.iter().position(|text| text == "今すること").unwrap();
    let sums = words
        .iter()
        .position(|text| text.starts_with("ファイル別"))
        .unwrap();
    assert!(begin < sums);
}

#[test]
fn the_name_stands_beside_the_number_of_its_row_and_the_list_keeps_causes_together() {
    let desk = desk();
    desk.put(
        "first.csv",
        &plan(&[(1, "朝", 5), (2, "10:00", 6), (3, "夕", 7), (1, "9:00", 8)]),
    );
    assert_eq!(register(&desk).exit, Some(3));
    let mut book = open(&desk, WORKBOOK);
    let sheet = book.sheet(SHEET);
    let beside = ["元の行", "氏名", "状態", "もう一度", "除外", "除外の理由"];
    assert_eq!(sheet.rows[1][2..8], beside);
    assert_eq!(sheet.rows[FIRST][3], "見本　一郎");
    assert_eq!(codes(&desk), ["V207", "V207", "P410"]);
}

/// An export of the month, and one of another month under the same name.
fn of_the_same_name() -> (Desk, String) {
    let desk = desk();
    desk.put("plan.csv", &plan(&[(1, "9:00", 5), (2, "朝", 6)]));
    assert_eq!(register(&desk).exit, Some(3));
    let other = plan(&[(1, "9:00", 5), (2, "10:00", 6)]).replace("2026/10", "2026/11");
    (desk, other)
}

#[test]
fn what_was_registered_of_another_month_under_the_same_name_stands_in_nobodys_way() {
    let (desk, november) = of_the_same_name();
    desk.put("plan.csv", &november);
    assert_eq!(desk.run("plan --month 2026-11 --yes").exit, Some(0));
    assert_eq!(desk.files("inbox"), [] as [&str; 0]);
    let before = desk.posts().len();
    drop_back(&desk, |book| book.sheet(SHEET).set(3, "開始時刻", "8:00"));
    let ended = register(&desk);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_eq!(desk.posts().len(), before + 1);
}

#[test]
fn a_file_of_another_month_that_bears_the_same_name_takes_nothing_away() {
    let (desk, november) = of_the_same_name();
    desk.put("plan.csv", &november);
    desk.put("more.csv", &plan(&[(1, "9:00", 5), (3, "11:00", 7)]));
    assert_eq!(register(&desk).exit, Some(3));
    assert_eq!(desk.files("inbox"), ["plan.csv"]);
    assert_eq!(rows(&desk, SHEET), [3], "the row of October waits");
}

#[test]
fn a_decision_that_comes_back_alone_and_twice_counts_once() {
    let desk = desk();
    desk.put(
        "first.csv",
        &with_footnote(&plan(&[(1, "9:00", 5)]), FOOTNOTE),
    );
    assert_eq!(register(&desk).exit, Some(3));
    let mut book = open(&desk, WORKBOOK);
    leave_out(&mut book, 3, "注記");
    let inbox = desk.office().join("inbox").join(WORKBOOK);
    for _ in 0..2 {
        book.save(&inbox);
        spreadsheet::convert(&inbox, &["--convert-to", "xlsx:Calc MS Excel 2007 XML"]);
        let ended = register(&desk);
        assert_eq!(ended.exit, Some(0), "{ended:?}");
        assert!(
            tally(&ended, "first.csv").ends_with("保留 0 + 対象外 2"),
            "{ended:?}"
        );
        assert_eq!(rows(&desk, LEFT_OUT), [3]);
        assert_eq!(desk.files("inbox"), [] as [&str; 0]);
    }
    let rows: i64 = desk
        .ledger()
        .query_row("SELECT sum(rows) FROM exclusions", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 1);
}

#[test]
fn what_was_sent_from_another_file_since_is_not_overwritten_by_a_row_that_turns_out_to_be_its() {
    let desk = desk();
    // A row of nobody, which stays open while the month of 二美 comes from another file.
    let stray = plan(&[(1, "9:00", 5), (2, "10:00", 6)]);
    let stray = stray.replace("0000100002,見本　二美", "00001000X2,見本　二");
    desk.put("first.csv", &stray);
    assert_eq!(register(&desk).exit, Some(3));
    desk.put("second.csv", &plan(&[(1, "9:00", 5), (2, "15:00", 8)]));
    assert_eq!(register(&desk).exit, Some(3));
    assert_eq!(rows(&desk, SHEET), [3]);
    let before = desk.posts().len();
    drop_back(&desk, |book| {
        let sheet = book.sheet(SHEET);
        sheet.set(3, "被保険者番号", "0000100002");
        sheet.set(3, "氏名", "見本　二美");
    });
    let ended = register(&desk);
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    assert_eq!(codes(&desk), ["S513"]);
    assert_eq!(desk.posts().len(), before);
}

#[test]
fn rows_that_only_went_along_with_a_refused_month_leave_with_it() {
    let desk = desk();
    let kind = FaultKind::Reject {
        key: "1370100016-131128-0000100002".to_owned(),
        pointer: "/visits/0/start".to_owned(),
        code: "busy".to_owned(),
        message: "この時刻は受け付けていません。".to_owned(),
    };
    desk.sandbox.set_mischief(Mischief {
        faults: vec![Fault::new(kind).on("/v1/plans")],
    });
    desk.put(
        "first.csv",
        &plan(&[(1, "9:00", 5), (2, "10:00", 6), (2, "15:00", 7)]),
    );
    assert_eq!(register(&desk).exit, Some(3));
    assert_eq!(
        (rows(&desk, SHEET), codes(&desk)),
        (vec![3, 4], vec!["S501".to_owned()])
    );
    desk.behave();
    desk.put("second.csv", &plan(&[(1, "9:00", 5), (2, "11:00", 6)]));
    assert_eq!(register(&desk).exit, Some(0));
    assert!(!desk.files("reports").contains(&WORKBOOK.to_owned()));
}

#[test]
fn a_workbook_of_the_first_version_is_read_as_it_always_was() {
    let desk = desk();
    desk.put("first.csv", &plan(&[(1, "9:00", 5), (2, "朝", 6)]));
    assert_eq!(register(&desk).exit, Some(3));
    drop_back(&desk, |book| {
        // It said nothing of when a file was read, and nothing could be left out in it.
        let trail = book.sheet("rakuwing");
        assert_eq!(trail.rows[0][1], "2");
        trail.rows[0][1] = "1".to_owned();
        for row in trail.rows.iter_mut().filter(|row| row[0] == "sheet") {
            row[7] = String::new();
        }
        let sheet = book.sheet(SHEET);
        sheet.set(3, "開始時刻", "8:00");
        let place = sheet.column("除外");
        for row in &mut sheet.rows {
            row.drain(place..place + 2);
        }
    });
    let before = desk.posts().len();
    let ended = register(&desk);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_eq!(desk.posts().len(), before + 1);
}

#[test]
fn a_newer_list_of_offices_takes_the_place_of_an_older_one_whatever_its_name() {
    let desk = Desk::new(Options::default());
    desk.put(
        "offices.csv",
        &format!("{OFFICES}1370000026,みほん第二,99\n"),
    );
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --yes").exit, Some(3));
    assert!(desk.files("reports").contains(&BASICS.to_owned()));
    desk.put(
        "offices_2.csv",
        &format!("{OFFICES}1370000026,みほん第二,46\n"),
    );
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    assert!(!desk.files("reports").contains(&BASICS.to_owned()));
}
