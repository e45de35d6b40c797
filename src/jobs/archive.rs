//! The archive: inputs that are done with, each under the time of its run.

use std::path::{Path, PathBuf};

use crate::disk::{self, Digest};
use crate::error::Error;

use super::inbox::{InputFile, file_name, files_in, free_name};

/// What stayed where it was.
#[derive(Debug, Default)]
pub struct Stayed {
    /// How many files somebody has put others in the place of since they were read.
    pub replaced: usize,
    /// The names of those that cannot be moved now: on Windows whoever has a file open in Excel
    /// keeps it where it is. All that is to be sent of them was sent, so that is no failure.
    pub held: Vec<String>,
}

/// Moves files into the archive under the time of the run; gives what stayed.
pub fn put(files: &[InputFile], archive: &Path, stamp: &str) -> Stayed {
    let mut stayed = Stayed::default();
    for file in files {
        let moved = disk::read_if_there(&file.path).and_then(|bytes| match bytes {
            Some(bytes) if Digest::of(&bytes) == file.digest => {
                let to = free_name(&archive.join(format!("{stamp}_{}", file.name)));
                disk::rename(&file.path, &to)
            }
            Some(_) => {
                stayed.replaced += 1;
                Ok(())
            }
            None => Ok(()),
        });
        if let Err(error) = moved {
            tracing::debug!(%error, "an input stays where it is");
            stayed.held.push(file.name.to_string());
        }
    }
    stayed
}

/// A file of the archive, which bears the time of its run before its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Archived {
    /// The time of its run.
    pub stamp: String,
    /// Of two with one stamp and name, the second has a 2 in front.
    pub number: u32,
    /// The name that it had in the inbox.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
}

impl Archived {
    /// `20261001-090000_予定.csv`, `2_20261001-090000_予定.csv`
    pub fn read(path: &Path) -> Option<Self> {
        const STAMP: usize = "20261001-090000".len();
        let whole = file_name(path);
        let numbered = whole
            .split_once('_')
            .and_then(|(number, rest)| Some((number.parse().ok()?, rest)));
        let (number, rest) = numbered.unwrap_or((1, &*whole));
        let (stamp, name) = rest.split_at_checked(STAMP)?;
        let is_stamp = stamp.bytes().enumerate().all(|(at, byte)| match at {
            8 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        let name = name.strip_prefix('_').filter(|_| is_stamp)?;
        Some(Self {
            stamp: stamp.to_owned(),
            number,
            name: name.to_owned(),
            path: path.to_owned(),
        })
    }
}

/// The files of the archive that runs have put there, the oldest first.
pub fn files(archive: &Path) -> Result<Vec<Archived>, Error> {
    let files = files_in(archive)?;
    let mut archived: Vec<Archived> = files
        .iter()
        .filter_map(|path| Archived::read(path))
        .collect();
    archived.sort();
    Ok(archived)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_in_the_inbox_is_known_from_the_name_in_the_archive() {
        for (name, expected) in [
            ("20261001-090000_予定.csv", Some((1, "予定.csv"))),
            ("3_20261001-090000_予定.csv", Some((3, "予定.csv"))),
            ("20261001-090000_2_予定.csv", Some((1, "2_予定.csv"))),
            ("予定.csv", None),
            ("2_予定.csv", None),
            ("20261001_090000_予定.csv", None),
        ] {
            let archived = Archived::read(Path::new(name));
            let read = archived.as_ref().map(|of| (of.number, &*of.name));
            assert_eq!(read, expected, "{name}");
        }
    }
}
