//! A town's master becomes part of the office's list of service codes: added, never guessed.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test ends where its ground is missing"
)]

mod support;

use encoding_rs::SHIFT_JIS;
use rakuwing::disk;
use rakuwing::model::{InsurerNumber, ServiceCode, YearMonth};
use rakuwing::sandbox::Options;
use rakuwing::table::{Class, Tables};
use serde_json::{Value as Json, json};

use support::{Desk, Ended};

const OWN: &str = "mappings/codes/service_codes_own.csv";

/// The headers of the form of 19 columns, as a town writes them.
const HEADERS: &str = "\"保険者番号\",\"サービス種類コード\",\"サービス項目コード\",\"適用開始年月\",\
\"適用終了年月\",\"サービス名称\",\"単位数\",\"算定単位\",\"制限日数回数\",\"算定回数制限期間\",\
\"限度額管理対象区分\",\"単位数単価\",\"給付率\",\"利用者負担額\",\"事業対象者実施区分\",\
\"支援1受給者実施区分\",\"支援2受給者実施区分\",\"国保連委託区分\",\"作成日\"\r\n";

/// A row of 19 columns.
fn row(key: &str, period: &str, name: &str, units: &str, per: &str) -> String {
    format!("{key},{period},{name},{units},{per},1,01,3,,,,2,2,2,1,20240327\r\n")
}

/// The same row of 24 columns, in the manner of another town: no zeros in front.
fn long_row(key: &str, period: &str, name: &str, units: &str, per: &str) -> String {
    let per = per.trim_start_matches('0');
    format!("{key},{period},{name},{units},{per},1,1,3,0,0,0,2,2,2,0,0,0,0,0,1,20240327\r\n")
}

/// A fee, its day, a visit, add-ons of each kind, and a service that is no home visit.
fn town(row: fn(&str, &str, &str, &str, &str) -> String) -> String {
    let open = "202404,999999";
    [
        row(
            "131136,A2,1111",
            open,
            "訪問型独自サービス１１",
            "1176",
            "03",
        ),
        row(
            "131136,A2,2111",
            open,
            "訪問型独自サービス１１日割",
            "39",
            "02",
        ),
        row(
            "131136,A2,2621",
            open,
            "訪問型独自サービス２３",
            "287",
            "01",
        ),
        row(
            "131136,A2,4001",
            open,
            "訪問型独自サービス初回加算",
            "200",
            "03",
        ),
        row(
            "131136,A2,4010",
            open,
            "訪問型独自サービス同行加算",
            "50",
            "01",
        ),
        row(
            "131136,A2,6269",
            open,
            "訪問型独自サービス処遇改善加算Ⅰ",
            "245",
            "03",
        ),
        row(
            "131136,A6,1111",
            open,
            "通所型独自サービス１１",
            "1798",
            "03",
        ),
    ]
    .concat()
}

const TOWN_IN_THE_LIST: &str = "\u{feff}サービスコード,保険者番号,名称,区分,有効開始,有効終了,単位数\r\n\
A21111,131136,訪問型独自サービス１１,月額,2024/04,,1176\r\n\
A22111,131136,訪問型独自サービス１１日割,日割,2024/04,,39\r\n\
A22621,131136,訪問型独自サービス２３,訪問,2024/04,,287\r\n\
A24001,131136,訪問型独自サービス初回加算,月ごとの加算,2024/04,,200\r\n\
A24010,131136,訪問型独自サービス同行加算,回ごとの加算,2024/04,,50\r\n\
A26269,131136,訪問型独自サービス処遇改善加算Ⅰ,割合,2024/04,,245\r\n";

fn desk() -> Desk {
    Desk::unconnected(Options::default())
}

/// Puts a master into the office folder and imports it.
fn import(desk: &Desk, master: &str) -> (i32, Json) {
    import_bytes(desk, master.as_bytes())
}

fn import_bytes(desk: &Desk, master: &[u8]) -> (i32, Json) {
    desk.put_bytes("masters/town.csv", master);
    let ended = run_import(desk, "--json", &["town.csv"]);
    let printed = serde_json::from_str(&ended.stdout);
    (
        ended.exit.unwrap(),
        printed.unwrap_or_else(|_| panic!("{ended:?}")),
    )
}

/// Runs an import of masters in the office folder.
fn run_import(desk: &Desk, flags: &str, masters: &[&str]) -> Ended {
    let folder = desk.office().join("masters");
    let paths = masters.iter().map(|name| folder.join(name));
    let paths: Vec<String> = paths.map(|path| path.display().to_string()).collect();
    desk.run(&format!("{flags} codes import {}", paths.join(" ")))
}

