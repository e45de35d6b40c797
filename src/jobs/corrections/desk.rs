//! Error workbooks one after the other: each correction finds its file, or is refused.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::check::Wanted;
use crate::check::touched::Touched;
use crate::disk::{self, Digest};
use crate::error::Error;
use crate::finding::{Code, Finding};
use crate::ledger::RowKey;
use crate::model::{FileName, Place, RecordKind};
use crate::read::encoding;
use crate::report::{ADDITIONS, Answer, Corrected, Unclear};
use crate::table::Tables;

use super::super::additions::is_in_force;
use super::super::archive;
use super::super::collection::last_basics;
use super::super::exclusions::{Exclusions, Marks, day_in_words};
use super::super::inbox::name_of;
use super::compare::{Compared, Edit, Sides, compare};
use super::{Answers, Lies, Memory, Source, Sums, Workbook, kind, remembered};

pub(super) struct Desk<'a> {
    pub wanted: Wanted,
    /// The files beside the workbooks.
    pub others: &'a [PathBuf],
    pub memory: &'a Memory<'a>,
    pub tables: &'a Tables,
    /// The files that were corrected, by their digest.
    pub sources: BTreeMap<Digest, Source>,
    /// Which rows are left out.
    pub exclusions: Exclusions,
    /// What cannot be taken.
    pub findings: Vec<Finding>,
    /// The kinds of rows that were corrected as well and are another step's, by workbook.
    pub elsewhere: BTreeMap<Digest, BTreeSet<RecordKind>>,
}

