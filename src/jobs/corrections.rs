//! Error workbooks that were dropped back: what was corrected in them, laid over the files
//! whose rows they show.
//!
//! A cell counts as corrected where the workbook says something else than it said when it was
//! made; what a spreadsheet program does to a cell by itself (a zero cut off, a day turned into
//! a number) is none. Each correction has three sides: what the workbook showed, what it says,
//! and what holds now by the corrections that were taken in since. Where the last two agree it
//! was taken in already; where somebody else has corrected the cell it is a conflict, and is
//! not taken.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::check::touched::Touched;
use crate::check::{Wanted, cells};
use crate::disk::{self, Digest};
use crate::error::Error;
use crate::finding::{Code, Finding};
use crate::ledger::{Correction, Ledger};
use crate::model::place::{Column, letters};
use crate::model::{ClientId, Field, FileName, Kind, Place, RecordKind};
use crate::read::{self, Changes, Intake, Row, Sheet, encoding};
use crate::report::{
    ADDITIONS, Answer, Corrected, CorrectedRow, Corrections, CorrectionsError, Unclear,
    as_in_a_cell, is_error_workbook, read_corrections,
};
use crate::table::Tables;

use super::additions::is_in_force;
use super::inbox::{InputFile, file_name, name_of};

/// Where the originals of corrected rows lie, and what is remembered of them.
#[derive(Debug, Default)]
pub struct Memory<'a> {
    /// The folder of the files that were read earlier.
    pub archive: Option<PathBuf>,
    /// What was corrected, sent and read earlier.
    pub ledger: Option<&'a Ledger>,
    /// What has become of answers by now.
    pub answers: Answers,
}

/// Whether the answers of error workbooks are part of the tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Answers {
    /// Those that can be are.
    #[default]
    TakenIn,
    /// Nothing is taken in by a run that only looks.
    ToBeTaken,
}

/// An error workbook.
#[derive(Debug)]
pub struct Workbook {
    /// Where it lies, its name and its digest.
    pub file: InputFile,
    /// What came back with it.
    pub corrections: Corrections,
}

/// A file whose rows were corrected.
#[derive(Debug)]
pub struct Source {
    /// Its name as the workbook has it.
    pub name: FileName,
    /// Where it lies.
    pub path: PathBuf,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Whether it lies where it was dropped, or in the archive.
    pub lies: Lies,
    /// What holds in place of its cells, earlier corrections included.
    pub changes: Changes,
    /// What was touched now.
    pub touched: Touched,
    /// What is to be remembered.
    pub fresh: Vec<Correction>,
    /// The last run that the oldest workbook knew: what was sent later may be newer.
    pub known_run: i64,
    /// The workbooks that it was corrected in.
    pub workbooks: BTreeSet<Digest>,
    /// The kinds of rows that were corrected.
    pub kinds: BTreeSet<RecordKind>,
}

/// Where a file lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lies {
    /// Among the files of this run, all of which are read.
    Here,
    /// In the archive: only what was touched is taken.
    InTheArchive,
}

/// Everything that the workbooks of a run say.
#[derive(Debug, Default)]
pub struct Taken {
    /// The files that were corrected.
    pub sources: Vec<Source>,
    /// What cannot be taken.
    pub findings: Vec<Finding>,
    /// Sentences for the clerk, one for each workbook.
    pub remarks: Vec<String>,
    /// Workbooks of which nothing was taken: they stay where they lie.
    pub idle: BTreeSet<Digest>,
    /// Workbooks with an answer that is in force.
    pub answered: BTreeSet<Digest>,
}

/// The files of a run, the error workbooks apart.
#[derive(Debug, Default)]
pub struct Parted {
    /// The other files.
    pub others: Vec<PathBuf>,
    /// The error workbooks, the oldest first.
    pub workbooks: Vec<Workbook>,
    /// What is to be said of those that cannot be read.
    pub findings: Vec<Finding>,
}

