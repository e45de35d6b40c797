//! The inbox: which files are read, with what was corrected in them, and which are done with.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::check::touched::{self, Rows};
use crate::check::{self, Gathered, Wanted};
use crate::disk::{self, Digest};
use crate::error::Error;
use crate::finding::{Code, Finding};
use crate::ledger::Ledger;
use crate::model::{CivilDate, ClientId, FileName, RecordKind, YearMonth};
use crate::parallel;
use crate::read::{self, Changes, Digests, Intake, Nature, Overlaid, Row, Sheet};
use crate::table::{Completes, Tables};

use super::corrections::{self, Lies, Memory, Parted, Source, Workbook};
use super::exclusions::Exclusions;
use super::files;
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
    /// What it is.
    pub nature: Nature,
    /// What it is to this run.
    pub role: Role,
    /// What holds in place of some of its cells.
    pub changes: Arc<Changes>,
    /// What is taken again of a file in the archive; `None` where all of it is read.
    pub again: Option<Arc<Again>>,
    /// What its rows are.
    pub kinds: BTreeSet<RecordKind>,
    /// Which of the recognised sheets are its own.
    sheets: Range<usize>,
}

/// What is taken again of a file that was read before.
#[derive(Debug)]
pub struct Again {
    /// Those of its rows that are.
    pub rows: Rows,
    /// The last run that had read all of it.
    pub read_in: i64,
}

/// What a file is to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Its rows are taken.
    Data,
    /// It lies in the archive, and rows of it were corrected.
    Source,
    /// It is an error workbook with corrections.
    Corrections,
}

/// What was read for a step.
#[derive(Debug)]
pub struct Inputs {
    /// Every file that was looked at; none where nothing is said of them later.
    pub files: Vec<InputFile>,
    /// Their rows.
    pub gathered: Gathered,
    /// The files that error workbooks have corrected.
    pub corrected: Vec<Source>,
    /// The error workbooks with an answer that is in force.
    pub answered: BTreeSet<Digest>,
    /// The kinds of rows of an error workbook that were corrected and are another step's.
    pub elsewhere: BTreeMap<Digest, BTreeSet<RecordKind>>,
    /// How many withheld rows nobody has touched in the workbooks that were taken.
    pub left: usize,
    /// What is to be said of error workbooks, a sentence each.
    pub remarks: Vec<String>,
    /// Which rows are left out.
    pub exclusions: Exclusions,
    digests: Digests,
}

impl InputFile {
    /// An error workbook.
    pub fn corrections(path: &Path, name: FileName, digest: Digest) -> Self {
        Self {
            path: path.to_owned(),
            name,
            digest,
            nature: Nature::Workbook,
            role: Role::Corrections,
            changes: Arc::default(),
            again: None,
            kinds: BTreeSet::new(),
            sheets: 0..0,
        }
    }
}

/// The files of a folder, by name: whatever somebody has put there is looked at.
pub fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = disk::files(folder)?;
    files.retain(|path| !read::is_passed_over(path));
    Ok(files)
}

/// The names of folders in a folder. Nobody should believe that what is in them was read.
pub fn passed_over(folder: &Path) -> Result<Vec<String>, Error> {
    let mut folders = disk::folders(folder)?;
    folders.retain(|path| !read::is_passed_over(path));
    Ok(folders.iter().map(|path| file_name(path)).collect())
}

/// Which kinds of rows the inbox has files for. Headers are looked at; no row is typed.
pub fn kinds(office: &Office) -> Result<BTreeSet<RecordKind>, Error> {
    let mut kinds = Kinds::default();
    let parted = corrections::part(&files_in(&office.folder.inbox())?)?;
    for path in parted.others {
        let layouts = &office.tables.layouts;
        read::read(
            &path,
            &name_of(&path),
            layouts,
            Digests::NotAsked,
            &mut kinds,
        )?;
    }
    for workbook in &parted.workbooks {
        let sheets = workbook.corrections.sheets.iter();
        kinds.0.extend(sheets.filter_map(corrections::kind));
    }
    Ok(kinds.0)
}

