//! A page of sums: a title, facts, small tables and sentences, from top to bottom.

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::cell::{Cell, lines};
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
        // Excel does not fit the height of merged cells by itself.
        let width = self.widths.iter().copied().map(usize::from).sum();
        self.sheet
            .set_row_height(self.row, height_of(lines(sentence, width)))?;
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
        for (&(first, last), (cell, format)) in spans.iter().zip(cells) {
            if first < last {
                self.sheet
                    .merge_range(self.row, first, self.row, last, "", format)?;
            }
            self.put(cell, first, format)?;
        }
        self.row += 1;
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

    fn put(&mut self, cell: &Cell<'_>, column: u16, format: &Format) -> Result<(), XlsxError> {
        cell.write(self.sheet, (self.row, column), format)
    }
}
