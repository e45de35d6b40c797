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

/// The bytes of the whole file: the header and the lines in the given order.
pub fn file(lines: &[EncodedLine], layout: &Layout) -> Result<Vec<u8>, Unwritable> {
    let quotes = match layout.quotes() {
        Quotes::WhereNeeded => csv::QuoteStyle::Necessary,
        Quotes::Always => csv::QuoteStyle::Always,
    };
    // Quoting is safe on encoded cells: no second byte of CP932 is a quotation mark, a comma
    // or a line break.
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .quote_style(quotes)
        .from_writer(Vec::new());
    let mut header = Vec::with_capacity(layout.columns().len());
    for column in layout.columns() {
        let mut cell = Vec::new();
        cp932::encode(column.header(), &mut cell, &mut BTreeSet::new())?;
        header.push(cell);
    }
    for cells in std::iter::once(&header).chain(lines.iter().map(|line| &line.cells)) {
        writer
            .write_record(cells)
            .expect("a vector takes every row, and all are equally long");
    }
    Ok(writer.into_inner().expect("a vector takes every byte"))
}
