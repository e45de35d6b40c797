//! Merged cells: the value of one stands for all that it covers downwards, and belongs to no
//! certain column where it covers several.

use std::borrow::Cow;
use std::collections::VecDeque;

use crate::finding::Code;
use crate::model::Need;
use crate::read::Sheet;
use crate::read::row::{Fault, Row};

use super::Why;
use super::marks::Region;
use super::sheet::WIDEST;

/// The merged regions of a sheet while its rows pass by.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// By their first row.
    coming: VecDeque<Region>,
    /// Those that begin in the header or above and end below it.
    of_header: Vec<Region>,
    open: Vec<Open>,
    header: Option<u32>,
}

/// A region that the current row crosses, with what its first cell holds.
#[derive(Debug)]
struct Open {
    region: Region,
    text: String,
    fault: Option<Fault>,
}

impl Merged {
    pub(super) fn new(mut regions: Vec<Region>) -> Self {
        regions.sort_by_key(|region| region.top);
        Self {
            coming: regions.into(),
            ..Self::default()
        }
    }

    /// Adds a region that begins in the current row or below.
    pub(super) fn add(&mut self, region: Region) {
        self.coming.push_back(region);
    }

    /// The header was found in this row. What is merged in it or above stays out of the
    /// data: titles, and headers that are two rows high.
    pub(super) fn header_at(&mut self, row: u32) {
        self.header = Some(row);
        while self.coming.front().is_some_and(|next| next.top <= row) {
            self.of_header
                .extend(self.coming.pop_front().filter(|region| region.bottom > row));
        }
    }

    /// Whether a row below the header is still part of it: every cell that a row of data
    /// must have belongs to a header cell. The second row of a header holds weekdays, say.
    pub(super) fn is_header(&self, row: u32, sheet: &Sheet) -> bool {
        if !self.of_header.iter().any(|region| region.bottom >= row) {
            return false;
        }
        let columns = sheet.layout.columns().iter().enumerate();
        let mut needed = columns
            .filter(|(_, column)| column.need() != Need::Optional && column.day().is_none())
            .filter_map(|(at, _)| sheet.column(at));
        needed.all(|column| {
            let of_header = |region: &Region| covers(region, row, column);
            self.of_header.iter().any(of_header)
        })
    }

    /// The row with the values of the merged cells that it crosses.
    pub(super) fn fill<'r>(&mut self, row: &'r Row, sheet: &Sheet) -> Result<Cow<'r, Row>, Why> {
        self.advance(row)?;
        if self.open.is_empty() {
            return Ok(Cow::Borrowed(row));
        }
        let width = self.open.iter().map(|open| open.region.left as usize + 1);
        let width = width.max().unwrap_or_default().max(row.width());
        let mut filled = Row::default();
        filled.begin(row.number());
        for column in 0..width {
            let from_above = self.open.iter().find(|open| {
                open.region.top < row.number()
                    && open.region.left as usize == column
                    && (!open.text.trim().is_empty() || open.fault.is_some())
            });
            filled.push_with(|text| {
                text.push_str(from_above.map_or(row.cell(column), |open| &open.text));
                let across = ambiguous(&self.open, column, sheet).then_some(Fault::MergedAcross);
                let fault = from_above.map_or(row.fault(column), |open| open.fault);
                fault.or(across)
            });
            if from_above.is_some() {
                filled.remark(column, Code::MergedDown);
            }
        }
        for &(column, code) in row.remarks() {
            filled.remark(column, code);
        }
        Ok(Cow::Owned(filled))
    }

    /// Lets go of the regions above the row and opens those that begin in it.
    fn advance(&mut self, row: &Row) -> Result<(), Why> {
        let number = row.number();
        self.open.retain(|open| open.region.bottom >= number);
        while self.coming.front().is_some_and(|next| next.top <= number) {
            let Some(region) = self.coming.pop_front() else {
                break;
            };
            if region.bottom < number || region.left > WIDEST {
                continue;
            }
            // Regions that overlap are no sheet, and could be heaped upon each other.
            let overlaps =
                |open: &Open| region.left <= open.region.right && open.region.left <= region.right;
            if self.open.iter().any(overlaps) {
                return Err(Why::Damaged);
            }
            // A region whose first row has no cells at all is empty.
            let first = (region.top == number).then_some(region.left as usize);
            self.open.push(Open {
                region,
                text: first.map_or("", |column| row.cell(column)).to_owned(),
                fault: first.and_then(|column| row.fault(column)),
            });
        }
        Ok(())
    }
}

fn covers(region: &Region, row: u32, column: usize) -> bool {
    u32::try_from(column).is_ok_and(|column| region.covers(row, column))
}

/// Whether a cell's value may belong to another column as well: its region covers several
/// columns that have a header. The first of them that the layout knows bears the fault,
/// because nobody looks at the others; an empty region says nothing of any column.
fn ambiguous(open: &[Open], column: usize, sheet: &Sheet) -> bool {
    let within = |open: &&Open| {
        (open.region.left as usize..=open.region.right as usize).contains(&column)
            && !open.text.is_empty()
    };
    let Some(open) = open.iter().find(within) else {
        return false;
    };
    let last = (open.region.right as usize + 1).min(sheet.width());
    let headed = (open.region.left as usize..last).filter(|at| !sheet.header(*at).is_empty());
    let known =
        |at: &usize| (0..sheet.layout.columns().len()).any(|of| sheet.column(of) == Some(*at));
    headed.clone().nth(1).is_some() && headed.clone().find(known) == Some(column)
}
