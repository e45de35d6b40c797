//! 利用者別: one row for each client, those with most to look at on top.

use rust_xlsxwriter::{Workbook, XlsxError};

use super::category::{Category, to_look_at};
use super::places::Places;
use crate::model::{ClientComparison, Comparison, MatchSums};
use crate::report::cell::Cell;
use crate::report::list::{Column, List, Row};
use crate::report::look::{Looks, Tone};

const NAME: &str = "利用者別";

const COLUMNS: &[Column] = &[
    Column::new("番号", 20),
    Column::new("氏名", 24),
    Column::new("要確認", 8),
    Column::new(Category::AsPlanned.label(), 12),
    Column::new(Category::TimeDiffers.label(), 12),
    Column::new(Category::TimeDoubtful.label(), 12),
    Column::new(Category::ServiceDiffers.label(), 14),
    Column::new(Category::Unapproved.label(), 12),
    Column::new(Category::NoRecord.label(), 12),
    Column::new(Category::Unplanned.label(), 12),
    Column::new(Category::ProRated.label(), 12),
    Column::new("カレンダー", 12),
    Column::new("明細", 8),
];

/// Each row points to the calendar and to the visits.
const LINKS_PER_ROW: usize = 2;

/// The list, with its sums as soon as they are known.
pub(super) fn list<'a>(places: &Places, sums: Option<&'a [Cell<'a>]>) -> List<'a> {
    List {
        name: NAME,
        columns: COLUMNS,
        rows_per_sheet: places.rows_with_links(LINKS_PER_ROW),
        // An address counts the row above the header, whatever stands in it.
        sums: Some(sums.unwrap_or_default()),
    }
}

/// Writes the sheet.
pub(super) fn write(
    workbook: &mut Workbook,
    looks: &Looks,
    comparison: &Comparison,
    places: &Places,
) -> Result<(), XlsxError> {
    let mut total = vec![
        "合計".into(),
        format!("{} 人", comparison.clients.len()).into(),
    ];
    total.extend(counts(comparison.sums()));
    // Above the links, so that the band of sums is as wide as the list.
    total.extend([Cell::from(""), Cell::from("")]);
    let order = places.order().iter();
    let rows = order.map(|&index| row(&comparison.clients[index], index, places));
    list(places, Some(&total)).write(workbook, looks, rows)
}

fn row<'a>(client: &'a ClientComparison, index: usize, places: &Places) -> Row<'a> {
    let mut cells = vec![
        client.client.to_string().into(),
        client.name.as_str().into(),
    ];
    cells.extend(counts(client.sums()));
    cells.push(Cell::Link {
        text: "カレンダー",
        to: places.calendar(index),
    });
    cells.push(if client.visits.is_empty() {
        "".into()
    } else {
        Cell::Link {
            text: "明細",
            to: places.visits(index),
        }
    });
    Row {
        tone: Tone::Plain,
        cells,
    }
}

/// How much there is to look at, and each of the sums.
fn counts<'a>(sums: MatchSums) -> impl Iterator<Item = Cell<'a>> {
    let all = Cell::Number(to_look_at(&sums));
    let each = Category::ALL.into_iter().map(move |category| {
        let count = category.of(&sums);
        match category {
            Category::AsPlanned | Category::TimeDiffers => Cell::Number(count),
            Category::TimeDoubtful
            | Category::ServiceDiffers
            | Category::Unapproved
            | Category::NoRecord
            | Category::Unplanned
            | Category::ProRated => Cell::Wish {
                count,
                tone: category.tone(),
            },
        }
    });
    std::iter::once(all).chain(each)
}
