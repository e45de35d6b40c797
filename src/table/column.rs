//! One column of a file: what it is called, what it means, how it is read and written.

use std::ops::RangeInclusive;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use crate::finding::Code;
use crate::model::{Field, Fields, Kind, Need, RecordKind, Value};

use super::bind::{self, CodeLists};
use super::civil_text::Calendar;
use super::codes::CodeList;
use super::damage;
use super::error::TableError;
use super::fold::nfkc;
use super::series::DAY;
use super::source::Source;
use super::text::{self, Form, Reading};

/// One column of a layout.
#[derive(Debug)]
pub struct Column {
    header: Arc<str>,
    quotes: Quotes,
    one_per_file: bool,
    /// What a file always says here, where that is nothing of the record.
    always: Option<String>,
    bound: Option<Bound>,
}

/// What a column means.
#[derive(Debug, Clone)]
struct Bound {
    field: Field,
    day: Option<u32>,
    need: Need,
    codes: Option<Arc<CodeList>>,
    form: Form,
    /// A text that means no value.
    empty: Option<String>,
}

/// When a written cell stands in quotation marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quotes {
    /// Only where the text holds a comma, a quotation mark or a line break.
    WhereNeeded,
    /// Wherever there is a text: nothing at all between two commas means that there is none.
    Always,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnSource {
    pub(super) header: Spanned<String>,
    #[serde(default)]
    pub(super) aliases: Vec<Spanned<String>>,
    pub(super) field: Option<Spanned<String>>,
    days: Option<Spanned<[u32; 2]>>,
    codes: Option<Spanned<String>>,
    write: Option<Spanned<String>>,
    empty: Option<Spanned<String>>,
    quotes: Option<Quotes>,
    /// What every row says here; for a column without a field.
    always: Option<Spanned<String>>,
    #[serde(default)]
    one_per_file: bool,
}

impl Column {
    /// The header as it is written.
    pub fn header(&self) -> &Arc<str> {
        &self.header
    }

    /// The list of words for what stands in the column, where there is one.
    pub fn codes(&self) -> Option<&CodeList> {
        self.bound.as_ref()?.codes.as_deref()
    }

    /// The field that stands in the column; `None` for one that is known and not used.
    pub fn field(&self) -> Option<Field> {
        self.bound.as_ref().map(|bound| bound.field)
    }

    /// The day of the month, for the columns of a grid.
    pub fn day(&self) -> Option<u32> {
        self.bound.as_ref().and_then(|bound| bound.day)
    }

    /// Whether a file without the column is of no use.
    pub fn need(&self) -> Need {
        self.bound
            .as_ref()
            .map_or(Need::Optional, |bound| bound.need)
    }

    /// Whether a sheet without the column is of no use: the last days of short months may be
    /// missing.
    pub fn is_vital(&self) -> bool {
        const DAYS_OF_EVERY_MONTH: u32 = 28;
        self.need() != Need::Optional && self.day().is_none_or(|day| day <= DAYS_OF_EVERY_MONTH)
    }

    /// Whether a cell means what it says: no list names its codes, and no word stands for
    /// nothing.
    pub fn is_plain(&self) -> bool {
        let bound = self.bound.as_ref();
        bound.is_some_and(|bound| bound.codes.is_none() && bound.empty.is_none())
    }

    /// When a written cell is quoted.
    pub fn quotes(&self) -> Quotes {
        self.quotes
    }

    /// Whether a file that holds two different texts here is two files in one.
    pub fn is_one_per_file(&self) -> bool {
        self.one_per_file
    }

    /// What a cell says: nothing where its text is the one that means no value.
    pub fn said<'a>(&self, text: &'a str) -> &'a str {
        match self.bound.as_ref().and_then(|bound| bound.empty.as_deref()) {
            Some(empty) if nfkc(text.trim()) == empty => "",
            Some(_) | None => text,
        }
    }

    /// Reads a cell of this column, on a sheet whose day numbers count as `calendar` says.
    pub fn read<'a>(&self, text: &'a str, calendar: Calendar) -> Result<Reading<'a>, Code> {
        let Some(bound) = &self.bound else {
            return Ok(Reading::default());
        };
        let (kind, codes) = (bound.field.kind(), bound.codes.as_deref());
        let read = |text| text::read(kind, codes, calendar, text);
        damage::read(bound.field, self.said(text), read)
    }

    /// A day or a time that a sheet holds as a number, as a person types it; `None` for any
    /// other text.
    pub fn as_typed(&self, text: &str, calendar: Calendar) -> Option<String> {
        let bound = self.bound.as_ref()?;
        let form = match bound.field.kind() {
            Kind::Date | Kind::Month => Form::Slash,
            Kind::Time => Form::Plain,
            _ => return None,
        };
        let is_number = |text: &str| {
            text.bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
        };
        if text.is_empty() || !is_number(text) {
            return None;
        }
        let value = self.read(text, calendar).ok()?.value;
        let mut typed = String::new();
        text::write(&value, form, None, &mut typed);
        Some(typed)
    }

    /// What stands in the column of a record, where that is one value; the cells of two
    /// records are the same where it is.
    pub fn value<'r>(&self, record: &'r dyn Fields) -> Option<Value<'r>> {
        let bound = self.bound.as_ref().filter(|bound| bound.day.is_none())?;
        Some(record.value(bound.field))
    }

    /// Appends the cell of this column: for one that is not used what every row says there,
    /// which is nothing for most.
    pub fn write(&self, record: &dyn Fields, out: &mut String) {
        let Some(bound) = &self.bound else {
            out.push_str(self.always.as_deref().unwrap_or_default());
            return;
        };
        if let Some(day) = bound.day {
            let count = record.days(bound.field).map_or(0, |days| days.on(day));
            if count > 0 {
                text::write(&Value::Number(count.into()), Form::Plain, None, out);
            }
            return;
        }
        let value = record.value(bound.field);
        match &bound.empty {
            Some(empty) if value == Value::Empty => out.push_str(empty),
            Some(_) | None => text::write(&value, bound.form, bound.codes.as_deref(), out),
        }
    }
}

