//! Error workbooks that were dropped back: what was corrected in them, laid over the files
//! whose rows they show.
//!
//! A cell counts as corrected where the workbook says something else than it said when it was
//! made; what a spreadsheet program does to a cell by itself (a zero cut off, a day turned into
//! a number) is none. Each correction has three sides: what the workbook showed, what it says,
//! and what holds now by the corrections that were taken in since. Where the last two agree it
//! was taken in already; where somebody else has corrected the cell it is a conflict, and is
//! not taken.

mod compare;
mod desk;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use crate::check::Wanted;
use crate::check::touched::Touched;
use crate::disk::{self, Digest, DiskError};
use crate::error::Error;
use crate::finding::{Code, Finding};
use crate::ledger::{Correction, Ledger};
use crate::model::{CivilDate, FileName, Place, RecordKind};
use crate::read::Changes;
use crate::report::{
    Corrected, Corrections, CorrectionsError, is_error_workbook, read_corrections,
};
use crate::table::Tables;

use super::exclusions::Exclusions;
use super::inbox::{InputFile, name_of};
use desk::Desk;

/// Where the originals of corrected rows lie, and what is remembered of them.
#[derive(Debug, Default)]
pub struct Memory<'a> {
    /// The folder of the files that were read earlier.
    pub archive: Option<PathBuf>,
    /// What was corrected, sent and read earlier.
    pub ledger: Option<&'a Ledger>,
    /// What has become of answers by now.
    pub answers: Answers,
    /// The day on which something is decided.
    pub today: Option<CivilDate>,
}

impl<'a> Memory<'a> {
    /// That of an office folder, where answers were taken in.
    pub fn of(archive: PathBuf, ledger: &'a Ledger, today: Option<CivilDate>) -> Self {
        Self {
            archive: Some(archive),
            ledger: Some(ledger),
            answers: Answers::TakenIn,
            today,
        }
    }
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
    /// The last run that had read all of it when the oldest workbook was made: what was sent
    /// later may be newer.
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
    /// The kinds of rows of a workbook that were corrected and are another step's to take.
    pub elsewhere: BTreeMap<Digest, BTreeSet<RecordKind>>,
    /// How many withheld rows nobody has touched, in workbooks of which something was taken.
    pub left: usize,
    /// Which rows are left out, by decisions of now and of earlier.
    pub exclusions: Exclusions,
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
    // A thousand files are opened side by side.
    let looked = paths.par_iter().map(|path| is_error_workbook(path));
    let looked: Vec<Result<bool, DiskError>> = looked.collect();
    for (path, is_error_workbook) in paths.iter().zip(looked) {
        if !is_error_workbook? {
            others.push(path.clone());
            continue;
        }
        let name = name_of(path);
        let bytes = disk::read(path)?;
        let digest = Digest::of(&bytes);
        match read_corrections(bytes) {
            Ok(None) => others.push(path.clone()),
            Ok(Some(corrections)) => {
                workbooks.push(Workbook {
                    file: InputFile::corrections(path, name, digest),
                    corrections,
                });
            }
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
        exclusions: Exclusions::remembered(memory.ledger)?,
        findings: Vec::new(),
        elsewhere: BTreeMap::new(),
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
        if sums.rows == 0 && sums.answers == 0 && sums.again == 0 {
            taken.idle.insert(workbook.file.digest.clone());
        } else {
            taken.left += sums.untouched;
        }
        let elsewhere = desk.elsewhere.contains_key(&workbook.file.digest);
        let remark = sums.in_words(&workbook.file.name, elsewhere);
        taken.remarks.push(remark);
    }
    taken.exclusions = desk.exclusions;
    taken.findings = desk.findings;
    taken.elsewhere = desk.elsewhere;
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
    /// How many of them say something new.
    fresh: usize,
    /// Cells that were corrected.
    cells: usize,
    /// Cells that were corrected and had been taken in before.
    known: usize,
    /// Rows that are left out from now on.
    left_out: usize,
    /// Rows that are not left out any more.
    taken_back: usize,
    /// What was not taken.
    refused: usize,
    /// Rows that are looked at again, because basic data was registered since.
    again: usize,
    /// Rows that nobody has touched.
    untouched: usize,
    /// Questions that were answered.
    answers: usize,
    /// Answers that this run does not take in.
    waiting: usize,
}

impl Sums {
    /// What the clerk is told; `elsewhere` says that another step has something to take.
    fn in_words(self, name: &FileName, elsewhere: bool) -> String {
        let Self {
            rows: _,
            fresh,
            cells,
            known,
            left_out,
            taken_back,
            refused,
            again,
            untouched,
            answers,
            waiting,
        } = self;
        let mut words = Vec::new();
        if fresh > 0 {
            words.push(format!("訂正した{fresh}行({cells}か所)を取り込みます"));
        }
        if left_out > 0 {
            words.push(format!(
                "{left_out}行を除外します(同じ利用者のほかの行は、その行なしで送ります)"
            ));
        }
        if taken_back > 0 {
            words.push(format!("{taken_back}行の除外を取りやめます"));
        }
        if answers > 0 {
            words.push(format!("答えのあった{answers}件の行をもう一度確かめます"));
        }
        if again > 0 {
            words.push(format!(
                "あとから基本情報を登録したので、止めていた{again}行をもう一度確かめます"
            ));
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
        if elsewhere {
            words.push("ほかの操作で取り込む訂正があります".to_owned());
        } else if words.is_empty() {
            return format!("{name}: 訂正がないので、何もしません。");
        }
        if untouched > 0 {
            words.push(format!(
                "手を付けていない{untouched}行は保留のままです(新しいエラー一覧に載っています)"
            ));
        }
        format!("{name}: {}。", words.join("。"))
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
