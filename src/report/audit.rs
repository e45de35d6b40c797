//! 請求前点検: what to look at before a month is claimed, as a list to tick off.
//!
//! In: remarks, and what each check goes by. Out: 概要 with the checks and their counts, 点検 with a row for
//! each remark, カレンダー with a letter on each day, 点検項目 with what each check goes by.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rust_xlsxwriter::{Workbook, XlsxError};

use super::SUMMARY;
use super::cell::Cell;
use super::list::{Column, List, ROWS_PER_SHEET, Row};
use super::look::{Looks, Tone};
use super::page::{Page, Span};
use super::workbook::{self, ReportError};
use crate::finding::{Attention, Code, Remark};
use crate::model::{ClientId, ClockRange, YearMonth};

/// What the workbook is about.
#[derive(Debug, Clone, Copy)]
pub struct AuditReport<'a> {
    /// The name or the number of the office.
    pub office: &'a str,
    /// The month.
    pub month: YearMonth,
    /// What was looked at, in words.
    pub made_from: &'a str,
    /// How many clients' months.
    pub clients: usize,
    /// Of how many of them it is known what others do.
    pub with_others: usize,
    /// What was found.
    pub remarks: &'a [Remark],
    /// The checks, in the order of their numbers.
    pub checks: &'a [CheckLine<'a>],
}

/// What is said of a check.
#[derive(Debug, Clone, Copy)]
pub struct CheckLine<'a> {
    /// Which.
    pub code: Code,
    /// The letter that stands for it in the calendar.
    pub mark: char,
    /// What is wanted of it.
    pub wanted: Attention,
    /// What it leaves alone.
    pub exceptions: &'a str,
    /// Where it comes from.
    pub source: &'a str,
    /// The number of the return that it would spare; may be empty.
    pub returns: &'a str,
}

impl AuditReport<'_> {
    fn check(&self, code: Code) -> Option<&CheckLine<'_>> {
        self.checks.iter().find(|check| check.code == code)
    }
}

const NAME: &str = "請求前点検";
const REMARKS: &str = "点検";
const CALENDAR: &str = "カレンダー";
const RULES: &str = "点検項目";

/// The workbook as bytes, the same for the same remarks. `path` is where it is to stand, for
/// errors.
pub fn audit_workbook(path: &Path, report: &AuditReport<'_>) -> Result<Vec<u8>, ReportError> {
    let title = format!("{NAME} {}", report.month.in_words());
    workbook::of_month(path, &title, report.month, |workbook| {
        let looks = Looks::new();
        summary(workbook, &looks, &title, report)?;
        remarks(workbook, &looks, report)?;
        calendar(workbook, &looks, report)?;
        rules(workbook, &looks, report)
    })
}

/// Half-width characters: a number, a title, a mark, a setting, a count.
const WIDTHS: [u16; 5] = [12, 40, 8, 12, 10];

const WHAT_IT_IS: &str = "請求の前に人が確かめるための一覧です。請求の内容は何も変えていません。\
    確かめた行は「確認」の列に印を付けてください。見つからないことは、誤りがないという意味ではありません。";

fn summary(
    workbook: &mut Workbook,
    looks: &Looks,
    title: &str,
    report: &AuditReport<'_>,
) -> Result<(), XlsxError> {
    let mut page = Page::begin(workbook, SUMMARY, looks, &WIDTHS)?;
    page.title(title)?;
    page.fact("事業所", report.office)?;
    page.fact("もとの内容", report.made_from)?;
    page.fact("見た利用者", &format!("{}人", report.clients))?;
    let others = format!("{}人(ほかの事業所の分も見た利用者)", report.with_others);
    page.fact("利用票", &others)?;
    page.skip();
    let (found, tone) = match report.remarks.len() {
        0 => ("知らせることはありません。".to_owned(), Tone::Green),
        found => (format!("確かめることが{found}件あります。"), Tone::Yellow),
    };
    page.sentence(&found, looks.tone(tone))?;
    page.sentence(WHAT_IT_IS, &looks.sentence)?;
    page.heading("点検ごとの件数")?;
    let spans: [Span; 5] = [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4)];
    page.headers(&spans, &["番号", "点検", "印", "扱い"], &["件数"])?;
    for check in report.checks {
        let found = report.remarks.iter().filter(|of| of.code == check.code);
        let count = match check.wanted {
            Attention::Off => "".into(),
            Attention::Notice | Attention::Hold => Cell::count(found.count()),
        };
        let wanted = looks.tone(tone_of(check.wanted));
        page.row(
            &spans,
            &[
                (check.code.number().into(), &looks.text),
                (check.code.title().into(), &looks.text),
                (check.mark.to_string().into(), &looks.text),
                (check.wanted.label().into(), wanted),
                (count, &looks.number),
            ],
        )?;
    }
    page.end();
    Ok(())
}

fn tone_of(wanted: Attention) -> Tone {
    match wanted {
        Attention::Off => Tone::Grey,
        Attention::Notice => Tone::Plain,
        Attention::Hold => Tone::Red,
    }
}

