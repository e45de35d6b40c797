//! 承認待ち: what the manager is still to approve, and what nobody has recorded, on one page.
//!
//! Care-wing counts what waits for each client and does not say which visits these are. So the
//! days are those of planned visits without an approved actual, and a sign says what is known of
//! them: where some of them may wait and others not, none is said to.

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::ComparisonReport;
use super::calendar_look::CalendarLooks;
use super::category::Category;
use super::verdict::{Unanswered, letter, tone};
use super::words::weekday;
use crate::model::{CivilDate, ClientComparison, Match, YearMonth};
use crate::report::cell::{Cell, address};
use crate::report::list::sheet_name;
use crate::report::look::set_paper;

const NAME: &str = "承認待ち";
/// The columns before the first day.
const FIRST_DAY: u16 = 5;
/// Below title, sums, explanations and two rows of headers.
const FIRST_ROW: u32 = 6;

/// Where the first client stands, if there is one.
pub(super) fn first() -> String {
    address(NAME, FIRST_ROW)
}

/// A client of whom something waits, or is not recorded.
struct Open<'a> {
    client: &'a ClientComparison,
    unanswered: Unanswered,
    /// How many planned visits of each day have no approved actual.
    days: [u32; 31],
    waiting: u32,
    no_record: u32,
    /// How many of those that wait belong to no planned visit.
    without_day: u32,
}

impl<'a> Open<'a> {
    fn of(client: &'a ClientComparison) -> Option<Self> {
        let mut days = [0; 31];
        let unanswered = client.visits.iter();
        for visit in unanswered.filter(|visit| visit.kind() == Match::Unanswered) {
            let day = usize::try_from(visit.date.day() - 1).expect("a month has 31 days at most");
            days[day] += 1;
        }
        let planned: u32 = days.iter().sum();
        (planned > 0 || client.unapproved > 0).then(|| Self {
            client,
            unanswered: Unanswered::of(client),
            days,
            waiting: client.unapproved,
            no_record: planned.saturating_sub(client.unapproved),
            without_day: client.unapproved.saturating_sub(planned),
        })
    }
}

/// Writes the sheet, and further ones where there are more clients than a sheet has rows.
pub(super) fn write(
    workbook: &mut Workbook,
    report: &ComparisonReport<'_>,
    rows_per_sheet: usize,
) -> Result<(), XlsxError> {
    let clients = report.comparison.clients.iter();
    let mut open: Vec<Open<'_>> = clients.filter_map(Open::of).collect();
    // Whoever approves begins where most of it is.
    open.sort_by_key(|of| std::cmp::Reverse((of.waiting, of.no_record)));
    let looks = CalendarLooks::new();
    let head = usize::try_from(FIRST_ROW).expect("a page has a few rows");
    let per_sheet = rows_per_sheet.saturating_sub(head).max(1);
    let parts = open.chunks(per_sheet);
    let none: &[Open<'_>] = &[];
    for (part, clients) in parts.chain(open.is_empty().then_some(none)).enumerate() {
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(sheet_name(NAME, part))?;
        let mut page = Page {
            sheet,
            looks: &looks,
            dates: dates(report.comparison.month),
        };
        page.set_up(clients.len())?;
        page.head(report, &open)?;
        for (open, row) in clients.iter().zip(FIRST_ROW..) {
            page.client(row, open)?;
        }
    }
    Ok(())
}

fn dates(month: YearMonth) -> Vec<CivilDate> {
    (1..=month.days())
        .filter_map(|day| month.day(day))
        .collect()
}

const EXPLAINED: &str = "Care-wingが渡すのは、利用者ごとの未承認の件数だけです。どの日の訪問かは、Care-wingで確かめてください。\
    日の欄の記号は、承認された実績のない予定です。";

/// The sheet, written from top to bottom.
struct Page<'a> {
    sheet: &'a mut Worksheet,
    looks: &'a CalendarLooks,
    dates: Vec<CivilDate>,
}

