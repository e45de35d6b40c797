//! Payloads: which JSON pointer holds which field. One table writes what is sent and reads
//! what the service holds.
//!
//! Writing goes straight into bytes along a compiled tree; no JSON value is built. Empty
//! fields are left out, lists are always there.

use serde::Deserialize;
use serde_json::Value as Json;
use std::io::Write as _;
use std::sync::Arc;
use toml::Spanned;

use crate::finding::Code;
use crate::model::{Field, Fields, Kind, List, Need, Record, RecordKind, Value};

use super::bind::{self, CodeLists};
use super::codes::CodeList;
use super::error::TableError;
use super::source::Source;
use super::text::{self, Form};

/// A payload, compiled.
#[derive(Debug)]
pub struct Payload {
    record: RecordKind,
    root: Object,
    key: Vec<Leaf>,
}

#[derive(Debug, Default)]
struct Object(Vec<(String, Node)>);

#[derive(Debug)]
enum Node {
    Object(Object),
    List(List, Object),
    Leaf(Leaf),
}

#[derive(Debug, Clone)]
struct Leaf {
    field: Field,
    need: Need,
    codes: Option<Arc<CodeList>>,
    form: Form,
}

/// What a JSON pointer of a written item speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// The element of a list, counted from 0.
    pub element: Option<(List, usize)>,
    /// The field, where the pointer goes that deep.
    pub field: Option<Field>,
}

/// Something the service holds does not fit the table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pointer}` が対応表と合いません")]
pub struct Misfit {
    /// Where in the item.
    pub pointer: String,
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
        let mut root = Object::default();
        let mut bound = Vec::new();
        let mut list_places: Vec<(List, &str)> = Vec::new();
        for member in &written.member {
            let list = list_of(source, member, record)?;
            if let (Some((list, _)), Some((place, _))) =
                (list, member.pointer.get_ref().split_once("/*"))
            {
                match list_places.iter().find(|(of, _)| *of == list) {
                    Some((_, other)) if *other != place => {
                        let message =
                            format!("一覧「{}」は別の位置「{other}」にあります", list.name());
                        return Err(source.error(member.pointer.span(), &message));
                    }
                    Some(_) => {}
                    None => list_places.push((list, place)),
                }
            }
            let within = list.map_or(record, |(_, element)| element);
            let name = member.field.get_ref();
            let name = name
                .split_once('.')
                .map_or(name.as_str(), |(_, field)| field);
            let (field, need) = bind::field_named(source, &member.field, name, within)?;
            let codes = bind::codes(source, member.codes.as_ref(), field.kind(), lists)?;
            let form = bind::form(
                source,
                member.write.as_ref(),
                field.kind(),
                codes.as_deref(),
            )?;
            let list = list.map(|(list, _)| list);
            if bound.contains(&(list, field)) {
                let message = format!(
                    "項目「{}」が二か所に結び付いています",
                    member.field.get_ref()
                );
                return Err(source.error(member.field.span(), &message));
            }
            bound.push((list, field));
            root.place(
                source,
                &member.pointer,
                list,
                Leaf {
                    field,
                    need,
                    codes,
                    form,
                },
            )?;
        }
        let fields_in = |list| -> Vec<Field> {
            bound
                .iter()
                .filter(|(of, _)| *of == list)
                .map(|(_, field)| *field)
                .collect()
        };
        bind::all_required(source, &written.record, record, &fields_in(None))?;
        for (list, element) in record.lists() {
            bind::all_required(source, &written.record, *element, &fields_in(Some(*list)))?;
        }
        let key = key_of(source, &written.key, record)?;
        Ok(Self { record, root, key })
    }

    /// What one item stands for.
    pub fn record(&self) -> RecordKind {
        self.record
    }

    /// Appends the item as JSON.
    pub fn write(&self, record: &dyn Fields, out: &mut Vec<u8>) {
        self.root.write(record, record, out);
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

    /// What a JSON pointer into a written item speaks of; `None` for a pointer that the
    /// table does not reach.
    pub fn spot(&self, pointer: &str) -> Option<Spot> {
        let mut object = &self.root;
        let mut spot = Spot {
            element: None,
            field: None,
        };
        let mut parts = pointer.split('/');
        if !parts.next()?.is_empty() {
            return None;
        }
        while let Some(part) = parts.next() {
            match object.member(&unescaped(part))? {
                Node::Object(inner) => object = inner,
                Node::Leaf(leaf) => {
                    spot.field = Some(leaf.field);
                    return parts.next().is_none().then_some(spot);
                }
                Node::List(list, inner) => {
                    if let Some(index) = parts.next() {
                        spot.element = Some((*list, index.parse().ok()?));
                    }
                    object = inner;
                }
            }
        }
        Some(spot)
    }

    /// The pointer at which a field of the item itself stands.
    pub fn pointer(&self, field: Field) -> Option<String> {
        self.root.pointer(field)
    }
}

