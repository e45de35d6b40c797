//! The workbooks open in a spreadsheet that did not write them, and show what was written.
//!
//! Without `soffice` on the path the test says so and passes.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "what a test calls fails and speaks like a test"
)]

#[path = "support/month.rs"]
mod month;
#[path = "support/spreadsheet.rs"]
mod spreadsheet;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rakuwing::disk::{self, Digest};
use rakuwing::finding::{Attention, Code, Finding, Remark, Tally};
use rakuwing::model::{ClientId, FileName, InsuredNumber, InsurerNumber, Place, YearMonth};
use rakuwing::report::{
    Action, Apart, AuditReport, Change, CheckLine, ComparisonReport, Decision, Details,
    ErrorReport, MatchKind, MatchRow, Matching, Person, Preview, Question, ShownRow, Ticks, Trail,
    WithheldSheet, audit_workbook, write_comparison, write_errors, write_matching, write_preview,
};

#[test]
fn the_error_workbook_shows_its_cells() {
    let path = folder("errors").join("errors.xlsx");
    write_sample_errors(&path);
    let Some(sheets) = exported(&path) else {
        return;
    };
    let summary = lines(&sheets, "errors-概要.csv");
    for expected in [
        "ファイル,,,読んだ行,送った,変更なし,保留,対象外",
        "月間ケアプラン_202610.csv,,,1204,1048,0,96,60",
        "合計,,,1377,1054,157,106,60",
        "エラー,P405,利用日に有効な認定がない,24,4,,,",
        "要確認,P411,一覧にないサービスコード: 11ZZ99,1,1,答える,,",
        "氏名,,何が,どこを直す,,,,移る",
        "佐々木 ハナ,,日付・年月として読めない、利用日に有効な認定がない,「利用者一覧」シートの赤いセル(生年月日),,,,開く",
    ] {
        let is_there = summary.iter().any(|line| line == expected);
        assert!(is_there, "{expected} in {summary:?}");
    }
    let list = lines(&sheets, "errors-一覧.csv");
    assert_eq!(
        list[0],
        "重要度,コード,ファイル,シート,行,列,利用者,値,直す,何が問題か,どう直すか,どの手順で"
    );
    assert_eq!(
        list[1],
        "エラー,V204,利用者一覧.xlsx,Sheet1,3,I 生年月日,001220-0000000317 佐々木 ハナ,\
         =1+1,開く,日付または年月として読めません。,\
         赤いセルに 2026/10/1 や令和8年10月1日のように入力し、楽すけも直してください。,基本情報の登録、月間ケアプランの登録"
    );
    assert_eq!(list.len(), 1 + sample_findings().len());
    let rows = lines(&sheets, "errors-利用者一覧.csv");
    assert_eq!(
        rows[1],
        "@row,@findings,元の行,氏名,状態,もう一度,除外,除外の理由,,,,,,,,生年月日"
    );
    assert_eq!(
        rows[2..],
        [
            "3,1,3,佐々木 ハナ,日付・年月として読めない,,,,,,,,,,,=1+1",
            "9,,9,佐々木 ハナ,保留: 同じ利用者のほかの行のため,,,,,,,,,,,+81",
        ]
    );
    let questions = lines(&sheets, "errors-対応の追加.csv");
    assert_eq!(
        questions[3],
        "11ZZ99,サービスコード 11ZZ99 は、どのようなサービスですか,1,1,,身体介護,2026/10,"
    );
}

#[test]
fn the_error_workbook_has_no_macro_and_leads_nowhere_outside() {
    let path = folder("alone").join("errors.xlsx");
    write_sample_errors(&path);
    let mut parts = zip::ZipArchive::new(disk::open(&path).unwrap()).unwrap();
    let names = parts.file_names();
    let names: Vec<String> = names.map(|name| name.unwrap().into_owned()).collect();
    for name in names {
        assert!(
            !name.contains("vba") && !name.contains("externalLink"),
            "{name}"
        );
        let mut text = String::new();
        if parts
            .by_name(&name)
            .unwrap()
            .read_to_string(&mut text)
            .is_ok()
        {
            assert!(!text.contains("TargetMode=\"External\""), "{name}");
            assert!(!text.contains("<f>"), "a formula in {name}");
        }
    }
    let mut properties = String::new();
    let mut part = parts.by_name("docProps/core.xml").unwrap();
    part.read_to_string(&mut properties).unwrap();
    assert!(properties.contains("エラー一覧 2026年10月"), "{properties}");
}