/// Parts the error workbooks from the other files. One whose marks are gone is left among the
/// others, where the reader refuses its sheets.
pub fn part(paths: &[PathBuf]) -> Result<Parted, Error> {
    let Parted {
        mut others,
        mut workbooks,
        mut findings,
    } = Parted::default();
    for path in paths {
        if !is_error_workbook(path)? {
            others.push(path.clone());
            continue;
        }
        let name = name_of(path);
        match read_corrections(path) {
            Ok(None) => others.push(path.clone()),
            Ok(Some(corrections)) => {
                let digest = Digest::of(&disk::read(path)?);
                workbooks.push(Workbook {
                    file: InputFile::corrections(path, name, digest),
                    corrections,
                });
            }
            Err(CorrectionsError::Disk(error)) => return Err(error.into()),
            Err(CorrectionsError::Damaged) => {
                findings.push(Finding::new(Code::NotTheWorkbook, Place::file(name)));
            }
            Err(CorrectionsError::TooNew) => {
                let finding = Finding::new(Code::NotTheWorkbook, Place::file(name));
                findings.push(finding.detail("新しい版の rakuwing が作ったエラー一覧です"));
            }
        }
    }
    // The oldest first: a later one was made in the knowledge of what it says.
    workbooks.sort_by_key(|workbook| workbook.corrections.trail.run);
    Ok(Parted {
        others,
        workbooks,
        findings,
    })
}

/// Finds what was corrected, in which files. `others` are the files beside the workbooks.
pub fn take(
    workbooks: &[Workbook],
    others: &[PathBuf],
    (wanted, memory): (Wanted, &Memory<'_>),
    tables: &Tables,
) -> Result<Taken, Error> {
    let mut desk = Desk {
        wanted,
        others,
        memory,
        tables,
        sources: BTreeMap::new(),
        findings: Vec::new(),
    };
    let mut taken = Taken::default();
    for workbook in workbooks {
        let mut kinds = workbook.corrections.sheets.iter().filter_map(kind);
        let concerns = kinds.any(|kind| wanted.includes(kind));
        if !concerns && workbook.corrections.answers.is_empty() {
            continue;
        }
        let sums = desk.take(workbook)?;
        if sums.answers > 0 {
            taken.answered.insert(workbook.file.digest.clone());
        }
        if sums.rows == 0 && sums.answers == 0 {
            taken.idle.insert(workbook.file.digest.clone());
        }
        taken.remarks.push(sums.in_words(&workbook.file.name));
    }
    taken.findings = desk.findings;
    taken.sources = desk
        .sources
        .into_values()
        .filter(|source| !source.workbooks.is_empty())
        .collect();
    Ok(taken)
}

/// What a workbook has brought.
#[derive(Debug, Default, Clone, Copy)]
struct Sums {
    /// Rows that were corrected, or are to be sent again.
    rows: usize,
    /// Cells that were corrected.
    cells: usize,
    /// Cells that were corrected and had been taken in before.
    known: usize,
    /// What was not taken.
    refused: usize,
    /// Rows that nobody has touched.
    untouched: usize,
    /// Questions that were answered.
    answers: usize,
    /// Answers that this run does not take in.
    waiting: usize,
}

impl Sums {
    fn in_words(self, name: &FileName) -> String {
        let Self {
            rows,
            cells,
            known,
            refused,
            untouched,
            answers,
            waiting,
        } = self;
        let mut words = Vec::new();
        if rows > 0 {
            words.push(format!("訂正した{rows}行({cells}か所)を取り込みます"));
        }
        if answers > 0 {
            words.push(format!("答えのあった{answers}件の行をもう一度確かめます"));
        }
        if waiting > 0 {
            words.push(format!(
                "「対応の追加」の答え{waiting}件は、登録のときに加えます"
            ));
        }
        if known > 0 {
            words.push(format!("前に取り込んだ訂正{known}か所はそのままです"));
        }
        if refused > 0 {
            words.push(format!("取り込めない訂正が{refused}件あります"));
        }
        if words.is_empty() {
            return format!("{name}: 訂正がないので、何もしません。");
        }
        if untouched > 0 {
            words.push(format!("手を付けていない{untouched}行はそのままです"));
        }
        format!("{name}: {}。", words.join("。"))
    }
}

struct Desk<'a> {
    wanted: Wanted,
    others: &'a [PathBuf],
    memory: &'a Memory<'a>,
    tables: &'a Tables,
    sources: BTreeMap<Digest, Source>,
    findings: Vec<Finding>,
}

