//! 請求前点検: what to look at before a month is claimed, as a list to tick off.
//!
//! In: remarks, and what each check goes by. Out: 概要 with the checks and their counts, 点検 with a row for
//! each remark, カレンダー with a letter on each day, 点検項目 with what each check goes by.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Cursor;
use std::path::Path;

use calamine::{Reader as _, Xlsx};
use rust_xlsxwriter::{Workbook, XlsxError};

use super::SUMMARY;
use super::back::{Broken, texts};
use super::cell::Cell;
use super::list::{Column, List, ROWS_PER_SHEET, Row};
use super::look::{Looks, Tone};
use super::page::{Page, Span};
use super::workbook::{self, ReportError};
use crate::finding::{Attention, Code, Remark};
use crate::model::{ClientId, ClockRange, YearMonth};

/// What the workbook is about.
#[derive(Clone, Copy)]
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
    /// What somebody has ticked off before.
    pub ticks: &'a Ticks,
}

/// What stands in 確認 of rows of an earlier workbook, by the rest of the row.
pub type Ticks = BTreeMap<RowKey, String>;

/// A row but for what follows from it: check, client, office, days, time, service, and what was found.
pub type RowKey = [String; 7];

/// Counts: whose months these are has no business in a log.
impl fmt::Debug for AuditReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuditReport({} of {})", self.remarks.len(), self.clients)
    }
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

const WHAT_IT_IS: &str = "請求の前に人が確かめるための一覧です。請求の内容は計算も訂正もしていません。\
    「止める」の点検で見つかった利用者の実績は、書き出しません。確かめた行は「確認」の列に印を付けてください。見つからないことは、誤りがないという意味ではありません。";

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
    Column::new("確認", 5),
    Column::new("番号", 6),
    Column::new("点検", 24),
    Column::new("利用者", 18),
    Column::new("氏名", 14),
    Column::new("事業所", 11),
    Column::new("日", 12),
    Column::new("時刻", 12),
    Column::new("コード", 7),
    Column::new("見つかったこと", 40),
    Column::new("どうするか", 46),
    Column::new("返戻", 10),
    Column::new("扱い", 8),
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
        let key = key_of(remark);
        let tick = report.ticks.get(&key).map_or("", String::as_str);
        let [number, client, office, days, hours, service, said] = key;
        let holds = check.is_some_and(|check| check.wanted == Attention::Hold);
        Row {
            tone: if holds { Tone::Red } else { Tone::Plain },
            cells: vec![
                tick.into(),
                number.into(),
                remark.code.title().into(),
                client.into(),
                remark.name.as_str().into(),
                office.into(),
                days.into(),
                hours.into(),
                service.into(),
                said.into(),
                remark.code.cure().into(),
                check.map_or("", |check| check.returns).into(),
                check.map_or("", |check| check.wanted.label()).into(),
            ],
        }
    });
    list.write(workbook, looks, rows)
}

fn key_of(remark: &Remark) -> RowKey {
    let text = |text: Option<String>| text.unwrap_or_default();
    [
        remark.code.number().to_owned(),
        remark.client.to_string(),
        text(remark.office.map(|office| office.to_string())),
        listed(&remark.days),
        text(remark.hours.map(ClockRange::in_words)),
        text(remark.service.map(|code| code.to_string())),
        remark.said.clone(),
    ]
}

/// The headers of a [`RowKey`].
const KEY: [&str; 7] = [
    "番号",
    "利用者",
    "事業所",
    "日",
    "時刻",
    "コード",
    "見つかったこと",
];

/// Reads what was ticked off in a workbook, however it was sorted; nothing where it is none any more.
pub fn read_ticks(workbook: Vec<u8>) -> Ticks {
    let mut ticks = Ticks::new();
    let Ok(mut book) = Xlsx::new(Cursor::new(workbook)) else {
        return ticks;
    };
    let sheets = book.sheet_names();
    let sheets = sheets
        .iter()
        .filter(|sheet| sheet.starts_with(REMARKS) && *sheet != RULES);
    for sheet in sheets {
        let mut columns: Option<(u32, [u32; 7])> = None;
        let read = texts(&mut book, sheet, |_, cells| {
            let cell = |column: u32| cells.get(&column).map_or("", |text| text.trim());
            match columns {
                None => {
                    let named = |header: &str| {
                        let mut found = cells.iter().filter(|(_, text)| text.trim() == header);
                        found.next().map(|(column, _)| *column)
                    };
                    let key: Option<Vec<u32>> = KEY.iter().map(|header| named(header)).collect();
                    let key = key.and_then(|key| key.try_into().ok());
                    columns = Some(named("確認").zip(key).ok_or(Broken)?);
                }
                Some((tick, key)) if !cell(tick).is_empty() => {
                    let key = key.map(|column| cell(column).to_owned());
                    ticks.insert(key, cell(tick).to_owned());
                }
                Some(_) => {}
            }
            Ok::<(), Broken>(())
        });
        if read.is_err() {
            tracing::debug!("a sheet of an earlier list is not read");
        }
    }
    ticks
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
