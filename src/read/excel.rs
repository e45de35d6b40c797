//! Excel workbooks, cell by cell: a sheet is never held whole.
//!
//! Numbers become the text that they mean, and days their day number; which of the two a
//! cell is decides the field it stands in, not the sheet's own format.

use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use calamine::{DataRef, Reader as _, Xlsx, XlsxError};

use crate::disk;
use crate::model::FileName;
use crate::table::{Calendar, Layout};

use super::Intake;
use super::decode::unwritten;
use super::header::Recogniser;
use super::row::{Fault, Row};

/// No layout has columns beyond this; cells further right are not read.
const WIDEST: u32 = 1024;

/// The workbook could not be read; what exactly is wrong does not help a clerk.
#[derive(Debug, thiserror::Error)]
#[error("not a readable workbook")]
pub struct Unreadable;

impl From<XlsxError> for Unreadable {
    fn from(_: XlsxError) -> Self {
        Self
    }
}

/// Reads every sheet of a workbook whose header is known; where there is none, the first
/// sheet is reported.
pub fn read(
    path: &Path,
    name: &FileName,
    layouts: &[Arc<Layout>],
    intake: &mut dyn Intake,
) -> Result<(), Unreadable> {
    let file = disk::open(path).map_err(|_| Unreadable)?;
    let mut workbook: Xlsx<_> = Xlsx::new(BufReader::new(file))?;
    let calendar = if workbook.has_1904_epoch() {
        Calendar::Of1904
    } else {
        Calendar::Of1900
    };
    let mut unknown = Vec::new();
    let mut any_known = false;
    for sheet in workbook.sheet_names() {
        let mut recogniser = Recogniser::new(name.clone(), Some(Arc::from(&*sheet)), layouts)
            .counting_from(calendar);
        read_sheet(&mut workbook, &sheet, &mut recogniser, intake)?;
        if recogniser.is_recognised() {
            any_known = true;
            recogniser.finish(intake);
        } else {
            unknown.push(recogniser);
        }
    }
    if !any_known && let Some(first) = unknown.into_iter().next() {
        first.finish(intake);
    }
    Ok(())
}

fn read_sheet(
    workbook: &mut Xlsx<BufReader<std::fs::File>>,
    sheet: &str,
    recogniser: &mut Recogniser<'_>,
    intake: &mut dyn Intake,
) -> Result<(), Unreadable> {
    let mut cells = workbook.worksheet_cells_reader(sheet)?;
    let mut row = Row::default();
    while let Some(cell) = cells.next_cell()? {
        let (at, column) = cell.get_position();
        if at + 1 != row.number() {
            if row.number() > 0 {
                recogniser.take(&row, intake);
            }
            row.begin(at + 1);
        }
        if column < WIDEST {
            row.pad(column as usize);
            row.push_with(|text| push_text(cell.get_value(), text));
        }
    }
    if row.number() > 0 {
        recogniser.take(&row, intake);
    }
    Ok(())
}

fn push_text(value: &DataRef<'_>, text: &mut String) -> Option<Fault> {
    let start = text.len();
    match value {
        DataRef::Empty => {}
        DataRef::Int(number) => text.push_str(&number.to_string()),
        DataRef::Float(number) => push_number(*number, text),
        DataRef::String(words) | DataRef::DateTimeIso(words) | DataRef::DurationIso(words) => {
            text.push_str(words);
        }
        DataRef::SharedString(words) => text.push_str(words),
        DataRef::Bool(flag) => text.push(if *flag { '1' } else { '0' }),
        DataRef::DateTime(moment) => push_number(moment.as_f64(), text),
        DataRef::Error(_) => return Some(Fault::CellError),
    }
    unwritten(&text[start..])
}

/// Whole numbers without a point; the shortest text that means the same number otherwise.
fn push_number(number: f64, text: &mut String) {
    use std::fmt::Write as _;
    // Writing into a `String` cannot fail.
    let _ = write!(text, "{number}");
}
