//! A page of sums: a title, facts, small tables and sentences, from top to bottom.

use rust_xlsxwriter::{Chart, Format, Workbook, Worksheet, XlsxError};

use super::cell::Cell;
use super::look::{Looks, base, height_of, set_paper};

/// A page that is being written; every part leaves the cursor below itself.
pub(super) struct Page<'a> {
    sheet: &'a mut Worksheet,
    looks: &'a Looks,
    widths: &'a [u16],
    row: u32,
}

/// The columns that one cell of a table covers, the first and the last.
pub(super) type Span = (u16, u16);

impl<'a> Page<'a> {
    /// Begins a page with columns of these widths, in half-width characters.
    ///
    /// A page is small and holds merged cells, so it does without constant memory.
    pub(super) fn begin(
        workbook: &'a mut Workbook,
        name: &str,
        looks: &'a Looks,
        widths: &'a [u16],
    ) -> Result<Self, XlsxError> {
        let sheet = workbook.add_worksheet();
        sheet.set_name(name)?.set_screen_gridlines(false);
        set_paper(sheet);
        for (&width, column) in widths.iter().zip(0..) {
            sheet.set_column_width(column, width)?;
        }
        Ok(Self {
            sheet,
            looks,
            widths,
            row: 0,
        })
    }

    /// The line that says what the workbook is.
    pub(super) fn title(&mut self, title: &str) -> Result<(), XlsxError> {
        const POINTS: f64 = 30.0;
        self.sheet.set_row_height(self.row, POINTS)?;
        self.put(&title.into(), 0, &self.looks.title)?;
        self.row += 1;
        Ok(())
    }

    /// A word and what there is to say about it; long text runs on over the empty cells.
    pub(super) fn fact(&mut self, label: &str, text: &str) -> Result<(), XlsxError> {
        self.put(&label.into(), 0, &self.looks.label)?;
        self.put(&text.into(), 1, &base())?;
        self.row += 1;
        Ok(())
    }

    /// A heading over the whole page, with a line of air above it.
    pub(super) fn heading(&mut self, heading: &str) -> Result<(), XlsxError> {
        self.skip();
        self.across(heading, &self.looks.heading)
    }

    /// A sentence over the whole page, as high as it needs to be.
    pub(super) fn sentence(&mut self, sentence: &str, look: &Format) -> Result<(), XlsxError> {
        self.across(sentence, look)
    }

    /// Leaves a row free.
    pub(super) fn skip(&mut self) {
        self.row += 1;
    }

    /// The first row of a table: the headers of words on the left, of counts on the right.
    pub(super) fn headers(
        &mut self,
        spans: &[Span],
        words: &[&str],
        counts: &[&str],
    ) -> Result<(), XlsxError> {
        let looks = self.looks;
        let words = words.iter().map(|&word| (word.into(), &looks.header));
        let counts = counts
            .iter()
            .map(|&word| (word.into(), &looks.count_header));
        self.row(spans, &words.chain(counts).collect::<Vec<_>>())
    }

    /// The next row of a table: as many cells as there are spans.
    pub(super) fn row(
        &mut self,
        spans: &[Span],
        cells: &[(Cell<'_>, &Format)],
    ) -> Result<(), XlsxError> {
        let mut highest = 1;
        for (&(first, last), (cell, format)) in spans.iter().zip(cells) {
            highest = highest.max(cell.lines(self.width((first, last))));
            if first < last {
                self.sheet
                    .merge_range(self.row, first, self.row, last, "", format)?;
            }
            self.put(cell, first, format)?;
        }
        // Excel does not fit the height of merged cells by itself.
        if highest > 1 {
            self.sheet.set_row_height(self.row, height_of(highest))?;
        }
        self.row += 1;
        Ok(())
    }

    /// The row of the next part, counted from 0.
    pub(super) fn next_row(&self) -> u32 {
        self.row
    }

    /// Repeats the row that was written last on every further sheet of paper.
    pub(super) fn repeat_last(&mut self) -> Result<(), XlsxError> {
        let row = self.row.saturating_sub(1);
        self.sheet.set_repeat_rows(row, row)?;
        Ok(())
    }

    /// Puts a chart to the right of the page, its upper edge at a row.
    pub(super) fn beside(&mut self, row: u32, chart: &Chart) -> Result<(), XlsxError> {
        const AIR: u32 = 24;
        let column = u16::try_from(self.widths.len()).expect("a page has a few columns");
        self.sheet
            .insert_chart_with_offset(row, column, chart, AIR, 0)?;
        Ok(())
    }

    /// Ends the page: one that is a little too long for the paper is printed smaller, a
    /// longer one goes on on the next sheet of paper.
    pub(super) fn end(self) {
        const STILL_LEGIBLE: u32 = 45;
        let high = u16::from(self.row <= STILL_LEGIBLE);
        self.sheet.set_print_fit_to_pages(1, high);
    }

    fn across(&mut self, text: &str, format: &Format) -> Result<(), XlsxError> {
        let last = u16::try_from(self.widths.len() - 1).expect("a page has a few columns");
        self.row(&[(0, last)], &[(text.into(), format)])
    }

    /// How many half-width characters some columns hold together.
    fn width(&self, (first, last): Span) -> usize {
        let columns = usize::from(first)..=usize::from(last);
        self.widths[columns].iter().copied().map(usize::from).sum()
    }

    fn put(&mut self, cell: &Cell<'_>, column: u16, format: &Format) -> Result<(), XlsxError> {
        cell.write(self.sheet, (self.row, column), format)
    }
}
