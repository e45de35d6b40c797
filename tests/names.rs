//! Will it come back? What 楽すけ's files cannot hold is said before a month is sent, and
//! written otherwise only as somebody has approved it.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

#[path = "support/preview.rs"]
mod preview;
mod support;

use std::sync::Arc;

use calamine::{Reader as _, Xlsx, open_workbook};
use rakuwing::clock::SystemClock;
use rakuwing::disk;
use rakuwing::jobs::names::names;
use rakuwing::jobs::{Clerk, Consent, Folder, Office, Summary};
use rakuwing::sandbox::Options;
use rakuwing::service::KeyStore;
use serde_json::{Value as Json, json};

use preview::preview;
use support::{Desk, grid, unless_busy};

const LIST: &str = "mappings/codes/name_replacements_own.csv";
const HEADER: &str = "\u{feff}保険者番号,被保険者番号,文字,置き換え,承認日\r\n";
const SHEET: &str = "戻せない文字";

const YOSHIDA: &str = "131128-0000100009";
const MIHON: &str = "131128-0000100010";

/// 𠮷 has a suggestion, a wave dash has a twin, é has neither.
const CLIENTS: &str = "\
被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,認定有効期間終了日,担当ケアマネジャー
0000100009,131128,𠮷田　例,1939/4/4,要介護3,2026/4/1,2028/3/31,俱利　恵子
0000100010,131128,見本〜かがみ,1939/5/5,要介護3,2026/4/1,2028/3/31,例　Renée
0000100002,131128,髙橋　例,1934/11/3,要介護3,2026/4/1,2028/3/31,例　恵子
";

/// A desk with the basic data registered and a month's plan of everybody in the inbox.
fn desk() -> Desk {
    let desk = Desk::new(Options::default());
    desk.put_bytes("inbox/clients.csv", CLIENTS.as_bytes());
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    put_plan(&desk);
    desk
}

fn put_plan(desk: &Desk) {
    let lines = [
        "0000100009,𠮷田　例",
        "0000100010,見本〜かがみ",
        "0000100002,髙橋　例",
    ];
    let lines = lines.map(|who| format!("2026/10,1370100016,131128,{who},111111,9:00,9:30"));
    let lines: Vec<(&str, &[usize])> = lines.iter().map(|line| (&**line, &[1, 8][..])).collect();
    desk.put_bytes("inbox/plan.csv", grid(&lines).as_bytes());
}

fn list(desk: &Desk) -> Option<String> {
    let bytes = disk::read_if_there(&desk.office().join(LIST)).unwrap();
    bytes.map(|bytes| String::from_utf8(bytes).unwrap())
}

fn put_list(desk: &Desk, rows: &str) {
    desk.put_bytes(LIST, format!("{HEADER}{rows}").as_bytes());
}

/// The list without its last column, the day of the approval.
fn approved(desk: &Desk) -> Vec<String> {
    let list = list(desk).unwrap();
    let rows = list.strip_prefix(HEADER).unwrap().lines();
    rows.map(|row| row.rsplit_once(',').unwrap().0.to_owned())
        .collect()
}

/// The rows of the sheet of the newest preview; `None` where it has no such sheet.
fn shown(desk: &Desk) -> Option<Vec<Vec<String>>> {
    let mut book: Xlsx<_> = open_workbook(preview(desk)).unwrap();
    let range = book.worksheet_range(SHEET).ok()?;
    let rows = range.rows().skip(1);
    Some(
        rows.map(|row| row.iter().map(ToString::to_string).collect())
            .collect(),
    )
}

/// Client, character, suggestion: who cannot come back, as a program reads it.
fn stuck(printed: &Json) -> Vec<(&str, &str, &str)> {
    let stuck = printed["stuck"].as_array().unwrap().iter();
    stuck
        .map(|row| {
            (
                row["client"].as_str().unwrap(),
                row["code_point"].as_str().unwrap(),
                row["suggestion"].as_str().unwrap_or("?"),
            )
        })
        .collect()
}

