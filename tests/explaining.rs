//! The way from a cell to what is sent of it, and back: one answer, nothing written.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rakuwing::disk;
use rakuwing::sandbox::Options;
use rust_xlsxwriter::Workbook;
use serde_json::{Value as Json, json};

use support::{Desk, Ended, command_on, end, files_below, grid};

const OFFICES: &str = "\
事業所番号,事業所名,サービス種類,備考欄
1370000018,みほん居宅,43,めも
";
/// Two cards of one client, and a client whose number has lost its zeroes.
const CLIENTS: &str = "\
被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,認定有効期間終了日,居宅支援事業所番号
0000100001,131128,見本　一郎,S12.3.4,要介護3,2024/4/1,2026/3/31,1370000018
0000100001,131128,見本　一郎,S12.3.4,要介護3,2026/4/1,2028/3/31,1370000018
100002,131128,見本　二美,1934/11/3,要介護1,2026/4/1,2028/3/31,1370000018
";
const ICHIRO: &str = "2026/10,1370100016,131128,0000100001,見本　一郎,111111,9:00,9:30";
const EVENING: &str = "2026/10,1370100016,131128,0000100001,見本　一郎,111111,18:00,18:30";
const FIRST: &str = "2026/10,1370100016,131128,0000100001,見本　一郎,114001,,";
const FUMI: &str = "2026/10,1370100016,131128,0000100002,見本　二美,111211,9:00,10:00";
const WRONG: &str = "2026/10,1370100016,131128,0000100002,見本　二美,111211,25時,10:00";

const OFFICE: &str = "1370000018-43";
const CLIENT: &str = "131128-0000100001";
const FUMI_THERE: &str = "131128-0000100002";
const PLAN: &str = "1370100016-131128-0000100001";
const FUMIS_PLAN: &str = "1370100016-131128-0000100002";

fn desk() -> Desk {
    Desk::unconnected(Options::default())
}

/// With a plan of two clients beside the basic data in the inbox.
fn filled() -> Desk {
    let desk = desk();
    desk.put("offices.csv", OFFICES);
    desk.put("clients.csv", CLIENTS);
    desk.put("plan.csv", &plan(&[1, 8]));
    desk
}

fn plan(days: &[usize]) -> String {
    grid(&[(ICHIRO, days), (EVENING, &[8]), (FIRST, &[8]), (FUMI, &[2])])
}

/// The same in the sheets of one workbook.
fn filled_workbook() -> Desk {
    let desk = desk();
    let mut book = Workbook::new();
    let plan = plan(&[1, 8]);
    for (name, text) in [("事業所", OFFICES), ("利用者", CLIENTS), ("10月", &*plan)] {
        let sheet = book.add_worksheet();
        sheet.set_name(name).unwrap();
        for (row, line) in (0..).zip(text.lines()) {
            for (column, cell) in (0..).zip(line.split(',')) {
                sheet.write_string(row, column, cell).unwrap();
            }
        }
    }
    desk.put_bytes("inbox/all.xlsx", &book.save_to_buffer().unwrap());
    desk
}

/// The place is one word, whatever stands in it.
fn asked(desk: &Desk, options: &str, place: &str) -> Ended {
    end(desk.command(&format!("{options} explain")).arg(place))
}

fn explain(desk: &Desk, place: &str) -> Ended {
    asked(desk, "", place)
}

/// The object of an answer that there is.
fn answer(desk: &Desk, place: &str) -> Json {
    let ended = asked(desk, "--json", place);
    assert_eq!(ended.exit, Some(0), "{place}: {ended:?}");
    ended.json()
}

/// The pointers of a cell's answer, each with its value.
fn pointers(answer: &Json) -> Vec<(String, Json)> {
    let items = answer["items"].as_array().unwrap().iter();
    let pointers = items.flat_map(|item| item["pointers"].as_array().unwrap());
    pointers
        .map(|of| {
            (
                of["pointer"].as_str().unwrap().to_owned(),
                of["value"].clone(),
            )
        })
        .collect()
}

