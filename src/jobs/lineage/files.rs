//! Which files are read for an answer: those that a run would read together, or has read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use crate::check::Wanted;
use crate::disk::{self, Digest};
use crate::error::Error;
use crate::ledger::RunId;
use crate::model::FileName;
use crate::read::encoding;
use crate::report;
use crate::table::Tables;
use crate::table::fold::nearest;

use super::super::archive::{self, Archived};
use super::super::corrections::{self, Answers, Memory};
use super::super::exclusions::Exclusions;
use super::super::inbox::{self, Inputs};
use super::super::office::Office;

/// Where a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stand {
    /// Somewhere; it is read alone.
    Alone,
    /// In the inbox; it is read with everything else that lies there.
    Inbox,
    /// In the archive; it is read with the files that its run was done with.
    Archive,
}

/// A file that somebody asks about.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub path: PathBuf,
    /// The name that it has, or had in the inbox.
    pub name: FileName,
    pub stand: Stand,
}

/// The file that was typed: a path, else a name in the inbox, else one in the archive.
pub(super) fn find(typed: &str, office: Option<&Office>) -> Result<Found, Error> {
    let path = Path::new(typed);
    if typed.is_empty() {
        return Err(Error::Usage(
            "ファイルの名前がありません。`ファイル:シート:セル` の形で指定してください".to_owned(),
        ));
    }
    if disk::exists(path) {
        return Ok(found(path, office));
    }
    let Some(office) = office else {
        return Err(Error::Usage(format!(
            "`{typed}` というファイルはありません。パスを確かめてください(事業所フォルダーの中の名前で指定するときは --office を付けます)"
        )));
    };
    let inbox = office.folder.inbox().join(typed);
    if disk::exists(&inbox) {
        return Ok(found(&inbox, Some(office)));
    }
    let archived = archive::files(&office.folder.archive())?;
    let named = |of: &&Archived| of.name == typed || inbox::file_name(&of.path) == typed;
    match archived.iter().rfind(named) {
        Some(newest) => Ok(found_in_archive(newest)),
        None => Err(unknown(typed, office, &archived)?),
    }
}

fn found(path: &Path, office: Option<&Office>) -> Found {
    let name = inbox::file_name(path);
    let folder = disk::resolved(path).parent().map(Path::to_owned);
    let lies_in = |of: PathBuf| folder.as_deref() == Some(&*disk::resolved(&of));
    let archived = office.filter(|office| lies_in(office.folder.archive()));
    if let Some(archived) = archived.and_then(|_| Archived::read(path)) {
        return found_in_archive(&archived);
    }
    let is_waiting = office.is_some_and(|office| lies_in(office.folder.inbox()));
    Found {
        path: path.to_owned(),
        name: FileName::new(&name),
        stand: if is_waiting {
            Stand::Inbox
        } else {
            Stand::Alone
        },
    }
}

fn unknown(typed: &str, office: &Office, archived: &[Archived]) -> Result<Error, Error> {
    let inbox = inbox::files_in(&office.folder.inbox())?;
    let names: Vec<String> = inbox.iter().map(|path| inbox::file_name(path)).collect();
    let known = names.iter().map(String::as_str);
    let near = nearest(typed, known.chain(archived.iter().map(|of| &*of.name)));
    let next = near.map_or_else(
        || "名前かパスを確かめてください".to_owned(),
        |near| format!("`{near}` ではありませんか"),
    );
    Ok(Error::Usage(format!(
        "`{typed}` というファイルは、この場所にも受信箱(inbox)にも archive にもありません。{next}"
    )))
}

fn found_in_archive(file: &Archived) -> Found {
    Found {
        path: file.path.clone(),
        name: FileName::new(&file.name),
        stand: Stand::Archive,
    }
}

/// Reads a file with the files that belong to it.
pub(super) fn read(
    found: &Found,
    office: Option<&Office>,
    tables: &Tables,
) -> Result<Inputs, Error> {
    match (found.stand, office) {
        (Stand::Inbox, Some(office)) => read_inbox(office),
        (Stand::Archive, Some(office)) => {
            let digest = encoding::digest(&found.path)?;
            let mut files = match office.ledger.reader_of(&digest)? {
                Some(run) => of_run(office, run)?,
                None => Vec::new(),
            };
            files.retain(|of| of.name != found.name);
            files.push(found.clone());
            read_archived(&files, Some(office), tables)
        }
        (Stand::Alone | Stand::Inbox | Stand::Archive, _) => inbox::read(
            std::slice::from_ref(&found.path),
            Wanted::Everything,
            tables,
        ),
    }
}

/// Everything in the inbox.
pub(super) fn read_inbox(office: &Office) -> Result<Inputs, Error> {
    let memory = Memory {
        answers: Answers::ToBeTaken,
        ..office.memory()
    };
    let paths = inbox::files_in(&office.folder.inbox())?;
    inbox::read_corrected(&paths, Wanted::Everything, &office.tables, &memory)
}

/// The files that a run was done with, as far as the archive has them still.
pub(super) fn of_run(office: &Office, run: RunId) -> Result<Vec<Found>, Error> {
    let archived = archive::files(&office.folder.archive())?;
    let mut files = Vec::new();
    for (digest, name) in office.ledger.inputs_of(run)? {
        for of in archived.iter().rev().filter(|of| of.name == name) {
            if is_same(&of.path, &digest)? {
                files.push(found_in_archive(of));
                break;
            }
        }
    }
    Ok(files)
}

/// What a run was done with, read once more.
pub fn read_run(office: &Office, run: RunId) -> Result<Inputs, Error> {
    read_archived(&of_run(office, run)?, Some(office), &office.tables)
}

fn is_same(path: &Path, digest: &Digest) -> Result<bool, Error> {
    Ok(encoding::digest(path)? == *digest)
}

/// Reads files of the archive under the names that they had in the inbox, with what was
/// corrected in them: a name may deny what a file without a header seems to be, and tells which
/// of two is the newer one.
pub(super) fn read_archived(
    files: &[Found],
    office: Option<&Office>,
    tables: &Tables,
) -> Result<Inputs, Error> {
    let mut named = Vec::new();
    for Found { path, name, .. } in files {
        if report::is_error_workbook(path)? {
            // What was corrected in it is remembered.
            continue;
        }
        let digest = encoding::digest(path)?;
        let ledger = office.map(|office| &office.ledger);
        let changes = corrections::remembered(ledger, &digest, i64::MAX)?;
        named.push((path.clone(), name.clone(), Arc::new(changes)));
    }
    let exclusions = Exclusions::remembered(office.map(|office| &office.ledger))?;
    inbox::read_as(&named, Wanted::Everything, tables, exclusions)
}