#[test]
fn the_audit_shows_its_cells() {
    let path = folder("audit").join("audit.xlsx");
    let remark = Remark {
        code: Code::TimeBandDiffers,
        client: client(0).0,
        name: "=1+1".to_owned(),
        office: None,
        days: [1, 2, 3, 7].into(),
        hours: None,
        service: None,
        said: "19:00〜19:30は夜間です".to_owned(),
    };
    let of_the_month = Remark {
        code: Code::OverTheLimit,
        days: [].into(),
        said: "1単位超えています".to_owned(),
        ..remark.clone()
    };
    let check = |code, mark, wanted| CheckLine {
        code,
        mark,
        wanted,
        exceptions: "緊急時",
        source: "老企第36号",
        returns: "12P3",
    };
    let report = AuditReport {
        office: "みほん",
        month: YearMonth::new(2026, 10).unwrap(),
        made_from: "承認済みの実績",
        clients: 12,
        with_others: 3,
        remarks: &[remark, of_the_month],
        checks: &[
            check(Code::TimeBandDiffers, '帯', Attention::Notice),
            check(Code::WithinTwoHours, '２', Attention::Off),
            check(Code::OverTheLimit, '限', Attention::Hold),
        ],
        ticks: &Ticks::new(),
    };
    disk::write(&path, &audit_workbook(&path, &report).unwrap()).unwrap();
    let Some(sheets) = exported(&path) else {
        return;
    };
    let summary = lines(&sheets, "audit-概要.csv");
    for expected in [
        "確かめることが2件あります。,,,,",
        "C701,時間帯とコードが合わない,帯,知らせる,1",
        "C703,前の訪問から2時間たっていない,２,見ない,",
        "C707,区分支給限度を超えている,限,止める,1",
    ] {
        let is_there = summary.iter().any(|line| line == expected);
        assert!(is_there, "{expected} in {summary:?}");
    }
    let list = lines(&sheets, "audit-点検.csv");
    assert!(
        list[1].starts_with(",C701,時間帯とコードが合わない,001220-0000000317,=1+1,,1〜3、7,,,19:00〜19:30は夜間です,"),
        "{}",
        list[1]
    );
    let calendar = lines(&sheets, "audit-カレンダー.csv");
    let days = format!("帯,帯,帯,,,,帯{}", ",".repeat(31 - 7));
    assert_eq!(calendar[1], format!("001220-0000000317,=1+1,{days},限"));
    assert_eq!(lines(&sheets, "audit-点検項目.csv").len(), 4);
}

#[test]
fn the_preview_workbook_shows_its_cells() {
    let path = folder("preview").join("preview.xlsx");
    write_sample_preview(&path);
    let Some(sheets) = exported(&path) else {
        return;
    };
    let summary = lines(&sheets, "preview-概要.csv");
    assert!(summary.iter().any(|line| line == "変更なし,149"));
    let list = lines(&sheets, "preview-一覧.csv");
    assert_eq!(
        list[1],
        "新規,,計画,131128-0000100234,田中 ヨシ,訪問 12回 加算 2件（初回加算、緊急時訪問介護加算）,\
         月間ケアプラン_202610.csv 12〜15行"
    );
    assert_eq!(list.len(), 1 + sample_changes().len());
    assert!(list[5].starts_with("保留,保留,計画,"), "{}", list[5]);
    assert_eq!(
        lines(&sheets, "preview-食い違い.csv")[1],
        "利用者,001220-0000000317,佐々木 ハナ,電話番号,03-0000-0001,03-0000-0009,=1+1"
    );
}

