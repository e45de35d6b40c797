//! 日割: the codes whose days somebody adjusts by hand.

use rust_xlsxwriter::{Workbook, XlsxError};

use crate::model::{ClientComparison, Comparison, ProRated};
use crate::report::cell::Cell;
use crate::report::list::{Column, List, ROWS_PER_SHEET, Row};
use crate::report::look::{Looks, Tone};

const COLUMNS: &[Column] = &[
    Column::new("番号", 20),
    Column::new("氏名", 24),
    Column::new("コード", 10),
    Column::new("名称", 44),
    Column::new("訪問のあった日数", 18),
    Column::new("請求する日数", 52),
];

/// It stands in every row: whoever filters or prints some of them must not miss it.
const BY_HAND: &str = "楽すけの月間ケアプランで、手作業で調整します。";

/// Writes the sheet, if there is anything to adjust.
pub(super) fn write(
    workbook: &mut Workbook,
    looks: &Looks,
    comparison: &Comparison,
) -> Result<(), XlsxError> {
    let rows = comparison.clients.iter().flat_map(|client| {
        let codes = client.pro_rated.iter();
        codes.map(move |code| row(client, code))
    });
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return Ok(());
    }
    let list = List {
        name: "日割",
        columns: COLUMNS,
        rows_per_sheet: ROWS_PER_SHEET,
        sums: None,
    };
    list.write(workbook, looks, rows)
}

fn row<'a>(client: &'a ClientComparison, pro_rated: &ProRated) -> Row<'a> {
    let name = client.services.get(&pro_rated.code);
    Row {
        tone: Tone::Plain,
        cells: vec![
            client.client.to_string().into(),
            client.name.as_str().into(),
            pro_rated.code.to_string().into(),
            name.map_or("", String::as_str).into(),
            Cell::Number(pro_rated.days),
            BY_HAND.into(),
        ],
    }
}
