//! Records become the files that 楽すけ takes, in an encoding that cannot hold everything.
//!
//! In: grid lines and the layout. Out: the bytes of a whole file, or for each line that
//! cannot be written the character that stands in the way. Nothing is ever written as `?`.

pub mod cp932;
pub mod grid;

pub use cp932::{Replacement, Unwritable};
pub use grid::{EncodedLine, encode, file};