const REMARK_COLUMNS: [Column; 13] = [
    Column::new("確認", 6),
    Column::new("番号", 6),
    Column::new("点検", 30),
    Column::new("利用者", 20),
    Column::new("氏名", 20),
    Column::new("事業所", 12),
    Column::new("日", 16),
    Column::new("時刻", 14),
    Column::new("コード", 8),
    Column::new("見つかったこと", 50),
    Column::new("どうするか", 60),
    Column::new("返戻", 8),
    Column::new("扱い", 10),
];

fn remarks(
    workbook: &mut Workbook,
    looks: &Looks,
    report: &AuditReport<'_>,
) -> Result<(), XlsxError> {
    let list = List {
        name: REMARKS,
        columns: &REMARK_COLUMNS,
        rows_per_sheet: ROWS_PER_SHEET,
        sums: None,
    };
    let rows = report.remarks.iter().map(|remark| {
        let check = report.check(remark.code);
        let text = |text: Option<String>| text.unwrap_or_default().into();
        Row {
            tone: Tone::Plain,
            cells: vec![
                "".into(),
                remark.code.number().into(),
                remark.code.title().into(),
                remark.client.to_string().into(),
                remark.name.as_str().into(),
                text(remark.office.map(|office| office.to_string())),
                listed(&remark.days).into(),
                text(remark.hours.map(ClockRange::in_words)),
                text(remark.service.map(|code| code.to_string())),
                remark.said.as_str().into(),
                remark.code.cure().into(),
                check.map_or("", |check| check.returns).into(),
                check.map_or("", |check| check.wanted.label()).into(),
            ],
        }
    });
    list.write(workbook, looks, rows)
}

/// `1〜5、7`
fn listed(days: &BTreeSet<u32>) -> String {
    let days: Vec<u32> = days.iter().copied().collect();
    let runs = days.chunk_by(|day, next| day + 1 == *next);
    let runs = runs.map(|run| match run {
        [day] => day.to_string(),
        [day, next] => format!("{day}、{next}"),
        [first, .., last] => format!("{first}〜{last}"),
        [] => String::new(),
    });
    runs.collect::<Vec<_>>().join("、")
}

/// The client, a column for each day, and what is about the month as a whole.
const CALENDAR_COLUMNS: [Column; 34] = {
    const DAYS: [&str; 31] = [
        "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16",
        "17", "18", "19", "20", "21", "22", "23", "24", "25", "26", "27", "28", "29", "30", "31",
    ];
    let mut columns = [const { Column::new("月全体", 10) }; 34];
    columns[0] = Column::new("利用者", 20);
    columns[1] = Column::new("氏名", 20);
    let mut day = 0;
    while day < DAYS.len() {
        columns[day + 2] = Column::new(DAYS[day], 4);
        day += 1;
    }
    columns
};

fn calendar(
    workbook: &mut Workbook,
    looks: &Looks,
    report: &AuditReport<'_>,
) -> Result<(), XlsxError> {
    let mut clients: BTreeMap<ClientId, Vec<&Remark>> = BTreeMap::new();
    for remark in report.remarks {
        clients.entry(remark.client).or_default().push(remark);
    }
    let list = List {
        name: CALENDAR,
        columns: &CALENDAR_COLUMNS,
        rows_per_sheet: ROWS_PER_SHEET,
        sums: None,
    };
    let rows = clients.into_iter().map(|(client, remarks)| {
        let marks = |is_there: &dyn Fn(&Remark) -> bool| -> Cell<'_> {
            let there = remarks.iter().filter(|remark| is_there(remark));
            let mut marks: Vec<char> = there
                .filter_map(|remark| Some(report.check(remark.code)?.mark))
                .collect();
            marks.dedup();
            marks.into_iter().collect::<String>().into()
        };
        let name = remarks.first().map_or("", |remark| remark.name.as_str());
        let mut cells = vec![client.to_string().into(), name.into()];
        cells.extend((1..=31).map(|day| marks(&|remark| remark.days.contains(&day))));
        cells.push(marks(&|remark| remark.days.is_empty()));
        Row {
            tone: Tone::Plain,
            cells,
        }
    });
    list.write(workbook, looks, rows)
}

const RULE_COLUMNS: [Column; 8] = [
    Column::new("番号", 6),
    Column::new("点検", 30),
    Column::new("印", 4),
    Column::new("扱い", 10),
    Column::new("何が問題か", 50),
    Column::new("知らせないもの", 50),
    Column::new("もとになる決まり", 50),
    Column::new("返戻", 8),
];

fn rules(
    workbook: &mut Workbook,
    looks: &Looks,
    report: &AuditReport<'_>,
) -> Result<(), XlsxError> {
    let list = List {
        name: RULES,
        columns: &RULE_COLUMNS,
        rows_per_sheet: ROWS_PER_SHEET,
        sums: None,
    };
    let row = |check: &CheckLine<'_>| Row {
        tone: Tone::Plain,
        cells: vec![
            check.code.number().into(),
            check.code.title().into(),
            check.mark.to_string().into(),
            check.wanted.label().into(),
            check.code.cause().into(),
            check.exceptions.to_owned().into(),
            check.source.to_owned().into(),
            check.returns.to_owned().into(),
        ],
    };
    list.write(workbook, looks, report.checks.iter().map(row))
}
