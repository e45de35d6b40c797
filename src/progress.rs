//! How far long work has come, told to whoever shows it; handed in like the clock.

use std::fmt::Debug;

/// Somebody who wants to know. Telling costs nothing that the work would feel.
pub trait Progress: Debug + Send + Sync {
    /// A stretch of work begins: its name in the clerk's words, and how much there is of it
    /// where that is known. It ends with the drop of what is given back.
    fn begin(&self, what: &str, total: Option<usize>) -> Box<dyn Stretch>;
}

/// A stretch of work that is being done.
pub trait Stretch: Debug + Send + Sync {
    /// So much more of it is done.
    fn advance(&self, by: usize);
}

/// Nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn begin(&self, _what: &str, _total: Option<usize>) -> Box<dyn Stretch> {
        Box::new(Self)
    }
}

impl Stretch for Unwatched {
    fn advance(&self, _by: usize) {}
}