fn codes(answer: &Json) -> Vec<&str> {
    let findings = answer["findings"].as_array().unwrap().iter();
    findings.map(|of| of["code"].as_str().unwrap()).collect()
}

/// Every value that an item has, by its pointer.
fn leaves(json: &Json, at: &str, out: &mut BTreeMap<String, Json>) {
    match json {
        Json::Object(members) => members
            .iter()
            .for_each(|(name, member)| leaves(member, &format!("{at}/{name}"), out)),
        Json::Array(elements) => (0..)
            .zip(elements)
            .for_each(|(index, element)| leaves(element, &format!("{at}/{index}"), out)),
        _ => drop(out.insert(at.to_owned(), json.clone())),
    }
}

/// How a cell is typed.
fn address(link: &Json) -> Option<String> {
    let word = |name: &str| link[name].as_str().unwrap_or_default();
    let column = link["column"].as_str()?;
    let (file, sheet, row) = (word("file"), word("sheet"), &link["row"]);
    Some(format!("{file}:{sheet}:{column}{row}"))
}

/// Every pointer of every item leads to a cell, and the cell's answer names it; gives how many
/// pointers there are and those that come from no column.
fn there_and_back(desk: &Desk, keys: &[&str]) -> (usize, BTreeSet<String>) {
    let mut cells: BTreeMap<String, Vec<(String, Json)>> = BTreeMap::new();
    let mut from_nowhere = BTreeSet::new();
    let mut count = 0;
    for key in keys {
        let item = answer(desk, key);
        let mut expected = BTreeMap::new();
        leaves(&item["value"], "", &mut expected);
        for link in item["links"].as_array().unwrap() {
            let pointer = link["pointer"].as_str().unwrap();
            let value = expected.remove(pointer).unwrap();
            assert_eq!(link["value"], value);
            count += 1;
            match address(link) {
                Some(cell) => cells
                    .entry(cell)
                    .or_default()
                    .push((pointer.to_owned(), value)),
                None => drop(from_nowhere.insert(format!("{key}{pointer}"))),
            }
        }
        assert_eq!(expected, BTreeMap::new(), "{key}");
    }
    for (cell, expected) in cells {
        let answer = answer(desk, &cell);
        let named = pointers(&answer);
        for pointer in expected {
            assert!(
                named.contains(&pointer),
                "{cell}: {pointer:?} not in {named:?}"
            );
        }
    }
    (count, from_nowhere)
}

#[test]
fn every_pointer_leads_to_a_cell_and_the_cell_names_the_pointer() {
    let keys = [OFFICE, CLIENT, FUMI_THERE, PLAN, FUMIS_PLAN];
    // No list has a column for it, and it is sent all the same.
    let hidden = [OFFICE, CLIENT, FUMI_THERE].map(|key| format!("{key}/hidden"));
    let expected = (52, BTreeSet::from(hidden));
    assert_eq!(there_and_back(&filled(), &keys), expected);
    assert_eq!(there_and_back(&filled_workbook(), &keys), expected);
}

/// A connected desk with the files of a folder below `fixtures/cases/` in its inbox.
fn with_files_of(folder: &str) -> Desk {
    let desk = Desk::new(Options::default());
    put_files_of(&desk, folder);
    desk
}

fn put_files_of(desk: &Desk, folder: &str) {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases");
    for file in disk::files(&cases.join(folder)).unwrap() {
        let name = file.file_name().unwrap().to_string_lossy();
        desk.put_bytes(&format!("inbox/{name}"), &disk::read(&file).unwrap());
    }
}

#[test]
fn national_files_in_the_archive_are_read_under_the_names_they_had() {
    let desk = with_files_of("national-files-of-older-versions/inbox");
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    let (waiting, _) = there_and_back(&desk, &[PLAN, FUMIS_PLAN]);
    assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(0));
    assert_eq!(desk.files("inbox"), [""; 0]);
    let (archived, from_nowhere) = there_and_back(&desk, &[PLAN, FUMIS_PLAN]);
    assert_eq!((waiting, archived), (24, 24));
    assert_eq!(from_nowhere, BTreeSet::new());
    for key in [PLAN, FUMIS_PLAN] {
        assert_eq!(answer(&desk, key)["care_wing"]["state"], json!("same"));
    }
}

