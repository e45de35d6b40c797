//! What a run has said of its input, as lines that a person can compare: the rows of 一覧 in
//! the error workbook, and the sums of each file.

#![allow(
    dead_code,
    reason = "every file of tests compiles this anew and uses its own part of it"
)]

use std::path::Path;

use calamine::{Data, Reader as _, Xlsx, open_workbook};
use rakuwing::finding::Code;
use serde_json::Value as Json;

/// The columns of [`findings`].
pub(crate) const FINDINGS: &str = "code\tfile\tsheet\trow\tcolumn\tclient\tvalue\tdetail";
/// The columns of [`tally`].
pub(crate) const TALLIES: &str = "file\trows\tsent\tunchanged\twithheld\texcluded";

/// The columns of [`remarks`].
pub(crate) const REMARKS: [&str; 8] = [
    "番号",
    "利用者",
    "事業所",
    "日",
    "時刻",
    "コード",
    "見つかったこと",
    "扱い",
];

/// The rows of 一覧 in an error workbook, in the order of the places that they are about.
pub(crate) fn findings(workbook: &Path) -> Vec<String> {
    let mut workbook: Xlsx<_> = open_workbook(workbook).unwrap();
    let list = workbook.worksheet_range("一覧").unwrap();
    let mut rows: Vec<&[Data]> = list.rows().skip(1).collect();
    rows.sort_by_key(|row| {
        let text = |at: usize| row[at].to_string();
        let letters = text(5).split(' ').next().map(str::to_owned);
        let letters = letters.unwrap_or_default();
        let line: u32 = text(4).parse().unwrap_or(0);
        (text(2), text(3), line, letters.len(), letters, text(1))
    });
    rows.into_iter().map(finding).collect()
}

/// The rows of 点検 in a 請求前点検, in their order, with their numbers and what was found.
pub(crate) fn remarks(workbook: &Path) -> Vec<String> {
    let mut workbook: Xlsx<_> = open_workbook(workbook).unwrap();
    let list = workbook.worksheet_range("点検").unwrap();
    let mut rows = list.rows();
    let header: Vec<String> = rows.next().unwrap().iter().map(Data::to_string).collect();
    let columns = REMARKS.map(|name| header.iter().position(|of| of == name).unwrap());
    rows.map(|row| columns.map(|at| row[at].to_string()).join("\t"))
        .collect()
}

fn finding(row: &[Data]) -> String {
    let [
        severity,
        number,
        file,
        sheet,
        at,
        column,
        client,
        value,
        _open,
        cause,
        cure,
        steps,
    ] = row
    else {
        panic!("一覧 has {} columns", row.len());
    };
    let number = number.to_string();
    let code = Code::ALL
        .iter()
        .find(|code| code.number() == number)
        .unwrap();
    assert_eq!(severity.to_string(), code.severity().label());
    // What Care-wing refuses may be put right as what is found here.
    let cures = Code::ALL.iter().map(|code| code.cure());
    let mut cures = cures.filter(|of| *code == Code::Rejected || *of == code.cure());
    assert!(cures.any(|of| *cure == of), "{number}: {cure}");
    assert_eq!(steps.to_string(), code.steps_in_words());
    let cause = cause.to_string();
    let detail = cause.strip_prefix(code.cause()).unwrap();
    let detail = detail
        .strip_prefix('（')
        .and_then(|detail| detail.strip_suffix('）'));
    // The column's header and the client's name stand behind the first space.
    let first = |cell: &Data| cell.to_string().split(' ').next().map(str::to_owned);
    let cells = [
        number,
        file.to_string(),
        sheet.to_string(),
        at.to_string(),
        first(column).unwrap(),
        first(client).unwrap(),
        value.to_string(),
        detail.unwrap_or_default().to_owned(),
    ];
    cells
        .map(|cell| cell.replace('\t', "\\t").replace('\n', "\\n"))
        .join("\t")
}

/// The sums of a file, which must add up.
pub(crate) fn tally(sums: &Json) -> String {
    let fates = ["sent", "unchanged", "withheld", "excluded"];
    let fates = fates.map(|fate| sums[fate].as_u64().unwrap());
    let rows = sums["rows"].as_u64().unwrap();
    assert_eq!(rows, fates.iter().sum::<u64>(), "{sums}");
    let file = sums["file"].as_str().unwrap();
    let [sent, unchanged, withheld, excluded] = fates;
    format!("{file}\t{rows}\t{sent}\t{unchanged}\t{withheld}\t{excluded}")
}