impl Desk<'_> {
    /// Takes everything that a workbook says.
    pub(super) fn take(&mut self, workbook: &Workbook) -> Result<Sums, Error> {
        let corrections = &workbook.corrections;
        let mut sums = Sums::default();
        for unclear in &corrections.unclear {
            sums.refused += 1;
            self.findings.push(unclear_row(workbook, unclear));
        }
        let mut asked_rows: BTreeSet<(usize, u32)> = BTreeSet::new();
        for answer in &corrections.answers {
            if is_in_force(answer, self.tables) {
                sums.answers += 1;
                asked_rows.extend(&answer.rows);
            } else if self.memory.answers == Answers::ToBeTaken {
                sums.waiting += 1;
            } else {
                sums.refused += 1;
                self.findings.push(unusable(workbook, answer));
            }
        }
        // Groups reach over sheets: rows of two files may hold one another.
        let mut groups = BTreeSet::new();
        let mut known = Vec::new();
        let mut marks: BTreeMap<(Digest, RowKey), Marks> = BTreeMap::new();
        for (at, sheet) in corrections.sheets.iter().enumerate() {
            let asked = sheet.shown.iter();
            let asked = asked.filter(|(row, _)| asked_rows.contains(&(at, **row)));
            let asked: Vec<u32> = asked.map(|(_, group)| *group).collect();
            let Some(original) = self.original(workbook, sheet)? else {
                if !sheet.rows.is_empty() && self.wants(sheet) {
                    sums.refused += 1;
                    self.findings.push(gone(workbook, sheet));
                }
                continue;
            };
            let mut compared = self.compare(workbook, sheet, &original)?;
            if !self.wants(sheet) {
                // Another step takes it, and the workbook waits for that.
                if !asked.is_empty() || !compared.rows.is_empty() {
                    let file = workbook.file.digest.clone();
                    self.elsewhere.entry(file).or_default().extend(kind(sheet));
                }
                continue;
            }
            groups.extend(asked);
            if original.stale.is_none() && self.may_pass_now(workbook, sheet)? {
                let again = withheld(sheet).map(|(_, group)| *group);
                sums.again += again.clone().count();
                groups.extend(again);
            }
            sums.known += compared.known;
            if let Some(why) = original.stale {
                sums.refused += compared.edits.len();
                let edits = compared.edits.into_iter();
                let said = edits.map(|edit| edit.finding(Code::SourceChanged, why));
                self.findings.extend(said);
                sums.refused += compared.marked_at.len();
                let marked = compared.marked_at.into_iter();
                let said = marked.map(|at| Finding::new(Code::SourceChanged, at).detail(why));
                self.findings.extend(said);
                continue;
            }
            sums.refused += compared.without_reason.len();
            sums.rows += compared.rows.len();
            sums.fresh += compared.fresh;
            sums.cells += compared.edits.len();
            groups.extend(compared.rows.iter().filter_map(|row| sheet.shown.get(row)));
            sums.refused += compared.conflicts.len();
            known.push(original.digest.clone());
            for (key, of) in std::mem::take(&mut compared.marks) {
                marks
                    .entry((original.digest.clone(), key))
                    .or_default()
                    .add(of);
            }
            self.keep(workbook, sheet, original, compared)?;
        }
        let today = self.memory.today.map(day_in_words).unwrap_or_default();
        for ((_, key), of) in marks {
            let said = of.marked + of.cleared;
            let (more, less) = self.exclusions.take(key, of, &today);
            sums.left_out += more;
            sums.taken_back += less;
            sums.known += said.saturating_sub(more + less);
        }
        self.touch(workbook, &groups, &known);
        for sheet in corrections.sheets.iter().filter(|of| self.wants(of)) {
            // What a later workbook has corrected is not waiting any more.
            groups.extend(self.corrected_since(workbook, sheet)?);
            let left = withheld(sheet).filter(|(_, group)| !groups.contains(*group));
            sums.untouched += left.count();
        }
        Ok(sums)
    }

    /// The groups of rows that were corrected after the workbook was made.
    fn corrected_since(&self, workbook: &Workbook, sheet: &Corrected) -> Result<Vec<u32>, Error> {
        let Some(ledger) = self.memory.ledger else {
            return Ok(Vec::new());
        };
        let run = self.known_run(workbook)?;
        let corrections = ledger.corrections(&Digest::stored(&sheet.source.digest))?;
        let later = corrections
            .iter()
            .filter(|of| of.run > run && of.sheet.as_deref() == sheet.source.sheet.as_deref());
        Ok(later
            .filter_map(|of| sheet.shown.get(&of.row).copied())
            .collect())
    }

    /// Whether basic data was registered since the rows were read, so that what they lacked may
    /// be there: of plans that wait for a client, a card or an office.
    fn may_pass_now(&self, workbook: &Workbook, sheet: &Corrected) -> Result<bool, Error> {
        let is_a_plan = matches!(
            kind(sheet),
            Some(RecordKind::PlanLine | RecordKind::PlanDay)
        );
        let (true, Some(ledger)) = (is_a_plan, self.memory.ledger) else {
            return Ok(false);
        };
        let read_in = self.read_in(workbook, sheet)?;
        Ok(last_basics(ledger)?.is_some_and(|run| run > read_in))
    }

    fn wants(&self, sheet: &Corrected) -> bool {
        kind(sheet).is_some_and(|kind| self.wanted.includes(kind))
    }

    /// The last run that the workbook knew of, by this very ledger.
    fn known_run(&self, workbook: &Workbook) -> Result<i64, Error> {
        let trail = &workbook.corrections.trail;
        Ok(match self.memory.ledger {
            Some(ledger) if ledger.id()? == trail.ledger => trail.run,
            Some(_) | None => 0,
        })
    }

    /// The last run that read all of a sheet's file when the workbook was made: what was read
    /// or sent later may be newer than what the sheet shows.
    fn read_in(&self, workbook: &Workbook, sheet: &Corrected) -> Result<i64, Error> {
        let run = self.known_run(workbook)?;
        Ok(sheet.source.read_in.map_or(run, |read_in| read_in.min(run)))
    }

    /// The run of this very ledger that had read all of a sheet's file, where it is known.
    fn own(&self, workbook: &Workbook, sheet: &Corrected) -> Result<Option<i64>, Error> {
        let run = self.read_in(workbook, sheet)?;
        Ok(sheet.source.read_in.filter(|read_in| *read_in == run))
    }

    /// The file that a sheet shows, by the digest of its bytes; `None` where it is nowhere.
    fn original(&self, workbook: &Workbook, sheet: &Corrected) -> Result<Option<Original>, Error> {
        let name = &sheet.source.file;
        let digest = Digest::stored(&sheet.source.digest);
        let is_it = |path: &Path| -> Result<bool, Error> { Ok(encoding::digest(path)? == digest) };
        let mut stale = None;
        if let Some(path) = self.others.iter().find(|path| name_of(path) == *name) {
            if is_it(path)? {
                return Ok(Some(Original::here(path, digest)));
            }
            stale = Some("同じ名前の新しいファイルが一緒に入っています");
        }
        let mut sources = self.sources.values();
        if sources.any(|source| source.name == *name && source.digest != digest) {
            stale = Some("同じ名前の、ほかのファイルの訂正も入っています");
        }
        let run = self.read_in(workbook, sheet)?;
        if let Some(ledger) = self.memory.ledger
            && ledger.has_newer_input(name.as_str(), &digest, run, self.own(workbook, sheet)?)?
        {
            stale = Some("同じ名前の新しいファイルを、あとから読み込んでいます");
        }
        for path in self.candidates(workbook, name)? {
            if disk::exists(&path) && is_it(&path)? {
                return Ok(Some(Original {
                    path,
                    digest,
                    lies: Lies::InTheArchive,
                    stale,
                }));
            }
        }
        Ok(None)
    }

    /// Where a file of the name may lie that is not in the inbox.
    fn candidates(&self, workbook: &Workbook, name: &FileName) -> Result<Vec<PathBuf>, Error> {
        let archived = match &self.memory.archive {
            Some(archive) => archive::files(archive)?,
            None => Vec::new(),
        };
        let named = archived.into_iter().filter(|of| of.name == name.as_str());
        // The newest first: the same bytes may have been archived twice.
        let mut files: Vec<PathBuf> = named.rev().map(|of| of.path).collect();
        // Without an office folder it may lie beside the workbook.
        files.push(workbook.file.path.with_file_name(name.as_str()));
        Ok(files)
    }

    /// Lays the rows of a sheet beside those of its file, with what holds in place of their
    /// cells by earlier corrections, and by those of workbooks before this one.
    fn compare(
        &self,
        workbook: &Workbook,
        sheet: &Corrected,
        original: &Original,
    ) -> Result<Compared, Error> {
        let ledger = self.memory.ledger;
        let shown = remembered(ledger, &original.digest, self.known_run(workbook)?)?;
        let now = match self.sources.get(&original.digest) {
            Some(source) => source.changes.clone(),
            None => remembered(ledger, &original.digest, i64::MAX)?,
        };
        let sides = Sides {
            sheet,
            shown: &shown,
            now: &now,
        };
        compare(&original.path, workbook, sides, &self.tables.layouts)
    }

    /// Lays what was corrected over the file.
    fn keep(
        &mut self,
        workbook: &Workbook,
        sheet: &Corrected,
        original: Original,
        compared: Compared,
    ) -> Result<(), Error> {
        let conflicts = compared.conflicts.into_iter();
        let said = conflicts.map(|edit| edit.finding(Code::CorrectedElsewhere, ""));
        self.findings.extend(said);
        let unexplained = compared.without_reason.into_iter();
        let said = unexplained.map(|at| Finding::new(Code::ReasonMissing, at));
        self.findings.extend(said);
        let known_run = self.read_in(workbook, sheet)?;
        let Original {
            path, digest, lies, ..
        } = original;
        let source = match self.sources.entry(digest) {
            Entry::Occupied(source) => source.into_mut(),
            Entry::Vacant(free) => {
                let digest = free.key().clone();
                let changes = remembered(self.memory.ledger, &digest, i64::MAX)?;
                free.insert(Source {
                    name: sheet.source.file.clone(),
                    path,
                    digest,
                    lies,
                    changes,
                    touched: Touched::default(),
                    fresh: Vec::new(),
                    known_run,
                    workbooks: BTreeSet::new(),
                    kinds: BTreeSet::new(),
                })
            }
        };
        source.touched.clients.extend(compared.clients);
        source.kinds.extend(kind(sheet));
        for Edit { correction, .. } in compared.edits {
            let (name, text) = (correction.sheet.as_deref(), correction.text.clone());
            source
                .changes
                .set(name, correction.row, correction.column, text);
            source.fresh.push(correction);
        }
        Ok(())
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

/// The rows of a sheet that are withheld, each with those that go with it.
fn withheld(sheet: &Corrected) -> impl Iterator<Item = (&u32, &u32)> + Clone {
    let is_open = |row: &u32| !sheet.remarked.contains(row) && !sheet.excluded.contains(row);
    sheet.shown.iter().filter(move |(row, _)| is_open(row))
}

/// The file that a sheet of a workbook shows.
struct Original {
    path: PathBuf,
    digest: Digest,
    lies: Lies,
    /// Why nothing may be taken from it any more.
    stale: Option<&'static str>,
}

impl Original {
    fn here(path: &Path, digest: Digest) -> Self {
        Self {
            path: path.to_owned(),
            digest,
            lies: Lies::Here,
            stale: None,
        }
    }
}

/// `2026/11/3`
fn gone(workbook: &Workbook, sheet: &Corrected) -> Finding {
    let place = Place::file(workbook.file.name.clone());
    let detail = format!("{} が見つかりません", sheet.source.file);
    Finding::new(Code::SourceChanged, place).detail(detail)
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
