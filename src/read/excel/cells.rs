//! The way of cells from the reader of a format to where they become rows.
//!
//! The cells of a sheet come one after the other, and to find them takes longer than anything
//! that is done with them. So the thread that finds them does nothing else: they go to the other
//! side in batches, in their order, and the batches come back to be filled again.

use std::mem;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::read::row::Fault;

use super::Why;
use super::marks::Region;

/// So many cells go together at most,
const MOST: usize = 4096;
/// and no further one where they have so many bytes of text.
const ENOUGH: usize = 64 << 10;
/// So many batches are on their way at most.
const ON_THE_WAY: usize = 16;

/// The two ends of the way.
pub(super) fn way() -> (Cells, Batches) {
    let (there, batches) = sync_channel(ON_THE_WAY);
    let (back, empty) = sync_channel(ON_THE_WAY);
    let batch = Batch::default();
    (
        Cells {
            batch,
            there,
            empty,
        },
        Batches { batches, back },
    )
}

/// What stands in a sheet, one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) enum Found<'t> {
    /// A cell with its text, and what was found wrong with it.
    Cell(Place, &'t str, Option<Fault>),
    /// A merged region that begins in the coming row.
    Merged(Region),
    /// A hidden row.
    Hidden(u32),
}

/// The row of a cell, counted from 1, and its column, counted from 0.
pub(super) type Place = (u32, u32);

/// Where the reader of a format puts what it finds.
#[derive(Debug)]
pub(super) struct Cells {
    batch: Batch,
    there: SyncSender<Batch>,
    empty: Receiver<Batch>,
}

impl Cells {
    /// Puts the next cell, whose text the closure writes. Damage within a cell is a fault of
    /// that cell and of nothing else.
    pub(super) fn put(
        &mut self,
        place: Place,
        write: impl FnOnce(&mut String) -> Result<Option<Fault>, Why>,
    ) -> Result<(), Why> {
        let Batch {
            found,
            text,
            faults,
        } = &mut self.batch;
        let start = text.len();
        let fault = write(text).or_else(|why| match why {
            Why::Damaged => {
                text.truncate(start);
                Ok(Some(Fault::Unreadable))
            }
            why => Err(why),
        })?;
        faults.extend(fault.map(|fault| (found.len(), fault)));
        self.add(Packed::Cell(place, self.batch.text.len()))
    }

    /// Adds a merged region that begins in the coming row, where the format tells it there.
    pub(super) fn merge(&mut self, region: Region) -> Result<(), Why> {
        self.add(Packed::Merged(region))
    }

    /// Adds a hidden row, where the format tells it there.
    pub(super) fn hide(&mut self, row: u32) -> Result<(), Why> {
        self.add(Packed::Hidden(row))
    }

    fn add(&mut self, found: Packed) -> Result<(), Why> {
        self.batch.found.push(found);
        if self.batch.found.len() < MOST && self.batch.text.len() < ENOUGH {
            return Ok(());
        }
        self.send()
    }

    /// Sends what is left.
    pub(super) fn send(&mut self) -> Result<(), Why> {
        let next = self.empty.try_recv().unwrap_or_default();
        let batch = mem::replace(&mut self.batch, next);
        // Nobody takes it where the sheet was given up, and why is known there.
        self.there.send(batch).map_err(|_| Why::Damaged)
    }
}

/// Where it comes out, in its order.
#[derive(Debug)]
pub(super) struct Batches {
    batches: Receiver<Batch>,
    back: SyncSender<Batch>,
}

impl Batches {
    /// Hands over everything, until there is no more or it is not wanted.
    pub(super) fn each(
        self,
        mut take: impl FnMut(Found<'_>) -> Result<(), Why>,
    ) -> Result<(), Why> {
        for mut batch in self.batches {
            batch.each(&mut take)?;
            // Where there are enough of them, one is no loss.
            drop(self.back.try_send(batch));
        }
        Ok(())
    }
}

/// Some cells.
#[derive(Debug, Default)]
struct Batch {
    found: Vec<Packed>,
    /// The texts of the cells, one behind the other.
    text: String,
    /// What is wrong with cells, each by its place among what was found.
    faults: Vec<(usize, Fault)>,
}

#[derive(Debug, Clone, Copy)]
enum Packed {
    /// A cell, and where its text ends.
    Cell(Place, usize),
    Merged(Region),
    Hidden(u32),
}

impl Batch {
    /// Hands over what it holds, and is empty then.
    fn each(&mut self, mut take: impl FnMut(Found<'_>) -> Result<(), Why>) -> Result<(), Why> {
        let mut start = 0;
        let mut faults = self.faults.drain(..).peekable();
        for (at, packed) in self.found.drain(..).enumerate() {
            take(match packed {
                Packed::Cell(place, end) => {
                    let text = &self.text[mem::replace(&mut start, end)..end];
                    let fault = faults.next_if(|(of, _)| *of == at);
                    Found::Cell(place, text, fault.map(|(_, fault)| fault))
                }
                Packed::Merged(region) => Found::Merged(region),
                Packed::Hidden(row) => Found::Hidden(row),
            })?;
        }
        drop(faults);
        self.text.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn region(row: u32) -> Region {
        Region {
            top: row,
            left: 0,
            bottom: row,
            right: 1,
        }
    }

    /// Puts so many rows of a cell, and something of everything else.
    fn put_all(cells: &mut Cells, rows: u32) -> Result<(), Why> {
        for row in 0..rows {
            cells.put((row, 7), |text| {
                text.push_str(&"試".repeat(row as usize % 50));
                Ok((row % 3 == 0).then_some(Fault::CellError))
            })?;
            if row % 500 == 0 {
                cells.hide(row)?;
                cells.merge(region(row))?;
            }
        }
        cells.send()
    }

    fn words(found: Found<'_>) -> String {
        format!("{found:?}")
    }

    fn expected(rows: u32) -> Vec<String> {
        let mut all = Vec::new();
        for row in 0..rows {
            let text = "試".repeat(row as usize % 50);
            let fault = (row % 3 == 0).then_some(Fault::CellError);
            all.push(words(Found::Cell((row, 7), &text, fault)));
            if row % 500 == 0 {
                all.push(words(Found::Hidden(row)));
                all.push(words(Found::Merged(region(row))));
            }
        }
        all
    }

    #[test]
    fn everything_comes_over_in_its_order() {
        for rows in [0, 1, 4000, 4096, 4097, 100_000] {
            let (mut cells, batches) = way();
            let mut seen = Vec::new();
            thread::scope(|scope| {
                let putting = scope.spawn(move || put_all(&mut cells, rows));
                let taken = batches.each(|found| {
                    seen.push(words(found));
                    Ok(())
                });
                assert_eq!((taken, putting.join().unwrap()), (Ok(()), Ok(())));
            });
            assert!(seen == expected(rows), "{rows} rows");
        }
    }

    #[test]
    fn whoever_puts_is_stopped_where_nobody_takes_any_more() {
        let (mut cells, batches) = way();
        thread::scope(|scope| {
            let putting = scope.spawn(move || put_all(&mut cells, u32::MAX));
            let mut left = 10_000;
            let taken = batches.each(|_| {
                left -= 1;
                if left == 0 {
                    Err(Why::TooLarge)
                } else {
                    Ok(())
                }
            });
            assert_eq!(taken, Err(Why::TooLarge));
            assert_eq!(putting.join().unwrap(), Err(Why::Damaged));
        });
    }
}