fn own_list(desk: &Desk) -> String {
    let bytes = disk::read_if_there(&desk.office().join(OWN)).unwrap();
    String::from_utf8(bytes.unwrap_or_default()).unwrap()
}

/// The rows of the list, without its header.
fn listed(desk: &Desk) -> Vec<String> {
    let list = own_list(desk);
    list.lines().skip(1).map(str::to_owned).collect()
}

fn class(desk: &Desk, code: &str, insurer: &str, month: &str) -> Option<Class> {
    let tables = Tables::load(Some(&desk.office().join("mappings"))).unwrap();
    let service = tables.services.find(
        ServiceCode::parse(code).unwrap(),
        InsurerNumber::parse(insurer).unwrap(),
        YearMonth::parse(month).unwrap(),
    );
    service.map(|service| service.class)
}

/// Line, cause: what was said about single rows.
fn said(printed: &Json) -> Vec<(u64, &str, &str)> {
    let remarks = printed["remarks"].as_array().unwrap();
    let said = remarks.iter().map(|remark| {
        (
            remark["line"].as_u64().unwrap(),
            remark["kind"].as_str().unwrap(),
            remark["cause"].as_str().unwrap(),
        )
    });
    said.collect()
}

#[test]
fn both_forms_are_read_with_and_without_headers_in_both_encodings() {
    let short = town(row);
    let long = town(long_row);
    for master in [
        short.clone().into_bytes(),
        SHIFT_JIS.encode(&short).0.into_owned(),
        SHIFT_JIS
            .encode(&(HEADERS.to_owned() + &short))
            .0
            .into_owned(),
        format!("\u{feff}{HEADERS}{short}").into_bytes(),
        long.clone().into_bytes(),
        SHIFT_JIS.encode(&long).0.into_owned(),
    ] {
        let desk = desk();
        let (exit, printed) = import_bytes(&desk, &master);
        assert_eq!((exit, own_list(&desk).as_str()), (0, TOWN_IN_THE_LIST));
        assert_eq!(
            printed["insurers"],
            json!([{
                "insurer": "131136", "rows": 7, "added": 6, "replaced": 0, "unchanged": 0,
                "passed_over": 1, "review": 0, "rejected": 0
            }])
        );
    }
}

#[test]
fn a_second_import_of_the_same_file_changes_nothing_and_says_so() {
    let desk = desk();
    import(&desk, &town(row));
    let ended = run_import(&desk, "", &["town.csv"]);
    assert_eq!(ended.exit, Some(0));
    assert!(ended.stdout.contains("何も変えていません"), "{ended:?}");
    let (_, printed) = import(&desk, &town(row));
    assert_eq!(printed["insurers"][0]["unchanged"], 6);
    assert_eq!(printed["written"], Json::Null);
    assert_eq!(own_list(&desk), TOWN_IN_THE_LIST);
}

#[test]
fn an_import_replaces_the_rows_that_it_brings_and_no_others() {
    let desk = desk();
    let by_hand = "A24001,131136,初回加算,月ごとの加算,2021/04,2024/03,\r\n\
                   A29999,131136,見本の加算,日ごとの加算,2024/04,,\r\n\
                   119999,,見本の訪問,訪問,2024/06,,\r\n";
    let header = TOWN_IN_THE_LIST.lines().next().unwrap();
    desk.put_bytes(OWN, format!("{header}\r\n{by_hand}").as_bytes());
    import(&desk, &town(row));
    let dearer = town(row).replace(",200,03", ",210,03");
    let (exit, printed) = import(&desk, &dearer);
    assert_eq!(exit, 0);
    assert_eq!(printed["insurers"][0]["replaced"], 1);
    assert_eq!(printed["insurers"][0]["unchanged"], 5);
    let list = own_list(&desk);
    for line in by_hand.lines() {
        assert!(list.contains(line), "{list}");
    }
    assert!(list.contains("A24001,131136,訪問型独自サービス初回加算,月ごとの加算,2024/04,,210"));
}

#[test]
fn periods_follow_one_another_and_a_later_file_closes_the_open_one() {
    let desk = desk();
    let key = "131136,A2,1111";
    import(
        &desk,
        &row(key, "201704,999999", "訪問型サービス", "1168", "03"),
    );
    let closed = row(key, "201704,202403", "訪問型サービス", "1168", "03")
        + &row(key, "20240401,99999999", "訪問型サービス", "287", "01");
    let (exit, printed) = import(&desk, &closed);
    assert_eq!(exit, 0, "{printed}");
    assert_eq!(
        class(&desk, "A21111", "131136", "2024-03"),
        Some(Class::MonthlyFee)
    );
    assert_eq!(
        class(&desk, "A21111", "131136", "2024-04"),
        Some(Class::Visit)
    );
    assert_eq!(
        listed(&desk),
        [
            "A21111,131136,訪問型サービス,月額,2017/04,2024/03,1168",
            "A21111,131136,訪問型サービス,訪問,2024/04,,287"
        ]
    );
}

