//! File layouts: which column holds which field. One table reads and writes.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use crate::model::{Field, Fields, Kind, Need, RecordKind};

use super::bind::{self, CodeLists};
use super::civil_text::Calendar;
use super::codes::CodeList;
use super::error::TableError;
use super::fold::fold;
use super::source::Source;
use super::text::{self, Form, Reading};
use crate::finding::Code;

/// A layout, compiled: columns in file order, fields resolved, names folded.
#[derive(Debug)]
pub struct Layout {
    name: String,
    record: RecordKind,
    quotes: Quotes,
    columns: Vec<Column>,
    by_name: HashMap<String, usize>,
    footers: Vec<String>,
}

/// When a written cell stands in quotation marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quotes {
    /// Only where the text holds a comma, a quotation mark or a line break.
    WhereNeeded,
    /// Always.
    Always,
}

/// One column of a layout.
#[derive(Debug)]
pub struct Column {
    header: Arc<str>,
    field: Field,
    day: Option<u32>,
    need: Need,
    codes: Option<Arc<CodeList>>,
    form: Form,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LayoutSource {
    layout: String,
    record: Spanned<String>,
    quotes: Quotes,
    #[serde(default)]
    footers: Vec<Spanned<String>>,
    column: Vec<Spanned<ColumnSource>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnSource {
    header: Spanned<String>,
    #[serde(default)]
    aliases: Vec<Spanned<String>>,
    field: Spanned<String>,
    days: Option<Spanned<[u32; 2]>>,
    codes: Option<Spanned<String>>,
    write: Option<Spanned<String>>,
}

/// What a row of a file can stand for.
const ROWS: [RecordKind; 3] = [
    RecordKind::CareOffice,
    RecordKind::ClientCard,
    RecordKind::PlanLine,
];

/// Stands in a header where the number of the day belongs.
const DAY: &str = "{day}";

impl Layout {
    /// Reads and checks a layout; everything that could be wrong with it stops here.
    pub fn load(source: &Source, lists: &CodeLists) -> Result<Self, TableError> {
        let written: LayoutSource = source.toml()?;
        let record = bind::record(source, &written.record)?;
        if !ROWS.contains(&record) {
            let given = record.name();
            return Err(source
                .error(
                    written.record.span(),
                    &format!("記録の種類「{given}」はファイルの一行になりません"),
                )
                .expected(given, ROWS.iter().map(|kind| kind.name())));
        }
        let mut layout = Self {
            name: written.layout,
            record,
            quotes: written.quotes,
            columns: Vec::new(),
            by_name: HashMap::new(),
            footers: footers(source, &written.footers)?,
        };
        for column in &written.column {
            layout.add(source, column.get_ref(), lists)?;
        }
        let bound: Vec<Field> = layout.columns.iter().map(|column| column.field).collect();
        bind::all_required(source, &written.record, record, &bound)?;
        Ok(layout)
    }

    fn add(
        &mut self,
        source: &Source,
        column: &ColumnSource,
        lists: &CodeLists,
    ) -> Result<(), TableError> {
        let (field, need) = bind::field(source, &column.field, self.record)?;
        let codes = bind::codes(source, column.codes.as_ref(), field.kind(), lists)?;
        let form = bind::form(
            source,
            column.write.as_ref(),
            field.kind(),
            codes.as_deref(),
        )?;
        let days = days_of(source, column, field)?;
        for day in days.map_or_else(|| vec![None], |days| days.map(Some).collect()) {
            if self
                .columns
                .iter()
                .any(|other| other.field == field && other.day == day)
            {
                let message = format!("項目「{}」が二つの列に結び付いています", field.name());
                return Err(source.error(column.field.span(), &message));
            }
            let at = self.columns.len();
            for name in std::iter::once(&column.header).chain(&column.aliases) {
                let key = fold(&with_day(name.get_ref(), day));
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
            let header = with_day(column.header.get_ref(), day).into();
            let codes = codes.clone();
            self.columns.push(Column {
                header,
                field,
                day,
                need,
                codes,
                form,
            });
        }
        Ok(())
    }

    /// The layout's name, as a clerk knows the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What one row stands for.
    pub fn record(&self) -> RecordKind {
        self.record
    }

    /// When a written cell is quoted.
    pub fn quotes(&self) -> Quotes {
        self.quotes
    }

    /// The columns in the order in which they are written.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Whether a text is what stands at the beginning of a line of sums below the data, such
    /// as `合計` or `件数: 12件`.
    pub fn is_footer(&self, text: &str) -> bool {
        let key = fold(text);
        let word =
            key.trim_end_matches(|of: char| of.is_ascii_digit() || ":,.件名人行".contains(of));
        self.footers.iter().any(|footer| footer == word)
    }

    /// The column that a header names, by its own name or an alias.
    pub fn column_named(&self, header: &str) -> Option<usize> {
        self.by_name.get(&fold(header)).copied()
    }

    /// The column of a field.
    pub fn column_of(&self, field: Field, day: Option<u32>) -> Option<usize> {
        self.columns
            .iter()
            .position(|column| column.field == field && column.day == day)
    }
}

impl Column {
    /// The header as it is written.
    pub fn header(&self) -> &Arc<str> {
        &self.header
    }

    /// The field that stands in the column.
    pub fn field(&self) -> Field {
        self.field
    }

    /// The day of the month, for the columns of a grid.
    pub fn day(&self) -> Option<u32> {
        self.day
    }

    /// Whether a file without the column is of no use.
    pub fn need(&self) -> Need {
        self.need
    }

    /// Whether a sheet without the column is of no use: the last days of short months may be
    /// missing.
    pub fn is_vital(&self) -> bool {
        const DAYS_OF_EVERY_MONTH: u32 = 28;
        self.need == Need::Required && self.day.is_none_or(|day| day <= DAYS_OF_EVERY_MONTH)
    }

    /// Reads a cell of this column, on a sheet whose day numbers count as `calendar` says.
    pub fn read<'a>(&self, text: &'a str, calendar: Calendar) -> Result<Reading<'a>, Code> {
        text::read(self.field.kind(), self.codes.as_deref(), calendar, text)
    }

    /// Appends the cell of this column.
    pub fn write(&self, record: &dyn Fields, out: &mut String) {
        if let Some(day) = self.day {
            let count = record.days(self.field).map_or(0, |days| days.on(day));
            if count > 0 {
                out.push_str(&count.to_string());
            }
        } else {
            text::write(
                &record.value(self.field),
                self.form,
                self.codes.as_deref(),
                out,
            );
        }
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

fn with_day(header: &str, day: Option<u32>) -> String {
    day.map_or_else(
        || header.to_owned(),
        |day| header.replace(DAY, &day.to_string()),
    )
}

/// The days that a column stands for; a grid field needs them, no other field may have them.
fn days_of(
    source: &Source,
    column: &ColumnSource,
    field: Field,
) -> Result<Option<RangeInclusive<u32>>, TableError> {
    match (&column.days, field.kind() == Kind::DayCounts) {
        (None, false) => {
            let numbered = std::iter::once(&column.header)
                .chain(&column.aliases)
                .find(|name| name.get_ref().contains(DAY));
            match numbered {
                Some(name) => {
                    Err(source.error(name.span(), "{day} は days のある列だけに使えます"))
                }
                None => Ok(None),
            }
        }
        (None, true) => {
            let message = format!("項目「{}」には days = [1, 31] が必要です", field.name());
            Err(source.error(column.field.span(), &message))
        }
        (Some(days), false) => {
            Err(source.error(days.span(), "days は日ごとの回数の項目だけに付けられます"))
        }
        (Some(days), true) => {
            if *days.get_ref() != [1, 31] {
                return Err(source.error(days.span(), "days は [1, 31] だけが使えます"));
            }
            let unnumbered = std::iter::once(&column.header)
                .chain(&column.aliases)
                .find(|name| !name.get_ref().contains(DAY));
            match unnumbered {
                Some(name) => Err(source.error(name.span(), "日の番号の位置 {day} がありません")),
                None => Ok(Some(1..=31)),
            }
        }
    }
}
