//! What parts the cells of a text: a comma, a tab or a semicolon, told by the header that fits,
//! never by counting.

use std::sync::Arc;

use crate::table::Layout;

use super::ReadError;
use super::csv::Rows;
use super::encoding::Encoding;
use super::header::{self, Fit};
use super::row::Row;
use super::source::{Named, Source};

/// What may part cells; the first one is believed where none fits better.
const SEPARATORS: [u8; 3] = *b",\t;";
/// So much is read at once: the header of most files is within it.
const PIECE: usize = 8 << 10;

/// The separator by which the beginning of a text holds the best header.
pub(super) fn of(
    source: &Source<'_>,
    (name, encoding): (Named<'_>, Encoding),
    layouts: &[Arc<Layout>],
) -> Result<u8, ReadError> {
    let name = name.own();
    let mut best = (Fit::Named(0), SEPARATORS[0]);
    for separator in SEPARATORS {
        let mut rows = Rows::with_piece(source.open()?, encoding, PIECE).parted_by(separator);
        let mut row = Row::default();
        for number in 0..header::DEEPEST {
            let is_there = rows.next(&mut row).map_err(|error| source.broken(error))?;
            if !is_there {
                break;
            }
            let fit = header::fit(&row, &name, layouts, number == 0);
            if fit == Fit::Whole {
                return Ok(separator);
            }
            if fit > best.0 {
                best = (fit, separator);
            }
        }
    }
    Ok(best.1)
}
