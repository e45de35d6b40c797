//! What must be known of a sheet before its first row: which rows are hidden, which cells
//! are merged, and how far the sheet reaches.

use super::Why;

/// More cells than this are refused. A million rows of the widest layout stay below it.
const MOST_CELLS: u64 = 100_000_000;
/// More merged regions than this are refused; each is kept while the sheet is read.
const MOST_REGIONS: usize = 1_000_000;

/// A rectangle of cells: rows counted from 1, columns from 0, both ends within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Region {
    pub(super) top: u32,
    pub(super) left: u32,
    pub(super) bottom: u32,
    pub(super) right: u32,
}

impl Region {
    /// From the written form: `B3:C5`, or `B3` alone.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once(':').unwrap_or((text, text));
        let ((top, left), (bottom, right)) = (cell(from)?, cell(to)?);
        Some(Self {
            top: top.min(bottom),
            left: left.min(right),
            bottom: top.max(bottom),
            right: left.max(right),
        })
    }

    /// How many cells it has.
    pub(super) fn cells(&self) -> u64 {
        let rows = u64::from(self.bottom - self.top) + 1;
        rows * (u64::from(self.right - self.left) + 1)
    }

    pub(super) fn covers(&self, row: u32, column: u32) -> bool {
        (self.top..=self.bottom).contains(&row) && (self.left..=self.right).contains(&column)
    }
}

/// The row, counted from 1, and the column, counted from 0, of `B3` or `$B$3`.
pub(super) fn cell(text: &str) -> Option<(u32, u32)> {
    let text = text.as_bytes();
    let mut column = 0_u32;
    let mut row = 0_u32;
    for &byte in text.iter().filter(|byte| **byte != b'$') {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' if row == 0 => {
                let letter = u32::from(byte.to_ascii_uppercase() - b'A') + 1;
                column = column.checked_mul(26)?.checked_add(letter)?;
            }
            b'0'..=b'9' => {
                row = row.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?;
            }
            _ => return None,
        }
    }
    (row > 0 && column > 0).then(|| (row, column - 1))
}

/// Everything that is known before the first row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// Hidden rows, counted from 1, in their order.
    pub(super) hidden: Vec<u32>,
    /// Merged cells.
    pub(super) merged: Vec<Region>,
    lowest: u32,
    rightmost: u32,
}

impl Marks {
    /// Keeps how far a row reaches; what a sheet says of its own size is not believed.
    pub(super) fn reach(&mut self, row: u32, column: u32) -> Result<(), Why> {
        self.lowest = self.lowest.max(row);
        self.rightmost = self.rightmost.max(column);
        let spanned = u64::from(self.lowest) * (u64::from(self.rightmost) + 1);
        if spanned > MOST_CELLS {
            return Err(Why::TooLarge);
        }
        Ok(())
    }

    /// Keeps a merged region.
    pub(super) fn merge(&mut self, region: Region) -> Result<(), Why> {
        if region.cells() > MOST_CELLS || self.merged.len() >= MOST_REGIONS {
            return Err(Why::TooLarge);
        }
        if region.cells() > 1 {
            self.merged.push(region);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_has_a_row_from_one_and_a_column_from_nought() {
        assert_eq!(cell("A1"), Some((1, 0)));
        assert_eq!(cell("$XFD$1048576"), Some((1_048_576, 16_383)));
        for none in [
            "",
            "A",
            "1",
            "A0",
            "1A",
            "A1:B2",
            "AAAAAAAAA1",
            "A99999999999",
        ] {
            assert_eq!(cell(none), None, "{none}");
        }
    }

    #[test]
    fn a_sheet_as_large_as_a_real_one_passes_and_the_whole_grid_does_not() {
        assert_eq!(Marks::default().reach(1_048_576, 72), Ok(()));
        let mut marks = Marks::default();
        assert_eq!(marks.reach(1, 16_383), Ok(()));
        assert_eq!(marks.reach(1_048_576, 0), Err(Why::TooLarge));
    }
}
