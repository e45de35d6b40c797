//! Samples: rows of every layout, right in every cell that a test does not spoil.

use std::sync::{Arc, LazyLock};

use crate::finding::Finding;
use crate::model::{AddOns, FileName, OfficeNumber, PlanLine, YearMonth};
use crate::read::header::Recogniser;
use crate::read::{Fault, Row};
use crate::table::{Layout, Tables};

use super::{Gathered, MonthRules, Origin, Roster, Scope, SentMonths, Waiting, Wanted};

/// Our own office in the samples.
pub(crate) const OURS: &str = "1370100016";
/// Another office.
pub(crate) const ANOTHER: &str = "1370200014";
/// The care-management office of [`office`].
pub(crate) const CARE_OFFICE: &str = "1370000018";

/// The shipped tables.
pub(crate) fn tables() -> &'static Tables {
    static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables::load(None).unwrap());
    &TABLES
}

/// Findings in one line each: number, row, header, value and detail.
pub(crate) fn said(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(said_once).collect()
}

fn said_once(finding: &Finding) -> String {
    let place = &finding.place;
    let row = place.row.map(|row| format!("{row}行目"));
    let header = place.column.as_ref().map(|column| &*column.header);
    let value = Some(&finding.value).filter(|value| !value.is_empty());
    let quoted = value.map(|value| format!("「{value}」"));
    let cell = header.unwrap_or_default().to_owned() + &quoted.unwrap_or_default();
    let words = [
        finding.code.to_string(),
        row.unwrap_or_default(),
        cell,
        finding.detail.clone(),
    ];
    words
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

pub(crate) fn office_number(text: &str) -> OfficeNumber {
    OfficeNumber::parse(text).unwrap()
}

pub(crate) fn year_month(text: &str) -> YearMonth {
    YearMonth::parse(text).unwrap()
}

/// Our office in October 2026, which the samples are about.
pub(super) fn scope() -> Scope {
    Scope {
        offices: [office_number(OURS)].into(),
        month: Some(year_month("2026-10")),
    }
}

/// Nobody stands in a client list who was not registered.
fn nobody_waits() -> &'static Waiting {
    static NOBODY: LazyLock<Waiting> = LazyLock::new(Waiting::new);
    &NOBODY
}

/// Nothing was sent before.
fn nothing_sent() -> &'static SentMonths {
    static NOTHING: LazyLock<SentMonths> = LazyLock::new(SentMonths::new);
    &NOTHING
}

/// The rules of a run with add-ons, where nothing is known of the clients.
pub(super) fn rules(scope: &Scope) -> MonthRules<'_> {
    MonthRules {
        scope,
        services: &tables().services,
        rates: &tables().unit_prices,
        add_ons: AddOns::With,
        roster: None,
        waiting: nobody_waits(),
        sent: nothing_sent(),
    }
}

/// A row that is still to be written: its layout, its file, and cells by header.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    layout: &'static str,
    file: Option<&'static str>,
    cells: Vec<(String, String)>,
    fault: Option<(&'static str, Fault)>,
    beyond: &'static str,
    is_wide: bool,
}

/// A care-management office.
pub(super) fn office() -> Sample {
    Sample::new(
        "居宅支援事業所一覧",
        &[
            ("事業所番号", CARE_OFFICE),
            ("事業所名", "みほん居宅支援センター"),
            ("サービス種類", "43"),
        ],
    )
}

/// A client with a card of 要介護3 from 2026-04-01 to 2028-03-31.
pub(super) fn card() -> Sample {
    Sample::new(
        "利用者一覧",
        &[
            ("被保険者番号", "0000123456"),
            ("保険者番号", "131128"),
            ("氏名", "試験　花子"),
            ("生年月日", "S15.1.20"),
            ("要介護度", "要介護3"),
            ("認定有効期間開始日", "2026/04/01"),
            ("認定有効期間終了日", "2028/03/31"),
        ],
    )
}

