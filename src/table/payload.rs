//! Payloads: which JSON pointer holds which field. One table writes what is sent and reads
//! what the service holds. Empty fields are left out, lists are always there.

use serde::Deserialize;
use serde_json::Value as Json;
use toml::Spanned;

use crate::model::{Field, Fields, List, Need, Record, RecordKind};

use super::bind::{self, CodeLists};
use super::error::TableError;
use super::source::Source;
use super::stream;
use super::text::{self, Form};
use super::tree::{Leaf, Object, Pen};
pub use super::tree::{Misfit, Spot};

/// A payload, compiled.
#[derive(Debug)]
pub struct Payload {
    record: RecordKind,
    root: Object,
    key: Vec<Leaf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PayloadSource {
    record: Spanned<String>,
    key: Spanned<Vec<Spanned<String>>>,
    member: Vec<MemberSource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberSource {
    pointer: Spanned<String>,
    field: Spanned<String>,
    codes: Option<Spanned<String>>,
    write: Option<Spanned<String>>,
}

impl Payload {
    /// Reads and checks the payload of a kind of record; everything that could be wrong with
    /// it stops here.
    pub fn load(
        source: &Source,
        record: RecordKind,
        lists: &CodeLists,
    ) -> Result<Self, TableError> {
        let written: PayloadSource = source.toml()?;
        if bind::record(source, &written.record)? != record {
            let message = format!("record は {} でなければなりません", record.name());
            return Err(source.error(written.record.span(), &message));
        }
        let mut binding = Binding::new(source, record, lists);
        for member in &written.member {
            binding.bind(member)?;
        }
        binding.complete(&written.record)?;
        let key = key_of(source, &written.key, record)?;
        Ok(Self {
            record,
            root: binding.root,
            key,
        })
    }

    /// What one item stands for.
    pub fn record(&self) -> RecordKind {
        self.record
    }

    /// Appends items as JSON Lines.
    pub fn write_lines<F: Fields>(&self, records: &[F], out: &mut Vec<u8>) {
        let mut pen = Pen::new(out);
        for record in records {
            self.root.write(record, record, &mut pen);
            pen.out.push(b'\n');
        }
    }

    /// Appends the item as JSON.
    pub fn write(&self, record: &dyn Fields, out: &mut Vec<u8>) {
        self.root.write(record, record, &mut Pen::new(out));
    }

    /// The key by which the service knows the item: its key fields, joined by `-`.
    pub fn key(&self, record: &dyn Fields) -> String {
        let mut key = String::new();
        for leaf in &self.key {
            if !key.is_empty() {
                key.push('-');
            }
            text::write(
                &record.value(leaf.field),
                leaf.form,
                leaf.codes.as_deref(),
                &mut key,
            );
        }
        key
    }

    /// Reads an item that the service holds. Members that the table does not know are not
    /// ours and are passed over.
    pub fn read<'a>(&self, item: &'a Json) -> Result<Record<'a>, Misfit> {
        let mut record = Record::default();
        self.root.read(item, "", &mut record)?;
        Ok(record)
    }

    /// Reads the elements of every list straight from JSON text and hands each of them over,
    /// in the order of the text; whoever takes one says whether it could be used. It is read
    /// as [`read`](Self::read) reads it, with a fraction of the memory. `None` where
    /// something does not fit, or holds a text with escapes: `read` says what.
    pub fn read_lists<'a>(
        &self,
        json: &'a [u8],
        take: &mut dyn FnMut(List, &Record<'a>) -> Option<()>,
    ) -> Option<()> {
        stream::read_lists(&self.root, json, take)
    }

    /// Reads an item from its bytes as [`read`](Self::read) does, without a tree of values where
    /// that is possible. `None` where something does not fit, or `read` has no use for it.
    pub fn read_body<T>(
        &self,
        body: &[u8],
        read: impl FnOnce(&Record<'_>) -> Option<T>,
    ) -> Option<T> {
        let mut record = Record::default();
        if stream::read(&self.root, body, &mut record).is_some() {
            return read(&record);
        }
        // A text with an escape in it is not borrowed.
        let json = serde_json::from_slice(body).ok()?;
        read(&self.read(&json).ok()?)
    }

    /// What a JSON pointer into a written item speaks of; `None` for a pointer that the
    /// table does not reach.
    pub fn spot(&self, pointer: &str) -> Option<Spot> {
        self.root.spot(pointer)
    }

    /// The pointer at which a field of the item itself stands.
    pub fn pointer(&self, field: Field) -> Option<String> {
        self.root.pointer(field)
    }
}

/// A payload while its members are bound, one by one.
struct Binding<'s> {
    source: &'s Source,
    record: RecordKind,
    lists: &'s CodeLists,
    root: Object,
    bound: Vec<(Option<List>, Field)>,
    list_places: Vec<(List, &'s str)>,
}

impl<'s> Binding<'s> {
    fn new(source: &'s Source, record: RecordKind, lists: &'s CodeLists) -> Self {
        Self {
            source,
            record,
            lists,
            root: Object::default(),
            bound: Vec::new(),
            list_places: Vec::new(),
        }
    }