pub(super) fn with_day(header: &str, day: Option<u32>) -> String {
    day.map_or_else(
        || header.to_owned(),
        |day| header.replace(DAY, &day.to_string()),
    )
}

/// The columns that an entry of a table stands for: one, or one for each day of a grid.
pub(super) fn compile(
    source: &Source,
    written: &ColumnSource,
    record: RecordKind,
    quotes: Quotes,
    lists: &CodeLists,
) -> Result<Vec<Column>, TableError> {
    let column = |bound: Option<Bound>| Column {
        header: with_day(written.header.get_ref(), bound.as_ref().and_then(|b| b.day)).into(),
        quotes: written.quotes.unwrap_or(quotes),
        one_per_file: written.one_per_file,
        always: written.always.as_ref().map(|text| text.get_ref().clone()),
        bound,
    };
    if let (Some(_), Some(always)) = (&written.field, &written.always) {
        let message = "always は field のない列だけに書けます";
        return Err(source.error(always.span(), message));
    }
    let bound = bound(source, written, record, lists)?;
    Ok(bound.into_iter().map(column).collect())
}

/// What a column means, once for each day that it stands for.
fn bound(
    source: &Source,
    column: &ColumnSource,
    record: RecordKind,
    lists: &CodeLists,
) -> Result<Vec<Option<Bound>>, TableError> {
    let Some(name) = &column.field else {
        return unbound(source, column);
    };
    let (field, need) = bind::field(source, name, record)?;
    let kind = field.kind();
    let codes = bind::codes(source, column.codes.as_ref(), kind, lists)?;
    let form = bind::form(source, column.write.as_ref(), kind, codes.as_deref())?;
    let empty = empty(source, column, kind, codes.as_deref())?;
    let of_day = |day| {
        Some(Bound {
            field,
            day,
            need,
            codes: codes.clone(),
            form,
            empty: empty.clone(),
        })
    };
    Ok(match days_of(source, column, name, field)? {
        Some(days) => days.map(|day| of_day(Some(day))).collect(),
        None => vec![of_day(None)],
    })
}

/// A column that is known and means nothing to us: nothing can be said about its values.
fn unbound(source: &Source, column: &ColumnSource) -> Result<Vec<Option<Bound>>, TableError> {
    let texts = [&column.codes, &column.write, &column.empty];
    let said = texts.into_iter().flatten().map(Spanned::span);
    match said.chain(column.days.as_ref().map(Spanned::span)).next() {
        Some(span) => Err(source.error(span, "field のない列には書けません")),
        None => Ok(vec![None]),
    }
}

/// The text that means no value. It must not be one that can be read as a value as well: what
/// is written could not be read back.
fn empty(
    source: &Source,
    column: &ColumnSource,
    kind: Kind,
    codes: Option<&CodeList>,
) -> Result<Option<String>, TableError> {
    let Some(written) = &column.empty else {
        return Ok(None);
    };
    let text = written.get_ref();
    let refuse = |message: &str| Err(source.error(written.span(), message));
    if kind == Kind::DayCounts {
        return refuse("日ごとの回数の列には書けません");
    }
    if text.trim() != text || text.is_empty() || nfkc(text) != text.as_str() {
        return refuse("「なし」を表す文字は、空白のない半角の文字です");
    }
    if text::read(kind, codes, Calendar::default(), text).is_ok() {
        let message = format!("「{text}」はこの項目の値としても読めるので、逆に読めません");
        return refuse(&message);
    }
    Ok(Some(text.clone()))
}

/// The days that a column stands for; a grid field needs them, no other field may have them.
fn days_of(
    source: &Source,
    column: &ColumnSource,
    name: &Spanned<String>,
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
            Err(source.error(name.span(), &message))
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