impl Page<'_> {
    fn set_up(&mut self, clients: usize) -> Result<(), XlsxError> {
        /// What is still legible when all of it is made to fit one sheet of paper.
        const ONE_PAGE: usize = 40;
        const WIDTHS: [u16; 5] = [20, 19, 9, 9, 9];
        const DAY: f64 = 3.3;
        const CHECKED: u16 = 8;
        let last = self.after_the_days();
        set_paper(self.sheet);
        self.sheet
            .set_screen_gridlines(false)
            .set_print_fit_to_pages(1, u16::from(clients <= ONE_PAGE))
            .set_repeat_rows(FIRST_ROW - 2, FIRST_ROW - 1)?
            .set_freeze_panes(FIRST_ROW, 1)?
            .set_column_range_width(FIRST_DAY, last - 1, DAY)?
            .set_column_width(last, CHECKED)?;
        for (width, column) in WIDTHS.into_iter().zip(0..) {
            self.sheet.set_column_width(column, width)?;
        }
        Ok(())
    }

    fn after_the_days(&self) -> u16 {
        FIRST_DAY + u16::try_from(self.dates.len()).expect("a month has 31 days")
    }

    fn head(&mut self, report: &ComparisonReport<'_>, open: &[Open<'_>]) -> Result<(), XlsxError> {
        let looks = self.looks;
        let month = report.comparison.month.in_words();
        let title = format!("{NAME} {month}　{}", report.office);
        self.put(0, 0, &title.into(), &looks.title)?;
        self.put(1, 0, &sums(open).into(), &looks.name_alone)?;
        self.put(2, 0, &EXPLAINED.into(), &looks.note)?;
        self.legend()?;
        let (unapproved, no_record) = (Category::Unapproved, Category::NoRecord);
        let labels = [
            "氏名",
            "番号",
            unapproved.label(),
            no_record.label(),
            "日が不明",
        ];
        for (label, column) in labels.into_iter().zip(0..) {
            self.put(FIRST_ROW - 2, column, &label.into(), &looks.header)?;
        }
        let (last, dates) = (self.after_the_days(), self.dates.clone());
        for (date, column) in dates.iter().zip(FIRST_DAY..) {
            let day = Cell::Number(date.day());
            self.put(FIRST_ROW - 2, column, &day, looks.weekday(*date))?;
        }
        self.put(FIRST_ROW - 2, last, &"確認".into(), &looks.header)?;
        for column in (0..FIRST_DAY).chain([last]) {
            self.put(FIRST_ROW - 1, column, &"".into(), &looks.header)?;
        }
        for (date, column) in dates.iter().zip(FIRST_DAY..) {
            let day = weekday(*date).into();
            self.put(FIRST_ROW - 1, column, &day, looks.weekday(*date))?;
        }
        Ok(())
    }

    /// The three signs, each with its colour and its word.
    fn legend(&mut self) -> Result<(), XlsxError> {
        const APART: u16 = 6;
        let looks = self.looks;
        let signs = [
            Unanswered::Unapproved,
            Unanswered::NoRecord,
            Unanswered::Either,
        ];
        for (of, column) in signs.into_iter().zip((FIRST_DAY..).step_by(APART.into())) {
            let sign = letter(Match::Unanswered, of).to_string();
            let look = looks.mark(tone(Match::Unanswered, of));
            self.put(3, column, &sign.into(), look)?;
            self.put(3, column + 1, &of.word().into(), &looks.legend)?;
        }
        Ok(())
    }

    fn client(&mut self, row: u32, open: &Open<'_>) -> Result<(), XlsxError> {
        let looks = self.looks;
        let client = open.client;
        self.put(row, 0, &client.name.as_str().into(), &looks.label)?;
        self.put(row, 1, &client.client.to_string().into(), &looks.label)?;
        let counts = [open.waiting, open.no_record, open.without_day];
        for (count, column) in counts.into_iter().zip(2..) {
            match count {
                0 => self.put(row, column, &"".into(), &looks.sum)?,
                _ => self.put(row, column, &Cell::Number(count), &looks.sum)?,
            }
        }
        let sign = letter(Match::Unanswered, open.unanswered);
        let marked = looks.mark(tone(Match::Unanswered, open.unanswered));
        for (date, column) in self.dates.clone().into_iter().zip(FIRST_DAY..) {
            let day = usize::try_from(date.day() - 1).expect("a month has 31 days at most");
            match open.days[day] {
                0 => drop(self.sheet.write_blank(row, column, looks.empty(date))?),
                1 => self.put(row, column, &sign.to_string().into(), marked)?,
                count => self.put(row, column, &format!("{sign}{count}").into(), marked)?,
            }
        }
        let checked = self.after_the_days();
        self.sheet.write_blank(row, checked, &looks.label)?;
        Ok(())
    }

    fn put(
        &mut self,
        row: u32,
        column: u16,
        cell: &Cell<'_>,
        format: &Format,
    ) -> Result<(), XlsxError> {
        cell.write(self.sheet, (row, column), format)
    }
}

/// `未承認 9 件(3 人)　記録なし 2 件(2 人)`
fn sums(open: &[Open<'_>]) -> String {
    if open.is_empty() {
        return "未承認も、記録のない予定もありません。".to_owned();
    }
    let of = |count: fn(&Open<'_>) -> u32| {
        let counts = open.iter().map(count).filter(|count| *count > 0);
        let all: u64 = counts.clone().map(u64::from).sum();
        format!("{all} 件({} 人)", counts.count())
    };
    format!(
        "{} {}　{} {}",
        Category::Unapproved.label(),
        of(|open| open.waiting),
        Category::NoRecord.label(),
        of(|open| open.no_record)
    )
}
