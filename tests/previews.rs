//! The preview of a proposal: what would change, under the number by which it is registered; and
//! afterwards, that it was.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "what a test calls fails and speaks like a test"
)]

#[path = "support/preview.rs"]
mod preview;
#[path = "support/spreadsheet.rs"]
mod spreadsheet;
mod support;

use std::path::{Path, PathBuf};

use calamine::{Reader as _, Xlsx, open_workbook};
use rakuwing::disk;
use rakuwing::sandbox::{Options, Play};

use preview::{preview, saved_again};
use support::{Desk, grid};

const OFFICES: &str = "\
事業所番号,事業所名,サービス種類
1370000018,みほん居宅,43
";
const CLIENTS: &str = "\
被保険者番号,保険者番号,氏名,生年月日,電話番号,要介護度,認定有効期間開始日,認定有効期間終了日,居宅支援事業所番号
0000100001,131128,見本　一郎,1937/3/4,03-0000-0001,要介護3,2026/4/1,2028/3/31,1370000018
0000100002,131128,見本　二美,1934/11/3,03-0000-0002,要介護1,2026/4/1,2028/3/31,1370000018
";
const ICHIRO: &str = "2026/10,1370100016,131128,0000100001,見本　一郎,111111,9:00,9:30";
const FUMI: &str = "2026/10,1370100016,131128,0000100002,見本　二美,111211,9:00,10:00";

fn rows(path: &Path, sheet: &str) -> Vec<Vec<String>> {
    let mut workbook: Xlsx<_> = open_workbook(path).unwrap();
    let range = workbook.worksheet_range(sheet).unwrap();
    let rows = range.rows();
    rows.map(|row| row.iter().map(ToString::to_string).collect())
        .collect()
}

/// 変更の内容, without its header, as lines: what happens to what, and how.
fn contents(path: &Path) -> Vec<String> {
    let rows = rows(path, "変更の内容");
    let rows = rows[1..].iter();
    rows.map(|row| {
        let [action, kind, number, _, field, before, after, by] = &row[..] else {
            panic!("{row:?}")
        };
        format!("{action} {kind} {number} {field}: {before} → {after} [{by}]")
    })
    .collect()
}

/// The first texts of 概要: the title, the office, and how far it is.
fn head(path: &Path) -> Vec<String> {
    let rows = rows(path, "概要").into_iter().flatten();
    rows.filter(|cell| !cell.is_empty()).take(4).collect()
}

/// What a preview says of how far it is, from its beginning.
fn assert_state(path: &Path, state: &str) {
    let head = head(path);
    assert!(head[3].starts_with(state), "{head:?}");
}

/// Where a preview is once nobody can register it any more.
fn used(desk: &Desk, path: &Path) -> PathBuf {
    let name = path.file_name().unwrap().to_str().unwrap();
    let mut names = desk.files("archive");
    names.retain(|kept| kept.ends_with(name));
    assert_eq!(names.len(), 1, "{names:?}");
    desk.office().join("archive").join(&names[0])
}

/// With the basic data and a plan registered, by the first two proposals and four runs.
fn desk() -> Desk {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    desk.put("plan.csv", &grid(&[(ICHIRO, &[1, 8, 15]), (FUMI, &[2])]));
    assert_eq!(
        desk.run("plan --month 2026-10 --allow-removals 9 --prepare")
            .exit,
        Some(0)
    );
    assert_eq!(desk.run("register").exit, Some(0));
    desk
}

#[test]
fn somebody_new_is_shown_with_everything_that_goes() {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    desk.run("basics --prepare");
    let path = preview(&desk);
    let shown = contents(&path);
    let of_ichiro: Vec<_> = shown
        .iter()
        .filter(|line| line.contains("131128-0000100001 "))
        .collect();
    assert_eq!(
        of_ichiro,
        [
            "新規 利用者 131128-0000100001 保険者番号:  → 131128 []",
            "新規 利用者 131128-0000100001 被保険者番号:  → 0000100001 []",
            "新規 利用者 131128-0000100001 名称・氏名:  → 見本　一郎 []",
            "新規 利用者 131128-0000100001 生年月日:  → 1937-03-04 []",
            "新規 利用者 131128-0000100001 電話番号:  → 03-0000-0001 []",
            "新規 利用者 131128-0000100001 保険証(2026-04-01 から):  → 要介護度 要介護３、\
             認定有効期間開始日 2026-04-01、認定有効期間終了日 2028-03-31、居宅支援事業所番号 1370000018 []",
        ]
    );
    let list = rows(&path, "一覧");
    assert!(list[2][5].contains("電話番号: 03-0000-0001"), "{list:?}");
}

