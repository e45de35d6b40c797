//! Bytes become rows: text whose cells are parted by commas, tabs or semicolons, workbooks of
//! all kinds, and archives of such files.
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
pub mod absent;
pub mod sheet;
mod guess;
mod source;
pub mod nature;
mod separator;
mod archive;
pub mod own;
pub mod header;
pub mod overlay;
mod position;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Digest, DiskError};
use crate::finding::{Code, Finding};
use crate::model::{FileName, Place, RecordKind};
use crate::table::Layout;

pub use absent::Absent;
pub use archive::members;
pub use csv::Raw;
pub use encoding::Encoding;
pub use nature::{Foreign, Nature};
pub use overlay::{Changes, Overlaid};
pub use row::{Fault, Row};
pub use sheet::{DayColumn, Sheet, ValueColumn};
use source::{Named, Source};

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
    /// What it is.
    pub nature: Nature,
}

/// Whether the digest of a file is made on the way. It takes a tenth of the time of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digests {
    /// For whoever says something of the file later, and of these very bytes.
    Made,
    /// For whoever reads it and is done with it.
    NotAsked,
}

/// The endings of the files that are read whatever they hold, in small letters.
const ENDINGS: [&str; 13] = [
    "csv", "txt", "tsv", "tab", "xlsx", "xlsm", "xlsb", "xls", "ods", "htm", "html", "xml", "zip",
];

/// Whether a text looks like the name of a file with a table.
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

/// Whether a file in a folder is nobody's business: a lock file, a hidden one, or one that
/// Windows keeps there for itself. Whatever else somebody has put there is looked at.
pub fn is_passed_over(path: &Path) -> bool {
    const OF_WINDOWS: [&str; 2] = ["thumbs.db", "desktop.ini"];
    let name = path.file_name();
    is_lock_file(path)
        || name.is_some_and(|name| {
            let name = name.to_string_lossy().to_lowercase();
            name.starts_with('.') || OF_WINDOWS.contains(&&*name)
        })
}

/// Reads a file and hands over what it holds.
pub fn read(
    path: &Path,
    name: &FileName,
    layouts: &[Arc<Layout>],
    digests: Digests,
    intake: &mut dyn Intake,
) -> Result<FileFacts, ReadError> {
    let source = Source::Disk(path);
    let nature = nature::of(&source)?;
    let digest = match nature {
        Nature::Text(encoding) if own::by_name(name.into()).is_none() => {
            csv::read((&source, name.into()), encoding, layouts, digests, intake)?
        }
        nature => whole((&source, name), nature, layouts, digests, intake)?,
    };
    Ok(FileFacts { digest, nature })
}

/// The same on all cores.
pub fn read_in_pieces(
    path: &Path,
    name: &FileName,
    layouts: &[Arc<Layout>],
    digests: Digests,
    intake: &mut impl InPieces,
) -> Result<FileFacts, ReadError> {
    let source = Source::Disk(path);
    let nature = nature::of(&source)?;
    let digest = match nature {
        Nature::Text(encoding) if own::by_name(name.into()).is_none() => {
            csv::read_in_pieces((&source, name.into()), encoding, layouts, digests, intake)?
        }
        nature => whole((&source, name), nature, layouts, digests, intake)?,
    };
    Ok(FileFacts { digest, nature })
}

/// A file that is no text, or none of somebody else's: its digest is made apart from what is
/// read of it.
fn whole(
    (source, name): (&Source<'_>, &FileName),
    nature: Nature,
    layouts: &[Arc<Layout>],
    digests: Digests,
    intake: &mut dyn Intake,
) -> Result<Option<Digest>, ReadError> {
    let digest = match digests {
        Digests::Made => Some(encoding::digest_of(source)?),
        Digests::NotAsked => None,
    };
    match nature {
        Nature::Archive => archive::read(source, name, layouts, intake)?,
        nature => read_one((source, name.into()), nature, layouts, intake)?,
    }
    Ok(digest)
}

/// A file that is no archive, on the disk or in one.
fn read_one(
    (source, name): (&Source<'_>, Named<'_>),
    nature: Nature,
    layouts: &[Arc<Layout>],
    intake: &mut dyn Intake,
) -> Result<(), ReadError> {
    if let Some(finding) = own::by_name(name) {
        intake.finding(None, finding);
        return Ok(());
    }
    match nature {
        Nature::Text(encoding) => {
            csv::read((source, name), encoding, layouts, Digests::NotAsked, intake)?;
        }
        Nature::Workbook | Nature::Html | Nature::XmlSheet => {
            if let Err(unreadable) = excel::read((source, name), nature, layouts, intake) {
                intake.finding(None, unreadable.finding(name));
            }
        }
        Nature::Foreign(foreign) => {
            let mut place = Place::file(name.file.clone());
            place.sheet = name.sheet(None);
            let finding = Finding::new(Code::UnknownFileKind, place);
            intake.finding(None, finding.detail(foreign.words()));
        }
        Nature::Archive => archive::read(source, name.file, layouts, intake)?,
    }
    Ok(())
}
