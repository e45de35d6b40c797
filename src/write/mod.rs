//! Records become the files that 楽すけ and care-management offices take, in an encoding that
//! cannot hold everything.
//!
//! In: records and the layout of a file. Out: the bytes of its rows, or for a row that cannot
//! be written the character that stands in the way. Nothing is ever written as `?`.

pub mod cp932;
pub mod rows;

pub use cp932::{Replacement, Unwritable, unwritable};
pub use rows::{Mark, Parts, RowWriter, Rows};
