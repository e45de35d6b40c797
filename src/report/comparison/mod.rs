//! The workbook 予実対照: a month's plan against its approved actuals.
//!
//! In: a [`Comparison`]. Out: 概要 for the first look, 承認待ち for the manager, 利用者別 with
//! whoever needs attention on top, カレンダー with every client's month in letters and colours, 明細 with every visit,
//! 日割 where there is any, and 日別, the numbers behind a chart.
//!
//! Nothing is decided here but where a thing stands. Everything that is a link asks
//! `places`, which knows all sheets before the first one is written.

mod category;
mod verdict;
mod words;
mod places;
mod overview;
mod waiting;
mod charts;
mod clients;
mod calendar;
mod calendar_look;
mod lines;
mod visits;
mod pro_rated;
mod daily;

use std::fmt;
use std::path::Path;

use rust_xlsxwriter::{Workbook, XlsxError};

use super::list::ROWS_PER_SHEET;
use super::look::Looks;
use super::workbook::{self, ReportError};
use crate::disk;
use crate::model::Comparison;
use places::Places;

/// What the workbook is about.
#[derive(Clone, Copy)]
pub struct ComparisonReport<'a> {
    /// The name or the number of the office.
    pub office: &'a str,
    /// Its month.
    pub comparison: &'a Comparison,
}

/// Writes the workbook, whole or not at all.
pub fn write_comparison(path: &Path, report: &ComparisonReport<'_>) -> Result<(), ReportError> {
    Ok(disk::write(path, &comparison_workbook(path, report)?)?)
}

/// The workbook as bytes, the same for the same comparison. `path` is where it is to stand,
/// for errors.
pub fn comparison_workbook(
    path: &Path,
    report: &ComparisonReport<'_>,
) -> Result<Vec<u8>, ReportError> {
    within(path, report, Room::EXCEL)
}

/// How much a sheet holds before it goes on on the next one.
#[derive(Debug, Clone, Copy)]
struct Room {
    rows: usize,
    links: usize,
    breaks: usize,
}

impl Room {
    /// Excel takes 65,530 links a sheet and drops the rest; the library does not count them. Nor
    /// does it break more than 1,026 pages by hand.
    const EXCEL: Self = Self {
        rows: ROWS_PER_SHEET,
        links: 65_000,
        breaks: 1_000,
    };
}

fn within(path: &Path, report: &ComparisonReport<'_>, room: Room) -> Result<Vec<u8>, ReportError> {
    let places = Places::find(report.comparison, room);
    let month = report.comparison.month;
    workbook::of_month(path, &title(report.comparison), month, |workbook| {
        write_sheets(workbook, report, &places)
    })
}

fn write_sheets(
    workbook: &mut Workbook,
    report: &ComparisonReport<'_>,
    places: &Places,
) -> Result<(), XlsxError> {
    let looks = Looks::new();
    let comparison = report.comparison;
    overview::write(workbook, &looks, report, places)?;
    waiting::write(workbook, report, places.rows_per_sheet())?;
    clients::write(workbook, &looks, comparison, places)?;
    calendar::write(workbook, comparison, places)?;
    visits::write(workbook, &looks, comparison, places)?;
    pro_rated::write(workbook, &looks, comparison)?;
    daily::write(workbook, &looks, comparison)
}

/// The title of the first page, and of the document.
fn title(comparison: &Comparison) -> String {
    format!("予実対照 {}", comparison.month.in_words())
}

/// Counts only; visits have names.
impl fmt::Debug for ComparisonReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ComparisonReport")
            .field("month", &self.comparison.month)
            .field("clients", &self.comparison.clients.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
