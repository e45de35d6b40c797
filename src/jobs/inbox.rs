//! The inbox: which files are read, and where they go when they are done with.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::check::{self, Gathered, Wanted};
use crate::disk::{self, Digest};
use crate::error::Error;
use crate::finding::{Code, Finding};
use crate::ledger::Ledger;
use crate::model::{FileName, RecordKind, YearMonth};
use crate::read::{self, Encoding, Intake, Row, Sheet};
use crate::table::{Completes, Tables};

use super::office::Office;

/// A file that was read.
#[derive(Debug, Clone)]
pub struct InputFile {
    /// Where it stands.
    pub path: PathBuf,
    /// Its name.
    pub name: FileName,
    /// The digest of its bytes.
    pub digest: Digest,
    /// How it is encoded.
    pub encoding: Encoding,
}

/// What was read for a step.
#[derive(Debug)]
pub struct Inputs {
    /// Every file that was looked at.
    pub files: Vec<InputFile>,
    /// Their rows.
    pub gathered: Gathered,
}

/// The readable files of a folder, by name.
pub fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = disk::files(folder)?;
    files.retain(|path| read::is_readable(path));
    Ok(files)
}

/// The names of files in a folder that are of no kind that is read. Nobody should believe
/// that they were.
pub fn passed_over(folder: &Path) -> Result<Vec<String>, Error> {
    let mut files = disk::files(folder)?;
    files.retain(|path| !read::is_readable(path) && !read::is_passed_over(path));
    Ok(files.iter().map(|path| file_name(path)).collect())
}

/// Which kinds of rows the inbox has files for. Headers are looked at; no row is typed.
pub fn kinds(office: &Office) -> Result<BTreeSet<RecordKind>, Error> {
    let mut kinds = Kinds::default();
    for path in files_in(&office.folder.inbox())? {
        read::read(&path, &name_of(&path), &office.tables.layouts, &mut kinds)?;
    }
    Ok(kinds.0)
}

fn name_of(path: &Path) -> FileName {
    FileName::new(&file_name(path))
}

