//! What an office has added to the tables by answering: `codes/words_own.csv` says what a
//! written word means, `codes/headers_own.csv` which column a header names. Each row bears the
//! day on which somebody has said so, and why.
//!
//! A header stands for the days of a grid where `{day}` stands in it and in its column, and one
//! row may say that there is no such column: nobody is asked again.
//!
//! They stand beside the tables and replace nothing, so that a later version of a shipped
//! table is not lost; what they say must not contradict it.

use std::sync::Arc;

use crate::model::CivilDate;

use super::bind::CodeLists;
use super::error::TableError;
use super::layout::Layout;
use super::source::Source;

/// The path of the list of words below `mappings/`.
pub const OWN_WORDS: &str = "codes/words_own.csv";
/// The path of the list of headers.
pub const OWN_HEADERS: &str = "codes/headers_own.csv";

/// In place of a header: the files of the office do not have the column.
pub const NO_COLUMN: &str = "（この列はない）";

const WORD_COLUMNS: [&str; 5] = ["コード一覧", "言葉", "意味", "登録日", "理由"];
const HEADER_COLUMNS: [&str; 5] = ["対応表", "項目", "見出し", "登録日", "理由"];

/// One row of either list: in some table, a word stands for what the table knows already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addition {
    /// Which list it stands in.
    pub kind: AdditionKind,
    /// The code list, or the layout.
    pub table: String,
    /// The written word, or the header of a file.
    pub word: String,
    /// The name of a code, or the header of the table.
    pub means: String,
    /// When it was said.
    pub added: CivilDate,
    /// Why, as somebody has put it; may be empty.
    pub reason: String,
}

/// What is added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdditionKind {
    /// A code list.
    Word,
    /// A layout.
    Header,
}

impl AdditionKind {
    /// The path of its list below `mappings/`.
    pub fn path(self) -> &'static str {
        match self {
            Self::Word => OWN_WORDS,
            Self::Header => OWN_HEADERS,
        }
    }

    fn columns(self) -> [&'static str; 5] {
        match self {
            Self::Word => WORD_COLUMNS,
            Self::Header => HEADER_COLUMNS,
        }
    }

    /// The cells in the order of the columns.
    fn cells(self, of: &Addition) -> [String; 5] {
        let (first, second) = match self {
            Self::Word => (&of.word, &of.means),
            Self::Header => (&of.means, &of.word),
        };
        [
            of.table.clone(),
            first.clone(),
            second.clone(),
            of.added.to_string(),
            of.reason.clone(),
        ]
    }
}

/// Teaches the code lists the words of the office.
pub(super) fn teach_words(source: &Source, lists: &mut CodeLists) -> Result<(), TableError> {
    for row in source.csv_rows(&WORD_COLUMNS)? {
        let [table, word, means, ..] = row.cells.as_slice() else {
            continue;
        };
        let wrong = |message: &str| source.error_at_line(row.line, message);
        let Some(list) = lists.get_mut(table) else {
            let error = wrong(&format!("コード一覧「{table}」はありません"));
            return Err(error.expected(table, lists.keys().map(String::as_str)));
        };
        let list = Arc::get_mut(list).expect("nothing else holds the lists while they are made");
        list.learn(word, means).map_err(|why| wrong(&why))?;
    }
    Ok(())
}

/// Teaches the layouts the headers of the office.
pub(super) fn teach_headers(source: &Source, layouts: &mut [Layout]) -> Result<(), TableError> {
    for row in source.csv_rows(&HEADER_COLUMNS)? {
        let [table, column, header, ..] = row.cells.as_slice() else {
            continue;
        };
        let wrong = |message: &str| source.error_at_line(row.line, message);
        let Some(layout) = layouts.iter_mut().find(|layout| layout.name() == table) else {
            let error = wrong(&format!("対応表「{table}」はありません"));
            let names: Vec<String> = layouts.iter().map(|of| of.name().to_owned()).collect();
            return Err(error.expected(table, names.iter().map(String::as_str)));
        };
        layout.learn(header, column).map_err(|why| wrong(&why))?;
    }
    Ok(())
}

