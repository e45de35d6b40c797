//! What stands in the cells of a sheet, before anybody writes it as a file.

use super::choices::Choices;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    Nothing,
    Text(String),
    Number(f64),
    Truth(bool),
    Error,
    /// A day, in the form of ISO 8601.
    Day(&'static str),
}

/// Rows from the first one on; one of them is a header that a layout knows.
pub(super) type Grid = Vec<Vec<Content>>;

/// The headers that a sheet must have to be taken for one of a layout, and what usually stands
/// below them.
pub(super) const LAYOUTS: [&[(&str, &str)]; 2] = [
    &[
        ("被保険者番号", "0000100001"),
        ("保険者番号", "131128"),
        ("氏名", "見本　一郎"),
        ("生年月日", "1937/3/4"),
        ("要介護度", "要介護3"),
        ("認定有効期間開始日", "2026/4/1"),
        ("認定有効期間終了日", "2028/3/31"),
    ],
    &[
        ("事業所番号", "1370000018"),
        ("事業所名", "みほん居宅"),
        ("サービス種類", "43"),
    ],
];

/// Texts that readers of files have stumbled over.
const ODD: [&str; 30] = [
    "見本　二美",
    " 例　恵子 ",
    "",
    " ",
    "　",
    "一行目\n二行目",
    "一行目\r\n二行目",
    "タブ\tの間",
    "<&>\"'",
    "a  b   c",
    "_x000D_",
    "_x0041_b_x5F",
    "]]>",
    "<v>9</v>",
    "外字\u{E000}",
    "見えない\u{200B}",
    "\u{FFFD}",
    "𠮷野　家子",
    "髙﨑　ﾊﾝｶｸ",
    "#N/A",
    "TRUE",
    "=1+1",
    "'0045",
    "合計",
    "被保険者番号",
    "46113",
    "-0",
    "1E+15",
    "NULL",
    "é\u{301}ß",
];

const NUMBERS: [f64; 13] = [
    46_113.0,
    0.375,
    1.0,
    0.0,
    131_128.0,
    100_001.0,
    1.5,
    -1.0,
    0.1,
    123_456_789_012.0,
    1e15,
    1.25e-7,
    -0.0,
];

/// A sheet of one of the layouts.
pub(super) fn grid(choices: &mut Choices<'_>) -> Grid {
    let layout = LAYOUTS[choices.below(LAYOUTS.len())];
    let mut grid = Vec::new();
    if choices.rarely(6) {
        grid.push(vec![Content::Text("名簿".to_owned())]);
        if choices.rarely(2) {
            grid.push(Vec::new());
        }
    }
    grid.push(
        layout
            .iter()
            .map(|(header, _)| Content::Text((*header).to_owned()))
            .collect(),
    );
    for _ in 0..=choices.below(4) {
        if choices.rarely(12) {
            grid.push(Vec::new());
        }
        let mut row: Vec<Content> = layout
            .iter()
            .map(|(_, usual)| content(choices, usual))
            .collect();
        if choices.rarely(10) {
            row.push(content(choices, "欄外"));
        }
        grid.push(row);
    }
    grid
}

fn content(choices: &mut Choices<'_>, usual: &str) -> Content {
    match choices.below(12) {
        0..6 => Content::Text(usual.to_owned()),
        6 | 7 => Content::Number(choices.of_these(&NUMBERS)),
        8 => Content::Nothing,
        9 => match choices.below(4) {
            0 => Content::Truth(choices.rarely(2)),
            1 => Content::Error,
            _ => Content::Day(choices.of_these(&["2026-04-01", "2026-04-01T00:00:00"])),
        },
        _ if choices.rarely(40) => Content::Text("長い".repeat(5_000)),
        _ => Content::Text(choices.of_these(&ODD).to_owned()),
    }
}
