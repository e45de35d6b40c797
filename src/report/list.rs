//! A long list: one row for each thing, over as many sheets as it takes.

use rust_xlsxwriter::{Format, IgnoreError, Workbook, Worksheet, XlsxError};

use super::cell::{Cell, address, width};
use super::look::{Looks, Tone, height_of, set_paper};

/// How many rows of a list stand on one sheet; Excel itself ends at 1,048,576.
pub(super) const ROWS_PER_SHEET: usize = 1_000_000;

/// So many rows of a sheet get what a person looks at row by row: a height, a link, a note. The
/// library keeps all of these to the end (links and notes of 50,000 rows are 700 MB), and whoever
/// has more rows before him filters them.
pub(super) const READ_ONE_BY_ONE: u32 = 10_000;

/// A list, before its rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct List<'a> {
    /// The name of the first sheet; the next ones add (2), (3) …
    pub(super) name: &'a str,
    pub(super) columns: &'a [Column],
    /// Where the list goes on on a further sheet.
    pub(super) rows_per_sheet: usize,
    /// Sums of all rows, above the header of every sheet: what a filter hides or sorts lies
    /// below it, and the sums stay in sight however far down somebody reads.
    pub(super) sums: Option<&'a [Cell<'a>]>,
}

/// A column of a list.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) header: &'static str,
    /// In half-width characters; longer text goes on in the next line of its cell.
    pub(super) widest: usize,
}

impl Column {
    pub(super) const fn new(header: &'static str, widest: usize) -> Self {
        Self { header, widest }
    }
}

/// A row of a list.
#[derive(Debug)]
pub(super) struct Row<'a> {
    /// The colour of the first cell.
    pub(super) tone: Tone,
    pub(super) cells: Vec<Cell<'a>>,
}

impl List<'_> {
    /// Writes all rows behind the sheets that are there.
    pub(super) fn write<'r>(
        &self,
        workbook: &mut Workbook,
        looks: &Looks,
        rows: impl Iterator<Item = Row<'r>>,
    ) -> Result<(), XlsxError> {
        let mut rows = rows.peekable();
        let mut part = 0;
        // The first sheet is there even without a row: a list that is missing looks like a
        // fault, an empty one like good news.
        while part == 0 || rows.peek().is_some() {
            let sheet = workbook.add_worksheet_with_constant_memory()?;
            sheet.set_name(sheet_name(self.name, part))?;
            self.fill(sheet, looks, rows.by_ref().take(self.rows_per_sheet))?;
            part += 1;
        }
        Ok(())
    }

    /// Where the row with this index, counted from 0, stands.
    pub(super) fn address(&self, index: usize) -> String {
        let below_header = index % self.rows_per_sheet + 1;
        let row = u32::try_from(below_header).expect("a sheet has fewer than 2^32 rows");
        let sheet = sheet_name(self.name, index / self.rows_per_sheet);
        address(&sheet, self.header() + row)
    }

    /// The row of the header.
    fn header(&self) -> u32 {
        u32::from(self.sums.is_some())
    }

    /// Writes one sheet, strictly from top to bottom: a row that constant memory has left
    /// behind takes no further cell, and does not say so.
    fn fill<'r>(
        &self,
        sheet: &mut Worksheet,
        looks: &Looks,
        rows: impl Iterator<Item = Row<'r>>,
    ) -> Result<(), XlsxError> {
        for (cell, place) in self.sums.unwrap_or_default().iter().zip(0..) {
            cell.write(sheet, (0, place), sum_look(looks, cell))?;
        }
        let header = self.header();
        for (column, place) in self.columns.iter().zip(0..) {
            Cell::from(column.header).write(sheet, (header, place), &looks.header)?;
        }
        let mut widths = self.header_widths();
        let mut last = header;
        let mut rows = rows.zip(header + 1..).peekable();
        while let Some((row, place)) = rows.next() {
            write_row(sheet, looks, place, &row)?;
            // The library writes a last row with a height twice, and Excel would offer to repair it.
            if rows.peek().is_some() {
                self.heighten(sheet, place, &row)?;
            }
            for (width, cell) in widths.iter_mut().zip(&row.cells) {
                *width = cell.width().max(*width);
            }
            last = place;
        }
        self.fit(sheet, &widths)?;
        self.finish(sheet, last)
    }

    /// Gives the row the height of its fullest cell.
    ///
    /// Excel finds the height by itself, other programs show one line of several. The final
    /// widths are not known yet, but a text that fills a second line finds its column at its
    /// widest.
    fn heighten(&self, sheet: &mut Worksheet, place: u32, row: &Row<'_>) -> Result<(), XlsxError> {
        let filled = self.columns.iter().zip(&row.cells);
        let lines = filled.map(|(column, cell)| cell.lines(column.widest));
        let lines = lines.max().unwrap_or(1);
        if lines > 1 && place <= READ_ONE_BY_ONE {
            sheet.set_row_height(place, height_of(lines))?;
        }
        Ok(())
    }

    /// A header shares its cell with the button of the filter.
    fn header_widths(&self) -> Vec<usize> {
        const BUTTON: usize = 2;
        self.columns
            .iter()
            .map(|column| width(column.header) + BUTTON)
            .collect()
    }

    fn fit(&self, sheet: &mut Worksheet, widths: &[usize]) -> Result<(), XlsxError> {
        const MARGIN: usize = 2;
        for ((column, &width), place) in self.columns.iter().zip(widths).zip(0..) {
            let fitting = u16::try_from(width.min(column.widest) + MARGIN)
                .expect("the widest column is narrower than 2^16 characters");
            sheet.set_column_width(place, fitting)?;
        }
        Ok(())
    }

    fn finish(&self, sheet: &mut Worksheet, last: u32) -> Result<(), XlsxError> {
        let end = u16::try_from(self.columns.len() - 1).expect("a list has a few columns");
        let header = self.header();
        sheet
            .set_freeze_panes(header + 1, 0)?
            .autofilter(header, 0, last, end)?
            // Numbers of people and offices are meant to be text: no green corner.
            .ignore_error_range(0, 0, last, end, IgnoreError::NumberStoredAsText)?
            .set_repeat_rows(0, header)?;
        set_paper(sheet);
        Ok(())
    }
}

fn sum_look<'l>(looks: &'l Looks, cell: &Cell<'_>) -> &'l Format {
    match cell {
        Cell::Text(_) | Cell::Link { .. } | Cell::Choice { .. } => &looks.sum_label,
        Cell::Number(_) | Cell::Wish { .. } | Cell::Difference(_) => &looks.sum,
    }
}

/// The name of the first sheet of a kind, and of those on which it goes on.
pub(super) fn sheet_name(name: &str, part: usize) -> String {
    match part {
        0 => name.to_owned(),
        later => format!("{name}({})", later + 1),
    }
}

fn write_row(
    sheet: &mut Worksheet,
    looks: &Looks,
    row: u32,
    content: &Row<'_>,
) -> Result<(), XlsxError> {
    for (cell, column) in content.cells.iter().zip(0..) {
        let look = match cell {
            Cell::Text(_) if column == 0 => looks.tone(content.tone),
            Cell::Text(_) => &looks.text,
            Cell::Number(_) => &looks.number,
            Cell::Wish { count, tone } => looks.count(*tone, *count),
            Cell::Difference(_) => &looks.difference,
            Cell::Choice { .. } => looks.tone(Tone::Yellow),
            Cell::Link { .. } => &looks.link,
        };
        cell.write(sheet, (row, column), look)?;
    }
    Ok(())
}
