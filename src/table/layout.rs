//! File layouts: which column holds which field. One table reads and writes.
//!
//! Most files name their columns in a header; some have none, and their columns are known by
//! their position.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use crate::model::{Field, Need, RecordKind};

use super::additions::NO_COLUMN;
use super::bind::{self, CodeLists};
use super::codes::CodeList;
use super::column::{self, Column, ColumnSource, Quotes};
use super::error::TableError;
use super::file_name::{NamePattern, PatternSource};
use super::fold::{fold, nfkc};
use super::series::DAY;
use super::source::Source;

/// A layout, compiled: columns in file order, fields resolved, names folded.
#[derive(Debug)]
pub struct Layout {
    name: String,
    record: RecordKind,
    completes: Completes,
    columns: Vec<Column>,
    by_name: HashMap<String, usize>,
    footers: Vec<String>,
    position: Option<Position>,
    /// The grids: the header with the place of the day's number, and the columns of the days.
    grids: Vec<(String, Range<usize>)>,
    /// Columns that the office's files do not have.
    waived: BTreeSet<usize>,
}

/// What a file without a header is known by.
#[derive(Debug)]
pub struct Position {
    column: usize,
    codes: Arc<CodeList>,
    /// How its files are named, where they follow a pattern.
    pub file_name: Option<NamePattern>,
}

/// Whether a row says all that is known of its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completes {
    /// It completes what was registered earlier; what it does not say stays as it is.
    Yes,
    /// It takes the place of what was registered earlier.
    No,
}

