//! What Excel offers to repair in a workbook, and other readers pass over.

use std::io::{Cursor, Read as _};
use std::path::Path;

use rakuwing::disk;
use zip::ZipArchive;

use crate::desk::file_name;

/// Holds the workbooks in the folders of an office that a clerk opens: each sheet has each of its rows
/// once, one below the other.
pub(crate) fn hold(office: &Path) {
    for folder in ["reports", "outbox"] {
        for path in disk::files(&office.join(folder)).unwrap() {
            if path.extension().is_some_and(|ending| ending == "xlsx") {
                rows_rise(&path);
            }
        }
    }
}

fn rows_rise(path: &Path) {
    let bytes = disk::read(path).unwrap();
    let mut parts = ZipArchive::new(Cursor::new(bytes)).unwrap();
    for at in 0..parts.len() {
        let mut part = parts.by_index(at).unwrap();
        let name = part.name().unwrap().into_owned();
        if !name.starts_with("xl/worksheets/sheet") {
            continue;
        }
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        let rows = text.split("<row r=\"").skip(1);
        let number = |row: &str| row.split('"').next().and_then(|of| of.parse().ok());
        let numbers: Vec<u32> = rows.map(|row| number(row).unwrap()).collect();
        let rise = numbers.is_sorted_by(|row, next| row < next);
        assert!(rise, "{} in {}", name, file_name(path));
    }
}