/// A line of the client of [`card`]: 身体介護１ from 9:00 to 9:30, once on each of the days.
pub(crate) fn line(days: &[u32]) -> Sample {
    let mut line = Sample::new(
        "月間ケアプラン",
        &[
            ("対象年月", "2026/10"),
            ("事業所番号", OURS),
            ("保険者番号", "131128"),
            ("被保険者番号", "0000123456"),
            ("氏名", "試験　花子"),
            ("サービスコード", "111111"),
            ("開始時刻", "9:00"),
            ("終了時刻", "9:30"),
        ],
    );
    for day in days {
        line = line.with(&format!("予定{day}"), "1");
    }
    line
}

/// A day of the line of [`line`], as the national files plan it.
pub(crate) fn day(date: &str) -> Sample {
    let day = Sample::new(
        "サービス利用票(UPPLAN)",
        &[
            ("CSVバージョン", "202407"),
            ("保険者番号", "131128"),
            ("被保険者番号", "0000123456"),
            ("対象年月", "202610"),
            ("サービス開始時刻", "0900"),
            ("サービス終了時刻", "0930"),
            ("サービス回数", "1"),
            ("サービスコード", "111111"),
            ("サービス事業者コード", OURS),
        ],
    );
    day.with("サービス利用日", date)
        .within("UPPLAN_202610_1370000018_43_1370100016_11_20260925093000.CSV")
}

/// The client of [`card`], as the national files tell of it.
pub(super) fn supplement() -> Sample {
    let client = Sample::new(
        "利用者補足情報(UPHOSOKU)",
        &[
            ("CSVバージョン", "202407"),
            ("保険者番号", "131128"),
            ("被保険者番号", "0000123456"),
            ("氏名", "試験　花子"),
            ("生年月日", "19400120"),
            ("限度額適用期間開始", "20260401"),
            ("限度額適用期間終了", "20280331"),
            ("要介護状態区分", "23"),
        ],
    );
    client.within("UPHOSOKU_202610_1370000018_43_1370100016_11_20260925093000.CSV")
}

impl Sample {
    fn new(layout: &'static str, cells: &[(&str, &str)]) -> Self {
        let empty = Self {
            layout,
            file: None,
            cells: Vec::new(),
            fault: None,
            beyond: "",
            is_wide: false,
        };
        cells
            .iter()
            .fold(empty, |sample, (header, text)| sample.with(header, text))
    }

    /// The same row with another text under a header.
    pub(super) fn with(mut self, header: &str, text: &str) -> Self {
        self.cells.retain(|(of, _)| of != header);
        self.cells.push((header.to_owned(), text.to_owned()));
        self
    }

    /// What stands under a header, if something was put there.
    pub(super) fn cell(&self, header: &str) -> Option<&str> {
        let mut cells = self.cells.iter();
        cells
            .find(|(of, _)| of == header)
            .map(|(_, cell)| cell.as_str())
    }

    /// The same row in a file of another name.
    pub(super) fn within(mut self, file: &'static str) -> Self {
        self.file = Some(file);
        self
    }

    /// The same row of somebody else.
    pub(super) fn of(self, insured: &str, name: &str) -> Self {
        self.with("被保険者番号", insured).with("氏名", name)
    }

    /// The same line with another code and other times; empty texts are no times.
    pub(super) fn serving(self, code: &str, start: &str, end: &str) -> Self {
        self.with("サービスコード", code)
            .with("開始時刻", start)
            .with("終了時刻", end)
    }

    /// The same day with another code and other times.
    pub(crate) fn serving_at(self, code: &str, start: &str, end: &str) -> Self {
        self.with("サービスコード", code)
            .with("サービス開始時刻", start)
            .with("サービス終了時刻", end)
    }

    /// The same row with a cell that could not be read as text.
    pub(super) fn faulty(mut self, header: &'static str, fault: Fault) -> Self {
        self.fault = Some((header, fault));
        self
    }

