//! The error workbook: what the clerk looks at, corrects, and drops back into the inbox.
//!
//! - `summary`: what to do now, who is concerned, then the sums and the findings by cause.
//! - `people`: a line for each person, with what is wrong and where it is put right.
//! - the list: every finding with its place and its cure, the same causes together.
//! - [`withheld`]: the withheld rows in the layout of their file, wrong cells in red.
//! - [`additions`]: what only a person can say, a row for each question.
//! - [`trail`]: what goes along unseen, by which [`corrections`] knows what was changed.

pub mod additions;
pub mod corrections;
pub mod trail;
pub mod withheld;
mod causes;
mod charts;
mod people;
mod summary;

use std::path::Path;

pub use additions::{Details, Question};
pub use causes::{Cause, cause_of, causes};
pub use corrections::{
    Answer, Corrected, CorrectedRow, Corrections, CorrectionsError, Unclear, is_error_workbook,
    read_corrections,
};
pub use trail::{SourceSheet, Trail};
pub use withheld::{Choice, ShownRow, WithheldSheet};

use super::LIST;
use super::cell::Cell;
use super::list::{Column, List, READ_ONE_BY_ONE, ROWS_PER_SHEET, Row};
use super::look::{Looks, Tone};
use super::workbook::{self, ReportError};
use crate::finding::{Finding, Severity, Tally};
use crate::model::YearMonth;
use withheld::{Withheld, opener};

/// What the error workbook is about.
#[derive(Debug, Clone, Copy)]
pub struct ErrorReport<'a> {
    /// The name or the number of the office.
    pub office: &'a str,
    /// 対象年月, where the run has one.
    pub month: Option<YearMonth>,
    /// The run, by its number or time.
    pub run: &'a str,
    /// The sums, file by file.
    pub tallies: &'a [Tally],
    /// The word above the rows that went through: 送った, or 取り込んだ on the way back.
    pub done: &'a str,
    /// Every finding, in the order of the places.
    pub findings: &'a [Finding],
    /// 次にすること: one sentence for each step.
    pub next: &'a [String],
    /// The withheld rows, sheet by sheet of the inputs.
    pub withheld: &'a [WithheldSheet],
    /// What only a person can say.
    pub questions: &'a [Question],
    /// Which workbook it is.
    pub trail: &'a Trail,
}

/// Writes the error workbook, whole or not at all.
pub fn write_errors(path: &Path, report: &ErrorReport<'_>) -> Result<(), ReportError> {
    write_sheets(path, report, ROWS_PER_SHEET)
}

fn write_sheets(
    path: &Path,
    report: &ErrorReport<'_>,
    rows_per_sheet: usize,
) -> Result<(), ReportError> {
    workbook::write(path, &summary::title(report), |workbook| {
        let looks = Looks::new();
        let list = List {
            name: LIST,
            columns: COLUMNS,
            rows_per_sheet,
            sums: None,
        };
        let withheld = Withheld::new(report.withheld, rows_per_sheet);
        let listed = Listed::of(report.findings);
        summary::write(workbook, &looks, report, (&list, &listed, &withheld))?;
        let read_one_by_one = |at: usize| at % rows_per_sheet < READ_ONE_BY_ONE as usize;
        let rows = listed.order.iter().enumerate().map(|(at, finding)| {
            let linked = read_one_by_one(at).then_some(&withheld);
            row(&report.findings[*finding], linked)
        });
        list.write(workbook, &looks, rows)?;
        let said = (report.findings, &*listed.at);
        withheld.write(workbook, &looks, said, &list, &report.trail.id)?;
        additions::write(workbook, &looks, report.trail, report.questions)?;
        trail::write(workbook, report.trail, report.withheld, report.questions)
    })
}

/// The order of the list: what weighs most first, and what has one cause together.
#[derive(Debug)]
pub(super) struct Listed {
    /// The findings by their places among the report's.
    order: Vec<usize>,
    /// Where in the list each finding of the report stands.
    at: Vec<usize>,
}