#[test]
fn a_period_that_overlaps_what_is_there_is_refused_and_what_is_there_stays() {
    let desk = desk();
    let key = "131136,A2,1111";
    import(
        &desk,
        &row(key, "201704,999999", "訪問型サービス", "1168", "03"),
    );
    let before = own_list(&desk);
    let later = row(key, "202404,999999", "訪問型サービス", "1176", "03");
    let (exit, printed) = import(&desk, &later);
    assert_eq!(exit, 7);
    assert_eq!(
        said(&printed),
        [(
            1,
            "rejected",
            "コード A21111 の期間が、一覧にある別の期間と重なっています"
        )]
    );
    assert_eq!(own_list(&desk), before);
}

#[test]
fn a_row_that_cannot_be_used_holds_its_code_and_nothing_else() {
    let desk = desk();
    let open = "202404,999999";
    let master = row(
        "131136,A2,1111",
        "202404,202503",
        "訪問型サービスⅠ",
        "1176",
        "03",
    ) + &row(
        "131136,A2,1111",
        "202513,999999",
        "訪問型サービスⅠ",
        "1180",
        "03",
    ) + &row("131136,A2,1211", open, "訪問型サービスⅡ", "2349", "03")
        + &row(
            "131136,A2,1211",
            "202410,999999",
            "訪問型サービスⅡ",
            "2400",
            "03",
        )
        + &row("131136,A2,211", open, "訪問型サービスⅢ", "3727", "03")
        + &row("1136,A2,1321", open, "訪問型サービスⅢ", "3727", "03")
        + "131136,A2,1321\r\n"
        + &row("131136,A2,4001", open, "初回加算", "200", "03");
    let (exit, printed) = import(&desk, &master);
    assert_eq!(exit, 3);
    let overlap = "コード A21211 の適用期間が、3行目と4行目で重なっています";
    assert_eq!(
        said(&printed),
        [
            (1, "rejected", "同じコードの2行目が使えないため"),
            (2, "rejected", "適用開始年月が正しくありません"),
            (3, "rejected", overlap),
            (4, "rejected", overlap),
            (5, "rejected", "サービス項目コードが正しくありません"),
            (6, "rejected", "保険者番号が正しくありません"),
            (7, "rejected", "列が 3 個あり、ほかの行と違います"),
        ]
    );
    assert_eq!(
        listed(&desk),
        ["A24001,131136,初回加算,月ごとの加算,2024/04,,200"]
    );
    let rows = |at: usize| printed["insurers"][at]["rows"].as_u64().unwrap();
    assert_eq!(rows(0) + rows(1), 8);
}

#[test]
fn what_a_row_means_is_asked_about_where_the_master_does_not_say_it() {
    let desk = desk();
    let open = "202404,999999";
    let master = row("131136,A2,1111", open, "訪問型サービスⅠ", "1176", "03")
        // The day of a fee: by its unit, by its name alone, and by neither.
        + &row("131136,A2,2111", open, "訪問型サービスⅠ・一日", "39", "02")
        + &row("131136,A2,2112", open, "訪問型サービスⅠ日割", "39", "01")
        + &row("131136,A3,2111", open, "見守り訪問", "39", "02")
        + &row("131136,A3,1211", open, "生活支援", "2349", "03")
        + &row("131136,A3,2211", open, "生活支援の一回", "77", "01")
        + &row("131136,A2,4011", open, "週の加算", "10", "05")
        + &row("131136,A2,4012", open, "見本の加算", "10", "");
    let (exit, printed) = import(&desk, &master);
    assert_eq!(exit, 3);
    let asked: Vec<u64> = said(&printed).iter().map(|(line, ..)| *line).collect();
    assert_eq!(asked, [4, 6, 7, 8]);
    assert!(said(&printed).iter().all(|(_, kind, _)| *kind == "review"));
    let classes: Vec<String> = listed(&desk)
        .iter()
        .map(|line| line.split(',').nth(3).unwrap().to_owned())
        .collect();
    assert_eq!(classes, ["月額", "日割", "日割", "月額"]);
}

