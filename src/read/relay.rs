//! What a reader hands on is taken in on another thread.
//!
//! The cells of a workbook come one after the other, and to find them takes longer than
//! anything that is done with them. So the reader does nothing else: rows go to the other side
//! in batches, in their order, and the batches come back to be filled again.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::{mem, thread};

use crate::finding::Finding;
use crate::model::RecordKind;

use super::Intake;
use super::row::Row;
use super::sheet::Sheet;

/// So many rows go together.
const BATCH: usize = 256;
/// So many batches are on their way at most.
const ON_THE_WAY: usize = 8;

/// Lets `read` hand on, while `intake` takes in on another thread; ends when both have.
pub(super) fn beside<T>(
    intake: &mut (impl Intake + Send),
    read: impl FnOnce(&mut dyn Intake) -> T,
) -> T {
    let (there, batches) = sync_channel::<Batch>(ON_THE_WAY);
    let (back, empty) = sync_channel::<Batch>(ON_THE_WAY);
    thread::scope(|scope| {
        scope.spawn(move || {
            for mut batch in batches {
                batch.take_in(intake);
                // Where there are enough of them, one is no loss.
                drop(back.try_send(batch));
            }
        });
        let mut reader = Reader {
            batch: Batch::default(),
            there,
            empty,
        };
        let read = read(&mut reader);
        reader.send();
        read
    })
}

/// What is handed on, in its order.
#[derive(Debug, Default)]
struct Batch {
    handed: Vec<Handed>,
    /// The rows, of which only the first so many are of this batch.
    rows: Vec<Row>,
    filled: usize,
}

#[derive(Debug)]
enum Handed {
    Sheet(Arc<Sheet>),
    /// So many rows of a sheet.
    Rows(Arc<Sheet>, usize),
    Finding(Option<RecordKind>, Box<Finding>),
}

impl Batch {
    fn take_in(&mut self, intake: &mut impl Intake) {
        let mut rows = self.rows.iter();
        for handed in self.handed.drain(..) {
            match handed {
                Handed::Sheet(sheet) => intake.sheet(&sheet),
                Handed::Rows(sheet, count) => {
                    for row in rows.by_ref().take(count) {
                        intake.row(&sheet, row);
                    }
                }
                Handed::Finding(kind, finding) => intake.finding(kind, *finding),
            }
        }
        self.filled = 0;
    }
}

/// The side that reads.
struct Reader {
    batch: Batch,
    there: SyncSender<Batch>,
    empty: Receiver<Batch>,
}

impl Reader {
    fn send(&mut self) {
        let next = self.empty.try_recv().unwrap_or_default();
        // Nobody takes it in only where the other thread has panicked, which the scope tells.
        drop(self.there.send(mem::replace(&mut self.batch, next)));
    }
}

impl Intake for Reader {
    fn sheet(&mut self, sheet: &Arc<Sheet>) {
        self.batch.handed.push(Handed::Sheet(Arc::clone(sheet)));
    }

    fn row(&mut self, sheet: &Arc<Sheet>, row: &Row) {
        let Batch {
            handed,
            rows,
            filled,
        } = &mut self.batch;
        match handed.last_mut() {
            Some(Handed::Rows(of, count)) if Arc::ptr_eq(of, sheet) => *count += 1,
            _ => handed.push(Handed::Rows(Arc::clone(sheet), 1)),
        }
        match rows.get_mut(*filled) {
            Some(used) => used.copy(row),
            None => rows.push(row.clone()),
        }
        *filled += 1;
        if *filled == BATCH {
            self.send();
        }
    }

    fn finding(&mut self, kind: Option<RecordKind>, finding: Finding) {
        self.batch
            .handed
            .push(Handed::Finding(kind, Box::new(finding)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Code;
    use crate::model::{FileName, Place};
    use crate::table::{Calendar, Tables};

    /// Everything in words, in its order.
    #[derive(Default)]
    struct Seen(Vec<String>);

    impl Intake for Seen {
        fn sheet(&mut self, sheet: &Arc<Sheet>) {
            self.0.push(sheet.file().to_string());
        }

        fn row(&mut self, sheet: &Arc<Sheet>, row: &Row) {
            let cells: Vec<&str> = row.cells().collect();
            let file = sheet.file();
            self.0.push(format!("{file} {} {cells:?}", row.number()));
        }

        fn finding(&mut self, kind: Option<RecordKind>, finding: Finding) {
            self.0.push(format!("{kind:?} {finding:?}"));
        }
    }

    fn hand_on(sheets: &[Arc<Sheet>], rows: u32, intake: &mut dyn Intake) -> u32 {
        let mut row = Row::default();
        for sheet in sheets {
            intake.sheet(sheet);
            for number in 1..=rows {
                row.begin(number);
                for cell in 0..number % 4 {
                    row.push_with(|text| {
                        text.push_str(&"x".repeat(cell as usize));
                        None
                    });
                }
                intake.row(sheet, &row);
                if number % 100 == 0 {
                    let finding = Finding::new(Code::HiddenRows, sheet.place(number));
                    intake.finding(Some(sheet.layout.record()), finding);
                }
            }
        }
        rows
    }

    #[test]
    fn everything_comes_over_in_its_order() {
        let layout = &Tables::load(None).unwrap().layouts[0];
        let sheet = |name| {
            let place = Place::file(FileName::new(name));
            Arc::new(Sheet::without_header(layout, place, Calendar::default()))
        };
        let sheets = ["a", "b"].map(sheet);
        for rows in [0, 1, 255, 256, 257, 5000] {
            let (mut here, mut there) = (Seen::default(), Seen::default());
            hand_on(&sheets, rows, &mut here);
            assert_eq!(
                beside(&mut there, |intake| hand_on(&sheets, rows, intake)),
                rows
            );
            assert_eq!(there.0, here.0);
        }
    }
}