impl Desk<'_> {
    fn take(&mut self, workbook: &Workbook) -> Result<Sums, Error> {
        let corrections = &workbook.corrections;
        let mut sums = Sums::default();
        for unclear in &corrections.unclear {
            sums.refused += 1;
            self.findings.push(unclear_row(workbook, unclear));
        }
        let mut asked: BTreeSet<(usize, u32)> = BTreeSet::new();
        for answer in &corrections.answers {
            if is_in_force(answer, self.tables) {
                sums.answers += 1;
                asked.extend(&answer.rows);
            } else if self.memory.answers == Answers::ToBeTaken {
                sums.waiting += 1;
            } else {
                sums.refused += 1;
                self.findings.push(unusable(workbook, answer));
            }
        }
        // Groups reach over sheets: rows of two files may hold one another.
        let mut groups = BTreeSet::new();
        let mut touched_in: Vec<Digest> = Vec::new();
        for (at, sheet) in corrections.sheets.iter().enumerate() {
            if !kind(sheet).is_some_and(|kind| self.wanted.includes(kind)) {
                continue;
            }
            let is_asked = |row: &u32| asked.contains(&(at, *row));
            let shown = sheet.shown.iter();
            groups.extend(
                shown
                    .filter(|(row, _)| is_asked(row))
                    .map(|(_, group)| *group),
            );
            let Some(digest) = self.source(workbook, sheet, &mut sums)? else {
                continue;
            };
            let compared = self.compare(workbook, sheet, &digest)?;
            sums.rows += compared.rows.len();
            sums.cells += compared.edits.len();
            sums.known += compared.known;
            sums.refused += compared.conflicts.len();
            groups.extend(compared.rows.iter().filter_map(|row| sheet.shown.get(row)));
            self.keep(&digest, sheet, compared);
            touched_in.push(digest);
        }
        self.touch(workbook, &groups, &touched_in);
        let sheets = corrections.sheets.iter();
        let left = sheets.flat_map(|sheet| sheet.shown.values());
        sums.untouched = left.filter(|group| !groups.contains(*group)).count();
        Ok(sums)
    }

    /// The file of a sheet, found or refused.
    fn source(
        &mut self,
        workbook: &Workbook,
        sheet: &Corrected,
        sums: &mut Sums,
    ) -> Result<Option<Digest>, Error> {
        if sheet.rows.is_empty() {
            return Ok(None);
        }
        let digest = Digest::stored(&sheet.source.digest);
        if self.sources.contains_key(&digest) {
            return Ok(Some(digest));
        }
        let run = self.known_run(workbook)?;
        match self.find((workbook, sheet), &digest, run)? {
            Ok((path, lies)) => {
                self.sources.insert(
                    digest.clone(),
                    Source {
                        name: sheet.source.file.clone(),
                        path,
                        digest: digest.clone(),
                        lies,
                        changes: remembered(self.memory.ledger, &digest, i64::MAX)?,
                        touched: Touched::default(),
                        fresh: Vec::new(),
                        known_run: run,
                        workbooks: BTreeSet::new(),
                        kinds: BTreeSet::new(),
                    },
                );
                Ok(Some(digest))
            }
            Err(why) => {
                sums.refused += sheet.rows.len();
                let place = Place::file(workbook.file.name.clone());
                let finding = Finding::new(Code::SourceChanged, place);
                let detail = format!("{}: {why}", sheet.source.file);
                self.findings.push(finding.detail(detail));
                Ok(None)
            }
        }
    }

    /// The last run that the workbook knew of, by this very ledger.
    fn known_run(&self, workbook: &Workbook) -> Result<i64, Error> {
        let trail = &workbook.corrections.trail;
        Ok(match self.memory.ledger {
            Some(ledger) if ledger.id()? == trail.ledger => trail.run,
            Some(_) | None => 0,
        })
    }

    /// Where the file lies whose bytes have the digest; why it is not taken otherwise.
    fn find(
        &self,
        (workbook, sheet): (&Workbook, &Corrected),
        digest: &Digest,
        run: i64,
    ) -> Result<Result<(PathBuf, Lies), &'static str>, Error> {
        let name = &sheet.source.file;
        let is_it =
            |path: &Path| -> Result<bool, Error> { Ok(encoding::inspect(path)?.0 == *digest) };
        if let Some(path) = self.others.iter().find(|path| name_of(path) == *name) {
            return Ok(if is_it(path)? {
                Ok((path.clone(), Lies::Here))
            } else {
                Err("同じ名前の新しいファイルが一緒に入っています")
            });
        }
        let other = self.sources.values().find(|source| source.name == *name);
        if other.is_some() {
            return Ok(Err("同じ名前の、ほかのファイルの訂正も入っています"));
        }
        if let Some(ledger) = self.memory.ledger
            && ledger.has_newer_input(name.as_str(), digest, run)?
        {
            return Ok(Err("同じ名前の新しいファイルを、あとから読み込んでいます"));
        }
        let ending = format!("_{name}");
        let mut files = match &self.memory.archive {
            Some(archive) => disk::files(archive)?,
            None => Vec::new(),
        };
        files.retain(|path| file_name(path).ends_with(&ending));
        // The newest first: the same bytes may have been archived twice.
        files.sort_unstable_by(|a, b| b.cmp(a));
        // Without an office folder it may lie beside the workbook.
        files.push(workbook.file.path.with_file_name(name.as_str()));
        for path in files {
            if disk::exists(&path) && is_it(&path)? {
                return Ok(Ok((path, Lies::InTheArchive)));
            }
        }
        Ok(Err("元のファイルが見つかりません"))
    }

    /// Lays the rows of the workbook beside those of the file.
    fn compare(
        &mut self,
        workbook: &Workbook,
        sheet: &Corrected,
        digest: &Digest,
    ) -> Result<Compared, Error> {
        let shown = remembered(self.memory.ledger, digest, self.known_run(workbook)?)?;
        let source = &self.sources[digest];
        let mut comparing = Comparing {
            workbook,
            sheet,
            rows: sheet.rows.iter().map(|row| (row.row, row)).collect(),
            shown: &shown,
            now: &source.changes,
            compared: Compared::default(),
        };
        read::read(
            &source.path,
            &source.name,
            &self.tables.layouts,
            &mut comparing,
        )?;
        let mut compared = comparing.compared;
        self.findings.append(&mut compared.conflicts.clone());
        compared.edits.sort_by_key(|edit| (edit.row, edit.column));
        Ok(compared)
    }

    /// Lays what was corrected over the file.
    fn keep(&mut self, digest: &Digest, sheet: &Corrected, compared: Compared) {
        let Some(source) = self.sources.get_mut(digest) else {
            return;
        };
        source.touched.clients.extend(compared.clients);
        source.kinds.extend(kind(sheet));
        for edit in compared.edits {
            let text = edit.text.clone();
            let name = edit.sheet.as_deref();
            source.changes.set(name, edit.row, edit.column, text);
            source.fresh.push(edit);
        }
    }

    /// Takes every row that goes with a corrected one or not at all.
    fn touch(&mut self, workbook: &Workbook, groups: &BTreeSet<u32>, read: &[Digest]) {
        for sheet in &workbook.corrections.sheets {
            let digest = Digest::stored(&sheet.source.digest);
            let Some(source) = self
                .sources
                .get_mut(&digest)
                .filter(|_| read.contains(&digest))
            else {
                continue;
            };
            let name: Option<Arc<str>> = sheet.source.sheet.as_deref().map(Arc::from);
            let rows = sheet.shown.iter();
            let rows: Vec<_> = rows
                .filter(|(_, group)| groups.contains(*group))
                .map(|(row, _)| (name.clone(), *row))
                .collect();
            if !rows.is_empty() {
                source.workbooks.insert(workbook.file.digest.clone());
                source.kinds.extend(kind(sheet));
                source.touched.rows.extend(rows);
            }
        }
    }
}