#[test]
fn damaged_numerals_are_kept_as_written_and_told() {
    let desk = desk();
    let open = "202404,999999";
    let master = row("131136,A2,1111", open, "訪問型独自サービスT", "1176", "03")
        // A day without the word, known by the name of its fee although that is damaged.
        + &row("131136,A2,5111", open, "訪問型独自サービス㈵", "39", "02")
        + &row("131136,A2,4003", open, "生活機能向上連携加算㈼", "100", "03")
        + &row("131136,A2,4001", open, "初回加算", "200", "03");
    let (exit, printed) = import_bytes(&desk, master.as_bytes());
    assert_eq!(exit, 0, "{printed}");
    assert_eq!(printed["damaged"], json!({"town.csv": [1, 2, 3]}));
    assert_eq!(
        listed(&desk),
        [
            "A21111,131136,訪問型独自サービスT,月額,2024/04,,1176",
            "A24001,131136,初回加算,月ごとの加算,2024/04,,200",
            "A24003,131136,生活機能向上連携加算㈼,月ごとの加算,2024/04,,100",
            "A25111,131136,訪問型独自サービス㈵,日割,2024/04,,39",
        ]
    );
    let ended = run_import(&desk, "", &["town.csv"]);
    assert!(ended.stdout.contains("文字化けの疑い 3件"), "{ended:?}");
}

#[test]
fn masters_are_read_as_towns_publish_them() {
    // Headers of one town; an end of 299912, wide spaces behind a name, and zeroes in front of
    // everything of others.
    let header = "保険者番号,独自サービス種類コード,独自サービス項目コード,適用開始年月,適用終了年月,\
                  独自サービス名称,単位数,算定単位\r\n";
    let rows = "122374,A2,2411,202404,299912,訪問型独自サービス２１　　　　,00287,01\r\n\
                122374,A2,C216,202404,999999,訪問型独自高齢者虐待防止未実施減算２１,-0003,01\r\n\
                122374,A2,6269,202606,999999,訪問型独自サービス処遇改善加算Ⅰ１　,00270,03\r\n";
    let desk = desk();
    let (exit, printed) = import(&desk, &format!("{header}{rows}"));
    assert_eq!(exit, 0, "{printed}");
    assert_eq!(
        listed(&desk),
        [
            "A22411,122374,訪問型独自サービス２１,訪問,2024/04,,287",
            "A26269,122374,訪問型独自サービス処遇改善加算Ⅰ１,割合,2026/06,,270",
            "A2C216,122374,訪問型独自高齢者虐待防止未実施減算２１,回ごとの加算,2024/04,,-3",
        ]
    );
}

#[test]
fn one_code_means_what_each_town_says() {
    let desk = desk();
    let master = row("131136,A2,1411", "202404,999999", "短時間", "167", "01")
        + &row("122192,A2,1411", "202404,999999", "週一回", "1176", "03");
    let (exit, _) = import(&desk, &master);
    assert_eq!(exit, 0);
    let meant = |insurer| class(&desk, "A21411", insurer, "2026-10");
    assert_eq!(meant("131136"), Some(Class::Visit));
    assert_eq!(meant("122192"), Some(Class::MonthlyFee));
    // Elsewhere it means what it means in most towns; the shipped list is still there.
    assert_eq!(meant("131128"), Some(Class::Visit));
    assert_eq!(
        class(&desk, "111111", "131128", "2026-10"),
        Some(Class::Visit)
    );
    assert_eq!(
        class(&desk, "A21111", "131136", "2026-10"),
        Some(Class::MonthlyFee)
    );
}

#[test]
fn a_file_of_no_known_form_stops_the_others_too() {
    let desk = desk();
    desk.put_bytes("masters/good.csv", town(row).as_bytes());
    let short = "131136,A2,1111,202404,999999,訪問型サービス,1176,03\r\n";
    let headless = HEADERS.replace("\"算定単位\",", "") + short;
    for (bad, said) in [
        (
            short.as_bytes(),
            "列は 8 個です。見出しのない単位数表マスタは 19か24 列です",
        ),
        (headless.as_bytes(), "見出しに算定単位がありません"),
        (HEADERS.as_bytes(), "行がありません"),
        (b"PK\x03\x04", "CSV ではありません"),
    ] {
        desk.put_bytes("masters/bad.csv", bad);
        let ended = run_import(&desk, "", &["good.csv", "bad.csv"]);
        assert_eq!(ended.exit, Some(7), "{ended:?}");
        assert!(ended.stderr.contains(said), "{ended:?}");
        assert_eq!(own_list(&desk), "");
    }
}

#[test]
fn a_wrong_line_of_the_list_is_named_by_every_command() {
    let desk = desk();
    let doubled = TOWN_IN_THE_LIST.replace("A22111,", "A21111,");
    desk.put_bytes(OWN, doubled.as_bytes());
    let ended = desk.run("check");
    assert_eq!(ended.exit, Some(7));
    assert!(
        ended
            .stderr
            .contains("mappings/codes/service_codes_own.csv:3"),
        "{ended:?}"
    );
}