/// The name of the file at a path.
pub fn name_of(path: &Path) -> FileName {
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

/// Reads everything in the inbox for a step, corrections included.
pub fn gather(office: &Office, wanted: Wanted) -> Result<Inputs, Error> {
    let paths = files_in(&office.folder.inbox())?;
    read_corrected(&paths, wanted, &office.tables, &office.memory())
}

/// An inbox that can be read on another thread than the office's.
#[derive(Debug)]
pub struct Inbox {
    paths: Vec<PathBuf>,
    archive: PathBuf,
    ledger: Ledger,
    today: Option<CivilDate>,
}

impl Inbox {
    /// The office's.
    pub fn of(office: &Office) -> Result<Self, Error> {
        Ok(Self {
            paths: files_in(&office.folder.inbox())?,
            archive: office.folder.archive(),
            ledger: office.ledger.beside()?,
            today: office.today().ok(),
        })
    }

    /// Whether no file in it can be read.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// Reads everything in it for a step, corrections included.
    pub fn gather(&self, wanted: Wanted, tables: &Tables) -> Result<Inputs, Error> {
        let memory = Memory::of(self.archive.clone(), &self.ledger, self.today);
        read_corrected(&self.paths, wanted, tables, &memory)
    }
}

/// Reads files; rows of other kinds than the wanted ones are passed over, and so are lock
/// files, which a shell's `*` names as well.
pub fn read(paths: &[PathBuf], wanted: Wanted, tables: &Tables) -> Result<Inputs, Error> {
    read_as(&named(paths), wanted, tables, Exclusions::default())
}

/// The same where nothing is said of the files later: what is left of them is their rows.
pub fn read_once(paths: &[PathBuf], wanted: Wanted, tables: &Tables) -> Result<Inputs, Error> {
    let inputs = Inputs::of(wanted, Digests::NotAsked, tables);
    inputs.read_all(&named(paths), tables)?.settled(tables)
}

fn named(paths: &[PathBuf]) -> Vec<Named> {
    let named = |path: &PathBuf| (path.clone(), name_of(path), Arc::default());
    paths.iter().map(named).collect()
}

/// A file with the name that it is known by, and what holds in place of some of its cells.
pub type Named = (PathBuf, FileName, Arc<Changes>);

/// Reads files under given names, with changes laid over them and some of their rows left out.
pub fn read_as(
    files: &[Named],
    wanted: Wanted,
    tables: &Tables,
    exclusions: Exclusions,
) -> Result<Inputs, Error> {
    let inputs = Inputs::of(wanted, Digests::Made, tables);
    let mut inputs = inputs.read_all(files, tables)?;
    inputs.exclusions = exclusions;
    inputs.settled(tables)
}

/// Files of fewer bytes are read side by side; within a larger one its pieces are.
const SMALL: u64 = 1 << 20;

/// The same where error workbooks may lie among the files: what was corrected in them is laid
/// over the files that they show.
pub fn read_corrected(
    paths: &[PathBuf],
    wanted: Wanted,
    tables: &Tables,
    memory: &Memory<'_>,
) -> Result<Inputs, Error> {
    let Parted {
        others,
        workbooks,
        findings: refused,
    } = corrections::part(paths)?;
    if workbooks.is_empty() && refused.is_empty() {
        let exclusions = Exclusions::remembered(memory.ledger)?;
        return read_as(&named(paths), wanted, tables, exclusions);
    }
    let taken = corrections::take(&workbooks, &others, (wanted, memory), tables)?;
    let mut inputs = Inputs::of(wanted, Digests::Made, tables);
    inputs.gathered.findings.extend(refused);
    inputs.gathered.findings.extend(taken.findings);
    inputs.remarks = taken.remarks;
    inputs.answered = taken.answered;
    inputs.elsewhere = taken.elsewhere;
    inputs.left = taken.left;
    inputs.exclusions = taken.exclusions;
    for path in &others {
        let source = taken
            .sources
            .iter()
            .find(|source| source.lies == Lies::Here && source.path == *path);
        let changes = source.map(|source| Arc::new(source.changes.clone()));
        let changes = changes.unwrap_or_default();
        inputs.read(path, &name_of(path), Role::Data, &changes, tables)?;
    }
    for source in taken.sources {
        if source.lies == Lies::InTheArchive && source.kinds.iter().any(|of| wanted.includes(*of)) {
            let changes = Arc::new(source.changes.clone());
            let (path, name) = (&source.path, &source.name);
            inputs.read(path, name, Role::Source, &changes, tables)?;
            let rows = touched::keep_only(&mut inputs.gathered, name, &source.touched)?;
            if let Some(file) = inputs.files.last_mut() {
                let read_in = source.known_run;
                file.again = Some(Arc::new(Again { rows, read_in }));
            }
        }
        inputs.corrected.push(source);
    }
    inputs.take_note(workbooks, &taken.idle);
    inputs.settled(tables)
}

/// A file that lies in the inbox by itself, or a file of an archive there.
struct Lying<'a> {
    /// The file in the inbox.
    file: &'a InputFile,
    /// Of what lies there, or within it.
    digest: &'a Digest,
    sheets: &'a [(Arc<Sheet>, usize)],
}

