//! 日別: how many visits each day has, planned and approved.

use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::words::weekday;
use crate::model::{CivilDate, Comparison, Match};
use crate::report::cell::Cell;
use crate::report::look::Looks;
use crate::report::page::{Page, Span};

pub(super) const NAME: &str = "日別";
/// The row of the first day, counted from 0.
pub(super) const FIRST_ROW: u32 = 4;

/// The visits of a day.
#[derive(Debug, Clone, Copy, Default)]
struct Day {
    planned: u32,
    approved: u32,
    only_planned: u32,
    unplanned: u32,
}

const WIDTHS: [u16; 6] = [8, 8, 16, 16, 22, 16];
const CELLS: [Span; 6] = [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5)];

/// Writes the sheet.
pub(super) fn write(
    workbook: &mut Workbook,
    looks: &Looks,
    comparison: &Comparison,
) -> Result<(), XlsxError> {
    let mut page = Page::begin(workbook, NAME, looks, &WIDTHS)?;
    page.title(&format!("日別の訪問 {}", comparison.month.in_words()))?;
    page.sentence(
        "シート「概要」のグラフの元になる件数です。",
        &looks.sentence,
    )?;
    page.skip();
    let counts = [
        "予定",
        "実績(承認済み)",
        "予定だけ(実績なし)",
        "予定外の実績",
    ];
    page.headers(&CELLS, &["日", "曜日"], &counts)?;
    let days = days(comparison);
    for (date, day) in &days {
        let words = [Cell::Number(date.day()), weekday(*date).into()];
        write_day(
            &mut page,
            words,
            day,
            [&looks.number, &looks.text, &looks.number],
        )?;
    }
    let total = days
        .iter()
        .fold(Day::default(), |sum, (_, day)| sum.and(*day));
    let words = ["合計".into(), "".into()];
    write_day(
        &mut page,
        words,
        &total,
        [&looks.sum_label, &looks.sum_label, &looks.sum],
    )?;
    page.end();
    Ok(())
}

fn write_day(
    page: &mut Page<'_>,
    words: [Cell<'_>; 2],
    day: &Day,
    [first, second, number]: [&Format; 3],
) -> Result<(), XlsxError> {
    let counts = [day.planned, day.approved, day.only_planned, day.unplanned];
    let words = words.into_iter().zip([first, second]);
    let counts = counts.map(|count| (Cell::Number(count), number));
    page.row(&CELLS, &words.chain(counts).collect::<Vec<_>>())
}

/// Every day of the month, also one without a visit.
fn days(comparison: &Comparison) -> Vec<(CivilDate, Day)> {
    let month = comparison.month;
    let dates = (1..=month.days()).filter_map(|day| month.day(day));
    let mut days: Vec<_> = dates.map(|date| (date, Day::default())).collect();
    let clients = comparison.clients.iter();
    for visit in clients.flat_map(|client| &client.visits) {
        let of_the_day = days.iter_mut().find(|(date, _)| *date == visit.date);
        if let Some((_, day)) = of_the_day {
            day.planned += u32::from(visit.planned.is_some());
            day.approved += u32::from(visit.actual.is_some());
            day.only_planned += u32::from(visit.kind() == Match::Unanswered);
            day.unplanned += u32::from(visit.kind() == Match::Unplanned);
        }
    }
    days
}

impl Day {
    fn and(self, other: Self) -> Self {
        Self {
            planned: self.planned + other.planned,
            approved: self.approved + other.approved,
            only_planned: self.only_planned + other.only_planned,
            unplanned: self.unplanned + other.unplanned,
        }
    }
}
