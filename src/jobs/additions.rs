//! What was answered on 対応の追加 becomes part of the office's own tables, with the day and
//! the reason.
//!
//! An answer is tried before it is written: what contradicts a table, or another answer, is
//! refused, and the tables stay as they were.

use crate::disk;
use crate::error::Error;
use crate::model::{InsurerNumber, ServiceCode};
use crate::report::Answer;
use crate::table::civil_text::{self, Calendar};
use crate::table::series::DAY;
use crate::table::services::{self, Listed, Traits};
use crate::table::source::Source;
use crate::table::{
    Addition, AdditionKind, Class, Layout, NO_COLUMN, OWN_SERVICE_CODES, Series, Tables,
    TablesError, additions,
};

use super::Clerk;
use super::corrections;
use super::inbox::files_in;
use super::office::Office;
use super::questions::About;

/// Takes in every answer of the workbooks in the inbox that is not in force yet, and says so.
pub fn take(office: &mut Office, clerk: &mut dyn Clerk) -> Result<(), Error> {
    let parted = corrections::part(&files_in(&office.folder.inbox())?)?;
    let mut added = 0;
    for workbook in &parted.workbooks {
        for answer in &workbook.corrections.answers {
            if is_in_force(answer, &office.tables) || !is_offered(answer) {
                continue;
            }
            if let Some(change) = change(office, answer)? {
                added += usize::from(write(office, &change)?);
            }
        }
    }
    if added > 0 {
        clerk.note(&format!(
            "「対応の追加」の答え{added}件を、この事業所の対応表(mappings)に加えました。\
             取り消すには、mappings/codes のファイルから、今日の日付の行を消します。"
        ));
    }
    Ok(())
}

/// Whether it is one of the answers that there were.
fn is_offered(answer: &Answer) -> bool {
    answer.choices.is_empty() || answer.choices.contains(&answer.answer)
}

/// Whether the tables say already what was answered.
pub fn is_in_force(answer: &Answer, tables: &Tables) -> bool {
    match About::read(&answer.id) {
        Some(About::Word { list, word }) => {
            let columns = tables.layouts.iter().flat_map(|layout| layout.columns());
            let mut lists = columns.filter_map(|column| column.codes());
            lists.find(|of| of.name() == list).is_some_and(|list| {
                let code = list.code(&word);
                code.is_some_and(|code| list.written(code) == Some(answer.answer.as_str()))
            })
        }
        Some(About::Header { layout, column }) => {
            let mut layouts = tables.layouts.iter();
            layouts
                .find(|of| of.name() == layout)
                .is_some_and(|layout| is_known(layout, &column, &answer.answer))
        }
        Some(About::Service {
            code,
            insurer: town,
        }) => {
            let listed = listed(
                answer,
                (&code, town.as_deref()),
                [String::new(), String::new()],
            );
            listed.is_some_and(|listed| {
                let class = tables
                    .services
                    .class_of_row(listed.code, listed.insurer, listed.from);
                class == Some(listed.class)
            })
        }
        None => false,
    }
}

/// Whether a layout knows already what was said of a column, or of the days of a grid.
fn is_known(layout: &Layout, column: &str, answer: &str) -> bool {
    let first = column.replace(DAY, "1");
    if answer == NO_COLUMN {
        let at = layout.column_named(&first);
        return at.is_some_and(|at| layout.is_waived(at));
    }
    let header = match Series::chosen(answer).filter(|_| column.contains(DAY)) {
        Some(series) => series.header(1),
        None => answer.to_owned(),
    };
    let place = layout.column_named(&header);
    place.is_some_and(|at| **layout.columns()[at].header() == *first)
}

/// A list of the office, as it would stand with an answer.
struct Change {
    path: &'static str,
    bytes: Vec<u8>,
}

/// What an answer would change; `None` where nobody can say what it means.
fn change(office: &Office, answer: &Answer) -> Result<Option<Change>, Error> {
    let added = office.today()?;
    let addition = |kind, table: String, word: String, means: String| Addition {
        kind,
        table,
        word,
        means,
        added,
        reason: answer.reason.clone(),
    };
    let addition = match About::read(&answer.id) {
        Some(About::Word { list, word }) => {
            addition(AdditionKind::Word, list, word, answer.answer.clone())
        }
        Some(About::Header { layout, column }) => {
            let header = if column.contains(DAY) && answer.answer != NO_COLUMN {
                let Some(series) = Series::chosen(&answer.answer) else {
                    return Ok(None);
                };
                series.pattern
            } else {
                answer.answer.clone()
            };
            addition(AdditionKind::Header, layout, header, column)
        }
        Some(About::Service { code, insurer }) => {
            let noted = [added.to_string(), answer.reason.clone()];
            let Some(row) = listed(answer, (&code, insurer.as_deref()), noted) else {
                return Ok(None);
            };
            let mut rows = match before(office, OWN_SERVICE_CODES)? {
                Some(source) => services::rows(&source).map_err(TablesError::from)?,
                None => Vec::new(),
            };
            rows.push(row);
            return Ok(Some(Change {
                path: OWN_SERVICE_CODES,
                bytes: services::written(rows.iter()),
            }));
        }
        None => return Ok(None),
    };
    let path = addition.kind.path();
    let before = before(office, path)?;
    let bytes = additions::written(addition.kind, before.as_ref(), &[addition])
        .map_err(TablesError::from)?;
    Ok(Some(Change { path, bytes }))
}

fn before(office: &Office, path: &str) -> Result<Option<Source>, Error> {
    let bytes = disk::read_if_there(&office.folder.mappings().join(path))?;
    let source = bytes.map(|bytes| Source::new(path, &bytes)).transpose();
    Ok(source.map_err(TablesError::from)?)
}

/// 介護保険 began then; no code is older.
const BEGINNING: &str = "2000/04";

/// The row that an answer about a service code means.
fn listed(
    answer: &Answer,
    (code, town): (&str, Option<&str>),
    noted: [String; 2],
) -> Option<Listed> {
    let class = Class::WORDS
        .iter()
        .find(|(word, _)| *word == answer.answer)?
        .1;
    let from = match &*answer.from {
        "" => BEGINNING,
        from => from,
    };
    let month = civil_text::month(from, Calendar::default()).map(|month| month.value);
    let day = || civil_text::date(from, Calendar::default()).map(|day| day.value.year_month());
    Some(Listed {
        code: ServiceCode::parse(code)?,
        insurer: match town {
            Some(town) => Some(InsurerNumber::parse(town)?),
            None => None,
        },
        name: if answer.name.is_empty() {
            format!("({code})")
        } else {
            answer.name.clone()
        },
        class,
        units: String::new(),
        traits: Traits::default(),
        from: month.or_else(|_| day()).ok()?,
        to: None,
        noted,
    })
}

/// Writes a list once every later command is certain to load it; `false` where it would not.
fn write(office: &mut Office, change: &Change) -> Result<bool, Error> {
    let mappings = office.folder.mappings();
    match Tables::tried(&mappings, change.path, &change.bytes) {
        Ok(tables) => {
            let path = mappings.join(change.path);
            disk::make_folder(path.parent().unwrap_or(office.folder.root()))?;
            disk::write(&path, &change.bytes)?;
            office.tables = tables;
            Ok(true)
        }
        // It contradicts what the tables say: the finding is said when the rows are read.
        Err(TablesError::Table(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
