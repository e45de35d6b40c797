//! Work on all cores, in order, with little of it at hand.
//!
//! Long work is cut into pieces. While the pieces of one batch are worked on side by side, the
//! calling thread takes in what came of the batch before and fetches the next one; so what
//! must happen one after the other (reading a file, keeping a book, writing) costs no time of
//! its own, and at most three batches are in memory, however long the work is.

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

/// So many pieces for each thread make a batch: the last one is waited for, so one piece must
/// be little beside a batch.
const PIECES: usize = 8;

/// Hands every piece that `next` gives to `work`, and what it has made of them to `take`, in
/// the order of the pieces. The first error ends it.
pub fn in_order<P: Send, M: Send, E>(
    mut next: impl FnMut() -> Result<Option<P>, E>,
    work: impl Fn(P) -> M + Sync,
    mut take: impl FnMut(M) -> Result<(), E>,
) -> Result<(), E> {
    let most = PIECES * rayon::current_num_threads();
    let mut fetch = || {
        let mut batch = Vec::with_capacity(most);
        while batch.len() < most
            && let Some(piece) = next()?
        {
            batch.push(piece);
        }
        Ok(batch)
    };
    let mut batch = fetch()?;
    // A single piece needs no threads, and most files of an office are one.
    if batch.len() < 2 {
        return batch.into_iter().map(work).try_for_each(take);
    }
    let mut made: Vec<M> = Vec::new();
    while !batch.is_empty() || !made.is_empty() {
        let before = std::mem::take(&mut made);
        let mut fetched = Ok(Vec::new());
        rayon::in_place_scope(|scope| {
            let now = std::mem::take(&mut batch);
            let (made, work) = (&mut made, &work);
            scope.spawn(move |_| *made = now.into_par_iter().map(work).collect());
            fetched = before
                .into_iter()
                .try_for_each(&mut take)
                .and_then(|()| fetch());
        });
        batch = fetched?;
    }
    Ok(())
}

/// Lets go of something large beside what comes next: to free a hundred thousand texts takes
/// as long as to make them, and nobody waits for it.
pub fn let_go(what: impl Send + 'static) {
    rayon::spawn(move || drop(what));
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

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
    fn an_error_while_fetching_loses_nothing_that_was_made_before() {
        let mut coming = 0..;
        let most = PIECES * rayon::current_num_threads();
        let mut taken = 0;
        let end = in_order(
            || {
                let piece: usize = coming.next().unwrap_or_default();
                if piece == 3 * most {
                    Err(piece)
                } else {
                    Ok(Some(piece))
                }
            },
            |piece| piece,
            |_| {
                taken += 1;
                Ok(())
            },
        );
        assert_eq!(end, Err(3 * most));
        // The third batch was being worked on when the fetching failed.
        assert_eq!(taken, 2 * most);
    }

    #[test]
    fn little_is_at_hand() {
        let most = 3 * PIECES * rayon::current_num_threads();
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
}