#[test]
fn the_matching_workbook_shows_its_cells() {
    let path = folder("matching").join("matching.xlsx");
    let person = |of: usize| {
        let (id, name) = client(of);
        Person {
            number: id.to_string(),
            name: name.to_owned(),
            birth_date: "1937-03-04".to_owned(),
        }
    };
    let row = MatchRow {
        kind: MatchKind::SamePerson,
        here: Some(person(0)),
        there: Some(person(1)),
        apart: "=1+1".to_owned(),
    };
    let matching = Matching {
        office: "1370100019",
        counts: &[("番号が同じ", 12)],
        remark: "楽すけ側は受信箱(inbox)の利用者一覧です。",
        rows: &[&row],
        apart: &[sample_apart()],
    };
    write_matching(&path, &matching).unwrap();
    let Some(sheets) = exported(&path) else {
        return;
    };
    let summary = lines(&sheets, "matching-概要.csv");
    assert!(summary.iter().any(|line| line.starts_with("番号が同じ,12")));
    assert_eq!(
        lines(&sheets, "matching-一覧.csv")[1],
        "氏名と生年月日が同じ,001220-0000000317,佐々木 ハナ,1937-03-04,\
         131128-0000100234,田中 ヨシ,1937-03-04,=1+1"
    );
    assert_eq!(
        lines(&sheets, "matching-食い違い.csv")[1],
        "利用者,001220-0000000317,佐々木 ハナ,電話番号,=1+1,03-0000-0009"
    );
}

#[test]
fn the_comparison_workbook_shows_its_cells() {
    let path = folder("comparison").join("comparison.xlsx");
    let comparison = month::comparison();
    let report = ComparisonReport {
        office: "1370100019 ひまわり訪問介護ステーション",
        comparison: &comparison,
    };
    write_comparison(&path, &report).unwrap();
    let Some(sheets) = exported(&path) else {
        return;
    };
    let sums = comparison.sums();
    let summary = lines(&sheets, "comparison-概要.csv");
    for expected in [
        format!("予定どおり,{},", sums.as_planned),
        format!("未承認,{},", sums.unapproved),
        format!("記録なし,{},", sums.no_record),
    ] {
        assert!(
            summary.iter().any(|line| line.starts_with(&expected)),
            "{expected}"
        );
    }
    let clients = lines(&sheets, "comparison-利用者別.csv");
    assert!(clients[0].starts_with("合計,20 人,"), "{}", clients[0]);
    assert_eq!(clients.len(), 2 + 20);
    let visits = lines(&sheets, "comparison-明細.csv");
    let all: usize = comparison.clients.iter().map(|of| of.visits.len()).sum();
    assert_eq!(visits.len(), 1 + all);
    let letters = lines(&sheets, "comparison-カレンダー.csv")[3..].concat();
    for letter in ["○", "△", "×", "予", "実"] {
        assert!(letters.contains(letter), "{letter}");
    }
    assert_eq!(lines(&sheets, "comparison-日別.csv").len(), 4 + 31 + 1);
}

/// A folder that stays after the test, so that somebody can look at the workbook.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("libreoffice")
        .join(name);
    disk::make_folder(&folder).unwrap();
    folder
}

/// Every sheet as a CSV file, or nothing where there is no `soffice`.
fn exported(workbook: &Path) -> Option<PathBuf> {
    // Comma, double quotes, UTF-8, from line 1, cells as shown, and -1: all sheets.
    const CSV: &str =
        "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1";
    spreadsheet::convert(workbook, &["--convert-to", CSV])?;
    Some(workbook.parent().unwrap().to_owned())
}

/// The records of a sheet, joined again; a line break within a cell becomes a space.
fn lines(folder: &Path, sheet: &str) -> Vec<String> {
    let bytes = disk::read(&folder.join(sheet)).unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes.as_slice());
    let records = reader.records().map(Result::unwrap);
    records
        .map(|record| {
            record
                .iter()
                .collect::<Vec<_>>()
                .join(",")
                .replace('\n', " ")
        })
        .collect()
}

