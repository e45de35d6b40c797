//! The whole workbook, written and read back.

use std::path::Path;

use calamine::Data;

use super::sample::{client, mixed, month, visit};
use super::{ComparisonReport, Room, within, write_comparison};
use crate::model::Comparison;
use crate::report::reading::{Link, Sheets, links, number, text};

fn report(comparison: &Comparison) -> ComparisonReport<'_> {
    ComparisonReport {
        office: "1370100019",
        comparison,
    }
}

fn written(comparison: &Comparison) -> Sheets {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("comparison.xlsx");
    write_comparison(&path, &report(comparison)).unwrap();
    Sheets::read(&path)
}

/// Cells as a sheet shows them; what reads like a number is one.
fn line<const N: usize>(words: [&str; N]) -> Vec<Data> {
    let cell = |word: &str| match word {
        "" => Data::Empty,
        _ => word.parse().map_or_else(|_| text(word), number),
    };
    words.map(cell).to_vec()
}

/// The rows of a sheet, an empty text being an empty cell.
fn rows(sheets: &mut Sheets, sheet: &str) -> Vec<Vec<Data>> {
    let mut rows = sheets.rows(sheet);
    for cell in rows.iter_mut().flatten() {
        if *cell == text("") {
            *cell = Data::Empty;
        }
    }
    rows
}

#[test]
fn the_first_page_shows_the_sums_and_whom_to_look_at() {
    let mut sheets = written(&mixed());
    let shown = sheets.filled("概要");
    assert_eq!(shown[0], [text("予実対照 2026年10月")]);
    assert_eq!(
        shown[3],
        [text(
            "予定 9 件　承認済みの実績 7 件　確かめること 9 件(2 人)"
        )]
    );
    let sums: Vec<_> = shown[6..14].iter().map(|row| row[..2].to_vec()).collect();
    assert_eq!(
        sums,
        [
            line(["予定どおり", "3"]),
            line(["時刻違い", "1"]),
            line(["時刻要確認", "1"]),
            line(["サービス違い", "1"]),
            line(["未承認", "3"]),
            line(["記録なし", "2"]),
            line(["予定外", "1"]),
            line(["日割", "1"]),
        ]
    );
    assert_eq!(
        shown[17..],
        [
            line([
                "=見本　花子",
                "7",
                "131128-0000000002",
                "時刻要確認 1　サービス違い 1　未承認 1　記録なし 2　予定外 1　日割 1"
            ]),
            line(["見本　次郎", "2", "131128-0000000003", "未承認 2"]),
            line(["利用者別を見る"]),
            line(["承認待ちを見る"]),
        ]
    );
}

#[test]
fn clients_stand_with_most_to_look_at_on_top_below_the_sums_of_all() {
    let mut sheets = written(&mixed());
    assert_eq!(
        rows(&mut sheets, "利用者別"),
        [
            line([
                "合計", "3 人", "9", "3", "1", "1", "1", "3", "2", "1", "1", "", ""
            ]),
            line([
                "番号",
                "氏名",
                "要確認",
                "予定どおり",
                "時刻違い",
                "時刻要確認",
                "サービス違い",
                "未承認",
                "記録なし",
                "予定外",
                "日割",
                "カレンダー",
                "明細"
            ]),
            line([
                "131128-0000000002",
                "=見本　花子",
                "7",
                "1",
                "1",
                "1",
                "1",
                "1",
                "2",
                "1",
                "1",
                "カレンダー",
                "明細"
            ]),
            line([
                "131128-0000000003",
                "見本　次郎",
                "2",
                "0",
                "0",
                "0",
                "0",
                "2",
                "0",
                "0",
                "0",
                "カレンダー",
                ""
            ]),
            line([
                "131128-0000000001",
                "見本　一郎",
                "0",
                "2",
                "0",
                "0",
                "0",
                "0",
                "0",
                "0",
                "0",
                "カレンダー",
                "明細"
            ]),
        ]
    );
}

#[test]
fn every_visit_is_a_letter_on_its_day() {
    let mut sheets = written(&mixed());
    let calendar = rows(&mut sheets, "カレンダー");
    assert_eq!(calendar[1][2..5], line(["1", "2", "3"]));
    assert_eq!(calendar[2][2..5], line(["木", "金", "土"]));
    // The second client: a band, and lines by their time, what nobody planned at the end.
    let month = |row: usize| -> Vec<String> {
        let cells = calendar[row].iter().zip(-1..);
        let filled = cells.filter(|(cell, _)| **cell != Data::Empty);
        filled
            .map(|(cell, day)| match day {
                -1..=0 | 32.. => cell.to_string(),
                _ => format!("{day}:{cell}"),
            })
            .collect()
    };
    assert_eq!(calendar[6][0], text("=見本　花子"));
    assert_eq!(
        month(7),
        [
            "身体介護１",
            "09:00〜10:00",
            "1:○予",
            "2:△",
            "3:▲×",
            "5",
            "4"
        ]
    );
    assert_eq!(
        month(8),
        ["生活援助２", "23:30〜翌00:30", "4:予2", "2", "0"]
    );
    assert_eq!(month(9), ["11A001", "18:00〜18:30", "31:実", "0", "1"]);
    assert_eq!(month(12), ["訪問はありません。"]);
}

