//! 明細: every visit, planned, actual or both, client by client and day by day.

use rust_xlsxwriter::{Workbook, XlsxError};

use super::places::Places;
use super::verdict::{Unanswered, tone, word};
use super::words::{begun, later_by, service_with_code, weekday};
use crate::model::{Began, ClientComparison, Compared, Comparison, Slot};
use crate::report::cell::Cell;
use crate::report::list::{Column, List, Row};
use crate::report::look::Looks;

const NAME: &str = "明細";

const COLUMNS: &[Column] = &[
    Column::new("判定", 20),
    Column::new("日", 6),
    Column::new("曜日", 6),
    Column::new("番号", 20),
    Column::new("氏名", 24),
    Column::new("予定の時刻", 16),
    Column::new("予定のサービス", 34),
    Column::new("実績の時刻", 16),
    Column::new("実績のサービス", 34),
    Column::new("開始の差(分)", 14),
    Column::new("終了の差(分)", 14),
    Column::new("カレンダー", 12),
    Column::new("時刻で確かめること", 24),
];

/// The list.
pub(super) fn list(places: &Places) -> List<'static> {
    List {
        name: NAME,
        columns: COLUMNS,
        rows_per_sheet: places.rows_per_sheet(),
        sums: None,
    }
}

/// Writes the sheet, and further ones where there are more visits than a sheet has rows.
pub(super) fn write(
    workbook: &mut Workbook,
    looks: &Looks,
    comparison: &Comparison,
    places: &Places,
) -> Result<(), XlsxError> {
    let clients = comparison.clients.iter().enumerate();
    let visits = clients.flat_map(|(index, client)| {
        let unanswered = Unanswered::of(client);
        client
            .visits
            .iter()
            .map(move |visit| (index, client, unanswered, visit))
    });
    let rows = visits
        .enumerate()
        .map(|(place, (index, client, unanswered, visit))| {
            let mut row = row(client, unanswered, visit);
            row.cells.push(link(place, index, places));
            // Last, and no cell at all where there is nothing: that is nearly every visit.
            let doubts = visit.doubts();
            row.cells
                .extend((!doubts.is_empty()).then(|| doubts.into()));
            row
        });
    list(places).write(workbook, looks, rows)
}

/// The way to the calendar, as long as the sheet takes links.
///
/// Sheets of fewer rows would have a link in each of them. But somebody filters and sorts
/// all of a month at once, and from 利用者別 there is a way for everybody.
fn link(place: usize, client: usize, places: &Places) -> Cell<'static> {
    if place % places.rows_per_sheet() < places.rows_with_links(1) {
        Cell::Link {
            text: "カレンダー",
            to: places.calendar(client),
        }
    } else {
        "".into()
    }
}

fn row<'a>(client: &'a ClientComparison, unanswered: Unanswered, visit: &Compared) -> Row<'a> {
    let kind = visit.kind();
    let mut cells = vec![
        word(kind, unanswered).into(),
        Cell::Number(visit.date.day()),
        weekday(visit.date).into(),
        client.client.to_string().into(),
        client.name.as_str().into(),
    ];
    cells.extend(side(client, visit.planned, Began::OnTheDay));
    cells.extend(side(client, visit.actual, visit.began));
    cells.extend(differences(visit));
    Row {
        tone: tone(kind, unanswered),
        cells,
    }
}

/// The time and the service of one side.
fn side(client: &ClientComparison, slot: Option<Slot>, began: Began) -> [Cell<'static>; 2] {
    slot.map_or_else(
        || [Cell::from(""), Cell::from("")],
        |slot| {
            [
                begun(slot.hours, began).into(),
                service_with_code(client, slot.code).into(),
            ]
        },
    )
}

/// Of start and end, in minutes.
fn differences(visit: &Compared) -> [Cell<'static>; 2] {
    let both = visit.planned.zip(visit.actual);
    both.map_or_else(
        || [Cell::from(""), Cell::from("")],
        |(planned, actual)| {
            let (start, end) = later_by(planned.hours, actual.hours, visit.began);
            [Cell::Difference(start), Cell::Difference(end)]
        },
    )
}
