//! The outbox: files appear whole or not at all, and none takes an earlier one's place without
//! that one being kept. Beside them lies a list of what was written, with digests and counts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::disk::{self, Digest};
use crate::error::Error;
use crate::model::YearMonth;
use crate::table::{Layout, NameFacts, NamePattern, Stated};
use crate::write::Parts;

use super::inbox::{file_name, free_name};
use super::office::Office;
use super::outcome::WrittenFile;
use super::proposal::month_in_name;

/// The outbox while the files of a retrieval are written.
#[derive(Debug)]
pub struct Outbox {
    folder: PathBuf,
    archive: PathBuf,
    /// What is put before the name of an earlier file.
    stamp: String,
    entries: Vec<Entry>,
    changed: usize,
}

/// Files of the national standard by the parts of their names that say what they are about, each
/// with its serial.
pub type Lying = BTreeMap<Vec<String>, Vec<(String, PathBuf)>>;

/// A file of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What it is, in the clerk's words.
    pub kind: String,
    /// How long it is.
    pub bytes: usize,
    /// The digest of its bytes.
    pub sha256: String,
    /// Its rows, a header left out.
    pub rows: usize,
    /// Whether it is for a care-management office.
    #[serde(skip)]
    told: bool,
}

/// The list: what a retrieval has written. It holds counts and digests, and nobody's name.
#[derive(Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// The month.
    pub month: String,
    /// 加算データも登録する / しない.
    pub add_ons: String,
    /// 実績のみ / 予定・実績とも.
    pub mark: String,
    /// The run that wrote them.
    pub run: String,
    /// When.
    pub written_at: String,
    /// How many approved actuals went into the files.
    pub taken: usize,
    /// How many wait for something to be put right.
    pub withheld: usize,
    /// How many are not to be taken.
    pub excluded: usize,
    /// The files.
    pub files: Vec<Entry>,
}

impl Manifest {
    /// Whether it says the same, whoever wrote it and when.
    fn says_the_same(&self, other: &Self) -> bool {
        let facts = |of: &Self| (of.month.clone(), of.add_ons.clone(), of.mark.clone());
        let files = |of: &Self| {
            let names = of.files.iter();
            names
                .map(|file| (file.name.clone(), file.sha256.clone()))
                .collect::<Vec<_>>()
        };
        let counts = |of: &Self| (of.taken, of.withheld, of.excluded);
        facts(self) == facts(other) && counts(self) == counts(other) && files(self) == files(other)
    }
}

impl Outbox {
    /// Begins with nothing written.
    pub fn of(office: &Office) -> Self {
        Self {
            folder: office.folder.outbox(),
            archive: office.folder.archive(),
            stamp: office.now().format("%Y%m%d-%H%M%S").to_string(),
            entries: Vec::new(),
            changed: 0,
        }
    }

    /// How many files were not there just so.
    pub fn changed(&self) -> usize {
        self.changed
    }

    /// The files that are not for care-management offices.
    pub fn ours(&self) -> impl Iterator<Item = WrittenFile> {
        let ours = self.entries.iter().filter(|of| !of.told);
        ours.map(|of| WrittenFile {
            kind: of.kind.clone(),
            path: self.folder.join(&of.name),
        })
    }

    /// How many files are for care-management offices.
    pub fn told(&self) -> usize {
        self.entries.iter().filter(|of| of.told).count()
    }

    /// The files of the list.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Puts a file there; gives whether it was not there just so.
    pub fn put(
        &mut self,
        name: &str,
        kind: &str,
        rows: usize,
        bytes: &[u8],
    ) -> Result<bool, Error> {
        self.entries.push(Entry {
            name: name.to_owned(),
            kind: kind.to_owned(),
            bytes: bytes.len(),
            sha256: Digest::of(bytes).as_str().to_owned(),
            rows,
            told: false,
        });
        let path = self.folder.join(name);
        if disk::read_if_there(&path)?.is_some_and(|earlier| earlier == bytes) {
            return Ok(false);
        }
        self.keep(&path)?;
        disk::write(&path, bytes)?;
        self.changed += 1;
        Ok(true)
    }