#[test]
fn every_visit_is_a_row_with_its_verdict_and_its_differences() {
    let mut sheets = written(&mixed());
    let visits = rows(&mut sheets, "明細");
    let body = "111111 身体介護１";
    let (nine, later) = ("09:00〜10:00", "09:15〜10:15");
    let row = |head: [&str; 3], sides: [&str; 6], doubts: &str| {
        let who = ["131128-0000000002", "=見本　花子"].map(text);
        let link = [text("カレンダー")];
        [
            line(head).as_slice(),
            who.as_slice(),
            line(sides).as_slice(),
            link.as_slice(),
            line([doubts]).as_slice(),
        ]
        .concat()
    };
    let either = "未承認または記録なし";
    assert_eq!(visits.len(), 11);
    assert_eq!(
        visits[3..9],
        [
            row(
                ["予定どおり", "1", "木"],
                [nine, body, nine, body, "0", "0"],
                ""
            ),
            row([either, "1", "木"], [nine, body, "", "", "", ""], ""),
            row(
                ["時刻違い", "2", "金"],
                [nine, body, later, body, "15", "15"],
                ""
            ),
            row(
                ["サービス違い", "3", "土"],
                [nine, body, nine, "117211 生活援助２", "0", "0"],
                ""
            ),
            row(
                ["時刻要確認", "3", "土"],
                [nine, body, "14:00〜17:30", body, "300", "450"],
                "開始が300分遅い、長さが150分長い"
            ),
            row(
                [either, "4", "日"],
                ["23:30〜翌00:30", "117211 生活援助２", "", "", "", ""],
                ""
            ),
        ]
    );
    assert_eq!(
        visits[10],
        row(
            ["予定外", "31", "土"],
            ["", "", "18:00〜18:30", "11A001", "", ""],
            ""
        )
    );
}

#[test]
fn an_unanswered_visit_is_called_what_the_count_of_the_unapproved_allows() {
    let planned = "09:00-10:00 111111";
    let visits = || vec![visit(1, planned, ""), visit(2, planned, "")];
    for (unapproved, word) in [
        (0, "記録なし"),
        (1, "未承認または記録なし"),
        (2, "未承認"),
        (9, "未承認"),
    ] {
        let mut client = client(1, "見本　一郎", visits());
        client.unapproved = unapproved;
        let mut sheets = written(&month(vec![client]));
        let shown: Vec<_> = rows(&mut sheets, "明細")[1..]
            .iter()
            .map(|row| row[0].clone())
            .collect();
        assert_eq!(shown, [text(word), text(word)], "{unapproved}");
    }
}

#[test]
fn pro_rated_codes_are_listed_with_the_days_of_their_visits_and_nothing_computed() {
    let mut sheets = written(&mixed());
    assert_eq!(
        rows(&mut sheets, "日割")[1],
        line([
            "131128-0000000002",
            "=見本　花子",
            "A21112",
            "",
            "4",
            "楽すけの月間ケアプランで、手作業で調整します。"
        ])
    );
}

#[test]
fn every_day_has_its_counts_and_the_month_their_sums() {
    let mut sheets = written(&mixed());
    let days = rows(&mut sheets, "日別");
    assert_eq!(days[4], line(["1", "木", "2", "1", "1", "0"]));
    assert_eq!(days[34], line(["31", "土", "0", "1", "0", "1"]));
    assert_eq!(days[35], line(["合計", "", "9", "7", "3", "1"]));
}

#[test]
fn a_month_without_anybody_says_so() {
    let mut sheets = written(&month(Vec::new()));
    assert_eq!(
        sheets.names(),
        ["概要", "承認待ち", "利用者別", "カレンダー", "明細", "日別"]
    );
    assert_eq!(
        sheets.filled("概要")[3],
        [text("この月には、対照する予定も実績もありません。")]
    );
    assert_eq!(
        rows(&mut sheets, "カレンダー")[3][0],
        text("対照する利用者はいません。")
    );
    assert_eq!(sheets.rows("明細").len(), 1);
}

#[test]
fn no_cell_is_a_formula() {
    assert_eq!(written(&mixed()).formulas(), 0);
}

