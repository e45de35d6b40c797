//! 概要 of the error workbook: what to do now, who is concerned, and below that the sums file
//! by file and the causes.

use rust_xlsxwriter::{Workbook, XlsxError};

use super::additions::{self, Question};
use super::causes::{Cause, causes};
use super::charts;
use super::people::{concerned, where_to_mend};
use super::withheld::Withheld;
use super::{ErrorReport, Listed, tone};
use crate::finding::{ERROR_WORKBOOK, Finding, Severity, Tally};
use crate::report::SUMMARY;
use crate::report::cell::{Cell, width};
use crate::report::list::List;
use crate::report::look::{Looks, Tone};
use crate::report::page::{Page, Span};
use crate::report::picture::ROWS;

/// The title of the page, and of the document.
pub(super) fn title(report: &ErrorReport<'_>) -> String {
    match report.month {
        Some(month) => format!("{ERROR_WORKBOOK} {}", month.in_words()),
        None => ERROR_WORKBOOK.to_owned(),
    }
}

/// Writes the page; a cause jumps to its first row in the list.
pub(super) fn write(
    workbook: &mut Workbook,
    looks: &Looks,
    report: &ErrorReport<'_>,
    (list, listed, withheld): (&List<'_>, &Listed, &Withheld<'_>),
) -> Result<(), XlsxError> {
    let causes = causes(listed.order.iter().map(|at| &report.findings[*at]));
    let widths = widths(report.tallies, &causes);
    let mut page = Page::begin(workbook, SUMMARY, looks, &widths)?;
    page.title(&title(report))?;
    page.fact("事業所", report.office)?;
    if let Some(month) = report.month {
        page.fact("対象年月", &month.in_words())?;
    }
    page.fact("実行", report.run)?;
    page.skip();
    page.sentence(
        &outcome(report.findings),
        looks.tone(worst(report.findings)),
    )?;
    if !report.next.is_empty() {
        write_next(&mut page, looks, report.next)?;
    }
    write_people(&mut page, looks, report, (list, listed, withheld))?;
    let beside = page.next_row() + 1;
    write_files(&mut page, looks, report)?;
    let first_cause = page.next_row() + 3;
    let pictures = [
        charts::by_state(beside + 1, report.tallies.len()),
        charts::by_cause(&causes, first_cause),
    ];
    for (picture, at) in pictures.iter().flatten().zip(0..) {
        page.beside(beside + at * (ROWS + 1), picture)?;
    }
    if !causes.is_empty() {
        write_causes(&mut page, looks, &causes, (list, report.questions))?;
    }
    page.end();
    Ok(())
}

/// `エラー 3 件　要確認 12 件　注意 0 件`, or the good news.
fn outcome(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "すべての行に問題はありません。".to_owned();
    }
    [Severity::Error, Severity::Review, Severity::Notice]
        .map(|severity| {
            let of_it = findings
                .iter()
                .filter(|finding| finding.code.severity() == severity);
            format!("{} {} 件", severity.label(), of_it.count())
        })
        .join("　")
}

fn worst(findings: &[Finding]) -> Tone {
    let severities = findings.iter().map(|finding| finding.code.severity());
    // `Severity` is ordered from the heaviest to the lightest.
    severities.min().map_or(Tone::Green, tone)
}

/// Half-width characters of every column but the third.
const NARROW: u16 = 11;
/// The third column is never narrower.
const WORDS: u16 = 38;

/// The third column takes the longest cause, or together with the two before it the longest
/// name of a file.
fn widths(tallies: &[Tally], causes: &[Cause]) -> [u16; 8] {
    const WIDEST: u16 = 60;
    const MARGIN: usize = 2;
    let beside = usize::from(2 * NARROW);
    let files = tallies
        .iter()
        .map(|tally| width(tally.file.as_str()).saturating_sub(beside));
    let titles = causes.iter().map(|cause| width(&cause.title()));
    let needed = files.chain(titles).max().unwrap_or(0) + MARGIN;
    let words = u16::try_from(needed).unwrap_or(WIDEST).clamp(WORDS, WIDEST);
    [
        NARROW, NARROW, words, NARROW, NARROW, NARROW, NARROW, NARROW,
    ]
}

const PERSON: [Span; 4] = [(0, 1), (2, 2), (3, 6), (7, 7)];

/// So many lines of people are read; whoever has more before him filters the list.
const PEOPLE: usize = 300;

