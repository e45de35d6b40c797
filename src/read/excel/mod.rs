//! Workbooks: `.xlsx`, `.xlsb`, `.xls`, `.ods`, XML Spreadsheet 2003 and the tables of a page
//! of HTML, told apart by what they are.
//!
//! In: a file that is no text. Out: the rows of every sheet whose header is known, hidden
//! ones too. A sheet is never held whole, and nothing in a file makes room for more than the
//! file itself holds: what would swell is refused before it is read.
//!
//! All of them are read here, from their published formats. Calamine, which reads them too, puts
//! something plausible in the place of what it cannot read (the first shared text for an index
//! that is none, nothing for a text between the marks of CDATA), ends a workbook at one odd
//! cell, and makes one block of all cells of an `.xls` or `.ods` between the first and the
//! last. It is an oracle of the tests and the floor of a benchmark.

mod cells;
mod html;
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
mod styles;
mod text;
mod usual_cell;
mod whole;
mod xls;
mod xlsb;
mod xlsx;
mod xml_2003;
mod xml_text;

use std::io::{Read as _, Seek as _};
use std::sync::Arc;

use crate::finding::{Code, Finding};
use crate::model::Place;
use crate::table::Layout;

use super::nature::{Foreign, Nature};
use super::own;
use super::source::{Bytes, Named, Source};
use super::{Intake, ReadError};
use package::Package;
use sheet::Book;

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
    /// It is a text or a talk, of a program that keeps its files as Excel does.
    Document,
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
    pub(super) fn finding(self, name: Named<'_>) -> Finding {
        let mut place = Place::file(name.file.clone());
        place.sheet = name.sheet(self.sheet);
        let (code, detail) = match self.why {
            Why::Password => (Code::UnreadableWorkbook, "パスワードが掛かっています"),
            Why::Damaged | Why::NoSheet => (Code::UnreadableWorkbook, "ファイルが壊れています"),
            Why::Swollen => (
                Code::UnreadableWorkbook,
                "ファイルの大きさに比べて、中身が異常に大きくなります",
            ),
            Why::TooLarge => (Code::SheetTooLarge, ""),
            Why::Document => (Code::UnknownFileKind, Foreign::Document.words()),
        };
        Finding::new(code, place).detail(detail)
    }
}

/// Reads every sheet of a workbook whose header is known; where there is none, the first
/// sheet is reported.
pub(super) fn read(
    (source, name): (&Source<'_>, Named<'_>),
    nature: Nature,
    layouts: &[Arc<Layout>],
    intake: &mut dyn Intake,
) -> Result<(), Unreadable> {
    let mut book = Book::new(name, nature, layouts, intake);
    match nature {
        Nature::Html => html::read(open(source)?, &mut book)?,
        Nature::XmlSheet => xml_2003::read(open(source)?, &mut book)?,
        Nature::Text(_) | Nature::Workbook | Nature::Archive | Nature::Foreign(_) => {
            read_workbook(source, &mut book)?;
        }
    }
    book.finish();
    Ok(())
}

fn read_workbook(source: &Source<'_>, book: &mut Book<'_>) -> Result<(), Unreadable> {
    const OLE: [u8; 2] = *b"\xD0\xCF";
    let mut file = open(source)?;
    let mut signature = [0; 2];
    file.read_exact(&mut signature).map_err(Why::from)?;
    file.rewind().map_err(Why::from)?;
    if signature == OLE {
        xls::read(file, book)
    } else {
        read_package(source, Package::open(file)?, book)
    }
}

/// A zip archive is told by its parts.
fn read_package(
    source: &Source<'_>,
    mut package: Package<Bytes>,
    book: &mut Book<'_>,
) -> Result<(), Unreadable> {
    for properties in ["docProps/core.xml", "meta.xml"] {
        let properties = package.whole(properties)?;
        if own::is_of_ours(&String::from_utf8_lossy(&properties)) {
            book.is_ours();
            return Ok(());
        }
    }
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
        xlsx::read(source, book)
    }
}

fn open(source: &Source<'_>) -> Result<Bytes, Why> {
    source.open().map_err(|_: ReadError| Why::Damaged)
}
