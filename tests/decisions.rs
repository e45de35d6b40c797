//! What somebody else has changed is decided row by row in the preview workbook.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

#[path = "support/preview.rs"]
mod preview;
mod support;

use calamine::{Reader as _, Xlsx, open_workbook};
use rakuwing::disk;
use rakuwing::sandbox::{Collection, Options};
use serde_json::json;

use preview::{decide, preview, saved_again};
use support::Desk;

const OFFICES: &str = "\
事業所番号,事業所名,サービス種類
1370000018,みほん居宅,43
";
const CLIENTS: &str = "\
被保険者番号,保険者番号,氏名,生年月日,電話番号,要介護度,認定有効期間開始日,認定有効期間終了日,居宅支援事業所番号
0000100001,131128,見本　一郎,1937/3/4,03-0000-0001,要介護3,2026/4/1,2028/3/31,1370000018
0000100002,131128,見本　二美,1934/11/3,03-0000-0002,要介護1,2026/4/1,2028/3/31,1370000018
0000100003,131128,見本　三郎,1941/7/15,03-0000-0003,要介護2,2026/4/1,2028/3/31,1370000018
";
const ICHIRO: &str = "131128-0000100001";
const FUMI: &str = "131128-0000100002";
const SABURO: &str = "131128-0000100003";

/// With everything registered, three telephone numbers changed there, and the same exports
/// prepared again.
fn desk() -> Desk {
    let desk = Desk::new(Options::default());
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    for key in [ICHIRO, FUMI, SABURO] {
        desk.sandbox
            .edit(Collection::Clients, key, "/phone", json!("09-9999-9999"))
            .unwrap();
    }
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --prepare").exit, Some(3));
    desk
}

fn phone(desk: &Desk, key: &str) -> String {
    let held = desk.sandbox.held(Collection::Clients);
    let held = held.iter().find(|held| held.key == key).unwrap();
    held.item["phone"].as_str().unwrap().to_owned()
}

#[test]
fn each_row_goes_the_way_that_was_chosen_in_the_workbook() {
    let desk = desk();
    decide(&preview(&desk), &[(ICHIRO, "楽すけ"), (FUMI, "Care-wing")]);
    let ended = desk.run("--json register");
    assert_eq!(ended.exit, Some(3), "{ended:?}");
    let object = ended.json();
    assert_eq!((&object["sent"], &object["kept"]), (&json!(1), &json!(1)));
    assert_eq!(object["rejected"], 1);
    assert_eq!(phone(&desk, ICHIRO), "03-0000-0001");
    assert_eq!(phone(&desk, FUMI), "09-9999-9999");
    assert_eq!(phone(&desk, SABURO), "09-9999-9999");
    // What nobody has decided about waits where it lies; the rest is asked about no more.
    assert_eq!(desk.files("inbox"), ["clients.csv"]);
    let again = desk.run("--json basics --keep ours --yes");
    assert_eq!(again.exit, Some(0), "{again:?}");
    assert_eq!(phone(&desk, SABURO), "03-0000-0003");
    assert_eq!(phone(&desk, FUMI), "09-9999-9999");
    assert_eq!(desk.files("inbox"), [] as [&str; 0]);
}

#[test]
fn a_decision_can_be_taken_back_in_its_row() {
    let desk = desk();
    let all = [ICHIRO, FUMI, SABURO].map(|key| (key, "Care-wing"));
    decide(&preview(&desk), &all);
    assert_eq!(desk.run("register").exit, Some(0));
    desk.put("clients.csv", CLIENTS);
    assert_eq!(desk.run("basics --prepare").exit, Some(0));
    decide(&preview(&desk), &[(FUMI, "楽すけ")]);
    assert_eq!(desk.run("register").exit, Some(0));
    assert_eq!(phone(&desk, FUMI), "03-0000-0002");
    assert_eq!(phone(&desk, ICHIRO), "09-9999-9999");
}

#[test]
fn nothing_but_the_decision_is_taken_from_the_workbook() {
    let desk = desk();
    let path = preview(&desk);
    decide(&path, &[(ICHIRO, "楽すけ")]);
    saved_again(&path, |row| {
        row[4] = "だれか".to_owned();
        row[5] = "電話番号: 00".to_owned();
    });
    assert_eq!(desk.run("register").exit, Some(3));
    assert_eq!(phone(&desk, ICHIRO), "03-0000-0001");
    let held = desk.sandbox.held(Collection::Clients);
    assert_eq!(held[0].item["name"], "見本　一郎");
}

#[test]
fn both_sides_are_laid_side_by_side_and_nothing_is_sent() {
    let desk = desk();
    let (posts, reports) = (desk.posts().len(), desk.files("reports"));
    let ended = desk.run("basics --match");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("番号が同じ 3、"), "{ended:?}");
    assert!(ended.stdout.contains("内容が違う組 3"), "{ended:?}");
    assert_eq!(desk.posts().len(), posts);
    assert_eq!(desk.files("inbox"), ["clients.csv", "offices.csv"]);
    let mut written = desk.files("reports");
    written.retain(|name| !reports.contains(name));
    let [name] = &*written else {
        panic!("{written:?}")
    };
    let path = desk.office().join("reports").join(name);
    let mut workbook: Xlsx<_> = open_workbook(path).unwrap();
    let rows = workbook.worksheet_range("食い違い").unwrap();
    let first: Vec<String> = rows
        .rows()
        .nth(1)
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        first,
        [
            "番号が同じ",
            ICHIRO,
            "見本　一郎",
            "電話番号",
            "03-0000-0001",
            "09-9999-9999"
        ]
    );
}

#[test]
fn a_workbook_of_another_proposal_is_refused() {
    let desk = desk();
    let first = preview(&desk);
    let bytes = disk::read(&first).unwrap();
    assert_eq!(desk.run("basics --prepare").exit, Some(3));
    let second = preview(&desk);
    assert_ne!(first, second);
    disk::write(&second, &bytes).unwrap();
    let posts = desk.posts().len();
    let ended = desk.run("register");
    assert_eq!(ended.exit, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("ほかの登録データ"), "{ended:?}");
    assert_eq!(desk.posts().len(), posts);
}

#[test]
fn a_word_that_means_nothing_and_one_that_nobody_asked_for_are_refused() {
    for (key, word, says) in [
        (ICHIRO, "上書き", "言葉が分かりません"),
        ("1370000026-43", "楽すけ", "判断することがありません"),
    ] {
        let desk = desk();
        // What is new is listed, and nothing is to be decided about it.
        desk.put(
            "offices.csv",
            &format!("{OFFICES}1370000026,ケアプラン桜,43\n"),
        );
        assert_eq!(desk.run("basics --prepare").exit, Some(3));
        decide(&preview(&desk), &[(key, word)]);
        let posts = desk.posts().len();
        let ended = desk.run("register");
        assert_eq!(ended.exit, Some(4), "{ended:?}");
        assert!(ended.stderr.contains(says), "{ended:?}");
        assert_eq!(desk.posts().len(), posts);
        // It is not used up: the word can be mended.
        decide(&preview(&desk), &[(key, "")]);
        assert_eq!(desk.run("register").exit, Some(3));
    }
}
