//! From an item, or a JSON pointer into it, back to its cells.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value as Json;

use crate::error::Error;
use crate::ledger::LastSent;
use crate::model::{FileName, YearMonth};
use crate::table::Tables;
use crate::table::fold::nearest;

use super::super::collection::Collection;
use super::super::inbox::{InputFile, Inputs};
use super::super::office::Office;
use super::items::{Made, Traced};
use super::registered::{Registered, registered};
use super::rows::Rows;
use super::{Answer, Judged, Stand, Unknown, files};

/// What there is to say of an item.
#[derive(Debug, Serialize)]
pub struct ItemAnswer {
    /// The Japanese word for what it is.
    pub kind: &'static str,
    /// The month of a plan.
    pub month: Option<String>,
    /// Other months that have the key as well.
    pub other_months: Vec<String>,
    /// The key by which Care-wing knows it.
    pub key: String,
    /// The part that was asked about; empty for the whole item.
    pub pointer: String,
    /// What stands there.
    pub value: Json,
    /// Where the files stand that it is made of.
    pub stand: Stand,
    /// Every value there, with its cell.
    pub links: Vec<Link>,
    /// What the ledger knows of the item.
    pub care_wing: Registered,
}

/// A value of an item with the cell that it comes from.
#[derive(Debug, Serialize)]
pub struct Link {
    /// The JSON pointer.
    pub pointer: String,
    /// The value.
    pub value: Json,
    /// The file, by the name that it has or had in the inbox.
    pub file: String,
    /// The file itself.
    pub path: Option<PathBuf>,
    /// The worksheet, in a workbook.
    pub sheet: Option<String>,
    /// The row.
    pub row: Option<u32>,
    /// The letters of the column; `None` where the file has no column for it.
    pub column: Option<String>,
    /// What stands above it.
    pub header: Option<String>,
    /// What stands in the cell.
    pub text: Option<String>,
}

/// Items with the files that they were made of.
struct Source {
    stand: Stand,
    files: Vec<InputFile>,
    /// Every key that there is.
    keys: Vec<String>,
    /// What may be meant.
    items: Vec<Made>,
}

/// Answers about an item.
pub(super) fn explain(
    typed: &str,
    month: Option<YearMonth>,
    office: &Office,
) -> Result<Answer, Error> {
    let waiting = Source::of(Stand::Inbox, files::read_inbox(office)?, typed, office)?;
    if let Some(meant) = waiting.meant(typed, month) {
        return waiting.answer(&meant, office);
    }
    let Some(sent) = sent(typed, month, office)? else {
        return unknown(typed, &waiting, office).map(Answer::Unknown);
    };
    let archived = files::of_run(office, sent.run)?;
    let archived = files::read_archived(&archived, Some(office), &office.tables)?;
    let archived = Source::of(Stand::Archive, archived, typed, office)?;
    let meant = archived.meant(
        typed,
        Collection::named(&sent.collection).and_then(month_of),
    );
    match meant {
        Some(meant) => archived.answer(&meant, office),
        None => not_made(typed, &sent, office).map(Answer::Unknown),
    }
}

/// What was meant: an item, where its key ends, and which other months have the key.
struct Meant<'s> {
    made: &'s Made,
    pointer: String,
    other_months: Vec<String>,
}

impl Source {
    fn of(stand: Stand, inputs: Inputs, typed: &str, office: &Office) -> Result<Self, Error> {
        let files = inputs.files.clone();
        let tables = &office.tables;
        let Judged { mut records, .. } = super::judge(inputs, Some(office), tables)?;
        let keys = records.keys(tables);
        records.keep_keys(|key| pointer_behind(typed, key).is_some(), tables);
        Ok(Self {
            stand,
            files,
            keys,
            items: records.made(tables),
        })
    }