/// Where the names of the columns stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Header {
    /// In a row of the file.
    #[default]
    Row,
    /// Only in the table: the file's columns stand in the table's order.
    None,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LayoutSource {
    layout: String,
    record: Spanned<String>,
    quotes: Quotes,
    #[serde(default)]
    footers: Vec<Spanned<String>>,
    #[serde(default)]
    header: Header,
    known_by: Option<Spanned<KnownBySource>>,
    file_name: Option<Spanned<PatternSource>>,
    completes: Option<Spanned<bool>>,
    column: Vec<Spanned<ColumnSource>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownBySource {
    column: Spanned<String>,
    codes: Spanned<String>,
}

/// What a row of a file in the inbox can stand for.
const ROWS: [RecordKind; 4] = [
    RecordKind::CareOffice,
    RecordKind::ClientCard,
    RecordKind::PlanLine,
    RecordKind::PlanDay,
];

impl Layout {
    /// Reads and checks a layout; everything that could be wrong with it stops here.
    pub fn load(source: &Source, lists: &CodeLists) -> Result<Self, TableError> {
        Self::load_among(source, &ROWS, lists)
    }

    fn load_among(
        source: &Source,
        rows: &[RecordKind],
        lists: &CodeLists,
    ) -> Result<Self, TableError> {
        let written: LayoutSource = source.toml()?;
        let record = bind::record(source, &written.record)?;
        if !rows.contains(&record) {
            let given = record.name();
            return Err(source
                .error(
                    written.record.span(),
                    &format!("記録の種類「{given}」はファイルの一行になりません"),
                )
                .expected(given, rows.iter().map(|kind| kind.name())));
        }
        let mut layout = Self {
            name: written.layout,
            record,
            completes: completes(source, written.completes.as_ref(), record)?,
            columns: Vec::new(),
            by_name: HashMap::new(),
            footers: footers(source, &written.footers)?,
            position: None,
            grids: Vec::new(),
            waived: BTreeSet::new(),
        };
        for column in &written.column {
            layout.add(source, column.get_ref(), written.quotes, lists)?;
        }
        let bound: Vec<Field> = layout.columns.iter().filter_map(Column::field).collect();
        bind::all_required(source, &written.record, record, &bound)?;
        if bound.contains(&Field::Start) != bound.contains(&Field::End) {
            // Every row with a time would lack the other one.
            let message = "開始時刻(start)と終了時刻(end)は、両方の列が必要です";
            return Err(source.error(written.record.span(), message));
        }
        layout.position = match (written.header, &written.known_by) {
            (Header::None, Some(known_by)) => {
                let file_name = written.file_name.as_ref();
                Some(layout.place(source, known_by.get_ref(), file_name, lists)?)
            }
            (Header::None, None) => {
                let message = "見出しのない表には known_by(何で見分けるか)が必要です";
                return Err(source.error(written.record.span(), message));
            }
            (Header::Row, known_by) => {
                let known_by = known_by.as_ref().map(Spanned::span);
                let file_name = written.file_name.as_ref().map(Spanned::span);
                if let Some(span) = known_by.or(file_name) {
                    let message = "known_by と file_name は header = \"none\" の表だけに書けます";
                    return Err(source.error(span, message));
                }
                None
            }
        };
        Ok(layout)
    }

    /// Reads and checks the layout of a file that the program itself makes: it must be of
    /// these records, and its files must have names.
    pub fn load_as(
        source: &Source,
        record: RecordKind,
        lists: &CodeLists,
    ) -> Result<Self, TableError> {
        let layout = Self::load_among(source, &[record], lists)?;
        let named = layout.position().and_then(|of| of.file_name.as_ref());
        if named.is_none() {
            let message = "ファイル名の形(file_name)が必要です";
            return Err(TableError::without_place(source.name(), message));
        }
        Ok(layout)
    }

    fn add(
        &mut self,
        source: &Source,
        written: &ColumnSource,
        quotes: Quotes,
        lists: &CodeLists,
    ) -> Result<(), TableError> {
        let first = self.columns.len();
        for column in column::compile(source, written, self.record, quotes, lists)? {
            if let (Some(field), Some(name)) = (column.field(), &written.field)
                && self.column_of(field, column.day()).is_some()
            {
                let message = format!("項目「{}」が二つの列に結び付いています", field.name());
                return Err(source.error(name.span(), &message));
            }
            let at = self.columns.len();
            for name in std::iter::once(&written.header).chain(&written.aliases) {
                let key = fold(&column::with_day(name.get_ref(), column.day()));
                if key.is_empty() {
                    // Files have columns without a header, and they are nobody's.
                    return Err(source.error(name.span(), "見出しは空にできません"));
                }
                let named_before = self.by_name.insert(key, at);
                if named_before.is_some_and(|column| column != at) {
                    let message = format!("見出し「{}」が二つの列にあります", name.get_ref());
                    return Err(source.error(name.span(), &message));
                }
            }
            self.columns.push(column);
        }
        if self.columns.get(first).is_some_and(|of| of.day().is_some()) {
            let header = written.header.get_ref().clone();
            self.grids.push((header, first..self.columns.len()));
        }
        Ok(())
    }

    fn place(
        &self,
        source: &Source,
        known_by: &KnownBySource,
        file_name: Option<&Spanned<PatternSource>>,
        lists: &CodeLists,
    ) -> Result<Position, TableError> {
        let header = known_by.column.get_ref().as_str();
        let column = self.column_named(header).ok_or_else(|| {
            let message = format!("列「{header}」はこの表にありません");
            let known = self.columns.iter().map(|column| &**column.header());
            source
                .error(known_by.column.span(), &message)
                .expected(header, known)
        })?;
        let file_name = file_name
            .map(|pattern| NamePattern::compile(source, pattern.get_ref()))
            .transpose()?;
        Ok(Position {
            column,
            codes: bind::list(source, &known_by.codes, lists)?,
            file_name,
        })
    }

    /// The layout's name, as a clerk knows the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What one row stands for.
    pub fn record(&self) -> RecordKind {
        self.record
    }

    /// Whether its rows complete what is known, or take its place.
    pub fn completes(&self) -> Completes {
        self.completes
    }

    /// What its files are known by where they have no header; `None` where they have one.
    pub fn position(&self) -> Option<&Position> {
        self.position.as_ref()
    }

    /// The columns in the order in which they are written.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Whether a text is what stands at the beginning of a line of sums below or among the data,
    /// such as `合計`, `件数: 12件`, or `131128 集計` of a spreadsheet's subtotals.
    pub fn is_footer(&self, text: &str) -> bool {
        let key = fold(text);
        let word =
            key.trim_end_matches(|of: char| of.is_ascii_digit() || ":,.件名人行".contains(of));
        let is_it = |footer: &String| {
            let ends_so = footer.chars().nth(1).is_some() && word.ends_with(&**footer);
            footer == word || ends_so
        };
        self.footers.iter().any(is_it)
    }

    /// Learns another header for a column, or for the days of a grid; gives why it cannot.
    pub(super) fn learn(&mut self, header: &str, column: &str) -> Result<(), String> {
        let grid = self.grids.iter().find(|(of, _)| of == column);
        if let Some((_, days)) = grid {
            let days = days.clone();
            if header == NO_COLUMN {
                self.waived.extend(days);
                return Ok(());
            }
            if !header.contains(DAY) {
                return Err(format!("日の番号の位置 {DAY} がありません"));
            }
            let mut days = (1..).zip(days);
            return days.try_for_each(|(day, at)| {
                self.learn_at(&header.replace(DAY, &day.to_string()), at)
            });
        }
        let place = self.columns.iter().position(|of| **of.header() == *column);
        let place = place.ok_or_else(|| format!("項目「{column}」はこの対応表にありません"))?;
        if header == NO_COLUMN {
            self.waived.insert(place);
            return Ok(());
        }
        self.learn_at(header, place)
    }

    fn learn_at(&mut self, header: &str, place: usize) -> Result<(), String> {
        let key = fold(header);
        if key.is_empty() {
            return Err("見出しは空にできません".to_owned());
        }
        match self.by_name.insert(key, place) {
            Some(before) if before != place => Err(format!(
                "見出し「{header}」は「{}」の列なので、ほかの列にできません",
                self.columns[before].header()
            )),
            _ => Ok(()),
        }
    }

    /// Whether somebody has said that the office's files do not have a column.
    pub fn is_waived(&self, column: usize) -> bool {
        self.waived.contains(&column)
    }

    /// The grid that a column is a day of: its header with the place of the number, and the
    /// columns of its days.
    pub fn grid_of(&self, column: usize) -> Option<&(String, Range<usize>)> {
        self.grids.iter().find(|(_, days)| days.contains(&column))
    }

    /// The column that a header names, by its own name or an alias.
    pub fn column_named(&self, header: &str) -> Option<usize> {
        self.column_of_key(&fold(header))
    }

    /// The column that a header of this [key](super::fold::fold) names.
    pub fn column_of_key(&self, key: &str) -> Option<usize> {
        self.by_name.get(key).copied()
    }

    /// The column of a field.
    pub fn column_of(&self, field: Field, day: Option<u32>) -> Option<usize> {
        self.columns
            .iter()
            .position(|column| column.field() == Some(field) && column.day() == day)
    }

    /// How many columns a file has at least: up to the last one that it cannot do without.
    pub fn narrowest(&self) -> usize {
        let last = self
            .columns
            .iter()
            .rposition(|column| column.need() != Need::Optional || column.is_one_per_file());
        last.map_or(0, |last| last + 1)
    }
}

/// The words that begin a line of sums, folded.
fn footers(source: &Source, words: &[Spanned<String>]) -> Result<Vec<String>, TableError> {
    let folded = |word: &Spanned<String>| {
        let key = fold(word.get_ref());
        if key.is_empty() {
            // An empty first cell would make a footer of any row.
            return Err(source.error(word.span(), "footers の言葉は空にできません"));
        }
        Ok(key)
    };
    words.iter().map(folded).collect()
}

impl Position {
    /// The column whose codes are known.
    pub fn column(&self) -> usize {
        self.column
    }

    /// Whether a text is one of the codes; the names that the list gives them are for people.
    pub fn knows(&self, text: &str) -> bool {
        let text = nfkc(text);
        self.codes.codes().any(|code| code == text.trim())
    }

    /// Its code list's name.
    pub fn list(&self) -> &str {
        self.codes.name()
    }
}

/// Only clients are kept from one month to the next, so only they can be completed.
fn completes(
    source: &Source,
    written: Option<&Spanned<bool>>,
    record: RecordKind,
) -> Result<Completes, TableError> {
    match written {
        Some(given) if *given.get_ref() => {
            if record != RecordKind::ClientCard {
                let message = "completes は client_card の表だけに書けます";
                return Err(source.error(given.span(), message));
            }
            Ok(Completes::Yes)
        }
        Some(_) | None => Ok(Completes::No),
    }
}