/// The name of a file without its folder.
pub fn file_name(path: &Path) -> String {
    let name = path.file_name();
    name.map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Takes notice of sheets alone.
#[derive(Default)]
struct Kinds(BTreeSet<RecordKind>);

impl Intake for Kinds {
    fn sheet(&mut self, sheet: &Arc<Sheet>) {
        self.0.insert(sheet.layout.record());
    }

    fn row(&mut self, _sheet: &Arc<Sheet>, _row: &Row) {}

    fn finding(&mut self, _kind: Option<RecordKind>, _finding: Finding) {}
}

/// Reads files; rows of other kinds than the wanted ones are passed over, and so are lock
/// files, which a shell's `*` names as well.
pub fn read(paths: &[PathBuf], wanted: Wanted, tables: &Tables) -> Result<Inputs, Error> {
    let mut gathered = Gathered::new(wanted, &tables.names);
    let mut files = Vec::new();
    for path in paths {
        let name = name_of(path);
        let facts = read::read(path, &name, &tables.layouts, &mut gathered)?;
        files.push(InputFile {
            path: path.clone(),
            name,
            digest: facts.digest,
            encoding: facts.encoding,
        });
    }
    check::superseded::check(&mut gathered)?;
    check::mixed::withhold(&mut gathered);
    Ok(Inputs { files, gathered })
}

impl Inputs {
    /// The digest of all files together, whatever their names and order.
    pub fn digest(&self) -> Digest {
        let mut digests: Vec<&str> = self.used().map(|file| file.digest.as_str()).collect();
        digests.sort_unstable();
        Digest::of(digests.join("\n").as_bytes())
    }

    /// The files that rows of this step came from.
    pub fn used(&self) -> impl Iterator<Item = &InputFile> {
        self.files.iter().filter(|file| {
            self.gathered.recognised.iter().any(|(sheet, _)| {
                *sheet.file() == file.name && self.gathered.wants(sheet.layout.record())
            })
        })
    }

    /// Whether there is a file that names everybody: who is not in it is gone. A file that only
    /// completes what is known does not, nor does a plan of the national standard, which holds
    /// the clients of one care-management office.
    pub fn says_who_is_gone(&self, kind: RecordKind) -> bool {
        self.gathered.recognised.iter().any(|(sheet, _)| {
            sheet.layout.record() == kind && sheet.layout.completes() == Completes::No
        })
    }

    /// The files that can leave the inbox: each row of theirs is this run's, or was an
    /// earlier one's.
    pub fn done_with(&self, ledger: &Ledger) -> Result<Vec<InputFile>, Error> {
        let mut done = Vec::new();
        for file in self.used() {
            let finished = ledger.finished(&file.digest)?;
            let other_months = self.other_months(file);
            let months = other_months.iter().all(|month| finished.contains(month));
            // A workbook with basic data and plans waits for the plans, which come last.
            let kinds = !self.has_other_kind(file)
                || (self.gathered.wants(RecordKind::PlanLine) && finished.contains(&None));
            if months && kinds {
                done.push(file.clone());
            }
        }
        Ok(done)
    }

    /// The months of a file's rows that were left alone. One that could not be read is
    /// `None`, with which no file of plans alone is ever finished: it would stay.
    fn other_months(&self, file: &InputFile) -> BTreeSet<Option<YearMonth>> {
        let left = |finding: &&Finding| {
            finding.code == Code::OtherMonth && finding.place.file == file.name
        };
        let findings = self.gathered.findings.iter().filter(left);
        findings
            .map(|finding| YearMonth::parse(&finding.value))
            .collect()
    }

    /// Whether a file has rows that another step takes.
    fn has_other_kind(&self, file: &InputFile) -> bool {
        self.gathered.recognised.iter().any(|(sheet, rows)| {
            *rows > 0 && *sheet.file() == file.name && !self.gathered.wants(sheet.layout.record())
        })
    }
}

/// Moves files into the archive under the time of the run; gives how many stayed, because
/// somebody has put another file in their place since they were read.
pub fn archive(files: &[InputFile], archive: &Path, stamp: &str) -> Result<usize, Error> {
    let mut replaced = 0;
    for file in files {
        match disk::read_if_there(&file.path)? {
            Some(bytes) if Digest::of(&bytes) == file.digest => {
                let to = free_name(&archive.join(format!("{stamp}_{}", file.name)));
                disk::rename(&file.path, &to)?;
            }
            Some(_) => replaced += 1,
            None => {}
        }
    }
    Ok(replaced)
}

/// A path at which nothing stands yet.
pub fn free_name(path: &Path) -> PathBuf {
    let name = file_name(path);
    let mut free = path.to_owned();
    let mut number = 1;
    while disk::exists(&free) {
        number += 1;
        free = path.with_file_name(format!("{number}_{name}"));
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_name_is_the_name_itself_or_the_first_number_that_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = folder.path().join("予定.csv");
        for free in ["予定.csv", "2_予定.csv", "3_予定.csv"] {
            let found = free_name(&wanted);
            assert_eq!(found, folder.path().join(free));
            disk::write(&found, b"").unwrap();
        }
    }

    #[test]
    fn a_folder_takes_a_name_as_well_as_a_file_does() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = folder.path().join("予定.csv");
        disk::make_folder(&wanted).unwrap();
        assert_eq!(free_name(&wanted), folder.path().join("2_予定.csv"));
    }

    #[test]
    fn files_that_no_reader_takes_are_not_in_the_inbox() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.csv", "a.XLSX", "~$a.xlsx", "c.txt", "d"] {
            disk::write(&folder.path().join(name), b"").unwrap();
        }
        let files = files_in(folder.path()).unwrap();
        let names: Vec<_> = files.iter().filter_map(|path| path.file_name()).collect();
        assert_eq!(names, ["a.XLSX", "b.csv"]);
    }
}
