//! Work on all cores, in order, with little of it at hand.
//!
//! Long work is cut into pieces. While some of them are worked on side by side, the calling
//! thread takes in what came of those before and fetches the next ones; so what must happen
//! one after the other (reading a file, keeping a book, writing) costs no time of its own.
//! No piece waits for its neighbours: there is always a next one for a thread that is free,
//! and no more than a few are in memory, however long the work is.

use std::collections::VecDeque;
use std::iter;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::ScopedJoinHandle;

use rayon::Scope;

/// So many pieces for each thread are on their way: the calling thread may be held up for as
/// long as they take, and nobody waits for it.
const AHEAD: usize = 16;

/// Hands every piece that `next` gives to `work`, and what it has made of them to `take`, in
/// the order of the pieces. The first error ends it; one of `next` comes behind every piece
/// that was there before it.
///
/// A thread that works on a piece of something longer does the pieces of it by itself: there
/// are others beside it, and it must not wait for them.
pub fn in_order<P: Send, M: Send, E>(
    mut next: impl FnMut() -> Result<Option<P>, E>,
    work: impl Fn(P) -> M + Sync,
    mut take: impl FnMut(M) -> Result<(), E>,
) -> Result<(), E> {
    let mut pieces = iter::from_fn(|| next().transpose()).fuse();
    let first = pieces.next();
    let mut pieces = pieces.peekable();
    // A single piece needs no threads, and most files of an office are one.
    let alone = rayon::current_thread_index().is_some() || pieces.peek().is_none();
    let mut pieces = first.into_iter().chain(pieces);
    if alone {
        return pieces.try_for_each(|piece| take(work(piece?)));
    }
    let most = AHEAD * rayon::current_num_threads();
    let work = &work;
    rayon::in_place_scope(|scope| {
        let mut ahead = VecDeque::with_capacity(most);
        let mut broken = Ok(());
        loop {
            while broken.is_ok()
                && ahead.len() < most
                && let Some(piece) = pieces.next()
            {
                match piece {
                    Ok(piece) => ahead.push_back(begin(scope, work, piece)),
                    Err(error) => broken = Err(error),
                }
            }
            // Who waited for each piece by itself would be woken for each.
            let mut half: Vec<_> = ahead.drain(..ahead.len().div_ceil(2)).collect();
            let Some(last) = half.pop().map(|last| last.recv()) else {
                return broken;
            };
            for made in half.iter().map(Receiver::recv).chain([last]) {
                // Nothing comes only where a thread has panicked, which the scope tells.
                let Ok(made) = made else { return broken };
                take(made)?;
            }
        }
    })
}

/// Lets some thread work on a piece.
fn begin<'s, P: Send + 's, M: Send + 's>(
    scope: &Scope<'s>,
    work: &'s (impl Fn(P) -> M + Sync),
    piece: P,
) -> Receiver<M> {
    let (there, made) = sync_channel(1);
    // Nobody waits for it any more only where an earlier piece has ended the whole.
    scope.spawn(move |_| drop(there.send(work(piece))));
    made
}

/// What another thread has brought; a panic there is one here.
pub fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Lets go of something large beside what comes next: to free a hundred thousand texts takes
/// as long as to make them, and nobody waits for it.
pub fn let_go(what: impl Send + 'static) {
    rayon::spawn(move || drop(what));
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::thread;

    use super::*;

    /// What is taken, in order, of so many pieces, of which one may be refused.
    fn squares(pieces: u64, refused: Option<u64>) -> (Vec<u64>, Result<(), u64>) {
        let mut coming = 0..pieces;
        let mut taken = Vec::new();
        let end = in_order(
            || Ok(coming.next()),
            |piece| piece * piece,
            |made| {
                if refused.is_some_and(|piece| made == piece * piece) {
                    return Err(made);
                }
                taken.push(made);
                Ok(())
            },
        );
        (taken, end)
    }

    #[test]
    fn what_is_made_comes_in_the_order_of_the_pieces() {
        for pieces in [0, 1, 2, 7, 1000] {
            let expected: Vec<u64> = (0..pieces).map(|piece| piece * piece).collect();
            assert_eq!(squares(pieces, None), (expected, Ok(())));
        }
    }

    #[test]
    fn the_first_error_ends_it() {
        let (taken, end) = squares(1000, Some(500));
        assert_eq!((taken.len(), end), (500, Err(250_000)));
    }

    #[test]
    fn an_error_while_fetching_loses_nothing_that_was_there_before() {
        let most = AHEAD * rayon::current_num_threads();
        for good in [0, 1, 2, most, 3 * most] {
            let (mut coming, mut taken) = (0.., 0);
            let end = in_order(
                || {
                    let piece: usize = coming.next().unwrap_or_default();
                    if piece == good {
                        Err(piece)
                    } else {
                        Ok(Some(piece))
                    }
                },
                |piece| piece,
                |piece| {
                    assert_eq!(piece, taken);
                    taken += 1;
                    Ok(())
                },
            );
            assert_eq!((end, taken), (Err(good), good));
        }
    }

    #[test]
    fn little_is_at_hand() {
        let most = AHEAD * rayon::current_num_threads();
        let (mut fetched, taken) = (0_usize, std::cell::Cell::new(0_usize));
        let end: Result<(), Infallible> = in_order(
            || {
                fetched += 1;
                assert!(fetched - taken.get() <= most + 1);
                Ok((fetched < 10_000).then_some(()))
            },
            |()| (),
            |()| {
                taken.set(taken.get() + 1);
                Ok(())
            },
        );
        assert_eq!(end, Ok(()));
    }

    #[test]
    fn long_work_within_long_work_is_done_by_the_thread_that_has_it() {
        let mut coming = 0..100_u64;
        let mut taken = Vec::new();
        let end = in_order(
            || Ok(coming.next()),
            |pieces| {
                let here = thread::current().id();
                let (mut coming, mut sum) = (0..pieces, 0);
                let end: Result<(), Infallible> = in_order(
                    || Ok(coming.next()),
                    |piece| (piece, thread::current().id()),
                    |(piece, there)| {
                        assert_eq!(here, there);
                        sum += piece;
                        Ok(())
                    },
                );
                end.map(|()| sum)
            },
            |sum| sum.map(|sum| taken.push(sum)),
        );
        let expected: Vec<u64> = (0..100).map(|pieces| (0..pieces).sum()).collect();
        assert_eq!((end, taken), (Ok(()), expected));
    }

    #[test]
    #[should_panic(expected = "the fifth piece")]
    fn a_panic_is_not_waited_for() {
        let mut coming = 0..1000;
        let end: Result<(), Infallible> = in_order(
            || Ok(coming.next()),
            |piece| assert!(piece != 5, "the fifth piece"),
            |()| Ok(()),
        );
        assert_eq!(end, Ok(()));
    }
}