#[test]
fn somebody_changed_is_shown_field_by_field_and_nobody_else() {
    let desk = desk();
    let changed = CLIENTS
        .replace("03-0000-0002", "03-0000-0022")
        .replace("要介護1", "要介護2");
    desk.put("clients.csv", &changed);
    assert_eq!(desk.run("basics --prepare").exit, Some(0));
    let path = preview(&desk);
    assert_eq!(
        contents(&path),
        [
            "変更 利用者 131128-0000100002 電話番号: 03-0000-0002 → 03-0000-0022 []",
            "変更 利用者 131128-0000100002 保険証(2026-04-01 から) 要介護度: 要介護１ → 要介護２ []",
        ]
    );
    assert_eq!(
        rows(&path, "一覧")[1][5],
        "電話番号: 03-0000-0002 → 03-0000-0022\n保険証(2026-04-01 から) 要介護度: 要介護１ → 要介護２"
    );
}

#[test]
fn a_changed_month_shows_the_visits_that_come_and_go_and_its_sums() {
    let desk = desk();
    desk.put(
        "plan.csv",
        &grid(&[(ICHIRO, &[1, 15, 22, 29]), (FUMI, &[2])]),
    );
    assert_eq!(
        desk.run("plan --month 2026-10 --allow-removals 9 --prepare")
            .exit,
        Some(0)
    );
    let path = preview(&desk);
    let key = "1370100016-131128-0000100001";
    assert_eq!(
        contents(&path),
        [
            format!("変更 月間ケアプラン {key} 訪問の合計: 3回 → 4回 [＋1]"),
            format!(
                "変更 月間ケアプラン {key} 訪問 09:00〜09:30 身体介護１(111111): \
                 1日 8日 15日(3回) → 1日 15日 22日 29日(4回) [＋22日 ＋29日 －8日]"
            ),
        ]
    );
    let list = rows(&path, "一覧");
    assert_eq!(list.len(), 2, "{list:?}");
    assert_eq!(
        list[1][5],
        "過ぎた日の訪問がなくなります: 8日\n\
         訪問の合計: 3回 → 4回(＋1)\n訪問 09:00〜09:30 身体介護１(111111): ＋22日 ＋29日 －8日"
    );
}

#[test]
fn what_was_edited_there_is_the_side_that_is_overwritten() {
    let desk = desk();
    let key = "131128-0000100001";
    let clients = rakuwing::sandbox::Collection::Clients;
    desk.sandbox
        .edit(clients, key, "/phone", serde_json::json!("09-9999-9999"))
        .unwrap();
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --prepare --keep ours").exit, Some(0));
    assert_eq!(
        contents(&preview(&desk)),
        ["変更 利用者 131128-0000100001 電話番号: 09-9999-9999 → 03-0000-0001 []"]
    );
}

/// The number in the name, the title and the screen; registered, and said so in the workbook.
#[test]
fn its_number_is_the_one_that_register_takes_and_afterwards_it_says_so() {
    let desk = desk();
    desk.put("plan.csv", &grid(&[(ICHIRO, &[1]), (FUMI, &[2])]));
    let ended = desk.run("plan --month 2026-10 --allow-removals 9 --prepare");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("登録データの番号: 3\n"), "{ended:?}");
    let path = preview(&desk);
    assert!(path.ends_with("プレビュー_月間ケアプランの登録_202610_3.xlsx"));
    let [title, .., state] = &head(&path)[..] else {
        panic!("{path:?}")
    };
    assert_eq!(title, "月間ケアプランの登録 2026年10月(登録データ 3)");
    assert_eq!(
        state,
        "まだ何も登録していません。登録するときは rakuwing register 3 を実行します。"
    );
    let before = rows(&path, "変更の内容");
    let ended = desk.run("register 3");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    let path = used(&desk, &path);
    let there = format!("プレビュー(控え): {}\n", path.display());
    assert!(ended.stdout.contains(&there), "{there}: {ended:?}");
    let state = &head(&path)[3];
    assert!(state.starts_with("登録済み: 20"), "{state}");
    assert!(
        state.contains("(実行 ")
            && state.ends_with("送った 1件、変更なし 1件、送らなかったもの 0件。"),
        "{state}"
    );
    assert_eq!(rows(&path, "変更の内容"), before);
}

#[test]
fn what_somebody_wrote_into_it_stays_when_it_is_said_to_be_registered() {
    let desk = desk();
    desk.put("plan.csv", &grid(&[(ICHIRO, &[1]), (FUMI, &[2])]));
    desk.run("plan --month 2026-10 --allow-removals 9 --prepare");
    let path = preview(&desk);
    saved_again(&path, |row| row.push("確認しました".to_owned()));
    assert_eq!(desk.run("register").exit, Some(0));
    let path = used(&desk, &path);
    assert_state(&path, "登録済み: ");
    assert_eq!(rows(&path, "一覧")[1][7], "確認しました");
}