#[test]
fn what_a_sheet_has_no_room_for_goes_on_on_the_next_and_links_follow() {
    let comparison = month(
        (1..=40)
            .map(|number| {
                let planned = "09:00-10:00 111111";
                let visits = (1..=1 + u32::try_from(number).unwrap() % 4)
                    .map(|day| visit(day, planned, if day == 2 { "" } else { planned }));
                client(number, &format!("見本{number}"), visits.collect())
            })
            .collect(),
    );
    for (rows, links, breaks, calendars) in [
        (1_000_000, 65_000, 1_000, 1),
        (20, 1_000, 1_000, 8),
        (1_000, 12, 1_000, 7),
        (7, 13, 1_000, 40),
        (1_000, 1_000, 1, 2),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("comparison.xlsx");
        let bytes = within(
            &path,
            &report(&comparison),
            Room {
                rows,
                links,
                breaks,
            },
        )
        .unwrap();
        crate::disk::write(&path, &bytes).unwrap();
        every_link_arrives(&path, &comparison, links);
        let names = Sheets::read(&path).names();
        let of_calendar = names.iter().filter(|name| name.starts_with("カレンダー"));
        assert_eq!(
            of_calendar.count(),
            calendars,
            "{rows} rows, {links} links, {breaks} breaks"
        );
    }
}

#[test]
fn thousands_of_clients_are_found_by_their_links() {
    let comparison = month(
        (1..=2_000)
            .map(|number| {
                let planned = "09:00-10:00 111111";
                client(
                    number,
                    &format!("見本{number}"),
                    vec![visit(3, planned, "")],
                )
            })
            .collect(),
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("comparison.xlsx");
    write_comparison(&path, &report(&comparison)).unwrap();
    every_link_arrives(&path, &comparison, 65_000);
}

#[test]
fn every_link_of_a_small_month_arrives() {
    for comparison in [month(Vec::new()), mixed()] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("comparison.xlsx");
        write_comparison(&path, &report(&comparison)).unwrap();
        every_link_arrives(&path, &comparison, 65_000);
    }
}

/// Every link of a row that bears a client's name leads to a row that bears it too.
fn every_link_arrives(path: &Path, comparison: &Comparison, limit: usize) {
    let mut sheets = Sheets::read(path);
    let tables: Vec<_> = sheets.names();
    let tables: Vec<_> = tables
        .iter()
        .map(|name| (name.clone(), sheets.rows(name)))
        .collect();
    let rows_of = |sheet: &str| &tables.iter().find(|(name, _)| name == sheet).unwrap().1;
    let names: Vec<&str> = comparison
        .clients
        .iter()
        .map(|client| client.name.as_str())
        .collect();
    let mut arrived = 0;
    for (sheet, links) in links(path) {
        assert!(links.len() <= limit, "{sheet} has {} links", links.len());
        for Link { row, to, target } in links {
            let here = &rows_of(&sheet)[row];
            let there = &rows_of(&to)[target];
            let who = |row: &[Data]| {
                row.iter()
                    .map(ToString::to_string)
                    .find(|cell| names.contains(&cell.as_str()))
            };
            assert!(who(there).is_some(), "{sheet} {row} leads nowhere");
            if who(here).is_some() {
                assert_eq!(who(here), who(there), "{sheet} {row}");
                arrived += 1;
            }
        }
    }
    assert!(arrived >= comparison.clients.len());
}

#[test]
fn a_month_in_which_only_times_differ_is_not_said_to_be_as_planned() {
    let first_line = |actual| {
        let visits = vec![visit(5, "9:00-9:30 111111", actual)];
        let comparison = month(vec![client(1, "見本　一郎", visits)]);
        written(&comparison).filled("概要")[3].clone()
    };
    assert_eq!(
        first_line("9:00-9:30 111111"),
        [text(
            "予定 1 件　承認済みの実績 1 件　すべて予定どおりです。"
        )]
    );
    assert_eq!(
        first_line("9:05-9:40 111111"),
        [text(
            "予定 1 件　承認済みの実績 1 件　すべて予定どおりです。"
        )]
    );
    assert_eq!(
        first_line("9:20-9:50 111111"),
        [text(
            "予定 1 件　承認済みの実績 1 件　違うのは時刻だけです(1 件)。"
        )]
    );
}

#[test]
fn the_same_month_is_the_same_bytes() {
    let comparison = mixed();
    let path = std::path::Path::new("予実対照.xlsx");
    let bytes = || super::comparison_workbook(path, &report(&comparison)).unwrap();
    assert_eq!(bytes(), bytes());
}