impl Lying<'_> {
    /// What is kept of two of the same content comes first: what was corrected, then what is in
    /// no archive. A copy bears a longer name than what it is a copy of.
    fn rank(&self) -> (bool, bool, usize) {
        let is_in_archive = *self.digest != self.file.digest;
        let letters = self.file.name.as_str().len();
        (self.file.changes.is_empty(), is_in_archive, letters)
    }
}

impl Inputs {
    fn of(wanted: Wanted, digests: Digests, tables: &Tables) -> Self {
        Self {
            files: Vec::new(),
            gathered: Gathered::new(wanted, (&tables.names, &tables.others)),
            corrected: Vec::new(),
            answered: BTreeSet::new(),
            elsewhere: BTreeMap::new(),
            left: 0,
            remarks: Vec::new(),
            exclusions: Exclusions::default(),
            digests,
        }
    }

    /// Reads files, small ones side by side.
    fn read_all(mut self, files: &[Named], tables: &Tables) -> Result<Self, Error> {
        let mut sized = Vec::with_capacity(files.len());
        for file in files {
            sized.push((file, disk::length(&file.0)?.unwrap_or_default() < SMALL));
        }
        let both_small = |(_, one): &(_, bool), (_, other): &(_, bool)| *one && *other;
        let (wanted, digests) = (self.gathered.wanted(), self.digests);
        for files in sized.chunk_by(both_small) {
            if let [((path, name, changes), _)] = files {
                self.read(path, name, Role::Data, changes, tables)?;
                continue;
            }
            let mut files = files.iter();
            parallel::in_order(
                || Ok(files.next()),
                |((path, name, changes), _)| -> Result<Self, Error> {
                    let mut alone = Self::of(wanted, digests, tables);
                    alone.read(path, name, Role::Data, changes, tables)?;
                    Ok(alone)
                },
                |alone: Result<_, Error>| {
                    self.add(alone?);
                    Ok::<_, Error>(())
                },
            )?;
        }
        Ok(self)
    }

    /// Adds what was read of further files.
    fn add(&mut self, other: Self) {
        let first = self.gathered.recognised.len();
        let files = other.files.into_iter();
        self.files.extend(files.map(|file| InputFile {
            sheets: first + file.sheets.start..first + file.sheets.end,
            ..file
        }));
        self.gathered.add_files(other.gathered);
    }