/// What was corrected of a file up to a run.
pub fn remembered(ledger: Option<&Ledger>, file: &Digest, up_to: i64) -> Result<Changes, Error> {
    let mut changes = Changes::default();
    let Some(ledger) = ledger else {
        return Ok(changes);
    };
    for of in ledger.corrections(file)? {
        if of.run <= up_to {
            changes.set(of.sheet.as_deref(), of.row, of.column, of.text);
        }
    }
    Ok(changes)
}

/// What the rows of a sheet are.
pub fn kind(sheet: &Corrected) -> Option<RecordKind> {
    RecordKind::ALL
        .into_iter()
        .find(|kind| kind.name() == sheet.source.record)
}

fn unusable(workbook: &Workbook, answer: &Answer) -> Finding {
    let mut place = Place::file(workbook.file.name.clone());
    place.sheet = Some(Arc::from(ADDITIONS));
    place.row = Some(answer.at);
    Finding::new(Code::AnswerUnusable, place).value(&*answer.answer)
}

fn unclear_row(workbook: &Workbook, unclear: &Unclear) -> Finding {
    let mut place = Place::file(workbook.file.name.clone());
    place.sheet = Some(Arc::from(&*unclear.sheet));
    place.row = unclear.at;
    Finding::new(Code::RowUnclear, place).detail(unclear.why)
}