    /// The same row with one cell more than the layout has columns.
    pub(super) fn beyond(mut self, text: &'static str) -> Self {
        self.beyond = text;
        self
    }

    /// The same row with an empty cell more than the header has.
    pub(super) fn wider(mut self) -> Self {
        self.is_wide = true;
        self
    }

    fn row(&self, number: u32, headers: &[&str]) -> Row {
        let mut row = Row::default();
        row.begin(number);
        for header in headers {
            row.push_with(|text| {
                let cell = self.cells.iter().find(|(of, _)| of == header);
                text.push_str(cell.map_or("", |(_, cell)| cell));
                self.fault
                    .filter(|(of, _)| of == header)
                    .map(|(_, fault)| fault)
            });
        }
        row.push_with(|text| {
            text.push_str(self.beyond);
            None
        });
        if self.is_wide {
            row.push_with(|_| None);
        }
        row
    }
}

/// Rows as they are read: one file for each layout, its header in row 1, its rows from 2.
pub(crate) fn gather(rows: &[Sample]) -> Gathered {
    gather_under(|_| true, rows)
}

/// The same where files lack the columns whose header is not kept.
pub(super) fn gather_under(keep: impl Fn(&str) -> bool, rows: &[Sample]) -> Gathered {
    gather_named(|header| keep(header).then(|| header.to_owned()), rows)
}

/// The same where files give columns other headers, or do not have them.
pub(super) fn gather_named(name: impl Fn(&str) -> Option<String>, rows: &[Sample]) -> Gathered {
    let mut gathered = Gathered::new(Wanted::Everything, (&tables().names, &tables().others));
    for layout in &tables().layouts {
        let rows = || rows.iter().filter(|row| row.layout == layout.name());
        let mut files: Vec<Option<&str>> = Vec::new();
        for row in rows() {
            if !files.contains(&row.file) {
                files.push(row.file);
            }
        }
        for file in files {
            let rows: Vec<&Sample> = rows().filter(|row| row.file == file).collect();
            feed(layout, &name, &rows, &mut gathered);
        }
    }
    gathered
}

fn feed(
    layout: &Arc<Layout>,
    name: &impl Fn(&str) -> Option<String>,
    rows: &[&Sample],
    gathered: &mut Gathered,
) {
    let headers: Vec<&str> = layout
        .columns()
        .iter()
        .map(|column| &**column.header())
        .filter(|header| name(header).is_some())
        .collect();
    let named = format!("{}.csv", layout.name());
    let file = FileName::new(rows[0].file.unwrap_or(&named));
    let mut recogniser = Recogniser::of_text(&file, &tables().layouts);
    let mut first = 1;
    if layout.position().is_none() {
        let named: Vec<String> = headers.iter().filter_map(|of| name(of)).collect();
        recogniser.take(&header(&named), gathered);
        first += 1;
    }
    for (number, row) in (first..).zip(rows) {
        recogniser.take(&row.row(number, &headers), gathered);
    }
    recogniser.finish(gathered);
}

fn header(names: &[String]) -> Row {
    let mut header = Row::default();
    header.begin(1);
    for name in names {
        header.push_with(|text| {
            text.push_str(name);
            None
        });
    }
    // Many programs end every line with a comma; it makes no column.
    header.pad(names.len() + 1);
    header
}

/// One good line with the row it stands in.
pub(super) fn read_line(line: Sample) -> (PlanLine, Origin) {
    gather(&[line]).lines.all().remove(0)
}

/// The basic data of cards, as far as they pass their own rules.
pub(super) fn roster(cards: &[Sample]) -> Roster {
    let mut gathered = gather(cards);
    let clients = super::clients::check(&mut gathered, None, &Roster::default());
    clients
        .unwrap()
        .into_iter()
        .map(|checked| checked.client)
        .collect()
}