    /// The item whose key is the longest beginning of what was typed; of several months the
    /// last one.
    fn meant(&self, typed: &str, month: Option<YearMonth>) -> Option<Meant<'_>> {
        let wanted = |of: &&Made| month.is_none() || month_of(of.collection) == month;
        let known = self.items.iter().filter(wanted);
        let named: Vec<(&Made, &str)> = known
            .filter_map(|made| Some((made, pointer_behind(typed, &made.item.key)?)))
            .collect();
        let (made, pointer) = named
            .iter()
            .max_by_key(|(made, _)| (made.item.key.len(), month_of(made.collection)))?;
        let others = named
            .iter()
            .filter(|(of, _)| of.item.key == made.item.key && of.collection != made.collection);
        Some(Meant {
            made,
            pointer: (*pointer).to_owned(),
            other_months: others.filter_map(|(of, _)| of.month()).collect(),
        })
    }

    fn answer(&self, meant: &Meant<'_>, office: &Office) -> Result<Answer, Error> {
        let (made, tables) = (meant.made, &office.tables);
        let whole = made.json();
        let Some(value) = whole.pointer(&meant.pointer) else {
            return Ok(Answer::Unknown(no_pointer(made, &meant.pointer, tables)));
        };
        let mut traced = made.traced(&meant.pointer, value, tables);
        traced.retain(|traced| !traced.is_element);
        if traced.is_empty() {
            traced.push(made.trace(meant.pointer.clone(), value, tables));
        }
        Ok(Answer::Item(Box::new(ItemAnswer {
            kind: made.collection.label(),
            month: made.month(),
            other_months: meant.other_months.clone(),
            key: made.item.key.clone(),
            pointer: meant.pointer.clone(),
            value: value.clone(),
            stand: self.stand,
            links: self.links(&traced, tables)?,
            care_wing: registered(Some(office), made)?,
        })))
    }

    /// Each value with its cell, read once more for its text.
    fn links(&self, traced: &[Traced], tables: &Tables) -> Result<Vec<Link>, Error> {
        let mut wanted: BTreeMap<&FileName, BTreeSet<u32>> = BTreeMap::new();
        for place in traced.iter().map(|traced| &traced.place) {
            wanted.entry(&place.file).or_default().extend(place.row);
        }
        let mut read: BTreeMap<&FileName, (&InputFile, Rows)> = BTreeMap::new();
        for file in &self.files {
            if let Some(rows) = wanted.remove(&file.name) {
                let rows = Rows::of(file, rows, tables)?;
                read.insert(&file.name, (file, rows));
            }
        }
        let link = |traced: &Traced| {
            let place = &traced.place;
            let file = read.get(&place.file);
            let column = place.column.as_ref();
            let text = file.and_then(|(_, rows)| rows.text(place));
            Link {
                pointer: traced.pointer.clone(),
                value: traced.value.clone(),
                file: place.file.to_string(),
                path: file.map(|(file, _)| file.path.clone()),
                sheet: place.sheet.as_deref().map(str::to_owned),
                row: place.row,
                column: column.map(crate::model::place::Column::letters),
                header: column.map(|column| column.header.to_string()),
                text: text.map(str::to_owned),
            }
        };
        Ok(traced.iter().map(link).collect())
    }
}

impl Made {
    /// The month of a plan.
    pub(super) fn month(&self) -> Option<String> {
        month_of(self.collection).map(|month| month.to_string())
    }
}

fn month_of(collection: Collection) -> Option<YearMonth> {
    match collection {
        Collection::Plans(month) => Some(month),
        Collection::CareOffices | Collection::Clients => None,
    }
}

/// The pointer behind a key.
fn pointer_behind<'t>(typed: &'t str, key: &str) -> Option<&'t str> {
    let pointer = typed.strip_prefix(key)?;
    (pointer.is_empty() || pointer.starts_with('/')).then_some(pointer)
}

/// What was sent last of what was typed; of several months the last one.
fn sent(typed: &str, month: Option<YearMonth>, office: &Office) -> Result<Option<LastSent>, Error> {
    let ends = typed.match_indices('/').map(|(at, _)| at);
    let ends: Vec<usize> = ends.chain([typed.len()]).collect();
    for end in ends.into_iter().rev() {
        let mut sent = office.ledger.last_sent(&typed[..end])?;
        let of = |sent: &LastSent| Collection::named(&sent.collection).and_then(month_of);
        sent.retain(|sent| month.is_none() || of(sent) == month);
        if let Some(last) = sent.into_iter().max_by_key(of) {
            return Ok(Some(last));
        }
    }
    Ok(None)
}

fn unknown(typed: &str, waiting: &Source, office: &Office) -> Result<Unknown, Error> {
    let key = typed.split('/').next().unwrap_or_default();
    let sent = office.ledger.keys_sent()?;
    let keys = waiting.keys.iter().chain(&sent).map(String::as_str);
    let near = nearest(key, keys);
    Ok(Unknown {
        error: "この番号で送るもの・送ったものはありません。事業所は 事業所番号-サービス種類、利用者は 保険者番号-被保険者番号、\
                月間ケアプランは 事業所番号-保険者番号-被保険者番号 です(対応表で変えられます)。\n\
                受信箱(inbox)の行が保留になっていないか、`rakuwing check` で確かめてください"
            .to_owned(),
        near: near.map(str::to_owned),
        sent: None,
    })
}

/// What was sent, and no file that is left makes it.
fn not_made(typed: &str, sent: &LastSent, office: &Office) -> Result<Unknown, Error> {
    let body = office.ledger.sent_body(&sent.collection, &sent.key)?;
    let item: Option<Json> = body.and_then(|body| serde_json::from_slice(&body).ok());
    let pointer = pointer_behind(typed, &sent.key).unwrap_or_default();
    Ok(Unknown {
        error: format!(
            "これは実行 {} で登録していますが、その実行が読んだファイルが archive に残っていないか、\
             今の対応表や基本情報では同じものになりません。楽すけからもう一度書き出して受信箱(inbox)に入れると、たどれます",
            sent.run
        ),
        near: None,
        sent: item.and_then(|item| item.pointer(pointer).cloned()),
    })
}

fn no_pointer(made: &Made, pointer: &str, tables: &Tables) -> Unknown {
    let pointers = made.traced("", &made.json(), tables);
    let near = nearest(pointer, pointers.iter().map(|of| &*of.pointer));
    Unknown {
        error: format!(
            "この{}に `{pointer}` という位置はありません。位置を付けずに番号だけを指定すると、すべての位置が見られます",
            made.collection.label()
        ),
        near: near.map(str::to_owned),
        sent: None,
    }
}