/// Insurer, insured person, name.
const PEOPLE: [[&str; 3]; 5] = [
    ["001220", "0000000317", "佐々木 ハナ"],
    ["131128", "0000100234", "田中 ヨシ"],
    ["131128", "0000100871", "長谷川 義太郎"],
    ["131136", "H000004512", "小鳥遊 美津子"],
    ["131128", "0000102003", "ﾏﾙﾃｨﾈｽ ｶﾙﾛｽ"],
];

fn client(person: usize) -> (ClientId, &'static str) {
    let [insurer, number, name] = PEOPLE[person];
    let id = ClientId {
        insurer: InsurerNumber::parse(insurer).unwrap(),
        insured: InsuredNumber::parse(number).unwrap(),
    };
    (id, name)
}

fn about(person: usize, finding: Finding) -> Finding {
    let (id, name) = client(person);
    finding.of(id, name)
}

/// A row with an error, and another one of its client.
fn sample_rows() -> WithheldSheet {
    let mut headers = vec![Arc::from(""); 9];
    headers[0] = Arc::from("氏名");
    headers[8] = Arc::from("生年月日");
    let place = in_workbook(3, 8, "生年月日");
    let mut sheet = WithheldSheet::new(
        ("利用者一覧".to_owned(), "client_card"),
        (place.file, place.sheet, Digest::of(b"")),
        headers,
        Vec::new(),
    );
    sheet.name = Some(0);
    let (_, name) = client(0);
    for (row, birth_date) in [(3, "=1+1"), (9, "+81")] {
        let cells = [name, "", "", "", "", "", "", "", birth_date];
        sheet.push(row, ShownRow::Withheld { group: 1 }, cells.into_iter());
    }
    sheet
}

fn sample_question() -> Question {
    Question {
        id: "11ZZ99".to_owned(),
        code: Code::UnknownService,
        about: "11ZZ99".to_owned(),
        ask: "サービスコード 11ZZ99 は、どのようなサービスですか".to_owned(),
        findings: 1,
        clients: 1,
        choices: vec!["訪問".to_owned(), "回ごとの加算".to_owned()],
        details: Some(Details {
            name: "身体介護".to_owned(),
            from: "2026/10".to_owned(),
        }),
        rows: Vec::new(),
    }
}

fn sample_findings() -> Vec<Finding> {
    let birth_date = Finding::new(Code::NotADate, in_workbook(3, 8, "生年月日"));
    let mut findings = vec![about(0, birth_date.value("=1+1"))];
    for day in 1..=24_u32 {
        let column = usize::try_from(day).unwrap() + 10;
        let place = in_plan(40 + day * 7, column, &format!("{day}日"));
        let finding = Finding::new(Code::NotCertified, place)
            .value("1")
            .detail(format!("2026年10月{day}日"));
        findings.push(about(column % 4, finding));
    }
    let code = |row, code| Finding::new(code, in_plan(row, 5, "サービスコード"));
    let total = Finding::new(Code::TotalDiffers, in_plan(236, 43, "予定合計"));
    findings.extend(
        [
            code(233, Code::UnknownService)
                .value("11ZZ99")
                .detail("似たコード: 112199"),
            code(234, Code::ProRatedPlanned).value("A21112"),
            code(235, Code::RateAddOn).value("116275"),
            total.value("13").detail("日ごとの合計: 12"),
        ]
        .map(|finding| about(4, finding)),
    );
    let memo = in_plan(1, 48, "事業所内メモ");
    findings.push(Finding::new(Code::UnknownColumn, memo));
    findings
}

fn in_plan(row: u32, column: usize, header: &str) -> Place {
    let file = FileName::new("月間ケアプラン_202610.csv");
    Place {
        row: Some(row),
        ..Place::file(file).at(column, &header.into())
    }
}

fn in_workbook(row: u32, column: usize, header: &str) -> Place {
    Place {
        sheet: Some("Sheet1".into()),
        row: Some(row),
        ..Place::file(FileName::new("利用者一覧.xlsx")).at(column, &header.into())
    }
}