#[test]
fn a_preview_lists_what_could_not_come_back_and_the_month_is_sent_all_the_same() {
    let desk = desk();
    let ended = desk.run("plan --month 2026-10 --prepare");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert!(
        ended
            .stdout
            .contains("楽すけに戻せない文字がある利用者が2人います"),
        "{ended:?}"
    );
    assert_eq!(
        shown(&desk).unwrap(),
        [
            [YOSHIDA, "𠮷田　例", "氏名", "𠮷", "U+20BB7", "吉"],
            [
                YOSHIDA,
                "𠮷田　例",
                "担当ケアマネジャー",
                "俱",
                "U+4FF1",
                "倶"
            ],
            [
                MIHON,
                "見本〜かがみ",
                "担当ケアマネジャー",
                "é",
                "U+00E9",
                ""
            ],
        ]
    );
    let registered = desk.run("--json register");
    assert_eq!(registered.exit, Some(0), "{registered:?}");
    assert_eq!(registered.json()["sent"], 3);
    // One for each text, not for each row that it stands in.
    assert_eq!(registered.json()["findings"]["reviews"], 3);
}

#[test]
fn what_is_approved_is_not_said_again_and_makes_an_earlier_proposal_stale() {
    let desk = desk();
    assert_eq!(desk.run("plan --month 2026-10 --prepare").exit, Some(0));
    let taken = desk.run("names --yes");
    assert_eq!(taken.exit, Some(0), "{taken:?}");
    assert_eq!(
        approved(&desk),
        ["131128,0000100009,𠮷,吉", "131128,0000100009,俱,倶"]
    );
    let stale = desk.run("register");
    assert_eq!(stale.exit, Some(4), "{stale:?}");
    assert!(
        stale
            .stderr
            .contains("codes/name_replacements_own.csv: 追加"),
        "{stale:?}"
    );

    let typed = desk.run(&format!("names --approve {MIHON}:U+00E9=e"));
    assert_eq!(typed.exit, Some(0), "{typed:?}");
    let ended = desk.run("--json plan --month 2026-10 --prepare");
    assert_eq!(ended.json()["findings"]["reviews"], 0, "{ended:?}");
    assert_eq!(shown(&desk), None);
}

#[test]
fn nothing_is_approved_without_being_asked_for() {
    let desk = desk();
    for arguments in ["names", "--json names", "-q names"] {
        let ended = desk.run(arguments);
        assert_eq!(ended.exit, Some(0), "{arguments}: {ended:?}");
        assert_eq!(list(&desk), None, "{arguments}");
    }
    let ended = desk.run("names");
    for words in [
        "131128-0000100009 𠮷田　例",
        "    氏名「𠮷田　例」: 「𠮷」(U+20BB7)→「吉」",
        "担当ケアマネジャー「例　Renée」: 「é」(U+00E9)→案なし",
        "何も承認していません",
    ] {
        assert!(ended.stdout.contains(words), "{words}: {ended:?}");
    }
    assert!(!ended.stdout.contains("髙橋"), "{ended:?}");
    assert_eq!(
        stuck(&desk.run("--json names").json()),
        [
            (YOSHIDA, "U+20BB7", "吉"),
            (YOSHIDA, "U+4FF1", "倶"),
            (MIHON, "U+00E9", "?")
        ]
    );
}

#[test]
fn a_suggestion_is_taken_only_where_the_person_has_one_for_every_character() {
    let desk = desk();
    desk.put_bytes(
        "inbox/clients.csv",
        CLIENTS.replace("例　Renée", "俱利　Renée").as_bytes(),
    );
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    let printed = desk.run("--json names --yes").json();
    assert_eq!(
        stuck(&printed),
        [(MIHON, "U+4FF1", "倶"), (MIHON, "U+00E9", "?")]
    );
    assert_eq!(approved(&desk).len(), 2);
    let printed = desk
        .run(&format!("--json names --approve {MIHON}:é=e --yes"))
        .json();
    assert_eq!(
        (&printed["added"], &printed["stuck"]),
        (&json!(2), &json!([]))
    );
    assert_eq!(approved(&desk).len(), 4);
}

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

#[test]
fn each_person_is_asked_about_and_only_who_was_agreed_to_is_approved() {
    let desk = desk();
    let clients = CLIENTS.replace("例　Renée", "例　恵子");
    let clients = clients.replace("髙橋　例", "髙槗　例");
    desk.put_bytes("inbox/clients.csv", clients.as_bytes());
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    let mut office = unless_busy(|| {
        let keys = KeyStore::new(desk.machine());
        let folder = Folder::at(&desk.office());
        Ok(Office::open(folder, keys, Arc::new(SystemClock), "names")?)
    })
    .unwrap();
    let mut clerk = Answering {
        answers: vec![true, false],
        asked: Vec::new(),
    };
    let ended = names(&mut office, &[], Consent::Ask, &mut clerk).unwrap();
    assert_eq!(
        clerk.asked,
        [
            "「髙槗　例」の 「槗」(U+69D7)→「橋」 と書きますか",
            "「𠮷田　例」の 「𠮷」(U+20BB7)→「吉」、「俱」(U+4FF1)→「倶」 と書きますか",
        ]
    );
    assert_eq!((ended.done.len(), ended.stuck.len()), (2, 1));
    assert_eq!(
        approved(&desk),
        ["131128,0000100009,𠮷,吉", "131128,0000100009,俱,倶"]
    );
}

