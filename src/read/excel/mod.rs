//! Workbooks: `.xlsx`, `.xlsb`, `.xls` and `.ods`, told apart by what they are.
//!
//! In: a file that is no text. Out: the rows of every sheet whose header is known, hidden
//! ones too. A sheet is never held whole, and nothing in a file makes room for more than the
//! file itself holds: what would swell is refused before it is read.
//!
//! All four are read here, from their published formats. Calamine, which reads them too, puts
//! something plausible in the place of what it cannot read (the first shared text for an index
//! that is none, nothing for a text between the marks of CDATA), ends a workbook at one odd
//! cell, and makes one block of all cells of an `.xls` or `.ods` between the first and the
//! last. It is an oracle of the tests and the floor of a benchmark.

mod cells;
mod marks;
mod merged;
mod ods;
mod ole;
mod package;
#[cfg(test)]
mod samples;
mod shared_texts;
mod sheet;
mod sheet_cells;
mod sheet_xml;
mod strings;
mod text;
mod xls;
mod xlsb;
mod xlsx;
mod xml_text;

use std::io::{Read as _, Seek as _};
use std::path::Path;
use std::sync::Arc;

use crate::disk;
use crate::finding::{Code, Finding};
use crate::model::{FileName, Place};
use crate::table::Layout;

use super::Intake;
use package::Package;
use sheet::Book;

/// An open file, whatever `disk` makes of one.
type File = std::fs::File;

/// Why a workbook, or one of its sheets, is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// It is locked.
    Password,
    /// It is not what it seems, or broken.
    Damaged,
    /// It is small and would fill the memory.
    Swollen,
    /// A sheet has more cells between its first and its last than any real one.
    TooLarge,
    /// What stands where sheets do is none.
    NoSheet,
}

/// A workbook that could not be read to its end. Rows of it may have been handed over: a
/// part of a file is no file, so none of them may be sent.
#[derive(Debug, thiserror::Error)]
#[error("not a readable workbook")]
pub struct Unreadable {
    why: Why,
    sheet: Option<Arc<str>>,
}

impl From<Why> for Unreadable {
    fn from(why: Why) -> Self {
        Self { why, sheet: None }
    }
}

impl Unreadable {
    fn sheet(name: &Arc<str>, why: Why) -> Self {
        let sheet = Some(Arc::clone(name));
        Self { why, sheet }
    }

    /// What the clerk is told.
    pub fn finding(self, file: &FileName) -> Finding {
        let mut place = Place::file(file.clone());
        place.sheet = self.sheet;
        let (code, detail) = match self.why {
            Why::Password => (Code::UnreadableWorkbook, "パスワードが掛かっています"),
            Why::Damaged | Why::NoSheet => (Code::UnreadableWorkbook, "ファイルが壊れています"),
            Why::Swollen => (
                Code::UnreadableWorkbook,
                "ファイルの大きさに比べて、中身が異常に大きくなります",
            ),
            Why::TooLarge => (Code::SheetTooLarge, ""),
        };
        Finding::new(code, place).detail(detail)
    }
}

/// Reads every sheet of a workbook whose header is known; where there is none, the first
/// sheet is reported.
pub fn read(
    path: &Path,
    name: &FileName,
    layouts: &[Arc<Layout>],
    intake: &mut dyn Intake,
) -> Result<(), Unreadable> {
    let mut book = Book::new(name, layouts, intake);
    let mut file = open(path)?;
    let mut signature = [0; 2];
    file.read_exact(&mut signature).map_err(Why::from)?;
    file.rewind().map_err(Why::from)?;
    if signature == *b"PK" {
        read_package(path, Package::open(file)?, &mut book)?;
    } else {
        xls::read(file, &mut book)?;
    }
    book.finish();
    Ok(())
}

/// A zip archive is told by its parts.
fn read_package(
    path: &Path,
    mut package: Package<File>,
    book: &mut Book<'_>,
) -> Result<(), Unreadable> {
    if package.has("content.xml") {
        ods::read(package, book)
    } else if package
        .beginning()?
        .1
        .to_ascii_lowercase()
        .ends_with(".bin")
    {
        xlsb::read(package, book)
    } else {
        xlsx::read(path, book)
    }
}

fn open(path: &Path) -> Result<File, Why> {
    disk::open(path).map_err(|_| Why::Damaged)
}