fn write_sample_errors(path: &Path) {
    let tally = |file, [rows, sent, unchanged, withheld, excluded]: [usize; 5]| Tally {
        file: FileName::new(file),
        rows,
        sent,
        unchanged,
        withheld,
        excluded,
    };
    let trail = Trail {
        id: "0f3a".to_owned(),
        ..Trail::default()
    };
    let report = ErrorReport {
        office: "1370100019 ひまわり訪問介護ステーション",
        month: YearMonth::new(2026, 10),
        run: "12回目 2026年9月28日 17:42",
        tallies: &[
            tally("居宅支援事業所一覧.csv", [14, 1, 13, 0, 0]),
            tally("利用者一覧.xlsx", [159, 5, 144, 10, 0]),
            tally("月間ケアプラン_202610.csv", [1204, 1048, 0, 96, 60]),
        ],
        done: "送った",
        findings: &sample_findings(),
        next: &[
            "「一覧」の赤い行から順に、楽すけで直してください。エラーのある利用者の一か月分は、直すまで送りません。".to_owned(),
            "直したら楽すけからもう一度書き出し、受け取りフォルダーに入れてください。送り終えた行が二重になることはありません。".to_owned(),
            "黄色の行は送りました。内容に間違いがないか確かめてください。".to_owned(),
        ],
        withheld: &[sample_rows()],
        questions: &[sample_question()],
        trail: &trail,
    };
    write_errors(path, &report).unwrap();
}

fn sample_changes() -> Vec<Change> {
    let change = |action, kind, person: usize, detail: &str, place: &str| {
        let (id, name) = client(person);
        Change {
            action,
            decision: (action == Action::Withhold).then_some(Decision::Later),
            kind,
            number: id.to_string(),
            name: name.to_owned(),
            detail: detail.to_owned(),
            place: place.to_owned(),
        }
    };
    let plan = "月間ケアプラン_202610.csv";
    vec![
        change(
            Action::Create,
            "計画",
            1,
            "訪問 12回\n加算 2件（初回加算、緊急時訪問介護加算）",
            &format!("{plan} 12〜15行"),
        ),
        change(
            Action::Update,
            "計画",
            2,
            "10月5日(月) 9:00〜9:30 身体介護1 → 9:30〜10:00 身体介護1\n10月12日(月) 13:00〜14:00 生活援助3 を追加\n10月26日(月) 9:00〜9:30 身体介護1 を取りやめ",
            &format!("{plan} 40〜52行"),
        ),
        change(Action::Keep, "計画", 3, "", &format!("{plan} 60行")),
        change(
            Action::Delete,
            "計画",
            4,
            "訪問 3回が今回のデータにありません",
            "",
        ),
        change(
            Action::Withhold,
            "計画",
            0,
            "エラーがあるため、一か月分を送りません（V204）",
            &format!("{plan} 3行"),
        ),
    ]
}

fn sample_apart() -> Apart {
    let (id, name) = client(0);
    Apart {
        kind: "利用者",
        number: id.to_string(),
        name: name.to_owned(),
        field: "電話番号".to_owned(),
        sent: "03-0000-0001".to_owned(),
        there: "03-0000-0009".to_owned(),
        ours: "=1+1".to_owned(),
    }
}

fn write_sample_preview(path: &Path) {
    let preview = Preview {
        title: "月間ケアプランの登録 2026年10月",
        number: Some(3),
        office: "1370100019 ひまわり訪問介護ステーション",
        counts: &[
            ("新規", 3),
            ("変更", 18),
            ("変更なし", 149),
            ("削除", 1),
            ("保留", 4),
            ("加算", 22),
            ("日割", 2),
        ],
        remarks: &[
            "日割のサービスコードが 2 件あります。訪問の回数と請求の日数は、ほとんどの場合一致しません。楽すけの月間ケアプランで日数を調整してください。".to_owned(),
            "保留の 4 人は、エラー一覧の行を直すと送られます。".to_owned(),
        ],
        changes: &sample_changes(),
        news: &[],
        apart: &[sample_apart()],
        mark: Some("0123456789abcdef"),
    };
    write_preview(path, &preview).unwrap();
}