/// What the rows of a sheet say that the file does not.
#[derive(Debug, Default)]
struct Compared {
    /// The rows that were corrected, or are to be sent again.
    rows: BTreeSet<u32>,
    edits: Vec<Correction>,
    /// How many corrections hold already.
    known: usize,
    conflicts: Vec<Finding>,
    /// Whose the corrected rows were before.
    clients: BTreeSet<ClientId>,
}

/// Compares while the file is read.
struct Comparing<'a> {
    workbook: &'a Workbook,
    sheet: &'a Corrected,
    rows: BTreeMap<u32, &'a CorrectedRow>,
    /// What the workbook showed in place of the file's cells.
    shown: &'a Changes,
    /// What holds in their place now.
    now: &'a Changes,
    compared: Compared,
}

impl Intake for Comparing<'_> {
    fn sheet(&mut self, _sheet: &Arc<Sheet>) {}

    fn row(&mut self, sheet: &Arc<Sheet>, row: &Row) {
        let is_it = sheet.name().map(|name| &**name) == self.sheet.source.sheet.as_deref();
        let Some(corrected) = self.rows.get(&row.number()).filter(|_| is_it) else {
            return;
        };
        let shown = self.shown.applied(sheet, row);
        let now = self.now.applied(sheet, row);
        let (shown, now) = (shown.as_ref().unwrap_or(row), now.as_ref().unwrap_or(row));
        let mut is_touched = corrected.again;
        for (&column, &place) in &corrected.columns {
            let says = corrected.cells.get(&column).map_or("", String::as_str);
            if same(sheet, column, shown.cell(column), says) {
                continue;
            }
            if same(sheet, column, now.cell(column), says) {
                // Perhaps it was taken in by a run that did not come to its end.
                is_touched = true;
                self.compared.known += 1;
            } else if shown.cell(column) == now.cell(column) {
                is_touched = true;
                self.compared.edits.push(Correction {
                    sheet: self.sheet.source.sheet.clone(),
                    row: row.number(),
                    column,
                    text: says.to_owned(),
                    run: 0,
                });
            } else {
                let finding = self.conflict(corrected, place, says);
                self.compared.conflicts.push(finding);
            }
        }
        if is_touched {
            self.compared.rows.insert(row.number());
            let record = cells::read(sheet, now, &mut Vec::new());
            self.compared.clients.extend(ClientId::from_record(&record));
        }
    }

    fn finding(&mut self, _kind: Option<RecordKind>, _finding: Finding) {}
}

impl Comparing<'_> {
    fn conflict(&self, row: &CorrectedRow, place: u32, says: &str) -> Finding {
        let at = Place {
            file: self.workbook.file.name.clone(),
            sheet: Some(Arc::from(&*row.sheet)),
            row: Some(row.at),
            column: Some(Column {
                index: place as usize,
                header: Arc::from(""),
            }),
        };
        let detail = format!(
            "{} の{}行目、{}列",
            self.sheet.source.file,
            row.row,
            letters(place as usize)
        );
        Finding::new(Code::CorrectedElsewhere, at)
            .value(says)
            .detail(detail)
    }
}

/// Whether two texts of a cell are one: what a spreadsheet program does to a text by itself is
/// no correction. It ends lines in its own way, cuts zeros off a number, and turns days and
/// times into numbers; so where both can be read as what the column holds, the values count.
fn same(sheet: &Sheet, place: usize, shown: &str, says: &str) -> bool {
    if shown == says {
        return true;
    }
    let plain = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
    if plain(shown) == plain(says) || as_in_a_cell(shown) == says {
        return true;
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(shown) && digits(says) && shown.starts_with('0') {
        return shown.trim_start_matches('0') == says.trim_start_matches('0');
    }
    is_same_value(sheet, place, shown, says)
}

fn is_same_value(sheet: &Sheet, place: usize, shown: &str, says: &str) -> bool {
    let mut values = sheet.values().iter();
    let Some(column) = values.find(|of| of.place == place) else {
        return false;
    };
    let column = &sheet.layout.columns()[column.column];
    // Texts and names are what they are, letter by letter.
    if matches!(
        column.field().map(Field::kind),
        None | Some(Kind::Text { .. })
    ) {
        return false;
    }
    let value = |text| {
        let read = column.read(text, sheet.calendar()).ok()?;
        Some(read.value)
    };
    value(shown).is_some_and(|shown| Some(shown) == value(says))
}
