//! The office folder: where everything of one office stands on the disk.

use std::path::{Path, PathBuf};

use crate::chance;
use crate::disk;
use crate::error::Error;
use crate::settings;

/// The paths of an office folder.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

/// What the clerk sees in the folder besides the settings.
const VISIBLE: [&str; 4] = ["inbox", "outbox", "reports", "archive"];

impl Folder {
    /// The folder at a path; whether it is an office folder shows when it is used.
    pub fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// Makes the folders and the settings; what is there already stays as it is.
    pub fn make(&self) -> Result<(), Error> {
        for name in VISIBLE {
            disk::make_folder(&self.root.join(name))?;
        }
        disk::make_folder(&self.hidden())?;
        if !disk::exists(&self.settings()) {
            disk::write(&self.settings(), settings::TEMPLATE.as_bytes())?;
        }
        if !disk::exists(&self.id_file()) {
            disk::write(&self.id_file(), chance::fresh_id().as_bytes())?;
        }
        Ok(())
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the clerk drops exports.
    pub fn inbox(&self) -> PathBuf {
        self.root.join("inbox")
    }

    /// Where files for 楽すけ appear.
    pub fn outbox(&self) -> PathBuf {
        self.root.join("outbox")
    }

    /// Where workbooks for the clerk appear.
    pub fn reports(&self) -> PathBuf {
        self.root.join("reports")
    }

    /// Where inputs go when they are done with, and earlier outputs.
    pub fn archive(&self) -> PathBuf {
        self.root.join("archive")
    }

    /// The office's own mapping tables, if it has any.
    pub fn mappings(&self) -> PathBuf {
        self.root.join("mappings")
    }

    /// The settings.
    pub fn settings(&self) -> PathBuf {
        self.root.join(settings::FILE)
    }

    /// The ledger.
    pub fn ledger(&self) -> PathBuf {
        self.hidden().join("ledger.sqlite")
    }

    /// The lock.
    pub fn lock(&self) -> PathBuf {
        self.hidden().join("lock")
    }

    /// The note of who holds the lock. A file of its own, because on Windows nobody else can
    /// read a file that is locked.
    pub fn lock_holder(&self) -> PathBuf {
        self.hidden().join("lock-holder.json")
    }

    /// The folder's name in the key store. It is no secret: without the machine's own key
    /// store it opens nothing.
    pub fn id(&self) -> Result<String, Error> {
        let bytes = disk::read(&self.id_file())?;
        Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
    }

    fn id_file(&self) -> PathBuf {
        self.hidden().join("folder-id")
    }

    fn hidden(&self) -> PathBuf {
        self.root.join(".rakuwing")
    }
}