impl Object {
    fn member(&self, name: &str) -> Option<&Node> {
        self.0
            .iter()
            .find(|(of, _)| of == name)
            .map(|(_, node)| node)
    }

    /// Hangs a leaf into the tree, making the objects on the way.
    fn place(
        &mut self,
        source: &Source,
        pointer: &Spanned<String>,
        list: Option<List>,
        leaf: Leaf,
    ) -> Result<(), TableError> {
        let taken = || source.error(pointer.span(), "この位置はほかの項目が使っています");
        let Some(path) = pointer
            .get_ref()
            .strip_prefix('/')
            .filter(|path| !path.is_empty())
        else {
            return Err(source.error(pointer.span(), "位置は「/」で始まります(例: /client/name)"));
        };
        let mut parts = path.split('/').peekable();
        let mut object = self;
        while let Some(part) = parts.next() {
            if part == "*" {
                let message = "「*」の前には一覧の名前が必要です(例: /visits/*/date)";
                return Err(source.error(pointer.span(), message));
            }
            let is_list = parts.next_if_eq(&"*").is_some();
            let name = unescaped(part);
            if parts.peek().is_none() && !is_list {
                if object.member(&name).is_some() {
                    return Err(taken());
                }
                object.0.push((name, Node::Leaf(leaf)));
                return Ok(());
            }
            let at = object.child(&name, list.filter(|_| is_list));
            object = match &mut object.0[at].1 {
                Node::Object(inner) if !is_list => inner,
                Node::List(of, inner) if is_list && Some(*of) == list => inner,
                Node::Object(_) | Node::List(..) | Node::Leaf(_) => return Err(taken()),
            };
        }
        Err(source.error(pointer.span(), "位置が「*」で終わっています"))
    }

    /// The place of a member that holds others, made where it is missing.
    fn child(&mut self, name: &str, list: Option<List>) -> usize {
        let found = self.0.iter().position(|(of, _)| of == name);
        found.unwrap_or_else(|| {
            let node = match list {
                Some(list) => Node::List(list, Self::default()),
                None => Node::Object(Self::default()),
            };
            self.0.push((name.to_owned(), node));
            self.0.len() - 1
        })
    }

    fn write(&self, record: &dyn Fields, owner: &dyn Fields, out: &mut Vec<u8>) {
        out.push(b'{');
        let mut first = true;
        for (name, node) in &self.0 {
            if let Node::Leaf(leaf) = node
                && record.value(leaf.field) == Value::Empty
            {
                continue;
            }
            if !std::mem::take(&mut first) {
                out.push(b',');
            }
            string(name, out);
            out.push(b':');
            match node {
                Node::Leaf(leaf) => leaf.write(record.value(leaf.field), out),
                Node::Object(inner) => inner.write(record, owner, out),
                Node::List(list, inner) => {
                    out.push(b'[');
                    for index in 0..owner.length(*list) {
                        if index > 0 {
                            out.push(b',');
                        }
                        if let Some(element) = owner.element(*list, index) {
                            inner.write(element, owner, out);
                        }
                    }
                    out.push(b']');
                }
            }
        }
        out.push(b'}');
    }

