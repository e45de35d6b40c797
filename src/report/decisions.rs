//! What somebody has decided in a preview workbook, read back before it is registered.
//!
//! The mark on 概要 says which proposal the workbook is of; in 一覧 a row is known by its kind
//! and its number, wherever it was sorted to. Nothing but the decision is taken from it: what
//! is sent was shown, and is not typed in here.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use calamine::{Reader as _, Xlsx, XlsxError};

use super::back::{Broken, texts};
use super::{LIST, SUMMARY};
use crate::disk::{self, DiskError};

/// The word before the mark on 概要.
pub(super) const MARK: &str = "照合番号";
/// The header of the column that decisions stand in.
pub(super) const COLUMN: &str = "判断";
const KIND: &str = "種類";
const NUMBER: &str = "番号";

/// What is decided about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// 楽すけ's side stays.
    Ours,
    /// Care-wing's side stays.
    Theirs,
    /// Nothing yet.
    Later,
}

impl Decision {
    const ALL: [Self; 3] = [Self::Ours, Self::Theirs, Self::Later];
    /// The words that can be chosen.
    pub(super) const LABELS: &'static [&'static str] = &["楽すけ", "Care-wing", "保留"];

    /// The word in the workbook.
    pub fn label(self) -> &'static str {
        Self::LABELS[self as usize]
    }

    fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|of| of.label() == word.trim())
    }
}

/// A decision with the row of the workbook that it stands in, as the clerk counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    /// What was decided.
    pub decision: Decision,
    /// Where.
    pub row: u32,
}

/// Decisions by kind and number: `("利用者", "131128-0000123456")`.
pub type Decisions = BTreeMap<(String, String), Decided>;

/// The decisions of a workbook cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DecisionsError {
    /// The file could not be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// It is no workbook any more, or its sheets and columns are not those that were written.
    #[error("プレビュー `{path}` を読めません: {what}。何も送っていません")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is missing; never a value of a row.
        what: String,
    },
    /// It belongs to another proposal.
    #[error("プレビュー `{path}` は、ほかの登録データのものです。何も送っていません")]
    OfAnother {
        /// The file.
        path: PathBuf,
    },
    /// A decision cannot be understood.
    #[error(
        "プレビュー `{path}` の一覧の{row}行目の「判断」{what}。楽すけ・Care-wing・保留のどれかにしてください。何も送っていません"
    )]
    Unclear {
        /// The file.
        path: PathBuf,
        /// The row, as the clerk counts.
        row: u32,
        /// What about it.
        what: &'static str,
    },
}

/// Reads the decisions of a workbook that bears a mark; `None` where there is no such file.
pub fn read_decisions(path: &Path, mark: &str) -> Result<Option<Decisions>, DecisionsError> {
    let Some(bytes) = disk::read_if_there(path)? else {
        return Ok(None);
    };
    let damaged = |what: &str| DecisionsError::Damaged {
        path: path.to_owned(),
        what: what.to_owned(),
    };
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes))
        .map_err(|_: XlsxError| damaged("Excelファイルとして開けません"))?;
    let names = workbook.sheet_names();
    if !names.iter().any(|name| name == SUMMARY) {
        return Err(damaged("シート「概要」がありません"));
    }
    let mut found = None;
    texts(&mut workbook, SUMMARY, |_, cells| {
        let label = cells.get(&0).map(|text| text.trim());
        if label == Some(MARK) {
            found = cells.get(&1).map(|text| text.trim().to_owned());
        }
        Ok(())
    })
    .map_err(|_: Fault| damaged("シート「概要」が壊れています"))?;
    if found.as_deref() != Some(mark) {
        return Err(DecisionsError::OfAnother {
            path: path.to_owned(),
        });
    }
    let mut decisions = Decisions::new();
    for name in names.iter().filter(|name| is_list(name)) {
        let mut headers = None;
        texts(&mut workbook, name, |row, cells| match &headers {
            None => {
                headers = Some(Headers::of(&cells).ok_or(Fault::Headers)?);
                Ok(())
            }
            Some(headers) => take(headers, row, &cells, &mut decisions),
        })
        .map_err(|fault| match fault {
            Fault::Sheet => damaged("シート「一覧」が壊れています"),
            Fault::Headers => damaged("シート「一覧」の見出しが変わっています"),
            Fault::Unclear(row, what) => DecisionsError::Unclear {
                path: path.to_owned(),
                row,
                what,
            },
        })?;
    }
    Ok(Some(decisions))
}

/// 一覧, and the sheets on which it goes on.
fn is_list(name: &str) -> bool {
    name.strip_prefix(LIST)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('('))
}

