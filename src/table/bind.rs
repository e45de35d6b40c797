//! What layouts and payloads have in common: names in a table become things of the domain.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::Spanned;

use crate::model::{Field, Kind, Need, RecordKind};

use super::codes::CodeList;
use super::error::TableError;
use super::source::Source;
use super::text::{self, Form};

/// The code lists by name.
pub type CodeLists = BTreeMap<String, Arc<CodeList>>;

/// The kind of record that a table is about.
pub fn record(source: &Source, name: &Spanned<String>) -> Result<RecordKind, TableError> {
    let given = name.get_ref().as_str();
    RecordKind::ALL
        .into_iter()
        .find(|kind| kind.name() == given)
        .ok_or_else(|| {
            source
                .error(name.span(), &format!("記録の種類「{given}」はありません"))
                .expected(given, RecordKind::ALL.iter().map(|kind| kind.name()))
        })
}

/// A field of a kind of record.
pub fn field(
    source: &Source,
    name: &Spanned<String>,
    record: RecordKind,
) -> Result<(Field, Need), TableError> {
    field_named(source, name, name.get_ref(), record)
}

/// As [`field`], where the field's name is only a part of what is written.
pub fn field_named(
    source: &Source,
    written: &Spanned<String>,
    name: &str,
    record: RecordKind,
) -> Result<(Field, Need), TableError> {
    record
        .fields()
        .iter()
        .find(|(field, _)| field.name() == name)
        .copied()
        .ok_or_else(|| {
            source
                .error(
                    written.span(),
                    &format!("項目「{name}」は {} にありません", record.name()),
                )
                .expected(name, record.fields().iter().map(|(field, _)| field.name()))
        })
}

/// The code list that a table names, if it names one. Only values that are codes can be
/// read back through one.
pub fn codes(
    source: &Source,
    name: Option<&Spanned<String>>,
    kind: Kind,
    lists: &CodeLists,
) -> Result<Option<Arc<CodeList>>, TableError> {
    let Some(name) = name else { return Ok(None) };
    if !text::is_coded(kind) {
        return Err(source.error(name.span(), "この項目の値はコードではありません"));
    }
    let given = name.get_ref().as_str();
    let list = list(source, name, lists)?;
    let missing = text::every_code(kind)
        .into_iter()
        .find(|code| list.code(code) != Some(code));
    match missing {
        None => Ok(Some(list)),
        Some(code) => {
            let message =
                format!("コード一覧「{given}」にコード「{code}」がないので、逆に読めません");
            Err(source.error(name.span(), &message))
        }
    }
}

/// The code list with a name.
pub fn list(
    source: &Source,
    name: &Spanned<String>,
    lists: &CodeLists,
) -> Result<Arc<CodeList>, TableError> {
    let given = name.get_ref().as_str();
    lists.get(given).cloned().ok_or_else(|| {
        source
            .error(name.span(), &format!("コード一覧「{given}」はありません"))
            .expected(given, lists.keys().map(String::as_str))
    })
}

/// The form in which values are written.
pub fn form(
    source: &Source,
    name: Option<&Spanned<String>>,
    kind: Kind,
    codes: Option<&CodeList>,
) -> Result<Form, TableError> {
    let Some(name) = name else {
        return Ok(if codes.is_some() {
            Form::Name
        } else {
            Form::Plain
        });
    };
    let given = name.get_ref().as_str();
    let suiting = Form::NAMES
        .iter()
        .filter(|(_, form)| form.suits(kind, codes));
    suiting
        .clone()
        .find(|(word, _)| *word == given)
        .map(|(_, form)| *form)
        .ok_or_else(|| {
            source
                .error(
                    name.span(),
                    &format!("書き方「{given}」はこの項目に使えません"),
                )
                .expected(given, suiting.map(|(word, _)| *word))
        })
}

/// Every field that a record cannot do without must be bound: else nothing could be read
/// from the table, and what it writes could not be read back.
pub fn all_required(
    source: &Source,
    place: &Spanned<String>,
    record: RecordKind,
    bound: &[Field],
) -> Result<(), TableError> {
    let missing = record
        .fields()
        .iter()
        .find(|(field, need)| *need != Need::Optional && !bound.contains(field));
    match missing {
        None => Ok(()),
        Some((field, _)) => {
            let message = format!(
                "必須の項目「{}」({})が結び付いていません",
                field.name(),
                field.label()
            );
            Err(source.error(place.span(), &message))
        }
    }
}