    fn read(
        &mut self,
        path: &Path,
        name: &FileName,
        role: Role,
        changes: &Arc<Changes>,
        tables: &Tables,
    ) -> Result<(), Error> {
        let layouts = &tables.layouts;
        let first = self.gathered.recognised.len();
        let facts = if changes.is_empty() {
            read::read_in_pieces(path, name, layouts, self.digests, &mut self.gathered)?
        } else {
            let mut overlaid = Overlaid::new(changes, &mut self.gathered);
            read::read(path, name, layouts, self.digests, &mut overlaid)?
        };
        let own = self.gathered.recognised[first..].iter();
        let kinds = own.map(|(sheet, _)| sheet.layout.record()).collect();
        self.files.extend(facts.digest.map(|digest| InputFile {
            path: path.to_owned(),
            name: name.clone(),
            digest,
            nature: facts.nature,
            role,
            changes: Arc::clone(changes),
            again: None,
            kinds,
            sheets: first..self.gathered.recognised.len(),
        }));
        Ok(())
    }

    /// Adds the workbooks of which something was taken.
    fn take_note(&mut self, workbooks: Vec<Workbook>, idle: &BTreeSet<Digest>) {
        let taken = workbooks.into_iter().map(|workbook| workbook.file);
        let taken = taken.filter(|file| !idle.contains(&file.digest));
        self.files.extend(taken);
    }

    /// Asks the rules that look at files as wholes.
    fn settled(mut self, tables: &Tables) -> Result<Self, Error> {
        check::superseded::check(&mut self.gathered)?;
        self.pass_over_copies()?;
        check::hidden::check(&mut self.gathered)?;
        self.put_aside(tables)?;
        check::mixed::withhold(&mut self.gathered);
        check::wide::withhold(&mut self.gathered);
        check::excel_month::settle(&mut self.gathered)?;
        check::columns::check(&mut self.gathered).map_err(check::CheckError::from)?;
        check::days_unread::withhold(&mut self.gathered);
        Ok(self)
    }

    /// Leaves out the rows that somebody has decided about. Their files are read once more,
    /// because what a row is known by is its text.
    fn put_aside(&mut self, tables: &Tables) -> Result<(), Error> {
        for file in &self.files {
            let mut sheets = self.sheets_of(file).iter();
            let is_concerned = sheets.any(|(sheet, _)| {
                let kind = sheet.layout.record();
                self.gathered.wants(kind) && self.exclusions.concerns(kind)
            });
            if is_concerned {
                let layouts = &tables.layouts;
                let decided = self.exclusions.rows_of(&file.path, &file.name, layouts)?;
                check::put_aside::put_aside(&mut self.gathered, &file.name, &decided)?;
            }
        }
        Ok(())
    }

    /// Leaves out what lies there twice, byte for byte; one that was corrected is the one kept.
    fn pass_over_copies(&mut self) -> Result<(), Error> {
        let lying = self.lying();
        let mut kept: HashMap<&Digest, &Lying<'_>> = HashMap::new();
        let mut copies: Vec<(Arc<Sheet>, FileName)> = Vec::new();
        for one in &lying {
            let Some(before) = kept.insert(one.digest, one) else {
                continue;
            };
            let (keep, copy) = if before.rank() <= one.rank() {
                (before, one)
            } else {
                (one, before)
            };
            kept.insert(keep.digest, keep);
            let sheets = copy.sheets.iter();
            copies.extend(sheets.map(|(sheet, _)| (Arc::clone(sheet), keep.file.name.clone())));
        }
        Ok(check::copies::leave_out(&mut self.gathered, copies)?)
    }

