//! The workbooks in `reports`: each name means the newest, and what was there before goes to the
//! archive under the time of its replacement.
//!
//! Whoever has a workbook open in Excel keeps Windows from moving it. That must not cost a run:
//! the new one then stands beside it under a number, which is said, and the next run puts both
//! away.

use std::path::{Path, PathBuf};

use crate::disk::{self, Digest};
use crate::error::Error;
use crate::read::encoding;

use super::inbox::{InputFile, file_name, free_name};
use super::office::Office;
use super::preview;
use super::proposal::Step;

/// A place for a workbook of which there is only one.
#[derive(Debug)]
pub struct Place {
    /// Where it is to be written.
    pub path: PathBuf,
    /// What the clerk should know of the earlier one.
    pub notes: Vec<String>,
}

/// Puts the earlier workbooks of a name away; gives where the new one belongs. `inputs` are
/// files of the run: a workbook that came back with them was read.
pub fn clear(office: &Office, name: &str, inputs: &[InputFile]) -> Result<Place, Error> {
    let mut notes = Vec::new();
    let wanted = office.folder.reports().join(name);
    for path in numbered(office, name)? {
        let digest = encoding::digest(&path).ok();
        let Some(kept) = put_away(office, &path) else {
            continue;
        };
        let written = office.ledger.workbook(&file_name(&path))?;
        let came_back = |digest: &Digest| inputs.iter().any(|file| file.digest == *digest);
        if let Some((digest, written)) = digest.zip(written)
            && digest != written
            && !came_back(&digest)
        {
            notes.push(format!(
                "前の{}は、作ったあとに保存し直されていますが、受信箱(inbox)に入っていないので、書き込みは取り込んでいません。控え: {}",
                file_name(&path),
                kept.display()
            ));
        }
    }
    let path = free_name(&wanted);
    if path != wanted {
        notes.push(is_open(name, &path));
    }
    Ok(Place { path, notes })
}

/// Where a workbook of a name stands that was written with these contents, whatever somebody has
/// marked in it since.
pub fn standing(office: &Office, name: &str, digest: &Digest) -> Result<Option<PathBuf>, Error> {
    for path in numbered(office, name)? {
        if office.ledger.workbook(&file_name(&path))?.as_ref() == Some(digest) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// The workbooks of a name, byte for byte; more than one where somebody had one open.
pub fn contents(office: &Office, name: &str) -> Result<Vec<Vec<u8>>, Error> {
    let paths = numbered(office, name)?;
    let read = paths.iter().map(|path| disk::read_if_there(path));
    Ok(read
        .filter_map(Result::transpose)
        .collect::<Result<_, _>>()?)
}

/// Puts the earlier workbooks of a name away and writes one that nobody sends back; `digest` is that
/// of its contents without marks.
pub fn replace(
    office: &Office,
    name: &str,
    (bytes, digest): (&[u8], &Digest),
) -> Result<Place, Error> {
    for path in numbered(office, name)? {
        put_away(office, &path);
    }
    let wanted = office.folder.reports().join(name);
    let path = free_name(&wanted);
    let mut notes = Vec::new();
    if path != wanted {
        notes.push(is_open(name, &path));
    }
    disk::write(&path, bytes)?;
    office.ledger.wrote_workbook(&file_name(&path), digest)?;
    Ok(Place { path, notes })
}

/// That somebody has the earlier workbook open.
fn is_open(name: &str, path: &Path) -> String {
    format!(
        "{name} がほかのソフト(Excelなど)で開かれているため、新しい一覧は {} に書きました。開いているほうは古い内容です。閉じてください。",
        file_name(path)
    )
}

/// Remembers how a workbook was written.
pub fn wrote(office: &Office, path: &Path) -> Result<(), Error> {
    let digest = encoding::digest(path)?;
    Ok(office.ledger.wrote_workbook(&file_name(path), &digest)?)
}

/// Puts the previews away that no proposal is waiting behind any more: it was used, or is
/// stale. `shown` is where the run's own preview stands; gives where it stands then.
pub fn put_previews_away(office: &Office, shown: Option<&Path>) -> Result<Option<PathBuf>, Error> {
    let mut there = disk::files(&office.folder.reports())?;
    there.retain(|path| file_name(path).starts_with(preview::WORD));
    if there.is_empty() {
        return Ok(None);
    }
    let mut moved = None;
    for closed in office.ledger.closed_proposals()? {
        let Some(step) = Step::named(&closed.proposal.step) else {
            continue;
        };
        let path = preview::path(office, closed.id, step, closed.proposal.month);
        if there.contains(&path) {
            let kept = put_away(office, &path);
            if shown == Some(&path) {
                moved = kept;
            }
        }
    }
    Ok(moved)
}

/// Moves a workbook into the archive; gives where it is then, or nothing where it cannot be
/// moved now.
fn put_away(office: &Office, path: &Path) -> Option<PathBuf> {
    let stamp = office.now().format("%Y%m%d-%H%M%S");
    let kept = office.folder.archive();
    let kept = free_name(&kept.join(format!("{stamp}_{}", file_name(path))));
    match disk::rename(path, &kept) {
        Ok(()) => Some(kept),
        Err(error) => {
            tracing::debug!(%error, "a workbook stays where it is");
            None
        }
    }
}

/// The workbooks of a name, also those that stood beside one that was open.
fn numbered(office: &Office, name: &str) -> Result<Vec<PathBuf>, Error> {
    let mut files = disk::files(&office.folder.reports())?;
    files.retain(|path| {
        let own = file_name(path);
        own == name
            || own.split_once('_').is_some_and(|(number, rest)| {
                rest == name && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
            })
    });
    Ok(files)
}
