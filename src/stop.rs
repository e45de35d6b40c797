//! The door to Ctrl-C: whether somebody has asked the run to stop.
//!
//! The first Ctrl-C only raises a flag. Whoever has a loop or a wait looks at it: what is in
//! flight is finished and written down, nothing new is begun. The second one ends the process
//! on the spot, which is safe at any moment, because what leaves was written down first.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Whether to stop. Its clones are one flag; a new one stays down until somebody raises it.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Flag>);

#[derive(Debug, Default)]
struct Flag {
    raised: Mutex<bool>,
    change: Condvar,
}

/// The run was asked to stop before it had sent or written anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "Ctrl-C により、登録や書き出しの前に止めました。続けるときは、同じ操作をもう一度してください"
)]
pub struct Stopped;

impl Stop {
    /// Raises the flag; `false` where it was raised already.
    pub fn ask(&self) -> bool {
        let before = std::mem::replace(&mut *self.raised(), true);
        self.0.change.notify_all();
        !before
    }

    /// Whether the flag is raised.
    pub fn asked(&self) -> bool {
        *self.raised()
    }

    /// An error where the flag is raised.
    pub fn heed(&self) -> Result<(), Stopped> {
        if self.asked() { Err(Stopped) } else { Ok(()) }
    }

    /// Lets time pass until the flag is raised, at the most so much.
    pub fn wait(&self, length: Duration) {
        let raised = self.raised();
        let ended = self
            .0
            .change
            .wait_timeout_while(raised, length, |raised| !*raised);
        drop(ended);
    }

    /// Raises the flag at the first Ctrl-C. `first` and `second` run in a thread of their own,
    /// at the first one and at every other.
    pub fn listen(
        &self,
        first: impl Fn() + Send + 'static,
        second: impl Fn() + Send + 'static,
    ) -> Result<(), ctrlc::Error> {
        let stop = self.clone();
        ctrlc::set_handler(move || {
            if stop.ask() {
                first();
            } else {
                second();
            }
        })
    }

    fn raised(&self) -> MutexGuard<'_, bool> {
        // A flag is whole whatever happened to a thread that held it.
        self.0.raised.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_raised_once_and_all_its_clones_see_it() {
        let stop = Stop::default();
        let clone = stop.clone();
        assert_eq!((clone.asked(), clone.heed()), (false, Ok(())));
        assert!(stop.ask());
        assert!(!stop.ask());
        assert_eq!((clone.asked(), clone.heed()), (true, Err(Stopped)));
        assert!(!Stop::default().asked());
    }

    /// The test ends only if the wait does: its length would outlive everybody.
    #[test]
    fn a_wait_ends_with_the_stop() {
        let stop = Stop::default();
        let waiting = std::thread::spawn({
            let stop = stop.clone();
            move || stop.wait(Duration::from_hours(24))
        });
        stop.ask();
        waiting.join().unwrap();
        stop.wait(Duration::from_hours(24));
    }
}
