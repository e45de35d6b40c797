//! Several hands, one desk: the desk gives tasks out and takes reports in, in its own thread
//! only; the hands know nothing but their task.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc;
use std::thread;

/// Whoever gives out the work.
pub trait Desk {
    /// What a hand is given.
    type Task: Send;
    /// What it brings back.
    type Report: Send;
    /// Why the desk must close.
    type Error;

    /// Takes what has come in, in whatever order that was, and gives out at most `free` tasks.
    /// Where it gives none while no hand is at work, all is done.
    fn turn(
        &mut self,
        reports: Vec<Self::Report>,
        free: usize,
    ) -> Result<Vec<Self::Task>, Self::Error>;
}

/// Works until the desk has nothing more to do.
///
/// Where a hand panics, no further task is given out, what the others bring is still taken
/// in, and then the panic goes on its way. Where the desk closes with an error, the hands end
/// their tasks and their reports are lost.
pub fn work<D: Desk>(
    desk: &mut D,
    hands: usize,
    labour: impl Fn(D::Task) -> D::Report + Sync,
) -> Result<(), D::Error> {
    let (tell, told) = mpsc::channel();
    let (mut busy, mut reports, mut panicked) = (0, Vec::new(), None);
    thread::scope(|scope| {
        loop {
            let free = match panicked {
                None => hands - busy,
                Some(_) => 0,
            };
            for task in desk.turn(std::mem::take(&mut reports), free)? {
                busy += 1;
                let (tell, labour) = (tell.clone(), &labour);
                scope.spawn(move || {
                    let report = catch_unwind(AssertUnwindSafe(|| labour(task)));
                    // Nobody listens any more where the desk has closed.
                    let _ = tell.send(report);
                });
            }
            if busy == 0 {
                return Ok(());
            }
            let first = told.recv().expect("this thread holds a sender itself");
            for report in std::iter::once(first).chain(told.try_iter()) {
                busy -= 1;
                match report {
                    Ok(report) => reports.push(report),
                    Err(panic) => panicked = Some(panic),
                }
            }
        }
    })?;
    match panicked {
        Some(panic) => resume_unwind(panic),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    /// Gives out the numbers up to a last one, and closes on one of them.
    struct Numbers {
        next: u32,
        last: u32,
        closes_on: Option<u32>,
        taken: Vec<u32>,
        most_at_once: usize,
        out: usize,
    }

    impl Desk for Numbers {
        type Task = u32;
        type Report = u32;
        type Error = u32;

        fn turn(&mut self, reports: Vec<u32>, free: usize) -> Result<Vec<u32>, u32> {
            self.out -= reports.len();
            self.taken.extend(&reports);
            if let Some(number) = self.closes_on.filter(|number| reports.contains(number)) {
                return Err(number);
            }
            let end = self.last.min(self.next + u32::try_from(free).unwrap());
            let tasks: Vec<u32> = (self.next..end).collect();
            self.next = end;
            self.out += tasks.len();
            self.most_at_once = self.most_at_once.max(self.out);
            Ok(tasks)
        }
    }

    fn numbers(last: u32) -> Numbers {
        Numbers {
            next: 0,
            last,
            closes_on: None,
            taken: Vec::new(),
            most_at_once: 0,
            out: 0,
        }
    }

    #[test]
    fn every_task_is_done_once_by_no_more_hands_than_there_are() {
        for hands in [1, 3, 8] {
            let mut desk = numbers(20);
            assert_eq!(work(&mut desk, hands, |number| number), Ok(()));
            desk.taken.sort_unstable();
            assert_eq!(desk.taken, (0..20).collect::<Vec<_>>());
            assert_eq!(desk.most_at_once, hands);
        }
    }

    #[test]
    fn hands_work_at_the_same_time() {
        // Neither passes the barrier alone.
        let both = Barrier::new(2);
        let mut desk = numbers(2);
        let met = work(&mut desk, 2, |number| {
            both.wait();
            number
        });
        assert_eq!(met, Ok(()));
        assert_eq!(desk.taken.len(), 2);
    }

    #[test]
    fn a_panic_waits_for_what_the_others_bring() {
        // The second is still at work when the first has panicked.
        let panicked = Barrier::new(2);
        let mut desk = numbers(2);
        let ended = catch_unwind(AssertUnwindSafe(|| {
            work(&mut desk, 2, |number| {
                panicked.wait();
                assert_ne!(number, 0, "on purpose");
                number
            })
        }));
        assert!(ended.is_err());
        assert_eq!(desk.taken, [1]);
    }

    #[test]
    fn nothing_is_given_out_after_a_panic() {
        let mut desk = numbers(20);
        let ended = catch_unwind(AssertUnwindSafe(|| {
            work(&mut desk, 1, |number| {
                assert_ne!(number, 3, "on purpose");
                number
            })
        }));
        assert!(ended.is_err());
        assert_eq!((desk.taken, desk.next), (vec![0, 1, 2], 4));
    }

    #[test]
    fn a_desk_that_closes_gives_out_nothing_more() {
        let mut desk = numbers(20);
        desk.closes_on = Some(3);
        assert_eq!(work(&mut desk, 1, |number| number), Err(3));
        assert_eq!(desk.next, 4);
    }
}