    /// Everything that lies in the inbox by itself.
    fn lying(&self) -> Vec<Lying<'_>> {
        let mut lying = Vec::new();
        let findings = self.gathered.findings.iter();
        let older = findings.filter(|finding| finding.code == Code::Superseded);
        let older: BTreeSet<&FileName> = older.map(|finding| &finding.place.file).collect();
        let counts = |file: &InputFile| file.role == Role::Data && !older.contains(&file.name);
        for file in self.files.iter().filter(|file| counts(file)) {
            let sheets = self.sheets_of(file);
            for sheets in sheets.chunk_by(|(one, _), (next, _)| one.member() == next.member()) {
                let digest = sheets[0].0.member().unwrap_or(&file.digest);
                lying.push(Lying {
                    file,
                    digest,
                    sheets,
                });
            }
        }
        lying
    }

    /// Who is named in exports that take the place of earlier ones, for a month or for the basic
    /// data. Nobody where nothing was open before, and where rows of an earlier file are read
    /// as well: then nobody can say from which of them somebody is known.
    pub fn named_since(
        &self,
        ledger: &Ledger,
        month: Option<YearMonth>,
    ) -> Result<BTreeSet<ClientId>, Error> {
        let whole = |kind: &RecordKind| {
            matches!(
                kind,
                RecordKind::ClientCard | RecordKind::PlanLine | RecordKind::CareOffice
            )
        };
        let is_export = |file: &InputFile| match file.role {
            Role::Data => file.kinds.iter().all(whole),
            Role::Corrections => true,
            Role::Source => false,
        };
        if !self.used().all(is_export) || ledger.open_files(month)?.is_empty() {
            return Ok(BTreeSet::new());
        }
        let gathered = &self.gathered;
        let Some(month) = month else {
            return Ok(gathered.clients()?);
        };
        let named = gathered.named(&gathered.lines.units()?).into_iter();
        let named = named.filter(|named| named.month.is_none_or(|of| of == month));
        Ok(named.map(|named| named.client).collect())
    }

    /// Takes a file that was chosen in place of others that say something else of the same.
    pub fn choose(&mut self, name: &str) -> Result<(), Error> {
        let file = files::chosen(self, name)?;
        Ok(check::chosen::check(&mut self.gathered, &file)?)
    }

    /// The digest of all files together, whatever their names and order.
    pub fn digest(&self) -> Digest {
        let mut digests: Vec<&str> = self.used().map(|file| file.digest.as_str()).collect();
        digests.sort_unstable();
        Digest::of(digests.join("\n").as_bytes())
    }

    /// The files that rows of this step came from, and the workbooks that corrected them.
    pub fn used(&self) -> impl Iterator<Item = &InputFile> {
        self.files.iter().filter(|file| match file.role {
            Role::Data | Role::Source => self.has_rows_of(file),
            Role::Corrections => {
                let mut sources = self.corrected_by(file).peekable();
                let only_answers = sources.peek().is_none() && self.answered.contains(&file.digest);
                only_answers || sources.any(|source| self.is_taken(source))
            }
        })
    }

    /// The files that have a sheet of a kind.
    pub fn of_kind(&self, kind: RecordKind) -> impl Iterator<Item = &InputFile> {
        self.files.iter().filter(move |file| {
            let mut sheets = self.sheets_of(file).iter();
            sheets.any(|(sheet, _)| sheet.layout.record() == kind)
        })
    }

    fn has_rows_of(&self, file: &InputFile) -> bool {
        let mut sheets = self.sheets_of(file).iter();
        sheets.any(|(sheet, _)| self.gathered.wants(sheet.layout.record()))
    }

    fn sheets_of(&self, file: &InputFile) -> &[(Arc<Sheet>, usize)] {
        let recognised = &self.gathered.recognised;
        recognised.get(file.sheets.clone()).unwrap_or_default()
    }

    /// The files that a workbook has corrected.
    fn corrected_by(&self, workbook: &InputFile) -> impl Iterator<Item = &Source> {
        let corrected = self.corrected.iter();
        corrected.filter(|source| source.workbooks.contains(&workbook.digest))
    }

    /// Whether a corrected file is of this step.
    fn is_taken(&self, source: &Source) -> bool {
        source.kinds.iter().any(|kind| self.gathered.wants(*kind))
    }

    /// Whether there is a file that names everybody: who is not in it is gone. A file that only
    /// completes what is known does not, nor does a plan of the national standard, which holds
    /// the clients of one care-management office, nor one of which only what was corrected is
    /// taken.
    pub fn says_who_is_gone(&self, kind: RecordKind) -> bool {
        let in_the_archive = |name: &FileName| {
            let mut sources = self.files.iter().filter(|file| file.role == Role::Source);
            sources.any(|file| file.name == *name)
        };
        self.gathered.recognised.iter().any(|(sheet, _)| {
            sheet.layout.record() == kind
                && sheet.layout.completes() == Completes::No
                && !in_the_archive(sheet.file())
        })
    }

    /// The files that can leave the inbox: each row of theirs is this run's, or was an
    /// earlier one's.
    pub fn done_with(&self, ledger: &Ledger) -> Result<Vec<InputFile>, Error> {
        let mut done = Vec::new();
        for file in self.used() {
            let is_done = match file.role {
                Role::Data => self.is_done_with(file, ledger)?,
                // It lies in the archive.
                Role::Source => false,
                Role::Corrections => self.is_taken_in(file, ledger)?,
            };
            if is_done {
                done.push(file.clone());
            }
        }
        Ok(done)
    }

    fn is_done_with(&self, file: &InputFile, ledger: &Ledger) -> Result<bool, Error> {
        let (other_months, other_kind) = (self.other_months(file), self.has_other_kind(file));
        if other_months.is_empty() && !other_kind {
            return Ok(true);
        }
        let finished = ledger.finished(&file.digest)?;
        let months = other_months.iter().all(|month| finished.contains(month));
        // A workbook with basic data and plans waits for the plans, which come last.
        let kinds =
            !other_kind || (self.gathered.wants(RecordKind::PlanLine) && finished.contains(&None));
        Ok(months && kinds)
    }

    /// Whether a workbook has nothing left to say: all of it was taken, by this step or by
    /// another one before, and nothing was refused.
    fn is_taken_in(&self, workbook: &InputFile, ledger: &Ledger) -> Result<bool, Error> {
        let refused = |finding: &Finding| finding.place.file == workbook.name;
        if self.gathered.findings.iter().any(refused) {
            return Ok(false);
        }
        let finished = ledger.finished(&workbook.digest)?;
        for source in self.corrected_by(workbook) {
            let file = self.files.iter().find(|file| file.digest == source.digest);
            if let Some(waiting) = file.filter(|file| file.role == Role::Data)
                && !self.is_done_with(waiting, ledger)?
            {
                // It is read again, and what was corrected in it must hold then as well.
                return Ok(false);
            }
            let months = file.map(|file| self.other_months(file)).unwrap_or_default();
            if !months.iter().all(|month| finished.contains(month)) {
                return Ok(false);
            }
        }
        let elsewhere = self.elsewhere.get(&workbook.digest);
        let taken_elsewhere = |kind: &RecordKind| match kind {
            RecordKind::CareOffice | RecordKind::ClientCard => finished.contains(&None),
            _ => finished.iter().any(Option::is_some),
        };
        Ok(elsewhere.is_none_or(|kinds| kinds.iter().all(taken_elsewhere)))
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
        let mut sheets = self.sheets_of(file).iter();
        sheets.any(|(sheet, rows)| *rows > 0 && !self.gathered.wants(sheet.layout.record()))
    }
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
    fn only_what_a_program_leaves_behind_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.csv", "a.XLSX", "~$a.xlsx", "c.txt", "d"] {
            disk::write(&folder.path().join(name), b"").unwrap();
        }
        let files = files_in(folder.path()).unwrap();
        let names: Vec<_> = files.iter().filter_map(|path| path.file_name()).collect();
        assert_eq!(names, ["a.XLSX", "b.csv", "c.txt", "d"]);
    }
}