    /// Puts a file of the national standard there. Earlier ones stay: nobody knows whether
    /// they were sent.
    pub fn put_national(
        &mut self,
        layout: &Layout,
        facts: &NameFacts,
        rows: &Parts,
    ) -> Result<(), Error> {
        const DAY: usize = 8;
        let Some(pattern) = pattern(layout) else {
            return Ok(());
        };
        let mut bytes = Vec::new();
        rows.fill(facts.serial.get(..DAY).unwrap_or_default(), &mut bytes);
        let name = pattern.write(facts);
        self.put(&name, layout.name(), rows.count(), &bytes)?;
        if let Some(entry) = self.entries.last_mut() {
            entry.told = true;
        }
        Ok(())
    }

    /// Moves the files of a subject into the archive, so that nobody sends them any more; all
    /// but the one with the serial of `facts`.
    pub fn withdraw_others(&mut self, layout: &Layout, facts: &NameFacts) -> Result<(), Error> {
        let Some(pattern) = pattern(layout) else {
            return Ok(());
        };
        let name = pattern.write(facts);
        let Stated::This(current) = pattern.read(&name) else {
            return Ok(());
        };
        for path in disk::files(&self.folder)? {
            let other = file_name(&path);
            match pattern.read(&other) {
                Stated::This(of) if of.subject == current.subject && other != name => {
                    self.keep(&path)?;
                    self.changed += 1;
                }
                Stated::This(_) | Stated::ThisAlone | Stated::Other(..) | Stated::Nothing => {}
            }
        }
        Ok(())
    }

    /// Moves a file into the archive of which there is nothing to say this time.
    pub fn withdraw(&mut self, name: &str) -> Result<(), Error> {
        let path = self.folder.join(name);
        if disk::exists(&path) {
            self.keep(&path)?;
            self.changed += 1;
        }
        Ok(())
    }

    /// The files of a layout that lie there, with their serials, by what they are about.
    pub fn lying(&self, layout: &Layout) -> Result<Lying, Error> {
        let mut lying = Lying::new();
        let Some(pattern) = pattern(layout) else {
            return Ok(lying);
        };
        for path in disk::files(&self.folder)? {
            if let Stated::This(of) = pattern.read(&file_name(&path)) {
                lying.entry(of.subject).or_default().push((of.serial, path));
            }
        }
        for files in lying.values_mut() {
            files.sort();
        }
        Ok(lying)
    }

    /// Writes the list; it comes last, so that where it stands all files stand.
    pub fn list(&self, month: YearMonth, manifest: &Manifest) -> Result<WrittenFile, Error> {
        let name = format!("実績{}_目録.json", month_in_name(Some(month)));
        let path = self.folder.join(name);
        let earlier = disk::read_if_there(&path)?;
        let earlier = earlier.and_then(|bytes| serde_json::from_slice::<Manifest>(&bytes).ok());
        if earlier.is_some_and(|earlier| earlier.says_the_same(manifest)) {
            return Ok(listed(path));
        }
        self.keep(&path)?;
        let mut bytes = serde_json::to_vec_pretty(manifest).expect("texts and counts are JSON");
        bytes.push(b'\n');
        disk::write(&path, &bytes)?;
        Ok(listed(path))
    }

    /// Moves a file into the archive, where there is one.
    fn keep(&self, path: &Path) -> Result<(), Error> {
        if disk::exists(path) {
            let kept = self
                .archive
                .join(format!("{}_{}", self.stamp, file_name(path)));
            disk::rename(path, &free_name(&kept))?;
        }
        Ok(())
    }
}

fn listed(path: PathBuf) -> WrittenFile {
    WrittenFile {
        kind: "書き出したファイルの目録".to_owned(),
        path,
    }
}

/// How the files of a layout are named; `None` where they have no names of their own.
pub fn pattern(layout: &Layout) -> Option<&NamePattern> {
    layout.position().and_then(|of| of.file_name.as_ref())
}