#[test]
fn what_waits_and_what_nobody_recorded_differ_by_their_signs() {
    let planned = "09:00-10:00 111111";
    for (unapproved, sign) in [(0, "無"), (1, "予"), (2, "未")] {
        let visits = vec![visit(1, planned, ""), visit(2, planned, "")];
        let mut client = client(1, "見本　一郎", visits);
        client.unapproved = unapproved;
        let mut sheets = written(&month(vec![client]));
        let of_day = |sheets: &mut Sheets, sheet: &str, row: usize, column: usize| {
            rows(sheets, sheet)[row][column].clone()
        };
        assert_eq!(of_day(&mut sheets, "カレンダー", 4, 2), text(sign));
        assert_eq!(of_day(&mut sheets, "承認待ち", 6, 5), text(sign));
    }
}

#[test]
fn a_page_for_the_manager_says_what_waits_by_client_and_day() {
    let mut sheets = written(&mixed());
    let shown = sheets.filled("承認待ち");
    assert_eq!(shown[1], [text("未承認 3 件(2 人)　記録なし 2 件(1 人)")]);
    let of_client = |row: &[Data]| {
        let cells = row.iter().zip(-4..);
        let filled = cells.filter(|(cell, _)| **cell != Data::Empty && **cell != text(""));
        filled
            .map(|(cell, day)| {
                if day < 1 {
                    cell.to_string()
                } else {
                    format!("{day}:{cell}")
                }
            })
            .collect::<Vec<_>>()
    };
    let rows = rows(&mut sheets, "承認待ち");
    assert_eq!(
        of_client(&rows[6]),
        // Two wait, and belong to no planned visit.
        ["見本　次郎", "131128-0000000003", "2", "2"]
    );
    assert_eq!(rows[6][4], number(2.0));
    assert_eq!(
        of_client(&rows[7]),
        [
            "=見本　花子",
            "131128-0000000002",
            "1",
            "2",
            "1:予",
            "4:予2"
        ]
    );
    assert_eq!(rows.len(), 8, "nobody of whom all is approved");
    let calm = month(vec![client(1, "見本　一郎", Vec::new())]);
    assert_eq!(
        written(&calm).filled("承認待ち")[1],
        [text("未承認も、記録のない予定もありません。")]
    );
}

/// The rows of a sheet that begin a page, and whether the paper is fitted by itself.
fn page_breaks(path: &Path, part: usize) -> (Vec<u32>, bool) {
    use std::io::Read as _;
    let bytes = crate::disk::read(path).unwrap();
    let mut parts = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut xml = String::new();
    let mut file = parts
        .by_name(&format!("xl/worksheets/sheet{part}.xml"))
        .unwrap();
    file.read_to_string(&mut xml).unwrap();
    let breaks = xml.split("<brk id=\"").skip(1);
    let row = |text: &str| text.split('"').next().unwrap().parse().unwrap();
    (breaks.map(row).collect(), xml.contains("fitToPage"))
}

#[test]
fn no_client_of_the_calendar_is_split_over_pages() {
    use super::calendar::{FIRST_ROW, ROWS_PER_PAGE};
    // Two to eleven lines each, and one with more than two pages.
    let times = |count: usize| {
        let slots =
            (0..count).map(|at| format!("{:02}:{:02}-22:00 111111", 6 + at / 8, at % 8 * 7));
        slots.map(|slot| visit(3, &slot, &slot)).collect::<Vec<_>>()
    };
    let name = |at: usize| format!("見本{at:02}");
    let clients =
        (1..=40).map(|at| client(at, &name(at), times(if at == 9 { 90 } else { at % 10 + 2 })));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("comparison.xlsx");
    write_comparison(&path, &report(&month(clients.collect()))).unwrap();
    let mut sheets = Sheets::read(&path);
    let place = sheets
        .names()
        .iter()
        .position(|name| name == "カレンダー")
        .unwrap();
    let (breaks, fitted) = page_breaks(&path, place + 1);
    assert!(
        !fitted,
        "a program that fits the paper breaks no page by hand"
    );
    let calendar = rows(&mut sheets, "カレンダー");
    let end = u32::try_from(calendar.len()).unwrap();
    let begins: Vec<u32> = [FIRST_ROW].into_iter().chain(breaks).chain([end]).collect();
    let mut of_the_tall_one = 0;
    for page in begins.windows(2) {
        let page = &calendar[page[0] as usize..page[1] as usize];
        let air = page
            .iter()
            .rev()
            .take_while(|row| row.iter().all(|of| *of == Data::Empty));
        let height = page.len() - air.count();
        assert!(height <= ROWS_PER_PAGE as usize, "{height} rows on a page");
        let first = page[0][0].to_string();
        assert!(
            first.starts_with("見本"),
            "a page begins with somebody: {first}"
        );
        of_the_tall_one += usize::from(first.starts_with(&name(9)));
    }
    assert_eq!(
        of_the_tall_one, 3,
        "and says whose it is on each of three pages"
    );
    assert!(begins.len() > 8, "{begins:?}");
}