    fn read<'a>(&self, json: &'a Json, path: &str, record: &mut Record<'a>) -> Result<(), Misfit> {
        for (name, node) in &self.0 {
            let at = format!("{path}/{}", escaped(name));
            let member = json.get(name);
            match (node, member) {
                (Node::Leaf(leaf), member) => {
                    let value = leaf.read(member).ok_or(Misfit { pointer: at })?;
                    record.set(leaf.field, value);
                }
                (Node::Object(inner), Some(member)) => inner.read(member, &at, record)?,
                (Node::Object(_), None) => return Err(Misfit { pointer: at }),
                (Node::List(list, inner), member) => {
                    let elements = match member {
                        None | Some(Json::Null) => &[],
                        Some(Json::Array(elements)) => elements.as_slice(),
                        Some(_) => return Err(Misfit { pointer: at }),
                    };
                    let mut records = Vec::with_capacity(elements.len());
                    for (index, element) in elements.iter().enumerate() {
                        let mut read = Record::default();
                        inner.read(element, &format!("{at}/{index}"), &mut read)?;
                        records.push(read);
                    }
                    record.push_list(*list, records);
                }
            }
        }
        Ok(())
    }

    fn pointer(&self, field: Field) -> Option<String> {
        self.0.iter().find_map(|(name, node)| match node {
            Node::Leaf(leaf) => (leaf.field == field).then(|| format!("/{}", escaped(name))),
            Node::Object(inner) => inner
                .pointer(field)
                .map(|rest| format!("/{}{rest}", escaped(name))),
            Node::List(..) => None,
        })
    }
}

impl Leaf {
    fn write(&self, value: Value<'_>, out: &mut Vec<u8>) {
        match value {
            // Writing into a `Vec` cannot fail.
            Value::Number(number) => drop(write!(out, "{number}")),
            Value::Copay(copay) if self.codes.is_none() => {
                drop(write!(out, "{}", copay.tenths()));
            }
            Value::Flag(flag) if self.codes.is_none() => {
                out.extend(if flag { b"true".as_slice() } else { b"false" });
            }
            Value::Text(text) => string(text, out),
            _ => {
                let mut text = String::new();
                text::write(&value, self.form, self.codes.as_deref(), &mut text);
                string(&text, out);
            }
        }
    }

    /// `None` where the member does not hold what the field needs.
    fn read<'a>(&self, member: Option<&'a Json>) -> Option<Value<'a>> {
        let kind = self.field.kind();
        match member {
            None | Some(Json::Null) => (self.need == Need::Optional).then_some(Value::Empty),
            Some(Json::Bool(flag)) => (kind == Kind::Flag).then_some(Value::Flag(*flag)),
            Some(Json::Number(number)) => {
                let number = u32::try_from(number.as_u64()?).ok()?;
                match kind {
                    Kind::Number { highest } => {
                        (number <= highest).then_some(Value::Number(number))
                    }
                    Kind::Copay => {
                        crate::model::Copay::new(u8::try_from(number).ok()?).map(Value::Copay)
                    }
                    _ => None,
                }
            }
            // The service's own remarks on numbers are not ours to judge: remarks are dropped.
            Some(Json::String(text)) => {
                let read: Result<_, Code> = text::read(kind, self.codes.as_deref(), text);
                let value = read.ok()?.value;
                (value != Value::Empty || self.need == Need::Optional).then_some(value)
            }
            Some(Json::Array(_) | Json::Object(_)) => None,
        }
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

/// A member's name as a JSON pointer writes it (RFC 6901): `~` and `/` mean something there.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The member's name in a part of a JSON pointer.
fn unescaped(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

/// A JSON string with its quotation marks. Runs without anything to escape are copied whole.
fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest
        .iter()
        .position(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\')
    {
        out.extend_from_slice(&rest[..at]);
        match rest[at] {
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            byte @ (b'"' | b'\\') => out.extend_from_slice(&[b'\\', byte]),
            byte => drop(write!(out, "\\u{byte:04x}")),
        }
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}
