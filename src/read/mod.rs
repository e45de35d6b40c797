//! Bytes become rows: CSV in CP932 or UTF-8, and Excel workbooks.
//!
//! In: a file, and the layouts that it may have. Out: for each row its number as the user
//! counts, and its cells as text, each with what is wrong with it as a text. A file is
//! recognised by its headers, wherever they stand; one that has none by its shape. A name
//! alone makes no file what it says, but it can deny what a shape seems to say.
//!
//! Bytes are cut into fields first and decoded after, so that one broken cell cannot move
//! the rows behind it. Memory holds one row, whatever the file's size.

pub mod row;
pub mod utf16;
mod decoded;
pub mod encoding;
pub mod decode;
pub mod scan;
pub mod csv;
pub mod excel;
pub mod sheet;
mod guess;
pub mod header;
pub mod overlay;
mod position;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Digest, DiskError};
use crate::finding::Finding;
use crate::model::{FileName, RecordKind};
use crate::table::Layout;

pub use csv::Raw;
pub use encoding::Encoding;
pub use overlay::{Changes, Overlaid};
pub use row::{Fault, Row};
pub use sheet::{DayColumn, Sheet, ValueColumn};

/// A file could not be read to its end; what is wrong with its *contents* is a finding.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file could not be opened or read.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The file's bytes stopped coming half-way.
    #[error("`{path}` を最後まで読めません: {source}")]
    Broken {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl ReadError {
    fn broken(path: &Path, source: std::io::Error) -> Self {
        let path = path.to_owned();
        Self::Broken { path, source }
    }
}

/// Who takes what a file holds, row by row, in the order of the file.
pub trait Intake {
    /// A sheet was recognised; its rows follow.
    fn sheet(&mut self, sheet: &Arc<Sheet>);
    /// A row of the sheet that was recognised last. Blank rows do not come.
    fn row(&mut self, sheet: &Arc<Sheet>, row: &Row);
    /// Something is wrong with the file as a whole or with its header; `kind` is what its
    /// rows would be, where that shows.
    fn finding(&mut self, kind: Option<RecordKind>, finding: Finding);
}

/// An intake that many threads can fill, each with the rows of a piece of a sheet.
pub trait InPieces: Intake + Send + Sync + Sized {
    /// Whether the rows of the sheet that was recognised last can be taken so: not where a row
    /// has to know those above it.
    fn takes_parts(&self) -> bool;
    /// An empty intake for some rows of that sheet.
    #[must_use]
    fn part(&self) -> Self;
    /// Takes a row of that sheet straight from its bytes, if it is as nearly all rows are;
    /// `false` where somebody has to look at its cells.
    fn usual(&mut self, sheet: &Arc<Sheet>, raw: &Raw<'_>) -> bool;
    /// Takes in a part whose rows stand behind those of all others that came.
    fn add(&mut self, part: Self);
}

/// What a file is, apart from its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFacts {
    /// SHA-256 of its bytes, if it was asked for.
    pub digest: Option<Digest>,
    /// How its text is encoded.
    pub encoding: Encoding,
}

/// Whether the digest of a file is made on the way. It takes a tenth of the time of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digests {
    /// For whoever says something of the file later, and of these very bytes.
    Made,
    /// For whoever reads it and is done with it.
    NotAsked,
}

/// The endings of the files that are read, in small letters.
pub const ENDINGS: [&str; 6] = ["csv", "xlsx", "xlsm", "xlsb", "xls", "ods"];

/// Whether a file's name is one that this program reads.
pub fn is_readable(path: &Path) -> bool {
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    !is_passed_over(path) && ending.is_some_and(|ending| ENDINGS.contains(&&*ending))
}

/// Whether a file is the mark of a spreadsheet program that somebody has another one open:
/// `~$…` of Excel, `.~lock.…` of LibreOffice.
pub fn is_lock_file(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    name.is_some_and(|name| name.starts_with("~$") || name.starts_with(".~lock."))
}

/// Whether a file in a folder is nobody's business: a lock file, or a hidden one.
pub fn is_passed_over(path: &Path) -> bool {
    let name = path.file_name();
    is_lock_file(path) || name.is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// Reads a file and hands over what it holds.
pub fn read(
    path: &Path,
    name: &FileName,
    layouts: &[Arc<Layout>],
    digests: Digests,
    intake: &mut dyn Intake,
) -> Result<FileFacts, ReadError> {
    let encoding = encoding::of_file(path)?;
    let digest = match encoding {
        Encoding::Workbook => workbook((path, name), layouts, digests, intake)?,
        text => csv::read((path, name), text, layouts, digests, intake)?,
    };
    Ok(FileFacts { digest, encoding })
}

/// The same on all cores.
pub fn read_in_pieces(
    path: &Path,
    name: &FileName,
    layouts: &[Arc<Layout>],
    digests: Digests,
    intake: &mut impl InPieces,
) -> Result<FileFacts, ReadError> {
    let encoding = encoding::of_file(path)?;
    let digest = match encoding {
        Encoding::Workbook => workbook((path, name), layouts, digests, intake)?,
        text => csv::read_in_pieces((path, name), text, layouts, digests, intake)?,
    };
    Ok(FileFacts { digest, encoding })
}

fn workbook(
    (path, name): (&Path, &FileName),
    layouts: &[Arc<Layout>],
    digests: Digests,
    intake: &mut dyn Intake,
) -> Result<Option<Digest>, ReadError> {
    let digest = match digests {
        Digests::Made => Some(encoding::digest(path)?),
        Digests::NotAsked => None,
    };
    if let Err(unreadable) = excel::read(path, name, layouts, intake) {
        intake.finding(None, unreadable.finding(name));
    }
    Ok(digest)
}
