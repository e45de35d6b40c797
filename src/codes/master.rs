//! A master as a file: its encoding, its header or its form, and its rows one by one.

use std::path::Path;

use crate::read::{Nature, Row, csv, nature};
use crate::table::unit_prices::{Columns, UnitPrices};

use super::CodesError;
use super::row::{self, Entry, Refused};

/// What a file holds.
#[derive(Debug, Default)]
pub struct Master {
    /// Rows that can be read, of home visits.
    pub entries: Vec<Entry>,
    /// Rows that cannot.
    pub refused: Vec<Refused>,
    /// The insurers of rows of other services, one for each row.
    pub passed_over: Vec<Option<crate::model::InsurerNumber>>,
}

/// Reads a master; `file` is its number among those that are imported together.
pub fn read(path: &Path, file: usize, table: &UnitPrices) -> Result<Master, CodesError> {
    let Nature::Text(encoding) = nature::of_file(path)? else {
        return Err(CodesError::NotText(path.to_owned()));
    };
    // A town has a few thousand codes at the most: they are held together.
    let mut rows = Vec::new();
    csv::rows(path, encoding, |row| {
        if !row.is_blank() {
            rows.push(row.clone());
        }
    })?;
    let first = rows
        .first()
        .ok_or_else(|| CodesError::NoRows(path.to_owned()))?;
    let headed = table.is_header(first.cells());
    let columns = columns(path, first, headed, table)?;
    let mut master = Master::default();
    for row in rows.iter().skip(usize::from(headed)) {
        match row::read(row, file, &columns) {
            Ok(Some(entry)) => master.entries.push(entry),
            Ok(None) => master.passed_over.push(row::insurer(row, &columns)),
            Err(refused) => master.refused.push(refused),
        }
    }
    if rows.len() == usize::from(headed) {
        return Err(CodesError::NoRows(path.to_owned()));
    }
    Ok(master)
}

fn columns(
    path: &Path,
    first: &Row,
    headed: bool,
    table: &UnitPrices,
) -> Result<Columns, CodesError> {
    if headed {
        return table
            .columns(first.cells())
            .map_err(|missing| CodesError::MissingColumns {
                path: path.to_owned(),
                missing: missing.join("、"),
            });
    }
    let width = row::width(first);
    table
        .form(width)
        .cloned()
        .ok_or_else(|| CodesError::UnknownForm {
            path: path.to_owned(),
            width,
            known: table
                .widths()
                .map(|width| width.to_string())
                .collect::<Vec<_>>()
                .join("か"),
        })
}