#[test]
fn what_another_office_has_planned_is_a_part_of_the_month() {
    let desk = with_files_of("two-offices-plan-one-month/inbox");
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(0));
    put_files_of(&desk, "two-offices-plan-one-month/second");
    assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(0));
    let item = answer(&desk, PLAN);
    assert_eq!(item["care_wing"]["state"], json!("same"));
    let links = item["links"].as_array().unwrap().iter();
    let days = links.filter(|of| of["pointer"].as_str().unwrap().ends_with("/date"));
    let days: Vec<&Json> = days.map(|of| &of["value"]).collect();
    assert_eq!(
        days,
        ["2026-10-05", "2026-10-12", "2026-10-19", "2026-10-26"]
    );
}

#[test]
fn a_day_of_the_grid_leads_to_its_visit_in_words() {
    let desk = filled();
    let ended = explain(&desk, "plan.csv:I2");
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    assert_eq!(
        ended.words(),
        format!(
            "plan.csv 2行 I列「予定1」\n\
             \x20 ファイル    {}\n\
             \x20 文字        「1」\n\
             \x20 表          月間ケアプラン\n\
             \x20 項目        予定 1日\n\
             \x20 値          1\n\
             \x20 この行      確かめを通りました\n\
             \x20 送るもの    月間ケアプラン 2026-10 1370100016-131128-0000100001\n\
             \x20   /visits/0 = {{\"date\":\"2026-10-01\",\"end\":\"09:30\",\"service_code\":\"111111\",\"start\":\"09:00\"}}\n\
             \x20   /visits/0/date = \"2026-10-01\"\n\
             \x20 Care-wing   まだ登録していません\n",
            desk.office().join("inbox/plan.csv").display()
        )
    );
}

#[test]
fn a_visit_leads_to_its_cells_in_words() {
    let desk = filled();
    let ended = explain(&desk, &format!("{PLAN}/visits/2"));
    assert_eq!(
        ended.words(),
        format!(
            "月間ケアプラン 2026-10 1370100016-131128-0000100001\n\
             \x20 /visits/2/date = \"2026-10-08\"\n\
             \x20   plan.csv 3行 P列「予定8」 「1」\n\
             \x20 /visits/2/end = \"18:30\"\n\
             \x20   plan.csv 3行 H列「終了時刻」 「18:30」\n\
             \x20 /visits/2/service_code = \"111111\"\n\
             \x20   plan.csv 3行 F列「サービスコード」 「111111」\n\
             \x20 /visits/2/start = \"18:00\"\n\
             \x20   plan.csv 3行 G列「開始時刻」 「18:00」\n\
             \x20 ファイル    {}\n\
             \x20 Care-wing   まだ登録していません\n",
            desk.office().join("inbox/plan.csv").display()
        )
    );
}

#[test]
fn what_every_row_says_is_taken_from_the_first_one() {
    let desk = filled();
    let second = answer(&desk, "plan.csv:D3");
    assert_eq!(pointers(&second), []);
    assert_eq!(
        second["items"][0]["same_in_first_row"],
        json!([{"pointer": "/client/insured_number", "value": "0000100001", "row": 2}])
    );
    // A card is its own row's.
    let card = answer(&desk, "clients.csv:F3");
    assert_eq!(
        pointers(&card),
        [("/cards/1/certified_from".to_owned(), json!("2026-04-01"))]
    );
}

