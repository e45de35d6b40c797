//! Where the bytes of a file are: on the disk, or unpacked from an archive.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use crate::disk::{self, Digest};
use crate::model::FileName;

use super::ReadError;

/// The bytes of a file, which can be read more than once.
#[derive(Debug, Clone)]
pub(super) enum Source<'p> {
    /// A file of its own.
    Disk(&'p Path),
    /// A file of an archive.
    Unpacked(Arc<[u8]>),
}

/// A file as it is called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'n> {
    /// The file that somebody sees in a folder.
    pub(super) file: &'n FileName,
    /// The file within it, where that is an archive.
    pub(super) member: Option<&'n str>,
    /// What that file is, whatever its name.
    pub(super) digest: Option<&'n Digest>,
}

impl<'n> From<&'n FileName> for Named<'n> {
    fn from(file: &'n FileName) -> Self {
        Self {
            file,
            member: None,
            digest: None,
        }
    }
}

impl Named<'_> {
    /// How a sheet of the file is called: by its own name, and in an archive by that of the
    /// file within it as well.
    pub(super) fn sheet(self, sheet: Option<Arc<str>>) -> Option<Arc<str>> {
        match (self.member, sheet) {
            (None, sheet) => sheet,
            (Some(member), None) => Some(Arc::from(member)),
            (Some(member), Some(sheet)) => Some(format!("{member} {sheet}").into()),
        }
    }

    /// The name of the file itself, without the folders of an archive.
    pub(super) fn own(self) -> FileName {
        match self.member {
            None => self.file.clone(),
            Some(member) => FileName::new(member.rsplit('/').next().unwrap_or(member)),
        }
    }
}

impl Source<'_> {
    /// The bytes from the first one on.
    pub(super) fn open(&self) -> Result<Bytes, ReadError> {
        Ok(match self {
            Self::Disk(path) => Bytes::Disk(disk::open(path)?),
            Self::Unpacked(bytes) => Bytes::Unpacked(Cursor::new(Arc::clone(bytes))),
        })
    }

    /// The error of bytes that stop coming half-way.
    pub(super) fn broken(&self, source: io::Error) -> ReadError {
        let path = match self {
            Self::Disk(path) => path,
            Self::Unpacked(_) => Path::new(""),
        };
        ReadError::broken(path, source)
    }
}

/// The bytes of a source, as they are read.
#[derive(Debug)]
pub(super) enum Bytes {
    Disk(File),
    Unpacked(Cursor<Arc<[u8]>>),
}

impl Read for Bytes {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Disk(file) => file.read(into),
            Self::Unpacked(bytes) => bytes.read(into),
        }
    }
}

impl Seek for Bytes {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Disk(file) => file.seek(to),
            Self::Unpacked(bytes) => bytes.seek(to),
        }
    }
}