/// Whom it concerns, what is wrong and where it is put right.
fn write_people(
    page: &mut Page<'_>,
    looks: &Looks,
    report: &ErrorReport<'_>,
    (list, listed, withheld): (&List<'_>, &Listed, &Withheld<'_>),
) -> Result<(), XlsxError> {
    let (people, further) = concerned(report.findings, PEOPLE);
    if people.is_empty() {
        return Ok(());
    }
    page.heading("だれの、何を、どこで直すか")?;
    page.headers(&PERSON, &["氏名", "何が", "どこを直す", "移る"], &[])?;
    for person in &people {
        let finding = person.finding;
        let to = withheld.address(finding);
        let to = to.unwrap_or_else(|| list.address(listed.at[person.first]));
        let mend = where_to_mend(finding, withheld, report.questions);
        page.row(
            &PERSON,
            &[
                (
                    (&*person.name).into(),
                    looks.tone(tone(finding.code.severity())),
                ),
                ((&*person.what).into(), &looks.text),
                (mend.into(), &looks.text),
                (Cell::Link { text: "開く", to }, &looks.link),
            ],
        )?;
    }
    if further > 0 {
        page.sentence(
            &format!("ほか{further}件は「一覧」にあります。"),
            &looks.sentence,
        )?;
    }
    Ok(())
}

const FILE: [Span; 6] = [(0, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 7)];

fn write_files(
    page: &mut Page<'_>,
    looks: &Looks,
    report: &ErrorReport<'_>,
) -> Result<(), XlsxError> {
    let counts = ["読んだ行", report.done, "変更なし", "保留", "対象外"];
    page.heading("ファイル別（今回読んだファイル）")?;
    page.headers(&FILE, &["ファイル"], &counts)?;
    for tally in report.tallies {
        let withheld = looks.wish_for_none(tally.withheld);
        page.row(
            &FILE,
            &[
                (tally.file.as_str().into(), &looks.text),
                (Cell::count(tally.rows), &looks.number),
                (Cell::count(tally.sent), &looks.number),
                (Cell::count(tally.unchanged), &looks.number),
                (Cell::count(tally.withheld), withheld),
                (Cell::count(tally.excluded), &looks.number),
            ],
        )?;
    }
    write_total(page, looks, report.tallies)
}

/// Sums are written as numbers: a formula would be the only one in the workbook.
fn write_total(page: &mut Page<'_>, looks: &Looks, tallies: &[Tally]) -> Result<(), XlsxError> {
    let sum = |of: fn(&Tally) -> usize| Cell::count(tallies.iter().map(of).sum());
    page.row(
        &FILE,
        &[
            ("合計".into(), &looks.sum_label),
            (sum(|tally| tally.rows), &looks.sum),
            (sum(|tally| tally.sent), &looks.sum),
            (sum(|tally| tally.unchanged), &looks.sum),
            (sum(|tally| tally.withheld), &looks.sum),
            (sum(|tally| tally.excluded), &looks.sum),
        ],
    )
}

const CAUSE: [Span; 6] = [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5)];