#[test]
fn a_cell_says_what_was_made_of_its_text() {
    let desk = filled();
    let restored = answer(&desk, "clients.csv:A4");
    assert_eq!(restored["text"], json!("100002"));
    assert_eq!(restored["value"], json!("0000100002"));
    assert_eq!(restored["field"], json!("被保険者番号"));
    assert_eq!(restored["fate"], json!("passed"));
    assert_eq!(codes(&restored), ["R112"]);
    let born = answer(&desk, "clients.csv:D2");
    assert_eq!(
        pointers(&born),
        [("/birth_date".to_owned(), json!("1937-03-04"))]
    );
    let name = answer(&desk, "plan.csv:E2");
    assert_eq!(pointers(&name), []);
    assert_eq!(name["items"][0]["key"], json!(PLAN));
}

#[test]
fn a_column_that_is_not_read_says_so() {
    let desk = filled();
    let unread = answer(&desk, "offices.csv:D2");
    assert_eq!(unread["field"], Json::Null);
    assert_eq!(unread["text"], json!("めも"));
    assert_eq!(codes(&unread), ["R106"]);
    let words = explain(&desk, "offices.csv:D2").words();
    assert!(words.contains("読まない列です"), "{words}");
}

#[test]
fn a_withheld_row_says_why_and_so_does_the_row_beside_it() {
    let desk = filled();
    desk.put(
        "plan.csv",
        &grid(&[(ICHIRO, &[1]), (FUMI, &[2]), (WRONG, &[3])]),
    );
    let wrong = answer(&desk, "plan.csv:G4");
    assert_eq!(wrong["fate"], json!("withheld"));
    assert_eq!(wrong["value"], Json::Null);
    assert_eq!(wrong["items"], json!([]));
    assert_eq!(codes(&wrong), ["V207"]);
    assert_eq!(wrong["findings"][0]["column"], json!("G"));
    let words = explain(&desk, "plan.csv:G4").words();
    assert!(words.contains("値          読み取れません"), "{words}");
    assert!(words.contains("保留しています"), "{words}");
    let beside = answer(&desk, "plan.csv:J3");
    assert_eq!(beside["fate"], json!("withheld"));
    assert_eq!(codes(&beside), ["P410"]);
    assert_eq!(answer(&desk, "plan.csv:I2")["fate"], json!("passed"));
}

#[test]
fn a_row_that_is_not_ours_is_excluded() {
    let desk = filled();
    let other = ICHIRO.replace("1370100016", "1370100990");
    desk.put("plan.csv", &grid(&[(ICHIRO, &[1]), (&other, &[3])]));
    let row = answer(&desk, "plan.csv:B3");
    assert_eq!(row["fate"], json!("excluded"));
    assert_eq!(row["items"], json!([]));
}

#[test]
fn what_a_supplement_completes_is_told_from_what_was_registered() {
    let desk = with_files_of("clients-come-as-a-supplement/inbox");
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    put_files_of(&desk, "clients-come-as-a-supplement/supplement");
    let supplement = "UPHOSOKU_202610_1370000018_43_1370100016_11_20260925093000.CSV";
    // An address is cut in two cells and sent as one.
    for half in ["J1", "K1"] {
        let cell = answer(&desk, &format!("{supplement}:{half}"));
        let [(pointer, address)] = &pointers(&cell)[..] else {
            panic!("{cell}");
        };
        assert_eq!(pointer, "/address");
        assert!(address.as_str().unwrap().contains("みほん荘"), "{address}");
    }
    let copay = answer(&desk, &format!("{CLIENT}/cards/0/copay"));
    assert_eq!(copay["links"][0]["column"], Json::Null);
    let words = explain(&desk, &format!("{CLIENT}/cards/0/copay")).words();
    assert!(words.contains("前に登録した内容です"), "{words}");
}

/// With everything of the inbox registered, and so in the archive.
fn registered() -> Desk {
    let desk = filled();
    assert_eq!(desk.connect(support::KEY).exit, Some(0));
    assert_eq!(desk.run("basics --yes").exit, Some(0));
    assert_eq!(desk.run("plan --month 2026-10 --yes").exit, Some(0));
    assert_eq!(desk.files("inbox"), [""; 0]);
    desk
}