/// The bytes of a list with more rows, that a spreadsheet opens right; earlier rows stay.
/// What stands there already is not written twice.
pub fn written(
    kind: AdditionKind,
    before: Option<&Source>,
    additions: &[Addition],
) -> Result<Vec<u8>, TableError> {
    let mut rows = match before {
        Some(source) => source
            .csv_rows(&kind.columns())?
            .into_iter()
            .map(|row| row.cells)
            .collect(),
        None => Vec::new(),
    };
    for addition in additions.iter().filter(|of| of.kind == kind) {
        let cells = kind.cells(addition).to_vec();
        // The day and the reason may differ.
        if !rows.iter().any(|row| row[..3] == cells[..3]) {
            rows.push(cells);
        }
    }
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    let header = kind.columns().map(str::to_owned).to_vec();
    for cells in std::iter::once(&header).chain(&rows) {
        writer
            .write_record(cells)
            .expect("every record has as many fields as the header, and memory takes them");
    }
    Ok(writer.into_inner().expect("memory takes what is written"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RecordKind;
    use crate::table::{Tables, TablesError};

    fn addition(kind: AdditionKind, [table, word, means]: [&str; 3]) -> Addition {
        Addition {
            kind,
            table: table.to_owned(),
            word: word.to_owned(),
            means: means.to_owned(),
            added: CivilDate::new(2026, 10, 9).unwrap(),
            reason: "書き方が変わった".to_owned(),
        }
    }

    /// The tables of an office that has added these.
    fn tables(additions: &[Addition]) -> Result<Tables, TablesError> {
        let folder = tempfile::tempdir().unwrap();
        for kind in [AdditionKind::Word, AdditionKind::Header] {
            let bytes = written(kind, None, additions).unwrap();
            let path = folder.path().join(kind.path());
            crate::disk::make_folder(path.parent().unwrap()).unwrap();
            crate::disk::write(&path, &bytes).unwrap();
        }
        Tables::load(Some(folder.path()))
    }

    fn clients(tables: &Tables) -> &Layout {
        let mut layouts = tables.layouts.iter();
        layouts
            .find(|layout| {
                layout.name() == "利用者一覧" && layout.record() == RecordKind::ClientCard
            })
            .unwrap()
    }

    #[test]
    fn a_word_and_a_header_are_learnt() {
        let word = addition(AdditionKind::Word, ["care_level", "介護弐", "要介護２"]);
        let header = addition(AdditionKind::Header, ["利用者一覧", "お名前", "氏名"]);
        let tables = tables(&[word, header]).unwrap();
        let layout = clients(&tables);
        assert_eq!(layout.column_named("お名前"), layout.column_named("氏名"));
        let level = layout.column_named("要介護度").unwrap();
        let list = layout.columns()[level].codes().unwrap();
        assert_eq!(list.code("介護弐"), Some("22"));
    }

    fn plans(tables: &Tables) -> &Layout {
        let mut layouts = tables.layouts.iter();
        layouts
            .find(|layout| layout.name() == "月間ケアプラン")
            .unwrap()
    }

    #[test]
    fn the_days_of_a_grid_are_learnt_at_once() {
        let days = ["月間ケアプラン", "{day}日", "予定{day}"];
        let tables = tables(&[addition(AdditionKind::Header, days)]).unwrap();
        let layout = plans(&tables);
        for day in [1, 9, 31] {
            let learnt = layout.column_named(&format!("{day}日"));
            assert_eq!(learnt, layout.column_named(&format!("予定{day}")));
            assert!(learnt.is_some());
        }
    }

    #[test]
    fn a_column_that_there_is_not_is_not_looked_for() {
        let none = |column| addition(AdditionKind::Header, ["月間ケアプラン", NO_COLUMN, column]);
        let tables = tables(&[none("氏名"), none("実績{day}")]).unwrap();
        let layout = plans(&tables);
        let is_waived = |name: &str| layout.is_waived(layout.column_named(name).unwrap());
        assert!(is_waived("氏名") && is_waived("実績1") && is_waived("実績31"));
        assert!(!is_waived("予定1"));
    }

    #[test]
    fn what_contradicts_a_table_is_refused_with_its_line() {
        for (kind, row) in [
            (AdditionKind::Word, ["care_level", "要介護3", "要介護２"]),
            (AdditionKind::Word, ["care_level", "介護弐", "要介護９"]),
            (AdditionKind::Word, ["care_levels", "介護弐", "要介護２"]),
            (AdditionKind::Header, ["利用者一覧", "フリガナ", "氏名"]),
            (AdditionKind::Header, ["利用者一覧", "お名前", "名前"]),
            (AdditionKind::Header, ["利用者", "お名前", "氏名"]),
            (
                AdditionKind::Header,
                ["月間ケアプラン", "予定", "予定{day}"],
            ),
            (
                AdditionKind::Header,
                ["月間ケアプラン", "実績{day}", "予定{day}"],
            ),
        ] {
            let error = tables(&[addition(kind, row)]).unwrap_err().to_string();
            assert!(error.contains("_own.csv:2:"), "{row:?} {error}");
        }
    }

    #[test]
    fn what_stands_there_already_is_not_written_twice() {
        let first = addition(AdditionKind::Word, ["care_level", "介護弐", "要介護２"]);
        let bytes = written(AdditionKind::Word, None, std::slice::from_ref(&first)).unwrap();
        let source = Source::new(OWN_WORDS, &bytes).unwrap();
        let later = Addition {
            added: CivilDate::new(2026, 11, 9).unwrap(),
            ..first
        };
        assert_eq!(
            written(AdditionKind::Word, Some(&source), &[later]).unwrap(),
            bytes
        );
    }
}
