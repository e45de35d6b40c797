//! Records become what Care-wing takes, and what Care-wing holds becomes records.
//!
//! In: checked records. Out: items, each with its key, its bytes and a trace from every JSON
//! pointer back to the cell it came from; and the way back for what the service holds.

pub mod item;
pub mod trace;
pub mod contents;
pub mod held;
pub mod differences;
pub mod news;
pub mod lines;
pub mod made_from;

pub use contents::Contents;
pub use differences::{Difference, Sides, There, differences};
pub use held::{Content, Held};
pub use item::{Item, care_offices, clients, emptied, months, remembered};
pub use made_from::MadeFrom;
pub use news::{News, Of, news};
pub use trace::Trace;