#[test]
fn the_way_back_works_from_the_archive() {
    let desk = registered();
    for (place, file) in [
        (format!("{PLAN}/visits/0/date"), "plan.csv"),
        (format!("{CLIENT}/cards/0/care_level"), "clients.csv"),
        (format!("{OFFICE}/name"), "offices.csv"),
    ] {
        let item = answer(&desk, &place);
        assert_eq!(item["stand"], json!("archive"));
        assert_eq!(item["links"][0]["file"], json!(file));
        assert_eq!(item["links"][0]["row"], json!(2));
        assert_eq!(item["care_wing"]["state"], json!("same"), "{place}");
    }
    let cell = answer(&desk, "plan.csv:I2");
    assert_eq!(cell["stand"], json!("archive"));
    assert_eq!(cell["items"][0]["care_wing"]["state"], json!("same"));
    assert_eq!(cell["items"][0]["care_wing"]["command"], json!("plan"));
    let path = cell["path"].as_str().unwrap();
    assert!(
        path.ends_with("_plan.csv") && path.contains("archive"),
        "{path}"
    );
    let archived = desk.files("archive");
    let archived = archived.iter().find(|name| name.ends_with("_plan.csv"));
    let by_whole_name = answer(&desk, &format!("{}:I2", archived.unwrap()));
    assert_eq!(by_whole_name, cell);
    let words = explain(&desk, "plan.csv:I2").words();
    assert!(
        words.contains("この内容で登録しています(最後の登録: "),
        "{words}"
    );
}

#[test]
fn where_no_file_is_left_what_was_sent_is_shown() {
    let desk = registered();
    for name in desk.files("archive") {
        disk::remove(&desk.office().join("archive").join(name)).unwrap();
    }
    let ended = asked(&desk, "", &format!("{PLAN}/visits/0/date"));
    assert_eq!(ended.exit, Some(2), "{ended:?}");
    assert_eq!(ended.stdout, "送った値: \"2026-10-01\"\n");
    assert!(
        ended.stderr.contains("archive に残っていないか"),
        "{ended:?}"
    );
}

#[test]
fn a_newer_export_in_the_inbox_comes_first_and_says_that_it_differs() {
    let desk = registered();
    desk.put("plan.csv", &plan(&[1, 8, 15]));
    let item = answer(&desk, &format!("{PLAN}/visits/3"));
    assert_eq!(item["stand"], json!("inbox"));
    assert_eq!(item["value"]["date"], json!("2026-10-15"));
    assert_eq!(item["care_wing"]["state"], json!("other"));
    // A client who has not changed is registered just so.
    let same = answer(&desk, "plan.csv:J5");
    assert_eq!(same["items"][0]["care_wing"]["state"], json!("same"));
}

#[test]
fn of_a_key_that_two_months_have_the_last_one_is_meant_or_the_one_that_is_named() {
    let desk = filled();
    let november = ICHIRO.replace("2026/10", "2026/11");
    desk.put("plan.csv", &grid(&[(ICHIRO, &[1]), (&november, &[2])]));
    let last = answer(&desk, PLAN);
    assert_eq!(last["month"], json!("2026-11"));
    assert_eq!(last["other_months"], json!(["2026-10"]));
    let named = desk.run(&format!("--json explain {PLAN}/visits/0 --month 2026-10"));
    let named = named.json();
    assert_eq!(named["value"]["date"], json!("2026-10-01"));
    assert_eq!(named["other_months"], json!([]));
    let cell = desk.run("explain plan.csv:A2 --month 2026-10");
    assert_eq!(cell.exit, Some(2), "{cell:?}");
}