    fn bind(&mut self, member: &'s MemberSource) -> Result<(), TableError> {
        let source = self.source;
        let list = list_of(source, member, self.record)?;
        let within = list.map_or(self.record, |(_, element)| element);
        let list = list.map(|(list, _)| list);
        self.in_one_place(member, list)?;
        let name = member.field.get_ref();
        let name = name
            .split_once('.')
            .map_or(name.as_str(), |(_, field)| field);
        let (field, need) = bind::field_named(source, &member.field, name, within)?;
        let kind = field.kind();
        let codes = bind::codes(source, member.codes.as_ref(), kind, self.lists)?;
        let form = bind::form(source, member.write.as_ref(), kind, codes.as_deref())?;
        if self.bound.contains(&(list, field)) {
            let message = format!(
                "項目「{}」が二か所に結び付いています",
                member.field.get_ref()
            );
            return Err(source.error(member.field.span(), &message));
        }
        self.bound.push((list, field));
        self.root.place(
            source,
            &member.pointer,
            list,
            Leaf {
                field,
                need,
                codes,
                form,
            },
        )
    }

    /// A list stands in one place: of two, only one could be read back.
    fn in_one_place(
        &mut self,
        member: &'s MemberSource,
        list: Option<List>,
    ) -> Result<(), TableError> {
        let (Some(list), Some((place, _))) = (list, member.pointer.get_ref().split_once("/*"))
        else {
            return Ok(());
        };
        match self.list_places.iter().find(|(of, _)| *of == list) {
            Some((_, other)) if *other != place => {
                let message = format!("一覧「{}」は別の位置「{other}」にあります", list.name());
                Err(self.source.error(member.pointer.span(), &message))
            }
            Some(_) => Ok(()),
            None => {
                self.list_places.push((list, place));
                Ok(())
            }
        }
    }

    /// Every field that the record and its lists cannot do without is bound.
    fn complete(&self, place: &Spanned<String>) -> Result<(), TableError> {
        let fields_in = |list| -> Vec<Field> {
            let within = self.bound.iter().filter(|(of, _)| *of == list);
            within.map(|(_, field)| *field).collect()
        };
        bind::all_required(self.source, place, self.record, &fields_in(None))?;
        for (list, element) in self.record.lists() {
            bind::all_required(self.source, place, *element, &fields_in(Some(*list)))?;
        }
        Ok(())
    }
}

/// The list that a member belongs to: `visits.date` stands below one `*`, `office` below none.
fn list_of(
    source: &Source,
    member: &MemberSource,
    record: RecordKind,
) -> Result<Option<(List, RecordKind)>, TableError> {
    let stars = member
        .pointer
        .get_ref()
        .split('/')
        .filter(|part| *part == "*")
        .count();
    match (member.field.get_ref().split_once('.'), stars) {
        (None, 0) => Ok(None),
        (Some((name, _)), 1) => {
            let lists = record.lists();
            lists
                .iter()
                .find(|(list, _)| list.name() == name)
                .copied()
                .map(Some)
                .ok_or_else(|| {
                    source
                        .error(member.field.span(), &format!("一覧「{name}」はありません"))
                        .expected(name, lists.iter().map(|(list, _)| list.name()))
                })
        }
        (None, _) => Err(source.error(
            member.pointer.span(),
            "一覧の項目ではないのに「*」があります",
        )),
        (Some(_), _) => Err(source.error(
            member.pointer.span(),
            "一覧の項目の位置には「*」が一つ必要です",
        )),
    }
}

fn key_of(
    source: &Source,
    names: &Spanned<Vec<Spanned<String>>>,
    record: RecordKind,
) -> Result<Vec<Leaf>, TableError> {
    if names.get_ref().is_empty() && !record.fields().is_empty() {
        return Err(source.error(names.span(), "key には一件を見分ける項目が必要です"));
    }
    names
        .get_ref()
        .iter()
        .map(|name| {
            let (field, need) = bind::field(source, name, record)?;
            if need == Need::Optional {
                let message = format!("空でもよい項目「{}」は key にできません", field.name());
                return Err(source.error(name.span(), &message));
            }
            Ok(Leaf {
                field,
                need,
                codes: None,
                form: Form::Plain,
            })
        })
        .collect()
}