#[test]
fn texts_of_registered_plans_are_looked_through_too() {
    let desk = desk();
    // In the plan the name is spelt otherwise; the number says whose it is.
    let plan = "2026/10,1370100016,131128,0000100002,髙槗　例,111111,9:00,9:30";
    desk.put_bytes("inbox/plan.csv", grid(&[(plan, &[1])]).as_bytes());
    assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(0));
    let printed = desk.run("--json names").json();
    assert!(
        stuck(&printed).contains(&("131128-0000100002", "U+69D7", "橋")),
        "{printed}"
    );
}

#[test]
fn approved_again_is_said_and_changes_nothing_and_another_one_takes_its_place() {
    let desk = desk();
    // Somebody else's row in front, with a column of the office's own.
    let before = "\u{feff}保険者番号,被保険者番号,文字,置き換え,承認日,備考\r\n\
        131128,0000999999,俱,倶,2026/4/1,電話で確認\r\n";
    desk.put_bytes(LIST, before.as_bytes());
    let approve = |replacement: &str| {
        let ended = desk.run(&format!("names --approve {YOSHIDA}:𠮷={replacement}"));
        assert_eq!(ended.exit, Some(0), "{ended:?}");
        ended.stdout
    };
    assert!(
        approve("吉").contains("承認しました: 131128-0000100009 𠮷田　例 「𠮷」(U+20BB7)→「吉」")
    );
    let once = list(&desk).unwrap();
    assert!(once.starts_with(before), "{once}");
    assert!(approve("吉").contains("すでに承認されています"));
    assert_eq!(list(&desk).unwrap(), once);
    assert!(approve("善").contains("前の置き換えに代えて承認しました"));
    assert_eq!(list(&desk).unwrap(), once.replace("𠮷,吉", "𠮷,善"));
}

#[test]
fn what_is_typed_wrong_is_refused_whole_and_not_repeated() {
    let desk = desk();
    for (typed, said) in [
        ("131128-0000100009", "の形で指定してください"),
        ("131128-0000100009:𠮷田=吉田", "の形で指定してください"),
        ("131128-0000123456:𠮷=吉", "基本情報にも予定にもいません"),
        ("131128-0000100009:田=多", "そのまま書ける"),
        ("131128-0000100009:𠮷=𠮷", "書けない文字"),
        ("131128-0000100009:俱=具", "二度指定されています"),
    ] {
        let ended = desk.run(&format!(
            "names --yes --approve {YOSHIDA}:俱=倶 --approve {typed}"
        ));
        assert_eq!(ended.exit, Some(2), "{typed}: {ended:?}");
        assert!(ended.stderr.contains("--approve の2番目"), "{ended:?}");
        assert!(ended.stderr.contains(said), "{ended:?}");
        assert!(!ended.stderr.contains("00001"), "{ended:?}");
        assert!(!ended.stderr.contains('𠮷'), "{ended:?}");
        assert_eq!(list(&desk), None, "{typed}");
    }
}

#[test]
fn a_wrong_list_stops_every_command_with_its_place_and_without_its_rows() {
    let desk = desk();
    let posts = desk.posts().len();
    put_list(
        &desk,
        "131128,0000100009,𠮷,吉,2026-10-05\r\n131128,0000100009,𠮷,善,2026-10-06\r\n",
    );
    for arguments in ["plan --month 2026-10 --yes", "names --yes", "check"] {
        let ended = desk.run(arguments);
        assert_eq!(ended.exit, Some(7), "{arguments}: {ended:?}");
        for words in [
            "mappings/codes/name_replacements_own.csv:3:1",
            "同じ利用者の同じ文字が二つあります",
        ] {
            assert!(ended.stderr.contains(words), "{arguments}: {ended:?}");
        }
        assert!(!ended.words().contains("0000100009"), "{ended:?}");
    }
    assert_eq!(desk.posts().len(), posts);
}