#[test]
fn what_is_not_there_ends_with_2_and_says_what_to_do() {
    let desk = filled();
    let book = filled_workbook();
    for (desk, place, words) in [
        (&desk, "plna.csv:A2", "`plan.csv` ではありませんか"),
        (&desk, "nothing.csv:A2", "名前かパスを確かめてください"),
        (
            &desk,
            "plan.csv:A1",
            "1行目は見出しです。データは2行目から5行目まで",
        ),
        (
            &desk,
            "plan.csv:A9",
            "9行目はありません。データは2行目から5行目まで",
        ),
        (
            &desk,
            "plan.csv:ZZ2",
            "ZZ 列は表の外です。表は A 列から AM 列まで",
        ),
        (&desk, "plan.csv:10月:A2", "シートがありません"),
        (&desk, "plan.csv", "どのセルかを"),
        (&desk, ":A2", "ファイルの名前がありません"),
        (
            &book,
            "all.xlsx:A2",
            "指定してください: 事業所、利用者、10月",
        ),
        (&book, "all.xlsx:利用:A2", "`利用者` ではありませんか"),
        (
            &desk,
            "13128-0000100001",
            "`131128-0000100001` ではありませんか",
        ),
        (&desk, "何か", "この番号で送るもの・送ったものはありません"),
        (
            &desk,
            "131128-0000100001/cards/5/care_level",
            "`/cards/1/care_level` ではありませんか",
        ),
        (&desk, "1370000018-43/name/x", "`/name` ではありませんか"),
    ] {
        let ended = explain(desk, place);
        assert_eq!(ended.exit, Some(2), "{place}: {ended:?}");
        assert!(ended.words().contains(words), "{place}: {ended:?}");
        let object = asked(desk, "--json", place).json();
        assert_eq!(object["exit_code"], json!(2), "{place}");
        assert!(object["error"].is_string(), "{place}: {object}");
    }
}

#[test]
fn a_file_of_no_known_kind_ends_with_7() {
    let desk = desk();
    desk.put("else.csv", "あ,い\n1,2\n");
    let ended = explain(&desk, "else.csv:A2");
    assert_eq!(ended.exit, Some(7), "{ended:?}");
    assert!(ended.stderr.contains("読んでいません"), "{ended:?}");
}

#[test]
fn without_an_office_folder_a_cell_is_explained_and_an_item_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clients.csv");
    disk::write(&file, CLIENTS.as_bytes()).unwrap();
    let run = |place: &str| {
        let arguments = format!("--json explain {place}");
        end(&mut command_on(folder.path(), folder.path(), &arguments))
    };
    let ended = run(&format!("{}:E2", file.display()));
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    let cell = ended.json();
    assert_eq!(
        pointers(&cell),
        [("/cards/0/care_level".to_owned(), json!("23"))]
    );
    assert_eq!(cell["items"][0]["care_wing"]["state"], json!("unknown"));
    let item = run(CLIENT);
    assert_eq!(item.exit, Some(2), "{item:?}");
    assert_eq!(files_below(folder.path()), [file]);
}

#[test]
fn it_waits_for_nobody_writes_nothing_and_logs_no_row() {
    let desk = registered();
    let contents = |desk: &Desk| -> BTreeMap<_, _> {
        let mut files = files_below(&desk.office());
        // SQLite keeps two files beside a ledger that is read.
        files.retain(|file| !file.to_string_lossy().contains("ledger.sqlite-"));
        let read = |file: &PathBuf| disk::read(file).unwrap();
        files
            .into_iter()
            .map(|file| (file.clone(), read(&file)))
            .collect()
    };
    let before = contents(&desk);
    let calls = desk.sandbox.requests().len();
    let lock = disk::lock(&desk.office().join(".rakuwing/lock")).unwrap();
    assert!(lock.is_some());
    for place in [
        "clients.csv:C2",
        CLIENT,
        "13128-0000100001",
        "clients.csv:C99",
    ] {
        let ended = asked(&desk, "-v", place);
        assert!(matches!(ended.exit, Some(0 | 2)), "{ended:?}");
        assert!(!ended.stderr.contains("見本"), "{ended:?}");
        assert!(!ended.stderr.contains("0000100001"), "{ended:?}");
    }
    assert_eq!(contents(&desk), before);
    assert_eq!(desk.sandbox.requests().len(), calls);
}