fn write_causes(
    page: &mut Page<'_>,
    looks: &Looks,
    causes: &[Cause],
    (list, questions): (&List<'_>, &[Question]),
) -> Result<(), XlsxError> {
    page.heading("原因別（原因を押すと、一覧の最初の行へ移ります）")?;
    let words = ["重要度", "コード", "何が問題か"];
    page.headers(&CAUSE, &words, &["件数", "利用者数", "質問"])?;
    for cause in causes {
        let severity = cause.code.severity();
        let title = cause.title();
        let link = Cell::Link {
            text: &title,
            to: list.address(cause.first),
        };
        let asked = questions
            .iter()
            .position(|of| of.code == cause.code && of.about == cause.about);
        let answer = asked.map_or(Cell::from(""), |question| Cell::Link {
            text: "答える",
            to: additions::address(question),
        });
        page.row(
            &CAUSE,
            &[
                (severity.label().into(), looks.tone(tone(severity))),
                (cause.code.number().into(), &looks.text),
                (link, &looks.link),
                (Cell::count(cause.findings), &looks.number),
                (Cell::count(cause.clients), &looks.number),
                (answer, &looks.link),
            ],
        )?;
    }
    Ok(())
}

fn write_next(page: &mut Page<'_>, looks: &Looks, next: &[String]) -> Result<(), XlsxError> {
    page.heading("今すること")?;
    for (sentence, step) in next.iter().zip(1..) {
        page.sentence(&format!("{step}. {sentence}"), &looks.sentence)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Code;
    use crate::model::{ClientId, FileName, InsuredNumber, InsurerNumber, Place, YearMonth};
    use crate::report::reading::{Sheets, number, text};
    use crate::report::{Trail, write_errors};
    use calamine::Data;

    fn tally(file: &str, [rows, sent, unchanged, withheld, excluded]: [usize; 5]) -> Tally {
        Tally {
            file: FileName::new(file),
            rows,
            sent,
            unchanged,
            withheld,
            excluded,
        }
    }

    fn finding(code: Code, insured: &str) -> Finding {
        let id = ClientId {
            insurer: InsurerNumber::parse("131128").unwrap(),
            insured: InsuredNumber::parse(insured).unwrap(),
        };
        Finding::new(code, Place::file(FileName::new("plan.csv"))).of(id, "山田 花子")
    }

    fn written(report: &ErrorReport<'_>) -> Sheets {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("errors.xlsx");
        write_errors(&path, report).unwrap();
        Sheets::read(&path)
    }

    /// Cells as the page shows them, those that nothing stands in left out.
    fn line<const N: usize>(words: [&str; N]) -> Vec<Data> {
        let cell = |word: &str| word.parse().map_or_else(|_| text(word), number);
        words.map(cell).to_vec()
    }

    #[test]
    fn the_page_begins_with_what_to_do_and_for_whom_and_ends_with_sums_and_causes() {
        let tallies = [
            tally("利用者一覧.csv", [10, 5, 3, 2, 0]),
            tally("月間ケアプラン.csv", [1200, 1100, 0, 60, 40]),
        ];
        let findings = [
            finding(Code::RateAddOn, "0000000001"),
            finding(Code::VisitWithoutTime, "0000000001"),
            finding(Code::VisitWithoutTime, "0000000002"),
            finding(Code::VisitWithoutTime, "0000000002"),
        ];
        let mut sheets = written(&ErrorReport {
            office: "0070100019",
            month: YearMonth::new(2026, 10),
            run: "7回目",
            tallies: &tallies,
            done: "送った",
            findings: &findings,
            next: &["楽すけで直します。".to_owned()],
            withheld: &[],
            questions: &[],
            trail: &Trail::default(),
        });
        assert_eq!(
            sheets.filled(SUMMARY),
            [
                line(["エラー一覧 2026年10月"]),
                vec![text("事業所"), text("0070100019")],
                line(["対象年月", "2026年10月"]),
                line(["実行", "7回目"]),
                line(["エラー 3 件　要確認 0 件　注意 1 件"]),
                line(["今すること"]),
                line(["1. 楽すけで直します。"]),
                line(["だれの、何を、どこで直すか"]),
                line(["氏名", "何が", "どこを直す", "移る"]),
                line(["山田 花子", "訪問に時刻がない", "楽すけ", "開く"]),
                line(["山田 花子", "訪問に時刻がない", "楽すけ", "開く"]),
                line(["ファイル別（今回読んだファイル）"]),
                line([
                    "ファイル",
                    "読んだ行",
                    "送った",
                    "変更なし",
                    "保留",
                    "対象外"
                ]),
                line(["利用者一覧.csv", "10", "5", "3", "2", "0"]),
                line(["月間ケアプラン.csv", "1200", "1100", "0", "60", "40"]),
                line(["合計", "1210", "1105", "3", "62", "40"]),
                line(["原因別（原因を押すと、一覧の最初の行へ移ります）"]),
                line(["重要度", "コード", "何が問題か", "件数", "利用者数", "質問"]),
                line(["エラー", "P414", "訪問に時刻がない", "3", "2"]),
                line(["注意", "P412", "割合の加算・減算は送らない", "1", "1"]),
            ]
        );
    }

    #[test]
    fn a_run_without_findings_says_that_all_is_well() {
        let mut sheets = written(&ErrorReport {
            office: "0070100019",
            month: None,
            run: "8回目",
            tallies: &[tally("利用者一覧.csv", [1, 1, 0, 0, 0])],
            done: "送った",
            findings: &[],
            next: &[],
            withheld: &[],
            questions: &[],
            trail: &Trail::default(),
        });
        assert_eq!(
            sheets.filled(SUMMARY),
            [
                line(["エラー一覧"]),
                vec![text("事業所"), text("0070100019")],
                line(["実行", "8回目"]),
                line(["すべての行に問題はありません。"]),
                line(["ファイル別（今回読んだファイル）"]),
                line([
                    "ファイル",
                    "読んだ行",
                    "送った",
                    "変更なし",
                    "保留",
                    "対象外"
                ]),
                line(["利用者一覧.csv", "1", "1", "0", "0", "0"]),
                line(["合計", "1", "1", "0", "0", "0"]),
            ]
        );
    }

    #[test]
    fn a_cause_jumps_to_the_first_of_its_rows_whatever_the_sheet() {
        let list = List {
            name: "一覧",
            columns: &[],
            rows_per_sheet: 10,
            sums: None,
        };
        let addresses = [0, 9, 10, 25].map(|index| list.address(index));
        assert_eq!(
            addresses,
            ["'一覧'!A2", "'一覧'!A11", "'一覧(2)'!A2", "'一覧(3)'!A7"]
        );
    }
}