impl Listed {
    fn of(findings: &[Finding]) -> Self {
        let mut order: Vec<usize> = (0..findings.len()).collect();
        // Stable: within a cause they stay in the order of their places.
        order.sort_by_cached_key(|at| {
            let finding = &findings[*at];
            let column = finding.place.column.as_ref().map(|column| column.index);
            let code = finding.code;
            (code.severity(), code, cause_of(finding), column)
        });
        let mut at = vec![0; order.len()];
        for (place, finding) in order.iter().enumerate() {
            at[*finding] = place;
        }
        Self { order, at }
    }
}

/// The colour of a severity, the same on both sheets.
pub(super) fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Error => Tone::Red,
        Severity::Review => Tone::Yellow,
        Severity::Notice => Tone::Blue,
    }
}

const COLUMNS: &[Column] = &[
    Column::new("重要度", 8),
    Column::new("コード", 8),
    Column::new("ファイル", 26),
    Column::new("シート", 14),
    Column::new("行", 10),
    Column::new("列", 22),
    Column::new("利用者", 30),
    Column::new("値", 20),
    Column::new("直す", 6),
    Column::new("何が問題か", 42),
    Column::new("どう直すか", 42),
    Column::new("どの手順で", 24),
];

/// The row of a finding, with a link to its cell where there is one.
fn row<'f>(finding: &'f Finding, withheld: Option<&Withheld<'_>>) -> Row<'f> {
    let place = &finding.place;
    let cells = vec![
        finding.code.severity().label().into(),
        finding.code.number().into(),
        place.file.as_str().into(),
        place.sheet.as_deref().unwrap_or_default().into(),
        place.row.map_or(Cell::from(""), Cell::Number),
        column(finding).into(),
        client(finding).into(),
        finding.value.as_str().into(),
        opener(withheld.and_then(|withheld| withheld.address(finding))),
        finding.cause().into(),
        finding.cure().into(),
        finding.code.steps_in_words().into(),
    ];
    Row {
        tone: tone(finding.code.severity()),
        cells,
    }
}

/// `F サービスコード`, the letter alone where the column has no header.
fn column(finding: &Finding) -> String {
    finding
        .place
        .column
        .as_ref()
        .map_or_else(String::new, |column| {
            format!("{} {}", column.letters(), column.header)
                .trim_end()
                .to_owned()
        })
}