#[test]
fn a_preview_that_another_program_has_saved_is_said_to_be_registered_as_well() {
    let desk = desk();
    desk.put("plan.csv", &grid(&[(ICHIRO, &[1]), (FUMI, &[2])]));
    desk.run("plan --month 2026-10 --allow-removals 9 --prepare");
    let path = preview(&desk);
    let as_written = disk::read(&path).unwrap();
    // By the way of a format of its own, so that nothing of what we wrote is left.
    let folder = tempfile::tempdir().unwrap();
    let [ours, theirs] = ["preview.xlsx", "preview.ods"].map(|name| folder.path().join(name));
    disk::write(&ours, &as_written).unwrap();
    if spreadsheet::convert(&ours, &["--convert-to", "ods"]).is_none() {
        return;
    }
    disk::remove(&ours).unwrap();
    spreadsheet::convert(&theirs, &["--convert-to", "xlsx:Calc MS Excel 2007 XML"]);
    disk::write(&path, &disk::read(&ours).unwrap()).unwrap();
    assert!(disk::read(&path).unwrap() != as_written);
    assert_eq!(desk.run("register").exit, Some(0));
    let path = used(&desk, &path);
    assert_state(&path, "登録済み: ");
}

#[test]
fn a_preview_whose_sentence_is_gone_stops_nothing_and_the_clerk_hears_of_it() {
    let desk = desk();
    desk.put("plan.csv", &grid(&[(ICHIRO, &[1]), (FUMI, &[2])]));
    desk.run("plan --month 2026-10 --allow-removals 9 --prepare");
    let path = preview(&desk);
    disk::write(&path, &overwritten(&path)).unwrap();
    let ended = desk.run("register");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("書き換えられている"), "{ended:?}");
}

/// The workbook with another sentence in the place of the one about its state.
fn overwritten(path: &Path) -> Vec<u8> {
    use rust_xlsxwriter::Workbook;
    let mut after = Workbook::new();
    for name in ["概要", "一覧"] {
        let sheet = after.add_worksheet().set_name(name).unwrap();
        for (number, row) in (0..).zip(rows(path, name)) {
            for (column, cell) in (0..).zip(row) {
                let cell = cell.replace("まだ何も", "もう何も");
                sheet.write_string(number, column, cell).unwrap();
            }
        }
    }
    after.save_to_buffer().unwrap()
}

#[test]
fn a_preview_that_has_become_stale_says_so() {
    let desk = desk();
    desk.put("plan.csv", &grid(&[(ICHIRO, &[1]), (FUMI, &[2])]));
    desk.run("plan --month 2026-10 --allow-removals 9 --prepare");
    let path = preview(&desk);
    desk.put("plan.csv", &grid(&[(ICHIRO, &[9]), (FUMI, &[2])]));
    assert_eq!(desk.run("register 3").exit, Some(4));
    let path = used(&desk, &path);
    assert_state(&path, "古くなりました: ");
}

/// A corporation's first month: as many are shown as somebody looks through, and how many more
/// there are is said.
#[test]
fn of_thousands_of_new_people_some_are_shown_and_the_rest_is_counted() {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    let (header, _) = CLIENTS.split_once('\n').unwrap();
    let client = |number| {
        format!(
            "{number:010},131128,見本　{number},1937/3/4,,要介護3,2026/4/1,2028/3/31,1370000018\n"
        )
    };
    let clients: String = (1..=3_005).map(client).collect();
    desk.put("clients.csv", &format!("{header}\n{clients}"));
    let ended = desk.run("basics --prepare");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    let path = preview(&desk);
    let summary = rows(&path, "概要").concat().concat();
    assert!(
        summary.contains("ほかの6件は、番号と氏名だけをのせています"),
        "{summary}"
    );
    let list = rows(&path, "一覧");
    assert_eq!(list.len(), 1 + 3_006);
    let without = list.iter().filter(|row| row[5].is_empty()).count();
    assert_eq!(without, 6);
}

#[test]
fn actuals_bear_their_number_and_say_when_they_were_written() {
    let desk = desk();
    desk.sandbox.play("2026-10", Play::Faithful).unwrap();
    desk.run("actuals --month 2026-10 --prepare");
    let path = preview(&desk);
    assert!(
        path.ends_with("プレビュー_実績の取得_202610_3.xlsx"),
        "{path:?}"
    );
    desk.run("register 3");
    let path = used(&desk, &path);
    assert_state(&path, "登録済み: ");
}

#[test]
fn a_preview_that_cannot_be_replaced_stops_nothing_and_the_clerk_hears_of_it() {
    let desk = desk();
    desk.sandbox.play("2026-10", Play::Faithful).unwrap();
    desk.run("actuals --month 2026-10 --prepare");
    let path = preview(&desk);
    // What no program can read or replace, as where a spreadsheet holds the file.
    disk::remove(&path).unwrap();
    disk::make_folder(&path).unwrap();
    let ended = desk.run("register 3");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("Excelで開いたまま"), "{ended:?}");
    assert_ne!(desk.files("outbox"), [] as [&str; 0]);
}