/// What stops the reading of a sheet.
enum Fault {
    Sheet,
    Headers,
    Unclear(u32, &'static str),
}

impl From<Broken> for Fault {
    fn from(Broken: Broken) -> Self {
        Self::Sheet
    }
}

/// The columns that are looked at, wherever they stand.
struct Headers {
    decision: u32,
    kind: u32,
    number: u32,
}

impl Headers {
    fn of(cells: &BTreeMap<u32, String>) -> Option<Self> {
        let column = |header: &str| {
            let mut found = cells.iter().filter(|(_, text)| text.trim() == header);
            let (column, _) = found.next()?;
            found.next().is_none().then_some(*column)
        };
        Some(Self {
            decision: column(COLUMN)?,
            kind: column(KIND)?,
            number: column(NUMBER)?,
        })
    }
}

/// Takes the decision of a row; one that was emptied is left for later.
fn take(
    headers: &Headers,
    row: u32,
    cells: &BTreeMap<u32, String>,
    decisions: &mut Decisions,
) -> Result<(), Fault> {
    let cell = |column: u32| cells.get(&column).map_or("", |text| text.trim());
    let word = cell(headers.decision);
    if word.is_empty() {
        return Ok(());
    }
    let decision = Decision::named(word).ok_or(Fault::Unclear(row, "の言葉が分かりません"))?;
    let key = (
        cell(headers.kind).to_owned(),
        cell(headers.number).to_owned(),
    );
    match decisions.insert(key, Decided { decision, row }) {
        Some(other) if other.decision != decision => {
            Err(Fault::Unclear(row, "が、同じ番号のほかの行と違います"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Action, Change, Preview, write_preview};
    use rust_xlsxwriter::Workbook;

    fn change(number: &str, decision: Option<Decision>) -> Change {
        Change {
            action: Action::Withhold,
            decision,
            kind: "利用者",
            number: number.to_owned(),
            name: "見本　一郎".to_owned(),
            detail: String::new(),
            place: String::new(),
        }
    }

    /// What is read back of a preview of these changes.
    fn read_back(changes: &[Change], mark: &str) -> Result<Option<Decisions>, DecisionsError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("preview.xlsx");
        let preview = Preview {
            title: "基本情報の登録",
            number: Some(1),
            office: "1370100016",
            counts: &[],
            remarks: &[],
            changes,
            news: &[],
            apart: &[],
            mark: Some("mark"),
        };
        write_preview(&path, &preview).unwrap();
        read_decisions(&path, mark)
    }

    #[test]
    fn what_was_written_is_read_back() {
        let changes = [
            change("1", Some(Decision::Ours)),
            change("2", None),
            change("3", Some(Decision::Later)),
        ];
        let decisions = read_back(&changes, "mark").unwrap().unwrap();
        let found: Vec<_> = decisions
            .iter()
            .map(|((kind, number), decided)| (&**kind, &**number, decided.decision, decided.row))
            .collect();
        assert_eq!(
            found,
            [
                ("利用者", "1", Decision::Ours, 2),
                ("利用者", "3", Decision::Later, 4)
            ]
        );
    }

    #[test]
    fn a_workbook_of_another_proposal_is_refused() {
        let error = read_back(&[], "another").unwrap_err();
        assert!(matches!(error, DecisionsError::OfAnother { .. }));
    }

    #[test]
    fn rows_of_one_number_that_say_different_things_are_refused() {
        let changes = [Decision::Ours, Decision::Theirs].map(|of| change("1", Some(of)));
        let error = read_back(&changes, "mark").unwrap_err();
        assert!(matches!(error, DecisionsError::Unclear { row: 3, .. }));
    }

    /// What is read of a 一覧 with these rows.
    fn read_rows(rows: &[[&str; 3]]) -> Result<Option<Decisions>, DecisionsError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("preview.xlsx");
        let mut workbook = Workbook::new();
        let summary = workbook.add_worksheet().set_name(SUMMARY).unwrap();
        summary.write_string(4, 0, MARK).unwrap();
        summary.write_string(4, 1, "mark").unwrap();
        let list = workbook.add_worksheet().set_name(LIST).unwrap();
        for (row, cells) in (0..).zip(rows) {
            list.write_row(row, 0, cells.iter().copied()).unwrap();
        }
        let bytes = workbook.save_to_buffer().unwrap();
        disk::write(&path, &bytes).unwrap();
        read_decisions(&path, "mark")
    }

    #[test]
    fn columns_and_rows_may_be_moved() {
        let decisions = read_rows(&[
            ["番号", "種類", "判断"],
            ["", "", ""],
            ["1", "計画", " Care-wing "],
        ]);
        let decisions = decisions.unwrap().unwrap();
        let decided = decisions[&("計画".to_owned(), "1".to_owned())];
        assert_eq!((decided.decision, decided.row), (Decision::Theirs, 3));
    }

    #[test]
    fn a_word_that_nobody_offered_is_not_guessed_at() {
        let error = read_rows(&[["番号", "種類", "判断"], ["1", "計画", "送る"]]).unwrap_err();
        assert!(matches!(error, DecisionsError::Unclear { row: 2, .. }));
        assert!(!error.to_string().contains("送る。"));
    }

    #[test]
    fn a_list_without_its_columns_is_refused() {
        let error = read_rows(&[["番号", "種類", "メモ"]]).unwrap_err();
        assert!(matches!(error, DecisionsError::Damaged { .. }));
    }

    #[test]
    fn a_workbook_that_is_gone_decides_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("preview.xlsx");
        assert_eq!(read_decisions(&path, "mark").unwrap(), None);
        disk::write(&path, b"no workbook").unwrap();
        let error = read_decisions(&path, "mark").unwrap_err();
        assert!(matches!(error, DecisionsError::Damaged { .. }));
    }
}