/// The number and the name.
fn client(finding: &Finding) -> String {
    finding.client.as_ref().map_or_else(String::new, |who| {
        format!("{} {}", who.id, who.name).trim_end().to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::Digest;
    use crate::finding::Code;
    use crate::model::{ClientId, FileName, InsuredNumber, InsurerNumber, Place};
    use crate::report::reading::{Sheets, links, number, text};
    use calamine::Data;

    static NO_TRAIL: Trail = Trail {
        id: String::new(),
        ledger: String::new(),
        run: 0,
    };

    fn place(row: u32) -> Place {
        Place {
            row: Some(row),
            ..Place::file(FileName::new("月間ケアプラン.csv"))
        }
    }

    fn report(findings: &[Finding]) -> ErrorReport<'_> {
        ErrorReport {
            office: "1370100019",
            month: YearMonth::new(2026, 10),
            run: "7",
            tallies: &[],
            done: "送った",
            findings,
            next: &[],
            withheld: &[],
            questions: &[],
            trail: &NO_TRAIL,
        }
    }

    fn written(report: &ErrorReport<'_>, rows_per_sheet: usize) -> Sheets {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("errors.xlsx");
        write_sheets(&path, report, rows_per_sheet).unwrap();
        Sheets::read(&path)
    }

    #[test]
    fn a_finding_becomes_a_row_with_its_place_and_its_cure() {
        let id = ClientId {
            insurer: InsurerNumber::parse("001220").unwrap(),
            insured: InsuredNumber::parse("0000000017").unwrap(),
        };
        let at = Place {
            sheet: Some("10月".into()),
            ..place(1204).at(5, &"サービスコード".into())
        };
        let findings = [Finding::new(Code::UnknownService, at)
            .of(id, "山田 花子")
            .value("011111")
            .detail("似たコード: 111111")];
        let mut sheets = written(&report(&findings), 10);
        let row = [
            text("要確認"),
            text("P411"),
            text("月間ケアプラン.csv"),
            text("10月"),
            number(1204.0),
            text("F サービスコード"),
            text("001220-0000000017 山田 花子"),
            text("011111"),
            Data::Empty,
            text(
                "サービスコードの一覧にないコードです。\
                 時刻があるので、訪問として扱いました。（似たコード: 111111）",
            ),
            text(Code::UnknownService.cure()),
            text("月間ケアプランの登録"),
        ];
        assert_eq!(sheets.rows(LIST)[1..], [row.to_vec()]);
    }

    #[test]
    fn what_looks_like_a_formula_stays_text() {
        let values = [
            "=1+1",
            "+81",
            "-5",
            "@SUM(A1)",
            "0012",
            "2026/10/1",
            "'x",
            "\u{1}_x0041_",
        ];
        let findings = values.map(|value| Finding::new(Code::NotADate, place(2)).value(value));
        let mut sheets = written(&report(&findings), 10);
        let shown: Vec<_> = sheets.rows(LIST)[1..]
            .iter()
            .map(|row| row[7].clone())
            .collect();
        assert_eq!(shown, values.map(text));
        assert_eq!(sheets.formulas(), 0);
    }

    #[test]
    fn more_findings_than_a_sheet_holds_go_on_on_the_next() {
        let findings: Vec<_> = (1..=25)
            .map(|row| Finding::new(Code::NotADate, place(row)))
            .collect();
        let mut sheets = written(&report(&findings), 10);
        let lists = [LIST, "一覧(2)", "一覧(3)"];
        assert_eq!(
            sheets.names(),
            ["概要", lists[0], lists[1], lists[2], trail::NAME]
        );
        assert_eq!(lists.map(|name| sheets.rows(name).len() - 1), [10, 10, 5]);
        assert_eq!(sheets.rows("一覧(3)")[0], sheets.rows(LIST)[0]);
        assert_eq!(sheets.rows("一覧(3)")[1][4], number(21.0));
    }

    #[test]
    fn exactly_as_many_findings_as_a_sheet_holds_need_no_further_one() {
        let findings = vec![Finding::new(Code::NotADate, place(2)); 10];
        let names = written(&report(&findings), 10).names();
        assert_eq!(names, ["概要", LIST, trail::NAME]);
    }

    #[test]
    fn a_value_longer_than_a_cell_ends_in_an_ellipsis() {
        let findings = [Finding::new(Code::TextTooLong, place(2)).value("長".repeat(40_000))];
        let expected = format!("{}…", "長".repeat(32_766));
        assert_eq!(
            written(&report(&findings), 10).rows(LIST)[1][7],
            text(&expected)
        );
    }

    #[test]
    fn a_list_without_findings_is_only_its_header() {
        let mut sheets = written(&report(&[]), 10);
        let headers: Vec<_> = COLUMNS.iter().map(|column| text(column.header)).collect();
        assert_eq!(sheets.rows(LIST), [headers]);
    }

    /// The text of the part of a sheet, which calamine tells nothing of the looks of.
    fn part(path: &Path, sheet: usize) -> String {
        use std::io::Read as _;
        let bytes = std::io::Cursor::new(crate::disk::read(path).unwrap());
        let mut parts = zip::ZipArchive::new(bytes).unwrap();
        let mut xml = String::new();
        let mut part = parts
            .by_name(&format!("xl/worksheets/sheet{sheet}.xml"))
            .unwrap();
        part.read_to_string(&mut xml).unwrap();
        xml
    }

    #[test]
    fn the_name_stays_in_sight_and_columns_that_hold_nothing_are_hidden() {
        let file = FileName::new("月間ケアプラン.csv");
        let source = (file, None, Digest::of(b""));
        let headers = ["番号", "氏名", "実績1", "実績2", "実績3"].map(Into::into);
        let kind = ("月間ケアプラン".to_owned(), "plan_line");
        let mut sheet = WithheldSheet::new(kind, source, headers.to_vec(), Vec::new());
        sheet.name = Some(1);
        sheet.spare = vec![2, 3, 4];
        let shown = ShownRow::Withheld { group: 1 };
        sheet.push(7, shown, ["0012", "山田", "", "1"].into_iter());
        // Something is said of a cell that holds nothing.
        let findings = [Finding::new(
            Code::RequiredEmpty,
            place(7).at(4, &"実績3".into()),
        )];
        let sheets = [sheet];
        let report = ErrorReport {
            withheld: &sheets,
            ..report(&findings)
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("errors.xlsx");
        write_sheets(&path, &report, 10).unwrap();
        let rows = Sheets::read(&path).rows("月間ケアプラン");
        let header = rows[1].iter().skip(2);
        let header: Vec<String> = header.map(ToString::to_string).collect();
        let beside = ["元の行", "氏名", "状態", "もう一度", "除外", "除外の理由"];
        let file = ["番号", "実績1", "実績2", "実績3"];
        assert_eq!(header, [&beside[..], &file].concat());
        let xml = part(&path, 3);
        // Up to 状態, the two hidden columns included.
        assert!(xml.contains("xSplit=\"5\""), "{xml}");
        let hidden: Vec<&str> = xml
            .split("<col ")
            .map(|column| column.split('>').next().unwrap())
            .filter(|column| column.contains("hidden=\"1\"") && column.starts_with("min"))
            .map(|column| column.split('"').nth(1).unwrap())
            .collect();
        assert_eq!(hidden, ["1", "10"], "the numbers, and 実績1");
    }

    /// Two rows of a file that are held, of a name and a day.
    fn held(rows: [u32; 2]) -> WithheldSheet {
        let file = FileName::new("月間ケアプラン.csv");
        let source = (file, None, Digest::of(b""));
        let headers = vec!["氏名".into(), "生年月日".into()];
        let kind = ("月間ケアプラン".to_owned(), "plan_line");
        let mut sheet = WithheldSheet::new(kind, source, headers, Vec::new());
        for row in rows {
            let shown = ShownRow::Withheld { group: 1 };
            sheet.push(row, shown, ["山田", "朝"].into_iter());
        }
        sheet
    }

    #[test]
    fn cells_that_wait_for_an_answer_are_shaded_from_the_first_row_to_the_last() {
        let sheets = [held([7, 9])];
        let report = ErrorReport {
            withheld: &sheets,
            ..report(&[])
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("errors.xlsx");
        write_sheets(&path, &report, 10).unwrap();
        let xml = part(&path, 3);
        let rules = xml.split("<conditionalFormatting ").skip(1);
        let rules: Vec<&str> = rules.filter_map(|rule| rule.split('"').nth(1)).collect();
        // 元の行 to the last column, and もう一度, 除外, 除外の理由.
        assert_eq!(rules, ["C3:I4", "E3:G4"]);
    }

    #[test]
    fn the_list_leads_to_the_cell_and_the_row_leads_back() {
        let sheet = held([7, 9]);
        let of_cell = |row| Finding::new(Code::NotADate, place(row).at(1, &"生年月日".into()));
        let findings = [
            of_cell(7),
            Finding::new(Code::RateAddOn, place(8)),
            of_cell(9),
        ];
        let sheets = [sheet];
        let report = ErrorReport {
            withheld: &sheets,
            ..report(&findings)
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("errors.xlsx");
        write_sheets(&path, &report, 10).unwrap();
        let found = |name: &str| -> Vec<(usize, String, usize)> {
            let sheets = links(&path).into_iter();
            let links = sheets
                .filter(|(of, _)| of == name)
                .flat_map(|(_, links)| links);
            links.map(|link| (link.row, link.to, link.target)).collect()
        };
        let rows = || "月間ケアプラン".to_owned();
        // The notice between them comes last.
        assert_eq!(found(LIST), [(1, rows(), 2), (2, rows(), 3)]);
        let list = || LIST.to_owned();
        assert_eq!(found("月間ケアプラン"), [(2, list(), 1), (3, list(), 2)]);
    }
}
