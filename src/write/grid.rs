//! The month's plan as a file for 楽すけ: CP932, CRLF, the layout's own header.

use std::collections::BTreeSet;

use crate::model::{Fields, PlanLine};
use crate::table::{Layout, Quotes};

use super::cp932::{self, Replacement, Unwritable};

/// A line whose every cell is written in CP932.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedLine {
    cells: Vec<Vec<u8>>,
    /// Characters that were written as their twins.
    pub replaced: BTreeSet<Replacement>,
}

/// Encodes one line, or names the character that cannot be written.
pub fn encode(line: &PlanLine, layout: &Layout) -> Result<EncodedLine, Unwritable> {
    encode_record(line, layout)
}

fn encode_record(record: &dyn Fields, layout: &Layout) -> Result<EncodedLine, Unwritable> {
    let mut replaced = BTreeSet::new();
    let mut text = String::new();
    let cells = layout
        .columns()
        .iter()
        .map(|column| {
            text.clear();
            column.write(record, &mut text);
            let mut cell = Vec::with_capacity(text.len());
            cp932::encode(&text, &mut cell, &mut replaced)?;
            Ok(cell)
        })
        .collect::<Result<_, _>>()?;
    Ok(EncodedLine { cells, replaced })
}

/// The bytes of the whole file: the header, where the layout has one, and the lines in the
/// given order.
pub fn file(lines: &[EncodedLine], layout: &Layout) -> Result<Vec<u8>, Unwritable> {
    let mut file = Vec::new();
    if layout.position().is_none() {
        let header = layout.columns().iter().map(|column| {
            let mut cell = Vec::new();
            cp932::encode(column.header(), &mut cell, &mut BTreeSet::new())?;
            Ok(cell)
        });
        push_row(&header.collect::<Result<Vec<_>, _>>()?, layout, &mut file);
    }
    for line in lines {
        push_row(&line.cells, layout, &mut file);
    }
    Ok(file)
}

/// Quoting is safe on encoded cells: no second byte of CP932 is a quotation mark, a comma or a
/// line break. Each column has its own way of quoting, which no CSV library of ours offers.
fn push_row(cells: &[Vec<u8>], layout: &Layout, file: &mut Vec<u8>) {
    for (at, (cell, column)) in cells.iter().zip(layout.columns()).enumerate() {
        if at > 0 {
            file.push(b',');
        }
        let quoted = match column.quotes() {
            Quotes::WhereNeeded => cell.iter().any(|byte| b"\",\r\n".contains(byte)),
            Quotes::Always => !cell.is_empty(),
        };
        if quoted {
            file.push(b'"');
            for &byte in cell {
                file.extend(std::iter::repeat_n(byte, 1 + usize::from(byte == b'"')));
            }
            file.push(b'"');
        } else {
            file.extend(cell);
        }
    }
    file.extend(b"\r\n");
}
